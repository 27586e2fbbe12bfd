"""Databases as a host would hand them out: logins of our own, made by the superuser of the throw-away server, so that
the application meets each of the modes A, B and C (docs/operating.md) by an outside DATABASE_URL."""

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from flask import Flask
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

from pos import config, connections, create_app, postgres
from pos.analytics.questions.logins import Names
from tests import databases

ROOT = Path(__file__).parents[1]
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
PASSWORD = "hosted: /?#@ %"
SETTINGS = (
    "DATABASE_URL", "MIGRATION_DATABASE_URL", "WORKER_DATABASE_URL", "BACKUP_DATABASE_URL", "BACKUP_DIR", "POS_DATA_DIR",
    "APP_ENV", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE", "TWILIO_ACCOUNT_SID", "TWILIO_API_BASE", "CRASH_AT",
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """What a host lends: the owner's rights, and the names of logins beside it. All names get a tag behind them."""

    letter: str
    owner: str = "shop_owner"
    rights: str = ""
    web: str | None = None
    worker: str | None = None
    scheme: str = "postgresql"


@dataclass(frozen=True)
class Host:
    """One database at a host, and what its customer was told of it. The names are those of logins."""

    server: postgres.Server
    database: str
    letter: str
    owner: str
    web: str
    worker: str
    environ: Mapping[str, str]

    @property
    def settings(self) -> config.Settings:
        return config.read(self.environ)

    @property
    def is_superuser(self) -> bool:
        with self.as_superuser() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", (self.owner,))
            return bool(cursor.fetchone() == (True,))

    def role(self, login: str) -> str:
        """Who the statements of a process are done as, by docs/operating.md; `login` is app or worker."""
        own = {"app": self.web, "worker": self.worker}
        return f"{self.database}_{login}" if self.letter == "B" else own[login]

    def login(self, login: str) -> str:
        return self.web if login == "app" else self.worker

    @contextmanager
    def as_superuser(self) -> Iterator[Cursor]:
        with _cursor(self.server.url("postgres", self.database)) as cursor:
            cursor.connection.autocommit = True
            yield cursor

    @contextmanager
    def as_login(self, name: str) -> Iterator[Cursor]:
        """In a transaction that is rolled back."""
        with _cursor(url(self.server, name, self.database)) as cursor:
            yield cursor

    @contextmanager
    def as_runtime(self, login: str, store_id: str | None) -> Iterator[Cursor]:
        """In a transaction such as the application's, which is rolled back: in mode B it has taken on its role."""
        with self.as_login(self.login(login)) as cursor:
            if self.letter == "B":
                cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(self.role(login))))
            if store_id is not None:
                cursor.execute("SELECT set_config('app.store_id', %s, true)", (store_id,))
            yield cursor

    def flask(self, *words: str, **changed: str) -> "subprocess.CompletedProcess[str]":
        """A command as typed into a terminal of this customer."""
        return flask(self.environ, *words, **changed)


def flask(environ: Mapping[str, str], *words: str, **changed: str) -> "subprocess.CompletedProcess[str]":
    """`flask --app wsgi …` as a process of its own. It starts in the data folder, away from a developer's .env."""
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    folder = Path(environ["POS_DATA_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [*FLASK, *words],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT), **environ, **changed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def hosted(server: postgres.Server, offer: Offer, database: str = "shop") -> Iterator[Host]:
    """A fresh database with fresh logins; all of it is gone afterwards."""
    tag = uuid.uuid4().hex[:8]
    name, owner = f"{database}_{tag}", f"{offer.owner}_{tag}"
    web = f"{offer.web}_{tag}" if offer.web else owner
    worker = f"{offer.worker}_{tag}" if offer.worker else web
    with (
        tempfile.TemporaryDirectory(prefix="tappass-host-") as folder,
        _cursor(server.url("postgres", "postgres")) as at,
    ):
        at.connection.autocommit = True
        make_login(at, owner, offer.rights)
        for login in sorted({web, worker} - {owner}):
            make_login(at, login, "")
        at.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))
        try:
            environ = _environ(server, offer, name, (owner, web, worker)) | {"POS_DATA_DIR": folder}
            yield Host(server, name, offer.letter, owner, web, worker, environ)
        finally:
            databases.drop(server, name)
            # What the application made goes first: its maker cannot be dropped while it is named as the grantor.
            asked = Names(name)
            made = (*asked.slots, asked.views, asked.trusted, f"{name}_app", f"{name}_worker")
            for role in (*made, *sorted({owner, web, worker})):
                at.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def make_login(cursor: Cursor, name: str, rights: str) -> None:
    cursor.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD %s {}").format(sql.Identifier(name), sql.SQL(rights)), [PASSWORD]
    )


def url(server: postgres.Server, login: str, database: str, scheme: str = "postgresql") -> str:
    """The address as a host writes it: here over the server's socket, with all that needs quoting quoted."""
    parts = urlsplit(server.url("postgres", database))
    where = f"{quote(login, safe='')}:{quote(PASSWORD, safe='')}@"
    return urlunsplit((scheme, where, parts.path, parts.query, ""))


def _environ(server: postgres.Server, offer: Offer, database: str, logins: tuple[str, str, str]) -> dict[str, str]:
    """The variables that docs/operating.md asks for in this mode, and no others."""
    owner, web, worker = (url(server, login, database, offer.scheme) for login in logins)
    secrets = {name: value for name, value in databases.environ(server, database).items() if name not in SETTINGS}
    addresses = {
        "DATABASE_URL": web,
        "MIGRATION_DATABASE_URL": owner if offer.web else "",
        "WORKER_DATABASE_URL": worker,
    }
    wanted = addresses if offer.worker else {**addresses, "WORKER_DATABASE_URL": ""}
    return secrets | {name: value for name, value in wanted.items() if value}


@contextmanager
def running(settings: config.Settings, login: str = connections.WEB) -> Iterator[Flask]:
    app = create_app(settings)
    app.testing = True
    app.extensions["login"] = login
    yield app
    databases.let_go(app)


def run(app: Flask, *words: str) -> str:
    with app.app_context():
        result = app.test_cli_runner().invoke(args=list(words))
    assert result.exit_code == 0, result.output
    return result.output


def shown(output: str, name: str) -> str:
    """The value behind a name, as the commands print it."""
    (line,) = (line for line in output.splitlines() if line.startswith(name))
    return line.removeprefix(name).strip()


@contextmanager
def started(host: Host, *words: str) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """A command that runs until it is told to end, and the file of what it says."""
    folder = Path(host.environ["POS_DATA_DIR"])
    log = folder / f"{'-'.join(words)}.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [*FLASK, *words],
            cwd=folder,
            env={**host.environ, "PYTHONPATH": str(ROOT)},
            stdout=said,
            stderr=said,
            text=True,
        )
    try:
        yield process, log
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], object], *, seconds: float = 60, what: str = "the condition") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        time.sleep(0.05)


@contextmanager
def _cursor(address: str) -> Iterator[Cursor]:
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        yield cursor


def rows(cursor: Cursor, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    cursor.execute(statement, values)
    return cursor.fetchall()


def value(cursor: Cursor, statement: str, *values: Any) -> Any:
    return rows(cursor, statement, *values)[0][0]
