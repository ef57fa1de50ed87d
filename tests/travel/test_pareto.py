"""The front is what brute force finds; what is not the whole of it says so, and is on it all the same."""

import time
from itertools import product
from random import Random
from typing import Any

import pytest

from planning.travel.pareto import Front, pareto_front
from planning.travel.pareto_picture import draw_front
from planning.travel.profile import REALISTIC
from planning.travel.request import Objective
from planning.travel.rules import check_rules
from solvers.session import Session
from tests.travel.brute_force import BruteForce, stops_of
from tests.travel.test_explanation import world
from tests.travel.tiny_world import Case, near, request, tiny_case

NAMES = (("cost", "rating"), ("cost", "time"), ("rating", "cost"), ("time", "rating"), ("cost", "rating", "time"))


def brute_front(case: Case, names: tuple[str, ...]) -> set[tuple[int, ...]]:
    """Return the scores of all trips that no other trip beats."""
    weights = Objective(cost=0, rating=int("rating" in names), travel_time=1)
    request = case.request.model_copy(update={"objective": weights})
    tried = BruteForce(request, case.profile, case.inventory)
    points: set[tuple[int, ...]] = set()
    for moves in tried.routes():
        minutes = sum(move.leg.duration_min for _, move in moves)
        cents = sum(move.leg.cost_cents for _, move in moves)
        for plans in product(*(tried.stay_plans(stop) for stop in stops_of(moves))):
            cost = cents + sum(plan.cost for plan in plans)
            if tried.is_allowed(plans, cost):
                scores = {"cost": cost, "rating": sum(plan.score for plan in plans) // 30, "time": minutes}
                points.add(tuple(scores[name] for name in names))
    return {point for point in points if not any(beats(other, point) for other in points)}


def beats(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one != other and all(mine <= yours for mine, yours in zip(one, other, strict=True))


def scores(front: Front) -> list[tuple[int, ...]]:
    return [tuple(point.scores[name] for name in front.objectives) for point in front.points]


def case_of(seed: int) -> Case:
    """Return a tiny case; every third one has a budget that cuts the front."""
    case = tiny_case(seed, num_wishes=seed % 2)
    points = brute_front(case, ("cost", "rating")) if seed % 3 == 0 else set()
    if not points:
        return case
    costs = sorted(cost for cost, _ in points)
    return Case(seed, case.profile, case.inventory, near(case.request, Random(seed), costs[0], costs[-1]))


@pytest.mark.parametrize("seed", range(50))
def test_the_whole_front_is_what_brute_force_finds(seed: int) -> None:
    case, names = case_of(seed), NAMES[seed % len(NAMES)]
    front = pareto_front(case.request, case.profile, case.inventory, names, count=None, time_limit_s=60)
    assert (front.objectives, front.is_whole, front.complete) == (names, True, True)
    assert scores(front) == sorted(brute_front(case, names))
    for point in front.points:
        verdict = check_rules(point.itinerary, case.request, case.inventory)
        assert verdict.valid
        assert "cost" not in names or verdict.cost == point.scores["cost"]


@pytest.mark.parametrize("seed", range(30))
def test_some_points_are_on_the_front_and_span_it(seed: int) -> None:
    case, names = case_of(seed), NAMES[seed % len(NAMES)]
    count = 2 + seed % 5
    front = pareto_front(case.request, case.profile, case.inventory, names, count=count, time_limit_s=60)
    whole, found = brute_front(case, names), scores(front)
    assert front.complete
    assert len(set(found)) == len(found)
    assert set(found) <= whole
    assert not front.is_whole or set(found) == whole
    if len(names) == 2:
        assert min(2, len(whole)) <= len(found) <= count
        assert {min(whole, default=()), max(whole, default=())} <= {*found, ()}


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_they_are_for_many_more(block: int) -> None:
    for seed in range(1000 + 20 * block, 1020 + 20 * block):
        test_the_whole_front_is_what_brute_force_finds(seed)
        test_some_points_are_on_the_front_and_span_it(seed)


def test_the_fronts_are_worth_the_name() -> None:
    sizes = [len(brute_front(tiny_case(seed), NAMES[seed % len(NAMES)])) for seed in range(30)]
    assert sum(size > 3 for size in sizes) > 5
    assert 0 in sizes


# Bad input


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("cost", "ratings"), "unknown objective 'ratings'. Did you mean 'rating'"),
        (("cost",), "two or three different objectives"),
        (("cost", "cost"), "two or three different objectives"),
        ((), "two or three different objectives"),
    ],
)
def test_other_objectives_are_refused(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pareto_front(request(), REALISTIC, world(), names)


@pytest.mark.parametrize("count", [1, 0, -3])
def test_fewer_than_two_points_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="ask for two or more"):
        pareto_front(request(), REALISTIC, world(), ("cost", "rating"), count=count)


@pytest.mark.parametrize("names", NAMES)
def test_an_infeasible_request_has_a_whole_front_without_points(names: tuple[str, ...]) -> None:
    for count in (None, 6):
        front = pareto_front(request(budget_cents=1), REALISTIC, world(), names, count=count)
        assert front == Front(names, (), is_whole=True, complete=True)


def test_what_was_found_before_the_time_limit_is_on_the_front(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pareto_front(request(), REALISTIC, world(), ("cost", "rating"), count=None)
    assert len(whole.points) > 1
    solve, asked = Session.solve, []

    def slow(self: Session, *args: Any, **kwargs: Any) -> Any:
        asked.append(args)
        return solve(self, args[0], args[1] if len(asked) == 1 else 1e-9)

    monkeypatch.setattr(time, "perf_counter", lambda: float(len(asked)) * 1e6)
    monkeypatch.setattr(Session, "solve", slow)
    front = pareto_front(request(), REALISTIC, world(), ("cost", "rating"), count=None, time_limit_s=10)
    assert not front.complete
    assert not front.is_whole
    assert scores(front) == scores(whole)[:1]


# The picture


@pytest.mark.parametrize("names", [("cost", "rating"), ("cost", "rating", "time")])
def test_a_front_is_drawn_the_same_every_time(names: tuple[str, ...]) -> None:
    front = pareto_front(request(), REALISTIC, world(), names)
    drawn = draw_front(front, "USD")
    assert drawn.startswith(b"\x89PNG")
    assert drawn == draw_front(front, "USD")


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="without points"):
        draw_front(Front(("cost", "rating"), (), is_whole=True, complete=True), "USD")
