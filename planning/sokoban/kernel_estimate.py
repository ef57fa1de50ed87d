"""The heuristics of Sokoban on the tables of a `Level`, compiled. −1 stands for a dead end."""

from typing import Any

import numpy as np
from numba import njit

from planning.sokoban.kernel_level import FAR, MATCHING, PAPER

_MOST_BY_SUBSETS = 6
_HELD = 2
_NEVER = 1 << 20


@njit(cache=True)
def estimate_boxes(kind: Any, level: Any, boxes: Any, occupied: Any) -> Any:
    """Return the part of a heuristic that depends on the boxes [B] alone, or −1.

    `occupied` uint8 [F] is 1 where a box is and 0 elsewhere; it is the same afterwards.
    """
    num_floor = level.sizes[0]
    if kind == PAPER:
        return _paper(num_floor, level.docks, level.is_dock, level.is_lost, level.away, boxes, occupied)
    if kind != MATCHING:
        return np.int64(0)
    is_dead = _freeze(level.next_to, level.is_dock, level.is_lost, boxes, occupied)
    total = np.int64(-1)
    if not is_dead and len(boxes) <= _MOST_BY_SUBSETS:
        total = _by_subsets(num_floor, level.away, level.scratch, boxes)
    elif not is_dead:
        total = _by_paths(num_floor, level.away, level.scratch, boxes)
    for i in range(len(boxes)):
        occupied[boxes[i]] = 1
    return total


@njit(cache=True)
def _paper(  # noqa: PLR0917  (kernels take their arrays by position)
    num_floor: Any, docks: Any, is_dock: Any, is_lost: Any, away: Any, boxes: Any, occupied: Any
) -> Any:
    total = np.int64(0)
    for i in range(len(boxes)):
        box = boxes[i]
        if is_dock[box] == 1:
            continue
        if is_lost[box] == 1:
            return np.int64(-1)
        least = np.int64(FAR)
        for j in range(len(docks)):
            if occupied[docks[j]] == 0:
                least = min(least, np.int64(away[j * num_floor + box]))
        total += least
    return total


@njit(cache=True)
def _freeze(next_to: Any, is_dock: Any, is_lost: Any, boxes: Any, occupied: Any) -> Any:
    """Mark frozen boxes as `_HELD` in `occupied`; tell whether one is not on a dock, or lost anyway."""
    for i in range(len(boxes)):
        occupied[boxes[i]] = _HELD
    changed = True
    while changed:
        changed = False
        for i in range(len(boxes)):
            box = boxes[i]
            if occupied[box] == _HELD and (
                _can_slide(is_lost, occupied, next_to[4 * box], next_to[4 * box + 1])
                or _can_slide(is_lost, occupied, next_to[4 * box + 2], next_to[4 * box + 3])
            ):
                occupied[box] = 1
                changed = True
    num_stuck = 0
    for i in range(len(boxes)):
        box = boxes[i]
        if is_dock[box] == 0 and (occupied[box] == _HELD or is_lost[box] == 1):
            num_stuck += 1
    return num_stuck > 0


@njit(cache=True)
def _can_slide(is_lost: Any, occupied: Any, one: Any, other: Any) -> Any:
    """Tell whether a box may still move between the cells on both of its sides; see `deadlock.frozen_boxes`."""
    if one < 0 or other < 0 or occupied[one] == _HELD or occupied[other] == _HELD:
        return False
    return is_lost[one] == 0 or is_lost[other] == 0


@njit(cache=True)
def _cost(away: Any, place: Any) -> Any:
    """Return a distance, or `_NEVER`."""
    pushes = np.int64(away[place])
    return np.int64(_NEVER) if pushes == FAR else pushes


@njit(cache=True)
def _by_subsets(num_floor: Any, away: Any, scratch: Any, boxes: Any) -> Any:
    """Return the least sum of an assignment, or −1: over all subsets of docks for the first boxes."""
    num_boxes = len(boxes)
    for i in range(num_boxes):
        for j in range(num_boxes):
            scratch[64 + 8 * i + j] = _cost(away, j * num_floor + boxes[i])
    scratch[0] = 0
    for subset in range(1, 1 << num_boxes):
        i = -1
        for j in range(num_boxes):
            i += (subset >> j) & 1
        best = np.int64(_NEVER)
        for j in range(num_boxes):
            if (subset >> j) & 1:
                best = min(best, np.int64(scratch[subset ^ (1 << j)] + scratch[64 + 8 * i + j]))
        scratch[subset] = best
    total = np.int64(scratch[(1 << num_boxes) - 1])
    return np.int64(-1) if total >= _NEVER else total


@njit(cache=True)
def _by_paths(num_floor: Any, away: Any, scratch: Any, boxes: Any) -> Any:  # noqa: C901, PLR0912  (one nest)
    """Return the least sum of an assignment, or −1: see `matching.assign`."""
    size = len(boxes)
    stride = size + 1
    of_row, of_column = scratch[:stride], scratch[stride : 2 * stride]
    row_at, slack = scratch[2 * stride : 3 * stride], scratch[3 * stride : 4 * stride]
    before, done = scratch[4 * stride : 5 * stride], scratch[5 * stride : 6 * stride]
    for j in range(stride):
        of_row[j] = of_column[j] = row_at[j] = 0
    for row in range(1, size + 1):
        row_at[0], column = row, 0
        for j in range(stride):
            slack[j], done[j] = 1 << 30, 0
        while row_at[column] > 0:
            done[column] = 1
            current, nearest = row_at[column], 0
            for j in range(1, size + 1):
                if done[j] == 1:
                    continue
                reduced = _cost(away, (j - 1) * num_floor + boxes[current - 1]) - of_row[current] - of_column[j]
                if reduced < slack[j]:
                    slack[j], before[j] = reduced, column
                if nearest == 0 or slack[j] < slack[nearest]:
                    nearest = j
            step = slack[nearest]
            for j in range(size + 1):
                if done[j] == 1:
                    of_row[row_at[j]] += step
                    of_column[j] -= step
                else:
                    slack[j] -= step
            column = nearest
        while column > 0:
            row_at[column] = row_at[before[column]]
            column = before[column]
    total = np.int64(0)
    for j in range(1, size + 1):
        total += _cost(away, (j - 1) * num_floor + boxes[row_at[j] - 1])
    return np.int64(-1) if total >= _NEVER else total


@njit(cache=True)
def estimate_walk(num_floor: Any, approach: Any, worker: Any, boxes: Any) -> Any:
    """Return the steps of the worker to the first push, or `FAR`."""
    least = np.int64(FAR)
    for i in range(len(boxes)):
        least = min(least, np.int64(approach[boxes[i] * num_floor + worker]))
    return least
