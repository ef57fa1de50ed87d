"""A data set as Lightning wants it: batches to learn from, and what is held out to validate on."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import lightning
import numpy as np
from torch.utils.data import DataLoader, Dataset

from data.manifest import FILE_NAME, load
from data.token_cache import TokenCache, build_cache, format_of_set
from data.tokens import TokenFormat, Tokens
from searchformer.batches import Batch, BatchStream, Columns, Targets, WholeTargets, plan_batches
from searchformer.dropping import DroppedTargets, mix_named
from searchformer.training_config import TrainingConfig
from searchformer.validation import HeldOut, exercises

T = TypeVar("T")
MakeTargets = Callable[[Columns], Targets]
"""What the network is to write, given the recorded examples: where traces are dropped, they are dropped here."""

# Room for answers that are longer than all that are recorded.
_ROOM, _ROUNDED = 1.25, 64


class TraceDataModule(lightning.LightningDataModule):
    """Batches of one data set, in an order that seed, number of processes and token budget decide.

    Tokens are written beside the shards when they are used for the first time (`data.token_cache`). Held-out examples
    are those of the split "test".

    Args:
        directory: where `twofold traces` wrote the data set.
        settings: what is learned and in which batches.
        make_targets: what the network is to write; what is recorded, as `settings.mode` says, unless given.

    Raises:
        ValueError: There is no data set, it has no examples, or one of them is longer than the context.
    """

    def __init__(
        self, directory: Path | str, settings: TrainingConfig, make_targets: MakeTargets | None = None
    ) -> None:
        super().__init__()
        self.directory, self.settings = Path(directory), settings
        self.manifest = load(self.directory)
        self.token_format: TokenFormat = format_of_set(directory, settings.token_format, settings.max_cost)
        self.train, self.test = self._opened("train"), self._opened("test")
        with_trace = settings.mode == "trace"
        self.examples = first(self.train.tokens, settings.num_examples)
        self.targets = make_targets(self.examples) if make_targets else self._targets()
        self.test_targets = WholeTargets(self.test.tokens, with_trace)
        self.longest = self._longest()
        self.max_positions = settings.max_positions or _context(self.longest)
        self._check_lengths()

    def _opened(self, split: str) -> TokenCache:
        name, most = self.settings.token_format, self.settings.max_cost
        # Tokens of other words lie where `twofold traces tokens` writes them.
        place = None if most is None else self.directory / f"tokens-{name}-c{most}" / split
        return build_cache(self.directory, self.token_format, split, out=place)

    def _targets(self) -> Targets:
        settings = self.settings
        if settings.dropping == "L0" and not settings.drop_tokens:
            return WholeTargets(self.examples, settings.mode == "trace")
        mix = mix_named(settings.dropping, settings.drop_tokens)
        return DroppedTargets(self.examples, self.token_format, mix, settings.seed)

    @property
    def manifest_sha256(self) -> str:
        """Return the name of the data set."""
        return self.train.manifest_sha256

    @property
    def holds_out(self) -> bool:
        """Tell whether there is anything to validate on."""
        return len(self.test) > 0

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return batches without an end, from the one on that the trainer has come to."""
        trainer, settings = self.trainer, self.settings
        assert trainer is not None
        stream = BatchStream(
            self.examples,
            self.targets,
            token_budget=settings.token_budget,
            seed=settings.seed,
            rank=trainer.global_rank,
            world_size=trainer.world_size,
            skip=trainer.global_step * settings.accumulate,
        )
        pinned = trainer.strategy.root_device.type == "cuda"
        return DataLoader(
            stream, batch_size=None, collate_fn=_as_it_is, num_workers=settings.num_workers, pin_memory=pinned
        )

    def val_dataloader(self) -> DataLoader[HeldOut]:
        """Return what this process validates on, as one item."""
        trainer = self.trainer
        assert trainer is not None
        return DataLoader(
            _One(self.held_out(trainer.global_rank, trainer.world_size)), batch_size=None, collate_fn=_as_it_is
        )

    def held_out(self, rank: int = 0, world_size: int = 1) -> HeldOut:
        """Return what process `rank` of several validates on: examples and problems spread over the split."""
        columns, settings = self.test.tokens, self.settings
        prompts, targets = np.diff(columns.prompt_offsets), self.test_targets.lengths(0)
        # A held-out example may be longer than all that are learned from.
        budget = max(settings.token_budget, int((prompts + targets).max()))
        planned = plan_batches(prompts, targets, budget, (settings.seed,))
        stream = BatchStream(columns, self.test_targets, token_budget=settings.token_budget, seed=settings.seed)
        chosen = planned[: settings.num_validation_batches][rank::world_size]
        # With weights in pieces, each token would be an exchange among all processes.
        wanted = 0 if settings.strategy == "fsdp2" else min(settings.num_problems, len(self.test))
        problems = [i * len(self.test) // wanted for i in range(wanted)][rank::world_size]
        return HeldOut(
            tuple(stream.batch(indices, 0) for indices in chosen),
            exercises(self.token_format, columns, problems, settings.mode == "trace"),
        )

    def _longest(self) -> int:
        parts = (self.examples.prompt_offsets, self.test.tokens.prompt_offsets)
        prompts = max((int(np.diff(offsets).max()) for offsets in parts if len(offsets) > 1), default=0)
        # Whatever is left out of a target, in another epoch it may be whole.
        whole = WholeTargets(self.examples, self.settings.mode == "trace")
        each = (whole.lengths(0), self.targets.lengths(0), self.test_targets.lengths(0))
        return max(prompts, *(int(lengths.max(initial=0)) for lengths in each))

    def _check_lengths(self) -> None:
        if not len(self.examples):
            raise ValueError(f"{self.directory} has no training examples: make a larger data set")
        if self.longest > self.max_positions:
            raise ValueError(
                f"the longest prompt or target in {self.directory} has {self.longest:,} tokens, "
                f"{self.longest - self.max_positions:,} more than max_positions ({self.max_positions:,}): raise it, or "
                f"leave it out"
            )


def _as_it_is(item: T) -> T:
    """Return an item: torch would make tensors of all arrays in it."""
    return item


class _One(Dataset[HeldOut]):
    def __init__(self, item: HeldOut) -> None:
        self._item = item

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> HeldOut:
        if index:
            raise IndexError(index)
        return self._item


def first(tokens: Tokens, num: int | None) -> Tokens:
    """Return the first examples alone; ValueError says if there are not so many."""
    if num is None:
        return tokens
    if num > len(tokens):
        raise ValueError(f"num_examples is {num:,}, and the data set has {len(tokens):,} to learn from")
    end = num + 1
    return replace(
        tokens,
        prompt_offsets=tokens.prompt_offsets[:end],
        trace_offsets=tokens.trace_offsets[:end],
        plan_offsets=tokens.plan_offsets[:end],
    )


def check_directory(directory: Path, settings: TrainingConfig, command: str) -> None:
    """Refuse a directory without a data set; where the settings know which one is meant, say how to make it."""
    if (directory / FILE_NAME).exists():
        return
    where = f"there is no data set in {directory}"
    if settings.traces is None:
        raise ValueError(f"{where}: `twofold traces` makes one")
    raise ValueError(f"{where}: run `{settings.traces.command(str(directory))}`, then {command}")


def _context(longest: int) -> int:
    return _ROUNDED * math.ceil(_ROOM * longest / _ROUNDED)
