"""The visits of the formulation: as many a full day as the pace asks for, with opening hours where there are any."""

import re
from typing import TYPE_CHECKING, Any

from planning.travel.candidates import CityOffer, Sight
from planning.travel.network import Stay, visits_a_full_day
from solvers.milp import AT_LEAST, AT_MOST, EQUAL, Term

if TYPE_CHECKING:
    from planning.travel.encoding import Encoding

Stays = list[tuple[Stay, Any]]


def lp_word(text: str) -> str:
    """Return a name that the LP format allows."""
    return re.sub(r"\W+", "_", text, flags=re.ASCII)


def visit_sights(encoding: "Encoding", offer: CityOffer, stays: Stays) -> None:
    """Give every full day its visits: at least as many as the pace asks for and the city has."""
    candidates = encoding.candidates
    is_under_way = candidates.past is not None and offer.city.name == candidates.past.city
    if any(sight.openings is not None for sight in offer.sights) or (is_under_way and candidates.profile.clock):
        _visit_timed_sights(encoding, offer, stays)
    elif is_under_way or any(_is_choice(encoding, sight) for sight in offer.sights):
        city, model = lp_word(offer.city.name), encoding.model
        terms: list[Term] = []
        for sight in offer.sights:
            variable = model.binary(f"see_{city}_{len(encoding.sights)}")
            encoding.sights.append((sight, variable))
            encoding.pay(variable, sight)
            terms.append((variable, 1))
        days = [(v, num_visits(encoding, offer, stay), len(full_days_to_come(encoding, stay))) for stay, v in stays]
        spans = [(v, fewest * count, most * count) for v, (fewest, most), count in days]
        _keep_pace(encoding, f"visits_in_{city}_{model.num_rows}", terms, spans)


def full_days_to_come(encoding: "Encoding", stay: Stay) -> range:
    """Return the full days of a stay that are not over."""
    past = encoding.candidates.past
    return range(max(stay.start + 1, past.today), stay.end) if past else stay.full_days


def _is_choice(encoding: "Encoding", sight: Sight) -> bool:
    """Tell whether it matters if this one is visited; where it does for none, any will do, and the model has none."""
    held = encoding.candidates.held.records
    return bool(sight.is_must_see or sight.cost_cents or sight.score or (held and sight.record in held))


def num_visits(encoding: "Encoding", offer: CityOffer, stay: Stay) -> tuple[int, int]:
    """Return the fewest and the most visits of a full day."""
    candidates = encoding.candidates
    fewest = visits_a_full_day(stay, offer, candidates.min_visits_a_day)
    return fewest, max(fewest, visits_a_full_day(stay, offer, candidates.visits_a_day))


def _keep_pace(encoding: "Encoding", name: str, visits: list[Term], spans: list[tuple[Any, int, int]]) -> None:
    """Visit as often as the pace asks for, or more often, as must-sees may need, while the day has parts for it."""
    fewest = [*visits, *((variable, -few) for variable, few, _ in spans)]
    if all(few == many for _, few, many in spans):
        encoding.model.add(name, fewest, EQUAL, 0)
        return
    encoding.model.add(f"{name}_at_least", fewest, AT_LEAST, 0)
    encoding.model.add(f"{name}_at_most", [*visits, *((v, -many) for v, _, many in spans)], AT_MOST, 0)


def _visit_timed_sights(encoding: "Encoding", offer: CityOffer, stays: Stays) -> None:
    """With opening hours, give a visit its day and its part of the day; no two visits share them."""
    model, city, wanted = encoding.model, lp_word(offer.city.name), encoding.candidates.visits_a_day
    demand: dict[int, list[tuple[Any, int, int]]] = {}
    past = encoding.candidates.past
    for stay, variable in stays:
        for day in full_days_to_come(encoding, stay):
            had = len(past.day.visits) if past and past.day and day == past.today else 0
            few, many = num_visits(encoding, offer, stay)
            demand.setdefault(day, []).append((variable, max(0, few - had), max(0, many - had)))
    at: dict[tuple[int, int], list[Term]] = {}
    for number, sight in enumerate(offer.sights):
        once: list[Term] = []
        for day, slot in ((day, slot) for day in demand for slot in range(wanted)):
            if sight.openings is None or (day, slot) in sight.openings:
                variable = model.binary(f"see_{city}_day_{day}_{slot}_{len(encoding.timed_sights)}")
                encoding.timed_sights.append((sight, day, slot, variable))
                encoding.pay(variable, sight)
                at.setdefault((day, slot), []).append((variable, 1))
                once.append((variable, 1))
        model.add(f"see_once_{city}_{number}_{model.num_rows}", once, AT_MOST, 1)
    for day, present in demand.items():
        visits: list[Term] = []
        for slot in range(wanted):
            here = at.get((day, slot), [])
            visits += here
            there = [(variable, -1) for variable, _, _ in present]
            model.add(f"one_visit_in_{city}_on_day_{day}_{slot}_{model.num_rows}", [*here, *there], AT_MOST, 0)
        _keep_pace(encoding, f"visits_in_{city}_on_day_{day}_{model.num_rows}", visits, present)
