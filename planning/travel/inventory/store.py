"""An inventory in one sqlite file: noticing that it is damaged, and reading it fast."""

import json
import sqlite3
import threading
import weakref
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from planning.travel.inventory import Attraction, City, Flight, Hotel, Restaurant, Route, Source
from planning.travel.inventory.local_time import local_arrival_min
from planning.travel.inventory.store_writing import APPLICATION_ID, STORE_VERSION, Meta, WeeklyFlight, write_store

__all__ = ["DamagedStoreError", "Meta", "SqliteInventory", "WeeklyFlight", "write_store"]

_CITIES_IN_MEMORY = 512

# A list of cities travels as one JSON text, so that each question is one statement, compiled once.
_DATED = """
SELECT seq, origin, destination, day, number, depart_min, arrive_min, duration_min, price_cents, stops, source,
  source_row FROM flight WHERE origin IN (SELECT value FROM json_each(?))
  AND destination IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ? ORDER BY seq"""
_DATED_PAIR = """
SELECT seq, origin, destination, day, number, depart_min, arrive_min, duration_min, price_cents, stops, source,
  source_row FROM flight WHERE origin = ? AND destination = ? AND day BETWEEN ? AND ? ORDER BY seq"""
_WEEKLY = """
SELECT seq, origin, destination, weekdays, number, depart_min, duration_min, price_cents, stops, source, source_row
  FROM weekly_flight WHERE origin IN (SELECT value FROM json_each(?))
  AND destination IN (SELECT value FROM json_each(?)) AND weekdays & ? ORDER BY seq"""
_WEEKLY_PAIR = """
SELECT seq, origin, destination, weekdays, number, depart_min, duration_min, price_cents, stops, source, source_row
  FROM weekly_flight WHERE origin = ? AND destination = ? AND weekdays & ? ORDER BY seq"""

_ROUTES = """
SELECT seq, destination, distance_km, duration_min, source, source_row FROM route WHERE place = ? ORDER BY seq"""
_HOTELS = """
SELECT name, room_type, price_cents, min_nights, max_occupancy, rating, house_rules, source, source_row FROM hotel
  WHERE place = ? ORDER BY seq"""
_RESTAURANTS = """
SELECT name, cuisines, price_cents, rating, source, source_row FROM restaurant WHERE place = ? ORDER BY seq"""
_ATTRACTIONS = """
SELECT name, price_cents, rating, opens_min, closes_min, closed_weekdays, latitude, longitude, source, source_row
  FROM attraction WHERE place = ? ORDER BY seq"""


class DamagedStoreError(ValueError):
    """A file that is not a whole store of this version."""


class SqliteInventory:
    """The `Inventory` in a file that `write_store` wrote.

    Threads may share one; a child process opens its own. What is known of a city is kept in memory after the first
    question, for a bounded number of cities; flights are looked up each time. An unknown city has no offers.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedStoreError: the file is not a whole store of this version.
    """

    def __init__(self, path: Path) -> None:
        _check_header(path)
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._path, self._lock = path, threading.Lock()
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._connection.close)
        self._query("PRAGMA mmap_size = 1073741824")
        ((label, synthetic, currency),) = self._query("SELECT label, is_synthetic, currency FROM meta")
        self._meta = Meta(label, bool(synthetic), currency)
        self._names: list[str] = [name for _, name in self._query("SELECT id, name FROM place ORDER BY id")]
        self._ids = {name: key for key, name in enumerate(self._names)}
        self._tables = self._query("SELECT name, as_of FROM origin_table ORDER BY id")
        rows = self._query("SELECT name, plain, region, country, time_zone FROM city ORDER BY seq")
        self._cities = tuple(City(*row) for row in rows)
        self._zones = {city.name: city.time_zone for city in self._cities}
        self._has_dated = bool(self._query("SELECT 1 FROM flight LIMIT 1"))
        self._has_weekly = bool(self._query("SELECT 1 FROM weekly_flight LIMIT 1"))
        remember = lru_cache(maxsize=_CITIES_IN_MEMORY)
        self._roads_from: Callable[[str], tuple[tuple[int, Route], ...]] = remember(self._read_routes)
        self._hotels_in: Callable[[str], tuple[Hotel, ...]] = remember(self._read_hotels)
        self._restaurants_in: Callable[[str], tuple[Restaurant, ...]] = remember(self._read_restaurants)
        self._attractions_in: Callable[[str], tuple[Attraction, ...]] = remember(self._read_attractions)

    def __repr__(self) -> str:
        return f"SqliteInventory({self._meta.label!r}, {str(self._path)!r})"

    @property
    def label(self) -> str:
        """Return what the inventory is, for people."""
        return self._meta.label

    @property
    def is_synthetic(self) -> bool:
        """Tell whether the offers are made up."""
        return self._meta.is_synthetic

    @property
    def currency(self) -> str:
        """Return the ISO code of the currency of every price."""
        return self._meta.currency

    def cities(self) -> Sequence[City]:
        """Return every city."""
        return self._cities

    def flights(self, origins: Sequence[str], destinations: Sequence[str], first: date, last: date) -> Sequence[Flight]:
        """Return the flights of the days `first` to `last`, in the order of the table's rows, then of the days."""
        froms, tos = self._known(origins), self._known(destinations)
        if not froms or not tos or last < first:
            return ()
        found: list[tuple[int, Flight]] = []
        if self._has_dated:
            found += self._dated(froms, tos, first, last)
        if self._has_weekly:
            found += self._weekly(froms, tos, first, last)
        if self._has_dated and self._has_weekly:
            found.sort(key=lambda item: item[0])
        return tuple(flight for _, flight in found)

    def routes(self, origins: Sequence[str], destinations: Sequence[str]) -> Sequence[Route]:
        """Return the roads from any of `origins` to any of `destinations`."""
        wanted = set(destinations)
        found = [
            item for name in dict.fromkeys(origins) for item in self._roads_from(name) if item[1].destination in wanted
        ]
        found.sort(key=lambda item: item[0])
        return tuple(route for _, route in found)

    def hotels(self, city: str) -> Sequence[Hotel]:
        """Return the hotels of a city."""
        return self._hotels_in(city)

    def restaurants(self, city: str) -> Sequence[Restaurant]:
        """Return the restaurants of a city."""
        return self._restaurants_in(city)

    def attractions(self, city: str) -> Sequence[Attraction]:
        """Return the attractions of a city."""
        return self._attractions_in(city)

    def _query(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _damaged(self._path, str(error)) from error

    def _known(self, names: Sequence[str]) -> list[int]:
        return [self._ids[name] for name in dict.fromkeys(names) if name in self._ids]

    def _source(self, table: int, row: int) -> Source:
        name, as_of = self._tables[table]
        return Source(name, row, as_of)

    def _dated(self, froms: list[int], tos: list[int], first: date, last: date) -> list[tuple[int, Flight]]:
        statement, places = _asked(froms, tos, pair=_DATED_PAIR, many=_DATED)
        found: list[tuple[int, Flight]] = []
        for row in self._query(statement, (*places, first.toordinal(), last.toordinal())):
            seq, a, b, day, number, depart_min, arrive_min, duration_min, price_cents, stops, table, source_row = row
            ends = self._names[a], self._names[b], date.fromordinal(day)
            times, source = (depart_min, arrive_min, duration_min), self._source(table, source_row)
            found.append((seq, Flight(number, *ends, *times, price_cents, stops, source)))
        return found

    def _weekly(self, froms: list[int], tos: list[int], first: date, last: date) -> list[tuple[int, Flight]]:
        days = [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
        marked = [(day, 1 << day.weekday()) for day in days]
        asked = sum({bit for _, bit in marked})
        statement, places = _asked(froms, tos, pair=_WEEKLY_PAIR, many=_WEEKLY)
        found: list[tuple[int, Flight]] = []
        for row in self._query(statement, (*places, asked)):
            seq, a, b, weekdays, number, depart_min, duration_min, price_cents, stops, table, source_row = row
            origin, destination, source = self._names[a], self._names[b], self._source(table, source_row)
            zones = self._zones[origin], self._zones[destination]
            for day, bit in marked:
                if weekdays & bit:
                    times = depart_min, local_arrival_min(*zones, day, depart_min, duration_min), duration_min
                    flight = Flight(number, origin, destination, day, *times, price_cents, stops, source)
                    found.append((seq, flight))
        return found

    def _of_city(self, statement: str, city: str) -> list[Any]:
        return self._query(statement, (self._ids[city],)) if city in self._ids else []

    def _read_routes(self, city: str) -> tuple[tuple[int, Route], ...]:
        return tuple(
            (seq, Route(city, self._names[destination], distance_km, duration_min, self._source(table, row)))
            for seq, destination, distance_km, duration_min, table, row in self._of_city(_ROUTES, city)
        )

    def _read_hotels(self, city: str) -> tuple[Hotel, ...]:
        return tuple(
            Hotel(name, city, room_type, price, nights, guests, rating, rules, self._source(table, row))
            for name, room_type, price, nights, guests, rating, rules, table, row in self._of_city(_HOTELS, city)
        )

    def _read_restaurants(self, city: str) -> tuple[Restaurant, ...]:
        return tuple(
            Restaurant(name, city, tuple(json.loads(cuisines)), price, rating, self._source(table, row))
            for name, cuisines, price, rating, table, row in self._of_city(_RESTAURANTS, city)
        )

    def _read_attractions(self, city: str) -> tuple[Attraction, ...]:
        found: list[Attraction] = []
        for row in self._of_city(_ATTRACTIONS, city):
            name, price, rating, opens_min, closes_min, closed, latitude, longitude, table, source_row = row
            terms = price, rating, opens_min, closes_min, tuple(json.loads(closed))
            found.append(Attraction(name, city, *terms, latitude, longitude, self._source(table, source_row)))
        return tuple(found)


def _asked(froms: list[int], tos: list[int], *, pair: str, many: str) -> tuple[str, tuple[Any, Any]]:
    """Choose the statement: most questions are about one pair of cities, and need no lists."""
    if len(froms) == len(tos) == 1:
        return pair, (froms[0], tos[0])
    return many, (json.dumps(froms), json.dumps(tos))


def _damaged(path: Path, reason: str) -> DamagedStoreError:
    return DamagedStoreError(f"{path} is not a whole inventory store: {reason}. Delete it and build it again")


def _check_header(path: Path) -> None:
    """Refuse a file whose first 100 bytes do not announce a store of this version and of this length."""
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        raise _damaged(path, "it does not begin like one")
    marks = int.from_bytes(head[68:72], "big"), int.from_bytes(head[60:64], "big")
    if marks != (APPLICATION_ID, STORE_VERSION):
        raise _damaged(path, f"it is not of version {STORE_VERSION}")
    page_bytes = int.from_bytes(head[16:18], "big")
    expected = (65536 if page_bytes == 1 else page_bytes) * int.from_bytes(head[28:32], "big")
    if path.stat().st_size != expected:
        raise _damaged(path, f"it has {path.stat().st_size} bytes, not {expected}")
