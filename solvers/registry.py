"""Look-ups by name whose errors answer back."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")


def lookup(what: str, name: str, registry: Mapping[str, T]) -> T:
    """Return `registry[name]`.

    Raises:
        ValueError: The name is unknown; the message has the nearest names, or all of them.
    """
    if name in registry:
        return registry[name]
    raise ValueError(unknown(what, name, registry))


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return the message for an unknown name: what was given, and what may have been meant."""
    by_fold = {text.casefold(): text for text in sorted(known)}
    close = get_close_matches(name.casefold(), by_fold, n=3, cutoff=0.6)
    if close:
        hint = f" Did you mean {' or '.join(repr(by_fold[text]) for text in close)}?"
    else:
        hint = f" Known: {', '.join(by_fold.values())}." if 0 < len(by_fold) <= 12 else ""
    return f"unknown {what} {name!r}.{hint}"
