"""`Itinerary`: a plan of days, made of records of the inventory, that anyone can check and read."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from planning.travel.inventory import Attraction, Flight, Hotel, Restaurant, Route
from planning.travel.request import Mode


@dataclass(frozen=True, slots=True)
class Leg:
    """One move between cities, by a flight or on a road.

    Times are local minutes after midnight of the day of departure (arrival may exceed 1440), None without a clock.
    `leave_min` and `reach_min` are when the traveller leaves and reaches the cities; between them lies the journey
    with its transfers. `cost_cents` is for all travellers.
    """

    mode: Mode
    origin: str
    destination: str
    depart_min: int | None
    arrive_min: int | None
    leave_min: int | None
    reach_min: int | None
    duration_min: int
    cost_cents: int
    record: Flight | Route


@dataclass(frozen=True, slots=True)
class Meal:
    """A meal ("breakfast", "lunch" or "dinner") at a restaurant. `cost_cents` is for all travellers."""

    slot: str
    start_min: int | None
    end_min: int | None
    cost_cents: int
    record: Restaurant


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to an attraction. `cost_cents` is for all travellers."""

    slot: str
    start_min: int | None
    end_min: int | None
    cost_cents: int
    record: Attraction


@dataclass(frozen=True, slots=True)
class Night:
    """A night at a hotel. `cost_cents` is for all rooms; check-in is given on the first night only."""

    rooms: int
    check_in_min: int | None
    cost_cents: int
    record: Hotel


@dataclass(frozen=True, slots=True)
class Day:
    """One day. `city` is where it ends (None aboard); `leg` is the move that starts on it, if any.

    `check_out_min` is given on the day after the last night at a hotel.
    """

    day: date
    city: str | None
    leg: Leg | None
    meals: tuple[Meal, ...]
    visits: tuple[Visit, ...]
    night: Night | None
    check_out_min: int | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """A leg that one party makes alone, on the day that it starts: to where all meet, or home again."""

    day: date
    leg: Leg


@dataclass(frozen=True, slots=True)
class PartyBill:
    """A party of a group: its journeys (none for the first party, whose legs are those of the days), and what it pays.

    `own_cents` are its ways there and back and its rooms, `shared_cents` is its share of all else.
    """

    name: str
    journeys: tuple[Journey, ...]
    own_cents: int
    shared_cents: int


@dataclass(frozen=True, slots=True)
class Itinerary:
    """A plan of consecutive days from `origin` and back. Costs are cents of `currency` for all travellers.

    `objective` is what the solver minimised: `cost_cents` when the request asks for the least cost.
    """

    profile: str
    origin: str
    num_people: int
    currency: str
    inventory: str
    is_synthetic: bool
    cost_cents: int
    objective: int
    days: tuple[Day, ...]
    parties: tuple[PartyBill, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the itinerary as plain JSON data, every item with its source."""
        plain: dict[str, Any] = _plain(asdict(self))
        if not self.parties:
            del plain["parties"]
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
