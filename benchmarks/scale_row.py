"""One row of the scale benchmark, in a process of its own: make an inventory, or plan one trip and measure it."""

import json
import os
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib import import_module
from itertools import pairwise
from math import hypot
from pathlib import Path
from typing import Any

from benchmarks.scale import TIME_LIMIT_S, Case, Task
from planning.travel.completion import complete
from planning.travel.decoding import decode
from planning.travel.gathering import gather
from planning.travel.inventory import Attraction, City, Flight, Hotel, Restaurant, Route, Source
from planning.travel.inventory.local_time import local_arrival_min
from planning.travel.inventory.store import Meta, SqliteInventory, write_store
from planning.travel.profile import PROFILES
from planning.travel.request import TravelRequest
from planning.travel.rules import check_rules
from planning.travel.solving import SOLVERS, solve_trip

FIRST_DAY = date(2027, 5, 3)
HOME = "Homeville"
REGION = "Wideland"
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
CUISINES = ("Chinese", "American", "Italian", "Mexican", "Indian", "Mediterranean", "French", "Tea", "Pizza", "Seafood")
ROOM_TYPES = ("entire room", "private room", "shared room")
HOUSE_RULES = ("", "No parties", "No smoking", "No pets", "No visitors & No pets", "No children under 10")
AS_OF = "2027-01-01"


# Inventories


@dataclass(frozen=True, slots=True)
class Place:
    """A made-up city with its coordinates in kilometres and its price level."""

    city: City
    x_km: float
    y_km: float
    level: float

    def km_to(self, other: "Place") -> float:
        """Return the distance as the crow flies."""
        return hypot(self.x_km - other.x_km, self.y_km - other.y_km)


def write_inventory(path: Path, case: Case) -> None:
    """Write a seeded inventory of a case's size.

    Fares follow the distance, the day and chance; hotels and restaurants follow their city's price level: so the order
    of the cities and the days matter.
    """
    places = _places(case)
    write_store(
        path,
        meta=Meta("made for the scale benchmark", is_synthetic=True),
        cities=[place.city for place in places],
        flights=_flights(case, places),
        routes=_routes(places),
        hotels=_hotels(case, places[1:]),
        restaurants=_restaurants(case, places[1:]),
        attractions=_attractions(case, places[1:]),
    )


def _rng(case: Case, table: str) -> random.Random:
    return random.Random(f"{table} {case.num_cities} {case.num_flights} {case.num_hotels} {case.seed}")


def _places(case: Case) -> list[Place]:
    rng = _rng(case, "places")
    cities = [City(HOME, HOME, "Elsewhere", "US", ZONES[0])]
    for number, name in enumerate(_city_names(case)):
        cities.append(City(name, name, REGION, "US", ZONES[number % len(ZONES)]))
    return [Place(city, rng.uniform(0, 2500), rng.uniform(0, 1500), rng.uniform(0.7, 1.4)) for city in cities]


def _city_names(case: Case) -> list[str]:
    return [f"City {number:02d}" for number in range(case.num_cities)]


def _flights(case: Case, places: Sequence[Place]) -> Iterator[Flight]:
    rng = _rng(case, "flights")
    days = [FIRST_DAY + timedelta(days=number) for number in range(case.window_days)]
    seasons = {(a.city.name, b.city.name, day): rng.uniform(0.8, 1.3) for a in places for b in places for day in days}
    for row in range(1, case.num_flights + 1):
        (origin, destination), day = rng.sample(places, 2), rng.choice(days)
        here, there = origin.city, destination.city
        depart_min, stops = 5 * rng.randrange(60, 280), rng.choice((0, 0, 1, 1, 2))
        duration_min = round(45 + origin.km_to(destination) / 12) + rng.randint(60, 150) * stops
        arrive_min = local_arrival_min(here.time_zone, there.time_zone, day, depart_min, duration_min)
        fare_cents = (5000 + 9 * origin.km_to(destination)) * seasons[here.name, there.name, day] * 0.9**stops
        price_cents = round(fare_cents * rng.uniform(0.7, 1.8))
        times = depart_min, arrive_min, duration_min
        source = Source("scale.flights", row, AS_OF)
        yield Flight(f"S{row:06d}", here.name, there.name, day, *times, price_cents, stops, source)


def _routes(places: Sequence[Place]) -> Iterator[Route]:
    pairs = [(origin, destination) for origin in places for destination in places if origin is not destination]
    for row, (origin, destination) in enumerate(pairs, 1):
        km = round(1.25 * origin.km_to(destination), 1)
        source = Source("scale.routes", row, AS_OF)
        yield Route(origin.city.name, destination.city.name, km, round(km / 90 * 60) + 1, source)


def _hotels(case: Case, places: Sequence[Place]) -> Iterator[Hotel]:
    rng = _rng(case, "hotels")
    for row in range(1, case.num_hotels + 1):
        place, rating = places[row % len(places)], rng.randint(20, 50) / 10
        yield Hotel(
            name=f"Hotel {row:06d}",
            city=place.city.name,
            room_type=rng.choice(ROOM_TYPES),
            price_cents=round(3000 * rating * place.level * rng.uniform(0.7, 1.6)),
            min_nights=rng.choice((1, 1, 1, 2, 3)),
            max_occupancy=rng.randint(1, 5),
            rating=rating,
            house_rules=rng.choice(HOUSE_RULES),
            source=Source("scale.hotels", row, AS_OF),
        )


def _restaurants(case: Case, places: Sequence[Place]) -> Iterator[Restaurant]:
    rng = _rng(case, "restaurants")
    for row in range(1, max(case.num_hotels, 25 * len(places)) + 1):
        place, rating = places[row % len(places)], rng.randint(20, 50) / 10
        yield Restaurant(
            name=f"Restaurant {row:06d}",
            city=place.city.name,
            cuisines=tuple(rng.sample(CUISINES, rng.randint(1, 4))),
            price_cents=round(700 * rating * place.level * rng.uniform(0.5, 1.6)),
            rating=rating,
            source=Source("scale.restaurants", row, AS_OF),
        )


def _attractions(case: Case, places: Sequence[Place]) -> Iterator[Attraction]:
    rng = _rng(case, "attractions")
    for row in range(1, max(case.num_hotels // 10, 20 * len(places)) + 1):
        yield Attraction(
            name=f"Sight {row:06d}",
            city=places[row % len(places)].city.name,
            price_cents=100 * rng.randint(0, 40),
            rating=rng.randint(20, 50) / 10,
            opens_min=rng.choice((0, 9 * 60, 10 * 60, 12 * 60)),
            closes_min=rng.choice((17 * 60, 18 * 60, 20 * 60, 1440)),
            closed_weekdays=rng.choice(((), (), (), (0,), (6,))),
            latitude=0.0,
            longitude=0.0,
            source=Source("scale.attractions", row, AS_OF),
        )


# One row


def measure(store: Path, task: Task) -> dict[str, Any]:
    """Plan one trip step by step, and return the seconds of each, what was proven, and the peak memory."""
    import_module("ortools.sat.python.cp_model")  # so that no step pays for the import
    cpu = _cpu_s()
    clock = [time.perf_counter()]
    inventory = SqliteInventory(store)
    clock.append(time.perf_counter())
    request, _ = complete(trip_request(task.case), PROFILES[task.profile], inventory)
    candidates = gather(request, PROFILES[task.profile], inventory)
    clock.append(time.perf_counter())
    result, encoding = solve_trip(candidates, SOLVERS[task.solver], TIME_LIMIT_S)
    clock.append(time.perf_counter())
    itinerary = decode(encoding, result.solution, inventory) if result.solution is not None else None
    verdict = check_rules(itinerary, request, inventory) if itinerary else None
    clock.append(time.perf_counter())
    seconds = [after - before for before, after in pairwise(clock)]
    row: dict[str, Any] = {
        "case": asdict(task.case),
        "profile": task.profile,
        "solver": task.solver,
        **dict(zip(("open_s", "gather_s", "solve_s", "check_s"), seconds, strict=True)),
        "total_s": clock[-1] - clock[0],
        "cpu_s": _cpu_s() - cpu,
        "status": result.status.value,
        "gap": result.gap,
        "cost": result.cost,
        "valid": verdict is not None and verdict.valid,
        "num_variables": encoding.model.num_variables,
        "num_rows": encoding.model.num_rows,
        "rss_mb": peak_rss_mb(),
        "store_mb": store.stat().st_size / 1e6,
    }
    if task.with_peer:
        peer, whole = solve_trip(candidates, SOLVERS[task.solver], 6 * TIME_LIMIT_S, bounded=False)
        row["peer"] = {
            "solve_s": peer.seconds,
            "status": peer.status.value,
            "cost": peer.cost,
            "num_variables": whole.model.num_variables,
            "ratio": peer.seconds / result.seconds,
        }
    return row


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_rss_mb() -> float:
    """Return the peak resident memory of this process plus that of its largest child, in units of 2**20 bytes.

    A child starts with its parent's peak by `getrusage`, so that the sum is an upper bound where CBC runs beside. Of
    this process itself, Linux knows the peak since its program began.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        own = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), own)
    return (own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit) / 2**20


def trip_request(case: Case) -> TravelRequest:
    """Return the request of a case: two people, with wishes of every sort and a budget."""
    choice = case.num_cities > case.num_stays
    last_day = FIRST_DAY + timedelta(days=case.window_days - 1)
    return TravelRequest.model_validate(
        {
            "origin": HOME,
            "destination": {"region": REGION, "num_cities": case.num_stays}
            if choice
            else {"cities": _city_names(case)},
            "dates": {"earliest": FIRST_DAY, "latest": last_day, "num_days": case.num_days},
            "adults": 2,
            "budget_cents": 600_000,
            "lodging": {"room_type": "not shared room", "house_rules": ["smoking"], "min_rating": 3.0},
            "food": {"cuisines": ["Indian", "French", "Mexican"]},
            "transport": {"max_stops": 1, "forbidden_modes": ["self-driving"]},
            "objective": {"cost": 1, "rating": 5, "travel_time": 5} if case.weighted else {"cost": 1},
        }
    )


def main(action: str, store: str, data: str) -> None:
    """Build the inventory of a case, or measure a task on it and print the row as JSON."""
    fields = json.loads(data)
    if action == "build":
        write_inventory(Path(store), Case(**fields))
    else:
        task = Task(**{**fields, "case": Case(**fields["case"])})
        print(json.dumps(measure(Path(store), task)))


if __name__ == "__main__":
    main(*sys.argv[1:])
