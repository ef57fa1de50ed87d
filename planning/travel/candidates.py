"""The data of the formulation: everything a request still allows, as records with their costs and scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planning.travel.inventory import Attraction, City, Flight, Hotel, Restaurant, Route
from planning.travel.itinerary import Day, Leg
from planning.travel.profile import Profile
from planning.travel.request import Mode, Party, TravelRequest

DAY_MIN = 24 * 60
LAST_MINUTE = DAY_MIN - 1


@dataclass(frozen=True, slots=True)
class Held:
    """What an earlier plan has booked, which a new one may keep.

    `records` are never left out as dominated; `times` are the (day, meal or visit slot) that places were meant for.
    """

    records: frozenset[Any] = frozenset()
    times: Mapping[Any, tuple[int, int]] = field(default_factory=dict)


NOTHING_HELD = Held()


@dataclass(frozen=True, slots=True)
class Past:
    """What of a trip has happened, and stays as it is: everything before `today`, and what has begun today.

    `today` is a day number of the window, and nothing new starts before `free_from_min` of it. `days` are those before
    today as they were; `day` has the meals and visits of today. `legs` are those made, with their day numbers, and
    `next_leg` is one that was to depart later today; `stays`
    are (city, first day, last day), with None as the last day of the stay that goes on. `meals` counts by city those
    that the model would ask for otherwise. `cost_cents` and `score` are those of meals and visits.
    """

    today: int
    free_from_min: int
    days: tuple[Day, ...]
    day: Day | None
    legs: tuple[tuple[int, Leg], ...]
    next_leg: Leg | None
    stays: tuple[tuple[str, int, int | None], ...]
    meals: Mapping[str, int]
    had: frozenset[tuple[str, str]]
    cuisines: frozenset[str]
    seen: frozenset[str]
    cost_cents: int
    score: int

    @property
    def city(self) -> str | None:
        """Return the city of the stay that goes on, if there is one."""
        return next((city for city, _, end in self.stays if end is None), None)

    def allows_stay(self, position: int, city: str, start: int, end: int) -> bool:
        """Tell whether the `position`-th stay can be in a city from one day to another."""
        if position >= len(self.stays):
            return True
        had_city, had_start, had_end = self.stays[position]
        is_over_then = end >= self.today if had_end is None else end == had_end
        return (city, start) == (had_city, had_start) and is_over_then

    def allows_leg(self, number: int, option: "Option") -> bool:
        """Tell whether the `number`-th leg can be made in a way."""
        if number < len(self.legs):
            day, leg = self.legs[number]
            return (option.day, option.mode, option.record) == (day, leg.mode, leg.record)
        return self.is_to_come(option)

    def is_to_come(self, option: "Option") -> bool:
        """Tell whether there is still time for a leg: for a flight that was to be taken, until it departs."""
        if option.day is None or option.day != self.today:
            return option.day is None or option.day > self.today
        if option.leave_min is None or option.leave_min >= self.free_from_min:
            return True
        return self.next_leg is not None and option.record == self.next_leg.record and option.mode == "flight"


@dataclass(frozen=True, slots=True)
class Option:
    """One way to make a leg. `day` is when it starts (from 0), None for any day.

    `nights_aboard` is how many days later it arrives. Times are local minutes after midnight of the day it starts.
    `meals_before` and `meals_after` are the meals (0 to 2) that the traveller has in the city left and in the city
    reached on that day. `score` is its share of the objective.
    """

    mode: Mode
    origin: str
    destination: str
    day: int | None
    nights_aboard: int
    depart_min: int | None
    arrive_min: int | None
    leave_min: int | None
    reach_min: int | None
    duration_min: int
    cost_cents: int
    score: int
    meals_before: tuple[int, ...]
    meals_after: tuple[int, ...]
    record: Flight | Route


@dataclass(frozen=True, slots=True)
class Lodging:
    """A hotel for a whole stay of `num_nights`: rooms, cost and score of all its nights."""

    record: Hotel
    num_nights: int
    rooms: int
    cost_cents: int
    score: int


@dataclass(frozen=True, slots=True)
class Dining:
    """A restaurant for one meal of all travellers; `cuisines` are the wanted ones that it serves."""

    record: Restaurant
    cost_cents: int
    score: int
    cuisines: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sight:
    """An attraction for one visit. `openings` are the (day, visit slot) pairs it is open at, None for all of them."""

    record: Attraction
    cost_cents: int
    score: int
    openings: frozenset[tuple[int, int]] | None
    is_must_see: bool


@dataclass(frozen=True, slots=True)
class CityOffer:
    """What a candidate city offers: hotels by number of nights, restaurants, attractions.

    `num_sights` counts attractions (by name) before dominated ones were left out: it limits the visits asked for.
    """

    city: City
    lodgings: dict[int, tuple[Lodging, ...]]
    dinings: tuple[Dining, ...]
    sights: tuple[Sight, ...]
    num_sights: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """All data of one formulation. `options` maps a pair of cities to the ways of going from one to the other.

    `joining` are the parties of a group but the first, with their ways to all candidate cities and home again.
    """

    request: TravelRequest
    profile: Profile
    offers: dict[str, CityOffer]
    options: dict[tuple[str, str], tuple[Option, ...]]
    visits_a_day: int
    min_visits_a_day: int
    held: Held = NOTHING_HELD
    past: Past | None = None
    joining: tuple[tuple[Party, tuple[Option, ...]], ...] = ()

    @property
    def num_stays(self) -> int:
        """Return the number of cities visited."""
        return self.request.destination.num_cities
