"""A data set that a network has improved: its parent's problems and searches, and words that take their place."""

import errno
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import derived
from data import manifest as manifests
from data.derived import Answers, answers_of, derive, overlaid
from data.generation import generate
from data.shards import TraceSet
from data.token_cache import format_of_set
from data.tokens import CREATE, PLAN, Ids, TokenFormat, Tokens
from planning.domains import DOMAINS

MODEL = "f" * 64


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data") / "mazes"
    mazes = DOMAINS["maze"]
    sampling = mazes.sampling(4, options={"tries": 3})
    generate(mazes, sampling, num=60, seed=3, out=directory, test_percent=30, draws_per_shard=32)
    return directory


@pytest.fixture
def words(parent: Path) -> TokenFormat:
    return format_of_set(parent, "compact")


def answer(words: TokenFormat, text: str) -> Ids:
    return words.ids(text.split())


SHORT = "create 0,0 plan 0,0 plan 1,0"


def made(parent: Path, out: Path, words: TokenFormat, chosen: list[int], texts: dict[int, str]) -> Path:
    answers = {i: answer(words, text) for i, text in texts.items()}
    derive(parent, out, examples=np.array(chosen), answers=answers, token_format=words, model=MODEL)
    return out


def columns(traces: Any) -> list[list[Any]]:
    return [getattr(traces, name).tolist() for name in ("codes", "plans", "costs", "kinds", "states", "g", "h")]


def test_it_names_its_parent_and_the_model_and_differs_in_nothing_else(
    parent: Path, tmp_path: Path, words: TokenFormat
) -> None:
    chosen = [1, 5, 17, 30]
    out = made(parent, tmp_path / "new", words, chosen, {5: SHORT})
    before, after = manifests.load(parent), manifests.load(out)
    assert after.parent == manifests.Parent(before.sha256, MODEL)
    assert (after.settings, after.complete, after.count("train")) == (before.settings, True, 4)
    kept, all_before = TraceSet(out, "train"), TraceSet(parent, "train")
    assert columns(kept.traces(slice(None))) == columns(all_before.traces(chosen))
    assert np.array_equal(kept.ids, all_before.ids[chosen])
    for name, _ in before.paths("test"):
        assert (out / name).read_bytes() == (parent / name).read_bytes()
    assert after.paths("test") == before.paths("test")
    assert after.sha256 in (out / "README.md").read_text(encoding="utf-8")


def test_answers_are_read_as_they_were_written_also_by_the_next_generation(
    parent: Path, tmp_path: Path, words: TokenFormat
) -> None:
    assert answers_of(parent, words) is None
    num = len(TraceSet(parent, "train"))
    first = made(parent, tmp_path / "a", words, list(range(num)), {0: SHORT, num - 1: "create 3,3 close plan 1,1"})
    second = made(first, tmp_path / "b", words, [0, 3, num - 1], {3: "plan 2,2", 0: "create 1,1 c1 plan 0,0"})
    read = answers_of(second, words)
    assert read is not None
    assert [" ".join(words.text(read[i])) for i in range(3)] == [
        "create 1,1 c1 plan 0,0",
        "plan 2,2",
        "create 3,3 close plan 1,1",
    ]
    assert read.trace_lengths.tolist() == [3, 0, 3]
    assert manifests.load(second).parent == manifests.Parent(manifests.load(first).sha256, MODEL)


def test_equal_answers_give_equal_bytes(parent: Path, tmp_path: Path, words: TokenFormat) -> None:
    hashes = [
        hashlib.sha256((made(parent, tmp_path / name, words, [0, 4], {4: SHORT}) / "manifest.json").read_bytes())
        for name in "ab"
    ]
    assert hashes[0].digest() == hashes[1].digest()


def test_words_are_the_same_in_every_vocabulary_that_has_them(parent: Path, tmp_path: Path, words: TokenFormat) -> None:
    greater = TokenFormat(words.domain, "compact", 4, 4, words.max_cost + 9)
    out = made(parent, tmp_path / "new", greater, [0, 1], {0: SHORT, 1: f"create 0,0 c{greater.max_cost} plan 0,0"})
    read = answers_of(out, greater)
    assert read is not None
    assert " ".join(greater.text(read[0])) == SHORT
    with pytest.raises(ValueError, match=rf"other words: unknown word 'c{greater.max_cost}'.*max_cost"):
        answers_of(out, words)
    with pytest.raises(ValueError, match="other words: unknown word"):
        answers_of(out, format_of_set(parent, "paper"))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=9), st.integers(0, 3))
def test_an_answer_takes_the_place_of_what_is_recorded(rows: list[tuple[int, int, bool]], more: int) -> None:
    def part(head: int, length: int, row: int) -> list[int]:
        return [number for _ in range(length) for number in (head, 10 + row)]

    recorded = [(part(CREATE, a, row), part(PLAN, b + 1, row)) for row, (a, b, _) in enumerate(rows)]
    answers = [
        np.array(part(CREATE, b, 50) + part(PLAN, a + 1, 60) if is_new else [], np.uint16) for a, b, is_new in rows
    ]
    expected = [
        (part(CREATE, b, 50), part(PLAN, a + 1, 60)) if is_new else recorded[row]
        for row, (a, b, is_new) in enumerate(rows)
    ]
    found = overlaid(packed(recorded), Answers.of([*answers, *[np.array([PLAN], np.uint16)] * more]))
    assert [(found[i][1].tolist(), found[i][2].tolist()) for i in range(len(found))] == expected
    assert [found[i][0].tolist() for i in range(len(found))] == [[1, 2]] * len(rows)


def packed(rows: list[tuple[list[int], list[int]]]) -> Tokens:
    def column(parts: list[list[int]]) -> tuple[Any, Any]:
        offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        return np.array([number for part in parts for number in part], np.uint16), offsets

    return Tokens(*column([[1, 2]] * len(rows)), *column([row[0] for row in rows]), *column([row[1] for row in rows]))


@pytest.mark.parametrize("written", range(3))
def test_a_full_disk_leaves_nothing_and_the_next_try_is_whole(
    parent: Path, tmp_path: Path, words: TokenFormat, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    plain, count = manifests.write_whole, iter(range(100))

    def full(file: Path, content: bytes | memoryview) -> None:
        if next(count) == written:
            raise OSError(errno.ENOSPC, "No space left on device", str(file))
        plain(file, content)

    with monkeypatch.context() as patch:
        patch.setattr(manifests, "write_whole", full)
        with pytest.raises(OSError, match="No space left"):
            made(parent, tmp_path / "new", words, [0, 40], {0: SHORT})
    assert list(tmp_path.iterdir()) == []
    made(parent, tmp_path / "new", words, [0, 40], {0: SHORT})
    TraceSet(tmp_path / "new", "train").verify()


def test_what_a_kill_has_left_is_no_data_set_and_is_removed(parent: Path, tmp_path: Path, words: TokenFormat) -> None:
    left = tmp_path / f"{manifests.TEMPORARY}new"
    (left / "train").mkdir(parents=True)
    (left / "train" / "shard-00000.parquet").write_bytes(b"half")
    made(parent, tmp_path / "new", words, [0], {0: SHORT})
    assert [each.name for each in tmp_path.iterdir()] == ["new"]
    with pytest.raises(ValueError, match="never changed"):
        made(parent, tmp_path / "new", words, [0], {0: SHORT})


def test_a_damaged_parent_is_named(parent: Path, tmp_path: Path, words: TokenFormat) -> None:
    copy = made(parent, tmp_path / "copy", words, [0, 1], {})
    name = manifests.load(copy).paths("train")[0][0]
    (copy / name).write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"shard-\d+\.parquet is damaged"):
        made(copy, tmp_path / "new", words, [0], {0: SHORT})
    assert not (tmp_path / "new").exists()


def test_the_answers_can_be_read_without_this_program(parent: Path, tmp_path: Path, words: TokenFormat) -> None:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it has no types

    out = made(parent, tmp_path / "new", words, [0, 1], {1: SHORT})
    table = pq.read_table(out / manifests.load(out).paths("train")[0][0])
    assert table.column(derived.COLUMN).to_pylist() == [[], SHORT.split()]
    about = json.loads(table.schema.metadata[b"twofold"])
    assert about["schema"] == manifests.SCHEMA
