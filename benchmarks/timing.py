"""How the benchmarks of search measure, say and keep: interleaved CPU time, bars, Markdown tables, reports."""

import argparse
import json
import math
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked for: `measured` has to be at least `asked` (at most, if `is_limit`)."""

    name: str
    measured: float
    asked: float
    unit: str
    is_limit: bool = False

    @property
    def met(self) -> bool:
        """Tell whether the bar is met."""
        return self.measured <= self.asked if self.is_limit else self.measured >= self.asked

    def __str__(self) -> str:
        word = "at most" if self.is_limit else "at least"
        verdict = "Met" if self.met else "Missed"
        return f"{verdict}: {self.name}: {number(self.measured)} {self.unit}, {word} {number(self.asked)} is asked for"


def interleaved(contestants: Mapping[str, Callable[[], object]], rounds: int | None = None) -> dict[str, float]:
    """Run everybody once a round, in turn; return the least CPU seconds, of all threads, that each one took for a run.

    There are `ROUNDS` rounds, unless told otherwise. Whoever compiles or fills a cache has to have run before.
    """
    best = dict.fromkeys(contestants, math.inf)
    for _ in range(rounds or ROUNDS):
        for name, contestant in contestants.items():
            started = time.process_time()
            contestant()
            best[name] = min(best[name], time.process_time() - started)
    return best


def environment(packages: Sequence[str]) -> dict[str, str]:
    """Return what the figures depend on: processor, Python, and the versions of those packages that are installed."""
    versions = {name: version(name) for name in ("numba", "numpy", *packages)}
    return {
        "processor": processor(),
        "python": platform.python_version(),
        **{name: found for name, found in versions.items() if found},
    }


def version(package: str) -> str:
    """Return the version of an installed package, or nothing."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def processor() -> str:
    """Return the processor's name as Linux gives it, or the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def argument_parser(module: str, doc: str | None) -> argparse.ArgumentParser:
    """Return the parser of a benchmark, with what all of them understand."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{module}", description=(doc or "").split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="few and small instances, for CI; no bar is judged")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="write all figures to this file as well")
    return parser


def refuse_bad_files(parser: argparse.ArgumentParser, *files: Path | None) -> None:
    """Exit with a usage error where a file could not be written in the end."""
    for file in files:
        if file and not file.parent.is_dir():
            parser.error(f"{file} cannot be written: name a file in a directory that exists")


def conclude(bars: Sequence[Bar], *, judged: bool) -> int:
    """Print the bars; return the exit code: 1 where one is judged and missed."""
    for bar in bars:
        print(bar)
    return int(judged and not all(bar.met for bar in bars))


def write_report(file: Path | None, figures: Mapping[str, Any], bars: Sequence[Bar]) -> None:
    """Write a report as JSON, aside first: an interrupted run leaves nothing half written."""
    if file:
        text = json.dumps({**figures, "bars": [{**asdict(bar), "met": bar.met} for bar in bars]}, indent=2)
        aside = file.with_name(f".{file.name}.tmp")
        aside.write_text(text + "\n", encoding="utf-8")
        aside.replace(file)


def markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; all but the first column are aligned to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return number(value) if isinstance(value, float | int) else str(value)


def number(value: float) -> str:
    """Return a number with thousands apart; one that is not whole by nature, with three significant digits."""
    if isinstance(value, int):
        return f"{value:,}"
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}" if digits else f"{value:,.0f}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
