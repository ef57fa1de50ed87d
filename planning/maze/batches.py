"""Batches of traces of random mazes: sampled, searched and kept within compiled code, draw by draw.

The mazes are those of `sampling.paper` and `sampling.terrain`, number by number from the same stream, and the searches
those of `kernel`. A pair between which no path can be kept is not searched: its component says so.
"""

from typing import Any, final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.domain import Sampling
from planning.maze import kernel, solving
from planning.maze.heuristics import Weights
from planning.maze.sampling import wall_counts
from planning.maze.solving import UNLIMITED, grown, overflowing, rule_of, table_of
from planning.traces import Traces
from solvers.chance import derive as derived
from solvers.kernels import below, derive

_TRACES, _CODES, _PLANS, _EVENTS, _HEAP, _ENOUGH, _TOO_FAR = range(7)
"""The first four are places in `used`; a draw returns what there was too little room for, or how it ended."""
_STOPPED = 4
"""The place in `used` for the number of searches that the limit stopped."""

_SIZE, _FEWEST, _MOST, _DEAREST, _TRIES, _LEAST_PLAN, _LIMIT, _IS_UNIT, _DIAGONAL, _WEIGHT, _SAVING = range(11)
"""Places in `setting` (int64): the side of the grid, numbers of walls, the largest cost of a cell, pairs, the length
from which on a plan is kept, the limit of expansions, which search; eight neighbours; weights where costs are 1."""

FIRST_ROOM = (1 << 16, 1 << 14, 1 << 10, 1 << 17, 1 << 12)
"""Room for codes, plans, traces, events and open cells at first."""


@njit(cache=True)
def sample_cells(chance: Any, setting: Any, terrain: Any, order: Any, free: Any) -> Any:
    """Draw walls, and costs for the other cells; see `sampling`. Return the number of free cells.

    Args:
        chance: uint64 [1]: the stream.
        setting: See above.
        terrain: uint8 [bordered cells]: receives the costs; its border is 0 before and after.
        order: int64 [cells]: scratch.
        free: int64 [cells]: receives the free cells as places in the bordered grid, ascending.
    """
    size, num_free = setting[_SIZE], 0
    area, stride = size * size, size + 2
    for cell in range(area):
        order[cell] = cell
        terrain[cell + stride + 1 + 2 * (cell // size)] = 1
    num_walls = setting[_FEWEST] + below(chance, setting[_MOST] - setting[_FEWEST] + 1)
    for i in range(num_walls):
        j = i + below(chance, area - i)
        cell = order[j]
        order[i], order[j] = cell, order[i]
        terrain[cell + stride + 1 + 2 * (cell // size)] = 0
    for place in range(stride, terrain.size - stride):
        if terrain[place] > 0:
            free[num_free] = place
            num_free += 1
            if setting[_DEAREST] > 1:
                terrain[place] = 1 + below(chance, setting[_DEAREST])
    return num_free


@njit(cache=True)
def label_components(terrain: Any, stride: Any, cells: Any, queue: Any, components: Any) -> None:
    """Label the cells between which one can walk, and count them; a diagonal step is also two straight ones.

    Args:
        terrain: uint8 [bordered cells].
        stride: The width with the border.
        cells: The free cells (int64), ascending, and how many they are.
        queue: int64 [cells]: scratch.
        components: int32 [bordered cells] each: the label of a free cell, from 1 on, and how many cells have a label.
    """
    (free, num_free), (labels, sizes) = cells, components
    for i in range(num_free):
        labels[free[i]] = 0
    label = 0
    for i in range(num_free):
        if labels[free[i]] > 0:
            continue
        label += 1
        queue[0], labels[free[i]] = free[i], label
        first, last = 0, 1
        while first < last:
            cell = queue[first]
            first += 1
            for step in (stride, -stride, -1, 1):
                if terrain[cell + step] > 0 and labels[cell + step] == 0:
                    labels[cell + step] = label
                    queue[last] = cell + step
                    last += 1
        sizes[label] = last


@njit(cache=True)
def describe(setting: Any, terrain: Any, specials: Any) -> Any:
    """Write the codes of special cells (see `MazeDomain`), ascending; return how many they are, and the least cost."""
    size = setting[_SIZE]
    count, least = 0, setting[_DEAREST]
    for cost in range(setting[_DEAREST] + 1):
        for y in range(size):
            for x in range(size):
                if terrain[(y + 1) * (size + 2) + x + 1] == cost:
                    if cost > 0:
                        least = min(least, cost)
                    if cost != 1:
                        specials[count] = cost * size * size + y * size + x
                        count += 1
    return count, least


@njit(cache=True)
def keep(setting: Any, specials: Any, progress: Any, plan: Any, output: Any) -> Any:
    """Append a maze and its plan, whose events are there already; return _ENOUGH, or what there is no room for."""
    _, _, codes, plans, costs, offsets, used = output
    num, num_codes, num_plans = used[_TRACES], used[_CODES], used[_PLANS]
    length, size, end = progress[kernel.PLAN], setting[_SIZE], num_codes + 5 + specials.size
    if num >= costs.size:
        return _TRACES
    if end > codes.size:
        return _CODES
    if num_plans + length > plans.size:
        return _PLANS
    codes[num_codes], codes[num_codes + 1] = plan[0], plan[length - 1]
    codes[num_codes + 2], codes[num_codes + 3], codes[num_codes + 4] = size, size, setting[_DIAGONAL]
    # Loops, because NumPy's assignment of slices takes seconds to compile, for messages that are never seen.
    for i in range(specials.size):
        codes[num_codes + 5 + i] = specials[i]
    for i in range(length):
        plans[num_plans + i] = plan[i]
    costs[num] = progress[kernel.F]
    used[_TRACES], used[_CODES], used[_PLANS], used[_EVENTS] = num + 1, end, num_plans + length, progress[kernel.EVENTS]
    for i in range(3):
        offsets[i, num + 1] = used[_CODES + i]
    return _ENOUGH


@njit(cache=True)
def draw_one(chance: Any, setting: Any, grid: Any, scratch: Any, output: Any) -> Any:
    """Sample one set of walls, search its pairs, and keep what is worth it.

    Return _ENOUGH, or why the draw is not complete; what it has appended is then to be forgotten. One function, because
    a compiled one holds all that it calls: each level between would be compiled with both searches once more.

    Args:
        chance: uint64 [1]: the stream of the draw.
        setting: See above.
        grid: table, terrain, rule and stream of ties; see `kernel`.
        scratch: order, free, labels, sizes, special cells, g of each search, parents, bits, plan, progress.
        output: columns of events, heap, codes, plans, costs, offsets (int64 [3, ·]) and how much of each is used.
    """
    table, terrain, rule, ties = grid
    order, free, labels, sizes, specials, near, far, parent, bits, plan, progress = scratch
    columns, heap, limit, seed = output[0], output[1], setting[_LIMIT], chance[0]
    num_free = sample_cells(chance, setting, terrain, order, free)
    label_components(terrain, table[3], (free, num_free), order, (labels, sizes))
    num_specials, least = describe(setting, terrain, specials)
    rule[3], rule[4] = setting[_WEIGHT] * least, setting[_SAVING] * least
    for number in range(setting[_TRIES] if num_free > 1 else 0):
        start, goal = below(chance, num_free), below(chance, num_free - 1)
        start, goal = free[start], free[goal + 1 if goal >= start else goal]
        if labels[start] != labels[goal] or sizes[labels[start]] < setting[_LEAST_PLAN]:
            continue
        progress[:] = 0
        progress[kernel.EVENTS] = output[6][_EVENTS]
        if setting[_IS_UNIT] == 1:
            code = kernel.search_unit(limit, columns, table, start, goal, terrain, parent, plan, progress, near, bits)
        else:
            ties[0] = derive(seed, number)
            code = kernel.search_any(
                limit, columns, table, start, goal, terrain, parent, plan, progress, far, rule, ties, heap
            )
        if code == kernel.FOUND and progress[kernel.PLAN] >= setting[_LEAST_PLAN]:
            lacking = keep(setting, specials[:num_specials], progress, plan, output)
            if lacking != _ENOUGH:
                return lacking
        elif code == kernel.STOPPED:
            output[6][_STOPPED] += 1
        elif code == kernel.NO_ROOM:
            return _EVENTS
        elif code == kernel.NO_HEAP:
            return _HEAP
        elif code == kernel.TOO_FAR:
            return _TOO_FAR
    return _ENOUGH


@final
class _Output:
    """The columns of `Traces` while they grow."""

    def __init__(self) -> None:
        self.columns, self.heap = solving.event_columns(FIRST_ROOM[3]), solving.new_heap(FIRST_ROOM[4])
        self.codes, self.plans, self.costs = (np.empty(room, np.int32) for room in FIRST_ROOM[:3])
        self.offsets, self.used = np.zeros((3, len(self.costs) + 1), np.int64), np.zeros(5, np.int64)

    def arrays(self) -> tuple[Any, ...]:
        """Return what `draw_one` calls its output."""
        return self.columns, self.heap, self.codes, self.plans, self.costs, self.offsets, self.used

    def grow(self, lacking: int) -> None:
        """Double what there is too little of."""
        if lacking == _TRACES:
            (self.costs,) = grown((self.costs,))
            self.offsets = np.pad(self.offsets, ((0, 0), (0, len(self.costs) + 1 - self.offsets.shape[1])))
        elif lacking == _CODES:
            (self.codes,) = grown((self.codes,))
        elif lacking == _PLANS:
            (self.plans,) = grown((self.plans,))
        elif lacking == _EVENTS:
            self.columns = grown(self.columns)
        elif lacking == _HEAP:
            self.heap = grown(self.heap)
        else:
            raise ValueError("costs of more than 31 bits cannot be recorded: take a smaller size")

    def traces(self) -> Traces:
        """Return what is there."""
        num, num_codes, num_plans, num_events = self.used[:_STOPPED].tolist()
        code_offsets, plan_offsets, event_offsets = (row[: num + 1].copy() for row in self.offsets)
        kinds, states, g, h = (column[:num_events].copy() for column in self.columns)
        codes, plans, costs = self.codes[:num_codes].copy(), self.plans[:num_plans].copy(), self.costs[:num].copy()
        return Traces(
            codes,
            code_offsets,
            plans[:, None],
            plan_offsets,
            costs,
            kinds,
            states[:, None],
            g,
            h,
            event_offsets,
        )


def draw_traces(
    sampling: Sampling,
    draws: range,
    *,
    seed: int,
    dearest: int,
    diagonal: bool,
    weights: Weights,
    random_ties: bool,
    max_expansions: int | None,
) -> tuple[Traces, int]:
    """Draw the traces of `Domain.draw_traces`, where cells cost 1 to `dearest` and `weights` are for least costs of 1.

    Return them, and how many searches the limit stopped.

    Raises:
        ValueError: The options leave no number of walls, or a cost has more than 31 bits.
    """
    size, (fewest, most) = sampling.size, wall_counts(sampling)
    is_unit = not (diagonal or random_ties or dearest > 1) and weights == Weights(1, 0)
    limit = UNLIMITED if max_expansions is None else max(0, max_expansions)
    places = {_SIZE: size, _FEWEST: fewest, _MOST: most, _DEAREST: dearest, _TRIES: sampling.options["tries"]}
    places |= {_LEAST_PLAN: size, _LIMIT: limit, _IS_UNIT: is_unit, _DIAGONAL: diagonal}
    places |= {_WEIGHT: weights.straight, _SAVING: weights.saving}
    setting = np.array([places[place] for place in range(len(places))], np.int64)
    rule, output = rule_of(weights, diagonal, random_ties), _Output()
    grid, scratch = _arrays(size, rule)
    with overflowing():
        for draw in draws:
            before, code = output.used.copy(), -1
            while code != _ENOUGH:
                chance = np.array([derived(seed, draw)], np.uint64)
                code = draw_one(chance, setting, grid, scratch, output.arrays())
                if code != _ENOUGH:
                    output.used[:] = before
                    output.grow(code)
    return output.traces(), int(output.used[_STOPPED])


def _arrays(size: int, rule: NDArray[np.int64]) -> tuple[Any, Any]:
    """Return what `draw_one` calls its grid and its scratch."""
    cells = (size + 2) ** 2
    places = [np.empty(cells, np.int64) for _ in range(3)]
    numbers = [np.empty(cells, np.int32) for _ in range(6)]
    bits, progress = np.empty((2, kernel.num_words(cells)), np.uint64), np.empty(kernel.PROGRESS, np.int64)
    grid = table_of(size, size), np.zeros(cells, np.uint8), rule, np.zeros(1, np.uint64)
    return grid, (*places[:2], *numbers[:4], places[2], numbers[4], bits, numbers[5], progress)
