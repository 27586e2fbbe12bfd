"""The shop or the books are changed behind the sync's back: the nightly comparison says each, and mends it if it may."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result

from pos import clock
from pos.db import transaction
from pos.sandbox.shop import acts, things
from pos.sandbox.shop.acts import Wanted
from tests.loyalty.members import balance
from tests.woocommerce.shops import connected, order
from tests.woocommerce.test_sync import _HISTORY_APART, _LINES_APART, _ORDERS_APART
from tests.woocommerce.web import Web

pytestmark = pytest.mark.xdist_group("web_shop")
INES = "+14155550132"


def _recent(web: Web, count: int, state: str = "completed") -> list[int]:
    """The latest orders of a state that nothing was given back of."""
    return [
        row[0]
        for row in web.rows(
            """SELECT number FROM sandbox_shop_things WHERE kind = 'order' AND state = %(state)s AND body -> 'refunds' = '[]'
                  AND (body ->> 'total')::numeric > 5 ORDER BY number DESC LIMIT %(count)s""",
            state=state,
            count=count,
        )
    ]


def _product(web: Web) -> int:
    return int(
        web.value("SELECT min(number) FROM sandbox_shop_things WHERE kind = 'product' AND body ->> 'type' = 'simple'")
    )


def _told(log: Any) -> dict[int, str]:
    """What the report says of each order."""
    return {row["wc_id"]: row["what"] for row in log["report"]["rows"]}


def _is_as_in_the_shop(web: Web) -> bool:
    return web.rows(_ORDERS_APART) == web.rows(_LINES_APART) == web.rows(_HISTORY_APART) == web.broken() == []


def _commanded(web: Web, *words: str) -> Result:
    return web.app.test_cli_runner().invoke(args=["sync", "woocommerce", "--store", web.slug, *words])


def _delete_whole(web: Web, number: int) -> None:
    """An order that was never here, as far as anybody can see."""
    web.rows("""
        SET session_replication_role = replica;
        CREATE TEMPORARY TABLE lost AS SELECT id, customer_id FROM orders WHERE wc_order_id = %(number)s AND store_id = %(store)s;
        DELETE FROM refund_lines WHERE line_id IN (SELECT id FROM order_lines WHERE order_id IN (SELECT id FROM lost));
        DELETE FROM refunds WHERE order_id IN (SELECT id FROM lost);
        DELETE FROM payments WHERE order_id IN (SELECT id FROM lost);
        DELETE FROM order_discounts WHERE order_id IN (SELECT id FROM lost);
        DELETE FROM order_lines WHERE order_id IN (SELECT id FROM lost);
        DELETE FROM orders WHERE id IN (SELECT id FROM lost);
    """, number=number)  # fmt: skip


def _of_no_member(web: Web, count: int) -> list[int]:
    return [row[0] for row in web.rows(
        "SELECT wc_order_id FROM orders WHERE store_id = %(store)s AND wc_order_id IS NOT NULL AND member_id IS NULL AND status = 'completed'"
        " AND amount_refunded = 0 AND total > 500 ORDER BY wc_order_id DESC LIMIT %(count)s", count=count,
    )]  # fmt: skip


def test_drift_says_each_difference_and_writes_nothing_then_mends_all(synced: Web) -> None:
    edited, refunded, canceled, trashed, deleted, noted = _recent(synced, 6)
    lost, damaged = [number for number in _of_no_member(synced, 12) if number not in _recent(synced, 6)][:2]
    later, product = clock.now() + timedelta(minutes=2), _product(synced)
    synced.act(acts.edit, edited, [(product, 3)], now=later)
    synced.act(acts.refund, refunded, now=later, amount=200)
    synced.act(acts.cancel, canceled, now=later)
    synced.act(acts.trash, trashed, now=later)
    synced.act(acts.delete, deleted, now=later)
    synced.act(acts.change_order, noted, now=later, customer_note="Ring twice")
    placed = synced.act(acts.place, Wanted([(product, 1)], phone=INES), now=later, is_paid=True)
    synced.rows("SET session_replication_role = replica; UPDATE order_lines SET name = 'Damaged' WHERE order_id = (SELECT id FROM orders WHERE wc_order_id = %(n)s) AND position = 1", n=damaged)  # fmt: skip
    _delete_whole(synced, lost)
    before = synced.digests()

    looked = _commanded(synced, "--type", "drift", "--no-repair")

    assert looked.exit_code == 2, looked.output
    assert synced.digests() == before
    (report,) = synced.rows(
        "SELECT report, records_changed FROM sync_logs WHERE sync_type = 'drift' ORDER BY id DESC LIMIT 1"
    )
    told = _told({"report": report[0]})
    expected = {
        edited: "changed", refunded: "refunded", canceled: "changed", trashed: "gone", deleted: "gone", noted: "changed",
        placed: "missing", lost: "missing", damaged: "changed",
    }  # fmt: skip
    assert told == expected
    assert report[1] == len(expected)
    assert "2 missing" in looked.output
    assert "2 gone" in looked.output
    assert "1 refunded" in looked.output
    assert report[0]["totals"]["shop"] != report[0]["totals"]["books"]
    assert {"orders", "total", "held"} == report[0]["totals"]["shop"].keys()

    mended = _commanded(synced, "--type", "drift")

    assert mended.exit_code == 0, mended.output
    gone = (trashed, deleted)
    assert [row[1] for row in synced.rows(_ORDERS_APART) if row[1] not in gone] == []
    assert all(
        (synced.order(number)["status"], synced.order(number)["payment_status"]) == ("canceled", "refunded")
        for number in gone
    )
    assert synced.rows(_HISTORY_APART) == synced.broken() == []
    again = _commanded(synced, "--type", "drift", "--no-repair")
    assert again.exit_code == 0, again.output
    assert "0 differed" in again.output


def test_totals_of_both_sides_are_told(synced: Web) -> None:
    log = synced.sync("drift", repair=False)

    (expected,) = synced.rows("""
        SELECT count(*), sum(round((body ->> 'total')::numeric * 100))::bigint FROM sandbox_shop_things
         WHERE kind = 'order' AND state NOT IN ('trash', 'cancelled', 'failed') AND made_at > now() - interval '92 days'
    """)
    shop, books = log["report"]["totals"]["shop"], log["report"]["totals"]["books"]
    assert shop == books
    assert (shop["orders"], shop["total"]) == expected


def test_refund_that_is_taken_back_brings_the_money_again(synced: Web) -> None:
    (number,) = _recent(synced, 1)
    later = clock.now() + timedelta(minutes=2)
    total = synced.order(number)["total"]

    refund = synced.act(acts.refund, number, now=later, amount=300)
    synced.sync("drift")
    refunded = synced.order(number)
    synced.act(acts.withdraw_refund, refund, now=later + timedelta(minutes=2))
    synced.sync("drift")
    order = synced.order(number)

    assert (refunded["payment_status"], refunded["amount_refunded"]) == ("partially_refunded", 300)
    assert order["amount_paid"] - order["amount_refunded"] == total
    assert _is_as_in_the_shop(synced)
    assert synced.sync("drift")["records_changed"] == 0


def test_order_goes_and_comes_back(synced: Web) -> None:
    (number,) = _recent(synced, 1)
    before = synced.order(number)

    states = []
    for minutes, act in (
        (2, acts.trash),
        (4, acts.restore),
        (6, acts.cancel),
        (8, acts.complete),
    ):
        synced.act(act, number, now=clock.now() + timedelta(minutes=minutes))
        synced.sync("drift")
        states.append(synced.order(number)["status"])
        assert synced.broken() == []

    after = synced.order(number)
    assert states == ["canceled", "completed"] * 2
    assert after["amount_paid"] - after["amount_refunded"] == before["total"]
    assert _is_as_in_the_shop(synced)


def test_line_that_was_changed_here_is_voided_and_stands_anew(synced: Web) -> None:
    (number,) = _of_no_member(synced, 1)
    synced.rows("SET session_replication_role = replica; UPDATE order_lines SET unit_price = unit_price + 100, subtotal = subtotal + quantity * 100, total = total + quantity * 100 WHERE order_id = (SELECT id FROM orders WHERE wc_order_id = %(n)s AND store_id = %(store)s)", n=number)  # fmt: skip
    assert synced.broken()

    log = synced.sync("drift")

    assert _told(log) == {number: "changed"}
    assert _is_as_in_the_shop(synced)


def test_order_paid_by_the_transaction_of_another_is_set_aside(synced: Web) -> None:
    product, later = _product(synced), clock.now() + timedelta(minutes=2)
    first, second = (
        synced.act(acts.place, Wanted([(product, 1)], phone=INES), now=later, is_paid=True) for _ in range(2)
    )
    for number in (first, second):
        synced.act(acts.change_order, number, now=later, transaction_id="ch_twice")

    log = synced.sync("drift")

    assert _told(log) == {first: "missing", second: "missing"}
    assert [synced.order(number)["status"] for number in (first, second)] == ["open", "canceled"]
    assert synced.problems()["orders", second] == {"doubled"}
    assert synced.broken() == []
    synced.act(acts.change_order, second, now=later + timedelta(minutes=1), transaction_id="ch_another")
    synced.sync("drift")
    assert synced.order(second)["status"] == "open"
    assert ("orders", second) not in synced.problems()
    assert _is_as_in_the_shop(synced)


def test_order_that_turns_out_to_be_doubled_is_told_as_such(synced: Web) -> None:
    product, later = _product(synced), clock.now() + timedelta(minutes=2)
    first, second = (
        synced.act(acts.place, Wanted([(product, 1)], phone=INES), now=later, is_paid=True) for _ in range(2)
    )
    synced.sync("drift")

    for number in (first, second):
        synced.act(acts.change_order, number, now=later + timedelta(minutes=1), transaction_id="ch_twice")
    log = synced.sync("drift")

    assert _told(log) == {second: "doubled"}
    assert synced.broken() == []
    assert synced.sync("drift")["records_changed"] == 0


def test_of_two_by_one_transaction_the_one_that_came_first_stays(synced: Web) -> None:
    """The hint of the later order is handled before that of the earlier one."""
    product, later = _product(synced), clock.now() + timedelta(minutes=2)
    first, second = (
        synced.act(acts.place, Wanted([(product, 1)], phone=INES), now=later, is_paid=True) for _ in range(2)
    )
    for number in (first, second):
        synced.act(acts.change_order, number, now=later, transaction_id="ch_twice")

    synced.look("orders", second)
    synced.look("orders", first)

    assert [synced.order(number)["status"] for number in (first, second)] == ["canceled", "open"]
    assert synced.broken() == []
    assert synced.sync("drift")["records_changed"] == 0


def test_attempt_that_failed_does_not_set_the_paid_one_aside(synced: Web) -> None:
    product, later = _product(synced), clock.now() + timedelta(minutes=2)
    tried, paid = (synced.act(acts.place, Wanted([(product, 1)], phone=INES), now=later) for _ in range(2))
    for number, status in ((tried, "failed"), (paid, "processing")):
        synced.act(acts.set_status, number, status, now=later, transaction_id="ch_twice")

    synced.sync("drift")

    assert [synced.order(number)["status"] for number in (tried, paid)] == ["canceled", "open"]
    assert synced.order(paid)["payment_status"] == "paid"


@pytest.mark.parametrize("gone", ["pending", "cancelled", "refunded", "deleted"])
def test_order_counts_again_once_the_other_of_its_transaction_holds_no_money(synced: Web, gone: str) -> None:
    product, later = _product(synced), clock.now() + timedelta(minutes=2)
    first, second = (
        synced.act(acts.place, Wanted([(product, 1)], phone=INES), now=later, is_paid=True) for _ in range(2)
    )
    for number in (first, second):
        synced.act(acts.change_order, number, now=later, transaction_id="ch_twice")
    synced.sync("drift")

    if gone == "deleted":
        synced.act(acts.delete, first, now=later + timedelta(minutes=1))
    else:
        synced.act(acts.set_status, first, gone, now=later + timedelta(minutes=1))
    synced.look("orders", first)
    synced.look("orders", second)

    found = [synced.order(number) for number in (first, second)]
    assert [order["amount_paid"] - order["amount_refunded"] for order in found] == [0, found[1]["total"]]
    assert found[1]["status"] == "open"
    assert ("orders", second) not in synced.problems()
    assert synced.broken() == []
    assert synced.sync("drift")["records_changed"] == 0


def test_order_that_is_less_than_what_went_back_is_followed(bare: Web) -> None:
    """A line is taken out of it after it was given back; then the order is canceled."""
    shop = connected(bare.shop)
    shop.put("orders", order(1), order(2))
    shop.give_back(1, 50, "20.00")
    shop.give_back(2, 51, "30.00")
    bare.sync()
    seen = []

    for changes in ({"total": "10.00"}, {"status": "cancelled"}, {"total": "40.00", "status": "completed"}):
        shop.touch(1, **changes)
        bare.sync()
        found = bare.order(1)
        seen.append(
            (found["status"], found["amount_paid"] - found["amount_refunded"], ("orders", 1) in bare.problems())
        )
        assert bare.broken() == []
        assert bare.sync()["records_changed"] == 0

    assert seen == [("open", 0, True), ("canceled", 0, True), ("completed", 2000, False)]
    assert bare.problems() == {("orders", 2): {"refunds_exceed_total"}}
    assert (bare.order(2)["amount_paid"], bare.order(2)["payment_status"]) == (3000, "refunded")


def test_refund_whose_number_stands_at_another_order_is_booked_without_it(bare: Web) -> None:
    shop = connected(bare.shop)
    shop.put("orders", order(1), order(2))
    shop.give_back(1, 50, "5.00")
    bare.sync()

    shop.refunds[1] = []
    shop.touch(1, refunds=[])
    shop.put("orders", order(3), order(4))
    shop.give_back(2, 50, "5.00")
    shop.give_back(3, 50, "5.00", reason="torn at the seam")
    shop.give_back(3, 51, "1.00")
    shop.give_back(4, 51, "1.00")
    bare.sync()

    found = [bare.order(number) for number in (1, 2, 3, 4)]
    assert [each["amount_paid"] - each["amount_refunded"] for each in found] == [2750, 2250, 2150, 2650]
    assert bare.value("SELECT amount FROM refunds WHERE reason = 'torn at the seam' AND wc_refund_id IS NULL") == 500
    assert bare.problems() == {}
    assert bare.broken() == []
    assert bare.sync()["records_changed"] == 0


def test_points_follow_what_the_drift_mends(synced: Web) -> None:
    product, later = _product(synced), clock.now() + timedelta(minutes=2)
    before = balance(synced.shop, INES)
    number = synced.act(acts.place, Wanted([(product, 4)], phone=INES), now=later, is_paid=True)

    synced.sync("drift")
    earned = balance(synced.shop, INES)
    synced.act(acts.delete, number)
    synced.sync("drift")

    assert earned > before
    assert balance(synced.shop, INES) == before
    assert synced.broken() == []


def test_deleted_products_and_coupons_are_sold_no_more(synced: Web) -> None:
    product = _product(synced)
    coupon = synced.value("SELECT min(wc_coupon_id) FROM coupons WHERE store_id = %(store)s")
    agreed = dict.fromkeys(("individual_use", "exclude_sale_items", "free_shipping"), False)
    synced.act(
        acts.change_coupon, coupon, **agreed, usage_limit_per_user=None, minimum_amount="0.00", maximum_amount="0.00"
    )
    synced.sync()
    assert synced.value("SELECT status FROM coupons WHERE wc_coupon_id = %(number)s", number=coupon) == "active"
    synced.act(acts.delete_product, product)
    with transaction(None):
        found = things.find(things.COUPON, coupon)
        assert found is not None
        things.remove(found)

    log = synced.sync()

    status = "SELECT status FROM {} WHERE store_id = %(store)s AND wc_{}_id = %(number)s"
    assert log["report"]["figures"]["products"] == log["report"]["figures"]["coupons"] == {"gone": 1}
    assert synced.value(status.format("products", "product"), number=product) == "inactive"
    assert synced.value(status.format("coupons", "coupon"), number=coupon) == "inactive"
    assert synced.sync()["records_changed"] == 0
    assert synced.broken() == []


def test_report_names_rows_up_to_five_hundred_and_counts_the_rest(bare: Web) -> None:
    bare.fill(orders=520, customers=5)
    bare.connect()

    log = bare.sync("orders", repair=False)

    assert len(log["report"]["rows"]) == 500
    assert log["report"]["figures"]["orders"]["missing"] == log["records_changed"] > 500
    assert bare.value("SELECT count(*) FROM orders WHERE store_id = %(store)s") == 0


def test_log_of_a_run_is_shown(synced: Web) -> None:
    listed = synced.shop.get("/sync/logs", as_="owner").json["data"]
    whole = synced.shop.get(f"/sync/logs/{listed[0]['id']}", as_="owner").json

    assert UUID(whole["id"]) == UUID(listed[0]["id"])
    assert (whole["status"], whole["report"]["figures"]["orders"]["missing"] > 250) == ("completed", True)
