"""A plan and its cost in words."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from planning.domain import Domain


def plan_words(actions: Sequence[str]) -> str:
    """Return a plan with repeated actions counted: "3 down, left"."""
    if not actions:
        return "nothing to do: it starts in a goal"
    runs = [(action, sum(1 for _ in run)) for action, run in groupby(actions)]
    steps = "1 step" if len(actions) == 1 else f"{len(actions):,} steps"
    return f"{steps}: " + ", ".join(action if count == 1 else f"{count} {action}" for action, count in runs)


def cost_words(domain: Domain[Any, Any], cost: int | None) -> str:
    """Return a cost in cells, also where the domain counts in parts of them."""
    return f"{cost:,}" if domain.unit == 1 or cost is None else f"{cost / domain.unit:,.3f}"
