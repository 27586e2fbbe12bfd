"""Goods: what was sold of each product, category and kind, and the tax on it."""

from decimal import Decimal
from typing import Any

from pos.analytics.reports.days import PERIODS, values_of
from pos.analytics.reports.shape import Asked, Kind, Report, columns, require_nobodys, summed
from pos.analytics.rollups import changed
from pos.analytics.rollups.rollup import GOODS, SALES
from pos.statements import Statement

_MEASURES = ("quantity", "gross", "discounts", "net", "tax")
_SHOWN = columns(quantity="count", gross="money", discounts="money", net="money", tax="money")
_SUMS = ", ".join(f"sum(r.{name})::bigint AS {name}" for name in _MEASURES)
_MINE = "(:location ::uuid IS NULL OR r.location_id = :location ::uuid)"
_LARGEST_FIRST = "ORDER BY sum(r.net) DESC, sum(r.quantity) DESC"


def _by(key: str, order: str) -> Statement:
    return Statement(f"SELECT {key}, {_SUMS} FROM {GOODS.rows} r WHERE {_MINE} GROUP BY 1 {order}")


_STATEMENTS = {
    **{by: _by(f"{sql} AS {by}", "ORDER BY 1") for by, sql in PERIODS.items()},
    "kind": _by("r.kind", _LARGEST_FIRST),
    # Goods that the catalogue did not know have their own name; a product has the one that it has today, and its category of today.
    "product": Statement(f"""
        SELECT x.product_id, CASE WHEN x.product_id IS NULL THEN x.name ELSE p.name END AS product,
               CASE WHEN x.product_id IS NULL THEN x.sku ELSE p.sku END AS sku, x.kind, {", ".join(f"x.{name}" for name in _MEASURES)}
          FROM (SELECT r.product_id, r.sku, r.name, r.kind, {_SUMS} FROM {GOODS.rows} r WHERE {_MINE} GROUP BY 1, 2, 3, 4) x
          LEFT JOIN products p ON p.store_id = :store AND p.id = x.product_id
         ORDER BY x.net DESC, x.quantity DESC, 2, 3, 4
    """),
    "category": Statement(f"""
        SELECT c.id AS category_id, c.name AS category, {", ".join(f"sum(x.{name})::bigint AS {name}" for name in _MEASURES)}
          FROM (SELECT r.product_id, {_SUMS} FROM {GOODS.rows} r WHERE {_MINE} GROUP BY 1) x
          LEFT JOIN products p ON p.store_id = :store AND p.id = x.product_id
          LEFT JOIN categories c ON c.store_id = :store AND c.id = p.category_id
         GROUP BY c.id, c.name ORDER BY sum(x.net) DESC, 2
    """),
    "tax": Statement(
        f"SELECT r.tax_class, r.tax_rate, {_SUMS} FROM {GOODS.rows} r WHERE {_MINE} GROUP BY 1, 2 ORDER BY 1, 2"
    ),
}
_KEYS = {
    **{by: columns(**{by: by}) for by in PERIODS},
    "kind": columns(kind="text"),
    "product": columns(product_id="id", product="text", sku="text", kind="text"),
    "category": columns(category_id="id", category="text"),
    "tax": columns(tax_class="text", tax_rate="rate"),
}
# The tax that shipping and fees include, of which orders keep one sum.
_OF_CHARGES = Statement(f"""
    SELECT coalesce(sum(r.charges), 0)::bigint, coalesce(sum(r.tax), 0)::bigint FROM {SALES.rows} r WHERE {_MINE}
""")
CHARGES = "charges"


def make(asked: Asked) -> Report:
    """The goods of these days. Raises NotOfReport for one register's or person's, of which no sums are kept."""
    require_nobodys(asked)
    found = changed.between(asked.first_on, asked.last_on)
    data = _STATEMENTS[asked.by].mappings(**values_of(GOODS, asked, found))
    if asked.by == "tax":
        data = _with_charges(data, asked, found)
    return Report((*_KEYS[asked.by], *_SHOWN), data, summed(data, _MEASURES), asked.first_on, asked.last_on)


def _with_charges(data: list[dict[str, Any]], asked: Asked, found: changed.Changed) -> list[dict[str, Any]]:
    """The tax by rate, and a row more for shipping and fees, so that it comes to all tax of the sales."""
    rows = [{**row, "tax_rate": str(Decimal(row["tax_rate"]).normalize())} for row in data]
    [(charges, tax)] = _OF_CHARGES.rows(**values_of(SALES, asked, found))
    rest = tax - sum(row["tax"] for row in rows)
    if charges or rest:
        empty = dict.fromkeys(_MEASURES, 0)
        rows.append({"tax_class": CHARGES, "tax_rate": None, **empty, "gross": charges, "net": charges, "tax": rest})
    return rows


PRODUCTS_REPORT = Kind(("product", "category", "kind", "day", "week", "month"), make, frozenset({"location_id"}))
