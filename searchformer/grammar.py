"""Which words may follow in an answer, so that a network can only write well-formed clauses.

An answer is `bos`, clauses `create|close <state> c<g> c<h>` (the first one a `create`; or none at all), one or more
clauses `plan <state>`, and `eos`. A grammar that does not need costs also allows clauses without both: a network may
have learned to leave them out (`dropping`). How a domain words a state is the `Shape` that its `Wording` declares. It
is declared and not gathered from recorded traces, since what a sample happens to lack would be forbidden for ever; a
wording that declares nothing allows one or more of any of its words. Sense is not checked: whether a state exists, or
follows, is for the replay to say.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from data.tokens import CLOSE, CREATE, EOS, FIRST_COST, PLAN, TokenFormat
from planning.domain import Shape

NOT_ALLOWED = -1


class Grammar:
    """The answers of one token format as an automaton over tokens; a state is a row of `following`.

    `following` [number of states, V] is the state that a token leads to, or −1 where it is not allowed. An answer
    begins, behind `bos`, in state `START`; `eos` leads back there.
    """

    START = 0

    def __init__(self, token_format: TokenFormat, *, needs_costs: bool = True) -> None:
        self.words = token_format.words
        self._places = token_format.places
        self._rows = [self._none()]
        self._costs = range(FIRST_COST, token_format.first_word)
        trace, plan = self._trace(token_format.wording.state_shape()), self._plan(token_format.wording.plan_shape())
        self._allow(self.START, {CREATE: trace, PLAN: plan})
        for state in (self._between_events,) if needs_costs else (self._between_events, self._worded):
            self._allow(state, {CREATE: trace, CLOSE: trace, PLAN: plan})
        self.following: NDArray[np.int64] = np.stack(self._rows)

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Return [number of states, V]: which tokens may follow in each state."""
        return np.asarray(self.following != NOT_ALLOWED)

    def after(self, tokens: Iterable[int], state: int = START) -> int:
        """Return the state that tokens (behind `bos`) lead to.

        Raises:
            ValueError: One of them is not allowed where it stands.
        """
        for number, token in enumerate(tokens, 1):
            following = int(self.following[state, token])
            if following == NOT_ALLOWED:
                raise ValueError(f"word {number} is {self.words[token]!r}, where {self._expected(state)} has to be")
            state = following
        return state

    def _expected(self, state: int) -> str:
        words = [self.words[token] for token in np.flatnonzero(self.allowed[state])]
        return f"{', '.join(words[:8])}{', …' if len(words) > 8 else ''}"

    def _none(self) -> NDArray[np.int64]:
        return np.full(len(self.words), NOT_ALLOWED, np.int64)

    def _new_state(self) -> int:
        self._rows.append(self._none())
        return len(self._rows) - 1

    def _allow(self, state: int, following: Mapping[int, int]) -> None:
        for token, to in following.items():
            self._rows[state][token] = to

    def _trace(self, shape: Shape) -> int:
        """Add the clauses of events, and return the state behind the word that begins one."""
        self._between_events = self._new_state()
        begun, estimated = self._new_state(), self._new_state()
        self._worded = self._new_state()
        self._state_words(shape, begun, self._worded)
        self._allow(self._worded, dict.fromkeys(self._costs, estimated))
        self._allow(estimated, dict.fromkeys(self._costs, self._between_events))
        return begun

    def _plan(self, shape: Shape) -> int:
        """Add the clauses of the plan, and return the state behind `plan`."""
        begun, worded = self._new_state(), self._new_state()
        self._state_words(shape, begun, worded)
        self._allow(worded, {PLAN: begun, EOS: self.START})
        return begun

    def _state_words(self, shape: Shape, begun: int, worded: int) -> None:
        """Lead from the state `begun` to the state `worded` by the words of a state of the domain."""
        if not shape.first:
            raise ValueError("a state has at least one word: a shape needs something in `first`")
        self._chain(shape.first, begun, worded)
        if shape.repeated:
            self._chain(shape.repeated, worded, worded)

    def _chain(self, slots: Sequence[Sequence[str]], state: int, end: int) -> None:
        for number, words in enumerate(slots, 1):
            to = end if number == len(slots) else self._new_state()
            self._allow(state, {self._places[word]: to for word in words})
            state = to
