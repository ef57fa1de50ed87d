"""What is given on the command line: what it may be, and what to write instead."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

MOST = 10**12


def count(least: int, most: int = MOST) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        number = _whole(text)
        if number is None or not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not possible: give a whole number, {_range(least, most)}")
        return number

    return read


def seed(text: str) -> int:
    """Return a seed: 64 bits."""
    number = _whole(text)
    if number is None or not 0 <= number < 2**64:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: give a whole number from 0 on, below 2^64")
    return number


def seconds(text: str) -> float:
    """Return a time limit."""
    number = _real(text)
    if not 0 < number <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no time limit: give seconds, above 0 and at most 86400")
    return number


def weight(text: str) -> float:
    """Return the weight of a heuristic."""
    number = _real(text)
    if not 1 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no weight: give a number from 1 (plain A*) on, such as 1.5 or 2")
    return number


def assignment(text: str) -> tuple[str, int]:
    """Return name and value of NAME=VALUE."""
    name, _, value = text.partition("=")
    number = _whole(value)
    if not name or number is None or abs(number) > MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no option of a generator: write NAME=VALUE, such as boxes=3")
    return name, number


def picture(kind: str) -> Callable[[str], Path]:
    """Return a reader of names of files of one kind; a name without an ending (a pipe, a device) is as good."""

    def read(text: str) -> Path:
        if Path(text).suffix.lower() not in ("", f".{kind}"):
            raise argparse.ArgumentTypeError(f"{text!r} is no name of a {kind.upper()}: let it end in .{kind}")
        return Path(text)

    return read


def _whole(text: str) -> int | None:
    # int() reads digits of other scripts and underscores, too, and refuses very long texts in its own words.
    plain = text.removeprefix("-").removeprefix("+")
    return int(text) if plain.isascii() and plain.isdigit() and len(plain) <= 20 else None


def _real(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _range(least: int, most: int) -> str:
    return f"{least} or more" if most == MOST else f"from {least} to {most:,}"
