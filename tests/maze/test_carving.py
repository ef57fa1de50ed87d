from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.maze import Maze, MazeDomain
from solvers.chance import SplitMix, derive

CARVERS = ("dfs", "wilson")
SEEDS = st.integers(0, 2**64 - 1)


def carve(generator: str, size: int, seed: int, loops: int = 0) -> Maze:
    domain = MazeDomain()
    (maze,) = domain.generators[generator](domain.sampling(size, generator, {"loops": loops}), SplitMix(seed))
    assert isinstance(maze, Maze)
    return maze


def distances(maze: Maze, start: tuple[int, int]) -> dict[tuple[int, int], int]:
    found, queue = {start: 0}, [start]
    for cell in queue:
        for _, child, _ in maze.successors(cell):
            if child not in found:
                found[child] = found[cell] + 1
                queue.append(child)
    return found


@pytest.mark.parametrize("generator", CARVERS)
@given(st.integers(3, 15), SEEDS)
@settings(max_examples=50, deadline=None)
def test_a_carved_maze_is_a_tree_of_all_rooms_walked_along_its_longest_path(
    generator: str, size: int, seed: int
) -> None:
    maze = carve(generator, size, seed)
    rooms = ((size + 1) // 2) ** 2
    free = [cell for cell, cost in enumerate(maze.terrain) if cost]
    assert len(free) == rooms + rooms - 1
    assert len(distances(maze, maze.start)) == len(free)
    longest = max(max(distances(maze, (cell % size, cell // size)).values()) for cell in free)
    assert distances(maze, maze.start)[maze.goal] == longest


@pytest.mark.parametrize("generator", CARVERS)
def test_all_walls_between_rooms_opened(generator: str) -> None:
    rows = MazeDomain().show(carve(generator, 7, 1, loops=100)).replace("S", ".").replace("G", ".").split("\n")
    assert rows == [".......", ".#.#.#."] * 3 + ["......."]


def test_loops_open_so_many_walls() -> None:
    maze = carve("dfs", 101, 2, loops=20)
    opened = maze.terrain.count(1) - (2 * 51**2 - 1)
    closed = 2 * 51 * 50 - (51**2 - 1)
    assert abs(opened / closed - 0.2) < 0.05


def test_wilson_draws_every_tree_as_often() -> None:
    # 2 × 3 rooms would not fit a square; 3 × 3 rooms have 192 spanning trees.
    trees = Counter(carve("wilson", 5, derive(3, draw)).terrain for draw in range(192 * 30))
    assert len(trees) == 192
    chi_square = sum((count - 30) ** 2 / 30 for count in trees.values())
    assert chi_square < 191 + 4 * (2 * 191) ** 0.5


def test_carving_in_depth_makes_longer_corridors() -> None:
    lengths = {
        generator: sum(MazeDomain().search(carve(generator, 31, seed)).result.cost or 0 for seed in range(10))
        for generator in CARVERS
    }
    assert lengths["dfs"] > 2 * lengths["wilson"] > 2 * 10 * 31


@pytest.mark.parametrize("generator", CARVERS)
@pytest.mark.parametrize(("size", "loops", "message"), [(2, 0, "take 3 or more"), (9, 101, "loops 101 is per cent")])
def test_what_cannot_be_carved(generator: str, size: int, loops: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MazeDomain().sampling(size, generator, {"loops": loops})
