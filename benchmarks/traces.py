"""Trace data sets from end to end: traces per second to disk, tokens per second, two workers, a million traces.

    python -m benchmarks.traces [--smoke] [--parts traces,tokens,workers] [--report FILE.json]
    python -m benchmarks.traces --million [--size S] [--workers W] [--plot FILE.png] [--smoke] [--report FILE.json]

From end to end: sampled, searched, filtered, told from what is there already, and written as Parquet to a temporary
directory, with the paper's settings. Rates are for one core: CPU time of all threads, the best of five rounds in turn.
`--million` makes one set of 1,000,000 mazes instead, and looks at the memory of all its processes five times a second.
"""

import argparse
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import memory, timing
from benchmarks.timing import Bar
from data.generation import generate
from data.shards import TraceSet
from data.token_cache import build_cache, format_of_set
from planning.domain import FORMATS
from planning.domains import DOMAINS
from solvers import registry

TOKENS_ASKED, SPEED_UP_ASKED, MEMORY_MB, GROWTH_ASKED = 20e6, 1.8, 1024.0, 1.1
SEED = 1
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A data set to make: `published` traces a second are the reference's, `asked` is the bar (0: none)."""

    domain: str
    size: int
    num: int
    random_ties: bool = False
    published: str = ""
    asked: float = 0.0

    @property
    def name(self) -> str:
        """Return a name for a table."""
        ties = ", random ties" if self.random_ties else ""
        return f"{self.domain} {self.size} × {self.size}{ties}"


CASES = (
    Case("maze", 10, 30_000, published="350–375", asked=15_000),
    Case("maze", 20, 12_000, published="52–62"),
    Case("maze", 30, 8_000, published="15–17", asked=4_000),
    Case("maze", 30, 8_000, random_ties=True, published="15–17"),
    Case("sokoban", 7, 2_000, published="1.6", asked=800),
    Case("sokoban", 7, 2_000, random_ties=True, published="1.6"),
)
SMOKE_CASES = (Case("maze", 6, 40, published="–"), Case("sokoban", 7, 3, random_ties=True, published="1.6"))
TOKEN_CASES = (CASES[2], CASES[4])
# Long enough that the start of another process, a second, is small beside it.
WORKERS_CASE = Case("sokoban", 7, 80_000)
PARTS = ("traces", "tokens", "workers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables and bars; return 1 where a bar is missed (a smoke judges none)."""
    parser = timing.argument_parser("traces", __doc__)
    parser.add_argument("--parts", type=_parts, default=PARTS, metavar="PART,PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--million", action="store_true", help="make 1,000,000 mazes and watch the memory; minutes")
    parser.add_argument("--size", type=int, default=10, help="cells per side of the million mazes")
    parser.add_argument("--workers", type=int, default=2, help="processes that make the million mazes")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the memory of the million run over time")
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report, options.plot)
    figures, bars = million(options) if options.million else rates(options.parts, is_smoke=options.smoke)
    timing.write_report(options.report, {"environment": timing.environment(["pyarrow"]), **figures}, bars)
    print()
    return timing.conclude(bars, judged=not options.smoke)


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    for part in parts:
        if part not in PARTS:
            raise argparse.ArgumentTypeError(registry.unknown("part", part, PARTS))
    return parts


def make(case: Case, out: Path, workers: int = 1) -> None:
    """Make one data set in a new directory."""
    domain = DOMAINS[case.domain]
    sampling = domain.sampling(case.size)
    generate(domain, sampling, num=case.num, seed=SEED, out=out, random_ties=case.random_ties, workers=workers)


# Rates


def rates(parts: Sequence[str], *, is_smoke: bool) -> tuple[dict[str, Any], list[Bar]]:
    """Measure what is asked for: traces, tokens and two workers."""
    figures: dict[str, Any] = {}
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory(prefix="twofold-traces-") as name:
        directory = Path(name)
        if "traces" in parts:
            cases = SMOKE_CASES if is_smoke else CASES
            figures["traces_per_s"] = per_second = trace_rates(cases, directory, rounds=1 if is_smoke else None)
            bars += _print_traces(cases, per_second)
        if "tokens" in parts:
            cases = SMOKE_CASES if is_smoke else TOKEN_CASES
            figures["tokens"] = tokens = [row for case in cases for row in token_rates(case, directory)]
            bars += _print_tokens(tokens)
        if "workers" in parts:
            case, rounds = (SMOKE_CASES[0], 1) if is_smoke else (WORKERS_CASE, 3)
            figures["two_workers"] = speed_up = two_workers(case, directory, rounds)
            bars += [Bar("two workers against one, wall time", speed_up, SPEED_UP_ASKED, "times")]
    return figures, bars


def _print_traces(cases: Sequence[Case], per_second: Mapping[str, float]) -> list[Bar]:
    head = ("data set", "traces", "traces/s per core", "published code/s", "asked for")
    rows = [(case.name, case.num, per_second[case.name], case.published, case.asked or None) for case in cases]
    print(f"\n{timing.markdown(head, rows)}")
    asked = [case for case in cases if case.asked]
    return [Bar(f"{each.name}, end to end", per_second[each.name], each.asked, "traces/s per core") for each in asked]


def _print_tokens(rows: Sequence[Mapping[str, Any]]) -> list[Bar]:
    print(f"\n{timing.markdown(tuple(rows[0]), [tuple(row.values()) for row in rows])}")
    return [Bar(f"{row['data set']}, {row['format']}, packed", row[_BUILT], TOKENS_ASKED, "tokens/s") for row in rows]


def trace_rates(cases: Sequence[Case], directory: Path, rounds: int | None) -> dict[str, float]:
    """Return traces per CPU second of each case; the last round's sets stay in the directory."""

    def fresh(case: Case) -> None:
        shutil.rmtree(_place(directory, case), ignore_errors=True)
        make(case, _place(directory, case))

    for case in {case.domain: case for case in cases}.values():
        fresh(Case(case.domain, case.size, 2))
    contestants: dict[str, Callable[[], object]] = {case.name: partial(fresh, case) for case in cases}
    seconds = timing.interleaved(contestants, rounds)
    return {case.name: case.num / seconds[case.name] for case in cases}


def _place(directory: Path, case: Case) -> Path:
    return directory / f"{case.domain}-{case.size}-{case.random_ties}"


_ENCODED, _BUILT = "encoded, tokens/s", "shards to cache, tokens/s"


def token_rates(case: Case, directory: Path) -> list[dict[str, Any]]:
    """Return for each format the tokens per CPU second: traces to tokens in memory, and shards to a cache on disk."""
    place, rows = _place(directory, case), []
    if not place.exists():
        make(case, place)
    traces = TraceSet(place).traces(slice(0, 2000))
    for name in FORMATS:
        token_format, out = format_of_set(place, name), directory / "cache"
        cache = build_cache(place, token_format, out=out)
        num_encoded, num_built = token_format.encode(traces).num_tokens, cache.tokens.num_tokens
        del cache

        def build(token_format: Any = token_format, out: Path = out) -> None:
            shutil.rmtree(out)
            build_cache(place, token_format, out=out)

        seconds = timing.interleaved({_ENCODED: partial(token_format.encode, traces), _BUILT: build})
        shutil.rmtree(out)
        row = {"data set": case.name, "format": name, "tokens": num_built}
        rows.append(row | {_ENCODED: num_encoded / seconds[_ENCODED], _BUILT: num_built / seconds[_BUILT]})
    return rows


def two_workers(case: Case, directory: Path, rounds: int) -> float:
    """Return how many times faster two workers are than one: wall time, the best of rounds in turn."""
    best = {1: math.inf, 2: math.inf}
    for workers in (1, 2) * rounds:
        out = directory / f"workers-{workers}"
        started = time.perf_counter()
        make(case, out, workers)
        best[workers] = min(best[workers], time.perf_counter() - started)
        shutil.rmtree(out)
    print(f"\n{case.name}, {case.num:,} traces: 1 worker {best[1]:.2f} s, 2 workers {best[2]:.2f} s of wall time")
    return best[1] / best[2]


# A million


def million(options: argparse.Namespace) -> tuple[dict[str, Any], list[Bar]]:
    """Make a million mazes (a few thousand in a smoke) with the command line, and watch the memory of its processes."""
    num = 3000 if options.smoke else MILLION
    with tempfile.TemporaryDirectory(prefix="twofold-million-") as directory:
        out = Path(directory) / "set"
        command = [sys.executable, "-m", "benchmarks.traces_million", str(out), str(num), str(options.size)]
        started = time.perf_counter()
        with subprocess.Popen([*command, str(options.workers)], cwd=Path(__file__).parents[1]) as process:  # noqa: S603 -- our own module
            samples = memory.watch(process)
        seconds = time.perf_counter() - started
        if process.returncode:
            raise RuntimeError(f"the run failed: exit code {process.returncode}")
        num_bytes = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    peak, growth = max(sample.taken_mb for sample in samples), memory.growth(samples)
    resident = max(sample.resident_mb for sample in samples)
    print(
        f"{num:,} mazes {options.size} × {options.size}, {options.workers} workers: {seconds:.0f} s, "
        f"{num / seconds:,.0f} traces/s, {num_bytes / 1e6:,.0f} MB on disk; memory at most {peak:,.0f} MB "
        f"({resident:,.0f} with shared pages counted for each process), the last quarter {growth:.2f} × the second"
    )
    if options.plot:
        memory.draw(options.plot, samples)
    figures: dict[str, Any] = {
        "num": num,
        "seconds": seconds,
        "bytes": num_bytes,
        "peak_mb": peak,
        "peak_resident_mb": resident,
    }
    figures |= {"growth": growth, "samples": samples}
    bars = [
        Bar("memory of all processes", peak, MEMORY_MB, "MB", is_limit=True),
        Bar("memory of the last quarter of the run against the second", growth, GROWTH_ASKED, "times", is_limit=True),
    ]
    return figures, bars


if __name__ == "__main__":
    sys.exit(main())
