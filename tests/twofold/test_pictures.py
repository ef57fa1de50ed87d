"""`--png` and `--gif`: the files are pictures, whole or not there at all; the rest of the answer comes all the same."""

import importlib.util
import io
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from planning.domains import DOMAINS
from tests.twofold.runs import Run, assert_one_line
from twofold import pictures

SIZES = {"maze": 6, "octile": 6, "sokoban": 7, "tiles": 3}
MAZE = "S.#\n..#\n..G\n"
LEVEL = "#####\n#@$.#\n#####\n"


@pytest.fixture
def maze(tmp_path: Path) -> Path:
    path = tmp_path / "maze.txt"
    path.write_text(MAZE, encoding="utf-8")
    return path


def kind_of(file: Path) -> str | None:
    return Image.open(io.BytesIO(file.read_bytes())).format


@pytest.mark.parametrize("name", DOMAINS)
def test_every_domain_is_drawn_from_a_file_and_from_a_data_set(twofold: Run, tmp_path: Path, name: str) -> None:
    png, gif, out = tmp_path / "a.png", tmp_path / "a.gif", tmp_path / "set"
    assert twofold("traces", name, "--num", 3, "--size", SIZES[name], "--out", out).code == 0
    shown = twofold("traces", "show", out, "--png", png, "--gif", gif)
    assert (shown.code, shown.err) == (0, "")
    assert (kind_of(png), kind_of(gif)) == ("PNG", "GIF")
    if name == "tiles":
        text = " ".join(map(str, twofold("traces", "show", out, "--json").json["example"]["codes"]))
    else:
        text = "\n".join(twofold("traces", "show", out, "--json").json["example"]["problem"])
    (tmp_path / "problem.txt").write_text(text + "\n", encoding="utf-8")
    ran = twofold("solve", tmp_path / "problem.txt", "--domain", name, "--png", tmp_path / "b.png")
    assert (ran.code, ran.err) == (0, "")
    assert kind_of(tmp_path / "b.png") == "PNG"


@pytest.mark.parametrize("algorithm", ["astar", "weighted", "ida", "anytime"])
def test_every_algorithm_is_drawn(twofold: Run, maze: Path, tmp_path: Path, algorithm: str) -> None:
    assert twofold("solve", maze, "--algorithm", algorithm, "--png", tmp_path / "a.png", "--json").code == 0
    assert kind_of(tmp_path / "a.png") == "PNG"


def test_the_picture_of_sokoban_has_the_search_if_a_heuristic_is_named(twofold: Run, tmp_path: Path) -> None:
    level = tmp_path / "level.txt"
    level.write_text(LEVEL, encoding="utf-8")
    twofold("solve", level, "--png", tmp_path / "plan.png")
    twofold("solve", level, "--png", tmp_path / "search.png", "--heuristic", "matching")
    widths = [Image.open(io.BytesIO((tmp_path / name).read_bytes())).width for name in ("plan.png", "search.png")]
    assert widths[0] < widths[1]


@pytest.mark.parametrize(("text", "arguments", "code"), [("S#G\n", [], 3), (MAZE, ["--limit-nodes", "2"], 5)])
def test_a_search_without_a_plan_is_drawn_too(
    twofold: Run, tmp_path: Path, text: str, arguments: list[str], code: int
) -> None:
    (tmp_path / "maze.txt").write_text(text, encoding="utf-8")
    ran = twofold("solve", tmp_path / "maze.txt", *arguments, "--png", tmp_path / "a.png", "--gif", tmp_path / "a.gif")
    assert ran.code == code
    assert (kind_of(tmp_path / "a.png"), kind_of(tmp_path / "a.gif")) == ("PNG", "GIF")


def test_the_answer_comes_even_if_the_picture_cannot_be_written(twofold: Run, maze: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "a.png"
    ran = twofold("solve", maze, "--png", nowhere)
    assert_one_line(ran, "--png", str(nowhere), "No such file")
    assert "OPTIMAL" in ran.out
    found = twofold("solve", maze, "--png", nowhere, "--json").json
    assert found["answers"][0]["status"] == "OPTIMAL"
    assert str(nowhere) in found["problems"][0]


def test_a_file_is_of_the_kind_that_its_name_says(twofold: Run, maze: Path, tmp_path: Path) -> None:
    ran = twofold("solve", maze, "--png", tmp_path / "a.jpg")
    assert_one_line(ran, "a.jpg' is no name of a PNG: let it end in .png")
    assert ran.out == ""
    for name in ("A.PNG", "picture"):
        assert twofold("solve", maze, "--png", tmp_path / name).code == 0
        assert kind_of(tmp_path / name) == "PNG"


def test_one_picture_shows_one_problem(twofold: Run, tmp_path: Path) -> None:
    path = tmp_path / "levels.txt"
    path.write_text(f"{LEVEL}\n{LEVEL}", encoding="utf-8")
    ran = twofold("solve", path, "--png", tmp_path / "a.png")
    assert_one_line(ran, "2 problems", "--index")
    assert ran.out == ""
    assert twofold("solve", path, "--png", tmp_path / "a.png", "--index", 1).code == 0


def test_without_matplotlib_the_extra_is_named_before_anything_is_searched(
    twofold: Run, maze: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(pictures, "find_spec", lambda name: None if name == "matplotlib" else found(name))
    for arguments in (("solve", maze), ("traces", "show", tmp_path)):
        ran = twofold(*arguments, "--png", tmp_path / "a.png")
        assert_one_line(ran, 'pip install "twofold[plots]"')
        assert ran.out == ""


def test_nothing_is_drawn_with_pyplot(twofold: Run, maze: Path, tmp_path: Path) -> None:
    before: Any = sys.modules.get("matplotlib.pyplot")
    assert twofold("solve", maze, "--png", tmp_path / "a.png").code == 0
    assert sys.modules.get("matplotlib.pyplot") is before
