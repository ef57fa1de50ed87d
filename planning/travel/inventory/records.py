"""What can be booked: the records of an inventory, and the Protocol that every inventory satisfies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record comes from: its table, its row there (1 = the first data row), and the day its price was taken."""

    table: str
    row: int
    as_of: str


@dataclass(frozen=True, slots=True)
class City:
    """A city. `name` is unique in its inventory; `plain` is what people call it ("Portland" for "Portland, Maine").

    `country` and `time_zone` (an IANA name) are empty where unknown.
    """

    name: str
    plain: str
    region: str
    country: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight on one day. Times are local minutes after midnight of the day of departure.

    Arrival may exceed 1440, and is negative where a flight across the date line lands the day before. `price_cents` is
    for one person.
    """

    number: str
    origin: str
    destination: str
    day: date
    depart_min: int
    arrive_min: int
    duration_min: int
    price_cents: int
    stops: int
    source: Source


@dataclass(frozen=True, slots=True)
class Route:
    """A road between two cities, in one direction."""

    origin: str
    destination: str
    distance_km: float
    duration_min: int
    source: Source


@dataclass(frozen=True, slots=True)
class Hotel:
    """A place to sleep. `house_rules` is the table's text ("No pets & No smoking"); the price is a room's, a night."""

    name: str
    city: str
    room_type: str
    price_cents: int
    min_nights: int
    max_occupancy: int
    rating: float
    house_rules: str
    source: Source


@dataclass(frozen=True, slots=True)
class Restaurant:
    """A place to eat. The price is one person's, a meal."""

    name: str
    city: str
    cuisines: tuple[str, ...]
    price_cents: int
    rating: float
    source: Source


@dataclass(frozen=True, slots=True)
class Attraction:
    """A place to visit. Opening times are local minutes after midnight, 0 and 1440 where unknown.

    `closed_weekdays` counts from Monday = 0; `rating` is None where unknown; the price is one person's.
    """

    name: str
    city: str
    price_cents: int
    rating: float | None
    opens_min: int
    closes_min: int
    closed_weekdays: tuple[int, ...]
    latitude: float
    longitude: float
    source: Source


class Inventory(Protocol):
    """What can be booked. Every sequence comes in the order of the table's rows, every time the same."""

    @property
    def label(self) -> str:
        """Return what the inventory is, for people."""

    @property
    def is_synthetic(self) -> bool:
        """Tell whether the offers are made up."""

    @property
    def currency(self) -> str:
        """Return the ISO code of the currency of every price."""

    def cities(self) -> Sequence[City]:
        """Return every city."""

    def flights(self, origins: Sequence[str], destinations: Sequence[str], first: date, last: date) -> Sequence[Flight]:
        """Return the flights from any of `origins` to any of `destinations` on the days `first` to `last`."""

    def routes(self, origins: Sequence[str], destinations: Sequence[str]) -> Sequence[Route]:
        """Return the roads from any of `origins` to any of `destinations`."""

    def hotels(self, city: str) -> Sequence[Hotel]:
        """Return the hotels of a city."""

    def restaurants(self, city: str) -> Sequence[Restaurant]:
        """Return the restaurants of a city."""

    def attractions(self, city: str) -> Sequence[Attraction]:
        """Return the attractions of a city."""
