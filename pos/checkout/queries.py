"""What is asked of orders: an order whole, with lines, payments and customer, in one statement, alone or in a list."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app

from pos.errors import NotFound
from pos.http.access import StoreFacts
from pos.orders.lifecycle import amount_due
from pos.statements import Statement

_LINE = """'id', l.id, 'position', l.position, 'product_id', l.product_id, 'sku', l.sku, 'kind', l.kind, 'name', l.name,
                 'quantity', l.quantity, 'unit_price', l.unit_price, 'list_price', l.list_price, 'price_rule', l.price_rule,
                 'modifiers', l.modifiers, 'subtotal', l.subtotal, 'discount', l.discount, 'total', l.total, 'tax', l.tax,
                 'tax_rate', l.tax_rate::text, 'note', l.note"""
_WHOLE = f"""
SELECT o.id, o.reference, o.public_token, o.status, o.payment_status, o.fulfillment_status, o.kind, o.source, o.currency,
       o.tax_included, o.subtotal, o.discount, o.tax, o.tip, o.shipping, o.fees, o.total, o.amount_paid, o.amount_refunded,
       o.note, o.tab_name, o.is_offline, o.merged_into_id, o.split_from_id, o.cancel_reason, o.location_id, o.register_id,
       o.user_id, o.placed_at, o.received_at, o.completed_at, o.canceled_at, o.version,
       (SELECT coalesce(json_agg(json_build_object({_LINE}) ORDER BY l.position), '[]')
          FROM order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NULL) AS lines,
       (SELECT coalesce(json_agg(json_build_object({_LINE}, 'voided_at', l.voided_at, 'void_reason', l.void_reason)
               ORDER BY l.position), '[]')
          FROM order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NOT NULL) AS voided_lines,
       (SELECT coalesce(json_agg(json_build_object(
                 'id', d.id, 'line_id', d.line_id, 'kind', d.kind, 'name', d.name, 'percent', d.percent, 'amount', d.amount,
                 'off', d.off, 'reason', d.reason) ORDER BY d.id), '[]')
          FROM order_discounts d
         WHERE d.store_id = o.store_id AND d.order_id = o.id AND d.replaced_at IS NULL) AS discounts,
       (SELECT coalesce(json_agg(json_build_object(
                 'id', p.id, 'method', p.method, 'amount', p.amount, 'tendered', p.tendered, 'status', p.status)
               ORDER BY p.id), '[]')
          FROM payments p WHERE p.store_id = o.store_id AND p.order_id = o.id) AS payments,
       (SELECT coalesce(json_agg(json_build_object(
                 'id', r.id, 'request_id', r.request_id, 'payment_id', r.payment_id, 'amount', r.amount, 'status', r.status,
                 'reason', r.reason) ORDER BY r.id), '[]')
          FROM refunds r WHERE r.store_id = o.store_id AND r.order_id = o.id) AS refunds,
       json_build_object('id', c.id, 'phone', c.phone, 'name', c.name, 'origin', c.origin,
                 'created', c.created_at = o.created_at, 'order_count', c.order_count,
                 'marketing_consent', c.marketing_consent, 'member', NULL) AS customer
  FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
 WHERE o.store_id = :store
"""
_BY_ID = Statement(_WHOLE + " AND o.id = :wanted")
_BY_REFERENCE = Statement(_WHOLE + " AND o.reference = :wanted")
FILTERS = ("status", "payment_status", "fulfillment_status", "kind", "customer_id")


class UnknownReference(NotFound):
    advice = "No order of this store has the reference {reference}. Check it against the receipt."


def order(store: StoreFacts, order_id: UUID) -> dict[str, Any]:
    """The order as the API shows it. Raises NotFound."""
    found = _shown(store, _BY_ID, wanted=order_id)
    if not found:
        raise NotFound(what="order")
    return found[0]


def order_by_reference(store: StoreFacts, reference: str) -> dict[str, Any]:
    """The order with this reference, already normalised by ids.read_reference. Raises UnknownReference."""
    found = _shown(store, _BY_REFERENCE, wanted=reference)
    if not found:
        raise UnknownReference(reference=reference)
    return found[0]


def orders(
    store: StoreFacts, filters: dict[str, Any], *, since: datetime | None, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Whole orders, newest first, at most `limit`; `before` is the id after which to go on."""
    conditions = [f" AND o.{name} = :{name}" for name in FILTERS if name in filters]
    conditions += [" AND o.placed_at >= :since"] * (since is not None) + [" AND o.id < :before"] * (before is not None)
    statement = Statement(_WHOLE + "".join(conditions) + " ORDER BY o.id DESC LIMIT :limit")
    return _shown(store, statement, **filters, since=since, before=before, limit=limit)


def _shown(store: StoreFacts, statement: Statement, **asked: Any) -> list[dict[str, Any]]:
    return [_as_answer(store, row) for row in statement.mappings(**asked)]


def _as_answer(store: StoreFacts, row: dict[str, Any]) -> dict[str, Any]:
    base = current_app.config["PUBLIC_BASE_URL"]
    change = sum((payment["tendered"] or payment["amount"]) - payment["amount"] for payment in row["payments"])
    amounts = {"total": row["total"], "paid": row["amount_paid"], "refunded": row["amount_refunded"]}
    return row | {
        "amount_due": amount_due(status=row["status"], **amounts),
        "change_due": change,
        "payment_link": None,
        "points": None,
        "public_url": f"{base}/{store.slug}/o/{row.pop('public_token')}",
    }
