"""One more token for each row of a batch: by `Transformer.decode`, or faster on the CPU in float32.

Both remember into the same `Cache`, and give the same logits but for rounding.
"""

from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the field's name)

from searchformer import cached_kernels
from searchformer.transformer import Cache, Layer, Transformer

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

Step = Callable[[Places, Places, Cache], Tensor]
"""From the last token [B] of each row, its position [B] and the cache to the logits [B, V] of the next one."""


def stepper(network: Transformer, num_rows: int, *, compiled: bool = True) -> Step:
    """Return the fastest step for about `num_rows` rows; `compiled` False asks for the plain one."""
    weight = network.embedding.weight
    serves = weight.device.type == "cpu" and weight.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    if compiled and serves:
        return CompiledStep(network, num_rows)

    def step(tokens: Places, positions: Places, cache: Cache) -> Tensor:
        last, places = (torch.from_numpy(column[:, None]).to(weight.device) for column in (tokens, positions))
        return network.decode(last, places, int(positions.max()) + 1, cache)[:, 0]

    return step


class _Products:
    """A product with a matrix that stays the same: laid out for oneDNN, which then is twice as fast at 32 rows."""

    def __init__(self, weight: Tensor, num_rows: int) -> None:
        self.weight = weight
        self.packed = torch.ops.mkldnn._reorder_linear_weight(weight, num_rows) if _packs(num_rows) else None  # noqa: SLF001

    def __call__(self, x: Floats) -> Floats:
        rows = torch.from_numpy(x)
        if self.packed is None or not _packs(len(x)):
            return cast(Floats, F.linear(rows, self.weight).numpy())
        return cast(Floats, torch.ops.mkldnn._linear_pointwise(rows, self.packed, None, "none", [], "").numpy())  # noqa: SLF001


# With fewer rows, MKL is as fast on the plain matrix.
_FEWEST_ROWS = 8
_HAS_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")


def _packs(num_rows: int) -> bool:
    return _HAS_ONEDNN and num_rows >= _FEWEST_ROWS


class _LayerStep:
    """The weights of one layer, ready for `CompiledStep`."""

    def __init__(self, layer: Layer, num_rows: int) -> None:
        def ready(linear: nn.Module) -> _Products:
            return _Products(cast(Tensor, linear.weight).detach(), num_rows)

        own, forward = layer.self_attention, layer.feed_forward
        self.self_norm, self.forward_norm = _array(layer.self_norm.weight), _array(layer.forward_norm.weight)
        self.qkv, self.self_out, self.gate, self.forward_out = map(ready, (own.qkv, own.out, forward.gate, forward.out))
        self.normalise = (own.query_norm, own.key_norm)
        if layer.reads_prompt:
            cross = layer.cross_attention
            self.cross_norm, self.normalise_query = _array(layer.cross_norm.weight), cross.query_norm
            self.query, self.cross_out = ready(cross.query), ready(cross.out)


class CompiledStep:
    """A step on the CPU in float32, from products by torch and the rest by `cached_kernels`.

    It holds a copy of the weights, laid out anew: make another one after they have changed.
    """

    def __init__(self, network: Transformer, num_rows: int) -> None:
        config = network.config
        self.config = config
        self.embedding = _array(network.embedding.weight)
        self.layers = [_LayerStep(cast(Layer, layer), num_rows) for layer in network.decoder] * config.num_loops
        self.norm = _array(network.decoder_norm.weight)
        self.output = _Products(network.output.weight.detach(), num_rows)
        self.angles = _array(network.cos), _array(network.sin)
        self.cache: Cache | None = None

    def __call__(self, tokens: Places, positions: Places, cache: Cache) -> Tensor:
        """Return the logits [B, V] after tokens [B] at positions [B], and remember the tokens."""
        if cache is not self.cache:
            self._look_at(cache)
        x: Floats = self.embedding[tokens]
        change = np.zeros_like(x)
        for layer, memory in zip(self.layers, self.memories, strict=True):
            change = layer.self_out(self._read_target(layer, _sum(x, change, layer.self_norm), positions, memory))
            if memory.prompt_keys is not None:
                change = layer.cross_out(self._read_prompt(layer, _sum(x, change, layer.cross_norm), memory))
            both = layer.gate(_sum(x, change, layer.forward_norm))
            hidden = np.empty((len(x), self.config.hidden), np.float32)
            cached_kernels.gate(both, hidden)
            change = layer.forward_out(hidden)
        return torch.from_numpy(self.output(_sum(x, change, self.norm)))

    def _look_at(self, cache: Cache) -> None:
        self.cache = cache
        self.memories = [_Memory(*(None if part is None else part.numpy() for part in layer)) for layer in cache.layers]
        self.lengths: Places = np.zeros(0, np.int64)
        if cache.prompt_mask is not None:
            self.lengths = cache.prompt_mask.sum(dim=(1, 2, 3)).numpy()
        longest = max(self.memories[0].keys.shape[2], int(self.lengths.max(initial=0)))
        self.scores = np.empty(longest, np.float32)

    def _read_target(self, layer: _LayerStep, x: Floats, positions: Places, memory: "_Memory") -> Floats:
        qkv = layer.qkv(x).reshape(len(x), 3, self.config.num_heads, self.config.head_dim)
        if self.config.qk_norm:
            for place, normalise in enumerate(layer.normalise):
                qkv[:, place] = normalise(torch.from_numpy(qkv[:, place])).numpy()
        out = np.empty((len(x), self.config.num_heads, self.config.head_dim), np.float32)
        cached_kernels.attend_target(qkv, *self.angles, positions, memory.keys, memory.values, self.scores, out)
        return out.reshape(x.shape)

    def _read_prompt(self, layer: _LayerStep, x: Floats, memory: "_Memory") -> Floats:
        queries = layer.query(x).reshape(len(x), self.config.num_heads, self.config.head_dim)
        if self.config.qk_norm:
            queries = layer.normalise_query(torch.from_numpy(queries)).numpy()
        out = np.empty(queries.shape, np.float32)
        keys, values = memory.prompt_keys, memory.prompt_values
        cached_kernels.attend_prompt(queries, keys, values, self.lengths, self.scores, out)
        return out.reshape(x.shape)


class _Memory(NamedTuple):
    """The arrays of a `LayerCache`."""

    keys: Floats
    values: Floats
    prompt_keys: Floats | None
    prompt_values: Floats | None


def _sum(x: Floats, change: Floats, weight: Floats) -> Floats:
    """Add a change to x in place, and return the RMSNorm of that."""
    out = np.empty_like(x)
    cached_kernels.add_normalise(x, change, weight, _EPSILON, out)
    return out


_EPSILON = float(torch.finfo(torch.float32).eps)  # what torch.nn.RMSNorm adds


def _array(tensor: Tensor) -> Floats:
    return cast(Floats, tensor.detach().numpy())
