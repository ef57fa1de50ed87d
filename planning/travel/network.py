"""The network of a trip: all stays and legs that could be part of it, and a lower bound on the trips through each.

A trip is a path: home, leg 0, stay 0, leg 1, …, home. Forgetting that no city is visited twice, that cuisines have to
be covered and that money is limited, its least score is a shortest path, and so is the least score of any trip through
a given stay or leg. Whatever cannot be part of a trip as good as one already known is left out of the model.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from planning.travel.candidates import Candidates, CityOffer, Option
from planning.travel.profile import MEALS

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stay:
    """City `city` is the `position`-th stay (from 0), reached on day `start` and left on day `end` (days from 0)."""

    position: int
    city: str
    start: int
    end: int

    @property
    def num_nights(self) -> int:
        """Return the nights of the stay."""
        return self.end - self.start

    @property
    def full_days(self) -> range:
        """Return the days that are spent wholly in the city."""
        return range(self.start + 1, self.end)


Measure = tuple[Callable[[Stay], float], Callable[[Option], float]]


@dataclass(frozen=True, slots=True)
class Network:
    """Stays and legs (leg number, option), with a lower bound on the score of the trips through each of them."""

    stays: tuple[Stay, ...]
    legs: tuple[tuple[int, Option], ...]
    stay_bounds: Array
    leg_bounds: Array

    @property
    def bound(self) -> float:
        """Return a lower bound on the score of every trip; infinite if there is none."""
        return float(self.stay_bounds.min(initial=np.inf))

    def within(self, limit: float) -> "Network":
        """Return the network of the stays and legs whose bound is at most `limit`."""
        stays, legs = self.stay_bounds <= limit, self.leg_bounds <= limit
        return Network(
            tuple(self.stays[i] for i in np.flatnonzero(stays)),
            tuple(self.legs[i] for i in np.flatnonzero(legs)),
            self.stay_bounds[stays],
            self.leg_bounds[legs],
        )


EMPTY_NETWORK = Network((), (), np.empty(0), np.empty(0))


def visits_a_full_day(stay: Stay, offer: CityOffer, wanted: int) -> int:
    """Return the visits a full day: fewer than the pace asks for only where the city has no more attractions."""
    return min(wanted, offer.num_sights // len(stay.full_days)) if stay.full_days else 0


def build_network(candidates: Candidates, time_limit_s: float = math.inf, measure: Measure | None = None) -> Network:
    """Enumerate the stays and legs of a request, and bound them by shortest paths, forwards and backwards.

    Args:
        candidates: The data of the formulation.
        time_limit_s: Wall seconds.
        measure: What a stay and a leg add at least to whatever is minimised; the score unless told otherwise.

    Raises:
        TimeoutError: A window of many days leaves too many first days to bound in the time given.
    """
    stays = tuple(stay for offer in candidates.offers.values() for stay in _stays_in(candidates, offer))
    legs = _legs(candidates, stays)
    of_stay, of_leg = measure or _least_scores(candidates)
    paths = _Paths(candidates, stays, legs, [of_stay(stay) for stay in stays], [of_leg(option) for _, option in legs])
    return paths.network(time.perf_counter() + time_limit_s)


def _least_scores(candidates: Candidates) -> Measure:
    """Return the least score of a stay with what is eaten and visited on its full days, and of a leg with its meals."""
    meals = {c: _prefix_sums(dining.score for dining in offer.dinings) for c, offer in candidates.offers.items()}
    visits = {c: _prefix_sums(sight.score for sight in offer.sights) for c, offer in candidates.offers.items()}
    beds = {
        (c, nights): min((lodging.score for lodging in lodgings), default=np.inf)
        for c, offer in candidates.offers.items()
        for nights, lodgings in offer.lodgings.items()
    }
    wanted, home = candidates.min_visits_a_day, candidates.request.origin

    def stay_score(stay: Stay) -> float:
        days = len(stay.full_days)
        num_visits = visits_a_full_day(stay, candidates.offers[stay.city], wanted) * days
        food, tickets = meals[stay.city], visits[stay.city]
        if len(MEALS) * days >= len(food) or num_visits >= len(tickets):
            return np.inf
        return beds[stay.city, stay.num_nights] + food[len(MEALS) * days] + tickets[num_visits]

    def leg_score(option: Option) -> float:
        before, after = meals.get(option.origin, [0, 0]), meals.get(option.destination, [0, 0])
        score: float = option.score
        if candidates.joining and home in (option.origin, option.destination):
            # How many meals there are then depends on when the others come and go.
            return score
        for slots, sums in ((option.meals_before, before), (option.meals_after, after)):
            if slots:
                score += len(slots) * sums[1] if len(sums) > len(slots) else np.inf
        return score

    return stay_score, leg_score


def _stays_in(candidates: Candidates, offer: CityOffer) -> list[Stay]:
    dates, num_stays, home = candidates.request.dates, candidates.num_stays, candidates.request.origin
    slack, last, city = dates.window_days - dates.num_days, dates.window_days - 1, offer.city.name
    longest = dates.num_days - num_stays
    aboard_out = max((o.nights_aboard for o in candidates.options.get((home, city), ())), default=0)
    aboard_back = max((o.nights_aboard for o in candidates.options.get((city, home), ())), default=0)
    stays = []
    for position in range(num_stays):
        after = num_stays - 1 - position
        for start in range(position, (slack + aboard_out if position == 0 else last - after - 1) + 1):
            first_end = dates.num_days - 1 - aboard_back if after == 0 else start + 1
            for end in range(max(start + 1, first_end), min(start + longest, last - after) + 1):
                full_days = end - start - 1
                happened = candidates.past is None or candidates.past.allows_stay(position, city, start, end)
                if happened and offer.lodgings.get(end - start) and offer.num_sights >= full_days:
                    stays.append(Stay(position, city, start, end))
    return stays


def _legs(candidates: Candidates, stays: Sequence[Stay]) -> tuple[tuple[int, Option], ...]:
    origin, num_stays = candidates.request.origin, candidates.num_stays
    reached: dict[int, set[str]] = {position: set() for position in range(num_stays)}
    for stay in stays:
        reached[stay.position].add(stay.city)
    found = []
    for (start, end), options in candidates.options.items():
        if start == origin:
            numbers = [0] if end in reached[0] else []
        elif end == origin:
            numbers = [num_stays] if start in reached[num_stays - 1] else []
        else:
            numbers = [n for n in range(1, num_stays) if start in reached[n - 1] and end in reached[n]]
        found += [(number, option) for number in numbers for option in options]
    past = candidates.past
    return tuple(pair for pair in found if past is None or past.allows_leg(*pair))


class _Paths:
    """Shortest paths over (city, day), layer by layer, for trips by one's own car and for all others.

    `stay_scores[i]`, `leg_scores[j]` are lower bounds on what each stay and leg adds to the score.
    """

    def __init__(
        self,
        candidates: Candidates,
        stays: Sequence[Stay],
        legs: Sequence[tuple[int, Option]],
        stay_scores: Sequence[float],
        leg_scores: Sequence[float],
    ) -> None:
        self.dates, self.num_stays = candidates.request.dates, candidates.num_stays
        self.stays, self.legs = tuple(stays), tuple(legs)
        self.cities = {city: i for i, city in enumerate([*candidates.offers, candidates.request.origin])}
        self.home = len(self.cities) - 1
        self.stay_table = np.array(
            [(s.position, self.cities[s.city], s.start, s.end) for s in self.stays], dtype=np.int64
        ).reshape(-1, 4)
        self.stay_scores = np.array(stay_scores, dtype=np.float64)
        self.leg_table = np.array(
            [
                (
                    number,
                    self.cities[option.origin],
                    self.cities[option.destination],
                    option.nights_aboard,
                    option.mode == "self-driving",
                    -1 if option.day is None else option.day,
                )
                for number, option in self.legs
            ],
            dtype=np.int64,
        ).reshape(-1, 6)
        self.leg_scores = np.array(leg_scores, dtype=np.float64)

    def network(self, deadline: float) -> Network:
        stay_bounds = np.full(len(self.stays), np.inf)
        leg_bounds = np.full(len(self.legs), np.inf)
        for first_day in range(self.dates.window_days - self.dates.num_days + 1):
            if first_day and time.perf_counter() > deadline:
                raise TimeoutError(f"the time limit struck after bounding {first_day} first days")
            for by_car in (False, True):
                through_stays, through_legs = self.bounds(first_day, by_car)
                np.minimum(stay_bounds, through_stays, out=stay_bounds)
                np.minimum(leg_bounds, through_legs, out=leg_bounds)
        return Network(self.stays, self.legs, stay_bounds, leg_bounds)

    def bounds(self, first_day: int, by_car: bool) -> tuple[Array, Array]:
        """Return the least scores of the trips that start on a day, through each stay and through each leg.

        Paths never go from a city straight back to the one before it: `came[l, p, c, d]` is the least score of having
        reached city c by leg l on day d from city p, `left[l, p, c, d]` that of having stayed until d, and `went`,
        `gone` are the same from the other end, with the city that comes next in the place of p.
        """
        num_cities = len(self.cities)
        size = (self.num_stays + 2, num_cities, num_cities, self.dates.window_days)
        came, left, went, gone = (np.full(size, np.inf) for _ in range(4))
        left[0, self.home, self.home, first_day] = 0.0
        gone[self.num_stays, self.home, self.home, first_day + self.dates.num_days - 1] = 0.0
        moves = [self.moves(number, by_car) for number in range(self.num_stays + 1)]
        nights = [np.flatnonzero(self.stay_table[:, 0] == position) for position in range(self.num_stays)]
        before = []
        for number in range(self.num_stays + 1):
            best = _Best(left[number], exclude=self.num_stays > 2)
            before.append(best)
            for rows, start, end, leave, arrive in moves[number]:
                score = best.without(end, start, leave) + self.leg_scores[rows]
                np.minimum.at(came[number], (start, end, arrive), score)
            if number < self.num_stays:
                _, city, start, end = self.stay_table[nights[number]].T
                score = came[number][:, city, start] + self.stay_scores[nights[number]]
                _take_least(left[number + 1], city, end, score)
        through_legs = np.full(len(self.leg_scores), np.inf)
        through_stays = np.full(len(self.stays), np.inf)
        for number in range(self.num_stays, -1, -1):
            if number < self.num_stays:
                chosen = nights[number]
                _, city, start, end = self.stay_table[chosen].T
                score = went[number + 1][:, city, end] + self.stay_scores[chosen]
                _take_least(gone[number], city, start, score)
                through_stays[chosen] = self.joined(came[number][:, city, start], score)
            best = _Best(gone[number], exclude=self.num_stays > 2)
            for rows, start, end, leave, arrive in moves[number]:
                score = best.without(start, end, arrive) + self.leg_scores[rows]
                np.minimum.at(went[number], (end, start, leave), score)
                np.minimum.at(through_legs, rows, before[number].without(end, start, leave) + score)
        return through_stays, through_legs

    def joined(self, earlier: Array, later: Array) -> Array:
        """Return, by column, the least earlier[p] + later[q] with p ≠ q (p = q is allowed on trips of two cities)."""
        if self.num_stays <= 2:
            return np.asarray(earlier.min(axis=0) + later.min(axis=0))
        columns = np.arange(earlier.shape[1])
        first, last = earlier.argmin(axis=0), later.argmin(axis=0)
        apart = earlier[first, columns] + later[last, columns]
        other_first, other_last = earlier.copy(), later.copy()
        other_first[last, columns] = np.inf
        other_last[first, columns] = np.inf
        either = np.minimum(
            other_first.min(axis=0) + later[last, columns], earlier[first, columns] + other_last.min(axis=0)
        )
        return np.asarray(np.where(first != last, apart, either))

    def moves(self, number: int, by_car: bool) -> list[tuple[Integers, ...]]:
        """Return (rows, from, to, day left, day reached) of a leg, in one array for each day that a road is open."""
        mine = np.flatnonzero((self.leg_table[:, 0] == number) & (self.leg_table[:, 4] == by_car))
        dated = mine[self.leg_table[mine, 5] >= 0]
        _, start, end, aboard, _, day = self.leg_table[dated].T
        kept = day + aboard < self.dates.window_days
        found: list[tuple[Integers, ...]] = [(dated[kept], start[kept], end[kept], day[kept], (day + aboard)[kept])]
        daily = mine[self.leg_table[mine, 5] < 0]
        _, start, end, _, _, _ = self.leg_table[daily].T
        found += [
            (daily, start, end, np.full_like(start, d), np.full_like(start, d)) for d in range(self.dates.window_days)
        ]
        return found


def _take_least(scores: Array, city: Integers, day: Integers, candidates: Array) -> None:
    """Set scores[p, city[i], day[i]] to the least of itself and candidates[p, i], for all p and i."""
    cells = np.ravel_multi_index((city, day), scores.shape[1:])
    order = np.argsort(cells, kind="stable")
    if len(order):
        firsts = np.flatnonzero(np.diff(cells[order], prepend=-1))
        flat = scores.reshape(len(scores), -1)
        least = np.minimum.reduceat(candidates[:, order], firsts, axis=1)
        flat[:, cells[order][firsts]] = np.minimum(flat[:, cells[order][firsts]], least)


class _Best:
    """The least of scores[p, c, d] over p, with or without one p left out."""

    def __init__(self, scores: Array, exclude: bool) -> None:
        self.exclude = exclude
        self.first = scores.argmin(axis=0)
        self.least = scores.min(axis=0)
        if exclude:
            others = scores.copy()
            np.put_along_axis(others, self.first[None], np.inf, axis=0)
            self.second = others.min(axis=0)

    def without(self, left_out: Integers, city: Integers, day: Integers) -> Array:
        least = self.least[city, day]
        if not self.exclude:
            return np.asarray(least)
        return np.asarray(np.where(self.first[city, day] == left_out, self.second[city, day], least))


def _prefix_sums(scores: Iterable[int]) -> list[float]:
    """Return the sums of the 0, 1, 2, … least scores."""
    return [0.0, *accumulate(sorted(scores))]
