"""Orders are locked after their customers, and several of a kind in the order of their ids (docs/architecture.md).

Whose an order is, is known only once it is locked: it may move while its customer is waited for. Then the locks are given
back and taken anew, since to reach for another customer with the order in hand is how deadlocks are made. The savepoint
for that travels with the statements around it.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from pos.customers import actions as customers
from pos.http.problems import Busy
from pos.orders import actions as orders
from pos.orders.models import Order
from pos.statements import Statement

_TRIES = 30
_BEGIN = Statement("SAVEPOINT locks")
_GIVE_BACK = Statement("ROLLBACK TO SAVEPOINT locks")
_KEEP = Statement("RELEASE SAVEPOINT locks")
_HOLDERS = Statement("SELECT customer_id FROM orders WHERE store_id = :store AND id = ANY(:orders ::uuid[])")


def locked(
    order_ids: Collection[UUID],
    *other_customers: UUID,
    holders: Collection[UUID] = (),
    by: Callable[[UUID], Order] = orders.locked,
) -> dict[UUID, Order]:
    """The orders by id, locked until the commit, with their customers (and others that the act is about) locked before
    them. `holders` are the orders' customers, from who has just read them; `by` locks and reads an order. Raises NotFound,
    Busy, and what `by` raises: by default WebOrder for one of the web shop."""
    wanted = sorted(set(order_ids))
    people = {*holders, *other_customers}
    for attempt in range(_TRIES):
        _BEGIN.soon()
        if attempt or not holders:
            people = {row[0] for row in _HOLDERS.rows(orders=wanted)} | set(other_customers)
        customers.lock(*people)
        found = {order_id: by(order_id) for order_id in wanted}
        if people >= {order.customer_id for order in found.values()}:
            _KEEP.soon()
            return found
        _GIVE_BACK.run()
    raise Busy
