"""`python -m bench.web_shop`: what `flask sync woocommerce` reads of the stand-in's shop in a second, over HTTP on loopback.

One store reads the shop undisturbed, then once more, which must write nothing; another reads it by processes that are killed (−9) at
random moments. Both must come to the same books, and the audit must find nothing.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from bench import commands, empty_shops, report, shop, web_books
from bench.commands import Commands, Ran
from bench.shop import Shop
from pos import clock, config, create_app, postgres
from pos.db import db, transaction
from pos.sandbox.shop import goods, site
from pos.walls import store_tables
from pos.woocommerce import actions
from pos.woocommerce.gateway import Access
from soak.product import free_port

ORDERS, KILLS, MEMBERS = 20_000, 5, 200
_SECONDS_TO_START = 60
# Of the time that an undisturbed run takes. Together less than all of it, so that each kill meets a run that is at work.
_EARLIEST, _LATEST = 0.05, 0.12
_STORES = ("first", "second")
# What a run notes about itself.
_BOOKKEEPING = ("sync_logs", "web_shops", "audit_log", "audit_runs")
GOALS: tuple[report.Goal, ...] = (
    ("records_per_second", ">=", 100, "records read and entered in a second, the stand-in's own work included"),
    ("again_changed", "<=", 0, "rows that the second run wrote"),
    (
        "memory_growth",
        "<=",
        1.5,
        "the most memory in all its time / in the first third: it does not grow with the shop",
    ),
)


def main() -> None:
    """Undisturbed, again, and killed."""
    asked = _asked()
    chance = random.Random(asked.seed)  # noqa: S311 - repeatable on purpose
    port = free_port()
    with shop.home() as home, postgres.running(home) as server:
        environ = shop.environ_of(server, APP_ENV="development", PUBLIC_BASE_URL=f"http://127.0.0.1:{port}")
        undisturbed, killed = empty_shops.make(environ, _STORES)
        flask = Commands(server, undisturbed.environ, is_watched=asked.statements)
        _prepare(environ, (undisturbed, killed), asked)
        print(f"{asked.orders:,} orders in the shop; seed {asked.seed}", flush=True)
        with _serving(undisturbed.environ, port):
            first = _sync(flask, "first")
            books = _books(server, undisturbed)
            _show(first, "undisturbed", books)
            before = _digests(server, undisturbed)
            again = _sync(flask, "first")
            _show(again, "the same again", books)
            changed = len([table for table, digest in _digests(server, undisturbed).items() if before[table] != digest])
            _sync_killed(flask, [first.seconds * chance.uniform(_EARLIEST, _LATEST) for _ in range(asked.kills)])
        _require_same(books, _books(server, killed))
        _audit(flask)
    _finish(first, again, books, changed)


def _prepare(environ: Mapping[str, str], stores: Sequence[Shop], asked: argparse.Namespace) -> None:
    """The shop is stocked, both stores are connected to it, and some of its guests are members of theirs."""
    people = [(f"+1415556{place:04d}", f"Guest {place}") for place in range(max(asked.orders // 10, 20))]
    app = create_app(config.read({name: value for name, value in environ.items() if value}))
    with app.app_context():
        for made in stores:
            for phone, _ in people[: asked.members]:
                headers = {"Authorization": f"Bearer {made.token}", "Idempotency-Key": f"join {phone}"}
                answered = app.test_client().post("/api/v1/members", json={"phone": phone}, headers=headers)
                assert answered.status_code in (200, 201), answered.text
            with transaction(made.store_id, actor="bench"):  # type: ignore[arg-type]
                access = Access(site.url(), *site.keys())
                actions.connect(access, {}, clock.now(), location_id=None, product_kind=None)
        with transaction(None):
            goods.fill(asked.orders, now=clock.now(), orders=asked.orders, customers=asked.orders // 20, people=people)
        db.engine.dispose()


@contextmanager
def _serving(environ: Mapping[str, str], port: int) -> Iterator[None]:
    """The stand-in, behind the product's own web server."""
    program = str(Path(sys.executable).parent / "gunicorn")
    where = {"PORT": str(port), "HOST": "127.0.0.1", "WEB_CONCURRENCY": "1"}
    command = [program, "--config", "gunicorn.conf.py", "wsgi:app"]
    process = subprocess.Popen(command, env={**environ, **where}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/readyz")
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < until:
            try:
                if session.get(url, timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def _sync(flask: Commands, slug: str, *more: str) -> Ran:
    return flask.must("sync", "woocommerce", "--store", slug, "--type", "full", *more)


def _sync_killed(flask: Commands, times: Sequence[float]) -> None:
    """Each run goes on where the last one was ended."""
    words = ("sync", "woocommerce", "--store", "second", "--type", "full", "--take-over")
    for seconds in times:
        ran = flask.run(*words, kill_after=seconds)
        if not ran.was_killed:
            raise SystemExit(f"The sync was to be killed after {seconds:.1f} s and ended before: {ran.said[-2000:]}")
        print(f"killed after {seconds:.1f} s", flush=True)
    print(f"finished in {_sync(flask, 'second', '--take-over').seconds:.1f} s", flush=True)


def _books(server: postgres.Server, made: Shop) -> web_books.Books:
    with shop.superuser(server) as cursor:
        return web_books.of(cursor, made.store_id)


def _require_same(first: web_books.Books, other: web_books.Books) -> None:
    """Ends the run where they differ."""
    found = web_books.apart(first, other)
    if found:
        raise SystemExit("undisturbed and killed: the books differ.\n" + "\n".join(found))
    print("killed and undisturbed: the same books, row by row", flush=True)


def _digests(server: postgres.Server, made: Shop) -> dict[str, Any]:
    """What each table of the store holds, to the last column."""
    found = {}
    with shop.superuser(server) as cursor:
        for table in sorted(set(store_tables()) - set(_BOOKKEEPING)):
            cursor.execute(
                f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t WHERE store_id = %s",
                [made.store_id],
            )
            found[table] = cursor.fetchone()[0]
    return found


def _audit(flask: Commands) -> None:
    ran = flask.must("audit")
    commands.show(ran, f"audit, {ran.said.splitlines()[-1]}")


def _records(ran: Ran) -> int:
    """As the command says: “full: completed, 20,600 records read, …”."""
    told = next(line for line in ran.said.splitlines() if line.startswith("full: "))
    return int(told.split(" records read")[0].rsplit(" ", 1)[1].replace(",", ""))


def _show(ran: Ran, what: str, books: web_books.Books) -> None:
    commands.show(ran, what, records=_records(ran), orders=len(books["orders"]))


def _finish(first: Ran, again: Ran, books: web_books.Books, changed: int) -> None:
    found: dict[str, Any] = {
        "records_per_second": _records(first) / first.seconds,
        "orders_per_second": len(books["orders"]) / first.seconds,
        "again_records_per_second": _records(again) / again.seconds,
        "again_changed": changed,
        "memory_growth": first.peak_mib() / first.peak_mib(0.33),
        "peak_mib": first.peak_mib(),
        "sync_seconds": first.seconds,
    }
    report.judge(found, GOALS)
    print(json.dumps({"rows": {name: len(rows) for name, rows in books.items()}, "figures": found}))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.web_shop", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--members", type=int, default=MEMBERS, help="guests who are members already")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", default="tappass", help="of the moments at which it is killed")
    parser.add_argument(
        "--statements", action="store_true", help="show what PostgreSQL was busy with, looked at 20 times a second"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
