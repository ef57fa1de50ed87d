"""The data of the formulation: everything a request still allows, as records with their costs and scores."""

from dataclasses import dataclass

from planning.travel.inventory import Attraction, City, Flight, Hotel, Restaurant, Route
from planning.travel.profile import Profile
from planning.travel.request import Mode, TravelRequest

DAY_MIN = 24 * 60
LAST_MINUTE = DAY_MIN - 1


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
    """All data of one formulation. `options` maps a pair of cities to the ways of going from one to the other."""

    request: TravelRequest
    profile: Profile
    offers: dict[str, CityOffer]
    options: dict[tuple[str, str], tuple[Option, ...]]
    visits_a_day: int
    min_visits_a_day: int

    @property
    def num_stays(self) -> int:
        """Return the number of cities visited."""
        return self.request.destination.num_cities
