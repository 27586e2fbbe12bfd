"""The ETags of orders: in one small statement, without reading the order, whether anything that it shows has changed.

A tag is a digest of all row versions that the answer is made of. PostgreSQL keeps with each row the transaction that wrote it
(`xmin`), so whatever is changed, by whichever way, changes the digest; rows of orders are never deleted. It is a digest of all of them, not
the latest `updated_at` or the highest transaction: a transaction that began earlier and commits later would hide behind those. What points show
changes also with the time alone, when some expire; it is small, and digested as it is shown.

A tag is read before what it stands for, so it may be older than that, never newer: who asks at the instant of a change gets the order
once more.
"""

from uuid import UUID

from pos import ids
from pos.checkout.queries import WHOLE, UnknownReference
from pos.checkout.selection import FROM_ORDERS, Selection
from pos.errors import NotFound
from pos.loyalty.queries import BRIEFLY, OF_ORDER, SPENT_ON
from pos.statements import Statement

_TABLES = ("order_lines", "order_discounts", "payments", "refunds", "disputes", "payment_links")


def _versions(table: str) -> str:
    """The versions of an order's rows in another table, in the order of their ids."""
    return f"""(SELECT string_agg(r.xmin::text, ',' ORDER BY r.id) FROM {table} r
          WHERE r.store_id = o.store_id AND r.order_id = o.id)"""


# A row as text tells its fields apart, also those that are NULL. Another version of the program may show more of the same rows.
_DIGEST = f"""md5(ROW('{ids.digest(WHOLE)[:8]}', o.id, o.xmin, c.xmin, {", ".join(map(_versions, _TABLES))},
       {BRIEFLY}, {OF_ORDER}, {SPENT_ON})::text)"""
_ONE = f"SELECT o.version || '.' || {_DIGEST} {FROM_ORDERS}"
_BY_ID = Statement(f"{_ONE} AND o.id = :wanted")
_BY_REFERENCE = Statement(f"{_ONE} AND o.reference = :wanted")


def of_order(order_id: UUID) -> str:
    """`<version>.<digest>`: If-Match only looks at the version. Raises NotFound."""
    row = _BY_ID.first(wanted=order_id)
    if row is None:
        raise NotFound(what="order")
    return str(row[0])


def of_reference(reference: str) -> str:
    """The same of the order with this reference, already normalised. Raises UnknownReference."""
    row = _BY_REFERENCE.first(wanted=reference)
    if row is None:
        raise UnknownReference(reference=reference)
    return str(row[0])


def of_list(chosen: Selection) -> str:
    """The tag of a page of a list: which orders it shows, and each of them as it is."""
    return str(list_statement(chosen).rows(**chosen.values)[0][0])


def list_statement(chosen: Selection) -> Statement:
    """The statement by which a page's tag is found."""
    page = f"SELECT o.id, {_DIGEST} AS digest {FROM_ORDERS} {chosen.conditions}"
    return Statement(f"SELECT md5(string_agg(page.digest, ',' ORDER BY page.id DESC)) FROM ({page}) page")
