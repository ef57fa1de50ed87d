"""The learning curve: both modes learn alike, a killed benchmark goes on, and what is said of its runs."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from benchmarks import curve_figures, learning_curve
from benchmarks.curve_figures import Run, leads, of_shares, over_seeds, points
from benchmarks.experiment import Experiment, cases_of
from benchmarks.learning_curve import SMOKE, read_runs
from benchmarks.training import one_thread

BRIEF = replace(SMOKE, steps=2, problems=4)


def run(mode: str, num_examples: int, seed: int, optimal: float) -> Run:
    return Run(mode, num_examples, seed, 5, 10, 100, 1000, 99, 0.5, 1.0, 100, optimal, 0.9, 1.0, 30.0, 1.0)


def test_the_default_is_what_was_asked_for() -> None:
    assert len(learning_curve.SIZES) >= 4
    assert learning_curve.NUM_SEEDS == 3
    assert Experiment().problems == 500


def test_a_run_says_what_it_has_learned_from() -> None:
    cases = cases_of(BRIEF)
    runs = [
        learning_curve.do(BRIEF, mode, 40, 0, cases=cases, device=torch.device("cpu")) for mode in curve_figures.MODES
    ]
    trace, plan = runs
    for name in ("trainable", "examples_seen", "steps", "num_layouts", "num_examples", "num_problems"):
        assert getattr(trace, name) == getattr(plan, name)
    assert trace.tokens_seen > plan.tokens_seen
    assert plan.trace_tokens == 0 < trace.trace_tokens


def test_a_killed_benchmark_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(learning_curve, "SMOKE", BRIEF)
    out, report, picture = tmp_path / "out", tmp_path / "report.json", tmp_path / "curve.png"
    arguments = ["--smoke", "--sizes", "16,32", "--out", str(out)]
    assert learning_curve.main([*arguments, "--seeds", "1"]) == 0
    whole = (out / "runs.jsonl").read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    assert len(lines) == 4
    (out / "runs.jsonl").write_text("".join(lines[:3]) + lines[3][:30], encoding="utf-8")
    capsys.readouterr()
    assert learning_curve.main([*arguments, "--seeds", "1", "--plot", str(picture), "--report", str(report)]) == 0
    output = capsys.readouterr().out
    assert "1 of 1: plan alone, 32 examples, seed 0" in output
    again = read_runs(out)
    known = [Run(**json.loads(line)) for line in lines]
    assert [replace(each, learned_s=0, judged_s=0) for each in again] == [
        replace(each, learned_s=0, judged_s=0) for each in known
    ]
    assert picture.read_bytes().startswith(b"\x89PNG")
    written = json.loads(report.read_text(encoding="utf-8"))
    assert written["experiment"] == asdict(BRIEF)
    assert [(point["mode"], point["num_examples"]) for point in written["points"]] == [
        ("trace", 16),
        ("plan", 16),
        ("trace", 32),
        ("plan", 32),
    ]


def test_another_experiment_needs_another_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "experiment.json").write_text(json.dumps(asdict(BRIEF)), encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        learning_curve.main(["--smoke", "--out", str(tmp_path), "--steps", "9"])
    assert stop.value.code == 2
    assert "holds runs with steps 2, not 9" in capsys.readouterr().err


def test_a_budget_of_time_is_for_all_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        learning_curve.main(["--smoke", "--out", str(tmp_path), "--budget-minutes", "0.001"])
    assert stop.value.code == 2
    assert "0.001 minutes suffice for" in capsys.readouterr().err
    with one_thread():
        assert learning_curve.pair_seconds(BRIEF, torch.device("cpu")) > 0


@pytest.mark.parametrize("arguments", [["--sizes", "1;2"], ["--sizes", "0,5"], ["--network", "17m"], ["--seeds", "0"]])
def test_bad_arguments_are_refused(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        learning_curve.main(["--smoke", "--out", str(tmp_path), *arguments])
    assert stop.value.code == 2
    assert "learning_curve: error" in capsys.readouterr().err


# Figures


def test_an_interval_over_three_seeds_is_students() -> None:
    found = over_seeds([0.2, 0.4, 0.6])
    assert (found.value, found.low, found.high) == pytest.approx(
        (0.4, 0.4 - 4.303 * 0.2 / 3**0.5, 0.4 + 0.4968), abs=1e-4
    )


def test_one_run_has_the_interval_of_its_problems() -> None:
    """Wilson's for 50 of 100 is 40.4 % to 59.6 %, and for none of 100 it ends at 3.7 %."""
    half, none = of_shares([run("trace", 1, 0, 0.5)]), of_shares([run("trace", 1, 0, 0.0)])
    assert (half.low, half.high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert (none.low, none.high) == pytest.approx((0.0, 0.0370), abs=1e-4)


def test_the_wider_interval_counts_and_stays_between_nothing_and_all() -> None:
    alike = of_shares([run("trace", 1, seed, 0.5) for seed in range(3)])
    assert (alike.low, alike.high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    apart = of_shares([run("trace", 1, seed, 0.4 + 0.2 * seed) for seed in range(3)])
    assert apart.high == 1.0
    assert apart.low == pytest.approx(0.6 - 4.303 * 0.2 / 3**0.5, abs=1e-3)


def test_a_lead_is_taken_seed_by_seed() -> None:
    runs = [run("trace", 10, seed, 0.5 + 0.1 * seed) for seed in range(3)]
    runs += [run("plan", 10, seed, 0.2 + 0.1 * seed) for seed in range(2)]
    lead = leads(runs)[10]
    assert (lead.value, lead.low, lead.high) == pytest.approx((0.3, 0.3, 0.3))
    assert [point.num_seeds for point in points(runs)] == [3, 2]
    assert leads([run("trace", 10, 0, 0.5)]) == {}


def test_a_table_has_both_curves() -> None:
    table = curve_figures.told([run("trace", 10, 0, 0.5), run("plan", 10, 0, 0.25), run("trace", 20, 0, 0.75)])
    assert "| 10 | 50.0 (40.4 to 59.6) | 25.0 (17.5 to 34.3) | 25.0 (25.0 to 25.0) | 1 |" in table
    assert "| 20 | 75.0 (65.7 to 82.5) |  |  | 1 |" in table


def test_a_picture_has_both_curves_with_intervals(tmp_path: Path) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    seen: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure.Figure, "savefig", lambda self, file, **_: seen.append(self))
        runs = [run(mode, num, seed, 0.5) for mode in ("trace", "plan") for num in (10, 100) for seed in (0, 1)]
        curve_figures.draw(tmp_path / "none.png", runs, "a title")
    (axis,) = seen[0].axes  # type: ignore[attr-defined]  # a Figure
    assert axis.get_title() == "a title"
    assert axis.get_xscale() == "log"
    assert [container.get_label() for container in axis.containers] == list(curve_figures.MODES.values())
