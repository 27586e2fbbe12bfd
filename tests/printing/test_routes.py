"""Papers by the API: who may ask for them, as what, and what they say of the books."""

import subprocess
import sys
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from pos.printing.layout import COLUMNS
from tests.checkout.counter import cancel, paid, refund, signed_in
from tests.client import API, Shop, new_key
from tests.printing.printer import Printer, printed
from tests.refusals import slug_of

BYTES = {"as": "escpos"}
IPA = {"sku": "IPA", "quantity": 2, "note": "one later"}


def receipt(shop: Shop, order: dict[str, Any], **asked: Any) -> TestResponse:
    return shop.get(f"/orders/{order['id']}/receipt", query_string=asked)


def on_paper(shop: Shop, order: dict[str, Any], **asked: Any) -> Printer:
    answer = receipt(shop, order, **BYTES | asked)
    assert answer.status_code == 200, answer.text
    return printed(answer.data, int(asked.get("columns", 48)))


def test_receipt_is_a_document_for_the_browser(shop: Shop) -> None:
    order = shop.sell(items=[IPA], payment={"method": "cash", "tendered": 2000})

    answer = receipt(shop, order)

    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.json["title"] == f"Receipt {order['reference']}"
    assert answer.json["opens_drawer"] is True
    [code] = [block for block in answer.json["blocks"] if block["kind"] == "qr"]
    assert code["text"] == order["public_url"]
    assert code["image"].startswith("data:image/svg+xml")


@pytest.mark.parametrize("columns", COLUMNS)
def test_receipt_is_the_bytes_of_a_printer(shop: Shop, columns: int) -> None:
    order = shop.sell(
        items=[IPA, {"sku": "PRETZEL", "quantity": 1}], tip=100, payment={"method": "cash", "tendered": 3000}
    )

    answer = receipt(shop, order, **BYTES, columns=columns)
    done = printed(answer.data, columns)

    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert done.row("2 × House IPA").text.endswith("$16.00")
    assert "one later" in done.text
    assert done.row("Total").text.endswith(f"${order['total'] / 100:.2f}")
    assert done.row("Given").text.endswith("$30.00")
    assert done.row("Change").text.endswith(f"${30 - order['total'] / 100:.2f}")
    assert (done.cuts, done.kicks) == (1, 1)


def test_receipt_says_who_sold_and_in_which_language(shop: Shop) -> None:
    cashier = signed_in(shop, "cashier")
    order = shop.post("/orders", shop.order(), headers=cashier).json

    done = on_paper(shop, order, language="es")

    assert "Le atendió " in done.text
    assert done.row("Falta por pagar").text.endswith("$8.66")


def test_receipt_follows_what_was_paid_and_what_went_back(shop: Shop) -> None:
    order = shop.sell(items=[IPA])
    assert on_paper(shop, order).row("Still to pay").text.endswith("$17.32")

    order = paid(shop, order, "card")
    refund(shop, order, amount=500)

    done = on_paper(shop, order)
    assert done.row("Refund, Card").text.endswith("-$5.00")
    assert done.row("Still to pay").text.endswith("$5.00")


def test_canceled_order_and_copy_are_marked(shop: Shop) -> None:
    order = shop.sell()
    cancel(shop, order, as_="owner")

    done = on_paper(shop, order, is_copy="true")

    assert "CANCELED" in done.text
    assert "COPY" in done.text


@pytest.mark.parametrize("end", ["canceled", "refunded", "partly refunded"])
def test_drawer_stays_shut_for_a_sale_of_which_something_went_back(shop: Shop, end: str) -> None:
    order = shop.sell(payment={"method": "cash"})
    assert receipt(shop, order).json["opens_drawer"] is True

    if end == "canceled":
        cancel(shop, order, as_="owner", refund=True)
    else:
        refund(shop, order, amount=order["total"] if end == "refunded" else 100)

    assert receipt(shop, order).json["opens_drawer"] is False


def test_copy_leaves_the_drawer_shut(shop: Shop) -> None:
    order = shop.sell(payment={"method": "cash"})

    assert receipt(shop, order, is_copy="true").json["opens_drawer"] is False


def test_no_phone_is_on_any_paper(shop: Shop) -> None:
    order = shop.sell(phone="(415) 555-0132", name="Ada Example", join=True, payment={"method": "card"})

    assert "0132" not in receipt(shop, order).text
    assert "points in all" in receipt(shop, order).text
    assert "Ada" not in receipt(shop, order).text


def test_name_that_would_command_the_printer_is_text(shop: Shop) -> None:
    evil = "汉\u200b\u00a0é 🍺 " + "x" * 60
    order = shop.sell(items=[{"sku": "IPA", "quantity": 1, "note": evil}], tab_name="«Ñ» €")

    done = on_paper(shop, order, columns=32)

    assert "? é ?" in done.text
    assert "«Ñ» €" in done.text


@pytest.mark.parametrize(
    "asked",
    [
        {"as": "pdf"},
        {"columns": "80"},
        {"columns": "x"},
        {"language": "fr"},
        {"is_copy": "maybe"},
        {"printer": "10.0.0.1"},
        {"as": ""},
    ],
)
def test_paper_that_nobody_makes_is_refused(shop: Shop, asked: dict[str, str]) -> None:
    answer = receipt(shop, shop.sell(), **asked)

    assert slug_of(answer) == (422, "invalid")
    assert next(iter(asked)) in answer.json["errors"][0]["pointer"]


def test_paper_of_another_store_is_not_found(shop: Shop, other_shop: Shop) -> None:
    order = other_shop.sell(items=[{"sku": "IPA", "quantity": 1}])

    for asked in ({}, BYTES):
        assert receipt(shop, order, **asked).status_code == 404
        assert shop.get(f"/orders/{new_key()}/receipt", query_string=asked).status_code == 404


def test_nobody_gets_no_paper(shop: Shop) -> None:
    order = shop.sell()

    assert shop.get(f"/orders/{order['id']}/receipt", as_="nobody").status_code == 401
    assert shop.get(f"/orders/{order['id']}/receipt", as_="owner").status_code == 200


def test_prices_with_tax_in_them_are_told_as_such(other_shop: Shop) -> None:
    order = other_shop.sell(payment={"method": "cash"})

    done = on_paper(other_shop, order)

    assert ", included" in done.text
    assert "€" in done.row("Total").text


def test_document_names_both_media_types(app: Flask) -> None:
    document = app.test_client().get(f"{API}/openapi.json").json
    assert document is not None
    documented = document["paths"][f"{API}/orders/{{order_id}}/receipt"]["get"]

    assert set(documented["responses"]["200"]["content"]) == {"application/json", "application/octet-stream"}
    assert {parameter["name"] for parameter in documented["parameters"]} >= {"as", "columns", "language", "is_copy"}
    assert documented["x-role"] == "cashier"


def test_web_process_that_prints_nothing_does_not_load_the_library() -> None:
    """It brings 13 MB along."""
    asked = "import sys, pos; print(sorted(name for name in sys.modules if name.split('.')[0] in ('escpos', 'qrcode', 'barcode')))"

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
