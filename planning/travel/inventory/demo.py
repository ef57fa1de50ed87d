"""The embedded demo: real cities with made-up flights, roads, hotels, restaurants and opening hours."""

from pathlib import Path

import airportsdata

from planning.travel.inventory import Inventory
from planning.travel.inventory.demo_timetable import demo_flights, demo_routes
from planning.travel.inventory.demo_venues import demo_attractions, demo_hotels, demo_restaurants
from planning.travel.inventory.demo_world import demo_places
from planning.travel.inventory.store_cache import open_cached
from planning.travel.inventory.store_writing import STORE_VERSION, Meta, write_store

GENERATOR_VERSION = 2
AS_OF = "2026-01-01"


def open_demo(cache_dir: Path | None = None, seed: int = 0) -> Inventory:
    """Open the demo, generating it first where it is not cached.

    Everything but the cities and the names of their well-known sights is synthetic, and says so: `is_synthetic` is
    True and every source is a "demo." table. One seed gives one world, on every machine. Any date has its flights.

    Args:
        cache_dir: where to keep the file, `default_cache_dir()` where None.
        seed: of the timetable and of all prices, ratings and opening hours.
    """
    versions = f"{GENERATOR_VERSION}.{STORE_VERSION}-{airportsdata.__version__}"
    return open_cached(f"demo-{versions}-{seed}.sqlite", lambda path: _build(path, seed), cache_dir)


def _build(path: Path, seed: int) -> None:
    places = demo_places()
    write_store(
        path,
        meta=Meta(label=f"synthetic demo data, seed {seed}", is_synthetic=True),
        cities=[place.city for place in places],
        flights=demo_flights(places, AS_OF, seed),
        routes=demo_routes(places, AS_OF),
        hotels=demo_hotels(places, AS_OF, seed),
        restaurants=demo_restaurants(places, AS_OF, seed),
        attractions=demo_attractions(places, AS_OF, seed),
    )
