"""The catalogue as a sheet: handed out, and changed by one in few statements, all of it or nothing."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete

from pos import ids
from pos.audit_log import AuditEntry
from pos.catalog.models import Category, Product, ProductImage
from pos.catalog.sheet import COLUMNS, Sheet, written
from pos.catalog.sheet_plan import Known, Plan, Step, planned
from pos.db import current_actor, current_store, db, rows_of
from pos.errors import Conflict, Refused
from pos.statements import Statement, as_rows, insert_of
from pos.stores.queries import tax_classes_everywhere

# Of a product's row; category and station stand in a sheet by their names.
_OWN = ("category_id", "station_id", *(name for name in COLUMNS if name not in ("category", "station")))
_ROWS = f"""
    SELECT p.id, c.name AS category, t.name AS station, {", ".join(f"p.{name}" for name in _OWN)}
      FROM products p LEFT JOIN categories c ON c.store_id = p.store_id AND c.id = p.category_id
      LEFT JOIN stations t ON t.store_id = p.store_id AND t.id = p.station_id
     WHERE p.store_id = :store
"""
_ALL = Statement(f"{_ROWS} ORDER BY c.name, p.name, p.sku")
_NAMED = Statement(f"{_ROWS} AND p.sku = ANY(:skus ::text[]) ORDER BY p.id")
_LOCKED = Statement(f"{_ROWS} AND p.sku = ANY(:skus ::text[]) ORDER BY p.id FOR NO KEY UPDATE OF p")
_CREATE = Statement(insert_of(Product, "id", "version", *_OWN))
_CHANGE = Statement(f"""
    UPDATE products p SET version = p.version + 1, updated_at = now(), {", ".join(f"{name} = d.{name}" for name in _OWN)}
      FROM json_populate_recordset(NULL::products, :rows) d WHERE p.store_id = :store AND p.id = d.id
""")
_STATIONS = Statement("SELECT name, id FROM stations WHERE store_id = :store ORDER BY name")
_NOTE = Statement(insert_of(AuditEntry, "id", "actor", "action", "subject", "before", "after"))


class SheetChanged(Conflict):
    title = "Not what was shown"
    advice = "Something is different from the preview by now, the sheet or the catalogue. Look at a new preview, and send its digest."


class SheetHasFaults(Refused):
    title = "The sheet has faults"
    advice = "{count} cell(s) of the sheet cannot be taken; nothing was changed. The preview says which, and what to write there."


def whole_sheet(currency: str) -> Iterator[str]:
    """All products of the open store as CSV, line by line, by category and name."""
    return written(_ALL.mappings(), currency)


def preview(sheet: Sheet, currency: str) -> Plan:
    """What the sheet would do to the catalogue as it is."""
    return planned(sheet, _known(_NAMED, sheet, currency))


def carry_out(sheet: Sheet, currency: str, digest: str | None) -> Plan:
    """Does what the preview with this digest has shown. Raises SheetHasFaults, SheetChanged."""
    plan = planned(sheet, _known(_LOCKED, sheet, currency))
    if plan.faults:
        raise SheetHasFaults(count=len(plan.faults))
    if plan.digest != digest:
        raise SheetChanged
    _write(plan)
    return plan


def _known(rows: Statement, sheet: Sheet, currency: str) -> Known:
    named = rows.mappings(skus=[line.sku for line in sheet.lines])
    return Known(
        products={row["sku"]: row for row in named},
        categories=frozenset(_category_ids()),
        stations=tuple(_station_ids()),
        tax_classes=frozenset(tax_classes_everywhere()),
        currency=currency,
    )


def _category_ids() -> dict[str, Any]:
    found = rows_of(Category).with_only_columns(Category.name, Category.id)
    return {row.name: row.id for row in db.session.execute(found)}


def _station_ids() -> dict[str, Any]:
    return dict(_STATIONS.rows())


def _write(plan: Plan) -> None:
    db.session.add_all(Category(name=name) for name in plan.new_categories)
    db.session.flush()
    categories, stations = _category_ids(), _station_ids()
    steps = {outcome: [step for step in plan.steps if step.outcome == outcome] for outcome in ("created", "changed")}
    created = [_row(step, categories, stations) | {"id": ids.uuid7(), "version": 1} for step in steps["created"]]
    changed = [_row(step, categories, stations) | {"id": (step.before or {})["id"]} for step in steps["changed"]]
    for statement, rows in ((_CREATE, created), (_CHANGE, changed)):
        if rows:
            statement.run(rows=as_rows(rows))
    _forget_pictures(steps["changed"])
    notes = [_note("create", {}, row) for row in created]
    notes += [_note("change", step.before or {}, row) for step, row in zip(steps["changed"], changed, strict=True)]
    if notes:
        _NOTE.run(rows=as_rows(notes))


def _row(step: Step, categories: dict[str, Any], stations: dict[str, Any]) -> dict[str, Any]:
    row = {name: step.after[name] for name in _OWN if name not in ("category_id", "station_id")}
    return row | {
        "category_id": categories.get(step.after["category"]),
        "station_id": stations.get(step.after["station"]),
    }


def _forget_pictures(changed: list[Step]) -> None:
    """Of products that are shown by another address from now on."""
    lost = [
        step.before["id"] for step in changed if step.before and step.before["image_url"] != step.after["image_url"]
    ]
    if lost:
        mine = (ProductImage.store_id == current_store()) & ProductImage.product_id.in_(lost)
        db.session.execute(delete(ProductImage).where(mine))


def _note(verb: str, before: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The act as the audit log would have noted it, had the row been changed by itself (pos/audit_log.py)."""
    differing = [name for name in _OWN if name not in before or before[name] != row[name]]
    was = {name: before[name] for name in differing if before.get(name) is not None}
    return {
        "id": ids.uuid7(),
        "actor": current_actor(),
        "action": f"products.{verb}",
        "subject": f"products:{row['id']}",
        "before": was or None,
        "after": {name: row[name] for name in differing},
    }
