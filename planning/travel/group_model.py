"""Groups in the formulation: parties that meet in the first city and part in the last one, and what each can pay."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from planning.travel.candidates import Dining, Lodging, Option, Sight
from planning.travel.profile import MEALS
from planning.travel.request import Party, TravelRequest
from solvers.milp import AT_LEAST, AT_MOST, EQUAL, Term

if TYPE_CHECKING:
    from planning.travel.encoding import Encoding

Item = Option | Lodging | Dining | Sight


def join_parties(encoding: "Encoding") -> None:
    """Bring every party to the first city on the day of the first stay, and home from the last one on its last day."""
    for number, (_, options) in enumerate(encoding.candidates.joining):
        _add_journeys(encoding, number, options)
        for outward in (True, False):
            _come_or_go(encoding, number, outward)
    _meet(encoding)


def _add_journeys(encoding: "Encoding", number: int, options: tuple[Option, ...]) -> None:
    dates = encoding.candidates.request.dates
    for option in options:
        if option.day is not None and not 0 <= option.day <= option.day + option.nights_aboard < dates.window_days:
            continue
        variable = encoding.model.binary(f"journey_{number + 1}_{len(encoding.journeys)}")
        encoding.journeys.append((number, option, variable))
        encoding.pay(variable, option)
        if encoding.starts and option.day is not None:
            latest, arrival = option.day, option.day + option.nights_aboard
            within = [v for day, v in encoding.starts if day <= latest and arrival < day + dates.num_days]
            encoding.model.add(f"{variable.name}_in_time", [(variable, 1), *((v, -1) for v in within)], AT_MOST, 0)


def _come_or_go(encoding: "Encoding", number: int, outward: bool) -> None:
    """Make one journey to the city of the first stay, or from that of the last one, on the right day."""
    candidates, model = encoding.candidates, encoding.model
    position = 0 if outward else candidates.num_stays - 1
    flows: dict[tuple[str, int | None], list[Term]] = {}
    for stay, variable in encoding.stays:
        if stay.position == position:
            flows.setdefault((stay.city, None), []).append((variable, -1))
    for mine, option, variable in encoding.journeys:
        if mine == number and _is_outward(encoding, number, option) == outward:
            city, day = _city_and_day(option, outward)
            for when in dict.fromkeys((None, day)):
                flows.setdefault((city, when), []).append((variable, 1))
    for stay, variable in encoding.stays:
        key = stay.city, stay.start if outward else stay.end
        if stay.position == position and key in flows:
            flows[key].append((variable, -1))
    word = "comes" if outward else "goes"
    for (_, day), terms in flows.items():
        sense = EQUAL if day is None else AT_MOST
        model.add(f"party_{number + 2}_{word}_{model.num_rows}", terms, sense, 0)


def _is_outward(encoding: "Encoding", number: int, option: Option) -> bool:
    return option.origin == encoding.candidates.joining[number][0].origin


def _city_and_day(option: Option, outward: bool) -> tuple[str, int | None]:
    if outward:
        return option.destination, None if option.day is None else option.day + option.nights_aboard
    return option.origin, option.day


def _meet(encoding: "Encoding") -> None:
    """Eat together on the days of meeting and parting at every hour at which all are there."""
    num_parties = len(encoding.candidates.joining) + 1
    for outward in (True, False):
        by_city: dict[str, list[tuple[int, tuple[int, ...], Any]]] = {}
        for party, option, variable in _ways(encoding, outward):
            city, _ = _city_and_day(option, outward)
            slots = option.meals_after if outward else option.meals_before
            by_city.setdefault(city, []).append((party, slots, variable))
        for city, ways in by_city.items():
            for slot in range(len(MEALS)):
                there = [[v for party, slots, v in ways if party == p and slot in slots] for p in range(num_parties)]
                if all(there):
                    _all_at_once(encoding, city, outward, slot, there)


def _ways(encoding: "Encoding", outward: bool) -> Iterator[tuple[int, Option, Any]]:
    """Yield the ways to the first city, or from the last one, of all parties; the first one is 0."""
    number = 0 if outward else encoding.candidates.num_stays
    yield from ((0, option, variable) for leg, option, variable in encoding.legs if leg == number)
    for party, option, variable in encoding.journeys:
        if _is_outward(encoding, party, option) == outward:
            yield party + 1, option, variable


def _all_at_once(encoding: "Encoding", city: str, outward: bool, slot: int, there: list[list[Any]]) -> None:
    """Add a variable that is 1 exactly if one of each party's ways leaves time for a meal."""
    model = encoding.model
    together = model.binary(f"together_{len(encoding.meetings)}")
    encoding.meetings.append((city, outward, slot, together))
    for number, ways in enumerate(there):
        model.add(f"{together.name}_{number}", [(together, 1), *((v, -1) for v in ways)], AT_MOST, 0)
    everyone: list[Term] = [(v, -1) for ways in there for v in ways]
    model.add(f"{together.name}_must", [(together, 1), *everyone], AT_LEAST, 1 - len(there))


def keep_party_budgets(encoding: "Encoding") -> None:
    """No party pays more than its budget: its ways there and back, its rooms, and its share of all else."""
    request = encoding.candidates.request
    total = sum(request.share_weight(party) for party in request.group)
    for number, party in enumerate(request.group):
        if party.budget_cents is None:
            continue
        weight, terms = request.share_weight(party), list[Term]()
        for item, variable, payer in _paid(encoding):
            if isinstance(item, Lodging):
                cents = total * _rooms_cents(party, item)
            elif payer is None:
                cents = weight * item.cost_cents
            else:
                cents = total * item.cost_cents if payer == number else 0
            if cents:
                terms.append((variable, cents))
        most = total * party.budget_cents * party.num_people
        encoding.model.add(f"budget_of_party_{number + 1}", terms, AT_MOST, most)


def _rooms_cents(party: Party, lodging: Lodging) -> int:
    rooms = -(-party.num_people // lodging.record.max_occupancy)
    return rooms * lodging.record.price_cents * lodging.num_nights


def _paid(encoding: "Encoding") -> Iterator[tuple[Item, Any, int | None]]:
    """Yield what costs something, with the number of the party that pays for it alone, None for what is shared."""
    home = encoding.candidates.request.origin
    for _, option, variable in encoding.legs:
        yield option, variable, 0 if home in (option.origin, option.destination) else None
    yield from ((option, variable, number + 1) for number, option, variable in encoding.journeys)
    for stay, variable in encoding.stays:
        lodgings = encoding.candidates.offers[stay.city].lodgings[stay.num_nights]
        if len(lodgings) == 1:
            yield lodgings[0], variable, None
    yield from ((lodging, variable, None) for lodging, variable in encoding.lodgings)
    yield from ((dining, variable, None) for dining, variable in encoding.dinings)
    yield from ((sight, variable, None) for sight, variable in encoding.sights)
    yield from ((sight, variable, None) for sight, _, _, variable in encoding.timed_sights)


def shares_cents(request: TravelRequest, shared_cents: int) -> tuple[int, ...]:
    """Split what is shared by the parties' weights; the cents that are left over go to the first ones.

    All stay for all nights, so a share by person-night is one by person.
    """
    weights = [request.share_weight(party) for party in request.group]
    shares = [shared_cents * weight // sum(weights) for weight in weights]
    left = shared_cents - sum(shares)
    owed = [number for number, weight in enumerate(weights) if shared_cents * weight % sum(weights)]
    for number in owed[:left]:
        shares[number] += 1
    return tuple(shares)
