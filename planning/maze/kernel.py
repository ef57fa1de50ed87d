"""A* on grids, compiled: event by event what `solvers.search.astar` does on a `Maze`.

Grids have a border of walls, so that no step needs a test for the edge; a cell is then a place in the bordered grid,
and its order is still row by row. Two searches share one contract:

- `search_unit`: four neighbours, all costs 1, Manhattan distance, ties by the smallest cell. A step changes f by 0 or
  2, so that there are never more than two values of f among the open cells: two sets of bits do for a heap.
- `search_any`: terrain, eight neighbours, any consistent weights, ties by cell or by chance; a heap with stale entries.

Both stop where they are and can be called again with the same arrays to go on: after so many expansions, and before
an array is full. What the arrays but `progress` hold before the first call does not matter. Nothing here allocates.
"""

from typing import Any

import numpy as np
from numba import njit

from solvers.kernels import draw, heap_pop, heap_push, shuffle

FOUND, EXHAUSTED, STOPPED, NO_ROOM, NO_HEAP, TOO_FAR = range(6)
"""Why a search returns: a plan; no open cell is left; the limit; events or heap are full; a cost needs 32 bits."""

EVENTS, CLOSED, CREATED, F, PLAN = range(5)
"""Places in `progress` (int64 [16]) for the caller: events written up to here (set it before the first call), how many
cells were expanded and created, the least f (a bound), and the length of the plan. The rest is the search's own."""
_SIZE, _LATER, _LOW, _LOW_LATER, _NOW = range(5, 10)
BELOW = 10
"""The place for the caller to say that only a plan that costs less is looked for: no cell is created whose f is this or
more. 0: any plan will do (−1 says that none will)."""
PROGRESS = 16

_UNSEEN, _WALL = 2**31 - 1, 0
"""What `g` of `search_unit` holds for free cells and for walls at first: more, and less, than any step makes."""
FAR = 2**62
"""What `g` of `search_any` holds at first: more than any cost."""
_INT32_MAX = 2**31 - 1

_0, _1, _58 = np.uint64(0), np.uint64(1), np.uint64(58)
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_BITS = np.zeros(64, np.int64)
for _bit in range(64):
    _BITS[((int(_DE_BRUIJN) << _bit) % 2**64) >> 58] = _bit


@njit(cache=True, inline="always")
def _lowest(word: Any) -> Any:
    """Return the place of the lowest bit that is set, as int64: each 6-bit window of a de Bruijn word is another."""
    return _BITS[((word & (~word + _1)) * _DE_BRUIJN) >> _58]


@njit(cache=True)
def num_words(cells: Any) -> Any:
    """Return how many words a row of `bits` needs: a bit a cell, then a bit a word."""
    words = (cells + 63) >> 6
    return words + ((words + 63) >> 6)


@njit(cache=True)
def search_unit(  # noqa: C901, PLR0912, PLR0915, PLR0917  (one loop on arrays; parts would pass all of them on)
    limit: Any,
    columns: Any,
    table: Any,
    start: Any,
    goal: Any,
    terrain: Any,
    parent: Any,
    plan: Any,
    progress: Any,
    g: Any,
    bits: Any,
) -> Any:
    """Search a grid of unit costs; see the module.

    Args:
        limit: Stop before the expansion after so many, counted from the first call.
        columns: kinds uint8, states, g and h int32 of the events; without room for any, nothing is recorded.
        table: x and y of each cell without the border (int32 [cells] each), width without and with the border.
        start: A cell of the bordered grid.
        goal: Another, or the same.
        terrain: uint8 [cells]: 0 is a wall.
        parent: int32 [cells].
        plan: int32 [cells]: receives the plan's cells, without the border.
        progress: See above; all 0 but EVENTS and BELOW before the first call.
        g: int32 [cells].
        bits: uint64 [2, num_words(cells)].
    """
    xs, ys, width, stride = table
    kinds, states, gs, hs = columns
    words = (g.size + 63) >> 6
    goal_x, goal_y = xs[goal], ys[goal]
    m, capacity = progress[EVENTS], kinds.size
    record = capacity > 0
    closed, created, f = progress[CLOSED], progress[CREATED], progress[F]
    below = progress[BELOW] if progress[BELOW] != 0 else FAR
    size, later, low, low_later, now = (
        progress[_SIZE],
        progress[_LATER],
        progress[_LOW],
        progress[_LOW_LATER],
        progress[_NOW],
    )
    if created == 0:
        if record and m >= capacity:
            return NO_ROOM
        f = np.int64(abs(xs[start] - goal_x) + abs(ys[start] - goal_y))
        if f >= below:
            return EXHAUSTED
        for place in range(g.size):
            g[place] = _UNSEEN if terrain[place] > 0 else _WALL
        bits[:] = 0
        g[start], parent[start] = 0, start
        bits[0, start >> 6] = _1 << np.uint64(start & 63)
        bits[0, words + (start >> 12)] = _1 << np.uint64((start >> 6) & 63)
        size, low, low_later, created = 1, start >> 12, g.size, 1
        if record:
            kinds[m], states[m], gs[m], hs[m] = 0, ys[start] * width + xs[start], 0, f
            m += 1
    code = EXHAUSTED
    while True:
        if size == 0:
            if later == 0:
                break
            now, size, later, low, low_later = 1 - now, later, 0, low_later, g.size
            f += 2
        if closed >= limit:
            code = STOPPED
            break
        if record and m + 5 > capacity:
            code = NO_ROOM
            break
        while bits[now, words + low] == _0:
            low += 1
        word = (low << 6) + _lowest(bits[now, words + low])
        left = bits[now, word]
        cell = (word << 6) + _lowest(left)
        left &= left - _1
        bits[now, word] = left
        if left == _0:
            bits[now, words + low] &= bits[now, words + low] - _1
        size -= 1
        closed += 1
        cost = np.int64(g[cell])
        if record:
            kinds[m], states[m], gs[m], hs[m] = 1, ys[cell] * width + xs[cell], cost, f - cost
            m += 1
        if cell == goal:
            code = FOUND
            break
        cost += 1
        for move in range(4):
            if move == 0:
                child = cell + stride
            elif move == 1:
                child = cell - stride
            elif move == 2:
                child = cell - 1
            else:
                child = cell + 1
            if g[child] <= cost:
                continue
            x, y = xs[child], ys[child]
            h = np.int64(abs(x - goal_x) + abs(y - goal_y))
            word = child >> 6
            if cost + h == f:
                if g[child] != _UNSEEN:
                    # Reached before by a detour, it waits among the later ones; now it is as near as can be.
                    later -= 1
                    left = bits[1 - now, word] & ~(_1 << np.uint64(child & 63))
                    bits[1 - now, word] = left
                    if left == _0:
                        bits[1 - now, words + (word >> 6)] &= ~(_1 << np.uint64(word & 63))
                side = now
                size += 1
                low = min(low, word >> 6)
            elif f + 2 >= below:
                continue
            else:
                side = 1 - now
                later += 1
                low_later = min(low_later, word >> 6)
            g[child], parent[child] = cost, cell
            bits[side, word] |= _1 << np.uint64(child & 63)
            bits[side, words + (word >> 6)] |= _1 << np.uint64(word & 63)
            created += 1
            if record:
                kinds[m], states[m], gs[m], hs[m] = 0, y * width + x, cost, h
                m += 1
    progress[EVENTS], progress[CLOSED], progress[CREATED], progress[F] = m, closed, created, f
    progress[_SIZE], progress[_LATER], progress[_LOW], progress[_LOW_LATER] = size, later, low, low_later
    progress[_NOW] = now
    if code == FOUND:
        progress[PLAN] = _trace_back(table, start, goal, parent, plan)
    return code


@njit(cache=True)
def search_any(  # noqa: C901, PLR0912, PLR0915, PLR0917  (one loop on arrays; parts would pass all of them on)
    limit: Any,
    columns: Any,
    table: Any,
    start: Any,
    goal: Any,
    terrain: Any,
    parent: Any,
    plan: Any,
    progress: Any,
    g: Any,
    rule: Any,
    chance: Any,
    heap: Any,
) -> Any:
    """Search any grid; see the module.

    Args:
        limit: Expansions, as in `search_unit`; so are columns, table, start, goal, parent, plan and progress.
        columns: The events.
        table: The cells.
        start: A cell.
        goal: A cell.
        terrain: uint8 [cells]: what a step onto a cell costs; 0 is a wall.
        parent: int32 [cells].
        plan: int32 [cells].
        progress: See above.
        g: int64 [cells].
        rule: int64 [16], which also serves as room for children: 4 or 8 neighbours, the factors of the costs of a
            straight and of a diagonal step, the weights of the heuristic (straight, saving), and 1 for ties by chance.
        chance: uint64 [1]: the stream of ties by chance; see `solvers.ties.RandomTies`.
        heap: f int64, tie uint64, cell int64, of the same length.
    """
    xs, ys, width, stride = table
    kinds, states, gs, hs = columns
    num_moves, straight, diagonal, weight, saving, is_random = rule[0], rule[1], rule[2], rule[3], rule[4], rule[5] == 1
    children = rule[8:]
    steps = (stride, -stride, -1, 1, stride - 1, stride + 1, -stride - 1, -stride + 1)
    goal_x, goal_y = np.int64(xs[goal]), np.int64(ys[goal])
    m, capacity, room = progress[EVENTS], kinds.size, heap[0].size
    record = capacity > 0
    closed, created, f, size = progress[CLOSED], progress[CREATED], progress[F], progress[_SIZE]
    below = progress[BELOW] if progress[BELOW] != 0 else FAR
    if created == 0:
        if record and m >= capacity:
            return NO_ROOM
        if room == 0:
            return NO_HEAP
        dx, dy = abs(xs[start] - goal_x), abs(ys[start] - goal_y)
        h = weight * (dx + dy) - saving * min(dx, dy)
        if h >= below:
            return EXHAUSTED
        if record:
            if h > _INT32_MAX:
                return TOO_FAR
            kinds[m], states[m], gs[m], hs[m] = 0, ys[start] * width + xs[start], 0, h
            m += 1
        g[:] = FAR
        g[start], parent[start], created = 0, start, 1
        size = heap_push(heap, 0, h, draw(chance) if is_random else np.uint64(start), start)
    code = EXHAUSTED
    while size > 0:
        f, cell = heap[0][0], heap[2][0]
        cost = g[cell]
        dx, dy = abs(xs[cell] - goal_x), abs(ys[cell] - goal_y)
        h = weight * (dx + dy) - saving * min(dx, dy)
        if f > cost + h:
            size = heap_pop(heap, size)
            continue
        if closed >= limit:
            code = STOPPED
            break
        if record and m + 9 > capacity:
            code = NO_ROOM
            break
        if size + 8 > room:
            code = NO_HEAP
            break
        size = heap_pop(heap, size)
        closed += 1
        if record:
            kinds[m], states[m], gs[m], hs[m] = 1, ys[cell] * width + xs[cell], cost, h
            m += 1
        if cell == goal:
            code = FOUND
            break
        num_children = 0
        for move in range(num_moves):
            if terrain[cell + steps[move]] == 0:
                continue
            if move >= 4 and (
                terrain[cell + steps[(move >> 1) - 2]] == 0 or terrain[cell + steps[2 + (move & 1)]] == 0
            ):
                continue
            children[num_children] = move
            num_children += 1
        if is_random:
            shuffle(chance, children, num_children)
        for i in range(num_children):
            move = children[i]
            child = cell + steps[move]
            child_cost = cost + terrain[child] * (straight if move < 4 else diagonal)
            if g[child] <= child_cost:
                continue
            dx, dy = abs(xs[child] - goal_x), abs(ys[child] - goal_y)
            h = weight * (dx + dy) - saving * min(dx, dy)
            if child_cost + h >= below:
                continue
            if record:
                if child_cost > _INT32_MAX or h > _INT32_MAX:
                    return TOO_FAR
                kinds[m], states[m], gs[m], hs[m] = 0, ys[child] * width + xs[child], child_cost, h
                m += 1
            g[child], parent[child] = child_cost, cell
            created += 1
            tie = draw(chance) if is_random else np.uint64(child)
            size = heap_push(heap, size, child_cost + h, tie, child)
    progress[EVENTS], progress[CLOSED], progress[CREATED], progress[F], progress[_SIZE] = m, closed, created, f, size
    if code == FOUND:
        progress[PLAN] = _trace_back(table, start, goal, parent, plan)
    return code


@njit(cache=True)
def _trace_back(table: Any, start: Any, goal: Any, parent: Any, plan: Any) -> Any:
    """Write the cells from start to goal, without the border, into `plan`; return how many they are."""
    xs, ys, width, _ = table
    length, cell = 1, goal
    while cell != start:
        cell = parent[cell]
        length += 1
    cell = goal
    for i in range(length - 1, -1, -1):
        plan[i] = ys[cell] * width + xs[cell]
        cell = parent[cell]
    return length
