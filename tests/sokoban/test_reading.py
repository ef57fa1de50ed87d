"""Levels from text: however a level is written, it is the same level, and what is wrong is said with its place."""

import re
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.maze import reading as maze_reading
from planning.sokoban.problem import Sokoban
from planning.sokoban.reading import read_levels, recognises
from planning.tiles import TilesDomain

LETTERS = str.maketrans("@+$*.", "pPbBo")


@st.composite
def drawings(draw: st.DrawFn) -> list[str]:
    """Draw the rows of a level with walls all around."""
    width, height = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    num_boxes = draw(st.integers(1, min(3, width * height - 1)))
    cells = draw(st.lists(st.sampled_from("#   "), min_size=width * height, max_size=width * height))
    order = draw(st.permutations(range(width * height)))
    worker, boxes = order[0], order[1 : num_boxes + 1]
    docks = draw(st.lists(st.sampled_from(order), min_size=num_boxes, max_size=num_boxes, unique=True))
    for cell in (worker, *boxes, *docks):
        cells[cell] = " "
    for cell in docks:
        cells[cell] = "."
    for cell, on_floor, on_dock in ((worker, "@", "+"), *((box, "$", "*") for box in boxes)):
        cells[cell] = on_dock if cells[cell] == "." else on_floor
    inner = ["#" + "".join(cells[y * width : (y + 1) * width]) + "#" for y in range(height)]
    return ["#" * (width + 2), *inner, "#" * (width + 2)]


def reference(rows: list[str]) -> Sokoban:
    """Read rows cell by cell."""
    cells = "".join(rows)
    (worker,) = (i for i, c in enumerate(cells) if c in "@+")
    boxes = [i for i, c in enumerate(cells) if c in "$*"]
    docks = tuple(i for i, c in enumerate(cells) if c in ".+*")
    return Sokoban(len(rows[0]), len(rows), bytes(c == "#" for c in cells), docks, (worker, *boxes))


def packed(rows: list[str], floor: str) -> str:
    runs = []
    for character, run in groupby("|".join(row.rstrip().replace(" ", floor) for row in rows)):
        length = len(list(run))
        runs.append(f"{length if length > 1 else ''}{character}")
    return "".join(runs)


@given(drawings(), st.data())
def test_the_same_level_is_read_however_it_is_written(rows: list[str], data: st.DataObject) -> None:
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    floor = data.draw(st.sampled_from(" -_"))
    written = [row.replace(" ", floor) for row in rows]
    if data.draw(st.booleans()):
        written = [row.translate(LETTERS) for row in written]
    indent = data.draw(st.sampled_from(["", "  ", floor * 3]))
    written = [indent + row + floor * data.draw(st.integers(0, 3)) for row in written]
    text = "\ufeff" * data.draw(st.booleans()) + end.join(written) + end * data.draw(st.integers(0, 2))
    assert read_levels(text) == [reference(rows)]
    assert read_levels(packed(rows, floor)) == [reference(rows)]


@given(st.lists(drawings(), min_size=1, max_size=3), st.sampled_from(["{}", "; {}", "Level {}", "\n'{}'", ":: {}"]))
def test_collections_are_read_in_their_order(several: list[list[str]], header: str) -> None:
    text = "\n\n".join(header.format(number) + "\n" + "\n".join(rows) for number, rows in enumerate(several))
    assert read_levels(text) == [reference(rows) for rows in several]


@given(drawings(), st.data())
def test_an_unknown_character_is_named_with_its_place(rows: list[str], data: st.DataObject) -> None:
    bad = data.draw(st.sampled_from("xS%|\t\x0bé&").filter(lambda c: c != "|"))
    y, x = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(1, len(rows[0]) - 2))
    rows[y] = rows[y][:x] + bad + rows[y][x + 1 :]
    message = f"line {y + 3}, column {x + 1}: {bad!r} is not possible in a level: '#' is a wall"
    with pytest.raises(ValueError, match=re.escape(message)):
        read_levels("; 1\n\n" + "\n".join(rows))


@given(drawings(), st.data())
def test_a_gap_in_the_walls_is_named_where_the_worker_gets_out(rows: list[str], data: st.DataObject) -> None:
    level = reference(rows)
    border = [
        (x, y)
        for y in range(level.height)
        for x in range(level.width)
        if x in (0, level.width - 1) or y in (0, level.height - 1)
    ]
    x, y = data.draw(st.sampled_from(border))
    rows[y] = rows[y][:x] + " " + rows[y][x + 1 :]
    reached, queue = {level.initial[0]}, [level.initial[0]]
    for cell in queue:
        for dx, dy in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            near = level.neighbour(cell, dx, dy)
            if near is not None and near not in reached:
                reached.add(near)
                queue.append(near)
    inside = [(x + dx, y + dy) for dx, dy in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    beside = {b * level.width + a for a, b in inside if 0 <= a < level.width and 0 <= b < level.height}
    if beside & reached:
        with pytest.raises(ValueError, match=f"level 1 .*the worker can walk out .* line {y + 1}, column {x + 1}: cl"):
            read_levels("\n".join(rows))
    else:
        stray = {cell for cell in beside if not level.walls[cell]} & {*level.initial, *level.docks}
        try:
            assert read_levels("\n".join(rows))[0].width <= level.width
        except ValueError as error:
            assert stray or "outside of the walls" in str(error) or "differ" in str(error)  # noqa: PT017


OUTSIDE = """
   *#### *
    #  ####
 ####  $ .#
 # @ #   #
 ##########   -
-
"""


def test_what_is_outside_of_the_walls_is_wall_and_cut_off() -> None:
    level = read_levels(OUTSIDE)[0]
    drawn = ["##########", "####  ####", "####  $ .#", "# @ #   ##", "##########"]
    drawn = ["###" + row[3:] for row in drawn]
    drawn[3] = "# @ #   ##"
    assert (level.width, level.height) == (10, 5)
    assert level == reference(drawn)


def test_floor_that_nobody_reaches_within_the_walls_stays() -> None:
    rows = ["#######", "#@$.# #", "#######"]
    assert read_levels("\n".join(rows)) == [reference(rows)]


def drawn(level: Sokoban) -> str:
    floor, boxes = [".", "*", "+"], level.initial[1:]
    rows = []
    for y in range(level.height):
        cells = range(y * level.width, (y + 1) * level.width)
        thing = ["#" if level.walls[c] else "$" if c in boxes else "@" if c == level.initial[0] else " " for c in cells]
        rows.append(
            "".join(floor[" $@".index(t)] if c in level.docks else t for c, t in zip(cells, thing, strict=True))
        )
    return "\n".join(rows)


@given(st.text("###### @$.*+-_pPbBo|35;:\n\n\r\tTitle", max_size=80))
def test_any_text_is_levels_that_can_be_written_again_or_refused(text: str) -> None:
    recognises(text)
    try:
        levels = read_levels(text)
    except ValueError as error:
        assert re.search(r"level|line \d+", str(error))  # noqa: PT017
        return
    assert read_levels("\n\n".join(drawn(level) for level in levels)) == levels


SAMPLER = """
Collection: Two of mine
:: for humans only ######

The first
####
#@ #
#$.#
####
Title: Short
Author: Nobody
Comment:
#### not a level: a comment
Comment-End:

Solution
rdL

; 2
5#|#@$.#|5#
'a quoted title'
######
#pb-o#
######
"""


def test_all_that_surrounds_levels_is_passed_over() -> None:
    assert [(level.width, level.height) for level in read_levels(SAMPLER)] == [(4, 4), (5, 3), (6, 3)]


def test_large_levels_can_be_packed() -> None:
    rows = ["#" * 60, *("#" + " " * 58 + "#" for _ in range(58)), "#" * 60]
    rows[7] = "#@$." + rows[7][4:]
    assert read_levels(packed(rows, "-")) == [reference(rows)]


def test_a_comment_that_nobody_ends_swallows_no_level() -> None:
    assert len(read_levels("Comment:\n#####\n#@$.#\n#####\n")) == 1


def test_rows_without_walls_belong_to_the_level_around_them() -> None:
    level = read_levels("#####\n#   #\n#####\n-\n######\n#@ $.#\n######\n")[0]
    assert (level.width, level.height) == (6, 7)
    assert level.docks == (5 * 6 + 4,)


GOOD = "#####\n#@$.#\n#####\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no Sokoban level in the text"),
        ("Title: none\n; 1\n", "there is no Sokoban level in the text"),
        (GOOD.replace("@", " "), r"level 1 \(from line 1\): there is no worker: put '@'"),
        (GOOD.replace(".", "+"), "there is a worker at line 2, column 2 and another at line 2, column 4: a level has"),
        (GOOD.replace("$", " "), "boxes and docks differ in number, 0 and 1: each box"),
        (GOOD.replace(".", "$"), "boxes and docks differ in number, 2 and 0: each box"),
        (GOOD.replace("$.", "  "), "there is no box: a level has at least one box"),
        ("\n\n  #####\n  #@$.\n  #####", "line 4, column 7: close them with '#'"),
        ("5#|#@$.|5#", "row 2, column 5 of the unpacked level: close them"),
        (
            "#####\n#@$.#\n#####\n$.",
            r"level 1 \(from line 1\): '\$' at line 4, column 1 is outside of the walls: enclose",
        ),
        ("9999#", "line 1: a level has at most 1000 × 1000 cells"),
        ("99999999999999999999#", "line 1: a level has at most"),
        ("\n" + "600#" * 2 + "|#@$.#", "line 2: a level has at most"),
        ("#" * 1001, "line 1: a level has at most"),
        ("#|999|999|#", "line 1: a level has at most"),
        ("###\n" * 1001, "line 1001: a level has at most"),
        ("##1", "line 1, column 3: '1' is not possible there in a level"),
        ("# 1 Heading\n" + GOOD, "line 1, column 5: 'H' is not possible.*begin a line that is no row with ';'"),
        (GOOD + "x####", "line 4, column 1: 'x' is not possible"),
        (GOOD + "\n; two\n" + GOOD.replace("$", "*"), r"level 2 'two' \(from line 6\): boxes and docks differ"),
        (GOOD + "\nMicro\n" + GOOD.replace("$", "*"), r"level 2 'Micro' \(from line 6\)"),
        (GOOD + "\nTitle: Next\n\n" + GOOD.replace("$", "*"), r"level 2 'Next' \(from line 7\)"),
        (GOOD + "Title: Past\n\n" + GOOD.replace("$", "*"), r"level 2 \(from line 6\)"),
        (GOOD.replace("$", "*") + "Author: me\nTitle: Own\n", r"level 1 'Own' \(from line 1\)"),
        ("; 0\n" + GOOD.replace("$", "*"), r"level 1 '0' \(from line 2\)"),
    ],
)
def test_bad_levels_say_what_to_do(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_levels(text)


@given(drawings(), st.booleans())
def test_levels_are_recognised_as_nothing_else(rows: list[str], letters: bool) -> None:
    text = "Title: See the Gap\n\n" + "\n".join(row.translate(LETTERS) if letters else row for row in rows)
    assert recognises(text)
    assert not maze_reading.recognises(text)
    assert not TilesDomain().recognises(text)
    assert recognises(packed(rows, "-"))
    assert not maze_reading.recognises(packed(rows, "-"))


@pytest.mark.parametrize("text", [GOOD.replace("@", " "), GOOD.replace(".", "x"), "###\n#@\n", "#?$#"])
def test_a_broken_level_is_recognised_all_the_same(text: str) -> None:
    assert recognises(text)
    assert not maze_reading.recognises(text)


@pytest.mark.parametrize("text", ["", "#####\n#S.G#\n#####", "1 2 3 0", "a # b $", "type octile\nmap\n.@@"])
def test_other_texts_are_no_levels(text: str) -> None:
    assert not recognises(text)
