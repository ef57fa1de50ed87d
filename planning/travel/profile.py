"""The two rule sets a trip can be planned and checked under, as data: times of day, transfers, the longest road."""

from dataclasses import dataclass

MEALS = ("breakfast", "lunch", "dinner")
VISITS_A_DAY = {"relaxed": 1, "moderate": 2, "packed": 3}


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the day, in local minutes after midnight."""

    name: str
    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True)
class Clock:
    """The times that a realistic trip keeps.

    `earliest_departure_min` and `latest_arrival_min` hold for every leg unless the traveller says otherwise.
    `before_flight_min` is the time between leaving the city and take-off, `after_flight_min` that between landing and
    being in the city. A drive starts at `drive_start_min`, or as much earlier as its arrival asks for. A flight may
    land on a later day only if it takes `min_overnight_min`. Before `earliest_landing_min` it is still last night:
    nobody arrives then who has to arrive by some hour, stated or assumed.
    """

    earliest_departure_min: int = 6 * 60
    latest_arrival_min: int = 23 * 60
    min_overnight_min: int = 6 * 60
    earliest_landing_min: int = 5 * 60
    before_flight_min: int = 120
    after_flight_min: int = 60
    drive_start_min: int = 9 * 60
    check_in_min: int = 15 * 60
    check_out_min: int = 11 * 60
    meals: tuple[Slot, ...] = (
        Slot("breakfast", 8 * 60, 9 * 60),
        Slot("lunch", 12 * 60 + 30, 13 * 60 + 30),
        Slot("dinner", 19 * 60, 20 * 60 + 30),
    )
    visits: tuple[Slot, ...] = (
        Slot("morning", 10 * 60, 12 * 60),
        Slot("afternoon", 14 * 60, 16 * 60),
        Slot("late afternoon", 16 * 60 + 15, 18 * 60),
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """A named rule set. Without a clock, times of day are ignored, and meals on travel days are optional.

    `max_drive_min` is the longest road of a day: TravelPlanner's evaluator knows no price for one of a day or more.
    `any_pace` and `other_hours` are for explanations: they give up the pace and the hours of a request without taking
    away what it allowed. A drive may then also keep to one of the (earliest, latest) pairs of `other_hours`.
    `exact_names` leaves out items whose name is contained in another one's of the same city, so that a look-up by
    substring finds the right row.
    """

    name: str
    clock: Clock | None
    max_drive_min: int
    exact_names: bool
    any_pace: bool = False
    other_hours: tuple[tuple[int, int], ...] = ()


REALISTIC = Profile("realistic", Clock(), max_drive_min=10 * 60, exact_names=False)
TRAVELPLANNER = Profile("travelplanner", None, max_drive_min=24 * 60 - 1, exact_names=True)
PROFILES: dict[str, Profile] = {p.name: p for p in (REALISTIC, TRAVELPLANNER)}
