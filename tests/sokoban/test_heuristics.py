"""Heuristics never overestimate, and the paper's is the paper's."""

from random import Random

import pytest

from planning.sokoban.domain import SokobanDomain
from planning.sokoban.heuristics import paper
from planning.sokoban.problem import Sokoban
from solvers.problem import check_problem
from solvers.search import astar
from tests.sokoban.drawings import drawn, random_level
from tests.sokoban.state_graph import distances

DOMAIN = SokobanDomain()


@pytest.mark.parametrize("name", DOMAIN.heuristics)
def test_no_heuristic_overestimates_or_gives_up_too_early(name: str) -> None:
    chance = Random(5)
    for _ in range(60):
        level = random_level(chance, max_side=4, max_boxes=2)
        estimate = DOMAIN.heuristic(level, name)
        check_problem(level, estimate, max_states=50)
        for state, distance in distances(level).items():
            h = estimate(state)
            if distance is not None:
                assert h is not None, (level, state)
                assert h <= distance, (level, state)
            if level.is_goal(state):
                assert h == 0


@pytest.mark.parametrize(
    ("drawing", "h"),
    [
        ("#######\n#     #\n#@$ . #\n#     #\n#######", 2),
        ("#######\n#     #\n# $   #\n#   + #\n#######", 3),  # a dock under the worker is free
        ("#######\n#   . #\n# $$  #\n#@.   #\n#######", 1 + 2),  # two boxes may claim one dock
        ("#######\n#   * #\n# $   #\n#@.   #\n#######", 1),  # a box on a dock costs nothing
        ("#######\n#@  * #\n#    $#\n#.    #\n#######", 5),  # an occupied dock is no aim, though it is near
        ("#######\n#@  **#\n#     #\n#     #\n#######", 0),  # on docks, a corner is no dead end
        ("#####\n#@$.#\n#   #\n#####", 1),  # a wall on one axis is no dead end
        ("#####\n#@ .#\n#$  #\n#####", None),  # below and to the left
        ("#####\n#$ .#\n#@  #\n#####", None),
        ("#####\n#@ $#\n#.  #\n#####", None),
        ("#####\n#@ .#\n#  $#\n#####", None),
        ("######\n#@ # #\n# $ .#\n# ## #\n######", 2),  # walls only diagonally or on one axis
        ("@ .\n$  ", None),  # the end of the grid is a wall
        ("@$ .", 2),  # in a corridor, there is no wall to the left or right
    ],
)
def test_the_papers_heuristic_on_drawings(drawing: str, h: int | None) -> None:
    level = drawn(drawing)
    assert paper(level)(level.initial) == h


def test_a_dead_end_is_only_what_two_walls_say() -> None:
    """Two boxes side by side along a wall are lost, and a box along a wall without docks, too: the paper is blind."""
    level = drawn("#######\n# $$  #\n#@  . #\n#   . #\n#######")
    assert paper(level)(level.initial) is not None
    assert distances(level)[level.initial] is None


def test_it_is_inconsistent_where_a_box_leaves_its_dock() -> None:
    level = drawn("########\n#      #\n#@*$   #\n#      #\n#     .#\n#      #\n########")
    estimate = paper(level)
    drops = []
    for state in distances(level):
        for _, child, cost in level.successors(state):
            before, after = estimate(state), estimate(child)
            if before is not None and after is not None:
                drops.append(before - after - cost)
    assert max(drops) > 0


def test_a_star_finds_the_optimum_in_spite_of_it() -> None:
    chance = Random(11)
    num_solved = 0
    for _ in range(60):
        level = random_level(chance, max_side=5, max_boxes=2)
        least = distances(level)[level.initial]
        for name in DOMAIN.heuristics:
            assert astar(level, DOMAIN.heuristic(level, name)).cost == least, (name, level)
        num_solved += least is not None
    assert num_solved > 20


def test_the_paper_comes_first() -> None:
    level: Sokoban = drawn("#####\n#@$.#\n#####")
    assert list(DOMAIN.heuristics) == ["paper", "matching", "zero"]
    assert DOMAIN.heuristic(level)(level.initial) == paper(level)(level.initial)
