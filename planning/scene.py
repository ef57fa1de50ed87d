"""What is to be seen of one search, before anything is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.domain import Domain
from planning.maze.problem import STRAIGHT
from planning.traces import Traces
from solvers.search import CLOSE, CREATE

Cell = tuple[int, int]
Colours = NDArray[np.float64]

BOX, WALL = "$", "#"
BOXES = "$*"
# What lies under whoever stands on it, in the glyphs of Sokoban.
_BENEATH = {"$": " ", "*": ".", "@": " ", "+": "."}
_FRONTIER = (0.80, 0.82, 0.88)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The problem, the states along its plan (the initial one where there is no plan), and the search.

    `closed` and `created` are [height, width]: the number (from 1) of the first expansion, or creation, of a state
    whose mover is in the cell; 0 means never. `closed_g` and `closed_h` [num_closed] are the costs of the expansions.
    """

    domain: Domain[Any, Any]
    problem: Any
    states: Sequence[Any]
    cost: int | None
    closed: NDArray[np.int64]
    created: NDArray[np.int64]
    closed_g: NDArray[np.int32]
    closed_h: NDArray[np.int32]

    @staticmethod
    def of(domain: Domain[Any, Any], traces: Traces) -> "Scene":
        """Gather one search.

        Raises:
            ValueError: There is not exactly one.
        """
        if len(traces) != 1:
            raise ValueError(f"a picture shows one search, not {len(traces)}: select one of the traces")
        problem = domain.problem(traces.codes.tolist())
        states = [domain.state(problem, codes) for codes in traces.plans.tolist()]
        cost = int(traces.costs[0])
        is_close = traces.kinds == CLOSE
        return Scene(
            domain,
            problem,
            states or [problem.initial],
            None if cost < 0 else cost,
            _first_seen(domain, problem, traces.states[is_close]),
            _first_seen(domain, problem, traces.states[traces.kinds == CREATE]),
            traces.g[is_close],
            traces.h[is_close],
        )

    @property
    def extent(self) -> tuple[int, int]:
        """Return width and height in cells."""
        return self.domain.extent(self.problem)

    @property
    def num_closed(self) -> int:
        """Return the number of expansions."""
        return len(self.closed_g)

    @property
    def is_hole(self) -> bool:
        """Tell whether the mover is a hole among things that slide, as in sliding tiles."""
        x, y = self.position(self.states[0])
        return self.domain.glyphs[self.grid(self.states[0])[y, x]] == " "

    @property
    def has_boxes(self) -> bool:
        """Tell whether the mover pushes boxes."""
        return BOX in self.domain.glyphs

    @property
    def is_map(self) -> bool:
        """Tell whether a state is where the mover is, and nothing more: then a search is seen on the board."""
        return not (self.is_hole or self.has_boxes)

    def grid(self, state: Any) -> NDArray[np.uint8]:
        """Return [height, width]: what is in each cell, as places in the domain's glyphs."""
        return self.domain.grid(self.problem, state)

    def position(self, state: Any) -> Cell:
        """Return x and y of the mover."""
        return self.domain.position(self.problem, state)

    def way(self, num_steps: int | None = None) -> list[Cell]:
        """Return where the mover goes, in the first steps or in all."""
        last = len(self.states) if num_steps is None else num_steps + 1
        return [self.position(state) for state in self.states[:last]]

    def pushed(self) -> list[list[Cell]]:
        """Return the way of each box that is pushed: a third cell that changes in a step is where a box goes."""
        ways: dict[Cell, list[Cell]] = {}
        for before, after in pairwise(self.states):
            source, target = self.position(before), self.position(after)
            rows, columns = np.nonzero(self.grid(before) != self.grid(after))
            for cell in zip(columns.tolist(), rows.tolist(), strict=True):
                if cell not in (source, target):
                    ways[cell] = [*ways.pop(target, [target]), cell]
        return list(ways.values())

    def title(self) -> str:
        """Return what is shown."""
        width, height = self.extent
        return f"{self.domain.name} {width} × {height}"

    def facts(self, status: str) -> str:
        """Return one line on the search: how much is proven, the cost, and how many states were expanded."""
        parts = [status] if status else []
        if self.cost is not None:
            cost = f"{self.cost / STRAIGHT:,.3f}" if self.domain.name == "octile" else f"{self.cost:,}"
            parts.append(f"cost {cost}")
        if self.num_closed:
            parts.append("1 state expanded" if self.num_closed == 1 else f"{self.num_closed:,} states expanded")
        return " · ".join(parts)

    def colours(self, state: Any, num_shown: int, tints: Colours) -> Colours:
        """Return [height, width, 3], red, green and blue from 0 to 1: a state, with the first expansions over it.

        `tints` [T, 3] are the colours of the search, from its beginning to its end.
        """
        domain = self.domain
        palette = np.array(domain.colours, np.float64) / 255
        if self.has_boxes:
            for glyph, beneath in _BENEATH.items():
                palette[domain.glyphs.index(glyph)] = palette[domain.glyphs.index(beneath)]
        image: Colours = palette[self.grid(state)]
        if not self.is_map:
            return image
        if num_shown >= self.num_closed:
            frontier = (self.created > 0) & (self.closed == 0)
            image[frontier] = _mixed(image[frontier], np.array(_FRONTIER), 0.8)
        shown = (self.closed > 0) & (self.closed <= num_shown)
        image[shown] = _mixed(image[shown], self.tinted(self.closed[shown], tints), 0.85)
        return image

    def tinted(self, order: NDArray[np.int64], tints: Colours) -> Colours:
        """Return the colours of expansions, given their numbers from 1."""
        return tints[(order - 1) * (len(tints) - 1) // max(1, self.num_closed - 1)]


def _first_seen(domain: Domain[Any, Any], problem: Any, states: NDArray[np.int32]) -> NDArray[np.int64]:
    width, height = domain.extent(problem)
    seen = np.zeros((height, width), np.int64)
    for number, codes in enumerate(states.tolist(), 1):
        x, y = domain.position(problem, domain.state(problem, codes))
        seen[y, x] = seen[y, x] or number
    return seen


def _mixed(below: Colours, above: Colours, share: float) -> Colours:
    return below * (1 - share) + above * share
