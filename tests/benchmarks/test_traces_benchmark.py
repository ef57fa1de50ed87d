"""The benchmark of trace data: its cases, its look at memory, and that it runs."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import memory, timing, traces
from benchmarks.memory import Sample
from benchmarks.traces import CASES, Case


def test_the_cases_are_those_that_the_bars_ask_for() -> None:
    asked = {(case.domain, case.size): case.asked for case in CASES if case.asked}
    assert asked == {("maze", 10): 15_000, ("maze", 30): 4_000, ("sokoban", 7): 800}
    assert (traces.TOKENS_ASKED, traces.SPEED_UP_ASKED, traces.MEMORY_MB, traces.MILLION) == (2e7, 1.8, 1024, 10**6)
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_smoke_prints_tables_and_writes_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "ROUNDS", 1)
    monkeypatch.setattr(traces, "SMOKE_CASES", (Case("maze", 6, 20, published="–", asked=1.0),))
    report = tmp_path / "report.json"
    assert traces.main(["--smoke", "--report", str(report)]) == 0
    output = capsys.readouterr().out
    assert "| maze 6 × 6 |" in output
    assert "Met: maze 6 × 6, end to end" in output
    written = json.loads(report.read_text(encoding="utf-8"))
    assert {"environment", "traces_per_s", "tokens", "two_workers", "bars"} == set(written)
    assert [row["format"] for row in written["tokens"]] == ["paper", "compact"]


@pytest.mark.parametrize("parts", ["token", "traces;tokens", ""])
def test_an_unknown_part_is_refused(parts: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        traces.main(["--smoke", "--parts", parts])
    assert stop.value.code == 2
    assert "unknown part" in capsys.readouterr().err


def test_a_part_is_measured_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "ROUNDS", 1)
    monkeypatch.setattr(traces, "SMOKE_CASES", (Case("tiles", 2, 5, published="–"),))
    assert traces.main(["--smoke", "--parts", "tokens"]) == 0
    output = capsys.readouterr().out
    assert "| tiles 2 × 2 | compact |" in output
    assert "traces/s" not in output


def test_a_small_million_is_watched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, picture = tmp_path / "report.json", tmp_path / "memory.png"
    arguments = ["--smoke", "--million", "--size", "6", "--workers", "1"]
    assert traces.main([*arguments, "--report", str(report), "--plot", str(picture)]) == 0
    assert "3,000 mazes 6 × 6, 1 workers" in capsys.readouterr().out
    written = json.loads(report.read_text(encoding="utf-8"))
    assert 30 < written["peak_mb"] < 2000
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_memory_of_children_counts() -> None:
    code = "import subprocess, sys; b = bytearray(60 << 20); subprocess.run([sys.executable, '-c', sys.argv[1]])"
    child = "import time; b = bytearray(90 << 20); time.sleep(1)"
    with subprocess.Popen([sys.executable, "-c", code, child]) as process:
        samples = memory.watch(process)
    assert 150 < max(sample.taken_mb for sample in samples) < 300
    assert all(sample.taken_mb <= sample.resident_mb + 1 for sample in samples)
    assert all(later.seconds > earlier.seconds for earlier, later in pairwise(samples))


def test_growth_compares_the_last_quarter_with_the_second() -> None:
    flat = [Sample(float(second), 100.0, 0.0) for second in range(40)]
    assert memory.growth(flat) == 1.0
    assert memory.growth([sample._replace(taken_mb=10 * sample.seconds) for sample in flat]) > 2
    assert memory.growth([*flat[:10], *(sample._replace(taken_mb=500.0) for sample in flat[10:20]), *flat[20:]]) == 0.2
    assert memory.growth(flat[:3]) == 1.0
