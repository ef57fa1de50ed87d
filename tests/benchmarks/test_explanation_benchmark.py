"""The benchmark of explanations: its requests, what it calls wrong, and that it runs."""

import json
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import explanation
from benchmarks.explanation import _dominated, _is_right
from benchmarks.explanation_requests import feasible_requests, infeasible_requests
from planning.travel.conflicts import Terms, constraints_of
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo import open_demo
from planning.travel.pareto import Front, pareto_front
from planning.travel.profile import REALISTIC
from planning.travel.repairs import Trips, minimal_repairs
from planning.travel.trip import plan_trip
from solvers.milp import solve_cpsat
from solvers.result import Status
from tests.travel.test_explanation import world
from tests.travel.tiny_world import request


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return open_demo(tmp_path_factory.mktemp("demo"))


def test_the_requests_are_seeded_and_what_they_are_called(demo: Inventory) -> None:
    without, with_trip = list(infeasible_requests(demo, 3)), list(feasible_requests(demo, 3))
    assert without == list(islice(infeasible_requests(demo, 5), 3))
    for asked, status in [*((a, Status.INFEASIBLE) for a in without), *((a, Status.OPTIMAL) for a in with_trip)]:
        answer = plan_trip(asked.request, demo, with_explanation=False)
        assert answer.status is status
    assert all(asked.least_cents is not None for asked in with_trip)


def test_a_repair_that_is_too_dear_too_large_or_none_is_wrong() -> None:
    wish = request(budget_cents=500_00, lodging={"min_rating": 4.0})
    constraints = constraints_of(wish, REALISTIC)
    trips = Trips(Terms(wish, REALISTIC), constraints, world(), solve_cpsat, time.perf_counter() + 60)
    repairs, _ = minimal_repairs(trips, 10)
    assert [_is_right(trips, repair) for repair in repairs] == [True, True]
    dearer = replace(repairs[0], cost_cents=repairs[0].cost_cents + 1)
    larger = replace(repairs[0], constraints=(*repairs[0].constraints, "a moderate pace"))
    useless = replace(repairs[0], constraints=("a moderate pace",))
    assert [_is_right(trips, repair) for repair in (dearer, larger, useless)] == [False] * 3


def test_a_dominated_point_is_seen() -> None:
    front = pareto_front(request(), REALISTIC, world(), ("cost", "rating"), count=None)
    assert list(_dominated(front)) == []
    first = front.points[0]
    worse = replace(first, scores=first.scores | {"cost": first.scores["cost"] + 1})
    assert list(_dominated(Front(front.objectives, (first, worse), is_whole=False, complete=True))) == [worse.scores]


def test_it_runs(
    demo: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(explanation, "open_demo", lambda: demo)
    monkeypatch.setattr(explanation, "SMOKE", 2)
    monkeypatch.setattr(explanation, "ROUNDS", 1)
    path = tmp_path / "report.json"
    assert explanation.main(["--smoke", "--report", str(path)]) == 0
    report = json.loads(path.read_text())
    assert report.keys() == {"environment", "repairs", "fronts", "bars"}
    assert (len(report["repairs"]), len(report["fronts"])) == (2, 2)
    exact = [bar for bar in report["bars"] if bar["asked"] == 0]
    assert len(exact) == 3
    assert all(bar["met"] for bar in exact)
    assert "all minimal repairs, median" in capsys.readouterr().out
