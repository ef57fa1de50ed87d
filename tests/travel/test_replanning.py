"""The least change to what is booked: equal to brute force on tiny trips, and what must hold of every answer."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from planning.travel import replanning
from planning.travel.completion import complete
from planning.travel.decoding import decode
from planning.travel.inventory import Flight
from planning.travel.itinerary import Itinerary
from planning.travel.replanning import replan
from planning.travel.replanning_bookings import Booking, Weights, bookings_of
from planning.travel.replanning_changes import DisruptedInventory, Disruption, later, with_delays
from planning.travel.replanning_past import has_begun
from planning.travel.request import Objective, TravelRequest
from planning.travel.rules import check_rules
from solvers.result import Status
from tests.travel.brute_force import BruteForce, brute_force
from tests.travel.tiny_world import Case, tiny_case

WEIGHTS = Weights()


def disrupted(case: Case, itinerary: Itinerary) -> tuple[TravelRequest, Disruption]:
    """Lose up to three bookings, delay a flight now and then, and change a wish now and then."""
    rng = Random(case.seed)
    bookings = bookings_of(itinerary, WEIGHTS)
    records = list(dict.fromkeys(booking.record for booking in bookings))
    flights = [record for record in records if isinstance(record, Flight)]
    lost = frozenset(rng.sample(records, min(len(records), rng.choice((0, 1, 1, 2, 3)))))
    late = rng.sample(flights, min(len(flights), rng.choice((0, 0, 1)))) if flights else []
    delays = {flight: later(flight, rng.choice((30, 200, 700))) for flight in late if flight not in lost}
    changes: dict[str, Any] = rng.choice(
        (
            {},
            {},
            {"adults": case.request.adults + 1},
            {"budget_cents": max(1, itinerary.cost_cents + rng.choice((-50_00, 0, 50_00)))},
            {"objective": Objective(cost=0, rating=1)},
            {"pace": "relaxed"},
        )
    )
    return case.request.model_copy(update=changes), Disruption(lost, delays)


def held_in(bookings: tuple[Booking, ...], request: TravelRequest) -> dict[tuple[Any, ...], int]:
    """Return the bookings as the oracle knows them."""
    held: dict[tuple[Any, ...], int] = {}
    for booking in bookings:
        day = (booking.day - request.dates.earliest).days
        if booking.kind == "hotel":
            held["night", day, booking.record] = booking.weight
        elif booking.kind == "restaurant":
            held["meal", booking.record] = booking.weight
        elif booking.kind == "attraction":
            held["visit", booking.record] = booking.weight
        else:
            held["leg", day, booking.kind, booking.record] = booking.weight
    return held


def planned(seed: int) -> tuple[Case, Itinerary] | None:
    case = tiny_case(seed)
    try:
        case = replace(case, request=complete(case.request, case.profile, case.inventory)[0])
    except ValueError:
        # The region or a must-see is in no city of this world.
        return None
    itinerary = brute_force(case.request, case.profile, case.inventory)
    return None if itinerary is None else (case, itinerary)


@pytest.mark.parametrize("seed", range(80))
def test_the_least_change_is_that_of_brute_force(seed: int) -> None:
    """Of the trips that give up least, the best one: nothing else is left to compare."""
    agree_on(seed, "cp-sat")


@pytest.mark.parametrize("seed", range(40))
def test_a_first_limit_that_is_too_narrow_is_widened(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replanning, "FIRST_SLACK", 0)
    agree_on(seed, "cp-sat")


@pytest.mark.slow
@pytest.mark.parametrize("block", range(30))
def test_they_agree_on_many_more(block: int) -> None:
    for seed in range(5000 + 100 * block, 5100 + 100 * block):
        agree_on(seed, "cp-sat")


def agree_on(seed: int, solver: str) -> None:
    start = planned(seed)
    if start is None:
        return
    case, itinerary = start
    request, disruption = disrupted(case, itinerary)
    found = replan(itinerary, request, case.inventory, disruption, solver=solver)
    bookings = bookings_of(with_delays(itinerary, disruption.delayed), WEIGHTS)
    now = DisruptedInventory(case.inventory, disruption)
    best = BruteForce(found.request, case.profile, now, held_in(bookings, found.request)).best()
    if best is None:
        assert (found.status, found.itinerary) == (Status.INFEASIBLE, None), f"seed {seed}"
        return
    assert found.status is Status.OPTIMAL, f"seed {seed}: {found.verdict}"
    assert found.itinerary is not None
    change = sum(b.weight for b in bookings) - kept_weight(best, bookings)
    assert (found.change, found.itinerary.objective, found.itinerary.cost_cents) == (
        change,
        best.objective,
        best.cost_cents,
    ), f"seed {seed}"
    assert kept_weight(found.itinerary, bookings) == sum(booking.weight for booking in found.kept), f"seed {seed}"
    verdict = check_rules(found.itinerary, found.request, now)
    assert (verdict.violations, verdict.cost) == ((), found.itinerary.cost_cents), f"seed {seed}"


def kept_weight(itinerary: Itinerary, bookings: tuple[Booking, ...]) -> int:
    """Weigh what an itinerary has of some bookings, read off its days."""
    has: set[Any] = set()
    away = ""
    for day in itinerary.days:
        before, away = away, day.city or "aboard"
        has |= {("restaurant", meal.record) for meal in day.meals}
        if day.leg is None and before != "aboard":
            has |= {("attraction", visit.record) for visit in day.visits}
        if day.night:
            has.add(("hotel", day.day, day.night.record))
        if day.leg:
            has.add((day.leg.mode, day.day, day.leg.record))
    anytime = ("restaurant", "attraction")
    return sum(
        b.weight for b in bookings if ((b.kind, b.record) if b.kind in anytime else (b.kind, b.day, b.record)) in has
    )


# What must hold


def moments(itinerary: Itinerary) -> list[datetime]:
    """Return some times before and within a trip, until its last leg departs."""
    last = max(day.day for day in itinerary.days if day.leg)
    hours = (timedelta(hours=3), timedelta(hours=9, minutes=30), timedelta(hours=13), timedelta(hours=21))
    days = [itinerary.days[0].day - timedelta(1), *(day.day for day in itinerary.days)]
    found = [datetime.combine(day, time()) + hour for day in days for hour in hours]
    leg = next(day.leg for day in itinerary.days if day.leg and day.day == last)
    leaves = 0 if leg.leave_min is None else leg.depart_min
    return [now for now in found if now < datetime.combine(last, time()) + timedelta(minutes=leaves or 0)]


@pytest.mark.parametrize("seed", range(25))
def test_nothing_changes_where_nothing_happened(seed: int) -> None:
    """Whatever the time is: the trip is the best one, and the rest of it is the best rest."""
    start = planned(seed)
    if start is None:
        return
    case, itinerary = start
    for now in Random(seed).sample([None, *moments(itinerary)], 4):
        found = replan(itinerary, case.request, case.inventory, Disruption(), now=now)
        assert found.status is Status.OPTIMAL, f"seed {seed}, {now}: {found.verdict}"
        assert found.itinerary is not None
        assert (found.change, found.given_up) == (0, ()), f"seed {seed}, {now}"
        assert found.itinerary.objective <= itinerary.objective, f"seed {seed}, {now}"


@pytest.mark.parametrize("seed", range(30))
def test_what_has_happened_stays(seed: int) -> None:
    """Lose what is still to come: the days that are over are as they were, and nothing lost is used afterwards."""
    start = planned(seed)
    if start is None:
        return
    case, itinerary = start
    rng = Random(seed)
    for now in rng.sample(moments(itinerary), min(2, len(moments(itinerary)))):
        bookings = [b for b in bookings_of(itinerary, WEIGHTS) if not has_begun(itinerary, b, now)]
        lost = frozenset(b.record for b in rng.sample(bookings, min(2, len(bookings))))
        found = replan(itinerary, case.request, case.inventory, Disruption(lost), now=now)
        assert found.status in (Status.OPTIMAL, Status.INFEASIBLE), f"seed {seed}, {now}: {found.verdict}"
        if found.itinerary is None:
            continue
        assert found.given_up, f"seed {seed}, {now}"
        began = any(
            has_begun(itinerary, b, now) and b.kind not in ("restaurant", "attraction", "hotel")
            for b in bookings_of(itinerary, WEIGHTS)
        )
        over = [day for day in itinerary.days if day.day < now.date()] if began else []
        assert list(found.itinerary.days[: len(over)]) == over, f"seed {seed}, {now}"
        today = next((day for day in found.itinerary.days if day.day == now.date()), None)
        was = next((day for day in itinerary.days if day.day == now.date()), None)
        known = (*was.meals, *was.visits) if was else ()
        items: list[Any] = [*today.meals, *today.visits] if today and began else []
        for item in items:
            started = item.start_min is not None and item.start_min < 60 * now.hour + now.minute
            assert not started or item in known, f"seed {seed}, {now}: {item.record.name}"
        for booking in bookings_of(found.itinerary, WEIGHTS):
            assert booking.record not in lost or booking.day < now.date(), f"seed {seed}, {now}: {booking.name}"


@pytest.mark.parametrize("seed", range(12))
def test_what_must_be_kept_is_kept(seed: int) -> None:
    """Keeping more can only cost more, and what was kept anyway costs nothing to keep."""
    start = planned(seed)
    if start is None:
        return
    case, itinerary = start
    request, disruption = disrupted(case, itinerary)
    soft = replan(itinerary, request, case.inventory, disruption, with_repairs=False)
    hard = replan(itinerary, request, case.inventory, disruption, keep=soft.kept, with_repairs=False)
    assert (hard.status, hard.change) == (soft.status, soft.change)
    for booking in soft.given_up:
        if booking.record in disruption.lost:
            continue
        forced = replan(itinerary, request, case.inventory, disruption, keep=[booking], with_repairs=False)
        assert forced.change is None or (forced.change >= (soft.change or 0) and booking in forced.kept)


@pytest.mark.parametrize("seed", range(8))
def test_every_repair_helps(seed: int) -> None:
    """Without the named wishes there is a trip, and it gives up and costs what is said."""
    start = planned(seed)
    if start is None:
        return
    case, itinerary = start
    request = case.request.model_copy(update={"budget_cents": max(1, itinerary.cost_cents - 1)})
    found = replan(itinerary, request, case.inventory, Disruption(), keep=bookings_of(itinerary, WEIGHTS))
    if found.status is not Status.INFEASIBLE:
        return
    assert found.conflict
    for repair in found.repairs:
        if len(repair.constraints) == 1 and repair.constraints[0].startswith("a budget"):
            again = replan(itinerary, case.request, case.inventory, Disruption(), keep=bookings_of(itinerary, WEIGHTS))
            assert (again.change, repair.change, repair.cost_cents) == (0, 0, itinerary.cost_cents)


def test_a_trip_that_is_over_is_not_planned_again() -> None:
    case, itinerary = next(filter(None, map(planned, range(99))))
    with pytest.raises(ValueError, match="nothing is left to plan"):
        replan(itinerary, case.request, case.inventory, Disruption(), now=datetime.fromisoformat("2030-01-01"))


def test_a_refused_trip_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    case, itinerary = next(filter(None, map(planned, range(99))))
    monkeypatch.setattr(replanning, "decode", lambda *args: replace(decode(*args), cost_cents=1))
    found = replan(itinerary, case.request, case.inventory, Disruption())
    assert (found.status, found.itinerary) == (Status.UNKNOWN, None)
    assert found.verdict is not None
    assert not found.verdict.valid
