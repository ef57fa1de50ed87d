"""Rows of `benchmarks.gpu` that must hold: what is fast gives what is plain."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from benchmarks.gpu_rows import Mazes, Place, Row, guarded, measured, moved
from benchmarks.training import new_network
from data.tokens import BOS, EOS
from searchformer import kernels
from searchformer.batches import Batch, Ids, collate
from searchformer.choice import Choice
from searchformer.generation import Generated, Prompt, generate
from searchformer.transformer import Transformer

BF16_TOLERANCE = 0.03
"""bf16 has 8 bits, 0.4 % at each rounding, and there are some hundred roundings one after the other."""
FP32_TOLERANCE = 1e-3
TIE = 1e-3
"""Words whose logits are so close may change places by the rounding of float32."""
SAME_ASKED = 0.95
"""A tie turns an answer now and then; a wrong mask turns most of them."""


class Difference(NamedTuple):
    """How far logits are from others: rms of the difference by that of the others, and how often the best agrees."""

    relative: float
    agreeing: float

    def __str__(self) -> str:
        return f"logits {self.relative:.2g} apart (relative, rms), {self.agreeing:.2%} with the same best word"


def checks(place: Place, network: Transformer, drawn: Mazes) -> Iterator[Row]:
    """Hold a network that has learned something against itself: precisions, devices, caches, batches."""
    batch = _batch(place, drawn)
    row = Row("check", place.scale.size, drawn.name, "fp32", len(batch.prompts))
    for name, check in _CHECKS.items():
        yield guarded(place, replace(row, what=f"check: {name}"), partial(check, place, network, batch))


def compiled_against_plain(place: Place, size: str, drawn: Mazes) -> Row:
    """Hold a compiled network against the plain one, in bf16."""

    def compare(row: Row) -> Row:
        network = new_network(size, drawn.token_format, drawn.longest).to(place.device)
        plain = logits_of(network, batch, bf16=True)
        network.compile(dynamic=True)
        return _judged(place, row, difference(logits_of(network, batch, bf16=True), plain), BF16_TOLERANCE)

    batch = _batch(place, drawn)
    return guarded(place, Row("check: compiled as plain", size, drawn.name, "bf16", len(batch.prompts)), compare)


def logits_of(network: Transformer, batch: Batch, *, bf16: bool = False) -> Tensor:
    """Return the logits of all real places [N, V] in float32, less their mean, which no probability depends on."""
    device = network.embedding.weight.device
    given = moved(batch, device)
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16) if bf16 else nullcontext():
        logits = network(given.prompts, given.prompt_lengths, given.targets[:, :-1])
    places = torch.arange(logits.shape[1], device=device)
    real: Tensor = logits.float()[places < given.target_lengths[:, None] - 1]
    return real - real.mean(dim=1, keepdim=True)


def difference(found: Tensor, expected: Tensor) -> Difference:
    """Return how far logits [N, V] are from others."""
    relative = ((found - expected).square().mean() / expected.square().mean()).sqrt()
    agreeing = (found.argmax(dim=1) == expected.argmax(dim=1)).float().mean()
    return Difference(float(relative), float(agreeing))


def _judged(place: Place, row: Row, found: Difference, tolerance: float) -> Row:
    # What is not a number is not within a tolerance either.
    failed = "" if found.relative <= tolerance else f"more than {tolerance:g} apart: {found}"
    return replace(measured(place, row, None, remark=str(found)), failed=failed)


def _precisions(place: Place, network: Transformer, batch: Batch, row: Row) -> Row:
    found = difference(logits_of(network, batch, bf16=True), logits_of(network, batch))
    return _judged(place, replace(row, precision="bf16"), found, BF16_TOLERANCE)


def _devices(place: Place, network: Transformer, batch: Batch, row: Row) -> Row:
    twin = Transformer(network.config)
    twin.load_state_dict(network.state_dict())
    with kernels.switched(False):
        plain = logits_of(twin, batch)
    found = difference(logits_of(network, batch).cpu(), plain)
    return _judged(place, row, found, FP32_TOLERANCE)


def _cached(place: Place, network: Transformer, batch: Batch, row: Row) -> Row:
    """Generate, and let the network read each answer at once: the best word of each place must be the written one."""
    prompts = prompts_of(batch)
    answers = greedy(network, prompts, len(prompts))
    read = collate([(prompt.tokens, _written(answer)) for prompt, answer in zip(prompts, answers, strict=True)])
    logits = logits_of(network, read)
    places = torch.arange(read.targets.shape[1] - 1)
    wanted = read.targets[:, 1:][places < read.target_lengths[:, None] - 1].to(logits.device)
    behind = logits.max(dim=1).values - logits.gather(1, wanted[:, None])[:, 0]
    worst = float(behind.max())
    remark = f"{len(wanted):,} words, {int((behind > 0).sum())} of them not the best, by {worst:.2g} at most"
    return replace(measured(place, row, None, remark=remark), failed="" if worst <= TIE else remark)


def _alone(place: Place, network: Transformer, batch: Batch, row: Row) -> Row:
    """Compare answers in one batch with those in smaller ones, whose rows are taken over, and one by one."""
    prompts = prompts_of(batch)
    together = greedy(network, prompts, len(prompts))
    fewer, alone = greedy(network, prompts, max(1, len(prompts) // 3)), greedy(network, prompts[:2], 1)
    pairs = [*zip(together, fewer, strict=True), *zip(together, alone, strict=False)]
    num_same = sum(_same(one, other) for one, other in pairs)
    remark = f"{num_same} of {len(pairs)} answers are the same"
    holds = num_same >= SAME_ASKED * len(pairs)
    return replace(measured(place, row, None, remark=remark), failed="" if holds else remark)


_CHECKS: Mapping[str, Callable[[Place, Transformer, Batch, Row], Row]] = {
    "bf16 autocast as fp32": _precisions,
    "this device as the CPU, plain": _devices,
    "cached as uncached, greedy": _cached,
    "any batch, greedy": _alone,
}


def _batch(place: Place, drawn: Mazes) -> Batch:
    return collate([drawn.example(i) for i in range(place.scale.num_checked)])


def prompts_of(batch: Batch) -> list[Prompt]:
    """Return the prompts of a batch."""
    rows = zip(batch.prompts.numpy(), batch.prompt_lengths.tolist(), strict=True)
    return [Prompt(row[:length].astype(np.uint16)) for row, length in rows]


def greedy(network: Transformer, prompts: Sequence[Prompt], batch_size: int) -> list[Generated]:
    """Answer prompts greedily, as far as the network can read the answer afterwards."""
    most = network.config.max_positions - 1
    return generate(network, prompts, bos=BOS, eos=EOS, max_tokens=most, choice=Choice(), batch_size=batch_size)


def _written(answer: Generated) -> Ids:
    return np.array([BOS, *answer.tokens.tolist(), *([EOS] if answer.finished else [])], np.uint16)


def _same(one: Generated, other: Generated) -> bool:
    return one.finished == other.finished and np.array_equal(one.tokens, other.tokens)
