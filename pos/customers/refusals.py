"""Refusals that stay with a number: if its owner said no to texts, and was erased or lost it, whoever has it next is not texted either.

What is kept is a keyed hash of the number (OptOutProof). Whoever comes with the number later begins with that refusal, as an answer
of source `kept`, and lifts it as any other: by START, or by a yes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pos import ids
from pos.customers.actions import vault
from pos.customers.models import Consent, OptOutProof
from pos.db import current_actor
from pos.statements import Statement, as_rows, insert_of

WORDING = "Whoever had this number before refused; the refusal was kept."
WORDING_VERSION = "kept-2"
# Whether a store keeps any: hardly one new customer in a thousand has to be looked up.
ARE_KEPT = "EXISTS (SELECT FROM opt_out_proofs kept WHERE kept.store_id = {store})"

_KEEP = Statement(insert_of(OptOutProof, "id", "phone_hash", "purpose", "opted_out_at", "is_lifted"))
_ARE_KEPT = Statement(f"SELECT {ARE_KEPT.format(store=':store')}")
# After a merge it is who is kept that is asked.
_ANSWERS = Statement("""
    SELECT DISTINCT ON (purpose) purpose, granted, created_at FROM consents
     WHERE store_id = :store AND NOT is_pending
       AND customer_id IN (SELECT unnest(:customers ::uuid[]) UNION
                           SELECT merged_into_id FROM customers WHERE store_id = :store AND id = ANY(:customers ::uuid[]))
     ORDER BY purpose, created_at DESC, id DESC
""")
# What was refused after a number was given up was not kept then; what was kept of a number may have been lifted by who had it next.
_NOT_KEPT = Statement("""
    SELECT DISTINCT r.phone_hash, refused.purpose FROM released_numbers r, unnest(:purposes ::text[]) AS refused (purpose)
     WHERE r.store_id = :store AND r.customer_id = ANY(:customers ::uuid[]) AND r.phone_hash <> ''
       AND NOT EXISTS (SELECT FROM opt_out_proofs k
                        WHERE k.store_id = :store AND k.phone_hash = r.phone_hash AND k.purpose = refused.purpose)
""")
# The latest to have had the number is who counts, whenever they had answered.
_KEPT = Statement("""
    SELECT k.phone_hash, k.purpose, k.id, k.opted_out_at FROM (
      SELECT DISTINCT ON (phone_hash, purpose) phone_hash, purpose, id, opted_out_at, is_lifted FROM opt_out_proofs
       WHERE store_id = :store AND phone_hash = ANY(:hashes)
       ORDER BY phone_hash, purpose, id DESC) k
     WHERE NOT k.is_lifted
""")
# A no that a merge gave goes with its undo, so it is none of their own.
_HAVE_REFUSED = Statement("""
    SELECT customer_id, purpose FROM (
      SELECT DISTINCT ON (customer_id, purpose) customer_id, purpose, granted, evidence FROM consents
       WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[]) AND NOT is_pending
       ORDER BY customer_id, purpose, created_at DESC, id DESC) latest
     WHERE NOT granted AND NOT evidence ? 'merge_id'
""")
# Dated under the customers' locks, as any answer is (Consent).
_REFUSE = Statement(
    insert_of(
        Consent, "id", "customer_id", "purpose", "granted", "is_pending", "source", "wording", "wording_version", "actor", "evidence"
    ).replace("(store_id,", "(created_at, store_id,", 1).replace("SELECT store_id,", "SELECT clock_timestamp(), store_id,")
)  # fmt: skip
_FLAGS = Statement("""
    UPDATE customers SET sms_consent = CASE WHEN :purpose = 'sms' THEN false ELSE sms_consent END,
           marketing_consent = CASE WHEN :purpose = 'marketing' THEN false ELSE marketing_consent END, updated_at = now()
     WHERE store_id = :store AND id = ANY(:customers ::uuid[])
""")


class Said(NamedTuple):
    """Somebody's latest answer to a question."""

    purpose: str
    granted: bool
    at: datetime


def answers(rows: Sequence[UUID]) -> list[Said]:
    """What somebody whose rows these are said last to each question."""
    return [Said(*row) for row in _ANSWERS.rows(customers=list(rows))]


def keep(phones: Collection[str], said: Collection[Said]) -> None:
    """Keeps, of somebody who is erased or loses these numbers, what they refused; a yes lifts what was kept of somebody before."""
    before = _standing(phones) if said else {}
    _keep(
        (hashed, each)
        for hashed in map(vault().hash_phone, phones)
        for each in said
        if not each.granted or (hashed, each.purpose) in before
    )


def keep_of_released(rows: Sequence[UUID], said: Collection[Said]) -> None:
    """Keeps, of somebody who is erased, what they refused also for the numbers that they had given up before."""
    refused = {each.purpose: each for each in said if not each.granted}
    if refused:
        found = _NOT_KEPT.rows(customers=list(rows), purposes=list(refused))
        _keep((hashed, refused[purpose]) for hashed, purpose in found)


def _keep(proofs: Iterable[tuple[str, Said]]) -> None:
    rows = [
        {"id": ids.uuid7(), "phone_hash": hashed, "purpose": said.purpose, "opted_out_at": said.at, "is_lifted": said.granted}
        for hashed, said in proofs
    ]  # fmt: skip
    if rows:
        _KEEP.run(rows=as_rows(rows))


def are_kept() -> bool:
    """Whether the store keeps any refusal."""
    return bool(_ARE_KEPT.rows()[0][0])


def stands(phone: str) -> bool:
    """Whether texts to this number were refused by whoever had it before."""
    return "sms" in refused(phone)


def refused(phone: str, *, since: UUID | None = None) -> set[str]:
    """What whoever had this number before refused, as far as it was kept after `since`."""
    standing = _standing([phone]) if are_kept() else {}
    return {purpose for (_, purpose), proof in standing.items() if since is None or proof[0] > since}


def recall(phones: Mapping[UUID, str], *, since: UUID | None = None) -> set[tuple[UUID, str]]:
    """Gives customers, whose rows are locked, the refusals that are kept of the numbers that they have come to; says who has got
    which. Who has refused already is left alone, so it may be repeated. Whoever comes back to a number heeds what was kept after
    they had lost it (`since`, the id of that)."""
    standing = {what: proof for what, proof in _standing(phones.values()).items() if since is None or proof[0] > since}
    if not standing:
        return set()
    refused = set(_HAVE_REFUSED.rows(customers=list(phones)))
    found = {
        (customer_id, purpose): (proof_id, at)
        for customer_id, number in phones.items()
        for (hashed, purpose), (proof_id, at) in standing.items()
        if hashed == vault().hash_phone(number) and (customer_id, purpose) not in refused
    }
    if found:
        _refuse(found)
    return set(found)


def _refuse(found: Mapping[tuple[UUID, str], tuple[UUID, datetime]]) -> None:
    _REFUSE.run(rows=as_rows(_consent(*who, *proof) for who, proof in found.items()))
    for purpose in {purpose for _, purpose in found}:
        _FLAGS.run(purpose=purpose, customers=[customer_id for customer_id, about in found if about == purpose])


def _consent(customer_id: UUID, purpose: str, proof_id: UUID, at: datetime) -> dict[str, object]:
    return {
        "id": ids.uuid7(), "customer_id": customer_id, "purpose": purpose, "granted": False, "is_pending": False,
        "source": "kept", "wording": WORDING, "wording_version": WORDING_VERSION, "actor": current_actor(),
        "evidence": {"opt_out_proof_id": str(proof_id), "opted_out_at": at.isoformat()},
    }  # fmt: skip


def _standing(phones: Collection[str]) -> dict[tuple[str, str], tuple[UUID, datetime]]:
    """By hash and purpose, the proof and the instant of the refusal."""
    rows = _KEPT.rows(hashes=sorted({vault().hash_phone(each) for each in phones})) if phones else []
    return {(hashed, purpose): (proof_id, at) for hashed, purpose, proof_id, at in rows}
