"""How a persona says a request: templates of one side, in the order and with the noise of a register."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from data import travellers_wishes as wished
from data import travellers_words as said
from data.personas import Persona, Split
from data.travellers_requests import Fields, World
from data.travellers_words import words_for
from planning.travel.inventory.demo_chance import pick, shuffled
from planning.travel.request import Dates
from planning.travel.translation.gazetteer import region_title

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ROUTE_PATHS = frozenset({"origin", "destination.cities", "destination.region", "destination.num_cities"})
_TYPO_MIN_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Voice:
    """Who says something: the side whose templates are used, and the source of chance."""

    persona: Persona
    split: Split
    rng: random.Random

    def choose(self, templates: Sequence[str]) -> str:
        """Return one template of this side."""
        return pick(self.rng, words_for(templates, self.split))


def request_text(fields: Fields, world: World, voice: Voice) -> str:
    """Return a text that states the fields, and nothing else that a request can hold."""
    sentences = list(_sentences(fields, voice))
    if voice.persona.register in ("chatty", "formal") or voice.rng.random() < 0.1:
        sentences.append(voice.choose(said.CHATTER))
    if voice.persona.register == "list":
        parts = [_listed(part) for part in _opening_parts(fields, world, voice)]
        return "\n".join(f"- {part}" for part in (*parts, *shuffled(voice.rng, sentences)))
    parts = _opening_parts(fields, world, voice)
    parts = [*parts[:1], *shuffled(voice.rng, parts[1:])]
    if voice.persona.register != "terse":
        parts = [f"{voice.choose(said.OPENINGS)} {parts[0]}", *parts[1:]] if parts else [voice.choose(said.OPENINGS)]
    head = ", ".join(parts)
    text = " ".join([f"{head[:1].upper()}{head[1:]}.", *shuffled(voice.rng, sentences)])
    return noisy(text, world, voice)


def noisy(text: str, world: World, voice: Voice) -> str:
    """Return a text as a register writes it; no name, number or short word is ever spoilt."""
    if voice.persona.register == "lower case":
        return text.lower()
    if voice.persona.register != "typing fast":
        return text
    names = {word for city in world.inventory.cities() for word in city.name.replace(",", "").split()}
    words = text.replace("'", "’").split(" ")
    places = [k for k, word in enumerate(words) if len(word) >= _TYPO_MIN_LETTERS and word.isalpha() and word.islower()]
    places = [k for k in places if words[k] not in names]
    if places and voice.rng.random() < 0.5:
        place = pick(voice.rng, places)
        words[place] = _swapped(words[place], voice.rng)
    return "  ".join(words) if voice.rng.random() < 0.2 else " ".join(words)


def _swapped(word: str, rng: random.Random) -> str:
    """Return a word with two neighbouring letters inside it swapped."""
    at = 1 + int(rng.random() * (len(word) - 3))
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _listed(part: str) -> str:
    return f"{part[:1].upper()}{part[1:]}"


def _opening_parts(fields: Fields, world: World, voice: Voice) -> list[str]:
    """Return route, dates and party as clauses; what is not stated is left out."""
    found = [_route_words(fields, world, voice)]
    found.append(dates_words(fields["dates"], voice) if "dates" in fields else "")
    found.append(party_words(fields, voice) if "adults" in fields else "")
    return [part for part in found if part]


def _route_words(fields: Fields, world: World, voice: Voice) -> str:
    goal = goal_words(fields, world, voice) if _ROUTE_PATHS & fields.keys() - {"origin"} else ""
    origin = spoken_city(fields["origin"], world) if "origin" in fields else ""
    if goal and origin:
        return voice.choose(said.ROUTES).format(origin=origin, goal=goal)
    return f"from {origin}" if origin else f"to {goal}" if goal else ""


def goal_words(fields: Fields, world: World, voice: Voice) -> str:
    """Return where the trip goes: cities by name, or so many in a region."""
    cities = [spoken_city(name, world) for name in fields.get("destination.cities", ())]
    if cities:
        return listed(cities)
    number, region = fields["destination.num_cities"], region_title(fields["destination.region"])
    if any(city.plain == region for city in world.inventory.cities()):
        region = f"{region} state"
    if number == 1:
        return voice.choose(said.ONE_IN_REGION).format(region=region)
    count = pick(voice.rng, (str(number), _NUMBERS[number]))
    return voice.choose(said.REGIONS).format(count=count, region=region)


def dates_words(dates: Dates, voice: Voice) -> str:
    """Return when the trip is: two days, a day and a length, or a month and a length."""
    rng = voice.rng
    terms = {"days": _number(dates.num_days, rng), "nights": _number(dates.num_days - 1, rng)}
    if dates.exact:
        write = pick(rng, _DATE_STYLES)
        terms |= {"first": write(dates.earliest), "last": write(dates.latest)}
        return voice.choose(said.EXACT_DATES).format(**terms)
    month = f"{dates.earliest:%B}" if rng.random() < 0.6 else f"{dates.earliest:%B %Y}"
    return voice.choose(said.WINDOWS).format(month=month, **terms)


def _number(number: int, rng: random.Random) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) and rng.random() < 0.4 else str(number)


def _ordinal(day: date) -> str:
    ending = "th" if 10 < day.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{day.day}{ending}"


_DATE_STYLES: tuple[Callable[[date], str], ...] = (
    lambda day: f"{day:%B} {day.day}",
    lambda day: f"{day:%B} {_ordinal(day)}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"{day.day} {day:%B}",
    lambda day: f"{_ordinal(day)} of {day:%B}",
    lambda day: f"{day.day} {day:%b} {day.year}",
    lambda day: f"{day:%Y-%m-%d}",
    lambda day: f"{day.month}/{day.day}/{day.year}",
)


def party_words(fields: Fields, voice: Voice) -> str:
    """Return who travels: in the persona's own words, or as a number."""
    party = voice.persona.party
    if not party.ages and voice.rng.random() < 0.5:
        number = fields["adults"]
        if number == 1:
            return "for one person"
        people = _number(number, voice.rng)
        return voice.choose(said.COUNTED).format(people=people)
    return voice.choose(said.PARTY_FRAMES).format(party=pick(voice.rng, party.words))


def money_words(cents: int, rng: random.Random) -> str:
    """Return an amount of dollars in one of the usual spellings."""
    dollars = cents // 100
    styles = [f"${dollars:,}", f"${dollars}", f"{dollars} dollars", f"{dollars:,} USD", f"USD {dollars}"]
    if dollars >= 1000 and dollars % 100 == 0:
        styles.append(f"${dollars / 1000:g}k")
    return pick(rng, styles)


def clock_words(minutes: int, rng: random.Random) -> str:
    """Return a time of day in one of the usual spellings."""
    hour, minute = divmod(minutes, 60)
    half = "am" if hour < 12 else "pm"
    on_twelve = (hour - 1) % 12 + 1
    short = f"{on_twelve} {half}" if minute == 0 else f"{on_twelve}:{minute:02d} {half}"
    return pick(rng, (f"{hour:02d}:{minute:02d}", short, short.replace(" ", "")))


def spoken_city(name: str, world: World) -> str:
    """Return what people call a city: its full name where it shares the plain one."""
    return next((city.name for city in world.inventory.cities() if city.name == name), name)


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def wish_words(path: str, value: object, voice: Voice) -> list[str]:
    """Return the sentences that state one wish."""
    return list(SAYERS[path](value, voice))


def _sentences(fields: Fields, voice: Voice) -> Iterator[str]:
    for path in SAYERS:
        if path in fields:
            value = fields[path]
            if path == "lodging.house_rules" and "adults" in fields and voice.persona.party.ages:
                value = tuple(rule for rule in fields[path] if rule != "children under 10")  # their ages say so
            yield from wish_words(path, value, voice)


Sayer = Callable[..., Iterator[str]]


def _each(table: object) -> Sayer:
    def say(values: Sequence[str], voice: Voice) -> Iterator[str]:
        for value in values:
            yield voice.choose(table[value])  # type: ignore[index]  # a table of any key

    return say


def _one(table: object) -> Sayer:
    def say(value: object, voice: Voice) -> Iterator[str]:
        yield voice.choose(table[value])  # type: ignore[index]  # as above

    return say


def _filled(templates: Sequence[str], name: str, write: Callable[..., str]) -> Sayer:
    def say(value: object, voice: Voice) -> Iterator[str]:
        yield voice.choose(templates).format(**{name: write(value, voice.rng)})

    return say


def _names(values: Sequence[str], _rng: random.Random) -> str:
    return listed(values)


def _objective(weights: dict[str, int], voice: Voice) -> Iterator[str]:
    goal = next(goal for goal, weight in weights.items() if weight)
    yield voice.choose(wished.OBJECTIVES[goal])


SAYERS: dict[str, Sayer] = {
    "budget_cents": _filled(said.BUDGETS, "money", money_words),
    "lodging.room_type": _one(wished.ROOMS),
    "lodging.house_rules": _each(wished.HOUSE_RULES),
    "lodging.min_rating": _filled(wished.RATINGS, "rating", lambda value, _: f"{value:g}"),
    "lodging.max_price_cents": _filled(wished.NIGHT_PRICES, "money", money_words),
    "food.cuisines": _filled(wished.CUISINES, "food", _names),
    "food.avoid_cuisines": _filled(wished.NO_CUISINES, "food", _names),
    "transport.forbidden_modes": _each(wished.NO_MODES),
    "transport.earliest_departure_min": _filled(wished.NOT_BEFORE, "clock", clock_words),
    "transport.latest_arrival_min": _filled(wished.NOT_AFTER, "clock", clock_words),
    "transport.max_stops": _one(wished.STOPS),
    "places.must_see": _filled(wished.MUST_SEES, "sights", _names),
    "places.avoid": _filled(wished.AVOIDED, "sights", _names),
    "pace": _one(wished.PACES),
    "objective": _objective,
}
"""How each wish is said; the order is that of the request's fields."""
