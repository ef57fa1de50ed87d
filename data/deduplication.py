"""Which ids were not seen before: open addressing over all 128 bits, 32 to 64 bytes an id."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.splitting import Bytes, Mask

_LEAST_CAPACITY, _MOST_AT_FIRST = 1 << 10, 1 << 21


class SeenIds:
    """A set of ids that grows; equal means equal in all bits.

    Args:
        num_expected: how many ids there will be; a million are made room for at once.
    """

    def __init__(self, num_expected: int = 0) -> None:
        self._table = np.zeros((_LEAST_CAPACITY, 2), np.uint64)
        self._count = 0
        self._make_room(min(num_expected, _MOST_AT_FIRST // 2))

    def __len__(self) -> int:
        return self._count

    def add(self, ids: Bytes) -> Mask:
        """Add ids, uint8 [N, 16]; tell of each, bool [N], whether it is new: not among former or earlier ones."""
        # Owned, aligned and writable, whoever made it: the kernel is compiled for one kind of array.
        words = np.require(np.ascontiguousarray(ids).view("<u8").astype(np.uint64, copy=False), None, ["A", "O", "W"])
        self._make_room(len(words))
        is_new = np.zeros(len(words), np.bool_)
        self._count += int(_insert(self._table, words, is_new))
        return is_new

    def _make_room(self, extra: int) -> None:
        capacity = len(self._table)
        while capacity < 2 * (self._count + extra):
            capacity *= 2
        if capacity > len(self._table):
            old, self._table = self._table, np.zeros((capacity, 2), np.uint64)
            kept = old[old.any(axis=1)]
            _insert(self._table, kept, np.zeros(len(kept), np.bool_))


@njit(cache=True)
def _insert(table: NDArray[np.uint64], words: NDArray[np.uint64], is_new: Mask) -> Any:
    """Put words, uint64 [N, 2], into a table with a free place for each; mark the new ones and return their number.

    A place of two zeros is free: an id is a hash, and will not be that.
    """
    last = len(table) - 1
    count = 0
    for i in range(len(words)):
        low, high = words[i, 0], words[i, 1]
        place = np.int64(low & np.uint64(last))
        while (table[place, 0] != low or table[place, 1] != high) and (table[place, 0] != 0 or table[place, 1] != 0):
            place = (place + 1) & last
        if table[place, 0] != low or table[place, 1] != high:
            table[place, 0], table[place, 1] = low, high
            is_new[i] = True
            count += 1
    return count
