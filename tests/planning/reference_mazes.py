"""Mazes for differential tests, and what networkx says of them: a reading of the rules of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any

from planning.maze.problem import Maze

nx: Any = import_module("networkx")
Rows = list[list[int]]


def rows_of(maze: Maze) -> Rows:
    """Return what a step onto each cell costs, row by row; 0 is a wall."""
    return [list(maze.terrain[y * maze.width :][: maze.width]) for y in range(maze.height)]


def four_neighbours(maze: Maze) -> Any:
    """Return a digraph of (row, column): every pair of free cells side by side, priced by where it leads to."""
    rows = rows_of(maze)
    graph = nx.grid_2d_graph(maze.height, maze.width).to_directed()
    graph.remove_nodes_from([(i, j) for i, j in list(graph) if rows[i][j] == 0])
    for _, (i, j), data in graph.edges(data=True):
        data["weight"] = rows[i][j]
    return graph


def eight_neighbours(maze: Maze) -> Any:
    """Return the same with the diagonals of all fully free 2 × 2 squares, in millionths."""
    rows = rows_of(maze)
    graph = four_neighbours(maze)
    for _, _, data in graph.edges(data=True):
        data["weight"] *= 10**6
    for i in range(maze.height - 1):
        for j in range(maze.width - 1):
            if all(rows[a][b] for a in (i, i + 1) for b in (j, j + 1)):
                for here, there in (((i, j), (i + 1, j + 1)), ((i, j + 1), (i + 1, j))):
                    for a, b in ((here, there), (there, here)):
                        graph.add_edge(a, b, weight=rows[b[0]][b[1]] * 1_414_214)
    return graph


def least_cost(maze: Maze) -> int | None:
    """Return the cost of a cheapest path, or None where there is none."""
    graph = eight_neighbours(maze) if maze.diagonal else four_neighbours(maze)
    try:
        return int(nx.dijkstra_path_length(graph, maze.start[::-1], maze.goal[::-1]))
    except nx.NetworkXNoPath:
        return None


@dataclass(frozen=True)
class Kind:
    """A kind of random maze: how large, what share of walls, and the terrain to choose from."""

    max_side: int
    walls: tuple[float, float]
    terrain: tuple[int, ...] = (1,)


KINDS = (
    Kind(12, (0.0, 0.2)),
    Kind(12, (0.3, 0.5)),
    Kind(20, (0.3, 0.4)),
    Kind(12, (0.1, 0.4), tuple(range(1, 10))),
    Kind(12, (0.0, 0.3), (2, 3, 7)),
    Kind(10, (0.0, 0.3), (1, 255)),
    Kind(10, (0.0, 0.2), (255,)),
)


def random_mazes(num: int, *, diagonal: bool, seed: int) -> Iterator[Maze]:
    """Yield mazes of all kinds in turn, every fifth of one row or one column."""
    chance = Random(seed)
    for number in range(num):
        yield random_maze(chance, KINDS[number % len(KINDS)], diagonal=diagonal, is_narrow=number % 5 == 0)


def random_maze(chance: Random, kind: Kind, *, diagonal: bool, is_narrow: bool) -> Maze:
    """Return a maze whose start and goal are anywhere, also in one cell, also apart."""
    width, height = chance.randint(1, kind.max_side), chance.randint(1, kind.max_side)
    if is_narrow:
        width, height = chance.choice(((1, height), (width, 1)))
    share = chance.uniform(*kind.walls)
    cells = [0 if chance.random() < share else chance.choice(kind.terrain) for _ in range(width * height)]
    start, goal = chance.randrange(len(cells)), chance.randrange(len(cells))
    for cell in (start, goal):
        cells[cell] = cells[cell] or kind.terrain[0]
    return Maze(width, height, bytes(cells), (start % width, start // width), (goal % width, goal // width), diagonal)
