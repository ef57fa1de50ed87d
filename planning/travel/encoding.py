"""The formulation: a request and its candidates as one mixed-integer linear model with named rows.

A stay is "city c is the s-th one, from day a to day b". Legs join the stays, hotels are chosen per stay length,
restaurants and attractions as a *set* per city: who eats where at which meal is settled afterwards (`decoding`), which
keeps the model an order of magnitude smaller than one binary per meal (the aggregated form; see ARCHITECTURE.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planning.travel.candidates import Candidates, CityOffer, Dining, Lodging, Option, Sight
from planning.travel.encoding_visits import lp_word, visit_sights
from planning.travel.group_model import join_parties, keep_party_budgets
from planning.travel.network import Network, Stay
from planning.travel.profile import MEALS
from solvers.milp import AT_LEAST, AT_MOST, EQUAL, Milp, Term

MEALS_A_DAY = len(MEALS)


@dataclass(slots=True)
class Encoding:
    """The model with the meaning of its variables. `cost` are the terms of the money row, `score` the objective's."""

    candidates: Candidates
    model: Milp
    starts: list[tuple[int, Any]] = field(default_factory=list)
    stays: list[tuple[Stay, Any]] = field(default_factory=list)
    legs: list[tuple[int, Option, Any]] = field(default_factory=list)
    journeys: list[tuple[int, Option, Any]] = field(default_factory=list)
    meetings: list[tuple[str, bool, int, Any]] = field(default_factory=list)
    lodgings: list[tuple[Lodging, Any]] = field(default_factory=list)
    dinings: list[tuple[Dining, Any]] = field(default_factory=list)
    sights: list[tuple[Sight, Any]] = field(default_factory=list)
    timed_sights: list[tuple[Sight, int, int, Any]] = field(default_factory=list)
    extra_meals: list[tuple[str, int, str, Any]] = field(default_factory=list)
    cost: list[Term] = field(default_factory=list)
    score: list[Term] = field(default_factory=list)

    def pay(self, variable: Any, item: Lodging | Option | Dining | Sight) -> None:
        """Add an item's cost and score, once per unit of a variable."""
        if item.cost_cents:
            self.cost.append((variable, item.cost_cents))
        if item.score:
            self.score.append((variable, item.score))


def encode(candidates: Candidates, network: Network) -> Encoding:
    """Return the model of all trips through a network that the request and the profile allow, of least score.

    Flows of travellers are stated per city and day, which makes the relaxation nearly integral.
    """
    encoding = Encoding(candidates, Milp("trip"))
    # Variables
    _add_starts(encoding)
    stays = _add_stays(encoding, network)
    _add_legs(encoding, network)
    # Constraints
    _visit_cities(encoding, stays)
    _join_stays_by_legs(encoding)
    if candidates.joining:
        join_parties(encoding)
    _drive_all_or_nothing(encoding)
    meals = _meals_by_legs(encoding)
    for city, offer in candidates.offers.items():
        if city not in stays:
            continue
        _sleep(encoding, offer, stays[city])
        _eat(encoding, offer, stays[city], meals.get(city, []))
        visit_sights(encoding, offer, stays[city])
    _share_transfer_days(encoding)
    _go_once(encoding)
    _see_must_sees(encoding)
    _serve_cuisines(encoding)
    _stay_in_budget(encoding)
    if candidates.joining:
        keep_party_budgets(encoding)
    # Objective
    encoding.model.minimise(encoding.score)
    return encoding


Stays = list[tuple[Stay, Any]]


# Variables


def _add_starts(encoding: Encoding) -> None:
    """Let the trip start on any day of its window from which it fits; exact dates leave no choice."""
    dates = encoding.candidates.request.dates
    if not dates.exact:
        days = range(dates.window_days - dates.num_days + 1)
        encoding.starts = [(day, encoding.model.binary(f"start_on_day_{day}")) for day in days]
        encoding.model.add("one_start", [(variable, 1) for _, variable in encoding.starts], EQUAL, 1)


def _add_stays(encoding: Encoding, network: Network) -> dict[str, Stays]:
    stays: dict[str, Stays] = {}
    numbers = {city: number for number, city in enumerate(encoding.candidates.offers)}
    for stay in network.stays:
        name = f"stay_{stay.position + 1}_{lp_word(stay.city)}_{numbers[stay.city]}_{stay.start}_{stay.end}"
        stays.setdefault(stay.city, []).append((stay, encoding.model.binary(name)))
    encoding.stays = [pair for pairs in stays.values() for pair in pairs]
    return stays


def _add_legs(encoding: Encoding, network: Network) -> None:
    for leg, option in network.legs:
        mode = option.mode.replace("-", "_")
        name = f"leg_{leg}_{lp_word(option.origin)}_{lp_word(option.destination)}_{mode}_{len(encoding.legs)}"
        variable = encoding.model.binary(name)
        encoding.legs.append((leg, option, variable))
        encoding.pay(variable, option)


# Constraints


def _visit_cities(encoding: Encoding, stays: Mapping[str, Stays]) -> None:
    """Each stay is one city, no city is visited twice, and each named city is visited."""
    model, named = encoding.model, set(encoding.candidates.request.destination.cities)
    for position in range(encoding.candidates.num_stays):
        terms = [(variable, 1) for stay, variable in encoding.stays if stay.position == position]
        model.add(f"one_city_at_stay_{position + 1}", terms, EQUAL, 1)
    for number, city in enumerate({**dict.fromkeys(encoding.candidates.request.destination.cities), **stays}):
        if encoding.candidates.num_stays > 1 or city in named:
            terms = [(variable, 1) for _, variable in stays.get(city, [])]
            model.add(f"visit_{lp_word(city)}_{number}", terms, EQUAL if city in named else AT_MOST, 1)


def _join_stays_by_legs(encoding: Encoding) -> None:
    """Leave the city where a stay ends on the day it ends, and start the next stay where and when the leg arrives."""
    model = encoding.model
    for word, flows in (("leave", _leaving(encoding)), ("reach", _reaching(encoding))):
        for (leg, city, day), (options, stays) in flows.items():
            when = "" if day is None else f"_on_day_{day}"
            terms = [(v, 1) for v in options] + [(v, -1) for v in stays]
            name = f"{word}_{lp_word(city)}_by_leg_{leg}{when}_{model.num_rows}"
            model.add(name, terms, EQUAL if day is None else AT_MOST, 0)
    for (leg, day), terms in _handovers(encoding).items():
        first_of_exact = not encoding.starts and leg == 0 and day == 0
        last_of_exact = not encoding.starts and leg == encoding.candidates.num_stays and day == _last_day(encoding)
        model.add(f"days_join_at_leg_{leg}_on_day_{day}", terms, EQUAL, int(first_of_exact) - int(last_of_exact))


Flows = dict[tuple[int, str, int | None], tuple[list[Any], list[Any]]]


def _last_day(encoding: Encoding) -> int:
    return encoding.candidates.request.dates.num_days - 1


def _leaving(encoding: Encoding) -> Flows:
    """Return, by (leg, city left, day), the legs and the stays before them; day None stands for all days."""
    flows: Flows = {}
    for stay, variable in encoding.stays:
        flows.setdefault((stay.position + 1, stay.city, None), ([], []))[1].append(variable)
    for leg, option, variable in encoding.legs:
        for day in dict.fromkeys((None, option.day)) if leg > 0 else ():
            flows.setdefault((leg, option.origin, day), ([], []))[0].append(variable)
    for stay, variable in encoding.stays:
        if (key := (stay.position + 1, stay.city, stay.end)) in flows:
            flows[key][1].append(variable)
    return flows


def _reaching(encoding: Encoding) -> Flows:
    """Return, by (leg, city reached, day), the legs and the stays after them; day None stands for all days."""
    flows: Flows = {}
    for stay, variable in encoding.stays:
        flows.setdefault((stay.position, stay.city, None), ([], []))[1].append(variable)
    for leg, option, variable in encoding.legs:
        if leg < encoding.candidates.num_stays:
            arrival = None if option.day is None else option.day + option.nights_aboard
            for day in dict.fromkeys((None, arrival)):
                flows.setdefault((leg, option.destination, day), ([], []))[0].append(variable)
    for stay, variable in encoding.stays:
        if (key := (stay.position, stay.city, stay.start)) in flows:
            flows[key][1].append(variable)
    return flows


def _handovers(encoding: Encoding) -> dict[tuple[int, int], list[Term]]:
    """Return, by leg and day, who starts a stay that day, less who ended one, corrected by nights aboard.

    The start of the trip counts as the end of a stay at home, and its end as the start of one.
    """
    num_stays, terms = encoding.candidates.num_stays, dict[tuple[int, int], list[Term]]()
    for stay, variable in encoding.stays:
        terms.setdefault((stay.position, stay.start), []).append((variable, 1))
        terms.setdefault((stay.position + 1, stay.end), []).append((variable, -1))
    for day, variable in encoding.starts:
        terms.setdefault((0, day), []).append((variable, -1))
        terms.setdefault((num_stays, day + _last_day(encoding)), []).append((variable, 1))
    for leg, option, variable in encoding.legs:
        if option.nights_aboard:
            assert option.day is not None
            terms.setdefault((leg, option.day), []).append((variable, 1))
            terms.setdefault((leg, option.day + option.nights_aboard), []).append((variable, -1))
    return terms


def _drive_all_or_nothing(encoding: Encoding) -> None:
    """Make all legs by one's own car, or none."""
    by_leg: dict[int, list[Term]] = {leg: [] for leg in range(encoding.candidates.num_stays + 1)}
    for leg, option, variable in encoding.legs:
        if option.mode == "self-driving":
            by_leg[leg].append((variable, 1))
    if not any(by_leg.values()):
        return
    drive = encoding.model.binary("drive")
    for leg, terms in by_leg.items():
        encoding.model.add(f"own_car_on_leg_{leg}", [*terms, (drive, -1)], EQUAL, 0)


def _meals_by_legs(encoding: Encoding) -> dict[str, list[Term]]:
    """Return, by city, how many meals each leg leaves time for there on its day."""
    meals: dict[str, list[Term]] = {}
    home = encoding.candidates.request.origin if encoding.candidates.joining else None
    for _, option, variable in encoding.legs:
        for city, slots in ((option.origin, option.meals_before), (option.destination, option.meals_after)):
            if slots and home not in (option.origin, option.destination):
                meals.setdefault(city, []).append((variable, -len(slots)))
    for city, _, _, variable in encoding.meetings:
        meals.setdefault(city, []).append((variable, -1))
    return meals


def _sleep(encoding: Encoding, offer: CityOffer, stays: Stays) -> None:
    """Give every stay one hotel; where only one is a candidate, the stay itself pays for it."""
    city = lp_word(offer.city.name)
    by_nights: dict[int, list[Any]] = {}
    for stay, variable in stays:
        by_nights.setdefault(stay.num_nights, []).append(variable)
    for nights, present in by_nights.items():
        lodgings = offer.lodgings[nights]
        if len(lodgings) == 1:
            for variable in present:
                encoding.pay(variable, lodgings[0])
            continue
        terms: list[Term] = [(variable, -1) for variable in present]
        for lodging in lodgings:
            variable = encoding.model.binary(f"hotel_{city}_{nights}_{len(encoding.lodgings)}")
            encoding.lodgings.append((lodging, variable))
            encoding.pay(variable, lodging)
            terms.append((variable, 1))
        encoding.model.add(f"sleep_{nights}_nights_in_{city}_{encoding.model.num_rows}", terms, EQUAL, 0)


def _eat(encoding: Encoding, offer: CityOffer, stays: Stays, meals_by_legs: list[Term]) -> None:
    """Choose as many restaurants in a city as it has meals: three a full day, and what the legs leave time for."""
    city, model = lp_word(offer.city.name), encoding.model
    terms: list[Term] = [(v, -MEALS_A_DAY * len(stay.full_days)) for stay, v in stays if stay.full_days]
    terms += meals_by_legs
    held = encoding.candidates.held.records
    is_wanted = encoding.candidates.request.food.cuisines or any(d.record in held for d in offer.dinings if held)
    if encoding.candidates.profile.clock is None and is_wanted:
        terms += [(variable, -1) for variable in _extra_meals(encoding, offer.city.name, stays)]
    for dining in offer.dinings:
        variable = model.binary(f"eat_{city}_{len(encoding.dinings)}")
        encoding.dinings.append((dining, variable))
        encoding.pay(variable, dining)
        terms.append((variable, 1))
    past = encoding.candidates.past
    had = past.meals.get(offer.city.name, 0) if past else 0
    model.add(f"meals_in_{city}_{model.num_rows}", terms, EQUAL, -had)


def _extra_meals(encoding: Encoding, city: str, stays: Stays) -> list[Any]:
    """Without a clock, meals on travel days are optional; they can bring the cuisines that were asked for."""
    by_position: dict[int, list[Term]] = {}
    for stay, variable in stays:
        by_position.setdefault(stay.position, []).append((variable, -MEALS_A_DAY))
    variables = []
    for position, present in by_position.items():
        for which in _to_come(encoding, position):
            name = f"extra_meals_{which}_{lp_word(city)}_{len(encoding.extra_meals)}"
            variable = encoding.model.integer(name, 0, MEALS_A_DAY)
            encoding.extra_meals.append((city, position, which, variable))
            encoding.model.add(f"{name}_only_if_there", [(variable, 1), *present], AT_MOST, 0)
            variables.append(variable)
    return variables


def _to_come(encoding: Encoding, position: int) -> tuple[str, ...]:
    """Return which travel days of a stay are still to come."""
    past = encoding.candidates.past
    if past is None or position >= len(past.stays) or past.stays[position][1] >= past.today:
        return "arrival", "departure"
    return ("departure",) if past.stays[position][2] is None else ()


def _share_transfer_days(encoding: Encoding) -> None:
    """Keep a travel day to three meals, in the city left and the city reached together."""
    days: dict[int, list[Term]] = {}
    for _, position, which, variable in encoding.extra_meals:
        days.setdefault(position if which == "arrival" else position + 1, []).append((variable, 1))
    for leg, terms in days.items():
        encoding.model.add(f"meals_on_day_of_leg_{leg}", terms, AT_MOST, MEALS_A_DAY)


def _go_once(encoding: Encoding) -> None:
    """Eat and visit once at a place, where a city has several rows of one name."""
    by_name: dict[tuple[str, str, str], list[Term]] = {}
    for dining, variable in encoding.dinings:
        by_name.setdefault(("eat", dining.record.city, dining.record.name), []).append((variable, 1))
    rows: dict[tuple[str, str, str], set[int]] = {}
    for sight, variable in [*encoding.sights, *((sight, v) for sight, _, _, v in encoding.timed_sights)]:
        key = ("see", sight.record.city, sight.record.name)
        by_name.setdefault(key, []).append((variable, 1))
        rows.setdefault(key, set()).add(id(sight))
    for number, (key, terms) in enumerate(by_name.items()):
        if len(rows.get(key, terms)) > 1:
            encoding.model.add(f"{key[0]}_once_at_{lp_word(key[2])}_{number}", terms, AT_MOST, 1)


def _see_must_sees(encoding: Encoding) -> None:
    """Visit each must-see place, in whichever city has it."""
    past = encoding.candidates.past
    for number, name in enumerate(encoding.candidates.request.places.must_see):
        if past and name.casefold() in past.seen:
            continue
        terms = [(v, 1) for sight, v in encoding.sights if sight.record.name.casefold() == name.casefold()]
        terms += [(v, 1) for sight, _, _, v in encoding.timed_sights if sight.record.name.casefold() == name.casefold()]
        encoding.model.add(f"must_see_{lp_word(name)}_{number}", terms, AT_LEAST, 1)


def _serve_cuisines(encoding: Encoding) -> None:
    """Each wanted cuisine is served at one meal at least."""
    past = encoding.candidates.past
    for number, cuisine in enumerate(encoding.candidates.request.food.cuisines):
        if past and cuisine.casefold() in past.cuisines:
            continue
        terms = [(v, 1) for dining, v in encoding.dinings if cuisine in dining.cuisines]
        encoding.model.add(f"cuisine_{lp_word(cuisine)}_{number}", terms, AT_LEAST, 1)


def _stay_in_budget(encoding: Encoding) -> None:
    """The whole trip costs no more than the budget."""
    budget_cents, past = encoding.candidates.request.budget_cents, encoding.candidates.past
    if budget_cents is not None:
        encoding.model.add("budget", encoding.cost, AT_MOST, budget_cents - (past.cost_cents if past else 0))
