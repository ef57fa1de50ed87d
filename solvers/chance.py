"""Chance that is the same on every machine, in plain Python and in compiled kernels, bit by bit.

The generator is splitmix64 (Steele, Lea and Flood, OOPSLA 2014): one word of state, an addition and a finaliser.
"""

from collections.abc import MutableSequence, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(word: int) -> int:
    """Return the finaliser of splitmix64: 64 bits that each depend on all 64 given."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)


def derive(seed: int, *indices: int) -> int:
    """Return the seed of an independent stream: the same for the same seed and indices, whoever asks."""
    word = seed & _MASK
    for index in indices:
        word = mix((mix(word) + GOLDEN * (index + 1)) & _MASK)
    return word


class SplitMix:
    """A stream of random 64-bit words."""

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def draw(self) -> int:
        """Return the next 64 bits."""
        self.state = (self.state + GOLDEN) & _MASK
        return mix(self.state)

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count − 1; for the counts of a puzzle its bias is beyond measure."""
        return self.draw() % count

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.below(len(items))]

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """Shuffle in place (Fisher–Yates, from the last place on)."""
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
