"""Perfect mazes with long corridors: trees on every second cell, carved in depth or drawn uniformly among all trees.

Rooms lie at even x and y, a corridor of one cell joins two of them; the last row and column of an even size are wall.
"""

from collections.abc import Callable, Iterator

from planning.domain import Sampling
from planning.maze.problem import Maze
from planning.moves import MOVES
from solvers.chance import SplitMix

Carve = Callable[["_Rooms", SplitMix], None]


class _Rooms:
    """A square of rooms, all closed: `cells` is the grid that corridors are cut into."""

    def __init__(self, size: int) -> None:
        self.size, self.across = size, (size + 1) // 2
        self.num = self.across**2
        self.cells = bytearray(size**2)
        for room in range(self.num):
            self.cells[self.cell(room)] = 1

    def cell(self, room: int) -> int:
        y, x = divmod(room, self.across)
        return 2 * (y * self.size + x)

    def neighbours(self, room: int) -> list[int]:
        y, x = divmod(room, self.across)
        beside = ((x + dx, y + dy) for dx, dy in MOVES.values())
        return [v * self.across + u for u, v in beside if 0 <= u < self.across and 0 <= v < self.across]

    def join(self, room: int, other: int) -> None:
        self.cells[(self.cell(room) + self.cell(other)) // 2] = 1

    def joined(self, room: int) -> list[int]:
        here = self.cell(room)
        return [other for other in self.neighbours(room) if self.cells[(here + self.cell(other)) // 2]]

    def farthest(self, room: int) -> int:
        """Return the last room that a breadth-first walk reaches."""
        seen, queue = bytearray(self.num), [room]
        seen[room] = 1
        for at in queue:
            for other in self.joined(at):
                if not seen[other]:
                    seen[other] = 1
                    queue.append(other)
        return queue[-1]


def check(sampling: Sampling) -> None:
    """Raise ValueError where there would be a single room, or more than all walls opened."""
    if sampling.size < 3:
        raise ValueError(f"size {sampling.size} leaves a carved maze one room: take 3 or more")
    if sampling.options["loops"] > 100:
        raise ValueError(f"loops {sampling.options['loops']} is per cent: 0 ≤ loops ≤ 100")


def dfs(sampling: Sampling, chance: SplitMix, *, diagonal: bool = False) -> Iterator[Maze]:
    """Sample one maze carved in depth, walked from one end of its longest path to the other."""
    yield _maze(_in_depth, sampling, chance, diagonal)


def wilson(sampling: Sampling, chance: SplitMix, *, diagonal: bool = False) -> Iterator[Maze]:
    """Sample one uniform spanning tree (Wilson 1996), walked from one end of its longest path to the other."""
    yield _maze(_loop_erased, sampling, chance, diagonal)


def _maze(carve: Carve, sampling: Sampling, chance: SplitMix, diagonal: bool) -> Maze:
    check(sampling)
    rooms = _Rooms(sampling.size)
    carve(rooms, chance)
    _knock_out(rooms, sampling.options["loops"], chance)
    start = rooms.farthest(chance.below(rooms.num))
    start, goal = rooms.cell(start), rooms.cell(rooms.farthest(start))
    size = sampling.size
    ends = (start % size, start // size), (goal % size, goal // size)
    return Maze(size, size, bytes(rooms.cells), *ends, diagonal)


def _in_depth(rooms: _Rooms, chance: SplitMix) -> None:
    stack = [chance.below(rooms.num)]
    seen = bytearray(rooms.num)
    seen[stack[0]] = 1
    while stack:
        closed = [room for room in rooms.neighbours(stack[-1]) if not seen[room]]
        if not closed:
            stack.pop()
            continue
        room = closed[chance.below(len(closed))]
        rooms.join(stack[-1], room)
        seen[room] = 1
        stack.append(room)


def _loop_erased(rooms: _Rooms, chance: SplitMix) -> None:
    """Walk at random from each room to the tree; the last ways out of the rooms are the walk without its loops."""
    in_tree, way_out = bytearray(rooms.num), [0] * rooms.num
    in_tree[chance.below(rooms.num)] = 1
    for first in range(rooms.num):
        room = first
        while not in_tree[room]:
            beside = rooms.neighbours(room)
            way_out[room] = beside[chance.below(len(beside))]
            room = way_out[room]
        room = first
        while not in_tree[room]:
            in_tree[room] = 1
            rooms.join(room, way_out[room])
            room = way_out[room]


def _knock_out(rooms: _Rooms, per_cent: int, chance: SplitMix) -> None:
    """Open so many per cent of the walls that are left between two rooms, which closes loops."""
    if per_cent == 0:
        return
    for room in range(rooms.num):
        open_to = rooms.joined(room)
        for other in rooms.neighbours(room):
            if other > room and other not in open_to and chance.below(100) < per_cent:
                rooms.join(room, other)
