"""Traces as Parquet: one row per example, columns straight from the arrays; and `TraceSet`, which reads them."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # as above
from numpy.typing import NDArray

from data import manifest as manifests
from data.manifest import SPLITS, Manifest, ShardFile
from data.splitting import ID_BYTES, Bytes
from planning.traces import Ints, Offsets, Traces
from solvers import registry

_METADATA = b"twofold"
_NUM_CACHED = 4


def _list_of(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("element", kind, nullable=False))


SCHEMA = pa.schema(
    [
        pa.field("id", pa.binary(ID_BYTES), nullable=False),
        pa.field("codes", _list_of(pa.int32()), nullable=False),
        pa.field("plan", _list_of(pa.int32()), nullable=False),
        pa.field("cost", pa.int32(), nullable=False),
        pa.field("kinds", _list_of(pa.uint8()), nullable=False),
        pa.field("states", _list_of(pa.int32()), nullable=False),
        pa.field("g", _list_of(pa.int32()), nullable=False),
        pa.field("h", _list_of(pa.int32()), nullable=False),
    ]
)
"""The columns of a shard; `plan` and `states` are flattened: `state_width` numbers for each state."""


# Numbers are small: their high bytes, side by side, compress to nothing. Measured on mazes and Sokoban against
# dictionaries and deltas: a fifth to a third smaller, and faster.
_NUMBERS = ("cost", *(f"{name}.list.element" for name in ("codes", "plan", "states", "g", "h")))


def table_of(traces: Traces, ids: Bytes) -> pa.Table:
    """Return traces and their ids, uint8 [N, 16], as a table of `SCHEMA`; nothing is copied but the offsets."""
    width = traces.states.shape[1]
    columns = {
        "id": _array(pa.binary(ID_BYTES), len(ids), ids),
        "codes": _lists("codes", traces.codes, traces.code_offsets),
        "plan": _lists("plan", traces.plans.reshape(-1), traces.plan_offsets * width),
        "cost": _array(pa.int32(), len(traces), traces.costs),
        "kinds": _lists("kinds", traces.kinds, traces.event_offsets),
        "states": _lists("states", traces.states.reshape(-1), traces.event_offsets * width),
        "g": _lists("g", traces.g, traces.event_offsets),
        "h": _lists("h", traces.h, traces.event_offsets),
    }
    return pa.Table.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def traces_of(table: pa.Table, state_width: int) -> Traces:
    """Return the traces of a table of `SCHEMA`, as arrays of their own."""
    columns = {name: _flat(table, name) for name in ("codes", "plan", "kinds", "states", "g", "h")}
    states, plan = columns["states"][0].reshape(-1, state_width), columns["plan"][0].reshape(-1, state_width)
    return Traces(
        *columns["codes"],
        plan,
        columns["plan"][1] // state_width,
        _costs(table),
        columns["kinds"][0],
        states,
        columns["g"][0],
        columns["h"][0],
        columns["kinds"][1],
    )


def parquet_of(table: pa.Table, about: Mapping[str, Any]) -> memoryview:
    """Return a table as a Parquet file, with what it is about in its metadata; equal values give equal bytes."""
    metadata = {_METADATA: json.dumps({"schema": manifests.SCHEMA} | dict(about)).encode()}
    stream = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata(metadata),
        stream,
        row_group_size=max(1, len(table)),
        compression="zstd",
        compression_level=1,
        use_dictionary=["kinds.list.element"],
        column_encoding=dict.fromkeys(_NUMBERS, "BYTE_STREAM_SPLIT"),
        write_statistics=False,
    )
    return memoryview(stream.getvalue())


class DamagedError(ValueError):
    """A shard's file is missing, or not what was written."""


def read_table(file: Path, sha256: str, columns: list[str] | None = None) -> pa.Table:
    """Read a shard's file, or some of its columns, after making sure that it is what was written.

    Raises:
        DamagedError: It is missing or damaged.
        ValueError: It is of another schema version.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise DamagedError(f"{file} is missing; {_REMEDY}") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedError(f"{file} is damaged: its sha256 is not the one in the manifest; {_REMEDY}")
    reader = pq.ParquetFile(pa.BufferReader(content))
    about = (reader.schema_arrow.metadata or {}).get(_METADATA, b"{}")
    manifests.check_schema(json.loads(about).get("schema"), file)
    return reader.read(columns, use_threads=False)


_REMEDY = "resume the data set (`twofold traces` with its settings and --resume) to have it drawn again, or restore it"


def summary(file: Path, entry: ShardFile, state_width: int) -> tuple[Bytes, Offsets, Offsets, Ints]:
    """Return ids, numbers of states in the plans and of events in the traces, and costs, of a shard's file."""
    table = read_table(file, entry.sha256, ["id", "plan", "kinds", "cost"])
    plan_lengths = np.diff(_flat(table, "plan")[1]) // state_width
    return ids_of(table), plan_lengths, np.diff(_flat(table, "kinds")[1]), _costs(table)


class TraceSet:
    """One split of a data set, read shard by shard; of what was read, the last few shards are kept in memory.

    Args:
        directory: where `generate` wrote it; shards that were finished can be read while others are being made.
        split: "train" or "test".

    Raises:
        ValueError: There is no data set, or no such split; later, a shard is missing, damaged or of another version.
    """

    def __init__(self, directory: Path | str, split: str = "train") -> None:
        if split not in SPLITS:
            raise ValueError(registry.unknown("split", split, SPLITS))
        self.directory, self.split = Path(directory), split
        self.manifest: Manifest = manifests.load(self.directory)
        self._files: list[tuple[str, ShardFile]] = self.manifest.paths(split)
        rows = [file.rows for _, file in self._files]
        self._starts: Offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(rows, dtype=np.int64)])
        self._cache: OrderedDict[int, Traces] = OrderedDict()

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __iter__(self) -> Iterator[Traces]:
        """Yield the traces of one shard after the other; nothing is kept."""
        for path, file in self._files:
            yield traces_of(self._read(path, file), self.manifest.state_width)

    @property
    def ids(self) -> Bytes:
        """Return the ids of all examples, uint8 [N, 16]."""
        return np.concatenate(
            [np.zeros((0, ID_BYTES), np.uint8), *(ids_of(self._read(*each, ["id"])) for each in self._files)]
        )

    def traces(self, indices: slice | NDArray[np.integer[Any]] | list[int]) -> Traces:
        """Return the examples with these numbers (from 0; from the end where negative), in this order.

        Raises:
            IndexError: There is no example of a number.
        """
        chosen = np.arange(len(self))[indices] if isinstance(indices, slice) else self._numbers(np.asarray(indices))
        places = np.searchsorted(self._starts, chosen, side="right") - 1
        parts, order = [], []
        for place in np.unique(places).tolist():
            wanted = np.flatnonzero(places == place)
            parts.append(self._shard(place).select(chosen[wanted] - self._starts[place]))
            order.append(wanted)
        joined = Traces.concatenate(parts, self.manifest.state_width)
        return joined.select(np.argsort(np.concatenate(order))) if len(parts) > 1 else joined

    def verify(self) -> None:
        """Read every file of this split.

        Raises:
            ValueError: One is missing, damaged or of another version; the message names it.
        """
        for path, file in self._files:
            self._read(path, file, ["id"])

    def _numbers(self, indices: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        outside = indices[(indices < -len(self)) | (indices >= len(self))]
        if len(outside):
            raise IndexError(f"there is no example {outside[0]}: {self.split} has {len(self)}, from 0")
        return np.where(indices < 0, indices + len(self), indices).astype(np.int64)

    def _shard(self, place: int) -> Traces:
        if place not in self._cache:
            self._cache[place] = traces_of(self._read(*self._files[place]), self.manifest.state_width)
            if len(self._cache) > _NUM_CACHED:
                self._cache.popitem(last=False)
        self._cache.move_to_end(place)
        return self._cache[place]

    def _read(self, path: str, file: ShardFile, columns: list[str] | None = None) -> pa.Table:
        table = read_table(self.directory / path, file.sha256, columns)
        if len(table) != file.rows:
            raise ValueError(
                f"{self.directory / path} has {len(table)} examples, and {file.rows} by the manifest, which is damaged"
            )
        return table


@contextmanager
def returning_memory() -> Iterator[None]:
    """Let pyarrow give back what it frees: its own pool would keep some 30 MB a worker, and is not faster here."""
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)


def ids_of(table: pa.Table) -> Bytes:
    """Return the ids of a table, uint8 [N, 16]."""
    return _view(_whole(table, "id"), np.dtype((np.void, ID_BYTES))).view(np.uint8).reshape(-1, ID_BYTES)


def _lists(name: str, values: NDArray[Any], offsets: Offsets) -> pa.ListArray:
    if offsets[-1] > np.iinfo(np.int32).max:
        raise ValueError(f"one shard would hold {offsets[-1]:,} numbers of {name}, too many: lower draws_per_shard")
    kind = SCHEMA.field(name).type
    starts = _array(pa.int32(), len(offsets), offsets.astype(np.int32))
    return pa.ListArray.from_arrays(starts, _array(kind.value_type, len(values), values), type=kind)


def _array(kind: pa.DataType, length: int, values: NDArray[Any]) -> pa.Array:
    """Return an array on top of the memory of another; `pa.array` would import pandas if it is installed."""
    return pa.Array.from_buffers(kind, length, [None, pa.py_buffer(np.ascontiguousarray(values))])


def _flat(table: pa.Table, name: str) -> tuple[NDArray[Any], Offsets]:
    """Return the values of a list column, copied, and where each row's begin."""
    column = _whole(table, name)
    starts = _view(column, np.int32, 1)
    kind = np.uint8 if pa.types.is_uint8(column.type.value_type) else np.int32
    values = _view(column.values, kind)[starts[0] : starts[-1]]
    return values.copy(), starts.astype(np.int64) - starts[0]


def _costs(table: pa.Table) -> Ints:
    return _view(_whole(table, "cost"), np.int32).copy()


def _whole(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _view(array: pa.Array, kind: Any, extra: int = 0) -> NDArray[Any]:
    """Return the numbers of an array (of lists: the offsets) as they are; `to_numpy` would import pandas, too."""
    content = array.buffers()[1]
    if content is None or not content.size:  # of an array without rows
        return np.zeros(extra, kind)
    return np.frombuffer(content, kind)[array.offset : array.offset + len(array) + extra]
