"""pg_dump, pg_restore and psql: which ones are fit for a server, and how they are called.

A password never stands on a command line, where every user of the machine can read it: the child gets it in its
environment, and the rest of the address in a service file that lives as long as the call.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from psycopg2.extensions import parse_dsn

from pos.backup import BackupFailed
from pos.postgres_binaries import PostgresUnavailable, wheel_programs

_NEEDED = ("pg_dump", "pg_restore", "psql")
_SERVICE = "tappass"
# A hang of a minute is a lock that somebody forgot; a dump of some hours is a large shop.
_LOCK_SECONDS = 60
LONGEST_SECONDS = 6 * 3600
_FULL = ("No space left on device", "Disk quota exceeded", "File too large")


@dataclass(frozen=True)
class Programs:
    """A folder with the client programs of one major version of PostgreSQL."""

    folder: Path
    major: int

    def command(self, program: str, *arguments: str) -> list[str]:
        return [str(self.folder / program), *arguments]


def find(needed_major: int, *, over_tls: bool) -> Programs:
    """Programs not older than `needed_major`: the embedded server's, or those on PATH. Raises BackupFailed.

    The wheel's were built without TLS, so they cannot reach a server that is reached by it.
    """
    on_path = shutil.which("pg_dump")
    candidates = [Path(on_path).parent] if on_path else []
    if not over_tls:
        with suppress(PostgresUnavailable):
            candidates.insert(0, wheel_programs())
    seen = {folder: major for folder in candidates if (major := _major(folder))}
    for folder, major in seen.items():
        if major >= needed_major:
            return Programs(folder, major)
    found = ", ".join(f"version {major} in {folder}" for folder, major in seen.items()) or "none"
    raise BackupFailed(
        f"This needs pg_dump, pg_restore and psql of PostgreSQL {needed_major} or newer on PATH "
        f"(found: {found}). Install them, e.g. `apt install postgresql-client-{needed_major}`, and try again."
    )


def _major(folder: Path) -> int | None:
    """The version of a folder's pg_dump, or None where one of the programs is missing or does not run."""
    if any(shutil.which(name, path=str(folder)) is None for name in _NEEDED):
        return None
    try:
        said = subprocess.run([str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(version[1]) if version else None


@contextmanager
def environment(address: str, *, options: str = "") -> Iterator[dict[str, str]]:
    """The environment of a program that is to connect to this libpq address; `options` are settings of its session.

    Nothing of the caller's PG* variables gets in. Instants are written in UTC, so that two dumps can be compared.
    """
    facts = parse_dsn(address)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    clean |= {"PGPASSWORD": facts.pop("password", ""), "PGTZ": "UTC", "LC_ALL": "C", "PGAPPNAME": "tappass backup"}
    if options:
        facts["options"] = f"{facts.get('options', '')} {options}".strip()
    with tempfile.TemporaryDirectory(prefix="tappass-service-") as folder:
        service = Path(folder) / "service.conf"
        lines = [f"[{_SERVICE}]", *(f"{name}={value}" for name, value in facts.items())]
        service.touch(mode=0o600)
        service.write_text("\n".join(lines) + "\n")
        yield clean | {"PGSERVICEFILE": str(service), "PGSERVICE": _SERVICE}


def run(
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    what: str,
    into: int | IO[bytes] = subprocess.PIPE,
) -> bytes:
    """What the program wrote, unless it went into a file. Raises BackupFailed with its first error, `what` in front."""
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": into, "stderr": subprocess.PIPE}
    try:
        done = subprocess.run(command, env=env, timeout=LONGEST_SECONDS, check=False, **pipes)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackupFailed(f"{what}: {error}") from error
    if done.returncode:
        raise failure(what, done.stderr)
    return done.stdout or b""


def failure(what: str, said: bytes) -> BackupFailed:
    """The program's first error in a sentence; what to do about a full disk."""
    lines = said.decode(errors="replace").splitlines()
    if any(sign in line for sign in _FULL for line in lines):
        return BackupFailed(f"{what}: the disk is full. Free some space, or name another folder, and try again.")
    errors = [line for line in lines if "error" in line.lower()] or lines or ["it was ended from outside"]
    return BackupFailed(f"{what}: {errors[0]}")


def dump(programs: Programs, address: str, target: Path, *, snapshot: str, filtered: bool) -> None:
    """Writes the schema `public` as one archive, as it stood at the snapshot.

    `filtered` leaves row security on, for an owner whose policy shows every row; else pg_dump itself refuses to
    write a table of which it would not see all. The file is opened here: a pg_dump whose caller was killed must not
    make one anew after the next backup has cleared it away.
    """
    arguments = ["--format=custom", "--schema=public", "--no-password", f"--snapshot={snapshot}"]
    arguments += [f"--lock-wait-timeout={_LOCK_SECONDS}s", *(["--enable-row-security"] if filtered else [])]
    with environment(address) as env, target.open("r+b") as file:
        run(programs.command("pg_dump", *arguments), env, what="The database could not be read", into=file)
