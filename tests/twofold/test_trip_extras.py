"""What `twofold trip` says beside the plan: prices of wishes, alternatives, a front; and what it refuses."""

from pathlib import Path

import pytest

from planning.travel import alternatives, pareto, prices
from tests.twofold.runs import KEYS, TEXT, Run, assert_one_line

TOO_LITTLE = TEXT + ", at most $2,000"


def squeezed(text: str) -> str:
    return " ".join(text.split())


# Prices


def test_prices_are_shown_dearest_first(twofold: Run) -> None:
    ran = twofold("trip", TEXT, "--prices")
    assert (ran.code, ran.err) == (0, "")
    text = squeezed(ran.out)
    assert "What each wish adds to the least cost of a trip, $3,822.50:" in text
    assert "a moderate pace" in text


def test_prices_are_in_the_json(twofold: Run) -> None:
    found = twofold("trip", TEXT, "--prices", "--json").json["prices"]
    assert found.keys() == {"cost_cents", "prices", "complete"}
    assert found["cost_cents"] == 382_250
    assert found["complete"] is True
    assert all(price.keys() == {"constraint", "words", "adds_cents"} for price in found["prices"])
    adds = [price["adds_cents"] for price in found["prices"]]
    assert adds == sorted(adds, reverse=True)


# Alternatives


def test_alternatives_say_what_they_do_otherwise(twofold: Run) -> None:
    ran = twofold("trip", TEXT, "--alternatives", "3", "--differ-by", "days")
    assert (ran.code, ran.err) == (0, "")
    assert "1 $3,822.50 the plan above" in squeezed(ran.out)
    assert "Plans, each the best with other days in a city than all before it:" in squeezed(ran.out)


def test_alternatives_are_whole_itineraries_in_the_json(twofold: Run) -> None:
    ran = twofold("trip", TEXT, "--alternatives", "2", "--json").json
    found = ran["alternatives"]
    assert found.keys() == {"differ_by", "plans", "are_all", "complete"}
    assert (found["differ_by"], len(found["plans"])) == ("any", 2)
    assert found["plans"][0]["itinerary"] == ran["itinerary"]
    assert found["plans"][1]["itinerary"] != ran["itinerary"]
    assert found["plans"][0]["cost_cents"] <= found["plans"][1]["cost_cents"]
    assert all(plan["is_proven"] for plan in found["plans"])


# The front


def test_a_front_is_a_table_and_a_picture(twofold: Run, tmp_path: Path) -> None:
    path = tmp_path / "front.png"
    ran = twofold("trip", TEXT, "--pareto", "cost,rating,time", "--points", "all", "--png", path)
    assert (ran.code, ran.err) == (0, "")
    text = squeezed(ran.out)
    assert "Trips that no other one beats in cost and rating and time, all that there are:" in text
    assert "Cost Stars lost Travel Cities" in text
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_front_is_in_the_json(twofold: Run) -> None:
    found = twofold("trip", TEXT, "--pareto", "cost, rating", "--json").json["pareto"]
    assert found.keys() == {"objectives", "points", "is_whole", "complete"}
    assert found["objectives"] == ["cost", "rating"]
    assert 2 <= len(found["points"]) <= 6
    assert found["points"][0]["scores"]["cost"] == 382_250
    assert all(point.keys() == {"scores", "itinerary"} for point in found["points"])


# Without a trip


def test_without_a_trip_there_is_nothing_beside_it(twofold: Run, tmp_path: Path) -> None:
    path = tmp_path / "front.png"
    options = ["--prices", "--alternatives", "3", "--pareto", "cost,rating", "--png", path]
    ran = twofold("trip", TOO_LITTLE, *options, "--json")
    assert (ran.code, ran.json["status"]) == (3, "INFEASIBLE")
    assert [ran.json[key] for key in ("prices", "alternatives", "pareto")] == [None, None, None]
    assert ran.json.keys() == KEYS
    assert "there is no front" in ran.err
    assert not path.exists()
    assert "a budget of $3,822.50 instead of $2,000 suffices" in squeezed(twofold("trip", TOO_LITTLE, *options).out)


def test_all_conflicts_and_repairs_are_in_the_json(twofold: Run) -> None:
    found = twofold("trip", TOO_LITTLE, "--json").json["explanation"]
    assert found.keys() == {"conflicts", "repairs", "complete"}
    assert found["complete"] is True
    (conflict,) = found["conflicts"]
    assert conflict["constraints"] == ["a budget of $2,000"]
    repair = found["repairs"][0]
    assert repair.keys() == {"constraints", "text", "cost_cents", "bounds"}
    assert (repair["constraints"], repair["cost_cents"]) == (["a budget of $2,000"], 382_250)


# Bad input


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--alternatives", "0"], ["'0' is not possible", "from 1 to 50"]),
        (["--alternatives", "many"], ["'many' is not possible"]),
        (["--alternatives", "2", "--differ-by", "hotel"], ["unknown measure 'hotel'", "Did you mean 'hotels'"]),
        (["--differ-by", "hotels"], ["--differ-by", "--alternatives 3"]),
        (["--pareto", "cost,ratng"], ["unknown objective 'ratng'", "Did you mean 'rating'"]),
        (["--pareto", "cost"], ["two or three different objectives"]),
        (["--pareto", ""], ["unknown objective ''"]),
        (["--pareto", "cost,rating", "--points", "1"], ["--points", "'1' is not possible", "or `all`"]),
        (["--points", "3"], ["--points", "--pareto cost,rating"]),
        (["--png", "front.png"], ["--png", "--pareto cost,rating"]),
        (["--pareto", "cost,rating", "--png", "front.gif"], ["let it end in .png"]),
    ],
)
def test_what_cannot_be_is_one_line(twofold: Run, options: list[str], words: list[str]) -> None:
    assert_one_line(twofold("trip", TEXT, *options), *words)


def test_time_that_is_over_is_said(twofold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan is there; the clock that the others look at has stood still for it, and then is over."""

    class Late:
        asked = 0

        @classmethod
        def perf_counter(cls) -> float:
            cls.asked += 1
            return 1e9 * cls.asked

    for module in (alternatives, pareto, prices):
        monkeypatch.setattr(module, "time", Late)
    ran = twofold("trip", TEXT, "--alternatives", "3", "--pareto", "cost,rating", "--json")
    assert ran.code == 0
    assert ran.json["alternatives"]["complete"] is False
    assert len(ran.json["alternatives"]["plans"]) == 1
    assert (ran.json["pareto"]["points"], ran.json["pareto"]["complete"]) == ([], False)
    shown = squeezed(twofold("trip", TEXT, "--alternatives", "3", "--pareto", "cost,rating").out)
    assert shown.count("The time limit struck: there may be more.") == 2
