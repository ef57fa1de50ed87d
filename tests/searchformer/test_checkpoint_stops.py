"""Whatever stops a save, a whole checkpoint is there: the previous one, or the new one."""

import errno
import json
import resource
import sys
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from safetensors import SafetensorError

from searchformer import checkpoint
from searchformer.checkpoint import load, save
from tests.searchformer.test_checkpoint import FACTS, WORDS, contents, network

# Killed before each of the steps that make a save durable; each kill is in a fork of one process, for torch is slow.
KILLED = """
import json, os, shutil, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from searchformer import checkpoint
from tests.searchformer.test_checkpoint import WORDS, network

place, step, found = Path(sys.argv[1]) / "best", 0, []
old, new = network(), network(dim=16)
checkpoint.save(place, old, WORDS, {"is": "old"})
while True:
    step += 1
    pid = os.fork()
    if pid == 0:
        left = [step]

        def counted(function):
            def call(*arguments, **named):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*arguments, **named)
            return call

        checkpoint._sync, Path.rename = counted(checkpoint._sync), counted(Path.rename)
        checkpoint.shutil.rmtree = counted(shutil.rmtree)
        checkpoint.save(place, new, WORDS, {"is": "new"})
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if status != signal.SIGKILL:
        assert status == 0
        break
    read = checkpoint.load(place)
    found.append([read.facts["is"], read.network.config.dim, sorted(path.name for path in place.parent.iterdir())])
    checkpoint.save(place, old, WORDS, {"is": "old"})
    assert os.listdir(place.parent) == ["best"], os.listdir(place.parent)
print(json.dumps(found))
"""


def test_a_kill_leaves_the_previous_checkpoint_or_the_new_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    done = run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert {(facts, dim) for facts, dim, _ in found} == {("old", 32), ("new", 16)}
    states = [facts for facts, _, _ in found]
    assert states == sorted(states, reverse=True), "once the new one is there, it stays"
    assert [".best.previous", ".best.unfinished"] in [names for _, _, names in found], "killed between two renames"
    assert len(found) >= 10


def fails_with(error: Exception, after: int = 0) -> Any:
    """Return a function that does nothing so often, and then raises."""
    left = [after]

    def call(*_: object, **__: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise error

    return call


FULL = OSError(errno.ENOSPC, "No space left on device")
STOPS: list[tuple[Any, str, Any]] = [
    (checkpoint, "save_file", fails_with(SafetensorError("I/O error: No space left on device"))),
    (checkpoint, "save_file", fails_with(KeyboardInterrupt())),  # type: ignore[arg-type]  # raised all the same
    (Path, "write_text", fails_with(FULL)),
    (Path, "mkdir", fails_with(FULL, 1)),
    (checkpoint, "_sync", fails_with(FULL, 4)),
]


@pytest.mark.parametrize(("owner", "name", "stop"), STOPS, ids=lambda value: getattr(value, "__name__", None))
def test_a_full_disk_leaves_what_was_there(
    owner: Any, name: str, stop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "best"
    save(place, network(), WORDS, FACTS)
    before = contents(place)
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, stop)
        with pytest.raises((OSError, KeyboardInterrupt), match=r"No space left on device|^$"):
            save(place, network(dim=16), WORDS, {})
    assert [path.name for path in tmp_path.iterdir()] == ["best"]
    assert contents(place) == before


def test_a_new_name_that_does_not_fit_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "best"
    save(place, network(), WORDS, FACTS)
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name.endswith(".unfinished"):
            raise FULL
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename)
        with pytest.raises(OSError, match="No space left"):
            save(place, network(dim=16), WORDS, {})
    assert [path.name for path in tmp_path.iterdir()] == ["best"]
    assert load(place).facts == FACTS


def test_a_file_that_may_not_grow_is_an_error_of_the_system(tmp_path: Path) -> None:
    place = tmp_path / "best"
    save(place, network(), WORDS, FACTS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OSError, match="the weights could not be written"):
            save(place, network(), WORDS, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert load(place).facts == FACTS
    assert [path.name for path in tmp_path.iterdir()] == ["best"]
