"""`twofold solve --planner searchformer` from outside: who found, who proved, and what means nothing together."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.lies import Liar
from searchformer import guarantee, modes, planner
from searchformer.checkpoint import save
from searchformer.sizes import config_for
from searchformer.transformer import Transformer
from tests.searchformer.overfitted import MAZES, checkpoint, mazes, token_format
from tests.twofold.runs import ROOT, Ran, Run, assert_one_line
from tests.twofold.test_solve import ANSWER_KEYS, KEYS
from twofold import learned_options, memory

DETOUR = 2
LARGE = "S.#....\n..#.##.\n.##.#..\n.....#.\n.####..\n....#.G\n"
LEVEL = "#####\n#@$.#\n#####\n"
Solve = Callable[..., Ran]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a checkpoint that knows its mazes, one that knows nothing, and files of problems."""
    directory = tmp_path_factory.mktemp("learned")
    torch.set_num_threads(1)
    known, words = checkpoint(), token_format()
    save(directory / "best", known.network, words, known.facts)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        newborn = Transformer(config_for("tiny", vocab_size=len(words.words), max_positions=256))
    save(directory / "newborn", newborn, words, {})
    drawings = [MAZES.show(maze) for maze in mazes()]
    (directory / "mazes.txt").write_text("\n\n".join(drawings) + "\n")
    (directory / "detour.txt").write_text(drawings[DETOUR] + "\n")
    (directory / "large.txt").write_text(LARGE)
    (directory / "level.xsb").write_text(LEVEL)
    (directory / "walled.txt").write_text("S#..\n##..\n....\n...G\n")
    return directory


@pytest.fixture
def solve(place: Path, twofold: Run) -> Solve:
    def run(*arguments: str | Path, name: str = "detour.txt", network: str = "best") -> Ran:
        given = ("--planner", "searchformer", "--checkpoint", place / network)
        return twofold("solve", place / name, *given, *arguments)

    return run


def rows(ran: Ran) -> dict[str, str]:
    """Return the rows of one answer, with wrapped lines joined."""
    found: dict[str, str] = {}
    for line in ran.out.splitlines():
        label = line[:10].strip() or list(found)[-1]
        found[label] = f"{found.get(label, '')} {line[10:].strip()}".strip()
    return found


def test_who_found_and_who_proved_is_said(solve: Solve) -> None:
    ran = solve("--mode", "slow", "--compare")
    assert (ran.code, ran.err) == (0, "")
    told = rows(ran)
    assert list(told) == ["problem", "OPTIMAL", "plan", "found by", "proved by", "network"]
    assert "proven, no plan is cheaper; replayed by the verifier" in told["OPTIMAL"]
    assert told["found by"] == "searchformer"
    assert told["proved by"] == "search, 1 expansion, 1 created, 8 by A* alone: 7 saved"
    assert told["network"].startswith("89 tokens, mode slow, greedy, ")


def test_programs_get_the_same(solve: Solve) -> None:
    ran = solve("--mode", "slow", "--compare", "--json")
    found = ran.json
    assert found.keys() == KEYS
    asked = {name: found[name] for name in ("planner", "guarantee", "mode", "num_samples", "temperature", "seed")}
    assert asked == {
        "planner": "searchformer",
        "guarantee": "optimal",
        "mode": "slow",
        "num_samples": 1,
        "temperature": 0.0,
        "seed": None,
    }
    (answer,) = found["answers"]
    assert answer.keys() == ANSWER_KEYS
    assert (answer["status"], answer["found_by"], answer["proved_by"]) == ("OPTIMAL", "searchformer", "search")
    assert (answer["cost"], answer["bound"], answer["proposed"], answer["verified"]) == (5, 5, 5, True)
    assert (answer["tokens"], answer["samples"], answer["valid_samples"]) == (89, 1, 1)
    assert (answer["expansions"], answer["plain_expansions"], answer["saved"]) == (1, 8, 7)
    assert (answer["reason"], answer["trace"]) == (None, None)


def test_without_a_network_the_search_found_and_proved(twofold: Run, place: Path) -> None:
    found = twofold("solve", place / "detour.txt", "--json").json
    (answer,) = found["answers"]
    assert (found["planner"], found["checkpoint"], found["guarantee"]) == ("search", None, None)
    assert (answer["found_by"], answer["proved_by"], answer["tokens"]) == ("search", "search", None)


@pytest.mark.parametrize(
    ("promised", "status", "proved_by"),
    [("optimal", "OPTIMAL", "search"), ("valid", "FEASIBLE", "estimate"), ("none", "FEASIBLE", "estimate")],
)
def test_what_is_promised_is_kept(solve: Solve, promised: str, status: str, proved_by: str) -> None:
    ran = solve("--guarantee", promised, "--json")
    (answer,) = ran.json["answers"]
    assert (ran.code, answer["status"], answer["found_by"], answer["proved_by"]) == (
        0,
        status,
        "searchformer",
        proved_by,
    )
    assert list(rows(solve("--guarantee", promised)))[-3:] == ["found by", "proved by", "network"]


@pytest.mark.parametrize("mode", ["slow", "fast", "auto"])
def test_a_network_that_knows_nothing_is_no_harm(solve: Solve, mode: str) -> None:
    ran = solve("--mode", mode, network="newborn")
    told = rows(ran)
    assert (ran.code, told["found by"]) == (0, "search")
    assert "no plan that holds: " in told["network"]
    (answer,) = solve("--mode", mode, "--json", network="newborn").json["answers"]
    assert (answer["status"], answer["cost"], answer["verified"]) == ("OPTIMAL", 5, True)
    assert (answer["proposed"], answer["valid_samples"]) == (None, 0)
    assert answer["reason"]
    assert answer["tokens"] > 0


def test_alone_it_may_have_no_plan(solve: Solve) -> None:
    ran = solve("--guarantee", "none", network="newborn")
    assert (ran.code, ran.err) == (5, "")
    assert "the network has no plan that holds, and nobody else was asked" in rows(ran)["UNKNOWN"]
    assert solve("--guarantee", "none", "--json", network="newborn").json["status"] == "UNKNOWN"


def test_a_plan_that_is_not_the_best_is_improved(solve: Solve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "generate", Liar(token_format(), ["detour"]))
    told = rows(solve())
    assert (told["found by"], told["OPTIMAL"].split(":")[0]) == ("search", "cost 5")
    assert told["network"].endswith("its plan costs 7")


def test_several_samples(solve: Solve) -> None:
    told = rows(solve("--samples", "4", "--seed", "3", name="detour.txt"))
    assert "4 samples, " in told["network"]
    assert "temperature 1" in told["network"]
    found = solve("--samples", "4", "--seed", "3", "--json").json
    assert (found["num_samples"], found["temperature"], found["seed"]) == (4, 1.0, 3)
    again = solve("--samples", "4", "--seed", "3", "--json").json
    assert again["answers"][0]["tokens"] == found["answers"][0]["tokens"]


@pytest.mark.parametrize("limit", [[], ["--time-limit", "30"]])
def test_a_collection(solve: Solve, limit: list[str]) -> None:
    ran = solve(*limit, name="mazes.txt")
    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith("4 problems: 4 OPTIMAL, in ")
    assert ran.out.count("found by   searchformer") == 4


def test_a_time_limit_is_for_each_problem_and_kept(solve: Solve) -> None:
    solve("--time-limit", "1", name="mazes.txt", network="newborn")
    started = time.perf_counter()
    found = solve("--time-limit", "1", "--json", name="mazes.txt", network="newborn").json
    assert found["status"] == "OPTIMAL"
    assert time.perf_counter() - started < 4 * 1 + found["seconds"]["load"] + 1


def test_a_limit_of_nodes_leaves_the_networks_plan_with_a_bound(solve: Solve) -> None:
    ran = solve("--limit-nodes", "1", "--index", "3", name="mazes.txt")
    told = rows(ran)
    assert (ran.code, told["found by"], told["proved by"]) == (0, "searchformer", "search, 1 expansion, 2 created")
    assert "no plan costs less than " in told["FEASIBLE"]


def test_an_unsolvable_problem_is_an_answer(solve: Solve) -> None:
    ran = solve(name="walled.txt")
    assert ran.code == 3
    assert list(rows(ran)) == ["problem", "INFEASIBLE", "proved by", "network"]


@pytest.mark.parametrize(("name", "words"), [("large.txt", "7 × 6"), ("level.xsb", "Sokoban")])
def test_what_the_network_does_not_know_is_searched_and_said(solve: Solve, name: str, words: str) -> None:
    ran = solve(name=name)
    told = rows(ran)
    assert ran.code == 0
    assert told["OPTIMAL"]
    assert "the network was not asked: " in told["network"]
    assert words in told["network"]
    (answer,) = solve("--json", name=name).json["answers"]
    assert (answer["status"], answer["tokens"], answer["samples"]) == ("OPTIMAL", 0, 0)
    assert words in answer["reason"]
    assert_one_line(solve("--guarantee", "none", name=name), words)


def test_the_picture_is_drawn(solve: Solve, tmp_path: Path) -> None:
    ran = solve("--png", tmp_path / "a.png", "--gif", tmp_path / "a.gif")
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "a.gif").read_bytes()[:3] == b"GIF"


@pytest.mark.skipif(sys.platform != "linux", reason="the bound is only known on Linux")
def test_a_machine_without_memory_is_answered_by_search(solve: Solve, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any, **__: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(planner, "generate", no_memory)
    monkeypatch.setattr(memory, "_bytes_left", lambda: 1 << 33)
    with pytest.raises(MemoryError):
        planner.answer_all(mazes(), checkpoint())
    # Even a question about nothing fails here; whoever asks in earnest gets an answer.
    monkeypatch.setattr(planner, "generate", lambda _, prompts, **__: no_memory() if prompts else [])
    ran = solve()
    assert (ran.code, rows(ran)["found by"]) == (0, "search")
    assert "the network failed: MemoryError" in rows(ran)["network"]


# Bad usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--planner", "serchformer"], ["'serchformer'", "Did you mean 'searchformer'?"]),
        (["--guarantee", "optmal"], ["'optmal'", "Did you mean 'optimal'?"]),
        (["--mode", "quick"], ["'quick'", "slow"]),
        (["--samples", "0"], ["'0'", "from 1"]),
        (["--temperature", "-1"], ["'-1'", "0 (greedy)"]),
        (["--temperature", "warm"], ["'warm'"]),
        (["--samples", "3", "--temperature", "0"], ["3 greedy samples"]),
        (["--seed", "3"], ["--seed", "--temperature 1"]),
        (["--algorithm", "greedy"], ["--algorithm means nothing", "searchformer"]),
        (["--heuristic", "zero"], ["--heuristic means nothing"]),
        (["--ties", "random"], ["--ties means nothing"]),
        (["--weight", "2"], ["--weight"]),
        (["--trace", "words"], ["--trace means nothing", "--show-thinking"]),
        (["--guarantee", "none", "--limit-nodes", "5"], ["--limit-nodes means nothing to --guarantee none"]),
        (["--guarantee", "none", "--compare"], ["--compare means nothing to --guarantee none"]),
        (["--checkpoint", "nowhere"], ["no checkpoint 'nowhere'"]),
        (["--guarante", "none"], ["'--guarante'", "Did you mean '--guarantee'?"]),
    ],
)
def test_bad_usage_is_one_line_that_says_what_to_do(solve: Solve, arguments: list[str], words: list[str]) -> None:
    ran = solve(*arguments)
    assert_one_line(ran, *words)
    assert ran.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--guarantee", "valid"],
        ["--checkpoint", "default"],
        ["--mode", "fast"],
        ["--samples", "2"],
        ["--temperature", "1"],
        ["--compare"],
    ],
)
def test_what_only_a_network_understands_is_refused_without_one(
    twofold: Run, place: Path, arguments: list[str]
) -> None:
    ran = twofold("solve", place / "detour.txt", *arguments)
    assert_one_line(ran, f"{arguments[0]} means nothing to --planner search", "add --planner searchformer")


def test_the_names_are_those_of_the_library() -> None:
    assert (*guarantee.GUARANTEES,) == learned_options.GUARANTEES
    assert set(modes.MODES) == set(learned_options.MODES)
    assert learned_options.SEARCHFORMER == guarantee.NETWORK
    assert learned_options.ESTIMATE == guarantee.ESTIMATE


def test_torch_is_loaded_only_for_a_network(place: Path) -> None:
    script = (
        "import sys; from twofold.cli import main; "
        f"code = main(['solve', {str(place / 'detour.txt')!r}]); "
        "print(code, [name for name in ('torch', 'lightning', 'searchformer') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []"


def test_planning_with_a_network_loads_no_lightning(place: Path) -> None:
    given = ["solve", str(place / "detour.txt"), "--planner", "searchformer", "--checkpoint", str(place / "best")]
    script = (
        f"import sys; from twofold.cli import main; code = main({given!r}); "
        "print(code, [name for name in ('lightning', 'pydantic', 'ortools') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []"
