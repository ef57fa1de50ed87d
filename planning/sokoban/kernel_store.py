"""What compiled Sokoban searches remember: arrangements of boxes by open addressing, and rows of worker cells.

An arrangement is one word: the floor numbers of the boxes, the least in the highest bits, so that words are in the
order of the boxes' tuples. Arrangements that are not dead own a row of F places; the node of (row, worker) is
row · F + worker, so that walking needs no look-up at all.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.sokoban.kernel_estimate import estimate_boxes

GOAL, EXHAUSTED, PAUSED, TABLE_FULL, ROWS_FULL, OPEN_FULL, EVENTS_FULL, TOO_DEEP = range(1, 9)
"""Why a search comes back."""
SIZE, CLOSED, CREATED, EVENTS, LAST = range(5)
"""Places in the counts of an open list."""
UNSEEN = 32767
"""The g of a node that was not reached."""
DEEPEST = 32000
"""The greatest g that is stored; a search that needs more gives up."""
EMPTY, _DEAD = -1, -2
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Store(NamedTuple):
    """The memory of one search after another.

    `counts` int64 is [rows used, table slots used, log₂ of the table's length]. The table: `keys` int64 are
    arrangements, `values` int32 their rows, −1 empty, −2 dead; `used` int32 lists the slots in use. Each row: `words`
    int64 and `estimates` int32 of its arrangement. Each node: `g` int16 (`UNSEEN` at first), and `came` int16, from
    where: how that is written, depends on the search. `here` int64 [B] and `occupied` uint8 [F] are the arrangement at
    hand, `boxes` int64 [B] another one; `walked` int16 [F] and `queue` int32 [F] are room for the worker's walks.
    """

    counts: NDArray[np.int64]
    keys: NDArray[np.int64]
    values: NDArray[np.int32]
    used: NDArray[np.int32]
    words: NDArray[np.int64]
    estimates: NDArray[np.int32]
    g: NDArray[np.int16]
    came: NDArray[np.int16]
    here: NDArray[np.int64]
    boxes: NDArray[np.int64]
    occupied: NDArray[np.uint8]
    walked: NDArray[np.int16]
    queue: NDArray[np.int32]


def empty_store(num_floor: int, num_boxes: int, num_rows: int = 128) -> Store:
    """Return an empty store with room for so many rows."""
    log_size = max(8, (4 * num_rows - 1).bit_length())
    return Store(
        np.array([0, 0, log_size], np.int64),
        np.zeros(1 << log_size, np.int64),
        np.full(1 << log_size, EMPTY, np.int32),
        np.zeros((1 << log_size) // 2 + 8, np.int32),
        np.zeros(num_rows, np.int64),
        np.zeros(num_rows, np.int32),
        np.zeros(num_rows * num_floor, np.int16),
        np.zeros(num_rows * num_floor, np.int16),
        np.zeros(num_boxes, np.int64),
        np.zeros(num_boxes, np.int64),
        np.zeros(num_floor, np.uint8),
        np.zeros(num_floor, np.int16),
        np.zeros(num_floor, np.int32),
    )


def with_table(store: Store) -> Store:
    """Return the store with a table of twice the length."""
    log_size = int(store.counts[2]) + 1
    grown = store._replace(
        counts=np.array([store.counts[0], store.counts[1], log_size], np.int64),
        keys=np.zeros(1 << log_size, np.int64),
        values=np.full(1 << log_size, EMPTY, np.int32),
        used=np.zeros((1 << log_size) // 2 + 8, np.int32),
    )
    with np.errstate(over="ignore"):
        _move(store, grown)
    return grown


def with_rows(store: Store, num_rows: int) -> Store:
    """Return the store with room for so many rows."""
    num_floor = len(store.g) // len(store.words)
    return store._replace(
        words=lengthened(store.words, num_rows),
        estimates=lengthened(store.estimates, num_rows),
        g=lengthened(store.g, num_rows * num_floor),
        came=lengthened(store.came, num_rows * num_floor),
    )


def lengthened(array: NDArray[Any], length: int) -> NDArray[Any]:
    """Return an array of this length that begins with the given one; the rest is not set."""
    grown = np.empty((length, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


@njit(cache=True)
def clear(store: Any) -> None:
    """Forget everything; takes as long as there is to forget."""
    values, used = store.values, store.used
    for i in range(store.counts[1]):
        values[used[i]] = EMPTY
    store.counts[0] = store.counts[1] = 0


@njit(cache=True)
def unpack(word: Any, bits: Any, boxes: Any) -> None:
    """Write the floor numbers of an arrangement into `boxes` [B], ascending."""
    mask = (1 << bits) - 1
    for i in range(len(boxes) - 1, -1, -1):
        boxes[i] = word & mask
        word >>= bits


@njit(cache=True)
def pack_moved(boxes: Any, bits: Any, start: Any, end: Any) -> Any:
    """Return the word of an arrangement after one of its boxes, ascending, moved from `start` to `end`."""
    word = np.int64(0)
    is_placed = False
    for i in range(len(boxes)):
        box = boxes[i]
        if box == start:
            continue
        if not is_placed and end < box:
            word = (word << bits) | end
            is_placed = True
        word = (word << bits) | box
    return word if is_placed else (word << bits) | end


@njit(cache=True)
def find_slot(keys: Any, values: Any, log_size: Any, word: Any) -> Any:
    """Return the slot of an arrangement in the table, or the empty one where it belongs."""
    mixed = np.uint64(word) * _GOLDEN
    mixed = (mixed ^ (mixed >> _HALF)) * _GOLDEN
    slot = np.int64(mixed >> np.uint64(64 - log_size))
    while values[slot] != EMPTY and keys[slot] != word:
        slot = (slot + 1) & (len(keys) - 1)
    return slot


@njit(cache=True)
def find_row(store: Any, word: Any) -> Any:
    """Return the row of an arrangement, or a negative number if there is none."""
    return np.int64(store.values[find_slot(store.keys, store.values, store.counts[2], word)])


@njit(cache=True)
def add_row(kind: Any, level: Any, store: Any, slot: Any, word: Any) -> Any:
    """Add an arrangement at its slot, an empty one; return its row, or a negative number if it is dead.

    `store.occupied` has to say where its boxes are.
    """
    num_floor, row = level.sizes[0], store.counts[0]
    unpack(word, level.sizes[2], store.boxes)
    h = estimate_boxes(kind, level, store.boxes, store.occupied)
    store.used[store.counts[1]] = slot
    store.counts[1] += 1
    store.keys[slot] = word
    if h < 0:
        store.values[slot] = _DEAD
        return np.int64(_DEAD)
    store.counts[0] += 1
    store.values[slot] = row
    store.words[row], store.estimates[row] = word, h
    best_g = store.g
    for i in range(row * num_floor, (row + 1) * num_floor):
        best_g[i] = UNSEEN
    return row


@njit(cache=True)
def first_row(kind: Any, level: Any, store: Any, word: Any) -> Any:
    """Return the row of the first arrangement in an empty store, or a negative number if it is dead."""
    unpack(word, level.sizes[2], store.here)
    for i in range(len(store.here)):
        store.occupied[store.here[i]] = 1
    row = add_row(kind, level, store, find_slot(store.keys, store.values, store.counts[2], word), word)
    for i in range(len(store.here)):
        store.occupied[store.here[i]] = 0
    return row


@njit(cache=True)
def _move(store: Any, grown: Any) -> None:
    """Enter everything into a longer table, in the same order."""
    for i in range(store.counts[1]):
        word = store.keys[store.used[i]]
        slot = find_slot(grown.keys, grown.values, grown.counts[2], word)
        grown.keys[slot] = word
        grown.values[slot] = store.values[store.used[i]]
        grown.used[i] = slot
