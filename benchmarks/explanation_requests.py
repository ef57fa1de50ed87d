"""Seeded requests of a traveller who asks for much, in the demo world: one to three cities, named or to be chosen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, get_args

from planning.travel.completion import complete
from planning.travel.gathering import gather
from planning.travel.inventory import City, Inventory
from planning.travel.profile import REALISTIC
from planning.travel.request import HouseRule, TravelRequest
from planning.travel.solving import solve_auto, solve_trip
from solvers.result import Status

FIRST_DAY = date(2027, 3, 1)
CUISINES = ("Chinese", "American", "Italian", "Mexican", "Indian", "Mediterranean", "French")
TIME_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the family, completed, and the least cost of a trip in cents where there is one."""

    seed: int
    request: TravelRequest
    least_cents: int | None


def infeasible_requests(inventory: Inventory, count: int) -> Iterator[Asked]:
    """Yield requests without a trip: most want it for 80 to 99 % of its price, the rest have none at any price."""
    for asked in _requests(inventory):
        if count == 0:
            return
        rng, request = Random(asked.seed), asked.request
        if asked.least_cents is not None:
            budget = round(asked.least_cents * rng.uniform(0.8, 0.99))
            request = request.model_copy(update={"budget_cents": max(1, budget)})
        elif rng.random() < 0.5:
            request = request.model_copy(update={"budget_cents": rng.randrange(300, 3000) * 100})
        count -= 1
        yield Asked(asked.seed, request, asked.least_cents)


def feasible_requests(inventory: Inventory, count: int) -> Iterator[Asked]:
    """Yield requests that have a trip, without a budget."""
    for asked in _requests(inventory):
        if count == 0:
            return
        if asked.least_cents is not None:
            count -= 1
            yield asked


def _requests(inventory: Inventory) -> Iterator[Asked]:
    """Yield the requests of all seeds, without a budget, with what they cost."""
    seed = 0
    while True:
        seed += 1
        request, _ = complete(_request(Random(seed), inventory), REALISTIC, inventory)
        result, _ = solve_trip(gather(request, REALISTIC, inventory), solve_auto, TIME_LIMIT_S)
        if result.status in (Status.OPTIMAL, Status.INFEASIBLE):
            yield Asked(seed, request, result.cost)


def _request(rng: Random, inventory: Inventory) -> TravelRequest:
    cities = list(inventory.cities())
    origin = rng.choice(cities)
    num_cities = rng.choices((1, 2, 3), (5, 3, 2))[0]
    destination = _destination(rng, cities, origin, num_cities)
    num_days = 1 + num_cities + rng.choice((1, 1, 2, 2, 3))
    start = FIRST_DAY + timedelta(days=rng.randrange(200))
    data: dict[str, Any] = {
        "origin": origin.name,
        "destination": destination,
        "dates": {"earliest": start, "latest": start + timedelta(days=num_days - 1), "num_days": num_days},
        "adults": rng.choice((1, 2, 2, 3, 4)),
        "pace": rng.choice(("relaxed", "moderate", "moderate", "packed")),
    }
    for path in rng.sample(list(_WISHES), rng.choice((4, 5, 6, 7))):
        group, field = path.split(".")
        data.setdefault(group, {})[field] = _WISHES[path](rng)
    wishes = data.get("food", {})
    wishes["avoid_cuisines"] = [c for c in wishes.get("avoid_cuisines", []) if c not in wishes.get("cuisines", [])]
    data["food"] = wishes
    if rng.random() < 0.3 and destination.get("cities"):
        names = [sight.name for sight in inventory.attractions(destination["cities"][0])]
        data["places"] = {"must_see": rng.sample(names, rng.choice((1, 2)))}
    return TravelRequest.model_validate(data)


def _destination(rng: Random, cities: list[City], origin: City, num_cities: int) -> dict[str, Any]:
    """Return cities of one region, named or to be chosen."""
    regions: dict[str, list[str]] = {}
    for city in cities:
        if city.name != origin.name:
            for area in {city.region, city.country} - {""}:
                regions.setdefault(area, []).append(city.name)
    region = rng.choice(sorted(area for area, names in regions.items() if num_cities <= len(names) <= 20))
    if rng.random() < 0.5:
        return {"region": region, "num_cities": num_cities}
    return {"cities": rng.sample(sorted(regions[region]), num_cities)}


_WISHES: dict[str, Callable[[Random], Any]] = {
    "lodging.room_type": lambda rng: rng.choice(("entire room", "private room", "shared room", "not shared room")),
    "lodging.house_rules": lambda rng: rng.sample(get_args(HouseRule), rng.choice((1, 1, 2))),
    "lodging.min_rating": lambda rng: rng.choice((3.5, 4.0, 4.5, 4.8)),
    "lodging.max_price_cents": lambda rng: rng.choice((40_00, 60_00, 90_00)),
    "food.cuisines": lambda rng: rng.sample(CUISINES, rng.choice((1, 2, 3))),
    "food.avoid_cuisines": lambda rng: rng.sample(CUISINES, 1),
    "transport.forbidden_modes": lambda rng: rng.sample(("flight", "self-driving", "taxi"), rng.choice((1, 1, 2))),
    "transport.earliest_departure_min": lambda rng: rng.choice((8, 10, 12)) * 60,
    "transport.latest_arrival_min": lambda rng: rng.choice((15, 18, 21)) * 60,
    "transport.max_stops": lambda rng: rng.choice((0, 0, 1)),
}
