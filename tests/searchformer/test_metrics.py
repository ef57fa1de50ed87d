"""What measures must be: a worked example, the same by loops over samples, and laws; intervals that hold the truth."""

from collections.abc import Callable
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchformer.metrics import (
    NOTHING,
    Figure,
    Samples,
    distinct_plans,
    mean,
    ratio,
    scores,
    share,
    swc,
)


def samples_of(
    costs: list[list[int]],
    optimal: list[int],
    lengths: list[list[int]] | None = None,
    astar: list[float] | None = None,
    plans: list[list[str]] | None = None,
) -> Samples:
    return Samples(
        np.array(costs, np.int64),
        np.array(optimal, np.int64),
        np.array(lengths or [[10] * len(row) for row in costs], np.int64),
        np.array(astar or [10.0] * len(optimal), np.float64),
        plans or [["plan"] * len(row) for row in costs],
    )


def test_a_worked_example() -> None:
    # Problem 1: optimal twice (traces 8 and 12), longer once. Problem 2: solved once, not optimally. Problem 3: never.
    samples = samples_of(
        [[4, 4, 6, -1], [-1, 10, -1, -1], [-1, -1, -1, -1]],
        [4, 5, 3],
        [[8, 12, 40, 3], [7, 50, 7, 7], [1, 1, 1, 1]],
        [20.0, 30.0, float("nan")],
        [["a", "b", "c", "a"], ["a", "a", "b", "b"], ["a", "b", "c", "d"]],
    )
    result = scores(samples)
    assert result.solved.value == pytest.approx((3 / 4 + 1 / 4 + 0) / 3)
    assert result.optimal.value == pytest.approx((2 / 4) / 3)
    assert {name: figure.value for name, figure in result.at_least.items()} == pytest.approx(
        {"1-solved-4": 2 / 3, "3-solved-4": 1 / 3, "1-optimal-4": 1 / 3, "3-optimal-4": 0}
    )
    assert swc(samples).tolist() == [1, 5 / 10, 0]
    assert result.swc.value == pytest.approx(0.5)
    assert result.ilr_on_solved.value == pytest.approx((20 / (60 / 3) + 30 / 50 + 0) / 3)
    assert result.ilr_on_optimal.value == pytest.approx((20 / 10 + 0 + 0) / 3)
    assert result.length_vs_astar.value == pytest.approx(10 / 20)
    assert distinct_plans(samples).tolist() == [3, 1, 0]


ROWS = st.integers(1, 4).flatmap(
    lambda k: st.lists(
        st.tuples(
            st.integers(1, 6),
            st.lists(st.tuples(st.integers(-1, 3), st.integers(1, 50), st.sampled_from("abc")), min_size=k, max_size=k),
            st.floats(1, 100),
        ),
        min_size=1,
        max_size=8,
    )
)


@given(ROWS)
@settings(max_examples=80, deadline=None)
def test_measures_are_what_loops_over_samples_say(
    rows: list[tuple[int, list[tuple[int, int, str]], float]],
) -> None:
    costs = [[-1 if extra < 0 else best + extra for extra, _, _ in row] for best, row, _ in rows]
    samples = samples_of(
        costs,
        [best for best, _, _ in rows],
        [[length for _, length, _ in row] for _, row, _ in rows],
        [astar for _, _, astar in rows],
        [[plan for _, _, plan in row] for _, row, _ in rows],
    )
    result, n, k = scores(samples), len(rows), len(rows[0][1])
    good: dict[str, Callable[[int], bool]] = {"solved": lambda extra: extra >= 0, "optimal": lambda extra: extra == 0}
    for name, is_good in good.items():
        counts = [sum(is_good(extra) for extra, _, _ in row) for _, row, _ in rows]
        assert getattr(result, name).value == pytest.approx(sum(counts) / (n * k))
        for least in (1, 3):
            key = f"{least}-{name}-{k}"
            assert (key in result.at_least) == (least <= k and k > 1)
            if key in result.at_least:
                assert result.at_least[key].value == pytest.approx(sum(count >= least for count in counts) / n)
        total = 0.0
        for _, row, astar in rows:
            lengths = [length for extra, length, _ in row if is_good(extra)]
            total += astar * len(lengths) / sum(lengths) if lengths else 0
        assert getattr(result, f"ilr_on_{name}").value == pytest.approx(total / n)
    best_extra = [min([extra for extra, _, _ in row if extra >= 0], default=inf) for _, row, _ in rows]
    weighted = sum(best / (best + extra) for (best, _, _), extra in zip(rows, best_extra, strict=True))
    assert result.swc.value == pytest.approx(weighted / n)
    different = [len({plan for extra, _, plan in row if extra >= 0}) for _, row, _ in rows]
    assert result.distinct_plans.value == pytest.approx(sum(different) / n)
    # Laws.
    assert result.optimal.value is not None
    assert result.solved.value is not None
    assert result.swc.value is not None
    assert result.optimal.value <= result.solved.value + 1e-12
    assert 0 <= result.swc.value <= 1 + 1e-12
    for figure in (result.solved, result.optimal, result.swc, result.ilr_on_solved, *result.at_least.values()):
        assert figure.low is not None
        assert figure.value is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high


def test_lengths_compare_with_nothing_where_something_is_not_known() -> None:
    unknown = scores(samples_of([[4]], [4], [[8]], [float("nan")]))
    assert (unknown.ilr_on_solved, unknown.ilr_on_optimal, unknown.length_vs_astar) == (NOTHING,) * 3
    without_trace = scores(samples_of([[4], [4]], [4, 4], [[0], [8]], [5.0, 5.0]))
    assert without_trace.ilr_on_solved == NOTHING
    nothing_optimal = scores(samples_of([[5]], [4], [[8]], [5.0]))
    assert nothing_optimal.length_vs_astar == NOTHING
    assert nothing_optimal.ilr_on_optimal == Figure(0, 0, 0)


def test_a_plan_that_costs_nothing_is_a_whole_success() -> None:
    assert swc(samples_of([[0]], [0])).tolist() == [1]


@pytest.mark.parametrize(
    ("good", "num", "low", "high"),
    [
        (8, 10, 0.4901625, 0.9433178),
        (0, 10, 0.0, 0.2775328),
        (10, 10, 0.7224672, 1.0),
        (950, 1000, 0.9346862, 0.9618697),
    ],
)
def test_shares_have_wilsons_interval(good: int, num: int, low: float, high: float) -> None:
    figure = share(np.arange(num) < good)
    assert (figure.value, figure.low, figure.high) == pytest.approx((good / num, low, high), abs=1e-6)


def test_samples_of_one_problem_count_as_one_where_they_agree() -> None:
    # 64 times the same answer are worth one; 64 independent ones are worth 64.
    agreeing = np.array([1.0, 0.0] * 50)
    assert share(agreeing, 64) == share(agreeing > 0)
    chance = np.random.default_rng(0)
    independent = share((chance.random((100, 64)) < 0.5).mean(axis=1), 64)
    as_many = share(chance.random(6400) < 0.5)
    assert _width(independent) == pytest.approx(_width(as_many), rel=0.2)
    assert _width(share(np.ones(100), 64)) == _width(share(np.ones(100) > 0)), "no surer than the problems allow"
    assert share(np.full(5, 0.5), inf) == Figure(0.5, 0.5, 0.5)


def _width(figure: Figure) -> float:
    assert figure.low is not None
    assert figure.high is not None
    return figure.high - figure.low


def test_intervals_hold_the_truth_nineteen_times_of_twenty() -> None:
    chance = np.random.default_rng(1)
    held = {"share": 0, "clustered": 0, "mean": 0, "ratio": 0}
    for _ in range(200):
        difficulty = chance.beta(2, 1, 80)
        drawn = {
            "share": (share(chance.random(80) < 0.9), 0.9),
            "clustered": (share(chance.binomial(8, difficulty) / 8, 8), 2 / 3),
            "mean": (mean(chance.exponential(3, 80)), 3.0),
        }
        lengths = chance.exponential(10, 80)
        drawn["ratio"] = (ratio(lengths * chance.uniform(0.5, 1.5, 80), lengths), 1.0)
        for name, (figure, truth) in drawn.items():
            assert figure.low is not None
            assert figure.high is not None
            held[name] += figure.low <= truth <= figure.high
    assert all(0.89 * 200 <= count <= 0.99 * 200 for count in held.values()), held


def test_nothing_has_no_value() -> None:
    none = np.zeros(0)
    assert share(none) == mean(none) == ratio(none, none) == NOTHING


def test_means_are_the_same_every_time() -> None:
    values = np.random.default_rng(2).random(50)
    assert mean(values) == mean(values.copy())
    assert mean(np.full(3, 7.0)) == Figure(7, 7, 7)
