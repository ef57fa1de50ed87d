"""What an itinerary has booked: items with what giving them up weighs, found by name, kept or not by another one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from planning.travel.inventory import Flight
from planning.travel.itinerary import Itinerary
from solvers.registry import unknown

Kind = Literal["flight", "self-driving", "taxi", "hotel", "restaurant", "attraction"]
_KIND_WORDS = {"self-driving": "drive"}


@dataclass(frozen=True, slots=True)
class Weights:
    """What it weighs to give up a booking: a flight, a leg by road, a night at a hotel, a meal, a visit."""

    flight: int = 10
    road: int = 2
    night: int = 5
    meal: int = 1
    visit: int = 1


@dataclass(frozen=True, slots=True)
class Booking:
    """One booked item: a leg or a night on its day, a restaurant or an attraction whenever it is visited.

    `day` is when it was meant for. A hotel has a booking for each night; attractions are booked on full days only: on
    travel days they fill what is left of the day.
    """

    kind: Kind
    day: date
    record: Any
    weight: int

    @property
    def name(self) -> str:
        """Return what people call it: "flight F123", "hotel Casa da Ponte", "drive from Porto to Faro"."""
        if isinstance(self.record, Flight):
            return f"flight {self.record.number}"
        if self.kind in ("self-driving", "taxi"):
            return f"{_KIND_WORDS.get(self.kind, self.kind)} from {self.record.origin} to {self.record.destination}"
        return f"{self.kind} {self.record.name}"

    @property
    def city(self) -> str:
        """Return where it is, or where a leg starts."""
        return str(getattr(self.record, "city", "") or self.record.origin)


def bookings_of(itinerary: Itinerary, weights: Weights) -> tuple[Booking, ...]:
    """Return everything that an itinerary has booked, day by day."""
    found = []
    for day, is_full in zip(itinerary.days, full_days(itinerary), strict=True):
        if day.leg:
            record = day.leg.record
            if isinstance(record, Flight):
                found.append(Booking(day.leg.mode, record.day, record, weights.flight))
            else:
                found.append(Booking(day.leg.mode, day.day, record, weights.road))
        if day.night:
            found.append(Booking("hotel", day.day, day.night.record, weights.night))
        found += [Booking("restaurant", day.day, meal.record, weights.meal) for meal in day.meals]
        found += [Booking("attraction", day.day, v.record, weights.visit) for v in day.visits if is_full]
    return tuple(found)


def full_days(itinerary: Itinerary) -> list[bool]:
    """Tell of each day whether it is spent wholly in a city away from home."""
    found, before = [], itinerary.origin if itinerary.days else None
    for day in itinerary.days:
        arrives = before is None
        found.append(day.leg is None and not arrives and day.city not in (None, itinerary.origin))
        before = day.city
    return found


def split(bookings: Iterable[Booking], itinerary: Itinerary) -> tuple[tuple[Booking, ...], tuple[Booking, ...]]:
    """Return which bookings another itinerary keeps, and which it gives up."""
    has = {_identity(b) for b in bookings_of(itinerary, Weights())}
    everything = tuple(bookings)
    return tuple(b for b in everything if _identity(b) in has), tuple(b for b in everything if _identity(b) not in has)


def _identity(booking: Booking) -> tuple[Kind, date | None, Any]:
    any_day = booking.kind in ("restaurant", "attraction")
    return booking.kind, None if any_day else booking.day, booking.record


def find_bookings(text: str, bookings: Sequence[Booking]) -> tuple[Booking, ...]:
    """Return the bookings that a text names: "flight F123", "Casa da Ponte", "hotel Inn in Porto", "F9 on 2027-05-12".

    All of them are of one record: the nights of a hotel, or a single item.

    Raises:
        ValueError: Nothing of that name is booked (with "did you mean"), or several things are.
    """
    wanted = _folded(text)
    found = [booking for booking in bookings if wanted in _forms(booking)]
    if not found:
        raise ValueError(unknown("booking", text.strip(), dict.fromkeys(booking.name for booking in bookings)))
    if len({booking.record for booking in found}) > 1:
        full = dict.fromkeys(
            f"'{b.name} {f'on {b.day}' if isinstance(b.record, Flight) else f'in {b.city}'}'" for b in found
        )
        raise ValueError(f"{text.strip()!r} is booked more than once: say {' or '.join(full)}")
    return tuple(found)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def _forms(booking: Booking) -> set[str]:
    """Return the ways to name a booking, folded."""
    bare = booking.name.partition(" ")[2]
    return {
        _folded(f"{name}{place}")
        for name in (booking.name, bare)
        for place in ("", f" on {booking.day}", f" in {booking.city}")
    }
