"""Money: the budget of the trip, the price of a night, and what is said per person or per day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.rewriting import Build, Hit, Rules, phrase, rewrite_all, tagged
from planning.travel.translation.rules.word_lists import word_list, words

MAX_CENTS = 10**11
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB"}
_CODES = word_list("""usd eur gbp cad aud nzd chf jpy inr cny sek nok dkk mxn brl sgd hkd zar""")
_WORDS = {
    "dollar": "USD",
    "dollars": "USD",
    "buck": "USD",
    "bucks": "USD",
    "us dollars": "USD",
    "american dollars": "USD",
    "euro": "EUR",
    "euros": "EUR",
    "pound": "GBP",
    "pounds": "GBP",
    "pounds sterling": "GBP",
    "sterling": "GBP",
    "quid": "GBP",
    "yen": "JPY",
    "rupees": "INR",
    "canadian dollars": "CAD",
    "australian dollars": "AUD",
    "swiss francs": "CHF",
    "francs": "CHF",
} | {code: code.upper() for code in _CODES}
_SIGN = "|".join(f"\\{sign}" for sign in _SIGNS)
_CODE = "|".join(_CODES)
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_NOT_MONEY = (
    "(?! (?:days?|nights?|people|persons?|adults?|children|kids?|cities|travell?ers?|weeks?|stars?|stops?"
    "|hours?|miles?|km"
    r"|am|pm|layovers?|friends|guests|of us|minutes|%|years?|connections?)(?= ))"
)
_WHOLE = words("""budget trip total spend spending overall everything whole expenses funds allocated""")
_NIGHTLY = words("""hotel hotels room rooms accommodation accommodations lodging lodgings airbnb motel nightly""")
_PARTS = words(
    """FLIGHT hotel hotels lodging accommodation accommodations food meals tickets transport transportation gas rooms
    activities attractions restaurants"""
)
_ELSEWHERE = words(
    """FLIGHT flight flights ticket tickets meal meals dinner dinners lunch restaurant restaurants attraction
    attractions food activities gas"""
)
_NUMBER = r"(?P<n>\d{1,15}(?:\.\d+)?)"
_SCALE = r"(?: (?P<k>k|grand|thousand|million|m))?"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in cents; the currency is "" where only the number is said. `per` is what it is for."""

    cents: int
    currency: str
    per: str = "trip"
    is_range: bool = False


def tag_money(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with MONEY for every amount, what it is for included ("a night", "each")."""
    return rewrite_all(items, _MONEY_RULES)


def _amount(hit: Hit) -> int:
    number = hit.text("n")
    whole, _, fraction = number.partition(".")
    scale = {"k": 1000, "grand": 1000, "thousand": 1000, "m": 1_000_000, "million": 1_000_000}.get(hit.text("k"), 1)
    if len(fraction) == 3 and scale == 1:  # "€1.700" is how much of Europe writes 1,700
        return int(whole + fraction) * 100
    return round(float(number) * scale * 100)


def _money(hit: Hit) -> Sequence[Item] | None:
    word = hit.text("word")
    currency = _SIGNS.get(hit.text("sign")) or hit.text("code").upper() or _WORDS.get(word, "")
    if hit.text("k") == "m" and not hit.group("k")[0].glued:
        return None
    money = Money(_amount(hit), currency)
    dash = hit.group("minus")
    if dash and (
        dash[0].glued
        or not hit.items[1].glued
        or hit.before()[-1:].isdigit()
        or hit.before() in ("k", "grand", "DATE", "SPAN")
    ):
        return [*dash, tagged(hit.items[1:], "MONEY", money)]  # the dash of a range, not a minus
    return hit.tag("MONEY", replace(money, cents=-money.cents) if dash or hit.text("minus2") else money)


def _grouped(hit: Hit) -> Sequence[Item]:
    digits = int("".join(item.word for item in hit.group("digits")))
    return hit.tag("MONEY", Money(digits * 100, _SIGNS[hit.text("sign")]))


def _bare(hit: Hit) -> Sequence[Item]:
    """Return a number behind a word for money as money, and the words before it as they are."""
    lead = hit.group("lead")
    inner = hit.everything[hit.first + len(lead) : hit.last]
    cents = _amount(hit) * (-1 if hit.text("minus") else 1)
    return [*lead, replace(inner[0], word="MONEY", end=inner[-1].end, value=Money(cents, ""))]


def _wider(hit: Hit) -> Sequence[Item]:
    """Return the larger amount of a range; the smaller one takes its currency and scale from it."""
    low = hit.value("a") if hit.group("a") else None
    high: Money = hit.value("b")
    cents = max(low.cents, high.cents) if low else high.cents
    return hit.tag(
        "MONEY", replace(high, cents=cents, currency=high.currency or (low.currency if low else ""), is_range=True)
    )


def _low_end(hit: Hit) -> Sequence[Item]:
    """Return a range whose second number has no sign of its own: "$500-700"."""
    low: Money = hit.value("a")
    cents = max(low.cents, _amount(hit))
    return hit.tag("MONEY", replace(low, cents=cents, is_range=True))


def _per(what: str) -> Build:
    """Return a builder that says what an amount is for; "a day" and "each" add up."""

    def build(hit: Hit) -> Sequence[Item]:
        money: Money = hit.value("money")
        both = {money.per, what} == {"day", "person"}
        return hit.tag("MONEY", replace(money, per="day and person" if both else what))

    return build


_LEAD = (
    "is|of|at|to|up|under|set|capped|limit|limited|around|about|approximately|max|maximum|:|=|for|the"
    "|trip|total|this|our"
    "|my|will|be|should|not|exceed|roughly|within|allocated|fixed|,|we|i|have|has|been|a|an|keep|on|just"
    "|only|more|than|no"
    "|below|less|most|spend|spending|pay|stay|must|can|could|would|like|want|it|overall|us|amount|sits|stands"
)
_UNIT = "night|nite"
_PERSON = "person|head|traveler|traveller|adult|individual|guest|pax|capita|couple|family"
_OTHER = "meal|dinner|lunch|breakfast|ticket|flight|hour|week|month|city|leg|way|attraction|visit|car|taxi|room"
_LIMIT_WORDS = (
    "to|want|wish|like|go|be|going|willing|able|spend|spending|pay|cost|a|penny|cent|the|total|should|have|it|our"
)
_MONEY_RULES: Rules = (
    (phrase(rf"(?P<sign>{_SIGN}) (?P<digits>\d{{1,3}}(?: \d{{3}}){{1,3}})"), _grouped),
    (
        phrase(
            rf"(?:(?P<minus>-) )?(?:(?:us|usd) )?(?P<sign>{_SIGN})(?P<minus2> -)? {_NUMBER}{_SCALE}(?: (?:{_WORD}))?"
        ),
        _money,
    ),
    (phrase(rf"(?:(?P<minus>-) )?(?P<code>{_CODE})(?: :)? (?:(?:{_SIGN}) )?{_NUMBER}{_SCALE}"), _money),
    (phrase(rf"(?:(?P<minus>-) )?{_NUMBER}{_SCALE} (?P<word>{_WORD})"), _money),
    (phrase(rf"{_NUMBER}{_SCALE} (?P<sign>{_SIGN})(?! \d)"), _money),
    (phrase(r"(?P<n>\d{1,9}(?:\.\d+)?) (?P<k>k|grand)(?! (?:run|race|km))"), _money),
    (
        phrase(
            rf"(?P<lead>(?:budget|spend|spending|afford)(?: (?:{_LEAD})){{0,8}})(?: (?P<minus>-))?"
            rf" (?P<n>\d{{3,9}}(?:\.\d+)?|0){_NOT_MONEY}"
        ),
        _bare,
    ),
    (phrase(rf"(?P<lead>under|within|below|up to|most|than)(?: (?P<minus>-))? (?P<n>\d{{3,9}}){_NOT_MONEY}"), _bare),
    (phrase(r"(?P<lead>a)(?P<minus>)? (?P<n>\d{3,9})(?= budget)"), _bare),
    (phrase(r"between (?P<a>MONEY) and (?P<b>MONEY)"), _wider),
    (phrase(r"(?P<a>MONEY) (?:to|-) (?P<b>MONEY)"), _wider),
    (phrase(rf"(?P<a>MONEY) (?:-|to) {_NUMBER}{_NOT_MONEY}"), _low_end),
    (phrase(r"(?:between )?\d{1,9} (?:-|to|and) (?P<b>MONEY)"), _wider),
    (
        phrase(
            "(?P<money>MONEY)(?: (?:max|maximum|tops|at most|or less))? (?:(?:per|a|each|every|/|for a|for"
            rf" each)(?: room)? )?(?:(?:per|a|each|/|and) )?(?:(?:{_UNIT})|nightly)"
        ),
        _per("night"),
    ),
    (
        phrase(rf"(?:nightly|per night|a night|each night)(?: (?:rate|price|{_LEAD})){{0,8}} (?P<money>MONEY)"),
        _per("night"),
    ),
    # "$50 a day each" and "$50 each a day": the same rule on both sides of the next ones.
    (phrase(r"(?P<money>MONEY) (?:(?:per|a|each|every|/) day|daily)"), _per("day")),
    (
        phrase(
            rf"(?P<money>MONEY) (?:(?:(?:for )?each|per|a|/|every) (?:{_PERSON})|(?:for )?each(?: of us)?"
            "|apiece|pp|p / p)"
        ),
        _per("person"),
    ),
    (
        phrase(
            r"(?:everyone|everybody|each(?: of (?:us|them)| person)?|we each)"
            "(?: (?:pays?|has|have|contributes?|can|will|is|spends?|spend|putting|puts|in|paying|about"
            "|around|up|to|got|brings?)){1,5}"
            r" (?P<money>MONEY)"
        ),
        _per("person"),
    ),
    (phrase(rf"(?:per|each) (?:{_PERSON})(?: (?:budget|{_LEAD})){{0,8}} (?P<money>MONEY)"), _per("person")),
    (phrase(r"(?P<money>MONEY) (?:(?:per|a|each|every|/) day|daily)"), _per("day")),
    (phrase(rf"(?P<money>MONEY) (?:per|a|each|every|/) (?:{_OTHER})"), _per("other")),
    (
        phrase(r"(?P<money>MONEY)(?: ,)?(?: and| but)? not a (?:cent|penny|dollar) more"),
        lambda hit: hit.tag("MONEY", hit.value("money")),
    ),
    (
        phrase(
            rf"(?:not|no|never|without|nothing)(?: (?:{_LIMIT_WORDS})){{0,6}} (?:more than|exceed|exceeding"
            "|over|above|beyond"
            "|greater than|higher than|past|surpass|surpassing)(?: (?:a|the|our|my|total|budget|of|limit"
            rf"|amount)){{0,5}}"
            rf" (?P<money>MONEY)"
        ),
        lambda hit: hit.tag("MONEY", hit.value("money")),
    ),
    (
        phrase(r"(?:at least|more than|over|above|minimum of|no less than|not less than|exceeding) (?P<money>MONEY)"),
        _per("at least"),
    ),
)


def read_money(reading: Reading) -> None:
    """State the budget, the currency, and the highest price of a night."""
    budgets: dict[int, list[int]] = {}
    for place in reading.places_of("MONEY"):
        money: Money = reading.items[place].value
        if money.per == "trip":
            money = replace(money, per=_what_for(reading, place))
        if money.per in ("other", "at least"):
            continue
        reading.claim([place])
        if not 0 < money.cents <= MAX_CENTS:
            reading.problems.append(f"“{_said(reading, place)}” is no amount to plan with: say one above 0.")
        elif money.per == "night":
            reading.state("lodging.max_price_cents", money.cents, [place])
        else:
            budgets.setdefault(_whole(reading, money, _said(reading, place)), []).append(place)
        if money.is_range:
            reading.warnings.append(f"“{_said(reading, place)}”: the larger amount is the limit.")
        _state_currency(reading, money, place)
    if len(budgets) > 1:
        said = " or ".join(_said(reading, places[0]) for places in budgets.values())
        reading.problems.append(f"The budget is {said}: say which.")
    for cents, places in budgets.items():
        if cents and len(budgets) == 1:
            reading.state("budget_cents", cents, places)


def _said(reading: Reading, place: int) -> str:
    return reading.text[reading.items[place].start : reading.items[place].end]


def _what_for(reading: Reading, place: int) -> str:
    """Return what an amount is for by the words before it: the whole trip unless they name something smaller."""
    behind = [item.word for item in reading.items[place + 1 : place + 4]]
    words = reading.before(place, 9)
    if (behind[:1] in (["on"], ["for"]) and _PARTS.intersection(behind)) or "already" in words[-3:]:
        return "other"
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        if word in _WHOLE or word == ",":
            return "trip"
        if word in _NIGHTLY:
            reading.warnings.append(f"“{_said(reading, place)}” is read as the highest price of a room, a night.")
            return "night"
        if word in _ELSEWHERE:
            return "other"
    return "trip"


def _whole(reading: Reading, money: Money, said: str) -> int:
    """Return an amount for the whole trip in cents, 0 where it cannot be told; say how it was multiplied."""
    cents = money.cents
    if "person" in money.per:
        people: int = reading.fields.get("adults", 1) + reading.fields.get("children", 0)
        reading.warnings.append(f"“{said}” is for one person: the budget is {people} times as much.")
        cents *= people
    if "day" in money.per:
        days: int | None = reading.fields.get("dates", {}).get("num_days")
        if days is None:
            reading.missing.append("the budget of the whole trip")
            return 0
        reading.warnings.append(f"“{said}” is for one day: the budget is {days} times as much.")
        cents *= days
    return cents


def _state_currency(reading: Reading, money: Money, place: int) -> None:
    if not money.currency:
        return
    other = reading.fields.get("currency", money.currency)
    if other != money.currency:
        reading.problems.append(f"Amounts are in {other} and in {money.currency}: say them in one currency.")
    reading.state("currency", money.currency, [place])
