"""The inventory behind a directory of tables, laid out like TravelPlanner's."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import airportsdata

from planning.travel.inventory import Attraction, City, Flight, Hotel, Inventory, Restaurant, Route, Source
from planning.travel.inventory.store_cache import open_cached
from planning.travel.inventory.store_writing import STORE_VERSION, Meta, write_store
from planning.travel.inventory.table_cells import (
    Parser,
    TableError,
    cents,
    check_cells,
    clock_min,
    comma_list,
    degrees,
    iso_day,
    open_table,
    read_table,
    road_km,
    span_min,
    stars,
    text,
    whole_number,
)

READER_VERSION = 1
CITIES = "cities_with_states.txt"
FLIGHTS = "flights.csv"
ROUTES = "distances.csv"
HOTELS = "accommodations.csv"
RESTAURANTS = "restaurants.csv"
ATTRACTIONS = "attractions.csv"
FILES = (CITIES, FLIGHTS, ROUTES, HOTELS, RESTAURANTS, ATTRACTIONS)

_ROOM_TYPES = {"Entire home/apt": "entire room", "Private room": "private room", "Shared room": "shared room"}


def _room_type(cell: str) -> str:
    if cell not in _ROOM_TYPES:
        raise ValueError("one of " + ", ".join(_ROOM_TYPES))
    return _ROOM_TYPES[cell]


_FLIGHT_COLUMNS: Mapping[str, Parser] = {
    "Flight Number": text,
    "OriginCityName": text,
    "DestCityName": text,
    "FlightDate": iso_day,
    "DepTime": clock_min,
    "ArrTime": clock_min,
    "ActualElapsedTime": span_min,
    "Price": cents,
}
_ROUTE_COLUMNS: Mapping[str, Parser] = {"origin": text, "destination": text, "distance": road_km, "duration": span_min}
_HOTEL_COLUMNS: Mapping[str, Parser] = {
    "NAME": text,
    "city": text,
    "room type": _room_type,
    "price": cents,
    "minimum nights": whole_number,
    "maximum occupancy": whole_number,
    "review rate number": stars,
    "house_rules": text,
}
_RESTAURANT_COLUMNS: Mapping[str, Parser] = {
    "Name": text,
    "City": text,
    "Cuisines": comma_list,
    "Average Cost": cents,
    "Aggregate Rating": stars,
}
_ATTRACTION_COLUMNS: Mapping[str, Parser] = {
    "Name": text,
    "City": text,
    "Latitude": degrees(90),
    "Longitude": degrees(180),
}


def open_tables(directory: Path, cache_dir: Path | None = None) -> Inventory:
    """Open the tables in a directory as an inventory.

    The first call reads them into a cache file, later calls open that one, until a table changes. Every cell is kept
    as it is; hotels with a missing field and roads without distance or duration are dropped. Prices are dollars in
    the tables. The country and the time zone of a city are known where its state is one of the United States, and
    empty elsewhere: the tables do not say which country they mean.

    Args:
        directory: holds cities_with_states.txt, flights.csv, distances.csv, accommodations.csv, restaurants.csv and
            attractions.csv.
        cache_dir: where to keep the cache file, `default_cache_dir()` where None.

    Raises:
        TableError: a table is missing, or a column or cell of it is missing or broken; a ValueError that names file,
            line, column and value.
    """
    place = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:12]
    content = hashlib.sha256(repr(_identity(directory)).encode()).hexdigest()[:20]

    def build(path: Path) -> None:
        _build(directory, path)

    return open_cached(f"tables-{place}-{content}.sqlite", build, cache_dir, supersedes=f"tables-{place}-*.sqlite")


def _identity(directory: Path) -> list[Any]:
    found: list[Any] = [STORE_VERSION, READER_VERSION, airportsdata.__version__]
    for name in FILES:
        try:
            stat = (directory / name).stat()
        except OSError as error:
            raise TableError(name, expected=f"this file in {directory}") from error
        found.append((name, stat.st_size, stat.st_mtime_ns))
    return found


def _build(directory: Path, path: Path) -> None:
    write_store(
        path,
        meta=Meta(label=f"tables in {directory.resolve().name}", is_synthetic=False),
        cities=_cities(directory / CITIES),
        flights=_flights(directory / FLIGHTS),
        routes=_routes(directory / ROUTES),
        hotels=_hotels(directory / HOTELS),
        restaurants=_restaurants(directory / RESTAURANTS),
        attractions=_attractions(directory / ATTRACTIONS),
    )


def _as_of(path: Path) -> str:
    """Return the day a table was last changed: the tables themselves do not say when their prices were taken."""
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).date().isoformat()


def _flights(path: Path) -> Iterator[Flight]:
    as_of = _as_of(path)
    for row, cells in read_table(path, _FLIGHT_COLUMNS):
        number, origin, destination, day, depart_min, clock, duration_min, price_cents = cells
        # The clock shows no day: the elapsed time tells how many midnights lie between.
        arrive_min = clock + 1440 * round((depart_min + duration_min - clock) / 1440)
        times = (depart_min, arrive_min, duration_min)
        yield Flight(number, origin, destination, day, *times, price_cents, 0, Source(path.name, row, as_of))


def _routes(path: Path) -> Iterator[Route]:
    as_of = _as_of(path)
    for row, cells in read_table(path, _ROUTE_COLUMNS, may_be_missing=frozenset({"distance", "duration"})):
        origin, destination, distance_km, duration_min = cells
        yield Route(origin, destination, distance_km, duration_min, Source(path.name, row, as_of))


def _hotels(path: Path) -> Iterator[Hotel]:
    as_of = _as_of(path)
    for row, cells in read_table(path, _HOTEL_COLUMNS, may_be_missing=frozenset(_HOTEL_COLUMNS)):
        name, city, room_type, price_cents, min_nights, max_occupancy, rating, house_rules = cells
        terms = (price_cents, min_nights, max_occupancy, rating, house_rules)
        yield Hotel(name, city, room_type, *terms, Source(path.name, row, as_of))


def _restaurants(path: Path) -> Iterator[Restaurant]:
    as_of = _as_of(path)
    for row, (name, city, cuisines, price_cents, rating) in read_table(path, _RESTAURANT_COLUMNS):
        yield Restaurant(name, city, cuisines, price_cents, rating, Source(path.name, row, as_of))


def _attractions(path: Path) -> Iterator[Attraction]:
    as_of = _as_of(path)
    for row, (name, city, latitude, longitude) in read_table(path, _ATTRACTION_COLUMNS):
        yield Attraction(name, city, 0, None, 0, 1440, (), latitude, longitude, Source(path.name, row, as_of))


def _cities(path: Path) -> Iterator[City]:
    airports = [airport for airport in airportsdata.load("IATA").values() if airport["country"] == "US"]
    states = {airport["subd"] for airport in airports}
    for name, region in _city_lines(path):
        if region in states:
            yield City(name, name, region, "US", _time_zone(airports, name, region))
        else:
            yield City(name, name, region)


def _city_lines(path: Path) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    with open_table(path) as file:
        for number, line in enumerate(file, 1):
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) != 2:
                raise TableError(
                    path.name, line=number, value=line.rstrip("\r\n"), expected="a city, a tab and a state"
                )
            check_cells(path.name, number, zip((("city", text), ("state", text)), cells, strict=True))
            if cells[0] in seen:
                expected = "each city once, since the other tables name cities without their state"
                raise TableError(path.name, line=number, column="city", value=cells[0], expected=expected)
            seen.add(cells[0])
            yield cells[0], cells[1]


def _time_zone(airports: list[Any], city: str, state: str) -> str:
    """Return the zone that the city's airports agree on, else the one that those of its state agree on, else ""."""
    in_state = [airport for airport in airports if airport["subd"] == state]
    in_city = [airport["tz"] for airport in in_state if airport["city"] == city]
    return _agreed(in_city) or _agreed([airport["tz"] for airport in in_state])


def _agreed(zones: list[str]) -> str:
    """Return the first zone if the clocks of all show the same, winter and summer."""
    clocks = {tuple(datetime(2025, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)) for zone in zones}
    return zones[0] if len(clocks) == 1 else ""
