"""TravelPlanner's evaluator: a corpus with a plan for every rule it can break, look-ups, and the measures."""

import ast
import copy
from pathlib import Path
from typing import Any

import pytest

from benchmarks import travelplanner_evaluator
from benchmarks.travelplanner_evaluator import (
    COMMONSENSE_RULES,
    HARD_RULES,
    Judgement,
    judge_plan,
    judge_submission,
    score,
)
from benchmarks.travelplanner_tables import Tables, load_tables
from planning.travel import rules
from tests.benchmarks.small_tables import PLAN, PLAN_COST, QUERY, write_tables

Plan = list[dict[str, Any]]
# The rule that is broken, and it alone; what to change of the query (its local constraints by their names); then what
# to change of the plan, by number of the day.
Case = tuple[str, dict[str, Any], dict[int, dict[str, str]]]
TO_ELM = "from Birk to Elm"
BREAKING: list[Case] = [
    (
        "tour",  # Elm is in another state
        {"cuisine": ["Mexican"], "transportation": None},
        {
            3: {"current_city": TO_ELM, "transportation": f"Taxi, {TO_ELM}", "accommodation": "Elm Rest, Elm"},
            4: {
                "current_city": "Elm",
                "breakfast": "Elm Bread, Elm",
                "lunch": "Elm Pot, Elm",
                "dinner": "Elm Grill, Elm",
                "attraction": "Elm Hall, Elm;",
                "accommodation": "Elm Rest, Elm",
            },
            5: {"current_city": "from Elm to Alba", "transportation": "Flight Number: F102, from Elm to Alba"},
        },
    ),
    (
        "tour",  # it ends in Birk
        {},
        {5: {"current_city": "from Cedar to Birk", "transportation": "Taxi, from Cedar to Birk"}},
    ),
    ("tour", {"org": "Cedar", "visiting_city_number": 2, "cuisine": ["Mexican"]}, {}),  # it starts elsewhere
    ("unique_restaurants", {}, {2: {"dinner": "Taco Two, Birk"}}),
    ("unique_attractions", {}, {2: {"attraction": "Old Mill, Birk;Old Mill, Birk;"}}),
    ("minimum_nights", {}, {3: {"accommodation": "Long Stay, Cedar"}, 4: {"accommodation": "Long Stay, Cedar"}}),
    ("one_car", {"transportation": None}, {3: {"transportation": "Self-driving, from Birk to Cedar"}}),
    ("within_city", {}, {2: {"dinner": "Corner, Cedar"}, 4: {"dinner": "Cafe Royal, Cedar"}}),
    (
        "within_city",
        {},
        {4: {"attraction": "Cedar Park, Cedar;Water Tower, Birk;"}, 2: {"attraction": "Old Mill, Birk;"}},
    ),
    (
        "within_city",
        {"house rule": None},
        {3: {"accommodation": "Birk Inn, Birk"}, 4: {"accommodation": "Smokeless, Cedar"}},
    ),
    ("in_tables", {}, {2: {"attraction": "Old Windmill, Birk;"}}),
    ("in_tables", {}, {2: {"dinner": "Diner, Birk"}}),
    ("in_tables", {}, {1: {"transportation": "Flight Number: F103, from Alba to Birk"}}),
    ("in_tables", {}, {1: {"transportation": "Taxi, from Alba to Birk"}}),  # more than a day on the road
    ("complete", {}, {4: {"lunch": "-"}}),
    ("complete", {}, {4: {"attraction": "Cedar Park, Cedar"}}),  # no `;`, so no attraction
    ("complete", {}, {3: {"accommodation": "Smokeless, Cedar"}, 4: {"accommodation": "-"}}),
    ("complete", {}, {5: {"transportation": "-"}}),
    ("complete", {"visiting_city_number": 3}, {}),
    ("budget", {"budget": PLAN_COST - 1}, {}),
    ("house_rules", {}, {3: {"accommodation": "Smokeless, Cedar"}, 4: {"accommodation": "Smokeless, Cedar"}}),
    ("house_rules", {"house rule": "pets", "budget": 9000}, {}),
    ("cuisines", {"cuisine": ["Mexican", "Indian", "French"]}, {1: {"lunch": "Home Taco, Alba"}}),  # eaten at home
    ("room_type", {}, {3: {"accommodation": "Small Room, Cedar"}, 4: {"accommodation": "Small Room, Cedar"}}),
    ("room_type", {"room type": "private room"}, {}),
    ("forbidden_modes", {"transportation": "no flight"}, {}),
]


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return load_tables(write_tables(tmp_path / "tables"))


def changed_query(changes: dict[str, Any]) -> dict[str, Any]:
    wishes = {name: changes.get(name, wish) for name, wish in QUERY["local_constraint"].items()}
    return {**QUERY, **{k: v for k, v in changes.items() if k in QUERY}, "local_constraint": wishes}


def changed_plan(changes: dict[int, dict[str, str]]) -> Plan:
    return [{**entries, **changes.get(entries["days"], {})} for entries in copy.deepcopy(PLAN)]


def test_the_evaluator_imports_nothing_of_the_planner() -> None:
    for name in ("travelplanner_evaluator", "travelplanner_tables"):
        tree = ast.parse((Path(travelplanner_evaluator.__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
        found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        found |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        roots = {str(module).split(".")[0] for module in found if module != "benchmarks.travelplanner_tables"}
        assert roots <= {
            "collections",
            "csv",
            "dataclasses",
            "functools",
            "itertools",
            "json",
            "math",
            "pathlib",
            "re",
            "typing",
        }


def test_both_evaluators_name_the_same_thirteen_rules() -> None:
    assert tuple(COMMONSENSE_RULES) == tuple(rules.COMMONSENSE_RULES)
    assert tuple(HARD_RULES) == tuple(rules.HARD_RULES)


def test_a_valid_plan_breaks_no_rule_and_costs_what_it_costs(tables: Tables) -> None:
    judgement = judge_plan({**QUERY, "budget": PLAN_COST}, PLAN, tables)
    assert judgement.broken == {}
    assert judgement.asked == tuple(HARD_RULES)
    assert judgement.passes_commonsense
    assert judgement.passes_hard


def test_the_corpus_breaks_every_rule() -> None:
    assert {rule for rule, _, _ in BREAKING} == {*COMMONSENSE_RULES, *HARD_RULES}


@pytest.mark.parametrize(("rule", "of_query", "of_plan"), BREAKING)
def test_a_broken_rule_is_named_and_no_other(
    rule: str, of_query: dict[str, Any], of_plan: dict[int, dict[str, str]], tables: Tables
) -> None:
    judgement = judge_plan(changed_query(of_query), changed_plan(of_plan), tables)
    assert set(judgement.broken) == {rule}, judgement.broken


def test_a_name_is_looked_up_as_a_part_and_the_first_row_counts(tables: Tables) -> None:
    plan = changed_plan({4: {"breakfast": "Cafe, Cedar"}})  # "Cafe Royal" at 90 stands before "Cafe" at 10
    more = 2 * (90 - 14)
    assert judge_plan({**QUERY, "budget": PLAN_COST + more}, plan, tables).broken == {}
    assert set(judge_plan({**QUERY, "budget": PLAN_COST + more - 1}, plan, tables).broken) == {"budget"}


def test_an_ambiguous_hotel_is_not_judged_by_its_minimum_of_nights(tables: Tables) -> None:
    nights = {number: {"accommodation": "Twin Stay, Cedar"} for number in (3, 4)}
    assert judge_plan(QUERY, changed_plan(nights), tables).broken == {}


def test_a_name_with_commas_and_blanks_is_found(tables: Tables) -> None:
    nights = {number: {"accommodation": "Old Loft, with view , Birk"} for number in (1, 2)}
    assert judge_plan(QUERY, changed_plan(nights), tables).broken == {}


def test_hard_rules_count_as_failed_where_the_plan_is_incomplete_or_made_up(tables: Tables) -> None:
    for change in ({4: {"lunch": "-"}}, {4: {"lunch": "Nowhere, Cedar"}}):
        judgement = judge_plan({**QUERY, "budget": 1}, changed_plan(change), tables)
        assert (judgement.hard_judged, judgement.num_hard_passed, judgement.passes_hard) == (False, 0, False)
        assert "budget" not in judgement.broken


@pytest.mark.parametrize("plan", [None, [], [{}, {}]])
def test_a_plan_of_nothing_is_not_delivered(plan: Plan | None, tables: Tables) -> None:
    judgement = judge_plan(QUERY, plan, tables)
    assert (judgement.delivered, judgement.num_commonsense_passed, judgement.passes_commonsense) == (False, 0, False)


def test_a_day_too_few_or_without_a_key_is_incomplete(tables: Tables) -> None:
    assert "complete" in judge_plan(QUERY, PLAN[:-1], tables).broken
    without = [{key: value for key, value in PLAN[0].items() if key != "lunch"}, *PLAN[1:]]
    assert judge_plan(QUERY, without, tables).broken == {"complete": "day 1 lacks the key 'lunch'"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("nonsense", "line 1"),
        ('{"idx": 7}', "'plan'"),
        ('{"idx": 7, "plan": []}\n{"idx": 7, "plan": []}', "line 2.*already"),
        ('{"idx": 7, "plan": ["day"]}', "no list of days"),
    ],
)
def test_a_broken_submission_is_refused_by_its_line(lines: str, words: str, tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(lines, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        judge_submission(tmp_path / "s.jsonl", [QUERY], tables)


def test_the_measures_are_what_a_hand_computes() -> None:
    judgements = [
        Judgement(0, True, ("budget", "cuisines"), {}),
        Judgement(1, True, ("budget",), {"tour": "…", "budget": "…"}),
        Judgement(2, True, ("budget", "room_type"), {"complete": "…"}),  # so its two hard rules count as failed
        Judgement(3, False, ("budget",), {}),
        Judgement(4, True, ("budget",), {"minimum_nights": "…"}),
    ]
    assert score(judgements) == {
        "delivery": 4 / 5,
        "commonsense_micro": (8 + 7 + 7 + 0 + 7) / 40,
        "commonsense_macro": 1 / 5,
        "hard_micro": (2 + 0 + 0 + 0 + 1) / 7,
        "hard_macro": 2 / 5,
        "final": 1 / 5,
    }
