"""customers_view: what an old query sees of a person, and what it may write."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from babel.numbers import get_currency_precision, list_currencies
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pos.customers.models import Profile
from pos.db import db, rows_of, transaction
from pos.legacy.models import TABLES, SourceId
from tests.client import Shop
from tests.loyalty.members import joined

OLD_COLUMNS = [
    "id",
    "user_id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "address",
    "city",
    "state",
    "postal_code",
    "country",
    "date_of_birth",
    "loyalty_points",
    "customer_type",
    "preferred_payment_method",
    "total_spent",
    "order_count",
    "last_order_date",
    "marketing_consent",
    "sms_consent",
    "tags",
    "notes",
    "is_verified",
    "preferences",
    "needs",
    "experience_level",
    "medical_conditions",
    "preferred_categories",
    "preferred_effects",
    "price_range",
    "purchase_history",
    "created_at",
    "updated_at",
]
WRITABLE = {"first_name", "last_name", "address", "city", "state", "postal_code", "country", "tags", "notes"}


@pytest.fixture
def ada(shop: Shop) -> UUID:
    """Ada, who came from the older back end as its customer 7 (and 8), its users 30 and 20."""
    customer_id = UUID(shop.sell(name="Ada King Lovelace", payment={"method": "card"})["customer"]["id"])
    with transaction(UUID(shop.store_id)) as session:
        for kind, number, raw in (
            ("customer", 7, None), ("customer", 8, None), ("user", 30, None), ("user", 20, None),
            ("profile", 1, {"purchase_history": [{"sku": "IPA"}]}),
        ):  # fmt: skip
            session.add(
                SourceId(
                    source=TABLES, kind=kind, external_id=str(number), number=number, is_main=number == 7,
                    customer_id=customer_id, raw=raw,
                )
            )  # fmt: skip
    return customer_id


def rows(shop: Shop, sql: str, **values: Any) -> list[dict[str, Any]]:
    with transaction(UUID(shop.store_id)) as session:
        return [dict(row) for row in session.execute(text(sql), values).mappings()]


def row(shop: Shop, number: int = 7) -> dict[str, Any]:
    [found] = rows(shop, "SELECT * FROM customers_view WHERE id = :id", id=number)
    return found


def write(shop: Shop, assignments: str, **values: Any) -> int:
    with transaction(UUID(shop.store_id)) as session:
        return session.execute(text(f"UPDATE customers_view SET {assignments} WHERE id = 7"), values).rowcount


@contextmanager
def refused(shop: Shop, *words: str) -> Iterator[None]:
    before = row(shop)
    with pytest.raises(DBAPIError) as caught:
        yield
    assert [word for word in words if word not in str(caught.value.orig)] == []
    assert row(shop) == before


def test_view_has_the_old_columns_and_a_row_for_each_person(shop: Shop, ada: UUID) -> None:
    shop.sell(phone="+14155550133", name="Bo")
    shop.sell(phone=None, walk_in=True)
    joined(shop, points=40)

    found = rows(shop, "SELECT * FROM customers_view ORDER BY id")
    seen = found[0]

    assert [(each["id"], each["first_name"]) for each in found] == [(7, "Ada"), (None, "Bo")]
    assert list(seen)[: len(OLD_COLUMNS)] == OLD_COLUMNS
    assert (seen["user_id"], seen["last_name"], seen["phone"]) == (20, "King Lovelace", "+14155550132")
    assert (seen["loyalty_points"], seen["total_spent"], seen["order_count"]) == (48, Decimal("8.66"), 1)
    assert (seen["marketing_consent"], seen["sms_consent"], seen["is_verified"]) == (False, False, False)
    assert (seen["email"], seen["medical_conditions"], seen["tags"]) == (None, None, [])
    assert seen["purchase_history"] == [{"sku": "IPA"}]
    assert seen["customer_uuid"] == ada


def test_names_of_the_profile_and_a_recorded_number_are_shown(shop: Shop, ada: UUID) -> None:
    with transaction(UUID(shop.store_id)):
        profile = db.session.scalars(rows_of(Profile).where(Profile.customer_id == ada)).one()
        profile.last_name, profile.phone_recorded = "Byron", "555-0132"

    shown = row(shop)

    assert (shown["first_name"], shown["last_name"], shown["phone"]) == (None, "Byron", "+14155550132")


def test_amounts_have_the_decimals_of_each_currency() -> None:
    decimals = importlib.import_module("migrations.versions.0014_customers_view").DECIMALS
    told = {code: digits for digits, codes in decimals.items() for code in codes.split()}

    assert told == {code: digits for code in list_currencies() if (digits := get_currency_precision(code)) != 2}


def test_write_reaches_the_profile_the_name_and_the_audit_log(shop: Shop, ada: UUID) -> None:
    before = shop.get(f"/customers/{ada}").json
    values = {"city": " Oakland ", "notes": "Sits at\nthe window.", "tags": ["vip", " regular "], "state": ""}

    written = write(shop, "last_name = 'Byron', city = :city, notes = :notes, tags = :tags, state = :state", **values)

    after = shop.get(f"/customers/{ada}").json
    [entry] = rows(shop, "SELECT * FROM audit_log WHERE action = 'customers_view.change'")
    assert (written, after["name"], after["version"]) == (1, "Ada Byron", before["version"] + 1)
    assert {name: value for name, value in after["profile"].items() if value != before["profile"][name]} == {
        "first_name": "Ada", "last_name": "Byron", "city": "Oakland", "notes": "Sits at\nthe window.", "tags": ["vip", "regular"],
    }  # fmt: skip
    assert shop.patch(f"/customers/{ada}", {"name": "X"}, version=before["version"]).status_code == 412
    assert (entry["actor"], entry["subject"], entry["id"].version) == ("legacy:tappass_app", f"customers:{ada}", 7)
    assert entry["before"] == dict.fromkeys(["last_name", "name", "tags"], "[hidden]")
    assert entry["after"] == dict.fromkeys(["city", "last_name", "name", "notes", "state", "tags"], "[hidden]")
    assert row(shop)["tags"] == ["vip", "regular"]


def test_write_of_what_is_there_changes_nothing(shop: Shop, ada: UUID) -> None:
    before = row(shop)

    written = write(shop, "city = city, loyalty_points = loyalty_points, email = NULL, tags = '{}'")

    assert (written, row(shop)) == (1, before)


def test_write_forgets_what_is_taken_away(shop: Shop, ada: UUID) -> None:
    write(shop, "city = 'Oakland', tags = '{vip}', notes = 'x'")

    write(shop, "city = NULL, tags = NULL, notes = ' ', first_name = NULL, last_name = ''")

    gone = row(shop)
    assert (gone["city"], gone["tags"], gone["notes"], gone["first_name"], gone["last_name"]) == (
        None,
        [],
        None,
        None,
        None,
    )
    assert shop.get(f"/customers/{ada}").json["name"] is None


def test_write_of_any_other_column_is_refused_by_its_name(shop: Shop, ada: UUID) -> None:
    write(shop, "city = 'Oakland'")
    values = {
        "tags": "'{}'", "is_verified": "true", "marketing_consent": "true", "sms_consent": "true", "preferences": """'{"a": 1}'""",
        "purchase_history": "'[]'", "preferred_categories": "'{x}'", "preferred_effects": "'{x}'", "date_of_birth": "'1990-01-01'",
        "created_at": "'2020-01-01'", "updated_at": "'2020-01-01'", "last_order_date": "'2020-01-01'", "store_id": "gen_random_uuid()",
        "customer_uuid": "gen_random_uuid()",
    }  # fmt: skip

    for column in {*OLD_COLUMNS, "store_id", "customer_uuid"} - WRITABLE:
        with refused(shop, f"customers_view: {column} is not changed here"):
            write(shop, f"city = 'Berkeley', {column} = {values.get(column, '99')}")


def test_write_keeps_the_limits_of_the_api(shop: Shop, ada: UUID) -> None:
    too_much = {
        "first_name": "x" * 101, "address": "x" * 301, "postal_code": "x" * 21, "notes": "x" * 4001, "tags": ["x" * 101],
        "city": "Oak\x07land",
    }  # fmt: skip
    for column, value in {**too_much, "country": "\u202eSU"}.items():
        with refused(shop, f"customers_view: {column} "):
            write(shop, f"{column} = :value", value=value)
    for tags in (["x"] * 51, ["vip", " "], [None]):
        with refused(shop, "tag"):
            write(shop, "tags = :tags", tags=tags)
    with refused(shop, "the names are longer than 200"):
        write(shop, "first_name = :name, last_name = :name", name="x" * 100)

    written = write(
        shop,
        "postal_code = :code, notes = :notes, tags = :tags",
        code="x" * 20,
        notes="x" * 4000,
        tags=["é" * 100] * 50,
    )

    assert written == 1


def test_rows_are_not_made_or_deleted(shop: Shop, ada: UUID) -> None:
    for statement, words in {
        "INSERT INTO customers_view (first_name) VALUES ('Bo')": "takes no new rows",
        "DELETE FROM customers_view WHERE id = 7": "deletes no rows",
    }.items():
        with refused(shop, words), transaction(UUID(shop.store_id)) as session:
            session.execute(text(statement))


def test_another_store_sees_and_writes_nobody(shop: Shop, other_shop: Shop, ada: UUID) -> None:
    assert rows(other_shop, "SELECT id FROM customers_view") == []
    assert write(other_shop, "city = 'Oakland'") == 0
