"""The embedded translator: a text becomes items, items become tags, tags become the fields of a request."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from planning.travel.request import Provenance, TravelRequest
from planning.travel.translation import MAX_TEXT_CHARS, Translation
from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.rules.accounting import not_understood, quarantine, speaks_english
from planning.travel.translation.rules.dates import tag_days
from planning.travel.translation.rules.food import read_food, tag_cuisines
from planning.travel.translation.rules.lexing import Item, lex, plain_text
from planning.travel.translation.rules.lodging import read_lodging, tag_lodging
from planning.travel.translation.rules.mentions import tag_counts
from planning.travel.translation.rules.misspelling import correct_places, correct_words
from planning.travel.translation.rules.money import read_money, tag_money
from planning.travel.translation.rules.numbers import read_number_words
from planning.travel.translation.rules.party import read_party
from planning.travel.translation.rules.people import tag_people
from planning.travel.translation.rules.places import tag_attractions, tag_places
from planning.travel.translation.rules.polarity import tag_negations
from planning.travel.translation.rules.reading import Part, Reading
from planning.travel.translation.rules.route import WHERE_FROM, WHERE_TO, read_route
from planning.travel.translation.rules.schedule import HOW_LONG, WHEN, read_schedule
from planning.travel.translation.rules.sights import read_sights, tag_names
from planning.travel.translation.rules.transport import read_transport, tag_transport
from planning.travel.translation.rules.windows import tag_lengths, tag_windows
from planning.travel.translation.rules.wishes import read_wishes, tag_wishes

_PARTS: tuple[Part, ...] = (
    read_route,
    read_schedule,
    read_party,
    read_money,
    read_transport,
    read_lodging,
    read_food,
    read_wishes,
    read_sights,
)
_ENGLISH_ONLY = "English is understood here: write the request in English."


def translate_by_rules(text: str, *, today: date, gazetteer: Gazetteer) -> Translation:
    """Translate an English text by grammar rules, offline; the same text always gives the same translation.

    Every word of the text is either quoted by a field, accounted for without one ("please"), or in `not_understood`.

    Args:
        text: What the traveller wrote, up to `MAX_TEXT_CHARS` characters.
        today: The day that relative dates count from, and that dates without a year follow.
        gazetteer: The names of cities, regions, cuisines and attractions.

    Returns:
        The translation. Its request is None when something needed is missing or there is a problem.

    Raises:
        ValueError: The text is longer than `MAX_TEXT_CHARS` characters.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise ValueError(f"the text has {len(text)} characters: shorten it to {MAX_TEXT_CHARS}")
    reading = read(text, today=today, gazetteer=gazetteer)
    rest = not_understood(reading)
    request = None
    if not reading.missing and not reading.problems:
        request = _request(reading)
    return Translation(
        request=request,
        draft=_draft(reading.fields),
        missing=_unique(reading.missing),
        problems=_unique(reading.problems),
        not_understood=rest,
        warnings=_unique(reading.warnings),
    )


def read(text: str, *, today: date, gazetteer: Gazetteer) -> Reading:
    """Return everything that the rules make of a text."""
    words = lex(text)
    if not speaks_english(words, gazetteer):
        reading = Reading(text, words, today, gazetteer)
        reading.missing += [WHERE_FROM, WHERE_TO, WHEN, HOW_LONG]
        reading.problems += [_ENGLISH_ONLY] if words else []
        return reading
    corrected, notes = correct_words(words, gazetteer)
    reading = Reading(text, _tagged(corrected, text, today, gazetteer), today, gazetteer)
    reading.warnings += notes
    for part in _PARTS:
        part(reading)
    return reading


def _tagged(words: Sequence[Item], text: str, today: date, gazetteer: Gazetteer) -> Sequence[Item]:
    """Return the items of a text with every meaningful group of words as a tag. The order matters.

    What could be mistaken for something else comes first: an amount of money before a date, a date before a length of
    time, a length before a number of people.
    """
    plain = plain_text(text)
    items = quarantine(words)
    items = tag_attractions(tag_places(items, plain, gazetteer), plain, gazetteer)
    items = tag_cuisines(items, gazetteer)
    items = read_number_words(items)
    items = tag_days(items, today)
    items = tag_windows(items, today)
    items = tag_money(items)
    items = tag_lengths(items)
    items = tag_counts(items)
    items = tag_transport(items)
    items = tag_lodging(items)
    items = tag_people(items)
    items = tag_wishes(items)
    items = tag_negations(items)
    items = correct_places(items, plain, gazetteer)
    return tag_names(items, plain, gazetteer)


def _unique(sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))


def _draft(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as nested dictionaries, as `TravelRequest` has them."""
    draft: dict[str, Any] = {}
    for path, value in fields.items():
        section, _, name = path.rpartition(".")
        (draft.setdefault(section, {}) if section else draft)[name] = value
    return draft


def _request(reading: Reading) -> TravelRequest | None:
    """Return the request, or None and a problem for everything that it refuses."""
    provenance = {
        path: Provenance(
            source="stated", quotes=tuple(dict.fromkeys(reading.text[a:b] for a, b in reading.quotes.get(path, ())))
        )
        for path in reading.fields
    }
    try:
        return TravelRequest.model_validate(_draft(reading.fields) | {"provenance": provenance})
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            message = detail["msg"].removeprefix("Value error, ")
            where = ".".join(str(part) for part in detail["loc"])
            sentence = message[:1].upper() + message[1:] + "."
            reading.problems.append(sentence if detail["type"] == "value_error" else f"{where}: {sentence}")
        return None
