"""Guests who pay by link: orders that wait with an active link, and the event that Stripe sends for each of them, once.

Guests who are members earn points by it; those who are not earn none."""

import string
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from bench import clients, members, shop
from bench.shop import Shop
from pos import postgres
from pos.payments.gateway import signature

# Each of the orders costs this, so the event of the file fits them all.
AMOUNT = 900
EVENT = (Path(__file__).parent / "event_paid.json").read_text()
_EVENT = string.Template(EVENT)
# Rows as the product writes them: three lines that have to be made, and the first link, which Stripe has made.
_WAITING = (
    """
    CREATE TEMP TABLE waiting AS
    SELECT n, (left(stamp, 8) || '-' || right(stamp, 4) || '-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
           %(area)s || lpad((%(lowest)s + n %% %(people)s)::text, 7, '0') AS phone
      FROM (SELECT n, lpad(to_hex(1800000000000 + n), 12, '0') AS stamp FROM generate_series(%(first)s, %(last)s) n) numbered
    """,
    """
    INSERT INTO orders (store_id, id, version, reference, public_token, location_id, customer_id, member_id, source, kind,
      status, payment_status, fulfillment_status, currency, tax_included, subtotal, discount, tax, tip, shipping, fees, total,
      amount_paid, amount_refunded, placed_at, received_at)
    SELECT %(store)s, w.id, 1, 'W' || n, md5('w' || n), %(location)s, c.id, m.id, 'tablet', 'food', 'open', 'unpaid', 'proposed',
           'USD', false, %(amount)s, 0, 0, 0, 0, 0, %(amount)s, 0, 0, now(), now()
      FROM waiting w JOIN customers c ON c.store_id = %(store)s AND c.phone = w.phone
      LEFT JOIN members m ON m.store_id = c.store_id AND m.customer_id = c.id
    """,
    """
    INSERT INTO order_lines (store_id, id, order_id, position, product_id, kind, name, sku, quantity, unit_price, subtotal,
      discount, total, tax_class, tax_rate, tax, needs_preparation, takes_stock)
    SELECT %(store)s, gen_random_uuid(), w.id, line, p.id, 'food', p.name, p.sku, 1, %(amount)s / 3, %(amount)s / 3, 0,
           %(amount)s / 3, 'none', 0, 0, true, false
      FROM waiting w, generate_series(1, 3) line
      JOIN LATERAL (SELECT id, name, sku FROM products WHERE store_id = %(store)s AND sku = 'P' || (line * 20)) p ON true
    """,
    """
    INSERT INTO payment_links (store_id, id, order_id, attempt, amount, tip, currency, status, request_key, provider_id,
      provider_url, is_open, expires_at)
    SELECT %(store)s, id, id, 1, %(amount)s, 0, 'USD', 'active', 'order:' || id || ':link:1', 'plink_bench' || n,
           'https://buy.stripe.com/test_bench' || n, true, now() + interval '24 hours'
      FROM waiting
    """,
    "DROP TABLE waiting",
)


class Guests:
    """Orders that wait to be paid, by consecutive numbers; each is paid once, so whoever pays takes theirs away."""

    def __init__(
        self, server: postgres.Server, made: Shop, area: str, people: int, *, first: int, lowest: int = 1
    ) -> None:
        self._server, self._made, self._next, self._until = server, made, first, first
        self._people = {"area": area, "people": people, "lowest": lowest}

    def seat(self, count: int) -> None:
        """Has so many more orders wait."""
        facts = self._people | {"store": self._made.store_id, "location": self._made.location_id}
        facts |= {"amount": AMOUNT, "first": self._until, "last": self._until + count - 1}
        shop.insert(self._server, _WAITING, [facts], of="orders that wait")
        self._until += count

    def take(self, count: int) -> range:
        """The numbers of so many orders, for nobody else."""
        taken = range(self._next, self._next + count)
        if taken.stop > self._until:
            raise SystemExit(f"{count} orders are to be paid, and {self._until - self._next} wait")
        self._next = taken.stop
        return taken

    def events(self, count: int) -> Iterator[bytes]:
        """The requests by which Stripe tells of so many payments, signed now."""
        return (_paid(self._made, number) for number in self.take(count))


def strangers(server: postgres.Server, made: Shop) -> Guests:
    """Guests who are no members."""
    return Guests(server, made, shop.AREA, shop.CUSTOMERS, first=1)


def regulars(server: postgres.Server, made: Shop) -> Guests:
    """Guests who are members."""
    return Guests(server, made, members.AREA, members.MEMBERS, first=10**9, lowest=members.FIRST)


def _paid(made: Shop, number: int) -> bytes:
    """A signed `checkout.session.completed`, laid out and as long as Stripe's."""
    stamp = f"{1_800_000_000_000 + number:012x}"
    waiting = f"{stamp[:8]}-{stamp[8:]}-7000-9000-{number:012x}"
    body = _EVENT.substitute(
        event_id=f"evt_{uuid.uuid4().hex[:24]}",
        session_id=f"cs_test_{uuid.uuid4().hex}{uuid.uuid4().hex[:26]}",
        payment_intent=f"pi_{uuid.uuid4().hex[:24]}",
        payment_link=f"plink_bench{number}",
        store_id=made.store_id,
        order_id=waiting,
        link_id=waiting,
    )
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, made.webhook_secret, int(time.time())),
    }
    return clients.message("POST", "/webhooks/stripe", headers, body.encode())
