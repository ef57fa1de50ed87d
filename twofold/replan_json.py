"""`twofold replan --json`: the object of `twofold trip --json`, and under "replan" what changed."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from twofold.trip_json import failure

if TYPE_CHECKING:
    from planning.travel.replanning import Replan
    from planning.travel.replanning_bookings import Booking


def answered(found: "Replan", seconds: dict[str, float]) -> dict[str, Any]:
    """Return the object for an answer; it can be the file of the next `twofold replan`."""
    from planning.travel.replanning_file import story_json  # noqa: PLC0415  (`--help` needs none of it)

    result, itinerary = found.result, found.itinerary
    return failure("") | {
        "status": found.status.value,
        "request": found.request.model_dump(mode="json"),
        "itinerary": itinerary.to_json() if itinerary else None,
        "cost_cents": itinerary.cost_cents if itinerary else None,
        "solve": {"solver": result.solver, "seconds": result.seconds, "bound": result.bound, "gap": result.gap},
        "assumptions": list(found.assumptions),
        "problems": [violation.reason for violation in found.verdict.violations] if found.verdict else [],
        "seconds": seconds,
        "replan": {
            **story_json(found.disruption, found.now),
            "weights": asdict(found.weights),
            "change": found.change,
            "kept": [_booking(booking) for booking in found.kept],
            "given_up": [_booking(booking) for booking in found.given_up],
            "conflict": list(found.conflict),
            "repairs": [asdict(repair) for repair in found.repairs],
        },
    }


def _booking(booking: "Booking") -> dict[str, Any]:
    return {
        "name": booking.name,
        "kind": booking.kind,
        "city": booking.city,
        "day": booking.day.isoformat(),
        "weight": booking.weight,
    }
