"""A customer joins TapPass: the orders so far become the member's, and the latest of them bring their points."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from pos import phone
from pos.checkout import passed_on, points, remaining
from pos.checkout.imagined import Imagined, Place
from pos.checkout.remaining import Sold
from pos.customers import actions as customers
from pos.http.access import Caller
from pos.loyalty import accounts, actions
from pos.loyalty.rules import Rules
from pos.statements import Statement

_LATEST = Statement("""
    SELECT customer_id, id FROM orders
     WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[]) AND placed_at >= :since AND status <> 'canceled'
       AND paid_at IS NOT NULL AND amount_paid > amount_refunded
     ORDER BY placed_at, id
""")


def join(customer_id: UUID, caller: Caller, now: datetime) -> tuple[UUID, bool]:
    """Makes the customer a member, and accumulates for the orders of the programme's last days, once each. May be repeated;
    the caller holds the customer's lock. Gives the member's id and whether it is new. Raises WalkInCannotJoin."""
    return join_by(customer_id, customers.consent_source(caller), now)


def join_by(customer_id: UUID, source: str, now: datetime) -> tuple[UUID, bool]:
    """The same for who joins without a caller, by the name of where they do."""
    member_id, is_new = actions.join(customer_id, source, now)
    if is_new:
        days = accounts.opened(member_id, now).account.rules.joining_days
        found = latest([customer_id], now - timedelta(days=days)) if days else {}
        accumulate(member_id, found.get(customer_id, []), now)
    return member_id, is_new


def latest(customer_ids: Sequence[UUID], since: datetime) -> dict[UUID, list[UUID]]:
    """The orders of each since then that bring points to who joins, in their order."""
    found: dict[UUID, list[UUID]] = {}
    for customer_id, order_id in _LATEST.rows(customers=list(customer_ids), since=since):
        found.setdefault(customer_id, []).append(order_id)
    return found


def promised(order_id: UUID, rules: Rules, timezone: str, now: datetime) -> int:
    """The points that an order brings its customer, who is no member, by joining at this moment: beside the earlier orders that
    joining counts, and as if it were paid right after, if it never was."""
    [asked] = remaining.sold([order_id])
    since = now - timedelta(days=rules.joining_days)
    counted = remaining.bought_by([asked.customer_id], since) if rules.joining_days else []
    if not asked.was_paid:
        counted.append(_paid(asked, now))
    account = Imagined(asked.customer_id, rules, Place(timezone), now)
    for sold in counted:
        before = account.balance
        account.buy(sold)
        if sold.id == order_id:
            return account.balance - before
    return 0


def _paid(sold: Sold, now: datetime) -> Sold:
    return replace(sold, paid=sold.total + sold.refunded, paid_at=now)


def customer_to_join(
    asked: str | None, customer_id: UUID | None, name: str | None, caller: Caller, *, now: datetime
) -> UUID:
    """The customer who wants to join, locked: found or made by phone as with an order, or the one with this id. Raises NotFound."""
    if asked:
        return passed_on.known_by_phone(phone.parse(asked, caller.store.country), name, at=now).id
    customer = customers.held(cast("UUID", customer_id))
    if name and not customer.name:
        customers.require_present(customer)
        customers.change(customer, {"name": name})
    return customer.id


def accumulate(member_id: UUID, order_ids: Sequence[UUID], now: datetime) -> None:
    """Enters what orders bring of which the member has nothing yet. The account is opened for each anew: one that was another
    member's knows how often it accumulated for them."""
    for sold in remaining.sold(order_ids) if order_ids else ():
        ledger = accounts.opened(member_id, now, order_id=sold.id)
        points.grant(ledger, sold, now)
        ledger.write()
