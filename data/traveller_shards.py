"""Simulated travellers as a data set: texts and gold requests in Parquet shards, with a manifest."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # as above

from data import manifest as manifests
from data.manifest import ShardFile, claimed, path, write_whole
from data.personas import SPLITS, Split
from data.shards import read_table
from data.travellers import Traveller, draw_travellers
from planning.travel.inventory import Inventory

KIND = "travellers"
ROWS_PER_SHARD = 1000
SCHEMA = pa.schema(
    [
        pa.field("number", pa.int32(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("gold", pa.string(), nullable=False),
        pa.field("hidden", pa.list_(pa.string()), nullable=False),
        pa.field("who", pa.string(), nullable=False),
        pa.field("register", pa.string(), nullable=False),
        pa.field("purse", pa.string(), nullable=False),
        pa.field("habits", pa.list_(pa.string()), nullable=False),
        pa.field("optimum_cents", pa.int64()),
    ]
)
"""The columns of a shard; `gold` is a `TravelRequest` as JSON, `optimum_cents` is null where there is no such trip."""


@dataclass(frozen=True, slots=True)
class TravellerSettings:
    """What decides every byte: how many of each side, the seed, how many wishes are hidden at most, and the offers."""

    num_train: int
    num_test: int
    seed: int
    max_hidden: int
    priced: bool
    inventory: str

    def num(self, split: Split) -> int:
        """Return how many travellers are on a side."""
        return self.num_train if split == "train" else self.num_test


@dataclass(frozen=True, slots=True)
class TravellerManifest:
    """A data set of travellers; `shards` maps the path of each file that is whole on disk to what it holds."""

    settings: TravellerSettings
    shards: dict[str, ShardFile]

    @property
    def rows(self) -> int:
        """Return the number of travellers so far."""
        return sum(file.rows for file in self.shards.values())

    @property
    def complete(self) -> bool:
        """Tell whether there are as many as wanted."""
        return self.rows == self.settings.num_train + self.settings.num_test

    def text(self) -> str:
        """Return the file: equal data sets have equal bytes."""
        parts = {
            "schema": manifests.SCHEMA,
            "kind": KIND,
            "settings": asdict(self.settings),
            "complete": self.complete,
            "shards": {name: asdict(file) for name, file in sorted(self.shards.items())},
        }
        return json.dumps(parts, indent=1) + "\n"

    def save(self, directory: Path) -> None:
        """Write the manifest; whoever reads sees the old one or the new one, whole."""
        write_whole(directory / manifests.FILE_NAME, self.text().encode())


def generate_travellers(
    inventory: Inventory,
    *,
    num: int,
    seed: int,
    out: Path | str,
    max_hidden: int = 0,
    priced: bool = True,
    test_percent: int = 10,
    resume: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> TravellerManifest:
    """Draw travellers and write them; the same call writes the same bytes, after however many stops.

    Args:
        inventory: What can be booked.
        num: How many travellers.
        seed: Of everything.
        out: The directory, which must be empty or hold the same data set unfinished.
        max_hidden: How many wishes a first text leaves out at most.
        priced: Solve for what each best trip costs (some 0.1 s each).
        test_percent: How many of a hundred are of the side for testing.
        resume: Go on where a stopped run ended.
        on_progress: Called with the numbers of travellers so far and in all.

    Raises:
        ValueError: A number makes no sense, or the directory holds something else.
    """
    if num < 1 or not 0 <= test_percent <= 100 or max_hidden < 0:
        raise ValueError(f"num {num}, test_percent {test_percent}, max_hidden {max_hidden}: give at least 1, 0–100, 0")
    num_test = num * test_percent // 100
    settings = TravellerSettings(num - num_test, num_test, seed, max_hidden, priced, inventory.label)
    directory = Path(out)
    with claimed(directory, resume):
        manifest = _opened(directory, settings)
        for split in SPLITS:
            (directory / split).mkdir(exist_ok=True)
            for index, numbers in enumerate(_ranges(settings.num(split))):
                name = path(split, index)
                if name not in manifest.shards:
                    file = _write(directory / name, settings, split, numbers, inventory)
                    manifest = replace(manifest, shards=manifest.shards | {name: file})
                    manifest.save(directory)
                if on_progress:
                    on_progress(manifest.rows, num)
    return manifest


def load_travellers(directory: Path) -> TravellerManifest:
    """Read the manifest of a data set of travellers.

    Raises:
        ValueError: There is none, or it is damaged or of another kind.
    """
    file = directory / manifests.FILE_NAME
    try:
        parts = json.loads(file.read_bytes())
        manifests.check_schema(parts["schema"], file)
        if parts.get("kind") != KIND:
            raise ValueError(f"{file} is of another kind of data set: `twofold travellers` reads its own")
        shards = {str(name): ShardFile(**each) for name, each in parts["shards"].items()}
        return TravellerManifest(TravellerSettings(**parts["settings"]), shards)
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"{directory} is no data set: it has no {manifests.FILE_NAME}") from None
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} is damaged ({error!r}): make the data set again") from error


def read_travellers(directory: Path, split: Split) -> Iterator[dict[str, Any]]:
    """Yield the rows of one side as dictionaries, in order.

    Raises:
        ValueError: A file is missing, or not what was written.
    """
    manifest = load_travellers(directory)
    for name, file in sorted(manifest.shards.items()):
        if name.startswith(f"{split}/"):
            yield from read_table(directory / name, file.sha256).to_pylist()


def _opened(directory: Path, settings: TravellerSettings) -> TravellerManifest:
    if not (directory / manifests.FILE_NAME).exists():
        manifest = TravellerManifest(settings, {})
        manifest.save(directory)
        return manifest
    manifest = load_travellers(directory)
    if manifest.settings != settings:
        raise ValueError(f"cannot resume with other settings: {manifest.settings} there; take another directory")
    return manifest


def _ranges(num: int) -> Iterator[range]:
    for first in range(0, num, ROWS_PER_SHARD):
        yield range(first, min(num, first + ROWS_PER_SHARD))


def _write(file: Path, settings: TravellerSettings, split: Split, numbers: range, inventory: Inventory) -> ShardFile:
    drawn = draw_travellers(
        inventory,
        seed=settings.seed,
        split=split,
        numbers=numbers,
        max_hidden=settings.max_hidden,
        priced=settings.priced,
    )
    content = _parquet([_row(traveller) for traveller in drawn])
    write_whole(file, content)
    return ShardFile(len(numbers), hashlib.sha256(content).hexdigest())


def _row(traveller: Traveller) -> dict[str, Any]:
    persona = traveller.persona
    return {
        "number": traveller.number,
        "text": traveller.text,
        "gold": traveller.gold.model_dump_json(exclude={"provenance"}),
        "hidden": list(traveller.hidden),
        "who": persona.who,
        "register": persona.register,
        "purse": persona.purse,
        "habits": list(persona.habits),
        "optimum_cents": traveller.optimum_cents,
    }


def _parquet(rows: Sequence[dict[str, Any]]) -> memoryview:
    metadata = {b"twofold": json.dumps({"schema": manifests.SCHEMA, "kind": KIND}).encode()}
    table = pa.Table.from_pylist(list(rows), schema=SCHEMA.with_metadata(metadata))
    stream = pa.BufferOutputStream()
    pq.write_table(table, stream, compression="zstd", compression_level=3, write_statistics=False)
    return memoryview(stream.getvalue())
