"""Heuristics of Sokoban in plain Python: what the compiled searches have to repeat."""

from planning.moves import MOVES
from planning.sokoban.problem import Sokoban, State
from solvers.problem import Heuristic


def paper(problem: Sokoban) -> Heuristic[State]:
    """Return the heuristic of Searchformer (arXiv 2402.14083): each loose box to its nearest unoccupied dock.

    Distances are Manhattan, and two boxes may claim one dock; the worker does not occupy one. A state is a dead end
    iff a box that is not on a dock has a wall on both axes. Admissible, but *inconsistent*: pushing a box off a dock
    frees the dock for others, so the estimate can fall by more than the cost of the push.
    """
    width = problem.width
    cornered = [_is_cornered(problem, cell) for cell in range(len(problem.walls))]
    docks = [(dock, dock % width, dock // width) for dock in problem.docks]

    def estimate(state: State) -> int | None:
        boxes = state[1:]
        free = [(x, y) for dock, x, y in docks if dock not in boxes]
        total = 0
        for box in boxes:
            if box in problem.docks:
                continue
            if cornered[box]:
                return None
            total += min(abs(box % width - x) + abs(box // width - y) for x, y in free)
        return total

    return estimate


def zero(problem: Sokoban) -> Heuristic[State]:  # noqa: ARG001  (a heuristic is made for a problem)
    """Return the heuristic that knows nothing."""
    return lambda _: 0


def _is_cornered(problem: Sokoban, cell: int) -> bool:
    """Tell whether a cell has a wall above or below, and one to the left or right."""
    blocked = {name: problem.neighbour(cell, dx, dy) is None for name, (dx, dy) in MOVES.items()}
    return (blocked["up"] or blocked["down"]) and (blocked["left"] or blocked["right"])
