"""Another number for a customer, a number that is somebody else's by now, and whose points wait behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import audit_log
from pos.care import actions
from pos.checkout import passed_on
from pos.checkout.passed_on import NumberNotTheirs
from pos.customers import actions as customers
from pos.customers import indexing, refusals, releases
from pos.customers.actions import vault
from pos.customers.identity import Known
from pos.customers.models import PURPOSES
from pos.customers.names import is_whole
from pos.errors import Conflict, NotFound, Refused
from pos.messaging import talk
from pos.messaging.models import WAITING
from pos.messaging.silence import SILENT
from pos.statements import Statement

# Of whom is found by any of their ids: the row that stands for them, what they are called, and whether they have been silent.
_PERSON = Statement(f"""
    SELECT c.id, c.phone, c.origin, c.name, p.first_name, p.last_name, c.sms_consent, c.marketing_consent, c.erased_at,
           c.phone_lost_at, {SILENT} AS is_silent,
           ARRAY(SELECT m.tappass_id FROM members m
                  WHERE m.store_id = :store AND m.customer_id IN (
                    SELECT w.id FROM customers w WHERE w.store_id = :store AND (w.id = c.id OR w.merged_into_id = c.id))) AS tappass_ids
      FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE c.store_id = :store
       AND c.id = (SELECT coalesce(x.merged_into_id, x.id) FROM customers x WHERE x.store_id = :store AND x.id = :customer)
""")
_HOLDER = Statement("""
    SELECT id, coalesce(merged_into_id, id) FROM customers WHERE store_id = :store AND phone = :phone
""")
_GIVE_UP = Statement("""
    UPDATE customers SET phone = NULL, phone_lost_at = :now, updated_at = now() WHERE store_id = :store AND id = :customer
""")
_CHANGE = Statement("""
    UPDATE customers SET phone = :phone, phone_lost_at = NULL, sms_unusable_at = NULL, confirmed_at = :now, version = version + 1,
           updated_at = now()
     WHERE store_id = :store AND id = :customer
""")
# Those that somebody has in hand are judged by the number that is the customer's then (messaging/rendering.py).
_SEND_ALONG = Statement(f"""
    UPDATE messages SET phone = :new, updated_at = now()
     WHERE store_id = :store AND id IN (
       SELECT m.id FROM messages m
        WHERE m.store_id = :store AND m.customer_id = :customer AND m.phone = :old AND m.status IN {WAITING}
        FOR NO KEY UPDATE SKIP LOCKED)
""")
_REFUSED_BEFORE = Statement("""
    SELECT coalesce(bool_or(c.sms_consent IS FALSE), false), coalesce(bool_or(c.marketing_consent IS FALSE), false),
           (SELECT o.id FROM released_numbers o WHERE o.store_id = :store AND o.phone_hash = :hash AND o.customer_id = :customer
             ORDER BY o.id DESC LIMIT 1)
      FROM released_numbers r JOIN customers c ON c.store_id = r.store_id AND c.id = r.customer_id
     WHERE r.store_id = :store AND r.phone_hash = :hash AND r.customer_id <> :customer
""")
_FORMER = Statement("""
    SELECT r.id, r.customer_id, r.claimed_at IS NOT NULL, f.name, p.first_name, p.last_name
      FROM released_numbers r
      JOIN customers f ON f.store_id = r.store_id AND f.id = r.customer_id
      JOIN profiles p ON p.store_id = f.store_id AND p.customer_id = f.id
     WHERE r.store_id = :store AND r.phone_hash = :hash AND r.reason IN ('not_this_person', 'silent')
     ORDER BY r.id DESC LIMIT 20
""")
_CLAIMED = Statement("""
    UPDATE released_numbers SET claimed_at = :now, updated_at = now() WHERE store_id = :store AND id = :release
""")
_CONFIRM = Statement("""
    UPDATE customers SET confirmed_at = :now, version = version + 1, updated_at = now() WHERE store_id = :store AND id = :customer
""")


class NumberOfAnother(Conflict):
    title = "Somebody else has this number"
    advice = (
        "Another customer has this number. If both are one person, merge them (POST /customers/{customer_id}/merge); if it came "
        "to this one, release it first (POST /customers/{holder_id}/not-this-person)."
    )


class NoNumberForThem(Refused):
    title = "Nobody to give a number to"
    advice = "A walk-in is whoever gave no number, and an erased customer nobody: sell under the number instead."


class WrongClaim(Refused):
    title = "That does not confirm it"
    advice = (
        "Nothing waits behind this number under what was said. Ask for the whole name of before, or the TapPass ID."
    )


Names = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Proof:
    """What somebody says to be known again: the whole name of before, or a TapPass ID."""

    name: str | None = None
    tappass_id: str | None = None

    def fits(self, known: dict[str, Any], *called: Names) -> bool:
        """Whether it is one of the names, or the TapPass ID of a person or of who was merged into them."""
        if self.tappass_id:
            return self.tappass_id in known["tappass_ids"]
        return any(is_whole(self.name or "", *names) for names in called)


def person(customer_id: UUID) -> dict[str, Any]:
    """Who is known by an id, as the row stands that stands for them. Raises NotFound."""
    rows = _PERSON.mappings(customer=customer_id)
    if not rows:
        raise NotFound(what="customer")
    return rows[0]


def change(customer_id: UUID, number: str, *, authorised_by: str, source: str, store_name: str, now: datetime) -> UUID:
    """Gives a customer another E.164 number; the one of before is nobody's from now on, and whoever comes with it is somebody new.
    Texts that wait go to the new number. Gives the customer's id. Raises NotFound, NoNumberForThem, NumberOfAnother."""
    _lock_with_holder(customer_id, number)
    customer = person(customer_id)
    if customer["origin"] == "walk_in" or customer["erased_at"]:
        raise NoNumberForThem
    old, customer_id = customer["phone"], customer["id"]
    if old == number:
        return customer_id  # type: ignore[no-any-return]
    _take_over(number, customer_id, now)
    _CHANGE.run(phone=number, customer=customer_id, now=now)
    if old:
        releases.keep(old, customer_id, reason="changed")
        talk.hand_over(old, None)
        _SEND_ALONG.run(old=old, new=number, customer=customer_id)
    talk.hand_over(number, customer_id)
    indexing.index([customer_id])
    _heed_refusals(customer, number, source, store_name)
    audit_log.record("customer.change_number", f"customers:{customer_id}", after={"authorised_by": authorised_by})
    return customer_id  # type: ignore[no-any-return]


def not_this_person(customer_id: UUID, name: str | None, number: str | None, now: datetime) -> Known:
    """A number has come to somebody else, who is a new customer from now on; the one of before keeps points and history. `number`
    says which, of a customer who has several. Raises NotFound, NumberNotTheirs."""
    known = person(customer_id)
    number = number or known["phone"]
    if number is None:
        raise NumberNotTheirs
    return passed_on.to_somebody_new(number, known["id"], name, reason="not_this_person", now=now)


def confirmed(customer_id: UUID, proof: Proof, now: datetime) -> UUID | None:
    """Ends the silence of who says who they are. Otherwise looks who had the number before, newest first, and gives whose row they
    are proved to be, if it is not the customer's own yet. Raises WrongClaim, NotFound."""
    asker = person(customer_id)
    if asker["is_silent"] and proof.fits(asker, _names(asker)):
        _CONFIRM.run(customer=asker["id"], now=now)
        audit_log.record("customer.confirm", f"customers:{asker['id']}")
        return None
    number_hash = vault().hash_phone(asker["phone"]) if asker["phone"] else None
    for release_id, former_id, is_claimed, *called in _FORMER.rows(hash=number_hash):
        former = person(former_id)
        if not proof.fits(former, tuple(called), _names(former)):
            continue
        if is_claimed and former["id"] == asker["id"]:
            return None
        if not is_claimed and _may_come_back(former, asker):
            _CLAIMED.run(release=release_id, now=now)
            return former["id"]  # type: ignore[no-any-return]
    raise WrongClaim


def claim(customer_id: UUID, proof: Proof, now: datetime) -> None:
    """Whoever had the number before and is proved to be the same person comes along, as by any merge (which can be undone). Raises
    WrongClaim, NotFound."""
    former_id = confirmed(customer_id, proof, now)
    if former_id:
        kept_id = person(customer_id)["id"]
        actions.merge(kept_id, former_id, {}, now)
        audit_log.record("customer.claim", f"customers:{kept_id}", after={"from": str(former_id)})


def _names(known: dict[str, Any]) -> Names:
    return known["name"], known["first_name"], known["last_name"]


def _may_come_back(former: dict[str, Any], asker: dict[str, Any]) -> bool:
    """Whoever has another number by now is somebody who can be met: a manager merges the two."""
    return former["id"] != asker["id"] and former["phone"] is None and former["erased_at"] is None


def _lock_with_holder(customer_id: UUID, number: str) -> None:
    holder = _HOLDER.first(phone=number)
    customers.lock(customer_id, *(set(holder) if holder else ()))


def _take_over(number: str, customer_id: UUID, now: datetime) -> None:
    """A number that a row has which was merged into the customer's is theirs already. Raises NumberOfAnother."""
    holder = _HOLDER.first(phone=number)
    if holder is None:
        return
    row_id, holder_id = holder
    if holder_id != customer_id:
        raise NumberOfAnother(customer_id=customer_id, holder_id=holder_id)
    _GIVE_UP.run(customer=row_id, now=now)
    indexing.index([row_id])


def _heed_refusals(customer: dict[str, Any], number: str, source: str, store_name: str) -> None:
    """Whoever had the number may have wanted no texts, also who was erased since: then none is sent to it until this customer says
    yes anew. That is noted of who has refused already, too: a refusal that came by a merge is taken back when that is undone, this one
    is not."""
    [(*released, lost_id)] = _REFUSED_BEFORE.rows(hash=vault().hash_phone(number), customer=customer["id"])
    recalled = {purpose for _, purpose in refusals.recall({customer["id"]: number}, since=lost_id)}
    refused = refusals.refused(number, since=lost_id)
    refused |= {purpose for purpose, was in zip(PURPOSES, released, strict=True) if was}
    answers = person(customer["id"])
    for purpose in sorted(refused - recalled):
        if not (purpose == "marketing" and answers["marketing_consent"] is None):
            customers.record_consent(
                customer["id"],
                purpose=purpose,
                granted=False,
                source=source,
                store_name=store_name,
                evidence={"because_of": "number"},
            )
