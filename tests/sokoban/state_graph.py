"""All states of a small level and their true distances, by brute force: what heuristics and generators must respect."""

from collections import deque

from planning.sokoban.problem import Sokoban, State


def distances(level: Sokoban, pushes_only: bool = False) -> dict[State, int | None]:
    """Return for each state reachable from the initial one the least cost to a goal, or None where there is no way.

    The cost is steps, or, with `pushes_only`, pushes.
    """
    parents: dict[State, list[tuple[State, int]]] = {level.initial: []}
    queue = [level.initial]
    for state in queue:
        for _, child, _ in level.successors(state):
            if child not in parents:
                parents[child] = []
                queue.append(child)
            parents[child].append((state, int(not pushes_only or child[1:] != state[1:])))
    left: dict[State, int | None] = dict.fromkeys(queue)
    open_states = deque((state, 0) for state in queue if level.is_goal(state))
    while open_states:
        state, distance = open_states.popleft()
        if left[state] is not None:
            continue
        left[state] = distance
        for parent, cost in parents[state]:
            (open_states.append if cost else open_states.appendleft)((parent, distance + cost))
    return left
