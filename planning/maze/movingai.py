"""Maps and scenarios of MovingAI, the benchmark of grid path finding (Sturtevant, IEEE TCIAIG 4(2), 2012).

Land ('.', 'G') and swamp ('S') can be walked on at the same price. Water ('W') can be crossed, but not entered from
land: to whoever starts on water, water alone is free. '@', 'O' and 'T' (out of bounds, trees) are walls to all.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import numpy as np

from planning.maze.problem import STRAIGHT, Cell, Maze
from planning.maze.reading import MAX_CELLS

_KINDS = ".GS@OTW"
_LAND = bytes.maketrans(_KINDS.encode(), bytes([1, 1, 1, 0, 0, 0, 0]))
_WATER = bytes.maketrans(_KINDS.encode(), bytes([0, 0, 0, 0, 0, 0, 1]))
_FIELDS = "bucket, map, map width, map height, start x, start y, goal x, goal y, optimal length"


@dataclass(frozen=True, slots=True)
class MovingMap:
    """A map without start and goal; `land` and `water` are [height · width], row by row, 1 where one can be."""

    width: int
    height: int
    land: bytes
    water: bytes

    def maze(self, start: Cell, goal: Cell) -> Maze:
        """Return the maze among eight neighbours of whoever stands on the start.

        Raises:
            ValueError: Start or goal are in a wall, outside, or one on land and one on water.
        """
        x, y = start
        inside = 0 <= x < self.width and 0 <= y < self.height
        terrain = self.water if inside and self.water[y * self.width + x] else self.land
        return Maze(self.width, self.height, terrain, start, goal, diagonal=True)

    def scaled(self, width: int, height: int) -> "MovingMap":
        """Return the map at another size, each cell the nearest one above and to the left in the old map."""
        if (width, height) == (self.width, self.height):
            return self
        rows, columns = np.arange(height) * self.height // height, np.arange(width) * self.width // width

        def scale(cells: bytes) -> bytes:
            return np.frombuffer(cells, np.uint8).reshape(self.height, self.width)[np.ix_(rows, columns)].tobytes()

        return MovingMap(width, height, scale(self.land), scale(self.water))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One problem of a .scen file, with the published length of its shortest path, in cells."""

    bucket: int
    maze: Maze
    optimal_length: float

    def agrees(self, cost: int) -> bool:
        """Tell whether a plan's cost (in millionths of a cell) is the published length.

        The length is published with about six digits, and our √2 is one of 1,414,214 millionths.
        """
        return math.isclose(cost / STRAIGHT, self.optimal_length, rel_tol=1e-5, abs_tol=1e-5)


def read_map(text: str) -> MovingMap:
    """Read a .map file.

    Raises:
        ValueError: It is no map of type octile, or its rows do not fit its header; the message names line and column.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip().split("\n")
    sizes: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words == ["map"]:
            return _map(sizes, number, lines[number:])
        if number == 1:
            if words != ["type", "octile"]:
                raise ValueError(f"line 1: a MovingAI map begins with 'type octile', not {line[:40]!r}")
        elif len(words) == 2 and words[0] in ("height", "width") and words[1].isdecimal() and len(words[1]) < 9:
            sizes[words[0]] = int(words[1])
        elif words:
            raise ValueError(f"line {number}: {line[:40]!r} is not 'height' or 'width' with a number, nor 'map'")
    raise ValueError("the map has no line 'map', after which its rows come")


def read_scenarios(path: Path | str, indices: Iterable[int] | None = None) -> list[Scenario]:
    """Read the scenarios of a .scen file, all or those of the given numbers (from 0); their maps are found beside it.

    Raises:
        ValueError: A line cannot be read, a number is too high, or a map is not there; the message says where.
    """
    path = Path(path)
    lines = path.read_text(encoding="utf-8", errors="replace").removeprefix("\ufeff").splitlines()
    if not lines or not re.fullmatch(r"version\s+1(\.0*)?\s*", lines[0]):
        raise ValueError(f"{path}, line 1: a scenario file begins with 'version 1', not {''.join(lines[:1])[:40]!r}")
    numbered = [(number, line) for number, line in enumerate(lines[1:], 2) if line.strip()]

    @cache
    def map_named(name: str, width: int, height: int) -> MovingMap:
        found = _find_map(path, name)
        try:
            return read_map(found.read_text(encoding="utf-8", errors="replace")).scaled(width, height)
        except ValueError as error:
            raise ValueError(f"{found}: {error}") from None

    scenarios = []
    for index in range(len(numbered)) if indices is None else indices:
        if not 0 <= index < len(numbered):
            raise ValueError(f"{path} has scenarios 0 to {len(numbered) - 1}, not {index}")
        number, line = numbered[index]
        try:
            bucket, name, size, (start, goal), length = _fields(line)
            scenarios.append(Scenario(bucket, map_named(name, *size).maze(start, goal), length))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
    return scenarios


def _map(sizes: Mapping[str, int], before: int, rows: Sequence[str]) -> MovingMap:
    missing = [name for name in ("height", "width") if not sizes.get(name)]
    if missing:
        raise ValueError(f"line {before}: there is no {' and no '.join(missing)} before the rows")
    width, height = sizes["width"], sizes["height"]
    _check_size(width, height)
    if len(rows) != height:
        raise ValueError(f"line {before + len(rows)}: the map ends after {len(rows)} rows, and its height is {height}")
    for number, row in enumerate(rows, before + 1):
        if len(row.rstrip()) != width:
            raise ValueError(f"line {number}: the row has {len(row.rstrip())} cells, and the width is {width}")
        unknown = row.rstrip().strip(_KINDS)
        if unknown:
            raise ValueError(
                f"line {number}, column {row.index(unknown[0]) + 1}: {unknown[0]!r} is not possible in a map: land is "
                "'.' or 'G', swamp 'S', water 'W', and '@', 'O' and 'T' are walls"
            )
    cells = "".join(row.rstrip() for row in rows).encode()
    return MovingMap(width, height, cells.translate(_LAND), cells.translate(_WATER))


def _check_size(width: int, height: int) -> None:
    if min(width, height) < 1 or width * height > MAX_CELLS:
        raise ValueError(f"a map of {width} × {height} cells is not possible: at least 1, at most {MAX_CELLS} cells")


def _fields(line: str) -> tuple[int, str, tuple[int, int], tuple[Cell, Cell], float]:
    """Return the bucket, the map's name, its size, start and goal, and the optimal length of a scenario."""
    fields = line.strip().split("\t") if "\t" in line else line.split()
    try:
        bucket, name, width, height, start_x, start_y, goal_x, goal_y, length = fields
        optimal_length = float(length)
        size, start, goal = (int(width), int(height)), (int(start_x), int(start_y)), (int(goal_x), int(goal_y))
        number = int(bucket)
    except ValueError:
        raise ValueError(f"a scenario has nine fields ({_FIELDS}), not {line[:200]!r}") from None
    _check_size(*size)
    if not (math.isfinite(optimal_length) and optimal_length >= 0):
        raise ValueError(f"the optimal length is {length}: a length is a number from 0 on")
    return number, name, size, (start, goal), optimal_length


def _find_map(scenarios: Path, name: str) -> Path:
    """Return the file of a map: as the scenario names it, or under its last name, beside the scenario file."""
    named = PurePosixPath(name.replace("\\", "/"))
    beside = [scenarios.parent / named.name, scenarios.with_name(scenarios.name.removesuffix(".scen"))]
    if not named.is_absolute() and ".." not in named.parts:
        beside.insert(0, scenarios.parent / named)
    looked = list(dict.fromkeys(file for file in beside if file != scenarios))
    for file in looked:
        if file.is_file():
            return file
    raise ValueError(
        f"the map {name!r} is not there; looked for {', '.join(map(str, looked))}: put it beside the .scen"
    )
