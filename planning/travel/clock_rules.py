"""The rules of the realistic profile that need a clock: transfers, meals, opening hours, check-in and check-out."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from planning.travel.inventory import Flight, Route
from planning.travel.itinerary import Leg
from planning.travel.profile import VISITS_A_DAY, Clock
from planning.travel.replay import DAY_MIN, Replay, Whereabouts, leg_arrive_min, time_text

NEVER = 10 * DAY_MIN


def _clock(facts: Replay) -> Clock:
    assert facts.profile.clock is not None
    return facts.profile.clock


def _leg_clock(facts: Replay) -> Iterator[str]:
    """Legs keep decent hours unless the traveller asked otherwise, and state the times that the tables give."""
    clock, wish = _clock(facts), facts.request.transport
    for day, leg in facts.dated_legs:
        where = f"{leg.mode} from {leg.origin} to {leg.destination} on {day}"
        depart, arrive = leg.depart_min, leg.arrive_min
        if depart is None or arrive is None or leg.leave_min is None or leg.reach_min is None:
            yield f"{where}: has no times"
            continue
        yield from _stated_times(facts, day, leg, where)
        if wish.earliest_departure_min is None and depart < clock.earliest_departure_min:
            yield f"{where}: departs before {time_text(clock.earliest_departure_min)}"
        if wish.latest_arrival_min is None and arrive % DAY_MIN > clock.latest_arrival_min:
            yield f"{where}: arrives after {time_text(clock.latest_arrival_min)}"
        at_any_hour = wish.latest_arrival_min == DAY_MIN - 1
        if arrive % DAY_MIN < clock.earliest_landing_min and not at_any_hour:
            yield f"{where}: arrives in the small hours"
        if arrive >= DAY_MIN and (
            not isinstance(leg.record, Flight) or leg.record.duration_min < clock.min_overnight_min
        ):
            yield f"{where}: travels through the night"


def _stated_times(facts: Replay, day: date, leg: Leg, where: str) -> Iterator[str]:
    clock = _clock(facts)
    assert leg.depart_min is not None
    if isinstance(leg.record, Flight):
        depart, arrive = leg.record.depart_min, leg.record.arrive_min
        leave, reach = depart - clock.before_flight_min, arrive + clock.after_flight_min
    else:
        depart, arrive = leg.depart_min, leg.depart_min + _drive_min(facts, day, leg.record)
        leave, reach = depart, arrive
        if leg.record.duration_min > facts.profile.max_drive_min:
            yield f"{where}: takes longer than {facts.profile.max_drive_min // 60} hours"
    if (leg.depart_min, leg.arrive_min, leg.leave_min, leg.reach_min) != (depart, arrive, leave, reach):
        yield f"{where}: the times stated are not those of the tables"


def _drive_min(facts: Replay, day: date, route: Route) -> int:
    """Return the change of local time that a drive takes: its duration and the difference of the time zones."""
    zones = {city.name: city.time_zone for city in facts.inventory.cities()}
    here, there = zones.get(route.origin, ""), zones.get(route.destination, "")
    if not here or not there:
        return route.duration_min
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(here))
    shifted = noon.astimezone(ZoneInfo(there)).replace(tzinfo=None) - noon.replace(tzinfo=None)
    return route.duration_min + int(shifted.total_seconds() // 60)


def _presence(place: Whereabouts) -> list[tuple[str, int, int]]:
    """Return (city, from, to) for the cities of a day, in local minutes."""
    leg, found = place.day.leg, []
    arrived = place.arrived
    since = 0
    city = place.start_city
    if arrived:
        city = arrived.destination
        since = (arrived.reach_min or 0) - DAY_MIN * ((leg_arrive_min(arrived) or 0) // DAY_MIN)
    if leg and city:
        found.append((city, since, leg.leave_min or 0))
        if place.end_city:
            found.append((place.end_city, leg.reach_min or 0, NEVER))
    elif city:
        found.append((city, since, NEVER))
    return found


def _together(facts: Replay, place: Whereabouts) -> list[tuple[str, int, int]]:
    """Return (city, from, to) for the cities of a day, while all parties of a group are there."""
    come: dict[str, int] = {}
    go: dict[str, int] = {}
    for trip in (trip for bill in facts.itinerary.parties for trip in bill.journeys):
        nights = (leg_arrive_min(trip.leg) or 0) // DAY_MIN
        if trip.day + timedelta(days=nights) == place.day.day:
            reach = (trip.leg.reach_min or 0) - nights * DAY_MIN
            come[trip.leg.destination] = max(reach, come.get(trip.leg.destination, 0))
        if trip.day == place.day.day:
            go[trip.leg.origin] = min(trip.leg.leave_min or 0, go.get(trip.leg.origin, NEVER))
    return [(c, max(since, come.get(c, 0)), min(until, go.get(c, NEVER))) for c, since, until in _presence(place)]


def _meal_clock(facts: Replay) -> Iterator[str]:
    """Meals have their hours; every meal is had for which the traveller is in a city away from home."""
    clock = _clock(facts)
    hours = {slot.name: (slot.start_min, slot.end_min) for slot in clock.meals}
    for place in facts.days:
        present = [(c, since, until) for c, since, until in _together(facts, place) if c != facts.request.origin]
        had = {meal.slot for meal in place.day.meals}
        for name, (start, end) in hours.items():
            if name not in had and any(since <= start and end <= until for _, since, until in present):
                yield f"{place.day.day}: there is time for {name}, and none is planned"
        for meal in place.day.meals:
            if (meal.start_min, meal.end_min) != hours.get(meal.slot):
                yield f"{place.day.day}: {meal.slot} is not at its hours"
            elif not _is_there(facts, place, meal.record.city, *hours[meal.slot]):
                yield f"{place.day.day}: {meal.slot} at {meal.record.name}, away from {meal.record.city}"


def _is_there(facts: Replay, place: Whereabouts, city: str, start: int, end: int) -> bool:
    return any(c == city and since <= start and end <= until for c, since, until in _together(facts, place))


def _opening_hours(facts: Replay) -> Iterator[str]:
    """Visits have a time, while the place is open and the traveller in its city, and overlap nothing."""
    for place in facts.days:
        day = place.day
        busy = [(m.start_min or 0, m.end_min or 0) for m in day.meals]
        for visit in day.visits:
            start, end, record = visit.start_min, visit.end_min, visit.record
            if start is None or end is None or start >= end:
                yield f"{day.day}: the visit to {record.name} has no time"
                continue
            if day.day.weekday() in record.closed_weekdays or start < record.opens_min or end > record.closes_min:
                yield f"{day.day}: {record.name} is closed from {time_text(start)} to {time_text(end)}"
            if not _is_there(facts, place, record.city, start, end):
                yield f"{day.day}: {record.name} is visited, but the traveller is not in {record.city}"
            if any(start < other_end and other_start < end for other_start, other_end in busy):
                yield f"{day.day}: the visit to {record.name} overlaps something else"
            busy.append((start, end))


def _pace(facts: Replay) -> Iterator[str]:
    """A full day has the visits that the pace asks for, or as many as the city has attractions for."""
    wanted = VISITS_A_DAY[facts.request.pace]
    avoided = {name.lower() for name in facts.request.places.avoid}
    full = [place for place in facts.days if place.is_full]
    for place in full:
        assert place.end_city is not None
        same_city = sum(other.end_city == place.end_city for other in full)
        names = {attraction.name for attraction in facts.inventory.attractions(place.end_city)}
        offered = sum(name.lower() not in avoided for name in names)
        need = min(wanted, offered // same_city)
        if len(place.day.visits) < need:
            yield f"{place.day.day}: {len(place.day.visits)} visits instead of {need} ({facts.request.pace} pace)"


def _hotel_clock(facts: Replay) -> Iterator[str]:
    """Check in when the traveller is there and the room is ready, check out before leaving and in time."""
    clock = _clock(facts)
    before = None
    for place in facts.days:
        night = place.day.night
        hotel = night.record if night else None
        if night and hotel != before:
            earliest = max([clock.check_in_min, *(since for c, since, _ in _presence(place) if c == night.record.city)])
            if night.check_in_min is None or night.check_in_min < earliest:
                yield f"{place.day.day}: check-in at {night.record.name} is not possible before {time_text(earliest)}"
        if before and hotel != before:
            leaves = [until for c, _, until in _presence(place) if c == before.city]
            latest = min([clock.check_out_min, *leaves])
            out = place.day.check_out_min
            if out is None or not 0 <= out <= latest:
                yield f"{place.day.day}: check-out at {before.name} is due by {time_text(latest)}"
        before = hotel


CLOCK_RULES: dict[str, Callable[[Replay], Iterator[str]]] = {
    "leg_clock": _leg_clock,
    "meal_clock": _meal_clock,
    "opening_hours": _opening_hours,
    "pace": _pace,
    "hotel_clock": _hotel_clock,
}
