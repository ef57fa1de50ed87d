"""`twofold traces`: make a data set, show an example of one, check it, write it as tokens."""

import json
import logging
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from data.executors import WorkerDied
from data.generation import generate
from data.manifest import FILE_NAME as MANIFEST
from data.manifest import SPLITS, Manifest
from data.manifest import load as load_manifest
from data.shards import TraceSet
from data.token_cache import build_cache, format_of_set
from planning.domain import FORMATS, Domain
from planning.domains import DOMAINS
from planning.traces import Traces
from solvers.registry import lookup
from solvers.search import Limits
from twofold import exits
from twofold.pictures import check_pictures, drawn
from twofold.progress import shown_progress
from twofold.reporting import complain, json_text, sentence
from twofold.solve import TIES, TRACES
from twofold.trace_words import trace_events, trace_words
from twofold.traces_json import done, failure
from twofold.traces_options import MAKE, SHOW, TOKENS, VERIFY
from twofold.traces_words import example_words, made_words, plan_of, tokens_words, verified_words
from twofold.writing import write_out

PROGRAM = "twofold traces"
_log = logging.getLogger(__name__)


def run(options: Namespace) -> int:
    """Run the command and return its exit code; whatever a user can get wrong becomes one line."""
    try:
        return _ACTIONS[options.action](options)
    except (ValueError, OSError, WorkerDied, MemoryError) as error:
        _log.debug("the error in full", exc_info=True)
        text = _sentence(error, options)
        complain(PROGRAM, text)
        if options.json or getattr(options, "trace", None) == "json":
            with suppress(OSError):
                write_out(json_text(failure("ERROR", text)))
        return exits.USAGE


def _sentence(error: Exception, options: Namespace) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory: take fewer workers"
    if not isinstance(error, OSError) or error.filename:
        return sentence(error)
    if options.action != MAKE:
        return f"{options.directory}: {sentence(error)}"
    return f"{options.out}: {sentence(error)}; what is complete stays, and --resume goes on"


def _make(options: Namespace) -> int:
    domain = lookup("domain", options.domain, DOMAINS)
    lookup("kind of ties", options.ties, dict.fromkeys(TIES))
    if options.heuristic is not None:
        lookup("heuristic", options.heuristic, domain.heuristics)
    sampling = domain.sampling(options.size, options.generator, _once(options.options))
    started, num_before = time.perf_counter(), _num_there(options)
    try:
        with shown_progress(PROGRAM, "examples") as on_progress:
            manifest = generate(
                domain,
                sampling,
                num=options.num,
                seed=options.seed,
                out=options.out,
                heuristic=options.heuristic,
                random_ties=options.ties == "random",
                limits=Limits(max_expansions=options.limit_nodes),
                max_trace_tokens=options.max_trace_tokens,
                workers=options.workers,
                resume=options.resume,
                on_progress=lambda num_done, num, _: on_progress(num_done, num),
            )
    except KeyboardInterrupt:
        if options.out.exists():
            sys.stderr.write(f"{PROGRAM}: what is complete stays in {options.out}; the same with --resume goes on\n")
        raise
    seconds = time.perf_counter() - started
    if options.json:
        found = {"manifest": _summary(manifest)}
        write_out(json_text(done(MAKE, str(options.out), {"make": seconds}, **found)))
    else:
        write_out(made_words(manifest, options.out, seconds, num_before))
    return exits.DONE


def _num_there(options: Namespace) -> int:
    is_there = options.resume and (options.out / MANIFEST).exists()
    return load_manifest(options.out).rows if is_there else 0


def _show(options: Namespace) -> int:
    if options.trace is not None:
        lookup("kind of trace", options.trace, dict.fromkeys(TRACES))
    if options.png or options.gif:
        check_pictures(str(options.directory), 1)
    source = TraceSet(options.directory, options.split)
    if options.index >= len(source):
        held = f"indices 0 to {len(source) - 1}" if len(source) else "no examples yet"
        raise ValueError(f"{options.directory} has no index {options.index}: its split {options.split} has {held}")
    traces = source.traces([options.index])
    domain = lookup("domain", source.manifest.settings.domain, DOMAINS)
    failures = drawn(domain, traces, options.png, options.gif, "OPTIMAL")
    if options.json or options.trace == "json":
        example = _example(domain, traces, options)
        text = json_text(
            done(SHOW, str(options.directory), {}, example=example), None if options.trace == "json" else 2
        )
    elif options.trace == "words":
        text = trace_words(domain, traces)
    else:
        text = example_words(domain, traces, options.index, options.split, len(source))
    write_out(text)
    for failed in failures:
        complain(PROGRAM, failed)
    return exits.USAGE if failures else exits.DONE


def _verify(options: Namespace) -> int:
    started = time.perf_counter()
    manifest = load_manifest(options.directory)
    for split in SPLITS:
        TraceSet(options.directory, split).verify()
    seconds = time.perf_counter() - started
    if options.json:
        found = {"manifest": _summary(manifest)}
        write_out(json_text(done(VERIFY, str(options.directory), {"verify": seconds}, **found)))
    else:
        write_out(verified_words(manifest, options.directory, seconds))
    return exits.DONE


def _tokens(options: Namespace) -> int:
    lookup("format", options.format, dict.fromkeys(FORMATS))
    started = time.perf_counter()
    token_format = format_of_set(options.directory, options.format)
    counts, out = {}, options.out or options.directory / f"tokens-{options.format}"
    for split in SPLITS:
        with shown_progress(PROGRAM, f"{split} examples") as on_progress:
            cache = build_cache(options.directory, token_format, split, out=out / split, on_progress=on_progress)
        counts[split] = cache.tokens.num_tokens
    seconds = time.perf_counter() - started
    if options.json:
        tokens = {"out": str(out), "words": len(token_format.words), "num_tokens": counts}
        write_out(json_text(done(TOKENS, str(options.directory), {"tokens": seconds}, tokens=tokens)))
    else:
        write_out(tokens_words(out, counts, len(token_format.words), seconds))
    return exits.DONE


_ACTIONS: Mapping[str, Callable[[Namespace], int]] = {MAKE: _make, SHOW: _show, VERIFY: _verify, TOKENS: _tokens}


def _once(pairs: list[tuple[str, int]]) -> dict[str, int]:
    for name, _ in pairs:
        if sum(1 for other, _ in pairs if other == name) > 1:
            raise ValueError(f"--option {name} is given twice")
    return dict(pairs)


def _summary(manifest: Manifest) -> dict[str, Any]:
    """Return what is in a manifest but the list of shards."""
    content: dict[str, Any] = json.loads(manifest.text())
    return {**content, "shards": len(manifest.shards), "sha256": manifest.sha256}


def _example(domain: Domain[Any, Any], traces: Traces, options: Namespace) -> dict[str, Any]:
    problem = domain.problem(traces.codes.tolist())
    trace: Any = None
    if options.trace == "json":
        trace = trace_events(traces)
    elif options.trace == "words":
        trace = dict(zip(("prompt", "target"), trace_words(domain, traces).splitlines(), strict=True))
    return {
        "split": options.split,
        "index": options.index,
        "domain": domain.name,
        "problem": domain.show(problem).splitlines(),
        "codes": traces.codes.tolist(),
        "plan": plan_of(domain, traces),
        "cost": int(traces.costs[0]),
        "num_events": len(traces.kinds),
        "trace": trace,
    }
