"""What watches a training: figures and progress, checkpoints, and the ways in which it ends."""

# ruff: noqa: ARG002  (the signatures of hooks are Lightning's)

import ctypes
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging
from lightning.pytorch.plugins.io import TorchCheckpointIO

from searchformer.learner import Learner
from searchformer.progress import Display, duration
from searchformer.run_record import BEST, BEST_FACTS, LAST, write_json
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer

UNFINISHED = ".unfinished-"


class Interrupted(BaseException):
    """A training was asked to stop, and did."""


class NotFiniteError(ArithmeticError):
    """A loss or a weight is NaN or infinite."""


class WholeCheckpointIO(TorchCheckpointIO):
    """Writes a checkpoint aside, on the same disk, and renames it: a full disk or a kill leaves the previous one."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None) -> None:
        """Write a checkpoint, whole or not at all.

        Raises:
            OSError: It cannot be written; what was there before is still there.
        """
        assert storage_options is None
        target = Path(path)
        aside = target.with_name(UNFINISHED + target.name)
        try:
            with aside.open("wb") as stream:
                torch.save(checkpoint, stream)
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(target)
        except RuntimeError as error:  # what torch makes of a disk's errors
            raise OSError(f"{target} could not be written: {error}") from error
        finally:
            aside.unlink(missing_ok=True)


class Averaging(EMAWeightAveraging):
    """Keeps an exponential moving average of the weights; validation uses it, and so does what is exported."""

    def __init__(self, decay: float) -> None:
        super().__init__(decay=decay, use_buffers=False)

    @property
    def network(self) -> Transformer | None:
        """Return the network with averaged weights, once there is one."""
        if self._average_model is None:
            return None
        learner = self._average_model.module
        assert isinstance(learner, Learner)
        return learner.network


class Tidying(Callback):
    """Has the C library return memory on a CPU: tensors of ever other shapes leave holes in it, gigabytes in an hour.

    Where the library cannot do that (glibc can), nothing is done.
    """

    EVERY = 20

    def __init__(self) -> None:
        self._trim: Callable[[int], int] | None
        try:
            self._trim = ctypes.CDLL(None).malloc_trim
        except (AttributeError, OSError, TypeError):  # no such function, or no library that needs no name
            self._trim = None

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Return memory now and then."""
        if self._trim and trainer.strategy.root_device.type == "cpu" and batch_idx % self.EVERY == 0:
            self._trim(0)


class Watcher(Callback):
    """Writes figures to the logs and shows them; stops at a loss that is not finite, and when the time is over.

    `seconds` and `num_tokens` count from the first step, over interruptions.
    """

    def __init__(self, settings: TrainingConfig, display: Display) -> None:
        self.settings, self.display = settings, display
        self.seconds, self.num_tokens = 0.0, 0
        self._pending: list[tuple[int, torch.Tensor]] = []
        self._began = self._paused = 0.0
        self._since = (0.0, 0)
        self._rate = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed training counts on from."""
        return {"seconds": self.elapsed(), "num_tokens": self.num_tokens}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Count on."""
        self.seconds, self.num_tokens = state_dict["seconds"], state_dict["num_tokens"]

    def elapsed(self) -> float:
        """Return the seconds of training so far, validations not counted."""
        return self.seconds + (time.monotonic() - self._began if self._began else 0.0)

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Begin to count."""
        self._began, self._since = time.monotonic(), (self.seconds, self.num_tokens)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Take the figures of a step that is complete, and write them down if it is time."""
        learner = _learner(pl_module)
        if len(learner.losses) < self.settings.accumulate:
            return
        self._pending.append((trainer.global_step, torch.stack(learner.losses).mean()))
        learner.losses.clear()
        if trainer.global_step % self.settings.log_every == 0 or trainer.global_step >= self.settings.max_steps:
            self.write_down(trainer, learner)
            self._look_at_the_clock(trainer, learner)

    def check(self, trainer: lightning.Trainer) -> float:
        """Return the loss of the last step.

        Raises:
            NotFiniteError: That of a step since the last check is not finite; the message names the step.
        """
        if not self._pending:
            return float("nan")
        losses = trainer.strategy.reduce(torch.stack([loss for _, loss in self._pending]), reduce_op="mean")
        assert isinstance(losses, torch.Tensor)
        steps, found = [step for step, _ in self._pending], losses.tolist()
        self._pending = [(steps[-1], self._pending[-1][1])]
        for step, loss in zip(steps, found, strict=True):
            if not abs(loss) < float("inf"):
                raise NotFiniteError(f"the loss of step {step:,} is {loss}")
        return float(found[-1])

    def write_down(self, trainer: lightning.Trainer, learner: Learner) -> None:
        """Write and show the figures of the last step."""
        loss = self.check(trainer)
        self._pending.clear()
        tokens = trainer.strategy.reduce(learner.num_tokens, reduce_op="sum")
        self.num_tokens += int(tokens)
        learner.num_tokens.zero_()
        seconds = self.elapsed()
        spent = seconds - self._since[0]
        rate = (self.num_tokens - self._since[1]) / spent if spent > 0 else 0.0
        self._since = (seconds, self.num_tokens)
        figures = {
            "seconds": seconds,
            "tokens": float(self.num_tokens),
            "tokens_per_s": rate,
            "learning_rate": learner.learning_rate,
            "loss": loss,
            "gradient_norm": float(learner.gradient_norm),
        }
        write_figures(trainer, figures)
        self._show(trainer.global_step, loss, rate, seconds)

    def on_validation_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Stop the clock: validation is not training."""
        self.seconds, self._began = self.elapsed(), 0.0

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write and show what was found, and let the clock run."""
        found = _learner(pl_module).validation
        write_figures(trainer, found)
        if trainer.is_global_zero:
            self.display.note(f"step {trainer.global_step:,}: {validation_words(found)}")
        self._began = time.monotonic()

    def _show(self, step: int, loss: float, rate: float, seconds: float) -> None:
        self._rate = rate if not self._rate else 0.8 * self._rate + 0.2 * rate
        left = (self.settings.max_steps - step) * seconds / max(1, step)
        if self.settings.max_minutes is not None:
            left = min(left, 60 * self.settings.max_minutes - seconds)
        words = f"loss {loss:.4f}, {self._rate:,.0f} tokens/s, {duration(max(0.0, left))} left"
        self.display.update(step, self.settings.max_steps, words)

    def _look_at_the_clock(self, trainer: lightning.Trainer, learner: Learner) -> None:
        if self.settings.max_minutes is None:
            return
        # One clock for all processes, or some would stop and the others wait.
        share = trainer.strategy.broadcast(self.elapsed() / (60 * self.settings.max_minutes))
        learner.share_done = min(1.0, share)
        if share >= 1:
            trainer.should_stop = True


class Keeper(Callback):
    """Saves checkpoints: the last, each `save_every` steps and before each validation, and the best; ends a training.

    The best has the largest share of held-out problems solved optimally (where no problems are solved: the smallest
    loss), and of equal ones the smallest loss. `export` writes a network to a directory, with what is known of it.
    """

    def __init__(
        self,
        settings: TrainingConfig,
        out: Path,
        watcher: Watcher,
        export: Callable[[Transformer, str, Mapping[str, Any]], None],
        averaging: Averaging | None,
    ) -> None:
        self.settings, self.out, self.watcher, self.export, self.averaging = settings, out, watcher, export, averaging
        self.saved_step: int | None = None
        self.stop_wanted = False
        facts = out / BEST_FACTS
        self.best: dict[str, float] = json.loads(facts.read_bytes()) if facts.exists() else {}

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save if it is time; stop if someone wants it."""
        step, learner = trainer.global_step, _learner(pl_module)
        if learner.losses:  # in the midst of a step
            return
        if step >= self.settings.max_steps:
            trainer.should_stop = True  # and validate before
        if self._to_stop(trainer):
            self.save(trainer, learner)
            raise Interrupted
        due = step % self.settings.save_every == 0 or step % self.settings.validate_every == 0
        if due or trainer.should_stop:
            self.save(trainer, learner)

    def save(self, trainer: lightning.Trainer, learner: Learner) -> None:
        """Save the last checkpoint, unless something in it is not finite.

        Raises:
            NotFiniteError: Something is; the previous checkpoint is left as it was.
            OSError: It cannot be written; the previous checkpoint is left as it was.
        """
        step = trainer.global_step
        if self.saved_step == step:
            return
        self.watcher.check(trainer)
        for name, parameter in learner.named_parameters():
            if not bool(parameter.isfinite().all()):
                raise NotFiniteError(f"the weights {name!r} are not finite after step {step:,}")
        trainer.save_checkpoint(self.out / LAST)
        self.saved_step = step

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Keep what was just saved, and export its network, if it is the best so far."""
        found = {"step": float(trainer.global_step)} | _learner(pl_module).validation
        if not better(found, self.best):
            return
        self.best = found
        self.save(trainer, _learner(pl_module))  # nothing is done if that was done before the validation
        network = self.network(_learner(pl_module))
        if trainer.is_global_zero:
            _copy_whole(self.out / LAST, self.out / BEST)
            self.export(network, "best", found)
            write_json(self.out / BEST_FACTS, found)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Save and export what there is in the end."""
        learner = _learner(pl_module)
        network = self.network(learner)
        if trainer.is_global_zero:
            self.export(network, "last", {"step": float(trainer.global_step)} | learner.validation)

    def network(self, learner: Learner) -> Transformer:
        """Return the network that is to be exported: averaged, if weights are averaged, and whole."""
        if self.averaging is not None and self.averaging.network is not None:
            return self.averaging.network
        if self.settings.strategy != "fsdp2":
            return learner.network
        from torch.distributed.checkpoint.state_dict import (  # noqa: PLC0415  (half a second)
            StateDictOptions,
            get_model_state_dict,
        )

        weights = get_model_state_dict(
            learner.network, options=StateDictOptions(full_state_dict=True, cpu_offload=True)
        )
        whole = Transformer(learner.network.config)
        if weights:  # on the first process alone
            whole.load_state_dict(weights)
        return whole

    def _to_stop(self, trainer: lightning.Trainer) -> bool:
        """Tell whether to stop: all processes at the same step, so several look only now and then."""
        if trainer.world_size == 1:
            return self.stop_wanted
        if trainer.global_step % self.settings.log_every:
            return False
        return bool(trainer.strategy.reduce_boolean_decision(self.stop_wanted, all=False))


def better(found: Mapping[str, float], best: Mapping[str, float]) -> bool:
    """Tell whether one validation is better than the best so far (empty: there is none)."""
    if not best:
        return True
    return (found.get("val_optimal", 0.0), -found["val_loss"]) > (best.get("val_optimal", 0.0), -best["val_loss"])


def validation_words(found: Mapping[str, float]) -> str:
    """Return a validation in one line."""
    words = f"held-out loss {found['val_loss']:.4f}"
    if "val_optimal" not in found:
        return words
    shares = f"{found['val_optimal']:.1%} solved optimally, {found['val_solved']:.1%} solved"
    words = f"{words}, {shares}, {found['val_trace_tokens']:,.0f} trace tokens"
    if "val_auto_optimal" not in found:
        return words
    auto = f"{found['val_auto_optimal']:.1%} optimally in mode auto, {found['val_auto_trace_tokens']:,.0f} trace tokens"
    return f"{words}; {found['val_fast_optimal']:.1%} optimally in mode fast; {auto}"


def write_figures(trainer: lightning.Trainer, figures: Mapping[str, float]) -> None:
    """Write figures of the present step to all logs."""
    for logger in trainer.loggers:
        logger.log_metrics(dict(figures), trainer.global_step)


def _learner(module: lightning.LightningModule) -> Learner:
    assert isinstance(module, Learner)
    return module


def _copy_whole(source: Path, target: Path) -> None:
    """Give a file a second name, or make a copy where that is not possible; nobody sees half of it."""
    aside = target.with_name(UNFINISHED + target.name)
    aside.unlink(missing_ok=True)
    try:
        try:
            os.link(source, aside)  # nothing is ever written into a checkpoint: it is replaced
        except OSError:
            shutil.copyfile(source, aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
