"""Re-plan trips that lose a leg and a hotel, and measure it.

    python -m benchmarks.replanning [--smoke] [--report FILE.json] [--tables DIR --queries train.jsonl]

Seeded trips in the demo (realistic profile), and with `--tables` and `--queries` those of TravelPlanner's train or
validation queries too. Of each trip a leg and a hotel, drawn at random, are lost; then it is re-planned with the least
change, or it is proven that there is no trip. Gathering, bounds, both solves and the check by the rules are measured.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.timing import Bar
from benchmarks.travelplanner_submission import gold_request, read_queries
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo import open_demo
from planning.travel.inventory.tables import open_tables
from planning.travel.itinerary import Itinerary
from planning.travel.replanning import WEIGHTS, Replan, replan
from planning.travel.replanning_bookings import bookings_of
from planning.travel.replanning_changes import Disruption
from planning.travel.request import Dates, Destination, TravelRequest
from planning.travel.trip import plan_trip
from solvers.result import Status

NUM_TRIPS, NUM_SMOKE = 60, 6
ROUNDS = 3
MEDIAN_MS = 30.0
ORIGINS = ("Boston", "Denver", "Chicago", "Seattle", "Atlanta", "Austin")
REGIONS = ("California", "Florida", "Texas", "New York", "Colorado")
FIRST_DAY = date(2027, 5, 3)
LEGS = ("flight", "taxi", "self-driving")


@dataclass(frozen=True, slots=True)
class Case:
    """A trip that was planned, and what it loses."""

    itinerary: Itinerary
    request: TravelRequest
    inventory: Inventory
    disruption: Disruption


@dataclass(frozen=True, slots=True)
class Row:
    """One set of trips: how many there are, of how many it was proven that there is none, milliseconds of CPU."""

    name: str
    trips: int
    proven: int
    infeasible: int
    median_ms: float
    p95_ms: float
    max_ms: float
    median_change: float
    valid: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 where a bar is judged and missed."""
    parser = timing.argument_parser("replanning", __doc__)
    parser.add_argument("--tables", type=Path, metavar="DIR", help="directory of TravelPlanner's CSV tables")
    parser.add_argument("--queries", type=Path, metavar="FILE.jsonl", help="its train or validation queries")
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report)
    if (options.tables is None) != (options.queries is None):
        parser.error("--tables and --queries go together")
    import_module("ortools.sat.python.cp_model")
    rows = [measured(name, list(cases), options.smoke) for name, cases in _sets(options)]
    head = ("trips of", "trips", "proven", "of these: none", "median ms", "p95 ms", "max ms", "median change", "valid")
    print(timing.markdown(head, [tuple(asdict(row).values()) for row in rows]))
    bars = [bar for row in rows for bar in judge(row)]
    figures = {"environment": timing.environment(["ortools", "pulp"]), "rows": [asdict(row) for row in rows]}
    timing.write_report(options.report, figures, bars)
    return timing.conclude(bars, judged=not options.smoke)


def _sets(options: argparse.Namespace) -> Iterator[tuple[str, Iterator[Case]]]:
    count = NUM_SMOKE if options.smoke else NUM_TRIPS
    yield "the demo", demo_cases(count)
    if options.tables:
        yield f"TravelPlanner, {options.queries.stem}", table_cases(options.tables, options.queries, count)


def demo_cases(count: int) -> Iterator[Case]:
    """Yield seeded trips in the demo: one to three cities of a state, three to seven days."""
    inventory = open_demo()
    rng = random.Random(0)
    while count:
        num_cities = rng.choice((1, 2, 2, 3))
        request = TravelRequest(
            origin=rng.choice(ORIGINS),
            destination=Destination(region=rng.choice(REGIONS), num_cities=num_cities),
            dates=Dates.starting(FIRST_DAY + timedelta(days=rng.randrange(90)), 2 * num_cities + 1),
            adults=rng.choice((1, 2, 3)),
        )
        if request.origin not in [city.name for city in inventory.cities()]:
            raise ValueError(f"{request.origin} is not in the demo")
        case = disrupted(request, inventory, "realistic", rng)
        if case:
            count -= 1
            yield case


def table_cases(tables: Path, queries: Path, count: int) -> Iterator[Case]:
    """Yield the trips of TravelPlanner's queries, planned by their gold constraints."""
    inventory, rng = open_tables(tables), random.Random(0)
    for query in read_queries(queries, count):
        case = disrupted(gold_request(query, "state"), inventory, "travelplanner", rng)
        if case:
            yield case


def disrupted(request: TravelRequest, inventory: Inventory, profile: str, rng: random.Random) -> Case | None:
    """Plan a trip and lose a leg and a hotel of it; None where there is no trip."""
    answer = plan_trip(request, inventory, profile=profile, with_explanation=False)
    if answer.itinerary is None:
        return None
    bookings = bookings_of(answer.itinerary, WEIGHTS)
    leg = rng.choice([booking.record for booking in bookings if booking.kind in LEGS])
    hotel = rng.choice([booking.record for booking in bookings if booking.kind == "hotel"])
    return Case(answer.itinerary, answer.request, inventory, Disruption(frozenset((leg, hotel))))


def measured(name: str, cases: Sequence[Case], smoke: bool) -> Row:
    """Re-plan every trip, each the quickest of a few rounds."""
    found: list[Replan] = []
    times_ms = []
    for case in cases:
        seconds, answer = min((_timed(case) for _ in range(1 if smoke else ROUNDS)), key=lambda pair: pair[0])
        found.append(answer)
        times_ms.append(1000 * seconds)
    changes = [answer.change for answer in found if answer.change is not None]
    proven = [answer for answer in found if answer.status in (Status.OPTIMAL, Status.INFEASIBLE)]
    return Row(
        name=name,
        trips=len(found),
        proven=len(proven),
        infeasible=sum(answer.status is Status.INFEASIBLE for answer in found),
        median_ms=timing.percentile(times_ms, 0.5),
        p95_ms=timing.percentile(times_ms, 0.95),
        max_ms=max(times_ms),
        median_change=timing.percentile(changes, 0.5) if changes else 0.0,
        valid=100 * sum(is_valid(answer, case) for answer, case in zip(found, cases, strict=True)) / len(found),
    )


def _timed(case: Case) -> tuple[float, Replan]:
    started = time.process_time()
    answer = replan(case.itinerary, case.request, case.inventory, case.disruption, with_repairs=False)
    return time.process_time() - started, answer


def is_valid(answer: Replan, case: Case) -> bool:
    """Tell whether an answer is a proof that there is no trip, or a trip by all rules that has nothing that is lost."""
    if answer.itinerary is None:
        return answer.status is Status.INFEASIBLE
    used: list[Any] = [booking.record for booking in bookings_of(answer.itinerary, WEIGHTS)]
    lost_used = any(record in case.disruption.lost for record in used)
    return answer.verdict is not None and answer.verdict.valid and not lost_used


def judge(row: Row) -> list[Bar]:
    """Return the bars: quick, every answer proven, every trip by the rules."""
    return [
        Bar(f"{row.name}: re-planning, median", row.median_ms, MEDIAN_MS, "ms of CPU", is_limit=True),
        Bar(f"{row.name}: least change or no trip proven", 100 * row.proven / row.trips, 100.0, "%"),
        Bar(f"{row.name}: valid without what is lost", row.valid, 100.0, "%"),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
