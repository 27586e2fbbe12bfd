"""A guest's page of an order: what it shows, what it hides, and what it says of the money."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from pos.db import db, transaction
from pos.stores.models import Store
from tests.client import Shop
from tests.web.page import Page, guest, guest_page

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload='alert(1)'>",
    "{{ 7*7 }} {% raw %}",
    "&lt;b&gt; & </td></table>",
]


def test_guest_sees_lines_taxes_total_and_what_is_still_to_pay(shop: Shop) -> None:
    order = shop.sell(
        items=[{"sku": "IPA", "quantity": 2, "note": "one later"}, {"sku": "TEE-BLK-M", "quantity": 1}],
        tip=200,
        payment={"method": "card", "amount": 4000},
    )

    page = guest_page(shop, order)

    assert f"Order {order['reference']}" in page.text
    assert "2 × House IPA one later $16.00" in page.text
    assert "1 × Tee $25.00" in page.text
    assert "Tax $3.38 Tip $2.00 Total $46.38 Paid $40.00 Still to pay $6.38" in page.text
    assert f"give them the reference {order['reference']}" in page.text


def test_guest_sees_modifiers_and_discounts_but_nothing_voided(shop: Shop) -> None:
    sizes = [{"name": "Size", "choices": [{"name": "Large", "price": 100}]}]
    ale = {"name": "Ale", "sku": "ALE", "kind": "food", "price": 700, "tax_class": "none", "modifiers": sizes}
    assert shop.post("/products", ale, as_="owner").status_code == 201
    items = [{"sku": "ALE", "quantity": 2, "modifiers": ["Large"]}, {"sku": "WATER", "quantity": 1}]
    order = shop.sell(
        items=items, as_="owner", location_id=shop.location_id, discount={"amount": 300, "reason": "regular"}
    )
    water = f"/orders/{order['id']}/lines/{order['lines'][1]['id']}"
    headers = {"If-Match": f'"{order["version"]}"'}
    shop.request("DELETE", water, as_="owner", headers=headers, json={"reason": "never came"})

    page = guest_page(shop, order)

    assert "2 × Ale Large $16.00" in page.text
    assert "Discount -$3.00 Total $13.00" in page.text
    assert "Water" not in page.text


def test_guest_of_a_merged_order_sees_that_it_was_canceled(shop: Shop) -> None:
    order, other = shop.sell(), shop.sell()
    headers = {"If-Match": f'"{order["version"]}"'}
    assert shop.post(f"/orders/{order['id']}/merge", {"order_id": other["id"]}, headers=headers).status_code == 201

    assert "This order was canceled." in guest_page(shop, other).text


def test_guest_of_a_paid_order_is_asked_for_nothing(shop: Shop) -> None:
    page = guest_page(shop, shop.sell(payment={"method": "card"}))

    assert "Paid $8.66" in page.text
    assert "Still to pay" not in page.text
    assert "Please pay" not in page.text


def test_guest_of_a_canceled_order_sees_what_was_given_back_and_owes_nothing(shop: Shop) -> None:
    order = shop.sell(payment={"method": "card"})
    canceled = shop.post(f"/orders/{order['id']}/cancel", {"reason": "Spilled", "refund": True}, as_="owner")

    page = guest_page(shop, order)

    assert canceled.status_code == 200
    assert "This order was canceled." in page.text
    assert "Given back $8.66" in page.text
    assert "Still to pay" not in page.text
    assert "Spilled" not in page.text


def test_guest_sees_tax_that_is_included_as_included(other_shop: Shop) -> None:
    page = guest_page(other_shop, other_shop.sell(phone="030 901820"))

    assert "Tax, included 0,61 € Total 8,00 € Still to pay 8,00 €" in page.text


def test_guest_sees_the_time_of_the_place(shop: Shop) -> None:
    page = guest_page(shop, shop.sell(placed_at="2026-07-04T05:04:05Z"))

    assert "Jul 3, 2026, 10:04 PM · Taproom" in page.text


@pytest.mark.parametrize(
    ("status", "words"),
    [(None, "We have your order."), ("reserved", "is being made"), ("prepared", "is ready"), ("completed", "is done")],
)
def test_guest_sees_how_far_the_order_is(shop: Shop, status: str | None, words: str) -> None:
    order = shop.sell(payment={"method": "card"})
    if status:
        assert shop.post(f"/orders/{order['id']}/fulfillment", {"status": status}).status_code == 200

    assert words in guest_page(shop, order).text


def test_guest_page_names_nobody(shop: Shop) -> None:
    order = shop.sell(phone="(415) 555-0187", name="Ada Lovelace", note="for Ada, call 415 555 0187")
    customer = f"/customers/{order['customer']['id']}"
    version: Any = shop.get(customer).json
    assert shop.patch(customer, {"email": "ada@example.com"}, version=version["version"]).status_code == 200

    shown = guest(shop, order["public_url"]).get_data(as_text=True)

    assert [
        part for part in ("Ada", "Lovelace", "555-0187", "5550187", "ada@", order["customer"]["id"]) if part in shown
    ] == []
    assert "House IPA" in shown


def test_wrong_links_are_all_answered_alike(shop: Shop, other_shop: Shop) -> None:
    ours, theirs = shop.sell()["public_url"], other_shop.sell(phone="030 901820")["public_url"]
    ours, theirs = ours.rpartition("/")[2], theirs.rpartition("/")[2]
    wrong = [
        f"/{shop.slug}/o/{theirs}",
        f"/{other_shop.slug}/o/{ours}",
        f"/nowhere/o/{ours}",
        f"/{shop.slug}/o/{ours[:-1]}",
        f"/{shop.slug}/o/{ours}x",
        f"/{shop.slug}/o/{ours.swapcase()}",
        f"/{shop.slug.upper()}/o/{ours}",
        f"/{shop.slug}/o/%25",
        f"/{shop.slug}/o/' OR true --",
    ]

    wrong += [f"/{shop.slug}/o/{'A' * 5000}", f"/{shop.slug}/o/{ours}%00", f"/{shop.slug}/p/{theirs}"]
    wrong += [f"/{other_shop.slug}/p/{ours}", f"/{other_shop.slug}/p/{ours}.svg", f"/{shop.slug}/p/{ours}x.svg"]

    answers = [shop.client.get(path) for path in wrong]

    assert [answer.status_code for answer in answers] == [404] * len(wrong)
    assert {answer.mimetype for answer in answers} == {"text/html"}
    assert len({answer.get_data() for answer in answers}) == 1, "a difference would tell which part is right"
    assert "This link is not one of ours" in Page(answers[0]).text
    assert shop.client.get(f"/{shop.slug}/o/{ours}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/hops/o/%00", "/hops/o/a%00b", "/%00/o/abc", "/hops/o/%F0%9F%8D%BA", "/hops/o/%ED%A0%80"]
)
def test_link_of_odd_bytes_is_a_wrong_link(shop: Shop, path: str) -> None:
    answer = shop.client.get(path)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_link_of_a_store_that_was_closed_is_a_wrong_link(shop: Shop) -> None:
    order = shop.sell()
    with transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.execute(db.update(Store).where(Store.slug == shop.slug).values(is_active=False))

    assert shop.client.get(urlsplit(order["public_url"]).path).status_code == 404


@pytest.mark.parametrize("slug", ["api", "static", "metrics", "healthz", "readyz", "problems"])
def test_guest_reaches_a_store_that_is_called_like_an_address_of_ours(shop: Shop, slug: str) -> None:
    with transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.execute(db.update(Store).where(Store.slug == shop.slug).values(slug=slug))

    order = shop.sell()

    assert urlsplit(order["public_url"]).path.startswith(f"/{slug}/o/")
    assert f"Order {order['reference']}" in guest_page(shop, order).text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_are_shown_as_text(shop: Shop, hostile: str) -> None:
    plain = Page(guest(shop, shop.sell(items=[{"sku": "IPA", "quantity": 1, "note": "cold"}])["public_url"]))
    rename(shop, hostile)
    product = {"name": hostile, "sku": "EVIL", "kind": "food", "price": 800, "tax_class": "standard"}
    assert shop.post("/products", product, as_="owner").status_code == 201
    order = shop.sell(items=[{"sku": "EVIL", "quantity": 1, "note": hostile}])

    page = guest_page(shop, order)

    # Store, place, address, product and note: each as it was typed, and not one tag more than on a harmless page.
    assert page.text.count(" ".join(hostile.split())) >= 5
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attributes) for _, attributes in page.tags] == [sorted(attributes) for _, attributes in plain.tags]


def rename(shop: Shop, name: str) -> None:
    with transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.execute(db.update(Store).where(Store.slug == shop.slug).values(name=name))
        db.session.execute(text("UPDATE locations SET name = :name, address = :name"), {"name": name})
