"""Trips: request, translation, inventory, formulation, rules, explanation, narration."""

from planning.travel.agenda import agenda
from planning.travel.alternatives import find_alternatives
from planning.travel.explanation import Explanation, explain
from planning.travel.ics import to_ics
from planning.travel.inventory import Inventory
from planning.travel.inventory.contract import check_inventory
from planning.travel.inventory.demo import open_demo
from planning.travel.inventory.tables import open_tables
from planning.travel.itinerary import Itinerary
from planning.travel.llm import LanguageModelError, openai_chat
from planning.travel.narration import narrate, narrate_with_llm
from planning.travel.pareto import pareto_front
from planning.travel.prices import price_constraints
from planning.travel.request import TravelRequest
from planning.travel.rules import check_rules
from planning.travel.translation import Translation, Translator
from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.llm_translation import llm_translator
from planning.travel.translation.rules import translate_by_rules
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
    "find_alternatives",
    "llm_translator",
    "narrate",
    "narrate_with_llm",
    "open_demo",
    "open_tables",
    "openai_chat",
    "pareto_front",
    "plan_trip",
    "price_constraints",
    "to_ics",
    "translate_by_rules",
]
