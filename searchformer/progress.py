"""Showing how a training gets on: a bar on a terminal, elsewhere a line now and then; always on standard error."""

import sys
import time
from importlib.util import find_spec
from typing import Protocol

SILENT_S = 10.0


class Display(Protocol):
    """Where progress is shown."""

    def update(self, step: int, max_steps: int, words: str) -> None:
        """Show that `step` of `max_steps` steps are done, and a few words."""

    def note(self, words: str) -> None:
        """Show a line that stays."""

    def close(self) -> None:
        """Leave nothing behind but lines."""


class Silent:
    """Shows nothing."""

    def update(self, step: int, max_steps: int, words: str) -> None:
        """Do nothing."""

    def note(self, words: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Lines:
    """Shows a line at first, and then after each `SILENT_S` seconds."""

    def __init__(self) -> None:
        self._last = -SILENT_S

    def update(self, step: int, max_steps: int, words: str) -> None:
        """Write a line, if the last one was long ago."""
        now = time.monotonic()
        if now - self._last >= SILENT_S:
            self._last = now
            self.note(f"step {step:,} of {max_steps:,}, {words}")

    def note(self, words: str) -> None:
        """Write a line."""
        sys.stderr.write(f"searchformer train: {words}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Do nothing."""


class Bar:
    """Shows a bar, which needs rich."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415  (50 ms; only a terminal needs it)
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

        self._progress = Progress(
            TextColumn("train"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("")
        self._progress.start()

    def update(self, step: int, max_steps: int, words: str) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=step, total=max_steps, description=words)

    def note(self, words: str) -> None:
        """Write a line above the bar."""
        self._progress.console.print(words, highlight=False, markup=False)

    def close(self) -> None:
        """Stop the bar where it is."""
        self._progress.stop()


def display() -> Display:
    """Return a bar for a terminal, lines for anything else."""
    return Bar() if sys.stderr.isatty() and find_spec("rich") else Lines()


def duration(seconds: float) -> str:
    """Return a time in words: 45 s, 12 min, 3 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
