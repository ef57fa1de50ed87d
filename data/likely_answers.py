"""Which answers are likely to which question: counted among synthetic requests, and fitted to the trip at hand."""

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any, cast

from data.personas import draw_persona
from data.travellers import BUDGET_SHARE, PURSE_FACTORS, world_of
from data.travellers_requests import draw_fields
from planning.travel.dialogue import Likely
from planning.travel.gathering import candidate_cities
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo_chance import chance
from planning.travel.request import TravelRequest

NUM_REQUESTS = 1500
MAX_VALUES = 4
_SEED = 1
_FITTED = ("food.cuisines", "food.avoid_cuisines", "places.must_see", "places.avoid")
_LISTS = (*_FITTED, "lodging.house_rules", "transport.forbidden_modes")


def likely_answers(inventory: Inventory) -> Likely:
    """Return the likely answers to every question, counted among synthetic requests of the side for training."""
    counts, num = _counts(cast(Hashable, inventory))

    def likely(request: TravelRequest, path: str, cost_cents: int | None) -> Sequence[tuple[Any, float]]:
        if path == "budget_cents":
            return _budgets(cost_cents)
        counted = counts.get(path, Counter())
        share = sum(counted.values()) / num
        if path in _FITTED:
            values = _offered(request, path, inventory)
            return [([value], min(1.0, share) / len(values)) for value in values]
        top = counted.most_common(MAX_VALUES)
        rest = share / max(1, sum(number for _, number in top))
        return [(_value(path, value), number * rest) for value, number in top]

    return likely


@lru_cache(maxsize=4)
def _counts(inventory: Hashable) -> tuple[dict[str, Counter[Any]], int]:
    world = world_of(cast(Inventory, inventory))
    counts: dict[str, Counter[Any]] = {}
    for number in range(NUM_REQUESTS):
        persona = draw_persona(_SEED, number, "train")
        fields = draw_fields(persona, world, chance(_SEED, "likely", str(number)))
        for path, value in fields.items():
            if path == "objective":
                counts.setdefault(path, Counter())[next(goal for goal, weight in value.items() if weight)] += 1
            elif path in _LISTS:
                counts.setdefault(path, Counter()).update(value)
            elif not path.startswith(("origin", "destination", "dates", "children")):
                counts.setdefault(path, Counter())[value] += 1
    return counts, NUM_REQUESTS


def _value(path: str, value: Any) -> Any:
    if path == "objective":
        return {"cost": 0, "rating": 0, "travel_time": 0} | {value: 1}
    return [value] if path in _LISTS else value


def _budgets(cost_cents: int | None) -> list[tuple[int, float]]:
    """Return budgets around what the trip costs: the middle of each purse."""
    if cost_cents is None:
        return []
    share = BUDGET_SHARE / len(PURSE_FACTORS)
    return [(max(100, round(cost_cents * (low + high) / 200) * 100), share) for low, high in PURSE_FACTORS.values()]


def _offered(request: TravelRequest, path: str, inventory: Inventory) -> list[str]:
    """Return some of the cuisines or sights that the trip can have, evenly spread from the cheapest to the dearest."""
    cities = [city.name for city in candidate_cities(request, inventory)]
    prices: dict[str, int] = {}
    for city in cities[:8]:
        if path.startswith("places."):
            found = [(sight.name, sight.price_cents) for sight in inventory.attractions(city)]
        else:
            found = [(name, table.price_cents) for table in inventory.restaurants(city) for name in table.cuisines]
        for name, price in found:
            prices[name] = min(price, prices.get(name, price))
    ordered = sorted(prices, key=lambda name: (prices[name], name))
    num = min(MAX_VALUES, len(ordered))
    return [ordered[int((each + 0.5) * len(ordered) / num)] for each in range(num)]
