"""The contract accepts a right inventory and names the rule that a wrong one breaks."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from planning.travel.inventory import Attraction, City, Flight, Hotel, Restaurant, Route, Source
from planning.travel.inventory.contract import check_inventory

FIRST, LAST = date(2027, 5, 10), date(2027, 5, 12)


def source(row: int) -> Source:
    return Source("t", row, "")


class Small:
    """A right inventory, in memory."""

    label = "small"
    is_synthetic = True
    currency = "USD"

    def __init__(self) -> None:
        self.all_cities: list[City] = [City("A", "A", "R", "US", "America/Denver"), City("B", "B", "R")]
        self.all_flights = [
            Flight(f"F{k}", a, b, FIRST + timedelta(days=k), 600, 700, 100, 100, 0, source(k + 1))
            for k, (a, b) in enumerate([("A", "B"), ("B", "A"), ("A", "B")])
        ]
        self.all_routes = [Route("A", "B", 10.0, 20, source(1)), Route("B", "A", 10.0, 20, source(2))]
        self.all_hotels = [
            Hotel(name, "A", "entire room", 1, 1, 1, 5.0, "", source(row)) for row, name in enumerate("XY", 1)
        ]
        self.all_restaurants = [Restaurant("R", "A", ("Thai",), 1, 5.0, source(1))]
        self.all_attractions = [Attraction("S", "B", 0, None, 0, 1440, (0,), 1.0, 2.0, source(1))]

    def cities(self) -> Sequence[City]:
        return self.all_cities

    def flights(self, origins: Sequence[str], destinations: Sequence[str], first: date, last: date) -> Sequence[Flight]:
        return [
            f for f in self.all_flights
            if f.origin in origins and f.destination in destinations and first <= f.day <= last
        ]  # fmt: skip

    def routes(self, origins: Sequence[str], destinations: Sequence[str]) -> Sequence[Route]:
        return [r for r in self.all_routes if r.origin in origins and r.destination in destinations]

    def hotels(self, city: str) -> Sequence[Hotel]:
        return [h for h in self.all_hotels if h.city == city]

    def restaurants(self, city: str) -> Sequence[Restaurant]:
        return [r for r in self.all_restaurants if r.city == city]

    def attractions(self, city: str) -> Sequence[Attraction]:
        return [a for a in self.all_attractions if a.city == city]


def test_a_right_inventory_breaks_no_rule() -> None:
    assert check_inventory(Small(), FIRST, LAST) == ()


def change(table: str, **fields: Any) -> Callable[[Small], None]:
    """Change the first record of a table."""

    def apply(inventory: Small) -> None:
        records = getattr(inventory, f"all_{table}")
        records[0] = replace(records[0], **fields)

    return apply


def swap(table: str) -> Callable[[Small], None]:
    def apply(inventory: Small) -> None:
        getattr(inventory, f"all_{table}").reverse()

    return apply


def put(name: str, value: Any) -> Callable[[Small], None]:
    def apply(inventory: Small) -> None:
        setattr(inventory, name, value)

    return apply


class Unsteady(Small):
    """Turns its hotels around each time."""

    def hotels(self, city: str) -> Sequence[Hotel]:
        self.all_hotels.reverse()
        return super().hotels(city)


class Forgetful(Small):
    """Knows flights of one city only among those of others."""

    def flights(self, origins: Sequence[str], destinations: Sequence[str], first: date, last: date) -> Sequence[Flight]:
        return super().flights(origins, destinations, first, last) if len(origins) > 1 else []


class Generous(Small):
    """Has its restaurants everywhere."""

    def restaurants(self, city: str) -> Sequence[Restaurant]:
        return self.all_restaurants


@pytest.mark.parametrize(
    ("rule", "inventory"),
    [
        ("same every time", Unsteady()),
        ("flights by parts", Forgetful()),
        ("restaurants", Generous()),
        ("unknown names", Generous()),
    ],
)
def test_a_wrong_answer_breaks_a_rule_by_name(rule: str, inventory: Small) -> None:
    assert rule in {violation.rule for violation in check_inventory(inventory, FIRST, LAST)}


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("describes itself", put("label", " ")),
        ("describes itself", put("currency", "$")),
        ("describes itself", put("is_synthetic", 1)),
        ("cities", put("all_cities", [])),
        ("cities", change("cities", name="B")),
        ("cities", change("cities", plain="")),
        ("cities", change("cities", time_zone="Middle/Earth")),
        ("flights", change("flights", depart_min=1500)),
        ("flights", change("flights", duration_min=0)),
        ("flights", change("flights", arrive_min=5000)),
        ("flights", change("flights", price_cents=-1)),
        ("flights", change("flights", number="")),
        ("routes", change("routes", duration_min=0)),
        ("hotels", change("hotels", room_type="Entire home/apt")),
        ("hotels", change("hotels", min_nights=0)),
        ("hotels", change("hotels", rating=5.1)),
        ("hotels", change("hotels", name="")),
        ("restaurants", change("restaurants", cuisines=())),
        ("attractions", change("attractions", opens_min=1440)),
        ("attractions", change("attractions", closed_weekdays=(7,))),
        ("attractions", change("attractions", latitude=91.0)),
        ("order of rows", swap("flights")),
        ("order of rows", swap("hotels")),
        ("order of rows", change("routes", source=source(0))),
    ],
)
def test_a_wrong_record_breaks_a_rule_by_name(rule: str, spoil: Callable[[Small], None]) -> None:
    inventory = Small()
    spoil(inventory)
    assert rule in {violation.rule for violation in check_inventory(inventory, FIRST, LAST)}
