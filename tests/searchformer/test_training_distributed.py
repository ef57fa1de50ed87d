"""Several processes learn what one does that takes as many batches for a step."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from searchformer import checkpoint

BRIEF = (
    *("--config", "maze-6-tiny", "--token_budget", "600", "--max_steps", "6", "--validate_every", "3"),
    *("--save_every", "3", "--log_every", "1", "--num_problems", "3", "--num_validation_batches", "2"),
    *("--accelerator", "cpu", "--num_threads", "1"),
)


def train(*words: str | Path) -> str:
    command = [sys.executable, "-m", "searchformer", "train", *map(str, words)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def losses(out: Path) -> list[float]:
    with (out / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        return [float(row["loss"] or row["val_loss"]) for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def alone(small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("alone") / "run"
    train(*BRIEF, "--data", small_set, "--out", out, "--accumulate", "2")
    return out


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_two_processes_learn_what_one_does_with_two_batches_a_step(
    strategy: str, alone: Path, small_set: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    said = train(*BRIEF, "--data", small_set, "--out", out, "--strategy", strategy, "--devices", "2")
    assert said.count("6 steps") == 1, "one process speaks for all"
    assert losses(out) == pytest.approx(losses(alone), rel=1e-4)
    mine, yours = (checkpoint.load(each / "last").network.state_dict() for each in (out, alone))
    for name, tensor in mine.items():
        torch.testing.assert_close(tensor, yours[name], rtol=1e-3, atol=1e-4)
    train("--resume", "--out", out, "--max_steps", "8")
    assert len(losses(out)) == len(losses(alone)) + 3  # two steps and a validation
