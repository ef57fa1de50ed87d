"""The memory of a process and all that it started, as Linux tells it."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import plots
from benchmarks.plots import Panel

INTERVAL_S = 0.2


class Sample(NamedTuple):
    """Seconds since the start, and megabytes: taken, and resident.

    A page that several processes share (the code of a library) is taken once, and resident in each of them.
    """

    seconds: float
    taken_mb: float
    resident_mb: float


def watch(process: subprocess.Popen[bytes]) -> list[Sample]:
    """Return the memory of a process and its descendants, five times a second until it ends."""
    samples, started = [], time.perf_counter()
    while process.poll() is None:
        samples.append(Sample(time.perf_counter() - started, *memory_mb(process.pid)))
        time.sleep(INTERVAL_S)
    return samples


def memory_mb(pid: int) -> tuple[float, float]:
    """Return the memory, taken and resident, of a process and its descendants; 0 for one that has just ended."""
    place = Path("/proc") / str(pid)
    try:
        rollup = (place / "smaps_rollup").read_text(encoding="ascii").splitlines()
        taken = next(int(line.split()[1]) / 2**10 for line in rollup if line.startswith("Pss:"))
        resident = int((place / "statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        started = [file.read_text(encoding="ascii").split() for file in place.glob("task/*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0.0
    for child in (int(child) for each in started for child in each):
        more_taken, more_resident = memory_mb(child)
        taken, resident = taken + more_taken, resident + more_resident
    return taken, resident


def growth(samples: Sequence[Sample]) -> float:
    """Return the median of the last quarter over that of the second: about 1 where memory is flat."""
    quarter = len(samples) // 4
    if not quarter:
        return 1.0
    second, last = samples[quarter : 2 * quarter], samples[-quarter:]
    return median(sample.taken_mb for sample in last) / median(sample.taken_mb for sample in second)


def draw(file: Path, samples: Sequence[Sample]) -> None:
    """Draw the memory over time."""
    curves = {
        "twofold": [(sample.seconds, sample.taken_mb) for sample in samples],
        "shared pages counted for each process": [(sample.seconds, sample.resident_mb) for sample in samples],
    }
    plots.lines(file, [Panel("memory of all processes", "seconds", curves)], "MB", is_log=False)
