"""Categories and products over HTTP."""

import uuid
from typing import Any

import pytest

from tests.client import Shop
from tests.refusals import slug_of

STOUT = {"name": "Stout", "sku": "STOUT", "kind": "food", "price": 700, "tax_class": "standard"}


def create(shop: Shop, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = shop.post(path, body, as_="owner")
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.json


def product(shop: Shop, sku: str) -> dict[str, Any]:
    (found,) = shop.get(f"/products?sku={sku}").json["data"]
    return found


def edit(shop: Shop, path: str, changes: dict[str, Any]) -> Any:
    """Changes something as the owner, at the version of now."""
    return shop.patch(path, changes, version=shop.get(path).json["version"])


# --- categories -----------------------------------------------------------------------------------------------


def test_category_counts_its_own_products(shop: Shop) -> None:
    cans = create(shop, "/categories", {"name": "Cans", "parent_id": shop.category_id})
    create(shop, "/products", STOUT | {"category_id": cans["id"]})

    listed = {category["name"]: category for category in shop.get("/categories").json["data"]}

    assert {name: category["product_count"] for name, category in listed.items()} == {"Everything": 5, "Cans": 1}
    assert listed["Cans"]["parent_id"] == shop.category_id
    assert shop.get(f"/categories/{cans['id']}").json == cans | {"product_count": 1}


def test_category_name_that_is_taken_is_refused_in_plain_words(shop: Shop) -> None:
    refused = shop.post("/categories", {"name": "Everything"}, as_="owner")

    assert slug_of(refused) == (409, "already-taken")
    assert refused.json["detail"] == "Another category already has this name."


def test_category_cannot_lie_within_itself(shop: Shop) -> None:
    """A → B → C: moving A below C would take all three out of the tree."""
    names, ids = ("A", "B", "C"), [shop.category_id]
    ids += [create(shop, "/categories", {"name": name})["id"] for name in names]
    for child, parent in zip(ids[2:], ids[1:], strict=False):
        assert edit(shop, f"/categories/{child}", {"parent_id": parent}).status_code == 200

    refused = {
        below: slug_of(edit(shop, f"/categories/{ids[1]}", {"parent_id": parent}))
        for below, parent in zip(names, ids[1:], strict=True)
    }

    assert refused == dict.fromkeys(names, (422, "category-cycle"))
    assert shop.get(f"/categories/{ids[1]}").json["parent_id"] is None


def test_category_moves_and_comes_back_to_the_top(shop: Shop) -> None:
    outer, inner = (create(shop, "/categories", {"name": name}) for name in ("Outer", "Inner"))

    moved = edit(shop, f"/categories/{inner['id']}", {"parent_id": outer["id"]}).json
    back = edit(shop, f"/categories/{inner['id']}", {"parent_id": None, "name": "Inside"}).json
    turned = edit(shop, f"/categories/{outer['id']}", {"parent_id": inner["id"]})

    assert (moved["parent_id"], back["parent_id"], back["name"]) == (outer["id"], None, "Inside")
    assert turned.status_code == 200


@pytest.mark.parametrize("where", ["nowhere", "elsewhere"])
def test_category_needs_a_parent_of_its_own_store(shop: Shop, other_shop: Shop, where: str) -> None:
    parent_id = other_shop.category_id if where == "elsewhere" else str(uuid.uuid4())

    created = shop.post("/categories", {"name": "Cans", "parent_id": parent_id}, as_="owner")
    moved = edit(shop, f"/categories/{shop.category_id}", {"parent_id": parent_id})

    assert created.status_code in {404, 422}
    assert moved.status_code in {404, 422}


# --- products -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, {"needs_preparation": True, "stock_quantity": None, "stock_status": "in_stock", "status": "active"}),
        ({"kind": "merch"}, {"needs_preparation": False}),
        ({"kind": "merch", "needs_preparation": True}, {"needs_preparation": True}),
        ({"needs_preparation": False}, {"needs_preparation": False}),
        ({"stock_quantity": 1}, {"stock_quantity": 1, "stock_status": "in_stock"}),
        ({"stock_quantity": 0}, {"stock_quantity": 0, "stock_status": "out_of_stock"}),
        ({"price": 0}, {"price": 0}),
        ({"price": 10**12}, {"price": 10**12}),
        ({"status": "inactive"}, {"status": "inactive"}),
        ({"name": "  Stout  "}, {"name": "Stout"}),
        ({"image_url": "https://img.example/stout.png"}, {"image_url": "https://img.example/stout.png"}),
        ({"sku": "st.out_7-b"}, {"sku": "st.out_7-b"}),
    ],
)
def test_create_product_shows_it_as_it_will_be_sold(shop: Shop, changes: dict[str, Any], shown: dict[str, Any]) -> None:
    created = create(shop, "/products", STOUT | changes)

    assert {name: created[name] for name in shown} == shown
    assert shop.get(f"/products/{created['id']}").json == created


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"tax_class": "luxury"}, "/tax_class"),
        ({"kind": "drink"}, "/kind"),
        ({"price": -1}, "/price"),
        ({"price": 10**12 + 1}, "/price"),
        ({"price": 7.5}, "/price"),
        ({"price": "700"}, "/price"),
        ({"price": True}, "/price"),
        ({"price": None}, "/price"),
        ({"sku": ""}, "/sku"),
        ({"sku": "-STOUT"}, "/sku"),
        ({"sku": "STOUT 1"}, "/sku"),
        ({"sku": "S" * 65}, "/sku"),
        ({"name": " "}, "/name"),
        ({"name": "Stout\x07"}, "/name"),
        ({"stock_quantity": -1}, "/stock_quantity"),
        ({"status": "sold"}, "/status"),
        ({"needs_preparation": 1}, "/needs_preparation"),
        ({"image_url": "javascript:alert(1)"}, "/image_url"),
        ({"category_id": str(uuid.UUID(int=7))}, "/category_id"),
        ({"cost": 100}, "/cost"),
    ],
)
def test_create_product_refuses(shop: Shop, changes: dict[str, Any], pointer: str) -> None:
    response = shop.post("/products", STOUT | changes, as_="owner")

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json["errors"]] == [pointer]
    assert shop.get("/products?sku=STOUT").json["data"] == []


@pytest.mark.parametrize("missing", list(STOUT))
def test_create_product_needs(shop: Shop, missing: str) -> None:
    response = shop.post("/products", {name: value for name, value in STOUT.items() if name != missing}, as_="owner")

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json["errors"]] == [f"/{missing}"]


def test_tax_class_must_have_a_rate_everywhere(shop: Shop) -> None:
    """A product that only one of two locations could sell would be refused at the counter, before a customer."""
    truck = {"name": "Truck", "timezone": "UTC", "tax_rates": {"standard": "0.07"}}
    create(shop, "/locations", truck)

    refused = shop.post("/products", STOUT | {"tax_class": "prepared"}, as_="owner")
    changed = edit(shop, f"/products/{shop.products['IPA']}", {"tax_class": "prepared"})

    assert slug_of(refused) == slug_of(changed) == (422, "invalid")
    assert "prepared" in refused.json["detail"]
    assert "Known everywhere: standard" in refused.json["detail"]


def test_sku_that_is_taken_is_refused_in_plain_words(shop: Shop, other_shop: Shop) -> None:
    created = shop.post("/products", STOUT | {"sku": "IPA"}, as_="owner")
    renamed = edit(shop, f"/products/{shop.products['WATER']}", {"sku": "IPA"})

    assert slug_of(created) == slug_of(renamed) == (409, "already-taken")
    assert created.json["detail"] == renamed.json["detail"] == "Another product already has this sku."
    create(shop, "/products", STOUT)
    create(other_shop, "/products", STOUT)


def test_change_product_keeps_what_was_not_sent(shop: Shop) -> None:
    before = product(shop, "TEE-BLK-M")

    after = edit(shop, f"/products/{before['id']}", {"price": 2600}).json

    assert after == before | {"price": 2600, "regular_price": 2600, "version": before["version"] + 1}


@pytest.mark.parametrize(
    ("stock", "status"), [(7, "in_stock"), (1, "in_stock"), (0, "out_of_stock"), (None, "in_stock")]
)
def test_stock_is_edited_counted_down_and_no_longer_counted(shop: Shop, stock: int | None, status: str) -> None:
    path = f"/products/{shop.products['TEE-BLK-M']}"

    edited = edit(shop, path, {"stock_quantity": stock}).json
    answer = shop.post("/orders", shop.order(items=[{"sku": "TEE-BLK-M", "quantity": 1}]))

    assert (edited["stock_quantity"], edited["stock_status"]) == (stock, status)
    assert answer.status_code == (201 if status == "in_stock" else 422)
    assert shop.get(path).json["stock_quantity"] == (stock - 1 if stock else stock)


def test_inactive_product_is_listed_but_not_sold(shop: Shop) -> None:
    edit(shop, f"/products/{shop.products['IPA']}", {"status": "inactive"})

    by_sku = shop.post("/orders", shop.order())
    by_id = shop.post("/orders", shop.order(items=[{"product_id": shop.products["IPA"], "quantity": 1}]))

    assert slug_of(by_sku) == slug_of(by_id) == (422, "unknown-product")
    assert by_sku.json["errors"][0]["pointer"] == "/items/0"
    assert product(shop, "IPA")["status"] == "inactive"

    edit(shop, f"/products/{shop.products['IPA']}", {"status": "active"})
    assert shop.sell()["total"] == 866


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("", {"IPA", "PRETZEL", "WATER", "TEE-BLK-M", "STICKER"}),
        ("kind=merch", {"TEE-BLK-M", "STICKER"}),
        ("sku=IPA", {"IPA"}),
        ("sku=ipa", set()),
        ("status=active&kind=food", {"IPA", "PRETZEL", "WATER"}),
        ("status=inactive", set()),
        ("category_id={category}", {"IPA", "PRETZEL", "WATER", "TEE-BLK-M", "STICKER"}),
        ("category_id={nowhere}", set()),
    ],
)
def test_list_products_is_narrowed_by_filters(shop: Shop, query: str, skus: set[str]) -> None:
    filled = query.format(category=shop.category_id, nowhere=uuid.uuid4())

    assert {found["sku"] for found in shop.get(f"/products?{filled}").json["data"]} == skus


def test_list_products_goes_on_page_by_page(shop: Shop) -> None:
    seen, query = [], "limit=2"
    for _ in range(4):
        answer = shop.get(f"/products?{query}").json
        seen += [found["sku"] for found in answer["data"]]
        query = f"limit=2&after={answer['next']}"
        if answer["next"] is None:
            break

    assert seen == ["STICKER", "TEE-BLK-M", "WATER", "PRETZEL", "IPA"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "after=nonsense", "kind=drink", "price=800"])
def test_list_products_refuses_odd_queries(shop: Shop, query: str) -> None:
    assert shop.get(f"/products?{query}").status_code == 422


def test_product_of_another_store_is_not_there(shop: Shop, other_shop: Shop) -> None:
    path = f"/products/{other_shop.products['IPA']}"

    sold = shop.post("/orders", shop.order(items=[{"product_id": other_shop.products["IPA"], "quantity": 1}]))

    assert shop.get(path).status_code == 404
    assert shop.patch(path, {"price": 1}, version=1).status_code == 404
    assert slug_of(sold) == (422, "unknown-product")
    assert other_shop.get(path).json["price"] == 800


@pytest.mark.parametrize(("least", "status"), [([20, 20, 10], 201), ([20, 20, 11], 422)])
def test_product_asks_for_no_more_choices_than_an_item_takes(shop: Shop, least: list[int], status: int) -> None:
    groups = [
        {"name": f"Group {at}", "min": each, "max": 20, "choices": [{"name": f"Choice {at}"}]}
        for at, each in enumerate(least)
    ]

    answer = shop.post("/products", STOUT | {"modifiers": groups}, as_="owner")

    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json.get("errors", [])] == ["/modifiers"] * (status == 422)
