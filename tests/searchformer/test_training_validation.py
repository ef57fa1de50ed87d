"""Validation samples plans and believes replay alone."""

import pytest

from data.tokens import TokenFormat
from searchformer.batches import BatchStream, WholeTargets
from searchformer.losses import token_losses
from searchformer.validation import Exercise, exercises, held_out_losses, solve
from tests.searchformer import overfitted


@pytest.fixture(scope="module")
def given() -> tuple[TokenFormat, tuple[Exercise, ...]]:
    token_format = overfitted.token_format()
    tokens = token_format.encode(overfitted.traces())
    return token_format, exercises(token_format, tokens, range(len(tokens)), True)


def test_a_recorded_plan_tells_the_cost_of_a_best_one(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    assert [each.cost for each in given[1]] == overfitted.traces().costs.tolist()


@pytest.mark.parametrize("mode", ["trace", "plan"])
def test_what_is_known_by_heart_is_solved(given: tuple[TokenFormat, tuple[Exercise, ...]], mode: str) -> None:
    token_format, held = given
    found = solve(overfitted.checkpoint().network, token_format, held, mode)
    assert found["problems"] == found["finished"] == found["solved"] == found["optimal"] == len(held)
    traces = token_format.encode(overfitted.traces()).trace_offsets[-1]
    assert found["trace_tokens"] == (traces if mode == "trace" else 0)


def test_a_plan_that_costs_more_than_the_best_is_solved_and_not_optimal(
    given: tuple[TokenFormat, tuple[Exercise, ...]],
) -> None:
    token_format, held = given
    cheaper = [each._replace(cost=each.cost - 1) for each in held]
    found = solve(overfitted.checkpoint().network, token_format, cheaper, "plan")
    assert (found["solved"], found["optimal"]) == (len(held), 0)


def test_an_answer_without_an_end_solves_nothing(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    token_format, held = given
    short = [each._replace(num_tokens=4) for each in held]
    found = solve(overfitted.checkpoint().network, token_format, short, "trace")
    assert (found["finished"], found["solved"], found["trace_tokens"]) == (0, 0, 0)


def test_no_exercises_give_nothing(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    assert solve(overfitted.checkpoint().network, given[0], (), "plan")["problems"] == 0


def test_a_recorded_plan_that_is_wrong_is_named(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    tokens = given[0].encode(overfitted.traces())
    tokens.plans[-1] = tokens.plans[1]
    with pytest.raises(ValueError, match="plan of held-out example 3 is wrong"):
        exercises(given[0], tokens, [3], True)


def test_the_held_out_loss_counts_tokens_not_batches() -> None:
    tokens = overfitted.token_format().encode(overfitted.traces())
    network = overfitted.small_network(len(overfitted.token_format().words))
    sums = []
    for budget in (200, 10_000):
        stream = BatchStream(tokens, WholeTargets(tokens, True), token_budget=budget, seed=0)
        batches = [stream.batch(indices, 0) for indices in stream.epoch(0)]
        sums.append(held_out_losses(network, batches).tolist())
    assert sums[0] == pytest.approx(sums[1], rel=1e-5)
    assert sums[0][1] == len(tokens.traces) + len(tokens.plans) + len(tokens)
    losses, mask = token_losses(network, batches[0])
    assert sums[1][0] == pytest.approx((losses * mask).sum().item(), rel=1e-5)
