"""What a terminal shows can be read at any width, holds every name in full, and cannot be steered by the data."""

import re
from dataclasses import replace
from datetime import date

import pytest

from planning.travel.agenda import agenda
from planning.travel.currency import money
from planning.travel.explanation import Conflict, Explanation
from planning.travel.repairs import Repair
from planning.travel.request import (
    FIELD_PATHS,
    Dates,
    Destination,
    Food,
    Lodging,
    Objective,
    Places,
    Transport,
    TravelRequest,
)
from planning.travel.translation import Translation
from planning.travel.trip import Answer
from solvers.certification import Certificate
from solvers.result import Result, Status
from tests.travel.sample_trip import REQUEST, answer
from twofold.trip_table import answer_parts, printable, prose_parts, rendered, untold_parts
from twofold.trip_words import (
    LABELS,
    certificate_words,
    explanation_words,
    status_words,
    totals,
    understood,
    understood_so_far,
)

WIDTHS = (40, 60, 80, 100, 110, 120, 200)
NOT_UNDERSTOOD = Translation(
    None,
    draft={"origin": "Boston", "dates": {"num_days": 3}},
    missing=("where the trip goes",),
    problems=("“Portland” can be “Portland, Oregon” or “Portland, Maine”: say which.",),
    not_understood=("blue unicorns",),
    warnings=("“next friday” is read as Friday, November 27, 2026.",),
)


STRUCK = "the time limit struck before it was proven that there is no cheaper trip"


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    found = request.param
    assert isinstance(found, int)
    monkeypatch.setenv("COLUMNS", str(found))
    return found


def shown(found: Answer, translation: Translation | None = None) -> str:
    return rendered(answer_parts(found, REQUEST, translation))


def without_breaks(text: str) -> str:
    return re.sub(r"\s+", "", text)


# The itinerary


def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, shown(answer()).splitlines())) <= width


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_narrow_terminals_get_every_event_in_full(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    itinerary = answer().itinerary
    assert itinerary
    text = without_breaks(re.sub(r" +\$[\d,.]+$| +free$", "", shown(answer()), flags=re.MULTILINE))
    for day in agenda(itinerary):
        for event in day.events:
            assert without_breaks(event.text) in text


@pytest.mark.parametrize("columns", [110, 120, 160])
def test_wide_terminals_get_a_table_with_a_row_for_each_day(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    itinerary = answer().itinerary
    assert itinerary
    text = shown(answer())
    assert ["Day", "City", "Travel", "Meals", "Visits", "Hotel", "Cost"] in [line.split() for line in text.splitlines()]
    words = set(text.split())
    for day in agenda(itinerary):
        for event in day.events:
            assert [word for word in event.brief.split() if word not in words and f"{word}," not in words] == []
        assert not day.cost_cents or money(day.cost_cents, "USD") in words


def test_words_are_not_torn_where_there_is_room() -> None:
    text = shown(answer())
    assert "Portuguese" in text
    assert all(len(line.split()) > 1 for line in text.splitlines() if line.startswith("   0"))


def test_made_up_offers_are_called_so() -> None:
    assert "NOT FOR BOOKING: every offer is made up" in shown(answer())


def test_the_categories_add_up() -> None:
    itinerary = answer().itinerary
    assert itinerary
    assert sum(totals(itinerary).values()) == itinerary.cost_cents
    assert "= $3,822.50, $677.50 below the budget of $4,500" in " ".join(shown(answer()).split())


def test_prose_comes_paragraph_by_paragraph() -> None:
    assert rendered(prose_parts("One.\n\nTwo.\n")) == "\nOne.\n\nTwo.\n"
    assert list(prose_parts(None)) == []


# What was understood


def test_the_quoted_words_stand_beside_what_was_understood() -> None:
    text = shown(answer())
    assert "“at most $4,500”" in text
    assert re.search(r"Budget +\$4,500 +“at most \$4,500”", text)


def test_every_field_but_the_currency_has_a_label_in_the_order_of_the_request() -> None:
    assert list(LABELS) == [path for path in FIELD_PATHS if path != "currency"]


def test_a_request_without_sources_shows_what_is_not_usual() -> None:
    request = TravelRequest(
        origin="Boston",
        destination=Destination(cities=("Porto", "Faro")),
        dates=Dates(earliest=date(2027, 5, 1), latest=date(2027, 5, 20), num_days=5),
        lodging=Lodging(min_rating=4.5, max_price_cents=150_00, house_rules=("pets",)),
        food=Food(cuisines=("Thai",), avoid_cuisines=("Seafood",)),
        transport=Transport(max_stops=0, earliest_departure_min=540, forbidden_modes=("taxi",)),
        places=Places(must_see=("Old Lighthouse",)),
        objective=Objective(cost=0, rating=1),
        currency="EUR",
    )
    assert list(understood(request)) == [
        ("From", "Boston", ""),
        ("To", "Porto, Faro", ""),
        ("Cities", "2", ""),
        ("When", "5 days between Sat, May 1, 2027 and Thu, May 20, 2027", ""),
        ("Lodging allows", "pets", ""),
        ("Lodging rated", "4.5 or better", ""),
        ("A night costs", "at most 150 EUR", ""),
        ("Food", "Thai", ""),
        ("No food", "Seafood", ""),
        ("Not by", "taxi", ""),
        ("Leave from", "09:00", ""),
        ("Stops", "none", ""),
        ("Must see", "Old Lighthouse", ""),
        ("What counts", "rating", ""),
    ]


@pytest.mark.parametrize(
    ("draft", "rows"),
    [
        ({}, []),
        ({"dates": {"earliest": "2027-05-01"}}, [("When", "Sat, May 1, 2027", "")]),
        ({"dates": {"earliest": "soon", "num_days": 3}}, [("When", "soon (3 days)", "")]),
        ({"dates": {"num_days": 3}, "adults": 0}, [("When", "3 days", ""), ("Adults", "0", "")]),
        ({"dates": "May", "destination": 7, "budget_cents": "much"}, [("When", "May", ""), ("Budget", "much", "")]),
    ],
)
def test_a_draft_may_lack_anything_and_hold_anything(
    draft: dict[str, object], rows: list[tuple[str, str, str]]
) -> None:
    assert list(understood_so_far(draft)) == rows


def test_what_was_not_understood_is_said(width: int) -> None:
    words = shown(answer(), NOT_UNDERSTOOD)
    assert without_breaks("I did not understand: “blue unicorns”") in without_breaks(words)
    assert without_breaks("Warning: “next friday” is read as") in without_breaks(words)
    assert width


def test_what_cannot_be_planned_says_what_is_understood_wrong_and_missing() -> None:
    text = rendered(untold_parts(NOT_UNDERSTOOD))
    order = ["Boston", "3 days", "blue unicorns", "next friday", "Portland, Maine", "where the trip goes"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


# How sure it is


def result(status: Status, bound: int | None = None) -> Result[dict[str, int]]:
    has_cost = status in (Status.OPTIMAL, Status.FEASIBLE)
    return Result(status, "cp-sat", {} if has_cost else None, 100_000 if has_cost else None, bound, 0.012)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            result(Status.OPTIMAL, 100_000),
            "OPTIMAL: no cheaper trip satisfies all of this (cp-sat, 12 ms; bound $1,000, gap 0 %)",
        ),
        (result(Status.FEASIBLE, 90_000), f"FEASIBLE: {STRUCK} (cp-sat, 12 ms; bound $900, gap 10 %)"),
        (result(Status.FEASIBLE), f"FEASIBLE: {STRUCK} (cp-sat, 12 ms)"),
    ],
)
def test_the_status_line_says_what_is_proven(found: Result[dict[str, int]], words: str) -> None:
    assert status_words(replace(answer(), status=found.status, result=found)) == words


def test_other_objectives_have_no_bound_in_money() -> None:
    found = replace(answer(), request=REQUEST.model_copy(update={"objective": Objective(rating=3)}))
    assert "no better trip" in status_words(found)
    assert "bound" not in status_words(found)


@pytest.mark.parametrize(("guaranteed", "words"), [(True, "GUARANTEED: "), (False, "NOT GUARANTEED: ")])
def test_a_guarantee_is_claimed_only_if_the_certificate_gives_it(guaranteed: bool, words: str) -> None:
    found = replace(answer(), certificate=Certificate(guaranteed, "because of this", {}, {}, None))
    assert certificate_words(found) == f"{words}because of this"
    assert f"{words}because of this" in shown(found).splitlines()
    assert "GUARANTEED" not in shown(answer())


def infeasible(explanation: Explanation | None) -> Answer:
    return replace(
        answer(),
        itinerary=None,
        verdict=None,
        status=Status.INFEASIBLE,
        result=result(Status.INFEASIBLE),
        explanation=explanation,
    )


def test_an_infeasible_request_shows_the_conflict_and_the_repairs_in_order() -> None:
    explanation = Explanation(
        (Conflict(("a", "b"), ("a budget of $1,900 (“under $1,900”)", "no flight")),),
        (
            Repair(("a",), "a budget of $1,960 instead of $1,900 suffices", 1),
            Repair(("b",), "without “no flight” there is a trip for $1,700", 2),
        ),
        complete=True,
    )
    text = shown(infeasible(explanation))
    order = ["INFEASIBLE", "contradict each other", "under $1,900", "no flight", "What would help", "$1,960", "$1,700"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "NOT FOR BOOKING" not in text


ONE, TWO = Conflict(("a",), ("one wish",)), Conflict(("b", "c"), ("another", "a third"))


@pytest.mark.parametrize(
    ("explanation", "words"),
    [
        (Explanation((Conflict((), ()),), (), complete=True), "No wish is to blame"),
        (Explanation((ONE,), (), complete=True), "This wish cannot be fulfilled"),
        (Explanation((TWO,), (), complete=True), "These wishes contradict each other"),
        (Explanation((ONE, TWO), (), complete=True), "None of these can be fulfilled"),
        (Explanation((ONE,), (), complete=False), "There may be more than that: the time limit struck"),
        (Explanation((), (), complete=False), "There may be more than that: the time limit struck"),
    ],
)
def test_every_kind_of_explanation_has_words(explanation: Explanation, words: str) -> None:
    headings = " ".join(heading for heading, _ in explanation_words(infeasible(explanation)))
    assert words in headings


def test_of_very_many_repairs_the_cheapest_are_shown() -> None:
    repairs = tuple(Repair((str(i),), f"repair number {i}.", i) for i in range(30))
    text = shown(infeasible(Explanation((ONE,), repairs, complete=True)))
    assert "repair number 11." in text
    assert "repair number 12." not in text
    assert "and 18 more (--json has all of them)" in text


def test_without_a_trip_in_time_more_time_is_suggested() -> None:
    found = replace(infeasible(None), status=Status.UNKNOWN, result=result(Status.UNKNOWN))
    assert "--time-limit" in shown(found)


# The data cannot steer the terminal

EVIL = "\x1b[31m[bold red]Evil[/] :smile: \u202e\x07\r\nx"


def test_names_are_shown_as_they_are_without_anything_that_steers() -> None:
    itinerary = answer().itinerary
    assert itinerary
    day = itinerary.days[1]
    meals = tuple(replace(meal, record=replace(meal.record, name=EVIL)) for meal in day.meals)
    evil = replace(itinerary, days=(itinerary.days[0], replace(day, meals=meals), *itinerary.days[2:]))
    translation = replace(
        NOT_UNDERSTOOD, not_understood=(EVIL,), warnings=(EVIL,), problems=(EVIL,), draft={"origin": EVIL}
    )
    text = shown(replace(answer(), itinerary=evil), translation) + rendered(untold_parts(translation))
    assert "[bold red]Evil[/]" in text
    assert ":smile:" in text
    assert not {letter for letter in text if not letter.isprintable()} - {"\n"}


def test_only_what_steers_is_taken_out() -> None:
    assert printable("Café 東京 – “x” £5") == "Café 東京 – “x” £5"
    assert printable("a\x1b[1mb\u202ec\x9bd") == "a [1mb c d"
