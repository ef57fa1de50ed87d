"""`twofold replan`: a planned trip and what happened to it → the least change, checked, for a terminal or a program."""

import logging
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress

from planning.travel.inventory import Inventory
from planning.travel.replanning import WEIGHTS, Replan, replan
from planning.travel.replanning_bookings import Booking, Weights, bookings_of, find_bookings
from planning.travel.replanning_changes import both, disruption_of
from planning.travel.replanning_file import Planned, objections, read_planned
from planning.travel.replanning_past import has_begun
from planning.travel.solving import SOLVERS
from solvers.registry import lookup
from solvers.result import Status
from twofold import exits
from twofold.replan_json import answered
from twofold.replan_wishes import changed
from twofold.reporting import complain, json_text, sentence, tried
from twofold.request_file import read_json
from twofold.trip_input import open_inventory
from twofold.trip_json import failure
from twofold.writing import write_out

PROGRAM = "twofold replan"
NO_WEIGHTS = Weights(0, 0, 0, 0, 0)
_KINDS = {
    "flights": ("flight",),
    "hotels": ("hotel",),
    "restaurants": ("restaurant",),
    "attractions": ("attraction",),
}
_CODES = {
    Status.OPTIMAL: exits.DONE,
    Status.FEASIBLE: exits.DONE,
    Status.INFEASIBLE: exits.INFEASIBLE,
    Status.UNKNOWN: exits.TIME_LIMIT,
}
_log = logging.getLogger(__name__)


def run(options: Namespace) -> int:
    """Run the command and return its exit code; whatever a user can get wrong becomes one line."""
    try:
        return _run(options)
    except (ValueError, OSError) as error:
        _log.debug("the error in full", exc_info=True)
        complain(PROGRAM, sentence(error))
        if options.json:
            with suppress(OSError):
                write_out(json_text(failure("ERROR", sentence(error))))
        return exits.USAGE


def _run(options: Namespace) -> int:
    lookup("solver", options.solver, SOLVERS)
    started = time.perf_counter()
    planned, inventory = _believed(options)
    opened = time.perf_counter() - started
    now = options.now or planned.now
    everything = bookings_of(planned.itinerary, WEIGHTS)
    begun = [booking for booking in everything if has_begun(planned.itinerary, booking, now)]
    bookings = [booking for booking in everything if booking not in begun]
    happened = disruption_of(options.lost, options.delay, bookings, begun)
    disruption = both(planned.disruption, happened)
    request = changed(planned.request, options.changed)
    weights, keep = _to_keep(options.keep, bookings)
    found = replan(
        planned.itinerary,
        request,
        inventory,
        disruption,
        weights=weights,
        keep=keep,
        now=now,
        solver=options.solver,
        time_limit_s=options.time_limit,
    )
    shown = _shown(found, options, opened)
    failures = tried("standard output", lambda: write_out(shown))
    for failed in failures:
        complain(PROGRAM, failed)
    return exits.USAGE if failures else _CODES[found.status]


def _believed(options: Namespace) -> tuple[Planned, Inventory]:
    """Return the trip in the file, once the strict verifier has accepted it, and the inventory."""
    try:
        planned = read_planned(read_json(options.itinerary, "itinerary"))
    except ValueError as error:
        raise ValueError(f"{str(error).removeprefix(f'{options.itinerary}: ')} ({options.itinerary})") from None
    inventory = open_inventory(options.tables)
    reasons = objections(planned, inventory)
    if reasons:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        raise ValueError(
            f"{options.itinerary} does not hold: {reasons[0]}{more}. It was edited by hand, or the tables are not "
            "those that it was planned with"
        )
    return planned, inventory


def _to_keep(words: Sequence[str], bookings: Sequence[Booking]) -> tuple[Weights, tuple[Booking, ...]]:
    """Return what giving up weighs, and what must be kept: "booked", "nothing", a kind, or bookings by name."""
    weights, keep = WEIGHTS, list[Booking]()
    for word in words:
        if word == "nothing":
            weights = NO_WEIGHTS
        elif word in _KINDS:
            keep += [booking for booking in bookings if booking.kind in _KINDS[word]]
        elif word != "booked":
            keep += find_bookings(word, bookings)
    return weights, tuple(keep)


def _shown(found: Replan, options: Namespace, opened_s: float) -> str:
    if options.json:
        return json_text(answered(found, {"open": opened_s, **found.seconds}))
    from twofold.replan_table import replan_parts  # noqa: PLC0415  (rich: 60 ms)
    from twofold.trip_table import rendered  # noqa: PLC0415

    return rendered(replan_parts(found))
