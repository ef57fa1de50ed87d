"""The search over pushes finds the fewest steps, proves it, and writes every step down."""

from random import Random

import pytest

from planning.sokoban import kernel
from planning.sokoban.domain import SokobanDomain
from planning.sokoban.heuristics import zero
from planning.sokoban.problem import Sokoban, State
from planning.sokoban.solving import solve
from solvers.chance import SplitMix
from solvers.result import Result, Status
from solvers.search import NO_LIMITS, Limits, Path, astar
from solvers.verifier import verify
from tests.sokoban.drawings import drawn, random_level
from tests.sokoban.state_graph import distances

DOMAIN = SokobanDomain()


def test_costs_are_those_of_brute_force() -> None:
    chance = Random(8)
    num_solved = 0
    for _ in range(250):
        level = random_level(chance, max_side=5, max_boxes=2)
        num_solved += check(level, solve(level), astar(level, zero(level)).cost)
    assert num_solved > 100


def test_costs_are_those_of_all_states_with_more_boxes() -> None:
    chance = Random(9)
    for _ in range(80):
        level = random_level(chance, max_side=4, max_boxes=4)
        check(level, solve(level), distances(level)[level.initial])


@pytest.mark.parametrize(("generator", "size", "boxes"), [("paper", 7, 2), ("paper", 8, 4), ("reverse", 10, 4)])
def test_costs_are_those_of_the_search_over_steps(generator: str, size: int, boxes: int) -> None:
    sampling = DOMAIN.sampling(size, generator, {"boxes": boxes})
    for number in range(20 if generator == "paper" else 3):
        for level in DOMAIN.generators[generator](sampling, SplitMix(number)):
            check(level, solve(level), kernel.search(level, "matching", record=False).result.cost)


def check(level: Sokoban, result: Result[Path[State, str]], least: int | None) -> bool:
    """Compare with the least cost, replay the plan, and tell whether there is one."""
    if least is None:
        assert (result.status, result.solution, result.bound) == (Status.INFEASIBLE, None, None), level
        return False
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, least, least), level
    assert result.solution is not None
    verdict = verify(level, result.solution.actions)
    assert verdict.valid, (level, verdict)
    assert verdict.cost == least
    state = level.initial
    for action, following in zip(result.solution.actions, result.solution.states[1:], strict=True):
        state = next(child for name, child, _ in level.successors(state) if name == action)
        assert state == following
    return True


@pytest.mark.parametrize("drawing", ["@", "@ #", "*@", "#####\n#@$.#\n#####", "###   \n#@$.. \n###$  "])
def test_the_edges(drawing: str) -> None:
    level = drawn(drawing)
    check(level, solve(level), distances(level)[level.initial])


@pytest.mark.parametrize(
    ("limits", "max_bytes"),
    [(Limits(max_expansions=20), 10**9), (Limits(time_limit_s=0.0), 10**9), (NO_LIMITS, 40_000)],
)
def test_stopped_it_proves_a_bound(limits: Limits, max_bytes: int) -> None:
    level = drawn("########\n#@  . .#\n# $$   #\n#  $# .#\n#  $  .#\n#      #\n########")
    cost = solve(level).cost
    assert cost is not None
    result = solve(level, limits=limits, max_bytes=max_bytes)
    assert (result.status, result.solution) == (Status.UNKNOWN, None)
    assert result.bound is not None
    assert 4 < result.bound <= cost


def test_a_level_that_does_not_fit_is_solved_plainly() -> None:
    level = drawn("#" * 66 + "\n#@$" + "." + "*" * 11 + " " * 50 + "#\n" + "#" * 66)
    assert not kernel.fits(level)
    check(level, solve(level), 1)
    assert solve(level, max_bytes=0).status is Status.UNKNOWN
