"""A full run, and those after it: the books are the shop's to the cent, by plain SQL over what both keep."""

from datetime import timedelta

import pytest

from pos import clock
from pos.sandbox.shop import acts, site
from pos.sandbox.shop.acts import Wanted
from tests.woocommerce.web import QUICK, Web

pytestmark = pytest.mark.xdist_group("web_shop")

# What the shop lists; what lies in the trash is not.
_LISTED = "sandbox_shop_things t WHERE t.kind = 'order' AND t.state NOT IN ('trash', 'checkout-draft')"
_CENTS = "round((t.body ->> '{}')::numeric * 100)::bigint"
_ORDERS_APART = f"""
    WITH shop AS (
      SELECT t.number, {_CENTS.format("total")} AS total, {_CENTS.format("total_tax")} AS tax,
             {_CENTS.format("shipping_total")} + {_CENTS.format("shipping_tax")} AS shipping,
             (t.body ->> 'date_created_gmt' || 'Z')::timestamptz AS placed_at,
             CASE t.state WHEN 'completed' THEN 'completed' WHEN 'refunded' THEN 'completed' WHEN 'cancelled' THEN 'canceled'
                          WHEN 'failed' THEN 'canceled' ELSE 'open' END AS status,
             t.state IN ('completed', 'processing') AS is_paid,
             (SELECT coalesce(sum(round((r.body ->> 'amount')::numeric * 100)), 0)::bigint FROM sandbox_shop_things r
               WHERE r.kind = 'refund' AND r.parent = t.number) AS refunded
        FROM {_LISTED})
    SELECT shop.number, o.wc_order_id, shop.*, o.total, o.status, o.amount_paid, o.amount_refunded FROM shop
      FULL JOIN (SELECT * FROM orders WHERE store_id = %(store)s AND source = 'woocommerce') o ON o.wc_order_id = shop.number
     WHERE (shop.total, shop.tax, shop.shipping, shop.placed_at, shop.status, CASE WHEN shop.is_paid THEN shop.total - shop.refunded ELSE 0 END)
           IS DISTINCT FROM
           (o.total, o.tax + o.tax_in_charges, o.shipping, o.placed_at, o.status, o.amount_paid - o.amount_refunded)
"""
_LINES_APART = f"""
    WITH shop AS (
      SELECT t.number, replace(replace(l ->> 'name', '&amp;', '&'), '&#8211;', '–') AS name, sum((l ->> 'quantity')::int) AS pieces, sum(round((l ->> 'subtotal')::numeric * 100))::bigint AS subtotal
        FROM {_LISTED.replace(" WHERE", ", jsonb_array_elements(t.body -> 'line_items') l WHERE")} GROUP BY 1, 2),
    ours AS (
      SELECT o.wc_order_id AS number, l.name, sum(l.quantity)::int AS pieces, sum(l.subtotal)::bigint AS subtotal
        FROM orders o JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NULL
       WHERE o.store_id = %(store)s AND o.source = 'woocommerce' GROUP BY 1, 2)
    SELECT * FROM shop FULL JOIN ours USING (number, name)
     WHERE (shop.pieces, shop.subtotal) IS DISTINCT FROM (ours.pieces, ours.subtotal)
"""


# By phone: each number that somebody wrote is one customer, who has all orders of that number.
_PEOPLE_APART = f"""
    WITH shop AS (
      SELECT t.number, right(regexp_replace(t.body -> 'billing' ->> 'phone', '[^0-9]', '', 'g'), 10) AS phone FROM {_LISTED}),
    apart AS (
      SELECT shop.phone, count(DISTINCT o.customer_id) AS people, count(DISTINCT c.phone) AS phones, min(c.phone) AS known
        FROM shop JOIN orders o ON o.wc_order_id = shop.number AND o.store_id = %(store)s
        JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
       WHERE shop.phone <> '' AND NOT (o.customer_id IN (SELECT customer_id FROM web_customers WHERE store_id = o.store_id))
       GROUP BY shop.phone)
    SELECT * FROM apart WHERE people <> 1 OR phones <> 1 OR known <> '+1' || phone
"""
_HISTORY_APART = """
    SELECT c.phone, c.order_count, count(o.id), c.total_spent, sum(o.amount_paid - o.amount_refunded) FROM customers c
      JOIN orders o ON o.store_id = c.store_id AND o.customer_id = c.id
     WHERE c.store_id = %(store)s GROUP BY c.store_id, c.id
    HAVING c.order_count <> count(o.id) FILTER (WHERE o.status <> 'canceled') OR c.total_spent <> sum(o.amount_paid - o.amount_refunded)
"""
_LATER = timedelta(minutes=3)


def test_full_run_has_the_books_say_what_the_shop_says(synced: Web) -> None:
    assert synced.value(f"SELECT count(*) FROM {_LISTED}") > 250
    assert synced.rows(_ORDERS_APART) == []
    assert synced.rows(_LINES_APART) == []
    assert synced.rows(_PEOPLE_APART) == []
    assert synced.rows(_HISTORY_APART) == []
    assert synced.broken() == []


def test_refunds_have_the_numbers_moments_and_reasons_of_the_shop(synced: Web) -> None:
    apart = synced.rows("""
        SELECT t.number, r.id FROM (SELECT * FROM sandbox_shop_things WHERE kind = 'refund') t
          FULL JOIN (SELECT r.*, (SELECT sum(amount) FROM refunds s WHERE s.store_id = r.store_id AND s.order_id = r.order_id) AS of_order
                       FROM refunds r WHERE r.store_id = %(store)s AND r.wc_refund_id IS NOT NULL) r ON r.wc_refund_id = t.number
         WHERE (t.made_at, nullif(t.body ->> 'reason', '')) IS DISTINCT FROM
               (r.created_at, CASE WHEN r.reason <> 'Changed in the web shop' THEN r.reason END)
    """)

    assert apart == []
    assert synced.value("SELECT count(*) FROM refunds WHERE store_id = %(store)s AND source <> 'woocommerce'") == 0


def test_goods_that_went_back_are_known_by_their_lines(synced: Web) -> None:
    told = synced.value("SELECT sum(abs((l ->> 'quantity')::int)) FROM sandbox_shop_things, jsonb_array_elements(body -> 'line_items') l WHERE kind = 'refund'")  # fmt: skip

    assert synced.value("SELECT sum(quantity) FROM refund_lines WHERE store_id = %(store)s") == told


def test_lines_have_the_rates_of_the_shop(synced: Web) -> None:
    """Not what each line's rounded cents come to, of which a report by rates would make dozens."""
    told = synced.rows("""
        SELECT DISTINCT (t ->> 'rate_percent')::numeric / 100 FROM sandbox_shop_things, jsonb_array_elements(body -> 'tax_lines') t
         WHERE kind = 'order'
    """)
    kept = synced.rows("""
        SELECT l.tax_rate, count(*) FROM order_lines l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
         WHERE l.store_id = %(store)s AND o.source = 'woocommerce' AND l.tax > 0 GROUP BY 1
    """)
    rates = {rate for (rate,) in told}

    # The state's and the city's are taken together.
    together = {one + other for one in rates for other in rates if one != other}
    assert len(rates) > 2
    assert sum(count for rate, count in kept if rate in rates | together) > 0.95 * sum(count for _, count in kept)


def test_shelves_are_those_of_the_shop(synced: Web) -> None:
    apart = synced.rows("""
        SELECT t.number, t.body ->> 'name', p.name, p.price, p.sale_price, p.stock_quantity FROM sandbox_shop_things t
          LEFT JOIN products p ON p.wc_product_id = t.number AND p.store_id = %(store)s
         WHERE (t.kind = 'variation' OR (t.kind = 'product' AND t.body ->> 'type' = 'simple'))
           AND (round((t.body ->> 'regular_price')::numeric * 100), (t.body ->> 'stock_quantity')::int, t.state = 'publish')
               IS DISTINCT FROM (p.price, p.stock_quantity, p.status = 'active')
    """)
    categories = synced.value("SELECT count(*) FROM sandbox_shop_things WHERE kind = 'category'")

    assert apart == []
    assert (
        synced.value("SELECT count(*) FROM categories WHERE store_id = %(store)s AND wc_category_id IS NOT NULL")
        == categories
    )
    assert synced.value("SELECT count(*) FROM products WHERE store_id = %(store)s AND wc_product_id IS NOT NULL") > 20


def test_second_run_writes_nothing(synced: Web) -> None:
    before = synced.digests()

    log = synced.sync()

    assert (log["records_changed"], log["records_synced"] > 400) == (0, True)
    assert synced.digests() == before
    assert log["report"]["totals"]["shop"] == log["report"]["totals"]["books"]


def test_nothing_is_read_again_between_full_runs_but_what_changed(synced: Web) -> None:
    number = synced.value("SELECT max(number) FROM sandbox_shop_things WHERE kind = 'order' AND state = 'completed'")
    synced.sync("incremental")
    later = clock.now() + _LATER

    synced.act(acts.change_order, number, now=later, customer_note="Ring twice")
    log = synced.sync("incremental")

    assert (log["records_changed"], log["report"]["figures"]["orders"]) == (1, {"changed": 1})
    assert log["records_synced"] < 150
    assert synced.order(number)["note"] == "Ring twice"


def test_incremental_run_follows_whatever_is_done_in_the_shop(synced: Web) -> None:
    later = clock.now() + _LATER
    completed = [row[0] for row in synced.rows("SELECT number FROM sandbox_shop_things WHERE kind = 'order' AND state = 'completed' ORDER BY number DESC LIMIT 6")]  # fmt: skip
    product = synced.value(
        "SELECT min(number) FROM sandbox_shop_things WHERE kind = 'product' AND body ->> 'type' = 'simple'"
    )
    wanted = Wanted([(product, 3)], phone="+14155550132", first_name="Ines", shipping=500)

    placed = synced.act(acts.place, wanted, now=later, is_paid=True)
    waiting = synced.act(acts.place, wanted, now=later)
    synced.act(acts.cancel, completed[0], now=later)
    synced.act(acts.refund, completed[1], now=later)
    synced.act(acts.edit, completed[2], [(product, 2)], now=later)
    synced.act(acts.change_product, product, now=later, price=1234, stock=77)
    synced.act(acts.set_status, completed[3], "on-hold", now=later)
    log = synced.sync("incremental")

    assert log["status"] == "completed"
    assert synced.rows(_ORDERS_APART) == []
    assert synced.rows(_LINES_APART) == []
    assert synced.rows(_HISTORY_APART) == []
    assert synced.broken() == []
    assert (synced.order(placed)["payment_status"], synced.order(waiting)["payment_status"]) == ("paid", "unpaid")
    again = synced.digests()
    assert synced.sync("incremental")["records_changed"] == 0
    assert synced.digests() == again


def test_record_that_moves_up_while_the_list_is_read_is_not_passed_over(web: Web) -> None:
    """Some of the first page go into the trash as the second is asked for, and as many new orders stand at the end."""
    first = [row[0] for row in web.rows("SELECT number FROM sandbox_shop_things WHERE kind = 'order' AND state <> 'trash' ORDER BY number LIMIT 5")]  # fmt: skip
    product = web.value(
        "SELECT min(number) FROM sandbox_shop_things WHERE kind = 'product' AND body ->> 'type' = 'simple'"
    )

    def move_up() -> None:
        for number in first:
            web.act(acts.trash, number)
            web.act(acts.place, Wanted([(product, 1)], phone="+14155550132"))

    web.door.before = {"orders?orderby=id&order=asc&per_page=20&offset=19": move_up}
    web.sync(pace=QUICK)

    assert web.door.before == {}
    kept = {
        row[0]
        for row in web.rows("SELECT wc_order_id FROM orders WHERE store_id = %(store)s AND source = 'woocommerce'")
    }
    listed = {row[0] for row in web.rows(f"SELECT number FROM {_LISTED}")}
    assert kept == listed | set(first)


def test_record_too_large_for_us_alone_is_listed_and_the_rest_taken_in(synced: Web) -> None:
    numbers = [row[0] for row in synced.rows("SELECT number FROM sandbox_shop_things WHERE kind = 'order' AND state = 'completed' ORDER BY number")]  # fmt: skip
    synced.act(acts.change_order, numbers[50], customer_note="x" * 6_000_000)
    synced.act(acts.change_order, numbers[51], customer_note="Ring twice")

    log = synced.sync()

    assert (log["status"], log["records_changed"]) == ("completed", 1)
    assert synced.problems()["orders", 0] == {"too_large"}
    assert synced.order(numbers[50])["status"] == "completed"
    assert synced.order(numbers[51])["note"] == "Ring twice"
    synced.act(acts.change_order, numbers[50], customer_note="")
    synced.sync()
    assert ("orders", 0) not in synced.problems()


def test_product_that_is_deleted_while_it_is_read_is_withdrawn(synced: Web) -> None:
    number, variation = synced.rows(
        "SELECT parent, number FROM sandbox_shop_things WHERE kind = 'variation' ORDER BY 1, 2 LIMIT 1"
    )[0]
    synced.door.before = {f"products/{number}/variations": lambda: synced.act(acts.delete_product, number)}

    log = synced.sync()

    assert (synced.door.before, log["status"]) == ({}, "completed")
    assert (
        synced.value(
            "SELECT status FROM products WHERE store_id = %(store)s AND wc_product_id = %(number)s", number=variation
        )
        == "inactive"
    )


def test_store_in_another_currency_is_not_connected(bare: Web) -> None:
    cafe = bare.of("cafe")
    with bare.app.app_context():
        (key, secret), url = site.keys(), site.url()

    answered = cafe.shop.request(
        "PUT", "/sync/woocommerce", as_="owner", json={"url": url, "consumer_key": key, "consumer_secret": secret}
    )

    assert (answered.status_code, answered.json["type"]) == (422, "/problems/other-currency")
    assert cafe.value("SELECT count(*) FROM web_shops") == 0


def test_empty_shop_leaves_the_books_empty(bare: Web) -> None:
    bare.connect()

    log = bare.sync()

    assert (log["records_synced"], log["records_changed"]) == (0, 0)
    assert bare.broken() == []
