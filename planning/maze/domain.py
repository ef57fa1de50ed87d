"""The maze, as all that is generic knows it."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from planning.domain import Domain, Option, Sampling, Searched, Wording
from planning.maze import batches, carving, reading
from planning.maze import sampling as random_walls
from planning.maze.heuristics import EIGHT_NEIGHBOURS, FOUR_NEIGHBOURS, Weights, plain
from planning.maze.problem import DIAGONAL_MOVES, STRAIGHT, Cell, Maze
from planning.maze.solving import Grid, Outcome
from planning.maze.wording import HEAD, WORDINGS
from planning.moves import MOVES
from planning.traces import Ints, Traces
from solvers import registry
from solvers.result import Result, Status
from solvers.search import NO_LIMITS, Limits, Path

_AT_RANDOM, _CARVED = ("paper", "terrain"), ("dfs", "wilson")
_OPTIONS = {
    "min_walls": Option(30, 0, "least share of walls, in per cent", _AT_RANDOM),
    "max_walls": Option(50, 0, "largest share of walls, in per cent", _AT_RANDOM),
    "tries": Option(100, 1, "pairs of start and goal on each set of walls", _AT_RANDOM),
    "loops": Option(0, 0, "share of the walls between rooms that are opened, in per cent", _CARVED),
}
_GENERATORS = {
    "paper": random_walls.paper,
    "dfs": carving.dfs,
    "wilson": carving.wilson,
    "terrain": random_walls.terrain,
}
_DEAREST = {"paper": 1, "terrain": 9}
"""What a cell costs at most, for the generators that are sampled by compiled code."""
_GLYPHS = "#.23456789+SG@"
_DEAR, _START, _GOAL, _MOVER = 10, 11, 12, 13
_INT32_MAX = 2**31 - 1
_ACTIONS = {move: action for action, move in (MOVES | DIAGONAL_MOVES).items()}


@final
class MazeDomain(Domain[Maze, Cell]):
    """Mazes of four neighbours ("maze") or of eight ("octile"); a step costs what its cell costs.

    Codes: the cells of start and goal, width, height, 1 for eight neighbours or 0, then cost · area + cell for each
    wall (cost 0) and each cell that costs 2 or more, ascending. A cell is y · width + x.
    """

    sizes = range(2, 1025)
    default_size = 10
    max_episode_steps = 400
    options = _OPTIONS
    glyphs = _GLYPHS
    colours = (
        (40, 44, 52),
        *((255 - 14 * step, 250 - 12 * step, 240 - 20 * step) for step in range(10)),
        (46, 134, 193),
        (39, 174, 96),
        (231, 76, 60),
    )

    def __init__(self, diagonal: bool = False) -> None:
        self.diagonal = diagonal
        self.unit = STRAIGHT if diagonal else 1
        self.name = "octile" if diagonal else "maze"
        self.actions = (*MOVES, *DIAGONAL_MOVES) if diagonal else tuple(MOVES)
        self.weighings = EIGHT_NEIGHBOURS if diagonal else FOUR_NEIGHBOURS
        self.heuristics = {name: plain(weigh) for name, weigh in self.weighings.items()}
        self.generators = {name: partial(sample, diagonal=diagonal) for name, sample in _GENERATORS.items()}

    def sampling(self, size: int, generator: str | None = None, options: Mapping[str, int] | None = None) -> Sampling:
        """Return what to sample; ValueError also for options that do not fit each other, or the generator."""
        complete = super().sampling(size, generator, options)
        (carving.check if complete.generator in _CARVED else random_walls.wall_counts)(complete)
        return complete

    def codes(self, problem: Maze) -> Sequence[int]:
        """Return a maze as numbers.

        Raises:
            ValueError: A number has more than 31 bits: the grid is too large for terrain that costs so much.
        """
        width, area = problem.width, problem.width * problem.height
        terrain = np.frombuffer(problem.terrain, np.uint8)
        cells = np.flatnonzero(terrain != 1)
        special = np.sort(terrain[cells] * np.int64(area) + cells)
        if len(special) and special[-1] > _INT32_MAX:
            raise ValueError(f"a cell that costs {terrain.max()} is too much for {area} cells: the product has 31 bits")
        ends = (y * width + x for x, y in (problem.start, problem.goal))
        return [*ends, width, problem.height, int(problem.diagonal), *special.tolist()]

    def problem(self, codes: Sequence[int]) -> Maze:
        """Return the maze of these numbers.

        Raises:
            ValueError: They are not the numbers of a maze.
        """
        if len(codes) < HEAD or min(codes[:HEAD]) < 0 or min(codes[2], codes[3]) < 1 or codes[4] > 1:
            raise ValueError(f"not the codes of a maze: start, goal, width, height, 0 or 1, not {list(codes[:HEAD])}")
        start, goal, width, height, diagonal = (int(code) for code in codes[:HEAD])
        area = width * height
        special = np.asarray(codes[HEAD:], np.int64)
        costs, cells = np.divmod(special, area)
        if len(special) and (special[0] < 0 or special[-1] >= 256 * area or (np.diff(special) <= 0).any()):
            raise ValueError("not the codes of a maze: those of special cells ascend from 0 to less than 256 · area")
        if (costs == 1).any() or len(np.unique(cells)) < len(cells):
            raise ValueError("not the codes of a maze: special is what does not cost 1, and each cell has one cost")
        terrain = np.ones(area, np.uint8)
        terrain[cells] = costs
        ends = [(cell % width, cell // width) for cell in (start, goal)]
        return Maze(width, height, terrain.tobytes(), ends[0], ends[1], bool(diagonal))

    def search(
        self,
        problem: Maze,
        *,
        heuristic: str | None = None,
        seed: int | None = None,
        limits: Limits = NO_LIMITS,
        record: bool = True,
        below: int | None = None,
    ) -> Searched[Cell]:
        """Find a plan of least cost by compiled A*; see `Domain.search`, whose events these are.

        Raises:
            ValueError: The heuristic is unknown or not for this maze, or a cost to be recorded has more than 31 bits.
        """
        started = time.perf_counter()
        weights = self._weights(problem, heuristic)
        grid = Grid(problem.width, problem.height, problem.terrain, problem.diagonal)
        ends = problem.start, problem.goal
        outcome = grid.search(*ends, weights, seed=seed, limits=limits, record=record, below=below)
        solved = outcome.status is Status.OPTIMAL
        path, cost = (_path(problem.width, outcome.plan), outcome.bound) if solved else (None, None)
        stats = {"expansions": float(outcome.expansions), "created": float(outcome.created)}
        seconds = time.perf_counter() - started
        result = Result(outcome.status, "search", path, cost, outcome.bound, seconds, stats)
        return Searched(result, _traces(self.codes(problem), outcome, cost) if record else None)

    def draw_traces(
        self,
        sampling: Sampling,
        draws: range,
        *,
        seed: int,
        heuristic: str | None = None,
        random_ties: bool = False,
        limits: Limits = NO_LIMITS,
        on_stopped: Callable[[int], object] | None = None,
    ) -> Traces:
        """Sample, search and keep; see `Domain.draw_traces`, whose traces these are. Walls at random go by batches."""
        dearest = _DEAREST.get(sampling.generator)
        if dearest is None or limits.time_limit_s is not None:
            how: dict[str, Any] = {"heuristic": heuristic, "random_ties": random_ties, "limits": limits}
            return super().draw_traces(sampling, draws, seed=seed, on_stopped=on_stopped, **how)
        traces, num_stopped = batches.draw_traces(
            sampling,
            draws,
            seed=seed,
            dearest=dearest,
            diagonal=self.diagonal,
            weights=self._weights(Maze(1, 1, b"\1", (0, 0), (0, 0), self.diagonal), heuristic),
            random_ties=random_ties,
            max_expansions=limits.max_expansions,
        )
        if on_stopped:
            on_stopped(num_stopped)
        return traces

    def _weights(self, maze: Maze, heuristic: str | None) -> Weights:
        name = heuristic or next(iter(self.weighings))
        return registry.lookup("heuristic", name, self.weighings)(maze)

    def extent(self, problem: Maze) -> tuple[int, int]:
        """Return width and height."""
        return problem.width, problem.height

    def state_codes(self, problem: Maze, state: Cell) -> Sequence[int]:
        """Return the cell as one number, y · width + x."""
        return (state[1] * problem.width + state[0],)

    def state(self, problem: Maze, codes: Sequence[int]) -> Cell:
        """Return x and y."""
        return int(codes[0]) % problem.width, int(codes[0]) // problem.width

    def layout_start(self, codes: Sequence[int]) -> int:  # noqa: ARG002  (the same for all mazes)
        """Return where the size and the walls begin: after start and goal."""
        return 2

    def keeps(self, problem: Maze, plan_length: int) -> bool:
        """Tell whether a plan goes through as many cells as the longer side has, or more: the paper's filter."""
        return plan_length >= max(problem.width, problem.height)

    def grid(self, problem: Maze, state: Cell) -> NDArray[np.uint8]:
        """Return walls, costs (all from 10 on look the same), goal, start, and the mover once it has left the start."""
        grid = np.frombuffer(problem.terrain, np.uint8).reshape(problem.height, problem.width).clip(max=_DEAR)
        cells = {problem.goal: _GOAL, problem.start: _START}
        for (x, y), glyph in (cells if state == problem.start else cells | {state: _MOVER}).items():
            grid[y, x] = glyph
        return grid

    def position(self, problem: Maze, state: Cell) -> tuple[int, int]:  # noqa: ARG002
        """Return the cell itself."""
        return state

    def wording(self, format_name: str, width: int, height: int) -> Wording:
        """Return the words of mazes of one size."""
        return registry.lookup("format", format_name, WORDINGS)(width, height, self.diagonal)

    def read(self, text: str) -> list[Maze]:
        """Read the mazes of a text: `#` wall, `.` or space free, 1–9 terrain, `S`, `G`."""
        return reading.read_mazes(text, self.diagonal)

    def recognises(self, text: str) -> bool:
        """Tell whether a text looks like mazes."""
        return reading.recognises(text)


def _path(width: int, plan: Ints) -> Path[Cell, str]:
    states = [(cell % width, cell // width) for cell in plan.tolist()]
    actions = [_ACTIONS[x - was_x, y - was_y] for (was_x, was_y), (x, y) in pairwise(states)]
    return Path(tuple(actions), tuple(states))


def _traces(codes: Sequence[int], outcome: Outcome, cost: int | None) -> Traces:
    return Traces(
        np.array(codes, np.int32),
        np.array([0, len(codes)], np.int64),
        outcome.plan[:, None],
        np.array([0, len(outcome.plan)], np.int64),
        np.array([-1 if cost is None else cost], np.int32),
        outcome.kinds,
        outcome.states[:, None],
        outcome.g,
        outcome.h,
        np.array([0, len(outcome.kinds)], np.int64),
    )
