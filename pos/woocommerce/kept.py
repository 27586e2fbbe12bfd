"""Web orders as they stand in the books: what the shop's are compared with."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pos.statements import Statement
from pos.woocommerce.wanted import Kept, KeptLine, LineKey

_FIGURES = ("status", "subtotal", "discount", "tax", "shipping", "fees", "tax_in_charges", "total", "placed_at")
_KEPT = Statement(f"""
    SELECT o.wc_order_id, o.id, o.customer_id, c.erased_at IS NOT NULL, o.source_modified_at, o.updated_at, o.note,
           o.amount_paid - o.amount_refunded, {", ".join(f"o.{name}" for name in _FIGURES)},
           (SELECT json_agg(json_build_array(l.id, l.name, l.sku, l.quantity, l.unit_price, l.discount, l.tax) ORDER BY l.position)
              FROM order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NULL),
           (SELECT array_agg(r.wc_refund_id) FROM refunds r
             WHERE r.store_id = o.store_id AND r.order_id = o.id AND r.wc_refund_id IS NOT NULL)
      FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
     WHERE o.store_id = :store AND o.wc_order_id = ANY(:numbers ::bigint[])
""")
# Those who hold the money of a transaction; one that is canceled holds none, nor does one that is not paid any more.
_PAID_BY = Statement("""
    SELECT p.external_id, min(o.wc_order_id)
      FROM payments p JOIN orders o ON o.store_id = p.store_id AND o.id = p.order_id
     WHERE p.store_id = :store AND p.external_id = ANY(:transactions) AND o.status <> 'canceled'
       AND o.amount_paid > o.amount_refunded
     GROUP BY p.external_id
""")
_GOODS = Statement("""
    SELECT wc_product_id, id, kind, sku FROM products WHERE store_id = :store AND wc_product_id = ANY(:numbers ::bigint[])
""")
# What the shop ought to have listed between two of its numbers.
_ORDERS_BETWEEN = Statement("""
    SELECT wc_order_id FROM orders
     WHERE store_id = :store AND wc_order_id > :after AND (:upto ::bigint IS NULL OR wc_order_id <= :upto ::bigint)
       AND placed_at > :since AND NOT (status = 'canceled' AND amount_paid = amount_refunded)
""")
_LATEST = Statement("""
    SELECT wc_order_id, placed_at FROM orders
     WHERE store_id = :store AND wc_order_id IS NOT NULL ORDER BY status = 'canceled', wc_order_id DESC LIMIT 20
""")
_REFUNDS = Statement("""
    SELECT r.wc_refund_id, o.wc_order_id FROM refunds r JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id
     WHERE r.store_id = :store AND r.wc_refund_id = ANY(:numbers ::bigint[])
""")


class Goods(NamedTuple):
    """A product here that the shop's is."""

    id: UUID
    kind: str
    sku: str


def orders(numbers: Collection[int]) -> dict[int, Kept]:
    """The web orders with these numbers of the shop."""
    return {number: _kept(*row) for number, *row in _KEPT.rows(numbers=sorted(numbers))} if numbers else {}


def _kept(*row: Any) -> Kept:
    order_id, customer_id, is_erased, modified_at, updated_at, note, held, *figures, lines, refunds = row
    return Kept(
        id=order_id,
        customer_id=customer_id,
        is_erased=is_erased,
        modified_at=modified_at,
        updated_at=updated_at,
        figures=dict(zip(_FIGURES, figures, strict=True)),
        note=note,
        held=held,
        refunds=frozenset(refunds or ()),
        lines=tuple(KeptLine(UUID(line_id), LineKey(*key)) for line_id, *key in lines or ()),
    )


def paid_by(transactions: Iterable[str]) -> dict[str, int]:
    """Of each transaction the first web order that holds its money."""
    wanted = sorted(set(transactions))
    return dict(_PAID_BY.rows(transactions=wanted)) if wanted else {}  # type: ignore[arg-type]


def goods(numbers: Iterable[int]) -> Mapping[int, Goods]:
    """The products that are here of these of the shop."""
    wanted = sorted({number for number in numbers if number})
    return {number: Goods(*row) for number, *row in _GOODS.rows(numbers=wanted)} if wanted else {}


def orders_between(after: int, upto: int | None, since: datetime) -> list[int]:
    """The web orders that count, of numbers above the one and up to the other, placed since then."""
    return [row[0] for row in _ORDERS_BETWEEN.rows(after=after, upto=upto, since=since)]


def latest() -> dict[int, datetime]:
    """Some of the newest web orders, by the shop's numbers, with when they were placed; canceled ones, which may be gone there, last."""
    return dict(_LATEST.rows())  # type: ignore[arg-type]


def refunds(numbers: Collection[int]) -> dict[int, int]:
    """Of these refunds of the shop those that are in the books, each with its order's number."""
    return dict(_REFUNDS.rows(numbers=sorted(numbers))) if numbers else {}  # type: ignore[arg-type]
