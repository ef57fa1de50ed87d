"""Sights by name: what must be seen and what must not appear."""

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process

from planning.travel.translation.gazetteer import FUZZY_CUTOFF, Gazetteer, fold_name
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.places import PLACE_TAGS, capitals_tell, named_cities
from planning.travel.translation.rules.polarity import Stance, stance
from planning.travel.translation.rules.reading import SENTENCE_ENDS, Reading
from planning.travel.translation.rules.rewriting import tagged
from planning.travel.translation.rules.vocabulary import FILLERS, KNOWN_WORDS
from planning.travel.translation.rules.word_lists import words

_SEEING = words(
    """see seeing visit visiting visits tour touring explore exploring include including miss skip skipping
    avoid avoiding stop stopping experience go going love loved interested without sight sights check MUST
    NEG must excluding want like exploring enjoy climb climbing"""
)
_BESIDE = words("near by beside around opposite behind close next")
_SPEAKING = words(
    "list must MUST musts wish highlight highlights again need leave keep out included bucket seen been NEG"
)
_DONE = words("been seen visited already knew")
_LEAVING = words("leave skip out NEG off")
_ONCE_MORE = words("again more")
_INSIDE_NAMES = words("of the de la du del 's - des le les")
_BETWEEN = FILLERS | {"NEG", "MUST", "OPEN", "ATTRACTION", "NAME", ",", "and", "or", ":", "CITY"}
_REACH = 14
_LONGEST = 12


def tag_names(items: Sequence[Item], text: str, gazetteer: Gazetteer) -> Sequence[Item]:
    """Return the items with NAME for every capitalised name that a word for seeing leads to.

    A name that resembles an attraction of the cities named becomes ATTRACTION.
    """
    if not capitals_tell(items):
        return items
    result: list[Item] = []
    place = 0
    while place < len(items):
        end = _end_of_name(items, place)
        if end and _is_led_to(result):
            result.append(_named(items[place:end], text, gazetteer, items))
            place = end
        else:
            result.append(items[place])
            place += 1
    return result


def _end_of_name(items: Sequence[Item], first: int) -> int:
    """Return the place behind the name that begins at an item, 0 where none does."""
    item = items[first]
    before = items[first - 1].word if first else "."
    if not item.capital or before in (".", ":") or not (item.word.islower() or item.word == "CITY"):
        return 0
    if item.word in KNOWN_WORDS and before != "the":
        return 0
    end, place = first, first
    while place < min(len(items), first + _LONGEST) and (items[place].capital or items[place].word in _INSIDE_NAMES):
        if items[place].word.isupper() and items[place].word != "CITY":
            break
        place += 1
        end = place if items[place - 1].capital else end
    own = [item for item in items[first:end] if item.word.islower() and item.capital]
    return end if own and not all(item.word in KNOWN_WORDS for item in own) else 0


def _is_led_to(read: Sequence[Item]) -> bool:
    """Tell whether a word for seeing comes before, with nothing but small words and other names between."""
    for item in list(read[: -_REACH - 1 : -1]):
        if item.word in _SEEING:
            return True
        if item.word in SENTENCE_ENDS or (item.word not in _BETWEEN and item.word not in PLACE_TAGS):
            return False
    return False


def _is_spoken_of(reading: Reading, place: int) -> bool:
    """Tell whether a sentence speaks of a sight as something to see or to leave out, and not of what is beside it."""
    return not _BESIDE.intersection(reading.before(place, 3)) and not _SPEAKING.isdisjoint(
        reading.items[k].word for k in reading.sentence(place)
    )


def _is_known(reading: Reading, place: int) -> bool:
    """Tell whether a sight has been seen before and is not wanted again: "we have already been to ..."."""
    before = reading.before(place, 8)
    behind = [reading.items[k].word for k in reading.sentence(place) if k > place]
    return bool(_DONE.intersection(before)) and not _ONCE_MORE.intersection(before + behind[:3])


def _is_left_out(reading: Reading, place: int) -> bool:
    """Tell whether the words behind a sight leave it out: "..., so leave it out"."""
    return not _LEAVING.isdisjoint(reading.items[k].word for k in reading.sentence(place) if k > place)


def _meant(words: str, known: Mapping[str, str]) -> str | None:
    """Return the folded name that is most like the words, or the only one that holds all of them ("the Louvre")."""
    best = process.extractOne(words, known.keys(), scorer=fuzz.ratio, score_cutoff=FUZZY_CUTOFF)
    if best:
        return str(best[0])
    asked = {word for word in words.split() if word != "the"}
    holding = [name for name in known if asked and asked <= set(name.split())]
    return holding[0] if len(holding) == 1 else None


def _named(name: Sequence[Item], text: str, gazetteer: Gazetteer, items: Sequence[Item]) -> Item:
    words = text[name[0].start : name[-1].end]
    if gazetteer.attractions:
        known = {fold_name(known): known for known in gazetteer.attractions_of(named_cities(items, gazetteer))}
        meant = _meant(fold_name(words), known)
        if meant is None:
            return name[0] if len(name) == 1 else tagged(name, "OTHER")
        return tagged(name, "ATTRACTION", known[meant])
    return tagged(name, "NAME", words)


def read_sights(reading: Reading) -> None:
    """State the attractions that must be visited and the places that must not appear."""
    for place in reading.places_of("ATTRACTION", "NAME", "UNKNOWN"):
        item = reading.items[place]
        if not _is_led_to(reading.items[:place]) and not (item.word == "ATTRACTION" and _is_spoken_of(reading, place)):
            continue
        view = stance(reading, place, {"ATTRACTION", "NAME", "UNKNOWN"})
        if not view.sign and any(reading.items[k].value == "need" for k in view.places):
            view = Stance(-1, view.places)
        if view.sign > 0 and _is_known(reading, place):
            if not _is_left_out(reading, place):
                continue  # "we have seen it already" may mean either
            view = Stance(-1, tuple(k for k in reading.sentence(place) if reading.items[k].word == "NEG"))
        said = reading.text[item.start : item.end]
        name = item.value if isinstance(item.value, str) else said
        if item.word == "UNKNOWN" and reading.gazetteer.attractions:
            continue
        if name != said and fold_name(name) != fold_name(said):
            reading.warnings.append(f"“{said}” is read as {name}.")
        path = "places.must_see" if view.sign > 0 else "places.avoid"
        if view.sign and name not in reading.fields.get(path, ()):
            reading.fields[path] = (*reading.fields.get(path, ()), name)
            reading.quote(path, [place])
        reading.claim([place, *view.places])
    reading.claim(reading.places_of("MUST"))
