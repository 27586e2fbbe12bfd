"""Discounts at the counter: by hand and as comps with a manager's word and a reason, and by coupon."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pos import audit_log, ids
from pos.catalog.coupons import Code
from pos.http.access import Caller
from pos.orders.models import BY_HAND
from pos.orders.pricing import Discount, Goods

Asked = Mapping[str, Any]


def by_hand(asked: Asked, authorised_by: str | None, line_id: UUID | None = None) -> Discount:
    """What a person takes off an order or a line: whole percent, minor units, or all of it as a comp."""
    is_comp = asked.get("comp", False)
    percent, amount = (100, None) if is_comp else (asked.get("percent"), asked.get("amount"))
    return Discount(
        id=ids.uuid7(),
        kind="comp" if is_comp else "manual",
        name="Comp" if is_comp else f"{percent} %" if percent else "Discount",
        percent=percent,
        amount=amount,
        line_id=line_id,
        reason=asked["reason"],
        authorised_by=authorised_by,
    )


def by_coupon(coupon: Code) -> Discount:
    """What a use of a coupon takes off an order."""
    return Discount(
        id=ids.uuid7(),
        kind="coupon",
        name=coupon.code,
        percent=coupon.percent,
        amount=coupon.minor_units,
        coupon_use_id=coupon.use_id,
    )


def asked_by_hand(
    order: Asked | None, items: Sequence[Mapping[str, Any]], goods: Sequence[Goods], authorised_by: str | None
) -> list[Discount]:
    """The discounts that a basket asks for by hand: those of its items, then the whole order's."""
    of_items = [
        by_hand(item["discount"], authorised_by, each.id)
        for item, each in zip(items, goods, strict=True)
        if item.get("discount")
    ]
    return of_items + ([by_hand(order, authorised_by)] if order else [])


def authorise(caller: Caller, order: Asked | None, items: Sequence[Mapping[str, Any]]) -> str | None:
    """Who answers for the discounts that a basket asks for, if it asks for any. Raises ApprovalRequired."""
    asks = order or any(item.get("discount") for item in items)
    return caller.authorise("manager") if asks else None


def note(order_id: UUID, granted: Sequence[tuple[Discount, int]]) -> None:
    """Writes what a person took off into the audit log: who, why, and what it comes to."""
    for discount, off in granted:
        if discount.kind in BY_HAND:
            detail = {"off": off, "authorised_by": discount.authorised_by}
            line = {"line_id": str(discount.line_id)} if discount.line_id else {}
            action = f"order.{discount.kind}_discount"
            audit_log.record(action, f"orders:{order_id}", after=detail | line, reason=discount.reason)
