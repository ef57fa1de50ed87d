"""Lower estimates of the cost to a maze's goal: one formula, two weights for each name.

The weights are data, so that the compiled searches need no second copy of what a name means.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from planning.maze.problem import DIAGONAL, STRAIGHT, Cell, Maze
from solvers.problem import Heuristic


class Weights(NamedTuple):
    """The estimate straight · (|Δx| + |Δy|) − saving · min(|Δx|, |Δy|); consistent for all weights made here."""

    straight: int
    saving: int


def manhattan(maze: Maze) -> Weights:
    """Return the Manhattan distance times the least cost of a free cell.

    Raises:
        ValueError: The maze has eight neighbours, where this would overestimate.
    """
    if maze.diagonal:
        raise ValueError("heuristic 'manhattan' overestimates among eight neighbours: take 'octile' or 'zero'")
    return Weights(_least_cost(maze), 0)


def octile(maze: Maze) -> Weights:
    """Return the distance over eight neighbours, without walls, times the least cost of a free cell.

    Raises:
        ValueError: The maze has four neighbours, and counts its costs in other units.
    """
    if not maze.diagonal:
        raise ValueError("heuristic 'octile' is for mazes with eight neighbours: take 'manhattan' or 'zero'")
    least = _least_cost(maze)
    return Weights(STRAIGHT * least, (2 * STRAIGHT - DIAGONAL) * least)


def zero(maze: Maze) -> Weights:  # noqa: ARG001  (it knows nothing)
    """Return no estimate at all: the search is Dijkstra's."""
    return Weights(0, 0)


Weighing = Callable[[Maze], Weights]
FOUR_NEIGHBOURS: Mapping[str, Weighing] = {"manhattan": manhattan, "zero": zero}
EIGHT_NEIGHBOURS: Mapping[str, Weighing] = {"octile": octile, "zero": zero}


def plain(weigh: Weighing) -> Callable[[Maze], Heuristic[Cell]]:
    """Return the heuristic of a name as a function of the maze, and then of the cell."""

    def of_maze(maze: Maze) -> Heuristic[Cell]:
        weights, (goal_x, goal_y) = weigh(maze), maze.goal

        def estimate(cell: Cell) -> int:
            dx, dy = abs(cell[0] - goal_x), abs(cell[1] - goal_y)
            return weights.straight * (dx + dy) - weights.saving * min(dx, dy)

        return estimate

    return of_maze


def _least_cost(maze: Maze) -> int:
    return min(maze.terrain.replace(b"\0", b""))
