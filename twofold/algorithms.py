"""The searches that `twofold solve` offers, by name: each takes a problem of any domain."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planning.domain import Domain, Searched
from planning.traces import Traces
from solvers.deepening import ida_star
from solvers.result import Result, Status
from solvers.search import Event, Limits, Path, anytime_astar, breadth_first, greedy, weighted_astar
from solvers.ties import FixedTies, RandomTies, Ties

if TYPE_CHECKING:
    from twofold.learned import Network

DEFAULT_WEIGHT = 2.0
OUT_OF_MEMORY = "out of memory"
Note = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class How:
    """How a problem is searched: `seed` None means deterministic ties, `heuristic` None that none is needed.

    A network, if there is one, is asked first, and what it leaves open is searched like this.
    """

    algorithm: str
    heuristic: str | None
    weight: float | None
    seed: int | None
    limits: Limits
    record: bool
    network: "Network | None" = None


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A search in plain Python, and what it makes use of."""

    run: Callable[[Any, Any, float, Ties, Note | None, Limits], Result[Any]]
    is_weighted: bool = False
    is_guided: bool = True
    is_recorded: bool = True


PLAIN: Mapping[str, Algorithm] = {
    "weighted": Algorithm(
        lambda problem, h, weight, ties, note, limits: weighted_astar(
            problem, h, weight, ties=ties, on_event=note, limits=limits
        ),
        is_weighted=True,
    ),
    "greedy": Algorithm(
        lambda problem, h, _, ties, note, limits: greedy(problem, h, ties=ties, on_event=note, limits=limits)
    ),
    "breadth-first": Algorithm(
        lambda problem, _h, _w, _t, note, limits: breadth_first(problem, on_event=note, limits=limits), is_guided=False
    ),
    "ida": Algorithm(lambda problem, h, _w, _t, _n, limits: ida_star(problem, h, limits=limits), is_recorded=False),
    "anytime": Algorithm(
        lambda problem, h, weight, ties, _, limits: anytime_astar(problem, h, weight, ties=ties, limits=limits),
        is_weighted=True,
        is_recorded=False,
    ),
}
ALGORITHMS = ("astar", *PLAIN)


def search(domain: Domain[Any, Any], problem: Any, how: How) -> Searched[Any]:
    """Search; out of memory, the answer is UNKNOWN with the estimate of the initial state as its bound."""
    started = time.perf_counter()
    try:
        return _search(domain, problem, how)
    except MemoryError:
        seconds = time.perf_counter() - started
    bound = domain.heuristic(problem, how.heuristic)(problem.initial)
    return Searched(Result(Status.UNKNOWN, OUT_OF_MEMORY, bound=bound, seconds=seconds), None)


def _search(domain: Domain[Any, Any], problem: Any, how: How) -> Searched[Any]:
    if how.algorithm == "astar":
        if how.heuristic == domain.strongest_heuristic and how.seed is None and not how.record:
            return Searched(domain.solve(problem, limits=how.limits), None)
        return domain.search(problem, heuristic=how.heuristic, seed=how.seed, limits=how.limits, record=how.record)
    algorithm = PLAIN[how.algorithm]
    events: list[Event] = []

    def note(event: Event) -> None:
        events.append(event._replace(state=domain.state_codes(problem, event.state)))

    estimate = domain.heuristic(problem, how.heuristic) if algorithm.is_guided else None
    by_codes = FixedTies(lambda state: domain.state_codes(problem, state))
    ties = by_codes if how.seed is None else RandomTies(how.seed)
    result = algorithm.run(problem, estimate, how.weight or 1.0, ties, note if how.record else None, how.limits)
    return Searched(result, traces_of(domain, problem, result, events) if how.record else None)


def traces_of(domain: Domain[Any, Any], problem: Any, result: Result[Path[Any, str]], events: list[Event]) -> Traces:
    """Return one search as `Traces`; the states of its events are given as their codes."""
    plan = [domain.state_codes(problem, state) for state in result.solution.states] if result.solution else []
    return Traces.of(domain.codes(problem), plan, result.cost, events, domain.state_width(problem))
