"""A small world across an ocean, and the trip planned in it: a night flight, a drive, awkward names, two months."""

from datetime import date
from functools import cache

from planning.travel.inventory import City
from planning.travel.request import Dates, Destination, Provenance, TravelRequest
from planning.travel.trip import Answer, plan_trip
from tests.travel.tiny_world import TinyInventory, attraction, flight, hotel, restaurant, route

START = date(2027, 5, 28)
CITIES = (
    City("Boston", "Boston", "Massachusetts", "US", "America/New_York"),
    City("Porto", "Porto", "Portugal", "PT", "Europe/Lisbon"),
    City("Faro", "Faro", "Portugal", "PT", "Europe/Lisbon"),
)
_EATERIES = ("Café Sol & Mar", "May Garden", "Route 66 Grill", "Three Sisters", "O'Neill's", "Blue Boat", "La Paz, Old")
WORLD = TinyInventory(
    CITIES,
    flight_rows=(
        flight("Boston", "Porto", START, 1200, 1920, number="TW100", price_cents=410_50, duration_min=420, row=1),
        flight(
            "Faro", "Boston", date(2027, 6, 1), 720, 960, number="TW207", price_cents=390_00, duration_min=540, stops=1
        ),
    ),
    route_rows=(route("Porto", "Faro", 553.4, 325), route("Faro", "Porto", 553.4, 325)),
    hotel_rows=(
        hotel("Casa da Ponte", "Porto", 91_00, room_type="private room", rating=4.5),
        hotel("Twelve Oaks Inn", "Faro", 84_50, room_type="entire room"),
    ),
    restaurant_rows=tuple(
        restaurant(f"{name} {city}", city, 1100 + 150 * number, cuisines=("Seafood", "Portuguese"))
        for city in ("Porto", "Faro")
        for number, name in enumerate(_EATERIES)
    ),
    attraction_rows=(
        attraction("Old Lighthouse", "Porto", 600, latitude=41.15, longitude=-8.61),
        attraction("St. Anne's Church", "Porto"),
        attraction("Museum of 1,000 Tiles", "Faro", 850),
        attraction("Harbour Walk", "Faro"),
    ),
    label="a small made-up world",
)
REQUEST = TravelRequest(
    origin="Boston",
    destination=Destination(region="Portugal", num_cities=2),
    dates=Dates.starting(START, 5),
    adults=2,
    children=1,
    budget_cents=4_500_00,
    provenance={
        "origin": Provenance(source="stated", quotes=("from Boston",)),
        "destination.region": Provenance(source="stated", quotes=("Portugal",)),
        "budget_cents": Provenance(source="stated", quotes=("at most $4,500",)),
        "adults": Provenance(source="stated", quotes=("the three of us",)),
    },
)


@cache
def answer(profile: str = "realistic", *, with_certificate: bool = False) -> Answer:
    """Return the planned trip."""
    found = plan_trip(REQUEST, WORLD, profile=profile, with_certificate=with_certificate)
    assert found.itinerary is not None
    return found
