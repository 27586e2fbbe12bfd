"""An open order is a tab: rounds, changes and voids of lines, and whose it is. Amounts are of docs/pricing.md's shop:
an IPA is 800 and 66 tax, a pretzel 450 and 45, a water 199 without, a tee 2500 and 206."""

import uuid
from typing import Any

import pytest

from tests.checkout.counter import (
    add_round,
    approved,
    books,
    cancel,
    change_line,
    change_order,
    change_product,
    coupon,
    done,
    line_of,
    log_of,
    make,
    now,
    paid,
    refund,
    seen,
    set_stock,
    signed_in,
    stock,
    used,
    void,
)
from tests.client import Shop, new_key
from tests.refusals import slug_of

IPA, PRETZEL, WATER = ({"sku": sku, "quantity": 1} for sku in ("IPA", "PRETZEL", "WATER"))
TEES = {"sku": "TEE-BLK-M", "quantity": 2}
ADA, GRACE = "+14155550132", "+14155550199"


def tab(shop: Shop, *items: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """An open order of these items, of an IPA and a pretzel if none are given."""
    return shop.sell(items=list(items) or [IPA, PRETZEL], **facts)


def figures(shop: Shop, phone: str = ADA) -> tuple[int, int]:
    known = done(shop.post("/customers/lookup", {"phone": phone}))
    return known["order_count"], known["total_spent"]


def lines(order: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(line["sku"], line["quantity"], line["total"]) for line in order["lines"]]


# --- rounds ---------------------------------------------------------------------------------------------------


def test_round_is_added_at_the_end_of_the_tab(shop: Shop) -> None:
    order = tab(shop)

    after = done(add_round(shop, order, {"sku": "WATER", "quantity": 2, "note": "still"}, IPA), 201)

    assert lines(after) == [("IPA", 1, 800), ("PRETZEL", 1, 450), ("WATER", 2, 398), ("IPA", 1, 800)]
    assert [line["position"] for line in after["lines"]] == [1, 2, 3, 4]
    assert line_of(after, "WATER")["note"] == "still"
    assert (after["subtotal"], after["tax"], after["total"]) == (2448, 66 + 45 + 66, 2448 + 177)
    assert after["amount_due"] == after["total"]
    assert after["version"] > order["version"]
    assert now(shop, order) == after
    assert books(shop) == []


def test_round_costs_what_it_costs_now_and_the_lines_before_what_they_did(shop: Shop) -> None:
    order = tab(shop, IPA)
    change_product(shop, "IPA", price=900)

    after = done(add_round(shop, order, IPA), 201)

    assert [line["unit_price"] for line in after["lines"]] == [800, 900]
    assert books(shop) == []


def test_round_takes_stock_and_refuses_what_is_not_there(shop: Shop) -> None:
    order = tab(shop)

    done(add_round(shop, order, TEES), 201)
    refused = add_round(shop, order, WATER, {"sku": "TEE-BLK-M", "quantity": 39})

    assert slug_of(refused) == (422, "out-of-stock")
    assert stock(shop) == 38
    assert [line["sku"] for line in now(shop, order)["lines"]] == ["IPA", "PRETZEL", "TEE-BLK-M"]
    assert books(shop) == []


def test_round_sent_twice_with_one_key_is_added_once(shop: Shop) -> None:
    order, key = tab(shop), new_key()

    first = add_round(shop, order, TEES, key=key)
    between = done(add_round(shop, order, WATER), 201)
    again = add_round(shop, order, TEES, key=key)
    reused = add_round(shop, order, IPA, key=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == between
    assert slug_of(reused) == (422, "idempotency-key-reused")
    assert stock(shop) == 38


def test_round_with_a_key_may_name_the_version_too(shop: Shop) -> None:
    order, key = tab(shop), new_key()

    first = done(add_round(shop, order, WATER, headers=seen(order), key=key), 201)
    stale = add_round(shop, order, WATER, headers=seen(order))
    again = add_round(shop, order, WATER, headers=seen(order), key=key)

    assert slug_of(stale) == (409, "tab-changed")
    assert again.json == first


def test_round_without_key_needs_the_version(shop: Shop) -> None:
    order, path, body = tab(shop), "/orders/{id}/lines", {"items": [WATER]}

    bare = shop.request("POST", path.format(**order), json=body)
    by_version = shop.request("POST", path.format(**order), json=body, headers=seen(order))
    again = shop.request("POST", path.format(**order), json=body, headers=seen(order))

    assert slug_of(bare) == (428, "version-required")
    assert done(by_version, 201)["lines"][2]["sku"] == "WATER"
    assert slug_of(again) == (409, "tab-changed")
    assert len(now(shop, order)["lines"]) == 3


def test_round_of_unpaid_goods_makes_a_paid_tab_due_again(shop: Shop) -> None:
    order = tab(shop)
    paid(shop, order)

    after = done(add_round(shop, order, WATER), 201)

    assert (after["payment_status"], after["amount_due"]) == ("partially_paid", 199)
    assert paid(shop, order)["payment_status"] == "paid"
    assert figures(shop) == (1, 1560)
    assert books(shop) == []


def test_round_to_be_made_puts_a_tab_that_is_ready_back_to_the_kitchen(shop: Shop) -> None:
    order = tab(shop)
    make(shop, order, "prepared")

    with_water = done(add_round(shop, order, WATER), 201)
    with_ipa = done(add_round(shop, order, IPA), 201)

    assert (with_water["fulfillment_status"], with_ipa["fulfillment_status"]) == ("prepared", "reserved")


@pytest.mark.parametrize(("item", "slug"), [
    ({"sku": "NONE", "quantity": 1}, "unknown-product"),
    ({"sku": "IPA", "quantity": 1, "modifiers": ["Large"]}, "unknown-modifier"),
    ({"sku": "IPA", "quantity": 1, "unit_price": 1}, "price-not-open"),
    ({"sku": "IPA", "quantity": 0}, "invalid"),
])  # fmt: skip
def test_round_of_what_is_not_sold_is_refused_as_a_sale_is(shop: Shop, item: dict[str, Any], slug: str) -> None:
    order = tab(shop)

    assert slug_of(add_round(shop, order, item)) == (422, slug)
    assert now(shop, order) == order


# --- changes of a line ----------------------------------------------------------------------------------------


def test_more_of_a_line_takes_stock_and_no_manager(shop: Shop) -> None:
    order = tab(shop, TEES, IPA)

    after = done(change_line(shop, order, "TEE-BLK-M", quantity=5))

    assert lines(after) == [("TEE-BLK-M", 5, 12_500), ("IPA", 1, 800)]
    assert line_of(after, "TEE-BLK-M")["tax"] == 1031
    assert after["lines"][0]["id"] == order["lines"][0]["id"]
    assert stock(shop) == 35
    assert books(shop) == []


@pytest.mark.parametrize(("sku", "status"), [("IPA", "reserved"), ("WATER", "prepared")])
def test_more_of_a_line_to_be_made_puts_a_tab_that_is_ready_back_to_the_kitchen(
    shop: Shop, sku: str, status: str
) -> None:
    order = done(make(shop, tab(shop, IPA, WATER), "prepared"))

    after = done(change_line(shop, order, sku, quantity=2))

    assert after["fulfillment_status"] == status


def test_more_of_a_line_than_there_is_is_refused(shop: Shop) -> None:
    order = tab(shop, TEES, IPA)

    assert slug_of(change_line(shop, order, "TEE-BLK-M", quantity=41)) == (422, "out-of-stock")
    assert stock(shop) == 38


def test_more_of_a_line_that_costs_something_else_by_now_is_refused(shop: Shop) -> None:
    order = tab(shop, TEES, IPA)
    change_product(shop, "TEE-BLK-M", price=2600)

    refused = change_line(shop, order, "TEE-BLK-M", quantity=3)

    assert slug_of(refused) == (409, "line-price-changed")
    assert "2500" in refused.json["detail"]
    assert "2600" in refused.json["detail"]
    assert stock(shop) == 38


def test_more_of_a_line_with_an_open_price_costs_what_was_keyed_in(shop: Shop) -> None:
    change_product(shop, "WATER", is_open_price=True)
    order = tab(shop, {"sku": "WATER", "quantity": 1, "unit_price": 250}, IPA)

    after = done(change_line(shop, order, "WATER", quantity=3))

    assert lines(after)[0] == ("WATER", 3, 750)
    assert books(shop) == []


def test_less_of_a_line_needs_a_manager_and_gives_stock_back(shop: Shop) -> None:
    order = tab(shop, TEES, IPA)

    by_cashier = change_line(shop, order, "TEE-BLK-M", quantity=1, reason="one too many")
    after = done(change_line(shop, order, "TEE-BLK-M", approved(shop), quantity=1, reason="one too many"))

    assert slug_of(by_cashier) == (403, "approval-required")
    assert lines(after) == [("TEE-BLK-M", 1, 2500), ("IPA", 1, 800)]
    assert stock(shop) == 39
    assert books(shop) == []


def test_less_of_a_line_needs_a_reason(shop: Shop) -> None:
    order = tab(shop, TEES, IPA)

    refused = change_line(shop, order, "TEE-BLK-M", approved(shop), quantity=1)

    assert slug_of(refused) == (422, "invalid")
    assert [error["pointer"] for error in refused.json["errors"]] == ["/reason"]
    assert now(shop, order) == order
    assert stock(shop) == 38


def test_note_of_a_line_is_changed_by_a_cashier(shop: Shop) -> None:
    order = tab(shop)

    after = done(change_line(shop, order, "IPA", note="no foam"))
    without = done(change_line(shop, after, "IPA", note=None))

    assert (line_of(after, "IPA")["note"], line_of(without, "IPA")["note"]) == ("no foam", None)
    assert after["version"] > order["version"]
    assert without["total"] == order["total"]


def test_discount_of_a_line_is_given_replaced_and_taken_away(shop: Shop) -> None:
    order, manager = tab(shop), signed_in(shop, "manager")

    half = done(change_line(shop, order, "IPA", manager, discount={"percent": 50, "reason": "warm"}))
    less = done(change_line(shop, half, "IPA", manager, discount={"amount": 100, "reason": "warm, but not so"}))
    none = done(change_line(shop, less, "IPA", manager, discount=None))

    assert [(line_of(each, "IPA")["total"], line_of(each, "IPA")["tax"]) for each in (half, less, none)] == [
        (400, 33), (700, 58), (800, 66),
    ]  # fmt: skip
    assert [[(given["kind"], given["off"]) for given in each["discounts"]] for each in (half, less, none)] == [
        [("manual", 400)], [("manual", 100)], [],
    ]  # fmt: skip
    assert books(shop) == []


def test_discount_grows_with_its_line(shop: Shop) -> None:
    order, manager = tab(shop), signed_in(shop, "manager")
    half = done(change_line(shop, order, "IPA", manager, discount={"percent": 50, "reason": "warm"}))

    after = done(change_line(shop, half, "IPA", quantity=3))

    assert (line_of(after, "IPA")["discount"], after["discount"], after["discounts"][0]["off"]) == (1200, 1200, 1200)
    assert books(shop) == []


@pytest.mark.parametrize("change", [{"quantity": 2}, {"note": "x"}, {"discount": None}])
def test_change_of_a_line_needs_the_version_of_now(shop: Shop, change: dict[str, Any]) -> None:
    order, manager = tab(shop), signed_in(shop, "manager")
    done(add_round(shop, order, WATER), 201)
    path = f"/orders/{order['id']}/lines/{order['lines'][0]['id']}"

    assert slug_of(change_line(shop, order, "IPA", manager, **change)) == (409, "tab-changed")
    assert slug_of(shop.request("PATCH", path, json=change)) == (428, "version-required")


# --- voids ----------------------------------------------------------------------------------------------------


def test_void_takes_a_line_off_the_bill_and_keeps_it_in_the_books(shop: Shop) -> None:
    order = tab(shop, IPA, TEES, PRETZEL)

    after = done(void(shop, order, "TEE-BLK-M", approved(shop), reason="wrong size"))

    assert lines(after) == [("IPA", 1, 800), ("PRETZEL", 1, 450)]
    assert (after["subtotal"], after["tax"], after["total"], after["kind"]) == (1250, 111, 1361, "food")
    [voided] = after["voided_lines"]
    assert (voided["id"], voided["quantity"], voided["void_reason"]) == (order["lines"][1]["id"], 2, "wrong size")
    assert voided["voided_at"] is not None
    assert stock(shop) == 40
    assert books(shop) == []


def test_position_of_a_voided_line_is_not_used_again(shop: Shop) -> None:
    order = done(void(shop, tab(shop, IPA, PRETZEL), "PRETZEL", signed_in(shop, "manager")))

    after = done(add_round(shop, order, WATER), 201)

    assert [line["position"] for line in after["lines"]] == [1, 3]


@pytest.mark.parametrize("reason", [None, "", " ", "x" * 501])
def test_void_needs_a_reason(shop: Shop, reason: Any) -> None:
    order = tab(shop)

    refused = void(shop, order, "IPA", approved(shop), reason=reason)

    assert [error["pointer"] for error in refused.json["errors"]] == ["/reason"]
    assert now(shop, order) == order


@pytest.mark.parametrize("who", [{}, "cashier"])
def test_void_needs_a_manager(shop: Shop, who: Any) -> None:
    order = tab(shop)

    refused = void(shop, order, "IPA", signed_in(shop, who) if who else {})

    assert slug_of(refused) == (403, "approval-required")
    assert now(shop, order) == order


@pytest.mark.parametrize(
    ("handed_over", "restock", "left"),
    [(False, None, 40), (False, True, 40), (False, False, 38), (True, None, 38), (True, True, 40), (True, False, 38)],
)
def test_void_restocks_what_was_not_handed_over_or_as_the_cashier_says(
    shop: Shop, handed_over: bool, restock: bool | None, left: int
) -> None:
    order = tab(shop, IPA, TEES)
    if handed_over:
        order = done(make(shop, order, "completed"))
    asked = {} if restock is None else {"restock": restock}

    done(void(shop, order, "TEE-BLK-M", approved(shop), **asked))

    assert stock(shop) == left
    assert books(shop) == []


def test_void_of_the_last_line_is_refused(shop: Shop) -> None:
    order = done(void(shop, tab(shop, TEES, IPA), "IPA", signed_in(shop, "manager")))

    refused = void(shop, order, "TEE-BLK-M", signed_in(shop, "manager"))

    assert slug_of(refused) == (409, "last-line")
    assert stock(shop) == 38


def test_void_of_a_voided_line_finds_nothing(shop: Shop) -> None:
    order, manager = tab(shop, IPA, TEES, PRETZEL), signed_in(shop, "manager")
    path = f"/orders/{order['id']}/lines/{line_of(order, 'TEE-BLK-M')['id']}"
    after = done(void(shop, order, "TEE-BLK-M", manager))

    again = shop.request("DELETE", path, headers={**seen(after), **manager}, json={"reason": "again"})
    changed = shop.request("PATCH", path, headers={**seen(after), **manager}, json={"quantity": 3})

    assert (slug_of(again), slug_of(changed)) == ((404, "not-found"), (404, "not-found"))
    assert stock(shop) == 40


def test_void_takes_the_discounts_of_the_line_with_it(shop: Shop) -> None:
    order, manager = tab(shop), signed_in(shop, "manager")
    half = done(change_line(shop, order, "IPA", manager, discount={"percent": 50, "reason": "warm"}))

    after = done(void(shop, half, "IPA", manager))

    assert (after["discounts"], after["discount"], after["total"]) == ([], 0, 495)
    assert books(shop) == []


def test_void_on_a_paid_tab_leaves_it_overpaid_until_the_money_goes_back(shop: Shop) -> None:
    order = paid(shop, tab(shop))

    after = done(void(shop, order, "PRETZEL", signed_in(shop, "manager")))
    returned = done(refund(shop, after, amount=495), 201)

    assert (after["status"], after["payment_status"], after["amount_due"]) == ("open", "overpaid", 0)
    assert (returned["payment_status"], returned["amount_due"]) == ("paid", 0)
    assert figures(shop) == (1, 866)
    assert books(shop) == []


def test_canceled_tab_gives_back_only_what_was_not_voided(shop: Shop) -> None:
    order = tab(shop, IPA, TEES, {"sku": "TEE-BLK-M", "quantity": 3})
    after = done(void(shop, order, "TEE-BLK-M", signed_in(shop, "manager"), restock=False))

    cancel(shop, after)

    assert stock(shop) == 38
    assert books(shop) == []


# --- whose it is ----------------------------------------------------------------------------------------------


def test_tab_moves_to_another_phone_with_its_figures_and_back(shop: Shop) -> None:
    shop.sell(phone=ADA)
    order = paid(shop, tab(shop, name="Ada", phone=ADA), amount=500)
    order = now(shop, order)
    assert figures(shop) == (2, 500)

    moved = done(change_order(shop, order, phone="(415) 555-0199", name="Grace"))
    at_grace = figures(shop), figures(shop, GRACE)
    back = done(change_order(shop, moved, phone=ADA))

    assert (moved["customer"]["phone"], moved["customer"]["name"]) == (GRACE, "Grace")
    assert (moved["customer"]["order_count"], moved["id"], moved["amount_paid"]) == (1, order["id"], 500)
    assert at_grace == ((1, 0), (1, 500))
    assert (back["customer"]["id"], figures(shop), figures(shop, GRACE)) == (order["customer"]["id"], (2, 500), (0, 0))
    assert books(shop) == []


def test_tab_moves_to_the_walk_in_and_from_it(shop: Shop) -> None:
    order = tab(shop, phone=None, walk_in=True)

    known = done(change_order(shop, order, phone=ADA))
    unknown = done(change_order(shop, known, walk_in=True))

    assert (known["customer"]["phone"], known["customer"]["origin"]) == (ADA, "counter")
    assert unknown["customer"] == order["customer"]
    assert figures(shop) == (0, 0)
    assert books(shop) == []


def test_tab_moves_to_the_walk_in_at_a_register_only(shop: Shop) -> None:
    order = tab(shop)

    refused = shop.patch(f"/orders/{order['id']}", {"walk_in": True}, version=order["version"])

    assert slug_of(refused) == (403, "register-token-required")


def test_tab_goes_to_a_phone_or_the_walk_in_but_not_to_both(shop: Shop) -> None:
    order = tab(shop)

    refused = change_order(shop, order, phone=GRACE, walk_in=True)

    assert slug_of(refused)[0] == 422
    assert now(shop, order) == order


def test_tab_gets_a_name_and_a_note(shop: Shop) -> None:
    order = tab(shop, tab_name="Table 4")

    renamed = done(change_order(shop, order, tab_name="Terrace", note="birthday"))
    nameless = done(change_order(shop, renamed, tab_name=None))

    assert order["tab_name"] == "Table 4"
    assert (renamed["tab_name"], renamed["note"]) == ("Terrace", "birthday")
    assert (nameless["tab_name"], nameless["note"]) == (None, "birthday")
    assert nameless["total"] == order["total"]


def test_tab_that_is_moved_to_its_own_customer_stays(shop: Shop) -> None:
    order = tab(shop)

    after = done(change_order(shop, order, phone=ADA))

    assert after["customer"] == order["customer"] | {"created": after["customer"]["created"]}
    assert log_of(shop, "order.move") == []


def test_move_is_kept_in_the_audit_log(shop: Shop) -> None:
    order = tab(shop)

    moved = done(change_order(shop, order, phone=GRACE))

    assert log_of(shop, "order.move") == [
        (
            f"register:{shop.register_id}",
            f"orders:{order['id']}",
            {"from": order["customer"]["id"], "to": moved["customer"]["id"]},
        )
    ]


def test_move_to_a_number_that_is_none_is_refused(shop: Shop) -> None:
    order = tab(shop)

    assert slug_of(change_order(shop, order, phone="911")) == (422, "invalid-phone")
    assert now(shop, order) == order


# --- coupons and discounts of the whole tab -------------------------------------------------------------------


def test_coupon_on_a_tab_reaches_the_rounds_that_follow(shop: Shop) -> None:
    ten, order = coupon(shop), tab(shop)

    off = done(change_order(shop, order, coupon=" t e n "))
    after = done(add_round(shop, off, IPA), 201)

    assert (off["discount"], after["discount"]) == (125, 205)
    assert [(given["kind"], given["name"], given["off"]) for given in after["discounts"]] == [("coupon", "TEN", 205)]
    assert used(shop, ten) == 1
    assert books(shop) == []


def test_second_coupon_on_a_tab_is_refused(shop: Shop) -> None:
    coupon(shop)
    five = coupon(shop, "FIVE", amount=5)
    order = tab(shop, coupon="TEN")

    refused = change_order(shop, order, coupon="FIVE")

    assert slug_of(refused) == (409, "coupon-on-order")
    assert used(shop, five) == 0
    assert now(shop, order) == order


def test_discount_on_a_tab_needs_a_manager_and_is_replaced_by_the_next(shop: Shop) -> None:
    order, manager = tab(shop), signed_in(shop, "manager")

    refused = change_order(shop, order, discount={"percent": 20, "reason": "friend"})
    fifth = done(change_order(shop, order, manager, discount={"percent": 20, "reason": "friend"}))
    comped = done(change_order(shop, fifth, manager, discount={"comp": True, "reason": "best friend"}))
    whole = done(change_order(shop, comped, manager, discount=None))

    assert slug_of(refused) == (403, "approval-required")
    assert [each["discount"] for each in (fifth, comped, whole)] == [250, 1250, 0]
    assert (comped["total"], comped["payment_status"]) == (0, "paid")
    assert whole["total"] == order["total"]
    assert books(shop) == []


def test_discount_by_hand_and_coupon_hold_together(shop: Shop) -> None:
    coupon(shop)
    order, manager = tab(shop, IPA), signed_in(shop, "manager")

    off = done(change_order(shop, order, manager, discount={"amount": 300, "reason": "friend"}, coupon="TEN"))
    without = done(change_order(shop, off, manager, discount=None))

    assert {(given["kind"], given["off"]) for given in off["discounts"]} == {("manual", 300), ("coupon", 50)}
    assert [(given["kind"], given["off"]) for given in without["discounts"]] == [("coupon", 80)]
    assert books(shop) == []


# --- what is no open tab --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["completed", "canceled"])
def test_closed_tab_is_not_changed(shop: Shop, how: str) -> None:
    order = tab(shop, TEES, WATER, payment={"method": "card"} if how == "completed" else None)
    if how == "canceled":
        order = cancel(shop, order).json
    assert order["status"] == how
    manager, before = signed_in(shop, "manager"), now(shop, order)

    answers = [
        add_round(shop, order, WATER),
        change_line(shop, order, "WATER", manager, quantity=3),
        void(shop, order, "WATER", manager),
        change_order(shop, order, tab_name="x"),
        change_order(shop, order, phone=GRACE),
    ]

    assert [slug_of(answer) for answer in answers] == [(409, "wrong-state")] * 5
    assert now(shop, order) == before
    assert books(shop) == []


def test_lines_of_another_order_or_store_are_not_found(shop: Shop, other_shop: Shop) -> None:
    order, beside = tab(shop), tab(shop)
    elsewhere = other_shop.sell(phone="030 901820")
    headers = {**seen(order), **signed_in(shop, "manager")}
    lines_elsewhere = [beside["lines"][0]["id"], elsewhere["lines"][0]["id"], str(uuid.uuid4())]

    answers = [
        shop.request(method, f"/orders/{order['id']}/lines/{line_id}", headers=headers, json=body)
        for line_id in lines_elsewhere
        for method, body in (("PATCH", {"note": "x"}), ("DELETE", {"reason": "spilt"}))
    ]

    assert {slug_of(answer) for answer in answers} == {(404, "not-found")}
    assert add_round(shop, elsewhere, WATER).status_code == 404
    assert change_order(shop, elsewhere, tab_name="x").status_code == 404
    assert now(other_shop, elsewhere) == elsewhere


def test_tab_is_paid_in_parts_while_rounds_go_on(shop: Shop) -> None:
    order = tab(shop)
    paid(shop, order, amount=1000)
    done(add_round(shop, order, IPA), 201)
    paid(shop, order, "card", amount=500, tip=50)
    after = done(add_round(shop, order, TEES), 201)

    assert (after["tip"], after["total"], after["amount_paid"]) == (50, 1361 + 866 + 5413 + 50, 1550)
    finished = paid(shop, order)
    assert (finished["payment_status"], finished["status"]) == ("paid", "open")
    assert done(make(shop, order, "completed"))["status"] == "completed"
    assert figures(shop) == (1, after["total"])
    assert books(shop) == []


def test_payment_makes_what_was_seen_of_a_tab_old(shop: Shop) -> None:
    order = tab(shop)
    paid(shop, order, amount=100)

    assert slug_of(change_order(shop, order, tab_name="x")) == (409, "tab-changed")


# --- together with refunds of goods ---------------------------------------------------------------------------


def test_line_keeps_at_least_what_went_back_of_it(shop: Shop) -> None:
    order = paid(shop, tab(shop, {"sku": "IPA", "quantity": 3}, PRETZEL))
    ipa, manager = line_of(order, "IPA"), signed_in(shop, "manager")
    order = done(refund(shop, order, lines=[{"line_id": ipa["id"], "quantity": 2}]), 201)

    less = change_line(shop, order, "IPA", manager, quantity=1, reason="spilt")

    assert slug_of(less) == (409, "returned-already")
    assert books(shop) == []


def test_void_restocks_only_what_did_not_come_back_with_a_refund(shop: Shop) -> None:
    set_stock(shop, "TEE-BLK-M", 40)
    order = paid(shop, tab(shop, {"sku": "TEE-BLK-M", "quantity": 3}, IPA))
    tees = line_of(order, "TEE-BLK-M")
    order = done(refund(shop, order, lines=[{"line_id": tees["id"], "quantity": 2}], restock=True), 201)
    assert stock(shop) == 39

    done(void(shop, order, "TEE-BLK-M", signed_in(shop, "manager")))

    assert stock(shop) == 40
    assert books(shop) == []


def test_cancellation_restocks_only_what_did_not_come_back_with_a_refund(shop: Shop) -> None:
    order = paid(shop, tab(shop, {"sku": "TEE-BLK-M", "quantity": 3}, IPA))
    tees = line_of(order, "TEE-BLK-M")
    done(refund(shop, order, lines=[{"line_id": tees["id"], "quantity": 2}], restock=True), 201)

    cancel(shop, order, as_="owner", refund=True)

    assert stock(shop) == 40
    assert books(shop) == []


def test_coupon_is_taken_off_and_may_be_used_again(shop: Shop) -> None:
    once, five = coupon(shop, usage_limit=1), coupon(shop, "FIVE", amount=5)
    order = tab(shop, coupon="TEN")

    without = done(change_order(shop, order, coupon=None))
    other = done(change_order(shop, without, coupon="FIVE"))

    assert (without["discounts"], without["total"], used(shop, once)) == ([], tab(shop)["total"], 0)
    assert [each["name"] for each in other["discounts"]] == ["FIVE"]
    assert used(shop, five) == 1
    assert books(shop) == []


def test_coupon_that_is_taken_off_stays_used_by_the_other_part(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = tab(shop, coupon="TEN")
    parts = {"lines": [{"line_id": line_of(order, "PRETZEL")["id"]}]}
    part = done(shop.post(f"/orders/{order['id']}/split", parts, headers=seen(order)), 201)

    done(change_order(shop, now(shop, order), coupon=None))
    between = used(shop, once)
    done(change_order(shop, part, coupon=None))

    assert (between, used(shop, once)) == (1, 0)
    assert books(shop) == []


def test_name_without_a_phone_is_refused(shop: Shop) -> None:
    order = tab(shop)
    parts = {"lines": [{"line_id": line_of(order, "PRETZEL")["id"]}], "name": "Grace"}

    answers = [
        change_order(shop, order, name="Grace"),
        shop.post(f"/orders/{order['id']}/split", parts, headers=seen(order)),
    ]

    assert [(each.status_code, each.json["errors"][0]["pointer"]) for each in answers] == [(422, "/name")] * 2
