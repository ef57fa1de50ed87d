"""What a training leaves in its directory besides weights: settings, facts about the run, and its figures.

config.yaml    the settings, complete: `searchformer train --config` takes it
run.json       data set, versions, revision, command, number of parameters
metrics.csv    one line each `log_every` steps and for each validation
tensorboard/   the same, where TensorBoard is installed
last.ckpt      to resume from;  best.ckpt, best.json: of the best validation
best/, last/   the network alone (`searchformer.checkpoint`)
"""

import csv
import json
import platform
import shutil
import subprocess
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # it has no types
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.loggers import Logger, TensorBoardLogger

from data.manifest import write_whole
from searchformer.training_config import FIXED, TrainingConfig, config_from

SETTINGS, FACTS, METRICS = "config.yaml", "run.json", "metrics.csv"
LAST, BEST, BEST_FACTS = "last.ckpt", "best.ckpt", "best.json"
PACKAGES = ("twofold", "torch", "lightning", "numpy", "numba", "pyarrow", "safetensors")
COLUMNS: Final = (
    *("step", "seconds", "tokens", "tokens_per_s", "learning_rate", "loss", "gradient_norm"),
    *("val_loss", "val_solved", "val_optimal", "val_finished", "val_trace_tokens"),
    *("val_fast_optimal", "val_auto_optimal", "val_auto_trace_tokens"),
)
"""Of metrics.csv: `tokens` are real ones since the beginning, prompts and targets; `seconds` are those of training.

Validation is in mode slow, or fast where plans alone are learned; a network that learns all modes has the last three.
"""


def is_first() -> bool:
    """Tell whether this is the first process of a training: the one that writes."""
    return int(getattr(rank_zero_only, "rank", None) or 0) == 0


def begin(out: Path, settings: TrainingConfig, facts: Mapping[str, Any]) -> None:
    """Write down what is about to be trained.

    Raises:
        ValueError: The directory holds a training already, or something else.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file: --out wants a directory")
    if (out / SETTINGS).exists():
        raise ValueError(f"{out} holds a training: go on with it by --resume, or take another directory")
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} is not empty: take another directory")
    out.mkdir(parents=True, exist_ok=True)
    write_settings(out, settings)
    write_json(out / FACTS, facts)


def write_settings(out: Path, settings: TrainingConfig) -> None:
    """Write all settings, the defaults too."""
    write_whole(out / SETTINGS, text_of(settings).encode())


def text_of(settings: TrainingConfig) -> str:
    """Return all settings as YAML."""
    text: str = yaml.safe_dump(asdict(settings), sort_keys=False, allow_unicode=True)
    return text


def read_settings(out: Path) -> TrainingConfig:
    """Return the settings of a training; ValueError says if there is none."""
    if not (out / SETTINGS).exists():
        raise ValueError(f"there is no training in {out} to resume: it has no {SETTINGS}")
    return config_from(yaml.safe_load((out / SETTINGS).read_text(encoding="utf-8")))


def read_facts(out: Path) -> dict[str, Any]:
    """Return what `begin` wrote."""
    found: dict[str, Any] = json.loads((out / FACTS).read_bytes())
    return found


def check_unchanged(before: TrainingConfig, now: TrainingConfig) -> None:
    """Refuse to resume with settings that the checkpoint or the order of batches depends on; name the first."""
    for name in FIXED:
        was, is_now = getattr(before, name), getattr(now, name)
        if was != is_now:
            raise ValueError(f"{name} was {was!r} and cannot become {is_now!r} when a training is resumed")


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping, whole or not at all."""
    write_whole(file, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def versions() -> dict[str, str]:
    """Return the versions of what a training depends on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def revision() -> str | None:
    """Return the revision of this program's source, where it runs from a git checkout; "+" if files were changed."""
    program, root = shutil.which("git"), Path(__file__).resolve().parents[1]
    if program is None or not (root / ".git").exists():
        return None
    said = [_said(program, root, words) for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "-uno"))]
    return None if said[0] is None else said[0] + ("+" if said[1] else "")


def _said(program: str, root: Path, words: Sequence[str]) -> str | None:
    command = [program, "-C", str(root), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603  (fixed words)
    return done.stdout.strip() if done.returncode == 0 else None


class MetricsFile(Logger):
    """metrics.csv; lines of steps behind the one that a training resumes from are dropped."""

    def __init__(self, file: Path, from_step: int) -> None:
        super().__init__()
        self._file = file
        lines = []
        if from_step and file.exists():
            with file.open(newline="", encoding="utf-8") as stream:
                lines = [line for line in csv.reader(stream) if line and line[0].isdecimal()]
        # An earlier version may have had fewer columns.
        kept = [line + [""] * (len(COLUMNS) - len(line)) for line in lines if int(line[0]) <= from_step]
        write_whole(file, "".join(",".join(line) + "\n" for line in [COLUMNS, *kept]).encode())

    @property
    def name(self) -> str:
        """Return the name of the log."""
        return "metrics"

    @property
    def version(self) -> str:
        """Return the version: there is one."""
        return ""

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the settings have a file of their own."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Append a line."""
        values = [str(step), *(_number(metrics.get(name)) for name in COLUMNS[1:])]
        with self._file.open("a", encoding="utf-8", newline="") as stream:
            stream.write(",".join(values) + "\n")


def loggers(out: Path, from_step: int) -> list[Logger]:
    """Return metrics.csv and, where it is installed, TensorBoard."""
    made: list[Logger] = [MetricsFile(out / METRICS, from_step)]
    if find_spec("tensorboard") is not None:
        made.append(TensorBoardLogger(out, name="tensorboard", version="", purge_step=from_step or None))
    return made


def _number(value: float | None) -> str:
    return "" if value is None else repr(float(value))
