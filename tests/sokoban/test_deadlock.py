"""What is called lost is lost, and what is called frozen never moves in any solution."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.sokoban.deadlock import dead_squares, frozen_boxes, push_distances
from planning.sokoban.matching import matching
from tests.sokoban.drawings import drawn, random_level
from tests.sokoban.state_graph import distances

SEEDS = st.integers(0, 10**9)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(SEEDS)
def test_frozen_boxes_move_in_no_solution(seed: int) -> None:
    level = random_level(Random(seed), max_side=4, max_boxes=4)
    dead, left = dead_squares(level), distances(level)
    for state, distance in left.items():
        frozen = set(frozen_boxes(level, state[1:], dead))
        if distance is None:
            continue
        assert frozen <= set(level.docks), (level, state)
        assert not dead & set(state[1:]), (level, state)
        for _, child, _ in level.successors(state):
            if left[child] is not None:
                assert frozen <= set(child[1:]), (level, state, child)
                assert frozen <= set(frozen_boxes(level, child[1:], dead)), "frozen once, frozen for ever"


@settings(deadline=None, max_examples=40, derandomize=True)
@given(SEEDS)
def test_a_lone_box_needs_at_least_its_distance_in_pushes(seed: int) -> None:
    level = random_level(Random(seed), max_side=5, max_boxes=1)
    for dock in level.docks:
        away = push_distances(level, dock)
        for state, pushes in distances(level, pushes_only=True).items():
            if pushes is not None:
                assert away[state[1]] <= pushes, (level, state)


@pytest.mark.parametrize(
    ("drawing", "num_frozen"),
    [
        ("######\n#    #\n# $$ #\n# $$ #\n#@...#\n###. #\n######", 4),  # 2 × 2 boxes
        ("######\n#@   #\n# $#.#\n# $#.#\n#    #\n######", 2),  # 2 × 2 boxes and walls
        ("#######\n#@$$  #\n#   ..#\n#######", 2),  # side by side along a wall
        ("#######\n# @   #\n#  $# #\n# #$ .#\n#    .#\n#######", 2),  # around a corner
        ("#######\n#  $  #\n#@$ ..#\n#     #\n#######", 0),
        ("########\n#@ **  #\n#      #\n########", 2),  # on docks, so that is no harm
        ("########\n#      #\n#@ **  #\n#      #\n########", 0),  # on docks, and free to move
        ("########\n#**    #\n#@ $ . #\n#      #\n########", 2),  # on docks, and never to move again
    ],
)
def test_freezing_on_drawings(drawing: str, num_frozen: int) -> None:
    level = drawn(drawing)
    boxes = level.initial[1:]
    frozen = frozen_boxes(level, boxes, frozenset())
    assert len(frozen) == num_frozen
    if set(frozen) - set(level.docks):
        assert matching(level)(level.initial) is None
        assert distances(level)[level.initial] is None


def test_dead_squares_are_those_from_which_no_dock_can_be_reached() -> None:
    level = drawn("#######\n#     #\n#@ $ .#\n#     #\n#######")
    dead = {(cell % level.width, cell // level.width) for cell in dead_squares(level)}
    assert dead == {(x, y) for y in (1, 3) for x in range(1, 6)} | {(1, 2)}
