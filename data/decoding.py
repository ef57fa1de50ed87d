"""Strict reading of words: what a problem, a plan or a trace says, decided by replay and not by a domain's code.

A state that words name is one that the problem allows at that place and that is written with these words. Where several
states are written alike, all of them are followed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from data.tokens import BOS, CLOSE, CONTROL, CREATE, EOS, FIRST_COST, PAD, PLAN, TokenFormat
from planning.traces import Traces
from solvers.result import Verdict, Violation
from solvers.search import Event

Said = tuple[str, ...]
"""The words of a state."""
Codes = tuple[int, ...]

_PLAN, _BOS, _EOS, _PAD = (CONTROL[place] for place in (PLAN, BOS, EOS, PAD))
_KINDS: Mapping[str, int] = {CONTROL[place]: place - CREATE for place in (CREATE, CLOSE)}


@dataclass(frozen=True, slots=True)
class TraceReading:
    """What a trace says: its well-formed events in order, and every rule that it breaks.

    `events` have states as codes; a state is None where not exactly one fits. `candidates` are all that fit, for each
    event. The rules: `syntax` (no clause), `create` (neither the initial state nor a successor of a closed one), `g` (a
    created state has another g than its parent's and the step's cost), `close` (no such open state).
    """

    events: tuple[Event, ...]
    candidates: tuple[tuple[Codes, ...], ...]
    violations: tuple[Violation, ...]


def read_problem(token_format: TokenFormat, words: Sequence[str]) -> Any:
    """Return the problem that a prompt `bos … eos` describes; `pad` may follow.

    Raises:
        ValueError: It is no prompt, or it describes no problem of the format's size.
    """
    end = len(words)
    while end and words[end - 1] == _PAD:
        end -= 1
    if end < 2 or words[0] != _BOS or words[end - 1] != _EOS:
        raise ValueError(f"a prompt is 'bos … eos', not {' '.join(words[:end]):.80}")
    return token_format.domain.problem(token_format.wording.read_prompt(words[1 : end - 1]))


def read_plan(token_format: TokenFormat, problem: Any, words: Sequence[str]) -> tuple[tuple[Any, ...], Verdict]:
    """Return the actions of the plan in a target, as far as it can be followed, and the verdict on it.

    The plan is what lies between the first `plan` and `eos`; what comes before is the trace's affair. Its cost is
    recomputed (None where it cannot be followed to its end). The rules: `syntax` (no plan, a word that is none of a
    state, something other than `pad` behind `eos`), `eos` (missing), `start`, `step` (not the words of any successor),
    `goal`. Where several ways are written alike, the cheapest to a goal counts.
    """
    body, violations = _until_eos(words)
    if _PLAN not in body:
        return (), Verdict(None, (Violation("syntax", f"there is no word {_PLAN!r}"), *violations))
    clauses = [said for _, said in _clauses(body[body.index(_PLAN) :], (_PLAN,))]
    layers, broken = _follow(token_format, _speech(token_format, problem, PLAN), clauses)
    violations = [broken, *violations] if broken else violations
    if not layers:
        return (), Verdict(None, tuple(violations))
    goals = [state for state in layers[-1] if problem.is_goal(state)]
    if not broken and not goals:
        said = " ".join(clauses[-1])
        violations.insert(0, Violation("goal", f"the plan ends at {said!r}, after step {len(layers) - 1}: no goal"))
    last = min(goals or layers[-1], key=lambda state: layers[-1][state].cost)
    return _actions(layers, last), Verdict(None if broken else layers[-1][last].cost, tuple(violations))


def read_trace(token_format: TokenFormat, problem: Any, words: Sequence[str]) -> TraceReading:
    """Return the events of the trace in a target: what lies between `bos`, if it is there, and `plan` or `eos`.

    A `create` names the initial state at first, and then a successor of a closed state (of the last one, if the words
    fit); a `close` names a state that was created with the same g and h as often as it is closed.
    """
    ends = [words.index(word) for word in (_PLAN, _EOS) if word in words]
    reader = _TraceReader(_speech(token_format, problem, CREATE))
    part = words[1 if words and words[0] == _BOS else 0 : min(ends, default=len(words))]
    for number, (head, clause) in enumerate(_clauses(part, tuple(_KINDS)), 1):
        reader.read(token_format, number, head, clause)
    return TraceReading(tuple(reader.events), tuple(reader.candidates), tuple(reader.violations))


class _Step(NamedTuple):
    action: Any
    state: Any
    cost: int
    said: Said


class _Speech:
    """One problem with the words of its states, in plans or in traces; it remembers what it was asked."""

    def __init__(self, token_format: TokenFormat, problem: Any, head: int) -> None:
        wording = token_format.wording
        self._tokens = wording.plan_tokens if head == PLAN else wording.state_tokens
        self._words = wording.words
        self._domain, self._problem = token_format.domain, problem
        self._empty = Traces.of(self._domain.codes(problem), (), None, (), 1)
        self._steps: dict[Any, list[_Step]] = {}
        self.initial = problem.initial
        self.initial_said = self._said([self.codes(problem.initial)])[0]

    def codes(self, state: Any) -> Codes:
        return tuple(self._domain.state_codes(self._problem, state))

    def steps(self, state: Any) -> list[_Step]:
        """Return the successors of a state with their words."""
        if state not in self._steps:
            successors = list(self._problem.successors(state))
            said = self._said([self.codes(child) for _, child, _ in successors])
            pairs = zip(successors, said, strict=True)
            self._steps[state] = [_Step(action, child, cost, words) for (action, child, cost), words in pairs]
        return self._steps[state]

    def _said(self, states: list[Codes]) -> list[Said]:
        if not states:
            return []
        rows, numbers = np.array(states, np.int32), np.zeros(len(states), np.int32)
        empty, ends = self._empty, np.array([0, len(states)], np.int64)
        kinds = np.zeros(len(states), np.uint8)
        # The same rows as plan and as events: which of them count is the wording's method's affair.
        traces = Traces(empty.codes, empty.code_offsets, rows, ends, empty.costs, kinds, rows, numbers, numbers, ends)
        words = self._words
        return [tuple(words[token] for token in row if token >= 0) for row in self._tokens(traces).tolist()]


@lru_cache(maxsize=16)
def _speech(token_format: TokenFormat, problem: Any, head: int) -> _Speech:
    """Return the same for the many answers that are judged on one problem."""
    return _Speech(token_format, problem, head)


class _Reached(NamedTuple):
    cost: int
    parent: Any
    action: Any


_Layer = dict[Any, _Reached]


def _follow(
    token_format: TokenFormat, speech: _Speech, clauses: list[list[str]]
) -> tuple[list[_Layer], Violation | None]:
    """Return the states that each clause may stand for, up to the first that stands for none, and why that one does."""
    layers: list[_Layer] = []
    for number, clause in enumerate(clauses):
        said = tuple(clause)
        wrong = _no_state_word(token_format, said)
        if wrong is not None:
            reason = f"step {number}: {wrong!r} is no word of a state"
            return layers, Violation("syntax", reason)
        if number == 0:
            layer = {speech.initial: _Reached(0, None, None)} if said == speech.initial_said else {}
        else:
            layer = _next_layer(speech, layers[-1], said)
        if not layer and number == 0:
            expected = " ".join(speech.initial_said)
            return layers, Violation("start", f"the plan starts at {' '.join(said)!r} and not at {expected!r}")
        if not layer:
            before = " ".join(clauses[number - 1])
            reason = f"step {number}: {' '.join(said)!r} is not one step from {before!r}"
            return layers, Violation("step", reason)
        layers.append(layer)
    return layers, None


def _next_layer(speech: _Speech, layer: _Layer, said: Said) -> _Layer:
    reached: _Layer = {}
    for parent, (cost, _, _) in layer.items():
        for action, state, price, words in speech.steps(parent):
            if words == said and (state not in reached or cost + price < reached[state].cost):
                reached[state] = _Reached(cost + price, parent, action)
    return reached


def _actions(layers: list[_Layer], state: Any) -> tuple[Any, ...]:
    actions = []
    for layer in reversed(layers[1:]):
        _, parent, action = layer[state]
        actions.append(action)
        state = parent
    return tuple(reversed(actions))


_Known = dict[Said, dict[Any, dict[int, None]]]
"""The states that are written so, with every g at which a closed state reaches them; dicts, for their order."""


class _TraceReader:
    """Resolves the clauses of one trace, one after the other."""

    def __init__(self, speech: _Speech) -> None:
        self._speech = speech
        self._fresh: _Known = {speech.initial_said: {speech.initial: {0: None}}}
        self._known: _Known = {}
        self._open: dict[tuple[Said, int, int], int] = {}
        self._created: dict[tuple[Said, int, int], dict[Any, None]] = {}
        self.events: list[Event] = []
        self.candidates: list[tuple[Codes, ...]] = []
        self.violations: list[Violation] = []

    def read(self, token_format: TokenFormat, number: int, head: str, clause: list[str]) -> None:
        said = tuple(clause[:-2])
        costs = [token_format.places.get(word, 0) - FIRST_COST for word in clause[-2:]]
        if head not in _KINDS:
            return self._break("syntax", number, f"{head!r} begins no clause of a trace")
        if (
            not said
            or _no_state_word(token_format, said) is not None
            or not all(0 <= cost <= token_format.max_cost for cost in costs)
        ):
            return self._break("syntax", number, f"'{' '.join([head, *clause]):.80}' is not '{head} <state> c<g> c<h>'")
        g, h = costs
        states = self._create(number, said, g, h) if head == CONTROL[CREATE] else self._close(number, said, g, h)
        codes = tuple(self._speech.codes(state) for state in states)
        self.events.append(Event(_KINDS[head], codes[0] if len(codes) == 1 else None, g, h))
        self.candidates.append(codes)
        return None

    def _break(self, rule: str, number: int, reason: str) -> None:
        self.violations.append(Violation(rule, f"event {number}: {reason}"))

    def _create(self, number: int, said: Said, g: int, h: int) -> list[Any]:
        states: list[Any] = []
        for source in (self._fresh, self._known):
            states = states or [state for state, gs in source.get(said, {}).items() if g in gs]
        if not states:
            states = list((self._fresh.get(said) or self._known.get(said) or {}).keys())
            reason = f"no closed state reaches {' '.join(said)!r}"
            self._break("g" if states else "create", number, f"{reason} with c{g}" if states else reason)
        if not self._known:
            self._fresh = {}  # the initial state is created once
        self._open[said, g, h] = self._open.get((said, g, h), 0) + 1
        self._created.setdefault((said, g, h), {}).update(dict.fromkeys(states))
        return states

    def _close(self, number: int, said: Said, g: int, h: int) -> list[Any]:
        key = said, g, h
        if self._open.get(key, 0):
            self._open[key] -= 1
        else:
            self._break("close", number, f"no open state was created as '{' '.join(said)} c{g} c{h}'")
        states = list(self._created.get(key, {}))
        self._fresh = {}
        for state in states:
            for _, child, cost, words in self._speech.steps(state):
                for known in (self._fresh, self._known):
                    known.setdefault(words, {}).setdefault(child, {})[g + cost] = None
        return states


def _until_eos(words: Sequence[str]) -> tuple[Sequence[str], list[Violation]]:
    if _EOS not in words:
        return words, [Violation("eos", f"there is no {_EOS!r} after {len(words)} words")]
    end = words.index(_EOS)
    behind = next((word for word in words[end + 1 :] if word != _PAD), None)
    wrong = [] if behind is None else [Violation("syntax", f"{behind!r} follows {_EOS!r}")]
    return words[:end], wrong


def _clauses(words: Sequence[str], heads: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Yield each clause's head and other words; what comes before the first head is a clause of its own."""
    starts = [place for place, word in enumerate(words) if place == 0 or word in heads]
    for start, end in pairwise([*starts, len(words)]):
        yield words[start], list(words[start + 1 : end])


def _no_state_word(token_format: TokenFormat, words: Said) -> str | None:
    """Return the first word that is none of the domain's."""
    return next((word for word in words if token_format.places.get(word, 0) < token_format.first_word), None)
