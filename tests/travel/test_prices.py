"""What a constraint adds is the difference between two trips: with it, and without it. Brute force knows both."""

from typing import Any

import pytest

from planning.travel.conflicts import constraints_of
from planning.travel.prices import Price, price_constraints
from planning.travel.profile import REALISTIC
from solvers.milp import Milp, solve_cpsat
from solvers.result import Result, Status
from tests.travel.test_explanation import least_cost, world
from tests.travel.tiny_world import request, tiny_case


@pytest.mark.parametrize("seed", range(30))
def test_prices_are_what_brute_force_finds(seed: int) -> None:
    case = tiny_case(seed, num_wishes=1 + seed % 4)
    prices = price_constraints(case.request, case.profile, case.inventory, solve_cpsat, 60.0)
    least = least_cost(case.request, case.profile, case.inventory, set())
    if least is None:
        assert prices is None
        return
    assert prices is not None
    assert (prices.cost_cents, prices.complete) == (least, True)
    names = {c.name for c in constraints_of(case.request, case.profile)}
    for name in names:
        without = least_cost(case.request, case.profile, case.inventory, {name})
        assert without is not None
        assert [p.adds_cents for p in prices.prices if p.constraint == name] == [least - without]
    assert {price.constraint for price in prices.prices} == names
    adds = [price.adds_cents for price in prices.prices]
    assert adds == sorted(adds, reverse=True)
    assert min(adds, default=0) >= 0


def test_a_rating_has_its_price_in_the_travellers_words() -> None:
    """The palace is 120 dollars a night dearer than the inn. A budget that is met adds nothing, and is not there."""
    wish = request(
        budget_cents=2000_00,
        lodging={"min_rating": 4.0},
        provenance={"lodging.min_rating": {"source": "stated", "quotes": ["four stars"]}},
    )
    prices = price_constraints(wish, REALISTIC, world(), solve_cpsat, 30.0)
    assert prices is not None
    name = "lodging rated 4.0 or better"
    assert prices.prices[0] == Price(name, f"{name} (“four stars”)", 240_00)
    assert all(price.adds_cents == 0 for price in prices.prices[1:])
    assert not [price for price in prices.prices if "budget" in price.constraint]


def test_what_was_priced_before_the_time_limit_is_said() -> None:
    asked = 0

    def slow(model: Milp, **options: Any) -> Result[dict[str, int]]:
        nonlocal asked
        asked += 1
        return solve_cpsat(model, **options) if asked <= 2 else Result(Status.UNKNOWN, "slow")

    prices = price_constraints(request(), REALISTIC, world(), slow, 30.0)
    assert prices is not None
    assert len(prices.prices) == 1
    assert not prices.complete
