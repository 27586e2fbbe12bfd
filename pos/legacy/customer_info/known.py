"""What is known already of the people, orders and products that a batch of records names."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pos import ids
from pos.customers.actions import vault
from pos.legacy import holders
from pos.legacy.customer_info.records import Bought, Told
from pos.legacy.holders import Holder
from pos.legacy.models import CUSTOMER_INFO
from pos.statements import Statement

# By kind, so that each is found by its unique key, whatever PostgreSQL believes of the table's size.
_SOURCE_IDS = Statement(f"""
    SELECT s.external_id, coalesce(c.merged_into_id, s.customer_id), s.product_id, s.digest, c.erased_at IS NOT NULL
      FROM source_ids s LEFT JOIN customers c ON c.store_id = s.store_id AND c.id = s.customer_id
     WHERE s.store_id = :store AND s.source = '{CUSTOMER_INFO}' AND s.kind = :kind AND s.external_id = ANY(:external_ids)
""")
# The last one of a name counts: what is for sale, then what is older. PostgreSQL has its own way to make letters small.
_PRODUCTS = Statement("""
    SELECT id, name, sku, kind FROM products
     WHERE store_id = :store AND (id = ANY(:ids ::uuid[]) OR lower(name) = ANY (SELECT lower(told) FROM unnest(:names ::text[]) told))
     ORDER BY status DESC, id DESC
""")
_MEMBERS = Statement("""
    SELECT customer_id, id, joined_at FROM members WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[])
""")


class KnownId(NamedTuple):
    """An old customer or order that is in the books; `digest` is that of the customer's record, or that of an order (order_digest).
    Who was erased here is known, and not brought back."""

    customer_id: UUID
    digest: str | None = None
    is_erased: bool = False


class Joined(NamedTuple):
    """A member, and since when."""

    id: UUID
    joined_at: datetime


class Shelved(NamedTuple):
    """A product of the catalogue."""

    id: UUID
    sku: str
    kind: str


@dataclass
class Known:
    """By what the records call them: customers and orders by their old ids, people by number, products by old id and by name. Of a dry
    run also what it would have made, for as long as it lasts."""

    customers: dict[str, KnownId] = field(default_factory=dict)
    orders: dict[str, KnownId] = field(default_factory=dict)
    by_number: dict[str, list[Holder]] = field(default_factory=dict)
    products: dict[str, Shelved] = field(default_factory=dict)
    by_name: dict[str, Shelved] = field(default_factory=dict)
    kept_products: set[str] = field(default_factory=set)
    # None: a dry run would have made the member.
    members: dict[UUID, Joined | None] = field(default_factory=dict)

    def look_up(self, batch: Sequence[Told], numbers: Iterable[str]) -> None:
        """Reads what the books know of a batch, beside what is remembered."""
        product_ids = self._old_ids(batch)
        self.by_number |= holders.of_numbers(set(numbers) - self.by_number.keys())
        bought = [each for told in batch for each in told.orders]
        names = {each.name for each in bought if each.product_id not in product_ids}
        found = _PRODUCTS.rows(ids=list(product_ids.values()), names=sorted(names)) if product_ids or names else []
        shelved = {row[0]: Shelved(row[0], row[2], row[3]) for row in found}
        self.by_name |= {row[1].lower(): shelved[row[0]] for row in found}
        self.kept_products |= product_ids.keys()
        self.products |= {old_id: shelved[product_id] for old_id, product_id in product_ids.items()}

    def look_up_members(self, customer_ids: Sequence[UUID]) -> None:
        """Reads which of these customers are members."""
        rows = _MEMBERS.rows(customers=list(customer_ids))
        self.members |= {customer_id: Joined(*member) for customer_id, *member in rows}

    def _old_ids(self, batch: Sequence[Told]) -> dict[str, UUID]:
        """Reads which old ids are known; gives the products among them."""
        bought = [(told.id, each) for told in batch for each in told.orders]
        for external_id, customer_id, _, digest, is_erased in _rows("customer", {told.id for told in batch}):
            self.customers[external_id] = KnownId(customer_id, digest, is_erased)
        orders = {old_id for who, each in bought for old_id in (each.id, owned(who, each.id))}
        for external_id, customer_id, _, digest, _ in _rows("order", orders):
            self.orders[external_id] = KnownId(customer_id, digest)
        products = {each.product_id for _, each in bought if each.product_id}
        return {external_id: product_id for external_id, _, product_id, *_ in _rows("product", products)}


def _rows(kind: str, external_ids: Collection[str]) -> list[tuple[Any, ...]]:
    """Those that are known; of who was erased an id is kept as a keyed hash."""
    hashed = {} if kind == "product" else {vault().hash_old_id(each): each for each in external_ids}
    wanted = sorted({*external_ids, *hashed})
    rows = _SOURCE_IDS.rows(kind=kind, external_ids=wanted) if wanted else []
    return [(hashed.get(row[0], row[0]), *row[1:]) for row in rows]


def owned(customer: str, order: str) -> str:
    """The old id of an order whose own id another order has, too: some systems count for each customer anew. No id has a tab in it."""
    return f"{customer}\t{order}"


def order_digest(customer: str, bought: Bought) -> str:
    """Whose record told of an order, and what."""
    return f"{ids.digest(customer)[:16]} {ids.digest(repr(bought))[:32]}"


def is_same_order(one: str | None, other: str | None) -> bool:
    """Whether two orders of one person and one old id are the same, by their digests: told by one record, changed since or not, or
    told alike by two."""
    if one is None or other is None:
        return True
    return any(mine == theirs for mine, theirs in zip(one.split(), other.split(), strict=True))
