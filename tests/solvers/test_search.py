"""Laws of search on small weighted digraphs with inconsistent heuristics: unit-cost mazes would forgive too much."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.deepening import ida_star
from solvers.problem import check_problem
from solvers.result import Status
from solvers.search import CLOSE, CREATE, Event, Limits, anytime_astar, astar, breadth_first, greedy, weighted_astar
from solvers.ties import FixedTies, RandomTies
from solvers.verifier import verify


@dataclass(frozen=True)
class Digraph:
    """States 0 … n−1; an action is the number of the edge taken."""

    edges: tuple[tuple[int, int, int], ...]
    goals: frozenset[int]
    initial: int = 0

    def is_goal(self, state: int) -> bool:
        return state in self.goals

    def successors(self, state: int) -> Iterable[tuple[int, int, int]]:
        return [(number, b, cost) for number, (a, b, cost) in enumerate(self.edges) if a == state]

    def distances_to_goal(self, size: int) -> list[float]:
        """Bellman–Ford, backwards."""
        distance = [0.0 if state in self.goals else math.inf for state in range(size)]
        for _ in range(size):
            for a, b, cost in self.edges:
                distance[a] = min(distance[a], distance[b] + cost)
        return distance


@st.composite
def digraphs(draw: st.DrawFn) -> tuple[Digraph, list[int | None], list[float]]:
    """A digraph, an admissible and mostly inconsistent heuristic, and the true distances."""
    size = draw(st.integers(2, 8))
    state = st.integers(0, size - 1)
    edges = draw(st.lists(st.tuples(state, state, st.integers(0, 9)), max_size=24))
    graph = Digraph(tuple(edges), draw(st.frozensets(state, max_size=2)))
    true = graph.distances_to_goal(size)
    heuristic: list[int | None] = []
    for distance in true:
        if math.isinf(distance):
            heuristic.append(draw(st.one_of(st.none(), st.integers(0, 30))))
        else:
            heuristic.append(draw(st.integers(0, int(distance))))
    return graph, heuristic, true


@settings(max_examples=300)
@given(digraphs(), st.integers(0, 2**64 - 1))
def test_every_search_agrees_with_bellman_ford(case: tuple[Digraph, list[int | None], list[float]], seed: int) -> None:
    graph, heuristic, true = case
    check_problem(graph, heuristic.__getitem__)
    results = {
        "astar": astar(graph, heuristic.__getitem__),
        "fixed": astar(graph, heuristic.__getitem__, ties=FixedTies(lambda state: -state)),
        "random": astar(graph, heuristic.__getitem__, ties=RandomTies(seed)),
        "anytime": anytime_astar(graph, heuristic.__getitem__, 3.0),
        "weighted": weighted_astar(graph, heuristic.__getitem__, 2.0),
        "greedy": greedy(graph, heuristic.__getitem__),
        "breadth": breadth_first(graph),
    }
    for name, result in results.items():
        if math.isinf(true[0]):
            assert result.status is Status.INFEASIBLE, name
            continue
        assert result.solution is not None
        assert result.cost is not None
        assert result.bound is not None
        verdict = verify(graph, result.solution.actions)
        assert verdict.valid, name
        assert verdict.cost == result.cost, name
        assert result.bound <= true[0] <= result.cost, name
        if name in ("astar", "fixed", "random", "anytime"):
            assert result.cost == true[0], name
            assert result.status is Status.OPTIMAL, name
        if name == "weighted":
            assert result.cost <= 2 * true[0]


@settings(max_examples=200)
@given(digraphs())
def test_iterative_deepening_agrees_with_bellman_ford(case: tuple[Digraph, list[int | None], list[float]]) -> None:
    graph, heuristic, true = case
    result = ida_star(graph, heuristic.__getitem__, limits=Limits(max_expansions=20_000))
    if math.isinf(true[0]):
        assert result.status in (Status.INFEASIBLE, Status.UNKNOWN)
    else:
        assert result.status is Status.OPTIMAL
        assert result.cost == true[0]
        assert result.solution is not None
        assert verify(graph, result.solution.actions).cost == true[0]


@settings(max_examples=200)
@given(digraphs(), st.integers(0, 12))
def test_a_limit_leaves_a_proven_bound(case: tuple[Digraph, list[int | None], list[float]], most: int) -> None:
    graph, heuristic, true = case
    for result in (
        astar(graph, heuristic.__getitem__, limits=Limits(max_expansions=most)),
        anytime_astar(graph, heuristic.__getitem__, 5.0, limits=Limits(max_expansions=most)),
        ida_star(graph, heuristic.__getitem__, limits=Limits(max_expansions=most)),
    ):
        assert result.stats["expansions"] <= most + 1
        if result.status is Status.INFEASIBLE:
            assert math.isinf(true[0])
        elif result.bound is not None:
            assert result.bound <= true[0]


@settings(max_examples=200)
@given(digraphs(), st.integers(0, 2**32))
def test_events_tell_the_whole_search(case: tuple[Digraph, list[int | None], list[float]], seed: int) -> None:
    graph, heuristic, _ = case
    events: list[Event] = []
    result = astar(graph, heuristic.__getitem__, ties=RandomTies(seed), on_event=events.append)
    assert sum(event.kind == CLOSE for event in events) == result.stats["expansions"]
    assert sum(event.kind == CREATE for event in events) == result.stats["created"]
    least: dict[int, int] = {}
    closed_at: dict[int, int] = {}
    for event in events:
        assert event.h == heuristic[event.state]
        if event.kind == CREATE:
            assert event.g < least.get(event.state, 10**9)
            least[event.state] = event.g
        else:
            assert least[event.state] == event.g
            assert closed_at.get(event.state) != event.g
            closed_at[event.state] = event.g
    again: list[Event] = []
    astar(graph, heuristic.__getitem__, ties=RandomTies(seed), on_event=again.append)
    assert events == again


def test_reopening_is_needed_for_an_inconsistent_heuristic() -> None:
    # 0 → 1 → 2 → 3 is cheapest, but h(1) is high: 2 is closed by the dear edge first and has to be opened again.
    graph = Digraph(((0, 1, 1), (0, 2, 4), (1, 2, 1), (2, 3, 10)), frozenset({3}))
    heuristic = [0, 11, 0, 0]
    events: list[Event] = []
    result = astar(graph, heuristic.__getitem__, on_event=events.append)
    assert result.cost == 12
    assert [event.g for event in events if event.kind == CLOSE and event.state == 2] == [4, 2]


def test_verify_names_the_step() -> None:
    graph = Digraph(((0, 1, 3), (1, 2, 4)), frozenset({2}))
    assert verify(graph, [0, 1]).cost == 7
    assert "step 2" in verify(graph, [0, 0]).violations[0].reason
    assert verify(graph, [0]).violations[0].rule == "goal"


def test_check_problem_finds_what_is_broken() -> None:
    class Wavering(Digraph):
        count: ClassVar = [0]

        def successors(self, state: int) -> Iterable[tuple[int, int, int]]:
            self.count[0] += 1
            return [(0, 1, self.count[0])] if state == 0 else []

    with pytest.raises(ValueError, match="differ"):
        check_problem(Wavering((), frozenset({1})))
    with pytest.raises(ValueError, match="costs -1"):
        check_problem(Digraph(((0, 1, -1),), frozenset({1})))
    with pytest.raises(ValueError, match="goal"):
        check_problem(Digraph(((0, 1, 1),), frozenset({1})), lambda _: 1)
    with pytest.raises(ValueError, match="at least 1"):
        weighted_astar(Digraph((), frozenset({0})), lambda _: 0, 0.5)
