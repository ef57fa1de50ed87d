"""`Traces`: choosing and joining searches changes nothing in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.tiles import TilesDomain
from planning.traces import Traces, owners
from solvers.search import CLOSE, CREATE, Event
from tests.planning.test_domain import assert_equal


def some(count: int, width: int = 2) -> Traces:
    """Return searches of different lengths, the empty plan among them."""
    parts = []
    for i in range(count):
        events = [Event(CREATE, (i, j), j, i) for j in range(i)] + [Event(CLOSE, (i, 0), 0, i)]
        parts.append(Traces.of([i] * (i % 3), [(i, j) for j in range(i % 4)], i or None, events, width))
    return Traces.concatenate(parts, width)


@given(st.lists(st.integers(0, 8), max_size=12))
def test_selecting_is_taking_them_one_by_one(chosen: list[int]) -> None:
    traces = some(9)
    parts = [traces.select(np.array([i])) for i in chosen]
    assert_equal(traces.select(np.array(chosen, np.int64)), Traces.concatenate(parts, 2))


@given(st.lists(st.booleans(), min_size=9, max_size=9))
def test_a_mask_is_the_indices_where_it_is_true(mask: list[bool]) -> None:
    traces = some(9)
    assert_equal(traces.select(np.array(mask)), traces.select(np.flatnonzero(mask)))


def test_no_searches_have_columns_too() -> None:
    none = Traces.concatenate([], 3)
    assert len(none) == 0
    assert none.states.shape == (0, 3)
    assert_equal(Traces.concatenate([none, none], 3), none)


def test_rows_have_owners() -> None:
    assert owners(np.array([0, 2, 2, 5])).tolist() == [0, 0, 2, 2, 2]


def test_an_unsolved_search_has_no_plan() -> None:
    traces = Traces.of([1, 2], [], None, [Event(CREATE, (0,), 0, 0)], 1)
    assert traces.costs.tolist() == [-1]
    assert traces.plans.shape == (0, 1)


def test_a_draw_without_problems_gives_none() -> None:
    domain = TilesDomain()
    assert len(domain.draw_traces(domain.sampling(2), range(0), seed=1)) == 0


@pytest.mark.parametrize("moves", [0, 1])
def test_a_problem_solved_at_the_start_has_a_plan_of_one_state(moves: int) -> None:
    domain = TilesDomain()
    traces = domain.draw_traces(domain.sampling(2, options={"moves": moves}), range(1), seed=1)
    assert traces.costs.tolist() == [moves]
    assert len(traces.plans) == moves + 1
