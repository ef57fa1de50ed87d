"""`plan_trip`: request → data → model → solver → itinerary → rule check, and an explanation where there is none."""

import logging
import time
from dataclasses import dataclass, field

from planning.travel.candidates import Candidates
from planning.travel.completion import complete
from planning.travel.decoding import decode
from planning.travel.explanation import Explanation, explain
from planning.travel.gathering import gather
from planning.travel.inventory import Inventory
from planning.travel.itinerary import Itinerary
from planning.travel.profile import PROFILES
from planning.travel.replay import recomputed_objective
from planning.travel.request import TravelRequest
from planning.travel.rules import check_rules
from planning.travel.solving import SOLVERS, solve_trip
from solvers.certification import Certificate, certify
from solvers.milp import MILP_SOLVERS, Values
from solvers.registry import lookup
from solvers.result import Result, Status, Verdict

DEFAULT_TIME_LIMIT_S = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

    `request` is what was planned, `assumptions` what was taken for granted; `itinerary` and `verdict` are there when
    `result` holds a solution that the rule checker accepts. `seconds` are wall times by stage.
    """

    request: TravelRequest
    assumptions: tuple[str, ...]
    status: Status
    result: Result[Values]
    itinerary: Itinerary | None = None
    verdict: Verdict | None = None
    certificate: Certificate | None = None
    explanation: Explanation | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def plan_trip(
    request: TravelRequest,
    inventory: Inventory,
    *,
    profile: str = "realistic",
    solver: str = "auto",
    time_limit_s: float = DEFAULT_TIME_LIMIT_S,
    with_certificate: bool = False,
    with_explanation: bool = True,
) -> Answer:
    """Plan the best trip that satisfies a request, or prove that there is none.

    No itinerary leaves that the rule checker does not accept. With a certificate, a second solver has to agree too.
    An unsolvable request is an answer: INFEASIBLE, with an explanation.

    Args:
        request: The constraints.
        inventory: What can be booked.
        profile: "realistic" or "travelplanner".
        solver: "auto" (CP-SAT, then CBC if it finds nothing), "cp-sat" or "cbc".
        time_limit_s: Wall seconds for each solver.
        with_certificate: Solve with the other solver too, on the whole model without bounds, and compare.
        with_explanation: Say which constraints contradict each other where there is no trip.

    Raises:
        ValueError: Unknown profile or solver, or a name or currency that the inventory does not know.
    """
    rules = lookup("profile", profile, PROFILES)
    solve = lookup("solver", solver, SOLVERS)
    started = time.perf_counter()
    request, assumptions = complete(request, rules, inventory)
    candidates = gather(request, rules, inventory)
    gathered = time.perf_counter()
    result, encoding = solve_trip(candidates, solve, time_limit_s)
    solved = time.perf_counter()
    itinerary = verdict = certificate = explanation = None
    if result.solution is not None:
        itinerary = decode(encoding, result.solution, inventory)
        verdict = check_rules(itinerary, request, inventory)
    checked = time.perf_counter()
    if with_certificate:
        objective = recomputed_objective(itinerary, request) if itinerary else None
        certificate = _second_opinion(candidates, result, verdict, objective, time_limit_s)
    certified = time.perf_counter()
    if result.status is Status.INFEASIBLE and with_explanation:
        explanation = explain(request, rules, inventory, solve, time_limit_s)
    if verdict is not None and not verdict.valid:
        _log.error("the rule checker refuses the solver's trip: %s", "; ".join(v.reason for v in verdict.violations))
        itinerary = None
    return Answer(
        request=request,
        assumptions=assumptions,
        status=result.status if itinerary or result.solution is None else Status.UNKNOWN,
        result=result,
        itinerary=itinerary,
        verdict=verdict,
        certificate=certificate,
        explanation=explanation,
        seconds={
            "gather": gathered - started,
            "solve": solved - gathered,
            "check": checked - solved,
            "certify": certified - checked,
            "explain": time.perf_counter() - certified,
        },
    )


def _second_opinion(
    candidates: Candidates, result: Result[Values], verdict: Verdict | None, objective: int | None, time_limit_s: float
) -> Certificate:
    """Let the other solver solve the whole model, without the bounds, and compare."""
    second = next(name for name in MILP_SOLVERS if name != result.solver)
    other, _ = solve_trip(candidates, MILP_SOLVERS[second], time_limit_s, bounded=False)
    return certify({result.solver: result, second: other}, verdict, objective)
