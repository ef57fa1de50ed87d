"""What a translator returns, and the Protocol that every translator satisfies."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from planning.travel.request import TravelRequest
from planning.travel.translation.gazetteer import Gazetteer

MAX_TEXT_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Translation:
    """A text turned into constraints.

    `request` is None when something needed is `missing` (in words: "where the trip starts") or there is a `problem`
    (an unknown or ambiguous city, a contradiction; each sentence says what to do). `draft` holds what was understood,
    shaped like `TravelRequest`; `not_understood` lists, in the order of the text, the words that no rule accounts for.
    `warnings` are sentences that do not stop planning.
    """

    request: TravelRequest | None
    draft: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Translator(Protocol):
    """A function from a traveller's words to constraints, as data."""

    def __call__(self, text: str, *, today: date, gazetteer: Gazetteer) -> Translation:
        """Translate `text`; relative dates count from `today`, names come from `gazetteer`."""
