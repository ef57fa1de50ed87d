"""Plan TravelPlanner's queries, write a submission, and judge it.

    python -m benchmarks.travelplanner --tables DIR --queries FILE.jsonl --translator gold|rules|openai \
        --out submission.jsonl --report report.json

Two evaluators judge every plan under the query's gold constraints: `travelplanner_evaluator` reads the written file
and the CSV tables alone, `planning.travel.rules` the itinerary. The report says whether they agree.
"""

import argparse
import json
import os
import platform
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from importlib.metadata import version
from math import ceil
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.travelplanner_evaluator import (
    COMMONSENSE_RULES,
    HARD_RULES,
    Judgement,
    judge_submission,
    score,
)
from benchmarks.travelplanner_submission import (
    Query,
    gold_fields,
    gold_request,
    read_queries,
    stated_fields,
    submission_line,
)
from benchmarks.travelplanner_tables import load_tables
from planning.travel.completion import complete
from planning.travel.gathering import gather
from planning.travel.inventory import Inventory
from planning.travel.inventory.tables import open_tables
from planning.travel.llm import LanguageModelError, openai_chat
from planning.travel.profile import TRAVELPLANNER
from planning.travel.request import TravelRequest
from planning.travel.rules import check_rules
from planning.travel.solving import SOLVERS, solve_trip
from planning.travel.translation import Translation, Translator
from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.llm_translation import llm_translator
from planning.travel.translation.rules import translate_by_rules
from planning.travel.trip import DEFAULT_TIME_LIMIT_S, Answer, plan_trip
from solvers.milp import MILP_SOLVERS

PACKAGES = ("twofold", "ortools", "pulp", "numpy", "pydantic", "rapidfuzz")
STAGES = ("gather", "solve", "check")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one query. `request` is what was planned, None where the text was not understood.

    `gold` are the constraints that the plan is judged under. `problem` says why there is no plan. `broken` are the
    rules that `check_rules` finds broken under gold. `compared` maps a solver to its seconds and its cost.
    """

    query: Query
    gold: TravelRequest
    request: TravelRequest | None
    translation: Translation | None
    answer: Answer | None
    problem: str
    translate_s: float
    broken: tuple[str, ...] = ()
    compared: dict[str, tuple[float, int | None]] | None = None

    @property
    def end_to_end_s(self) -> float | None:
        """Return the seconds from the text to the checked itinerary; None where there is none."""
        if self.answer is None or self.answer.itinerary is None:
            return None
        return self.translate_s + sum(self.answer.seconds[stage] for stage in STAGES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0, or 2 with a sentence on stderr where the input is of no use."""
    options = _options(arguments)
    try:
        with _written_aside(options.out, options.report) as (submission, report_path):
            report = run(options, submission, Console(stderr=True))
            report_path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except (ValueError, OSError, LanguageModelError) as error:
        print(f"benchmarks.travelplanner: {error}", file=sys.stderr)
        return 2
    _show(report, Console())
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.travelplanner", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--tables", type=Path, required=True, help="directory of TravelPlanner's CSV tables")
    parser.add_argument("--queries", type=Path, required=True, help="train.jsonl or validation.jsonl")
    parser.add_argument("--translator", choices=["gold", "rules", "openai"], default="gold")
    parser.add_argument("--out", type=Path, required=True, help="the submission to write (JSON Lines)")
    parser.add_argument("--report", type=Path, required=True, help="the report to write (JSON)")
    parser.add_argument("--cities", choices=["state", "reference"], default="state", help="gold only: who chooses them")
    parser.add_argument("--limit", type=int, help="only the first so many queries")
    parser.add_argument("--solver", choices=list(SOLVERS), default="auto")
    parser.add_argument("--time-limit", type=float, default=DEFAULT_TIME_LIMIT_S, help="seconds for each solver")
    parser.add_argument("--certify", action="store_true", help="solve with both solvers and compare")
    parser.add_argument("--compare", action="store_true", help="time both solvers on the same models")
    parser.add_argument("--today", type=date.fromisoformat, default=_local_day(), help="for relative dates")
    return parser.parse_args(arguments)


def _local_day() -> date:
    return datetime.now(UTC).astimezone().date()


@contextmanager
def _written_aside(*paths: Path) -> Iterator[list[Path]]:
    """Yield a file beside each path; move them there when the block ends well, remove them when it does not."""
    for path in paths:
        if not path.parent.is_dir() or path.is_dir():
            raise ValueError(f"{path} cannot be written: name a file in a directory that exists")
    if len(set(paths)) < len(paths):
        raise ValueError(f"{paths[0]} cannot hold both the submission and the report: name two files")
    asides = [path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp") for path in paths]
    try:
        for aside in asides:
            aside.touch()
        yield asides
        for aside, path in zip(asides, paths, strict=True):
            aside.replace(path)
    finally:
        for aside in asides:
            aside.unlink(missing_ok=True)


def run(options: argparse.Namespace, submission: Path, console: Console) -> dict[str, Any]:
    """Plan every query, write the submission, judge it, and return the report.

    Raises:
        ValueError: The queries, the tables or the translator's settings are of no use.
    """
    queries = read_queries(options.queries, options.limit)
    started = time.perf_counter()
    inventory = open_tables(options.tables)
    open_s = time.perf_counter() - started
    translate = _translator(options, inventory)
    import_module("ortools.sat.python.cp_model")  # imported once, by nobody's first query
    outcomes = [
        _plan(query, options, inventory, translate)
        for query in track(queries, "planning", console=console, disable=not console.is_terminal)
    ]
    lines = [submission_line(o.query, o.answer.itinerary if o.answer else None) for o in outcomes]
    submission.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    gold = [query.model_dump(mode="json", by_alias=True) for query in queries]
    judgements = judge_submission(submission, gold, load_tables(options.tables))
    return _report(options, outcomes, judgements, open_s)


# One query


def _translator(options: argparse.Namespace, inventory: Inventory) -> Callable[[str], Translation] | None:
    if options.translator == "gold":
        return None
    translator: Translator = translate_by_rules if options.translator == "rules" else llm_translator(openai_chat())
    gazetteer = _gazetteer(inventory)
    return lambda text: translator(text, today=options.today, gazetteer=gazetteer)


def _gazetteer(inventory: Inventory) -> Gazetteer:
    cities = inventory.cities()
    cuisines = {c: None for city in cities for r in inventory.restaurants(city.name) for c in r.cuisines}
    return Gazetteer(cities, tuple(cuisines), lambda city: [a.name for a in inventory.attractions(city)])


def _plan(
    query: Query,
    options: argparse.Namespace,
    inventory: Inventory,
    translate: Callable[[str], Translation] | None,
) -> Outcome:
    gold = gold_request(query, options.cities)
    started = time.perf_counter()
    try:
        translation = translate(query.query) if translate else None
        request = translation.request if translation else gold
    except (ValueError, LanguageModelError) as error:
        return Outcome(query, gold, None, None, None, str(error), 0.0)
    translate_s = time.perf_counter() - started
    if request is None:
        assert translation
        problem = "; ".join([*translation.problems, *(f"missing: {words}" for words in translation.missing)])
        return Outcome(query, gold, None, translation, None, problem or "no request", translate_s)
    try:
        answer = plan_trip(
            request,
            inventory,
            profile=TRAVELPLANNER.name,
            solver=options.solver,
            time_limit_s=options.time_limit,
            with_certificate=options.certify,
            with_explanation=False,
        )
    except ValueError as error:
        return Outcome(query, gold, request, translation, None, str(error), translate_s)
    broken: tuple[str, ...] = ()
    if answer.itinerary:
        broken = tuple(dict.fromkeys(v.rule for v in check_rules(answer.itinerary, gold, inventory).violations))
    compared = _compared(request, inventory, options.time_limit) if options.compare else None
    problem = "" if answer.itinerary else answer.status.value
    return Outcome(query, gold, request, translation, answer, problem, translate_s, broken, compared)


def _compared(request: TravelRequest, inventory: Inventory, limit_s: float) -> dict[str, tuple[float, int | None]]:
    completed, _ = complete(request, TRAVELPLANNER, inventory)
    candidates = gather(completed, TRAVELPLANNER, inventory)
    found = {}
    for name, solver in MILP_SOLVERS.items():
        result, _ = solve_trip(candidates, solver, limit_s)
        found[name] = (result.seconds, result.cost)
    return found


# The report


def _report(
    options: argparse.Namespace, outcomes: Sequence[Outcome], judgements: Sequence[Judgement], open_s: float
) -> dict[str, Any]:
    disagreements = [_disagreement(o, j) for o, j in zip(outcomes, judgements, strict=True)]
    found = [disagreement for disagreement in disagreements if disagreement]
    answers = [o.answer for o in outcomes if o.answer]
    report: dict[str, Any] = {"n": len(outcomes), **score(judgements)}
    report |= _translation_report(outcomes)
    report["violations_under_gold"] = sum(bool(o.broken) for o in outcomes)
    report["solve_ms"] = _spread_ms(a.seconds["solve"] for a in answers)
    report["end_to_end_ms"] = _spread_ms(o.end_to_end_s for o in outcomes if o.end_to_end_s is not None)
    report["failing"] = _failing(outcomes, judgements)
    report["reasons"] = {str(j.idx): dict(j.broken) for j in judgements if j.broken}
    report["undelivered"] = {str(o.query.idx): o.problem for o in outcomes if o.problem}
    report["evaluators_agree"] = not found
    report["disagreements"] = found
    if options.certify:
        report["guaranteed"] = sum(bool(a.certificate and a.certificate.guaranteed) for a in answers)
    if options.compare:
        report["compare"] = _comparison([o.compared for o in outcomes if o.compared])
    report["environment"] = _environment(options, open_s)
    return report


def _disagreement(outcome: Outcome, judgement: Judgement) -> dict[str, Any] | None:
    """Compare both evaluators' common sense and, where judged, hard verdicts.

    Both see the rules of the benchmark. The number of days and cities is one of its rules here, and of two there.
    """
    if outcome.answer is None or outcome.answer.itinerary is None:
        return None
    commonsense = {*COMMONSENSE_RULES} & {*outcome.broken}
    if len(outcome.answer.itinerary.days) != outcome.query.days:
        commonsense.add("complete")
    same = bool(commonsense) is not judgement.passes_commonsense
    if judgement.hard_judged:
        same = same and ({*HARD_RULES} & {*outcome.broken}) == ({*HARD_RULES} & {*judgement.broken})
    if same:
        return None
    return {"idx": judgement.idx, "evaluator": sorted(judgement.broken), "check_rules": sorted(outcome.broken)}


def _translation_report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    names = list(gold_fields(outcomes[0].query))
    wrong: list[dict[str, Any]] = []
    for outcome in outcomes:
        gold = gold_fields(outcome.query)
        stated = stated_fields(outcome.request) if outcome.request else dict.fromkeys(names)
        if outcome.translation is None and outcome.request:
            # Reference cities stand for the state that they were taken from.
            stated["dest"] = gold["dest"]
        wrong += [
            {
                "idx": outcome.query.idx,
                "field": name,
                "gold": gold[name],
                "translated": stated[name],
                "query": outcome.query.query,
            }
            for name in names
            if outcome.request is None or stated[name] != gold[name]
        ]
    n = len(outcomes)
    untranslated = {entry["idx"] for entry in wrong}
    return {
        "translation_exact": 1 - len(untranslated) / n,
        "fields_exact": {name: 1 - sum(entry["field"] == name for entry in wrong) / n for name in names},
        "wrong_fields": wrong,
        "not_understood": {
            str(o.query.idx): list(o.translation.not_understood)
            for o in outcomes
            if o.translation and o.translation.not_understood
        },
    }


def _failing(outcomes: Sequence[Outcome], judgements: Sequence[Judgement]) -> dict[str, list[int]]:
    """Return the queries that break each rule, by rule; `under_gold` has also what only `check_rules` looks at."""
    failing = {"delivery": [j.idx for j in judgements if not j.delivered]}
    for rule in (*COMMONSENSE_RULES, *HARD_RULES):
        failing[rule] = [j.idx for j in judgements if rule in j.broken]
    failing["hard_not_judged"] = [j.idx for j in judgements if j.delivered and not j.hard_judged]
    failing["under_gold"] = [o.query.idx for o in outcomes if o.broken]
    return {rule: indices for rule, indices in failing.items() if indices}


def _spread_ms(seconds: Iterable[float]) -> dict[str, float] | None:
    """Return median, 95th percentile (nearest rank) and maximum in milliseconds; None of nothing."""
    ordered = sorted(1000 * s for s in seconds)
    if not ordered:
        return None
    p95 = ordered[ceil(0.95 * len(ordered)) - 1]
    return {"median": round(statistics.median(ordered), 2), "p95": round(p95, 2), "max": round(ordered[-1], 2)}


def _comparison(compared: Sequence[dict[str, tuple[float, int | None]]]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _spread_ms(by[name][0] for by in compared) for name in MILP_SOLVERS}
    first, second = MILP_SOLVERS
    if compared:
        found["median_ratio"] = round(statistics.median(by[second][0] / by[first][0] for by in compared), 3)
    found["costs_agree"] = all(by[first][1] == by[second][1] for by in compared)
    return found


def _environment(options: argparse.Namespace, open_s: float) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "processors": os.cpu_count(),
        "date": _local_day().isoformat(),
        "today": options.today.isoformat(),
        "solver": options.solver,
        "translator": options.translator,
        "cities": options.cities,
        "profile": TRAVELPLANNER.name,
        "queries": options.queries.name,
        "open_tables_ms": round(1000 * open_s, 1),
    }


def _show(report: dict[str, Any], console: Console) -> None:
    table = Table(title=f"TravelPlanner, {report['n']} queries, translator {report['environment']['translator']}")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in report.items():
        if isinstance(value, (bool, int)):
            table.add_row(name, str(value))
        elif isinstance(value, float):
            table.add_row(name, f"{value:.3f}")
    for name, share in report["fields_exact"].items():
        if share < 1:
            table.add_row(f"fields_exact: {name}", f"{share:.3f}")
    spreads = {name: report[name] for name in ("solve_ms", "end_to_end_ms")}
    spreads |= {f"{name} solve_ms": report["compare"][name] for name in MILP_SOLVERS if "compare" in report}
    for name, spread in spreads.items():
        if spread:
            table.add_row(f"{name} (median / p95 / max)", " / ".join(f"{ms:.1f}" for ms in spread.values()))
    if "compare" in report:
        table.add_row("cbc / cp-sat, median ratio", str(report["compare"].get("median_ratio")))
    for rule, indices in report["failing"].items():
        table.add_row(f"failing {rule}", ", ".join(map(str, indices)))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
