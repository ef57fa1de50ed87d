"""Gymnasium environments over any `Domain`: `import planning.environment`, then `gymnasium.make("twofold/Maze-v0")`.

The dynamics are the problem's own `successors` and `is_goal`; there is no second copy of them here.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, final

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from planning.domain import Domain, Sampling
from planning.domains import DOMAINS
from planning.reading import read_problems
from solvers import registry
from solvers.chance import SplitMix, derive
from solvers.problem import Problem
from solvers.search import Limits

Image = NDArray[np.uint8]

MAX_DRAWS = 1000
_SOLVABLE = Limits(max_expansions=50_000)
_MAX_SIDE, _MAX_CELL = 640, 32
_BEYOND = (0, 0, 0)


def register_all() -> None:
    """Register the environments with Gymnasium, once; importing this module does it."""
    for name, domain in DOMAINS.items():
        environment = f"twofold/{name.capitalize()}-v0"
        if environment not in gymnasium.registry:
            gymnasium.register(
                environment,
                entry_point="planning.environment:DomainEnv",
                max_episode_steps=domain.max_episode_steps,
                kwargs={"domain": name},
            )


@final
class DomainEnv(gymnasium.Env[Image, np.int64]):
    """Play the problems of a domain, one an episode.

    An observation is uint8 [height, width]: the domain's `grid`, with the number of its glyphs in cells beyond a
    problem that is smaller than the space. An action is a place in `domain.actions`. The reward of a step is minus
    its cost in `unit`s; an action that is not possible changes nothing, and its reward is −1. The episode is
    terminated in a goal. `info` has `action_mask`, int8 [number of actions], 1 where an action is possible, as
    `action_space.sample(mask)` takes it, and `cost`, what the steps have cost so far.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 8}  # noqa: RUF012  (as Gymnasium declares it)

    def __init__(
        self,
        domain: str | Domain[Any, Any],
        *,
        size: int | None = None,
        generator: str | None = None,
        problems: str | PathLike[str] | Sequence[Problem[Any, str]] | None = None,
        unit: int | None = None,
        render_mode: str | None = None,
        **options: int,
    ) -> None:
        """Make an environment that samples solvable problems, or goes round the given ones.

        Args:
            domain: The domain, or its name.
            size: The size to sample (the domain's `default_size`, unless given).
            generator: The generator to sample with (the first of the domain, unless given).
            problems: Problems to play instead, or a file of them: in their order, from `seed` modulo their number on.
            unit: The cost whose reward is −1 (the domain's, unless given).
            render_mode: "ansi" or "rgb_array".
            options: Options of the generator.

        Raises:
            ValueError: A name, the size, an option or a problem is not possible.
        """
        self.domain = registry.lookup("domain", domain, DOMAINS) if isinstance(domain, str) else domain
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(registry.unknown("render mode", render_mode, self.metadata["render_modes"]))
        unit = self.domain.unit if unit is None else unit
        if unit < 1:
            raise ValueError(f"the unit of costs is at least 1, not {unit}")
        if problems is not None and (size is not None or generator is not None or options):
            raise ValueError("size, generator and options say what to sample: they cannot be combined with problems")
        self.render_mode, self.unit = render_mode, unit
        self.problems: Sequence[Problem[Any, str]] | None = None
        if problems is not None:
            self.problems = _given(self.domain, problems)
        self.sampling = None
        if self.problems is None:
            side = self.domain.default_size if size is None else size
            self.sampling = self.domain.sampling(side, generator, options)
        extents = [self.domain.extent(problem) for problem in self.problems or [_any(self.domain, self.sampling)]]
        self.action_space = spaces.Discrete(len(self.domain.actions))
        self._shape = (max(height for _, height in extents), max(width for width, _ in extents))
        self.observation_space = spaces.Box(0, len(self.domain.glyphs), self._shape, np.uint8)
        self._next_problem = 0
        self._problem: Problem[Any, str] | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Image, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: Of all chance from here on; with given problems, the number of the one to begin with, modulo theirs.
            options: "problem": the problem to play now, or the text of one; "index": the number (from 0) of the given
                problem to play now.

        Raises:
            ValueError: An option is unknown, or the problem is not possible here.
        """
        super().reset(seed=seed)
        if seed is not None:
            self._next_problem = seed
        self._problem = self._chosen(options or {})
        self._enter(self._problem.initial, 0)
        return self._observation(), self._info()

    def step(self, action: np.int64 | int) -> tuple[Image, float, bool, bool, dict[str, Any]]:
        """Do what an action says, if it is possible.

        Raises:
            ValueError: There is no such action.
            ResetNeeded: No episode has begun.
        """
        problem = self._playing()
        if not self.action_space.contains(action):
            names = ", ".join(f"{number} {name}" for number, name in enumerate(self.domain.actions))
            raise ValueError(f"{action!r} is no action: they are {names}")
        state, cost = self._possible.get(self.domain.actions[int(action)], (self._state, None))
        if cost is not None:
            self._enter(state, self._cost + cost)
        reward = -1.0 if cost is None else -cost / self.unit
        return self._observation(), reward, problem.is_goal(self._state), False, self._info()

    def render(self) -> str | Image | None:
        """Return the state as text ("ansi") or as an image, uint8 [height, width, 3] ("rgb_array")."""
        problem = self._playing()
        if self.render_mode is None:
            gymnasium.logger.warn("render() shows nothing: make the environment with render_mode 'ansi' or 'rgb_array'")
            return None
        if self.render_mode == "ansi":
            return self.domain.show(problem, self._state) + "\n"
        image = np.array([*self.domain.colours, _BEYOND], np.uint8)[self._observation()]
        side = max(1, min(_MAX_CELL, _MAX_SIDE // max(self._shape)))
        return image.repeat(side, axis=0).repeat(side, axis=1)

    def _playing(self) -> Problem[Any, str]:
        if self._problem is None:
            raise gymnasium.error.ResetNeeded("call reset() first: no episode has begun")
        return self._problem

    def _chosen(self, options: Mapping[str, Any]) -> Problem[Any, str]:
        for name in options:
            registry.lookup("option of reset", name, {"problem": None, "index": None})
        if "problem" in options:
            return self._fitting(options["problem"])
        if self.problems is None:
            if "index" in options:
                raise ValueError("index is the number of a given problem, and this environment samples its problems")
            assert self.sampling is not None
            return _sample(self.domain, self.sampling, int(self.np_random.integers(2**63)))
        index = int(options.get("index", self._next_problem % len(self.problems)))
        if not 0 <= index < len(self.problems):
            raise ValueError(f"index {index} is not possible: there are problems 0 to {len(self.problems) - 1}")
        self._next_problem = index + 1
        return self.problems[index]

    def _fitting(self, given: Any) -> Problem[Any, str]:
        problems = self.domain.read(given) if isinstance(given, str) else [given]
        if len(problems) != 1:
            raise ValueError(f"an episode plays one problem, and the text has {len(problems)}")
        problem: Problem[Any, str] = problems[0]
        _check_unsolved(problem, "the problem")
        width, height = self.domain.extent(problem)
        rows, columns = self._shape
        if width > columns or height > rows:
            raise ValueError(
                f"a problem of {width} × {height} cells does not fit in observations of {columns} × {rows}"
            )
        return problem

    def _enter(self, state: Any, cost: int) -> None:
        problem = self._playing()
        self._state, self._cost = state, cost
        self._possible = {action: (child, price) for action, child, price in problem.successors(state)}

    def _observation(self) -> Image:
        grid = self.domain.grid(self._playing(), self._state)
        observation = np.full(self._shape, len(self.domain.glyphs), np.uint8)
        observation[: grid.shape[0], : grid.shape[1]] = grid
        return observation

    def _info(self) -> dict[str, Any]:
        mask = np.array([action in self._possible for action in self.domain.actions], np.int8)
        return {"action_mask": mask, "cost": self._cost}


def _given(
    domain: Domain[Any, Any], problems: str | PathLike[str] | Sequence[Problem[Any, str]]
) -> Sequence[Problem[Any, str]]:
    if isinstance(problems, str | PathLike):
        problems = read_problems(Path(problems), domain.name, domains={domain.name: domain})[1]
    if not problems:
        raise ValueError("problems is empty: give at least one, or None to sample them")
    for number, problem in enumerate(problems):
        _check_unsolved(problem, f"problem {number}")
    return problems


def _check_unsolved(problem: Problem[Any, str], name: str) -> None:
    if problem.is_goal(problem.initial):
        raise ValueError(f"{name} begins in a goal: there is nothing to play")


def _any(domain: Domain[Any, Any], sampling: Sampling | None) -> Problem[Any, str]:
    """Return any sample, to see how large samples are."""
    assert sampling is not None
    for draw in range(MAX_DRAWS):
        for problem in domain.generators[sampling.generator](sampling, SplitMix(draw)):
            found: Problem[Any, str] = problem
            return found
    raise _none(domain, sampling)


def _sample(domain: Domain[Any, Any], sampling: Sampling, seed: int) -> Problem[Any, str]:
    """Return the first sample that is worth keeping and that a short search solves."""
    for draw in range(MAX_DRAWS):
        for problem in domain.generators[sampling.generator](sampling, SplitMix(derive(seed, draw))):
            path = domain.solve(problem, limits=_SOLVABLE).solution
            if path and path.actions and domain.keeps(problem, len(path.states)):
                found: Problem[Any, str] = problem
                return found
    raise _none(domain, sampling)


def _none(domain: Domain[Any, Any], sampling: Sampling) -> ValueError:
    options = ", ".join(f"{name} {value}" for name, value in sampling.options.items())
    return ValueError(
        f"none of {MAX_DRAWS} samples of {domain.name} is solvable in a short search and worth playing: generator "
        f"{sampling.generator}, size {sampling.size}, {options}; choose others"
    )


register_all()
