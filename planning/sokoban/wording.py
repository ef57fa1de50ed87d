"""Sokoban levels as numbers and as words; everything per token is numpy."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from planning.domain import Shape, Wording
from planning.sokoban.problem import Sokoban
from planning.traces import Ints, Traces, owners
from solvers import registry

WORKER, BOX, DOCK, WALL = range(4)
KINDS = ("worker", "box", "dock", "wall")
_MAX_AREA = 2**31


def codes(level: Sokoban) -> list[int]:
    """Return [number of boxes, worker, boxes, docks, width, height, walls]; cells of a kind ascend."""
    walls = [cell for cell, wall in enumerate(level.walls) if wall]
    return [len(level.docks), *level.initial, *level.docks, level.width, level.height, *walls]


def layout_start(numbers: Sequence[int]) -> int:
    """Return the place of the width in `codes`: from there on, they tell of width, height and walls alone."""
    return 2 + 2 * numbers[0]


def level(numbers: Sequence[int]) -> Sokoban:
    """Return the level that `codes` made these numbers of.

    Raises:
        ValueError: They are not the numbers of a level.
    """
    given = tuple(int(number) for number in numbers)
    start = layout_start(given) if given and given[0] >= 0 else len(given)
    if len(given) < start + 2:
        raise ValueError(f"not the codes of a level: boxes, worker, their cells, docks, size, walls, not {given[:8]}")
    half = start - given[0]
    width, height, *walls = given[start:]
    if not 1 <= width * height < _MAX_AREA or min(width, height) < 1:
        raise ValueError(f"not the codes of a level: {width} × {height} cells")
    if list(walls) != sorted(set(walls)) or (walls and not 0 <= walls[0] <= walls[-1] < width * height):
        raise ValueError(f"not the codes of a level: walls ascend from 0 to less than {width * height}")
    return Sokoban(width, height, _grid(width * height, walls), given[half:start], given[1:half])


def _grid(area: int, walls: Sequence[int]) -> bytes:
    grid = bytearray(area)
    for cell in walls:
        grid[cell] = 1
    return bytes(grid)


class SokobanWording(Wording):
    """What both formats share: a table with the tokens of each kind of thing in each cell, one row for each.

    Row kind · area + cell belongs to a thing in a cell, and the last row, all −1, to whatever is not written.
    """

    table: Ints

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height, self.area = width, height, width * height

    def code_kinds(self, traces: Traces) -> NDArray[np.int64]:
        """Return [number of codes]: the kind that each code is a cell of, or −1."""
        starts = traces.code_offsets[:-1]
        owner = owners(traces.code_offsets)
        num_boxes = traces.codes[starts].astype(np.int64)
        size_at = starts + 2 + 2 * num_boxes
        sizes = np.stack([traces.codes[size_at], traces.codes[size_at + 1]], axis=1)
        wrong = np.flatnonzero((sizes != (self.width, self.height)).any(axis=1))
        if len(wrong):
            found = " × ".join(str(length) for length in sizes[wrong[0]])
            raise ValueError(f"these are the words for levels of {self.width} × {self.height} cells, not {found}")
        place, boxes = np.arange(len(traces.codes)) - starts[owner], num_boxes[owner]
        kinds: NDArray[np.int64] = np.minimum(place, 2) - 1
        kinds += (place >= 2 + boxes).astype(np.int64) + (place >= 2 + 2 * boxes)
        kinds[np.concatenate([size_at, size_at + 1])] = -1
        return kinds

    def rows(self, kind: int, cells: Ints) -> NDArray[np.int64]:
        """Return the rows of the table for things of one kind in cells of any shape."""
        rows: NDArray[np.int64] = cells.astype(np.int64) + kind * self.area
        return rows

    def is_docked(self, traces: Traces) -> NDArray[np.bool_]:
        """Return [number of events, number of boxes]: whether each box of each event's state is on a dock."""
        docks = self.code_kinds(traces) == DOCK
        is_dock = np.zeros(len(traces) * self.area, np.bool_)
        is_dock[owners(traces.code_offsets)[docks] * self.area + traces.codes[docks]] = True
        docked: NDArray[np.bool_] = is_dock[(owners(traces.event_offsets) * self.area)[:, None] + traces.states[:, 1:]]
        return docked

    def silent(self) -> int:
        """Return the row of the table that has no tokens."""
        return len(self.table) - 1

    def read_prompt(self, words: Sequence[str]) -> Sequence[int]:
        """Return the codes of the level that a prompt describes, its things in whatever order.

        Raises:
            ValueError: A word does not belong, or the level makes no sense.
        """
        cells: list[list[int]] = [[] for _ in KINDS]
        for kind, cell in self.things(words):
            if cell in cells[kind]:
                raise ValueError(f"there are two things of the kind {KINDS[kind]!r} at {self.name_of(cell)}")
            cells[kind].append(cell)
        if len(cells[WORKER]) != 1:
            raise ValueError(f"a prompt has one worker, not {len(cells[WORKER])}")
        walls, docks = _grid(self.area, cells[WALL]), tuple(sorted(cells[DOCK]))
        return codes(Sokoban(self.width, self.height, walls, docks, (*cells[WORKER], *sorted(cells[BOX]))))

    def name_of(self, cell: int) -> str:
        """Return a cell as 'x y'."""
        return f"{cell % self.width} {cell // self.width}"

    @abstractmethod
    def things(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield kind and cell of everything in a prompt; ValueError names the word that does not belong."""


class PaperWording(SokobanWording):
    """The words of Searchformer (arXiv 2402.14083): `kind x y`. A state leaves out the boxes that are on docks."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(width, height)
        numbers = range(max(width, height))
        self.words = (*KINDS, *(str(number) for number in numbers))
        y, x = np.divmod(np.arange(self.area), width)
        things = [np.stack([np.full(self.area, kind), x + len(KINDS), y + len(KINDS)], 1) for kind in range(len(KINDS))]
        self.table = np.concatenate([*things, np.full((1, 3), -1)]).astype(np.int32)

    def prompt_tokens(self, traces: Traces) -> Ints:
        """Return [number of codes, 3]: kind, x and y of worker, boxes, docks and walls; nothing for other codes."""
        kinds = self.code_kinds(traces)
        rows = np.where(kinds < 0, self.silent(), kinds * self.area + traces.codes)
        tokens: Ints = self.table[rows]
        return tokens

    def state_tokens(self, traces: Traces) -> Ints:
        """Return [number of events, 3 + 3 · boxes]: the worker and the loose boxes."""
        boxes = np.where(self.is_docked(traces), self.silent(), self.rows(BOX, traces.states[:, 1:]))
        rows = np.concatenate([self.rows(WORKER, traces.states[:, :1]), boxes], axis=1)
        tokens: Ints = self.table[rows].reshape(len(rows), 3 * traces.states.shape[1])
        return tokens

    def plan_tokens(self, traces: Traces) -> Ints:
        """Return [number of plan states, 2]: x and y of the worker."""
        tokens: Ints = self.table[self.rows(WORKER, traces.plans[:, 0]), 1:]
        return tokens

    def state_shape(self) -> Shape:
        """Return that a state is the worker, and any boxes."""
        x, y = self.plan_shape().first
        return Shape(((KINDS[WORKER],), x, y), ((KINDS[BOX],), x, y))

    def plan_shape(self) -> Shape:
        """Return that a state of a plan is x and y."""
        numbers = self.words[len(KINDS) :]
        return Shape((numbers[: self.width], numbers[: self.height]))

    def things(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield what clauses of three words say."""
        for at in range(0, len(words), 3):
            clause = words[at : at + 3]
            if clause[0] not in KINDS:
                raise ValueError(f"{registry.unknown('word', clause[0], KINDS)} A clause is: kind x y.")
            if len(clause) < 3:
                raise ValueError(f"the last clause, {' '.join(clause)!r}, is not complete: kind x y")
            yield KINDS.index(clause[0]), self._cell(*clause)

    def _cell(self, kind: str, x: str, y: str) -> int:
        for word, name, length in ((x, "x", self.width), (y, "y", self.height)):
            if word not in self.words[len(KINDS) : len(KINDS) + length]:
                raise ValueError(f"{name} in '{kind} {x} {y}' is a number from 0 to {length - 1}, not {word!r}")
        return int(y) * self.width + int(x)


class CompactWording(SokobanWording):
    """One word `x,y` a cell. A prompt names a kind once, before its first cell; a state is the worker and all boxes."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(width, height)
        cells = [f"{cell % width},{cell // width}" for cell in range(self.area)]
        self.words = (*KINDS, *cells)
        self._tokens = {word: token for token, word in enumerate(self.words)}
        self.table = np.append(np.arange(self.area) + len(KINDS), -1).astype(np.int32)

    def prompt_tokens(self, traces: Traces) -> Ints:
        """Return [number of codes, 2]: the kind, if the code is the first of it, and the cell; or nothing."""
        kinds = self.code_kinds(traces)
        is_first = np.append(True, kinds[1:] != kinds[:-1]) & (kinds >= 0)
        tokens = self.table[np.where(kinds < 0, self.silent(), traces.codes)]
        return np.stack([np.where(is_first, kinds, -1).astype(np.int32), tokens], axis=1)

    def state_tokens(self, traces: Traces) -> Ints:
        """Return [number of events, 1 + boxes]: the worker and the boxes, on docks or not."""
        return self.table[traces.states]

    def plan_tokens(self, traces: Traces) -> Ints:
        """Return [number of plan states, 1]: the worker."""
        return self.table[traces.plans[:, :1]]

    def state_shape(self) -> Shape:
        """Return that a state is cells: the worker's, and those of boxes."""
        cells = self.words[len(KINDS) :]
        return Shape((cells,), (cells,))

    def plan_shape(self) -> Shape:
        """Return that a state of a plan is a cell."""
        return Shape((self.words[len(KINDS) :],))

    def things(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield what follows each kind."""
        kind: int | None = None
        for word in words:
            token = self._tokens.get(word)
            if token is None:
                raise ValueError(registry.unknown("word", word, self.words))
            if token < len(KINDS):
                kind = token
            elif kind is None:
                raise ValueError(f"the first word is a kind ({', '.join(KINDS)}), not {word!r}")
            else:
                yield kind, token - len(KINDS)


WORDINGS: dict[str, type[PaperWording | CompactWording]] = {"paper": PaperWording, "compact": CompactWording}
