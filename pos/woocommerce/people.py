"""Whose a web order is: the customer who has the phone number, else the one to whom the account of the shop leads, else the only one who
has the e-mail; never a guess by name or address.

Of the e-mail only the keyed hash is kept. An account leads to the same customer from then on, also after a merge. Of somebody
who was erased nothing is filled in again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from pos import ids, phone
from pos.customers import actions as customers
from pos.customers import refusals
from pos.customers.arrivals import PLACE, People, Person
from pos.errors import InvalidPhone
from pos.phone import is_region
from pos.statements import Statement, as_rows, insert_of, standing_for
from pos.woocommerce.models import WebCustomer
from pos.woocommerce.records import WebPerson

_SHOWN = f"""
    c.id, c.erased_at IS NOT NULL, c.phone_lost_at IS NOT NULL, c.phone, c.name, c.email_hash, p.first_name, p.last_name,
    concat({", ".join(f"p.{name}" for name in PLACE)}) <> ''"""
# Who stands for a customer that was merged; OFFSET 0 as in legacy/holders.py: each profile by its key.
_FOLLOWED = f"""JOIN customers c ON c.store_id = w.store_id AND c.id = {standing_for("w")}
    CROSS JOIN LATERAL (SELECT * FROM profiles WHERE store_id = c.store_id AND customer_id = c.id OFFSET 0) p"""
_BY_ACCOUNT = Statement(f"""
    SELECT a.wc_customer_id, {_SHOWN} FROM web_customers a JOIN customers w ON w.store_id = a.store_id AND w.id = a.customer_id {_FOLLOWED}
     WHERE a.store_id = :store AND a.wc_customer_id = ANY(:wanted ::bigint[])
""")
_BY_PHONE = Statement(f"""
    SELECT w.phone, {_SHOWN} FROM customers w {_FOLLOWED} WHERE w.store_id = :store AND w.phone = ANY(:wanted)
""")
_BY_EMAIL = Statement(f"""
    SELECT w.email_hash, {_SHOWN} FROM customers w {_FOLLOWED} WHERE w.store_id = :store AND w.email_hash = ANY(:wanted)
""")
_ERASED = Statement(
    "SELECT id FROM customers WHERE store_id = :store AND id = ANY(:customers ::uuid[]) AND erased_at IS NOT NULL"
)
_ACCOUNTS = Statement(insert_of(WebCustomer, "id", "wc_customer_id", "customer_id"))


ANOTHER_CUSTOMER, ANOTHER_NUMBER, EMAIL_OF_SEVERAL = REMARKS = (
    "another_customer",
    "another_number",
    "email_of_several",
)


@dataclass
class Holder:
    """A customer as far as it matters here. Who `lost_number` does not get it back from an account that still has it."""

    id: UUID
    is_erased: bool
    lost_number: bool
    phone: str | None
    name: str | None
    email_hash: str | None
    first_name: str | None
    last_name: str | None
    has_place: bool


class _Keys(NamedTuple):
    """What a person is looked for by."""

    account: int
    phone: str | None
    email_hash: str | None


class Known:
    """Who is known by accounts, numbers and e-mails, with those who come in meanwhile."""

    def __init__(self, keys: Iterable[_Keys]) -> None:
        wanted = list(keys)
        # One object for one customer, by whatever they are found.
        self._people: dict[UUID, Holder] = {}
        self.accounts = self._found(_BY_ACCOUNT, {key.account for key in wanted if key.account})
        self.phones = self._found(_BY_PHONE, {key.phone for key in wanted if key.phone})
        self.emails: dict[str, set[UUID]] = {}
        for email_hash, *row in self._rows(_BY_EMAIL, {key.email_hash for key in wanted if key.email_hash}):
            self.emails.setdefault(email_hash, set()).add(self._holder(row).id)

    def of(self, keys: _Keys, *, is_account: bool = False) -> Holder | None:
        """Who it is, if anybody is known to be them. An account itself stays with whom it leads to."""
        by_account, by_phone = self.accounts.get(keys.account), self.phones.get(keys.phone or "")
        found = (by_account or by_phone) if is_account else (by_phone or by_account)
        if found is None and keys.email_hash:
            same = self.emails.get(keys.email_hash, set())
            found = self._people[next(iter(same))] if len(same) == 1 else None
        return found

    def remember(self, keys: _Keys, holder: Holder) -> None:
        """From now on they are found by these, where nobody else is."""
        self._people[holder.id] = holder
        if keys.account:
            self.accounts.setdefault(keys.account, holder)
        if keys.phone and holder.phone == keys.phone:
            self.phones.setdefault(keys.phone, holder)
        if keys.email_hash and holder.email_hash == keys.email_hash:
            self.emails.setdefault(keys.email_hash, set()).add(holder.id)

    def _found(self, statement: Statement, wanted: set[Any]) -> dict[Any, Holder]:
        return {key: self._holder(row) for key, *row in self._rows(statement, wanted)}

    def _rows(self, statement: Statement, wanted: set[Any]) -> list[tuple[Any, ...]]:
        return statement.rows(wanted=sorted(wanted)) if wanted else []

    def _holder(self, row: Sequence[Any]) -> Holder:
        return self._people.setdefault(row[0], Holder(*row))


@dataclass(frozen=True)
class Arrived:
    """Whose each of the people is, in their order, with what is to be said about it; how many customers were made or filled; and which of
    them, and of the others that were locked, are erased."""

    customer_ids: list[UUID]
    remarks: list[tuple[str, ...]]
    changed: int
    erased: frozenset[UUID]


def take(
    people: Sequence[WebPerson], country: str, *, also_lock: Iterable[UUID] = (), are_accounts: bool = False
) -> Arrived:
    """The customers of these people in the open transaction, made where there are none; those who were there are locked, with others. `open_books`
    keeps merges away meanwhile. Whoever was made at a counter in the same moment is a conflict in the schema: try again."""
    keys = [_keys(person, country) for person in people]
    known, arriving = Known(keys), _Arriving(are_accounts=are_accounts)
    found = [arriving.take(person, key, known) for person, key in zip(people, keys, strict=True)]
    there = {*(holder.id for holder in found), *also_lock} - arriving.made.keys()
    customers.lock(*there)
    # Whoever was erased while their lock was waited for was still known above.
    erased = frozenset(row[0] for row in _ERASED.rows(customers=list(there)))
    changed = len(arriving.made) + len(arriving.filled)
    arriving.write()
    return Arrived([holder.id for holder in found], arriving.remarks, changed, erased)


class _Arriving:
    """People on their way into the books."""

    def __init__(self, *, are_accounts: bool) -> None:
        self._are_accounts = are_accounts
        self.made: dict[UUID, str | None] = {}
        self.filled: set[UUID] = set()
        self.remarks: list[tuple[str, ...]] = []
        self._waiting = People()
        self._accounts: dict[int, UUID] = {}
        self._numbers: dict[UUID, str | None] = {}

    def take(self, person: WebPerson, key: _Keys, known: Known) -> Holder:
        holder = known.of(key, is_account=self._are_accounts)
        remarks = _remarks(key, holder, known)
        self.remarks.append(remarks)
        if holder is None:
            holder = self._new(person, key)
        elif not holder.is_erased and ANOTHER_CUSTOMER not in remarks:
            self._fill(holder, person, key if _may_have(holder, key, known) else key._replace(phone=None))
        if key.account and key.account not in known.accounts:
            self._accounts[key.account] = holder.id
        known.remember(key, holder)
        return holder

    def write(self) -> None:
        self._waiting.write()
        rows = [
            {"id": ids.uuid7(), "wc_customer_id": each, "customer_id": whose} for each, whose in self._accounts.items()
        ]
        if rows:
            _ACCOUNTS.run(rows=as_rows(rows))
        refusals.recall({customer_id: number for customer_id, number in (self.made | self._numbers).items() if number})

    def _fill(self, holder: Holder, person: WebPerson, key: _Keys) -> None:
        """What is told and not known yet is filled in; the holder has it from then on."""
        before = replace(holder)
        holder.name = holder.name or person.name
        holder.phone = holder.phone or key.phone
        holder.email_hash = holder.email_hash or key.email_hash
        holder.first_name = holder.first_name or person.first_name
        holder.last_name = holder.last_name or person.last_name
        holder.has_place = holder.has_place or any(person.place.values())
        if holder != before:
            self.filled |= {holder.id} - self.made.keys()
            self._waiting.fill(holder.id, replace(_person(person, key), phone=None if before.phone else key.phone))
            if holder.phone != before.phone:
                self._numbers[holder.id] = holder.phone

    def _new(self, person: WebPerson, key: _Keys) -> Holder:
        customer_id = self._waiting.new(_person(person, key))
        self.made[customer_id] = key.phone
        names, has_place = (person.first_name, person.last_name), any(person.place.values())
        return Holder(customer_id, False, False, key.phone, person.name, key.email_hash, *names, has_place)


def remarks_on(people: Sequence[tuple[WebPerson, UUID]], country: str) -> list[tuple[str, ...]]:
    """What is still to be said about people whose orders are with these customers."""
    keys = [_keys(person, country) for person, _ in people]
    known = Known(keys)
    holders = [known.of(key) for key in keys]
    return [
        _remarks(key, holder, known) if holder is None or holder.id == customer_id else (ANOTHER_NUMBER,)
        for key, holder, (_, customer_id) in zip(keys, holders, people, strict=True)
    ]


def _remarks(key: _Keys, holder: Holder | None, known: Known) -> tuple[str, ...]:
    """What the owner may want to look at: perhaps two customers are one."""
    if holder is None:
        return (EMAIL_OF_SEVERAL,) if len(known.emails.get(key.email_hash or "", ())) > 1 else ()
    by_account = known.accounts.get(key.account)
    if by_account and by_account is not holder and not by_account.is_erased:
        return (ANOTHER_CUSTOMER,)
    has_another = key.phone is not None and holder.phone not in (None, key.phone)
    # A number of somebody who was merged with them is theirs as well.
    is_theirs = holder.is_erased or known.phones.get(key.phone or "") is holder
    return (ANOTHER_NUMBER,) if has_another and not is_theirs else ()


def _may_have(holder: Holder, key: _Keys, known: Known) -> bool:
    """Whether the number may become theirs: nobody has it, and they have not lost one."""
    return not holder.lost_number and key.phone not in known.phones


def _person(person: WebPerson, key: _Keys) -> Person:
    profile: dict[str, Any] = {"first_name": person.first_name, "last_name": person.last_name, **person.place}
    if person.phone and not key.phone:
        profile["phone_recorded"] = person.phone
    return Person(person.name, key.phone, profile=profile, email_hash=key.email_hash, origin="woocommerce")


def _keys(person: WebPerson, country: str) -> _Keys:
    email_hash = customers.vault().hash_email(person.email) if person.email else None
    return _Keys(person.account, usable_number(person, country), email_hash)


def usable_number(person: WebPerson, country: str) -> str | None:
    """The number in E.164, read as of the country of the address, else of the store; None if it is none."""
    for region in (person.country, country):
        if person.phone and region and is_region(region):
            try:
                return phone.parse(person.phone, region)
            except InvalidPhone:
                continue
    return None
