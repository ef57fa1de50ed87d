"""`twofold trip --json`: one object with the same keys whatever the answer."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planning.travel.translation import Translation
    from planning.travel.trip import Answer
    from twofold.trip_extras import Extras

SCHEMA_VERSION = 1


def failure(status: str, *problems: str) -> dict[str, Any]:
    """Return the object of an answer that is none: every key is there, and `problems` says what is wrong."""
    return {
        "schema_version": SCHEMA_VERSION,
        "status": status,
        "request": None,
        "itinerary": None,
        "cost_cents": None,
        "certificate": None,
        "solve": {"solver": None, "seconds": None, "bound": None, "gap": None},
        "explanation": None,
        "prices": None,
        "alternatives": None,
        "pareto": None,
        "not_understood": [],
        "assumptions": [],
        "warnings": [],
        "missing": [],
        "problems": list(problems),
        "seconds": {},
    }


def untold(translation: "Translation", seconds: dict[str, float]) -> dict[str, Any]:
    """Return the object for a text that cannot be planned; `request` is what was understood of it so far."""
    return failure("NOT_UNDERSTOOD", *translation.problems) | {
        "request": translation.draft,
        "not_understood": list(translation.not_understood),
        "warnings": list(translation.warnings),
        "missing": list(translation.missing),
        "seconds": seconds,
    }


def answered(
    answer: "Answer", translation: "Translation | None", seconds: dict[str, float], extras: "Extras | None" = None
) -> dict[str, Any]:
    """Return the object for an answer: an itinerary, the proof that there is none, or neither, and the extras."""
    result = answer.result
    found = {
        "status": answer.status.value,
        "request": answer.request.model_dump(mode="json"),
        "itinerary": answer.itinerary.to_json() if answer.itinerary else None,
        "cost_cents": answer.itinerary.cost_cents if answer.itinerary else None,
        "certificate": asdict(answer.certificate) if answer.certificate else None,
        "solve": {"solver": result.solver, "seconds": result.seconds, "bound": result.bound, "gap": result.gap},
        "explanation": asdict(answer.explanation) if answer.explanation else None,
        "assumptions": list(answer.assumptions),
        "problems": [v.reason for v in answer.verdict.violations] if answer.verdict else [],
        "seconds": seconds,
    }
    if translation:
        found["not_understood"] = list(translation.not_understood)
        found["warnings"] = list(translation.warnings)
    if extras:
        found |= _beside(extras)
    return failure("") | found


def _beside(extras: "Extras") -> dict[str, Any]:
    found: dict[str, Any] = {"prices": asdict(extras.prices) if extras.prices else None}
    if extras.alternatives:
        plans = [
            {
                "cost_cents": plan.itinerary.cost_cents,
                "is_proven": plan.is_proven,
                "itinerary": plan.itinerary.to_json(),
            }
            for plan in extras.alternatives.plans
        ]
        found["alternatives"] = {
            "differ_by": extras.alternatives.measure,
            "plans": plans,
            "are_all": extras.alternatives.are_all,
            "complete": extras.alternatives.complete,
        }
    if extras.front:
        points = [{"scores": p.scores, "itinerary": p.itinerary.to_json()} for p in extras.front.points]
        found["pareto"] = {
            "objectives": list(extras.front.objectives),
            "points": points,
            "is_whole": extras.front.is_whole,
            "complete": extras.front.complete,
        }
    return found
