"""TravelPlanner's file formats: gold queries to and from `TravelRequest`, itineraries to a submission's plans."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from planning.travel.inventory import Flight
from planning.travel.itinerary import Day, Itinerary, Leg
from planning.travel.profile import MEALS
from planning.travel.request import Dates, Destination, Food, HouseRule, Lodging, Mode, RoomType, TravelRequest
from planning.travel.request import Transport as TransportWish

NOTHING = "-"
_FORBIDDEN: dict[str, tuple[Mode, ...]] = {"no flight": ("flight",), "no self-driving": ("self-driving",)}
_MODE_NAMES = {"self-driving": "Self-driving", "taxi": "Taxi"}


class LocalConstraint(BaseModel):
    """What a query asks for beside its budget; None where it asks for nothing."""

    model_config = ConfigDict(frozen=True)

    house_rule: HouseRule | None = Field(alias="house rule")
    cuisine: tuple[str, ...] | None
    room_type: RoomType | None = Field(alias="room type")
    transportation: Literal["no flight", "no self-driving"] | None


class Query(BaseModel):
    """One query with its gold constraints, as train and validation have them. `budget` is in whole dollars."""

    model_config = ConfigDict(frozen=True)

    idx: int
    query: str
    org: str
    dest: str
    days: int
    visiting_city_number: int
    date: tuple[date, ...]
    people_number: int
    local_constraint: LocalConstraint
    budget: int
    reference_cities: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _dates_are_its_days(self) -> "Query":
        first = min(self.date, default=None)
        if first is None or [(day - first).days for day in self.date] != list(range(self.days)):
            raise ValueError(f"the dates {', '.join(map(str, self.date))} are not {self.days} days in a row")
        return self


def read_queries(path: Path, limit: int | None = None) -> list[Query]:
    """Read queries (JSON Lines), all or the first `limit`.

    Raises:
        ValueError: The file is missing or empty, a line is no query with gold constraints, or two share an `idx`.
    """
    if not path.is_file():
        raise ValueError(f"there is no file of queries at {path}")
    queries: dict[int, Query] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if limit is not None and len(queries) >= limit:
            break
        if line.strip():
            query = _query(line, f"{path.name}, line {number}")
            if query.idx in queries:
                raise ValueError(f"{path.name}, line {number}: query {query.idx} comes twice")
            queries[query.idx] = query
    if not queries:
        raise ValueError(f"{path.name} holds no query")
    return list(queries.values())


def _query(line: str, where: str) -> Query:
    try:
        return Query.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the line"
        raise ValueError(f"{where}: {field}: {first['msg']}") from error


def gold_request(query: Query, cities: Literal["state", "reference"] = "state") -> TravelRequest:
    """Return the request that a query's gold constraints state.

    Three days go to the city `dest`, more to cities of the state `dest`: of the solver's choice, or the query's
    reference cities.
    """
    wishes = query.local_constraint
    if query.days <= 3:
        destination = Destination(cities=(query.dest,))
    elif cities == "reference":
        destination = Destination(cities=query.reference_cities)
    else:
        destination = Destination(region=query.dest, num_cities=query.visiting_city_number)
    return TravelRequest(
        origin=query.org,
        destination=destination,
        dates=Dates.starting(query.date[0], query.days),
        adults=query.people_number,
        budget_cents=100 * query.budget,
        lodging=Lodging(room_type=wishes.room_type, house_rules=(wishes.house_rule,) if wishes.house_rule else ()),
        food=Food(cuisines=wishes.cuisine or ()),
        transport=TransportWish(forbidden_modes=_FORBIDDEN.get(wishes.transportation or "", ())),
    )


def gold_fields(query: Query) -> dict[str, Any]:
    """Return a query's fields as `stated_fields` returns those of a request."""
    wishes = query.local_constraint
    return {
        "org": query.org,
        "dest": query.dest,
        "days": query.days,
        "visiting_city_number": query.visiting_city_number,
        "date": [day.isoformat() for day in query.date],
        "people_number": query.people_number,
        "house rule": wishes.house_rule,
        "cuisine": sorted(wishes.cuisine or ()),
        "room type": wishes.room_type,
        "transportation": wishes.transportation,
        "budget": query.budget,
        "nothing else": [],
    }


def stated_fields(request: TravelRequest) -> dict[str, Any]:
    """Return TravelPlanner's fields of a request.

    What the format cannot hold (two house rules, say, or a window of dates) comes in a form that equals no gold value;
    constraints that it does not know are listed by path under "nothing else".
    """
    dates, destination, lodging = request.dates, request.destination, request.lodging
    modes = [f"no {mode}" for mode in request.transport.forbidden_modes]
    budget = None if request.budget_cents is None else request.budget_cents / 100
    span = [date.fromordinal(dates.earliest.toordinal() + n).isoformat() for n in range(dates.window_days)]
    return {
        "org": request.origin,
        "dest": " & ".join([*destination.cities, *([destination.region] if destination.region else [])]),
        "days": dates.num_days,
        "visiting_city_number": destination.num_cities,
        "date": span,
        "people_number": request.num_people,
        "house rule": " & ".join(lodging.house_rules) or None,
        "cuisine": sorted(request.food.cuisines),
        "room type": lodging.room_type,
        "transportation": " & ".join(modes) or None,
        "budget": budget if request.currency == "USD" else f"{budget} {request.currency}",
        "nothing else": list(_further_constraints(request)),
    }


def _further_constraints(request: TravelRequest) -> Iterator[str]:
    """Yield the paths of the constraints that no TravelPlanner query has."""
    limits = {
        "lodging.min_rating": request.lodging.min_rating,
        "lodging.max_price_cents": request.lodging.max_price_cents,
        "food.avoid_cuisines": request.food.avoid_cuisines or None,
        "transport.earliest_departure_min": request.transport.earliest_departure_min,
        "transport.latest_arrival_min": request.transport.latest_arrival_min,
        "transport.max_stops": request.transport.max_stops,
        "places.must_see": request.places.must_see or None,
        "places.avoid": request.places.avoid or None,
    }
    yield from (path for path, value in limits.items() if value is not None)


# Itineraries


def submission_line(query: Query, itinerary: Itinerary | None) -> str:
    """Return one line of a submission; the plan of an undelivered itinerary is an empty list."""
    plan = plan_of(itinerary) if itinerary else []
    return json.dumps({"idx": query.idx, "query": query.query, "plan": plan}, ensure_ascii=False)


def plan_of(itinerary: Itinerary) -> list[dict[str, Any]]:
    """Return an itinerary in TravelPlanner's form: one object a day, names as the tables have them, `-` for nothing."""
    return [_plan_day(number, day) for number, day in enumerate(itinerary.days, 1)]


def _plan_day(number: int, day: Day) -> dict[str, Any]:
    meals = {meal.slot: _place(meal.record) for meal in day.meals}
    return {
        "days": number,
        "current_city": f"from {day.leg.origin} to {day.leg.destination}" if day.leg else day.city or NOTHING,
        "transportation": _transportation(day.leg) if day.leg else NOTHING,
        **{slot: meals.get(slot, NOTHING) for slot in MEALS},
        "attraction": "".join(f"{_place(visit.record)};" for visit in day.visits) or NOTHING,
        "accommodation": _place(day.night.record) if day.night else NOTHING,
    }


def _place(record: Any) -> str:
    return f"{record.name}, {record.city}"


def _transportation(leg: Leg) -> str:
    route = f"from {leg.origin} to {leg.destination}"
    record = leg.record
    if isinstance(record, Flight):
        times = f"Departure Time: {_clock(record.depart_min)}, Arrival Time: {_clock(record.arrive_min)}"
        return f"Flight Number: {record.number}, {route}, {times}"
    # TravelPlanner prices the whole party's cars apart: an entry shows the fare of one.
    fare = int(record.distance_km * (0.05 if leg.mode == "self-driving" else 1))
    span = f"duration: {_span(record.duration_min)}, distance: {record.distance_km:,g} km"
    return f"{_MODE_NAMES[leg.mode]}, {route}, {span}, cost: {fare}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} hour{'s' if hours > 1 else ''}"] if hours else []
    parts += [f"{rest} min{'s' if rest > 1 else ''}"] if rest or not hours else []
    return " ".join(parts)
