"""From the values of a solved model to an `Itinerary`: who eats, sleeps and visits where and when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from planning.travel.candidates import DAY_MIN, Candidates, CityOffer, Dining, Held, Lodging, Option, Past, Sight
from planning.travel.encoding import Encoding
from planning.travel.encoding_visits import full_days_to_come, num_visits
from planning.travel.group_decoding import decode_parties, leg_of
from planning.travel.inventory import Inventory
from planning.travel.itinerary import Day, Itinerary, Meal, Night, Visit
from planning.travel.network import Stay
from planning.travel.profile import MEALS


def decode(encoding: Encoding, values: Mapping[str, int], inventory: Inventory) -> Itinerary:
    """Return the itinerary that an assignment of the model's variables stands for."""
    chosen = _Choice.of(encoding, values)
    candidates, past = encoding.candidates, encoding.candidates.past
    first = max(chosen.first_day, past.today) if past else chosen.first_day
    days = [_day(candidates, chosen, number) for number in range(first, chosen.last_day + 1)]
    if past:
        days = [*past.days, *(_after(past.day, day) for day in days[:1]), *days[1:]]
    return Itinerary(
        profile=candidates.profile.name,
        origin=candidates.request.origin,
        num_people=candidates.request.num_people,
        currency=inventory.currency,
        inventory=inventory.label,
        is_synthetic=inventory.is_synthetic,
        cost_cents=sum(coefficient * values[v.name] for v, coefficient in encoding.cost)
        + (past.cost_cents if past else 0),
        objective=sum(coefficient * values[v.name] for v, coefficient in encoding.score) + (past.score if past else 0),
        days=tuple(days),
        parties=decode_parties(encoding, values, days, chosen.stays) if candidates.joining else (),
    )


def _after(had: Day | None, day: Day) -> Day:
    """Return a day with what was had of it before."""
    if had is None:
        return day
    return replace(day, meals=(*had.meals, *day.meals), visits=(*had.visits, *day.visits))


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the model chose, by day: legs by the day they start, meals and visits by day."""

    stays: tuple[Stay, ...]
    legs: dict[int, Option]
    lodgings: tuple[Lodging, ...]
    meals: dict[int, list[tuple[int, Dining]]]
    visits: dict[int, list[tuple[int, Sight]]]
    first_day: int
    last_day: int

    @classmethod
    def of(cls, encoding: Encoding, values: Mapping[str, int]) -> "_Choice":
        stays = sorted((stay for stay, v in encoding.stays if values[v.name]), key=lambda stay: stay.position)
        offers = [encoding.candidates.offers[stay.city] for stay in stays]
        ways = {leg: option for leg, option, v in encoding.legs if values[v.name]}
        legs = {}
        for leg, option in ways.items():
            start = stays[0].start - option.nights_aboard if leg == 0 else stays[leg - 1].end
            legs[start] = option
        visits = _visits(encoding, values, stays, offers)
        return cls(
            stays=tuple(stays),
            legs=legs,
            lodgings=tuple(_lodging(encoding, values, stay, offer) for stay, offer in zip(stays, offers, strict=True)),
            meals=_meals(encoding, values, stays, legs),
            visits=visits | _free_visits(encoding.candidates, legs, visits),
            first_day=min(legs),
            last_day=max(start + option.nights_aboard for start, option in legs.items()),
        )


def _lodging(encoding: Encoding, values: Mapping[str, int], stay: Stay, offer: CityOffer) -> Lodging:
    options = offer.lodgings[stay.num_nights]
    if len(options) == 1:
        return options[0]
    return next(
        lodging
        for lodging, v in encoding.lodgings
        if values[v.name] and lodging.record.city == stay.city and lodging.num_nights == stay.num_nights
    )


def _meals(
    encoding: Encoding, values: Mapping[str, int], stays: list[Stay], legs: Mapping[int, Option]
) -> dict[int, list[tuple[int, Dining]]]:
    """Spread the restaurants of each city over its meals: the least expensive ones serve breakfast."""
    slots: dict[str, list[tuple[int, int]]] = {stay.city: [] for stay in stays}
    for stay in stays:
        slots[stay.city] += [(day, meal) for day in stay.full_days for meal in range(len(MEALS))]
    home = encoding.candidates.request.origin if encoding.candidates.joining else None
    for start, option in legs.items():
        if home not in (option.origin, option.destination):
            slots.get(option.origin, []).extend((start, meal) for meal in option.meals_before)
            reached = start + option.nights_aboard
            slots.get(option.destination, []).extend((reached, meal) for meal in option.meals_after)
    for city, outward, meal, variable in encoding.meetings:
        if values[variable.name]:
            slots[city].append((stays[0].start if outward else stays[-1].end, meal))
    for stay in stays:
        slots[stay.city] += _extra_slots(encoding, values, stay)
    past = encoding.candidates.past
    if past:
        slots = {city: [time for time in times if not _is_over(past, *time)] for city, times in slots.items()}
    meals: dict[int, list[tuple[int, Dining]]] = {}
    for city, times in slots.items():
        dinings = [dining for dining, v in encoding.dinings if values[v.name] and dining.record.city == city]
        dinings.sort(key=lambda dining: dining.cost_cents)
        in_order = sorted(times, key=lambda time: (time[1], time[0]))
        for (day, meal), dining in _assigned(in_order, dinings, encoding.candidates.held):
            meals.setdefault(day, []).append((meal, dining))
    return {day: sorted(items, key=lambda item: item[0]) for day, items in meals.items()}


def _is_over(past: Past, day: int, meal: int) -> bool:
    """Tell whether a meal has been had, or begun."""
    return day < past.today or (
        day == past.today and past.day is not None and MEALS[meal] in [had.slot for had in past.day.meals]
    )


P = TypeVar("P", Dining, Sight)


def _assigned(slots: Sequence[tuple[int, int]], items: Sequence[P], held: Held) -> Iterator[tuple[tuple[int, int], P]]:
    """Give each item a slot: the one that it is held for, else one of that day, else the first that is left."""
    left, waiting = list(slots), list(items)
    for to_the_hour in (True, False) if held.times else ():
        for item in [item for item in waiting if item.record in held.times]:
            day, part = held.times[item.record]
            slot = next((s for s in left if s == (day, part) or (s[0] == day and not to_the_hour)), None)
            if slot is not None:
                left.remove(slot)
                waiting.remove(item)
                yield slot, item
    yield from zip(left, waiting, strict=True)


def _extra_slots(encoding: Encoding, values: Mapping[str, int], stay: Stay) -> list[tuple[int, int]]:
    """Return the optional meals of a stay: from breakfast on before leaving, up to dinner after arriving."""
    found = []
    for city, position, which, variable in encoding.extra_meals:
        if city == stay.city and position == stay.position:
            count = values[variable.name]
            if which == "arrival":
                found += [(stay.start, len(MEALS) - 1 - n) for n in range(count)]
            else:
                found += [(stay.end, n) for n in range(count)]
    return found


def _visits(
    encoding: Encoding, values: Mapping[str, int], stays: list[Stay], offers: list[CityOffer]
) -> dict[int, list[tuple[int, Sight]]]:
    visits: dict[int, list[tuple[int, Sight]]] = {}
    for sight, day, slot, variable in encoding.timed_sights:
        if values[variable.name]:
            visits.setdefault(day, []).append((slot, sight))
    untimed = {id(sight): values[variable.name] for sight, variable in encoding.sights}
    timed_cities = {sight.record.city for sight, *_ in encoding.timed_sights}
    if encoding.candidates.past and encoding.candidates.profile.clock:
        timed_cities |= {city for city, *_ in encoding.candidates.past.stays}
    for stay, offer in zip(stays, offers, strict=True):
        if stay.city not in timed_cities:
            # Where all attractions serve equally well the model leaves the choice open: the first ones are taken.
            once = {sight.record.name: sight for sight in reversed(offer.sights) if untimed.get(id(sight), 1)}
            sights = list(reversed(once.values()))
            days = full_days_to_come(encoding, stay)
            if not any(sight.record.city == stay.city for sight, _ in encoding.sights):
                sights = sights[: num_visits(encoding, offer, stay)[0] * len(days)]
            slots = [(days[number % len(days)], number // len(days)) for number in range(len(sights) if days else 0)]
            for (day, part), sight in _assigned(slots, sights if days else [], encoding.candidates.held):
                visits.setdefault(day, []).append((part, sight))
    return {day: sorted(items, key=lambda item: item[0]) for day, items in visits.items()}


def _free_visits(
    candidates: Candidates, legs: Mapping[int, Option], visits: Mapping[int, list[tuple[int, Sight]]]
) -> dict[int, list[tuple[int, Sight]]]:
    """Fill the parts of travel days that are spent in a city with attractions that cost nothing.

    The model asks for visits on full days only. These change neither the cost nor, while ratings do not count, the
    objective; where they count, travel days stay as they are.
    """
    clock = candidates.profile.clock
    if clock is None or candidates.request.objective.rating or candidates.joining:
        return {}
    used = {(sight.record.name, sight.record.city) for items in visits.values() for _, sight in items}
    found: dict[int, list[tuple[int, Sight]]] = {}
    past = candidates.past
    for city, day, since, until in _hours_on_travel_days(legs):
        sights: Sequence[Sight] = candidates.offers[city].sights if city in candidates.offers else ()
        sights = sorted(sights, key=lambda sight: sight.record not in candidates.held.times)
        for number, slot in enumerate(clock.visits):
            today = [taken for taken, _ in found.get(day, ())]
            had = len(past.day.visits) if past and past.day and day == past.today else 0
            if number in today or len(today) + had >= candidates.min_visits_a_day:
                continue
            if past and (day, slot.start_min) < (past.today, past.free_from_min):
                continue
            free = (s for s in sights if s.cost_cents == 0 and _is_open(s, day, number))
            sight = next((s for s in free if (s.record.name, city) not in used), None)
            if sight and since <= slot.start_min and slot.end_min <= until:
                used.add((sight.record.name, city))
                found.setdefault(day, []).append((number, sight))
    return found


def _is_open(sight: Sight, day: int, slot: int) -> bool:
    return sight.openings is None or (day, slot) in sight.openings


def _hours_on_travel_days(legs: Mapping[int, Option]) -> Iterator[tuple[str, int, int, int]]:
    """Yield (city, day, from, to) for the cities left and reached by the legs, in local minutes."""
    for start, option in legs.items():
        assert option.leave_min is not None
        assert option.reach_min is not None
        aboard = option.nights_aboard
        yield option.origin, start, 0, option.leave_min
        yield option.destination, start + aboard, option.reach_min - aboard * DAY_MIN, DAY_MIN


def _day(candidates: Candidates, chosen: _Choice, number: int) -> Day:
    clock = candidates.profile.clock
    option = chosen.legs.get(number)
    inside = next((s for s in chosen.stays if s.start <= number < s.end), None)
    ended = next((s for s in chosen.stays if s.end == number), None)
    aboard = option is not None and option.nights_aboard > 0
    city = candidates.request.origin if number == chosen.last_day else inside.city if inside else None
    check_out = None
    if clock and ended and option and option.leave_min is not None:
        check_out = min(clock.check_out_min, option.leave_min)
    if clock and inside and _moves(candidates, chosen, inside, number):
        check_out = clock.check_out_min
    return Day(
        day=candidates.request.dates.earliest + timedelta(days=number),
        city=None if aboard else city,
        leg=leg_of(option) if option else None,
        meals=tuple(_meal(candidates, meal, dining) for meal, dining in chosen.meals.get(number, [])),
        visits=tuple(_visit(candidates, slot, sight) for slot, sight in chosen.visits.get(number, [])),
        night=_night(candidates, chosen, inside, number) if inside else None,
        check_out_min=check_out,
    )


def _meal(candidates: Candidates, meal: int, dining: Dining) -> Meal:
    clock = candidates.profile.clock
    if clock is None:
        return Meal(MEALS[meal], None, None, dining.cost_cents, dining.record)
    slot = clock.meals[meal]
    return Meal(slot.name, slot.start_min, slot.end_min, dining.cost_cents, dining.record)


def _visit(candidates: Candidates, slot: int, sight: Sight) -> Visit:
    clock = candidates.profile.clock
    if clock is None:
        return Visit("day", None, None, sight.cost_cents, sight.record)
    part = clock.visits[slot]
    return Visit(part.name, part.start_min, part.end_min, sight.cost_cents, sight.record)


def _night(candidates: Candidates, chosen: _Choice, stay: Stay, number: int) -> Night:
    lodging = chosen.lodgings[stay.position]
    clock = candidates.profile.clock
    check_in = None
    if clock and _moves(candidates, chosen, stay, number):
        assert candidates.past
        check_in = max(clock.check_in_min, candidates.past.free_from_min)
    elif clock and number == stay.start:
        reach = next(
            option.reach_min - option.nights_aboard * DAY_MIN
            for start, option in chosen.legs.items()
            if option.destination == stay.city
            and option.reach_min is not None
            and start + option.nights_aboard == number
        )
        check_in = max(clock.check_in_min, reach)
    return Night(lodging.rooms, check_in, lodging.rooms * lodging.record.price_cents, lodging.record)


def _moves(candidates: Candidates, chosen: _Choice, stay: Stay, number: int) -> bool:
    """Tell whether the traveller moves to another hotel of the city on a day: today only, in a stay that goes on."""
    past = candidates.past
    if past is None or number != past.today or not past.days or past.days[-1].night is None or stay.start == number:
        return False
    return past.days[-1].night.record != chosen.lodgings[stay.position].record
