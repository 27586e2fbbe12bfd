"""A register's shift over HTTP: opened, moved, counted, closed."""

from typing import Any
from uuid import UUID

import pytest

from pos import clock
from pos.db import db, transaction
from pos.shifts import tasks
from tests.checkout import stripe
from tests.checkout.counter import approved, books, cancel, coupon, done, log_of, make, paid, refund, signed_in, void
from tests.client import Shop, new_key
from tests.refusals import slug_of
from tests.shifts.drawer import another_register, closed, counted, offline, opened, report, reports, tender, ties

CASH, CARD = {"method": "cash"}, {"method": "card"}
# One House IPA with 8.25 % tax on top.
IPA = 866
_OF_CLOSING = ("id", "kind", "made_at", "digest", "previous_digest", "shift", "drawer", "tenders")


# --- the drawer ---------------------------------------------------------------------------------------------


def test_z_tells_what_the_x_told_and_the_difference(shop: Shop) -> None:
    shift = opened(shop, 20000)
    shop.sell(items=[{"sku": "IPA", "quantity": 2}], tip=100, payment={"method": "cash", "tendered": 5000})
    shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}], payment=CARD)
    unpaid = shop.sell(items=[{"sku": "IPA", "quantity": 1}])

    x = report(shop, shift)
    z = closed(shop, shift, cash=x["drawer"]["expected"] + 7, card=tender(x, "card")["net"])

    assert (x["kind"], x["id"], x["digest"]) == ("x", None, None)
    assert (z["kind"], z["number"], z["sequence"], z["previous_digest"]) == ("z", 1, 1, "")
    assert (z["orders"]["count"], z["drawer"]["difference"], tender(z, "card")["difference"]) == (3, 7, 0)
    assert z["balance"]["due_after"] == unpaid["total"]
    assert ties(x)
    assert ties(z)
    assert {**x, **dict.fromkeys(_OF_CLOSING)} == {**z, **dict.fromkeys(_OF_CLOSING)}
    assert done(shop.get(f"/z-reports/{z['id']}")) == z == report(shop, shift)
    assert books(shop) == []


def test_drawer_expects_what_was_put_in_and_taken_out(shop: Shop) -> None:
    shift = opened(shop, 10000)
    path = f"/shifts/{shift['id']}/movements"
    shop.sell(payment={"method": "cash", "tendered": 1000})

    done(shop.post(path, {"kind": "paid_in", "amount": 2000, "reason": "change from the bank"}), 201)
    done(shop.post(path, {"kind": "paid_out", "amount": 500, "reason": "ice"}, headers=approved(shop)), 201)
    shown = done(shop.post(path, {"kind": "no_sale", "reason": "change for a guest"}), 201)

    assert [(each["kind"], each["amount"]) for each in shown["movements"]] == [
        ("paid_in", 2000),
        ("paid_out", 500),
        ("no_sale", 0),
    ]
    drawer = report(shop, shift)["drawer"]
    assert (drawer["paid_in"], drawer["paid_out"], drawer["no_sale_count"]) == (2000, 500, 1)
    assert drawer["expected"] == 10000 + IPA + 2000 - 500
    assert f"user:{shop.people['manager']}" in str(log_of(shop, "shift.move")[1])
    assert books(shop) == []


def test_paying_out_needs_a_manager(shop: Shop) -> None:
    path = f"/shifts/{opened(shop)['id']}/movements"

    refused = shop.post(path, {"kind": "paid_out", "amount": 500, "reason": "ice"})

    assert slug_of(refused) == (403, "approval-required")
    assert done(shop.get("/register/shift"))["shift"]["movements"] == []


@pytest.mark.parametrize(
    "moved",
    [
        {"kind": "paid_in", "reason": "change"},
        {"kind": "paid_in", "amount": 0, "reason": "change"},
        {"kind": "no_sale", "amount": 5, "reason": "change"},
        {"kind": "paid_in", "amount": -1, "reason": "change"},
        {"kind": "paid_in", "amount": 1.5, "reason": "change"},
        {"kind": "stolen", "amount": 5, "reason": "change"},
        {"kind": "paid_in", "amount": 5},
        {"kind": "paid_in", "amount": 5, "reason": "  "},
    ],
)
def test_odd_movement_is_refused(shop: Shop, moved: dict[str, Any]) -> None:
    refused = shop.post(f"/shifts/{opened(shop)['id']}/movements", moved)

    assert refused.status_code == 422


def test_second_count_is_kept_beside_the_first(shop: Shop) -> None:
    shift = opened(shop, 10000)

    first = counted(shop, shift, 9000)
    counted(shop, shift, 10000, 0)
    z = done(shop.post(f"/shifts/{shift['id']}/close"), 201)

    assert tender(first, "cash")["difference"] == -1000
    assert tender(first, "card")["counted"] is None
    assert z["drawer"]["difference"] == 0
    assert [each["cash"] for each in done(shop.get(f"/shifts/{shift['id']}"))["counts"]] == [9000, 10000]


# --- its life -----------------------------------------------------------------------------------------------


def test_register_has_one_open_shift(shop: Shop) -> None:
    shift = opened(shop)

    again = shop.post("/shifts", {"opening_float": 0})

    assert slug_of(again) == (409, "shift-open")
    assert done(shop.get("/register/shift"))["shift"]["id"] == shift["id"]


def test_shift_is_closed_after_a_count_and_once(shop: Shop) -> None:
    shift = opened(shop)
    path = f"/shifts/{shift['id']}"

    uncounted = shop.post(f"{path}/close")
    key = new_key()
    counted(shop, shift, 20000)
    first, repeated = (done(shop.post(f"{path}/close", key=key), 201) for _ in range(2))
    again = shop.post(f"{path}/close")
    late = [
        shop.post(f"{path}/counts", {"cash": 0}),
        shop.post(f"{path}/movements", {"kind": "no_sale", "reason": "x"}),
    ]

    assert slug_of(uncounted) == (422, "count-first")
    assert first == repeated
    assert [slug_of(each) for each in (again, *late)] == [(409, "wrong-state")] * 3
    assert done(shop.get("/register/shift")) == {"shift": None}
    assert opened(shop)["number"] == 2


def test_each_act_is_done_once_for_its_key(shop: Shop) -> None:
    key, moving, counting = new_key(), new_key(), new_key()
    moved = {"kind": "paid_in", "amount": 5, "reason": "x"}

    shift, repeated = opened(shop, key=key), opened(shop, key=key)
    path = f"/shifts/{shift['id']}"
    for _ in range(2):
        done(shop.post(f"{path}/movements", moved, key=moving), 201)
        done(shop.post(f"{path}/counts", {"cash": 1}, key=counting), 201)

    shown = done(shop.get(path))
    assert repeated == shift
    assert (len(shown["movements"]), len(shown["counts"])) == (1, 1)


def test_another_register_keeps_its_hands_off(shop: Shop, other_shop: Shop) -> None:
    shift = opened(shop)
    z = closed(shop, shift)
    other = another_register(shop)

    refused = [
        shop.get(f"/shifts/{shift['id']}", as_=other),
        shop.get(f"/shifts/{shift['id']}/report", as_=other),
        shop.get(f"/z-reports/{z['id']}", as_=other),
        shop.get("/shifts", as_=other, query_string={"register_id": shop.register_id}),
        shop.post(f"/shifts/{shift['id']}/counts", {"cash": 0}, as_=other),
        shop.post(f"/shifts/{shift['id']}/close", as_=other),
    ]

    assert {slug_of(each) for each in refused} == {(403, "another-register")}
    assert done(shop.get("/shifts", as_=other))["data"] == []
    assert done(shop.get("/z-reports", as_=other))["data"] == []
    assert len(done(shop.get("/z-reports", as_="owner"))["data"]) == 1
    assert other_shop.get(f"/z-reports/{z['id']}", as_="owner").status_code == 404


def test_manager_opens_and_closes_for_a_register(shop: Shop) -> None:
    shift = done(shop.post("/shifts", {"opening_float": 0, "register_id": shop.register_id}, as_="owner"), 201)
    done(shop.post(f"/shifts/{shift['id']}/counts", {"cash": 0}, as_="owner"), 201)

    z = done(shop.post(f"/shifts/{shift['id']}/close", as_="owner"), 201)

    assert z["register"]["id"] == shop.register_id
    assert shop.post("/shifts", {"opening_float": 0}, as_="owner").status_code == 403


def test_shift_names_who_opened_and_closed_it(shop: Shop) -> None:
    cashier = signed_in(shop, "cashier")
    shift = done(shop.post("/shifts", {"opening_float": 0}, headers=cashier), 201)
    counted(shop, shift, 0)

    z = done(shop.post(f"/shifts/{shift['id']}/close", headers=signed_in(shop, "manager")), 201)

    assert shift["opened_by"] == z["shift"]["opened_by"] != z["shift"]["closed_by"]
    assert None not in (z["shift"]["opened_by"], z["shift"]["closed_by"])


# --- what a report counts ------------------------------------------------------------------------------------


def test_discounts_voids_coupons_and_cancellations_are_told(shop: Shop) -> None:
    shift = opened(shop)
    ten = coupon(shop)["code"]
    comp = {"comp": True, "reason": "spilt"}
    shop.sell(coupon=ten, items=[{"sku": "IPA", "quantity": 1}], payment=CARD)
    shop.sell(items=[{"sku": "WATER", "quantity": 1, "discount": comp}], as_="owner", location_id=shop.location_id)
    voided = shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "WATER", "quantity": 2}])
    done(void(shop, voided, "WATER", headers=approved(shop)))
    done(cancel(shop, shop.sell()))

    z = closed(shop, shift)

    assert z["orders"] == {"count": 2, "canceled_count": 1, "voided_count": 1, "voided_amount": 398}
    assert [(each["code"], each["count"]) for each in z["coupons"]] == [(ten, 1)]
    assert [each["kind"] for each in z["discounts"]] == ["coupon"]
    assert ties(z)
    assert books(shop) == []


def test_what_changes_after_a_z_is_in_the_next(shop: Shop) -> None:
    tab, sold = shop.sell(), shop.sell(payment=CASH)
    done(make(shop, sold, "completed"))
    first = closed(shop, opened(shop), 0)
    canceled = shop.sell()
    second = closed(shop, opened(shop), 0)

    shift = opened(shop, 5000)
    paid(shop, tab)
    done(refund(shop, sold, amount=300, reason="flat"), 201)
    done(cancel(shop, canceled))
    x = report(shop, shift)
    z = closed(shop, shift)

    assert [first["orders"]["count"], second["orders"]["count"], z["orders"]["count"]] == [2, 1, -1]
    assert z["sales"]["total"] == -canceled["total"]
    assert tender(z, "cash")["net"] == tab["total"] - 300
    assert x["drawer"]["expected"] == 5000 + tab["total"] - 300
    assert z["balance"]["given_back"] == 300
    assert (z["balance"]["due_before"], z["balance"]["due_after"]) == (tab["total"] + canceled["total"], 0)
    assert all(map(ties, (first, second, z)))
    assert books(shop) == []


def test_each_z_carries_the_digest_of_the_one_before(shop: Shop) -> None:
    chain = [closed(shop, opened(shop)) for _ in range(3)]

    assert [each["sequence"] for each in chain] == [1, 2, 3]
    assert [each["previous_digest"] for each in chain] == ["", *(each["digest"] for each in chain[:2])]
    assert [each["digest"] for each in reports(shop)] == [each["digest"] for each in chain]


def test_money_counts_where_it_was_taken(shop: Shop) -> None:
    other = another_register(shop)
    mine, theirs = opened(shop), opened(shop, as_=other)
    order = shop.sell()

    done(shop.post(f"/orders/{order['id']}/payments", CASH, as_=other), 201)

    here, there = report(shop, mine), done(shop.get(f"/shifts/{theirs['id']}/report", as_=other))
    assert (here["sales"]["total"], tender(here, "cash")["net"]) == (IPA, 0)
    assert (there["sales"]["total"], tender(there, "cash")["net"]) == (0, IPA)
    assert here["balance"]["received_elsewhere"] == there["balance"]["received_for_others"] == IPA
    assert ties(here)
    assert ties(there)


def test_what_was_paid_by_link_is_to_come(shop: Shop) -> None:
    shift = opened(shop)
    order, _ = stripe.paid_by_link(shop, shop.sell())
    stripe.asked_link(shop, shop.sell())

    z = closed(shop, shift)

    assert z["stripe"] == {"to_come": order["total"], "links_waiting_count": 1, "links_waiting": IPA}
    assert tender(z, "stripe")["expected"] is None
    assert ties(z)
    assert books(shop) == []


def test_points_are_told_with_what_the_store_owes(shop: Shop) -> None:
    shift = opened(shop)
    reward = {"name": "A dollar off", "points": 5, "discount_type": "amount", "amount": 100}
    done(shop.post("/rewards", reward, as_="owner"), 201)
    order = shop.sell(join=True, payment=CASH)

    points = closed(shop, shift)["points"]

    held = done(shop.get(f"/members/{order['customer']['member']['id']}"))["balance"]
    assert (points["given"], points["used"], points["outstanding"]) == (held, 0, held)
    assert points["outstanding_worth"] == held * 20


def test_cash_that_came_without_a_shift_is_in_no_drawer(committed: Any, shops: list[dict[str, Any]]) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    shop.sell(payment=CASH)
    closed(shop, opened(shop))
    shop.sell(payment=CASH)

    z = closed(shop, opened(shop, 10000), cash=10000)

    assert (tender(z, "cash")["net"], z["sales"]["total"]) == (IPA, IPA)
    assert z["drawer"]["difference"] == 0
    with committed.app_context():
        assert books(shop) == []


def test_order_of_before_the_first_shift_counts_only_with_its_money(
    committed: Any, shops: list[dict[str, Any]]
) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    tab = shop.sell()
    shift = opened(shop, 0)

    paid(shop, tab)
    z = closed(shop, shift)

    assert (z["sales"]["total"], tender(z, "cash")["net"], z["balance"]["received_for_others"]) == (0, IPA, IPA)
    assert ties(z)
    with committed.app_context():
        assert books(shop) == []


# --- what comes late -----------------------------------------------------------------------------------------


def test_late_sale_goes_to_an_addendum_of_its_shift(shop: Shop) -> None:
    shift = opened(shop)
    z = closed(shop, shift)
    after = opened(shop, 10000)

    order = offline(shop, shift["opened_at"], payment=CASH)
    _do_the_job(shop, order)
    now = closed(shop, after, 10000)

    first, addendum, last = reports(shop)
    assert first == z
    assert (addendum["kind"], addendum["number"], addendum["ordinal"]) == ("addendum", 1, 1)
    assert addendum["previous_digest"] == z["digest"]
    assert (addendum["sales"]["total"], addendum["drawer"]["expected"]) == (199, 199)
    assert (last["previous_digest"], last["number"]) == (addendum["digest"], 2)
    assert (now["sales"]["total"], now["drawer"]["difference"]) == (0, 0)
    assert all(map(ties, reports(shop)))
    assert books(shop) == []


def test_closing_writes_the_addendum_if_its_job_has_not(shop: Shop) -> None:
    shift = opened(shop)
    closed(shop, shift)
    after = opened(shop)
    order = offline(shop, shift["opened_at"])
    paid(shop, order)

    closed(shop, after)
    _do_the_job(shop, order)

    kinds = [(each["kind"], each["sales"]["total"], tender(each, "cash")["net"]) for each in reports(shop)]
    assert [kind for kind, _, _ in kinds] == ["z", "addendum", "z"]
    assert sum(total for _, total, _ in kinds) == sum(cash for _, _, cash in kinds) == 199
    assert all(map(ties, reports(shop)))
    assert books(shop) == []


def test_late_sale_of_an_open_shift_is_an_ordinary_one(shop: Shop) -> None:
    shift = opened(shop)
    order = offline(shop, shift["opened_at"], payment=CASH)

    _do_the_job(shop, order)

    assert reports(shop) == []
    assert closed(shop, shift)["sales"]["total"] == 199


def _do_the_job(shop: Shop, order: dict[str, Any]) -> None:
    with shop.client.application.app_context():
        tasks.add_late(shop.store_id, order["id"], shop.register_id)


# --- what the audit shows ------------------------------------------------------------------------------------


def test_changed_row_shows(shop: Shop) -> None:
    shift = opened(shop)
    order = shop.sell(payment=CASH)
    closed(shop, shift)
    assert books(shop) == []

    _say(shop, f"UPDATE orders SET tip = tip + 100, total = total + 100 WHERE id = '{order['id']}'")

    assert any("z_report.orders" in each for each in books(shop))


def _say(shop: Shop, sql: str) -> None:
    with transaction(UUID(shop.store_id)) as session:
        session.execute(db.text(sql))


def test_prices_with_tax_included_tie_as_well(other_shop: Shop) -> None:
    shift = opened(other_shop)
    order = other_shop.sell(items=[{"sku": "IPA", "quantity": 3}], payment=CASH)
    done(make(other_shop, order, "completed"))

    z = closed(other_shop, shift)

    assert z["tax_included"] is True
    assert z["sales"]["total"] == z["sales"]["net"] == order["total"]
    assert z["sales"]["tax"] == order["tax"] > 0
    assert ties(z)
    assert clock.now().isoformat() > z["made_at"]
    assert books(other_shop) == []
