"""Solve an encoded trip: the objective first, and among the best the cheapest."""

import time
from collections.abc import Mapping
from dataclasses import replace

from planning.travel.encoding import Encoding
from solvers.milp import AT_MOST, Milp, MilpSolver, Values, solve_cbc, solve_cpsat
from solvers.result import Result, Status


def solve_encoding(encoding: Encoding, solver: MilpSolver, time_limit_s: float) -> Result[Values]:
    """Minimise the objective; unless it is the cost itself, minimise the cost among its optima as well.

    The result's cost and bound are the objective's. The second step changes the model: it gets the row `best_score`.
    """
    started = time.perf_counter()
    first = solver(encoding.model, time_limit_s=time_limit_s)
    if first.status is not Status.OPTIMAL or encoding.score == encoding.cost:
        return first
    assert first.cost is not None
    encoding.model.add("best_score", encoding.score, AT_MOST, first.cost)
    encoding.model.minimise(encoding.cost)
    left_s = max(0.1, time_limit_s - first.seconds)
    second = solver(encoding.model, time_limit_s=left_s, hint=first.solution)
    seconds = time.perf_counter() - started
    if second.solution is None:
        return replace(first, seconds=seconds)
    return replace(first, solution=second.solution, seconds=seconds)


def solve_auto(model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[Values]:
    """Solve by CP-SAT; where it finds nothing in two thirds of the time, by CBC in what is left."""
    first = solve_cpsat(model, time_limit_s=time_limit_s * 2 / 3, hint=hint)
    if first.status is not Status.UNKNOWN:
        return first
    second = solve_cbc(model, time_limit_s=time_limit_s / 3, hint=hint)
    return first if second.status is Status.UNKNOWN else second


SOLVERS: dict[str, MilpSolver] = {"auto": solve_auto, "cp-sat": solve_cpsat, "cbc": solve_cbc}
