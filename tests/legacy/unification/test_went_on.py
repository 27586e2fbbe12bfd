"""Old orders that went on here, and what was carried back and went on here: the sheet explains it, the way back carries it along."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.client import Shop
from tests.legacy.telling import customer, order, written
from tests.legacy.unification.old import Town, sheet
from tests.legacy.unification.trading import ADA, MEI

# One worker makes what all of them look at.
pytestmark = pytest.mark.xdist_group("legacy_went_on")

OWNER = {"as_": "owner", "headers": {"If-Match": "*"}}
CASH = {"method": "cash"}
CHANGED = "old orders changed here"
# Old orders by what becomes of them here: of those that are there, and of open ones besides, whose total some lines do not come to.
THERE = {"paid": 11, "refunded in part": 1, "refunded": 9}
BESIDES = ("canceled", "moved", "split", "merged", "home", "moved and paid", "more", "more, split", "less, split")
ITEMS = '[{"name": "Tee", "quantity": 1, "price": 12.00}, {"name": "Cap", "quantity": 2, "price": 4.00}]'


@dataclass(frozen=True)
class WentOn:
    """What was said and what the old base held at each step."""

    town: Town
    old_ids: dict[str, int]
    proven: dict[str, Any]
    orders: dict[int, tuple[Any, ...]]
    new: list[tuple[Any, ...]]
    again: dict[str, tuple[Any, ...]]
    said: str
    broken: list[Any]


@pytest.fixture(scope="module")
def went_on(module_town: Town, tmp_path_factory: pytest.TempPathFactory) -> WentOn:
    town, shop = module_town, module_town.shop
    old_ids = THERE | {what: _open_order(town, what) for what in BESIDES}
    town.done("unify")
    sales = {"sale": shop.sell(phone=ADA, payment=CASH), "tab": shop.sell(phone=MEI)}
    _go_on(shop, {what: _order_of(town, old_id) for what, old_id in old_ids.items()})
    _take_chat(town, tmp_path_factory.mktemp("chat"))
    proven, broken = {"after the move": sheet(town.done("verify"))}, [town.broken_rules()]
    said = town.done("rollback", "--yes")
    orders = {old_id: tuple(told) for old_id, *told in town.old("SELECT id, status, total::text FROM orders")}
    new = town.old("SELECT status, total::text FROM orders WHERE order_number LIKE 'TP-%' ORDER BY id")
    broken.append(town.broken_rules())
    _ok(shop.post(f"/orders/{sales['sale']['id']}/refunds", {"amount": 866, "reason": "flat"}, as_="owner"))
    _ok(shop.post(f"/orders/{sales['tab']['id']}/payments", CASH))
    town.done("unify")
    proven["again"] = sheet(town.done("verify"))
    broken.append(town.broken_rules())
    town.done("rollback", "--yes")
    again = {what: _sold(town, each["reference"]) for what, each in sales.items()}
    return WentOn(town, old_ids, proven, orders, new, again, said, broken)


def _sold(town: Town, reference: str) -> tuple[Any, ...]:
    [told] = town.old("SELECT status, total::text FROM orders WHERE order_number = %s", [f"TP-{reference}"])
    return told


def _go_on(shop: Shop, orders: dict[str, dict[str, Any]]) -> None:
    ada = {"phone": ADA}

    def path(what: str) -> str:
        return f"/orders/{orders[what]['id']}"

    def line(what: str, position: int) -> str:
        return str(orders[what]["lines"][position]["id"])

    _ok(shop.post(f"{path('paid')}/payments", CASH))
    _ok(shop.post(f"{path('more')}/payments", CASH))
    _ok(shop.post(f"{path('refunded in part')}/refunds", {"amount": 500, "reason": "flat"}, as_="owner"))
    _ok(shop.post(f"{path('refunded')}/refunds", {"amount": 2250, "reason": "flat"}, as_="owner"))
    _ok(shop.post(f"{path('canceled')}/cancel", {"reason": "rain"}, **OWNER))
    _ok(shop.patch(path("moved"), ada, version=1, as_="register"))
    _ok(shop.patch(path("moved and paid"), ada, version=1, as_="register"))
    _ok(shop.post(f"{path('moved and paid')}/payments", CASH))
    _ok(shop.post(f"{path('split')}/split", {"lines": [{"line_id": line("split", 0)}]}, headers={"If-Match": '"1"'}))
    for what in ("more, split", "less, split"):
        _ok(shop.post(f"{path(what)}/split", {"lines": [{"line_id": line(what, 0)}]}, headers={"If-Match": '"1"'}))
    _ok(shop.post(f"{path('home')}/merge", {"order_id": orders["merged"]["id"]}, headers={"If-Match": "*"}))


def _open_order(town: Town, what: str) -> int:
    total = {"more": 25, "less": 15}.get(what[:4], 20)
    return town.add("orders", customer_id=6, order_number=f"L-2{what}", status="pending", total=total, items=ITEMS)


def _order_of(town: Town, old_id: int) -> dict[str, Any]:
    """What an old order became."""
    [(order_id,)] = town.books(
        "SELECT order_id FROM source_ids WHERE source = 'legacy' AND kind = 'order' AND number = %s", [old_id]
    )
    return dict(_ok(town.shop.get(f"/orders/{order_id}", as_="owner")))


def _take_chat(town: Town, folder: Path) -> None:
    (folder / "customer_info_1.json").write_bytes(written(customer(order())))
    words = ("import", "customer-info", str(folder), "--store", town.shop.slug)
    result = town.app.test_cli_runner().invoke(args=words)
    assert result.exit_code == 0, result.output


def _ok(response: Any) -> Any:
    assert response.status_code in (200, 201), response.text
    return response.json


def test_sheet_explains_old_orders_that_went_on(went_on: WentOn) -> None:
    first, again = went_on.proven["after the move"], went_on.proven["again"]

    assert first[CHANGED] == ("0", "11", "they went on; a way back carries it along")
    assert again[CHANGED] == ("0", "2", "they went on; a way back carries it along")
    assert first["spent, by completed orders"] == ("339.50 USD", "339.50 USD", "ok")
    assert again["spent, by completed orders"] == ("378.66 USD", "378.66 USD", "ok")
    assert went_on.broken == [[], [], []]


def test_rollback_carries_back_what_became_of_old_orders(went_on: WentOn) -> None:
    found = {what: went_on.orders[old_id] for what, old_id in went_on.old_ids.items()}

    assert found == {
        "paid": ("completed", "13.00"),
        "refunded in part": ("completed", "9.00"),
        "refunded": ("canceled", "22.50"),
        "canceled": ("canceled", "20.00"),
        "moved": ("pending", "20.00"),
        "moved and paid": ("completed", "20.00"),
        "split": ("pending", "8.00"),
        "merged": ("canceled", "0.00"),
        "home": ("pending", "40.00"),
        "more": ("completed", "25.00"),
        "more, split": ("pending", "13.00"),
        "less, split": ("pending", "6.00"),
    }
    assert "carried back: 11 old order(s) that were paid, refunded or canceled here" in went_on.said


def test_rollback_carries_parts_back_as_sales_but_nothing_of_the_chat(went_on: WentOn) -> None:
    assert went_on.new == [("completed", "8.66"), ("pending", "8.66"), ("pending", "12.00"), ("pending", "12.00"), ("pending", "9.00")]  # fmt: skip
    assert "carried back: 1 new customer(s)" in went_on.said


def test_sale_that_was_carried_back_is_carried_back_again_as_it_is_by_then(went_on: WentOn) -> None:
    assert went_on.again == {"sale": ("canceled", "8.66"), "tab": ("completed", "8.66")}
