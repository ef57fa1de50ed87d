"""What a terminal shows of the prices of wishes, of alternatives and of a front."""

from collections.abc import Iterator
from datetime import date, timedelta

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from planning.travel.alternatives import MEASURES, Alternatives, Choices
from planning.travel.currency import money
from planning.travel.inventory import Flight
from planning.travel.network import Stay
from planning.travel.pareto import Front
from planning.travel.prices import Prices
from planning.travel.request import TravelRequest
from twofold.trip_extras import Extras
from twofold.trip_words import short_date

_STRUCK = "The time limit struck: there may be more."


def extras_parts(extras: Extras, request: TravelRequest) -> Iterator[RenderableType]:
    """Yield everything to show beside an answer."""
    if extras.prices:
        yield from _price_parts(extras.prices, request.currency)
    if extras.alternatives:
        yield from _alternative_parts(extras.alternatives, request)
    if extras.front:
        yield from _front_parts(extras.front, request.currency)


def _price_parts(prices: Prices, currency: str) -> Iterator[RenderableType]:
    yield from _heading(f"What each wish adds to the least cost of a trip, {money(prices.cost_cents, currency)}:")
    table = _grid("right", "left")
    for price in prices.prices:
        if price.adds_cents:
            table.add_row(f" {money(price.adds_cents, currency)}", _plain(price.words))
    free = [price.words for price in prices.prices if not price.adds_cents]
    if free:
        table.add_row(" nothing", _plain("; ".join(free)))
    yield table
    if not prices.complete:
        yield Text("The time limit struck before every wish was tried.")


def _alternative_parts(found: Alternatives, request: TravelRequest) -> Iterator[RenderableType]:
    yield from _heading(f"Plans, each the best with {MEASURES[found.measure]} than all before it:")
    table = _grid("right", "right", "left")
    first = found.plans[0]
    for number, plan in enumerate(found.plans):
        cost = money(plan.itinerary.cost_cents, request.currency)
        words = "the plan above" if number == 0 else "; ".join(differences(first.choices, plan.choices, request))
        unproven = "" if plan.is_proven else " (not proven to be the best)"
        table.add_row(f" {number + 1}", cost, _plain(words + unproven))
    yield table
    if found.are_all:
        yield Text("There is no other plan that differs.")
    elif not found.complete:
        yield Text(_STRUCK)


def differences(first: Choices, other: Choices, request: TravelRequest) -> Iterator[str]:
    """Yield in words what a plan chooses otherwise than the first one."""
    cities, days = [[(s.city, s.start, s.end) for s in choices.stays] for choices in (first, other)]
    if [city for city, *_ in cities] != [city for city, *_ in days]:
        yield ", then ".join(city for city, *_ in days)
    if cities != days:
        yield ", ".join(_stay_words(stay, request.dates.earliest) for stay in other.stays)
    hotels = [hotel.name for hotel in other.hotels if hotel not in first.hotels]
    if hotels:
        yield f"sleep at {' and '.join(hotels)}"
    for mode, record in other.ways:
        if (mode, record) not in first.ways:
            name = f"flight {record.number}" if isinstance(record, Flight) else mode
            yield f"{name} {record.origin} to {record.destination}"


def _stay_words(stay: Stay, earliest: date) -> str:
    start, end = (short_date(earliest + timedelta(days=day)) for day in (stay.start, stay.end))
    return f"{stay.city} {start} to {end}"


def _front_parts(front: Front, currency: str) -> Iterator[RenderableType]:
    kind = "all that there are" if front.is_whole else f"{len(front.points)} of them"
    yield from _heading(f"Trips that no other one beats in {' and '.join(front.objectives)}, {kind}:")
    if front.points:
        table = _grid("right", *("right" for _ in front.objectives), "left")
        table.add_row("", *(_HEADS[name] for name in front.objectives), "Cities", style="bold")
        for number, point in enumerate(front.points):
            cities = dict.fromkeys(day.night.record.city for day in point.itinerary.days if day.night)
            scores = [score_words(name, point.scores[name], currency) for name in front.objectives]
            table.add_row(f" {number + 1}", *scores, _plain(", ".join(cities)))
        yield table
    if not front.complete:
        yield Text(_STRUCK)


_HEADS = {"cost": "Cost", "rating": "Stars lost", "time": "Travel"}


def score_words(name: str, score: int, currency: str) -> str:
    """Return a score of a front as people write it."""
    if name == "cost":
        return money(score, currency)
    return f"{score / 10:.1f}" if name == "rating" else f"{score // 60}:{score % 60:02d} h"


def _heading(text: str) -> Iterator[RenderableType]:
    yield Text()
    yield Text(text, style="bold")


def _grid(*sides: str) -> Table:
    table = Table.grid(padding=(0, 2))
    for side in sides:
        table.add_column(justify="right" if side == "right" else "left", no_wrap=side == "right")
    return table


def _plain(text: str) -> Text:
    return Text("".join(letter if letter.isprintable() else " " for letter in text))
