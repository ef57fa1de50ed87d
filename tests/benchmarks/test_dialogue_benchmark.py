"""The benchmarks of dialogue and translation run small, and judge as they say."""

from pathlib import Path

import pytest

from benchmarks import dialogue, translation
from benchmarks.dialogue import Outcome, figures_of


def test_the_translation_benchmark_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert translation.main(["--smoke", "--report", str(report)]) == 0
    shown = capsys.readouterr().out
    assert "constraints" in shown
    assert "silent_misreadings" in shown
    assert report.exists()


@pytest.mark.slow
def test_the_dialogue_benchmark_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert dialogue.main(["--smoke"]) == 0
    shown = capsys.readouterr().out
    assert "A_plans_within_1_percent" in shown
    assert "are left out" in shown


def test_figures_are_means_over_dialogues() -> None:
    outcomes = [Outcome(2, 1, 1, 1, True, 4, 0, (0.1, 0.2)), Outcome(0, 0, 0, 0, False, 2, 1, (0.3,))]
    figures = figures_of(outcomes)
    assert figures["A_plans_within_1_percent"] == 0.5
    assert figures["A_hidden_recovered"] == 0.5
    assert figures["P_relevant_asked"] == 1.0
    assert figures["E_questions_mean"] == 3
    assert figures["C_unsupported_claims"] == 1
    assert figures["choosing_ms_most"] == pytest.approx(300)
