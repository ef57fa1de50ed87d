"""Simulated travellers: a persona, a request that can or cannot be met, a text that says part of it; and answers."""

import logging
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from data import travellers_words as said
from data.personas import Persona, Split, draw_persona
from data.travellers_requests import TODAY, Fields, World, draw_fields, request_of
from data.travellers_text import SAYERS, Voice, dates_words, goal_words, party_words, request_text, wish_words
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo_chance import between, chance, shuffled
from planning.travel.request import TravelRequest
from planning.travel.trip import plan_trip
from solvers.result import Status

_log = logging.getLogger(__name__)

PURSE_FACTORS = {"shoestring": (0.9, 1.1), "careful": (1.0, 1.3), "comfortable": (1.15, 1.8), "lavish": (1.5, 3.0)}
"""What a purse holds, as a multiple of what the trip costs at least; below 1 there is no such trip."""

BUDGET_SHARE = 0.6
MANNERS = ("clear", "vague", "contradictory")


@dataclass(frozen=True, slots=True)
class Traveller:
    """A persona with its request.

    `gold` is all that it wishes for, `hidden` the paths that its first `text` does not tell, `optimum_cents` what the
    best trip costs, None where it is proven that there is none (or nobody asked for its price).
    """

    number: int
    seed: int
    split: Split
    persona: Persona
    gold: TravelRequest
    fields: Fields
    hidden: tuple[str, ...]
    text: str
    optimum_cents: int | None

    @property
    def num_constraints(self) -> int:
        """Return how many optional fields the first text states."""
        return sum(path in SAYERS and path not in self.hidden for path in self.fields)


def world_of(inventory: Inventory) -> World:
    """Return what travellers know of an inventory; counted once."""
    return _world_of(cast(Hashable, inventory))


@lru_cache(maxsize=4)
def _world_of(inventory: Hashable) -> World:
    return World(cast(Inventory, inventory))


def draw_travellers(
    inventory: Inventory, *, seed: int, split: Split, numbers: range, max_hidden: int = 0, priced: bool = True
) -> Iterator[Traveller]:
    """Yield travellers; each is a function of the inventory, the seed, the side and its number alone."""
    for number in numbers:
        yield draw_traveller(inventory, seed=seed, split=split, number=number, max_hidden=max_hidden, priced=priced)


def draw_traveller(
    inventory: Inventory, *, seed: int, split: Split, number: int, max_hidden: int = 0, priced: bool = True
) -> Traveller:
    """Draw one traveller; requests that contradict themselves, or that no solver settled in time, are drawn anew.

    Args:
        inventory: What can be booked: the demo, as a rule.
        seed: Of everything.
        split: The side whose kinds of people and templates are used.
        number: Which one.
        max_hidden: How many wishes the first text leaves out at most.
        priced: Solve for what the best trip costs; without it, budgets are rough guesses, and nothing is known of them.
    """
    world = world_of(inventory)
    persona = draw_persona(seed, number, split)
    rng = chance(seed, "traveller", split, str(number))
    while True:
        fields = draw_fields(persona, world, rng)
        try:
            share, has_budget = between(rng, 0, 1), rng.random() < BUDGET_SHARE
            base_cents = best_cost_cents(request_of(fields), inventory) if priced else _guess_cents(request_of(fields))
            fields = _with_budget(fields, persona, base_cents, share) if has_budget else fields
            optimum_cents = _settled(fields, base_cents, inventory) if priced else None
        except (ValueError, TimeoutError) as error:
            _log.debug("drawn anew: %s", error)
            continue
        break
    paths = [path for path in fields if path in SAYERS or (path == "adults" and "children" not in fields)]
    hidden = tuple(shuffled(rng, paths)[: int(rng.random() * (max_hidden + 1))])
    told = {path: value for path, value in fields.items() if path not in hidden}
    text = request_text(told, world, Voice(persona, split, rng))
    return Traveller(number, seed, split, persona, request_of(fields), fields, hidden, text, optimum_cents)


def _guess_cents(request: TravelRequest) -> int:
    return 100 * request.num_people * (90 * request.dates.num_days + 150)


def _with_budget(fields: Fields, persona: Persona, base_cents: int | None, share: float) -> Fields:
    """Return the fields with a budget that suits the purse: a multiple of what the trip costs at least."""
    if base_cents is None:
        return fields
    low, high = PURSE_FACTORS[persona.purse]
    dollars = round(base_cents / 100 * (low + (high - low) * share))
    step = 50 if dollars > 1000 else 10
    return fields | {"budget_cents": 100 * step * max(1, -(-dollars // step))}


def _settled(fields: Fields, base_cents: int | None, inventory: Inventory) -> int | None:
    """Return what the best trip costs; one above the budget may give way to a cheaper one."""
    if base_cents is None or fields.get("budget_cents", base_cents) >= base_cents:
        return base_cents
    return best_cost_cents(request_of(fields), inventory)


def best_cost_cents(request: TravelRequest, inventory: Inventory, profile: str = "realistic") -> int | None:
    """Return what the best trip costs, None where there is none.

    Raises:
        TimeoutError: The solver did not settle it.
    """
    answer = plan_trip(request, inventory, profile=profile, with_explanation=False)
    if answer.status is Status.INFEASIBLE:
        return None
    if answer.status is not Status.OPTIMAL or answer.itinerary is None:
        raise TimeoutError("the time limit struck")
    return answer.itinerary.cost_cents


def answer_to(traveller: Traveller, path: str, turn: int, inventory: Inventory, *, manner: str = "clear") -> str:
    """Return what a traveller answers when it is asked for one field.

    The words are of the traveller's side. In a "vague" manner the answer says nothing at first and is "I don't know" on
    a second time; in a "contradictory" one another value is given first and corrected in the same breath. A wish that
    the traveller has not is answered by indifference.

    Args:
        traveller: Who is asked.
        path: The field that is asked for.
        turn: The number of the question, which seeds the choice of words.
        inventory: Where the traveller's cities are.
        manner: "clear", "vague" or "contradictory".

    Raises:
        ValueError: There is no such manner.
    """
    if manner not in MANNERS:
        raise ValueError(f"unknown manner {manner!r}: take one of {', '.join(MANNERS)}")
    rng = chance(traveller.seed, "answer", traveller.split, str(traveller.number), path, str(turn))
    voice = Voice(traveller.persona, traveller.split, rng)
    if manner == "vague":
        return voice.choose(said.VAGUE if turn % 2 else said.UNSURE)
    fields = traveller.fields
    if path not in fields:
        return voice.choose(said.INDIFFERENT)
    clear = " ".join(_told(path, fields, voice, inventory))
    if manner == "contradictory" and path == "adults":
        return f"{fields['adults'] + 1} of us. " + voice.choose(said.CORRECTIONS).format(answer=clear)
    return clear


def _told(path: str, fields: Fields, voice: Voice, inventory: Inventory) -> list[str]:
    world = world_of(inventory)
    if path == "origin":
        return [f"from {fields['origin']}"]
    if path == "destination.cities":
        return [f"to {goal_words(fields, world, voice)}"]
    if path == "dates":
        return [dates_words(fields["dates"], voice)]
    if path == "adults":
        return [party_words(fields, voice)]
    return wish_words(path, fields[path], voice)


__all__ = ["MANNERS", "TODAY", "Traveller", "answer_to", "draw_traveller", "draw_travellers", "world_of"]
