"""Sokoban as a search problem, in plain Python: what the compiled searches have to repeat."""

from collections.abc import Iterator
from dataclasses import dataclass

from planning.moves import MOVES

State = tuple[int, ...]
"""The worker's cell, then the boxes' cells in ascending order; a cell is y · width + x."""


@dataclass(frozen=True, slots=True)
class Sokoban:
    """Push every box onto a dock; each step of the worker costs 1, whether it walks or pushes.

    `walls` is [height · width], row by row, 1 where a wall is; beyond the grid is wall, too. `docks` ascend.
    """

    width: int
    height: int
    walls: bytes
    docks: tuple[int, ...]
    initial: State

    def __post_init__(self) -> None:
        """Refuse a level without a sense."""
        worker, boxes = self.initial[0], self.initial[1:]
        if self.width < 1 or self.height < 1 or len(self.walls) != self.width * self.height:
            raise ValueError(f"a level of {self.width} × {self.height} cells has as many, not {len(self.walls)}")
        if len(boxes) != len(self.docks):
            raise ValueError(f"there are {len(boxes)} boxes and {len(self.docks)} docks: as many are needed")
        for name, cells in (("box", boxes), ("dock", self.docks)):
            if list(cells) != sorted(set(cells)):
                raise ValueError(f"{name} cells have to ascend, each once: {cells}")
        for name, cell in (("worker", worker), *(("box", box) for box in boxes), *(("dock", d) for d in self.docks)):
            if not 0 <= cell < len(self.walls) or self.walls[cell]:
                raise ValueError(f"a {name} is in a wall or outside: cell {cell} of {self.width} × {self.height}")
        if worker in boxes:
            raise ValueError(f"the worker and a box are both in cell {worker}")

    def is_goal(self, state: State) -> bool:
        """Tell whether every box is on a dock."""
        return state[1:] == self.docks

    def neighbour(self, cell: int, dx: int, dy: int) -> int | None:
        """Return the free cell next to a cell, or None where a wall or the end of the grid is."""
        x, y = cell % self.width + dx, cell // self.width + dy
        if not (0 <= x < self.width and 0 <= y < self.height) or self.walls[y * self.width + x]:
            return None
        return y * self.width + x

    def successors(self, state: State) -> Iterator[tuple[str, State, int]]:
        """Yield the worker's steps, each at cost 1; a step against a box pushes it, if nothing is behind it."""
        boxes = state[1:]
        for action, (dx, dy) in MOVES.items():
            cell = self.neighbour(state[0], dx, dy)
            if cell is None:
                continue
            if cell not in boxes:
                yield action, (cell, *boxes), 1
                continue
            behind = self.neighbour(cell, dx, dy)
            if behind is not None and behind not in boxes:
                yield action, (cell, *sorted(behind if box == cell else box for box in boxes)), 1
