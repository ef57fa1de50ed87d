"""`plan_trip` from end to end: the contract of its answer, solvers that lie, and the traps that were found once."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from planning.travel.decoding import decode
from planning.travel.encoding import encode
from planning.travel.gathering import gather
from planning.travel.itinerary import Itinerary
from planning.travel.network import build_network
from planning.travel.profile import REALISTIC, TRAVELPLANNER
from planning.travel.solving import SOLVERS
from planning.travel.trip import Answer, plan_trip
from solvers.milp import AT_LEAST, Milp, Values, solve_cpsat
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

GOLDEN = Path(__file__).parent / "golden" / "three_cities.lp"
DAY = date(2027, 3, 10)
HOURS = (540, 660)


def world(names: str = "A", hours: Mapping[str, tuple[int, int]] | None = None, **rows: Any) -> TinyInventory:
    """Return a world of these cities: a flight each way a day, at `hours["AB"]` from A to B, and enough of the rest."""
    places = [HOME, *names]
    given = hours or {}
    flights = [
        flight(a, b, DAY + timedelta(i), *given.get(a + b, HOURS))
        for i in range(6)
        for a in places
        for b in places
        if a != b
    ]
    full: dict[str, Any] = {
        "city_rows": tuple(map(city, places)),
        "flight_rows": tuple(flights),
        "hotel_rows": tuple(hotel("Inn", name) for name in names),
        "restaurant_rows": tuple(restaurant(f"Table {i}", name) for name in names for i in range(9)),
        "attraction_rows": tuple(attraction(f"Sight {i}", name) for name in names for i in range(3)),
    }
    return TinyInventory(**(full | rows))


def days(num_days: int, window_days: int | None = None) -> dict[str, Any]:
    return {"earliest": DAY, "latest": DAY + timedelta((window_days or num_days) - 1), "num_days": num_days}


def ask(inventory: TinyInventory, **fields: Any) -> Answer:
    profile = fields.pop("profile", "realistic")
    return plan_trip(request(**fields), inventory, profile=profile, with_certificate=True)


def assert_planned(answer: Answer) -> Itinerary:
    assert answer.status is Status.OPTIMAL, answer.explanation or answer.verdict
    assert answer.verdict is not None
    assert answer.verdict.valid
    assert answer.certificate is not None
    assert answer.certificate.guaranteed, answer.certificate.reason
    assert answer.itinerary is not None
    return answer.itinerary


# The contract


@pytest.mark.parametrize("seed", range(40))
def test_an_answer_is_whole(seed: int) -> None:
    """It has a trip that the rules allow or proves that there is none; either is guaranteed by a second solver."""
    case = tiny_case(seed)
    answer = plan_trip(case.request, case.inventory, profile=case.profile.name, with_certificate=True)
    best = brute_force(answer.request, case.profile, case.inventory)
    assert answer.certificate is not None
    assert answer.certificate.guaranteed, f"seed {seed}: {answer.certificate.reason}"
    assert set(answer.seconds) == {"gather", "solve", "check", "certify", "explain"}
    if best is None:
        assert (answer.status, answer.itinerary, answer.verdict) == (Status.INFEASIBLE, None, None)
        assert answer.explanation is not None
    else:
        assert assert_planned(answer).cost_cents == best.cost_cents
        assert answer.explanation is None


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_every_solver_plans_the_same_cost(solver: str) -> None:
    answer = plan_trip(request(), world(), solver=solver)
    assert (answer.status, answer.certificate) == (Status.OPTIMAL, None)
    assert answer.itinerary is not None
    assert answer.itinerary.cost_cents == 460_00


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"unknown profile 'realistc'\. Did you mean 'realistic'"):
        plan_trip(request(), world(), profile="realistc")
    with pytest.raises(ValueError, match=r"unknown solver 'cpsat'\. Did you mean 'cp-sat'"):
        plan_trip(request(), world(), solver="cpsat")
    with pytest.raises(ValueError, match=r"unknown city 'Hom'\. Did you mean 'Home'"):
        plan_trip(request(origin="Hom"), world())
    with pytest.raises(ValueError, match="unknown attraction at the destination 'Sight 9'"):
        plan_trip(request(places={"must_see": ["Sight 9"]}), world())


def test_no_explanation_is_made_unless_wanted() -> None:
    answer = plan_trip(request(budget_cents=1), world(), with_explanation=False)
    assert (answer.status, answer.explanation) == (Status.INFEASIBLE, None)


def test_money_is_converted_before_planning() -> None:
    """460 dollars at 1.10 dollars a euro are 418.18 euros and a bit: 418.19 euros are enough, 418.18 are not."""
    assert_planned(ask(world(), budget_cents=418_19, currency="EUR"))
    assert ask(world(), budget_cents=418_18, currency="EUR").status is Status.INFEASIBLE


# Those who lie


def test_a_trip_that_the_checker_refuses_does_not_leave(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def careless(*args: Any) -> Itinerary:
        itinerary = decode(*args)
        meals = itinerary.days[1].meals
        return replace(
            itinerary,
            days=(itinerary.days[0], replace(itinerary.days[1], meals=meals[:2]), *itinerary.days[2:]),
        )

    monkeypatch.setattr("planning.travel.trip.decode", careless)
    with caplog.at_level(logging.ERROR):
        answer = ask(world())
    assert (answer.status, answer.itinerary) == (Status.UNKNOWN, None)
    assert answer.verdict is not None
    assert not answer.verdict.valid
    assert answer.certificate is not None
    assert not answer.certificate.guaranteed
    assert "dinner" in caplog.text


def test_a_price_that_is_not_the_tables_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    def cheap(*args: Any) -> Itinerary:
        return replace(decode(*args), cost_cents=1)

    monkeypatch.setattr("planning.travel.trip.decode", cheap)
    answer = plan_trip(request(), world())
    assert answer.itinerary is None


def test_a_solver_that_stops_too_soon_gets_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    def second_best(model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[Values]:
        best = solve_cpsat(model, time_limit_s=time_limit_s)
        if best.cost is None:
            return best
        terms = [(variable, int(c)) for variable, c in model.problem.objective.items()]
        model.add("worse", terms, AT_LEAST, best.cost + 1)
        worse = solve_cpsat(model, time_limit_s=time_limit_s)
        return replace(worse, status=Status.OPTIMAL, bound=worse.cost) if worse.solution else best

    monkeypatch.setitem(SOLVERS, "auto", second_best)
    answer = ask(world(restaurant_rows=tuple(restaurant(f"Table {i}", "A", 20_00 + i) for i in range(9))))
    assert answer.certificate is not None
    assert not answer.certificate.guaranteed


# Traps


def test_a_window_is_used_to_its_last_day() -> None:
    """The only flights are those of the last three days of five."""
    late = (flight(HOME, "A", DAY + timedelta(2), *HOURS), flight("A", HOME, DAY + timedelta(4), *HOURS))
    itinerary = assert_planned(ask(world(flight_rows=late), dates=days(3, 5)))
    assert itinerary.days[0].day == DAY + timedelta(2)


def test_a_dearer_leg_is_found_where_the_cheap_one_does_not_do() -> None:
    """Four cuisines need a fourth meal: every stay is within the first limit, the flight that leaves time is not."""
    cuisines = ["Thai", "Greek", "Cajun", "Sushi"]
    inventory = world(
        restaurant_rows=tuple(restaurant(name, "A", cuisines=(name,)) for name in cuisines),
        flight_rows=(
            flight(HOME, "A", DAY, 1200, 1300, price_cents=1_00),
            flight(HOME, "A", DAY, 700, 800, price_cents=900_00),
            flight("A", HOME, DAY + timedelta(2), 480, 600),
        ),
    )
    itinerary = assert_planned(ask(inventory, food={"cuisines": cuisines}))
    assert itinerary.days[0].leg is not None
    assert itinerary.days[0].leg.cost_cents == 900_00


def test_rows_of_one_name_are_one_place() -> None:
    twice = (restaurant("Table 0", "A", 1_00), *world().restaurant_rows)
    itinerary = assert_planned(ask(world(restaurant_rows=twice)))
    assert sum(meal.record.name == "Table 0" for day in itinerary.days for meal in day.meals) == 1
    sights = (attraction("Park", "A"), attraction("Park", "A"), attraction("Tower", "A", 5_00))
    itinerary = assert_planned(ask(world(attraction_rows=sights)))
    assert sorted(visit.record.name for day in itinerary.days for visit in day.visits) == ["Park", "Tower"]


def test_a_must_see_that_two_cities_have_may_be_seen_in_both() -> None:
    """Each city has a full day and nothing else to see: the wish for one "Old Town" does not forbid the other."""
    old_towns = (attraction("Old Town", "A"), attraction("Old Town", "B"))
    fields: dict[str, Any] = {
        "destination": {"cities": ["A", "B"]},
        "dates": days(5),
        "places": {"must_see": ["old town"]},
    }
    itinerary = assert_planned(ask(world("AB", attraction_rows=old_towns), **fields))
    assert any(day.visits for day in itinerary.days)
    whole_days = tuple(hotel("Inn", name, min_nights=2) for name in "AB")
    fields["dates"] = days(5)
    assert_planned(ask(world("AB", attraction_rows=old_towns, hotel_rows=whole_days), **fields))


@pytest.mark.parametrize("profile", ["realistic", "travelplanner"])
@pytest.mark.parametrize("cuisines", [["Thai", "Thai"], ["Thai", "THAI"], ["日本", "中国"], ["Tex-Mex", "Tex Mex"]])
def test_cuisines_may_be_named_twice_and_in_any_script(cuisines: list[str], profile: str) -> None:
    served = tuple(dict.fromkeys(cuisines))
    rows = tuple(restaurant(f"Table {i}", "A", cuisines=served) for i in range(9))
    assert_planned(ask(world(restaurant_rows=rows), food={"cuisines": cuisines}, profile=profile))


@pytest.mark.parametrize(("in_b", "status"), [(4, Status.OPTIMAL), (5, Status.INFEASIBLE)])
def test_a_travel_day_has_three_meals_in_both_cities_together(in_b: int, status: Status) -> None:
    """Without a clock: A has three meals on the first day, B on the last, and they share the three of the day between.

    Five cuisines of A and four of B fill the day between just so, from breakfast on in A and up to dinner in B.
    """
    cuisines = {"A": [f"Cuisine A{i}" for i in range(5)], "B": [f"Cuisine B{i}" for i in range(in_b)]}
    rows = tuple(restaurant(c, name, cuisines=(c,)) for name, wanted in cuisines.items() for c in wanted)
    answer = ask(
        world("AB", restaurant_rows=rows),
        destination={"cities": ["A", "B"]},
        dates=days(3),
        food={"cuisines": [*cuisines["A"], *cuisines["B"]]},
        profile="travelplanner",
    )
    assert answer.status is status
    if status is Status.OPTIMAL:
        between = assert_planned(answer).days[1]
        assert [meal.slot for meal in between.meals] == ["breakfast", "lunch", "dinner"]


def test_house_rules_are_obeyed_in_any_case() -> None:
    rows = (hotel("Inn", "A", house_rules="no pets"), hotel("Palace", "A", 99_00))
    itinerary = assert_planned(ask(world(hotel_rows=rows), lodging={"house_rules": ["pets"]}))
    assert {day.night.record.name for day in itinerary.days if day.night} == {"Palace"}


def test_names_of_cities_may_end_with_numbers() -> None:
    """City2 is number 27 of the list and City22 is number 7: they must not both be called City227."""
    names = [f"City{i}" for i in reversed(range(30))]
    inventory = TinyInventory(
        city_rows=tuple(map(city, (HOME, *names))),
        route_rows=tuple(route(a, b) for name in names for a, b in ((HOME, name), (name, HOME))),
        hotel_rows=tuple(hotel("Inn", name, 80_00 + i) for i, name in enumerate(reversed(names))),
        restaurant_rows=tuple(restaurant(f"Table {i}", name) for name in names for i in range(9)),
        attraction_rows=tuple(attraction("Sight", name) for name in names),
    )
    candidates = gather(request(destination={"region": "Region"}), REALISTIC, inventory)
    encoding = encode(candidates, build_network(candidates))
    names_of_stays = [variable.name for _, variable in encoding.stays]
    assert len(set(names_of_stays)) == len(names_of_stays)


def test_a_flight_that_lands_the_day_before_is_left_out() -> None:
    """Across the date line, A to B lands on the day before: the trip goes by way of B to A instead."""
    fields: dict[str, Any] = {"destination": {"cities": ["A", "B"]}, "dates": days(4)}
    itinerary = assert_planned(ask(world("AB", {"AB": (540, -200)}), **fields))
    assert [day.leg.origin for day in itinerary.days if day.leg] == [HOME, "B", "A"]


def test_a_flight_that_lands_before_it_leaves_makes_no_second_lunch() -> None:
    """Across the date line, 17:00 to 5:00 of one day: whoever had lunch in A has none in B, nor two visits at once."""
    hours = {"AB": (1020, 300), "BA": (1020, 300)}
    fields: dict[str, Any] = {"destination": {"cities": ["A", "B"]}, "dates": days(4)}
    assert_planned(ask(world("AB", hours), **fields))


def test_a_drive_that_may_arrive_at_four_in_the_morning_is_no_drive() -> None:
    """The checker calls that the small hours: the encoding must not offer what it refuses."""
    fields: dict[str, Any] = {"transport": {"earliest_departure_min": 0, "latest_arrival_min": 240}}
    roads = (route(HOME, "A"), route("A", HOME))
    answer = ask(world(flight_rows=(), route_rows=roads), **fields)
    assert answer.status is Status.INFEASIBLE


# What the rules allow is not to be called impossible


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ({"places": {"must_see": ["Sight 0", "Sight 1", "Sight 2"]}}, {}),
        ({"pace": "relaxed"}, {"attraction_rows": (attraction("Sight 0", "A", opens_min=780, closes_min=1080),)}),
        ({"places": {"must_see": ["Sight 0", "Sight 1"]}, "profile": "travelplanner"}, {}),
    ],
    ids=["a third must-see on a day of two", "an afternoon on a relaxed day", "two must-sees without a clock"],
)
def test_visits_fit_where_the_rules_have_room(fields: dict[str, Any], rows: dict[str, Any]) -> None:
    """The pace is the least number of visits of a full day; a trip that has more, or later ones, breaks no rule."""
    assert_planned(ask(world(**rows), **fields))


# Golden


def three_cities() -> tuple[Any, Any]:
    """Return a request and a world of three cities, four days, one night in each."""
    names = "ABC"
    inventory = TinyInventory(
        city_rows=tuple(map(city, (HOME, *names))),
        flight_rows=(
            flight(HOME, "A", DAY, 540, 660, price_cents=50_00),
            flight("A", "B", DAY + timedelta(1), 540, 660, price_cents=60_00),
            flight("B", "C", DAY + timedelta(2), 540, 660, price_cents=70_00),
            flight("C", HOME, DAY + timedelta(3), 540, 660, price_cents=80_00),
        ),
        route_rows=(route(HOME, "B", 40), route("B", "A", 30), route("A", "C", 20), route("C", HOME, 50)),
        hotel_rows=(hotel("Inn", "A", 80_00), hotel("Inn", "B", 90_00), hotel("Inn", "C", 100_00)),
        restaurant_rows=tuple(restaurant("Table", name) for name in names),
        attraction_rows=tuple(attraction("Sight", name) for name in names),
    )
    wish = request(destination={"cities": list(names)}, dates=days(4), adults=2, budget_cents=900_00)
    return wish, inventory


def lp_text(path: Path) -> str:
    """Write the model of the three cities, and return its text."""
    wish, inventory = three_cities()
    candidates = gather(wish, TRAVELPLANNER, inventory)
    encode(candidates, build_network(candidates)).model.write_lp(path)
    return path.read_text()


def test_the_model_of_three_cities_reads_as_it_did(tmp_path: Path) -> None:
    """Every row has a name that a person can read.

    Regenerate: python -c "from tests.travel.test_trip import *; lp_text(GOLDEN)"
    """
    assert lp_text(tmp_path / "model.lp") == GOLDEN.read_text()


def test_the_trip_of_three_cities_is_the_cheapest() -> None:
    wish, inventory = three_cities()
    answer = plan_trip(wish, inventory, profile="travelplanner", with_certificate=True)
    itinerary = assert_planned(answer)
    # By one's own car home – B – A – C – home: 5 cents a km, whole dollars.
    assert [day.leg.mode for day in itinerary.days if day.leg] == ["self-driving"] * 4
    assert itinerary.cost_cents == (80_00 + 90_00 + 100_00) + (2_00 + 1_00 + 1_00 + 2_00)
