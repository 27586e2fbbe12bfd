"""What the views show: every column of every table that they read is decided, and none of those that never may be seen is."""

import re
from uuid import UUID

import pytest

from pos.analytics.questions.queries import views
from pos.analytics.questions.views import TABLES, VIEWS
from pos.db import Base
from tests import databases
from tests.analytics.questions.asking import Granted

# Names of columns that hold persons, words about them, secrets or what leads to a person.
FORBIDDEN = re.compile(
    r"(?!^is_)(.*(phone|number|email|address|hash|token|secret|key|password|pin|sealed|encrypted|note|reason|body|wording|evidence|actor|"
    r"medical|birth|age_|needs|tags|first_name|last_name|city|postal|tab_name|cause|facts|permit|provider_|external_id|failure|request|"
    r"detail|settings|payload|segment$|remarks|words|tappass_id|public_|reference).*)"
)
# What matches and is harmless.
KNOWN_SAFE = {
    ("shifts", "number"), ("order_lines", "needs_preparation"), ("products", "needs_preparation"), ("orders", "shipping"),
    ("coupons", "usage_limit"), ("coupons", "usage_count"),
}  # fmt: skip
# Names that are the shop's own, of things and places.
NAMED_BY_THE_SHOP = {
    "products",
    "categories",
    "rewards",
    "campaigns",
    "locations",
    "registers",
    "order_lines",
    "order_discounts",
}


@pytest.mark.parametrize("table", TABLES)
def test_each_column_is_seen_or_left_out(table: str) -> None:
    there = {column.name for column in Base.metadata.tables[table].columns}
    seen, left_out = set(TABLES[table].seen.split()), set(TABLES[table].left_out.split())

    assert seen | left_out == there
    assert seen & left_out == set()


def test_no_column_is_seen_that_never_may_be() -> None:
    suspects = {
        (table, column) for table, read in TABLES.items() for column in read.columns if FORBIDDEN.fullmatch(column)
    }

    assert suspects - KNOWN_SAFE == set()
    assert {table for table, read in TABLES.items() if "name" in read.columns} == NAMED_BY_THE_SHOP


def test_views_read_no_column_but_the_seen_ones() -> None:
    wrong = []
    for view in VIEWS:
        tables = {alias: table for table, alias in re.findall(r"public\.(\w+) (\w)\b", view.source)}
        used = re.findall(r"\b([a-z])\.(\w+)", f"{view.source} {' '.join(view.columns.values())}")
        wrong += [
            f"{view.name}: {alias}.{column}"
            for alias, column in used
            if tables.get(alias, "analyst_leases") != "analyst_leases" and column not in TABLES[tables[alias]].columns
        ]

    assert wrong == []


def test_words_of_manual_discounts_and_open_items_are_hidden() -> None:
    columns = {view.name: view.columns for view in VIEWS}

    assert "kind IN ('coupon', 'reward')" in columns["report_discounts"]["name"]
    assert "product_id IS NOT NULL" in columns["report_order_lines"]["name"]


def test_schema_tells_the_types_that_postgresql_gives(granted: Granted) -> None:
    with databases.superuser_in(granted.server, granted.database) as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "WHERE c.relnamespace = 'analytics'::regnamespace AND a.attnum > 0 ORDER BY c.relname, a.attnum"
        )
        there = [(view, name, TYPES[kind]) for view, name, kind in cursor.fetchall()]

    told = [(view["name"], column["name"], column["type"]) for view in views() for column in view["columns"]]

    assert sorted(told) == sorted(there)


TYPES = {
    "uuid": "id", "text": "text", "bigint": "integer", "integer": "integer", "boolean": "boolean", "date": "date", "numeric": "number",
    "timestamp with time zone": "instant",
}  # fmt: skip


def test_views_are_barriers_of_an_owner_who_cannot_log_in(granted: Granted) -> None:
    with databases.superuser_in(granted.server, granted.database) as cursor:
        cursor.execute(
            "SELECT c.relname, c.reloptions, r.rolname, r.rolcanlogin OR r.rolsuper OR r.rolbypassrls FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
            "WHERE c.relnamespace = 'analytics'::regnamespace"
        )
        found = cursor.fetchall()

    assert {row[0] for row in found} == {view.name for view in VIEWS}
    assert {(tuple(row[1]), row[2], row[3]) for row in found} == {
        (("security_barrier=true",), f"{granted.database}_analyst_views", False)
    }


def test_day_is_by_the_clock_of_the_place(granted: Granted) -> None:
    from pos.analytics.questions import flows

    with granted.app.app_context():
        answer = flows.ask(
            UUID(granted.theirs.store_id),
            "SELECT count(*) AS n FROM report_orders WHERE placed_on <> cast(placed_at AT TIME ZONE 'Europe/Berlin' AS date)",
        )

    assert answer.rows == [[0]]
