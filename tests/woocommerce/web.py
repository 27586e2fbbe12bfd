"""A store of ours and a web shop, which speak to each other over TCP in one process: what tests do to both, and see of them."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg2
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from pos import clock, postgres
from pos.audit.actions import audit_store
from pos.db import db, find, transaction
from pos.sandbox.shop import goods, site
from pos.walls import store_tables
from pos.woocommerce import actions, flows
from pos.woocommerce.asking import Pace
from pos.woocommerce.models import SyncLog
from tests import databases
from tests.client import Shop

API = "/_sandbox/shop/wp-json/wc/v3/"
# Without waiting, and in small pages.
QUICK = Pace(tries=3, first_pause=0.0, longest_pause=0.0, page=20)
WIDE = replace(QUICK, page=100)
# What a run notes about itself.
BOOKKEEPING = ("sync_logs", "web_shops", "audit_log", "audit_runs")


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None: ...


@dataclass
class Door:
    """Where the application is asked over TCP. Before a path is asked for, what a test has left at it is done, once."""

    app: Flask | None = None
    asked: list[str] = field(default_factory=list)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        assert self.app is not None
        path = environ["PATH_INFO"]
        if path.startswith(API):
            self.asked.append(f"{path.removeprefix(API)}?{environ['QUERY_STRING']}")
            for wanted in [key for key in self.before if self.asked[-1].startswith(key)]:
                self.before.pop(wanted)()
        return self.app.wsgi_app(environ, start_response)


@contextmanager
def listening(door: Door) -> Iterator[str]:
    """The door on a free port; gives its base URL."""
    server: BaseWSGIServer = make_server("127.0.0.1", 0, door, threaded=True, request_handler=_Silent)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass
class Web:
    """One store with its web shop, on a database of the test's own."""

    app: Flask
    server: postgres.Server
    door: Door
    shops: list[dict[str, Any]]
    slug: str = "hops"

    # --- the shop -------------------------------------------------------------------------------------------

    def fill(self, seed: int = 7, **more: Any) -> goods.Filled:
        asked: Any = {"now": clock.now(), "orders": 120, "customers": 40} | more
        with transaction(None):
            return goods.fill(seed, **asked)

    def act(self, do: Any, *named: Any, now: datetime | None = None, **more: Any) -> Any:
        """One of `pos.sandbox.shop.acts`, committed."""
        with self.app.app_context(), transaction(None):
            return do(*named, now=now or clock.now(), **more)

    def order_faults(self, *faults: tuple[str, str, int]) -> None:
        """Orders faults, each (match, fault, times); none ends them."""
        body = [{"provider": "woocommerce", "match": match, "fault": fault, "times": n} for match, fault, n in faults]
        answered = self.app.test_client().put("/_sandbox/faults", json=body)
        assert answered.status_code == 200, answered.text

    # --- the store ------------------------------------------------------------------------------------------

    @property
    def shop(self) -> Shop:
        known = next(each for each in self.shops if each["slug"] == self.slug)
        return Shop(self.app.test_client(), **known)

    @property
    def store_id(self) -> UUID:
        return UUID(self.shop.store_id)

    def of(self, slug: str) -> "Web":
        """The same shop with another store of ours."""
        return Web(self.app, self.server, self.door, self.shops, slug)

    @contextmanager
    def kept(self) -> Iterator[Callable[[], None]]:
        """Keeps the database as it is; gives what puts it back."""
        kept = f"{self.database}_kept"

        def move(name: str, template: str) -> None:
            settle_down(self.app)
            databases.drop(self.server, name)
            databases.copy(self.server, name, template)

        move(kept, self.database)
        yield lambda: move(self.database, kept)
        databases.drop(self.server, kept)

    def connect(self, **changes: Any) -> Any:
        with self.app.app_context():
            url, (key, secret) = site.url(), site.keys()
        body = {"url": url, "consumer_key": key, "consumer_secret": secret, **changes}
        answered = self.shop.request("PUT", "/sync/woocommerce", as_="owner", json=body)
        assert answered.status_code == 200, answered.text
        return answered.json

    def begin(self, sync_type: str = "full", *, repair: bool = True) -> UUID:
        """A run that nobody is at."""
        with self.app.app_context(), transaction(self.store_id, actor="test"):
            last = actions.latest(sync_type)
            goes_on = last is not None and last.status == "failed"
            return actions.begin(sync_type, clock.now(), is_repairing=repair, after=last if goes_on else None).id

    def run(self, log_id: UUID, *, pace: Pace = WIDE) -> Mapping[str, Any]:
        with self.app.app_context():
            flows.run(self.store_id, log_id, pace=pace)
        return self.log(log_id)

    def sync(self, sync_type: str = "full", *, repair: bool = True, pace: Pace = WIDE) -> Mapping[str, Any]:
        """A run from its beginning to its end; what its log says then."""
        log = self.run(self.begin(sync_type, repair=repair), pace=pace)
        assert log["status"] == "completed", log
        return log

    def look(self, name: str, number: int) -> None:
        with self.app.app_context():
            flows.look(self.store_id, name, number)

    def log(self, log_id: UUID) -> Mapping[str, Any]:
        with self.app.app_context(), transaction(self.store_id):
            row = find(SyncLog, log_id)
            return {column.key: getattr(row, column.key) for column in SyncLog.__table__.columns}

    # --- what is seen -----------------------------------------------------------------------------------------

    @property
    def database(self) -> str:
        return databases.name_of(self.app)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What a superuser finds, who sees all stores; %(store)s is this one. Changes are kept."""
        with closing(psycopg2.connect(self.server.url("postgres", self.database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, {"store": str(self.store_id), **values})
                return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, **values: Any) -> Any:
        ((found,),) = self.rows(sql, **values)
        return found

    def broken(self) -> list[str]:
        """The rules of the books that the store breaks."""
        with self.app.app_context(), transaction(self.store_id):
            return [f"{found.proof.name}: {found.row}" for found in audit_store(clock.now())]

    def digests(self) -> dict[str, Any]:
        """What each table of the store holds, to the last column, but for what runs note about themselves."""
        tables = sorted(set(store_tables()) - set(BOOKKEEPING))
        of_rows = "(SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t WHERE t.store_id = %(store)s)"
        (found,) = self.rows(f"SELECT {', '.join(of_rows.format(table=table) for table in tables)}")
        return dict(zip(tables, found, strict=True))

    def problems(self, *, is_open: bool = True) -> dict[tuple[str, int], set[str]]:
        found: dict[tuple[str, int], set[str]] = {}
        for kind, number, reason in self.rows(
            "SELECT kind, wc_id, reason FROM sync_problems WHERE store_id = %(store)s AND (resolved_at IS NULL) = %(open)s",
            open=is_open,
        ):
            found.setdefault((kind, number), set()).add(reason)
        return found

    def order(self, number: int) -> dict[str, Any]:
        """A web order as it stands in the books."""
        found = self.rows(
            """SELECT to_jsonb(o), (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position) FROM order_lines l
                                     WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NULL)
                 FROM orders o WHERE store_id = %(store)s AND wc_order_id = %(number)s""",
            number=number,
        )
        ((order, lines),) = found
        return {**order, "lines": lines or []}

    def jobs(self, name: str) -> list[dict[str, Any]]:
        asked = "SELECT args FROM procrastinate_jobs WHERE task_name = %(name)s AND status = 'todo' ORDER BY id"
        return [args for (args,) in self.rows(asked, name=name)]


def settle_down(app: Flask) -> None:
    """Closes all connections of an application, so that its database can be copied or dropped."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
