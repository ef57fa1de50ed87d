"""The strong heuristic: never too much, never a wrong dead end, consistent, and the same compiled."""

from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.sokoban.heuristics import paper, zero
from planning.sokoban.kernel_estimate import estimate_boxes, estimate_walk
from planning.sokoban.kernel_level import ESTIMATES, FAR, level_of
from planning.sokoban.matching import assign, matching
from planning.sokoban.problem import Sokoban, State
from solvers.problem import check_problem
from tests.sokoban.drawings import drawn, random_level
from tests.sokoban.state_graph import distances

SEEDS = st.integers(0, 10**9)
PLAIN = {"paper": paper, "matching": matching, "zero": zero}


@settings(deadline=None, max_examples=60, derandomize=True)
@given(SEEDS)
def test_it_never_overestimates_and_a_dead_end_is_one(seed: int) -> None:
    level = random_level(Random(seed), max_side=4, max_boxes=3)
    estimate = matching(level)
    check_problem(level, estimate, max_states=30)
    for state, distance in distances(level).items():
        h = estimate(state)
        if distance is not None:
            assert h is not None, (level, state)
            assert h <= distance, (level, state)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(SEEDS)
def test_it_is_consistent(seed: int) -> None:
    level = random_level(Random(seed), max_side=4, max_boxes=3)
    estimate = matching(level)
    for state in distances(level):
        h = estimate(state)
        for _, child, cost in level.successors(state):
            after = estimate(child)
            if after is not None:
                assert h is not None, (level, state, "a dead end has no way out")
                assert h <= cost + after, (level, state, child)


@pytest.mark.parametrize(
    ("drawing", "h"),
    [
        ("#######\n#     #\n#@$ . #\n#     #\n#######", 2),
        (
            "#######\n#     #\n# $ .@#\n#     #\n#######",
            2 + 4,
        ),  # from above or below, it would be lost
        ("#######\n#     #\n#@ $. #\n#     #\n#######", 1 + 1),
        ("#######\n#   . #\n#@$$. #\n#     #\n#######", 2 + 2),  # each its own dock, though one of them is nearer
        ("#######\n#@  **#\n#     #\n#######", 0),
        ("#######\n# $$  #\n#@  . #\n#   . #\n#######", None),  # along a wall, for good
        ("#######\n#  #  #\n#@$#. #\n#  #  #\n#######", None),  # no way for the box
        ("####  \n#@ #  \n######\n#  $.#\n######", None),  # no way for the worker
    ],
)
def test_it_on_drawings(drawing: str, h: int | None) -> None:
    level = drawn(drawing)
    assert matching(level)(level.initial) == h


@pytest.mark.parametrize("heuristic", PLAIN)
def test_compiled_it_is_the_same_for_few_boxes_and_many(heuristic: str) -> None:
    chance = Random(3)
    for num_boxes in (0, 1, 2, 3, 5, 6, 7, 8, 9):
        for _ in range(3):
            level = _crowded(chance, num_boxes)
            estimate, states = PLAIN[heuristic](level), [_anywhere(level, chance) for _ in range(15)]
            for state in (level.initial, *states):
                assert _compiled(level, heuristic, state) == estimate(state), (level, state)


def test_an_assignment_is_the_cheapest() -> None:
    chance = Random(1)
    for size in (0, 1, 2, 3, 4, 5):
        for _ in range(40):
            costs = [[chance.choice((*range(9), 1 << 20)) for _ in range(size)] for _ in range(size)]
            least = min(sum(costs[i][j] for i, j in enumerate(order)) for order in permutations(range(size)))
            assert assign(costs) == (None if least >= 1 << 20 else least)


def _crowded(chance: Random, num_boxes: int) -> Sokoban:
    """Return a level of 8 × 7 cells with inner walls, boxes and docks anywhere."""
    cells = range(56)
    walls = [chance.random() < 0.12 for _ in cells]
    free = [cell for cell in cells if not walls[cell]]
    docks, movers = chance.sample(free, num_boxes), chance.sample(free, num_boxes + 1)
    return Sokoban(8, 7, bytes(walls), tuple(sorted(docks)), (movers[0], *sorted(movers[1:])))


def _anywhere(level: Sokoban, chance: Random) -> State:
    """Return a state with about half the boxes on docks: else, hardly one is no dead end."""
    free = [cell for cell, wall in enumerate(level.walls) if not wall]
    boxes = set(chance.sample(level.docks, len(level.docks) // 2))
    while len(boxes) < len(level.docks):
        boxes.add(chance.choice(free))
    return chance.choice([cell for cell in free if cell not in boxes]), *sorted(boxes)


def _compiled(level: Sokoban, heuristic: str, state: State) -> int | None:
    kind = ESTIMATES[heuristic]
    tables = level_of(level, kind)
    worker, *boxes = np.searchsorted(tables.cells, state)
    occupied = np.zeros(len(tables.cells), np.uint8)
    occupied[boxes] = 1
    packed = np.array(boxes, np.int64)
    h = int(estimate_boxes(kind, tables, packed, occupied))
    assert occupied.sum() == len(boxes)
    if h <= 0 or heuristic != "matching":
        return None if h < 0 else h
    walk = int(estimate_walk(tables.sizes[0], tables.approach, worker, packed))
    return None if walk == FAR else h + walk
