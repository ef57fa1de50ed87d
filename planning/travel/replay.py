"""Replay an itinerary day by day against the tables: where the traveller is, what it costs, what does not exist."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

from planning.travel.inventory import Flight, Hotel, Inventory
from planning.travel.itinerary import Day, Itinerary, Leg
from planning.travel.profile import PROFILES, Profile
from planning.travel.request import TravelRequest

DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the traveller is on a day. `arrived` is a leg of an earlier day that lands on this one."""

    day: Day
    start_city: str | None
    end_city: str | None
    arrived: Leg | None
    is_full: bool

    @property
    def cities(self) -> tuple[str, ...]:
        """Return the cities of the day, in order."""
        arrival = self.arrived.destination if self.arrived else None
        return tuple(dict.fromkeys(city for city in (self.start_city, arrival, self.end_city) if city))


@dataclass(frozen=True, slots=True)
class Replay:
    """What the checker knows of an itinerary.

    `trail` are the cities in order, from home to home; `breaks` say where legs do not join; `unknown` are the items
    that the tables do not hold; `cost_cents` is recomputed, None if anything is unknown.
    """

    itinerary: Itinerary
    request: TravelRequest
    inventory: Inventory
    profile: Profile
    days: tuple[Whereabouts, ...]
    trail: tuple[str, ...]
    breaks: tuple[str, ...]
    unknown: tuple[str, ...]
    cost_cents: int | None

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Return the legs in order."""
        return tuple(day.leg for day in self.itinerary.days if day.leg)

    @property
    def dated_legs(self) -> tuple[tuple[date, Leg], ...]:
        """Return all legs with the days they start on, those that the parties of a group make alone as well."""
        days = [(day.day, day.leg) for day in self.itinerary.days if day.leg]
        return (*days, *((trip.day, trip.leg) for bill in self.itinerary.parties for trip in bill.journeys))

    @property
    def hotels(self) -> tuple[Hotel, ...]:
        """Return the hotels in order, each once."""
        return tuple(dict.fromkeys(day.night.record for day in self.itinerary.days if day.night))


def replay(itinerary: Itinerary, request: TravelRequest, inventory: Inventory) -> Replay:
    """Follow the legs of an itinerary and look up each of its items."""
    profile = PROFILES[itinerary.profile]
    days, breaks = _follow(itinerary, request, has_clock=profile.clock is not None)
    trail = [request.origin] if itinerary.days else []
    legs = [day.leg for day in itinerary.days if day.leg]
    if legs:
        trail = [legs[0].origin, *(leg.destination for leg in legs)]
    unknown = tuple(_unknown(itinerary, inventory, profile))
    return Replay(
        itinerary=itinerary,
        request=request,
        inventory=inventory,
        profile=profile,
        days=tuple(days),
        trail=tuple(trail),
        breaks=tuple(breaks),
        unknown=unknown,
        cost_cents=None if unknown else recomputed_cost_cents(itinerary, request),
    )


def _follow(itinerary: Itinerary, request: TravelRequest, has_clock: bool) -> tuple[list[Whereabouts], list[str]]:
    places: list[Whereabouts] = []
    breaks: list[str] = []
    city: str | None = request.origin
    aboard: tuple[Leg, int] | None = None
    for day in itinerary.days:
        arrived = None
        if aboard and aboard[1] == 1:
            arrived, aboard = aboard[0], None
            city = arrived.destination
        elif aboard:
            aboard = (aboard[0], aboard[1] - 1)
        start = None if arrived else city
        if day.leg:
            if day.leg.origin != city:
                breaks.append(f"{day.day}: a leg starts in {day.leg.origin}, the traveller is in {city or 'the air'}")
            nights = (leg_arrive_min(day.leg) or 0) // DAY_MIN if has_clock else 0
            aboard = (day.leg, nights) if nights else None
            city = None if nights else day.leg.destination
        if day.city != city:
            breaks.append(f"{day.day}: the day ends in {city or 'the air'}, not in {day.city or 'the air'}")
        is_full = day.leg is None and arrived is None and city is not None and city != request.origin
        places.append(Whereabouts(day, start, city, arrived, is_full))
    return places, breaks


def time_text(minutes: int) -> str:
    """Return local minutes as a time of day, HH:MM."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def leg_arrive_min(leg: Leg) -> int | None:
    """Return when a leg arrives: by the timetable for a flight, as stated for a drive."""
    return leg.record.arrive_min if isinstance(leg.record, Flight) else leg.arrive_min


def _unknown(itinerary: Itinerary, inventory: Inventory, profile: Profile) -> Iterator[str]:
    """Name the items that are not in the tables, or (with exact names) that a look-up by name would not find."""
    for trip in (trip for bill in itinerary.parties for trip in bill.journeys):
        if not leg_exists(trip.day, trip.leg, inventory, profile):
            yield f"the {trip.leg.mode} from {trip.leg.origin} to {trip.leg.destination} on {trip.day}"
    for day in itinerary.days:
        if day.leg and not leg_exists(day.day, day.leg, inventory, profile):
            yield f"the {day.leg.mode} from {day.leg.origin} to {day.leg.destination} on {day.day}"
        shelves: list[tuple[Any, Sequence[Any]]] = [(m.record, inventory.restaurants(m.record.city)) for m in day.meals]
        shelves += [(v.record, inventory.attractions(v.record.city)) for v in day.visits]
        if day.night:
            shelves.append((day.night.record, inventory.hotels(day.night.record.city)))
        for record, shelf in shelves:
            found = record in shelf
            if found and profile.exact_names:
                found = next(row for row in shelf if record.name in row.name) == record
            if not found:
                yield f"{record.name} in {record.city}"


def leg_exists(on: date, leg: Leg, inventory: Inventory, profile: Profile) -> bool:
    """Tell whether the tables have a leg on a day."""
    record = leg.record
    if (record.origin, record.destination) != (leg.origin, leg.destination):
        return False
    if isinstance(record, Flight):
        flights = inventory.flights([leg.origin], [leg.destination], on, on)
        return leg.mode == "flight" and record.day == on and record in flights
    rows = inventory.routes([leg.origin], [leg.destination])
    if profile.exact_names and (record not in rows[:1] or record.duration_min > profile.max_drive_min):
        return False
    return leg.mode in ("self-driving", "taxi") and record in rows


def recomputed_cost_cents(itinerary: Itinerary, request: TravelRequest) -> int:
    """Add up the whole trip from the prices of its records, in cents for all travellers.

    Flights, meals and admissions cost per person; a car seats five and costs int(0.05 · km) in whole currency units, a
    taxi seats four and costs int(km) (TravelPlanner's tariff); a hotel costs a night's price per room. The parties of a
    group go to where they meet and home again by themselves, and have rooms of their own.
    """
    total, num_people = 0, request.num_people
    for number, bill in enumerate(itinerary.parties[: len(request.group)]):
        size = request.group[number].num_people
        total += sum(leg_cost_cents(trip.leg, size) for trip in bill.journeys)
    for day in itinerary.days:
        total += leg_cost_cents(day.leg, num_aboard(day.leg, request)) if day.leg else 0
        total += sum(meal.record.price_cents for meal in day.meals) * num_people
        total += sum(visit.record.price_cents for visit in day.visits) * num_people
        if day.night:
            total += day.night.record.price_cents * rooms_needed(day.night.record, request)
    return total


def num_aboard(leg: Leg, request: TravelRequest) -> int:
    """Return how many make a leg of the itinerary's days: of a group, the first party alone where that is at home."""
    if request.group and request.origin in (leg.origin, leg.destination):
        return request.group[0].num_people
    return request.num_people


def rooms_needed(hotel: Hotel, request: TravelRequest) -> int:
    """Return how many rooms of a hotel are needed."""
    sizes = [party.num_people for party in request.group] or [request.num_people]
    return sum(ceil(size / hotel.max_occupancy) for size in sizes)


def leg_cost_cents(leg: Leg, num_people: int) -> int:
    """Return what a leg costs all travellers, by the tables and the tariff of the road."""
    if isinstance(leg.record, Flight):
        return leg.record.price_cents * num_people
    km = leg.record.distance_km
    fare, seats = (int(km * 0.05), 5) if leg.mode == "self-driving" else (int(km), 4)
    return 100 * fare * ceil(num_people / seats)


def recomputed_objective(itinerary: Itinerary, request: TravelRequest) -> int:
    """Return the value of a request's objective from the records: the cost, or a weighted sum in thirds of a cent."""
    weights = request.objective
    rated: list[Any] = []
    minutes = 0
    for day in itinerary.days:
        rated += [item.record for item in (*day.meals, *day.visits, *((day.night,) if day.night else ()))]
        minutes += day.leg.record.duration_min if day.leg else 0
    minutes += sum(trip.leg.record.duration_min for bill in itinerary.parties for trip in bill.journeys)
    lost_tenths: int = sum(50 - round(10 * record.rating) for record in rated if record.rating is not None)
    cost = recomputed_cost_cents(itinerary, request)
    if weights.rating == weights.travel_time == 0:
        return cost
    return 3 * weights.cost * cost + 30 * weights.rating * lost_tenths + 5 * weights.travel_time * minutes
