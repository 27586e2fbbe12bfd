"""Sets questions up: the roles, the walls in PostgreSQL, the views. All of it may be repeated at any time."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from psycopg2.extensions import parse_dsn
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from pos import connections, ids, postgres, postgres_cluster, walls
from pos.analytics.questions import logins, raising
from pos.analytics.questions.views import SCHEMA, VIEWS
from pos.config import Settings


class NeedsAdministrator(RuntimeError):
    """No login of ours may make or end roles: `script` is what somebody who may has to run, `address` what ANALYST_DATABASE_URL is then."""

    def __init__(self, script: str, address: str | None) -> None:
        super().__init__("This database's logins may not make the roles of questions.")
        self.script, self.address = script, address


class CannotBeSetUp(RuntimeError):
    """The text says why."""


@dataclass(frozen=True)
class Granted:
    """What came of it. `address` is what ANALYST_DATABASE_URL has to be, if that is still to be set; `lacking` are the walls that do
    not stand, with what would raise them."""

    address: str | None
    lacking: list[logins.Wall]


def grant(settings: Settings, *, new_password: bool = False) -> Granted:
    """Makes the logins, raises all walls that may be raised, and puts the views up. Raises NeedsAdministrator, CannotBeSetUp,
    psycopg2.Error."""
    with _owning(settings) as owner:
        roles = _roles(owner, settings)
    with _making(settings) as cursor:
        found = logins.look(cursor)
        if not found.names.is_short_enough:
            raise CannotBeSetUp(f"The database's name {found.names.database} is too long for roles named after it.")
        password = _password(settings, found, new_password=new_password)
        planned = list(logins.plan(cursor, found, roles, _others(settings), password))
        has_made = [logins.carry_out(cursor, wall.lines) for wall in planned]
        lacking = [wall for wall in planned if not logins.stands(cursor, wall, found.names)]
        if any(wall.is_needed for wall in lacking):
            raise NeedsAdministrator(script(planned), _address(settings, found, password))
    with _owning(settings) as owner:
        if not raising.is_ready(owner):
            raise NeedsAdministrator(script(planned), _address(settings, found, password))
        raising.put_up(owner)
    return Granted(_kept(settings, found, password if has_made[0] else None), lacking)


def script(planned: Sequence[logins.Wall]) -> str:
    """What an administrator would run, in psql."""
    return "\n".join(f"{line};" for wall in planned for line in wall.lines)


def revoke(settings: Settings) -> None:
    """Takes the views, the policies and the logins away. What was taken from everybody stays taken. Raises NeedsAdministrator where
    only the logins are left."""
    with _owning(settings) as owner:
        raising.take_away(owner)
    with _making(settings) as cursor:
        lines = logins.removal(cursor, logins.look(cursor))
        if not logins.carry_out(cursor, lines):
            raise NeedsAdministrator("\n".join(f"{line};" for line in lines), None)
    if settings.is_embedded:
        postgres.server(settings.data_dir).analyst_password_path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Standing:
    """How it stands, for `flask doctor`; nothing is seen where questions were never set up."""

    seen: list[str]
    faults: list[str]
    walls: list[str] = field(default_factory=list)


def standing(settings: Settings) -> Standing:
    """Which walls stand; looked at as the owner."""
    with closing(connections.connect(settings, connections.OWNER)) as connection, connection.cursor() as cursor:
        found = logins.look(cursor)
        if found.names.slots[0] not in found.there:
            return Standing([], [])
        stands = {wall.what: logins.stands(cursor, wall, found.names) for wall in logins.WALLS}
        cursor.execute("SELECT count(*) FROM pg_views WHERE schemaname = %s", (SCHEMA,))
        (views,) = cursor.fetchone()
    faults = [
        f"a wall is missing: {what}; `flask --app wsgi analytics grant` raises it or says who may"
        for what, is_there in stands.items()
        if not is_there
    ]
    if views != len(VIEWS):
        faults.append(
            "the views are not those of this version: run `flask --app wsgi db upgrade`, then `analytics grant`"
        )
    if connections.analyst_address(settings) is None:
        faults.append("ANALYST_DATABASE_URL is not set; `flask --app wsgi analytics grant --new-password` gives one")
    walls = [what for what, is_there in stands.items() if is_there]
    return Standing([f"{len(found.names.slots)} at once, of {len(VIEWS)} views"], faults, walls)


def _password(settings: Settings, found: logins.Server, *, new_password: bool) -> str | None:
    """A new one, or None where the one that is known goes on to hold."""
    is_known = connections.analyst_address(settings) is not None
    has_all = set(found.names.slots) <= found.there
    return None if is_known and has_all and not new_password else ids.secret()


def _kept(settings: Settings, found: logins.Server, password: str | None) -> str | None:
    """The embedded server's password goes into a file beside its data; another one is for whoever keeps the settings."""
    if password is None or not settings.is_embedded:
        return _address(settings, found, password)
    postgres_cluster.write_private(postgres.server(settings.data_dir).analyst_password_path, password)
    return None


def _address(settings: Settings, found: logins.Server, password: str | None) -> str | None:
    """Where questions are asked; the user in it stands for the slots."""
    if password is None:
        return None
    told = dict(parse_dsn(connections.address(settings, connections.OWNER)))
    database = quote(str(told.pop("dbname", "")), safe="")
    more = {key: value for key, value in told.items() if key not in ("user", "password", "options")}
    user = quote(f"{found.names.database}_analyst", safe="")
    return f"postgresql://{user}:{quote(password, safe='')}@/{database}?{urlencode(more, quote_via=quote)}"


def _maker(settings: Settings) -> str:
    return connections.SUPERUSER if settings.is_embedded else connections.OWNER


def _others(settings: Settings) -> list[str]:
    """Logins besides the runtime's that go on to call every function: the one that makes backups."""
    return [connections.user_of(settings, connections.BACKUP)]


def _roles(owner: Connection, settings: Settings) -> walls.Roles:
    web, worker = (connections.user_of(settings, login) for login in (connections.WEB, connections.WORKER))
    return walls.settle_roles(owner, web, worker)


@contextmanager
def _making(settings: Settings) -> Iterator[Any]:
    """A transaction of who may make roles, if anybody may."""
    with (
        closing(connections.connect(settings, _maker(settings))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '5s'")
        yield cursor


@contextmanager
def _owning(settings: Settings) -> Iterator[Connection]:
    """A transaction of the tables' owner, which waits for nobody for long."""
    engine = create_engine(
        "postgresql+psycopg2://", creator=lambda: connections.connect(settings, connections.OWNER), poolclass=NullPool
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        yield connection
