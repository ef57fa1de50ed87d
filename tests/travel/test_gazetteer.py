import time

import pytest

from planning.travel.inventory import City
from planning.travel.translation.gazetteer import Gazetteer, city_title, fold_name, region_title
from tests.travel.translation_places import CITIES, CUISINES, GAZETTEER, GAZETTEER_WITH_SIGHTS


def names(text: str) -> list[str]:
    return [city.name for city in GAZETTEER.find_cities(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Boston", "Boston"),
        ("boston", "Boston"),
        ("St. Louis", "St. Louis"),
        ("Saint Louis", "St. Louis"),
        ("st louis", "St. Louis"),
        ("Marthas Vineyard", "Martha's Vineyard"),
        ("Martha’s Vineyard", "Martha's Vineyard"),
        ("Portland, Maine", "Portland, Maine"),
        ("Portland, ME", "Portland, Maine"),
        ("portland oregon", "Portland, Oregon"),
        ("Portland (OR)", "Portland, Oregon"),
        ("Washington, D.C.", "Washington"),
        ("washington dc", "Washington"),
        ("Rome, Italy", "Rome"),
        ("London, UK", "London"),
        ("London, England", "London"),
        ("Seattle, USA", "Seattle"),
        ("nyc", "New York"),
        ("New York City", "New York"),
        ("LA", "Los Angeles"),
        ("sf", "San Francisco"),
        ("Philly", "Philadelphia"),
        ("Vegas", "Las Vegas"),
        ("D.C.", "Washington"),
        ("Milano", "Milan"),
    ],
)
def test_a_city_is_found_by_every_name_that_people_use(text: str, name: str) -> None:
    assert names(text) == [name]


def test_one_plain_name_of_two_cities_finds_both() -> None:
    assert names("Portland") == ["Portland, Maine", "Portland, Oregon"]


@pytest.mark.parametrize("text", ["", "Bostonn", "Portland, Texas", "OKC", "Springfield", "the"])
def test_look_ups_do_not_guess(text: str) -> None:
    assert names(text) == []


def test_a_nickname_counts_only_where_the_city_is() -> None:
    only_boston = Gazetteer((City("Boston", "Boston", "Massachusetts", "US"),))
    assert only_boston.find_cities("nyc") == ()
    assert [city.name for city in only_boston.find_cities("Beantown")] == ["Boston"]


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("texas", "Texas"),
        ("New York", "New York"),
        ("Italy", "IT"),
        ("the", None),
        ("USA", "US"),
        ("united states", "US"),
        ("Ile-de-France", "Île-de-France"),
        ("Delaware", None),
    ],
)
def test_a_region_is_spelled_as_the_inventory_spells_it(text: str, region: str | None) -> None:
    assert GAZETTEER.find_region(text) == region


def test_every_region_found_has_cities() -> None:
    for city in CITIES:
        assert city in GAZETTEER.cities_in(city.region)
        assert city in GAZETTEER.cities_in(city.country)
    assert GAZETTEER.cities_in("Delaware") == ()


def test_places_without_a_city_here_are_known_as_such() -> None:
    assert GAZETTEER.find_elsewhere("delaware") == "Delaware"
    assert GAZETTEER.find_elsewhere("austria") == "Austria"
    assert GAZETTEER.find_elsewhere("Texas") is None
    assert GAZETTEER.find_elsewhere("Boston") is None


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Chigaco", "Chicago"),
        ("Minneapols", "Minneapolis"),
        ("Los Angelos", "Los Angeles"),
        ("Philadelfia", "Philadelphia"),
        ("Pensylvania", "Pennsylvania"),
        ("tenessee", "Tennessee"),
    ],
)
def test_a_slip_of_the_hand_suggests_the_right_name_first(wrong: str, right: str) -> None:
    assert GAZETTEER.suggest(wrong)[0].name == right


def test_suggestions_are_few_sorted_and_above_the_cutoff() -> None:
    found = GAZETTEER.suggest("Portlund", limit=2, cutoff=60)
    assert 0 < len(found) <= 2
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert GAZETTEER.suggest("zzzzzz") == ()


def test_cuisines_and_attractions() -> None:
    assert GAZETTEER.find_cuisine("mexican") == "Mexican"
    assert GAZETTEER.find_cuisine("Martian") is None
    assert GAZETTEER_WITH_SIGHTS.attractions_of(["Seattle", "Boston"]) == ("Space Needle", "Pike Place Market")
    assert Gazetteer((), (), ["A", "B", "A"]).attractions_of(["anything"]) == ("A", "B")


def test_attractions_are_asked_for_only_when_needed() -> None:
    def forbidden(city: str) -> list[str]:
        raise AssertionError(f"asked for {city}")

    Gazetteer(CITIES, CUISINES, forbidden).find_cities("Boston")


def test_titles_for_people() -> None:
    assert city_title(CITIES[0]) == "Mobile, Alabama"
    assert city_title(City("Portland, Maine", "Portland", "Maine", "US")) == "Portland, Maine"
    assert region_title("IT") == "Italy"
    assert region_title("Texas") == "Texas"


def test_folding_is_idempotent() -> None:
    for city in CITIES:
        assert fold_name(fold_name(city.name)) == fold_name(city.name)


def test_an_empty_gazetteer_finds_nothing() -> None:
    empty = Gazetteer(())
    assert empty.find_cities("Boston") == ()
    assert empty.find_region("Texas") is None
    assert empty.suggest("Boston") == ()


def test_it_is_cheap_to_build() -> None:
    cities = [City(f"Town {n}", f"Town {n}", f"Region {n % 40}", "US") for n in range(300)]
    Gazetteer(cities)
    spent = []
    for _ in range(5):
        start = time.process_time()
        Gazetteer(cities, CUISINES)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.02  # a few milliseconds, with room for a slow machine


def test_short_forms_of_regions_count_in_capitals_only() -> None:
    gazetteer = Gazetteer(cities=(City("Bali", "Bali", "Bali", "ID"), City("Boise", "Boise", "Idaho", "US")))
    assert gazetteer.find_region("ID") is not None
    for words in ("I'd", "id", "Id"):
        assert gazetteer.find_region(words) is None
