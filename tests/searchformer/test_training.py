"""A training leaves what it says, goes on as if it had never been stopped, and says why it ends early."""

import csv
import errno
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml  # type: ignore[import-untyped]  # it has no types

from data.manifest import load as load_manifest
from data.token_cache import open_cache
from searchformer import checkpoint, sizes, training
from searchformer.batches import BatchStream
from searchformer.callbacks import Tidying, better
from searchformer.data_module import TraceDataModule
from searchformer.learner import Learner
from searchformer.run_record import COLUMNS, read_settings
from searchformer.sizes import Size
from searchformer.training import Trained, TrainingStopped, smoke, train
from searchformer.training_config import TrainingConfig, config_from

BRIEF = TrainingConfig(
    size="tiny",
    token_format="compact",
    token_budget=600,
    learning_rate=3e-3,
    warmup_steps=2,
    max_steps=12,
    validate_every=6,
    num_problems=4,
    num_validation_batches=2,
    save_every=4,
    log_every=1,
    accelerator="cpu",
)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sizes.SIZES, "tiny", Size(32, 1, 2))


class Broken(BaseException):
    """What a kill is to the program: nothing is tidied up."""


class Watching:
    """A display that does something at a step."""

    def __init__(self, at: int = -1, act: Callable[[], None] = lambda: None) -> None:
        self.at, self.act, self.notes = at, act, list[str]()

    def update(self, step: int, max_steps: int, words: str) -> None:
        if step == self.at:
            self.act()

    def note(self, words: str) -> None:
        self.notes.append(words)

    def close(self) -> None:
        self.notes.append("closed")


def break_down() -> None:
    raise Broken


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def losses(out: Path) -> dict[int, tuple[str, str, str]]:
    return {
        int(row["step"]): (row["loss"], row["gradient_norm"], row["learning_rate"]) for row in rows(out) if row["loss"]
    }


def validations(out: Path) -> list[list[str]]:
    return [[value for name, value in row.items() if name.startswith("val_")] for row in rows(out) if row["val_loss"]]


def test_a_training_leaves_settings_facts_figures_and_networks(small_set: Path, tmp_path: Path) -> None:
    out, display = tmp_path / "run", Watching()
    done = train(BRIEF, small_set, out, command="the command", display=display)
    assert isinstance(done, Trained)
    assert (done.steps, read_settings(out)) == (12, BRIEF)
    names = {
        "config.yaml",
        "run.json",
        "metrics.csv",
        "last.ckpt",
        "best.ckpt",
        "best.json",
        "best",
        "last",
    }
    # Written where TensorBoard is installed.
    assert {path.name for path in out.iterdir()} - {"tensorboard"} == names
    facts = json.loads((out / "run.json").read_bytes())
    assert facts["data_sha256"] == load_manifest(small_set).sha256
    assert facts["versions"]["torch"] == torch.__version__
    assert facts["command"] == "the command"
    steps = rows(out)
    assert tuple(steps[0]) == COLUMNS
    assert list(losses(out)) == list(range(1, 13))
    assert [int(row["step"]) for row in steps if row["val_loss"]] == [6, 12]
    assert display.notes[-1] == "closed"
    assert sum("held-out loss" in note for note in display.notes) == 2
    for name, step in (("best", json.loads((out / "best.json").read_bytes())["step"]), ("last", 12)):
        loaded = checkpoint.load(out / name)
        assert loaded.facts["steps"] == step
        assert loaded.facts["data_sha256"] == facts["data_sha256"]
        assert loaded.network.num_trainable == facts["num_trainable"]


def test_figures_count_real_tokens(small_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    settings = replace(BRIEF, validate_every=100, token_budget=2000)
    module = TraceDataModule(small_set, settings)
    stream = BatchStream(module.examples, module.targets, token_budget=2000, seed=0)
    done = train(replace(settings, max_steps=len(stream.epoch(0))), small_set, out)
    cache = open_cache(small_set / "tokens-compact" / "train")
    every = cache.tokens.num_tokens + 2 * len(cache)
    assert done.num_tokens == every == int(float(rows(out)[-2]["tokens"]))


HOW = {
    "adamw": {},
    "muon": {"optimizer": "muon"},
    "averaged": {"ema": 0.8},
    "accumulated": {"accumulate": 3},
    "plans of a decoder": {"mode": "plan", "decoder_only": True, "loss": "token"},
}


@pytest.mark.parametrize("how", HOW)
def test_a_killed_training_goes_on_with_the_losses_of_one_that_was_not(
    how: str, small_set: Path, tmp_path: Path
) -> None:
    settings = replace(BRIEF, **HOW[how])  # type: ignore[arg-type]  # the kinds are right
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(settings, small_set, whole)
    with pytest.raises(Broken):
        train(settings, small_set, killed, display=Watching(10, break_down))
    assert max(losses(killed)) == 10
    train(settings, small_set, killed, resume=True)
    assert losses(killed) == losses(whole)
    assert validations(killed) == validations(whole)
    mine, yours = (checkpoint.load(each / "last").network.state_dict() for each in (killed, whole))
    assert all(torch.equal(mine[name], yours[name]) for name in yours)
    assert json.loads((killed / "run.json").read_bytes())["resumed"][0]["from_step"] == 8


def test_what_is_exported_is_the_average_where_weights_are_averaged(small_set: Path, tmp_path: Path) -> None:
    for name, ema in (("plain", None), ("averaged", 0.9)):
        train(replace(BRIEF, ema=ema, validate_every=12), small_set, tmp_path / name)
    assert losses(tmp_path / "plain") == losses(tmp_path / "averaged"), "it changes nothing of the training"
    plain, averaged = (checkpoint.load(tmp_path / name / "last").network for name in ("plain", "averaged"))
    first = training.make_learner(TraceDataModule(small_set, BRIEF), BRIEF).network
    weights = [net.get_parameter("output.weight") for net in (plain, averaged, first)]
    assert 0 < (weights[1] - weights[2]).norm() < (weights[0] - weights[2]).norm()
    best = checkpoint.load(tmp_path / "averaged" / "best").network
    assert torch.equal(best.get_parameter("output.weight"), weights[1]), "the best is the last here"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_that_is_wanted_saves_and_says_how_to_go_on(number: int, small_set: Path, tmp_path: Path) -> None:
    out, before = tmp_path / "run", signal.getsignal(number)
    with pytest.raises(
        TrainingStopped, match=r"after step 7\. .*of step 7; to go on: `searchformer train --resume"
    ) as stopped:
        train(BRIEF, small_set, out, display=Watching(7, lambda: os.kill(os.getpid(), number)))
    assert stopped.value.interrupted
    assert signal.getsignal(number) is before
    train(BRIEF, small_set, out, resume=True)
    train(BRIEF, small_set, tmp_path / "whole")
    assert losses(out) == losses(tmp_path / "whole")


def test_a_second_interruption_stops_at_once(small_set: Path, tmp_path: Path) -> None:
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(TrainingStopped, match=r"The last checkpoint is of step 6;") as stopped:
        train(BRIEF, small_set, tmp_path / "run", display=Watching(7, twice))
    assert stopped.value.interrupted


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what has the loss of a step be NaN."""

    def poison(step: int) -> None:
        usual = Learner.training_step

        def training_step(self: Learner, *given: Any) -> torch.Tensor:
            bad = self.trainer.global_step + 1 == step
            loss = usual(self, *given)
            if bad:
                self.losses[-1] = loss.detach() * float("nan")
            return loss * float("nan") if bad else loss

        monkeypatch.setattr(Learner, "training_step", training_step)

    return poison


@pytest.mark.parametrize("log_every", [1, 5, 100])
def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_checkpoint(
    log_every: int, small_set: Path, tmp_path: Path, poisoned: Callable[[int], None]
) -> None:
    poisoned(7)
    settings = replace(BRIEF, log_every=log_every)
    with pytest.raises(TrainingStopped, match=r"the loss of step 7 is nan: .*checkpoint is of step [46];") as stopped:
        train(settings, small_set, tmp_path / "run")
    assert not stopped.value.interrupted
    saved = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)
    assert saved["global_step"] == 6
    assert all(each.isfinite().all() for each in saved["state_dict"].values())


def test_weights_that_are_no_numbers_are_not_saved(
    small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Learner.configure_gradient_clipping

    def configure_gradient_clipping(self: Learner, *given: Any, **named: Any) -> None:
        usual(self, *given, **named)
        if self.trainer.global_step == 7:  # the gradient of step 8, which is saved; the loss is good
            next(self.network.parameters()).grad.fill_(float("inf"))  # type: ignore[union-attr]  # it has one

    monkeypatch.setattr(Learner, "configure_gradient_clipping", configure_gradient_clipping)
    with pytest.raises(TrainingStopped, match=r"not finite after step 8: .*checkpoint is of step 6"):
        train(BRIEF, small_set, tmp_path / "run")


def test_a_full_disk_leaves_the_previous_checkpoint(
    small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = torch.save

    def save(content: Any, stream: Any, *rest: Any) -> None:
        if isinstance(content, dict) and content.get("global_step") == 8:
            stream.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        usual(content, stream, *rest)

    monkeypatch.setattr(torch, "save", save)
    with pytest.raises(TrainingStopped, match=r"after step 8: .*No space left.* last checkpoint is of step 6"):
        train(BRIEF, small_set, tmp_path / "run")
    assert not [path.name for path in (tmp_path / "run").iterdir() if "unfinished" in path.name]
    monkeypatch.setattr(torch, "save", usual)
    train(BRIEF, small_set, tmp_path / "run", resume=True)
    train(BRIEF, small_set, tmp_path / "whole")
    assert losses(tmp_path / "run") == losses(tmp_path / "whole")


def test_too_little_memory_says_which_setting_to_lower(
    small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def training_step(self: Learner, *_: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Learner, "training_step", training_step)
    with pytest.raises(TrainingStopped, match=r"out of memory in step 1: lower token_budget \(now 600\)"):
        train(BRIEF, small_set, tmp_path / "run")


def test_other_errors_are_not_hidden(small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def training_step(self: Learner, *_: Any) -> torch.Tensor:
        raise RuntimeError("a defect")

    monkeypatch.setattr(Learner, "training_step", training_step)
    with pytest.raises(RuntimeError, match="a defect"):
        train(BRIEF, small_set, tmp_path / "run")


def test_a_mapping_is_good_too_and_its_settings_are_written_complete(small_set: Path, tmp_path: Path) -> None:
    values = {"size": "tiny", "token_format": "compact", "max_steps": 2, "learning_rate": "1e-3", "accelerator": "cpu"}
    with pytest.raises(Broken):
        train(values, small_set, tmp_path / "run", display=Watching(2, break_down))
    written = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text(encoding="utf-8"))
    assert config_from(written) == config_from(values)
    assert written["beta2"] == 0.99, "defaults are written, too"


def test_the_time_can_decide(small_set: Path, tmp_path: Path) -> None:
    settings = replace(BRIEF, max_steps=100_000, max_minutes=0.02, validate_every=100_000)
    done = train(settings, small_set, tmp_path / "run")
    assert 1 < done.steps < 100_000
    assert rows(tmp_path / "run")[-1]["val_loss"], "the end is validated"
    assert float(rows(tmp_path / "run")[-2]["learning_rate"]) < 2e-3, "and the learning rate has fallen"
    assert checkpoint.load(tmp_path / "run" / "last").facts["steps"] == done.steps


def test_a_smoke_run_goes_through_everything(small_set: Path, tmp_path: Path) -> None:
    done = train(smoke(replace(BRIEF, max_steps=10**6, validate_every=10**5)), small_set, tmp_path / "run")
    assert done.steps == 6
    assert len(validations(tmp_path / "run")) == 2


def test_a_cpu_returns_memory_now_and_then_and_a_gpu_is_left_alone() -> None:
    tidying, trimmed, anything = Tidying(), list[int](), SimpleNamespace()

    def trim(kept: int) -> int:
        trimmed.append(kept)
        return 1

    tidying._trim = trim
    for device in ("cpu", "cuda"):
        trainer: Any = SimpleNamespace(strategy=SimpleNamespace(root_device=torch.device(device)))
        for step in range(3 * Tidying.EVERY):
            tidying.on_train_batch_end(trainer, anything, None, None, step)  # type: ignore[arg-type]  # it is not used
        assert trimmed == [0] * 3


def test_a_network_learns(small_set: Path, tmp_path: Path) -> None:
    settings = replace(BRIEF, mode="plan", max_steps=60, learning_rate=1e-2, validate_every=60, num_problems=30)
    done = train(settings, small_set, tmp_path / "run")
    first, last = (float(row["loss"]) for row in (rows(tmp_path / "run")[0], rows(tmp_path / "run")[-2]))
    assert last < 0.6 * first
    assert 0 <= done.best["val_optimal"] <= done.best["val_solved"] <= done.best["val_finished"] <= 1


def test_the_best_has_the_most_optimal_plans_then_the_least_loss() -> None:
    best = {"val_optimal": 0.5, "val_loss": 1.0}
    assert better({"val_optimal": 0.6, "val_loss": 2.0}, best)
    assert better({"val_optimal": 0.5, "val_loss": 0.9}, best)
    assert not better({"val_optimal": 0.5, "val_loss": 1.0}, best)
    assert not better({"val_optimal": 0.4, "val_loss": 0.1}, best)
    assert better({"val_loss": 0.9}, {"val_loss": 1.0})
    assert better({"val_loss": 0.9}, {})


@pytest.fixture
def finished(small_set: Path, tmp_path: Path) -> Path:
    train(smoke(BRIEF), small_set, tmp_path / "run")
    return tmp_path / "run"


def test_what_cannot_be_resumed_or_begun_is_refused(finished: Path, small_set: Path, tmp_path: Path) -> None:
    same = smoke(BRIEF)
    with pytest.raises(ValueError, match="holds a training: go on with it by --resume"):
        train(same, small_set, finished)
    with pytest.raises(ValueError, match="seed was 0 and cannot become 1"):
        train(replace(same, seed=1), small_set, finished, resume=True)
    with pytest.raises(ValueError, match="there is no training in"):
        train(same, small_set, tmp_path / "nothing", resume=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").touch()
    with pytest.raises(ValueError, match="is not empty"):
        train(same, small_set, tmp_path / "full")
    again = train(same, small_set, finished, resume=True)
    assert again.steps == 6, "and nothing is done"


def test_more_steps_can_be_asked_for(finished: Path, small_set: Path) -> None:
    assert train(replace(smoke(BRIEF), max_steps=9), small_set, finished, resume=True).steps == 9
    assert list(losses(finished)) == list(range(1, 10))


def test_tokens_with_and_without_a_greatest_cost_lie_side_by_side(small_set: Path) -> None:
    words = [
        len(TraceDataModule(small_set, replace(BRIEF, max_cost=most)).token_format.words) for most in (None, 30, 40)
    ]
    assert words[2] - words[1] == 10
    assert len(set(words)) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_positions": 10}, r"has \d+ tokens, \d+ more than max_positions \(10\)"),
        ({"num_examples": 10_000}, "num_examples is 10,000, and the data set has"),
        ({"token_budget": 5}, "raise the token budget to"),
        ({"size": "15"}, "unknown size '15'. Did you mean '15m'"),
        ({"token_format": "papers"}, "unknown token format 'papers'. Did you mean 'paper'"),
    ],
)
def test_settings_that_do_not_fit_the_data_are_refused(
    changes: dict[str, Any], message: str, small_set: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        train(replace(BRIEF, **changes), small_set, tmp_path / "run")
