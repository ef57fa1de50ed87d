"""A domain to test tokens with: weighted digraphs whose states have words of different number, some of them shared.

In the format `paper`, nodes 0 and 3, 1 and 4, 2 and 5 are written alike in traces, with as many words as a number has
binary ones, and two nodes share each word in plans: lossy, as Sokoban's paper format is. In `compact`, each node has
one word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planning.domain import Domain, Option, Sampling, Wording
from planning.traces import Ints, Traces
from solvers.chance import SplitMix
from solvers.problem import check_problem

_NUM_BITS = 2


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes 0 … size − 1, edges (from, to, cost); an action is the number of an edge. From node 0 to the goal."""

    size: int
    goal: int
    edges: tuple[tuple[int, int, int], ...]
    initial: tuple[int] = (0,)

    def is_goal(self, state: tuple[int]) -> bool:
        return state == (self.goal,)

    def successors(self, state: tuple[int]) -> Iterator[tuple[str, tuple[int], int]]:
        for number, (a, b, cost) in enumerate(self.edges):
            if (a,) == state:
                yield str(number), (b,), cost


def draw_graph(sampling: Sampling, chance: SplitMix) -> Iterator[Graph]:
    size = sampling.size
    edges = {(chance.below(size), chance.below(size)): chance.below(10) for _ in range(sampling.options["edges"])}
    yield Graph(size, chance.below(size), tuple((a, b, cost) for (a, b), cost in edges.items()))


def inconsistent(graph: Graph) -> Any:
    """Return an admissible heuristic that jumps: the distance to the goal for every other node, and 0."""
    distance = {graph.goal: 0}
    for _ in range(graph.size):
        for a, b, cost in graph.edges:
            if b in distance:
                distance[a] = min(distance.get(a, 10**6), distance[b] + cost)
    return lambda state: distance.get(state[0], 0) if state[0] % 2 else 0


class GraphWording(Wording):
    def __init__(self, size: int, lossy: bool) -> None:
        self.size, self.lossy = size, lossy
        digits = [str(digit) for digit in range(10)]
        bits = [f"bit{bit}" for bit in range(_NUM_BITS)]
        self.words = ("goal", "edge", *digits, *bits, *(f"node{node}" for node in range(size)))

    def prompt_tokens(self, traces: Traces) -> Ints:
        place = np.arange(len(traces.codes)) - np.repeat(traces.code_offsets[:-1], np.diff(traces.code_offsets))
        rows = np.full((len(place), 4), -1, np.int32)
        goals, edges = place == 1, place >= 2
        a, rest = np.divmod(traces.codes[edges], 10 * self.size)
        rows[goals, 0], rows[goals, 2] = 0, traces.codes[goals] + 4 + 10
        rows[edges] = np.stack([np.ones(len(a)), a + 14, rest // 10 + 14, rest % 10 + 2], axis=1)
        return rows

    def state_tokens(self, traces: Traces) -> Ints:
        if not self.lossy:
            return traces.states + np.int32(14)
        bits = np.arange(_NUM_BITS, dtype=np.int32)
        return np.where((traces.states % 3 + 1) >> bits & 1, bits + 12, -1).astype(np.int32)

    def plan_tokens(self, traces: Traces) -> Ints:
        return (traces.plans // 2 * 2 if self.lossy else traces.plans) + np.int32(14)

    def read_prompt(self, words: Sequence[str]) -> Sequence[int]:
        if len(words) < 2 or words[0] != "goal":
            raise ValueError(f"the first word is 'goal', not {' '.join(words[:1])!r}")
        node = {f"node{node}": node for node in range(self.size)}
        codes = [self.size, node[words[1]]]
        for at in range(2, len(words), 4):
            _, a, b, cost = words[at : at + 4]
            codes.append((node[a] * self.size + node[b]) * 10 + int(cost))
        return codes


class GraphDomain(Domain[Graph, tuple[int]]):
    name, actions, sizes = "graph", tuple(str(n) for n in range(30)), range(2, 7)
    heuristics, generators = {"zero": lambda _: lambda _: 0, "inconsistent": inconsistent}, {"uniform": draw_graph}
    options = {"edges": Option(14, 0, "number of edges drawn")}  # noqa: RUF012  (a Mapping in the seam)
    glyphs, colours = ".O", ((0, 0, 0), (255, 255, 255))

    def codes(self, problem: Graph) -> Sequence[int]:
        edges = [(a * problem.size + b) * 10 + cost for a, b, cost in problem.edges]
        return [problem.size, problem.goal, *edges]

    def problem(self, codes: Sequence[int]) -> Graph:
        size, goal, *edges = (int(code) for code in codes)
        return Graph(size, goal, tuple((e // 10 // size, e // 10 % size, e % 10) for e in edges))

    def extent(self, problem: Graph) -> tuple[int, int]:
        return problem.size, 1

    def grid(self, problem: Graph, state: tuple[int]) -> Any:
        return (np.arange(problem.size) == state[0]).astype(np.uint8)[None]

    def position(self, problem: Graph, state: tuple[int]) -> tuple[int, int]:
        return state[0], 0

    def wording(self, format_name: str, width: int, height: int) -> Wording:
        return GraphWording(width, format_name == "paper")

    def read(self, text: str) -> list[Graph]:
        return []

    def recognises(self, text: str) -> bool:
        return False


@given(st.integers(2, 6), st.integers(0, 2**64 - 1))
def test_the_domain_keeps_its_own_contract(size: int, seed: int) -> None:
    domain = GraphDomain()
    for problem in draw_graph(domain.sampling(size), SplitMix(seed)):
        check_problem(problem, inconsistent(problem))
        assert domain.problem(domain.codes(problem)) == problem
