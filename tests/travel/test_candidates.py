"""What is left out changes nothing, and what is kept is what the request allows."""

from collections.abc import Callable, Hashable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.travel import candidates, gathering
from planning.travel.dominance import exactly_named, undominated
from planning.travel.gathering import candidate_cities, gather, zone_shift_min
from planning.travel.inventory import Hotel
from planning.travel.profile import REALISTIC, TRAVELPLANNER, Profile
from planning.travel.request import TravelRequest
from planning.travel.solving import solve_trip
from solvers.milp import solve_cpsat
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

DAY = date(2027, 3, 10)  # a Wednesday; the request's three days are this one and the next two

items = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 5)), max_size=25)


@given(items, st.integers(1, 4))
def test_undominated_keeps_what_its_definition_says(rows: list[tuple[int, int, int]], keep: int) -> None:
    numbered = list(enumerate(rows))

    def beats(other: tuple[int, tuple[int, int, int]], item: tuple[int, tuple[int, int, int]]) -> bool:
        (j, (kind_j, *low)), (i, (kind_i, *high)) = other, item
        return kind_i == kind_j and low[0] <= high[0] and low[1] <= high[1] and (low != high or j < i)

    expected = {i for i, row in numbered if sum(beats(other, (i, row)) for other in numbered) < keep}
    kept = undominated(numbered, lambda item: item[1][0], lambda item: (item[1][1], item[1][2]), keep)
    assert {i for i, _ in kept} == expected
    for kind in range(3):
        prices = [(row[1], row[2]) for _, row in kept if row[0] == kind]
        assert prices == sorted(prices)


@pytest.mark.parametrize("seed", range(60))
def test_dominance_changes_neither_status_nor_optimum(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = tiny_case(seed)
    small, _ = solve_trip(gather(case.request, case.profile, case.inventory), solve_cpsat, 30.0)

    def everything(rows: Iterable[Any], kind: Callable[[Any], Hashable], price: Any, keep: int = 1) -> list[Any]:
        return sorted(rows, key=price)

    monkeypatch.setattr(gathering, "undominated", everything)
    large, _ = solve_trip(gather(case.request, case.profile, case.inventory), solve_cpsat, 30.0)
    assert (small.status, small.cost) == (large.status, large.cost)


def test_a_restaurant_worse_in_one_price_only_stays() -> None:
    """With a score that is not the cost, each of the two prices can decide: the budget, or the objective."""
    rows = (restaurant("Cheap", "A", 5_00, rating=2.0), restaurant("Good", "A", 50_00, rating=5.0))
    bad = tuple(restaurant(f"Bad {i}", "A", 90_00 + i, rating=1.0) for i in range(20))
    wish = request(
        objective={"cost": 0, "rating": 1}, dates={"earliest": DAY, "latest": DAY + timedelta(1), "num_days": 2}
    )
    offer = gather(wish, REALISTIC, world(restaurant_rows=(*rows, *bad))).offers["A"]
    names = [dining.record.name for dining in offer.dinings]
    assert {"Cheap", "Good"} <= set(names)
    assert len(names) == 2 + 3 * 2 - 2


# What the request allows


def world(**rows: Any) -> TinyInventory:
    return TinyInventory(city_rows=(city(HOME), city("A"), city("B")), **rows)


def options(inventory: TinyInventory, wish: TravelRequest, profile: Profile = REALISTIC) -> list[candidates.Option]:
    return [option for ways in gather(wish, profile, inventory).options.values() for option in ways]


def test_the_region_offers_cities_only_where_the_named_ones_leave_room() -> None:
    inventory = TinyInventory(city_rows=(city(HOME), city("A"), city("B"), city("C", "Elsewhere")))

    def names(**destination: Any) -> list[str]:
        return [c.name for c in candidate_cities(request(destination=destination), inventory)]

    assert names(cities=["A"], region="Region") == ["A"]
    assert names(cities=["A"], region="Region", num_cities=2) == ["A", "B"]
    assert names(cities=["C"], region="Region", num_cities=2) == ["A", "B", "C"]
    assert names(region="Elsewhere") == ["C"]


@pytest.mark.parametrize(
    ("people", "occupancy", "rooms"), [(1, 2, 1), (2, 2, 1), (3, 2, 2), (4, 2, 2), (5, 2, 3), (5, 1, 5), (5, 9, 1)]
)
def test_there_is_a_bed_for_everyone(people: int, occupancy: int, rooms: int) -> None:
    wish = request(adults=people)
    lodgings = (
        gather(wish, REALISTIC, world(hotel_rows=(hotel("H", "A", 10_00, max_occupancy=occupancy),)))
        .offers["A"]
        .lodgings
    )
    assert {nights: [(x.rooms, x.cost_cents) for x in found] for nights, found in lodgings.items()} == {
        1: [(rooms, rooms * 10_00)],
        2: [(rooms, rooms * 20_00)],
    }


def test_a_hotel_takes_no_stay_below_its_minimum() -> None:
    lodgings = gather(request(), REALISTIC, world(hotel_rows=(hotel("H", "A", min_nights=2),))).offers["A"].lodgings
    assert {nights: len(found) for nights, found in lodgings.items()} == {1: 0, 2: 1}


GOOD_HOTEL = hotel("Good", "A", 50_00, room_type="private room", rating=4.5, house_rules="No smoking & No parties")


@pytest.mark.parametrize(
    ("wish", "stays"),
    [
        ({}, True),
        ({"room_type": "private room"}, True),
        ({"room_type": "entire room"}, False),
        ({"room_type": "not shared room"}, True),
        ({"house_rules": ["pets", "visitors"]}, True),
        ({"house_rules": ["pets", "smoking"]}, False),
        ({"min_rating": 4.5}, True),
        ({"min_rating": 4.6}, False),
        ({"max_price_cents": 50_00}, True),
        ({"max_price_cents": 49_99}, False),
    ],
)
def test_hotels_are_what_was_asked_for(wish: dict[str, Any], stays: bool) -> None:
    offer = gather(request(lodging=wish), REALISTIC, world(hotel_rows=(GOOD_HOTEL,))).offers["A"]
    assert bool(offer.lodgings[2]) == stays


@pytest.mark.parametrize("text", ["No pets", "no pets", "NO PETS & No smoking"])
def test_house_rules_are_read_in_any_case(text: str) -> None:
    """The rule checker reads them so: what it refuses must not be a candidate."""
    rows: tuple[Hotel, ...] = (hotel("H", "A", house_rules=text),)
    assert (
        not gather(request(lodging={"house_rules": ["pets"]}), REALISTIC, world(hotel_rows=rows))
        .offers["A"]
        .lodgings[2]
    )


def test_what_is_to_be_avoided_is_no_candidate() -> None:
    inventory = world(
        hotel_rows=(hotel("X", "A"),),
        restaurant_rows=(restaurant("X", "A"), restaurant("Y", "A", cuisines=("Thai", "Greek"))),
        attraction_rows=(attraction("X", "A"), attraction("Y", "A")),
    )
    offer = gather(request(places={"avoid": ["x"]}, food={"avoid_cuisines": ["THAI"]}), REALISTIC, inventory).offers[
        "A"
    ]
    assert not offer.lodgings[2]
    assert not offer.dinings
    assert [sight.record.name for sight in offer.sights] == ["Y"]
    assert offer.num_sights == 1


def test_exact_names_are_part_of_no_other_name() -> None:
    rows = [attraction(name, "A") for name in ("Park", "Old Park", "Zoo", "Zoo", "Tower", "A;B")]
    assert [row.name for row in exactly_named(rows, rows)] == ["Old Park", "Tower"]
    assert [row.name for row in exactly_named(rows, rows[:2])] == ["Old Park"]


# Legs


def times(depart: int, arrive: int, **wishes: int) -> list[tuple[int, int | None, tuple[int, ...], tuple[int, ...]]]:
    """Return (nights aboard, reached, meals before, meals after) of a flight from A home and of one from home to A."""
    there = flight(HOME, "A", DAY, depart, arrive)
    back = flight("A", HOME, DAY + timedelta(2), depart, arrive)
    found = options(world(flight_rows=(there, back)), request(transport=wishes))
    return [(o.nights_aboard, o.reach_min, o.meals_before, o.meals_after) for o in found]


def test_meals_are_had_while_the_traveller_is_there() -> None:
    """Breakfast ends at 9:00 and lunch starts at 12:30: two hours before take-off, an hour after landing."""
    assert times(660, 690) == [(0, 750, (), (1, 2)), (0, 750, (0,), ())]
    assert times(659, 691) == [(0, 751, (), (2,)), (0, 751, (), ())]
    assert times(1350, 1380) == [(0, 1440, (), ()), (0, 1440, (0, 1, 2), ())]


def test_a_flight_over_night_lands_the_next_day() -> None:
    assert times(1200, 1440 + 400) == [(1, 1440 + 460, (), (0, 1, 2)), (1, 1440 + 460, (0, 1), ())]
    assert times(1200, 2880 + 400)[0][0] == 2


@pytest.mark.parametrize(
    ("depart", "arrive", "wishes"),
    [
        (359, 500, {}),  # before six
        (800, 1381, {}),  # after eleven
        (1300, 1440 + 219, {}),  # over night, and too short
        (1300, 1440 + 299, {}),  # lands before five
        (540, -100, {}),  # lands the day before
        (119, 500, {"earliest_departure_min": 0}),  # would have to leave the day before
        (599, 700, {"earliest_departure_min": 600}),
        (600, 701, {"latest_arrival_min": 700}),
        (800, 1440 + 701, {"latest_arrival_min": 700}),
    ],
)
def test_flights_at_other_hours_are_no_options(depart: int, arrive: int, wishes: dict[str, int]) -> None:
    assert times(depart, arrive, **wishes) == []


@pytest.mark.parametrize(
    ("depart", "arrive", "wishes"),
    [
        (360, 500, {}),
        (800, 1380, {}),
        (1300, 1440 + 300, {}),
        (120, 500, {"earliest_departure_min": 0}),
        (600, 700, {"earliest_departure_min": 600, "latest_arrival_min": 700}),
        (800, 1440 + 700, {"latest_arrival_min": 700}),
    ],
)
def test_flights_at_good_hours_are_options(depart: int, arrive: int, wishes: dict[str, int]) -> None:
    assert len(times(depart, arrive, **wishes)) == 2


def test_a_cheap_road_does_not_replace_a_night_aboard() -> None:
    """Both leave time for lunch and dinner in A; the taxi costs less, and a night at the hotel more."""
    night_flight = flight(HOME, "A", DAY, 1200, 1440 + 500, price_cents=900_00)
    inventory = world(flight_rows=(night_flight,), route_rows=(route(HOME, "A", 10, 60),))
    found = options(inventory, request(transport={"forbidden_modes": ["self-driving"]}))
    assert {(option.mode, option.meals_after) for option in found} == {("flight", (1, 2)), ("taxi", (1, 2))}


def test_stops_and_modes_are_limited() -> None:
    rows = (flight(HOME, "A", DAY, 600, 700, stops=1, price_cents=1), flight(HOME, "A", DAY, 600, 700, stops=2))
    inventory = world(flight_rows=rows[1:], route_rows=(route(HOME, "A"),))

    def modes(inventory: TinyInventory, **wishes: Any) -> list[str]:
        return sorted(option.mode for option in options(inventory, request(transport=wishes)))

    assert modes(inventory) == ["flight", "self-driving", "taxi"]
    assert modes(inventory, max_stops=1) == ["self-driving", "taxi"]
    assert modes(world(flight_rows=rows), max_stops=1) == ["flight"]
    assert modes(inventory, forbidden_modes=["taxi"]) == ["flight", "self-driving"]
    assert modes(inventory, forbidden_modes=["flight", "self-driving"]) == ["taxi"]


@pytest.mark.parametrize(
    ("people", "car", "taxi"),
    [(1, 500, 101_00), (4, 500, 101_00), (5, 500, 202_00), (6, 1000, 202_00), (9, 1000, 303_00)],
)
def test_the_road_costs_what_the_tariff_says(people: int, car: int, taxi: int) -> None:
    """int(0.05 · 101.9) = 5 a car of five, int(101.9) = 101 a taxi of four."""
    found = options(world(route_rows=(route(HOME, "A", 101.9),)), request(adults=people), TRAVELPLANNER)
    assert {option.mode: option.cost_cents for option in found} == {"self-driving": car, "taxi": taxi}


@pytest.mark.parametrize(
    ("minutes", "wishes", "depart"),
    [
        (120, {}, 540),
        (600, {}, 540),
        (601, {}, None),
        (120, {"earliest_departure_min": 700}, 700),
        (120, {"latest_arrival_min": 600}, 480),
        (300, {"latest_arrival_min": 600}, None),
        (300, {"latest_arrival_min": 660}, 360),
        (300, {"earliest_departure_min": 0, "latest_arrival_min": 600}, 300),
    ],
)
def test_drives_start_at_nine_or_as_much_earlier_as_they_must(
    minutes: int, wishes: dict[str, int], depart: int | None
) -> None:
    found = options(world(route_rows=(route(HOME, "A", 10, minutes),)), request(transport=wishes))
    assert {option.depart_min for option in found} == ({depart} if depart is not None else set())


def test_clocks_move_with_the_time_zones_and_the_season() -> None:
    """New York goes to summer time on 2027-03-14, Phoenix never does."""
    before, after = date(2027, 3, 13), date(2027, 3, 14)
    assert zone_shift_min("America/New_York", "America/Chicago", before) == -60
    assert zone_shift_min("America/Chicago", "America/New_York", before) == 60
    assert zone_shift_min("America/New_York", "America/Phoenix", before) == -120
    assert zone_shift_min("America/New_York", "America/Phoenix", after) == -180
    assert zone_shift_min("", "America/Phoenix", after) == zone_shift_min("Asia/Tokyo", "", after) == 0


def test_a_drive_west_arrives_earlier_on_the_clock() -> None:
    places = (city(HOME, zone="America/New_York"), city("A", zone="America/Chicago"))
    found = options(TinyInventory(places, route_rows=(route(HOME, "A", 10, 120),)), request())
    assert {(o.depart_min, o.arrive_min, o.duration_min) for o in found} == {(540, 600, 120)}


def test_a_road_is_open_every_day_also_when_the_clocks_change() -> None:
    """The week in which one side goes to summer time has two sets of arrival times, and as many days as ever."""
    places = (city(HOME, zone="America/New_York"), city("A", zone="America/Phoenix"))
    inventory = TinyInventory(
        places,
        route_rows=(route(HOME, "A", 10, 240), route("A", HOME, 10, 240)),
        hotel_rows=(hotel("H", "A"),),
        restaurant_rows=tuple(restaurant(f"R{i}", "A") for i in range(12)),
        attraction_rows=tuple(attraction(f"S{i}", "A") for i in range(3)),
    )
    for first in (date(2027, 3, 10), date(2027, 3, 12), date(2027, 3, 13), date(2027, 3, 20)):
        dates = {"earliest": first, "latest": first + timedelta(3), "num_days": 4}
        result, _ = solve_trip(gather(request(dates=dates), REALISTIC, inventory), solve_cpsat, 30.0)
        assert result.status == "OPTIMAL", first


# Sights


@pytest.mark.parametrize(
    ("opens", "closes", "closed", "slots"),
    [
        (600, 720, (), {(0, 0), (1, 0), (2, 0)}),
        (601, 1440, (), {(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)}),
        (0, 959, (), {(0, 0), (1, 0), (2, 0)}),
        (0, 1440, (3,), {(0, 0), (0, 1), (0, 2), (2, 0), (2, 1), (2, 2)}),
        (840, 960, (2, 4), {(1, 1)}),
        (800, 900, (), set()),
        (600, 1080, (0, 1, 5, 6), None),
    ],
)
def test_sights_are_open_for_the_whole_visit(
    opens: int, closes: int, closed: tuple[int, ...], slots: set[tuple[int, int]] | None
) -> None:
    row = attraction("S", "A", opens_min=opens, closes_min=closes, closed_weekdays=closed)
    (sight,) = gather(request(), REALISTIC, world(attraction_rows=(row,))).offers["A"].sights
    assert sight.openings == slots


def test_cuisines_are_wanted_in_any_case() -> None:
    rows = (restaurant("R", "A", cuisines=("THAI", "Fusion")), restaurant("S", "A"))
    (thai, other) = (
        gather(request(food={"cuisines": ["thai"]}), REALISTIC, world(restaurant_rows=rows)).offers["A"].dinings
    )
    assert (len(thai.cuisines), len(other.cuisines)) == (1, 0)
