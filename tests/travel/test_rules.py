"""A corpus for the rule checker: itineraries that stand, and for each rule edits of them that break it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from planning.travel.group_rules import GROUP_RULES
from planning.travel.inventory import Attraction, Restaurant
from planning.travel.itinerary import Day, Itinerary
from planning.travel.profile import PROFILES
from planning.travel.request import TravelRequest
from planning.travel.rules import COMMONSENSE_RULES, HARD_RULES, RULES, applicable_rules, check_rules
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
)

START = date(2027, 3, 8)  # a Monday
PAIRS = ((HOME, "A"), ("A", "B"), ("B", HOME), ("A", HOME), ("B", "A"))


def cuisines_of(number: int) -> tuple[str, ...]:
    return ("Thai",) if number == 0 else ("Fusion", "Greek")


INVENTORY = TinyInventory(
    city_rows=(city(HOME), city("A"), city("B"), city("Far", "Elsewhere")),
    flight_rows=tuple(
        row
        for i in range(6)
        for a, b in PAIRS
        for row in (
            flight(a, b, START + timedelta(i), 600, 700, row=2 * i + 1, price_cents=2_00),
            flight(a, b, START + timedelta(i), 600, 700, row=2 * i + 2, price_cents=9_00, stops=2),
        )
    ),
    route_rows=tuple(route(a, b, 100.0, 120) for a, b in PAIRS),
    hotel_rows=tuple(
        row
        for name in "AB"
        for row in (
            hotel("Inn", name, 50_00, room_type="private room", rating=4.0, house_rules="No smoking"),
            hotel("Long", name, 50_00, room_type="private room", rating=4.0, min_nights=4),
            hotel("Strict", name, 50_00, room_type="private room", rating=4.0, house_rules="No pets & No parties"),
            hotel("Hostel", name, 50_00, room_type="shared room", rating=4.0),
            hotel("Poor", name, 50_00, room_type="private room", rating=2.9),
            hotel("Palace", name, 90_01, room_type="private room", rating=4.0),
        )
    ),
    restaurant_rows=(
        *(restaurant(f"Table {i}", name, 10_00 + i, cuisines=cuisines_of(i)) for name in "AB" for i in range(10)),
        restaurant("Diner", "A", 10_00, cuisines=("Cajun", "Thai")),
        restaurant("Diner", "Far"),
    ),
    attraction_rows=(
        *(attraction(f"Sight {i}", name) for name in "AB" for i in range(6)),
        attraction("Museum", "A", 5_00, opens_min=600, closes_min=960, closed_weekdays=(1,)),
        attraction("Mall", "A"),
        attraction("Zoo", "Far"),
    ),
)
WISH = request(
    destination={"cities": ["A"], "region": "Region", "num_cities": 2},
    dates={"earliest": START, "latest": START + timedelta(5), "num_days": 6},
    adults=2,
    budget_cents=2000_00,
    lodging={"room_type": "private room", "house_rules": ["pets"], "min_rating": 3.0, "max_price_cents": 90_00},
    food={"cuisines": ["thai"], "avoid_cuisines": ["cajun"]},
    transport={
        "forbidden_modes": ["taxi"],
        "earliest_departure_min": 500,
        "latest_arrival_min": 1300,
        "max_stops": 1,
    },
    places={"must_see": ["Museum"], "avoid": ["mall"]},
)


@dataclass(frozen=True, slots=True)
class Example:
    """An itinerary with what it is checked against."""

    itinerary: Itinerary
    request: TravelRequest = WISH
    inventory: TinyInventory = INVENTORY

    @property
    def broken(self) -> set[str]:
        """Return the names of the rules that it breaks."""
        return {violation.rule for violation in check_rules(self.itinerary, self.request, self.inventory).violations}

    def with_day(self, number: int, **changes: Any) -> "Example":
        """Return the example with another day `number`, and the costs that the itinerary states as they are then."""
        days = list(self.itinerary.days)
        days[number] = replace(days[number], **changes)
        return self.with_days(days)

    def stating(self, **fields: Any) -> "Example":
        return replace(self, itinerary=replace(self.itinerary, **fields))

    def with_days(self, days: list[Day]) -> "Example":
        return replace(self, itinerary=replace(self.itinerary, days=tuple(days)))

    def with_request(self, **fields: Any) -> "Example":
        data = self.request.model_dump()
        for name, value in fields.items():
            data[name] = {**data[name], **value} if isinstance(value, dict) else value
        return replace(self, request=TravelRequest.model_validate(data))

    def with_meal(self, day: int, number: int, **changes: Any) -> "Example":
        meals = list(self.itinerary.days[day].meals)
        meals[number] = replace(meals[number], **changes)
        return self.with_day(day, meals=tuple(meals))

    def with_visit(self, day: int, number: int, **changes: Any) -> "Example":
        visits = list(self.itinerary.days[day].visits)
        visits[number] = replace(visits[number], **changes)
        return self.with_day(day, visits=tuple(visits))

    def with_leg(self, day: int, **changes: Any) -> "Example":
        leg = self.itinerary.days[day].leg
        assert leg is not None
        return self.with_day(day, leg=replace(leg, **changes))

    def with_night(self, day: int, **changes: Any) -> "Example":
        night = self.itinerary.days[day].night
        assert night is not None
        return self.with_day(day, night=replace(night, **changes))

    def with_hotel(self, name: str) -> "Example":
        """Return the example with another hotel all through the stay in A."""
        row = next(row for row in INVENTORY.hotels("A") if row.name == name)
        days = []
        for day in self.itinerary.days:
            in_a = day.night is not None and day.night.record.city == "A"
            night = replace(day.night, record=row, cost_cents=row.price_cents) if day.night and in_a else day.night
            days.append(replace(day, night=night))
        return self.with_days(days)

    def with_sights(self, **changes: Any) -> "Example":
        """Return the example in a world whose attractions are all changed, also where they are visited."""
        rows = tuple(replace(row, **changes) for row in self.inventory.attraction_rows)
        days = [
            replace(day, visits=tuple(replace(v, record=replace(v.record, **changes)) for v in day.visits))
            for day in self.itinerary.days
        ]
        return replace(self.with_days(days), inventory=replace(self.inventory, attraction_rows=rows))

    def day_of_leg(self, origin: str) -> int:
        """Return the number of the day on which a leg leaves a city."""
        return next(i for i, day in enumerate(self.itinerary.days) if day.leg and day.leg.origin == origin)

    def full_day(self, name: str = "A") -> int:
        """Return the number of the first day that is spent wholly in a city."""
        days = enumerate(self.itinerary.days)
        return next(i for i, day in days if day.leg is None and day.city == name and len(day.meals) == 3)


@cache
def example(profile: str) -> Example:
    """Return the best trip of the corpus's world: home, A, B, home, with full days in both or in one of them."""
    best = brute_force(WISH, PROFILES[profile], INVENTORY)
    assert best is not None
    return Example(best)


def find(rows: tuple[Any, ...], name: str, place: str) -> Any:
    return next(row for row in rows if (row.name, row.city) == (name, place))


def table(name: str, place: str = "A") -> Restaurant:
    row: Restaurant = find(INVENTORY.restaurant_rows, name, place)
    return row


def sight(name: str, place: str = "A") -> Attraction:
    row: Attraction = find(INVENTORY.attraction_rows, name, place)
    return row


PROFILE_NAMES = ("realistic", "travelplanner")
both = pytest.mark.parametrize("profile", PROFILE_NAMES)


@both
def test_what_is_right_breaks_no_rule(profile: str) -> None:
    right = example(profile)
    assert right.broken == set()
    assert check_rules(right.itinerary, WISH, INVENTORY).cost == right.itinerary.cost_cents
    others = set(GROUP_RULES) if profile == "realistic" else {*GROUP_RULES, *CLOCKED}
    assert set(applicable_rules(WISH, profile)) == set(RULES) - others


CLOCKED = ("leg_clock", "meal_clock", "opening_hours", "pace", "hotel_clock")
Edit = Callable[[Example], Example]


def by_car(example: Example, **times: int | None) -> Example:
    """Let the leg that leaves A be made by one's own car."""
    day = example.day_of_leg("A")
    leg = example.itinerary.days[day].leg
    assert leg is not None
    row = next(row for row in INVENTORY.route_rows if (row.origin, row.destination) == (leg.origin, leg.destination))
    return example.with_leg(day, mode="self-driving", record=row, duration_min=120, **times)


def by_taxi(example: Example) -> Example:
    changed = by_car(example)
    return changed.with_leg(changed.day_of_leg("A"), mode="taxi")


def same_meal_twice(example: Example) -> Example:
    day = example.full_day()
    return example.with_meal(day, 1, record=example.itinerary.days[day].meals[0].record)


def same_sight_twice(example: Example) -> Example:
    """See one attraction twice on the full day."""
    day = example.full_day()
    visits = example.itinerary.days[day].visits
    twice = (*visits[:1], replace(visits[-1], record=visits[0].record)) if len(visits) > 1 else (*visits, *visits)
    return example.with_day(day, visits=twice)


def from_table(example: Example, rows: str, **changes: Any) -> Example:
    """Change a record in the itinerary, so that it is no longer the one of the tables."""
    day = example.full_day()
    if rows == "night":
        night = example.itinerary.days[day].night
        assert night is not None
        return example.with_night(day, record=replace(night.record, **changes))
    if rows == "meal":
        return example.with_meal(day, 0, record=replace(example.itinerary.days[day].meals[0].record, **changes))
    return example.with_visit(day, 0, record=replace(example.itinerary.days[day].visits[0].record, **changes))


def flown(example: Example, **changes: Any) -> Example:
    """Change the record of the flight out."""
    leg = example.itinerary.days[0].leg
    assert leg is not None
    return example.with_leg(0, record=replace(leg.record, **changes))


# Of each rule: edits after which it is broken, by what they do. Those of the first table break no other rule, but for
# what is said with them.
ANY_PROFILE: dict[str, tuple[str, set[str], Edit]] = {
    "does not come home": ("tour", set(), lambda e: e.with_day(-1, city="A")),
    "another city is asked for": ("tour", set(), lambda e: e.with_request(destination={"cities": ["Far"]})),
    "more cities are asked for": ("tour", set(), lambda e: e.with_request(destination={"num_cities": 3})),
    "not in the region": ("tour", set(), lambda e: e.with_request(destination={"region": "Elsewhere"})),
    "starts elsewhere": ("tour", {"complete", "meal_clock"}, lambda e: e.with_request(origin="Nowhere")),
    "one restaurant twice": ("unique_restaurants", set(), same_meal_twice),
    "one attraction twice": ("unique_attractions", {"pace", "must_see", "opening_hours"}, same_sight_twice),
    "too short a stay": ("minimum_nights", set(), lambda e: e.with_hotel("Long")),
    "no hotel": ("complete", {"hotel_clock"}, lambda e: e.with_day(e.full_day(), night=None)),
    "no lunch": (
        "complete",
        {"meal_clock"},
        lambda e: e.with_day(e.full_day(), meals=e.itinerary.days[e.full_day()].meals[::2]),
    ),
    "nothing visited": ("complete", {"pace", "must_see"}, lambda e: e.with_day(e.full_day(), visits=())),
    "two lunches": (
        "complete",
        {"meal_clock"},
        lambda e: e.with_meal(e.full_day(), 0, slot="lunch", start_min=750, end_min=810),
    ),
    "one cent over the budget": (
        "budget",
        set(),
        lambda e: e.with_request(budget_cents=e.itinerary.cost_cents - 1),
    ),
    "no pets": ("house_rules", set(), lambda e: e.with_hotel("Strict")),
    "another cuisine is wanted": ("cuisines", set(), lambda e: e.with_request(food={"cuisines": ["Thai", "Sushi"]})),
    "a dormitory": ("room_type", set(), lambda e: e.with_hotel("Hostel")),
    "a dormitory all the same": (
        "room_type",
        set(),
        lambda e: e.with_hotel("Hostel").with_request(lodging={"room_type": "not shared room"}),
    ),
    "no whole house": ("room_type", set(), lambda e: e.with_request(lodging={"room_type": "entire room"})),
    "flying is ruled out": (
        "forbidden_modes",
        set(),
        lambda e: e.with_request(transport={"forbidden_modes": ["flight"]}),
    ),
    "a poor hotel": ("min_rating", set(), lambda e: e.with_hotel("Poor")),
    "a palace": ("max_price", set(), lambda e: e.with_hotel("Palace")),
    "food to be avoided": (
        "avoid_cuisines",
        set(),
        lambda e: e.with_request(food={"avoid_cuisines": ["FUSION"]}),
    ),
    "a flight of two stops": (
        "max_stops",
        set(),
        lambda e: e.with_leg(0, record=INVENTORY.flight_rows[1]),
    ),
    "a later start is asked for": (
        "departure_and_arrival",
        set(),
        lambda e: e.with_request(transport={"earliest_departure_min": 601}),
    ),
    "an earlier arrival is asked for": (
        "departure_and_arrival",
        set(),
        lambda e: e.with_request(transport={"latest_arrival_min": 699}),
    ),
    "a must-see left out": ("must_see", set(), lambda e: e.with_request(places={"must_see": ["Museum", "Zoo"]})),
    "a place to be avoided": (
        "avoid_places",
        set(),
        lambda e: e.with_request(places={"must_see": [], "avoid": ["INN"]}),
    ),
    "another week": (
        "dates",
        set(),
        lambda e: e.with_request(dates={"earliest": START + timedelta(1), "latest": START + timedelta(6)}),
    ),
    "a shorter trip is asked for": ("dates", set(), lambda e: e.with_request(dates={"num_days": 5})),
    "a cheaper hotel than the table's": (
        "in_tables",
        {"budget", "hotel_clock"},
        lambda e: from_table(e, "night", price_cents=1),
    ),
    "a cheaper meal than the table's": ("in_tables", {"budget"}, lambda e: from_table(e, "meal", price_cents=1)),
    "a cheaper ticket than the table's": ("in_tables", {"budget"}, lambda e: from_table(e, "visit", price_cents=-1)),
    "a restaurant of no table": ("in_tables", {"budget"}, lambda e: from_table(e, "meal", name="My kitchen")),
    "a hotel with more beds": (
        "in_tables",
        {"budget", "hotel_clock"},
        lambda e: from_table(e, "night", max_occupancy=9),
    ),
    "a cheaper flight": ("in_tables", {"budget"}, lambda e: flown(e, price_cents=1)),
    "a flight of another day": (
        "in_tables",
        {"budget"},
        lambda e: flown(e, day=START + timedelta(2)),
    ),
    "a flight of no table": ("in_tables", {"budget"}, lambda e: flown(e, number="F999")),
    "a flight to elsewhere": (
        "in_tables",
        {"budget"},
        lambda e: flown(e, destination="B"),
    ),
    "a meal elsewhere": (
        "within_city",
        {"meal_clock", "cuisines"},
        lambda e: e.with_meal(e.full_day(), 0, record=table("Diner", "Far")),
    ),
    "a visit elsewhere": (
        "within_city",
        {"opening_hours", "must_see"},
        lambda e: e.with_visit(e.full_day(), 0, record=sight("Zoo", "Far")),
    ),
    "a night elsewhere": (
        "within_city",
        {"hotel_clock"},
        lambda e: e.with_night(e.full_day(), record=find(INVENTORY.hotel_rows, "Inn", "B")),
    ),
}
BY_PROFILE: dict[str, tuple[str, str, set[str], Edit]] = {
    "a car and flights": ("travelplanner", "one_car", set(), by_car),
    "a car and flights, by the clock": (
        "realistic",
        "one_car",
        {"meal_clock", "hotel_clock"},
        lambda e: by_car(e, depart_min=540, leave_min=540, arrive_min=660, reach_min=660),
    ),
    "a taxi that is ruled out": ("travelplanner", "forbidden_modes", set(), by_taxi),
    "arrives earlier than the table says": (
        "realistic",
        "leg_clock",
        set(),
        lambda e: e.with_leg(0, arrive_min=695, reach_min=755),
    ),
    "no transfer": ("realistic", "leg_clock", {"meal_clock"}, lambda e: e.with_leg(0, reach_min=700)),
    "no times": (
        "realistic",
        "leg_clock",
        {"meal_clock", "hotel_clock"},
        lambda e: e.with_leg(0, leave_min=None, reach_min=None),
    ),
    "breakfast at noon": (
        "realistic",
        "meal_clock",
        set(),
        lambda e: e.with_meal(e.full_day(), 0, start_min=720, end_min=750),
    ),
    "a meal skipped on a travel day": (
        "realistic",
        "meal_clock",
        {"cuisines"},
        lambda e: e.with_day(0, meals=e.itinerary.days[0].meals[:-1]),
    ),
    "lunch before landing": (
        "realistic",
        "meal_clock",
        {"cuisines"},
        lambda e: e.with_meal(0, 0, slot="breakfast", start_min=480, end_min=540),
    ),
    "before it opens": (
        "realistic",
        "opening_hours",
        set(),
        lambda e: e.with_sights(opens_min=660),
    ),
    "after it closes": (
        "realistic",
        "opening_hours",
        set(),
        lambda e: e.with_sights(opens_min=0, closes_min=719),
    ),
    "on the day it is closed": (
        "realistic",
        "opening_hours",
        set(),
        lambda e: e.with_sights(closed_weekdays=(0, 1, 2, 3, 4, 5)),
    ),
    "over lunch": (
        "realistic",
        "opening_hours",
        set(),
        lambda e: e.with_visit(e.full_day(), 0, start_min=780, end_min=840),
    ),
    "without a time": (
        "realistic",
        "opening_hours",
        set(),
        lambda e: e.with_visit(e.full_day(), 0, start_min=None, end_min=None),
    ),
    "back to front": (
        "realistic",
        "opening_hours",
        set(),
        lambda e: e.with_visit(e.full_day(), 0, start_min=720, end_min=600),
    ),
    "one visit too few": ("realistic", "pace", set(), lambda e: e.with_request(pace="packed")),
    "check-in too early": ("realistic", "hotel_clock", set(), lambda e: e.with_night(0, check_in_min=899)),
    "no check-in": ("realistic", "hotel_clock", set(), lambda e: e.with_night(0, check_in_min=None)),
    "check-out too late": (
        "realistic",
        "hotel_clock",
        set(),
        lambda e: e.with_day(e.day_of_leg("B"), check_out_min=661),
    ),
    "check-out after leaving": (
        "realistic",
        "hotel_clock",
        set(),
        lambda e: e.with_day(e.day_of_leg("B"), check_out_min=481),
    ),
    "no check-out": ("realistic", "hotel_clock", set(), lambda e: e.with_day(e.day_of_leg("B"), check_out_min=None)),
}


@both
@pytest.mark.parametrize("name", ANY_PROFILE)
def test_an_edit_breaks_its_rule(profile: str, name: str) -> None:
    rule, others, edit = ANY_PROFILE[name]
    broken = edit(example(profile)).broken
    assert rule in broken
    assert broken <= {rule, *others, *STATED}


@pytest.mark.parametrize("name", BY_PROFILE)
def test_an_edit_breaks_its_rule_in_its_profile(name: str) -> None:
    profile, rule, others, edit = BY_PROFILE[name]
    broken = edit(example(profile)).broken
    assert rule in broken
    assert broken <= {rule, *others, *STATED}


# An edit of what is bought does not edit the prices that the itinerary states.
STATED = ("stated_costs",)


def test_there_is_an_edit_for_every_rule() -> None:
    covered = {rule for rule, _, _ in ANY_PROFILE.values()} | {rule for _, rule, _, _ in BY_PROFILE.values()}
    assert covered >= set(RULES) - set(STATED) - set(GROUP_RULES)


def test_the_rules_of_the_benchmark_are_thirteen() -> None:
    assert len(COMMONSENSE_RULES) + len(HARD_RULES) == 13


FALSE_STATEMENTS: dict[str, Edit] = {
    "the trip is cheaper": lambda e: e.stating(cost_cents=e.itinerary.cost_cents - 1),
    "the objective is lower": lambda e: e.stating(objective=e.itinerary.objective - 1),
    "one person travels": lambda e: e.stating(num_people=1),
    "prices are in yen": lambda e: e.stating(currency="JPY"),
    "the flight is cheaper": lambda e: e.with_leg(0, cost_cents=1),
    "the meal is cheaper": lambda e: e.with_meal(e.full_day(), 0, cost_cents=1),
    "the ticket is cheaper": lambda e: e.with_visit(e.full_day(), 0, cost_cents=-1),
    "the night is cheaper": lambda e: e.with_night(0, cost_cents=1),
    "one room more for the money": lambda e: e.with_night(0, rooms=2),
}


@both
@pytest.mark.parametrize("name", FALSE_STATEMENTS)
def test_what_an_itinerary_states_is_what_the_tables_say(profile: str, name: str) -> None:
    """An itinerary is shown with its prices: who pays by it must not be told less, or another number of rooms."""
    right = example(profile)
    false = FALSE_STATEMENTS[name](right)
    verdict = check_rules(false.itinerary, WISH, INVENTORY)
    assert verdict.cost == right.itinerary.cost_cents, "the cost is recomputed, whatever is stated"
    assert not verdict.valid


def test_money_of_another_currency_is_not_compared() -> None:
    with pytest.raises(ValueError, match="prices are in USD, the request is in EUR: convert it first"):
        check_rules(example("realistic").itinerary, WISH.model_copy(update={"currency": "EUR"}), INVENTORY)


def test_meals_at_home_bring_no_cuisine() -> None:
    """Only what is eaten away from home counts: a Sushi breakfast before leaving does not serve the wish for Sushi."""
    home = restaurant("Pub", HOME, cuisines=("Sushi",))
    right = example("travelplanner").with_request(food={"cuisines": ["Sushi"]})
    inventory = replace(INVENTORY, restaurant_rows=(*INVENTORY.restaurant_rows, home))
    meal = replace(right.itinerary.days[right.full_day()].meals[0], record=home)
    with_pub = replace(right, inventory=inventory).with_day(0, meals=(meal,))
    assert with_pub.broken - set(STATED) == {"cuisines"}


def test_an_empty_itinerary_breaks_the_tour_and_the_dates() -> None:
    assert {"tour", "dates"} <= example("travelplanner").with_days([]).broken
