"""The contract of an `Inventory`, made executable: run it on an inventory of your own before you plan with it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise, product
from typing import get_args
from zoneinfo import available_timezones

from planning.travel.inventory import Attraction, Flight, Hotel, Inventory, Restaurant, Route, Source
from planning.travel.request import RoomType
from solvers.result import Violation

_ROOM_TYPES = tuple(kind for kind in get_args(RoomType) if not kind.startswith("not "))
_NOWHERE = "Nowhere, which no inventory has"
_MAX_ZONES_APART_MIN = 26 * 60


@dataclass(frozen=True, slots=True)
class _Sample:
    """What is looked at: an inventory, some of its cities, and some days."""

    inventory: Inventory
    names: tuple[str, ...]
    first: date
    last: date

    def flights(self) -> Sequence[Flight]:
        return self.inventory.flights(self.names, self.names, self.first, self.last)

    def routes(self) -> Sequence[Route]:
        return self.inventory.routes(self.names, self.names)


def check_inventory(inventory: Inventory, first: date, last: date, *, max_cities: int = 24) -> tuple[Violation, ...]:
    """Return every breach of the contract that a sample shows; an empty tuple if there is none.

    Args:
        inventory: what to check.
        first: first day whose flights are looked at.
        last: last day whose flights are looked at.
        max_cities: how many cities to look at, spread evenly over the list; every city's own record is checked.
    """
    names = [city.name for city in inventory.cities()]
    step = max(1, -(-len(names) // max_cities))
    sample = _Sample(inventory, tuple(names[::step]), first, last)
    return tuple(Violation(rule, reason) for rule, check in _RULES.items() for reason in check(sample))


def _describes_itself(sample: _Sample) -> Iterator[str]:
    inventory = sample.inventory
    if not inventory.label.strip():
        yield "the label is blank"
    if not re.fullmatch("[A-Z]{3}", inventory.currency):
        yield f"the currency is {inventory.currency!r}, not an ISO code"
    if not isinstance(inventory.is_synthetic, bool):
        yield f"is_synthetic is {inventory.is_synthetic!r}, not True or False"


def _cities(sample: _Sample) -> Iterator[str]:
    cities, zones = sample.inventory.cities(), available_timezones()
    if not cities:
        yield "there is no city"
    if len({city.name for city in cities}) < len(cities):
        yield "two cities have one name"
    for city in cities:
        if not city.name.strip() or not city.plain.strip():
            yield f"a name is blank: {city}"
        if city.time_zone and city.time_zone not in zones:
            yield f"{city.name}: {city.time_zone!r} is not a time zone"


def _same_every_time(sample: _Sample) -> Iterator[str]:
    inventory = sample.inventory
    questions: list[Callable[[], Sequence[object]]] = [inventory.cities, sample.flights, sample.routes]
    for ask in (inventory.hotels, inventory.restaurants, inventory.attractions):
        questions += [partial(ask, name) for name in sample.names]
    for question in questions:
        if list(question()) != list(question()):
            yield "a question asked twice has two answers"


def _flights(sample: _Sample) -> Iterator[str]:
    for flight in sample.flights():
        if not (flight.origin in sample.names and flight.destination in sample.names):
            yield f"asked for other cities: {flight}"
        if not sample.first <= flight.day <= sample.last:
            yield f"asked for other days: {flight}"
        if not (0 <= flight.depart_min <= 1440 and flight.duration_min > 0):
            yield f"departs at no time of that day, or takes none: {flight}"
        if abs(flight.arrive_min - flight.depart_min - flight.duration_min) > _MAX_ZONES_APART_MIN:
            yield f"no two time zones are so far apart: {flight}"
        if flight.price_cents < 0 or flight.stops < 0 or not flight.number:
            yield f"a negative price or number of stops, or no flight number: {flight}"


def _flights_by_parts(sample: _Sample) -> Iterator[str]:
    """Asking for parts must give the parts of what asking for all gives, in the same order."""
    inventory = sample.inventory
    by_pair: dict[tuple[str, str], list[Flight]] = {}
    by_day: dict[date, list[Flight]] = {}
    for flight in sample.flights():
        by_pair.setdefault((flight.origin, flight.destination), []).append(flight)
        by_day.setdefault(flight.day, []).append(flight)
    for origin, destination in product(sample.names, sample.names):
        alone = inventory.flights([origin], [destination], sample.first, sample.last)
        if list(alone) != by_pair.get((origin, destination), []):
            yield f"{origin} to {destination}: other flights alone than among all"
    for offset in range((sample.last - sample.first).days + 1):
        day = sample.first + timedelta(days=offset)
        if list(inventory.flights(sample.names, sample.names, day, day)) != by_day.get(day, []):
            yield f"{day}: other flights alone than among all days"


def _routes(sample: _Sample) -> Iterator[str]:
    routes = sample.routes()
    for route in routes:
        if not (route.origin in sample.names and route.destination in sample.names):
            yield f"asked for other cities: {route}"
        if not (route.distance_km >= 0 and route.duration_min > 0):
            yield f"no distance or duration: {route}"
    for origin in sample.names:
        if list(sample.inventory.routes([origin], sample.names)) != [r for r in routes if r.origin == origin]:
            yield f"{origin}: other roads alone than among all"


def _hotels(sample: _Sample) -> Iterator[str]:
    for name in sample.names:
        for hotel in sample.inventory.hotels(name):
            yield from _place(hotel, name)
            if hotel.room_type not in _ROOM_TYPES:
                yield f"the room type is not one of {', '.join(_ROOM_TYPES)}: {hotel}"
            if hotel.min_nights < 1 or hotel.max_occupancy < 1:
                yield f"not for one person or one night or more: {hotel}"


def _restaurants(sample: _Sample) -> Iterator[str]:
    for name in sample.names:
        for restaurant in sample.inventory.restaurants(name):
            yield from _place(restaurant, name)
            if not restaurant.cuisines or not all(restaurant.cuisines):
                yield f"no cuisine: {restaurant}"


def _attractions(sample: _Sample) -> Iterator[str]:
    for name in sample.names:
        for attraction in sample.inventory.attractions(name):
            yield from _place(attraction, name)
            if not 0 <= attraction.opens_min < attraction.closes_min <= 1440:
                yield f"opens at no time of a day: {attraction}"
            if not set(attraction.closed_weekdays) < set(range(7)):
                yield f"closed on no weekday that there is, or on all: {attraction}"
            if not (abs(attraction.latitude) <= 90 and abs(attraction.longitude) <= 180):
                yield f"lies nowhere on earth: {attraction}"


def _place(place: Hotel | Restaurant | Attraction, city: str) -> Iterator[str]:
    if place.city != city or not place.name:
        yield f"asked for another city, or has no name: {place}"
    if place.price_cents < 0 or not (place.rating is None or 0 <= place.rating <= 5):
        yield f"a negative price, or a rating outside 0 to 5: {place}"


def _unknown(sample: _Sample) -> Iterator[str]:
    inventory, names = sample.inventory, sample.names
    answers: list[Sequence[object]] = [
        inventory.flights([_NOWHERE], names, sample.first, sample.last),
        inventory.flights(names, [], sample.first, sample.last),
        inventory.flights(names, names, sample.first, sample.first - timedelta(days=1)),
        inventory.routes([_NOWHERE], names),
        inventory.routes(names, []),
        inventory.hotels(_NOWHERE),
        inventory.restaurants(_NOWHERE),
        inventory.attractions(_NOWHERE),
    ]
    if any(answers):
        yield "an unknown city, no city or no day has offers"


def _order(sample: _Sample) -> Iterator[str]:
    inventory = sample.inventory
    yield from _ordered("flights", [f.source for f in sample.flights()])
    yield from _ordered("roads", [r.source for r in sample.routes()])
    for name in sample.names:
        yield from _ordered(f"hotels of {name}", [h.source for h in inventory.hotels(name)])
        yield from _ordered(f"restaurants of {name}", [r.source for r in inventory.restaurants(name)])
        yield from _ordered(f"attractions of {name}", [a.source for a in inventory.attractions(name)])


def _ordered(what: str, sources: list[Source]) -> Iterator[str]:
    if any(source.row < 1 for source in sources):
        yield f"{what}: rows count from 1"
    if any(a.table == b.table and a.row > b.row for a, b in pairwise(sources)):
        yield f"{what}: not in the order of the table's rows"


_RULES: dict[str, Callable[[_Sample], Iterator[str]]] = {
    "describes itself": _describes_itself,
    "cities": _cities,
    "same every time": _same_every_time,
    "flights": _flights,
    "flights by parts": _flights_by_parts,
    "routes": _routes,
    "hotels": _hotels,
    "restaurants": _restaurants,
    "attractions": _attractions,
    "unknown names": _unknown,
    "order of rows": _order,
}
