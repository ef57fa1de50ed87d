"""What any search of a domain must answer, once somebody else has said what the least cost is."""

from typing import Any

from planning.domain import Domain, Searched
from planning.traces import Traces
from solvers.result import Status
from solvers.search import CLOSE, CREATE
from solvers.verifier import verify


def check_searches(
    domain: Domain[Any, Any], problem: Any, least: int | None, seeds: tuple[int | None, ...] = (None, 1)
) -> None:
    """Search with every heuristic, with fixed and with random ties, and compare with the least cost (None: no plan)."""
    for heuristic in domain.heuristics:
        for seed in seeds:
            check_answer(domain, problem, least, domain.search(problem, heuristic=heuristic, seed=seed))
    unrecorded = domain.search(problem, record=False)
    assert unrecorded.traces is None
    assert unrecorded.result.cost == least


def check_answer(domain: Domain[Any, Any], problem: Any, least: int | None, searched: Searched[Any]) -> None:
    result, traces = searched.result, searched.traces
    assert traces is not None
    assert len(traces) == 1
    assert list(traces.codes) == list(domain.codes(problem))
    check_events(traces, result.stats)
    if least is None:
        assert (result.status, result.solution, result.cost) == (Status.INFEASIBLE, None, None), describe(problem)
        assert (len(traces.plans), traces.costs[0]) == (0, -1)
        return
    assert result.status is Status.OPTIMAL, describe(problem)
    assert result.cost == result.bound == traces.costs[0] == least, describe(problem)
    assert result.solution is not None
    check_plan(domain, problem, result.solution, least)
    assert traces.plans.tolist() == [list(domain.state_codes(problem, state)) for state in result.solution.states]
    assert (traces.kinds[-1], traces.g[-1], traces.h[-1]) == (CLOSE, least, 0)


def check_plan(domain: Domain[Any, Any], problem: Any, path: Any, least: int) -> None:
    verdict = verify(problem, path.actions)
    assert verdict.valid, verdict
    assert verdict.cost == least
    state = problem.initial
    for action, following in zip(path.actions, path.states[1:], strict=True):
        assert action in domain.actions
        state = next(child for other, child, _ in problem.successors(state) if other == action)
        assert state == following


def check_events(traces: Traces, stats: dict[str, float]) -> None:
    """Every close takes back one create, of the same state, g and h, and the counters say how many there were."""
    left: dict[Any, int] = {}
    for kind, state, g, h in zip(traces.kinds, traces.states.tolist(), traces.g, traces.h, strict=True):
        key = (*state, g, h)
        left[key] = left.get(key, 0) + (1 if kind == CREATE else -1)
        assert left[key] >= 0, f"{key} was closed and not created"
    assert stats["created"] == (traces.kinds == CREATE).sum()
    assert stats["expansions"] == (traces.kinds == CLOSE).sum()


def describe(problem: Any) -> str:
    return f"the search and the reference differ on {problem!r}"
