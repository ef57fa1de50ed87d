"""One more token for each row of a batch: by `Transformer.decode`, or faster on the CPU in float32.

Both remember into the same `Cache`, and give the same logits but for rounding.
"""

from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
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
    """One layer, for one token a row."""

    def __init__(self, layer: Layer, num_rows: int) -> None:
        own, forward = layer.self_attention, layer.feed_forward
        self.own, self.cross = own, layer.cross_attention if layer.reads_prompt else None
        self.qkv, self.own_out = _Products(own.qkv.weight, num_rows), _Products(own.out.weight, num_rows)
        if self.cross is not None:
            self.query = _Products(self.cross.query.weight, num_rows)
            self.cross_out = _Products(self.cross.out.weight, num_rows)
        self.gate, self.forward_out = _Products(forward.gate.weight, num_rows), _Products(forward.out.weight, num_rows)
        norms = [layer.self_norm, *([layer.cross_norm] if layer.reads_prompt else []), layer.forward_norm]
        self.norms = [norm.weight.numpy() for norm in norms]


class _Remembered(NamedTuple):
    """The arrays of a `LayerCache`, without those of the prompt where there is none."""

    keys: Floats
    values: Floats
    prompt_keys: Floats
    prompt_values: Floats
