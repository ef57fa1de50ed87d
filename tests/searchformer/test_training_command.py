"""`searchformer train`: what it takes, what it answers, and what it does not load."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it has no types

from searchformer import sizes
from searchformer.cli import COMMANDS, Command, main
from searchformer.run_record import read_settings
from searchformer.sizes import Size
from searchformer.training_config import KINDS, config_from, preset_text


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sizes.SIZES, "tiny", Size(32, 1, 2))


def modules_after(statement: str) -> set[str]:
    code = f"import sys, contextlib\nwith contextlib.suppress(SystemExit):\n    {statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "words", [["--help"], ["train", "--help"], ["train", "--config", "maze-6-tiny", "--print_config"]]
)
def test_help_loads_neither_torch_nor_lightning(words: list[str]) -> None:
    loaded = modules_after(f"from searchformer.cli import main; main({words!r})")
    assert not loaded & {"torch", "lightning", "numpy", "jsonargparse", "rich", "numba", "pyarrow"}


def test_what_is_not_training_does_without_lightning() -> None:
    parts = "batches, losses, optimizers, validation, generation, checkpoint, planner, sizes, kernels, training_config"
    loaded = modules_after(f"from searchformer import {parts}")
    assert not {name.partition(".")[0] for name in loaded} & {
        "lightning",
        "jsonargparse",
        "rich",
        "pydantic",
        "ortools",
    }


def test_training_does_without_what_a_machine_with_a_gpu_may_lack() -> None:
    loaded = modules_after("import searchformer.training")
    assert not {name.partition(".")[0] for name in loaded} & {
        "jsonargparse",
        "pydantic",
        "ortools",
        "pulp",
        "gymnasium",
    }


def test_the_list_of_commands_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in COMMANDS)


def test_a_command_whose_module_is_missing_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COMMANDS, "solve", Command("searchformer.nowhere", "nothing"))
    assert main(["solve", "maze.txt"]) == 2
    assert "this installation has no `solve`: the module searchformer.nowhere is missing" in capsys.readouterr().err


def test_help_explains_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    said = capsys.readouterr().out
    assert [name for name in KINDS if f"--{name} " not in said and name != "traces"] == []
    assert "maze-6-tiny" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], f"a command is missing; there are: {', '.join(COMMANDS)}"),
        (["trian"], "unknown command 'trian'. Did you mean 'train'?"),
        (["train"], "--out is missing"),
        (["train", "--out", "x"], "--data is missing: a data set that `twofold traces` made"),
        (
            ["train", "--out", "x", "--config", "maze-6-tiny"],
            "make it by `twofold traces maze --num 500000 --size 6 --seed 1 --out runs/maze6`",
        ),
        (
            ["train", "--out", "x", "--data", "nowhere", "--config", "maze-6-tiny"],
            (
                "run `twofold traces maze --num 500000 --size 6 --seed 1 --out nowhere`, then "
                "`searchformer train --config maze-6-tiny --data nowhere --out x`"
            ),
        ),
        (["train", "--out", "x", "--config", "maze-6-tin"], "unknown preset 'maze-6-tin'. Did you mean 'maze-6-tiny'"),
        (["train", "--out", "x", "--config", "none.yaml"], "No such file"),
        (["train", "--learning_rat", "3"], "unknown option '--learning_rat'. Did you mean '--learning_rate'"),
        (["train", "--max_steps", "many"], "'many' is not possible: max_steps is a whole number"),
        (["train", "--out", "x", "--mode", "slow"], "unknown mode 'slow'"),
        (["train", "--out", "x", "--resume"], "there is no training in x to resume"),
        (["train", "more"], "there is no place for 'more'"),
    ],
)
def test_bad_usage_is_one_line(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert sentence in said.err


def test_a_file_that_holds_no_settings_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for number, (text, sentence) in enumerate(
        [("- a", "holds no settings"), ("a: [", "is no YAML"), ("a: 1", "unknown setting 'a'")]
    ):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text, encoding="utf-8")
        assert main(["train", "--config", str(file), "--print_config"]) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert file.name in said


def test_every_setting_can_be_overridden(capsys: pytest.CaptureFixture[str]) -> None:
    given = config_from(yaml.safe_load(preset_text("maze-10-15m")))
    words: list[str] = []
    expected: dict[str, object] = {}
    other: dict[str, object] = {"mode": "plan", "dropping": "L0", "drop_tokens": 0.0}  # plans have nothing to drop
    other |= {"loss": "token", "optimizer": "muon", "precision": "bf16-mixed", "strategy": "ddp"}
    for name, kind in KINDS.items():
        if name == "traces":
            continue
        value = other.get(name, {bool: True, int: 7, float: 0.5, str: "other"}[kind])
        spelled = name.replace("_", "-") if len(words) % 3 else name
        words += [f"--{spelled}"] if value is True else [f"--{spelled}={value}"]
        expected[name] = value
    assert main(["train", "--config", "maze-10-15m", *words, "--print_config"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    assert {name: printed[name] for name in expected} == expected
    assert config_from(printed).traces == given.traces


def test_a_training_from_the_command_line_goes_through_and_on(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, words = (
        tmp_path / "run",
        ["--config", "maze-6-tiny", "--token_budget", "600", "--accelerator", "cpu", "--smoke"],
    )
    assert main(["train", *words, "--data", str(small_set), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "6 steps" in said.out
    assert f"searchformer evaluate --checkpoint {out / 'best'} --data {small_set}" in said.out
    assert "trainable parameters" in said.err
    assert "held-out loss" in said.err
    assert read_settings(out).token_budget == 600
    assert main(["train", "--resume", "--out", str(out), "--max_steps", "8"]) == 0
    assert "8 steps" in capsys.readouterr().out
    assert main(["train", *words, "--data", str(small_set), "--out", str(out)]) == 2
    assert "go on with it by --resume" in capsys.readouterr().err
