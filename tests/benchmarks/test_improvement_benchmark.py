"""The benchmark of improvement runs, goes on where it was, and judges what it says it judges."""

import json
from pathlib import Path

import pytest

from benchmarks import improvement
from benchmarks.improvement import bars_of, main
from searchformer.improvement_report import Round, Sampled
from searchformer.metrics import NOTHING, Figure


def round_of(number: int, optimal: float, length: float, outside: float = 0.1) -> Round:
    sampled = Sampled(10, 4, 0.5, 0.4, 0.9, 5, 0.9, 1000, 1 - outside, outside) if number else None
    figure = Figure(optimal, optimal - 0.03, optimal + 0.03)
    lengths = Figure(length, length - 0.01, length + 0.01)
    return Round(
        number=number,
        model="model",
        data=None,
        sampled=sampled,
        steps=1,
        learned_tokens=1,
        learned_s=1.0,
        evaluated=100,
        evaluated_tokens=1,
        optimal=figure,
        solved=figure,
        trace_tokens=NOTHING,
        length_vs_astar=lengths,
        ilr_on_optimal=NOTHING,
        ilr_on_solved=NOTHING,
    )


def met(*rounds: Round) -> list[bool]:
    return [bar.met for bar in bars_of("loop", rounds)]


def test_length_optimality_and_time_are_judged_after_the_last_round() -> None:
    begin = round_of(0, 0.9, 1.0)
    assert met(begin, round_of(1, 0.9, 0.9), round_of(2, 0.92, 0.85, 0.2)) == [True, True, True]
    assert met(begin, round_of(1, 0.9, 0.80), round_of(2, 0.88, 0.86)) == [False, True, True]
    assert met(begin, round_of(1, 0.9, 0.9), round_of(2, 0.86, 0.7)) == [True, False, True]
    assert met(begin, round_of(1, 0.9, 0.9, 0.21), round_of(2, 0.9, 0.7)) == [True, True, False]
    assert met(begin) == []


def test_a_smoke_runs_and_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, plot = tmp_path / "report.json", tmp_path / "plot.png"
    given = ["--smoke", "--out", str(tmp_path / "out"), "--report", str(report), "--plot", str(plot)]
    assert main(given) == 0
    first = capsys.readouterr().out
    assert "complete traces, 4 × 4" in first
    content = json.loads(report.read_bytes())
    assert len(content["loops"]["complete traces, 4 × 4"]) >= 1
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert main(given) == 0
    assert capsys.readouterr().out.split("outside")[1].split() == first.split("outside")[1].split()


def test_the_same_checkpoint_twice_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--smoke", "--checkpoint", "a", "--checkpoint", "a", "--out", str(tmp_path)])
    assert "twice" in capsys.readouterr().err
    assert not improvement.OUT.is_absolute()
