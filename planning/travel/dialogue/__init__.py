"""The clarifying dialogue: it asks only what can change the plan, and says what it assumed."""

from planning.travel.dialogue.dialogue import Closing, Dialogue, Question
from planning.travel.dialogue.state import DialogueState
from planning.travel.dialogue.worth import Likely, Stakes

__all__ = ["Closing", "Dialogue", "DialogueState", "Likely", "Question", "Stakes"]
