"""The learning curve: both modes learn alike, nothing that is judged was learned, and a killed benchmark goes on."""

import json
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import curve_figures, learning_curve
from benchmarks.curve_figures import Run, leads, of_shares, over_seeds, points
from benchmarks.learning_curve import SMOKE, Experiment, append, cases_of, examples, layouts, orders, read_runs
from benchmarks.training import one_thread
from planning.domains import DOMAINS
from searchformer.batches import BatchStream, WholeTargets

BRIEF = replace(SMOKE, steps=2, problems=4)


def run(mode: str, num_examples: int, seed: int, optimal: float) -> Run:
    return Run(mode, num_examples, seed, 5, 10, 100, 1000, 99, 0.5, 1.0, 100, optimal, 0.9, 1.0, 30.0, 1.0)


def test_the_default_is_what_was_asked_for() -> None:
    assert len(learning_curve.SIZES) >= 4
    assert learning_curve.NUM_SEEDS == 3
    assert Experiment().problems == 500


def test_larger_sets_hold_the_smaller_ones_and_seeds_differ() -> None:
    few, many, others = examples(BRIEF, 10, 0), examples(BRIEF, 25, 0), examples(BRIEF, 10, 1)
    assert np.array_equal(few.codes, many.select(np.arange(10)).codes)
    assert not np.array_equal(few.codes, others.codes)
    rows = [row.tobytes() for row in np.split(many.codes, many.code_offsets[1:-1])]
    assert len(set(rows)) == 25


def test_nothing_that_is_judged_has_walls_that_were_learned_from() -> None:
    drawn, cases = examples(BRIEF, 400, 0), cases_of(replace(BRIEF, problems=40))
    domain = DOMAINS["maze"]
    learned = {domain.problem(row.tolist()).terrain for row in np.split(drawn.codes, drawn.code_offsets[1:-1])}
    assert learned.isdisjoint(case.problem.terrain for case in cases)
    assert len({case.id for case in cases}) == 40
    learning_curve._refuse_known(layouts(drawn), cases)
    own = replace(cases[0], problem=domain.problem(drawn.codes[: drawn.code_offsets[1]].tolist()))
    with pytest.raises(AssertionError, match="walls"):
        learning_curve._refuse_known(layouts(drawn), [own])


def test_an_example_more_is_a_set_of_walls_more() -> None:
    assert len(layouts(examples(Experiment(), 300, 0))) >= 299


@pytest.mark.parametrize("side", [4, 5, 6])
def test_every_example_fits_the_context_and_the_words(side: int) -> None:
    experiment = replace(BRIEF, side=side)
    tokens = experiment.token_format.encode(examples(experiment, 300, 0))
    targets = WholeTargets(tokens, with_trace=True).lengths(0)
    assert int(max(targets.max(), np.diff(tokens.prompt_offsets).max())) <= experiment.max_positions


def test_both_modes_read_the_same_examples_in_the_same_order() -> None:
    tokens = BRIEF.token_format.encode(examples(BRIEF, 50, 0))
    streams = [BatchStream(tokens, WholeTargets(tokens, is_with), token_budget=1, seed=0) for is_with in (True, False)]
    one, other = ([rows.tolist() for rows in islice(orders(each, 16, 7), 9)] for each in streams)
    assert one == other
    assert sorted(i for rows in one[:3] for i in rows) == list(range(50))
    assert one[:3] != one[3:6]


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


def test_a_budget_of_time_shortens_all_runs_and_says_where_it_cannot() -> None:
    device = torch.device("cpu")
    with one_thread():
        fitted = learning_curve.fitted(replace(BRIEF, steps=100_000), 8, 600.0, device)
        assert 20 <= fitted.steps < 100_000
        assert learning_curve.fitted(BRIEF, 1, 1e9, device) == BRIEF
        with pytest.raises(ValueError, match="suffice for 0 steps"):
            learning_curve.fitted(BRIEF, 8, 0.001, device)


@pytest.mark.parametrize("arguments", [["--sizes", "1;2"], ["--sizes", "0,5"], ["--network", "17m"]])
def test_bad_arguments_are_refused(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        learning_curve.main(["--smoke", "--out", str(tmp_path), *arguments])
    assert stop.value.code == 2
    assert "learning_curve: error" in capsys.readouterr().err


def test_unfinished_lines_are_no_runs(tmp_path: Path) -> None:
    assert read_runs(tmp_path) == []
    append(tmp_path, run("trace", 10, 0, 0.5))
    with (tmp_path / "runs.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"mode": "pl')
    append_after = read_runs(tmp_path)
    append(tmp_path, run("plan", 10, 0, 0.25))
    assert [each.mode for each in (*append_after, *read_runs(tmp_path))] == ["trace", "trace", "plan"]


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
