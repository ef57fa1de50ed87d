"""TravelPlanner's two evaluators, written apart, give one verdict on itineraries good and bad."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.travelplanner_evaluator import COMMONSENSE_RULES, HARD_RULES, judge_plan
from benchmarks.travelplanner_submission import Query, gold_request, plan_of
from benchmarks.travelplanner_tables import Tables, load_tables
from planning.travel.inventory import Flight, Inventory
from planning.travel.inventory.tables import open_tables
from planning.travel.itinerary import Day, Itinerary
from planning.travel.rules import check_rules
from planning.travel.trip import plan_trip
from tests.benchmarks.small_tables import QUERY, write_tables

Change = Callable[[Itinerary, Inventory], Itinerary]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Inventory, Tables, Itinerary]:
    """Return the small country, read by each side, and the best trip for QUERY."""
    directory = tmp_path_factory.mktemp("two")
    tables: Path = write_tables(directory / "tables")
    inventory = open_tables(tables, directory / "cache")
    answer = plan_trip(gold_request(Query.model_validate(QUERY)), inventory, profile="travelplanner")
    assert answer.itinerary
    return inventory, load_tables(tables), answer.itinerary


def verdicts(
    gold: dict[str, Any], itinerary: Itinerary, world: tuple[Inventory, Tables, Itinerary]
) -> tuple[set[str], set[str]]:
    """Return the broken rules that each evaluator names; hard rules only where the first one judges them."""
    inventory, tables, _ = world
    judgement = judge_plan(gold, plan_of(itinerary), tables)
    verdict = check_rules(itinerary, gold_request(Query.model_validate(gold)), inventory)
    looked_at = {*COMMONSENSE_RULES, *(HARD_RULES if judgement.hard_judged else ())}
    return set(judgement.broken), {violation.rule for violation in verdict.violations} & looked_at


WISHES = st.fixed_dictionaries(
    {
        "house rule": st.sampled_from([None, "parties", "smoking", "children under 10", "visitors", "pets"]),
        "cuisine": st.none()
        | st.lists(st.sampled_from(["French", "Indian", "Mexican", "American"]), min_size=1, unique=True),
        "room type": st.sampled_from([None, "entire room", "private room", "shared room", "not shared room"]),
        "transportation": st.sampled_from([None, "no flight", "no self-driving"]),
    }
)


@given(wishes=WISHES, people=st.integers(1, 9), budget=st.integers(300, 4000))
def test_one_trip_under_any_constraints_has_one_verdict(
    world: tuple[Inventory, Tables, Itinerary], wishes: dict[str, Any], people: int, budget: int
) -> None:
    gold = {**copy.deepcopy(QUERY), "local_constraint": wishes, "people_number": people, "budget": budget}
    from_text, from_itinerary = verdicts(gold, world[2], world)
    assert from_text == from_itinerary


def on_day(number: int, change: Callable[[Day, Inventory], Day]) -> Change:
    def changed(itinerary: Itinerary, inventory: Inventory) -> Itinerary:
        days = [change(day, inventory) if n == number else day for n, day in enumerate(itinerary.days, 1)]
        return replace(itinerary, days=tuple(days))

    return changed


def _one_restaurant_for_all(day: Day, _: Inventory) -> Day:
    return replace(day, meals=tuple(replace(meal, record=day.meals[0].record) for meal in day.meals))


def _one_sight_again(day: Day, _: Inventory) -> Day:
    return replace(day, visits=(*day.visits, *day.visits))


def _no_lunch(day: Day, _: Inventory) -> Day:
    return replace(day, meals=tuple(meal for meal in day.meals if meal.slot != "lunch"))


def _nothing_seen(day: Day, _: Inventory) -> Day:
    return replace(day, visits=())


def _no_hotel(day: Day, _: Inventory) -> Day:
    return replace(day, night=None)


def _dinner_elsewhere(day: Day, inventory: Inventory) -> Day:
    elm = inventory.restaurants("Elm")[2]
    return replace(day, meals=tuple(replace(m, record=elm) if m.slot == "dinner" else m for m in day.meals))


def _made_up_sight(day: Day, _: Inventory) -> Day:
    visits = [replace(visit, record=replace(visit.record, name="Moon Base")) for visit in day.visits]
    return replace(day, visits=tuple(visits))


def _made_up_flight(day: Day, _: Inventory) -> Day:
    assert day.leg
    assert isinstance(day.leg.record, Flight)
    return replace(day, leg=replace(day.leg, record=replace(day.leg.record, number="F999")))


def _no_way_home(day: Day, _: Inventory) -> Day:
    assert day.leg
    return replace(day, city=day.leg.origin, leg=None)


CHANGES: list[tuple[str, Change]] = [
    ("unique_restaurants", on_day(2, _one_restaurant_for_all)),
    ("unique_attractions", on_day(2, _one_sight_again)),
    ("complete", on_day(2, _no_lunch)),
    ("complete", on_day(4, _nothing_seen)),
    ("complete", on_day(4, _no_hotel)),
    ("within_city", on_day(4, _dinner_elsewhere)),
    ("in_tables", on_day(2, _made_up_sight)),
    ("in_tables", on_day(1, _made_up_flight)),
    ("tour", on_day(5, _no_way_home)),
]


@pytest.mark.parametrize(("rule", "change"), CHANGES)
def test_a_spoilt_trip_is_refused_by_both(
    rule: str, change: Change, world: tuple[Inventory, Tables, Itinerary]
) -> None:
    from_text, from_itinerary = verdicts(QUERY, change(world[2], world[0]), world)
    assert rule in from_text
    assert rule in from_itinerary
