"""Bugs on purpose, to prove that a run turns red: the web processes of `--plant NAME` load this in place of wsgi.

Each replaces something of `pos` in the server process only; the product knows nothing of it.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pos import ids
from pos.catalog import stock
from pos.checkout import events, routes
from pos.checkout.settle import Result
from pos.customers import actions as customers
from pos.db import db, find, transaction
from pos.http import idempotency
from pos.orders import actions as orders
from pos.orders.models import Order

CHOICE = "TAPPASS_SOAK_PLANT"
# As long as a slow second transaction of an honest mistake; it widens the gap that a kill or another sale has to hit.
_GAP_SECONDS = 0.03
# Events are fewer than sales.
_LONG_GAP_SECONDS = 0.3


def key_before_work() -> None:
    """The idempotency key is committed in a transaction of its own, before the work."""
    claim = idempotency.claim

    def claim_at_once(resource: str, body: Any) -> idempotency.Claim:
        claimed = claim(resource, body)
        db.session.commit()
        # The next statement begins a transaction of its own.
        db.session().info.pop("wire")
        return claimed

    idempotency.claim = claim_at_once


def paid_after_commit() -> None:
    """The customer's figures are written in a second transaction, after the payment was committed."""
    spend = customers.spend

    @contextmanager
    def transaction_and_another(store_id: Any, **options: Any) -> Iterator[Any]:
        later: list[Any] = []
        with transaction(store_id, **options) as session:
            session.info["later"] = later
            yield session
        if later:
            time.sleep(_GAP_SECONDS)
            with transaction(store_id, **options):
                for what in later:
                    spend(*what)

    customers.spend = lambda *what: db.session().info["later"].append(what)
    vars(routes)["transaction"] = transaction_and_another


def lost_lock() -> None:
    """Stock is looked at and orders are changed without locking their rows."""
    move = stock._move  # noqa: SLF001

    def move_later(quantities: Any) -> None:
        time.sleep(_GAP_SECONDS)
        move(quantities)

    vars(stock)["_move"] = move_later
    lock = stock._LOCK  # noqa: SLF001
    lock._sql = lock._sql.replace("FOR NO KEY UPDATE", "")  # noqa: SLF001
    vars(customers)["lock"] = lambda *_customer_ids: None
    vars(orders)["locked"] = lambda order_id: find(Order, order_id)


def event_before_effect() -> None:
    """An event is noted as applied and committed; what it says follows in a second transaction."""

    def take_in_two(arrived: events.Arrived, now: datetime) -> str:
        event, kind = arrived.event, events._KINDS[arrived.event.type]  # noqa: SLF001
        subject, row_id = kind.find(arrived.fact, event.account), ids.uuid7()
        if events._WRITE.first(id=row_id, **events._columns(event)) is None:  # noqa: SLF001
            return "repeated"
        events._note(row_id, Result("applied"))  # noqa: SLF001
        db.session.commit()
        db.session().info.pop("wire")
        time.sleep(_LONG_GAP_SECONDS)
        return kind.apply(arrived.fact, subject, event.account, now).outcome if subject else "waiting"

    vars(events)["take"] = take_in_two


PLANTS: dict[str, Callable[[], None]] = {
    "key-before-work": key_before_work,
    "paid-after-commit": paid_after_commit,
    "lost-lock": lost_lock,
    "event-before-effect": event_before_effect,
}

if CHOICE in os.environ:
    PLANTS[os.environ[CHOICE]]()
    from wsgi import app  # noqa: F401 - what gunicorn serves
