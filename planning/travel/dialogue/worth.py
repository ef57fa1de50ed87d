"""What a question is worth: how much its likely answers would change the best trip, computed by the solver."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from planning.travel.dialogue.state import DialogueState, request_of
from planning.travel.inventory import Inventory
from planning.travel.itinerary import Itinerary
from planning.travel.request import TravelRequest
from planning.travel.rules import check_rules
from planning.travel.trip import Answer, plan_trip

Likely = Callable[[TravelRequest, str, int | None], Sequence[tuple[Any, float]]]
"""What is likely answered when a request is asked for a slot: values with their probabilities.

The third argument is what the best trip costs so far. What remains to 1 is the probability of no wish.
"""

FIRST = ("adults", "transport.forbidden_modes", "objective", "transport.max_stops", "lodging.room_type")
"""The slots that are appraised first as long as nothing is known of any."""

NO_TRIP = 1.0
"""The change where an answer makes the trip impossible, as a share of its cost."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """When a question is worth asking.

    Its answers have to change the plan's cost by more than `threshold`, a share of it, with a probability of more than
    `min_risk`. After `max_cpu_s` of looking for the best question, one that is worth asking will do.
    """

    threshold: float = 0.01
    min_risk: float = 0.02
    max_cpu_s: float = 0.08


@dataclass(frozen=True, slots=True)
class Worth:
    """What asking for a slot is worth: the change of the plan's cost, as a share of it, on average and at most.

    `risk` is the probability of an answer that changes it by more than the threshold.
    """

    expected: float
    largest: float
    risk: float


@dataclass(slots=True)
class Appraiser:
    """Appraises questions for one inventory; what was computed for equal knowledge is not computed again."""

    inventory: Inventory
    likely: Likely
    profile: str = "realistic"
    time_limit_s: float = 5.0
    _plans: dict[str, Answer] = field(default_factory=dict)
    _worths: dict[tuple[str, str], Worth] = field(default_factory=dict)
    _before: dict[str, float] = field(default_factory=dict)

    def plan(self, state: DialogueState) -> Answer:
        """Return the answer to what is known so far."""
        request = state.request()
        answer = self._planned(request)  # perhaps of when it was a likely answer, and came from nobody's words
        return replace(answer, request=answer.request.model_copy(update={"provenance": request.provenance}))

    def appraise(self, state: DialogueState, stakes: Stakes) -> dict[str, Worth]:
        """Return the worth of the open slots that are worth a question: the plan is likely enough to change by enough.

        When it is late it is content with the ones found so far, if there are any; that nothing is worth a question is
        only said of all.
        """
        deadline = time.process_time() + stakes.max_cpu_s
        request = state.request()
        answer = self.plan(state)
        key = _key(request)
        found: dict[str, Worth] = {}
        for path in sorted(state.open_slots, key=self._promise):
            worth = self._worths.get((key, path))
            if worth is None:
                if found and time.process_time() > deadline:
                    continue
                worth, is_whole = self._worth(state, answer, path, stakes, deadline)
                if is_whole:
                    self._worths[key, path] = worth
                self._before[path] = worth.expected
            if worth.risk > stakes.min_risk:
                found[path] = worth
        return found

    def _promise(self, path: str) -> tuple[float, int]:
        """Return a key that sorts by what a slot was worth before, and at first in the order of likely worth."""
        return -self._before.get(path, 0.0), FIRST.index(path) if path in FIRST else len(FIRST)

    def _worth(
        self, state: DialogueState, answer: Answer, path: str, stakes: Stakes, deadline: float
    ) -> tuple[Worth, bool]:
        """Return the worth of a slot, and whether all answers are in it: when it is late, enough of them will do."""
        expected = largest = risk = 0.0
        cost_cents = answer.itinerary.cost_cents if answer.itinerary else None
        for value, probability in self.likely(answer.request, path, cost_cents):
            if risk > stakes.min_risk and time.process_time() > deadline:
                return Worth(expected, largest, risk), False
            change = self._change(state, state.request(), answer.itinerary, path, value)
            expected += change * probability
            largest = max(largest, change)
            risk += probability if change > stakes.threshold else 0.0
        return Worth(expected, largest, risk), True

    def _change(
        self, state: DialogueState, request: TravelRequest, itinerary: Itinerary | None, path: str, value: Any
    ) -> float:
        """Return by what share of its cost the best trip changes if a slot has a value; 0 where the plan fits it."""
        try:
            changed = request_of({**state.fields, path: value}, {}, ())
        except ValueError:
            return 0.0
        same_aim = (changed.objective, changed.num_people) == (request.objective, request.num_people)
        if itinerary is not None and same_aim and check_rules(itinerary, changed, self.inventory).valid:
            return 0.0  # the wish only takes possibilities away, and the best of all is still there
        other = self._planned(changed).itinerary
        if itinerary is None or other is None:
            return 0.0 if itinerary is other else NO_TRIP
        return abs(other.cost_cents - itinerary.cost_cents) / max(1, itinerary.cost_cents)

    def _planned(self, request: TravelRequest) -> Answer:
        key = _key(request)
        if key not in self._plans:
            self._plans[key] = plan_trip(
                request,
                self.inventory,
                profile=self.profile,
                time_limit_s=self.time_limit_s,
                with_explanation=False,
            )
        return self._plans[key]


def _key(request: TravelRequest) -> str:
    return request.model_dump_json(exclude={"provenance"})
