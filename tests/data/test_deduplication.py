import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data import deduplication
from data.deduplication import SeenIds

# Ids that agree in one half come often; two zeros are the table's mark of a free place, and no id.
ids_lists = st.lists(st.binary(min_size=16, max_size=16) | st.sampled_from([b"\0" * 15 + b"\1", b"\1" + b"\0" * 15]))


def as_array(ids: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 16)


@settings(deadline=None)  # the first call may compile
@given(st.lists(ids_lists, max_size=4))
def test_what_is_new_is_what_a_set_says(batches: list[list[bytes]]) -> None:
    seen, plain = SeenIds(), set[bytes]()
    for ids in batches:
        expected = []
        for each in ids:
            expected.append(each not in plain and any(each))
            plain.add(each)
        found = seen.add(as_array(ids))
        assert [new for new, each in zip(found, ids, strict=True) if any(each)] == [
            new for new, each in zip(expected, ids, strict=True) if any(each)
        ]
    assert len(seen) == len(plain - {b"\0" * 16})


def test_ids_that_agree_in_one_half_are_different_and_all_survive_growth() -> None:
    numbers = np.arange(9_000, dtype=np.uint64)
    words = np.stack([numbers % 30 + 1, numbers // 30], axis=1)  # long chains: 30 different low halves
    ids = words[:, ::-1].copy().view(np.uint8).reshape(-1, 16)
    seen = SeenIds()
    assert all(seen.add(part).all() for part in np.array_split(ids, 7))
    assert len(seen) == 9_000
    assert not seen.add(ids[::-1]).any()


def test_the_kernel_is_compiled_once_whoever_made_the_ids() -> None:
    SeenIds().add(np.frombuffer(bytes(range(32)), np.uint8).reshape(-1, 16))
    SeenIds().add(np.arange(64, dtype=np.uint8).reshape(-1, 16)[::2])
    assert len(getattr(deduplication._insert, "signatures", [0])) == 1
