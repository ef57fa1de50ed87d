"""The strict verifier: a plan counts if, step by step, the problem itself allows it and it ends in a goal."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

from solvers.problem import Problem
from solvers.result import Verdict, Violation

S = TypeVar("S", bound=Hashable)
A = TypeVar("A")


def verify(problem: Problem[S, A], actions: Sequence[A]) -> Verdict:
    """Replay a plan's actions from the initial state, and add up what they cost.

    The verdict names the first step (from 1) that is not possible, or says that the last state is no goal.
    """
    state, cost = problem.initial, 0
    for number, action in enumerate(actions, 1):
        step = next(((child, price) for other, child, price in problem.successors(state) if other == action), None)
        if step is None:
            return Verdict(None, (Violation("step", f"step {number}: {action!r} is not possible in {state!r}"),))
        state, cost = step[0], cost + step[1]
    if not problem.is_goal(state):
        return Verdict(cost, (Violation("goal", f"the last state, {state!r}, is no goal"),))
    return Verdict(cost)
