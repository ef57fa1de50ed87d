"""Sokoban as a `Domain`."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from planning.domain import Domain, Option, Sampling, Searched, Wording
from planning.moves import MOVES
from planning.sokoban import heuristics, kernel, matching, reading, reverse, sampling, solving, wording
from planning.sokoban.problem import Sokoban, State
from planning.traces import Traces
from solvers import registry
from solvers.result import Result
from solvers.search import NO_LIMITS, Limits, Path

FLOOR, WALL, DOCK, BOX, DOCKED_BOX, WORKER, DOCKED_WORKER = range(7)

_CHECKS = {"paper": sampling.check, "reverse": reverse.check}


@final
class SokobanDomain(Domain[Sokoban, State]):
    """Push every box onto a dock. Text is XSB: `#` wall, `.` dock, `$` box, `@` worker; on a dock `*` and `+`."""

    name = "sokoban"
    actions = tuple(MOVES)
    heuristics = MappingProxyType({"paper": heuristics.paper, "matching": matching.matching, "zero": heuristics.zero})
    generators = MappingProxyType({"paper": sampling.sample, "reverse": reverse.sample})
    options = MappingProxyType(
        {
            "boxes": Option(2, 1, "number of boxes, and of docks"),
            "walls": Option(2, 0, "number of walls inside the ring of walls", ("paper",)),
        }
    )
    sizes = range(5, 31)
    default_size = 7
    glyphs = " #.$*@+"
    colours = (
        (244, 240, 230),
        (74, 74, 82),
        (232, 150, 140),
        (190, 140, 80),
        (110, 160, 90),
        (60, 110, 180),
        (120, 90, 170),
    )

    def codes(self, problem: Sokoban) -> Sequence[int]:
        """Return [number of boxes, worker, boxes, docks, width, height, walls]; cells of a kind ascend."""
        return wording.codes(problem)

    def problem(self, codes: Sequence[int]) -> Sokoban:
        """Return the level that `codes` made these numbers of; ValueError if they are not those of a level."""
        return wording.level(codes)

    def layout_start(self, codes: Sequence[int]) -> int:
        """Return the place of the width: width, height and walls are the layout."""
        return wording.layout_start(codes)

    def extent(self, problem: Sokoban) -> tuple[int, int]:
        """Return the width and the height in cells, the ring of walls included."""
        return problem.width, problem.height

    def grid(self, problem: Sokoban, state: State) -> NDArray[np.uint8]:
        """Return [height, width]: what is to be seen in each cell, as places in `glyphs`."""
        cells = np.frombuffer(problem.walls, np.uint8) * np.uint8(WALL)
        docks, boxes = list(problem.docks), list(state[1:])
        cells[docks] = DOCK
        cells[boxes] = np.where(cells[boxes] == DOCK, DOCKED_BOX, BOX)
        cells[state[0]] = DOCKED_WORKER if cells[state[0]] == DOCK else WORKER
        return cells.reshape(problem.height, problem.width)

    def position(self, problem: Sokoban, state: State) -> tuple[int, int]:
        """Return x and y of the worker."""
        return state[0] % problem.width, state[0] // problem.width

    def wording(self, format_name: str, width: int, height: int) -> Wording:
        """Return the words of a format of `FORMATS`, for levels of one size."""
        return registry.lookup("format", format_name, wording.WORDINGS)(width, height)

    def read(self, text: str) -> list[Sokoban]:
        """Return the levels of a text in XSB; ValueError names the line and the column."""
        return reading.read_levels(text)

    def recognises(self, text: str) -> bool:
        """Tell whether a text looks like Sokoban levels."""
        return reading.recognises(text)

    def sampling(self, size: int, generator: str | None = None, options: Mapping[str, int] | None = None) -> Sampling:
        """Return what to sample, complete and checked; ValueError also where boxes and walls can never fit."""
        chosen = super().sampling(size, generator, options)
        _CHECKS[chosen.generator](chosen)
        return chosen

    def search(
        self,
        problem: Sokoban,
        *,
        heuristic: str | None = None,
        seed: int | None = None,
        limits: Limits = NO_LIMITS,
        record: bool = True,
        below: int | None = None,
    ) -> Searched[State]:
        """Find a plan of least cost by A*, at compiled speed if the level fits into a packed word."""
        if not kernel.fits(problem):
            return super().search(problem, heuristic=heuristic, seed=seed, limits=limits, record=record, below=below)
        name = heuristic or next(iter(self.heuristics))
        return kernel.search(problem, name, seed=seed, limits=limits, record=record, below=below)

    @property
    def strongest_heuristic(self) -> str:
        """Return the heuristic on push distances."""
        return "matching"

    def solve(
        self, problem: Sokoban, *, limits: Limits = NO_LIMITS, below: int | None = None
    ) -> Result[Path[State, str]]:
        """Find a plan of the fewest steps by A* over pushes."""
        return solving.solve(problem, limits=limits, below=below)

    def draw_traces(
        self,
        sampling: Sampling,
        draws: range,
        *,
        seed: int,
        heuristic: str | None = None,
        random_ties: bool = False,
        limits: Limits = NO_LIMITS,
        on_stopped: Callable[[int], object] | None = None,
    ) -> Traces:
        """Sample, search, and keep what is solved: in one compiled loop where that is possible."""
        draw = kernel.draw_traces if kernel.can_draw(sampling, limits) else super().draw_traces
        how: dict[str, Any] = {"random_ties": random_ties, "limits": limits, "on_stopped": on_stopped}
        return draw(sampling, draws, seed=seed, heuristic=heuristic or next(iter(self.heuristics)), **how)
