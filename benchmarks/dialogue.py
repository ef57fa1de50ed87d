"""Ask simulated travellers what they left out, and compare four ways to choose the questions.

    python -m benchmarks.dialogue [--smoke] [--num 500] [--tables DIR --queries train.jsonl]

`value` asks what the solver says can change the plan; `nothing`, `everything` (in a fixed order) and `random` (as many
questions as `value` needed, any ones) are the baselines. Accuracy: hidden wishes recovered, and plans within 1 % of the
cost of the plan for all wishes. Proactivity: hidden wishes that matter to the cost, asked for. Efficiency: questions.
Credibility: claims of the closing words that the plan does not support. With TravelPlanner's tables and queries, one
to three constraints of each query are withheld as a second source.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.dialogue_queries import query_travellers
from benchmarks.timing import (
    Bar,
    argument_parser,
    conclude,
    environment,
    markdown,
    percentile,
    refuse_bad_files,
    write_report,
)
from data.likely_answers import likely_answers
from data.personas import SPLITS
from data.travellers import Traveller, answer_to, best_cost_cents, draw_traveller
from data.travellers_requests import TODAY, fields_of, request_of
from planning.travel.dialogue import Closing, Dialogue, DialogueState
from planning.travel.dialogue.slots import OPTIONAL
from planning.travel.dialogue.words import unsupported_claims
from planning.travel.dialogue.worth import Appraiser, Stakes
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo import open_demo
from planning.travel.inventory.demo_chance import chance, shuffled

NUM, SMOKE_NUM = 500, 3
SEED = 7
POLICIES = ("value", "everything", "random", "nothing")
CLOSE_TO = 0.01
CONTRADICTORY_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one dialogue went."""

    num_hidden: int
    num_recovered: int
    num_relevant: int
    num_relevant_asked: int
    is_close: bool
    num_questions: int
    num_unsupported: int
    choosing_cpu_s: tuple[float, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 where a bar is missed, and 0 otherwise."""
    options = _options(arguments)
    inventory = open_demo()
    num = SMOKE_NUM if options.smoke else options.num
    outcomes = _run(_feasible(inventory, options.split, num), inventory, "realistic", options.min_risk)
    figures: dict[str, Any] = {name: figures_of(each) for name, each in outcomes.items()}
    _print(figures, "simulated travellers")
    bars = _bars(figures)
    if options.tables and options.queries:
        tables, travellers = query_travellers(options.tables, options.queries, num)
        found = _run(travellers, tables, "travelplanner", options.min_risk)
        figures["travelplanner"] = {name: figures_of(each) for name, each in found.items()}
        _print(figures["travelplanner"], "TravelPlanner's queries with constraints withheld")
    else:
        print("TravelPlanner's queries are left out: give --tables and --queries to have them.\n")
    write_report(options.report, figures | {"environment": environment(("ortools", "pydantic"))}, bars)
    return conclude(bars, judged=not options.smoke)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argument_parser("dialogue", __doc__)
    parser.add_argument("--num", type=int, default=NUM, help=f"how many travellers, each asked in 4 ways ({NUM})")
    parser.add_argument("--split", choices=SPLITS, default="test", help="which travellers (default: test)")
    parser.add_argument(
        "--min-risk", type=float, help="ask only where the plan changes with more than this probability"
    )
    parser.add_argument("--tables", type=Path, metavar="DIR", help="TravelPlanner's tables")
    parser.add_argument(
        "--queries", type=Path, metavar="FILE.jsonl", help="TravelPlanner's queries with gold constraints"
    )
    options = parser.parse_args(arguments)
    if options.num < 1:
        parser.error(f"--num is {options.num}: give at least 1")
    refuse_bad_files(parser, options.report)
    return options


def _feasible(inventory: Inventory, split: Any, num: int) -> Iterator[Traveller]:
    number = found = 0
    while found < num:
        traveller = draw_traveller(inventory, seed=SEED, split=split, number=number, max_hidden=3)
        number += 1
        if traveller.optimum_cents is not None:
            found += 1
            yield traveller


def _run(
    travellers: Iterator[Traveller], inventory: Inventory, profile: str, min_risk: float | None
) -> dict[str, list[Outcome]]:
    outcomes: dict[str, list[Outcome]] = {name: [] for name in POLICIES}
    for traveller in travellers:
        dialogue = Dialogue(inventory, likely_answers(inventory), TODAY, profile=profile)
        if min_risk is not None:
            dialogue.stakes = Stakes(min_risk=min_risk)
        relevant = _relevant(traveller, inventory, profile)
        for policy in POLICIES:
            if policy != "value":
                num_asked = outcomes["value"][-1].num_questions
                dialogue.choose = _choice(policy, traveller, num_asked)
            outcomes[policy].append(hold(dialogue, traveller, relevant, inventory))
    return outcomes


def _choice(policy: str, traveller: Traveller, num_asked: int) -> Any:
    """Return the choice of a baseline."""
    rng = chance(SEED, "random", str(traveller.number))
    order = shuffled(rng, OPTIONAL) if policy == "random" else list(OPTIONAL)
    most = {"nothing": 0, "everything": 2 * len(order), "random": num_asked}[policy]

    def choose(state: DialogueState, _appraiser: Appraiser) -> tuple[str, float] | None:
        left = [path for path in order if path not in state.closed]
        return (left[0], 0.0) if left and len(state.exchanges) < most else None

    return choose


def _relevant(traveller: Traveller, inventory: Inventory, profile: str) -> set[str]:
    """Return the hidden wishes without which the best trip costs something else."""
    best = traveller.optimum_cents
    assert best is not None
    found = set()
    for path in traveller.hidden:
        rest = {name: value for name, value in traveller.fields.items() if name != path}
        try:
            cost = best_cost_cents(request_of(rest), inventory, profile)
        except TimeoutError:
            cost = None  # harder without it: then it matters
        if cost is None or abs(cost - best) > CLOSE_TO * best:
            found.add(path)
    return found


def hold(dialogue: Dialogue, traveller: Traveller, relevant: set[str], inventory: Inventory) -> Outcome:
    """Hold one dialogue to its end, and judge it."""
    state, _ = dialogue.begin(traveller.text)
    cpu_s: list[float] = []
    rng = chance(SEED, "manner", str(traveller.number))
    while True:
        started = time.process_time()
        state, turn = dialogue.ask(state)
        cpu_s.append(time.process_time() - started)
        if isinstance(turn, Closing):
            break
        manner = "contradictory" if rng.random() < CONTRADICTORY_SHARE else "clear"
        answer = answer_to(traveller, turn.path, len(state.exchanges), inventory, manner=manner)
        state, _ = dialogue.hear(state, answer)
    return _judged(traveller, relevant, state, turn, tuple(cpu_s))


def _judged(
    traveller: Traveller, relevant: set[str], state: DialogueState, closing: Closing, cpu_s: tuple[float, ...]
) -> Outcome:
    meant = fields_of(traveller.gold)
    understood = fields_of(state.request()) if not state.missing else {}
    itinerary = closing.answer.itinerary if closing.answer else None
    best = traveller.optimum_cents
    assert best is not None
    return Outcome(
        num_hidden=len(traveller.hidden),
        num_recovered=sum(_plain(meant.get(path)) == _plain(understood.get(path)) for path in traveller.hidden),
        num_relevant=len(relevant),
        num_relevant_asked=len(relevant & {*state.asked}),
        is_close=itinerary is not None and abs(itinerary.cost_cents - best) <= CLOSE_TO * best,
        num_questions=len(state.exchanges),
        num_unsupported=len(unsupported_claims(closing.text, closing.answer)) if closing.answer else 0,
        choosing_cpu_s=cpu_s,
    )


def _plain(value: Any) -> Any:
    return frozenset(value) if isinstance(value, (list, tuple)) else value


def figures_of(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return A, P, E, C and the time of choosing, over some dialogues."""
    cpu_s = [seconds for outcome in outcomes for seconds in outcome.choosing_cpu_s]
    return {
        "dialogues": len(outcomes),
        "A_plans_within_1_percent": sum(outcome.is_close for outcome in outcomes) / max(1, len(outcomes)),
        "A_hidden_recovered": _ratio(outcomes, "num_recovered", "num_hidden"),
        "P_relevant_asked": _ratio(outcomes, "num_relevant_asked", "num_relevant"),
        "E_questions_mean": statistics.mean(outcome.num_questions for outcome in outcomes),
        "E_questions_most": max(outcome.num_questions for outcome in outcomes),
        "C_unsupported_claims": sum(outcome.num_unsupported for outcome in outcomes),
        "choosing_ms_median": 1000 * statistics.median(cpu_s),
        "choosing_ms_p95": 1000 * percentile(cpu_s, 0.95),
        "choosing_ms_most": 1000 * max(cpu_s),
    }


def _ratio(outcomes: Sequence[Outcome], part: str, whole: str) -> float:
    total = sum(getattr(outcome, whole) for outcome in outcomes)
    return sum(getattr(outcome, part) for outcome in outcomes) / total if total else 1.0


def _bars(figures: dict[str, Any]) -> list[Bar]:
    value, everything = figures["value"], figures["everything"]
    claims = sum(figures[policy]["C_unsupported_claims"] for policy in POLICIES)
    share = value["E_questions_mean"] / max(1, everything["E_questions_mean"])
    return [
        Bar("plans within 1 % of the gold cost", value["A_plans_within_1_percent"], 0.99, "of the dialogues"),
        Bar("questions, as a share of asking everything", share, 0.5, "of them", is_limit=True),
        Bar("CPU to choose a question, 95th percentile", value["choosing_ms_p95"], 300, "ms", is_limit=True),
        Bar("unsupported claims", claims, 0, "claims", is_limit=True),
    ]


def _print(figures: dict[str, Any], title: str) -> None:
    names = list(figures["value"])
    rows = [(name, *(figures[policy][name] for policy in POLICIES)) for name in names]
    print(f"{title}\n\n{markdown(('', *POLICIES), rows)}\n")


if __name__ == "__main__":
    sys.exit(main())
