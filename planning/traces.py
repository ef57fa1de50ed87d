"""`Traces`: solved problems with their plans and the searches that found them, as columns.

Columns, because they come from compiled searches by the million and go to disk and to tokens without a Python loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.search import Event

Ints = NDArray[np.int32]
Offsets = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Traces:
    """N searches; what belongs to search i lies at offsets[i] : offsets[i + 1] of its column.

    `codes` int32 are the problems as numbers (`Domain.codes`), `plans` int32 [·, k] the states along each plan, first
    and last included (none where no plan was found), and `costs` int32 [N] what they cost (−1: no plan). `kinds` uint8
    (CREATE 0, CLOSE 1), `states` int32 [·, k], `g` and `h` int32 are the events in the order of the search.
    """

    codes: Ints
    code_offsets: Offsets
    plans: Ints
    plan_offsets: Offsets
    costs: Ints
    kinds: NDArray[np.uint8]
    states: Ints
    g: Ints
    h: Ints
    event_offsets: Offsets

    def __len__(self) -> int:
        return len(self.costs)

    def select(self, keep: NDArray[Any]) -> "Traces":
        """Return the searches that a boolean mask [N] or indices name, in that order."""
        chosen = np.flatnonzero(keep) if keep.dtype == np.bool_ else keep
        code_rows, code_offsets = _rows(self.code_offsets, chosen)
        plan_rows, plan_offsets = _rows(self.plan_offsets, chosen)
        event_rows, event_offsets = _rows(self.event_offsets, chosen)
        return Traces(
            self.codes[code_rows],
            code_offsets,
            self.plans[plan_rows],
            plan_offsets,
            self.costs[chosen],
            self.kinds[event_rows],
            self.states[event_rows],
            self.g[event_rows],
            self.h[event_rows],
            event_offsets,
        )

    @staticmethod
    def concatenate(parts: Sequence["Traces"], state_width: int) -> "Traces":
        """Join traces whose states have the same width; of no parts at all, return no searches."""
        joined: dict[str, Any] = {}
        for field in fields(Traces):
            columns = [getattr(part, field.name) for part in parts] or [getattr(_none(state_width), field.name)]
            joined[field.name] = _join_offsets(columns) if field.name.endswith("offsets") else np.concatenate(columns)
        return Traces(**joined)

    @staticmethod
    def of(
        codes: Sequence[int],
        plan: Sequence[Sequence[int]],
        cost: int | None,
        events: Sequence[Event],
        state_width: int,
    ) -> "Traces":
        """Return one search; the states of plan and events are given as their codes."""
        return Traces(
            np.array(codes, np.int32),
            np.array([0, len(codes)], np.int64),
            np.array(plan, np.int32).reshape(-1, state_width),
            np.array([0, len(plan)], np.int64),
            np.array([-1 if cost is None else cost], np.int32),
            np.array([event.kind for event in events], np.uint8),
            np.array([event.state for event in events], np.int32).reshape(-1, state_width),
            np.array([event.g for event in events], np.int32),
            np.array([event.h for event in events], np.int32),
            np.array([0, len(events)], np.int64),
        )


def owners(offsets: Offsets) -> Offsets:
    """Return for each row of a column the number of the search that it belongs to."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _rows(offsets: Offsets, chosen: NDArray[Any]) -> tuple[Offsets, Offsets]:
    lengths = np.diff(offsets)[chosen]
    new = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    rows = np.arange(new[-1]) + np.repeat(offsets[:-1][chosen] - new[:-1], lengths)
    return rows, new


def _join_offsets(columns: Sequence[Offsets]) -> Offsets:
    lengths = np.concatenate([np.diff(column) for column in columns])
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


def _none(state_width: int) -> Traces:
    numbers, start = np.zeros(0, np.int32), np.zeros(1, np.int64)
    states = np.zeros((0, state_width), np.int32)
    return Traces(numbers, start, states, start, numbers, np.zeros(0, np.uint8), states, numbers, numbers, start)
