"""How mazes are written as words: the paper's format, and one with a single word for each cell.

paper:    start x y goal x y (wall x y)* (terrain x y digit+)*        a state is x y
compact:  start x,y goal x,y (wall (x,y)+)? (terrain digit+ (x,y)+)*  a state is x,y

Walls row by row, as the paper has them; then the cells that cost more than 1, the cheap ones first, with the cost in
decimal digits (2 to 255). The size, and whether there are eight neighbours, is not written: it belongs to the wording.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from planning.domain import Shape, Wording
from planning.traces import Ints, Traces

HEAD = 5
"""How many codes stand before the special cells: start, goal, width, height, and 1 for eight neighbours."""
_KEYWORDS = ("start", "goal", "wall", "terrain")
_START, _GOAL, _WALL, _TERRAIN = range(4)
_FIRST_NUMBER = len(_KEYWORDS)
_DIGITS = {str(digit): digit for digit in range(10)}


class _Reader:
    """Walks along the words of a prompt, and says which one does not fit."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words, self.at = words, 0
        self.costs: dict[int, int] = {}

    def peek(self) -> str:
        """Return the next word, or nothing at the end."""
        return self.words[self.at] if self.at < len(self.words) else ""

    def refuse(self, expected: str) -> NoReturn:
        here = f"word {self.at + 1} is {self.peek()!r:.40}" if self.at < len(self.words) else "it ends"
        raise ValueError(f"not the prompt of a maze: {here}, where {expected} has to be")

    def keyword(self, name: str) -> None:
        if self.peek() != name:
            self.refuse(repr(name))
        self.at += 1

    def choose(self, known: dict[str, int], expected: str) -> int:
        if self.peek() not in known:
            self.refuse(expected)
        self.at += 1
        return known[self.words[self.at - 1]]

    def cost(self) -> int:
        first = self.at
        while self.peek() in _DIGITS:
            self.at += 1
        text = "".join(self.words[first : self.at])
        if not text or text[0] == "0" or len(text) > 3 or not 2 <= int(text) <= 255:
            self.at = first
            self.refuse("the digits of a cost from 2 to 255")
        return int(text)

    def note(self, cell: int, cost: int, name: str) -> None:
        if cell in self.costs:
            raise ValueError(f"not the prompt of a maze: cell {name} is described twice, up to word {self.at}")
        self.costs[cell] = cost


class MazeWording(Wording):
    """What both formats share; a format says how it writes a cell, and which clauses hold the special cells."""

    def __init__(self, width: int, height: int, diagonal: bool, names: Sequence[str]) -> None:
        self.width, self.height, self.diagonal = width, height, diagonal
        self.words = (*_KEYWORDS, *names)

    def state_tokens(self, traces: Traces) -> Ints:
        """Return the cell of each event."""
        return self.cell_tokens(traces.states[:, 0])

    def plan_tokens(self, traces: Traces) -> Ints:
        """Return the cell of each state along the plans."""
        return self.cell_tokens(traces.plans[:, 0])

    def prompt_tokens(self, traces: Traces) -> Ints:
        """Return the clauses of start and goal, and what each special cell adds.

        Raises:
            ValueError: A problem has another size, or another number of neighbours, than these words are for.
        """
        heads = traces.code_offsets[:-1]
        self._check(traces, heads)
        is_special = np.ones(len(traces.codes), np.bool_)
        is_special[(heads[:, None] + np.arange(HEAD)).ravel()] = False
        places = np.flatnonzero(is_special)
        special = self.special_tokens(traces.codes, places)
        tokens = np.full((len(traces.codes), special.shape[1]), -1, np.int32)
        tokens[places] = special
        for place, keyword in ((heads, _START), (heads + 1, _GOAL)):
            cells = self.cell_tokens(traces.codes[place])
            tokens[place, 0] = keyword
            tokens[place, 1 : 1 + cells.shape[1]] = cells
        return tokens

    def _check(self, traces: Traces, heads: NDArray[np.int64]) -> None:
        mine = {"width": self.width, "height": self.height, "diagonal": int(self.diagonal)}
        for place, (name, value) in enumerate(mine.items(), 2):
            found = traces.codes[heads + place]
            if (found != value).any():
                other = found[found != value][0]
                raise ValueError(f"these words are for mazes of {name} {value}, and there is one of {name} {other}")

    def read_prompt(self, words: Sequence[str]) -> Sequence[int]:
        """Return the codes of the problem that a prompt describes; ValueError names the word that does not fit."""
        reader, ends = _Reader(words), []
        for keyword in ("start", "goal"):
            reader.keyword(keyword)
            ends.append(self.read_cell(reader))
        while reader.at < len(words):
            self.read_special(reader)
        for name, cell in zip(("start", "goal"), ends, strict=True):
            if reader.costs.get(cell) == 0:
                raise ValueError(f"not the prompt of a maze: the {name}, {self.cell_name(cell)}, is a wall")
        area = self.width * self.height
        codes = sorted(cost * area + cell for cell, cost in reader.costs.items())
        return [*ends, self.width, self.height, int(self.diagonal), *codes]

    def cell_name(self, cell: int) -> str:
        """Return x,y."""
        return f"{cell % self.width},{cell // self.width}"

    def digit_tokens(self, costs: Ints) -> Ints:
        """Return [number of costs, 3]: their decimal digits, with −1 for leading zeros and for the 0 of a wall."""
        parts = costs[:, None] // np.array([100, 10, 1], np.int32)
        return np.where(parts > 0, parts % 10 + np.int32(_FIRST_NUMBER), np.int32(-1))

    def state_shape(self) -> Shape:
        """Return that a state is a cell."""
        return Shape(self.cell_words())

    def plan_shape(self) -> Shape:
        """Return that a state of a plan is one, too."""
        return Shape(self.cell_words())

    @abstractmethod
    def cell_words(self) -> Sequence[Sequence[str]]:
        """Return the words that a cell can have, place by place."""

    @abstractmethod
    def cell_tokens(self, cells: NDArray[Any]) -> Ints:
        """Return [number of cells, tokens a cell]."""

    @abstractmethod
    def special_tokens(self, codes: Ints, places: NDArray[np.int64]) -> Ints:
        """Return [number of places, L]: the tokens of the special cells whose codes lie at those places."""

    @abstractmethod
    def read_cell(self, reader: _Reader) -> int:
        """Read one cell."""

    @abstractmethod
    def read_special(self, reader: _Reader) -> None:
        """Read one clause of special cells, and note what they cost (0: a wall)."""


class PaperWording(MazeWording):
    """The paper's words: each coordinate is one, and each special cell a clause."""

    def __init__(self, width: int, height: int, diagonal: bool) -> None:
        names = [str(number) for number in range(max(width, height, 10))]
        super().__init__(width, height, diagonal, names)
        self._x, self._y = ({name: n for n, name in enumerate(names[:end])} for end in (width, height))

    def cell_words(self) -> Sequence[Sequence[str]]:
        """Return the words of x and of y."""
        return tuple(self._x), tuple(self._y)

    def cell_tokens(self, cells: NDArray[Any]) -> Ints:
        """Return x and y of each cell."""
        y, x = np.divmod(cells, np.int32(self.width))
        return np.stack([x, y], axis=1) + np.int32(_FIRST_NUMBER)

    def special_tokens(self, codes: Ints, places: NDArray[np.int64]) -> Ints:
        """Return `wall x y` or `terrain x y digits` for each."""
        costs, cells = np.divmod(codes[places], np.int32(self.width * self.height))
        keywords = np.where(costs > 0, np.int32(_TERRAIN), np.int32(_WALL))
        return np.concatenate([keywords[:, None], self.cell_tokens(cells), self.digit_tokens(costs)], axis=1)

    def read_cell(self, reader: _Reader) -> int:
        """Read x and y."""
        x = reader.choose(self._x, f"an x from 0 to {self.width - 1}")
        return reader.choose(self._y, f"a y from 0 to {self.height - 1}") * self.width + x

    def read_special(self, reader: _Reader) -> None:
        """Read one `wall x y` or `terrain x y digits`."""
        keyword = reader.choose({"wall": _WALL, "terrain": _TERRAIN}, "'wall' or 'terrain'")
        cell = self.read_cell(reader)
        reader.note(cell, reader.cost() if keyword == _TERRAIN else 0, self.cell_name(cell))


class CompactWording(MazeWording):
    """One word for each cell, and one clause for all cells of the same cost."""

    def __init__(self, width: int, height: int, diagonal: bool) -> None:
        cells = [f"{cell % width},{cell // width}" for cell in range(width * height)]
        super().__init__(width, height, diagonal, [*_DIGITS, *cells])
        self._cells = {name: cell for cell, name in enumerate(cells)}

    def cell_words(self) -> Sequence[Sequence[str]]:
        """Return the words of all cells."""
        return (tuple(self._cells),)

    def cell_tokens(self, cells: NDArray[Any]) -> Ints:
        """Return the word of each cell."""
        return (cells + np.int32(_FIRST_NUMBER + len(_DIGITS)))[:, None]

    def special_tokens(self, codes: Ints, places: NDArray[np.int64]) -> Ints:
        """Return the cell, after `wall` or `terrain digits` where a clause begins."""
        costs, cells = np.divmod(codes[places], np.int32(self.width * self.height))
        tokens = np.full((len(places), 5), -1, np.int32)
        # A gap between places is the head of the next problem: its first clause begins, whatever the one before was.
        begins = np.flatnonzero((np.diff(places, prepend=-1) > 1) | (np.diff(costs, prepend=-1) != 0))
        tokens[begins, 0] = np.where(costs[begins] > 0, np.int32(_TERRAIN), np.int32(_WALL))
        tokens[begins, 1:4] = self.digit_tokens(costs[begins])
        tokens[:, 4:] = self.cell_tokens(cells)
        return tokens

    def read_cell(self, reader: _Reader) -> int:
        """Read one word of a cell."""
        return reader.choose(self._cells, f"a cell from 0,0 to {self.width - 1},{self.height - 1}")

    def read_special(self, reader: _Reader) -> None:
        """Read `wall` or `terrain digits`, and all its cells."""
        keyword = reader.choose({"wall": _WALL, "terrain": _TERRAIN}, "'wall' or 'terrain'")
        cost = reader.cost() if keyword == _TERRAIN else 0
        while True:
            cell = self.read_cell(reader)
            reader.note(cell, cost, self.cell_name(cell))
            if reader.peek() not in self._cells:
                return


WORDINGS: Mapping[str, Callable[[int, int, bool], MazeWording]] = {"paper": PaperWording, "compact": CompactWording}
