"""What two rows of a person answered to the same question: the stricter answer holds for both, for as long as they are one.

An answer is never changed. Whose allows more gets a no of its own that names the reason, and a yes again when the merge is undone, unless
somebody has answered since.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pos.care import merging
from pos.care.models import Merge
from pos.customers import actions as customers
from pos.customers.models import PURPOSES, Consent, Customer
from pos.db import current_store, db, rows_of
from pos.stores.models import Store

Noted = dict[str, Any]


def tighten(merge_id: UUID, kept: Customer, duplicate: Customer) -> list[Noted]:
    """Makes both as strict as the stricter one; gives what was written: {id, customer_id, purpose, was}."""
    sides = {merging.KEPT: (kept, duplicate), merging.DUPLICATE: (duplicate, kept)}
    noted = []
    for purpose in PURPOSES:
        looser = merging.loosened_by(purpose, *(getattr(row, f"{purpose}_consent") for row in (kept, duplicate)))
        if looser:
            noted.append(_refuse(merge_id, purpose, *sides[looser]))
    return noted


def stricter(kept: Customer, duplicate: Customer) -> list[str]:
    """The questions of which one of both would get a no."""
    both = (kept, duplicate)
    return [each for each in PURPOSES if merging.loosened_by(each, *(getattr(row, f"{each}_consent") for row in both))]


def loosen(merge: Merge, noted: Sequence[Mapping[str, Any]]) -> list[str]:
    """Gives back the answers that a merge made stricter; the names of those questions that were answered since, which stay."""
    stayed = []
    for each in noted:
        latest = _latest(UUID(each["customer_id"]), each["purpose"])
        if latest is None or str(latest.id) != each["id"]:
            stayed.append(each["purpose"])
        else:
            _allow(merge, each)
    return stayed


def share_refusals(merge: Merge, kept: Customer, duplicate: Customer) -> None:
    """What the person refused while they were one holds for both rows: it is not known which number they meant."""
    for purpose in PURPOSES:
        latest = _latest(kept.id, purpose)
        is_news = latest is not None and latest.created_at > merge.created_at and not latest.granted
        if is_news and merging.loosened_by(purpose, False, getattr(duplicate, f"{purpose}_consent")):
            _refuse(merge.id, purpose, duplicate, kept)


def _refuse(merge_id: UUID, purpose: str, looser: Customer, stricter_: Customer) -> Noted:
    cause, was = _latest(stricter_.id, purpose), _latest(looser.id, purpose)
    evidence = {"merge_id": str(merge_id), "because_of": str(cause.id) if cause else None}
    row = _record(looser.id, purpose, granted=False, evidence=evidence)
    return {
        "id": str(row.id),
        "customer_id": str(looser.id),
        "purpose": purpose,
        "was": str(was.id) if was else None,
    }


def _allow(merge: Merge, noted: Mapping[str, Any]) -> None:
    evidence = {"merge_id": str(merge.id), "undoes": noted["id"], "restores": noted["was"]}
    _record(UUID(noted["customer_id"]), noted["purpose"], granted=True, evidence=evidence)


def _record(customer_id: UUID, purpose: str, *, granted: bool, evidence: dict[str, Any]) -> Consent:
    store = db.session.get_one(Store, current_store())
    return customers.record_consent(
        customer_id, purpose=purpose, granted=granted, source="office", store_name=store.name, evidence=evidence
    )


def _latest(customer_id: UUID, purpose: str) -> Consent | None:
    answers = rows_of(Consent).where(
        Consent.customer_id == customer_id, Consent.purpose == purpose, Consent.is_pending.is_(False)
    )
    return db.session.scalars(answers.order_by(Consent.created_at.desc(), Consent.id.desc()).limit(1)).first()
