"""Mentions of places: which role each one has by the words before it, and how many cities the text counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.places import PLACE_TAGS, Place
from planning.travel.translation.rules.reading import SENTENCE_ENDS, Reading
from planning.travel.translation.rules.rewriting import Hit, Rules, phrase, rewrite_all
from planning.travel.translation.rules.word_lists import words

_FILL = (
    "(?: (?:off|out|our|my|the|this|a|it|trip|journey|adventure|travel|travels|vacation|tour|holiday|DAYS"
    "|PEOPLE|solo|up"
    r"|things|itinerary|getaway|voyage|excursion|road|family|be|will|is|day)){0,5}"
)
_START = (
    "start|starts|starting|begin|begins|beginning|commence|commences|commencing|originate|originates|originating|kick"
    "|kicks|kicking|set|sets|setting|departure|depart|departs|departing|embark|embarks|embarking|launch|launching"
)
_HOME = (
    "starting point|departure(?: (?:city|point))?|point of departure|origin|home(?: (?:base|town|city))?|hometown|base"
)
_GO = "to|in|visit|visiting|include|including|go|going|the|want|stop|stopping|see|seeing|for|stay|staying"
_KIN = (
    "daughter|son|wife|husband|partner|friend|sister|brother|mother|father|mom|dad|named|called|name is"
    "|hi|hello|hey|dear"
    "|thanks|regards"
)
_CUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("origin", phrase("from|out of|ex")),
    ("origin", phrase(rf"(?:{_START}){_FILL} (?:in|at)")),
    (
        "origin",
        phrase(
            r"(?:leaves?|leaving|departs?|departing|departure|exit|exiting|escape|escaping|flee|fleeing)(?: :)?"
            r"(?= (?:the )?(?:CITY|PLACE|UNKNOWN))"
        ),
    ),
    ("origin", phrase(r"(?:based|lives?|living|resides?|residing)(?: (?:here|currently))? (?:in|at|near|:)")),
    ("origin", phrase(r"(?:we|i) (?:are|am)(?: (?:currently|now|all|both|based|located))? (?:in|at)")),
    (
        "origin",
        phrase(
            "(?:origin|departure|start|starting|home)(?: (?:city|point|place|location|airport|base|town|is"
            "|in|of|will|be"
            r"|:)){1,4}(?= (?:CITY|PLACE|UNKNOWN))"
        ),
    ),
    ("origin", phrase(r"(?:hometown|origin)(?: (?:is|:|of))?(?= (?:CITY|PLACE))")),
    ("back", phrase(r"(?:back|returns?|returning|home)(?: (?:back|home|again|trip|flight|FLIGHT))? (?:to|in|into|at)")),
    (
        "past",
        phrase(
            r"(?:have|has|had)(?: (?:already|just|all|both|never|been)){0,3} (?:been|visited|seen|lived)(?: (?:to|in))?"
        ),
    ),
    (
        "not",
        phrase(rf"(?:NEG|than)(?: (?:{_GO})){{0,5}}(?= (?:CITY|PLACE|REGION))"),
    ),
    ("name", phrase(rf"(?:{_KIN})(?: ,)?(?= (?:CITY|PLACE) (?!(?:, )?(?:REGION|NOWHERE)))")),
)
_CUES_BEHIND: tuple[re.Pattern[str], ...] = (
    phrase(
        rf"(?P<city>CITY|PLACE) (?:is|will be|being|as)(?: (?:our|my|the|where|we|i|a)){{0,3}} (?:{_HOME}"
        "|starts?|live|depart|leave)"
    ),
    phrase(r"(?P<city>CITY|PLACE) (?:based|residents?|natives?|locals?)"),
    phrase(r"between (?P<city>CITY|PLACE)(?= and (?:CITY|PLACE))"),
)
_OTHER_CUES = words(
    """to toward towards visit visiting visits explore exploring tour touring see seeing cover covering in at
    via through across around for into destination destinations then discover discovering including include
    stop stopping arrive arriving -> heading reach reaching"""
)
_PASSABLE = words("""the city of our my home base in downtown : town area ( sunny beautiful here at near airport""")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place of a text: where it is, its role there, and where the words begin that give the role."""

    at: int
    role: str
    since: int
    place: Place
    until: int


def mentions_of(reading: Reading) -> list[Mention]:
    """Return every known place of the text with the role "origin", "to", "back", "past", "not", "name" or "bare"."""
    cues, inside = _cues(reading)
    homes = {
        hit.first + hit.match.group().split().index(hit.text("city"))
        for rule in _CUES_BEHIND
        for hit in reading.find(rule)
    }
    found: list[Mention] = []
    role, since = "", -1
    for at, item in enumerate(reading.items):
        if item.word in SENTENCE_ENDS:
            role = ""
        elif at in cues:
            since, role = cues[at]
        elif item.word in (*PLACE_TAGS, "UNKNOWN"):
            place = Place() if item.word == "UNKNOWN" else item.value
            found.append(Mention(at, "origin" if at in homes else role or "bare", since if role else at, place, at))
            role = role if role == "to" else ""
        elif item.word in _OTHER_CUES and at not in inside:
            since, role = at, "to"
        elif role not in ("", "to") and item.word not in _PASSABLE and at not in inside:
            role = ""
    return found


def _cues(reading: Reading) -> tuple[dict[int, tuple[int, str]], set[int]]:
    """Return the cues by the place of their last word, and every place inside one."""
    cues: dict[int, tuple[int, str]] = {}
    inside: set[int] = set()
    for role, rule in _CUES:
        for hit in reading.find(rule):
            cues[hit.last - 1] = (hit.first, role)
            inside.update(range(hit.first, hit.last))
    return cues, inside


@dataclass(frozen=True, slots=True)
class Count:
    """How many cities the text says; `extra` ones come on top of those named, `vague` words are no exact number."""

    number: int
    extra: bool = False
    vague: bool = False


def tag_counts(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with COUNT for every number of cities; the words between it and "cities" stay."""
    return rewrite_all(items, _COUNT_RULES)


_VAGUE = {"couple": 2, "pair": 2, "few": 3, "several": 3, "multiple": 3, "handful": 3, "another": 1, "1": 1}


def _count(hit: Hit) -> Sequence[Item]:
    number = hit.group("n")
    said, between = hit.text("n"), hit.text("mid").split()
    extra = said.startswith("another") or bool(
        {"more", "other", "additional", "further", "extra"}.intersection(between)
    )
    word = next((word for word in said.split() if word in _VAGUE), "")
    value = Count(
        int(said) if said.isdigit() else _VAGUE[word],
        extra,
        not said.isdigit() and word in ("few", "several", "multiple", "handful"),
    )
    first = replace(number[0], word="COUNT", end=number[-1].end, value=value)
    return [first, *hit.items[len(number) :]]


_MID = (
    "(?P<mid>(?: (?!(?:and|to|from|in|for|with|on|at|or|by|we|i|is|are|people|persons?|adults?|days?"
    "|nights?|weeks?|kids|who|that"
    r"|children|travell?ers?|friends|guests|hours?|stars?|stops?) )(?:[a-z]+|REGION|PLACE)){0,3}?)"
)
_COUNT_RULES: Rules = (
    (
        phrase(
            r"(?P<n>\d{1,2}|(?:a |the )?(?:couple|pair|handful)(?: of)?|several|multiple|a few|few|another)"
            rf"{_MID} (?:cities|city|towns?|places(?! to)|destinations?|locations|locales|spots)"
        ),
        _count,
    ),
    (
        phrase(
            r"(?P<n>\d{1,2}|a few|several|a couple of)(?P<mid>(?: different)?) stops"
            "(?= (?:in|across|throughout|around|within|along))"
        ),
        _count,
    ),
)
