"""The contract of a search problem, and the contract made executable."""

from collections.abc import Callable, Hashable, Iterable
from typing import Protocol, TypeVar

S = TypeVar("S", bound=Hashable)
A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)

Heuristic = Callable[[S], int | None]
"""A lower estimate of the cost to a goal; None says that no goal can be reached."""


class Problem(Protocol[S, A_co]):
    """A state space: where it starts, when it is done, and what can be done at which cost.

    States are immutable and hashable; equal means same. Costs are whole and not negative. `successors` yields
    (action, state, cost) in the same order every time.
    """

    @property
    def initial(self) -> S:
        """Return the initial state."""

    def is_goal(self, state: S) -> bool:
        """Tell whether a state is a goal."""

    def successors(self, state: S) -> Iterable[tuple[A_co, S, int]]:
        """Return what can be done in a state."""


def check_problem(problem: Problem[S, A], heuristic: Heuristic[S] | None = None, max_states: int = 1000) -> None:
    """Check the contract of `Problem` on the first states of a breadth-first walk.

    Successors are the same when asked twice, their costs whole and not negative, their states hashable, equal to
    themselves and not changed by asking. A heuristic is 0 at goals, a whole number or None, and the same when asked
    twice; it need not be consistent.

    Raises:
        ValueError: The contract is broken; the message names the state.
    """
    seen = {problem.initial: None}
    queue = [problem.initial]
    for state in queue:
        first, second = list(problem.successors(state)), list(problem.successors(state))
        if first != second:
            raise ValueError(f"the successors of {state!r} differ when asked twice")
        for action, child, cost in first:
            if not isinstance(cost, int) or cost < 0:
                raise ValueError(f"{action!r} in {state!r} costs {cost!r}: a cost is a whole number from 0 on")
            if hash(child) != hash(child) or child != child:  # noqa: PLR0124  (that is the question)
                raise ValueError(f"{child!r} is not equal to itself: it cannot be a state")
            if child not in seen and len(seen) < max_states:
                seen[child] = None
                queue.append(child)
        if heuristic is not None:
            _check_heuristic(problem, heuristic, state)


def _check_heuristic(problem: Problem[S, A], heuristic: Heuristic[S], state: S) -> None:
    h = heuristic(state)
    if h != heuristic(state):
        raise ValueError(f"the heuristic of {state!r} differs when asked twice")
    if h is not None and (not isinstance(h, int) or h < 0):
        raise ValueError(f"the heuristic of {state!r} is {h!r}: it is a whole number from 0 on, or None")
    if problem.is_goal(state) and h != 0:
        raise ValueError(f"the heuristic of {state!r} is {h!r}, and it is a goal: it has to be 0 there")
