"""Levels as drawings, and levels by chance, for tests: of all kinds, not only those that a generator would make."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from planning.sokoban.problem import Sokoban


def drawn(drawing: str) -> Sokoban:
    """Return the level of a drawing: `#` wall, `@` worker, `$` box, `.` dock, `*` box on dock, `+` worker on dock."""
    rows = drawing.split("\n")
    assert len({len(row) for row in rows}) == 1, "a drawing is a rectangle"
    cells = list(enumerate("".join(rows)))
    (worker,) = (place for place, cell in cells if cell in "@+")
    boxes = [place for place, cell in cells if cell in "$*"]
    docks = [place for place, cell in cells if cell in ".*+"]
    return level_of(len(rows[0]), len(rows), [cell == "#" for _, cell in cells], docks, [worker, *boxes])


def level_of(width: int, height: int, walls: Sequence[bool], docks: Sequence[int], movers: Sequence[int]) -> Sokoban:
    """Return a level; `movers` are the worker's cell and those of the boxes, in any order."""
    worker, *boxes = movers
    return Sokoban(width, height, bytes(walls), tuple(sorted(docks)), (worker, *sorted(boxes)))


def random_level(chance: Random, max_side: int = 5, max_boxes: int = 3) -> Sokoban:
    """Return a level without a ring of walls; docks lie anywhere, also under boxes and under the worker.

    A fifth of the levels is narrow. In most, boxes can be pushed, and in half, the docks are where a walk by chance has
    left the boxes: else hardly a level could be solved.
    """
    while True:
        width, height = (chance.randint(3 if max_side > 3 else 2, max_side) for _ in "wh")
        if chance.random() < 0.2:
            width, height = chance.choice(((width, 1), (1, height), (2, height)))
        share = chance.choice((0.0, 0.1, 0.2, 0.35))
        walls = [chance.random() < share for _ in range(width * height)]
        free = [cell for cell, wall in enumerate(walls) if not wall]
        places = free if chance.random() < 0.2 else [cell for cell in free if _is_pushable(cell, width, walls)]
        num_boxes = min(chance.choice((0, 1, 1, 2, 2, 2, 3, 3, 4)), max_boxes)
        if len(free) > num_boxes <= len(places):
            boxes = chance.sample(places, num_boxes)
            worker = chance.choice([cell for cell in free if cell not in boxes])
            level = level_of(width, height, walls, chance.sample(free, num_boxes), [worker, *boxes])
            level = _walked(level, chance) if chance.random() < 0.5 else level
            if not level.is_goal(level.initial) or chance.random() < 0.1:
                return level


def _walked(level: Sokoban, chance: Random) -> Sokoban:
    state = level.initial
    for _ in range(200):
        state = chance.choice([child for _, child, _ in level.successors(state)] or [state])
    return replace(level, docks=state[1:])


def _is_pushable(cell: int, width: int, walls: Sequence[bool]) -> bool:
    x = cell % width
    beside = 0 < x < width - 1 and not walls[cell - 1] and not walls[cell + 1]
    above = width <= cell < len(walls) - width and not walls[cell - width] and not walls[cell + width]
    return beside or above
