"""Our PDDL says what `Sokoban` says: it parses, and an optimal planner finds plans of the same cost with it."""

from random import Random

import pytest

from benchmarks import sokoban_peers
from planning.sokoban.pddl import domain_pddl, problem_pddl
from planning.sokoban.problem import Sokoban
from solvers.result import Status
from solvers.search import breadth_first
from solvers.verifier import verify
from tests.sokoban.drawings import drawn, random_level

needs_planner = pytest.mark.skipif(not sokoban_peers.is_installed(), reason="the extra `oracle` is not installed")

LEVELS = {
    "one push": "#####\n#@$.#\n#####",
    "solved from the start": "####\n#@*#\n####",
    "worker on a dock": "#####\n#  +#\n# $ #\n#   #\n#####",
    "two boxes": "#######\n#@ $ .#\n#  $  #\n#  .  #\n#     #\n#######",
    "a box in a corner": "#####\n#$ .#\n#@  #\n#####",
    "walled in": "######\n#@#$.#\n# #  #\n######",
    "no ring of walls": "@ $ .\n     ",
    "a corridor": "@$ .",
    "a box off its dock and back": "#####\n# @ #\n#  *#\n#.$ #\n#   #\n#####",
}


def check_planner(level: Sokoban) -> None:
    answer, ours = sokoban_peers.fast_downward(level), breadth_first(level)
    if answer.actions is None:
        assert ours.status is Status.INFEASIBLE
    else:
        assert len(answer.actions) == ours.cost == verify(level, answer.actions).cost
        assert verify(level, answer.actions).valid


@pytest.mark.parametrize("name", LEVELS)
def test_every_free_cell_and_every_pair_of_neighbours_is_there(name: str) -> None:
    level = drawn(LEVELS[name])
    text = problem_pddl(level, "some-name")
    objects = text.split("(:objects ")[1].split(" - cell")[0].split()
    free = {(i % level.width, i // level.width) for i, wall in enumerate(level.walls) if not wall}
    assert objects == [f"c{x}-{y}" for x, y in sorted(free, key=lambda cell: cell[::-1])]
    assert text.count("(next ") == sum((x + a, y + b) in free for x, y in free for a, b in ((0, 1), (1, 0))) * 2
    assert text.count("(worker ") == 1
    assert text.count("(box ") == 2 * len(level.docks)
    assert text.count("(clear ") == len(free) - len(level.docks)
    assert text.count("(") == text.count(")")
    assert text.startswith("(define (problem some-name)")


def test_the_domain_is_a_text_with_two_actions() -> None:
    text = domain_pddl()
    assert text.count("(:action ") == 2
    assert text.count("(") == text.count(")")


@needs_planner
@pytest.mark.parametrize("name", LEVELS)
def test_it_parses(name: str) -> None:
    level = drawn(LEVELS[name])
    parsed = sokoban_peers.parse(level)
    assert [action.name for action in parsed.actions] == ["walk", "push"]
    assert len(parsed.goals) == (1 if level.docks else 0)


@needs_planner
@pytest.mark.parametrize("name", LEVELS)
def test_an_optimal_planner_agrees(name: str) -> None:
    check_planner(drawn(LEVELS[name]))


@needs_planner
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_an_optimal_planner_agrees_on_random_levels(seed: int) -> None:
    check_planner(random_level(Random(seed)))
