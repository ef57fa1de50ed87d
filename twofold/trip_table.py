"""What `twofold trip` shows in a terminal: a table of days where it is wide, an agenda where it is narrow."""

from collections.abc import Iterable, Iterator
from io import StringIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from planning.travel.agenda import DayAgenda, Event, Kind, agenda, clock_words
from planning.travel.currency import money
from planning.travel.itinerary import Itinerary
from planning.travel.request import TravelRequest
from planning.travel.translation import Translation
from planning.travel.trip import Answer
from solvers.result import Status
from twofold.trip_words import (
    certificate_words,
    explanation_words,
    short_date,
    status_words,
    total_words,
    understood,
    understood_so_far,
)

WIDE = 110
_COLUMNS: dict[str, tuple[Kind, ...]] = {
    "Travel": ("arrival", "set-off", "leg"),
    "Meals": ("meal",),
    "Visits": ("visit",),
    "Hotel": ("check-out", "check-in", "night"),
}
_STATUS_STYLE = {
    Status.OPTIMAL: "bold green",
    Status.FEASIBLE: "bold yellow",
    Status.INFEASIBLE: "bold red",
    Status.UNKNOWN: "bold red",
}


def rendered(parts: Iterable[RenderableType]) -> str:
    """Return what the terminal is sent: coloured and as wide as it is, plain and 80 wide where there is none."""
    terminal, page = Console(), StringIO()
    console = Console(
        file=page,
        force_terminal=terminal.is_terminal,
        width=terminal.width,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(*parts, sep="\n")
    # A table fills its cells with spaces that nobody needs, and that a file or a diff shows.
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def answer_parts(answer: Answer, asked: TravelRequest, translation: Translation | None) -> Iterator[RenderableType]:
    """Yield everything to show of an answer. `asked` is the request as the traveller put it."""
    yield from _understood_parts(understood(asked))
    if answer.assumptions:
        yield Text(printable(f"Assumed: {'; '.join(answer.assumptions)}."), style="dim")
    if translation:
        yield from _doubt_parts(translation)
    if answer.itinerary:
        yield from _itinerary_parts(answer.itinerary, answer.request)
    yield Text()
    yield Text(status_words(answer), style=_STATUS_STYLE[answer.status])
    if answer.certificate:
        yield Text(certificate_words(answer), style="bold green" if answer.certificate.guaranteed else "bold red")
    for heading, lines in explanation_words(answer):
        yield Text(printable(heading))
        yield _bullets(lines)
    if answer.status is Status.UNKNOWN and not (answer.verdict and answer.verdict.violations):
        yield Text("Allow more time with --time-limit, or ask for less.")


def untold_parts(translation: Translation) -> Iterator[RenderableType]:
    """Yield what to show of a text that cannot be planned."""
    yield from _understood_parts(understood_so_far(translation.draft))
    yield from _doubt_parts(translation)
    yield Text()
    if translation.problems:
        yield Text("This cannot be planned as it is:", style="bold red")
        yield _bullets(translation.problems)
    if translation.missing:
        yield Text("To plan the trip, say as well:", style="bold red")
        yield _bullets(translation.missing)
    if not translation.problems and not translation.missing:
        yield Text("This says nothing of a trip.", style="bold red")


def prose_parts(narration: str | None) -> Iterator[RenderableType]:
    """Yield the paragraphs of a narration."""
    for paragraph in (narration or "").split("\n"):
        if paragraph.strip():
            yield Text()
            yield Text(printable(paragraph))


def printable(text: str) -> str:
    """Return a text without what would steer the terminal or turn the direction of writing."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _understood_parts(rows: Iterable[tuple[str, str, str]]) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    table.add_column(style="dim")
    for label, value, quote in rows:
        table.add_row(label, Text(printable(value)), Text(printable(f"“{quote}”") if quote else ""))
    if table.row_count:
        yield Text("Understood", style="bold underline")
        yield table


def _doubt_parts(translation: Translation) -> Iterator[RenderableType]:
    if translation.not_understood:
        words = ", ".join(f"“{words}”" for words in translation.not_understood)
        yield Text(printable(f"I did not understand: {words}"), style="bold yellow")
    for warning in translation.warnings:
        yield Text(printable(f"Warning: {warning}"), style="yellow")


def _bullets(lines: Iterable[str]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for line in lines:
        table.add_row(" -", Text(printable(line)))
    return table


def _itinerary_parts(itinerary: Itinerary, request: TravelRequest) -> Iterator[RenderableType]:
    days = agenda(itinerary)
    yield Text()
    if itinerary.is_synthetic:
        yield Text(printable(f"NOT FOR BOOKING: every offer is made up ({itinerary.inventory})"), style="bold magenta")
    yield _day_table(days, itinerary.currency) if Console().width >= WIDE else _agenda_table(days, itinerary.currency)
    yield Text()
    yield Text(printable(total_words(itinerary, request)), style="bold")


def _day_table(days: Iterable[DayAgenda], currency: str) -> RenderableType:
    table = Table(
        box=box.SIMPLE_HEAD, show_lines=True, padding=(0, 1, 0, 0), pad_edge=False, expand=True, show_edge=False
    )
    table.add_column("Day", no_wrap=True)
    for name, ratio in {"City": 13, "Travel": 21, "Meals": 28, "Visits": 17, "Hotel": 18}.items():
        table.add_column(name, overflow="fold", ratio=ratio)
    table.add_column("Cost", justify="right", no_wrap=True)
    for day in days:
        cells = [
            Text("\n").join(_brief(event, currency) for event in day.events if event.kind in kinds)
            for kinds in _COLUMNS.values()
        ]
        city = Text(printable(" to ".join(day.cities) or "on the way"))
        cost = money(day.cost_cents, currency) if day.cost_cents else ""
        table.add_row(short_date(day.day).replace(", ", "\n"), city, *cells, cost)
    return table


def _brief(event: Event, currency: str) -> Text:
    time, words, price = _event_cells(event, event.brief, currency)
    price = f", {price}" if event.cost_cents else ""
    return Text.assemble((f"{time} " if time else "", "cyan"), words, price)


def _agenda_table(days: Iterable[DayAgenda], currency: str) -> RenderableType:
    parts: list[RenderableType] = []
    for day in days:
        head = Table.grid(expand=True, padding=(0, 1))
        head.add_column(ratio=1)
        head.add_column(justify="right", no_wrap=True)
        where = " to ".join(day.cities) or "on the way"
        cost = money(day.cost_cents, currency) if day.cost_cents else ""
        head.add_row(printable(f"Day {day.number}  {short_date(day.day)}  {where}"), cost, style="bold")
        rows = Table.grid(expand=True, padding=(0, 1))
        rows.add_column(no_wrap=True, width=8, justify="right", style="cyan")
        rows.add_column(ratio=1)
        rows.add_column(justify="right", no_wrap=True)
        for event in day.events:
            time, words, price = _event_cells(event, event.text, currency)
            rows.add_row(time, Text(words), price)
        parts += [head, rows, Text()]
    return Padding(Group(*parts[:-1]), 0)


def _event_cells(event: Event, words: str, currency: str) -> tuple[str, str, str]:
    """Return when an event is, what it is, and what it costs."""
    time = "" if event.start_min is None else clock_words(event.start_min)
    by = "by " if event.kind == "check-out" and time else ""
    price = "" if event.cost_cents is None else "free" if event.cost_cents == 0 else money(event.cost_cents, currency)
    return by + time, printable(words), price
