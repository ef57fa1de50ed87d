"""Iterative-deepening A* (Korf 1985): optimal in the memory of one path."""

import time
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from solvers.problem import Heuristic, Problem
from solvers.result import Result, Status
from solvers.search import NO_LIMITS, Limits, Path

S = TypeVar("S", bound=Hashable)
A = TypeVar("A")


def ida_star(problem: Problem[S, A], heuristic: Heuristic[S], *, limits: Limits = NO_LIMITS) -> Result[Path[S, A]]:
    """Find a path of least cost by depth-first searches of growing bound; the heuristic has to be admissible.

    It remembers nothing but its path, so where many paths lead to one state it expands that state as often; it proves
    that there is no solution only in a finite tree of paths. Stopped by a limit, the answer is UNKNOWN with a bound.
    """
    return _Deepening(problem, heuristic, limits).result()


@dataclass(slots=True)
class _Frame(Generic[S, A]):
    """One state of the path: its g, the action that led to it, and the children not tried yet."""

    state: S
    g: int
    action: A | None
    children: Iterator[tuple[A, S, int]]


class _Deepening(Generic[S, A]):
    def __init__(self, problem: Problem[S, A], heuristic: Heuristic[S], limits: Limits) -> None:
        self.problem, self.heuristic, self.limits = problem, heuristic, limits
        self.started = time.perf_counter()
        self.expansions = 0

    def result(self) -> Result[Path[S, A]]:
        bound = self.heuristic(self.problem.initial)
        while bound is not None:
            stopped, path, cost, next_bound = self.dive(bound)
            if path is not None:
                return self.answer(Status.OPTIMAL, path, cost, cost)
            if stopped:
                return self.answer(Status.UNKNOWN, None, None, bound)
            bound = next_bound
        return self.answer(Status.INFEASIBLE, None, None, None)

    def dive(self, bound: int) -> tuple[bool, Path[S, A] | None, int | None, int | None]:
        """Search all paths with g + h ≤ bound; return (stopped, path, its cost, the least g + h above the bound)."""
        above: int | None = None
        path = [self.frame(self.problem.initial, 0, None)]
        on_path = {self.problem.initial}
        while path:
            top = path[-1]
            if self.problem.is_goal(top.state):
                actions = tuple(frame.action for frame in path if frame.action is not None)
                return False, Path(actions, tuple(frame.state for frame in path)), top.g, None
            if self.limit_reached():
                return True, None, None, None
            for action, child, cost in top.children:
                h = None if child in on_path else self.heuristic(child)
                if h is None:
                    continue
                f = top.g + cost + h
                if f <= bound:
                    path.append(self.frame(child, top.g + cost, action))
                    on_path.add(child)
                    break
                above = f if above is None else min(above, f)
            else:
                on_path.discard(path.pop().state)
        return False, None, None, above

    def frame(self, state: S, g: int, action: A | None) -> _Frame[S, A]:
        self.expansions += 1
        return _Frame(state, g, action, iter(self.problem.successors(state)))

    def limit_reached(self) -> bool:
        most, seconds = self.limits.max_expansions, self.limits.time_limit_s
        if most is not None and self.expansions > most:
            return True
        return seconds is not None and time.perf_counter() - self.started >= seconds

    def answer(
        self, status: Status, path: Path[S, A] | None, cost: int | None, bound: int | None
    ) -> Result[Path[S, A]]:
        seconds = time.perf_counter() - self.started
        return Result(status, "ida*", path, cost, bound, seconds, {"expansions": float(self.expansions)})
