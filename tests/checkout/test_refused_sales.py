"""Sales without network that the books refuse: told by the tablet, looked at by a person, settled when they are booked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos import clock, ids
from pos.db import db, transaction
from tests.checkout.counter import books, done
from tests.client import Shop, new_key
from tests.refusals import slug_of

PROBLEM = {"type": "/problems/price-missing", "title": "At which price?", "status": 422, "detail": "Say the price."}


def refused(shop: Shop, **facts: Any) -> dict[str, Any]:
    """A sale without network, as the tablet sent it: without the price at which it sold."""
    return shop.order(offline=True, name="Ada", **facts)


def tell(shop: Shop, key: str, sale: dict[str, Any], problem: dict[str, Any] = PROBLEM, **options: Any) -> TestResponse:
    return shop.post("/register/refused-sales", {"key": key, "sale": sale, "problem": problem}, **options)


def items(shop: Shop, **asked: Any) -> list[dict[str, Any]]:
    return done(shop.get("/attention-items", as_="owner", query_string={"kind": "refused_sale", **asked}))["data"]


def kept(shop: Shop) -> str:
    """All details of items as they stand in the database, in its log too."""
    with transaction(UUID(shop.store_id)):
        details = "SELECT detail::text FROM attention_items UNION ALL SELECT after::text FROM audit_log"
        return str(db.session.scalars(text(details)).all())


def another_register(shop: Shop) -> dict[str, Any]:
    made = done(shop.post("/registers", {"name": "Bar 2", "location_id": shop.location_id}, as_="owner"), 201)
    enrolled = {"store": shop.slug, "code": made["enrolment_code"]}
    return {"id": made["id"], "token": done(shop.post("/register/enrol", enrolled, as_="nobody"))["token"]}


def test_refused_sale_is_looked_at(shop: Shop) -> None:
    key, sale = new_key(), refused(shop)
    assert shop.post("/orders", sale, key=key).status_code == 422

    told = tell(shop, key, sale)

    [item] = items(shop)
    customer = done(shop.post("/customers/lookup", {"phone": sale["phone"]}))
    assert (told.status_code, told.json) == (201, {"id": item["id"], "key": key})
    assert item["subject"] == f"sales:{key}"
    assert item["detail"] == {
        "register_id": shop.register_id,
        "sale": {"items": sale["items"], "offline": True},
        "problem": PROBLEM,
        "customer_id": customer["id"],
    }
    assert (customer["name"], customer["order_count"]) == ("Ada", 0)
    assert books(shop) == []


def test_sale_that_is_told_again_is_one_item(shop: Shop) -> None:
    key = new_key()
    first = done(tell(shop, key, refused(shop)), 201)

    again = tell(shop, key, refused(shop, tip=100), PROBLEM | {"status": 409})

    [item] = items(shop)
    assert (again.status_code, again.json) == (200, first)
    assert (item["detail"]["sale"]["tip"], item["detail"]["problem"]["status"]) == (100, 409)


def test_sale_that_was_settled_is_told_anew(shop: Shop) -> None:
    key = new_key()
    item = done(tell(shop, key, refused(shop)), 201)
    done(shop.post(f"/attention-items/{item['id']}/resolution", {"resolution": "rung up by hand"}, as_="owner"))

    assert tell(shop, key, refused(shop)).status_code == 201
    assert len(items(shop)) == 2
    assert len(items(shop, is_open="true")) == 1


def test_sale_that_is_booked_at_last_settles_its_item(shop: Shop) -> None:
    key, other = new_key(), new_key()
    done(tell(shop, key, refused(shop)), 201)
    done(tell(shop, other, refused(shop)), 201)
    mended = refused(shop, items=[{"sku": "IPA", "quantity": 1, "unit_price": 800}])

    still_refused = shop.post("/orders", refused(shop), key=key)
    open_then = len(items(shop, is_open="true"))
    done(shop.post("/orders", mended, key=key), 201)

    [settled] = items(shop, is_open="false")
    assert (still_refused.status_code, open_then) == (422, 2)
    assert (settled["subject"], settled["resolution"]) == (f"sales:{key}", "sold after all")
    assert settled["resolved_by"] == f"register:{shop.register_id}"
    assert [item["subject"] for item in items(shop, is_open="true")] == [f"sales:{other}"]


def test_sale_that_is_booked_by_now_is_looked_at_by_nobody(shop: Shop) -> None:
    """The answer to the sale was lost, or it was sent from another window."""
    key = new_key()
    shop.sell(key=key)

    told = tell(shop, key, refused(shop))

    assert (told.status_code, told.json) == (200, {"id": None, "key": key})
    assert items(shop) == []


def test_key_of_something_else_keeps_no_refusal_from_being_told(shop: Shop) -> None:
    key, order = new_key(), shop.sell()
    done(shop.post(f"/orders/{order['id']}/payments", {"method": "cash"}, key=key), 201)

    assert tell(shop, key, refused(shop)).status_code == 201


def test_another_register_tells_beside_what_is_known(shop: Shop) -> None:
    """It cannot make a refused sale look like another; the register that made it can, as with one that was mended."""
    key, other = new_key(), another_register(shop)
    done(tell(shop, key, refused(shop)), 201)

    answers = [
        tell(shop, key, {"note": "Nothing happened", "phone": "4155550142"}, as_=other["token"]),
        tell(shop, key, {"note": "At all"}, as_=other["token"]),
        tell(shop, key, refused(shop, tip=100)),
    ]

    [item] = items(shop)
    [beside] = item["detail"]["told_by_others"]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert (item["detail"]["register_id"], item["detail"]["sale"]["tip"]) == (shop.register_id, 100)
    assert beside == {"register_id": other["id"], "sale": {"note": "At all"}, "problem": PROBLEM}


def test_what_a_sale_says_is_kept_sealed(shop: Shop) -> None:
    said = {
        "tab_name": "Ada L.",
        "note": "call 415 555 0199",
        "items": [{"sku": "IPA", "note": "for Grace"}],
        "odd": "Lin",
    }
    done(tell(shop, new_key(), refused(shop, **said), PROBLEM | {"detail": "Tom is no number"}), 201)

    [item] = items(shop)
    assert item["detail"]["sale"].items() >= said.items()
    assert not [word for word in ("Ada", "0199", "Grace", "Lin", "Tom") if word in kept(shop)]


def test_number_beyond_64_bits_is_refused(shop: Shop) -> None:
    body = '{"key": "k", "problem": {}, "sale": {"x": %d}}'

    def status(number: int) -> int:
        options = {"data": body % number, "content_type": "application/json"}
        return shop.request("POST", "/register/refused-sales", **options).status_code

    assert [status(10**30), status(-(2**63)), status(10**18 - 1)] == [400, 400, 201]


@pytest.mark.parametrize("phone", ["call me", "+1 900 555 0132", 4155550132, {"a": 1}])
def test_phone_that_is_none_is_kept_sealed(shop: Shop, phone: Any) -> None:
    """A manager sees what was typed, to find out whose it was; the database does not hold it in the clear."""
    done(tell(shop, new_key(), refused(shop) | {"phone": phone}), 201)

    [item] = items(shop)
    assert (item["detail"]["phone"], item["detail"]["name"]) == (phone, "Ada")
    assert "customer_id" not in item["detail"]
    assert "Ada" not in kept(shop)
    assert str(phone) not in kept(shop)


def test_walk_in_is_nobody(shop: Shop) -> None:
    done(tell(shop, new_key(), shop.order(phone=None, walk_in=True, offline=True)), 201)

    [item] = items(shop)
    assert set(item["detail"]) == {"register_id", "sale", "problem"}


@pytest.mark.parametrize(
    "change", [{"key": ""}, {"key": "k" * 256}, {"key": "ñ"}, {"sale": []}, {"problem": None}, {"more": 1}]
)
def test_odd_report_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    body = {"key": new_key(), "sale": {}, "problem": {}, **change}

    assert slug_of(shop.post("/register/refused-sales", body)) == (422, "invalid")


def test_only_a_register_tells_of_refused_sales(shop: Shop) -> None:
    assert slug_of(tell(shop, new_key(), refused(shop), as_="owner")) == (403, "register-token-required")


# --- booked after all, by a manager ---------------------------------------------------------------------------


def book(shop: Shop, item_id: str, as_: str = "owner", **changes: Any) -> TestResponse:
    return shop.post(f"/attention-items/{item_id}/booking", changes, as_=as_)


def kept_sale(shop: Shop, **facts: Any) -> tuple[str, str]:
    """A refused sale that could be booked: its key, and its item's id."""
    key, items = new_key(), [{"sku": "IPA", "quantity": 2, "unit_price": 750}]
    yesterday = (clock.now() - timedelta(days=1)).isoformat()
    sale = shop.order(offline=True, payment={"method": "cash"}, items=items, placed_at=yesterday, **facts)
    return key, done(tell(shop, key, sale), 201)["id"]


def test_refused_sale_is_booked_as_it_was_made_and_once(shop: Shop) -> None:
    key, item_id = kept_sale(shop, name="Ada", user_id=shop.people["cashier"])

    order = done(book(shop, item_id), 201)
    sent_again = shop.post("/orders", shop.order(offline=True), key=key)

    # Then it stands as sold, by whom it names, at that register, and nobody has to look at it
    assert (order["subtotal"], order["is_offline"], order["payment_status"]) == (1500, True, "paid")
    assert (order["user_id"], order["register_id"]) == (shop.people["cashier"], shop.register_id)
    assert order["customer"]["name"] == "Ada"
    [item] = items(shop)
    assert (item["resolution"], item["resolved_by"]) == ("sold after all", "api-key")
    # And neither the tablet nor another manager books it once more
    assert slug_of(sent_again) == (422, "idempotency-key-reused")
    assert slug_of(book(shop, item_id)) == (409, "already-resolved")
    assert tell(shop, key, refused(shop)).json["id"] is None
    assert len(done(shop.get("/orders"))["data"]) == 1
    assert books(shop) == []


def test_what_stood_in_its_way_is_put_right(shop: Shop) -> None:
    _, by_nobody = kept_sale(shop, phone="12", coupon="GONE", rewards=[str(ids.uuid7())])
    _, for_another = kept_sale(shop, phone="12")

    # As it is, it cannot be booked, and the item stays
    assert slug_of(book(shop, by_nobody)) == (422, "unknown-coupon")
    assert slug_of(book(shop, by_nobody, coupon=None)) == (422, "invalid-phone")
    walk_in = done(book(shop, by_nobody, walk_in=True, coupon=None), 201)
    hers = done(book(shop, for_another, phone="(415) 555-0177", name="Grace"), 201)

    assert (walk_in["customer"]["origin"], walk_in["rewards"]) == ("walk_in", [])
    assert (hers["customer"]["phone"], hers["customer"]["name"]) == ("+14155550177", "Grace")
    assert books(shop) == []


def test_only_a_refused_sale_that_can_be_read_is_booked_and_by_managers(shop: Shop, other_shop: Shop) -> None:
    item = done(tell(shop, new_key(), refused(shop) | {"items": "two beers"}), 201)["id"]
    shop.sell(items=[{"sku": "WATER", "quantity": 1, "unit_price": 1}], offline=True)
    [drift] = done(shop.get("/attention-items?kind=price_drift", as_="owner"))["data"]

    assert slug_of(book(shop, item)) == (422, "sale-cannot-be-booked")
    assert slug_of(book(shop, drift["id"])) == (404, "not-found")
    assert slug_of(book(other_shop, item)) == (404, "not-found")
    assert slug_of(book(shop, item, as_="register")) == (403, "role-too-low")
    assert items(shop, is_open="true")[0]["id"] == item
