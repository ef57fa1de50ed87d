"""Training with dropped traces, from the setting to what a network is shown, and what goes not together."""

import csv
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml  # type: ignore[import-untyped]  # it has no types

from searchformer import checkpoint, sizes
from searchformer.batches import BatchStream, WholeTargets
from searchformer.cli import main
from searchformer.data_module import TraceDataModule
from searchformer.dropping import MIXES, DroppedTargets, mix_named
from searchformer.sizes import Size
from searchformer.training import smoke, train
from searchformer.training_config import TrainingConfig, config_from
from tests.searchformer.test_dropping import recorded

BRIEF = ["--size", "tiny", "--token_format", "compact", "--token_budget", "600", "--accelerator", "cpu", "--smoke"]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sizes.SIZES, "tiny", Size(32, 1, 2))


def test_a_training_with_dropping_goes_through_and_on(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["train", *BRIEF, "--dropping", "maze", "--data", str(small_set), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "6 steps" in said.out
    assert said.err.count("optimally in mode auto") == 2
    assert yaml.safe_load((out / "config.yaml").read_text(encoding="utf-8"))["dropping"] == "maze"
    assert checkpoint.load(out / "last").facts["mode"] == "trace"
    resume = ["train", "--resume", "--out", str(out), "--max_steps", "8"]
    assert main([*resume, "--dropping", "sokoban"]) == 2
    assert "dropping was 'maze' and cannot become 'sokoban'" in capsys.readouterr().err
    assert main(resume) == 0
    assert "8 steps" in capsys.readouterr().out


def validated(small_set: Path, out: Path, **settings: Any) -> dict[str, str]:
    """Return the figures of the last validation of a short training."""
    brief = {"size": "tiny", "token_format": "compact", "token_budget": 600, "accelerator": "cpu", "warmup_steps": 2}
    chosen = config_from(brief | {"num_problems": 3} | settings)
    train(smoke(chosen), small_set, out)
    with (out / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        last = [row for row in csv.DictReader(stream) if row["val_loss"]][-1]
    return {name: value for name, value in last.items() if name.startswith("val_") and value}


PLAIN = {"val_loss", "val_solved", "val_optimal", "val_finished", "val_trace_tokens"}


def test_each_mode_that_is_learned_is_validated(small_set: Path, tmp_path: Path) -> None:
    found = validated(small_set, tmp_path / "dual", dropping="0.5 0 0 0 0.5")
    assert found.keys() == PLAIN | {"val_fast_optimal", "val_auto_optimal", "val_auto_trace_tokens"}
    assert float(found["val_trace_tokens"]) >= 0
    whole = validated(small_set, tmp_path / "whole", drop_tokens=0.1)
    assert whole.keys() == PLAIN, "whole searches teach one mode"
    for number, plans in enumerate(({"mode": "plan"}, {"dropping": "L4"})):
        found = validated(small_set, tmp_path / f"plans{number}", **plans)
        assert found.keys() == PLAIN
        assert float(found["val_trace_tokens"]) == 0, "asked at once, and not to think"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--dropping", "maze", "--mode", "plan"],
            "mode plan has no traces to leave out parts of: take dropping L0, or mode trace",
        ),
        (
            ["--drop_tokens", "0.1", "--mode", "plan"],
            "mode plan has no traces to leave out parts of: take dropping L0, or mode trace",
        ),
        (["--dropping", "mase"], "unknown mix 'mase'. Did you mean 'maze'?"),
        (["--dropping", "0.5 0.5 0 0 0.5"], "the shares of L0 to L4 must have the sum 1, not 1.5"),
        (["--drop_tokens", "1"], "drop_tokens must be at least 0 and below 1, not 1.0"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    words: list[str], sentence: str, small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["train", *BRIEF, *words, "--data", str(small_set), "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert sentence in said.err
    assert not out.exists()


@pytest.mark.parametrize("name", [*MIXES, "0.2 0.2 0.2 0.2 0.2"])
def test_what_is_learned_is_what_the_setting_says(small_set: Path, name: str) -> None:
    settings = TrainingConfig(size="tiny", token_format="compact", dropping=name, drop_tokens=0.1, seed=5)
    module = TraceDataModule(small_set, settings)
    expected = DroppedTargets(module.examples, module.token_format, mix_named(name, 0.1), 5)
    numbers = range(len(module.examples))
    for epoch in range(2):
        pairs = zip(module.targets.of(numbers, epoch), expected.of(numbers, epoch), strict=True)
        assert all(np.array_equal(mine, yours) for mine, yours in pairs)


def test_the_context_holds_whole_searches_and_what_is_held_out_is_whole(small_set: Path) -> None:
    plain = TraceDataModule(small_set, TrainingConfig(size="tiny", token_format="compact"))
    dropped = TraceDataModule(small_set, TrainingConfig(size="tiny", token_format="compact", dropping="L4"))
    assert dropped.max_positions == plain.max_positions
    held_out = [module.held_out().batches for module in (plain, dropped)]
    for mine, yours in zip(*held_out, strict=True):
        assert torch.equal(mine.targets, yours.targets)


def test_batches_have_what_is_left_and_a_resumed_stream_goes_on_in_them() -> None:
    token_format, tokens = recorded(("maze", "compact"))
    targets = DroppedTargets(tokens, token_format, mix_named("maze"), 4)
    budget = 700

    def stream(skip: int = 0) -> BatchStream:
        return BatchStream(tokens, targets, token_budget=budget, seed=4, skip=skip)

    num_first = len(stream().epoch(0))
    num = num_first + len(stream().epoch(1))
    batches = list(islice(stream(), num))
    for skip in (1, num // 2, num - 1):
        for mine, yours in zip(islice(stream(skip), num - skip), batches[skip:], strict=True):
            assert all(torch.equal(one, other) for one, other in zip(mine, yours, strict=True))
    for batch in batches:
        assert len(batch.targets) * (batch.targets.shape[1] + batch.prompts.shape[1]) <= budget
        assert int(batch.target_lengths.max()) == batch.targets.shape[1]
    num_whole = int(WholeTargets(tokens, True).lengths(0).sum())
    assert sum(int(batch.target_lengths.sum()) for batch in batches[:num_first]) < 0.9 * num_whole
