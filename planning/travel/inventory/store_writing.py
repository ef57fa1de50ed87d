"""The sqlite schema of an inventory, and writing one aside so that a file is either whole or absent."""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from planning.travel.inventory import Attraction, City, Flight, Hotel, Restaurant, Route, Source

STORE_VERSION = 1
APPLICATION_ID = 0x32464C44

# Flights are clustered by (origin, destination, day): the table is its own covering index. `seq` is the order written.
_SCHEMA = """
CREATE TABLE meta (label TEXT NOT NULL, is_synthetic INTEGER NOT NULL, currency TEXT NOT NULL);
CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE origin_table (id INTEGER PRIMARY KEY, name TEXT NOT NULL, as_of TEXT NOT NULL);
CREATE TABLE city (seq INTEGER PRIMARY KEY, name TEXT, plain TEXT, region TEXT, country TEXT, time_zone TEXT);
CREATE TABLE flight (
  origin INTEGER, destination INTEGER, day INTEGER, seq INTEGER, number TEXT, depart_min INTEGER, arrive_min INTEGER,
  duration_min INTEGER, price_cents INTEGER, stops INTEGER, source INTEGER, source_row INTEGER,
  PRIMARY KEY (origin, destination, day, seq)) WITHOUT ROWID;
CREATE TABLE weekly_flight (
  origin INTEGER, destination INTEGER, seq INTEGER, weekdays INTEGER, number TEXT, depart_min INTEGER,
  duration_min INTEGER, price_cents INTEGER, stops INTEGER, source INTEGER, source_row INTEGER,
  PRIMARY KEY (origin, destination, seq)) WITHOUT ROWID;
CREATE TABLE route (
  place INTEGER, seq INTEGER, destination INTEGER, distance_km REAL, duration_min INTEGER,
  source INTEGER, source_row INTEGER, PRIMARY KEY (place, seq)) WITHOUT ROWID;
CREATE TABLE hotel (
  place INTEGER, seq INTEGER, name TEXT, room_type TEXT, price_cents INTEGER, min_nights INTEGER,
  max_occupancy INTEGER, rating REAL, house_rules TEXT, source INTEGER, source_row INTEGER,
  PRIMARY KEY (place, seq)) WITHOUT ROWID;
CREATE TABLE restaurant (
  place INTEGER, seq INTEGER, name TEXT, cuisines TEXT, price_cents INTEGER, rating REAL,
  source INTEGER, source_row INTEGER, PRIMARY KEY (place, seq)) WITHOUT ROWID;
CREATE TABLE attraction (
  place INTEGER, seq INTEGER, name TEXT, price_cents INTEGER, rating REAL, opens_min INTEGER, closes_min INTEGER,
  closed_weekdays TEXT, latitude REAL, longitude REAL, source INTEGER, source_row INTEGER,
  PRIMARY KEY (place, seq)) WITHOUT ROWID;
CREATE TEMP TABLE loading (
  weekdays INTEGER, origin INTEGER, destination INTEGER, day INTEGER, seq INTEGER, number TEXT, depart_min INTEGER,
  arrive_min INTEGER, duration_min INTEGER, price_cents INTEGER, stops INTEGER, source INTEGER, source_row INTEGER);
"""

# Flights arrive in any order: sorting them once and appending is what keeps loading millions of them linear.
_CLUSTER = (
    """
INSERT INTO flight SELECT origin, destination, day, seq, number, depart_min, arrive_min, duration_min, price_cents,
  stops, source, source_row FROM loading WHERE weekdays IS NULL ORDER BY origin, destination, day, seq""",
    """
INSERT INTO weekly_flight SELECT origin, destination, seq, weekdays, number, depart_min, duration_min, price_cents,
  stops, source, source_row FROM loading WHERE weekdays IS NOT NULL ORDER BY origin, destination, seq""",
)


@dataclass(frozen=True, slots=True)
class WeeklyFlight:
    """A flight of a weekly timetable, in local time all year. Bit k of `weekdays` is set where it departs, Monday = 0.

    The arrival follows, day by day, from the time zones of the two cities. `price_cents` is for one person.
    """

    number: str
    origin: str
    destination: str
    weekdays: int
    depart_min: int
    duration_min: int
    price_cents: int
    stops: int
    source: Source


@dataclass(frozen=True, slots=True)
class Meta:
    """What an inventory says of itself: its name for people, whether its offers are made up, and its currency."""

    label: str
    is_synthetic: bool
    currency: str = "USD"


@dataclass(slots=True)
class _Encoder:
    """Turn records into rows, with small integers for the names of cities and of tables."""

    places: dict[str, int] = field(default_factory=dict)
    tables: dict[tuple[str, str], int] = field(default_factory=dict)
    weekly: dict[str, None] = field(default_factory=dict)

    def place(self, name: str) -> int:
        return self.places.setdefault(name, len(self.places))

    def source(self, source: Source) -> tuple[int, int]:
        return self.tables.setdefault((source.table, source.as_of), len(self.tables)), source.row

    def flight(self, seq: int, flight: Flight | WeeklyFlight) -> tuple[Any, ...]:
        if isinstance(flight, Flight):
            weekdays, day, arrive_min = None, flight.day.toordinal(), flight.arrive_min
        else:
            weekdays, day, arrive_min = flight.weekdays, None, None
            self.weekly.update({flight.origin: None, flight.destination: None})
        places = (self.place(flight.origin), self.place(flight.destination))
        times = (flight.depart_min, arrive_min, flight.duration_min)
        return (
            weekdays,
            *places,
            day,
            seq,
            flight.number,
            *times,
            flight.price_cents,
            flight.stops,
            *self.source(flight.source),
        )

    def route(self, seq: int, route: Route) -> tuple[Any, ...]:
        return (
            self.place(route.origin),
            seq,
            self.place(route.destination),
            route.distance_km,
            route.duration_min,
            *self.source(route.source),
        )

    def hotel(self, seq: int, hotel: Hotel) -> tuple[Any, ...]:
        return (
            self.place(hotel.city),
            seq,
            hotel.name,
            hotel.room_type,
            hotel.price_cents,
            hotel.min_nights,
            hotel.max_occupancy,
            hotel.rating,
            hotel.house_rules,
            *self.source(hotel.source),
        )

    def restaurant(self, seq: int, restaurant: Restaurant) -> tuple[Any, ...]:
        return (
            self.place(restaurant.city),
            seq,
            restaurant.name,
            json.dumps(restaurant.cuisines),
            restaurant.price_cents,
            restaurant.rating,
            *self.source(restaurant.source),
        )

    def attraction(self, seq: int, place: Attraction) -> tuple[Any, ...]:
        return (
            self.place(place.city),
            seq,
            place.name,
            place.price_cents,
            place.rating,
            place.opens_min,
            place.closes_min,
            json.dumps(place.closed_weekdays),
            place.latitude,
            place.longitude,
            *self.source(place.source),
        )


def write_store(
    path: Path,
    *,
    meta: Meta,
    cities: Iterable[City],
    flights: Iterable[Flight | WeeklyFlight] = (),
    routes: Iterable[Route] = (),
    hotels: Iterable[Hotel] = (),
    restaurants: Iterable[Restaurant] = (),
    attractions: Iterable[Attraction] = (),
) -> None:
    """Write an inventory to a file that `SqliteInventory` reads.

    Every iterable is consumed once, in order, and never held as a whole. The file appears at `path` when it is
    complete; until then, and after a failure, whatever was there before stays.

    Raises:
        ValueError: two cities have one name, or a weekly flight serves a city without a time zone.
    """
    encoder = _Encoder()
    with _written_aside(path) as aside, closing(sqlite3.connect(aside, isolation_level=None)) as connection:
        # The file is replaced as a whole, so a journal would protect nothing.
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        connection.execute("BEGIN")
        _insert(connection, "meta", [(meta.label, int(meta.is_synthetic), meta.currency)])
        zones = _insert_cities(connection, cities)
        _insert(connection, "loading", map(encoder.flight, count(), flights))
        _insert(connection, "route", map(encoder.route, count(), routes))
        _insert(connection, "hotel", map(encoder.hotel, count(), hotels))
        _insert(connection, "restaurant", map(encoder.restaurant, count(), restaurants))
        _insert(connection, "attraction", map(encoder.attraction, count(), attractions))
        timeless = [name for name in encoder.weekly if not zones.get(name)]
        if timeless:
            raise ValueError(f"weekly flights serve {timeless[0]!r}, which has no time zone: give its City one")
        for statement in _CLUSTER:
            connection.execute(statement)
        _insert(connection, "place", ((key, name) for name, key in encoder.places.items()))
        _insert(connection, "origin_table", ((key, *table) for table, key in encoder.tables.items()))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
        connection.execute("COMMIT")


_INSERT = {
    "meta": "INSERT INTO meta VALUES (?, ?, ?)",
    "place": "INSERT INTO place VALUES (?, ?)",
    "origin_table": "INSERT INTO origin_table VALUES (?, ?, ?)",
    "city": "INSERT INTO city VALUES (?, ?, ?, ?, ?, ?)",
    "loading": "INSERT INTO loading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "route": "INSERT INTO route VALUES (?, ?, ?, ?, ?, ?, ?)",
    "hotel": "INSERT INTO hotel VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "restaurant": "INSERT INTO restaurant VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "attraction": "INSERT INTO attraction VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
}


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    connection.executemany(_INSERT[table], rows)


def _insert_cities(connection: sqlite3.Connection, cities: Iterable[City]) -> dict[str, str]:
    zones: dict[str, str] = {}
    for seq, city in enumerate(cities):
        if city.name in zones:
            raise ValueError(f"two cities are called {city.name!r}: give each a name of its own")
        zones[city.name] = city.time_zone
        row = (seq, city.name, city.plain, city.region, city.country, city.time_zone)
        _insert(connection, "city", [row])
    return zones


@contextmanager
def _written_aside(path: Path) -> Iterator[Path]:
    """Yield a unique name beside `path`; move it there when the block ends well, remove it when it does not."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        yield aside
        with aside.open("rb+") as written:
            os.fsync(written.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
