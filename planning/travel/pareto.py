"""The front between what counts: trips of which none is better in one respect and no worse in the others.

By ε-constraint: the first objective is minimised, and of equal trips the next one, under an upper bound on the others
that moves. So every point is on the exact front. Bounds from the trip's network leave out the stays and legs of which
no point can make use.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import ceil, sqrt
from typing import TypeVar

from planning.travel.candidates import Candidates, Dining, Lodging, Option, Sight
from planning.travel.decoding import decode
from planning.travel.encoding import Encoding, encode
from planning.travel.gathering import gather
from planning.travel.inventory import Inventory
from planning.travel.itinerary import Itinerary
from planning.travel.network import EMPTY_NETWORK, Network, build_network
from planning.travel.profile import Profile
from planning.travel.replay import recomputed_objective
from planning.travel.request import Objective, TravelRequest
from planning.travel.rules import check_rules
from planning.travel.solving import solve_trip
from solvers.milp import Term, Values
from solvers.registry import unknown
from solvers.result import Status
from solvers.session import Session, solve_tightly

OBJECTIVES = {
    "cost": "cost in cents",
    "rating": "lost stars (5 less the rating) of nights, meals and visits, in tenths",
    "time": "minutes of travel",
}
DEFAULT_POINTS = 6
TENTH_SCORE = 30
MOST_WEIGHT = 10**15
# Up to so many legs the whole network is solved as fast as it is bounded.
SMALL = 20


@dataclass(frozen=True, slots=True)
class Point:
    """A trip, and what it scores by objective: less is better in each."""

    itinerary: Itinerary
    scores: dict[str, int]


@dataclass(frozen=True, slots=True)
class Front:
    """Points of the front, in the order of the first objective.

    `is_whole` says that there is no other point. `complete` is False where the time limit struck before as many points
    as are asked for were found; those that were are on the front all the same.
    """

    objectives: tuple[str, ...]
    points: tuple[Point, ...]
    is_whole: bool
    complete: bool


def checked_objectives(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of two or three different objectives.

    Raises:
        ValueError: They are not; the message says what may have been meant.
    """
    for name in names:
        if name not in OBJECTIVES:
            raise ValueError(unknown("objective", name, OBJECTIVES))
    if len(set(names)) < max(2, len(names)):
        raise ValueError(
            f"a front is between two or three different objectives, such as cost,rating: not {','.join(names)!r}"
        )
    return tuple(names)


def pareto_front(
    request: TravelRequest,
    profile: Profile,
    inventory: Inventory,
    objectives: Sequence[str],
    *,
    count: int | None = DEFAULT_POINTS,
    time_limit_s: float = 10.0,
) -> Front:
    """Return points of the exact front between two or three objectives.

    Between two, `count` points at even steps from one end of the front to the other (fewer, where the front has no
    more); between three, about as many, on a grid of bounds; None stands for all points. Without any trip there are no
    points. The request is a completed one (`completion`), whose own objective does not count here. The time limit holds
    for all of it together.

    Raises:
        ValueError: An objective is unknown or named twice, or there is only one, or fewer than two points are wanted.
    """
    names = checked_objectives(objectives)
    if count is not None and count < 2:
        raise ValueError(f"{count} points are no front: ask for two or more")
    deadline = time.perf_counter() + time_limit_s
    weights = Objective(cost=0, rating=int("rating" in names), travel_time=int("time" in names))
    candidates = gather(request.model_copy(update={"objective": weights}), profile, inventory)
    sweep, complete = None, True
    try:
        network = _network(candidates, names, deadline)
        if not network.stays or not network.legs:
            return Front(names, (), is_whole=True, complete=True)
        sweep = _Sweep(encode(candidates, network), names, deadline)
        sweep.run(count)
    except TimeoutError:
        complete = False
    points = [_point(sweep, values, request, inventory) for values in sweep.found] if sweep else []
    points.sort(key=lambda point: tuple(point.scores.values()))
    return Front(names, tuple(points), sweep is not None and sweep.is_whole, complete)


def _point(sweep: "_Sweep", values: Values, request: TravelRequest, inventory: Inventory) -> Point:
    """Return a point whose trip the rule checker accepts as one for the request."""
    itinerary = decode(sweep.encoding, values, inventory)
    itinerary = replace(itinerary, objective=recomputed_objective(itinerary, request))
    verdict = check_rules(itinerary, request, inventory)
    assert verdict.valid, f"the rule checker refuses the solver's trip: {verdict.violations}"
    return Point(itinerary, {name: values[_total(name)] for name in sweep.names})


def _total(name: str) -> str:
    return f"total {name}"


class _Sweep:
    """One model that is solved for point after point; the cost comes first where it counts, and last where not."""

    def __init__(self, encoding: Encoding, names: Sequence[str], deadline: float) -> None:
        self.encoding, self.names, self.deadline = encoding, names, deadline
        self.first, *self.others = sorted(names, key=lambda name: name != "cost")
        self.order = [self.first, *self.others, *(name for name in ("cost",) if name not in names)]
        self.session = Session(encoding.model)
        legs = {v.name for _, _, v in encoding.legs}
        terms: dict[str, list[Term]] = {
            "cost": encoding.cost,
            # Legs are not rated, and what is no leg takes no time: its score are its lost stars (see `gathering`).
            "rating": [(v, score // TENTH_SCORE) for v, score in encoding.score if v.name not in legs],
            "time": [(v, option.duration_min) for _, option, v in encoding.legs],
        }
        self.most = {name: sum(weight for _, weight in terms[name]) for name in self.order}
        for name in self.order:
            self.session.total(_total(name), terms[name], self.most[name])
        self.found: list[Values] = []
        self.is_whole = False

    def run(self, count: int | None) -> None:
        """Find points, about so many or all of them.

        Raises:
            TimeoutError: The time is over; `found` are the points so far.
        """
        if count is None:
            self.find_all()
        elif len(self.others) == 1:
            self.find_evenly(count)
        else:
            self.find_on_grid(ceil(sqrt(count)))

    def find_all(self) -> None:
        """Find the next best point that every one so far is worse than in something, until there is none."""
        while values := self.least({}):
            self.found.append(values)
            self.session.any_at_most({_total(name): values[_total(name)] - 1 for name in self.others})
        self.is_whole = True

    def find_evenly(self, count: int) -> None:
        """Go from the least of the first objective to the least of the other one, in `count` steps at the most."""
        (other,) = self.others
        self.is_whole = True
        end = self.least({}, [other, self.first])
        values = self.least({}) if end else None
        while end and values:
            self.found.append(values)
            far, near = values[_total(other)], end[_total(other)]
            if far == near:
                return
            step = ceil((far - near) / max(1, count - len(self.found)))
            self.is_whole = self.is_whole and step == 1
            bounds = {other: (near, far - step), self.first: (values[_total(self.first)], end[_total(self.first)])}
            values = end if far - step == near else self.least(bounds)

    def find_on_grid(self, side: int) -> None:
        """Take the best point under each pair of bounds on the other two, at even steps between what they can be."""
        ends = [self.least({}, [name, *(n for n in self.order if n != name)]) for name in self.order]
        levels = []
        for name in self.others:
            reached = [end[_total(name)] for end in ends if end]
            if not reached:
                self.is_whole = True
                return
            low, high = min(reached), max(reached)
            levels.append([high - (high - low) * n // max(1, side - 1) for n in range(side)])
        for bounds in dict.fromkeys(product(*levels)):
            values = self.least({name: (0, most) for name, most in zip(self.others, bounds, strict=True)})
            if values and not any(self.scores(values) == self.scores(before) for before in self.found):
                self.found.append(values)

    def scores(self, values: Values) -> tuple[int, ...]:
        """Return what a solution scores, by objective."""
        return tuple(values[_total(name)] for name in (self.first, *self.others))

    def least(self, bounds: Mapping[str, tuple[int, int]], order: Sequence[str] = ()) -> Values | None:
        """Return the best solution within bounds: by the first of the order, of equal ones by the next, and so on."""
        weights, weight = dict[str, int](), 1
        for name in reversed(order or self.order):
            low, high = bounds.get(name, (0, self.most[name]))
            self.session.bound(_total(name), low, high)
            weights[_total(name)] = weight
            weight *= high - low + 1
        if weight < MOST_WEIGHT:
            return self.solved(weights)
        values = None
        for name in reversed(weights):
            values = self.solved({name: 1})
            if values is None:
                return None
            self.session.bound(name, values[name], values[name])
        return values

    def solved(self, weights: Mapping[str, int]) -> Values | None:
        """Return the proven optimum of a weighted sum, or None where there is no solution."""
        left_s = self.deadline - time.perf_counter()
        result = self.session.solve(weights, left_s) if left_s > 0 else None
        if result is None or result.status not in (Status.OPTIMAL, Status.INFEASIBLE):
            raise TimeoutError("the time limit struck")
        return result.solution


# The part of the network that points can make use of


def _network(candidates: Candidates, names: Sequence[str], deadline: float) -> Network:
    """Return the network without what no point can make use of, by lower bounds on what it costs.

    Between the cost and one other objective no point costs more than the cheapest trip that is best by the other one.
    """
    network = build_network(candidates, deadline - time.perf_counter())
    reachable = network.within(sys.float_info.max)
    if "cost" not in names or len(names) > 2 or len(reachable.legs) <= SMALL:
        return reachable
    result, encoding = solve_trip(candidates, solve_tightly, max(0.001, deadline - time.perf_counter()))
    if result.status is not Status.OPTIMAL or result.solution is None:
        if result.status is Status.INFEASIBLE:
            return EMPTY_NETWORK
        raise TimeoutError("the time limit struck")
    most_cents = sum(weight * result.solution[v.name] for v, weight in encoding.cost)
    by_cost = build_network(_by_cost(candidates), deadline - time.perf_counter())
    stays, legs = by_cost.stay_bounds <= most_cents, by_cost.leg_bounds <= most_cents
    return Network(
        tuple(stay for stay, is_kept in zip(network.stays, stays, strict=True) if is_kept),
        tuple(leg for leg, is_kept in zip(network.legs, legs, strict=True) if is_kept),
        network.stay_bounds[stays],
        network.leg_bounds[legs],
    )


Item = TypeVar("Item", Option, Lodging, Dining, Sight)


def _by_cost(candidates: Candidates) -> Candidates:
    """Return the same candidates, in the same order, whose scores are their costs."""

    def rescored(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(replace(item, score=item.cost_cents) for item in items)

    offers = {
        city: replace(
            offer,
            lodgings={nights: rescored(lodgings) for nights, lodgings in offer.lodgings.items()},
            dinings=rescored(offer.dinings),
            sights=rescored(offer.sights),
        )
        for city, offer in candidates.offers.items()
    }
    return replace(candidates, offers=offers, options={pair: rescored(o) for pair, o in candidates.options.items()})
