"""The compiled searches of mazes against networkx."""

from dataclasses import replace
from random import Random

import pytest

from planning.domains import DOMAINS
from planning.maze.problem import Maze
from tests.planning.agreement import check_searches
from tests.planning.reference_mazes import KINDS, least_cost, random_maze, random_mazes

NUM_MAZES, NUM_OCTILE = 350, 150

EDGES = {
    "one cell": Maze(1, 1, b"\1", (0, 0), (0, 0)),
    "one cell of dear ground": Maze(1, 1, b"\xff", (0, 0), (0, 0)),
    "two cells": Maze(2, 1, b"\1\1", (1, 0), (0, 0)),
    "a row": Maze(9, 1, b"\1" * 9, (8, 0), (0, 0)),
    "a column": Maze(1, 9, b"\1" * 9, (0, 0), (0, 8)),
    "a cut row": Maze(5, 1, b"\1\1\0\1\1", (0, 0), (4, 0)),
    "start is goal": Maze(4, 4, b"\1" * 16, (2, 2), (2, 2)),
    "start is goal, walled in": Maze(3, 3, b"\0\0\0\0\1\0\0\0\0", (1, 1), (1, 1)),
    "goal walled in": Maze(3, 3, b"\1\0\1\1\1\0\1\1\0", (0, 0), (2, 0)),
    "start walled in": Maze(4, 2, b"\1\0\1\1\0\1\1\1", (0, 0), (3, 1)),
    "two corners": Maze(2, 2, b"\1\0\0\1", (0, 0), (1, 1)),
    "no corner is cut": Maze(2, 2, b"\1\0\1\1", (0, 0), (1, 1)),
    "a dear goal": Maze(3, 2, b"\1\1\xff\1\1\1", (0, 0), (2, 0)),
    "a dear start costs nothing": Maze(3, 1, b"\xff\1\1", (0, 0), (2, 0)),
    "round a dear row": Maze(5, 2, b"\1\xff\xff\xff\1" + b"\1" * 5, (0, 0), (4, 0)),
    "through a cheap detour": Maze(3, 3, b"\1\x09\1\1\x09\1\1\1\1", (0, 0), (2, 0)),
    "decrease-key": Maze(3, 3, b"\1\x03\1\1\1\1\1\x09\1", (0, 0), (2, 2)),
    "dear everywhere": Maze(6, 5, b"\xff" * 30, (0, 0), (5, 4)),
    "equal prices above one": Maze(4, 4, b"\x07" * 16, (0, 3), (3, 0)),
    "no row ends in the next": Maze(3, 2, b"\1\1\1\1\0\0", (2, 0), (0, 1)),
}


def check(maze: Maze) -> int | None:
    least = least_cost(maze)
    check_searches(DOMAINS["octile" if maze.diagonal else "maze"], maze, least)
    return least


@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("name", EDGES)
def test_an_edge_case_costs_what_networkx_says(name: str, diagonal: bool) -> None:
    check(replace(EDGES[name], diagonal=diagonal))


def test_random_mazes_cost_what_networkx_says() -> None:
    costs = [check(maze) for maze in random_mazes(NUM_MAZES, diagonal=False, seed=1)]
    assert len(costs) >= 300
    assert 30 < costs.count(None) < 150, "the sample has to have both kinds"


def test_random_octile_mazes_cost_what_networkx_says() -> None:
    costs = [check(maze) for maze in random_mazes(NUM_OCTILE, diagonal=True, seed=2)]
    assert len(costs) >= 100
    assert 10 < costs.count(None) < 80, "the sample has to have both kinds"


@pytest.mark.parametrize("diagonal", [False, True])
def test_no_tie_changes_the_cost(diagonal: bool) -> None:
    chance, domain = Random(3), DOMAINS["octile" if diagonal else "maze"]
    for kind in KINDS:
        maze = random_maze(chance, kind, diagonal=diagonal, is_narrow=False)
        check_searches(domain, maze, least_cost(maze), seeds=(*range(20), 2**63, 2**64 - 1))


def serpent(side: int, *, diagonal: bool) -> Maze:
    """Rows of the dearest cells, each joined to the next at one end."""
    cells = bytearray()
    for y in range(side):
        joint = side - 1 if y % 4 == 1 else 0
        cells += bytes(255 if y % 2 == 0 or x == joint else 0 for x in range(side))
    return Maze(side, side, bytes(cells), (0, 0), (side - 1, side - 1), diagonal)


STEPS_OF_SERPENT = 32 * 62  # the last row is entered where the goal is


def test_a_serpent_of_the_dearest_cells_costs_what_networkx_says() -> None:
    assert check(serpent(63, diagonal=False)) == STEPS_OF_SERPENT * 255


@pytest.mark.parametrize("heuristic", ["octile", "zero"])
def test_a_cost_beyond_31_bits_is_right_and_is_refused_where_it_is_to_be_recorded(heuristic: str) -> None:
    maze, domain = serpent(63, diagonal=True), DOMAINS["octile"]
    least = least_cost(maze)
    assert least == STEPS_OF_SERPENT * 255 * 10**6 > 2**31
    assert domain.search(maze, heuristic=heuristic, record=False).result.cost == least
    with pytest.raises(ValueError, match="31 bits"):
        domain.search(maze, heuristic=heuristic)


@pytest.mark.parametrize("num_steps", [2147, 2148])
def test_the_last_cost_of_31_bits_can_be_recorded(num_steps: int) -> None:
    # 2147 straight steps cost 2,147,000,000, and 2³¹ is 2,147,483,648.
    maze, domain = Maze(num_steps + 1, 1, b"\1" * (num_steps + 1), (0, 0), (num_steps, 0), True), DOMAINS["octile"]
    assert domain.search(maze, record=False).result.cost == num_steps * 10**6
    if num_steps == 2147:
        check(maze)
    else:
        with pytest.raises(ValueError, match="31 bits"):
            domain.search(maze)
