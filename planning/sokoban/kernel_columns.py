"""The columns of `Traces`, written by compiled code."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.sokoban.kernel_steps import trace_back, write_states
from planning.sokoban.kernel_store import EVENTS, LAST, lengthened
from planning.traces import Traces

TRACES, CODES, PLANS, ROWS, STOPPED = range(5)
"""Places in `Columns.counts`."""


class Columns(NamedTuple):
    """What `Traces` has, with room at the ends; `counts` int64 [5] says how much of it is used.

    The last of the counts is that of searches which came to no end, and left nothing.
    The three offsets int64 [· + 1, 3] are those of codes, plans and events.
    """

    counts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    costs: NDArray[np.int32]
    codes: NDArray[np.int32]
    plans: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    states: NDArray[np.int32]
    g: NDArray[np.int32]
    h: NDArray[np.int32]

    def traces(self) -> Traces:
        """Return what is in use."""
        num, num_codes, num_plans, num_events = self.counts[:STOPPED].tolist()
        return Traces(
            self.codes[:num_codes].copy(),
            self.offsets[: num + 1, 0].copy(),
            self.plans[:num_plans].copy(),
            self.offsets[: num + 1, 1].copy(),
            self.costs[:num].copy(),
            self.kinds[:num_events].copy(),
            self.states[:num_events].copy(),
            self.g[:num_events].copy(),
            self.h[:num_events].copy(),
            self.offsets[: num + 1, 2].copy(),
        )

    def doubled(self) -> "Columns":
        """Return the same with twice the room in each column."""
        return Columns(self.counts, *(lengthened(array, 2 * len(array)) for array in self[1:]))


def empty_columns(state_width: int) -> Columns:
    """Return columns without content."""
    return Columns(
        np.zeros(5, np.int64),
        np.zeros((64, 3), np.int64),
        np.zeros(64, np.int32),
        np.zeros(1 << 12, np.int32),
        np.zeros((1 << 12, state_width), np.int32),
        np.zeros(1 << 16, np.uint8),
        np.zeros((1 << 16, state_width), np.int32),
        np.zeros(1 << 16, np.int32),
        np.zeros(1 << 16, np.int32),
    )


@njit(cache=True)
def append(  # noqa: PLR0917  (kernels take their arrays by position)
    level: Any, store: Any, entries: Any, events: Any, sample: Any, size: Any, columns: Any
) -> Any:
    """Append a solved search of a sampled level; tell whether there was room. Nothing is written if not."""
    counts = columns.counts
    num, num_codes, num_plans, num_rows = counts[TRACES], counts[CODES], counts[PLANS], counts[ROWS]
    goal, num_events = entries.counts[LAST], entries.counts[EVENTS]
    cost = np.int64(store.g[goal])
    most_codes = num_codes + 4 + 2 * len(sample.docks) + size * size
    if num + 2 > len(columns.costs) or most_codes > len(columns.codes):
        return False
    if num_plans + cost + 1 > len(columns.plans) or num_rows + num_events > len(columns.kinds):
        return False
    moves, nodes = np.empty(cost, np.int32), np.empty(cost + 1, np.int32)
    trace_back(level, store, goal, moves, nodes)
    write_states(level, store, nodes, columns.plans[num_plans : num_plans + cost + 1])
    write_states(level, store, events.node[:num_events], columns.states[num_rows : num_rows + num_events])
    kinds, gs, hs, event_kinds, event_gs, event_hs = (
        columns.kinds,
        columns.g,
        columns.h,
        events.kind,
        events.g,
        events.h,
    )
    for i in range(num_events):
        kinds[num_rows + i], gs[num_rows + i], hs[num_rows + i] = event_kinds[i], event_gs[i], event_hs[i]
    columns.costs[num] = cost
    counts[TRACES], counts[PLANS], counts[ROWS] = num + 1, num_plans + cost + 1, num_rows + num_events
    counts[CODES] = _write_codes(sample, size, columns.codes, num_codes)
    columns.offsets[num + 1, 0], columns.offsets[num + 1, 1] = counts[CODES], counts[PLANS]
    columns.offsets[num + 1, 2] = counts[ROWS]
    return True


@njit(cache=True)
def _write_codes(sample: Any, size: Any, codes: Any, i: Any) -> Any:
    """Write `SokobanDomain.codes` of a sampled level from place i on; return where they end."""
    codes[i] = len(sample.docks)
    i += 1
    for cell in sample.state:
        codes[i] = cell
        i += 1
    for cell in sample.docks:
        codes[i] = cell
        i += 1
    codes[i], codes[i + 1] = size, size
    i += 2
    for cell in range(size * size):
        if sample.walls[cell] == 1:
            codes[i] = cell
            i += 1
    return i
