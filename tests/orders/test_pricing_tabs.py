"""What tabs cost that are split and merged: the tables of docs/pricing.md row by row."""

import uuid
from typing import Any

from pos import ids
from pos.orders import bill as bills
from pos.orders.bill import Part
from pos.orders.pricing import Discount
from tests.checkout.counter import books, paid
from tests.client import Shop
from tests.orders.baskets import goods
from tests.orders.pricing_page import rows, table, whole
from tests.tables import amounts

SUMS = ("subtotal", "discount", "tax", "total")


def subtotal(part: Part) -> int:
    return part.goods.quantity * part.goods.unit_price


def discount(part: Part) -> int:
    return sum(each.amount or 0 for each in part.discounts)


def tax(part: Part) -> int:
    assert part.goods.taxed is not None
    return part.goods.taxed[1]


@rows("A line in two parts")
def test_parts_of_a_line_share_its_amounts(row: dict[str, str]) -> None:
    quantity, price, off, taxed = whole(row, "quantity", "unit price", "discount", "tax")
    line = goods(price, quantity, taxed=(quantity * price - off, taxed))
    pinned = [Discount(ids.uuid7(), "manual", "Discount", amount=off, line_id=line.id)]

    parts = bills.parted(line, pinned, int(row["goes"]))

    assert [part.goods.quantity for part in parts] == [quantity - int(row["goes"]), int(row["goes"])]
    assert [subtotal(part) for part in parts] == amounts(row["subtotals"])
    assert [discount(part) for part in parts] == amounts(row["discounts"])
    assert [part.goods.taxed[0] for part in parts if part.goods.taxed] == amounts(row["totals"])
    assert [tax(part) for part in parts] == amounts(row["taxes"])
    assert [{each.line_id for each in part.discounts} for part in parts] == [{part.goods.id} for part in parts]
    assert parts[0].goods.id == line.id != parts[1].goods.id


TAB = table("A tab is split and merged again")


def test_tab_keeps_its_amounts_through_split_and_merge(shop: Shop) -> None:
    first = shop.sell(
        as_="owner",
        location_id=shop.location_id,
        items=[
            {"sku": "IPA", "quantity": 3},
            {"sku": "TEE-BLK-M", "quantity": 2},
            {"sku": "WATER", "quantity": 1},
        ],
        discount={"percent": 10, "reason": "regular"},
    )
    tabs = {"first": first["id"]}
    one_of_each = [{"line_id": line["id"], "quantity": 1} for line in first["lines"][:2]]
    steps = {
        "before": lambda: None,
        "split": lambda: tabs.update(second=_split(shop, tabs["first"], one_of_each)["id"]),
        "a Water is added": lambda: shop.post(
            f"/orders/{tabs['first']}/lines", {"items": [{"sku": "WATER", "quantity": 1}]}
        ),
        "merged": lambda: _merge(shop, tabs["first"], tabs["second"]),
    }

    done = ""
    for row in TAB:
        if row["step"] != done:
            steps[row["step"]]()
            done = row["step"]

        order = shop.get(f"/orders/{tabs[row['order']]}").json
        assert [order[column] for column in SUMS] == whole(row, *SUMS), row
        assert books(shop) == []


@rows("What was paid must stay covered")
def test_split_leaves_enough_for_what_was_paid(shop: Shop, row: dict[str, str]) -> None:
    tab = shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "TEE-BLK-M", "quantity": 1}])
    if row["paid"] != "0":
        tab = paid(shop, tab, amount=int(row["paid"]))

    answer = _ask_to_split(shop, tab, [{"line_id": tab["lines"][1]["id"]}])

    assert row["answer"] in (str(answer.status_code), answer.json.get("type", "").removeprefix("/problems/"))
    stayed = shop.get(f"/orders/{tab['id']}").json
    assert stayed["total"] == (866 if answer.status_code == 201 else 3572)
    assert stayed["amount_paid"] == int(row["paid"])
    assert books(shop) == []


def test_discounts_of_an_order_are_pinned_to_its_lines(shop: Shop) -> None:
    tab = shop.sell(
        as_="owner",
        location_id=shop.location_id,
        items=[{"sku": "IPA", "quantity": 3}, {"sku": "TEE-BLK-M", "quantity": 2}],
        discount={"percent": 10, "reason": "regular"},
    )
    lines = {line["id"]: line["discount"] for line in tab["lines"]}

    _split(shop, tab["id"], [{"line_id": tab["lines"][1]["id"]}])

    (kept,) = shop.get(f"/orders/{tab['id']}").json["discounts"]
    assert (kept["percent"], kept["line_id"]) == (None, tab["lines"][0]["id"])
    assert kept["amount"] == kept["off"] == lines[kept["line_id"]] == 240


def _ask_to_split(shop: Shop, tab: dict[str, Any], parts: list[dict[str, Any]]) -> Any:
    return shop.post(f"/orders/{tab['id']}/split", {"lines": parts}, headers={"If-Match": f'"{tab["version"]}"'})


def _split(shop: Shop, order_id: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    answer = _ask_to_split(shop, shop.get(f"/orders/{order_id}").json, parts)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert uuid.UUID(answer.json["split_from_id"]) == uuid.UUID(order_id)
    return dict(answer.json)


def _merge(shop: Shop, order_id: str, other_id: str) -> None:
    version = shop.get(f"/orders/{order_id}").json["version"]
    answer = shop.post(f"/orders/{order_id}/merge", {"order_id": other_id}, headers={"If-Match": f'"{version}"'})
    assert answer.status_code == 201, answer.get_data(as_text=True)
