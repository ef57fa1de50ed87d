"""The TravelPlanner benchmark: its formats, its command line, and what it must show."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import travelplanner
from benchmarks.travelplanner_evaluator import judge_plan
from benchmarks.travelplanner_submission import (
    Query,
    gold_fields,
    gold_request,
    plan_of,
    read_queries,
    stated_fields,
    submission_line,
)
from benchmarks.travelplanner_tables import load_tables
from planning.travel.inventory.tables import open_tables
from planning.travel.request import TravelRequest
from planning.travel.trip import plan_trip
from tests.benchmarks.small_tables import QUERY, SHORT_QUERY, day, write_queries, write_tables
from tests.travel.openai_server import completion, forget_environment, scripted_server

SHARED = Path(__file__).parents[3] / "shared" / "data" / "travelplanner"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="TravelPlanner's tables are not beside the project")


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TWOFOLD_CACHE_DIR", str(tmp_path / "cache"))
    return write_tables(tmp_path / "tables")


def test_a_spread_is_median_nearest_rank_and_maximum() -> None:
    assert travelplanner._spread_ms(n / 1000 for n in range(20, 0, -1)) == {"median": 10.5, "p95": 19.0, "max": 20.0}
    assert travelplanner._spread_ms([0.0025]) == {"median": 2.5, "p95": 2.5, "max": 2.5}
    assert travelplanner._spread_ms([]) is None


# Formats


WISHES = st.fixed_dictionaries(
    {
        "house rule": st.sampled_from([None, "parties", "smoking", "children under 10", "visitors", "pets"]),
        "cuisine": st.none() | st.lists(st.sampled_from(["Chinese", "French", "Indian"]), min_size=1, unique=True),
        "room type": st.sampled_from([None, "entire room", "private room", "shared room", "not shared room"]),
        "transportation": st.sampled_from([None, "no flight", "no self-driving"]),
    }
)


@given(WISHES, st.sampled_from([QUERY, SHORT_QUERY]), st.integers(1, 9), st.integers(1, 20_000))
def test_a_gold_query_survives_the_way_through_a_request(
    wishes: dict[str, Any], like: dict[str, Any], people: int, budget: int
) -> None:
    gold = {**like, "local_constraint": wishes, "people_number": people, "budget": budget}
    query = Query.model_validate(gold)
    assert stated_fields(gold_request(query)) == gold_fields(query)
    assert query.model_dump(mode="json", by_alias=True).items() <= gold.items()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"origin": "Elm"}, "org"),
        ({"destination": {"cities": ["Birk", "Cedar"]}}, "dest"),
        ({"destination": {"region": "Ostland", "num_cities": 3}}, "visiting_city_number"),
        ({"dates": {"earliest": "2022-03-01", "latest": "2022-03-06", "num_days": 5}}, "date"),
        ({"children": 1}, "people_number"),
        ({"lodging": {"room_type": "entire room", "house_rules": ["smoking", "pets"]}}, "house rule"),
        ({"food": {"cuisines": ["Mexican"]}}, "cuisine"),
        ({"lodging": {"house_rules": ["smoking"]}}, "room type"),
        ({"transport": {}}, "transportation"),
        ({"budget_cents": 150_050}, "budget"),
        ({"currency": "EUR"}, "budget"),
        ({"places": {"must_see": ["Old Mill"]}}, "nothing else"),
    ],
)
def test_a_wrong_field_of_a_translation_is_seen_and_no_other(change: dict[str, Any], field: str) -> None:
    query = Query.model_validate(QUERY)
    gold, right = gold_fields(query), gold_request(query).model_dump(mode="json")
    stated = stated_fields(TravelRequest.model_validate({**right, **change}))
    assert [name for name in gold if gold[name] != stated[name]] == [field]


@pytest.mark.parametrize("cities", ["state", "reference"])
def test_an_itinerary_becomes_a_plan_that_the_evaluator_accepts_at_the_same_cost(cities: Any, directory: Path) -> None:
    inventory, tables = open_tables(directory), load_tables(directory)
    for gold in (QUERY, SHORT_QUERY):
        query = Query.model_validate(gold)
        answer = plan_trip(gold_request(query, cities), inventory, profile="travelplanner")
        assert answer.itinerary
        plan = json.loads(submission_line(query, answer.itinerary))["plan"]
        assert plan == plan_of(answer.itinerary)
        cost = answer.itinerary.cost_cents / 100
        assert judge_plan({**gold, "budget": cost}, plan, tables).broken == {}
        assert set(judge_plan({**gold, "budget": cost - 0.01}, plan, tables).broken) == {"budget"}


def test_a_plan_is_written_as_the_tables_have_it(directory: Path) -> None:
    query = Query.model_validate(SHORT_QUERY)
    answer = plan_trip(gold_request(query), open_tables(directory), profile="travelplanner")
    assert answer.itinerary
    travel, full, home = plan_of(answer.itinerary)
    flight = "Flight Number: F100, from Alba to Birk, Departure Time: 11:03, Arrival Time: 13:31"
    assert travel == day(1, "from Alba to Birk", transportation=flight, accommodation="Birk Inn, Birk")
    assert full["transportation"] == "-"
    assert sorted(full[meal] for meal in ("breakfast", "lunch", "dinner")) == [
        "Bakery One, Birk",
        "Taco Two, Birk",
        "Three, and Sons, Birk",
    ]
    assert full["attraction"] in ("Old Mill, Birk;", "Water Tower, Birk;")
    assert (home["current_city"], home["accommodation"]) == ("from Birk to Alba", "-")


def test_no_itinerary_is_an_empty_plan() -> None:
    line = json.loads(submission_line(Query.model_validate(QUERY), None))
    assert line == {"idx": 7, "query": QUERY["query"], "plan": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1"),
        (json.dumps({key: value for key, value in QUERY.items() if key != "org"}), "line 1: org: Field required"),
        (json.dumps({**QUERY, "date": ["2022-03-01"]}), "not 5 days in a row"),
        (json.dumps({**QUERY, "people_number": "two"}), "people_number"),
        (f"{json.dumps(QUERY)}\n\n{json.dumps(QUERY)}", "line 3: query 7 comes twice"),
        ("", "holds no query"),
    ],
)
def test_a_broken_file_of_queries_is_refused_by_its_line(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        read_queries(tmp_path / "q.jsonl")


# The command


Run = Callable[..., tuple[int, dict[str, Any], list[dict[str, Any]]]]


@pytest.fixture
def run(directory: Path, tmp_path: Path) -> Run:
    def run(
        *queries: dict[str, Any], options: tuple[str, ...] = ()
    ) -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
        out, report = tmp_path / "s.jsonl", tmp_path / "r.json"
        file = write_queries(tmp_path / "q.jsonl", *queries)
        paths = ["--tables", directory, "--queries", file, "--out", out, "--report", report]
        code = travelplanner.main([*map(str, paths), *options])
        if code:
            return code, {}, []
        lines = out.read_text(encoding="utf-8").splitlines()
        return code, json.loads(report.read_text(encoding="utf-8")), [json.loads(line) for line in lines]

    return run


def test_the_command_reports_every_measure_and_both_evaluators_agree(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report, lines = run(QUERY, SHORT_QUERY, options=("--certify", "--compare"))
    assert code == 0
    shares = ("delivery", "commonsense_micro", "commonsense_macro", "hard_micro", "hard_macro", "final")
    assert [report[name] for name in (*shares, "translation_exact")] == [1.0] * 7
    assert set(report["fields_exact"]) == {
        *("org", "dest", "days", "visiting_city_number", "date", "people_number", "budget", "nothing else"),
        *QUERY["local_constraint"],
    }
    assert (report["n"], report["violations_under_gold"], report["guaranteed"]) == (2, 0, 2)
    assert report["evaluators_agree"] is True
    assert report["compare"]["costs_agree"] is True
    assert set(report["solve_ms"]) == set(report["end_to_end_ms"]) == {"median", "p95", "max"}
    assert report["failing"] == {}
    assert {"python", "packages", "date", "solver", "translator", "profile"} <= set(report["environment"])
    assert [line["idx"] for line in lines] == [7, 3]
    assert "final" in capsys.readouterr().out


def test_a_query_without_a_trip_is_undelivered_and_named(run: Run) -> None:
    _, report, lines = run(QUERY, {**SHORT_QUERY, "budget": 10})
    assert (report["delivery"], report["final"], lines[1]["plan"]) == (0.5, 0.5, [])
    assert report["failing"] == {"delivery": [3]}
    assert report["undelivered"] == {"3": "INFEASIBLE"}


def test_two_runs_write_the_same_submission(run: Run) -> None:
    assert run(QUERY, SHORT_QUERY)[2] == run(QUERY, SHORT_QUERY)[2]


def test_a_limit_takes_the_first_queries(run: Run) -> None:
    assert run(QUERY, SHORT_QUERY, options=("--limit", "1"))[1]["n"] == 1


def test_a_translation_is_planned_and_judged_under_gold(run: Run) -> None:
    _, report, _ = run(SHORT_QUERY, QUERY, options=("--translator", "rules"))  # the text of the second states no wish
    assert (report["n"], report["delivery"], report["translation_exact"]) == (2, 1.0, 0.5)
    assert [entry["field"] for entry in report["wrong_fields"]] == list(QUERY["local_constraint"])
    assert {name for name, share in report["fields_exact"].items() if share < 1} == {*QUERY["local_constraint"]}
    assert (report["final"], report["violations_under_gold"], report["failing"]["under_gold"]) == (0.5, 1, [7])
    assert report["evaluators_agree"], report["disagreements"]


def test_a_language_model_that_talks_nonsense_delivers_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_environment(monkeypatch)
    with scripted_server([completion("a lovely trip")]) as server:
        monkeypatch.setenv("TWOFOLD_LLM_BASE_URL", server.url)
        monkeypatch.setenv("TWOFOLD_LLM_MODEL", "scripted")
        code, report, _ = run(SHORT_QUERY, options=("--translator", "openai"))
    assert (code, report["delivery"], report["translation_exact"], report["violations_under_gold"]) == (0, 0, 0, 0)
    assert "language model" in report["undelivered"]["3"]


def test_no_language_model_is_an_error_in_words(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    forget_environment(monkeypatch)
    assert run(QUERY, options=("--translator", "openai"))[0] == 2
    assert "TWOFOLD_LLM_MODEL" in capsys.readouterr().err


def test_an_interrupted_run_leaves_what_was_there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(SHORT_QUERY)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(travelplanner, "plan_trip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(SHORT_QUERY)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_what_cannot_be_read_or_written_is_an_error_in_words(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {
        "--tables": directory,
        "--queries": write_queries(tmp_path / "q.jsonl", QUERY),
        "--out": tmp_path / "s.jsonl",
        "--report": tmp_path / "r.json",
    }
    bad: dict[str, Path] = {
        "--tables": tmp_path / "nothing",
        "--queries": tmp_path / "nothing.jsonl",
        "--out": tmp_path / "nowhere" / "s.jsonl",
        "--report": tmp_path / "s.jsonl",
    }
    for name, path in bad.items():
        assert travelplanner.main([str(word) for pair in {**good, name: path}.items() for word in pair]) == 2
        assert path.name in capsys.readouterr().err
    assert not good["--out"].exists()
    assert not good["--report"].exists()


# The benchmark's own queries


def on_train(tmp_path: Path, *options: str) -> dict[str, Any]:
    out, report = tmp_path / "s.jsonl", tmp_path / "r.json"
    paths = ["--tables", SHARED, "--queries", SHARED / "train.jsonl", "--out", out, "--report", report]
    assert travelplanner.main([*map(str, paths), *options]) == 0
    read: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return read


@needs_shared
@pytest.mark.parametrize("cities", ["state", "reference"])
def test_gold_constraints_pass_all_thirteen_rules_on_every_train_query(cities: str, tmp_path: Path) -> None:
    report = on_train(tmp_path, "--cities", cities)
    assert report["reasons"] == report["undelivered"] == {}
    assert (report["n"], report["final"], report["violations_under_gold"]) == (45, 1.0, 0)
    assert report["evaluators_agree"], report["disagreements"]


@needs_shared
def test_the_rules_translator_reads_the_train_queries(tmp_path: Path) -> None:
    report = on_train(tmp_path, "--translator", "rules")
    assert report["translation_exact"] >= 0.97, report["wrong_fields"]
    assert report["final"] >= 0.97, report["reasons"]
    assert report["evaluators_agree"], report["disagreements"]
