"""The independent checker: every rule and the cost, recomputed from an itinerary and the tables.

It shares no code with the formulation and believes no price or time that the itinerary states: every item is looked up
again. Rules 1–13 are TravelPlanner's (arXiv 2402.01622); the others hold what more a request can ask for, and the
realistic profile adds the clock (`clock_rules`).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any

from planning.travel.clock_rules import CLOCK_RULES
from planning.travel.group_rules import GROUP_RULES
from planning.travel.inventory import Flight, Inventory
from planning.travel.itinerary import Itinerary, Leg
from planning.travel.profile import PROFILES
from planning.travel.replay import (
    Replay,
    leg_cost_cents,
    num_aboard,
    recomputed_objective,
    replay,
    rooms_needed,
    time_text,
)
from planning.travel.request import TravelRequest
from solvers.result import Verdict, Violation

Rule = Callable[[Replay], Iterator[str]]


def check_rules(itinerary: Itinerary, request: TravelRequest, inventory: Inventory) -> Verdict:
    """Check an itinerary against every rule of its profile and of a request.

    The request's money has to be in the inventory's currency (see `currency.convert`). The verdict's cost is
    recomputed from the tables (cents for all travellers), or None where an item is not in them.

    Raises:
        ValueError: The request's money is in another currency.
    """
    if request.currency != inventory.currency:
        raise ValueError(f"prices are in {inventory.currency}, the request is in {request.currency}: convert it first")
    facts = replay(itinerary, request, inventory)
    found = [
        Violation(name, reason)
        for name in applicable_rules(request, itinerary.profile)
        for reason in RULES[name](facts)
    ]
    return Verdict(facts.cost_cents, tuple(found))


def applicable_rules(request: TravelRequest, profile: str) -> tuple[str, ...]:
    """Return the names of the rules that a request can break under a profile: all of them, less what it leaves open."""
    lodging, food, transport, places = request.lodging, request.food, request.transport, request.places
    asked = {
        "budget": request.budget_cents is not None,
        "house_rules": bool(lodging.house_rules),
        "cuisines": bool(food.cuisines),
        "room_type": lodging.room_type is not None,
        "forbidden_modes": bool(transport.forbidden_modes),
        "min_rating": lodging.min_rating is not None,
        "max_price": lodging.max_price_cents is not None,
        "avoid_cuisines": bool(food.avoid_cuisines),
        "max_stops": transport.max_stops is not None,
        "departure_and_arrival": transport.earliest_departure_min is not None
        or transport.latest_arrival_min is not None,
        "must_see": bool(places.must_see),
        "avoid_places": bool(places.avoid),
        "meeting": bool(request.group),
        "bills": bool(request.group),
    }
    has_clock = PROFILES[profile].clock is not None
    return tuple(name for name in RULES if (name not in CLOCK_RULES or has_clock) and asked.get(name, True))


# 1–8: what makes sense whatever is asked for


def _tour(facts: Replay) -> Iterator[str]:
    request, trail = facts.request, facts.trail
    if not trail or trail[0] != request.origin or trail[-1] != request.origin:
        yield f"the trip has to start and end in {request.origin}; it goes {' – '.join(trail) or 'nowhere'}"
    yield from facts.breaks
    visited = trail[1:-1]
    if len(visited) != request.destination.num_cities:
        yield f"{request.destination.num_cities} cities are to be visited, not {len(visited)}"
    for city in visited:
        if visited.count(city) > 1 or city == request.origin:
            yield f"{city} is visited twice"
    for city in request.destination.cities:
        if city not in visited:
            yield f"{city} is not visited"
    regions = {city.name: (city.region, city.country) for city in facts.inventory.cities()}
    for city in visited:
        inside = request.destination.region in regions.get(city, ())
        if city not in request.destination.cities and not inside:
            yield f"{city} is not in {request.destination.region or 'the destination'}"


def _dates(facts: Replay) -> Iterator[str]:
    dates, days = facts.request.dates, [day.day for day in facts.itinerary.days]
    if len(days) != dates.num_days:
        yield f"the trip has {len(days)} days instead of {dates.num_days}"
    if days and (days[0] < dates.earliest or days[-1] > dates.latest):
        yield f"the trip ({days[0]} to {days[-1]}) is not within {dates.earliest} to {dates.latest}"
    for before, after in pairwise(days):
        if after != before + timedelta(days=1):
            yield f"{after} does not follow {before}"


def _twice(names: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, city in dict.fromkeys(names):
        if names.count((name, city)) > 1:
            yield f"{name} in {city} is visited {names.count((name, city))} times"


def _unique_restaurants(facts: Replay) -> Iterator[str]:
    yield from _twice([(meal.record.name, meal.record.city) for day in facts.itinerary.days for meal in day.meals])


def _unique_attractions(facts: Replay) -> Iterator[str]:
    yield from _twice([(visit.record.name, visit.record.city) for day in facts.itinerary.days for visit in day.visits])


def _minimum_nights(facts: Replay) -> Iterator[str]:
    for hotel, nights in groupby(day.night.record if day.night else None for day in facts.itinerary.days):
        count = len(list(nights))
        if hotel and count < hotel.min_nights:
            yield f"{hotel.name} in {hotel.city} takes guests for {hotel.min_nights} nights or more, not for {count}"


def _one_car(facts: Replay) -> Iterator[str]:
    modes = [leg.mode for leg in facts.legs]
    if "self-driving" in modes and set(modes) != {"self-driving"}:
        yield f"one's own car cannot be joined with other transport ({', '.join(modes)})"


def _within_city(facts: Replay) -> Iterator[str]:
    for place in facts.days:
        items: list[Any] = [*place.day.meals, *place.day.visits]
        for item in items:
            if item.record.city not in place.cities:
                there = " and ".join(place.cities)
                yield f"{place.day.day}: {item.record.name} is in {item.record.city}, the traveller in {there}"
        if place.day.night and place.day.night.record.city != place.end_city:
            yield f"{place.day.day}: the night is in {place.day.night.record.city}, the traveller in {place.end_city}"


def _in_tables(facts: Replay) -> Iterator[str]:
    yield from (f"{what} is not in the tables" for what in facts.unknown)


def _complete(facts: Replay) -> Iterator[str]:
    for place in facts.days:
        day = place.day
        if place.is_full:
            missing = [meal for meal in ("breakfast", "lunch", "dinner") if meal not in [m.slot for m in day.meals]]
            if missing:
                yield f"{day.day}: no {', no '.join(missing)}"
            if not day.visits:
                yield f"{day.day}: nothing is visited"
        slots = [meal.slot for meal in day.meals]
        if len(set(slots)) < len(slots):
            yield f"{day.day}: two meals at one time of day"
        if place.arrived and day.leg:
            yield f"{day.day}: no night is spent in {place.arrived.destination}"
        at_home_or_aboard = place.end_city in (None, facts.request.origin)
        if (day.night is None) != at_home_or_aboard:
            yield f"{day.day}: {'no hotel' if day.night is None else 'a hotel where none is needed'}"


# 9–13: what TravelPlanner's queries ask for


def _budget(facts: Replay) -> Iterator[str]:
    budget = facts.request.budget_cents
    if budget is not None and (facts.cost_cents is None or facts.cost_cents > budget):
        yield f"the trip costs {_money(facts.cost_cents)}, the budget is {_money(budget)}"


def _house_rules(facts: Replay) -> Iterator[str]:
    for hotel in facts.hotels:
        for rule in facts.request.lodging.house_rules:
            if f"no {rule}" in hotel.house_rules.lower():
                yield f"{hotel.name} in {hotel.city} says: {hotel.house_rules}"


def _cuisines(facts: Replay) -> Iterator[str]:
    away = [m.record for day in facts.itinerary.days for m in day.meals if m.record.city != facts.request.origin]
    served = {cuisine.lower() for restaurant in away for cuisine in restaurant.cuisines}
    for cuisine in facts.request.food.cuisines:
        if cuisine.lower() not in served:
            yield f"no meal is {cuisine}"


def _room_type(facts: Replay) -> Iterator[str]:
    wish = facts.request.lodging.room_type
    for hotel in facts.hotels:
        good = hotel.room_type != "shared room" if wish == "not shared room" else hotel.room_type == wish
        if not good:
            yield f"{hotel.name} in {hotel.city} is a {hotel.room_type}, wanted is {wish}"


def _forbidden_modes(facts: Replay) -> Iterator[str]:
    for _, leg in facts.dated_legs:
        if leg.mode in facts.request.transport.forbidden_modes:
            yield f"from {leg.origin} to {leg.destination} by {leg.mode}, which is ruled out"


# What more a request can ask for


def _min_rating(facts: Replay) -> Iterator[str]:
    wish = facts.request.lodging.min_rating
    for hotel in facts.hotels:
        if wish is not None and hotel.rating < wish:
            yield f"{hotel.name} in {hotel.city} is rated {hotel.rating}, wanted are {wish} or more"


def _max_price(facts: Replay) -> Iterator[str]:
    wish = facts.request.lodging.max_price_cents
    for hotel in facts.hotels:
        if wish is not None and hotel.price_cents > wish:
            price = _money(hotel.price_cents)
            yield f"{hotel.name} in {hotel.city} costs {price} a night, wanted are {_money(wish)} or less"


def _avoid_cuisines(facts: Replay) -> Iterator[str]:
    avoided = [cuisine.lower() for cuisine in facts.request.food.avoid_cuisines]
    for day in facts.itinerary.days:
        for meal in day.meals:
            bad = [cuisine for cuisine in meal.record.cuisines if cuisine.lower() in avoided]
            if bad:
                yield f"{meal.record.name} in {meal.record.city} serves {', '.join(bad)} food"


def _max_stops(facts: Replay) -> Iterator[str]:
    wish = facts.request.transport.max_stops
    for _, leg in facts.dated_legs:
        if isinstance(leg.record, Flight) and wish is not None and leg.record.stops > wish:
            yield f"flight {leg.record.number} has {leg.record.stops} stops, allowed are {wish}"


def _departure_and_arrival(facts: Replay) -> Iterator[str]:
    earliest, latest = facts.request.transport.earliest_departure_min, facts.request.transport.latest_arrival_min
    for _, leg in facts.dated_legs:
        depart, arrive = _leg_times(leg)
        if earliest is not None and depart is not None and depart < earliest:
            yield f"the leg from {leg.origin} departs at {time_text(depart)}, allowed is {time_text(earliest)} or later"
        if latest is not None and arrive is not None and arrive % 1440 > latest:
            landing = f"the leg to {leg.destination} arrives at {time_text(arrive)}"
            yield f"{landing}, allowed is {time_text(latest)} or earlier"


def _leg_times(leg: Leg) -> tuple[int | None, int | None]:
    if isinstance(leg.record, Flight):
        return leg.record.depart_min, leg.record.arrive_min
    return leg.depart_min, leg.arrive_min


def _must_see(facts: Replay) -> Iterator[str]:
    seen = {visit.record.name.lower() for day in facts.itinerary.days for visit in day.visits}
    for name in facts.request.places.must_see:
        if name.lower() not in seen:
            yield f"{name} is not visited"


def _avoid_places(facts: Replay) -> Iterator[str]:
    names = [hotel.name for hotel in facts.hotels]
    for day in facts.itinerary.days:
        names += [meal.record.name for meal in day.meals] + [visit.record.name for visit in day.visits]
    for wish in facts.request.places.avoid:
        if wish.lower() in [name.lower() for name in names]:
            yield f"{wish} is part of the trip"


def _money(cents: int | None) -> str:
    return "unknown" if cents is None else f"{cents / 100:,.2f}"


def _stated_costs(facts: Replay) -> Iterator[str]:
    """What the itinerary states of money and people is what the tables and the request say."""
    itinerary, people = facts.itinerary, facts.request.num_people
    if (itinerary.num_people, itinerary.currency) != (people, facts.inventory.currency):
        stated = f"{itinerary.num_people} people in {itinerary.currency}"
        yield f"it is for {stated}, not for {people} in {facts.inventory.currency}"
    for day in itinerary.days:
        items: list[tuple[str, int, int]] = [
            (m.record.name, m.cost_cents, m.record.price_cents * people) for m in day.meals
        ]
        items += [(v.record.name, v.cost_cents, v.record.price_cents * people) for v in day.visits]
        if day.leg:
            due_cents = leg_cost_cents(day.leg, num_aboard(day.leg, facts.request))
            items.append((f"the {day.leg.mode}", day.leg.cost_cents, due_cents))
        if day.night:
            rooms = rooms_needed(day.night.record, facts.request)
            items.append((day.night.record.name, day.night.cost_cents, day.night.record.price_cents * rooms))
            if day.night.rooms != rooms:
                yield f"{day.day}: {day.night.record.name} has {day.night.rooms} rooms for {people} people, not {rooms}"
        for name, claimed, due in items:
            if claimed != due:
                yield f"{day.day}: {name} costs {_money(due)}, stated is {_money(claimed)}"
    if facts.cost_cents is not None and itinerary.cost_cents != facts.cost_cents:
        yield f"the trip costs {_money(facts.cost_cents)}, stated is {_money(itinerary.cost_cents)}"
    if facts.cost_cents is not None and itinerary.objective != recomputed_objective(itinerary, facts.request):
        yield f"the objective is not {itinerary.objective}"


COMMONSENSE_RULES: dict[str, Rule] = {
    "tour": _tour,
    "unique_restaurants": _unique_restaurants,
    "unique_attractions": _unique_attractions,
    "minimum_nights": _minimum_nights,
    "one_car": _one_car,
    "within_city": _within_city,
    "in_tables": _in_tables,
    "complete": _complete,
}
HARD_RULES: dict[str, Rule] = {
    "budget": _budget,
    "house_rules": _house_rules,
    "cuisines": _cuisines,
    "room_type": _room_type,
    "forbidden_modes": _forbidden_modes,
}
FURTHER_RULES: dict[str, Rule] = {
    "dates": _dates,
    "stated_costs": _stated_costs,
    "min_rating": _min_rating,
    "max_price": _max_price,
    "avoid_cuisines": _avoid_cuisines,
    "max_stops": _max_stops,
    "departure_and_arrival": _departure_and_arrival,
    "must_see": _must_see,
    "avoid_places": _avoid_places,
    **GROUP_RULES,
}
RULES: dict[str, Rule] = {**COMMONSENSE_RULES, **HARD_RULES, **FURTHER_RULES, **CLOCK_RULES}
