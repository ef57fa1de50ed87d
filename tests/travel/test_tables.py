"""The tables of a directory are read cell by cell, and whatever is broken is refused by file, line and column."""

import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from planning.travel.inventory import City, Flight, Hotel, Inventory, Restaurant, Route, Source
from planning.travel.inventory import tables as tables_module
from planning.travel.inventory.contract import check_inventory
from planning.travel.inventory.local_time import local_arrival_min
from planning.travel.inventory.table_cells import TableError, cents, road_km, span_min, whole_number
from planning.travel.inventory.tables import open_tables

SHARED = Path(__file__).parents[3] / "shared" / "data" / "travelplanner"
# Table, what to replace there, by what; then the line, column and value to be named, and what is expected there.
Case = tuple[str, str, str, int, str | None, str | None, str]
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="TravelPlanner's tables are not beside the project")
CHANGED = datetime(2022, 4, 1, 12, tzinfo=UTC)

TABLES = {
    "cities_with_states.txt": "Denver\tColorado\nDetroit\tMichigan\nPanama City\tFlorida\nLyon\tRhone\n",
    "accommodations.csv": (
        ",NAME,room type,price,minimum nights,review rate number,house_rules,maximum occupancy,city\n"
        "0,Loft; with view ,Entire home/apt,131.0,1.0,2.0,No smoking & No pets,4,Denver\n"
        "1,No rules,Private room,99.0,1.0,3.0,,2,Denver\n"
        '2,"Two\nlines",Private room,80.5,2.0,3.0,No pets,2,Denver\n'
        "3,Bunk,Shared room,20,30.0,5,No parties,1,Lyon\n"
    ),
    "restaurants.csv": (
        ",Name,City,Cuisines,Average Cost,Aggregate Rating\n"
        '0,"Tea, and more",Denver,"Tea, Pizza",46,4.8\n1,Tea,Denver,Indian,9,0.0\n'
    ),
    "attractions.csv": (
        "Name,Latitude,Longitude,Address,Phone,Website,City\n"
        'Old Fort,39.7,-104.9,"1 Fort Rd, Denver",Unknown,Unknown,Denver\n'
    ),
    "distances.csv": (
        "origin,destination,cost,duration,distance\n"
        'Denver,Detroit,,1 day 3 hours,"2,044 km"\nDetroit,Denver,,,\nDenver,Lyon,,45 mins,850 m\n'
    ),
    "flights.csv": (
        "Flight Number,Price,DepTime,ArrTime,ActualElapsedTime,FlightDate,OriginCityName,DestCityName,Distance\n"
        "F1,260,05:57,10:10,2 hours 13 minutes,2022-03-01,Denver,Detroit,1123.0\n"
        "F2,99.5,21:56,02:09,2 hours 13 minutes,2022-03-01,Denver,Detroit,1123.0\n"
        "F3,80,23:30,00:10,2 hours 40 minutes,2022-03-01,Detroit,Denver,1123.0\n"
    ),
}


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    directory = tmp_path / "tables"
    directory.mkdir()
    for name, content in TABLES.items():
        (directory / name).write_text(content, encoding="utf-8", newline="")
        os.utime(directory / name, (CHANGED.timestamp(),) * 2)
    return directory


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_every_cell_is_kept_as_it_is(tables: Path, cache: Path) -> None:
    inventory = open_tables(tables, cache)
    assert (inventory.label, inventory.is_synthetic, inventory.currency) == ("tables in tables", False, "USD")
    day, as_of = date(2022, 3, 1), "2022-04-01"
    assert inventory.cities() == (
        City("Denver", "Denver", "Colorado", "US", "America/Denver"),
        City("Detroit", "Detroit", "Michigan", "US", inventory.cities()[1].time_zone),
        City("Panama City", "Panama City", "Florida", "US", ""),  # Florida has two zones
        City("Lyon", "Lyon", "Rhone"),
    )
    assert inventory.cities()[1].time_zone in ("America/Detroit", "America/New_York")
    assert inventory.hotels("Denver") == (
        Hotel("Loft; with view ", "Denver", "entire room", 13100, 1, 4, 2.0, "No smoking & No pets",
              Source("accommodations.csv", 1, as_of)),
        Hotel("Two\nlines", "Denver", "private room", 8050, 2, 2, 3.0, "No pets",
              Source("accommodations.csv", 3, as_of)),
    )  # fmt: skip
    assert inventory.restaurants("Denver") == (
        Restaurant("Tea, and more", "Denver", ("Tea", "Pizza"), 4600, 4.8, Source("restaurants.csv", 1, as_of)),
        Restaurant("Tea", "Denver", ("Indian",), 900, 0.0, Source("restaurants.csv", 2, as_of)),
    )
    (fort,) = inventory.attractions("Denver")
    assert (fort.name, fort.price_cents, fort.rating) == ("Old Fort", 0, None)
    assert (fort.opens_min, fort.closes_min, fort.closed_weekdays) == (0, 1440, ())
    assert inventory.routes(["Denver", "Detroit"], ["Denver", "Detroit", "Lyon"]) == (
        Route("Denver", "Detroit", 2044.0, 27 * 60, Source("distances.csv", 1, as_of)),
        Route("Denver", "Lyon", 0.85, 45, Source("distances.csv", 3, as_of)),
    )
    first, late, west = inventory.flights(["Detroit", "Denver"], ["Denver", "Detroit"], day, day)
    assert first == Flight("F1", "Denver", "Detroit", day, 357, 610, 133, 26000, 0, Source("flights.csv", 1, as_of))
    assert (late.arrive_min, late.price_cents) == (1440 + 129, 9950)
    assert west.arrive_min == 1440 + 10


def test_the_contract_holds(tables: Path, cache: Path) -> None:
    assert check_inventory(open_tables(tables, cache), date(2022, 3, 1), date(2022, 3, 2)) == ()


def test_a_changed_table_is_read_again_and_an_unchanged_one_is_not(tables: Path, cache: Path) -> None:
    before = open_tables(tables, cache)
    (built,) = cache.iterdir()
    stamp = built.stat().st_mtime_ns
    open_tables(tables, cache)
    assert built.stat().st_mtime_ns == stamp
    with (tables / "restaurants.csv").open("a", encoding="utf-8") as file:
        file.write("2,New,Denver,Thai,5,4.0\n")
    assert len(open_tables(tables, cache).restaurants("Denver")) == 3
    assert len(before.restaurants("Denver")) == 2


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_file_is_named(tables: Path, cache: Path, name: str) -> None:
    (tables / name).unlink()
    with pytest.raises(TableError, match=f"{name}: expected this file in ") as caught:
        open_tables(tables, cache)
    assert (caught.value.file, caught.value.line, caught.value.column) == (name, None, None)


@pytest.mark.parametrize("name", [name for name in TABLES if name.endswith(".csv")])
def test_an_empty_file_has_no_columns(tables: Path, cache: Path, name: str) -> None:
    (tables / name).write_text("")
    with pytest.raises(TableError, match="expected one column of this name") as caught:
        open_tables(tables, cache)
    assert (caught.value.file, caught.value.line) == (name, 1)


@pytest.mark.parametrize(
    "case",
    [
        ("accommodations.csv", "room type", "roomtype", 1, "room type", None, "did you mean 'roomtype'?"),
        ("accommodations.csv", "NAME,", "price,", 1, "NAME", None, "one column of this name"),
        ("accommodations.csv", "131.0", "$131", 2, "price", "$131", "a price like 131"),
        ("accommodations.csv", "131.0", "-131.0", 2, "price", "-131.0", "a price"),
        ("accommodations.csv", "131.0", "nan", 2, "price", "nan", "a price"),
        ("accommodations.csv", "131.0", "1_31", 2, "price", "1_31", "a price"),
        ("accommodations.csv", "131.0", " ", 2, "price", " ", "a price"),
        ("accommodations.csv", "Entire home/apt", "Tent", 2, "room type", "Tent", "one of Entire home/apt, Private"),
        ("accommodations.csv", "2,Denver\n3", "none,Denver\n3", 5, "maximum occupancy", "none", "a whole number"),
        ("accommodations.csv", "Bunk,Shared", "Bunk,Bunk", 6, "room type", "Bunk room", "one of"),
        ("accommodations.csv", "30.0", "2.5", 6, "minimum nights", "2.5", "a whole number of at least 1"),
        ("accommodations.csv", "30.0", "0", 6, "minimum nights", "0", "a whole number of at least 1"),
        ("accommodations.csv", "99.0,1.0", "99.0,one", 3, "minimum nights", "one", "a whole number"),
        ("accommodations.csv", ",5,No parties", ",6,No parties", 6, "review rate number", "6", "a rating from 0 to 5"),
        ("accommodations.csv", "1,Lyon", "1", 6, None, "8 cells", "9, as in the first line"),
        ("accommodations.csv", "Bunk", '"Bunk" bed', 6, None, None, "well-formed CSV"),
        ("accommodations.csv", "Bunk", '"Bunk', 6, None, None, "well-formed CSV (unexpected end of data)"),
        ("restaurants.csv", "4.8", "", 2, "Aggregate Rating", "", "a value"),
        ("restaurants.csv", "Tea, Pizza", "Tea, ", 2, "Cuisines", "Tea, ", "names separated by"),
        ("attractions.csv", "39.7", "139.7", 2, "Latitude", "139.7", "degrees from -90 to 90"),
        ("attractions.csv", "-104.9", "104.9W", 2, "Longitude", "104.9W", "degrees from -180 to 180"),
        ("distances.csv", "2,044 km", "20,44 km", 2, "distance", "20,44 km", "a distance like"),
        ("distances.csv", "2,044 km", "2,044 mi", 2, "distance", "2,044 mi", "a distance like"),
        ("distances.csv", "1 day 3 hours", "27:00", 2, "duration", "27:00", "a duration like"),
        ("distances.csv", "1 day 3 hours,", "soon,", 2, "duration", "soon", "a duration like"),
        ("distances.csv", "Detroit,Denver,,,", "Detroit,Denver,,,far", 3, "distance", "far", "a distance like"),
        ("distances.csv", "Detroit,Denver,,,", ",Denver,,,", 3, "origin", "", "a value"),
        ("flights.csv", "05:57", "5:57 am", 2, "DepTime", "5:57 am", "a time of day like 05:57"),
        ("flights.csv", "02:09", "26:09", 3, "ArrTime", "26:09", "a time of day"),
        ("flights.csv", "2 hours 40 minutes", "160", 4, "ActualElapsedTime", "160", "a duration like"),
        ("flights.csv", "2 hours 40 minutes", "0 hours 0 minutes", 4, "ActualElapsedTime", None, "a duration like"),
        ("flights.csv", "2022-03-01", "2022-02-29", 2, "FlightDate", "2022-02-29", "a day like 2022-03-01"),
        ("flights.csv", "2022-03-01", "20220301", 2, "FlightDate", "20220301", "a day like 2022-03-01"),
        ("flights.csv", "260", "", 2, "Price", "", "a value"),
        ("cities_with_states.txt", "Detroit\t", "Detroit ", 2, None, "Detroit Michigan", "a city, a tab and a state"),
        ("cities_with_states.txt", "Detroit\t", "\t", 2, "city", "", "a value"),
        ("cities_with_states.txt", "Detroit\t", "Denver\t", 2, "city", "Denver", "each city once"),
    ],
)
def test_what_is_broken_is_named(tables: Path, cache: Path, case: Case) -> None:
    name, old, new, line, column, value, expected = case
    content = TABLES[name].replace(old, new, 1)
    assert content != TABLES[name]
    (tables / name).write_text(content, encoding="utf-8", newline="")
    with pytest.raises(TableError) as caught:
        open_tables(tables, cache)
    error = caught.value
    assert (error.file, error.line, error.column) == (name, line, column)
    assert value is None or error.value == value
    for said in (name, f"line {line}", expected, repr(column) if column else "", repr(value) if value else ""):
        assert said in str(error)
    assert list(cache.iterdir()) == []


def test_bytes_that_are_not_utf8_are_named(tables: Path, cache: Path) -> None:
    content = (tables / "restaurants.csv").read_bytes().replace(b"1,Tea,", b"1,Caf\xe9,")
    (tables / "restaurants.csv").write_bytes(content)
    with pytest.raises(TableError, match=r"restaurants\.csv, line 3, column 'Name': .*expected UTF-8 text"):
        open_tables(tables, cache)


def test_other_columns_order_line_ends_and_a_byte_order_mark_do_not_matter(tables: Path, cache: Path) -> None:
    content = "\ufeffCity,Name,Stars,Aggregate Rating,Cuisines,Average Cost\r\nDenver,Tea,,4.5,Thai,7\r\n"
    (tables / "restaurants.csv").write_text(content, encoding="utf-8", newline="")
    (tea,) = open_tables(tables, cache).restaurants("Denver")
    assert (tea.name, tea.cuisines, tea.price_cents, tea.rating) == ("Tea", ("Thai",), 700, 4.5)


def test_numbers_of_cells() -> None:
    assert [span_min(cell) for cell in ("1 hour 1 min", "2 days 1 hour", "0 hours 41 minutes", "3 hours")] == [
        61,
        49 * 60,
        41,
        180,
    ]
    assert [road_km(cell) for cell in ("1,144 km", "1,234,567 km", "98.6 km", "850 m", "1144 km")] == [
        1144.0,
        1234567.0,
        98.6,
        0.85,
        1144.0,
    ]
    assert [cents(cell) for cell in ("131", "0.1", "19.99", "0.29", "1234567.89")] == [13100, 10, 1999, 29, 123456789]
    assert [whole_number(cell) for cell in ("1", "30.0")] == [1, 30]


@pytest.fixture(scope="module")
def travelplanner(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return open_tables(SHARED, tmp_path_factory.mktemp("cache"))


@needs_shared
def test_travelplanner_has_its_known_numbers_of_rows() -> None:
    assert sum(1 for _ in tables_module._hotels(SHARED / tables_module.HOTELS)) == 4285
    assert sum(1 for _ in tables_module._restaurants(SHARED / tables_module.RESTAURANTS)) == 9551
    assert sum(1 for _ in tables_module._attractions(SHARED / tables_module.ATTRACTIONS)) == 5302
    assert sum(1 for _ in tables_module._routes(SHARED / tables_module.ROUTES)) == 16008
    assert sum(1 for _ in tables_module._flights(SHARED / tables_module.FLIGHTS)) == 313
    assert sum(1 for _ in tables_module._cities(SHARED / tables_module.CITIES)) == 312


@needs_shared
def test_travelplanner_is_read_whole(travelplanner: Inventory) -> None:
    names = [city.name for city in travelplanner.cities()]
    unlisted = ["Bellingham"]
    assert len(travelplanner.routes(names + unlisted, names + unlisted)) == 16008
    assert len(travelplanner.flights(names, names, date(2022, 1, 1), date(2022, 12, 31))) == 313
    assert len(travelplanner.hotels("Allentown")) > 0


@needs_shared
def test_travelplanner_s_clocks_agree_with_the_time_zones(travelplanner: Inventory) -> None:
    zones = {city.name: city.time_zone for city in travelplanner.cities()}
    names = [name for name in zones if zones[name] and name != "Fayetteville"]  # in its flights the one in Arkansas
    for flight in travelplanner.flights(names, names, date(2022, 1, 1), date(2022, 12, 31)):
        ends = zones[flight.origin], zones[flight.destination]
        assert flight.arrive_min == local_arrival_min(*ends, flight.day, flight.depart_min, flight.duration_min)


@needs_shared
def test_travelplanner_satisfies_the_contract(travelplanner: Inventory) -> None:
    assert check_inventory(travelplanner, date(2022, 3, 1), date(2022, 3, 31), max_cities=60) == ()


@needs_shared
def test_travelplanner_keeps_names_and_rows(travelplanner: Inventory) -> None:
    source = travelplanner.hotels("Louisville")[0].source
    assert (source.table, source.row) == ("accommodations.csv", 3)
    names = Counter(h.name for city in travelplanner.cities() for h in travelplanner.hotels(city.name))
    assert any(name != name.strip() for name in names)
    assert any("\n" in name for name in names)
