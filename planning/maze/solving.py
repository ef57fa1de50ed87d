"""Searches of one maze after another by the compiled kernels: buffers, limits, and answers."""

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import lru_cache
from types import FunctionType
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from planning.maze import kernel
from planning.maze.heuristics import Weights
from planning.maze.problem import DIAGONAL, STRAIGHT, Cell
from planning.traces import Ints
from solvers.result import Status
from solvers.search import NO_LIMITS, Limits

_SLICE = 4096
"""How many expansions are made between two looks at the clock."""
_MASK = 2**64 - 1
_STATUS = {
    kernel.FOUND: Status.OPTIMAL,
    kernel.EXHAUSTED: Status.INFEASIBLE,
    kernel.STOPPED: Status.UNKNOWN,
}
UNLIMITED = 2**62
_FIRST_ROOM, _FIRST_HEAP = 1 << 20, 1 << 10
_LARGE = 1 << 16
"""A grid of more cells than these gets memory of its own for each search."""
_MANHATTAN = Weights(1, 0)
_IS_COMPILED = not isinstance(kernel.search_unit, FunctionType)


def overflowing() -> Any:
    """Return a context in which words of 64 bits may overflow: without compilation, NumPy would warn."""
    return nullcontext() if _IS_COMPILED else np.errstate(over="ignore")


@lru_cache(maxsize=4)
def table_of(width: int, height: int) -> tuple[Ints, Ints, int, int]:
    """Return x and y of each cell of the bordered grid, the width, and the width with the border."""
    ys, xs = np.mgrid[-1 : height + 1, -1 : width + 1].astype(np.int32)
    return xs.ravel(), ys.ravel(), width, width + 2


def rule_of(weights: Weights, diagonal: bool, is_random: bool) -> NDArray[np.int64]:
    """Return the rule of `search_any`."""
    factors = (8, STRAIGHT, DIAGONAL) if diagonal else (4, 1, 0)
    numbers = np.zeros(16, np.int64)
    numbers[:6] = (*factors, weights.straight, weights.saving, is_random)
    return numbers


def new_heap(room: int) -> tuple[NDArray[Any], ...]:
    """Return an empty heap."""
    return np.empty(room, np.int64), np.empty(room, np.uint64), np.empty(room, np.int64)


class Outcome(NamedTuple):
    """What a search found: the plan and the events' states as cells y · width + x (events: see `Traces`)."""

    status: Status
    bound: int | None
    """A proven lower bound on the cost: the cost itself, where the status is OPTIMAL; `below`, where INFEASIBLE."""
    expansions: int
    created: int
    plan: Ints
    kinds: NDArray[np.uint8]
    states: Ints
    g: Ints
    h: Ints


@final
class _Scratch:
    """What one search after another works in, in grids of so many cells; only `columns` and `heap` grow."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self.near, self.far = np.empty(cells, np.int32), np.empty(cells, np.int64)
        self.parent, self.plan = np.empty(cells, np.int32), np.empty(cells, np.int32)
        self.bits, self.progress = (
            np.empty((2, kernel.num_words(cells)), np.uint64),
            np.empty(kernel.PROGRESS, np.int64),
        )
        self.columns, self.heap = event_columns(min(3 * cells + 9, _FIRST_ROOM)), new_heap(0)


_kept = threading.local()
"""The last scratch of each thread, unless it was large: grids share it, so that it stays in the processor's cache."""


def _scratch_of(cells: int) -> _Scratch:
    scratch: _Scratch | None = getattr(_kept, "scratch", None)
    if scratch is None or scratch.cells != cells:
        scratch = _Scratch(cells)
        if cells <= _LARGE:
            _kept.scratch = scratch
    return scratch


@final
class Grid:
    """A grid that is ready to be searched, again and again."""

    def __init__(self, width: int, height: int, terrain: bytes, diagonal: bool = False) -> None:
        self.width, self.height, self.diagonal = width, height, diagonal
        self._table, self._stride = table_of(width, height), width + 2
        bordered = np.zeros((height + 2, width + 2), np.uint8)
        bordered[1:-1, 1:-1] = np.frombuffer(terrain, np.uint8).reshape(height, width)
        self._terrain = bordered.ravel()
        self._is_unit = not diagonal and int(self._terrain.max()) <= 1

    def search(
        self,
        start: Cell,
        goal: Cell,
        weights: Weights,
        *,
        seed: int | None = None,
        limits: Limits = NO_LIMITS,
        record: bool = True,
        below: int | None = None,
    ) -> Outcome:
        """Find a plan of least cost by A*; see `Domain.search` for the meaning of all this.

        Raises:
            ValueError: A search that is to be recorded comes upon a cost of more than 31 bits.
        """
        scratch = _scratch_of(self._terrain.size)
        progress = scratch.progress
        progress.fill(0)
        if below is not None:
            progress[kernel.BELOW] = max(-1, below) or -1
        (x, y), (goal_x, goal_y), stride = start, goal, self._stride
        ends = (y + 1) * stride + x + 1, (goal_y + 1) * stride + goal_x + 1
        shared = (self._table, *ends, self._terrain, scratch.parent, scratch.plan, progress)
        if self._is_unit and seed is None and weights == _MANHATTAN:
            code = _run(
                lambda limit: kernel.search_unit(
                    limit, scratch.columns if record else _NOTHING, *shared, scratch.near, scratch.bits
                ),
                scratch,
                limits,
            )
        else:
            rule, chance = rule_of(weights, self.diagonal, seed is not None), np.array([(seed or 0) & _MASK], np.uint64)
            own = scratch.far, rule, chance
            code = _run(
                lambda limit: kernel.search_any(
                    limit, scratch.columns if record else _NOTHING, *shared, *own, scratch.heap
                ),
                scratch,
                limits,
            )
        m, closed, created, f, length = progress[: kernel.PLAN + 1].tolist()
        kinds, states, g, h = scratch.columns
        bound = below if code == kernel.EXHAUSTED else f
        plan = scratch.plan[:length].copy()
        return Outcome(
            _STATUS[code], bound, closed, created, plan, kinds[:m].copy(), states[:m].copy(), g[:m].copy(), h[:m].copy()
        )


def _repeat(step: Callable[[int], int], scratch: _Scratch, limits: Limits) -> int:
    """Call a search up to one limit after another, for more room and to look at the clock; return how it ended."""
    most = UNLIMITED if limits.max_expansions is None else max(0, limits.max_expansions)
    started, limit = time.perf_counter(), most if limits.time_limit_s is None else 0
    while True:
        code = step(limit)
        if code == kernel.NO_ROOM:
            scratch.columns = grown(scratch.columns)
        elif code == kernel.NO_HEAP:
            scratch.heap = grown(scratch.heap)
        elif code == kernel.TOO_FAR:
            raise ValueError("costs of more than 31 bits cannot be recorded: search without recording")
        elif code == kernel.STOPPED and limit < most and time.perf_counter() - started < (limits.time_limit_s or 0):
            limit = min(most, limit + _SLICE)
        else:
            return code


_run = _repeat if _IS_COMPILED else np.errstate(over="ignore")(_repeat)


def event_columns(room: int) -> tuple[NDArray[Any], ...]:
    """Return room for events: kinds, states, g and h."""
    return np.empty(room, np.uint8), *(np.empty(room, np.int32) for _ in range(3))


def grown(arrays: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
    """Return the same arrays with twice as much room, or more."""
    return tuple(np.concatenate([array, np.empty(max(len(array), _FIRST_HEAP), array.dtype)]) for array in arrays)


_NOTHING = event_columns(0)
