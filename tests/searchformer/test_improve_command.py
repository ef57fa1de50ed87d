"""`searchformer improve`: what it takes, what it answers, and what its exit codes mean."""

import errno
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data.generation import generate
from planning.domains import DOMAINS
from searchformer import improvement_sampling, sizes
from searchformer.checkpoint import load
from searchformer.cli import main
from tests.searchformer import improvable, overfitted

BRIEF = ["--rounds", "1", "--samples", "4", "--evaluate", "3", "--steps", "2", "--devices", "cpu"]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sizes.SIZES, "tiny", improvable.SIZE)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    mazes, directory = DOMAINS["maze"], tmp_path_factory.mktemp("data") / "few"
    sampling = mazes.sampling(overfitted.SIZE, options={"tries": 1})
    generate(mazes, sampling, num=16, seed=11, out=directory, test_percent=40)
    return directory


@pytest.fixture(scope="module")
def given(few: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    start = improvable.saved(tmp_path_factory.mktemp("network") / "start", few)
    return ["improve", "--checkpoint", start, "--data", str(few), *BRIEF]


def test_help_explains_all_and_loads_nothing() -> None:
    statement = "from searchformer.cli import main; main(['improve', '--help'])"
    code = f"import sys, contextlib\nwith contextlib.suppress(SystemExit):\n    {statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    *said, loaded = done.stdout.splitlines()
    assert not set(loaded.split()) & {"torch", "lightning", "numpy", "numba", "pyarrow", "rich", "yaml"}
    for word in ("valid-trace", "max-length=X", "--resume", "exit codes", "rounds.csv"):
        assert word in "\n".join(said)


def test_a_loop_is_told_as_a_table_and_leaves_a_checkpoint(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    wanted = ["--set", "warmup_steps=1", "--set", "dropping=0.5 0.5 0 0 0"]
    assert main([*given, "--out", str(out), *wanted]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0].split()[:2] == ["round", "optimal"]
    last = out / "round-1" / "training" / "last"
    assert f"the improved checkpoint is {last}" in said.out
    assert load(last).facts["dropping"] == "0.5 0.5 0 0 0"
    assert "round 1, sampling" in said.err
    assert main([*given, "--out", str(out), *wanted]) == 2
    assert "go on with it by --resume" in capsys.readouterr().err
    assert main([*given, "--out", str(out), *wanted, "--resume"]) == 0
    assert capsys.readouterr().out == said.out


def test_a_round_without_improvement_is_told(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*given, "--out", str(tmp_path / "run"), "--filter", "max-length=0", "--problems", "2"]) == 1
    said = capsys.readouterr()
    assert "round 1 has no shorter optimal answer" in said.err
    assert len(said.out.splitlines()) == 2


STOPS: dict[str, tuple[BaseException, int, str]] = {
    "Ctrl-C": (KeyboardInterrupt(), 130, "interrupted"),
    "a full disk": (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left"),
    "a full memory": (MemoryError(), 1, "lower --batch-size (now 64)"),
}


@pytest.mark.parametrize("why", STOPS)
def test_a_stop_says_how_to_go_on(
    why: str, given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    error, code, sentence = STOPS[why]

    def stopping(work: Any) -> Any:
        raise error

    monkeypatch.setattr(improvement_sampling, "sample", stopping)
    assert main([*given, "--out", str(tmp_path / "run")]) == code
    said = capsys.readouterr().err
    assert sentence in said
    assert "go on with --resume" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--samples", "0"], "'0' is not possible: give a whole number, 1 or more"),
        (["--rounds", "0"], "'0' is not possible"),
        (["--temperature", "0"], "'0' is not possible: give a number above 0"),
        (["--filter", "valid-trac"], "Did you mean 'valid-trace'"),
        (["--filter", "max-length"], "max-length=0.8"),
        (["--set", "learning_rte=1"], "Did you mean 'learning_rate'"),
        (["--set", "optimizer"], "write NAME=VALUE"),
        (["--set", "size=15m"], "size cannot be chosen here"),
        (["--devices", "cpux"], "--devices cpux is not possible here"),
        (["--sampls", "3"], "Did you mean '--samples'"),
        (["--problems", "999"], "999 problems are asked for"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_begins_nothing(
    words: list[str], message: str, given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*given, "--out", str(tmp_path / "run"), *words]) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "run").exists()
