"""A guarantee needs two solvers and the verifier; whoever of them lies is found out."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from solvers.certification import certify
from solvers.milp import AT_LEAST, EQUAL, MILP_SOLVERS, Milp, Values, read_mps, solve_cbc, solve_cpsat
from solvers.result import Result, Status, Verdict, Violation

HAZARD = Path(__file__).parents[3] / "shared" / "data" / "solver-hazards" / "highs_wrong_optimum.mps"
GOOD = Verdict(0)


def knapsack() -> Milp:
    """Return a model of optimum 16: cover 10 by weights 3, 4, 5, 6 at the prices 6, 7, 9, 12."""
    model = Milp("cover")
    weights, prices = (3, 4, 5, 6), (6, 7, 9, 12)
    variables = [model.binary(f"take_{w}") for w in weights]
    model.add("cover", zip(variables, weights, strict=True), AT_LEAST, 9)
    model.minimise(zip(variables, prices, strict=True))
    return model


def claims(name: str, values: Values, cost: int) -> Result[Values]:
    """Return what a solver says that calls this assignment optimal."""
    return Result(Status.OPTIMAL, name, values, cost, cost)


def with_objective(model: Milp, objective: int) -> Values:
    """Return a feasible assignment with exactly this objective. Changes the model."""
    terms = [(variable, int(coefficient)) for variable, coefficient in model.problem.objective.items()]
    model.add("this_objective", terms, EQUAL, objective)
    result = solve_cpsat(model, time_limit_s=60.0)
    assert result.solution is not None
    return result.solution


def test_two_solvers_and_the_verifier_agree() -> None:
    results = {name: solve(knapsack(), time_limit_s=10.0) for name, solve in MILP_SOLVERS.items()}
    certificate = certify(results, GOOD, 16)
    assert certificate.guaranteed
    assert certificate.reason == "cp-sat and cbc prove the same optimum, and the rule checker agrees"
    assert certificate.statuses == {"cp-sat": "OPTIMAL", "cbc": "OPTIMAL"}
    assert certificate.objectives == {"cp-sat": 16, "cbc": 16}


@pytest.mark.parametrize("liar_first", [True, False])
def test_a_solver_that_calls_a_feasible_point_optimal_is_found_out(liar_first: bool) -> None:
    """Its point stands the verifier's test, and costs what it claims: only the other solver knows better."""
    point = with_objective(knapsack(), 18)
    liar, honest = claims("liar", point, 18), solve_cbc(knapsack(), time_limit_s=10.0)
    results = {"liar": liar, "cbc": honest} if liar_first else {"cbc": honest, "liar": liar}
    certificate = certify(results, GOOD, 18)
    assert not certificate.guaranteed
    assert "disagree on the optimum" in certificate.reason
    assert "18" in certificate.reason
    assert "16" in certificate.reason


def test_the_wrong_optimum_of_highs_is_found_out() -> None:
    if not HAZARD.is_file():
        pytest.skip(f"{HAZARD.name} is not there")
    honest = {name: solve(read_mps(HAZARD), time_limit_s=60.0) for name, solve in MILP_SOLVERS.items()}
    assert {result.cost for result in honest.values()} == {1654}
    assert certify(honest, GOOD, 1654).guaranteed
    point = with_objective(read_mps(HAZARD), 2084)
    assert read_mps(HAZARD).broken_rows(point) == []
    assert read_mps(HAZARD).cost_of(point) == 2084
    for name, result in honest.items():
        certificate = certify({"highs": claims("highs", point, 2084), name: result}, GOOD, 2084)
        assert not certificate.guaranteed
        assert certificate.reason == f"the solvers disagree on the optimum: highs 2084, {name} 1654"


def test_one_solver_alone_proves_nothing() -> None:
    assert certify({"cbc": claims("cbc", {}, 3)}, GOOD, 3).reason == "only one solver was asked"
    assert not certify({}, GOOD, 3).guaranteed
    assert not certify({"cbc": Result(Status.INFEASIBLE, "cbc")}, None, None).guaranteed


def test_infeasible_twice_is_guaranteed() -> None:
    results: Mapping[str, Result[Values]] = {name: Result(Status.INFEASIBLE, name) for name in MILP_SOLVERS}
    certificate = certify(results, None, None)
    assert certificate.guaranteed
    assert certificate.reason == "cp-sat and cbc prove that there is no solution"


@pytest.mark.parametrize("other", [Status.UNKNOWN, Status.INFEASIBLE])
def test_a_solver_that_does_not_prove_the_optimum_spoils_it(other: Status) -> None:
    certificate = certify({"a": claims("a", {}, 3), "b": Result(other, "b")}, GOOD, 3)
    assert not certificate.guaranteed
    assert certificate.reason == f"not every solver proves an optimum: b says {other.value}"


def test_a_feasible_answer_is_no_proof() -> None:
    feasible: Result[Values] = Result(Status.FEASIBLE, "b", {}, 3, 3)
    assert not certify({"a": claims("a", {}, 3), "b": feasible}, GOOD, 3).guaranteed
    unknown: Mapping[str, Result[Values]] = {
        "a": Result(Status.INFEASIBLE, "a"),
        "b": Result(Status.UNKNOWN, "b"),
    }
    assert not certify(unknown, None, None).guaranteed


def test_the_verifier_has_the_last_word() -> None:
    results = {name: claims(name, {}, 3) for name in MILP_SOLVERS}
    broken = certify(results, Verdict(3, (Violation("budget", "too dear"), Violation("tour", "not closed"))), 3)
    assert not broken.guaranteed
    assert broken.reason == "the rule checker does not agree: budget, tour"
    assert not certify(results, None, 3).guaranteed
    other = certify(results, GOOD, 4)
    assert not other.guaranteed
    assert other.reason == "the rule checker recomputes 4, the solvers say 3"
    assert not certify(results, GOOD, None).guaranteed
