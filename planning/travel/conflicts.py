"""The named constraints of a request, each of which can be given up, and what a trip is planned under without it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from planning.travel.agenda import clock_words
from planning.travel.candidates import LAST_MINUTE
from planning.travel.currency import money
from planning.travel.gathering import hours_in_force
from planning.travel.profile import Profile
from planning.travel.request import Objective, TravelRequest

OVERNIGHT, ROAD = "profile.min_overnight_min", "profile.max_drive_min"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a trip is planned under: a request, and the profile with its assumptions."""

    request: TravelRequest
    profile: Profile

    @property
    def at_least_cost(self) -> "Terms":
        """Return the terms with the least cost as what counts."""
        return Terms(self.request.model_copy(update={"objective": Objective()}), self.profile)

    def without(self, constraints: Iterable["Constraint"]) -> "Terms":
        """Return the terms without some of their constraints."""
        terms = self
        for constraint in constraints:
            terms = constraint.relax(terms)
        return terms


@dataclass(frozen=True, slots=True)
class Constraint:
    """A named constraint of a request that can be given up.

    `path` is its field, that of the profile where it is assumed; `words` says it in the traveller's words where there
    are any, and `relax` returns the terms without it.
    """

    name: str
    path: str
    words: str
    relax: Callable[[Terms], Terms]


def constraints_of(request: TravelRequest, profile: Profile) -> tuple[Constraint, ...]:
    """Return the constraints of a request that can be given up one by one, the softest first; no two share a name."""
    named: dict[str, Constraint] = {}
    for constraint in _constraints(request, profile):
        name = constraint.name
        if name in named and named[name].path != constraint.path:
            # “no taxi” can be a place to avoid and a way to go.
            name = f"{name} ({constraint.path.partition('.')[0]})"
        named[name] = replace(constraint, name=name)
    return tuple(named.values())


def _constraints(request: TravelRequest, profile: Profile) -> Iterator[Constraint]:
    yield from _profile_constraints(profile)
    yield from _clock_constraints(request, profile)
    for group, path, what in (
        ("places", "must_see", "a visit to {}"),
        ("places", "avoid", "no {}"),
        ("food", "cuisines", "{} food"),
        ("food", "avoid_cuisines", "no {} food"),
        ("lodging", "house_rules", "lodging that allows {}"),
        ("transport", "forbidden_modes", "no {}"),
    ):
        for item in getattr(getattr(request, group), path):
            words = what.format(item)
            yield Constraint(words, f"{group}.{path}", words, _without_item(group, path, item))
    for group, path, name in (
        ("lodging", "room_type", f"a room of type {request.lodging.room_type}"),
        ("lodging", "min_rating", f"lodging rated {request.lodging.min_rating} or better"),
        (
            "lodging",
            "max_price_cents",
            f"at most {money(request.lodging.max_price_cents or 0, request.currency)} a night",
        ),
        ("transport", "max_stops", stops_words(request.transport.max_stops or 0)),
    ):
        if getattr(getattr(request, group), path) is not None:
            yield Constraint(name, f"{group}.{path}", _words(request, f"{group}.{path}", name), _without(group, path))
    if request.pace != "relaxed" and profile.clock:
        name = f"a {request.pace} pace"
        yield Constraint(name, "pace", _words(request, "pace", name), _at_any_pace)
    if request.budget_cents is not None:
        name = f"a budget of {money(request.budget_cents or 0, request.currency)}"
        words = _words(request, "budget_cents", name)
        yield Constraint(name, "budget_cents", words, _with_field("budget_cents", None))


def stops_words(max_stops: int) -> str:
    """Return a limit of stops in words."""
    return f"at most {max_stops} stop{'s' if max_stops > 1 else ''} a flight" if max_stops else "non-stop flights only"


def _clock_constraints(request: TravelRequest, profile: Profile) -> Iterator[Constraint]:
    hours, transport = hours_in_force(request, profile), request.transport
    early, late = transport.earliest_departure_min, transport.latest_arrival_min
    for path, stated, limit, free, what in (
        ("earliest_departure_min", early, hours[0], 0, "no departure before"),
        ("latest_arrival_min", late, hours[1], LAST_MINUTE, "no arrival after"),
    ):
        if limit is not None:
            name = f"{what} {clock_words(limit)}"
            words = _words(request, f"transport.{path}", name) if stated is not None else f"{name} (assumed)"
            yield Constraint(name, f"transport.{path}", words, _at_other_hours(path, free, hours))


def _profile_constraints(profile: Profile) -> Iterator[Constraint]:
    """Yield what the realistic profile takes for granted beyond the hours of departure and arrival."""
    clock = profile.clock
    if clock is None:
        return
    name = f"no night on a flight of less than {clock.min_overnight_min // 60} hours"
    any_night = replace(clock, min_overnight_min=0, earliest_landing_min=0)
    yield Constraint(
        name, OVERNIGHT, f"{name} (assumed)", lambda t: Terms(t.request, replace(t.profile, clock=any_night))
    )
    name = f"at most {profile.max_drive_min // 60} hours on the road a day"
    yield Constraint(
        name, ROAD, f"{name} (assumed)", lambda t: Terms(t.request, replace(t.profile, max_drive_min=LAST_MINUTE))
    )


def _words(request: TravelRequest, path: str, name: str) -> str:
    quote = request.quote(path)
    return f"{name} (“{quote}”)" if quote else name


def _with(group: str, path: str, value: Any) -> Callable[[Terms], Terms]:
    def relax(terms: Terms) -> Terms:
        changed = getattr(terms.request, group).model_copy(update={path: value})
        return Terms(terms.request.model_copy(update={group: changed}), terms.profile)

    return relax


def _at_any_pace(terms: Terms) -> Terms:
    return Terms(terms.request, replace(terms.profile, any_pace=True))


def _at_other_hours(path: str, free: int, hours: tuple[int | None, int | None]) -> Callable[[Terms], Terms]:
    """Give up one limit of the hours; drives may still keep to the hours that were asked for."""

    def relax(terms: Terms) -> Terms:
        freed = _with("transport", path, free)(terms)
        if freed.profile.clock is None:
            return freed
        early = 0 if hours[0] is None else hours[0]
        late = LAST_MINUTE if hours[1] is None else hours[1]
        one_freed = (early, LAST_MINUTE) if path == "latest_arrival_min" else (0, late)
        others = tuple(dict.fromkeys((*freed.profile.other_hours, (early, late), one_freed)))
        return Terms(freed.request, replace(freed.profile, other_hours=others))

    return relax


def _with_field(path: str, value: Any) -> Callable[[Terms], Terms]:
    return lambda terms: Terms(terms.request.model_copy(update={path: value}), terms.profile)


def _without(group: str, path: str) -> Callable[[Terms], Terms]:
    return _with(group, path, None)


def _without_item(group: str, path: str, item: str) -> Callable[[Terms], Terms]:
    def relax(terms: Terms) -> Terms:
        rest = tuple(other for other in getattr(getattr(terms.request, group), path) if other != item)
        return _with(group, path, rest)(terms)

    return relax
