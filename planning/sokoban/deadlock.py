"""What can be proven lost in Sokoban, and how far boxes have to be pushed: in plain Python, per level.

Everything here looks at boxes alone; where the worker stands never matters.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from planning.moves import MOVES
from planning.sokoban.problem import Sokoban

_AXES = ((MOVES["down"], MOVES["up"]), (MOVES["left"], MOVES["right"]))


def push_distances(problem: Sokoban, dock: int) -> dict[int, int]:
    """Return the least number of pushes from each cell to a dock, with no other box in the level.

    Found backward, by pulls: a box is pushed from one cell into the next if the worker has floor behind it. Cells from
    which the dock cannot be reached are not in the answer. That the worker may not be able to walk around the box is
    left out, so these are lower bounds.
    """
    distances = {dock: 0}
    queue = [dock]
    for cell in queue:
        for dx, dy in MOVES.values():
            origin = problem.neighbour(cell, -dx, -dy)
            if origin is None or origin in distances or problem.neighbour(origin, -dx, -dy) is None:
                continue
            distances[origin] = distances[cell] + 1
            queue.append(origin)
    return distances


def dead_squares(problem: Sokoban) -> frozenset[int]:
    """Return the floor cells from which a box can never be pushed to any dock."""
    alive = set().union(*(push_distances(problem, dock) for dock in problem.docks))
    return frozenset(cell for cell, wall in enumerate(problem.walls) if not wall and cell not in alive)


def frozen_boxes(problem: Sokoban, boxes: Sequence[int], dead: AbstractSet[int]) -> tuple[int, ...]:
    """Return the boxes that can never move again, on a dock or not, in the order given.

    The greatest set of boxes of which each is held on both axes: by a wall on either side, by a box of the set on
    either side, or by dead squares on both. Sound: the first of them to move along an axis would need floor on both
    sides without a box of the set, which still stand where they stood, and it would be lost on a dead square. The
    2 × 2 block of boxes and walls is the smallest case.
    """
    held = set(boxes)
    changed = True
    while changed:
        loose = {box for box in held if any(_can_slide(problem, box, axis, held, dead) for axis in _AXES)}
        held -= loose
        changed = bool(loose)
    return tuple(box for box in boxes if box in held)


def _can_slide(
    problem: Sokoban, box: int, axis: Sequence[tuple[int, int]], held: AbstractSet[int], dead: AbstractSet[int]
) -> bool:
    sides = [problem.neighbour(box, dx, dy) for dx, dy in axis]
    return all(side is not None and side not in held for side in sides) and any(side not in dead for side in sides)


def walking_distances(problem: Sokoban, start: int) -> Mapping[int, int]:
    """Return the worker's least number of steps from a cell to each that it can reach, with no box in the level."""
    distances = {start: 0}
    queue = [start]
    for cell in queue:
        for dx, dy in MOVES.values():
            there = problem.neighbour(cell, dx, dy)
            if there is not None and there not in distances:
                distances[there] = distances[cell] + 1
                queue.append(there)
    return distances
