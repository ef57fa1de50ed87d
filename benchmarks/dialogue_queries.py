"""TravelPlanner's queries as travellers: one to three of a query's constraints are withheld from the first text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.travelplanner_submission import gold_request, read_queries
from data.personas import Persona
from data.travellers import Traveller, best_cost_cents
from data.travellers_requests import World, fields_of
from data.travellers_text import Voice, goal_words, wish_words
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo_chance import chance, pick, shuffled
from planning.travel.inventory.tables import open_tables

CONSTRAINTS = (
    *("budget_cents", "lodging.room_type", "lodging.house_rules", "food.cuisines", "transport.forbidden_modes"),
)
_PERSONA = Persona("couple", "plain", "careful", ())
_SEED = 8


def query_travellers(tables: Path, queries: Path, num: int) -> tuple[Inventory, Iterator[Traveller]]:
    """Return TravelPlanner's inventory, and a traveller for each of the first queries that have a constraint.

    Raises:
        ValueError: A table or the file of queries is missing or broken.
    """
    inventory = open_tables(tables)
    return inventory, _travellers(inventory, queries, num)


def _travellers(inventory: Inventory, queries: Path, num: int) -> Iterator[Traveller]:
    world = World(inventory)
    for query in read_queries(queries, num):
        gold = gold_request(query)
        defaults = {"lodging": None, "pace": None, "objective": None, "currency": None, "children": None}
        fields = {path: value for path, value in fields_of(gold).items() if path not in defaults}
        optimum_cents = best_cost_cents(gold, inventory, "travelplanner")
        rng = chance(_SEED, "withheld", str(query.idx))
        paths = shuffled(rng, [path for path in CONSTRAINTS if path in fields])
        if not paths or optimum_cents is None:
            continue
        hidden = tuple(paths[: pick(rng, (1, 2, 3))])
        voice = Voice(_PERSONA, "train", rng)
        text = _text({path: value for path, value in fields.items() if path not in hidden}, world, voice)
        yield Traveller(query.idx, _SEED, "train", _PERSONA, gold, fields, hidden, text, optimum_cents)


def _text(fields: dict[str, Any], world: World, voice: Voice) -> str:
    dates = fields["dates"]
    goal = goal_words(fields, world, voice)
    head = f"From {fields['origin']} to {goal}, {dates.earliest} to {dates.latest}, for {fields['adults']} people."
    wishes = [words for path in CONSTRAINTS if path in fields for words in wish_words(path, fields[path], voice)]
    return " ".join([head, *wishes])
