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
    """What a step remembers: one entry a layer and pass, and the mask of the prompts [B, 1, 1, S].

    `memory` [B, S, D] are the encoded prompts, for a step that reads these and not each layer's keys and values of
    them. The tensors are written in place by `decode`; the methods return a cache whose tensors may be others.
    """

    layers: list[LayerCache]
    prompt_mask: Tensor | None
    memory: Tensor | None = None

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
        return self._replace(layers=layers)

    def rows(self, rows: Tensor) -> "Cache":
        """Return the cache of some rows [·] alone, in that order."""

        def some(part: Tensor | None) -> Tensor | None:
            return None if part is None else part[rows]

        layers = [
            LayerCache(layer.keys[rows], layer.values[rows], some(layer.prompt_keys), some(layer.prompt_values))
            for layer in self.layers
        ]
        return Cache(layers, some(self.prompt_mask), some(self.memory))

    def put(self, rows: Tensor, other: "Cache") -> "Cache":
        """Return a cache whose rows [n] are the n rows of another one."""

        def both(mine: Tensor | None, yours: Tensor | None, axis: int) -> Tensor | None:
            return None if mine is None or yours is None else _put(mine, rows, yours, axis)

        layers = [
            LayerCache(
                _put(mine.keys, rows, yours.keys, 2),
                _put(mine.values, rows, yours.values, 2),
                both(mine.prompt_keys, yours.prompt_keys, 2),
                both(mine.prompt_values, yours.prompt_values, 2),
            )
            for mine, yours in zip(self.layers, other.layers, strict=True)
        ]
        if self.prompt_mask is not None:
            self.prompt_mask[rows] = False  # a shorter prompt leaves the end of a longer one
        return Cache(layers, both(self.prompt_mask, other.prompt_mask, 3), both(self.memory, other.memory, 1))


def _put(mine: Tensor, rows: Tensor, yours: Tensor, axis: int) -> Tensor:
    """Return a tensor with the beginnings of some rows replaced, made longer in an axis where the new ones are."""
    length = yours.shape[axis]
    if length > mine.shape[axis]:
        mine = F.pad(mine, (0, 0) * (mine.dim() - 1 - axis) + (0, length - mine.shape[axis]))
    mine.narrow(axis, 0, length)[rows] = yours
    return mine
