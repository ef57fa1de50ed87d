"""One model of a request and of everything that giving up some of its constraints would open.

Every offer is labelled with the constraints that forbid it. It can be part of a trip where all of them are given up,
and it is left out where another one serves as well that costs no more and is forbidden by no constraint more.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from planning.travel.candidates import NOTHING_HELD, Candidates, Dining, Lodging, Option, Sight
from planning.travel.conflicts import OVERNIGHT, ROAD, Constraint, Terms
from planning.travel.encoding import Encoding, encode
from planning.travel.gathering import Gatherer
from planning.travel.inventory import Attraction, Flight, Hotel, Inventory, Restaurant
from planning.travel.network import Network, build_network, visits_a_full_day
from planning.travel.profile import VISITS_A_DAY
from solvers.milp import AT_LEAST, AT_MOST, Term
from solvers.session import Session

Label = frozenset[str]
Item = Option | Lodging | Dining | Sight
Kept = TypeVar("Kept", Option, Lodging, Dining, Sight)
T = TypeVar("T")

# These are rows of the model; all others forbid offers, but for the pace, which asks for more visits.
ROW_PATHS = {"budget_cents": "budget", "food.cuisines": "cuisine_", "places.must_see": "must_see_"}
_LATE = "transport.latest_arrival_min"


@dataclass(frozen=True, slots=True)
class Openings:
    """What there would be if all constraints were given up, and the constraints that forbid each offer."""

    terms: Terms
    constraints: tuple[Constraint, ...]
    candidates: Candidates
    labels: Mapping[int, tuple[Label, Item]]
    network: Network


def open_up(terms: Terms, constraints: Sequence[Constraint], inventory: Inventory, time_limit_s: float) -> Openings:
    """Collect what the inventory offers for a request, whatever is given up.

    Raises:
        TimeoutError: A window of many days leaves too many first days to bound in the time given.
    """
    gatherer = _LabellingGatherer(terms, constraints, inventory)
    candidates = gatherer.candidates()
    network = build_network(candidates, time_limit_s)
    return Openings(terms, tuple(constraints), candidates, gatherer.labels, network)


def soften(openings: Openings, network: Network, *, with_budget: bool) -> tuple[Encoding, Session]:
    """Return the model of the trips through a network, each constraint of which can be given up.

    In the session a variable is called like each constraint: 1 where it is kept. The budget is no such constraint: it
    is kept, or not in the model at all.
    """
    candidates = openings.candidates
    if not with_budget:
        request = candidates.request.model_copy(update={"budget_cents": None})
        candidates = replace(candidates, request=request)
    encoding = encode(candidates, network)
    owners = dict(_owners_of_rows(openings, encoding))
    for number, (constraint, terms) in enumerate(_forbidden(openings, encoding).items()):
        encoding.model.add(f"forbidden_{number}", terms, AT_MOST, 0)
        owners[f"forbidden_{number}"] = constraint
    pace = next((c.name for c in openings.constraints if c.path == "pace"), None)
    if pace:
        owners |= dict.fromkeys(_keep_pace(openings, encoding), pace)
    return encoding, Session(encoding.model, owners)


def _owners_of_rows(openings: Openings, encoding: Encoding) -> Iterator[tuple[str, str]]:
    rows = [row.name for row in encoding.model.rows()]
    for path in ("food.cuisines", "places.must_see"):
        names = [constraint.name for constraint in openings.constraints if constraint.path == path]
        yield from zip((row for row in rows if row.startswith(ROW_PATHS[path])), names, strict=True)


def _forbidden(openings: Openings, encoding: Encoding) -> dict[str, list[Term]]:
    """Return, by constraint, the variables that are 0 while it is kept."""
    found: dict[str, list[Term]] = {}
    items: list[tuple[Item, object]] = [(option, v) for _, option, v in encoding.legs]
    items += [*encoding.lodgings, *encoding.dinings, *encoding.sights]
    items += [(sight, v) for sight, _, _, v in encoding.timed_sights]
    for stay, variable in encoding.stays:
        lodgings = openings.candidates.offers[stay.city].lodgings[stay.num_nights]
        if len(lodgings) == 1:
            items.append((lodgings[0], variable))
    for item, variable in items:
        label, _ = openings.labels.get(id(item), (frozenset[str](), item))
        for constraint in sorted(label):
            found.setdefault(constraint, []).append((variable, 1))
    return found


def _keep_pace(openings: Openings, encoding: Encoding) -> Iterator[str]:
    """Add the rows that demand as many visits as the pace asks for, and yield their names."""
    wanted = VISITS_A_DAY[openings.terms.request.pace]
    avoided = {name.casefold() for name in openings.terms.request.places.avoid}
    visits: dict[tuple[str, int | None], list[Term]] = {}
    for sight, variable in encoding.sights:
        visits.setdefault((sight.record.city, None), []).append((variable, 1))
    for sight, day, _, variable in encoding.timed_sights:
        visits.setdefault((sight.record.city, day), []).append((variable, 1))
    for stay, variable in encoding.stays:
        offer = openings.candidates.offers[stay.city]
        names = {sight.record.name for sight in offer.sights if sight.record.name.casefold() in avoided}
        fewest = visits_a_full_day(stay, replace(offer, num_sights=offer.num_sights - len(names)), wanted)
        if (stay.city, None) in visits:
            visits[stay.city, None].append((variable, -fewest * len(stay.full_days)))
        for day in stay.full_days:
            if (stay.city, day) in visits:
                visits[stay.city, day].append((variable, -fewest))
    for number, terms in enumerate(visits.values()):
        encoding.model.add(f"pace_{number}", terms, AT_LEAST, 0)
        yield f"pace_{number}"


class _LabellingGatherer(Gatherer):
    """Gathers under the terms without any constraint that forbids offers, and labels what it keeps.

    What a constraint forbids is asked of a gatherer under the terms with that constraint alone.
    """

    def __init__(self, terms: Terms, constraints: Sequence[Constraint], inventory: Inventory) -> None:
        giving = [constraint for constraint in constraints if constraint.path not in ROW_PATHS]
        loosest = terms.without(giving)
        super().__init__(loosest.request, loosest.profile, inventory, NOTHING_HELD)
        # By the identity of an item; with the item, so that no other one ever has it.
        self.labels: dict[int, tuple[Label, Item]] = {}
        self.alone: dict[str, list[tuple[str, Gatherer]]] = {}
        for constraint in giving:
            kept = terms.without(other for other in giving if other is not constraint)
            gatherer = Gatherer(kept.request, kept.profile, inventory, NOTHING_HELD)
            self.alone.setdefault(constraint.path, []).append((constraint.name, gatherer))
        both = terms.without(other for other in giving if other.path not in (_LATE, OVERNIGHT))
        self.late_and_overnight = Gatherer(both.request, both.profile, inventory, NOTHING_HELD)

    def best_options(self, options: list[Option]) -> tuple[Option, ...]:
        groups: dict[Label, list[Option]] = {}
        for option in options:
            for number, label in enumerate(self.option_labels(option)):
                groups.setdefault(label, []).append(replace(option) if number else option)
        best = {label: super(_LabellingGatherer, self).best_options(group) for label, group in groups.items()}
        return self.kept(
            best, lambda o: (o.day, o.nights_aboard, o.mode == "self-driving", o.meals_before, o.meals_after)
        )

    def best_lodgings(self, hotels: Iterable[Hotel], nights: int) -> list[Lodging]:
        groups = _grouped(hotels, self.hotel_label)
        best = {label: super(_LabellingGatherer, self).best_lodgings(group, nights) for label, group in groups.items()}
        return list(self.kept(best, lambda _: None))

    def dinings(self, restaurants: Iterable[Restaurant]) -> tuple[Dining, ...]:
        groups = _grouped(restaurants, self.restaurant_label)
        return self.kept({label: super(_LabellingGatherer, self).dinings(group) for label, group in groups.items()})

    def best_sights(self, sights: Sequence[Sight]) -> tuple[Sight, ...]:
        groups = _grouped(sights, lambda sight: self.avoided_label(sight.record))
        return self.kept({label: super(_LabellingGatherer, self).best_sights(group) for label, group in groups.items()})

    def kept(
        self, groups: Mapping[Label, Iterable[Kept]], kind: Callable[[Kept], Hashable] | None = None
    ) -> tuple[Kept, ...]:
        """Return the items of all groups, labelled; with a `kind`, without what another group offers for no more."""
        least: dict[Hashable, list[tuple[Label, int]]] = {}
        kept = []
        for label in sorted(groups, key=len):
            for item in groups[label]:
                rivals = least.setdefault(kind(item), []) if kind else []
                if not any(other < label and cost <= item.cost_cents for other, cost in rivals):
                    rivals.append((label, item.cost_cents))
                    kept.append(item)
        for label, items in groups.items():
            self.labels.update((id(item), (label, item)) for item in items if label)
        return tuple(kept)

    # What forbids an offer

    def option_labels(self, option: Option) -> Iterator[Label]:
        """Yield the sets of constraints each of which has to be given up for an option: one or two."""
        broken = {
            name
            for name, g in self.paths("transport.forbidden_modes")
            if option.mode in g.request.transport.forbidden_modes
        }
        record = option.record
        if isinstance(record, Flight):
            broken |= {name for name, g in self.paths("transport.max_stops") if g.by_air(record) is None}
        else:
            broken |= {name for name, g in self.paths(ROAD) if option.duration_min > g.profile.max_drive_min}
        if option.depart_min is None or option.arrive_min is None:
            yield frozenset(broken)
            return
        times = option.depart_min, option.arrive_min, option.duration_min
        for path in ("transport.earliest_departure_min", _LATE, OVERNIGHT):
            broken |= {name for name, gatherer in self.paths(path) if not gatherer.times_allowed(*times)}
        either = [name for path in (_LATE, OVERNIGHT) for name, _ in self.paths(path)]
        if broken.isdisjoint(either) and not self.late_and_overnight.times_allowed(*times):
            # Whoever lands in the small hours arrives too late the evening before, or spends a short night aboard.
            for name in either:
                yield frozenset({*broken, name})
        else:
            yield frozenset(broken)

    def hotel_label(self, hotel: Hotel) -> Label:
        paths = ("lodging.room_type", "lodging.house_rules", "lodging.min_rating", "lodging.max_price_cents")
        broken = {name for path in paths for name, g in self.paths(path) if not g.hotel_allowed(hotel)}
        return self.avoided_label(hotel) | broken

    def restaurant_label(self, restaurant: Restaurant) -> Label:
        broken = {name for name, g in self.paths("food.avoid_cuisines") if not g.dinings([restaurant])}
        return self.avoided_label(restaurant) | broken

    def avoided_label(self, record: Hotel | Restaurant | Attraction) -> Label:
        return frozenset(name for name, g in self.paths("places.avoid") if record.name.casefold() in g.avoided)

    def paths(self, path: str) -> Sequence[tuple[str, Gatherer]]:
        """Return the constraints of a field, each with a gatherer that keeps to it alone."""
        return self.alone.get(path, ())


def _grouped(items: Iterable[T], label_of: Callable[[T], Label]) -> dict[Label, list[T]]:
    groups: dict[Label, list[T]] = {}
    for item in items:
        groups.setdefault(label_of(item), []).append(item)
    return groups
