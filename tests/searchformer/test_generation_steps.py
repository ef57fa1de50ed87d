"""One token at a time gives what all at once gives: both ways of stepping, and every use of a cache."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from searchformer.cache import Cache
from searchformer.sizes import config_for
from searchformer.stepping import CompiledStep, PlainStep, Step, stepper
from searchformer.transformer import Layer, Transformer
from tests.searchformer.small_networks import OPTIONS, batch, network

WAYS = {"plain": False, "compiled": True}


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(params=WAYS)
def compiled(request: pytest.FixtureRequest) -> bool:
    return WAYS[request.param]


def read(tested: Transformer, prompts: Tensor, lengths: Tensor, step: Step) -> tuple[Cache, np.ndarray]:
    """Return the cache of prompts, and where an answer begins in it."""
    if tested.encoder:
        return tested.new_cache(prompts, lengths, 1, keeps_memory=step.keeps_memory), np.zeros(len(prompts), np.int64)
    cache = tested.new_cache(prompts, lengths, prompts.shape[1])
    tested.decode(prompts, torch.arange(prompts.shape[1]).expand_as(prompts), prompts.shape[1], cache)
    return cache, lengths.numpy()


def take(step: Step, cache: Cache, tokens: Tensor, positions: np.ndarray) -> tuple[Tensor, Cache]:
    cache = cache.grown(int(positions.max()) + 1)
    return step(tokens.numpy(), positions, cache), cache


@pytest.mark.parametrize("num_rows", [1, 3, 9])
@pytest.mark.parametrize("name", OPTIONS)
def test_steps_are_the_whole_one_by_one(name: str, num_rows: int, compiled: bool) -> None:
    tested = network(name)
    prompts, lengths, targets = batch(num_rows)
    expected = tested(prompts, lengths, targets)
    step = stepper(tested, num_rows, compiled=compiled)
    cache, offsets = read(tested, prompts, lengths, step)
    for place in range(targets.shape[1]):
        logits, cache = take(step, cache, targets[:, place], offsets + place)
        assert (logits - expected[:, place]).abs().max() <= 1e-5


@pytest.mark.parametrize("num_heads", [1, 2, 3, 4, 6])
def test_any_number_of_heads_will_do(num_heads: int) -> None:
    tested = network(dim=24 * num_heads, num_heads=num_heads)
    prompts, lengths, targets = batch(8)
    expected = tested(prompts, lengths, targets)
    step = stepper(tested, 8)
    assert step.keeps_memory == (num_heads in {3, 4})
    cache, offsets = read(tested, prompts, lengths, step)
    for place in range(targets.shape[1]):
        logits, cache = take(step, cache, targets[:, place], offsets + place)
        assert (logits - expected[:, place]).abs().max() <= 1e-5


@pytest.mark.parametrize("name", OPTIONS)
def test_several_tokens_can_be_decoded_at_once(name: str) -> None:
    tested = network(name)
    prompts, lengths, targets = batch(4)
    expected = tested(prompts, lengths, targets)
    cache, offsets = read(tested, prompts, lengths, PlainStep(tested))
    cache = cache.grown(int(offsets.max()) + 9)
    for part in (range(4), range(4, 5), range(5, 9)):
        places = torch.from_numpy(offsets)[:, None] + torch.tensor(part)
        logits = tested.decode(targets[:, list(part)], places, int(places.max()) + 1, cache)
        assert (logits - expected[:, list(part)]).abs().max() <= 1e-5


@pytest.mark.parametrize("meant_for", [4, 9])
@pytest.mark.parametrize("name", ["plain", "everything"])
def test_rows_come_and_go(name: str, meant_for: int, compiled: bool) -> None:
    """Rows at different places, rows given to a longer and to a shorter prompt, rows dropped and turned around."""
    tested = network(name)
    prompts, lengths, targets = batch(4, longest=8)
    new_prompts, new_lengths, new_targets = batch(1, seed=1, longest=12)
    expected = tested(prompts, lengths, targets)
    new_expected = tested(new_prompts, new_lengths, new_targets)
    short = (prompts[:1, :2], torch.tensor([2]), targets[:1])
    step = stepper(tested, meant_for, compiled=compiled)
    cache, offsets = read(tested, prompts, lengths, step)
    for place in range(3):
        _, cache = take(step, cache, targets[:, place], offsets + place)
    added, added_offsets = read(tested, new_prompts, new_lengths, step)
    cache = cache.put(torch.tensor([2]), added)
    offsets[2] = added_offsets[0]
    tokens, at = targets.clone(), np.array([3, 3, 0, 3])
    tokens[2] = new_targets[0]
    logits, cache = take(step, cache, tokens[torch.arange(4), torch.from_numpy(at)], offsets + at)
    assert (logits[2] - new_expected[0, 0]).abs().max() <= 1e-5
    assert (logits[[0, 1, 3]] - expected[[0, 1, 3], 3]).abs().max() <= 1e-5
    cache = cache.rows(torch.tensor([3, 2]))
    logits, cache = take(step, cache, torch.stack([tokens[3, 4], tokens[2, 1]]), offsets[[3, 2]] + np.array([4, 1]))
    assert (logits[0] - expected[3, 4]).abs().max() <= 1e-5
    assert (logits[1] - new_expected[0, 1]).abs().max() <= 1e-5
    added, added_offsets = read(tested, *short[:2], step)
    cache = cache.put(torch.tensor([1]), added)
    at = np.array([offsets[3] + 5, added_offsets[0]])
    logits, cache = take(step, cache, torch.stack([tokens[3, 5], targets[0, 0]]), at)
    assert (logits[0] - expected[3, 5]).abs().max() <= 1e-5
    assert (logits[1] - tested(*short)[0, 0]).abs().max() <= 1e-5


def test_a_real_size_steps_as_it_should_with_many_rows(compiled: bool) -> None:
    torch.manual_seed(0)
    tested = Transformer(config_for("15m", vocab_size=121, max_positions=200)).eval()
    prompts, lengths = torch.randint(0, 121, (33, 60)), torch.randint(2, 61, (33,))
    lengths[0] = 60
    targets = torch.randint(0, 121, (33, 80))
    expected = tested(prompts, lengths, targets)
    step = stepper(tested, 33, compiled=compiled)
    cache, _ = read(tested, prompts, lengths, step)
    for place in range(80):
        logits, cache = take(step, cache, targets[:, place], np.full(33, place))
        assert (logits - expected[:, place]).abs().max() <= 1e-5


def test_the_compiled_way_is_for_float32_on_the_processor() -> None:
    tested = network()
    assert isinstance(stepper(tested, 2), CompiledStep)
    assert not isinstance(stepper(tested, 2, compiled=False), CompiledStep)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not isinstance(stepper(tested, 2), CompiledStep)
    assert not isinstance(stepper(tested.bfloat16(), 2), CompiledStep)
    assert not isinstance(stepper(network().double(), 2), CompiledStep)


def test_scores_far_apart_do_not_overflow() -> None:
    """Softmax and the gate at magnitudes that e^x alone would not survive."""
    tested = network()
    for layer in tested.decoder.children():
        assert isinstance(layer, Layer)
        layer.self_attention.qkv.weight.mul_(60)
        layer.feed_forward.gate.weight.mul_(300)
    prompts, lengths, targets = batch(3)
    expected = tested(prompts, lengths, targets)
    step = stepper(tested, 3)
    cache, offsets = read(tested, prompts, lengths, step)
    for place in range(targets.shape[1]):
        logits, cache = take(step, cache, targets[:, place], offsets + place)
        torch.testing.assert_close(logits, expected[:, place], atol=1e-3, rtol=1e-3)
