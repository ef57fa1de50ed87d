"""Where the trip starts and where it goes: origin, cities, region, and how many cities are visited."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from planning.travel.inventory import City
from planning.travel.translation.gazetteer import city_title, region_title
from planning.travel.translation.rules.mentions import Count, Mention, mentions_of
from planning.travel.translation.rules.places import Place
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.word_lists import words

WHERE_FROM = "where the trip starts"
WHERE_TO = "where the trip goes"
_REGION_LEADS = words("in across throughout around within of through")
_LEADS_ON = frozenset({"to", "->", "-"})
_COUNTED_PLACES = words("COUNT different distinct separate unique the of in across throughout within cities city state")
_COUNTED = words("COUNT cities towns city places destinations")


def read_route(reading: Reading) -> None:
    """State where the trip starts and where it goes."""
    mentions = _with_bare_origin(reading, _without_qualifiers(reading, mentions_of(reading)))
    for mention in mentions:
        if mention.role == "name":
            reading.claim([mention.at])
    unknown = [mention for mention in mentions if reading.items[mention.at].word == "UNKNOWN"]
    known = [mention for mention in mentions if mention not in unknown]
    count = _read_counts(reading)
    targets = [mention for mention in known if mention.role in ("to", "bare")]
    regions = [mention for mention in targets if _is_region(reading, mention)]
    cities = [mention for mention in targets if mention not in regions]
    if not regions and count.number > max(1, len(cities)):
        regions = [mention for mention in cities if reading.items[mention.at].word == "PLACE"][-1:]
        cities = [mention for mention in cities if mention not in regions]
    _read_origin(reading, [mention for mention in known if mention.role == "origin"])
    region = _read_region(reading, regions, has_cities=bool(cities))
    _read_returns(reading, [mention for mention in known if mention.role == "back"])
    named = _read_cities(reading, cities, region)
    _state_number(reading, count, len(named))
    _read_unknown(reading, unknown)
    if "origin" not in reading.fields and not any(mention.role == "origin" for mention in mentions):
        reading.missing.append(WHERE_FROM)
    if not named and region is None and not any(mention.role in ("to", "bare") for mention in mentions):
        reading.missing.append(WHERE_TO)


def _with_bare_origin(reading: Reading, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions with the first of "Boston to Denver" as the origin, when no word tells another one."""
    if any(mention.role == "origin" for mention in mentions):
        return mentions
    for index, (mention, following) in enumerate(pairwise(mentions)):
        between = [item.word for item in reading.items[mention.until + 1 : following.at]]
        leads = not between or (between[0] in _LEADS_ON and _COUNTED_PLACES.issuperset(between[1:]))
        if leads and (mention.role == "bare" or mention.since < mention.at - 1):
            return [*mentions[:index], replace(mention, role="origin", since=mention.at), *mentions[index + 1 :]]
    return mentions


def _without_qualifiers(reading: Reading, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions without the regions that only tell which city is meant: "Portland in Maine"."""
    result: list[Mention] = []
    for mention in mentions:
        before = result[-1] if result else None
        between = [item.word for item in reading.items[before.until + 1 : mention.at]] if before else []
        is_behind = (
            before is not None and between in ([], [","], ["in"], ["("], [",", "in"]) and not mention.place.cities
        )
        if before is None or not is_behind or reading.items[mention.at].word == "UNKNOWN" or not before.place.cities:
            result.append(mention)
            continue
        inside = tuple(city for city in before.place.cities if mention.place.region in (city.region, city.country))
        if inside:
            reading.claim([mention.at])
            result[-1] = replace(before, until=mention.at, place=replace(before.place, cities=inside))
        elif "in" in between or mention.role != before.role:
            result.append(mention)
        else:
            titles = " or ".join(city_title(city) for city in before.place.cities)
            name, region = before.place.cities[0].plain, region_title(mention.place.region or "")
            reading.problems.append(f"There is no {name} in {region} here. Did you mean {titles}?")
            reading.claim([before.at, mention.at])
            result[-1] = replace(before, until=mention.at, place=Place())
    return result


def _is_region(reading: Reading, mention: Mention) -> bool:
    """Tell whether a place is one to choose cities in, rather than a city of that name."""
    word = reading.items[mention.at].word
    if word != "PLACE":
        return word in ("REGION", "NOWHERE")
    before = reading.before(mention.at, 8)
    behind = reading.items[mention.at + 1].word if mention.at + 1 < len(reading.items) else ""
    if behind in ("state", "cities", "towns") or before[-2:] == ["state", "of"]:
        return True
    lead = [word for word in before if word not in ("the", "all")][-1:]
    return bool(_REGION_LEADS.intersection(lead)) and bool(_COUNTED.intersection(before[-5:]))


def _said(reading: Reading, mention: Mention) -> str:
    item = reading.items[mention.at]
    return reading.text[item.start : item.end]


def _words(reading: Reading, mention: Mention) -> range:
    """Return the places of a mention and of the small words right before it that give its role."""
    first = mention.at
    while first > max(mention.since, mention.at - 4) and reading.items[first - 1].word.islower():
        first -= 1
    return range(first if first == mention.since else mention.at, mention.at + 1)


def _city(reading: Reading, mention: Mention, region: str | None = None) -> City | None:
    """Return the one city that a mention means; say which there are when there are several."""
    place: Place = mention.place
    cities = place.cities
    if len(cities) > 1 and region:
        cities = tuple(city for city in cities if region in (city.region, city.country)) or cities
    if place.note and place.note not in reading.warnings:
        reading.warnings.append(place.note)
    if len(cities) < 2:
        return cities[0] if cities else None
    titles = " or ".join(f"“{city_title(city)}”" for city in cities)
    problem = f"“{_said(reading, mention)}” can be {titles}: say which."
    reading.problems += [problem] if problem not in reading.problems else []
    reading.claim([mention.at])
    return None


def _read_origin(reading: Reading, mentions: Sequence[Mention]) -> None:
    names: dict[str, None] = {}
    for mention in mentions:
        if mention.place.region and not mention.place.cities:
            reading.claim([mention.at])
            name = region_title(mention.place.region)
            reading.problems.append(f"{name} is a region: name the city in it where the trip starts.")
        elif city := _city(reading, mention):
            names[city.name] = None
            reading.state("origin", city.name, _words(reading, mention))
    if len(names) > 1:
        reading.problems.append(f"The trip starts in {' or '.join(names)}: say which.")


def _read_region(reading: Reading, mentions: Sequence[Mention], *, has_cities: bool) -> str | None:
    """State the region, the narrowest one when one lies in another ("Texas, USA")."""
    regions: dict[str, None] = {}
    for mention in mentions:
        region = mention.place.region or ""
        reading.claim([mention.at])
        if reading.items[mention.at].word == "NOWHERE" and has_cities:
            continue
        if reading.items[mention.at].word == "NOWHERE":
            reading.problems.append(f"No city of {region} is in this inventory: name another region, or a city.")
            continue
        if mention.place.note:
            reading.warnings.append(mention.place.note)
        regions[region] = None
        reading.quote("destination.region", _words(reading, mention))
    inside = {region: {city.name for city in reading.gazetteer.cities_in(region)} for region in regions}
    narrow = [region for region in regions if all(inside[region] <= other for other in inside.values())]
    if regions and not narrow:
        names = " or ".join(map(region_title, regions))
        reading.problems.append(f"The trip goes to {names}: name one of them, or the cities.")
        return None
    if narrow:
        reading.fields["destination.region"] = narrow[0]
    return narrow[0] if narrow else None


def _read_cities(reading: Reading, mentions: Sequence[Mention], region: str | None) -> list[str]:
    """State the cities that are named, each once; the origin at the end of a round trip is none of them."""
    origin = reading.fields.get("origin")
    names: dict[str, list[int]] = {}
    for mention, following in pairwise(mentions):
        if [item.word for item in reading.items[mention.until + 1 : following.at]] == ["or"]:
            either = f"{_said(reading, mention)} or {_said(reading, following)}"
            reading.problems.append(f"The trip goes to {either}: say which.")
    for mention in mentions:
        city = _city(reading, mention, region)
        if city:
            names.setdefault(city.name, []).extend(_words(reading, mention))
    if origin in names and (len(names) > 1 or region):
        reading.claim(names.pop(origin))
    for name, places in names.items():
        reading.state("destination.cities", (*reading.fields.get("destination.cities", ()), name), places)
    return list(names)


def _read_counts(reading: Reading) -> Count:
    """Return how many cities the text counts, 0 where it does not; "2 more" comes on top of the cities named."""
    places = reading.places_of("COUNT")
    counts: list[Count] = [reading.items[place].value for place in places]
    whole = {count.number for count in counts if not count.extra}
    if len(whole) > 1:
        reading.problems.append(f"The text counts {' or '.join(map(str, sorted(whole)))} cities: say how many.")
    for place in places:
        noun = next(
            (k for k in range(place + 1, min(place + 5, len(reading.items))) if reading.items[k].word in _COUNTED),
            place,
        )
        reading.quote("destination.num_cities", [place, noun])
        if reading.items[place].value.vague:
            reading.warnings.append(
                f"“{reading.text[reading.items[place].start : reading.items[noun].end]}” is read as 3."
            )
    extra = sum(count.number for count in counts if count.extra)
    return Count(max(whole), extra=False) if whole else Count(extra, extra=bool(extra))


def _state_number(reading: Reading, count: Count, num_named: int) -> None:
    number = count.number + (num_named if count.extra else 0)
    if number:
        reading.fields["destination.num_cities"] = number


def _read_returns(reading: Reading, mentions: Sequence[Mention]) -> None:
    """Account for "back to Boston" where the trip starts there, or say so where it starts nowhere yet."""
    for mention in mentions:
        names = [city.name for city in mention.place.cities]
        if "origin" not in reading.fields and len(names) == 1:
            reading.state("origin", names[0], _words(reading, mention))
        elif reading.fields.get("origin") in names:
            reading.claim(_words(reading, mention))


def _read_unknown(reading: Reading, mentions: Sequence[Mention]) -> None:
    """Ask about names that nobody knows where a place is missing."""
    has_target = "destination.cities" in reading.fields or "destination.region" in reading.fields
    for mention in mentions:
        is_needed = "origin" not in reading.fields if mention.role == "origin" else not has_target
        if is_needed:
            near = " or ".join(reading.items[mention.at].value)
            remedy = f"Did you mean {near}?" if near else "Name a city of the inventory."
            reading.problems.append(f"“{_said(reading, mention)}” is no place of this inventory. {remedy}")
            reading.claim([mention.at])
