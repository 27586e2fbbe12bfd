"""Backup, destroy, restore: the same dump, the books in order, and no answered order lost up to the backup."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import downgrade, upgrade

from pos import create_app, guards, postgres, postgres_binaries
from pos.backup import contents, programs
from pos.backup.manifests import Backup, whole_backups
from pos.care import erasures
from pos.db import db
from pos.http.health import head
from tests import databases, hosting
from tests.backup.shelf import a_day, ask, backed_up, rows_in
from tests.client import Shop
from tests.hosting import Host, Offer, hosted
from tests.running import rows, superuser_of, value

FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
READER = "old_site"
GUARDED = "SELECT count(*) FROM guard.protected p JOIN pg_class c ON c.oid = p.table_oid AND c.relname = p.table_name"


# --- destroyed and put back ----------------------------------------------------------------------------------


@contextmanager
def data_folder() -> Iterator[Path]:
    """Short, because a socket's path has to be, and open to the account that root's server runs as."""
    home = Path(tempfile.mkdtemp(prefix="tp"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        destroy(home)
        shutil.rmtree(home)


def destroy(home: Path) -> None:
    shutil.rmtree(home / "pg18", ignore_errors=True)
    shutil.rmtree(Path("/var/tmp") / f"tappass-{postgres_binaries.short_hash(home.resolve())}", ignore_errors=True)  # noqa: S108


def flask(home: Path, *words: str) -> str:
    """A command of an installation with an embedded server in this folder."""
    done = hosting.flask({"POS_DATA_DIR": str(home)}, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def schema(server: postgres.Server) -> list[str]:
    """All that is not rows: tables, owners, privileges, policies, triggers, functions, guards and event triggers."""
    tools = programs.find(18, over_tls=False)
    with programs.environment(server.url("postgres")) as env:
        said = programs.run(tools.command("pg_dump", "--schema-only"), env, what="the schema").decode()
    return sorted(line for line in said.splitlines() if not line.startswith(("\\restrict", "\\unrestrict", "--")))


def lets_readers_in(lines: list[str]) -> bool:
    return any("tappass_legacy" in line for line in lines)


def test_backup_destroy_restore_gives_the_same_dump_and_loses_no_order() -> None:
    with data_folder() as home:
        with postgres.running(home, options=FAST) as server:
            app = application(server)
            install(app, server)
            shop, orders = a_shop_with_a_day(app)
            add_reader(server, shop)
            before = backed_up(app, home / "backups")
            schema_before = schema(server)
            assert lets_readers_in(schema_before)

        destroy(home)

        with postgres.running(home, options=FAST) as server:
            said = flask(home, "backup", "restore", "--yes", str(before.path))
            app = application(server)
            after = backed_up(app, home / "backups")
            assert "1 store(s): 0 violation(s)" in said
            assert contents.differences(before.manifest.tables, after.manifest.tables) == []
            assert not lets_readers_in(schema(server))
            # Logins belong to the server, not to the database: the list came back, the login has to be made again.
            address = flask(home, "legacy", "reader", "add", "--store", "hops", READER).split("address")[1].split()[0]
            assert schema(server) == schema_before
            with closing(psycopg2.connect(address)) as reader:
                assert value(reader, "SELECT count(*) FROM customers_view") == 2
            with superuser_of(server, "tappass") as books:
                assert value(books, GUARDED) > 0
            assert_sells_on(app, shop, orders)


def application(server: postgres.Server) -> Flask:
    """Of this process, which by an address of its own is no user of the embedded server and lets it end."""
    return create_app(databases.settings(server, "tappass", BACKUP_DATABASE_URL=server.url("tappass_backup")))


def install(app: Flask, server: postgres.Server) -> None:
    """What `flask db upgrade` does on an embedded server."""
    with app.app_context(), superuser_of(server, "tappass") as superuser, superuser.cursor() as cursor:
        upgrade()
        guards.install(cursor)


def add_reader(server: postgres.Server, shop: dict[str, Any]) -> None:
    """A login of an older system, with the policies and privileges that go with it."""
    app = create_app(databases.settings(server, "tappass", MIGRATION_DATABASE_URL=server.url("postgres")))
    done = app.test_cli_runner().invoke(args=["legacy", "reader", "add", "--store", shop["slug"], READER])
    assert done.exit_code == 0, done.output
    with app.app_context():
        db.engine.dispose()


def a_shop_with_a_day(app: Flask) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with app.app_context():
        known = databases.make_shop("hops", "USD", "US", "America/Los_Angeles", prices_include_tax=False)
    orders = a_day(Shop(app.test_client(), **known))
    with app.app_context():
        db.engine.dispose()
    return known, orders


def assert_sells_on(app: Flask, known: dict[str, Any], orders: list[dict[str, Any]]) -> None:
    """Each answered order is there as it was answered, and the next one is sold with the same token."""
    shop = Shop(app.test_client(), **known)
    for order in orders:
        found = shop.get(f"/orders/{order['id']}").json
        assert (found["reference"], found["total"]) == (order["reference"], order["total"])
    shop.sell(payment={"method": "card"})
    with app.app_context():
        db.engine.dispose()


# --- another database, another version -----------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["A", "B", "C"])
def test_backup_goes_into_a_database_of_any_mode(
    letter: str, committed: Flask, shops: list[dict[str, Any]], server: postgres.Server, tmp_path: Path
) -> None:
    orders = a_day(Shop(committed.test_client(), **shops[0]))
    backup = backed_up(committed, tmp_path)
    offer = Offer(letter, rights="CREATEROLE" if letter == "B" else "", web="web" if letter == "A" else None)

    with hosted(server, offer) as host, hosting.running(host.settings) as app:
        code, said = ask(app, "restore", "--yes", str(backup.path))

        assert (code, "2 store(s): 0 violation(s)" in said) == (0, True), said
        shop = Shop(app.test_client(), **shops[0])
        assert {order["id"] for order in shop.get("/orders").json["data"]} == {order["id"] for order in orders}
        shop.sell()
        assert_no_row_without_a_store(host)


def assert_no_row_without_a_store(host: Host) -> None:
    """Row security stands again: the runtime sees nothing before it says whose rows it wants."""
    with host.as_runtime("app", None) as cursor:
        cursor.execute("SELECT count(*) FROM orders")
        assert cursor.fetchone() == (0,)


def test_older_backup_is_brought_forward(server: postgres.Server, database: str, tmp_path: Path) -> None:
    old = create_app(databases.settings(server, database))
    with old.app_context():
        downgrade(revision="0005", x_arg=["allow_drop=on"])
        db.engine.dispose()
    backup = backed_up(old, tmp_path)

    with hosted(server, Offer("A", web="web")) as host, hosting.running(host.settings) as app:
        code, said = ask(app, "restore", "--yes", str(backup.path))

    assert code == 0, said
    assert backup.manifest.migration == "0005"
    assert f"migration {head()} (the backup was at 0005), row security and guards are up" in said


def test_backup_of_a_later_version_is_refused(committed: Flask, tmp_path: Path) -> None:
    backup = backed_up(committed, tmp_path)
    change_manifest(backup, migration="0999", product_version="9.1")

    for command in ("verify", "restore"):
        code, said = ask(committed, command, str(backup.path))

        assert code == 1
        assert "is at migration 0999" in said
        assert "which called itself 9.1. Install that version" in said


def change_manifest(backup: Backup, **facts: Any) -> None:
    path = backup.path.with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


def test_other_encryption_key_is_pointed_out(
    committed: Flask, server: postgres.Server, database: str, tmp_path: Path
) -> None:
    backup = backed_up(committed, tmp_path)
    change_manifest(backup, encryption_key="0" * 16)

    code, said = ask(committed, "restore", "--yes", "--replace", str(backup.path))

    assert code == 0, said
    assert "CAUTION: it was made with another DATA_ENCRYPTION_KEY" in said


# --- what is there already -----------------------------------------------------------------------------------


def test_restore_refuses_to_take_the_place_of_a_store(committed: Flask, superuser: Any, tmp_path: Path) -> None:
    backup = backed_up(committed, tmp_path)

    code, said = ask(committed, "restore", "--yes", str(backup.path))

    assert (code, "holds 2 store(s). To take their place, add --replace" in said) == (1, True)
    assert value(superuser, "SELECT count(*) FROM stores") == 2


def test_replace_keeps_what_was_there_in_a_backup(
    committed: Flask, shops: list[dict[str, Any]], superuser: Any, tmp_path: Path
) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    first = shop.sell()
    backup = backed_up(committed, tmp_path)
    second = shop.sell()

    code, said = ask(committed, "restore", "--yes", "--replace", str(backup.path))

    assert code == 0, said
    assert [str(row[0]) for row in rows(superuser, "SELECT id FROM orders")] == [first["id"]]
    kept = next(line.removeprefix("What was there is in ") for line in said.splitlines() if "was there" in line)
    (before,) = [found for found in whole_backups(Path(kept).parent) if str(found.path) == kept]
    assert second["id"] in rows_in(before, "orders")
    os.unlink(kept)  # noqa: PTH108 - the folder is shared by the tests of this run
    before.path.with_suffix(".json").unlink()


def test_erasure_outlives_a_restore(
    committed: Flask, shops: list[dict[str, Any]], superuser: Any, tmp_path: Path
) -> None:
    committed.config["SETTINGS"] = replace(committed.config["SETTINGS"], backup_dir=tmp_path / "backups")
    shop, noted = Shop(committed.test_client(), **shops[0]), tmp_path / "backups" / erasures.FILE
    person = shop.sell(name="Grace", note="for Grace", join=True)["customer"]["id"]
    backup = backed_up(committed, tmp_path / "before")
    assert shop.request("DELETE", f"/customers/{person}", as_="owner").status_code == 204
    told = noted.read_text()
    noted.unlink()

    code, said = ask(committed, "restore", "--yes", "--replace", str(backup.path))

    assert (code, "erased again: 1 row(s)" in said, "2 store(s): 0 violation(s)" in said) == (0, True, True), said
    assert "Grace" not in told
    assert erasures.read(noted) == [(UUID(shops[0]["store_id"]), UUID(person))]
    assert _seen(superuser, person) == (None, None, None, True)


def test_erasures_are_repeated_where_the_host_went_back(
    committed: Flask, shops: list[dict[str, Any]], superuser: Any, tmp_path: Path
) -> None:
    shop, file = Shop(committed.test_client(), **shops[0]), tmp_path / erasures.FILE
    person, kept = (
        shop.sell(phone=phone, name="Grace")["customer"]["id"] for phone in ("+14155550177", "+14155550178")
    )
    assert shop.request("DELETE", f"/customers/{person}", as_="owner").status_code == 204

    known = _care(committed, "note-erasures", "--file", str(file))
    rows(
        superuser, "UPDATE customers SET erased_at = NULL, phone = '+14155550177', name = 'Grace' WHERE id = %s", person
    )
    again = [_care(committed, "erase-again", "--file", str(file)) for _ in range(2)]

    assert (known.exit_code, "holds all 1 erasure(s)" in known.output) == (0, True), known.output
    assert [done.output.partition(" of ")[0] for done in again] == ["1", "0"]
    assert _seen(superuser, person) == (None, None, None, True)
    assert _seen(superuser, kept)[1] == "Grace"
    assert _care(committed, "erase-again", "--file", str(tmp_path / "none")).exit_code == 1


def _care(app: Flask, *words: str) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=["care", *words])


def _seen(books: Any, customer_id: str) -> tuple[Any, ...]:
    asked = """
        SELECT c.phone, c.name, (SELECT min(o.note) FROM orders o WHERE o.customer_id = c.id), c.erased_at IS NOT NULL
          FROM customers c WHERE c.id = %s
    """
    found: tuple[Any, ...] = rows(books, asked, customer_id)[0]
    return found


def test_restore_refuses_while_the_product_is_connected(
    committed: Flask, server: postgres.Server, database: str, tmp_path: Path
) -> None:
    backup = backed_up(committed, tmp_path)

    with closing(psycopg2.connect(server.url("tappass_app", database), application_name="tappass app")):
        code, said = ask(committed, "restore", "--yes", "--replace", str(backup.path))

    assert code == 1
    assert f"TapPass is connected to {database} (tappass app): end web, worker" in said


def test_restore_refuses_a_database_of_somebody_else(committed: Flask, server: postgres.Server, tmp_path: Path) -> None:
    backup = backed_up(committed, tmp_path)

    with hosted(server, Offer("C")) as host, hosting.running(host.settings) as app:
        with host.as_login(host.owner) as cursor:
            cursor.execute("CREATE TABLE diary (entry text)")
            cursor.connection.commit()
        code, said = ask(app, "restore", "--yes", "--replace", str(backup.path))

    assert (code, "holds tables that are not TapPass's" in said) == (1, True)


def test_wrong_name_stops_a_restore(committed: Flask, superuser: Any, tmp_path: Path) -> None:
    backup = backed_up(committed, tmp_path)

    with committed.app_context():
        words = ["backup", "restore", "--replace", str(backup.path)]
        result = committed.test_cli_runner().invoke(args=words, input="another\n")

    assert result.exit_code == 1
    assert "That is not its name; nothing was done." in result.output
    assert value(superuser, "SELECT count(*) FROM stores") == 2


def test_restore_that_fails_leaves_everything_as_it_was(
    committed: Flask, shops: list[dict[str, Any]], superuser: Any, tmp_path: Path
) -> None:
    """An event trigger refuses one of the last things that a restore does."""
    Shop(committed.test_client(), **shops[0]).sell()
    backup = backed_up(committed, tmp_path)
    rows(
        superuser,
        """
        CREATE FUNCTION guard.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no keys today'; END $$;
        CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION guard.refuse();
        """,
    )

    code, said = ask(committed, "restore", "--yes", "--replace", str(backup.path))

    assert code == 1
    assert "was not put in, the database is as it was" in said
    assert "no keys today" in said
    assert value(superuser, "SELECT count(*) FROM orders") == 1
