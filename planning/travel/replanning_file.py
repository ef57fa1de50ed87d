"""The file of a planned trip: read back, and believed only after every rule and price of it was checked again."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from planning.travel.inventory import Attraction, Flight, Hotel, Inventory, Restaurant, Route
from planning.travel.itinerary import Day, Itinerary
from planning.travel.profile import PROFILES
from planning.travel.replanning_changes import NOTHING_HAPPENED, Disruption
from planning.travel.replanning_past import check_rest, past_of
from planning.travel.request import TravelRequest
from solvers.registry import unknown

FILE_VERSION = 1
Record = Flight | Route | Hotel | Restaurant | Attraction


@dataclass(frozen=True, slots=True)
class Planned:
    """A trip as a file has it: its request, its itinerary, and what happened before that was written."""

    request: TravelRequest
    itinerary: Itinerary
    disruption: Disruption = NOTHING_HAPPENED
    now: datetime | None = None


def read_planned(data: Any) -> Planned:
    """Return the trip in the JSON data that `twofold trip --json` and `twofold replan --json` write.

    Raises:
        ValueError: It is no such data, of another version, holds no itinerary, or was changed in a way that makes no
            sense; the message names the place.
    """
    if not isinstance(data, Mapping) or "itinerary" not in data or "request" not in data:
        raise ValueError("this is no answer of `twofold trip --json`: it has no itinerary and no request")
    if data.get("schema_version") != FILE_VERSION:
        raise ValueError(
            f"this is a file of version {data.get('schema_version')!r}, and version {FILE_VERSION} can be read: "
            "plan the trip again with `twofold trip --json`"
        )
    if data["itinerary"] is None:
        raise ValueError(f"the file holds no itinerary: its status is {data.get('status')}")
    request = _read(TypeAdapter(TravelRequest), data["request"], "request")
    itinerary = _read(_itineraries(), data["itinerary"], "itinerary")
    other = next(_differences(itinerary.to_json(), data["itinerary"], "itinerary"), None)
    if other:
        raise ValueError(f"the file was changed: {other}")
    story = data.get("replan")
    if story is None:
        return Planned(request, itinerary)
    told: _Story = _read(TypeAdapter(_Story), story, "replan")
    return told.planned(request, itinerary)


@dataclass(frozen=True, slots=True)
class _Delay:
    was: Flight
    now: Flight


@dataclass(frozen=True, slots=True)
class _Story:
    """What a re-planned trip has been through, as its file tells it."""

    lost: tuple[Record, ...]
    delayed: tuple[_Delay, ...]
    now: datetime | None

    def planned(self, request: TravelRequest, itinerary: Itinerary) -> Planned:
        delayed = {delay.was: delay.now for delay in self.delayed}
        return Planned(request, itinerary, Disruption(frozenset(self.lost), delayed), self.now)


def story_json(disruption: Disruption, now: datetime | None) -> dict[str, Any]:
    """Return what a trip has been through, as `read_planned` reads it."""
    lost = sorted(disruption.lost, key=repr)
    delayed = [{"was": asdict(was), "now": asdict(new)} for was, new in disruption.delayed.items()]
    story: dict[str, Any] = _plain({"lost": [asdict(record) for record in lost], "delayed": delayed})
    return story | {"now": None if now is None else now.isoformat()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@lru_cache(maxsize=1)
def _itineraries() -> TypeAdapter[Itinerary]:
    return TypeAdapter(Itinerary)


def _read(adapter: TypeAdapter[Any], data: Any, what: str) -> Any:
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in (what, *first["loc"]))
        raise ValueError(f"the file was changed: {place}: {first['msg'].removeprefix('Value error, ')}") from None


def _differences(ours: Any, theirs: Any, place: str) -> Iterator[str]:
    """Yield where the data of a file are not what was read from them."""
    if isinstance(ours, dict) and isinstance(theirs, Mapping):
        for key in dict.fromkeys([*ours, *theirs]):
            if key not in ours:
                yield f"{place}.{key} is no field"
            elif key not in theirs:
                yield f"{place}.{key} is missing"
            else:
                yield from _differences(ours[key], theirs[key], f"{place}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(*pair, f"{place}.{number}")
    elif ours != theirs:
        yield f"{place} is {theirs!r}"


def objections(planned: Planned, inventory: Inventory) -> tuple[str, ...]:
    """Return why a trip cannot be believed: every rule that it breaks, every price that is not the tables'.

    What had happened before it was written is believed as far as its wishes go: they may have changed since.
    """
    itinerary = planned.itinerary
    if itinerary.profile not in PROFILES:
        return (unknown("profile", itinerary.profile, PROFILES),)
    if planned.request.currency != inventory.currency:
        return (f"its prices are in {planned.request.currency}, those of the tables in {inventory.currency}",)
    if itinerary.inventory != inventory.label:
        return (f"it was planned with {itinerary.inventory!r}, and not with {inventory.label!r}: give its --tables",)
    had: list[Day] = []
    if planned.now is not None:
        past = past_of(itinerary, planned.request, planned.now)
        had = [*past.days, *([past.day] if past.day else [])]
    verdict = check_rest(itinerary, planned.request, inventory, planned.disruption, had)
    return tuple(violation.reason for violation in verdict.violations)
