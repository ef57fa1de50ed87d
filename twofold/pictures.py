"""The files that `--png` and `--gif` ask for."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from planning.domain import Domain
from planning.traces import Traces
from twofold.reporting import written


def check_pictures(source: str, num_problems: int) -> None:
    """Refuse early what cannot be drawn.

    Raises:
        ValueError: There are several problems, or matplotlib is not installed.
    """
    if num_problems > 1:
        raise ValueError(f"{source} holds {num_problems:,} problems, and a picture shows one: choose it with --index")
    if find_spec("matplotlib") is None:
        raise ValueError('pictures need matplotlib, run `pip install "twofold[plots]"`')


def drawn(domain: Domain[Any, Any], traces: Traces, png: Path | None, gif: Path | None, status: str) -> list[str]:
    """Write the pictures that are asked for of one search; return sentences about what could not be written."""
    from planning.picture import animate, draw  # noqa: PLC0415  (matplotlib: 300 ms)

    failures = written("--png", png, lambda: draw(domain, traces, status))
    return failures + written("--gif", gif, lambda: animate(domain, traces, status))
