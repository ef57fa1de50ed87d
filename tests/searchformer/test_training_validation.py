"""Validation samples plans and believes replay alone."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from data.tokens import TokenFormat
from searchformer.batches import BatchStream, WholeTargets
from searchformer.callbacks import validation_words
from searchformer.losses import token_losses
from searchformer.planner import solve_many
from searchformer.run_record import COLUMNS, MetricsFile
from searchformer.validation import COUNTS, Exercise, exercises, figures, held_out_losses, solve
from tests.searchformer import overfitted


@pytest.fixture(scope="module")
def given() -> tuple[TokenFormat, tuple[Exercise, ...]]:
    token_format = overfitted.token_format()
    tokens = token_format.encode(overfitted.traces())
    return token_format, exercises(token_format, tokens, range(len(tokens)), True)


def test_a_recorded_plan_tells_the_cost_of_a_best_one(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    assert [each.cost for each in given[1]] == overfitted.traces().costs.tolist()


@pytest.mark.parametrize("mode", ["slow", "fast"])
def test_what_is_known_by_heart_is_solved(given: tuple[TokenFormat, tuple[Exercise, ...]], mode: str) -> None:
    token_format, held = given
    found = solve(overfitted.checkpoint().network, token_format, held, mode)
    assert found["problems"] == found["finished"] == found["solved"] == found["optimal"] == len(held)
    traces = token_format.encode(overfitted.traces()).trace_offsets[-1]
    assert found["trace_tokens"] == (traces if mode == "slow" else 0)


def test_a_plan_that_costs_more_than_the_best_is_solved_and_not_optimal(
    given: tuple[TokenFormat, tuple[Exercise, ...]],
) -> None:
    token_format, held = given
    cheaper = [each._replace(cost=each.cost - 1) for each in held]
    found = solve(overfitted.checkpoint().network, token_format, cheaper, "fast")
    assert (found["solved"], found["optimal"]) == (len(held), 0)


def test_an_answer_without_an_end_solves_nothing(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    token_format, held = given
    short = [each._replace(trace_tokens=0, plan_tokens=1) for each in held]
    found = solve(overfitted.checkpoint().network, token_format, short, "slow")
    assert (found["finished"], found["solved"], found["trace_tokens"]) == (0, 0, 0)


def test_in_mode_auto_an_answer_is_the_slow_or_the_fast_one(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    network = overfitted.checkpoint().network
    for each in given[1]:
        slow, fast, auto = (solve(network, given[0], [each], mode) for mode in ("slow", "fast", "auto"))
        assert auto == (slow if auto["trace_tokens"] else fast)
        assert auto["optimal"] == 1


def test_validation_says_what_the_planner_says(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    token_format, held = given
    untrained = overfitted.small_network(len(token_format.words), seed=3)
    for network in (overfitted.checkpoint().network, untrained.eval()):
        known = replace(overfitted.checkpoint(), network=network)
        for mode in ("slow", "fast", "auto"):
            results = solve_many(overfitted.mazes(), known, mode=mode)
            found = solve(network, token_format, held, mode)
            assert found["solved"] == sum(result.solution is not None for result in results)
            assert found["optimal"] == sum(result.cost == each.cost for result, each in zip(results, held, strict=True))


def test_processes_that_share_exercises_count_as_one(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    token_format, held = given
    shares = [solve(overfitted.checkpoint().network, token_format, held[i::3], "slow") for i in range(3)]
    whole = solve(overfitted.checkpoint().network, token_format, held, "slow")
    assert {name: sum(each[name] for each in shares) for name in COUNTS} == whole


def sums(*counts: float) -> dict[str, float]:
    return dict(zip(COUNTS, counts, strict=True))


def test_the_first_mode_has_the_plain_names() -> None:
    slow, fast, auto = sums(8, 6, 4, 5, 500), sums(8, 2, 1, 8, 0), sums(8, 7, 6, 4, 100)
    found = figures({"slow": slow, "fast": fast, "auto": auto})
    assert found == {
        "val_solved": 0.75,
        "val_optimal": 0.5,
        "val_finished": 0.625,
        "val_trace_tokens": 100,
        "val_fast_optimal": 0.125,
        "val_auto_optimal": 0.75,
        "val_auto_trace_tokens": 25,
    }
    assert found.keys() <= set(COLUMNS)
    said = validation_words({"val_loss": 1.0} | found)
    for part in ("50.0% solved optimally", "12.5% optimally in mode fast", "75.0% optimally in mode auto, 25 trace"):
        assert part in said
    assert figures({"slow": slow}).keys() == {
        f"val_{name}" for name in ("solved", "optimal", "finished", "trace_tokens")
    }
    assert "auto" not in validation_words({"val_loss": 1.0} | figures({"slow": slow}))
    assert figures({"fast": fast})["val_optimal"] == 0.125
    assert figures({"slow": sums(0, 0, 0, 0, 0), "fast": sums(0, 0, 0, 0, 0)}) == {}


def test_figures_of_an_earlier_version_lack_columns(tmp_path: Path) -> None:
    """A training that such a version began goes on, and every line has as many cells."""
    file = tmp_path / "metrics.csv"
    file.write_text("step,seconds\n10,1.5\n20,2.5\n30,3.5\n", encoding="utf-8")
    MetricsFile(file, 20).log_metrics({"val_fast_optimal": 0.5}, 25)
    with file.open(encoding="utf-8", newline="") as stream:
        first, second, third = csv.DictReader(stream)
    assert (first["step"], second["seconds"], third["val_fast_optimal"]) == ("10", "2.5", "0.5")
    assert first["val_auto_optimal"] == second["val_fast_optimal"] == ""


def test_no_exercises_give_nothing(given: tuple[TokenFormat, tuple[Exercise, ...]]) -> None:
    assert solve(overfitted.checkpoint().network, given[0], (), "fast")["problems"] == 0


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
