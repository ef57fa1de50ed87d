"""From a traveller's words to constraints: the Protocol, the names, and the translators behind it."""

from planning.travel.translation.translator import MAX_TEXT_CHARS, Translation, Translator

__all__ = ["MAX_TEXT_CHARS", "Translation", "Translator"]
