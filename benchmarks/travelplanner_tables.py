"""A plan of a TravelPlanner submission beside the CSV tables, as the evaluator reads them: no planner code is used."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, str]
Query = Mapping[str, Any]

_ROUTE = re.compile(r"from\s+(.+?)\s+to\s+([^,]+)")
MEALS = ("breakfast", "lunch", "dinner")
_KEYS = ("current_city", "transportation", *MEALS, "attraction", "accommodation")


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of the tables: by city, by flight number, and the first row of each road."""

    states: Mapping[str, str]
    flights: Mapping[str, Sequence[Row]]
    roads: Mapping[tuple[str, str], Row]
    restaurants: Mapping[str, Sequence[Row]]
    attractions: Mapping[str, Sequence[Row]]
    hotels: Mapping[str, Sequence[Row]]


def load_tables(directory: Path) -> Tables:
    """Read TravelPlanner's tables; hotels with an empty cell are left out.

    Raises:
        ValueError: A table or a column is missing.
    """
    roads: dict[tuple[str, str], Row] = {}
    for row in _rows(directory / "distances.csv", "origin", "destination", "duration", "distance"):
        roads.setdefault((row["origin"], row["destination"]), row)
    lines = _text(directory / "cities_with_states.txt").splitlines()
    hotels = _rows(directory / "accommodations.csv", "NAME", "city", "price", "minimum nights", "maximum occupancy")
    return Tables(
        states=dict(line.split("\t", 1) for line in lines if "\t" in line),
        flights=_grouped(_rows(directory / "flights.csv", "Flight Number", "Price"), "Flight Number"),
        roads=roads,
        restaurants=_grouped(_rows(directory / "restaurants.csv", "Name", "City", "Average Cost", "Cuisines"), "City"),
        attractions=_grouped(_rows(directory / "attractions.csv", "Name", "City"), "City"),
        hotels=_grouped([row for row in hotels if all(row.values())], "city"),
    )


def _text(path: Path) -> str:
    if not path.is_file():
        raise ValueError(f"{path.name} is missing in {path.parent}")
    return path.read_text(encoding="utf-8-sig")


def _rows(path: Path, *columns: str) -> list[Row]:
    if not path.is_file():
        raise ValueError(f"{path.name} is missing in {path.parent}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for column in columns:
            if column not in (reader.fieldnames or ()):
                raise ValueError(f"{path.name} has no column {column!r}")
        return list(reader)


def _grouped(rows: Sequence[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


# The entries of a plan


@dataclass(frozen=True, slots=True)
class Move:
    """A transportation entry: how ("flight", "self-driving", "taxi" or ""), from where to where, and the whole text."""

    mode: str
    origin: str
    destination: str
    text: str


@dataclass(frozen=True, slots=True)
class Venue:
    """An entry "Name, City". The name is what the published look-up searches for: stripped, its last line."""

    name: str
    city: str
    text: str


@dataclass(frozen=True, slots=True)
class PlanDay:
    """A day of a plan. `cities` are one, or two on a travel day; `missing` are the keys that the object lacks."""

    number: int
    cities: tuple[str, ...]
    is_travel: bool
    move: Move | None
    meals: tuple[Venue, ...]
    sights: tuple[Venue, ...]
    hotel: Venue | None
    missing: tuple[str, ...]


def _entry(day: Mapping[str, Any], key: str) -> str:
    text = day.get(key)
    return "" if text in (None, "", "-") else str(text)


def _plain_city(text: str) -> str:
    return text.split("(", 1)[0].strip()


def _venue(text: str) -> Venue:
    name, _, city = text.rpartition(",")
    return Venue(name.rsplit("\n", 1)[-1].strip(), _plain_city(city), text)


def _move(text: str, cities: tuple[str, ...]) -> Move | None:
    if not text:
        return None
    mode = next((mode for mode in ("taxi", "self-driving", "flight") if mode in text.lower()), "")
    found = _ROUTE.search(text)
    origin, destination = (found[1], found[2]) if found else (cities[0], cities[-1])
    return Move(mode, _plain_city(origin), _plain_city(destination), text)


def plan_day(number: int, day: Mapping[str, Any]) -> PlanDay:
    """Read the `number`-th day of a plan: every entry as the published code takes it apart."""
    where = _entry(day, "current_city")
    route = _ROUTE.search(where)
    cities = (_plain_city(route[1]), _plain_city(route[2])) if route else (_plain_city(where),)
    return PlanDay(
        number=number,
        cities=cities,
        is_travel=route is not None,
        move=_move(_entry(day, "transportation"), cities),
        meals=tuple(_venue(text) for meal in MEALS if (text := _entry(day, meal))),
        # What follows the last `;` is not an entry.
        sights=tuple(_venue(text) for text in _entry(day, "attraction").split(";")[:-1]),
        hotel=_venue(text) if (text := _entry(day, "accommodation")) else None,
        missing=tuple(key for key in _KEYS if key not in day),
    )


@dataclass(frozen=True)
class Facts:
    """One plan beside its query and the tables."""

    query: Query
    days: tuple[PlanDay, ...]
    tables: Tables

    @cached_property
    def trail(self) -> list[str]:
        """Return the city of every day in order, both cities of a travel day."""
        return [city for day in self.days for city in day.cities]

    @cached_property
    def hotels(self) -> list[Row]:
        """Return the row of every night."""
        found = [self.matches("hotel", day.hotel) for day in self.days if day.hotel]
        return [rows[0] for rows in found if rows]

    @cached_property
    def meals(self) -> list[Row]:
        """Return the row of every meal."""
        found = [self.matches("restaurant", meal) for day in self.days for meal in day.meals]
        return [rows[0] for rows in found if rows]

    def matches(self, kind: str, venue: Venue) -> list[Row]:
        """Return the rows of a city whose name contains the venue's."""
        shelf, column = {
            "restaurant": (self.tables.restaurants, "Name"),
            "attraction": (self.tables.attractions, "Name"),
            "hotel": (self.tables.hotels, "NAME"),
        }[kind]
        return [row for row in shelf.get(venue.city, ()) if venue.name in row[column]]

    def flight(self, move: Move) -> Row | None:
        """Return the first flight of the entry's number on the entry's route, on whatever date."""
        number = move.text.partition("Flight Number: ")[2].split(",")[0]
        rows = self.tables.flights.get(number, ())
        ends = (move.origin, move.destination)
        return next((row for row in rows if (row["OriginCityName"], row["DestCityName"]) == ends), None)

    def road_km(self, move: Move) -> float | None:
        """Return the length of a road whose duration is known and shorter than a day, else None."""
        row = self.tables.roads.get((move.origin, move.destination))
        if row is None or not row["duration"] or not row["distance"] or "day" in row["duration"]:
            return None
        return float(row["distance"].replace("km", "").replace(",", ""))
