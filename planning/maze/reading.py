"""Mazes from text: a row a line, a character a cell."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from planning.maze.problem import Cell, Maze

MAX_CELLS = 1 << 24

_MEANING = (
    "'#' is a wall, '.' or a space is free, '1' to '9' is free and costs as much to enter, 'S' is the start, "
    "and 'G' is the goal"
)
_UNKNOWN = 255
_TERRAIN = bytearray([_UNKNOWN] * 256)
for _characters, _cost in (("#", 0), (". SG", 1), *((str(digit), digit) for digit in range(1, 10))):
    for _character in _characters:
        _TERRAIN[ord(_character)] = _cost
_ENDS = re.compile(r"[#. 1-9]*[SG][#. 1-9SG]*")
_MOVINGAI = re.compile(r"\s*(type\s+octile|version\s+[\d.]+\s)")


def read_mazes(text: str, diagonal: bool = False) -> list[Maze]:
    """Read the mazes of a text; an empty line ends a maze.

    All rows of a maze are equally long: a line of spaces is a row of free cells. Column is x, row is y from the top,
    from 0; in messages lines and columns count from 1.

    Raises:
        ValueError: The text is no collection of mazes; the message names the line, the column and the remedy.
    """
    if _MOVINGAI.match(text):
        raise ValueError(
            "a MovingAI map has no start and no goal, and a .scen has no map: read the .scen beside its .map"
        )
    mazes = [_maze(first, rows, diagonal) for first, rows in _blocks(text)]
    if not mazes:
        raise ValueError(f"there is no maze in the text, only empty lines; in a maze, {_MEANING}")
    return mazes


def recognises(text: str) -> bool:
    """Tell whether a text looks like mazes, or like a file of MovingAI, whether or not it can be read."""
    if _MOVINGAI.match(text) or any(_ENDS.fullmatch(line) for line in _lines(text)):
        return True
    characters = [character for character in text if character not in "\r\n"]
    known = sum(character in "#. 123456789SG" for character in characters)
    return "#" in characters and known >= 0.8 * len(characters) and not set("@$+*pPbBo|_-") & set(characters)


def _lines(text: str) -> list[str]:
    # str.splitlines would also split at characters that have to be named as unknown ones.
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the first line (from 1) and the rows of each maze."""
    for empty, numbered in groupby(enumerate(_lines(text), 1), key=lambda pair: pair[1] == ""):
        if not empty:
            lines = list(numbered)
            yield lines[0][0], [line for _, line in lines]


def _maze(first: int, rows: Sequence[str], diagonal: bool) -> Maze:
    width, height = len(rows[0]), len(rows)
    if width * height > MAX_CELLS:
        raise ValueError(f"line {first}: a maze of {width} × {height} cells is too large: at most {MAX_CELLS} cells")
    terrain = b"".join(row.encode("latin-1", "replace").translate(bytes(_TERRAIN)) for row in rows)
    if _UNKNOWN in terrain:
        _refuse_unknown(first, rows)
    _check_widths(first, rows)
    return Maze(width, height, terrain, _only("start", "S", first, rows), _only("goal", "G", first, rows), diagonal)


def _refuse_unknown(first: int, rows: Sequence[str]) -> None:
    for number, row in enumerate(rows, first):
        for column, character in enumerate(row, 1):
            if ord(character) > 255 or _TERRAIN[ord(character)] == _UNKNOWN:
                raise ValueError(f"line {number}, column {column}: {character!r} is not possible in a maze: {_MEANING}")


def _check_widths(first: int, rows: Sequence[str]) -> None:
    width = len(rows[0])
    for number, row in enumerate(rows, first):
        if len(row) != width:
            raise ValueError(
                f"line {number}, column {min(len(row), width) + 1}: this row has {len(row)} cells and line {first}, "
                f"the first of the maze, has {width}: make all rows equally long (an editor may have removed spaces "
                "at the end of a line: '.' is free, too), and keep mazes apart by an empty line"
            )


def _only(name: str, character: str, first: int, rows: Sequence[str]) -> Cell:
    """Return the one cell with a character."""
    cells = [
        (column, number)
        for number, row in enumerate(rows)
        if character in row
        for column, found in enumerate(row)
        if found == character
    ]
    if not cells:
        lines = f"line {first}" if len(rows) == 1 else f"lines {first} to {first + len(rows) - 1}"
        raise ValueError(
            f"{lines}: the maze has no {name}: put {character!r} on one free cell (an empty line "
            "ends a maze: fill a row of free cells with '.')"
        )
    if len(cells) > 1:
        (x, y), (other_x, other_y) = cells[:2]
        raise ValueError(
            f"line {first + other_y}, column {other_x + 1}: a second {name} {character!r}, after the one in line "
            f"{first + y}, column {x + 1}: a maze has one"
        )
    return cells[0]
