"""The test database: one throw-away server for the run, a migrated template with two shops, a copy for each worker.

Each test runs in a savepoint of its own that is rolled back. Tests that need real commits (races, the worker, a
server) ask for `committed`: a database of their own. Our code is never patched.
"""

import gc
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from _pytest.nodeid import coerce_node_id
from flask import Flask
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

from pos import create_app, jobs, postgres
from pos.db import db
from tests import databases
from tests.client import Shop

_RUN: dict[str, Any] = {}
_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - it is only where a folder of our own is made


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the server and makes the template; xdist's workers find both in the environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    home = Path(tempfile.mkdtemp(prefix="tappass-test-", dir=_MEMORY if is_roomy(_MEMORY) else None))
    # The server runs as an unprivileged user when root runs the tests; it must be able to enter.
    home.chmod(0o755)
    # All that the tests and their processes make goes there as well, and with it. Sockets bear no longer path.
    os.environ["TMPDIR"] = tempfile.tempdir = str(home)
    config.option.basetemp = config.option.basetemp or home / "t"
    running = postgres.running(home, options={"fsync": "off", "full_page_writes": "off", "max_connections": "300"})
    server = running.__enter__()
    _RUN.update(home=home, running=running)
    os.environ["TAPPASS_TEST_HOME"] = str(home)
    shops = databases.make_template(server)
    (home / "shops.json").write_text(json.dumps(shops))


def is_roomy(memory: Path) -> bool:
    """Whether a file system in memory has room for the run. A disk takes longer to make the thousand files of a database
    the more files were deleted shortly before (ext4 spares their inodes for a while), and tests drop one after the other."""
    if not os.access(memory, os.W_OK) or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(memory).free > _ROOM_BYTES


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected lives as long as the run: to look at ten thousand tests for garbage, again and again, took seconds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the tests of an xdist_group on one worker. xdist 3.8 sets the id by a name that pytest 9.2 dropped."""
    if config.getoption("loadgroup", False):
        for item in items:
            if group := item.get_closest_marker("xdist_group"):
                item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")


class Groups(LoadGroupScheduling):
    """xdist's, which forgets what is done: its own counts all finished tests again after each, which takes longer with each of them."""

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        nodeid = self.registered_collections[node][item_index]
        scope = self._split_scope(nodeid)
        super().mark_test_complete(node, item_index, duration)
        if all(self.assigned_work[node][scope].values()):
            del self.assigned_work[node][scope]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadGroupScheduling | None:
    return Groups(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What a test said that passed is sent nowhere: each request has its line, and xdist would carry all of them."""
    report: Any = yield
    if report.passed and hasattr(item.config, "workerinput"):
        report.sections.clear()
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUN:
        _RUN["running"].__exit__(None, None, None)
        shutil.rmtree(_RUN["home"], ignore_errors=True)
        _RUN.clear()


@pytest.fixture(scope="session")
def server() -> postgres.Server:
    """The throw-away PostgreSQL server of this run; `server.url("postgres", name)` is its superuser."""
    return postgres.server(Path(os.environ["TAPPASS_TEST_HOME"]))


@pytest.fixture(scope="session")
def shops() -> list[dict[str, Any]]:
    return json.loads((Path(os.environ["TAPPASS_TEST_HOME"]) / "shops.json").read_text())


@pytest.fixture(scope="session")
def session_app(server: postgres.Server) -> Iterator[Flask]:
    """One application and one database for all tests of this worker that roll back."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    databases.copy(server, name)
    app = create_app(databases.settings(server, name))
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()
    databases.drop(server, name)


class Lent:
    """The connection of a test's transaction where the pool would lend one: closing it keeps it."""

    def __init__(self, connection: Any) -> None:
        self.dbapi_connection = connection.connection.dbapi_connection

    def close(self) -> None: ...


@pytest.fixture
def app(session_app: Flask) -> Iterator[Flask]:
    """The application inside a transaction that is rolled back after the test: each commit is only a savepoint."""
    with session_app.app_context():
        engine, web_shops = db.engine, session_app.extensions["woocommerce"]
        connection = engine.connect()
        outer = connection.begin()
        db._app_engines[session_app][None] = connection  # type: ignore[assignment]
        connection.raw_connection = lambda: Lent(connection)  # type: ignore[attr-defined]
        db.session.configure(join_transaction_mode="create_savepoint")
        try:
            yield session_app
        finally:
            db.session.remove()
            db.session.configure(join_transaction_mode="conditional_savepoint")
            db._app_engines[session_app][None] = engine
            # Some tests put shops of their own there (tests/woocommerce/shops.py).
            session_app.extensions["woocommerce"] = web_shops
            outer.rollback()
            connection.close()


@pytest.fixture
def shop(app: Flask, shops: list[dict[str, Any]]) -> Shop:
    """A shop with a register, people and a small catalogue: taxes 8.25 % on top, prices in USD."""
    return Shop(app.test_client(), **shops[0])


@pytest.fixture
def other_shop(app: Flask, shops: list[dict[str, Any]]) -> Shop:
    """Another tenant of the same database, in EUR, with tax included in its prices."""
    return Shop(app.test_client(), **shops[1])


@pytest.fixture(scope="session")
def committing_app(server: postgres.Server) -> Iterator[Flask]:
    """The application of `committed`: one for all tests of this worker, since making it and its statements takes longer
    than a test. Its database is made for each test anew, by the same name."""
    app = create_app(databases.settings(server, f"t_{uuid.uuid4().hex[:12]}"))
    app.testing = True
    yield app
    databases.let_go(app)


@pytest.fixture
def database(server: postgres.Server, committing_app: Flask) -> Iterator[str]:
    """The name of a database of this test's own, with the two shops in it."""
    name = databases.name_of(committing_app)
    databases.copy(server, name)
    yield name
    databases.drop(server, name)


@pytest.fixture
def committed(committing_app: Flask, database: str) -> Iterator[Flask]:
    """An application whose commits are real, with a database of its own: for races, workers and servers."""
    app = committing_app
    jobs.init_app(app)
    found = dict(app.extensions), dict(app.config)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    for known, then in zip((app.extensions, app.config), found, strict=True):
        known.clear()
        known.update(then)


@pytest.fixture
def superuser(server: postgres.Server, database: str) -> Iterator[Any]:
    """A superuser's connection (autocommit) to the database of `committed`, for planting faults and looking behind."""
    with closing(psycopg2.connect(server.url("postgres", database))) as connection:
        connection.autocommit = True
        yield connection
