"""Plans that really differ: the best one, the best of those that differ from it, and so on.

What "differ" means is stated: by the order of the cities, by a hotel, by a way of going from city to city, or by the
days of the stays. Each plan differs from every one before it, and no plan that does is better.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby

from planning.travel.candidates import NOTHING_HELD, Candidates, Held
from planning.travel.decoding import decode
from planning.travel.encoding import Encoding
from planning.travel.gathering import candidate_cities, gather
from planning.travel.inventory import Flight, Hotel, Inventory, Route
from planning.travel.itinerary import Itinerary
from planning.travel.network import Stay
from planning.travel.profile import Profile
from planning.travel.request import Mode, TravelRequest
from planning.travel.rules import check_rules
from planning.travel.solving import solve_trip
from solvers.milp import AT_MOST, MilpSolver, Term
from solvers.registry import lookup
from solvers.result import Status

MEASURES = {
    "cities": "another order of cities",
    "hotels": "another hotel",
    "transport": "another flight or way of going from city to city",
    "days": "other days in a city",
    "any": "another order of cities, hotel or way of going, or other days in a city",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a plan chooses: its stays (days from the first possible one), hotels in their order, and ways by leg."""

    stays: tuple[Stay, ...]
    hotels: tuple[Hotel, ...]
    ways: tuple[tuple[Mode, Flight | Route], ...]

    @classmethod
    def of(cls, itinerary: Itinerary, request: TravelRequest) -> "Choices":
        """Read the choices off an itinerary."""
        nights = [(day.day, day.night.record) for day in itinerary.days if day.night]
        stays: list[Stay] = []
        hotels: list[Hotel] = []
        for hotel, days in groupby(nights, key=lambda night: night[1]):
            dates = [day for day, _ in days]
            start = (dates[0] - request.dates.earliest).days
            stays.append(Stay(len(stays), hotel.city, start, start + len(dates)))
            hotels.append(hotel)
        ways = [(day.leg.mode, day.leg.record) for day in itinerary.days if day.leg]
        return cls(tuple(stays), tuple(hotels), tuple(ways))


@dataclass(frozen=True, slots=True)
class Alternative:
    """A plan and what it chooses. `is_proven` says that no plan that differs from those before it is better."""

    itinerary: Itinerary
    choices: Choices
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Plans in the order of what counts, and the measure by which each differs from all before it.

    `are_all` says that no further plan differs. `complete` is False where the time limit struck before as many plans
    as are asked for were found and proven to be the best.
    """

    measure: str
    plans: tuple[Alternative, ...]
    are_all: bool
    complete: bool


def find_alternatives(
    request: TravelRequest,
    profile: Profile,
    inventory: Inventory,
    solver: MilpSolver,
    count: int,
    *,
    measure: str = "any",
    time_limit_s: float = 10.0,
    best: Itinerary | None = None,
) -> Alternatives:
    """Return up to `count` plans, each the best of those that differ by a measure from all before it.

    The request is a completed one (`completion`). The first plan is the best of all: `best`, where it is known already.
    The time limit holds for all of them together.

    Raises:
        ValueError: `count` is below 1, or the measure is unknown.
    """
    if count < 1:
        raise ValueError(f"{count} alternatives are asked for: ask for one or more")
    lookup("measure", measure, MEASURES)
    deadline = time.perf_counter() + time_limit_s
    candidates = _candidates(request, profile, inventory, measure)
    plans = [Alternative(best, Choices.of(best, request), is_proven=True)] if best else []
    are_all, is_in_time = False, True
    while len(plans) < count and is_in_time and not are_all:
        left_s = deadline - time.perf_counter()
        plan, status = _next(candidates, inventory, solver, measure, plans, time_limit_s=left_s)
        if plan:
            plans.append(plan)
        are_all, is_in_time = status is Status.INFEASIBLE, status is not Status.UNKNOWN
    return Alternatives(measure, tuple(plans), are_all, is_in_time and all(plan.is_proven for plan in plans))


def _candidates(request: TravelRequest, profile: Profile, inventory: Inventory, measure: str) -> Candidates:
    """Collect what there is, with whatever is dominated of the kinds that plans are to differ by."""
    cities = [city.name for city in candidate_cities(request, inventory)]
    kept: list[Hotel | Flight] = []
    if measure in ("hotels", "any"):
        kept += chain.from_iterable(inventory.hotels(city) for city in cities)
    if measure in ("transport", "any"):
        places = [request.origin, *cities]
        kept += inventory.flights(places, places, request.dates.earliest, request.dates.latest)
    return replace(gather(request, profile, inventory, Held(frozenset(kept))), held=NOTHING_HELD)


def _next(
    candidates: Candidates,
    inventory: Inventory,
    solver: MilpSolver,
    measure: str,
    before: Sequence[Alternative],
    *,
    time_limit_s: float,
) -> tuple[Alternative | None, Status]:
    """Return the best plan that differs from those before it, and how much is known."""
    if time_limit_s <= 0:
        return None, Status.UNKNOWN

    def differ(encoding: Encoding) -> None:
        for number, plan in enumerate(before):
            same, most = _same(encoding, plan.choices, measure)
            encoding.model.add(f"differ_from_plan_{number + 1}", same, AT_MOST, most - 1)

    result, encoding = solve_trip(candidates, solver, time_limit_s, add_rows=differ)
    if result.solution is None:
        return None, result.status
    itinerary = decode(encoding, result.solution, inventory)
    verdict = check_rules(itinerary, candidates.request, inventory)
    assert verdict.valid, f"the rule checker refuses the solver's trip: {verdict.violations}"
    is_proven = result.status is Status.OPTIMAL
    return Alternative(itinerary, Choices.of(itinerary, candidates.request), is_proven), result.status


def _same(encoding: Encoding, choices: Choices, measure: str) -> tuple[list[Term], int]:
    """Return the variables that say what a plan has in common with choices, and their sum where it is everything."""
    same: list[Term] = []
    most = 0
    if measure in ("cities", "any"):
        cities = {(stay.position, stay.city) for stay in choices.stays}
        same += [(v, 1) for stay, v in encoding.stays if (stay.position, stay.city) in cities]
        most += len(cities)
    if measure in ("days", "any"):
        days = {(stay.position, stay.start, stay.end) for stay in choices.stays}
        same += [(v, 1) for stay, v in encoding.stays if (stay.position, stay.start, stay.end) in days]
        most += len(days)
    if measure in ("transport", "any"):
        same += [(v, 1) for leg, option, v in encoding.legs if (option.mode, option.record) == choices.ways[leg]]
        most += len(choices.ways)
    if measure in ("hotels", "any"):
        same += _same_hotels(encoding, frozenset(choices.hotels))
        most += len(choices.hotels)
    return same, most


def _same_hotels(encoding: Encoding, hotels: frozenset[Hotel]) -> list[Term]:
    same: list[Term] = [(v, 1) for lodging, v in encoding.lodgings if lodging.record in hotels]
    for stay, variable in encoding.stays:
        lodgings = encoding.candidates.offers[stay.city].lodgings[stay.num_nights]
        # A single candidate has no variable of its own: the stay stands for it.
        if len(lodgings) == 1 and lodgings[0].record in hotels:
            same.append((variable, 1))
    return same
