"""Stock at the counter: taken with the sale, given back with its cancellation."""

from typing import Any

import pytest

from tests.client import Shop

TEE = "TEE-BLK-M"


def stock(shop: Shop, sku: str = TEE) -> int | None:
    (found,) = shop.get(f"/products?sku={sku}").json["data"]
    return found["stock_quantity"]


def tees(*quantities: int) -> list[dict[str, Any]]:
    return [{"sku": TEE, "quantity": quantity} for quantity in quantities]


def add_mugs(shop: Shop, count: int) -> str:
    mug = {"name": "Mug", "sku": "MUG", "kind": "merch", "price": 1200, "tax_class": "none", "stock_quantity": count}
    return str(shop.post("/products", mug, as_="owner").json["id"])


@pytest.mark.parametrize(("quantities", "left"), [([1], 39), ([40], 0), ([3, 4, 5], 28), ([20, 20], 0)])
def test_sale_takes_stock_over_all_its_lines(shop: Shop, quantities: list[int], left: int) -> None:
    shop.sell(items=tees(*quantities))

    assert stock(shop) == left


@pytest.mark.parametrize("quantities", [[41], [21, 20], [39, 1, 1]])
def test_sale_beyond_the_stock_is_refused_and_names_the_product(shop: Shop, quantities: list[int]) -> None:
    refused = shop.post("/orders", shop.order(items=tees(*quantities)))

    assert refused.status_code == 422
    assert refused.json["type"] == "/problems/out-of-stock"
    assert refused.json["detail"] == f"Tee: 40 left, {sum(quantities)} asked for. Take fewer, or leave it out."
    assert stock(shop) == 40


def test_lines_by_id_and_by_sku_add_up(shop: Shop) -> None:
    mixed = [*tees(21), {"product_id": shop.products[TEE], "quantity": 20}]

    assert shop.post("/orders", shop.order(items=mixed)).status_code == 422
    assert stock(shop) == 40


def test_refused_sale_takes_nothing_at_all(shop: Shop) -> None:
    """Neither the other product's stock nor a customer, a payment or the key is kept."""
    add_mugs(shop, 1)
    body = shop.order(items=[*tees(2), {"sku": "MUG", "quantity": 2}], payment={"method": "cash"})

    refused = shop.post("/orders", body, key="same")
    body["items"][1]["quantity"] = 1
    known = shop.post("/customers/lookup", {"phone": body["phone"]})
    sold = shop.post("/orders", body, key="same")

    assert "Mug" in refused.json["detail"]
    assert known.status_code == 404
    assert sold.status_code == 201
    assert sold.json["customer"]["order_count"] == 1
    assert (stock(shop), stock(shop, "MUG")) == (38, 0)


def test_cancel_gives_stock_back(shop: Shop) -> None:
    add_mugs(shop, 5)
    order = shop.sell(items=[*tees(3, 4), {"sku": "MUG", "quantity": 5}, {"sku": "WATER", "quantity": 9}])
    assert (stock(shop), stock(shop, "MUG")) == (33, 0)

    shop.post(f"/orders/{order['id']}/cancel", {"reason": "changed their mind"})

    assert (stock(shop), stock(shop, "MUG"), stock(shop, "WATER")) == (40, 5, None)


def test_replayed_sale_takes_stock_once(shop: Shop) -> None:
    for _ in range(3):
        shop.sell(key="same", items=tees(2))

    assert stock(shop) == 38


def test_stock_that_began_to_be_counted_after_the_sale_is_not_given_back(shop: Shop) -> None:
    """The order took nothing out of what is counted now."""
    order = shop.sell(items=[{"sku": "STICKER", "quantity": 5}, {"sku": "IPA", "quantity": 1}])
    path = f"/products/{shop.products['STICKER']}"
    shop.patch(path, {"stock_quantity": 100}, version=shop.get(path).json["version"])

    shop.post(f"/orders/{order['id']}/cancel", {"reason": "changed their mind"})

    assert stock(shop, "STICKER") == 100


def test_stock_that_is_no_longer_counted_stays_so_after_a_cancellation(shop: Shop) -> None:
    order = shop.sell(items=tees(2))
    path = f"/products/{shop.products[TEE]}"
    shop.patch(path, {"stock_quantity": None}, version=shop.get(path).json["version"])

    shop.post(f"/orders/{order['id']}/cancel", {"reason": "changed their mind"})

    assert stock(shop) is None


def test_replayed_cancellation_gives_stock_back_once(shop: Shop) -> None:
    order = shop.sell(items=tees(2))

    answers = [shop.post(f"/orders/{order['id']}/cancel", {"reason": "no"}, key="same").status_code for _ in range(2)]

    assert answers == [200, 409]
    assert stock(shop) == 40
