"""The rules of Sokoban, and the strictness of the verifier upon them."""

import dataclasses

import pytest

from planning.sokoban.problem import Sokoban
from solvers.problem import check_problem
from solvers.search import breadth_first
from solvers.verifier import verify
from tests.sokoban.drawings import drawn

LEVEL = drawn("#######\n#     #\n#@$ . #\n#     #\n#######")


def steps(drawing: str) -> dict[str, Sokoban]:
    """Return what each possible action makes of a drawing, as a level."""
    level = drawn(drawing)
    check_problem(level)
    return {
        action: Sokoban(level.width, level.height, level.walls, level.docks, child)
        for action, child, cost in level.successors(level.initial)
        if cost == 1
    }


def test_the_order_of_children_is_down_up_left_right() -> None:
    assert list(steps("#####\n#   #\n# @ #\n#   #\n#$  #\n#.  #\n#####")) == ["down", "up", "left", "right"]


def test_a_step_onto_a_box_pushes_it() -> None:
    assert steps("#######\n#@$ . #\n#######") == {"right": drawn("#######\n# @$. #\n#######")}


def test_a_box_is_pushed_onto_a_dock_and_off_it() -> None:
    assert steps("######\n#@$. #\n######")["right"] == drawn("######\n# @* #\n######")
    assert steps("######\n#@*  #\n######")["right"] == drawn("######\n# +$ #\n######")


@pytest.mark.parametrize("row", ["#@$#.", "#@$$..", ".@$", "@* $."])
def test_only_a_box_with_room_behind_it_moves(row: str) -> None:
    assert ("right" in steps(row)) == (row == "@* $.")


def test_boxes_ascend_also_when_one_passes_another() -> None:
    children = steps("#####\n# @ #\n#$$ #\n#  .#\n#  .#\n#####")
    assert children["down"] == drawn("#####\n#   #\n#$@ #\n# $.#\n#  .#\n#####")


def test_no_push_wraps_around_the_grid() -> None:
    level = drawn(".#@$\n    \n    ")
    assert [action for action, _, _ in level.successors(level.initial)] == ["down"]


def test_a_plan_is_replayed_strictly() -> None:
    result = breadth_first(LEVEL)
    assert result.solution is not None
    plan = result.solution.actions
    assert plan == ("right", "right")
    assert verify(LEVEL, plan).cost == 2
    assert not verify(LEVEL, plan[:-1]).valid, "the box is not on the dock yet"
    assert not verify(LEVEL, (*plan, "right")).valid, "the box is pushed off the dock again"
    assert not verify(LEVEL, ("left", *plan)).valid, "a wall is no place to step onto"
    assert not verify(LEVEL, ("jump", *plan)).valid, "there is no such action"
    assert verify(LEVEL, ("up", "down", *plan)).cost == 4, "a detour is valid, and costs"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 3}, "has as many"),
        ({"docks": ()}, "as many are needed"),
        ({"docks": (0,)}, "dock is in a wall"),
        ({"initial": (16, 16)}, "both in cell 16"),
        ({"initial": (0, 16)}, "worker is in a wall"),
        ({"initial": (15, 99)}, "box is in a wall or outside"),
        ({"docks": (16, 16), "initial": (15, 16, 17)}, "ascend"),
        ({"docks": (16, 17), "initial": (15, 17, 16)}, "ascend"),
    ],
)
def test_a_level_without_a_sense_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(LEVEL, **change)  # type: ignore[arg-type]  # the point is what does not fit
