"""What Stripe's page shows of an order: pure."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.payments.link_lines import MAX_LINES, Shown, as_stripe, lines


@dataclass(frozen=True)
class Line:
    name: str
    quantity: int
    total: int


@dataclass(frozen=True)
class Bill:
    """An order as far as its lines are shown."""

    tax: int = 0
    tip: int = 0
    shipping: int = 0
    fees: int = 0
    tax_included: bool = False
    currency: str = "USD"
    reference: str = "7K3M9Q"


TWO_IPAS = Line("House IPA", 2, 1600)
WHOLE = "Order 7K3M9Q"


@pytest.mark.parametrize(
    ("order", "sold", "amount", "tip", "shown"),
    [
        (Bill(), [TWO_IPAS], 1600, 0, [("House IPA", 800, 2)]),
        (Bill(tax=132), [TWO_IPAS], 1732, 0, [("House IPA", 800, 2), ("Tax", 132, 1)]),
        (Bill(tax=132, tax_included=True), [TWO_IPAS], 1600, 0, [("House IPA", 800, 2)]),
        (Bill(tip=100), [TWO_IPAS], 1750, 50, [("House IPA", 800, 2), ("Tip", 150, 1)]),
        (
            Bill(shipping=500, fees=30),
            [TWO_IPAS],
            2130,
            0,
            [("House IPA", 800, 2), ("Shipping", 500, 1), ("Fees", 30, 1)],
        ),
        # A discount is in the price, and where it does not divide by the pieces they are one.
        (Bill(), [Line("Tee", 2, 1500)], 1500, 0, [("Tee", 750, 2)]),
        (Bill(), [Line("Tee", 3, 1000)], 1000, 0, [("3 × Tee", 1000, 1)]),
        (Bill(), [TWO_IPAS, Line("Sticker", 1, 0)], 1600, 0, [("House IPA", 800, 2)]),
        # Paid in part, or refunded in part: what is due is no sum of lines.
        (Bill(tax=132), [TWO_IPAS], 1000, 0, [(WHOLE, 1000, 1)]),
        (Bill(tax=132), [TWO_IPAS], 1050, 50, [(WHOLE, 1050, 1)]),
        (Bill(), [], 700, 0, [(WHOLE, 700, 1)]),
        # Dinars are charged in steps of ten, each line of them.
        (Bill(tax=3, currency="KWD"), [Line("Tea", 1, 1247)], 1250, 0, [(WHOLE, 1250, 1)]),
        (Bill(tax=50, currency="KWD"), [Line("Tea", 2, 1200)], 1250, 0, [("Tea", 600, 2), ("Tax", 50, 1)]),
    ],
)
def test_lines(order: Bill, sold: list[Line], amount: int, tip: int, shown: list[tuple[str, int, int]]) -> None:
    assert lines(order, sold, amount=amount, tip=tip) == [Shown(*each) for each in shown]


@pytest.mark.parametrize(("count", "tax", "shown"), [(20, 0, 20), (21, 0, 1), (19, 5, 20), (20, 5, 1)])
def test_more_than_twenty_lines_become_one(count: int, tax: int, shown: int) -> None:
    sold = [Line(f"Beer {number}", 1, 100) for number in range(count)]

    assert len(lines(Bill(tax=tax), sold, amount=count * 100 + tax, tip=0)) == shown


def test_as_stripe_counts_like_stripe_and_cuts_names() -> None:
    [shown] = as_stripe([Shown("ö" * 300, 900, 3)], "ISK")

    assert shown == {
        "quantity": 3,
        "price_data": {"currency": "isk", "unit_amount": 90000, "product_data": {"name": "ö" * 250}},
    }


AMOUNTS = st.integers(0, 10**6)
LINES = st.lists(st.builds(Line, st.text(min_size=1, max_size=5), st.integers(1, 9), AMOUNTS), max_size=25)
BILLS = st.builds(
    Bill,
    tax=AMOUNTS,
    tip=AMOUNTS,
    shipping=st.sampled_from([0, 500]),
    fees=st.sampled_from([0, 30]),
    tax_included=st.booleans(),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)


@given(BILLS, LINES, st.integers(0, 10**6), st.sampled_from([0, 0, 0, 10, -10]))
def test_lines_always_come_to_the_amount(order: Bill, sold: list[Line], tip: int, paid: int) -> None:
    tax = 0 if order.tax_included else order.tax
    whole = sum(line.total for line in sold) + tax + order.tip + order.shipping + order.fees + tip
    amount = max(whole - paid, 1)

    shown = lines(order, sold, amount=amount, tip=tip)

    assert sum(line.unit_amount * line.quantity for line in shown) == amount
    assert 1 <= len(shown) <= MAX_LINES
    assert all(line.unit_amount > 0 for line in shown)
    assert lines(replace(order, reference="X"), sold, amount=amount, tip=tip) != [Shown(WHOLE, amount)]
