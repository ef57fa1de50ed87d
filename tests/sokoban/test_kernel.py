"""The compiled search is the plain one, event by event, and stops where it is told to."""

from dataclasses import fields
from random import Random
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.domain import Domain, Searched
from planning.sokoban import heuristics, kernel, kernel_steps, kernel_store
from planning.sokoban.domain import SokobanDomain
from planning.sokoban.matching import matching
from planning.traces import Traces
from solvers.result import Status
from solvers.search import NO_LIMITS, Limits
from tests.sokoban.drawings import drawn, random_level

DOMAIN = SokobanDomain()
HEURISTICS = ("paper", "matching", "zero")


class PlainSokoban(SokobanDomain):  # type: ignore[misc]  # the domain is final for all but its own oracle
    """Sokoban as `Domain` alone searches it: the oracle."""

    heuristics = MappingProxyType({"paper": heuristics.paper, "matching": matching, "zero": heuristics.zero})
    search = Domain.search
    draw_traces = Domain.draw_traces


PLAIN = PlainSokoban()


@settings(deadline=None, max_examples=120, derandomize=True)
@given(st.integers(0, 10**9), st.sampled_from(HEURISTICS), st.none() | st.integers(0, 2**64 - 1))
def test_it_repeats_the_plain_search(number: int, heuristic: str, seed: int | None) -> None:
    level = random_level(Random(number), max_side=5, max_boxes=3)
    limits = Limits(max_expansions=400)
    check_same(
        kernel.search(level, heuristic, seed=seed, limits=limits),
        PLAIN.search(level, heuristic=heuristic, seed=seed, limits=limits),
    )


@pytest.mark.parametrize("heuristic", HEURISTICS)
@pytest.mark.parametrize("seed", [None, 7])
def test_it_repeats_long_searches_that_outgrow_their_memory(heuristic: str, seed: int | None) -> None:
    level = drawn("########\n#@  . .#\n# $$   #\n#  $# .#\n#      #\n########")
    limits = Limits(max_expansions=5000)
    fast = kernel.search(level, heuristic, seed=seed, limits=limits)
    plain = PLAIN.search(level, heuristic=heuristic, seed=seed, limits=limits)
    assert fast.traces is not None
    assert len(fast.traces.g) > (1024 if heuristic != "matching" else 100)
    check_same(fast, plain)


def test_it_reopens_states_where_the_papers_heuristic_needs_that() -> None:
    level = drawn("#######\n#    .#\n# .$  #\n##   ##\n# $ @ #\n#     #\n#######")
    fast = kernel.search(level)
    check_same(fast, PLAIN.search(level))
    assert fast.traces is not None
    closed = fast.traces.states[fast.traces.kinds == 1]
    assert len(closed) > len(np.unique(closed, axis=0))


@pytest.mark.parametrize(
    "drawing",
    [
        "@",  # neither boxes nor anything to do
        "@ #",
        "*@",
        "#####\n#@$.#\n#####",
        "#####\n#@$ #\n# . #\n#####",  # unsolvable, which only "matching" knows at once
        "#####\n#$@.#\n#####",
        "###   \n#@$.. \n###$  ",
    ],
)
@pytest.mark.parametrize("heuristic", HEURISTICS)
def test_it_repeats_the_plain_search_at_the_edges(drawing: str, heuristic: str) -> None:
    level = drawn(drawing)
    for most in (None, 0, 1, 2):
        limits = Limits(max_expansions=most)
        check_same(
            kernel.search(level, heuristic, limits=limits), PLAIN.search(level, heuristic=heuristic, limits=limits)
        )


def test_unrecorded_it_answers_the_same() -> None:
    level = drawn("########\n#@  . .#\n# $$   #\n#  $# .#\n#      #\n########")
    searched = kernel.search(level, "matching", record=False)
    assert searched.traces is None
    assert searched.result.solution == kernel.search(level, "matching").result.solution


@pytest.mark.parametrize(("limits", "max_bytes"), [(Limits(time_limit_s=0.0), 10**9), (NO_LIMITS, 60_000)])
def test_stopped_it_proves_a_bound(limits: Limits, max_bytes: int) -> None:
    level = drawn("########\n#@  . .#\n# $$   #\n#  $# .#\n#      #\n########")
    cost = kernel.search(level).result.cost
    result = kernel.search(level, "zero", limits=limits, max_bytes=max_bytes).result
    assert result.status is Status.UNKNOWN
    assert result.solution is None
    assert cost is not None
    assert result.bound is not None
    assert 0 <= result.bound <= cost


def test_each_part_of_the_memory_has_its_limit() -> None:
    level = drawn("########\n#@  . .#\n# $$   #\n#  $# .#\n#      #\n########")
    expansions = [
        kernel.search(level, "zero", max_bytes=max_bytes, record=record).result.stats["expansions"]
        for record in (False, True)
        for max_bytes in (10**5, 10**6, 10**8)
    ]
    assert expansions[:3] == sorted(expansions[:3])
    assert expansions[3:] == sorted(expansions[3:])
    assert expansions[2] == expansions[5]


def test_a_level_that_does_not_fit_is_refused() -> None:
    floor = " " * 60
    level = drawn("\n".join([f"@{floor}", f" {'$' * 12}{floor[:48]}", f" {'.' * 12}{floor[:48]}"]))
    assert not kernel.fits(level)
    with pytest.raises(ValueError, match="12 boxes does not fit"):
        kernel.search(level)
    with pytest.raises(ValueError, match="Did you mean 'paper'"):
        kernel.search(drawn("@"), "papre")


def test_kernels_are_compiled_once() -> None:
    for function in (kernel_steps.advance, kernel_steps.begin, kernel_steps.write_states, kernel_store.add_row):
        if hasattr(function, "signatures"):
            assert len(function.signatures) <= 1, function  # none, where its caller came compiled from the cache


def check_same(fast: Searched[Any], plain: Searched[Any]) -> None:
    one, other = fast.result, plain.result
    assert (one.status, one.cost, one.bound, one.stats) == (other.status, other.cost, other.bound, other.stats)
    assert one.solution == other.solution
    assert fast.traces is not None
    assert plain.traces is not None
    check_same_traces(fast.traces, plain.traces)


def check_same_traces(fast: Traces, plain: Traces) -> None:
    for field in fields(Traces):
        one, other = getattr(fast, field.name), getattr(plain, field.name)
        assert one.dtype == other.dtype, field.name
        np.testing.assert_array_equal(one, other, field.name)


@pytest.mark.parametrize("heuristic", ["paper", "matching"])
@pytest.mark.parametrize("random_ties", [False, True])
@pytest.mark.parametrize(("size", "options"), [(5, {"boxes": 1, "walls": 3}), (7, {}), (6, {"boxes": 3, "walls": 4})])
def test_drawn_traces_are_the_plain_ones(size: int, options: dict[str, int], heuristic: str, random_ties: bool) -> None:
    sampling = DOMAIN.sampling(size, options=options)
    for draws in (range(4, 8), range(100, 106, 5)):
        fast = kernel.draw_traces(sampling, draws, seed=9, heuristic=heuristic, random_ties=random_ties)
        plain = PLAIN.draw_traces(sampling, draws, seed=9, heuristic=heuristic, random_ties=random_ties)
        check_same_traces(fast, plain)


def test_a_draw_depends_on_its_number_alone() -> None:
    sampling = DOMAIN.sampling(7)
    whole = kernel.draw_traces(sampling, range(150), seed=2)
    parts = [kernel.draw_traces(sampling, range(start, start + 10), seed=2) for start in range(0, 150, 10)]
    check_same_traces(whole, Traces.concatenate(parts, 3))
    assert 100 < len(whole) < 150
    other = kernel.draw_traces(sampling, range(150), seed=3)
    assert len(other.codes) != len(whole.codes) or (other.codes != whole.codes).any()


def test_what_needs_too_much_is_dropped_whatever_came_before() -> None:
    sampling = DOMAIN.sampling(7)
    everything = kernel.draw_traces(sampling, range(60), seed=2)
    limits: list[dict[str, Any]] = [{"max_bytes": 100_000}, {"limits": Limits(max_expansions=300)}]
    for limit in limits:
        counts: list[int] = []
        limit |= {"seed": 2, "on_stopped": counts.append}
        whole = kernel.draw_traces(sampling, range(60), **limit)
        alone = [kernel.draw_traces(sampling, range(n, n + 1), **limit) for n in range(60)]
        check_same_traces(whole, Traces.concatenate([part for part in alone if len(part)], 3))
        assert 0 < len(whole) < len(everything)
        assert counts[0] == sum(counts[1:]) >= len(everything) - len(whole)


@pytest.mark.parametrize("limits", [NO_LIMITS, Limits(300)])
def test_searches_that_a_limit_stopped_are_counted(limits: Limits) -> None:
    counts: list[int] = []
    for way in (DOMAIN, PLAIN):
        way.draw_traces(DOMAIN.sampling(7), range(12), seed=2, limits=limits, on_stopped=counts.append)
    assert counts[0] == counts[1]
    assert (counts[0] > 0) == (limits is not NO_LIMITS)


def test_sometimes_nothing_is_drawn() -> None:
    sampling = DOMAIN.sampling(5, options={"boxes": 1, "walls": 5})
    draws = range(10)
    none = Limits(max_expansions=0)
    fast, plain = (way.draw_traces(sampling, draws, seed=1, limits=none) for way in (DOMAIN, PLAIN))
    check_same_traces(fast, plain)
    assert len(fast) == 0


def test_walls_are_not_for_reverse_play() -> None:
    with pytest.raises(
        ValueError, match=r"reverse has no option walls \(here 3\), which is for paper: it takes boxes$"
    ):
        DOMAIN.sampling(7, "reverse", {"walls": 3})


def test_what_cannot_be_drawn_is_refused() -> None:
    assert kernel.can_draw(DOMAIN.sampling(7))
    for sampling, limits in (
        (DOMAIN.sampling(7, "reverse"), NO_LIMITS),
        (DOMAIN.sampling(7), Limits(time_limit_s=9.0)),
        (DOMAIN.sampling(30, options={"boxes": 9}), NO_LIMITS),
    ):
        assert not kernel.can_draw(sampling, limits)
        with pytest.raises(ValueError, match="use the plain"):
            kernel.draw_traces(sampling, range(1), seed=1, limits=limits)
