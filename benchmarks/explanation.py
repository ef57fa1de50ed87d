"""Time all minimal repairs of trips that cannot be had, and fronts of six points; check every one of them.

    python -m benchmarks.explanation [--smoke] [--report report.json]

The requests are seeded and plan in the demo world (`explanation_requests`). CPU seconds of all threads, the least of
three runs. Every repair is planned again on the whole network, without its bounds, and is feasible at the same cost;
with any one of its constraints kept there is no trip. No point of a front is as bad as another one in everything.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import TypeVar

from benchmarks.explanation_requests import Asked, feasible_requests, infeasible_requests
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
from planning.travel.conflicts import Terms, constraints_of
from planning.travel.explanation import MAX_FOUND, explain
from planning.travel.gathering import gather
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo import open_demo
from planning.travel.pareto import DEFAULT_POINTS, Front, pareto_front
from planning.travel.profile import REALISTIC
from planning.travel.repairs import Repair, Trips, minimal_repairs
from planning.travel.rules import check_rules
from planning.travel.solving import solve_auto, solve_trip
from solvers.result import Result, Status

ROUNDS = 3
TIME_LIMIT_S = 30.0
NUM_INFEASIBLE, NUM_FEASIBLE = 100, 60
SMOKE = 6
FRONT = ("cost", "rating")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Repaired:
    """One request without a trip. `wrong` counts the repairs that another planning does not confirm."""

    seed: int
    num_cities: int
    num_constraints: int
    num_repairs: int
    num_conflicts: int
    complete: bool
    wrong: int
    repairs_ms: float
    explain_ms: float


@dataclass(frozen=True, slots=True)
class Fronted:
    """One front. `wrong` counts the points that another one dominates, and the trips that break a rule."""

    seed: int
    num_cities: int
    num_points: int
    complete: bool
    wrong: int
    front_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0, or 1 where a bar is missed."""
    parser = argument_parser("explanation", __doc__)
    options = parser.parse_args(arguments)
    refuse_bad_files(parser, options.report)
    inventory = open_demo()
    num_infeasible, num_feasible = (SMOKE, SMOKE) if options.smoke else (NUM_INFEASIBLE, NUM_FEASIBLE)
    repaired = [_repaired(asked, inventory) for asked in infeasible_requests(inventory, num_infeasible)]
    print(_repair_table(repaired), "\n", flush=True)
    fronted = [_fronted(asked, inventory) for asked in feasible_requests(inventory, num_feasible)]
    print(_front_table(fronted), "\n")
    bars = _bars(repaired, fronted)
    figures = {
        "environment": environment(["ortools", "pulp"]),
        "repairs": [asdict(row) for row in repaired],
        "fronts": [asdict(row) for row in fronted],
    }
    write_report(options.report, figures, bars)
    return conclude(bars, judged=not options.smoke)


def _least_ms(run: Callable[[], T]) -> tuple[T, float]:
    """Return the result of a call, and the least CPU milliseconds of some runs."""
    found, least = None, float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        found = run()
        least = min(least, time.process_time() - started)
    assert found is not None
    return found, 1000 * least


# Repairs


def _repaired(asked: Asked, inventory: Inventory) -> Repaired:
    terms = Terms(asked.request, REALISTIC)

    def trips() -> Trips:
        constraints = constraints_of(terms.request, terms.profile)
        return Trips(terms, constraints, inventory, solve_auto, time.perf_counter() + TIME_LIMIT_S)

    (repairs, complete), repairs_ms = _least_ms(lambda: minimal_repairs(trips(), MAX_FOUND))
    explanation, explain_ms = _least_ms(
        lambda: explain(terms.request, terms.profile, inventory, solve_auto, TIME_LIMIT_S)
    )
    return Repaired(
        seed=asked.seed,
        num_cities=asked.request.destination.num_cities,
        num_constraints=len(trips().constraints),
        num_repairs=len(repairs),
        num_conflicts=len(explanation.conflicts),
        complete=complete and explanation.complete,
        wrong=sum(not _is_right(trips(), repair) for repair in repairs),
        repairs_ms=repairs_ms,
        explain_ms=explain_ms,
    )


def _is_right(trips: Trips, repair: Repair) -> bool:
    """Tell whether a repair is feasible at its cost, and infeasible with any one of its constraints kept."""
    names = frozenset(repair.constraints)
    found = _planned_whole(trips, names)
    less = [_planned_whole(trips, names - {name}) for name in sorted(names)]
    return found.cost == repair.cost_cents and all(result.status is Status.INFEASIBLE for result in less)


def _planned_whole(trips: Trips, given_up: frozenset[str]) -> Result[dict[str, int]]:
    """Plan without some constraints on the whole network at once, without its bounds."""
    terms = trips.terms.without(c for c in trips.constraints if c.name in given_up).at_least_cost
    candidates = gather(terms.request, terms.profile, trips.inventory)
    return solve_trip(candidates, solve_auto, TIME_LIMIT_S, bounded=False)[0]


# Fronts


def _fronted(asked: Asked, inventory: Inventory) -> Fronted:
    front, front_ms = _least_ms(
        lambda: pareto_front(
            asked.request, REALISTIC, inventory, FRONT, count=DEFAULT_POINTS, time_limit_s=TIME_LIMIT_S
        )
    )
    invalid = [p for p in front.points if not check_rules(p.itinerary, asked.request, inventory).valid]
    return Fronted(
        seed=asked.seed,
        num_cities=asked.request.destination.num_cities,
        num_points=len(front.points),
        complete=front.complete,
        wrong=len(list(_dominated(front))) + len(invalid),
        front_ms=front_ms,
    )


def _dominated(front: Front) -> Iterator[dict[str, int]]:
    scores = [point.scores for point in front.points]
    for number, mine in enumerate(scores):
        others = scores[:number] + scores[number + 1 :]
        if any(all(other[name] <= mine[name] for name in front.objectives) for other in others):
            yield mine


# The report


def _repair_table(rows: Sequence[Repaired]) -> str:
    head = ("cities", "requests", "repairs each", "conflicts each", "repairs, median ms", "p95", "explained, median ms")
    lines = [
        (
            name,
            len(some),
            sum(row.num_repairs for row in some) / len(some),
            sum(row.num_conflicts for row in some) / len(some),
            median(row.repairs_ms for row in some),
            percentile([row.repairs_ms for row in some], 0.95),
            median(row.explain_ms for row in some),
        )
        for name, some in _by_cities(rows)
    ]
    return markdown(head, lines)


def _front_table(rows: Sequence[Fronted]) -> str:
    head = ("cities", "requests", "points each", "front, median ms", "p95", "within the time limit")
    lines = [
        (
            name,
            len(some),
            sum(row.num_points for row in some) / len(some),
            median(row.front_ms for row in some),
            percentile([row.front_ms for row in some], 0.95),
            sum(row.complete for row in some),
        )
        for name, some in _by_cities(rows)
    ]
    return markdown(head, lines)


R = TypeVar("R", Repaired, Fronted)


def _by_cities(rows: Sequence[R]) -> Iterator[tuple[str, list[R]]]:
    for num_cities in sorted({row.num_cities for row in rows}):
        yield str(num_cities), [row for row in rows if row.num_cities == num_cities]
    yield "all", list(rows)


def _bars(repaired: Sequence[Repaired], fronted: Sequence[Fronted]) -> list[Bar]:
    repairs_ms = [row.repairs_ms for row in repaired]
    return [
        Bar("all minimal repairs, median", median(repairs_ms), 50, "ms of CPU", is_limit=True),
        Bar("all minimal repairs, p95", percentile(repairs_ms, 0.95), 500, "ms of CPU", is_limit=True),
        Bar("explanations left open", sum(not row.complete for row in repaired), 0, "of them", is_limit=True),
        Bar("repairs not confirmed", sum(row.wrong for row in repaired), 0, "of them", is_limit=True),
        Bar("front of six points, median", median(r.front_ms for r in fronted), 150, "ms of CPU", is_limit=True),
        Bar("points dominated or invalid", sum(row.wrong for row in fronted), 0, "of them", is_limit=True),
    ]


if __name__ == "__main__":
    sys.exit(main())
