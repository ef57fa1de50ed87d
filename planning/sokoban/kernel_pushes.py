"""A* over pushes, compiled: move-optimal, with far fewer nodes than there are steps.

A node is an arrangement of the boxes with the worker where a push left it. An edge is a walk and a push, and costs
all their steps. The open list is an array of buckets, one for each f = g + h: h ("matching") is consistent, so that f
never falls.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.sokoban.kernel_estimate import estimate_walk
from planning.sokoban.kernel_level import FAR, MATCHING
from planning.sokoban.kernel_store import (
    CLOSED,
    CREATED,
    DEEPEST,
    EMPTY,
    EXHAUSTED,
    GOAL,
    LAST,
    OPEN_FULL,
    PAUSED,
    ROWS_FULL,
    SIZE,
    TABLE_FULL,
    TOO_DEEP,
    add_row,
    find_row,
    find_slot,
    first_row,
    lengthened,
    pack_moved,
    unpack,
)

_USED, _FREE, _LEAST_F, _LOST, _BELOW = 3, 5, 6, 7, 8
_NONE, _ANY = -1, 2**62


class Buckets(NamedTuple):
    """The open list: linked lists of entries, the last one in is the first one out.

    `counts` int64 is [entries, nodes closed, nodes created, places ever used, node closed last, first free place, least
    f, nodes given up for their depth, the f from which on no node is created]. `first` int32 [`DEEPEST` + 1] is the
    first place of each f. A place: `next` int32, `node` int32, `g` int16.
    """

    counts: NDArray[np.int64]
    first: NDArray[np.int32]
    next: NDArray[np.int32]
    node: NDArray[np.int32]
    g: NDArray[np.int16]

    def widened(self, capacity: int) -> "Buckets":
        """Return the open list with room for so many entries."""
        return Buckets(self.counts, self.first, *(lengthened(array, capacity) for array in self[2:]))


def empty_buckets(capacity: int = 1024, below: int | None = None) -> Buckets:
    """Return an open list without entries, for nodes of any f or for those below a bound."""
    return Buckets(
        np.array([0, 0, 0, 0, _NONE, _NONE, 0, 0, _ANY if below is None else below], np.int64),
        np.full(DEEPEST + 1, _NONE, np.int32),
        np.zeros(capacity, np.int32),
        np.zeros(capacity, np.int32),
        np.zeros(capacity, np.int16),
    )


@njit(cache=True)
def begin_pushes(level: Any, store: Any, entries: Any, word: Any, worker: Any) -> None:
    """Create the initial node, unless it is a dead end, in an empty store and open list."""
    row = first_row(np.int64(MATCHING), level, store, word)
    if row < 0:
        return
    h = np.int64(store.estimates[row])
    walk = estimate_walk(level.sizes[0], level.approach, worker, store.here) if h > 0 else np.int64(0)
    if walk == FAR:
        return
    h += walk
    if h >= entries.counts[_BELOW]:
        return
    if h > DEEPEST:
        entries.counts[_LOST] = 1
        return
    node = row * level.sizes[0] + worker
    store.g[node], store.came[node] = 0, -1
    entries.node[0], entries.g[0], entries.next[0] = node, 0, _NONE
    entries.first[h] = 0
    entries.counts[SIZE] = entries.counts[CREATED] = entries.counts[_USED] = 1


@njit(cache=True)
def _next_place(  # noqa: PLR0917  (kernels take their arrays by position)
    best_g: Any, counts: Any, first: Any, following: Any, nodes: Any, gs: Any
) -> Any:
    """Return the place of an entry of least f, or −1 if none is left; drop the stale ones before it."""
    while counts[SIZE] > 0:
        place = np.int64(first[counts[_LEAST_F]])
        if place == _NONE:
            counts[_LEAST_F] += 1
        elif gs[place] > best_g[nodes[place]]:
            _take(counts, first, following, place)
        else:
            return place
    return np.int64(_NONE)


@njit(cache=True)
def _take(counts: Any, first: Any, following: Any, place: Any) -> None:
    """Take the entry out of the list that it is the first of."""
    first[counts[_LEAST_F]] = following[place]
    following[place] = counts[_FREE]
    counts[_FREE] = place
    counts[SIZE] -= 1


@njit(cache=True)
def least_f(store: Any, entries: Any) -> Any:
    """Return the least cost of a plan that is still possible."""
    place = _next_place(store.g, entries.counts, entries.first, entries.next, entries.node, entries.g)
    return entries.counts[_LEAST_F] if place != _NONE else np.int64(DEEPEST + 1)


@njit(cache=True)
def advance_pushes(  # noqa: C901, PLR0912, PLR0915  (one loop on arrays: handing them on costs time)
    level: Any, store: Any, entries: Any, goal: Any, max_closed: Any
) -> Any:
    """Expand nodes until the arrangement `goal` is closed, `max_closed` are, or something is full; return why.

    Called again after the cause is removed, it goes on as if it had not stopped.
    """
    num_floor, bits = level.sizes[0], level.sizes[2]
    next_to, approach, is_lost = level.next_to, level.approach, level.is_lost
    keys, values, words, estimates, best_g = store.keys, store.values, store.words, store.estimates, store.g
    came, here, boxes, occupied = store.came, store.here, store.boxes, store.occupied
    walked, queue = store.walked, store.queue
    counts, first, following, nodes, gs = entries.counts, entries.first, entries.next, entries.node, entries.g
    log_size, most_children, below = store.counts[2], 4 * len(here), counts[_BELOW]
    while True:
        place = _next_place(best_g, counts, first, following, nodes, gs)
        if place == _NONE:
            return TOO_DEEP if counts[_LOST] > 0 else EXHAUSTED
        if counts[CLOSED] >= max_closed:
            return PAUSED
        if 2 * (store.counts[1] + most_children) > len(keys):
            return TABLE_FULL
        if store.counts[0] + most_children > len(words):
            return ROWS_FULL
        if counts[SIZE] + most_children > len(nodes):
            return OPEN_FULL
        node = np.int64(nodes[place])
        _take(counts, first, following, place)
        counts[CLOSED] += 1
        counts[LAST] = node
        row = node // num_floor
        if words[row] == goal:
            return GOAL
        worker, g = node - row * num_floor, np.int64(best_g[node])
        unpack(words[row], bits, here)
        for i in range(len(here)):
            occupied[here[i]] = 1
        _walk(next_to, occupied, worker, walked, queue)
        for i in range(most_children):
            box, d = here[i >> 2], i & 3
            ahead, behind = np.int64(next_to[4 * box + d]), np.int64(next_to[4 * box + (d ^ 1)])
            if ahead < 0 or behind < 0 or occupied[ahead] == 1 or is_lost[ahead] == 1 or walked[behind] == FAR:
                continue
            word = pack_moved(here, bits, box, ahead)
            slot = find_slot(keys, values, log_size, word)
            child = np.int64(values[slot])
            if child == EMPTY:
                occupied[box], occupied[ahead] = 0, 1
                child = add_row(np.int64(MATCHING), level, store, slot, word)
                occupied[box], occupied[ahead] = 1, 0
            child_node, child_g = child * num_floor + box, g + walked[behind] + 1
            if child < 0 or child_g >= best_g[child_node]:
                continue
            h = np.int64(estimates[child])
            if h > 0:
                unpack(word, bits, boxes)
                walk = estimate_walk(num_floor, approach, box, boxes)
                if walk == FAR:
                    continue
                h += walk
            f = child_g + h
            if f >= below:
                continue
            if f > DEEPEST:
                counts[_LOST] += 1
                continue
            best_g[child_node], came[child_node] = child_g, 4 * worker + d
            place = counts[_FREE]
            if place == _NONE:
                place = counts[_USED]
                counts[_USED] += 1
            else:
                counts[_FREE] = following[place]
            nodes[place], gs[place], following[place] = child_node, child_g, first[f]
            first[f] = place
            counts[SIZE] += 1
            counts[CREATED] += 1
            counts[_LEAST_F] = min(counts[_LEAST_F], f)
        for i in range(len(here)):
            occupied[here[i]] = 0


@njit(cache=True)
def _walk(next_to: Any, occupied: Any, worker: Any, walked: Any, queue: Any) -> None:
    """Fill `walked` [F] with the worker's steps to each floor cell among the boxes, or `FAR`."""
    for i in range(len(walked)):
        walked[i] = FAR
    walked[worker] = 0
    queue[0] = worker
    size = 1
    i = 0
    while i < size:
        cell = queue[i]
        i += 1
        for d in range(4):
            there = next_to[4 * cell + d]
            if there >= 0 and walked[there] == FAR and occupied[there] == 0:
                walked[there] = walked[cell] + 1
                queue[size] = there
                size += 1


@njit(cache=True)
def trace_pushes(level: Any, store: Any, node: Any, pushes: Any) -> Any:
    """Write the pushes that lead to a node into `pushes` [·, 2], from the end on; return where they begin.

    A row is the floor number of the worker before the push (in front of it, the box), and the push's direction.
    """
    num_floor, bits = level.sizes[0], level.sizes[2]
    i = len(pushes)
    while store.came[node] >= 0:
        came = np.int64(store.came[node])
        row = node // num_floor
        cell, d = node - row * num_floor, came & 3
        unpack(store.words[row], bits, store.boxes)
        box = np.int64(level.next_to[4 * cell + d])
        i -= 1
        pushes[i, 0], pushes[i, 1] = level.next_to[4 * cell + (d ^ 1)], d
        node = find_row(store, pack_moved(store.boxes, bits, box, cell)) * num_floor + (came >> 2)
    return i
