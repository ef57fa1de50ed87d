"""What `twofold trip` computes beside the plan: prices of the wishes, alternatives, and a front, each if asked for."""

from argparse import ArgumentTypeError, Namespace
from dataclasses import dataclass
from importlib.util import find_spec

from planning.travel.alternatives import MEASURES, Alternatives, find_alternatives
from planning.travel.inventory import Inventory
from planning.travel.pareto import DEFAULT_POINTS, Front, checked_objectives, pareto_front
from planning.travel.prices import Prices, price_constraints
from planning.travel.profile import PROFILES
from planning.travel.solving import SOLVERS
from planning.travel.trip import Answer
from solvers.registry import lookup
from twofold.option_types import count


@dataclass(frozen=True, slots=True)
class Extras:
    """What was asked for beside the plan; None what was not, or where there is no trip."""

    prices: Prices | None = None
    alternatives: Alternatives | None = None
    front: Front | None = None


NO_EXTRAS = Extras()


def check_extras(options: Namespace) -> None:
    """Refuse early what cannot work.

    Raises:
        ValueError: An objective or a measure is unknown, an option lacks the one that it belongs to, or there is no
            matplotlib for a picture.
    """
    lookup("measure", options.differ_by or "any", MEASURES)
    if options.differ_by and not options.alternatives:
        raise ValueError("--differ-by says how --alternatives differ: ask for some, as in --alternatives 3")
    if options.pareto is not None:
        checked_objectives(objectives(options))
        num_points(options)
    for option, value in (("--points", options.points), ("--png", options.png)):
        if value and options.pareto is None:
            raise ValueError(f"{option} is about the front of --pareto: ask for one, as in --pareto cost,rating")
    if options.png and find_spec("matplotlib") is None:
        raise ValueError('pictures need matplotlib, run `pip install "twofold[plots]"`')


def objectives(options: Namespace) -> list[str]:
    """Return the names that --pareto has."""
    return [name.strip() for name in options.pareto.split(",")]


def num_points(options: Namespace) -> int | None:
    """Return how many points of the front are asked for; None stands for all."""
    if options.points in (None, "all"):
        return None if options.points else DEFAULT_POINTS
    try:
        return count(2, 1000)(options.points)
    except ArgumentTypeError as error:
        raise ValueError(f"--points: {error}, or `all`") from None


def compute_extras(answer: Answer, options: Namespace, inventory: Inventory) -> Extras:
    """Compute what is asked for beside a plan; without a plan, nothing. The time limit holds for each of them."""
    if answer.itinerary is None:
        return NO_EXTRAS
    request, profile, solver = answer.request, PROFILES[options.profile], SOLVERS[options.solver]
    prices = alternatives = front = None
    if options.prices:
        prices = price_constraints(request, profile, inventory, solver, options.time_limit)
    if options.alternatives:
        alternatives = find_alternatives(
            request,
            profile,
            inventory,
            solver,
            options.alternatives,
            measure=options.differ_by or "any",
            time_limit_s=options.time_limit,
            best=answer.itinerary,
        )
    if options.pareto is not None:
        front = pareto_front(
            request,
            profile,
            inventory,
            objectives(options),
            count=num_points(options),
            time_limit_s=options.time_limit,
        )
    return Extras(prices, alternatives, front)
