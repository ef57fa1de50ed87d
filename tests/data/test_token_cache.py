"""A cache holds what encoding gives, is found whole or not at all, and says what is wrong with it."""

import hashlib
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.generation import generate
from data.shards import TraceSet
from data.token_cache import TokenCache, build_cache, format_of_set, open_cache
from data.tokens import TokenFormat
from planning.domain import FORMATS
from planning.domains import DOMAINS
from planning.maze.domain import MazeDomain
from planning.tiles import TilesDomain

FILES = ("prompts.bin", "prompts.offsets.npy", "traces.bin", "traces.offsets.npy", "plans.bin", "plans.offsets.npy")


def make(directory: Path, num: int = 40, **changes: Any) -> Path:
    sampling = TilesDomain().sampling(3, None, {"moves": 12})
    settings: dict[str, Any] = {"seed": 5, "draws_per_shard": 16, "test_percent": 20} | changes
    generate(TilesDomain(), sampling, num=num, out=directory, **settings)
    return directory


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("tiles"))


@pytest.fixture
def tiles(made: Path, tmp_path: Path) -> Path:
    """Return a data set that a test may damage."""
    return Path(shutil.copytree(made, tmp_path / "set"))


def built(tiles: Path, name: str = "compact", split: str = "train") -> TokenCache:
    return build_cache(tiles, format_of_set(tiles, name), split)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_cache_holds_what_encoding_gives(tiles: Path, name: str, split: str) -> None:
    calls: list[tuple[int, int]] = []
    token_format = format_of_set(tiles, name)
    source = TraceSet(tiles, split)
    cache = build_cache(tiles, token_format, split, on_progress=lambda done, num: calls.append((done, num)))
    assert len(source.manifest.paths(split)) > 1, "several shards"
    assert cache.directory == tiles / f"tokens-{name}" / split
    assert (cache.token_format, cache.split, cache.manifest_sha256) == (token_format, split, source.manifest.sha256)
    assert calls[-1] == (len(source), len(source))
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})
    assert len(cache) == len(source) > 0
    expected = token_format.encode(source.traces(slice(None)))
    for i in range(-len(cache), len(cache)):
        for one, other in zip(cache[i], expected[i], strict=True):
            assert one.dtype == np.dtype(np.uint16)
            np.testing.assert_array_equal(one, other)
    with pytest.raises(IndexError, match=f"no example {len(cache)}"):
        cache[len(cache)]
    cache.verify()


def test_the_format_has_words_for_the_greatest_cost(tiles: Path) -> None:
    token_format = format_of_set(tiles, "paper")
    greatest = max(
        max(int(traces.g.max()), int(traces.h.max()))
        for split in ("train", "test")
        for traces in TraceSet(tiles, split)
    )
    assert token_format == TokenFormat(DOMAINS["tiles"], "paper", 3, 3, greatest)
    assert format_of_set(tiles, "paper", 77).max_cost == 77


def test_views_cannot_be_written(tiles: Path) -> None:
    prompt, _, _ = built(tiles)[0]
    assert prompt.base is not None
    with pytest.raises(ValueError, match="read-only"):
        prompt[0] = 0


def test_equal_data_sets_have_equal_caches(tiles: Path, tmp_path: Path) -> None:
    make(tmp_path / "again")
    hashes = [
        [hashlib.sha256((built(place).directory / name).read_bytes()).hexdigest() for name in (*FILES, "cache.json")]
        for place in (tiles, tmp_path / "again")
    ]
    assert hashes[0] == hashes[1]


def test_building_again_does_nothing(tiles: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in built(tiles).directory.iterdir()}
    calls: list[int] = []
    again = build_cache(tiles, format_of_set(tiles, "compact"), on_progress=lambda done, _: calls.append(done))
    assert {file: file.stat().st_mtime_ns for file in again.directory.iterdir()} == before
    assert calls == []


def test_a_cache_travels_without_its_data_set(tiles: Path, tmp_path: Path) -> None:
    cache = built(tiles)
    moved = open_cache(shutil.copytree(cache.directory, tmp_path / "elsewhere"))
    moved.verify()
    np.testing.assert_array_equal(moved.tokens.traces, cache.tokens.traces)


def test_a_cache_is_sent_as_its_directory(tiles: Path) -> None:
    cache = built(tiles)
    sent = pickle.dumps(cache)
    assert len(sent) < 1000
    np.testing.assert_array_equal(pickle.loads(sent).tokens.plans, cache.tokens.plans)


def test_a_stale_cache_is_refused_and_replaced(tiles: Path) -> None:
    cache = built(tiles)
    held = cache.tokens.traces.copy()
    make(tiles, num=60, resume=True)
    with pytest.raises(ValueError, match=r"stale.*data set.*has changed.*build_cache again"):
        open_cache(cache.directory)
    np.testing.assert_array_equal(cache.tokens.traces, held, "what is open stays what it was")
    assert len(built(tiles)) == len(TraceSet(tiles)) > len(cache)
    assert sorted(file.name for file in cache.directory.parent.iterdir()) == ["train"], "nothing is left beside it"


def test_an_empty_split_has_an_empty_cache(tmp_path: Path) -> None:
    make(tmp_path, num=5, test_percent=0)
    assert len(built(tmp_path, split="test")) == 0


def rewrite(cache: Path, change: Callable[[dict[str, Any]], object]) -> None:
    about = json.loads((cache / "cache.json").read_text())
    change(about)
    (cache / "cache.json").write_text(json.dumps(about))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda cache: (cache / "cache.json").unlink(), "is no token cache: it has no cache.json"),
        (lambda cache: (cache / "cache.json").write_text("{"), "cache.json is damaged"),
        (lambda cache: (cache / "cache.json").write_text("[1]"), "schema version None; this program reads version 1"),
        (lambda cache: rewrite(cache, lambda about: about.update(schema=2)), "schema version 2; this program reads"),
        (lambda cache: rewrite(cache, lambda about: about.pop("num")), r"cache.json is damaged \(KeyError\('num'\)"),
        (
            lambda cache: rewrite(cache, lambda about: about.update(num=7)),
            "prompts.offsets.npy is damaged: it does not",
        ),
        (lambda cache: rewrite(cache, lambda about: about.update(files=3)), "cache.json is damaged"),
        (lambda cache: rewrite(cache, lambda about: about["files"].pop("plans.bin")), "does not know plans.bin"),
        (lambda cache: rewrite(cache, lambda about: about["words"].reverse()), "another vocabulary than tiles"),
        (lambda cache: rewrite(cache, lambda about: about["format"].update(domain="tile")), "unknown domain 'tile'"),
        (lambda cache: (cache / "traces.bin").unlink(), "traces.bin is missing"),
        (lambda cache: (cache / "plans.bin").write_bytes(b"12"), "plans.bin is damaged: it has 2 bytes and not"),
        (lambda cache: append(cache / "plans.bin", b"12"), r"plans.bin is damaged: it has [0-9,]+ bytes and not"),
        (lambda cache: overwrite(cache / "traces.offsets.npy", 0, b"?"), r"traces.offsets.npy is damaged"),
        (
            lambda cache: overwrite(cache / "plans.offsets.npy", -8, b"?"),
            "plans.offsets.npy is damaged: it does not fit",
        ),
    ],
)
def test_what_is_wrong_with_a_cache_is_said(tiles: Path, damage: Callable[[Path], object], message: str) -> None:
    cache = built(tiles).directory
    damage(cache)
    with pytest.raises(ValueError, match=message):
        open_cache(cache)


def append(file: Path, content: bytes) -> None:
    file.write_bytes(file.read_bytes() + content)


def overwrite(file: Path, place: int, content: bytes) -> None:
    data = bytearray(file.read_bytes())
    place %= len(data)
    data[place : place + len(content)] = content
    file.write_bytes(data)


@pytest.mark.parametrize("name", FILES)
def test_every_byte_is_under_a_hash(tiles: Path, name: str) -> None:
    cache = built(tiles)
    data = bytearray((cache.directory / name).read_bytes())
    data[len(data) // 2] ^= 1
    (cache.directory / name).write_bytes(data)
    with pytest.raises(ValueError, match=f"{name} is damaged"):
        open_cache(cache.directory).verify()


def test_a_damaged_cache_is_replaced(tiles: Path) -> None:
    cache = built(tiles).directory
    (cache / "traces.bin").unlink()
    built(tiles).verify()


def test_something_else_is_never_replaced(tiles: Path) -> None:
    token_format = format_of_set(tiles, "paper")
    place = tiles / "other"
    place.mkdir()
    with pytest.raises(ValueError, match="is there and is no token cache"):
        build_cache(tiles, token_format, out=place)
    build_cache(tiles, token_format, out=tiles / "mine")
    with pytest.raises(ValueError, match="holds tokens of another data set or split"):
        build_cache(tiles, token_format, "test", out=tiles / "mine")
    with pytest.raises(ValueError, match=r"holds tokens of tiles \(paper, .*, not tiles \(compact"):
        build_cache(tiles, format_of_set(tiles, "compact"), out=tiles / "mine")
    (tiles / "mine" / "notes.txt").write_text("")
    with pytest.raises(ValueError, match=r"is there and is no token cache \(it has \['notes.txt'"):
        build_cache(tiles, token_format, out=tiles / "mine")


def test_another_format_than_asked_for_is_refused(tiles: Path) -> None:
    cache = built(tiles)
    open_cache(cache.directory, cache.token_format)
    with pytest.raises(ValueError, match=r"holds tokens of tiles \(compact.*and tiles \(paper.* is asked for"):
        open_cache(cache.directory, format_of_set(tiles, "paper"))


@pytest.mark.parametrize("kind", ["cost", "damage", "progress"])
def test_a_failed_build_leaves_nothing(tiles: Path, kind: str) -> None:
    token_format = format_of_set(tiles, "paper", 2 if kind == "cost" else None)
    last = TraceSet(tiles).manifest.paths("train")[-1][0]
    if kind == "damage":
        overwrite(tiles / last, -1, b"?")

    def stop(done: int, num: int) -> None:
        if kind == "progress" and done == num:
            raise OSError("no space left on device")

    with pytest.raises((ValueError, OSError), match=r"max_cost of at least|is damaged|no space"):
        build_cache(tiles, token_format, on_progress=stop)
    assert list((tiles / "tokens-paper").iterdir()) == []


def test_a_set_of_another_domain_or_without_examples_is_refused(tiles: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds tiles, and the token format is for maze"):
        build_cache(tiles, TokenFormat(MazeDomain(), "paper", 3, 3, 9))
    with pytest.raises(ValueError, match="is no data set"):
        format_of_set(tmp_path / "nowhere", "paper")
    with pytest.raises(ValueError, match="unknown split 'trian'"):
        build_cache(tiles, format_of_set(tiles, "paper"), "trian")
