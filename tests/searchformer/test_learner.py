"""Losses, schedule and optimisers; and the faster ways through the network against the plain ones."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the field's name)

from searchformer import kernels
from searchformer.batches import Batch, collate
from searchformer.learner import Learner
from searchformer.losses import LOSSES, sequence_loss, token_loss, token_losses
from searchformer.optimizers import OPTIMIZERS, rate
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer, TransformerConfig
from tests.searchformer import overfitted


def network(**options: Any) -> Transformer:
    torch.manual_seed(0)
    shape: dict[str, Any] = {
        "vocab_size": 20,
        "dim": 32,
        "num_encoder_layers": 2,
        "num_decoder_layers": 2,
        "num_heads": 2,
    }
    return Transformer(TransformerConfig(**(shape | {"max_positions": 64} | options)))


def batch(num: int = 6, seed: int = 0) -> Batch:
    chance = np.random.default_rng(seed)

    def row(low: int, high: int) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
        return chance.integers(3, 20, chance.integers(low, high)).astype(np.uint16)

    return collate([(row(8, 20), row(10, 40)) for _ in range(num)])


def test_the_two_losses_weigh_as_they_say() -> None:
    losses, mask = torch.tensor([[1.0, 2.0, 9.0], [4.0, 9.0, 9.0]]), torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    assert sequence_loss(losses, mask).item() == pytest.approx((1.5 + 4.0) / 2)
    assert token_loss(losses, mask).item() == pytest.approx(7 / 3)


@pytest.mark.parametrize("name", LOSSES)
def test_the_word_that_chooses_counts_as_often_as_it_is_asked_to(name: str) -> None:
    some, net = batch(), network()
    losses, mask = token_losses(net, some)

    def asked(weight: float) -> float:
        settings = TrainingConfig(loss=name, choice_weight=weight)
        return Learner(net, settings, overfitted.token_format()).training_step(some, 0).item()

    assert asked(1) == pytest.approx(LOSSES[name](losses, mask).item())
    assert asked(1e9) == pytest.approx(losses[:, 0].mean().item(), rel=1e-4)
    rows = [(3 * row[0] + row[1:].sum(), 2 + kept.sum()) for row, kept in zip(losses * mask, mask, strict=True)]
    whole = sum(total for total, _ in rows) / sum(weights for _, weights in rows)
    mean = sum(total / weights for total, weights in rows) / len(rows)
    assert asked(3) == pytest.approx({"sequence": mean, "token": whole}[name].item())


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("encoder", [2, 0])
def test_padding_is_nothing_to_the_loss(name: str, encoder: int) -> None:
    net, some = network(num_encoder_layers=encoder), batch()
    padded = Batch(
        F.pad(some.prompts, (0, 5), value=7),
        some.prompt_lengths,
        F.pad(some.targets, (0, 9), value=11),
        some.target_lengths,
    )
    before, after = (LOSSES[name](*token_losses(net, each)) for each in (some, padded))
    assert before.item() == pytest.approx(after.item(), abs=1e-5)


def test_the_loss_is_that_of_the_tokens_behind_bos_one_by_one() -> None:
    net, some = network().eval(), batch(3)
    losses, mask = token_losses(net, some)
    for row in range(3):
        length = int(some.target_lengths[row])
        assert mask[row].sum() == length - 1
        logits = net(
            some.prompts[row : row + 1], some.prompt_lengths[row : row + 1], some.targets[row : row + 1, :length]
        )
        for place in range(1, length):
            expected = -logits[0, place - 1].log_softmax(-1)[some.targets[row, place]]
            assert losses[row, place - 1].item() == pytest.approx(expected.item(), abs=1e-4)


@given(st.integers(0, 300), st.integers(0, 50), st.floats(0, 1))
def test_the_learning_rate_rises_then_falls_to_its_final_share(step: int, warmup: int, final: float) -> None:
    settings = TrainingConfig(max_steps=200, warmup_steps=warmup, final_share=final)
    now, then = rate(step, settings), rate(step + 1, settings)
    assert min(final, 1 / max(1, warmup)) - 1e-9 <= now <= 1
    assert then >= now if step + 1 < warmup else then <= now + 1e-12 or step < warmup
    assert rate(200, settings) == pytest.approx(final)
    assert rate(max(step, warmup), settings, share_done=1.0) == pytest.approx(final)


def test_the_learning_rate_reaches_its_height_after_the_warmup() -> None:
    settings = TrainingConfig(max_steps=100, warmup_steps=10, final_share=0.1)
    assert [rate(step, settings) for step in (0, 4, 9, 10)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    assert rate(55, settings) == pytest.approx(0.55)


def trained(net: Transformer, optimizer: torch.optim.Optimizer, steps: int, seed: int = 0) -> list[float]:
    losses = []
    for step in range(steps):
        loss = sequence_loss(*token_losses(net, batch(seed=seed + step)))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("tied", [False, True])
def test_an_optimizer_has_each_weight_once_and_decays_matrices_alone(name: str, tied: bool) -> None:
    net = network(tied=tied)
    optimizer = OPTIMIZERS[name](net, TrainingConfig(weight_decay=0.3))
    held = [id(each) for group in optimizer.param_groups for each in group["params"]]
    assert sorted(held) == sorted(id(each) for each in net.parameters())
    decayed = {id(each) for group in optimizer.param_groups if group["weight_decay"] for each in group["params"]}
    for key, parameter in net.named_parameters():
        assert (id(parameter) in decayed) == (parameter.dim() == 2 and key != "embedding.weight"), key


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_learns_and_goes_on_from_its_state_as_if_nothing_had_been(name: str) -> None:
    settings = TrainingConfig(learning_rate=3e-3, optimizer=name)
    net = network()
    optimizer = OPTIMIZERS[name](net, settings)
    losses = trained(net, optimizer, 25)
    assert losses[-1] < losses[0]
    other = copy.deepcopy(net)
    resumed = OPTIMIZERS[name](other, settings)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert trained(other, resumed, 3, seed=100) == trained(net, optimizer, 3, seed=100)


def test_one_learning_rate_moves_all_weights_of_muon() -> None:
    net = network()
    optimizer = OPTIMIZERS["muon"](net, TrainingConfig(learning_rate=1.0))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.0)
    before = {name: each.detach().clone() for name, each in net.named_parameters()}
    trained(net, optimizer, 1)
    assert all(torch.equal(each, before[name]) for name, each in net.named_parameters())
    schedule.base_lrs = [1e-3] * len(schedule.base_lrs)
    schedule.lr_lambdas = [lambda step: 1.0] * len(schedule.base_lrs)
    schedule.step()
    trained(net, optimizer, 1)
    assert not any(torch.equal(each, before[name]) for name, each in net.named_parameters() if "norm" not in name)


def test_muon_moves_matrices_as_far_as_adamw_does() -> None:
    moved = {}
    for name in OPTIMIZERS:
        net = network()
        before = net.decoder[0].get_parameter("feed_forward.gate.weight").detach().clone()
        trained(net, OPTIMIZERS[name](net, TrainingConfig(learning_rate=1e-3, weight_decay=0.0)), 5)
        change = net.decoder[0].get_parameter("feed_forward.gate.weight") - before
        moved[name] = change.pow(2).mean().sqrt().item()
    assert 0.2 < moved["muon"] / moved["adamw"] < 2


def gradients(net: nn.Module, some: Batch) -> list[Tensor]:
    net.zero_grad()
    torch.autograd.backward(sequence_loss(*token_losses(net, some)))
    return [each.grad.clone() for each in net.parameters() if each.grad is not None]


@pytest.mark.parametrize("encoder", [2, 0])
def test_faster_ways_give_what_the_plain_ones_give(encoder: int) -> None:
    net, some = network(num_encoder_layers=encoder, num_loops=2, qk_norm=True), batch(8)
    assert kernels.HAS_ONEDNN, "or this compares nothing"
    fast = gradients(net, some)
    with kernels.switched(on=False):
        plain = gradients(net, some)
    assert len(fast) == len(plain) == len(list(net.parameters()))
    assert any(not torch.equal(mine, yours) for mine, yours in zip(fast, plain, strict=True)), "both were the same way"
    for mine, yours in zip(fast, plain, strict=True):
        torch.testing.assert_close(mine, yours, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(40, 16), (3, 20, 16), (2, 3, 9, 16)])
@pytest.mark.parametrize("wanted", [(True, True), (True, False), (False, True)])
def test_a_product_has_the_gradients_that_are_wanted(shape: tuple[int, ...], wanted: tuple[bool, bool]) -> None:
    torch.manual_seed(1)
    layer = kernels.Linear(16, 24)
    x = torch.randn(shape).transpose(0, -2).requires_grad_(wanted[0])  # and not contiguous
    layer.weight.requires_grad_(wanted[1])
    found = []
    for on in (True, False):
        with kernels.switched(on=on):
            out = layer(x)
            torch.autograd.backward((out * torch.linspace(0, 1, out.numel()).view_as(out)).sum())
        found.append([out.detach(), *(each.grad for each in (x, layer.weight))])
        x.grad = layer.weight.grad = None
    for mine, yours in zip(*found, strict=True):
        assert (mine is None) == (yours is None)
        if mine is not None:
            torch.testing.assert_close(mine, yours, rtol=1e-4, atol=1e-5)


def test_nothing_of_the_faster_ways_is_taken_elsewhere() -> None:
    layer = kernels.Linear(16, 16).double()
    x = torch.randn(64, 16, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, x)
    angles = torch.randn(64, 8, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda y: kernels.rotate(y, angles.cos(), angles.sin()), x)
