"""`python -m bench.office`: every page of the office over a store with a million orders and 200,000 customers: statements, and milliseconds."""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import event

from bench import members, shop
from bench.names import FIRST_NAMES
from pos import clock, create_app, postgres, wire
from pos.config import read
from pos.db import db, transaction
from pos.staff import actions as staff
from pos.staff.identity import COOKIE
from tests.office.desk import OfficePage, pages

TRIES = 3
# Those who were written down before there were so many orders: as many as asked, each with a name and a tag.
_NAMES = """
    WITH named AS (
      UPDATE customers SET name = (%(names)s::text[])[1 + mod(hashtext(phone)::bigint + 2147483648, cardinality(%(names)s::text[]))]
             || ' ' || upper(substr(md5(phone), 1, 1)) || substr(md5(phone), 2, 7)
       WHERE store_id = %(store)s AND origin = 'counter' RETURNING store_id, id, name),
    tagged AS (
      UPDATE profiles p SET tags = ARRAY['regular'] FROM named n
       WHERE p.store_id = n.store_id AND p.customer_id = n.id AND mod(hashtext(n.name), 20) = 0 RETURNING p.store_id, p.customer_id)
    INSERT INTO customer_words (store_id, word, customer_id)
    SELECT store_id, lower(unnest(string_to_array(name, ' '))), id FROM named
     UNION SELECT store_id, '#regular', customer_id FROM tagged
    ON CONFLICT DO NOTHING
"""
# As if one order had come each half minute until now.
_SPREAD = """
    UPDATE orders SET placed_at = now() - (%(orders)s - substr(reference, 2)::bigint) * interval '31 seconds' WHERE store_id = %(store)s
"""
_SOME = {
    "customer_id": "SELECT customer_id FROM orders WHERE store_id = %(store)s ORDER BY placed_at DESC LIMIT 1",
    "order_id": "SELECT id FROM orders WHERE store_id = %(store)s ORDER BY placed_at DESC LIMIT 1",
    "product_id": "SELECT id FROM products WHERE store_id = %(store)s LIMIT 1",
    "location_id": "SELECT id FROM locations WHERE store_id = %(store)s LIMIT 1",
    "register_id": "SELECT id FROM registers WHERE store_id = %(store)s LIMIT 1",
    "member": "SELECT id FROM members WHERE store_id = %(store)s LIMIT 1",
    "member_id": "SELECT id FROM members WHERE store_id = %(store)s LIMIT 1",
    "user_id": "SELECT user_id FROM memberships WHERE store_id = %(store)s LIMIT 1",
}
# What people type, beside the pages as they open.
TYPED = (
    "/customers?q={name}", "/customers?q=0042", "/customers?tag=regular", "/customers?q=%2B15550000042", "/customers?sort=-total_spent",
    "/orders?status=open", "/orders?sort=-total", "/orders?q=%2B15550000042", "/orders?page=200",
)  # fmt: skip


def main() -> None:
    asked = _asked()
    shop.CUSTOMERS = asked.customers
    with shop.home() as home, postgres.running(home) as server:
        print("Making the shop …", flush=True)
        made = shop.make(server)
        members.join(server, made)
        shop.grow(server, made, stored=0, until=asked.orders)
        ids = _rest(server, made, asked.orders)
        app = create_app(read({name: text for name, text in made.environ.items() if text}))
        with app.app_context(), _recorded() as sent:
            _look(app, made, ids, sent)
            db.engine.dispose()


def _rest(server: postgres.Server, made: shop.Shop, orders: int) -> dict[str, str]:
    """Names, tags, orders until now, and an id for each parameter of an address; none where the store has no such row."""
    facts = {"store": made.store_id, "names": FIRST_NAMES, "orders": orders}
    with shop.superuser(server) as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in (_NAMES, _SPREAD):
            cursor.execute(statement, facts)
        cursor.execute("VACUUM ANALYZE")
        found = {}
        for name, statement in _SOME.items():
            cursor.execute(statement, facts)
            row = cursor.fetchone()
            found |= {name: str(row[0])} if row else {}
        cursor.execute(
            "SELECT split_part(name, ' ', 2) FROM customers WHERE store_id = %(store)s AND name IS NOT NULL LIMIT 1",
            facts,
        )
        return found | {"name": cursor.fetchone()[0].lower()}


def _look(app: Flask, made: shop.Shop, ids: dict[str, str], sent: list[str]) -> None:
    client = app.test_client()
    store_id = UUID(made.store_id)
    with transaction(store_id, actor="bench"):
        owner = staff.add(name="Olive", role="owner", email="olive@bench.example", password=None, pin=None)
        client.set_cookie(COOKIE, staff.start_session(owner.user_id, clock.now()))
    ids |= {"user_id": str(owner.user_id)}
    worst: list[tuple[float, str]] = []
    print(f"{'page':60} {'statements':>10} {'ms':>8}")
    for path in _paths(app, ids):
        rounds = []
        for _ in range(TRIES):
            sent.clear()
            begun = time.perf_counter()
            status = client.get(f"/office{path}").status_code
            rounds.append((time.perf_counter() - begun) * 1000)
        print(
            f"{path[:60]:60} {len(sent):10} {median(rounds):8.0f}{'' if status == 200 else f'  {status}'}", flush=True
        )
        worst.append((median(rounds), path))
        assert len(sent) <= 10, path
    slowest, path = max(worst)
    print(f"the slowest: {path}, {slowest:.0f} ms")


def _paths(app: Flask, ids: dict[str, str]) -> Iterator[str]:
    for page in pages(app):
        if page.access != "public" and set(page.parameters) <= set(ids) and not _is_file(page):
            yield page.path(ids)
    yield from (typed.format(**ids) for typed in TYPED)


def _is_file(page: OfficePage) -> bool:
    """An export reads all there is; that is what it is for."""
    return page.rule.endswith(".csv")


@contextmanager
def _recorded() -> Iterator[list[str]]:
    """The statements that are sent on every connection."""
    sent: list[str] = []

    class Recorder(wire.Cursor):
        def execute(self, statement: Any, values: Any = None) -> None:
            said = statement if isinstance(statement, bytes) else str(statement).encode()
            if not said.startswith((b"COMMIT", b"ROLLBACK", b"BEGIN", b"SET LOCAL")):
                sent.append(said.decode(errors="replace"))
            super().execute(statement, values)

    def use(connection: Any, _record: Any) -> None:
        connection.cursor_factory = Recorder

    event.listen(db.engine, "connect", use)
    yield sent


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.office", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=200_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
