"""The paper's mazes: walls at random, and many pairs of start and goal on each set of walls (arXiv 2402.14083).

`paper` and `terrain` define the distribution, draw by draw.
"""

from collections.abc import Iterator

from planning.domain import Sampling
from planning.maze.problem import Maze
from solvers.chance import SplitMix


def wall_counts(sampling: Sampling) -> tuple[int, int]:
    """Return the least and the largest number of walls: p per cent of n cells are p · ⌊n / 10⌋ / 10, rounded down.

    For 30 and 50 per cent, this is the paper's 3 · ⌊n / 10⌋ and 5 · ⌊n / 10⌋.

    Raises:
        ValueError: The options leave no such number.
    """
    least, most = sampling.options["min_walls"], sampling.options["max_walls"]
    if not 0 <= least <= most <= 100:
        raise ValueError(f"min_walls {least} and max_walls {most} are per cent: 0 ≤ min_walls ≤ max_walls ≤ 100")
    tens = sampling.size**2 // 10
    return least * tens // 10, most * tens // 10


def paper(sampling: Sampling, chance: SplitMix, *, diagonal: bool = False) -> Iterator[Maze]:
    """Sample one set of walls, then `tries` pairs of start and goal: different free cells, not necessarily solvable."""
    yield from _pairs(sampling, chance, _walls(sampling, chance), diagonal)


def terrain(sampling: Sampling, chance: SplitMix, *, diagonal: bool = False) -> Iterator[Maze]:
    """Sample as `paper` does, with a cost from 1 to 9 for each free cell (row by row, before the pairs)."""
    cells = _walls(sampling, chance)
    for cell in range(len(cells)):
        if cells[cell]:
            cells[cell] = 1 + chance.below(9)
    yield from _pairs(sampling, chance, cells, diagonal)


def _walls(sampling: Sampling, chance: SplitMix) -> bytearray:
    """Return a grid of 1 (free) and 0 (wall): the count is uniform, and so is the set (the start of a shuffle)."""
    least, most = wall_counts(sampling)
    num_walls = least + chance.below(most - least + 1)
    order, cells = list(range(sampling.size**2)), bytearray(b"\1" * sampling.size**2)
    for i in range(num_walls):
        j = i + chance.below(len(order) - i)
        order[i], order[j] = order[j], order[i]
        cells[order[i]] = 0
    return cells


def _pairs(sampling: Sampling, chance: SplitMix, cells: bytearray, diagonal: bool) -> Iterator[Maze]:
    size = sampling.size
    free = [(cell % size, cell // size) for cell, cost in enumerate(cells) if cost]
    if len(free) < 2:
        return
    for _ in range(sampling.options["tries"]):
        start, goal = chance.below(len(free)), chance.below(len(free) - 1)
        goal += goal >= start
        yield Maze(size, size, bytes(cells), free[start], free[goal], diagonal)
