"""Names that nobody knows: misspelled cities and regions are corrected, other names become UNKNOWN."""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import OSA

from planning.travel.translation.gazetteer import Gazetteer, Suggestion, fold_name, region_title
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.places import PLACE_TAGS, Place, capitals_tell
from planning.travel.translation.rules.rewriting import tagged
from planning.travel.translation.rules.vocabulary import EVERYDAY_WORDS, KNOWN_WORDS
from planning.travel.translation.rules.word_lists import words

_SURE_SCORE = 80.0
_NEAR_SCORE = 55.0
_MARGIN = 3.0
_MAX_WORDS = 4
_MIN_SLIP_LETTERS, _LONG_LETTERS = 6, 8
_KNOWN_SPELLINGS = tuple(sorted(word for word in KNOWN_WORDS if len(word) >= _MIN_SLIP_LETTERS - 1))
_LEADS_TO_NAME = words(
    """from to in via through near at around leaving leave departing depart visiting visit explore exploring see
    touring tour towards toward into -> based CITY PLACE REGION for cover covering of : state"""
)


def correct_places(items: Sequence[Item], text: str, gazetteer: Gazetteer) -> Sequence[Item]:
    """Return the items with misspelled places as CITY or REGION, and names that resemble nothing as UNKNOWN."""
    has_capitals = capitals_tell(items)
    result: list[Item] = []
    place = 0
    while place < len(items):
        end = _end_of_name(items, place, result, has_capitals)
        found = _correction(items, (place, end), text, gazetteer, has_capitals=has_capitals) if end > place else None
        if found is None:
            result.append(items[place])
            place += 1
        else:
            result.append(found[0])
            place = found[1]
    return result


def _end_of_name(items: Sequence[Item], first: int, read: Sequence[Item], has_capitals: bool) -> int:
    """Return the place behind the words that may be an unknown name beginning at an item; `first` where none does."""
    item = items[first]
    if item.word in PLACE_TAGS:  # "Kansas Ciy"
        return first + 2 if _is_odd(items, first + 1) and items[first + 1].capital else first
    if not _may_begin_name(items, first, has_capitals):
        return first
    before = read[-1].word if read else "."
    joined = (
        before in (",", "and", "or", "then", "-") and len(read) > 1 and read[-2].word in ("CITY", "UNKNOWN", "PLACE")
    )
    leads = before in _LEADS_TO_NAME or joined
    end = first + 1
    while (
        end < min(len(items), first + _MAX_WORDS) and items[end].word.islower() and _goes_on(items[end], has_capitals)
    ):
        end += 1
    after = items[end].word if end < len(items) else "."
    return end if leads or (before in (".", ",") and after in ("to", "->")) else first


def _goes_on(item: Item, has_capitals: bool) -> bool:
    return item.capital if has_capitals else item.word not in KNOWN_WORDS


def _may_begin_name(items: Sequence[Item], place: int, has_capitals: bool) -> bool:
    item = items[place]
    if not item.word.islower() or len(item.word) < 3:
        return False
    if not has_capitals:
        return (
            item.word not in EVERYDAY_WORDS
            and item.word not in KNOWN_WORDS
            and (len(item.word) > 3 or _is_odd(items, place + 1))
        )
    return item.capital and (item.word not in KNOWN_WORDS or (place > 0 and items[place - 1].word not in (".", ":")))


def _is_odd(items: Sequence[Item], place: int) -> bool:
    """Tell whether an item is a word that the grammar does not know, glued to the item before it by a space only."""
    return place < len(items) and items[place].word.islower() and items[place].word not in KNOWN_WORDS


def _correction(
    items: Sequence[Item], extent: tuple[int, int], text: str, gazetteer: Gazetteer, *, has_capitals: bool
) -> tuple[Item, int] | None:
    """Return the tag for the longest beginning of some words that resembles a known name, and the place behind it."""
    first, last = extent
    for end in range(last, first, -1):
        if items[first].word.isupper() and end == first + 1:
            return None  # a known place followed by a word that does not belong to it
        name = text[items[first].start : items[end - 1].end]
        best = _best(name, gazetteer)
        if best and (has_capitals or (best.score >= _SURE_SCORE and len(name) > 4)):
            note = f"“{name}” is read as {region_title(best.name)}."
            if best.kind == "city":
                return tagged(items[first:end], "CITY", Place(gazetteer.find_cities(best.name), None, note)), end
            return tagged(items[first:end], "REGION", Place((), best.name, note)), end
    if not has_capitals or items[first].word in EVERYDAY_WORDS or items[first].word.isupper():
        return None
    near = gazetteer.suggest(text[items[first].start : items[last - 1].end], limit=2, cutoff=_NEAR_SCORE)
    return tagged(items[first:last], "UNKNOWN", tuple(region_title(suggestion.name) for suggestion in near)), last


def _best(name: str, gazetteer: Gazetteer) -> Suggestion | None:
    """Return the one known name that a misspelled one stands for, or None where none or several resemble it."""
    found = [s for s in gazetteer.suggest(name) if s.score < 100 and _is_slip(name, s.name)]
    if not found or (len(found) > 1 and found[0].score - found[1].score < _MARGIN):
        return None
    return found[0]


def _is_slip(name: str, known: str) -> bool:
    """Tell whether so few letters differ that one name can be the other, mistyped."""
    written, meant = fold_name(name), fold_name(known)
    if meant.startswith(f"{written} "):  # "Salt Lake"
        return True
    return OSA.distance(written, meant) <= max(1, len(meant) // 3) and len(written) > 2


def correct_words(items: Sequence[Item], gazetteer: Gazetteer) -> tuple[Sequence[Item], tuple[str, ...]]:
    """Return the items with mistyped words that the grammar knows as what they stand for, and a note for each.

    Only two neighbouring letters that are swapped, and in long words one that is missing, doubled or wrong, count as a
    slip; where several known words are as near, or a name begins like that, the word stays as it is.
    """
    notes: list[str] = []
    result: list[Item] = []
    for place, item in enumerate(items):
        known = _meant(item.word) if _may_be_slip(items, place, gazetteer) else None
        if known:
            notes.append(f"“{item.word}” is read as “{known}”.")
        result.append(replace(item, word=known) if known else item)
    return (result, tuple(notes)) if notes else (items, ())


def _may_be_slip(items: Sequence[Item], place: int, gazetteer: Gazetteer) -> bool:
    item = items[place]
    if len(item.word) < _MIN_SLIP_LETTERS or not item.word.isascii() or not item.word.isalpha():
        return False
    starts = place == 0 or items[place - 1].word in (".", ":", ";", "-", "(")
    if not item.word.islower() or (item.capital and not starts) or item.word in _KNOWN_SPELLINGS:
        return False
    return not gazetteer.begins_name(item.word)


def _meant(word: str) -> str | None:
    """Return the one word of the grammar that a word is a slip of, or None."""
    near = [
        known
        for known in _KNOWN_SPELLINGS
        if abs(len(known) - len(word)) <= 1
        and (sorted(known) == sorted(word) or min(len(known), len(word)) >= _LONG_LETTERS)
        and OSA.distance(word, known, score_cutoff=1) <= 1
    ]
    swapped = [known for known in near if len(known) == len(word) and sorted(known) == sorted(word)]
    found = swapped or near
    return found[0] if len(found) == 1 and found[0][0] == word[0] else None
