"""What a data set is: its settings, its shards with their hashes, and whether it is complete. Written as JSON."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

SCHEMA = 1
FILE_NAME = "manifest.json"
SPLITS = ("train", "test")

TEMPORARY = ".unfinished-"
"""How names of files begin that are not whole yet: nobody reads them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides every byte of a data set, except for how many examples there are."""

    domain: str
    generator: str
    size: int
    options: Mapping[str, int]
    heuristic: str
    random_ties: bool
    seed: int
    max_expansions: int | None
    max_trace_tokens: int | None
    test_percent: int
    draws_per_shard: int

    def difference(self, other: "Settings") -> str | None:
        """Return the first setting that differs, with both values, or None."""
        for name in (each.name for each in fields(self)):
            mine, its = getattr(self, name), getattr(other, name)
            if mine != its:
                return f"{name} is {mine!r} there and {its!r} here"
        return None


@dataclass(frozen=True, slots=True)
class ShardFile:
    """One split of a shard: the number of examples, and the sha256 of the file."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Shard:
    """What came of `draws_per_shard` draws from `first_draw` on; a split without examples has no file.

    Of `LEFT_OUT`, `num_duplicates` were made before, in this shard or an earlier one, `num_too_long` had too many
    tokens, and `num_stopped` searches were stopped by a limit. Draws since the shard before of which nothing is left
    are counted here, too. `max_g` and `max_h` are the greatest costs in any event.
    """

    index: int
    first_draw: int
    num_duplicates: int
    num_too_long: int
    max_g: int
    max_h: int
    files: Mapping[str, ShardFile]
    num_stopped: int = 0

    @property
    def rows(self) -> int:
        """Return the number of examples."""
        return sum(file.rows for file in self.files.values())

    def as_json(self) -> dict[str, Any]:
        """Return the shard as JSON has it; without the number of stopped searches where there were none."""
        files = {split: {"rows": file.rows, "sha256": file.sha256} for split, file in self.files.items()}
        names = _SHARD_FIELDS if self.num_stopped else _SHARD_FIELDS[:-1]
        return {name: getattr(self, name) for name in names} | {"files": files}


LEFT_OUT = ("num_duplicates", "num_too_long", "num_stopped")
_SHARD_FIELDS = tuple(each.name for each in fields(Shard))


@dataclass(frozen=True, slots=True)
class Parent:
    """What examples were improved from: the sha256 of that data set's manifest, and the model that did it."""

    manifest_sha256: str
    model: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A data set: `num` examples are wanted, and `shards` (ascending) are whole on disk."""

    settings: Settings
    num: int
    state_width: int
    shards: tuple[Shard, ...] = ()
    parent: Parent | None = None

    def count(self, split: str) -> int:
        """Return the number of examples of a split."""
        return sum(shard.files[split].rows for shard in self.shards if split in shard.files)

    @property
    def rows(self) -> int:
        """Return the number of examples so far."""
        return sum(shard.rows for shard in self.shards)

    @property
    def complete(self) -> bool:
        """Tell whether there are as many examples as wanted."""
        return self.rows == self.num

    @property
    def max_cost(self) -> int:
        """Return the greatest g or h in any event: every cost that needs a word."""
        return max((max(shard.max_g, shard.max_h) for shard in self.shards), default=0)

    def paths(self, split: str) -> list[tuple[str, ShardFile]]:
        """Return the files of a split with their paths relative to the directory, in the order of the shards."""
        return [(path(split, shard.index), shard.files[split]) for shard in self.shards if split in shard.files]

    def with_shard(self, shard: Shard) -> "Manifest":
        """Return a manifest with one more shard."""
        return replace(self, shards=(*self.shards, shard))

    def text(self) -> str:
        """Return the file: equal data sets have equal bytes. What can be counted is in there for those who read."""
        parts = {
            "schema": SCHEMA,
            "settings": as_json(self.settings),
            "num": self.num,
            **{f"num_{split}": self.count(split) for split in SPLITS},
            "complete": self.complete,
            "max_cost": self.max_cost,
            "state_width": self.state_width,
            "parent": asdict(self.parent) if self.parent else None,
        }
        head = json.dumps(parts, indent=1, ensure_ascii=False).removesuffix("\n}")
        # A line for each shard; there are many of them, and the whole is written after each.
        shards = ",\n".join(f"  {json.dumps(shard.as_json())}" for shard in self.shards)
        return f'{head},\n "shards": [\n{shards}\n ]\n}}\n'

    @property
    def sha256(self) -> str:
        """Return the hash of the file: the name of this data set for those who build upon it."""
        return hashlib.sha256(self.text().encode()).hexdigest()

    def save(self, directory: Path) -> None:
        """Write the manifest; whoever reads sees the old one or the new one, whole."""
        write_whole(directory / FILE_NAME, self.text().encode())


def load(directory: Path) -> Manifest:
    """Read the manifest of a data set.

    Raises:
        ValueError: There is none, it is damaged, or of another schema version.
    """
    file = directory / FILE_NAME
    try:
        parts = json.loads(file.read_bytes())
        check_schema(parts["schema"], file)
        manifest = _parse(parts)
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"{directory} is no data set: it has no {FILE_NAME}; `twofold traces` makes one") from None
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} is damaged ({error!r}): restore it, or make the data set again") from error
    return manifest


def check_schema(found: object, file: Path) -> None:
    """Refuse what another version of this format has written.

    Raises:
        ValueError: It has; the message says which.
    """
    if found != SCHEMA:
        remedy = "make the data set again, or read it with the version that wrote it"
        raise ValueError(f"{file} has schema version {found}; this program reads version {SCHEMA}: {remedy}")


def as_json(settings: Settings) -> dict[str, Any]:
    """Return the settings as JSON has them."""
    return asdict(settings)


def path(split: str, index: int) -> str:
    """Return where a shard's file of one split is, relative to the directory."""
    return f"{split}/shard-{index:05d}.parquet"


def write_whole(file: Path, content: bytes | memoryview) -> None:
    """Write a file under a temporary name, make sure that it is on disk, and rename it; on an error, leave nothing."""
    temporary = file.with_name(f"{TEMPORARY}{os.getpid()}-{file.name}")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:  # a full disk does not say which
            error.filename = str(file)
        raise


@contextmanager
def claimed(directory: Path, resume: bool) -> Iterator[None]:
    """Have a directory to write a data set to, without another run in it, and leave nothing unfinished there.

    Raises:
        ValueError: It holds something and is not to be resumed, or no data set; or another run is writing to it.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ValueError(f"{directory} is not a directory") from None
    handle = _locked(directory)
    try:
        others = [file for file in directory.iterdir() if not file.name.startswith(TEMPORARY)]
        if others and not resume:
            raise ValueError(f"{directory} is not empty: take another directory, or resume the data set in it")
        if others and not (directory / FILE_NAME).exists():
            raise ValueError(f"{directory} holds no data set to resume, but other things: take another directory")
        _clear(directory)
        try:
            yield
        finally:
            _clear(directory)
    finally:
        if handle is not None:
            os.close(handle)


def _locked(directory: Path) -> int | None:
    """Lock a directory, where that is possible, until the handle is closed or this process is gone."""
    try:
        import fcntl  # noqa: PLC0415  (not on every system)
    except ImportError:
        return None
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise ValueError(f"another run is writing to {directory}: wait for it, or end it first") from None
    return handle


def _clear(directory: Path) -> None:
    for folder in (directory, *(directory / split for split in SPLITS)):
        for file in folder.glob(f"{TEMPORARY}*"):
            with suppress(FileNotFoundError):
                file.unlink()


def _parse(parts: Mapping[str, Any]) -> Manifest:
    shards = tuple(_shard(shard) for shard in parts["shards"])
    parent = _typed(Parent, parts["parent"]) if parts["parent"] else None
    settings = _typed(Settings, parts["settings"])
    whole = {"settings": settings, "num": parts["num"], "state_width": parts["state_width"], "shards": shards}
    return _typed(Manifest, whole | {"parent": parent})


def _shard(parts: Mapping[str, Any]) -> Shard:
    files = {split: _typed(ShardFile, file) for split, file in parts["files"].items()}
    return _typed(Shard, {"num_stopped": 0, **parts, "files": files})


def _typed(kind: type[T], parts: Mapping[str, Any]) -> T:
    """Return a record of this kind, after making sure that each value has the type that its field says."""
    for name, hint in get_type_hints(kind).items():
        allowed = tuple(get_origin(one) or one for one in (get_args(hint) if isinstance(hint, UnionType) else (hint,)))
        value = parts[name]
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise TypeError(f"{name} is {value!r}")
    return kind(**parts)
