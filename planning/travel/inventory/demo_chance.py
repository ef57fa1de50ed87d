"""Chance that is the same on every machine: only `Random.random` is promised to stay as it is."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def chance(seed: int, *topic: str) -> random.Random:
    """Return a source of chance for one topic, so that a change in one place leaves all others as they were."""
    return random.Random("/".join([str(seed), *topic]))  # noqa: S311 - a demo needs no secrets


def between(rng: random.Random, low: float, high: float) -> float:
    """Return a number from `low` to `high`."""
    return low + (high - low) * rng.random()


def whole(rng: random.Random, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return low + int(rng.random() * (high - low + 1))


def pick(rng: random.Random, choices: Sequence[T]) -> T:
    """Return one of `choices`, each as likely as the others; repeat one to favour it."""
    return choices[int(rng.random() * len(choices))]


def shuffled(rng: random.Random, items: Sequence[T]) -> list[T]:
    """Return the items in a random order."""
    mixed = list(items)
    for last in range(len(mixed) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        mixed[last], mixed[other] = mixed[other], mixed[last]
    return mixed
