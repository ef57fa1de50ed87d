"""The ways to ask a network: to think first, to answer at once, or as it chooses (Dualformer, arXiv 2410.09918)."""

import logging
from collections.abc import Mapping
from typing import Any, Final

MODES: Final = {
    "slow": "think (write a search), then plan",
    "fast": "plan at once",
    "auto": "let the network choose whether to think",
}
"""All modes, with what each of them means."""
IN_WORDS: Final = "; ".join(f"{name}: {meaning}" for name, meaning in MODES.items())

_log = logging.getLogger(__name__)


def learned(facts: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the modes that a network has learned, the main one first, by its settings; None where they do not say.

    They are the `mode` ("trace" or "plan") and the `dropping` of its training: by name, or as five shares.
    """
    if facts.get("mode") == "plan":
        return ("fast",)
    levels = _levels(facts)
    if levels is None:
        return None
    without_trace = levels[-1]
    return ("fast",) if without_trace == 1 else tuple(MODES) if without_trace else ("slow",)


def has_costs(facts: Mapping[str, Any]) -> bool:
    """Tell whether all events that a network has learned have their costs, as far as its settings say."""
    levels = _levels(facts)
    return levels is None or not any(levels[level] for level in (2, 3))


def _levels(facts: Mapping[str, Any]) -> tuple[float, ...] | None:
    """Return the shares of the levels L0 to L4 that a network has learned with."""
    from searchformer.dropping import mix_named  # noqa: PLC0415  (torch: two seconds)

    try:
        return mix_named(str(facts["dropping"])).levels
    except (KeyError, ValueError):
        return None


def usual(facts: Mapping[str, Any]) -> str:
    """Return the mode in which a network is asked without another wish."""
    return (learned(facts) or ("slow",))[0]


def check(facts: Mapping[str, Any], mode: str) -> None:
    """Refuse to have a network think that has never seen a search; warn of any other mode that it has not learned.

    Raises:
        ValueError: The network has learned plans alone.
    """
    known = learned(facts)
    if known is None or mode in known:
        return
    if mode == "slow":
        raise ValueError("this checkpoint was trained on plans alone, and cannot think: take mode 'fast'")
    remedy = "one that was trained with dropping knows them all"
    _log.warning("this checkpoint has never learned mode %r, only %r: %s", mode, known[0], remedy)
