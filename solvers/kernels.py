"""Building blocks of the compiled searches: chance, a binary heap, and open addressing, on arrays and scalars only.

Each repeats its plain counterpart exactly: `chance` bit by bit, and the heap in the order (f, tie, item) in which
`search` pops. Run with NUMBA_DISABLE_JIT=1, they are plain Python; the caller then silences NumPy's warnings of words
that overflow, which is what the arithmetic is for.
"""

from typing import Any

import numpy as np
from numba import njit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


@njit(cache=True, inline="always")
def mix(word: Any) -> Any:
    """Return the finaliser of splitmix64 of a uint64; see `chance.mix`."""
    word = (word ^ (word >> _30)) * _FIRST
    word = (word ^ (word >> _27)) * _SECOND
    return word ^ (word >> _31)


@njit(cache=True)
def derive(seed: Any, index: Any) -> Any:
    """Return the uint64 seed of stream `index`; `chance.derive(seed, a, b)` is `derive(derive(seed, a), b)` here."""
    return mix(mix(np.uint64(seed)) + _GOLDEN * np.uint64(index + 1))


@njit(cache=True, inline="always")
def draw(chance: Any) -> Any:
    """Return the next 64 bits of a stream, whose state is `chance[0]` (uint64 [1]); see `chance.SplitMix`."""
    chance[0] += _GOLDEN
    return mix(chance[0])


@njit(cache=True, inline="always")
def below(chance: Any, count: Any) -> Any:
    """Return an int64 from 0 to count − 1."""
    return np.int64(draw(chance) % np.uint64(count))


@njit(cache=True)
def shuffle(chance: Any, items: Any, count: Any) -> None:
    """Shuffle the first `count` items in place, in the order of draws of `chance.SplitMix.shuffle`."""
    for i in range(count - 1, 0, -1):
        j = below(chance, i + 1)
        items[i], items[j] = items[j], items[i]


@njit(cache=True)
def heap_push(heap: Any, size: Any, f: Any, tie: Any, item: Any) -> Any:
    """Push an entry; `heap` is (f int64, tie uint64, item int64), each [capacity]. Return the new size."""
    fs, ties, items = heap
    i = size
    while i > 0:
        above = (i - 1) >> 1
        if fs[above] < f or (fs[above] == f and (ties[above] < tie or (ties[above] == tie and items[above] <= item))):
            break
        fs[i], ties[i], items[i] = fs[above], ties[above], items[above]
        i = above
    fs[i], ties[i], items[i] = f, tie, item
    return size + 1


@njit(cache=True)
def heap_pop(heap: Any, size: Any) -> Any:
    """Remove the least entry (read it at place 0 before) of a heap that is not empty. Return the new size."""
    fs, ties, items = heap
    size -= 1
    f, tie, item = fs[size], ties[size], items[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (
            fs[other] < fs[child]
            or (
                fs[other] == fs[child]
                and (ties[other] < ties[child] or (ties[other] == ties[child] and items[other] < items[child]))
            )
        ):
            child = other
        if fs[child] > f or (fs[child] == f and (ties[child] > tie or (ties[child] == tie and items[child] >= item))):
            break
        fs[i], ties[i], items[i] = fs[child], ties[child], items[child]
        i = child
    fs[i], ties[i], items[i] = f, tie, item
    return size
