"""What an answer changes: new fields are taken over, corrections replace what was said, contradictions are refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planning.travel.completion import complete
from planning.travel.dialogue.hearing import Heard, joined_dates
from planning.travel.dialogue.slots import NEEDED, SLOTS, slot_of
from planning.travel.dialogue.state import DialogueState, request_of
from planning.travel.inventory import Inventory
from planning.travel.profile import REALISTIC

_OPPOSITES = {
    "food.cuisines": "food.avoid_cuisines",
    "food.avoid_cuisines": "food.cuisines",
    "places.must_see": "places.avoid",
    "places.avoid": "places.must_see",
}
_BY_AGE = ["children under 10"]
_OF_PLACES = ("places.must_see", "places.avoid")


@dataclass(frozen=True, slots=True)
class Merged:
    """A state with what an answer says in it, the slots that it tells, and remarks to the traveller."""

    state: DialogueState
    told: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def merge(state: DialogueState, heard: Heard, inventory: Inventory) -> Merged:
    """Return the state with what was heard; where that contradicts the rest, the state as it was and a remark."""
    said, ignored = _allowed(state, heard)
    remarks = [f"I keep {SLOTS[slot].path} as it is: say “actually …” to change it." for slot in ignored]
    fields = dict(state.fields)
    if any(slot_of(path) == "destination" for path in said):
        fields = {path: value for path, value in fields.items() if slot_of(path) != "destination"}
        if state.closed.get("destination") == "stated":
            dropped = [path for path in _OF_PLACES if path in fields and path not in said]
            fields = {path: value for path, value in fields.items() if path not in dropped}
            remarks += [
                f"The sights belonged to the other destination, and are forgotten ({path})." for path in dropped
            ]
    for path, value in said.items():
        new = _joined(path, fields.get(path), value)
        if path in fields and new != fields[path]:
            remarks.append(f"Changed: {_shown(path, new)} instead of {_shown(path, fields[path])}.")
        fields[path] = new
        _take_from_opposite(fields, path, new)
    _count_everyone(fields, said)
    told = tuple(dict.fromkeys(slot for slot in map(slot_of, said) if _is_whole(slot, fields)))
    if state.pending != "lodging.house_rules" and said.get("lodging.house_rules") == _BY_AGE:
        told = tuple(slot for slot in told if slot != "lodging.house_rules")  # their age says so; there may be more
    closed = {**state.closed, **dict.fromkeys(told, "stated")}
    quotes = {**state.quotes, **{path: heard.quotes[path] for path in said if path in heard.quotes}}
    merged = state.model_copy(update={"fields": fields, "quotes": quotes, "closed": closed})
    problem = _problem(merged, inventory)
    if problem:
        return Merged(state, (), (f"{problem[:1].upper()}{problem[1:]}.",))
    return Merged(merged, told, tuple(remarks))


def _allowed(state: DialogueState, heard: Heard) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what is taken over: where the trip starts and goes changes only if it is asked for or corrected."""
    ignored = [
        slot
        for slot in ("origin", "destination")
        if state.closed.get(slot) == "stated" and state.pending != slot and not heard.is_correction
    ]
    said = {path: value for path, value in heard.fields.items() if slot_of(path) not in ignored}
    differs = {
        slot_of(path)
        for path, value in heard.fields.items()
        if path not in said and state.fields.get(path) != value and path != "destination.num_cities"
    }
    return said, tuple(slot for slot in ignored if slot in differs)


def _joined(path: str, old: Any, new: Any) -> Any:
    if path == "dates":
        return joined_dates(old, new)
    if isinstance(new, list) and isinstance(old, list):
        return [*old, *(each for each in new if each not in old)]
    return new


def _take_from_opposite(fields: dict[str, Any], path: str, new: Any) -> None:
    other = _OPPOSITES.get(path)
    if other in fields:
        rest = [each for each in fields[other] if each not in new]
        fields |= {other: rest}
        if not rest:
            del fields[other]


def _count_everyone(fields: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Let "four of us" be everyone where children were told of before."""
    children = fields.get("children", 0)
    if "adults" in said and "children" not in said and children and fields["adults"] > children:
        fields["adults"] -= children


def _is_whole(slot: str, fields: Mapping[str, Any]) -> bool:
    """Tell whether a slot needs no further question: dates are whole with a first day, a last one and a length."""
    return slot != "dates" or {"earliest", "latest", "num_days"} <= fields["dates"].keys()


def _problem(state: DialogueState, inventory: Inventory) -> str:
    """Return what is wrong with all that is known, as far as it makes a request; nothing where it does not yet."""
    if any(state.closed.get(path) != "stated" for path in NEEDED):
        return ""
    try:
        complete(request_of(state.fields, state.quotes, state.asked), REALISTIC, inventory)
    except ValueError as error:
        return str(error).rstrip(".")
    return ""


def _shown(path: str, value: Any) -> str:
    if path.endswith("_cents"):
        return f"{value / 100:,.0f}"
    if path == "dates":
        return " to ".join(str(value[name]) for name in ("earliest", "latest") if name in value)
    if path.endswith("_min"):
        return f"{value // 60}:{value % 60:02d}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
