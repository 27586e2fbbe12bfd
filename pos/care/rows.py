"""The rows of one person under lock: a merged one before the one that it leads to, else by their ids."""

from collections.abc import Collection
from uuid import UUID

from pos.customers import actions as customers
from pos.customers.models import Customer
from pos.db import find
from pos.http.problems import Busy
from pos.statements import Statement

_TRIES = 30
# Which of two rows leads to the other, and so the order in which they are locked, changes with each merge and undo alone: one waits for the
# other before it looks. Both are rare.
_ALONE = Statement("SELECT pg_advisory_xact_lock(hashtextextended('care:' || :store ::text, 0))")
# PostgreSQL has no statistics of rows that were just written, and would read whole tables to find some hundred of them.
_BY_INDEX = Statement(
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
)
# PostgreSQL keeps the plan by which it looks for a row's parent; one that was made while the table was small reads all of it.
_PLAN_ANEW = Statement("DISCARD PLANS")
_BEGIN = Statement("SAVEPOINT persons")
_GIVE_BACK = Statement("ROLLBACK TO SAVEPOINT persons")
_KEEP = Statement("RELEASE SAVEPOINT persons")
_LEADING_TO = Statement("SELECT id FROM customers WHERE store_id = :store AND merged_into_id = :customer ORDER BY id")
_LEAD = Statement("""
    UPDATE customers SET merged_into_id = :to, version = version + 1, updated_at = now()
     WHERE store_id = :store AND id = ANY(:customers ::uuid[])
""")
# As the orders say, for rows whose orders came or went in numbers.
_RECKON = Statement("""
    UPDATE customers c SET order_count = f.count, first_order_at = f.first_at, last_order_at = f.last_at, total_spent = f.spent,
           updated_at = now()
      FROM (SELECT x.id, count(o.id) FILTER (WHERE o.status <> 'canceled') AS count,
                   min(o.placed_at) FILTER (WHERE o.status <> 'canceled') AS first_at,
                   max(o.placed_at) FILTER (WHERE o.status <> 'canceled') AS last_at,
                   coalesce(sum(o.amount_paid - o.amount_refunded), 0)::bigint AS spent
              FROM unnest(:customers ::uuid[]) AS x (id)
              LEFT JOIN orders o ON o.store_id = :store AND o.customer_id = x.id
             GROUP BY x.id) f
     WHERE c.store_id = :store AND c.id = f.id
""")


def alone() -> None:
    """Nobody else merges or undoes in this store until the commit; comes before all locks."""
    _ALONE.run()


def open_books() -> None:
    """Before the first look-up of a transaction that writes in numbers. Who is found then is nobody else until the commit: no rows are merged
    meanwhile."""
    alone()
    _BY_INDEX.run()
    plan_anew()


def plan_anew() -> None:
    """Before each batch that is written in numbers: the tables have grown since."""
    _PLAN_ANEW.run()


def locked_with_those_leading_to(duplicate_id: UUID, kept_id: UUID) -> tuple[Customer, Customer, list[UUID]]:
    """Two rows that are about to be one, and who leads to the first of them, all locked. Who leads there is known for sure only under
    its lock; if somebody came in between, the locks are given back and taken anew. Raises NotFound, Busy."""
    for _ in range(_TRIES):
        _BEGIN.soon()
        leading = _leading_to(duplicate_id)
        customers.lock(*leading, duplicate_id, kept_id)
        duplicate, kept = find(Customer, duplicate_id, lock=True), find(Customer, kept_id, lock=True)
        if set(_leading_to(duplicate_id)) <= set(leading):
            _KEEP.soon()
            return duplicate, kept, leading
        _GIVE_BACK.run()
    raise Busy


def lead(customer_ids: Collection[UUID], *, to: UUID) -> None:
    """These rows are the person whom this one stands for; they are locked."""
    if customer_ids:
        _LEAD.run(customers=list(customer_ids), to=to)


def reckon(*customer_ids: UUID) -> None:
    """Counts the figures of these rows anew."""
    _RECKON.run(customers=list(customer_ids))


def _leading_to(customer_id: UUID) -> list[UUID]:
    return [row[0] for row in _LEADING_TO.rows(customer=customer_id)]
