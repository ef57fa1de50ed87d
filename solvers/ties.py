"""How a search chooses among equals: by a fixed order of states, or by seeded chance.

The generator of chance is splitmix64 (Steele, Lea and Flood, OOPSLA 2014), small enough that the compiled kernels
repeat it bit by bit.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


class Ties(Protocol):
    """The order of a state's children, and the order among open states of equal priority (the smallest key first)."""

    def arrange(self, children: list[T]) -> list[T]:
        """Return the children in the order in which they are created."""

    def key(self, state: Any) -> Any:
        """Return a comparable key; asked once for each time that a state enters the open list."""


class FixedTies:
    """Children as the problem gives them; among equals, the state with the least `order(state)`."""

    def __init__(self, order: Callable[[Any], Any]) -> None:
        self.key = order

    def arrange(self, children: list[T]) -> list[T]:
        """Return the children as they are."""
        return children


class RandomTies:
    """Children shuffled, and one random key a push; equal seeds give equal searches."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def arrange(self, children: list[T]) -> list[T]:
        """Return the children in random order (Fisher–Yates, from the last place on)."""
        for i in range(len(children) - 1, 0, -1):
            j = self.draw() % (i + 1)
            children[i], children[j] = children[j], children[i]
        return children

    def key(self, state: Any) -> int:  # noqa: ARG002  (chance does not look at the state)
        """Return 64 random bits."""
        return self.draw()

    def draw(self) -> int:
        """Return the next 64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)
