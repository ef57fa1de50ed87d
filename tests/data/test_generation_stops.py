"""What a run leaves behind that was stopped, and what the next one makes of it."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from data import executors, shards
from data import manifest as manifests
from data.generation import generate
from data.manifest import SPLITS, Manifest
from data.shards import TraceSet
from planning.tiles import TilesDomain
from tests.data.test_generation import contents

TILES = TilesDomain()
HOW: dict[str, Any] = {"seed": 5, "draws_per_shard": 16}

SCRIPT = """
import sys
from data.generation import generate
from planning.tiles import TilesDomain

def main():
    domain = TilesDomain()
    sampling = domain.sampling(3, options={"moves": 12})
    out, num, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    generate(domain, sampling, num=num, seed=5, draws_per_shard=16, out=out, workers=workers, resume=True)

if __name__ == "__main__":
    main()
"""


def made(out: Path, num: int = 150, **changed: Any) -> Manifest:
    return generate(TILES, TILES.sampling(3, options={"moves": 12}), num=num, out=out, **(HOW | changed))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the hashes of a data set of 150 examples that was made at one go."""
    out = tmp_path_factory.mktemp("whole")
    manifest = made(out)
    assert len(manifest.shards) > 8
    return contents(out)


def started(script_directory: Path, out: Path, num: int, workers: int, hash_seed: int) -> "subprocess.Popen[bytes]":
    script = script_directory / "script.py"
    script.write_text(SCRIPT)
    path = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, str(script), str(out), str(num), str(workers)],
        env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": str(hash_seed)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_a_run_that_is_killed_goes_on_where_it_was_with_another_hash_seed(
    tmp_path: Path, expected: dict[str, str]
) -> None:
    out = tmp_path / "out"
    run = started(tmp_path, out, 100_000, workers=2, hash_seed=1)
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and len(list((out / "train").glob("shard-*"))) < 3:
        time.sleep(0.01)
    run.kill()  # the parent only: its workers have to find out
    _, errors = run.communicate(timeout=60)
    assert run.returncode == -signal.SIGKILL
    assert not errors

    stopped = manifests.load(out)
    assert not stopped.complete
    read = sum(len(part) for split in SPLITS for part in TraceSet(out, split))
    assert read == stopped.rows < 150
    with pytest.raises(ValueError, match="is not empty: take another directory, or resume"):
        made(out)
    run = started(tmp_path, out, 150, workers=2, hash_seed=77)
    _, errors = run.communicate(timeout=100)
    assert not errors
    assert contents(out) == expected


@pytest.mark.parametrize("ahead", [2, 6, 9])
def test_no_more_is_drawn_than_is_needed_however_far_the_workers_are_ahead(
    tmp_path: Path, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    drawn = []

    def far_ahead(
        _: int, task: Any, more: Callable[[], Any], answer: Callable[[Any], Any]
    ) -> Generator[Any, None, None]:
        begun: deque[Any] = deque()
        while True:
            while len(begun) < ahead and (argument := more()):
                drawn.append(argument[1])
                begun.append((at_work := task(argument), next(at_work)))
            if not begun:
                return
            at_work, question = begun.popleft()
            with pytest.raises(StopIteration) as end:
                at_work.send(answer(question))
            yield end.value.value

    monkeypatch.setitem(executors.EXECUTORS, "ahead", far_ahead)
    manifest = made(tmp_path, executor="ahead")
    assert contents(tmp_path) == expected
    assert drawn == list(range(len(drawn)))
    assert len(manifest.shards) <= len(drawn) <= len(manifest.shards) + 2


@pytest.mark.parametrize("failing", [2, 5, 9, 12])
def test_a_full_disk_leaves_whole_shards_only(
    tmp_path: Path, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    calls = 0
    fsync = os.fsync

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls >= failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        made(tmp_path)
    monkeypatch.undo()
    assert not [name for name in contents(tmp_path) if manifests.TEMPORARY in name]
    for split in SPLITS:
        TraceSet(tmp_path, split).verify()
    made(tmp_path, resume=True)
    assert contents(tmp_path) == expected


def test_what_a_killed_run_left_is_not_read_and_cleared(tmp_path: Path, expected: dict[str, str]) -> None:
    made(tmp_path, num=60)
    num_train = len(TraceSet(tmp_path))
    left = [
        tmp_path / ".unfinished-1-manifest.json",
        tmp_path / "train" / ".unfinished-1-shard-00007.parquet",
        tmp_path / "train" / "shard-00099.parquet",
        tmp_path / "test" / "shard-00099.parquet",
    ]
    for file in left:
        file.write_bytes(b"PAR1")
    assert len(TraceSet(tmp_path)) == num_train
    TraceSet(tmp_path).verify()
    made(tmp_path, resume=True)
    assert contents(tmp_path) == expected


def test_growing_gives_what_one_go_gives(tmp_path: Path, expected: dict[str, str]) -> None:
    for num in (1, 40, 41, 150):
        assert made(tmp_path, num=num, resume=True).rows == num
    assert contents(tmp_path) == expected
    assert made(tmp_path, resume=True, draws_per_shard=None).complete  # nothing is left to do
    assert contents(tmp_path) == expected
    with pytest.raises(ValueError, match="num is 20, but there are 150 examples already"):
        made(tmp_path, num=20, resume=True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": 6}, "seed is 5 there and 6 here"),
        ({"draws_per_shard": 32}, "draws_per_shard is 16 there and 32 here"),
        ({"random_ties": True}, "random_ties is False there and True here"),
        ({"test_percent": 20}, "test_percent is 10 there and 20 here"),
        ({"max_trace_tokens": 99}, "max_trace_tokens is None there and 99 here"),
    ],
)
def test_other_settings_cannot_go_on(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    made(tmp_path, num=20)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=message):
        made(tmp_path, num=30, resume=True, **changed)
    with pytest.raises(ValueError, match=r"options is {'moves': 12} there and {'moves': 13} here"):
        generate(TILES, TILES.sampling(3, options={"moves": 13}), num=30, out=tmp_path, resume=True, **HOW)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("resume", [False, True])
def test_what_is_no_data_set_is_not_touched(tmp_path: Path, resume: bool) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "shard-00000.parquet").write_text("precious")
    with pytest.raises(ValueError, match="take another directory"):
        made(tmp_path, resume=resume)
    assert (tmp_path / "train" / "shard-00000.parquet").read_text() == "precious"
    assert len(contents(tmp_path)) == 1
    with pytest.raises(ValueError, match="is not a directory"):
        made(tmp_path / "train" / "shard-00000.parquet", resume=resume)


@pytest.mark.parametrize(("num", "split"), [(150, "train"), (150, "test"), (36, "train")])
def test_damaged_and_missing_shards_are_drawn_again_when_going_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, num: int, split: str
) -> None:
    manifest = made(tmp_path, num=num)
    before = contents(tmp_path)
    damaged, gone, *_, last = manifest.paths(split)
    for path, _ in (damaged, last):  # the last shard of 36 examples was cut short
        (tmp_path / path).write_bytes((tmp_path / path).read_bytes()[::-1])
    (tmp_path / gone[0]).unlink()
    with pytest.raises(ValueError, match=rf"{damaged[0]} is damaged.*--resume\) to have it drawn again"):
        TraceSet(tmp_path, split).verify()
    assert made(tmp_path, num=num, resume=True) == manifest
    assert contents(tmp_path) == before
    assert caplog.messages == [
        f"shard {int(path[-13:-8])} was damaged, and has been drawn again" for path, _ in (damaged, gone, last)
    ]


def test_a_shard_that_comes_out_otherwise_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, num=60)
    (tmp_path / "train" / "shard-00001.parquet").write_bytes(b"PAR1")
    before = contents(tmp_path)
    monkeypatch.setattr(shards, "_NUMBERS", ())  # written by another version
    with pytest.raises(ValueError, match=r"shard 1 is damaged, and drawn again it has other bytes.*: restore it"):
        made(tmp_path, num=60, resume=True)
    assert contents(tmp_path) == before


def test_two_runs_do_not_write_to_one_directory(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with (
        manifests.claimed(tmp_path, resume=False),
        pytest.raises(ValueError, match=r"another run is writing to .*: wait for it"),
    ):
        made(tmp_path)
    assert made(tmp_path, num=5).complete
