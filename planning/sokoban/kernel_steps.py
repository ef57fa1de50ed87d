"""A* over the worker's steps, compiled: the events of `solvers.search.astar`, one for one."""

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
    EVENTS,
    EVENTS_FULL,
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
from solvers.kernels import draw, shuffle
from solvers.search import CLOSE, CREATE

_BELOW, _ANY = 5, 2**62


class Open(NamedTuple):
    """The open list, a binary heap in the order (f, tie) with stale entries, and the counts of a search.

    `counts` int64 is [entries, states closed, created, events, node closed last, the f from which on no state is
    created]. An entry: `f` int32, `tie` uint64, `g` int16, `node` int32.
    """

    counts: NDArray[np.int64]
    f: NDArray[np.int32]
    tie: NDArray[np.uint64]
    g: NDArray[np.int16]
    node: NDArray[np.int32]

    def widened(self, capacity: int) -> "Open":
        """Return the open list with room for so many entries."""
        return Open(self.counts, *(lengthened(array, capacity) for array in self[1:]))


class Events(NamedTuple):
    """The events of a search as they come: kind, node, g and h."""

    kind: NDArray[np.uint8]
    node: NDArray[np.int32]
    g: NDArray[np.int16]
    h: NDArray[np.int32]

    def widened(self, capacity: int) -> "Events":
        """Return the events with room for so many."""
        return Events(*(lengthened(array, capacity) for array in self))


def empty_open(capacity: int = 1024, below: int | None = None) -> Open:
    """Return an open list without entries, for states of any f or for those below a bound."""
    return Open(
        np.array([0, 0, 0, 0, 0, _ANY if below is None else below], np.int64),
        np.zeros(capacity, np.int32),
        np.zeros(capacity, np.uint64),
        np.zeros(capacity, np.int16),
        np.zeros(capacity, np.int32),
    )


def empty_events(capacity: int = 4096) -> Events:
    """Return room for events."""
    return Events(
        np.zeros(capacity, np.uint8),
        np.zeros(capacity, np.int32),
        np.zeros(capacity, np.int16),
        np.zeros(capacity, np.int32),
    )


@njit(cache=True)
def begin(  # noqa: PLR0917  (kernels take their arrays by position)
    kind: Any, level: Any, store: Any, entries: Any, events: Any, chance: Any, is_random: Any, word: Any, worker: Any
) -> None:
    """Create the initial state, unless it is a dead end; the store is empty."""
    entries.counts[:_BELOW] = 0
    row = first_row(kind, level, store, word)
    if row < 0:
        return
    h = np.int64(store.estimates[row])
    if kind == MATCHING and h > 0:
        walk = estimate_walk(level.sizes[0], level.approach, worker, store.here)
        if walk == FAR:
            return
        h += walk
    if h >= entries.counts[_BELOW]:
        return
    node = row * level.sizes[0] + worker
    store.g[node], store.came[node] = 0, -1
    tie = draw(chance) if is_random else np.uint64(0)
    _push(entries.f, entries.tie, entries.g, entries.node, np.int64(0), h, tie, np.int64(0), node)
    entries.counts[SIZE] = entries.counts[CREATED] = 1
    if len(events.kind) > 0:
        events.kind[0], events.node[0], events.g[0], events.h[0] = CREATE, node, 0, h
        entries.counts[EVENTS] = 1


@njit(cache=True)
def _push(  # noqa: PLR0917  (kernels take their arrays by position)
    fs: Any, ties: Any, gs: Any, nodes: Any, size: Any, f: Any, tie: Any, g: Any, node: Any
) -> None:
    i = size
    while i > 0:
        above = (i - 1) >> 1
        if fs[above] < f or (fs[above] == f and ties[above] <= tie):
            break
        fs[i], ties[i], gs[i], nodes[i] = fs[above], ties[above], gs[above], nodes[above]
        i = above
    fs[i], ties[i], gs[i], nodes[i] = f, tie, g, node


@njit(cache=True)
def _pop(fs: Any, ties: Any, gs: Any, nodes: Any, size: Any) -> None:
    """Remove the first of `size` entries."""
    last = size - 1
    f, tie = fs[last], ties[last]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= last:
            break
        other = child + 1
        if other < last and (fs[other] < fs[child] or (fs[other] == fs[child] and ties[other] < ties[child])):
            child = other
        if fs[child] > f or (fs[child] == f and ties[child] >= tie):
            break
        fs[i], ties[i], gs[i], nodes[i] = fs[child], ties[child], gs[child], nodes[child]
        i = child
    fs[i], ties[i], gs[i], nodes[i] = fs[last], ties[last], gs[last], nodes[last]


@njit(cache=True)
def advance(  # noqa: C901, PLR0911, PLR0912, PLR0915, PLR0917  (one loop on arrays: handing them on costs time)
    kind: Any,
    level: Any,
    store: Any,
    entries: Any,
    events: Any,
    chance: Any,
    is_random: Any,
    goal: Any,
    max_closed: Any,
) -> Any:
    """Expand states until the arrangement `goal` is closed, `max_closed` are, or something is full; return why.

    Called again after the cause is removed, it goes on as if it had not stopped.
    """
    num_floor, bits = level.sizes[0], level.sizes[2]
    next_to, approach, moves = level.next_to, level.approach, level.scratch
    keys, values, words, estimates, best_g = store.keys, store.values, store.words, store.estimates, store.g
    came, here, boxes, occupied = store.came, store.here, store.boxes, store.occupied
    counts, fs, ties, gs, nodes = entries.counts, entries.f, entries.tie, entries.g, entries.node
    kinds, event_nodes, event_gs, event_hs = events.kind, events.node, events.g, events.h
    log_size, worker_shift, below = store.counts[2], bits * len(here), counts[_BELOW]
    is_recorded = len(kinds) > 0
    while counts[SIZE] > 0:
        node, g = np.int64(nodes[0]), np.int64(gs[0])
        if g > best_g[node]:
            _pop(fs, ties, gs, nodes, counts[SIZE])
            counts[SIZE] -= 1
            continue
        if counts[CLOSED] >= max_closed:
            return PAUSED
        if g >= DEEPEST:
            return TOO_DEEP
        if 2 * (store.counts[1] + 4) > len(keys):
            return TABLE_FULL
        if store.counts[0] + 4 > len(words):
            return ROWS_FULL
        if counts[SIZE] + 4 > len(fs):
            return OPEN_FULL
        if is_recorded and counts[EVENTS] + 5 > len(kinds):
            return EVENTS_FULL
        row = node // num_floor
        worker = node - row * num_floor
        if is_recorded:
            i = counts[EVENTS]
            kinds[i], event_nodes[i], event_gs[i], event_hs[i] = CLOSE, node, g, fs[0] - g
            counts[EVENTS] = i + 1
        _pop(fs, ties, gs, nodes, counts[SIZE])
        counts[SIZE] -= 1
        counts[CLOSED] += 1
        counts[LAST] = node
        if words[row] == goal:
            return GOAL
        unpack(words[row], bits, here)
        for i in range(len(here)):
            occupied[here[i]] = 1
        num_moves = np.int64(0)
        for d in range(4):
            cell = next_to[4 * worker + d]
            if cell < 0:
                continue
            if occupied[cell] == 0:
                moves[num_moves] = d
                num_moves += 1
            elif next_to[4 * cell + d] >= 0 and occupied[next_to[4 * cell + d]] == 0:
                moves[num_moves] = d + 4
                num_moves += 1
        if is_random:
            shuffle(chance, moves, num_moves)
        order = np.int64(0)
        for i in range(num_moves - 1, -1, -1):
            order = (order << 3) | moves[i]  # octal digits: the heuristic writes over `moves`
        for _ in range(num_moves):
            move = order & 7
            order >>= 3
            cell = np.int64(next_to[4 * worker + (move & 3)])
            child = row
            if move >= 4:
                behind = np.int64(next_to[4 * cell + (move & 3)])
                word = pack_moved(here, bits, cell, behind)
                slot = find_slot(keys, values, log_size, word)
                child = np.int64(values[slot])
                if child == EMPTY:
                    occupied[cell], occupied[behind] = 0, 1
                    child = add_row(kind, level, store, slot, word)
                    occupied[cell], occupied[behind] = 1, 0
                if child < 0:
                    continue
            child_node = child * num_floor + cell
            if best_g[child_node] <= g + 1:
                continue
            h = np.int64(estimates[child])
            if kind == MATCHING and h > 0:
                unpack(words[child], bits, boxes)
                walk = estimate_walk(num_floor, approach, cell, boxes)
                if walk == FAR:
                    continue
                h += walk
            if g + 1 + h >= below:
                continue
            best_g[child_node], came[child_node] = g + 1, move
            tie = draw(chance) if is_random else np.uint64((cell << worker_shift) | words[child])
            _push(fs, ties, gs, nodes, counts[SIZE], g + 1 + h, tie, g + 1, child_node)
            counts[SIZE] += 1
            counts[CREATED] += 1
            if is_recorded:
                i = counts[EVENTS]
                kinds[i], event_nodes[i], event_gs[i], event_hs[i] = CREATE, child_node, g + 1, h
                counts[EVENTS] = i + 1
        for i in range(len(here)):
            occupied[here[i]] = 0
    return EXHAUSTED


@njit(cache=True)
def least_f(store: Any, entries: Any) -> Any:
    """Return the least g + h of the open states, of which one is left."""
    least = np.int64(1 << 62)
    for i in range(entries.counts[SIZE]):
        if entries.g[i] == store.g[entries.node[i]]:
            least = min(least, np.int64(entries.f[i]))
    return least


@njit(cache=True)
def trace_back(level: Any, store: Any, node: Any, moves: Any, nodes: Any) -> None:
    """Fill `moves` [g] (0–3 a walk, 4–7 a push) and `nodes` [g + 1] with the way to a node, from its end on."""
    num_floor, bits = level.sizes[0], level.sizes[2]
    for i in range(len(moves) - 1, -1, -1):
        nodes[i + 1] = node
        move = np.int64(store.came[node])
        row = node // num_floor
        worker = node - row * num_floor
        before = np.int64(level.next_to[4 * worker + ((move & 3) ^ 1)])
        if move >= 4:
            unpack(store.words[row], bits, store.boxes)
            box = np.int64(level.next_to[4 * worker + (move & 3)])
            row = find_row(store, pack_moved(store.boxes, bits, box, worker))
        moves[i] = move
        node = row * num_floor + before
    nodes[0] = node


@njit(cache=True)
def write_states(level: Any, store: Any, nodes: Any, states: Any) -> None:
    """Write the cells of worker and boxes of each node [N] into `states` [N, 1 + B]."""
    num_floor, bits, cells, words, boxes = level.sizes[0], level.sizes[2], level.cells, store.words, store.boxes
    for i in range(len(nodes)):
        row = np.int64(nodes[i]) // num_floor
        states[i, 0] = cells[nodes[i] - row * num_floor]
        unpack(words[row], bits, boxes)
        for j in range(len(boxes)):
            states[i, 1 + j] = cells[boxes[j]]
