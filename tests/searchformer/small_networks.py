"""Networks of two layers that know nothing, one for each option, and what each of them computes, spelled out."""

import math
from typing import Any

import torch
from torch import Tensor

from searchformer.transformer import Layer, Transformer, TransformerConfig

NUM_WORDS, CONTEXT = 23, 40
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "tied": {"tied": True},
    "looped": {"num_loops": 3},
    "qk_norm": {"qk_norm": True},
    "decoder_only": {"num_encoder_layers": 0},
    "everything": {"num_encoder_layers": 0, "num_loops": 2, "tied": True, "qk_norm": True},
}


def network(name: str = "plain", *, seed: int = 0, **options: Any) -> Transformer:
    """Return the network of an option; its norms weigh, so that leaving one out shows."""
    shape = {"dim": 24, "num_encoder_layers": 2, "num_decoder_layers": 2, "num_heads": 3, "max_positions": CONTEXT}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = Transformer(TransformerConfig(**({"vocab_size": NUM_WORDS} | shape | OPTIONS[name] | options)))
        for parameter in made.parameters():
            if parameter.dim() == 1:
                torch.nn.init.uniform_(parameter, 0.5, 1.5)
    return made.eval()


def batch(num_rows: int, *, seed: int = 0, longest: int = 12, target: int = 9) -> tuple[Tensor, Tensor, Tensor]:
    """Return prompts [B, S] of several lengths, the lengths, and targets [B, T]; the padding is not all zeros."""
    chance = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, longest + 1, (num_rows,), generator=chance)
    lengths[0] = longest
    prompts = torch.randint(0, NUM_WORDS, (num_rows, longest), generator=chance)
    return prompts, lengths, torch.randint(0, NUM_WORDS, (num_rows, target), generator=chance)


def spelled_out(network: Transformer, prompt: Tensor, target: Tensor) -> Tensor:
    """Return the logits [T, V] for one prompt [S] and one target [T]: the equations, position by position."""
    config = network.config
    has_encoder = bool(config.num_encoder_layers)
    source = network.embedding.weight[prompt]
    for _ in range(config.num_loops):
        for layer in network.encoder:
            source = _block(network, layer, source, None, causal=False)
    if has_encoder:
        source = _norm(source, network.encoder_norm)
    x = network.embedding.weight[target if has_encoder else torch.cat((prompt, target))]
    for _ in range(config.num_loops):
        for layer in network.decoder:
            x = _block(network, layer, x, source if has_encoder else None, causal=True)
    x = _norm(x[-len(target) :], network.decoder_norm)
    return x @ (network.embedding.weight if config.tied else network.output.weight).T


def _block(network: Transformer, layer: Any, x: Tensor, source: Tensor | None, causal: bool) -> Tensor:
    assert isinstance(layer, Layer)
    own = layer.self_attention
    q, k, v = (_norm(x, layer.self_norm) @ own.qkv.weight.T).chunk(3, dim=-1)
    mixed = _attend(network, (q, k, v), (own.query_norm, own.key_norm), causal=causal, turns=True)
    x = x + mixed @ own.out.weight.T
    if source is not None:
        cross = layer.cross_attention
        q = _norm(x, layer.cross_norm) @ cross.query.weight.T
        k, v = (source @ cross.keys_values.weight.T).chunk(2, dim=-1)
        mixed = _attend(network, (q, k, v), (cross.query_norm, cross.key_norm), causal=False, turns=False)
        x = x + mixed @ cross.out.weight.T
    a, b = (_norm(x, layer.forward_norm) @ layer.feed_forward.gate.weight.T).chunk(2, dim=-1)
    return x + (a / (1 + torch.exp(-a)) * b) @ layer.feed_forward.out.weight.T


def _attend(
    network: Transformer, qkv: tuple[Tensor, Tensor, Tensor], norms: tuple[Any, Any], *, causal: bool, turns: bool
) -> Tensor:
    width, rows = network.config.head_dim, []
    for i in range(len(qkv[0])):
        heads = []
        for head in range(network.config.num_heads):
            q, k, v = (part[:, head * width : (head + 1) * width] for part in qkv)
            query, keys, seen = q[i], list(k), i + 1 if causal else len(k)
            if network.config.qk_norm:
                query, keys = _norm(query, norms[0]), [_norm(key, norms[1]) for key in keys]
            if turns:
                query, keys = _turn(query, i), [_turn(key, j) for j, key in enumerate(keys)]
            scores = torch.stack([query @ key / math.sqrt(width) for key in keys[:seen]])
            heads.append(scores.softmax(dim=0) @ v[:seen])
        rows.append(torch.cat(heads))
    return torch.stack(rows)


def _norm(x: Tensor, norm: Any) -> Tensor:
    weight: Tensor = norm.weight
    return x / torch.sqrt((x * x).mean(dim=-1, keepdim=True) + torch.finfo(torch.float32).eps) * weight


def _turn(x: Tensor, position: int) -> Tensor:
    """Multiply channels i and i + d / 2, as one complex number, by e^(i · position · 10000^(−2 i / d))."""
    half = len(x) // 2
    number = torch.complex(x[:half], x[half:])
    angles = position * 10_000.0 ** (-torch.arange(half) / half)
    turned = number * torch.polar(torch.ones(half), angles)
    return torch.cat((turned.real, turned.imag))
