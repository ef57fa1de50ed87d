"""How a search chooses among equals: by a fixed order of states, or by seeded chance."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from solvers.chance import SplitMix

T = TypeVar("T")


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
        self._chance = SplitMix(seed)

    def arrange(self, children: list[T]) -> list[T]:
        """Return the children in random order."""
        self._chance.shuffle(children)
        return children

    def key(self, state: Any) -> int:  # noqa: ARG002  (chance does not look at the state)
        """Return 64 random bits."""
        return self._chance.draw()
