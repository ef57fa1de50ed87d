"""What can be asked: the fields of a request, each with its question, and how a short answer to it is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """A field that can be asked for.

    `carriers` are sentences in which a short answer ("four", "8 pm") means what it means behind the question; `open`
    says what is assumed where nothing is known, and is empty where nothing can be.
    """

    path: str
    question: str
    carriers: tuple[str, ...] = ()
    open: str = ""

    @property
    def needed(self) -> bool:
        """Tell whether there is no trip without it."""
        return not self.open


_SLOTS = (
    Slot("origin", "Where does the trip start?", ("from {}", "starting in {}")),
    Slot("destination", "Where do you want to go?", ("to {}", "we want to visit {}")),
    Slot("dates", "When do you travel, and for how many days?", ("from {}", "{}", "for {}", "in {}")),
    Slot(
        "adults",
        "How many of you travel, children included?",
        ("for {} people", "we are {}", "for {}", "there are {} of us"),
        "one adult travels",
    ),
    Slot("budget_cents", "What may the whole trip cost?", ("Our budget is {}.", "Budget: {}."), "no limit to the cost"),
    Slot(
        "objective",
        "What counts most: a low cost, good ratings, or little time on the road?",
        ("We want {}.", "{} matters most.", "Go for {}."),
        "the least cost is wanted",
    ),
    Slot(
        "lodging.room_type",
        "What kind of room do you want: an entire place, a private room, or a shared one?",
        ("We want {} room.", "Room type: {}.", "We want {}."),
        "any kind of room will do",
    ),
    Slot(
        "lodging.house_rules",
        "Does the place have to allow anything: pets, smoking, parties, visitors, small children?",
        ("The place must allow {}.", "{} must be allowed.", "We bring {}."),
        "no house rule matters",
    ),
    Slot(
        "lodging.min_rating",
        "Is there a lowest rating that the hotel has to have?",
        ("The hotel needs at least {} stars.", "Hotels rated {} or better."),
        "no lowest rating for the hotel",
    ),
    Slot(
        "lodging.max_price_cents",
        "Is there a highest price for a room, a night?",
        ("At most {} a night.", "The room may cost up to {} dollars per night."),
        "no highest price of a night",
    ),
    Slot(
        "transport.forbidden_modes",
        "Is there a way to travel that you rule out: flights, driving, taxis?",
        ("No {}.", "We do not want {}."),
        "no way of travelling is ruled out",
    ),
    Slot(
        "transport.max_stops",
        "Do flights have to be non-stop?",
        ("{} flights only.", "At most {} stops."),
        "flights may have stops",
    ),
    Slot(
        "transport.earliest_departure_min",
        "Is there an hour before which you do not want to leave?",
        ("No departure before {}.",),
        "the usual hours of departure",
    ),
    Slot(
        "transport.latest_arrival_min",
        "Is there an hour after which you do not want to arrive?",
        ("No arrival after {}.",),
        "the usual hours of arrival",
    ),
    Slot(
        "food.cuisines",
        "Is there a cuisine that you want to have on this trip?",
        ("We want {} food.", "Cuisines: {}."),
        "no cuisine is asked for",
    ),
    Slot(
        "food.avoid_cuisines",
        "Is there a cuisine that you do not want?",
        ("No {} food.", "We avoid {} food."),
        "no cuisine is ruled out",
    ),
    Slot(
        "places.must_see",
        "Is there a sight that you must see?",
        ("We must see {}.", "We want to visit {}."),
        "no sight is a must",
    ),
    Slot(
        "places.avoid",
        "Is there a place that you do not want to see?",
        ("Please skip {}.", "We do not want to see {}."),
        "no place is left out",
    ),
    Slot(
        "pace",
        "How full should the days be: relaxed, moderate, or packed?",
        ("At a {} pace.", "We want it {}."),
        "a moderate pace",
    ),
)
SLOTS: dict[str, Slot] = {slot.path: slot for slot in _SLOTS}
NEEDED = tuple(slot.path for slot in _SLOTS if slot.needed)
OPTIONAL = tuple(slot.path for slot in _SLOTS if not slot.needed)


def slot_of(path: str) -> str:
    """Return the slot that a field belongs to: all of a destination is one, and so are adults and children."""
    if path.startswith("destination."):
        return "destination"
    return {"children": "adults", "currency": "budget_cents"}.get(path, path)
