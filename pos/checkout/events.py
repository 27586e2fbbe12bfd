"""An event of Stripe's, from its arrival to the books in one transaction: kept, applied, its outcome noted.

An event that comes before what it is about (a refund before its payment) is kept without an outcome and applied with the
payment. One about nothing of ours is not kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Self
from uuid import UUID

import orjson

from pos import crash, ids
from pos.checkout import settle, settle_back
from pos.checkout.settle import Result
from pos.payments import facts, told
from pos.payments.gateway import BadEvent
from pos.payments.told import Link, Paid
from pos.statements import Statement

_WRITE = Statement("""
    INSERT INTO provider_events (store_id, id, provider, event_id, type, account, object_id, payment_intent, payload, occurred_at)
    VALUES (:store, :id, 'stripe', :event_id, :type, :account, :object_id, :payment_intent, :payload, :occurred_at)
    ON CONFLICT (store_id, provider, event_id) DO NOTHING RETURNING id
""")
_WRITE_OUTCOME = Statement("""
    INSERT INTO provider_event_outcomes (store_id, id, event_id, outcome, order_id)
    VALUES (:store, :id, :event, :outcome, :order)
""")
_WAITING = Statement("""
    SELECT e.id, e.event_id, e.type, e.account, e.payload, e.occurred_at FROM provider_events e
     WHERE e.store_id = :store AND e.payment_intent = :intent
       AND NOT EXISTS (SELECT FROM provider_event_outcomes c WHERE c.store_id = :store AND c.event_id = e.id)
     ORDER BY e.occurred_at, e.id
""")
_WAITED_FOR = Statement("""
    SELECT DISTINCT e.payment_intent FROM provider_events e
      JOIN payments p ON p.store_id = e.store_id AND p.provider_id = e.payment_intent AND p.account IS NOT DISTINCT FROM e.account
     WHERE e.store_id = :store AND p.store_id = :store
       AND NOT EXISTS (SELECT FROM provider_event_outcomes c WHERE c.store_id = :store AND c.event_id = e.id)
""")
_GIVE_UP = Statement("""
    INSERT INTO provider_event_outcomes (store_id, id, event_id, outcome)
    SELECT e.store_id, gen_random_uuid(), e.id, 'foreign' FROM provider_events e
     WHERE e.store_id = :store AND e.created_at < :before
       AND NOT EXISTS (SELECT FROM provider_event_outcomes c WHERE c.store_id = :store AND c.event_id = e.id)
""")

Object = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """An event as it is kept: its object without the payer."""

    event_id: str
    type: str
    account: str | None
    thing: Object
    occurred_at: datetime

    @classmethod
    def of(cls, event: Object) -> Self:
        thing = facts.without_payer(event["data"]["object"])
        return cls(event["id"], event["type"], event.get("account"), thing, facts.instant(event["created"]))

    @property
    def payment_intent(self) -> str | None:
        return facts.id_of(self.thing.get("payment_intent"))


@dataclass(frozen=True)
class Arrived:
    """An event, what it says, and the store that its object names."""

    event: Told
    fact: Any
    store_id: UUID | None


@dataclass(frozen=True)
class _Kind:
    """How the object of an event is read, what of ours it is about, and what is done; whether it may come before that, and
    whether others may have come before it."""

    read: Callable[[Object], Any]
    find: Callable[[Any, str | None], Link | Paid | None]
    apply: Callable[[Any, Any, str | None, datetime], Result]
    may_wait: bool = False
    brings_payment: bool = False


def read(event: Object) -> Arrived | None:
    """An event whose signature was checked; None for a type that changes no books. Raises BadEvent for an object that has not
    the form of its type."""
    kind = _KINDS.get(event["type"])
    if kind is None:
        return None
    try:
        told_now = Told.of(event)
        return Arrived(told_now, kind.read(told_now.thing), facts.ours(told_now.thing).store_id)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadEvent(f"The object has not the form of a {event['type']}.") from error


def take(arrived: Arrived, now: datetime) -> str:
    """Brings an event into the books of the open transaction's store; gives its outcome: one of EVENT_OUTCOMES, or
    `waiting`. It is kept before it is applied: whoever else brings it at the same moment waits there, and finds it done."""
    event, kind = arrived.event, _KINDS[arrived.event.type]
    subject = kind.find(arrived.fact, event.account)
    if subject is None and not kind.may_wait:
        return "foreign"
    row_id = ids.uuid7()
    if _WRITE.first(id=row_id, **_columns(event)) is None:
        return "repeated"
    crash.at("settle.told")
    if subject is None:
        return "waiting"
    result = kind.apply(arrived.fact, subject, event.account, now)
    _note(row_id, result)
    if kind.brings_payment and event.payment_intent:
        apply_waiting(event.payment_intent, now)
    crash.at("settle.applied")
    return result.outcome


def apply_waiting(intent: str, now: datetime) -> None:
    """Applies the events that came before their payment, in the open transaction."""
    for row_id, *kept in _WAITING.rows(intent=intent):
        waiting = Told(*kept)
        kind = _KINDS[waiting.type]
        fact = kind.read(waiting.thing)
        subject = kind.find(fact, waiting.account)
        if subject:
            _note(row_id, kind.apply(fact, subject, waiting.account, now))


def apply_all_waiting(now: datetime) -> None:
    """The same for every payment of the store: an event and its payment may miss each other by a moment."""
    for (intent,) in _WAITED_FOR.rows():
        apply_waiting(intent, now)


def give_up_waiting(before: datetime) -> int:
    """Events that have waited since before this instant are about nothing of ours; gives how many."""
    return _GIVE_UP.run(before=before)


def _columns(arrived: Told) -> Object:
    return {
        "event_id": arrived.event_id,
        "type": arrived.type,
        "account": arrived.account,
        "object_id": arrived.thing.get("id"),
        "payment_intent": arrived.payment_intent,
        "payload": orjson.dumps(arrived.thing).decode(),
        "occurred_at": arrived.occurred_at,
    }


def _note(row_id: UUID, result: Result) -> None:
    """One that is to wait for something else stays without an outcome."""
    if result.outcome != "waiting":
        _WRITE_OUTCOME.soon(id=ids.uuid7(), event=row_id, outcome=result.outcome, order=result.order_id)


# --- what each type means ---------------------------------------------------------------------------------


def _link(fact: Any, account: str | None) -> Link | None:
    return told.link_of(fact.ours, getattr(fact, "provider_link", None), account)


def _payment(fact: Any, account: str | None) -> Paid | None:
    of_ours = told.payment_of_refund(fact.ours.refund_id, account)
    return of_ours or told.payment_by(fact.payment_intent, account)


def _payment_or_link(fact: facts.ChargeRefunded, account: str | None) -> Paid | Link | None:
    return told.payment_by(fact.payment.payment_intent, account) or _link(fact.payment, account)


def _noted(_fact: Any, link: Link, _account: str | None, _now: datetime) -> Result:
    return Result("noted", link.order_id)


def _charge_refunded(fact: facts.ChargeRefunded, subject: Paid | Link, account: str | None, now: datetime) -> Result:
    """A charge whose payment we have not heard of proves it: the payment first."""
    if isinstance(subject, Link):
        result = settle.session_paid(fact.payment, subject, account, now)
        payment = told.payment_by(fact.payment.payment_intent, account)
        if payment is None:
            return result
        subject = payment
    return settle_back.charge_refunded(fact, subject, now)


_SESSION = partial(_Kind, find=_link, apply=settle.session_paid, brings_payment=True)
_REFUND = _Kind(
    facts.refunded, _payment, lambda fact, paid, _, now: settle_back.refunded(fact, paid, now), may_wait=True
)
_DISPUTE = _Kind(
    facts.disputed, _payment, lambda fact, paid, _, now: settle_back.disputed(fact, paid, now), may_wait=True
)
_KINDS: Mapping[str, _Kind] = {
    "checkout.session.completed": _SESSION(facts.completed),
    "checkout.session.async_payment_succeeded": _SESSION(partial(facts.session_paid, status="succeeded")),
    "checkout.session.async_payment_failed": _SESSION(partial(facts.session_paid, status="failed")),
    "checkout.session.expired": _Kind(partial(facts.session_paid, status="canceled"), _link, _noted),
    "payment_intent.payment_failed": _Kind(facts.declined, _link, lambda fact, link, *_: settle.declined(fact, link)),
    "payment_link.updated": _Kind(facts.link_changed, _link, lambda fact, link, *_: settle.link_changed(fact, link)),
    "charge.refunded": _Kind(
        facts.charge_refunded, _payment_or_link, _charge_refunded, may_wait=True, brings_payment=True
    ),
    "refund.created": _REFUND,
    "refund.updated": _REFUND,
    "refund.failed": _REFUND,
    "charge.dispute.created": _DISPUTE,
    "charge.dispute.closed": _DISPUTE,
}
TYPES = tuple(_KINDS)
