"""flask analytics grant, at hosts that lend more or less: what stands afterwards, and that the shop goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from flask_migrate import upgrade

from pos import doctor, postgres
from pos.analytics.questions import flows, granting
from pos.analytics.questions.logins import Names
from tests import databases
from tests.client import Shop
from tests.hosting import Host, Offer, hosted, running

OFFERS = {"A": Offer("A", web="shop_web"), "B": Offer("B", rights="CREATEROLE"), "C": Offer("C")}
NOT_WITHOUT_A_SUPERUSER = {"limit of temporary files", "functions", "limits of the logins"}


@pytest.fixture(params=OFFERS)
def host(request: pytest.FixtureRequest, server: postgres.Server) -> Iterator[Host]:
    with hosted(server, OFFERS[request.param]) as offered:
        yield offered


@contextmanager
def _shop(host: Host) -> Iterator[tuple[Flask, Shop]]:
    with running(host.settings) as app, app.app_context():
        upgrade()
        facts = databases.make_shop("hops", "USD", "US", "America/Los_Angeles", prices_include_tax=False)
        yield app, Shop(app.test_client(), **facts)


def test_grant_raises_what_the_host_lends_and_the_shop_goes_on(host: Host) -> None:
    with _shop(host) as (app, shop):
        refused = shop.post("/analytics/query", {"sql": "SELECT 1 AS one"}, as_="owner")
        before = app.test_cli_runner().invoke(args=["analytics", "status"])
        address = _granted(host, app)
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], analyst_database_url=address)
        lacking = {wall.what for wall in granting.grant(app.config["SETTINGS"]).lacking}
        sold = shop.sell()
        answer = flows.ask(UUID(shop.store_id), "SELECT id FROM report_orders")
        (finding,) = [found for found in doctor.examine(app) if found.subject == "questions"]
        upgrade()
        again = flows.ask(UUID(shop.store_id), "SELECT id FROM report_orders")
        status = app.test_cli_runner().invoke(args=["analytics", "status"])
        left = _left(host, app)
        upgrade()
        gone = shop.post("/analytics/query", {"sql": "SELECT 1 AS one"}, as_="owner")

    assert (left, gone.status_code) == ((0, 0), 503)
    assert refused.status_code == 503
    assert answer.rows == again.rows == [[sold["id"]]]
    # Where an administrator ran the statements all stands; who only makes roles says what does not.
    assert (lacking <= NOT_WITHOUT_A_SUPERUSER and "functions" in lacking) if host.letter == "B" else not lacking
    assert finding.is_fine is not bool(lacking)
    assert (before.exit_code, "not set up" in before.output) == (1, True)
    assert (status.exit_code, "stands: logins" in status.output) == (int(bool(lacking)), True)


def test_backup_is_made_and_restored_with_everything_granted(server: postgres.Server) -> None:
    with hosted(server, OFFERS["A"]) as host:
        with _shop(host) as (app, shop):
            address = _granted(host, app)
            sold = shop.sell()
            databases.db.engine.dispose()
        backup = {"BACKUP_DATABASE_URL": server.url("tappass_backup", host.database), "ANALYST_DATABASE_URL": address}
        with host.as_superuser() as cursor:
            cursor.execute(f'GRANT "{Names(host.database).trusted}" TO tappass_backup')
            cursor.execute(f'GRANT CONNECT ON DATABASE "{host.database}" TO tappass_backup')
        made = host.flask("backup", "create", **backup)
        assert made.returncode == 0, made.stderr
        restored = host.flask("backup", "restore", made.stdout.splitlines()[0], "--replace", "--yes", **backup)
        assert restored.returncode == 0, restored.stderr + restored.stdout
        with running(replace(host.settings, analyst_database_url=address)) as app, app.app_context():
            answer = flows.ask(UUID(shop.store_id), "SELECT id FROM report_orders")
            databases.db.engine.dispose()
        with host.as_superuser() as cursor:
            cursor.execute(f'REVOKE "{Names(host.database).trusted}" FROM tappass_backup')

    assert answer.rows == [[sold["id"]]]


def _left(host: Host, app: Flask) -> tuple[int, int]:
    """Takes it all away again, with an administrator where roles are theirs; how many roles and policies are left."""
    try:
        granting.revoke(app.config["SETTINGS"])
    except granting.NeedsAdministrator as error:
        with host.as_superuser() as cursor:
            cursor.execute(error.script)
    with host.as_superuser() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_roles WHERE rolname LIKE %s), (SELECT count(*) FROM pg_policy WHERE polname = 'analyst')",
            [f"{host.database}_analyst%"],
        )
        roles, policies = cursor.fetchall()[0]
        return roles, policies


def _granted(host: Host, app: Flask) -> str:
    """By the owner alone, or with an administrator who runs what the command prints."""
    try:
        address = granting.grant(app.config["SETTINGS"]).address
    except granting.NeedsAdministrator as error:
        assert host.letter != "B"
        with host.as_superuser() as cursor:
            cursor.execute(error.script)
        address = error.address
    assert address
    return address
