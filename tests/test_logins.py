"""Logins that are refused, and the addresses and names by which hosts hand a database out."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask_migrate import upgrade
from sqlalchemy import text

from pos import config, connections, postgres
from pos.db import db, transaction
from tests import databases
from tests.hosting import Host, Offer, hosted, run, running, started, until


@pytest.mark.parametrize("rights", ["SUPERUSER", "BYPASSRLS"])
@pytest.mark.parametrize("command", ["doctor", "stores list"])
def test_login_above_row_security_is_refused_with_a_sentence(
    above: Callable[[str], Host], rights: str, command: str
) -> None:
    host = above(rights)

    refused = host.flask(*command.split())

    assert refused.returncode == 1
    assert "is a superuser or has BYPASSRLS" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stderr


def test_worker_refuses_to_start_above_row_security(above: Callable[[str], Host]) -> None:
    host = above("BYPASSRLS")

    with started(host, "jobs", "work") as (worker, log):
        until(lambda: worker.poll() is not None, what=f"the worker's end, after {log.read_text()!r}")

    assert "is a superuser or has BYPASSRLS" in log.read_text()


@pytest.mark.parametrize("rights", ["SUPERUSER", "BYPASSRLS"])
def test_login_above_row_security_serves_nobody(above: Callable[[str], Host], rights: str) -> None:
    with running(above(rights).settings) as app:
        app.testing = False
        client = app.test_client()

        ready, order = client.get("/readyz"), client.get("/hops/o/any")

    assert (ready.status_code >= 500, order.status_code >= 500) == (True, True)


@pytest.fixture(scope="module")
def above(server: postgres.Server) -> Iterator[Callable[[str], Host]]:
    """A migrated database of mode A whose runtime was then given more rights than row security can hold."""
    with hosted(server, Offer("A", web="too_mighty")) as host:
        upgraded = host.flask("db", "upgrade")
        assert upgraded.returncode == 0, upgraded.stderr

        def given(rights: str) -> Host:
            with host.as_superuser() as cursor:
                cursor.execute(f'ALTER ROLE "{host.web}" NOSUPERUSER NOBYPASSRLS')
                cursor.execute(f'ALTER ROLE "{host.web}" {rights}')
            return host

        yield given


def test_upgrade_makes_the_roles_that_let_a_superuser_in(server: postgres.Server) -> None:
    with hosted(server, Offer("B", rights="SUPERUSER")) as host, running(host.settings) as app, app.app_context():
        with pytest.raises(connections.UnsafeLogin, match=r"flask --app wsgi db upgrade"), transaction(None):
            db.session.scalar(text("SELECT 1"))
        upgrade()
        with transaction(None):
            role = db.session.scalar(text("SELECT current_user"))

    assert role == host.role("app")


def test_doctor_before_the_first_migration_finds_nothing_well_that_is_not_there(server: postgres.Server) -> None:
    with hosted(server, Offer("A", web="web")) as host:
        doctor = host.flask("doctor")

    findings = dict(re.findall(r"^(?:ok  |MEND) (.{14}) (.+)$", doctor.stdout, re.MULTILINE))
    assert (doctor.returncode, doctor.stderr) == (1, "")
    assert "run `flask --app wsgi db upgrade`" in findings["migrations    "]
    assert "ok   row security" not in doctor.stdout, doctor.stdout


# --- names and addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("offer", [Offer("A", web="web"), Offer("B", rights="CREATEROLE"), Offer("C")], ids="ABC")
@pytest.mark.parametrize("name", ["shop-main", 'Shop "1"'])
def test_database_may_have_a_name_that_needs_quotes(server: postgres.Server, offer: Offer, name: str) -> None:
    with hosted(server, offer, name) as host, running(host.settings) as app:
        with app.app_context():
            upgrade()

        ready = app.test_client().get("/readyz")

    assert ready.status_code == 200


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_addresses_work_in_each_form_that_hosts_give(server: postgres.Server, database: str, scheme: str) -> None:
    plain = databases.environ(server, database)
    written = {name: re.sub(r"^postgresql(?=://)", scheme, text) for name, text in plain.items()}

    with running(config.read(written)) as app:
        ready, audited = app.test_client().get("/readyz"), run(app, "audit")

    assert written["DATABASE_URL"].startswith(f"{scheme}://")
    assert ready.status_code == 200
    assert "2 store(s): 0 violation(s)" in audited
