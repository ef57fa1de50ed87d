"""Searches of Sokoban: hard levels solved with a proof, against Fast Downward, and the paper's levels with traces.

    python -m benchmarks.sokoban [--smoke] [--num N] [--num-peer N] [--report FILE.json] [--plot FILE.png]

Hard levels: 10 × 10 with four boxes, made by reverse play, as Boxoban's are; move-optimal, by `Domain.search` with the
heuristic "matching", step by step, and by `solve`, push by push. Each is solved once a way, in turn; times are CPU
seconds of one core, the memory is the peak of the whole process. The peer gets some of the same levels as PDDL, and
all costs have to be the same.
"""

import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import plots, sokoban_peers, timing
from benchmarks.plots import Panel
from benchmarks.timing import Bar, percentile
from planning.domain import Domain, Sampling
from planning.domains import DOMAINS
from planning.sokoban.problem import Sokoban
from planning.sokoban.solving import solve
from planning.traces import Traces
from solvers.chance import SplitMix, derive
from solvers.result import Result, Status
from solvers.search import Limits

MEDIAN_S, P99_S, MEMORY_MB, TIME_LIMIT_S = 0.2, 5.0, 2048.0, 60.0
PAPER_SIZE, HARD_SIZE, HARD_BOXES = 7, 10, 4
TRACED, PLAIN = "twofold", "twofold, plain Python"
PUBLISHED = {
    "name": "published code (Searchformer), as measured for us",
    "traces_per_s": 1.6,
    "expansions_per_s": 925.0,
}
PEER_ROUNDS = 3
SEED = 1


Way = Callable[[Sokoban, Limits], Result[Any]]


def _searching(heuristic: str) -> Way:
    search = DOMAINS["sokoban"].search
    return lambda level, limits: search(level, heuristic=heuristic, record=False, limits=limits).result


STEPS, PUSHES = "twofold, search, matching", "twofold, solve"
WAYS: dict[str, Way] = {
    STEPS: _searching("matching"),
    PUSHES: lambda level, limits: solve(level, limits=limits),
}
WEAKER: dict[str, Way] = {f"twofold, search, {name}": _searching(name) for name in ("paper", "zero")}


@dataclass(frozen=True, slots=True)
class Solved:
    """One hard level: its answer in one way, and what that took."""

    way: str
    status: str
    cost: int | None
    expansions: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One level by us and by a planner; its search alone in CPU seconds, and all of it in wall seconds."""

    level: int
    planner: str
    cost: int | None
    ours_s: float
    search_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Traced:
    """How fast traces of the paper's levels are made in memory, and how fast the search behind them is."""

    name: str
    ties: str
    traces_per_s: float
    expansions_per_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables and bars; return 1 where a bar is missed (a smoke judges none)."""
    parser = timing.argument_parser("sokoban", __doc__)
    parser.add_argument("--num", type=int, default=200, metavar="N", help="hard levels")
    parser.add_argument("--num-peer", type=int, default=5, metavar="N", help="of these, levels for Fast Downward")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw how the time grows with boxes and size")
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report, options.plot)
    num, num_peer = (3, 1) if options.smoke else (options.num, options.num_peer)
    sampling = _hard(7, 2) if options.smoke else _hard(HARD_SIZE, HARD_BOXES)
    levels = levels_of(sampling, num)
    solved = solve_all(levels, WAYS)
    memory_mb = peak_memory_mb()
    print_hard(sampling, solved, memory_mb)
    compared = compare(levels[:num_peer]) if sokoban_peers.is_installed() else []
    print_compared(compared)
    traced = trace_rates(3 if options.smoke else 100)
    print_traced(traced)
    growth = measure_growth(is_smoke=options.smoke) if options.plot else []
    if options.plot:
        plots.lines(options.plot, growth, "median CPU time of one search (s)")
    bars = judge(solved, memory_mb, compared)
    figures = {
        "environment": timing.environment(sokoban_peers.PACKAGES),
        "hard": [asdict(row) for row in solved],
        "peer": [asdict(row) for row in compared],
        "traces": [*(asdict(row) for row in traced), PUBLISHED],
        "growth": [asdict(panel) for panel in growth],
    }
    timing.write_report(options.report, figures, bars)
    return timing.conclude(bars, judged=not options.smoke)


# Hard levels


def _hard(size: int, num_boxes: int) -> Sampling:
    return DOMAINS["sokoban"].sampling(size, "reverse", {"boxes": num_boxes})


def levels_of(sampling: Sampling, num: int) -> list[Sokoban]:
    """Return seeded levels; every draw of the generator "reverse" gives at most one."""
    generator, found, draw = DOMAINS["sokoban"].generators[sampling.generator], list[Sokoban](), 0
    while len(found) < num:
        found += generator(sampling, SplitMix(derive(SEED, draw)))
        draw += 1
    return found[:num]


def solve_all(levels: Sequence[Sokoban], ways: Mapping[str, Way]) -> list[Solved]:
    """Solve each level in all ways in turn, each within a minute; refuse different costs."""
    limits, solved = Limits(time_limit_s=TIME_LIMIT_S), []
    for way in ways.values():
        way(levels[0], limits)  # what is not yet compiled is compiled here
    for number, level in enumerate(levels):
        costs: set[int] = set()
        for name, way in ways.items():
            started = time.process_time()
            result = way(level, limits)
            seconds = time.process_time() - started
            solved.append(Solved(name, result.status.value, result.cost, result.stats["expansions"], seconds))
            if result.cost is not None:
                costs.add(result.cost)
        if len(costs) > 1:
            raise RuntimeError(f"level {number} costs {' and '.join(map(str, sorted(costs)))}\n{level!r}")
    return solved


def peak_memory_mb() -> float:
    """Return the most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def print_hard(sampling: Sampling, solved: Sequence[Solved], memory_mb: float) -> None:
    """Print one table of the distribution."""
    rows: list[Sequence[object]] = []
    for way in WAYS:
        own = [row for row in solved if row.way == way]
        proven = sum(row.status == Status.OPTIMAL for row in own)
        seconds, expansions = [row.seconds for row in own], [row.expansions for row in own]
        steps = median(row.cost for row in own if row.cost is not None)
        spread = (median(seconds), percentile(seconds, 0.9), percentile(seconds, 0.99), max(seconds))
        rows.append(
            (way, f"{proven} of {len(own)}", *spread, median(expansions), sum(expansions) / sum(seconds), steps)
        )
    print(f"\n{sampling.size} × {sampling.size}, {sampling.options['boxes']} boxes; CPU seconds; {memory_mb:.0f} MB\n")
    head = ("", "proven", "median s", "90 % s", "99 % s", "most s", "median expansions", "expansions/s", "median steps")
    print(timing.markdown(head, rows))


# The peer


def compare(levels: Sequence[Sokoban]) -> list[Compared]:
    """Solve each level by us and by Fast Downward in turn, the best of three rounds; refuse different costs."""
    return [_compare(number, level, is_blind) for number, level in enumerate(levels) for is_blind in (False, True)]


def _compare(number: int, level: Sokoban, is_blind: bool) -> Compared:
    ours_s, answers = [], []
    for _ in range(PEER_ROUNDS):
        started = time.process_time()
        result = solve(level)
        ours_s.append(time.process_time() - started)
        answers.append(sokoban_peers.fast_downward(level, is_blind=is_blind))
    actions = answers[0].actions
    cost = None if actions is None else len(actions)
    if cost != result.cost:
        raise RuntimeError(f"level {number}: we find {result.cost}, Fast Downward {cost}\n{level!r}")
    wall_s, search_s = (min(getattr(answer, name) for answer in answers) for name in ("wall_s", "search_s"))
    return Compared(number, sokoban_peers.configuration(is_blind=is_blind), cost, min(ours_s), search_s, wall_s)


def print_compared(rows: Sequence[Compared]) -> None:
    """Print one line a level and planner."""
    if rows:
        head = ("Fast Downward", "level", "cost", "ours s", "its search s", "× ours", "with translation s (wall)")
        cells = [
            (row.planner, row.level, row.cost, row.ours_s, row.search_s, row.search_s / row.ours_s, row.wall_s)
            for row in rows
        ]
        print(f"\n{timing.markdown(head, cells)}")
    else:
        print("\nNot compared with Fast Downward: it is not installed (extra `oracle`), or no level was asked for.")


# Traces


def trace_rates(num_draws: int) -> list[Traced]:
    """Measure the compiled and the plain way to traces of the paper's levels, on the same draws, and compare both."""
    domain: Domain[Any, Any] = DOMAINS["sokoban"]
    sampling, draws, rows = domain.sampling(PAPER_SIZE), range(num_draws), []
    levels = levels_of(sampling, num_draws)
    for ties, is_random in (("deterministic", False), ("random", True)):
        seed = SEED if is_random else None
        ways = {TRACED: domain.draw_traces, PLAIN: _plain_traces}
        traces = {name: draw(sampling, draws, seed=SEED, random_ties=is_random) for name, draw in ways.items()}
        _check_equal(traces[TRACED], traces[PLAIN])
        expansions = sum(domain.search(level, seed=seed).result.stats["expansions"] for level in levels)
        contestants: dict[str, Callable[[], object]] = {}
        for name, search in ((TRACED, domain.search), (PLAIN, partial(Domain.search, domain))):
            contestants[name] = partial(ways[name], sampling, draws, seed=SEED, random_ties=is_random)
            contestants[f"{name}, search"] = partial(_search_all, search, levels, seed)
        seconds = timing.interleaved(contestants)
        rows += [
            Traced(name, ties, len(traces[name]) / seconds[name], expansions / seconds[f"{name}, search"])
            for name in ways
        ]
    return rows


def _search_all(search: Callable[..., Any], levels: Sequence[Sokoban], seed: int | None) -> None:
    for level in levels:
        search(level, seed=seed)


def _plain_traces(sampling: Sampling, draws: range, *, seed: int, random_ties: bool) -> Traces:
    """Do what `Domain.draw_traces` does, with the plain search even where the domain has a compiled one."""
    domain: Domain[Any, Any] = DOMAINS["sokoban"]
    parts = []
    for draw in draws:
        for number, level in enumerate(domain.generators[sampling.generator](sampling, SplitMix(derive(seed, draw)))):
            ties = derive(seed, draw, number) if random_ties else None
            searched = Domain.search(domain, level, seed=ties)
            assert searched.traces is not None
            if searched.result.status is Status.OPTIMAL and domain.keeps(level, len(searched.traces.plans)):
                parts.append(searched.traces)
    return Traces.concatenate(parts, parts[0].states.shape[1] if parts else 1)


def _check_equal(first: Traces, second: Traces) -> None:
    for field in fields(Traces):
        if not np.array_equal(getattr(first, field.name), getattr(second, field.name)):
            raise RuntimeError(f"the compiled and the plain traces differ in their {field.name}")


def print_traced(rows: Sequence[Traced]) -> None:
    """Print the rates, and the published ones."""
    head = (f"{PAPER_SIZE} × {PAPER_SIZE}, 2 boxes, paper", "ties", "solved traces/s", "expansions/s")
    cells: list[Sequence[object]] = [(row.name, row.ties, row.traces_per_s, row.expansions_per_s) for row in rows]
    cells.append((PUBLISHED["name"], "random", PUBLISHED["traces_per_s"], PUBLISHED["expansions_per_s"]))
    print(f"\n{timing.markdown(head, cells)}\n")


# Growth and bars


def measure_growth(*, is_smoke: bool) -> list[Panel]:
    """Return the median seconds against the number of boxes and against the size, by heuristic."""
    boxes = {count: _hard(HARD_SIZE, count) for count in (range(1, 3) if is_smoke else range(1, 6))}
    sizes = {size: _hard(size, 3) for size in (range(7, 9) if is_smoke else range(7, 13))}
    num = 2 if is_smoke else 30
    return [
        Panel("10 × 10", "boxes", _medians(boxes, num)),
        Panel("3 boxes", "cells per side, walls included", _medians(sizes, num)),
    ]


def _medians(samplings: Mapping[int, Sampling], num: int) -> dict[str, list[tuple[float, float]]]:
    curves: dict[str, list[tuple[float, float]]] = {}
    for place, sampling in samplings.items():
        solved = solve_all(levels_of(sampling, num), WAYS | WEAKER)
        for name in WAYS | WEAKER:
            seconds = median(row.seconds for row in solved if row.way == name)
            curves.setdefault(name, []).append((place, seconds))
    return curves


def judge(solved: Sequence[Solved], memory_mb: float, compared: Sequence[Compared]) -> list[Bar]:
    """Return the bars; a level without a proof counts with the time limit."""
    bars = []
    for way in dict.fromkeys(row.way for row in solved):
        own = [row for row in solved if row.way == way]
        seconds = [row.seconds if row.status == Status.OPTIMAL else TIME_LIMIT_S for row in own]
        bars += [
            Bar(f"hard levels, {way}, median", median(seconds), MEDIAN_S, "CPU s", is_limit=True),
            Bar(f"hard levels, {way}, 99 %", percentile(seconds, 0.99), P99_S, "CPU s", is_limit=True),
        ]
    bars.append(Bar("hard levels, peak memory", memory_mb, MEMORY_MB, "MB", is_limit=True))
    if compared:
        lead = min(row.search_s / row.ours_s for row in compared)
        bars.append(Bar("Fast Downward's search, least of all levels", lead, 1.0, "times our time"))
    return bars


if __name__ == "__main__":
    sys.exit(main())
