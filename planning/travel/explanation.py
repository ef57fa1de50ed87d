"""Why a request has no trip: all minimal sets of its constraints that contradict each other, and all minimal repairs.

The repairs are enumerated (`repairs`), and the conflicts follow from them: a set of constraints is a minimal conflict
exactly when it is a minimal set that has a member in common with every minimal repair (Reiter 1987).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from planning.travel.conflicts import Constraint, Terms, constraints_of
from planning.travel.inventory import Inventory
from planning.travel.profile import Profile
from planning.travel.repairs import Repair, Trips, minimal_repairs
from planning.travel.request import TravelRequest
from solvers.explanation import minimal_conflict, minimal_hitting_sets
from solvers.milp import MilpSolver
from solvers.result import Status

MAX_FOUND = 100


@dataclass(frozen=True, slots=True)
class Conflict:
    """A minimal set of constraints that contradict each other: their names, and the traveller's words."""

    constraints: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The minimal conflicts, the smallest first, and the minimal repairs, the cheapest trip first.

    A conflict without constraints means that no trip exists whatever wish is given up: the tables do not offer one
    between these cities on these days. `complete` is False where there may be more of either, because the time limit
    struck or there are too many. What is there is proven all the same: every conflict has no trip, and has one without
    any one of its members; every repair has a trip, at this least cost.
    """

    conflicts: tuple[Conflict, ...]
    repairs: tuple[Repair, ...]
    complete: bool


def explain(
    request: TravelRequest,
    profile: Profile,
    inventory: Inventory,
    solver: MilpSolver,
    time_limit_s: float,
    *,
    max_found: int = MAX_FOUND,
) -> Explanation:
    """Return which constraints of an infeasible request contradict each other, and what would help.

    `time_limit_s` holds for all of it together, `max_found` for the repairs and for the conflicts.
    """
    deadline = time.perf_counter() + time_limit_s
    trips = Trips(Terms(request, profile), constraints_of(request, profile), inventory, solver, deadline)
    repairs, are_all_repairs = minimal_repairs(trips, max_found)
    conflicts, are_all_conflicts = _conflicts(trips, repairs, are_all_repairs, max_found)
    return Explanation(conflicts, repairs, are_all_conflicts)


def _conflicts(trips: Trips, repairs: Sequence[Repair], are_all: bool, limit: int) -> tuple[tuple[Conflict, ...], bool]:
    """Return the minimal conflicts that the repairs tell of, each verified both ways, and whether these are all.

    That a conflict has no trip is proven by planning with nothing else. Without any one of its members it contains
    nothing of some repair, whose trip shows that the rest can be had.
    """
    found = [frozenset(repair.constraints) for repair in repairs]
    sets, are_all_sets = minimal_hitting_sets(found, limit)
    proven = [names for names in sets if _is_needed(names, found) and _is_infeasible(trips, names)]
    all_proven = are_all and are_all_sets and len(proven) == len(sets)
    if not proven and not are_all:
        proven = _deletion_filtered(trips)
    return tuple(_conflict(trips.constraints, names) for names in proven), all_proven


def _deletion_filtered(trips: Trips) -> list[frozenset[str]]:
    """Return one minimal conflict, or none where a question was left open."""
    all_known = True

    def is_infeasible(kept: frozenset[str]) -> bool:
        nonlocal all_known
        status, _ = trips.cheapest_without(_without(trips, kept))
        all_known = all_known and status is not Status.UNKNOWN
        return status is Status.INFEASIBLE

    names = minimal_conflict([constraint.name for constraint in trips.constraints], is_infeasible)
    return [frozenset(names)] if all_known else []


def _is_needed(names: frozenset[str], repairs: Sequence[frozenset[str]]) -> bool:
    """Tell whether each member of a conflict is all that some repair gives up of it."""
    return all(any(repair & names == {name} for repair in repairs) for name in names)


def _is_infeasible(trips: Trips, kept: frozenset[str]) -> bool:
    status, _ = trips.cheapest_without(_without(trips, kept))
    return status is Status.INFEASIBLE


def _without(trips: Trips, kept: frozenset[str]) -> frozenset[str]:
    return frozenset(constraint.name for constraint in trips.constraints) - kept


def _conflict(constraints: tuple[Constraint, ...], names: frozenset[str]) -> Conflict:
    chosen = [constraint for constraint in constraints if constraint.name in names]
    return Conflict(tuple(c.name for c in chosen), tuple(c.words for c in chosen))
