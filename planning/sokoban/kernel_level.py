"""A Sokoban level as tables for compiled searches.

Floor cells are numbered from 0 in ascending order; all tables are flat and go by these numbers. `num_floor` is F, B is
the number of boxes and of docks.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.sokoban.problem import Sokoban

FAR = 1 << 14
"""A distance that stands for: never."""
MAX_FLOOR = 4096
ZERO, PAPER, MATCHING = range(3)
ESTIMATES = {"paper": PAPER, "matching": MATCHING, "zero": ZERO}
"""The heuristics that the compiled searches know, by the domain's names."""


class Level(NamedTuple):
    """One level: the arrays are as long as needed or longer.

    `sizes` int64 is [F, B, bits of a floor number]. `cells` int32 [F] are the cells of floor numbers. `next_to` int32
    [4 F] has the floor number of neighbour d of f at 4 f + d, −1 where there is none. `docks` int32 [B] ascend.
    `is_dock` and `is_lost` uint8 [F] say where a dock is, and where a loose box is a dead end in itself. `away` int16
    [B F] is the distance of dock j from f at j F + f, as the heuristic has it. `approach` int16 [F F] is, at b F + w,
    the worker's steps from w to where a box at b can be pushed on. `scratch` int32 is room for the heuristic.
    """

    sizes: NDArray[np.int64]
    cells: NDArray[np.int32]
    next_to: NDArray[np.int32]
    docks: NDArray[np.int32]
    is_dock: NDArray[np.uint8]
    is_lost: NDArray[np.uint8]
    away: NDArray[np.int16]
    approach: NDArray[np.int16]
    scratch: NDArray[np.int32]


def bits_of(num_floor: int) -> int:
    """Return how many bits hold a floor number."""
    return max(1, (num_floor - 1).bit_length())


def fits(problem: Sokoban) -> bool:
    """Tell whether worker and boxes fit into 63 bits, and the tables into memory; else, search it plainly."""
    num_floor = problem.walls.count(0)
    is_small = num_floor <= MAX_FLOOR and problem.width + problem.height < FAR
    return is_small and (len(problem.docks) + 1) * bits_of(num_floor) <= 63


def empty_level(num_floor: int, num_boxes: int, estimate: int) -> Level:
    """Return tables without content, for levels of at most so many floor cells."""
    return Level(
        np.zeros(3, np.int64),
        np.zeros(num_floor, np.int32),
        np.zeros(4 * num_floor, np.int32),
        np.zeros(num_boxes, np.int32),
        np.zeros(num_floor, np.uint8),
        np.zeros(num_floor, np.uint8),
        np.zeros(num_boxes * num_floor, np.int16),
        np.zeros(num_floor**2 if estimate == MATCHING else 1, np.int16),
        np.zeros(max(2 * num_floor, 128, 8 * (num_boxes + 1)), np.int32),
    )


@njit(cache=True)
def fill(  # noqa: PLR0917  (kernels take their arrays by position)
    level: Any, number_of: Any, walls: Any, width: Any, docks: Any, estimate: Any
) -> None:
    """Fill the tables of a level from its walls [area] uint8 and the cells of its docks [B], ascending.

    `number_of` int32 [area] receives the floor number of each cell, −1 for a wall.
    """
    area, num_boxes = len(walls), len(docks)
    num_floor = 0
    for cell in range(area):
        number_of[cell] = -1
        if walls[cell] == 0:
            number_of[cell] = num_floor
            level.cells[num_floor] = cell
            num_floor += 1
    bits = 1
    while (1 << bits) < num_floor:
        bits += 1
    level.sizes[0], level.sizes[1], level.sizes[2] = num_floor, num_boxes, bits
    _fill_neighbours(level, number_of, width, area)
    for f in range(num_floor):
        level.is_dock[f] = level.is_lost[f] = 0
    for j in range(num_boxes):
        level.docks[j] = number_of[docks[j]]
        level.is_dock[level.docks[j]] = 1
    if estimate == PAPER:
        _fill_manhattan(level, width)
    if estimate == MATCHING:
        _fill_pushes(level)
        _fill_approaches(level)


@njit(cache=True)
def _fill_neighbours(level: Any, number_of: Any, width: Any, area: Any) -> None:
    for f in range(level.sizes[0]):
        cell = np.int64(level.cells[f])
        x = cell % width
        level.next_to[4 * f] = number_of[cell + width] if cell + width < area else -1
        level.next_to[4 * f + 1] = number_of[cell - width] if cell >= width else -1
        level.next_to[4 * f + 2] = number_of[cell - 1] if x > 0 else -1
        level.next_to[4 * f + 3] = number_of[cell + 1] if x + 1 < width else -1


@njit(cache=True)
def _fill_manhattan(level: Any, width: Any) -> None:
    num_floor, num_boxes = level.sizes[0], level.sizes[1]
    for f in range(num_floor):
        upright = level.next_to[4 * f] < 0 or level.next_to[4 * f + 1] < 0
        level.is_lost[f] = upright and (level.next_to[4 * f + 2] < 0 or level.next_to[4 * f + 3] < 0)
        x, y = level.cells[f] % width, level.cells[f] // width
        for j in range(num_boxes):
            dock = level.cells[level.docks[j]]
            level.away[j * num_floor + f] = abs(x - dock % width) + abs(y - dock // width)


@njit(cache=True)
def _fill_pushes(level: Any) -> None:
    num_floor, num_boxes = level.sizes[0], level.sizes[1]
    queue, is_lost = level.scratch, level.is_lost
    for f in range(num_floor):
        is_lost[f] = 1
    for j in range(num_boxes):
        away = level.away[j * num_floor : (j + 1) * num_floor]
        for f in range(num_floor):
            away[f] = FAR
        queue[0] = level.docks[j]
        away[queue[0]] = 0
        size = 1
        for i in range(num_floor):
            if i >= size:
                break
            f = queue[i]
            is_lost[f] = 0
            for d in range(4):
                origin = level.next_to[4 * f + d]
                if origin >= 0 and away[origin] == FAR and level.next_to[4 * origin + d] >= 0:
                    away[origin] = away[f] + 1
                    queue[size] = origin
                    size += 1


@njit(cache=True)
def _fill_approaches(level: Any) -> None:
    """Fill `approach` by a search from all places beside a box at once."""
    num_floor = level.sizes[0]
    queue = level.scratch
    for box in range(num_floor):
        steps = level.approach[box * num_floor : (box + 1) * num_floor]
        for f in range(num_floor):
            steps[f] = FAR
        size = 0
        for d in range(4):
            behind, ahead = level.next_to[4 * box + (d ^ 1)], level.next_to[4 * box + d]
            if behind >= 0 and ahead >= 0 and level.is_lost[ahead] == 0:
                steps[behind] = 0
                queue[size] = behind
                size += 1
        for i in range(num_floor):
            if i >= size:
                break
            f = queue[i]
            for d in range(4):
                there = level.next_to[4 * f + d]
                if there >= 0 and steps[there] == FAR:
                    steps[there] = steps[f] + 1
                    queue[size] = there
                    size += 1


def level_of(problem: Sokoban, estimate: int) -> Level:
    """Return the tables of one problem, which has to fit."""
    num_floor = problem.walls.count(0)
    level = empty_level(num_floor, len(problem.docks), estimate)
    walls = np.frombuffer(problem.walls, np.uint8).copy()
    fill(level, np.zeros(len(walls), np.int32), walls, problem.width, np.array(problem.docks, np.int32), estimate)
    return level
