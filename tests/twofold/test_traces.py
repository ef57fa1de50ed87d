"""`twofold traces` from outside: data sets made, shown, checked and written as tokens; and what it refuses."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from data import generation, manifest
from data.shards import TraceSet
from data.token_cache import open_cache
from planning.domains import DOMAINS
from planning.reading import problems_in
from solvers.verifier import verify
from tests.twofold.runs import ROOT, Run, assert_one_line
from twofold import progress, traces, traces_json

SIZES = {"maze": 6, "octile": 6, "sokoban": 7, "tiles": 3}
KEYS = {"schema_version", "status", "action", "directory", "manifest", "example", "tokens", "problems", "seconds"}
MAZES = ("traces", "maze", "--num", 40, "--size", 6)


@pytest.fixture(scope="module")
def mazes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from twofold.cli import main

    directory = tmp_path_factory.mktemp("sets") / "mazes"
    arguments = [*map(str, MAZES), "--option", "tries=2", "--out", str(directory)]
    assert main(arguments) == 0
    return directory


# Making


@pytest.mark.parametrize("name", DOMAINS)
def test_every_domain_makes_a_data_set_that_can_be_shown(twofold: Run, tmp_path: Path, name: str) -> None:
    out = tmp_path / "deep" / "set"
    ran = twofold("traces", name, "--num", 12, "--size", SIZES[name], "--seed", 3, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    assert "12 different examples" in ran.out
    assert sum(len(TraceSet(out, split)) for split in manifest.SPLITS) == 12
    shown = twofold("traces", "show", out)
    assert (shown.code, shown.err) == (0, "")
    assert all(label in shown.out for label in ("example", "cost", "plan", "trace"))


def test_the_settings_reach_the_data_set(twofold: Run, tmp_path: Path) -> None:
    out = tmp_path / "set"
    ran = twofold(
        *("traces", "sokoban", "--num", 5, "--size", 7, "--seed", 9, "--option", "boxes=1", "--option", "walls=3"),
        *("--heuristic", "zero", "--ties", "random", "--max-trace-tokens", 5000, "--generator", "paper"),
        *("--out", out, "--json"),
    )
    settings = manifest.load(out).settings
    assert (settings.domain, settings.size, settings.seed, settings.generator) == ("sokoban", 7, 9, "paper")
    assert (settings.options["boxes"], settings.options["walls"]) == (1, 3)
    assert (settings.heuristic, settings.random_ties, settings.max_trace_tokens) == ("zero", True, 5000)
    assert ran.json["manifest"]["settings"]["options"]["boxes"] == 1
    assert ran.json["manifest"]["sha256"] == manifest.load(out).sha256


def test_the_same_command_writes_the_same_bytes_whatever_the_workers(twofold: Run, mazes: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    assert twofold(*MAZES, "--option", "tries=2", "--out", out, "--workers", 2).code == 0
    files = sorted(file.relative_to(mazes) for file in mazes.rglob("*") if file.is_file() and "tokens" not in str(file))
    assert [(out / file).read_bytes() for file in files] == [(mazes / file).read_bytes() for file in files]


def test_resume_goes_on_and_does_nothing_twice(twofold: Run, tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert twofold(*MAZES, "--out", out).code == 0
    before = manifest.load(out).sha256
    assert_one_line(twofold(*MAZES, "--out", out), "not empty", "resume")
    again = twofold(*MAZES, "--out", out, "--resume")
    assert again.code == 0
    assert re.search(r"^complete +40 different examples .*; nothing was left to do$", again.out, re.MULTILINE)
    assert manifest.load(out).sha256 == before
    more = twofold(*MAZES, "--num", 50, "--out", out, "--resume").out
    assert re.search(r"^made +10 more in .*: 50 different examples", more, re.MULTILINE)
    other = (*MAZES, "--num", 50, "--out", out, "--resume", "--seed", 5)
    assert_one_line(twofold(*other), "seed is 0 there and 5 here")


def test_a_damaged_shard_is_named_with_what_to_do_and_that_helps(twofold: Run, tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert twofold(*MAZES, "--out", out).code == 0
    (out / "train" / "shard-00000.parquet").write_bytes(b"PAR1")
    assert_one_line(twofold("traces", "verify", out), "shard-00000.parquet is damaged", "--resume")
    assert twofold(*MAZES, "--out", out, "--resume").code == 0
    assert twofold("traces", "verify", out).code == 0


def test_options_may_stand_before_the_domain(twofold: Run, tmp_path: Path) -> None:
    assert twofold("traces", "--num", 5, "--size", 6, "--out", tmp_path / "set", "maze").code == 0


# Progress


def test_a_terminal_gets_a_bar_and_nothing_of_it_stays_in_the_output(
    twofold: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ran = twofold(*MAZES, "--out", tmp_path / "set")
    assert "40/40" in ran.err
    assert "/s" in ran.err
    assert "━" not in ran.out


def test_elsewhere_there_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SILENT_S", 0.0)
    with progress.shown_progress("twofold traces", "examples") as on_progress:
        for num in (0, 1000, 2000):
            on_progress(num, 4000)
    assert re.fullmatch(
        r"(twofold traces: [\d,]+ of 4,000 examples, [\d,]+/s(, \d+ s left)?\n){3}", capsys.readouterr().err
    )


# Showing


def test_an_example_is_shown_with_its_plan(twofold: Run, mazes: Path) -> None:
    ran = twofold("traces", "show", mazes, "--index", 2, "--json")
    example = ran.json["example"]
    domain, (problem,) = problems_in("\n".join(example["problem"]) + "\n", "")
    verdict = verify(problem, example["plan"])
    assert domain.name == "maze"
    assert (verdict.valid, verdict.cost) == (True, example["cost"])
    assert list(domain.codes(problem)) == example["codes"]
    out = twofold("traces", "show", mazes, "--index", 2).out
    assert "\n".join(example["problem"]) in out
    assert f"cost       {example['cost']}\n" in out


def test_the_text_of_an_example_can_be_solved_again(twofold: Run, mazes: Path, tmp_path: Path) -> None:
    shown = twofold("traces", "show", mazes, "--json", "--trace", "words").json["example"]
    path = tmp_path / "maze.txt"
    path.write_text("\n".join(shown["problem"]) + "\n", encoding="utf-8")
    solved = twofold("solve", path, "--trace", "words").out
    assert solved == f"{shown['trace']['prompt']}\n{shown['trace']['target']}\n"
    assert twofold("traces", "show", mazes, "--trace", "words").out == solved


def test_both_splits_can_be_shown(twofold: Run, mazes: Path) -> None:
    for split in manifest.SPLITS:
        last = len(TraceSet(mazes, split)) - 1
        assert last >= 0
        assert twofold("traces", "show", mazes, "--split", split, "--index", last).code == 0
        assert_one_line(twofold("traces", "show", mazes, "--split", split, "--index", last + 1), f"0 to {last}")


def test_events_of_an_example_as_json(twofold: Run, mazes: Path) -> None:
    example = twofold("traces", "show", mazes, "--trace", "json").json["example"]
    assert len(example["trace"]) == example["num_events"]


# Checking, and tokens


def test_a_sound_data_set_is_verified_and_a_damaged_one_is_named(twofold: Run, tmp_path: Path) -> None:
    out = tmp_path / "set"
    twofold(*MAZES, "--out", out)
    ran = twofold("traces", "verify", out)
    assert (ran.code, ran.err) == (0, "")
    assert "every file is what was written" in ran.out
    assert "complete" in ran.out
    shard = next(out.glob("train/*.parquet"))
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    assert_one_line(twofold("traces", "verify", out), shard.name, "damaged")
    assert_one_line(twofold("traces", "show", out), shard.name, "damaged")


def test_another_schema_version_is_said(twofold: Run, tmp_path: Path) -> None:
    out = tmp_path / "set"
    twofold(*MAZES, "--out", out)
    file = out / manifest.FILE_NAME
    file.write_text(
        re.sub(r'"schema": \d+', '"schema": 99', file.read_text(encoding="utf-8"), count=1), encoding="utf-8"
    )
    assert_one_line(twofold("traces", "verify", out), "version 99", f"version {manifest.SCHEMA}")


@pytest.mark.parametrize("name", ["paper", "compact"])
def test_tokens_are_written_for_both_splits(twofold: Run, mazes: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "tokens"
    ran = twofold("traces", "tokens", mazes, "--format", name, "--out", out, "--json")
    assert ran.code == 0
    for split in manifest.SPLITS:
        cache = open_cache(out / split)
        assert len(cache) == len(TraceSet(mazes, split))
        assert ran.json["tokens"]["num_tokens"][split] == cache.tokens.num_tokens
    assert "tokens" in twofold("traces", "tokens", mazes, "--format", name, "--out", out).out


# JSON


def test_every_answer_has_the_same_keys(twofold: Run, mazes: Path, tmp_path: Path) -> None:
    runs = [
        twofold(*MAZES, "--out", tmp_path / "set", "--json"),
        twofold("traces", "show", mazes, "--json"),
        twofold("traces", "show", mazes, "--trace", "json"),
        twofold("traces", "verify", mazes, "--json"),
        twofold("traces", "tokens", mazes, "--out", tmp_path / "tokens", "--json"),
        twofold("traces", "verify", tmp_path / "nowhere", "--json"),
        twofold("traces", "show", mazes, "--trace", "json", "--index", 9999),
        twofold("traces", "maze", "--json"),
    ]
    assert [(ran.code, ran.json["status"]) for ran in runs] == [(0, "DONE")] * 5 + [(2, "ERROR")] * 3
    for ran in runs:
        assert ran.json.keys() == KEYS
        assert bool(ran.err) == bool(ran.json["problems"]) == (ran.code == 2)
    assert traces_json.failure("ERROR").keys() == KEYS


# Bad usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["maze", "show"]),
        (["mase", *MAZES[2:]], ["'mase'", "Did you mean 'maze'?"]),
        (["sohw", "DIR"], ["'sohw'", "Did you mean 'show'?"]),
        (["maze"], ["--num", "--size", "--out"]),
        ([*MAZES[1:], "--num", "0"], ["--num", "'0'", "from 1"]),
        ([*MAZES[1:], "--num", "-5"], ["--num", "'-5'"]),
        ([*MAZES[1:], "--num", "99999999999"], ["1,000,000,000"]),
        ([*MAZES[1:], "--size", "0"], ["--size", "'0'"]),
        ([*MAZES[1:], "--size", "1"], ["size 1", "from 2"]),
        ([*MAZES[1:], "--size", "99999"], ["size 99999", "to 1024"]),
        ([*MAZES[1:], "--size", "ten"], ["'ten'"]),
        ([*MAZES[1:], "--workers", "0"], ["--workers", "'0'"]),
        ([*MAZES[1:], "--workers", "9999"], ["from 1 to 1,024"]),
        ([*MAZES[1:], "--seed", "x"], ["'x'", "seed"]),
        ([*MAZES[1:], "--max-trace-tokens", "0"], ["--max-trace-tokens"]),
        ([*MAZES[1:], "--generator", "dsf"], ["'dsf'", "Did you mean 'dfs'?"]),
        ([*MAZES[1:], "--heuristic", "paper"], ["'paper'", "manhattan"]),
        ([*MAZES[1:], "--ties", "fair"], ["'fair'"]),
        ([*MAZES[1:], "--option", "walls"], ["NAME=VALUE"]),
        ([*MAZES[1:], "--option", "min_wall=3"], ["'min_wall'", "Did you mean 'min_walls'"]),
        ([*MAZES[1:], "--option", "tries=0"], ["tries", "at least 1"]),
        ([*MAZES[1:], "--option", "loops=5"], ["paper has no option loops", "dfs and wilson", "max_walls"]),
        ([*MAZES[1:], "--option", "tries=1", "--option", "tries=2"], ["tries", "twice"]),
        ([*MAZES[1:], "--rseume"], ["'--rseume'", "Did you mean '--resume'?"]),
        (["show"], ["DIR"]),
        (["show", "DIR", "--index", "-1"], ["'-1'"]),
        (["show", "DIR", "--png", "a.jpg"], ["'a.jpg'", "end in .png"]),
        (["show", "DIR", "--gif", "a.png"], ["'a.png'", "end in .gif"]),
        (["show", "DIR", "--trace", "text"], ["'text'", "words"]),
        (["tokens", "DIR", "--format", "papr"], ["'papr'", "Did you mean 'paper'?"]),
    ],
)
def test_bad_usage_is_one_line_that_says_what_to_do(
    twofold: Run, tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    out = tmp_path / "set"
    making = ["--out", out] if len(arguments) > 2 and "DIR" not in arguments else []
    ran = twofold("traces", *arguments, *making)
    assert_one_line(ran, *words)
    assert ran.out == ""
    assert not out.exists()


def test_a_directory_that_is_no_data_set_is_named(twofold: Run, tmp_path: Path) -> None:
    for action in ("show", "verify", "tokens"):
        assert_one_line(twofold("traces", action, tmp_path), str(tmp_path), "no data set")
    assert_one_line(twofold("traces", "show", tmp_path / "nowhere"), "nowhere", "no data set")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert_one_line(twofold(*MAZES, "--out", tmp_path), "not empty")
    assert_one_line(twofold(*MAZES, "--out", tmp_path, "--resume"), "no data set")
    assert_one_line(twofold(*MAZES, "--out", tmp_path / "file"), "not a directory")


def test_an_impossible_number_ends_with_what_was_found(
    twofold: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "MAX_FRUITLESS_DRAWS", 300)
    ran = twofold("traces", "maze", "--num", 500, "--size", 2, "--out", tmp_path / "set")
    assert_one_line(ran, "of 500 examples", "Ask for fewer")


def test_a_full_disk_and_lack_of_memory_are_one_line(
    twofold: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, words in ((OSError(28, "No space left on device"), "No space left"), (MemoryError(), "memory")):

        def fail(*_: Any, error: BaseException = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr(traces, "generate", fail)
        assert_one_line(twofold(*MAZES, "--out", tmp_path / "set"), words)


# As a process of its own


def test_ctrl_c_keeps_what_is_complete(tmp_path: Path) -> None:
    out = tmp_path / "set"
    arguments = ["traces", "tiles", "--num", "900000", "--size", "3", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "twofold", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        until = time.monotonic() + 60
        while not (out / manifest.FILE_NAME).exists() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, output) == (130, b"")
    assert errors.decode().splitlines()[-1] == "twofold: interrupted"
    assert b"--resume goes on" in errors
    assert not list(out.rglob(f"{manifest.TEMPORARY}*"))
