import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import manifest as manifests
from data import shards
from data.generation import generate
from data.shards import TraceSet
from planning.tiles import TilesDomain
from planning.traces import Traces

numbers = st.integers(0, 2**31 - 1)


@st.composite
def traces_and_ids(draw: st.DrawFn) -> tuple[Traces, np.ndarray]:
    width = draw(st.integers(1, 3))
    rows = draw(st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=6))
    codes, plan, events = (np.concatenate([[0], np.cumsum([row[i] for row in rows])]).astype(int) for i in range(3))

    def values(count: int, top: int = 2**31 - 1) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(0, top), min_size=int(count), max_size=int(count))), np.int32)

    traces = Traces(
        values(codes[-1]),
        codes.astype(np.int64),
        values(plan[-1] * width).reshape(-1, width),
        plan.astype(np.int64),
        values(len(rows)),
        values(events[-1], 1).astype(np.uint8),
        values(events[-1] * width).reshape(-1, width),
        values(events[-1]),
        values(events[-1]),
        events.astype(np.int64),
    )
    return traces, values(len(rows) * 16, 255).astype(np.uint8).reshape(-1, 16)


def assert_equal(one: Traces, other: Traces) -> None:
    for field in dataclasses.fields(Traces):
        mine, its = getattr(one, field.name), getattr(other, field.name)
        assert mine.dtype == its.dtype
        assert mine.tolist() == its.tolist(), field.name


@settings(deadline=None)
@given(traces_and_ids(), st.data())
def test_what_is_written_is_read(given: tuple[Traces, np.ndarray], data: st.DataObject) -> None:
    traces, ids = given
    width = traces.states.shape[1]
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(traces), max_size=len(traces))), np.bool_)
    table = shards.table_of(traces.select(keep), ids[keep])
    content = shards.parquet_of(table, {"split": "train"})
    assert content == shards.parquet_of(table, {"split": "train"})
    read = pq.read_table(io.BytesIO(content))
    assert_equal(shards.traces_of(read, width), traces.select(keep))
    assert shards.ids_of(read).tolist() == ids[keep].tolist()
    assert_equal(shards.traces_of(table.slice(1), width), traces.select(np.flatnonzero(keep)[1:]))
    assert shards.ids_of(table.slice(1)).tolist() == ids[keep][1:].tolist()
    assert read.schema.equals(shards.SCHEMA)
    assert json.loads(read.schema.metadata[b"twofold"]) == {"schema": 1, "split": "train"}


def test_a_shard_too_large_for_its_offsets_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2,147,483,648 numbers of g, too many: lower draws_per_shard"):
        shards._lists("g", np.zeros(0, np.int32), np.array([0, 2**31]))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    domain = TilesDomain()
    out = tmp_path_factory.mktemp("traces") / "tiles"
    generate(domain, domain.sampling(3, options={"moves": 9}), num=120, seed=5, out=out, draws_per_shard=8)
    return out


def test_any_examples_in_any_order(directory: Path) -> None:
    traces = TraceSet(directory)
    whole = Traces.concatenate(list(traces), 9)
    assert len(traces) == len(whole) == len(traces.ids) == traces.manifest.count("train") > 90
    assert_equal(traces.traces(slice(None)), whole)
    assert_equal(traces.traces(slice(70, 3, -7)), whole.select(np.arange(70, 3, -7)))
    shuffled = np.random.default_rng(0).permutation(len(whole))
    for chosen in (shuffled, shuffled[:5], np.array([7, 7, 0, 7]), np.array([-1, 0, -len(whole)])):
        assert_equal(traces.traces(chosen), whole.select(chosen % len(whole)))
    assert_equal(traces.traces([3, 1]), whole.select(np.array([3, 1])))
    assert len(traces.traces(np.array([], np.int64))) == len(traces.traces(slice(0, 0))) == 0
    for outside in (len(whole), -len(whole) - 1):
        with pytest.raises(IndexError, match=f"no example {outside}: train has {len(whole)}"):
            traces.traces([0, outside])


def test_only_a_few_shards_stay_in_memory_and_those_are_not_read_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traces = TraceSet(directory)
    traces.traces(slice(None))
    assert len(traces._cache) == 4 < len(traces.manifest.shards)
    monkeypatch.setattr(traces, "_read", None)
    assert len(traces.traces([-1, -2, -3])) == 3


def test_what_was_read_can_be_changed(directory: Path) -> None:
    for traces in (TraceSet(directory).traces([0, 1]), next(iter(TraceSet(directory)))):
        for field in dataclasses.fields(Traces):
            column = getattr(traces, field.name)
            assert column.flags.writeable, field.name  # a kernel would be compiled again for one that is not
            assert column.flags.c_contiguous


@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 0.999])
def test_a_damaged_shard_is_named_and_others_can_be_read(directory: Path, place: float) -> None:
    file = directory / "train/shard-00003.parquet"
    whole = file.read_bytes()
    content = bytearray(whole)
    content[int(place * len(content))] ^= 1
    for damaged in (bytes(content), whole[:-1], b""):
        try:
            file.write_bytes(damaged)
            traces = TraceSet(directory)
            traces.traces(slice(0, 10))
            for read in (traces.verify, lambda traces=traces: traces.ids, lambda traces=traces: list(traces)):
                with pytest.raises(ValueError, match=r"train/shard-00003.parquet is damaged.*restore it"):
                    read()
        finally:
            file.write_bytes(whole)
    TraceSet(directory).verify()


def test_a_missing_shard_is_named(directory: Path) -> None:
    file = directory / "test" / TraceSet(directory, "test").manifest.paths("test")[0][0].split("/")[1]
    moved = file.rename(file.with_name("elsewhere"))
    try:
        with pytest.raises(ValueError, match=r"test/shard-\d+.parquet is missing; resume the data set .*restore it"):
            TraceSet(directory, "test").verify()
        TraceSet(directory, "train").verify()
    finally:
        moved.rename(file)


def test_a_shard_of_another_schema_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = TilesDomain()
    monkeypatch.setattr(manifests, "SCHEMA", 2)
    manifest = generate(domain, domain.sampling(2), num=5, seed=1, out=tmp_path)
    monkeypatch.undo()
    file = tmp_path / "manifest.json"
    file.write_text(dataclasses.replace(manifest).text().replace('"schema": 2', '"schema": 1'))
    with pytest.raises(ValueError, match=r"shard-00000.parquet has schema version 2; this program reads version 1"):
        TraceSet(tmp_path).verify()


def test_an_unknown_split_is_told(directory: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown split 'trian'. Did you mean 'train'\?"):
        TraceSet(directory, "trian")
