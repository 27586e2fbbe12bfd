"""What the books know of what Stripe tells: the rows that an event is about, found by Stripe's ids and by ours, and written.

Anybody with a Stripe account of their own could write our ids into metadata, so a row is only found by an event of the account
in which it was made.
"""

from typing import Any, NamedTuple
from uuid import UUID

from pos import ids
from pos.orders.actions import NEEDING
from pos.payments.facts import Ours, SessionPaid
from pos.statements import Statement

_LINK_COLUMNS = "l.id, l.order_id, o.customer_id, l.amount, l.tip, l.currency, l.status, l.provider_id"
_LINK_BY_ID = Statement(f"""
    SELECT {_LINK_COLUMNS} FROM payment_links l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
     WHERE l.store_id = :store AND l.id = :link AND l.account IS NOT DISTINCT FROM :account
""")
_LINK_BY_PROVIDER = Statement(f"""
    SELECT {_LINK_COLUMNS} FROM payment_links l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
     WHERE l.store_id = :store AND l.provider_id = :provider_link AND l.account IS NOT DISTINCT FROM :account
""")
_PAYMENT_COLUMNS = "p.id, p.order_id, p.amount, p.status, p.link_id"
_LINK_AND_PAYMENT = Statement(f"""
    SELECT l.status, l.provider_id, EXISTS ({NEEDING}), {_PAYMENT_COLUMNS} FROM payment_links l
      LEFT JOIN payments p ON p.store_id = :store AND p.provider_id = :intent AND p.account IS NOT DISTINCT FROM :account
     WHERE l.store_id = :store AND l.id = :link
""")
_PAYMENT_OF_REFUND = Statement(f"""
    SELECT {_PAYMENT_COLUMNS} FROM payments p JOIN refunds r ON r.store_id = p.store_id AND r.payment_id = p.id
     WHERE r.store_id = :store AND r.id = :refund AND p.account IS NOT DISTINCT FROM :account
""")
_MONEY = Statement(f"""
    SELECT {_PAYMENT_COLUMNS} FROM payments p
     WHERE p.store_id = :store AND p.provider_id = :intent AND p.account IS NOT DISTINCT FROM :account AND p.status = 'succeeded'
""")
_INSERT = Statement("""
    INSERT INTO payments (store_id, id, order_id, method, amount, status, link_id, provider_id, account)
    VALUES (:store, :id, :order, 'stripe', :amount, :status, :link, :intent, :account)
""")
_MOVE = Statement("""
    UPDATE payments SET status = :status, amount = :amount, updated_at = now() WHERE store_id = :store AND id = :id
""")


class Link(NamedTuple):
    """A link as far as a payment by it needs, with the customer of its order; under lock, whether that has to be made."""

    id: UUID
    order_id: UUID
    customer_id: UUID
    amount: int
    tip: int
    currency: str
    status: str
    provider_id: str | None
    needs_preparation: bool | None = None


class Paid(NamedTuple):
    """A payment that the books know."""

    id: UUID
    order_id: UUID
    amount: int
    status: str
    link_id: UUID | None


def link_of(ours: Ours, provider_link: str | None, account: str | None) -> Link | None:
    """The link of a session, by our id in its metadata or by Stripe's."""
    row: Any = None
    if ours.link_id:
        row = _LINK_BY_ID.first(link=ours.link_id, account=account)
    if row is None and provider_link:
        row = _LINK_BY_PROVIDER.first(provider_link=provider_link, account=account)
    link = Link(*row) if row else None
    is_another = link and link.provider_id and provider_link and link.provider_id != provider_link
    return None if is_another else link


def under_lock(link: Link, intent: str | None, account: str | None) -> tuple[Link, Paid | None]:
    """The link as it is now, under its order's lock, and the payment that Stripe knows by this payment intent."""
    asked = {"link": link.id, "order": link.order_id, "intent": intent, "account": account}
    [(status, provider_id, needs_preparation, *payment)] = _LINK_AND_PAYMENT.rows(**asked)
    known = Paid(*payment) if payment[0] else None
    return link._replace(status=status, provider_id=provider_id, needs_preparation=needs_preparation), known


def money_by(intent: str | None, account: str | None) -> Paid | None:
    """The payment that Stripe knows by this payment intent, if the money has arrived: before that nothing of it can go back."""
    row = _MONEY.first(intent=intent, account=account) if intent else None
    return Paid(*row) if row else None


def payment_of_refund(refund_id: UUID | None, account: str | None) -> Paid | None:
    """The payment out of which a refund of ours goes."""
    row = _PAYMENT_OF_REFUND.first(refund=refund_id, account=account) if refund_id else None
    return Paid(*row) if row else None


def write_payment(fact: SessionPaid, link: Link, amount: int, account: str | None) -> UUID:
    """Inserts what came by a link."""
    payment_id = ids.uuid7()
    _INSERT.soon(
        id=payment_id,
        order=link.order_id,
        amount=amount,
        status=fact.status,
        link=link.id,
        intent=fact.payment_intent,
        account=account,
    )
    return payment_id


def move_payment(payment_id: UUID, status: str, amount: int) -> None:
    """Moves a payment on; what arrives is what counts, whatever was announced."""
    _MOVE.soon(id=payment_id, status=status, amount=amount)
