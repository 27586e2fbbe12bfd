"""What Stripe says, in our words: pure. The same facts are read from the objects of events and of lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from pos.payments.lifecycle import dispute_status, refund_status

Object = Mapping[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PERSONAL = frozenset(
    (
        "billing_details", "client_secret", "collected_information", "custom_fields", "customer_details", "evidence",
        "last_payment_error", "payment_method_details", "receipt_url", "shipping", "shipping_details",
    )
)  # fmt: skip
_EMPTY: tuple[Any, ...] = ({}, [])
_PERSONAL_WORDS = ("email", "phone", "address", "name")


@dataclass(frozen=True)
class Ours:
    """The ids that we have written into an object's metadata; whoever has an account could write them, too."""

    store_id: UUID | None = None
    order_id: UUID | None = None
    link_id: UUID | None = None
    refund_id: UUID | None = None


@dataclass(frozen=True)
class SessionPaid:
    """A checkout session that was completed, or the charge of one. `status` is that of our payment."""

    payment_intent: str | None
    provider_link: str | None
    amount: int
    currency: str
    status: str
    ours: Ours


@dataclass(frozen=True)
class Refunded:
    """A refund, started by us or at Stripe."""

    provider_id: str
    payment_intent: str | None
    amount: int
    currency: str
    status: str
    reason: str | None
    failure: str | None
    ours: Ours


@dataclass(frozen=True)
class ChargeRefunded:
    """A charge of which some or all went back; `refunded` is all of it so far."""

    payment: SessionPaid
    refunded: int


@dataclass(frozen=True)
class Disputed:
    """A dispute over a payment."""

    provider_id: str
    payment_intent: str | None
    amount: int
    currency: str
    status: str
    reason: str | None
    ours: Ours


@dataclass(frozen=True)
class Declined:
    """A card that was refused; the guest may try another one."""

    payment_intent: str
    ours: Ours


@dataclass(frozen=True)
class LinkChanged:
    """A payment link as it is at Stripe now."""

    provider_link: str
    is_active: bool
    ours: Ours


def session_paid(session: Object, status: str) -> SessionPaid:
    """Of a checkout session: what it came to, as `status`."""
    return SessionPaid(
        payment_intent=id_of(session.get("payment_intent")),
        provider_link=id_of(session.get("payment_link")),
        amount=_whole(session.get("amount_total") or 0),
        currency=str(session.get("currency") or "").upper(),
        status=status,
        ours=ours(session),
    )


def completed(session: Object) -> SessionPaid:
    """Of a completed session: `unpaid` means that the bank takes its time."""
    return session_paid(session, "pending" if session["payment_status"] == "unpaid" else "succeeded")


def refunded(refund: Object) -> Refunded:
    return Refunded(
        provider_id=_id(refund),
        payment_intent=id_of(refund.get("payment_intent")),
        amount=_whole(refund["amount"]),
        currency=str(refund["currency"]).upper(),
        status=refund_status(refund.get("status")),
        reason=refund.get("reason"),
        failure=refund.get("failure_reason"),
        ours=ours(refund),
    )


def charge_refunded(charge: Object) -> ChargeRefunded:
    """A charge proves its payment as well, should its session not have been heard of yet."""
    payment = SessionPaid(
        payment_intent=id_of(charge.get("payment_intent")),
        provider_link=None,
        amount=_whole(charge["amount"]),
        currency=str(charge["currency"]).upper(),
        status="succeeded" if charge.get("paid") else "pending",
        ours=ours(charge),
    )
    return ChargeRefunded(payment, _whole(charge["amount_refunded"]))


def disputed(dispute: Object) -> Disputed:
    return Disputed(
        provider_id=_id(dispute),
        payment_intent=id_of(dispute.get("payment_intent")),
        amount=_whole(dispute["amount"]),
        currency=str(dispute["currency"]).upper(),
        status=dispute_status(dispute["status"]),
        reason=dispute.get("reason"),
        ours=ours(dispute),
    )


def declined(intent: Object) -> Declined:
    return Declined(_id(intent), ours(intent))


def link_changed(link: Object) -> LinkChanged:
    return LinkChanged(_id(link), bool(link["active"]), ours(link))


def ours(thing: Object) -> Ours:
    """Our ids in its metadata; what is not an id counts as not there."""
    metadata = thing.get("metadata") or {}
    return Ours(**{name: _uuid(metadata.get(name)) for name in ("store_id", "order_id", "link_id", "refund_id")})


def without_payer(value: Any) -> Any:
    """An object without who pays (no name, e-mail, phone, address or card), and without what it leaves empty: of a session that
    is the half of it."""
    if isinstance(value, dict):
        kept = {
            name: without_payer(inner) for name, inner in value.items() if inner is not None and not _is_personal(name)
        }
        return {name: inner for name, inner in kept.items() if inner not in _EMPTY}
    return [without_payer(each) for each in value] if isinstance(value, list) else value


def instant(seconds: Any) -> datetime:
    """Stripe's Unix seconds. Raises OverflowError for a time beyond the calendar."""
    return _EPOCH + timedelta(seconds=int(seconds))


@lru_cache(1000)
def _is_personal(name: str) -> bool:
    return name in _PERSONAL or any(word in name for word in _PERSONAL_WORDS)


def id_of(reference: Any) -> str | None:
    """A reference is an id, or the whole object where it was expanded. Raises TypeError for anything else."""
    if reference is None or isinstance(reference, str):
        return reference or None
    return _id(reference)


def _id(thing: Object) -> str:
    if not isinstance(thing["id"], str):
        raise TypeError("an id is a text")
    return thing["id"]


def _whole(amount: Any) -> int:
    """An amount is a whole number and no debt; True is none, though Python counts with it."""
    if type(amount) is not int or amount < 0:
        raise TypeError("an amount is a whole number")
    return amount


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text)
    except (TypeError, ValueError, AttributeError):
        return None
