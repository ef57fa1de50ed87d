"""The options of `twofold solve --planner searchformer`: which network, what is promised, and what goes with what."""

import argparse
import math
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from twofold.option_types import count

SEARCH, SEARCHFORMER = "search", "searchformer"
PLANNERS = (SEARCH, SEARCHFORMER)
GUARANTEES = ("optimal", "valid", "none")
MODES = ("slow", "fast", "auto")
ESTIMATE = "estimate"
"""What `searchformer.guarantee` calls a domain's lower estimate that has proven a bound."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a network is asked; `mode` None is auto, or what the network has learned."""

    checkpoint: str
    guarantee: str
    mode: str | None
    num_samples: int
    temperature: float
    seed: int
    is_compared: bool


def add_options(parser: ArgumentParser) -> None:
    """Add the options of a learned planner to a parser."""
    group = parser.add_argument_group("who plans")
    group.add_argument(
        "--planner",
        default=SEARCH,
        metavar="{search,searchformer}",
        help="search (default); searchformer: a trained network proposes, the verifier checks, and A* closes the rest",
    )
    group.add_argument(
        "--guarantee",
        metavar="{optimal,valid,none}",
        help="optimal: A* proves that the network's plan is the best, or improves it (default); valid: the network's "
        "plan if it holds, else A*; none: the network alone",
    )
    group.add_argument(
        "--checkpoint", metavar="default|DIR", help="the network (default: the one that comes with this program)"
    )
    group.add_argument(
        "--mode",
        metavar="{slow,fast,auto}",
        help="slow: the network thinks, then plans; fast: it plans at once; auto: as it likes (default, if it can)",
    )
    group.add_argument(
        "--samples", type=count(1, 10_000), metavar="K", help="answers to each problem, of which the best counts"
    )
    group.add_argument(
        "--temperature",
        type=temperature,
        metavar="T",
        help="of the network's chance; 0 is greedy (default: 0, or 1 for several samples)",
    )
    group.add_argument(
        "--compare", action="store_true", help="run plain A* as well, to tell how many states the network has saved it"
    )


def temperature(text: str) -> float:
    """Return the temperature of a choice."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no temperature: give a number from 0 (greedy) on, such as 1")
    return number


def asked(options: Namespace) -> Asked | None:
    """Return how a network is asked, or None if none is.

    Raises:
        ValueError: Options mean nothing together, or a name is unknown.
    """
    from solvers.registry import lookup  # noqa: PLC0415  (`--help` needs no solvers)

    lookup("planner", options.planner, dict.fromkeys(PLANNERS))
    given = {name: getattr(options, name) for name in ("guarantee", "checkpoint", "mode", "samples", "temperature")}
    if options.planner == SEARCH:
        meant = next((name for name, value in given.items() if value is not None), "compare" if options.compare else "")
        if meant:
            raise ValueError(f"--{meant} means nothing to --planner search: add --planner searchformer")
        return None
    guarantee, samples = options.guarantee or GUARANTEES[0], options.samples or 1
    lookup("guarantee", guarantee, dict.fromkeys(GUARANTEES))
    if options.mode is not None:
        lookup("mode", options.mode, dict.fromkeys(MODES))
    chance = float(samples > 1) if options.temperature is None else options.temperature
    _refuse_the_options_of_search(options)
    if guarantee == "none" and (options.limit_nodes is not None or options.compare):
        name = "--compare" if options.compare else "--limit-nodes"
        raise ValueError(f"{name} means nothing to --guarantee none, which expands no states: leave one of them out")
    if chance == 0 and samples > 1:
        raise ValueError(f"{samples} greedy samples are all the same: leave --samples out, or --temperature 0")
    if chance == 0 and options.seed is not None:
        raise ValueError("--seed means nothing to a greedy network: add --temperature 1, or several --samples")
    return Asked(
        options.checkpoint or "default", guarantee, options.mode, samples, chance, options.seed or 0, options.compare
    )


def _refuse_the_options_of_search(options: Namespace) -> None:
    unusual = {
        "--algorithm": options.algorithm != "astar",
        "--heuristic": options.heuristic is not None,
        "--weight": options.weight is not None,
        "--ties": options.ties != "deterministic",
    }
    name = next((name for name, is_unusual in unusual.items() if is_unusual), None)
    if name is not None:
        raise ValueError(
            f"{name} means nothing to --planner searchformer, which searches by A* with the strongest heuristic: leave "
            "one of the two out"
        )
    if options.trace is not None:
        raise ValueError(
            "--trace means nothing to --planner searchformer: `searchformer solve --show-thinking` shows how a network "
            "thinks"
        )
