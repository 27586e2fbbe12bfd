"""Shifts in the office: the list with what differs, one shift, one report that ties, the chain, and what bookkeepers take along."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos import ids
from pos.db import db, find, transaction
from pos.shifts.models import ZReport
from pos.web.office.shifts.ties import ties
from tests.checkout.counter import done, refund
from tests.client import Shop
from tests.office.desk import counted as statements
from tests.office.desk import desk
from tests.shifts.drawer import closed, counted, opened, report

MOST_STATEMENTS = 9


def _closed(shop: Shop) -> dict[str, Any]:
    """The report of a shift in which all sorts of things happened, and whose drawer is short by three dollars."""
    shift = opened(shop, 15000)
    cash = shop.sell(items=[{"sku": "IPA", "quantity": 2}], tip=100, payment={"method": "cash", "tendered": 5000})
    shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}], payment={"method": "card"})
    shop.sell(items=[{"sku": "IPA", "quantity": 1}])
    done(refund(shop, cash, amount=300), 201)
    moves = f"/shifts/{shift['id']}/movements"
    done(shop.post(moves, {"kind": "paid_in", "amount": 5000, "reason": "coins"}), 201)
    done(shop.post(moves, {"kind": "no_sale", "reason": "change for <b>a guest</b>"}), 201)
    now = report(shop, shift)
    return closed(shop, shift, cash=now["drawer"]["expected"] - 300)


def test_list_shows_open_shifts_first_and_what_differs(app: Flask, shop: Shop) -> None:
    z = _closed(shop)
    shift = opened(shop, 2000)
    at = desk(app, shop, "manager")

    with statements() as sent:
        page = at.page("/shifts")

    assert len(sent) <= MOST_STATEMENTS
    assert page.text.index("Shift 2") < page.text.index("Shift 1")
    expected, counts = (f"${z['drawer'][name] / 100:.2f}" for name in ("expected", "counted"))
    assert f"{expected} {counts} −$3.00" in page.text
    assert "Shift 1" not in at.page("/shifts?status=open").text
    assert "Shift 2" not in at.page("/shifts?until=2020-01-01").text
    assert at.get("/shifts?status=lost").status_code == 422
    assert f"/shifts/{shift['id']}/report/paper" in at.get(f"/shifts/{shift['id']}").get_data(as_text=True)


def test_report_reads_like_a_z_and_ties(app: Flask, shop: Shop) -> None:
    z = _closed(shop)
    at = desk(app, shop, "manager")

    with statements() as sent:
        page = at.page(f"/shifts/reports/{z['id']}")

    assert len(sent) <= MOST_STATEMENTS
    assert page.text.partition("How it ties")[2].count(" ties") == len(ties(z)) == 5
    assert "off by" not in page.text
    assert "holds The digest is that of this text" in page.text
    assert "Difference −$3.00" in page.text
    assert "change for <b>a guest</b>" in page.text
    for amount in ("sold", "kept", "due_after"):
        assert f"${z['balance'][amount] / 100:.2f}" in page.text
    assert "Opened without a sale: 1." in page.text


@pytest.mark.parametrize("name", ["sales.total", "drawer.expected", "balance.kept", "balance.received_elsewhere"])
def test_tie_says_by_how_much_it_is_off(shop: Shop, name: str) -> None:
    z = _closed(shop)
    part, _, figure = name.partition(".")
    z[part][figure] += 5

    assert sorted(abs(tie.off) for tie in ties(z) if tie.off) in ([5], [5, 5])


def test_addendum_stands_beside_its_z(app: Flask, shop: Shop) -> None:
    shift = opened(shop)
    late = shop.get("/register/shift").json["shift"]["opened_at"]
    z = closed(shop, shift, cash=20000)
    sold = {"items": [{"sku": "IPA", "quantity": 1, "unit_price": 800}], "payment": {"method": "cash"}}
    shop.sell(offline=True, placed_at=late, **sold)
    # The worker would write it at once; the next closing does, too.
    closed(shop, opened(shop), cash=20000)
    at = desk(app, shop, "manager")

    found = at.page("/shifts/reports").text
    [addendum] = [each for each in shop.get("/z-reports").json["data"] if each["kind"] == "addendum"]

    assert "Addendum to Z 1" in found
    assert found.partition("Chain")[2].count("holds") == 3
    page = at.page(f"/shifts/reports/{addendum['id']}").text
    assert "Addendum 1 to Z 1" in page
    assert "The drawer should have held $8.66 more than that says." in page
    assert "off by" not in page
    assert "Addendum 1 to Z 1" in at.page(f"/shifts/reports/{z['id']}").text
    assert "Addendum 1 to Z 1" in at.page(f"/shifts/{shift['id']}").text
    assert "Addendum" not in at.page("/shifts/reports?kind=z").text.partition("Chain")[2]


def test_report_that_was_slipped_in_breaks_the_chain_in_sight(app: Flask, shop: Shop) -> None:
    z = _closed(shop)
    with transaction(UUID(shop.store_id)):
        first = find(ZReport, UUID(z["id"]))
        copied = {name: getattr(first, name) for name in ("register_id", "shift_id", "number", "body", "digest")}
        forged = ZReport(**copied, id=ids.uuid7(), kind="addendum", sequence=2, previous_digest="0" * 64)
        db.session.add(forged)
        forged_id = str(forged.id)
    at = desk(app, shop, "manager")

    listed = at.page("/shifts/reports").text.partition("Chain")[2]

    assert (listed.count("broken"), listed.count("holds")) == (1, 1)
    assert "it was changed after it was made" in at.page(f"/shifts/reports/{forged_id}").text
    assert "holds The digest" in at.page(f"/shifts/reports/{z['id']}").text


def test_bookkeeper_takes_all_sums_along(app: Flask, shop: Shop) -> None:
    z = _closed(shop)
    at = desk(app, shop, "manager")

    sheets = {
        path: list(csv.DictReader(io.StringIO(at.get(path).get_data(as_text=True).lstrip("\ufeff"))))
        for path in ("/shifts.csv", "/shifts/reports.csv")
    }

    [shift], [row] = sheets.values()
    assert (shift["Shift"], shift["Difference"]) == ("Shift 1", "-3.00")
    assert row["Report"] == "Z 1"
    assert row["Sold"] == f"{z['sales']['total'] / 100:.2f}"
    assert row["Digest"] == z["digest"]
    cash = next(each for each in z["tenders"] if each["method"] == "cash")
    assert row["Cash"] == f"{cash['net'] / 100:.2f}"
    assert row["Still due"] == f"{z['balance']['due_after'] / 100:.2f}"


def test_manager_counts_and_closes_for_a_broken_tablet(app: Flask, shop: Shop) -> None:
    shift = opened(shop)
    at = desk(app, shop, "manager")
    assert f"POST /shifts/{shift['id']}/close" not in at.get(f"/shifts/{shift['id']}").get_data(as_text=True)

    counted(shop, shift, 20000)

    assert f"POST /shifts/{shift['id']}/close" in at.get(f"/shifts/{shift['id']}").get_data(as_text=True)
    answer = at.api("POST", f"/shifts/{shift['id']}/close", {}, **{"Idempotency-Key": "closed-in-the-office"})
    assert answer.status_code == 201
    assert "Z 1" in at.page(f"/shifts/{shift['id']}").text
