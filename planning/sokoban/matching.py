"""The strong admissible heuristic of Sokoban, in plain Python: what the compiled searches have to repeat."""

from collections.abc import Sequence

from planning.moves import MOVES
from planning.sokoban.deadlock import dead_squares, frozen_boxes, push_distances, walking_distances
from planning.sokoban.problem import Sokoban, State
from solvers.problem import Heuristic

_NEVER = 1 << 20


def matching(problem: Sokoban) -> Heuristic[State]:
    """Return the heuristic: pushes in the cheapest assignment of boxes to docks, plus steps to the first push.

    The pushes of a pair are those needed with no other box in the level. Before any push the worker walks at least to
    the nearest cell from which some box can be pushed to where it is not lost; those steps come before all pushes, so
    the sum is admissible. It is consistent, too: a walk changes only the second term, by at most one, and a push begins
    where that term is 0 and changes the first by at most one. A state is a dead end if a box is frozen off the docks,
    if no assignment is possible, or if no box can be pushed from where the worker can walk. (To hold boxes that are
    frozen on a dock to that dock would gain nothing: another box for it could as well go on to where it would go.)
    """
    dead = dead_squares(problem)
    distances = [push_distances(problem, dock) for dock in problem.docks]
    approaches = _approaches(problem, dead)
    known: dict[State, int | None] = {}

    def pushes(boxes: State) -> int | None:
        if boxes not in known:
            is_stuck = any(box not in problem.docks for box in frozen_boxes(problem, boxes, dead))
            known[boxes] = (
                None if is_stuck else assign([[away.get(box, _NEVER) for box in boxes] for away in distances])
            )
        return known[boxes]

    def estimate(state: State) -> int | None:
        needed = pushes(state[1:])
        if not needed:
            return needed
        walk = min(approaches[box].get(state[0], _NEVER) for box in state[1:])
        return None if walk >= _NEVER else needed + walk

    return estimate


def assign(costs: Sequence[Sequence[int]]) -> int | None:
    """Return the least sum of a perfect assignment in a square matrix, or None if each has an entry ≥ 2²⁰.

    The Hungarian method with potentials (Kuhn 1955, Munkres 1957), one shortest augmenting path a row: O(n³).
    """
    size = len(costs)
    of_row, of_column = [0] * (size + 1), [0] * (size + 1)
    row_at = [0] * (size + 1)
    for row in range(1, size + 1):
        row_at[0], column = row, 0
        slack, before, done = [_NEVER << 20] * (size + 1), [0] * (size + 1), [False] * (size + 1)
        while row_at[column]:
            done[column] = True
            current = row_at[column]
            for j in range(1, size + 1):
                reduced = costs[current - 1][j - 1] - of_row[current] - of_column[j]
                if not done[j] and reduced < slack[j]:
                    slack[j], before[j] = reduced, column
            nearest = min((j for j in range(1, size + 1) if not done[j]), key=slack.__getitem__)
            step = slack[nearest]
            for j in range(size + 1):
                if done[j]:
                    of_row[row_at[j]] += step
                    of_column[j] -= step
                else:
                    slack[j] -= step
            column = nearest
        while column:
            row_at[column], column = row_at[before[column]], before[column]
    total = sum(costs[row_at[j] - 1][j - 1] for j in range(1, size + 1))
    return None if total >= _NEVER else total


def _approaches(problem: Sokoban, dead: frozenset[int]) -> dict[int, dict[int, int]]:
    """Return for each cell of a box: the worker's steps, from each cell, to where that box can be pushed on."""
    walks = {cell: walking_distances(problem, cell) for cell, wall in enumerate(problem.walls) if not wall}
    approaches: dict[int, dict[int, int]] = {}
    for box in walks:
        nearest: dict[int, int] = {}
        for dx, dy in MOVES.values():
            ahead, behind = problem.neighbour(box, dx, dy), problem.neighbour(box, -dx, -dy)
            if ahead is None or ahead in dead or behind is None:
                continue
            for cell, steps in walks[behind].items():
                nearest[cell] = min(steps, nearest.get(cell, steps))
        approaches[box] = nearest
    return approaches
