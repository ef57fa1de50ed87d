"""A request drawn at random, said in one of many ways, is read back exactly."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planning.travel.translation.rules import translate_by_rules
from tests.travel.translation_corpus import stated_fields
from tests.travel.translation_places import GAZETTEER, TODAY

# A request as plain values, and ways to say each of them.
CITY_NAMES = [
    "Boston",
    "St. Louis",
    "Salt Lake City",
    "Washington",
    "New York",
    "Kansas City",
    "Mobile",
    "Martha's Vineyard",
]
REGIONS = ["Texas", "New York", "Ohio", "California", "Washington"]
NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
ROOMS = {
    "entire room": ["We want entire rooms.", "An entire apartment, please.", "We need a place to ourselves."],
    "private room": ["Private rooms are preferred.", "We'd like a private room.", "Room type: private room."],
    "shared room": ["A shared room will do.", "We want shared rooms."],
    "not shared room": ["No shared rooms.", "We don't want to share a room.", "The rooms must not be shared."],
}
RULES = {
    "pets": ["We bring our dog.", "The place must be pet-friendly.", "Pets have to be allowed."],
    "smoking": ["Smoking should be permitted.", "We smoke.", "A smoking room, please."],
    "parties": ["We want to host parties.", "Parties must be allowed.", "A party-friendly house."],
    "visitors": ["We will have visitors.", "Visitors should be welcome.", "Our lodging must allow visitors."],
    "children under 10": ["It must accept children under 10.", "Child-friendly lodging, please."],
}
MODES = {
    "flight": [
        "No flights.",
        "We'd rather not fly.",
        "I am afraid of flying.",
        "Our trip should not involve any flights.",
    ],
    "self-driving": [
        "We do not plan to drive ourselves.",
        "No self-driving.",
        "We have no driver's license.",
        "Without a car.",
    ],
    "taxi": ["No taxis, please.", "We avoid cabs.", "Taxis are not an option."],
}
CUISINES = ["Thai", "Indian", "French", "Mexican", "Seafood"]
LIKES = ["We love {}.", "Our meals should include {} cuisine.", "We'd like to try {} food.", "Cuisines: {}."]
DISLIKES = ["No {} food.", "We don't like {} food.", "Please avoid {} cuisine.", "Anything but {} food."]


def _date_words(first: date, days: int, style: int) -> str:
    last = first + timedelta(days=days - 1)
    month, last_month = f"{first:%B}", f"{last:%B}"
    return [
        f"from {month} {first.day} to {last_month} {last.day}, {last.year}",
        f"from {first.day} {month} {first.year} until {last.day} {last_month} {last.year}",
        f"{first.month}/{first.day}/{first.year} - {last.month}/{last.day}/{last.year}",
        f"{first.isoformat()} to {last.isoformat()}",
        f"for {NUMBER_WORDS[days]} days starting on {month} {first.day}, {first.year}",
        f"for {days - 1} nights from {first.day} {month[:3]} {first.year}",
        f"between {month} {first.day}, {first.year} and {last_month} {last.day}, {last.year}",
        f"leaving on {month} {first.day}, {first.year} and returning on {last_month} {last.day}, {last.year}",
    ][style]


def _place_words(origin: str, target: str, style: int) -> str:
    return [
        f"from {origin} to {target}",
        f"starting in {origin} and visiting {target}",
        f"to {target}, departing from {origin}",
        f"setting off from {origin} and heading to {target}",
        f"leaving {origin} for {target}",
    ][style]


def _people_words(adults: int, children: int, style: int) -> str:
    if children:
        counted = f"{children} children" if children > 1 else "1 child"
        return [f"for {adults} adults and {counted}", f"for a family of {adults + children} with {counted}"][style % 2]
    many = [f"for {adults} people", f"for a group of {NUMBER_WORDS[adults]}", f"for {NUMBER_WORDS[adults]}"]
    return "for one person" if adults == 1 else many[style % 3]


def _money_words(dollars: int, style: int) -> str:
    return [
        f"Our budget is ${dollars:,}.",
        f"We can spend up to {dollars} dollars.",
        f"Budget: USD {dollars}.",
        f"The trip must not cost more than ${dollars / 1000:g}k.",
    ][style]


@st.composite
def rendered(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a request and one of many texts that say it."""

    def pick(options: list[str]) -> str:
        return draw(st.sampled_from(options))

    def style(number: int) -> int:
        return draw(st.integers(0, number - 1))

    origin = pick(CITY_NAMES)
    days = draw(st.integers(4, 9))
    first = date(2026, 4, 1) + timedelta(days=draw(st.integers(0, 300)))
    adults, children = draw(st.integers(1, 6)), draw(st.sampled_from([0, 0, 1, 2]))
    adults = max(adults, 2) if children else adults
    dollars = 50 * draw(st.integers(10, 200))
    dates = [first.isoformat(), (first + timedelta(days=days - 1)).isoformat(), days]
    fields: dict[str, Any] = {"origin": origin, "dates": dates, "adults": adults, "budget_cents": 100 * dollars}
    if children:
        fields["children"] = children
    if draw(st.booleans()):
        target = pick([name for name in CITY_NAMES if name != origin])
        fields["destination.cities"] = [target]
    else:
        number, region = draw(st.integers(2, 3)), pick(REGIONS)
        target = (
            f"{pick([str(number), NUMBER_WORDS[number]])} {pick(['', 'different ', 'distinct '])}cities in {region}"
        )
        fields |= {"destination.region": region, "destination.num_cities": number}
    wishes = [_money_words(dollars, style(4))]
    for path, table in (
        ("lodging.room_type", ROOMS),
        ("lodging.house_rules", RULES),
        ("transport.forbidden_modes", MODES),
    ):
        if draw(st.booleans()):
            value = pick(list(table))
            wishes.append(pick(table[value]))
            fields[path] = value if path == "lodging.room_type" else [value]
    liked = draw(st.lists(st.sampled_from(CUISINES), max_size=3, unique=True))
    if liked:
        wishes.append(pick(LIKES).format(" and ".join([", ".join(liked[:-1]), liked[-1]] if liked[1:] else liked)))
        fields["food.cuisines"] = liked
    disliked = [cuisine for cuisine in CUISINES if cuisine not in liked][: style(2)]
    if disliked:
        wishes.append(pick(DISLIKES).format(disliked[0]))
        fields["food.avoid_cuisines"] = disliked
    opening = pick(
        ["Please plan a trip", "Can you create a travel itinerary", "We need a journey", "I'd like a vacation"]
    )
    said = [
        _place_words(origin, target, style(5)),
        _people_words(adults, children, style(6)),
        _date_words(first, days, style(8)),
    ]
    text = (
        f"{opening} {', '.join([said[0], *draw(st.permutations(said[1:]))])}. {' '.join(draw(st.permutations(wishes)))}"
    )
    return text, fields


@settings(max_examples=180, deadline=None)
@given(rendered(), st.sampled_from(["as it is", "lower case", "typographic"]))
def test_a_request_survives_being_said(sample: tuple[str, dict[str, Any]], variant: str) -> None:
    text, fields = sample
    if variant == "lower case":
        text = text.lower()
    if variant == "typographic":
        text = text.replace("'", "’").replace(" - ", " – ").replace(". ", ".\n")
    found = translate_by_rules(text, today=TODAY, gazetteer=GAZETTEER)
    stated = stated_fields(found)
    stated.pop("currency", None)
    assert stated == fields, text
    assert found.request is not None, (text, found.problems, found.missing)
    assert found.not_understood == (), text
