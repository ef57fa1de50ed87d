"""A guarantee needs a second opinion: two independent solvers and the verifier have to agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solvers.result import Result, Status, Verdict


@dataclass(frozen=True, slots=True)
class Certificate:
    """What each solver claims, what the verifier recomputed, and whether all of it agrees.

    `objectives` are the claimed optima by solver (None where none is claimed); `reason` says in one sentence why the
    answer is guaranteed, or why it is not.
    """

    guaranteed: bool
    reason: str
    statuses: dict[str, str]
    objectives: dict[str, int | None]
    checked_objective: int | None


def certify(results: Mapping[str, Result[Any]], verdict: Verdict | None, checked_objective: int | None) -> Certificate:
    """Compare the results of two or more solvers on one problem, and the verifier's own figures.

    An optimum is guaranteed when every solver claims OPTIMAL with the same cost, the verifier finds the solution
    valid, and the objective that it recomputes is that cost. Infeasibility is guaranteed when every solver proves it.
    """
    statuses = {name: result.status.value for name, result in results.items()}
    objectives = {name: result.cost for name, result in results.items()}
    reason = _objection(results, verdict, checked_objective)
    if reason is None:
        names = " and ".join(results)
        infeasible = set(statuses.values()) == {Status.INFEASIBLE.value}
        claim = (
            "prove that there is no solution" if infeasible else "prove the same optimum, and the rule checker agrees"
        )
        return Certificate(True, f"{names} {claim}", statuses, objectives, checked_objective)
    return Certificate(False, reason, statuses, objectives, checked_objective)


def _objection(results: Mapping[str, Result[Any]], verdict: Verdict | None, checked: int | None) -> str | None:
    if len(results) < 2:
        return "only one solver was asked"
    if all(result.status is Status.INFEASIBLE for result in results.values()):
        return None
    open_questions = [f"{name} says {r.status.value}" for name, r in results.items() if r.status is not Status.OPTIMAL]
    if open_questions:
        return f"not every solver proves an optimum: {', '.join(open_questions)}"
    costs = {result.cost for result in results.values()}
    if len(costs) > 1:
        return f"the solvers disagree on the optimum: {', '.join(f'{n} {r.cost}' for n, r in results.items())}"
    if verdict is None or not verdict.valid:
        broken = ", ".join(violation.rule for violation in verdict.violations) if verdict else "it was not asked"
        return f"the rule checker does not agree: {broken}"
    return None if costs == {checked} else f"the rule checker recomputes {checked}, the solvers say {costs.pop()}"
