"""`twofold replan` from outside: what it changes, what it refuses, and files that cannot be believed."""

import json
from pathlib import Path
from typing import Any

import pytest

from planning.travel.replanning_file import read_planned
from tests.travel.sample_trip import WORLD
from tests.travel.tiny_world import hotel
from tests.twofold.runs import KEYS, TEXT, Run, assert_one_line
from twofold import replan, replan_wishes


@pytest.fixture(autouse=True)
def small_world_for_replanning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replan, "open_inventory", lambda _: WORLD)


@pytest.fixture
def trip_file(twofold: Run, tmp_path: Path) -> Path:
    path = tmp_path / "trip.json"
    path.write_text(twofold("trip", TEXT, "--json").out, encoding="utf-8")
    return path


def edited(path: Path, *place: str | int, value: Any) -> Path:
    """Write the file again with another value at a place."""
    data = json.loads(path.read_text(encoding="utf-8"))
    inner = data
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_lost_restaurant_is_replaced_and_all_else_is_kept(twofold: Run, trip_file: Path) -> None:
    name = json.loads(trip_file.read_text())["itinerary"]["days"][2]["meals"][0]["record"]["name"]
    ran = twofold("replan", trip_file, "--lost", f"restaurant {name}", "--json")
    assert ran.code == 0
    assert ran.json.keys() == {*KEYS, "replan"}
    assert [(b["name"], b["weight"]) for b in ran.json["replan"]["given_up"]] == [(f"restaurant {name}", 1)]
    assert ran.json["replan"]["change"] == 1
    shown = twofold("replan", trip_file, "--lost", name)
    assert "no trip gives up less" in shown.out
    assert "Weights: a flight 10" in " ".join(shown.out.split())


def test_a_lost_flight_of_which_there_is_only_one_is_proven_to_be_fatal(twofold: Run, trip_file: Path) -> None:
    ran = twofold("replan", trip_file, "--lost", "flight TW207")
    assert ran.code == 3
    assert "no trip fits" in ran.out


def test_a_conflict_has_its_repairs(twofold: Run, trip_file: Path) -> None:
    ran = twofold("replan", trip_file, "--changed", "budget=1,000", "--json")
    assert (ran.code, ran.json["status"]) == (3, "INFEASIBLE")
    assert len(ran.json["replan"]["conflict"]) == 1
    assert [repair["cost_cents"] for repair in ran.json["replan"]["repairs"]] == [382_250]


def test_a_delay_moves_what_it_has_to(twofold: Run, trip_file: Path) -> None:
    ran = twofold("replan", trip_file, "--delay", "flight TW207 +2h", "--json")
    assert ran.code == 0
    leg = ran.json["itinerary"]["days"][-1]["leg"]
    assert (leg["depart_min"], leg["arrive_min"]) == (840, 1080)
    assert all(booking["kind"] != "flight" for booking in ran.json["replan"]["given_up"])


def test_what_was_replanned_can_be_replanned(twofold: Run, trip_file: Path) -> None:
    """With its delays, its losses, and what had happened."""
    first = twofold("replan", trip_file, "--delay", "TW207 +1h", "--now", "2027-05-29T20:00", "--json")
    assert first.code == 0
    trip_file.write_text(first.out, encoding="utf-8")
    again = twofold("replan", trip_file, "--delay", "TW207 +1h", "--json")
    assert again.code == 0, again.err
    assert again.json["itinerary"]["days"][-1]["leg"]["depart_min"] == 840
    assert again.json["itinerary"]["days"][:2] == first.json["itinerary"]["days"][:2]
    assert read_planned(json.loads(again.out)).now is not None


def test_what_has_begun_is_too_late(twofold: Run, trip_file: Path) -> None:
    assert_one_line(
        twofold("replan", trip_file, "--lost", "flight TW100", "--now", "2027-05-29T20:00"), "has begun by then"
    )
    assert_one_line(twofold("replan", trip_file, "--now", "2027-06-02T20:00"), "nothing is left to plan")
    assert_one_line(
        twofold("replan", trip_file, "--changed", "adults=4", "--now", "2027-05-29T20:00"), "cannot go on for 5"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--lost", "flight TW101"], ["unknown booking 'flight TW101'", "Did you mean 'flight TW100'"]),
        (["--delay", "TW100"], ["'TW100' is no delay", "+3h"]),
        (["--delay", "hotel Casa da Ponte +3h"], ["is no flight"]),
        (["--delay", "TW100 +99h"], ["48 hours"]),
        (["--lost", "TW100", "--delay", "TW100 +1h"], ["lost already"]),
        (["--changed", "budge=3"], ["unknown wish 'budge'", "Did you mean 'budget'"]),
        (["--changed", "budget=lots"], ["no amount of money"]),
        (["--changed", "budget"], ["WISH=VALUE"]),
        (["--changed", "dates=2027-01-01"], ["another trip"]),
        (["--changed", "adults=none"], ["adults"]),
        (["--changed", "latest_arrival=25:00"], ["no time of day"]),
        (["--changed", "room_type=igloo"], ["room_type"]),
        (["--keep", "hotel Casa da Punte"], ["Did you mean 'hotel Casa da Ponte'"]),
        (["--now", "yesterday"], ["is no time"]),
        (["--now", "2027-05-29T20:00+02:00"], ["time zone"]),
        (["--solver", "cpsat"], ["Did you mean 'cp-sat'"]),
    ],
)
def test_what_makes_no_sense_is_one_line(twofold: Run, trip_file: Path, arguments: list[str], words: list[str]) -> None:
    assert_one_line(twofold("replan", trip_file, *arguments), *words)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (["schema_version"], 2, ["of version 2", "version 1 can be read"]),
        (["itinerary"], None, ["holds no itinerary"]),
        (["itinerary", "days", 1, "colour"], "red", ["itinerary.days.1.colour is no field"]),
        (["itinerary", "days", 0, "leg", "depart_min"], "soon", ["itinerary.days.0.leg.depart_min"]),
        (["itinerary", "cost_cents"], 1, ["does not hold", "edited by hand"]),
        (["itinerary", "days", 1, "meals"], [], ["does not hold"]),
        (["itinerary", "inventory"], "elsewhere", ["planned with 'elsewhere'"]),
        (["itinerary", "profile"], "realistc", ["Did you mean 'realistic'"]),
        (["request", "adults"], 3, ["does not hold"]),
        (["request", "adults"], "three", ["request.adults"]),
    ],
)
def test_a_file_that_was_edited_is_refused(
    twofold: Run, trip_file: Path, place: list[str | int], value: Any, words: list[str]
) -> None:
    before = edited(trip_file, *place, value=value).read_text()
    assert_one_line(twofold("replan", trip_file, "--lost", "TW100"), *words)
    assert trip_file.read_text() == before


def test_what_is_no_itinerary_is_refused(twofold: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    for text, words in (("[]", "no answer of `twofold trip --json`"), ("{", "line 1"), ("\xff", "other.json")):
        path.write_bytes(text.encode("latin-1"))
        assert_one_line(twofold("replan", path, "--json"), words)
    assert_one_line(twofold("replan", tmp_path / "nowhere.json"), "nowhere.json")


def test_a_booking_of_two_places_is_asked_about(
    twofold: Run, trip_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = json.loads(trip_file.read_text())
    for day in data["itinerary"]["days"]:
        if day["night"]:
            day["night"]["record"]["name"] = "Inn"
    rows = tuple(
        hotel("Inn", row.city, row.price_cents, room_type=row.room_type, rating=row.rating) for row in WORLD.hotel_rows
    )
    from dataclasses import replace

    monkeypatch.setattr(replan, "open_inventory", lambda _: replace(WORLD, hotel_rows=rows))
    trip_file.write_text(json.dumps(data))
    assert_one_line(twofold("replan", trip_file, "--lost", "Inn"), "'hotel Inn in Porto' or 'hotel Inn in Faro'")
    assert twofold("replan", trip_file, "--lost", "hotel Inn in Porto").code == 3


def test_wishes_are_read_by_their_short_names() -> None:
    from tests.travel.sample_trip import REQUEST

    wishes = [
        "budget=1499.5",
        "cuisines=Thai, Indian",
        "latest_arrival=21:30",
        "min_rating=3.5",
        "must_see=none",
        "pace=relaxed",
    ]
    found = replan_wishes.changed(REQUEST, wishes)
    assert (found.budget_cents, found.food.cuisines, found.pace) == (1499_50, ("Thai", "Indian"), "relaxed")
    assert (found.transport.latest_arrival_min, found.lodging.min_rating, found.places.must_see) == (1290, 3.5, ())
    assert found.quote("budget_cents") == "budget=1499.5"
