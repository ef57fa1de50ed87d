"""What a network wrote before its plan: the clauses of its search, as far as they hold, as words and for a picture."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.decoding import read_trace
from data.tokens import BOS, CLOSE, CONTROL, CREATE, EOS, PLAN, TokenFormat
from planning.traces import Traces
from searchformer.trace_validity import FULL, form_of
from solvers.result import Result
from solvers.search import Event, Path

_HEADS = CONTROL[CREATE], CONTROL[CLOSE]
_ENDS = CONTROL[PLAN], CONTROL[EOS]


@dataclass(frozen=True, slots=True)
class Thinking:
    """All clauses as they were written; the events of those before the first that breaks a rule, and why it does.

    The states of events are codes; where several states are written alike, the first that fits stands for them. Full
    traces alone are read so: where parts are left out, as `form` says (`trace_validity.FORMS`), there are no events.
    """

    clauses: tuple[tuple[str, ...], ...]
    events: tuple[Event, ...]
    broken: str | None
    form: str

    @property
    def num_valid(self) -> int:
        """Return the number of clauses before the first that breaks a rule."""
        return len(self.events)


def thinking_in(token_format: TokenFormat, problem: Any, words: Sequence[str]) -> Thinking:
    """Read the trace in an answer, strictly, up to the first clause that breaks a rule of `read_trace`."""
    first = 1 if words and words[0] == CONTROL[BOS] else 0
    part = words[first : next((place for place, word in enumerate(words) if word in _ENDS), len(words))]
    starts = [place for place, word in enumerate(part) if place == 0 or word in _HEADS]
    ends = [*starts[1:], len(part)][: len(starts)]
    clauses = tuple(tuple(part[start:end]) for start, end in zip(starts, ends, strict=True))
    form = form_of(token_format, part)
    if form != FULL:
        return Thinking(clauses, (), None, form)
    reading = read_trace(token_format, problem, part)
    broken = f"{reading.violations[0].rule}: {reading.violations[0].reason}" if reading.violations else None
    if broken:
        # Whether a clause holds depends on those before it alone.
        valid = bisect_left(ends, True, key=lambda end: bool(read_trace(token_format, problem, part[:end]).violations))
        reading = read_trace(token_format, problem, part[: ends[valid - 1]] if valid else ())
    pairs = zip(reading.events, reading.candidates, strict=True)
    return Thinking(clauses, tuple(event._replace(state=states[0]) for event, states in pairs), broken, form)


def as_traces(token_format: TokenFormat, problem: Any, thinking: Thinking, result: Result[Path[Any, Any]]) -> Traces:
    """Return the thinking and the plan of an answer, if there is one, as the one search that a picture shows."""
    domain = token_format.domain
    states = result.solution.states if result.solution else ()
    plan = [domain.state_codes(problem, state) for state in states]
    return Traces.of(domain.codes(problem), plan, result.cost, thinking.events, domain.state_width(problem))
