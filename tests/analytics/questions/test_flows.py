"""A question from the text to the answer: places, leases, and who may not be asked with."""

import dataclasses
from contextlib import ExitStack, closing
from datetime import UTC, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from pos import clock
from pos.analytics.questions import flows, sitting, slots
from pos.analytics.questions.logins import Names
from pos.analytics.questions.refusals import (
    AnalystBusy,
    AnalystNotSetUp,
    QueryFailed,
    QueryRefused,
    QueryTooSlow,
)
from pos.analytics.questions.views import VIEWS
from pos.db import transaction
from tests import databases
from tests.analytics.questions.asking import INJECTED, Granted, connected, said, slot_of

COUNT = "SELECT count(*) AS n, sum(total) AS total FROM report_orders"
# Allowed, and more than anybody can wait for.
HEAVY = "SELECT count(*) FROM report_order_lines a, report_order_lines b, report_order_lines c, report_order_lines d, " + ", ".join(
    f"report_products p{number}" for number in range(8)
)  # fmt: skip


def test_ask_answers_from_the_stores_own_rows(granted: Granted, asking: Flask) -> None:
    mine, theirs = (flows.ask(UUID(shop.store_id), COUNT) for shop in (granted.mine, granted.theirs))

    assert [column.name for column in mine.columns] == ["n", "total"]
    assert (mine.rows[0][0], theirs.rows[0][0]) == (4, 3)
    assert mine.rows[0][1] != theirs.rows[0][1]


def test_ask_cuts_what_is_too_much(granted: Granted, asking: Flask) -> None:
    some = flows.ask(granted.store_id, "SELECT id FROM report_products", limit=2)
    all_of_it = flows.ask(granted.store_id, "SELECT id FROM report_products")

    assert (len(some.rows), some.is_cut) == (2, True)
    assert (len(all_of_it.rows), all_of_it.is_cut) == (5, False)


def test_ask_takes_in_so_many_bytes_and_no_more(granted: Granted) -> None:
    with granted.app.app_context(), flows.seated(granted.store_id) as connection:
        wide = ", ".join("concat(a.id, b.id, a.id, b.id, a.id, b.id, a.id, b.id, a.id)" for _ in range(40))
        raw = sitting.run(
            connection,
            f"SELECT {wide} FROM analytics.report_products a, analytics.report_products b, analytics.report_products c, "
            "analytics.report_products d",
            most_rows=10_000,
        )

    assert raw.is_cut
    assert sum(len(value or "") for row in raw.rows for value in row) <= sitting.MOST_BYTES


def test_ask_gives_each_type_its_form(granted: Granted, asking: Flask) -> None:
    answer = flows.ask(
        granted.store_id,
        "SELECT 1 AS i, 1.5 AS n, true AS b, NULL AS nothing, cast('2026-11-01' AS date) AS d, cast('2026-11-01 10:00' AS timestamp) AS t, "
        "cast('2026-11-01 10:00+01' AS timestamptz) AS at, interval '3 days' AS took, 'x' AS word, "
        "cast('12345678901234567890' AS numeric) AS large, cast('NaN' AS double precision) AS none",
    )

    assert dict(zip([column.name for column in answer.columns], answer.rows[0], strict=True)) == {
        "i": 1, "n": 1.5, "b": True, "nothing": None, "d": "2026-11-01", "t": "2026-11-01T10:00:00", "at": "2026-11-01T09:00:00Z",
        "took": "P3D", "word": "x", "large": "12345678901234567890", "none": None,
    }  # fmt: skip


def test_ask_ends_what_takes_too_long(granted: Granted, asking: Flask) -> None:
    with pytest.raises(QueryTooSlow):
        flows.ask(granted.store_id, HEAVY)

    assert flows.ask(granted.store_id, COUNT).rows[0][0] == 4


def test_watchdog_ends_a_statement_that_has_no_limit_of_its_own(granted: Granted) -> None:
    with granted.app.app_context(), flows.seated(granted.store_id) as connection:
        sitting.run(connection, "SET statement_timeout = 0", most_rows=1)
        sitting.run(connection, "SET transaction_timeout = 0", most_rows=1)
        with pytest.raises(sitting.Overdue):
            sitting.run(
                connection,
                f"SELECT 1 FROM ({HEAVY.replace('report_', 'analytics.report_')}) x",
                most_rows=1,
                seconds=0.3,
            )


def test_statements_cannot_be_stacked_on_the_wire(granted: Granted) -> None:
    with (
        granted.app.app_context(),
        flows.seated(granted.store_id) as connection,
        pytest.raises(sitting.Failed) as raised,
    ):
        sitting.run(connection, "SELECT 1; SELECT 2", most_rows=1)

    assert raised.value.state == "42601"


def test_ask_says_why_it_does_not_work_out(granted: Granted, asking: Flask) -> None:
    with pytest.raises(QueryFailed, match="division by zero"):
        flows.ask(granted.store_id, "SELECT 1 / 0 AS x")
    with pytest.raises(QueryFailed, match="invalid input syntax"):
        flows.ask(granted.store_id, "SELECT cast(name AS integer) FROM report_products")


def test_today_is_the_stores_and_instants_are_told_in_utc(granted: Granted, asking: Flask) -> None:
    [[zone, today, begins]] = flows.ask(
        granted.store_id,
        "SELECT timezone, current_date AS today, cast(current_date AS timestamptz) AS begins FROM report_store",
    ).rows

    local = clock.now().astimezone(ZoneInfo(zone)).date()
    assert (zone, today) == ("America/Los_Angeles", local.isoformat())
    assert begins == datetime.combine(local, time(), ZoneInfo(zone)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_ask_within_a_transaction_is_a_bug(granted: Granted, asking: Flask) -> None:
    with transaction(granted.store_id), pytest.raises(RuntimeError, match="outside of transactions"):
        flows.ask(granted.store_id, COUNT)


def test_half_of_the_places_are_left_to_other_stores(granted: Granted, asking: Flask) -> None:
    taken = [slots.take(granted.store_id, []) for _ in range(slots.MOST_OF_A_STORE)]
    try:
        with pytest.raises(AnalystBusy):
            flows.ask(granted.store_id, COUNT)
        answer = granted.mine.post("/analytics/query", {"sql": COUNT}, as_="owner")
        others = flows.ask(UUID(granted.theirs.store_id), COUNT)
    finally:
        for slot in taken:
            assert slot
            slots.give_back(slot)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert len(others.rows) == 1
    assert flows.ask(granted.store_id, COUNT).rows[0][0] == 4


def test_places_serve_two_stores_at_once(granted: Granted) -> None:
    with slot_of(granted, granted.store_id) as mine, slot_of(granted, UUID(granted.theirs.store_id)) as theirs:
        products = [said(connection, "SELECT id FROM analytics.report_products").text for connection in (mine, theirs)]

    assert all(product in products[0] for product in granted.mine.products.values())
    assert all(product in products[1] for product in granted.theirs.products.values())


def test_lease_that_ran_out_shows_nothing(granted: Granted) -> None:
    with slot_of(granted, granted.store_id) as connection:
        before = said(connection, COUNT.replace("report_", "analytics.report_")).text
        _run_out(granted)
        after = said(connection, COUNT.replace("report_", "analytics.report_")).text

    assert "(4," in before
    assert "(0," in after


def test_answer_that_came_after_the_lease_is_thrown_away(granted: Granted, asking: Flask) -> None:
    with pytest.raises(QueryTooSlow), flows.seated(granted.store_id):
        _run_out(granted)


def test_connection_left_behind_sees_nothing_of_the_next_store(granted: Granted) -> None:
    """A process that was stopped for longer than its lease wakes up when its slot is another store's."""
    ask = "SELECT id FROM analytics.report_products"
    with slot_of(granted, granted.store_id) as left_behind:
        _run_out(granted)
        role = left_behind.info.user
        names = [name for name in Names(granted.database).slots if name != role]
        next_one = slots.take(UUID(granted.theirs.store_id), names)
        assert next_one
        try:
            unbound = said(left_behind, ask).text
            with granted.app.app_context():
                assert slots.bind(next_one, left_behind.info.backend_pid + 1)
            bound = said(left_behind, ask).text
        finally:
            slots.give_back(next_one)

    assert (unbound, bound) == ("[]", "[]")


def test_who_was_left_in_a_slot_is_ended(granted: Granted, asking: Flask) -> None:
    with ExitStack() as stack:
        for role in Names(granted.database).slots:
            stack.enter_context(closing(connected(granted, role)))
        with pytest.raises(AnalystBusy):
            flows.ask(granted.store_id, COUNT)
    _run_out(granted)

    assert flows.ask(granted.store_id, COUNT).rows[0][0] == 4


def test_without_an_address_nothing_is_asked(granted: Granted, asking: Flask) -> None:
    settings = granted.app.config["SETTINGS"]
    granted.app.config["SETTINGS"] = dataclasses.replace(settings, analyst_database_url=None)
    try:
        with pytest.raises(AnalystNotSetUp, match="analytics grant"):
            flows.ask(granted.store_id, COUNT)
        answer = granted.mine.post("/analytics/query", {"sql": COUNT}, as_="owner")
    finally:
        granted.app.config["SETTINGS"] = settings

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/analyst-not-set-up")


@pytest.mark.parametrize(
    ("right", "back"),
    [
        ("BYPASSRLS", "NOBYPASSRLS"),
        ("SUPERUSER", "NOSUPERUSER"),
        ("CREATEROLE", "NOCREATEROLE"),
        ("INHERIT", "NOINHERIT"),
        ("CONNECTION LIMIT 9", "CONNECTION LIMIT 1"),
    ],
)
def test_login_that_may_more_is_not_used(granted: Granted, asking: Flask, right: str, back: str) -> None:
    with (
        _altered(granted, f"ALTER ROLE {{role}} {right}", f"ALTER ROLE {{role}} {back}"),
        pytest.raises(AnalystNotSetUp),
    ):
        flows.ask(granted.store_id, COUNT)


def test_login_that_belongs_to_another_is_not_used(granted: Granted, asking: Flask) -> None:
    with (
        _altered(granted, "GRANT tappass_backup TO {role}", "REVOKE tappass_backup FROM {role}"),
        pytest.raises(AnalystNotSetUp),
    ):
        flows.ask(granted.store_id, COUNT)


def test_login_that_reads_a_table_is_not_used(granted: Granted, asking: Flask) -> None:
    grant = "GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT (id) ON customers TO {role}"
    back = "REVOKE USAGE ON SCHEMA public FROM {role}; REVOKE SELECT (id) ON customers FROM {role}"
    with _altered(granted, grant, back), pytest.raises(AnalystNotSetUp):
        flows.ask(granted.store_id, COUNT)


def test_schema_digest_follows_the_views_that_are_read() -> None:
    orders = flows.schema_digest("SELECT count(*) FROM report_orders")

    assert orders == flows.schema_digest("SELECT sum(total) AS t FROM report_orders AS o")
    assert orders != flows.schema_digest("SELECT count(*) FROM report_products")
    with pytest.raises(QueryRefused):
        flows.schema_digest("SELECT * FROM public.orders")


def test_name_that_is_a_statement_changes_nothing(granted: Granted, asking: Flask) -> None:
    """Whoever asks in somebody's name may have read it: the customer's words reach no answer, and none is ever run."""
    answers = [flows.ask(granted.store_id, f"SELECT * FROM {view.name}") for view in VIEWS]

    assert not any(words in str(answer.rows) for answer in answers for words in (INJECTED, "Ada Ours", "415555"))
    assert flows.ask(granted.store_id, "SELECT count(*) AS n FROM report_orders WHERE status = 'canceled'").rows == [
        [1]
    ]


class _altered:  # noqa: N801 - it reads as a sentence
    """Every slot's login altered for a while, by somebody who may."""

    def __init__(self, granted: Granted, there: str, back: str) -> None:
        self._granted, self._there, self._back = granted, there, back

    def __enter__(self) -> None:
        self._run(self._there)

    def __exit__(self, *_: object) -> None:
        self._run(self._back)

    def _run(self, statement: str) -> None:
        with databases.superuser_in(self._granted.server, self._granted.database) as cursor:
            for role in Names(self._granted.database).slots:
                cursor.execute(statement.format(role=f'"{role}"'))


def _run_out(granted: Granted) -> None:
    """As if the time of all leases had come."""
    with databases.superuser_in(granted.server, granted.database) as cursor:
        cursor.execute("UPDATE analyst_leases SET leased_until = now() - interval '1 s' WHERE leased_until > now()")
