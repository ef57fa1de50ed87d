"""Days in a text as tags: DATE is one day, SPAN a first and a last day; a year or month that is not said stays open."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from planning.travel.translation.rules.lexing import MONTH_NUMBERS, MONTHS, Item
from planning.travel.translation.rules.rewriting import Build, Hit, Rules, phrase, rewrite_all
from planning.travel.translation.rules.word_lists import word_list, words

_MONEY_WORD = "dollars?|usd|euros?|eur|pounds?|gbp|bucks"
YEAR = rf"(?:19|20|21)\d\d(?! (?:{_MONEY_WORD}|people)(?= ))"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_JOIN = r"(?:(?:up )?(?:to|until|till|til)(?: the)?|-|->|through(?: to)?(?: the)?|thru(?: the)?|and(?: the)?)"
_OF_YEAR = rf"(?:(?: ,)?(?: (?:of|in))? (?P<y>{YEAR}))?"
_WEEKDAYS = word_list("monday tuesday wednesday thursday friday saturday sunday")
_WEEKDAY_NUMBERS: dict[str, int] = {
    **{name: number for number, name in enumerate(_WEEKDAYS)},
    **{name[:3]: number for number, name in enumerate(_WEEKDAYS)},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_WEEKDAY = "|".join(sorted(_WEEKDAY_NUMBERS, key=len, reverse=True))
_UNITS = word_list("first second third fourth fifth sixth seventh eighth ninth")
_TEENS = word_list(
    """tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"""
)
_ORDINALS: dict[str, int] = {
    **{word: number for number, word in enumerate([*_UNITS, *_TEENS, "twentieth"], 1)},
    **{f"20 {word}": 20 + number for number, word in enumerate(_UNITS, 1)},
    "thirtieth": 30,
    "30 first": 31,
}
_ORDINAL = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_MONTH = "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True))
_NOT_COUNTED = (
    rf"(?! (?:people|adults?|persons?|days?|nights?|of us|cities|kids?|child|children|travell?ers?|friends|weeks?"
    rf"|guests|stars?|hours?|pm|am|%|k|{_MONEY_WORD})(?= ))"
)
# These are months only where something next to them leads to a time.
_DOUBTFUL_MONTHS = frozenset({"may", "march", "mar", "dec", "sep", "jan"})
_LEADS_TO_MONTH = words(
    """in of during early mid late this next until till through between from to since by - sometime every"""
)
# "3/16" is a day behind one of these, and a fraction or a score elsewhere.
_LEADS_TO_SLASH = words(
    """on from between to until till through thru - -> and starting start begin beginning leaving leave
    departing depart dates date : ( , by of the return returning back ending DATE"""
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day as far as the text tells it; `weekday` counts from Monday = 0.

    `note` says how doubtful digits were read; `said` are the words of a relative day.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    note: str = ""
    said: str = ""

    @classmethod
    def of(cls, day: date, said: str = "", weekday: int | None = None) -> "Day":
        """Return a day that is wholly known; `said` are doubtful words for it, such as "next Friday"."""
        return cls(day.year, day.month, day.day, weekday, "", said)

    def on(self, year: int, month: int) -> date:
        """Return the date, with a year and a month for what is not said; a ValueError says that there is none."""
        try:
            return date(self.year or year, self.month or month, self.day or 1)
        except ValueError:
            name = (
                MONTHS[(self.month or month) - 1].title() if 1 <= (self.month or month) <= 12 else f"month {self.month}"
            )
            raise ValueError(f"{name} {self.day}, {self.year or year} is no date of the calendar") from None

    def next_from(self, today: date) -> date:
        """Return the date; where the year is not said, the next such day from `today` on."""
        if self.year is not None:
            return self.on(self.year, today.month)
        if (self.month, self.day) == (2, 29):
            years = range(today.year, today.year + 9)
            return next(day for day in (date(y, 2, 29) for y in years if calendar.isleap(y)) if day >= today)
        found = self.on(today.year, today.month)
        return found if found >= today else self.on(today.year + 1, today.month)


@dataclass(frozen=True, slots=True)
class Span:
    """A first and a last day; `between` tells that the text said "between", which may mean a window."""

    first: Day
    last: Day
    between: bool = False


def written(day: date) -> str:
    """Return a date for people: "Friday, March 18, 2022"."""
    return f"{_WEEKDAYS[day.weekday()].title()}, {MONTHS[day.month - 1].title()} {day.day}, {day.year}"


def tag_days(items: Sequence[Item], today: date) -> Sequence[Item]:
    """Return the items with days and pairs of days as tags; relative days count from `today`."""
    items = rewrite_all(items, (*_ORDINAL_RULES, *_MONTH_RULES))
    items = _tag_numeric(items)
    return rewrite_all(items, (*_DAY_RULES, *_relative_rules(today), *_SPAN_RULES))


def _ordinal(hit: Hit) -> Sequence[Item]:
    """Return the items found with their ordinals in digits."""
    result: list[Item] = []
    for name in hit.match.re.groupindex:
        group = hit.group(name)
        number = _ORDINALS.get(hit.text(name))
        result += group if number is None else [replace(group[0], word=f"{number}th", end=group[-1].end)]
    return result


_ORDINAL_RULES: Rules = (
    (phrase(rf"(?P<a>{_ORDINAL})(?P<join> {_JOIN}) (?P<b>{_ORDINAL})(?P<behind> (?:of )?(?:{_MONTH}))"), _ordinal),
    (phrase(rf"(?P<before>(?:{_MONTH})(?: the)?) (?P<a>{_ORDINAL})(?! (?:week|weekend|half))"), _ordinal),
    (
        phrase(
            rf"(?P<before>(?:on|until|till|to|through|by) the) (?P<a>{_ORDINAL})(?P<behind>(?= (?:,|\.|;|and"
            "|for|with|from|at|in) ))"
        ),
        _ordinal,
    ),
    (phrase(rf"(?P<a>{_ORDINAL})(?P<behind>(?: day)? of (?:{_MONTH}))"), _ordinal),
)


def _month(hit: Hit) -> Sequence[Item] | None:
    item = hit.items[0]
    if item.word in _DOUBTFUL_MONTHS and not _is_month_here(hit, item):
        return None
    return hit.tag("MONTH", MONTH_NUMBERS[item.word])


def _is_month_here(hit: Hit, item: Item) -> bool:
    before, after = hit.before(), hit.after()
    if re.fullmatch(rf"{_DAY}|{YEAR}|week|weekend", after) or re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)", before):
        return True
    if before in _LEADS_TO_MONTH or re.fullmatch(r"\d{1,2}", before):
        return True
    return item.capital and not item.upper and before not in (".", ":", ";")


_MONTH_RULES: Rules = ((phrase(_MONTH), _month),)


def _tag_numeric(items: Sequence[Item]) -> Sequence[Item]:
    """Tag days written in digits. Month first as in the US, unless some pair in the text can only be day first."""
    pairs = [_numbers(item.word) for item in items if re.match(r"\d{1,2}/\d", item.word)]
    day_first = any(12 < pair[0] <= 31 and pair[1] <= 12 for pair in pairs)
    result: list[Item] = []
    several = sum(bool(re.fullmatch(r"\d{1,2}/\d{1,2}", item.word)) for item in items) > 1
    for item, behind in zip(items, [*items[2:], None, None], strict=False):
        leads = (result[-1].word if result else ".") in _LEADS_TO_SLASH or (behind and "/" in behind.word) or several
        day = _numeric_day(item.word, day_first, is_date=bool(leads))
        result.append(item if day is None else replace(item, word="DATE", value=day))
    return result


def _numbers(word: str) -> list[int]:
    return [int(part) for part in re.split(r"[-/.]", word)]


def _numeric_day(word: str, day_first: bool, *, is_date: bool) -> Day | None:
    if re.fullmatch(r"(?:19|20|21)\d\d([-/.])\d{1,2}\1\d{1,2}", word):
        year, month, day = _numbers(word)
        return Day(year, month, day)
    if re.fullmatch(r"\d{1,2}([-/.])\d{1,2}\1(?:(?:19|20|21)\d\d|\d{2})", word):
        first, second, year = _numbers(word)
        year += 2000 if year < 100 else 0
    elif re.fullmatch(r"\d{1,2}/\d{1,2}", word) and is_date:
        (first, second), year = _numbers(word), 0
    else:
        return None
    day_first = day_first or (word.count(".") == 2 and second <= 12)
    day, month = (first, second) if day_first else (second, first)
    unclear = first != second and max(first, second) <= 12 and not day_first
    return Day(year or None, month, day, None, f"“{word}” is read as month/day" if unclear else "")


def _day_number(ordinal: str) -> int:
    return int(ordinal.rstrip("stndrh"))


def _year(hit: Hit) -> int | None:
    return int(hit.text("y")) if hit.text("y") else None


def _one_day(hit: Hit) -> Sequence[Item]:
    weekday = _WEEKDAY_NUMBERS.get(hit.text("w"))
    return hit.tag("DATE", Day(_year(hit), hit.value("m"), _day_number(hit.text("d")), weekday))


def _days_of_one_month(hit: Hit) -> Sequence[Item]:
    month, year = hit.value("m"), _year(hit)
    first = Day(year, month, _day_number(hit.text("a")), _WEEKDAY_NUMBERS.get(hit.text("w")))
    last = Day(year, month, _day_number(hit.text("b")), _WEEKDAY_NUMBERS.get(hit.text("w2")))
    return hit.tag("SPAN", Span(first, last, hit.before() == "between"))


def _listed_days(hit: Hit) -> Sequence[Item] | None:
    """Return "April 24th, 25th and 26th" as the days from the first to the last."""
    days = [_day_number(word) for word in f"{hit.text('a')} {hit.text('mid')} {hit.text('b')}".replace(",", "").split()]
    return _days_of_one_month(hit) if days == list(range(days[0], days[0] + len(days))) else None


def _named_weekday(hit: Hit) -> Sequence[Item]:
    return hit.tag("DATE", replace(hit.value("date"), weekday=_WEEKDAY_NUMBERS[hit.text("w")]))


def _dated(hit: Hit) -> Sequence[Item] | None:
    day: Day = hit.value("date")
    return None if day.year else hit.tag("DATE", replace(day, year=_year(hit)))


_BEFORE = rf"(?:(?P<w>{_WEEKDAY})(?: ,)? )?(?:the )?"
_BEFORE_LAST = rf"(?:(?P<w2>{_WEEKDAY})(?: ,)? )?(?:the )?"
_DAY_RULES: Rules = (
    (phrase(rf"{_BEFORE}(?P<d>\d{{1,2}}) - (?P<m>MONTH) - (?P<y>{YEAR})"), _one_day),
    (
        phrase(
            rf"{_BEFORE}(?P<m>MONTH) (?:the )?(?P<a>{_DAY})(?: ,)? {_JOIN} {_BEFORE_LAST}(?P<b>{_DAY})"
            rf"{_NOT_COUNTED}(?! (?:MONTH|of MONTH)){_OF_YEAR}"
        ),
        _days_of_one_month,
    ),
    (
        phrase(rf"{_BEFORE}(?P<a>{_DAY}) {_JOIN} {_BEFORE_LAST}(?P<b>{_DAY})(?: of)? (?P<m>MONTH){_OF_YEAR}"),
        _days_of_one_month,
    ),
    (
        phrase(
            rf"(?P<m>MONTH) (?P<a>{_DAY})(?P<mid>(?: ,? ?{_DAY}){{0,8}})(?: ,)? and"
            rf" (?P<b>{_DAY}){_NOT_COUNTED}{_OF_YEAR}"
        ),
        _listed_days,
    ),
    (phrase(rf"{_BEFORE}(?P<m>MONTH) (?:the )?(?P<d>{_DAY}){_NOT_COUNTED}{_OF_YEAR}"), _one_day),
    (phrase(rf"{_BEFORE}(?P<d>{_DAY})(?: day)?(?: of)? (?P<m>MONTH){_OF_YEAR}"), _one_day),
    (phrase(rf"(?P<w>{_WEEKDAY})(?: ,)?(?: the)? (?P<date>DATE)"), _named_weekday),
    (phrase(rf"(?P<date>DATE)(?: ,)? \( (?P<w>{_WEEKDAY}) \)"), _named_weekday),
    (phrase(rf"(?P<date>DATE)(?: ,)? (?P<y>{YEAR})"), _dated),
)


def _relative_rules(today: date) -> Rules:
    """Return the rules for days that count from `today`."""

    def on(days: int) -> Build:
        return lambda hit: hit.tag("DATE", Day.of(today + timedelta(days=days)))

    def later(hit: Hit, tag: str = "DATE") -> Sequence[Item] | None:
        number = 1 if hit.text("n") == "a" else int(hit.text("n"))
        days = number * {"d": 1, "w": 7, "m": 30}[hit.text("u")[0]]
        if days > 366:
            return None
        return hit.tag(tag, Day.of(today + timedelta(days=days), hit.match.group()))

    def weekday(hit: Hit) -> Sequence[Item] | None:
        said, name = hit.text("which"), hit.text("w")
        if not said and len(name) <= 5 and not hit.group("w")[0].capital:
            return None  # "sun" and "sat" are days only where something tells
        number = _WEEKDAY_NUMBERS[name]
        day = today + timedelta(days=(number - today.weekday()) % 7)
        if said == "next":  # the Friday of the next calendar week, not the one ahead
            day = today + timedelta(days=7 - today.weekday() + number)
        return hit.tag("DATE", Day.of(day, f"{said} {name}".strip(), number))

    def of_year(hit: Hit) -> Sequence[Item]:
        year = today.year + (hit.text("year") == "next")
        return hit.tag("DATE", replace(hit.value("date"), year=year))

    which = r"(?:on )?(?:(?:the )?(?P<which>this coming|coming|this|next|upcoming|following) )?"
    return (
        (phrase(r"(?P<date>DATE)(?: ,)?(?: of)? (?P<year>this|next) year"), of_year),
        (phrase(r"(?:on )?(?:the )?day after tomorrow"), on(2)),
        (phrase(r"tomorrow"), on(1)),
        (phrase(r"today|tonight"), on(0)),
        (phrase(r"in (?P<n>\d{1,3}|a) (?P<u>days?|weeks?|months?)(?: 's)? (?:time|from (?:now|today))"), later),
        (phrase(r"in (?P<n>\d{1,3}|a) (?P<u>days?|weeks?|months?)"), lambda hit: later(hit, "LATER")),
        (phrase(r"(?P<n>\d{1,3}|a) (?P<u>days?|weeks?|months?) from (?:now|today)"), later),
        (phrase(rf"{which}(?P<w>{_WEEKDAY})"), weekday),
    )


def _span(hit: Hit) -> Sequence[Item]:
    return hit.tag("SPAN", Span(hit.value("a"), hit.value("b"), hit.before() == "between"))


def _span_to_part(hit: Hit) -> Sequence[Item]:
    month = int(hit.text("month")) if hit.text("month") else None
    last = Day(None, month, _day_number(hit.text("day")))
    return hit.tag("SPAN", Span(hit.value("a"), last, hit.before() == "between"))


def _span_from_part(hit: Hit) -> Sequence[Item]:
    last: Day = hit.value("b")
    first = Day(last.year, last.month, _day_number(hit.text("day")))
    return hit.tag("SPAN", Span(first, last, hit.before() == "between"))


_ENDING = (
    "end|ends|ending|conclude|concludes|concluding|finish|finishes|finishing|return|returns|returning|back|until|till"
    "|through|to|-|->|thru|check out|checking out|checkout|inbound|coming|come|comes|getting|get|wrapping|wraps|up to"
)
_AROUND = (
    r",|\(|\)|and|then|we|i|will|be|on|by|the|home|us|with|our|my|trip|it|is|are|:|would|like|want|back"
    "|date|day|last|am|up|leave|again"
)
# Only "back" is in both lists, so a gap can be read in few ways.
_GAP = rf"(?:(?:{_AROUND}) ){{0,6}}(?:{_ENDING})(?: (?:{_AROUND})){{0,5}}"
_SPAN_RULES: Rules = (
    (phrase(r"(?P<a>DATE) (?:to|-|until|through) (?P<month>0?[1-9]|1[0-2]) - (?P<day>\d{2})"), _span_to_part),
    (phrase(rf"(?P<a>DATE)(?: ,)? {_JOIN} (?P<b>DATE)"), _span),
    (phrase(rf"(?P<a>DATE) {_GAP} (?P<b>DATE)"), _span),
    (phrase(rf"(?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)) {_GAP} (?P<b>DATE)"), _span_from_part),
    (phrase(rf"(?P<a>DATE) {_GAP} (?P<day>\d{{1,2}}(?:st|nd|rd|th))(?! (?:MONTH|of MONTH))"), _span_to_part),
    (phrase(rf"(?P<a>DATE)(?: ,)? {_JOIN} (?P<day>{_DAY}){_NOT_COUNTED}(?! (?:MONTH|of MONTH|-|/))"), _span_to_part),
)
