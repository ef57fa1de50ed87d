import numpy as np
import pytest
from hypothesis import assume, given, settings

from planning.maze import Maze, MazeDomain
from solvers.problem import check_problem
from solvers.search import breadth_first
from tests.maze.mazes import mazes

DOMAINS = [MazeDomain(), MazeDomain(diagonal=True)]


@given(mazes())
def test_codes_say_the_problem(maze: Maze) -> None:
    domain = MazeDomain(maze.diagonal)
    codes = domain.codes(maze)
    assert domain.problem(codes) == maze
    assert domain.problem(np.array(codes, np.int32).tolist()) == maze
    assert all(0 <= code < 2**31 for code in codes)


def test_the_layout_is_all_but_start_and_goal() -> None:
    first, second = MazeDomain().read("S.2\n#.G\n\n.G2\n#.S")
    codes, others = MazeDomain().codes(first), MazeDomain().codes(second)
    assert codes[2:] == others[2:] == [3, 2, 0, 3, 2 * 6 + 2]
    assert (codes[:2], others[:2]) == ([0, 5], [5, 1])
    assert MazeDomain().layout_start(codes) == 2


@pytest.mark.parametrize(
    "codes",
    [
        [0, 1, 2],
        [0, 1, 2, 2, 2],
        [0, 1, 0, 2, 0],
        [0, -1, 2, 2, 0],
        [0, 4, 2, 2, 0],
        [0, 1, 2, 2, 0, 1],
        [0, 1, 2, 2, 0, 3, 2],
        [0, 1, 2, 2, 0, 3, 4 * 256],
        [0, 1, 2, 2, 0, 4 + 2],
        [0, 1, 2, 2, 0, 2, 8 + 2],
        [0, 1, 2, 2, 0, -1],
    ],
)
def test_codes_of_no_maze(codes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"codes of a maze|in a wall or outside"):
        MazeDomain().problem(codes)


def test_codes_have_31_bits() -> None:
    huge = Maze(4000, 4000, bytes([1]) * (4000**2 - 1) + bytes([200]), (0, 0), (1, 0))
    with pytest.raises(ValueError, match="a cell that costs 200 is too much for 16000000 cells"):
        MazeDomain().codes(huge)


@given(mazes())
def test_the_contract_of_problems_and_heuristics(maze: Maze) -> None:
    domain = MazeDomain(maze.diagonal)
    for name in domain.heuristics:
        check_problem(maze, domain.heuristic(maze, name))


@given(mazes(longest=5))
@settings(deadline=None)
def test_heuristics_are_consistent_and_admissible(maze: Maze) -> None:
    domain = MazeDomain(maze.diagonal)
    blind = domain.search(maze, heuristic="zero").result
    for name in domain.heuristics:
        estimate = domain.heuristic(maze, name)
        for y in range(maze.height):
            for x in range(maze.width):
                assert estimate((x, y)) is not None
                if maze.is_free(x, y):
                    for _, child, cost in maze.successors((x, y)):
                        assert (estimate((x, y)) or 0) <= cost + (estimate(child) or 0)
        assert domain.search(maze, heuristic=name).result.cost == blind.cost


@given(mazes(diagonal=False))
@settings(deadline=None)
def test_unit_costs_are_numbers_of_steps(maze: Maze) -> None:
    unit = Maze(maze.width, maze.height, bytes(map(bool, maze.terrain)), maze.start, maze.goal)
    solution = breadth_first(unit).solution
    assert MazeDomain().search(unit).result.cost == (len(solution.actions) if solution else None)


@pytest.mark.parametrize(("name", "diagonal"), [("manhattan", True), ("octile", False)])
def test_a_heuristic_of_the_other_neighbours(name: str, diagonal: bool) -> None:
    maze = Maze(2, 1, b"\1\1", (0, 0), (1, 0), diagonal)
    with pytest.raises(ValueError, match=f"unknown heuristic '{name}'"):
        MazeDomain(diagonal).search(maze, heuristic=name)
    with pytest.raises(ValueError, match=f"heuristic '{name}' (overestimates|is for mazes with eight)"):
        MazeDomain(not diagonal).search(maze, heuristic=name)


def test_an_unknown_heuristic() -> None:
    with pytest.raises(ValueError, match=r"unknown heuristic 'manhatten'\. Did you mean 'manhattan'"):
        MazeDomain().search(Maze(2, 1, b"\1\1", (0, 0), (1, 0)), heuristic="manhatten")


@given(mazes())
def test_what_is_shown_can_be_read(maze: Maze) -> None:
    assume(maze.start != maze.goal)
    domain = MazeDomain(maze.diagonal)
    terrain = bytearray(maze.terrain)
    for x, y in (maze.start, maze.goal):
        terrain[y * maze.width + x] = 1  # 'S' and 'G' hide what their cells cost
    clear = Maze(maze.width, maze.height, bytes(terrain), maze.start, maze.goal, maze.diagonal)
    text = domain.show(maze)
    assert domain.read(text) == [clear]
    assert domain.recognises(text)


def test_the_grid_shows_where_the_mover_is() -> None:
    domain = MazeDomain()
    maze = Maze(4, 2, bytes([1, 1, 9, 1, 0, 10, 200, 1]), (0, 0), (3, 1))
    assert domain.show(maze) == "S.9.\n#++G"
    assert domain.show(maze, (1, 0)) == "S@9.\n#++G"
    assert domain.show(maze, (3, 1)) == "S.9.\n#++@"
    assert domain.extent(maze) == (4, 2)
    assert domain.position(maze, (2, 1)) == (2, 1)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_there_is_a_glyph_and_a_colour_for_each_value_of_the_grid(domain: MazeDomain) -> None:
    assert len(domain.glyphs) == len(domain.colours) == len(set(domain.glyphs))
    assert all(0 <= part <= 255 for colour in domain.colours for part in colour)


@given(mazes())
def test_states_are_cells(maze: Maze) -> None:
    domain = MazeDomain(maze.diagonal)
    for cell in (maze.start, maze.goal):
        assert domain.state(maze, domain.state_codes(maze, cell)) == cell
    assert domain.state_width(maze) == 1


def test_the_papers_filter() -> None:
    maze = Maze(5, 3, bytes([1]) * 15, (0, 0), (1, 0))
    assert [MazeDomain().keeps(maze, length) for length in (4, 5)] == [False, True]


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
@pytest.mark.parametrize("generator", ["paper", "dfs", "wilson", "terrain"])
def test_every_generator_makes_traces_that_the_filter_keeps(domain: MazeDomain, generator: str) -> None:
    traces = domain.draw_traces(domain.sampling(9, generator), range(5), seed=1)
    assert len(traces) >= 5
    for i in range(len(traces)):
        problem = domain.problem(traces.codes[traces.code_offsets[i] : traces.code_offsets[i + 1]].tolist())
        plan = traces.plans[traces.plan_offsets[i] : traces.plan_offsets[i + 1], 0]
        assert domain.keeps(problem, len(plan))
        assert problem.diagonal == domain.diagonal
        assert traces.costs[i] == domain.search(problem, heuristic="zero").result.cost
