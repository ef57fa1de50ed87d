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
from planning.sokoban.kernel_store import CLOSED, CREATED, EXHAUSTED, GOAL, LAST
from planning.sokoban.matching import matching
from planning.sokoban.problem import Sokoban, State
from solvers.result import Result, Status
from solvers.search import NO_LIMITS, Limits, Path, astar

_PLAIN_BYTES = 200
"""What a plain search takes for each expansion and number in a state, rounded up."""


def solve(
    problem: Sokoban, *, limits: Limits = NO_LIMITS, max_bytes: int = MOST_BYTES, below: int | None = None
) -> Result[Path[State, str]]:
    """Find a plan of the fewest steps by A* over pushes, with the heuristic "matching".

    Expansions are of pushes. Stopped by a limit, by `max_bytes` of memory, or by a plan beyond 32,000 steps, the answer
    is UNKNOWN with a proven bound. A level that does not fit (see `kernel.fits`) is searched plainly, step by step.
    With `below`, only a plan of fewer steps is looked for, see `Domain.solve`.
    """
    if not fits(problem):
        return _solve_plainly(problem, limits, max_bytes, below)
    started = time.perf_counter()
    memory = Memory(level_of(problem, MATCHING), empty_buckets(below=below), max_bytes=max_bytes)
    with np.errstate(over="ignore"):
        why = _run(problem, memory, limits, started)
        counts = memory.open.counts
        stats = {"expansions": float(counts[CLOSED]), "created": float(counts[CREATED])}
        path: Path[State, str] | None = None
        cost: int | None = None
        bound: int | None
        if why == GOAL:
            path = _path(problem, memory)
            cost = int(memory.store.g[counts[LAST]])
            assert cost == len(path.actions)
            status, bound = Status.OPTIMAL, cost
        elif why == EXHAUSTED:
            status, bound = Status.INFEASIBLE, below
        else:
            status, bound = Status.UNKNOWN, int(least_f(memory.store, memory.open))
    return Result(status, "pushes", path, cost, bound, time.perf_counter() - started, stats)


def _solve_plainly(problem: Sokoban, limits: Limits, max_bytes: int, below: int | None) -> Result[Path[State, str]]:
    most = max_bytes // (_PLAIN_BYTES * (len(problem.docks) + 8))
    if limits.max_expansions is not None:
        most = min(most, limits.max_expansions)
    return astar(problem, matching(problem), limits=replace(limits, max_expansions=most), below=below)


def _run(problem: Sokoban, memory: Memory[Buckets], limits: Limits, started: float) -> int:
    """Search until an answer or a limit, and return why it came to an end."""
    goal, _ = word_and_worker(memory.level, (0, *problem.docks))
    word, worker = word_and_worker(memory.level, problem.initial)
    begin_pushes(memory.level, memory.store, memory.open, word, worker)
    return memory.run(lambda stop: advance_pushes(memory.level, memory.store, memory.open, goal, stop), limits, started)


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
