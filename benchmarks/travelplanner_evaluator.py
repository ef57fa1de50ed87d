"""Judge a TravelPlanner submission by the benchmark's 13 rules, from its JSON text and the CSV tables alone.

Nothing of the planner is imported here: the tables are read, the entries parsed and the rules written a second time,
so that a mistake in the one is seen by the other. Rules 1–8 are common sense, 9–13 what the query asks for; 9–13 are
judged only where 7 and 8 hold, as the published evaluator does. A name is looked up as a part of the names in its
city, and the first row that matches counts. Stricter than the published code, where that slips: places have to be in
the right city on full days too (6), and a house that forbids parties is no house for a party (10).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.travelplanner_tables import MEALS, Facts, Query, Tables, plan_day

_ROOM_TYPES = {"entire room": "Entire home/apt", "private room": "Private room", "shared room": "Shared room"}

Rule = Callable[[Facts], Iterator[str]]

# 1–8: common sense


def _tour(facts: Facts) -> Iterator[str]:
    home, trail, states = facts.query["org"], facts.trail, facts.tables.states
    if not trail or trail[0] != home or trail[-1] != home:
        yield f"the trip goes {' – '.join(trail)}: it has to start and end in {home}"
    stays = [(city, len(list(group))) for city, group in groupby(trail)][1:-1]
    if not stays:
        yield "no city is visited"
    for city, num_days in stays:
        if city == home or [other for other, _ in stays].count(city) > 1:
            yield f"{city} is visited again"
        if num_days < 2:
            yield f"only one day touches {city}"
        if facts.query["days"] > 3 and states.get(city) != facts.query["dest"]:
            yield f"{city} is not in {facts.query['dest']}"
    yield from (f"{city} is not a known city" for city in dict.fromkeys(trail) if city not in states)


def _again(texts: Sequence[str]) -> Iterator[str]:
    yield from (f"{text} comes {texts.count(text)} times" for text in dict.fromkeys(texts) if texts.count(text) > 1)


def _unique_restaurants(facts: Facts) -> Iterator[str]:
    yield from _again([meal.text for day in facts.days for meal in day.meals])


def _unique_attractions(facts: Facts) -> Iterator[str]:
    yield from _again([sight.text for day in facts.days for sight in day.sights])


def _minimum_nights(facts: Facts) -> Iterator[str]:
    """An ambiguous name is not judged, as in the published code."""
    for hotel, nights in groupby(day.hotel for day in facts.days):
        rows, count = facts.matches("hotel", hotel) if hotel else [], len(list(nights))
        if hotel and len(rows) == 1 and count < float(rows[0]["minimum nights"]):
            yield f"{hotel.text} takes guests for {rows[0]['minimum nights']} nights or more, not for {count}"


def _one_car(facts: Facts) -> Iterator[str]:
    modes = [day.move.mode for day in facts.days if day.move]
    if "self-driving" in modes and ("flight" in modes or "taxi" in modes):
        yield f"self-driving is mixed with other transport: {', '.join(modes)}"


def _within_city(facts: Facts) -> Iterator[str]:
    for day in facts.days:
        there = " or ".join(day.cities)
        for venue in (*day.meals, *day.sights):
            if venue.city not in day.cities:
                yield f"day {day.number}: {venue.text} is not in {there}"
        if day.hotel and day.hotel.city != day.cities[-1]:
            yield f"day {day.number}: {day.hotel.text} is not in {day.cities[-1]}"
        if day.move and (day.move.origin, day.move.destination) != (day.cities[0], day.cities[-1]):
            yield f"day {day.number}: {day.move.text} is not about {' and '.join(day.cities)}"


def _in_tables(facts: Facts) -> Iterator[str]:
    for day in facts.days:
        move = day.move
        if move and (facts.flight(move) if move.mode == "flight" else facts.road_km(move)) is None:
            yield f"day {day.number}: {move.text}"
        venues = [("restaurant", meal) for meal in day.meals] + [("attraction", sight) for sight in day.sights]
        venues += [("hotel", day.hotel)] if day.hotel else []
        yield from (f"day {day.number}: {venue.text}" for kind, venue in venues if not facts.matches(kind, venue))


def _complete(facts: Facts) -> Iterator[str]:
    num_days, num_cities = facts.query["days"], facts.query["visiting_city_number"]
    if len(facts.days) != num_days:
        yield f"{len(facts.days)} days instead of {num_days}"
    visited = [city for city in dict.fromkeys(facts.trail) if city != facts.query["org"]]
    if len(visited) != num_cities:
        yield f"{len(visited)} cities instead of {num_cities}: {', '.join(visited)}"
    for day in facts.days:
        lacks = [f"the key {key!r}" for key in day.missing]
        lacks += ["transportation"] if day.is_travel and not day.move else []
        lacks += ["an attraction"] if not day.is_travel and not day.sights else []
        lacks += ["a meal"] if not day.is_travel and len(day.meals) < len(MEALS) else []
        lacks += ["a hotel"] if day.number < num_days and not day.hotel else []
        yield from (f"day {day.number} lacks {thing}" for thing in lacks)


# 9–13: what the query asks for


def _cost(facts: Facts) -> float:
    """Return the price of the whole plan; what is not in the tables costs nothing."""
    people = int(facts.query["people_number"])
    total = 0.0
    for move in (day.move for day in facts.days if day.move):
        km = facts.road_km(move) or 0.0
        flight = facts.flight(move) if move.mode == "flight" else None
        if flight:
            total += float(flight["Price"]) * people
        elif move.mode == "self-driving":
            total += int(km * 0.05) * ceil(people / 5)
        elif move.mode == "taxi":
            total += int(km) * ceil(people / 4)
    total += sum(float(meal["Average Cost"]) for meal in facts.meals) * people
    return total + sum(float(row["price"]) * ceil(people / float(row["maximum occupancy"])) for row in facts.hotels)


def _budget(facts: Facts) -> Iterator[str]:
    cost, budget = _cost(facts), facts.query["budget"]
    if cost > budget:
        yield f"the plan costs {cost:g}, the budget is {budget}"


def _house_rules(facts: Facts) -> Iterator[str]:
    wish = facts.query["local_constraint"]["house rule"]
    for row in facts.hotels:
        if f"No {wish}" in row["house_rules"]:
            yield f"{row['NAME']} says {row['house_rules']}"


def _cuisines(facts: Facts) -> Iterator[str]:
    served = [row["Cuisines"] for row in facts.meals if row["City"] != facts.query["org"]]
    for cuisine in facts.query["local_constraint"]["cuisine"]:
        if not any(cuisine in text for text in served):
            yield f"no meal is {cuisine}"


def _room_type(facts: Facts) -> Iterator[str]:
    wish = facts.query["local_constraint"]["room type"]
    for row in facts.hotels:
        is_shared = row["room type"] == _ROOM_TYPES["shared room"]
        if is_shared if wish == "not shared room" else row["room type"] != _ROOM_TYPES[wish]:
            yield f"{row['NAME']} is a {row['room type']}"


def _forbidden_modes(facts: Facts) -> Iterator[str]:
    forbidden = facts.query["local_constraint"]["transportation"].removeprefix("no ")
    yield from (day.move.text for day in facts.days if day.move and day.move.mode == forbidden)


COMMONSENSE_RULES: dict[str, Rule] = {
    "tour": _tour,
    "unique_restaurants": _unique_restaurants,
    "unique_attractions": _unique_attractions,
    "minimum_nights": _minimum_nights,
    "one_car": _one_car,
    "within_city": _within_city,
    "in_tables": _in_tables,
    "complete": _complete,
}
HARD_RULES: dict[str, tuple[Rule, str]] = {
    "budget": (_budget, ""),
    "house_rules": (_house_rules, "house rule"),
    "cuisines": (_cuisines, "cuisine"),
    "room_type": (_room_type, "room type"),
    "forbidden_modes": (_forbidden_modes, "transportation"),
}


# Verdicts


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one query's plan: the first reason for each broken rule.

    `asked` are the hard rules that the query states. An undelivered plan breaks nothing and passes nothing; where
    rule 7 or 8 is broken, the hard rules are not judged and count as failed.
    """

    idx: int
    delivered: bool
    asked: tuple[str, ...]
    broken: Mapping[str, str]

    @property
    def hard_judged(self) -> bool:
        """Tell whether the hard rules were looked at."""
        return self.delivered and "in_tables" not in self.broken and "complete" not in self.broken

    @property
    def num_commonsense_passed(self) -> int:
        """Return how many of the eight rules hold."""
        return sum(rule not in self.broken for rule in COMMONSENSE_RULES) if self.delivered else 0

    @property
    def num_hard_passed(self) -> int:
        """Return how many of the asked rules hold."""
        return sum(rule not in self.broken for rule in self.asked) if self.hard_judged else 0

    @property
    def passes_commonsense(self) -> bool:
        """Tell whether all eight rules hold."""
        return self.num_commonsense_passed == len(COMMONSENSE_RULES)

    @property
    def passes_hard(self) -> bool:
        """Tell whether all asked rules hold."""
        return self.hard_judged and self.num_hard_passed == len(self.asked)


def judge_plan(query: Query, plan: Sequence[Mapping[str, Any]] | None, tables: Tables) -> Judgement:
    """Judge the plan of one query by the 13 rules; a plan of no days is not delivered."""
    wishes = query["local_constraint"]
    asked = tuple(name for name, (_, key) in HARD_RULES.items() if not key or wishes[key])
    filled = [day for day in plan or () if day]
    if not filled:
        return Judgement(query["idx"], False, asked, {})
    facts = Facts(query, tuple(plan_day(number, day) for number, day in enumerate(filled, 1)), tables)
    broken = {name: reason for name, rule in COMMONSENSE_RULES.items() if (reason := next(rule(facts), None))}
    if "in_tables" not in broken and "complete" not in broken:
        rules = {name: HARD_RULES[name][0] for name in asked}
        broken |= {name: reason for name, rule in rules.items() if (reason := next(rule(facts), None))}
    return Judgement(query["idx"], True, asked, broken)


def judge_submission(path: Path, queries: Sequence[Query], tables: Tables) -> list[Judgement]:
    """Judge a submission (JSON Lines of `idx` and `plan`) against its queries; what is not in it is not delivered.

    Raises:
        ValueError: A line is no such object, or a query has two.
    """
    plans: dict[int, Any] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            idx, plan = entry["idx"], entry["plan"]
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path.name}, line {number}: no JSON object with 'idx' and 'plan' ({error})") from error
        if plan and not (isinstance(plan, list) and all(isinstance(day, dict) for day in plan)):
            raise ValueError(f"{path.name}, line {number}: the plan of query {idx} is no list of days")
        if idx in plans:
            raise ValueError(f"{path.name}, line {number}: query {idx} has a plan already")
        plans[idx] = plan
    return [judge_plan(query, plans.get(query["idx"]), tables) for query in queries]


def score(judgements: Sequence[Judgement]) -> dict[str, float]:
    """Return the benchmark's shares: of plans, or (micro) of rules over all plans; of no queries, every share is 0."""
    n = len(judgements)
    num_asked = sum(len(j.asked) for j in judgements)
    num_commonsense = len(COMMONSENSE_RULES) * n

    def share(count: int, total: int) -> float:
        return count / total if total else 0.0

    return {
        "delivery": share(sum(j.delivered for j in judgements), n),
        "commonsense_micro": share(sum(j.num_commonsense_passed for j in judgements), num_commonsense),
        "commonsense_macro": share(sum(j.passes_commonsense for j in judgements), n),
        "hard_micro": share(sum(j.num_hard_passed for j in judgements), num_asked),
        "hard_macro": share(sum(j.passes_hard for j in judgements), n),
        "final": share(sum(j.passes_commonsense and j.passes_hard for j in judgements), n),
    }
