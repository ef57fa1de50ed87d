"""What a request leaves open: names made sure of, money converted, and the defaults said aloud."""

from collections.abc import Sequence

from planning.travel.agenda import clock_words
from planning.travel.currency import convert
from planning.travel.gathering import candidate_cities
from planning.travel.inventory import Inventory
from planning.travel.profile import VISITS_A_DAY, Clock, Profile
from planning.travel.request import Lodging, TravelRequest
from solvers.registry import unknown


def complete(request: TravelRequest, profile: Profile, inventory: Inventory) -> tuple[TravelRequest, tuple[str, ...]]:
    """Return the request as it is planned, and the assumptions made, in sentences.

    Money is converted to the inventory's currency; with children in the party, hotels have to take them.

    Raises:
        ValueError: A city, region or must-see is not in the inventory (with "did you mean"), or there is no rate.
    """
    check_names(request, inventory)
    request, rate = convert(request, inventory.currency)
    said = [rate] if rate else []
    if request.source("adults") == "default" and request.adults == 1 and request.children == 0:
        said.append("one adult travels")
    if profile.clock and request.children and "children under 10" not in request.lodging.house_rules:
        rules = (*request.lodging.house_rules, "children under 10")
        request = request.model_copy(update={"lodging": _with_rules(request.lodging, rules)})
        said.append("the children may be under 10: hotels have to take them")
    if request.group and "self-driving" not in request.transport.forbidden_modes:
        modes = (*request.transport.forbidden_modes, "self-driving")
        request = request.model_copy(
            update={"transport": request.transport.model_copy(update={"forbidden_modes": modes})}
        )
        said.append("nobody brings a car: a group that meets does not fit into one")
    if profile.clock:
        said += _clock_assumptions(request, profile.clock)
        said.append(f"at most {profile.max_drive_min // 60} hours on the road a day")
    if request.source("objective") == "default":
        said.append("the least cost is wanted")
    return request, tuple(said)


def _with_rules(lodging: Lodging, rules: Sequence[str]) -> Lodging:
    return Lodging.model_validate({**lodging.model_dump(), "house_rules": rules})


def _clock_assumptions(request: TravelRequest, clock: Clock) -> list[str]:
    said = []
    if request.transport.earliest_departure_min is None:
        said.append(f"no departure before {clock_words(clock.earliest_departure_min)}")
    if request.transport.latest_arrival_min is None:
        said.append(f"no arrival after {clock_words(clock.latest_arrival_min)}")
    said.append(f"{clock.before_flight_min} minutes from the city to take-off, {clock.after_flight_min} after landing")
    if request.source("pace") == "default":
        said.append(f"{VISITS_A_DAY[request.pace]} visits on a full day where there are enough")
    return said


def check_names(request: TravelRequest, inventory: Inventory) -> None:
    """Make sure that the inventory knows every city, the region, and every must-see of a request.

    Raises:
        ValueError: A name is unknown; the message says what was typed and what may have been meant.
    """
    cities = {city.name: city for city in inventory.cities()}
    origins = [party.origin for party in request.group]
    for name in dict.fromkeys((request.origin, *origins, *request.destination.cities)):
        if name not in cities:
            raise ValueError(unknown("city", name, cities))
    regions = {text for city in cities.values() for text in (city.region, city.country) if text}
    region = request.destination.region
    if region is not None and region not in regions:
        raise ValueError(unknown("state or region", region, regions))
    candidates = candidate_cities(request, inventory)
    if len(candidates) < request.destination.num_cities:
        raise ValueError(
            f"{request.destination.num_cities} cities are to be visited, "
            f"but the inventory has only {len(candidates)} in {region}"
        )
    if request.places.must_see:
        names = {a.name for city in candidates for a in inventory.attractions(city.name)}
        folded = {name.casefold() for name in names}
        for name in request.places.must_see:
            if name.casefold() not in folded:
                raise ValueError(unknown("attraction at the destination", name, names))
