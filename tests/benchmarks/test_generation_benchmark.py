"""The benchmark of generation: its bars, what it compares, and that it runs."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks import generation, timing
from data.tokens import EOS, TokenFormat
from planning.domains import DOMAINS


def test_the_bars_are_those_that_are_asked_for() -> None:
    assert (generation.ASKED, generation.ASKED_ONE, generation.MAZE_SIZE) == (4_000, 300, 10)


def test_answers_are_those_of_the_search() -> None:
    token_format = TokenFormat(DOMAINS["maze"], "paper", 5, 5, 50)
    prompts = generation.sample_prompts(9, token_format)
    assert len(prompts) == 9
    for prompt in prompts:
        words = token_format.text(prompt.forced)
        assert (words[0], words[-1]) == ("create", "eos")
        assert "plan" in words
        assert prompt.forced.count(EOS) == 1


def test_a_smoke_prints_a_table_and_writes_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, threads = tmp_path / "report.json", torch.get_num_threads()
    assert generation.main(["--smoke", "--report", str(report)]) == 0
    assert torch.get_num_threads() == threads
    output = capsys.readouterr().out
    assert "| one by one | 1 |" in output
    assert "no cache" in output
    written = json.loads(report.read_text(encoding="utf-8"))
    assert {"environment", "rates", "bars"} == set(written)
    assert written["environment"]["torch"] == timing.version("torch")
    assert len(written["bars"]) == 2
    assert all(rate["tokens_per_s"] > 0 and rate["tokens"] >= rate["answers"] for rate in written["rates"])


def test_a_report_in_a_directory_that_does_not_exist_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        generation.main(["--smoke", "--report", str(tmp_path / "none" / "report.json")])
    assert stop.value.code == 2
    assert "cannot be written" in capsys.readouterr().err
