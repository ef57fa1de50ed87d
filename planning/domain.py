"""`Domain`: what a family of problems offers to everyone who searches it, records it, learns it, plays it or draws it.

Whoever writes the abstract members of one class gets traces, tokens, an environment, pictures and the command line.
`search` and `draw_traces` have plain versions here; a domain with compiled ones overrides them with the same events.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from planning.traces import Ints, Traces
from solvers import registry
from solvers.chance import SplitMix, derive
from solvers.problem import Heuristic, Problem
from solvers.result import Result, Status
from solvers.search import NO_LIMITS, Event, Limits, Path, astar
from solvers.ties import FixedTies, RandomTies

S = TypeVar("S", bound=Hashable)
P = TypeVar("P", bound=Problem[Any, str])

FORMATS = ("paper", "compact")


@dataclass(frozen=True, slots=True)
class Option:
    """A whole number that a generator can be given: what it is when nobody says, its least value, and its meaning.

    `generators` are those that heed it; all do, if none is named.
    """

    default: int
    least: int
    meaning: str
    generators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampling:
    """What to sample: the generator of a domain, the size, and all options; `Domain.sampling` makes and checks it."""

    generator: str
    size: int
    options: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Searched(Generic[S]):
    """One search: its answer, and the search itself as `Traces` of length 1 (None unless it was recorded)."""

    result: Result[Path[S, str]]
    traces: Traces | None


class Shape(NamedTuple):
    """Which words a state has: one of each set in `first`, and then those of `repeated` any number of times."""

    first: Sequence[Sequence[str]]
    repeated: Sequence[Sequence[str]] = ()


class Wording(ABC):
    """How a domain writes problems and states as words, in one format and for one size of problem.

    Tokens are places in `words`; the three methods return a row of them for each row of a column of `Traces`, with −1
    where a row has fewer. Nothing here knows of `bos`, `create` or costs: they are the same for all domains.
    """

    words: tuple[str, ...]

    @abstractmethod
    def prompt_tokens(self, traces: Traces) -> Ints:
        """Return [number of codes, L]: the tokens that each code of each problem adds to the prompt."""

    @abstractmethod
    def state_tokens(self, traces: Traces) -> Ints:
        """Return [number of events, L]: the tokens of each event's state."""

    @abstractmethod
    def plan_tokens(self, traces: Traces) -> Ints:
        """Return [number of plan states, L]: the tokens of each state along a plan, without the word `plan`."""

    @abstractmethod
    def read_prompt(self, words: Sequence[str]) -> Sequence[int]:
        """Return the codes of the problem that a prompt describes; ValueError names the word that does not fit."""

    def state_shape(self) -> Shape:
        """Return which words `state_tokens` can give, at least: one or more of any, unless a wording knows better."""
        return Shape((self.words,), (self.words,))

    def plan_shape(self) -> Shape:
        """Return which words `plan_tokens` can give, at least."""
        return Shape((self.words,), (self.words,))


class Domain(ABC, Generic[P, S]):
    """What one family of problems offers. The first heuristic and the first generator are the paper's: the defaults.

    Codes are whole numbers from 0 to 2³¹ − 1. All states of one problem have equally many; `codes` of problems of one
    layout (a maze's walls, without start and goal) agree from `layout_start` on.
    """

    name: str
    actions: tuple[str, ...]
    heuristics: Mapping[str, Callable[[Any], Heuristic[Any]]]
    generators: Mapping[str, Callable[[Sampling, SplitMix], Iterator[Any]]]
    options: Mapping[str, Option] = MappingProxyType({})
    sizes: range
    default_size: int
    """What is played where nobody says a size …"""
    max_episode_steps: int = 200
    """… and after how many steps an episode of play is cut."""
    unit: int = 1
    """What one step over one cell costs, where costs are counted in parts of it."""
    glyphs: str
    """What a value of `grid` looks like in text …"""
    colours: Sequence[tuple[int, int, int]]
    """… and in a picture: red, green, blue, 0–255, as many as glyphs."""

    @abstractmethod
    def codes(self, problem: P) -> Sequence[int]:
        """Return a problem as numbers, the same for equal problems."""

    @abstractmethod
    def problem(self, codes: Sequence[int]) -> P:
        """Return the problem that `codes` made these numbers of."""

    @abstractmethod
    def extent(self, problem: P) -> tuple[int, int]:
        """Return the width and the height of a problem, in cells."""

    @abstractmethod
    def grid(self, problem: P, state: S) -> NDArray[np.uint8]:
        """Return [height, width]: what is to be seen in each cell, as places in `glyphs`."""

    @abstractmethod
    def position(self, problem: P, state: S) -> tuple[int, int]:
        """Return x and y of the cell that stands for a state in a picture: where the mover is."""

    @abstractmethod
    def wording(self, format_name: str, width: int, height: int) -> Wording:
        """Return the words of a format of `FORMATS`, for problems of one size."""

    @abstractmethod
    def read(self, text: str) -> list[P]:
        """Return the problems of a text file, one or a collection; ValueError names the line and the column."""

    @abstractmethod
    def recognises(self, text: str) -> bool:
        """Tell whether a text looks like this domain's, whether or not it can be read without an error."""

    def state_codes(self, problem: P, state: S) -> Sequence[int]:  # noqa: ARG002
        """Return a state as numbers: itself, where it is a tuple of numbers.

        Their order is the order among open states of equal f.
        """
        return cast("Sequence[int]", state)

    def state(self, problem: P, codes: Sequence[int]) -> S:  # noqa: ARG002
        """Return the state that `state_codes` made these numbers of."""
        return cast("S", tuple(codes))

    def layout_start(self, codes: Sequence[int]) -> int:  # noqa: ARG002  (a domain with layouts looks at them)
        """Return the place in a problem's codes from which on they describe its layout (0: all of it)."""
        return 0

    def keeps(self, problem: P, plan_length: int) -> bool:  # noqa: ARG002
        """Tell whether a solved sample, whose plan goes through `plan_length` states, is worth keeping."""
        return True

    def state_width(self, problem: P) -> int:
        """Return the number of codes of a state."""
        return len(self.state_codes(problem, problem.initial))

    def show(self, problem: P, state: S | None = None) -> str:
        """Return a state (the initial one, unless given) as lines of `glyphs`."""
        grid = self.grid(problem, problem.initial if state is None else state)
        return "\n".join("".join(self.glyphs[value] for value in row) for row in grid)

    def sampling(self, size: int, generator: str | None = None, options: Mapping[str, int] | None = None) -> Sampling:
        """Return what to sample, complete and checked.

        Raises:
            ValueError: The size, the generator or an option is not possible, or the generator has no use for an option
                (all of them are recorded, and must not tell equal data apart).
        """
        chosen = generator or next(iter(self.generators))
        registry.lookup("generator", chosen, self.generators)
        if size not in self.sizes:
            raise ValueError(f"size {size} is not possible for {self.name}: from {self.sizes[0]} to {self.sizes[-1]}")
        for name, value in (options or {}).items():
            option = registry.lookup("option", name, self.options)
            if value < option.least:
                raise ValueError(f"option {name} must be at least {option.least}, not {value}")
            if option.generators and chosen not in option.generators and value != option.default:
                takes = [each for each, other in self.options.items() if chosen in (other.generators or [chosen])]
                raise ValueError(
                    f"generator {chosen} has no option {name} (here {value}), which is for "
                    f"{' and '.join(option.generators)}: it takes {', '.join(takes)}"
                )
        defaults = {name: option.default for name, option in self.options.items()}
        return Sampling(chosen, size, defaults | dict(options or {}))

    def search(
        self,
        problem: P,
        *,
        heuristic: str | None = None,
        seed: int | None = None,
        limits: Limits = NO_LIMITS,
        record: bool = True,
        below: int | None = None,
    ) -> Searched[S]:
        """Find a plan of least cost by A*, with ties in the order of state codes, or by chance if a seed is given.

        With `below`, only a plan that costs less is looked for, as `solvers.search.astar` does.
        """
        estimate = self.heuristic(problem, heuristic)
        events: list[Event] = []

        def note(event: Event) -> None:
            events.append(event._replace(state=self.state_codes(problem, event.state)))

        ties = FixedTies(lambda state: self.state_codes(problem, state)) if seed is None else RandomTies(seed)
        result = astar(problem, estimate, ties=ties, on_event=note if record else None, limits=limits, below=below)
        if not record:
            return Searched(result, None)
        plan = [self.state_codes(problem, state) for state in result.solution.states] if result.solution else []
        return Searched(result, Traces.of(self.codes(problem), plan, result.cost, events, self.state_width(problem)))

    @property
    def strongest_heuristic(self) -> str:
        """Return the name of the heuristic that solves best: the first, unless a domain knows a better one."""
        return next(iter(self.heuristics))

    def solve(self, problem: P, *, limits: Limits = NO_LIMITS, below: int | None = None) -> Result[Path[S, str]]:
        """Find a plan of least cost in the fastest way there is, with the strongest heuristic and without a trace.

        With `below`, only one that costs less is looked for: INFEASIBLE then says that there is none, and the bound is
        `below`.
        """
        name = self.strongest_heuristic
        return self.search(problem, heuristic=name, limits=limits, record=False, below=below).result

    def heuristic(self, problem: P, name: str | None = None) -> Heuristic[S]:
        """Return the heuristic of that name (the paper's, unless given) for one problem."""
        factory = registry.lookup("heuristic", name or next(iter(self.heuristics)), self.heuristics)
        return factory(problem)

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
        """Sample, search, and keep what is solved and worth it; a draw depends on the seed and its number alone.

        Draw d samples with the stream `derive(seed, d)`; its n-th problem (from 0) is searched with random ties, if
        asked for, of the seed `derive(seed, d, n)`. In the end, `on_stopped` is called with the number of searches that
        a limit (or want of memory) stopped; a domain need not search what cannot be kept.
        """
        parts, num_stopped = [], 0
        for draw in draws:
            samples = self.generators[sampling.generator](sampling, SplitMix(derive(seed, draw)))
            for number, problem in enumerate(samples):
                ties = derive(seed, draw, number) if random_ties else None
                searched = self.search(problem, heuristic=heuristic, seed=ties, limits=limits)
                solved, traces = searched.result, searched.traces
                assert traces is not None
                num_stopped += solved.status is Status.UNKNOWN
                if solved.status is Status.OPTIMAL and self.keeps(problem, len(traces.plans)):
                    parts.append(traces)
        if on_stopped:
            on_stopped(num_stopped)
        return Traces.concatenate(parts, parts[0].states.shape[1] if parts else 1)
