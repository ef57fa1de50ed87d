"""Searches of other packages, each in its best use for one maze: what can be prepared is not timed with the search."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import version
from planning.maze.problem import Maze
from planning.moves import MOVES

EXTENSION = "pyastar2d, its C++ alone"
Search = Callable[[], Sequence[Any]]
"""A search that can be repeated, and gives the cells of a path."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A search of another package, for mazes of four neighbours and unit costs.

    `prepare` builds what the search needs from a maze. A path has `num_cells` cells more than steps; `lacks` says what
    ours does and this one does not.
    """

    name: str
    package: str
    module: str
    prepare: Callable[[Maze], Search]
    lacks: str
    num_cells: int = 1

    @property
    def version(self) -> str:
        """Return the version that is installed, or nothing."""
        return version(self.package)

    def is_installed(self) -> bool:
        """Tell whether the package can be imported."""
        return find_spec(self.module) is not None


def installed() -> list[Peer]:
    """Return the peers that can be timed here."""
    return [peer for peer in PEERS if peer.is_installed()]


def costs_of_cells(maze: Maze) -> NDArray[np.uint8]:
    """Return [height, width]: the terrain."""
    return np.frombuffer(maze.terrain, np.uint8).reshape(maze.height, maze.width)


def _edges(maze: Maze) -> tuple[list[int], list[int], list[int]]:
    rows: list[int] = []
    columns: list[int] = []
    prices: list[int] = []
    for y in range(maze.height):
        for x in range(maze.width):
            for dx, dy in MOVES.values() if maze.is_free(x, y) else ():
                if maze.is_free(x + dx, y + dy):
                    rows.append(y * maze.width + x)
                    columns.append((y + dy) * maze.width + x + dx)
                    prices.append(maze.terrain[columns[-1]])
    return rows, columns, prices


def networkx_graph(maze: Maze) -> Any:
    """Return the maze as a networkx digraph: its nodes are cells (x, y), its weights the terrain."""
    nx: Any = import_module("networkx")

    graph = nx.DiGraph()
    graph.add_nodes_from((x, y) for y in range(maze.height) for x in range(maze.width) if maze.is_free(x, y))
    for here, there, price in zip(*_edges(maze), strict=True):
        graph.add_edge(divmod(here, maze.width)[::-1], divmod(there, maze.width)[::-1], weight=price)
    return graph


def _networkx_astar(maze: Maze) -> Search:
    nx: Any = import_module("networkx")

    graph, start, goal = networkx_graph(maze), maze.start, maze.goal

    def manhattan(a: tuple[int, int], b: tuple[int, int]) -> int:
        return abs(a[0] - b[0]) + abs(a[1] - b[1])

    return lambda: nx.astar_path(graph, start, goal, manhattan)


def _networkx_breadth_first(maze: Maze) -> Search:
    nx: Any = import_module("networkx")

    graph, start, goal = networkx_graph(maze), maze.start, maze.goal
    return lambda: nx.bidirectional_shortest_path(graph, start, goal)


def scipy_graph(maze: Maze) -> Any:
    """Return the maze as a sparse matrix: the nodes are cells y · width + x, the entries the terrain."""
    csr_matrix = import_module("scipy.sparse").csr_matrix

    rows, columns, prices = _edges(maze)
    area = maze.width * maze.height
    return csr_matrix((np.array(prices, float), (rows, columns)), shape=(area, area))


def _scipy(maze: Maze, predecessors: Callable[[Any, int], Any]) -> Search:
    graph = scipy_graph(maze)
    start, goal = (y * maze.width + x for x, y in (maze.start, maze.goal))

    def search() -> list[int]:
        before, path = predecessors(graph, start).tolist(), [goal]
        while path[-1] != start:
            path.append(before[path[-1]])
        return path

    return search


def _scipy_dijkstra(maze: Maze) -> Search:
    dijkstra = import_module("scipy.sparse.csgraph").dijkstra

    return _scipy(maze, lambda graph, start: dijkstra(graph, indices=start, return_predecessors=True)[1])


def _scipy_breadth_first(maze: Maze) -> Search:
    breadth_first_order = import_module("scipy.sparse.csgraph").breadth_first_order

    return _scipy(maze, lambda graph, start: breadth_first_order(graph, start, return_predecessors=True)[1])


def _pyastar2d(maze: Maze) -> Search:
    astar_path = import_module("pyastar2d").astar_path

    terrain = costs_of_cells(maze)
    weights = np.where(terrain > 0, terrain, np.inf).astype(np.float32)
    start, goal = maze.start[::-1], maze.goal[::-1]
    return lambda: astar_path(weights, start, goal, allow_diagonal=False)


def _pyastar2d_extension(maze: Maze) -> Search:
    astar = import_module("pyastar2d").astar.astar
    terrain, width, height = costs_of_cells(maze), maze.width, maze.height
    weights = np.where(terrain > 0, terrain, np.inf).astype(np.float32).ravel()
    start, goal = (y * width + x for x, y in (maze.start, maze.goal))
    return lambda: astar(weights, height, width, start, goal, False, 0)


def _tcod_astar(maze: Maze) -> Search:
    finder = import_module("tcod.path").AStar(costs_of_cells(maze).astype(np.int32), diagonal=0)
    ends = (*maze.start[::-1], *maze.goal[::-1])
    return lambda: finder.get_path(*ends)


def _tcod_pathfinder(maze: Maze) -> Search:
    path: Any = import_module("tcod.path")
    graph = path.SimpleGraph(cost=costs_of_cells(maze).astype(np.int32), cardinal=1, diagonal=0)
    finder = path.Pathfinder(graph)
    start, goal = maze.start[::-1], maze.goal[::-1]

    def search() -> Sequence[Any]:
        finder.clear()
        finder.add_root(start)
        cells: Sequence[Any] = finder.path_to(goal)
        return cells

    return search


def _pathfinding(maze: Maze) -> Search:
    grid = import_module("pathfinding.core.grid").Grid(matrix=costs_of_cells(maze).tolist())
    finder = import_module("pathfinding.finder.a_star").AStarFinder()
    start, goal = grid.node(*maze.start), grid.node(*maze.goal)
    return lambda: finder.find_path(start, goal, grid)[0]


PEERS = (
    Peer("pyastar2d", "pyastar2d", "pyastar2d", _pyastar2d, "trace; ties by a rule; integer costs"),
    Peer(EXTENSION, "pyastar2d", "pyastar2d", _pyastar2d_extension, "trace; ties by a rule; integer costs; checks"),
    Peer("tcod AStar", "tcod", "tcod", _tcod_astar, "trace; ties by a rule", num_cells=0),
    Peer("tcod Pathfinder", "tcod", "tcod", _tcod_pathfinder, "trace; ties by a rule"),
    Peer("scipy breadth-first", "scipy", "scipy", _scipy_breadth_first, "trace; heuristic; costs; goal (visits all)"),
    Peer("scipy dijkstra", "scipy", "scipy", _scipy_dijkstra, "trace; heuristic; goal (visits all)"),
    Peer("networkx bidirectional", "networkx", "networkx", _networkx_breadth_first, "trace; heuristic; costs"),
    Peer("networkx astar_path", "networkx", "networkx", _networkx_astar, "trace"),
    Peer("pathfinding AStarFinder", "pathfinding", "pathfinding", _pathfinding, "trace"),
)
