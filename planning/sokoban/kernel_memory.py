"""The memory of compiled Sokoban searches, and how it grows up to a limit while they run."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from planning.sokoban.kernel_level import Level
from planning.sokoban.kernel_pushes import Buckets
from planning.sokoban.kernel_steps import Events, Open, empty_events
from planning.sokoban.kernel_store import (
    CLOSED,
    EXHAUSTED,
    GOAL,
    OPEN_FULL,
    PAUSED,
    ROWS_FULL,
    TABLE_FULL,
    TOO_DEEP,
    Store,
    empty_store,
    with_rows,
    with_table,
)
from solvers.search import Limits

MOST_BYTES = 1_500_000_000
"""How much memory a search takes, unless told otherwise, before it gives up."""
_ROWS_SHARE, _TABLE_SHARE, _OPEN_SHARE, _EVENTS_SHARE = 0.5, 0.25, 0.15, 0.1
_SLOT_BYTES, _ENTRY_BYTES, _EVENT_BYTES = 14, 18, 11
_LEAST_GAIN = 64
_MOST_NODES = 2**31 - 1
_SLICE = 4096
"""Expansions between two looks at the clock."""

Entries = TypeVar("Entries", Open, Buckets)


class Memory(Generic[Entries]):
    """A level, a store, an open list and events; kernels say what is full, and `grow` makes room for it.

    Each part has its own share of `max_bytes`, so that whether a search fits does not depend on the searches before.
    """

    def __init__(self, level: Level, entries: Entries, *, record: bool = False, max_bytes: int = MOST_BYTES) -> None:
        self.level, self.max_bytes = level, max_bytes
        self.store: Store = empty_store(len(level.cells), len(level.docks))
        self.open: Entries = entries
        self.events: Events = empty_events(1024 if record else 0)

    def grow(self, what: int) -> bool:
        """Make room for what is full, up to twice as much; tell whether its share of the memory allows that."""
        num_floor = len(self.level.cells)
        if what == TABLE_FULL:
            length = 2 * len(self.store.keys)
            if is_more := length * _SLOT_BYTES <= _TABLE_SHARE * self.max_bytes:
                self.store = with_table(self.store)
            return is_more
        if what == ROWS_FULL:
            num_rows, is_more = self._stretched(len(self.store.words), 12 + 4 * num_floor, _ROWS_SHARE)
            if is_more and num_rows * num_floor <= _MOST_NODES:
                self.store = with_rows(self.store, num_rows)
            return is_more and num_rows * num_floor <= _MOST_NODES
        if what == OPEN_FULL:
            capacity, is_more = self._stretched(len(self.open.node), _ENTRY_BYTES, _OPEN_SHARE)
            self.open = self.open.widened(capacity) if is_more else self.open
            return is_more
        capacity, is_more = self._stretched(len(self.events.node), _EVENT_BYTES, _EVENTS_SHARE)
        self.events = self.events.widened(capacity) if is_more else self.events
        return is_more

    def run(self, advance: Callable[[np.int64], int], limits: Limits, started: float) -> int:
        """Search until an answer or a limit, and return why it came to an end.

        `advance` goes on with what is in this memory now until so many nodes are closed, and returns why it paused. The
        time counts from `started`.
        """
        most = np.iinfo(np.int64).max if limits.max_expansions is None else limits.max_expansions
        while True:
            closed = int(self.open.counts[CLOSED])
            is_late = limits.time_limit_s is not None and time.perf_counter() - started >= limits.time_limit_s
            stop = np.int64(min(most, closed if is_late else closed + _SLICE))
            why = int(advance(stop))
            if why in (GOAL, EXHAUSTED, TOO_DEEP) or (why == PAUSED and (is_late or stop == most)):
                return why
            if why != PAUSED and not self.grow(why):
                return why

    def _stretched(self, length: int, bytes_each: int, share: float) -> tuple[int, bool]:
        """Return twice a length, or less where the share ends, and whether that is worth it."""
        longer = min(2 * length, int(self.max_bytes * share) // bytes_each)
        return longer, longer >= length + _LEAST_GAIN


def word_and_worker(level: Level, cells: tuple[int, ...]) -> tuple[np.int64, np.int64]:
    """Return the boxes of a state as a word, and the worker's floor number."""
    worker, *boxes = (int(number) for number in np.searchsorted(level.cells, cells))
    word = 0
    for box in boxes:
        word = (word << int(level.sizes[2])) | box
    return np.int64(word), np.int64(worker)
