"""What a persona wishes for: a symbolic request drawn from what an inventory offers, before anything is priced."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from data.personas import Persona
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo_chance import pick, shuffled, whole
from planning.travel.request import Dates, TravelRequest

TODAY = date(2027, 1, 4)
"""The day on which all of these travellers write."""

YOUNG = 10
_MAX_ALL_ROAD_CITIES = 3
Fields = dict[str, Any]


@dataclass(frozen=True)
class World:
    """What travellers know of an inventory: its cities by region and country, its cuisines, its sights."""

    inventory: Inventory

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return the cities of each region or country that has two or more, by its name in the inventory."""
        found: dict[str, list[str]] = {}
        for city in self.inventory.cities():
            for name in dict.fromkeys((city.region, city.country)):
                if name:
                    found.setdefault(name, []).append(city.name)
        by_cities = {tuple(cities): name for name, cities in reversed(found.items()) if len(cities) > 1}
        return {name: cities for cities, name in reversed(by_cities.items())}

    @cached_property
    def countries(self) -> dict[str, tuple[str, ...]]:
        """Return the cities of each country that has two or more; where no country is known, of all cities together."""
        found: dict[str, list[str]] = {}
        for city in self.inventory.cities():
            found.setdefault(city.country, []).append(city.name)
        return {code: tuple(cities) for code, cities in found.items() if len(cities) > 1}

    @cached_property
    def cuisines(self) -> tuple[str, ...]:
        """Return the cuisines that most cities serve."""
        cities = self.inventory.cities()
        count: dict[str, int] = {}
        for city in cities:
            served = {cuisine for place in self.inventory.restaurants(city.name) for cuisine in place.cuisines}
            count |= {cuisine: count.get(cuisine, 0) + 1 for cuisine in served}
        return tuple(sorted(cuisine for cuisine, number in count.items() if 2 * number > len(cities)))

    def sights(self, cities: Sequence[str]) -> tuple[str, ...]:
        """Return the sights of some cities, in the order of the inventory."""
        return tuple(dict.fromkeys(sight.name for city in cities for sight in self.inventory.attractions(city)))


def draw_fields(persona: Persona, world: World, rng: random.Random) -> Fields:
    """Return what a persona wishes for, by dotted path; a budget is not among it, because it depends on prices."""
    party = persona.party
    fields: Fields = {"adults": party.adults}
    if party.ages:
        fields["children"] = len(party.ages)
    fields |= _route(world, rng)
    num_cities = fields.get("destination.num_cities") or len(fields.get("destination.cities", (1,)))
    fields["dates"] = _dates(num_cities, rng, is_far=_is_far(fields, world))
    wishes: Fields = {"lodging.house_rules": ("children under 10",)} if any(a < YOUNG for a in party.ages) else {}
    cities = fields.get("destination.cities", ())
    sights = world.sights(cities)
    for habit in persona.habits:
        _merge(wishes, HABIT_WISHES[habit](rng, world, sights) if habit in HABIT_WISHES else {})
    return fields | wishes


def request_of(fields: Fields) -> TravelRequest:
    """Return fields by dotted path as a request.

    Raises:
        ValueError: They contradict each other.
    """
    draft: dict[str, Any] = {}
    for path, value in fields.items():
        section, _, name = path.rpartition(".")
        (draft.setdefault(section, {}) if section else draft)[name] = value
    return TravelRequest.model_validate(draft)


def fields_of(request: TravelRequest) -> Fields:
    """Return what a request says beyond the defaults, by dotted path."""
    dump, plain = request.model_dump(exclude={"provenance", "schema_version"}), request.model_dump()
    found: Fields = {"origin": request.origin, "dates": request.dates}
    for section, value in dump.items():
        if section in ("lodging", "food", "transport", "places", "destination"):
            found |= {f"{section}.{name}": each for name, each in value.items() if each not in (None, ())}
        elif section not in ("origin", "dates"):
            found[section] = plain[section]
    return found


def _route(world: World, rng: random.Random) -> Fields:
    country = pick(rng, ["US", "US", "US", *world.countries] if "US" in world.countries else [*world.countries])
    cities = shuffled(rng, world.countries[country])
    origin, others = cities[0], cities[1:]
    kind = rng.random()
    if kind < 0.15:  # abroad
        other = pick(rng, [city.name for city in world.inventory.cities() if city.name not in cities])
        return {"origin": origin, "destination.cities": (other,)}
    if kind < 0.4 and len(others) > 2:
        return {"origin": origin, "destination.cities": tuple(others[: pick(rng, (2, 2, 3))])}
    if kind < 0.65:
        region = pick(rng, [*world.groups])
        most = min(_MAX_ALL_ROAD_CITIES, sum(city != origin for city in world.groups[region]))
        return {"origin": origin, "destination.region": region, "destination.num_cities": whole(rng, 1, most)}
    return {"origin": origin, "destination.cities": (others[0],)}


def _is_far(fields: Fields, world: World) -> bool:
    country = {city.name: city.country for city in world.inventory.cities()}
    goals = fields.get("destination.cities") or world.groups[fields["destination.region"]]
    return any(country[goal] != country[fields["origin"]] for goal in goals)


def _dates(num_cities: int, rng: random.Random, *, is_far: bool) -> Dates:
    num_days = max(3, 2 * num_cities + whole(rng, 0, 2)) + (3 if is_far else 0)
    if rng.random() < 0.15:
        first = date(TODAY.year, whole(rng, 2, 11), 1)
        last = date(first.year, first.month + 1, 1) - timedelta(days=1)
        return Dates(earliest=first, latest=last, num_days=num_days)
    return Dates.starting(TODAY + timedelta(days=whole(rng, 20, 300)), num_days)


def _merge(wishes: Fields, more: Fields) -> None:
    """Add wishes; lists grow, and what is wished for already stays."""
    for path, value in more.items():
        if isinstance(value, tuple):
            wishes[path] = tuple(dict.fromkeys((*wishes.get(path, ()), *value)))
        else:
            wishes.setdefault(path, value)
    both = {*wishes.get("food.cuisines", ())} & {*wishes.get("food.avoid_cuisines", ())}
    both |= {*wishes.get("places.must_see", ())} & {*wishes.get("places.avoid", ())}
    for path in ("food.avoid_cuisines", "places.avoid"):
        rest = tuple(name for name in wishes.get(path, ()) if name not in both)
        if path in wishes and not rest:
            del wishes[path]
        elif path in wishes:
            wishes[path] = rest


Habit = Callable[[random.Random, World, Sequence[str]], Fields]


def _always(path: str, *values: Any) -> Habit:
    return lambda rng, _world, _sights: {path: pick(rng, values)}


def _objective(goal: str) -> Habit:
    weights = {"cost": 0, "rating": 0, "travel_time": 0} | {goal: 1}
    return lambda _rng, _world, _sights: {"objective": weights}


def _cuisines(path: str, *numbers: int) -> Habit:
    return lambda rng, world, _sights: {path: tuple(shuffled(rng, world.cuisines)[: pick(rng, numbers)])}


def _sights(path: str, *numbers: int) -> Habit:
    def wish(rng: random.Random, _world: World, sights: Sequence[str]) -> Fields:
        return {path: tuple(shuffled(rng, sights)[: pick(rng, numbers)])} if sights else {}

    return wish


HABIT_WISHES: dict[str, Habit] = {
    "brings the dog": _always("lodging.house_rules", ("pets",)),
    "smokes": _always("lodging.house_rules", ("smoking",)),
    "throws parties": _always("lodging.house_rules", ("parties",)),
    "has guests": _always("lodging.house_rules", ("visitors",)),
    "sleeps alone": _always("lodging.room_type", "private room"),
    "likes hostels": _always("lodging.room_type", "shared room"),
    "wants it whole": _always("lodging.room_type", "entire room"),
    "will not share": _always("lodging.room_type", "not shared room"),
    "reads reviews": _always("lodging.min_rating", 3.0, 3.5, 4.0, 4.5),
    "watches the rates": _always("lodging.max_price_cents", 9_000, 12_000, 15_000, 20_000, 25_000),
    "afraid of flying": _always("transport.forbidden_modes", ("flight",)),
    "has no licence": _always("transport.forbidden_modes", ("self-driving",)),
    "avoids taxis": _always("transport.forbidden_modes", ("taxi",)),
    "sleeps late": _always("transport.earliest_departure_min", 480, 540, 570, 600),
    "goes to bed early": _always("transport.latest_arrival_min", 1200, 1260, 1290, 1320),
    "hates changing planes": _always("transport.max_stops", 0, 0, 0, 1),
    "eats everything": _cuisines("food.cuisines", 2, 2, 3),
    "loves one cuisine": _cuisines("food.cuisines", 1),
    "cannot stand a cuisine": _cuisines("food.avoid_cuisines", 1),
    "collects sights": _sights("places.must_see", 1, 1, 2),
    "avoids crowds": _sights("places.avoid", 1),
    "idles": _always("pace", "relaxed"),
    "hurries": _always("pace", "packed"),
    "counts every cent": _objective("cost"),
    "wants the best": _objective("rating"),
    "hates travelling": _objective("travel_time"),
}
