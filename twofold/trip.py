"""`twofold trip`: text or request → inventory → plan → what a terminal, a program or a calendar gets."""

import logging
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from planning.travel.encoding import encode
from planning.travel.gathering import gather
from planning.travel.inventory import Inventory
from planning.travel.itinerary import Itinerary
from planning.travel.llm import ChatModel, LanguageModelError
from planning.travel.network import build_network
from planning.travel.pareto import Front
from planning.travel.profile import PROFILES
from planning.travel.request import TravelRequest
from planning.travel.solving import SOLVERS
from planning.travel.translation import Translation
from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.trip import Answer, plan_trip
from solvers.registry import lookup
from solvers.result import Status
from twofold import exits
from twofold.reporting import complain, json_text, sentence, tried, written
from twofold.request_file import read_request
from twofold.trip_extras import Extras, check_extras, compute_extras
from twofold.trip_input import TRANSLATORS, chat_of, open_inventory, read_text, translated
from twofold.trip_json import answered, failure, untold
from twofold.writing import write_out

NARRATORS = ("plain", "llm")
_CODES = {
    Status.OPTIMAL: exits.DONE,
    Status.FEASIBLE: exits.DONE,
    Status.INFEASIBLE: exits.INFEASIBLE,
    Status.UNKNOWN: exits.TIME_LIMIT,
}
PROGRAM = "twofold trip"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: the request as the traveller put it (None if there is none yet), and how it was read."""

    request: TravelRequest | None
    translation: Translation | None


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Wall seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Take the time of a block."""
        started = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - started


def run(options: Namespace) -> int:
    """Run the command and return its exit code; whatever a user can get wrong becomes one line."""
    try:
        return _run(options)
    except (ValueError, OSError, LanguageModelError) as error:
        _log.debug("the error in full", exc_info=True)
        complain(PROGRAM, sentence(error))
        if options.json:
            with suppress(OSError):
                write_out(json_text(failure("ERROR", sentence(error))))
        return exits.USAGE


def _run(options: Namespace) -> int:
    _check(options)
    chat = chat_of(options) if options.narrate == "llm" else None
    watch = Stopwatch()
    text = "" if options.text is None else read_text(options.text)
    given = None if options.request is None else read_request(options.request)
    with watch.measure("open"):
        inventory = open_inventory(options.tables)
    asked = Asked(given, None) if given else _asked(text, options, inventory, watch)
    if asked.request is None and asked.translation is None:
        return exits.NOT_UNDERSTOOD  # the dialogue has said what is missing
    if asked.request is None:
        _show_untold(asked, options, watch)
        return exits.NOT_UNDERSTOOD
    request = asked.request
    failures = written("--save-request", options.save_request, lambda: _request_text(request))
    answer = plan_trip(
        request,
        inventory,
        profile=options.profile,
        solver=options.solver,
        time_limit_s=options.time_limit,
        with_certificate=options.certify,
    )
    watch.seconds.update(answer.seconds)
    with watch.measure("extras"):
        extras = compute_extras(answer, options, inventory)
    shown = _shown(answer, extras, asked, options, chat, seconds=watch.seconds)
    failures += tried("standard output", lambda: write_out(shown))
    failures += written("--write-lp", options.write_lp, lambda: _lp_text(answer.request, options.profile, inventory))
    failures += _calendar_written(answer, inventory, options.ics)
    failures += _picture_written(extras.front, request.currency, options.png)
    for failed in failures:
        complain(PROGRAM, failed)
    _log.info("seconds: %s", ", ".join(f"{stage} {seconds:.3f}" for stage, seconds in watch.seconds.items()))
    return exits.USAGE if failures else _CODES[answer.status]


def _check(options: Namespace) -> None:
    """Refuse early what cannot work, before anything takes time."""
    if (options.text is None) == (options.request is None):
        what = "not both" if options.text is not None else "as in `twofold trip 'Three days in Lisbon from ...'`"
        raise ValueError(f"give the trip as a TEXT or as --request FILE.json, {what}")
    if options.ask and options.text is None:
        raise ValueError("--ask starts from a TEXT: give the trip in your own words, as far as you know it")
    lookup("profile", options.profile, PROFILES)
    lookup("solver", options.solver, SOLVERS)
    lookup("translator", options.translator, TRANSLATORS)
    if options.narrate is not None:
        lookup("narration", options.narrate, dict.fromkeys(NARRATORS))
    check_extras(options)


def _asked(text: str, options: Namespace, inventory: Inventory, watch: Stopwatch) -> Asked:
    if not options.ask:
        return _translated(text, options, inventory, watch)
    from twofold.asking import asked_request  # noqa: PLC0415  (only who asks pays)

    with watch.measure("ask"):
        return Asked(asked_request(text, options, inventory), None)


def _translated(text: str, options: Namespace, inventory: Inventory, watch: Stopwatch) -> Asked:
    with watch.measure("names"):
        gazetteer = Gazetteer.of(inventory)
    with watch.measure("translate"):
        translation = translated(text, options, gazetteer)
    return Asked(translation.request, translation)


def _shown(
    answer: Answer,
    extras: Extras,
    asked: Asked,
    options: Namespace,
    chat: ChatModel | None,
    *,
    seconds: dict[str, float],
) -> str:
    narration = _narration(answer.itinerary, answer.request, options.narrate, chat) if answer.itinerary else None
    if options.json:
        content = answered(answer, asked.translation, seconds, extras)
        return json_text(content if narration is None else content | {"narration": narration})
    from twofold.trip_extras_table import extras_parts  # noqa: PLC0415  (rich: 60 ms)
    from twofold.trip_table import answer_parts, prose_parts, rendered  # noqa: PLC0415

    assert asked.request
    parts = answer_parts(answer, asked.request, asked.translation)
    return rendered([*parts, *extras_parts(extras, answer.request), *prose_parts(narration)])


def _show_untold(asked: Asked, options: Namespace, watch: Stopwatch) -> None:
    translation = asked.translation
    assert translation
    lacking = "; ".join((*translation.problems, *translation.missing)) or "the text says nothing of a trip"
    if options.json:
        write_out(json_text(untold(translation, watch.seconds)))
        complain(PROGRAM, f"not enough was understood to plan: {lacking}")
        return
    from twofold.trip_table import rendered, untold_parts  # noqa: PLC0415  (rich: 60 ms)

    write_out(rendered(untold_parts(translation)))


def _narration(itinerary: Itinerary, request: TravelRequest, how: str | None, chat: ChatModel | None) -> str | None:
    if how is None:
        return None
    from planning.travel.narration import narrate, narrate_with_llm  # noqa: PLC0415  (only who asks pays)

    return narrate_with_llm(itinerary, request, chat) if chat else narrate(itinerary, request)


def _calendar_written(answer: Answer, inventory: Inventory, path: Path | None) -> list[str]:
    itinerary = answer.itinerary
    if path is None:
        return []
    if itinerary is None:
        sys.stderr.write(f"twofold trip: there is no itinerary, so {path} is not written\n")
        return []
    from planning.travel.ics import to_ics  # noqa: PLC0415  (icalendar: 100 ms)

    return written("--ics", path, lambda: to_ics(itinerary, inventory.cities()))


def _picture_written(front: Front | None, currency: str, path: Path | None) -> list[str]:
    if path is None:
        return []
    if front is None or not front.points:
        sys.stderr.write(f"twofold trip: there is no front, so {path} is not written\n")
        return []
    from planning.travel.pareto_picture import draw_front  # noqa: PLC0415  (matplotlib: 300 ms)

    return written("--png", path, lambda: draw_front(front, currency))


def _request_text(request: TravelRequest) -> bytes:
    return request.model_dump_json(indent=2).encode() + b"\n"


def _lp_text(request: TravelRequest, profile: str, inventory: Inventory) -> bytes:
    """Return the whole model, without the bounds by which solving leaves out most of it."""
    candidates = gather(request, PROFILES[profile], inventory)
    with TemporaryDirectory(prefix="twofold-") as directory:
        path = Path(directory) / "trip.lp"
        encode(candidates, build_network(candidates)).model.write_lp(path)
        return path.read_bytes()
