"""What each constraint of a request costs: the least cost of a trip with it, less that of a trip without it."""

import time
from dataclasses import dataclass

from planning.travel.conflicts import Terms, constraints_of
from planning.travel.inventory import Inventory
from planning.travel.profile import Profile
from planning.travel.repairs import BUDGET, Trips
from planning.travel.request import TravelRequest
from solvers.milp import MilpSolver
from solvers.result import Status


@dataclass(frozen=True, slots=True)
class Price:
    """What a constraint adds to the least cost of a trip, in cents; `words` says it in the traveller's words."""

    constraint: str
    words: str
    adds_cents: int


@dataclass(frozen=True, slots=True)
class Prices:
    """The least cost of a trip under everything that is asked for, and what each constraint adds, the dearest first.

    `complete` is False where the time limit struck before every constraint was tried. Prices do not add up: to give up
    two constraints may save more, or less, than the sum of both.
    """

    cost_cents: int
    prices: tuple[Price, ...]
    complete: bool


def price_constraints(
    request: TravelRequest, profile: Profile, inventory: Inventory, solver: MilpSolver, time_limit_s: float
) -> Prices | None:
    """Return what each constraint of a feasible request costs, by planning without it; None where there is no trip.

    Every trip is planned for the least cost, whatever the request's objective is. A budget adds nothing to it. The time
    limit holds for all of it together; where no trip at all is found in time, None is returned as well.
    """
    constraints, deadline = constraints_of(request, profile), time.perf_counter() + time_limit_s
    trips = Trips(Terms(request, profile), constraints, inventory, solver, deadline)
    status, best = trips.cheapest_without(frozenset())
    if best is None:
        return None
    complete, prices = status is Status.OPTIMAL, []
    for constraint in constraints:
        if constraint.path == BUDGET:
            continue
        status, trip = trips.cheapest_without(frozenset({constraint.name}))
        if status is Status.OPTIMAL and trip is not None:
            prices.append(Price(constraint.name, constraint.words, best.cost_cents - trip.cost_cents))
        else:
            complete = False
    return Prices(best.cost_cents, tuple(sorted(prices, key=lambda price: -price.adds_cents)), complete)
