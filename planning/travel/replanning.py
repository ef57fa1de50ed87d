"""Re-planning: the least change to what is booked after something was lost, delayed or wished for anew.

What is given up is weighed (`Weights`); of the trips that give up least, the best one by the request's objective is
returned. Both are proven: the model is the one that trips are planned with, freed of nothing that is booked.
"""

import logging
import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from planning.travel.candidates import Candidates, Held, Past
from planning.travel.completion import complete
from planning.travel.decoding import decode
from planning.travel.encoding import Encoding, encode
from planning.travel.gathering import gather
from planning.travel.inventory import Inventory
from planning.travel.itinerary import Itinerary
from planning.travel.network import build_network
from planning.travel.profile import MEALS, PROFILES, Profile
from planning.travel.replanning_bookings import Booking, Weights, bookings_of, split
from planning.travel.replanning_changes import DisruptedInventory, Disruption, with_delays
from planning.travel.replanning_model import Kept, hint_of, keep_in, most_kept
from planning.travel.replanning_past import check_rest, gather_rest, has_begun, past_of
from planning.travel.replanning_repairs import Repair, what_helps
from planning.travel.request import TravelRequest
from planning.travel.solving import SOLVERS
from solvers.milp import AT_LEAST, AT_MOST, MilpSolver, Term, Values, solve_cbc
from solvers.registry import lookup
from solvers.result import Result, Status, Verdict

WEIGHTS = Weights()
CBC = "cbc"
FIRST_SLACK = 4
WIDER = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replan:
    """The answer to what happened to a trip.

    `before` is the itinerary as it was, with its delays; `kept` and `given_up` are its bookings that had not begun by
    `now`, and `change` is the weight of what is given up (None where there is no trip). `result` is about the change:
    its cost and its bound are minus the weight of what is kept. Where there is no trip, `conflict` are the wishes that
    contradict each other, and `repairs` what would help.
    """

    request: TravelRequest
    assumptions: tuple[str, ...]
    before: Itinerary
    disruption: Disruption
    now: datetime | None
    weights: Weights
    status: Status
    result: Result[Values]
    itinerary: Itinerary | None = None
    verdict: Verdict | None = None
    kept: tuple[Booking, ...] = ()
    given_up: tuple[Booking, ...] = ()
    change: int | None = None
    conflict: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


def replan(
    itinerary: Itinerary,
    request: TravelRequest,
    inventory: Inventory,
    disruption: Disruption,
    *,
    weights: Weights = WEIGHTS,
    keep: Sequence[Booking] = (),
    now: datetime | None = None,
    solver: str = "auto",
    time_limit_s: float = 10.0,
    with_repairs: bool = True,
) -> Replan:
    """Change an itinerary as little as possible so that it fits what happened, or prove that nothing does.

    Args:
        itinerary: What is booked, for the request as it was.
        request: What is asked for now.
        inventory: What could be booked before anything was lost or delayed.
        disruption: What happened (see `disruption_of`).
        weights: What it weighs to give up a booking.
        keep: Bookings that must be kept, unless they are lost or have begun.
        now: Local time where the traveller is; what has begun stays as it is. None: nothing has.
        solver: "auto", "cp-sat" or "cbc".
        time_limit_s: Wall seconds, for the trip, and again for the repairs.
        with_repairs: Say what would help where there is no trip.

    Raises:
        ValueError: An unknown solver, a name or currency that the inventory does not know, a trip that is over, or a
            loss, a delay or a change that comes too late.
    """
    if request.group:
        raise ValueError("a trip of several parties cannot be re-planned: plan it again with `twofold trip`")
    started = time.perf_counter()
    solve = lookup("solver", solver, SOLVERS)
    before = with_delays(itinerary, disruption.delayed)
    profile = PROFILES[itinerary.profile]
    completed, assumptions = complete(request, profile, inventory)
    past = None if now is None else past_of(before, completed, now)
    if past and past.legs:
        _refuse_what_is_too_late(itinerary, completed, past)
    bookings = tuple(b for b in bookings_of(before, weights) if not has_begun(before, b, now))
    required = tuple(b for b in bookings if b.record not in disruption.lost and b in _as_now(keep, disruption))
    task = Task(before, bookings, DisruptedInventory(inventory, disruption), past, solve, time_limit_s)
    result, encoding = task.least_change(completed, profile, required)
    solved = time.perf_counter()
    found = Replan(completed, assumptions, before, disruption, now, weights, result.status, result)
    if result.solution is not None:
        after = decode(encoding, result.solution, task.inventory)
        had = [*past.days, *([past.day] if past.day else [])] if past else []
        found = _checked(found, after, bookings, check_rest(after, completed, inventory, disruption, had))
    checked = time.perf_counter()
    if result.status is Status.INFEASIBLE and with_repairs:
        total = sum(booking.weight for booking in bookings)
        conflict, repairs = what_helps(
            task.least_change, completed, profile, required, total_weight=total, time_limit_s=time_limit_s
        )
        found = replace(found, conflict=conflict, repairs=repairs)
    seconds = {"solve": solved - started, "check": checked - solved, "explain": time.perf_counter() - checked}
    return replace(found, seconds=seconds)


def _as_now(bookings: Sequence[Booking], disruption: Disruption) -> list[Booking]:
    """Return bookings with the flights that are delayed as they are now."""
    late = disruption.delayed
    return [replace(b, day=late[b.record].day, record=late[b.record]) if b.record in late else b for b in bookings]


def _checked(found: Replan, after: Itinerary, bookings: Sequence[Booking], verdict: Verdict) -> Replan:
    """Return the answer with its itinerary; none leaves that the checker does not accept."""
    if not verdict.valid:
        _log.error("the rule checker refuses the solver's trip: %s", "; ".join(v.reason for v in verdict.violations))
        return replace(found, status=Status.UNKNOWN, verdict=verdict)
    kept, given_up = split(bookings, after)
    if found.result.cost != -sum(booking.weight for booking in kept):
        _log.error("the solver says that it keeps %s by weight, the trip does not", -(found.result.cost or 0))
        return replace(found, status=Status.UNKNOWN, verdict=verdict)
    change = sum(booking.weight for booking in given_up)
    return replace(found, itinerary=after, verdict=verdict, kept=kept, given_up=given_up, change=change)


def _refuse_what_is_too_late(itinerary: Itinerary, request: TravelRequest, past: Past) -> None:
    """Raise ValueError where a change would need another past."""
    if itinerary.num_people != request.num_people:
        people = f"{itinerary.num_people} people: it cannot go on for {request.num_people}"
        raise ValueError(f"the trip has begun for {people}")
    wish = request.destination
    for city, _, _ in past.stays:
        if city not in wish.cities and wish.num_cities == len(wish.cities):
            raise ValueError(f"the trip has come to {city} already: leave it among the destinations")


@dataclass(frozen=True, slots=True)
class Task:
    """What stays the same, whatever is asked for: the trip as it was, what can still be booked, what has happened."""

    before: Itinerary
    bookings: tuple[Booking, ...]
    inventory: Inventory
    past: Past | None
    solver: MilpSolver
    time_limit_s: float

    def least_change(
        self, request: TravelRequest, profile: Profile, keep: Sequence[Booking]
    ) -> tuple[Result[Values], Encoding]:
        """Return the trip that keeps most of the bookings, and of those the best one, as values of an encoding."""
        held = held_by(self.before, request)
        if self.past is None:
            candidates = gather(request, profile, self.inventory, held)
        else:
            candidates = gather_rest(request, profile, self.inventory, held, self.past)
        return solve_least_change(
            candidates, self.bookings, self.before, keep, solver=self.solver, time_limit_s=self.time_limit_s
        )


def held_by(itinerary: Itinerary, request: TravelRequest) -> Held:
    """Return what an itinerary has booked, and when its places were to be visited."""
    times: dict[Any, tuple[int, int]] = {}
    records: list[Any] = []
    for day in itinerary.days:
        number = (day.day - request.dates.earliest).days
        records += [item.record for item in (day.leg, day.night) if item]
        times |= {meal.record: (number, MEALS.index(meal.slot)) for meal in day.meals}
        times |= {visit.record: (number, part) for part, visit in enumerate(day.visits)}
    return Held(frozenset([*records, *times]), times)


def solve_least_change(
    candidates: Candidates,
    bookings: Sequence[Booking],
    before: Itinerary,
    keep: Sequence[Booking],
    *,
    solver: MilpSolver,
    time_limit_s: float,
) -> tuple[Result[Values], Encoding]:
    """Return the trip that keeps most of the bookings, by weight, and of those the best one, as values of an encoding.

    The result's cost and bound are minus what is kept. As in `solving.solve_trip`, stays and legs that no trip within
    a limit passes through are left out, and the limit is proven wide enough.
    """
    deadline = time.perf_counter() + time_limit_s
    network = build_network(candidates, time_limit_s, most_kept(candidates, bookings))
    reachable = network.within(sys.float_info.max)
    limit, least = network.bound + FIRST_SLACK, None
    while True:
        # Whatever no trip passes through has an infinite bound.
        part = network.within(min(limit, sys.float_info.max))
        is_whole = (len(part.stays), len(part.legs)) == (len(reachable.stays), len(reachable.legs))
        encoding = encode(candidates, part)
        kept = keep_in(encoding, bookings)
        change = [(variable, -weight) for one in kept for variable, weight in one.terms]
        _require(encoding, kept, keep)
        if least is not None:
            encoding.model.add("change_found", change, AT_MOST, least)
        goals = _goals(encoding, change, in_one=solver is not solve_cbc)
        result = _minimised(encoding, goals[0], solver, deadline, hint_of(encoding, before) if least is None else None)
        found = None if result.solution is None else sum(c * result.solution[v.name] for v, c in change)
        if result.status is Status.INFEASIBLE and not is_whole:
            limit = network.bound + max(1.0, limit - network.bound) * WIDER
        elif result.status is Status.OPTIMAL and not is_whole and found is not None and found > limit:
            limit = least = found
        else:
            break
    for goal, before_it in zip(goals[1:], goals, strict=False):
        result = _best_among(encoding, goal, before_it, result, solver=solver, deadline=deadline)
    if found is None:
        return replace(result, bound=None), encoding
    bound = found if result.status is Status.OPTIMAL else math.floor(network.bound)
    # The two goals in one are too much for a solver in floating point: what it calls optimal is not proven.
    is_proven = result.status is Status.OPTIMAL and (result.solver != CBC or solver is solve_cbc)
    return replace(result, status=Status.OPTIMAL if is_proven else Status.FEASIBLE, cost=found, bound=bound), encoding


def _require(encoding: Encoding, kept: Iterable[Kept], keep: Sequence[Booking]) -> None:
    """Keep what has to be kept."""
    for number, one in enumerate(kept):
        if one.booking in keep:
            encoding.model.add(f"must_keep_{number}", [(v, 1) for v in one.variables], AT_LEAST, 1)


def _goals(encoding: Encoding, change: list[Term], *, in_one: bool) -> list[list[Term]]:
    """Return what is minimised, one thing after the other: the change, the objective, and among its ties the cost."""
    weights = encoding.candidates.request.objective
    most_score = 1 + sum(abs(coefficient) for _, coefficient in encoding.score)
    first = [*((variable, most_score * weight) for variable, weight in change), *encoding.score]
    goals = [first] if in_one else [change, encoding.score]
    return goals if weights.rating == weights.travel_time == 0 else [*goals, encoding.cost]


def _minimised(
    encoding: Encoding, goal: list[Term], solver: MilpSolver, deadline: float, hint: Mapping[str, int] | None
) -> Result[Values]:
    encoding.model.minimise(goal)
    result = solver(encoding.model, time_limit_s=max(0.1, deadline - time.perf_counter()), hint=hint)
    if result.status is Status.UNKNOWN and hint:
        # CBC breaks down on some hints.
        result = solver(encoding.model, time_limit_s=max(0.1, deadline - time.perf_counter()))
    return result


def _best_among(
    encoding: Encoding,
    goal: list[Term],
    before_it: list[Term],
    first: Result[Values],
    *,
    solver: MilpSolver,
    deadline: float,
) -> Result[Values]:
    """Of the best by one goal, take the best by the next; the row that keeps the first is added to the model."""
    if first.status is not Status.OPTIMAL or first.cost is None:
        return first
    encoding.model.add(f"best_{encoding.model.num_rows}", before_it, AT_MOST, first.cost)
    result = _minimised(encoding, goal, solver, deadline, first.solution)
    if result.status is Status.OPTIMAL:
        return result
    return replace(first, status=Status.FEASIBLE, solution=result.solution or first.solution)
