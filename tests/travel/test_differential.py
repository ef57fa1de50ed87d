"""CP-SAT = CBC = brute force on tiny trips, with and without bounds, and the rule checker finds the same in each.

A failing case is reproduced by `tiny_case(seed)`: the seed is the test's parameter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest

from planning.travel.decoding import decode
from planning.travel.gathering import gather
from planning.travel.inventory import Attraction, Hotel, Restaurant
from planning.travel.itinerary import Itinerary
from planning.travel.replay import recomputed_objective
from planning.travel.request import Objective, TravelRequest
from planning.travel.rules import check_rules
from planning.travel.solving import solve_trip
from solvers.milp import MILP_SOLVERS
from solvers.result import Status
from tests.travel.brute_force import brute_force
from tests.travel.tiny_world import Case, TinyInventory, near, tiny_case

WAYS = (("cp-sat", True), ("cbc", True), ("cp-sat", False), ("cbc", False))


@pytest.mark.parametrize("seed", range(340))
def test_solvers_and_brute_force_agree(seed: int) -> None:
    agree_on(tiny_case(seed), WAYS[:3])


@pytest.mark.parametrize("seed", range(340))
def test_they_agree_near_the_budget(seed: int) -> None:
    case = tiny_case(seed, num_wishes=seed % 2)
    if (tight := with_budget(case)) is not None:
        agree_on(tight, (WAYS[0], WAYS[3]))


@pytest.mark.parametrize("seed", [739, 911, 1045])
def test_cbc_answers_where_it_breaks_down_without_preprocessing(seed: int) -> None:
    """These have no trip; CBC 2.10.3 says so, and crashes when it is asked once more with `preprocess off`."""
    agree_on(tiny_case(seed), (WAYS[1],))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(50))
def test_they_agree_on_many_more(block: int) -> None:
    for seed in range(1000 + 100 * block, 1100 + 100 * block):
        case = tiny_case(seed)
        agree_on(case, WAYS)
        if (tight := with_budget(case)) is not None:
            agree_on(tight, WAYS)


def with_budget(case: Case) -> Case | None:
    """Return the case with a budget at which money matters, or None where there is no trip at any price."""
    best = brute_force(case.request, case.profile, case.inventory)
    if best is None:
        return None
    thrifty = case.request.model_copy(update={"objective": Objective()})
    cheapest = brute_force(thrifty, case.profile, case.inventory)
    assert cheapest is not None
    return replace(case, request=near(case.request, Random(case.seed), cheapest.cost_cents, best.cost_cents))


def agree_on(case: Case, ways: tuple[tuple[str, bool], ...]) -> None:
    request, inventory, where = case.request, case.inventory, f"seed {case.seed}"
    best = brute_force(request, case.profile, inventory)
    if best is not None:
        assert_stands(best, request, inventory, f"{where}, brute force")
    candidates = gather(request, case.profile, inventory)
    for name, bounded in ways:
        what = f"{where}, {name}, {'bounded' if bounded else 'whole'}"
        result, encoding = solve_trip(candidates, MILP_SOLVERS[name], 30.0, bounded=bounded)
        if best is None:
            assert result.status is Status.INFEASIBLE, what
            continue
        assert result.status is Status.OPTIMAL, what
        assert (result.cost, result.bound) == (best.objective, best.objective), what
        assert result.solution is not None
        itinerary = decode(encoding, result.solution, inventory)
        assert_stands(itinerary, request, inventory, what)
        assert (itinerary.objective, itinerary.cost_cents) == (best.objective, best.cost_cents), what


def assert_stands(itinerary: Itinerary, request: TravelRequest, inventory: TinyInventory, what: str) -> None:
    """Check that the rule checker accepts an itinerary and finds the cost and the objective that it claims."""
    verdict = check_rules(itinerary, request, inventory)
    assert not verdict.violations, what
    assert verdict.cost == itinerary.cost_cents, what
    assert recomputed_objective(itinerary, request) == itinerary.objective, what
    paid = 0
    for day in itinerary.days:
        paid += sum(meal.cost_cents for meal in day.meals) + sum(visit.cost_cents for visit in day.visits)
        paid += (day.leg.cost_cents if day.leg else 0) + (day.night.cost_cents if day.night else 0)
    assert paid == itinerary.cost_cents, what


@pytest.mark.parametrize("seed", range(80))
def test_no_single_change_that_the_rules_allow_is_better(seed: int) -> None:
    """Needs no second planner: whatever one change of the best trip the checker accepts, it is not a better trip."""
    case = tiny_case(seed)
    result, encoding = solve_trip(gather(case.request, case.profile, case.inventory), MILP_SOLVERS["cp-sat"], 30.0)
    if result.solution is None:
        return
    best = decode(encoding, result.solution, case.inventory)
    for other in neighbours(best, case.inventory):
        if check_rules(other, case.request, case.inventory).valid and are_exact(other, case):
            assert recomputed_objective(other, case.request) >= best.objective, f"seed {seed}: {other}"


def neighbours(itinerary: Itinerary, inventory: TinyInventory) -> Iterator[Itinerary]:
    """Yield the itineraries with another restaurant, attraction or hotel in one place, or without one visit."""
    for number, day in enumerate(itinerary.days):
        for i, meal in enumerate(day.meals):
            for table in inventory.restaurants(meal.record.city):
                meals = (*day.meals[:i], replace(meal, record=table), *day.meals[i + 1 :])
                yield _with_day(itinerary, number, meals=meals)
        for i, visit in enumerate(day.visits):
            for sight in inventory.attractions(visit.record.city):
                visits = (*day.visits[:i], replace(visit, record=sight), *day.visits[i + 1 :])
                yield _with_day(itinerary, number, visits=visits)
            yield _with_day(itinerary, number, visits=(*day.visits[:i], *day.visits[i + 1 :]))
    for old in dict.fromkeys(day.night.record for day in itinerary.days if day.night):
        for new in inventory.hotels(old.city):
            moved = [
                replace(day, night=replace(day.night, record=new)) if day.night and day.night.record == old else day
                for day in itinerary.days
            ]
            yield replace(itinerary, days=tuple(moved))


def are_exact(itinerary: Itinerary, case: Case) -> bool:
    """Tell whether no place's name is part of another's of its city, where the profile leaves out those that are."""
    if not case.profile.exact_names:
        return True
    inventory = case.inventory
    places: list[tuple[str, Sequence[Restaurant | Hotel | Attraction]]] = []
    for day in itinerary.days:
        places += [(meal.record.name, inventory.restaurants(meal.record.city)) for meal in day.meals]
        places += [(visit.record.name, inventory.attractions(visit.record.city)) for visit in day.visits]
        places += [(day.night.record.name, inventory.hotels(day.night.record.city))] if day.night else []
    return all(sum(name in row.name for row in rows) == 1 for name, rows in places)


def _with_day(itinerary: Itinerary, number: int, **changes: object) -> Itinerary:
    day = replace(itinerary.days[number], **changes)  # type: ignore[arg-type]  # the fields of one kind of day
    return replace(itinerary, days=(*itinerary.days[:number], day, *itinerary.days[number + 1 :]))


def test_the_cases_cover_what_they_are_for() -> None:
    """Of the random trips, enough have an answer, and all that is tricky occurs in the answers."""
    trips = [(case, brute_force(case.request, case.profile, case.inventory)) for case in map(tiny_case, range(340))]
    found = [(case, trip) for case, trip in trips if trip is not None]
    assert 100 < len(found) < 240
    assert {case.request.destination.num_cities for case, _ in found} == {1, 2, 3}
    assert {case.profile.name for case, _ in found} == {"realistic", "travelplanner"}
    assert sum(not case.request.dates.exact for case, _ in found) > 30
    assert sum(trip.days[0].city is None for _, trip in found) > 5
    assert sum(trip.days[-2].city is None for _, trip in found) > 3
    assert sum(trip.days[0].day > case.request.dates.earliest for case, trip in found) > 10
    modes = [{day.leg.mode for day in trip.days if day.leg} for _, trip in found]
    assert modes.count({"self-driving"}) > 5
    assert sum("taxi" in used and "flight" in used for used in modes) > 5
    assert sum(has_shared_names(case.inventory.restaurant_rows) for case, _ in found) > 20


def has_shared_names(rows: tuple[Restaurant, ...]) -> bool:
    return len({(row.name, row.city) for row in rows}) < len(rows)
