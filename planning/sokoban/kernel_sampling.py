"""The paper's random levels, compiled: `sampling.sample`, draw by draw."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solvers.kernels import below


class Sample(NamedTuple):
    """One level: `walls` uint8 [area], `number_of` int32 [area] (see `kernel_level.fill`), `pool` int32 [area].

    `docks` int32 [B] and `state` int32 [1 + B] (worker, boxes) are cells, docks and boxes ascending.
    """

    walls: NDArray[np.uint8]
    number_of: NDArray[np.int32]
    pool: NDArray[np.int32]
    docks: NDArray[np.int32]
    state: NDArray[np.int32]


def empty_sample(size: int, num_boxes: int) -> Sample:
    """Return room for a level."""
    return Sample(
        np.zeros(size**2, np.uint8),
        np.zeros(size**2, np.int32),
        np.zeros(size**2, np.int32),
        np.zeros(num_boxes, np.int32),
        np.zeros(1 + num_boxes, np.int32),
    )


@njit(cache=True)
def draw_level(sample: Any, chance: Any, size: Any, num_walls: Any) -> Any:
    """Sample a level, and tell whether there is one: the walls may leave too little of the centre for the boxes."""
    walls, pool, docks, state = sample.walls, sample.pool, sample.docks, sample.state
    num_boxes = len(docks)
    for cell in range(size * size):
        x, y = cell % size, cell // size
        walls[cell] = x == 0 or y == 0 or x == size - 1 or y == size - 1
    none = state[:0]
    num_free = _gather(walls, none, size, np.int64(1), pool)
    _draw_cells(pool, num_free, num_walls, chance)
    for i in range(num_walls):
        walls[pool[i]] = 1
    num_centre = _gather(walls, none, size, np.int64(2), pool)
    if num_centre < num_boxes:
        return False
    _draw_cells(pool, num_centre, num_boxes, chance)
    for i in range(num_boxes):
        state[1 + i] = pool[i]
    num_free = _gather(walls, state[1:], size, np.int64(1), pool)
    _draw_cells(pool, num_free, 1 + num_boxes, chance)
    state[0] = pool[0]
    for i in range(num_boxes):
        docks[i] = pool[1 + i]
    _sort(docks)
    _sort(state[1:])
    return True


@njit(cache=True)
def _sort(cells: Any) -> None:
    """Sort a few cells; NumPy's sort costs seconds to compile."""
    for i in range(1, len(cells)):
        cell = cells[i]
        j = i
        while j > 0 and cells[j - 1] > cell:
            cells[j] = cells[j - 1]
            j -= 1
        cells[j] = cell


@njit(cache=True)
def _gather(walls: Any, boxes: Any, size: Any, margin: Any, pool: Any) -> Any:
    """Put the cells `margin` or more from the end of the grid, without walls and boxes, into `pool`, ascending."""
    count = 0
    for y in range(margin, size - margin):
        for x in range(margin, size - margin):
            cell = y * size + x
            is_free = walls[cell] == 0
            for box in boxes:
                is_free = is_free and box != cell
            if is_free:
                pool[count] = cell
                count += 1
    return count


@njit(cache=True)
def _draw_cells(pool: Any, num_cells: Any, count: Any, chance: Any) -> None:
    """Bring `count` drawn cells to the front of `pool`; see `sampling.draw_cells`."""
    for i in range(count):
        j = i + below(chance, num_cells - i)
        pool[i], pool[j] = pool[j], pool[i]
