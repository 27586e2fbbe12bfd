"""Making a backup: whole in each mode of logins or refused, one moment of a busy shop, and nothing left of a failure."""

import os
import signal
import stat
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from flask import Flask
from flask_migrate import upgrade
from psycopg2 import sql

from pos import postgres
from pos.backup import BackupFailed, programs
from pos.backup.manifests import UNFINISHED, whole_backups
from pos.backup.verify import verify
from pos.db import db
from pos.http.health import head
from tests import databases, hosting
from tests.backup.shelf import a_day, ask, backed_up, rows_in
from tests.client import Shop
from tests.hosting import Host, Offer, hosted
from tests.running import ROOT, rows, until, value

OFFERS = {
    "A": Offer("A", web="shop_web"),
    "B": Offer("B", rights="CREATEROLE"),
    "B as a superuser": Offer("B", rights="SUPERUSER"),
    "C": Offer("C"),
}


@pytest.fixture
def selling(committed: Flask, shops: list[dict[str, Any]]) -> Shop:
    return Shop(committed.test_client(), **shops[0])


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


# --- what is in it -------------------------------------------------------------------------------------------


def test_backup_holds_every_row_of_every_store(committed: Flask, selling: Shop, superuser: Any, tmp_path: Path) -> None:
    a_day(selling)
    tables = [name for (name,) in rows(superuser, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")]

    backup = backed_up(committed, tmp_path / "new" / "folder")

    counted = {name: value(superuser, f'SELECT count(*) FROM "{name}"') for name in tables}
    assert {name: backup.manifest.tables[name].rows for name in tables} == counted
    assert (counted["stores"], counted["orders"], backup.manifest.migration) == (2, 4, head())
    assert backup.manifest.size_bytes == backup.path.stat().st_size


def test_backup_can_be_read_by_its_owner_only(committed: Flask, tmp_path: Path) -> None:
    backup = backed_up(committed, tmp_path / "shelf")

    for path in (backup.path, backup.path.with_suffix(".json")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "shelf").stat().st_mode) == 0o700
    assert files(tmp_path / "shelf") == {backup.path.name, backup.path.with_suffix(".json").name}


@pytest.fixture(params=OFFERS)
def host(request: pytest.FixtureRequest, server: postgres.Server) -> Iterator[Host]:
    with hosted(server, OFFERS[request.param]) as host, hosting.running(host.settings) as app, app.app_context():
        upgrade()
        databases.make_shop("dock", "USD", "US", "America/Los_Angeles", prices_include_tax=False)
        db.engine.dispose()
        yield host


def test_backup_is_whole_in_each_mode_or_is_refused(host: Host, tmp_path: Path) -> None:
    with hosting.running(host.settings) as app:
        if host.letter != "C":
            assert backed_up(app, tmp_path).manifest.tables["products"].rows == 5
            return
        with pytest.raises(BackupFailed, match="would not see every row") as refused:
            backed_up(app, tmp_path)

    assert "BACKUP_DATABASE_URL" in str(refused.value)
    assert files(tmp_path) == set()
    with backup_login(host) as address, hosting.running(environ_with(host, BACKUP_DATABASE_URL=address)) as app:
        assert backed_up(app, tmp_path).manifest.tables["products"].rows == 5


@contextmanager
def backup_login(host: Host) -> Iterator[str]:
    """As docs/backup.md says to make it."""
    name = f"backup_{uuid.uuid4().hex[:8]}"
    with host.as_superuser() as cursor:
        hosting.make_login(cursor, name, "BYPASSRLS")
        cursor.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(name)))
        yield hosting.url(host.server, name, host.database)
        cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def environ_with(host: Host, **more: str) -> Any:
    return hosting.config.read({**host.environ, **more})


def test_login_that_sees_one_store_is_refused(server: postgres.Server, database: str, tmp_path: Path) -> None:
    address = {"BACKUP_DATABASE_URL": server.url("tappass_app", database)}

    with (
        hosting.running(databases.settings(server, database, **address)) as app,
        pytest.raises(BackupFailed, match="tappass_app would not see every row"),
    ):
        backed_up(app, tmp_path)


def test_policy_that_hides_rows_from_the_owner_is_noticed(committed: Flask, superuser: Any, tmp_path: Path) -> None:
    rows(superuser, "SET app.allow_drop = on")
    rows(superuser, "CREATE POLICY narrow ON customers AS RESTRICTIVE TO tappass_owner USING (name <> 'Ada')")

    with pytest.raises(BackupFailed, match="customers"):
        backed_up(committed, tmp_path)


def test_empty_database_is_refused(server: postgres.Server, tmp_path: Path) -> None:
    with (
        hosted(server, OFFERS["A"]) as host,
        hosting.running(host.settings) as app,
        pytest.raises(BackupFailed, match="nothing to back up"),
    ):
        backed_up(app, tmp_path)


# --- while it is busy ----------------------------------------------------------------------------------------


def test_backup_during_sales_is_one_moment(committed: Flask, shops: list[dict[str, Any]], tmp_path: Path) -> None:
    """Rows of one order that were split by the snapshot would break the rules of the audit."""
    answered: list[str] = []
    is_over = threading.Event()
    tills = [threading.Thread(target=sell_until, args=(committed, shops[0], answered, is_over)) for _ in range(3)]
    for till in tills:
        till.start()
    try:
        until(lambda: len(answered) >= 10)
        before = list(answered)
        backup = backed_up(committed, tmp_path)
        after = len(answered)
    finally:
        is_over.set()
        for till in tills:
            till.join()

    held = rows_in(backup, "orders")
    assert [order_id for order_id in before if order_id not in held] == []
    assert after > len(before), "the shop went on selling meanwhile"
    proof = verify(backup.path, committed.config["SETTINGS"])
    assert proof.faults == []
    assert "2 store(s): 0 violation(s)" in proof.audit


def sell_until(app: Flask, known: dict[str, Any], answered: list[str], is_over: threading.Event) -> None:
    shop = Shop(app.test_client(), **known)
    while not is_over.is_set():
        answered.append(str(shop.sell(payment={"method": "cash"})["id"]))


def test_second_backup_at_the_same_time_is_refused(
    committed: Flask, server: postgres.Server, database: str, tmp_path: Path
) -> None:
    done: list[Any] = []
    first = threading.Thread(target=lambda: done.append(backed_up(committed, tmp_path)))
    with closing(psycopg2.connect(server.url("postgres", database))) as holding, holding.cursor() as cursor:
        cursor.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        first.start()
        until(lambda: (tmp_path / ".lock").exists() and is_waiting(cursor))

        with pytest.raises(BackupFailed, match="Another backup is being made"):
            backed_up(committed, tmp_path)

        holding.rollback()
        first.join()
    assert [backup.path for backup in whole_backups(tmp_path)] == [done[0].path]


def is_waiting(cursor: Any) -> bool:
    cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass)")
    return bool(cursor.fetchone()[0])


# --- what goes wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_ended_backup_leaves_nothing_that_looks_whole(
    number: signal.Signals, committed: Flask, server: postgres.Server, database: str, tmp_path: Path
) -> None:
    folder = tmp_path / "shelf"
    with started(server, database, tmp_path, "--to", str(folder)) as making:
        until(lambda: list(folder.glob(f"*{UNFINISHED}")) or making.poll() is not None)
        making.send_signal(number)
        making.wait(20)

    assert whole_backups(folder) == []
    assert not list(folder.glob("*.dump"))
    if number != signal.SIGKILL:
        assert files(folder) == set()
    made = backed_up(committed, folder)
    assert files(folder) == {made.path.name, made.path.with_suffix(".json").name}


@contextmanager
def started(
    server: postgres.Server, database: str, home: Path, *words: str, before: tuple[str, ...] = ()
) -> Iterator["subprocess.Popen[str]"]:
    """`flask backup create` as a process, called by way of the words `before`."""
    environ = {**os.environ, **databases.environ(server, database), "POS_DATA_DIR": str(home), "TMPDIR": str(home)}
    command = [*before, sys.executable, "-m", "flask", "--app", "wsgi", "backup", "create", *words]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=ROOT, env=environ, text=True, start_new_session=True, **pipes) as process:
        yield process


def test_full_disk_is_said_and_leaves_nothing(server: postgres.Server, database: str, tmp_path: Path) -> None:
    """The folder is a disk of 32 kB, mounted for this process alone."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    mounted = f'mount -t tmpfs -o size=32k none {folder} && {{ "$@"; echo "exit $?"; find {folder} -type f; }}'
    apart = ("unshare", "-m" if os.geteuid() == 0 else "-rm")
    if subprocess.run([*apart, "mount", "-t", "tmpfs", "none", folder], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")

    before = (*apart, "sh", "-c", mounted, "sh")
    with started(server, database, tmp_path, "--to", str(folder), before=before) as making:
        said, _ = making.communicate(timeout=30)

    assert "the disk is full. Free some space" in said
    assert said.splitlines()[-2:] == ["exit 1", f"{folder}/.lock"]


def test_folder_that_cannot_be_written_is_said(committed: Flask, tmp_path: Path) -> None:
    (tmp_path / "shelf").write_text("a file")

    code, said = ask(committed, "create", "--to", str(tmp_path / "shelf"))

    assert code == 1
    assert f"{tmp_path / 'shelf'} cannot be written" in said


def test_folder_of_somebody_else_is_said(committed: Flask, tmp_path: Path) -> None:
    """Root may write everywhere but into the kernel's own tree."""
    tmp_path.chmod(0o500)
    shelf = Path("/proc/shelf") if os.geteuid() == 0 else tmp_path / "shelf"

    code, said = ask(committed, "create", "--to", str(shelf))

    assert (code, f"{shelf} cannot be written (" in said) == (1, True)


def test_missing_and_old_programs_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BackupFailed, match=r"PostgreSQL 99 or newer on PATH \(found: version 18 in .*\)"):
        programs.find(99, over_tls=False)
    with pytest.raises(BackupFailed, match=r"PostgreSQL 15 or newer on PATH \(found: none\)"):
        programs.find(15, over_tls=True)


def test_programs_on_path_serve_a_server_over_tls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The wheel's have no TLS; those of the machine have."""
    for name in ("pg_dump", "pg_restore", "psql"):
        program = tmp_path / name
        program.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 17.6"\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert programs.find(16, over_tls=True) == programs.Programs(tmp_path, 17)
    assert programs.find(18, over_tls=False).major == 18
    with pytest.raises(BackupFailed, match="version 17 in"):
        programs.find(18, over_tls=True)


def test_passwords_stand_on_no_command_line(committed: Flask) -> None:
    address = committed.config["SETTINGS"].migration_database_url

    with programs.environment(address) as env:
        service = Path(env["PGSERVICEFILE"])
        assert env["PGPASSWORD"]
        assert env["PGPASSWORD"] not in service.read_text()
        assert stat.S_IMODE(service.stat().st_mode) == 0o600
    assert not service.exists()
