"""Makes a backup: one snapshot is counted and dumped, the dump is read again and counted, then it gets its name.

Whatever fails or is interrupted on the way leaves nothing that looks like a backup: the dump is written under a
name of its own, and the manifest, which comes first, is none without its dump.
"""

import errno
import fcntl
import os
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pos import connections
from pos.backup import BackupFailed, contents, manifests, programs, sight
from pos.backup.contents import Table
from pos.backup.manifests import DUMP, MANIFEST, UNFINISHED, Backup, Manifest
from pos.backup.programs import Programs
from pos.care import erasures
from pos.care.erasures import Erasure
from pos.config import Settings

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Snapshot:
    """The database at one moment, which lasts as long as its transaction: what pg_dump is given, and the counts."""

    name: str
    database: str
    migration: str
    server_major: int
    filtered: bool
    over_tls: bool
    counted: dict[str, int]
    erased: list[Erasure]


def create(settings: Settings, folder: Path, now: datetime) -> Backup:
    """Makes a backup of the configured database in `folder`. May be repeated; one at a time. Raises BackupFailed."""
    with _writable(folder), _alone(folder), closing(connections.connect(settings, connections.BACKUP)) as connection:
        snapshot = _open_snapshot(connection)
        target = folder / (manifests.stem(snapshot.database, now) + DUMP)
        with _unfinished(target.with_suffix(DUMP + UNFINISHED)) as draft:
            tools = programs.find(snapshot.server_major, over_tls=snapshot.over_tls)
            address = connections.address(settings, connections.BACKUP)
            programs.dump(tools, address, draft, snapshot=snapshot.name, filtered=snapshot.filtered)
            connection.close()
            tables = held_by(tools, draft)
            contents.require_counts(snapshot.counted, tables)
            # Beside every backup stands who was erased until then: an older one that is put back brings nobody back.
            erasures.add(folder, snapshot.erased, now)
            return _publish(target, draft, _manifest(settings, snapshot, draft, now, tools=tools, tables=tables))


def _manifest(
    settings: Settings, snapshot: Snapshot, draft: Path, now: datetime, *, tools: Programs, tables: dict[str, Table]
) -> Manifest:
    return Manifest(
        database=snapshot.database,
        made_at=now,
        product_version=product_version(),
        migration=snapshot.migration,
        server_major=snapshot.server_major,
        program_major=tools.major,
        encryption_key=manifests.fingerprint(settings.data_encryption_key),
        size_bytes=draft.stat().st_size,
        sha256=manifests.digest(draft),
        tables=tables,
    )


def held_by(tools: Programs, dump: Path) -> dict[str, Table]:
    """What an archive holds, by reading all of it. Raises BackupFailed when it cannot be read."""
    command = tools.command("pg_restore", "--data-only", "--file=-", str(dump))
    return contents.of(command, None, what=f"{dump.name} cannot be read")


def prune(folder: Path, keep: int, newest: Backup) -> list[Path]:
    """Removes what is older than the newest `keep` backups of the same database; answers with what went.

    The one that was just made stays, also where the clock went back meanwhile.
    """
    others = manifests.whole_backups(folder, newest.manifest.database)[keep:]
    gone = [backup.path for backup in others if backup.path != newest.path]
    for path in gone:
        path.unlink(missing_ok=True)
        path.with_suffix(MANIFEST).unlink(missing_ok=True)
    return gone


def _open_snapshot(connection: Any) -> Snapshot:
    """Of a transaction that stays open: pg_dump reads what it sees. Raises BackupFailed."""
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        migration = sight.migration(cursor)
        if migration is None:
            raise BackupFailed("This database holds nothing of TapPass yet: there is nothing to back up.")
        sight.require_full_sight(cursor)
        cursor.execute("SELECT pg_export_snapshot(), current_database()")
        name, database = cursor.fetchone()
        return Snapshot(
            name=name,
            database=database,
            migration=migration,
            server_major=connection.server_version // 10_000,
            filtered=not sight.sees_past_row_security(cursor),
            over_tls=connection.info.ssl_in_use,
            counted=sight.count_rows(cursor),
            erased=[Erasure(*each) for each in sight.erased(cursor)],
        )


def product_version() -> str:
    return str(tomllib.loads(_PROJECT.read_text())["project"]["version"])


def _publish(target: Path, draft: Path, manifest: Manifest) -> Backup:
    """Both are on disk before either has its name, and the dump gets its name last."""
    manifest_draft = target.with_suffix(MANIFEST + UNFINISHED)
    with _unfinished(manifest_draft):
        manifest_draft.write_text(manifest.as_json())
        for path in (draft, manifest_draft):
            path.chmod(0o600)
            _write_through(path)
        _name(target, draft, manifest_draft)
    _write_through(target.parent)
    return Backup(target, manifest)


def _name(target: Path, draft: Path, manifest_draft: Path) -> None:
    try:
        manifest_draft.rename(target.with_suffix(MANIFEST))
        draft.rename(target)
    except BaseException:
        if not target.exists():
            target.with_suffix(MANIFEST).unlink(missing_ok=True)
        raise


def _write_through(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A file of ours alone, which is gone afterwards unless it was renamed."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """What the system says about the folder, in a sentence. Raises BackupFailed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise BackupFailed(f"The disk of {folder} is full. Free some space, or name another folder.") from error
        raise BackupFailed(
            f"{folder} cannot be written ({error.strerror}). Let the user that runs TapPass write there, "
            "or name another folder."
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The only backup that is being made in this folder; leftovers of one that was killed are cleared away.

    Whoever may enter the folder may take the lock: one made by root must not keep the worker's user out.
    """
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            os.fchmod(lock, 0o666)
        _take(lock, folder)
        for left_over in folder.glob(f"*{UNFINISHED}"):
            left_over.unlink(missing_ok=True)
        yield
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackupFailed(f"Another backup is being made in {folder}; let it finish first.") from error
