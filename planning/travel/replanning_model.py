"""What is kept of the bookings, in the model of a trip: the terms of that row, and bounds on them by stay and leg."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from planning.travel.candidates import Candidates, Option
from planning.travel.encoding import Encoding
from planning.travel.itinerary import Itinerary
from planning.travel.network import Measure, Stay
from planning.travel.replanning_bookings import Booking, full_days
from solvers.milp import AT_MOST, Term


@dataclass(frozen=True, slots=True)
class Kept:
    """A booking, and the variables of which exactly one is 1 if it is kept, and none if it is not."""

    booking: Booking
    variables: tuple[Any, ...]

    @property
    def terms(self) -> list[Term]:
        """Return what keeping it adds to what is kept."""
        return [(variable, self.booking.weight) for variable in self.variables]


def keep_in(encoding: Encoding, bookings: Iterable[Booking]) -> list[Kept]:
    """Add to a model what tells which bookings are kept, wherever none of its own variables does."""
    places: dict[Any, list[Any]] = {}
    for dining, variable in encoding.dinings:
        places.setdefault(dining.record, []).append(variable)
    for sight, variable in encoding.sights:
        places.setdefault(sight.record, []).append(variable)
    for sight, _, _, variable in encoding.timed_sights:
        places.setdefault(sight.record, []).append(variable)
    kept = []
    for booking in bookings:
        if booking.kind in ("restaurant", "attraction"):
            variables = places.get(booking.record, [])
        elif booking.kind == "hotel":
            variables = _keep_night(encoding, booking)
        else:
            variables = _keep_leg(encoding, booking)
        kept.append(Kept(booking, tuple(variables)))
    return kept


def _day_number(candidates: Candidates, day: date) -> int:
    return (day - candidates.request.dates.earliest).days


def _keep_night(encoding: Encoding, booking: Booking) -> list[Any]:
    """A night is kept if the stay covers it and has its hotel."""
    day, offer = _day_number(encoding.candidates, booking.day), encoding.candidates.offers.get(booking.record.city)
    if offer is None:
        return []
    stays = [(stay, variable) for stay, variable in encoding.stays if stay.city == booking.record.city]
    alone = {nights for nights, lodgings in offer.lodgings.items() if [x.record for x in lodgings] == [booking.record]}
    covering = [variable for stay, variable in stays if stay.start <= day < stay.end]
    here = [variable for stay, variable in stays if stay.num_nights in alone]
    here += [variable for lodging, variable in encoding.lodgings if lodging.record == booking.record]
    if not here or not covering:
        return []
    return [_both(encoding, covering, here)]


def _keep_leg(encoding: Encoding, booking: Booking) -> list[Any]:
    """A leg is kept if it is made on its day; a road that is open every day, if the stay before it ends then."""
    day = _day_number(encoding.candidates, booking.day)
    ways = [
        (option, variable)
        for _, option, variable in encoding.legs
        if option.mode == booking.kind and option.record == booking.record and option.day in (None, day)
    ]
    any_day = [variable for option, variable in ways if option.day is None]
    if not any_day:
        return [variable for _, variable in ways]
    if booking.record.origin != encoding.candidates.request.origin:
        leaving = [v for stay, v in encoding.stays if stay.city == booking.record.origin and stay.end == day]
    elif encoding.starts:
        leaving = [variable for start, variable in encoding.starts if start == day]
    else:
        return any_day if day == 0 else []
    return [_both(encoding, leaving, any_day)] if leaving else []


def _both(encoding: Encoding, some: Sequence[Any], others: Sequence[Any]) -> Any:
    """Return a variable that can be 1 only if one of some and one of others is."""
    model = encoding.model
    both = model.binary(f"keep_{model.num_variables}_{model.num_rows}")
    model.add(f"{both.name}_there", [(both, 1), *((v, -1) for v in some)], AT_MOST, 0)
    model.add(f"{both.name}_that", [(both, 1), *((v, -1) for v in others)], AT_MOST, 0)
    return both


def most_kept(candidates: Candidates, bookings: Iterable[Booking]) -> Measure:
    """Return bounds: less the most that a stay and a leg of a trip can keep of the bookings."""
    nights: dict[tuple[str, int], int] = {}
    places: dict[str, list[int]] = {}
    legs: dict[tuple[str, Any], dict[int, int]] = {}
    for booking in bookings:
        day = _day_number(candidates, booking.day)
        if booking.kind == "hotel":
            nights[booking.city, day] = booking.weight
        elif booking.kind in ("restaurant", "attraction"):
            found = places.setdefault(booking.city, [0, 0])
            found[booking.kind == "attraction"] += booking.weight
        else:
            legs.setdefault((booking.kind, booking.record), {})[day] = booking.weight

    def of_stay(stay: Stay) -> float:
        eaten, seen = places.get(stay.city, (0, 0))
        slept = sum(nights.get((stay.city, day), 0) for day in range(stay.start, stay.end))
        return -float(slept + eaten + (seen if stay.full_days else 0))

    def of_leg(option: Option) -> float:
        by_day = legs.get((option.mode, option.record))
        if by_day is None:
            return 0.0
        return -float(max(by_day.values()) if option.day is None else by_day.get(option.day, 0))

    return of_stay, of_leg


def hint_of(encoding: Encoding, itinerary: Itinerary) -> Mapping[str, int]:
    """Return the values of the variables that stand for an itinerary, as far as the model still has them."""
    return dict(_hinted(encoding, itinerary))


def _hinted(encoding: Encoding, itinerary: Itinerary) -> Iterator[tuple[str, int]]:
    candidates = encoding.candidates
    number = {day.day: _day_number(candidates, day.day) for day in itinerary.days}
    legs = {(day.leg.mode, day.leg.record) for day in itinerary.days if day.leg}
    nights = {(number[day.day], day.night.record) for day in itinerary.days if day.night}
    meals = {meal.record for day in itinerary.days for meal in day.meals}
    full = [day for day, is_full in zip(itinerary.days, full_days(itinerary), strict=True) if is_full]
    visits = {visit.record: number[day.day] for day in full for visit in day.visits}
    slept = {(day, hotel.city) for day, hotel in nights}
    for stay, variable in encoding.stays:
        is_there = all((day, stay.city) in slept for day in range(stay.start, stay.end))
        ends = (stay.start - 1, stay.city) in slept or (stay.end, stay.city) in slept
        yield variable.name, int(is_there and not ends)
    for _, option, variable in encoding.legs:
        yield variable.name, int((option.mode, option.record) in legs)
    for lodging, variable in encoding.lodgings:
        count = sum(hotel == lodging.record for _, hotel in nights)
        yield variable.name, int(count == lodging.num_nights)
    for dining, variable in encoding.dinings:
        yield variable.name, int(dining.record in meals)
    for sight, variable in encoding.sights:
        yield variable.name, int(sight.record in visits)
    for sight, day, _, variable in encoding.timed_sights:
        yield variable.name, int(visits.get(sight.record) == day)
