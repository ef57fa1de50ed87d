"""Progress of long work: a bar with rate and time left on a terminal, elsewhere a line now and then (on stderr)."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

SILENT_S = 10.0
OnProgress = Callable[[int, int], None]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed or task.completed / max(task.elapsed or 0.0, 1e-3)
        return Text(f"{rate:,.0f}/s", style="cyan")


@contextmanager
def shown_progress(program: str, what: str) -> Iterator[OnProgress]:
    """Yield what is to be called with the number done so far, and the number wanted."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(program, what)
        return
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _lines(program: str, what: str) -> OnProgress:
    started = last = time.monotonic()
    first: int | None = None

    def note(done: int, total: int) -> None:
        nonlocal last, first
        now = time.monotonic()
        first = done if first is None else first
        if now - last < SILENT_S:
            return
        last = now
        rate = (done - first) / (now - started)
        left = f", {(total - done) / rate:,.0f} s left" if rate > 0 else ""
        sys.stderr.write(f"{program}: {done:,} of {total:,} {what}, {rate:,.0f}/s{left}\n")

    return note
