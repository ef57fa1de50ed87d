"""`twofold solve` from outside: its answers, its JSON, its traces, its exit codes, and what it refuses."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from planning.domain import Searched
from planning.domains import DOMAINS
from planning.reading import problems_in
from solvers.result import Result, Status
from solvers.search import Path as PlanPath
from solvers.verifier import verify
from tests.twofold.runs import ROOT, Run, assert_one_line
from twofold import algorithms, memory, solve, solve_json, writing
from twofold.algorithms import ALGORITHMS

MAZE = "S.#....\n..#.##.\n.##.#..\n.....#.\n.####..\n....#.G\n"
WALLED = "S.#.\n..#G\n"
LEVEL = "#######\n#     #\n#@$ . #\n# .$  #\n#######\n"
STUCK = "#####\n#$@.#\n#####\n"
TILES = "8 6 7\n2 5 4\n3 0 1\n"
EASY_TILES = "3 1 2\n4 7 5\n6 8 0\n"
HARD_TILES = "15 14 8 12\n10 11 9 13\n2 6 5 1\n3 7 4 0\n"
PAPER = "S#G\n.#.\n...\n"
PAPER_WORDS = """\
bos start 0 0 goal 2 0 wall 1 0 wall 1 1 eos
bos create 0 0 c0 c2 close 0 0 c0 c2 create 0 1 c1 c3 close 0 1 c1 c3 create 0 2 c2 c4 close 0 2 c2 c4 \
create 1 2 c3 c3 close 1 2 c3 c3 create 2 2 c4 c2 close 2 2 c4 c2 create 2 1 c5 c1 close 2 1 c5 c1 \
create 2 0 c6 c0 close 2 0 c6 c0 plan 0 0 plan 0 1 plan 0 2 plan 1 2 plan 2 2 plan 2 1 plan 2 0 eos
"""
KEYS = {
    *("schema_version", "status", "file", "domain", "algorithm", "heuristic", "weight", "seed", "answers", "problems"),
    *("planner", "checkpoint", "guarantee", "mode", "num_samples", "temperature", "seconds"),
}
ANSWER_KEYS = {
    *("index", "status", "cost", "bound", "gap", "plan", "verified", "expansions", "created", "seconds", "solver"),
    *("found_by", "proved_by", "plain_expansions", "saved", "tokens", "samples", "valid_samples", "proposed", "reason"),
    "trace",
}


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(text: str, name: str = "problem.txt") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


# Answers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MAZE, ["maze, 7 × 6 cells", "OPTIMAL", "cost 17: proven", "17 steps: ", "heuristic manhattan"]),
        (LEVEL, ["sokoban, 7 × 5 cells", "OPTIMAL", "cost 9: proven", "9 steps: ", "heuristic matching"]),
        (TILES, ["tiles, 3 × 3 cells", "OPTIMAL", "cost 27: proven", "27 steps: ", "heuristic manhattan"]),
    ],
)
def test_a_problem_is_solved_proven_and_verified(twofold: Run, file: Any, text: str, words: list[str]) -> None:
    ran = twofold("solve", file(text))
    assert (ran.code, ran.err) == (0, "")
    assert [word for word in [*words, "verifier", "expansions"] if word not in " ".join(ran.out.split())] == []


def test_the_plan_that_is_shown_is_the_plan(twofold: Run, file: Any) -> None:
    shown = " ".join(twofold("solve", file(MAZE)).out.split())
    runs = shown.split("17 steps: ")[1].split(" search")[0].split(", ")
    steps = [word for run in runs for word in [run.split()[-1]] * int(run.split()[0] if " " in run else 1)]
    _, (problem,) = problems_in(MAZE, "")
    assert verify(problem, steps).valid


def test_a_problem_may_come_from_standard_input(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, MAZE)
    assert twofold("solve", "-", "--json").json["answers"][0]["cost"] == 17


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(("text", "cost"), [(MAZE, 17), (LEVEL, 9), (TILES, 27)])
def test_every_algorithm_solves_every_domain(twofold: Run, file: Any, algorithm: str, text: str, cost: int) -> None:
    text, cost = (EASY_TILES, 4) if (algorithm, text) == ("breadth-first", TILES) else (text, cost)
    (answer,) = twofold("solve", file(text), "--algorithm", algorithm, "--json").json["answers"]
    assert answer["verified"] is True
    assert answer["bound"] <= cost <= answer["cost"] == len(answer["plan"])
    assert (answer["status"] == "OPTIMAL") == (answer["bound"] == answer["cost"])
    if algorithm in ("astar", "breadth-first", "ida", "anytime"):
        assert answer["cost"] == cost
    if algorithm == "weighted":
        assert answer["cost"] <= 2 * cost


def test_a_bound_that_is_not_reached_is_a_gap(twofold: Run, file: Any) -> None:
    ran = twofold("solve", file(TILES), "--algorithm", "greedy")
    assert ran.code == 0
    assert all(word in ran.out for word in ("FEASIBLE", "no plan costs less than", "gap"))


@pytest.mark.parametrize("text", [WALLED, STUCK, "S#G\n"])
def test_an_unsolvable_problem_is_an_answer(twofold: Run, file: Any, text: str) -> None:
    ran = twofold("solve", file(text))
    assert (ran.code, ran.err) == (3, "")
    assert "INFEASIBLE there is no plan" in ran.out
    found = twofold("solve", file(text), "--json").json
    assert found["status"] == "INFEASIBLE"
    assert found["answers"][0]["plan"] is None


def test_the_number_of_states_searched_is_part_of_the_proof(twofold: Run, file: Any) -> None:
    assert "by a search of 4 states" in twofold("solve", file(WALLED)).out


@pytest.mark.parametrize("text", [MAZE, LEVEL, TILES])
@pytest.mark.parametrize("algorithm", ["astar", "greedy", "ida"])
def test_a_limit_is_an_answer_with_a_bound(twofold: Run, file: Any, text: str, algorithm: str) -> None:
    path = file(text)
    ran = twofold("solve", path, "--limit-nodes", 1, "--algorithm", algorithm)
    assert ran.code == 5
    assert all(word in ran.out for word in ("UNKNOWN", "the limit of 1 nodes", "at least"))
    (answer,) = twofold("solve", path, "--limit-nodes", 1, "--algorithm", algorithm, "--json").json["answers"]
    assert answer["bound"] >= 0
    assert (answer["cost"], answer["gap"], answer["verified"]) == (None, None, None)


def test_a_time_limit_is_kept(twofold: Run, file: Any) -> None:
    started = time.perf_counter()
    ran = twofold("solve", file(HARD_TILES), "--time-limit", 0.2)
    assert ran.code == 5
    assert "the limit of 0.2 s" in " ".join(ran.out.split())
    assert time.perf_counter() - started < 20


def test_lack_of_memory_is_an_answer_with_a_bound(twofold: Run, file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any, **__: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(algorithms, "_search", no_memory)
    ran = twofold("solve", file(MAZE))
    assert ran.code == 5
    assert all(word in " ".join(ran.out.split()) for word in ("UNKNOWN", "lack of memory", "at least 11"))


@pytest.mark.skipif(sys.platform != "linux", reason="the bound is only known on Linux")
def test_what_outgrows_the_machine_fails_and_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(memory, "_bytes_left", lambda: 64 << 20)
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), memory.bounded_memory():
        bytearray(1 << 30)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_plan_that_the_verifier_refutes_is_never_shown(
    twofold: Run, file: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = Result(Status.OPTIMAL, "search", PlanPath(("up",), ((0, 0), (0, 1))), 1, 1)
    monkeypatch.setattr(solve, "search", lambda *_: Searched(wrong, None))
    with pytest.raises(RuntimeError, match="refutes"):
        twofold("solve", file(MAZE))
    assert "OPTIMAL" not in capsys.readouterr().out


# Collections


def test_all_problems_of_a_collection_are_solved(twofold: Run, file: Any) -> None:
    path = file(f"{LEVEL}\n{STUCK}\n{LEVEL}")
    ran = twofold("solve", path)
    assert ran.code == 3
    assert "3 problems: 2 OPTIMAL, 1 INFEASIBLE" in ran.out
    found = twofold("solve", path, "--json").json
    assert [answer["index"] for answer in found["answers"]] == [0, 1, 2]
    assert found["status"] == "INFEASIBLE"


def test_an_index_chooses_one(twofold: Run, file: Any) -> None:
    path = file(f"{LEVEL}\n{STUCK}\n")
    assert [twofold("solve", path, "--index", index).code for index in (0, 1)] == [0, 3]
    assert twofold("solve", path, "--index", 1, "--json").json["answers"][0]["index"] == 1
    assert_one_line(twofold("solve", path, "--index", 2), "2 problems", "0 to 1")


def test_scenarios_are_read_with_their_map(twofold: Run, file: Any) -> None:
    file("type octile\nheight 2\nwidth 3\nmap\n...\n.@.\n", "small.map")
    path = file("version 1\n0\tsmall.map\t3\t2\t0\t1\t2\t1\t4.0\n", "small.map.scen")
    found = twofold("solve", path, "--json").json
    assert (found["domain"], found["answers"][0]["cost"]) == ("octile", 4_000_000)
    assert "cost 4.000" in twofold("solve", path).out
    assert twofold("solve", path, "--domain", "maze", "--json").json["answers"][0]["cost"] == 4


# Traces


def test_words_are_the_prompt_and_the_target_and_nothing_else(twofold: Run, file: Any) -> None:
    ran = twofold("solve", file(PAPER), "--trace", "words")
    assert (ran.code, ran.out, ran.err) == (0, PAPER_WORDS, "")


@pytest.mark.parametrize("text", [MAZE, LEVEL, TILES])
@pytest.mark.parametrize("algorithm", ["astar", "weighted", "greedy", "breadth-first"])
def test_words_have_the_shape_of_the_paper_in_every_domain(twofold: Run, file: Any, text: str, algorithm: str) -> None:
    shorter = EASY_TILES if text == TILES else text
    prompt, target = twofold("solve", file(shorter), "--trace", "words", "--algorithm", algorithm).out.splitlines()
    assert (prompt.split()[0], prompt.split()[-1]) == ("bos", "eos")
    assert target.startswith("bos create ")
    assert target.endswith(" eos")
    assert 0 < target.index(" close ") < target.index(" plan ")


def test_traces_of_sokoban_are_the_papers(twofold: Run, file: Any) -> None:
    path = file(LEVEL)
    assert twofold("solve", path, "--json").json["heuristic"] == "matching"
    with_trace = twofold("solve", path, "--trace", "json").json
    assert with_trace["heuristic"] == "paper"
    assert with_trace["answers"][0]["cost"] == 9
    assert len(with_trace["answers"][0]["trace"]) > 300


@pytest.mark.parametrize("text", [MAZE, LEVEL, TILES])
def test_events_as_json_are_the_search(twofold: Run, file: Any, text: str) -> None:
    (answer,) = twofold("solve", file(text), "--trace", "json").json["answers"]
    kinds = [event["event"] for event in answer["trace"]]
    assert (kinds.count("close"), kinds.count("create")) == (answer["expansions"], answer["created"])
    first, last = answer["trace"][0], answer["trace"][-1]
    assert (first["event"], first["g"], last["event"], last["g"], last["h"]) == (
        "create",
        0,
        "close",
        answer["cost"],
        0,
    )


def test_words_can_be_a_part_of_the_json(twofold: Run, file: Any) -> None:
    (answer,) = twofold("solve", file(PAPER), "--trace", "words", "--json").json["answers"]
    assert f"{answer['trace']['prompt']}\n{answer['trace']['target']}\n" == PAPER_WORDS


@pytest.mark.parametrize("algorithm", ["astar", "weighted", "greedy"])
def test_random_ties_are_seeded(twofold: Run, file: Any, algorithm: str) -> None:
    path = file("......G\n.......\nS......\n")

    def words(seed: int) -> str:
        arguments = ("--trace", "words", "--ties", "random", "--seed", seed, "--algorithm", algorithm)
        return twofold("solve", path, *arguments).out

    assert words(1) == words(1) != ""
    assert len({words(seed) for seed in range(8)}) > 1


def test_without_a_plan_there_are_no_words(twofold: Run, file: Any) -> None:
    ran = twofold("solve", file(WALLED), "--trace", "words")
    assert (ran.code, ran.out) == (3, "")
    assert "INFEASIBLE" in ran.err


# JSON


@pytest.mark.parametrize(
    ("text", "arguments", "status"),
    [
        (MAZE, ["--json"], "OPTIMAL"),
        (MAZE, ["--trace", "json"], "OPTIMAL"),
        (TILES, ["--json", "--algorithm", "greedy"], "FEASIBLE"),
        (WALLED, ["--json"], "INFEASIBLE"),
        (MAZE, ["--json", "--limit-nodes", "1"], "UNKNOWN"),
        ("hello", ["--json"], "ERROR"),
        (MAZE, ["--json", "--heuristic", "x"], "ERROR"),
        (MAZE, ["--json", "--seed", "x"], "ERROR"),
        (MAZE, ["--trace", "json", "--seed", "x"], "ERROR"),
        (MAZE, ["--trace=json", "--index", "9"], "ERROR"),
    ],
)
def test_every_answer_has_the_same_keys(twofold: Run, file: Any, text: str, arguments: list[str], status: str) -> None:
    ran = twofold("solve", file(text), *arguments)
    code = {"OPTIMAL": 0, "FEASIBLE": 0, "INFEASIBLE": 3, "UNKNOWN": 5, "ERROR": 2}[status]
    assert (ran.json["status"], ran.code) == (status, code)
    assert ran.json.keys() == KEYS
    assert all(answer.keys() == ANSWER_KEYS for answer in ran.json["answers"])
    assert (ran.err != "") == bool(ran.json["problems"]) == (code == 2)


def test_a_failure_has_every_key() -> None:
    assert solve_json.failure("ERROR", "why").keys() == KEYS


# Bad usage and input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--domain", "maz"], ["'maz'", "Did you mean 'maze'?"]),
        (["--heuristic", "manhatan"], ["'manhatan'", "Did you mean 'manhattan'?"]),
        (["--algorithm", "dijkstra"], ["'dijkstra'", "astar"]),
        (["--algorithm", "breadth-first", "--heuristic", "zero"], ["breadth-first", "leave --heuristic out"]),
        (["--algorithm", "ida", "--trace", "words"], ["ida leaves no trace", "astar"]),
        (["--ties", "fair"], ["'fair'", "deterministic"]),
        (["--trace", "text"], ["'text'", "words"]),
        (["--weight", "2"], ["--weight", "--algorithm weighted"]),
        (["--algorithm", "weighted", "--weight", "0.5"], ["'0.5'", "from 1"]),
        (["--algorithm", "weighted", "--weight", "nan"], ["'nan'"]),
        (["--seed", "3"], ["--ties random"]),
        (["--ties", "random", "--seed", "-1"], ["'-1'", "seed"]),
        (["--ties", "random", "--seed", str(2**64)], ["2^64"]),
        (["--index", "-1"], ["'-1'", "0 or more"]),
        (["--index", "1"], ["index 1", "one problem"]),
        (["--limit-nodes", "0"], ["'0'", "1 or more"]),
        (["--limit-nodes", "9" * 100], ["1 or more"]),
        (["--time-limit", "0"], ["'0'", "seconds"]),
        (["--time-limit", "inf"], ["'inf'", "86400"]),
        (["--jsn"], ["'--jsn'", "Did you mean '--json'?"]),
        (["another.txt"], ["'another.txt'"]),
        (["--domain", "sokoban"], ["problem.txt", "line ", "column "]),
        (["--domain", "octile", "--trace", "words"], ["--trace json"]),
    ],
)
def test_bad_usage_is_one_line_that_says_what_to_do(
    twofold: Run, file: Any, arguments: list[str], words: list[str]
) -> None:
    ran = twofold("solve", file(MAZE), *arguments)
    assert_one_line(ran, *words)
    assert ran.out == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["empty"]),
        (b" \n\n", ["empty"]),
        (b"hello\nthere\n", ["a maze", "a Sokoban level", "sliding tiles", "--domain"]),
        (b"S.G\n.#\n", ["line 2", "column 3"]),
        (b"S.#\n", ["no goal"]),
        (b"SS.G\n", ["line 1, column 2", "second start"]),
        (b"S.x.G\n#####\n", ["line 1, column 3", "'x'"]),
        (b"#####\n#@$ #\n#####\n", ["boxes and docks differ", "1 and 0"]),
        (b"#####\n#@$.\n#####\n", ["leak"]),
        (b"#####\n#@@$.#\n######\n", ["worker"]),
        (b"#####\n# $.#\n#####\n", ["no worker"]),
        (b"1 2 3\n0 4 5\n6 7 7\n", ["each once"]),
        (b"\xff\xfe\x00", ["UTF-8"]),
        (b"S.G\0\n", ["binary"]),
        (b"type octile\nheight 1\nwidth 1\nmap\n.\n", [".scen"]),
    ],
    ids=ascii,
)
def test_a_file_that_cannot_be_read_is_named_with_the_place(
    twofold: Run, tmp_path: Path, content: bytes, words: list[str]
) -> None:
    path = tmp_path / "broken.txt"
    path.write_bytes(content)
    assert_one_line(twofold("solve", path), "broken.txt", *words)


def test_a_file_that_is_not_there_is_named(twofold: Run, tmp_path: Path) -> None:
    assert_one_line(twofold("solve", tmp_path / "missing.txt"), "missing.txt", "No such file")
    assert_one_line(twofold("solve", tmp_path), str(tmp_path), "directory")


def test_a_full_disk_is_one_line(twofold: Run, file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(solve, "write_out", full)
    for arguments in ([], ["--trace", "words"], ["--json"]):
        assert_one_line(twofold("solve", file(MAZE), *arguments), "standard output", "No space left")
    assert writing.write_out is not full


# As a process of its own


def test_a_cold_process_solves_a_maze(file: Any) -> None:
    command = [sys.executable, "-m", "twofold", "solve", str(file(PAPER)), "--trace", "words"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, PAPER_WORDS, "")


def test_the_bytes_do_not_depend_on_the_process(twofold: Run, file: Any) -> None:
    arguments = ["solve", str(file(LEVEL)), "--trace", "words", "--ties", "random", "--seed", "3"]
    command, environment = [sys.executable, "-m", "twofold", *arguments], {**os.environ, "PYTHONHASHSEED": "3"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == twofold(*arguments).out


def test_ctrl_c_in_a_long_search_is_one_line() -> None:
    script = (
        "import sys; from twofold import solve; from twofold.cli import main; print('ready', flush=True); "
        "sys.exit(main(['solve', '-', '--json']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(HARD_TILES.encode())
        process.stdin.close()
        process.stdin = None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, output, errors) == (130, b"", b"twofold: interrupted\n")


def test_every_domain_is_tried_here() -> None:
    tried = {problems_in(text, "")[0].name for text in (MAZE, LEVEL, TILES)} | {"octile"}
    assert tried == set(DOMAINS)


def test_json_is_json(twofold: Run, file: Any) -> None:
    assert json.loads(twofold("solve", file(MAZE), "--json").out)["schema_version"] == 1
