"""Batches: each example once an epoch, within the budget, in an order that seed, epoch and number decide."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from data.tokens import BOS, EOS, PAD, Tokens
from searchformer.batches import Batch, BatchStream, Columns, Ids, Lengths, WholeTargets, collate, plan_batches


def columns(num: int, seed: int = 0) -> Tokens:
    """Return examples whose every token tells which one it is of: 10 + number of the example."""
    chance = np.random.default_rng(seed)
    parts: list[Any] = []
    for low, high in ((3, 12), (0, 40), (1, 10)):
        lengths = chance.integers(low, high, num)
        parts += [np.repeat(np.arange(num) + 10, lengths).astype(np.uint16), np.concatenate([[0], np.cumsum(lengths)])]
    return Tokens(*parts)


def stream(num: int = 50, budget: int = 200, with_trace: bool = True, **options: Any) -> BatchStream:
    held = columns(num)
    return BatchStream(held, WholeTargets(held, with_trace), token_budget=budget, **({"seed": 1} | options))


def same(one: Batch, other: Batch) -> bool:
    return all(torch.equal(mine, yours) for mine, yours in zip(one, other, strict=True))


def members(batch: Batch) -> list[int]:
    return (batch.prompts[:, 0] - 10).tolist()


lengths_lists = st.lists(st.tuples(st.integers(1, 60), st.integers(2, 300)), min_size=1, max_size=120)


@given(lengths_lists, st.integers(360, 3000), st.integers(0, 5), st.integers(0, 3))
def test_an_epoch_has_each_example_once_within_the_budget(
    lengths: list[tuple[int, int]], budget: int, seed: int, epoch: int
) -> None:
    prompts, targets = (np.array(each) for each in zip(*lengths, strict=True))
    batches = plan_batches(prompts, targets, budget, (seed, epoch))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) * (prompts[batch].max() + targets[batch].max()) <= budget
    again = plan_batches(prompts, targets, budget, (seed, epoch))
    assert [batch.tolist() for batch in again] == [batch.tolist() for batch in batches]


def test_epochs_and_seeds_differ_in_what_comes_together_and_when() -> None:
    prompts, targets = np.full(400, 10), np.full(400, 30)
    plans = [plan_batches(prompts, targets, 400, seed) for seed in ((0, 0), (0, 1), (1, 0))]
    first_batches = {tuple(sorted(plan[0].tolist())) for plan in plans}
    assert len(first_batches) == 3


def test_batches_of_any_length_come_at_any_time_of_an_epoch() -> None:
    targets = np.arange(2, 2002)
    plan = plan_batches(np.full(2000, 5), targets, 4000, (0, 0))
    means = np.array([targets[batch].mean() for batch in plan])
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.25


@pytest.mark.parametrize("budget", [4000, 16000])
def test_padding_is_at_most_five_per_cent_on_lengths_like_those_of_mazes(budget: int) -> None:
    chance = np.random.default_rng(0)
    prompts = 8 + 3 * chance.integers(30, 51, 20_000)
    targets = np.clip(5 * chance.lognormal(3.9, 0.5, 20_000), 40, 814).astype(np.int64)
    plan = plan_batches(prompts, targets, budget, (0, 0))
    positions = sum(len(batch) * int(prompts[batch].max() + targets[batch].max()) for batch in plan)
    assert 1 - (prompts.sum() + targets.sum()) / positions <= 0.05


def test_an_example_that_is_longer_than_the_budget_is_named() -> None:
    with pytest.raises(ValueError, match=r"example 1 has 51 tokens, more than a batch of 40: raise the token budget"):
        plan_batches(np.array([3, 21]), np.array([5, 30]), 40, (0,))


def test_a_batch_is_padded_at_the_end_and_knows_what_is_real() -> None:
    rows = [(np.array([1, 7, 2], np.uint16), np.array([1, 2], np.uint16)), (np.array([1, 2], np.uint16),) * 2]
    batch = collate([rows[0], (rows[1][0], np.array([1, 8, 9, 2], np.uint16))])
    assert batch.prompts.tolist() == [[1, 7, 2], [1, 2, PAD]]
    assert batch.targets.tolist() == [[1, 2, PAD, PAD], [1, 8, 9, 2]]
    assert (batch.prompt_lengths.tolist(), batch.target_lengths.tolist()) == ([3, 2], [2, 4])
    assert int(batch.num_tokens) == 11


@pytest.mark.parametrize("with_trace", [True, False])
def test_targets_are_the_plan_behind_the_trace_or_alone(with_trace: bool) -> None:
    held = columns(20)
    targets = WholeTargets(held, with_trace)
    for i in range(20):
        _, trace, plan = held[i]
        expected = [BOS, *(trace.tolist() if with_trace else []), *plan.tolist(), EOS]
        assert targets.of([i], 0)[0].tolist() == expected
        assert targets.lengths(0)[i] == len(expected)


@pytest.mark.parametrize("skip", [1, 5, 23, 60])
def test_what_is_skipped_changes_nothing_of_what_follows(skip: int) -> None:
    whole = list(islice(stream(), skip + 30))
    assert all(map(same, islice(stream(skip=skip), 30), whole[skip:]))


def test_processes_share_an_epoch_out_among_themselves() -> None:
    alone = [members(batch) for batch in islice(stream(), len(stream().epoch(0)))]
    shares = [stream(rank=rank, world_size=2) for rank in range(2)]
    length = len(shares[0].epoch(0))
    assert length == len(shares[1].epoch(0)) == len(alone) // 2
    parts = [[members(batch) for batch in islice(share, length)] for share in shares]
    assert [batch for pair in zip(*parts, strict=True) for batch in pair] == alone[: 2 * length]
    with pytest.raises(ValueError, match="lower the token budget"):
        stream(num=3, budget=10_000, world_size=2).epoch(0)


def test_workers_change_nothing() -> None:
    loader = DataLoader(stream(skip=3), batch_size=None, num_workers=2)
    assert all(map(same, islice(loader, 40), islice(stream(skip=3), 40)))


class Cut:
    """Targets that lose their trace in every other epoch, by example."""

    def __init__(self, held: Columns) -> None:
        self.whole, self.alone = WholeTargets(held, True), WholeTargets(held, False)

    def lengths(self, epoch: int) -> Lengths:
        odd = (np.arange(len(self.whole.lengths(0))) + epoch) % 2 == 1
        return np.where(odd, self.alone.lengths(0), self.whole.lengths(0))

    def of(self, examples: Sequence[int] | NDArray[np.int64], epoch: int) -> list[Ids]:
        return [(self.alone if (int(i) + epoch) % 2 else self.whole).of([int(i)], 0)[0] for i in examples]


def test_targets_may_differ_from_epoch_to_epoch() -> None:
    held = columns(30)
    targets = Cut(held)
    cut = BatchStream(held, targets, token_budget=200, seed=0)
    seen: dict[int, list[list[int]]] = {}
    lengths = [len(cut.epoch(epoch)) for epoch in range(2)]
    assert lengths[0] != 0 != lengths[1]
    for batch in islice(cut, sum(lengths)):
        for number, row, length in zip(members(batch), batch.targets, batch.target_lengths, strict=True):
            seen.setdefault(number, []).append(row[:length].tolist())
    assert all(seen[i] == [targets.of([i], epoch)[0].tolist() for epoch in range(2)] for i in range(30))
