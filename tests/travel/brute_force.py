"""The oracle: plan a tiny trip by trying every order of cities, every leg, hotel, set of meals and round of visits.

Written from the profiles and the request's fields alone; it shares no line with the planner. What it calls a trip:
a night or more in each city; one hotel a stay; a full day has three meals at three restaurants and as many visits as
the pace asks for (fewer where the city has not enough), in the first parts of the day; with a clock, a travel day has
the meals there is time for, and without one it has as many as the cuisines need, three at the most.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise, permutations, product
from typing import Any
from zoneinfo import ZoneInfo

from planning.travel.inventory import Attraction, Flight, Hotel, Inventory, Restaurant, Route
from planning.travel.itinerary import Day, Itinerary, Leg, Meal, Night, Visit
from planning.travel.profile import VISITS_A_DAY, Profile
from planning.travel.request import Mode, TravelRequest

DAY_MIN = 24 * 60
ALL_MEALS = ("breakfast", "lunch", "dinner")


@dataclass(frozen=True, slots=True)
class Move:
    """A leg that lands `nights` days later, with the meals had before it in the city left, and after it."""

    leg: Leg
    nights: int
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StayPlan:
    """What is chosen for a stay. `extra` are the optional meals on the day of arrival and on that of departure."""

    score: int
    cost: int
    cuisines: frozenset[str] = frozenset()
    musts: frozenset[str] = frozenset()
    extra: tuple[int, int] = (0, 0)
    hotel: Hotel | None = None
    restaurants: tuple[Restaurant, ...] = ()
    visits: tuple[tuple[int, int, Attraction], ...] = ()
    kept: int = 0
    rooms_cents: tuple[int, ...] = ()

    def beats(self, other: "StayPlan") -> bool:
        return (
            self.kept >= other.kept
            and all(mine <= its for mine, its in zip(self.rooms_cents, other.rooms_cents, strict=True))
            and self.score <= other.score
            and self.cost <= other.cost
            and self.cuisines >= other.cuisines
            and self.musts >= other.musts
            and self.extra[0] <= other.extra[0]
            and self.extra[1] <= other.extra[1]
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """A stay between two moves: in `city` from day `start` to day `end`."""

    city: str
    start: int
    end: int
    arrival: Move
    departure: Move


Moves = tuple[tuple[int, Move], ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """A trip with the weight of what it keeps of another one, its objective and its cost."""

    kept: int
    score: int
    cost: int
    moves: Moves
    plans: tuple[StayPlan, ...]

    @property
    def value(self) -> tuple[int, int, int]:
        return -self.kept, self.score, self.cost


def stops_of(moves: Moves) -> list[Stop]:
    """Return the stays between the moves of a route."""
    return [
        Stop(move.leg.destination, day + move.nights, leave, move, next_move)
        for (day, move), (leave, next_move) in pairwise(moves)
    ]


@dataclass(slots=True)
class BruteForce:
    """Everything that a request allows in an inventory.

    `held` is what keeping a booking weighs: ("leg", day, mode, row), ("night", day, row), ("meal", row) or
    ("visit", row).
    """

    request: TravelRequest
    profile: Profile
    inventory: Inventory
    held: dict[tuple[Any, ...], int] = field(default_factory=dict)
    moves_of: dict[tuple[int, str, str], list[Move]] = field(default_factory=dict)
    plans_of: dict[tuple[Any, ...], list[StayPlan]] = field(default_factory=dict)

    def best(self) -> Itinerary | None:
        """Return the trip that keeps most, of those the one of least objective, and of those the cheapest."""
        best: Priced | None = None
        for moves in self.routes():
            priced = self.priced(moves, best)
            best = priced or best
        return None if best is None else self.itinerary(best)

    def priced(self, moves: Moves, best: "Priced | None" = None) -> "Priced | None":
        """Return the best trip along a route, or None where there is none, or none better than `best`."""
        choices = [self.stay_plans(stop) for stop in stops_of(moves)]
        cost = sum(move.leg.cost_cents for _, move in moves)
        score = self.score(cost, minutes=sum(move.leg.duration_min for _, move in moves))
        kept = sum(self.held.get(("leg", day, move.leg.mode, move.leg.record), 0) for day, move in moves)
        most_kept = kept + sum(max((plan.kept for plan in plans), default=0) for plans in choices)
        least = score + sum(min((plan.score for plan in plans), default=0) for plans in choices)
        if best and (-most_kept, least) > best.value[:2]:
            return None
        found = None
        for plans in product(*choices):
            priced = Priced(
                kept + sum(plan.kept for plan in plans),
                score + sum(plan.score for plan in plans),
                cost + sum(plan.cost for plan in plans),
                moves,
                plans,
            )
            if (best is None or priced.value < best.value) and self.is_allowed(plans, priced.cost):
                found = best = priced
        return found

    def score(self, cost: int, ratings: Sequence[float | None] = (), minutes: int = 0) -> int:
        weights = self.request.objective
        if not weights.rating and not weights.travel_time:
            return cost
        tenths = sum(round(50 - 10 * rating) for rating in ratings if rating is not None)
        return 3 * weights.cost * cost + 30 * weights.rating * tenths + 5 * weights.travel_time * minutes

    def is_allowed(self, plans: Sequence[StayPlan], cost: int) -> bool:
        wanted = {cuisine.casefold() for cuisine in self.request.food.cuisines}
        musts = {name.casefold() for name in self.request.places.must_see}
        budget = self.request.budget_cents
        return (
            (budget is None or cost <= budget)
            and wanted <= frozenset[str]().union(*(plan.cuisines for plan in plans))
            and musts <= frozenset[str]().union(*(plan.musts for plan in plans))
            and all(a.extra[1] + b.extra[0] <= 3 for a, b in pairwise(plans))
        )

    # Routes: which city when, and by which moves

    def routes(self) -> Iterator[Moves]:
        dates, named = self.request.dates, set(self.request.destination.cities)
        for first in range(dates.window_days - dates.num_days + 1):
            last = first + dates.num_days - 1
            for moves in self.extended((), self.request.origin, [first], last):
                modes = {move.leg.mode for _, move in moves}
                visited = {move.leg.destination for _, move in moves}
                if named <= visited and ("self-driving" not in modes or len(modes) == 1):
                    yield moves

    def extended(self, done: Moves, here: str, days: Sequence[int], last: int) -> Iterator[Moves]:
        """Continue a route that has come to a city and can leave it on some days, all the way home."""
        homeward = len(done) == self.request.destination.num_cities
        visited = {move.leg.destination for _, move in done}
        targets = [self.request.origin] if homeward else [c for c in self.destinations() if c not in visited]
        for day, target in product(days, targets):
            for move in self.moves(day, here, target):
                reached = day + move.nights
                if homeward and reached == last:
                    yield (*done, (day, move))
                elif not homeward:
                    yield from self.extended((*done, (day, move)), target, range(reached + 1, last + 1), last)

    def destinations(self) -> list[str]:
        wish = self.request.destination
        free = wish.num_cities > len(wish.cities)
        return [
            city.name
            for city in self.inventory.cities()
            if city.name != self.request.origin
            and (city.name in wish.cities or (free and wish.region in (city.region, city.country)))
        ]

    def moves(self, day: int, here: str, there: str) -> list[Move]:
        key = (day, here, there)
        if key not in self.moves_of:
            on = self.request.dates.earliest + timedelta(days=day)
            found = [self.by_air(row) for row in self.inventory.flights([here], [there], on, on)]
            for row in self.inventory.routes([here], [there]):
                found += [*self.by_road(row, "self-driving", on), *self.by_road(row, "taxi", on)]
            forbidden = self.request.transport.forbidden_modes
            self.moves_of[key] = [move for move in found if move and move.leg.mode not in forbidden]
        return self.moves_of[key]

    def limits(self) -> tuple[int, int]:
        """Return the earliest departure and the latest arrival: as asked for, or the clock's, or none."""
        wish, clock = self.request.transport, self.profile.clock
        early, late = (clock.earliest_departure_min, clock.latest_arrival_min) if clock else (0, DAY_MIN)
        if wish.earliest_departure_min is not None:
            early = wish.earliest_departure_min
        return early, late if wish.latest_arrival_min is None else wish.latest_arrival_min

    def is_small_hour(self, arrive_min: int) -> bool:
        """Tell whether an arrival is too early in the morning for who has not said that any hour will do."""
        clock, (_, late) = self.profile.clock, self.limits()
        return clock is not None and late < DAY_MIN - 1 and arrive_min % DAY_MIN < clock.earliest_landing_min

    def by_air(self, row: Flight) -> Move | None:
        clock, (early, late) = self.profile.clock, self.limits()
        stops = self.request.transport.max_stops
        too_many_stops = stops is not None and row.stops > stops
        if too_many_stops or row.depart_min < early or row.arrive_min % DAY_MIN > late or row.arrive_min < 0:
            return None
        cost = row.price_cents * self.request.num_people
        leg = Leg(
            "flight",
            row.origin,
            row.destination,
            row.depart_min,
            row.arrive_min,
            None,
            None,
            row.duration_min,
            cost,
            row,
        )
        if clock is None:
            return Move(leg, 0, (), ())
        leave, reach = row.depart_min - clock.before_flight_min, row.arrive_min + clock.after_flight_min
        nights = row.arrive_min // DAY_MIN
        too_short = nights > 0 and row.duration_min < clock.min_overnight_min
        if leave < 0 or too_short or self.is_small_hour(row.arrive_min):
            return None
        return self.with_meals(replace(leg, leave_min=leave, reach_min=reach), nights)

    def by_road(self, row: Route, mode: Mode, on: date) -> list[Move]:
        people, clock = self.request.num_people, self.profile.clock
        if row.duration_min > self.profile.max_drive_min:
            return []
        seats, tariff = (5, int(row.distance_km * 0.05)) if mode == "self-driving" else (4, int(row.distance_km))
        cost = tariff * 100 * (people // seats + (people % seats > 0))
        leg = Leg(mode, row.origin, row.destination, None, None, None, None, row.duration_min, cost, row)
        if clock is None:
            return [Move(leg, 0, (), ())]
        lasts = row.duration_min + self.clock_change_min(row, on)
        moves = []
        for early, late in (self.limits(), *self.profile.other_hours):
            depart = min(max(clock.drive_start_min, early), late - lasts)
            arrive = depart + lasts
            if depart >= early and not self.is_small_hour(arrive):
                timed = replace(leg, depart_min=depart, leave_min=depart, arrive_min=arrive, reach_min=arrive)
                moves.append(self.with_meals(timed, 0))
        return moves

    def clock_change_min(self, row: Route, on: date) -> int:
        zones = {city.name: city.time_zone for city in self.inventory.cities()}
        if not zones[row.origin] or not zones[row.destination]:
            return 0
        noon = [
            datetime(on.year, on.month, on.day, 12, tzinfo=ZoneInfo(zones[c])) for c in (row.origin, row.destination)
        ]
        # Noon comes later in the west: local clocks there are behind by as much.
        return round((noon[0].timestamp() - noon[1].timestamp()) / 60)

    def with_meals(self, leg: Leg, nights: int) -> Move:
        assert self.profile.clock is not None
        assert leg.leave_min is not None
        assert leg.reach_min is not None
        slots, home = self.profile.clock.meals, self.request.origin
        reach = leg.reach_min - nights * DAY_MIN
        before = [i for i, slot in enumerate(slots) if leg.origin != home and slot.end_min <= leg.leave_min]
        after = [i for i, slot in enumerate(slots) if leg.destination != home and slot.start_min >= reach]
        return Move(leg, nights, tuple(before), tuple(after))

    # Stays: hotels, meals and visits

    def stay_plans(self, stop: Stop) -> list[StayPlan]:
        """Return the plans of a stay that no other one beats in everything."""
        key = (stop.city, stop.start, stop.end, stop.arrival.after, stop.departure.before)
        if key not in self.plans_of:
            num_full = stop.end - stop.start - 1
            meals = _unbeaten(self.meal_plans(stop.city, 3 * num_full + len(key[3]) + len(key[4])))
            visits = _unbeaten(self.visit_plans(stop.city, range(stop.start + 1, stop.end)))
            hotels = _unbeaten(self.hotel_plans(stop.city, range(stop.start, stop.end)))
            self.plans_of[key] = _unbeaten(_joined(*parts) for parts in product(hotels, meals, visits))
        return self.plans_of[key]

    def hotel_plans(self, city: str, days: range) -> Iterator[StayPlan]:
        wish, nights = self.request.lodging, len(days)
        for row in self.named(self.inventory.hotels(city)):
            refused = any(f"no {rule}" in row.house_rules.lower() for rule in wish.house_rules)
            poor = wish.min_rating is not None and row.rating < wish.min_rating
            dear = wish.max_price_cents is not None and row.price_cents > wish.max_price_cents
            other_room = wish.room_type not in (None, row.room_type, "not shared room")
            other_room |= wish.room_type == "not shared room" and row.room_type == "shared room"
            if not (refused or poor or dear or other_room) and nights >= row.min_nights:
                rooms_cents = tuple(nights * row.price_cents * rooms for rooms in self.rooms(row))
                cost = sum(rooms_cents)
                kept = sum(self.held.get(("night", day, row), 0) for day in days)
                score = self.score(cost, [row.rating] * nights)
                yield StayPlan(score, cost, hotel=row, kept=kept, rooms_cents=rooms_cents)

    def rooms(self, row: Hotel) -> tuple[int, ...]:
        """Return how many rooms each of those needs who have rooms of their own."""
        return ((self.request.num_people + row.max_occupancy - 1) // row.max_occupancy,)

    def meal_plans(self, city: str, num_meals: int) -> Iterator[StayPlan]:
        avoided = {cuisine.casefold() for cuisine in self.request.food.avoid_cuisines}
        wanted = {cuisine.casefold() for cuisine in self.request.food.cuisines}
        rows = [
            row
            for row in self.named(self.inventory.restaurants(city))
            if not any(cuisine.casefold() in avoided for cuisine in row.cuisines)
        ]
        is_wanted = wanted or any(("meal", row) in self.held for row in rows)
        optional = range(4) if self.profile.clock is None and is_wanted else range(1)
        for extra in product(optional, optional):
            for chosen in combinations(rows, num_meals + sum(extra)):
                if len({row.name for row in chosen}) == len(chosen):
                    cost = self.request.num_people * sum(row.price_cents for row in chosen)
                    served = {c.casefold() for row in chosen for c in row.cuisines} & wanted
                    score = self.score(cost, [row.rating for row in chosen])
                    kept = sum(self.held.get(("meal", row), 0) for row in chosen)
                    yield StayPlan(score, cost, frozenset(served), extra=extra, restaurants=chosen, kept=kept)

    def visit_plans(self, city: str, days: range) -> Iterator[StayPlan]:
        rows = self.named(self.inventory.attractions(city))
        fewest, most = VISITS_A_DAY[self.request.pace] if self.profile.clock and not self.profile.any_pace else 1, 3
        enough = len({row.name for row in rows}) // len(days) if days else 0
        if days and not enough:
            return
        musts = {name.casefold() for name in self.request.places.must_see}
        a_day = range(min(fewest, enough), min(most, enough) + 1)
        totals = range(a_day.start * len(days), (a_day.stop - 1) * len(days) + 1)
        for chosen in (rows_chosen for total in totals for rows_chosen in combinations(rows, total)):
            visits = self.round_of_visits(chosen, days, a_day, most)
            if visits is not None and len({row.name for row in chosen}) == len(chosen):
                cost = self.request.num_people * sum(row.price_cents for row in chosen)
                seen = frozenset(row.name.casefold() for row in chosen) & musts
                kept = sum(self.held.get(("visit", row), 0) for row in chosen)
                score = self.score(cost, [row.rating for row in chosen])
                yield StayPlan(score, cost, musts=seen, visits=visits, kept=kept)

    def round_of_visits(
        self, rows: Sequence[Attraction], days: range, a_day: range, num_slots: int
    ) -> tuple[tuple[int, int, Attraction], ...] | None:
        """Return a day and a part of it for each attraction, while it is open, or None where there is no such round."""
        if not days:
            return None if rows else ()
        for today in (some for count in a_day for some in permutations(rows, count)):
            rest = [row for row in rows if row not in today]
            for slots in combinations(range(num_slots), len(today)):
                if all(self.is_open(row, days[0], slot) for row, slot in zip(today, slots, strict=True)):
                    later = self.round_of_visits(rest, days[1:], a_day, num_slots)
                    if later is not None:
                        return (*((days[0], slot, row) for slot, row in zip(slots, today, strict=True)), *later)
                    break
        return None

    def is_open(self, row: Attraction, day: int, slot: int) -> bool:
        if self.profile.clock is None:
            return True
        part, weekday = self.profile.clock.visits[slot], (self.request.dates.earliest + timedelta(days=day)).weekday()
        return weekday not in row.closed_weekdays and row.opens_min <= part.start_min and part.end_min <= row.closes_min

    def named(self, rows: Sequence[Any]) -> list[Any]:
        avoided = {name.casefold() for name in self.request.places.avoid}
        kept = [row for row in rows if row.name.casefold() not in avoided]
        if self.profile.exact_names:
            kept = [row for row in kept if not any(row.name in other.name for other in rows if other is not row)]
        return kept

    # The itinerary

    def itinerary(self, trip: Priced) -> Itinerary:
        return Itinerary(
            profile=self.profile.name,
            origin=self.request.origin,
            num_people=self.request.num_people,
            currency=self.inventory.currency,
            inventory=self.inventory.label,
            is_synthetic=self.inventory.is_synthetic,
            cost_cents=trip.cost,
            objective=trip.score,
            days=tuple(_Diary(self, trip.moves, trip.plans).days()),
        )


@dataclass(frozen=True, slots=True)
class _Diary:
    """Writes the days of a chosen route with its plans."""

    world: BruteForce
    moves: Moves
    plans: tuple[StayPlan, ...]

    def days(self) -> Iterator[Day]:
        first, (leaves, home) = self.moves[0][0], self.moves[-1]
        meals = self.meals()
        for number in range(first, leaves + home.nights + 1):
            leg = next((move.leg for day, move in self.moves if day == number), None)
            nights = [self.night(number, i) for i in range(len(self.plans))]
            night = next((night for night in nights if night), None)
            at_home = number == leaves + home.nights
            yield Day(
                day=self.world.request.dates.earliest + timedelta(days=number),
                city=self.world.request.origin if at_home else night.record.city if night else None,
                leg=leg,
                meals=tuple(meals.get(number, ())),
                visits=tuple(self.visits(number)),
                night=night,
                check_out_min=self.check_out_min(number),
            )

    def span(self, i: int) -> tuple[int, int]:
        day, move = self.moves[i]
        return day + move.nights, self.moves[i + 1][0]

    def night(self, number: int, i: int) -> Night | None:
        (start, end), row, clock = self.span(i), self.plans[i].hotel, self.world.profile.clock
        if row is None or not start <= number < end:
            return None
        rooms = -(-self.world.request.num_people // row.max_occupancy)
        check_in = None
        if clock and number == start:
            move = self.moves[i][1]
            check_in = max(clock.check_in_min, (move.leg.reach_min or 0) - DAY_MIN * move.nights)
        return Night(rooms, check_in, rooms * row.price_cents, row)

    def check_out_min(self, number: int) -> int | None:
        clock, leaving = self.world.profile.clock, [move for day, move in self.moves[1:] if day == number]
        return min(clock.check_out_min, leaving[0].leg.leave_min or 0) if clock and leaving else None

    def meals(self) -> dict[int, list[Meal]]:
        found: dict[int, list[Meal]] = {}
        for i, plan in enumerate(self.plans):
            start, end = self.span(i)
            slots = [(start, meal) for meal in (*self.moves[i][1].after, *(2, 1, 0)[: plan.extra[0]])]
            slots += [(day, meal) for day in range(start + 1, end) for meal in range(3)]
            slots += [(end, meal) for meal in (*self.moves[i + 1][1].before, *range(plan.extra[1]))]
            for (day, meal), row in zip(slots, plan.restaurants, strict=True):
                found.setdefault(day, []).append(self.meal(meal, row))
        return found

    def meal(self, meal: int, row: Restaurant) -> Meal:
        cost, clock = row.price_cents * self.world.request.num_people, self.world.profile.clock
        start, end = (clock.meals[meal].start_min, clock.meals[meal].end_min) if clock else (None, None)
        return Meal(ALL_MEALS[meal], start, end, cost, row)

    def visits(self, number: int) -> Iterator[Visit]:
        clock = self.world.profile.clock
        for day, slot, row in (visit for plan in self.plans for visit in plan.visits):
            if day == number:
                cost = row.price_cents * self.world.request.num_people
                part = clock.visits[slot] if clock else None
                start, end = (part.start_min, part.end_min) if part else (None, None)
                yield Visit(part.name if part else "day", start, end, cost, row)


def _joined(hotel: StayPlan, meals: StayPlan, visits: StayPlan) -> StayPlan:
    return StayPlan(
        hotel.score + meals.score + visits.score,
        hotel.cost + meals.cost + visits.cost,
        meals.cuisines,
        visits.musts,
        meals.extra,
        hotel.hotel,
        meals.restaurants,
        visits.visits,
        hotel.kept + meals.kept + visits.kept,
        hotel.rooms_cents,
    )


def _unbeaten(plans: Iterable[StayPlan]) -> list[StayPlan]:
    """Leave out what another plan beats: whatever the rest of the trip is, it is as good with that one."""
    kept: list[StayPlan] = []
    for plan in plans:
        if not any(other.beats(plan) for other in kept):
            kept = [other for other in kept if not plan.beats(other)]
            kept.append(plan)
    return kept


def brute_force(request: TravelRequest, profile: Profile, inventory: Inventory) -> Itinerary | None:
    """Return the best trip by trying all of them, or None where there is none."""
    return BruteForce(request, profile, inventory).best()
