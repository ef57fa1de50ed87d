"""The benchmark of Dualformer: what is compared is comparable, figures are what they say, and a smoke of all of it."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from math import comb
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks import dualformer, dualformer_figures
from benchmarks.curve_figures import Interval
from benchmarks.dualformer import Comparison, dropped_share, targets_of
from benchmarks.dualformer_figures import any_of, curves, leads, of_shares, points, wider
from benchmarks.dualformer_runs import ALL_MODES, KINDS, Answers, Run, run_of
from benchmarks.experiment import Experiment, cases_of, examples
from benchmarks.training import new_network, one_thread
from searchformer.dropping import MIXES
from searchformer.evaluation import EvaluationSettings
from searchformer.metrics import mean

BRIEF = Experiment(side=4, steps=2, examples_per_step=16, problems=3), Comparison(40, 2, 2)


def answers(optimal: list[int], *, num_samples: int = 1, thinking: int = 1, trace_tokens: int = 20) -> Answers:
    num = len(optimal)
    traces = [num_samples * trace_tokens * thinking] * num
    thought = [num_samples * thinking] * num
    return Answers(num_samples, optimal, optimal, thought, traces, [tokens + 10 * num_samples for tokens in traces])


def run(kind: str, seed: int, greedy: dict[str, Answers], sampled: dict[str, Answers] | None = None) -> Run:
    num = len(next(iter(greedy.values())).optimal)
    return Run(kind, seed, 10, 960, 1000, 99, 0.25, 0.5, 1.0, 1.0, [40] * num, greedy, sampled or {})


def full(seed: int, shares: dict[str, float], num: int = 100) -> list[Run]:
    """Return a run of each kind, whose answers to the first problems are optimal."""

    def part(kind: str, mode: str) -> Answers:
        good = round(shares.get(f"{kind} {mode}", 0.5) * num)
        return answers([1] * good + [0] * (num - good), thinking=int(mode != "fast"))

    return [run(name, seed, {mode: part(name, mode) for mode in kind.modes}) for name, kind in KINDS.items()]


# What is compared


def test_the_default_is_what_was_asked_for() -> None:
    assert dualformer.FULL[0].problems == 500
    assert dualformer.NUM_SEEDS == 3
    assert {kind.mix for kind in KINDS.values()} == {"maze", "two-mode", "L0", "L1", "L2", "L3", "L4"}
    assert all(set(kind.sampled) <= set(kind.modes) for kind in KINDS.values())
    assert {name for pair in dualformer_figures.PAIRS for name, _ in pair} <= set(KINDS)
    assert all(mode in KINDS[name].modes for pair in dualformer_figures.PAIRS for name, mode in pair)


def test_each_kind_leaves_out_what_it_says() -> None:
    experiment = BRIEF[0]
    tokens = experiment.token_format.encode(examples(experiment, 300, 0))
    shares = {name: dropped_share(targets_of(kind, tokens, experiment.token_format, 0)) for name, kind in KINDS.items()}
    assert (shares["complete"], shares["solution"]) == (0, 1)
    assert 0 < shares["L1"] < shares["L2"] < shares["L3"] < 1
    expected = sum(
        share * shares[name]
        for share, name in zip(MIXES["maze"], ("complete", "L1", "L2", "L3", "solution"), strict=True)
    )
    assert shares["dualformer"] == pytest.approx(expected, abs=0.05)
    assert shares["tokens"] == pytest.approx(shares["dualformer"], abs=0.02)


def test_runs_differ_in_what_is_left_out_alone() -> None:
    experiment, comparison = BRIEF
    tokens, cases = experiment.token_format.encode(examples(experiment, 40, 0)), cases_of(experiment)
    with one_thread():
        made = {
            kind: dualformer.do(experiment, comparison, kind, 0, tokens=tokens, cases=cases, device=torch.device("cpu"))
            for kind in ("dualformer", "complete", "solution")
        }
    ours, complete, alone = made.values()
    for name in ("trainable", "examples_seen", "steps", "astar_tokens"):
        assert getattr(ours, name) == getattr(complete, name) == getattr(alone, name)
    assert complete.tokens_seen > ours.tokens_seen > alone.tokens_seen
    assert set(ours.greedy) == set(ALL_MODES)
    assert ours.greedy["slow"].thought == [1, 1, 1]
    assert alone.greedy["fast"].thought == alone.greedy["fast"].trace_tokens == [0, 0, 0]
    assert {mode: len(one.optimal) for mode, one in ours.sampled.items()} == dict.fromkeys(ALL_MODES, 2)
    assert all(one.num_samples == 2 for one in ours.sampled.values())
    assert run_of(json.loads(json.dumps(asdict(ours)))) == ours


def test_answers_are_counted_problem_by_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come in the order in which they end, and a plan that costs more than the best one is solved, not optimal."""
    cases = cases_of(BRIEF[0])[:2]

    def sample(cost: int | None, trace_tokens: int) -> SimpleNamespace:
        return SimpleNamespace(strict_cost=cost, trace_tokens=trace_tokens, answer_tokens=trace_tokens + 10)

    def evaluate(*_: object, on_measured: Callable[[object], None]) -> None:
        of_second = sample(None, 0), sample(None, 4), sample(cases[1].cost + 2, 5)
        of_first = sample(cases[0].cost, 0), sample(cases[0].cost, 0), sample(cases[0].cost + 2, 7)
        on_measured(SimpleNamespace(id=cases[1].id, samples=of_second))
        on_measured(SimpleNamespace(id=cases[0].id, samples=of_first))

    monkeypatch.setattr(dualformer, "evaluate", evaluate)
    network = new_network("tiny", BRIEF[0].token_format, BRIEF[0].max_positions)
    found = dualformer.answers(network, BRIEF[0].token_format, cases, EvaluationSettings(num_samples=3))
    assert found == Answers(3, [2, 0], [3, 1], [1, 2], [7, 9], [37, 39])
    assert found.each("solved").tolist() == pytest.approx([1, 1 / 3])


# Figures


def test_of_k_answers_any_is_optimal_as_often_as_counting_says() -> None:
    """Of 5 answers 2 are optimal: of the 10 pairs, 3 have none of them."""
    found = any_of(2, answers([0, 2, 5], num_samples=5))
    assert found.tolist() == pytest.approx([0, 0.7, 1])
    every = [any_of(k, answers([1], num_samples=8))[0] for k in range(1, 9)]
    assert every == pytest.approx([1 - comb(7, k) / comb(8, k) for k in range(1, 9)])


def test_a_curve_spends_k_times_the_tokens() -> None:
    sampled = answers([4, 0, 1, 2], num_samples=4, trace_tokens=30)
    runs = [
        run("dualformer", seed, {mode: answers([1, 0, 1, 0]) for mode in ALL_MODES}, {"slow": sampled})
        for seed in range(2)
    ]
    (curve,) = curves(runs).values()
    assert [(best.k, best.tokens) for best in curve] == [(1, 40), (2, 80), (4, 160)]
    assert curve[0].optimal.value == pytest.approx(7 / 16)
    assert curve[-1].optimal.value == pytest.approx(3 / 4)


def test_an_interval_is_over_seeds_and_over_problems() -> None:
    alike = np.tile(np.array([1.0, 0.0]), (3, 50))
    one = of_shares(alike[:1])
    assert (one.low, one.high) == pytest.approx((0.4038, 0.5962), abs=1e-4)  # Wilson's, for 50 of 100
    apart = np.array([[1.0] * 100, [0.5] * 100, [0.0] * 100])
    assert of_shares(apart) == Interval(0.5, 0.0, 1.0)
    differences = np.array([[0.2] * 10, [0.4] * 10, [0.6] * 10])
    found = wider(differences, mean)
    assert (found.low, found.high) == pytest.approx((0.4 - 4.303 * 0.2 / 3**0.5, 0.4 + 0.4968), abs=1e-4)


def test_a_lead_is_paired() -> None:
    """Both are right on half of the problems; on the same half nothing is uncertain, on opposite halves much is."""
    half, other = [1, 0] * 50, [0, 1] * 50
    modes = {"slow": answers(half), "fast": answers(half), "auto": answers(half)}
    pair = ("dualformer", "fast"), ("solution", "fast")
    same = leads([run("dualformer", 0, modes), run("solution", 0, {"fast": answers(half)})])[pair]
    assert same == Interval(0, 0, 0)
    opposite = leads([run("dualformer", 0, modes), run("solution", 0, {"fast": answers(other)})])[pair]
    assert opposite.value == 0
    assert opposite.high - opposite.low > 0.3


def test_a_lead_needs_both_of_a_seed() -> None:
    shares = {"dualformer fast": 0.5, "solution fast": 0.4}
    runs = full(0, shares) + full(1, shares) + [each for each in full(2, shares) if each.kind != "solution"]
    found = leads(runs)
    assert set(found) == set(dualformer_figures.PAIRS)
    lead = found[("dualformer", "fast"), ("solution", "fast")]
    assert lead.value == pytest.approx(0.1)
    assert [point.num_seeds for point in points(runs) if point.kind in {"dualformer", "solution"}] == [3, 3, 3, 2]


def test_traces_are_held_against_those_of_astar_where_the_answer_is_optimal() -> None:
    written = replace(answers([1, 0, 1, 0]), trace_tokens=[20, 1000, 40, 1000])
    found = {point.mode: point for point in points([run("complete", 0, {"slow": written, "fast": answers([1] * 4)})])}
    slow = found["slow"].vs_astar
    assert slow is not None
    assert slow.value == pytest.approx((20 + 40) / (40 + 40))
    nothing = answers([1, 1], thinking=0)
    alone = points([run("solution", 0, {"fast": nothing})])
    assert [point.vs_astar for point in alone] == [None]


def test_tables_have_all_kinds() -> None:
    text = dualformer_figures.told(full(0, {}) + full(1, {}))
    for kind in KINDS.values():
        assert text.count(f"| {kind.title} |") >= 1
    assert "| Dualformer (L0–L4) | slow | 50.0 (" in text
    assert "| Dualformer (L0–L4), fast | solutions alone (L4), fast | 0.0 (0.0 to 0.0) |" in text


def test_a_picture_has_all_points_and_curves(tmp_path: Path) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    seen: list[object] = []
    sampled = {"fast": answers([3, 1], num_samples=4)}
    runs = [*full(0, {}), run("solution", 1, {"fast": answers([0] * 100)}, sampled)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure.Figure, "savefig", lambda self, file, **_: seen.append(self))
        dualformer_figures.draw(tmp_path / "none.png", runs, "a title")
    left, right = seen[0].axes  # type: ignore[attr-defined]  # a Figure
    assert len(left.containers) == len(right.containers) == len(points(runs))
    assert [line.get_xdata().tolist() for line in left.lines if line.get_linestyle() == "--"] == [[30.0, 60.0, 120.0]]
    assert left.get_xscale() == "log"


# All of it


def test_a_killed_benchmark_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(dualformer, "SMOKE", BRIEF)
    out, report, picture = tmp_path / "out", tmp_path / "report.json", tmp_path / "picture.png"
    arguments = ["--smoke", "--kinds", "dualformer,solution,tokens", "--samples", "0", "--out", str(out)]
    assert dualformer.main(arguments) == 0
    assert "3 runs of 2 steps: about 0 minutes here" in capsys.readouterr().out
    whole = (out / "runs.jsonl").read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    assert [json.loads(line)["kind"] for line in lines] == ["dualformer", "solution", "tokens"]
    (out / "runs.jsonl").write_text("".join(lines[:1]) + lines[1][:30], encoding="utf-8")
    assert dualformer.main([*arguments, "--plot", str(picture), "--report", str(report)]) == 0
    assert "1 of 2: solutions alone (L4), seed 0" in capsys.readouterr().out
    again = (out / "runs.jsonl").read_text(encoding="utf-8").splitlines()
    both = zip([run_of(json.loads(line)) for line in lines], [run_of(json.loads(line)) for line in again], strict=True)
    assert all(replace(one, learned_s=0, judged_s=0) == replace(two, learned_s=0, judged_s=0) for one, two in both)
    assert picture.read_bytes().startswith(b"\x89PNG")
    written = json.loads(report.read_text(encoding="utf-8"))
    assert written["experiment"] == asdict(BRIEF[0])
    assert written["comparison"] == asdict(replace(BRIEF[1], samples=0))
    assert written["best_of"] == {}
    assert {point["kind"] for point in written["points"]} == {"dualformer", "solution", "tokens"}
    assert set(written["leads"]) == {
        "dualformer fast against solution fast",
        "dualformer auto against dualformer slow",
        "dualformer slow against tokens slow",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kinds", "dualformer,complet"], "Did you mean 'complete'"),
        (["--samples", "-1"], "samples must be at least 0"),
        (["--temperature", "0"], "temperature must be above 0"),
        (["--budget-minutes", "0.0001"], "suffice for"),
        (["--device", "cuda:99"], "not possible here"),
    ],
)
def test_bad_arguments_are_refused(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        dualformer.main(["--smoke", "--kinds", "solution", "--out", str(tmp_path), *arguments])
    assert stop.value.code == 2
    assert said in capsys.readouterr().err
