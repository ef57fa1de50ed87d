"""What is written to a store is what is read from it, and a store is either whole or refused."""

import sqlite3
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.travel.inventory import Attraction, City, Flight, Hotel, Restaurant, Route, Source
from planning.travel.inventory.local_time import local_arrival_min
from planning.travel.inventory.store import DamagedStoreError, Meta, SqliteInventory, WeeklyFlight, write_store

META = Meta(label="a test", is_synthetic=True, currency="EUR")
ZONES = ("America/New_York", "Europe/Rome", "Pacific/Auckland", "Pacific/Honolulu", "Asia/Kolkata", "Africa/Casablanca")
NAMES = tuple(f"City {zone}" for zone in ZONES)
CITIES = tuple(City(name, name, "somewhere", "", zone) for name, zone in zip(NAMES, ZONES, strict=True))
MONDAY = date(2027, 3, 8)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
cents = st.integers(0, 10**9)
sources = st.builds(Source, st.sampled_from(["a.csv", "b.csv"]), st.integers(1, 10**6), st.sampled_from(["", "2027"]))
names = st.sampled_from(NAMES)
ends = st.sampled_from(NAMES[:3])  # few, so that several flights answer one question
rating = st.floats(0, 5)
degrees = st.floats(-90, 90)
minutes = st.integers(0, 1439)
days = st.dates(MONDAY, MONDAY + timedelta(days=13))

routes = st.builds(Route, names, names, st.floats(0, 10**4), st.integers(1, 10**4), sources)
hotels = st.builds(Hotel, text, names, text, cents, st.integers(1, 9), st.integers(1, 9), rating, text, sources)
restaurants = st.builds(Restaurant, text, names, st.lists(text).map(tuple), cents, rating, sources)
weekdays = st.lists(st.integers(0, 6), unique=True).map(tuple)
attractions = st.builds(
    Attraction, text, names, cents, st.none() | rating, minutes, minutes, weekdays, degrees, degrees, sources
)
flights = st.builds(
    Flight, text, ends, ends, days, minutes, st.integers(-1440, 4320), minutes, cents, st.integers(0, 3), sources
)
weekly_flights = st.builds(
    WeeklyFlight, text, ends, ends, st.integers(0, 127), minutes, st.integers(1, 1800), cents, st.just(0), sources
)


@dataclass
class World:
    """Everything that an inventory holds."""

    flights: list[Flight | WeeklyFlight]
    routes: list[Route]
    hotels: list[Hotel]
    restaurants: list[Restaurant]
    attractions: list[Attraction]


worlds = st.builds(
    World,
    st.lists(flights, max_size=20) | st.lists(weekly_flights, max_size=9) | st.lists(flights | weekly_flights),
    st.lists(routes, max_size=15),
    st.lists(hotels, max_size=10),
    st.lists(restaurants, max_size=10),
    st.lists(attractions, max_size=10),
)


def exact_arrival_min(origin: str, destination: str, day: date, depart_min: int, duration_min: int) -> int:
    """The definition: go to UTC, wait, come back."""
    midnight = datetime.combine(day, time())
    depart = (midnight + timedelta(minutes=depart_min)).replace(tzinfo=ZoneInfo(origin))
    arrive = (depart.astimezone(UTC) + timedelta(minutes=duration_min)).astimezone(ZoneInfo(destination))
    return round((arrive.replace(tzinfo=None) - midnight).total_seconds() / 60)


def on_days(flight: Flight | WeeklyFlight, first: date, last: date) -> Iterator[Flight]:
    """The flights of one row, day by day."""
    if isinstance(flight, Flight):
        if first <= flight.day <= last:
            yield flight
        return
    zones = [dict(zip(NAMES, ZONES, strict=True))[name] for name in (flight.origin, flight.destination)]
    for k in range((last - first).days + 1):
        day = first + timedelta(days=k)
        if flight.weekdays >> day.weekday() & 1:
            arrive_min = exact_arrival_min(zones[0], zones[1], day, flight.depart_min, flight.duration_min)
            yield Flight(
                flight.number, flight.origin, flight.destination, day, flight.depart_min, arrive_min,
                flight.duration_min, flight.price_cents, flight.stops, flight.source,
            )  # fmt: skip


def expected(
    world: World, origins: Sequence[str], destinations: Sequence[str], first: date, last: date
) -> list[Flight]:
    asked = [f for f in world.flights if f.origin in origins and f.destination in destinations]
    return [flight for row in asked for flight in on_days(row, first, last)]


@settings(max_examples=60, deadline=None, report_multiple_bugs=False)
@given(worlds, st.lists(ends | names, max_size=6), st.lists(ends | names, max_size=6), days, st.integers(-1, 9))
def test_reading_gives_back_what_was_written_in_its_order(
    world: World, origins: list[str], destinations: list[str], first: date, num_days: int
) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "a store?#%.sqlite"
        write_store(path, meta=META, cities=CITIES, flights=world.flights, routes=world.routes, hotels=world.hotels,
                    restaurants=world.restaurants, attractions=world.attractions)  # fmt: skip
        inventory = SqliteInventory(path)
        assert (inventory.label, inventory.is_synthetic, inventory.currency) == ("a test", True, "EUR")
        assert tuple(inventory.cities()) == CITIES
        last = first + timedelta(days=num_days)
        found = list(inventory.flights(origins, destinations, first, last))
        assert found == expected(world, origins, destinations, first, last)
        everything = expected(world, NAMES, NAMES, MONDAY, MONDAY + timedelta(days=13))
        assert list(inventory.flights(NAMES, NAMES, MONDAY, MONDAY + timedelta(days=13))) == everything
        for a, b in [(NAMES[0], NAMES[1]), (NAMES[2], NAMES[2]), (NAMES[0], NAMES[2])]:
            assert list(inventory.flights([a], [b], first, last)) == expected(world, [a], [b], first, last)
        assert list(inventory.routes(origins, destinations)) == [
            route for route in world.routes if route.origin in origins and route.destination in destinations
        ]
        for name in NAMES:
            assert list(inventory.hotels(name)) == [h for h in world.hotels if h.city == name]
            assert list(inventory.restaurants(name)) == [r for r in world.restaurants if r.city == name]
            assert list(inventory.attractions(name)) == [a for a in world.attractions if a.city == name]


def test_flights_come_in_the_order_of_the_rows_not_of_days_or_kinds(tmp_path: Path) -> None:
    source, ends_of_all = Source("t", 1, ""), (NAMES[0], NAMES[1])
    late = Flight("A", *ends_of_all, MONDAY + timedelta(days=1), 1, 2, 1, 1, 0, source)
    early = Flight("B", *ends_of_all, MONDAY, 1, 2, 1, 1, 0, source)
    rows: list[Flight | WeeklyFlight] = [late, weekly(*ends_of_all), early]
    write_store(tmp_path / "store.sqlite", meta=META, cities=CITIES, flights=rows)
    inventory = SqliteInventory(tmp_path / "store.sqlite")
    for origins in (NAMES[:1], NAMES):
        found = inventory.flights(origins, NAMES[1:2], MONDAY, MONDAY + timedelta(days=1))
        assert [(flight.number, flight.day.day) for flight in found] == [("A", 9), ("X1", 8), ("X1", 9), ("B", 8)]
    write_store(tmp_path / "dated.sqlite", meta=META, cities=CITIES, flights=[late, early])
    inventory = SqliteInventory(tmp_path / "dated.sqlite")
    for origins in (NAMES[:1], NAMES):
        assert inventory.flights(origins, NAMES[1:2], MONDAY, MONDAY + timedelta(days=1)) == (late, early)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ZONES), st.sampled_from(ZONES), st.dates(date(2020, 1, 1), date(2035, 1, 1)), minutes,
    st.integers(1, 2600),
)  # fmt: skip
def test_arrival_is_exact_on_every_day(origin: str, destination: str, day: date, depart: int, duration: int) -> None:
    arrive_min = local_arrival_min(origin, destination, day, depart, duration)
    assert arrive_min == exact_arrival_min(origin, destination, day, depart, duration)


@pytest.mark.parametrize(
    ("zones", "day", "depart", "duration", "arrive"),
    [
        (("America/New_York", "America/Los_Angeles"), date(2027, 5, 12), 600, 360, 780),
        (("America/Los_Angeles", "America/New_York"), date(2027, 3, 13), 1380, 300, 1440 + 480),  # clocks go forward
        (("America/Los_Angeles", "America/New_York"), date(2027, 11, 6), 1380, 300, 1440 + 360),  # clocks go back
        (("Europe/Rome", "America/New_York"), date(2027, 3, 20), 600, 540, 840),  # only America has changed
        (("Pacific/Auckland", "Pacific/Honolulu"), date(2027, 6, 1), 600, 540, 600 + 540 - 22 * 60),  # the day before
    ],
)
def test_arrival_examples(zones: tuple[str, str], day: date, depart: int, duration: int, arrive: int) -> None:
    assert local_arrival_min(*zones, day, depart, duration) == arrive


def weekly(origin: str, destination: str) -> WeeklyFlight:
    return WeeklyFlight("X1", origin, destination, 127, 600, 60, 100, 0, Source("t", 1, ""))


def test_a_store_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    write_store(path, meta=META, cities=CITIES)
    old = path.read_bytes()

    def broken() -> Iterator[Hotel]:
        yield Hotel("H", NAMES[0], "entire room", 1, 1, 1, 5.0, "", Source("t", 1, ""))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_store(path, meta=META, cities=CITIES, hotels=broken())
    with pytest.raises(ValueError, match=r"two cities are called 'City America/New_York'"):
        write_store(path, meta=META, cities=CITIES + CITIES[:1])
    with pytest.raises(ValueError, match="'Atlantis', which has no time zone"):
        write_store(path, meta=META, cities=CITIES, flights=[weekly(NAMES[0], "Atlantis")])
    assert [item.name for item in tmp_path.iterdir()] == ["store.sqlite"]
    assert path.read_bytes() == old


def hotels_in(name: str, num: int) -> Iterator[Hotel]:
    for row in range(1, num + 1):
        yield Hotel(f"Hotel {row}", name, "entire room", row, 1, 2, 4.0, "No pets", Source("t", row, ""))


@pytest.mark.parametrize("kept", [0, 50, 100, 4096, 8000, -4096, -1])
def test_a_truncated_store_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "store.sqlite"
    write_store(path, meta=META, cities=CITIES, hotels=hotels_in(NAMES[0], 500))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DamagedStoreError, match=r"store\.sqlite is not a whole inventory store"):
        SqliteInventory(path)


def test_a_store_with_rotten_pages_says_so_when_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    write_store(path, meta=META, cities=CITIES, hotels=hotels_in(NAMES[0], 500))
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xab" * (len(whole) - 4096))
    with pytest.raises(DamagedStoreError, match="Delete it and build it again"):
        SqliteInventory(path).hotels(NAMES[0])


def test_another_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE hotel (name TEXT)")
        connection.commit()
    with pytest.raises(DamagedStoreError, match="not of version"):
        SqliteInventory(path)
    with pytest.raises(FileNotFoundError):
        SqliteInventory(tmp_path / "absent.sqlite")


def test_an_open_store_survives_being_replaced_and_is_never_written(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    write_store(path, meta=META, cities=CITIES, hotels=hotels_in(NAMES[0], 3))
    inventory = SqliteInventory(path)
    write_store(path, meta=META, cities=CITIES)
    assert len(inventory.hotels(NAMES[0])) == 3
    assert len(SqliteInventory(path).hotels(NAMES[0])) == 0
    assert [item.name for item in tmp_path.iterdir()] == ["store.sqlite"]


def test_threads_share_an_inventory(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    write_store(path, meta=META, cities=CITIES, flights=[weekly(a, b) for a in NAMES for b in NAMES])
    inventory = SqliteInventory(path)
    answers: list[Sequence[Flight]] = []

    def ask() -> None:
        answers.extend(inventory.flights(NAMES, NAMES, MONDAY, MONDAY) for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 200
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0]) == len(NAMES) ** 2


def test_flights_are_streamed_into_the_store(tmp_path: Path) -> None:
    source = Source("t", 1, "")
    rows = (Flight(f"F{k}", NAMES[k % 5], NAMES[5], MONDAY, 1, 2, 1, 1, 0, source) for k in range(20_000))
    tracemalloc.start()
    try:
        write_store(tmp_path / "store.sqlite", meta=META, cities=CITIES, flights=rows)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1_000_000
    assert len(SqliteInventory(tmp_path / "store.sqlite").flights(NAMES, NAMES, MONDAY, MONDAY)) == 20_000
