"""Random Sokoban levels as in Searchformer (arXiv 2402.14083): few walls, boxes in the centre.

This is the only definition of their distribution; a compiled search that samples by itself repeats it draw by draw.
"""

from collections.abc import Iterator, Sequence

from planning.domain import Sampling
from planning.sokoban.problem import Sokoban
from solvers.chance import SplitMix


def draw_cells(cells: Sequence[int], count: int, chance: SplitMix) -> list[int]:
    """Return `count` distinct cells in the order drawn: a partial Fisher–Yates shuffle, from the first place on.

    Cell i (from 0) is what lies at place i after swapping places i and i + `chance.below(len(cells) − i)`: one draw a
    cell, none for a count of 0.
    """
    pool = list(cells)
    for i in range(count):
        j = i + chance.below(len(pool) - i)
        pool[i], pool[j] = pool[j], pool[i]
    return pool[:count]


def interior(size: int, margin: int = 1) -> list[int]:
    """Return the cells, ascending, that are at least `margin` cells away from the end of a size × size grid."""
    span = range(margin, size - margin)
    return [y * size + x for y in span for x in span]


def walled(size: int, walls: Sequence[int]) -> bytes:
    """Return the walls of a size × size level with a ring of walls around it, and `walls` inside."""
    grid = bytearray(b"\1" * size**2)
    for cell in interior(size):
        grid[cell] = 0
    for cell in walls:
        grid[cell] = 1
    return bytes(grid)


def sample(sampling: Sampling, chance: SplitMix) -> Iterator[Sokoban]:
    """Yield one level, solvable or not; none at all if the walls leave too little of the centre for the boxes.

    In this order, each by `draw_cells` from cells in ascending order: `walls` cells of the interior (margin 1);
    `boxes` cells of the centre (margin 2) that are no wall; then 1 + `boxes` cells of the interior with neither wall
    nor box: the worker and the docks.
    """
    size, num_boxes = sampling.size, sampling.options["boxes"]
    walls = draw_cells(interior(size), sampling.options["walls"], chance)
    centre = [cell for cell in interior(size, 2) if cell not in walls]
    if len(centre) < num_boxes:
        return
    boxes = draw_cells(centre, num_boxes, chance)
    free = [cell for cell in interior(size) if cell not in walls and cell not in boxes]
    worker, *docks = draw_cells(free, 1 + num_boxes, chance)
    yield Sokoban(size, size, walled(size, walls), tuple(sorted(docks)), (worker, *sorted(boxes)))


def check(sampling: Sampling) -> None:
    """Refuse what can never fit.

    Raises:
        ValueError: There are too many boxes for the centre, or too many boxes and walls for the interior.
    """
    size, num_boxes, num_walls = sampling.size, sampling.options["boxes"], sampling.options["walls"]
    num_centre, num_interior = (size - 4) ** 2, (size - 2) ** 2
    if num_boxes > num_centre:
        raise ValueError(
            f"{num_boxes} boxes do not fit in the centre of size {size}, which has {num_centre} cells: "
            f"take at most {num_centre} boxes, or a larger size"
        )
    if (needed := num_walls + 1 + 2 * num_boxes) > num_interior:
        raise ValueError(
            f"{num_walls} walls, a worker, and {num_boxes} boxes and docks need {needed} cells, and size {size} has "
            f"{num_interior} inside: take fewer walls or boxes, or a larger size"
        )
