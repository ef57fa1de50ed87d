"""Searches of mazes: ours, compiled and plain, and those of other packages, on the same mazes in the same run.

    python -m benchmarks.maze [--smoke] [--sizes 10,20,30] [--num N] [--report FILE.json] [--plot FILE.png]

All take turns, five rounds of all mazes each, and the best round counts: CPU time of all threads. Whatever can be built
of a maze beforehand (a graph, an array of costs, an object of ours) is built beforehand, and its time is a column of
its own. Every cost is checked: all contestants are optimal.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import maze_peers, plots, timing
from benchmarks.plots import Panel
from benchmarks.timing import Bar
from planning.domain import Domain
from planning.maze import kernel
from planning.maze.domain import MazeDomain
from planning.maze.problem import Maze
from planning.maze.solving import UNLIMITED, Grid, Outcome, event_columns, table_of
from solvers.result import Status

EXPANSIONS_ASKED = 8e6
SIZES = (10, 20, 30)
GROWTH = {"paper": (10, 20, 30, 50, 100, 200), "dfs": (11, 21, 31, 51, 101, 201), "wilson": (11, 21, 31, 51, 101, 201)}
SMOKE_GROWTH = {"paper": (6, 10), "dfs": (7, 11), "wilson": (7, 11)}
TITLES = {"paper": "30–50 % walls at random", "dfs": "carved depth-first", "wilson": "uniform spanning trees"}
TRACED, SEARCHED, KERNEL = "twofold, with trace", "twofold, no trace", "twofold, its kernel alone, with trace"
WHOLE, PLAIN = "twofold, from a Maze to its Traces", "twofold, plain Python, with trace"
OURS = (TRACED, SEARCHED, KERNEL, WHOLE, PLAIN)
SEED = 1


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who searches: `prepare` builds what one maze needs, `cost` reads the cost off a search's answer."""

    name: str
    prepare: Callable[[Maze], Callable[[], Any]]
    cost: Callable[[Any], int]
    version: str = ""
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant on one set of mazes; times are CPU microseconds for one maze, `ratio` is to our traced search."""

    contestant: str
    version: str
    generator: str
    size: int
    num_mazes: int
    search_us: float
    prepare_us: float
    expansions: float | None
    ratio: float
    lacks: str

    @property
    def expansions_per_s(self) -> float | None:
        """Return the expansions per CPU second, where their number is known."""
        return self.expansions and self.expansions / self.search_us * 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables and bars; return 1 where a bar is missed (a smoke judges none)."""
    parser = timing.argument_parser("maze", __doc__)
    parser.add_argument("--sizes", type=_sizes, default=SIZES, metavar="N,N", help="sizes of the paper's mazes")
    parser.add_argument("--num", type=int, default=200, metavar="N", help="mazes of each size")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw how the time grows with the size")
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report, options.plot)
    sizes, num = ((6, 10), 5) if options.smoke else (options.sizes, options.num)
    rows = [row for size in sizes for row in measure("paper", size, num)]
    for size in sizes:
        print(f"\n{size} × {size}, 30–50 % walls, {num} mazes\n\n{table([row for row in rows if row.size == size])}")
    growth = measure_growth(SMOKE_GROWTH if options.smoke else GROWTH) if options.plot else []
    if options.plot:
        plots.lines(options.plot, panels(growth), "CPU time of one search (µs)")
    bars = judge(rows)
    packages = sorted({peer.package for peer in maze_peers.PEERS})
    figures = {"environment": timing.environment(packages), "rows": [asdict(row) for row in rows]}
    timing.write_report(options.report, figures | {"growth": [asdict(row) for row in growth]}, bars)
    return timing.conclude(bars, judged=not options.smoke)


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(size) for size in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of sizes like 10,20,30") from None


def ours(domain: MazeDomain) -> list[Contestant]:
    """Return our searches: in a grid made ready, as those of the peers are; the kernel; and from the maze as such."""

    def ready(maze: Maze, *, record: bool) -> Callable[[], Any]:
        grid = Grid(maze.width, maze.height, maze.terrain)
        start, goal, weights = maze.start, maze.goal, domain.weighings["manhattan"](maze)
        return lambda: grid.search(start, goal, weights, record=record)

    def bound(outcome: Outcome) -> int:
        assert outcome.status is Status.OPTIMAL
        assert outcome.bound is not None
        return outcome.bound

    def cost(searched: Any) -> int:
        return int(searched.result.cost)

    return [
        Contestant(TRACED, partial(ready, record=True), bound),
        Contestant(SEARCHED, partial(ready, record=False), bound),
        Contestant(KERNEL, kernel_search, lambda progress: int(progress[kernel.F])),
        Contestant(WHOLE, lambda maze: lambda: domain.search(maze), cost),
        Contestant(PLAIN, lambda maze: lambda: Domain.search(domain, maze), cost),
    ]


def kernel_search(maze: Maze) -> Callable[[], Any]:
    """Return the compiled search as such, which fills arrays; `Grid.search` also makes an answer of them."""
    width, height = maze.width + 2, maze.height + 2
    terrain = np.zeros((height, width), np.uint8)
    terrain[1:-1, 1:-1] = maze_peers.costs_of_cells(maze)
    cells = terrain.ravel()
    g, parent, plan = (np.empty(cells.size, np.int32) for _ in range(3))
    bits = np.empty((2, kernel.num_words(cells.size)), np.uint64)
    columns, table = event_columns(3 * cells.size + 9), table_of(maze.width, maze.height)
    start, goal = ((y + 1) * width + x + 1 for x, y in (maze.start, maze.goal))

    def search() -> Any:
        progress = np.zeros(kernel.PROGRESS, np.int64)
        kernel.search_unit(UNLIMITED, columns, table, start, goal, cells, parent, plan, progress, g, bits)
        return progress

    return search


def others() -> list[Contestant]:
    """Return the peers that are installed."""
    return [_contestant(peer) for peer in maze_peers.installed()]


def _contestant(peer: maze_peers.Peer) -> Contestant:
    def cost(path: Sequence[Any]) -> int:
        return len(path) - peer.num_cells

    return Contestant(peer.name, peer.prepare, cost, peer.version, peer.lacks)


def _all(searches: Sequence[Callable[[], Any]]) -> Callable[[], list[Any]]:
    return lambda: [search() for search in searches]


def mazes_of(generator: str, size: int, num: int) -> list[Maze]:
    """Return seeded mazes that are solvable and that the paper's filter keeps, at most one of each set of walls."""
    domain = MazeDomain()
    sampling = domain.sampling(size, generator)
    found: list[Maze] = []
    draw = 0
    while len(found) < num:
        traces = domain.draw_traces(sampling, range(draw, draw + 1), seed=SEED)
        draw += 1
        if len(traces):
            found.append(domain.problem(traces.codes[: traces.code_offsets[1]].tolist()))
    return found


def measure(generator: str, size: int, num: int) -> list[Row]:
    """Time everybody on mazes of one kind and size, and check that all find paths of equal cost."""
    domain, mazes = MazeDomain(), mazes_of(generator, size, num)
    print(f"{generator}, {size} × {size}, {num} mazes", file=sys.stderr)
    contestants = [*ours(domain), *others()]
    ready: dict[str, Callable[[], object]] = {}
    prepare_us: dict[str, float] = {}
    costs: dict[str, list[int]] = {}
    for contestant in contestants:
        started = time.process_time()
        searches = [contestant.prepare(maze) for maze in mazes]
        prepare_us[contestant.name] = (time.process_time() - started) / num * 1e6
        costs[contestant.name] = [contestant.cost(search()) for search in searches]
        ready[contestant.name] = _all(searches)
    check_costs(costs)
    search_us = {name: seconds / num * 1e6 for name, seconds in timing.interleaved(ready).items()}
    expansions = sum(domain.search(maze).result.stats["expansions"] for maze in mazes) / num
    return [
        Row(
            contestant=each.name,
            version=each.version,
            generator=generator,
            size=size,
            num_mazes=num,
            search_us=search_us[each.name],
            prepare_us=prepare_us[each.name],
            expansions=None if each.lacks else expansions,
            ratio=search_us[each.name] / search_us[TRACED],
            lacks=each.lacks,
        )
        for each in contestants
    ]


def check_costs(costs: Mapping[str, Sequence[int]]) -> None:
    """Refuse to compare contestants of whom one is wrong."""
    first, expected = next(iter(costs.items()))
    for name, found in costs.items():
        for number, (cost, other) in enumerate(zip(found, expected, strict=True)):
            if cost != other:
                raise RuntimeError(f"{name} finds cost {cost} in maze {number}, where {first} finds {other}")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table, the fastest first."""
    head = ("search", "version", "µs a search", "× ours", "expansions/s", "µs to prepare", "does not do")
    ordered = sorted(rows, key=lambda row: row.search_us)
    cells = [
        (row.contestant, row.version, row.search_us, row.ratio, row.expansions_per_s, row.prepare_us, row.lacks)
        for row in ordered
    ]
    return timing.markdown(head, cells)


def judge(rows: Sequence[Row]) -> list[Bar]:
    """Return the bars, for the largest mazes: expansions with the trace recorded, and the lead over the fastest peer.

    The lead is like for like: what Python calls against what Python calls, and our kernel against everybody.
    """
    size = max(row.size for row in rows)
    largest = {row.contestant: row for row in rows if row.size == size}
    rate = largest[KERNEL].expansions_per_s
    assert rate
    name = f"maze search with trace, {size} × {size}"
    bars = [Bar(name, rate / 1e6, EXPANSIONS_ASKED / 1e6, "M expansions per CPU second")]
    rivals = [row for row in largest.values() if row.lacks]
    for ours, others in ((KERNEL, rivals), (TRACED, [row for row in rivals if row.contestant != maze_peers.EXTENSION])):
        if others:
            best = min(others, key=lambda row: row.search_us)
            lead = best.search_us / largest[ours].search_us
            bars.append(Bar(f"fastest peer ({best.contestant}) against {ours}", lead, 1.0, "times our time"))
    return bars


def measure_growth(sizes: Mapping[str, Sequence[int]]) -> list[Row]:
    """Time everybody on mazes of all generators and growing sizes, fewer of the large ones."""
    return [
        row
        for generator, each in sizes.items()
        for size in each
        for row in measure(generator, size, max(3, min(30, 1000 // size)))
    ]


def panels(rows: Sequence[Row]) -> list[Panel]:
    """Return a panel for each generator: cells per side, and microseconds a search, of each contestant."""
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for row in rows:
        points = found.setdefault(row.generator, {}).setdefault(row.contestant, [])
        points.append((row.size, row.search_us))
    return [Panel(TITLES[generator], "cells per side", curves) for generator, curves in found.items()]


if __name__ == "__main__":
    sys.exit(main())
