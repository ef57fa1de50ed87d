"""What the published evaluation of Searchformer (arXiv 2402.14083) counts as a correct plan, for comparisons.

It is not what a plan is: `data.decoding.read_plan` says that. Compared with it, the published code, as it was read and
run for this project:

- does without `eos`, and looks at nothing behind it;
- cuts what follows the first `plan` into clauses of equal length, and does not look at the head of a clause: `close`
  is as good as `plan` there (a last clause that is not complete is refused);
- in Sokoban, takes from the plan how the cells of two clauses differ, one straight step, and moves the real worker by
  that: the first clause may name any cell, and a step that is blocked by a wall or a box is made without an effect.
  What counts is whether all boxes are on docks at the end;
- calls a plan optimal that has as many clauses as the optimal one; here, whose moves cost as much (a blocked one: 1).

In a maze, it does look at the start, at walls and at the goal. Domains that it does not know are judged as mazes are.
A plan that is strictly correct is correct here, too, at its strict cost.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from data.decoding import read_plan
from data.tokens import BOS, CONTROL, EOS, PLAN, TokenFormat
from planning.moves import MOVES
from planning.traces import Traces
from solvers.result import Verdict

_BOS, _PLAN, _EOS = (CONTROL[place] for place in (BOS, PLAN, EOS))
_ACTIONS: Final = {move: action for action, move in MOVES.items()}

Said = tuple[str, ...]
"""The words of a state in a plan."""


def lenient_cost(token_format: TokenFormat, problem: Any, words: Sequence[str], strict: Verdict) -> int | None:
    """Return what the plan in a target costs by the lenient rules, or None if it is not even correct by them.

    Args:
        token_format: Of the words.
        problem: What the plan is for.
        words: The target, `bos … eos`; bos and eos may be missing.
        strict: What `read_plan` said of it.
    """
    if strict.valid:
        return strict.cost
    said = _clauses(token_format, problem, words)
    rule = _RULES.get(token_format.domain.name, _walked)
    return rule(token_format, problem, said) if said else None


def _clauses(token_format: TokenFormat, problem: Any, words: Sequence[str]) -> list[Said]:
    """Return the words of each state, without the heads; the last ones may be too few. None without a plan."""
    end = words.index(_EOS) if _EOS in words else len(words)
    if _PLAN not in words[:end]:
        return []
    body = words[words.index(_PLAN) : end]
    length = 1 + len(_said(token_format, problem, [token_format.domain.state_codes(problem, problem.initial)])[0])
    return [tuple(body[start + 1 : start + length]) for start in range(0, len(body), length)]


def _walked(token_format: TokenFormat, problem: Any, said: list[Said]) -> int | None:
    """Judge strictly what was said, with the heads and the end that it should have had."""
    words = [_BOS, *(word for clause in said for word in (_PLAN, *clause)), _EOS]
    _, verdict = read_plan(token_format, problem, words)
    return verdict.cost if verdict.valid else None


def _pushed(token_format: TokenFormat, problem: Any, said: list[Said]) -> int | None:
    """Move the worker by what two clauses differ; what is blocked has no effect."""
    cells = _cells(token_format, problem)
    if not all(clause in cells for clause in said):
        return None
    state, (x, y) = problem.initial, cells[said[0]]
    for clause in said[1:]:
        to_x, to_y = cells[clause]
        action = _ACTIONS.get((to_x - x, to_y - y))
        if action is None:
            return None
        state = next((child for name, child, _ in problem.successors(state) if name == action), state)
        x, y = to_x, to_y
    return len(said) - 1 if problem.is_goal(state) else None


_RULES: Mapping[str, Callable[[TokenFormat, Any, list[Said]], int | None]] = {"sokoban": _pushed}


def _cells(token_format: TokenFormat, problem: Any) -> dict[Said, tuple[int, int]]:
    """Return x and y by the words for a worker's cell, wall or not."""
    width, height = token_format.domain.extent(problem)
    boxes = token_format.domain.state_codes(problem, problem.initial)[1:]
    said = _said(token_format, problem, [(cell, *boxes) for cell in range(width * height)])
    return {words: (cell % width, cell // width) for cell, words in enumerate(said)}


def _said(token_format: TokenFormat, problem: Any, states: Sequence[Sequence[int]]) -> list[Said]:
    """Return the words of states (as codes) along a plan."""
    traces = Traces.of(token_format.domain.codes(problem), states, None, (), len(states[0]))
    rows, words = token_format.wording.plan_tokens(traces), token_format.wording.words
    return [tuple(words[token] for token in row if token >= 0) for row in np.asarray(rows).tolist()]
