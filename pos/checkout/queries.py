"""What is asked of orders: an order whole, with lines, payments and customer, in one statement, alone or in a list."""

from typing import Any
from uuid import UUID

from flask import current_app

from pos.checkout.place import Sold
from pos.checkout.selection import FROM_ORDERS, Selection
from pos.errors import NotFound
from pos.http.access import StoreFacts
from pos.loyalty.queries import BRIEFLY, OF_ORDER, SPENT_ON
from pos.orders.actions import discount_row, line_row
from pos.orders.lifecycle import amount_due
from pos.statements import Statement

ORDER_COLUMNS = (
    "id", "reference", "public_token", "status", "payment_status", "fulfillment_status", "kind", "source", "currency",
    "tax_included", "subtotal", "discount", "tax", "tip", "shipping", "fees", "total", "amount_paid", "amount_refunded", "note",
    "tab_name", "is_offline", "merged_into_id", "split_from_id", "cancel_reason", "location_id", "register_id", "user_id", "member_id",
    "placed_at", "received_at", "completed_at", "canceled_at", "version", "tax_in_charges", "wc_order_id",
)  # fmt: skip
LINE_COLUMNS = (
    "id", "position", "product_id", "sku", "kind", "name", "quantity", "unit_price", "list_price", "price_rule", "modifiers",
    "subtotal", "discount", "total", "tax", "tax_rate", "note",
)  # fmt: skip
VOIDED_COLUMNS = (*LINE_COLUMNS, "voided_at", "void_reason")
DISCOUNT_COLUMNS = ("id", "line_id", "kind", "name", "percent", "amount", "off", "reason")
PAYMENT_COLUMNS = ("id", "method", "amount", "tendered", "status")
REFUND_COLUMNS = ("id", "request_id", "payment_id", "amount", "status", "source", "reason", "failure")
DISPUTE_COLUMNS = ("id", "payment_id", "amount", "status", "reason")
LINK_COLUMNS = ("id", "attempt", "status", "amount", "tip", "provider_url", "failure", "declined_count", "expires_at")
CUSTOMER_COLUMNS = ("id", "phone", "name", "origin", "order_count", "marketing_consent")


def json_of(alias: str, columns: tuple[str, ...]) -> str:
    """The columns of a row as arguments of json_build_object, written as the API writes them."""
    return ", ".join(f"'{name}', {_as_json(f'{alias}.{name}')}" for name in columns)


def _as_json(column: str) -> str:
    """A rate is a text, since JSON numbers are floats; an instant is written as the API writes them all."""
    if column.endswith("tax_rate"):
        return f"{column}::text"
    is_instant = column.endswith("_at")
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""" if is_instant else column


def _rows(table: str, columns: tuple[str, ...], *, order_by: str = "id", only: str = "true") -> str:
    """The rows of an order in another table as a JSON array."""
    return f"""(SELECT coalesce(json_agg(json_build_object({json_of("r", columns)}) ORDER BY r.{order_by}), '[]')
          FROM {table} r WHERE r.store_id = o.store_id AND r.order_id = o.id AND {only})"""


WHOLE = f"""
SELECT {", ".join(f"o.{name}" for name in ORDER_COLUMNS)},
       {_rows("order_lines", LINE_COLUMNS, order_by="position", only="r.voided_at IS NULL")} AS lines,
       {_rows("order_lines", VOIDED_COLUMNS, order_by="position", only="r.voided_at IS NOT NULL")} AS voided_lines,
       {_rows("order_discounts", DISCOUNT_COLUMNS, only="r.replaced_at IS NULL")} AS discounts,
       {_rows("payments", PAYMENT_COLUMNS)} AS payments,
       {_rows("refunds", REFUND_COLUMNS)} AS refunds,
       {_rows("disputes", DISPUTE_COLUMNS)} AS disputes,
       (SELECT json_build_object({json_of("l", LINK_COLUMNS)}) FROM payment_links l
         WHERE l.store_id = o.store_id AND l.order_id = o.id ORDER BY l.attempt DESC LIMIT 1) AS payment_link,
       json_build_object({json_of("c", CUSTOMER_COLUMNS)}, 'created', c.created_at = o.created_at, 'member', {BRIEFLY}) AS customer,
       {OF_ORDER} AS points,
       {SPENT_ON} AS rewards
{FROM_ORDERS}
"""
_BY_ID = Statement(WHOLE + " AND o.id = :wanted")
_BY_REFERENCE = Statement(WHOLE + " AND o.reference = :wanted")


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


def orders(store: StoreFacts, chosen: Selection) -> list[dict[str, Any]]:
    """The orders of a list, whole, newest first."""
    return _shown(store, Statement(WHOLE + chosen.conditions), **chosen.values)


def just_sold(store: StoreFacts, sold: Sold) -> dict[str, Any]:
    """The same of a sale in the transaction that writes it, without asking for what was just written."""
    written = {**dict.fromkeys(ORDER_COLUMNS), "tax_in_charges": 0, **sold.order}
    lines = [line_row(written["id"], line) for line in sold.priced.lines]
    discounts = sorted((discount_row(written["id"], *granted) for granted in sold.priced.discounts), key=_by_id)
    row = {name: written[name] for name in ORDER_COLUMNS} | {
        "lines": [{name: line[name] for name in LINE_COLUMNS} for line in lines],
        "voided_lines": [],
        "discounts": [{name: discount[name] for name in DISCOUNT_COLUMNS} for discount in discounts],
        "payments": [{name: sold.payment[name] for name in PAYMENT_COLUMNS}] if sold.payment else [],
        "refunds": [],
        "disputes": [],
        "payment_link": {name: getattr(sold.link, name) for name in LINK_COLUMNS} if sold.link else None,
        "customer": {name: getattr(sold.customer, name) for name in (*CUSTOMER_COLUMNS, "created")}
        | {"member": sold.points.member if sold.points else None},
        "points": sold.points.shown if sold.points else None,
        "rewards": [each.shown() for each in sorted(sold.spent.all, key=lambda each: each.redemption_id)],
    }
    return _as_answer(store, row)


def _by_id(row: dict[str, Any]) -> UUID:
    return row["id"]  # type: ignore[no-any-return]


def _shown(store: StoreFacts, statement: Statement, **asked: Any) -> list[dict[str, Any]]:
    return [_as_answer(store, row) for row in statement.mappings(**asked)]


def _as_answer(store: StoreFacts, row: dict[str, Any]) -> dict[str, Any]:
    base = current_app.config["PUBLIC_BASE_URL"]
    change = sum((payment["tendered"] or payment["amount"]) - payment["amount"] for payment in row["payments"])
    amounts = {"total": row["total"], "paid": row["amount_paid"], "refunded": row["amount_refunded"]}
    home, token = f"{base}/{store.slug}", row.pop("public_token")
    if row["payment_link"]:
        row["payment_link"] |= {"url": f"{home}/p/{token}", "qr_url": f"{home}/p/{token}.svg"}
    return row | {
        "amount_due": amount_due(status=row["status"], **amounts),
        "change_due": change,
        "public_url": f"{home}/o/{token}",
    }
