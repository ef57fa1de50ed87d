"""Money in words, and budgets in other currencies."""

import pytest

from planning.travel.currency import convert, money
from planning.travel.request import TravelRequest


@pytest.mark.parametrize(
    ("cents", "currency", "text"), [(1960_00, "USD", "$1,960"), (1960_50, "EUR", "1,960.50 EUR"), (5, "USD", "$0.05")]
)
def test_money_reads_well(cents: int, currency: str, text: str) -> None:
    assert money(cents, currency) == text


def trip(currency: str) -> TravelRequest:
    return TravelRequest.model_validate(
        {
            "origin": "A",
            "destination": {"cities": ["B"]},
            "dates": {"earliest": "2027-03-10", "latest": "2027-03-12", "num_days": 3},
            "budget_cents": 1000_00,
            "currency": currency,
            "lodging": {"max_price_cents": 100_01},
        }
    )


def test_all_money_is_converted_and_never_rounded_up() -> None:
    converted, said = convert(trip("EUR"), "USD")
    assert (converted.currency, converted.budget_cents, converted.lodging.max_price_cents) == ("USD", 1100_00, 110_01)
    assert said is not None
    assert "1 EUR = 1.1 USD" in said
    assert convert(trip("USD"), "USD") == (trip("USD"), None)


def test_a_currency_without_a_rate_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="no exchange rate for XXX: give the money in USD"):
        convert(trip("XXX"), "USD")
