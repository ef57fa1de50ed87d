"""What generation remembers: keys and values of all that was read and written, row by row.

B rows, H heads, S prompt tokens, T target tokens. Rows come and go, and the room grows, without the network's help.
"""

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the field's name)


class LayerCache(NamedTuple):
    """Keys and values of one layer: of the target so far [B, H, T, head_dim], and of the prompt (None: no encoder)."""

    keys: Tensor
    values: Tensor
    prompt_keys: Tensor | None
    prompt_values: Tensor | None


_FEWEST_PLACES = 64
"""What a cache has room for once it grows."""


class Cache(NamedTuple):
    """What `Transformer.decode` remembers: one entry a layer and pass, and the mask of the prompts [B, 1, 1, S].

    Its tensors are written in place by `decode`; the methods return a cache whose tensors may be others.
    """

    layers: list[LayerCache]
    prompt_mask: Tensor | None

    def grown(self, extent: int) -> "Cache":
        """Return a cache with room for `extent` tokens at least (twice as much as before, or more)."""
        capacity = self.layers[0].keys.shape[2]
        if extent <= capacity:
            return self
        more = max(extent, 2 * capacity, _FEWEST_PLACES) - capacity
        layers = [
            layer._replace(keys=F.pad(layer.keys, (0, 0, 0, more)), values=F.pad(layer.values, (0, 0, 0, more)))
            for layer in self.layers
        ]
        return Cache(layers, self.prompt_mask)

    def rows(self, rows: Tensor) -> "Cache":
        """Return the cache of some rows [·] alone, in that order."""
        layers = [
            LayerCache(
                layer.keys[rows],
                layer.values[rows],
                None if layer.prompt_keys is None else layer.prompt_keys[rows],
                None if layer.prompt_values is None else layer.prompt_values[rows],
            )
            for layer in self.layers
        ]
        return Cache(layers, None if self.prompt_mask is None else self.prompt_mask[rows])

    def put(self, rows: Tensor, other: "Cache") -> "Cache":
        """Return a cache whose rows [n] are the n rows of another one."""
        into = self.grown(other.layers[0].keys.shape[2])
        layers = [
            LayerCache(
                _put(mine.keys, rows, yours.keys),
                _put(mine.values, rows, yours.values),
                None
                if mine.prompt_keys is None or yours.prompt_keys is None
                else _put(mine.prompt_keys, rows, yours.prompt_keys),
                None
                if mine.prompt_values is None or yours.prompt_values is None
                else _put(mine.prompt_values, rows, yours.prompt_values),
            )
            for mine, yours in zip(into.layers, other.layers, strict=True)
        ]
        mask = into.prompt_mask
        if mask is not None and other.prompt_mask is not None:
            mask = F.pad(mask, (0, max(0, other.prompt_mask.shape[3] - mask.shape[3])))
            mask[rows] = F.pad(other.prompt_mask, (0, mask.shape[3] - other.prompt_mask.shape[3]))
        return Cache(layers, mask)


def _put(mine: Tensor, rows: Tensor, yours: Tensor) -> Tensor:
    """Return [B, H, length, head_dim] with some rows replaced, made longer where the new ones are."""
    if yours.shape[2] > mine.shape[2]:
        mine = F.pad(mine, (0, 0, 0, yours.shape[2] - mine.shape[2]))
    mine[rows, :, : yours.shape[2]] = yours
    return mine
