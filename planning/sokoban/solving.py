"""Solve Sokoban with the fewest steps, proven: the fastest way in this project, without a trace of how."""

import time
from dataclasses import replace

import numpy as np

from planning.moves import MOVES
from planning.sokoban.kernel_level import MATCHING, fits, level_of
from planning.sokoban.kernel_memory import MOST_BYTES, Memory, word_and_worker
from planning.sokoban.kernel_pushes import (
    Buckets,
    advance_pushes,
    begin_pushes,
    empty_buckets,
    least_f,
    trace_pushes,
)
from planning.sokoban.kernel_store import CLOSED, CREATED, EXHAUSTED, GOAL, LAST, PAUSED, TOO_DEEP
from planning.sokoban.matching import matching
from planning.sokoban.problem import Sokoban, State
from solvers.result import Result, Status
from solvers.search import NO_LIMITS, Limits, Path, astar

_SLICE = 4096
"""Expansions between two looks at the clock."""
_PLAIN_BYTES = 200
"""What a plain search takes for each expansion and number in a state, rounded up."""


def solve(problem: Sokoban, *, limits: Limits = NO_LIMITS, max_bytes: int = MOST_BYTES) -> Result[Path[State, str]]:
    """Find a plan of the fewest steps by A* over pushes, with the heuristic "matching".

    Expansions are of pushes. Stopped by a limit, by `max_bytes` of memory, or by a plan beyond 32,000 steps, the answer
    is UNKNOWN with a proven bound. A level that does not fit (see `kernel.fits`) is searched plainly, step by step.
    """
    if not fits(problem):
        return _solve_plainly(problem, limits, max_bytes)
    started = time.perf_counter()
    memory = Memory(level_of(problem, MATCHING), empty_buckets(), max_bytes=max_bytes)
    with np.errstate(over="ignore"):
        why = _run(problem, memory, limits, started)
        counts = memory.open.counts
        stats = {"expansions": float(counts[CLOSED]), "created": float(counts[CREATED])}
        path = cost = bound = None
        status = Status.INFEASIBLE if why == EXHAUSTED else Status.UNKNOWN
        if why == GOAL:
            path = _path(problem, memory)
            status, cost = Status.OPTIMAL, int(memory.store.g[counts[LAST]])
            assert cost == len(path.actions)
        if why != EXHAUSTED:
            bound = int(least_f(memory.store, memory.open)) if cost is None else cost
    return Result(status, "pushes", path, cost, bound, time.perf_counter() - started, stats)


def _solve_plainly(problem: Sokoban, limits: Limits, max_bytes: int) -> Result[Path[State, str]]:
    most = max_bytes // (_PLAIN_BYTES * (len(problem.docks) + 8))
    if limits.max_expansions is not None:
        most = min(most, limits.max_expansions)
    return astar(problem, matching(problem), limits=replace(limits, max_expansions=most))


def _run(problem: Sokoban, memory: Memory[Buckets], limits: Limits, started: float) -> int:
    """Search until an answer or a limit, and return why it came to an end."""
    goal, _ = word_and_worker(memory.level, (0, *problem.docks))
    word, worker = word_and_worker(memory.level, problem.initial)
    begin_pushes(memory.level, memory.store, memory.open, word, worker)
    most = np.iinfo(np.int64).max if limits.max_expansions is None else limits.max_expansions
    while True:
        closed = int(memory.open.counts[CLOSED])
        is_late = limits.time_limit_s is not None and time.perf_counter() - started >= limits.time_limit_s
        stop = np.int64(min(most, closed if is_late else closed + _SLICE))
        why = int(advance_pushes(memory.level, memory.store, memory.open, goal, stop))
        if why in (GOAL, EXHAUSTED, TOO_DEEP) or (why == PAUSED and (is_late or stop == most)):
            return why
        if why != PAUSED and not memory.grow(why):
            return why


def _path(problem: Sokoban, memory: Memory[Buckets]) -> Path[State, str]:
    """Return the steps and states of the plan that ends in the node closed last."""
    goal = memory.open.counts[LAST]
    pushes = np.zeros((int(memory.store.g[goal]), 2), np.int64)
    start = trace_pushes(memory.level, memory.store, goal, pushes)
    actions: list[str] = []
    states = [problem.initial]
    for behind, direction in pushes[start:].tolist():
        for action in (*_walk(problem, states[-1], int(memory.level.cells[behind])), tuple(MOVES)[direction]):
            actions.append(action)
            states.append(next(child for name, child, _ in problem.successors(states[-1]) if name == action))
    assert problem.is_goal(states[-1])
    return Path(tuple(actions), tuple(states))


def _walk(problem: Sokoban, state: State, target: int) -> list[str]:
    """Return a shortest walk of the worker to a cell among the boxes."""
    came: dict[int, tuple[int, str]] = {state[0]: (state[0], "")}
    queue = [state[0]]
    for cell in queue:
        if cell == target:
            break
        for action, (dx, dy) in MOVES.items():
            there = problem.neighbour(cell, dx, dy)
            if there is not None and there not in came and there not in state[1:]:
                came[there] = (cell, action)
                queue.append(there)
    actions: list[str] = []
    while target != state[0]:
        target, action = came[target]
        actions.append(action)
    return actions[::-1]
