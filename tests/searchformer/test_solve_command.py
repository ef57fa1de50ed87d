"""`searchformer solve` as a user meets it: what is printed, which code is returned, which files are there."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from planning.domains import DOMAINS
from searchformer import cli, solve_command
from searchformer.checkpoint import save
from tests.searchformer.overfitted import MAZES, checkpoint, mazes, traces

KEYS = {
    *("schema_version", "status", "file", "domain", "checkpoint", "mode", "num_samples", "temperature", "seed"),
    *("answers", "problems"),
}
DETOUR = 2
Solve = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a checkpoint and files of problems."""
    directory = tmp_path_factory.mktemp("solve")
    known = checkpoint()
    save(directory / "best", known.network, known.token_format, known.facts)
    drawings = [MAZES.show(maze) for maze in mazes()]
    (directory / "mazes.txt").write_text("\n\n".join(drawings) + "\n")
    (directory / "detour.txt").write_text(drawings[DETOUR] + "\n")
    (directory / "large.txt").write_text("S....\n....G\n")
    (directory / "level.xsb").write_text("#####\n#@$.#\n#####\n")
    return directory


@pytest.fixture
def solve(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Solve:
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str, name: str = "detour.txt") -> tuple[int, str, str]:
        given = ["solve", "-" if name == "-" else str(place / name), "--checkpoint", str(place / "best"), *arguments]
        code = cli.main(given)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_plan_is_printed_with_what_is_known_of_it(solve: Solve) -> None:
    code, out, err = solve()
    assert (code, err) == (0, "")
    lines = re.sub(r"\d+\.\d\d s", "… s", out).splitlines()
    assert lines == [
        "problem    0: maze, 4 × 4 cells",
        "FEASIBLE   cost 5; no plan costs less than 3 (gap 40.0%); verified",
        "plan       5 steps: left, 2 down, right, down",
        "thinking   19 clauses: 11 create, 8 close; all of them hold",
        "network    89 tokens, … s, mode slow, greedy",
    ]


def test_a_collection_ends_with_a_line_on_all(solve: Solve) -> None:
    code, out, _ = solve(name="mazes.txt")
    assert code == 0
    assert out.splitlines()[-1] == "4 problems: 2 OPTIMAL, 2 FEASIBLE"
    assert "OPTIMAL    cost 3: no plan is cheaper, by the domain's estimate; verified\n" in out
    assert [line for line in out.splitlines() if line.startswith("problem")] == [
        f"problem    {i}: maze, 4 × 4 cells" for i in range(4)
    ]
    one = solve("--index", "3", name="mazes.txt")[1]
    assert re.sub(r"\d+\.\d\d s", "", one) in re.sub(r"\d+\.\d\d s", "", out)


def test_every_clause_is_shown(solve: Solve) -> None:
    _, out, _ = solve("--show-thinking")
    words = checkpoint().token_format.target_words(traces(), DETOUR)
    clauses = out.splitlines()[5:]
    assert clauses[0] == f"         1 {' '.join(words[1:5])}"
    assert [word for line in clauses for word in line.split()[1:]] == words[1 : words.index("plan")]


def test_fast_answers_do_not_think(solve: Solve) -> None:
    code, out, _ = solve("--mode", "fast")
    assert code == 0
    assert "thinking   none\n" in out
    assert "mode fast, greedy\n" in out


def test_what_does_not_hold_is_not_shown_but_why(solve: Solve) -> None:
    code, out, err = solve("--temperature", "30", "--seed", "3", "--show-thinking")
    assert (code, err) == (1, "")
    flat = " ".join(out.split())
    assert "UNKNOWN not verified: the plan does not hold: " in flat
    assert "temperature 30" in flat
    assert "\nplan " not in out
    broken = [line for line in out.splitlines() if "   <- " in line]
    assert len(broken) == 1
    number = int(broken[0].split()[0])
    assert f"the first {number - 1} of " in flat
    assert f"event {number}: " in broken[0]


def test_the_same_seed_gives_the_same_samples(solve: Solve) -> None:
    first, again, other = (
        re.sub(r"\d+\.\d\d s", "", solve("--samples", "4", "--seed", seed, name="mazes.txt")[1]) for seed in "778"
    )
    assert first == again != other
    assert "4 samples, " in first
    assert "temperature 1" in first, "several greedy samples would be the same"


def test_json_has_the_same_keys_whatever_the_answer(solve: Solve) -> None:
    answers = []
    for arguments, code, status in (
        ((), 0, "FEASIBLE"),
        (("--temperature", "30", "--seed", "3"), 1, "UNKNOWN"),
        (("--show-thinking",), 0, "FEASIBLE"),
    ):
        found, out, _ = solve("--json", *arguments)
        content = json.loads(out)
        assert (found, content["status"], set(content)) == (code, status, KEYS)
        answers += content["answers"]
    assert len({tuple(answer) for answer in answers}) == 1
    good, bad, shown = answers
    assert (good["plan"], good["cost"], good["bound"]) == (["left", "down", "down", "right", "down"], 5, 3)
    assert (good["verified"], good["reason"], bad["verified"], bad["plan"]) == (True, None, False, None)
    assert bad["reason"]
    assert good["thinking"] == {"num_clauses": 19, "form": "full", "num_valid": 19, "broken": None, "clauses": None}
    assert len(shown["thinking"]["clauses"]) == 19
    assert shown["thinking"]["clauses"][0] == "create 2,0 c0 c3"


def test_json_says_what_is_wrong_too(solve: Solve, place: Path) -> None:
    for name, arguments in (("large.txt", ()), ("none.txt", ()), ("detour.txt", ("--checkpoint", str(place / "no")))):
        code, out, err = solve("--json", *arguments, name=name)
        content = json.loads(out)
        assert (code, content["status"], set(content), content["answers"]) == (2, "ERROR", KEYS, [])
        assert err == f"searchformer solve: error: {content['problems'][0]}\n"


def test_pictures_show_the_networks_thinking(solve: Solve, tmp_path: Path) -> None:
    code, _, err = solve("--png", str(tmp_path / "a.png"), "--gif", str(tmp_path / "a.gif"))
    assert (code, err) == (0, "")
    with Image.open(tmp_path / "a.png") as png, Image.open(tmp_path / "a.gif") as gif:
        assert png.size[1] > 4 * 72
        # 8 expansions after an empty board, and the five steps of the plan after its start.
        assert getattr(gif, "n_frames", 0) == 9 + 6
    thinking = [solve(*seed, "--png", str(tmp_path / "b.png"))[0] for seed in ((), ("--mode", "fast"))]
    assert thinking == [0, 0]
    fast = (tmp_path / "b.png").read_bytes()
    assert fast != (tmp_path / "a.png").read_bytes(), "the thinking is to be seen"
    solve("--png", str(tmp_path / "b.png"))
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "a.png").read_bytes()


def test_a_picture_without_a_plan_is_drawn(solve: Solve, tmp_path: Path) -> None:
    code, _, _ = solve("--temperature", "30", "--seed", "3", "--png", str(tmp_path / "a.png"))
    assert code == 1
    with Image.open(tmp_path / "a.png") as png:
        assert png.size[0] > 0


def test_a_picture_that_cannot_be_written_takes_nothing_with_it(solve: Solve, tmp_path: Path) -> None:
    missing = tmp_path / "none" / "a.png"
    code, out, err = solve("--png", str(missing), "--gif", str(tmp_path / "a.gif"))
    assert code == 2
    assert err == f"searchformer solve: error: --png {missing} was not written: No such file or directory\n"
    assert "5 steps" in out
    assert (tmp_path / "a.gif").exists()
    code, out, _ = solve("--json", "--png", str(missing))
    assert code == 2
    assert json.loads(out)["problems"] == [f"--png {missing} was not written: No such file or directory"]


def test_standard_input_is_read(solve: Solve, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.TextIOWrapper(io.BytesIO((place / "detour.txt").read_bytes()))
    monkeypatch.setattr(sys, "stdin", content)
    code, out, _ = solve(name="-")
    assert code == 0
    assert "cost 5" in out


WRONG: list[tuple[str, tuple[str, ...], str]] = [
    ("large.txt", (), r"this checkpoint is for problems of 4 × 4 cells, and this one has 5 × 2: take"),
    ("level.xsb", (), r"holds problems of sokoban, and the checkpoint .*best is for maze: give one for sokoban"),
    ("none.txt", (), r"No such file"),
    ("mazes.txt", ("--png", "a.png"), r"holds 4 problems, and a picture shows one: choose it by --index"),
    ("mazes.txt", ("--index", "4"), r"has no index 4; it holds 4 problems"),
    ("detour.txt", ("--samples", "0"), r"'0' is not possible: give a whole number, 1 or more"),
    ("detour.txt", ("--samples", "2", "--temperature", "0"), r"2 greedy samples are all the same"),
    ("detour.txt", ("--temperature", "-1"), r"'-1' is no temperature: give a number from 0"),
    ("detour.txt", ("--temperature", "nan"), r"'nan' is no temperature"),
    ("detour.txt", ("--seed", "1" * 30), r"is not possible: give a whole number, 0 or more"),
    ("detour.txt", ("--mode", "slwo"), r"invalid choice: 'slwo'"),
    ("detour.txt", ("--checkpoint", "nowhere"), r"there is no checkpoint 'nowhere' in"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), WRONG)
def test_what_cannot_be_done_is_one_line(solve: Solve, name: str, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = solve(*arguments, name=name)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"searchformer solve: error: [^\n]+\n", err), err
    assert re.search(message, err), err


def test_pictures_need_a_library(solve: Solve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve_command, "find_spec", lambda _: None)
    code, _, err = solve("--gif", "a.gif")
    assert code == 2
    assert 'run `pip install "twofold[plots]"`' in err


def test_a_proven_dead_end_has_its_code(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from data.tokens import format_for
    from tests.searchformer.overfitted import small_network

    drawing = "#####\n#$ .#\n# @ #\n#####\n"
    (tmp_path / "stuck.xsb").write_text(drawing)
    domain = DOMAINS["sokoban"]
    words = format_for(domain, domain.read(drawing)[0], "paper", 20)
    save(tmp_path / "best", small_network(len(words.words)), words, {})
    arguments: list[Any] = ["solve", str(tmp_path / "stuck.xsb"), "--checkpoint", str(tmp_path / "best")]
    assert cli.main(arguments) == 3
    assert "INFEASIBLE there is no plan: the start is proven to be a dead end" in capsys.readouterr().out


def test_scenarios_are_read_as_the_checkpoint_wants(place: Path, solve: Solve) -> None:
    """The same file can be mazes of four or of eight neighbours."""
    (place / "small.map").write_text("type octile\nheight 4\nwidth 4\nmap\n....\n....\n....\n....\n")
    (place / "small.map.scen").write_text("version 1\n0\tsmall.map\t4\t4\t0\t0\t3\t0\t3.0\n")
    code, out, err = solve(name="small.map.scen")
    assert code in (0, 1), err
    assert "problem    0: maze, 4 × 4 cells\n" in out
