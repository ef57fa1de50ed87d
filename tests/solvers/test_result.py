"""A result says what it knows and does not contradict itself."""

from typing import Any

import pytest

from solvers.registry import lookup
from solvers.result import Result, Status, Verdict, Violation


@pytest.mark.parametrize("status", [Status.OPTIMAL, Status.FEASIBLE])
@pytest.mark.parametrize("fields", [{}, {"solution": "x"}, {"cost": 1, "bound": 1}])
def test_a_solved_result_has_a_solution_and_its_cost(status: Status, fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="with or without a solution"):
        Result(status, "s", **fields)


@pytest.mark.parametrize("status", [Status.INFEASIBLE, Status.UNKNOWN])
@pytest.mark.parametrize("fields", [{"solution": "x", "cost": 1}, {"solution": "x"}, {"cost": 1}])
def test_an_unsolved_result_has_neither(status: Status, fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="with or without a solution"):
        Result(status, "s", **fields)


@pytest.mark.parametrize("bound", [None, 6, 8])
def test_an_optimum_is_its_own_bound(bound: int | None) -> None:
    with pytest.raises(ValueError, match="bound == cost"):
        Result(Status.OPTIMAL, "s", "x", 7, bound)


def test_an_empty_solution_is_a_solution() -> None:
    result: Result[dict[str, int]] = Result(Status.OPTIMAL, "s", {}, 0, 0)
    assert result.gap == 0


@pytest.mark.parametrize(
    ("cost", "bound", "gap"), [(10, 10, 0), (10, 5, 0.5), (0, -2, 2), (-10, -20, 1), (10, None, None)]
)
def test_the_gap_is_relative_to_the_cost(cost: int, bound: int | None, gap: float | None) -> None:
    assert Result(Status.FEASIBLE, "s", "x", cost, bound).gap == gap


def test_without_a_cost_there_is_no_gap() -> None:
    result: Result[str] = Result(Status.UNKNOWN, "s", bound=3)
    assert result.gap is None


def test_a_verdict_is_valid_when_no_rule_is_broken() -> None:
    assert Verdict(3).valid
    assert not Verdict(3, (Violation("budget", "too dear"),)).valid


def test_an_unknown_name_is_answered_with_the_nearest_or_all() -> None:
    registry = {"cp-sat": 1, "cbc": 2}
    assert lookup("solver", "cbc", registry) == 2
    with pytest.raises(ValueError, match=r"unknown solver 'CPSAT'\. Did you mean 'cp-sat'\?"):
        lookup("solver", "CPSAT", registry)
    with pytest.raises(ValueError, match=r"unknown solver 'xyz'\. Known: cbc, cp-sat\."):
        lookup("solver", "xyz", registry)
