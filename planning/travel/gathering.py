"""Collect the data of the formulation: what an inventory offers for a request, freed of what is dominated.

An item is dominated when another one serves every constraint as well and is no worse in cost and in score; leaving it
out changes neither the feasibility nor the optimum. What remains is small, whatever the size of the inventory.
"""

from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from planning.travel.candidates import (
    DAY_MIN,
    LAST_MINUTE,
    NOTHING_HELD,
    Candidates,
    CityOffer,
    Dining,
    Held,
    Lodging,
    Option,
    Sight,
)
from planning.travel.dominance import better_first, exactly_named, twin_names, undominated
from planning.travel.inventory import Attraction, City, Flight, Hotel, Inventory, Restaurant, Route
from planning.travel.profile import VISITS_A_DAY, Clock, Profile
from planning.travel.request import Mode, Party, TravelRequest

CAR_SEATS = {"self-driving": 5, "taxi": 4}
CENTS_PER_KM = {"self-driving": 5, "taxi": 100}

N = TypeVar("N", Hotel, Restaurant, Attraction)


def gather(request: TravelRequest, profile: Profile, inventory: Inventory, held: Held = NOTHING_HELD) -> Candidates:
    """Collect what the inventory offers for a request, filtered by its rules and freed of what is dominated.

    What is held passes the rules like everything else, and is not left out as dominated.
    """
    return Gatherer(request, profile, inventory, held).candidates()


def candidate_cities(request: TravelRequest, inventory: Inventory) -> tuple[City, ...]:
    """Return the cities that the trip may visit, in the order of the inventory."""
    named = set(request.destination.cities)
    room = request.destination.num_cities > len(named)
    region = request.destination.region
    return tuple(
        city
        for city in inventory.cities()
        if city.name != request.origin and (city.name in named or (room and region in (city.region, city.country)))
    )


def hours_in_force(request: TravelRequest, profile: Profile) -> tuple[int | None, int | None]:
    """Return the earliest departure and the latest arrival: as asked for, else the clock's, None without one."""
    clock, limit = profile.clock, request.transport
    earliest, latest = limit.earliest_departure_min, limit.latest_arrival_min
    if clock is None:
        return earliest, latest
    return (
        clock.earliest_departure_min if earliest is None else earliest,
        clock.latest_arrival_min if latest is None else latest,
    )


class Gatherer:
    """The state of one `gather`: the request read into plain numbers."""

    def __init__(self, request: TravelRequest, profile: Profile, inventory: Inventory, held: Held) -> None:
        self.request = request
        self.profile = profile
        self.inventory = inventory
        self.held = held
        self.people = request.num_people
        self.clock = profile.clock
        self.hours = hours_in_force(request, profile)
        self.avoided = {name.casefold() for name in request.places.avoid}
        self.must_see = {name.casefold() for name in request.places.must_see}
        self.wanted = {cuisine.casefold(): cuisine for cuisine in request.food.cuisines}
        self.window = [request.dates.earliest + timedelta(days=d) for d in range(request.dates.window_days)]
        self.last_start = len(self.window) - request.dates.num_days
        self.max_nights = request.dates.num_days - request.destination.num_cities
        self.visits_a_day = max(VISITS_A_DAY.values())
        self.min_visits_a_day = VISITS_A_DAY[request.pace] if profile.clock and not profile.any_pace else 1
        weights = request.objective
        # The score is the cost in cents, or a weighted sum in thirds of a cent: then one currency unit, one lost star
        # and one hour weigh 300 each, and a cent, a tenth of a star and a minute are whole.
        only_cost = weights.rating == weights.travel_time == 0
        self.cents_weight = 1 if only_cost else 3 * weights.cost
        self.tenth_weight = 30 * weights.rating
        self.minute_weight = 5 * weights.travel_time

    def candidates(self) -> Candidates:
        """Return what is on offer in every city of the trip, and the ways between them."""
        cities = candidate_cities(self.request, self.inventory)
        offers = {city.name: self.offer(city) for city in cities}
        return Candidates(
            self.request,
            self.profile,
            offers,
            self.all_options([c.name for c in cities]),
            self.visits_a_day,
            self.min_visits_a_day,
            self.held,
            joining=tuple((party, self.ways_of(party, [c.name for c in cities])) for party in self.request.group[1:]),
        )

    def ways_of(self, party: Party, cities: list[str]) -> tuple[Option, ...]:
        """Return the ways of a party of a group to all cities, and home again."""
        wish = self.request.destination.model_copy(update={"num_cities": 1})
        fields = {"origin": party.origin, "adults": party.adults, "children": party.children, "destination": wish}
        alone = Gatherer(
            self.request.model_copy(update={**fields, "group": ()}), self.profile, self.inventory, NOTHING_HELD
        )
        # Where the first party spends the night on the way, the others can start a day later.
        alone.last_start = len(self.window) - 1
        return tuple(option for options in alone.all_options(cities).values() for option in options)

    def travellers(self, origin: str, destination: str) -> int:
        """Return how many go from one city to another: all, or the first party, where it leaves or comes home."""
        return self.request.party_sizes[0] if self.request.origin in (origin, destination) else self.people

    def as_held(self, record: Any) -> Any:
        """Return a record if it is held: then it is of a kind of its own, which nothing else dominates."""
        return record if self.held.records and record in self.held.records else None

    def score(self, cost_cents: int, rating: float | None = None, count: int = 1, minutes: int = 0) -> int:
        """Return what the objective counts for something of that cost, rating and duration."""
        lost_tenths = 0 if rating is None else (50 - round(rating * 10)) * count
        return self.cents_weight * cost_cents + self.tenth_weight * lost_tenths + self.minute_weight * minutes

    # Legs

    def all_options(self, cities: list[str]) -> dict[tuple[str, str], tuple[Option, ...]]:
        """Return the ways between the origin and the cities, and among these, by their two ends."""
        origin = [self.request.origin]
        found: list[Option] = []
        zones = {city.name: city.time_zone for city in self.inventory.cities()}
        forbidden = self.request.transport.forbidden_modes
        last = len(self.window) - 1
        # A return flight that lands a day or two later leaves earlier than the last day.
        first_return = max(1, self.request.dates.num_days - 3) if self.clock else self.request.dates.num_days - 1
        legs = [(origin, cities, 0, self.last_start), (cities, origin, first_return, last)]
        if self.request.destination.num_cities > 1:
            legs.append((cities, cities, 1, last - 1))
        for starts, ends, first_day, last_day in legs:
            if "flight" not in forbidden:
                flights = self.inventory.flights(starts, ends, self.window[first_day], self.window[last_day])
                found += [option for flight in flights if (option := self.by_air(flight))]
            for route in self.roads(starts, ends):
                modes: tuple[Mode, ...] = ("self-driving", "taxi")
                for mode in modes:
                    found += self.by_road(route, mode, zones) if mode not in forbidden else []
        by_pair: dict[tuple[str, str], list[Option]] = {}
        for option in found:
            by_pair.setdefault((option.origin, option.destination), []).append(option)
        return {pair: self.best_options(options) for pair, options in by_pair.items() if pair[0] != pair[1]}

    def roads(self, starts: Sequence[str], ends: Sequence[str]) -> Sequence[Route]:
        """Return the roads; with exact names, of several rows for one road the first, as a look-up finds it."""
        routes = self.inventory.routes(starts, ends)
        if not self.profile.exact_names:
            return routes
        first: dict[tuple[str, str], Route] = {}
        for route in routes:
            first.setdefault((route.origin, route.destination), route)
        return tuple(first.values())

    def best_options(self, options: list[Option]) -> tuple[Option, ...]:
        """Return the ways that no other one is as good as, for every use that constraints tell apart."""

        def kind(option: Option) -> Hashable:
            return option.day, option.nights_aboard, *same_use(option), self.as_held(option.record)

        def same_use(option: Option) -> tuple[bool, tuple[int, ...], tuple[int, ...]]:
            return option.mode == "self-driving", option.meals_before, option.meals_after

        kept = undominated(options, kind, lambda o: (o.cost_cents, o.score))
        any_day: dict[Hashable, list[Option]] = {}
        for option in kept:
            if option.day is None:
                any_day.setdefault(same_use(option), []).append(option)
        # A road is open every day: it also dominates dearer flights of single days.
        return tuple(
            option
            for option in kept
            if option.day is None
            or option.nights_aboard > 0
            or self.as_held(option.record)
            or not any(
                o.cost_cents <= option.cost_cents and o.score <= option.score for o in any_day.get(same_use(option), [])
            )
        )

    def by_air(self, flight: Flight) -> Option | None:
        """Return a flight as a way, or None where the request or the clock forbids it."""
        limit = self.request.transport
        if limit.max_stops is not None and flight.stops > limit.max_stops:
            return None
        aboard = flight.arrive_min // DAY_MIN if self.clock else 0
        # A flight across the date line can land the day before it leaves: no day of the trip would be that one.
        if aboard < 0:
            return None
        if not self.times_allowed(flight.depart_min, flight.arrive_min, flight.duration_min):
            return None
        leave = reach = None
        before: tuple[int, ...] = ()
        after: tuple[int, ...] = ()
        if self.clock:
            leave = flight.depart_min - self.clock.before_flight_min
            reach = flight.arrive_min + self.clock.after_flight_min
            if leave < 0:
                return None
            before, after = self.meals(leave, reach, aboard, flight.origin, flight.destination)
        cost = flight.price_cents * self.travellers(flight.origin, flight.destination)
        return Option(
            mode="flight",
            origin=flight.origin,
            destination=flight.destination,
            day=(flight.day - self.window[0]).days,
            nights_aboard=aboard,
            depart_min=flight.depart_min,
            arrive_min=flight.arrive_min,
            leave_min=leave,
            reach_min=reach,
            duration_min=flight.duration_min,
            cost_cents=cost,
            score=self.score(cost, minutes=flight.duration_min),
            meals_before=before,
            meals_after=after,
            record=flight,
        )

    def times_allowed(self, depart_min: int, arrive_min: int, duration_min: int) -> bool:
        """Tell whether one may leave and arrive at these times."""
        earliest, latest = self.hours
        landing = arrive_min % DAY_MIN
        if self.clock:
            if arrive_min >= DAY_MIN and duration_min < self.clock.min_overnight_min:
                return False
            # In the small hours it is still last night: whoever has to arrive by some hour does not arrive then.
            if landing < self.clock.earliest_landing_min and latest is not None and latest < LAST_MINUTE:
                return False
        return (earliest is None or depart_min >= earliest) and (latest is None or landing <= latest)

    def meals(
        self, leave: int, reach: int, aboard: int, origin: str, destination: str
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the meals that fit before leaving and after reaching; at home nobody eats out."""
        assert self.clock
        home = self.request.origin
        slots = self.clock.meals
        before = tuple(i for i, slot in enumerate(slots) if slot.end_min <= leave) if origin != home else ()
        # Across the date line the clock can show an hour twice: nobody has a second lunch then.
        after = tuple(
            i
            for i, slot in enumerate(slots)
            if slot.start_min >= reach - aboard * DAY_MIN and (aboard or i not in before)
        )
        return before, after if destination != home else ()

    def by_road(self, route: Route, mode: Mode, zones: dict[str, str]) -> list[Option]:
        """Return the ways that a road is driven: on any day, or at each time that may matter."""
        if route.duration_min > self.profile.max_drive_min:
            return []
        if not self.clock:
            return [self.on_road(route, mode, None, None, 0)]
        shifts = [zone_shift_min(zones[route.origin], zones[route.destination], day) for day in self.window]
        # A road is the same every day, but where the clocks of its ends change on different days of the window.
        days: list[tuple[int | None, int]] = [(None, shifts[0])] if len(set(shifts)) == 1 else list(enumerate(shifts))
        options = []
        for day, shift in days:
            starts = self.drive_starts(route.duration_min + shift, self.clock)
            options += [self.on_road(route, mode, day, depart, shift) for depart in starts]
        return options

    def on_road(self, route: Route, mode: Mode, day: int | None, depart_min: int | None, shift_min: int) -> Option:
        """Return one drive."""
        cost = int(route.distance_km * CENTS_PER_KM[mode] / 100) * 100
        cost *= -(-self.travellers(route.origin, route.destination) // CAR_SEATS[mode])
        arrive_min = None
        before: tuple[int, ...] = ()
        after: tuple[int, ...] = ()
        if depart_min is not None:
            arrive_min = depart_min + route.duration_min + shift_min
            before, after = self.meals(depart_min, arrive_min, 0, route.origin, route.destination)
        return Option(
            mode=mode,
            origin=route.origin,
            destination=route.destination,
            day=day,
            nights_aboard=0,
            depart_min=depart_min,
            arrive_min=arrive_min,
            leave_min=depart_min,
            reach_min=arrive_min,
            duration_min=route.duration_min,
            cost_cents=cost,
            score=self.score(cost, minutes=route.duration_min),
            meals_before=before,
            meals_after=after,
            record=route,
        )

    def drive_starts(self, local_duration_min: int, clock: Clock, not_before_min: int = 0) -> list[int]:
        """Return the usual time to start a drive, moved by the limits in force; none where they leave no time."""
        earliest, latest = self.hours
        assert earliest is not None
        assert latest is not None
        starts = []
        for first, last in dict.fromkeys(((earliest, latest), *self.profile.other_hours)):
            depart = min(max(clock.drive_start_min, first, not_before_min), last - local_duration_min)
            in_small_hours = last < LAST_MINUTE and depart + local_duration_min < clock.earliest_landing_min
            if depart >= max(first, not_before_min) and depart not in starts and not in_small_hours:
                starts.append(depart)
        return starts

    # Cities

    def offer(self, city: City) -> CityOffer:
        """Return what a city offers."""
        name = city.name
        hotels = self.named(self.inventory.hotels(name))
        restaurants = self.named(self.inventory.restaurants(name))
        attractions = self.named(self.inventory.attractions(name))
        sights = [self.sight(attraction) for attraction in better_first(attractions)]
        return CityOffer(
            city,
            self.lodgings(better_first(hotels)),
            self.dinings(better_first(restaurants)),
            self.best_sights(sights),
            len({sight.record.name for sight in sights}),
        )

    def named(self, items: Sequence[N]) -> list[N]:
        """Leave out what is to be avoided and, in an `exact_names` profile, what a look-up by substring would miss."""
        kept = [item for item in items if item.name.casefold() not in self.avoided]
        return exactly_named(items, kept) if self.profile.exact_names else kept

    def lodgings(self, hotels: Iterable[Hotel]) -> dict[int, tuple[Lodging, ...]]:
        """Return what is left of the hotels, by the number of nights."""
        allowed = [hotel for hotel in hotels if self.hotel_allowed(hotel)]
        return {nights: tuple(self.best_lodgings(allowed, nights)) for nights in range(1, self.max_nights + 1)}

    def best_lodgings(self, hotels: Iterable[Hotel], nights: int) -> list[Lodging]:
        """Return the hotels that no other one is as good as for so many nights."""
        options = []
        for hotel in hotels:
            if hotel.min_nights <= nights:
                rooms = num_rooms(self.request, hotel)
                cost = hotel.price_cents * rooms * nights
                options.append(Lodging(hotel, nights, rooms, cost, self.score(cost, hotel.rating, nights)))
        # What is cheaper for all can be dearer for one party, unless each needs as many rooms.
        has_budgets = any(party.budget_cents for party in self.request.group)

        def by_party(hotel: Hotel) -> tuple[int, ...]:
            return tuple(-(-n // hotel.max_occupancy) for n in self.request.party_sizes) if has_budgets else ()

        return undominated(
            options, lambda o: (self.as_held(o.record), by_party(o.record)), lambda o: (o.cost_cents, o.score)
        )

    def hotel_allowed(self, hotel: Hotel) -> bool:
        """Tell whether the request allows a hotel."""
        wish = self.request.lodging
        if wish.room_type == "not shared room":
            fits = hotel.room_type != "shared room"
        else:
            fits = wish.room_type in (None, hotel.room_type)
        return (
            fits
            and hotel.max_occupancy > 0
            and not any(f"no {rule}" in hotel.house_rules.casefold() for rule in wish.house_rules)
            and (wish.min_rating is None or hotel.rating >= wish.min_rating)
            and (wish.max_price_cents is None or hotel.price_cents <= wish.max_price_cents)
        )

    def dinings(self, restaurants: Iterable[Restaurant]) -> tuple[Dining, ...]:
        """Return what is left of the restaurants."""
        avoided = {cuisine.casefold() for cuisine in self.request.food.avoid_cuisines}
        options = []
        for restaurant in restaurants:
            served = {cuisine.casefold() for cuisine in restaurant.cuisines}
            if served.isdisjoint(avoided):
                cost = restaurant.price_cents * self.people
                wanted = frozenset(self.wanted[c] for c in served if c in self.wanted)
                options.append(Dining(restaurant, cost, self.score(cost, restaurant.rating), wanted))
        max_meals = 3 * (self.max_nights + 1)
        # A set of cuisines needs only as many restaurants as the longest stay has meals.
        # Rows of one name are one restaurant to the traveller: they stand in for no other.
        twins = twin_names(option.record.name for option in options)
        return tuple(
            undominated(
                options,
                lambda o: (o.cuisines, o.record.name if o.record.name in twins else "", self.as_held(o.record)),
                lambda o: (o.cost_cents, o.score),
                keep=max_meals,
            )
        )

    def sight(self, attraction: Attraction) -> Sight:
        """Return an attraction as something to be chosen."""
        cost = attraction.price_cents * self.people
        must = attraction.name.casefold() in self.must_see
        return Sight(attraction, cost, self.score(cost, attraction.rating), self.openings(attraction), must)

    def openings(self, attraction: Attraction) -> frozenset[tuple[int, int]] | None:
        """Return the visits (day, number in the day) that an attraction is open for; None: all of them."""
        if not self.clock:
            return None
        slots = [
            i
            for i, slot in enumerate(self.clock.visits[: self.visits_a_day])
            if attraction.opens_min <= slot.start_min and slot.end_min <= attraction.closes_min
        ]
        days = [d for d, day in enumerate(self.window) if day.weekday() not in attraction.closed_weekdays]
        if len(slots) == self.visits_a_day and len(days) == len(self.window):
            return None
        return frozenset((d, i) for d in days for i in slots)

    def best_sights(self, sights: Sequence[Sight]) -> tuple[Sight, ...]:
        """Return the attractions that no other one is as good as."""
        max_visits = self.visits_a_day * max(1, self.max_nights)
        alone = twin_names(sight.record.name for sight in sights) | {s.record.name for s in sights if s.is_must_see}
        return tuple(
            undominated(
                sights,
                lambda o: (o.openings, o.record.name if o.record.name in alone else "", self.as_held(o.record)),
                lambda o: (o.cost_cents, o.score),
                keep=max_visits,
            )
        )


def num_rooms(request: TravelRequest, hotel: Hotel) -> int:
    """Return how many rooms are needed: each party of a group has its own."""
    return sum(-(-people // hotel.max_occupancy) for people in request.party_sizes)


def zone_shift_min(origin_zone: str, destination_zone: str, day: date) -> int:
    """Return how many minutes the clocks at the destination are ahead at noon of a day; 0 where a zone is unknown."""
    if not origin_zone or not destination_zone or origin_zone == destination_zone:
        return 0
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(origin_zone))
    there = noon.astimezone(ZoneInfo(destination_zone)).utcoffset()
    here = noon.utcoffset()
    assert there is not None
    assert here is not None
    return int((there - here).total_seconds()) // 60
