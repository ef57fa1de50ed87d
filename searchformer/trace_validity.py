"""Whether a written trace is one that A* could have written: every `create` and `close`, in this order.

Ties are free: children may be created in any order, and among open states of least f any may be closed. All else
follows from the problem and the heuristic (`solvers.search.astar`). `data.decoding.read_trace` says what the words mean
and finds the first four rules broken; the others are found by searching along with the trace:

    syntax   it is no clause of a trace
    create   neither the initial state, nor a successor of a closed one
    g        a created state has another g than its parent's and the step's cost
    close    no such open state was created
    h        a created state has another h than the heuristic says
    parent   a created state is not a successor of the state that was closed last
    again    a created state was there before with a g as low
    dead     a created state is one that the heuristic says no goal can be reached from
    missing  a state is closed, or the trace ends, before all successors of the last one were created
    stale    a closed state was created again, meanwhile, with a lower g
    order    a state is closed although another open one has a lower f
    late     something follows the close of a goal
    end      the trace ends before a goal is closed

Where words name several states (Sokoban's paper format does not write boxes that are on docks), a trace is valid if it
is for some choice of them; of choices that go on side by side, at most 64 are followed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from data.decoding import TraceReading, read_trace
from data.tokens import CLOSE, CONTROL, FIRST_COST, TokenFormat
from solvers.problem import Heuristic
from solvers.result import Violation
from solvers.search import CREATE, Event

RULES: Final = (
    *("syntax", "create", "g", "close"),
    *("h", "parent", "again", "dead", "missing", "stale", "order", "late", "end"),
)
MAX_CHOICES: Final = 64
FULL: Final = "full"
FORMS: Final = (FULL, "without_close", "without_costs", "none")
"""How searches are written that a network has learned with dropping (`searchformer.dropping`): the levels L0, L1, L2
and L3 (which lacks some `create` besides, and is not told apart), and L4."""


def form_of(token_format: TokenFormat, trace: Sequence[str]) -> str:
    """Return how the words of a trace are written: full as soon as anything is closed, whatever else they say.

    `trace_violation` judges full traces; of the others, A* has written none.
    """
    if not trace:
        return FORMS[-1]
    if CONTROL[CLOSE] in trace:
        return FULL
    places = (token_format.places.get(word, 0) for word in trace)
    return FORMS[1 if any(FIRST_COST <= place < token_format.first_word for place in places) else 2]


def trace_violation(
    token_format: TokenFormat, problem: Any, words: Sequence[str], heuristic: str | None = None
) -> Violation | None:
    """Return the first rule that the trace in a target breaks, or None where A* could have written it.

    Args:
        token_format: Of the words.
        problem: What is searched.
        words: The target: `bos`, if it is there, the trace, and then `plan` or `eos`, if they are there.
        heuristic: The name of the one to search with; the paper's, unless given.
    """
    reading = read_trace(token_format, problem, words)
    domain = token_format.domain
    world = _World(problem, domain.heuristic(problem, heuristic))
    searches, wrong = [_Search(world)], reading.violations[0] if reading.violations else None
    for number, (event, candidates) in enumerate(_agreed(reading), 1):
        states = [domain.state(problem, codes) for codes in candidates]
        going_on, broken = [], ""
        for search in searches:
            rule, after = search.take(event, states)
            going_on += after
            broken = broken or rule
        if not going_on:
            return Violation(broken, f"event {number}: {_WHY[broken]}")
        searches = _different(going_on)
    if wrong is None and all(not search.done for search in searches):
        rule = "missing" if all(search.owed() for search in searches) else "end"
        wrong = Violation(rule, f"after event {len(reading.events)}: {_WHY[rule]}")
    return wrong


_WHY: Final = {
    "create": "nothing was closed that it follows",
    "g": "the state that was closed last reaches it with another g",
    "close": "no such state is open",
    "h": "the heuristic says otherwise",
    "parent": "it does not follow the state that was closed last",
    "again": "it was there with a g as low",
    "dead": "the heuristic says that no goal can be reached from it",
    "missing": "not all successors of the state that was closed last were created",
    "stale": "it was created again, meanwhile, with a lower g",
    "order": "another open state has a lower f",
    "late": "a goal has been closed",
    "end": "no goal was closed",
}


def _agreed(reading: TraceReading) -> Iterator[tuple[Event, Sequence[tuple[int, ...]]]]:
    """Yield the events, with the states that they may mean, before the first that is broken by reading alone.

    All clauses before it are well-formed: its number among the clauses is its number among the events.
    """
    end = len(reading.events)
    if reading.violations:
        end = int(reading.violations[0].reason.removeprefix("event ").partition(":")[0]) - 1
    yield from zip(reading.events[:end], reading.candidates[:end], strict=True)


class _World:
    """A problem and its heuristic, asked once for each state."""

    def __init__(self, problem: Any, heuristic: Heuristic[Any]) -> None:
        self.problem, self._heuristic = problem, heuristic
        self._h: dict[Any, int | None] = {}

    def h(self, state: Any) -> int | None:
        if state not in self._h:
            self._h[state] = self._heuristic(state)
        return self._h[state]


class _Search:
    """A search that does what a trace says: the least g of each state, open states, and the successors still to create.

    `born` are the pairs of state and g that the last close (at first: the beginning) brings; those that are not better
    than what is there need not be created.
    """

    def __init__(self, world: _World) -> None:
        self.world = world
        self.least_g: dict[Any, int] = {}
        self.open: dict[Any, int] = {}
        self.open_f: dict[Any, int] = {}
        self.born: dict[Any, list[int]] = {world.problem.initial: [0]}
        self.done = False

    def copy(self) -> "_Search":
        """Return a search that goes on by itself."""
        other = _Search(self.world)
        other.least_g, other.open, other.open_f = dict(self.least_g), dict(self.open), dict(self.open_f)
        other.born, other.done = self.born, self.done  # replaced, never changed
        return other

    def take(self, event: Event, states: Sequence[Any]) -> tuple[str, list["_Search"]]:
        """Return the rule that is broken for the first of the states, and the searches that go on with the others."""
        if self.done:
            return "late", []
        if event.kind != CREATE and self.owed():
            return "missing", []
        rule_of = self.created if event.kind == CREATE else self.closed
        rules = [rule_of(state, event) for state in states]
        good = [state for state, rule in zip(states, rules, strict=True) if not rule]
        each = [self, *(self.copy() for _ in good[1:])]
        for search, state in zip(each, good, strict=False):
            search.enter(event, state)
        return next((rule for rule in rules if rule), ""), each[: len(good)]

    def created(self, state: Any, event: Event) -> str:
        """Return the rule that the creation of a state breaks, if any."""
        h = self.world.h(state)
        if state not in self.born:
            return "parent"
        if event.g not in self.born[state]:
            return "g"
        if h is None:
            return "dead"
        if h != event.h:
            return "h"
        return "again" if self.least_g.get(state, event.g + 1) <= event.g else ""

    def closed(self, state: Any, event: Event) -> str:
        """Return the rule that the close of a state breaks, if any."""
        if self.least_g.get(state, event.g) < event.g:
            return "stale"
        if self.open.get(state) != event.g or self.world.h(state) != event.h:
            return "close"
        return "order" if event.g + event.h > min(self.open_f.values()) else ""

    def enter(self, event: Event, state: Any) -> None:
        """Do what an event says."""
        if event.kind == CREATE:
            self.least_g[state] = self.open[state] = event.g
            self.open_f[state] = event.g + event.h
            return
        del self.open[state], self.open_f[state]
        self.done = self.world.problem.is_goal(state)
        self.born = {}
        for _, child, cost in self.world.problem.successors(state):
            self.born.setdefault(child, []).append(event.g + cost)

    def place(self) -> tuple[Any, ...]:
        """Return all on which it depends what may follow."""
        return self.least_g, self.open, self.born, self.done

    def owed(self) -> bool:
        """Tell whether A* would still create something before it closes a state."""
        return any(
            self.least_g.get(state, min(costs) + 1) > min(costs) and self.world.h(state) is not None
            for state, costs in self.born.items()
        )


def _different(searches: Iterable[_Search]) -> list[_Search]:
    """Return the searches that are not in the same place as an earlier one, and not more than are followed."""
    kept: list[_Search] = []
    for search in searches:
        if not any(search.place() == other.place() for other in kept):
            kept.append(search)
        if len(kept) == MAX_CHOICES:
            break
    return kept
