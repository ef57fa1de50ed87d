"""Sokoban levels from text: XSB and .sok collections, run-length encoded or not, and Boxoban's files."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from planning.moves import MOVES
from planning.sokoban.problem import Sokoban

MAX_SIDE = 1000

_MEANING = (
    "'#' is a wall, ' ', '-' or '_' is floor, '$' a box, '.' a dock, '*' a box on a dock, '@' the worker, '+' the "
    "worker on a dock (and p, P, b, B, o for '@', '+', '$', '*', '.')"
)
_TOO_LARGE = f"a level has at most {MAX_SIDE} × {MAX_SIDE} cells"
_PLAIN = str.maketrans("-_bBopP", "  $*.@+")
_ROW = re.compile(r"(?:\d*[# \-_.$*@+pPbBo]|\d*\|)+")
_ROW_WITHOUT_WALL = re.compile(r"(?=.*[^\d|])(?:\d*[ \-_.$*@+]|\d*\|)+")
_RUN = re.compile(r"(\d*)(.)", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2}")
_PROPERTY = re.compile(r"\s*(?:::|[A-Za-z][\w ()-]*:)")
_TITLE = re.compile(r"\s*title\s*:\s*(.*?)\s*", re.IGNORECASE)
_COMMENT, _COMMENT_END = (re.compile(rf"\s*comment{end}\s*:\s*", re.IGNORECASE) for end in ("", "-end"))


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows of one level, plain (without runs), with the line that each comes from, and what names the level."""

    number: int
    title: str
    rows: tuple[str, ...]
    lines: tuple[int, ...]

    def refusal(self, reason: str) -> ValueError:
        title = f" {self.title!r}" if self.title else ""
        return ValueError(f"level {self.number}{title} (from line {self.lines[0]}): {reason}")

    def place(self, x: int, y: int) -> str:
        if len(set(self.lines)) < len(self.lines):
            return f"row {y + 1}, column {x + 1} of the unpacked level"
        line = self.lines[y] if 0 <= y < len(self.lines) else self.lines[0] + y
        return f"line {line}, column {x + 1}"


def read_levels(text: str) -> list[Sokoban]:
    """Read the levels of a text, each with its outside filled with walls and cut to what its walls enclose.

    Lines of anything else than cells (titles, authors, comments) part the levels as empty lines do; a comment that
    could be taken for a row begins with ';'. Rows may end early. Cells count from the left-most and the top-most wall
    of a level, so that the same level is equal however it is indented.

    Raises:
        ValueError: A level is not possible; the message names it, the line, the column and the remedy.
    """
    levels = [_level(block) for block in _blocks(text)]
    if not levels:
        raise ValueError(f"there is no Sokoban level in the text: a level has rows with walls; {_MEANING}")
    return levels


def recognises(text: str) -> bool:
    """Tell whether a text looks like Sokoban levels, whether or not it can be read."""
    for line in _lines(text):
        if "#" in line and set("@$+*pPbBo|") & set(line):
            if _ROW.fullmatch(line):
                return True
            if line.lstrip(" -_").startswith("#") and set("@$+*") & set(line) and not set("SG") & set(line):
                return True
    return False


def _lines(text: str) -> list[str]:
    # str.splitlines would also split at characters that have to be named as unknown ones.
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _is_row(line: str, inside: bool) -> bool:
    """Tell whether a line is a row of a level; `inside`, the line before was one.

    Raises:
        ValueError: It has walls and cannot be a row; the message does not know the line's number.
    """
    if not line.strip() or line.lstrip()[0] in ";'" or _PROPERTY.match(line):
        return False
    if _ROW.fullmatch(line) and ("#" in line or (inside and _ROW_WITHOUT_WALL.fullmatch(line))):
        return True
    if "#" in line and (line.lstrip().startswith("#") or (inside and not _WORD.search(line))):
        column = next((i for i, c in enumerate(line) if not (_ROW.fullmatch(c) or c in "0123456789")), len(line) - 1)
        raise ValueError(
            f"column {column + 1}: {line[column]!r} is not possible {'there ' if line[column].isdigit() else ''}in a "
            f"level: {_MEANING}; begin a line that is no row with ';'"
        )
    return False


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the levels of a text with their titles."""
    block, title, previous = None, "", 0
    for is_row, numbered in groupby(_classified(text), key=lambda entry: entry[2]):
        entries = list(numbered)
        if is_row:
            previous += 1
            block, title = _block(previous, title, [(number, line) for number, line, _ in entries]), ""
            continue
        title, own = _titles([line for _, line, _ in entries], touching=block is not None)
        if block is not None:
            yield replace(block, title=own or block.title)
            block = None
    if block is not None:
        yield block


def _classified(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield each line with its number (from 1), and whether it is a row."""
    lines, inside, comment_end = _lines(text), False, 0
    ends = [number for number, line in enumerate(lines, 1) if _COMMENT_END.match(line)]
    for number, line in enumerate(lines, 1):
        if number > comment_end and _COMMENT.fullmatch(line):
            # A comment that nobody ends is one line: it must not swallow the levels after it.
            comment_end = next((end for end in ends if end > number), 0)
        try:
            inside = number > comment_end and _is_row(line, inside)
        except ValueError as error:
            raise ValueError(f"line {number}, {error}") from None
        yield number, line, inside


def _titles(lines: Sequence[str], touching: bool) -> tuple[str, str]:
    """Return the titles in the lines between two levels: of the one below, and of the one above if it is touching."""
    own, below = "", ""
    for line in lines:
        named = _TITLE.fullmatch(line)
        touching = touching and bool(line.strip())
        if named and touching:
            own = named[1]
        elif named:
            below = named[1]
        elif not touching and line.strip(" ;'") and not _PROPERTY.match(line):
            below = line.strip(" ;'")
    return below[:60], own[:60]


def _block(number: int, title: str, lines: Sequence[tuple[int, str]]) -> _Block:
    rows: list[str] = []
    row_lines: list[int] = []
    for line_number, line in lines:
        for row in _unpacked(line_number, line) if re.search(r"[\d|]", line) else [line]:
            if len(row) > MAX_SIDE or len(rows) >= MAX_SIDE:
                raise ValueError(f"line {line_number}: {_TOO_LARGE}")
            rows.append(row.translate(_PLAIN).rstrip(" "))
            row_lines.append(line_number)
    return _Block(number, title, tuple(rows), tuple(row_lines))


def _unpacked(number: int, line: str) -> Iterator[str]:
    """Yield the rows of a line with runs; a bar ends a row."""
    row: list[str] = []
    length = 0
    for digits, character in _RUN.findall(line):
        # Few characters can stand for a great many cells: refuse before writing them out.
        count = int(digits or 1) if len(digits) <= 4 else MAX_SIDE + 1
        length += count if character != "|" else 0
        if max(count, length) > MAX_SIDE:
            raise ValueError(f"line {number}: {_TOO_LARGE}")
        if character != "|":
            row.append(character * count)
            continue
        for _ in range(count):
            yield "".join(row)
            row, length = [], 0
    if row:
        yield "".join(row)


def _level(block: _Block) -> Sokoban:
    width = max(map(len, block.rows))
    drawn = "".join(row.ljust(width) for row in block.rows)
    walled = _walled(block, drawn, width, _only_worker(block, drawn, width))
    left = min(row.find("#") for row in block.rows if "#" in row)
    right = max(row.rfind("#") for row in block.rows) + 1
    top, bottom = drawn.find("#") // width, drawn.rfind("#") // width + 1
    cells = "".join(walled[y * width + left : y * width + right] for y in range(top, bottom))
    worker = next(i for i, c in enumerate(cells) if c in "@+")
    boxes, docks = (tuple(i for i, c in enumerate(cells) if c in kinds) for kinds in ("$*", ".*+"))
    if not boxes and not docks:
        raise block.refusal("there is no box: a level has at least one box '$' and one dock '.'")
    if len(boxes) != len(docks):
        raise block.refusal(
            f"boxes and docks differ in number, {len(boxes)} and {len(docks)}: each box ('$', '*') needs a dock "
            "('.', '*', '+')"
        )
    return Sokoban(right - left, bottom - top, bytes(c == "#" for c in cells), docks, (worker, *boxes))


def _only_worker(block: _Block, cells: str, width: int) -> int:
    workers = [i for i, c in enumerate(cells) if c in "@+"]
    if not workers:
        raise block.refusal("there is no worker: put '@' on one floor cell, or '+' on one dock")
    if len(workers) > 1:
        first, second = (block.place(i % width, i // width) for i in workers[:2])
        raise block.refusal(f"there is a worker at {first} and another at {second}: a level has one")
    return workers[0]


def _walled(block: _Block, cells: str, width: int, worker: int) -> str:
    """Return the cells with walls in place of all that is outside of the walls."""
    height = len(cells) // width
    border = [i for i in range(len(cells)) if i % width in (0, width - 1) or i // width in (0, height - 1)]
    outside = set(_reached(cells, width, [i for i in border if cells[i] != "#"]))
    if worker in outside:
        edge = set(border)
        leak = next(i for i in _reached(cells, width, [worker]) if i in edge)
        raise block.refusal(
            f"the walls leak: the worker can walk out of the level at {block.place(leak % width, leak // width)}: "
            "close them with '#'"
        )
    for cell in sorted(outside):
        # Some levels are adorned with boxes beyond their walls; on docks, they change nothing.
        if cells[cell] not in " *":
            raise block.refusal(
                f"{cells[cell]!r} at {block.place(cell % width, cell // width)} is outside of the walls: enclose it "
                "with '#', or remove it"
            )
    return "".join("#" if i in outside else c for i, c in enumerate(cells)) if outside else cells


def _reached(cells: str, width: int, starts: Sequence[int]) -> list[int]:
    """Return the cells to which no wall bars the way from `starts`, nearest first."""
    height = len(cells) // width
    reached, queue = dict.fromkeys(starts), deque(starts)
    while queue:
        cell = queue.popleft()
        for dx, dy in MOVES.values():
            x, y = cell % width + dx, cell // width + dy
            near = y * width + x
            if 0 <= x < width and 0 <= y < height and near not in reached and cells[near] != "#":
                reached[near] = None
                queue.append(near)
    return list(reached)
