"""`Dialogue`: a plain state machine: ask what is worth most, hear the answer, plan when nothing is worth asking."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import final

from planning.travel.dialogue.hearing import Heard, hear
from planning.travel.dialogue.merging import merge
from planning.travel.dialogue.slots import NEEDED, SLOTS
from planning.travel.dialogue.state import DialogueState, Exchange, Outcome
from planning.travel.dialogue.words import assumptions_of, closing_words, phrased
from planning.travel.dialogue.worth import Appraiser, Likely, Stakes
from planning.travel.inventory import Inventory
from planning.travel.llm import ChatModel, LanguageModelError
from planning.travel.translation import Translator
from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.rules import translate_by_rules
from planning.travel.trip import Answer

MAX_FAILURES = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """A question for one slot; `worth` is the change of the plan that is expected of it, None for what is needed."""

    path: str
    text: str
    worth: float | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """The end: the answer to the request, or None with what is `missing`; and what was assumed."""

    answer: Answer | None
    missing: tuple[str, ...]
    assumptions: tuple[str, ...]
    text: str


Choice = Callable[[DialogueState, Appraiser], tuple[str, float] | None]
"""Which open slot to ask for, with its worth; None to plan. Only asked once all that is needed is known."""


@final
@dataclass(slots=True)
class Dialogue:
    """A clarifying dialogue over one inventory. It keeps no state of its own but what it has computed before.

    `begin` reads the first text, `ask` returns the next question or the end, `hear` reads an answer; the state goes
    from one to the next as a value, and can be saved and resumed at any point. A language model (`translate`, `chat`)
    may read answers and phrase questions; which question is asked, and every fact, come from the solver. When it fails,
    the rules go on, and that is said once.

    Args:
        inventory: What can be booked.
        likely: Which answers are likely to which question.
        today: The day from which relative dates count.
        translate: Who reads texts and answers.
        chat: Who phrases questions; nobody where None.
        choose: Which question to ask; the one worth most by default.
        stakes: When a question is worth asking.
        profile: The rules of planning.
    """

    inventory: Inventory
    likely: Likely
    today: date
    translate: Translator = translate_by_rules
    chat: ChatModel | None = None
    choose: Choice | None = None
    stakes: Stakes = field(default_factory=Stakes)
    profile: str = "realistic"
    gazetteer: Gazetteer = field(init=False)
    _local: dict[tuple[str, ...], Gazetteer] = field(init=False, default_factory=dict)
    appraiser: Appraiser = field(init=False)

    def __post_init__(self) -> None:
        """Look up the names once."""
        self.gazetteer = Gazetteer.of(self.inventory)
        self.appraiser = Appraiser(self.inventory, self.likely, self.profile)

    def begin(self, text: str) -> tuple[DialogueState, tuple[str, ...]]:
        """Return the state after the traveller's first words, and remarks on them."""
        return self.hear(DialogueState(today=self.today, text=text.strip()), text)

    def ask(self, state: DialogueState) -> tuple[DialogueState, Question | Closing]:
        """Return the next question, and the state that waits for its answer; or the end."""
        needed = [path for path in NEEDED if path not in state.closed]
        if needed:
            return self._asked(state, needed[0], None)
        if state.missing:
            lacking = tuple(SLOTS[path].question for path in state.missing)
            return state, Closing(None, lacking, (), f"Without an answer there is no trip: {' '.join(lacking)}")
        chosen = self.choose(state, self.appraiser) if self.choose else self._most_worth(state)
        if chosen is not None:
            return self._asked(state, *chosen)
        answer = self.appraiser.plan(state)
        return state, Closing(answer, (), assumptions_of(state), closing_words(state, answer))

    def hear(self, state: DialogueState, answer: str) -> tuple[DialogueState, tuple[str, ...]]:
        """Return the state with an answer in it, and remarks: what was changed, refused, or not understood."""
        state, heard, remarks = self._heard(state, answer)
        merged = merge(state, heard, self.inventory)
        state = merged.state
        remarks += merged.remarks
        if heard.problems:
            remarks += tuple(heard.problems)
        if heard.not_understood and heard.kind != "contradictory":
            remarks += (f"I did not understand: {'; '.join(heard.not_understood)}.",)
        return self._settled(state, heard, merged.told, answer), remarks

    def _most_worth(self, state: DialogueState) -> tuple[str, float] | None:
        """Return the slot with the highest expected change among those that can change the plan by enough."""
        worths = self.appraiser.appraise(state, self.stakes)
        best = max(worths, key=lambda path: worths[path].expected, default=None)
        return None if best is None else (best, worths[best].expected)

    def _asked(self, state: DialogueState, path: str, worth: float | None) -> tuple[DialogueState, Question]:
        text = SLOTS[path].question
        if self.chat is not None and not state.llm_lost:
            try:
                text = phrased(text, self.chat)
            except LanguageModelError as error:
                _log.warning("the plain question is asked: %s", error)
                state = state.model_copy(update={"llm_lost": True})
        return state.model_copy(update={"pending": path}), Question(path, text, worth)

    def _heard(self, state: DialogueState, answer: str) -> tuple[DialogueState, Heard, tuple[str, ...]]:
        """Read an answer by the translator, or by the rules where that one is lost."""
        if not state.llm_lost:
            try:
                return state, self._read(state, answer, self.translate), ()
            except LanguageModelError as error:
                _log.warning("the rules read on: %s", error)
        told = () if state.llm_lost else ("The language model does not answer: I read on by my own rules.",)
        state = state.model_copy(update={"llm_lost": True})
        return state, self._read(state, answer, translate_by_rules), told

    def _read(self, state: DialogueState, answer: str, translate: Translator) -> Heard:
        return hear(answer, state.pending, translate, self.today, self._names(state))

    def _names(self, state: DialogueState) -> Gazetteer:
        """Return the names that an answer may use: of sights, those of the destination, which it need not name."""
        if "destination" not in state.closed or not state.fields.keys() & {"destination.cities", "destination.region"}:
            return self.gazetteer
        cities = tuple(state.fields.get("destination.cities", ())) or tuple(
            city.name for city in self.gazetteer.cities_in(state.fields["destination.region"])
        )
        if cities not in self._local:
            self._local[cities] = replace(self.gazetteer, attractions=self.gazetteer.attractions_of(cities))
        return self._local[cities]

    def _settled(self, state: DialogueState, heard: Heard, told: tuple[str, ...], answer: str) -> DialogueState:
        """Return the state with the pending slot closed, or to be asked again, and the exchange written down."""
        path = state.pending
        if path is None:
            return state
        closed, failures = dict(state.closed), dict(state.failures)
        if path not in told and path not in closed:
            outcome = self._outcome(path, heard, failures.get(path, 0))
            if outcome is None:
                failures[path] = failures.get(path, 0) + 1
            else:
                closed[path] = outcome
        exchange = Exchange(path=path, question=SLOTS[path].question, answer=answer[:1000])
        return state.model_copy(
            update={
                "closed": closed,
                "failures": failures,
                "pending": None,
                "exchanges": (*state.exchanges, exchange),
            }
        )

    def _outcome(self, path: str, heard: Heard, num_failures: int) -> Outcome | None:
        """Return how a slot that was not told is closed, None where it is worth another try."""
        if heard.evasion and not SLOTS[path].needed:
            return heard.evasion
        return "unknown" if num_failures + 1 >= MAX_FAILURES else None
