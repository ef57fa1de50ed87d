"""`searchformer evaluate`, from the command line to the report."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from data.generation import generate as make_data
from data.tokens import TokenFormat
from planning.maze.domain import MazeDomain
from searchformer import evaluation
from searchformer.checkpoint import save
from searchformer.cli import main
from searchformer.judging import judge
from searchformer.model_card import card
from searchformer.transformer import Transformer, TransformerConfig

DOMAIN = MazeDomain()
FORMAT = TokenFormat(DOMAIN, "compact", 4, 4, 20)
SHORT = ["--num", "5", "--max-tokens", "16", "--astar-runs", "2", "--device", "cpu"]


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return saved(tmp_path_factory.mktemp("checkpoint") / "best", "trace")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("data") / "mazes"
    make_data(DOMAIN, DOMAIN.sampling(4), num=2000, seed=1, out=out)
    return str(out)


def saved(directory: Path, mode: str) -> str:
    save(directory, network(), FORMAT, {"mode": mode})
    return str(directory)


def network() -> Transformer:
    torch.manual_seed(0)
    return Transformer(TransformerConfig(len(FORMAT.words), 16, 1, 1, 2, 64))


def report_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["evaluate", *SHORT, "--json", *arguments]) == 0
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in report.items() if name not in ("seconds", "tokens_per_s")}


def test_a_report_is_written_and_shown(checkpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.json"
    assert main(["evaluate", "--checkpoint", checkpoint, *SHORT, "--report", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "5 problems, one sample each, mode slow" in shown
    assert "cost of a best plan" in shown
    assert list(tmp_path.iterdir()) == [file]
    written = json.loads(file.read_text())
    assert comparable(written) == comparable(report_of(capsys, "--checkpoint", checkpoint))
    assert written["n"] == 5
    assert written["problems"] == {
        "domain": "maze",
        "size": 4,
        "generator": "paper",
        "options": {"min_walls": 30, "max_walls": 50, "tries": 100, "loops": 0},
        "seed": 0,
        "excluded": None,
        "num": 5,
        "num_layouts": written["problems"]["num_layouts"],
    }
    assert len(written["checkpoint"]["sha256"]) == 64
    assert written["settings"]["choice"] == {"temperature": 0.0, "top_k": None, "top_p": None}
    shown = card(network(), FORMAT, {"evaluations": [written]})
    assert "strict solved" in shown


def test_options_reach_the_answers(
    checkpoint: str, data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    several = report_of(capsys, "--checkpoint", checkpoint, "--samples", "3", "--top-k", "5", "--seed", "4")
    assert several["num_samples"] == 3
    assert several["settings"]["choice"] == {"temperature": 1.0, "top_k": 5, "top_p": None}
    assert (several["settings"]["seed"], several["problems"]["seed"]) == (4, 4)
    assert "3-optimal-3" in several["strict"]
    recorded = report_of(capsys, "--checkpoint", checkpoint, "--data", data, "--mode", "fast")
    assert (recorded["mode"], recorded["problems"]["split"], recorded["problems"]["num"]) == ("fast", "test", 5)
    assert recorded["settings"]["heuristic"] == "manhattan"
    excluded = report_of(capsys, "--checkpoint", checkpoint, "--exclude", data, "--domain", "maze", "--size", "4")
    assert excluded["problems"]["excluded"] == data
    plans_alone = report_of(capsys, "--checkpoint", saved(tmp_path / "plans", "plan"))
    assert plans_alone["mode"] == "fast"


def test_an_interrupted_run_goes_on(
    checkpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = report_of(capsys, "--checkpoint", checkpoint)
    file = tmp_path / "report.json"
    arguments = ["evaluate", "--checkpoint", checkpoint, *SHORT, "--json", "--report", str(file)]
    real, count = judge, 0

    def interrupted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(evaluation, "judge", interrupted)
    assert main(arguments) == 130
    said = capsys.readouterr()
    assert (said.out, "--resume" in said.err, file.exists()) == ("", True, False)
    monkeypatch.setattr(evaluation, "judge", real)
    assert main(arguments) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*arguments, "--seed", "1", "--resume"]) == 2
    assert "is asked for" in capsys.readouterr().err
    assert main([*arguments, "--resume"]) == 0
    assert comparable(json.loads(capsys.readouterr().out)) == comparable(whole)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--checkpoint", "nowhere"], "no checkpoint 'nowhere'"),
        (["--size", "6"], "maze of size 4, not --size 6"),
        (["--domain", "sokoban"], "not --domain sokoban"),
        (["--data", "DATA", "--size", "4"], "--size is for fresh problems"),
        (["--data", "nowhere"], "nowhere is no data set"),
        (["--split", "train"], "--split is for a data set"),
        (["--data", "DATA", "--split", "validation"], "unknown split 'validation'"),
        (["--exclude", "nowhere"], "nowhere is no data set"),
        (["--samples", "2", "--temperature", "0"], "all the same"),
        (["--temperature", "-1"], "temperature must be at least 0"),
        (["--top-p", "0"], "top_p must be above 0"),
        (["--max-tokens", "65"], "65"),
        (["--num", "0"], "give a whole number, 1 or more"),
        (["--mode", "slwo"], "slow"),
        (["--device", "nothing"], "--device nothing is not possible"),
        (["--resume"], "give its --report"),
        (["--report", "no/where/report.json"], "there is no directory"),
        (["--generator", "papre"], "Did you mean 'paper'?"),
        (["--option", "min_walls=90"], "min_walls 90"),
        (["--option", "min_walls"], "NAME=VALUE"),
        (["--temprature", "1"], "Did you mean '--temperature'?"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line(
    arguments: list[str], sentence: str, checkpoint: str, data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [data if argument == "DATA" else argument for argument in arguments]
    assert main(["evaluate", "--checkpoint", checkpoint, "--num", "3", *filled]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_program_is_told_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--checkpoint", "nowhere", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["status"] == "ERROR"


def test_full_memory_names_what_to_lower(
    checkpoint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(evaluation, "generate", full)
    assert main(["evaluate", "--checkpoint", checkpoint, *SHORT]) == 2
    assert "lower --batch-size (now 64)" in capsys.readouterr().err


def imported_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_the_help_imports_nothing_heavy() -> None:
    show = (
        "from searchformer.cli import main\nimport contextlib\n"
        "with contextlib.suppress(SystemExit):\n    main(['evaluate', '--help'])"
    )
    assert not imported_by(show) & {"torch", "lightning", "numpy", "rich", "numba", "pyarrow"}


def test_evaluation_needs_no_training_library_and_no_terminal() -> None:
    missing = {"lightning", "rich", "jsonargparse", "matplotlib", "pydantic", "ortools", "pulp", "gymnasium"}
    modules = "import searchformer.evaluation, searchformer.evaluate_command, searchformer.report_table"
    assert not imported_by(f"{modules}, searchformer.partial_results") & missing
