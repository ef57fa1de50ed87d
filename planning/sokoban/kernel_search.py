"""One compiled search of a Sokoban level, with the answer and the events of `Domain.search`."""

import time

import numpy as np

from planning.domain import Searched
from planning.moves import MOVES
from planning.sokoban import kernel_steps as steps
from planning.sokoban.kernel_level import ESTIMATES, MAX_FLOOR, fits, level_of
from planning.sokoban.kernel_memory import MOST_BYTES, Memory, word_and_worker
from planning.sokoban.kernel_store import CLOSED, CREATED, EVENTS, EXHAUSTED, GOAL, LAST
from planning.sokoban.problem import Sokoban, State
from planning.sokoban.wording import codes
from planning.traces import Ints, Traces
from solvers import registry
from solvers.result import Result, Status
from solvers.search import NO_LIMITS, Limits, Path

_ACTIONS = tuple(MOVES)


def search(
    problem: Sokoban,
    heuristic: str = "paper",
    *,
    seed: int | None = None,
    limits: Limits = NO_LIMITS,
    record: bool = True,
    max_bytes: int = MOST_BYTES,
    below: int | None = None,
) -> Searched[State]:
    """Find a plan of least cost by A*, with ties in the order of states, or by chance if a seed is given.

    Events, plan, counts and answer are those of `Domain.search`. Where `max_bytes` of memory do not suffice, or 32,000
    steps, the answer is UNKNOWN with a proven bound. `below` is that of `Domain.search`, too.

    Raises:
        ValueError: The heuristic is unknown, or the level does not fit (see `fits`).
    """
    started = time.perf_counter()
    kind = registry.lookup("heuristic", heuristic, ESTIMATES)
    check_fits(problem)
    level = level_of(problem, kind)
    memory = Memory(level, steps.empty_open(below=below), record=record, max_bytes=max_bytes)
    with np.errstate(over="ignore"):
        why = _run(problem, kind, memory, seed, limits, started=started)
        return _searched(problem, memory, why, record=record, below=below, started=started)


def check_fits(problem: Sokoban) -> None:
    """Refuse a level that does not fit, with a ValueError that says what does."""
    if not fits(problem):
        raise ValueError(
            f"a level of {problem.walls.count(0)} floor cells with {len(problem.docks)} boxes does not fit into 63 "
            f"bits and {MAX_FLOOR} cells: search it with the plain Domain.search"
        )


def _run(
    problem: Sokoban, kind: int, memory: Memory[steps.Open], seed: int | None, limits: Limits, *, started: float
) -> int:
    """Search until an answer or a limit, and return why it came to an end."""
    level, is_random = memory.level, seed is not None
    chance = np.array([(seed or 0) & (1 << 64) - 1], np.uint64)
    goal, _ = word_and_worker(level, (0, *problem.docks))
    word, worker = word_and_worker(level, problem.initial)
    steps.begin(kind, level, memory.store, memory.open, memory.events, chance, is_random, word, worker)

    def advance(stop: np.int64) -> int:
        found: int = steps.advance(kind, level, memory.store, memory.open, memory.events, chance, is_random, goal, stop)
        return found

    return memory.run(advance, limits, started)


def _searched(
    problem: Sokoban, memory: Memory[steps.Open], why: int, *, record: bool, below: int | None, started: float
) -> Searched[State]:
    counts = memory.open.counts
    stats = {"expansions": float(counts[CLOSED]), "created": float(counts[CREATED])}
    path, states = None, np.zeros((0, 1 + len(problem.docks)), np.int32)
    if why == GOAL:
        path, states = _path(memory)
        cost: int | None = len(path.actions)
        status, bound = Status.OPTIMAL, cost
    else:
        cost = None
        status = Status.INFEASIBLE if why == EXHAUSTED else Status.UNKNOWN
        bound = below if why == EXHAUSTED else int(steps.least_f(memory.store, memory.open))
    traces = _traces(problem, memory, states, -1 if cost is None else cost) if record else None
    result = Result(status, "search", path, cost, bound, time.perf_counter() - started, stats)
    return Searched(result, traces)


def _path(memory: Memory[steps.Open]) -> tuple[Path[State, str], Ints]:
    goal = memory.open.counts[LAST]
    cost = int(memory.store.g[goal])
    moves, nodes = np.zeros(cost, np.int32), np.zeros(cost + 1, np.int32)
    steps.trace_back(memory.level, memory.store, goal, moves, nodes)
    states = _states(memory, nodes)
    path = Path(tuple(_ACTIONS[move & 3] for move in moves), tuple(tuple(state) for state in states.tolist()))
    return path, states


def _states(memory: Memory[steps.Open], nodes: Ints) -> Ints:
    states = np.zeros((len(nodes), 1 + int(memory.level.sizes[1])), np.int32)
    steps.write_states(memory.level, memory.store, nodes, states)
    return states


def _traces(problem: Sokoban, memory: Memory[steps.Open], plan: Ints, cost: int) -> Traces:
    num_events = int(memory.open.counts[EVENTS])
    numbers = np.array(codes(problem), np.int32)
    return Traces(
        numbers,
        np.array([0, len(numbers)], np.int64),
        plan,
        np.array([0, len(plan)], np.int64),
        np.array([cost], np.int32),
        memory.events.kind[:num_events].copy(),
        _states(memory, memory.events.node[:num_events]),
        memory.events.g[:num_events].astype(np.int32),
        memory.events.h[:num_events].copy(),
        np.array([0, num_events], np.int64),
    )
