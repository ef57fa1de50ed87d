"""Hard Sokoban levels by reverse play: boxes start on their docks and are pulled away, so every level is solvable.

Sets of cells are whole numbers here, one bit a cell (bit y · size + x); the ring of walls keeps shifts from wrapping.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planning.domain import Sampling
from planning.moves import MOVES
from planning.sokoban.problem import Sokoban
from planning.sokoban.sampling import draw_cells, interior, walled
from solvers.chance import SplitMix

Position = tuple[int, int]
"""The boxes' cells, and the cells that the worker reaches among them."""

BRUSHES = (
    ((-1, 0), (0, 0), (1, 0)),
    ((0, -1), (0, 0), (0, 1)),
    ((0, 0), (1, 0), (0, 1)),
    ((0, 0), (-1, 0), (0, -1)),
    ((0, 0), (1, 0), (0, 1), (1, 1)),
)
"""What is carved around the walker, as offsets; each is connected, and stays so when cut off at the walls."""

TURN_PERCENT = 35
FLOOR_PERCENT = range(40, 61)
"""How much of the interior is carved: Boxoban's levels have about half."""

MAX_ROOMS, MAX_POSITIONS, MAX_PLACED_BOXES = 64, 6000, 1600


@dataclass(frozen=True, slots=True)
class Pulled:
    """What reverse play came to in a room: how many pulls away from the docks, in how many positions altogether."""

    docks: Sequence[int]
    position: Position | None
    num_pulls: int
    num_positions: int


def sample(sampling: Sampling, chance: SplitMix) -> Iterator[Sokoban]:
    """Yield one level with no box on a dock, as many pushes from its solution as reverse play got.

    The farthest of up to 64 rooms: once there is a level and 6000 positions were played on, no other room is tried.
    None at all, if in no room all boxes left the docks.
    """
    size, num_boxes = sampling.size, sampling.options["boxes"]
    best, walls, num_positions = Pulled((), None, 0, 0), b"", 0
    for _ in range(MAX_ROOMS):
        floor = carve(size, least_floor(num_boxes), chance)
        pulled = pull_away(floor, draw_cells(cells_of(floor), num_boxes, chance), size, chance)
        if pulled.num_pulls > best.num_pulls:
            best, walls = pulled, walled(size, [cell for cell in interior(size) if not floor >> cell & 1])
        num_positions += pulled.num_positions
        if best.position is not None and num_positions >= MAX_POSITIONS:
            break
    if best.position is not None:
        boxes, reach = (cells_of(cells) for cells in best.position)
        worker = reach[chance.below(len(reach))]
        yield Sokoban(size, size, walls, tuple(sorted(best.docks)), (worker, *boxes))


def check(sampling: Sampling) -> None:
    """Refuse what can never fit.

    Raises:
        ValueError: There are too many boxes for the floor.
    """
    size, num_boxes = sampling.size, sampling.options["boxes"]
    if (needed := least_floor(num_boxes)) > (size - 2) ** 2:
        raise ValueError(
            f"{num_boxes} boxes need {needed} cells of floor to be pulled about, and size {size} has "
            f"{(size - 2) ** 2} inside: take fewer boxes, or a larger size"
        )


def least_floor(num_boxes: int) -> int:
    """Return how many cells of floor a room needs at least: for boxes, docks, and the worker's ways."""
    return 4 * num_boxes + 1


def carve(size: int, least: int, chance: SplitMix) -> int:
    """Return the floor of a room: a connected set of cells inside a size × size ring of walls.

    A walker goes straight on, turns now and then, and carves a random brush around itself at each step.
    """
    num_interior = (size - 2) ** 2
    percent = FLOOR_PERCENT[chance.below(len(FLOOR_PERCENT))]
    target = max(least, num_interior * percent // 100)
    directions = tuple(MOVES.values())
    x, y = 1 + chance.below(size - 2), 1 + chance.below(size - 2)
    dx, dy = directions[chance.below(4)]
    floor = 0
    while floor.bit_count() < target:
        for across, down in BRUSHES[chance.below(len(BRUSHES))]:
            if 0 < x + across < size - 1 and 0 < y + down < size - 1:
                floor |= 1 << (y + down) * size + x + across
        if chance.below(100) < TURN_PERCENT:
            dx, dy = directions[chance.below(4)]
        x, y = min(max(x + dx, 1), size - 2), min(max(y + dy, 1), size - 2)
    return floor


def pull_away(floor: int, docks: Sequence[int], size: int, chance: SplitMix) -> Pulled:
    """Return the position with no box on a dock that is farthest from the docks, among several one by chance.

    Breadth-first by pulls, so that the distance is the least number of pushes, as long as a layer has at most 1600
    boxes in all its positions: of a larger one, those are kept that have the fewest boxes on docks, among equals by
    chance. It stops after 6000 positions.
    """
    target = sum(1 << dock for dock in docks)
    seen = {target: regions(floor & ~target, size)}
    layer = [(target, reach) for reach in seen[target]]
    farthest: list[Position] = []
    num_positions = num_pulls = depth = 0
    widest = max(1, MAX_PLACED_BOXES // len(docks))
    while layer and num_positions < MAX_POSITIONS:
        if len(layer) > widest:
            chance.shuffle(layer)
            layer = sorted(layer, key=lambda position: (position[0] & target).bit_count())[:widest]
        num_positions += len(layer)
        if away := [position for position in layer if not position[0] & target]:
            farthest, num_pulls = away, depth
        layer = [after for position in layer for after in pulls(position, floor, size, seen)]
        depth += 1
    position = farthest[chance.below(len(farthest))] if farthest else None
    return Pulled(docks, position, num_pulls, num_positions)


def pulls(position: Position, floor: int, size: int, seen: dict[int, list[int]]) -> Iterator[Position]:
    """Yield the positions one pull away that are not in `seen` (boxes → where the worker may be), and put them there.

    The worker steps from beside a box to the cell behind itself, and the box takes its place.
    """
    boxes, reach = position
    free = floor & ~boxes
    for step in (size, 1):
        # Downwards or to the right, then upwards or to the left: `pullers` are the worker's cells before the pull.
        for forwards in (True, False):
            beside, before = (boxes << step, free >> step) if forwards else (boxes >> step, free << step)
            pullers = beside & reach & before
            while pullers:
                puller = pullers & -pullers
                pullers ^= puller
                box, worker = (puller >> step, puller << step) if forwards else (puller << step, puller >> step)
                moved = boxes ^ box ^ puller
                known = seen.setdefault(moved, [])
                if not any(reached & worker for reached in known):
                    known.append(flood(worker, floor & ~moved, size))
                    yield moved, known[-1]


def flood(start: int, free: int, size: int) -> int:
    """Return the cells that are reached from `start` within `free`."""
    reached, grown = 0, start
    while grown != reached:
        reached = grown
        grown |= (grown << 1 | grown >> 1 | grown << size | grown >> size) & free
    return reached


def regions(free: int, size: int) -> list[int]:
    """Return the connected parts of `free`."""
    parts = []
    while free:
        parts.append(flood(free & -free, free, size))
        free &= ~parts[-1]
    return parts


def cells_of(cells: int) -> list[int]:
    """Return the cells of a set, ascending."""
    return [cell for cell in range(cells.bit_length()) if cells >> cell & 1]
