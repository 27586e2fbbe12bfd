"""The whole product as `make run` starts it, in a folder of its own: to be killed in parts, or as a whole."""

import fcntl
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from pos import postgres, postgres_binaries

ROOT = Path(__file__).parents[1]
# Below the ports that the kernel gives to outgoing connections, one of which could else take it first.
PORTS = range(20_000, 32_000)
START_SECONDS, END_SECONDS = 120, 60
WEB_PROCESSES = 2
# Every process of ours carries it in its environment, so none of them can hide by losing its parent.
MARK = "TAPPASS_SOAK_RUN"
# Emptied, so that neither the caller's environment nor a .env file leads the product to another database.
UNSET = (
    "APP_ENV", "DATABASE_URL", "MIGRATION_DATABASE_URL", "WORKER_DATABASE_URL", "PUBLIC_BASE_URL", "SECRET_KEY",
    "DATA_ENCRYPTION_KEY", "SENTRY_DSN", "BACKUP_DATABASE_URL", "BACKUP_DIR", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET",
    "STRIPE_API_BASE", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_MESSAGING_SERVICE_SID", "TWILIO_FROM_NUMBER", "TWILIO_API_BASE",
    "CRASH_AT",
)  # fmt: skip


class Product:
    """`flask --app wsgi up` with its embedded PostgreSQL, set as it ships: what is committed is on disk.

    `folder` holds `home`, its POS_DATA_DIR, and beside it what its processes say. `procfile` takes the place of the
    tree's Procfile, for a run whose web processes are to be started in another way.
    """

    def __init__(self, folder: Path, *, procfile: Path | None = None, **environ: str) -> None:
        self.folder, self.home, self.mark, self.port = folder, folder / "home", uuid.uuid4().hex, free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.home.mkdir(exist_ok=True)
        self.procfile, self.environ = procfile, environ
        self.up: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Gives the seconds until it can serve."""
        began = time.monotonic()
        with self.log.open("ab") as log, (self.folder / "up.out").open("ab") as out:
            command = [sys.executable, "-m", "soak.up", str(self.procfile)] if self.procfile else self._flask("up")
            options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": log}
            self.up = subprocess.Popen(command, cwd=ROOT, env=self.environment(), start_new_session=True, **options)
        until(lambda: is_ready(self.port) or self.has_ended(), START_SECONDS, what="/readyz answering 200")
        assert not self.has_ended(), self.said()
        return time.monotonic() - began

    def end(self) -> int:
        """Asks it to end, and gives its exit code."""
        assert self.up is not None
        self.up.send_signal(signal.SIGTERM)
        return self.up.wait(END_SECONDS)

    def has_ended(self) -> bool:
        return self.up is None or self.up.poll() is not None

    def kill(self, part: str, chance: random.Random) -> bool:
        """kill -9 for one process of this part of the product; False if it has none at the moment."""
        found = self.parts()[part]()
        if found:
            # A process that has ended by itself meanwhile is as dead as it should be.
            with suppress(psutil.NoSuchProcess):
                chance.choice(found).kill()
        return bool(found)

    def kill_everything(self) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self.up is not None:
            self.up.wait(END_SECONDS)
        until(lambda: not self.processes(), what="the end of everything that was killed")

    def parts(self) -> dict[str, Callable[[], list[psutil.Process]]]:
        """Each part that can be killed, and how its processes are found: only ever among those that we started."""
        return {
            "web process": self.web_processes,
            "web": lambda: self.children("gunicorn"),
            "worker": lambda: self.children("jobs"),
            "postgres": lambda: [] if self.is_starting_postgres() else self.postmasters(),
            "backend": lambda: [] if self.is_starting_postgres() else self.backends(),
        }

    def web_processes(self) -> list[psutil.Process]:
        return [child for master in self.children("gunicorn") for child in children(master)]

    def children(self, word: str) -> list[psutil.Process]:
        """The children of `up` with this word in their command."""
        if self.up is None or self.has_ended():
            return []
        with suppress(psutil.NoSuchProcess):
            return [child for child in children(psutil.Process(self.up.pid)) if word in " ".join(command_of(child))]
        return []

    def postmasters(self) -> list[psutil.Process]:
        """PostgreSQL's first process, which the file in its data names; none if that one is gone or another's."""
        data_dir = self.server.data_dir
        try:
            found = psutil.Process(int((data_dir / "postmaster.pid").read_text().split("\n", 1)[0]))
            return [found] if found.status() != psutil.STATUS_ZOMBIE and found.cwd() == str(data_dir) else []
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return []

    def backends(self) -> list[psutil.Process]:
        """The processes of PostgreSQL that serve the web and the worker."""
        found = [child for postmaster in self.postmasters() for child in children(postmaster)]
        return [child for child in found if "tappass_" in " ".join(command_of(child))]

    def is_starting_postgres(self) -> bool:
        """Whether a process is at it: it holds the lock of pos/postgres.py meanwhile, until the logins are made."""
        with (self.server.folder / "start.lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def processes(self) -> list[psutil.Process]:
        """All that live of what was started here, whoever its parent is by now.

        PostgreSQL gets no environment of ours; it is known by the folder in which all its processes stand.
        """
        data_dir = str(self.server.data_dir)
        ours = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                is_marked = process.environ().get(MARK) == self.mark
                if process.status() != psutil.STATUS_ZOMBIE and (is_marked or process.cwd() == data_dir):
                    ours.append(process)
        return ours

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Runs a command of the product beside it."""
        return subprocess.run(
            self._flask(*words),
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
        where = {"POS_DATA_DIR": str(self.home), "HOST": "127.0.0.1", "PORT": str(self.port), MARK: self.mark}
        return ours | dict.fromkeys(UNSET, "") | where | {"WEB_CONCURRENCY": str(WEB_PROCESSES)} | self.environ

    @staticmethod
    def _flask(*words: str) -> list[str]:
        return [sys.executable, "-m", "flask", "--app", "wsgi", *words]

    def credentials(self) -> dict[str, str]:
        """What the demo store gives away at its first start."""
        return dict(json.loads((self.home / "demo.json").read_text()))

    def said(self) -> str:
        """The end of what its processes wrote, without the lines that each request writes."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if "route=" not in line and "cause=" not in line][-60:])

    @contextmanager
    def books(self) -> Iterator[Any]:
        """A superuser's connection that sees all stores, each statement its own transaction."""
        with closing(psycopg2.connect(self.server.url("postgres"), connect_timeout=5)) as connection:
            connection.autocommit = True
            yield connection

    @property
    def log(self) -> Path:
        return self.folder / "up.log"

    @property
    def server(self) -> postgres.Server:
        return postgres.server(self.home)


def children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children())
    except psutil.NoSuchProcess:
        return []


def command_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


def is_ready(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as line, suppress(OSError, HTTPException):
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    return False


def free_port() -> int:
    for port in random.sample(PORTS, 100):
        with suppress(OSError), closing(socket.socket()) as tried:
            tried.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port was found")


def until(condition: Callable[[], object], seconds: float = 15, *, what: str = "the condition") -> None:
    """Waits until it is true; raises AssertionError if it is not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(0.02)


def rows(connection: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a psycopg2 connection answers, for looking behind the API."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def value(connection: Any, statement: str, *values: Any) -> Any:
    return rows(connection, statement, *values)[0][0]


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """Short, because a socket's path has to be, and open to the account that root's server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="tp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def put_home(home: Path, folder: Path) -> None:
    """Gives the product of this folder a home that another one has made, which has ended since; all keep their owners."""
    subprocess.run(["cp", "-a", home, folder / "home"], check=True)  # noqa: S607 - where it is differs between systems


@contextmanager
def product_in(folder: Path, **options: Any) -> Iterator[Product]:
    """A product that is not started yet; at the end nothing of it is left but what is in the folder."""
    product = Product(folder, **options)
    try:
        yield product
    finally:
        product.kill_everything()
        shutil.rmtree(outside_of(product.home), ignore_errors=True)


def outside_of(home: Path) -> Path:
    """Where the data is when the server's account cannot enter the folder (postgres_binaries.cluster_folder)."""
    return Path("/var/tmp") / f"tappass-{postgres_binaries.short_hash(home.resolve())}"  # noqa: S108
