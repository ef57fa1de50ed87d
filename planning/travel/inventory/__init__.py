"""What can be booked: the records, the Protocol, and the inventories behind it."""

from planning.travel.inventory.records import (
    Attraction,
    City,
    Flight,
    Hotel,
    Inventory,
    Restaurant,
    Route,
    Source,
)

__all__ = ["Attraction", "City", "Flight", "Hotel", "Inventory", "Restaurant", "Route", "Source"]
