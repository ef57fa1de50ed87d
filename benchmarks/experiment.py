"""What experiments with learning share: mazes to learn from and to judge by, one way to learn, runs kept as lines."""

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.gpu_rows import moved
from benchmarks.training import Learning, new_network
from data.splitting import fingerprints
from data.tokens import TokenFormat, Tokens
from planning.domains import DOMAINS
from planning.traces import Traces
from searchformer.batches import Batch, BatchStream, Columns, Targets
from searchformer.cases import TEST_PERCENT, Case, fresh_cases
from searchformer.optimizers import OPTIMIZERS, rate
from searchformer.sizes import SIZES
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer
from solvers import registry
from solvers.chance import derive

LEAST_STEPS = 20
SHARE_OF_LEARNING = 0.85
"""Of a budget of time; the rest is for judging and for drawing mazes."""
_TEST_SEED = 0x7E57
_DRAWS = 512
_TIMED_STEPS = 3


@dataclass(frozen=True, slots=True)
class Experiment:
    """What all runs have in common.

    `tries` pairs of start and goal are tried on each set of walls: with one, an example more is a set of walls more
    (the paper tries 100).
    """

    side: int = 5
    network: str = "tiny"
    steps: int = 500
    examples_per_step: int = 96
    optimizer: str = "muon"
    learning_rate: float = 2e-3
    warmup_steps: int = 50
    problems: int = 500
    tries: int = 1
    precision: str = "fp32"

    def __post_init__(self) -> None:
        """Refuse settings without a sense."""
        registry.lookup("network", self.network, SIZES)
        registry.lookup("optimizer", self.optimizer, OPTIMIZERS)
        for name in ("side", "steps", "examples_per_step", "problems", "tries"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        self.settings(0)

    @property
    def token_format(self) -> TokenFormat:
        """Return the words: no cost exceeds the number of cells."""
        return TokenFormat(DOMAINS["maze"], "compact", self.side, self.side, self.side**2 - 1)

    @property
    def max_positions(self) -> int:
        """Return a context for all mazes: two events of four words and a step of two words for each cell, and more."""
        return 10 * self.side**2 + 2

    def title(self, trainable: int | None) -> str:
        """Return what a picture of it is of."""
        parameters = "" if trainable is None else f"{trainable / 1e6:.2f} M parameters, "
        return f"Mazes {self.side} × {self.side}, {parameters}{self.steps:,} steps of {self.examples_per_step} examples"

    def settings(self, seed: int) -> TrainingConfig:
        """Return the settings of one run's training."""
        return TrainingConfig(
            size=self.network,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            warmup_steps=min(self.warmup_steps, self.steps // 4),
            max_steps=self.steps,
            precision=self.precision,
            seed=seed,
        )


# Mazes


def examples(experiment: Experiment, num: int, seed: int) -> Traces:
    """Return `num` different searches, none of whose walls are kept for testing; the first ones are the same for all.

    Raises:
        ValueError: There are not so many.
    """
    domain, seen = DOMAINS["maze"], set[bytes]()
    sampling = domain.sampling(experiment.side, options={"tries": experiment.tries})
    parts, fruitless = list[Traces](), 0
    for first in count(0, _DRAWS):
        traces = domain.draw_traces(sampling, range(first, first + _DRAWS), seed=derive(seed, 1))
        ids, is_test = fingerprints(domain, traces, TEST_PERCENT)
        names = {row.tobytes(): i for i, row in enumerate(ids) if not is_test[i]}
        new = [i for name, i in names.items() if name not in seen]
        seen |= names.keys()
        parts.append(traces.select(np.array(new, np.int64)))
        fruitless = 0 if new else fruitless + 1
        if len(seen) >= num:
            break
        if fruitless == 20:
            raise ValueError(
                f"there are only {len(seen):,} different mazes to learn from: ask for fewer, or raise --side"
            )
    return Traces.concatenate(parts, 2).select(np.arange(num))


def cases_of(experiment: Experiment) -> list[Case]:
    """Return the mazes to judge all runs on."""
    sampling = DOMAINS["maze"].sampling(experiment.side, options={"tries": experiment.tries})
    return fresh_cases(experiment.token_format, sampling, experiment.problems, _TEST_SEED)


def layouts(traces: Traces) -> set[bytes]:
    """Return the walls of mazes, each as bytes."""
    rows = np.split(traces.codes, traces.code_offsets[1:-1])
    return {_walls(row) for row in rows}


def refuse_known(walls: set[bytes], cases: Sequence[Case]) -> None:
    """Stop where a maze to judge by has walls that are learned from."""
    for case in cases:
        known = _walls(DOMAINS["maze"].codes(case.problem)) in walls
        assert not known, "a maze to judge by has walls that are learned from"


def _walls(codes: Sequence[int] | NDArray[np.int32]) -> bytes:
    numbers = [int(code) for code in codes]
    return np.array(numbers[DOMAINS["maze"].layout_start(numbers) :], np.int32).tobytes()


# To learn


@dataclass(frozen=True, slots=True)
class Learned:
    """A network that has learned, and what that took; `loss` is the mean of the last twentieth of the steps."""

    network: Transformer
    loss: float
    examples_seen: int
    tokens_seen: int
    seconds: float


def learn(
    experiment: Experiment, tokens: Tokens, targets: Targets, seed: int, device: torch.device, *, num_parts: int = 1
) -> Learned:
    """Let a new network learn; the examples and their order are the same whatever the targets leave out.

    With several parts, the examples of a step are computed in so many batches of like lengths, which changes the time
    that padding takes, and nothing else.
    """
    started = time.perf_counter()
    network = new_network(experiment.network, experiment.token_format, experiment.max_positions, seed).to(device)
    learning = Learning(network, experiment.settings(seed))
    schedule = LambdaLR(learning.optimizer, lambda step: rate(step, learning.settings))
    stream = BatchStream(tokens, targets, token_budget=1, seed=seed)
    losses, num_tokens, num_seen = [], 0, 0
    for parts in islice(steps(stream, experiment.examples_per_step, seed, num_parts), experiment.steps):
        # Counted before they are moved: a GPU is not waited for.
        num_tokens += sum(int(part.num_tokens) for part in parts)
        num_seen += sum(len(part.prompts) for part in parts)
        losses.append(take(learning, [_moved(part, device) for part in parts]))
        schedule.step()
    loss = torch.stack(losses[-max(1, experiment.steps // 20) :]).mean().item()
    return Learned(network, loss, num_seen, num_tokens, time.perf_counter() - started)


def order(columns: Columns, num_rows: int, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """Return the rows of an epoch's batches: each example once, those with searches of like length together."""
    lengths = np.diff(columns.trace_offsets)
    chance = np.random.Generator(np.random.Philox([seed, epoch]))
    rows = chance.permutation(len(lengths))
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    batches = np.array_split(rows, max(1, round(len(rows) / num_rows)))
    return [batches[i] for i in chance.permutation(len(batches))]


def steps(stream: BatchStream, num_rows: int, seed: int, num_parts: int = 1) -> Iterator[list[Batch]]:
    """Yield what is learned from in each step, for ever: its examples in parts, from short targets to long ones."""
    for epoch in count():
        lengths = stream.targets.lengths(epoch)
        for rows in order(stream.columns, num_rows, seed, epoch):
            ordered = rows[np.argsort(lengths[rows], kind="stable")] if num_parts > 1 else rows
            yield [stream.batch(part, epoch) for part in np.array_split(ordered, min(num_parts, len(rows)))]


def take(learning: Learning, parts: Sequence[Batch]) -> Tensor:
    """Take one step from all rows of some batches together; return the loss, a mean over rows."""
    num_rows = sum(len(part.prompts) for part in parts)
    total = torch.zeros((), device=learning.device)
    for place, part in enumerate(parts, 1):
        loss = learning.loss(part) * (len(part.prompts) / num_rows)
        total += loss.detach()
        if place < len(parts):
            torch.autograd.backward(loss)
        else:
            learning.learn(loss)
    return total


def _moved(batch: Batch, device: torch.device) -> Batch:
    if device.type == "cuda":
        batch = Batch(*(column.pin_memory() for column in batch))
    return moved(batch, device)


# How long it takes


def seconds_a_step(
    experiment: Experiment, tokens: Tokens, targets: Targets, device: torch.device, *, num_parts: int = 1
) -> float:
    """Return the seconds of a step of mean length, by the rate of a few steps."""
    # The first step of all is slower than those to come.
    for num_steps in (1, _TIMED_STEPS):
        timed = learn(replace(experiment, steps=num_steps), tokens, targets, 0, device, num_parts=num_parts)
    each = float(np.diff(tokens.prompt_offsets).mean() + targets.lengths(0).mean())
    return timed.seconds / timed.tokens_seen * each * experiment.examples_per_step


def fitted(experiment: Experiment, seconds: float, step_s: float) -> Experiment:
    """Return the experiment with as many steps, at most, as a time suffices for; one of all runs takes `step_s`.

    Raises:
        ValueError: It suffices for next to none.
    """
    num = int(SHARE_OF_LEARNING * seconds / step_s)
    if num < LEAST_STEPS:
        raise ValueError(f"{seconds / 60:g} minutes suffice for {num} steps in each run: allow more, or fewer runs")
    return replace(experiment, steps=min(experiment.steps, num))


# What is asked for


def add_options(parser: argparse.ArgumentParser, num_seeds: int, out: Path, defaults: Mapping[str, Any]) -> None:
    """Add the options of an experiment: how many runs, where, for how long, and one for each setting."""
    parser.add_argument("--seeds", type=at_least_one, metavar="N", help=f"runs of each kind; {num_seeds}")
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"for the runs; {out}, or none for a smoke")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the figures")
    parser.add_argument("--budget-minutes", type=float, metavar="M", help="take fewer steps, to be done in that time")
    parser.add_argument("--device", default="cpu", help="where to learn: cpu, cuda")
    for name, value in defaults.items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=type(value), metavar="N", help=f"unless given: {value}")


def asked_for(options: argparse.Namespace, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were given."""
    given = {name: getattr(options, name) for name in defaults}
    return {name: value for name, value in given.items() if value is not None}


def at_least_one(text: str) -> int:
    """Read a number of things that there must be."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too few: give 1 or more")
    return number


def device_named(name: str) -> torch.device:
    """Return a device; ValueError says that it is not here."""
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # torch raises either for what is unknown or not there
        raise ValueError(f"--device {name} is not possible here: {str(error).splitlines()[0]}") from None


# What is kept

_RUNS, _SETTINGS = "runs.jsonl", "experiment.json"


def known_settings(out: Path, asked: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the settings of the runs in a directory, or None; ValueError says where others are asked for.

    What they do not name, since it could not be chosen when they were made, is as it is by default.
    """
    if not (out / _SETTINGS).exists():
        return None
    known = {**defaults, **json.loads((out / _SETTINGS).read_text(encoding="utf-8"))}
    for name, value in asked.items():
        if known[name] != value:
            raise ValueError(
                f"{out} holds runs with {name} {known[name]}, not {value}: name another directory with --out"
            )
    return known


def write_settings(out: Path, settings: Mapping[str, Any]) -> None:
    """Keep the settings of the runs to come."""
    aside = out / f".{_SETTINGS}.tmp"
    aside.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    aside.replace(out / _SETTINGS)


def read_lines(out: Path) -> list[dict[str, Any]]:
    """Return the runs that are done; a last line that a kill has left unfinished is none."""
    if not (out / _RUNS).exists():
        return []
    text = (out / _RUNS).read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        (out / _RUNS).write_text(whole, encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines()]


def append_line(out: Path, run: Mapping[str, Any]) -> None:
    """Keep a run."""
    with (out / _RUNS).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(run) + "\n")
