"""Consent: who said yes or no to what, when, where and to which wording; each answer is a row that is never changed.

Two questions: `sms` (any text; STOP answers no, and a text about an order needs no yes) and `marketing` (needs a yes). START lifts
what STOP forbade, and so leaves the earlier answer about marketing as it was: it invents none.
"""

from typing import Any
from uuid import UUID

from pos.customers import actions as customers
from pos.customers.models import Consent
from pos.messaging import outbox, policy
from pos.statements import Statement

# How long a question by text waits for its YES.
CONFIRM_WITHIN_DAYS = 7

_STORE = Statement("SELECT name, settings FROM stores WHERE id = :store")
_PENDING = Statement("""
    SELECT id, wording_version FROM consents n
     WHERE store_id = :store AND customer_id = :customer AND purpose = 'marketing' AND is_pending
       AND created_at > now() - make_interval(days => :days)
       AND NOT EXISTS (SELECT FROM consents l WHERE l.store_id = :store AND l.customer_id = :customer AND l.created_at > n.created_at
                        AND (l.purpose = 'marketing' AND NOT l.is_pending OR l.purpose = 'sms' AND NOT l.granted))
     ORDER BY created_at DESC, id DESC LIMIT 1
""")
_SMS = Statement("""
    SELECT granted FROM consents WHERE store_id = :store AND customer_id = :customer AND purpose = 'sms'
     ORDER BY created_at DESC, id DESC LIMIT 1
""")


def answer(
    customer_id: UUID,
    *,
    purpose: str,
    granted: bool,
    source: str,
    wording_version: str | None = None,
    evidence: dict[str, Any] | None = None,
) -> Consent:
    """Records what somebody wrote down for a customer, at a register, in the office or elsewhere.

    Where the store asks for confirmation, a yes to marketing waits until the customer replies YES to the text that this sends. Raises
    WalkInCannotConsent, UnknownWording.
    """
    [(name, settings)] = _STORE.rows()
    is_pending = purpose == "marketing" and granted and policy.read(settings).confirmed_opt_in
    given = {"source": source, "wording_version": wording_version, "evidence": evidence, "store_name": name}
    consent = customers.record_consent(customer_id, purpose=purpose, granted=granted, is_pending=is_pending, **given)
    if is_pending:
        outbox.want("confirm_opt_in", customer_id, cause=f"confirm:{consent.id}")
    return consent


def confirm(customer_id: UUID, *, evidence: dict[str, Any]) -> bool:
    """The customer replied YES: the question that waits is answered. False if none waits."""
    pending = _PENDING.first(customer=customer_id, days=CONFIRM_WITHIN_DAYS)
    if pending is None:
        return False
    asked, version = pending
    proof = evidence | {"confirms": str(asked)}
    _by_keyword(customer_id, "marketing", granted=True, evidence=proof, wording_version=version)
    return True


def stop(customer_id: UUID, *, evidence: dict[str, Any]) -> None:
    """No text at all any more, by the customer's own word. May be said again."""
    _by_keyword(customer_id, "sms", granted=False, evidence=evidence)


def start(customer_id: UUID, *, evidence: dict[str, Any]) -> bool:
    """Lifts the block that STOP was; whether there was one."""
    row = _SMS.first(customer=customer_id)
    if row is None or row[0]:
        return False
    _by_keyword(customer_id, "sms", granted=True, evidence=evidence)
    return True


def provider_refused(customer_id: UUID) -> None:
    """Twilio blocks the number, since a STOP reached it that did not reach us."""
    row = _SMS.first(customer=customer_id)
    if row is None or row[0]:
        [(name, _)] = _STORE.rows()
        customers.record_consent(
            customer_id,
            purpose="sms",
            granted=False,
            source="provider",
            store_name=name,
            evidence={"error_code": 21610},
        )


def _by_keyword(
    customer_id: UUID, purpose: str, *, granted: bool, evidence: dict[str, Any], wording_version: str | None = None
) -> None:
    [(name, _)] = _STORE.rows()
    customers.record_consent(
        customer_id,
        purpose=purpose,
        granted=granted,
        source="keyword",
        store_name=name,
        wording_version=wording_version,
        evidence=evidence,
    )
