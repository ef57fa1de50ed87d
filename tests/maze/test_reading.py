"""Mazes from text: what was drawn is what is read, and what cannot be read is named by line and column."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.maze.problem import Maze
from planning.maze.reading import read_mazes, recognises
from planning.sokoban import reading as sokoban_reading
from planning.tiles import TilesDomain


@st.composite
def drawings(draw: st.DrawFn) -> list[str]:
    """Draw the rows of a maze with one start and one goal."""
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    if width * height < 2:
        width = 2
    cells = draw(st.lists(st.sampled_from("#. 123456789"), min_size=width * height, max_size=width * height))
    start, goal = draw(st.permutations(range(width * height)))[:2]
    cells[start], cells[goal] = "S", "G"
    return ["".join(cells[y * width : (y + 1) * width]) for y in range(height)]


def reference(rows: list[str], diagonal: bool) -> Maze:
    """Read rows cell by cell."""
    cost = {"#": 0} | {digit: int(digit) for digit in "123456789"}
    at = {(x, y): cell for y, row in enumerate(rows) for x, cell in enumerate(row)}
    (start,) = (place for place, cell in at.items() if cell == "S")
    (goal,) = (place for place, cell in at.items() if cell == "G")
    return Maze(len(rows[0]), len(rows), bytes(cost.get(c, 1) for c in "".join(rows)), start, goal, diagonal)


@given(drawings(), st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.integers(0, 3))
def test_what_is_drawn_is_read(rows: list[str], diagonal: bool, end: str, mark: bool, empty: int) -> None:
    text = "\ufeff" * mark + end * empty + end.join(rows) + end * empty
    assert read_mazes(text, diagonal) == [reference(rows, diagonal)]


@given(st.lists(drawings(), min_size=1, max_size=4), st.integers(1, 3))
def test_empty_lines_part_mazes(several: list[list[str]], empty: int) -> None:
    text = ("\n" * (empty + 1)).join("\n".join(rows) for rows in several)
    assert read_mazes(text) == [reference(rows, False) for rows in several]


@given(drawings(), st.data())
def test_an_unknown_character_is_named_with_its_place(rows: list[str], data: st.DataObject) -> None:
    bad = data.draw(st.characters(exclude_characters="#. 123456789SG\r\n", exclude_categories=["Cs"]))
    y = data.draw(st.integers(0, len(rows) - 1))
    x = data.draw(st.integers(0, len(rows[0]) - 1))
    first = "S" + "G" * (len(rows) > 1)
    rows[y] = rows[y][:x] + bad + rows[y][x + 1 :]
    # A byte order mark at the very beginning is none of the maze's characters.
    with pytest.raises(ValueError, match=re.escape(f"line {y + 4}, column {x + 1}: {bad!r} is not possible")):
        read_mazes(first + "G" * (len(first) == 1) + "\n\n\n" + "\n".join(rows))


@given(drawings(), st.data())
def test_a_ragged_row_is_named(rows: list[str], data: st.DataObject) -> None:
    rows = [*rows, "." * len(rows[0])]
    y, longer = data.draw(st.integers(1, len(rows) - 1)), data.draw(st.booleans())
    if not longer and len(rows[0]) == 1:
        return  # an empty row parts two mazes
    rows[y] = rows[y] + "." if longer else rows[y][:-1]
    with pytest.raises(ValueError, match=f"line {y + 1}, column {len(rows[0]) + longer}: this row has {len(rows[y])} "):
        read_mazes("\n".join(rows))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no maze in the text"),
        ("\ufeff\n\r\n", "there is no maze in the text"),
        ("..\n.G", "lines 1 to 2: the maze has no start: put 'S'"),
        ("S.\n..", "lines 1 to 2: the maze has no goal: put 'G'"),
        ("SG\n\n##", "line 3: the maze has no start"),
        (".S\nSG", "line 2, column 1: a second start 'S', after the one in line 1, column 2"),
        ("SG\n.G", "line 2, column 2: a second goal 'G', after the one in line 1, column 2"),
        ("S\tG", r"line 1, column 2: '\\t' is not possible in a maze: '#' is a wall"),
        ("s.G", "line 1, column 1: 's' is not possible"),
        ("S0G", "line 1, column 2: '0' is not possible"),
        ("S\x0bG", r"line 1, column 2: '\\x0b' is not possible"),
        ("SG\n  \n...", "line 3, column 3: this row has 3 cells and line 1, the first of the maze, has 2"),
        ("type octile\nheight 1\nwidth 1\nmap\n.", r"read the \.scen beside its \.map"),
        ("S" + "." * (1 << 24), "line 1: a maze of 16777217 × 1 cells is too large"),
    ],
)
def test_bad_mazes_say_what_to_do(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_mazes(text)


@given(st.text("SG..## 19x\n\n\r\t\x85", max_size=30), st.booleans())
def test_any_text_is_mazes_or_refused(text: str, diagonal: bool) -> None:
    recognises(text)
    try:
        mazes = read_mazes(text, diagonal)
    except ValueError as error:
        assert re.search(r"lines? \d+|no maze", str(error))  # noqa: PT017
        return
    assert text.count("S") == text.count("G") == len(mazes) > 0


@given(drawings())
def test_mazes_are_recognised_as_nothing_else(rows: list[str]) -> None:
    text = "\n".join(rows)
    assert recognises(text)
    assert not sokoban_reading.recognises(text)
    assert not TilesDomain().recognises(text)


@pytest.mark.parametrize("text", ["###\n#.#", "###\n#.G", "#####\n#s.g#\n#####", "#S.x.G#", "type octile\nheight 2"])
def test_a_broken_maze_is_recognised_all_the_same(text: str) -> None:
    assert recognises(text)
    assert not sokoban_reading.recognises(text)


@pytest.mark.parametrize(
    "text", ["", "\n", "0 1 2 3 4 5 6 7 8", "12\n30", "Plan a trip to #1.", "#####\n#p b.#\n#####"]
)
def test_other_texts_are_no_mazes(text: str) -> None:
    assert not recognises(text)
