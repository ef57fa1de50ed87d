"""A cached inventory is built once, whatever happens on the way."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planning.travel.inventory import City
from planning.travel.inventory.store import Meta, write_store
from planning.travel.inventory.store_cache import default_cache_dir, open_cached

ROOT = Path(__file__).parents[2]


class Builder:
    """Builds a tiny store and counts how often."""

    def __init__(self, label: str = "built") -> None:
        self.label, self.num_builds = label, 0

    def __call__(self, path: Path) -> None:
        self.num_builds += 1
        write_store(path, meta=Meta(self.label, True), cities=[City("A", "A", "R")])


def test_the_directory_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TWOFOLD_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert default_cache_dir() == tmp_path / ".cache" / "twofold"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache_dir() == tmp_path / "xdg" / "twofold"
    monkeypatch.setenv("TWOFOLD_CACHE_DIR", str(tmp_path / "mine"))
    assert default_cache_dir() == tmp_path / "mine"
    assert open_cached("a.sqlite", Builder()).label == "built"
    assert (tmp_path / "mine" / "a.sqlite").is_file()


def test_it_is_built_once(tmp_path: Path) -> None:
    build = Builder()
    for _ in range(3):
        assert open_cached("a.sqlite", build, tmp_path / "new" / "place").label == "built"
    assert build.num_builds == 1


def test_a_damaged_file_is_built_again_and_the_user_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    open_cached("a.sqlite", Builder(), tmp_path)
    (tmp_path / "a.sqlite").write_bytes((tmp_path / "a.sqlite").read_bytes()[:5000])
    with caplog.at_level(logging.WARNING):
        assert open_cached("a.sqlite", Builder("again"), tmp_path).label == "again"
    assert "a.sqlite is not a whole inventory store" in caplog.text


def test_without_a_writable_directory_it_is_built_elsewhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no directory")
    with caplog.at_level(logging.WARNING):
        assert open_cached("a.sqlite", Builder(), tmp_path / "file" / "cache").label == "built"
    assert "cannot write to" in caplog.text


def test_an_interrupted_build_leaves_nothing_and_is_done_again(tmp_path: Path) -> None:
    def interrupted(path: Path) -> None:
        def cities() -> Iterator[City]:
            yield City("A", "A", "R")
            raise KeyboardInterrupt

        write_store(path, meta=Meta("half", True), cities=cities())

    with pytest.raises(KeyboardInterrupt):
        open_cached("a.sqlite", interrupted, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert open_cached("a.sqlite", Builder(), tmp_path).label == "built"


KILLED = """
import os, signal, sys
from pathlib import Path
from planning.travel.inventory import City
from planning.travel.inventory.store import Meta, write_store

def cities():
    for k in range(100_000):
        yield City(f"City {k}", "C", "R")
    os.kill(os.getpid(), signal.SIGKILL)

write_store(Path(sys.argv[1]), meta=Meta("half", True), cities=cities())
"""


def test_a_killed_build_leaves_no_half_written_file_in_place(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a.sqlite")], cwd=ROOT, check=False)
    assert killed.returncode != 0
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".a.sqlite.")
    assert open_cached("a.sqlite", Builder(), tmp_path).label == "built"
    assert left.exists(), "it may belong to a build that is still going on"
    os.utime(left, (time.time() - 2 * 86400,) * 2)
    (tmp_path / "a.sqlite").unlink()
    open_cached("a.sqlite", Builder(), tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["a.sqlite"]


def test_what_it_supersedes_goes_when_it_is_a_day_old(tmp_path: Path) -> None:
    for name in ("tables-x-1.sqlite", "tables-x-2.sqlite", "tables-y-1.sqlite"):
        open_cached(name, Builder(), tmp_path)
    for name in ("tables-x-1.sqlite", "tables-y-1.sqlite"):
        os.utime(tmp_path / name, (time.time() - 2 * 86400,) * 2)
    open_cached("tables-x-3.sqlite", Builder(), tmp_path, supersedes="tables-x-*.sqlite")
    left = sorted(item.name for item in tmp_path.iterdir())
    assert left == ["tables-x-2.sqlite", "tables-x-3.sqlite", "tables-y-1.sqlite"]


CONCURRENT = """
import sys
from pathlib import Path
from planning.travel.inventory.demo import open_demo

demo = open_demo(Path(sys.argv[1]))
print(len(demo.cities()), sum(len(demo.hotels(city.name)) for city in demo.cities()))
"""


def test_processes_may_build_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CONCURRENT, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {process.communicate(timeout=120)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(answers) == 1
    assert len(list(tmp_path.iterdir())) == 1
