"""What reports count, by name: `figures` of an order as it stands, found by one statement, and their sums, which are pure.

A name is made of parts: `class|food|0.082500|tax|standard` is the tax of food of the tax class "standard" at that rate (what people
name comes last, since it may hold any sign). Figures that are nothing are left out, so two orders are equal if their figures are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pos import ids
from pos.statements import Statement

# A row is dated when its transaction begins, and seen when it ends. No transaction of ours is this long.
OVERLAP = timedelta(hours=1)

# Of an order `o`. A canceled one was not sold, but money may be in it. What was sold is kept, or due, or was given back; `given_back` is
# less than nothing for money that nobody owed and that is still there.
_OF_ORDER = """
    VALUES ('orders', k.sold), ('canceled', (o.status = 'canceled' AND o.merged_into_id IS NULL)::int),
           ('subtotal', o.subtotal * k.sold), ('discount', o.discount * k.sold), ('tax', o.tax * k.sold), ('tip', o.tip * k.sold),
           ('shipping', o.shipping * k.sold), ('fees', o.fees * k.sold), ('total', o.total * k.sold),
           ('kept', o.amount_paid - o.amount_refunded), ('due', k.due),
           ('given_back', o.total * k.sold - o.amount_paid + o.amount_refunded - k.due)
"""
_OF_LINES = """
    SELECT 'class|' || l.kind || '|' || l.tax_rate || '|' || m.measure || '|' || l.tax_class, sum(m.amount)
      FROM order_lines l
     CROSS JOIN LATERAL (VALUES ('quantity', l.quantity), ('subtotal', l.subtotal), ('discount', l.discount), ('total', l.total),
                                ('tax', l.tax)) m (measure, amount)
     WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NULL AND k.sold = 1
     GROUP BY l.kind, l.tax_rate, m.measure, l.tax_class
    UNION ALL
    SELECT 'void|' || m.measure, sum(m.amount)
      FROM order_lines l CROSS JOIN LATERAL (VALUES ('count', 1), ('amount', l.subtotal)) m (measure, amount)
     WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NOT NULL
     GROUP BY m.measure
"""
_OF_DISCOUNTS = """
    SELECT 'discount|' || d.kind || '|' || m.measure, sum(m.amount)
      FROM order_discounts d CROSS JOIN LATERAL (VALUES ('count', 1), ('amount', d.off)) m (measure, amount)
     WHERE d.store_id = o.store_id AND d.order_id = o.id AND d.replaced_at IS NULL AND k.sold = 1
     GROUP BY d.kind, m.measure
    UNION ALL
    SELECT 'coupon|' || m.measure || '|' || d.name, sum(m.amount)
      FROM order_discounts d CROSS JOIN LATERAL (VALUES ('count', 1), ('amount', d.off)) m (measure, amount)
     WHERE d.store_id = o.store_id AND d.order_id = o.id AND d.replaced_at IS NULL AND k.sold = 1 AND d.kind = 'coupon'
     GROUP BY d.name, m.measure
"""
FIGURES = f"""
    (SELECT coalesce(jsonb_object_agg(f.figure, f.amount) FILTER (WHERE f.amount <> 0), '{{}}')
       FROM (SELECT (o.status <> 'canceled')::int::bigint AS sold,
                    CASE WHEN o.status = 'open' THEN greatest(o.total - o.amount_paid + o.amount_refunded, 0) ELSE 0 END AS due) k
      CROSS JOIN LATERAL ({_OF_ORDER} UNION ALL {_OF_LINES} UNION ALL {_OF_DISCOUNTS}) f (figure, amount))
"""
# The latest that a report found of an order `o`.
LATEST = """
    LEFT JOIN LATERAL (SELECT z.id, z.order_version, z.figures FROM z_orders z
                        WHERE z.store_id = o.store_id AND z.order_id = o.id ORDER BY z.id DESC LIMIT 1) z ON true
"""
# When an order was sold first: a part that was split off was sold with the whole.
SOLD_AT = """CASE WHEN o.split_from_id IS NULL THEN o.created_at
                  ELSE (SELECT w.created_at FROM orders w WHERE w.store_id = o.store_id AND w.id = o.split_from_id) END"""
# What an addendum is for: a sale without network that belongs to a shift which was closed by the time it came.
_CLOSED_SHIFT = """
    (SELECT s.id FROM shifts s
      WHERE s.store_id = o.store_id AND s.register_id = o.register_id AND s.status = 'closed' AND o.is_offline AND z.id IS NULL
        AND o.split_from_id IS NULL AND o.placed_at BETWEEN s.opened_at AND s.closed_at
      ORDER BY s.opened_at LIMIT 1)
"""
_ORDERS = f"""
    SELECT o.id, o.version, o.now_figures, o.previous_id, o.before, o.late_for FROM (
      SELECT o.id, o.version, {FIGURES} AS now_figures, z.id AS previous_id, z.figures AS before, {_CLOSED_SHIFT} AS late_for
        FROM orders o {LATEST}
       WHERE o.store_id = :store AND o.register_id = :register AND o.updated_at >= :since AND {SOLD_AT} >= :start
    ) o
     WHERE o.now_figures IS DISTINCT FROM coalesce(o.before, '{{}}')
     ORDER BY o.id
"""
# Money counts where it was taken or given; what came by link, or was given back from the office, with the register that sold the order.
_MONEY = f"""
    SELECT 'payment' AS kind, p.id, p.order_id, p.method, CASE WHEN p.status = 'succeeded' THEN p.amount ELSE 0 END AS amount,
           p.created_at, o.register_id, {SOLD_AT} AS sold_at, o.created_at = p.created_at AS came_with_sale, o.is_offline, o.placed_at
      FROM payments p JOIN orders o ON o.store_id = p.store_id AND o.id = p.order_id
     WHERE p.store_id = :store AND p.updated_at >= :since AND p.created_at >= :start
       AND coalesce(p.register_id, o.register_id) = :register
    UNION ALL
    SELECT 'refund', r.id, r.order_id, p.method, CASE WHEN r.status = 'succeeded' THEN r.amount ELSE 0 END,
           r.created_at, o.register_id, {SOLD_AT}, false, o.is_offline, o.placed_at
      FROM refunds r
      JOIN payments p ON p.store_id = r.store_id AND p.id = r.payment_id
      JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id
     WHERE r.store_id = :store AND r.updated_at >= :since AND r.created_at >= :start
       AND coalesce(r.register_id, o.register_id) = :register
    UNION ALL
    SELECT 'points', e.id, e.order_id, e.type, e.points, e.created_at, o.register_id, {SOLD_AT}, o.created_at = e.created_at, o.is_offline,
           o.placed_at
      FROM point_entries e JOIN orders o ON o.store_id = e.store_id AND o.id = e.order_id
     WHERE e.store_id = :store AND e.id >= :first_id AND e.created_at >= :start AND o.register_id = :register
       AND {SOLD_AT} >= :start
"""
# Cash of a sale without network lay in the drawer when it was sold, whenever that is told.
_ENTRIES = f"""
    SELECT m.kind, m.id, m.order_id, m.method, m.amount - coalesce(e.counted, 0) AS amount,
           (m.amount <> 0)::int - (coalesce(e.counted, 0) <> 0)::int AS count, e.previous_id,
           m.kind <> 'points' AND m.method = 'cash' AND CASE WHEN m.is_offline AND m.came_with_sale THEN m.placed_at >= :opened_at
                                                             ELSE m.created_at >= :opened END AS is_in_drawer,
           m.register_id IS NOT DISTINCT FROM :register AND m.sold_at >= :start AS is_own, m.came_with_sale
      FROM ({_MONEY}) m
      LEFT JOIN LATERAL (SELECT sum(e.amount)::bigint AS counted, (array_agg(e.id ORDER BY e.id DESC))[1] AS previous_id
                           FROM z_entries e WHERE e.store_id = :store AND e.item_id = m.id) e ON true
     WHERE m.amount <> coalesce(e.counted, 0)
     ORDER BY m.id
"""
# Both by one statement: a sale that is booked meanwhile is in both or in neither.
_FOUND = Statement(f"""
    SELECT (SELECT json_agg(o) FROM ({_ORDERS}) o) AS orders, (SELECT json_agg(e) FROM ({_ENTRIES}) e) AS entries
""")

Figures = dict[str, int]
_SIGNS = {"payment": 1, "refund": -1, "points": 0}


@dataclass(frozen=True)
class Window:
    """What a report may find: what changed at a register `since` the report before, of what there is since `start`, when its first shift
    was opened. Cash counts in the drawer that was `opened` then. All by the database's clock, but for `opened_at`, by which a tablet's sales
    without network are told apart."""

    register_id: UUID
    start: datetime
    since: datetime
    opened: datetime
    opened_at: datetime


@dataclass(frozen=True)
class FoundOrder:
    """An order whose figures are others than those that the latest report found. `late_for`: the closed shift to which it belongs."""

    id: UUID
    version: int
    figures: Figures
    before: Figures
    previous_id: UUID | None
    late_for: UUID | None


@dataclass(frozen=True)
class FoundEntry:
    """A payment, refund or entry of points, as far as no report has counted it: all of it (`count` 1), or what it comes to more or
    less since it was."""

    kind: str
    item_id: UUID
    order_id: UUID
    previous_id: UUID | None
    method: str
    count: int
    amount: int
    is_in_drawer: bool
    is_own: bool
    came_with_sale: bool

    def is_of(self, order_ids: set[UUID]) -> bool:
        """Whether it was booked together with one of these sales."""
        return self.order_id in order_ids and self.came_with_sale


@dataclass(frozen=True)
class Found:
    """All that a report counts."""

    orders: tuple[FoundOrder, ...] = ()
    entries: tuple[FoundEntry, ...] = ()

    def late_for(self, shift_id: UUID) -> "Found":
        """The sales without network that belong to a closed shift, with the money that came with them: that was in the drawer when its
        shift was counted."""
        orders = tuple(order for order in self.orders if order.late_for == shift_id)
        late = {order.id for order in orders}
        return Found(orders, tuple(_in_that_drawer(entry) for entry in self.entries if entry.is_of(late)))

    def in_time(self) -> "Found":
        """All the rest."""
        late = {order.id for order in self.orders if order.late_for}
        orders = tuple(order for order in self.orders if not order.late_for)
        return Found(orders, tuple(entry for entry in self.entries if not entry.is_of(late)))

    def shifts(self) -> list[UUID]:
        """The closed shifts that something came too late for."""
        return sorted({order.late_for for order in self.orders if order.late_for})


def find(window: Window) -> Found:
    """What changed at a register and no report has counted yet. One statement."""
    since = max(window.since - OVERLAP, window.start)
    [(orders, entries)] = _FOUND.rows(
        register=window.register_id,
        start=window.start,
        since=since,
        first_id=ids.first_uuid7_of(since - OVERLAP),
        opened=window.opened,
        opened_at=window.opened_at,
    )
    return Found(tuple(map(_order, orders or ())), tuple(map(_entry, entries or ())))


def summed(found: Found, movements: Iterable[tuple[str, int]] = ()) -> Figures:
    """The figures of a report: what the orders have more than when they were found before, the entries, and what was moved in the
    drawer (kind and amount). What comes to nothing is left out. `flask audit` finds the same sums by SQL (proofs.py)."""
    sums: Counter[str] = Counter()
    for order in found.orders:
        sums.update(order.figures)
        sums.subtract(order.before)
    for entry in found.entries:
        sums.update(dict.fromkeys(_names(entry), entry.amount))
        sums[f"{entry.kind}|count|{entry.method}"] += entry.count
        sums["for_others"] += 0 if entry.is_own else _SIGNS[entry.kind] * entry.amount
    for kind, amount in movements:
        sums.update({f"moved|count|{kind}": 1, f"moved|amount|{kind}": amount})
    return {name: amount for name, amount in sorted(sums.items()) if amount}


def _in_that_drawer(entry: FoundEntry) -> FoundEntry:
    return replace(entry, is_in_drawer=entry.kind != "points" and entry.method == "cash")


def _names(entry: FoundEntry) -> list[str]:
    """Under which names the amount of an entry counts."""
    names = [f"{entry.kind}|amount|{entry.method}"]
    if entry.is_in_drawer:
        names.append(f"drawer|{entry.kind}")
    return names


def _order(row: Mapping[str, Any]) -> FoundOrder:
    return FoundOrder(
        id=UUID(row["id"]),
        version=row["version"],
        figures=row["now_figures"],
        before=row["before"] or {},
        previous_id=UUID(row["previous_id"]) if row["previous_id"] else None,
        late_for=UUID(row["late_for"]) if row["late_for"] else None,
    )


def _entry(row: Mapping[str, Any]) -> FoundEntry:
    return FoundEntry(
        kind=row["kind"],
        item_id=UUID(row["id"]),
        order_id=UUID(row["order_id"]),
        previous_id=UUID(row["previous_id"]) if row["previous_id"] else None,
        method=row["method"],
        count=row["count"],
        amount=row["amount"],
        is_in_drawer=row["is_in_drawer"],
        is_own=row["is_own"],
        came_with_sale=row["came_with_sale"],
    )
