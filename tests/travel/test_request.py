"""What a request may say, and what it may not; what it says survives every round trip."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from planning.travel.request import FIELD_PATHS, Dates, TravelRequest
from tests.travel.tiny_world import tiny_case

GOLDEN = Path(__file__).parent / "golden" / "request_schema.txt"

PLAIN: dict[str, Any] = {
    "origin": "Boston",
    "destination": {"cities": ["Reno", "Fresno"]},
    "dates": {"earliest": "2027-05-12", "latest": "2027-05-16", "num_days": 5},
}
FULL: dict[str, Any] = {
    **PLAIN,
    "destination": {"cities": ["Reno"], "region": "Nevada", "num_cities": 2},
    "adults": 2,
    "children": 1,
    "budget_cents": 123_45,
    "currency": "EUR",
    "lodging": {
        "room_type": "not shared room",
        "house_rules": ["pets", "smoking"],
        "min_rating": 3.5,
        "max_price_cents": 100_00,
    },
    "food": {"cuisines": ["Thai"], "avoid_cuisines": ["Fusion"]},
    "transport": {
        "forbidden_modes": ["taxi"],
        "earliest_departure_min": 0,
        "latest_arrival_min": 1439,
        "max_stops": 0,
    },
    "places": {"must_see": ["Museum"], "avoid": ["Mall"]},
    "pace": "packed",
    "objective": {"cost": 1, "rating": 2, "travel_time": 3},
    "provenance": {"budget_cents": {"source": "stated", "quotes": ["a hundred", "or so"]}, "pace": {"source": "asked"}},
}


def changed(**fields: Any) -> dict[str, Any]:
    """Return the data of a full request; "lodging.min_rating" is written `lodging__min_rating`."""
    data: dict[str, Any] = json.loads(json.dumps(FULL))
    for path, value in fields.items():
        *groups, field = path.split("__")
        place = data
        for group in groups:
            place = place[group]
        place[field] = value
    return data


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "ends before it starts": (changed(dates__latest="2027-05-11"), r"ends \(2027-05-11\) before it starts"),
    "days beyond the window": (changed(dates__num_days=6), r"6 days do not fit .* \(5 days\)"),
    "one day": (changed(dates__num_days=1), "greater than or equal to 2"),
    "a trip of a year": (changed(dates__num_days=365), "less than or equal to 31"),
    "a window of a year": (changed(dates__latest="2028-05-12"), "a window of 367 days is too wide: at most 62"),
    "no such day": (changed(dates__earliest="2027-02-30"), "dates"),
    "nobody": (changed(adults=0, children=0), "a trip for 0 people cannot be planned"),
    "500 people": (changed(adults=500), "less than or equal to 99"),
    "500 people, nearly": (changed(adults=99, children=99), "a trip for 198 people cannot be planned"),
    "people that are owed": (changed(children=-1), "greater than or equal to 0"),
    "two and a half people": (changed(adults=2.5), "adults"),
    "people in words": (changed(adults="2"), "adults"),
    "money in words": (changed(budget_cents="12345"), "budget_cents"),
    "a negative budget": (changed(budget_cents=-1), "greater than 0"),
    "no budget at all": (changed(budget_cents=0), "greater than 0"),
    "an absurd budget": (changed(budget_cents=10**12), "less than or equal to"),
    "half a cent": (changed(budget_cents=0.5), "budget_cents"),
    "no such currency": (changed(currency="euro"), "currency"),
    "the same city twice": (changed(destination__cities=["Reno", "Reno"]), "named twice: Reno, Reno"),
    "there and nowhere else": (changed(destination__cities=["Boston"]), "Boston is both where the trip starts and"),
    "nowhere": (changed(destination={}), "name at least one destination city"),
    "a city without a name": (changed(destination__cities=["  "]), "at least 1 character"),
    "home without a name": (changed(origin=""), "at least 1 character"),
    "a name like a book": (changed(origin="x" * 201), "at most 200 characters"),
    "more names than cities": (
        changed(destination__cities=["Reno", "Fresno", "Elko"]),
        "3 cities are named but only 2",
    ),
    "cities without a region": (changed(destination__region=None), "name the others, or a region"),
    "nine cities": (changed(destination__num_cities=9), "less than or equal to 8"),
    "no night for a city": (
        changed(dates={"earliest": "2027-05-12", "latest": "2027-05-13", "num_days": 2}),
        "2 cities need at least 3 days",
    ),
    "a rating that is none": (changed(lodging__min_rating=float("nan")), "finite number"),
    "an endless rating": (changed(lodging__min_rating=float("inf")), "lodging.min_rating"),
    "six stars": (changed(lodging__min_rating=6), "less than or equal to 5"),
    "no such room": (changed(lodging__room_type="penthouse"), "'entire room', 'private room'"),
    "no such house rule": (changed(lodging__house_rules=["shouting"]), "'parties', 'smoking'"),
    "a free room": (changed(lodging__max_price_cents=0), "greater than 0"),
    "wanted and avoided food": (changed(food__avoid_cuisines=["thai"]), "Thai food is both wanted and to be avoided"),
    "wanted and avoided place": (changed(places__avoid=["MUSEUM"]), "Museum is both a must-see and to be avoided"),
    "midnight as 24:00": (changed(transport__latest_arrival_min=1440), "less than 1440"),
    "before midnight": (changed(transport__earliest_departure_min=-1), "greater than or equal to 0"),
    "four stops": (changed(transport__max_stops=4), "less than or equal to 3"),
    "no such mode": (changed(transport__forbidden_modes=["train"]), "'flight', 'self-driving' or 'taxi'"),
    "no such pace": (changed(pace="frantic"), "'relaxed', 'moderate' or 'packed'"),
    "nothing to aim for": (changed(objective={"cost": 0}), "at least one positive weight"),
    "a negative weight": (changed(objective__rating=-1), "greater than or equal to 0"),
    "provenance of no field": (changed(provenance={"lodging.view": {}}), "provenance names no field: 'lodging.view'"),
    "provenance of a group": (changed(provenance={"lodging": {}}), "provenance names no field: 'lodging'"),
    "a default that was said": (changed(provenance={"pace": {"quotes": ["fast"]}}), "a default has no quoted words"),
    "schema version 2": (changed(schema_version=2), "schema_version"),
    "an unknown field": (changed(mood="good"), "mood"),
    "an unknown field of a group": (changed(lodging__view="sea"), "lodging.view"),
    "no dates": ({k: v for k, v in PLAIN.items() if k != "dates"}, "dates"),
    "no origin": ({k: v for k, v in PLAIN.items() if k != "origin"}, "origin"),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=list(WRONG))
def test_what_makes_no_sense_is_refused_by_name(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TravelRequest.model_validate(data)


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=list(WRONG))
def test_json_is_refused_for_the_same_reasons(data: dict[str, Any], message: str) -> None:
    text = json.dumps(data)
    with pytest.raises(ValidationError):
        TravelRequest.model_validate_json(text)


@pytest.mark.parametrize("data", [PLAIN, FULL], ids=["plain", "full"])
def test_every_round_trip_is_the_identity(data: dict[str, Any]) -> None:
    request = TravelRequest.model_validate(data)
    assert TravelRequest.model_validate_json(request.model_dump_json()) == request
    assert TravelRequest.model_validate(request.model_dump()) == request
    assert TravelRequest.model_validate(request.model_dump(mode="json")) == request
    assert TravelRequest.model_validate_json(json.dumps(data)) == request
    assert TravelRequest.model_validate_json(request.model_dump_json(exclude_defaults=True)) == request


@pytest.mark.parametrize("seed", range(60))
def test_random_requests_survive_json(seed: int) -> None:
    request = tiny_case(seed).request
    assert TravelRequest.model_validate_json(request.model_dump_json()) == request


def test_the_number_of_cities_is_that_of_the_names_unless_said() -> None:
    assert TravelRequest.model_validate(PLAIN).destination.num_cities == 2
    assert TravelRequest.model_validate(PLAIN | {"destination": {"region": "Nevada"}}).destination.num_cities == 1
    counted = TravelRequest.model_validate(PLAIN | {"destination": {"cities": ["Reno"], "num_cities": None}})
    assert counted.destination.num_cities == 1


def test_names_are_stripped() -> None:
    assert TravelRequest.model_validate(PLAIN | {"origin": "  Boston "}).origin == "Boston"


def test_a_request_does_not_change() -> None:
    request = TravelRequest.model_validate(FULL)
    with pytest.raises(ValidationError, match="frozen"):
        request.adults = 3  # type: ignore[misc]  # that it is refused is what is tested


def test_dates_know_their_window() -> None:
    exact = Dates.starting(date(2027, 2, 27), 3)
    assert (exact.latest, exact.window_days, exact.exact) == (date(2027, 3, 1), 3, True)
    loose = Dates(earliest=date(2027, 2, 27), latest=date(2027, 3, 2), num_days=3)
    assert (loose.window_days, loose.exact) == (4, False)


def test_a_field_knows_whose_words_it_holds() -> None:
    request = TravelRequest.model_validate(FULL)
    assert (request.source("budget_cents"), request.quote("budget_cents")) == ("stated", "a hundred … or so")
    assert (request.source("pace"), request.quote("pace")) == ("asked", None)
    assert (request.source("adults"), request.quote("adults")) == ("default", None)


def test_the_paths_name_every_field() -> None:
    """Provenance can be given for each leaf, for the dates as one and for the objective as one."""
    leaves = []
    for name, value in TravelRequest.model_validate(FULL).model_dump().items():
        if isinstance(value, dict) and name not in ("dates", "objective", "provenance"):
            leaves += [f"{name}.{field}" for field in value]
        elif name not in ("schema_version", "provenance"):
            leaves.append(name)
    assert tuple(leaves) == FIELD_PATHS


def schema_lines(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield one line for each fact of a JSON schema, less its titles and descriptions, in order."""
    for key in sorted(schema):
        value = schema[key]
        if key in ("title", "description") and isinstance(value, str):
            continue
        if isinstance(value, dict):
            yield from schema_lines(value, f"{path}/{key}")
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            for i, item in enumerate(value):
                yield from schema_lines(item, f"{path}/{key}.{i}")
        else:
            yield f"{path}/{key} = {json.dumps(value)}"


def test_the_json_schema_is_stable() -> None:
    """Stored requests and prompts depend on it: a change is a new schema version.

    Regenerate: python -c "from tests.travel.test_request import *; write_golden()"
    """
    assert "\n".join(schema_lines(TravelRequest.model_json_schema())) + "\n" == GOLDEN.read_text()


def write_golden() -> None:
    """Write what the schema is now."""
    GOLDEN.write_text("\n".join(schema_lines(TravelRequest.model_json_schema())) + "\n")
