"""The worked tables of docs/web-shop.md, by the same numbers."""

from pos.woocommerce.bill import bill
from tests.woocommerce.test_bill import line, order, seen


def test_cents_of_rounding_and_a_line_that_becomes_two() -> None:
    glasses = line("18.00", subtotal="20.00", tax="1.48", quantity="3")
    cap = line("11.25", subtotal="12.50", tax="0.92", number=2)

    made = bill(order(glasses, cap, total="38.06", total_tax="2.91", shipping="5.90", shipping_tax="0.49"), 2)

    assert seen(made) == [(1, 666, 67, 50), (2, 667, 133, 100), (1, 1250, 125, 92)]
    assert (made.shipping, made.tax_in_charges, made.fees) == (639, 49, 0)
    assert (made.subtotal, made.discount, made.tax, made.total) == (3250, 325, 242, 3806)


def test_a_fee_below_zero() -> None:
    crates, cap = line("40.00", tax="3.30", quantity="2"), line("12.50", tax="1.03", number=2)

    made = bill(order(crates, cap, total="51.42", total_tax="3.92", fees="-5.00", fees_tax="-0.41"), 2)

    assert seen(made) == [(2, 2000, 381, 299), (1, 1250, 119, 93)]
    assert (made.subtotal, made.discount, made.tax, made.total) == (5250, 500, 392, 5142)
    assert (made.shipping, made.fees, made.tax_in_charges) == (0, 0, 0)
