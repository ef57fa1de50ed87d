"""What to eat: cuisines that are wanted, and cuisines to avoid."""

import re
from collections.abc import Sequence

from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.rules.lexing import Item
from planning.travel.translation.rules.polarity import claim_repeated, stance
from planning.travel.translation.rules.reading import Reading
from planning.travel.translation.rules.rewriting import tagged
from planning.travel.translation.rules.vocabulary import FILLERS
from planning.travel.translation.rules.word_lists import words

_MAX_WORDS = 3
_OTHER_SPELLINGS = {
    "barbecue": "bbq",
    "barbeque": "bbq",
    "bar b q": "bbq",
    "cafes": "cafe",
    "dessert": "desserts",
    "pizzas": "pizza",
    "bakeries": "bakery",
    "sea food": "seafood",
    "fastfood": "fast food",
}
# The name of a people is a cuisine only where the text speaks of food.
_PEOPLE = re.compile(r"\w*(?:an|ese|ish|ch|ic|ek|ai|i)$")
_FOOD_WORDS = words(
    """food foods cuisine cuisines restaurant restaurants meal meals eat eating dining dine dishes dish culinary
    taste tastes tasting try trying lunch dinner dinners breakfast fare menu kitchen cooking flavors flavours
    foodie foodies foods eatery eateries palate cravings craving crave gastronomic sample sampling savor
    savour delicacies specialties"""
)
_REACH = 40
_CLOSE = 5
_LIKING = words("""NEG like love enjoy prefer want crave craving fond fan fans hate dislike avoid favor favour""")


def tag_cuisines(items: Sequence[Item], gazetteer: Gazetteer) -> Sequence[Item]:
    """Return the items with CUISINE for every cuisine of the inventory."""
    result: list[Item] = []
    place = 0
    while place < len(items):
        end, cuisine = _cuisine_at(items, place, gazetteer)
        if cuisine:
            result.append(tagged(items[place:end], "CUISINE", cuisine))
        else:
            result.append(items[place])
        place = end
    return result


def _cuisine_at(items: Sequence[Item], first: int, gazetteer: Gazetteer) -> tuple[int, str | None]:
    for end in range(min(len(items), first + _MAX_WORDS), first, -1):
        if not all(item.word.isalnum() for item in items[first:end]):
            continue
        words = " ".join(item.word for item in items[first:end])
        cuisine = gazetteer.find_cuisine(_OTHER_SPELLINGS.get(words, words))
        if cuisine:
            return end, cuisine
    return first + 1, None


def read_food(reading: Reading) -> None:
    """State the cuisines that are wanted and those to avoid."""
    for place in reading.places_of("CUISINE"):
        if not _is_food(reading, place):
            continue
        view = stance(reading, place, {"CUISINE"})
        path = "food.cuisines" if view.sign > 0 else "food.avoid_cuisines"
        reading.claim([place, *view.places])
        if view.sign == 0:
            continue
        if view.sign < 0:
            claim_repeated(reading, place)
        cuisine: str = reading.items[place].value
        if cuisine not in reading.fields.get(path, ()):
            reading.fields[path] = (*reading.fields.get(path, ()), cuisine)
        reading.quote(path, [place])
        if path == "food.cuisines" and reading.before(place, 1) == ["or"]:
            reading.warnings.append("Every cuisine that is named will be among the meals, not only one of them.")
    both = [c for c in reading.fields.get("food.cuisines", ()) if c in reading.fields.get("food.avoid_cuisines", ())]
    if both:
        reading.problems.append(f"{both[0]} food is both wanted and to be avoided: say which.")


def _is_food(reading: Reading, place: int) -> bool:
    """Tell whether a mention is of food: "French" is none in "the French Quarter"."""
    item = reading.items[place]
    behind = reading.items[place + 1] if place + 1 < len(reading.items) else None
    if behind is not None and behind.capital and behind.word.islower() and behind.word not in FILLERS:
        return False
    word = reading.text[item.start : item.end].casefold()
    if not _PEOPLE.match(word):
        return True
    near = [*range(max(0, place - _CLOSE), place), *reading.near(place, _REACH)]
    around = {reading.items[k].word for k in near}
    before = {reading.items[k].word for k in near if k < place}
    return bool(_FOOD_WORDS & around or _LIKING & before)
