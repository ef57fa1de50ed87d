"""A search below a bound is the search without one, as far as that has to do with plans that cost less."""

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.domain import Domain, Searched
from planning.domains import DOMAINS
from planning.maze import Maze, MazeDomain
from planning.sokoban import kernel, solving
from planning.traces import Traces
from solvers.chance import SplitMix
from solvers.result import Result, Status
from solvers.search import CLOSE, Event, Limits, astar
from solvers.ties import FixedTies, RandomTies
from solvers.verifier import verify
from tests.maze.mazes import mazes
from tests.planning.test_domain import assert_equal
from tests.sokoban.drawings import drawn, random_level
from tests.solvers.test_search import Digraph, digraphs

SEEDS = st.none() | st.integers(0, 2**64 - 1)
LARGE = drawn("########\n#@  . .#\n# $$   #\n#  $# .#\n#      #\n########")


@settings(max_examples=300, deadline=None)
@given(digraphs(), SEEDS, st.integers(-1, 40))
def test_below_any_bound_astar_finds_what_bellman_ford_says(
    case: tuple[Digraph, list[int | None], list[float]], seed: int | None, below: int
) -> None:
    graph, heuristic, true = case
    events: list[Event] = []
    ties = FixedTies(lambda state: state) if seed is None else RandomTies(seed)
    result = astar(graph, heuristic.__getitem__, ties=ties, on_event=events.append, below=below)
    check_result(graph, result, None if math.isinf(true[0]) else int(true[0]), below)
    assert all(event.g + event.h < below for event in events)


@settings(max_examples=300, deadline=None)
@given(mazes(), SEEDS, st.booleans(), st.integers(-2, 3))
def test_mazes(maze: Maze, seed: int | None, blind: bool, more: int) -> None:
    domain = MazeDomain(maze.diagonal)
    least = domain.search(maze, record=False).result.cost
    check(domain, maze, "zero" if blind else None, seed, least=least, below=(12 if least is None else least) + more)


@settings(max_examples=150, deadline=None)
@given(mazes(diagonal=False, longest=9), st.integers(-2, 3))
def test_the_papers_mazes(maze: Maze, more: int) -> None:
    unit = Maze(maze.width, maze.height, bytes(map(bool, maze.terrain)), maze.start, maze.goal)
    least = MazeDomain().search(unit, record=False).result.cost
    check(MazeDomain(), unit, None, None, least=least, below=(10 if least is None else least) + more)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["paper", "matching", "zero"]), SEEDS, st.integers(-3, 3))
def test_sokoban(number: int, heuristic: str, seed: int | None, more: int) -> None:
    level = random_level(Random(number), max_side=4, max_boxes=2)
    least = solving.solve(level).cost
    check(DOMAINS["sokoban"], level, heuristic, seed, least=least, below=(6 if least is None else least) + more)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), SEEDS, st.integers(-3, 3))
def test_tiles(number: int, seed: int | None, more: int) -> None:
    tiles = DOMAINS["tiles"]
    (problem,) = tiles.generators["walk"](tiles.sampling(3, options={"moves": 20}), SplitMix(number))
    least = tiles.solve(problem).cost
    assert least is not None
    check(tiles, problem, None, seed, least=least, below=least + more)


def check(
    domain: Domain[Any, Any], problem: Any, heuristic: str | None, seed: int | None, *, least: int | None, below: int
) -> None:
    """Search below a bound in every way that a domain has, and compare: with the least cost, and with each other."""
    found = domain.search(problem, heuristic=heuristic, seed=seed, below=below)
    plain = Domain.search(domain, problem, heuristic=heuristic, seed=seed, below=below)
    check_result(problem, found.result, least, below)
    check_result(problem, domain.solve(problem, below=below), least, below)
    assert outcome(found) == outcome(plain)
    assert found.traces is not None
    assert plain.traces is not None
    assert_equal(found.traces, plain.traces)
    assert (found.traces.g + found.traces.h < below).all()
    unrecorded = domain.search(problem, heuristic=heuristic, seed=seed, below=below, record=False)
    assert outcome(unrecorded) == outcome(found)
    if seed is None:
        whole = domain.search(problem, heuristic=heuristic)
        assert whole.traces is not None
        assert events(found.traces) == as_far_as(events(whole.traces), below)
        assert found.result.stats["expansions"] <= whole.result.stats["expansions"]


def check_result(problem: Any, result: Result[Any], least: int | None, below: int) -> None:
    """There is a plan, and the best one, exactly if one costs less; if not, that is proven."""
    if least is not None and least < below:
        assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, least, least)
        assert result.solution is not None
        assert verify(problem, result.solution.actions).cost == least
    else:
        assert (result.status, result.solution, result.bound) == (Status.INFEASIBLE, None, below)


def outcome(searched: Searched[Any]) -> tuple[Any, ...]:
    result = searched.result
    return result.status, result.solution, result.cost, result.bound, result.stats


def events(traces: Traces) -> list[Event]:
    columns = traces.kinds.tolist(), traces.states.tolist(), traces.g.tolist(), traces.h.tolist()
    return [Event(*row) for row in zip(*columns, strict=True)]


def as_far_as(whole: list[Event], below: int) -> list[Event]:
    """Return what a search does until it expands a state with f ≥ below, without the states that it creates in vain."""
    ends = [i for i, event in enumerate(whole) if event.kind == CLOSE and event.g + event.h >= below]
    return [event for event in whole[: ends[0] if ends else None] if event.kind == CLOSE or event.g + event.h < below]


def test_the_search_over_pushes_expands_less_the_lower_the_bound_is() -> None:
    whole = solving.solve(LARGE)
    assert whole.cost is not None
    expansions = [solving.solve(LARGE, below=whole.cost + more).stats["expansions"] for more in range(-4, 3)]
    assert expansions == sorted(expansions)
    assert expansions[0] < expansions[4] < expansions[5] == expansions[6] == whole.stats["expansions"]
    assert solving.solve(LARGE, below=0).stats == {"expansions": 0, "created": 0}


@pytest.mark.parametrize("limits", [Limits(max_expansions=30), Limits(time_limit_s=0.0)])
@pytest.mark.parametrize("heuristic", ["matching", "zero", None])
def test_stopped_below_a_bound_it_proves_less(limits: Limits, heuristic: str | None) -> None:
    cost = solving.solve(LARGE).cost
    assert cost is not None
    results = [
        DOMAINS["sokoban"].solve(LARGE, limits=limits, below=cost)
        if heuristic is None
        else DOMAINS["sokoban"].search(LARGE, heuristic=heuristic, limits=limits, below=cost).result
    ]
    for result in results:
        assert (result.status, result.solution) == (Status.UNKNOWN, None)
        assert result.bound is not None
        assert 0 <= result.bound < cost


def test_memory_that_is_used_again_grows_below_a_bound_too() -> None:
    least = solving.solve(LARGE).cost
    assert least is not None
    for below in (least, least + 1):
        found = kernel.search(LARGE, "paper", below=below)
        assert outcome(found) == outcome(Domain.search(DOMAINS["sokoban"], LARGE, heuristic="paper", below=below))
        assert found.result.stats["created"] > 1024


def test_a_level_that_does_not_fit_is_searched_below_a_bound_plainly() -> None:
    level = drawn("#" * 66 + "\n#@$" + "." + "*" * 11 + " " * 50 + "#\n" + "#" * 66)
    assert not kernel.fits(level)
    for domain_way in (DOMAINS["sokoban"].solve, solving.solve):
        check_result(level, domain_way(level, below=1), 1, 1)
        check_result(level, domain_way(level, below=2), 1, 2)
    assert DOMAINS["sokoban"].search(level, below=1).result.status is Status.INFEASIBLE


@given(st.integers(-3, 3))
def test_a_start_that_is_the_goal(below: int) -> None:
    maze = Maze(1, 1, b"\1", (0, 0), (0, 0))
    check_result(maze, MazeDomain().solve(maze, below=below), 0, below)
    level = drawn("*@")
    check_result(level, solving.solve(level, below=below), 0, below)
