import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from data import manifest as manifests
from data.generation import generate
from data.manifest import Manifest, Parent, Settings, Shard, ShardFile
from data.shards import TraceSet
from planning.tiles import TilesDomain

SETTINGS = Settings("maze", "paper", 10, {"tries": 100}, "manhattan", False, 3, None, 10_000, 10, 64)
SHARDS = (
    Shard(0, 0, 3, 1, 40, 18, {"train": ShardFile(9, "ab"), "test": ShardFile(1, "cd")}),
    Shard(2, 128, 0, 0, 12, 30, {"test": ShardFile(5, "ef")}),
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    for parent in (None, Parent("0123", "a model")):
        manifest = Manifest(SETTINGS, 15, 1, SHARDS, parent)
        manifest.save(tmp_path)
        assert manifests.load(tmp_path) == manifest
        assert manifests.load(tmp_path).sha256 == manifest.sha256
        assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


def test_counts_are_those_of_the_files() -> None:
    manifest = Manifest(SETTINGS, 15, 1, SHARDS)
    assert (manifest.count("train"), manifest.count("test"), manifest.rows, manifest.max_cost) == (9, 6, 15, 40)
    assert manifest.complete
    assert not replace(manifest, num=16).complete
    assert [path for path, _ in manifest.paths("test")] == ["test/shard-00000.parquet", "test/shard-00002.parquet"]
    assert [path for path, _ in manifest.paths("train")] == ["train/shard-00000.parquet"]
    empty = Manifest(SETTINGS, 15, 1)
    assert (empty.rows, empty.max_cost, empty.paths("test")) == (0, 0, [])


def test_settings_name_what_differs() -> None:
    assert SETTINGS.difference(replace(SETTINGS)) is None
    assert SETTINGS.difference(replace(SETTINGS, seed=4)) == "seed is 3 there and 4 here"
    assert "options is {'tries': 100} there" in str(SETTINGS.difference(replace(SETTINGS, options={"tries": 9})))


def test_another_schema_version_is_named(tmp_path: Path) -> None:
    Manifest(SETTINGS, 15, 1, SHARDS).save(tmp_path)
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": 7}))
    with pytest.raises(ValueError, match=r"manifest.json has schema version 7; this program reads version 1"):
        manifests.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"{}", b'{"schema": 1, "shards": 3}'])
def test_a_damaged_manifest_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"manifest.json is damaged"):
        manifests.load(tmp_path)


def test_a_directory_without_manifest_is_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for directory in (tmp_path, tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(ValueError, match="is no data set"):
            manifests.load(directory)


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Manifest(SETTINGS, 15, 1, SHARDS[:1])
    old.save(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/manifest.json'"):
        old.with_shard(SHARDS[1]).save(tmp_path)
    assert manifests.load(tmp_path) == old
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("num", "abc"), ("num", True), ("state_width", "3"), ("shards", 7), ("parent", 3), ("settings", None)],
)
def test_a_manifest_with_values_of_another_type_is_damaged(tmp_path: Path, name: str, value: object) -> None:
    domain = TilesDomain()
    generate(domain, domain.sampling(2), num=5, seed=1, out=tmp_path / "set")
    file = tmp_path / "set" / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))
    with pytest.raises(ValueError, match="is damaged"):
        manifests.load(tmp_path / "set")


def test_rows_that_are_not_those_of_the_file_are_noticed(tmp_path: Path) -> None:
    domain = TilesDomain()
    generate(domain, domain.sampling(2), num=5, seed=1, out=tmp_path / "set")
    file = tmp_path / "set" / "manifest.json"
    content = json.loads(file.read_text())
    split, entry = next(iter(content["shards"][0]["files"].items()))
    entry["rows"] += 1
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="by the manifest"):
        TraceSet(tmp_path / "set", split).verify()
