"""Trips: request, translation, inventory, formulation, rules, explanation, narration."""

from planning.travel.agenda import agenda
from planning.travel.demo import open_demo
from planning.travel.explanation import Explanation, explain
from planning.travel.gazetteer import Gazetteer
from planning.travel.ics import to_ics
from planning.travel.inventory import Inventory
from planning.travel.inventory_contract import check_inventory
from planning.travel.itinerary import Itinerary
from planning.travel.llm import LanguageModelError, openai_chat
from planning.travel.llm_translation import llm_translator
from planning.travel.narration import narrate, narrate_with_llm
from planning.travel.request import TravelRequest
from planning.travel.rules import check_rules
from planning.travel.rules_translation import translate_by_rules
from planning.travel.tables import open_tables
from planning.travel.translation import Translation, Translator
from planning.travel.trip import Answer, plan_trip

__all__ = [
    "Answer",
    "Explanation",
    "Gazetteer",
    "Inventory",
    "Itinerary",
    "LanguageModelError",
    "Translation",
    "Translator",
    "TravelRequest",
    "agenda",
    "check_inventory",
    "check_rules",
    "explain",
    "llm_translator",
    "narrate",
    "narrate_with_llm",
    "open_demo",
    "open_tables",
    "openai_chat",
    "plan_trip",
    "to_ics",
    "translate_by_rules",
]
