"""The demo's made-up roads and weekly flights. They stand in the place of real ones and resemble them, no more."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from planning.travel.inventory import Route, Source
from planning.travel.inventory.demo_chance import between, chance, shuffled, whole
from planning.travel.inventory.demo_world import Place, great_circle_km, zone_minutes
from planning.travel.inventory.store_writing import WeeklyFlight

_DAILY = 0b111_1111
_FIRST_DEPARTURE_MIN = 5 * 60 + 30
_LAST_DEPARTURE_MIN = 22 * 60 + 30
_DAY_STARTS_MIN, _DAY_ENDS_MIN = 6 * 60, 22 * 60 + 30
_ATTEMPTS = 8
_MAX_ROAD_KM = 900
_MIN_FLIGHT_KM = 150
_LONG_HAUL_KM = 4000
_FARTHEST_NONSTOP_KM = 14_500

# How likely there is a nonstop flight, by the sum of the two cities' traffic.
_NONSTOP_SHARE = {2: 0.03, 3: 0.08, 4: 0.25, 5: 0.5, 6: 0.8, 7: 0.95, 8: 1.0}
_LONG_HAUL_SHARE = {6: 0.2, 7: 0.5, 8: 0.95}


@dataclass(frozen=True, slots=True)
class _Link:
    """Two cities and what flies between them: in both directions the same number of flights a day."""

    km: float
    nonstop: int
    connecting: int
    stops: int
    fare_cents: float


def demo_routes(places: list[Place], as_of: str) -> Iterator[Route]:
    """Yield a road for each two cities of one landmass that are at most 900 km of road apart, in both directions."""
    row = 0
    for origin in places:
        for destination in places:
            if origin is destination or origin.landmass != destination.landmass:
                continue
            road_km = round(1.2 * great_circle_km(origin, destination), 1)
            if road_km <= _MAX_ROAD_KM:
                row += 1
                source = Source("demo.routes", row, as_of)
                yield Route(origin.city.name, destination.city.name, road_km, round(road_km / 85 * 60) + 15, source)


def demo_flights(places: list[Place], as_of: str, seed: int) -> Iterator[WeeklyFlight]:
    """Yield the weekly timetable: at least one flight every day between any two cities 150 km or a sea apart."""
    row = 0
    for index, a in enumerate(places):
        rng = chance(seed, "flights", a.airport)
        for b in places[index + 1 :]:
            link = _link(rng, a, b)
            if link is None:
                continue
            for origin, destination in ((a, b), (b, a)):
                ends = origin.city.name, destination.city.name
                ahead_min = zone_minutes(destination) - zone_minutes(origin)
                for weekdays, depart_min, duration_min, price_cents, stops in _offers(rng, link, ahead_min):
                    row += 1
                    source = Source("demo.flights", row, as_of)
                    terms = depart_min, duration_min, price_cents, stops
                    yield WeeklyFlight(f"D{10_000 + row}", *ends, weekdays, *terms, source)


def _link(rng: random.Random, a: Place, b: Place) -> _Link | None:
    km, traffic = great_circle_km(a, b), a.traffic + b.traffic
    if km < _MIN_FLIGHT_KM and a.landmass == b.landmass:
        return None
    nonstop = 0
    if rng.random() < _nonstop_share(km, traffic):
        nonstop = whole(rng, 1, 2 if km > _LONG_HAUL_KM else max(1, traffic - 3))
    connecting = 2 if not nonstop else int(km > 800 and rng.random() < 0.6)
    fare_cents = 100 * (38 + 0.08 * min(km, 1500) + 0.045 * max(0.0, km - 1500))
    if a.city.time_zone.startswith("Europe/") and b.city.time_zone.startswith("Europe/"):
        fare_cents *= 0.8
    return _Link(km, nonstop, connecting, 2 if km > 6000 and traffic <= 4 else 1, fare_cents)


def _nonstop_share(km: float, traffic: int) -> float:
    if km > _FARTHEST_NONSTOP_KM:
        return 0
    if km > _LONG_HAUL_KM:
        return _LONG_HAUL_SHARE.get(traffic, 0) * (1 if km < 10_000 else 0.6)
    return _NONSTOP_SHARE[traffic] * (0.6 if km < 300 else 1)


def _offers(rng: random.Random, link: _Link, ahead_min: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield weekdays, departure, duration, price and stops of each flight of one direction; the first is daily.

    The clocks of the destination are `ahead_min` minutes ahead.
    """
    for slot in range(link.nonstop):
        duration_min = round(link.km / 800 * 60 + 30)
        night = duration_min >= 240 and rng.random() < 0.15
        depart_min = (
            _night_departure_min(rng) if night else _departure_min(rng, slot, link.nonstop, duration_min + ahead_min)
        )
        price_cents = _price_cents(rng, link.fare_cents * (0.85 if night else 1))
        yield _weekdays(rng) if slot else _DAILY, depart_min, duration_min, price_cents, 0
    for slot in range(link.connecting):
        flown_km = link.km * between(rng, 1.1, 1.3) + between(rng, 100, 400)
        layovers_min = link.stops * between(rng, 50, 150)
        duration_min = round(flown_km / 800 * 60 + 30 * (link.stops + 1) + layovers_min)
        saving = between(rng, 0.72, 0.95) if link.km > 2500 else between(rng, 0.9, 1.1)
        depart_min = _departure_min(rng, slot, link.connecting, duration_min + ahead_min)
        daily = not slot and not link.nonstop
        yield (
            _DAILY if daily else _weekdays(rng),
            depart_min,
            duration_min,
            _price_cents(rng, link.fare_cents * saving),
            link.stops,
        )


def _weekdays(rng: random.Random) -> int:
    if rng.random() < 0.6:
        return _DAILY
    return sum(1 << day for day in shuffled(rng, range(7))[: whole(rng, 4, 6)])


def _departure_min(rng: random.Random, slot: int, num_slots: int, clock_min: int) -> int:
    """Return a time in the given one of `num_slots` equal parts of the day, in steps of five minutes.

    As airlines do, a time is sought for which the landing, `clock_min` later by the clocks, is not at night: first in
    the part, then in the whole day.
    """
    part_min = (_LAST_DEPARTURE_MIN - _FIRST_DEPARTURE_MIN) / num_slots
    for attempt in range(2 * _ATTEMPTS):
        start_min, span_min = (slot * part_min, part_min) if attempt < _ATTEMPTS else (0, part_min * num_slots)
        depart_min = _FIRST_DEPARTURE_MIN + int((start_min + span_min * rng.random()) / 5) * 5
        if depart_min >= _DAY_STARTS_MIN <= (depart_min + clock_min) % (24 * 60) <= _DAY_ENDS_MIN:
            break
    return depart_min


def _night_departure_min(rng: random.Random) -> int:
    return _LAST_DEPARTURE_MIN + 5 * whole(rng, 1, 17)


def _price_cents(rng: random.Random, fare_cents: float) -> int:
    return max(2900, 100 * round(fare_cents * between(rng, 0.75, 1.35) / 100))
