"""Mazes for tests: all kinds of small ones, and what it means that two searches are the same."""

from dataclasses import fields

from hypothesis import strategies as st

from planning.domain import Domain, Searched
from planning.maze import Maze, MazeDomain
from planning.traces import Traces
from solvers.search import Limits

UNIT, TERRAIN = (0, 1, 1), (0, 0, 1, 2, 3, 9)


@st.composite
def mazes(draw: st.DrawFn, diagonal: bool | None = None, longest: int = 7) -> Maze:
    """Draw a maze of 1 × 1 cells or more, of unit costs or of terrain; solvable or not; start and goal may be one."""
    width, height = draw(st.integers(1, longest)), draw(st.integers(1, longest))
    costs = draw(st.sampled_from([UNIT, TERRAIN]))
    terrain = bytearray(draw(st.lists(st.sampled_from(costs), min_size=width * height, max_size=width * height)))
    ends = [draw(st.integers(0, width * height - 1)) for _ in range(2)]
    for cell in ends:
        terrain[cell] = terrain[cell] or draw(st.sampled_from(costs[2:]))
    start, goal = ((cell % width, cell // width) for cell in ends)
    eight = draw(st.booleans()) if diagonal is None else diagonal
    return Maze(width, height, bytes(terrain), start, goal, eight)


def assert_equal_traces(found: Traces, expected: Traces) -> None:
    for field in fields(Traces):
        column, other = getattr(found, field.name), getattr(expected, field.name)
        assert (column.dtype, column.shape) == (other.dtype, other.shape), field.name
        assert (column == other).all(), field.name


def assert_as_plain(
    maze: Maze,
    heuristic: str | None = None,
    seed: int | None = None,
    max_expansions: int | None = None,
    record: bool = True,
) -> Searched[tuple[int, int]]:
    """Search with the compiled kernel and with the plain oracle; the answers and all events have to be equal."""
    domain, limits = MazeDomain(maze.diagonal), Limits(max_expansions)
    found = domain.search(maze, heuristic=heuristic, seed=seed, limits=limits, record=record)
    plain = Domain.search(domain, maze, heuristic=heuristic, seed=seed, limits=limits, record=record)
    for name in ("status", "solver", "solution", "cost", "bound", "stats"):
        assert getattr(found.result, name) == getattr(plain.result, name), name
    if plain.traces is None or found.traces is None:
        assert found.traces is plain.traces
    else:
        assert_equal_traces(found.traces, plain.traces)
    return found
