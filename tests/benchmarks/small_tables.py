"""A made-up country in the layout of TravelPlanner's tables, two queries about it, and a valid plan for one."""

import json
from pathlib import Path
from typing import Any

FLIGHT_COLUMNS = "Flight Number,Price,DepTime,ArrTime,ActualElapsedTime,FlightDate,OriginCityName,DestCityName,Distance"
TABLES = {
    "cities_with_states.txt": "Alba\tWestland\nBirk\tOstland\nCedar\tOstland\nElm\tWestland",
    "flights.csv": f"""{FLIGHT_COLUMNS}
F100,80,11:03,13:31,2 hours 28 minutes,2022-03-01,Alba,Birk,900.0
F101,95,23:10,00:40,1 hours 30 minutes,2022-03-05,Cedar,Alba,800.0
F102,60,09:00,10:00,1 hours 0 minutes,2022-03-05,Elm,Alba,300.0
F103,70,09:00,11:00,2 hours 0 minutes,2022-03-03,Birk,Alba,900.0
""",
    "distances.csv": """origin,destination,cost,duration,distance
Alba,Birk,,1 day 2 hours,"2,400 km"
Birk,Cedar,,1 hour 10 mins,98.6 km
Birk,Cedar,,1 hour 9 mins,40 km
Birk,Elm,,5 hours 1 min,470 km
Cedar,Birk,,1 hour 10 mins,98 km
Cedar,Alba,,11 hours,"1,060 km"
Elm,Birk,,,
""",
    "accommodations.csv": """,NAME,room type,price,minimum nights,review rate number,house_rules,maximum occupancy,city
0,Birk Inn,Entire home/apt,100.0,1.0,4.0,No pets,4,Birk
1,"Old Loft, with view ",Entire home/apt,120.0,2.0,3.0,No parties & No pets,2,Birk
2,Cedar House,Entire home/apt,90.0,2.0,4.0,No visitors,2,Cedar
3,Smokeless,Entire home/apt,80.0,1.0,4.0,No smoking & No pets,2,Cedar
4,Small Room,Private room,50.0,1.0,4.0,No pets,2,Cedar
5,Long Stay,Entire home/apt,50.0,3.0,4.0,No pets,2,Cedar
6,No Rules Told,Entire home/apt,10.0,1.0,4.0,,2,Cedar
7,Elm Rest,Entire home/apt,70.0,1.0,4.0,No pets,2,Elm
8,Twin Stay at the Mill,Entire home/apt,70.0,3.0,4.0,No pets,2,Cedar
9,Twin Stay,Entire home/apt,70.0,3.0,4.0,No pets,2,Cedar
""",
    "restaurants.csv": """,Name,City,Cuisines,Average Cost,Aggregate Rating
0,Bakery One,Birk,"Tea, Bakery",10,4.0
1,Taco Two,Birk,"Mexican, Pizza",20,4.0
2,"Three, and Sons",Birk,Seafood,30,4.0
3,Curry Leaf,Cedar,"Indian, Cafe",15,4.0
4,Cafe Royal,Cedar,"Cafe, French",90,4.0
5,Cafe,Cedar,"Cafe, BBQ",10,4.0
6,Corner,Cedar,Pizza,12,4.0
7,Diner,Cedar,"American, Pizza",14,4.0
8,Elm Bread,Elm,"Bakery, Indian",11,4.0
9,Elm Pot,Elm,Tea,12,4.0
10,Elm Grill,Elm,BBQ,13,4.0
11,Home Taco,Alba,"French, Mexican",5,4.0
""",
    "attractions.csv": """Name,Latitude,Longitude,Address,Phone,Website,City
Old Mill,50.1,10.1,"1 Mill Road, Birk",Unknown,Unknown,Birk
Water Tower,50.2,10.1,Birk,Unknown,Unknown,Birk
Cedar Park,51.1,11.1,Cedar,Unknown,Unknown,Cedar
Elm Hall,52.1,12.1,Elm,Unknown,Unknown,Elm
""",
}
QUERY: dict[str, Any] = {
    "idx": 7,
    "query": "Two of us leave Alba for 2 cities in Ostland, from March 1st to March 5th, 2022, and have $1,500.",
    "level": "hard",
    "org": "Alba",
    "dest": "Ostland",
    "days": 5,
    "visiting_city_number": 2,
    "date": ["2022-03-01", "2022-03-02", "2022-03-03", "2022-03-04", "2022-03-05"],
    "people_number": 2,
    "local_constraint": {
        "house rule": "smoking",
        "cuisine": ["Mexican", "Indian"],
        "room type": "entire room",
        "transportation": "no self-driving",
    },
    "budget": 1500,
    "reference_cities": ["Cedar", "Birk"],
}
SHORT_QUERY: dict[str, Any] = {
    **QUERY,
    "idx": 3,
    "query": "I want to go from Alba to Birk for 3 days, from March 1st to March 3rd, 2022, with a budget of $600.",
    "level": "easy",
    "dest": "Birk",
    "days": 3,
    "visiting_city_number": 1,
    "date": ["2022-03-01", "2022-03-02", "2022-03-03"],
    "people_number": 1,
    "local_constraint": {"house rule": None, "cuisine": None, "room type": None, "transportation": None},
    "budget": 600,
    "reference_cities": ["Birk"],
}


def day(number: int, city: str, **entries: str) -> dict[str, Any]:
    """Return a day of a plan with `-` for what is not given."""
    keys = ("transportation", "breakfast", "lunch", "dinner", "attraction", "accommodation")
    return {"days": number, "current_city": city, **dict.fromkeys(keys, "-"), **entries}


# Flights, a taxi, the nights, and the meals of two.
PLAN_COST = 2 * (80 + 95) + 98 + 2 * 100 + 2 * 90 + 2 * (10 + 20 + 30 + 14 + 15 + 12)
PLAN: list[dict[str, Any]] = [
    day(
        1,
        "from Alba to Birk",
        transportation="Flight Number: F100, from Alba to Birk, Departure Time: 11:03, Arrival Time: 13:31",
        accommodation="Birk Inn, Birk",
    ),
    day(
        2,
        "Birk",
        breakfast="Bakery One, Birk",
        lunch="Taco Two, Birk",
        dinner="Three, and Sons, Birk",
        attraction="Old Mill, Birk;Water Tower, Birk;",
        accommodation="Birk Inn, Birk",
    ),
    day(
        3,
        "from Birk to Cedar",
        transportation="Taxi, from Birk to Cedar, duration: 1 hour 10 mins, distance: 98.6 km, cost: 98",
        accommodation="Cedar House, Cedar",
    ),
    day(
        4,
        "Cedar",
        breakfast="Diner, Cedar",
        lunch="Curry Leaf, Cedar",
        dinner="Corner, Cedar",
        attraction="Cedar Park, Cedar;",
        accommodation="Cedar House, Cedar",
    ),
    day(
        5,
        "from Cedar to Alba",
        transportation="Flight Number: F101, from Cedar to Alba, Departure Time: 23:10, Arrival Time: 00:40",
    ),
]


def write_tables(directory: Path) -> Path:
    """Write the tables into a new directory."""
    directory.mkdir()
    for name, text in TABLES.items():
        (directory / name).write_text(text, encoding="utf-8", newline="")
    return directory


def write_queries(path: Path, *queries: dict[str, Any]) -> Path:
    """Write queries as JSON Lines."""
    path.write_text("".join(f"{json.dumps(query)}\n" for query in queries), encoding="utf-8")
    return path
