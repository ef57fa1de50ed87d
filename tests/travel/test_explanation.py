"""A conflict contradicts itself and nothing less does; each repair is what it costs. Brute force has the last word."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest

from planning.travel.conflicts import Terms, constraints_of
from planning.travel.explanation import Conflict, Explanation, explain
from planning.travel.itinerary import Itinerary
from planning.travel.profile import REALISTIC, TRAVELPLANNER, Profile
from planning.travel.repairs import Trips
from planning.travel.request import Objective, TravelRequest
from solvers.milp import Milp, solve_cpsat
from solvers.result import Result, Status
from tests.travel.brute_force import brute_force
from tests.travel.tiny_world import (
    HOME,
    Case,
    TinyInventory,
    attraction,
    city,
    flight,
    hotel,
    request,
    restaurant,
    route,
    tiny_case,
)

DAY = date(2027, 3, 10)


def without(request: TravelRequest, profile: Profile, names: set[str]) -> Terms:
    """Return the terms without some of their constraints, asking for the least cost."""
    terms = Terms(request.model_copy(update={"objective": Objective()}), profile)
    for constraint in constraints_of(request, profile):
        if constraint.name in names:
            terms = constraint.relax(terms)
    return terms


def least_cost(request: TravelRequest, profile: Profile, inventory: TinyInventory, dropped: set[str]) -> int | None:
    terms = without(request, profile, dropped)
    best = brute_force(terms.request, terms.profile, inventory)
    return None if best is None else best.cost_cents


def assert_all(explanation: Explanation, request: TravelRequest, profile: Profile, inventory: TinyInventory) -> None:
    """Hold an explanation against brute force over every subset of the constraints that can matter."""
    costs = costs_by_subset(request, profile, inventory)
    feasible = {names for names, cost in costs.items() if cost is not None}
    everything = frozenset().union(*costs)
    repairs = {names: cost for names, cost in costs.items() if cost is not None and is_least(names, feasible)}
    conflicts = {everything - given_up for given_up in costs if given_up not in feasible}
    assert explanation.complete
    assert {frozenset(repair.constraints): repair.cost_cents for repair in explanation.repairs} == repairs
    found = [frozenset(conflict.constraints) for conflict in explanation.conflicts]
    assert set(found) == {names for names in conflicts if is_least(names, conflicts)}
    assert len(found) == len(set(found))
    prices = [repair.cost_cents for repair in explanation.repairs]
    assert prices == sorted(prices)


def costs_by_subset(
    request: TravelRequest, profile: Profile, inventory: TinyInventory
) -> dict[frozenset[str], int | None]:
    """Return the least cost without each subset of the constraints, but for those that change nothing at all.

    Without more constraints a trip costs no more: what is infeasible without a set is so without any part of it.
    """
    names = [constraint.name for constraint in constraints_of(request, profile)]
    costs: dict[frozenset[str], int | None] = {}
    for size in range(len(names), -1, -1):
        for given_up in map(frozenset, combinations(names, size)):
            larger = (costs[given_up | {name}] for name in names if name not in given_up)
            infeasible = any(cost is None for cost in larger)
            costs[given_up] = None if infeasible else least_cost(request, profile, inventory, set(given_up))
    return costs


def is_least(names: frozenset[str], sets: set[frozenset[str]]) -> bool:
    return not any(other < names for other in sets)


def infeasible_case(seed: int, num_wishes: int) -> Case | None:
    """Return a tiny case without a trip: as it comes, with some budget, or with half of what its best trip costs."""
    case = tiny_case(seed, num_wishes=num_wishes)
    best = brute_force(case.request, case.profile, case.inventory)
    budget = max(1, best.cost_cents // 2) if best else Random(seed).randrange(50_00, 500_00)
    if best is None and seed % 3 == 0:
        return case
    tight = replace(case, request=case.request.model_copy(update={"budget_cents": budget}))
    return tight if brute_force(tight.request, tight.profile, tight.inventory) is None else None


@pytest.mark.parametrize("seed", sorted({*range(30)} - {0, 10, 16, 24}))  # these take seconds each
def test_conflicts_and_repairs_are_all_that_brute_force_finds(seed: int) -> None:
    case = infeasible_case(seed, seed % 3)
    if case:
        explanation = explain(case.request, case.profile, case.inventory, solve_cpsat, 30.0)
        assert_all(explanation, case.request, case.profile, case.inventory)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_they_are_for_many_more(block: int) -> None:
    for seed in range(1000 + 20 * block, 1020 + 20 * block):
        case = infeasible_case(seed, 1 + seed % 3)
        if case:
            explanation = explain(case.request, case.profile, case.inventory, solve_cpsat, 30.0)
            assert_all(explanation, case.request, case.profile, case.inventory)


def test_the_random_requests_have_conflicts_worth_the_name() -> None:
    sizes, repairs = [], []
    for seed in range(18):
        case = infeasible_case(seed, 2 + seed % 3)
        if case:
            explanation = explain(case.request, case.profile, case.inventory, solve_cpsat, 30.0)
            sizes += [len(conflict.constraints) for conflict in explanation.conflicts]
            repairs += [len(repair.constraints) for repair in explanation.repairs]
    assert min(sizes.count(0), sizes.count(1), sum(size > 1 for size in sizes)) > 1
    assert min(repairs.count(1), repairs.count(2), sum(size > 2 for size in repairs)) > 1


# Examples


def world(**rows: Any) -> TinyInventory:
    full: dict[str, Any] = {
        "city_rows": (city(HOME), city("A")),
        "flight_rows": tuple(
            flight(a, b, DAY + timedelta(i), 540, 660) for i in range(4) for a, b in ((HOME, "A"), ("A", HOME))
        ),
        "hotel_rows": (hotel("Inn", "A", rating=3.0), hotel("Palace", "A", 200_00, rating=4.5)),
        "restaurant_rows": tuple(restaurant(f"Table {i}", "A") for i in range(9)),
        "attraction_rows": tuple(attraction(f"Sight {i}", "A") for i in range(4)),
    }
    return TinyInventory(**(full | rows))


def explained(inventory: TinyInventory, profile: Profile = REALISTIC, **fields: Any) -> Explanation:
    wish = request(**fields)
    explanation = explain(wish, profile, inventory, solve_cpsat, 30.0)
    assert_all(explanation, wish, profile, inventory)
    return explanation


def texts(explanation: Explanation) -> list[str]:
    return [repair.text for repair in explanation.repairs]


def test_a_budget_that_is_too_small_says_what_suffices() -> None:
    explanation = explained(
        world(),
        budget_cents=459_99,
        provenance={"budget_cents": {"source": "stated", "quotes": ["under 460 dollars"]}},
    )
    budget = Conflict(("a budget of $459.99",), ("a budget of $459.99 (“under 460 dollars”)",))
    assert explanation.conflicts == (budget,)
    assert texts(explanation) == ["a budget of $460 instead of $459.99 suffices"]
    assert explanation.repairs[0].bounds == {"a budget of $459.99": "a budget of $460"}


def test_a_budget_and_a_rating_contradict_each_other() -> None:
    explanation = explained(world(), budget_cents=500_00, lodging={"min_rating": 4.0})
    (conflict,) = explanation.conflicts
    assert set(conflict.constraints) == {"lodging rated 4.0 or better", "a budget of $500"}
    assert texts(explanation) == [
        "a rating of 3.0 instead of “lodging rated 4.0 or better” suffices; the trip then costs $460",
        "a budget of $700 instead of $500 suffices",
    ]


def test_departures_that_are_too_early_say_which_hour_would_do() -> None:
    rows = tuple(flight(a, b, DAY + timedelta(i), 330, 450) for i in range(4) for a, b in ((HOME, "A"), ("A", HOME)))
    explanation = explained(world(flight_rows=rows))
    assert explanation.conflicts[0].words == ("no departure before 06:00 (assumed)",)
    assert explanation.repairs[0].text.startswith("a departure at 05:30 instead of ")


def test_who_lands_in_the_small_hours_arrives_late_or_has_a_short_night() -> None:
    """Either assumption forbids it only together with the other one: to give up one of the two is enough."""
    rows = tuple(flight(a, b, DAY + timedelta(i), 1080, 1500) for i in range(4) for a, b in ((HOME, "A"), ("A", HOME)))
    dates = {"earliest": DAY, "latest": DAY + timedelta(days=3), "num_days": 4}
    explanation = explained(world(flight_rows=rows), dates=dates)
    assert {repair.constraints for repair in explanation.repairs} == {
        ("no night on a flight of less than 6 hours",),
        ("no arrival after 23:00",),
    }
    (conflict,) = explanation.conflicts
    assert conflict.constraints == ("no night on a flight of less than 6 hours", "no arrival after 23:00")


def test_where_the_tables_offer_nothing_no_wish_is_to_blame() -> None:
    explanation = explained(world(flight_rows=()), budget_cents=500_00, food={"cuisines": ["Thai"]})
    assert (explanation.conflicts, explanation.repairs) == ((Conflict((), ()),), ())


def test_two_conflicts_at_once_are_both_said_and_repaired_together() -> None:
    explanation = explained(world(), food={"cuisines": ["Thai"]}, lodging={"max_price_cents": 1})
    assert [c.constraints for c in explanation.conflicts] == [("Thai food",), ("at most $0.01 a night",)]
    assert texts(explanation) == [
        "without “Thai food”, and with 80.00 a night instead of “at most $0.01 a night”, there is a trip for $460"
    ]


@pytest.mark.parametrize(
    ("budget_cents", "given_up"), [(500_00, {"Thai food"}), (400_00, {"Thai food", "a budget of $400"})]
)
def test_the_budget_is_given_up_only_where_the_rest_does_not_fit_it(budget_cents: int, given_up: set[str]) -> None:
    explanation = explained(world(), food={"cuisines": ["Thai"]}, budget_cents=budget_cents)
    assert [set(repair.constraints) for repair in explanation.repairs] == [given_up]


def test_a_repair_of_many_constraints_names_them_all() -> None:
    explanation = explained(world(), food={"cuisines": ["Thai", "Greek"]}, transport={"forbidden_modes": ["flight"]})
    assert texts(explanation) == ["without “Thai food” and “Greek food” and “no flight” there is a trip for $460"]


def test_a_place_and_a_mode_of_one_name_are_two_constraints() -> None:
    inventory = world(
        hotel_rows=(hotel("taxi", "A"),),
        flight_rows=(),
        route_rows=(route(HOME, "A", 100, 60), route("A", HOME, 100, 60)),
    )
    no_car = {"forbidden_modes": ["taxi", "self-driving"]}
    explanation = explained(inventory, transport=no_car, places={"avoid": ["taxi"]})
    assert {repair.constraints for repair in explanation.repairs} == {
        ("no taxi", "no taxi (transport)"),
        ("no taxi", "no self-driving"),
    }


def test_giving_up_what_is_avoided_opens_it_again() -> None:
    """Two hotels, both avoided: either will do, the cheaper one first."""
    explanation = explained(world(), places={"avoid": ["Inn", "palace"]})
    assert [repair.constraints for repair in explanation.repairs] == [("no Inn",), ("no palace",)]
    assert [repair.cost_cents for repair in explanation.repairs] == [460_00, 700_00]


# What is not known


def test_of_many_repairs_no_more_than_the_limit_are_looked_for() -> None:
    avoided = ["Inn", "Palace"]
    wish = request(places={"avoid": avoided})
    explanation = explain(wish, REALISTIC, world(), solve_cpsat, 30.0, max_found=1)
    assert len(explanation.repairs) == 1
    assert not explanation.complete
    assert [set(conflict.constraints) for conflict in explanation.conflicts] == [{"no Inn", "no Palace"}]


def test_what_is_not_known_is_not_called_complete() -> None:
    def silent(model: Milp, **_: Any) -> Result[dict[str, int]]:
        return Result(Status.UNKNOWN, "silent")

    explanation = explain(request(budget_cents=1), REALISTIC, world(), silent, 1.0)
    assert explanation == Explanation((), (), complete=False)


def test_a_price_that_is_not_proven_is_not_given() -> None:
    def unproven(model: Milp, **options: Any) -> Result[dict[str, int]]:
        result = solve_cpsat(model, **options)
        return replace(result, status=Status.FEASIBLE, bound=0) if result.solution else result

    explanation = explain(request(budget_cents=1), REALISTIC, world(), unproven, 30.0)
    assert (explanation.repairs, explanation.complete) == ((), False)


def test_what_was_found_before_the_time_limit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The money alone is tried first; the clock stops after that."""
    tried: list[frozenset[str]] = []
    cheapest_without = Trips.cheapest_without

    def slow(self: Trips, given_up: frozenset[str]) -> tuple[Status, Itinerary | None]:
        tried.append(given_up)
        return cheapest_without(self, given_up) if len(tried) == 1 else (Status.UNKNOWN, None)

    monkeypatch.setattr(Trips, "cheapest_without", slow)
    wish = request(budget_cents=500_00, lodging={"min_rating": 4.0})
    explanation = explain(wish, REALISTIC, world(), solve_cpsat, 30.0)
    assert texts(explanation) == ["a budget of $700 instead of $500 suffices"]
    assert not explanation.complete


def test_a_pace_that_is_given_up_leaves_room_for_every_must_see() -> None:
    """Three tickets fit the packed day, but not the budget. Going slower is no help, and the budget is to blame."""
    tickets = tuple(attraction(f"Sight {i}", "A", 100_00) for i in range(3))
    free = tuple(attraction(f"Park {i}", "A") for i in range(3))
    wish = request(pace="packed", places={"must_see": ["Sight 0", "Sight 1", "Sight 2"]}, budget_cents=700_00)
    explanation = explain(wish, REALISTIC, world(attraction_rows=(*tickets, *free)), solve_cpsat, 30.0)
    assert "a budget of $760 instead of $700 suffices" in texts(explanation)
    assert "a packed pace" not in {name for repair in explanation.repairs for name in repair.constraints}


def test_a_pace_can_be_to_blame() -> None:
    """Two of the three attractions are closed on the only full day."""
    shut = tuple(attraction(f"Sight {i}", "A", closed_weekdays=(3,)) for i in range(2))
    explanation = explained(world(attraction_rows=(*shut, attraction("Park", "A"))), pace="packed")
    assert [repair.constraints for repair in explanation.repairs] == [("a packed pace",)]


def test_an_hour_that_is_given_up_still_allows_the_hour_that_was_asked_for() -> None:
    """Leaving at 12:30 takes five restaurants, all that there are; leaving at 9:00 takes six. The money is short."""
    explanation = explained(
        world(
            flight_rows=(),
            route_rows=(route(HOME, "A", 100, 60), route("A", HOME, 100, 60)),
            restaurant_rows=tuple(restaurant(f"Table {i}", "A") for i in range(5)),
        ),
        transport={"earliest_departure_min": 750},
        budget_cents=1,
    )
    assert [repair.constraints for repair in explanation.repairs] == [("a budget of $0.01",)]


@pytest.mark.parametrize("profile", [REALISTIC, TRAVELPLANNER])
def test_every_wish_can_be_given_up(profile: Profile) -> None:
    """Each constraint of a full request, relaxed, leaves a request that says less, and nothing else has changed."""
    full = request(
        budget_cents=1,
        lodging={"room_type": "private room", "house_rules": ["pets"], "min_rating": 4, "max_price_cents": 1},
        food={"cuisines": ["Thai", "Greek"], "avoid_cuisines": ["Fusion"]},
        transport={
            "forbidden_modes": ["taxi", "flight"],
            "earliest_departure_min": 600,
            "latest_arrival_min": 700,
            "max_stops": 0,
        },
        places={"must_see": ["Sight 0"], "avoid": ["Sight 1"]},
        pace="packed",
    )
    constraints = list(constraints_of(full, profile))
    names = [constraint.name for constraint in constraints]
    assert len(set(names)) == len(names) == (18 if profile.clock else 15)
    for constraint in constraints:
        relaxed = constraint.relax(Terms(full, profile))
        before, after = full.model_dump(), relaxed.request.model_dump()
        if constraint.path == "pace" or constraint.path.startswith("profile."):
            assert relaxed.profile != profile
            assert before == after
            continue
        group, _, field = constraint.path.partition(".")
        assert {key for key in before if before[key] != after[key]} == {group}
        if field:
            assert {key for key in before[group] if before[group][key] != after[group][key]} == {field}
