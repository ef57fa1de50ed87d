"""The `openai` translator: a language model reads the traveller's text, and nothing it says is taken on trust."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from planning.travel.llm import ChatModel, Message, json_object
from planning.travel.request import FIELD_PATHS, Dates, Provenance, TravelRequest
from planning.travel.translation import MAX_TEXT_CHARS, Translation, Translator
from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.llm_judges import doubts
from planning.travel.translation.llm_names import FINDERS, Fate, resolve
from planning.travel.translation.llm_prompt import REPLY_FIELDS, REPLY_SCHEMA, instructions, short, shown
from planning.travel.translation.quotation import Spans, find_quote, is_amount, unaccounted

MAX_REPEATED_CHARS = 8_000
MAX_FAULTS = 30
MAX_VALUES = 30
PLACES = frozenset({"destination.cities", "destination.region"})
NEEDED = ("where the trip starts", "where it goes", "when", "how many days")


def llm_translator(chat: ChatModel, *, judges: int = 0) -> Translator:
    """Return a translator that asks a language model for data and checks every field against the text.

    Each field that the model states must quote words that occur in the text; the names must be the gazetteer's; the
    value must be one that a request allows. Everything that is wrong goes back to the model once, all at a time. What
    is still wrong then is left out and reported. Words that neither a quote nor the model accounts for are reported
    as not understood. The text is sent as it is, as the user's message; nothing that comes back is ever run.

    Args:
        chat: The language model; see `planning.travel.llm.openai_chat`.
        judges: How often the model is asked, each time with another eye, whether the request says what the text says.
            When most judges object, their reasons become a warning.

    Raises:
        LanguageModelError: From the translator, when no answer comes at all.
    """
    if judges < 0:
        raise ValueError(f"judges must not be negative, not {judges}")

    def translate(text: str, *, today: date, gazetteer: Gazetteer) -> Translation:
        if len(text) > MAX_TEXT_CHARS:
            return Translation(None, problems=(f"the text has {len(text)} characters: shorten it to {MAX_TEXT_CHARS}",))
        if not text.strip():
            return Translation(None, missing=NEEDED)
        reading = _ask(chat, text, today, gazetteer)
        if isinstance(reading, str):
            return Translation(None, problems=(reading,))
        translation = _translation(reading, text)
        if translation.request is None:
            return translation
        warnings = (*translation.warnings, *doubts(chat, judges, translation.request, text))
        return replace(translation, warnings=warnings)

    return translate


def _ask(chat: ChatModel, text: str, today: date, gazetteer: Gazetteer) -> "_Reading | str":
    """Ask, and once more with everything that was wrong; return the last usable reading, or why there is none."""
    messages = [Message("system", instructions(today)), Message("user", text)]
    reply = chat(messages, json_schema=REPLY_SCHEMA)
    first = _read(reply, text, today, gazetteer)
    wrong = [first] if isinstance(first, str) else [fault.sentence for fault in first.faults if fault.fate != "unknown"]
    if not wrong:
        return first
    listed = "\n".join(f"- {sentence}" for sentence in wrong[:MAX_FAULTS])
    messages += [
        Message("assistant", reply[:MAX_REPEATED_CHARS]),
        Message("user", f"This answer cannot be used:\n{listed}\nAnswer again with the whole JSON object, corrected."),
    ]
    second = _read(chat(messages, json_schema=REPLY_SCHEMA), text, today, gazetteer)
    if isinstance(second, str):
        remedy = "try again, or choose another model"
        return f"the language model gave no usable answer: {second}; {remedy}" if isinstance(first, str) else first
    return second


@dataclass(frozen=True, slots=True)
class _Fault:
    """Something wrong with one field, and what becomes of the field when the model does not mend it.

    A name that the gazetteer does not know is not the model's to mend: it would offer one that nobody asked for.
    """

    path: str
    reason: str
    fate: Fate

    @property
    def sentence(self) -> str:
        """Say it to the model."""
        return f'"{self.path}": {self.reason}' if self.path else self.reason

    @property
    def report(self) -> str:
        """Say it to the traveller."""
        label = REPLY_FIELDS[self.path].label if self.path in REPLY_FIELDS else self.path
        endings = {"left out": ", so this is left out", "kept": ", but the language model reads it so"}
        return (f"{label}: " if label else "") + self.reason + endings.get(self.fate, "")

    @property
    def stops(self) -> bool:
        """Tell whether no trip may be planned before this is settled."""
        return self.fate in ("problem", "unknown")


@dataclass(frozen=True, slots=True)
class _Stated:
    """A field's value, the text's words for it, and everywhere that those words stand in the text."""

    value: Any
    quotes: tuple[str, ...]
    spans: Spans


@dataclass(frozen=True, slots=True)
class _Reading:
    """A reply, checked. `left_over` is what the model itself gave up on."""

    stated: dict[str, _Stated]
    draft: dict[str, Any]
    request: TravelRequest | None
    faults: tuple[_Fault, ...]
    left_over: Spans


class _Statement(BaseModel):
    """What the model says of one field."""

    model_config = ConfigDict(extra="forbid")
    quotes: list[str] = Field(max_length=20)
    value: Any


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")
    fields: dict[str, Any]
    not_understood: list[str] = Field(default_factory=list, max_length=200)


def _read(reply: str, text: str, today: date, gazetteer: Gazetteer) -> _Reading | str:
    """Check a reply against the text, the gazetteer and the request; return a sentence when it is no such JSON."""
    try:
        said = _parse(reply)
    except ValueError as error:
        return str(error)
    stated: dict[str, _Stated] = {}
    faults: list[_Fault] = []
    for path, raw in said.fields.items():
        found = _stated(path, raw, text)
        if isinstance(found, _Fault):
            faults.append(found)
        elif found is not None:
            stated[path] = found
    stated = _placed({path: stated[path] for path in FIELD_PATHS if path in stated}, gazetteer)
    values, misnamed = _named(stated, text, gazetteer)
    left_out = {fault.path for fault in misnamed if fault.fate == "left out"} - values.keys()
    stated = {path: found for path, found in stated.items() if path not in left_out}
    certain = all(fault.fate != "unknown" for fault in misnamed)
    draft, request, refused = _drafted(values, stated, certain=certain)
    left_over = tuple(place for phrase in said.not_understood for place in find_quote(phrase, text)[:1])
    faults += (*_bygone(stated, text, today), *misnamed, *refused)
    return _Reading(stated, draft, request, tuple(faults), left_over)


def _parse(reply: str) -> _Reply:
    """Return what the model says; raise ValueError when the reply is not the JSON object asked for."""
    try:
        return _Reply.model_validate_json(json_object(reply))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise ValueError(f"it is not the JSON object asked for: {where}: {first['msg']}") from None


def _statement(path: str, raw: Any) -> _Statement | None:
    """Return what the model says of a field, None when it says nothing; raise ValueError for another form."""
    if path not in REPLY_FIELDS:
        raise ValueError("there is no such field")
    if raw is None:
        return None
    try:
        statement = _Statement.model_validate(raw)
    except ValidationError:
        raise ValueError('it must be null or {"quotes": [...], "value": ...}') from None
    value, kind = statement.value, REPLY_FIELDS[path].schema["type"]
    if value in (None, []):
        return None
    if kind == "string" and not isinstance(value, str):
        raise ValueError("its value must be a text")
    if kind == "array" and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise ValueError("its value must be a list of texts")
    if kind == "array" and len(value) > MAX_VALUES:
        raise ValueError(f"its value holds more than {MAX_VALUES} texts")
    return statement


def _stated(path: str, raw: Any, text: str) -> _Stated | _Fault | None:
    """Return what the model states of a field, None when it states nothing, or what is wrong with it."""
    try:
        statement = _statement(path, raw)
    except ValueError as error:
        return _Fault(short(path), str(error), "left out")
    if statement is None:
        return None
    value, found = shown(path, statement.value), [find_quote(quote, text) for quote in statement.quotes]
    strange = [short(quote) for quote, places in zip(statement.quotes, found, strict=True) if not places]
    if strange:
        return _Fault(path, f"the words “{'”, “'.join(strange)}” for {value} are not in the text", "left out")
    if not found:
        return _Fault(path, f"no words of the text are quoted for {value}", "left out")
    quotes = tuple(text[start:end] for start, end in (places[0] for places in found))
    if path.endswith("_cents") and not is_amount(statement.value, quotes):
        return _Fault(path, f"“{short(' … '.join(quotes))}” does not say {value}", "problem")
    return _Stated(statement.value, quotes, tuple(place for places in found for place in places))


def _bygone(stated: Mapping[str, _Stated], text: str, today: date) -> list[_Fault]:
    """Doubt a first day that is past when the text does not name its year: models like the years they learned in."""
    try:
        start = date.fromisoformat(stated["dates"].value["earliest"])
    except (KeyError, TypeError, ValueError):
        return []
    if start >= today or str(start.year) in text:
        return []
    return [_Fault("dates", f"{start} is past (today is {today}), and the text does not name that year", "kept")]


def _named(stated: Mapping[str, _Stated], text: str, gazetteer: Gazetteer) -> tuple[dict[str, Any], list[_Fault]]:
    """Return the values with the inventory's names, and a fault for each name that is unknown or made up."""
    values: dict[str, Any] = {}
    faults: list[_Fault] = []
    for path, found in stated.items():
        if path not in FINDERS:
            values[path] = found.value
            continue
        names = [found.value] if isinstance(found.value, str) else found.value
        answers = [resolve(path, name, " … ".join(found.quotes), text, gazetteer) for name in names]
        faults += [_Fault(path, answer.reason, answer.fate) for answer in answers if answer.fate]
        known = [answer.name for answer in answers if answer.name is not None]
        if known:
            values[path] = known[0] if isinstance(found.value, str) else known
    return values, faults


def _placed(stated: dict[str, _Stated], gazetteer: Gazetteer) -> dict[str, _Stated]:
    """Return the statements with a lone region that was called a city, or the reverse, where it belongs."""
    cities, region = stated.get("destination.cities"), stated.get("destination.region")
    match (cities and cities.value), (region and region.value):
        case [str(name)], None if cities and gazetteer.find_region(name) and not gazetteer.find_cities(name):
            moved = {"destination.region": replace(cities, value=name)}
        case None, str(name) if region and gazetteer.find_cities(name) and not gazetteer.find_region(name):
            moved = {"destination.cities": replace(region, value=[name])}
        case _:
            return stated
    return {path: found for path, found in stated.items() if path not in PLACES} | moved


def _drafted(
    values: Mapping[str, Any], stated: Mapping[str, _Stated], *, certain: bool
) -> tuple[dict[str, Any], TravelRequest | None, list[_Fault]]:
    """Return the values shaped like a request, the request when they make one, and every value that it refuses."""
    draft: dict[str, Any] = {}
    for path, value in values.items():
        section, _, leaf = path.rpartition(".")
        place = draft.setdefault(section, {}) if section else draft
        place[leaf] = _completed(value) if path == "dates" else value
    provenance = {path: Provenance(source="stated", quotes=stated[path].quotes) for path in values}
    asked = {key: value for key, value in draft.items() if key != "destination" or PLACES & values.keys()}
    try:
        return draft, TravelRequest.model_validate(asked | {"provenance": provenance}), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
    faults = []
    for detail in details:
        path = _path_of(detail["loc"])
        # What is missing is asked for; and a name that nobody knows makes the rest look contradictory.
        if detail["type"] != "missing" and (certain or path in values):
            faults.append(_Fault(path, detail["msg"].removeprefix("Value error, "), "problem"))
    for path in {fault.path: None for fault in faults if fault.path in values}:
        section, _, leaf = path.rpartition(".")
        (draft[section] if section else draft).pop(leaf)
    return draft, None, faults


def _completed(dates: Any) -> Any:
    """Return dates without what is null; a first day and a length give the last day."""
    if not isinstance(dates, dict):
        return dates
    said = {key: value for key, value in dates.items() if value is not None}
    if said.keys() == {"earliest", "num_days"}:
        try:
            return Dates.starting(date.fromisoformat(said["earliest"]), said["num_days"]).model_dump(mode="json")
        except (TypeError, ValueError, OverflowError):
            return said  # the request's validation says what is wrong with it
    return said


def _path_of(location: tuple[int | str, ...]) -> str:
    """Return the field that a validation error is about, its section, or "" for the whole."""
    names = [str(part) for part in location[:2]]
    paths = (".".join(names[:length]) for length in (2, 1))
    return next((path for path in paths if path in FIELD_PATHS), names[0] if names else "")


def _translation(reading: _Reading, text: str) -> Translation:
    """Say what is understood, what is missing, what is wrong, and which words nothing accounts for."""
    faults = dict.fromkeys(reading.faults[:MAX_FAULTS])
    problems = tuple(fault.report for fault in faults if fault.stops)
    said = (span for found in reading.stated.values() for span in found.spans)
    missing = tuple(_missing(reading))
    return Translation(
        request=None if missing or problems else reading.request,
        draft=reading.draft,
        missing=missing,
        problems=problems,
        not_understood=unaccounted(text, said, reading.left_over),
        warnings=tuple(fault.report for fault in faults if not fault.stops),
    )


def _missing(reading: _Reading) -> Iterator[str]:
    """Yield what a trip needs and the text does not say."""
    start, goal, when, how_long = NEEDED
    if "origin" not in reading.stated:
        yield start
    if not PLACES & reading.stated.keys():
        yield goal
    dates = reading.draft.get("dates", {})
    if "dates" in reading.stated and "dates" not in reading.draft:
        return  # said, but refused: that is a problem of its own
    if "earliest" not in dates or ("num_days" in dates and "latest" not in dates):
        yield when
    if "num_days" not in dates:
        yield how_long
