"""Budgets in other currencies, at fixed planning rates that are shown as an assumption."""

from planning.travel.request import TravelRequest

# US dollars for one unit: round planning figures, not market data.
DOLLARS = {
    "USD": 1.0,
    "EUR": 1.10,
    "GBP": 1.28,
    "CHF": 1.12,
    "CAD": 0.73,
    "AUD": 0.66,
    "JPY": 0.0067,
    "MXN": 0.055,
    "INR": 0.012,
}


def money(cents: int, currency: str) -> str:
    """Return cents of a currency in words: "$1,960", "1,960.50 EUR"."""
    amount = f"{cents / 100:,.2f}".removesuffix(".00")
    return f"${amount}" if currency == "USD" else f"{amount} {currency}"


def convert(request: TravelRequest, currency: str) -> tuple[TravelRequest, str | None]:
    """Return the request with its money in `currency`, rounded down, and the rate in words (None if it is the same).

    Raises:
        ValueError: There is no rate for one of the two currencies.
    """
    if request.currency == currency:
        return request, None
    if request.budget_cents is None and request.lodging.max_price_cents is None:
        return request.model_copy(update={"currency": currency}), None
    for code in (request.currency, currency):
        if code not in DOLLARS:
            raise ValueError(
                f"no exchange rate for {code}: give the money in {currency} or one of {', '.join(DOLLARS)}"
            )
    rate = DOLLARS[request.currency] / DOLLARS[currency]

    def exchanged(cents: int | None) -> int | None:
        return None if cents is None else max(1, int(cents * rate))

    lodging = request.lodging.model_copy(update={"max_price_cents": exchanged(request.lodging.max_price_cents)})
    changes = {"currency": currency, "budget_cents": exchanged(request.budget_cents), "lodging": lodging}
    return request.model_copy(update=changes), f"1 {request.currency} = {rate:.4g} {currency}, a fixed planning rate"
