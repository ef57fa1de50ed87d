"""The maze as a search problem, in plain Python: what the compiled searches have to repeat."""

from collections.abc import Iterator
from dataclasses import dataclass

from planning.moves import MOVES

Cell = tuple[int, int]
"""x (to the right) and y (down), from 0."""

STRAIGHT, DIAGONAL = 1_000_000, 1_414_214
"""Costs of a step among eight neighbours, in millionths of a cell: √2 is not a whole number."""

DIAGONAL_MOVES = {"down-left": (-1, 1), "down-right": (1, 1), "up-left": (-1, -1), "up-right": (1, -1)}


@dataclass(frozen=True, slots=True)
class Maze:
    """A grid on which to walk from start to goal.

    `terrain` is [height · width], row by row: 0 is a wall, and 1 to 255 is what a step onto the cell costs. With
    `diagonal`, there are eight neighbours, no corner of a wall is cut, and a step costs the terrain times 1,000,000
    (straight) or 1,414,214 (diagonal).
    """

    width: int
    height: int
    terrain: bytes
    start: Cell
    goal: Cell
    diagonal: bool = False

    def __post_init__(self) -> None:
        """Refuse a maze without a sense."""
        if self.width < 1 or self.height < 1 or len(self.terrain) != self.width * self.height:
            raise ValueError(f"a maze of {self.width} × {self.height} cells has as many, not {len(self.terrain)}")
        for name, cell in (("start", self.start), ("goal", self.goal)):
            if not self.is_free(*cell):
                raise ValueError(f"the {name} {cell} is in a wall or outside of {self.width} × {self.height} cells")

    @property
    def initial(self) -> Cell:
        """Return the start."""
        return self.start

    def is_free(self, x: int, y: int) -> bool:
        """Tell whether a cell exists and is no wall."""
        return 0 <= x < self.width and 0 <= y < self.height and self.terrain[y * self.width + x] > 0

    def is_goal(self, state: Cell) -> bool:
        """Tell whether a cell is the goal."""
        return state == self.goal

    def successors(self, state: Cell) -> Iterator[tuple[str, Cell, int]]:
        """Yield the free neighbours: straight ones, then diagonal ones."""
        x, y = state
        for action, (dx, dy) in MOVES.items():
            if self.is_free(x + dx, y + dy):
                price = self.terrain[(y + dy) * self.width + x + dx]
                yield action, (x + dx, y + dy), price * STRAIGHT if self.diagonal else price
        if self.diagonal:
            for action, (dx, dy) in DIAGONAL_MOVES.items():
                if self.is_free(x + dx, y + dy) and self.is_free(x + dx, y) and self.is_free(x, y + dy):
                    yield action, (x + dx, y + dy), self.terrain[(y + dy) * self.width + x + dx] * DIAGONAL
