"""Who is no member yet and would have most from it: customers with a phone number, and the points that joining would bring."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from pos.checkout import remaining
from pos.checkout.imagined import Imagined, Place
from pos.http.paging import rank_cursor, read_rank_cursor
from pos.loyalty.rules import Rules
from pos.statements import Statement

# By points are ranked at most so many who bought most of late; each order of theirs is looked at.
MOST_ORDERS = 700
_RANKS = {"points": "coalesce(p.points, 0)", "visits": "c.order_count", "spend": "c.total_spent"}

_BUYERS = Statement("""
    SELECT customer_id FROM (
      SELECT o.customer_id, sum(count(*)) OVER (ORDER BY sum(o.amount_paid - o.amount_refunded) DESC, o.customer_id) AS orders
        FROM orders o
       WHERE o.store_id = :store AND o.placed_at >= :since AND o.member_id IS NULL AND o.paid_at IS NOT NULL
         AND o.status <> 'canceled' AND o.amount_paid > o.amount_refunded
       GROUP BY o.customer_id) buyers
     WHERE orders <= :most
""")
_SHOWN = ("customer_id", "name", "phone", "visits", "spent", "last_order_at")
_RANKED = {
    by: Statement(f"""
        SELECT c.id AS customer_id, c.name, c.phone, c.order_count AS visits, c.total_spent AS spent, c.last_order_at, {rank} AS rank
          FROM customers c
          LEFT JOIN json_to_recordset(:promised) AS p (id uuid, points bigint) ON p.id = c.id
         WHERE c.store_id = :store AND c.phone IS NOT NULL AND c.merged_into_id IS NULL AND c.erased_at IS NULL
           AND NOT EXISTS (SELECT FROM members m WHERE m.store_id = c.store_id AND m.customer_id = c.id)
           AND (:last ::uuid IS NULL OR ({rank}, c.order_count, c.total_spent, c.id)
                                      < (:rank ::bigint, :visits ::bigint, :spent ::bigint, :last ::uuid))
         ORDER BY {rank} DESC, c.order_count DESC, c.total_spent DESC, c.id DESC LIMIT :limit
    """)
    for by, rank in _RANKS.items()
}


def list_opportunities(
    rules: Rules, timezone: str, now: datetime, *, by: str, limit: int, after: str | None = None
) -> dict[str, Any]:
    """A page of customers who may join, best first. By points: those who would get some at once, as far as the
    MOST_ORDERS orders of the best buyers of the programme's joining days tell, then the others by their visits."""
    joining = _Joining(rules, Place(timezone), now)
    promised = joining.points_of(joining.buyers()) if by == "points" else {}
    rows = _ranked(by, promised, limit + 1, after)
    shown = rows[:limit]
    points = promised | joining.points_of([row["customer_id"] for row in shown if row["customer_id"] not in promised])
    return {
        "data": [{name: row[name] for name in _SHOWN} | {"points": points[row["customer_id"]]} for row in shown],
        "next": _cursor(shown[-1]) if len(rows) > limit else None,
    }


class _Joining:
    """What customers would hold if they joined at this moment."""

    def __init__(self, rules: Rules, place: Place, now: datetime) -> None:
        self._rules, self._place, self._now = rules, place, now
        self._since = now - timedelta(days=rules.joining_days)

    def buyers(self) -> list[UUID]:
        """Those who are no members and bought most in the days that joining looks back on."""
        if not self._rules.joining_days:
            return []
        return [customer_id for (customer_id,) in _BUYERS.rows(since=self._since, most=MOST_ORDERS)]

    def points_of(self, customer_ids: Collection[UUID]) -> dict[UUID, int]:
        """The points of each of these customers."""
        accounts = {each: Imagined(each, self._rules, self._place, self._now) for each in customer_ids}
        if accounts and self._rules.joining_days:
            for sold in remaining.bought_by(list(accounts), self._since):
                accounts[sold.customer_id].buy(sold)
        return {customer_id: account.balance for customer_id, account in accounts.items()}


def _ranked(by: str, promised: Mapping[UUID, int], limit: int, after: str | None) -> list[dict[str, Any]]:
    rank, visits, spent, last = (None, None, None, None) if after is None else read_rank_cursor(after)
    found = [{"id": str(customer_id), "points": points} for customer_id, points in promised.items()]
    sent = orjson.dumps(found).decode()
    return _RANKED[by].mappings(promised=sent, rank=rank, visits=visits, spent=spent, last=last, limit=limit)


def _cursor(row: Mapping[str, Any]) -> str:
    return rank_cursor((row["rank"], row["visits"], row["spent"]), row["customer_id"])
