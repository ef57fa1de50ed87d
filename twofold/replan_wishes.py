"""Wishes that have changed, as `--changed WISH=VALUE` has them, put into a request."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from planning.travel.request import FIELD_PATHS, Provenance, TravelRequest
from solvers.registry import unknown

_FIXED = ("origin", "currency", "dates", "objective")
_LISTS = (
    "destination.cities",
    "lodging.house_rules",
    "food.cuisines",
    "food.avoid_cuisines",
    "transport.forbidden_modes",
    "places.must_see",
    "places.avoid",
)


def changed(request: TravelRequest, wishes: Sequence[str]) -> TravelRequest:
    """Return a request with other wishes: "budget=1500", "room_type=private room", "cuisines=Thai,Indian".

    Raises:
        ValueError: A wish is unknown (with "did you mean"), cannot change, or has a value that makes no sense.
    """
    data = request.model_dump(mode="json")
    for wish in wishes:
        name, sign, value = wish.partition("=")
        if not sign:
            raise ValueError(f"--changed {wish!r}: write it as WISH=VALUE, such as budget=1500")
        path = _path(name.strip())
        section, _, field = path.rpartition(".")
        (data[section] if section else data)[field] = _value(path, value.strip())
        stated = Provenance(source="stated", quotes=(f"{name.strip()}={value.strip()}",))
        data["provenance"][path] = stated.model_dump(mode="json")
    try:
        return TravelRequest.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"--changed: {place}: {message}" if place else f"--changed: {message}") from None


def _path(name: str) -> str:
    paths = {path: path for path in FIELD_PATHS if path not in _FIXED}
    short = {re.sub(r"_(cents|min)$", "", path.rpartition(".")[2]): path for path in paths}
    known = {**short, **{path.rpartition(".")[2]: path for path in paths}, **paths}
    if name.partition(".")[0] in _FIXED:
        raise ValueError(f"--changed {name}: that makes another trip; plan it with `twofold trip`")
    if name not in known:
        raise ValueError(f"--changed: {unknown('wish', name, short)}")
    return known[name]


def _value(path: str, text: str) -> Any:
    if path in _LISTS:
        return [] if text.casefold() == "none" else [item.strip() for item in text.split(",") if item.strip()]
    if text.casefold() == "none":
        return None
    if path.endswith("_cents"):
        return _cents(path, text)
    if path.endswith("_min"):
        return _minute(path, text)
    if path == "lodging.min_rating":
        return text
    return int(text) if re.fullmatch(r"\d{1,9}", text) else text


def _cents(path: str, text: str) -> int:
    read = re.fullmatch(r"\$?(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,2}))?", text)
    if read is None:
        raise ValueError(f"--changed {path}: {text!r} is no amount of money: write it like 1500 or 1499.50")
    return 100 * int(read[1].replace(",", "")) + int((read[2] or "").ljust(2, "0"))


def _minute(path: str, text: str) -> int:
    read = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if read is None or int(read[1]) > 23 or int(read[2]) > 59:
        raise ValueError(f"--changed {path}: {text!r} is no time of day: write it like 21:30")
    return 60 * int(read[1]) + int(read[2])
