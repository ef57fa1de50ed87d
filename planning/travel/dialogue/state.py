"""What a dialogue knows so far, as plain data: saved as JSON, resumed from it, and turned into a request."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from planning.travel.dialogue.slots import NEEDED, OPTIONAL, SLOTS, slot_of
from planning.travel.request import FIELD_PATHS, Dates, Provenance, Record, TravelRequest
from planning.travel.translation import MAX_TEXT_CHARS

STATE_VERSION: Literal[1] = 1

Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
Outcome = Literal["stated", "no wish", "unknown"]


class Exchange(Record):
    """One question and its answer."""

    path: str
    question: Text
    answer: Text


class DialogueState(Record):
    """A dialogue: its first text, what was understood by dotted path, what came of each slot, and what was said.

    `closed` maps a slot to what came of it; a slot that it does not name is open. `pending` is the slot asked for.
    `failures` counts the answers to a slot that told nothing. `llm_lost` tells that a language model failed, and is not
    asked again.
    """

    schema_version: Literal[1] = STATE_VERSION
    today: date
    text: Text = ""
    fields: dict[str, Any] = Field(default_factory=dict)
    quotes: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    closed: dict[str, Outcome] = Field(default_factory=dict)
    pending: str | None = None
    exchanges: tuple[Exchange, ...] = ()
    failures: dict[str, int] = Field(default_factory=dict)
    llm_lost: bool = False

    @property
    def open_slots(self) -> tuple[str, ...]:
        """Return the slots that may still be asked for, those without which there is no trip first."""
        return tuple(path for path in (*NEEDED, *OPTIONAL) if path not in self.closed)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the needed slots about which nothing is known, whether they were asked for or not."""
        return tuple(path for path in NEEDED if self.closed.get(path) != "stated")

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the slots that were asked for, in order; one that was asked for twice stands there twice."""
        return tuple(exchange.path for exchange in self.exchanges)

    def request(self) -> TravelRequest:
        """Return what is known as a request.

        Raises:
            ValueError: Something needed is missing, or two things contradict each other.
        """
        if self.missing:
            raise ValueError(
                f"the dialogue does not know yet: {', '.join(SLOTS[path].question for path in self.missing)}"
            )
        return request_of(self.fields, self.quotes, self.asked)


def request_of(fields: dict[str, Any], quotes: dict[str, tuple[str, ...]], asked: tuple[str, ...]) -> TravelRequest:
    """Return fields by dotted path as a request, with the words they came from.

    Raises:
        ValueError: They make no request; the sentence says why.
    """
    draft: dict[str, Any] = {}
    for path, value in fields.items():
        section, _, name = path.rpartition(".")
        (draft.setdefault(section, {}) if section else draft)[name] = value
    sources = {path: "asked" if slot_of(path) in asked else "stated" for path in fields if path in FIELD_PATHS}
    draft["provenance"] = {
        path: Provenance(source=source, quotes=quotes.get(path, ())) for path, source in sources.items()
    }
    try:
        return TravelRequest.model_validate(draft)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ValueError(detail["msg"].removeprefix("Value error, ")) from None


def flat(draft: dict[str, Any]) -> dict[str, Any]:
    """Return a draft of a request by dotted path, in values that JSON knows; what is empty is left out."""
    found: dict[str, Any] = {}
    for name, value in draft.items():
        if isinstance(value, dict) and name not in ("dates", "objective", "provenance"):
            found |= {f"{name}.{leaf}": _plain(each) for leaf, each in value.items()}
        elif name != "provenance":
            found[name] = _plain(value)
    return {path: value for path, value in found.items() if path in FIELD_PATHS and value not in (None, [], {})}


def _plain(value: Any) -> Any:
    if isinstance(value, Dates):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value
