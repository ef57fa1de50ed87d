"""What is left of a text when the rules are done, and what they never get to see."""

from collections.abc import Sequence

from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.rewriting import find, phrase, tagged
from planning.travel.translation.rules.vocabulary import FILLERS, KNOWN_WORDS
from planning.travel.translation.rules.word_lists import words

_MIN_WORDS = 6
_MIN_FOREIGN_WORDS = 4
_MIN_SHARE = 0.3
_MAX_GAP = 2
_ORDERS = phrase(
    "ignor(?:e|es|ing)|disregard(?:ing)?|overrid(?:e|es|ing)|overrul(?:e|ing)|bypass(?:ing)?|jailbreak"
    "|pretend(?:ing)?|you are now"
    "|forget (?:about |all |any |the |your |my |our |previous |prior |everything|that |every)|(?:system"
    "|developer|admin|debug|god) (?:prompt|mode|message|override)"
    "|(?:previous|prior|above|earlier|following|new|your|all|these|those) instructions?|instructions?"
    " (?:above|below)|as an (?:ai|assistant|llm)"
    "|(?:system|assistant|developer|admin|root|user) :|(?:act|behave) as|prompt injection|do not"
    " (?:follow|obey)|new rules?"
)
# Words of other languages too, which tell nothing.
_INTERNATIONAL = words(
    """a an in on as so or am is was we me he i do no us all over under due per plan budget hotel taxi restaurant van s
    t de et la le en es al man son mine her hat war die das bus park dollar dollars euro euros april august september
    november dame pan fin sin son mon ton main par pour sale chat pays date dates long fort net land arm best art"""
)
_ENDS = frozenset({".", ";"})


def quarantine(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with each order to the translator as one IGNORED tag, up to the end of its sentence or bracket.

    Nothing in it is read: a text states wishes, and never how wishes are to be treated.
    """
    hits = find(items, _ORDERS)
    result: list[Item] = []
    place = 0
    for hit in hits:
        if hit.first < place:
            continue
        end = _end_of_order(items, hit.first)
        order = tagged(items[hit.first : end], "IGNORED")
        result += [*items[place : hit.first], Item(".", order.start, order.start), order]
        place = end
    return [*result, *items[place:]] if result else items


def _end_of_order(items: Sequence[Item], first: int) -> int:
    is_in_bracket = False
    for place in range(first - 1, -1, -1):
        if items[place].word in _ENDS or items[place].word == ")":
            break
        is_in_bracket = is_in_bracket or items[place].word == "("
    end = first + 1
    while end < len(items) and items[end].word not in _ENDS and not (is_in_bracket and items[end].word == ")"):
        end += 1
    return end


def speaks_english(items: Sequence[Item], gazetteer: Gazetteer) -> bool:
    """Tell whether enough of a text's small words are English; too few words to tell count as English."""
    letters = [character for item in items for character in item.word if character.isalpha()]
    if 2 * sum(letter.isascii() for letter in letters) < len(letters):
        return False
    small = [item.word for item in items if item.word[:1].isalpha() and not item.capital]
    names = [word for word in small if gazetteer.begins_name(word) and word not in KNOWN_WORDS]
    every = [item for item in items if item.word[:1].isalpha()]
    if len(small) - len(names) < _MIN_WORDS:
        small = [item.word for item in every if not gazetteer.begins_name(item.word)]
        names = []
    small = [word for word in small if word not in _INTERNATIONAL]
    known = sum(word in KNOWN_WORDS for word in small)
    total = len(small) - len(names)
    return known >= _MIN_SHARE * total or total < (_MIN_WORDS if known else _MIN_FOREIGN_WORDS)


def not_understood(reading: Reading) -> tuple[str, ...]:
    """Return the words that no rule accounts for, in the order of the text; neighbours make one phrase."""
    rest = [
        place
        for place, item in enumerate(reading.items)
        if place not in reading.claimed and _means_something(item) and not _is_article(reading, item)
    ]
    phrases: list[list[int]] = []
    for place in rest:
        if phrases and _is_neighbour(reading, phrases[-1][-1], place):
            phrases[-1].append(place)
        else:
            phrases.append([place])
    return tuple(_words(reading, group) for group in phrases)


def _words(reading: Reading, group: Sequence[int]) -> str:
    """Return the words at some places as they stand in the text, the first one whole ("can't", not "n't")."""
    start, end = reading.items[group[0]].start, max(reading.items[place].end for place in group)
    while start > 0 and (reading.text[start - 1].isalpha() or reading.text[start - 1] in "'’"):
        start -= 1
    return reading.text[start:end]


def _means_something(item: Item) -> bool:
    """Tell whether an item says something by itself: no mark of punctuation, and no filler."""
    return item.word not in FILLERS and any(character.isalnum() for character in item.word)


def _is_article(reading: Reading, item: Item) -> bool:
    """Tell whether a 1 is the word "one", which counts nothing where no rule took it for a number."""
    return item.word == "1" and reading.text[item.start : item.end].lower() == "one"


def _is_neighbour(reading: Reading, left: int, right: int) -> bool:
    between = reading.items[left + 1 : right]
    return len(between) <= _MAX_GAP and all(item.word in FILLERS for item in between)
