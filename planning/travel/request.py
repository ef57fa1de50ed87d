"""`TravelRequest`: the validated constraints of one trip, each with the words it came from."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    field_validator,
    model_serializer,
    model_validator,
)

SCHEMA_VERSION: Literal[1] = 1
MAX_PEOPLE = 99
MAX_DAYS = 31
MAX_WINDOW_DAYS = 62

RoomType = Literal["entire room", "private room", "shared room", "not shared room"]
HouseRule = Literal["parties", "smoking", "children under 10", "visitors", "pets"]
Mode = Literal["flight", "self-driving", "taxi"]
Pace = Literal["relaxed", "moderate", "packed"]
Source = Literal["stated", "default", "asked"]

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Cuisine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Cents = Annotated[int, Field(strict=True, gt=0, le=10**11)]
Minute = Annotated[int, Field(strict=True, ge=0, lt=24 * 60)]


class Record(BaseModel):
    """A frozen pydantic model that refuses unknown fields and numbers written as text."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names without repetitions, whatever their case."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return tuple(first.values())


class Provenance(Record):
    """Where a field's value comes from: the traveller's words, a default, or an answer to a question."""

    source: Source = "default"
    quotes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _defaults_quote_nothing(self) -> Self:
        if self.source == "default" and self.quotes:
            raise ValueError("a default has no quoted words; use source 'stated'")
        return self


class Destination(Record):
    """Cities that must be visited, or a region to choose from, or both.

    `num_cities` counts all cities of the trip: `cities` are visited in any order, and the rest is chosen in `region`.
    """

    cities: tuple[Name, ...] = ()
    region: Name | None = None
    num_cities: Annotated[int, Field(strict=True, ge=1, le=8)] = 1

    @model_validator(mode="before")
    @classmethod
    def _count_named_cities(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("num_cities") is None:
            cities = data.get("cities")
            data = {**data, "num_cities": max(1, len(cities)) if isinstance(cities, (list, tuple)) else 1}
        return data

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if not self.cities and self.region is None:
            raise ValueError("name at least one destination city, or a state or region")
        if len(set(self.cities)) < len(self.cities):
            raise ValueError(f"a destination city is named twice: {', '.join(self.cities)}")
        if self.num_cities < len(self.cities):
            raise ValueError(f"{len(self.cities)} cities are named but only {self.num_cities} are to be visited")
        if self.region is None and self.num_cities > len(self.cities):
            raise ValueError(
                f"{self.num_cities} cities are to be visited but only {len(self.cities)} named: "
                "name the others, or a region to choose them from"
            )
        return self


class Dates(Record):
    """The first possible day, the last possible day, and how many days the trip lasts, first and last included.

    The dates are exact when the window has `num_days` days.
    """

    earliest: date
    latest: date
    num_days: Annotated[int, Field(strict=True, ge=2, le=MAX_DAYS)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.latest < self.earliest:
            raise ValueError(f"the trip ends ({self.latest}) before it starts ({self.earliest})")
        if self.window_days < self.num_days:
            raise ValueError(
                f"{self.num_days} days do not fit between {self.earliest} and {self.latest} ({self.window_days} days)"
            )
        if self.window_days > MAX_WINDOW_DAYS:
            raise ValueError(f"a window of {self.window_days} days is too wide: at most {MAX_WINDOW_DAYS} days")
        return self

    @property
    def window_days(self) -> int:
        """Return the number of days from `earliest` to `latest`, both included."""
        return (self.latest - self.earliest).days + 1

    @property
    def exact(self) -> bool:
        """Tell whether the trip can only start on `earliest`."""
        return self.window_days == self.num_days

    @classmethod
    def starting(cls, start: date, num_days: int) -> "Dates":
        """Return exact dates: `num_days` days from `start` on."""
        return cls(earliest=start, latest=start + timedelta(days=num_days - 1), num_days=num_days)


class Lodging(Record):
    """What the hotel must be. `house_rules` are the things that it must allow; the price is a room's, a night."""

    room_type: RoomType | None = None
    house_rules: tuple[HouseRule, ...] = ()
    min_rating: Annotated[float, Field(ge=0, le=5)] | None = None
    max_price_cents: Cents | None = None


class Food(Record):
    """Cuisines that must appear among the meals of the trip, and cuisines that no restaurant of it may serve."""

    cuisines: Annotated[tuple[Cuisine, ...], AfterValidator(once)] = ()
    avoid_cuisines: Annotated[tuple[Cuisine, ...], AfterValidator(once)] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        both = [c for c in self.cuisines if c.casefold() in {a.casefold() for a in self.avoid_cuisines}]
        if both:
            raise ValueError(f"{both[0]} food is both wanted and to be avoided")
        return self


class Transport(Record):
    """Forbidden modes; local times of day that hold for every leg; stops of a single flight ticket."""

    forbidden_modes: tuple[Mode, ...] = ()
    earliest_departure_min: Minute | None = None
    latest_arrival_min: Minute | None = None
    max_stops: Annotated[int, Field(strict=True, ge=0, le=3)] | None = None


class Places(Record):
    """Attractions by name that must be visited, and names of places that must not appear at all."""

    must_see: Annotated[tuple[Name, ...], AfterValidator(once)] = ()
    avoid: Annotated[tuple[Name, ...], AfterValidator(once)] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        both = [p for p in self.must_see if p.casefold() in {a.casefold() for a in self.avoid}]
        if both:
            raise ValueError(f"{both[0]} is both a must-see and to be avoided")
        return self


class Objective(Record):
    """Weights of what is minimised: cost in currency units, lost rating stars, and hours of travel.

    A lost star is 5 − rating, counted per hotel night, meal and visit. Ties are broken by cost.
    """

    cost: Annotated[int, Field(strict=True, ge=0, le=1000)] = 1
    rating: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    travel_time: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if self.cost == self.rating == self.travel_time == 0:
            raise ValueError("an objective needs at least one positive weight: cost, rating or travel_time")
        return self


class Party(Record):
    """Some of a group, who come from a city of their own, sleep in rooms of their own, and have a budget of their own.

    The budget is for each of them, children included: a party of three may spend three times as much.
    """

    name: Name
    origin: Name
    adults: Annotated[int, Field(strict=True, ge=0, le=MAX_PEOPLE)] = 1
    children: Annotated[int, Field(strict=True, ge=0, le=MAX_PEOPLE)] = 0
    budget_cents: Cents | None = None

    @property
    def num_people(self) -> int:
        """Return adults plus children."""
        return self.adults + self.children


class TravelRequest(Record):
    """The constraints of one trip.

    `provenance` maps the dotted path of a field ("lodging.room_type") to where its value comes from; a field that it
    does not name holds its default. Money is in cents of `currency`, times of day are local minutes after midnight.

    A `group` has two parties or more, the first of which starts at `origin`; `adults` and `children` count all of them.
    They meet in the first city of the trip on the day that the first party comes there, and part in the last one on the
    day that it leaves. Each party pays its own ways there and back and its own rooms; of all else a child pays
    `child_share_percent` of what an adult does.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    origin: Name
    destination: Destination
    dates: Dates
    adults: Annotated[int, Field(strict=True, ge=0, le=MAX_PEOPLE)] = 1
    children: Annotated[int, Field(strict=True, ge=0, le=MAX_PEOPLE)] = 0
    budget_cents: Cents | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    lodging: Lodging = Lodging()
    food: Food = Food()
    transport: Transport = Transport()
    places: Places = Places()
    pace: Pace = "moderate"
    objective: Objective = Objective()
    group: Annotated[tuple[Party, ...], Field(max_length=8)] = ()
    child_share_percent: Annotated[int, Field(strict=True, ge=0, le=100)] = 50
    provenance: dict[str, Provenance] = {}

    @field_validator("provenance")
    @classmethod
    def _names_fields(cls, provenance: dict[str, Provenance]) -> dict[str, Provenance]:
        for path in provenance:
            if path not in FIELD_PATHS:
                raise ValueError(f"provenance names no field: {path!r}. Fields: {', '.join(FIELD_PATHS)}")
        return provenance

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if not 1 <= self.num_people <= MAX_PEOPLE:
            raise ValueError(f"a trip for {self.num_people} people cannot be planned: 1 to {MAX_PEOPLE} can")
        if self.origin in self.destination.cities:
            raise ValueError(f"{self.origin} is both where the trip starts and a destination")
        if self.dates.num_days <= self.destination.num_cities:
            raise ValueError(
                f"{self.destination.num_cities} cities need at least {self.destination.num_cities + 1} days "
                f"(a night in each), not {self.dates.num_days}"
            )
        return self

    @model_validator(mode="after")
    def _is_one_group(self) -> Self:
        if not self.group:
            return self
        names = [party.name.casefold() for party in self.group]
        if len(names) < 2 or len(set(names)) < len(names):
            raise ValueError("a group has at least two parties, each with a name of its own")
        if self.group[0].origin != self.origin:
            raise ValueError(f"the first party of a group starts where the trip does: in {self.origin}")
        if any(party.num_people < 1 for party in self.group):
            raise ValueError("a party of a group has at least one person")
        if any(party.origin in self.destination.cities for party in self.group):
            raise ValueError(
                "a party of a group starts in a city that is a destination: leave it out, or move the trip"
            )
        sizes = (sum(party.adults for party in self.group), sum(party.children for party in self.group))
        if sizes != (self.adults, self.children):
            stated = f"the trip {self.adults} and {self.children}"
            raise ValueError(f"the parties have {sizes[0]} adults and {sizes[1]} children, {stated}")
        if not any(self.share_weight(party) for party in self.group):
            raise ValueError("with children alone, a child cannot pay nothing of what is shared")
        return self

    @model_serializer(mode="wrap")
    def _without_empty_group(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        if not self.group:
            data = {key: value for key, value in data.items() if key not in ("group", "child_share_percent")}
        return data

    def share_weight(self, party: Party) -> int:
        """Return the weight of a party in what is shared: 100 for an adult, less for a child."""
        return 100 * party.adults + self.child_share_percent * party.children

    @property
    def num_people(self) -> int:
        """Return adults plus children."""
        return self.adults + self.children

    @property
    def party_sizes(self) -> tuple[int, ...]:
        """Return how many people each party has that sleeps in rooms of its own."""
        return tuple(party.num_people for party in self.group) or (self.num_people,)

    def source(self, path: str) -> Source:
        """Return where the field at a dotted path comes from."""
        found = self.provenance.get(path)
        return found.source if found else "default"

    def quote(self, path: str) -> str | None:
        """Return the traveller's words for a field, or None where there are none."""
        found = self.provenance.get(path)
        return " … ".join(found.quotes) if found and found.quotes else None


FIELD_PATHS: tuple[str, ...] = (
    "origin",
    "destination.cities",
    "destination.region",
    "destination.num_cities",
    "dates",
    "adults",
    "children",
    "budget_cents",
    "currency",
    "lodging.room_type",
    "lodging.house_rules",
    "lodging.min_rating",
    "lodging.max_price_cents",
    "food.cuisines",
    "food.avoid_cuisines",
    "transport.forbidden_modes",
    "transport.earliest_departure_min",
    "transport.latest_arrival_min",
    "transport.max_stops",
    "places.must_see",
    "places.avoid",
    "pace",
    "objective",
)
