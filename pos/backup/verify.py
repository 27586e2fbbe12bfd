"""Proves a backup: restores it into a throw-away server of its own, compares every row, and audits the books there.

The running product is not touched: nothing of this connects to its database.
"""

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pos import postgres
from pos.backup import BackupFailed, contents, programs
from pos.backup.manifests import Backup
from pos.backup.pour import pour
from pos.backup.programs import Programs
from pos.backup.restore import checked
from pos.config import Settings

_ROOT = Path(__file__).parents[2]
_OPTIONS = {"fsync": "off", "full_page_writes": "off", "max_connections": "30", "shared_buffers": "64MB"}
# Emptied, so that nothing leads the throw-away installation to the real database.
_UNSET = (
    "APP_ENV", "DATABASE_URL", "MIGRATION_DATABASE_URL", "WORKER_DATABASE_URL", "BACKUP_DATABASE_URL", "PUBLIC_BASE_URL",
    "SENTRY_DSN", "BACKUP_DIR",
)  # fmt: skip
_LONGEST_SECONDS = 3600


@dataclass(frozen=True)
class Proof:
    """What was found: `faults` is empty if the backup can be relied on."""

    backup: Backup
    faults: list[str]
    audit: str


def verify(path: Path, settings: Settings) -> Proof:
    """Restores the backup of this file elsewhere and compares it with its manifest. Raises BackupFailed.

    Its rows are dumped again from there: the digests of both dumps must agree, table by table. Then the copy is
    migrated to the present and every rule of the audit is run over every store.
    """
    tools, backup = checked(path)
    with _throw_away_home() as home, postgres.running(home, options=_OPTIONS) as server:
        pour(tools, backup, server.url("tappass_owner"))
        again = _dumped_again(tools, server.url("postgres"))
        faults = contents.differences(backup.manifest.tables, again)
        environ = _environ(settings, home)
        migrated = _flask(environ, "db", "upgrade")
        if migrated.returncode:
            return Proof(backup, [*faults, f"its migrations fail: {_last_line(migrated.stderr)}"], "")
        audited = _flask(environ, "audit")
        said = audited.stdout.strip().splitlines()
        return Proof(backup, faults + (said if audited.returncode else []), said[-1] if said else "")


def _dumped_again(tools: Programs, address: str) -> dict[str, contents.Table]:
    command = tools.command("pg_dump", "--data-only", "--schema=public", "--no-password")
    with programs.environment(address) as env:
        return contents.of(command, env, what="The restored copy cannot be read")


def _environ(settings: Settings, home: Path) -> dict[str, str]:
    """Of an installation with an embedded server, with the keys of this one."""
    ours = {
        "POS_DATA_DIR": str(home),
        "SECRET_KEY": settings.secret_key,
        "DATA_ENCRYPTION_KEY": base64.b64encode(settings.data_encryption_key).decode(),
    }
    return dict(os.environ) | dict.fromkeys(_UNSET, "") | ours


def _flask(environ: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    """A command of the product in a process of its own, since settings and connections are a process' own."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    try:
        return subprocess.run(
            command, cwd=_ROOT, env=environ, capture_output=True, text=True, check=False, timeout=_LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise BackupFailed(f"`flask {' '.join(words)}` did not end within {_LONGEST_SECONDS} s.") from error


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "without a word"


@contextmanager
def _throw_away_home() -> Iterator[Path]:
    """A data folder that is gone afterwards; the account that root's server runs as must be able to enter it."""
    home = Path(tempfile.mkdtemp(prefix="tappass-verify-"))
    home.chmod(0o755)
    folder = postgres.server(home).folder
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
        if folder.parent != home:
            shutil.rmtree(folder.parent, ignore_errors=True)
