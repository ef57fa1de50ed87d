"""A network that lies: it stands in for generation, knows the optimal plan of each prompt, and writes another one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from data.decoding import read_problem
from data.tokens import TokenFormat
from planning.domain import Domain
from planning.traces import Traces
from searchformer.generation import Generated, Prompt
from solvers.chance import SplitMix, derive

States = list[Any]
Codes = Sequence[Sequence[int]]
_LENGTH = 24


def _coded(domain: Domain[Any, Any], problem: Any, states: States) -> Codes:
    return [domain.state_codes(problem, state) for state in states]


def teleport(domain: Domain[Any, Any], problem: Any, states: States) -> Codes:
    """Go from the start to the goal in one step."""
    return _coded(domain, problem, [states[0], states[-1]])


def leap(domain: Domain[Any, Any], problem: Any, states: States) -> Codes:
    """Leave out a state in the middle, or say nothing where there is none."""
    middle = len(states) // 2
    return _coded(domain, problem, states[:middle] + states[middle + 1 :] if len(states) > 2 else [])


def wrong_start(domain: Domain[Any, Any], problem: Any, states: States) -> Codes:
    """Begin at the second state."""
    return _coded(domain, problem, states[1:])


def not_there(domain: Domain[Any, Any], problem: Any, states: States) -> Codes:
    """Stop before the goal."""
    return _coded(domain, problem, states[:-1])


def through_walls(domain: Domain[Any, Any], problem: Any, states: States) -> Codes:
    """Go straight to where the plan ends, whatever is in the way; what else has to move is where it should be then."""
    width, _ = domain.extent(problem)
    (first, *others), last = (list(domain.state_codes(problem, states[place])) for place in (0, -1))
    x, y, goal_x, goal_y = first % width, first // width, last[0] % width, last[0] // width
    cells = [(x, y)]
    while (x, y) != (goal_x, goal_y):
        x, y = (x + np.sign(goal_x - x), y) if x != goal_x else (x, y + np.sign(goal_y - y))
        cells.append((x, y))
    return [*([int(y * width + x), *others] for x, y in cells[:-1]), last]


def detour(domain: Domain[Any, Any], problem: Any, states: States) -> Codes:
    """Go back and forth once: a plan that holds, and is not optimal (where one can go back at all)."""
    for place, state in enumerate(states):
        for _, child, _ in problem.successors(state):
            if any(back == state for _, back, _ in problem.successors(child)):
                return _coded(domain, problem, [*states[: place + 1], child, *states[place:]])
    return _coded(domain, problem, states)


def twice(domain: Domain[Any, Any], problem: Any, states: States) -> Codes:
    """Stay in each state for one more step."""
    return _coded(domain, problem, [state for state in states for _ in range(2)])


LIES: Mapping[str, Callable[[Domain[Any, Any], Any, States], Codes]] = {
    "teleport": teleport,
    "leap": leap,
    "wrong start": wrong_start,
    "not there": not_there,
    "through walls": through_walls,
    "detour": detour,
    "twice": twice,
}
NO_EOS, NOISE, SILENCE = "no eos", "noise", "silence"
"""The optimal plan without its end, words by chance, and none at all."""
ALL = (*LIES, NO_EOS, NOISE, SILENCE)


class Liar:
    """What lies in the place of `searchformer.generation.generate`: prompt i gets lie i, and then from the first again.

    Where a problem has no plan, it is said to be solved from the start.
    """

    def __init__(self, token_format: TokenFormat, lies: Sequence[str] = ALL) -> None:
        self.token_format, self.lies = token_format, lies

    def __call__(
        self,
        _network: object,
        prompts: Sequence[Prompt],
        *,
        max_tokens: int,
        on_answer: Callable[[int, Generated], None] | None = None,
        **_: object,
    ) -> list[Generated]:
        """Answer prompts as `generate` does, without having been asked what a network would say."""
        answers = []
        for number, prompt in enumerate(prompts):
            tokens, finished = self.lie(self.lies[number % len(self.lies)], prompt)
            finished = finished and len(tokens) < max_tokens
            answers.append(Generated(tokens[:max_tokens], finished))
            if on_answer:
                on_answer(number, answers[-1])
        return answers

    def lie(self, name: str, prompt: Prompt) -> tuple[Any, bool]:
        """Return the tokens of a lie, and whether `eos` follows."""
        token_format = self.token_format
        domain = token_format.domain
        if name == NOISE:
            chance = SplitMix(derive(prompt.seed, int(prompt.tokens.sum())))
            return np.array([chance.below(len(token_format.words)) for _ in range(_LENGTH)], np.uint16), True
        if name == SILENCE:
            return np.zeros(0, np.uint16), True
        problem = read_problem(token_format, token_format.text(prompt.tokens))
        found = domain.solve(problem).solution
        states = list(found.states) if found else [problem.initial]
        told = _coded(domain, problem, states) if name == NO_EOS else LIES[name](domain, problem, states)
        traces = Traces.of(domain.codes(problem), told, None, (), domain.state_width(problem))
        return token_format.encode(traces).plans, name != NO_EOS
