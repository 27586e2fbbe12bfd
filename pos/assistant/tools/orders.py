"""What a customer has ordered, how far it is, what was in it, and what was spent in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from pos.assistant.figures import Money
from pos.assistant.tools.points import OrderNamed
from pos.assistant.tools.tool import Days, Nothing, Tool
from pos.config import Settings
from pos.messaging.inbox import Asked
from pos.orders.lifecycle import amount_due
from pos.statements import Statement

# What was merged into another order is that other one.
_ORDERS = """
    SELECT o.reference, o.placed_at, l.timezone, o.status, o.payment_status, o.fulfillment_status, o.currency, o.total, o.amount_paid,
           o.amount_refunded
      FROM orders o JOIN locations l ON l.store_id = o.store_id AND l.id = o.location_id
     WHERE o.store_id = :store AND o.customer_id = :customer AND o.merged_into_id IS NULL {which}
     ORDER BY o.placed_at DESC, o.id DESC LIMIT {most}
"""
# The days are those of the place where it was ordered.
_WITHIN = """
    (:from_on ::date IS NULL OR (o.placed_at AT TIME ZONE l.timezone)::date >= :from_on ::date)
    AND (:to_on ::date IS NULL OR (o.placed_at AT TIME ZONE l.timezone)::date <= :to_on ::date)
"""
_LATEST = Statement(_ORDERS.format(which="", most=3))
_WITHIN_DAYS = Statement(_ORDERS.format(which=f"AND {_WITHIN}", most=5))
_OPEN = Statement(_ORDERS.format(which="AND o.status = 'open'", most=5))
_MADE = {"proposed": "received", "reserved": "being_made", "prepared": "ready", "completed": "handed_over"}
_NOTHING_TO_SAY = ("paid", "unpaid", "partially_paid")


@dataclass(frozen=True)
class OrderSeen:
    """An order as its customer is told of it; `made` and `money` are names of words for them."""

    reference: str
    placed_on: date
    currency: str
    total: Money
    due: Money
    made: str
    money: str | None


@dataclass(frozen=True)
class Orders:
    """The newest first."""

    orders: Sequence[OrderSeen]


def _latest(asked: Asked, days: Days) -> Orders:
    if days == Days():
        return Orders([_seen(row) for row in _LATEST.mappings(customer=asked.customer_id)])
    rows = _WITHIN_DAYS.mappings(customer=asked.customer_id, from_on=days.from_on, to_on=days.to_on)
    return Orders([_seen(row) for row in rows])


def _still_open(asked: Asked, _: Nothing) -> Orders:
    return Orders([_seen(row) for row in _OPEN.mappings(customer=asked.customer_id)])


def _seen(row: Mapping[str, Any]) -> OrderSeen:
    is_canceled = row["status"] == "canceled"
    amounts = {"total": row["total"], "paid": row["amount_paid"], "refunded": row["amount_refunded"]}
    return OrderSeen(
        reference=row["reference"],
        placed_on=_local(row["placed_at"], row["timezone"]),
        currency=row["currency"],
        total=row["total"],
        due=amount_due(status=row["status"], **amounts),
        made="canceled" if is_canceled else _MADE[row["fulfillment_status"]],
        money=row["payment_status"] if row["payment_status"] not in _NOTHING_TO_SAY else None,
    )


def _local(instant: datetime, timezone: str) -> date:
    return instant.astimezone(ZoneInfo(timezone)).date()


# --- one order, with what was in it

_ONE = Statement("""
    SELECT o.id, o.reference, o.placed_at, l.timezone, o.status, o.payment_status, o.fulfillment_status, o.currency, o.total,
           o.amount_paid, o.amount_refunded, o.public_token, s.slug
      FROM orders o JOIN locations l ON l.store_id = o.store_id AND l.id = o.location_id JOIN stores s ON s.id = o.store_id
     WHERE o.store_id = :store AND o.merged_into_id IS NULL AND (:is_of_the_house OR o.customer_id = :customer ::uuid)
       AND (:reference ::text IS NULL OR o.reference = :reference)
     ORDER BY o.placed_at DESC, o.id DESC LIMIT 1
""")
_LINES = Statement("""
    SELECT quantity, name, total FROM order_lines WHERE store_id = :store AND order_id = :order AND voided_at IS NULL ORDER BY position
""")


@dataclass(frozen=True)
class LineSeen:
    """A line: so many of what, and what they cost without the tax that is added."""

    quantity: int
    name: str
    total: Money


@dataclass(frozen=True)
class OrderDetail:
    """One order with its lines, and the page on which its guest sees it; without `order` it is none of whoever asks, or none at all."""

    order: OrderSeen | None
    lines: Sequence[LineSeen] = ()
    currency: str | None = None
    url: str | None = None
    is_of_the_house: bool = False


def _one(asked: Asked, named: OrderNamed) -> OrderDetail:
    """Of customers only their own; another's is as if there were none. The people of the house may name any."""
    is_of_the_house = asked.phone is None
    rows = _ONE.mappings(customer=asked.customer_id, reference=named.reference, is_of_the_house=is_of_the_house)
    if not rows or (is_of_the_house and named.reference is None):
        return OrderDetail(None, is_of_the_house=is_of_the_house)
    [row] = rows
    lines = [LineSeen(*line) for line in _LINES.rows(order=row["id"])]
    return OrderDetail(_seen(row), lines, row["currency"], page_of(row["slug"], row["public_token"]))


def page_of(slug: str, token: str, kind: str = "o") -> str:
    """The address of an order's public page (`o`), or of the way to pay it (`p`)."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_base_url}/{slug}/{kind}/{token}"


# --- in sums

_SPENT = Statement(f"""
    SELECT count(*) FILTER (WHERE o.status <> 'canceled') AS orders, coalesce(sum(o.amount_paid - o.amount_refunded), 0)::bigint AS spent,
           count(DISTINCT (o.placed_at AT TIME ZONE l.timezone)::date) FILTER (WHERE o.status <> 'canceled') AS days,
           max((o.placed_at AT TIME ZONE l.timezone)::date) FILTER (WHERE o.status <> 'canceled') AS last_on
      FROM orders o JOIN locations l ON l.store_id = o.store_id AND l.id = o.location_id
     WHERE o.store_id = :store AND o.customer_id = :customer AND {_WITHIN}
""")
_CURRENCY = Statement("SELECT currency FROM stores WHERE id = :store")


@dataclass(frozen=True)
class Spent:
    """What a customer paid less what went back, for orders of these days; on how many days they ordered, and when last."""

    from_on: date | None
    to_on: date | None
    currency: str
    orders: int
    spent: Money
    visits: int
    last_on: date | None


def _spent(asked: Asked, days: Days) -> Spent:
    [(orders, spent, visits, last_on)] = _SPENT.rows(customer=asked.customer_id, from_on=days.from_on, to_on=days.to_on)
    [(currency,)] = _CURRENCY.rows()
    return Spent(days.from_on, days.to_on, currency, orders, spent, visits, last_on)


LATEST = Tool("orders", "The asker's latest orders, or those of some days.", "customer", Days, Orders, _latest)
OPEN = Tool(
    "open_orders",
    "The asker's orders that are not done yet: how far each is, and what is to pay.",
    "customer",
    Nothing,
    Orders,
    _still_open,
)
ONE = Tool(
    "order",
    "One of the asker's orders with its lines, by reference; without one the latest.",
    "customer",
    OrderNamed,
    OrderDetail,
    _one,
)
SPENT = Tool("spent", "What the asker spent, in how many orders, on how many days.", "customer", Days, Spent, _spent)
