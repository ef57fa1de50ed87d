"""The agenda: what happens on each day of an itinerary, in the order of the clock, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from planning.travel.inventory import Flight
from planning.travel.itinerary import Day, Itinerary, Leg, Night

DAY_MIN = 24 * 60
Kind = Literal["arrival", "check-out", "set-off", "leg", "visit", "meal", "check-in", "night"]

# How the events of a day follow each other where there is no clock.
_ORDER: dict[Kind, int] = {
    "arrival": 0,
    "check-out": 1,
    "set-off": 2,
    "leg": 3,
    "visit": 4,
    "meal": 5,
    "check-in": 6,
    "night": 7,
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens on a day. Times are local minutes after its midnight, None where unknown.

    A check-out has the time by which it is to be done. `text` has no time of its start and no price; `brief` says what
    the columns of a table do not. `cost_cents` is for all travellers, None where nothing is paid here.
    """

    kind: Kind
    start_min: int | None
    end_min: int | None
    text: str
    brief: str
    cost_cents: int | None = None


@dataclass(frozen=True, slots=True)
class DayAgenda:
    """One day: its number from 1, the cities that the traveller is in, its events in order, and its cost in cents."""

    number: int
    day: date
    cities: tuple[str, ...]
    events: tuple[Event, ...]
    cost_cents: int


def agenda(itinerary: Itinerary) -> tuple[DayAgenda, ...]:
    """Return what happens on each day. A night on the way belongs to the day on which the leg starts."""
    days = []
    before: Day | None = None
    for number, day in enumerate(itinerary.days, 1):
        arrived = _leg_under_way(itinerary.days[: number - 1]) if before and before.city is None else None
        events = _in_order(tuple(_events(day, before, arrived)))
        cost = sum(event.cost_cents or 0 for event in events)
        start = itinerary.origin if before is None else before.city
        end = day.leg.destination if day.leg and day.city is None else day.city
        cities = tuple(dict.fromkeys(city for city in (start, end) if city))
        days.append(DayAgenda(number, day.day, cities, events, cost))
        before = day
    return tuple(days)


def clock_words(minutes: int) -> str:
    """Return minutes after a midnight as HH:MM, and how many days later or earlier than that midnight's day it is."""
    days, minute = divmod(minutes, DAY_MIN)
    text = f"{minute // 60:02d}:{minute % 60:02d}"
    return f"{text} ({days:+d} day{'s' if abs(days) > 1 else ''})" if days else text


def duration_words(minutes: int) -> str:
    """Return a number of minutes in hours and minutes: "2 h 05 min"."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def day_words(day: date) -> str:
    """Return a date in full: "Wednesday, May 12, 2027"."""
    return f"{day:%A, %B} {day.day}, {day.year}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: "1 room", "2 children"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def _leg_under_way(days: tuple[Day, ...]) -> Leg | None:
    return next((day.leg for day in reversed(days) if day.leg), None)


def _events(day: Day, before: Day | None, arrived: Leg | None) -> Iterator[Event]:
    if arrived and day.city is not None:
        reach = arrived.arrive_min if arrived.reach_min is None else arrived.reach_min
        time = None if reach is None else reach % DAY_MIN
        text = f"reach {arrived.destination} after the night on the way"
        yield Event("arrival", time, None, text, f"reach {arrived.destination}")
    if before and before.night and (day.night is None or day.night.record != before.night.record):
        hotel = before.night.record.name
        yield Event("check-out", day.check_out_min, None, f"check out of {hotel}", "check out")
    if day.leg:
        yield from _leg_events(day.leg)
    for visit in day.visits:
        name = visit.record.name
        yield Event("visit", visit.start_min, visit.end_min, f"visit {name}", name, visit.cost_cents)
    for meal in day.meals:
        kinds = f" ({', '.join(meal.record.cuisines)})" if meal.record.cuisines else ""
        text, brief = f"{meal.slot} at {meal.record.name}{kinds}", f"{meal.record.name}{kinds}"
        if meal.start_min is None:
            brief = f"{meal.slot}: {brief}"
        yield Event("meal", meal.start_min, meal.end_min, text, brief, meal.cost_cents)
    if day.night:
        yield _night_event(day.night, before)


def _leg_events(leg: Leg) -> Iterator[Event]:
    way = f"from {leg.origin} to {leg.destination}"
    if isinstance(leg.record, Flight):
        if leg.leave_min is not None:
            yield Event("set-off", leg.leave_min, None, "leave for the airport", "leave town")
        stops = leg.record.stops
        told = "non-stop" if stops == 0 else f"with {counted(stops, 'stop')}"
        text = f"flight {leg.record.number} {way}, {told}, {duration_words(leg.duration_min)}"
        brief = f"flight {leg.record.number}, {told.removeprefix('with ')}"
    else:
        verb, km = "drive" if leg.mode == "self-driving" else "taxi", f"{leg.record.distance_km:,.0f} km"
        text, brief = f"{verb} {way}, {km}, {duration_words(leg.duration_min)}", f"{verb}, {km}"
    if leg.arrive_min is not None:
        arrival = f", arriving at {clock_words(leg.arrive_min)}"
        text, brief = text + arrival, brief + arrival
    if leg.reach_min is not None and leg.reach_min != leg.arrive_min:
        text += f", in town by {clock_words(leg.reach_min)}"
    yield Event("leg", leg.depart_min, leg.arrive_min, text, brief, leg.cost_cents)


def _night_event(night: Night, before: Day | None) -> Event:
    hotel = night.record
    rooms = f"{counted(night.rooms, 'room')}, {hotel.room_type}"
    if before and before.night and before.night.record == hotel:
        return Event("night", None, None, f"night at {hotel.name}", hotel.name, night.cost_cents)
    text, brief = f"check in at {hotel.name} ({rooms})", f"{hotel.name} ({rooms})"
    return Event("check-in", night.check_in_min, None, text, brief, night.cost_cents)


def _in_order(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Order events by the clock; where a time is unknown, as a day usually goes. A night without a time comes last."""
    if any(event.start_min is None for event in events if event.kind != "night"):
        return tuple(sorted(events, key=lambda event: _ORDER[event.kind]))
    timely = (_in_time(event, events) for event in events)
    return tuple(sorted(timely, key=lambda e: (2 * DAY_MIN if e.start_min is None else e.start_min, _ORDER[e.kind])))


def _in_time(event: Event, events: tuple[Event, ...]) -> Event:
    """Return a check-out no later than what would run past it: one leaves the room before that."""
    if event.kind != "check-out" or event.start_min is None:
        return event
    latest = event.start_min
    starts = (e.start_min for e in events if e.kind in ("set-off", "leg") or (e.end_min or 0) > latest)
    return replace(event, start_min=min([latest, *(start for start in starts if start is not None)]))
