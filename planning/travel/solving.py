"""Solve a trip exactly, on as small a model as its bounds allow: the objective first, and among the best the cheapest.

Lower bounds from the trip's network (`network`) say which stays and legs can be part of a trip of at most a given
score. The model of just those is solved; a solution within the limit is optimal for the whole, any other one gives the
limit for the next and last model. So a choice of three among twenty cities costs little more than three given ones.
"""

import logging
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from planning.travel.candidates import Candidates
from planning.travel.encoding import Encoding, encode
from planning.travel.network import EMPTY_NETWORK, Network, build_network
from solvers.milp import AT_MOST, Milp, MilpSolver, Values, solve_cbc, solve_cpsat
from solvers.result import Result, Status

_log = logging.getLogger(__name__)

FIRST_SLACK = 0.02
WIDER = 4.0


def solve_trip(
    candidates: Candidates,
    solver: MilpSolver,
    time_limit_s: float,
    *,
    bounded: bool = True,
    add_rows: Callable[[Encoding], None] | None = None,
) -> tuple[Result[Values], Encoding]:
    """Return the best trip as values of an encoding, or the proof that there is none.

    The result's cost and bound are the objective's. With `bounded=False` the whole network is encoded at once: slower,
    and independent of the bounds. `add_rows` may demand more of a trip: it is called with each encoding.
    """
    started = time.perf_counter()
    try:
        network = build_network(candidates, time_limit_s)
    except TimeoutError as error:
        _log.warning("no solver was started: %s", error)
        seconds = time.perf_counter() - started
        return Result(Status.UNKNOWN, "none", seconds=seconds), encode(candidates, EMPTY_NETWORK)
    # Whatever no trip passes through has an infinite bound.
    reachable = network.within(sys.float_info.max)
    limit = network.bound * (1 + FIRST_SLACK) if bounded else math.inf
    most = _budget_as_score(candidates) if bounded else math.inf
    while True:
        limit = min(limit, most)
        kept = network.within(limit)
        is_whole = limit >= most or (len(kept.stays), len(kept.legs)) == (len(reachable.stays), len(reachable.legs))
        encoding = encode(candidates, kept)
        if add_rows:
            add_rows(encoding)
        left_s = max(0.01, time_limit_s - (time.perf_counter() - started))
        result = _best_and_cheapest(encoding, solver, left_s)
        if result.status is Status.INFEASIBLE and not is_whole:
            limit = network.bound + max(1.0, limit - network.bound) * WIDER
        elif result.status is Status.OPTIMAL and not is_whole and result.cost is not None and result.cost > limit:
            limit = result.cost
        else:
            break
    seconds = time.perf_counter() - started
    return _about_the_whole(result, network, math.inf if is_whole else limit, seconds), encoding


def _budget_as_score(candidates: Candidates) -> float:
    """Return the greatest score that a trip within the budget can have, where the score is the cost."""
    weights, budget_cents = candidates.request.objective, candidates.request.budget_cents
    if budget_cents is None or weights.rating or weights.travel_time:
        return math.inf
    return budget_cents


def _about_the_whole(result: Result[Values], network: Network, limit: float, seconds: float) -> Result[Values]:
    """Return what a result on the kept part says of the whole: what was left out scores more than `limit`."""
    if result.status is Status.OPTIMAL or not math.isfinite(network.bound):
        return replace(result, seconds=seconds)
    # What was left out is worse than the limit, so a bound on what was kept holds for the whole up to there.
    on_kept = -math.inf if result.bound is None else result.bound
    bound = max(math.ceil(network.bound), min(on_kept, math.floor(limit) + 1 if math.isfinite(limit) else math.inf))
    return replace(result, bound=None if result.status is Status.INFEASIBLE else int(bound), seconds=seconds)


def _best_and_cheapest(encoding: Encoding, solver: MilpSolver, time_limit_s: float) -> Result[Values]:
    """Minimise the objective; unless it is the cost itself, minimise the cost among its optima as well.

    The second step changes the model: it gets the row `best_score`.
    """
    first = solver(encoding.model, time_limit_s=time_limit_s)
    weights = encoding.candidates.request.objective
    if first.status is not Status.OPTIMAL or weights.rating == weights.travel_time == 0:
        return first
    assert first.cost is not None
    encoding.model.add("best_score", encoding.score, AT_MOST, first.cost)
    encoding.model.minimise(encoding.cost)
    second = solver(encoding.model, time_limit_s=max(0.1, time_limit_s - first.seconds), hint=first.solution)
    return first if second.solution is None else replace(first, solution=second.solution)


def solve_auto(model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[Values]:
    """Solve by CP-SAT; where it finds nothing in two thirds of the time, by CBC in what is left."""
    first = solve_cpsat(model, time_limit_s=time_limit_s * 2 / 3, hint=hint)
    if first.status is not Status.UNKNOWN:
        return first
    second = solve_cbc(model, time_limit_s=time_limit_s / 3, hint=hint)
    return first if second.status is Status.UNKNOWN else second


SOLVERS: dict[str, MilpSolver] = {"auto": solve_auto, "cp-sat": solve_cpsat, "cbc": solve_cbc}
