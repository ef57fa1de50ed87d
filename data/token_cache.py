"""Packed tokens on disk for training: three columns of 16-bit numbers, mapped into memory and never read as a whole.

A cache is a directory: `prompts`, `traces` and `plans`, each as `.bin` (little-endian uint16) and `.offsets.npy` (int64
[N + 1]), with `cache.json`: the vocabulary, the hashes, and the sha256 of the manifest of the data set behind it.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from data import manifest as manifests
from data.shards import TraceSet
from data.tokens import TokenFormat, Tokens, format_for, format_from
from planning.domains import DOMAINS
from planning.traces import Offsets
from solvers import registry

SCHEMA: Final = 1
FILE_NAME: Final = "cache.json"
COLUMNS: Final = ("prompts", "traces", "plans")
_WORD: Final = np.dtype("<u2")


@dataclass(frozen=True, slots=True)
class CacheFile:
    """One file of a cache: its size and its hash."""

    num_bytes: int
    sha256: str


@final
@dataclass(frozen=True, slots=True, eq=False)
class TokenCache:
    """The tokens of one split of a data set, mapped into memory; `cache[i]` is its prompt, trace and plan, as views.

    What is sent to another process is the directory alone; it is opened there again.
    """

    directory: Path
    token_format: TokenFormat
    split: str
    manifest_sha256: str
    tokens: Tokens
    files: Mapping[str, CacheFile]

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, i: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return views (uint16) of the prompt, with `bos` and `eos`, and of the trace and the plan, without."""
        return self.tokens[i]

    def __reduce__(self) -> tuple[Any, ...]:
        return open_cache, (self.directory,)

    def verify(self) -> None:
        """Read every file.

        Raises:
            ValueError: One is damaged; the message names it.
        """
        for name, file in self.files.items():
            if _sha256(self.directory / name) != file.sha256:
                raise ValueError(f"{self.directory / name} is damaged: its sha256 is not the one in {FILE_NAME}")


def format_of_set(directory: Path | str, name: str, max_cost: int | None = None) -> TokenFormat:
    """Return the token format for a data set: of its size, with words up to its greatest cost, unless told otherwise.

    Raises:
        ValueError: There is no data set, it has no examples, or they have no such format.
    """
    for split in manifests.SPLITS:
        traces = TraceSet(directory, split)
        if not len(traces):
            continue
        settings = traces.manifest.settings
        domain = registry.lookup("domain", settings.domain, DOMAINS)
        if domain.unit > 1:
            raise ValueError(f"the costs of {domain.name} are in parts of a cell, 1/{domain.unit}: they have no words")
        problem = domain.problem(traces.traces([0]).codes.tolist())
        return format_for(domain, problem, name, traces.manifest.max_cost if max_cost is None else max_cost)
    raise ValueError(f"the data set {directory} has no examples yet: `twofold traces` makes them")


def build_cache(
    directory: Path | str,
    token_format: TokenFormat,
    split: str = "train",
    *,
    out: Path | str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> TokenCache:
    """Write one split of a data set as tokens, shard by shard, and open them; nothing is done if they are there.

    A cache of an earlier state of the data set, or a damaged one, is replaced. It is built aside and renamed: whoever
    opens `out` finds a whole cache or none.

    Args:
        directory: where the data set is.
        token_format: one of the data set's domain and size; `format_of_set` makes it.
        split: "train" or "test".
        out: where to write; beside the shards (`tokens-<format>/<split>`), unless given.
        on_progress: called after each shard with the number of examples that are done, and of all.

    Raises:
        ValueError: The data set is damaged, does not fit the format, or `out` holds something else.
    """
    source = TraceSet(directory, split)
    if source.manifest.settings.domain != token_format.domain.name:
        found = source.manifest.settings.domain
        raise ValueError(f"{directory} holds {found}, and the token format is for {token_format.domain.name}")
    place = Path(out) if out is not None else Path(directory) / f"tokens-{token_format.name}" / split
    present = _present(place, token_format, source)
    if present is not None:
        return present
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=manifests.TEMPORARY, dir=place.parent) as aside:
        new = Path(aside) / "new"
        new.mkdir()
        _write(new, place, source, token_format, on_progress)
        if place.exists():
            place.rename(Path(aside) / "old")
        new.rename(place)
    return open_cache(place)


def open_cache(directory: Path | str, token_format: TokenFormat | None = None) -> TokenCache:
    """Map a cache into memory, after a look at the sizes of its files; `verify` looks at their content.

    Args:
        directory: where the cache is.
        token_format: the format that it has to be of, if that matters.

    Raises:
        ValueError: There is none; it is damaged, of another schema version or vocabulary; or the data set that it was
            made of, if that is where it was, has changed since then.
    """
    place = Path(directory)
    about = _read_about(place)
    try:
        found = format_from(about["format"])
        files = {name: CacheFile(**file) for name, file in about["files"].items()}
        parent, num, words = about["parent"], about["num"], tuple(about["words"])
        split, sha256, relative = parent["split"], parent["manifest_sha256"], parent["directory"]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{place / FILE_NAME} is damaged ({error!r}); {_REMEDY}") from error
    if words != found.words:
        raise ValueError(f"{place} was written with another vocabulary than {_named(found)} has today; {_REMEDY}")
    if token_format is not None and token_format != found:
        raise ValueError(f"{place} holds tokens of {_named(found)}, and {_named(token_format)} is asked for")
    _check_parent(place, place / relative, sha256)
    for name in _file_names():
        _check_size(place / name, files.get(name))
    columns = [part for column in COLUMNS for part in _mapped(place, column, num)]
    return TokenCache(place, found, split, sha256, Tokens(*columns), files)


_REMEDY = "build it again: delete the directory, then call build_cache"


def _present(place: Path, token_format: TokenFormat, source: TraceSet) -> TokenCache | None:
    """Return the cache if it is there and right, None if it is to be written; refuse to replace something else."""
    if not place.exists():
        return None
    others = sorted(file.name for file in place.iterdir() if file.name not in (*_file_names(), FILE_NAME))
    if others or not (place / FILE_NAME).exists():
        raise ValueError(f"{place} is there and is no token cache (it has {others[:3] or 'no ' + FILE_NAME})")
    try:
        cache = open_cache(place)
    except ValueError:
        return None
    if cache.token_format != token_format:
        remedy = "choose another place, or delete it"
        raise ValueError(f"{place} holds tokens of {_named(cache.token_format)}, not {_named(token_format)}: {remedy}")
    if (cache.split, cache.manifest_sha256) != (source.split, source.manifest.sha256):
        raise ValueError(f"{place} holds tokens of another data set or split: choose another place, or delete it")
    return cache


def _write(
    new: Path,
    place: Path,
    source: TraceSet,
    token_format: TokenFormat,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    num, done = len(source), 0
    writers = [_ColumnWriter(new, column, num) for column in COLUMNS]
    try:
        for traces in source:
            tokens = token_format.encode(traces)
            columns = (
                (tokens.prompts, tokens.prompt_offsets),
                (tokens.traces, tokens.trace_offsets),
                (tokens.plans, tokens.plan_offsets),
            )
            for writer, (numbers, offsets) in zip(writers, columns, strict=True):
                writer.append(numbers, offsets)
            done += len(tokens)
            if on_progress is not None:
                on_progress(done, num)
    finally:
        for writer in writers:
            writer.close()
    parent = {
        "directory": Path(os.path.relpath(source.directory.resolve(), place.resolve())).as_posix(),
        "split": source.split,
        "manifest_sha256": source.manifest.sha256,
    }
    files = {name: {"num_bytes": (new / name).stat().st_size, "sha256": _sha256(new / name)} for name in _file_names()}
    about = {"schema": SCHEMA, "format": token_format.description(), "num": num, "parent": parent, "files": files}
    text = json.dumps(about | {"words": token_format.words}, indent=1, ensure_ascii=False)
    manifests.write_whole(new / FILE_NAME, (text + "\n").encode())


class _ColumnWriter:
    """Appends tokens to one column; what it holds in memory does not grow."""

    def __init__(self, directory: Path, column: str, num: int) -> None:
        self._stream = (directory / f"{column}.bin").open("wb")
        file = directory / f"{column}.offsets.npy"
        self._offsets = np.lib.format.open_memmap(file, mode="w+", dtype=np.dtype("<i8"), shape=(num + 1,))
        self._row = 0

    def append(self, tokens: np.ndarray[Any, Any], offsets: Offsets) -> None:
        end = self._row + len(offsets) - 1
        self._offsets[self._row + 1 : end + 1] = self._offsets[self._row] + offsets[1:]
        self._row = end
        self._stream.write(tokens.astype(_WORD, copy=False).tobytes())

    def close(self) -> None:
        self._offsets.flush()
        del self._offsets
        with self._stream:
            self._stream.flush()
            os.fsync(self._stream.fileno())


def _read_about(place: Path) -> dict[str, Any]:
    file = place / FILE_NAME
    try:
        about = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"{place} is no token cache: it has no {FILE_NAME}; build_cache makes one") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} is damaged ({error}); {_REMEDY}") from error
    version = about.get("schema") if isinstance(about, dict) else None
    if version != SCHEMA:
        raise ValueError(f"{file} has schema version {version}; this program reads version {SCHEMA}; {_REMEDY}")
    return about  # type: ignore[no-any-return]  # a dict with a schema, as was just seen


def _check_parent(place: Path, parent: Path, sha256: str) -> None:
    """Refuse a cache whose data set has changed; one that was taken elsewhere without its data set is good."""
    if (parent / manifests.FILE_NAME).exists() and manifests.load(parent).sha256 != sha256:
        raise ValueError(f"{place} is stale: the data set that it was made of has changed; call build_cache again")


def _check_size(file: Path, expected: CacheFile | None) -> None:
    if expected is None:
        raise ValueError(f"{file.parent / FILE_NAME} is damaged: it does not know {file.name}; {_REMEDY}")
    if not file.exists():
        raise ValueError(f"{file} is missing; {_REMEDY}")
    found = file.stat().st_size
    if found != expected.num_bytes:
        raise ValueError(f"{file} is damaged: it has {found:,} bytes and not {expected.num_bytes:,}; {_REMEDY}")


def _mapped(place: Path, column: str, num: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    file = place / f"{column}.bin"
    # An empty file cannot be mapped. Plain arrays: a slice of a memmap takes five times as long.
    tokens = np.memmap(file, _WORD, "r").view(np.ndarray) if file.stat().st_size else np.zeros(0, _WORD)
    try:
        offsets = np.load(place / f"{column}.offsets.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except ValueError as error:
        raise ValueError(f"{place / column}.offsets.npy is damaged ({error}); {_REMEDY}") from error
    if offsets.shape != (num + 1,) or offsets[0] != 0 or offsets[-1] != len(tokens):
        raise ValueError(f"{place / column}.offsets.npy is damaged: it does not fit {file.name}; {_REMEDY}")
    return tokens, offsets


def _file_names() -> tuple[str, ...]:
    return tuple(f"{column}{ending}" for column in COLUMNS for ending in (".bin", ".offsets.npy"))


def _named(token_format: TokenFormat) -> str:
    about = token_format
    return f"{about.domain.name} ({about.name}, {about.width} × {about.height} cells, costs up to {about.max_cost})"


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
