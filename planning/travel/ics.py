"""An itinerary as a calendar file (RFC 5545), the same bytes every time."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone
from icalendar import Event as CalendarEvent

from planning.travel.agenda import clock_words, counted, duration_words
from planning.travel.inventory import City, Flight, Source
from planning.travel.itinerary import Day, Itinerary, Leg, Meal, Visit

PRODUCT = "-//Twofold//Trip//EN"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event to be: all day where its ends are dates, the end excluded; `spot` is latitude and longitude."""

    category: str
    summary: str
    start: date
    end: date
    location: str
    notes: tuple[str, ...]
    source: Source
    spot: tuple[float, float] | None = None


def to_ics(itinerary: Itinerary, cities: Iterable[City]) -> bytes:
    """Return an itinerary as a calendar: an event for each leg, stay, meal and visit.

    Times are told in the time zones of `cities`, and left floating where a zone is unknown; what has no time becomes
    an event of the whole day, and so does a stay. Equal itineraries give equal bytes: UIDs are hashes of the content,
    and the stamp is the day on which the youngest price was taken.
    """
    writer = _Writer({city.name: city.time_zone for city in cities}, itinerary.currency)
    entries = list(writer.entries(itinerary.days))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _title(itinerary))
    for zone in sorted({name for entry in entries for name in _zone_names(entry)}):
        first, last = itinerary.days[0].day - _DAY, itinerary.days[-1].day + 2 * _DAY
        calendar.add_component(Timezone.from_tzid(zone, first_date=first, last_date=last))
    stamp = _stamp(entries)
    seen: dict[str, int] = {}
    for entry in entries:
        identity = "|".join((entry.category, entry.summary, entry.start.isoformat(), entry.location))
        seen[identity] = seen.get(identity, 0) + 1
        calendar.add_component(_event(entry, stamp, f"{identity}|{seen[identity]}"))
    return bytes(calendar.to_ical())


def _event(entry: _Entry, stamp: datetime, identity: str) -> CalendarEvent:
    event = CalendarEvent()
    event.add("uid", f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}@twofold")
    event.add("dtstamp", stamp)
    event.add("summary", entry.summary)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    event.add("location", entry.location)
    source = f"Source: {entry.source.table}, row {entry.source.row}, price as of {entry.source.as_of}"
    event.add("description", "\n".join((*entry.notes, source)))
    event.add("categories", [entry.category])
    event.add("transp", "OPAQUE" if isinstance(entry.start, datetime) else "TRANSPARENT")
    if entry.spot:
        event.add("geo", entry.spot)
    return event


def _title(itinerary: Itinerary) -> str:
    visited = dict.fromkeys(day.city for day in itinerary.days if day.city and day.city != itinerary.origin)
    return f"Trip to {' and '.join(visited)}" + (" (synthetic demo data)" if itinerary.is_synthetic else "")


def _stamp(entries: list[_Entry]) -> datetime:
    """Return the youngest day of a price, at midnight UTC; the first day of the trip where no day is told."""
    days = []
    for entry in entries:
        try:
            days.append(date.fromisoformat(entry.source.as_of))
        except ValueError:
            continue
    first = entries[0].start
    chosen = max(days, default=first.date() if isinstance(first, datetime) else first)
    return datetime.combine(chosen, time(), tzinfo=UTC)


def _zone_names(entry: _Entry) -> Iterator[str]:
    for moment in (entry.start, entry.end):
        if isinstance(moment, datetime) and isinstance(moment.tzinfo, ZoneInfo):
            yield moment.tzinfo.key


def _at(day: date, minutes: int, zone: str) -> datetime:
    moment = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return moment.replace(tzinfo=ZoneInfo(zone)) if zone else moment


@dataclass(frozen=True, slots=True)
class _Writer:
    """What every entry needs: the time zones by city, and the currency."""

    zones: Mapping[str, str]
    currency: str

    def entries(self, days: tuple[Day, ...]) -> Iterator[_Entry]:
        """Yield an entry for each stay, then for each leg, visit and meal of each day."""
        yield from self.stays(days)
        for day in days:
            if day.leg:
                yield self.leg(day.day, day.leg)
            yield from (self.visit(day.day, visit) for visit in day.visits)
            yield from (self.meal(day.day, meal) for meal in day.meals)

    def price(self, cents: int) -> str:
        return f"Price for all: {cents / 100:,.2f} {self.currency}" if cents else "Free"

    def visit(self, day: date, visit: Visit) -> _Entry:
        sight = visit.record
        start, end = self.span(day, visit, sight.city)
        spot, notes = (sight.latitude, sight.longitude), (self.price(visit.cost_cents),)
        return _Entry("VISIT", sight.name, start, end, f"{sight.name}, {sight.city}", notes, sight.source, spot)

    def meal(self, day: date, meal: Meal) -> _Entry:
        place = meal.record
        start, end = self.span(day, meal, place.city)
        notes = (", ".join(place.cuisines), self.price(meal.cost_cents))
        summary, where = f"{meal.slot.capitalize()}: {place.name}", f"{place.name}, {place.city}"
        return _Entry("MEAL", summary, start, end, where, notes, place.source)

    def span(self, day: date, item: Meal | Visit, city: str) -> tuple[date, date]:
        if item.start_min is None or item.end_min is None:
            return day, day + _DAY
        zone = self.zones.get(city, "")
        return _at(day, item.start_min, zone), _at(day, item.end_min, zone)

    def leg(self, day: date, leg: Leg) -> _Entry:
        way = f"{leg.origin} to {leg.destination}"
        if isinstance(leg.record, Flight):
            summary = f"Flight {leg.record.number}: {way}"
            notes = ["non-stop" if leg.record.stops == 0 else counted(leg.record.stops, "stop")]
        else:
            summary = f"{'Drive' if leg.mode == 'self-driving' else 'Taxi'}: {way}"
            notes = [f"{leg.record.distance_km:,.0f} km"]
        notes += [duration_words(leg.duration_min), self.price(leg.cost_cents)]
        if leg.leave_min is not None and leg.leave_min != leg.depart_min:
            notes.append(f"Leave for the airport at {clock_words(leg.leave_min)}")
        start, end = self.leg_span(day, leg)
        return _Entry("TRAVEL", summary, start, end, leg.origin, tuple(notes), leg.record.source)

    def leg_span(self, day: date, leg: Leg) -> tuple[date, date]:
        if leg.depart_min is None or leg.arrive_min is None:
            return day, day + _DAY
        zone, zone_there = self.zones.get(leg.origin, ""), self.zones.get(leg.destination, "")
        start = _at(day, leg.depart_min, zone)
        if zone and zone_there:
            end = _at(day, leg.arrive_min, zone_there)
            if end > start:
                return start, end
        # Clocks of unknown zones cannot be compared: the time under way can.
        floating = start.replace(tzinfo=None)
        return floating, floating + timedelta(minutes=max(1, leg.duration_min))

    def stays(self, days: tuple[Day, ...]) -> Iterator[_Entry]:
        """Yield an entry for each stay: the nights in a row at one hotel, until the day after the last."""
        nights = [(day.day, day.night) for day in days if day.night]
        for hotel, group in groupby(nights, key=lambda night: night[1].record):
            stay = list(group)
            (first, night), last = stay[0], stay[-1][0]
            notes = [f"{counted(night.rooms, 'room')} ({hotel.room_type}), {counted(len(stay), 'night')}"]
            if night.check_in_min is not None:
                notes.append(f"Check in from {clock_words(night.check_in_min)}")
            check_out = next((day.check_out_min for day in days if day.day == last + _DAY), None)
            if check_out is not None:
                notes.append(f"Check out by {clock_words(check_out)}")
            notes.append(self.price(sum(night.cost_cents for _, night in stay)))
            summary, where = f"Hotel: {hotel.name}", f"{hotel.name}, {hotel.city}"
            yield _Entry("LODGING", summary, first, last + _DAY, where, tuple(notes), hotel.source)
