"""How Stripe counts money: pure. Our amounts are in the minor units that people use, Stripe's in those of its own table.

Stripe's documentation on currencies lists those that it counts without decimals and with three; it charges the latter in
steps of ten. ISK and UGX have no decimals any more, but Stripe counts them with two that must be zero.
"""

from babel.numbers import get_currency_precision

_ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_DECIMAL = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
# The least that Stripe charges, in Stripe's units; for a currency that is not listed Stripe itself says no.
_MINIMUM = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200,
    "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip


def to_stripe(amount: int, currency: str) -> int:
    """An amount in our minor units, as Stripe counts it: 1500 JPY stay 1500, 4638 USD 4638, 900 ISK become 90000."""
    shift = _decimals_at_stripe(currency) - get_currency_precision(currency)
    return amount * 10**shift if shift >= 0 else amount // 10**-shift


def from_stripe(amount: int, currency: str) -> int:
    """The way back. Raises ValueError for a fraction of our minor unit, which we have never asked for."""
    shift = _decimals_at_stripe(currency) - get_currency_precision(currency)
    ours, rest = divmod(amount, 10**shift) if shift >= 0 else (amount * 10**-shift, 0)
    if rest:
        raise ValueError(f"{amount} of {currency} at Stripe is no whole amount of ours")
    return ours


def in_currency(amount: int, told: str, currency: str) -> int | None:
    """What Stripe tells in a currency, as an amount of ours in another; None unless it is the same currency and a whole
    amount of it."""
    try:
        return from_stripe(amount, currency) if told == currency else None
    except ValueError:
        return None


def minimum(currency: str) -> int:
    """The least that can be charged, in our minor units."""
    shift = _decimals_at_stripe(currency) - get_currency_precision(currency)
    return -(-_MINIMUM.get(currency, 1) // 10**shift) if shift >= 0 else _MINIMUM.get(currency, 1) * 10**-shift


def step(currency: str) -> int:
    """The steps in which it is charged, in our minor units: ten for currencies of three decimals, and where Stripe counts
    fewer decimals than we do; else one."""
    if currency in _THREE_DECIMAL:
        return 10
    return int(10 ** max(get_currency_precision(currency) - _decimals_at_stripe(currency), 0))


def is_chargeable(amount: int, currency: str) -> bool:
    """Whether a card can be charged this amount."""
    return amount >= minimum(currency) and amount % step(currency) == 0


def _decimals_at_stripe(currency: str) -> int:
    if currency in _ZERO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMAL else 2
