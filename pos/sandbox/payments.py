"""What happens to money in the sandbox: sessions are opened, paid and expired; payments refunded and disputed.

Locks are taken in the order link, session, payment intent, charge.
"""

from typing import Any

from pos.errors import Conflict
from pos.jobs import enqueue
from pos.sandbox import stripe_objects
from pos.sandbox.events import emit
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, Object, change, find, get, keep, those
from pos.sandbox.stripe_errors import StripeError

# How long a slow payment waits for somebody to decide about it.
LATER_SECONDS = 10


class SandboxRefused(Conflict):
    """The link takes no new payer, the session is over, or what is to happen to the money cannot any more."""

    title = "Not in this state"
    advice = "{reason}"


def open_session(link: SandboxObject, cause: Cause) -> SandboxObject:
    """A payer opens the link. Raises SandboxRefused."""
    limits = link.body["restrictions"]
    reached = limits and limits["completed_sessions"]["count"] >= limits["completed_sessions"]["limit"]
    if not link.body["active"] or reached:
        raise SandboxRefused(reason="This payment link is no longer active.")
    lines = link.hidden["lines"]
    hidden = {"lines": lines, "intent_data": link.body["payment_intent_data"]}
    return keep("checkout.session", stripe_objects.session(link.body, lines), cause, hidden)


def expire(session: SandboxObject, cause: Cause) -> Object:
    """Ends an open session. Raises StripeError if it is not open."""
    if session.body["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session.body['status']}`.",
            is_kept=True,
        )
    body = change(session, status="expired", url=None)
    emit("checkout.session.expired", body, cause)
    return body


def pay(link: SandboxObject, session: SandboxObject, cause: Cause) -> None:
    """The payer pays an open session; it counts even if the link was taken off meanwhile. Raises SandboxRefused."""
    intent = _intent_of(session, cause)
    change(intent, status="succeeded", amount_received=intent.body["amount"], last_payment_error=None)
    charged = _charge(intent, cause)
    _complete(link, session, cause, payment_status="paid")
    emit("payment_intent.succeeded", intent.body, cause)
    emit("charge.succeeded", charged, cause)


def decline(session: SandboxObject, cause: Cause) -> None:
    """The payer's card is declined; another try is possible. Raises SandboxRefused."""
    intent = _intent_of(session, cause)
    change(intent, status="requires_payment_method", last_payment_error=stripe_objects.declined())
    emit("payment_intent.payment_failed", intent.body, cause)


def pay_later(link: SandboxObject, session: SandboxObject, cause: Cause) -> None:
    """The payer takes a way that is slow: the session is complete, the money is not there. Raises SandboxRefused."""
    intent = _intent_of(session, cause)
    change(intent, status="processing")
    _complete(link, session, cause, payment_status="unpaid")
    emit("payment_intent.processing", intent.body, cause)
    enqueue("sandbox.settle_session", in_seconds=LATER_SECONDS, session_id=session.id)


def is_processing(session: SandboxObject) -> bool:
    """Whether the session's payment is slow and undecided."""
    intent_id = session.body["payment_intent"]
    return bool(intent_id) and get("payment_intent", intent_id).body["status"] == "processing"


def succeed_later(session: SandboxObject, cause: Cause) -> None:
    """The slow payment has arrived. Raises SandboxRefused if there is none, or it is decided."""
    intent = _undecided(session)
    change(intent, status="succeeded", amount_received=intent.body["amount"])
    charged = _charge(intent, cause)
    emit("checkout.session.async_payment_succeeded", change(session, payment_status="paid"), cause)
    emit("payment_intent.succeeded", intent.body, cause)
    emit("charge.succeeded", charged, cause)


def fail_later(session: SandboxObject, cause: Cause) -> None:
    """The slow payment will not arrive. Raises SandboxRefused if there is none, or it is decided."""
    intent = _undecided(session)
    change(intent, status="requires_payment_method", last_payment_error=stripe_objects.declined())
    emit("checkout.session.async_payment_failed", session.body, cause)
    emit("payment_intent.payment_failed", intent.body, cause)


def refund(params: Object, status: str, cause: Cause) -> Object:
    """Gives back all or part of a payment; `status` is what becomes of it at once. Raises StripeError."""
    charged = _refundable(params, cause)
    left = charged.body["amount"] - charged.body["amount_refunded"]
    amount = params.get("amount", left)
    if amount > left:
        raise StripeError(
            f"Refund amount ({_shown(amount, charged)}) is greater than unrefunded amount on charge ({_shown(left, charged)})",
            param="amount",
            is_kept=True,
        )
    made = keep("refund", stripe_objects.refund(charged.body, amount, status, params), cause)
    emit("refund.created", made.body, cause)
    if status == "failed":
        emit("refund.failed", made.body, cause)
    else:
        emit("charge.refunded", _refunded(charged, amount), cause)
    return made.body


def settle(refunded: SandboxObject, status: str, cause: Cause) -> Object:
    """A refund turns out to have succeeded or failed, which even one that had succeeded can. Raises SandboxRefused if it
    cannot change any more."""
    before = refunded.body["status"]
    if before in ("failed", status):
        raise SandboxRefused(reason=f"This refund is {before} and does not become {status} any more.")
    if status == "failed":
        charged = get("charge", refunded.body["charge"], lock=True)
        _refunded(charged, -refunded.body["amount"])
        body = change(refunded, status=status, failure_reason="unknown")
        emit("refund.updated", body, cause)
        emit("refund.failed", body, cause)
        return body
    body = change(refunded, status=status)
    emit("refund.updated", body, cause)
    return body


def dispute(intent: SandboxObject, reason: str, cause: Cause) -> Object:
    """The payer's bank takes the money back for now. Raises SandboxRefused if there is no money, or it is disputed."""
    if not intent.body["latest_charge"]:
        raise SandboxRefused(reason="There is no money in this payment.")
    charged = get("charge", intent.body["latest_charge"], lock=True)
    if charged.body["disputed"]:
        raise SandboxRefused(reason="This payment is disputed already.")
    if charged.body["refunded"]:
        raise SandboxRefused(reason="All of this payment went back already.")
    change(charged, disputed=True)
    made = keep("dispute", stripe_objects.dispute(charged.body, reason), cause)
    emit("charge.dispute.created", made.body, cause)
    emit("charge.dispute.funds_withdrawn", made.body, cause)
    return made.body


def close_dispute(disputed: SandboxObject, outcome: str, cause: Cause) -> Object:
    """The bank has decided: `won` or `lost`. Raises SandboxRefused if it had before."""
    if disputed.body["status"] in ("won", "lost"):
        raise SandboxRefused(reason=f"This dispute is {disputed.body['status']} already.")
    body = change(disputed, status=outcome)
    emit("charge.dispute.closed", body, cause)
    if outcome == "won":
        emit("charge.dispute.funds_reinstated", body, cause)
    return body


def _intent_of(session: SandboxObject, cause: Cause) -> SandboxObject:
    """The payment intent of an open session, made with the first try. Raises SandboxRefused."""
    if session.body["status"] != "open":
        raise SandboxRefused(reason=f"This session is {session.body['status']}.")
    if session.body["payment_intent"]:
        return get("payment_intent", session.body["payment_intent"], lock=True)
    body = stripe_objects.payment_intent(session.body, session.hidden["intent_data"])
    intent = keep("payment_intent", body, cause)
    change(session, payment_intent=intent.id)
    emit("payment_intent.created", intent.body, cause)
    return intent


def _undecided(session: SandboxObject) -> SandboxObject:
    if not is_processing(session):
        raise SandboxRefused(reason="This payment is not slow, or is decided.")
    return get("payment_intent", session.body["payment_intent"], lock=True)


def _charge(intent: SandboxObject, cause: Cause) -> Object:
    charged = keep("charge", stripe_objects.charge(intent.body), cause).body
    change(intent, latest_charge=charged["id"], payment_method=charged["payment_method"])
    return charged


def _complete(link: SandboxObject, session: SandboxObject, cause: Cause, payment_status: str) -> None:
    """The session is over, and counts; at its limit the link is switched off."""
    details: Any = {**stripe_objects.PAYER, "business_name": None, "individual_name": None, "tax_exempt": "none",
                    "tax_ids": []}  # fmt: skip
    emit(
        "checkout.session.completed",
        change(session, status="complete", payment_status=payment_status, customer_details=details, url=None),
        cause,
    )
    limits = link.body["restrictions"]
    if limits:
        count = limits["completed_sessions"]["count"] + 1
        change(link, restrictions=stripe_objects.restrictions(limits, count))
        if link.body["active"] and count >= limits["completed_sessions"]["limit"]:
            emit("payment_link.updated", change(link, active=False), cause)


def _refundable(params: Object, cause: Cause) -> SandboxObject:
    """The charge that is to be refunded, locked. Raises StripeError."""
    kind = "payment_intent" if "payment_intent" in params else "charge"
    named = find(kind, params[kind])
    if named is None or named.account != cause.account:
        raise StripeError.missing(kind, params[kind], param=kind)
    charge_id = named.id if kind == "charge" else named.body["latest_charge"]
    if charge_id is None:
        raise StripeError(
            f"This PaymentIntent ({named.id}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            param=kind,
            is_kept=True,
        )
    charged = get("charge", charge_id, lock=True)
    if charged.body["refunded"]:
        reason, code = f"Charge {charge_id} has already been refunded.", "charge_already_refunded"
        raise StripeError(reason, code=code, is_kept=True)
    if any(each.body["status"] != "won" for each in those("dispute", charge=charge_id)):
        reason = f"Charge {charge_id} has been charged back; cannot issue a refund."
        raise StripeError(reason, code="charge_disputed", is_kept=True)
    return charged


def _refunded(charged: SandboxObject, amount: int) -> Object:
    total = charged.body["amount_refunded"] + amount
    return change(charged, amount_refunded=total, refunded=total == charged.body["amount"])


def _shown(amount: int, charged: SandboxObject) -> str:
    return f"{amount} {charged.body['currency'].upper()}"
