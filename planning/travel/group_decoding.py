"""From the values of a solved model to the journeys and the bills of a group's parties."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from planning.travel.candidates import Option
from planning.travel.group_model import shares_cents
from planning.travel.itinerary import Day, Journey, Leg, PartyBill
from planning.travel.network import Stay

if TYPE_CHECKING:
    from planning.travel.encoding import Encoding


def decode_parties(
    encoding: "Encoding", values: Mapping[str, int], days: Sequence[Day], stays: Sequence[Stay]
) -> tuple[PartyBill, ...]:
    """Return the journeys of each party, and what it pays."""
    request = encoding.candidates.request
    journeys: list[list[Journey]] = [[] for _ in request.group]
    for number, option, variable in encoding.journeys:
        if values[variable.name]:
            party = request.group[number + 1]
            start = stays[0].start - option.nights_aboard if option.origin == party.origin else stays[-1].end
            journeys[number + 1].append(Journey(request.dates.earliest + timedelta(days=start), leg_of(option)))
    own = []
    for number, party in enumerate(request.group):
        legs = [day.leg for day in days if day.leg and request.origin in (day.leg.origin, day.leg.destination)]
        ways = sum(leg.cost_cents for leg in legs) if number == 0 else sum(j.leg.cost_cents for j in journeys[number])
        nights = [day.night.record for day in days if day.night]
        own.append(ways + sum(night.price_cents * -(-party.num_people // night.max_occupancy) for night in nights))
    inner = [day.leg for day in days if day.leg and request.origin not in (day.leg.origin, day.leg.destination)]
    shared = sum(leg.cost_cents for leg in inner)
    shared += sum(meal.cost_cents for day in days for meal in day.meals)
    shared += sum(visit.cost_cents for day in days for visit in day.visits)
    return tuple(
        PartyBill(party.name, tuple(sorted(trips, key=lambda trip: trip.day)), cents, share)
        for party, trips, cents, share in zip(request.group, journeys, own, shares_cents(request, shared), strict=True)
    )


def leg_of(option: Option) -> Leg:
    """Return an option as a leg of an itinerary."""
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
