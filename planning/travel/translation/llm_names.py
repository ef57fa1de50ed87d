"""Names that a language model states: are they in the text, and what does the inventory call them?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from planning.travel.translation.gazetteer import Gazetteer, city_title
from planning.travel.translation.llm_prompt import short
from planning.travel.translation.quotation import find_quote

MAX_QUOTED_WORDS = 100
MAX_OFFERED = 30

# What becomes of a field that is doubtful: "left out" and said, a "problem" or "unknown" name that stops, or "kept"
# with a warning.
Fate = Literal["left out", "problem", "unknown", "kept"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A name as the inventory spells it, None where it cannot be used; the reason to doubt it, and what follows."""

    name: str | None
    reason: str = ""
    fate: Fate | None = None


def resolve(path: str, name: str, quoted: str, text: str, gazetteer: Gazetteer) -> Resolved:
    """Return a field's name as the inventory spells it, unless it is unknown, ambiguous, or nowhere in the text.

    A name that stands in the text and not in the words quoted for it is kept with a reason to doubt it.
    """
    find = FINDERS[path]
    known = find(gazetteer, name)
    if len(known) > 1:
        known = tuple(city for city in known if _is_told_apart(gazetteer, city, quoted)) or known
    is_quoted = bool(find_quote(name, quoted)) or any(
        known and known[0] in find(gazetteer, words) for words in _runs(quoted, gazetteer.max_words)
    )
    reason = f"“{short(quoted)}” does not name {short(name)}"
    if not is_quoted and not find_quote(name, text):
        return Resolved(None, f"{reason}; names are taken as the text spells them", "left out")
    if len(known) != 1:
        # What nobody serves need not be avoided, but the traveller has to know that it was not checked.
        fate: Fate = "left out" if path == "food.avoid_cuisines" else "unknown"
        return Resolved(None, _unknown(path, name, known, gazetteer), fate)
    return Resolved(known[0]) if is_quoted else Resolved(known[0], reason, "kept")


def _runs(quoted: str, max_words: int) -> Iterator[str]:
    """Yield every few words that stand side by side in a quote."""
    words = quoted.split()[:MAX_QUOTED_WORDS]
    for first in range(len(words)):
        for last in range(first + 1, min(len(words), first + max_words) + 1):
            yield " ".join(words[first:last])


def _is_told_apart(gazetteer: Gazetteer, name: str, quoted: str) -> bool:
    """Tell whether a quote names the region of a city that shares its plain name with others."""
    regions = (city.region for city in gazetteer.cities if city.name == name and city.region)
    return any(find_quote(region, quoted) for region in regions)


def _unknown(path: str, name: str, known: tuple[str, ...], gazetteer: Gazetteer) -> str:
    """Say why a name stands for nothing that can be booked, and what may be meant."""
    said = repr(short(name))
    if path.startswith("food."):
        return f"no restaurant serves {said} here. There is: {', '.join(gazetteer.cuisines[:MAX_OFFERED])}"
    if known:
        titles = [city_title(city) for city in gazetteer.cities if city.name in known]
        return f"{said} may be {' or '.join(titles)}: say which"
    if path != "destination.region" and gazetteer.find_region(name):
        return f"{said} is a region: name a city in it"
    if elsewhere := gazetteer.find_elsewhere(name):
        return f"nothing can be booked in {elsewhere} here: name another place"
    meant = [suggestion.name for suggestion in gazetteer.suggest(name)]
    return f"no place is called {said} here. " + (
        f"Did you mean {' or '.join(map(repr, meant))}?" if meant else "Name another one"
    )


def _cities(gazetteer: Gazetteer, name: str) -> tuple[str, ...]:
    return tuple(city.name for city in gazetteer.find_cities(name))


def _regions(gazetteer: Gazetteer, name: str) -> tuple[str, ...]:
    region = gazetteer.find_region(name)
    return (region,) if region else ()


def _cuisines(gazetteer: Gazetteer, name: str) -> tuple[str, ...]:
    cuisine = gazetteer.find_cuisine(name) if gazetteer.cuisines else name
    return (cuisine,) if cuisine else ()


def _as_said(_gazetteer: Gazetteer, name: str) -> tuple[str, ...]:
    return (name,)  # sights and restaurants are looked up in the inventory when the trip is planned


FINDERS: Mapping[str, Callable[[Gazetteer, str], tuple[str, ...]]] = {
    "origin": _cities,
    "destination.cities": _cities,
    "destination.region": _regions,
    "food.cuisines": _cuisines,
    "food.avoid_cuisines": _cuisines,
    "places.must_see": _as_said,
    "places.avoid": _as_said,
}
