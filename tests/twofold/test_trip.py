"""`twofold trip` from outside: its answers, its JSON, its exit codes and its files."""

import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import icalendar
import pytest

from planning.travel.llm import LanguageModelError, Message
from planning.travel.profile import PROFILES
from planning.travel.request import FIELD_PATHS, TravelRequest
from planning.travel.solving import SOLVERS
from planning.travel.trip import Answer
from solvers.result import Result, Status
from tests.travel.openai_server import completion, fails, forget_environment, says, scripted_server
from tests.twofold.runs import KEYS, TEXT, Run, assert_one_line
from twofold import trip, trip_input

# An itinerary


def test_a_sentence_becomes_an_itinerary(twofold: Run) -> None:
    ran = twofold("trip", TEXT)
    assert ran.code == 0
    assert ran.err == ""
    for words in ("Boston to Porto", "Casa da Ponte", "TW207", "$3,822.50", "OPTIMAL", "“from Boston”"):
        assert words in ran.out


def test_a_sentence_may_come_from_standard_input(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    piped = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + TEXT.encode() + b"\n"))
    monkeypatch.setattr(sys, "stdin", piped)
    assert twofold("trip", "-").code == 0


def test_a_request_file_is_planned_as_it_is(twofold: Run, request_file: Path) -> None:
    ran = twofold("trip", "--request", request_file, "--certify")
    assert ran.code == 0
    assert "GUARANTEED: cp-sat and cbc prove the same optimum, and the rule checker agrees" in ran.out


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("solver", SOLVERS)
def test_every_profile_and_solver_can_be_chosen(twofold: Run, request_file: Path, profile: str, solver: str) -> None:
    ran = twofold("trip", "--request", request_file, "--profile", profile, "--solver", solver, "--json")
    assert ran.code == 0
    assert ran.json["itinerary"]["profile"] == profile
    assert ran.json["solve"]["solver"] == ("cp-sat" if solver == "auto" else solver)


def test_narration_is_shown_below(twofold: Run) -> None:
    ran = twofold("trip", TEXT, "--narrate", "plain")
    assert "Day 2, Saturday, May 29, 2027: Porto." in " ".join(ran.out.split())


def test_today_decides_what_next_friday_is(twofold: Run) -> None:
    text = "From Boston to two cities in Portugal for five days, starting next friday"
    asked = [twofold("trip", text, "--json", "--today", day).json["request"] for day in ("2027-05-24", "2028-05-24")]
    years = [(request["dates"]["earliest"] if request else "")[:4] for request in asked]
    assert years == ["2027", "2028"]


# JSON


def test_json_is_one_object_with_the_promised_keys(twofold: Run) -> None:
    ran = twofold("trip", TEXT, "--json", "--certify")
    found = ran.json
    assert found.keys() == KEYS
    assert ran.err == ""
    assert found["status"] == "OPTIMAL"
    assert found["cost_cents"] == found["itinerary"]["cost_cents"] == found["solve"]["bound"] == 382_250
    assert found["solve"].keys() == {"solver", "seconds", "bound", "gap"}
    assert found["solve"]["gap"] == 0
    assert found["certificate"]["guaranteed"] is True
    assert found["explanation"] is None
    assert TravelRequest.model_validate(found["request"]).quote("origin") == "from Boston"
    assert found["seconds"].keys() >= {"open", "translate", "solve", "check"}


def test_every_item_in_the_json_tells_its_source(twofold: Run) -> None:
    for day in twofold("trip", TEXT, "--json").json["itinerary"]["days"]:
        items = [*day["meals"], *day["visits"], *filter(None, [day["leg"], day["night"]])]
        assert all(item["record"]["source"].keys() == {"table", "row", "as_of"} for item in items)


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ([TEXT, "--json"], "OPTIMAL", 0),
        ([TEXT + ", at most $2,000", "--json"], "INFEASIBLE", 3),
        (["Somewhere warm", "--json"], "NOT_UNDERSTOOD", 4),
        (["", "--json"], "NOT_UNDERSTOOD", 4),
        ([TEXT, "--json", "--solver", "cbd"], "ERROR", 2),
        ([TEXT, "--json", "--time-limit", "soon"], "ERROR", 2),
        (["--json"], "ERROR", 2),
        (["--json", "--request", "/nowhere.json"], "ERROR", 2),
    ],
)
def test_every_answer_has_the_same_keys(twofold: Run, arguments: list[str], status: str, code: int) -> None:
    ran = twofold("trip", *arguments)
    assert (ran.json["status"], ran.code) == (status, code)
    assert ran.json.keys() == KEYS
    assert (ran.err != "") == (code in (2, 4))
    assert bool(ran.json["problems"] or ran.json["missing"]) == (code in (2, 4))


def test_a_narration_that_is_asked_for_is_in_the_json(twofold: Run) -> None:
    assert "Casa da Ponte" in twofold("trip", TEXT, "--json", "--narrate", "plain").json["narration"]


# No itinerary


def test_an_infeasible_request_is_an_answer_with_reasons(twofold: Run) -> None:
    ran = twofold("trip", TEXT + ", at most $2,000", "--certify")
    assert ran.code == 3
    text = " ".join(ran.out.split())
    assert "GUARANTEED: cp-sat and cbc prove that there is no solution" in text
    assert "a budget of $3,822.50 instead of $2,000 suffices" in text


def test_what_is_missing_is_said(twofold: Run) -> None:
    ran = twofold("trip", "From Boston in May 2027")
    assert ran.code == 4
    assert "where the trip goes" in ran.out
    assert "Boston" in ran.out


def answering(monkeypatch: pytest.MonkeyPatch, status: Status) -> None:
    def plan(request: TravelRequest, *_: Any, **__: Any) -> Answer:
        return Answer(request, (), status, Result(status, "cp-sat"))

    monkeypatch.setattr(trip, "plan_trip", plan)


def test_a_time_limit_without_a_trip_is_5(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Status.UNKNOWN)
    ran = twofold("trip", TEXT, "--time-limit", "0.001")
    assert ran.code == 5
    assert "--time-limit" in ran.out


def test_an_interruption_is_130_and_one_line(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> Answer:
        raise KeyboardInterrupt

    monkeypatch.setattr(trip, "plan_trip", interrupted)
    ran = twofold("trip", TEXT)
    assert (ran.code, ran.err) == (130, "twofold: interrupted\n")


# Files


def test_the_calendar_is_written_and_can_be_read(twofold: Run, tmp_path: Path) -> None:
    path = tmp_path / "trip.ics"
    path.write_text("older")
    assert twofold("trip", TEXT, "--ics", path).code == 0
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    assert "Flight TW100: Boston to Porto" in [event["summary"] for event in calendar.events]
    assert [file.name for file in tmp_path.iterdir()] == ["trip.ics"]


def test_what_was_understood_can_be_saved_and_planned_again(twofold: Run, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    first = twofold("trip", TEXT, "--save-request", path, "--json").json
    again = twofold("trip", "--request", path, "--json").json
    assert again["itinerary"] == first["itinerary"]
    assert again["request"] == first["request"]


def test_the_model_can_be_written(twofold: Run, tmp_path: Path) -> None:
    path = tmp_path / "trip.lp"
    assert twofold("trip", TEXT, "--write-lp", path).code == 0
    assert path.read_text().rstrip().endswith("End")


@pytest.mark.parametrize("option", ["--ics", "--save-request", "--write-lp"])
def test_a_file_that_cannot_be_written_costs_no_itinerary(twofold: Run, tmp_path: Path, option: str) -> None:
    ran = twofold("trip", TEXT, option, tmp_path / "nowhere" / "file")
    assert_one_line(ran, option, "nowhere", "No such file or directory")
    assert "OPTIMAL" in ran.out


def test_an_interrupted_writing_leaves_what_was_there(
    twofold: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trip.ics"
    path.write_text("older")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    ran = twofold("trip", TEXT, "--ics", path)
    assert_one_line(ran, "trip.ics", "No space left")
    assert path.read_text() == "older"
    assert [file.name for file in tmp_path.iterdir()] == ["trip.ics"]


def test_a_link_is_written_through(twofold: Run, tmp_path: Path) -> None:
    link, target = tmp_path / "link.ics", tmp_path / "target.ics"
    target.write_text("older")
    link.symlink_to(target)
    assert twofold("trip", TEXT, "--ics", link).code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("BEGIN:VCALENDAR")


def test_a_device_is_written_to_and_not_replaced(twofold: Run) -> None:
    device = Path("/dev/full")
    if not device.is_char_device():
        pytest.skip("there is no /dev/full here")
    assert_one_line(twofold("trip", TEXT, "--ics", device), "/dev/full", "No space left")
    assert device.is_char_device()


def test_without_an_itinerary_no_calendar_is_written(twofold: Run, tmp_path: Path) -> None:
    ran = twofold("trip", TEXT + ", at most $2,000", "--ics", tmp_path / "trip.ics")
    assert ran.code == 3
    assert "trip.ics is not written" in ran.err
    assert list(tmp_path.iterdir()) == []


# A language model


def scripted(monkeypatch: pytest.MonkeyPatch, reply: str | LanguageModelError) -> None:
    def chat(messages: Sequence[Message], *, json_schema: dict[str, Any] | None) -> str:
        if isinstance(reply, LanguageModelError):
            raise reply
        return reply

    monkeypatch.setattr(trip, "chat_of", lambda _: chat)
    monkeypatch.setattr(trip_input, "chat_of", lambda _: chat)


def test_an_invented_narration_gives_way_to_the_plain_one(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, "You fly to Porto and Faro for $5 and sleep at the Ritz.")
    ran = twofold("trip", TEXT, "--narrate", "llm", "--json")
    assert ran.code == 0
    assert "Ritz" not in ran.json["narration"]
    assert "Casa da Ponte" in ran.json["narration"]


def test_a_language_model_that_fails_to_translate_is_an_error(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, LanguageModelError("the server sleeps: wake it"))
    assert_one_line(twofold("trip", TEXT, "--translator", "openai"), "the server sleeps: wake it")


def test_a_language_model_that_translates_nonsense_is_not_understood(
    twofold: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, "I am a teapot")
    assert twofold("trip", TEXT, "--translator", "openai").code == 4


def test_a_language_model_server_translates_and_narrates(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_environment(monkeypatch)
    stated = {
        "origin": (["from Boston"], "Boston"),
        "destination.region": (["cities in Portugal"], "Portugal"),
        "destination.num_cities": (["two cities"], 2),
        "dates": (["May 28 to June 1, 2027"], {"earliest": "2027-05-28", "latest": "2027-06-01", "num_days": 5}),
        "adults": (["two adults"], 2),
        "children": (["a child"], 1),
    }
    fields = {path: {"quotes": quotes, "value": value} for path, (quotes, value) in stated.items()}
    nothing: dict[str, Any] = dict.fromkeys(FIELD_PATHS)
    prose = "You fly from Boston to Porto, then go on to Faro."
    replies = [says({"fields": nothing | fields, "not_understood": []}), completion(prose)]
    with scripted_server(replies) as server:
        options = ("--translator", "openai", "--narrate", "llm", "--llm-url", server.url, "--llm-model", "scripted")
        ran = twofold("trip", TEXT, *options, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["itinerary"] == twofold("trip", TEXT, "--json").json["itinerary"]
    assert ran.json["narration"] == prose + "\n"
    assert server.received[0].text("user") == [TEXT]


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_language_model_server_that_fails_is_one_line(
    twofold: Run, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    forget_environment(monkeypatch)
    with scripted_server([fails(status, "no")]) as server:
        options = ("--translator", "openai", "--llm-url", server.url, "--llm-model", "scripted")
        assert_one_line(twofold("trip", TEXT, *options), server.url)
