"""Stretches of time as tags: WINDOW is where a trip may lie, DAYS how long it lasts."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from planning.travel.rules_translation.dates import YEAR, Day, written
from planning.travel.rules_translation.lexing import Item
from planning.travel.rules_translation.rewriting import Hit, Rules, phrase, rewrite_all, tag_as

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
    return month.replace(day=saturdays[-1] if place == 5 else saturdays[place - 1])


def _window_rules(today: date) -> Rules:
    """Return the rules for stretches of time that count from `today`."""

    def of_month(hit: Hit) -> Sequence[Item]:
        year = int(hit.text("y")) if hit.text("y") else None
        first, last = _of_month(hit.value("m"), year, today, _PARTS.get(hit.text("part"), (1, 31)))
        return hit.tag("WINDOW", Window(first, last))

    def week_of_month(hit: Hit) -> Sequence[Item]:
        place, year = _PLACES[hit.text("place")], int(hit.text("y")) if hit.text("y") else None
        first, last = _of_month(hit.value("m"), year, today, (1, 31) if place == 5 else (7 * place - 6, 7 * place))
        if hit.text("unit") == "weekend":
            return hit.tag("WINDOW", Window.weekend(_saturday_of(first, place)))
        return hit.tag("WINDOW", Window(last - timedelta(days=6), last, 7))

    def around(hit: Hit) -> Sequence[Item] | None:
        try:
            day = hit.value("date").next_from(today)
        except ValueError:
            return None
        if hit.text("unit") == "week":
            return hit.tag("WINDOW", Window(day, day + timedelta(days=6), 7))
        back = 1 if day.weekday() == _SATURDAY + 1 else 0
        saturday = day + timedelta(days=-back if back else (_SATURDAY - day.weekday()) % 7)
        return hit.tag("WINDOW", Window.weekend(saturday))

    def weekend(hit: Hit) -> Sequence[Item]:
        saturday = today + timedelta(days=(_SATURDAY - today.weekday()) % 7)
        saturday += timedelta(days=7 if hit.text("which") == "next" else 0)
        return hit.tag("WINDOW", Window.weekend(saturday, f"“{hit.match.group()}” begins on {written(saturday)}"))

    def week(hit: Hit) -> Sequence[Item]:
        monday = today - timedelta(days=today.weekday()) + timedelta(days=0 if hit.text("which") == "this" else 7)
        return hit.tag("WINDOW", Window(max(monday, today), monday + timedelta(days=6)))

    def month(hit: Hit) -> Sequence[Item]:
        first = today if hit.text("which") == "this" else (today.replace(day=1) + timedelta(days=31)).replace(day=1)
        return hit.tag("WINDOW", Window(first, _of_month(first.month, first.year, today, (1, 31))[1]))

    def joined(hit: Hit) -> Sequence[Item]:
        first, last = hit.value("a"), hit.value("b")
        return hit.tag("WINDOW", Window(min(first.first, last.first), max(first.last, last.last)))

    def either(hit: Hit) -> Sequence[Item]:
        a, b = (Day(None, hit.value(name), 1).next_from(today.replace(day=1)) for name in ("m", "m2"))
        last = _of_month(b.month, b.year, today, (1, 31))[1]
        return hit.tag("WINDOW", Window(max(a, today), last)) if a <= b else [*hit.items]

    which = r"(?:on |over |for )?(?:the )?(?P<which>this coming|coming|this|next|upcoming)"
    lead = r"(?:some ?time |any ?time |at some point )?(?:in |during |within )?(?:the month of |this |next )?"
    parts = "|".join(_PARTS)
    return (
        (phrase(rf"(?:the )?(?P<place>{'|'.join(_PLACES)}) (?P<unit>week|weekend) (?:of|in) (?P<m>MONTH){_OF_YEAR}"), week_of_month),
        (phrase(r"(?:the )?(?P<unit>week|weekend) (?:of|beginning|starting|commencing|around)(?: on)? (?P<date>DATE)"), around),
        (phrase(rf"(?:the )?(?P<part>{parts})(?: of| in)? (?P<m>MONTH){_OF_YEAR}"), of_month),
        (phrase(rf"{lead}(?P<m>MONTH) (?:or|and) (?P<m2>MONTH)"), either),
        (phrase(rf"{lead}(?P<m>MONTH){_OF_YEAR}"), of_month),
        (phrase(r"(?P<a>WINDOW) (?:to|-|through|until|or|and) (?:in )?(?P<b>WINDOW)"), joined),
        (phrase(rf"{which} weekend"), weekend),
        (phrase(rf"{which} week"), week),
        (phrase(rf"{which} month"), month),
    )


def _days(hit: Hit) -> Sequence[Item]:
    weeks = 1 if hit.text("w") in ("a", "full", "whole") else int(hit.text("w") or 0)
    return hit.tag("DAYS", Length.of(7 * weeks + int(hit.text("d") or 0)))


def _nights(hit: Hit) -> Sequence[Item]:
    nights, days = int(hit.text("n")), int(hit.text("d") or 0)
    if days and days != nights + 1:
        return hit.tag("VAGUE_DAYS", f"{days} days and {nights} nights")
    return hit.tag("DAYS", Length.of(nights + 1, is_nights=not days))


def _either(hit: Hit) -> Sequence[Item]:
    return hit.tag("VAGUE_DAYS", f"{hit.text('a')} or {hit.text('b')} {hit.text('unit')}")


def _vague(hit: Hit) -> Sequence[Item]:
    number = 2 if "couple" in hit.text("n") else 3
    unit = hit.text("unit")
    days = 7 * number if unit == "weeks" else number + (unit == "nights")
    return hit.tag("DAYS", Length(days, days, days if number == 2 else days + 2))


_AND = r"(?: (?:,|and|/|-|\(|with)){0,2} "
_FULL = r"(?: (?:full|whole|entire|solid|straight|consecutive))?"
_LENGTH_RULES: Rules = (
    (phrase(rf"(?P<d>\d{{1,4}}) days?{_AND}(?P<n>\d{{1,4}}) nights?(?: \))?"), _nights),
    (phrase(rf"(?P<n>\d{{1,4}}) nights?{_AND}(?P<d>\d{{1,4}}) days?(?: \))?"), _nights),
    (phrase(r"(?P<a>\d{1,4})(?: (?:days|nights|weeks))? (?:to|-|or) (?P<b>\d{1,4}) (?P<unit>days?|nights?|weeks?)"), _either),
    (phrase(rf"(?P<w>\d{{1,3}}|a){_FULL} weeks? and (?P<d>\d{{1,3}}) days?"), _days),
    (phrase(rf"(?P<d>\d{{1,4}}){_FULL} days?(?: long)?(?: weekend)?"), _days),
    (phrase(rf"(?P<n>\d{{1,4}}){_FULL} nights?"), _nights),
    (phrase(rf"(?:for )?(?P<w>\d{{1,3}}|a|full|whole){_FULL} weeks?(?: long)?"), _days),
    (phrase(r"week long|weeklong"), tag_as("DAYS", Length.of(7))),
    (phrase(r"(?:a )?fortnight(?: long)?"), tag_as("DAYS", Length.of(14))),
    (phrase(r"(?P<n>(?:a |the )?(?:couple(?: of)?|few)|several) (?P<unit>days|nights|weeks)"), _vague),
    (phrase(r"(?:a |an )?(?:overnight|overnighter)"), tag_as("DAYS", Length.of(2))),
    (phrase(r"(?:a )?day trip"), tag_as("DAYS", Length.of(1))),
    (phrase(r"(?:(?:a|the|1) )?long weekend(?: long)?"), tag_as("DAYS", Length(3, 3, 4))),
    (phrase(r"(?:(?:a|the|over the|1) )?weekend(?: long)?"), tag_as("DAYS", Length(2, 2, 4))),
    (phrase(r"(?:for )?(?:a|1)(?: (?:full|whole))? month(?: long)?|month long"), tag_as("DAYS", Length.of(30))),
)
