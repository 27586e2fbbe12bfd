"""What comes hours after it was sold, counted or paid: it is counted once, where it belongs, and no proof takes it for a fault."""

from typing import Any

from pos import clock
from pos.shifts import tasks
from tests.checkout import stripe
from tests.checkout.counter import approved, books, done, paid, refund
from tests.client import Shop
from tests.shifts.drawer import another_register, closed, hours_pass, offline, opened, report, reports, tender, ties

CASH = {"method": "cash"}
IPA = 866


def by_link(shop: Shop, amount: int | None = None) -> tuple[dict[str, Any], dict[str, Any], str]:
    """An order that was paid by link, its link, and Stripe's name for the payment."""
    order = shop.sell()
    link = stripe.asked_link(shop, order)
    session = stripe.session(shop, order, link)
    stripe.told(shop, stripe.event(shop, "checkout.session.completed", session))
    return order, link, session["payment_intent"]


def test_addendum_leaves_the_day_to_its_z(today: Shop, superuser: Any) -> None:
    yesterday = opened(today)
    closed(today, yesterday)
    shift = opened(today, 0)
    today.sell(payment=CASH)
    hours_pass(superuser)

    late = offline(today, yesterday["opened_at"], payment=CASH)
    tasks.add_late(today.store_id, late["id"], today.register_id)
    z = closed(today, shift, IPA)

    assert [(each["kind"], each["sales"]["total"]) for each in reports(today)] == [
        ("z", 0),
        ("addendum", 199),
        ("z", IPA),
    ]
    assert z["drawer"]["difference"] == 0
    hours_pass(superuser)
    assert books(today) == []


def test_another_registers_z_asks_nothing_of_this_one(today: Shop, superuser: Any) -> None:
    other = another_register(today)
    opened(today)
    order = today.sell(payment=CASH)
    done(refund(today, order, amount=100, reason="flat"), 201)
    hours_pass(superuser)

    theirs = opened(today, as_=other)
    done(today.post(f"/shifts/{theirs['id']}/counts", {"cash": 0}, as_=other), 201)
    done(today.post(f"/shifts/{theirs['id']}/close", as_=other), 201)

    hours_pass(superuser)
    assert books(today) == []


def test_refund_that_the_bank_refuses_later_is_taken_back(today: Shop, superuser: Any) -> None:
    shift = opened(today)
    _, _, intent = by_link(today)
    gone = stripe.refund(intent, 300)
    stripe.told(today, stripe.event(today, "refund.created", gone))
    first = closed(today, shift)
    hours_pass(superuser)

    shift = opened(today)
    stripe.told(today, stripe.event(today, "refund.failed", {**gone, "status": "failed"}))
    second = closed(today, shift)

    assert [tender(each, "stripe")["net"] for each in (first, second)] == [IPA - 300, 300]
    assert [tender(each, "stripe")["refund_count"] for each in (first, second)] == [1, -1]
    assert ties(first)
    assert ties(second)
    assert second["balance"]["received_elsewhere"] == 0
    hours_pass(superuser)
    assert books(today) == []


def test_refund_that_gets_its_name_later_is_counted_once(today: Shop, superuser: Any) -> None:
    shift = opened(today)
    order, link, intent = by_link(today)
    stripe.told(today, stripe.event(today, "charge.refunded", stripe.charge(today, order, link, intent, 500)))
    first = closed(today, shift)
    hours_pass(superuser)

    shift = opened(today)
    for part in (300, 200):
        stripe.told(today, stripe.event(today, "refund.created", stripe.refund(intent, part)))
    second = closed(today, shift)

    told = [tender(each, "stripe") for each in (first, second)]
    assert sum(each["refunds"] for each in told) == 500
    assert sum(each["refund_count"] for each in told) == 2
    assert second["balance"]["received_elsewhere"] == 0
    hours_pass(superuser)
    assert books(today) == []


def test_refund_of_what_the_bank_took_is_counted_once(today: Shop, superuser: Any) -> None:
    shift = opened(today)
    _, link, intent = by_link(today)
    lost = stripe.dispute(intent, link["amount"], "lost")
    stripe.told(today, stripe.event(today, "charge.dispute.closed", lost))
    first = closed(today, shift)
    hours_pass(superuser)

    shift = opened(today)
    stripe.told(today, stripe.event(today, "refund.created", stripe.refund(intent, 300)))
    second = closed(today, shift)

    assert tender(first, "stripe")["net"] + sum(each["net"] for each in second["tenders"]) == 0
    assert ties(second)
    hours_pass(superuser)
    assert books(today) == []


def test_part_of_a_sale_without_network_is_none_that_came_late(today: Shop, superuser: Any) -> None:
    shift = opened(today)
    water = {"sku": "WATER", "quantity": 2, "unit_price": 199}
    order = today.sell(
        items=[water, {"sku": "IPA", "quantity": 1, "unit_price": 800}], offline=True, placed_at=shift["opened_at"]
    )
    closed(today, shift)
    after = opened(today)

    lines = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}]}
    done(today.post(f"/orders/{order['id']}/split", lines, headers={"If-Match": "*", **approved(today)}), 201)
    z = closed(today, after)

    assert [each["kind"] for each in reports(today)] == ["z", "z"]
    assert (z["sales"]["total"], z["orders"]["count"]) == (0, 1)
    hours_pass(superuser)
    assert books(today) == []


def test_part_that_is_split_off_in_the_office_stays_with_the_register(today: Shop) -> None:
    shift = opened(today, 0)
    order = today.sell(items=[{"sku": "IPA", "quantity": 2}])
    lines = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}

    part = done(today.post(f"/orders/{order['id']}/split", lines, as_="owner", headers={"If-Match": "*"}), 201)
    paid(today, part)
    z = closed(today, shift)

    assert part["register_id"] == today.register_id
    assert (z["sales"]["total"], z["balance"]["received_for_others"]) == (order["total"], 0)
    assert books(today) == []


def test_part_of_an_order_of_before_the_first_shift_counts_as_little_as_the_whole(today: Shop) -> None:
    order = today.sell(items=[{"sku": "IPA", "quantity": 2}])
    shift = opened(today, 0)

    lines = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}
    part = done(today.post(f"/orders/{order['id']}/split", lines, headers={"If-Match": "*"}), 201)
    paid(today, part)
    z = closed(today, shift)

    assert (z["sales"]["total"], z["balance"]["received_for_others"]) == (0, IPA)
    assert books(today) == []


def test_cash_of_a_gap_is_in_no_drawer_however_late_it_is_told(today: Shop) -> None:
    closed(today, opened(today))
    between = clock.now()
    shift = opened(today, 5000)

    offline(today, between.isoformat(), payment=CASH)
    z = closed(today, shift, 5000)

    assert (z["drawer"]["difference"], tender(z, "cash")["net"]) == (0, 199)


def test_late_sale_is_added_once_however_often_its_job_runs(today: Shop) -> None:
    shift = opened(today)
    closed(today, shift)
    late = offline(today, shift["opened_at"])

    for _ in range(3):
        tasks.add_late(today.store_id, late["id"], today.register_id)

    assert [each["kind"] for each in reports(today)] == ["z", "addendum"]


def test_register_that_repeats_anothers_opening_sees_nothing_of_it(today: Shop) -> None:
    other = another_register(today)
    opened(today, key="the-same")

    repeated = today.post("/shifts", {"opening_float": 20000}, as_=other, key="the-same")

    assert repeated.status_code == 403
    assert report(today, done(today.get("/register/shift"))["shift"])["kind"] == "x"
