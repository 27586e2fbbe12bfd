"""Every proof finds the fault that it is for: faults are planted past all constraints, one by one, and taken back.

A proof without a fault here fails, so that none is believed only because it has never found anything.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool
from werkzeug.test import TestResponse

from pos import clock, create_app, postgres
from pos.analytics.rollups import flows as rollups
from pos.analytics.rollups.rollup import ROLLUPS, Rollup
from pos.audit.actions import all_proofs, audit_store
from pos.db import Base, transaction
from pos.loyalty import actions as loyalty
from pos.loyalty import sweep
from pos.proofs import Proof, tenancy
from pos.walls import store_tables
from tests.checkout import stripe
from tests.client import Shop, new_key
from tests.operations import ANY_VERSION, PHONE, furnish, tour
from tests.tenancy.neighbours import Neighbours, empty_tables, neighbours

assert create_app  # Importing the application brings in every model, and with them every proof.
PROOFS = {proof.name: proof for proof in all_proofs()}
OWES, SPENDS, MERGES, HEIR = (f"+1415555014{number}" for number in range(4))
TEES: dict[str, Any] = {
    "items": [{"sku": "TEE-BLK-M", "quantity": 1}, {"sku": "IPA", "quantity": 1}],
    "payment": {"method": "card"},
}
TENANCY = sorted(proof.name for proof in tenancy())

# Of which rows a fault is made; each statement gives back what the proof must name.
PAID = "(SELECT id FROM orders WHERE store_id = :store AND wc_order_id IS NULL AND amount_paid > 0 AND amount_refunded = 0 LIMIT 1)"
UNPAID = (
    "(SELECT id FROM orders WHERE store_id = :store AND wc_order_id IS NULL AND amount_paid = 0 AND total > 0 LIMIT 1)"
)
TAXED = (
    "(SELECT id FROM orders WHERE store_id = :store AND wc_order_id IS NULL AND tax > 0 AND amount_paid > 0 LIMIT 1)"
)
REFUNDED = "(SELECT id FROM orders WHERE store_id = :store AND wc_order_id IS NULL AND amount_refunded > 0 LIMIT 1)"
OF_GOODS = "(SELECT refund_id FROM refund_lines WHERE store_id = :store)"
BUYER = "(SELECT customer_id FROM consents WHERE store_id = :store LIMIT 1)"
RETURNED = "FROM order_coupons WHERE store_id = :store AND returned_at IS NOT NULL"
PRODUCT = "(SELECT id FROM products WHERE store_id = :store AND wc_product_id IS NULL LIMIT 1)"
EARNED = "(SELECT order_id FROM point_entries WHERE store_id = :store GROUP BY order_id HAVING sum(points) > 0 AND order_id IS NOT NULL LIMIT 1)"
ACCUMULATED = "SELECT order_id FROM point_entries WHERE store_id = :store AND type = 'accumulate'"
OF_LOT = "(SELECT lot_id FROM point_entries WHERE store_id = :store GROUP BY lot_id HAVING count(*) = 1 AND lot_id IS NOT NULL LIMIT 1)"
GONE = "(SELECT id FROM orders WHERE store_id = :store AND status = 'canceled' AND amount_paid > 0 AND member_id IS NOT NULL LIMIT 1)"
OWING = "(SELECT id FROM members WHERE store_id = :store AND debt > 0)"
LEVELED = "(SELECT id FROM members WHERE store_id = :store AND level_points > 0 LIMIT 1)"
MERGED = "(SELECT id FROM members WHERE store_id = :store AND merged_into_id IS NOT NULL ORDER BY id DESC LIMIT 1)"
MERGED_CUSTOMER = f"(SELECT customer_id FROM members WHERE store_id = :store AND id = {MERGED})"
STRANGER = (
    "(SELECT c.id FROM customers c WHERE c.store_id = :store AND c.order_count > 0"
    " AND NOT EXISTS (SELECT FROM members m WHERE m.store_id = :store AND m.customer_id = c.id) LIMIT 1)"
)
UNUSED = "(SELECT id FROM redemptions WHERE store_id = :store AND order_id IS NULL AND returned_points = 0)"
ENDED = "(SELECT id FROM redemptions WHERE store_id = :store AND order_id IS NULL AND returned_points > 0)"
SPENT = "(SELECT id FROM redemptions WHERE store_id = :store AND order_id IS NOT NULL AND returned_points = 0 LIMIT 1)"
TEXT = "(SELECT id FROM messages WHERE store_id = :store AND status = 'sending' ORDER BY sending_at DESC LIMIT 1)"
QUESTION = "(SELECT id FROM messages WHERE store_id = :store AND direction = 'in' AND intent IS DISTINCT FROM 'stop' ORDER BY id LIMIT 1)"
ERASED = "(SELECT id FROM customers WHERE store_id = :store AND erased_at IS NOT NULL)"
ENDED_CARD = "(SELECT id FROM members WHERE store_id = :store AND ended_at IS NOT NULL)"
SILENT = "(SELECT id FROM customers WHERE store_id = :store AND marketing_consent IS NULL LIMIT 1)"

COUNTED = "(SELECT id FROM z_orders z WHERE store_id = :store AND NOT EXISTS (SELECT FROM z_orders y WHERE y.previous_id = z.id) LIMIT 1)"
LAST_Z = "(SELECT id FROM z_reports WHERE store_id = :store ORDER BY sequence DESC LIMIT 1)"


def _z(change: str, subject: str = "id") -> str:
    return f"UPDATE z_reports SET {change} WHERE store_id = :store AND id = {LAST_Z} RETURNING {subject}"


def _z_row(table: str, change: str, which: str, subject: str = "report_id") -> str:
    one = f"(SELECT id FROM {table} WHERE store_id = :store AND {which} LIMIT 1)"
    return f"UPDATE {table} SET {change} WHERE store_id = :store AND id = {one} RETURNING {subject}"


def _uncounted(table: str, key: str, which: str) -> str:
    """A row of the books that was there long before the report, which does not know it."""
    return f"""WITH gone AS (DELETE FROM {which} RETURNING {key})
               UPDATE {table} t SET updated_at = now() - interval '2 hours' FROM gone
                WHERE t.store_id = :store AND t.id = gone.{key} RETURNING t.id"""


WEB_PAID, WEB_GIVEN_BACK = (
    f"(SELECT id FROM orders WHERE store_id = :store AND wc_order_id = {number})" for number in (41, 42)
)
BEGUN = "(SELECT line_id FROM portions WHERE store_id = :store AND status = 'making' ORDER BY id LIMIT 1)"
BEGUN_ORDER = f"(SELECT order_id FROM order_lines WHERE store_id = :store AND id = {BEGUN})"


def _portion(change: str) -> str:
    return f"UPDATE portions SET {change} WHERE store_id = :store AND line_id = {BEGUN} RETURNING id"


def _order(change: str, which: str = PAID) -> str:
    return f"UPDATE orders SET {change} WHERE store_id = :store AND id = {which} RETURNING id"


def _customer(change: str, which: str = BUYER) -> str:
    return f"UPDATE customers SET {change} WHERE store_id = :store AND id = {which} RETURNING id"


def _message(change: str) -> str:
    return f"UPDATE messages SET {change} WHERE store_id = :store AND id = {TEXT} RETURNING id"


def _line(change: str, subject: str) -> str:
    one = f"(SELECT id FROM order_lines WHERE store_id = :store AND order_id = {PAID} LIMIT 1)"
    return f"UPDATE order_lines SET {change} WHERE store_id = :store AND id = {one} RETURNING {subject}"


def _of_order(statement: str, which: str, subject: str = "order_id") -> str:
    return f"{statement} WHERE store_id = :store AND order_id = {which} RETURNING {subject}"


def _discount(change: str) -> str:
    one = "(SELECT id FROM order_discounts WHERE store_id = :store AND replaced_at IS NULL AND line_id IS NOT NULL LIMIT 1)"
    return f"UPDATE order_discounts SET {change} WHERE store_id = :store AND id = {one} RETURNING order_id"


def _link(change: str, status: str) -> str:
    kept = "SELECT id FROM orders WHERE store_id = :store AND amount_refunded = 0"
    one = f"(SELECT id FROM payment_links WHERE store_id = :store AND status = '{status}' AND order_id IN ({kept}) LIMIT 1)"
    return f"UPDATE payment_links SET {change} WHERE store_id = :store AND id = {one} RETURNING id"


def _returned_goods(change: str, subject: str) -> str:
    return f"UPDATE refund_lines SET {change} WHERE store_id = :store RETURNING {subject}"


def _member(change: str, which: str = LEVELED) -> str:
    return f"UPDATE members SET {change} WHERE store_id = :store AND id = {which} RETURNING id"


def _lot(change: str, subject: str) -> str:
    return f"UPDATE point_lots SET {change} WHERE store_id = :store AND id = {OF_LOT} RETURNING {subject}"


def _entry(change: str, which: str, subject: str) -> str:
    one = f"(SELECT id FROM point_entries WHERE store_id = :store AND {which} LIMIT 1)"
    return f"UPDATE point_entries SET {change} WHERE store_id = :store AND id = {one} RETURNING {subject}"


def _redemption(change: str, which: str = SPENT) -> str:
    return f"UPDATE redemptions SET {change} WHERE store_id = :store AND id = {which} RETURNING id"


def _reward(change: str, which: str) -> str:
    return f"UPDATE order_discounts SET {change} WHERE store_id = :store AND {which} RETURNING redemption_id"


def _undone(change: str, subjects: str) -> str:
    """A change that leaves these entries without what they were for."""
    return f"WITH changed AS ({change}) SELECT e.id FROM point_entries e JOIN changed c ON {subjects} WHERE e.store_id = :store"


def _long_ago(change: str) -> str:
    """A change of the rows behind a customer's words, as if it were of yesterday."""
    return (
        f"WITH old AS (UPDATE profiles SET updated_at = now() - interval '1 day' WHERE store_id = :store AND customer_id = {BUYER}),"
        f" older AS (UPDATE customers SET updated_at = now() - interval '1 day' WHERE store_id = :store AND id = {BUYER})"
        f" {change}"
    )


def _of_erased(table: str, change: str) -> str:
    return f"UPDATE {table} SET {change} WHERE store_id = :store AND customer_id = {ERASED} RETURNING customer_id"


def _kept(change: str) -> str:
    return f"UPDATE consents SET {change} WHERE store_id = :store AND source = 'kept' RETURNING id"


def _a_row(rollup: Rollup) -> str:
    return f"(SELECT r.id FROM {rollup.table} r WHERE r.store_id = :store AND {rollup.own} LIMIT 1)"


FAULTS = {
    "customer.erased": [
        _customer("name = 'Grace'", ERASED),
        _of_erased("profiles", "notes = 'sits at the window'"),
        _of_erased("profiles", "tags = '{window}'"),
        _of_erased("messages", "body = 'STOP'"),
        _of_erased("conversations", "phone = '+14155550177'"),
        f"""INSERT INTO assistant_turns (store_id, id, conversation_id, text, reply, intent, facts, language, role, about, actor)
            SELECT :store, gen_random_uuid(), v.id, 'points', 'x', 'points', '[]', 'en', 'owner', 'customer', 'x' FROM conversations v
             WHERE v.store_id = :store AND v.customer_id = {ERASED} LIMIT 1 RETURNING {ERASED}""",
        _of_erased("orders", "note = 'for Grace'"),
        f"UPDATE remarks SET words = 'x' WHERE store_id = :store AND about = 'customers\\:' || {ERASED} RETURNING {ERASED}",
        f"""INSERT INTO released_numbers (store_id, id, customer_id, phone_hash, reason, actor)
            VALUES (:store, gen_random_uuid(), {ERASED}, 'abc', 'changed', 'x') RETURNING customer_id""",
        f"INSERT INTO customer_words (store_id, word, customer_id) VALUES (:store, 'grace', {ERASED}) RETURNING customer_id",
        f"""INSERT INTO source_ids (store_id, id, source, kind, external_id, customer_id, raw)
            VALUES (:store, gen_random_uuid(), 'legacy', 'profile', 'of Grace', {ERASED}, '{{}}') RETURNING customer_id""",
        f"""INSERT INTO merges (store_id, id, kept_id, duplicate_id, actor, moved, before_sealed)
            VALUES (:store, gen_random_uuid(), {ERASED}, {BUYER}, 'x', '{{}}', 'v1.x') RETURNING kept_id""",
    ],
    "customer.erased_together": [_customer(f"merged_into_id = {ERASED}")],
    "member.ended": [_member("ended_at = NULL", ENDED_CARD), _member("balance = 1", ENDED_CARD), _member("ended_at = now()")],
    "consent.kept": [
        _kept("granted = true"),
        _kept("evidence = '{}'"),
        """WITH lifted AS (UPDATE opt_out_proofs SET is_lifted = true WHERE store_id = :store RETURNING id)
           SELECT n.id FROM consents n JOIN lifted ON lifted.id = CAST(n.evidence ->> 'opt_out_proof_id' AS uuid)
            WHERE n.store_id = :store""",
    ],
    "customer.words": [
        _long_ago(f"DELETE FROM customer_words WHERE store_id = :store AND customer_id = {BUYER} RETURNING customer_id"),
        _long_ago(
            f"INSERT INTO customer_words (store_id, word, customer_id) SELECT store_id, 'bob', id FROM customers"
            f" WHERE store_id = :store AND id = {BUYER} RETURNING customer_id"
        ),
    ],
    "z_report.figures": [
        _z_row("z_orders", "figures = jsonb_set(figures, '{total}', '1')", f"id = {COUNTED}"),
        _z_row("z_entries", "amount = amount + 1", "kind = 'payment'"),
        _z_row("z_entries", "is_in_drawer = NOT is_in_drawer", "kind = 'payment'"),
        _z_row("z_entries", "is_own = NOT is_own", "kind = 'payment'"),
        "DELETE FROM z_entries WHERE store_id = :store AND kind = 'payment' RETURNING report_id",
        """WITH moved AS (UPDATE cash_movements SET amount = amount + 1 WHERE store_id = :store AND amount > 0 RETURNING shift_id)
            SELECT r.id FROM z_reports r JOIN moved ON moved.shift_id = r.shift_id WHERE r.store_id = :store AND r.kind = 'z'""",
        _z("body = CAST(jsonb_set(CAST(body AS jsonb), '{figures,tip}', '7') AS text)"),
    ],
    "z_report.rows": [
        _z_row("z_orders", "order_version = order_version + 1", f"id = {COUNTED}"),
        _z_row("z_entries", "method = 'card'", "kind = 'payment' AND method <> 'card'"),
        _z("body = CAST(jsonb_set(CAST(body AS jsonb), '{rows}', '\"x\"') AS text)"),
    ],
    "z_report.chain": [
        _z("body = body || ' '"),
        _z("digest = 'x'"),
        _z("sequence = sequence + 1000000"),
        "UPDATE z_reports SET previous_digest = 'x' WHERE store_id = :store AND sequence > 1 RETURNING id",
        _z("body = CAST(jsonb_set(CAST(body AS jsonb), '{due_after}', '7') AS text)"),
    ],
    "z_report.ties": [_z("body = CAST(jsonb_set(CAST(body AS jsonb), '{figures,total}', '7') AS text)")],
    "z_report.orders": [
        _order("tip = tip + 1, total = total + 1", f"(SELECT order_id FROM z_orders WHERE store_id = :store AND id = {COUNTED})"),
        _z_row("z_orders", "figures = '{}'", f"id = {COUNTED}", "order_id"),
        _uncounted("orders", "order_id", f"z_orders WHERE store_id = :store AND id = {COUNTED}"),
    ],
    "z_report.entries": [
        _z_row("z_entries", "amount = amount + 1", "kind = 'points'", "item_id"),
        _z_row("z_entries", "method = 'external'", "kind = 'payment'", "item_id"),
        """UPDATE orders SET register_id = NULL WHERE store_id = :store AND id = (SELECT z.order_id FROM z_orders z
            WHERE NOT EXISTS (SELECT FROM z_entries e WHERE e.order_id = z.order_id) LIMIT 1) RETURNING id""",
    ],
    "z_report.money": [
        _uncounted("payments", "item_id", "z_entries WHERE store_id = :store AND kind = 'payment'"),
        """UPDATE payments SET amount = amount + 1, updated_at = now() - interval '2 hours' WHERE store_id = :store
              AND id IN (SELECT item_id FROM z_entries WHERE store_id = :store AND kind = 'payment') RETURNING id""",
    ],
    "z_report.shift": [
        f"""WITH changed AS (UPDATE {table} SET {change} WHERE store_id = :store AND {key} = (
              SELECT shift_id FROM z_reports WHERE store_id = :store AND id = {LAST_Z}) RETURNING {key})
            SELECT {LAST_Z} FROM changed"""
        for table, key, change in (
            ("shifts", "id", "opening_float = opening_float + 1"),
            ("shifts", "id", "opened_at = opened_at - interval '1 second'"),
            ("shift_counts", "shift_id", "cash = cash + 1"),
            ("shift_counts", "shift_id", "card = 7"),
        )
    ],
    "z_report.kept": [
        "UPDATE audit_log SET after = '{}' WHERE store_id = :store AND action = 'shift.z' RETURNING id",
        f"""WITH changed AS (UPDATE z_reports SET digest = 'x' WHERE store_id = :store AND id = {LAST_Z} RETURNING id)
            SELECT a.id FROM audit_log a JOIN changed c ON CAST(c.id AS text) = a.after ->> 'report' WHERE a.store_id = :store""",
    ],
    "shift.closed": [
        "UPDATE shifts SET status = 'open', closed_at = NULL WHERE store_id = :store AND number = 1 AND status = 'closed' RETURNING id",
        _z("number = 1000", "shift_id"),
        f"""DELETE FROM shift_counts WHERE store_id = :store
               AND shift_id = (SELECT shift_id FROM z_reports WHERE store_id = :store AND id = {LAST_Z}) RETURNING shift_id""",
    ],
    "order.imported": [_order("source = 'import'")],
    "order.total": [_order("total = total + 1"), _order("tip = tip + 1"), _order("tax_included = NOT tax_included", TAXED)],
    "order.lines": [
        _order("subtotal = subtotal + 1, total = total + 1"),
        _order("tax = tax + 1, total = total + 1"),
        _line("tax = tax + 1", "order_id"),
        _line("discount = 1, total = total - 1", "order_id"),
        _of_order("DELETE FROM order_lines", PAID),
    ],
    "order_line.amounts": [_line("subtotal = subtotal + 1", "id"), _line("total = total - 1", "id"), _line("quantity = 7", "id")],
    "order.discounts": [
        _discount("off = off + 1"),
        _discount("replaced_at = now()"),
        _discount(f"line_id = (SELECT id FROM order_lines WHERE store_id = :store AND order_id = {REFUNDED} LIMIT 1)"),
        _order("discount = discount + 1"),
    ],
    "order.merged": [
        f"UPDATE orders SET {change} WHERE store_id = :store AND merged_into_id IS NOT NULL RETURNING id"
        for change in ("status = 'open'", "total = 1", "amount_paid = 1")
    ],
    "coupon.usage_count": [
        "UPDATE coupons SET usage_count = usage_count + 1 WHERE store_id = :store RETURNING id",
        "UPDATE coupons SET usage_limit = 0 WHERE store_id = :store AND usage_count > 0 RETURNING id",
        "DELETE FROM order_coupons WHERE store_id = :store AND returned_at IS NULL RETURNING coupon_id",
        "UPDATE order_coupons SET returned_at = now() WHERE store_id = :store AND returned_at IS NULL RETURNING coupon_id",
        "UPDATE order_coupons SET returned_at = NULL WHERE store_id = :store AND returned_at IS NOT NULL RETURNING coupon_id",
    ],
    "coupon.returned": [
        "UPDATE order_coupons SET returned_at = now() WHERE store_id = :store AND returned_at IS NULL RETURNING id",
        f"UPDATE orders SET status = 'open' WHERE store_id = :store AND id = (SELECT order_id {RETURNED}) RETURNING (SELECT id {RETURNED})",
    ],
    "refund.lines": [
        _returned_goods("quantity = 1000", "line_id"),
        _returned_goods("amount = amount + 1", "refund_id"),
        f"UPDATE refunds SET amount = amount + 1 WHERE store_id = :store AND id IN {OF_GOODS} RETURNING request_id",
    ],
    "order.payment_status": [
        _order("payment_status = 'paid'", UNPAID),
        _order("payment_status = 'unpaid'"),
        _order("payment_status = 'paid'", REFUNDED),
        _order("payment_status = 'partially_paid'"),
    ],
    "order.canceled": [_order("status = 'canceled', canceled_at = now(), completed_at = NULL, payment_status = 'overpaid'", PAID)],
    "payment_link.live": [
        _link("amount = amount + 1", "creating"),
        _link("currency = 'XXX'", "creating"),
        _link("status = 'active'", "completed"),
    ],
    "payment_link.completed": [
        _link("status = 'completed'", "creating"),
        _link("status = 'canceled'", "completed"),
        ("UPDATE payments SET link_id = NULL WHERE store_id = :store AND link_id IS NOT NULL"
        " RETURNING (SELECT l.id FROM payment_links l WHERE l.store_id = :store AND l.order_id = payments.order_id)"),
        _link(f"order_id = {UNPAID}", "completed"),
    ],
    "payment_link.paid_once": [_link("amount = amount - 1", "completed"), _link("amount = amount - 200", "completed")],
    "provider_event.effect": [
        ("UPDATE payments p SET provider_id = 'other ' || provider_id FROM provider_events e WHERE p.store_id = :store"
        " AND e.store_id = :store AND e.payment_intent = p.provider_id AND e.type LIKE 'checkout.%' RETURNING e.id"),
        ("UPDATE refunds SET provider_id = 're_other' WHERE store_id = :store AND source = 'stripe'"
        " RETURNING (SELECT id FROM provider_events WHERE store_id = :store AND type LIKE 'refund.%')"),
        ("UPDATE refunds SET status = 'pending' WHERE store_id = :store AND source = 'stripe'"
        " RETURNING (SELECT id FROM provider_events WHERE store_id = :store AND type LIKE 'refund.%')"),
        ("DELETE FROM disputes WHERE store_id = :store"
        " RETURNING (SELECT id FROM provider_events WHERE store_id = :store AND type LIKE 'charge.dispute.%')"),
    ],
    "dispute.lost": [
        "UPDATE refunds SET amount = amount - 1 WHERE store_id = :store AND source = 'dispute' RETURNING payment_id",
        "DELETE FROM refunds WHERE store_id = :store AND source = 'dispute' RETURNING payment_id",
        "UPDATE disputes SET amount = 1 WHERE store_id = :store RETURNING payment_id",
    ],
    "order.amount_paid": [
        _order("amount_paid = amount_paid + 1"),
        _of_order("UPDATE payments SET status = 'failed'", PAID),
        _of_order("UPDATE payments SET amount = amount + 1", PAID),
        _of_order("DELETE FROM payments", PAID),
    ],
    "order.amount_refunded": [
        _order("amount_refunded = 1"),
        _order("amount_paid = amount_refunded - 1", REFUNDED),
        _of_order("UPDATE refunds SET status = 'failed'", REFUNDED),
        _of_order("DELETE FROM refunds", REFUNDED),
    ],
    "payment.refunds": [
        _of_order("UPDATE refunds SET amount = amount + 1", REFUNDED, "payment_id"),
        _of_order(f"UPDATE refunds SET order_id = {PAID}", REFUNDED, "payment_id"),
        _of_order("UPDATE payments SET amount = amount - 1", REFUNDED, "id"),
    ],
    "customer.profile": [f"DELETE FROM profiles WHERE store_id = :store AND customer_id = {BUYER} RETURNING customer_id"],
    "customer.marketing_consent": [
        _customer("marketing_consent = NOT marketing_consent"),
        _customer("marketing_consent = NULL"),
        _customer("marketing_consent = true", SILENT),
        f"UPDATE consents SET purpose = 'sms' WHERE store_id = :store AND customer_id = {BUYER} RETURNING customer_id",
    ],
    "customer.sms_consent": [
        _customer("sms_consent = false"),
        f"UPDATE consents SET purpose = 'sms' WHERE store_id = :store AND customer_id = {BUYER} RETURNING customer_id",
    ],
    "message.permit": [
        _message("permit = permit || '{\"reason\": \"opted_out\"}'"),
        _message("permit = permit - 'reason', status = 'suppressed', sending_at = NULL"),
    ],
    "message.opted_out": [
        f"""INSERT INTO consents (store_id, id, customer_id, purpose, granted, source, wording, wording_version, actor, created_at)
            SELECT m.store_id, gen_random_uuid(), m.customer_id, 'sms', false, 'keyword', '', '', 'x', m.sending_at
              FROM messages m WHERE m.store_id = :store AND m.id = {TEXT}
            RETURNING {TEXT}""",
    ],
    "message.stop_recorded": [
        f"UPDATE messages SET intent = 'stop' WHERE store_id = :store AND id = {QUESTION} RETURNING id",
    ],
    "message.once": [
        f"""WITH own AS (SELECT customer_id FROM messages WHERE store_id = :store AND id = {TEXT}),
            theirs AS (SELECT id FROM messages WHERE store_id = :store AND customer_id = (SELECT customer_id FROM own))
            UPDATE messages SET campaign_id = (SELECT id FROM campaigns WHERE store_id = :store LIMIT 1)
             WHERE store_id = :store AND id IN (SELECT id FROM theirs)
            RETURNING (SELECT min(id::text)::uuid FROM theirs)""",
    ],
    "message.marketing_consent": [_message("purpose = 'marketing'")],
    "message.night": [
        _message("""purpose = 'marketing', permit = permit || jsonb_build_object('quiet_hours', jsonb_build_object('zones',
                    jsonb_build_array(CASE WHEN extract(hour FROM sending_at AT TIME ZONE 'UTC') BETWEEN 8 AND 14 THEN 'Pacific/Kiritimati'
                                           WHEN extract(hour FROM sending_at AT TIME ZONE 'UTC') BETWEEN 15 AND 20 THEN 'Asia/Shanghai'
                                           ELSE 'UTC' END)))"""),
    ],
    "customer.orders": [
        _customer("order_count = order_count + 1"),
        _customer("first_order_at = first_order_at - interval '1 day'"),
        _customer("last_order_at = NULL"),
        f"UPDATE orders SET status = 'canceled' WHERE store_id = :store AND id = {PAID} RETURNING customer_id",
    ],
    "customer.total_spent": [
        _customer("total_spent = total_spent + 1"),
        f"UPDATE orders SET amount_paid = 1 WHERE store_id = :store AND id = {UNPAID} RETURNING customer_id",
    ],
    "category.tree": ["UPDATE categories SET parent_id = id WHERE store_id = :store RETURNING id"],
    "portion.needed": [
        f"UPDATE order_lines SET needs_preparation = false WHERE store_id = :store AND id = {BEGUN} RETURNING (SELECT id FROM portions WHERE line_id = order_lines.id)",
    ],
    "portion.quantity": [
        f"UPDATE portions SET quantity = quantity + 20 WHERE store_id = :store AND line_id = {BEGUN} RETURNING line_id",
    ],
    "portion.times": [
        _portion("started_at = now(), ready_at = now() - interval '1 second'"),
        _portion("status = 'served'"),
        _portion("status = 'waiting'"),
    ],
    "order.making": [
        _order("fulfillment_status = 'prepared'", BEGUN_ORDER),
        f"UPDATE portions SET status = 'served', served_at = now() WHERE store_id = :store AND line_id = {BEGUN} RETURNING {BEGUN_ORDER}",
    ],
    "product.stock": [
        f"UPDATE products SET stock_quantity = -1 WHERE store_id = :store AND id = {PRODUCT} RETURNING id",
    ],
    "web_order.payments": [
        _of_order("UPDATE payments SET method = 'cash'", WEB_PAID),
        _of_order("UPDATE refunds SET source = 'counter'", WEB_GIVEN_BACK),
    ],
    "web_order.money": [
        _order("amount_paid = amount_paid + 1", WEB_PAID),
        _order("amount_refunded = amount_refunded - 1, total = amount_paid - amount_refunded", WEB_GIVEN_BACK),
        _order("status = 'canceled'", WEB_PAID),
    ],
    "web_order.doubled": [
        rf"""UPDATE payments p SET external_id = o.external_id FROM payments o
             WHERE p.store_id = :store AND o.store_id = :store AND p.order_id = {WEB_PAID} AND o.order_id = {WEB_GIVEN_BACK}
         RETURNING CAST(least(CAST(p.order_id AS text), CAST(o.order_id AS text)) AS uuid)""",
    ],
    "member.balance": [
        _member("balance = balance + 1"),
        _member("debt = debt + 1"),
        _entry("points = points + 1", "type = 'accumulate'", "member_id"),
        _entry("member_id = gen_random_uuid()", f"member_id IN {OWING} AND lot_id IS NULL", f"{OWING}"),
        _lot("remaining = remaining + 1", "member_id"),
        f"DELETE FROM point_lots WHERE store_id = :store AND id = {OF_LOT} RETURNING member_id",
    ],
    "point_lot.remaining": [
        _lot("remaining = remaining + 1", "id"),
        _lot(f"member_id = {OWING}", "id"),
        _entry("points = points + 1", "lot_id IS NOT NULL", "lot_id"),
        _entry("lot_id = NULL", "type = 'accumulate'", "(SELECT id FROM point_lots l WHERE l.store_id = :store AND l.order_id ="
               " point_entries.order_id AND l.member_id = point_entries.member_id)"),
        _entry(f"member_id = {MERGED}", f"type = 'redeem' AND member_id <> {MERGED}", "lot_id"),
        f"WITH drawn AS (UPDATE point_entries SET points = -1 WHERE store_id = :store AND lot_id = {OF_LOT}) {_lot('remaining = -1', 'id')}",
    ],
    "member.debt": [
        _member("debt = debt + 1", OWING),
        _member("debt = 1"),
        _entry("points = points - 1", "lot_id IS NULL", "member_id"),
        f"DELETE FROM point_entries WHERE store_id = :store AND lot_id IS NULL AND member_id = {OWING} RETURNING {OWING}",
        f"UPDATE point_lots SET remaining = 1 WHERE store_id = :store AND member_id = {OWING} RETURNING member_id",
        ("WITH paid AS (UPDATE point_entries SET points = 1 WHERE store_id = :store AND lot_id IS NULL AND member_id = "
        f"{OWING}) {_member('debt = -1', OWING)}"),
    ],
    "member.level_points": [
        _member("level_points = level_points + 1"),
        _member("lifetime_points = lifetime_points + 1"),
        _member("level_from = now() + interval '1 day'"),
        _entry("earned_at = '2001-01-01'", "type = 'accumulate'", "member_id"),
        _entry("points = points - 1", "type = 'reverse'", "member_id"),
        _entry("type = 'adjust'", "type = 'accumulate'", "member_id"),
    ],
    "point_entry.accumulate": [
        _entry("cause = cause || '0'", "type = 'accumulate'", "order_id"),
        _entry("cause = replace(cause, 'accumulate', 'birthday')", "type = 'accumulate'", "order_id"),
        _entry(f"cause = 'accumulate:' || {UNPAID} || '\\:1'", "type = 'accumulate'", "order_id"),
        _entry("type = 'accumulate', cause = 'accumulate:' || order_id || '\\:01'", f"type = 'redeem' AND order_id IN ({ACCUMULATED})", "order_id"),
    ],
    "point_entry.without_money": [
        _order("status = 'canceled'", EARNED),
        _order("amount_refunded = amount_paid", EARNED),
        _entry("points = -1000", "type = 'reverse'", "order_id"),
        f"DELETE FROM point_entries WHERE store_id = :store AND type = 'reverse' AND order_id = {GONE} RETURNING order_id",
    ],
    "point_entry.undone": [
        _entry("refund_id = NULL", "type = 'reverse' AND refund_id IS NOT NULL", "id"),
        _entry("refund_id = NULL", "type = 'return' AND refund_id IS NOT NULL", "id"),
        _undone(_order("status = 'open'", GONE), "e.order_id = c.id AND e.type IN ('reverse', 'return')"),
        _undone("UPDATE audit_log SET action = 'order.look' WHERE store_id = :store AND action = 'order.move' RETURNING subject",
                "'orders:' || e.order_id = c.subject AND e.type = 'reverse'"),
        _undone(_reward("replaced_at = NULL", "redemption_id IS NOT NULL"), "e.redemption_id = c.redemption_id AND e.type = 'return'"
                " AND e.order_id IS NOT NULL AND e.refund_id IS NULL AND e.order_id NOT IN (SELECT id FROM orders WHERE status = 'canceled')"),
        _undone(_reward(f"redemption_id = {ENDED}", f"redemption_id = {SPENT}"), "e.redemption_id = c.redemption_id AND e.type = 'return'"),
    ],
    "redemption.points": [
        _redemption("points = points + 1"),
        _redemption("returned_points = returned_points + 1"),
        _redemption("returned_points = returned_points - 1", ENDED),
        _entry("points = points - 1", "type = 'redeem'", "redemption_id"),
        _entry("points = points + 1", "type = 'return'", "redemption_id"),
        "DELETE FROM point_entries WHERE store_id = :store AND type = 'redeem' RETURNING redemption_id",
    ],
    "redemption.discount": [
        _redemption("order_id = NULL"),
        _redemption(f"order_id = {UNPAID}"),
        _redemption(f"order_id = {UNPAID}", UNUSED),
        _reward("replaced_at = now()", f"redemption_id = {SPENT}"),
        _reward(f"order_id = {UNPAID}", f"redemption_id = {SPENT}"),
        ("UPDATE orders SET status = 'canceled' WHERE store_id = :store"
        f" AND id = (SELECT order_id FROM redemptions r WHERE r.store_id = :store AND r.id = {SPENT}) RETURNING {SPENT}"),
    ],
    "customer.merged": [
        _customer("merged_into_id = NULL", MERGED_CUSTOMER),
        f"UPDATE merges SET undone_at = now(), undone_by = 'x' WHERE store_id = :store AND duplicate_id = {MERGED_CUSTOMER} RETURNING duplicate_id",
        _customer(
            "merged_into_id = (SELECT id FROM customers o WHERE o.store_id = :store AND o.merged_into_id IS NOT NULL"
            " AND o.id <> customers.id LIMIT 1)",
            MERGED_CUSTOMER,
        ),
    ],
    "customer.merged_empty": [
        _order(f"customer_id = {MERGED_CUSTOMER}").replace("RETURNING id", "RETURNING customer_id"),
        f"UPDATE point_lots SET remaining = 1 WHERE store_id = :store AND member_id = {MERGED} RETURNING {MERGED_CUSTOMER}",
        _message(f"status = 'queued', attempts = 0, customer_id = {MERGED_CUSTOMER}").replace("RETURNING id", "RETURNING customer_id"),
    ],
    **{
        f"rollup.{rollup.name}": [
            f"UPDATE {rollup.table} SET {rollup.measures[0]} = {rollup.measures[0]} + 1 WHERE store_id = :store AND id = {_a_row(rollup)} RETURNING CAST(day AS text)",
            f"DELETE FROM {rollup.table} WHERE store_id = :store AND id = {_a_row(rollup)} RETURNING CAST(day AS text)",
        ]
        for rollup in ROLLUPS
    },
    "member.merged": [_member("merged_into_id = NULL", MERGED), _member(f"merged_into_id = {OWING}", MERGED)],
    "order.member": [
        _order("member_id = NULL", EARNED),
        _order(f"member_id = {OWING}", EARNED),
        f"UPDATE orders SET member_id = {OWING} WHERE store_id = :store AND customer_id = {STRANGER} RETURNING id",
        f"DELETE FROM members WHERE store_id = :store AND id = {OWING} RETURNING (SELECT o.id FROM orders o WHERE o.store_id = :store AND o.member_id = members.id)",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def books(server: postgres.Server, shops: list[dict[str, Any]]) -> Iterator[Neighbours]:
    """Two stores with books in order, and none of the checks that would keep a fault out."""
    with neighbours(server, shops, f"t_{uuid.uuid4().hex[:12]}") as both:
        for shop in (both.mine, both.theirs):
            _sell_all_sorts(shop)
            _owe_points(shop)
            _earn_and_spend(both.app, shop)
            _merge(shop)
            with both.app.app_context():
                rollups.keep(UUID(shop.store_id))
        with both.superuser() as cursor:
            # As if all of it had been written long before the sums were made.
            cursor.execute("UPDATE rollup_states SET through = through + interval '2 hours'")
            _drop_checks(cursor)
        yield both


@pytest.fixture
def planting(books: Neighbours) -> Iterator[Connection]:
    """A superuser's transaction, past the foreign keys too, that is rolled back."""
    url = books.server.url("postgres", books.database)
    engine = create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()


def test_each_proof_has_a_planted_fault() -> None:
    assert len(PROOFS) == len(all_proofs())
    assert set(FAULTS) == set(PROOFS) - set(TENANCY)
    assert all(FAULTS.values())


def test_each_composite_foreign_key_has_a_proof(books: Neighbours) -> None:
    with books.superuser() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass || '.' || attname FROM pg_constraint
              JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[2]
             WHERE contype = 'f' AND cardinality(conkey) = 2
            """
        )
        keys = {row[0] for row in cursor.fetchall()}

    assert keys == set(TENANCY)


@pytest.mark.parametrize(
    "fault", [(name, turn) for name, faults in FAULTS.items() for turn in range(len(faults))], ids=str
)
def test_proof_finds_its_planted_fault(books: Neighbours, planting: Connection, fault: tuple[str, int]) -> None:
    name, turn = fault
    proof, mine, theirs = PROOFS[name], books.mine.store_id, books.theirs.store_id
    before = _subjects(planting, proof, mine)

    planted = planting.execute(text(FAULTS[name][turn]), {"store": mine}).scalars().all()

    assert before == set()
    assert len(planted) >= 1
    assert _subjects(planting, proof, mine) == set(planted)
    assert _subjects(planting, proof, theirs) == set()


@pytest.mark.parametrize("whose", ["nobody's", "another store's"])
@pytest.mark.parametrize("name", TENANCY)
def test_proof_finds_a_parent_that_is_not_in_the_store(
    books: Neighbours, planting: Connection, name: str, whose: str
) -> None:
    table, column = name.split(".")
    before = _subjects(planting, PROOFS[name], books.mine.store_id)
    parent = uuid.uuid4() if whose == "nobody's" else _a_parent(planting, table, column, books.theirs.store_id)

    changed = planting.execute(
        text(
            f"UPDATE {table} SET {column} = :parent WHERE ctid = (SELECT ctid FROM {table} WHERE store_id = :store LIMIT 1)"
        ),
        {"parent": parent, "store": books.mine.store_id},
    )

    assert before == set()
    assert changed.rowcount == 1
    assert _subjects(planting, PROOFS[name], books.mine.store_id) == {parent}
    assert _subjects(planting, PROOFS[name], books.theirs.store_id) == set()


def test_books_of_all_sorts_of_sales_hold(books: Neighbours) -> None:
    with books.superuser() as cursor:
        assert empty_tables(cursor, books.mine.store_id) == []
    with books.app.app_context():
        for shop in (books.mine, books.theirs):
            with transaction(UUID(shop.store_id), actor="audit"):
                assert audit_store(clock.now()) == []


def test_books_hold_after_a_tour_of_the_api(app: Flask, shop: Shop) -> None:
    for _ in tour(app, shop):
        pass

    with transaction(UUID(shop.store_id), actor="audit"):
        assert audit_store(clock.now()) == []


def test_command_says_that_the_books_hold(committed: Flask, shops: list[dict[str, Any]]) -> None:
    furnish(Shop(committed.test_client(), **shops[0]))

    result = _audit(committed)

    assert result.exit_code == 0, result.output
    assert result.output == f"{len(PROOFS)} rules, 2 store(s): 0 violation(s)\n"


def test_command_prints_what_is_wrong_and_fails(committed: Flask, superuser: Any, shops: list[dict[str, Any]]) -> None:
    mine, theirs = (Shop(committed.test_client(), **shop) for shop in shops)
    order = mine.sell(payment={"method": "cash"})
    with superuser.cursor() as cursor:
        _drop_checks(cursor)
        cursor.execute("UPDATE orders SET amount_paid = amount_paid + 1 WHERE id = %s", (order["id"],))

    everywhere = _audit(committed)
    here = _audit(committed, "--store", mine.slug)
    there = _audit(committed, "--store", theirs.slug)

    broken = {"order.amount_paid", "order.payment_status", "customer.total_spent"}
    lines = everywhere.output.splitlines()
    assert [everywhere.exit_code, here.exit_code, there.exit_code] == [1, 1, 0]
    assert {line.split(": ")[1] for line in lines[:-1]} == broken
    assert all(line.startswith(f"store {mine.store_id}: ") for line in lines[:-1])
    assert f"amount_paid={order['total'] + 1}" in next(line for line in lines if "order.amount_paid" in line)
    assert order["id"] in everywhere.output
    assert lines[-1] == f"{len(PROOFS)} rules, 2 store(s): 3 violation(s)"
    assert _last_audit(superuser, mine.store_id) == 3
    assert _last_audit(superuser, theirs.store_id) == 0


def _sell_all_sorts(shop: Shop) -> None:
    """What a day brings: parts of cash and card, tips, change, coupons, cancellations with and without money, walk-ins."""
    split = shop.sell(phone=PHONE, items=[{"sku": "IPA", "quantity": 3}, {"sku": "PRETZEL", "quantity": 1}], tip=100)
    _paid(shop, split["id"], method="cash", amount=1000, tendered=2000, tip=50)
    _paid(shop, split["id"], method="card")
    partly = shop.sell(phone="+14155550133", marketing_consent=False, wording_version=None)
    _paid(shop, partly["id"], method="cash", amount=100)
    returned = shop.sell(
        phone="+14155550133", items=[{"sku": "TEE-BLK-M", "quantity": 2}, {"sku": "IPA", "quantity": 1}]
    )
    _paid(shop, returned["id"], method="cash", amount=300)
    _paid(shop, returned["id"], method="card", tip=20)
    _canceled(shop, returned["id"], refund=True)
    _canceled(shop, shop.sell(phone=PHONE)["id"])
    _canceled(shop, shop.sell(phone="+14155550134")["id"])
    stripe.paid_by_link(shop, shop.sell(phone=PHONE, items=[{"sku": "IPA", "quantity": 2}]), tip=200)
    stripe.asked_link(shop, shop.sell(phone=PHONE))
    _use_coupons(shop)
    shop.sell(phone=None, walk_in=True, items=[{"sku": "STICKER", "quantity": 1}])
    shop.sell(phone=PHONE, items=[{"sku": "WATER", "quantity": 1}], payment={"method": "cash", "tendered": 500})


def _owe_points(shop: Shop) -> None:
    """The points of an order were spent when its money went back."""
    order = shop.sell(phone=OWES, join=True, **TEES)
    spent = _made(shop.get("/members", query_string={"phone": OWES}))["balance"]
    gone = {"points": -spent, "reason": "gone"}
    _made(shop.post(f"/members/{order['customer']['member']['id']}/adjustments", gone, as_="owner"))
    _made(shop.post(f"/orders/{order['id']}/refunds", {"amount": order["total"], "reason": "torn"}, as_="owner"))


def _earn_and_spend(app: Flask, shop: Shop) -> None:
    """Rewards that stay, go back in part or as a whole, or are taken off; codes used, ended and waiting; a tab that moves."""
    path = f"/members/{shop.sell(phone=SPENDS, join=True, **TEES)['customer']['member']['id']}"
    _made(shop.post(f"{path}/adjustments", {"points": 1000, "reason": "a gift"}, as_="owner"))
    body = {"name": f"Ten off {new_key()}", "points": 100, "discount_type": "percent", "amount": 10}
    reward = _made(shop.post("/rewards", body, as_="owner"))["id"]
    shop.sell(phone=SPENDS, rewards=[reward], **TEES)
    part = shop.sell(phone=SPENDS, rewards=[reward], **TEES)
    _made(shop.post(f"/orders/{part['id']}/refunds", {"amount": part["total"] // 2, "reason": "torn"}, as_="owner"))
    _canceled(shop, shop.sell(phone=SPENDS, rewards=[reward], **TEES)["id"], refund=True)
    _change(shop, shop.sell(phone=SPENDS, rewards=[reward]), rewards=[])
    used, _ = (_made(shop.post(f"{path}/redemptions", {"reward_id": reward})) for _ in range(2))
    shop.sell(phone=SPENDS, coupon=used["coupon"]["code"], **TEES)
    with app.app_context(), transaction(UUID(shop.store_id), actor="test"):
        assert len(sweep.expire_codes(clock.now() + loyalty.CODE_LIFE)) == 1
    _made(shop.post(f"{path}/redemptions", {"reward_id": reward}))
    _change(shop, shop.sell(phone=SPENDS, **TEES), phone=PHONE)


def _merge(shop: Shop) -> None:
    left, heir = (shop.sell(phone=phone, join=True, **TEES)["customer"]["id"] for phone in (MERGES, HEIR))
    _made(shop.post(f"/customers/{heir}/merge", {"duplicate_id": left}, as_="owner"))


def _change(shop: Shop, order: dict[str, Any], **change: Any) -> None:
    _made(shop.request("PATCH", f"/orders/{order['id']}", json=change, headers={"If-Match": ANY_VERSION}))


def _made(response: TestResponse) -> dict[str, Any]:
    assert response.status_code < 300, response.get_data(as_text=True)
    return response.json  # type: ignore[no-any-return]


def _use_coupons(shop: Shop) -> None:
    """One use that was given back, and one that two parts of an order share."""
    ten = {"code": "TEN", "discount_type": "percent", "amount": 10, "usage_limit": 5}
    assert shop.post("/coupons", ten, as_="owner").status_code == 201
    _canceled(shop, shop.sell(phone=PHONE, coupon="TEN")["id"])
    shared = shop.sell(phone=PHONE, coupon="TEN", items=[{"sku": "IPA", "quantity": 3}])
    parts = {"lines": [{"line_id": shared["lines"][0]["id"], "quantity": 1}]}
    assert shop.post(f"/orders/{shared['id']}/split", parts, headers={"If-Match": "*"}).status_code == 201


def _paid(shop: Shop, order_id: str, **body: Any) -> None:
    response = shop.post(f"/orders/{order_id}/payments", body)
    assert response.status_code == 201, response.get_data(as_text=True)


def _canceled(shop: Shop, order_id: str, **body: Any) -> None:
    response = shop.post(f"/orders/{order_id}/cancel", {"reason": "changed their mind", **body}, as_="owner")
    assert response.status_code == 200, response.get_data(as_text=True)


def _drop_checks(cursor: Any) -> None:
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
        " WHERE contype = 'c' AND conrelid::regclass::text = ANY(%s)",
        (sorted(store_tables()),),
    )
    for table, name in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def _subjects(connection: Connection, proof: Proof, store_id: str) -> set[UUID]:
    """What the proof finds with the eyes of the application, which sees one store only."""
    with _as_runtime(connection, store_id):
        return set(connection.execute(text(proof.statement), {"store": UUID(store_id)}).scalars())


@contextmanager
def _as_runtime(connection: Connection, store_id: str) -> Iterator[None]:
    connection.execute(text(f"SET LOCAL ROLE tappass_app; SET LOCAL app.store_id = '{store_id}'"))
    yield
    connection.execute(text("RESET ROLE"))


def _a_parent(connection: Connection, table: str, column: str, store_id: str) -> UUID:
    """A row of this store to which the foreign key could point if it were its own."""
    keys = Base.metadata.tables[table].foreign_key_constraints
    [parent] = [key.elements[1].column for key in keys if key.column_keys == ["store_id", column]]
    statement = f"SELECT {parent.name} FROM {parent.table.name} WHERE store_id = :store LIMIT 1"
    found: UUID = connection.execute(text(statement), {"store": store_id}).scalar_one()
    return found


def _audit(app: Flask, *options: str) -> Result:
    """`flask audit` as the flask program runs it: inside the application's context."""
    with app.app_context():
        return app.test_cli_runner().invoke(args=["audit", *options])


def _last_audit(superuser: Any, store_id: str) -> int:
    with superuser.cursor() as cursor:
        cursor.execute("SELECT audit_violation_count FROM stores WHERE id = %s AND audited_at IS NOT NULL", (store_id,))
        return int(cursor.fetchone()[0])
