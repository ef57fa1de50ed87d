"""What `twofold replan` shows in a terminal: the days with what is new marked, and what is given up."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from planning.travel.agenda import DayAgenda, agenda, clock_words
from planning.travel.currency import money
from planning.travel.replanning import Replan
from planning.travel.replanning_bookings import Booking, Weights
from solvers.result import Status
from twofold.trip_table import printable
from twofold.trip_words import short_date, total_words

_QUIET = ("set-off", "check-out", "arrival")


def replan_parts(found: Replan) -> Iterator[RenderableType]:
    """Yield everything to show of an answer."""
    if found.itinerary:
        if found.itinerary.is_synthetic:
            note = f"NOT FOR BOOKING: every offer is made up ({found.itinerary.inventory})"
            yield Text(printable(note), style="bold magenta")
        yield _days(found)
        yield Text()
        yield from _given_up(found)
        yield Text(printable(total_words(found.itinerary, found.request)), style="bold")
        yield Text(printable(_against_before(found)))
        yield Text()
    style = "bold green" if found.status is Status.OPTIMAL else "bold yellow" if found.itinerary else "bold red"
    yield Text(printable(status_words(found)), style=style)
    if found.status is Status.INFEASIBLE:
        yield from _help(found)
    if found.status is Status.UNKNOWN and not found.verdict:
        yield Text("Allow more time with --time-limit.")


def status_words(found: Replan) -> str:
    """Return in one line how much is known of an answer."""
    facts = f"{found.result.solver}, {1000 * found.result.seconds:.0f} ms"
    weight = f"{found.change} of {sum(b.weight for b in (*found.kept, *found.given_up))} by weight"
    sentence = {
        Status.OPTIMAL: f"{weight} is given up, and no trip gives up less; of those, none is better",
        Status.FEASIBLE: f"{weight} is given up; the time limit struck before it was proven that less is impossible",
        Status.INFEASIBLE: "no trip fits what happened and what is asked for",
        Status.UNKNOWN: "no trip was found, and no proof that there is none",
    }[found.status]
    return f"{found.status.value}: {sentence} ({facts})"


def weights_words(weights: Weights) -> str:
    """Return what giving up weighs, in one line."""
    return (
        f"Weights: a flight {weights.flight}, a night {weights.night}, a leg by road {weights.road}, "
        f"a meal {weights.meal}, a visit on a full day {weights.visit}."
    )


def _days(found: Replan) -> RenderableType:
    assert found.itinerary
    old = {(day.day, event.text) for day in agenda(found.before) for event in day.events}
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, width=3, style="bold green")
    table.add_column(no_wrap=True, width=8, justify="right", style="cyan")
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    for day in agenda(found.itinerary):
        where = " to ".join(day.cities) or "on the way"
        table.add_row("", "", Text(printable(f"Day {day.number}  {short_date(day.day)}  {where}"), style="bold"), "")
        for row in _rows(day, old, found.itinerary.currency):
            table.add_row(*row)
    return table


def _rows(day: DayAgenda, old: set[tuple[date, str]], currency: str) -> Iterator[tuple[str, str, Text, str]]:
    for event in day.events:
        is_new = event.kind not in _QUIET and (day.day, event.text) not in old
        time = "" if event.start_min is None else clock_words(event.start_min)
        price = money(event.cost_cents, currency) if event.cost_cents else ""
        yield "new" if is_new else "", time, Text(printable(event.text)), price


def _given_up(found: Replan) -> Iterator[RenderableType]:
    if not found.given_up:
        yield Text("Nothing is given up of what is booked.", style="bold")
        return
    yield Text("Given up", style="bold underline")
    yield _bullets(_counted(found.given_up, found.disruption.lost))
    yield Text(weights_words(found.weights), style="dim")


def _counted(bookings: Iterable[Booking], lost: frozenset[object]) -> Iterator[str]:
    """Yield a line for each record: the nights of a hotel are one."""
    for record, group in groupby(sorted(bookings, key=lambda b: (b.kind, b.name)), key=lambda b: b.record):
        same = sorted(group, key=lambda b: b.day)
        days = short_date(same[0].day) + (f" to {short_date(same[-1].day)}" if len(same) > 1 else "")
        why = ", lost" if record in lost else ""
        yield f"{same[0].name}, {days}{why} (weight {sum(b.weight for b in same)})"


def _against_before(found: Replan) -> str:
    assert found.itinerary
    more = found.itinerary.cost_cents - found.before.cost_cents
    if more == 0:
        return "It costs what it did before."
    words = "more" if more > 0 else "less"
    return f"That is {money(abs(more), found.itinerary.currency)} {words} than before."


def _help(found: Replan) -> Iterator[RenderableType]:
    if found.conflict:
        yield Text("These wishes contradict each other:" if len(found.conflict) > 1 else "This cannot be fulfilled:")
        yield _bullets(found.conflict)
    if found.repairs:
        yield Text("What would help, the least change first:")
        yield _bullets(repair.text for repair in found.repairs)
    else:
        yield Text("Whatever wish is given up, what is left of the offers makes no trip.")


def _bullets(lines: Iterable[str]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for line in lines:
        table.add_row(" -", Text(printable(line)))
    return table
