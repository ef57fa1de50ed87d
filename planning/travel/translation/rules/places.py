"""Names of places as tags: CITY, REGION, PLACE (a name that is both), NOWHERE (known, but not in the inventory)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from planning.travel.inventory import City
from planning.travel.translation.gazetteer import Gazetteer, fold_name
from planning.travel.translation.gazetteer_names import DEMONYMS, STATES
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.rewriting import tagged
from planning.travel.translation.rules.vocabulary import EVERYDAY_WORDS
from planning.travel.translation.rules.word_lists import words

PLACE_TAGS = ("CITY", "PLACE", "REGION", "NOWHERE")
_LEADS_TO_PLACE = words(
    """from to in via through near at around of leaving leave departing depart visiting visit visits see seeing
    explore exploring touring tour toward towards into -> - then starting based for between out covering
    destination origin like : CITY PLACE REGION"""
)
_JOINS_PLACES = frozenset({",", "and", "or", "plus", "then", "&"})
_FOLLOWS_PLACE = words(
    """. , ; : ) ( / - -> to from for in on at and or with then via by between during starting this next over
    through before after under we i our my leaving departing arriving visiting is are was which where until
    plus beginning as within around covering heading going next return returning but so state"""
)
_JOINED_BY = frozenset({",", "(", ")"})
_MAX_MARKS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """What a name may stand for: some cities of one name, a region, or both; `note` tells how a name was corrected."""

    cities: tuple[City, ...] = ()
    region: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Style:
    """How a text is written: whether capital letters tell names from words in it."""

    text: str
    has_capitals: bool


def capitals_tell(items: Sequence[Item]) -> bool:
    """Tell whether a text uses capital letters for names: it has small letters too, and capitals inside sentences."""
    words = [item for item in items if item.word[:1].isalpha()]
    inside = [b for a, b in pairwise(items) if b.capital and a.word not in (".", ":", ";")]
    return any(not item.capital for item in words) and any(item.word != "i" for item in inside)


def tag_places(items: Sequence[Item], text: str, gazetteer: Gazetteer) -> Sequence[Item]:
    """Return the items with every known name of a city or region as a tag, the longest name first."""
    style = _Style(text, capitals_tell(items))
    result: list[Item] = []
    place = 0
    while place < len(items):
        found = _longest_name(items, place, style, gazetteer, result[-1].word if result else ".")
        if found is None:
            result.append(items[place])
            place += 1
        else:
            result.append(found[0])
            place = found[1]
    return result


def _longest_name(
    items: Sequence[Item], first: int, style: _Style, gazetteer: Gazetteer, before: str
) -> tuple[Item, int] | None:
    """Return the tag of the longest name that begins at an item, and the place behind it."""
    word = items[first].word
    if region := _demonym(items, first, gazetteer):
        return region, first + 1
    if state := _abbreviated_state(items, first, style, gazetteer, before):
        return state, first + 1
    if not word[:1].isalnum() or not (gazetteer.begins_name(word) or gazetteer.begins_name(word + "s")):
        return None
    last = min(len(items), first + gazetteer.max_words + _MAX_MARKS)
    for end in range(first + 1, last):
        if not (items[end].word[0].isalnum() or items[end].word in _JOINED_BY or items[end].word == "'s"):
            last = end
            break
    for end in range(last, first, -1):
        if items[end - 1].word in _JOINED_BY:
            continue
        tag = _tag(style.text[items[first].start : items[end - 1].end], gazetteer)
        if tag and _stands_for_place(items, first, end, style, before):
            is_open = any(item.word == "(" for item in items[first:end])
            close = end + (is_open and end < len(items) and items[end].word == ")")
            return tagged(items[first:close], *tag), close
    return None


def _demonym(items: Sequence[Item], first: int, gazetteer: Gazetteer) -> Item | None:
    """Return the region of "Texan cities" or "Italian towns"."""
    behind = items[first + 1].word if first + 1 < len(items) else "."
    region = (
        gazetteer.find_region(DEMONYMS.get(items[first].word, "")) if behind in ("cities", "towns", "city") else None
    )
    return tagged([items[first]], "REGION", Place((), region)) if region else None


def _abbreviated_state(
    items: Sequence[Item], first: int, style: _Style, gazetteer: Gazetteer, before: str
) -> Item | None:
    """Return the region that two capitals stand for behind a word like "in": "2 cities in TX"."""
    item = items[first]
    if not (style.has_capitals and item.upper and len(item.word) == 2 and before in _LEADS_TO_STATE):
        return None
    region = gazetteer.find_region(STATES.get(item.word.upper(), ""))
    return tagged([item], "REGION", Place((), region)) if region and not gazetteer.find_cities(item.word) else None


_LEADS_TO_STATE = words("in across throughout around within of to through")


def _tag(name: str, gazetteer: Gazetteer) -> tuple[str, Place] | None:
    cities, region = gazetteer.find_cities(name), gazetteer.find_region(name)
    if cities:
        return ("PLACE" if region else "CITY"), Place(cities, region)
    if region:
        return "REGION", Place((), region)
    elsewhere = gazetteer.find_elsewhere(name)
    return ("NOWHERE", Place((), elsewhere)) if elsewhere else None


def _stands_for_place(items: Sequence[Item], first: int, end: int, style: _Style, before: str) -> bool:
    """Tell whether a name is one where it stands: everyday words are names only between words that go with places."""
    name = items[first:end]
    after = items[end].word if end < len(items) else "."
    if len(name) > 1:
        return _is_qualified(name, after, style)
    item = name[0]
    if item.word not in EVERYDAY_WORDS and len(item.word) > 2:
        return True
    if style.has_capitals and not (item.upper if len(item.word) <= 3 else item.capital):
        return False
    leads = before in _LEADS_TO_PLACE or (before in _JOINS_PLACES and first > 1 and items[first - 2].capital)
    follows = after in _FOLLOWS_PLACE or after[0].isdigit()
    return follows and (leads or (before in (".", ":") and after in ("to", "->", "-") and _names_follow(items, end)))


def _names_follow(items: Sequence[Item], end: int) -> bool:
    return end + 1 < len(items) and items[end + 1].capital


def _is_qualified(name: Sequence[Item], after: str, style: _Style) -> bool:
    """Tell whether the last of several words belongs to a name: "or" in "Portland, OR", but not in "Portland or"."""
    last, before_last = name[-1], name[-2]
    if len(last.word) > 3 or last.word not in EVERYDAY_WORDS:
        return True
    if style.has_capitals:
        return last.upper
    return before_last.word in ("(", ",") and after in _FOLLOWS_PLACE


def tag_attractions(items: Sequence[Item], text: str, gazetteer: Gazetteer) -> Sequence[Item]:
    """Return the items with ATTRACTION for every name of a sight in the cities and regions that the text names."""
    if not gazetteer.attractions or not any(item.word in _SPEAKS_OF_SIGHTS for item in items):
        return items
    names = {fold_name(name): name for name in gazetteer.attractions_of(named_cities(items, gazetteer))}
    first_words = {key.partition(" ")[0] for key in names}
    longest = max((key.count(" ") + 1 for key in names), default=0)
    result: list[Item] = []
    place = 0
    while place < len(items):
        end = 0
        if fold_name(text[items[place].start : items[place].end]).partition(" ")[0] in first_words:
            end = _end_of_attraction(items, place, text, names, longest)
        if end:
            name = names[fold_name(text[items[place].start : items[end - 1].end])]
            result.append(tagged(items[place:end], "ATTRACTION", name))
        else:
            result.append(items[place])
        place = end or place + 1
    return result


_SPEAKS_OF_SIGHTS = words(
    """see seeing skip miss must avoid visit visiting include including tour explore exploring check love stop
    without interested experience sight sights attraction attractions list been again leave need want keep out seen"""
)


def named_cities(items: Sequence[Item], gazetteer: Gazetteer) -> list[str]:
    """Return the names of the cities that a text names, and of those in the regions that it names."""
    cities: dict[str, None] = {}
    for item in items:
        if item.word in PLACE_TAGS and item.word != "NOWHERE":
            cities.update(dict.fromkeys(city.name for city in item.value.cities))
            if item.value.region:
                cities.update(dict.fromkeys(city.name for city in gazetteer.cities_in(item.value.region)))
    return list(cities)


def _end_of_attraction(items: Sequence[Item], first: int, text: str, names: dict[str, str], longest: int) -> int:
    """Return the place behind the longest attraction that begins at an item, 0 where none does."""
    for end in range(min(len(items), first + longest + _MAX_MARKS), first, -1):
        words = items[first:end]
        if any(item.word == "." for item in words) or not text[words[-1].end - 1].isalnum():
            continue
        if fold_name(text[words[0].start : words[-1].end]) not in names:
            continue
        is_one_word = len(words) == 1
        if is_one_word and (words[0].word in PLACE_TAGS or not words[0].capital or words[0].word in EVERYDAY_WORDS):
            continue
        return end
    return 0
