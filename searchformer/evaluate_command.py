"""`searchformer evaluate`: a checkpoint, problems that it has not seen, all measures, a report."""

import json
import math
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from searchformer import modes
from searchformer.cli import DONE, INTERRUPTED

if TYPE_CHECKING:
    from searchformer.cases import Case
    from searchformer.checkpoint import Checkpoint
    from searchformer.evaluation import EvaluationSettings, OnProgress
    from searchformer.partial_results import PartialResults
    from searchformer.report import Report

PROGRAM: Final = "searchformer evaluate"
DEFAULT_NUM: Final = 1000
DESCRIPTION = """\
Let a checkpoint answer problems that it has not seen, verify every plan step by step, hold every full trace against
A*, and report all measures with 95 % intervals. Strict is what is true; lenient is what the published evaluation of
Searchformer would say, to compare with its numbers.
"""
EPILOG = """\
problems:
  without --data, fresh ones are sampled, of layouts that data sets keep for testing (the default 10 %): none of them is
  in the training split of any such data set. For a checkpoint that was trained otherwise, add --exclude DIR.

examples:
  searchformer evaluate --num 1000 --report report.json
  searchformer evaluate --mode all --report report.json
  searchformer evaluate --checkpoint runs/maze10/best --data runs/maze10-data --split test --mode fast
  searchformer evaluate --num 200 --samples 64 --temperature 1 --report report.json
  searchformer evaluate --num 200 --samples 64 --temperature 1 --report report.json --resume
  searchformer evaluate --json | jq .strict.optimal
  searchformer evaluate --mode all --json | jq '.modes.auto.deciding.right'

exit codes:
  0    measured
  2    bad usage or input, or the report could not be written
  130  interrupted: with --report, what is measured is kept, and --resume goes on
"""
_LINE_S, _REDRAW_S = 10.0, 0.2


def add_options(parser: ArgumentParser) -> None:
    """Add the options of `searchformer evaluate` to a parser."""
    what = parser.add_argument_group("what is measured, and on what")
    what.add_argument("--checkpoint", default="default", metavar="default|DIR", help="the network (default: default)")
    what.add_argument("--data", type=Path, metavar="DIR", help="problems of a data set (default: fresh ones)")
    what.add_argument("--split", metavar="{train,test}", help="of the data set (default: test)")
    what.add_argument("--domain", metavar="NAME", help="sample fresh problems (default: what the checkpoint learned)")
    what.add_argument("--size", type=whole(1), metavar="S", help="their size (default: what the checkpoint learned)")
    what.add_argument("--generator", metavar="NAME", help="how they are sampled (default: the paper's)")
    what.add_argument(
        "--option", type=_assignment, action="append", default=[], metavar="NAME=VALUE", help="of the generator"
    )
    what.add_argument("--exclude", type=Path, metavar="DIR", help="leave out what a data set has for training")
    what.add_argument("--num", type=whole(1), default=DEFAULT_NUM, metavar="N", help="problems (default: 1000)")
    what.add_argument("--seed", type=whole(0), default=0, metavar="K", help="of problems and answers (default: 0)")
    _add_answers(parser)
    output = parser.add_argument_group("what comes out")
    output.add_argument("--report", type=Path, metavar="FILE", help="write all figures, as JSON")
    output.add_argument("--resume", action="store_true", help="go on with an interrupted run, whose --report it was")
    output.add_argument("--failures", type=whole(0), default=1, metavar="N", help="show so many, up to 5 (default: 1)")
    output.add_argument("--json", action="store_true", help="the report on standard output, for programs")


def _add_answers(parser: ArgumentParser) -> None:
    how = parser.add_argument_group("how it answers")
    how.add_argument(
        "--mode",
        nargs="+",
        choices=(*modes.MODES, "all"),
        metavar="MODE",
        help=f"{modes.IN_WORDS}; all: each of them, side by side (default: slow, or fast for a network that cannot "
        "think). In mode auto, its decisions are held against its greedy fast answers",
    )
    how.add_argument("--samples", type=whole(1), default=1, metavar="K", help="answers to each problem (default: 1)")
    how.add_argument(
        "--temperature",
        type=_real,
        metavar="T",
        help="of the chance; 0 is greedy (default: 0, or 1 for several samples)",
    )
    how.add_argument("--top-k", type=whole(1), metavar="N", help="choose among the N likeliest tokens")
    how.add_argument("--top-p", type=_real, metavar="P", help="choose among the likeliest tokens that sum up to P")
    how.add_argument("--max-tokens", type=whole(1), metavar="N", help="of an answer (default: the network's context)")
    how.add_argument("--grammar", action="store_true", help="allow well-formed clauses alone")
    how.add_argument("--batch-size", type=whole(1), default=64, metavar="B", help="answers at a time (default: 64)")
    how.add_argument(
        "--astar-runs", type=whole(0), default=64, metavar="N", help="of A*, to compare lengths with (default: 64)"
    )
    how.add_argument("--device", default="auto", metavar="NAME", help="cpu, cuda … (default: cuda if there is one)")


def run(options: Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        ValueError: Whatever a user can get wrong; for `--json`, an object that says so is written first.
        OSError: A file cannot be read or written.
    """
    try:
        return _run(options)
    except (ValueError, OSError) as error:
        if options.json:
            content = {"command": "evaluate", "status": "ERROR", "problems": [" ".join(str(error).split())]}
            with suppress(OSError):
                sys.stdout.write(json.dumps(content, indent=2) + "\n")
        raise


def _run(options: Namespace) -> int:
    import torch  # noqa: PLC0415  (two seconds)

    from searchformer.checkpoint import load  # noqa: PLC0415  (torch)
    from searchformer.evaluation import weights_sha256  # noqa: PLC0415  (torch)

    _check(options)
    chosen = ("cuda" if torch.cuda.is_available() else "cpu") if options.device == "auto" else options.device
    checkpoint = load(options.checkpoint, _device(chosen))
    all_settings = _settings(options, checkpoint)
    source, cases = _cases(options, checkpoint, all_settings[0].heuristic)
    about = {
        "checkpoint": {"name": str(options.checkpoint), "sha256": weights_sha256(checkpoint.network)},
        "token_format": checkpoint.token_format.description(),
        "problems": source,
    }
    with ExitStack() as files:
        kept = [files.enter_context(each) for each in _kept(options, about, all_settings)]
        try:
            reports = [_evaluated(checkpoint, cases, *each) for each in zip(all_settings, kept, strict=True)]
        except KeyboardInterrupt:
            places = ", ".join(str(each.file) for each in kept if each)
            remedy = f"what is measured is kept in {places}: go on with --resume" if places else "nothing is kept"
            sys.stderr.write(f"\n{PROGRAM}: interrupted; {remedy}\n")
            return INTERRUPTED
        _finish(options, {**about, "device": chosen}, reports)
        for each in filter(None, kept):
            each.discard()
    return DONE


def _kept(
    options: Namespace, about: Mapping[str, Any], all_settings: "list[EvaluationSettings]"
) -> "Iterator[PartialResults | nullcontext[None]]":
    """Yield the file that keeps what is measured in each mode; without a report, there is none."""
    from searchformer.partial_results import PartialResults  # noqa: PLC0415  (torch: two seconds)

    for settings in all_settings:
        if not options.report:
            yield nullcontext()
            continue
        ending = f".{settings.mode}" if len(all_settings) > 1 else ""
        report = options.report.with_name(options.report.name + ending)
        yield PartialResults(report, {**about, "settings": settings.as_json()}, resume=options.resume)


def _check(options: Namespace) -> None:
    """Refuse options that do not go together.

    Raises:
        ValueError: They do not.
    """
    fresh = {"--domain": options.domain, "--size": options.size, "--generator": options.generator}
    fresh |= {"--option": options.option, "--exclude": options.exclude}
    given = next((name for name, value in fresh.items() if value), None)
    if options.data and given:
        raise ValueError(f"{given} is for fresh problems, and --data {options.data} asks for those of a data set")
    if options.split and not options.data:
        raise ValueError("--split is for a data set: give it by --data")
    if options.resume and not options.report:
        raise ValueError("--resume goes on with the run of a report: give its --report")
    if options.report and not options.report.resolve().parent.is_dir():
        raise ValueError(f"--report {options.report}: there is no directory {options.report.resolve().parent}")


def _device(name: str) -> Any:
    import torch  # noqa: PLC0415  (two seconds)

    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # torch raises either for what is unknown or not there
        raise ValueError(f"--device {name} is not possible here: {str(error).splitlines()[0]}") from None


def _settings(options: Namespace, checkpoint: "Checkpoint") -> "list[EvaluationSettings]":
    """Return how to ask, in each mode that is wanted.

    Raises:
        ValueError: The checkpoint knows one of them not, or the options do not go together.
    """
    from data.manifest import load  # noqa: PLC0415  (as above)
    from searchformer.choice import Choice  # noqa: PLC0415
    from searchformer.evaluation import EvaluationSettings  # noqa: PLC0415

    temperature = options.temperature
    if temperature is None:
        temperature = 0.0 if options.samples == 1 else 1.0
    if options.samples > 1 and temperature == 0:
        raise ValueError(f"{options.samples} samples at temperature 0 are all the same: give a --temperature above 0")
    asked = options.mode or [modes.usual(checkpoint.facts)]
    chosen = [mode for mode in modes.MODES if mode in asked or "all" in asked]
    for mode in chosen:
        modes.check(checkpoint.facts, mode)
    common = EvaluationSettings(
        mode=chosen[0],
        num_samples=options.samples,
        choice=Choice(temperature, options.top_k, options.top_p),
        max_tokens=options.max_tokens or checkpoint.network.config.max_positions,
        grammar=options.grammar,
        needs_costs=modes.has_costs(checkpoint.facts),
        batch_size=options.batch_size,
        seed=options.seed,
        num_astar_runs=options.astar_runs,
        heuristic=load(options.data).settings.heuristic if options.data else None,
    )
    return [replace(common, mode=mode) for mode in chosen]


def _cases(options: Namespace, checkpoint: "Checkpoint", heuristic: str | None) -> tuple[dict[str, Any], "list[Case]"]:
    """Return where the problems are from, and the problems."""
    from data import manifest  # noqa: PLC0415  (as above)
    from searchformer import cases  # noqa: PLC0415

    token_format = checkpoint.token_format
    if options.data:
        split = options.split or "test"
        found = cases.recorded_cases(token_format, options.data, split, options.num)
        source = {"data": str(options.data), "split": split, "sha256": manifest.load(options.data).sha256}
    else:
        domain, size = token_format.domain, max(token_format.width, token_format.height)
        for option, known, value in (("domain", domain.name, options.domain), ("size", size, options.size)):
            if value not in (None, known):
                raise ValueError(f"the checkpoint has learned {domain.name} of size {size}, not --{option} {value}")
        sampling = domain.sampling(size, options.generator, dict(options.option))
        excluded = cases.training_ids(options.exclude) if options.exclude else frozenset[str]()
        found = cases.fresh_cases(
            token_format, sampling, options.num, options.seed, heuristic=heuristic, excluded=excluded
        )
        source = {"domain": domain.name, "size": size, "generator": sampling.generator}
        source |= {"options": dict(sampling.options), "seed": options.seed}
        source |= {"excluded": str(options.exclude) if options.exclude else None}
    return {**source, "num": len(found), "num_layouts": cases.num_layouts(token_format, found)}, found


def _evaluated(
    checkpoint: "Checkpoint", cases: "list[Case]", settings: "EvaluationSettings", kept: "PartialResults | None"
) -> "Report":
    import torch  # noqa: PLC0415  (as above)

    from searchformer.evaluation import evaluate  # noqa: PLC0415

    try:
        return evaluate(
            checkpoint.network,
            checkpoint.token_format,
            cases,
            settings,
            known=kept.known if kept else None,
            on_measured=kept.append if kept else None,
            on_progress=_progress(settings.mode),
        )
    except (torch.OutOfMemoryError, MemoryError):
        raise ValueError(
            f"the memory is full: lower --batch-size (now {settings.batch_size}) or --max-tokens"
            + (", and go on with --resume" if kept else "")
        ) from None


def _finish(options: Namespace, about: Mapping[str, Any], reports: "list[Report]") -> None:
    from data.manifest import write_whole  # noqa: PLC0415  (as above)
    from searchformer.report import as_json  # noqa: PLC0415
    from searchformer.report_table import comparison, failure_text, table  # noqa: PLC0415

    content = json.dumps(as_json(reports, about), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if options.report:
        write_whole(options.report, content.encode())
    if options.json:
        sys.stdout.write(content)
        return
    sys.stdout.write(table(reports[0]) if len(reports) == 1 else comparison(reports))
    for report in reports:
        for failure in report.failures[: options.failures]:
            sys.stdout.write(f"\nmode {report.mode}:\n{failure_text(failure)}")


def _progress(mode: str) -> "OnProgress":
    """Return what writes the progress to standard error: on a terminal one line that changes, else one now and then."""
    on_terminal = sys.stderr.isatty()
    started = last = time.monotonic()
    first: int | None = None

    def note(done: int, total: int) -> None:
        nonlocal last, first
        now = time.monotonic()
        first = done if first is None else first
        if now - last < (_REDRAW_S if on_terminal else _LINE_S) and not (on_terminal and done == total):
            return
        last = now
        rate = (done - first) / (now - started)
        left = f", {(total - done) / rate:,.0f} s left" if rate > 0 else ""
        text = f"{PROGRAM}: mode {mode}, {done:,} of {total:,} problems, {rate:,.1f}/s{left}"
        sys.stderr.write(f"\r\x1b[K{text if done < total else ''}" if on_terminal else text + "\n")
        sys.stderr.flush()

    return note


def whole(least: int) -> Callable[[str], int]:
    """Return what reads a whole number of an option, this or more."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
        if number is None or number < least:
            raise ArgumentTypeError(f"{text!r} is not possible: give a whole number, {least} or more")
        return number

    return read


def _real(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ArgumentTypeError(f"{text!r} is no number")
    return number


def _assignment(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if not name or not value.isascii() or not value.isdigit() or len(value) > 9:
        raise ArgumentTypeError(f"{text!r} is no option of a generator: write NAME=VALUE, such as boxes=3")
    return name, int(value)
