"""When the trip is: days, windows and lengths together, or what is missing or contradicts itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from planning.travel.request import MAX_DAYS
from planning.travel.translation.rules.dates import Day, Span, written
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.windows import Length, Window
from planning.travel.translation.rules.word_lists import words

LONGEST_ROLLOVER = timedelta(days=62)
WHEN = "when the trip is (a first day)"
_TAGS = ("DATE", "SPAN", "WINDOW", "DAYS", "LATER", "STAYS")
HOW_LONG = "how many days the trip lasts"
_ENDING_WORDS = words(
    """until till inbound checkout return returns returning back end ends ending concludes conclude concluding finish
    finishes finishing through home over"""
)
_BETWEEN_END_AND_DAY = words(
    """on by the around about at in to : is no later than date day CITY PLACE trip flight FLIGHT again we i us
    will"""
)
_FLEXIBLE_WORDS = frozenset({"sometime", "anytime", "flexible", "flexibility", "whenever"})


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the days and windows of a text say together; `first` or `last` is None where only the other one is told."""

    first: date | None
    last: date | None
    is_window: bool = False
    is_flexible: bool = False
    num_days: int | None = None
    is_weekend: bool = False


def read_schedule(reading: Reading) -> None:
    """State the dates of the trip."""
    for place in reading.places_of("VAGUE_DAYS"):
        reading.claim([place])
        reading.problems.append(f"“{reading.items[place].value}” is not one length: say how many days the trip lasts.")
    try:
        frame = _frame(reading)
        length = _length(reading)
    except ValueError as error:
        reading.problems.append(_sentence(str(error)))
        reading.claim(reading.places_of(*_TAGS))
        return
    places = reading.places_of(*_TAGS)
    reading.claim(places)
    stated = _combine(reading, frame, length)
    if stated:
        reading.state("dates", stated, places)


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + "."


def _frame(reading: Reading) -> _Frame | None:
    """Return what the days and windows of the text say together."""
    spans = [_resolved_span(reading, reading.items[place].value) for place in reading.places_of("SPAN")]
    starts, ends = _single_days(reading)
    between = any(reading.items[place].value.between for place in reading.places_of("SPAN"))
    if not spans and not ends and len(starts) == 2 and not _are_alternatives(reading):
        first, last = sorted(starts, key=lambda day: day.next_from(reading.today))
        reading.warnings.append("Two days are named: they are read as the first and the last day of the trip.")
        starts, ends = [first], [last]
    if not spans and len(starts) == 1 and len(ends) == 1:
        spans = [_resolved_span(reading, Span(starts.pop(), ends.pop()))]
    firsts = {first for first, _ in spans} | {_resolved(reading, day) for day in starts}
    lasts = {last for _, last in spans} | {_resolved(reading, day) for day in ends}
    if spans:  # a day that repeats the first or the last one is no second start
        firsts -= lasts & {_resolved(reading, day) for day in starts}
    for dates, what in ((firsts, "starts"), (lasts, "ends")):
        if len(dates) > 1:
            raise ValueError(f"the trip {what} on {' or '.join(map(written, sorted(dates)))}: say which")
    windows = [reading.items[place].value for place in reading.places_of("WINDOW")]
    if firsts or lasts:
        flexible = _is_flexible(reading) or between
        return _Frame(min(firsts, default=None), max(lasts, default=None), is_flexible=flexible)
    return _window_frame(reading, windows) if windows else None


def _window_frame(reading: Reading, windows: Sequence[Window]) -> _Frame:
    """Return the narrowest of the windows, when each lies within the wider ones."""
    _is_flexible(reading)
    narrow = min(windows, key=lambda window: window.last - window.first)
    for window in windows:
        if not (window.first <= narrow.first and narrow.last <= window.last):
            raise ValueError(f"the trip is around {written(narrow.first)} or around {written(window.first)}: say which")
        reading.warnings += [window.note + "."] if window.note else []
    return _Frame(narrow.first, narrow.last, True, True, narrow.num_days, narrow.is_weekend)


def _single_days(reading: Reading) -> tuple[list[Day], list[Day]]:
    """Return the days that start the trip and those that end it, each once."""
    starts: list[Day] = []
    ends: list[Day] = []
    is_dated = bool(reading.places_of("DATE", "SPAN", "WINDOW"))
    for place in reading.places_of("DATE", *([] if is_dated else ["LATER"])):
        days = ends if _is_end(reading, place) else starts
        if reading.items[place].value not in days:
            days.append(reading.items[place].value)
    return starts, ends


def _are_alternatives(reading: Reading) -> bool:
    """Tell whether "or" stands between two days."""
    first, *_, last = reading.places_of("DATE", "LATER")
    return any(item.word == "or" for item in reading.items[first:last]) and last - first <= 4


def _is_end(reading: Reading, place: int) -> bool:
    """Tell whether the words right before a day say that the trip ends then: "back in Boston by June 9"."""
    for word in reversed(reading.before(place, 7)):
        if word in _ENDING_WORDS or word == "LATEST":
            return True
        if word not in _BETWEEN_END_AND_DAY:
            return False
    return False


def _resolved(reading: Reading, day: Day) -> date:
    found = day.next_from(reading.today)
    _comment(reading, day, found)
    return found


def _comment(reading: Reading, day: Day, found: date) -> None:
    """Warn of a day that was read one way of several, or whose weekday is another."""
    notes = [f"{day.note}."] if day.note else []
    notes += [f"“{day.said}” is read as {written(found)}."] if day.said else []
    if day.weekday is not None and found.weekday() != day.weekday:
        notes.append(f"{written(found)} is not the day of the week that the text says.")
    reading.warnings += [note for note in notes if note not in reading.warnings]


def _resolved_span(reading: Reading, span: Span) -> tuple[date, date]:
    """Return both days; a year or month that only one of them says is the other's too."""
    first, last = span.first, span.last
    if last.day is None or (first.month is None and last.month is None):
        raise ValueError("the dates name no month: say which month")
    today = reading.today
    if first.year is None and last.year is not None:
        end = last.on(last.year, first.month or today.month)
        start = first.on(last.year, last.month or today.month)
        if start > end and end - first.on(last.year - 1, 1) <= LONGEST_ROLLOVER:
            start = first.on(last.year - 1, 1)
    else:
        start = first.next_from(today)
        end = last.on(start.year, start.month)
        if end < start and last.year is None and last.month is not None:
            later = last.on(start.year + 1, start.month)
            end = later if later - start <= LONGEST_ROLLOVER else end
    if last.said and last.weekday is not None:  # the weekday behind the first day, not the one ahead of today
        end = start + timedelta(days=(last.weekday - start.weekday()) % 7 or 7)
    if end < start:
        raise ValueError(
            f"the trip ends on {written(end)}, before it starts on {written(start)}: correct one of the dates"
        )
    _comment(reading, first, start)
    _comment(reading, last, end)
    return start, end


def _is_flexible(reading: Reading) -> bool:
    """Tell whether the text leaves open when within its dates the trip is, and claim the words that say so."""
    places = [place for place, item in enumerate(reading.items) if item.word in _FLEXIBLE_WORDS]
    places += [place - 1 for place in reading.places_of("DAYS") if reading.before(place, 1) == ["any"]]
    reading.claim(places)
    return bool(places)


def _length(reading: Reading) -> Length | None:
    """Return how long the words about length say, or None where there are none."""
    places = reading.places_of("DAYS")
    lengths: list[Length] = [reading.items[place].value for place in places]
    if reading.places_of("DATE", "SPAN", "WINDOW"):  # "in nine days" is how long, where another word says when
        lengths += [Length.of(_days_until(reading, place)) for place in reading.places_of("LATER")]
    if places and len(lengths) > 1 and all(_is_in_a_city(reading, place) for place in places):
        reading.warnings.append("How long to stay in each city is not a constraint: only the whole length is.")
        return Length.of(sum(length.num_days for length in lengths) - sum(length.is_nights for length in lengths[1:]))
    lengths += _stays(reading)
    if not lengths:
        return None
    narrow = min(lengths, key=lambda length: length.most - length.least)
    for length in lengths:
        if not length.least <= narrow.num_days <= length.most:
            raise ValueError(f"the trip lasts {narrow.num_days} days or {length.num_days} days: say which")
    if narrow.least < narrow.most and narrow.least > 2:
        said = _said(reading, places[lengths.index(narrow)]) if narrow in lengths[: len(places)] else ""
        reading.warnings.append(f"“{said}” is read as {narrow.num_days} days.")
    return narrow


def _stays(reading: Reading) -> list[Length]:
    """Return the length that "2 nights in each city" gives, when the text says how many cities there are."""
    stays = [reading.items[place].value for place in reading.places_of("STAYS")]
    cities = reading.fields.get("destination.cities", ())
    number = reading.fields.get("destination.num_cities", len(cities))
    return [
        Length.of(number * stay.num_days - (number - 1) * stay.is_nights, is_nights=stay.is_nights)
        for stay in stays
        if number
    ]


def _days_until(reading: Reading, place: int) -> int:
    day: Day = reading.items[place].value
    return (day.next_from(reading.today) - reading.today).days


def _said(reading: Reading, place: int) -> str:
    return reading.text[reading.items[place].start : reading.items[place].end]


def _is_in_a_city(reading: Reading, place: int) -> bool:
    behind = [item.word for item in reading.items[place + 1 : place + 3]]
    return len(behind) == 2 and behind[0] in ("in", "at", "for") and behind[1] == "CITY"


def _combine(reading: Reading, frame: _Frame | None, length: Length | None) -> dict[str, Any] | None:
    """Return the dates as `Dates` has them, as far as they are known; say what is missing or does not agree."""
    num_days = length.num_days if length else None
    if num_days is not None and not 2 <= num_days <= MAX_DAYS:
        reading.problems.append(f"A trip lasts 2 to {MAX_DAYS} days, not {num_days}: say another length.")
        return None
    if frame is None:
        reading.missing += [WHEN] if num_days else [WHEN, HOW_LONG]
        return {"num_days": num_days} if num_days else None
    if frame.is_weekend:
        return _weekend_dates(reading, frame, num_days or 2)
    if frame.is_window:
        num_days = num_days or frame.num_days
    elif frame.first and frame.last:
        return _span_dates(reading, frame.first, frame.last, length, flexible=frame.is_flexible)
    if num_days is None:
        reading.missing.append(HOW_LONG)
        return {name: day for name, day in (("earliest", frame.first), ("latest", frame.last)) if day}
    first = frame.first or (frame.last or reading.today) - timedelta(days=num_days - 1)
    last = frame.last if frame.is_window and frame.last else first + timedelta(days=num_days - 1)
    return _dates(reading, first, last, num_days)


def _weekend_dates(reading: Reading, frame: _Frame, num_days: int) -> dict[str, Any]:
    """Return exact dates: two days from Saturday, three or four from Friday."""
    saturday = frame.first or reading.today
    first = saturday - timedelta(days=1) if num_days in (3, 4) else saturday
    return _dates(reading, first, first + timedelta(days=num_days - 1), num_days)


def _span_dates(
    reading: Reading, first: date, last: date, length: Length | None, *, flexible: bool
) -> dict[str, Any] | None:
    """Return exact dates, or a window where the words allow one; a length that contradicts them is a problem."""
    total = (last - first).days + 1
    if length is None or length.least <= total <= length.most:
        return _dates(reading, first, last, total)
    if flexible and length.num_days < total:
        return _dates(reading, first, last, length.num_days)
    reading.problems.append(
        f"The text says {length.num_days} days, but {written(first)} to {written(last)} is {total} days: correct one."
    )
    return None


def _dates(reading: Reading, first: date, last: date, num_days: int) -> dict[str, Any]:
    if first < reading.today:
        reading.warnings.append(f"{written(first)} is in the past (today is {written(reading.today)}).")
    return {"earliest": first, "latest": last, "num_days": num_days}
