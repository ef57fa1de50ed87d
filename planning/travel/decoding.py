"""From the values of a solved model to an `Itinerary`: who eats, sleeps and visits where and when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from planning.travel.candidates import DAY_MIN, Candidates, CityOffer, Dining, Lodging, Option, Sight
from planning.travel.encoding import Encoding, num_visits
from planning.travel.inventory import Inventory
from planning.travel.itinerary import Day, Itinerary, Leg, Meal, Night, Visit
from planning.travel.network import Stay
from planning.travel.profile import MEALS


def decode(encoding: Encoding, values: Mapping[str, int], inventory: Inventory) -> Itinerary:
    """Return the itinerary that an assignment of the model's variables stands for."""
    chosen = _Choice.of(encoding, values)
    candidates = encoding.candidates
    days = [_day(candidates, chosen, number) for number in range(chosen.first_day, chosen.last_day + 1)]
    return Itinerary(
        profile=candidates.profile.name,
        origin=candidates.request.origin,
        num_people=candidates.request.num_people,
        currency=inventory.currency,
        inventory=inventory.label,
        is_synthetic=inventory.is_synthetic,
        cost_cents=sum(coefficient * values[v.name] for v, coefficient in encoding.cost),
        objective=sum(coefficient * values[v.name] for v, coefficient in encoding.score),
        days=tuple(days),
    )


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
    for start, option in legs.items():
        slots.get(option.origin, []).extend((start, meal) for meal in option.meals_before)
        slots.get(option.destination, []).extend((start + option.nights_aboard, meal) for meal in option.meals_after)
    for stay in stays:
        slots[stay.city] += _extra_slots(encoding, values, stay)
    meals: dict[int, list[tuple[int, Dining]]] = {}
    for city, times in slots.items():
        dinings = [dining for dining, v in encoding.dinings if values[v.name] and dining.record.city == city]
        dinings.sort(key=lambda dining: dining.cost_cents)
        in_order = sorted(times, key=lambda time: (time[1], time[0]))
        for (day, meal), dining in zip(in_order, dinings, strict=True):
            meals.setdefault(day, []).append((meal, dining))
    return {day: sorted(items, key=lambda item: item[0]) for day, items in meals.items()}


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
    for stay, offer in zip(stays, offers, strict=True):
        if stay.city not in timed_cities:
            # Where all attractions serve equally well the model leaves the choice open: the first ones are taken.
            once = {sight.record.name: sight for sight in reversed(offer.sights) if untimed.get(id(sight), 1)}
            sights = list(reversed(once.values()))
            days = stay.full_days
            if not any(sight.record.city == stay.city for sight, _ in encoding.sights):
                sights = sights[: num_visits(encoding, offer, stay)[0] * len(days)]
            for number, sight in enumerate(sights if days else ()):
                visits.setdefault(days[number % len(days)], []).append((number // len(days), sight))
    return {day: sorted(items, key=lambda item: item[0]) for day, items in visits.items()}


def _free_visits(
    candidates: Candidates, legs: Mapping[int, Option], visits: Mapping[int, list[tuple[int, Sight]]]
) -> dict[int, list[tuple[int, Sight]]]:
    """Fill the parts of travel days that are spent in a city with attractions that cost nothing.

    The model asks for visits on full days only. These change neither the cost nor, while ratings do not count, the
    objective; where they count, travel days stay as they are.
    """
    clock = candidates.profile.clock
    if clock is None or candidates.request.objective.rating:
        return {}
    used = {(sight.record.name, sight.record.city) for items in visits.values() for _, sight in items}
    found: dict[int, list[tuple[int, Sight]]] = {}
    for city, day, since, until in _hours_on_travel_days(legs):
        sights = candidates.offers[city].sights if city in candidates.offers else ()
        for number, slot in enumerate(clock.visits):
            today = [taken for taken, _ in found.get(day, ())]
            if number in today or len(today) >= candidates.min_visits_a_day:
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
    return Day(
        day=candidates.request.dates.earliest + timedelta(days=number),
        city=None if aboard else city,
        leg=_leg(option) if option else None,
        meals=tuple(_meal(candidates, meal, dining) for meal, dining in chosen.meals.get(number, [])),
        visits=tuple(_visit(candidates, slot, sight) for slot, sight in chosen.visits.get(number, [])),
        night=_night(candidates, chosen, inside, number) if inside else None,
        check_out_min=check_out,
    )


def _leg(option: Option) -> Leg:
    return Leg(
        mode=option.mode,
        origin=option.origin,
        destination=option.destination,
        depart_min=option.depart_min,
        arrive_min=option.arrive_min,
        leave_min=option.leave_min,
        reach_min=option.reach_min,
        duration_min=option.duration_min,
        cost_cents=option.cost_cents,
        record=option.record,
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
    if clock and number == stay.start:
        reach = next(
            option.reach_min - option.nights_aboard * DAY_MIN
            for start, option in chosen.legs.items()
            if option.destination == stay.city
            and option.reach_min is not None
            and start + option.nights_aboard == number
        )
        check_in = max(clock.check_in_min, reach)
    return Night(lodging.rooms, check_in, lodging.cost_cents // lodging.num_nights, lodging.record)
