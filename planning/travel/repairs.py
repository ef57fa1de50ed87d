"""All minimal repairs of an infeasible request: the smallest sets of constraints without which there is a trip.

One model holds everything that giving up constraints would open (`repairs_model`). The repair of fewest constraints
that contains no repair found before is asked for, again and again, until there is proven to be none. Then each one is
planned again without the model, which gives its price: the least cost of a trip under what is left.
"""

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from planning.travel.agenda import clock_words
from planning.travel.conflicts import Constraint, Terms
from planning.travel.currency import money
from planning.travel.decoding import decode
from planning.travel.gathering import gather
from planning.travel.inventory import Inventory
from planning.travel.itinerary import Itinerary
from planning.travel.repairs_model import Openings, open_up, soften
from planning.travel.solving import solve_trip
from solvers.milp import MilpSolver
from solvers.result import Status

BUDGET = "budget_cents"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Repair:
    """A minimal set of constraints to give up, in words, and the least cost of a trip then, in cents.

    `bounds` says of each constraint that is a limit what it could be set to instead, so that this trip is allowed.
    """

    constraints: tuple[str, ...]
    text: str
    cost_cents: int
    bounds: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trips:
    """Plans a request without some of its constraints, for the least cost, until a deadline."""

    terms: Terms
    constraints: tuple[Constraint, ...]
    inventory: Inventory
    solver: MilpSolver
    deadline: float

    @property
    def left_s(self) -> float:
        """Return the wall seconds until the deadline, at least one millisecond."""
        return max(0.001, self.deadline - time.perf_counter())

    @property
    def is_over(self) -> bool:
        """Tell whether the deadline is over."""
        return time.perf_counter() >= self.deadline

    def cheapest_without(self, given_up: frozenset[str]) -> tuple[Status, Itinerary | None]:
        """Return the cheapest trip without some constraints, and how much is known of it."""
        if self.is_over:
            return Status.UNKNOWN, None
        terms = self.terms.without(c for c in self.constraints if c.name in given_up).at_least_cost
        candidates = gather(terms.request, terms.profile, self.inventory)
        result, encoding = solve_trip(candidates, self.solver, self.left_s)
        return result.status, decode(encoding, result.solution, self.inventory) if result.solution else None


def minimal_repairs(trips: Trips, limit: int) -> tuple[tuple[Repair, ...], bool]:
    """Return the minimal repairs, the cheapest trip first, and whether these are all of them.

    No more than `limit` are looked for. What the second planning does not confirm, with a proven price, is left out.
    """
    found, are_all = [], True
    try:
        for given_up, planned in _corrections(trips, limit):
            status, itinerary = planned or trips.cheapest_without(given_up)
            are_all = are_all and status is Status.OPTIMAL
            if itinerary is not None and status is Status.OPTIMAL:
                found.append(_repair(trips, given_up, itinerary))
    except TimeoutError as error:
        _log.info("not all repairs were looked for: %s", error)
        are_all = False
    return tuple(sorted(found, key=lambda repair: (repair.cost_cents, repair.constraints))), are_all


def _corrections(trips: Trips, limit: int) -> Iterator[tuple[frozenset[str], tuple[Status, Itinerary] | None]]:
    """Yield the minimal sets of constraints to give up, with the cheapest trip where it was planned on the way.

    Raises:
        TimeoutError: The deadline or the limit struck before it was proven that there are no more.
    """
    budget = frozenset(c.name for c in trips.constraints if c.path == BUDGET)
    found: list[frozenset[str]] = []
    status, trip = trips.cheapest_without(budget) if budget else (Status.INFEASIBLE, None)
    if trip:
        found.append(budget)
        yield budget, (status, trip)
    openings = open_up(trips.terms.at_least_cost, trips.constraints, trips.inventory, trips.left_s)
    for without_budget in (False, True) if budget and status is Status.INFEASIBLE else (not budget,):
        for given_up in _smallest_first(trips, openings, budget if without_budget else frozenset(), found):
            if len(found) == limit:
                raise TimeoutError(f"there are more than {limit}")
            found.append(given_up)
            yield given_up, None
    if status is Status.UNKNOWN:
        raise TimeoutError("it is not known whether more money alone would help")


def _smallest_first(
    trips: Trips, openings: Openings, budget: frozenset[str], found: Sequence[frozenset[str]]
) -> Iterator[frozenset[str]]:
    """Yield the minimal sets to give up that contain no set found before: with the budget, or without it."""
    budget_cents = openings.terms.request.budget_cents
    network = openings.network.within(sys.float_info.max if budget or budget_cents is None else budget_cents)
    if not network.stays or not network.legs:
        return
    _, session = soften(openings, network, with_budget=not budget)
    for before in found:
        if budget or all(name in session.owners for name in before):
            session.any_of(name for name in before if name in session.owners)
    while not trips.is_over:
        result = session.solve(dict.fromkeys(session.owners, -1), trips.left_s)
        if result.status is Status.INFEASIBLE:
            return
        if result.status is not Status.OPTIMAL or result.solution is None:
            break
        values = result.solution
        given_up = frozenset(name for name in session.owners if not values[name])
        session.any_of(given_up)
        yield given_up | budget
    raise TimeoutError("the time limit struck")


# In words


def _repair(trips: Trips, given_up: frozenset[str], itinerary: Itinerary) -> Repair:
    constraints = [constraint for constraint in trips.constraints if constraint.name in given_up]
    bounds = {c.name: bound for c in constraints if (bound := _new_bound(c, itinerary))}
    text = _text(trips.terms, constraints, bounds, money(itinerary.cost_cents, itinerary.currency))
    return Repair(tuple(c.name for c in constraints), text, itinerary.cost_cents, bounds)


def _text(terms: Terms, constraints: Sequence[Constraint], bounds: dict[str, str], cost: str) -> str:
    """Say what to change and what the trip then costs."""
    asked = money(terms.request.budget_cents or 0, terms.request.currency)
    old = {c.name: asked if c.path == BUDGET else f"“{c.name}”" for c in constraints}
    changed = " and ".join(f"{bound} instead of {old[name]}" for name, bound in bounds.items())
    dropped = " and ".join(words for name, words in old.items() if name not in bounds)
    if changed and dropped:
        return f"without {dropped}, and with {changed}, there is a trip for {cost}"
    if dropped:
        return f"without {dropped} there is a trip for {cost}"
    suffices = f"{changed} {'suffice' if len(bounds) > 1 else 'suffices'}"
    return suffices if any(c.path == BUDGET for c in constraints) else f"{suffices}; the trip then costs {cost}"


def _new_bound(constraint: Constraint, itinerary: Itinerary) -> str | None:
    """Return what a limit can be set to, read off the trip that was found without it; None for what is no limit."""
    hotels = [day.night.record for day in itinerary.days if day.night]
    legs = [day.leg for day in itinerary.days if day.leg]
    match constraint.path:
        case "budget_cents":
            return f"a budget of {money(itinerary.cost_cents, itinerary.currency)}"
        case "lodging.min_rating":
            return f"a rating of {min(hotel.rating for hotel in hotels)}"
        case "lodging.max_price_cents":
            return f"{max(hotel.price_cents for hotel in hotels) / 100:,.2f} a night"
        case "transport.earliest_departure_min":
            return f"a departure at {clock_words(min(leg.depart_min for leg in legs if leg.depart_min is not None))}"
        case "transport.latest_arrival_min":
            return (
                f"an arrival at {clock_words(max(leg.arrive_min % 1440 for leg in legs if leg.arrive_min is not None))}"
            )
    return None
