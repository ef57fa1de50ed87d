"""The maze benchmark: its instances, its peers, what it calls a bar met, and that it runs."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import maze, maze_peers, plots, timing
from benchmarks.maze import KERNEL, PLAIN, SEARCHED, TRACED, Row
from benchmarks.timing import Bar
from planning.maze.problem import Maze
from solvers.search import breadth_first


@pytest.fixture(scope="module")
def mazes() -> list[Maze]:
    return maze.mazes_of("paper", 8, 6)


def test_instances_are_seeded_solvable_and_long_and_share_no_walls(mazes: list[Maze]) -> None:
    assert mazes == maze.mazes_of("paper", 8, 6)
    assert len({each.terrain for each in mazes}) == 6
    assert all((breadth_first(each).cost or 0) >= 7 for each in mazes)


@pytest.mark.parametrize("peer", maze_peers.PEERS, ids=lambda peer: peer.name)
def test_a_peer_finds_shortest_paths_again_and_again(peer: maze_peers.Peer, mazes: list[Maze]) -> None:
    if not peer.is_installed():
        pytest.skip(f"{peer.package} is not installed")
    assert peer.version
    for each in mazes:
        search = peer.prepare(each)
        assert [len(search()) - peer.num_cells for _ in range(3)] == [breadth_first(each).cost] * 3


def test_a_wrong_contestant_is_refused() -> None:
    maze.check_costs({"a": [1, 2], "b": [1, 2]})
    with pytest.raises(RuntimeError, match="b finds cost 3 in maze 1, where a finds 2"):
        maze.check_costs({"a": [1, 2], "b": [1, 3]})


def test_everybody_is_measured_on_the_same_mazes() -> None:
    rows = maze.measure("paper", 6, 2)
    names = [row.contestant for row in rows]
    assert names[: len(names) - len(maze_peers.installed())] == [*maze.OURS]
    assert names[len(maze.OURS) :] == [peer.name for peer in maze_peers.installed()]
    assert len({row.num_mazes for row in rows}) == 1
    assert {row.contestant: row.ratio for row in rows}[TRACED] == 1
    assert all(row.search_us > 0 for row in rows)
    assert all((row.expansions_per_s is None) == bool(row.lacks) for row in rows)


def row(name: str, search_us: float, **changes: Any) -> Row:
    """Return a row; 200 expansions in 25 µs are 8 M a second."""
    made = Row(name, "", "paper", 30, 5, search_us, 1.0, 200.0, search_us / 20, "")
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("rows", "met"),
    [
        ([row("x", 21.0, lacks="trace")], [True, True, True]),
        ([row("x", 30.0, lacks="trace"), row("y", 19.0, lacks="trace")], [True, True, False]),
        ([row("x", 30.0, lacks="trace"), row(maze_peers.EXTENSION, 9.0, lacks="trace")], [True, False, True]),
        ([row(SEARCHED, 1.0), row(PLAIN, 9.0)], [True]),
    ],
)
def test_the_bars_are_a_rate_with_trace_and_the_lead_over_every_peer(rows: Sequence[Row], met: list[bool]) -> None:
    assert [bar.met for bar in maze.judge([row(TRACED, 20.0), row(KERNEL, 10.0), *rows])] == met


def test_a_slow_kernel_misses_its_bar() -> None:
    assert not maze.judge([row(TRACED, 20.0), row(KERNEL, 26.0)])[0].met


def test_a_smoke_prints_tables_and_writes_report_and_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maze, "SMOKE_GROWTH", {"paper": (6, 8), "dfs": (7, 9)})
    monkeypatch.setattr(timing, "ROUNDS", 1)
    report, picture = tmp_path / "report.json", tmp_path / "growth.png"
    assert maze.main(["--smoke", "--report", str(report), "--plot", str(picture)]) == 0
    output = capsys.readouterr().out
    assert f"| {TRACED} |" in output
    written = json.loads(report.read_text(encoding="utf-8"))
    assert {"environment", "rows", "growth", "bars"} == set(written)
    assert {each["contestant"] for each in written["rows"]} >= {TRACED, SEARCHED, PLAIN}
    assert all(math.isfinite(each["search_us"]) for each in written["rows"] + written["growth"])
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert sorted(tmp_path.iterdir()) == [picture, report]


@pytest.mark.parametrize("arguments", [["--sizes", "10;20"], ["--report", "/nowhere/at/all.json"], ["--unknown"]])
def test_bad_arguments_are_refused_before_anything_is_measured(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        maze.main(arguments)
    assert stop.value.code == 2
    assert "benchmarks.maze" in capsys.readouterr().err


# What all benchmarks of search share


def test_turns_are_taken_and_the_best_round_counts() -> None:
    turns: list[str] = []
    seconds = timing.interleaved({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, rounds=3)
    assert turns == ["a", "b"] * 3
    assert all(0 <= value < 1 for value in seconds.values())


@pytest.mark.parametrize(
    ("measured", "asked", "is_limit", "met"),
    [(1.0, 1.0, False, True), (0.9, 1.0, False, False), (1.0, 1.0, True, True), (1.1, 1.0, True, False)],
)
def test_a_bar_is_met_at_the_mark_itself(measured: float, asked: float, is_limit: bool, met: bool) -> None:
    bar = Bar("speed", measured, asked, "m/s", is_limit)
    assert bar.met is met
    assert str(bar).startswith("Met: speed" if met else "Missed: speed")
    assert timing.conclude([bar], judged=True) == (0 if met else 1)
    assert timing.conclude([bar], judged=False) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1234567.0, "1,234,567"),
        (12.345, "12.3"),
        (0.001234, "0.00123"),
        (99.96, "100.0"),
        (5, "5"),
        (1500, "1,500"),
        (math.inf, "inf"),
    ],
)
def test_a_number_has_three_digits(value: float, text: str) -> None:
    assert timing.number(value) == text


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(200, 0, -1)]
    assert timing.percentile(values, 0.99) == 198.0
    assert timing.percentile(values, 0.5) == 100.0
    assert timing.percentile([7.0], 0.99) == timing.percentile([7.0], 0.0) == 7.0


def test_a_picture_names_its_axes(tmp_path: Path) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    seen: list[Any] = []

    def keep(self: Any, file: Path, **_: Any) -> None:
        seen.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure.Figure, "savefig", keep)
        panels = [plots.Panel("one", "cells", {"twofold": [(1, 2), (2, 4)], "x": [(1, 3), (2, 5)]})]
        plots.lines(tmp_path / "none.png", panels, "seconds")
    (axis,) = seen[0].axes
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_title()) == ("cells", "seconds", "one")
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
