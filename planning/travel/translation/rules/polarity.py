"""Negation: which words deny, which leave open, and whether what a text mentions is wanted, unwanted or neither."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.reading import SENTENCE_ENDS, Reading
from planning.travel.translation.rules.rewriting import Rules, phrase, rewrite_all, tag_as
from planning.travel.translation.rules.vocabulary import FILLERS
from planning.travel.translation.rules.word_lists import words

_REACH = 16
_NEAR = 3
_BE = "am|are|is|was|were|be|been|being"
_NEGATION_RULES: Rules = (
    # Said of nothing in particular.
    (
        phrase(
            "can not wait|why not|whether or not|if not|not sure|(?:do|please) not hesitate(?: to)?|do not"
            " worry|no worries"
            "|(?:as|so) far(?: as)?|concerned|no (?:rush|hurry|doubt|matter)|not to mention|no idea|by no"
            " means|in no time|no time|never been"
        ),
        tag_as("IDIOM"),
    ),
    (
        phrase(
            "(?:(?:can|do|would|must|could|will|should|shall) )?not (?:(?:want|like|wish) to |(?:let|make"
            "|have) (?:us|me) )?(?:miss"
            "|skip)(?: out on)?"
            r"|not to be missed|must (?:see|sees|visit|visits|do|stop)|bucket list"
        ),
        tag_as("MUST"),
    ),
    # Said again of what was ruled out before.
    (
        phrase(
            "not (?:include|involve|contain|have|want|use|take|like|feature|consider|need|do|be|eat"
            "|enjoy)(?: (?:included|involved|part))?"
            r"(?: (?:them|it|those|that|any|so|of (?:them|it)|1|either)){0,2}(?= (?:,|\.|;|and|at all) )"
        ),
        tag_as("AGAIN"),
    ),
    # Neither wanted nor unwanted.
    (
        phrase(
            rf"(?:(?:do|does|did|would|will|should|{_BE}) )?not (?:really |particularly )?(?:mind|minding"
            "|care|matter)(?: (?:about|if|whether))?"
            r"|not (?:be )?(?:a |an )?(?:problem|issue|concern|must|requirement|priority|deal breaker)"
            r"|no (?:problem|problems|objection|objections|issue|issues|trouble)(?: (?:with|to))?"
            r"|not (?:opposed|against|averse|afraid|scared)(?: (?:to|of))?"
            r"|not (?:necessarily|needed|required|necessary|essential|important|mandatory|only|just|merely)(?: to)?"
            r"|unnecessary|optional|either way"
        ),
        tag_as("OPEN"),
    ),
    (phrase(r"(?<!rather )not (?:have|need|require)(?: to)?|no need(?: (?:to|for|of))?"), tag_as("OPEN", "need")),
    (phrase(r"(?:ok|okay|fine|comfortable|cool|alright) with"), tag_as("OPEN", "with")),
    (
        phrase(
            "not|never|without|avoid|avoids|avoided|avoiding|skip|skipping|exclude|excludes|excluding"
            "|except(?: for)?|excepting"
            "|hate|hates|hating|dislike|dislikes|disliking|detest|loathe|despise|(?:deathly |really |very"
            " )?(?:afraid|scared|terrified"
            "|frightened|fearful|wary|nervous|tired|sick) (?:of|about)|fear of|fear|fears|phobia of"
            "|allergic to|allergy to|intolerant of|rule out|rules out|ruling out"
            "|steer clear of|steering clear of|stay away from|keep(?: (?:us|me|it|everyone))? (?:away"
            "|clear) from|keep(?: (?:us|me))? clear of|stays away from|neither|none"
            "|nobody|nothing"
            "|unable|unwilling|reluctant|refuse|refuses|refusing|opposed to|averse to|against|prohibit"
            "|prohibits|forbid|ban"
            "|nervous|uncomfortable|sans|minus|eliminate|eliminating|omit|omitting|leave out|leaving out"
            "|opt out of|tired of|had enough of|enough of|free of|free from|(?:abstain|abstaining|refrain"
            "|refraining|desist) from|forgo"
            "|forgoing|forego|foregoing|eschew|eschewing|steer away from|shy away from|dispense with|do"
            " away with|opt against"
        ),
        tag_as("NEG", "verb"),
    ),
    (
        phrase(r"instead of|rather than|other than|apart from|aside from|(?:any|every)thing but|all but"),
        tag_as("NEG", "than"),
    ),
    (phrase(r"nor"), tag_as("NEG", "nor")),
    (phrase(r"no|non|zero|0(?= (?:FLIGHT|DRIVE|TAXI|ROOM|RULE|CUISINE) )"), tag_as("NEG", "no")),
)
_BREAKS = words(
    """but however though although because since so while whereas yet ; : . if ( ) as therefore unless until
    when where whose"""
)
# Fillers that narrow what they stand before: "no budget airlines" forbids no flight.
_SPECIFIC = words("budget extra additional special different connecting single short big huge local new")
_SUBJECTS = words("we i you they he she it our my please")
_VERBS = words(
    """want wants need needs prefer prefers require requires would like love enjoy will should must can is are
    am be have has do does let plan hope wish seek desire looking look try"""
)
_REPORTS = words("think believe want hope suppose guess say suggest recommend note")
_CONNECTORS = frozenset({",", "and", "or", "/", "&", "plus", "+", "nor", "NEG"})
_HEADS = (
    "food|foods|cuisine|cuisines|dishes|restaurants?|meals|rooms?|travel|transportation|accommodations?|options?|places"
    "|of any kind|at all|either|by car|ourselves|policy|style|types?|hotels?"
)
_ADVERBS = "completely|absolutely|totally|definitely|strictly|just|simply|really|also|currently|sadly|always"
_OUT = "out of the question|off the table|off limits|excluded|forbidden|prohibited|banned|unwanted|ruled out|kept out"
_OUT += r"|left out|off (?:the|our|my) (?:menu|list|plates?|itinerary|plan|schedule)"
_DENIED_BY_US = (
    "(?:something|things?|what|1) (?:that )?(?:we|i)"
    " (?:(?:want|would|like|prefer|wish|will|try|do|rather|really|hope|to|could|can) ){0,4}"
)
_PREDICATE = re.compile(
    rf"^(?:(?:(?:,|and|or) )?(?:any )?(?:{_HEADS}|(?!NEG|OPEN)[A-Z]+) ){{0,8}}?"
    rf"(?:(?P<bare>{_OUT})|(?:(?:is|are|would|will|should|must|can|be|has|have|to|may|do|does|need|needs"
    rf"|{_ADVERBS}) ){{1,5}}"
    rf"(?:(?:an? |the |{_ADVERBS} ){{0,2}})"
    rf"(?P<no>(?:{_DENIED_BY_US})?NEG(?: on the table)?|{_OUT}|out|on the table|off|avoided|unacceptable)"
    r"(?: (?P<undone>prohibited|forbidden|banned|excluded|ruled out))?"
    r"(?: (?P<open>required|necessary|needed|important|essential|matter))?)(?= )"
)
_LEAVING = words("leave leaving keep keeping cut cutting rule count")
_LEFT_OPEN = re.compile(
    rf"^(?:(?:{_HEADS}) )?(?:(?:is|are|would be|will be) (?:(?:{_ADVERBS}|perfectly|totally) )?"
    r"(?:OPEN|fine|ok|okay|acceptable|alright) |(?:fine|ok|okay|acceptable) (?=[,.;)]|$))"
)
_SUBJECT_OF = re.compile(rf"^(?:(?:{_HEADS}) ){{0,2}}(?:is|are|must|should|would|will|can|need|needs|has|have|may) ")


@dataclass(frozen=True, slots=True)
class Stance:
    """What a text makes of something it mentions: 1 wanted, -1 unwanted, 0 left open.

    `places` are the items that say so; `is_unclear` tells that other words stand between the negation and the mention,
    so that it may deny something narrower ("no long drives").
    """

    sign: int
    places: tuple[int, ...] = ()
    is_unclear: bool = False


def tag_negations(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with NEG for what denies, OPEN for what leaves open, MUST for "not to be missed"."""
    return rewrite_all(items, _NEGATION_RULES)


def stance(reading: Reading, place: int, family: Collection[str]) -> Stance:
    """Return what the text makes of the mention at a place; `family` are the tags that can share one list with it."""
    behind = _stance_behind(reading, place)
    if behind is not None:
        return behind
    is_subject = bool(_SUBJECT_OF.match(_words_behind(reading, place)))
    sign = 1
    used: list[int] = []
    odd: list[int] = []
    is_strict = False
    at = place - 1
    while at >= max(0, place - _REACH):
        word = reading.items[at].word
        if word in _BREAKS or (word in _SUBJECTS and _before(reading, at) not in _REPORTS):
            break
        if word in _CONNECTORS and word != "NEG":
            crossing = _cross(reading, at, place, family, is_subject=is_subject, is_strict=is_strict)
            if crossing is None:
                break
            is_strict = is_strict or crossing == "strict"
        elif word == "OPEN" and not (reading.items[at].value == "with" and "RULE" in family):
            return Stance(0, (at,))
        elif word == "NEG" and not (is_strict and reading.items[at].value != "verb"):
            sign, used = -sign, [*used, at]
            if reading.items[at].value == "nor":
                used += [
                    k
                    for k in range(max(0, at - 6), at)
                    if reading.text[reading.items[k].start : reading.items[k].end].lower() == "neither"
                ]
                break
        elif word.islower() and (word not in FILLERS or word in _SPECIFIC) and at not in reading.claimed and not used:
            odd.append(at)
        at -= 1
    is_unclear = sign < 0 and bool([k for k in odd if k > min(used)])
    return Stance(sign, tuple(used), is_unclear)


def claim_repeated(reading: Reading, place: int) -> None:
    """Account for "so the plan should not include them" behind something that a sentence rules out."""
    reading.claim(k for k in reading.near(place, 2 * _REACH) if k > place and reading.items[k].word == "AGAIN")


def _before(reading: Reading, place: int) -> str:
    return reading.items[place - 1].word if place else "."


def _words_behind(reading: Reading, place: int) -> str:
    words = []
    for item in reading.items[place + 1 : place + 13]:
        if item.word in SENTENCE_ENDS:
            break
        words.append(item.word)
    return " ".join(words) + " "


def _stance_behind(reading: Reading, place: int) -> Stance | None:
    """Return what the words behind a mention make of it: "flights are out of the question", "flight-free"."""
    words = _words_behind(reading, place)
    if words.startswith("free ") or (words.startswith("out ") and _LEAVING.intersection(reading.before(place, 3))):
        return Stance(-1, (place + 1,))
    may_be_open = reading.items[place].word != "RULE" and _before(reading, place) != "NEG"
    if may_be_open and (match := _LEFT_OPEN.match(words)):
        return Stance(0, tuple(range(place + 1, place + 1 + match.group().count(" "))))
    match = _PREDICATE.match(words)
    if not match:
        return None
    said = match.start("no") if match.group("no") else match.start("bare")
    first = place + 1 + words[:said].count(" ")
    last = place + 1 + words[: match.end()].count(" ")
    sign = 0 if match.group("open") else 1 if match.group("undone") else -1
    return Stance(sign, tuple(range(first, last + 1)))


def _cross(
    reading: Reading, at: int, place: int, family: Collection[str], *, is_subject: bool, is_strict: bool
) -> str | None:
    """Tell whether a negation before a connector still holds behind it: "list" or "strict" if so, None if not."""
    between = {item.word for item in reading.items[at + 1 : place]}
    if is_subject or not between.isdisjoint(_VERBS | _SUBJECTS | {"NEG"}):
        return None
    left = at - 1
    while left >= 0 and (reading.items[left].word in _CONNECTORS or reading.items[left].word in _LIST_WORDS):
        left -= 1
    if left >= 0 and reading.items[left].word in family:
        return "list"
    word, before = reading.items[at].word, _before(reading, at)
    if word in ("or", "nor"):
        return "list"
    is_near = len(between) <= _NEAR and not any(word.isupper() for word in between)
    if word == ",":
        goes_on = is_strict and before in _TAGS
    elif before == ",":  # ", and" goes on with a list only behind two of its members
        goes_on = is_near and sum(item.word in _TAGS for item in reading.items[max(0, at - 6) : at]) > 1
    else:
        goes_on = is_near and word in ("and", "&")
    return "strict" if goes_on else None


_LIST_WORDS = words("""food foods cuisine cuisines dishes restaurants rooms room any other the a for of by""")
_TAGS = words("FLIGHT DRIVE TAXI CUISINE ROOM RULE")
