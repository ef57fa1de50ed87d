"""A conflict contradicts itself and nothing less does; each repair is what it costs. Brute force has the last word."""

from datetime import date, timedelta
from typing import Any

import pytest

from planning.travel.explanation import Explanation, Terms, constraints_of, explain
from planning.travel.profile import REALISTIC, TRAVELPLANNER, Profile
from planning.travel.request import Objective, TravelRequest
from solvers.milp import Milp, solve_cpsat
from solvers.result import Result, Status
from tests.travel.brute_force import brute_force
from tests.travel.tiny_world import (
    HOME,
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
LEAST_COST = {"objective": Objective()}


def without(request: TravelRequest, profile: Profile, names: set[str]) -> Terms:
    """Return the terms without some of their constraints, asking for the least cost."""
    terms = Terms(request.model_copy(update=LEAST_COST), profile)
    for constraint in constraints_of(request, profile):
        if constraint.name in names:
            terms = constraint.relax(terms)
    return terms


def least_cost(request: TravelRequest, profile: Profile, inventory: TinyInventory, dropped: set[str]) -> int | None:
    terms = without(request, profile, dropped)
    best = brute_force(terms.request, terms.profile, inventory)
    return None if best is None else best.cost_cents


def assert_laws(explanation: Explanation, request: TravelRequest, profile: Profile, inventory: TinyInventory) -> None:
    names = [constraint.name for constraint in constraints_of(request, profile)]
    rest = set(names) - set(explanation.conflict)
    assert explanation.is_minimal
    assert set(explanation.conflict) <= set(names)
    assert least_cost(request, profile, inventory, rest) is None, "the conflict alone has no trip"
    for name in explanation.conflict:
        assert least_cost(request, profile, inventory, rest | {name}) is not None, f"needed for the conflict: {name}"
    helps = {name: least_cost(request, profile, inventory, {name}) for name in explanation.conflict}
    found = {repair.constraint: repair.cost_cents for repair in explanation.repairs}
    assert found == {name: cost for name, cost in helps.items() if cost is not None}
    costs = [repair.cost_cents for repair in explanation.repairs]
    assert costs == sorted(costs)


@pytest.mark.parametrize("seed", range(130))
def test_conflicts_and_repairs_are_what_brute_force_finds(seed: int) -> None:
    case = tiny_case(seed, num_wishes=2 + seed % 3)
    wish = case.request
    best = brute_force(wish, case.profile, case.inventory)
    if best is not None:
        if best.cost_cents < 2:
            return
        wish = wish.model_copy(update={"budget_cents": best.cost_cents // 2})
        if brute_force(wish, case.profile, case.inventory) is not None:
            return
    explanation = explain(wish, case.profile, case.inventory, solve_cpsat, 30.0)
    assert_laws(explanation, wish, case.profile, case.inventory)


def test_the_random_requests_have_conflicts_worth_the_name() -> None:
    sizes = []
    for seed in range(40):
        case = tiny_case(seed, num_wishes=2 + seed % 3)
        if brute_force(case.request, case.profile, case.inventory) is None:
            explanation = explain(case.request, case.profile, case.inventory, solve_cpsat, 30.0)
            sizes.append(len(explanation.conflict))
    assert min(sizes.count(0), sizes.count(1), sum(size > 1 for size in sizes)) > 1


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
    assert_laws(explanation, wish, profile, inventory)
    return explanation


def test_a_budget_that_is_too_small_says_what_suffices() -> None:
    explanation = explained(
        world(),
        budget_cents=459_99,
        provenance={"budget_cents": {"source": "stated", "quotes": ["under 460 dollars"]}},
    )
    assert explanation.conflict == ("a budget of $459.99",)
    assert explanation.words == ("a budget of $459.99 (“under 460 dollars”)",)
    assert [repair.text for repair in explanation.repairs] == ["a budget of $460 instead of $459.99 suffices"]


def test_a_budget_and_a_rating_contradict_each_other() -> None:
    explanation = explained(world(), budget_cents=500_00, lodging={"min_rating": 4.0})
    assert set(explanation.conflict) == {"lodging rated 4.0 or better", "a budget of $500"}
    assert [repair.text for repair in explanation.repairs] == [
        "a rating of 3.0 instead of “lodging rated 4.0 or better” suffices; the trip then costs $460",
        "a budget of $700 instead of $500 suffices",
    ]


def test_departures_that_are_too_early_say_which_hour_would_do() -> None:
    rows = tuple(flight(a, b, DAY + timedelta(i), 330, 450) for i in range(4) for a, b in ((HOME, "A"), ("A", HOME)))
    explanation = explained(world(flight_rows=rows))
    assert explanation.words == ("no departure before 06:00 (assumed)",)
    assert explanation.repairs[0].text.startswith("a departure at 05:30 instead of ")


def test_where_the_tables_offer_nothing_no_wish_is_to_blame() -> None:
    explanation = explained(world(flight_rows=()), budget_cents=500_00, food={"cuisines": ["Thai"]})
    assert (explanation.conflict, explanation.repairs) == ((), ())


def test_two_conflicts_at_once_have_no_single_repair() -> None:
    explanation = explained(world(), food={"cuisines": ["Thai"]}, lodging={"max_price_cents": 1})
    assert len(explanation.conflict) == 1
    assert explanation.repairs == ()


def test_what_is_not_known_is_not_called_minimal() -> None:
    def silent(model: Milp, **_: Any) -> Result[dict[str, int]]:
        return Result(Status.UNKNOWN, "silent")

    explanation = explain(request(budget_cents=1), REALISTIC, world(), silent, 1.0)
    assert not explanation.is_minimal
    assert "a budget of $0.01" in explanation.conflict
    assert explanation.repairs == ()


def test_a_pace_that_is_given_up_leaves_room_for_every_must_see() -> None:
    """Three tickets fit the packed day, but not the budget. Going slower is no help, and the budget is to blame."""
    tickets = tuple(attraction(f"Sight {i}", "A", 100_00) for i in range(3))
    free = tuple(attraction(f"Park {i}", "A") for i in range(3))
    explanation = explained(
        world(attraction_rows=(*tickets, *free)),
        pace="packed",
        places={"must_see": ["Sight 0", "Sight 1", "Sight 2"]},
        budget_cents=700_00,
    )
    assert "a budget of $700" in explanation.conflict
    assert [r.text for r in explanation.repairs if r.constraint == "a budget of $700"] == [
        "a budget of $760 instead of $700 suffices"
    ]


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
    assert "a budget of $0.01" in explanation.conflict


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
        if constraint.path in ("", "pace"):
            assert relaxed.profile != profile
            assert before == after
            continue
        group, _, field = constraint.path.partition(".")
        assert {key for key in before if before[key] != after[key]} == {group}
        if field:
            assert {key for key in before[group] if before[group][key] != after[group][key]} == {field}
