"""What is particular to Sokoban as a `Domain`; what holds for all domains is tested for all."""

import numpy as np
import pytest

from planning.domain import Domain, Searched
from planning.sokoban.domain import SokobanDomain
from planning.sokoban.problem import Sokoban, State
from planning.traces import Traces
from solvers.chance import SplitMix
from solvers.result import Status
from solvers.search import Limits
from tests.sokoban.drawings import drawn

DOMAIN = SokobanDomain()
LEVEL = drawn("########\n#  .   #\n# $$@  #\n# *    #\n#   . ##\n########")


def assert_equal(one: Traces | None, other: Traces | None) -> None:
    assert one is not None
    assert other is not None
    for name in Traces.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def assert_same_search(ours: Searched[State], plain: Searched[State]) -> None:
    assert ours.result.status is plain.result.status
    assert (ours.result.cost, ours.result.bound) == (plain.result.cost, plain.result.bound)
    assert ours.result.solution == plain.result.solution
    assert_equal(ours.traces, plain.traces)


def test_a_level_as_numbers() -> None:
    codes = list(DOMAIN.codes(drawn("#####\n#@$.#\n#####")))
    assert codes == [1, 6, 7, 8, 5, 3, 0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14]
    assert DOMAIN.layout_start(codes) == 4
    assert DOMAIN.problem(codes) == drawn("#####\n#@$.#\n#####")


def test_levels_on_the_same_walls_have_the_same_layout() -> None:
    other = drawn("########\n#  .   #\n#  $@$ #\n# .$   #\n#   . ##\n########")
    ours, theirs = DOMAIN.codes(LEVEL), DOMAIN.codes(other)
    assert ours[DOMAIN.layout_start(ours) :] == theirs[DOMAIN.layout_start(theirs) :]
    moved = drawn("########\n#  .   #\n# $$@  #\n# * #  #\n#   .  #\n########")
    assert DOMAIN.codes(moved)[DOMAIN.layout_start(ours) :] != ours[DOMAIN.layout_start(ours) :]


@pytest.mark.parametrize(
    "codes",
    [
        [],
        [-1],
        [1],
        [1, 6, 7, 8, 5],
        [1, 6, 7, 8, 0, 3],
        [1, 6, 7, 8, -5, -3],
        [1, 6, 7, 8, 2**16, 2**16],
        [1, 6, 7, 8, 5, 3, 15],
        [1, 6, 7, 8, 5, 3, 2, 1],
        [1, 6, 7, 8, 5, 3, -1, 2],
        [1, 6, 7, 8, 5, 3, 7],
        [9, 6, 7, 8, 5, 3, 0],
    ],
)
def test_numbers_that_are_no_level_are_refused(codes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"not the codes of a level|in a wall"):
        DOMAIN.problem(codes)


def test_a_state_is_shown_in_xsb() -> None:
    assert DOMAIN.show(LEVEL) == "########\n#  .   #\n# $$@  #\n# *    #\n#   . ##\n########"
    on_dock = (11, 18, 26, 27)
    assert DOMAIN.show(LEVEL, on_dock) == "########\n#  +   #\n# $    #\n# *$   #\n#   . ##\n########"
    assert DOMAIN.position(LEVEL, on_dock) == (3, 1)
    assert DOMAIN.extent(LEVEL) == (8, 6)


@pytest.mark.parametrize("generator", DOMAIN.generators)
def test_what_is_sampled_can_be_read_again(generator: str) -> None:
    chance, sampling = SplitMix(8), DOMAIN.sampling(7, generator)
    levels = [level for _ in range(20) for level in DOMAIN.generators[generator](sampling, chance)]
    text = "\n\n".join(DOMAIN.show(level) for level in levels)
    assert DOMAIN.recognises(text)
    assert DOMAIN.read(text) == levels


def test_a_generator_checks_its_own_options() -> None:
    assert DOMAIN.sampling(7).options == {"boxes": 2, "walls": 2}
    with pytest.raises(ValueError, match="fit in the centre"):
        DOMAIN.sampling(6, "paper", {"boxes": 5})
    with pytest.raises(ValueError, match="to be pulled about"):
        DOMAIN.sampling(6, "reverse", {"boxes": 5})


@pytest.mark.parametrize("heuristic", DOMAIN.heuristics)
@pytest.mark.parametrize("seed", [None, 3])
def test_a_search_is_the_plain_one_whether_or_not_a_level_is_packed(heuristic: str, seed: int | None) -> None:
    ours = DOMAIN.search(LEVEL, heuristic=heuristic, seed=seed)
    assert_same_search(ours, Domain.search(DOMAIN, LEVEL, heuristic=heuristic, seed=seed))
    assert ours.result.status is Status.OPTIMAL


def corridor(num_boxes: int) -> Sokoban:
    """Return a level with so many boxes, each one push from its dock, that it does not fit into one word."""
    row = "#" + " $." * num_boxes + " #"
    return drawn("\n".join(["#" * len(row), "#@" + " " * (len(row) - 3) + "#", row, "#" * len(row)]))


def test_a_level_that_is_too_large_to_be_packed_is_searched_all_the_same() -> None:
    level, limits = corridor(20), Limits(max_expansions=300)
    ours = DOMAIN.search(level, limits=limits)
    assert_same_search(ours, Domain.search(DOMAIN, level, limits=limits))
    assert ours.result.status is Status.UNKNOWN


@pytest.mark.parametrize("random_ties", [False, True])
@pytest.mark.parametrize("generator", DOMAIN.generators)
def test_traces_are_those_of_the_plain_way(generator: str, random_ties: bool) -> None:
    sampling = DOMAIN.sampling(7, generator)
    ours = DOMAIN.draw_traces(sampling, range(3, 9), seed=2, random_ties=random_ties)
    assert_equal(ours, Domain.draw_traces(DOMAIN, sampling, range(3, 9), seed=2, random_ties=random_ties))
    assert len(ours) >= 3


def test_many_boxes_are_sampled_and_searched_the_plain_way() -> None:
    sampling, limits = DOMAIN.sampling(30, "paper", {"boxes": 12, "walls": 20}), Limits(max_expansions=5)
    assert len(DOMAIN.draw_traces(sampling, range(2), seed=1, limits=limits)) == 0
