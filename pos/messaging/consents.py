"""Consent: who said yes or no to what, when, where and to which wording; each answer is a row that is never changed.

Two questions: `sms` (any text; STOP answers no, and a text about an order needs no yes) and `marketing` (needs a yes). START lifts
what STOP forbade, and so leaves the earlier answer about marketing as it was: it invents none.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import set_committed_value

from pos import audit_log
from pos.customers import actions as customers
from pos.customers.models import Consent
from pos.customers.queries import ROWS_OF
from pos.messaging import outbox, policy
from pos.statements import Statement

# How long a question by text waits for its YES.
CONFIRM_WITHIN_DAYS = 7

_STORE = Statement("SELECT name, settings FROM stores WHERE id = :store")
# The last question that was put to the customer and still waits for its YES.
_PENDING = Statement(f"""
    SELECT n.id, n.wording_version FROM consents n
      JOIN messages m ON m.store_id = n.store_id AND m.cause = 'confirm:' || n.id
     WHERE n.store_id = :store AND n.customer_id IN {ROWS_OF} AND n.purpose = 'marketing' AND n.is_pending
       AND n.created_at > now() - make_interval(days => :days)
       AND (m.status IN ('queued', 'held') AND NOT :must_have_left OR m.sending_at IS NOT NULL AND m.status <> 'failed')
       AND NOT EXISTS (SELECT FROM consents l WHERE l.store_id = :store AND l.customer_id IN {ROWS_OF} AND l.created_at > n.created_at
                        AND (l.purpose = 'marketing' AND NOT l.is_pending OR l.purpose = 'sms' AND NOT l.granted))
     ORDER BY n.created_at DESC, n.id DESC LIMIT 1
""")
# The latest answer about texts, and when it was said: a text may be found long after that.
_SMS = Statement("""
    SELECT n.granted, coalesce(m.not_before, (n.evidence ->> 'opted_out_at')::timestamptz, n.created_at) FROM consents n
      LEFT JOIN messages m ON m.store_id = n.store_id AND m.id = (n.evidence ->> 'message_id')::uuid
     WHERE n.store_id = :store AND n.customer_id = :customer AND n.purpose = 'sms'
     ORDER BY n.created_at DESC, n.id DESC LIMIT 1
""")
_ANSWERED_SINCE = Statement("""
    SELECT EXISTS (SELECT FROM consents WHERE store_id = :store AND customer_id = :customer AND purpose = :purpose AND NOT is_pending
                    AND created_at > :at)
""")


def answer(
    customer_id: UUID,
    *,
    purpose: str,
    granted: bool,
    source: str,
    wording_version: str | None = None,
    note: str | None = None,
) -> Consent:
    """Records what somebody wrote down for a customer, at a register, in the office or elsewhere; a note stands beside it.

    Where the store asks for confirmation, a yes to marketing waits until the customer replies YES to the text that this sends; one
    question is enough. Raises WalkInCannotConsent, UnknownWording, CustomerErased.
    """
    customers.require_present(customers.held(customer_id))
    [(name, settings)] = _STORE.rows()
    is_asked = bool(_PENDING.first(customer=customer_id, days=CONFIRM_WITHIN_DAYS, must_have_left=False))
    is_pending = purpose == "marketing" and granted and policy.read(settings).confirmed_opt_in
    given = {"source": source, "wording_version": wording_version, "store_name": name}
    consent = customers.record_consent(customer_id, purpose=purpose, granted=granted, is_pending=is_pending, **given)
    beside = audit_log.remark(f"customers:{customer_id}", f"consents:{consent.id}", note) if note else None
    set_committed_value(consent, "remark", beside)
    if is_pending and not is_asked:
        outbox.want("confirm_opt_in", customer_id, cause=f"confirm:{consent.id}")
    return consent


def has_answered_since(customer_id: UUID, purpose: str, at: datetime) -> bool:
    """Whether the customer has said something else about it after this instant."""
    return bool(_ANSWERED_SINCE.rows(customer=customer_id, purpose=purpose, at=at)[0][0])


def confirm(customer_id: UUID, *, evidence: dict[str, Any]) -> bool:
    """The customer replied YES: the question that waits is answered. False if none waits."""
    pending = _PENDING.first(customer=customer_id, days=CONFIRM_WITHIN_DAYS, must_have_left=True)
    if pending is None:
        return False
    asked, version = pending
    proof = evidence | {"confirms": str(asked)}
    _by_keyword(customer_id, "marketing", granted=True, evidence=proof, wording_version=version)
    return True


def stop(customer_id: UUID, *, evidence: dict[str, Any]) -> bool:
    """No text at all any more, by the customer's own word; whether that is news. Each time is kept."""
    row = _SMS.first(customer=customer_id)
    _by_keyword(customer_id, "sms", granted=False, evidence=evidence)
    return row is None or bool(row[0])


def start(customer_id: UUID, *, said_at: datetime, evidence: dict[str, Any]) -> bool:
    """Lifts the block that a STOP was which was said before; whether there was one."""
    row = _SMS.first(customer=customer_id)
    if row is None or row[0] or row[1] > said_at:
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
