"""The rules of groups: parties meet on the first day away, part on the last one, and each pays what is its own."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction

from planning.travel.itinerary import Journey, PartyBill
from planning.travel.replay import DAY_MIN, Replay, leg_arrive_min, leg_cost_cents
from planning.travel.request import Party


def _pairs(facts: Replay) -> list[tuple[Party, PartyBill]]:
    return list(zip(facts.request.group, facts.itinerary.parties, strict=False))


def _meeting(facts: Replay) -> Iterator[str]:
    """Every party but the first comes to the first city on the day that all meet, and leaves the last one with all."""
    named = [bill.name for bill in facts.itinerary.parties]
    if named != [party.name for party in facts.request.group]:
        yield f"the parties are {', '.join(named) or 'not there'}"
        return
    days = _first_and_last(facts)
    if days is None:
        yield "nobody meets"
        return
    for number, (party, bill) in enumerate(_pairs(facts)):
        if number == 0 and bill.journeys:
            yield f"{party.name} has journeys besides those of all"
        elif number and len(bill.journeys) != 2:
            yield f"{party.name} has {len(bill.journeys)} journeys instead of one there and one back"
        elif number:
            yield from _there_and_back(facts, party, bill.journeys, days)


def _first_and_last(facts: Replay) -> tuple[date, date] | None:
    """Return the day on which the first party comes to the first city, and the day on which it leaves the last one."""
    legs = [day for day in facts.itinerary.days if day.leg]
    if len(legs) < 2 or legs[0].leg is None:
        return None
    return legs[0].day + timedelta(days=_nights(facts, Journey(legs[0].day, legs[0].leg))), legs[-1].day


def _nights(facts: Replay, trip: Journey) -> int:
    return (leg_arrive_min(trip.leg) or 0) // DAY_MIN if facts.profile.clock else 0


def _there_and_back(
    facts: Replay, party: Party, journeys: tuple[Journey, ...], days: tuple[date, date]
) -> Iterator[str]:
    out, back = journeys
    first, last = facts.trail[1], facts.trail[-2]
    if (out.leg.origin, out.leg.destination) != (party.origin, first):
        yield f"{party.name} has to go from {party.origin} to {first}"
    if (back.leg.origin, back.leg.destination) != (last, party.origin):
        yield f"{party.name} has to go home from {last} to {party.origin}"
    arrival, home = (trip.day + timedelta(days=_nights(facts, trip)) for trip in journeys)
    if arrival != days[0]:
        yield f"{party.name} comes on {arrival}, and all meet on {days[0]}"
    if back.day != days[1]:
        yield f"{party.name} leaves on {back.day}, and all part on {days[1]}"
    if out.day < facts.itinerary.days[0].day or home > facts.itinerary.days[-1].day:
        yield f"{party.name} travels from {out.day} to {home}, and the trip is shorter"
    if any(trip.leg.mode == "self-driving" for trip in journeys):
        yield f"{party.name} brings a car"


def _bills(facts: Replay) -> Iterator[str]:
    """What each party pays is what is due by the tables, in all what the trip costs, and within its budget."""
    request, bills = facts.request, facts.itinerary.parties
    if len(bills) != len(request.group) or facts.cost_cents is None:
        return
    own = [_own_cents(facts, number) for number in range(len(bills))]
    shared = facts.cost_cents - sum(own)
    weights = [100 * party.adults + request.child_share_percent * party.children for party in request.group]
    for (party, bill), weight, due in zip(_pairs(facts), weights, own, strict=True):
        share = Fraction(shared * weight, sum(weights))
        for trip in bill.journeys:
            if trip.leg.cost_cents != leg_cost_cents(trip.leg, party.num_people):
                yield f"{party.name}: the {trip.leg.mode} does not cost {trip.leg.cost_cents / 100:,.2f}"
        if bill.own_cents != due:
            yield f"{party.name} pays {due / 100:,.2f} alone, stated is {bill.own_cents / 100:,.2f}"
        if abs(bill.shared_cents - share) >= 1:
            yield f"{party.name}'s share is {float(share) / 100:,.2f}, stated is {bill.shared_cents / 100:,.2f}"
        most = None if party.budget_cents is None else party.budget_cents * party.num_people
        if most is not None and (due + share > most or bill.own_cents + bill.shared_cents > most):
            yield f"{party.name} pays {float(due + share) / 100:,.2f}, and has {most / 100:,.2f}"
    if sum(bill.shared_cents for bill in bills) != shared:
        yield f"the shares are not {shared / 100:,.2f} in all"


def _own_cents(facts: Replay, number: int) -> int:
    """Return what a party pays alone: its ways there and back, and its rooms."""
    party, home = facts.request.group[number], facts.request.origin
    legs = [trip.leg for trip in facts.itinerary.parties[number].journeys]
    if number == 0:
        legs = [leg for leg in facts.legs if home in (leg.origin, leg.destination)]
    hotels = [day.night.record for day in facts.itinerary.days if day.night]
    rooms = sum(hotel.price_cents * -(-party.num_people // hotel.max_occupancy) for hotel in hotels)
    return rooms + sum(leg_cost_cents(leg, party.num_people) for leg in legs)


GROUP_RULES: dict[str, Callable[[Replay], Iterator[str]]] = {"meeting": _meeting, "bills": _bills}
