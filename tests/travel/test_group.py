"""Groups: parties from several cities, equal to brute force on tiny trips, checked by rules of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

from planning.travel.inventory import Hotel
from planning.travel.itinerary import Itinerary
from planning.travel.narration import narrate
from planning.travel.request import Party, TravelRequest
from planning.travel.rules import check_rules
from planning.travel.trip import plan_trip
from solvers.result import Status
from tests.travel.brute_force import BruteForce, Move, Moves, Priced, StayPlan, stops_of
from tests.travel.test_trip import DAY, HOURS, world
from tests.travel.tiny_world import HOME, Case, flight, request, tiny_case


@dataclass
class GroupForce(BruteForce):
    """Tries, for every route of the first party, every way of the others to where it begins and from where it ends."""

    alone: list[BruteForce] = field(default_factory=list)
    found: tuple[int, int] | None = None

    def least(self) -> tuple[int, int] | None:
        """Return the objective and the cost of the best trip."""
        for party in self.request.group:
            fields = {"origin": party.origin, "adults": party.adults, "children": party.children, "group": ()}
            self.alone.append(BruteForce(self.request.model_copy(update=fields), self.profile, self.inventory))
        for moves in self.routes():
            for journeys in self.journeys(moves):
                self.try_out(moves, journeys)
        return self.found

    def moves(self, day: int, here: str, there: str) -> list[Move]:
        if HOME in (here, there):
            return self.alone[0].moves(day, here, there)
        return super().moves(day, here, there)

    def rooms(self, row: Hotel) -> tuple[int, ...]:
        return tuple(-(-party.num_people // row.max_occupancy) for party in self.request.group)

    def journeys(self, moves: Moves) -> Iterator[tuple[tuple[Move, Move], ...]]:
        (first, out), (leave, back) = moves[0], moves[-1]
        arrive, last = first + out.nights, leave + back.nights
        ways = []
        for one in self.alone[1:]:
            outs = [
                move
                for day in range(first, arrive + 1)
                for move in one.moves(day, one.request.origin, out.leg.destination)
                if day + move.nights == arrive
            ]
            homes = [
                move for move in one.moves(leave, back.leg.origin, one.request.origin) if leave + move.nights <= last
            ]
            ways.append(list(product(outs, homes)))
        yield from product(*ways)

    def try_out(self, moves: Moves, journeys: tuple[tuple[Move, Move], ...]) -> None:
        (first, out), (leave, back) = moves[0], moves[-1]
        after = tuple(m for m in out.after if all(m in there.after for there, _ in journeys))
        before = tuple(m for m in back.before if all(m in home.before for _, home in journeys))
        legs = [move.leg for pair in journeys for move in pair]
        extra_cost = sum(leg.cost_cents for leg in legs)
        extra_score = self.score(extra_cost, minutes=sum(leg.duration_min for leg in legs))
        met: list[Any] = list(moves)
        met[0] = (first, replace(out, after=after))
        met[-1] = (leave, replace(met[-1][1], before=before))
        for priced in self.all_priced(tuple(met)):
            value = priced.score + extra_score, priced.cost + extra_cost
            budget = self.request.budget_cents
            if budget is not None and value[1] > budget:
                continue
            if (self.found is None or value < self.found) and self.affordable(priced, journeys, value[1]):
                self.found = value

    def all_priced(self, moves: Moves) -> Iterator[Priced]:
        cost = sum(move.leg.cost_cents for _, move in moves)
        score = self.score(cost, minutes=sum(move.leg.duration_min for _, move in moves))
        for plans in product(*(self.stay_plans(stop) for stop in stops_of(moves))):
            total = cost + sum(plan.cost for plan in plans)
            if self.is_allowed(
                plans, 0 if self.request.budget_cents is None else min(total, self.request.budget_cents)
            ):
                yield Priced(0, score + sum(plan.score for plan in plans), total, moves, plans)

    def affordable(self, priced: Priced, journeys: tuple[tuple[Move, Move], ...], cost: int) -> bool:
        own = [self.own_cents(priced.plans, number, priced, journeys) for number in range(len(self.request.group))]
        weights = [100 * p.adults + self.request.child_share_percent * p.children for p in self.request.group]
        shared = cost - sum(own)
        return all(
            party.budget_cents is None
            or mine + Fraction(shared * weight, sum(weights)) <= party.budget_cents * party.num_people
            for party, mine, weight in zip(self.request.group, own, weights, strict=True)
        )

    def own_cents(
        self, plans: tuple[StayPlan, ...], number: int, priced: Priced, journeys: tuple[tuple[Move, Move], ...]
    ) -> int:
        ways = [priced.moves[0][1], priced.moves[-1][1]] if number == 0 else journeys[number - 1]
        return sum(move.leg.cost_cents for move in ways) + sum(plan.rooms_cents[number] for plan in plans)


def grouped(seed: int) -> Case:
    """Return a tiny case with two or three parties; some of them start at home as well, and some have budgets."""
    rng = Random(seed)
    case = tiny_case(seed, num_wishes=seed % 2)
    free = [city.name for city in case.inventory.cities() if city.name not in case.request.destination.cities]
    free = [*(name for name in free if name != HOME), HOME]
    parties = [Party(name="Ann", origin=HOME, adults=rng.choice((1, 2)), children=rng.choice((0, 0, 1)))]
    parties += [
        Party(
            name=name, origin=free[0] if name == "Bob" else rng.choice(free), adults=rng.choice((0, 1, 2)), children=1
        )
        for name in ("Bob", "Cleo")[: rng.choice((1, 1, 2))]
    ]
    fields = {
        "group": tuple(parties),
        "adults": sum(party.adults for party in parties),
        "children": sum(party.children for party in parties),
        "child_share_percent": rng.choice((0, 50, 100)),
    }
    return replace(case, request=TravelRequest.model_validate(case.request.model_dump() | fields))


def agree_on(case: Case) -> Itinerary | None:
    try:
        answer = plan_trip(case.request, case.inventory, profile=case.profile.name, with_explanation=False)
    except ValueError:
        # The region or a must-see is in no city of this world.
        return None
    best = GroupForce(answer.request, case.profile, case.inventory).least()
    if best is None:
        assert answer.status is Status.INFEASIBLE, f"seed {case.seed}"
        return None
    assert answer.status is Status.OPTIMAL, f"seed {case.seed}: {answer.verdict}"
    assert answer.itinerary is not None
    found = answer.itinerary.objective, answer.itinerary.cost_cents
    assert found == best, f"seed {case.seed}"
    assert sum(bill.own_cents + bill.shared_cents for bill in answer.itinerary.parties) == found[1], f"seed {case.seed}"
    return answer.itinerary


@pytest.mark.parametrize("seed", range(40))
def test_groups_agree_with_brute_force(seed: int) -> None:
    agree_near_budgets(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_groups_agree_with_brute_force_on_many_more(block: int) -> None:
    for seed in range(7000 + 50 * block, 7050 + 50 * block):
        agree_near_budgets(seed)


def agree_near_budgets(seed: int) -> None:
    """Compare, and compare again where one party's money does not suffice for the best trip of all."""
    case, rng = grouped(seed), Random(seed)
    trip = agree_on(case)
    if trip is None:
        return
    number = rng.randrange(len(trip.parties))
    bill, party = trip.parties[number], case.request.group[number]
    budget = max(1, (bill.own_cents + bill.shared_cents) // party.num_people - rng.choice((0, 1, 5_00)))
    group = list(case.request.group)
    group[number] = party.model_copy(update={"budget_cents": budget})
    agree_on(replace(case, request=case.request.model_copy(update={"group": tuple(group)})))


# A group of two parties: who meets, who pays


def two_parties(**fields: Any) -> TravelRequest:
    """Return a request for three days in "A": Ann from home, and Bob with his child from "B"."""
    group = [
        {"name": "Ann", "origin": HOME, "adults": 1},
        {"name": "Bob", "origin": "B", "adults": 1, "children": 1},
    ]
    return request(**({"group": group, "adults": 2, "children": 1} | fields))


def party_world(bob_hours: tuple[int, int] = HOURS) -> Any:
    return world("AB", {"BA": bob_hours})


def planned_for_two(inventory: Any = None, **fields: Any) -> tuple[Itinerary, TravelRequest]:
    answer = plan_trip(two_parties(**fields), inventory or party_world(), with_certificate=True)
    assert answer.itinerary is not None
    assert answer.certificate is not None
    assert answer.certificate.guaranteed, answer.certificate.reason
    return answer.itinerary, answer.request


def test_each_pays_what_is_its_own_and_a_share_of_the_rest() -> None:
    """Flights are 100 a person and way, a room of two is 80 a night, three meals a day 20 a person.

    Ann: 200 for flights, 160 for two nights; Bob: 400 and 160. A child shares half: Bob has 150 of 250 parts.
    """
    itinerary, _ = planned_for_two()
    ann, bob = itinerary.parties
    shared = sum(meal.cost_cents for day in itinerary.days for meal in day.meals)
    assert shared > 0
    assert (ann.own_cents, bob.own_cents) == (200_00 + 160_00, 400_00 + 160_00)
    assert (ann.shared_cents, bob.shared_cents) == (shared * 100 // 250, shared * 150 // 250)
    assert ann.own_cents + bob.own_cents + shared == itinerary.cost_cents
    assert [night.rooms for day in itinerary.days if (night := day.night)] == [2, 2]


def test_nobody_eats_before_all_are_there() -> None:
    """Ann lands at 11:00 and Bob at 18:00: the first meal of all is dinner."""
    itinerary, _ = planned_for_two(party_world((960, 1080)))
    assert [meal.slot for meal in itinerary.days[0].meals] == ["dinner"]
    early, _ = planned_for_two()
    assert [meal.slot for meal in early.days[0].meals] == ["lunch", "dinner"]


@pytest.mark.parametrize("spare", [0, -1])
def test_a_party_that_cannot_pay_stays_at_home(spare: int) -> None:
    itinerary, _ = planned_for_two()
    ann = itinerary.parties[0]
    group = [dict(party.model_dump()) for party in two_parties().group]
    group[0]["budget_cents"] = ann.own_cents + ann.shared_cents + spare
    answer = plan_trip(two_parties(group=group), party_world(), with_explanation=False)
    assert answer.status is (Status.INFEASIBLE if spare else Status.OPTIMAL)


def test_the_json_of_a_group_has_its_parties_and_no_other_has() -> None:
    itinerary, wish = planned_for_two()
    assert [party["name"] for party in itinerary.to_json()["parties"]] == ["Ann", "Bob"]
    assert TravelRequest.model_validate_json(wish.model_dump_json()) == wish
    alone = plan_trip(request(), world())
    assert alone.itinerary is not None
    assert "parties" not in alone.itinerary.to_json()
    assert not {"group", "child_share_percent"} & request().model_dump().keys()


def with_bill(itinerary: Itinerary, number: int, **changes: Any) -> Itinerary:
    bills = list(itinerary.parties)
    bills[number] = replace(bills[number], **changes)
    return replace(itinerary, parties=tuple(bills))


def with_journey(itinerary: Itinerary, place: int, **changes: Any) -> Itinerary:
    journeys = list(itinerary.parties[1].journeys)
    journeys[place] = replace(journeys[place], **changes)
    return with_bill(itinerary, 1, journeys=tuple(journeys))


def with_leg(itinerary: Itinerary, place: int, **changes: Any) -> Itinerary:
    return with_journey(itinerary, place, leg=replace(itinerary.parties[1].journeys[place].leg, **changes))


EDITS: dict[str, tuple[Any, str]] = {
    "no parties": (lambda trip: replace(trip, parties=()), "meeting"),
    "another name": (lambda trip: with_bill(trip, 1, name="Eve"), "meeting"),
    "the other order": (lambda trip: replace(trip, parties=trip.parties[::-1]), "meeting"),
    "no way home": (lambda trip: with_bill(trip, 1, journeys=trip.parties[1].journeys[:1]), "meeting"),
    "a way for the first": (lambda trip: with_bill(trip, 0, journeys=trip.parties[1].journeys), "meeting"),
    "the wrong way round": (lambda trip: with_bill(trip, 1, journeys=trip.parties[1].journeys[::-1]), "meeting"),
    "a day late": (lambda trip: with_journey(trip, 0, day=trip.days[1].day), "meeting"),
    "home a day early": (lambda trip: with_journey(trip, 1, day=trip.days[1].day), "meeting"),
    "a cheap flight": (lambda trip: with_leg(trip, 0, cost_cents=1), "bills"),
    "a made-up flight": (
        lambda trip: with_leg(trip, 0, record=flight("B", "A", DAY, *HOURS, number="X1")),
        "in_tables",
    ),
    "another hour": (lambda trip: with_leg(trip, 0, depart_min=600), "leg_clock"),
    "too little alone": (lambda trip: with_bill(trip, 0, own_cents=1), "bills"),
    "too small a share": (lambda trip: with_bill(trip, 0, shared_cents=trip.parties[0].shared_cents - 1), "bills"),
    "a room too few": (
        lambda trip: replace(
            trip, days=(replace(trip.days[0], night=replace(trip.days[0].night, rooms=1)), *trip.days[1:])
        ),
        "stated_costs",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_trip_of_a_group_breaks_its_rule(name: str) -> None:
    itinerary, wish = planned_for_two()
    assert check_rules(itinerary, wish, party_world()).valid
    edit, rule = EDITS[name]
    assert rule in {violation.rule for violation in check_rules(edit(itinerary), wish, party_world()).violations}


def test_eating_without_a_party_breaks_the_clock() -> None:
    """The trip of a Bob who lands at 11:00 is none for a Bob who lands at 18:00."""
    early, wish = planned_for_two()
    late, _ = planned_for_two(party_world((960, 1080)))
    journeys = late.parties[1].journeys
    assert "meal_clock" in {
        v.rule for v in check_rules(with_bill(early, 1, journeys=journeys), wish, party_world((960, 1080))).violations
    }


def test_a_party_that_pays_too_much_is_noticed() -> None:
    itinerary, wish = planned_for_two()
    poor = wish.group[0].model_copy(update={"budget_cents": itinerary.parties[0].own_cents})
    poorer = wish.model_copy(update={"group": (poor, wish.group[1])})
    assert {v.rule for v in check_rules(itinerary, poorer, party_world()).violations} == {"bills"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"adults": 3}, "the parties have 2 adults and 1 children, the trip 3 and 1"),
        ({"group": [{"name": "Ann", "origin": HOME}], "adults": 1, "children": 0}, "at least two parties"),
        ({"origin": "B"}, "starts where the trip does"),
        ({"destination": {"cities": ["B"]}}, "starts in a city that is a destination"),
        (
            {"group": [{"name": "A", "origin": HOME}, {"name": "a", "origin": HOME}], "adults": 2, "children": 0},
            "a name of its own",
        ),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        two_parties(**fields)


def test_a_party_from_nowhere_is_asked_about() -> None:
    group = [{"name": "Ann", "origin": HOME, "adults": 2}, {"name": "Bob", "origin": "Hom", "adults": 0, "children": 1}]
    with pytest.raises(ValueError, match=r"unknown city 'Hom'\. Did you mean 'Home'"):
        plan_trip(two_parties(group=group), party_world())


def test_a_child_that_pays_nothing_pays_nothing() -> None:
    itinerary, _ = planned_for_two(child_share_percent=0)
    assert itinerary.parties[0].shared_cents == itinerary.parties[1].shared_cents


def test_the_words_say_who_comes_from_where_and_what_each_pays() -> None:
    itinerary, wish = planned_for_two()
    text = narrate(itinerary, wish)
    assert "Bob: 1 adult and 1 child from B. On Wednesday, March 10, 2027, flight F1 from B to A at 09:00" in text
    assert f"Ann pays ${(itinerary.parties[0].own_cents + itinerary.parties[0].shared_cents) // 100:,}" in text
