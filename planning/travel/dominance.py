"""What is left out of the data of a formulation: items that another one dominates, and names that mislead."""

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from planning.travel.inventory import Attraction, Hotel, Restaurant

T = TypeVar("T")
N = TypeVar("N", Hotel, Restaurant, Attraction)


def undominated(
    items: Iterable[T], kind: Callable[[T], Hashable], price: Callable[[T], tuple[int, int]], keep: int = 1
) -> list[T]:
    """Keep, of each kind, the items with fewer than `keep` others of their kind at most as high in both prices.

    Equal items are told apart by their order. The kept ones come in order of price.
    """
    kept: dict[Hashable, list[T]] = {}
    seconds: dict[Hashable, list[int]] = {}
    # In the order of the first price, what was kept before is no dearer in it: only the second one is left to compare.
    for prices, _, item in sorted((price(item), number, item) for number, item in enumerate(items)):
        key = kind(item)
        lower = seconds.setdefault(key, [])
        if bisect_right(lower, prices[1]) < keep:
            insort(lower, prices[1])
            kept.setdefault(key, []).append(item)
    return [item for same in kept.values() for item in same]


def twin_names(names: Iterable[str]) -> frozenset[str]:
    """Return the names that occur more than once."""
    return frozenset(name for name, count in Counter(names).items() if count > 1)


def better_first(items: Iterable[N]) -> list[N]:
    """Return the items by falling rating: of equally dear ones, the better one is kept and taken first."""
    return sorted(items, key=lambda item: -(item.rating or 0.0))


def exactly_named(everything: Sequence[N], items: Iterable[N]) -> list[N]:
    """Return the items whose name is contained in no other row's name and holds no `;` (a separator of plans)."""
    names = "\n".join(item.name for item in everything)
    return [item for item in items if ";" not in item.name and names.count(item.name) == 1]
