"""What has happened of a trip by now: fixed in what is gathered, and checked in what is planned."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from planning.travel.candidates import (
    DAY_MIN,
    Candidates,
    CityOffer,
    Dining,
    Held,
    Lodging,
    Option,
    Past,
    Sight,
)
from planning.travel.gathering import Gatherer, num_rooms, zone_shift_min
from planning.travel.inventory import City, Flight, Hotel, Inventory, Restaurant, Route
from planning.travel.itinerary import Day, Itinerary, Leg
from planning.travel.profile import PROFILES, Profile
from planning.travel.replanning_bookings import Booking, full_days
from planning.travel.replanning_changes import DisruptedInventory, Disruption
from planning.travel.request import Mode, TravelRequest
from planning.travel.rules import check_rules
from solvers.result import Verdict, Violation


def has_begun(itinerary: Itinerary, booking: Booking, now: datetime | None) -> bool:
    """Tell whether a booking of an itinerary has begun by now: a leg when it departs, a night when it is over.

    Without a clock, everything begins when its day is over.
    """
    if now is None:
        return False
    day = next((day for day in itinerary.days if day.day == booking.day), None)
    start = None if day is None else _start_min(day, booking)
    if start is None or booking.kind == "hotel":
        return booking.day < now.date()
    return datetime.combine(booking.day, datetime.min.time()) + timedelta(minutes=start) <= now


def _start_min(day: Day, booking: Booking) -> int | None:
    if isinstance(booking.record, Flight):
        has_clock = day.leg is None or day.leg.leave_min is not None
        return booking.record.depart_min if has_clock else None
    if booking.kind in ("self-driving", "taxi"):
        return day.leg.leave_min if day.leg else None
    return next((item.start_min for item in _items(day) if item.record == booking.record), None)


def past_of(itinerary: Itinerary, request: TravelRequest, now: datetime) -> Past:
    """Return what has happened of an itinerary by now, in local time of wherever the traveller is.

    Raises:
        ValueError: The trip is over, or its last leg has begun.
    """
    has_clock = PROFILES[itinerary.profile].clock is not None
    legs = [day for day in itinerary.days if day.leg and _has_left(day, day.leg, now)]
    if len(legs) == sum(day.leg is not None for day in itinerary.days):
        raise ValueError(f"by {now:%Y-%m-%d %H:%M} the last leg of the trip has begun: nothing is left to plan")
    before = tuple(day for day in itinerary.days if day.day < now.date()) if legs else ()
    current = next((day for day in itinerary.days if day.day == now.date() and legs and has_clock), None)
    today = None if current is None else _begun(current, now)
    had = [*before, *([today] if today else [])]
    minute = now.hour * 60 + now.minute
    ends = [item.end_min or 0 for item in _items(today)] if today else []
    return Past(
        today=(now.date() - request.dates.earliest).days,
        free_from_min=max([minute, *ends]) if has_clock else 0,
        days=before,
        day=today,
        legs=tuple(((day.day - request.dates.earliest).days, day.leg) for day in legs if day.leg),
        next_leg=next((day.leg for day in itinerary.days if day.leg and day not in legs and _is_on(day, now)), None),
        stays=_stays(legs, request),
        meals=_meals(itinerary, had, has_clock=has_clock),
        had=frozenset((item.record.name, item.record.city) for day in had for item in _items(day)),
        cuisines=frozenset(c.casefold() for day in had for meal in day.meals for c in meal.record.cuisines),
        seen=frozenset(visit.record.name.casefold() for day in had for visit in day.visits),
        cost_cents=sum(item.cost_cents for day in had for item in _items(day)),
        score=0,
    )


def _is_on(day: Day, now: datetime) -> bool:
    """Tell whether the leg of a day is for today."""
    record = day.leg.record if day.leg else None
    return (record.day if isinstance(record, Flight) else day.day) == now.date()


def _has_left(day: Day, leg: Leg, now: datetime) -> bool:
    if leg.leave_min is None:
        return day.day < now.date()
    start = leg.record.depart_min if isinstance(leg.record, Flight) else leg.leave_min
    on = leg.record.day if isinstance(leg.record, Flight) else day.day
    return datetime.combine(on, datetime.min.time()) + timedelta(minutes=start) <= now


def _begun(day: Day, now: datetime) -> Day:
    """Return a day with only the meals and visits that have begun."""
    minute = now.hour * 60 + now.minute
    return replace(
        day,
        meals=tuple(meal for meal in day.meals if (meal.start_min or 0) <= minute),
        visits=tuple(visit for visit in day.visits if (visit.start_min or 0) <= minute),
    )


def _stays(legs: Sequence[Day], request: TravelRequest) -> tuple[tuple[str, int, int | None], ...]:
    """Return the stays that have begun, or to which the traveller is on the way."""
    stays: list[tuple[str, int, int | None]] = []
    for day in legs:
        assert day.leg
        number = (day.day - request.dates.earliest).days
        if stays:
            stays[-1] = (*stays[-1][:2], number)
        stays.append((day.leg.destination, number + _nights_aboard(day.leg), None))
    return tuple(stays)


def _nights_aboard(leg: Leg) -> int:
    return 0 if leg.arrive_min is None or leg.leave_min is None else leg.arrive_min // DAY_MIN


def _meals(itinerary: Itinerary, had: Sequence[Day], *, has_clock: bool) -> dict[str, int]:
    """Count the meals had, by city; without a clock those of full days, because all others are optional."""
    full = dict(zip((day.day for day in itinerary.days), full_days(itinerary), strict=True))
    found: dict[str, int] = {}
    for day in had:
        for meal in day.meals if has_clock or full[day.day] else ():
            found[meal.record.city] = found.get(meal.record.city, 0) + 1
    return found


def check_rest(
    itinerary: Itinerary, request: TravelRequest, inventory: Inventory, disruption: Disruption, had: Sequence[Day]
) -> Verdict:
    """Check an itinerary by the rules, forgiving what has happened; and that it is fixed, and nothing lost is used.

    Args:
        itinerary: What is to be checked.
        request: What is asked for now.
        inventory: What could be booked before anything was lost or delayed.
        disruption: What happened.
        had: The days that are over and, of the last one, the meals and visits that have begun.
    """
    used = frozenset(record for day in had for record in _records(day))
    now = DisruptedInventory(inventory, Disruption(disruption.lost - used, disruption.delayed))
    verdict = check_rules(itinerary, request, now)
    alone = check_rules(replace(itinerary, days=tuple(had)), request, now)
    forgiven = {violation for violation in alone.violations if violation.rule in _ABOUT_SINGLE_ITEMS}
    over = {day.day.isoformat() for day in had}
    found = [
        violation
        for violation in verdict.violations
        if violation not in forgiven
        and not (violation.rule == "pace" and violation.reason[:10] in over)
        and not (violation.rule == "minimum_nights" and _left_early(violation.reason, disruption.lost & used))
    ]
    return Verdict(verdict.cost, (*found, *_broken_past(itinerary, disruption, had)))


_ABOUT_SINGLE_ITEMS = (
    *("house_rules", "room_type", "min_rating", "max_price", "forbidden_modes", "max_stops"),
    *("departure_and_arrival", "leg_clock", "avoid_cuisines", "avoid_places", "minimum_nights"),
)


def _left_early(reason: str, lost: frozenset[Any]) -> bool:
    """Tell whether it is about a hotel that was lost while the traveller was there."""
    return any(isinstance(row, Hotel) and reason.startswith(f"{row.name} in {row.city} takes") for row in lost)


def _records(day: Day) -> list[Any]:
    return [item.record for item in (day.leg, day.night, *_items(day)) if item]


def _items(day: Day) -> list[Any]:
    """Return the meals and the visits of a day."""
    return [*day.meals, *day.visits]


def _broken_past(itinerary: Itinerary, disruption: Disruption, had: Sequence[Day]) -> Iterator[Violation]:
    """Say what of an itinerary's past is not as it was, and what of its future is lost."""
    to_come = {day.day: _records(day) for day in itinerary.days}
    for day in had:
        now = next((other for other in itinerary.days if other.day == day.day), None)
        for item in _items(day):
            if now is None or item not in _items(now):
                yield Violation("past", f"{day.day}: {item.record.name} was visited, and is not any more")
        to_come[day.day] = [record for record in to_come.get(day.day, []) if record not in _records(day)]
    for day in had[:-1]:
        if day not in itinerary.days:
            yield Violation("past", f"{day.day} was another day")
    for records in to_come.values():
        for record in records:
            if record in disruption.lost:
                yield Violation("lost", f"{getattr(record, 'name', record)} cannot be had any more")


def gather_rest(request: TravelRequest, profile: Profile, inventory: Inventory, held: Held, past: Past) -> Candidates:
    """Collect what the inventory offers for the rest of a trip; what has happened is the only way it can have been."""
    gatherer = _RestGatherer(request, profile, inventory, held, past)
    had = [item for day in gatherer.had_days for item in _items(day)]
    score = sum(gatherer.score(item.cost_cents, item.record.rating) for item in had)
    return replace(gatherer.candidates(), past=replace(past, score=score))


class _RestGatherer(Gatherer):
    """Gathers what can still be done, whatever was done before."""

    def __init__(self, request: TravelRequest, profile: Profile, inventory: Inventory, held: Held, past: Past) -> None:
        super().__init__(request, profile, inventory, held)
        self.past = past
        self.had_days = [*past.days, *([past.day] if past.day else [])]

    # Legs

    def all_options(self, cities: list[str]) -> dict[tuple[str, str], tuple[Option, ...]]:
        found = super().all_options(cities)
        for day, leg in self.past.legs:
            pair = (leg.origin, leg.destination)
            found[pair] = (*found.get(pair, ()), self.made(day, leg))
        return found

    def best_options(self, options: list[Option]) -> tuple[Option, ...]:
        return super().best_options([option for option in options if self.past.is_to_come(option)])

    def made(self, day: int, leg: Leg) -> Option:
        """Return a leg that was made, whether or not it would be allowed now."""
        aboard = _nights_aboard(leg)
        before: tuple[int, ...] = ()
        after: tuple[int, ...] = ()
        if leg.leave_min is not None and leg.reach_min is not None:
            before, after = self.meals(leg.leave_min, leg.reach_min, aboard, leg.origin, leg.destination)
        return Option(
            mode=leg.mode,
            origin=leg.origin,
            destination=leg.destination,
            day=day,
            nights_aboard=aboard,
            depart_min=leg.depart_min,
            arrive_min=leg.arrive_min,
            leave_min=leg.leave_min,
            reach_min=leg.reach_min,
            duration_min=leg.duration_min,
            cost_cents=leg.cost_cents,
            score=self.score(leg.cost_cents, minutes=leg.duration_min),
            meals_before=before,
            meals_after=after,
            record=leg.record,
        )

    def by_road(self, route: Route, mode: Mode, zones: dict[str, str]) -> list[Option]:
        """Return the drives of every day that is left: today's starts later."""
        if route.duration_min > self.profile.max_drive_min:
            return []
        options = []
        for number in range(max(0, self.past.today), len(self.window)):
            if self.clock is None:
                options.append(self.on_road(route, mode, number, None, 0))
                continue
            shift = zone_shift_min(zones[route.origin], zones[route.destination], self.window[number])
            not_before = self.past.free_from_min if number == self.past.today else 0
            starts = self.drive_starts(route.duration_min + shift, self.clock, not_before)
            options += [self.on_road(route, mode, number, start, shift) for start in starts]
        return options

    # Cities

    def offer(self, city: City) -> CityOffer:
        offer = super().offer(city)
        stay = next((stay for stay in self.past.stays if stay[0] == city.name), None)
        if stay is None:
            return offer
        nights = [day.night.record for day in self.past.days if day.night and day.night.record.city == city.name]
        if stay[2] is None:
            return replace(offer, lodgings=self.lodgings_from_now(city, nights) if nights else offer.lodgings)
        over = self.stayed(nights, nights[-1], len(nights))
        return replace(offer, lodgings={len(nights): (over,)})

    def stayed(self, nights: Sequence[Hotel], hotel: Hotel, num_nights: int) -> Lodging:
        """Return some nights that were had in a city, and the others of the stay at a hotel."""
        all_nights = [*nights, *([hotel] * (num_nights - len(nights)))]
        costs = [night.price_cents * num_rooms(self.request, night) for night in all_nights]
        score = sum(self.score(cost, night.rating) for cost, night in zip(costs, all_nights, strict=True))
        return Lodging(hotel, num_nights, num_rooms(self.request, hotel), sum(costs), score)

    def lodgings_from_now(self, city: City, nights: Sequence[Hotel]) -> dict[int, tuple[Lodging, ...]]:
        """Return the lodgings of a stay that goes on: the hotel that it is at, or another one from tonight on."""
        here = nights[-1]
        at_this = next(count for count, hotel in enumerate([*reversed(nights), None]) if hotel != here)
        rows = self.inventory.hotels(city.name)
        allowed = [hotel for hotel in self.named(rows) if hotel != here and self.hotel_allowed(hotel)]
        may_leave = here.min_nights <= at_this or here not in rows
        may_stay = here in self.named(rows) and self.hotel_allowed(here)
        found: dict[int, tuple[Lodging, ...]] = {}
        for num_nights in range(len(nights), self.max_nights + 1):
            rest = num_nights - len(nights)
            lodgings = (
                [self.stayed(nights, here, num_nights)] if self.fits(here, at_this + rest, rest, may_stay) else []
            )
            if may_leave and rest:
                others = self.best_lodgings(allowed, rest)
                lodgings += [self.stayed(nights, other.record, num_nights) for other in others]
            elif may_leave and not lodgings:
                lodgings = [self.stayed(nights, here, num_nights)]
            found[num_nights] = tuple(lodgings)
        return found

    @staticmethod
    def fits(hotel: Hotel, num_nights: int, rest: int, may_stay: bool) -> bool:
        return hotel.min_nights <= num_nights and (may_stay or rest == 0)

    def dinings(self, restaurants: Iterable[Restaurant]) -> tuple[Dining, ...]:
        return super().dinings(row for row in restaurants if (row.name, row.city) not in self.past.had)

    def best_sights(self, sights: Sequence[Sight]) -> tuple[Sight, ...]:
        left = [sight for sight in sights if (sight.record.name, sight.record.city) not in self.past.had]
        return super().best_sights(left)

    def openings(self, attraction: Any) -> frozenset[tuple[int, int]] | None:
        """Return when an attraction is open; of today, what is left of it."""
        openings = super().openings(attraction)
        if not self.clock or attraction.city != self.past.city:
            return openings
        if openings is None:
            openings = frozenset((d, i) for d in range(len(self.window)) for i in range(self.visits_a_day))
        starts = [slot.start_min for slot in self.clock.visits]
        return frozenset(
            (d, i)
            for d, i in openings
            if d > self.past.today or (d == self.past.today and starts[i] >= self.past.free_from_min)
        )
