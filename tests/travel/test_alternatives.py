"""Alternatives come in the order of what counts, differ by what they are said to, and none is better: brute force."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product

import pytest

from planning.travel.alternatives import MEASURES, Choices, find_alternatives
from planning.travel.profile import REALISTIC
from planning.travel.rules import check_rules
from solvers.milp import solve_cpsat
from tests.travel.brute_force import BruteForce, Moves, brute_force, stops_of
from tests.travel.test_explanation import DAY, world
from tests.travel.tiny_world import HOME, Case, hotel, request, route, tiny_case

Choice = tuple[object, ...]
ALL = 10_000


def least_scores(case: Case, measure: str) -> list[int]:
    """Return, in order, the least objective of the trips of each different choice, by trying all trips."""
    least: dict[Choice, int] = {}
    for tried, hotels in worlds(case, measure):
        for moves in tried.routes():
            priced = tried.priced(moves)
            if priced:
                choice = choice_of(moves, hotels, measure)
                least[choice] = min(priced.score, least.get(choice, priced.score))
    return sorted(least.values())


def worlds(case: Case, measure: str) -> list[tuple[BruteForce, dict[str, str]]]:
    """Return the world, or one for each choice of one hotel a city where it is hotels that make the difference."""
    inventory, everything = case.inventory, BruteForce(case.request, case.profile, case.inventory)
    if measure not in ("hotels", "any"):
        return [(everything, {})]
    cities = [row.name for row in inventory.city_rows if row.name != HOME]
    found = []
    for rows in product(*(everything.named(inventory.hotels(city)) for city in cities)):
        only = replace(inventory, hotel_rows=rows)
        found.append((BruteForce(case.request, case.profile, only), {row.city: row.name for row in rows}))
    return found


def choice_of(moves: Moves, hotels: dict[str, str], measure: str) -> Choice:
    stops = stops_of(moves)
    choices: dict[str, Choice] = {
        "cities": tuple(stop.city for stop in stops),
        "hotels": tuple(sorted((stop.city, hotels.get(stop.city, "")) for stop in stops)),
        "transport": tuple((move.leg.mode, move.leg.record) for _, move in moves),
        "days": tuple((stop.start, stop.end) for stop in stops),
    }
    return tuple(choices.values()) if measure == "any" else choices[measure]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("seed", [1, 2, 4, 6, 7, 9, 10, 12])
def test_each_is_the_best_that_brute_force_finds(seed: int, measure: str) -> None:
    case = tiny_case(seed)
    expected = least_scores(case, measure)
    found = find_alternatives(
        case.request, case.profile, case.inventory, solve_cpsat, 5, measure=measure, time_limit_s=60
    )
    assert [plan.itinerary.objective for plan in found.plans] == expected[:5]
    assert found.complete
    assert found.are_all == (len(expected) < 5)
    assert all(plan.is_proven for plan in found.plans)
    for plan in found.plans:
        assert check_rules(plan.itinerary, case.request, case.inventory).valid
    seen = [chosen(plan.choices, measure) for plan in found.plans]
    assert len(set(seen)) == len(seen)


def chosen(choices: Choices, measure: str) -> Choice:
    parts: dict[str, Choice] = {
        "cities": tuple(stay.city for stay in choices.stays),
        "hotels": tuple(sorted((row.city, row.name) for row in choices.hotels)),
        "transport": choices.ways,
        "days": tuple((stay.start, stay.end) for stay in choices.stays),
    }
    return tuple(parts.values()) if measure == "any" else parts[measure]


@pytest.mark.parametrize("seed", range(25))
def test_the_first_one_is_the_best_of_all_and_costs_never_fall(seed: int) -> None:
    case = tiny_case(seed)
    best = brute_force(case.request, case.profile, case.inventory)
    found = find_alternatives(case.request, case.profile, case.inventory, solve_cpsat, 4, best=best, time_limit_s=60)
    assert (best is None) == (found.plans == ())
    if best:
        assert found.plans[0].itinerary == best
        assert all(a.itinerary.objective <= b.itinerary.objective for a, b in pairwise(found.plans))


def test_a_hotel_that_no_plan_would_take_is_an_alternative_all_the_same() -> None:
    """The second inn is dearer and worse: left out of every other model, and the second best choice here."""
    rows = (hotel("Inn", "A", 80_00), hotel("Worse", "A", 90_00, rating=2.0), hotel("Palace", "A", 200_00, rating=2.0))
    found = find_alternatives(request(), REALISTIC, world(hotel_rows=rows), solve_cpsat, 5, measure="hotels")
    assert [plan.choices.hotels[0].name for plan in found.plans] == ["Inn", "Worse", "Palace"]
    assert [plan.itinerary.cost_cents for plan in found.plans] == [460_00, 480_00, 700_00]
    assert found.are_all


def test_a_road_is_another_way_than_a_flight() -> None:
    inventory = world(route_rows=(route(HOME, "A", 100, 60), route("A", HOME, 100, 60)))
    found = find_alternatives(request(), REALISTIC, inventory, solve_cpsat, 9, measure="transport")
    modes = [tuple(mode for mode, _ in plan.choices.ways) for plan in found.plans]
    assert modes[0] == ("self-driving", "self-driving")
    assert set(modes) == {("self-driving", "self-driving"), *product(("taxi", "flight"), repeat=2)}


def test_days_of_a_window_are_other_days() -> None:
    dates = {"earliest": DAY, "latest": DAY + timedelta(days=3), "num_days": 3}
    found = find_alternatives(request(dates=dates), REALISTIC, world(), solve_cpsat, 9, measure="days")
    assert [plan.choices.stays[0].start for plan in found.plans] in ([0, 1], [1, 0])
    assert found.are_all


# Bad input


@pytest.mark.parametrize("count", [0, -1])
def test_no_alternatives_cannot_be_asked_for(count: int) -> None:
    with pytest.raises(ValueError, match="ask for one or more"):
        find_alternatives(request(), REALISTIC, world(), solve_cpsat, count)


def test_an_unknown_measure_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"unknown measure 'hotel'\. Did you mean 'hotels'"):
        find_alternatives(request(), REALISTIC, world(), solve_cpsat, 2, measure="hotel")


def test_an_infeasible_request_has_none_and_that_is_all() -> None:
    found = find_alternatives(request(budget_cents=1), REALISTIC, world(), solve_cpsat, 2)
    assert (found.plans, found.are_all, found.complete) == ((), True, True)


def test_without_time_what_was_found_is_said() -> None:
    best = find_alternatives(request(), REALISTIC, world(), solve_cpsat, 1).plans[0].itinerary
    found = find_alternatives(request(), REALISTIC, world(), solve_cpsat, 3, best=best, time_limit_s=1e-9)
    assert [plan.itinerary for plan in found.plans] == [best]
    assert (found.are_all, found.complete) == (False, False)
