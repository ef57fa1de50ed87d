"""The scale benchmark: its inventories, its rows and what it calls a bar met."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks import scale
from benchmarks.scale import BAR_CASE, CASES, Case, Task
from benchmarks.scale_row import FIRST_DAY, measure, trip_request, write_inventory
from planning.travel.inventory.contract import check_inventory
from planning.travel.inventory.store import SqliteInventory
from planning.travel.request import Dates
from planning.travel.trip import plan_trip

TINY = Case("tiny", num_cities=3, num_stays=3, num_days=6, window_days=6, num_flights=300, num_hotels=30)
CHOICE = Case("choice", num_cities=4, num_stays=2, num_days=5, window_days=8, num_flights=400, num_hotels=60)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Path]:
    directory = tmp_path_factory.mktemp("scale")
    found = {case: directory / f"{case.trip}.sqlite" for case in (TINY, CHOICE)}
    for case, path in found.items():
        write_inventory(path, case)
    return found


def test_the_cases_reach_the_size_that_the_bar_asks_for() -> None:
    assert (BAR_CASE.num_flights, BAR_CASE.num_hotels, BAR_CASE.num_stays) == (100_000, 10_000, 5)
    assert BAR_CASE in CASES
    assert {case.num_flights for case in CASES} == {1_000, 10_000, 100_000}


@pytest.mark.parametrize("case", [TINY, CHOICE])
def test_an_inventory_has_its_size_and_keeps_the_contract(case: Case, stores: dict[Case, Path]) -> None:
    inventory = SqliteInventory(stores[case])
    names = [city.name for city in inventory.cities()]
    last_day = FIRST_DAY + timedelta(days=case.window_days - 1)
    assert len(names) == case.num_cities + 1
    assert len(inventory.flights(names, names, FIRST_DAY, last_day)) == case.num_flights
    assert sum(len(inventory.hotels(name)) for name in names) == case.num_hotels
    assert check_inventory(inventory, FIRST_DAY, last_day) == ()


def test_one_case_is_one_inventory_in_every_process(tmp_path: Path) -> None:
    hashes = set()
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.sqlite"
        command = [sys.executable, "-m", "benchmarks.scale_row", "build", str(path), json.dumps(asdict(TINY))]
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed})
        hashes.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(hashes) == 1


@pytest.mark.parametrize("profile", scale.PROFILES)
@pytest.mark.parametrize("case", [TINY, replace(TINY, weighted=True), CHOICE])
def test_every_solver_with_and_without_bounds_proves_the_same_optimum(
    case: Case, profile: str, stores: dict[Case, Path]
) -> None:
    store = stores[replace(case, weighted=False)]
    rows = [measure(store, Task(case, profile, solver, with_peer=True)) for solver in scale.MEASURED_SOLVERS]
    assert {row["status"] for row in rows} | {row["peer"]["status"] for row in rows} == {"OPTIMAL"}
    assert len({row["cost"] for row in rows} | {row["peer"]["cost"] for row in rows}) == 1
    for row in rows:
        assert row["valid"]
        assert row["num_variables"] <= row["peer"]["num_variables"]
        # The memory is that of all tests in this process, not of the trip.
        assert scale.meets_bar(row | {"rss_mb": 0.0})
        assert row["total_s"] >= row["gather_s"] + row["solve_s"]
        assert row["rss_mb"] > 20


@pytest.mark.parametrize("profile", scale.PROFILES)
def test_a_trip_in_a_window_costs_what_the_cheapest_of_its_starts_costs(profile: str, stores: dict[Case, Path]) -> None:
    inventory, request = SqliteInventory(stores[CHOICE]), trip_request(CHOICE)
    costs = []
    for start in range(CHOICE.window_days - CHOICE.num_days + 1):
        dates = Dates.starting(FIRST_DAY + timedelta(days=start), CHOICE.num_days)
        answer = plan_trip(request.model_copy(update={"dates": dates}), inventory, profile=profile)
        costs += [answer.itinerary.cost_cents] if answer.itinerary else []
    free = plan_trip(request, inventory, profile=profile)
    assert free.itinerary
    assert free.itinerary.cost_cents == min(costs)


@pytest.mark.parametrize(
    ("change", "met"),
    [
        ({}, True),
        ({"status": "FEASIBLE", "gap": 0.01}, True),
        ({"status": "FEASIBLE", "gap": 0.011}, False),
        ({"status": "FEASIBLE", "gap": None}, False),
        ({"status": "UNKNOWN", "gap": None, "valid": False}, False),
        ({"valid": False}, False),
        ({"total_s": 10.1}, False),
        ({"rss_mb": 1025}, False),
    ],
)
def test_the_bar_is_met_by_a_proof_in_time_and_memory(change: dict[str, Any], met: bool) -> None:
    row = {"status": "OPTIMAL", "gap": 0.0, "valid": True, "total_s": 9.9, "rss_mb": 900, **change}
    assert scale.meets_bar(row) is met


def test_the_command_prints_a_table_and_writes_its_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "SMOKE_CASES", (TINY,))
    assert scale.main(["--smoke", "--json", str(tmp_path / "rows.json")]) == 0
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert [(row["profile"], row["solver"]) for row in rows] == [
        (profile, solver) for profile in scale.PROFILES for solver in scale.MEASURED_SOLVERS
    ]
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("|")]) == len(rows) + 2
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["rows.json"]


def test_a_path_that_cannot_be_written_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        scale.main(["--smoke", "--json", str(tmp_path / "nowhere" / "rows.json")])
    assert stopped.value.code == 2
    assert "nowhere" in capsys.readouterr().err
