"""The compiled searches of Sokoban against brute force."""

from random import Random

import pytest

from planning.domains import DOMAINS
from planning.sokoban import kernel
from planning.sokoban.problem import Sokoban
from planning.sokoban.solving import solve
from solvers.result import Status
from solvers.search import Limits
from tests.planning.agreement import check_plan, check_searches
from tests.planning.reference_sokoban import fewest_steps
from tests.sokoban.drawings import drawn, random_level

NUM_LEVELS = 250

EDGES = {
    "no box at all": "@ ",
    "one cell": "@",
    "one push": "#####\n#@$.#\n#####",
    "one pull would do": "#####\n#$@.#\n#####",
    "solved from the start": "####\n#@*#\n####",
    "all boxes on docks, worker walled in": "####\n#@##\n##* \n#  .".replace(".", "*"),
    "worker on a dock": "#####\n#  +#\n# $ #\n#   #\n#####",
    "worker walled in": "######\n#@#$.#\n# #  #\n######",
    "worker between boxes": "#######\n#. $ .#\n# $@$ #\n#. $ .#\n#######",
    "a box in a corner": "#####\n#$ .#\n#@  #\n#####",
    "a box in a corner that is a dock": "######\n#*   #\n#@ $.#\n######",
    "a corridor": "@$ .",
    "a corridor the other way": ". $@",
    "two boxes in a corridor": "@$ $..",
    "no ring of walls": "@ $ .\n     ",
    "a box at the end of the grid": "$@.\n   \n   ",
    "a box along the end of the grid": " $ .\n@   ",
    "off its dock to let another by": "#######\n#@  . #\n###*###\n#  $  #\n#     #\n#######",
    "a box off its dock and back": "#####\n# @ #\n#  *#\n#.$ #\n#   #\n#####",
    "a square of boxes on docks": "######\n#    #\n# ** #\n# ** #\n#@$. #\n#    #\n######",
    "a square of boxes, one off": "#######\n#     #\n# *$  #\n# ** .#\n#@    #\n#######",
    "frozen against a wall, both on docks": "######\n# ** #\n#@$. #\n#    #\n######",
    "frozen against a wall, one off": "######\n# *$ #\n#@  .#\n#    #\n######",
    "as full as can be": "####\n#$.#\n#.$#\n#@ #\n####",
    "boxes in a row": "#######\n#@$$$ #\n#     #\n#  ...#\n#     #\n#######",
    "a dock that nothing reaches": "#####\n#@$.#\n#####\n#.$ #\n#####",
    "two rooms, each with its dock": "#######\n#.$ $.#\n#  @  #\n#     #\n#######",
}


def check(level: Sokoban) -> int | None:
    least = fewest_steps(level)
    check_searches(DOMAINS["sokoban"], level, least)
    check_solve(level, least)
    return least


def check_solve(level: Sokoban, least: int | None) -> None:
    """The search by pushes has to find the fewest steps, too."""
    result = solve(level)
    assert (result.cost, result.bound if least is not None else None) == (least, least)
    if least is None:
        assert result.status is Status.INFEASIBLE
    else:
        check_plan(DOMAINS["sokoban"], level, result.solution, least)


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_case_costs_what_brute_force_says(name: str) -> None:
    check(drawn(EDGES[name]))


def test_random_levels_cost_what_brute_force_says() -> None:
    chance = Random(1)
    costs = [check(random_level(chance)) for _ in range(NUM_LEVELS)]
    assert len(costs) >= 100
    assert 40 < costs.count(None) < 160, "the sample has to have both kinds"
    assert sum(cost is not None and cost > 4 for cost in costs) > 40


def test_no_tie_changes_the_cost() -> None:
    chance = Random(2)
    for _ in range(8):
        level = random_level(chance, 4, 2)
        check_searches(DOMAINS["sokoban"], level, fewest_steps(level), seeds=(*range(12), 2**63, 2**64 - 1))


def test_a_limit_never_makes_a_wrong_answer() -> None:
    chance, domain = Random(4), DOMAINS["sokoban"]
    for _ in range(20):
        level = random_level(chance, 4, 2)
        least = fewest_steps(level)
        for most in (0, 1, 5, 20):
            limits = Limits(max_expansions=most)
            results = [domain.search(level, heuristic=name, limits=limits).result for name in domain.heuristics]
            for result in (*results, solve(level, limits=limits)):
                assert result.cost in (None, least)
                assert result.stats["expansions"] <= most
                if least is not None:
                    assert result.status is not Status.INFEASIBLE
                    assert result.bound is None or result.bound <= least


def test_too_little_memory_never_makes_a_wrong_answer() -> None:
    chance, stopped = Random(5), 0
    for _ in range(20):
        level = random_level(chance)
        least = fewest_steps(level)
        for max_bytes in (0, 1_000, 30_000):
            results = [kernel.search(level, name, max_bytes=max_bytes).result for name in DOMAINS["sokoban"].heuristics]
            for result in (*results, solve(level, max_bytes=max_bytes)):
                stopped += result.status is Status.UNKNOWN
                assert result.cost == least or result.status is Status.UNKNOWN
                assert result.bound is None or least is None or result.bound <= least
    assert stopped, "the memory has to be too little for some"
