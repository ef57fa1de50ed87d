"""The benchmark of a GPU, without one: what it counts and judges, that a part which fails costs itself alone."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import gpu, gpu_checks, gpu_generation
from benchmarks.gpu import Device, Run
from benchmarks.gpu_checks import checks, difference
from benchmarks.gpu_part import rows_of
from benchmarks.gpu_rows import FULL, OUT_OF_MEMORY, OUT_OF_TIME, SMOKE, Mazes, Place, Row, guarded, mazes
from benchmarks.gpu_training import training_rows
from benchmarks.training import Learning, new_network, one_thread
from data.tokens import EOS
from searchformer.generation import generate
from searchformer.transformer import Transformer

CPU = torch.device("cpu")
BRIEF = replace(
    SMOKE, num_mazes={4: 60}, token_budget=600, turn_tokens=300, row_s=0.05, learning_s=0.05, batch_sizes=(3,), width=64
)
H200 = Device("cuda", "NVIDIA H200", {"bf16": 989e12, "fp32": 67e12})


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="module")
def drawn() -> Mazes:
    return mazes(4, 60)


def place(seconds: float = 60.0) -> Place:
    return Place(CPU, BRIEF, time.perf_counter() + seconds)


def network(drawn: Mazes) -> Transformer:
    """Return a network that has learned nothing and never ends an answer: another word always has a logit above 0."""
    made = new_network("tiny", drawn.token_format, drawn.longest).eval()
    with torch.no_grad():
        made.output.weight[EOS] = 0
    return made


# What is asked for


def test_the_whole_run_takes_less_than_nine_minutes_and_ends_with_what_is_least_needed() -> None:
    assert gpu.SECONDS_ASKED == 540 > gpu.DEADLINE_S
    parts = list(gpu.PARTS)
    assert sum(gpu.PARTS[part] for part in parts if not part.startswith("compiled")) <= gpu.DEADLINE_S
    assert {part.partition(":")[2] for part in parts if part.startswith("training")} == {"15m", "46m", "175m"}
    assert FULL.batch_sizes == (1, 32, 256, 1024)
    assert list(FULL.num_mazes) == [10, 30]
    for part in (*gpu.PARTS, *gpu.SMOKE_PARTS):
        assert callable(rows_of(part))


@pytest.mark.parametrize(("mfu", "rate", "words", "met"), [(0.4, 2e6, 2e5, True), (0.39, 1.9e6, 1.9e5, False)])
def test_the_bars_are_those_that_are_asked_for(mfu: float, rate: float, words: float, met: bool) -> None:
    run = Run(H200, None, is_smoke=False)
    flops = mfu * 989e12 * 1.0001
    for row in (
        Row("training", "175m", "10 × 10", "bf16", 65_536, 1.0, flops),
        Row("training", "175m", "30 × 30", "fp32", 65_536, 1.0, 60e12),
        Row("training, compiled", "15m", "10 × 10", "bf16", 65_536, rate, 1.0),
        Row("generation", "15m", "10 × 10", "bf16", 1024, words),
        Row("generation", "15m", "10 × 10", "bf16", 256, 1e9),
        Row("check: x", "15m"),
    ):
        run.take(as_read(row))
    *asked, held, whole = run.bars()
    assert [bar.met for bar in asked] == [met] * 3
    assert held.met
    assert whole.met
    assert run.judged


def test_checks_that_fail_or_are_missing_miss_the_bar() -> None:
    run = Run(H200, None, is_smoke=False)
    assert not run.bars()[3].met
    run.take(as_read(Row("check: one")))
    assert run.bars()[3].met
    run.take(as_read(Row("check: other", failed="apart")))
    assert not run.bars()[3].met


@pytest.mark.parametrize(
    ("device", "is_smoke"),
    [(Device("cpu", "CPU", None), False), (H200, True), (replace(H200, peaks={"bf16": 3e14}), False)],
)
def test_other_devices_are_not_judged(device: Device, is_smoke: bool) -> None:
    assert not Run(device, None, is_smoke=is_smoke).judged


def as_read(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__slots__}


def test_a_share_is_of_the_makers_peak_or_else_of_products_alone() -> None:
    for device, expected in ((H200, 100 * 494.5 / 989), (Device("cuda", "unknown", None), 100 * 494.5 / 700)):
        run = Run(device, None, is_smoke=False)
        run.take(as_read(Row("products alone", precision="bf16", flops_per_s=700e12)))
        run.take(as_read(Row("training", "15m", precision="bf16", flops_per_s=494.5e12)))
        assert run.rows[1]["mfu_percent"] == pytest.approx(expected)
        assert run.rows[1]["of_products_percent"] == pytest.approx(100 * 494.5 / 700)
    run.take(as_read(Row("generation", "15m", precision="bf16")))
    assert run.rows[2]["mfu_percent"] is None


# Rows that cannot be measured


def test_a_row_out_of_memory_says_so_and_another_takes_half_as_many_tokens(
    drawn: Mazes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(self: Any, batch: Any) -> torch.Tensor:
        if batch.prompts.numel() + batch.targets.numel() > 320:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return torch.zeros(())

    monkeypatch.setattr(Learning, "step", step)
    rows = list(training_rows(place(), "tiny"))
    assert [(row.precision, row.batch, row.failed) for row in rows] == [
        ("bf16", 600, OUT_OF_MEMORY),
        ("bf16", 300, ""),
        ("fp32", 600, OUT_OF_MEMORY),
        ("fp32", 300, ""),
    ]
    assert rows[1].tokens_per_s


def test_an_error_is_a_row_and_not_the_end(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_row: Row) -> Row:
        raise RuntimeError("no kernel image\nis available")

    row = guarded(place(), Row("training", "15m"), fail)
    assert row == Row("training", "15m", failed="RuntimeError: no kernel image")
    assert "no kernel image" in caplog.text


def test_no_row_is_begun_when_the_time_is_over() -> None:
    def fail(_row: Row) -> Row:
        raise AssertionError

    assert guarded(place(0.5), Row("training"), fail).failed == OUT_OF_TIME


def test_a_part_that_hangs_or_fails_leaves_what_it_had(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    popen = subprocess.Popen

    def start(command: list[str], **options: Any) -> Any:
        started.append(command)
        says = 'import sys, time; print(\'{"what": "one", "failed": ""}\', flush=True); print("noise", flush=True); '
        ends = "time.sleep(60)" if "device" in command else "sys.exit(3)"
        return popen([sys.executable, "-c", says + ends], **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    begun = time.perf_counter()
    assert [row["failed"] for row in gpu.rows_of_part("device", "cpu", 2, is_smoke=True)] == ["", "stopped after 2 s"]
    assert time.perf_counter() - begun < 30
    rows = list(gpu.rows_of_part("generation", "cpu", 30, is_smoke=False))
    assert [row["what"] for row in rows] == ["one", "generation"]
    assert "code 3" in rows[1]["failed"]
    assert started[0][3:] == ["device", "cpu", "1.0", "smoke"]
    assert started[1][3:] == ["generation", "cpu", "24.0"]


def test_the_report_has_every_row_as_soon_as_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report.json"

    def rows(part: str, *_: Any, **__: Any) -> Iterator[dict[str, Any]]:
        for number in range(2):
            yield {"what": f"{part} {number}", "failed": ""}
            written = json.loads(report.read_text(encoding="utf-8"))
            assert written["rows"][-1]["what"] == f"{part} {number}"
            assert not written["complete"]

    monkeypatch.setattr(gpu, "rows_of_part", rows)
    run = Run(Device("cpu", "CPU", None), report, is_smoke=False)
    run.measure({"device": 60, "generation": 60}, time.perf_counter() + 90)
    assert json.loads(report.read_text(encoding="utf-8"))["complete"]
    assert len(run.rows) == 4


def test_what_there_is_no_time_for_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(Device("cpu", "CPU", None), None, is_smoke=False)
    run.measure({"device": 60}, time.perf_counter() + 5)
    assert [(row["what"], row["failed"]) for row in run.rows] == [("device", "left out: the time is over")]


# What is measured


def test_a_network_holds_every_check(drawn: Mazes) -> None:
    rows = list(checks(place(), network(drawn), drawn))
    assert [row.what.removeprefix("check: ") for row in rows] == list(gpu_checks._CHECKS)
    assert [row.failed for row in rows] == [""] * 4


def test_a_cache_that_forgets_is_found(drawn: Mazes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gpu_checks.greedy

    def forgetful(*arguments: Any) -> Any:
        answers = whole(*arguments)
        for answer in answers:
            answer.tokens[-1] = (answer.tokens[-1] + 1) % 20
        return answers

    monkeypatch.setattr(gpu_checks, "greedy", forgetful)
    failed = {row.what: row.failed for row in checks(place(), network(drawn), drawn)}
    assert failed["check: cached as uncached, greedy"]
    assert not failed["check: any batch, greedy"]


def test_answers_that_depend_on_the_batch_are_found(drawn: Mazes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gpu_checks.greedy

    def leaking(net: Transformer, prompts: Any, batch_size: int) -> Any:
        answers = whole(net, prompts, batch_size)
        return [replace(answer, tokens=answer.tokens[: 10 * batch_size]) for answer in answers]

    monkeypatch.setattr(gpu_checks, "greedy", leaking)
    failed = {row.what: row.failed for row in checks(place(), network(drawn), drawn)}
    assert failed["check: any batch, greedy"] == "0 of 6 answers are the same"


def test_logits_that_are_apart_are_found(drawn: Mazes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gpu_checks.logits_of
    for bias, fails in ((0.0, False), (float("nan"), True), (0.1, True)):

        def biased(net: Any, batch: Any, *, bf16: bool = False, by: float = bias) -> torch.Tensor:
            logits = whole(net, batch)
            return logits * (1 + by) if bf16 else logits

        monkeypatch.setattr(gpu_checks, "logits_of", biased)
        row = next(checks(place(), network(drawn), drawn))
        assert bool(row.failed) is fails


def test_a_difference_is_relative() -> None:
    expected = torch.tensor([[3.0, -4.0], [0.0, 1.0]])
    assert difference(expected, expected) == (0.0, 1.0)
    assert difference(1.1 * expected, expected).relative == pytest.approx(0.1)
    assert difference(expected.flip(1), expected).agreeing == 0


def test_generation_counts_the_words_that_were_written(drawn: Mazes, monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[Any] = []
    whole = generate

    def watched(*arguments: Any, **options: Any) -> Any:
        answers = whole(*arguments, **options)
        answered.append(answers)
        return answers

    monkeypatch.setattr(gpu_generation, "generate", watched)
    started = time.perf_counter()
    row = gpu_generation._generation(place(), network(drawn), drawn, Row("generation", batch=3))
    spent = time.perf_counter() - started
    warm_up, counted = answered
    assert (len(warm_up), len(counted)) == (3, 6)
    num_words = sum(len(answer.tokens) + answer.finished for answer in counted)
    assert row.tokens_per_s is not None
    assert num_words / spent <= row.tokens_per_s < 100 * num_words / spent
    assert "6 answers" in row.remark


def test_generation_stops_in_time(drawn: Mazes) -> None:
    row = gpu_generation._generation(place(2.0), network(drawn), drawn, Row("generation", batch=1))
    assert "1 more were begun or waited" in row.remark


@pytest.mark.parametrize("part", ["device", "training:tiny", "generation", "compiled:tiny"])
def test_every_part_measures_something(part: str) -> None:
    rows = list(rows_of(part)(place()))
    left_out = [row for row in rows if row.failed]
    assert [row.what for row in left_out] == (["training, compiled"] if part.startswith("compiled") else [])
    for row in rows:
        assert row.failed or row.what.startswith("check") or row.tokens_per_s or row.flops_per_s
        json.dumps(as_read(row), allow_nan=False)


# The command


@pytest.mark.parametrize(
    "arguments", [["--parts", "device,none"], ["--report", "/nowhere/at/all.json"], ["--device", "x"]]
)
def test_bad_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        gpu.main(["--smoke", *arguments])
    assert stop.value.code == 2
    assert "benchmarks.gpu: error" in capsys.readouterr().err


def test_without_a_gpu_it_says_what_to_do(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "_python", lambda *_: "[null, null]")
    with pytest.raises(SystemExit):
        gpu.main([])
    assert "--smoke" in capsys.readouterr().err
    monkeypatch.setattr(gpu, "_python", lambda *_: '["NVIDIA H200", [989, 67]]')
    assert gpu.find_device("cuda") == H200
    monkeypatch.setattr(gpu, "_python", lambda *_: '["something", null]')
    assert gpu.find_device("cuda").peaks is None


def test_one_part_of_a_smoke_runs_in_a_process_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    assert gpu.main(["--smoke", "--parts", "device", "--report", str(report)]) == 0
    output = capsys.readouterr().out
    assert "| products alone |" in output
    assert "No bar is judged" in output
    written = json.loads(report.read_text(encoding="utf-8"))
    assert written["complete"]
    assert [row["failed"] for row in written["rows"]] == [""] * 3


@pytest.mark.slow
def test_a_whole_smoke_measures_everything(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert gpu.main(["--smoke", "--report", str(report)]) == 0
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    assert [row["failed"] for row in rows] == [""] * len(rows)
    assert {row["what"] for row in rows} >= {"training", "generation", "training by Lightning", "making batches"}


def test_it_needs_neither_plots_nor_solvers_and_lightning_for_one_part_alone() -> None:
    asked = (
        "import sys, benchmarks.gpu_part, benchmarks.gpu; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    found = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout.split()
    for name in ("lightning", "matplotlib", "ortools", "pulp", "pydantic", "jsonargparse", "rich", "gymnasium"):
        assert name not in found
