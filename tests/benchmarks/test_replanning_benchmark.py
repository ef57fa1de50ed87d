"""The benchmark of re-planning: it runs, judges what it measured, and notices an answer that uses what is lost."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import replanning
from planning.travel.replanning import replan
from planning.travel.replanning_bookings import Weights, bookings_of
from planning.travel.replanning_changes import Disruption


def test_the_smoke_run_reports_and_judges_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    assert replanning.main(["--smoke", "--report", str(report)]) == 0
    assert "ms of CPU" in capsys.readouterr().out
    rows = json.loads(report.read_text())["rows"]
    assert [(row["trips"], row["proven"], row["valid"]) for row in rows] == [(replanning.NUM_SMOKE,) * 2 + (100.0,)]


def test_an_answer_that_uses_what_is_lost_is_not_valid() -> None:
    case = next(replanning.demo_cases(1))
    answer = replan(case.itinerary, case.request, case.inventory, case.disruption, with_repairs=False)
    assert replanning.is_valid(answer, case)
    assert answer.itinerary is not None
    used = bookings_of(answer.itinerary, Weights())[0].record
    assert not replanning.is_valid(answer, replace(case, disruption=Disruption(frozenset((used,)))))
    assert not replanning.is_valid(replace(answer, verdict=None), case)


def test_tables_need_their_queries() -> None:
    with pytest.raises(SystemExit):
        replanning.main(["--smoke", "--tables", "."])
