"""Coupons: made in the office, used at the counter, given back with a cancellation."""

from datetime import timedelta
from typing import Any

import pytest

from pos import clock
from tests.checkout.counter import books, cancel, change_order, coupon, done, now, signed_in, used
from tests.client import Shop
from tests.refusals import slug_of

TEES = [{"sku": "TEE-BLK-M", "quantity": 2}]
WATERS = [{"sku": "WATER", "quantity": 2}]


def change(shop: Shop, made: dict[str, Any], **changes: Any) -> Any:
    return shop.patch(f"/coupons/{made['id']}", changes, version=made["version"])


def at(**ago: float) -> str:
    return (clock.now() - timedelta(**ago)).isoformat()


# --- in the office --------------------------------------------------------------------------------------------


def test_coupon_is_made_read_and_listed(shop: Shop) -> None:
    made = coupon(shop, starts_at="2026-01-01T00:00:00Z", ends_at="2199-01-01T00:00:00Z", usage_limit=5)

    assert made == {
        "id": made["id"], "code": "TEN", "discount_type": "percent", "amount": 10, "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2199-01-01T00:00:00Z", "usage_limit": 5, "usage_count": 0, "status": "active", "version": 1,
    }  # fmt: skip
    assert done(shop.get(f"/coupons/{made['id']}")) == made
    assert done(shop.get("/coupons"))["data"] == [made]


def test_coupon_is_changed_but_not_what_it_gives(shop: Shop) -> None:
    made = coupon(shop)

    ended = done(change(shop, made, ends_at="2030-01-01T00:00:00Z", usage_limit=3, status="inactive"))
    refused = [
        change(shop, ended, **{name: value}) for name, value in (("amount", 20), ("code", "X"), ("usage_count", 9))
    ]

    assert (ended["ends_at"], ended["usage_limit"], ended["status"]) == ("2030-01-01T00:00:00Z", 3, "inactive")
    assert ended["version"] == 2
    assert [slug_of(answer) for answer in refused] == [(422, "invalid")] * 3


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"amount": 101}, "/amount"),
        ({"amount": 0}, "/amount"),
        ({"amount": -1, "discount_type": "amount"}, "/amount"),
        ({"discount_type": "points"}, "/discount_type"),
        ({"code": ""}, "/code"),
        ({"code": "T€N"}, "/code"),
        ({"code": "X" * 41}, "/code"),
        ({"usage_limit": 0}, "/usage_limit"),
        ({"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}, "/ends_at"),
        ({"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}, "/ends_at"),
        ({"ends_at": "2026-01-01"}, "/ends_at"),
    ],
    ids=str,
)
def test_coupon_that_cannot_be_is_refused(shop: Shop, facts: dict[str, Any], pointer: str) -> None:
    body = {"code": "TEN", "discount_type": "percent", "amount": 10, **facts}

    refused = shop.post("/coupons", body, as_="owner")

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_dates_that_pass_each_other_are_refused_also_when_one_is_changed(shop: Shop) -> None:
    made = coupon(shop, starts_at="2026-02-01T00:00:00Z")

    assert slug_of(change(shop, made, ends_at="2026-01-01T00:00:00Z")) == (422, "invalid")
    assert done(change(shop, made, starts_at=None, ends_at="2026-01-01T00:00:00Z"))["starts_at"] is None


def test_amount_of_a_coupon_may_be_more_than_hundred(shop: Shop) -> None:
    assert coupon(shop, discount_type="amount", amount=500)["amount"] == 500


@pytest.mark.parametrize("written", ["ten", "TEN", " Te n"])
def test_code_is_one_however_it_is_written(shop: Shop, written: str) -> None:
    made = coupon(shop, "t en")

    again = shop.post("/coupons", {"code": written, "discount_type": "percent", "amount": 5}, as_="owner")

    assert made["code"] == "TEN"
    assert slug_of(again) == (409, "already-taken")
    assert done(shop.get("/coupons", query_string={"code": written}))["data"] == [made]
    assert shop.sell(items=TEES, coupon=written)["discount"] == 500


def test_two_stores_may_have_the_same_code(shop: Shop, other_shop: Shop) -> None:
    ours, theirs = coupon(shop), coupon(other_shop, amount=50)

    shop.sell(items=TEES, coupon="TEN")

    assert (used(shop, ours), used(other_shop, theirs)) == (1, 0)


def test_coupons_are_filtered_by_status(shop: Shop) -> None:
    coupon(shop)
    gone = coupon(shop, "OLD", status="inactive")

    assert done(shop.get("/coupons", query_string={"status": "inactive"}))["data"] == [gone]


def test_cashier_reads_coupons_and_makes_none(shop: Shop) -> None:
    made = coupon(shop)
    body = {"code": "X", "discount_type": "percent", "amount": 10}

    assert done(shop.get(f"/coupons/{made['id']}")) == made
    assert slug_of(shop.post("/coupons", body)) == (403, "role-too-low")
    assert shop.post("/coupons", body, headers=signed_in(shop, "manager")).status_code == 201


# --- at the counter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "items", "off"),
    [
        ({"amount": 10}, TEES, 500),
        ({"amount": 100}, TEES, 5000),
        ({"amount": 10}, WATERS, 40),
        ({"amount": 300, "discount_type": "amount"}, TEES, 300),
        ({"amount": 9999, "discount_type": "amount"}, TEES, 5000),
    ],
)
def test_coupon_takes_its_part_off_the_order(
    shop: Shop, facts: dict[str, Any], items: list[dict[str, Any]], off: int
) -> None:
    made = coupon(shop, **facts)

    order = shop.sell(items=items, coupon="TEN")

    assert order["discount"] == off
    [given] = order["discounts"]
    assert (given["kind"], given["name"], given["off"], given["line_id"]) == ("coupon", "TEN", off, None)
    assert used(shop, made) == 1
    assert books(shop) == []


@pytest.mark.parametrize(
    ("facts", "slug"),
    [
        ({"status": "inactive"}, (422, "coupon-not-valid")),
        ({"starts_at": at(hours=-1)}, (422, "coupon-not-valid")),
        ({"ends_at": at(hours=1)}, (422, "coupon-not-valid")),
    ],
    ids=["withdrawn", "not yet", "over"],
)
def test_coupon_that_does_not_hold_is_refused(shop: Shop, facts: dict[str, Any], slug: tuple[int, str]) -> None:
    made = coupon(shop, **facts)

    refused = shop.post("/orders", shop.order(coupon="TEN"))

    assert slug_of(refused) == slug
    assert used(shop, made) == 0
    assert shop.get("/orders").json["data"] == []


def test_coupon_holds_by_our_clock_and_not_by_the_tablets(shop: Shop) -> None:
    coupon(shop, ends_at=at(hours=1))

    refused = shop.post("/orders", shop.order(coupon="TEN", placed_at=at(hours=2)))

    assert slug_of(refused) == (422, "coupon-not-valid")


def test_unknown_coupon_is_refused(shop: Shop, other_shop: Shop) -> None:
    coupon(other_shop)

    refused = shop.post("/orders", shop.order(coupon="TEN"))

    assert slug_of(refused) == (422, "unknown-coupon")


def test_coupon_is_used_as_often_as_it_may_be(shop: Shop) -> None:
    made = coupon(shop, usage_limit=2)

    for _ in range(2):
        shop.sell(items=TEES, coupon="TEN")
    refused = shop.post("/orders", shop.order(coupon="TEN"))
    open_tab = change_order(shop, shop.sell(), coupon="TEN")

    assert slug_of(refused) == slug_of(open_tab) == (409, "coupon-used-up")
    assert used(shop, made) == 2
    assert books(shop) == []


def test_limit_is_not_set_below_the_uses(shop: Shop) -> None:
    made = coupon(shop)
    for _ in range(2):
        shop.sell(items=TEES, coupon="TEN")

    refused = change(shop, made, usage_limit=1)
    set_to_uses = done(change(shop, made, usage_limit=2))

    assert slug_of(refused) == (422, "invalid")
    assert (set_to_uses["usage_limit"], set_to_uses["usage_count"]) == (2, 2)


def test_use_does_not_make_the_offices_view_stale(shop: Shop) -> None:
    made = coupon(shop)

    shop.sell(items=TEES, coupon="TEN")

    assert change(shop, made, status="inactive").status_code == 200


def test_use_goes_back_with_a_cancellation_and_can_be_used_again(shop: Shop) -> None:
    made = coupon(shop, usage_limit=1)
    order = shop.sell(coupon="TEN")

    canceled = cancel(shop, order)
    after = used(shop, made)
    again = shop.sell(coupon="TEN")

    assert (canceled.status_code, after, used(shop, made)) == (200, 0, 1)
    assert canceled.json["discount"] == again["discount"] == 80
    assert books(shop) == []


def test_refused_cancellation_keeps_the_use(shop: Shop) -> None:
    made = coupon(shop)
    order = shop.sell(coupon="TEN", payment={"method": "cash"})

    assert slug_of(cancel(shop, order)) == (409, "money-in")
    assert used(shop, made) == 1


def test_order_keeps_what_a_withdrawn_coupon_gave(shop: Shop) -> None:
    made = coupon(shop)
    order = shop.sell(coupon="TEN")
    done(change(shop, made, status="inactive"))

    renamed = done(change_order(shop, order, tab_name="Table 4"))

    assert (renamed["discount"], now(shop, order)["total"]) == (80, order["total"])
    assert books(shop) == []


def test_replayed_sale_uses_the_coupon_once(shop: Shop) -> None:
    made = coupon(shop, usage_limit=1)
    body = shop.order(coupon="TEN")

    first, again = (shop.post("/orders", body, key="one") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert used(shop, made) == 1


def test_uses_of_merged_tabs_go_back_together(shop: Shop) -> None:
    ten, five = coupon(shop), coupon(shop, "FIVE", amount=5)
    order, other = shop.sell(coupon="TEN"), shop.sell(coupon="FIVE")
    seen = {"If-Match": f'"{order["version"]}"'}
    merged = done(shop.post(f"/orders/{order['id']}/merge", {"order_id": other["id"]}, headers=seen), 201)

    before = used(shop, ten), used(shop, five)
    cancel(shop, merged)

    assert before == (1, 1)
    assert (used(shop, ten), used(shop, five)) == (0, 0)
    assert books(shop) == []
