"""What a sample has to be, besides short and optimal, to be learned from: filters, by the names of the command line.

    valid-trace    the trace is one that A* could have written (`searchformer.trace_validity`)
    complete       the trace is one of whole clauses, states and both costs, with `close` as well as `create`
    majority       more than half of the problem's samples with a correct plan are optimal: this is no lucky guess
    sure=X         at least the share X of the problem's samples is optimal
    share=X        chance takes the share X of the problems, by their content, and leaves the others as they are
    max-length=X   the trace is at most X times as long as the present one: the gain is worth it
    min-length=X   the trace is at least X times as long as the present one: thinking is not lost at one blow

Without any, the rule is the paper's (arXiv 2402.14083): the plan has to be right, and the trace may be anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from data.tokens import BOS, CLOSE, CONTROL, PLAN, Ids, TokenFormat
from searchformer.cases import Case
from searchformer.grammar import Grammar
from searchformer.trace_validity import trace_violation
from solvers import registry


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A sample with an optimal plan and a shorter trace than the present one.

    `answer` are its tokens, trace and plan; `trace_tokens` of them come before the plan, and `present_tokens` is the
    length of the present trace. `costs` are those of all samples of the problem (None: no correct plan).
    """

    token_format: TokenFormat
    case: Case
    answer: Ids
    trace_tokens: int
    present_tokens: int
    costs: Sequence[int | None]
    heuristic: str | None = None


Filter = Callable[[Candidate], bool]
"""Tells whether a candidate may be learned from."""


def filter_named(text: str) -> Filter:
    """Return the filter that a name stands for, with its number behind `=` where it has one.

    Raises:
        ValueError: There is no such filter, or the number is missing, too much or not possible.
    """
    name, equals, number = text.partition("=")
    registry.lookup("filter", name, dict.fromkeys((*_PLAIN, *_WITH_NUMBER)))
    if name in _WITH_NUMBER:
        agrees, share = _WITH_NUMBER[name], _share(name, number)
        return lambda candidate: agrees(share, candidate)
    if equals:
        raise ValueError(f"filter {name!r} has no number: give it as {name}")
    return _PLAIN[name]


def _has_valid_trace(candidate: Candidate) -> bool:
    if not _is_complete(candidate):
        return False  # for a hundredth of the time that a replay takes
    words = [CONTROL[BOS], *candidate.token_format.text(candidate.answer)]
    return trace_violation(candidate.token_format, candidate.case.problem, words, candidate.heuristic) is None


def _is_complete(candidate: Candidate) -> bool:
    trace = candidate.answer[: candidate.trace_tokens].tolist()
    if CLOSE not in trace:
        return False
    try:
        _grammar(candidate.token_format).after([*trace, PLAN])
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _grammar(token_format: TokenFormat) -> Grammar:
    return Grammar(token_format)


def _has_majority(candidate: Candidate) -> bool:
    correct = [cost for cost in candidate.costs if cost is not None]
    return 2 * correct.count(candidate.case.cost) > len(correct)


_PLAIN: Final[Mapping[str, Filter]] = {
    "valid-trace": _has_valid_trace,
    "complete": _is_complete,
    "majority": _has_majority,
}


def _is_short(share: float, candidate: Candidate) -> bool:
    return candidate.trace_tokens <= share * candidate.present_tokens


def _is_long(share: float, candidate: Candidate) -> bool:
    return candidate.trace_tokens >= share * candidate.present_tokens


def _is_sure(share: float, candidate: Candidate) -> bool:
    return candidate.costs.count(candidate.case.cost) >= share * len(candidate.costs)


def _is_taken(share: float, candidate: Candidate) -> bool:
    return int(candidate.case.id[-8:], 16) < share * 16**8


_WITH_NUMBER: Final[Mapping[str, Callable[[float, Candidate], bool]]] = {
    "sure": _is_sure,
    "share": _is_taken,
    "max-length": _is_short,
    "min-length": _is_long,
}
FILTERS: Final = (*_PLAIN, *(f"{name}=X" for name in _WITH_NUMBER))


def _share(name: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"filter {name!r} needs a share from 0 to 1, such as {name}=0.8")
    return share
