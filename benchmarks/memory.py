"""The memory of a process and all that it started, as Linux tells it."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import plots
from benchmarks.plots import Panel

INTERVAL_S = 0.1
Samples = list[tuple[float, float]]
"""Seconds since the start, and megabytes."""


def watch(process: subprocess.Popen[bytes]) -> Samples:
    """Return the resident memory of a process and its descendants, ten times a second until it ends.

    Pages that several of them share count for each: what is really taken is less.
    """
    samples, started = [], time.perf_counter()
    while process.poll() is None:
        samples.append((time.perf_counter() - started, resident_mb(process.pid)))
        time.sleep(INTERVAL_S)
    return samples


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process and its descendants; 0 for one that has just ended."""
    place = Path("/proc") / str(pid)
    try:
        pages = int((place / "statm").read_text(encoding="ascii").split()[1])
        started = [file.read_text(encoding="ascii").split() for file in place.glob("task/*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    children = sum(resident_mb(int(child)) for each in started for child in each)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + children


def growth(samples: Sequence[tuple[float, float]]) -> float:
    """Return the mean of the last quarter over that of the second: about 1 where memory is flat."""
    quarter = len(samples) // 4
    if not quarter:
        return 1.0
    second, last = (sum(mb for _, mb in part) for part in (samples[quarter : 2 * quarter], samples[-quarter:]))
    return last / second


def draw(file: Path, samples: Samples) -> None:
    """Draw the memory over time."""
    panel = Panel("resident memory of all processes", "seconds", {"twofold": samples})
    plots.lines(file, [panel], "MB", is_log=False)
