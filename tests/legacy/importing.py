"""Records that are taken in, and what the books hold of them afterwards."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from pos import clock
from pos.db import db, transaction
from pos.legacy import flows as courses
from pos.legacy.customer_info import flows, records
from pos.legacy.customer_info.known import Known
from pos.legacy.customer_info.records import Told
from pos.legacy.customer_info.taking import Taken
from pos.legacy.flows import Course
from pos.walls import store_tables
from tests.checkout.counter import done
from tests.client import Shop
from tests.legacy import telling

PHONE = "(415) 555-0132"
RAW = "SELECT {columns} FROM {table} WHERE store_id = :store"


def today() -> date:
    return clock.now().date()


def day(days_ago: int) -> str:
    """As the chat service writes a day."""
    found = today() - timedelta(days=days_ago)
    return f"{found.month}/{found.day}/{found.year}"


def person(*orders: Any, **changes: Any) -> dict[str, Any]:
    """Rosa Diaz, 35, gold, with the number that the shop's own tests sell to."""
    return telling.customer(*orders, **{"phone": PHONE, **changes})


def told(record: dict[str, Any]) -> Told:
    found, faults = records.read(json.dumps(record).encode(), digits=2, today=today())
    assert found, faults
    assert not faults
    return found


def course(shop: Shop, **options: Any) -> Course:
    return courses.course(shop.slug, **options)


def take(shop: Shop, *batch: dict[str, Any], **options: Any) -> Taken:
    """Takes records in, in one batch."""
    return flows.take(course(shop, **options), [told(record) for record in batch], Known())


def take_each(shop: Shop, *batches: Sequence[dict[str, Any]]) -> list[Taken]:
    way = course(shop)
    return [flows.take(way, [told(record) for record in batch], Known()) for batch in batches]


def rows(shop: Shop, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """Rows of the shop's own; the statement names `:store`."""
    with transaction(UUID(shop.store_id), actor="test"):
        return [tuple(row) for row in db.session.execute(text(sql), {"store": shop.store_id, **values})]


def count(shop: Shop, table: str) -> int:
    return int(rows(shop, RAW.format(columns="count(*)", table=table))[0][0])


def digests(shop: Shop) -> dict[str, Any]:
    """What each table holds of the store, and all jobs."""
    of_rows = "(SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t WHERE t.store_id = :store)"
    tables = sorted(store_tables())
    columns = ", ".join(of_rows.format(table=table) for table in tables)
    (found,) = rows(shop, f"SELECT {columns}, (SELECT count(*) FROM procrastinate_jobs)")
    return dict(zip([*tables, "jobs"], found, strict=True))


def customer(shop: Shop, phone: str = PHONE) -> dict[str, Any]:
    return done(shop.get("/customers", query_string={"phone": phone}, as_="owner"))


def became(shop: Shop, old_id: Any) -> dict[str, Any]:
    """The customer whom a record became."""
    asked = RAW.format(columns="customer_id", table="source_ids") + " AND kind = 'customer' AND external_id = :id"
    ((customer_id,),) = rows(shop, asked, id=str(old_id))
    return done(shop.get(f"/customers/{customer_id}", as_="owner"))


def orders(shop: Shop, known: dict[str, Any]) -> list[dict[str, Any]]:
    """What a customer bought, the newest first."""
    return list(done(shop.get(f"/customers/{known['id']}/orders", as_="owner"))["data"])


def whole_orders(shop: Shop, known: dict[str, Any]) -> list[dict[str, Any]]:
    return [done(shop.get(f"/orders/{each['id']}", as_="owner")) for each in orders(shop, known)]


def attention(shop: Shop) -> list[tuple[str, str]]:
    """What is listed for the owner: kind and subject."""
    listed = done(shop.get("/attention-items", as_="owner"))["data"]
    return sorted((item["kind"], item["subject"]) for item in listed)
