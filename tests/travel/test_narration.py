"""The plain text says what the itinerary says; a language model's text is used only if it says nothing else."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.travel.agenda import agenda, clock_words
from planning.travel.claims import unsupported
from planning.travel.itinerary import Day, Itinerary
from planning.travel.llm import LanguageModelError, Message
from planning.travel.narration import narrate, narrate_with_llm
from planning.travel.profile import PROFILES
from tests.travel.sample_trip import answer

TRIP = answer()
assert TRIP.itinerary
ITINERARY = TRIP.itinerary
PLAIN = narrate(ITINERARY, TRIP.request)

HONEST = """
You and your family fly from Boston on Friday, May 28, 2027: flight TW100 takes off at 8:00 pm, takes 7 hours and
lands at 08:00 the next morning. It costs $1,231.50 for all.

On Saturday, the 29th of May, you reach Porto's centre by 9 am. Visit St. Anne's Church from 10:00 until noon for
free, have lunch at May Garden Porto ($37.50) at 12:30, check in at Casa da Ponte at 3 p.m. (two rooms, $182), and
eat dinner at Route 66 Grill Porto at 19:00.

After breakfast at Café Sol & Mar Porto on Sunday, May 30, a taxi takes you to Faro in 5 hours and 25 minutes; it
costs 553 dollars. You check in at Twelve Oaks Inn and have dinner at Three Sisters Faro.

On Day 4 you see the Harbour Walk and the Museum of 1,000 Tiles, “all before dinner” at O’Neill’s Faro.

On Tuesday, June 1, you fly home from Faro at 12:00 on flight TW207, with one stop. The five-day trip costs
$3,822.50, which is $677.50 less than your budget of $4,500.
"""


class Scripted:
    """A language model that answers what it is told to, or fails."""

    def __init__(self, reply: str | LanguageModelError) -> None:
        self.reply = reply
        self.asked: Sequence[Message] = ()

    def __call__(self, messages: Sequence[Message], *, json_schema: dict[str, Any] | None) -> str:
        assert json_schema is None
        self.asked = messages
        if isinstance(self.reply, LanguageModelError):
            raise self.reply
        return self.reply


def told(reply: str) -> str:
    return narrate_with_llm(ITINERARY, TRIP.request, Scripted(reply))


# The plain text


def named_and_paid(day: Day) -> Iterator[tuple[str, int]]:
    """Yield the name and the cost of everything on a day."""
    yield from ((meal.record.name, meal.cost_cents) for meal in day.meals)
    yield from ((visit.record.name, visit.cost_cents) for visit in day.visits)
    if day.night:
        yield day.night.record.name, day.night.cost_cents
    if day.leg:
        yield day.leg.destination, day.leg.cost_cents


@pytest.mark.parametrize("profile", PROFILES)
def test_the_plain_text_names_every_item_day_and_price(profile: str) -> None:
    found = answer(profile)
    assert found.itinerary
    text = narrate(found.itinerary, found.request)
    paragraphs = text.split("\n\n")[1:]
    assert len(paragraphs) == len(found.itinerary.days)
    for day, paragraph in zip(found.itinerary.days, paragraphs, strict=True):
        assert f"{day.day:%A, %B} {day.day.day}, {day.day.year}" in paragraph
        for name, cents in named_and_paid(day):
            assert name in paragraph
            assert (f"${cents / 100:,.2f}".removesuffix(".00") if cents else "free") in paragraph
    assert f"${found.itinerary.cost_cents / 100:,.2f}" in text


def test_the_events_of_a_day_follow_the_clock_and_cost_what_the_day_costs() -> None:
    days = agenda(ITINERARY)
    assert sum(day.cost_cents for day in days) == ITINERARY.cost_cents
    for day in days:
        times = [event.start_min for event in day.events if event.start_min is not None]
        assert times == sorted(times)


def test_nobody_checks_out_after_having_left() -> None:
    for day in agenda(ITINERARY):
        kinds = [event.kind for event in day.events]
        if "check-out" in kinds and "leg" in kinds:
            assert kinds.index("check-out") < kinds.index("leg")


def test_times_past_midnight_say_so() -> None:
    assert [clock_words(minutes) for minutes in (0, 1439, 1440, 2 * 1440 + 61, -30)] == [
        "00:00",
        "23:59",
        "00:00 (+1 day)",
        "01:01 (+2 days)",
        "23:30 (-1 day)",
    ]


# The language model's text


@pytest.mark.parametrize(
    "reply", [PLAIN, HONEST, f"<think>Ritz, $5, 9:59</think>\n{HONEST}"], ids=("plain", "honest", "thought")
)
def test_an_honest_rewrite_is_used(reply: str, caplog: pytest.LogCaptureFixture) -> None:
    assert told(reply) == reply.rpartition("</think>")[2].strip() + "\n"
    assert caplog.records == []


def test_the_model_is_given_the_plain_text_and_nothing_else() -> None:
    chat = Scripted(HONEST)
    narrate_with_llm(ITINERARY, TRIP.request, chat)
    assert [message.role for message in chat.asked] == ["system", "user"]
    assert chat.asked[1].content == PLAIN


INVENTED = {
    "price": "Dinner costs $47.",
    "price in words": "Dinner costs forty-seven dollars.",
    "price with k": "Save $5k for the flight.",
    "price in another currency sign": "Dinner costs €99.",
    "price that is only a duration": "Dinner costs $7.",
    "hotel": "You sleep at the Grand Ritz.",
    "hotel at the start of a sentence": "Ritz awaits you.",
    "name made of two names": "Enjoy dinner at May Sisters.",
    "name in another script": "Then see 東京.",
    "name with a number": "Take gate 12B.",
    "time": "You leave at 18:05.",
    "time in twelve hours": "You leave at 6:05 pm.",
    "wrong half of the day": "You land at 8:00 pm on the next day, at 09:00 pm sharp.",
    "hour": "You leave at 7 o'clock.",
    "midnight": "You land at midnight.",
    "city": "Then you fly to Lisbon.",
    "flight": "Take flight TW101.",
    "day too many": "On Day 6 you rest.",
    "ordinal day too many": "On the sixth day you rest.",
    "number of days": "It is a wonderful 6-day trip.",
    "date": "On June 2 you rest.",
    "date the other way round": "On the 2nd of June you rest.",
    "ISO date": "On 2027-06-02 you rest.",
    "end of a range": "It lasts from May 28 to 27.",
    "day of another month": "On May 1 you fly.",
    "weekday": "On Thursday you fly.",
    "weekday in small letters": "On thursday you fly.",
    "weekday of another date": "On Friday, May 29, you fly.",
    "month": "You come home in July.",
    "year": "On May 28, 2028, you fly.",
    "number": "There are 14 museums.",
    "number in words": "There are fourteen museums.",
    "half": "The ride takes half an hour.",
    "link": "See www.example.org for more.",
    "address": "Write to hotel@example.org.",
}


@pytest.mark.parametrize("sentence", INVENTED.values(), ids=INVENTED)
def test_a_text_with_an_invention_is_not_used(sentence: str, caplog: pytest.LogCaptureFixture) -> None:
    assert told(f"{HONEST}\n{sentence}") == PLAIN
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "is not in the itinerary" in caplog.text


@pytest.mark.parametrize(
    "sentence",
    [
        "On 2027-05-29 you rest.",
        "Your budget is $4.5k.",
        "Your budget is 4,500 USD.",
        "The flight is $1231.50.",
        "You drive 553 km for three of you, 2 adults and one child.",
        "Boston's flight leaves at 8 p.m. on Friday the 28th of May.",
        "It lasts from May 28 to June 1.",
        "From Saturday, May 29–30 you rest, four nights in all.",
        "The church – St. Anne’s – is free.",
        "Flight TW207 lands at 4 pm, and Flight TW100 at 8:00 a.m.",
        "You may march on; I wish you a good day.",
    ],
)
def test_other_spellings_of_what_is_known_are_honest(sentence: str) -> None:
    assert told(f"{HONEST}\n{sentence}") == f"{HONEST}\n{sentence}".strip() + "\n"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "it is empty"),
        ("You fly to Porto.", "it leaves out Faro"),
        (HONEST * 60, "it has"),
    ],
    ids=("empty", "a city left out", "endless"),
)
def test_a_text_that_is_none_is_not_used(reply: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    assert told(reply) == PLAIN
    assert reason in caplog.text


def test_without_an_answer_the_plain_text_is_used_and_the_reason_logged(caplog: pytest.LogCaptureFixture) -> None:
    chat = Scripted(LanguageModelError("the server sleeps: wake it"))
    assert narrate_with_llm(ITINERARY, TRIP.request, chat) == PLAIN
    assert "the server sleeps: wake it" in caplog.text


@pytest.mark.parametrize("words", ["hundred ", "1,", "x", "X ", "two ", "9", "May 1 ", "www.", "$1k ", " ", "\n"])
def test_a_model_that_loops_costs_no_time(words: str) -> None:
    started = time.process_time()
    unsupported(words * (50_000 // len(words)), PLAIN, num_days=5)
    assert time.process_time() - started < 5


# Laws

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@st.composite
def itineraries(draw: st.DrawFn) -> Itinerary:
    """Return the sample trip with other names, on other days."""
    shift = timedelta(days=draw(st.integers(-500, 500)))

    def renamed(day: Day) -> Day:
        meals = tuple(replace(meal, record=replace(meal.record, name=draw(NAMES))) for meal in day.meals)
        visits = tuple(replace(visit, record=replace(visit.record, name=draw(NAMES))) for visit in day.visits)
        night = day.night and replace(day.night, record=replace(day.night.record, name=draw(NAMES)))
        return replace(day, day=day.day + shift, meals=meals, visits=visits, night=night)

    return replace(ITINERARY, days=tuple(renamed(day) for day in ITINERARY.days))


@settings(max_examples=60)
@given(itineraries())
def test_the_plain_text_claims_nothing_that_it_does_not_hold(itinerary: Itinerary) -> None:
    text = narrate(itinerary, TRIP.request)
    names = [name for day in itinerary.days for name, _ in named_and_paid(day)]
    assert unsupported(text, text, names, num_days=len(itinerary.days)) == ()


@settings(max_examples=60)
@given(st.integers(0, 10**7), st.integers(0, 99))
def test_no_other_amount_of_money_can_be_told(whole: int, cents: int) -> None:
    amount = f"${whole:,}.{cents:02d}".removesuffix(".00")
    amounts = {word.strip(".,()") for word in PLAIN.split() if word.startswith("$")}
    assert (unsupported(f"It costs {amount}.", PLAIN, num_days=5) == ()) == (amount in amounts)


@settings(max_examples=60)
@given(st.integers(0, 1439))
def test_no_other_time_can_be_told(minutes: int) -> None:
    clock = clock_words(minutes)
    half = f"{(minutes // 60 - 1) % 12 + 1}:{minutes % 60:02d} {'ap'[minutes // 720]}.m."
    for spelling in (clock, half):
        assert (unsupported(f"It is {spelling} now.", PLAIN, num_days=5) == ()) == (clock in PLAIN)


@settings(max_examples=60)
@given(st.dates(date(2027, 1, 1), date(2027, 12, 31)))
def test_no_other_date_can_be_told(day: date) -> None:
    is_known = day in {d.day for d in ITINERARY.days}
    for text in (f"On {day:%B} {day.day}", f"On {day:%A, %B} {day.day}, {day.year}", f"On the {day.day}th of {day:%B}"):
        assert (unsupported(text, PLAIN, num_days=5) == ()) == is_known
