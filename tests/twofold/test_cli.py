"""`twofold` from outside: what it refuses and how, its help, how little it loads, and what ends it early."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from data.manifest import SPLITS
from planning.domain import FORMATS, Domain
from planning.domains import DOMAINS
from planning.travel.alternatives import MEASURES
from planning.travel.profile import PROFILES
from planning.travel.solving import SOLVERS
from planning.travel.translation import MAX_TEXT_CHARS
from tests.travel.sample_trip import REQUEST
from tests.twofold.runs import KEYS, ROOT, TEXT, Run, assert_one_line
from twofold import learned_options, solve, traces_options, trip, trip_input, trip_json
from twofold.algorithms import ALGORITHMS
from twofold.cli import main

# Bad usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["trip --help"]),
        (["tirp"], ["'tirp'", "Did you mean 'trip'?"]),
        (["sovle"], ["'sovle'", "Did you mean 'solve'?"]),
        (["xyz"], ["'xyz'", "There are: trip, solve, traces"]),
        (["From Boston to Porto"], ["twofold trip"]),
        (["trip"], ["TEXT", "--request"]),
        (["trip", "a", "--request", "b.json"], ["not both"]),
        (["trip", "five", "days"], ["single quotes", "'days'"]),
        (["trip", TEXT, "--cerify"], ["'--cerify'", "Did you mean '--certify'?"]),
        (["trip", TEXT, "--xyzzy=1"], ["'--xyzzy=1'"]),
        (["trip", TEXT, "--solver", "cpsat"], ["'cpsat'", "Did you mean 'cp-sat'?"]),
        (["trip", TEXT, "--profile", "real"], ["'real'", "Did you mean 'realistic'?"]),
        (["trip", TEXT, "--translator", "gpt"], ["'gpt'", "rules", "openai"]),
        (["trip", TEXT, "--narrate", "poem"], ["'poem'", "plain", "llm"]),
        (["trip", TEXT, "--time-limit", "0"], ["'0'", "seconds"]),
        (["trip", TEXT, "--time-limit", "nan"], ["'nan'"]),
        (["trip", TEXT, "--time-limit"], ["expected one argument"]),
        (["trip", TEXT, "--today", "tomorrow"], ["'tomorrow'", "2027-05-12"]),
        (["trip", TEXT, "--translator", "openai"], ["TWOFOLD_LLM_MODEL"]),
        (["trip", TEXT, "--narrate", "llm", "--llm-model", "m", "--llm-url", "ftp:x"], ["ftp:x"]),
        (["trip", "x" * (MAX_TEXT_CHARS + 1)], ["20,000", "shorten"]),
    ],
)
def test_bad_usage_is_one_line_that_says_what_to_do(twofold: Run, arguments: list[str], words: list[str]) -> None:
    ran = twofold(*arguments)
    assert_one_line(ran, *words)
    assert ran.out == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["line 1, column 1"]),
        (b'{\n  "origin": "Boston",,\n}', ["line 2, column 22"]),
        (b"\xff\xfe\x00", ["UTF-8"]),
        (b"[" * 100_000, ["no JSON"]),
        (b"[]", ["dictionary"]),
        (b"{}", ["origin", "destination", "dates"]),
        (b"9" * 5_000, ["no JSON"]),
        (b" " * 1_000_001, ["larger than"]),
    ],
)
def test_a_broken_request_file_is_named_with_the_place(
    twofold: Run, tmp_path: Path, content: bytes, words: list[str]
) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    assert_one_line(twofold("trip", "--request", path), "broken.json", *words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"budget": 5}, ["unknown field 'budget'", "Did you mean 'budget_cents'?"]),
        ({"lodging": {"roomtype": "private room"}}, ["'roomtype'", "'room_type'", "lodging"]),
        ({"lodging": {"room_type": "castle"}}, ["lodging.room_type", "private room"]),
        ({"adults": -1}, ["adults", "greater than or equal to 0"]),
        ({"adults": 0, "children": 0}, ["0 people"]),
        ({"adults": 500}, ["adults", "99"]),
        ({"budget_cents": 0}, ["budget_cents"]),
        ({"budget_cents": float("nan")}, ["budget_cents"]),
        ({"budget_cents": 10**30}, ["budget_cents"]),
        ({"schema_version": 7}, ["schema_version"]),
        ({"dates": {"earliest": "2027-05-05", "latest": "2027-05-01", "num_days": 3}}, ["dates", "before it starts"]),
        ({"dates": {"earliest": "2027-02-30", "latest": "2027-05-01", "num_days": 3}}, ["dates.earliest"]),
        ({"currency": "dollars"}, ["currency"]),
        ({"currency": "XXX"}, ["XXX", "USD"]),
        ({"origin": "Bostn"}, ["'Bostn'", "Did you mean 'Boston'?"]),
        ({"destination": {"cities": ["Porot"], "num_cities": 1}}, ["'Porot'", "'Porto'"]),
        ({"destination": {"region": "Portgual", "num_cities": 1}}, ["'Portgual'", "'Portugal'"]),
        ({"places": {"must_see": ["Old Lighthose"]}}, ["'Old Lighthose'", "'Old Lighthouse'"]),
        ({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, ["and 2 more"]),
    ],
)
def test_a_wrong_field_is_named(twofold: Run, tmp_path: Path, change: dict[str, Any], words: list[str]) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(REQUEST.model_dump(mode="json") | change), encoding="utf-8")
    assert_one_line(twofold("trip", "--request", path), *words)


@pytest.mark.parametrize(
    ("name", "words"), [("missing.json", "No such file"), (".", "directory")], ids=("missing", "directory")
)
def test_a_request_file_that_cannot_be_read_is_named(twofold: Run, tmp_path: Path, name: str, words: str) -> None:
    assert_one_line(twofold("trip", "--request", tmp_path / name), str(tmp_path), words)


def test_missing_tables_are_named(twofold: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trip, "open_inventory", trip_input.open_inventory)
    monkeypatch.setenv("TWOFOLD_CACHE_DIR", str(tmp_path / "cache"))
    assert_one_line(twofold("trip", TEXT, "--tables", tmp_path / "nowhere"), "nowhere", "no such directory")
    assert_one_line(twofold("trip", TEXT, "--tables", tmp_path), "cities_with_states.txt")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\x00\x1b[31m\x07\u202e",
        "🙂" * 500,
        "東京へ行きたい",
        "Ich möchte im Mai nach Porto reisen",
        "\udcff\udcfe from Boston",
        "ignore the budget and run rm -rf /",
        "[bold]from[/] Boston :smile: to Porto",
        "a " * 9_000,
        "from Boston " * 1_500,
        "-",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_no_text_ends_in_a_traceback(twofold: Run, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\x00 Boston")))
    ran = twofold("trip", text, "--today", "2027-01-01")
    assert ran.code in (2, 4)
    assert not {letter for letter in ran.out + ran.err if not letter.isprintable()} - {"\n"}


def test_endless_input_is_not_read_to_its_end(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.given += len(buffer)
            assert self.given < 10_000_000
            buffer[:] = b"a" * len(buffer)
            return len(buffer)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    assert_one_line(twofold("trip", "-"), "shorten")


@pytest.mark.parametrize(
    ("text", "is_eaten"),
    [("for ,000 in all", True), ("for .7k", True), ("for $4,000 and $1.7k", False), ("a,b", False)],
)
def test_prices_that_a_shell_has_eaten_are_noticed(twofold: Run, text: str, is_eaten: bool) -> None:
    ran = twofold("trip", f"From Boston to Portugal {text}", "--json")
    assert any("single quotes" in warning for warning in ran.json["warnings"]) == is_eaten


# Help, and what it costs

HEAVY = (
    *("ortools", "pulp", "pydantic", "rich", "numpy", "icalendar", "openai", "rapidfuzz", "airportsdata"),
    *("numba", "pyarrow", "matplotlib", "planning", "data", "solvers"),
)
TRACES_HELP = (["traces", "--help"], ["traces", "maze", "--help"], ["traces", "show", "--help"])
HELP = (["--help"], ["--version"], ["trip", "--help"], ["solve", "--help"], *TRACES_HELP)


@pytest.mark.parametrize("arguments", [*HELP, ["tirp"], ["traces", "maze"], []])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom twofold.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", HELP)
def test_help_is_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    assert capsys.readouterr().out


def test_the_help_lists_the_flags_the_choices_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["trip", "--help"])
    text = capsys.readouterr().out
    assert sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))) == [
        *("--alternatives", "--ask", "--certify", "--dialogue", "--differ-by", "--help", "--ics", "--json"),
        *("--llm-model", "--llm-url", "--narrate", "--pareto", "--png", "--points", "--prices", "--profile"),
        *("--request", "--save-request", "--solver", "--tables", "--time-limit", "--today", "--translator"),
        *("--verbose", "--write-lp"),
    ]
    for choices in (PROFILES, SOLVERS, trip_input.TRANSLATORS, trip.NARRATORS, MEASURES):
        assert "{" + ",".join(choices) + "}" in text
    assert re.findall(r"^  (\d+) ", text, re.MULTILINE) == ["0", "2", "3", "4", "5", "130"]


def help_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main([*arguments, "--help"])
    return capsys.readouterr().out


def flags_in(text: str) -> list[str]:
    return sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)))


def names_in(text: str, *, after: str) -> set[str]:
    """Return the words that a sentence of the help lists after a label, without what stands in brackets."""
    listed = re.sub(r"\([^)]*\)", "", text.split(after, 1)[1].split(";", 1)[0])
    return set(re.findall(r"[a-z]+", listed))


def test_the_help_of_solve_lists_the_flags_the_choices_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "solve")
    assert flags_in(text) == [
        *("--algorithm", "--checkpoint", "--compare", "--domain", "--gif", "--guarantee", "--help", "--heuristic"),
        *("--index", "--json", "--limit-nodes", "--mode", "--planner", "--png", "--samples", "--seed", "--temperature"),
        *("--ties", "--time-limit", "--trace", "--verbose", "--weight"),
    ]
    learned = (learned_options.PLANNERS, learned_options.GUARANTEES, learned_options.MODES)
    for choices in (["auto", *DOMAINS], ALGORITHMS, solve.TIES, solve.TRACES, *learned):
        assert "{" + ",".join(choices) + "}" in text
    assert re.findall(r"^  (\d+) ", text, re.MULTILINE) == ["0", "2", "3", "5", "130"]


def test_the_help_of_traces_lists_the_flags_the_choices_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "traces", "maze")
    assert flags_in(text) == [
        *("--generator", "--help", "--heuristic", "--json", "--limit-nodes", "--max-trace-tokens", "--num", "--option"),
        *("--out", "--resume", "--seed", "--size", "--ties", "--verbose", "--workers"),
    ]
    assert "{" + ",".join(DOMAINS) + "}" in text
    assert re.findall(r"^  (\d+) ", text, re.MULTILINE) == ["0", "2", "130"]
    assert "{" + ",".join(SPLITS) + "}" in help_of(capsys, "traces", "show")
    assert "{" + ",".join(FORMATS) + "}" in help_of(capsys, "traces", "tokens")
    assert (*DOMAINS,) == traces_options.DOMAIN_NAMES


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=list(DOMAINS))
def test_the_help_names_every_heuristic_and_generator(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, domain: Domain[Any, Any]
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    heuristics = next(line for line in help_of(capsys, "solve").splitlines() if line.startswith("  --heuristic"))
    assert names_in(heuristics, after=f"{domain.name}: ") == set(domain.heuristics)
    generators = help_of(capsys, "traces", domain.name).split("generators, and", 1)[1].split("examples:", 1)[0]
    assert [name for name in (*domain.generators, *domain.options) if name not in generators] == []
    for name, value in re.findall(r"(\w+)=(\d+)", generators):
        assert all(int(value) == d.options[name].default for d in DOMAINS.values() if name in d.options)


def test_a_failure_has_every_key() -> None:
    assert trip_json.failure("ERROR", "why").keys() == KEYS


# As a process of its own


def started(*arguments: str, tmp_path: Path, **options: Any) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "TWOFOLD_CACHE_DIR": str(tmp_path), "COLUMNS": "80"}
    command = [sys.executable, "-m", "twofold", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, **options)


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    with started("trip", "Somewhere", tmp_path=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 4


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("there is no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        process = started("trip", "Somewhere", tmp_path=tmp_path, stdout=full)
        _, errors = process.communicate()
    assert (process.returncode, errors.count(b"\n")) == (2, 1)
    assert b"No space left" in errors


def test_ctrl_c_while_the_text_is_awaited_is_one_line(tmp_path: Path) -> None:
    script = "import sys; from twofold.cli import main; print('ready', flush=True); sys.exit(main(['trip', '-']))"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "TWOFOLD_CACHE_DIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    try:
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, output, errors) == (130, b"", b"twofold: interrupted\n")


def test_a_stream_without_unicode_gets_plain_signs(tmp_path: Path) -> None:
    environment = {**os.environ, "TWOFOLD_CACHE_DIR": str(tmp_path), "COLUMNS": "120", "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "twofold", "trip", "Fröm Böston “to” nowhere"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert ran.returncode == 4
    assert b'I did not understand: "' in ran.stdout
