"""The old base's people and orders carried into the books, in the open transaction, some hundreds at a time.

Who was carried before is known by the old ids; only what is new of them comes along. So a move may be taken back and made again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from pos import audit_log, crash, ids
from pos.customers import actions as customers
from pos.customers.actions import vault
from pos.customers.arrivals import Person
from pos.customers.models import Consent
from pos.db import current_actor
from pos.legacy import holders
from pos.legacy.batches import batched
from pos.legacy.books import Books, OldOrder
from pos.legacy.flows import Course
from pos.legacy.holders import Holder
from pos.legacy.models import TABLES
from pos.legacy.people import is_same_person
from pos.legacy.unification import reading
from pos.legacy.unification.matching import Group, Matches, Ref
from pos.legacy.unification.merging import FIELDS, Merged, Told, merge
from pos.legacy.unification.old_base import OldBase
from pos.loyalty import enrolment
from pos.loyalty.enrolment import Brought, Newcomer
from pos.statements import Statement, as_rows, insert_of

AT_ONCE = 400
NOBODY = "nobody"
_FIRST_BIRTH = date(1901, 1, 1)
WORDING = "Taken over from an older system, which kept the answer, not the words that were shown."
WORDING_VERSION = "import"
Progress = Callable[[str, int], None]
# By kind, so that each is found by its unique key, whatever PostgreSQL believes of the table's size.
_KNOWN = Statement(f"""
    SELECT s.external_id, s.customer_id FROM source_ids s
     WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = :kind AND s.external_id = ANY(:external_ids)
""")
_AGAIN = Statement(f"""
    UPDATE source_ids s SET unification_id = :run, updated_at = now()
     WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = :kind AND s.external_id = ANY(:external_ids)
""")
_ERASED = Statement("""
    SELECT id FROM customers WHERE store_id = :store AND id = ANY(:customers ::uuid[]) AND erased_at IS NOT NULL
""")
_MAINS = Statement(f"""
    SELECT s.customer_id, s.kind FROM source_ids s
     WHERE s.store_id = :store AND s.customer_id = ANY(:customers ::uuid[]) AND s.source = '{TABLES}' AND s.is_main
""")
_STANDING = Statement("""
    SELECT c.id, c.sms_consent, c.marketing_consent,
           (SELECT m.id FROM members m WHERE m.store_id = c.store_id AND m.customer_id = c.id)
      FROM customers c
     WHERE c.store_id = :store AND c.id = ANY(:customers ::uuid[])
""")
_OWNERS = Statement(f"""
    SELECT s.external_id, s.customer_id, m.id FROM source_ids s
      LEFT JOIN members m ON m.store_id = s.store_id AND m.customer_id = s.customer_id
     WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = 'customer'
""")
_SKUS = Statement("SELECT sku, id, kind FROM products WHERE store_id = :store")
# Dated under the customers' locks, as any answer is (customers/models.Consent).
_CONSENTS = Statement(
    insert_of(
        Consent, "id", "customer_id", "purpose", "granted", "is_pending", "source", "wording", "wording_version", "actor",
        "evidence",
    ).replace("(store_id,", "(created_at, store_id,", 1).replace("SELECT store_id,", "SELECT clock_timestamp(), store_id,")
)  # fmt: skip
_FLAGS = Statement("""
    UPDATE customers c SET sms_consent = coalesce(f.sms, c.sms_consent), marketing_consent = coalesce(f.marketing, c.marketing_consent)
      FROM json_to_recordset(:rows) AS f (id uuid, sms boolean, marketing boolean)
     WHERE c.store_id = :store AND c.id = f.id
""")


@dataclass
class Carried:
    """What came of a move, counted. `carried_points` are those that became adjustments."""

    people: int = 0
    made: int = 0
    found: int = 0
    members: int = 0
    carried_points: int = 0
    orders: int = 0
    shared: int = 0
    unusable: int = 0
    erased: int = 0
    consents: int = 0
    conflicts: dict[str, int] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass
class _Entry:
    """A person on the way: merged, then somebody in the books."""

    group: Group
    merged: Merged
    numbers: list[str]
    told: list[Told]
    number: str | None = None
    rule: str = "new"
    customer_id: UUID | None = None
    held_by: UUID | None = None
    is_made: bool = False
    is_erased: bool = False

    @property
    def id(self) -> UUID:
        assert self.customer_id is not None, "it was settled"
        return self.customer_id

    @property
    def name(self) -> str | None:
        told = (self.merged.fields["first_name"], self.merged.fields["last_name"])
        return " ".join(filter(None, told)) or None


class Carrier:
    """One move: what it has carried so far."""

    def __init__(self, base: OldBase, course: Course, run: UUID, now: datetime) -> None:
        self.carried = Carried()
        self._base = base
        self._course = course
        self._run = run
        self._now = now
        self._mine: set[UUID] = set()

    def carry(self, matches: Matches, progress: Progress) -> Carried:
        """All people, then all orders."""
        for groups in batched(matches.groups, AT_ONCE):
            self._people(groups)
            progress("people", len(groups))
            crash.at("unify.people")
        crash.at("unify.people_done")
        self._all_orders(progress)
        audit_log.record("legacy.unify", f"unifications:{self._run}", after=self.carried.figures())
        return self.carried

    # --- people -------------------------------------------------------------------------------------------

    def _people(self, groups: Sequence[Group]) -> None:
        rows = reading.whole_rows(self._base, groups)
        entries = [_entry(group, rows) for group in groups]
        books = Books(self._course.house(self._now))
        known = self._settle(entries, books)
        customers.lock(*{entry.id for entry in entries})
        books.write_people()
        standing = {row[0]: row[1:] for row in _STANDING.rows(customers=[entry.id for entry in entries])}
        # Who was erased here since an earlier move is not brought back; their old rows are noted as theirs.
        wanted = [entry for entry in entries if not entry.is_erased]
        self._carry_points(wanted, {customer_id: row[2] for customer_id, row in standing.items() if row[2]})
        self._carry_consents(wanted, standing)
        found = [entry.id for entry in entries if not entry.is_made]
        mains = set(_MAINS.rows(customers=found)) if found else set()
        for entry in entries:
            self._keep(entry, known, mains, books)
        books.write()
        self._again(known)
        self.carried.people += len(entries)

    def _settle(self, entries: Sequence[_Entry], books: Books) -> Mapping[Ref, UUID]:
        """Finds out who each of them is in the books, or makes them."""
        known = self._known(told.ref for entry in entries for told in entry.told)
        erased = {row[0] for row in _ERASED.rows(customers=sorted(set(known.values())))} if known else set()
        by_number = holders.of_numbers(number for entry in entries for number in entry.numbers)
        emails = {vault().hash_email(email) for entry in entries if (email := entry.merged.fields["email"])}
        by_email = holders.of_emails(emails)
        for entry in entries:
            self._find(entry, known, by_number, by_email)
            entry.is_erased = entry.customer_id in erased
            if entry.is_erased:
                self.carried.erased += 1
                continue
            person = _person(entry, self._now.date())
            if entry.customer_id is None:
                entry.customer_id, entry.is_made = books.customer(person), True
                self.carried.made += 1
            else:
                books.fill(entry.customer_id, person)
                self.carried.found += 1
            self._mine.add(entry.customer_id)
            if entry.number:
                by_number.setdefault(entry.number, []).append(Holder(entry.customer_id, entry.name))
        return known

    def _find(
        self,
        entry: _Entry,
        known: Mapping[Ref, UUID],
        by_number: Mapping[str, Sequence[Holder]],
        by_email: Mapping[str, Sequence[Holder]],
    ) -> None:
        """By old ids; else by number, else by e-mail, whoever is not somebody else of this move, and whose name allows it."""
        entry.customer_id = next((known[told.ref] for told in entry.told if told.ref in known), None)
        held = [holder for number in entry.numbers for holder in by_number.get(number, ())]
        if entry.customer_id is None:
            email = entry.merged.fields["email"]
            found = {"phone": held, "email": by_email.get(vault().hash_email(email), ()) if email else ()}
            same = [(rule, each) for rule, listed in found.items() for each in listed if self._may_be(entry, each)]
            entry.rule, entry.customer_id = (same[0][0], same[0][1].customer_id) if same else ("new", None)
        free = [number for number in entry.numbers if not by_number.get(number)]
        if free and (entry.customer_id is None or entry.rule == "email"):
            entry.number = free[0]
        elif entry.customer_id is None and held:
            entry.rule, entry.held_by = "shared_phone", held[0].customer_id
            self.carried.shared += 1
        elif entry.customer_id is None:
            self.carried.unusable += 1

    def _may_be(self, entry: _Entry, holder: Holder) -> bool:
        return holder.customer_id not in self._mine and is_same_person(holder.name, entry.name)

    def _known(self, refs: Iterable[Ref]) -> dict[Ref, UUID]:
        return {
            Ref(kind, int(external_id)): customer_id
            for kind, wanted in _by_kind(refs)
            for external_id, customer_id in _KNOWN.rows(kind=kind, external_ids=wanted)
        }

    def _again(self, known: Iterable[Ref]) -> None:
        """What an earlier move has carried belongs to this one now."""
        for kind, wanted in _by_kind(known):
            _AGAIN.run(run=self._run, kind=kind, external_ids=wanted)

    def _keep(self, entry: _Entry, known: Mapping[Ref, UUID], mains: Collection[tuple[Any, ...]], books: Books) -> None:
        """What each old row became, and what a person should look at. A person has one main row of each kind; who had one in an
        earlier move keeps it."""
        for told in entry.told:
            if told.ref in known:
                continue
            is_main = told.ref == entry.group.main
            rule = entry.rule if is_main else entry.group.rules.get(told.ref, "user_link")
            about = {"customer_id": entry.id, "unification_id": self._run, "rule": rule}
            about["is_main"] = is_main and (entry.id, told.ref.kind) not in mains
            raw = None if entry.is_erased else _raw(told)
            books.source_id(TABLES, told.ref.kind, str(told.ref.id), raw=raw, **about)
        for conflict in entry.merged.conflicts:
            self.carried.conflicts[conflict.field] = self.carried.conflicts.get(conflict.field, 0) + 1
        if any(told.ref in known for told in entry.told):
            return
        if entry.held_by:
            books.look_at("shared_phone", f"customers:{entry.id}", held_by=str(entry.held_by))
        elif entry.rule == "new" and not entry.numbers:
            books.look_at("unusable_phone", f"customers:{entry.id}", was_told=bool(entry.merged.fields["phone"]))

    def _carry_points(self, entries: Sequence[_Entry], members: Mapping[UUID, UUID]) -> None:
        brought = {
            entry.id: [self._brought(*each) for each in entry.merged.points] for entry in entries if entry.merged.points
        }
        self.carried.carried_points += sum(each.points for listed in brought.values() for each in listed)
        enrolment.bring({members[who]: listed for who, listed in brought.items() if who in members}, self._now)
        newcomers = [Newcomer(who, None, listed) for who, listed in brought.items() if who not in members]
        self.carried.members += len(enrolment.enrol(newcomers, "import", self._now))

    def _brought(self, ref: Ref, points: int) -> Brought:
        return Brought(points, f"Points of the older system, {ref}", f"carried:{self._run}:{ref}")

    def _carry_consents(self, entries: Sequence[_Entry], standing: Mapping[UUID, tuple[Any, ...]]) -> None:
        """The stricter of what is known here and what comes along."""
        rows, flags = [], []
        for entry in entries:
            held = dict(zip(("sms", "marketing"), standing[entry.id], strict=False))
            changed = {}
            for purpose, (granted, ref, at) in entry.merged.consents.items():
                # Who was found by e-mail alone may have another number than the one that the yes was given for.
                if granted and entry.rule == "email":
                    continue
                if held[purpose] is None or (held[purpose] and not granted):
                    changed[purpose] = granted
                    rows.append(self._consent(entry, purpose, granted, ref, at))
            flags += [{"id": entry.id, **changed}] if changed else []
        if rows:
            _CONSENTS.run(rows=as_rows(rows))
            _FLAGS.run(rows=as_rows(flags))
            self.carried.consents += len(rows)

    def _consent(self, entry: _Entry, purpose: str, granted: bool, ref: Ref, at: datetime) -> dict[str, Any]:
        return {
            "id": ids.uuid7(), "customer_id": entry.id, "purpose": purpose, "granted": granted, "is_pending": False,
            "source": "import", "wording": WORDING, "wording_version": WORDING_VERSION, "actor": current_actor(),
            "evidence": {"row": str(ref), "recorded_at": at.isoformat(), "unification_id": str(self._run)},
        }  # fmt: skip

    # --- orders -------------------------------------------------------------------------------------------

    def _all_orders(self, progress: Progress) -> None:
        owners = {external_id: (customer_id, member) for external_id, customer_id, member in _OWNERS.rows()}
        skus = {sku: (product_id, kind) for sku, product_id, kind in _SKUS.rows()}
        for rows in batched(reading.orders(self._base, self._course.currency, skus), AT_ONCE):
            self._orders(rows, owners)
            progress("orders", len(rows))
            crash.at("unify.orders")

    def _orders(self, rows: Sequence[reading.OldOrderRow], owners: dict[str, tuple[UUID, UUID | None]]) -> None:
        books = Books(self._course.house(self._now))
        known = self._known_orders(rows)
        for row in rows:
            if str(row.id) in known:
                continue
            customer_id, member_id = owners.get(str(row.customer_id)) or self._nobody(owners, books)
            order = OldOrder(customer_id, member_id, row.placed_at, row.goods, row.total, row.status, row.note)
            about = {"customer_id": customer_id, "order_id": books.order(order), "unification_id": self._run}
            # What it is in the old base, so that what becomes of it here can be told.
            books.source_id(TABLES, "order", str(row.id), digest=f"{row.old_status}:{row.total}", **about)
            self.carried.orders += 1
        books.write()
        self._again(Ref("order", int(external_id)) for external_id in known)

    def _known_orders(self, rows: Sequence[reading.OldOrderRow]) -> set[str]:
        found = _KNOWN.rows(kind="order", external_ids=[str(row.id) for row in rows])
        return {external_id for external_id, _ in found}

    def _nobody(self, owners: dict[str, tuple[UUID, UUID | None]], books: Books) -> tuple[UUID, UUID | None]:
        """Orders of nobody are not lost: a customer without a number stands for all of them."""
        if NOBODY not in owners:
            customer_id = books.customer(Person("Orders without a customer", None))
            books.source_id(TABLES, "customer", NOBODY, customer_id=customer_id, unification_id=self._run)
            owners[NOBODY] = (customer_id, None)
        return owners[NOBODY]


def _by_kind(refs: Iterable[Ref]) -> Iterator[tuple[str, list[str]]]:
    """Old rows as the statements take them."""
    for kind, listed in groupby(sorted(refs), key=lambda ref: ref.kind):
        yield kind, [str(ref.id) for ref in listed]


def _entry(group: Group, rows: Mapping[Ref, list[Told]]) -> _Entry:
    told = [each for node in group.nodes for each in rows[node.ref]]
    numbers = {node.ref: node.number for node in group.nodes if node.number}
    newest = sorted(told, key=lambda each: (each.at, each.ref), reverse=True)
    found = dict.fromkeys(numbers[each.ref] for each in newest if each.ref in numbers)
    return _Entry(group, merge(told), list(found), told)


def _raw(told: Told) -> dict[str, Any] | None:
    """What nothing here stands for: the purchases by heart, and preferences that are no object."""
    history, preferences = told.row.get("purchase_history"), told.row.get("preferences")
    odd = {"preferences": preferences} if preferences and not isinstance(preferences, dict) else {}
    return ({"purchase_history": history} if history else {}) | odd or None


def _person(entry: _Entry, today: date) -> Person:
    fields = entry.merged.fields
    profile = {name: value for name, value in fields.items() if name in _PROFILE_FIELDS and value is not None}
    born_on = profile.get("date_of_birth")
    if born_on and not _FIRST_BIRTH <= born_on <= today:
        # What people type who would not say it; it would make an age.
        del profile["date_of_birth"]
    recorded = None if entry.number or entry.customer_id else (entry.numbers or [fields["phone"]])[0]
    return Person(entry.name, entry.number, fields["email"], profile | {"phone_recorded": recorded})


_PROFILE_FIELDS = {name for name in FIELDS if name not in ("email", "phone")} | {
    "address", "city", "state", "postal_code", "country",
}  # fmt: skip
