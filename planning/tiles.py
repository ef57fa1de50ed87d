"""Sliding tiles: a third domain, written against `Domain` alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np

from planning.domain import Domain, Option, Sampling, Wording
from planning.moves import MOVES
from solvers.chance import SplitMix
from solvers.problem import Heuristic


@dataclass(frozen=True, slots=True)
class TilesProblem:
    """Bring the tiles of a square into their order, the blank (0) first; an action says where the blank moves."""

    size: int
    initial: tuple[int, ...]

    def is_goal(self, state: tuple[int, ...]) -> bool:
        """Tell whether all tiles are in order."""
        return state == tuple(range(self.size**2))

    def successors(self, state: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...], int]]:
        """Yield the moves of the blank, each at cost 1."""
        blank = state.index(0)
        for action, (dx, dy) in MOVES.items():
            x, y = blank % self.size + dx, blank // self.size + dy
            if 0 <= x < self.size and 0 <= y < self.size:
                swapped = {blank: state[y * self.size + x], y * self.size + x: 0}
                yield action, tuple(swapped.get(cell, tile) for cell, tile in enumerate(state)), 1


def manhattan(problem: TilesProblem) -> Heuristic[tuple[int, ...]]:
    """Return the heuristic: the sum of the distances of all tiles from their places."""
    n = problem.size
    return lambda state: sum(abs(t % n - i % n) + abs(t // n - i // n) for i, t in enumerate(state) if t)


def walk(sampling: Sampling, chance: SplitMix) -> Iterator[TilesProblem]:
    """Sample by a random walk from the goal."""
    problem = TilesProblem(sampling.size, tuple(range(sampling.size**2)))
    for _ in range(sampling.options["moves"]):
        problem = TilesProblem(sampling.size, chance.pick(list(problem.successors(problem.initial)))[1])
    yield problem


class _TilesWording(Wording):
    def __init__(self, size: int) -> None:
        self.words = tuple(str(tile) for tile in range(size**2))

    prompt_tokens = staticmethod(lambda traces: traces.codes[:, None])
    state_tokens = staticmethod(lambda traces: traces.states)
    plan_tokens = staticmethod(lambda traces: np.argmin(traces.plans, axis=1)[:, None])  # the cell of the blank

    def read_prompt(self, words: Sequence[str]) -> Sequence[int]:
        if not words or sorted(words) != sorted(self.words):
            raise ValueError(f"tiles are the numbers from 0 on of a square, each once, not {' '.join(words):.80}")
        return [int(word) for word in words]


class TilesDomain(Domain[TilesProblem, tuple[int, ...]]):
    """Sliding tiles; the text of a problem is its numbers, row by row."""

    name, actions, heuristics, generators = "tiles", tuple(MOVES), {"manhattan": manhattan}, {"walk": walk}
    options, sizes, default_size = {"moves": Option(30, 0, "length of the random walk")}, range(2, 6), 3
    glyphs = " 123456789ABCDEFGHIJKLMNO"
    colours = ((255, 255, 255), *((240 - 4 * tile, 220 - 4 * tile, 160) for tile in range(24)))
    codes = staticmethod(lambda problem: problem.initial)
    problem = staticmethod(lambda codes: TilesProblem(isqrt(len(codes)), tuple(codes)))
    extent = staticmethod(lambda problem: (problem.size, problem.size))
    grid = staticmethod(lambda problem, state: np.array(state, np.uint8).reshape(problem.size, problem.size))
    position = staticmethod(lambda problem, state: divmod(state.index(0), problem.size)[::-1])
    recognises = staticmethod(lambda text: set(text.split()) >= {"0", "1", "2", "3"})
    wording = staticmethod(lambda format_name, width, height: _TilesWording(width))  # noqa: ARG005

    def read(self, text: str) -> list[TilesProblem]:  # noqa: D102
        return [self.problem(_TilesWording(isqrt(len(text.split()))).read_prompt(text.split()))]
