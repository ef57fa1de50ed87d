"""One more token for each row of a batch: by `Transformer.decode`, or faster on the CPU in float32.

Both remember into the same `Cache`, and give the same logits but for rounding.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, cast

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the field's name)

from searchformer.cache import Cache, LayerCache
from searchformer.cached_kernels import (
    HEADS_AT_ONCE,
    LOG2_E,
    add_normalise,
    attend_memory,
    attend_prompt,
    attend_target,
    gate,
)
from searchformer.transformer import CrossAttention, Layer, Transformer, TransformerConfig

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


class Step(Protocol):
    """What writes one token in each row."""

    keeps_memory: bool
    """Which kind of cache `Transformer.new_cache` has to make for it."""

    def __call__(self, tokens: Places, positions: Places, cache: Cache) -> Tensor:
        """Return the logits [B, V] after tokens [B] at positions [B], and remember the tokens."""


def stepper(network: Transformer, num_rows: int, *, compiled: bool = True) -> Step:
    """Return the fastest step for about `num_rows` rows; `compiled` False asks for the plain one."""
    weight = network.embedding.weight
    plain_cpu = weight.device.type == "cpu" and weight.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    if compiled and plain_cpu and not cast(Any, numba.config).DISABLE_JIT:
        return CompiledStep(network, num_rows)
    return PlainStep(network)


class PlainStep:
    """A step by `Transformer.decode`."""

    keeps_memory = False

    def __init__(self, network: Transformer) -> None:
        self.network, self.device = network, network.embedding.weight.device

    def __call__(self, tokens: Places, positions: Places, cache: Cache) -> Tensor:
        """Return the logits [B, V] after tokens [B] at positions [B], and remember the tokens."""
        last, places = (torch.from_numpy(column[:, None]).to(self.device) for column in (tokens, positions))
        return self.network.decode(last, places, int(positions.max()) + 1, cache)[:, 0]


class _Product:
    """A product with a matrix that stays the same: laid out for oneDNN, which then is twice as fast at 32 rows."""

    def __init__(self, weight: Tensor, num_rows: int) -> None:
        self.weight, self.packed = weight, None
        if _HAS_ONEDNN and num_rows >= _FEWEST_ROWS:
            self.packed = torch.ops.mkldnn._reorder_linear_weight(weight, num_rows)  # noqa: SLF001  (has no other name)

    def __call__(self, x: Tensor) -> Floats:
        if self.packed is None or x.shape[0] < _FEWEST_ROWS:
            return cast(Floats, F.linear(x, self.weight).numpy())
        return cast(Floats, _LINEAR(x, self.packed, None, "none", [], "").numpy())


# With fewer rows, MKL is as fast on the plain matrix.
_FEWEST_ROWS = 8
_HAS_ONEDNN = hasattr(torch.ops.mkldnn, "_reorder_linear_weight") and hasattr(torch.ops.mkldnn, "_linear_pointwise")
_LINEAR: Any = torch.ops.mkldnn._linear_pointwise.default if _HAS_ONEDNN else None  # noqa: SLF001  (as above)


class _LayerStep:
    """The weights of one layer, ready for `CompiledStep`; see there for `keeps_memory`."""

    def __init__(self, layer: Layer, num_rows: int, keeps_memory: bool) -> None:
        def ready(linear: nn.Module) -> _Product:
            return _Product(cast(Tensor, linear.weight).detach(), num_rows)

        own, forward = layer.self_attention, layer.feed_forward
        self.self_norm, self.forward_norm = _array(layer.self_norm.weight), _array(layer.forward_norm.weight)
        self.qkv, self.self_out, self.gate, self.forward_out = map(ready, (own.qkv, own.out, forward.gate, forward.out))
        self.normalise = (own.query_norm, own.key_norm)
        if layer.reads_prompt:
            cross = layer.cross_attention
            self.cross_norm, self.normalise_query = _array(layer.cross_norm.weight), cross.query_norm
            if keeps_memory:
                self.query, self.cross_out = (_Product(weight, num_rows) for weight in _folded(cross))
            else:
                self.query, self.cross_out = ready(cross.query), ready(cross.out)


def _folded(cross: CrossAttention) -> tuple[Tensor, Tensor]:
    """Return the weights [H · D, D] and [D, H · D] of queries and output that take encoded prompts for keys and values.

    Of a head: (W_q x) · (W_k m) = (W_kᵀ W_q x) · m, and W_o Σ p (W_v m) = (W_o W_v) Σ p m.
    """
    parts = (cross.query.weight, *cross.keys_values.weight.chunk(2), cross.out.weight.T)
    query, key, value, out = (part.detach().double().chunk(cross.num_heads) for part in parts)
    queries = [k.T @ q for k, q in zip(key, query, strict=True)]
    outputs = [o.T @ v for o, v in zip(out, value, strict=True)]
    return torch.cat(queries).float(), torch.cat(outputs, dim=1).float()


class _Room:
    """Arrays to work in, for B rows; tensors share the memory of those that are multiplied."""

    def __init__(self, num_rows: int, config: TransformerConfig, length: int) -> None:
        self.x = np.empty((num_rows, config.dim), np.float32)
        self.nothing = np.zeros_like(self.x)
        self.normed, self.mixed = np.empty_like(self.x), np.empty_like(self.x)
        self.folded = np.empty((num_rows, config.num_heads * config.dim), np.float32)
        self.hidden = np.empty((num_rows, config.hidden), np.float32)
        self.scores = np.empty((HEADS_AT_ONCE, length), np.float32)
        self.normed_tensor, self.mixed_tensor = torch.from_numpy(self.normed), torch.from_numpy(self.mixed)
        self.folded_tensor, self.hidden_tensor = torch.from_numpy(self.folded), torch.from_numpy(self.hidden)

    def add(self, change: Floats, norm: Floats) -> Tensor:
        """Add a change to x, and return the RMSNorm of that."""
        add_normalise(self.x, change, norm, _EPSILON, self.normed)
        return self.normed_tensor


_EPSILON = float(torch.finfo(torch.float32).eps)  # what torch.nn.RMSNorm adds


class _Memory(NamedTuple):
    """The arrays of a `LayerCache`."""

    keys: Floats
    values: Floats
    prompt_keys: Floats | None
    prompt_values: Floats | None

    @staticmethod
    def of(layer: LayerCache) -> "_Memory":
        keys, values, *prompt = (None if part is None else _array(part) for part in layer)
        assert keys is not None
        assert values is not None
        return _Memory(keys, values, *prompt)


class CompiledStep:
    """A step on the CPU in float32, from products by torch and the rest by `cached_kernels`.

    It holds a copy of the weights, laid out anew: make another one after they have changed. Where there are few heads
    and many rows, `keeps_memory` is true: all layers read the encoded prompts, which stay near the processor meanwhile,
    instead of keys and values of their own.
    """

    def __init__(self, network: Transformer, num_rows: int) -> None:
        config = network.config
        self.config = config
        self.embedding = _array(network.embedding.weight)
        # It takes H times the arithmetic, and larger matrices, which have to be worth it.
        few_heads = HEADS_AT_ONCE <= config.num_heads <= HEADS_AT_ONCE + 1
        self.keeps_memory = bool(network.encoder) and few_heads and not config.qk_norm and num_rows >= _FEWEST_ROWS
        layers = [_LayerStep(cast(Layer, layer), num_rows, self.keeps_memory) for layer in network.decoder]
        self.layers = layers * config.num_loops
        self.norm = _array(network.decoder_norm.weight)
        self.output = _Product(network.output.weight.detach(), num_rows)
        self.angles = _array(network.cos), _array(network.sin)
        self.cache: Cache | None = None

    def __call__(self, tokens: Places, positions: Places, cache: Cache) -> Tensor:
        """Return the logits [B, V] after tokens [B] at positions [B], and remember the tokens."""
        if cache is not self.cache:
            self._look_at(cache)
        room = self.room
        np.take(self.embedding, tokens, axis=0, out=room.x)
        change = room.nothing
        for layer, own in zip(self.layers, self.own, strict=True):
            qkv = layer.qkv(room.add(change, layer.self_norm))
            if self.config.qk_norm:
                self._normalise(qkv, 3, layer.normalise)
            attend_target(qkv, *self.angles, positions, own.keys, own.values, room.scores[0], room.mixed)
            change = layer.self_out(room.mixed_tensor)
            if self.config.num_encoder_layers:
                query = layer.query(room.add(change, layer.cross_norm))
                change = layer.cross_out(self._read_prompt(query, layer, own))
            gate(layer.gate(room.add(change, layer.forward_norm)), room.hidden)
            change = layer.forward_out(room.hidden_tensor)
        return torch.from_numpy(self.output(room.add(change, self.norm)))

    def _read_prompt(self, query: Floats, layer: _LayerStep, own: _Memory) -> Tensor:
        room = self.room
        if self.keeps_memory:
            scale = LOG2_E / np.float32(self.config.head_dim**0.5)
            attend_memory(query, self.memory, self.prompt_lengths, scale, room.scores, room.folded)
            return room.folded_tensor
        if self.config.qk_norm:
            self._normalise(query, 1, (layer.normalise_query,))
        keys, values = own.prompt_keys, own.prompt_values
        attend_prompt(query, keys, values, self.prompt_lengths, room.scores[0], room.mixed)
        return room.mixed_tensor

    def _look_at(self, cache: Cache) -> None:
        self.cache = cache
        self.own = [_Memory.of(layer) for layer in cache.layers]
        self.memory = None if cache.memory is None else _array(cache.memory)
        num_rows, _, length, _ = self.own[0].keys.shape
        self.prompt_lengths: Places = np.zeros(0, np.int64)
        if cache.prompt_mask is not None:
            self.prompt_lengths = cache.prompt_mask.sum(dim=(1, 2, 3)).numpy()
        self.room = _Room(num_rows, self.config, max(length, int(self.prompt_lengths.max(initial=0))))

    def _normalise(self, x: Floats, num_parts: int, norms: Sequence[nn.Module]) -> None:
        """Normalise heads of the first parts of x [B, parts · D] in place."""
        heads = torch.from_numpy(x).view(len(x), num_parts, self.config.num_heads, self.config.head_dim)
        for part, norm in enumerate(norms):
            heads[:, part] = norm(heads[:, part])


def _array(tensor: Tensor) -> Floats:
    return cast(Floats, tensor.detach().numpy())
