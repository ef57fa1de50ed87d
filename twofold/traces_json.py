"""`twofold traces --json`: one object with the same keys whatever was done."""

from typing import Any

SCHEMA_VERSION = 1


def failure(status: str, *problems: str) -> dict[str, Any]:
    """Return the object of a run that did nothing: every key is there, and `problems` says what is wrong."""
    return {
        "schema_version": SCHEMA_VERSION,
        "status": status,
        "action": None,
        "directory": None,
        "manifest": None,
        "example": None,
        "tokens": None,
        "problems": list(problems),
        "seconds": {},
    }


def done(action: str, directory: str, seconds: dict[str, float], **found: Any) -> dict[str, Any]:
    """Return the object of a run: what was made or shown is under `manifest`, `example` or `tokens`."""
    return failure("DONE") | {"action": action, "directory": directory, "seconds": seconds} | found
