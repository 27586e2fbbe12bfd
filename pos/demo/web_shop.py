"""The demo store's web shop, where the sandbox plays one: stocked, and with orders of people whom the counter knows."""

from flask import current_app

from pos import clock
from pos.http.access import StoreFacts
from pos.statements import Statement

SEED, ORDERS, CUSTOMERS, DAYS, KNOWN = 20261122, 60, 24, 45, 12
_REGULARS = Statement("""
    SELECT phone, name FROM customers
     WHERE store_id = :store AND phone IS NOT NULL AND name IS NOT NULL ORDER BY order_count DESC, phone LIMIT :count
""")


def stock(store: StoreFacts) -> None:
    """Has the shop filled in the store's open transaction, with the store's currency, hours and taxes. It waits to be connected."""
    fill = current_app.extensions.get("stock_web_shop")
    if fill is None:
        return
    people = _REGULARS.rows(count=KNOWN)
    fill(
        SEED, now=clock.now(), orders=ORDERS, customers=CUSTOMERS, days=DAYS, people=people,
        currency=store.currency, timezone=store.timezone, prices_include_tax=store.prices_include_tax,
        title=f"{store.name}, the web shop",
    )  # fmt: skip
