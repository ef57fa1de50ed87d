"""What `twofold traces` says in a terminal."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from data.making import trace_tokens
from data.manifest import SPLITS, Manifest
from planning.domain import Domain
from planning.plan_words import cost_words, plan_words
from planning.traces import Traces
from solvers.search import CLOSE
from twofold.solve_words import rows_text, seconds_words


def plan_of(domain: Domain[Any, Any], traces: Traces) -> list[str]:
    """Return the actions of the plan of one search, found again in the problem."""
    problem = domain.problem(traces.codes.tolist())
    states = [domain.state(problem, codes) for codes in traces.plans.tolist()]
    return [
        next(action for action, child, _ in problem.successors(state) if child == after)
        for state, after in pairwise(states)
    ]


def example_words(domain: Domain[Any, Any], traces: Traces, index: int, split: str, num: int) -> str:
    """Return one example: the problem, the plan, its cost, and how long the trace is."""
    problem = domain.problem(traces.codes.tolist())
    expansions = int((traces.kinds == CLOSE).sum())
    num_tokens = int(trace_tokens(domain, traces)[0])
    trace = f"{len(traces.kinds):,} events ({expansions:,} expansions), {num_tokens:,} tokens in the format paper"
    rows = [
        ("example", f"{index} of {num:,} in {split}"),
        ("cost", cost_words(domain, int(traces.costs[0]))),
        ("plan", plan_words(plan_of(domain, traces))),
        ("trace", trace),
    ]
    return f"{domain.show(problem)}\n\n{rows_text(rows)}"


def made_words(manifest: Manifest, directory: Path, seconds: float, num_before: int) -> str:
    """Return what was made, where so many examples were made before."""
    settings = manifest.settings
    options = " ".join(f"{name}={value}" for name, value in settings.options.items())
    ties = ", random ties" if settings.random_ties else ""
    what = f"{settings.domain}, size {settings.size}, generator {settings.generator} {options}".rstrip()
    num = manifest.rows - num_before
    pace = f"in {seconds_words(seconds)} ({num / seconds:,.0f}/s)"
    if not num:
        made = ("complete", f"{_counts(manifest)}; nothing was left to do")
    elif num_before:
        made = ("made", f"{num:,} more {pace}: {_counts(manifest)}")
    else:
        made = ("made", f"{_counts(manifest)} {pace}")
    rows = [
        made,
        ("problems", f"{what}; seed {settings.seed}"),
        ("search", f"heuristic {settings.heuristic}{ties}"),
        ("in", f"{directory} ({_megabytes(manifest, directory)})"),
        ("look", f"twofold traces show {directory}"),
    ]
    return rows_text(rows)


def verified_words(manifest: Manifest, directory: Path, seconds: float) -> str:
    """Return that all is well."""
    state = "complete" if manifest.complete else f"unfinished ({manifest.num:,} wanted: go on with --resume)"
    rows = [
        ("verified", f"{directory}: every file is what was written ({seconds_words(seconds)})"),
        ("holds", f"{_counts(manifest)}, {state}"),
    ]
    return rows_text(rows)


def tokens_words(out: Path, counts: Mapping[str, int], num_words: int, seconds: float) -> str:
    """Return how many tokens were written."""
    total = sum(counts.values())
    parts = ", ".join(f"{count:,} {split}" for split, count in counts.items())
    rows = [
        ("tokens", f"{total:,} ({parts}) of {num_words:,} words, in {seconds_words(seconds)}"),
        ("in", str(out)),
    ]
    return rows_text(rows)


def _counts(manifest: Manifest) -> str:
    parts = ", ".join(f"{manifest.count(split):,} {split}" for split in SPLITS)
    return f"{manifest.rows:,} different examples ({parts})"


def _megabytes(manifest: Manifest, directory: Path) -> str:
    size = sum((directory / path).stat().st_size for split in SPLITS for path, _ in manifest.paths(split))
    num = len(manifest.shards)
    return f"{num} shard{'s' * (num != 1)}, {size / 1e6:,.1f} MB"
