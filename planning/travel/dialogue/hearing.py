"""What an answer says: its fields, in whatever order and to whatever question; or in which way it says nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

from planning.travel.dialogue.slots import SLOTS, slot_of
from planning.travel.dialogue.state import flat
from planning.travel.request import MAX_DAYS
from planning.travel.translation import Translation, Translator
from planning.travel.translation.gazetteer import Gazetteer

MAX_ANSWER_CHARS = 1_000
_INDIFFERENT = re.compile(
    r"\b(?:(?:do(?:es)?n'?t|do(?:es)? not|wouldn't|won't) (?:really )?(?:mind|matter|care)|no (?:real |particular )?"
    r"(?:preferences?|wish(?:es)?|opinion)|any(?:thing)?(?: is|'s)? (?:fine|goes|ok(?:ay)?|will do|works)|whatever"
    r"|up to you|all the same|not important|either way|no need|surprise me|your (?:choice|call))\b",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:don'?t know|do not know|dunno|not sure|no idea|no clue|can'?t say|can ?not say|hard to say|think about it"
    r"|ask me (?:something else|later|again)|it depends|let'?s see|not decided|undecided|unsure|good question)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\s*(?:no+|nope|nah|none|nothing|no thanks?|no thank you|not at all|no limit)\s*[.!]*\s*", re.IGNORECASE
)
_MARKER = (
    r"(?:actually|sorry|wait|correction|i mean(?:t)?|no,|rather|make (?:it|that)|instead|change of plan|scratch that)"
)
_CORRECTION = re.compile(rf"(?:^|[.;,!?–—-])\s*(?:oh,? )?{_MARKER}[\s,:]+", re.IGNORECASE)
_ANY_CORRECTION = re.compile(rf"\b{_MARKER}", re.IGNORECASE)

Kind = Literal["said", "contradictory", "nothing"]
Evasion = Literal["no wish", "unknown"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What an answer says.

    `fields` and `quotes` are what was understood, by dotted path; `problems` and `not_understood` what was not.
    `evasion` tells what it says instead of what was asked for; `is_correction` that it takes back something said.
    """

    kind: Kind
    fields: dict[str, Any] = field(default_factory=dict)
    quotes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    is_correction: bool = False
    evasion: Evasion | None = None


def hear(answer: str, path: str | None, translate: Translator, today: date, gazetteer: Gazetteer) -> Heard:
    """Read an answer to the question for a slot, or to none.

    The answer is read as any text of a traveller is, so orders in it are not followed and other fields are heard as
    well; where it does not speak of the slot by itself, it is read inside the slot's carriers. Of something said and
    corrected in one breath the correction counts.
    """
    answer = answer.strip() if path is None else answer.strip()[:MAX_ANSWER_CHARS]
    is_correction = bool(_ANY_CORRECTION.search(answer))
    parts = _CORRECTION.split(answer)
    last = parts[-1].strip() if len(parts) > 1 and parts[-1].strip() else answer
    heard = _read(answer, path, translate, today, gazetteer)
    if last != answer:
        heard = _corrected(heard, _read(last, path, translate, today, gazetteer))
    evasion: Evasion | None = None
    if _UNSURE.search(answer):
        evasion = "unknown"
    elif _INDIFFERENT.search(answer) or (path is not None and _NO.fullmatch(answer)):
        evasion = "no wish"
    return replace(heard, is_correction=is_correction, evasion=evasion)


def _corrected(whole: Heard, correction: Heard) -> Heard:
    """Return what an answer says when the end of it takes something back: in what that speaks of, it alone counts."""
    if correction.kind != "said":
        return whole
    slots = {slot_of(path) for path in correction.fields}
    kept = {path: value for path, value in whole.fields.items() if slot_of(path) not in slots}
    return replace(correction, fields=kept | correction.fields, quotes=whole.quotes | correction.quotes)


def _read(answer: str, path: str | None, translate: Translator, today: date, gazetteer: Gazetteer) -> Heard:
    plain = translate(answer, today=today, gazetteer=gazetteer)
    found = _heard(plain, answer)
    slots = {slot_of(name) for name in found.fields}
    says_nothing = _UNSURE.search(answer) or _INDIFFERENT.search(answer) or _NO.fullmatch(answer)
    if path is None or path in slots or says_nothing or len(answer.split()) > 8:
        return found
    core = answer.strip(" .!?")
    for carrier in SLOTS[path].carriers:
        carried = _heard(translate(carrier.format(core), today=today, gazetteer=gazetteer), answer)
        others = {slot_of(name) for name in carried.fields} - {path} - slots
        if path in {slot_of(name) for name in carried.fields} and not others and not carried.not_understood:
            return carried
    return found


def _heard(translation: Translation, answer: str) -> Heard:
    fields = flat(translation.draft)
    if "dates" in fields:
        fields["dates"] = {name: value for name, value in fields["dates"].items() if value is not None}
    if translation.problems:
        return Heard("contradictory", {}, {}, translation.problems, translation.not_understood)
    quotes: dict[str, tuple[str, ...]] = dict.fromkeys(fields, (answer,))
    if translation.request is not None:
        quotes |= {path: each.quotes for path, each in translation.request.provenance.items() if path in fields}
    return Heard("said" if fields else "nothing", fields, quotes, (), translation.not_understood)


def joined_dates(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return dates with what is new in them; a first day and a length give the last day.

    Whether they are whole is told by their having all of `earliest`, `latest` and `num_days`.
    """
    if "earliest" in new and "num_days" not in new and old and "num_days" in old:
        new = {"earliest": new["earliest"], "num_days": old["num_days"]}
    elif "num_days" in new and "earliest" not in new and old and "earliest" in old:
        is_window = "latest" in old and "num_days" not in old
        new = {**(old if is_window else {"earliest": old["earliest"]}), "num_days": new["num_days"]}
    dates = dict(new)
    if dates.keys() == {"earliest", "num_days"} and 2 <= dates["num_days"] <= MAX_DAYS:
        dates["latest"] = (date.fromisoformat(dates["earliest"]) + timedelta(days=dates["num_days"] - 1)).isoformat()
    return dates
