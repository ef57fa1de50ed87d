"""What a text claims: its money, times, dates, numbers and names; and which of these another text does not hold."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["money", "time", "date", "weekday", "year", "day number", "number of days", "number", "name", "link"]

_words = str.split  # named, because a list of twenty quoted words is hard to read
MONTHS = _words("january february march april may june july august september october november december")
WEEKDAYS = _words("monday tuesday wednesday thursday friday saturday sunday")
# Words of ordinary English as well: alone and in small letters they name no month.
_NOT_MONTHS_ALONE = frozenset({"may", "march", "august"})

_SMALL = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = _words("second third fourth fifth sixth seventh eighth ninth tenth")
_WORD_VALUES: dict[str, int] = {
    **{word: value for value, word in enumerate(_SMALL)},
    **{word: 10 * place for place, word in enumerate(_TENS, 2)},
    **{word: value for value, word in enumerate(_ORDINALS, 2)},
    "couple": 2,
    "dozen": 12,
    "pair": 2,
    "twice": 2,
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}

# With these words honest prose begins a sentence. Any other word with a capital has to be in the facts.
STARTERS = frozenset(
    _words(
        """a about after afternoon afterwards again all also although altogether an and another any around arrive as
        at back be because before begin board both breakfast but by catch check continue day depart departing
        departure dine dinner drive during each eat end enjoy enter evening every everyone everything explore
        finally finish first flight fly following for from get give go grab have head here home hotel how if in
        into is it its join just keep land landing last late later leave leaving let lodging lunch make meals
        meanwhile meet morning move next night no not nothing now of off on once only or our out over overall
        overnight pack please reach relax rest return savor savour see set settle share sightseeing since sleep so
        spend start starting stay still stop take taxi that the their then there these they this those though
        through throughout time to today tomorrow tonight total transfer travel trip under until up upon visit
        wake walk we welcome what when where which while who with within you your"""
    )
)

_PLAIN = str.maketrans("’‘“”–—−\u00a0\u202f\u2009", "''\"\"---   ")
MAX_NAME_CHARS = 200
# Everything that repeats is bounded: a language model that loops must not cost a minute.
_AMOUNT = r"\d[\d,]{0,20}(?:\.\d{1,9})?"
_CURRENCY = r"(?:dollars?|bucks?|euros?|pounds?|francs?|yen|pesos?|rupees?|cents?|[A-Z]{3})(?!\w)"
_MONTH = rf"(?:{'|'.join(MONTHS)})"
_MERIDIEM = r"(?P<half>[ap])\.?m\b\.?"
_VALUE_WORD = rf"(?:{'|'.join([*_WORD_VALUES, *_SCALES])})"

_NUMBER_WORDS = re.compile(
    rf"\b{_VALUE_WORD}(?:(?:[- ]|(?<=hundred)(?:\sand\s)|(?<=thousand)(?:\sand\s)){_VALUE_WORD}){{0,11}}\b",
    re.IGNORECASE,
)
_HALF = re.compile(r"\bhalf\b", re.IGNORECASE)
_LINK = re.compile(r"[\w.+-]{0,60}(?:://|www\.|@)\S*", re.IGNORECASE)
_ISO_DATE = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b")
_DATE = re.compile(
    rf"(?:\b(?P<weekday>{'|'.join(WEEKDAYS)}),?\s(?:the\s)?)?\b(?:(?P<month>{_MONTH})\s(?:the\s)?(?P<day>\d{{1,2}})"
    rf"(?:st|nd|rd|th)?\b(?:\s?(?:-|to|through)\s?(?P<until>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d|\s?[ap]\.?m\b))?"
    rf"|(?P<day_first>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<month_last>{_MONTH})\b)(?:,?\s(?P<year>\d{{4}})\b)?",
    re.IGNORECASE,
)
_MONEY = re.compile(
    rf"[$€£¥₹]\s?(?P<amount>{_AMOUNT})(?P<scale>\s?[kKmM]\b)?"
    rf"|\b(?P<amount_first>{_AMOUNT})(?P<scale_first>\s?[kKmM]\b)?\s?{_CURRENCY}|\b[A-Z]{{3}}\s(?P<amount_last>{_AMOUNT})"
)
_CLOCK = re.compile(rf"\b(?P<hour>\d{{1,2}}):(?P<minute>\d\d)\b(?:\s?{_MERIDIEM})?", re.IGNORECASE)
_HOUR = re.compile(rf"\b(?P<hour>\d{{1,2}})(?:\.(?P<minute>\d\d))?\s?(?:{_MERIDIEM}|o'clock)", re.IGNORECASE)
_TIME_WORD = re.compile(r"\b(?:noon|midnight)\b", re.IGNORECASE)
_NUMBERED_DAY = re.compile(r"\bday\s(?P<number>\d+)\b|\b(?P<first>\d+)(?:st|nd|rd|th)?\sday\b(?!s)", re.IGNORECASE)
_NUMBER_OF_DAYS = re.compile(r"\b(?P<number>\d+)[- ](?:full\s)?(?:days?|nights?)\b", re.IGNORECASE)
_NUMBER = re.compile(rf"(?<![\w.])(?P<number>{_AMOUNT})(?:st|nd|rd|th)?(?!\w)")
_WORD = re.compile(r"[^\W_]+(?:['&][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: its kind, its value in a form in which equal claims are equal, and the words."""

    kind: Kind
    value: str
    words: str


def unsupported(text: str, facts: str, names: Iterable[str] = (), *, num_days: int) -> tuple[str, ...]:
    """Return, in sentences, the claims of a text that are not among the facts; none if every one of them is.

    An amount of money, a time, a date with or without its weekday, and a number has to be in the facts as such, in
    whatever spelling ("8:05 am", "two hundred dollars"); days are numbered up to `num_days`. Of names, that is words
    with a capital, a digit or no small letters, whole words of the facts may be used, as many as stand there side by
    side. Not seen are names in small letters, and facts that are put together wrongly.

    Args:
        text: The text to judge.
        facts: A text that holds everything that may be said.
        names: Names in the facts; numbers and months inside of them claim nothing.
        num_days: The number of days of the trip.
    """
    known = _plain(facts)
    masks = sorted({_plain(name) for name in names if any(c.isalpha() for c in name)}, key=lambda n: (-len(n), n))
    fact_claims = {(claim.kind, claim.value) for claim in _claims(known, masks)}
    # An amount may be told without its currency, and a number of days without "days".
    numbers = {value for kind, value in fact_claims if kind in ("number", "money", "number of days", "year")}
    words = frozenset(_WORD.findall(known))
    found = []
    for claim in _claims(_plain(text), masks):
        supported = (claim.kind, claim.value) in fact_claims
        if claim.kind in ("day number", "number of days"):
            supported = 1 <= float(claim.value) <= num_days
        elif claim.kind == "number":
            supported = claim.value in numbers
        elif claim.kind == "name":
            supported = supported or _holds(known, claim.value, words)
        if not supported:
            found.append(f"“{claim.words}” is not in the itinerary")
    return tuple(dict.fromkeys(found))


def _plain(text: str) -> str:
    """Return a text with plain quotes, dashes and spaces; line ends are kept, because sentences end there too."""
    return "\n".join(" ".join(line.split()) for line in text.translate(_PLAIN).splitlines())


def _claims(text: str, masks: Iterable[str]) -> Iterator[Claim]:
    """Yield the claims of a text. Each reader takes its own out of the text, the most telling ones first."""
    rest = text
    for name in masks:
        rest = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _blank, rest)
    rest = _NUMBER_WORDS.sub(lambda match: _digits(match.group()), _HALF.sub("0.5", rest))
    for pattern, read in _READERS:
        claims = [claim for match in pattern.finditer(rest) for claim in read(match)]
        yield from claims
        rest = pattern.sub(_blank, rest)
    yield from _name_claims(rest)


def _blank(match: re.Match[str]) -> str:
    # Not a space: the words on both sides do not make one name.
    return "\0" * len(match.group())


def _digits(words: str) -> str:
    """Return a number in words as digits: "two hundred and five" as "205"."""
    total = current = 0
    for word in re.split(r"[-\s]", words.casefold()):
        if word in _SCALES:
            current = max(1, current) * _SCALES[word]
            if _SCALES[word] >= 1000:
                total, current = total + current, 0
        elif word != "and":
            current += _WORD_VALUES[word]
    return str(total + current)


def _number(text: str, scale: str | None = None) -> str:
    """Return an amount in the one form that equal amounts share."""
    value = float(text.replace(",", "")) * {"k": 1e3, "m": 1e6}.get((scale or "").strip().casefold(), 1)
    return f"{value:.2f}"


def _read_money(match: re.Match[str]) -> Iterator[Claim]:
    amount = match["amount"] or match["amount_first"] or match["amount_last"]
    yield Claim("money", _number(amount, match["scale"] or match["scale_first"]), match.group())


def _read_date(match: re.Match[str]) -> Iterator[Claim]:
    month = MONTHS.index((match["month"] or match["month_last"]).casefold()) + 1
    for day in filter(None, (match["day"] or match["day_first"], match["until"])):
        yield Claim("date", f"{month}-{int(day)}", match.group())
    if match["weekday"]:
        day = int(match["day"] or match["day_first"])
        yield Claim("weekday", f"{match['weekday'].casefold()} {month}-{day}", match.group())
    if match["year"]:
        yield Claim("year", _number(match["year"]), match.group())


def _read_iso_date(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim("date", f"{int(match['month'])}-{int(match['day'])}", match.group())
    yield Claim("year", _number(match["year"]), match.group())


def _read_time(match: re.Match[str]) -> Iterator[Claim]:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].casefold() == "p" else 0)
    yield Claim("time", f"{hour}:{minute:02d}", match.group())


def _read_time_word(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim("time", "12:00" if match.group().casefold() == "noon" else "0:00", match.group())


def _read_link(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim("link", match.group(), match.group())


def _reader(kind: Kind) -> Callable[[re.Match[str]], Iterator[Claim]]:
    def read(match: re.Match[str]) -> Iterator[Claim]:
        number = next(group for group in match.groups() if group)
        yield Claim(kind, _number(number), match.group())

    return read


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Claim]]], ...] = (
    (_LINK, _read_link),
    (_ISO_DATE, _read_iso_date),
    (_DATE, _read_date),
    (_CLOCK, _read_time),
    (_HOUR, _read_time),
    (_TIME_WORD, _read_time_word),
    (_MONEY, _read_money),
    (_NUMBERED_DAY, _reader("day number")),
    (_NUMBER_OF_DAYS, _reader("number of days")),
    (_NUMBER, _reader("number")),
)


def _name_claims(text: str) -> Iterator[Claim]:
    """Yield every run of words that may be a name, without a plain word that begins the sentence."""
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if run and (not _may_be_name(match.group()) or text[run[-1].end() : match.start()] not in (" ", "-")):
            yield from _name_claim(text, run)
            run = []
        if _may_be_name(match.group()):
            run.append(match)
    if run:
        yield from _name_claim(text, run)


def _may_be_name(word: str) -> bool:
    return word != "I" and (
        not word.islower()
        or any(letter.isdigit() for letter in word)
        or word in WEEKDAYS
        or (word in MONTHS and word not in _NOT_MONTHS_ALONE)
    )


def _name_claim(text: str, run: list[re.Match[str]]) -> Iterator[Claim]:
    start = run[0].start()
    before = text[max(0, start - 40) : start].rstrip(" \"'()*#•-")
    begins = not before or before[-1] in ".!?:;\n"
    words = run[1:] if begins and run[0].group().casefold() in STARTERS else run
    if words:
        name = text[words[0].start() : words[-1].end()]
        yield Claim("name", name, name)


def _holds(facts: str, name: str, words: frozenset[str]) -> bool:
    """Tell whether facts hold a name as whole words, without its "'s", or a single word of it in small letters."""
    if len(name) > MAX_NAME_CHARS:
        return False
    for spelling in (name, name.removesuffix("'s")):
        if spelling.casefold() in words or (spelling in WEEKDAYS + MONTHS and spelling.capitalize() in words):
            return True
        if re.search(rf"(?<![^\W_]){re.escape(spelling)}(?![^\W_])", facts):
            return True
    return False
