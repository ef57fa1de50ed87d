"""Chance, compiled and plain, is the same bit by bit; the compiled heap pops as `heapq` does."""

import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers import kernels
from solvers.chance import SplitMix, derive

WORDS = st.integers(0, 2**64 - 1)


def test_the_stream_is_splitmix64() -> None:
    chance = SplitMix(1234567)
    assert [chance.draw() for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@settings(deadline=None)  # the first call compiles
@given(WORDS, st.integers(1, 50))
def test_both_streams_are_one(seed: int, count: int) -> None:
    plain, compiled = SplitMix(seed), np.array([seed], np.uint64)
    with np.errstate(over="ignore"):
        assert [plain.draw() for _ in range(count)] == [int(kernels.draw(compiled)) for _ in range(count)]
        assert plain.below(count) == kernels.below(compiled, count)


@settings(deadline=None)
@given(WORDS, st.integers(0, 2**40))
def test_both_derive_the_same(seed: int, index: int) -> None:
    with np.errstate(over="ignore"):
        once = kernels.derive(np.uint64(seed), index)
        assert int(once) == derive(seed, index)
        assert int(kernels.derive(np.uint64(once), 3)) == derive(seed, index, 3)


@settings(deadline=None)
@given(WORDS, st.integers(0, 20))
def test_both_shuffle_the_same(seed: int, count: int) -> None:
    items, array = list(range(count)), np.arange(count)
    SplitMix(seed).shuffle(items)
    with np.errstate(over="ignore"):
        kernels.shuffle(np.array([seed], np.uint64), array, count)
    assert array.tolist() == items


def test_streams_of_neighbours_differ() -> None:
    seeds = {derive(seed, a, b) for seed in range(5) for a in range(20) for b in range(20)}
    assert len(seeds) == 5 * 20 * 20


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), max_size=60))
def test_the_heap_pops_in_order_of_f_tie_and_creation(steps: list[tuple[int, int, bool]]) -> None:
    heap = (np.zeros(64, np.int64), np.zeros(64, np.uint64), np.zeros(64, np.int64))
    plain: list[tuple[int, int, int]] = []
    size = 0
    for item, (f, tie, pops) in enumerate(steps):
        size = kernels.heap_push(heap, size, f, np.uint64(tie), item)
        heapq.heappush(plain, (f, tie, item))
        if pops:
            assert (heap[0][0], heap[1][0], heap[2][0]) == heapq.heappop(plain)
            size = kernels.heap_pop(heap, size)
    while size:
        assert (heap[0][0], heap[1][0], heap[2][0]) == heapq.heappop(plain)
        size = kernels.heap_pop(heap, size)
    assert not plain
