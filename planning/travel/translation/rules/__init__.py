"""The embedded translator: a span grammar that accounts for every word of a traveller's text."""

from planning.travel.translation.rules.assembly import translate_by_rules

__all__ = ["translate_by_rules"]
