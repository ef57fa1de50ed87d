"""Which examples are the same, and which side each one falls on: decided by the bytes of a problem alone."""

import hashlib
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.domain import Domain
from planning.traces import Traces

ID_BYTES = 16

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def fingerprints(domain: Domain[Any, Any], traces: Traces, test_percent: int) -> tuple[Bytes, Mask]:
    """Return the ids of all problems, uint8 [N, 16], and which of them are for testing, bool [N].

    An id is blake2b over the domain's name, a zero byte, and the codes as little-endian int32: the same everywhere. The
    side is drawn from such a hash of the layout alone, so that problems of one layout never stand on both sides,
    not even in data sets of different seeds.
    """
    numbers: Any = traces.codes  # slices of it serve as sequences
    data = traces.codes.astype("<i4", copy=False).tobytes()
    bounds = traces.code_offsets.tolist()
    name, blake2b, layout_start = domain.name.encode() + b"\0", hashlib.blake2b, domain.layout_start
    ids, is_test = [], []
    last_layout, last_side = None, False
    for start, end in itertools.pairwise(bounds):
        ids.append(blake2b(name + data[4 * start : 4 * end], digest_size=ID_BYTES).digest())
        layout = data[4 * (start + layout_start(numbers[start:end])) : 4 * end]
        if layout != last_layout:  # samplers make several problems of one layout in a row
            number = int.from_bytes(blake2b(name + layout, digest_size=8).digest(), "little")
            last_layout, last_side = layout, number % 100 < test_percent
        is_test.append(last_side)
    return np.frombuffer(b"".join(ids), np.uint8).reshape(-1, ID_BYTES), np.array(is_test, np.bool_)
