"""What happens to a trip after it was planned: bookings lost, flights delayed, wishes changed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeVar, final

from planning.travel.inventory import Attraction, City, Flight, Hotel, Inventory, Restaurant, Route
from planning.travel.itinerary import Itinerary
from planning.travel.replanning_bookings import Booking, find_bookings

DAY_MIN = 24 * 60
MAX_DELAY_MIN = 2 * DAY_MIN
R = TypeVar("R")

_DELAY = re.compile(r"(?P<what>.+?)\s*\+\s*(?:(?P<h>\d{1,3})\s*h)?\s*(?:(?P<min>\d{1,4})\s*(?:m|min)?)?\s*")


@dataclass(frozen=True, slots=True)
class Disruption:
    """Records that can no longer be had, and flights that are delayed, as they were and as they are now."""

    lost: frozenset[Any] = frozenset()
    delayed: Mapping[Flight, Flight] = field(default_factory=dict)


NOTHING_HAPPENED = Disruption()


@final
class DisruptedInventory:
    """An inventory without what is lost, and with its delayed flights as they are now."""

    def __init__(self, inventory: Inventory, disruption: Disruption) -> None:
        self._inventory = inventory
        self._gone = disruption.lost | frozenset(disruption.delayed)
        self._late = tuple(flight for flight in disruption.delayed.values() if flight not in disruption.lost)

    @property
    def label(self) -> str:
        """Return what the inventory is, for people."""
        return self._inventory.label

    @property
    def is_synthetic(self) -> bool:
        """Tell whether the offers are made up."""
        return self._inventory.is_synthetic

    @property
    def currency(self) -> str:
        """Return the ISO code of the currency of every price."""
        return self._inventory.currency

    def cities(self) -> Sequence[City]:
        """Return every city."""
        return self._inventory.cities()

    def flights(self, origins: Sequence[str], destinations: Sequence[str], first: date, last: date) -> Sequence[Flight]:
        """Return the flights that still go, those delayed with their new times and days."""
        late = [
            flight
            for flight in self._late
            if flight.origin in origins and flight.destination in destinations and first <= flight.day <= last
        ]
        return [*self._left(self._inventory.flights(origins, destinations, first, last)), *late]

    def routes(self, origins: Sequence[str], destinations: Sequence[str]) -> Sequence[Route]:
        """Return the roads that are still open."""
        return self._left(self._inventory.routes(origins, destinations))

    def hotels(self, city: str) -> Sequence[Hotel]:
        """Return the hotels of a city that can still be had."""
        return self._left(self._inventory.hotels(city))

    def restaurants(self, city: str) -> Sequence[Restaurant]:
        """Return the restaurants of a city that can still be had."""
        return self._left(self._inventory.restaurants(city))

    def attractions(self, city: str) -> Sequence[Attraction]:
        """Return the attractions of a city that can still be visited."""
        return self._left(self._inventory.attractions(city))

    def _left(self, rows: Sequence[R]) -> Sequence[R]:
        return [row for row in rows if row not in self._gone] if self._gone else rows


def both(first: Disruption, second: Disruption) -> Disruption:
    """Return what happened first and second together; a flight can be delayed twice."""
    twice = {was: second.delayed.get(now, now) for was, now in first.delayed.items()}
    once = {was: now for was, now in second.delayed.items() if was not in first.delayed.values()}
    return Disruption(first.lost | second.lost, twice | once)


def disruption_of(
    lost: Iterable[str], delays: Iterable[str], bookings: Sequence[Booking], begun: Sequence[Booking] = ()
) -> Disruption:
    """Read what happened to bookings: "hotel Casa da Ponte" is lost, "flight F9 +3h" is delayed.

    Raises:
        ValueError: Nothing of that name is booked (with "did you mean"), it has begun, or a delay makes no sense.
    """
    gone = frozenset(_booked(text, bookings, begun) for text in lost)
    late: dict[Flight, Flight] = {}
    for text in delays:
        what, minutes = parsed_delay(text)
        flight = _booked(what, bookings, begun)
        if not isinstance(flight, Flight):
            raise ValueError(f"{what!r} is no flight: only flights can be delayed")
        if flight in gone or flight in late:
            raise ValueError(f"flight {flight.number} is {'lost' if flight in gone else 'delayed'} already")
        late[flight] = later(flight, minutes)
    return Disruption(gone, late)


def _booked(text: str, bookings: Sequence[Booking], begun: Sequence[Booking]) -> Any:
    try:
        return find_bookings(text, bookings)[0].record
    except ValueError:
        over = find_bookings(text, [*bookings, *begun])[-1]
    raise ValueError(f"{over.name} on {over.day} has begun by then: it can be neither lost nor delayed any more")


def parsed_delay(text: str) -> tuple[str, int]:
    """Return what is delayed, and by how many minutes: "flight F9 +3h", "F9 +90min", "F9 +1h30".

    Raises:
        ValueError: It is no delay.
    """
    read = _DELAY.fullmatch(text.strip())
    if read is None or not (read["h"] or read["min"]):
        raise ValueError(f"{text!r} is no delay: write it like 'flight F9 +3h' or 'flight F9 +1h30'")
    minutes = 60 * int(read["h"] or 0) + int(read["min"] or 0)
    if not 0 < minutes <= MAX_DELAY_MIN:
        raise ValueError(f"{text!r}: a delay is from 1 minute to {MAX_DELAY_MIN // 60} hours; call longer ones lost")
    return read["what"], minutes


def later(flight: Flight, minutes: int) -> Flight:
    """Return a flight that leaves and lands some minutes later, on a later day where that is past midnight."""
    days, depart_min = divmod(flight.depart_min + minutes, DAY_MIN)
    return replace(
        flight,
        day=flight.day + timedelta(days=days),
        depart_min=depart_min,
        arrive_min=flight.arrive_min + minutes - days * DAY_MIN,
    )


def with_delays(itinerary: Itinerary, delayed: Mapping[Flight, Flight]) -> Itinerary:
    """Return an itinerary whose tickets are for the delayed flights; nothing else is changed, so it may fit no more."""
    days = []
    for day in itinerary.days:
        leg = day.leg
        late = delayed.get(leg.record) if leg and isinstance(leg.record, Flight) else None
        days.append(replace(day, leg=replace(leg, record=late)) if leg and late else day)
    return replace(itinerary, days=tuple(days))
