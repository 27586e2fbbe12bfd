"""Puts a backup back into the configured database: looks first, keeps what is there, then all or nothing."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from psycopg2.extensions import parse_dsn

from pos import connections
from pos.backup import BackupFailed, contents, programs
from pos.backup.create import create, held_by
from pos.backup.manifests import Backup, fingerprint, open_backup
from pos.backup.pour import pour
from pos.backup.programs import Programs
from pos.config import Settings
from pos.http.health import MIGRATIONS

_CONNECTED = """
    SELECT DISTINCT coalesce(nullif(application_name, ''), usename::text) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (usename = current_user OR usename = ANY(%s)) ORDER BY 1
"""
_TABLES = """
    SELECT count(*), to_regclass('public.alembic_version') IS NOT NULL, to_regclass('public.stores') IS NOT NULL
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True)
class Target:
    """The database that a backup is to go into; `stores` is how many it holds now."""

    database: str
    server_major: int
    over_tls: bool
    stores: int
    is_foreign: bool
    connected: list[str]


def checked(path: Path) -> tuple[Programs, Backup]:
    """The backup of this file and programs that read it, after a look at every row in it. Raises BackupFailed."""
    backup = open_backup(path)
    require_known_migration(backup)
    tools = programs.find(backup.manifest.program_major, over_tls=False)
    found = contents.differences(backup.manifest.tables, held_by(tools, backup.path))
    if found:
        raise BackupFailed(f"{path.name} does not hold what its manifest says: {'; '.join(found)}.")
    return tools, backup


def require_known_migration(backup: Backup) -> None:
    """An older backup is migrated forward; one of a later version is refused. Raises BackupFailed."""
    made_with = backup.manifest.migration
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if made_with not in known:
        raise BackupFailed(
            f"{backup.path.name} is at migration {made_with}, which this version of TapPass does not know: it was made "
            f"by a later one (or another branch), which called itself {backup.manifest.product_version}. Install that "
            "version, and try again."
        )


def look_at(settings: Settings) -> Target:
    """What is in the configured database, and who of the product is connected to it."""
    with closing(connections.connect(settings, connections.OWNER)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (database,) = cursor.fetchone()
        tables, has_migration, has_stores = _row(cursor, _TABLES)
        stores = _row(cursor, "SELECT count(*) FROM public.stores")[0] if has_stores else 0
        cursor.execute(_CONNECTED, (sorted(set(_logins(settings))),))
        return Target(
            database=database,
            server_major=connection.server_version // 10_000,
            over_tls=connection.info.ssl_in_use,
            stores=stores,
            is_foreign=bool(tables) and not has_migration,
            connected=[row[0] for row in cursor.fetchall()],
        )


def require_free(target: Target, backup: Backup, *, replace: bool) -> None:
    """Raises BackupFailed where a restore would take something away from somebody."""
    if target.connected:
        raise BackupFailed(
            f"TapPass is connected to {target.database} ({', '.join(target.connected)}): end web, worker and "
            "`flask up` first, so that nothing is sold into what is about to go."
        )
    if target.is_foreign:
        raise BackupFailed(
            f"{target.database} holds tables that are not TapPass's: restore into a database of its own."
        )
    if target.stores and not replace:
        raise BackupFailed(
            f"{target.database} holds {target.stores} store(s). To take their place, add --replace: "
            "what is there is backed up first."
        )
    if target.server_major < backup.manifest.server_major:
        raise BackupFailed(
            f"The backup is of PostgreSQL {backup.manifest.server_major}, and this server is {target.server_major}: "
            "restore into a server that is not older."
        )


def keep_present(settings: Settings, folder: Path, now: datetime) -> Backup:
    """A backup of what is about to be replaced. Raises BackupFailed, with what else can be done."""
    try:
        return create(settings, folder, now)
    except BackupFailed as error:
        raise BackupFailed(
            f"What is there could not be backed up, so nothing was replaced: {error} If it cannot be saved, restore into "
            "an empty database instead (embedded: end TapPass and move its data folder away)."
        ) from error


def put_back(settings: Settings, backup: Backup, target: Target) -> None:
    """Fills the database. What is in it afterwards still needs its migrations, walls and guards. Raises BackupFailed."""
    needed = max(backup.manifest.program_major, target.server_major)
    tools = programs.find(needed, over_tls=target.over_tls)
    pour(tools, backup, connections.address(settings, connections.OWNER))


def refresh_statistics(settings: Settings) -> None:
    """The planner knows nothing of the new rows yet; until it does, a busy counter would be slow."""
    with closing(connections.connect(settings, connections.OWNER)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SET statement_timeout = 0; SET client_min_messages = error; ANALYZE")


def has_our_key(settings: Settings, backup: Backup) -> bool:
    """Whether the encrypted columns can be read with the configured DATA_ENCRYPTION_KEY."""
    return backup.manifest.encryption_key == fingerprint(settings.data_encryption_key)


def _logins(settings: Settings) -> Iterator[str]:
    for login in (connections.WEB, connections.WORKER, connections.OWNER):
        user = parse_dsn(connections.address(settings, login)).get("user")
        if user:
            yield user


def _row(cursor: Any, statement: str) -> Any:
    cursor.execute(statement)
    return cursor.fetchone()
