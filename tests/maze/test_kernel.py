import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.maze import Maze, MazeDomain, batches, kernel, solving
from solvers.result import Status
from solvers.search import Limits
from tests.maze.mazes import assert_as_plain, mazes

SEEDS = st.none() | st.integers(0, 2**64 - 1)
LIMITS = st.none() | st.integers(0, 30)


def at_random(side: int, seed: int, costs: tuple[int, ...], diagonal: bool) -> Maze:
    chance = random.Random(seed)
    terrain = bytearray(chance.choice(costs) for _ in range(side * side))
    terrain[0] = terrain[-1] = 1
    return Maze(side, side, bytes(terrain), (0, 0), (side - 1, side - 1), diagonal)


@given(mazes(), SEEDS, LIMITS, st.booleans(), st.booleans())
@settings(max_examples=600, deadline=None)
def test_every_search_is_the_plain_one(
    maze: Maze, seed: int | None, limit: int | None, blind: bool, record: bool
) -> None:
    assert_as_plain(maze, "zero" if blind else None, seed, limit, record)


@given(mazes(diagonal=False, longest=9), LIMITS)
@settings(max_examples=400, deadline=None)
def test_the_search_of_the_papers_case_is_the_plain_one(maze: Maze, limit: int | None) -> None:
    unit = Maze(maze.width, maze.height, bytes(map(bool, maze.terrain)), maze.start, maze.goal)
    assert_as_plain(unit, max_expansions=limit)


@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("costs", [(0, 1, 1, 1), (0, 1, 1, 2, 7)])
@pytest.mark.parametrize("seed", [None, 5])
def test_on_a_large_grid_too(costs: tuple[int, ...], diagonal: bool, seed: int | None) -> None:
    # 150² cells are more than the 4096 that one word of the summary of open cells speaks of.
    found = assert_as_plain(at_random(150, 8, costs, diagonal), seed=seed)
    assert found.result.stats["expansions"] > 1000


def test_a_cell_is_created_again_when_a_shorter_way_to_it_is_found_before_it_is_closed() -> None:
    # Manhattan distance is consistent, and yet an open cell may get a smaller g: as here, by a detour on equal f.
    maze = MazeDomain().read(
        "#...##..\n.#..###.\n.#.#...S\n......#.\n#.......\n##.#.#.#\n.....#..\n.#.....#\n.G#..#.#"
    )[0]
    found = assert_as_plain(maze)
    assert found.traces is not None
    created = found.traces.states[found.traces.kinds == 0, 0].tolist()
    assert len(created) > len(set(created))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("S#G", Status.INFEASIBLE),
        ("S.G", Status.OPTIMAL),
        ("G\nS", Status.OPTIMAL),
        ("S\n.\n.\n#\nG", Status.INFEASIBLE),
        ("S#\n#G", Status.INFEASIBLE),
    ],
)
@pytest.mark.parametrize("diagonal", [False, True])
def test_narrow_mazes(text: str, status: Status, diagonal: bool) -> None:
    assert assert_as_plain(MazeDomain(diagonal).read(text)[0]).result.status is status


def test_start_at_the_goal() -> None:
    result = assert_as_plain(Maze(1, 1, b"\1", (0, 0), (0, 0))).result
    assert (result.cost, result.stats) == (0, {"expansions": 1.0, "created": 1.0})


@given(mazes(), SEEDS)
@settings(max_examples=50, deadline=None)
def test_looking_at_the_clock_and_growing_change_nothing(maze: Maze, seed: int | None) -> None:
    domain = MazeDomain(maze.diagonal)
    expected = domain.search(maze, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "_SLICE", 2)
        patch.setattr(solving, "_FIRST_ROOM", 3)
        patch.setattr(solving, "_FIRST_HEAP", 4)
        found = domain.search(maze, seed=seed, limits=Limits(time_limit_s=100))
    assert (found.result.solution, found.result.stats) == (expected.result.solution, expected.result.stats)
    assert found.traces is not None
    assert expected.traces is not None
    for name in ("kinds", "states", "g", "h"):
        assert np.array_equal(getattr(found.traces, name), getattr(expected.traces, name))


def test_the_earlier_of_two_limits_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "_SLICE", 2)
    maze = at_random(50, 1, (1,), False)
    for limits in (Limits(5, 100), Limits(5, None)):
        result = MazeDomain().search(maze, limits=limits).result
        assert (result.status, result.bound, result.stats["expansions"]) == (Status.UNKNOWN, 98, 5)


def test_no_time_is_an_answer_with_a_bound() -> None:
    result = MazeDomain().search(at_random(50, 1, (1,), False), limits=Limits(time_limit_s=0)).result
    assert (result.status, result.bound, result.stats["expansions"]) == (Status.UNKNOWN, 98, 0)


def test_a_million_cells() -> None:
    side = 1024
    snake = np.ones((side, side), np.uint8)
    snake[1::4, :-1] = snake[3::4, 1:] = 0
    maze = Maze(side, side, snake.tobytes(), (0, 0), (0, side - 2))
    result = MazeDomain().search(maze).result
    assert result.status is Status.OPTIMAL
    assert result.solution is not None
    assert len(result.solution.actions) == result.cost == (side // 2 - 1) * (side + 1) + side - 1


def test_costs_of_more_than_31_bits_are_not_recorded_but_found() -> None:
    maze, domain = Maze(50, 1, bytes([255]) * 50, (0, 0), (49, 0), diagonal=True), MazeDomain(diagonal=True)
    for name in ("octile", "zero"):
        with pytest.raises(ValueError, match="search without recording"):
            domain.search(maze, heuristic=name)
        assert domain.search(maze, heuristic=name, record=False).result.cost == 49 * 255 * 1_000_000


def test_an_estimate_of_more_than_31_bits_is_not_recorded_either() -> None:
    # Eight cells of 255 from the goal, and nine from the cell behind the start.
    maze, domain = Maze(10, 1, bytes([255]) * 10, (1, 0), (9, 0), diagonal=True), MazeDomain(diagonal=True)
    with pytest.raises(ValueError, match="search without recording"):
        domain.search(maze)
    assert domain.search(maze, record=False).result.cost == 8 * 255 * 1_000_000


def test_each_kernel_is_compiled_once() -> None:
    for diagonal in (False, True):
        for seed in (None, 1):
            for text in ("S.G", "S5G"):
                MazeDomain(diagonal).search(MazeDomain(diagonal).read(text)[0], seed=seed, record=seed is None)
                domain = MazeDomain(diagonal)
                domain.draw_traces(domain.sampling(4, "paper" if text == "S.G" else "terrain"), range(2), seed=1)
    for compiled in (kernel.search_unit, kernel.search_any, batches.draw_one):
        assert len(getattr(compiled, "signatures", [1])) == 1
