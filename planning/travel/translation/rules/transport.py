"""How to get there: modes that are ruled out, times of day, and stops of a flight."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from planning.travel.request import Mode
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.polarity import claim_repeated, stance
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.rewriting import Build, Hit, Rules, phrase, rewrite_all, tag_as, tagged
from planning.travel.translation.rules.word_lists import words

MODES: dict[str, Mode] = {"FLIGHT": "flight", "DRIVE": "self-driving", "TAXI": "taxi"}
_CARS = "cars?|vehicles?|automobiles?|autos?"
_STOPS = (
    "stops?(?! in)|layovers?|stopovers?|lay overs?|stop overs?|connections?|connecting flights?|transfers?|changes?"
)
_PLANES = "flights?|planes?|airplanes?"
_ASK = "should|must|to|be|are|is|that|need|have|only|preferably|please|has|want|would|like|it|if|possible|,"


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Minutes after midnight; `is_sure` tells that the words say which half of the day."""

    minutes: int
    is_sure: bool


def tag_transport(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with STOPS, EARLIEST, LATEST, and a tag for every mention of a mode."""
    return rewrite_all(items, (*_STOP_RULES, *_TIME_RULES, *_LIMIT_RULES, *_MODE_RULES))


def _stops(hit: Hit) -> Sequence[Item]:
    return hit.tag("STOPS", int(hit.text("n") or 1))


_STOP_RULES: Rules = (
    (
        phrase(
            rf"(?:no|without|not|avoid)(?: (?:any|a|take|taking|flights?|flying|fly|want|with)){{0,5}} more"
            rf" than (?:a single|(?P<n>\d)) (?:{_STOPS})"
        ),
        _stops,
    ),
    (phrase(r"(?<=[.,;(:-] )(?:nonstop|non stop|direct)(?= [.,;)] )"), tag_as("STOPS", 0)),
    (
        phrase(
            "(?:at most|at the most|max|maximum(?: of)?|a maximum of|up to|no more than|not more than|only)"
            rf" (?P<n>\d) (?:{_STOPS})"
        ),
        _stops,
    ),
    (phrase(rf"(?P<n>\d) (?:{_STOPS}) (?:max|maximum|at most|at the most|or less|or fewer|tops)"), _stops),
    (
        phrase(
            "(?:no|zero|without|avoid|avoiding|not want|not like|not have)(?: (?:any|with|a|to|have|having"
            rf"|or|FLIGHT|{_PLANES})){{0,3}}"
            rf" (?:{_STOPS})(?: or (?:{_STOPS}))?"
        ),
        tag_as("STOPS", 0),
    ),
    (phrase(rf"(?:only )?(?:direct|nonstop|non stop) (?:{_PLANES}|flying|air travel)(?: only)?"), tag_as("STOPS", 0)),
    (phrase(rf"(?:{_PLANES})(?: (?:{_ASK})){{1,5}} (?:direct|nonstop|non stop)"), tag_as("STOPS", 0)),
    (phrase(r"(?:fly|flying)(?: only)? (?:direct|directly|nonstop|non stop)"), tag_as("STOPS", 0)),
    (
        phrase(
            rf"(?:hate|hates|hating|dislike|dislikes|detest|can not stand|refuse|never|no|not|without|avoid"
            rf"|avoiding|skip)"
            rf"(?: (?:any|the|a|to|want|like|have|having|take|taking|make|making|do|us|go|need|needing"
            rf"|bother|my|our"
            rf"|{_PLANES}|FLIGHT)){{0,5}}"
            rf" (?:(?:{_STOPS})(?: (?:of|in|between|on) (?:planes?|flights?|the way))?|(?:chang(?:e|es|ing)"
            rf"|switch(?:ing|es)?)"
            rf" (?:of )?(?:{_PLANES})|(?:{_PLANES}) (?:changes?|switch(?:es)?)|connect|connecting)"
            r"(?: ,?(?: ?so| and)? (?:none|not any|no|avoid)(?: of)?(?: (?:those|them|that|these))?)?"
        ),
        tag_as("STOPS", 0),
    ),
    (
        phrase(
            rf"(?:1|a single|just 1|only 1) (?:{_STOPS})(?: is| are)?(?: (?:ok|okay|fine|acceptable|the (?:limit"
            rf"|maximum|most)"
            rf"|tolerable|allowed))(?: at most)?|(?:change|changing|switch) (?:{_PLANES}) (?:at most"
            rf"|no more than|only) (?:once|1)"
            rf"|(?:fewer|less) than 2 (?:{_STOPS})"
        ),
        tag_as("STOPS", 1),
    ),
    (phrase(r"(?:direct|nonstop|non stop) only|only (?:direct|nonstop|non stop)"), tag_as("STOPS", 0)),
)


def _time(hit: Hit) -> Sequence[Item] | None:
    hours, _, rest = hit.text("t").replace(".", ":").partition(":")
    half = hit.text("half")
    hour, minute = int(hours), int(rest or 0)
    if hour > 24 or minute > 59:
        return None
    if half and hour <= 12:
        is_late = half.startswith("p") or half.endswith(("afternoon", "evening", "night"))
        hour = hour % 12 + (12 if is_late else 0)
    is_sure = bool(half) or hour == 0 or hour > 12 or hours.startswith("0")
    return hit.tag("TIME", TimeOfDay(min(60 * hour + minute, 1439), is_sure))


_TIME_RULES: Rules = (
    (
        phrase(
            r"(?P<t>\d{1,2}(?::\d{2}|\.\d{2})?) (?P<half>am|pm|a m|p m|(?:oclock )?(?:in the (?:morning"
            "|afternoon|evening)|at night))"
        ),
        _time,
    ),
    (phrase(r"(?P<t>\d{1,2}:\d{2})(?: (?:hours|hrs|h))?"), _time),
    (phrase(r"(?P<t>\d{1,2}) oclock"), _time),
    (phrase(r"(?:12 )?(?:noon|midday)"), tag_as("TIME", TimeOfDay(720, True))),
    (phrase(r"(?:12 )?midnight"), tag_as("TIME", TimeOfDay(1439, True))),
)


_KEPT = frozenset({"CITY", "PLACE", "DATE", "SPAN"})


def _limit(tag: str) -> Build:
    def build(hit: Hit) -> Sequence[Item] | None:
        item = hit.group("t")[0]
        time = item.value if item.word == "TIME" else TimeOfDay(60 * int(item.word), False)
        if time.minutes >= 24 * 60 or hit.before() in ("no", "not", "never", "avoid", "without"):
            return None
        kept = max((k for k, item in enumerate(hit.items) if item.word in _KEPT), default=-1) + 1
        return [*hit.items[:kept], tagged(hit.items[kept:], tag, time)]

    return build


_T = r"(?P<t>TIME|\d{1,2}(?= (?:,|\.|;|and|on|in|each|every|any|or|please|at|if|\)|but|because|so|for|when|to|we|i) ))"
_LEAVE = (
    "leave|leaves|leaving|depart|departs|departing|departure|departures|start|starting|set|setting|head"
    "|heading|fly|flying"
    r"|go|going|travel|traveling|travelling|flights?|get|getting"
)
_ARRIVE = (
    r"arrive|arrives|arriving|arrival|arrivals|home|back|return|returning|land|lands|landing|there|reach|reaching|in"
)
_WITH_LEAVE = (
    "home|around|about|PLACE|on|the|our|at|only|times?|time|should|must|be|to|is|sometime|us|we|want|like"
    "|would|off|out|CITY|from|that|please|each|day|no|not|up|day|any|flight|flights"
)
_WITH_ARRIVE = (
    "home|at|in|to|on|the|our|hotel|there|CITY|PLACE|destination|back|should|must|be|is|time|and|want"
    "|need|no|not|than|DATE|get|gets|that|which|come|comes|coming|have|us|me|touch|touches|down|day|last|final|would"
    "|like|we"
)
_LIMIT_RULES: Rules = (
    (
        phrase(
            "(?:(?:do|does|would|will|can|could|should|must|prefer|rather) )?(?:no|not|never|nothing"
            "|without|avoid|avoiding)"
            rf"(?: (?:{_LEAVE}|{_WITH_LEAVE}|early|a|earlier)){{0,8}} (?:before|earlier than|prior to|sooner"
            rf" than|until|till) {_T}"
        ),
        _limit("EARLIEST"),
    ),
    (
        phrase(
            rf"(?:(?:do|does|would|will|can|could|should|must|prefer|rather) )?(?:no|not|never|nothing|avoid|avoiding)"
            rf"(?: (?:{_ARRIVE}|{_WITH_ARRIVE}|flights?|flying|fly|travel|traveling|get|getting|later"
            rf"|a)){{0,8}} (?:after|later than|past|beyond) {_T}"
        ),
        _limit("LATEST"),
    ),
    (
        phrase(
            rf"(?:{_LEAVE})(?: (?:{_WITH_LEAVE})){{0,6}} (?:after|later than|no earlier than|not earlier than"
            rf"|not before|past|no sooner than) {_T}(?: (?:or later|onwards?|at the earliest))?"
        ),
        _limit("EARLIEST"),
    ),
    (
        phrase(rf"(?:{_LEAVE})(?: (?:{_WITH_LEAVE})){{0,5}} (?P<t>TIME) (?:or later|onwards?|at the earliest)"),
        _limit("EARLIEST"),
    ),
    (
        phrase(rf"earliest(?: (?:{_LEAVE}|time|possible|is|at|of|:|to|should|be|we|can|flight|out|would)){{1,6}} {_T}"),
        _limit("EARLIEST"),
    ),
    (
        phrase(
            rf"(?:{_ARRIVE})(?: (?:{_WITH_ARRIVE})){{0,6}} (?:by|before|no later than|not later than|at the"
            " latest(?: by| at)?|until|till|latest(?: by| at)?|prior to)"
            rf" {_T}(?: at the latest)?"
        ),
        _limit("LATEST"),
    ),
    (
        phrase(rf"latest(?: (?:{_ARRIVE}|time|possible|is|at|of|:|to|should|be|we|can|flight)){{1,6}} {_T}"),
        _limit("LATEST"),
    ),
    (phrase(r"(?:by|before) (?P<t>TIME) at the latest"), _limit("LATEST")),
)
_ADDED = (
    "(?: (?:ourselves|myself|ourself|yourself|around|themselves|on our own|on my own|there|anywhere"
    "|everywhere|by ourselves))*"
)
_MODE_RULES: Rules = (
    (
        phrase(
            "(?:air )?flights?|fly|flies|flying|flown|planes?|airplanes?|aeroplanes?|(?:travel(?:ing|ling)?"
            " )?by air|air (?:travel|transport"
            r"|transportation)|airfares?|airlines?|aircrafts?|jets?"
        ),
        tag_as("FLIGHT"),
    ),
    (
        phrase(
            rf"self (?:drive|driving|driven|drives){_ADDED}|selfdriving|selfdrive|(?:drive|drives|driving){_ADDED}"
            rf"|(?:rent|rents|renting|rental|hire|hiring)(?: (?:a|any|our|own|of|the)){{0,2}} (?:{_CARS})"
            rf"|(?:{_CARS}) (?:rentals?|hire)"
            rf"|rental (?:{_CARS})|(?:our own |own |my )?(?:{_CARS})|behind the wheel|(?:driver|driving)(?:"
            " 's)? licen[sc]es?|road trip(?:s|ping)?"
        ),
        tag_as("DRIVE"),
    ),
    (
        phrase(r"taxis?|taxicabs?|taxi cabs?|cabs?|ubers?|lyfts?|ride ?shares?|ride ?sharing|ride hailing"),
        tag_as("TAXI"),
    ),
    (
        phrase(
            r"(?P<keep>(?:rather|prefer|sooner)(?: (?:to|by|take|taking|a|the|much)){0,3} (?:FLIGHT|DRIVE|TAXI))"
            r" (?P<no>than|over|to|not)(?= (?:(?:to|by|take|taking|a|the) ){0,2}(?:FLIGHT|DRIVE|TAXI) )"
        ),
        lambda hit: [*hit.group("keep"), tagged(hit.group("no"), "NEG", "than")],
    ),
)
# These words behind a mode tell that only some of it is unwanted: "no flights before 9", "no driving at night".
_NARROWING = re.compile(
    "(?:longer|over|more|with|before|after|between|exceeding|that|which|above|via|lasting|under|than|TIME"
    "|MONEY|at(?! all)"
    r"|in the (?:morning|evening|afternoon|dark)|during the (?:day|night)) "
)
_SAME_LIST = re.compile(r"^(?:(?:,|or|and) (?:to )?(?:FLIGHT|DRIVE|TAXI) )+")
_WISHING = words("""prefer prefers preferably rather want like love by via using take only""")


def read_transport(reading: Reading) -> None:
    """State the modes that are ruled out, the times of day that hold for every leg, and the stops of a flight."""
    for place in reading.places_of("STOPS"):
        reading.state("transport.max_stops", reading.items[place].value, [place])
    for place in reading.places_of("EARLIEST"):
        _state_time(reading, "transport.earliest_departure_min", place, is_late=False)
    for place in reading.places_of("LATEST"):
        _state_time(reading, "transport.latest_arrival_min", place, is_late=True)
    forbidden: list[Mode] = []
    for place in reading.places_of(*MODES):
        forbidden += _forbidden_by(reading, place)
    if forbidden:
        modes = tuple(mode for mode in MODES.values() if mode in forbidden)
        reading.fields["transport.forbidden_modes"] = modes


def _state_time(reading: Reading, path: str, place: int, *, is_late: bool) -> None:
    time: TimeOfDay = reading.items[place].value
    minutes = time.minutes
    if not time.is_sure and minutes < 12 * 60 and (is_late or minutes < 6 * 60):
        minutes += 12 * 60
    if not time.is_sure:
        said = reading.text[reading.items[place].start : reading.items[place].end]
        reading.warnings.append(f"“{said}” is read as {minutes // 60}:{minutes % 60:02} of 24 hours.")
    if reading.fields.get(path, minutes) != minutes:
        reading.problems.append("Two times of day are given for the same limit: say which.")
    reading.state(path, minutes, [place])


def _forbidden_by(reading: Reading, place: int) -> Sequence[Mode]:
    """Return the modes that one mention rules out, and account for its words."""
    view = stance(reading, place, MODES.keys())
    behind = " ".join(item.word for item in reading.items[place + 1 : place + 9]) + " "
    behind = _SAME_LIST.sub("", behind)
    mode = MODES[reading.items[place].word]
    if view.sign < 0:
        is_of_money = any(reading.items[k - 1].word == "MONEY" for k in view.places if k)
        if view.is_unclear or is_of_money or (_NARROWING.match(behind) and place + 1 not in view.places):
            return ()
        reading.quote("transport.forbidden_modes", [place, *_stretch(place, view.places)])
        claim_repeated(reading, place)
        return (mode,)
    reading.claim([place, *view.places])
    near = reading.before(place, 4)
    if view.sign > 0 and ("only" in near[-3:] or behind.startswith("only ")):
        return _all_but(reading, place)
    if view.sign > 0 and (mode != "flight" or _WISHING.intersection(near)):
        word = reading.text[reading.items[place].start : reading.items[place].end]
        reading.warnings.append(f"“{word}” is a wish that rules nothing out: to exclude another way to travel, say so.")
    return ()


def _stretch(place: int, places: Sequence[int]) -> range:
    """Return the places from the first to the last of some, when they are close together."""
    every = [place, *places]
    return range(min(every), max(every) + 1) if max(every) - min(every) <= 8 else range(place, place + 1)


def _all_but(reading: Reading, place: int) -> Sequence[Mode]:
    """Return every mode but those of the list that a mention stands in: "only by car or taxi"."""
    named = {MODES[reading.items[k].word] for k in reading.near(place, 12) if reading.items[k].word in MODES}
    reading.quote("transport.forbidden_modes", [place])
    return [mode for mode in MODES.values() if mode not in named]
