"""Our processes as they run in production, started for one test: the web server, the worker, and HTTP to speak to it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import psycopg2
import requests
from flask.testing import FlaskClient

from pos import cli, postgres
from soak.product import WEB_PROCESSES, free_port, rows, until, value  # noqa: F401 - tests look for these here
from tests import databases
from tests.client import Shop

ROOT = Path(__file__).parents[1]
READY_SECONDS, END_SECONDS = 60, 30
PATIENCE_SECONDS = 60

_SWEEP = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
    VALUES ('default', 'checkout.sweep', 'checkout.sweep', 'checkout.sweep', '{"timestamp": 0}') ON CONFLICT DO NOTHING
"""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What came back over the network, in the words of werkzeug's TestResponse, which Shop reads."""

    status_code: int
    headers: Mapping[str, str]
    text: str
    data: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def get_data(self, as_text: bool = True) -> str:
        return self.text


@dataclass(frozen=True)
class WebClient:
    """Takes the place of Flask's test client in a Shop: each request goes over a TCP connection of its own."""

    base_url: str

    def open(self, path: str, *, query_string: Mapping[str, str] | None = None, **options: Any) -> Answer:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(
                url=self.base_url + path, params=query_string, timeout=PATIENCE_SECONDS, **options
            )
        return Answer(response.status_code, response.headers, response.text, response.content)

    def shop(self, known: Mapping[str, Any]) -> Shop:
        """A shop of the test databases (its entry in `shops`) as its tablets see it."""
        return Shop(cast("FlaskClient", self), **known)


def say(sentence: str) -> None:
    """For seeds and figures: pytest shows them with a failure, and always with -s."""
    sys.stdout.write(f"{sentence}\n")


def race(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Does all of it at the same moment, each in a thread of its own; the results stand in the order of the calls."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result:
        start.wait(PATIENCE_SECONDS)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def environment(server: postgres.Server, database: str, folder: Path, **more: str) -> dict[str, str]:
    """The whole environment of a process on a test database; `folder` is its POS_DATA_DIR."""
    ours = {name: text for name, text in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    settings = databases.environ(server, database) | {"POS_DATA_DIR": str(folder), "APP_ENV": "development"}
    return ours | settings | {"PATH": programs, "PYTHONUNBUFFERED": "1"} | more


@contextmanager
def process(
    name: str, folder: Path, env: Mapping[str, str], command: Sequence[str] = ()
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of the Procfile, or a twin of it; it says things to a file, since nobody would empty a pipe."""
    with (folder / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(command or cli.processes()[name], cwd=ROOT, env=dict(env), stdout=log, stderr=log)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def web_server(
    server: postgres.Server,
    database: str,
    folder: Path,
    *,
    command: Sequence[str] = (),
    port: int | None = None,
    **more: str,
) -> Iterator[str]:
    """gunicorn as the Procfile starts it, or a twin by its command, on a test database and a free port, if none is said;
    gives its base URL once it can serve."""
    port = port or free_port()
    where = {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": str(WEB_PROCESSES)}
    base_url = f"http://127.0.0.1:{port}"
    with process("web", folder, environment(server, database, folder, **where | more), command) as web:
        until(
            lambda: is_ready(base_url) or web.poll() is not None,
            READY_SECONDS,
            what="/readyz answering 200",
        )
        assert web.poll() is None, (folder / "web.log").read_text()
        yield base_url


def assert_no_bugs(folder: Path) -> None:
    """Of all that the processes of this folder said."""
    for log in folder.glob("*.log"):
        text = log.read_text(errors="replace")
        assert "bug " not in text, text[text.index("bug ") - 200 :][:3000]
        assert "Job failed" not in text


def is_ready(base_url: str) -> bool:
    try:
        return WebClient(base_url).open("/readyz", method="GET").status_code == 200
    except requests.RequestException:
        return False


@contextmanager
def superuser_of(server: postgres.Server, database: str) -> Iterator[Any]:
    """A superuser's connection, each statement its own transaction."""
    with closing(psycopg2.connect(server.url("postgres", database))) as connection:
        connection.autocommit = True
        yield connection


def sweep_now(books: Any) -> None:
    """Has the worker look at once for what was left undone, instead of within fifteen seconds."""
    rows(books, _SWEEP)
