"""The network: its equations, that padding, company and what comes later do not matter, and its sizes."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the field's name)

from searchformer.sizes import SIZES, config_for
from searchformer.transformer import Transformer, TransformerConfig
from tests.searchformer.small_networks import CONTEXT, NUM_WORDS, OPTIONS, batch, network, spelled_out


@pytest.mark.parametrize("name", OPTIONS)
def test_the_network_computes_the_equations(name: str) -> None:
    tested = network(name)
    prompts, lengths, targets = batch(3)
    with torch.inference_mode():
        logits = tested(prompts, lengths, targets)
        for row, length in enumerate(lengths.tolist()):
            expected = spelled_out(tested, prompts[row, :length], targets[row])
            torch.testing.assert_close(logits[row], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", OPTIONS)
def test_logits_do_not_depend_on_padding_or_company(name: str) -> None:
    tested = network(name)
    prompts, lengths, targets = batch(5)
    with torch.inference_mode():
        logits = tested(prompts, lengths, targets)
        for row, length in enumerate(lengths.tolist()):
            alone = tested(prompts[row : row + 1, :length], lengths[row : row + 1], targets[row : row + 1])
            assert (alone[0] - logits[row]).abs().max() <= 1e-5
        wider = tested(F.pad(prompts, (0, 7), value=3), lengths, F.pad(targets, (0, 5), value=2))
        other = prompts.clone()
        other[torch.arange(prompts.shape[1]) >= lengths[:, None]] = 5
        order = torch.tensor([3, 0, 4, 2, 1])
        assert (wider[:, : targets.shape[1]] - logits).abs().max() <= 1e-5
        assert (tested(other, lengths, targets) - logits).abs().max() <= 1e-5
        assert (tested(prompts[order], lengths[order], targets[order]) - logits[order]).abs().max() <= 1e-5


@pytest.mark.parametrize("name", OPTIONS)
def test_gradients_do_not_depend_on_padding_or_company(name: str) -> None:
    tested = network(name).double()
    prompts, lengths, targets = batch(4)

    def gradients(*rows: tuple[Tensor, Tensor, Tensor]) -> list[Tensor]:
        tested.zero_grad()
        for each in rows:
            losses = F.cross_entropy(tested(*each)[:, :8].flatten(0, 1), each[2][:, 1:9].flatten(), reduction="sum")
            losses.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        return [parameter.grad.clone() for parameter in tested.parameters() if parameter.grad is not None]

    together = gradients((F.pad(prompts, (0, 6)), lengths, F.pad(targets, (0, 4))))
    alone = gradients(*((prompts[i : i + 1, : lengths[i]], lengths[i : i + 1], targets[i : i + 1]) for i in range(4)))
    assert len(together) == len(list(tested.parameters()))
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-7)


@pytest.mark.parametrize("name", OPTIONS)
def test_what_comes_later_changes_nothing_before(name: str) -> None:
    tested = network(name)
    prompts, lengths, targets = batch(4)
    with torch.inference_mode():
        logits = tested(prompts, lengths, targets)
        for place in (1, 4, 8):
            other = targets.clone()
            other[:, place:] = (targets[:, place:] + 1) % NUM_WORDS
            changed = (tested(prompts, lengths, other) - logits).abs().amax(dim=(0, 2))
            assert changed[:place].max() <= 1e-6
            assert changed[place] > 1e-3
        other = prompts.clone()
        other[:, 0] = (prompts[:, 0] + 1) % NUM_WORDS
        assert ((tested(other, lengths, targets) - logits).abs().amax(dim=(1, 2)) > 1e-3).all()


def test_the_encoder_sees_all_of_the_prompt() -> None:
    tested = network()
    prompts, lengths, _ = batch(1)
    with torch.inference_mode():
        before, mask = tested.encode(prompts, lengths)
        prompts[0, -1] = (prompts[0, -1] + 1) % NUM_WORDS
        assert (tested.encode(prompts, lengths)[0] - before).abs().amax(dim=-1).min() > 1e-4
    assert mask.all()


def test_options_are_what_they_say() -> None:
    plain, tied, looped, qk_norm, alone = (network(name) for name in list(OPTIONS)[:5])
    assert tied.num_trainable == plain.num_trainable - NUM_WORDS * plain.config.dim
    assert tied.output.weight is tied.embedding.weight
    assert looped.num_trainable == plain.num_trainable
    num_attentions = 2 + 2 * 2
    assert qk_norm.num_trainable == plain.num_trainable + num_attentions * 2 * plain.config.head_dim
    assert not alone.encoder
    assert not any("cross" in name for name, _ in alone.named_parameters())


@pytest.mark.parametrize("name", OPTIONS)
def test_positions_are_neither_trained_nor_saved(name: str) -> None:
    tested = network(name)
    assert {name for name, _ in tested.named_buffers()} == {"cos", "sin"}
    assert set(tested.state_dict()) == {name for name, _ in tested.named_parameters(remove_duplicate=False)}
    other = network(name, seed=1)
    other.load_state_dict(tested.state_dict())
    with torch.inference_mode():
        assert torch.equal(other(*batch(2)), tested(*batch(2)))


# The paper's names count the angles of positions as well; these are millions that are trained.
TRAINABLE = {"tiny": (2.0, 2.2), "15m": (6.3, 6.8), "46m": (33.5, 34.5), "175m": (150.5, 151.5), "757m": (595, 600)}


@pytest.mark.parametrize("size", SIZES)
def test_sizes_have_the_trainable_parameters_that_they_should(size: str) -> None:
    with torch.device("meta"):
        made = Transformer(config_for(size, vocab_size=1400, max_positions=1024))
    least, most = TRAINABLE[size]
    assert least <= made.num_trainable / 1e6 <= most
    assert made.num_trainable == sum(parameter.numel() for parameter in made.parameters())


def test_a_decoder_alone_has_the_layers_of_both() -> None:
    shape = config_for("tiny", vocab_size=10, max_positions=20, decoder_only=True)
    assert (shape.num_encoder_layers, shape.num_decoder_layers) == (0, 6)


def test_swiglu_is_as_wide_as_the_paper_has_it() -> None:
    hidden = {size: config_for(size, vocab_size=10, max_positions=20).hidden for size in SIZES}
    assert hidden == {"tiny": 512, "15m": 512, "46m": 1024, "175m": 2048, "757m": 3072}


@pytest.mark.parametrize("name", OPTIONS)
def test_bfloat16_is_close_to_float32(name: str) -> None:
    tested = network(name)
    rows = batch(4)
    expected = tested(*rows)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = tested(*rows)
        loss = logits.float().square().mean()
    loss.backward()
    assert (logits.float() - expected).abs().max() < 0.05 * expected.abs().max()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in tested.parameters())
    tested.bfloat16()
    assert (tested(*rows).float() - expected).abs().max() < 0.1 * expected.abs().max()


@pytest.mark.parametrize("name", ["plain", "everything"])
def test_a_traced_network_is_the_same_network(name: str) -> None:
    tested = network(name)
    rows = batch(3)
    # No compiler is needed to see that the graph is whole, and right.
    traced = torch.compile(tested, backend="eager", fullgraph=True)
    with torch.inference_mode():
        torch.testing.assert_close(traced(*rows), tested(*rows), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dim": 20}, "dim 20 must be a multiple of 2 · num_heads"),
        ({"num_heads": 0}, "num_heads"),
        ({"num_loops": 0}, "num_loops at least 1"),
        ({"num_encoder_layers": -1}, "num_encoder_layers must be at least 0"),
        ({"max_positions": 0}, "max_positions"),
    ],
)
def test_shapes_that_cannot_be_built_are_refused(changed: dict[str, Any], said: str) -> None:
    shape = {"vocab_size": 5, "dim": 24, "num_encoder_layers": 1, "num_decoder_layers": 1, "num_heads": 3}
    with pytest.raises(ValueError, match=said):
        TransformerConfig(**({"max_positions": 9} | shape | changed))


@pytest.mark.parametrize("name", ["plain", "decoder_only"])
def test_what_exceeds_the_context_is_refused(name: str) -> None:
    tested = network(name)
    one = torch.ones(1, dtype=torch.long)
    short, long = torch.zeros(1, 3, dtype=torch.long), torch.zeros(1, CONTEXT + 2, dtype=torch.long)
    for prompts, targets in ((long, short), (short, long)):
        with pytest.raises(
            ValueError, match=f"{CONTEXT + 2} tokens are 2 more than this network's context of {CONTEXT}"
        ):
            tested(prompts, one, targets)
    full = torch.zeros(1, CONTEXT, dtype=torch.long)
    assert tested(full, CONTEXT * one, full).isfinite().all()
