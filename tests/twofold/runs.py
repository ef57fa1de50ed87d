"""What a run of `twofold` returned and wrote."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TEXT = "Five days from Boston to two cities in Portugal, May 28 to June 1, 2027, for two adults and a child"
KEYS = {
    *("status", "request", "itinerary", "cost_cents", "certificate", "solve", "explanation", "not_understood"),
    *("prices", "alternatives", "pareto"),
    *("schema_version", "assumptions", "warnings", "missing", "problems", "seconds"),
}


class Ran:
    """One run."""

    def __init__(self, code: int, captured: tuple[str, str]) -> None:
        self.code, (self.out, self.err) = code, captured

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Run = Callable[..., Ran]


def assert_one_line(ran: Ran, *words: str) -> None:
    assert ran.code == 2
    assert re.fullmatch(r"twofold( \w+)*: error: [^\n]+\n", ran.err), ran.err
    assert [word for word in words if word not in ran.err] == []
