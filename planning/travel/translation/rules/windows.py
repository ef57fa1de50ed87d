"""Stretches of time as tags: WINDOW is where a trip may lie, DAYS how long it lasts."""

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from planning.travel.translation.rules.dates import YEAR, Day, written
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.rewriting import Build, Hit, Rules, phrase, rewrite_all, tag_as

_PARTS: dict[str, tuple[int, int]] = {
    "early": (1, 10),
    "beginning": (1, 10),
    "start": (1, 10),
    "mid": (11, 20),
    "middle": (11, 20),
    "late": (21, 31),
    "end": (21, 31),
    "first half": (1, 15),
    "second half": (16, 31),
}
_PLACES = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 5}
_OF_YEAR = rf"(?:(?: ,)?(?: (?:of|in))? (?P<y>{YEAR}))?"
_SATURDAY = 5
_LAST = 5


@dataclass(frozen=True, slots=True)
class Window:
    """The days in which a trip may lie, and how long it lasts where the words tell ("the first week of May")."""

    first: date
    last: date
    num_days: int | None = None
    is_weekend: bool = False
    note: str = ""

    @classmethod
    def weekend(cls, saturday: date, note: str = "") -> "Window":
        """Return the Saturday and Sunday of one week."""
        return cls(saturday, saturday + timedelta(days=1), 2, True, note)


@dataclass(frozen=True, slots=True)
class Length:
    """How many days a trip lasts; `least` and `most` are what the words can mean ("a weekend")."""

    num_days: int
    least: int
    most: int
    is_nights: bool = False

    @classmethod
    def of(cls, num_days: int, *, is_nights: bool = False) -> "Length":
        """Return a length that means exactly so many days."""
        return cls(num_days, num_days, num_days, is_nights)


def tag_windows(items: Sequence[Item], today: date) -> Sequence[Item]:
    """Return the items with months, weeks and weekends as tags; they are the next ones that end on `today` or later."""
    return rewrite_all(items, _window_rules(today))


def tag_lengths(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with DAYS for every length of time in days, nights, weeks or a weekend."""
    return rewrite_all(items, _LENGTH_RULES)


def _of_month(month: int, year: int | None, today: date, days: tuple[int, int]) -> tuple[date, date]:
    """Return the first and last of some days of a month: of its next occurrence where the year is not said."""

    def within(year: int) -> tuple[date, date]:
        length = calendar.monthrange(year, month)[1]
        return date(year, month, min(days[0], length)), date(year, month, min(days[1], length))

    if year:
        return within(year)
    first, last = within(today.year)
    return (max(first, today), last) if last >= today else within(today.year + 1)


def _saturday_of(month: date, place: int) -> date:
    """Return the n-th Saturday of the month that a date lies in; the fifth means the last."""
    length = calendar.monthrange(month.year, month.month)[1]
    saturdays = [day for day in range(1, length + 1) if date(month.year, month.month, day).weekday() == _SATURDAY]
    return month.replace(day=saturdays[-1] if place == _LAST else saturdays[place - 1])


def _window_rules(today: date) -> Rules:
    """Return the rules for stretches of time that count from `today`."""
    which = r"(?:on |over |for )?(?:the )?(?P<which>this coming|coming|this|next|upcoming)"
    lead = r"(?:some ?time |any ?time |at some point )?(?:in |during |within )?(?:the month of |this |next )?"
    places, parts = "|".join(_PLACES), "|".join(_PARTS)
    named: tuple[tuple[str, Callable[[Hit, date], Window | None]], ...] = (
        (rf"(?:the )?(?P<place>{places}) (?P<unit>week|weekend) (?:of|in) (?P<m>MONTH){_OF_YEAR}", _week_of_month),
        (r"(?:the )?(?P<unit>week|weekend) (?:of|beginning|starting|commencing|around)(?: on)? (?P<day>DATE)", _around),
        (rf"(?:the )?(?P<part>{parts})(?: of| in)? (?P<m>MONTH){_OF_YEAR}", _month),
        (rf"{lead}(?P<m>MONTH) (?:or|and) (?P<m2>MONTH)", _two_months),
        (rf"{lead}(?P<m>MONTH){_OF_YEAR}", _month),
        (r"(?P<a>WINDOW) (?:to|-|through|until|or|and) (?:in )?(?P<b>WINDOW)", _joined),
        (rf"{which} weekend", _weekend),
        (rf"{which} week", _week),
        (rf"{which} month", _this_or_next_month),
    )

    def tagging(read: Callable[[Hit, date], Window | None]) -> Build:
        def build(hit: Hit) -> Sequence[Item] | None:
            window = read(hit, today)
            return hit.tag("WINDOW", window) if window else None

        return build

    return tuple((phrase(pattern), tagging(read)) for pattern, read in named)


def _year(hit: Hit) -> int | None:
    return int(hit.text("y")) if hit.text("y") else None


def _month(hit: Hit, today: date) -> Window:
    return Window(*_of_month(hit.value("m"), _year(hit), today, _PARTS.get(hit.text("part"), (1, 31))))


def _two_months(hit: Hit, today: date) -> Window | None:
    first, second = (Day(None, hit.value(name), 1).next_from(today.replace(day=1)) for name in ("m", "m2"))
    last = _of_month(second.month, second.year, today, (1, 31))[1]
    return Window(max(first, today), last) if first <= second else None


def _week_of_month(hit: Hit, today: date) -> Window:
    place = _PLACES[hit.text("place")]
    days = (1, 31) if place == _LAST else (7 * place - 6, 7 * place)
    first, last = _of_month(hit.value("m"), _year(hit), today, days)
    if hit.text("unit") == "weekend":
        return Window.weekend(_saturday_of(first, place))
    return Window(last - timedelta(days=6), last, 7)


def _around(hit: Hit, today: date) -> Window | None:
    """Return the week that begins on a day, or the weekend that it lies in or that follows it."""
    try:
        day = hit.value("day").next_from(today)
    except ValueError:
        return None
    if hit.text("unit") == "week":
        return Window(day, day + timedelta(days=6), 7)
    is_sunday = day.weekday() == _SATURDAY + 1
    return Window.weekend(day + timedelta(days=-1 if is_sunday else (_SATURDAY - day.weekday()) % 7))


def _joined(hit: Hit, _today: date) -> Window:
    first, last = hit.value("a"), hit.value("b")
    return Window(min(first.first, last.first), max(first.last, last.last))


def _weekend(hit: Hit, today: date) -> Window:
    saturday = today + timedelta(days=(_SATURDAY - today.weekday()) % 7)
    saturday += timedelta(days=7 if hit.text("which") == "next" else 0)
    return Window.weekend(saturday, f"“{hit.match.group()}” begins on {written(saturday)}")


def _week(hit: Hit, today: date) -> Window:
    monday = today - timedelta(days=today.weekday()) + timedelta(days=0 if hit.text("which") == "this" else 7)
    return Window(max(monday, today), monday + timedelta(days=6))


def _this_or_next_month(hit: Hit, today: date) -> Window:
    first = today if hit.text("which") == "this" else (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    return Window(first, _of_month(first.month, first.year, today, (1, 31))[1])


def _days(hit: Hit) -> Sequence[Item]:
    weeks = 1 if hit.text("w") in ("a", "full", "whole") else int(hit.text("w") or 0)
    return hit.tag("DAYS", Length.of(7 * weeks + int(hit.text("d") or 0)))


def _nights(hit: Hit) -> Sequence[Item]:
    nights, days = int(hit.text("n")), int(hit.text("d") or 0)
    if days and days != nights + 1:
        return hit.tag("VAGUE_DAYS", f"{days} days and {nights} nights")
    return hit.tag("DAYS", Length.of(nights + 1, is_nights=not days))


def _stay(hit: Hit) -> Sequence[Item]:
    number, is_nights = int(hit.text("n")), hit.text("unit").startswith("night")
    return hit.tag("STAYS", Length.of(number + is_nights, is_nights=is_nights))


def _either(hit: Hit) -> Sequence[Item]:
    return hit.tag("VAGUE_DAYS", f"{hit.text('a')} or {hit.text('b')} {hit.text('unit')}")


def _vague(hit: Hit) -> Sequence[Item]:
    number = 2 if "couple" in hit.text("n") else 3
    unit = hit.text("unit")
    days = 7 * number if unit == "weeks" else number + (unit == "nights")
    return hit.tag("DAYS", Length(days, days, days if number == 2 else days + 2))


def _described(hit: Hit) -> Sequence[Item]:
    """Return "5 sunny days" as a length with its adjectives behind it, so that nobody takes them for understood."""
    number, unit = 1 if hit.text("n") == "a" else int(hit.text("n")), hit.text("unit")
    length = {
        "days": Length.of(number),
        "nights": Length.of(number + 1, is_nights=True),
        "weekend": Length(2, 2, 4),
    }.get(unit, Length.of(7 * number))
    first, between = hit.items[0], hit.group("mid")
    return [replace(first, word="DAYS", value=length), *between, replace(hit.items[-1], word="days")]


_AND = r"(?: (?:,|and|/|-|\(|with)){0,2} "
_FULL = r"(?: (?:full|whole|entire|solid|straight|consecutive))?"
_LENGTH_RULES: Rules = (
    (
        phrase(
            r"(?P<n>\d{1,2}) (?P<unit>days?|nights?) (?:each|(?:per|a) (?:city|place|stop|destination)|(?:in|at) each"
            r"(?: (?:city|place|stop|destination|of them))?)"
        ),
        _stay,
    ),
    (phrase(rf"(?P<d>\d{{1,4}}) days?{_AND}(?P<n>\d{{1,4}}) nights?(?: \))?"), _nights),
    (phrase(rf"(?P<n>\d{{1,4}}) nights?{_AND}(?P<d>\d{{1,4}}) days?(?: \))?"), _nights),
    (
        phrase(r"(?P<a>\d{1,4})(?: (?:days|nights|weeks))? (?:to|-|or) (?P<b>\d{1,4}) (?P<unit>days?|nights?|weeks?)"),
        _either,
    ),
    (phrase(rf"(?P<w>\d{{1,3}}|a){_FULL} weeks? and (?P<d>\d{{1,3}}) days?"), _days),
    (phrase(rf"(?P<d>\d{{1,4}}){_FULL} days?(?: long)?(?: weekend)?"), _days),
    (phrase(rf"(?P<n>\d{{1,4}}){_FULL} nights?"), _nights),
    (phrase(rf"(?:for |after )?(?P<w>\d{{1,3}}|a|full|whole){_FULL} weeks?(?: long)?"), _days),
    (
        phrase(
            r"(?P<n>\d{1,3})(?P<mid>(?: (?!(?:and|or|of|in|to|for|from|per|people|adults?|kids|persons?"
            "|cities|us|with|at|on|by) )[a-z]+){1,2})"
            r" (?P<unit>days|nights|weeks)"
        ),
        _described,
    ),
    (
        phrase(
            "(?P<n>a|1)(?P<mid>(?: (?!(?:and|or|of|in|to|for|from|per|this|next|trip|plan|with|at|on|by|the"
            "|times?|long) )[a-z]+){1,2})"
            r" (?P<unit>week|weekend)"
        ),
        _described,
    ),
    (phrase(r"week long|weeklong"), tag_as("DAYS", Length.of(7))),
    (phrase(r"(?:a )?fortnight(?: long)?"), tag_as("DAYS", Length.of(14))),
    (phrase(r"(?P<n>(?:a |the )?(?:couple(?: of)?|few)|several) (?P<unit>days|nights|weeks)"), _vague),
    (phrase(r"(?:a |an )?(?:overnight|overnighter)"), tag_as("DAYS", Length.of(2))),
    (phrase(r"(?:a )?day trip"), tag_as("DAYS", Length.of(1))),
    (phrase(r"(?:(?:a|the|1) )?long weekend(?: long)?"), tag_as("DAYS", Length(3, 3, 4))),
    (phrase(r"(?:(?:a|the|over the|1) )?weekend(?: long)?"), tag_as("DAYS", Length(2, 2, 4))),
    (phrase(r"(?:for )?(?:a|1)(?: (?:full|whole))? month(?: long)?|month long"), tag_as("DAYS", Length.of(30))),
)
