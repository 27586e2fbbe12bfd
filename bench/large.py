"""`make bench-large`: every report over five million orders of three places in three years: milliseconds, beside the same sums over the books."""

import argparse
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

from flask import Flask

from bench import members, shop
from pos import clock, create_app, postgres
from pos.analytics.reports.catalogue import REPORTS, report
from pos.analytics.reports.shape import MOST_DAYS_BY_HOUR, Asked
from pos.analytics.rollups import flows
from pos.analytics.rollups.proofs import PROOFS
from pos.config import read
from pos.db import db, transaction
from pos.proofs import run
from pos.staff import actions as staff
from pos.statements import Statement, take_time
from pos.stores import actions as stores

AIM_MS = 200
DAYS = 3 * 365
TRIES = 5
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Sydney")
PEOPLE = 9
RANGES = {"30 days": 30, "a year": 365, "three years": DAYS}
# Order n of so many: spread over the days, between eight in the morning and ten at night, at one of the places, sold by one of its people.
_HISTORY = (
    """
    CREATE TEMP TABLE history AS
    SELECT n, (left(stamp, 8) || '-' || right(stamp, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id, price, hand,
           %(today)s::timestamptz - interval '1 day' * (%(days)s - n * %(days)s / %(orders)s) + interval '1 second' * (28800 + hand %% 50400) AS at,
           (%(places)s::uuid[])[1 + hand %% 3] AS place, (%(registers)s::uuid[])[1 + hand %% 3 + 3 * (hand / 7 %% 2)] AS register,
           (%(users)s::uuid[])[1 + hand / 11 %% cardinality(%(users)s::uuid[])] AS person,
           1 + (hand::bigint * hand) %% %(customers)s AS customer
      FROM (SELECT n, lpad(to_hex(1700000000000 + n), 12, '0') AS stamp, 300 + n %% 500 AS price,
                   mod(hashint8(n)::bigint + 2147483648, 1000003) AS hand
              FROM generate_series(%(first)s::bigint, %(last)s::bigint) n) x
    """,
    "DELETE FROM history WHERE at > now()",
    """
    INSERT INTO orders (store_id, id, version, reference, public_token, location_id, register_id, user_id, customer_id, source, kind, status,
      payment_status, fulfillment_status, currency, tax_included, subtotal, discount, tax, tip, shipping, fees, total,
      amount_paid, amount_refunded, placed_at, received_at, completed_at, canceled_at, created_at, updated_at)
    SELECT %(store)s, h.id, 1, 'L' || n, md5(n::text), place, register, person, c.id, 'tablet', 'food',
           CASE WHEN hand %% 50 = 0 THEN 'canceled' ELSE 'completed' END, 'paid', 'completed', 'USD', false,
           2 * price, CASE WHEN hand %% 10 = 0 THEN 100 ELSE 0 END, price / 6, hand %% 300, 0, 0,
           2 * price - CASE WHEN hand %% 10 = 0 THEN 100 ELSE 0 END + price / 6 + hand %% 300, 2 * price, 0, at, at,
           CASE WHEN hand %% 50 > 0 THEN at END, CASE WHEN hand %% 50 = 0 THEN at END, at, at
      FROM history h JOIN customers c ON c.store_id = %(store)s AND c.phone = '+1555' || lpad(h.customer::text, 7, '0')
    """,
    """
    INSERT INTO order_lines (store_id, id, order_id, position, product_id, kind, name, sku, quantity, unit_price, subtotal,
      discount, total, tax_class, tax_rate, tax, needs_preparation, takes_stock, created_at, updated_at)
    SELECT %(store)s, gen_random_uuid(), h.id, line, (%(products)s::uuid[])[1 + (hand / line) %% 60], 'food', 'Ale', 'ALE', 1, price, price, 0, price,
           'standard', 0.0825, price / 12, true, false, at, at
      FROM history h, generate_series(1, 2) line
    """,
    """
    INSERT INTO order_discounts (store_id, id, order_id, kind, name, amount, off, created_at, updated_at)
    SELECT %(store)s, gen_random_uuid(), id, 'manual', 'Off', 100, 100, at, at FROM history WHERE hand %% 10 = 0
    """,
    """
    INSERT INTO payments (store_id, id, order_id, method, amount, status, register_id, user_id, created_at, updated_at)
    SELECT %(store)s, id, id, CASE WHEN hand %% 3 = 0 THEN 'cash' ELSE 'card' END, 2 * price, 'succeeded', register, person, at, at FROM history
    """,
    """
    INSERT INTO refunds (store_id, id, request_id, payment_id, order_id, amount, status, source, created_at, updated_at)
    SELECT %(store)s, id, id, id, id, 100, 'succeeded', 'counter', least(at + interval '3 days', now()), least(at + interval '3 days', now() - interval '2 hours')
      FROM history WHERE hand %% 40 = 1
    """,
    """
    INSERT INTO point_entries (store_id, id, member_id, act_id, type, points, program_version, actor, cause, occurred_at, created_at)
    SELECT %(store)s, h.id, m.id, h.id, 'accumulate', 10, 1, 'system', 'order:' || h.id, at, at
      FROM history h JOIN customers c ON c.store_id = %(store)s AND c.phone = '+1555' || lpad(h.customer::text, 7, '0')
      JOIN members m ON m.store_id = %(store)s AND m.customer_id = c.id
    """,
    """
    INSERT INTO messages (store_id, id, direction, customer_id, phone, body, purpose, template, status, attempts, not_before, sending_at, sent_at,
      segments, permit, actor, created_at, updated_at)
    SELECT %(store)s, h.id, 'out', NULL, '+15550000001', 'Ready', 'transactional', 'order_ready', 'delivered', 1, at, at, at, 1, '{}', 'system', at, at
      FROM history h WHERE hand %% 10 = 3
    """,
    "DROP TABLE history",
)
_RECKON = """
    UPDATE customers c SET order_count = o.count, total_spent = o.spent, first_order_at = o.first_at, last_order_at = o.last_at,
           updated_at = o.last_at
      FROM (SELECT customer_id, count(*) AS count, sum(total) AS spent, min(placed_at) AS first_at, max(placed_at) AS last_at
              FROM orders WHERE store_id = %(store)s AND status <> 'canceled' GROUP BY customer_id) o
     WHERE c.store_id = %(store)s AND c.id = o.customer_id
"""
# What a counter writes in an hour: it makes the days of these orders be counted from the books.
_JUST_NOW = """
    UPDATE orders SET updated_at = now() WHERE store_id = %(store)s AND id IN (
      SELECT id FROM orders WHERE store_id = %(store)s ORDER BY placed_at DESC LIMIT 300)
"""
_ALSO_OLD = """
    UPDATE orders SET updated_at = now() WHERE store_id = %(store)s AND id IN (
      SELECT id FROM orders WHERE store_id = %(store)s AND placed_at < now() - interval '40 days' ORDER BY placed_at DESC LIMIT 3)
"""
_BY_BOOKS = Statement("""
    SELECT date_trunc('month', o.placed_at AT TIME ZONE l.timezone)::date, count(*), sum(o.total)
      FROM orders o JOIN locations l ON l.store_id = o.store_id AND l.id = o.location_id
     WHERE o.store_id = :store AND l.store_id = :store AND o.status <> 'canceled' GROUP BY 1
""")


def main() -> None:
    asked = _asked()
    shop.CUSTOMERS = asked.customers
    with shop.home() as home, postgres.running(home) as server:
        print("Making the shop …", flush=True)
        made = shop.make(server)
        members.join(server, made)
        app = create_app(read({name: text for name, text in made.environ.items() if text}))
        with app.app_context():
            began = time.monotonic()
            _grow(server, made, _facts(made, asked.orders))
            print(f"{asked.orders:,} orders written in {time.monotonic() - began:.0f} s", flush=True)
            _measure(app, server, made)
            db.engine.dispose()


def _facts(made: shop.Shop, orders: int) -> dict[str, Any]:
    store_id = UUID(made.store_id)
    with transaction(store_id, actor="bench") as session:
        places = [stores.create_location(name=zone, timezone=zone, tax_rates={"standard": "0.0825"}) for zone in ZONES]
        registers = [
            stores.create_register(name=f"{place.name} {number}", location_id=place.id, now=clock.now())[0]
            for number in (1, 2)
            for place in places
        ]
        people = [
            staff.add(name=f"Person {number}", role="cashier", email=None, password=None, pin=f"48{number}7")
            for number in range(PEOPLE)
        ]
        session.flush()
        products = [str(row[0]) for row in Statement("SELECT id FROM products WHERE store_id = :store").rows()]
        return {
            "store": made.store_id,
            "orders": orders,
            "days": DAYS,
            "today": clock.now().replace(hour=0, minute=0, second=0, microsecond=0),
            "customers": shop.CUSTOMERS,
            "places": [str(place.id) for place in places],
            "registers": [str(register.id) for register in registers],
            "users": [str(person.user_id) for person in people],
            "products": products,
        }


def _grow(server: postgres.Server, made: shop.Shop, facts: Mapping[str, Any]) -> None:
    parts = ({**facts, "first": first, "last": last} for first, last in shop.portions(0, facts["orders"]))
    shop.insert(server, _HISTORY, parts)
    with shop.superuser(server) as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_RECKON, {"store": made.store_id})
        cursor.execute("VACUUM ANALYZE customers")


def _measure(app: Flask, server: postgres.Server, made: shop.Shop) -> None:
    store_id = UUID(made.store_id)
    began = time.monotonic()
    written = flows.keep(store_id)
    print(f"sums made: {written:,} rows in {time.monotonic() - began:.1f} s", flush=True)
    began = time.monotonic()
    flows.keep(store_id)
    print(f"sums brought up to date with nothing changed: {time.monotonic() - began:.2f} s", flush=True)
    with shop.superuser(server) as cursor:
        for statement in (_JUST_NOW, _ALSO_OLD):
            cursor.execute(statement, {"store": made.store_id})
        cursor.execute("VACUUM ANALYZE")
    _report(store_id)
    began = time.monotonic()
    with transaction(store_id):
        take_time(60)
        broken = run(PROOFS)
    print(f"the audit of the sums: {len(broken)} differences, {time.monotonic() - began:.1f} s", flush=True)
    began = time.monotonic()
    flows.keep(store_id)
    print(f"sums brought up to date with an hour's changes: {time.monotonic() - began:.2f} s", flush=True)
    with transaction(store_id):
        print(f"one sum by month over the books alone: {_ms(_BY_BOOKS.rows, tries=2):.0f} ms", flush=True)


def _report(store_id: UUID) -> None:
    slow = []
    print(f"{'report':30}" + "".join(f"{name:>14}" for name in RANGES), flush=True)
    for name, by in ((name, by) for name, kind in REPORTS.items() for by in kind.by):
        row = {days: _timed(store_id, name, by, days) for days in _sensible(by)}
        print(f"{name} by {by:20}"[:30].ljust(30) + "".join(f"{ms:11.0f} ms" for ms in row.values()), flush=True)
        slow += [(ms, f"{name} by {by} over {days} days") for days, ms in row.items() if ms > AIM_MS]
    print(f"over {AIM_MS} ms: {len(slow)}")
    for ms, what in sorted(slow, reverse=True):
        print(f"  {what}: {ms:.0f} ms")


def _sensible(by: str) -> Iterator[int]:
    yield from (days for days in RANGES.values() if by != "hour" or days <= MOST_DAYS_BY_HOUR)


def _timed(store_id: UUID, name: str, by: str, days: int) -> float:
    today = clock.now().date()
    asked = Asked(by, today - timedelta(days=days - 1), today)

    def ask() -> None:
        with transaction(store_id):
            report(name, asked)

    return _ms(ask, tries=TRIES)


def _ms(ask: Any, *, tries: int) -> float:
    taken = []
    for _ in range(tries):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.large", description=__doc__)
    parser.add_argument("--orders", type=int, default=5_000_000)
    parser.add_argument("--customers", type=int, default=200_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
