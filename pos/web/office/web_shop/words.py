"""Runs in words: what was done, how far it is, and what differed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pos.web.office.writing import Writing
from pos.woocommerce.models import RESOURCES, SyncLog

TYPES = {
    "full": "Everything",
    "incremental": "What has changed",
    "drift": "Orders compared",
    "categories": "Categories alone",
    "products": "Products alone",
    "coupons": "Coupons alone",
    "customers": "Customers alone",
    "orders": "Orders alone",
}
KINDS = {
    "categories": "Category",
    "products": "Product",
    "coupons": "Coupon",
    "customers": "Customer",
    "orders": "Order",
}
WHAT = {
    "missing": "was not here",
    "changed": "was otherwise",
    "refunded": "was given back",
    "gone": "is in the shop no more",
    "doubled": "was paid by another order's transaction",
}
# In numbers, of how many it was so.
COUNTED = {
    "missing": "new",
    "changed": "changed",
    "refunded": "with money back",
    "gone": "gone",
    "doubled": "doubled",
}
TOTALS = {"orders": "Orders that count", "total": "What they come to", "held": "Money held of them"}
_FIELDS = {
    "held": "money held",
    "tax_in_charges": "tax in shipping and fees",
    "placed_at": "placed",
    "lines": "lines, number of",
    "refunds": "refunds, by number",
    "wc_stock_quantity": "stock in the shop",
    "stock_quantity": "stock here",
    "wc_product_id": "number in the shop",
    "wc_parent_id": "variation of",
    "wc_category_id": "number in the shop",
    "category_id": "category",
    "parent_id": "category around it",
    "image_url": "image",
    "ends_at": "until",
    "usage_limit": "uses, at most",
}
_AMOUNTS = ("subtotal", "discount", "tax", "shipping", "fees", "tax_in_charges", "total", "held", "price", "sale_price")
_INSTANTS = ("placed_at", "ends_at")
# Ids say nothing to people, and a note is not shown where it was not written.
_UNSHOWN = ("category_id", "parent_id", "image_url", "note")


@dataclass(frozen=True)
class Reached:
    """How far a run is: `said` in words, `value` of `most` for a bar."""

    said: str
    value: int
    most: int


_STEP = 1000


def reached(log: SyncLog, say: Writing) -> Reached:
    """Of a run with several kinds of things each is as long as the others on the bar: how many there are is known one kind at a time."""
    kinds = _kinds_of(log.sync_type)
    progress: Mapping[str, Any] = log.progress
    done, at = len(progress.get("done", ())), progress.get("resource")
    offset, total = progress.get("offset") or 0, progress.get("total")
    part = min(offset / total, 1) if at and total else 0
    of_all = f" of {say.number(total)}" if total else ""
    said = f"{at.capitalize()}: {say.number(min(offset, total or offset))}{of_all}" if at else "It begins"
    if len(kinds) > 1 and at:
        said = f"{said} ({done + 1} of {len(kinds)} kinds)"
    return Reached(said, round((done + part) * _STEP), len(kinds) * _STEP)


def _kinds_of(sync_type: str) -> tuple[str, ...]:
    if sync_type in ("full", "incremental"):
        return RESOURCES
    return ("orders",) if sync_type == "drift" else (sync_type,)


def figures(report: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, int]]]]:
    """By kind of thing, of how many something was so."""
    found: Mapping[str, Mapping[str, int]] = report.get("figures", {})
    return [
        (kind.capitalize(), [(COUNTED.get(what, what), count) for what, count in sorted(found[kind].items())])
        for kind in RESOURCES
        if found.get(kind)
    ]


def totals(report: Mapping[str, Any], say: Writing) -> list[tuple[str, str, str, bool]]:
    """What the orders come to, in the shop and in the books, and whether that differs."""
    sides = report.get("totals", {})
    shop, books = sides.get("shop", {}), sides.get("books", {})
    rows = [(name, shop.get(name, 0), books.get(name, 0)) for name in TOTALS] if sides else []
    return [
        (TOTALS[name], _figure(name, mine, say), _figure(name, ours, say), mine != ours) for name, mine, ours in rows
    ]


def _figure(name: str, value: int, say: Writing) -> str:
    return say.number(value) if name == "orders" else say.money(value)


def changes(fields: Mapping[str, Any], say: Writing) -> str:
    """What was here and what is there, a line for each field."""
    return "\n".join(_change(name, before, after, say) for name, (before, after) in fields.items())


def _change(name: str, before: Any, after: Any, say: Writing) -> str:
    title = _FIELDS.get(name, name.replace("_", " "))
    if name in _UNSHOWN:
        return f"{title}: another one"
    if before is None:
        return f"{title}: {_value(name, after, say)}"
    return f"{title}: {_value(name, before, say)} → {_value(name, after, say)}"


def _value(name: str, value: Any, say: Writing) -> str:
    if value is None or value == []:
        return "none"
    if name in _AMOUNTS and isinstance(value, int):
        return say.money(value)
    if name in _INSTANTS:
        return say.moment(value)
    if isinstance(value, list):
        return ", ".join(f"#{each}" for each in value)
    return say.number(value) if isinstance(value, int) else str(value).replace("_", " ")
