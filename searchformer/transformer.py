"""The network: an encoder–decoder transformer (or a decoder alone), after Searchformer (arXiv 2402.14083, §2).

Pre-norm RMSNorm, rotary positions on self-attention only, SwiGLU, no bias. Attention is SDPA with masks everywhere.
Shapes: B rows, S prompt tokens, T target tokens, D model width, H heads, V words.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the field's name)

from searchformer import kernels
from searchformer.cache import Cache, LayerCache
from searchformer.kernels import Linear


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """The shape of a network.

    `num_encoder_layers` 0 makes a decoder alone, which reads prompt and target as one sequence. `num_loops` applies the
    same layers again, k passes in all; `tied` shares the embedding with the output; `qk_norm` normalises queries and
    keys a head. `max_positions` is the context: the most tokens of a prompt, and the most of a target (a decoder alone
    reads one behind the other, up to twice as many).
    """

    vocab_size: int
    dim: int
    num_encoder_layers: int
    num_decoder_layers: int
    num_heads: int
    max_positions: int
    num_loops: int = 1
    tied: bool = False
    qk_norm: bool = False
    rope_base: float = 10_000.0

    def __post_init__(self) -> None:
        """Refuse a shape that cannot be built."""
        if min(self.vocab_size, self.dim, self.num_decoder_layers, self.num_heads, self.max_positions) < 1:
            raise ValueError("vocab_size, dim, num_decoder_layers, num_heads and max_positions must be at least 1")
        if self.num_encoder_layers < 0 or self.num_loops < 1:
            raise ValueError("num_encoder_layers must be at least 0, and num_loops at least 1")
        if self.dim % (2 * self.num_heads):
            raise ValueError(f"dim {self.dim} must be a multiple of 2 · num_heads ({2 * self.num_heads})")

    @property
    def head_dim(self) -> int:
        """Return the width of one head."""
        return self.dim // self.num_heads

    @property
    def hidden(self) -> int:
        """Return the width inside of SwiGLU: 8/3 · dim, rounded up to a multiple of 256."""
        return 256 * math.ceil(8 * self.dim / 3 / 256)


class Rotary(NamedTuple):
    """Cosines and sines of some positions, [B or 1, 1, T, head_dim / 2]."""

    cos: Tensor
    sin: Tensor


def rotate(x: Tensor, rotary: Rotary) -> Tensor:
    """Rotate pairs of channels by their position's angles (Su et al. 2021); x is [B, H, T, head_dim]."""
    return kernels.rotate(x, rotary.cos, rotary.sin)


class HeadNorm(nn.RMSNorm):
    """RMSNorm of queries or keys a head; under autocast in the precision of its weights, as it is fused then."""

    def forward(self, x: Tensor) -> Tensor:
        """Return [B, H, T, head_dim]."""
        return super().forward(x.to(self.weight.dtype))


class SelfAttention(nn.Module):
    """Attention of a sequence to itself, with rotary positions."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.num_heads = config.num_heads
        self.qkv = Linear(config.dim, 3 * config.dim)
        self.out = Linear(config.dim, config.dim)
        self.query_norm = HeadNorm(config.head_dim) if config.qk_norm else nn.Identity()
        self.key_norm = HeadNorm(config.head_dim) if config.qk_norm else nn.Identity()

    def forward(
        self,
        x: Tensor,
        rotary: Rotary,
        mask: Tensor | None,
        cache: LayerCache | None = None,
        positions: Tensor | None = None,
    ) -> Tensor:
        """Return [B, T, D]; `mask` None is causal. With a cache, x is written at `positions` [B, T] and reads it."""
        batch, length, dim = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        q, k = rotate(self.query_norm(q), rotary), rotate(self.key_norm(k), rotary)
        if cache is not None:
            assert positions is not None
            rows = torch.arange(batch, device=x.device)[:, None]
            # Autocast may have left them in other precisions than the cache's.
            cache.keys[rows, :, positions] = k.transpose(1, 2).to(cache.keys.dtype)
            cache.values[rows, :, positions] = v.transpose(1, 2).to(cache.values.dtype)
            k, v = cache.keys, cache.values
            if mask is not None:
                k, v = k[:, :, : mask.shape[-1]], v[:, :, : mask.shape[-1]]
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        out: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, length, dim))
        return out


class CrossAttention(nn.Module):
    """Attention of the target to the encoded prompt, without positions."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.num_heads = config.num_heads
        self.query = Linear(config.dim, config.dim)
        self.keys_values = Linear(config.dim, 2 * config.dim)
        self.out = Linear(config.dim, config.dim)
        self.query_norm = HeadNorm(config.head_dim) if config.qk_norm else nn.Identity()
        self.key_norm = HeadNorm(config.head_dim) if config.qk_norm else nn.Identity()

    def read(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return the keys and the values of an encoded prompt, [B, H, S, head_dim] each."""
        batch, length, _ = memory.shape
        k, v = self.keys_values(memory).view(batch, length, 2, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        return self.key_norm(k), v

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """Return [B, T, D]; `mask` [B, 1, 1, S] is true where there is a prompt token (None: everywhere)."""
        batch, length, dim = x.shape
        q = self.query_norm(self.query(x).view(batch, length, self.num_heads, -1).transpose(1, 2))
        mixed = F.scaled_dot_product_attention(q, keys, values, attn_mask=mask)
        out: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, length, dim))
        return out


class FeedForward(nn.Module):
    """SwiGLU (Shazeer 2020): out(silu(a(x)) · b(x)), with a and b in one product."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.gate = Linear(config.dim, 2 * config.hidden)
        self.out = Linear(config.hidden, config.dim)

    def forward(self, x: Tensor) -> Tensor:
        """Return [B, T, D]."""
        a, b = self.gate(x).chunk(2, dim=-1)
        out: Tensor = self.out(F.silu(a) * b)
        return out


class Layer(nn.Module):
    """One block: self-attention, cross-attention if it reads a prompt, feed-forward; each behind a norm, each added."""

    def __init__(self, config: TransformerConfig, reads_prompt: bool) -> None:
        super().__init__()
        self.self_norm, self.self_attention = nn.RMSNorm(config.dim), SelfAttention(config)
        if reads_prompt:
            self.cross_norm, self.cross_attention = nn.RMSNorm(config.dim), CrossAttention(config)
        self.reads_prompt = reads_prompt
        self.forward_norm, self.feed_forward = nn.RMSNorm(config.dim), FeedForward(config)

    def forward(
        self,
        x: Tensor,
        rotary: Rotary,
        mask: Tensor | None,
        *,
        prompt: tuple[Tensor, Tensor] | None = None,
        prompt_mask: Tensor | None = None,
        cache: LayerCache | None = None,
        positions: Tensor | None = None,
    ) -> Tensor:
        """Return [B, T, D]; `prompt` is the prompt's keys and values for this layer."""
        x = x + self.self_attention(self.self_norm(x), rotary, mask, cache, positions)
        if self.reads_prompt:
            assert prompt is not None
            x = x + self.cross_attention(self.cross_norm(x), *prompt, prompt_mask)
        out: Tensor = x + self.feed_forward(self.forward_norm(x))
        return out


class Transformer(nn.Module):
    """The network. `forward` is for training; `new_cache` and `decode` are for generation, and agree with it."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.dim)
        self.encoder = nn.ModuleList(Layer(config, reads_prompt=False) for _ in range(config.num_encoder_layers))
        self.encoder_norm = nn.RMSNorm(config.dim) if config.num_encoder_layers else nn.Identity()
        has_encoder = config.num_encoder_layers > 0
        self.decoder = nn.ModuleList(Layer(config, reads_prompt=has_encoder) for _ in range(config.num_decoder_layers))
        self.decoder_norm = nn.RMSNorm(config.dim)
        self.output = Linear(config.dim, config.vocab_size)
        if config.tied:
            self.output.weight = self.embedding.weight
        cos, sin = _angles(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self._initialise()

    cos: Tensor
    sin: Tensor

    def forward(self, prompts: Tensor, prompt_lengths: Tensor, targets: Tensor) -> Tensor:
        """Return the logits of the token after each target token.

        Args:
            prompts: [B, S] token ids, padded at the end with any id.
            prompt_lengths: [B] how many tokens of each prompt are real.
            targets: [B, T] token ids, padded at the end with any id: nothing real depends on what comes later.

        Returns:
            [B, T, V].
        """
        self._check_length(max(prompts.shape[1], targets.shape[1]))
        if not self.encoder:
            return self._forward_joined(prompts, prompt_lengths, targets)
        memory, mask = self.encode(prompts, prompt_lengths)
        x = self.embedding(targets)
        rotary = self._rotary(torch.arange(targets.shape[1], device=targets.device)[None])
        for _ in range(self.config.num_loops):
            for layer in self._layers():
                x = layer(x, rotary, None, prompt=layer.cross_attention.read(memory), prompt_mask=mask)
        return self._logits(x)

    def encode(self, prompts: Tensor, prompt_lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return the encoded prompts [B, S, D] and the mask of what is real in them [B, 1, 1, S]."""
        length = prompts.shape[1]
        places = torch.arange(length, device=prompts.device)
        mask = (places < prompt_lengths[:, None])[:, None, None]
        x, rotary = self.embedding(prompts), self._rotary(places[None])
        for _ in range(self.config.num_loops):
            for layer in self.encoder:
                x = layer(x, rotary, mask)
        return self.encoder_norm(x), mask

    def new_cache(
        self, prompts: Tensor, prompt_lengths: Tensor, max_length: int, *, keeps_memory: bool = False
    ) -> Cache:
        """Return what `decode` needs for prompts [B, S] (see `forward`) and up to `max_length` target tokens each.

        With `keeps_memory`, it is what a step needs that reads the encoded prompts instead of keys and values of them.
        """
        self._check_length(max(prompts.shape[1], max_length))
        batch, dtype, device = len(prompts), self.embedding.weight.dtype, prompts.device
        memory, mask = self.encode(prompts, prompt_lengths) if self.encoder else (None, None)
        shape = (batch, self.config.num_heads, max_length, self.config.head_dim)
        layers = []
        for _ in range(self.config.num_loops):
            for layer in self._layers():
                # Contiguous: a step reads all of it, and should find it in one piece.
                read = (None, None) if memory is None or keeps_memory else layer.cross_attention.read(memory)
                prompt = tuple(part if part is None else part.contiguous() for part in read)
                keys, values = (torch.zeros(shape, dtype=dtype, device=device) for _ in range(2))
                layers.append(LayerCache(keys, values, *prompt))
        return Cache(layers, mask, memory if keeps_memory else None)

    def decode(self, tokens: Tensor, positions: Tensor, extent: int, cache: Cache) -> Tensor:
        """Return the logits [B, T, V] after tokens [B, T] at positions [B, T] (from 0), and remember the tokens.

        `extent` is the largest of the positions plus one: the caller knows it without asking the device.
        """
        places = torch.arange(extent, device=tokens.device)
        mask = (places <= positions[:, :, None])[:, None]
        x, rotary = self.embedding(tokens), self._rotary(positions)
        caches = iter(cache.layers)
        for _ in range(self.config.num_loops):
            for layer in self._layers():
                own = next(caches)
                prompt = (
                    None
                    if own.prompt_keys is None or own.prompt_values is None
                    else (own.prompt_keys, own.prompt_values)
                )
                x = layer(x, rotary, mask, prompt=prompt, prompt_mask=cache.prompt_mask, cache=own, positions=positions)
        return self._logits(x)

    @property
    def num_trainable(self) -> int:
        """Return the number of trainable parameters, shared ones counted once."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    def _forward_joined(self, prompts: Tensor, prompt_lengths: Tensor, targets: Tensor) -> Tensor:
        """Read each prompt and its target as one sequence without a gap, and return what follows target tokens."""
        batch, width = targets.shape
        places = torch.arange(prompts.shape[1] + width, device=targets.device)
        from_target = places - prompt_lengths[:, None]
        both = torch.cat((prompts, targets), dim=1)
        source = torch.where(from_target < 0, places, prompts.shape[1] + from_target.clamp(0, width - 1))
        x = self.embedding(both.gather(1, source))
        rotary = self._rotary(places[None])
        for _ in range(self.config.num_loops):
            for layer in self._layers():
                x = layer(x, rotary, None)
        wanted = (prompt_lengths[:, None] + torch.arange(width, device=targets.device))[:, :, None]
        return self._logits(x.gather(1, wanted.expand(batch, width, x.shape[2])))

    def _layers(self) -> list[Layer]:
        return cast("list[Layer]", list(self.decoder))

    def _logits(self, x: Tensor) -> Tensor:
        logits: Tensor = self.output(self.decoder_norm(x))
        return logits

    def _rotary(self, positions: Tensor) -> Rotary:
        return Rotary(self.cos[positions][:, None], self.sin[positions][:, None])

    def _check_length(self, length: int) -> None:
        if length > self.config.max_positions:
            raise ValueError(
                f"{length} tokens are {length - self.config.max_positions} more than this network's context of "
                f"{self.config.max_positions}"
            )

    def _initialise(self) -> None:
        depth = 2 * self.config.num_loops * (len(self.encoder) + len(self.decoder))
        for name, parameter in self.named_parameters():
            if parameter.dim() < 2:
                continue
            std = 0.02 if name == "embedding.weight" else parameter.shape[1] ** -0.5
            if name.endswith(".out.weight"):
                std /= depth**0.5
            nn.init.normal_(parameter, std=std)


def _angles(config: TransformerConfig) -> tuple[Tensor, Tensor]:
    """Return cosines and sines [max_positions (twice, for a decoder alone), head_dim / 2]."""
    count = config.max_positions * (1 if config.num_encoder_layers else 2)
    exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float64) / config.head_dim
    angles = torch.outer(torch.arange(count, dtype=torch.float64), config.rope_base**-exponents)
    return angles.cos().float(), angles.sin().float()
