"""Tiny inventories in memory, and seeded worlds and requests that are small enough to try every trip of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from planning.travel.inventory import Attraction, City, Flight, Hotel, Restaurant, Route, Source
from planning.travel.profile import PROFILES, Profile
from planning.travel.request import TravelRequest

HOME = "Home"
ROOM_TYPES = ("entire room", "private room", "shared room")
HOUSE_RULES = ("parties", "smoking", "children under 10", "visitors", "pets")
CUISINES = ("Thai", "Greek", "Cajun")
# Phoenix has no summer time: the others move against it on 2027-03-14, in the middle of many of the windows.
ZONES = ("", "America/New_York", "America/Chicago", "America/Phoenix", "Europe/London")
DEPARTURES = (30, 330, 390, 480, 600, 660, 780, 900, 1020, 1140, 1260, 1350, 1410)
DURATIONS = (90, 95, 150, 200, 240, 300, 330, 420, 540, 660, 1500)
DAY_MIN = 24 * 60

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TinyInventory:
    """An `Inventory` of a few rows."""

    city_rows: tuple[City, ...]
    flight_rows: tuple[Flight, ...] = ()
    route_rows: tuple[Route, ...] = ()
    hotel_rows: tuple[Hotel, ...] = ()
    restaurant_rows: tuple[Restaurant, ...] = ()
    attraction_rows: tuple[Attraction, ...] = ()
    label: str = "a tiny world"
    is_synthetic: bool = True
    currency: str = "USD"

    def cities(self) -> Sequence[City]:
        return self.city_rows

    def flights(self, origins: Sequence[str], destinations: Sequence[str], first: date, last: date) -> Sequence[Flight]:
        return [
            row
            for row in self.flight_rows
            if row.origin in origins and row.destination in destinations and first <= row.day <= last
        ]

    def routes(self, origins: Sequence[str], destinations: Sequence[str]) -> Sequence[Route]:
        return [row for row in self.route_rows if row.origin in origins and row.destination in destinations]

    def hotels(self, city: str) -> Sequence[Hotel]:
        return [row for row in self.hotel_rows if row.city == city]

    def restaurants(self, city: str) -> Sequence[Restaurant]:
        return [row for row in self.restaurant_rows if row.city == city]

    def attractions(self, city: str) -> Sequence[Attraction]:
        return [row for row in self.attraction_rows if row.city == city]


# Rows with everything that a test does not care for filled in


def source(table: str, row: int = 1) -> Source:
    return Source(table, row, "2027-01-01")


def city(name: str, region: str = "Region", zone: str = "") -> City:
    return City(name, name, region, "", zone)


def flight(origin: str, destination: str, day: date, depart_min: int, arrive_min: int, **other: Any) -> Flight:
    row = other.pop("row", 1)
    facts: dict[str, Any] = {"price_cents": 100_00, "stops": 0, "duration_min": max(1, arrive_min - depart_min)} | other
    return Flight(
        facts.pop("number", f"F{row}"),
        origin,
        destination,
        day,
        depart_min,
        arrive_min,
        source=source("flights", row),
        **facts,
    )


def route(origin: str, destination: str, distance_km: float = 100.0, duration_min: int = 90) -> Route:
    return Route(origin, destination, distance_km, duration_min, source("routes"))


def hotel(name: str, city: str, price_cents: int = 80_00, **other: Any) -> Hotel:
    facts: dict[str, Any] = {
        "room_type": "entire room",
        "min_nights": 1,
        "max_occupancy": 2,
        "rating": 4.0,
        "house_rules": "",
        "source": source("hotels"),
    }
    return Hotel(name, city, price_cents=price_cents, **(facts | other))


def restaurant(name: str, city: str, price_cents: int = 20_00, **other: Any) -> Restaurant:
    facts: dict[str, Any] = {"cuisines": ("Fusion",), "rating": 4.0, "source": source("restaurants")}
    return Restaurant(name, city, price_cents=price_cents, **(facts | other))


def attraction(name: str, city: str, price_cents: int = 0, **other: Any) -> Attraction:
    facts: dict[str, Any] = {
        "rating": 4.0,
        "opens_min": 0,
        "closes_min": DAY_MIN,
        "closed_weekdays": (),
        "latitude": 0.0,
        "longitude": 0.0,
        "source": source("attractions"),
    }
    return Attraction(name, city, price_cents, **(facts | other))


def request(**fields: Any) -> TravelRequest:
    """Return a request for three days in "A" from `HOME`, with these fields instead."""
    data: dict[str, Any] = {
        "origin": HOME,
        "destination": {"cities": ["A"]},
        "dates": {"earliest": "2027-03-10", "latest": "2027-03-12", "num_days": 3},
    }
    return TravelRequest.model_validate(data | fields)


# Random worlds


@dataclass(frozen=True, slots=True)
class Case:
    """A world and a request in it, both made from a seed."""

    seed: int
    profile: Profile
    inventory: TinyInventory
    request: TravelRequest


@dataclass(frozen=True, slots=True)
class Shape:
    """How many cities, candidates for them, and days there are."""

    num_cities: int
    names: tuple[str, ...]
    first: date
    num_days: int
    window_days: int


def tiny_case(seed: int, num_wishes: int | None = None) -> Case:
    """Return the world and the request of a seed: both profiles, one to three cities, with up to three wishes or more.

    The request has no budget yet: it is of interest near the optimum only (see `near`).
    """
    rng = Random(seed)
    profile = PROFILES[("realistic", "travelplanner")[seed % 2]]
    num_cities = rng.choice((1, 1, 2, 2, 3))
    names = tuple("ABCD"[: num_cities + rng.randint(0, 1)])
    num_days = num_cities + rng.choice(((1, 2, 2, 3), (1, 2, 2, 3), (1, 1, 2))[num_cities - 1])
    first = date(2027, 3, 10) + timedelta(days=rng.randrange(7))
    shape = Shape(num_cities, names, first, num_days, num_days + rng.choice((0, 0, 1, 2)))
    inventory = _world(rng, shape, profile)
    wishes = rng.choice((0, 0, 1, 1, 2, 3)) if num_wishes is None else num_wishes
    return Case(seed, profile, inventory, _request(rng, shape, inventory, wishes))


def near(request: TravelRequest, rng: Random, least_cents: int, optimum_cents: int) -> TravelRequest:
    """Return the request with a budget close to the least cost of all trips or the cost of the best one."""
    base = rng.choice((least_cents, optimum_cents, (least_cents + optimum_cents) // 2))
    budget = max(1, base + rng.choice((-1, 0, 0, 1, 50)))
    return request.model_copy(update={"budget_cents": budget})


def _world(rng: Random, shape: Shape, profile: Profile) -> TinyInventory:
    places = [HOME, *shape.names]
    zones = {place: rng.choice(ZONES) for place in places}
    days = [shape.first + timedelta(days=d) for d in range(shape.window_days)]
    pairs = [(a, b) for a in places for b in places if a != b]
    meals = (4, 7) if profile.clock is None else (5, 9)
    return TinyInventory(
        city_rows=tuple(city(place, rng.choice(("Region", "Region", "Elsewhere")), zones[place]) for place in places),
        flight_rows=tuple(_flights(rng, pairs, days, zones)),
        route_rows=tuple(_road(rng, a, b, zones, days) for a, b in pairs if rng.random() < 0.5),
        hotel_rows=tuple(_hotel(rng, f"Hotel {i}", name) for name in shape.names for i in range(rng.randint(1, 3))),
        restaurant_rows=_named(rng, shape.names, meals, "Table", _restaurant),
        attraction_rows=_named(rng, shape.names, (1, 4), "Sight", _attraction),
    )


def _flights(rng: Random, pairs: list[tuple[str, str]], days: list[date], zones: dict[str, str]) -> list[Flight]:
    rows: list[Flight] = []
    for origin, destination in pairs:
        for day in days:
            for _ in range(rng.choice((0, 1, 1, 2, 2))):
                depart, duration = rng.choice(DEPARTURES), rng.choice(DURATIONS)
                # Never so far back that a meal could be had twice; the date line has a test of its own.
                shift = _zone_shift_min(zones[origin], zones[destination], day)
                arrive = max(0, depart - 200, depart + duration + shift)
                other = {"duration_min": duration, "price_cents": _price(rng, 8), "stops": rng.choice((0, 0, 1, 2))}
                rows.append(flight(origin, destination, day, depart, arrive, row=len(rows) + 1, **other))
    return rows


def _road(rng: Random, origin: str, destination: str, zones: dict[str, str], days: list[date]) -> Route:
    least_min = 60 - min(_zone_shift_min(zones[origin], zones[destination], day) for day in days)
    duration_min = max(least_min, rng.choice((25, 60, 200, 400, 590, 640)))
    return route(origin, destination, rng.randrange(8, 9000) / 10, duration_min)


def _zone_shift_min(here: str, there: str, day: date) -> int:
    if not here or not there:
        return 0
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(here))
    return (
        int((noon.astimezone(ZoneInfo(there)).replace(tzinfo=None) - noon.replace(tzinfo=None)).total_seconds()) // 60
    )


def _price(rng: Random, steps: int) -> int:
    """Return one of few prices, so that there are ties."""
    return rng.randrange(steps) * 7_25


def _hotel(rng: Random, name: str, place: str) -> Hotel:
    forbidden = [rule for rule in HOUSE_RULES if rng.random() < 0.2]
    return hotel(
        name,
        place,
        _price(rng, 12),
        room_type=rng.choice(ROOM_TYPES),
        min_nights=rng.choice((1, 1, 1, 2, 3)),
        max_occupancy=rng.randint(1, 4),
        rating=rng.randint(20, 50) / 10,
        house_rules=" & ".join(f"No {rule}" for rule in forbidden),
    )


def _restaurant(rng: Random, name: str, place: str) -> Restaurant:
    cuisines = tuple(cuisine for cuisine in (*CUISINES, "Fusion") if rng.random() < 0.3) or ("Fusion",)
    return restaurant(name, place, _price(rng, 6), cuisines=cuisines, rating=rng.randint(20, 50) / 10)


def _attraction(rng: Random, name: str, place: str) -> Attraction:
    opens, closes = rng.choice(((0, DAY_MIN), (0, DAY_MIN), (540, 1020), (540, 1140), (780, 1200), (600, 720)))
    return attraction(
        name,
        place,
        rng.choice((0, 0, _price(rng, 4))),
        rating=rng.choice((None, rng.randint(20, 50) / 10)),
        opens_min=opens,
        closes_min=closes,
        closed_weekdays=tuple(day for day in range(7) if rng.random() < 0.07)[:3],
    )


def _named(
    rng: Random, places: Sequence[str], counts: tuple[int, int], word: str, make: Callable[[Random, str, str], T]
) -> tuple[T, ...]:
    """Return rows of each city: a few share their name with another row of the city, or have it in their own."""
    rows = []
    for place in places:
        for i in range(rng.randint(*counts)):
            kind, other = rng.random(), rng.randrange(max(1, i))
            name = f"{word} {i}" if kind < 0.85 else f"{word} {other}" if kind < 0.93 else f"Old {word} {other}"
            rows.append(make(rng, name, place))
    return tuple(rows)


# Random requests


def _request(rng: Random, shape: Shape, inventory: TinyInventory, num_wishes: int) -> TravelRequest:
    named = rng.sample(shape.names, rng.randint(0, shape.num_cities))
    in_region = [row.name for row in inventory.city_rows if row.region == "Region" and row.name in shape.names]
    if len(set(named) | set(in_region)) < shape.num_cities:
        named = rng.sample(shape.names, shape.num_cities)
    adults = rng.choice((1, 2, 2, 3, 5))
    data: dict[str, Any] = {
        "origin": HOME,
        "destination": {
            "cities": named,
            "region": "Region" if len(named) < shape.num_cities or rng.random() < 0.2 else None,
            "num_cities": shape.num_cities,
        },
        "dates": {
            "earliest": shape.first,
            "latest": shape.first + timedelta(days=shape.window_days - 1),
            "num_days": shape.num_days,
        },
        "adults": adults,
        "children": rng.choice((0, 0, 1)),
        "pace": rng.choice(("relaxed", "moderate", "packed")),
        "objective": rng.choice(OBJECTIVES),
    }
    places = named if len(named) == shape.num_cities else sorted({*named, *in_region})
    for wish in rng.sample(list(WISHES), num_wishes):
        group, field = wish.split(".")
        data.setdefault(group, {})[field] = WISHES[wish](rng, places, inventory)
    return TravelRequest.model_validate(data)


def _must_see(rng: Random, places: list[str], inventory: TinyInventory) -> list[str]:
    names = sorted({row.name for row in inventory.attraction_rows if row.city in places})
    chosen = rng.sample(names, min(len(names), rng.choice((1, 1, 2))))
    return [name.upper() if rng.random() < 0.2 else name for name in chosen]


def _avoid(rng: Random, places: list[str], inventory: TinyInventory) -> list[str]:
    names = {row.name for row in inventory.hotel_rows} | {row.name for row in inventory.restaurant_rows}
    return rng.sample(sorted(names), 2)


Wish = Callable[[Random, list[str], TinyInventory], Any]
WISHES: dict[str, Wish] = {
    "lodging.room_type": lambda rng, *_: rng.choice((*ROOM_TYPES, "not shared room")),
    "lodging.house_rules": lambda rng, *_: rng.sample(HOUSE_RULES, rng.choice((1, 2))),
    "lodging.min_rating": lambda rng, *_: rng.choice((2.5, 3.0, 3.5)),
    "lodging.max_price_cents": lambda rng, *_: rng.choice((7_25, 29_00, 50_75)),
    "food.cuisines": lambda rng, *_: rng.sample(CUISINES, rng.choice((1, 2, 3))),
    "food.avoid_cuisines": lambda rng, *_: ["FUSION"],
    "transport.forbidden_modes": lambda rng, *_: rng.sample(("flight", "self-driving", "taxi"), rng.choice((1, 1, 2))),
    "transport.earliest_departure_min": lambda rng, *_: rng.choice((0, 480, 600)),
    "transport.latest_arrival_min": lambda rng, *_: rng.choice((780, 1200, 1439)),
    "transport.max_stops": lambda rng, *_: rng.choice((0, 1)),
    "places.must_see": _must_see,
    "places.avoid": _avoid,
}
OBJECTIVES: tuple[dict[str, int], ...] = (
    {},
    {},
    {"cost": 0, "rating": 1},
    {"cost": 0, "travel_time": 1},
    {"cost": 1, "rating": 2},
    {"cost": 1, "travel_time": 3},
    {"cost": 2, "rating": 1, "travel_time": 1},
    {"cost": 0, "rating": 1, "travel_time": 1},
)
