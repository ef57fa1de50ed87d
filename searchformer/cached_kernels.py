"""One token for each row against cached keys and values, compiled: what `searchformer.stepping` is made of.

Attention of one query a row only reads: how fast it goes is how fast keys and values come from memory. These read just
what a row has, in one direction (28 GB/s on one Zen 5 core, where torch's attention, which also reads every row's
padding, gets 11). All arrays are contiguous float32 but for positions and lengths (int64). B rows, D width, H heads.
"""

import math
from typing import Any

import numpy as np
from numba import njit

_FLOAT, _INT = np.float32, np.int32
LOG2_E = _FLOAT(math.log2(math.e))
_HALF, _ONE, _LEAST = _FLOAT(0.5), _FLOAT(1), _FLOAT(-126)
# 2^f for |f| ≤ 1/2: the Taylor series, whose next term is below 2e-6 of half a unit in the last place.
_C1, _C2, _C3, _C4, _C5, _C6 = (_FLOAT(math.log(2) ** n / math.factorial(n)) for n in range(1, 7))


@njit(cache=True, fastmath=True, inline="always")
def _exp2(x: Any) -> Any:
    """Return 2^x for x ≤ 126, about 1e-7 off; written out because calls of `exp` would not be vectorised."""
    x = max(x, _LEAST)
    whole = np.floor(x + _HALF)
    f = x - whole
    share = _ONE + f * (_C1 + f * (_C2 + f * (_C3 + f * (_C4 + f * (_C5 + f * _C6)))))
    return share * _INT((_INT(whole) + _INT(127)) << _INT(23)).view(_FLOAT)


@njit(cache=True, fastmath=True, error_model="numpy")
def _softmax(scores: Any, length: Any) -> None:
    """Replace the first `length` scores, which are exponents of 2, by shares that sum up to 1."""
    most = _FLOAT(-np.inf)
    for t in range(length):
        most = max(most, scores[t])
    total = _FLOAT(0)
    for t in range(length):
        scores[t] = _exp2(scores[t] - most)
        total += scores[t]
    for t in range(length):
        scores[t] /= total


@njit(cache=True, fastmath=True, error_model="numpy")
def _attend(  # noqa: PLR0917  (compiled functions have no keyword arguments)
    query: Any, keys: Any, values: Any, length: Any, scores: Any, out: Any
) -> None:
    """Write into `out` [d] what a query [d] gets from the first `length` keys and values [·, d]."""
    width = len(query)
    scale = LOG2_E / _FLOAT(math.sqrt(width))
    for t in range(length):
        score = _FLOAT(0)
        for d in range(width):
            score += query[d] * keys[t, d]
        scores[t] = score * scale
    _softmax(scores, length)
    out[:] = _FLOAT(0)
    for t in range(length):
        for d in range(width):
            out[d] += scores[t] * values[t, d]


@njit(cache=True, fastmath=True)
def _rotate(x: Any, cos: Any, sin: Any) -> None:
    half = len(cos)
    for d in range(half):
        first, second = x[d], x[d + half]
        x[d] = first * cos[d] - second * sin[d]
        x[d + half] = second * cos[d] + first * sin[d]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def attend_target(  # noqa: PLR0917
    qkv: Any, cos: Any, sin: Any, positions: Any, keys: Any, values: Any, scores: Any, out: Any
) -> None:
    """Self-attention of tokens at `positions` [B], which are written into the cache.

    `qkv` [B, 3 D] is rotated in place by `cos` and `sin` [P, d / 2]; `keys` and `values` are [B, H, T, d], `out` is
    [B, D], and `scores` [T or more] is room to work in.
    """
    num_rows, num_heads, _, width = keys.shape
    rows, mixed = qkv.reshape(num_rows, 3, num_heads, width), out.reshape(num_rows, num_heads, width)
    for b in range(num_rows):
        place = positions[b]
        for head in range(num_heads):
            query, key = rows[b, 0, head], rows[b, 1, head]
            _rotate(query, cos[place], sin[place])
            _rotate(key, cos[place], sin[place])
            keys[b, head, place] = key
            values[b, head, place] = rows[b, 2, head]
            _attend(query, keys[b, head], values[b, head], place + 1, scores, mixed[b, head])


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def attend_prompt(  # noqa: PLR0917
    queries: Any, keys: Any, values: Any, lengths: Any, scores: Any, out: Any
) -> None:
    """Attention of queries [B, D] to prompts of `lengths` [B]; the rest is as in `attend_target`."""
    num_rows, num_heads, _, width = keys.shape
    rows, mixed = queries.reshape(num_rows, num_heads, width), out.reshape(num_rows, num_heads, width)
    for b in range(num_rows):
        for head in range(num_heads):
            _attend(rows[b, head], keys[b, head], values[b, head], lengths[b], scores, mixed[b, head])


HEADS_AT_ONCE = 3


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def attend_memory(queries: Any, memory: Any, lengths: Any, scale: Any, scores: Any, out: Any) -> None:  # noqa: PLR0917
    """Attention of queries [B, H · D] to encoded prompts [B, S, D], which are keys and values of all heads.

    `scores` is [3, S or more]. Three heads at a time, so that three products need one read; if their number is no
    multiple of 3, some are done twice.
    """
    num_rows, _, width = memory.shape
    num_heads = queries.shape[1] // width
    rows, mixed = queries.reshape(num_rows, num_heads, width), out.reshape(num_rows, num_heads, width)
    for b in range(num_rows):
        for head in range(0, num_heads, HEADS_AT_ONCE):
            first = min(head, num_heads - HEADS_AT_ONCE)
            three = slice(first, first + HEADS_AT_ONCE)
            _attend_three(rows[b, three], memory[b], lengths[b], scale, scores, mixed[b, three])


@njit(cache=True, fastmath=True, error_model="numpy")
def _attend_three(queries: Any, memory: Any, length: Any, scale: Any, scores: Any, out: Any) -> None:  # noqa: PLR0917
    """Write into `out` [3, D] what queries [3, D] get from `length` vectors."""
    width = memory.shape[1]
    for t in range(length):
        score0, score1, score2 = _FLOAT(0), _FLOAT(0), _FLOAT(0)
        for d in range(width):
            value = memory[t, d]
            score0 += queries[0, d] * value
            score1 += queries[1, d] * value
            score2 += queries[2, d] * value
        scores[0, t], scores[1, t], scores[2, t] = score0 * scale, score1 * scale, score2 * scale
    for head in range(HEADS_AT_ONCE):
        _softmax(scores[head], length)
        out[head, :] = _FLOAT(0)
    # Two vectors at a time: half as many passes over `out`. An odd last one comes twice, the second time with no share.
    for t in range(0, length, 2):
        after = min(t + 1, length - 1)
        has_two = _FLOAT(after - t)
        share0, share1, share2 = scores[0, t], scores[1, t], scores[2, t]
        more0, more1, more2 = scores[0, after] * has_two, scores[1, after] * has_two, scores[2, after] * has_two
        for d in range(width):
            value, other = memory[t, d], memory[after, d]
            out[0, d] += share0 * value + more0 * other
            out[1, d] += share1 * value + more1 * other
            out[2, d] += share2 * value + more2 * other


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def add_normalise(x: Any, change: Any, weight: Any, epsilon: Any, out: Any) -> None:
    """Add `change` to x, both [B, D], and write into `out` the RMSNorm of that."""
    width = x.shape[1]
    for b in range(len(x)):
        squares = _FLOAT(0)
        for d in range(width):
            x[b, d] += change[b, d]
            squares += x[b, d] * x[b, d]
        scale = _ONE / np.sqrt(squares / _FLOAT(width) + _FLOAT(epsilon))
        for d in range(width):
            out[b, d] = x[b, d] * scale * weight[d]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def gate(both: Any, out: Any) -> None:
    """Write silu(a) · b into `out` [B, N], where `both` [B, 2 N] is a and b."""
    width = out.shape[1]
    for row in range(len(both)):
        for n in range(width):
            a = both[row, n]
            # Beyond ±80, e^−a is as good as 0 or infinity; 2^126 is the most that `_exp2` can say.
            rest = _exp2(min(-a * LOG2_E, _FLOAT(120)))
            out[row, n] = a * both[row, n + width] / (_ONE + rest)
