"""Why no change of a trip fits: wishes that contradict each other, and the smallest sets of them that would help."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from planning.travel.conflicts import Constraint, Terms, constraints_of
from planning.travel.currency import money
from planning.travel.encoding import Encoding
from planning.travel.profile import Profile
from planning.travel.replanning_bookings import Booking
from planning.travel.request import TravelRequest
from solvers.explanation import minimal_conflict
from solvers.milp import Values
from solvers.result import Result, Status

MAX_GIVEN_UP = 2
LeastChange = Callable[[TravelRequest, Profile, Sequence[Booking]], tuple[Result[Values], Encoding]]


@dataclass(frozen=True, slots=True)
class Repair:
    """A minimal set of wishes to give up, in words; what of the bookings is given up then, and the cost, in cents."""

    constraints: tuple[str, ...]
    text: str
    change: int
    cost_cents: int


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked again and again: the least change without some wishes, and without some bookings to be kept."""

    least_change: LeastChange
    terms: Terms
    wishes: Mapping[str, Constraint]
    keeps: Mapping[str, tuple[Booking, ...]]
    answers: dict[frozenset[str], tuple[Result[Values], Encoding]]

    def without(self, names: frozenset[str]) -> tuple[Result[Values], Encoding]:
        if names not in self.answers:
            terms = self.terms
            for name in self.wishes:
                terms = self.wishes[name].relax(terms) if name in names else terms
            keep = [booking for name, bookings in self.keeps.items() if name not in names for booking in bookings]
            self.answers[names] = self.least_change(terms.request, terms.profile, keep)
        return self.answers[names]


def what_helps(
    least_change: LeastChange,
    request: TravelRequest,
    profile: Profile,
    keep: Sequence[Booking],
    *,
    total_weight: int,
    time_limit_s: float,
) -> tuple[tuple[str, ...], tuple[Repair, ...]]:
    """Return a minimal conflict of wishes, and the minimal repairs of at most two of them, the least change first.

    Where the time limit strikes, the repairs found until then.
    """
    deadline = time.perf_counter() + time_limit_s
    wishes = {constraint.name: constraint for constraint in constraints_of(request, profile)}
    keeps: dict[str, tuple[Booking, ...]] = {}
    for booking in keep:
        keeps[f"keeping {booking.name}"] = (*keeps.get(f"keeping {booking.name}", ()), booking)
    question = _Question(least_change, Terms(request, profile), wishes, keeps, {})
    names = (*wishes, *keeps)
    if question.without(frozenset(names))[0].status is not Status.OPTIMAL:
        return (), ()
    conflict = minimal_conflict(
        names, lambda kept: question.without(frozenset(names) - kept)[0].status is Status.INFEASIBLE
    )
    words = tuple(wishes[name].words if name in wishes else name for name in conflict)
    sets = _minimal(question, names, frozenset(conflict), deadline)
    found = [_repair(question, given_up, total_weight) for given_up in sets]
    return words, tuple(sorted(found, key=lambda repair: (repair.change, repair.cost_cents, repair.constraints)))


def _minimal(
    question: _Question, names: Sequence[str], conflict: frozenset[str], deadline: float
) -> Iterator[frozenset[str]]:
    """Yield the minimal sets to give up, the smallest first; each of them has a member of every conflict."""
    found: list[frozenset[str]] = []
    for count in range(1, MAX_GIVEN_UP + 1):
        for given_up in map(frozenset, combinations(names, count)):
            if time.perf_counter() > deadline:
                return
            if given_up & conflict and not any(smaller <= given_up for smaller in found):
                result, _ = question.without(given_up)
                if result.solution is not None:
                    found.append(given_up)
                    yield given_up


def _repair(question: _Question, given_up: frozenset[str], total_weight: int) -> Repair:
    result, encoding = question.answers[given_up]
    assert result.solution is not None
    past = encoding.candidates.past
    cost = sum(c * result.solution[v.name] for v, c in encoding.cost) + (past.cost_cents if past else 0)
    change = total_weight + (result.cost or 0)
    price = money(cost, question.terms.request.currency)
    names = tuple(name for name in (*question.wishes, *question.keeps) if name in given_up)
    if [wish.path for name, wish in question.wishes.items() if name in given_up] == ["budget_cents"] and len(
        names
    ) == 1:
        asked = money(question.terms.request.budget_cents or 0, question.terms.request.currency)
        text = f"a budget of {price} instead of {asked} suffices; {change} by weight is given up then"
    else:
        dropped = " and ".join(f"“{name}”" for name in names)
        text = f"without {dropped} there is a trip for {price}; {change} by weight is given up then"
    return Repair(names, text, change, cost)
