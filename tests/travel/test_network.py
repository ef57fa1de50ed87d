"""The bounds never exceed the least score of a trip through a stay or a leg; the limits of the models end soon."""

import math
from collections.abc import Mapping

import pytest

from planning.travel.gathering import gather
from planning.travel.network import Network, build_network
from planning.travel.solving import solve_trip
from solvers.milp import Milp, Values, solve_cpsat
from solvers.result import Result, Status
from tests.travel.brute_force import BruteForce, brute_force, stops_of
from tests.travel.tiny_world import Case, tiny_case


def with_scores(seed: int) -> Case:
    """Return a case without a budget; every other one is asked without any wish, where bounds can be tight."""
    return tiny_case(seed, num_wishes=seed % 4 // 2)


@pytest.mark.parametrize("seed", range(120))
def test_bounds_are_at_most_the_least_score_through_each_stay_and_leg(seed: int) -> None:
    case = with_scores(seed)
    oracle = BruteForce(case.request, case.profile, case.inventory)
    by_stay: dict[tuple[object, ...], float] = {}
    by_leg: dict[tuple[object, ...], float] = {}
    for moves in oracle.routes():
        trip = oracle.priced(moves)
        if trip is None:
            continue
        for i, stop in enumerate(stops_of(moves)):
            _take_least(by_stay, (i, stop.city, stop.start, stop.end), trip.score)
        for number, (day, move) in enumerate(moves):
            _take_least(by_leg, (number, move.leg.mode, move.leg.record, day), trip.score)
    network = build_network(gather(case.request, case.profile, case.inventory))
    for stay, bound in zip(network.stays, network.stay_bounds, strict=True):
        least = by_stay.get((stay.position, stay.city, stay.start, stay.end), math.inf)
        assert bound <= least, f"seed {seed}: {stay}"
    for (number, option), bound in zip(network.legs, network.leg_bounds, strict=True):
        days = range(case.request.dates.window_days) if option.day is None else (option.day,)
        least = min(by_leg.get((number, option.mode, option.record, day), math.inf) for day in days)
        assert bound <= least, f"seed {seed}: leg {number} {option}"
    assert {(stay.position, stay.city, stay.start, stay.end) for stay in network.stays} >= set(by_stay)


def _take_least(least: dict[tuple[object, ...], float], key: tuple[object, ...], score: float) -> None:
    least[key] = min(least.get(key, math.inf), score)


@pytest.mark.parametrize("seed", range(0, 120, 3))
def test_the_bound_of_the_network_is_near_the_optimum(seed: int) -> None:
    """Weak bounds would be right as well, and useless."""
    case = tiny_case(seed, num_wishes=0)
    best = brute_force(case.request, case.profile, case.inventory)
    network = build_network(gather(case.request, case.profile, case.inventory))
    if best is None:
        return
    assert 0.3 * best.objective <= network.bound <= best.objective


@pytest.mark.parametrize("seed", range(20))
def test_within_keeps_what_is_at_most_the_limit(seed: int) -> None:
    case = with_scores(seed)
    whole = build_network(gather(case.request, case.profile, case.inventory))
    for limit in sorted({*whole.stay_bounds, *whole.leg_bounds})[:6]:
        part = whole.within(limit)
        assert part.stays == tuple(s for s, b in zip(whole.stays, whole.stay_bounds, strict=True) if b <= limit)
        assert part.legs == tuple(leg for leg, b in zip(whole.legs, whole.leg_bounds, strict=True) if b <= limit)
        assert isinstance(part, Network)
        assert (part.stay_bounds <= limit).all()
        assert (part.leg_bounds <= limit).all()


@pytest.mark.parametrize("seed", range(120))
def test_few_models_are_solved(seed: int) -> None:
    """A request without a trip must not grow its limit for ever: whatever cannot be part of a trip ends the search."""
    case = tiny_case(seed)
    solved: list[Status] = []

    def counted(model: Milp, *, time_limit_s: float, hint: Mapping[str, int] | None = None) -> Result[Values]:
        solved.append(Status.UNKNOWN)
        return solve_cpsat(model, time_limit_s=time_limit_s, hint=hint)

    solve_trip(gather(case.request, case.profile, case.inventory), counted, 30.0)
    assert len(solved) <= 12, f"seed {seed}"
