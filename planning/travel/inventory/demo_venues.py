"""The demo's made-up hotels and restaurants, and what to see. No business here is a real one."""

import random
from collections.abc import Iterator

from planning.travel.inventory import Attraction, Hotel, Restaurant, Source
from planning.travel.inventory.demo_chance import between, chance, pick, shuffled, whole
from planning.travel.inventory.demo_sights import Sight, demo_sights
from planning.travel.inventory.demo_world import Place

# Each word is used once a city and table, so no name there is part of another one.
_WORDS = """
Amber Anchor Azure Birch Bluebird Bramble Breeze Brook Candle Cedar Chestnut Clover Cobalt Copper Coral Cypress Daisy
Ember Falcon Fern Ginger Granite Harvest Hazel Heron Iris Ivory Jade Jasmine Juniper Lantern Laurel Lavender Lemon
Linden Lotus Maple Marigold Meadow Mint Nutmeg Orchard Pebble Pine Plum Poppy Quartz Quince Robin Rosemary Saffron
Sage Sparrow Tamarind Thistle Thyme Velvet Walnut Willow Wren
"""

_LANES = ("Street", "Lane", "Hill", "Square", "Garden", "Corner")
# Room type: what such a place is called, price in dollars at price level 3, and how many sleep in it.
_ROOMS: dict[str, tuple[tuple[str, ...], tuple[int, int], tuple[int, int]]] = {
    "entire room": (("Apartment", "Loft", "Studio", "Townhouse", "Cottage"), (95, 260), (2, 8)),
    "private room": (("Guest Room", "Guesthouse", "Double Room", "Bed and Breakfast"), (55, 150), (1, 3)),
    "shared room": (("Dormitory", "Bunkhouse", "Shared Room"), (22, 55), (1, 2)),
}
_ROOM_TYPES = ("entire room", "private room", "shared room")
_FORBIDDEN = ("No pets", "No smoking", "No parties", "No visitors", "No children under 10")
_NIGHTS = (1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 5)

_TABLES: dict[str, tuple[str, ...]] = {
    "American": ("Grill", "Diner"),
    "Chinese": ("Noodle House", "Dumpling House"),
    "French": ("Bistro", "Brasserie"),
    "Indian": ("Curry House", "Tandoor"),
    "Italian": ("Trattoria", "Osteria"),
    "Mediterranean": ("Mezze Table", "Taverna"),
    "Mexican": ("Cantina", "Taqueria"),
    "Cafe": ("Cafe", "Coffee Room"),
    "Japanese": ("Ramen Bar", "Sushi Counter"),
    "Seafood": ("Fish House", "Oyster Bar"),
    "Thai": ("Thai Kitchen", "Wok"),
    "Vegetarian": ("Vegetable Kitchen", "Salad House"),
}
_CUISINES = tuple(_TABLES)
_EVERYWHERE = _CUISINES[:7]
_EXTRAS = ("Bakery", "BBQ", "Desserts", "Pizza", "Seafood", "Tea", "Vegetarian")
_LOCAL = {
    "US": "American",
    "CA": "American",
    "FR": "French",
    "BE": "French",
    "IT": "Italian",
    "ES": "Mediterranean",
    "PT": "Seafood",
    "GR": "Mediterranean",
    "TR": "Mediterranean",
    "MA": "Mediterranean",
    "EG": "Mediterranean",
    "MX": "Mexican",
    "CR": "Mexican",
    "IN": "Indian",
    "GB": "Indian",
    "CN": "Chinese",
    "HK": "Chinese",
    "SG": "Chinese",
    "TH": "Thai",
    "JP": "Japanese",
    "NO": "Seafood",
    "IS": "Seafood",
    "AT": "Cafe",
}

# What a city may have beside its well-known sights; {} is the city.
_ORDINARY = (
    ("{} Heritage Museum", "museum", 12),
    ("{} History Museum", "museum", 10),
    ("{} Gallery of Art", "museum", 16),
    ("{} Science Center", "museum", 18),
    ("Railway Museum", "museum", 9),
    ("Museum of Local Crafts", "museum", 6),
    ("Riverside Park", "park", 0),
    ("Hilltop Park", "park", 0),
    ("Lakeside Trail", "park", 0),
    ("Sculpture Meadow", "park", 0),
    ("Botanical Collection", "garden", 9),
    ("Japanese Garden", "garden", 7),
    ("Rose Garden", "garden", 0),
    ("Old Town Chapel", "church", 0),
    ("St. Anne's Church", "church", 0),
    ("Farmers Market", "market", 0),
    ("Flower Market", "market", 0),
    ("{} Aquarium", "zoo", 26),
    ("{} Zoo", "zoo", 22),
    ("Old Clock Tower", "tower", 8),
    ("Panorama Platform", "tower", 15),
    ("Old Fort", "castle", 11),
    ("Town Hall", "castle", 0),
    ("Merchant's House", "castle", 9),
    ("Harbor Promenade", "landmark", 0),
    ("Old Town Arcade", "landmark", 0),
    ("Stone Footbridge", "landmark", 0),
    ("{} Playhouse", "stage", 35),
)
# Kind: the hours at which such a place may open and close, and its closed weekdays.
_HOURS: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "museum": ((9, 10), (17, 18), (0,)),
    "castle": ((9, 10), (17, 18), ()),
    "park": ((6, 7), (20, 21), ()),
    "garden": ((8, 9), (18, 19), ()),
    "church": ((8, 9), (18, 19), ()),
    "market": ((8,), (17, 18), (6,)),
    "zoo": ((9,), (17, 18), ()),
    "tower": ((9, 10), (21, 22), ()),
    "landmark": ((0,), (24,), ()),
    "stage": ((18,), (23,), (0,)),
}


def demo_hotels(places: list[Place], as_of: str, seed: int) -> Iterator[Hotel]:
    """Yield 8 to 20 hotels a city; each room type has one without rules for a single night."""
    row = 0
    for place in places:
        rng = chance(seed, "hotels", place.airport)
        words = shuffled(rng, _WORDS.split())[: whole(rng, 8, 14) + 2 * (place.traffic - 1)]
        for index, word in enumerate(words):
            row += 1
            yield _hotel(rng, place, word, index, Source("demo.hotels", row, as_of))


def _hotel(rng: random.Random, place: Place, word: str, index: int, source: Source) -> Hotel:
    plain = index < len(_ROOM_TYPES)
    room_type = _ROOM_TYPES[index] if plain else pick(rng, (*_ROOM_TYPES[:2], *_ROOM_TYPES))
    kinds, prices, guests = _ROOMS[room_type]
    name = f"{word} {pick(rng, _LANES)} {pick(rng, kinds)}"
    rating = _rating(rng, 2.5)
    dollars = between(rng, *prices) * _level(place) * (0.75 + 0.08 * rating)
    rules = "" if plain else " & ".join(shuffled(rng, _FORBIDDEN)[: pick(rng, (0, 0, 1, 1, 1, 2))])
    terms = 1 if plain else pick(rng, _NIGHTS), whole(rng, *guests)
    return Hotel(name, place.city.name, room_type, 100 * round(dollars), *terms, rating, rules, source)


def demo_restaurants(places: list[Place], as_of: str, seed: int) -> Iterator[Restaurant]:
    """Yield 20 to 40 restaurants a city; each of the seven cuisines that a request can name is served everywhere."""
    row = 0
    for place in places:
        rng = chance(seed, "restaurants", place.airport)
        local = _LOCAL.get(place.city.country)
        likely = _CUISINES + (local,) * 5 if local else _CUISINES
        num = whole(rng, 20, 31) + 3 * (place.traffic - 1)
        cuisines = list(_EVERYWHERE) + [pick(rng, likely) for _ in range(num - len(_EVERYWHERE))]
        for word, cuisine in zip(shuffled(rng, _WORDS.split())[:num], shuffled(rng, cuisines), strict=True):
            row += 1
            extras = shuffled(rng, [extra for extra in _EXTRAS if extra != cuisine])[: whole(rng, 0, 2)]
            name, rating = f"{word} {pick(rng, _TABLES[cuisine])}", _rating(rng, 3.0)
            dollars = between(rng, 9, 34) * _level(place) * (1.6 if rng.random() < 0.12 else 1)
            source = Source("demo.restaurants", row, as_of)
            yield Restaurant(name, place.city.name, (cuisine, *extras), 100 * round(dollars), rating, source)


def demo_attractions(places: list[Place], as_of: str, seed: int) -> Iterator[Attraction]:
    """Yield 8 to 16 attractions a city: its well-known sights first, then ordinary ones around them."""
    row, sights = 0, demo_sights()
    for place in places:
        rng = chance(seed, "attractions", place.airport)
        known = sights.get(place.airport, [])
        num = max(whole(rng, 8, 13) + place.traffic - 1, len(known))
        for sight in _with_ordinary(rng, place, known, num):
            row += 1
            yield _attraction(rng, place, sight, Source("demo.attractions", row, as_of))


def _with_ordinary(rng: random.Random, place: Place, known: list[Sight], num: int) -> list[Sight]:
    latitude, longitude = place.latitude, place.longitude
    if known:
        latitude = sum(sight.latitude for sight in known) / len(known)
        longitude = sum(sight.longitude for sight in known) / len(known)
    chosen = list(known)
    for template, kind, dollars in shuffled(rng, _ORDINARY):
        name = template.format(place.city.plain)
        if len(chosen) == num:
            break
        if any(name in sight.name or sight.name in name for sight in chosen):
            continue
        spot = round(latitude + between(rng, -0.04, 0.04), 3), round(longitude + between(rng, -0.05, 0.05), 3)
        price_cents = 100 * round(dollars * _level(place) * between(rng, 0.8, 1.2))
        chosen.append(Sight(name, kind, price_cents, *spot))
    return chosen


def _attraction(rng: random.Random, place: Place, sight: Sight, source: Source) -> Attraction:
    opens, closes, closed_weekdays = _HOURS[sight.kind]
    hours = 60 * pick(rng, opens), 60 * pick(rng, closes), closed_weekdays
    terms = sight.price_cents, _rating(rng, 3.5), *hours
    return Attraction(sight.name, place.city.name, *terms, sight.latitude, sight.longitude, source)


def _rating(rng: random.Random, lowest: float) -> float:
    return round(between(rng, lowest, 5.0), 1)


def _level(place: Place) -> float:
    return (0.65, 0.8, 1.0, 1.2, 1.5)[place.price_level - 1]
