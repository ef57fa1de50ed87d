"""The demo is a small world in which trips can be planned, the same on every machine, and plainly made up."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import permutations
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.travel.inventory import City, Inventory
from planning.travel.inventory.contract import check_inventory
from planning.travel.inventory.demo import AS_OF, open_demo
from planning.travel.inventory.demo_sights import demo_sights
from planning.travel.inventory.demo_world import demo_places, great_circle_km
from planning.travel.request import RoomType

ROOT = Path(__file__).parents[2]
MONDAY = date(2027, 5, 10)
CUISINES = ("Chinese", "American", "Italian", "Mexican", "Indian", "Mediterranean", "French")
PLACES = {place.city.name: place for place in demo_places()}


@pytest.fixture(scope="module")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(demo_dir: Path) -> Inventory:
    return open_demo(demo_dir)


@pytest.fixture(scope="module")
def names(demo: Inventory) -> list[str]:
    return [city.name for city in demo.cities()]


def digest(directory: Path) -> str:
    (file,) = directory.iterdir()
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_contract_holds(demo: Inventory) -> None:
    assert check_inventory(demo, MONDAY, MONDAY + timedelta(days=2)) == ()


def test_one_seed_gives_the_same_bytes_whatever_the_hash_seed(demo: Inventory, demo_dir: Path, tmp_path: Path) -> None:
    build = "from planning.travel.inventory.demo import open_demo"
    code = f"import sys, pathlib; {build}; open_demo(pathlib.Path(sys.argv[1]))"
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        directory = tmp_path / hash_seed
        subprocess.run([sys.executable, "-c", code, str(directory)], cwd=ROOT, env=environment, check=True)
        assert digest(directory) == digest(demo_dir)


def test_another_seed_gives_another_world_of_the_same_cities(demo: Inventory, tmp_path: Path) -> None:
    other = open_demo(tmp_path, seed=1)
    assert other.cities() == demo.cities()
    assert other.hotels("Boston") != demo.hotels("Boston")
    assert "seed 1" in other.label


def test_it_says_that_it_is_made_up(demo: Inventory, names: list[str], demo_dir: Path) -> None:
    assert demo.is_synthetic
    assert "synthetic demo data" in demo.label
    sources = [item.source for ask in (demo.hotels, demo.restaurants, demo.attractions) for item in ask("Rome")]
    sources += [item.source for item in demo.flights(["Rome"], names, MONDAY, MONDAY)]
    sources += [item.source for item in demo.routes(["Rome"], names)]
    assert {source.table for source in sources} == {
        "demo.hotels", "demo.restaurants", "demo.attractions", "demo.flights", "demo.routes",
    }  # fmt: skip
    assert {source.as_of for source in sources} == {AS_OF}
    assert sum(file.stat().st_size for file in demo_dir.iterdir()) < 30_000_000


def test_the_world_has_regions_to_travel_in_and_names_that_clash(demo: Inventory) -> None:
    cities = demo.cities()
    assert len(cities) >= 130
    regions = Counter(city.region for city in cities)
    states = {city.region for city in cities if city.country == "US"}
    assert len(states) >= 25
    assert sum(regions[state] >= 3 for state in states) >= 7
    assert sum(regions[country] >= 3 for country in ("Italy", "France", "Spain", "Germany", "United Kingdom")) == 5
    by_plain: dict[str, list[City]] = {}
    for city in cities:
        by_plain.setdefault(city.plain, []).append(city)
    for plain, clashing in by_plain.items():
        expected = [plain] if len(clashing) == 1 else [f"{plain}, {city.region}" for city in clashing]
        assert [city.name for city in clashing] == expected
    assert {"Portland", "Birmingham", "San Jose", "Springfield"} <= {p for p, same in by_plain.items() if len(same) > 1}
    assert all(city.time_zone and city.country for city in cities)


def test_any_city_is_reached_from_any_other_every_day(demo: Inventory, names: list[str]) -> None:
    roads = {(route.origin, route.destination) for route in demo.routes(names, names)}
    for day in (MONDAY, date(2026, 12, 26), date(2028, 2, 29)):
        flown = {(flight.origin, flight.destination) for flight in demo.flights(names, names, day, day)}
        assert set(permutations(names, 2)) - flown - roads == set()
        assert not any(a == b for a, b in flown)


def test_no_road_crosses_the_sea_or_is_shorter_than_the_way_of_a_bird(demo: Inventory, names: list[str]) -> None:
    roads = {(route.origin, route.destination): route for route in demo.routes(names, names)}
    for (origin, destination), route in roads.items():
        assert PLACES[origin].landmass == PLACES[destination].landmass
        assert great_circle_km(PLACES[origin], PLACES[destination]) < route.distance_km <= 900
        assert 50 < route.distance_km / (route.duration_min / 60) < 100
        assert roads[destination, origin].distance_km == route.distance_km
    for pair in [("London", "Paris"), ("Honolulu", "Hilo"), ("Athens", "Naples"), ("Boston", "Nantucket"),
                 ("Palermo", "Naples"), ("Copenhagen", "Hamburg"), ("Helsinki", "Stockholm"), ("Tokyo", "Sapporo"),
                 ("Dublin", "Manchester"), ("Barcelona", "Palma"), ("Malaga", "Marrakesh")]:  # fmt: skip
        assert pair not in roads
        assert set(pair) <= set(names)
    drives = {("Los Angeles", "San Diego"), ("Paris", "Brussels"), ("Milan", "Venice"), ("Seattle", "Vancouver")}
    assert drives <= set(roads)


@settings(max_examples=25, deadline=None)
@given(st.dates(date(2024, 1, 1), date(2036, 1, 1)), st.sampled_from(sorted(PLACES)), st.sampled_from(sorted(PLACES)))
def test_flights_obey_the_clocks_of_both_cities(demo: Inventory, day: date, origin: str, destination: str) -> None:
    for flight in demo.flights([origin], [destination], day, day):
        assert 330 <= flight.depart_min < 1440
        km = great_circle_km(PLACES[origin], PLACES[destination])
        assert flight.duration_min >= round(km / 800 * 60 + 30)
        zones = [PLACES[name].city.time_zone for name in (origin, destination)]
        leaves_s = clock_s(day, flight.depart_min, zones[0], fold=0)
        # When clocks go back, an hour is shown twice: it arrives in one of the two.
        arrives_s = [clock_s(day, flight.arrive_min, zones[1], fold=fold) for fold in (0, 1)]
        assert leaves_s + flight.duration_min * 60 in arrives_s


def clock_s(day: date, minute: int, zone: str, *, fold: int) -> float:
    shown = datetime.combine(day, time()) + timedelta(minutes=minute)
    return shown.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def test_tickets_are_such_as_people_know(demo: Inventory, names: list[str]) -> None:
    flights = demo.flights(names, names, MONDAY, MONDAY)
    assert {flight.stops for flight in flights} == {0, 1, 2}
    assert sum(flight.depart_min > 22 * 60 + 30 for flight in flights) > 50
    assert all(2900 <= flight.price_cents <= 200_000 for flight in flights)
    assert len({flight.number for flight in flights}) == len(flights)
    far = [f for f in flights if great_circle_km(PLACES[f.origin], PLACES[f.destination]) > 2500]
    both: dict[tuple[str, str], dict[bool, list[tuple[int, int]]]] = {}
    for flight in far:
        by_kind = both.setdefault((flight.origin, flight.destination), {})
        by_kind.setdefault(flight.stops == 0, []).append((flight.price_cents, flight.duration_min))
    choices = [kinds for kinds in both.values() if len(kinds) == 2]
    assert len(choices) > 200
    assert all(max(t for _, t in kinds[True]) < min(t for _, t in kinds[False]) for kinds in choices)
    cheaper = [min(kinds[False]) < min(kinds[True]) for kinds in choices]
    assert 0.5 < sum(cheaper) / len(cheaper) < 0.95


def test_every_city_can_put_up_and_feed_anyone(demo: Inventory, names: list[str]) -> None:
    rules = {"No pets", "No smoking", "No parties", "No visitors", "No children under 10"}
    for name in names:
        hotels, restaurants = demo.hotels(name), demo.restaurants(name)
        assert 8 <= len(hotels) <= 20
        assert 20 <= len(restaurants) <= 40
        for room_type in get_args(RoomType)[:3]:
            assert any(h.room_type == room_type and not h.house_rules and h.min_nights == 1 for h in hotels)
        assert set(CUISINES) <= {cuisine for restaurant in restaurants for cuisine in restaurant.cuisines}
        assert {rule for h in hotels if h.house_rules for rule in h.house_rules.split(" & ")} <= rules
        assert all(2.5 <= h.rating <= 5 and 1 <= h.max_occupancy <= 8 for h in hotels)
        assert all(len(set(r.cuisines)) == len(r.cuisines) for r in restaurants)
        assert all(hotel.price_cents > 0 and round(hotel.rating, 1) == hotel.rating for hotel in hotels)
        assert all(place.price_cents > 0 and round(place.rating, 1) == place.rating for place in restaurants)


def test_no_name_in_a_city_is_part_of_another(demo: Inventory, names: list[str]) -> None:
    for name in names:
        for ask in (demo.hotels, demo.restaurants, demo.attractions):
            found = [item.name for item in ask(name)]
            assert not [(a, b) for a, b in permutations(found, 2) if a in b]


def test_attractions_lie_near_their_city_and_open_as_such_places_do(demo: Inventory, names: list[str]) -> None:
    for name in names:
        attractions = demo.attractions(name)
        assert 8 <= len(attractions) <= 16
        place = PLACES[name]
        for attraction in attractions:
            away = abs(attraction.latitude - place.latitude), abs(attraction.longitude - place.longitude)
            assert max(away) < 1, attraction
            if attraction.name.endswith("Museum"):
                assert 0 in attraction.closed_weekdays
            if attraction.name in ("Riverside Park", "Hilltop Park", "Central Park"):
                assert attraction.price_cents == 0


def test_well_known_sights_are_where_people_look_for_them(demo: Inventory) -> None:
    sights = demo_sights()
    assert len(sights) >= 40
    airports = {place.airport: place.city.name for place in PLACES.values()}
    for airport, known in sights.items():
        found = [attraction.name for attraction in demo.attractions(airports[airport])]
        assert found[: len(known)] == [sight.name for sight in known]
    assert "Louvre Museum" in [attraction.name for attraction in demo.attractions("Paris")]


def test_dear_cities_are_dearer(demo: Inventory) -> None:
    def mean_cents(level: int) -> float:
        prices = [
            hotel.price_cents
            for place in PLACES.values()
            for hotel in demo.hotels(place.city.name)
            if place.price_level == level
        ]
        return sum(prices) / len(prices)

    assert sorted(range(1, 6), key=mean_cents) == [1, 2, 3, 4, 5]
