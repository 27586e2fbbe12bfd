"""One cluster of the embedded PostgreSQL: where it lives, how it is made, started, asked and stopped.

Whether it is up is always asked by connecting: pid files and `pg_ctl status` are wrong for a while after a
kill -9. The caller holds the start lock (pos/postgres.py) around whatever changes something here.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import psycopg2

from pos import postgres_binaries as binaries
from pos.postgres_binaries import OWN_SERVER, Account, PostgresUnavailable

LOGINS = ("tappass_owner", "tappass_app", "tappass_worker", "tappass_backup", "tappass_report")
_SUPERUSER = "postgres"
_PORT = 5432
_SOCKET = f".s.PGSQL.{_PORT}"
_LONGEST_SOCKET_BYTES = 107
_LONGEST_LOG_BYTES = 5_000_000
# A new server may start only when the last backend of a killed one is gone, which a busy one is at the end
# of its statement (60 s for the worker's), and then it recovers. A failure shows at once, not after this.
_START_SECONDS = 300
_STOP_SECONDS = 60

# The log must not hold what customers typed: an ERROR quotes the value that it refuses, and its statement. So
# errors are left to the program that gets them, and only the server's own messages are written.
_OPTIONS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_checkpoints": "off",
}
_BUSY = ("starting up", "shutting down", "recovery mode", "not yet accepting", "timeout expired")

# Kept so that a server of ours that was killed can be reaped: its zombie would look alive to the next one.
_started: dict[Path, "subprocess.Popen[bytes]"] = {}


@dataclass(frozen=True)
class Server:
    """Where one cluster lives; `passwords` is empty until it was first started."""

    folder: Path
    socket_dir: Path
    bin_dir: Path
    passwords: Mapping[str, str] = field(repr=False)
    logins: tuple[str, ...] = LOGINS

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def log_path(self) -> Path:
        return self.folder / "server.log"

    @property
    def passwords_path(self) -> Path:
        return self.folder / "passwords.json"

    @property
    def analyst_password_path(self) -> Path:
        """Of the logins for questions; there once `flask analytics grant` has made them."""
        return self.folder / "analyst.password"

    @property
    def half_made_mark(self) -> Path:
        """There from before initdb until the logins are made: whoever attaches then has to make them."""
        return self.folder / "initdb.started"

    def url(self, login: str = "tappass_app", database: str = "tappass") -> str:
        """The address for one login, as libpq and SQLAlchemy read it; `postgres` is the superuser.

        The port only names the socket; it is given because libpq would else take one from PGPORT. Raises
        PostgresUnavailable when the server was never started, since the passwords are made then.
        """
        if login not in self.passwords:
            raise PostgresUnavailable(f"The PostgreSQL in {self.folder} has no login {login} yet: start it.")
        return self.url_of(login, self.passwords[login], database)

    def url_of(self, login: str, password: str, database: str) -> str:
        """The address for a login that is none of ours, with the password that it was given."""
        secret, host = quote(password, safe=""), quote(str(self.socket_dir), safe="")
        return f"postgresql://{login}:{secret}@/{quote(database, safe='')}?host={host}&port={_PORT}"


def server(home: Path) -> Server:
    """Where the server of this POS_DATA_DIR lives, and its passwords once they are made. Starts nothing.

    Raises PostgresUnavailable when this platform has no programs or the folder is closed to the caller.
    """
    home = home.resolve()
    try:
        folder = binaries.cluster_folder(home)
        passwords = folder / "passwords.json"
        known = json.loads(passwords.read_text()) if passwords.exists() else {}
    except OSError as error:
        raise _closed_folder(home, error) from error
    return Server(folder, _socket_dir(folder), binaries.program_folder(folder), known)


def _socket_dir(folder: Path) -> Path:
    inside = folder / "socket"
    if len(os.fsencode(inside / _SOCKET)) <= _LONGEST_SOCKET_BYTES:
        return inside
    return Path("/tmp") / f"tappass-{binaries.short_hash(folder)}"  # noqa: S108 - own_folder checks whose it is


def make_folders(server: Server, home: Path) -> None:
    """As root, the account may pass through the cluster's folder; passwords and locks stay root's."""
    account = binaries.account_for(server.folder)
    passable = 0o711 if account else 0o700
    try:
        home.mkdir(parents=True, exist_ok=True)
        if server.folder.parent != home:
            binaries.own_folder(server.folder.parent, mode=passable)
        server.folder.mkdir(exist_ok=True)
        server.folder.chmod(passable)
        binaries.own_folder(server.socket_dir, mode=0o700, account=account)
    except OSError as error:
        raise _closed_folder(home, error) from error


def _closed_folder(home: Path, error: OSError) -> PostgresUnavailable:
    return PostgresUnavailable(
        f"The data of the embedded PostgreSQL in {home} cannot be used ({error}). Run this as the user that "
        f"made it, or set POS_DATA_DIR to a folder of your own."
    )


def bring_up(server: Server, options: Mapping[str, str], provision: Callable[[Server], None]) -> Server:
    """Make and start what is missing of passwords, cluster, process and logins, or attach to what is up."""
    server = _with_passwords(server)
    if answer(server) != "up":
        server = _start_whatever_is_there(server, options)
    elif not server.half_made_mark.exists():
        return server
    provision(server)
    server.half_made_mark.unlink(missing_ok=True)
    _write_through(server.folder)
    return server


def _start_whatever_is_there(server: Server, options: Mapping[str, str]) -> Server:
    account = binaries.account_for(server.folder)
    binaries.make_programs_reachable(server.folder, account)
    server = replace(server, bin_dir=binaries.program_folder(server.folder))
    if not server.data_dir.exists():
        _make_cluster(server, account, durable=options.get("fsync") != "off")
    _start(server, account, options)
    return server


def _with_passwords(server: Server) -> Server:
    """The server with a password for each login; they are on disk before a cluster is made with them."""
    missing = {_SUPERUSER, *LOGINS} - server.passwords.keys()
    if not missing:
        return server
    if _SUPERUSER in missing and server.data_dir.exists():
        raise PostgresUnavailable(
            f"{server.passwords_path} is gone, and the data beside it cannot be opened without it. Put the "
            f"file back from a backup, or move {server.folder} away to begin with an empty database."
        )
    passwords = {**server.passwords, **{login: secrets.token_urlsafe(24) for login in missing}}
    write_private(server.passwords_path, json.dumps(passwords))
    return replace(server, passwords=passwords)


def write_private(path: Path, text: str) -> None:
    """Replace a 0600 file in one step, for the owner of its folder: root also starts what a user made."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as unfinished:
        unfinished.write(text)
        unfinished.flush()
        os.fsync(unfinished.fileno())
    owner = path.parent.stat()
    os.chown(unfinished.name, owner.st_uid, owner.st_gid)
    Path(unfinished.name).replace(path)
    _write_through(path.parent)


def _write_through(folder: Path) -> None:
    """A name made or removed is safe from a power cut only after its folder is on disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _make_cluster(server: Server, account: Account | None, *, durable: bool) -> None:
    """Made beside its place and moved there whole, so that data found in place never has to be thrown away.

    An initdb whose starter was killed goes on for a while: in a folder of its own it cannot spoil the next.
    """
    server.half_made_mark.touch(mode=0o600)
    for left_over in server.folder.glob("data.*"):
        shutil.rmtree(left_over, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="data.", dir=server.folder))
    if account:
        os.chown(unfinished, account.uid, account.gid)
    with _password_file(server, account) as password_path:
        arguments = ["-D", str(unfinished), "-U", _SUPERUSER, f"--pwfile={password_path}"]
        arguments += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        _run_initdb(server, account, arguments if durable else [*arguments, "--no-sync"])
    unfinished.rename(server.data_dir)
    _write_through(server.folder)


@contextmanager
def _password_file(server: Server, account: Account | None) -> Iterator[str]:
    """The superuser's password for initdb; /dev/fd/N cannot be opened any more once the uid is dropped."""
    with tempfile.NamedTemporaryFile("w", dir=server.folder) as password:
        password.write(server.passwords[_SUPERUSER])
        password.flush()
        if account:
            os.fchown(password.fileno(), account.uid, account.gid)
        yield password.name


def _run_initdb(server: Server, account: Account | None, arguments: list[str]) -> None:
    command = [str(server.bin_dir / "initdb"), *arguments]
    settings = binaries.popen_settings(account) | {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        done = subprocess.run(command, check=False, timeout=_START_SECONDS, **settings)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresUnavailable(f"initdb did not run ({error}). {OWN_SERVER}") from error
    if done.returncode:
        raise _failure("initdb failed", done.stdout.decode(errors="replace"))


def _start(server: Server, account: Account | None, options: Mapping[str, str]) -> None:
    """Start the process and wait until it answers, through the recovery that follows a kill -9."""
    deadline = time.monotonic() + _START_SECONDS
    process: subprocess.Popen[bytes] | None = None
    log_start = _trim_log(server.log_path)
    while (state := answer(server)) != "up":
        if process and process.poll() is not None:
            _raise_unless_in_the_way(_log_since(server.log_path, log_start))
            process = None
        elif process is None and state == "down":
            _disown_lock_files(server)
            log_start = _trim_log(server.log_path)
            process = _spawn(server, account, options)
        if time.monotonic() > deadline:
            said = _log_since(server.log_path, log_start)
            raise _failure(f"It did not answer within {_START_SECONDS} s", said)
        time.sleep(0.03 if process else 0.2)


def _spawn(server: Server, account: Account | None, options: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    command = [str(server.bin_dir / "postgres"), "-D", str(server.data_dir)]
    command += ["-k", str(server.socket_dir), "-p", str(_PORT)]
    for name, value in {**_OPTIONS, **options}.items():
        command += ["-c", f"{name}={value}"]
    try:
        with server.log_path.open("ab") as log:
            settings = binaries.popen_settings(account)
            process = subprocess.Popen(command, stdout=log, stderr=log, **settings)
    except OSError as error:
        raise PostgresUnavailable(f"PostgreSQL could not be started ({error}). {OWN_SERVER}") from error
    _started[server.folder] = process
    return process


def _trim_log(path: Path) -> int:
    """Put a grown log aside, one generation; returns the byte at which the next start begins to write."""
    if path.exists() and path.stat().st_size > _LONGEST_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    path.touch(mode=0o600)
    return path.stat().st_size


def _log_since(path: Path, start: int) -> str:
    return path.read_bytes()[start:].decode(errors="replace")


def _raise_unless_in_the_way(said: str) -> None:
    """A predecessor that is not wholly gone, as a backend in a query, is waited for; all else is final."""
    if "already exists" not in said and "still in use" not in said:
        raise _failure("It ended at once", said)


def _disown_lock_files(server: Server) -> None:
    """Let a new server past lock files whose process is no server of this data any more.

    Their pid may be a zombie that its parent does not reap, or another program's after a reboot; PostgreSQL
    looks no further than that the pid exists. It takes its own parent's pid there for a leftover. The other
    lines stay, since by them it makes sure that no backend of the old server is left in shared memory.
    """
    for path in (server.data_dir / "postmaster.pid", server.socket_dir / f"{_SOCKET}.lock"):
        with suppress(OSError, ValueError):
            pid, rest = path.read_text().split("\n", 1)
            arguments = Path(f"/proc/{int(pid)}/cmdline").read_bytes().split(b"\0")
            if os.fsencode(server.data_dir) not in arguments:
                opened = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
                with os.fdopen(opened, "w") as lock_file:
                    lock_file.write(f"{os.getpid()}\n{rest}")


def _failure(what: str, output: str) -> PostgresUnavailable:
    tail = "\n".join(output.splitlines()[-15:])
    full = "No space left" in output
    advice = "The disk is full: free some space and start again." if full else OWN_SERVER
    return PostgresUnavailable(f"The embedded PostgreSQL is not up. {what}. {advice}\n{tail}")


def superuser(server: Server, database: str = "postgres") -> Any:
    """A psycopg2 connection as `postgres`, each statement its own transaction."""
    connection = psycopg2.connect(server.url(_SUPERUSER, database), connect_timeout=5)
    connection.autocommit = True
    return connection


def answer(server: Server) -> Literal["up", "busy", "down"]:
    """What the server says to a connection; `busy` is while it starts, recovers or ends."""
    ours = _started.get(server.folder)
    if ours and ours.poll() is not None:
        del _started[server.folder]
    if not (server.socket_dir / _SOCKET).exists() or not server.passwords:
        return "down"
    try:
        superuser(server).close()
    except psycopg2.OperationalError as error:
        return _meaning_of(str(error), server)
    return "up"


def _meaning_of(refusal: str, server: Server) -> Literal["up", "busy", "down"]:
    """A refusal for any other reason, as too many connections, still comes from a server that is up."""
    if "password authentication failed" in refusal:
        raise PostgresUnavailable(
            f"The passwords in {server.passwords_path} are not those of the data beside it: put back the "
            f"file that belongs to it, or move {server.folder} away to begin with an empty database."
        )
    if any(sign in refusal for sign in _BUSY):
        return "busy"
    return "up" if "FATAL" in refusal else "down"


def stop(server: Server) -> None:
    """A fast shutdown: sessions are ended, what is committed is kept.

    A server that this process started is stopped also when it does not answer; another one only when it does,
    since the pid in the file of a dead one may be anybody's.
    """
    ours = _started.pop(server.folder, None)
    if ours and ours.poll() is None:
        ours.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            ours.wait(_STOP_SECONDS)
    elif answer(server) != "down":
        _stop_anothers(server.data_dir / "postmaster.pid")


def _stop_anothers(pid_file: Path) -> None:
    """PostgreSQL removes the file as the last thing it does."""
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(int(pid_file.read_text().split("\n", 1)[0]), signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        while pid_file.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
