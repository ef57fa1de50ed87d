"""Batches of examples: bucketed by length under a token budget, in an order that seed and epoch decide alone.

B rows, S prompt tokens, T target tokens. An example is a prompt (bos … eos) and a target: bos, trace, plan, eos, or
without the trace.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from data.tokens import BOS, EOS, PAD

Ids = NDArray[np.uint16]
Lengths = NDArray[np.int64]


class Columns(Protocol):
    """N examples as token columns: `data.tokens.Tokens` in memory, `data.token_cache.TokenCache` on disk."""

    @property
    def prompts(self) -> Ids:
        """Return all prompts, one behind the other."""

    @property
    def prompt_offsets(self) -> Lengths:
        """Return where each prompt begins, [N + 1]."""

    @property
    def traces(self) -> Ids:
        """Return all traces."""

    @property
    def trace_offsets(self) -> Lengths:
        """Return where each trace begins, [N + 1]."""

    @property
    def plans(self) -> Ids:
        """Return all plans."""

    @property
    def plan_offsets(self) -> Lengths:
        """Return where each plan begins, [N + 1]."""


class Targets(Protocol):
    """What the network is to write for each example; it may differ from epoch to epoch."""

    def lengths(self, epoch: int) -> Lengths:
        """Return the number of tokens of every target, bos and eos included, [N]."""

    def of(self, examples: Sequence[int] | NDArray[np.int64], epoch: int) -> list[Ids]:
        """Return the targets of some examples: bos … eos."""


class WholeTargets:
    """Targets as they are recorded, with the trace or without it."""

    def __init__(self, columns: Columns, with_trace: bool) -> None:
        self.columns, self.with_trace = columns, with_trace

    def lengths(self, epoch: int) -> Lengths:  # noqa: ARG002  (the same in every epoch)
        """Return the number of tokens of every target."""
        lengths = np.diff(self.columns.plan_offsets) + 2
        return lengths + np.diff(self.columns.trace_offsets) if self.with_trace else lengths

    def of(self, examples: Sequence[int] | NDArray[np.int64], epoch: int) -> list[Ids]:  # noqa: ARG002
        """Return the targets of some examples."""
        return [self._target(int(i)) for i in examples]

    def _target(self, index: int) -> Ids:
        columns = self.columns
        plan = columns.plans[columns.plan_offsets[index] : columns.plan_offsets[index + 1]]
        start, end = columns.trace_offsets[index], columns.trace_offsets[index + 1]
        trace = columns.traces[start : end if self.with_trace else start]
        return np.concatenate((_BOS, trace, plan, _EOS))


_BOS, _EOS = np.array([BOS], np.uint16), np.array([EOS], np.uint16)


class Batch(NamedTuple):
    """Prompts [B, S] and targets [B, T] as int64, padded at the end, and how much of each row is real [B]."""

    prompts: Tensor
    prompt_lengths: Tensor
    targets: Tensor
    target_lengths: Tensor

    @property
    def num_tokens(self) -> Tensor:
        """Return the number of real tokens."""
        return self.prompt_lengths.sum() + self.target_lengths.sum()


def collate(rows: Sequence[tuple[Ids, Ids]]) -> Batch:
    """Return the batch of (prompt, target) pairs."""
    prompts, targets = zip(*rows, strict=True)
    return Batch(*_padded(prompts), *_padded(targets))


def plan_batches(
    prompt_lengths: Lengths, target_lengths: Lengths, token_budget: int, seed: Sequence[int]
) -> list[NDArray[np.int64]]:
    """Return one epoch: arrays of example numbers, each example once, each batch of at most `token_budget` positions.

    Positions are rows · (longest prompt + longest target), padding counted. Examples of like lengths come together:
    sorted by target, then within stretches of some batches by prompt; the batches are shuffled.

    Raises:
        ValueError: An example alone is longer than the budget.
    """
    lengths = prompt_lengths + target_lengths
    if len(lengths) and lengths.max() > token_budget:
        raise ValueError(
            f"example {int(lengths.argmax())} has {int(lengths.max())} tokens, more than a batch of {token_budget}: "
            f"raise the token budget to {int(lengths.max())} at least"
        )
    chance = np.random.Generator(np.random.Philox(list(seed)))
    order = chance.permutation(len(lengths))
    order = order[np.argsort(target_lengths[order], kind="stable")]
    mean_rows = max(1, int(token_budget / max(1.0, float(lengths.mean())))) if len(lengths) else 1
    stretch = _STRETCH * mean_rows
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), stretch):
        part = order[start : start + stretch]
        part = part[np.argsort(prompt_lengths[part], kind="stable")]
        batches += _cut(part, prompt_lengths[part].tolist(), target_lengths[part].tolist(), token_budget)
    return [batches[i] for i in chance.permutation(len(batches))]


# Within so many batches' worth of examples with like targets, like prompts come together.
_STRETCH = 16


def _cut(part: NDArray[np.int64], prompts: list[int], targets: list[int], token_budget: int) -> list[NDArray[np.int64]]:
    batches, start, longest_prompt, longest_target = [], 0, 0, 0
    for i, (prompt, target) in enumerate(zip(prompts, targets, strict=True)):
        longest_prompt, longest_target = max(longest_prompt, prompt), max(longest_target, target)
        if (i + 1 - start) * (longest_prompt + longest_target) > token_budget:
            batches.append(part[start:i])
            start, longest_prompt, longest_target = i, prompt, target
    return [*batches, part[start:]]


class BatchStream(IterableDataset[Batch]):
    """An endless stream of batches, epoch after epoch; batch n depends on the seed and n alone.

    With `world_size` processes, process `rank` takes every `world_size`-th batch. `skip` batches of this process are
    left out at the start: a resumed training goes on where it stopped. Workers of a DataLoader share the batches out
    among themselves so that together they come in the same order.
    """

    def __init__(
        self,
        columns: Columns,
        targets: Targets,
        *,
        token_budget: int,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
        skip: int = 0,
    ) -> None:
        super().__init__()
        self.columns, self.targets = columns, targets
        self.token_budget, self.seed = token_budget, seed
        self.rank, self.world_size, self.skip = rank, world_size, skip

    def epoch(self, epoch: int) -> list[NDArray[np.int64]]:
        """Return the batches of this process in one epoch (a few are left out so that all have as many)."""
        prompt_lengths = np.diff(self.columns.prompt_offsets)
        batches = plan_batches(prompt_lengths, self.targets.lengths(epoch), self.token_budget, (self.seed, epoch))
        whole = len(batches) // self.world_size * self.world_size
        if not whole:
            raise ValueError(
                f"{len(prompt_lengths)} examples make {len(batches)} batches of {self.token_budget} tokens, too few "
                f"for {self.world_size} processes: lower the token budget"
            )
        return batches[self.rank : whole : self.world_size]

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches for ever."""
        worker = get_worker_info()
        number, num_workers = (worker.id, worker.num_workers) if worker else (0, 1)
        for place, (indices, epoch) in enumerate(self._order()):
            if place % num_workers == number:
                yield self.batch(indices, epoch)

    def _order(self) -> Iterator[tuple[NDArray[np.int64], int]]:
        to_skip = self.skip
        for epoch in count():
            batches = self.epoch(epoch)
            for indices in batches[to_skip:]:
                yield indices, epoch
            to_skip = max(0, to_skip - len(batches))

    def batch(self, indices: NDArray[np.int64], epoch: int) -> Batch:
        """Return the batch of some examples."""
        starts, ends = self.columns.prompt_offsets[indices], self.columns.prompt_offsets[indices + 1]
        prompts = [self.columns.prompts[start:end] for start, end in zip(starts, ends, strict=True)]
        return collate(list(zip(prompts, self.targets.of(indices, epoch), strict=True)))


def _padded(rows: Sequence[Ids]) -> tuple[Tensor, Tensor]:
    lengths = np.array([len(row) for row in rows])
    padded = np.full((len(rows), int(lengths.max())), PAD, np.int64)
    for place, row in zip(padded, rows, strict=True):
        place[: len(row)] = row
    return torch.from_numpy(padded), torch.from_numpy(lengths)
