"""What has come since a move, carried back into the old tables: sales, new customers, answers, and what became of points.

Nothing leaves the books: people and orders stay where they are. Points exist in one system only, so they are handed back here by an
adjustment for what the old base gets. What was carried back is noted in the old base, in the transaction that did it, so that a way back
that broke off does not go the same way twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pos import audit_log, ids
from pos.customers.actions import vault
from pos.legacy.batches import batched
from pos.legacy.flows import Course
from pos.legacy.models import TABLES, SourceId, Unification
from pos.legacy.unification.old_base import CARRIED_BACK, OldBase
from pos.loyalty import enrolment
from pos.money import written
from pos.statements import Statement, as_rows, insert_of

AT_ONCE = 400
Rows = Sequence[Mapping[str, Any]]
REASON = "Handed back to the older system"
# What an order is in the old base's words: its state, and what of its total has not gone back.
STATE = """CASE WHEN o.status = 'canceled' OR (o.amount_refunded > 0 AND o.amount_refunded >= o.amount_paid) THEN 'canceled'
                WHEN o.paid_at IS NULL THEN 'pending' ELSE 'completed' END"""
NET = "CASE WHEN o.amount_refunded >= o.amount_paid THEN o.total ELSE o.total - o.amount_refunded END"
# The old customer rows of a person, the main one first; somebody may have deleted some of them there after an earlier way back.
_ROWS = f"""ARRAY(SELECT s.number FROM source_ids s WHERE s.store_id = c.store_id AND s.source = '{TABLES}' AND s.kind = 'customer'
              AND s.customer_id = c.id AND s.number IS NOT NULL ORDER BY s.is_main DESC, s.number)"""
_USER = f"""(SELECT min(s.number) FROM source_ids s WHERE s.store_id = c.store_id AND s.source = '{TABLES}' AND s.kind = 'user'
              AND s.customer_id = c.id)"""
# Who came since, and who has an order since but no row among the old customers.
_NEWCOMERS = Statement(f"""
    SELECT c.id, {_USER} AS user_id, c.name, c.phone, c.email_encrypted, c.marketing_consent, c.sms_consent, p.first_name, p.last_name,
           p.address, p.city, p.state, p.postal_code, p.country, p.date_of_birth, p.tags, p.notes
      FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE c.store_id = :store AND c.origin <> 'walk_in' AND {_ROWS} = '{{}}'
       AND (c.created_at > :since OR EXISTS (SELECT FROM orders o WHERE o.store_id = :store AND o.customer_id = c.id AND o.created_at > :since))
     ORDER BY c.id
""")
_SALES = Statement(f"""
    SELECT o.id, o.customer_id, {_ROWS} AS rows, o.reference,
           {STATE} AS status, {NET} AS net, o.placed_at,
           (SELECT json_agg(json_build_object('name', l.name, 'sku', l.sku, 'quantity', l.quantity, 'price', l.unit_price) ORDER BY l.position)
              FROM order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NULL) AS items
      FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
     WHERE o.store_id = :store AND o.created_at > :since AND o.merged_into_id IS NULL
       AND NOT EXISTS (SELECT FROM source_ids s WHERE s.store_id = :store AND s.order_id = o.id)
     ORDER BY o.id
""")
_CHANGED = Statement(f"""
    SELECT s.number, {STATE} AS status, {NET} AS net FROM source_ids s
      JOIN orders o ON o.store_id = s.store_id AND o.id = s.order_id
     WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = 'order' AND s.number IS NOT NULL
       AND o.version > 1 AND s.digest <> {STATE} || ':' || {NET}
     ORDER BY s.number
""")
_KEEP_STATES = Statement(f"""
    UPDATE source_ids s SET digest = {STATE} || ':' || {NET}, customer_id = coalesce(s.customer_id, o.customer_id), updated_at = now() FROM orders o
     WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = 'order' AND o.store_id = :store AND o.id = s.order_id
       AND s.digest IS DISTINCT FROM {STATE} || ':' || {NET}
""")
# Of each member whom the move has brought points, or who earned some since: what they get back.
_POINTS = Statement(f"""
    SELECT m.id, {_ROWS} AS rows, c.id AS customer_id, m.balance,
           coalesce(sum(e.points), 0)::bigint AS moved,
           coalesce(sum(e.points) FILTER (WHERE e.cause LIKE :cause), 0)::bigint AS carried
      FROM members m
      JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id
      JOIN point_entries e ON e.store_id = m.store_id AND e.member_id = m.id AND e.created_at >= :since
     WHERE m.store_id = :store GROUP BY m.id, c.store_id, c.id, m.balance
""")
_ANSWERS = Statement(f"""
    SELECT DISTINCT ON (n.customer_id, n.purpose) n.purpose, n.granted,
           ARRAY(SELECT s.number FROM source_ids s WHERE s.store_id = n.store_id AND s.source = '{TABLES}' AND s.kind = 'customer'
                    AND s.customer_id = n.customer_id AND s.number IS NOT NULL) AS rows
      FROM consents n
     WHERE n.store_id = :store AND n.created_at > :since AND NOT n.is_pending
       AND n.evidence ->> 'unification_id' IS DISTINCT FROM :run ::text
     ORDER BY n.customer_id, n.purpose, n.created_at DESC, n.id DESC
""")
# In the old base.
_ADD_POINTS = "UPDATE customers SET loyalty_points = greatest(loyalty_points, 0) + %s WHERE id = %s"
_TAKE_POINTS = """
    UPDATE customers c SET loyalty_points = t.points - least(t.points, greatest(%s - t.before, 0))
      FROM (SELECT id, loyalty_points AS points, sum(loyalty_points) OVER (ORDER BY id <> %s, id) - loyalty_points AS before
              FROM customers WHERE id = ANY(%s) AND loyalty_points > 0) t
     WHERE c.id = t.id
"""
_SOURCE_IDS = Statement(
    insert_of(SourceId, "id", "source", "kind", "external_id", "number", "customer_id", "order_id", "rule", "is_main")
    + " ON CONFLICT (store_id, source, kind, external_id) DO NOTHING"
)


@dataclass
class WentBack:
    """What a way back did: rows put back by table, and what came since and was carried along."""

    restored: dict[str, int] = field(default_factory=dict)
    customers: int = 0
    orders: int = 0
    amount: int = 0
    changed: int = 0
    answers: int = 0
    points: int = 0
    references: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "references"}

    def shown(self, currency: str) -> list[str]:
        """For people, in words."""
        listed = (
            f" ({', '.join(self.references[:20])}{' …' if len(self.references) > 20 else ''})"
            if self.references
            else ""
        )
        return [
            f"put back: {', '.join(f'{count:,} rows of {table}' for table, count in self.restored.items() if count) or 'nothing was changed there'}",
            f"carried back: {self.orders:,} sale(s) since, {written(self.amount, currency)}{listed}",
            f"carried back: {self.changed:,} old order(s) that were paid, refunded or canceled here",
            f"carried back: {self.customers:,} new customer(s), {self.answers:,} answer(s) about texts, {self.points:,} points",
        ]


@dataclass(frozen=True)
class Since:
    """What came since a move, as rows of the books."""

    newcomers: Rows
    sales: Rows
    changed: Rows
    points: Rows
    answers: Rows


def since(move: Unification) -> Since:
    """Reads it, in the open transaction of the store; what is written into the old base takes longer than that should be open."""
    began = move.created_at
    return Since(
        _NEWCOMERS.mappings(since=began),
        _SALES.mappings(since=began),
        _CHANGED.mappings(),
        _POINTS.mappings(since=began, cause=f"carried:{move.id}:%"),
        _ANSWERS.mappings(since=began, run=move.id),
    )


class Returner:
    """Writes into the old base what came since a move. An order is completed there once it was paid, whatever the kitchen is at."""

    def __init__(self, base: OldBase, course: Course) -> None:
        self.went_back = WentBack()
        self._base = base
        self._course = course
        self._new: dict[UUID, int] = {}
        self._there: set[int] = set()
        self._done: set[tuple[str, UUID]] = set()
        self._notes: list[tuple[str, str, int, int | None]] = []

    def carry_back(self, found: Since) -> WentBack:
        """In the open transaction of the old base."""
        self._base.run(f"""CREATE TABLE IF NOT EXISTS {CARRIED_BACK} (kind text, tappass_id text, old_id bigint, points bigint,
                            PRIMARY KEY (kind, tappass_id))""")
        noted = self._base.rows(f"SELECT kind, tappass_id, old_id FROM {CARRIED_BACK}")
        self._done = {(kind, UUID(tappass_id)) for kind, tappass_id, _ in noted}
        self._new = {UUID(tappass_id): old_id for kind, tappass_id, old_id in noted if kind == "customer"}
        self._there = {old_id for (old_id,) in self._base.rows("SELECT id FROM customers")}
        for row in found.newcomers:
            self._customer(row)
        for row in found.sales:
            self._sale(row)
        for row in found.changed:
            self._change(row)
        for row in found.points:
            self._points(row)
        for row in found.answers:
            self._answer(row)
        self._base.fill(CARRIED_BACK, self._notes)
        return self.went_back

    def _customer(self, row: Mapping[str, Any]) -> None:
        if ("customer", row["id"]) in self._done:
            return
        sealed = row["email_encrypted"]
        email = vault().decrypt(sealed, context=f"customers.email:{row['id']}") if sealed else None
        first, _, last = (row["name"] or "").partition(" ")
        plain = ("user_id", "phone", "address", "city", "state", "postal_code", "country", "date_of_birth", "tags", "notes",
                 "marketing_consent", "sms_consent")  # fmt: skip
        told = {name: row[name] for name in plain} | {"email": email}
        names = {"first_name": row["first_name"] or first or None, "last_name": row["last_name"] or last or None}
        self._new[row["id"]] = self._base.insert("customers", told | names)
        self._note("customer", row["id"], self._new[row["id"]])
        self.went_back.customers += 1

    def _sale(self, row: Mapping[str, Any]) -> None:
        if ("order", row["id"]) in self._done:
            return
        customer_id = self._main(row)
        items = [item | {"price": float(self._major(item["price"]))} for item in row["items"] or ()]
        told = {
            "customer_id": customer_id,
            "order_number": f"TP-{row['reference']}",
            "status": row["status"],
        }
        total = self._major(row["net"])
        old_id = self._base.insert("orders", told | {"total": total, "items": items, "created_at": row["placed_at"]})
        self._note("order", row["id"], old_id)
        self.went_back.orders += 1
        self.went_back.references.append(row["reference"])
        if row["status"] != "canceled":
            self.went_back.amount += row["net"]
            self._base.run(
                """UPDATE customers SET order_count = coalesce(order_count, 0) + 1, last_order_date = greatest(last_order_date, %s),
                          total_spent = coalesce(total_spent, 0) + %s WHERE id = %s""",
                [row["placed_at"], total if row["status"] == "completed" else 0, customer_id],
            )

    def _change(self, row: Mapping[str, Any]) -> None:
        """An old order that was paid, refunded or canceled here."""
        values = [row["status"], self._major(row["net"]), row["number"]]
        self._base.run("UPDATE orders SET status = %s, total = %s WHERE id = %s", values)
        self.went_back.changed += 1

    def _points(self, row: Mapping[str, Any]) -> None:
        """What was carried is in the old tables again; what came since goes on top of it, in the person's main row, and what was spent
        is taken from one row after the other: a row below nothing would count as none when it is carried again."""
        if ("member", row["id"]) in self._done:
            return
        main = self._main(row)
        back = max(min(row["moved"], row["balance"]), 0)
        more = back - row["carried"]
        if main is None or (back == 0 and more == 0):
            return
        if more > 0:
            self._base.run(_ADD_POINTS, [more, main])
        elif more:
            self._base.run(_TAKE_POINTS, [-more, main, row["rows"]])
        self._note("member", row["id"], main, back)

    def _answer(self, row: Mapping[str, Any]) -> None:
        """The latest answer holds for each row of the person."""
        column = {"sms": "sms_consent", "marketing": "marketing_consent"}[row["purpose"]]
        if row["rows"]:
            self._base.run(f"UPDATE customers SET {column} = %s WHERE id = ANY(%s)", [row["granted"], row["rows"]])
            self.went_back.answers += 1

    def _main(self, row: Mapping[str, Any]) -> int | None:
        """The row by which a person is known there; None, if there is none any more."""
        return next((each for each in row["rows"] if each in self._there), self._new.get(row["customer_id"]))

    def _note(self, kind: str, tappass_id: UUID, old_id: int, points: int | None = None) -> None:
        self._notes.append((kind, str(tappass_id), old_id, points))

    def _major(self, amount: int) -> Decimal:
        return Decimal(amount).scaleb(-self._course.digits)


def book(base: OldBase, move: Unification, now: datetime) -> int:
    """Notes in the books what went back, and hands back the points; gives how many. In the open transaction of the store."""
    noted = base.rows(f"SELECT kind, tappass_id, old_id, points FROM {CARRIED_BACK}")
    rows = [
        {
            "id": ids.uuid7(), "source": TABLES, "kind": kind, "external_id": str(old_id), "number": old_id, "rule": "carried_back",
            "is_main": kind == "customer", f"{kind}_id": tappass_id,
        }
        for kind, tappass_id, old_id, _ in noted
        if kind != "member"
    ]  # fmt: skip
    for some in batched(rows, AT_ONCE):
        _SOURCE_IDS.run(rows=as_rows(some))
    _KEEP_STATES.run()
    handed = [(UUID(str(member)), points) for kind, member, _, points in noted if kind == "member" and points]
    total = sum(enrolment.hand_back(dict(some), REASON, now) for some in batched(handed, AT_ONCE))
    audit_log.record("legacy.rollback", f"unifications:{move.id}", after={"points": total, "rows": len(rows)})
    return total
