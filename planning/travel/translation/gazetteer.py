"""The gazetteer: which names of cities, regions, cuisines and attractions a text may use, and what they stand for."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz, process

from planning.travel.inventory import City, Inventory
from planning.travel.translation.gazetteer_names import COUNTRIES, NICKNAMES, OTHER_COUNTRY_NAMES, STATES, WIDE_AREAS

FUZZY_CUTOFF = 75.0
ANAGRAM_SCORE = 90.0
_WORD = re.compile(r"[^\W_]+")
_MARKS_INSIDE_WORDS = re.compile(r"['’ʼ`.]")
_SHORT_FORMS = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt"}


@lru_cache(maxsize=65_536)
def fold_name(name: str) -> str:
    """Return a name as it is compared: no case, accents or marks, and "Saint", "Fort", "Mount" in their short forms.

    "St. Louis" and "saint louis" fold alike, and so do "Martha's Vineyard" and "Marthas  vineyard".
    """
    plain = _MARKS_INSIDE_WORDS.sub("", name)
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    words = _WORD.findall(plain.casefold())
    return " ".join(_SHORT_FORMS.get(word, word) for word in words)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A known name that resembles an unknown one; `score` is the similarity in percent."""

    name: str
    kind: Literal["city", "region"]
    score: float


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The names of one inventory.

    `attractions` is either every name, or a function from a city's name to the names there (called only when a text
    speaks of sights). A region is spelled as `City.region` or `City.country` spell it, so that it can be compared
    with them. Nothing here guesses: look-ups are exact up to `fold_name`, and `suggest` is a separate question.
    """

    cities: Sequence[City]
    cuisines: Sequence[str] = ()
    attractions: Callable[[str], Sequence[str]] | Sequence[str] = ()
    _names: Mapping[str, tuple[City, ...]] = field(init=False, repr=False, compare=False)
    _regions: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _cuisines: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _spellings: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _first_words: frozenset[str] = field(init=False, repr=False, compare=False)
    max_words: int = field(init=False, repr=False, compare=False)

    @classmethod
    def of(cls, inventory: Inventory) -> "Gazetteer":
        """Return the names of an inventory."""
        cities = inventory.cities()
        served = {name for city in cities for place in inventory.restaurants(city.name) for name in place.cuisines}

        def attractions(city: str) -> list[str]:
            return [attraction.name for attraction in inventory.attractions(city)]

        return cls(cities=cities, cuisines=sorted(served), attractions=attractions)

    def __post_init__(self) -> None:
        """Index every name once."""
        names: dict[str, tuple[City, ...]] = {}
        spellings: dict[str, str] = {}
        for city in self.cities:
            for key in (fold_name(city.plain), fold_name(city.name)):
                spellings.setdefault(key, city.plain if key == fold_name(city.plain) else city.name)
            for key in _city_keys(city):
                if city not in names.get(key, ()):
                    names[key] = (*names.get(key, ()), city)
        _add_nicknames(names)
        regions = _region_keys(self.cities)
        setters = {
            "_names": names,
            "_regions": regions,
            "_cuisines": {fold_name(cuisine): cuisine for cuisine in reversed(self.cuisines)},
            "_spellings": spellings,
            "_first_words": frozenset(key.split(" ", 1)[0] for key in [*names, *regions, *_ELSEWHERE]),
            "max_words": max((key.count(" ") + 1 for key in [*names, *regions]), default=1),
        }
        for name, value in setters.items():
            object.__setattr__(self, name, value)

    def find_cities(self, name: str) -> tuple[City, ...]:
        """Return every city that a name may mean: plain, full, nicknamed, or with its region or country behind it."""
        return self._names.get(fold_name(name), ())

    def find_region(self, name: str) -> str | None:
        """Return a region's or country's spelling in the inventory, or None where no city lies in it.

        Short forms count in capitals only: "ID" can be Idaho, "I'd" and "in" are no places.
        """
        key = fold_name(name)
        if len(key) == 2 and key != "uk" and not name.replace(".", "").isupper():
            return None
        return self._regions.get(key)

    def find_elsewhere(self, name: str) -> str | None:
        """Return the English name of a state, country or part of the world in which the inventory has no city."""
        key = fold_name(name)
        return None if key in self._regions else _ELSEWHERE.get(key)

    def begins_name(self, word: str) -> bool:
        """Tell whether some name of a city or region begins with a word."""
        return fold_name(word) in self._first_words

    def cities_in(self, region: str) -> tuple[City, ...]:
        """Return the cities of a region or country, in the order of the inventory."""
        spelled = self.find_region(region)
        return tuple(city for city in self.cities if spelled and spelled in (city.region, city.country))

    def find_cuisine(self, name: str) -> str | None:
        """Return a cuisine's spelling in the inventory, or None where there is no such cuisine."""
        return self._cuisines.get(fold_name(name))

    def attractions_of(self, cities: Iterable[str]) -> tuple[str, ...]:
        """Return the names of the attractions of some cities, each once; of all cities where none are told apart."""
        if not callable(self.attractions):
            return tuple(dict.fromkeys(self.attractions))
        return tuple(dict.fromkeys(name for city in cities for name in self.attractions(city)))

    def suggest(self, name: str, *, limit: int = 3, cutoff: float = FUZZY_CUTOFF) -> tuple[Suggestion, ...]:
        """Return the known names of cities and regions that resemble `name`, the most similar first."""
        key = fold_name(name)
        kinds: tuple[tuple[Literal["city", "region"], Mapping[str, str]], ...] = (
            ("city", self._spellings),
            ("region", self._region_spellings()),
        )
        found = [
            Suggestion(spellings[choice], kind, score)
            for kind, spellings in kinds
            for choice, score in _resembling(key, spellings, cutoff)
        ]
        return tuple(sorted(found, key=lambda suggestion: -suggestion.score)[:limit])

    def _region_spellings(self) -> dict[str, str]:
        return {key: spelled for key, spelled in self._regions.items() if len(key) > 3 and key not in self._spellings}


def _resembling(key: str, choices: Iterable[str], cutoff: float) -> list[tuple[str, float]]:
    """Return the choices that resemble a key, with their score; swapped letters count as one slip of the hand."""
    known = list(choices)
    scores = {choice: score for choice, score, _ in process.extract(key, known, score_cutoff=cutoff, scorer=fuzz.ratio)}
    letters = sorted(key)
    for choice in known:
        if len(choice) == len(key) and choice[:1] == key[:1] and sorted(choice) == letters:
            scores[choice] = max(scores.get(choice, 0.0), ANAGRAM_SCORE)
    return [(choice, scores[choice]) for choice in known if choice in scores]


def region_title(region: str) -> str:
    """Return a region's name for people: a country's English name for its ISO code, anything else as it is."""
    return COUNTRIES.get(region, region)


def city_title(city: City) -> str:
    """Return a city's name for people, with its region where the name does not tell it: "Portland, Maine"."""
    place = city.region or region_title(city.country)
    return city.name if city.name != city.plain or not place else f"{city.plain}, {place}"


def _city_keys(city: City) -> Iterator[str]:
    """Yield the folded names of a city: its own, and its plain name with each of its qualifiers behind it."""
    plain = fold_name(city.plain)
    yield fold_name(city.name)
    yield plain
    for name in (plain, *_NICKNAMES_OF.get(plain, ())):
        for qualifier in _qualifiers(city.region, city.country):
            yield f"{name} {qualifier}"


@lru_cache(maxsize=4096)
def _qualifiers(region: str, country: str) -> tuple[str, ...]:
    short = next((short for short, state in STATES.items() if state == region), "")
    names = [region, short, *_country_names(country)]
    return tuple(dict.fromkeys(fold_name(name) for name in names if name))


def _country_names(country: str) -> tuple[str, ...]:
    if not country:
        return ()
    return (country, *([COUNTRIES[country]] if country in COUNTRIES else []), *OTHER_COUNTRY_NAMES.get(country, ()))


def _add_nicknames(names: dict[str, tuple[City, ...]]) -> None:
    for nickname, plain in NICKNAMES:
        if plain in names and nickname not in names:
            names[nickname] = names[plain]


def _region_keys(cities: Iterable[City]) -> dict[str, str]:
    """Return the folded names of the regions and countries of some cities, with their spelling there."""
    keys: dict[str, str] = {}
    for region in dict.fromkeys(city.region for city in cities if city.region):
        keys.setdefault(fold_name(region), region)
    for country in dict.fromkeys(city.country for city in cities if city.country):
        for name in _country_names(country):
            keys.setdefault(fold_name(name), country)
    return keys


_NICKNAMES_OF: Mapping[str, tuple[str, ...]] = {
    plain: tuple(nickname for nickname, known in NICKNAMES if known == plain) for _, plain in NICKNAMES
}
_ELSEWHERE: Mapping[str, str] = {
    **WIDE_AREAS,
    **{name: COUNTRIES[code] for code, names in OTHER_COUNTRY_NAMES.items() for name in names if len(name) > 3},
    **{fold_name(name): name for name in [*COUNTRIES.values(), *STATES.values()]},
}
