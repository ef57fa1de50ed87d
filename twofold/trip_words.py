"""The sentences around an itinerary: what was understood, how sure the answer is, what would help."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from planning.travel.currency import money
from planning.travel.itinerary import Itinerary
from planning.travel.request import Dates, Destination, TravelRequest
from planning.travel.trip import Answer
from solvers.result import Status

MAX_LINES = 12

# In the order of the request. The currency is seen in the amounts.
LABELS = {
    "origin": "From",
    "destination.cities": "To",
    "destination.region": "To",
    "destination.num_cities": "Cities",
    "dates": "When",
    "adults": "Adults",
    "children": "Children",
    "budget_cents": "Budget",
    "lodging.room_type": "Room",
    "lodging.house_rules": "Lodging allows",
    "lodging.min_rating": "Lodging rated",
    "lodging.max_price_cents": "A night costs",
    "food.cuisines": "Food",
    "food.avoid_cuisines": "No food",
    "transport.forbidden_modes": "Not by",
    "transport.earliest_departure_min": "Leave from",
    "transport.latest_arrival_min": "Arrive by",
    "transport.max_stops": "Stops",
    "places.must_see": "Must see",
    "places.avoid": "Avoid",
    "pace": "Pace",
    "objective": "What counts",
}
_FORMS = {
    "lodging.min_rating": "{} or better",
    "lodging.max_price_cents": "at most {}",
    "transport.max_stops": "at most {}",
}


def understood(request: TravelRequest) -> Iterator[tuple[str, str, str]]:
    """Yield label, value and quoted words of every field that somebody stated, in the order of the request.

    Of a request that does not tell its sources, every field that is not as it is by default.
    """
    data, usual = request.model_dump(mode="json"), _usual().model_dump(mode="json")
    for path, label in LABELS.items():
        value = _at(data, path)
        is_said = request.source(path) != "default" or (not request.provenance and value != _at(usual, path))
        if is_said and value not in (None, []):
            quote = (request.quote(path) or "").strip(" ,.;:")
            yield label, value_words(path, value, request.currency), quote


def understood_so_far(draft: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield label and value of every field of a draft, which is shaped like a request and may lack anything."""
    for path, label in LABELS.items():
        value = _at(draft, path)
        if value not in (None, [], (), {}):
            yield label, value_words(path, value, str(draft.get("currency", "USD"))), ""


def value_words(path: str, value: Any, currency: str) -> str:
    """Return a field's value, as JSON has it, as people write it."""
    if path == "dates" and isinstance(value, Mapping):
        return _dates_words(value)
    if isinstance(value, Mapping):
        weights = {key.replace("_", " "): weight for key, weight in value.items() if weight}
        return ", ".join(f"{key} {weight}" for key, weight in weights.items()) if len(weights) > 1 else "".join(weights)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if path.endswith("_cents") and isinstance(value, int):
        value = money(value, currency)
    elif path.endswith("_min") and isinstance(value, int):
        value = f"{value // 60:02d}:{value % 60:02d}"
    elif path == "transport.max_stops" and value == 0:
        return "none"
    return _FORMS.get(path, "{}").format(value)


def status_words(answer: Answer) -> str:
    """Return in one line how much is known of an answer."""
    result, request = answer.result, answer.request
    is_cost = request.objective.rating == request.objective.travel_time == 0
    proven = []
    if answer.itinerary and result.bound is not None and is_cost:
        proven.append(f"bound {money(result.bound, request.currency)}")
    if answer.itinerary and result.gap is not None:
        proven.append(f"gap {100 * result.gap:.2g} %")
    facts = "; ".join(filter(None, (f"{result.solver}, {_seconds_words(result.seconds)}", ", ".join(proven))))
    better = "cheaper" if is_cost else "better"
    sentence = {
        Status.OPTIMAL: f"no {better} trip satisfies all of this",
        Status.FEASIBLE: f"the time limit struck before it was proven that there is no {better} trip",
        Status.INFEASIBLE: "no trip satisfies all of this",
        Status.UNKNOWN: "no trip was found, and no proof that there is none",
    }[answer.status]
    return f"{answer.status.value}: {sentence} ({facts})"


def certificate_words(answer: Answer) -> str:
    """Return in one line whether the answer is guaranteed, and why; empty where nobody asked."""
    certificate = answer.certificate
    if certificate is None:
        return ""
    return f"{'GUARANTEED' if certificate.guaranteed else 'NOT GUARANTEED'}: {certificate.reason}"


def explanation_words(answer: Answer) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield headings with their lines: the wishes that contradict each other, and what would help."""
    explanation = answer.explanation
    if explanation is None:
        return
    conflicts = [conflict.words for conflict in explanation.conflicts]
    if () in conflicts:
        yield (
            "No wish is to blame: whatever is given up, the offers between these cities on these days make no trip.",
            (),
        )
        return
    if len(conflicts) == 1:
        one = len(conflicts[0]) == 1
        yield "This wish cannot be fulfilled:" if one else "These wishes contradict each other:", conflicts[0]
    elif conflicts:
        yield "None of these can be fulfilled:", _first(" together with ".join(words) for words in conflicts)
    if explanation.repairs:
        yield "What would help, the cheapest trip first:", _first(repair.text for repair in explanation.repairs)
    if not explanation.complete:
        yield "There may be more than that: the time limit struck, or there are too many.", ()


def _first(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines, or the first ones of too many and how many more there are."""
    found = tuple(lines)
    more = len(found) - MAX_LINES
    return found if more <= 0 else (*found[:MAX_LINES], f"and {more} more (--json has all of them)")


def totals(itinerary: Itinerary) -> dict[str, int]:
    """Return the cost by category, in cents for all travellers."""
    days = itinerary.days
    return {
        "Travel": sum(day.leg.cost_cents for day in days if day.leg),
        "Hotels": sum(day.night.cost_cents for day in days if day.night),
        "Meals": sum(meal.cost_cents for day in days for meal in day.meals),
        "Visits": sum(visit.cost_cents for day in days for visit in day.visits),
    }


def total_words(itinerary: Itinerary, request: TravelRequest) -> str:
    """Return the cost of a trip by category, in all, and against the budget, in one line."""
    parts = " + ".join(
        f"{name} {money(cents, itinerary.currency)}" for name, cents in totals(itinerary).items() if cents
    )
    text = f"{parts} = {money(itinerary.cost_cents, itinerary.currency)}"
    if request.budget_cents is None:
        return text
    budget = money(request.budget_cents, itinerary.currency)
    left = money(request.budget_cents - itinerary.cost_cents, itinerary.currency)
    return f"{text}, {left} below the budget of {budget}"


def short_date(day: date) -> str:
    """Return a date in short: "Wed, May 12"."""
    return f"{day:%a, %b} {day.day}"


def _dates_words(dates: Mapping[str, Any]) -> str:
    known = {key: value for key, value in dates.items() if value}
    days = f"{known['num_days']} days" if "num_days" in known else ""
    ends = list(dict.fromkeys(_date_words(known[key]) for key in ("earliest", "latest") if key in known))
    try:
        is_window = not Dates.model_validate(dates).exact
    except ValueError:
        is_window = False
    if days and is_window:
        return f"{days} between {' and '.join(ends)}"
    return " to ".join(ends) + (f" ({days})" if days and ends else days)


def _date_words(day: Any) -> str:
    try:
        day = date.fromisoformat(str(day))
    except ValueError:
        return str(day)
    return f"{short_date(day)}, {day.year}"


def _usual() -> TravelRequest:
    """Return a request that holds the default wherever there is one."""
    return TravelRequest(origin="?", destination=Destination(cities=("??",)), dates=Dates.starting(date.min, 31))


def _at(data: Mapping[str, Any], path: str) -> Any:
    found: Any = data
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _seconds_words(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
