"""The contract of `Domain`, made executable for every domain there is: a new entry is tested by existing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planning.domain import FORMATS, Domain
from planning.domains import DOMAINS
from planning.traces import Traces
from solvers.chance import SplitMix
from solvers.problem import check_problem
from solvers.result import Status
from solvers.search import CLOSE, CREATE, Limits
from solvers.verifier import verify

EACH = pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
SIZES = {"tiles": 2, "maze": 6, "octile": 6, "sokoban": 6}


def samples(domain: Domain[Any, Any], count: int, seed: int = 0) -> list[Any]:
    """Return a few problems from the domain's first generator."""
    sampling, chance = domain.sampling(SIZES[domain.name]), SplitMix(seed)
    found: list[Any] = []
    while len(found) < count:
        found += list(domain.generators[sampling.generator](sampling, chance))[:3]
    return found[:count]


@EACH
def test_every_problem_keeps_the_contract_with_every_heuristic(domain: Domain[Any, Any]) -> None:
    for problem in samples(domain, 4):
        for name in domain.heuristics:
            check_problem(problem, domain.heuristic(problem, name), max_states=60)


@EACH
def test_codes_are_the_problem_and_the_state(domain: Domain[Any, Any]) -> None:
    for problem in samples(domain, 6):
        codes = list(domain.codes(problem))
        assert all(isinstance(int(code), int) and 0 <= code < 2**31 for code in codes)
        assert domain.problem(codes) == problem
        assert 0 <= domain.layout_start(codes) < len(codes)
        for state in [problem.initial, *(child for _, child, _ in problem.successors(problem.initial))]:
            code = domain.state_codes(problem, state)
            assert len(code) == domain.state_width(problem)
            assert domain.state(problem, code) == state


@EACH
def test_what_is_shown_can_be_read_again(domain: Domain[Any, Any]) -> None:
    for problem in samples(domain, 4):
        width, height = domain.extent(problem)
        assert domain.grid(problem, problem.initial).shape == (height, width)
        assert len(domain.glyphs) == len(domain.colours)
        text = domain.show(problem)
        if domain.name != "tiles":  # their text is numbers
            assert domain.recognises(text)
            assert domain.read(text) == [problem]


@EACH
def test_actions_are_those_that_it_names(domain: Domain[Any, Any]) -> None:
    for problem in samples(domain, 4):
        assert {action for action, _, _ in problem.successors(problem.initial)} <= set(domain.actions)


@EACH
@pytest.mark.parametrize("seed", [None, 7])
def test_its_search_is_the_plain_search_event_by_event(domain: Domain[Any, Any], seed: int | None) -> None:
    for problem in samples(domain, 6, seed=3):
        for name in domain.heuristics:
            ours = domain.search(problem, heuristic=name, seed=seed)
            plain = Domain.search(domain, problem, heuristic=name, seed=seed)
            assert ours.traces is not None
            assert plain.traces is not None
            assert ours.result.status is plain.result.status
            assert (ours.result.cost, ours.result.bound) == (plain.result.cost, plain.result.bound)
            assert_equal(ours.traces, plain.traces)
            if ours.result.solution is not None:
                assert verify(problem, ours.result.solution.actions).cost == ours.result.cost


@EACH
def test_a_limit_leaves_a_proven_bound(domain: Domain[Any, Any]) -> None:
    for problem in samples(domain, 6, seed=5):
        whole = domain.search(problem)
        for most in (0, 1, 5):
            part = domain.search(problem, limits=Limits(max_expansions=most))
            if part.result.status is Status.UNKNOWN:
                assert part.result.bound is not None
                assert whole.result.cost is None or part.result.bound <= whole.result.cost


@EACH
@pytest.mark.parametrize("random_ties", [False, True])
def test_its_traces_are_those_of_the_plain_way(domain: Domain[Any, Any], random_ties: bool) -> None:
    sampling = domain.sampling(SIZES[domain.name])
    ours = domain.draw_traces(sampling, range(2, 5), seed=11, random_ties=random_ties)
    plain = Domain.draw_traces(domain, sampling, range(2, 5), seed=11, random_ties=random_ties)
    assert_equal(ours, plain)


@EACH
def test_each_draw_depends_on_its_number_alone(domain: Domain[Any, Any]) -> None:
    sampling = domain.sampling(SIZES[domain.name])
    whole = domain.draw_traces(sampling, range(6), seed=2)
    parts = [domain.draw_traces(sampling, range(start, start + 2), seed=2) for start in (0, 2, 4)]
    width = whole.states.shape[1]
    assert_equal(whole, Traces.concatenate([part for part in parts if len(part)], width))


@EACH
def test_a_trace_is_what_a_search_may_do(domain: Domain[Any, Any]) -> None:
    traces = domain.draw_traces(domain.sampling(SIZES[domain.name]), range(8), seed=1)
    assert len(traces) > 0
    for i in range(min(len(traces), 10)):
        one = traces.select(np.array([i]))
        assert one.kinds[0] == CREATE
        assert one.kinds[-1] == CLOSE
        assert (one.states[0] == one.plans[0]).all()
        assert (one.states[-1] == one.plans[-1]).all()
        assert one.g[-1] == one.costs[0]
        created = {
            (tuple(state), int(g)) for kind, state, g in zip(one.kinds, one.states, one.g, strict=True) if not kind
        }
        closed = [(tuple(state), int(g)) for kind, state, g in zip(one.kinds, one.states, one.g, strict=True) if kind]
        assert set(closed) <= created
        f = (one.g + one.h)[one.kinds == CREATE]
        assert f.min() >= 0


@EACH
@pytest.mark.parametrize("format_name", FORMATS)
def test_words_are_unique_and_prompts_can_be_read(domain: Domain[Any, Any], format_name: str) -> None:
    for problem in samples(domain, 3):
        width, height = domain.extent(problem)
        wording = domain.wording(format_name, width, height)
        assert len(set(wording.words)) == len(wording.words)
        assert not any(" " in word or not word for word in wording.words)
        traces = domain.search(problem).traces
        assert traces is not None
        tokens = wording.prompt_tokens(traces)
        assert len(tokens) == len(traces.codes)
        words = [wording.words[token] for token in tokens.ravel() if token >= 0]
        assert list(wording.read_prompt(words)) == list(domain.codes(problem))
        assert len(wording.state_tokens(traces)) == len(traces.states)
        assert len(wording.plan_tokens(traces)) == len(traces.plans)


@EACH
def test_what_cannot_be_sampled_is_refused(domain: Domain[Any, Any]) -> None:
    for size in (0, -1, 10**6):
        with pytest.raises(ValueError, match="size"):
            domain.sampling(size)
    with pytest.raises(ValueError, match="generator"):
        domain.sampling(SIZES[domain.name], "nonsense")
    with pytest.raises(ValueError, match="option"):
        domain.sampling(SIZES[domain.name], None, {"nonsense": 1})
    with pytest.raises(ValueError, match="heuristic"):
        domain.search(samples(domain, 1)[0], heuristic="nonsense")


def test_sliding_tiles_fit_into_80_lines() -> None:
    source = Path(__file__).parents[2] / "planning" / "tiles.py"
    assert len(source.read_text(encoding="utf-8").splitlines()) <= 80


def assert_equal(one: Traces, other: Traces) -> None:
    """Compare two traces column by column; of no searches, the width of a state is not known."""
    for name in Traces.__dataclass_fields__:
        mine, yours = getattr(one, name), getattr(other, name)
        if len(mine) or len(yours):
            np.testing.assert_array_equal(mine, yours, err_msg=name)
