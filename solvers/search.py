"""Heuristic search over any `Problem`, in plain Python: the oracle of the fast kernels, event by event.

Best-first search is one loop; A*, weighted A*, greedy and breadth-first search differ by their ordering alone.
"""

import heapq
import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from solvers.problem import Heuristic, Problem
from solvers.result import Result, Status
from solvers.ties import FixedTies, Ties

S = TypeVar("S", bound=Hashable)
A = TypeVar("A")

CREATE, CLOSE = 0, 1


class Event(NamedTuple):
    """What a search does to a state: CREATE (it enters the open list) or CLOSE (it is expanded), with its g and h."""

    kind: int
    state: Any
    g: int
    h: int


@dataclass(frozen=True, slots=True)
class Path(Generic[S, A]):
    """A plan with the states that it goes through: one state more than actions."""

    actions: tuple[A, ...]
    states: tuple[S, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: after so many expansions, or so many wall seconds."""

    max_expansions: int | None = None
    time_limit_s: float | None = None


NO_LIMITS = Limits()
NO_TIES: Ties = FixedTies(lambda _: 0)
Priority = Callable[[int, int], int | float]


def astar(
    problem: Problem[S, A],
    heuristic: Heuristic[S],
    *,
    ties: Ties = NO_TIES,
    on_event: Callable[[Event], None] | None = None,
    limits: Limits = NO_LIMITS,
    below: int | None = None,
) -> Result[Path[S, A]]:
    """Find a path of least cost (Hart, Nilsson and Raphael 1968), re-opening states where that is needed.

    With an admissible heuristic the path is OPTIMAL, consistent or not. The goal test is made when a state is closed,
    after its event. A child is created (an event) only if no entry for its state, open or closed, is as cheap. Stopped
    by a limit, the answer is UNKNOWN with the least g + h of the open states as a proven bound.

    With `below`, only a path that costs less is looked for: states with g + h ≥ `below` are not created. INFEASIBLE
    says that there is none, with `below` as its bound: whoever has a path of that cost knows that it is optimal.
    """
    run = _BestFirst(problem, heuristic, lambda g, h: g + h, ties=ties, limits=limits, on_event=on_event, below=below)
    return run.result(run.next_goal())


def weighted_astar(
    problem: Problem[S, A],
    heuristic: Heuristic[S],
    weight: float,
    *,
    ties: Ties = NO_TIES,
    on_event: Callable[[Event], None] | None = None,
    limits: Limits = NO_LIMITS,
) -> Result[Path[S, A]]:
    """Find a path of at most `weight` (≥ 1) times the least cost (Pohl 1970): ordered by g + weight · h.

    The result's bound is the least g + h of the states left open: often better than cost / weight.
    """
    if not weight >= 1:
        raise ValueError(f"weight must be at least 1, not {weight}; 1 is plain A*")
    return _best_first(problem, heuristic, lambda g, h: g + weight * h, ties=ties, on_event=on_event, limits=limits)


def greedy(
    problem: Problem[S, A],
    heuristic: Heuristic[S],
    *,
    ties: Ties = NO_TIES,
    on_event: Callable[[Event], None] | None = None,
    limits: Limits = NO_LIMITS,
) -> Result[Path[S, A]]:
    """Find some path, ordered by h alone; the bound says how good it is."""
    return _best_first(problem, heuristic, lambda _, h: h, ties=ties, on_event=on_event, limits=limits)


def breadth_first(
    problem: Problem[S, A],
    *,
    on_event: Callable[[Event], None] | None = None,
    limits: Limits = NO_LIMITS,
) -> Result[Path[S, A]]:
    """Find a path of fewest steps where all costs are equal: first created, first expanded; needs no heuristic."""
    return _best_first(problem, lambda _: 0, lambda _g, _h: 0, ties=NO_TIES, on_event=on_event, limits=limits)


def anytime_astar(
    problem: Problem[S, A],
    heuristic: Heuristic[S],
    weight: float,
    *,
    on_improvement: Callable[[int, int], None] | None = None,
    ties: Ties = NO_TIES,
    limits: Limits = NO_LIMITS,
) -> Result[Path[S, A]]:
    """Improve a path until it is proven optimal or a limit strikes (Hansen and Zhou 2007).

    Weighted A* goes on after its first goal, without the states whose g + h cannot beat it. `on_improvement` is called
    with each new cost and its proven bound. Stopped with a path, the answer is FEASIBLE with a bound, hence a gap.
    """
    if not weight >= 1:
        raise ValueError(f"weight must be at least 1, not {weight}; 1 is plain A*")
    run = _BestFirst(problem, heuristic, lambda g, h: g + weight * h, ties=ties, limits=limits)
    return run.result_until_proven(on_improvement)


def _best_first(
    problem: Problem[S, A],
    heuristic: Heuristic[S],
    priority: Priority,
    *,
    ties: Ties,
    on_event: Callable[[Event], None] | None,
    limits: Limits,
) -> Result[Path[S, A]]:
    run = _BestFirst(problem, heuristic, priority, ties=ties, limits=limits, on_event=on_event)
    return run.result(run.next_goal())


class _BestFirst(Generic[S, A]):
    """One best-first search: its open list (a heap with stale entries), the least g of every state, and the parents."""

    def __init__(
        self,
        problem: Problem[S, A],
        heuristic: Heuristic[S],
        priority: Priority,
        *,
        ties: Ties,
        limits: Limits,
        on_event: Callable[[Event], None] | None = None,
        below: int | None = None,
    ) -> None:
        self.problem, self.heuristic, self.priority = problem, heuristic, priority
        self.ties, self.on_event, self.limits = ties, on_event, limits
        self.started = time.perf_counter()
        self.open: list[tuple[int | float, Any, int, int, int, S]] = []
        self.least_g: dict[S, int] = {}
        self.parents: dict[S, tuple[S, A]] = {}
        self.num_created = self.num_closed = 0
        self.below = below
        self.is_stopped = False
        self.create(problem.initial, 0)

    def create(self, state: S, g: int) -> bool:
        """Put a state on the open list, unless it is a dead end or no path through it costs less than `below`."""
        h = self.heuristic(state)
        if h is None or (self.below is not None and g + h >= self.below):
            return False
        self.least_g[state] = g
        entry = (self.priority(g, h), self.ties.key(state), self.num_created, g, h, state)
        heapq.heappush(self.open, entry)
        self.num_created += 1
        if self.on_event:
            self.on_event(Event(CREATE, state, g, h))
        return True

    def next_goal(self) -> S | None:
        """Expand states until a goal is closed; return it, or None when no state is left or a limit strikes."""
        while self.open:
            _, _, _, g, h, state = self.open[0]
            if g > self.least_g[state] or (self.below is not None and g + h >= self.below):
                heapq.heappop(self.open)
                continue
            if self.limit_reached():
                self.is_stopped = True
                return None
            heapq.heappop(self.open)
            self.num_closed += 1
            if self.on_event:
                self.on_event(Event(CLOSE, state, g, h))
            if self.problem.is_goal(state):
                return state
            for action, child, cost in self.ties.arrange(list(self.problem.successors(state))):
                if self.least_g.get(child, math.inf) > g + cost and self.create(child, g + cost):
                    self.parents[child] = (state, action)
        return None

    def limit_reached(self) -> bool:
        most, seconds = self.limits.max_expansions, self.limits.time_limit_s
        if most is not None and self.num_closed >= most:
            return True
        return seconds is not None and time.perf_counter() - self.started >= seconds

    def bound(self) -> int | None:
        """Return the least g + h of the open states: no path that is still to be found costs less."""
        left = [g + h for _, _, _, g, h, state in self.open if g == self.least_g[state]]
        return min(left, default=None)

    def path(self, goal: S) -> Path[S, A]:
        states, actions = [goal], []
        while states[-1] in self.parents:
            state, action = self.parents[states[-1]]
            states.append(state)
            actions.append(action)
        return Path(tuple(reversed(actions)), tuple(reversed(states)))

    def result(self, goal: S | None) -> Result[Path[S, A]]:
        left = self.bound()
        if goal is None:
            status = Status.UNKNOWN if self.is_stopped else Status.INFEASIBLE
            return self.answer(status, None, None, left if self.is_stopped else self.below)
        cost = self.least_g[goal]
        bound = cost if left is None else min(cost, left)
        return self.answer(Status.OPTIMAL if bound == cost else Status.FEASIBLE, self.path(goal), cost, bound)

    def result_until_proven(self, on_improvement: Callable[[int, int], None] | None) -> Result[Path[S, A]]:
        best: Path[S, A] | None = None
        while (goal := self.next_goal()) is not None:
            self.below = self.least_g[goal]
            best = self.path(goal)
            if on_improvement:
                left = self.bound()
                on_improvement(self.below, self.below if left is None else min(self.below, left))
        if best is None:
            return self.result(None)
        assert self.below is not None
        left = self.bound() if self.is_stopped else None
        bound = self.below if left is None else min(self.below, left)
        return self.answer(Status.OPTIMAL if bound == self.below else Status.FEASIBLE, best, self.below, bound)

    def answer(
        self, status: Status, path: Path[S, A] | None, cost: int | None, bound: int | None
    ) -> Result[Path[S, A]]:
        stats = {"expansions": float(self.num_closed), "created": float(self.num_created)}
        return Result(status, "search", path, cost, bound, time.perf_counter() - self.started, stats)
