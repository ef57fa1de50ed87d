"""Reading a request from a JSON file, with errors that name the line or the field."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from planning.travel.request import TravelRequest
from solvers.registry import unknown

MAX_BYTES = 1_000_000
MAX_ERRORS = 3


def read_request(path: Path) -> TravelRequest:
    """Return the request in a file, as `--save-request` writes it.

    Raises:
        ValueError: It is no such file; the message names the line and column, or the field.
        OSError: It cannot be read.
    """
    data = read_json(path, "request")
    try:
        return TravelRequest.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
        sentences = [_sentence(detail["loc"], detail["type"], detail["msg"]) for detail in found[:MAX_ERRORS]]
        more = [f"and {len(found) - MAX_ERRORS} more"] if len(found) > MAX_ERRORS else []
        raise ValueError(f"{path}: {'; '.join([*sentences, *more])}") from None


def read_json(path: Path, what: str) -> Any:
    """Return the JSON data in a file that is said to hold a request, or whatever else.

    Raises:
        ValueError: It is too large, or no JSON; the message names the line and column.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"{path} is larger than {MAX_BYTES:,} bytes: that is no {what}")
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}, line {error.lineno}, column {error.colno}: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}, byte {error.start}: this is no UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON that can be read: {error}") from None


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    where = ".".join(map(str, location))
    if kind == "extra_forbidden":
        section = ".".join(map(str, location[:-1]))
        return f"{unknown('field', str(location[-1]), _fields_of(location[:-1]))}" + (
            f" (in {section})" if section else ""
        )
    message = message.removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def _fields_of(location: tuple[int | str, ...]) -> list[str]:
    model: Any = TravelRequest
    for step in location:
        known = getattr(model, "model_fields", {}).get(step)
        model = known.annotation if known else None
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
