"""The Sokoban benchmark: its levels, its peer, what it calls a bar met, and that it runs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import sokoban, sokoban_peers, timing
from benchmarks.sokoban import TIME_LIMIT_S, Compared, Solved
from planning.domains import DOMAINS
from planning.sokoban.problem import Sokoban
from planning.traces import Traces
from solvers.result import Result, Status
from solvers.search import Limits


@pytest.fixture(scope="module")
def levels() -> list[Sokoban]:
    return sokoban.levels_of(DOMAINS["sokoban"].sampling(7, "reverse", {"boxes": 2}), 3)


def test_levels_are_seeded_and_have_their_size(levels: list[Sokoban]) -> None:
    again = sokoban.levels_of(DOMAINS["sokoban"].sampling(7, "reverse", {"boxes": 2}), 3)
    assert levels == again
    assert {(level.width, level.height, len(level.docks)) for level in levels} == {(7, 7, 2)}


def test_the_hard_levels_are_as_hard_as_the_bar_asks_for() -> None:
    assert (sokoban.HARD_SIZE, sokoban.HARD_BOXES) == (10, 4)
    (level,) = sokoban.levels_of(DOMAINS["sokoban"].sampling(10, "reverse", {"boxes": 4}), 1)
    assert not set(level.docks) & set(level.initial[1:])


def test_a_level_is_solved_and_proven(levels: list[Sokoban]) -> None:
    rows = sokoban.solve_all(levels, sokoban.WAYS | sokoban.WEAKER)
    assert [row.way for row in rows] == [*sokoban.WAYS, *sokoban.WEAKER] * len(levels)
    for row in rows:
        assert row.status == Status.OPTIMAL
        assert row.cost
        assert row.expansions > 0
        assert row.seconds >= 0


def test_the_peer_finds_the_same_costs(levels: list[Sokoban], monkeypatch: pytest.MonkeyPatch) -> None:
    if not sokoban_peers.is_installed():
        pytest.skip("the extra `oracle` is not installed")
    monkeypatch.setattr(sokoban, "PEER_ROUNDS", 1)
    rows = sokoban.compare(levels[:1])
    assert [row.planner for row in rows] == ["astar(lmcut())", "astar(blind())"]
    assert all(0 < row.search_s < row.wall_s for row in rows)
    assert len({row.cost for row in rows}) == 1


def test_the_peer_has_to_agree(levels: list[Sokoban], monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = sokoban_peers.PlannerAnswer(("up",), 1.0, 1.0, 1)
    monkeypatch.setattr(sokoban_peers, "fast_downward", lambda level, is_blind: wrong)
    with pytest.raises(RuntimeError, match=r"level 0: we find .* Fast Downward 1"):
        sokoban.compare(levels[:1])


def test_ways_that_differ_are_refused(levels: list[Sokoban]) -> None:
    way = sokoban.WAYS[sokoban.PUSHES]

    def wrong(level: Sokoban, limits: Limits) -> Result[Any]:
        return Result(Status.OPTIMAL, "wrong", (), 1, 1, stats={"expansions": 1.0})

    with pytest.raises(RuntimeError, match="level 0 costs 1 and "):
        sokoban.solve_all(levels, {"right": way, "wrong": wrong})


EASY = Solved(sokoban.STEPS, Status.OPTIMAL.value, 20, 100.0, 0.1)


@pytest.mark.parametrize(
    ("solved", "memory_mb", "met"),
    [
        ([EASY] * 200, 2048.0, [True, True, True]),
        ([EASY] * 200, 2049.0, [True, True, False]),
        ([EASY] * 198 + [replace(EASY, seconds=9.0)] * 2, 1.0, [True, True, True]),
        ([EASY] * 197 + [replace(EASY, seconds=9.0)] * 3, 1.0, [True, False, True]),
        ([replace(EASY, seconds=0.3)] * 200, 1.0, [False, True, True]),
        ([EASY] * 90 + [Solved(sokoban.STEPS, Status.UNKNOWN.value, None, 1.0, 0.1)] * 110, 1.0, [False, False, True]),
    ],
)
def test_the_bars_are_median_99_per_cent_and_memory(solved: list[Solved], memory_mb: float, met: list[bool]) -> None:
    assert TIME_LIMIT_S > 5
    assert [bar.met for bar in sokoban.judge(solved, memory_mb, [])] == met


def test_the_peer_has_to_be_slower_on_every_level() -> None:
    rows = [Compared(0, "x", 9, ours_s=1.0, search_s=2.0, wall_s=3.0), Compared(1, "x", 9, 1.0, 0.5, 3.0)]
    assert sokoban.judge([EASY], 1.0, rows[:1])[-1].met
    assert not sokoban.judge([EASY], 1.0, rows)[-1].met


def test_compiled_and_plain_traces_are_the_same_and_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "ROUNDS", 1)
    rows = sokoban.trace_rates(2)
    assert [(row.name, row.ties) for row in rows] == [
        (name, ties) for ties in ("deterministic", "random") for name in (sokoban.TRACED, sokoban.PLAIN)
    ]
    assert all(row.traces_per_s > 0 and row.expansions_per_s > 0 for row in rows)


def test_traces_that_differ_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sokoban, "_plain_traces", lambda *_, **__: Traces.concatenate([], 3))
    with pytest.raises(RuntimeError, match="differ in their codes"):
        sokoban.trace_rates(2)


def test_a_smoke_prints_tables_and_writes_report_and_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "ROUNDS", 1)
    monkeypatch.setattr(sokoban_peers, "is_installed", lambda: False)
    report, picture = tmp_path / "report.json", tmp_path / "growth.png"
    assert sokoban.main(["--smoke", "--report", str(report), "--plot", str(picture)]) == 0
    output = capsys.readouterr().out
    assert output.count("| 3 of 3 |") == len(sokoban.WAYS)
    assert "Not compared" in output
    written = json.loads(report.read_text(encoding="utf-8"))
    assert {"environment", "hard", "peer", "traces", "growth", "bars"} == set(written)
    assert len(written["hard"]) == 3 * len(sokoban.WAYS)
    assert picture.read_bytes().startswith(b"\x89PNG")
