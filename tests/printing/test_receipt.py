"""An order's receipt: every amount of it, in both languages and on each width."""

import re
from typing import Any

import pytest

from pos.printing.escpos import as_bytes
from pos.printing.layout import COLUMNS
from pos.printing.receipt import receipt
from pos.printing.saying import Place
from tests.printing import papers
from tests.printing.printer import Printer, printed

CASH = {"id": "p1", "method": "cash", "amount": 4326, "tendered": 5000, "status": "succeeded"}


def on_paper(
    order: dict[str, Any], columns: int = 48, country: str | None = "US", language: str = "en", **how: Any
) -> Printer:
    currency = order["currency"]
    return printed(as_bytes(receipt(order, papers.saying(language, country, currency), **how), columns), columns)


@pytest.mark.parametrize("columns", COLUMNS)
def test_receipt_tells_all_of_an_order(columns: int) -> None:
    done = on_paper(papers.order(), columns, seller="Grace")

    for what, amount in {
        "Subtotal": "$38.50", "WELCOME10": "-$1.15", "Tax 8.25%": "$2.91", "Tip": "$3.00", "Total": "$43.26", "Cash": "$20.00",
        "Given": "$20.20", "Change": "$0.20", "1 × Tee, black, M": "$25.00", "Refund, Card": "-$2.16",
    }.items():  # fmt: skip
        assert done.row(what).text.split("  ")[-1].strip().endswith(amount), what
    for said in (
        "Downtown",
        "12 Market St, San Francisco",
        "Served by Grace",
        "+ Oat milk",
        "+ Large",
        "one without foam",
        "at $5.75",
    ):
        assert said in done.text
    assert "37 points earned" in done.text
    assert "412 points in all" in done.text
    assert [square.says(papers.URL) for square in done.squares] == [True]
    assert done.row("Hop & Vine").size == 2
    assert done.row("Total").bold


def test_receipt_is_dated_by_the_clock_of_its_place() -> None:
    done = on_paper(papers.order())

    assert done.row("Order K7QXAB").text.endswith("Mar 13, 2026, 6:05 PM")


@pytest.mark.parametrize("columns", COLUMNS)
def test_receipt_speaks_spanish_with_euros_and_accents(columns: int) -> None:
    order = papers.order(currency="EUR", tax_included=True, total=4035)

    done = on_paper(order, columns, country="ES", language="es", seller="Íñigo")

    assert re.search(r"Impuesto 8,25 %, incluido +2,91 €", done.text)
    assert re.search(r"Total +40,35 €", done.text)
    assert re.search(r"Devolución, Tarjeta +-2,16 €", done.text)
    assert "Le atendió Íñigo" in done.text
    assert "37 puntos ganados" in done.text
    assert "Su pedido en su teléfono" in done.text


def test_nobody_is_named_and_no_phone_is_on_it() -> None:
    done = on_paper(papers.order())

    assert "Ada" not in done.text
    assert "0132" not in done.text


def test_what_was_no_money_is_not_on_it() -> None:
    done = on_paper(papers.order())

    assert "$9.99" not in done.text
    assert "$7.77" not in done.text


def test_unpaid_order_says_what_is_due_and_opens_no_drawer() -> None:
    done = on_paper(papers.order(payments=[], refunds=[], amount_due=4326))

    assert done.row("Still to pay").text.endswith("$43.26")
    assert done.kicks == 0


@pytest.mark.parametrize(("is_copy", "kicks"), [(False, 1), (True, 0)])
def test_copy_says_so_and_leaves_the_drawer_shut(is_copy: bool, kicks: int) -> None:
    done = on_paper(papers.order(payments=[CASH], refunds=[]), is_copy=is_copy)

    assert ("COPY" in done.text) == is_copy
    assert done.kicks == kicks


def test_canceled_order_says_so_in_large() -> None:
    done = on_paper(papers.order(status="canceled"))

    assert done.row("CANCELED").size == 2


def test_taxes_are_told_by_rate_and_make_the_tax() -> None:
    lines = [papers.TEE, papers.WATER | {"tax": 10, "tax_rate": "0.050000"}]

    done = on_paper(papers.order(lines=lines, tax=216))

    assert done.row("Tax 5%").text.endswith("$0.10")
    assert done.row("Tax 8.25%").text.endswith("$2.06")


def test_taxes_of_a_web_order_are_one_sum() -> None:
    """The shop tells no rates: those of its lines are what the tax came to."""
    lines = [papers.TEE, papers.WATER | {"tax": 10, "tax_rate": "0.049990"}]

    done = on_paper(papers.order(lines=lines, tax=216, source="woocommerce"))

    assert done.row("Tax").text == f"Tax{'$2.16':>45}"


def test_tax_that_the_lines_do_not_tell_is_one_sum() -> None:
    done = on_paper(papers.order(tax=300))

    assert done.row("Tax").text == f"Tax{'$3.00':>45}"


def test_discounts_that_do_not_tell_all_are_one_sum() -> None:
    done = on_paper(papers.order(discount=200))

    assert done.row("Discount").text.endswith("-$2.00")
    assert "WELCOME10" not in done.text


def test_plain_receipt_leaves_out_what_there_is_not() -> None:
    order = papers.order(
        lines=[papers.WATER], subtotal=200, discount=0, discounts=[], tax=0, tip=0, total=200, points=None, refunds=[],
        payments=[CASH | {"amount": 200, "tendered": 200}],
    )  # fmt: skip

    done = on_paper(order)

    for said in ("Subtotal", "Tax", "Tip", "points", "Given", "Served", "at $"):
        assert said not in done.text


def test_location_called_like_the_store_is_said_once() -> None:
    saying = papers.saying(place=Place("Hop & Vine", "Hop & Vine", None, "Europe/Madrid"))

    done = printed(as_bytes(receipt(papers.order(), saying), 48), 48)

    assert done.text.count("Hop & Vine") == 1


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize(
    ("currency", "country", "language", "total"),
    [
        ("JPY", "JP", "en", "¥4,326"),
        ("CRC", "CR", "es", "¢43,26"),
        ("KWD", None, "en", "KWD 4.326"),
        ("INR", "IN", "en", "?43.26"),
    ],
)
def test_amounts_of_all_currencies_fit(
    columns: int, currency: str, country: str | None, language: str, total: str
) -> None:
    done = on_paper(papers.order(currency=currency), columns, country=country, language=language)

    [row] = [row for row in done.rows if row.text.startswith("Total")]
    assert row.text.endswith(total)


def test_hostile_names_do_nothing_to_the_printer() -> None:
    evil = "\x1bp\x00\x19\xfa\x1dV\x00\x1b@\x00\n\x10\x14\x01汉"
    line = papers.LATTE | {"name": evil, "note": evil, "modifiers": [{"name": evil}]}

    done = on_paper(papers.order(lines=[line], note=evil, tab_name=evil, payments=[], refunds=[]), seller=evil)

    assert (done.cuts, done.kicks, len(done.squares)) == (1, 0, 1)
