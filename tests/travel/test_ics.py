"""The calendar file is what any calendar reads: the itinerary's moments, the same bytes every time."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from planning.travel.ics import to_ics
from planning.travel.inventory import City, Flight
from planning.travel.itinerary import Itinerary
from tests.travel.sample_trip import CITIES, answer

ROOT = Path(__file__).parents[2]


def itinerary(profile: str = "realistic") -> Itinerary:
    found = answer(profile).itinerary
    assert found
    return found


def events(trip: Itinerary, cities: tuple[City, ...] = CITIES) -> list[Any]:
    """Write, and read back the events; a property of one may be of any type."""
    calendar = icalendar.Calendar.from_ical(to_ics(trip, cities))
    assert isinstance(calendar, icalendar.Calendar)
    assert calendar.errors == []
    return list(calendar.events)


def of(category: str, found: list[Any]) -> list[Any]:
    return [event for event in found if event["categories"].cats == [category]]


def test_every_leg_stay_meal_and_visit_is_an_event() -> None:
    trip = itinerary()
    found = Counter(event["categories"].cats[0] for event in events(trip))
    assert found == {
        "TRAVEL": sum(day.leg is not None for day in trip.days),
        "LODGING": len({day.night.record for day in trip.days if day.night}),
        "MEAL": sum(len(day.meals) for day in trip.days),
        "VISIT": sum(len(day.visits) for day in trip.days),
    }


def test_flights_start_and_end_at_the_right_instants() -> None:
    out, home = (event for event in of("TRAVEL", events(itinerary())) if "Flight" in event["summary"])
    assert out.start == datetime(2027, 5, 29, 0, 0, tzinfo=UTC)
    assert out.end == datetime(2027, 5, 29, 7, 0, tzinfo=UTC)
    assert home.start == datetime(2027, 6, 1, 11, 0, tzinfo=UTC)
    assert home.end == datetime(2027, 6, 1, 20, 0, tzinfo=UTC)


def test_times_are_told_in_the_zones_of_the_cities_and_the_zones_are_in_the_file() -> None:
    content = to_ics(itinerary(), CITIES).decode()
    assert "DTSTART;TZID=America/New_York:20270528T200000" in content
    assert "DTEND;TZID=Europe/Lisbon:20270529T080000" in content
    calendar = icalendar.Calendar.from_ical(content)
    assert isinstance(calendar, icalendar.Calendar)
    assert [zone["tzid"] for zone in calendar.timezones] == ["America/New_York", "Europe/Lisbon"]
    assert calendar.get_missing_tzids() == set()


def test_a_stay_lasts_from_the_first_night_to_the_day_after_the_last() -> None:
    stays = of("LODGING", events(itinerary()))
    assert [(stay.start, stay.end) for stay in stays] == [
        (date(2027, 5, 29), date(2027, 5, 30)),
        (date(2027, 5, 30), date(2027, 6, 1)),
    ]
    assert "2 nights" in stays[1]["description"]
    assert "338.00 USD" in stays[1]["description"]


def test_every_event_names_its_source_and_its_place() -> None:
    for event in events(itinerary()):
        assert ", row " in event["description"]
        assert "price as of 2027-01-01" in event["description"]
        assert event["location"]


def test_uids_are_unique_and_stay_the_same() -> None:
    first, second = ([event["uid"] for event in events(itinerary())] for _ in range(2))
    assert first == second
    assert len(set(first)) == len(first)


def test_equal_events_still_have_uids_of_their_own() -> None:
    trip = itinerary()
    day = trip.days[3]
    twice = replace(trip, days=(*trip.days[:3], replace(day, meals=(*day.meals, day.meals[0])), trip.days[4]))
    uids = [event["uid"] for event in events(twice)]
    assert len(set(uids)) == len(uids)


def test_the_bytes_depend_on_no_hash_seed_and_no_clock() -> None:
    script = (
        "import sys; from tests.travel.sample_trip import *; from planning.travel.ics import to_ics; "
        "sys.stdout.buffer.write(to_ics(answer().itinerary, CITIES))"
    )
    command = [sys.executable, "-c", script]
    runs = [
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}, cwd=ROOT, capture_output=True, check=True
        )
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert {run.stdout for run in runs} == {to_ics(itinerary(), CITIES)}


def test_without_a_clock_everything_lasts_a_day_but_flights() -> None:
    for event in events(itinerary("travelplanner")):
        if "Flight" in event["summary"]:
            assert isinstance(event.start, datetime)
        else:
            assert not isinstance(event.start, datetime)
            assert event.end > event.start


def test_where_zones_are_unknown_times_float_and_durations_hold() -> None:
    found = events(itinerary(), ())
    flights = [event for event in of("TRAVEL", found) if "Flight" in event["summary"]]
    assert [event.end - event.start for event in flights] == [timedelta(hours=7), timedelta(hours=9)]
    assert all(event.start.tzinfo is None for event in found if isinstance(event.start, datetime))


@pytest.mark.parametrize("arrive_min", [600, 1200, -600])
def test_an_arrival_before_the_departure_cannot_happen(arrive_min: int) -> None:
    trip = itinerary()
    leg = trip.days[0].leg
    assert leg
    assert isinstance(leg.record, Flight)
    broken = replace(leg, arrive_min=arrive_min)
    for event in events(replace(trip, days=(replace(trip.days[0], leg=broken), *trip.days[1:]))):
        assert event.end > event.start


def test_marks_of_the_format_in_names_do_no_harm() -> None:
    trip = itinerary()
    name = "A; B, C\\ D\nEND:VEVENT é東 " + "x" * 200
    visit = replace(trip.days[1].visits[0], record=replace(trip.days[1].visits[0].record, name=name))
    found = events(replace(trip, days=(trip.days[0], replace(trip.days[1], visits=(visit,)), *trip.days[2:])))
    assert len(found) == len(events(trip))
    assert name in [event["summary"] for event in of("VISIT", found)]


def test_the_days_before_which_no_price_is_known_stamp_it_with_the_trip() -> None:
    trip = itinerary()
    day = trip.days[0]
    assert day.leg
    leg = replace(day.leg, record=replace(day.leg.record, source=replace(day.leg.record.source, as_of="unknown")))
    (event,) = events(replace(trip, days=(replace(day, leg=leg),)))
    assert event["dtstamp"].dt == datetime(2027, 5, 28, tzinfo=UTC)
