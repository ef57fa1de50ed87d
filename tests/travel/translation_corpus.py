"""The corpus of `requests.jsonl`: a text a line, every field that it states, and the words that no rule understands.

Dates are [earliest, latest, num_days]; money is in cents. Relative dates count from `TODAY`.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planning.travel.translation import Translation

SECTIONS = ("destination", "lodging", "food", "transport", "places")


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the corpus."""

    text: str
    stated: dict[str, Any]
    rest: list[str] = field(default_factory=list)


def corpus() -> list[Case]:
    """Return every case, in the order of the file."""
    lines = Path(__file__).with_name("requests.jsonl").read_text(encoding="utf-8").splitlines()
    return [Case(**json.loads(line)) for line in lines]


def stated_fields(translation: Translation) -> dict[str, Any]:
    """Return what a translation states, by dotted path, as the corpus writes it."""
    fields: dict[str, Any] = {}
    for name, value in translation.draft.items():
        fields |= {f"{name}.{leaf}": found for leaf, found in value.items()} if name in SECTIONS else {name: value}
    if dates := fields.get("dates"):
        fields["dates"] = [str(dates.get("earliest")), str(dates.get("latest")), dates.get("num_days")]
    return {path: list(value) if isinstance(value, tuple) else value for path, value in fields.items()}
