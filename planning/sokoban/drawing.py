"""Trace data of the paper's random levels: sampled, searched and written into columns without leaving compiled code."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from planning.domain import Sampling
from planning.sokoban.kernel_columns import STOPPED, TRACES, append, empty_columns
from planning.sokoban.kernel_level import ESTIMATES, MAX_FLOOR, bits_of, empty_level, fill
from planning.sokoban.kernel_memory import MOST_BYTES, Memory
from planning.sokoban.kernel_sampling import draw_level, empty_sample
from planning.sokoban.kernel_steps import advance, begin, empty_open
from planning.sokoban.kernel_store import EXHAUSTED, GOAL, PAUSED, TOO_DEEP, clear
from planning.traces import Traces
from solvers import registry
from solvers.kernels import derive
from solvers.search import NO_LIMITS, Limits

_COLUMNS_FULL = -1


def can_draw(sampling: Sampling, limits: Limits = NO_LIMITS) -> bool:
    """Tell whether `draw_traces` is possible: the paper's generator, levels that fit, and no limit of time."""
    if sampling.generator != "paper" or limits.time_limit_s is not None:
        return False
    num_floor, num_boxes = _sizes(sampling)
    return num_floor <= MAX_FLOOR and (num_boxes + 1) * bits_of(num_floor) <= 63


def draw_traces(
    sampling: Sampling,
    draws: range,
    *,
    seed: int,
    heuristic: str = "paper",
    random_ties: bool = False,
    limits: Limits = NO_LIMITS,
    max_bytes: int = MOST_BYTES,
    on_stopped: Callable[[int], object] | None = None,
) -> Traces:
    """Sample, search, and keep what is solved: the columns of `Domain.draw_traces`.

    A search that needs more than `max_bytes` of memory is dropped and counted, like one that reaches a limit.

    Raises:
        ValueError: `can_draw` says no, or the heuristic is unknown.
    """
    kind = registry.lookup("heuristic", heuristic, ESTIMATES)
    if not can_draw(sampling, limits):
        raise ValueError(f"{sampling} with {limits} cannot be drawn here: use the plain Domain.draw_traces")
    num_floor, num_boxes = _sizes(sampling)
    level = empty_level(num_floor, num_boxes, kind)
    memory = Memory(level, empty_open(), record=True, max_bytes=max_bytes)
    sample, columns = empty_sample(sampling.size, num_boxes), empty_columns(1 + num_boxes)
    most = np.iinfo(np.int64).max if limits.max_expansions is None else limits.max_expansions
    while draws:
        with np.errstate(over="ignore"):
            done, why = _draw(
                kind, level, memory.store, memory.open, memory.events, sample, columns, sampling.options["walls"],
                np.uint64(seed & (1 << 64) - 1), draws.start, draws.step, len(draws), random_ties, np.int64(most),
            )  # fmt: skip
        draws = draws[done:]
        if why == _COLUMNS_FULL:
            columns = columns.doubled()
        elif draws and not memory.grow(why):
            columns.counts[STOPPED] += 1
            draws = draws[1:]
    if on_stopped:
        on_stopped(int(columns.counts[STOPPED]))
    return columns.traces() if columns.counts[TRACES] else Traces.concatenate([], 1)


def _sizes(sampling: Sampling) -> tuple[int, int]:
    """Return the number of floor cells, and of boxes."""
    return max(1, (sampling.size - 2) ** 2 - sampling.options["walls"]), sampling.options["boxes"]


@njit(cache=True)
def _draw(  # noqa: PLR0917  (kernels take their arrays by position)
    kind: Any,
    level: Any,
    store: Any,
    entries: Any,
    events: Any,
    sample: Any,
    columns: Any,
    num_walls: Any,
    seed: Any,
    start: Any,
    step: Any,
    count: Any,
    random_ties: Any,
    max_closed: Any,
) -> Any:
    """Do draws until all are done or something is full; return how many were done, and what is full."""
    size = int(np.sqrt(len(sample.walls)))
    chance = np.zeros(1, np.uint64)
    for number in range(count):
        stream = derive(seed, start + number * step)
        chance[0] = stream
        if not draw_level(sample, chance, size, num_walls):
            continue
        fill(level, sample.number_of, sample.walls, size, sample.docks, kind)
        clear(store)
        chance[0] = derive(stream, np.int64(0))
        word = goal = np.int64(0)
        for i in range(len(sample.docks)):
            word = (word << level.sizes[2]) | sample.number_of[sample.state[1 + i]]
            goal = (goal << level.sizes[2]) | level.docks[i]
        worker = np.int64(sample.number_of[sample.state[0]])
        begin(kind, level, store, entries, events, chance, random_ties, word, worker)
        why = advance(kind, level, store, entries, events, chance, random_ties, goal, max_closed)
        if why == GOAL:
            if not append(level, store, entries, events, sample, size, columns):
                return number, _COLUMNS_FULL
        elif why in (PAUSED, TOO_DEEP):
            columns.counts[STOPPED] += 1
        elif why != EXHAUSTED:
            return number, why
    return count, 0
