"""Time and memory of planning a trip against the size of the inventory.

    python -m benchmarks.scale [--smoke] [--json FILE]

All flights of an inventory are between the cities of the trip and on its days, and all hotels, restaurants and
attractions are in them: nothing can be left aside unseen. Each row is measured in a process of its own, with one
worker. The peer, in the same process, is the same request on the whole model, without the bounds of `network`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Nothing of the planner is imported here: a process starts with the peak memory of the one that starts it.

TIME_LIMIT_S = 10.0
MAX_GAP = 0.01
MAX_RSS_MB = 1024


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of trip through an inventory of a size.

    `num_cities` are in the inventory (beside home), `num_stays` are visited: all of them by name, or a choice of them
    by region. `weighted` asks for less cost, better ratings and shorter travel at once.
    """

    trip: str
    num_cities: int
    num_stays: int
    num_days: int
    window_days: int
    num_flights: int
    num_hotels: int
    weighted: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One row: a case under a profile, by a solver; `with_peer` also solves the whole model."""

    case: Case
    profile: str
    solver: str
    with_peer: bool


def _five(num_flights: int, num_hotels: int, *, weighted: bool = False) -> Case:
    name = "5 named cities, weighted" if weighted else "5 named cities"
    return Case(name, 5, 5, 10, 10, num_flights, num_hotels, weighted)


def _region(num_flights: int, num_hotels: int, num_cities: int = 20) -> Case:
    return Case(f"3 of {num_cities} cities, 10 of 14 days", num_cities, 3, 10, 14, num_flights, num_hotels)


SIZES = ((1_000, 100), (10_000, 1_000), (100_000, 10_000))
CASES = (*(_five(*size) for size in SIZES), _five(*SIZES[-1], weighted=True), *(_region(*size) for size in SIZES[1:]))
BAR_CASE = CASES[2]
SMOKE_CASES = (_five(600, 60), _region(600, 60, num_cities=6))
PROFILES = ("realistic", "travelplanner")
MEASURED_SOLVERS = ("cp-sat", "cbc")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every row and print a Markdown table; return 0 where the bar is met (by every row of a smoke), else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="small inventories, for CI")
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    options = parser.parse_args(arguments)
    if options.json and not options.json.parent.is_dir():
        parser.error(f"{options.json} cannot be written: name a file in a directory that exists")
    rows = measure_all(SMOKE_CASES if options.smoke else CASES)
    print(markdown(rows))
    if options.json:
        aside = options.json.with_name(f".{options.json.name}.tmp")
        aside.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
        aside.replace(options.json)
    judged = rows if options.smoke else [row for row in rows if row["case"] == asdict(BAR_CASE)]
    met = all(meets_bar(row) for row in judged)
    words = f"an optimum or a gap of at most {MAX_GAP:.0%} in {TIME_LIMIT_S:g} s and {MAX_RSS_MB} MB"
    print(f"\n{'Met' if met else 'Missed'}: {words}, for {len(judged)} rows.")
    return 0 if met else 1


def measure_all(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Build each inventory and measure each row on it, one process after another."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="twofold-scale-") as directory:
        for number, case in enumerate(cases):
            store = Path(directory) / f"{number}.sqlite"
            _in_new_process("build", str(store), json.dumps(asdict(case)))
            for profile in PROFILES:
                for solver in MEASURED_SOLVERS:
                    task = Task(case, profile, solver, with_peer=solver == "cp-sat")
                    print(f"{case.trip}, {case.num_flights} flights, {profile}, {solver}", file=sys.stderr)
                    rows.append(json.loads(_in_new_process("measure", str(store), json.dumps(asdict(task)))))
            store.unlink()
    return rows


def _in_new_process(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.scale_row", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]).stdout  # noqa: S603 -- our own module


def meets_bar(row: dict[str, Any]) -> bool:
    """Tell whether a row is proven, or within the gap, in the time and the memory that are asked for."""
    proven = row["status"] == "OPTIMAL" or (row["gap"] is not None and row["gap"] <= MAX_GAP)
    return proven and row["valid"] and row["total_s"] <= TIME_LIMIT_S and row["rss_mb"] <= MAX_RSS_MB


# The table


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table."""
    head = (
        "| trip | flights / hotels | profile | solver | open | gather | solve | check | total (CPU) s | status | gap "
        "| variables / rows | peak MB | whole model |\n|" + "---|" * 14
    )
    return "\n".join([head, *(_line(row) for row in rows)])


def _line(row: dict[str, Any]) -> str:
    case, peer = row["case"], row.get("peer")
    gap = "–" if row["gap"] is None else f"{row['gap']:.2%}"
    whole = f"{peer['solve_s']:.2f} s, {peer['status']}, ×{peer['ratio']:.1f}" if peer else ""
    cells = (
        case["trip"],
        f"{case['num_flights']:,} / {case['num_hotels']:,}",
        row["profile"],
        row["solver"],
        *(f"{row[step]:.3f}" for step in ("open_s", "gather_s", "solve_s", "check_s")),
        f"**{row['total_s']:.2f}** ({row['cpu_s']:.2f})",
        row["status"] if row["valid"] or row["cost"] is None else f"{row['status']}, refused",
        gap,
        f"{row['num_variables']:,} / {row['num_rows']:,}",
        f"{row['rss_mb']:.0f}",
        whole,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
