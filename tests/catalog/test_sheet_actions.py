"""The catalogue handed out and changed as a sheet: what was shown is what is done, all of it or nothing."""

import csv
import io
import json
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos.catalog.schemas import MAX_SHEET
from pos.db import db, transaction
from tests.client import Shop
from tests.house_rules.test_statements import recorded
from tests.operations import BINARY, PNG
from tests.refusals import slug_of
from tests.staff.signing_in import at_register

HEAD = "sku,name,kind,category,price,tax_class"
LARGE = [{"name": "Size", "min": 0, "max": 1, "choices": [{"name": "Large", "price": 100}]}]


def sheet(*rows: str, head: str = HEAD) -> str:
    return "\r\n".join([head, *rows])


def preview(shop: Shop, text: str) -> Any:
    response = shop.post("/products/import", {"csv": text, "dry_run": True}, as_="owner")
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.json


def carry_out(shop: Shop, text: str, digest: str | None = None) -> TestResponse:
    body = {"csv": text, "dry_run": False, "digest": digest or preview(shop, text)["digest"]}
    return shop.post("/products/import", body, as_="owner")


def export(shop: Shop) -> str:
    return shop.get("/products/export", as_="owner").get_data(as_text=True)


def products(shop: Shop) -> dict[str, Any]:
    return {product["sku"]: product for product in shop.get("/products?limit=200").json["data"]}


def acts(shop: Shop, subject: str) -> list[tuple[Any, ...]]:
    asked = text(
        "SELECT actor, action, before, after FROM audit_log WHERE store_id = :store AND subject = :subject ORDER BY id"
    )
    with transaction(UUID(shop.store_id)):
        return [tuple(row) for row in db.session.execute(asked, {"store": shop.store_id, "subject": subject})]


def test_sheet_says_where_products_are_made(shop: Shop) -> None:
    bar = shop.post("/stations", {"name": "Bar"}, as_="owner").json["id"]

    assert carry_out(shop, sheet("IPA,Bar", "PRETZEL,", head="sku,station")).json["changed"] == 1
    assert (products(shop)["IPA"]["station_id"], products(shop)["PRETZEL"]["station_id"]) == (bar, None)
    assert carry_out(shop, export(shop)).json["changed"] == 0
    [fault] = preview(shop, sheet("IPA,Grill", head="sku,station"))["errors"]
    assert (fault["column"], fault["detail"]) == ("station", "There is no station 'Grill'. There is: Bar.")
    carry_out(shop, sheet("IPA,", head="sku,station"))
    assert products(shop)["IPA"]["station_id"] is None


def test_sheet_that_was_handed_out_changes_nothing(app: Flask, shop: Shop) -> None:
    shop.request("PUT", f"/products/{shop.products['IPA']}/image", as_="owner", data=PNG, content_type=BINARY)
    evil = {"name": "=1+1", "sku": "EVIL", "kind": "merch", "price": 5, "tax_class": "none", "sale_price": 0}
    assert shop.post("/products", evil | {"modifiers": LARGE}, as_="owner").status_code == 201
    before = products(shop)

    handed_out = shop.get("/products/export", as_="owner")
    planned = preview(shop, handed_out.get_data(as_text=True))
    done = carry_out(shop, handed_out.get_data(as_text=True))

    assert (handed_out.mimetype, handed_out.headers["Content-Disposition"]) == (
        "text/csv",
        "attachment; filename=products.csv",
    )
    assert (planned["unchanged"], planned["changed"], planned["created"], planned["errors"]) == (6, 0, 0, [])
    assert (done.status_code, products(shop)) == (200, before)
    rows = list(csv.DictReader(io.StringIO(handed_out.get_data(as_text=True).removeprefix("\ufeff"))))
    assert {row["sku"]: row["name"] for row in rows}["EVIL"] == "'=1+1"
    assert json.loads({row["sku"]: row["modifiers"] for row in rows}["EVIL"]) == LARGE


def test_sheet_creates_changes_and_leaves(shop: Shop) -> None:
    text_ = sheet(
        "IPA,House IPA,food,everything,8.50,standard",
        "PRETZEL,Pretzel,food,Everything,4.50,prepared",
        "STOUT,Stout,food,Dark Beer,7,standard",
        "PORTER,Porter,food,dark beer,7.25,standard",
    )

    planned = preview(shop, text_)
    untouched = products(shop)
    done = carry_out(shop, text_, planned["digest"])

    assert {name: planned[name] for name in ("created", "changed", "unchanged", "new_categories", "errors")} == {
        "created": 2, "changed": 1, "unchanged": 1, "new_categories": ["Dark Beer"], "errors": [],
    }  # fmt: skip
    assert planned["lines"][0] == {
        "line": 2,
        "sku": "IPA",
        "outcome": "changed",
        "changes": [{"column": "price", "before": "8.00", "after": "8.50"}],
    }
    assert {change["column"]: change["after"] for change in planned["lines"][2]["changes"]} == {
        "name": "Stout", "kind": "food", "category": "Dark Beer", "price": "7.00", "tax_class": "standard", "needs_preparation": "yes",
    }  # fmt: skip
    assert "STOUT" not in untouched
    assert done.json == planned | {"is_carried_out": True}
    now = products(shop)
    assert (now["IPA"]["price"], now["IPA"]["version"]) == (850, untouched["IPA"]["version"] + 1)
    assert now["PRETZEL"] == untouched["PRETZEL"]
    assert now["STOUT"]["category_id"] == now["PORTER"]["category_id"]
    assert shop.get(f"/categories/{now['STOUT']['category_id']}").json["name"] == "Dark Beer"
    assert (now["STOUT"]["needs_preparation"], now["STOUT"]["status"], now["STOUT"]["stock_quantity"]) == (
        True,
        "active",
        None,
    )
    assert preview(shop, text_)["unchanged"] == 4
    assert acts(shop, f"products:{now['IPA']['id']}")[-1] == (
        "api-key",
        "products.change",
        {"price": 800},
        {"price": 850},
    )
    assert acts(shop, f"products:{now['STOUT']['id']}")[0][1] == "products.create"
    assert shop.sell(items=[{"sku": "STOUT", "quantity": 1}])["subtotal"] == 700


def test_columns_that_are_left_out_stay_as_they_are(shop: Shop) -> None:
    before = products(shop)["TEE-BLK-M"]

    assert carry_out(shop, sheet("TEE-BLK-M,20.00", head="sku,sale_price")).status_code == 200

    after = products(shop)["TEE-BLK-M"]
    assert after == before | {"sale_price": 2000, "version": before["version"] + 1}


def test_nothing_is_done_if_one_line_is_wrong(shop: Shop) -> None:
    rows = (
        "GOOD,Good,food,,1.00,standard",
        "IPA,House IPA,food,Everything,8.00,luxury",
        "NEW,,drink,,,standard",
        "bad sku!,Bad,food,,1.00,standard",
        "LONG,Long,food," + "x" * 101 + ",1.00,standard",
    )
    before = products(shop)

    planned = preview(shop, sheet(*rows))
    done = carry_out(shop, sheet(*rows), planned["digest"])

    assert [(fault["line"], fault["column"]) for fault in planned["errors"]] == [
        (3, "tax_class"), (4, "kind"), (4, "name"), (4, "price"), (5, "sku"), (6, "category"),
    ]  # fmt: skip
    assert "none, prepared, standard" in planned["errors"][0]["detail"]
    assert [line["outcome"] for line in planned["lines"]] == ["created"]
    assert slug_of(done) == (422, "sheet-has-faults")
    assert products(shop) == before


@pytest.mark.parametrize(
    ("head", "row", "column"),
    [
        ("sku,sale_price", "IPA,9.00", "sale_price"),
        ("sku,status", "IPA,gone", "status"),
        ("sku,name,kind,price,tax_class", "NEW,New,food,seven,standard", "price"),
        ("sku,stock_quantity", "IPA,9999999999", "stock_quantity"),
        ("sku;modifiers", 'IPA;[{"name": "Size", "choices": [{"price": 1}]}]', "modifiers"),
        (
            "sku;price_rules",
            'IPA;[{"name": "x", "days": ["mon"], "starts": "25:00", "ends": "18:00", "price": 1}]',
            "price_rules",
        ),
        ("sku,image_url", "IPA,javascript:alert(1)", "image_url"),
        ("sku,image_url", f"IPA,/_images/{'0' * 8}/x", "image_url"),
        ("sku,name", "IPA,a\u202eb", "name"),
    ],
)
def test_fault_names_its_column(shop: Shop, head: str, row: str, column: str) -> None:
    (fault,) = preview(shop, sheet(row, head=head))["errors"]

    assert (fault["line"], fault["column"]) == (2, column)
    assert len(fault["detail"]) > 10


def test_what_was_not_seen_is_not_done(shop: Shop) -> None:
    """A sale between the look and the deed would be undone by the sheet's count of stock."""
    text_ = sheet("TEE-BLK-M,50", head="sku,stock_quantity")
    seen = preview(shop, text_)["digest"]

    answers = [carry_out(shop, sheet("TEE-BLK-M,51", head="sku,stock_quantity"), seen)]
    answers.append(shop.post("/products/import", {"csv": text_, "dry_run": False}, as_="owner"))
    shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}])
    answers.append(carry_out(shop, text_, seen))

    assert [slug_of(answer) for answer in answers] == [(409, "sheet-changed")] * 3
    assert products(shop)["TEE-BLK-M"]["stock_quantity"] == 39
    assert carry_out(shop, text_).status_code == 200
    assert products(shop)["TEE-BLK-M"]["stock_quantity"] == 50


def test_picture_goes_when_a_sheet_names_another(app: Flask, shop: Shop) -> None:
    url = shop.request(
        "PUT", f"/products/{shop.products['IPA']}/image", as_="owner", data=PNG, content_type=BINARY
    ).json["image_url"]  # fmt: skip

    kept = carry_out(shop, sheet(f"IPA,{url}", head="sku,image_url")).json["unchanged"]
    carry_out(shop, sheet("IPA,", head="sku,image_url"))

    assert kept == 1
    assert products(shop)["IPA"]["image_url"] is None
    assert app.test_client().get(url).status_code == 404


def test_two_thousand_lines_take_few_statements(app: Flask, shop: Shop) -> None:
    rows = [f"S{number},Stout {number},food,Shelf {number % 20},{number % 90}.50,standard" for number in range(2000)]
    digest = preview(shop, sheet(*rows))["digest"]

    with recorded() as made:
        created = carry_out(shop, sheet(*rows), digest)
    again = sheet(*(row.replace("Stout", "Porter") for row in rows))
    digest = preview(shop, again)["digest"]
    with recorded() as changed:
        done = carry_out(shop, again, digest)

    assert (created.json["created"], len(created.json["new_categories"]), done.json["changed"]) == (2000, 20, 2000)
    assert max(len(made), len(changed)) < 30
    assert products(shop)["S1999"]["name"] == "Porter 1999"


def test_sheet_is_a_managers_and_of_the_own_store(shop: Shop, other_shop: Shop) -> None:
    manager = at_register(shop, "manager")
    body = {"csv": sheet("IPA,Theirs,food,,1.00,standard")}

    assert [slug_of(shop.get("/products/export")), slug_of(shop.post("/products/import", body))] == [
        (403, "role-too-low")
    ] * 2
    assert shop.get("/products/export", headers=manager).status_code == 200
    assert shop.post("/products/import", body, headers=manager).json["is_carried_out"] is False
    carry_out(shop, body["csv"])
    assert products(other_shop)["IPA"]["name"] == "House IPA"
    assert "Theirs" not in export(other_shop)


def test_sheet_has_a_size_of_its_own(shop: Shop) -> None:
    wide = sheet("IPA," + "x" * 300_000, head="sku,image_url")

    assert slug_of(shop.post("/products/import", {"csv": wide}, as_="owner")) == (422, "unreadable-sheet")
    large = {"csv": "x" * MAX_SHEET}
    assert slug_of(shop.post("/products/import", large, as_="owner")) == (413, "request-entity-too-large")


def test_amounts_are_of_the_stores_currency(other_shop: Shop) -> None:
    assert "\r\nIPA,House IPA,food,Everything,8.00," in export(other_shop)

    assert carry_out(other_shop, "sku;price\r\nIPA;8,75\r\n").status_code == 200
    assert products(other_shop)["IPA"]["price"] == 875
