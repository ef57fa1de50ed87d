"""Training: a data set and settings in; a directory with checkpoints, figures and the network out."""

import logging
import shlex
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import lightning
import torch
from lightning.pytorch.strategies import ModelParallelStrategy, Strategy

from searchformer import checkpoint, run_record
from searchformer.callbacks import Averaging, Interrupted, Keeper, NotFiniteError, Tidying, Watcher, WholeCheckpointIO
from searchformer.checkpoint import Checkpoint
from searchformer.data_module import MakeTargets, TraceDataModule, check_directory
from searchformer.evaluation import weights_sha256
from searchformer.improved_targets import improved_targets
from searchformer.initial import check_fits
from searchformer.learner import Learner, ShardedLearner
from searchformer.progress import Display, Silent
from searchformer.sizes import config_for
from searchformer.training_config import TrainingConfig, config_from
from searchformer.transformer import Transformer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trained:
    """A training that has come to its end: steps, seconds, and the figures of the best validation (empty: none)."""

    steps: int
    seconds: float
    num_tokens: int
    best: Mapping[str, float]


class TrainingStopped(Exception):  # noqa: N818  (not always an error)
    """A training has not come to its end: the message says why, at which step, and how to go on.

    `interrupted` tells whether someone wanted it.
    """

    def __init__(self, sentence: str, *, interrupted: bool = False) -> None:
        super().__init__(sentence)
        self.interrupted = interrupted


def train(
    settings: TrainingConfig | Mapping[str, Any],
    data: Path | str,
    out: Path | str,
    *,
    resume: bool = False,
    initial: Checkpoint | None = None,
    command: str = "",
    make_targets: MakeTargets | None = None,
    display: Display | None = None,
) -> Trained:
    """Train a network.

    Args:
        settings: All that decides it; a mapping has the names of `TrainingConfig`.
        data: A data set that `twofold traces` wrote.
        out: Where to: a new directory, or to resume that of an earlier training.
        resume: Go on from the last checkpoint, with the losses that the training would have had without a break.
        initial: A network whose weights are the first ones, instead of random ones; the optimiser is new. The settings
            have to be of such a network (`searchformer.initial.settings_of`). Of no account where one is resumed.
        command: How it was started, for the record.
        make_targets: What is to be written of each example in each epoch (`searchformer.batches.Targets`); unless
            given, what the data set and the settings say.
        display: Where progress is shown.

    Raises:
        ValueError: A setting, the data or the directory makes no sense.
        TrainingStopped: It was interrupted, memory ran out, the disk is full, or a loss was not finite.
    """
    chosen = settings if isinstance(settings, TrainingConfig) else config_from(settings)
    place, source = Path(out), Path(data)
    check_directory(source, chosen, f"`{command or f'searchformer train --data {source} --out {place}'}`")
    if resume:
        run_record.check_unchanged(run_record.read_settings(place), chosen)
    if chosen.num_threads:
        torch.set_num_threads(chosen.num_threads)
    module = TraceDataModule(source, chosen, make_targets or improved_targets(source, chosen))
    learner = make_learner(module, chosen, initial)
    facts = _facts(module, learner, chosen, command)
    facts["initial_sha256"] = _initial_sha256(place, initial, resume)
    from_step = _begin(place, chosen, facts, module, resume)
    run = _Run(chosen, module, learner, out=place, facts=facts, display=display or Silent())
    return run.fit(from_step)


def make_learner(module: TraceDataModule, settings: TrainingConfig, initial: Checkpoint | None = None) -> Learner:
    """Return a network for a data set, with first weights that the seed decides, or those of a checkpoint.

    Raises:
        ValueError: The checkpoint's network or words are not those of the settings and the data.
    """
    shape = config_for(
        settings.size,
        vocab_size=len(module.token_format.words),
        max_positions=module.max_positions,
        decoder_only=settings.decoder_only,
        tied=settings.tied,
        qk_norm=settings.qk_norm,
        num_loops=settings.num_loops,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = Transformer(shape)
    if initial is not None:
        check_fits(initial, shape, module.token_format)
        network.load_state_dict(initial.network.state_dict())
    if settings.compile:
        network.compile(dynamic=True)
    kind = ShardedLearner if settings.strategy == "fsdp2" else Learner
    return kind(network, settings, module.token_format)


def smoke(settings: TrainingConfig) -> TrainingConfig:
    """Return settings that go through everything in a few seconds: six steps, two validations."""
    brief = {"max_steps": 6, "warmup_steps": 2, "validate_every": 3, "save_every": 3, "log_every": 1}
    return replace(settings, **brief, num_problems=min(2, settings.num_problems), num_validation_batches=1)  # type: ignore[arg-type]  # all are int


def _begin(out: Path, settings: TrainingConfig, facts: Mapping[str, Any], module: TraceDataModule, resume: bool) -> int:
    """Write down what begins, on the first process; return the step to go on from (0: from the beginning)."""
    if not resume:
        if run_record.is_first():
            run_record.begin(out, settings, facts)
        return 0
    known = run_record.read_facts(out)
    if known["data_sha256"] != module.manifest_sha256:
        raise ValueError(f"{module.directory} is another data set than the one that the training in {out} learns from")
    if not (out / run_record.LAST).exists():
        raise ValueError(f"the training in {out} has no checkpoint yet: begin again in another directory")
    saved = torch.load(out / run_record.LAST, map_location="cpu", weights_only=True, mmap=True)
    step = int(saved["global_step"])
    if run_record.is_first():
        run_record.write_settings(out, settings)
        again = {name: facts[name] for name in ("started", "command", "revision", "versions")} | {"from_step": step}
        run_record.write_json(out / run_record.FACTS, known | {"resumed": [*known.get("resumed", []), again]})
    return step


def _initial_sha256(out: Path, initial: Checkpoint | None, resume: bool) -> Any:
    if resume:
        return run_record.read_facts(out).get("initial_sha256")
    return weights_sha256(initial.network) if initial else None


def _facts(module: TraceDataModule, learner: Learner, settings: TrainingConfig, command: str) -> dict[str, Any]:
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "data": str(module.directory),
        "data_sha256": module.manifest_sha256,
        "num_train": len(module.examples),
        "num_test": len(module.test),
        "token_format": module.token_format.description(),
        "num_words": len(module.token_format.words),
        "max_positions": module.max_positions,
        "num_trainable": learner.network.num_trainable,
        "seed": settings.seed,
        "revision": run_record.revision(),
        "versions": run_record.versions(),
    }


class _Run:
    """One training under way."""

    def __init__(
        self,
        settings: TrainingConfig,
        module: TraceDataModule,
        learner: Learner,
        *,
        out: Path,
        facts: Mapping[str, Any],
        display: Display,
    ) -> None:
        self.settings, self.module, self.learner, self.out = settings, module, learner, out
        self.facts, self.display = facts, display
        self.averaging = Averaging(settings.ema) if settings.ema is not None else None
        self.watcher = Watcher(settings, display)
        self.keeper = Keeper(settings, out, self.watcher, self.export, self.averaging)

    def fit(self, from_step: int) -> Trained:
        trained = self.learner.network.num_trainable
        examples = f"{len(self.module.examples):,} examples"
        if run_record.is_first():
            self.display.note(f"{self.settings.size}: {trained:,} trainable parameters, {examples}")
            if not self.module.holds_out:
                self.display.note("the data set has no test examples: nothing is validated, and there will be no best")
        trainer: lightning.Trainer | None = None
        try:
            with _quiet(), _stoppable(self.keeper):
                trainer = self._trainer(from_step)
                resumed = self.out / run_record.LAST if from_step else None
                trainer.fit(self.learner, datamodule=self.module, ckpt_path=resumed, weights_only=True)
        except (Interrupted, NotFiniteError, MemoryError, RuntimeError, OSError) as error:
            stopped = self._stopped(error, trainer.global_step if trainer else from_step)
            if stopped is None:
                raise
            raise stopped from error
        finally:
            self.display.close()
        best = self.keeper.best
        return Trained(trainer.global_step, self.watcher.elapsed(), self.watcher.num_tokens, best)

    def export(self, network: Transformer, name: str, found: Mapping[str, float]) -> None:
        """Write a network with what is known of it."""
        facts = {
            "mode": self.settings.mode,
            "steps": int(found["step"]),
            "seed": self.settings.seed,
            "command": self.facts["command"],
            "data": self._data_in_words(),
            "data_sha256": self.facts["data_sha256"],
            "num_tokens_learned": self.watcher.num_tokens,
            "training_seconds": round(self.watcher.elapsed()),
            "loss": self.settings.loss,
            "dropping": self.settings.dropping,
            "initial_sha256": self.facts["initial_sha256"],
            "versions": self.facts["versions"],
            "revision": self.facts["revision"],
            "validation": {key: value for key, value in found.items() if key != "step"},
        }
        checkpoint.save(self.out / name, network, self.module.token_format, facts)

    def _data_in_words(self) -> dict[str, Any]:
        made = self.module.manifest.settings
        return {
            "domain": made.domain,
            "size": made.size,
            "generator": made.generator,
            "options": dict(made.options),
            "seed": made.seed,
            "examples": len(self.module.examples),
        }

    def _trainer(self, from_step: int) -> lightning.Trainer:
        settings = self.settings
        callbacks: list[lightning.Callback] = [self.watcher, self.keeper, Tidying()]
        return lightning.Trainer(
            accelerator=settings.accelerator,
            devices=settings.devices,
            num_nodes=settings.num_nodes,
            strategy=_strategy(settings),
            precision="bf16-mixed" if settings.precision == "bf16-mixed" else "32-true",
            max_steps=settings.max_steps,
            max_epochs=-1,
            accumulate_grad_batches=settings.accumulate,
            val_check_interval=settings.validate_every * settings.accumulate,
            check_val_every_n_epoch=None,
            limit_val_batches=1.0 if self.module.holds_out else 0,
            num_sanity_val_steps=0,
            deterministic=settings.deterministic,
            callbacks=[self.averaging, *callbacks] if self.averaging else callbacks,
            logger=run_record.loggers(self.out, from_step) if run_record.is_first() else False,
            plugins=[WholeCheckpointIO()],
            default_root_dir=self.out,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
        )

    def _stopped(self, error: BaseException, step: int) -> TrainingStopped | None:
        """Return what a user is told, or None if the error is none of those that a user can do something about."""
        gone_on = self._how_to_go_on()
        if isinstance(error, Interrupted):
            return TrainingStopped(f"stopped after step {step:,}. {gone_on}", interrupted=True)
        if isinstance(error, NotFiniteError):
            remedy = "a lower learning_rate or max_gradient_norm may help"
            return TrainingStopped(f"{error}: {remedy}. {gone_on}")
        if isinstance(error, OSError):
            return TrainingStopped(f"after step {step:,}: {error}. {gone_on}")
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
            now = f"token_budget (now {self.settings.token_budget:,})"
            remedy = f"lower {now} and raise accumulate as much, or take a smaller size"
            return TrainingStopped(f"out of memory in step {step + 1:,}: {remedy}")
        return None

    def _how_to_go_on(self) -> str:
        if not (self.out / run_record.LAST).exists():
            return "Nothing was saved yet"
        saved = torch.load(self.out / run_record.LAST, map_location="cpu", weights_only=True, mmap=True)["global_step"]
        resume = f"searchformer train --resume --out {shlex.quote(str(self.out))}"
        return f"The last checkpoint is of step {saved:,}; to go on: `{resume}`"


def _strategy(settings: TrainingConfig) -> str | Strategy:
    if settings.strategy == "fsdp2":
        # One file, so that a checkpoint does not depend on the number of devices.
        return ModelParallelStrategy(
            data_parallel_size=settings.devices * settings.num_nodes,
            tensor_parallel_size=1,
            save_distributed_checkpoint=False,
        )
    return settings.strategy


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning's advice to itself where it does not fit what is done here."""
    names = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero")
    levels = {name: logging.getLogger(name).level for name in names}
    with warnings.catch_warnings():
        for message in _KNOWN_WARNINGS:
            warnings.filterwarnings("ignore", message=message)
        for name in names:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


_KNOWN_WARNINGS = (
    ".*does not have many workers.*",  # a batch is made in a hundredth of the time of a step
    ".*LeafSpec.*is deprecated.*",
    ".*returned a view tensor.*",  # of FSDP2: nothing is added in place here
)


@contextmanager
def _stoppable(keeper: Keeper) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM ask for a stop after the present step; when they come again, stop at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        if keeper.stop_wanted:
            raise Interrupted
        keeper.stop_wanted = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
