"""The tables of runs, of what differed in one, and of what could not be taken in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import url_for

from pos.web.office.tables import Column, Filter, Table, day_begins
from pos.web.office.web_shop import reasons, words
from pos.web.office.web_shop.places import admin_page
from pos.web.office.writing import Writing
from pos.woocommerce.models import RESOURCES, STATUSES

_KINDS = [(kind, kind) for kind in RESOURCES]
# What there is here of a thing of the shop: `t` has its kind and number.
_OURS = """
    LEFT JOIN categories g ON t.kind = 'categories' AND g.store_id = :store AND g.wc_category_id = t.wc_id
    LEFT JOIN orders o ON t.kind = 'orders' AND o.store_id = :store AND o.wc_order_id = t.wc_id
    LEFT JOIN products p ON t.kind = 'products' AND p.store_id = :store AND p.wc_product_id = t.wc_id
    LEFT JOIN coupons c ON t.kind = 'coupons' AND c.store_id = :store AND c.wc_coupon_id = t.wc_id
    LEFT JOIN web_customers w ON t.kind = 'customers' AND w.store_id = :store AND w.wc_customer_id = t.wc_id
    LEFT JOIN customers u ON u.store_id = w.store_id AND u.id = w.customer_id
"""
_HERE = "coalesce(o.reference, p.name, c.code, g.name, u.name, CASE WHEN u.id IS NOT NULL THEN 'a customer' END)"
_PAGES = {
    "categories": ("office.catalog.category", "category_id"),
    "orders": ("office.orders.one", "order_id"),
    "products": ("office.catalog.product", "product_id"),
    "coupons": ("office.catalog.coupon", "coupon_id"),
    "customers": ("office.customers.one", "customer_id"),
}


def _there(row: Mapping[str, Any]) -> str | None:
    return admin_page(row["shop_url"], row["kind_name"], row["number"])


def _ours(row: Mapping[str, Any]) -> str:
    endpoint, parameter = _PAGES[row["kind_name"]]
    return url_for(endpoint, **{parameter: row["ours_id"]})


_SUBJECT = (
    Column("kind_name", "", "t.kind"),
    Column("number", "", "coalesce(p.wc_parent_id, t.wc_id)"),
    Column("shop_url", "", "(SELECT s.url FROM web_shops s WHERE s.store_id = :store)"),
    Column("ours_id", "", "coalesce(o.id, p.id, c.id, g.id, u.id)"),
    Column("kind", "What", "t.kind", told=lambda kind, _: words.KINDS[kind]),
    Column("wc_id", "In the shop", "t.wc_id", is_sortable=True, link=_there, told=lambda number, _: f"#{number}"),
    Column("here", "Here", _HERE, link=_ours),
)

RUNS = Table(
    name="runs",
    columns=(
        Column("id", "", "l.id"),
        Column(
            "started_at",
            "Began",
            "l.started_at",
            "moment",
            is_sortable=True,
            link=("office.web_shop.run", {"log_id": "id"}),
        ),
        Column(
            "sync_type",
            "What was read",
            "l.sync_type || CASE WHEN l.is_repairing THEN '' ELSE ' only' END",
            told=lambda name, _: _type(name),
        ),
        Column("status", "State", "l.status", "badge"),
        Column("synced", "Read", "l.records_synced", "number", is_sortable=True),
        Column("changed", "Differed", "l.records_changed", "number", is_sortable=True),
        Column("lasted", "Took", "extract(epoch FROM l.completed_at - l.started_at)", "seconds"),
        Column("error", "What went wrong", "l.error_message"),
    ),
    source="FROM sync_logs l WHERE l.store_id = :store",
    key="l.id",
    order="-started_at",
    filters=(
        Filter("type", "What was read", "l.sync_type = :type", list(words.TYPES.items())),
        Filter("status", "State", "l.status = :status", [(each, each) for each in STATUSES]),
        Filter("differed", "Differed", "(l.records_changed > 0) = (:differed = 'yes')", [("yes", "yes"), ("no", "no")]),
        Filter("since", "From", "l.started_at >= :since", kind="date", read=day_begins),
        Filter("until", "To", "l.started_at < :until ::timestamptz + interval '1 day'", kind="date", read=day_begins),
    ),
)


def _type(name: str) -> str:
    sync_type, _, is_only = name.partition(" ")
    return f"{words.TYPES[sync_type]}{', nothing written' if is_only else ''}"


_DIFFERING = Table(
    name="differing",
    columns=(
        Column("place", "", "t.place"),
        *_SUBJECT,
        Column("what", "How it differed", "t.what", told=lambda what, _: words.WHAT.get(what, what)),
        Column("fields", "Here, and in the shop", "t.fields", "lines", told=words.changes),
    ),
    source=f"""FROM (
        SELECT e.place, e.value->>'kind' AS kind, (e.value->>'wc_id')::bigint AS wc_id, e.value->>'what' AS what, e.value->'fields' AS fields
          FROM sync_logs l CROSS JOIN LATERAL jsonb_array_elements(l.report->'rows') WITH ORDINALITY AS e (value, place)
         WHERE l.store_id = :store AND l.id = :log ::uuid) t {_OURS} WHERE true""",
    key="t.place",
    order="place",
    filters=(
        Filter("kind", "What", "t.kind = :kind", _KINDS),
        Filter("what", "How it differed", "t.what = :what", list(words.WHAT.items())),
    ),
)


def differing_in(log_id: UUID) -> Table:
    """The rows that differed in one run."""
    return replace(_DIFFERING, values={"log": str(log_id)})


def _why(told: Mapping[str, Any], say: Writing) -> str:
    reason = told["reason"]
    return f"{reasons.told(reason, told['detail'], say)}\n{reasons.advice(reason)}"


_PROBLEM = (
    Column("id", "", "t.id"),
    *_SUBJECT,
    Column("state", "Taken in", "CASE WHEN t.is_left_out THEN 'left out' ELSE 'with a remark' END", "badge"),
    Column(
        "why", "Why, and what to do", "jsonb_build_object('reason', t.reason, 'detail', t.detail)", "lines", told=_why
    ),
    Column("created_at", "Since", "t.created_at", "moment", is_sortable=True),
)
_PROBLEM_FILTERS = (
    Filter("kind", "What", "t.kind = :kind", _KINDS),
    Filter("reason", "Why", "t.reason = :reason", [(name, each.title) for name, each in reasons.REASONS.items()]),
    Filter(
        "left_out", "Taken in", "t.is_left_out = (:left_out = 'no')", [("no", "left out"), ("yes", "with a remark")]
    ),
)
OPEN = Table(
    name="problems",
    columns=_PROBLEM,
    source=f"FROM sync_problems t {_OURS} WHERE t.store_id = :store AND t.resolved_at IS NULL",
    key="t.id",
    order="-created_at",
    filters=_PROBLEM_FILTERS,
)
SETTLED = replace(
    OPEN,
    name="settled-problems",
    columns=(*_PROBLEM, Column("resolved_at", "Settled", "t.resolved_at", "moment", is_sortable=True)),
    source=f"FROM sync_problems t {_OURS} WHERE t.store_id = :store AND t.resolved_at IS NOT NULL",
    order="-resolved_at",
)
