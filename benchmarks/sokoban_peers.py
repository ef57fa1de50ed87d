"""Fast Downward through unified-planning (extra `oracle`): an optimal planner that knows nothing of Sokoban."""

import re
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from planning.sokoban.pddl import domain_pddl, problem_pddl
from planning.sokoban.problem import Sokoban

PACKAGES = ("unified-planning", "up-fast-downward")


@dataclass(frozen=True, slots=True)
class PlannerAnswer:
    """A planner's answer: its plan in the words of `Sokoban` (None: proven unsolvable), and what it took.

    `wall_s` is all of it, from the text; `search_s` is what the search itself, a program in C++, says of itself.
    """

    actions: tuple[str, ...] | None
    wall_s: float
    search_s: float
    expansions: int


def is_installed() -> bool:
    """Tell whether the planner and its interface can be imported."""
    return all(find_spec(module) for module in ("unified_planning", "up_fast_downward"))


def configuration(*, is_blind: bool) -> str:
    """Return what the planner searches with, in its own words."""
    return "astar(blind())" if is_blind else "astar(lmcut())"


def parse(problem: Sokoban) -> Any:
    """Return unified-planning's own form of a level, read from our PDDL."""
    reader = import_module("unified_planning.io").PDDLReader()
    return reader.parse_problem_string(domain_pddl(), problem_pddl(problem))


def fast_downward(problem: Sokoban, *, is_blind: bool = False) -> PlannerAnswer:
    """Solve a level with a proof of optimality: A* with the landmark-cut heuristic, or with none."""
    shortcuts = import_module("unified_planning.shortcuts")
    shortcuts.get_environment().credits_stream = None
    started = time.perf_counter()
    blind = {"params": {"fast_downward_search_config": configuration(is_blind=True)}}
    name, chosen = ("fast-downward", blind) if is_blind else ("fast-downward-opt", {})
    with shortcuts.OneshotPlanner(name=name, **chosen) as planner:
        result = planner.solve(parse(problem))
    wall_s = time.perf_counter() - started
    log = "\n".join(message.message for message in result.log_messages or ())
    if result.plan is None and "UNSOLVABLE_PROVEN" not in str(result.status):
        raise RuntimeError(f"the planner neither solved the level nor proved that it cannot: {result.status}\n{log}")
    return PlannerAnswer(
        None if result.plan is None else tuple(str(step.actual_parameters[-1]) for step in result.plan.actions),
        wall_s,
        float(_said(log, r"Search time: ([\d.e-]+)s")),
        int(_said(log, r"Expanded (\d+) state")),
    )


def _said(log: str, pattern: str) -> str:
    found = re.search(pattern, log)
    return found[1] if found else "0"
