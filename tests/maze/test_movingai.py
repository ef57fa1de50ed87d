"""Files of MovingAI: small ones, written here."""

import heapq
import math
import random
import time
from pathlib import Path

import pytest

from planning.maze.movingai import MovingMap, Scenario, read_map, read_scenarios
from planning.maze.problem import Cell, Maze
from solvers.search import astar

ROWS = ["..@.W", ".GTSW", "O...W"]
MAP = "type octile\nheight 3\nwidth 5\nmap\n" + "\n".join(ROWS) + "\n"


def scenario(*fields: object) -> str:
    return "\t".join(map(str, fields)) + "\n"


def write(directory: Path, scenarios: str, map_text: str = MAP, name: str = "small.map") -> Path:
    (directory / name).write_text(map_text)
    path = directory / f"{name}.scen"
    path.write_text("version 1\n" + scenarios)
    return path


def exact_length(maze: Maze) -> float | None:
    """Return the length of the shortest path with √2 as it is, or None if there is no path."""
    best, queue = {maze.start: 0.0}, [(0.0, maze.start)]
    while queue:
        length, cell = heapq.heappop(queue)
        if cell == maze.goal:
            return length
        for action, child, _ in maze.successors(cell):
            longer = length + (math.sqrt(2) if "-" in action else 1.0)
            if longer < best.get(child, math.inf):
                best[child] = longer
                heapq.heappush(queue, (longer, child))
    return None


def test_land_and_swamp_can_be_walked_on_and_water_is_its_own_world() -> None:
    found = read_map(MAP)
    assert (found.width, found.height) == (5, 3)
    assert found.land == bytes([1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0])
    assert found.water == bytes([0, 0, 0, 0, 1] * 3)
    assert found.maze((0, 0), (3, 0)) == Maze(5, 3, found.land, (0, 0), (3, 0), diagonal=True)
    assert found.maze((4, 0), (4, 2)).terrain == found.water
    with pytest.raises(ValueError, match=r"the goal \(4, 0\) is in a wall"):
        found.maze((0, 0), (4, 0))
    with pytest.raises(ValueError, match=r"the start \(5, 0\) is in a wall or outside of 5 × 3"):
        found.maze((5, 0), (0, 0))


def test_carriage_returns_and_a_byte_order_mark_change_nothing() -> None:
    assert read_map("\ufeff" + MAP.replace("\n", "\r\n")) == read_map(MAP.rstrip()) == read_map(MAP + "\n\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: a MovingAI map begins with 'type octile', not ''"),
        ("type tile\n", "line 1: .*not 'type tile'"),
        ("type octile\nheight 3\nwidth 5\n", "no line 'map'"),
        ("type octile\nheight three\nwidth 5\nmap\n.", "line 2: 'height three' is not"),
        ("type octile\nheight 1\nmap\n.", "line 3: there is no width before the rows"),
        ("type octile\nmap\n.", "line 2: there is no height and no width before"),
        ("type octile\nheight 99999\nwidth 99999\nmap\n.", "99999 × 99999 cells is not possible"),
        (MAP.replace("O...W\n", ""), "line 6: the map ends after 2 rows, and its height is 3"),
        (MAP + ".....\n", "line 8: the map ends after 4 rows"),
        (MAP.replace(".GTSW", ".GTS"), "line 6: the row has 4 cells, and the width is 5"),
        (MAP.replace(".GTSW", ".GxSW"), "line 6, column 3: 'x' is not possible in a map: land is"),
    ],
)
def test_bad_maps_say_what_to_do(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_map(text)


def test_scenarios_are_read_with_their_map_in_their_order_or_by_number(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        scenario(0, "maps/far/small.map", 5, 3, 0, 0, 1, 1, 1.41421356)
        + "\n"
        + "7 small.map 5 3 1 1 3 1 3.0\n"  # old files have spaces
        + scenario(3, "small.map", 5, 3, 4, 0, 4, 2, 2),
    )
    every = read_scenarios(path)
    assert [(each.bucket, each.maze.start, each.maze.goal, each.optimal_length) for each in every] == [
        (0, (0, 0), (1, 1), 1.41421356),
        (7, (1, 1), (3, 1), 3.0),
        (3, (4, 0), (4, 2), 2.0),
    ]
    assert all(each.maze.diagonal for each in every)
    assert read_scenarios(str(path), [2, 0]) == [every[2], every[0]]
    first, second = read_scenarios(path, [1, 1])
    assert first.maze.terrain is second.maze.terrain


@pytest.mark.parametrize("published", ["{:g}", "{:.8f}", "{:.5f}"])
def test_published_lengths_are_those_of_optimal_plans(tmp_path: Path, published: str) -> None:
    chance = random.Random(7)
    rows = ["".join(chance.choice("..G@TS.") for _ in range(40)) for _ in range(30)]
    cells: list[Cell] = [(x, y) for y, row in enumerate(rows) for x, c in enumerate(row) if c in ".GS"]
    free = read_map("type octile\nheight 30\nwidth 40\nmap\n" + "\n".join(rows))
    lines = ""
    for _ in range(20):
        start, goal = chance.sample(cells, 2)
        length = exact_length(free.maze(start, goal))
        if length is not None:
            lines += scenario(int(length / 4), "small.map", 40, 30, *start, *goal, published.format(length))
    path = write(tmp_path, lines, "type octile\nheight 30\nwidth 40\nmap\n" + "\n".join(rows) + "\n")
    scenarios = read_scenarios(path)
    assert len(scenarios) >= 10
    for each in scenarios:
        cost = astar(each.maze, lambda _: 0).cost
        assert cost is not None
        assert each.agrees(cost)
        assert not each.agrees(cost + 585_786)  # two steps in place of a diagonal one
        assert not each.agrees(cost - 1_000_000)


def test_lengths_agree_to_their_printed_digits() -> None:
    maze = Maze(2, 2, bytes([1] * 4), (0, 0), (1, 1), diagonal=True)
    assert Scenario(0, maze, 1.41421).agrees(1_414_214)
    assert not Scenario(0, maze, 1.415).agrees(1_414_214)
    assert Scenario(0, maze, 0.0).agrees(0)


def test_a_map_of_another_size_is_scaled() -> None:
    found = MovingMap(2, 1, bytes([1, 0]), bytes([0, 1]))
    assert found.scaled(4, 2) == MovingMap(4, 2, bytes([1, 1, 0, 0] * 2), bytes([0, 0, 1, 1] * 2))
    assert found.scaled(4, 2).scaled(2, 1) == found
    assert found.scaled(2, 1) is found
    small = read_map(MAP)
    for width, height in ((7, 8), (3, 2), (10, 6)):
        places = [(x * 5 // width, y * 3 // height) for y in range(height) for x in range(width)]
        land, water = (bytes(cells[y * 5 + x] for x, y in places) for cells in (small.land, small.water))
        assert small.scaled(width, height) == MovingMap(width, height, land, water)


def test_the_map_is_found_as_it_is_named_or_beside(tmp_path: Path) -> None:
    path = write(tmp_path, scenario(0, "a/b.map", 5, 3, 0, 0, 0, 1, 1))
    (tmp_path / "small.map").unlink()
    beside = f"looked for {tmp_path / 'a/b.map'}, {tmp_path / 'b.map'}, {tmp_path / 'small.map'}: put it beside"
    with pytest.raises(ValueError, match=f"line 2: the map 'a/b.map' is not there; {beside}"):
        read_scenarios(path)
    for name in ("small.map", "b.map", "a/b.map"):  # what is found first is placed last
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(MAP.replace("OT", ".."))
        assert read_scenarios(path)[0].maze.width == 5
    (tmp_path / "a" / "b.map").write_text("nonsense")
    with pytest.raises(ValueError, match=r"line 2: .*b\.map: line 1: a MovingAI map begins"):
        read_scenarios(path)


def test_no_scenario_reaches_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.map").write_text(MAP)
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("../secret.map", str(tmp_path / "secret.map"), "..\\secret.map"):
        path = inner / "x.scen"
        path.write_text("version 1.0\n" + scenario(0, name, 5, 3, 0, 0, 0, 1, 1))
        with pytest.raises(ValueError, match="is not there; looked for"):
            read_scenarios(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0\tsmall.map\t5\t3\t0\t0\t1\t1", r"line 2: a scenario has nine fields \(bucket, map, .*, not "),
        (scenario(0, "small.map", 5, 3, 0, "x", 1, 1, 1), "line 2: a scenario has nine fields"),
        (scenario(0, "small.map", 5, 3, 0, 0, 1, 1, "nan"), "line 2: the optimal length is nan"),
        (scenario(0, "small.map", 5, 3, 0, 0, 1, 1, -1), "line 2: the optimal length is -1"),
        (scenario(0, "small.map", 0, 3, 0, 0, 1, 1, 1), "line 2: a map of 0 × 3 cells is not possible"),
        (scenario(0, "small.map", 10**6, 10**6, 0, 0, 1, 1, 1), "cells is not possible"),
        (scenario(0, "small.map", 5, 3, 2, 0, 1, 1, 1), r"line 2: the start \(2, 0\) is in a wall"),
        (scenario(0, "small.map", 5, 3, 0, 0, -1, 1, 1), r"line 2: the goal \(-1, 1\) is in a wall or outside"),
    ],
)
def test_bad_scenarios_say_where(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_scenarios(write(tmp_path, line))


def test_other_files_and_numbers_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, scenario(0, "small.map", 5, 3, 0, 0, 0, 1, 1))
    for number in (-1, 1):
        with pytest.raises(ValueError, match=f"has scenarios 0 to 0, not {number}"):
            read_scenarios(path, [number])
    for text in ("", "type octile\n", "version 2\n"):
        path.write_text(text)
        with pytest.raises(ValueError, match="line 1: a scenario file begins with 'version 1', not "):
            read_scenarios(path)


def test_a_large_map_is_read_in_a_moment(tmp_path: Path) -> None:
    side = 1024
    text = f"type octile\nheight {side}\nwidth {side}\nmap\n" + ("." * (side - 1) + "@\n") * side
    path = write(tmp_path, scenario(0, "small.map", side, side, 0, 0, 5, 5, 7.07107) * 1000, text)
    began = time.process_time()
    assert len(read_scenarios(path)) == 1000
    assert time.process_time() - began < 1
