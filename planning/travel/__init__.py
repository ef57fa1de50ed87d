"""Trips: request, translation, inventory, encoding, rules, explanation, narration."""
