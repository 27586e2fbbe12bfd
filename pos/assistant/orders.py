"""ORDERS and STATUS: what a customer has ordered, and how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pos import money
from pos.assistant.found import Found
from pos.assistant.sentences import day
from pos.messaging.inbox import Asked
from pos.messaging.wording import say
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
_LATEST = Statement(_ORDERS.format(which="", most=3))
_OPEN = Statement(_ORDERS.format(which="AND o.status = 'open'", most=5))
_MADE = {"proposed": "received", "reserved": "being_made", "prepared": "ready", "completed": "handed_over"}
_NOTHING_TO_SAY = ("paid", "unpaid", "partially_paid")


@dataclass(frozen=True)
class OrderSeen:
    """An order as its customer is told of it; `made` and `money` are names of words for them."""

    reference: str
    placed_on: date
    currency: str
    total: int
    due: int
    made: str
    money: str | None


@dataclass(frozen=True)
class Orders:
    """The newest first."""

    orders: Sequence[OrderSeen]


def latest(asked: Asked) -> Found[Orders]:
    return Found(Orders([_seen(row) for row in _LATEST.mappings(customer=asked.customer_id)]))


def still_open(asked: Asked) -> Found[Orders]:
    return Found(Orders([_seen(row) for row in _OPEN.mappings(customer=asked.customer_id)]))


def worded_latest(found: Orders, language: str) -> list[str]:
    listed = [
        say(
            "order",
            language,
            {
                "reference": order.reference,
                "day": day(order.placed_on, language),
                "total": money.written(order.total, order.currency),
                "state": _state(order, language),
            },
        )
        for order in found.orders
    ]
    return [say("your_orders", language, {}), *listed] if listed else [say("no_orders", language, {})]


def worded_open(found: Orders, language: str) -> list[str]:
    listed = [
        say("open_order", language, {"reference": order.reference, "state": _state(order, language)})
        for order in found.orders
    ]
    return [say("your_open_orders", language, {}), *listed] if listed else [say("no_open_orders", language, {})]


def _state(order: OrderSeen, language: str) -> str:
    """How far it is, and what is still due or went back."""
    said = [say(order.made, language, {})]
    said += [say("due", language, {"due": money.written(order.due, order.currency)})] if order.due else []
    said += [say(order.money, language, {})] if order.money else []
    return ", ".join(said)


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
