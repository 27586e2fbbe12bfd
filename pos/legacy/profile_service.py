"""ProfileService: the older back end's class under its old name, for callers that still run in its event loop.

It answers with the old columns (customers_view) and takes every old id that a person had, not only the main one. Each
method warns of the API's route that takes its place; statements run in a thread, so that the loop goes on.
"""

import asyncio
import warnings
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask
from sqlalchemy.exc import DBAPIError

from pos import money, phone
from pos.customers.actions import vault
from pos.db import transaction
from pos.errors import InvalidPhone
from pos.legacy.models import TABLES
from pos.statements import Statement, standing_for
from pos.stores.queries import store_by_slug

WRITABLE = ("first_name", "last_name", "address", "city", "state", "postal_code", "country", "tags", "notes")
CUSTOMER = (
    "id", "user_id", "email", "first_name", "last_name", "phone", "address", "city", "state", "postal_code", "country",
    "date_of_birth", "loyalty_points", "customer_type", "preferred_payment_method", "total_spent", "order_count",
    "last_order_date", "marketing_consent", "sms_consent", "tags", "notes", "is_verified", "created_at", "updated_at",
)  # fmt: skip
PROFILE = (
    "preferences", "needs", "experience_level", "medical_conditions", "preferred_categories", "preferred_effects",
    "price_range", "purchase_history",
)  # fmt: skip
# What the view's trigger says of a value that the API would not take either.
_REFUSED = ("22001", "23514")
_MOST_ORDERS = 1000

_COLUMNS = ", ".join(f"v.{name}" for name in (*CUSTOMER, *PROFILE))
# Who was merged is shown as who stands for them.
_HEIR = (
    "(SELECT coalesce(h.merged_into_id, h.id) FROM customers h WHERE h.store_id = {row}.store_id AND h.id = {row}.{id})"
)
_BY_NUMBER = Statement(f"""
    SELECT {_COLUMNS} FROM source_ids s
      JOIN customers_view v ON v.store_id = s.store_id AND v.customer_uuid = {_HEIR.format(row="s", id="customer_id")}
     WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = :kind AND s.number = :number
""")
# An address may be several people's: the first one whom the store has known.
_BY_EMAIL = Statement(f"""
    SELECT {_COLUMNS} FROM customers c JOIN customers_view v ON v.store_id = c.store_id AND v.customer_uuid = {standing_for("c")}
     WHERE c.store_id = :store AND c.email_hash = :email ORDER BY c.created_at, c.id LIMIT 1
""")
# Whose number it is comes before whoever an older system had it for.
_BY_PHONE = Statement(f"""
    SELECT {_COLUMNS} FROM (
      SELECT c.store_id, c.id, 1 AS place FROM customers c WHERE c.store_id = :store AND c.phone = :number
      UNION ALL
      SELECT p.store_id, p.customer_id, 2 FROM profiles p WHERE p.store_id = :store AND p.phone_recorded = :told) found
      JOIN customers_view v ON v.store_id = found.store_id AND v.customer_uuid = {_HEIR.format(row="found", id="id")}
     ORDER BY found.place, found.id LIMIT 1
""")
_ORDERS = Statement(f"""
    SELECT o.currency, w.number AS id, m.number AS customer_id,
           CASE WHEN w.number IS NOT NULL AND left(o.note, 6) = 'Order ' THEN substr(o.note, 7)
                ELSE 'TP-' || o.reference END AS order_number,
           CASE WHEN o.status = 'canceled' THEN 'canceled' WHEN o.status = 'completed' OR o.payment_status = 'paid' THEN 'completed'
                ELSE 'pending' END AS status,
           o.total,
           (SELECT coalesce(json_agg(json_build_object('name', l.name, 'sku', l.sku, 'quantity', l.quantity, 'price', l.unit_price)
                              ORDER BY l.position), '[]')
              FROM order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NULL) AS items,
           o.placed_at AS created_at, o.updated_at
      FROM source_ids s
      JOIN orders o ON o.store_id = s.store_id AND o.customer_id = {_HEIR.format(row="s", id="customer_id")}
      LEFT JOIN source_ids w ON w.store_id = o.store_id AND w.order_id = o.id AND w.source = '{TABLES}'
      LEFT JOIN source_ids m ON m.store_id = s.store_id AND m.customer_id = s.customer_id AND m.source = '{TABLES}'
                            AND m.kind = 'customer' AND m.is_main
     WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = 'customer' AND s.number = :number
     ORDER BY o.placed_at DESC, o.id DESC LIMIT {_MOST_ORDERS}
""")

Row = dict[str, Any]
Answer = TypeVar("Answer")


class ProfileService:
    """What the older back end asked of profiles, of one store; None for whom nobody knows."""

    def __init__(self, app: Flask, store_slug: str) -> None:
        self._app = app
        self._slug = store_slug

    async def get_profile_by_user_id(self, user_id: int) -> Row | None:
        """Customer and profile of a user."""
        _warn("get_profile_by_user_id", "GET /api/v1/customers/{id}")
        return await self._in_store(lambda: _first(_BY_NUMBER, kind="user", number=user_id))

    async def get_customer(self, customer_id: int) -> Row | None:
        """The columns of the old table customers."""
        _warn("get_customer", "GET /api/v1/customers/{id}")
        return _only(CUSTOMER, await self._by_id(customer_id))

    async def get_customer_by_email(self, email: str) -> Row | None:
        """The same; the address itself is not in the answer."""
        _warn("get_customer_by_email", "POST /api/v1/customers/lookup")
        return _only(CUSTOMER, await self._in_store(lambda: _first(_BY_EMAIL, email=vault().hash_email(email))))

    async def get_customer_by_phone(self, phone: str) -> Row | None:
        """The same, for a number in any spelling, or as the older system had it."""
        _warn("get_customer_by_phone", "POST /api/v1/customers/lookup")
        return _only(CUSTOMER, await self._in_store(lambda: self._with_phone(phone)))

    async def get_customer_profile(self, customer_id: int) -> Row | None:
        """The columns of the old table customer_profiles. What is encrypted, medical_conditions, is not told."""
        _warn("get_customer_profile", "GET /api/v1/customers/{id}")
        found = await self._by_id(customer_id)
        return found and {"customer_id": found["id"]} | {
            name: found[name] for name in (*PROFILE, "created_at", "updated_at")
        }

    async def get_orders(self, customer_id: int) -> list[Row]:
        """Orders as the old table had them, the newest first (at most 1,000); `id` is None for those that it never had."""
        _warn("get_orders", "GET /api/v1/customers/{id}/orders")
        found = await self._in_store(lambda: _ORDERS.mappings(number=customer_id))
        return [_in_major_units(row) for row in found]

    async def update_profile(self, customer_id: int, **fields: Any) -> Row | None:
        """Changes names, address, tags or notes; answers as get_customer. Raises ValueError for anything else, and for what the
        API would not take."""
        _warn("update_profile", "PATCH /api/v1/customers/{id}")
        wrong = sorted(set(fields) - set(WRITABLE))
        if wrong:
            raise ValueError(f"{', '.join(wrong)} cannot be changed here; only {', '.join(WRITABLE)}.")
        await self._in_store(lambda: _write(customer_id, fields))
        return _only(CUSTOMER, await self._by_id(customer_id))

    async def _by_id(self, customer_id: int) -> Row | None:
        return await self._in_store(lambda: _first(_BY_NUMBER, kind="customer", number=customer_id))

    async def _in_store(self, ask: Callable[[], Answer]) -> Answer:
        """Asks in a transaction of the store, in a thread."""
        return await asyncio.to_thread(self._asked, ask)

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        with self._app.app_context(), transaction(self._store[0], actor="legacy"):
            return ask()

    def _with_phone(self, told: str) -> Row | None:
        try:
            number = phone.parse(told, self._store[1])
        except InvalidPhone:
            number = None
        return _first(_BY_PHONE, number=number, told=told)

    @cached_property
    def _store(self) -> tuple[UUID, str]:
        """The store's id, and the country in which its numbers are read."""
        with self._app.app_context(), transaction(None):
            store = store_by_slug(self._slug)
            return store.id, store.country


def _warn(method: str, route: str) -> None:
    # Past this function and the method, to the line that awaits it.
    warnings.warn(f"ProfileService.{method} is kept for old callers; use {route}", DeprecationWarning, stacklevel=3)


def _first(statement: Statement, **values: Any) -> Row | None:
    return next(iter(statement.mappings(**values)), None)


def _only(columns: tuple[str, ...], row: Row | None) -> Row | None:
    return row and {name: row[name] for name in columns}


def _write(number: int, fields: Row) -> None:
    """Through the view, whose trigger keeps the limits, the version and the audit log."""
    if not fields:
        return
    columns = ", ".join(f"{name} = :{name}" for name in WRITABLE if name in fields)
    statement = Statement(f"""
        UPDATE customers_view v SET {columns} FROM source_ids s
         WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = 'customer' AND s.number = :number
           AND v.store_id = s.store_id AND v.customer_uuid = s.customer_id
    """)
    try:
        statement.run(number=number, **fields)
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) not in _REFUSED:
            raise
        raise ValueError(str(error.orig).splitlines()[0]) from error


def _in_major_units(row: Row) -> Row:
    digits = money.digits_of(row.pop("currency"))
    items = [item | {"price": Decimal(item["price"]).scaleb(-digits)} for item in row["items"]]
    return row | {"total": Decimal(row["total"]).scaleb(-digits), "items": items}
