"""`python -m bench.importing`: what `flask import customer-info` takes in in a second, beside INSERT … SELECT of the rows that it wrote.

One file is taken in by a process of its own, taken in again, and taken into another store by processes that are killed (−9) three
times; all must come to the same books.
"""

import argparse
import json
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import commands, customer_files, empty_shops, limit_import, report, shop, sums
from bench.commands import Commands, Ran
from bench.customer_files import Asked
from bench.limit_import import Limit
from bench.shop import Shop
from pos import clock, postgres

KILLS = 3
# Together less than what the import takes, so that each of them meets one that is on its way.
_EARLIEST, _LATEST = 0.08, 0.3
GOALS: tuple[report.Goal, ...] = (
    ("import_wall_ratio", ">=", 0.20, "seconds of the limit / seconds of the import, its process's start included"),
    (
        "memory_growth",
        "<=",
        1.25,
        "the most memory in all its time / in the first tenth: it does not grow with the file",
    ),
)


def main() -> None:
    """The import, its limit, the import once more, the audit, and the import that is killed."""
    asked = _asked()
    chance = random.Random(asked.seed)  # noqa: S311 - repeatable on purpose
    with shop.home() as home, postgres.running(home, options=shop.options(asked.naptime)) as server:
        environ = shop.environ_of(server)
        first, second, killed = empty_shops.make(environ, ("first", "second", "killed"))
        file = _write(home, asked)
        print(
            f"{asked.customers:,} customers, {asked.orders} orders each, {file.stat().st_size / 2**20:,.0f} MiB; seed {asked.seed}"
        )
        flask = Commands(server, first.environ, is_watched=asked.statements)
        imported = _import(flask, file, "first")
        books = _books(server, first)
        _show(imported, "import", books)
        limit = limit_import.measured(server, first, second)
        print(
            f"limit: {limit.seconds:.1f} s, PostgreSQL {limit.postgres_seconds:.1f} s, {sum(limit.rows.values()):,} rows",
            flush=True,
        )
        sums.require_same(books, _books(server, second), "import and limit")
        again = _import(flask, file, "first")
        _show(again, "the same file again", books)
        sums.require_same(books, _books(server, first), "the file taken in twice")
        _audit(flask)
        times = [round(imported.seconds * chance.uniform(_EARLIEST, _LATEST), 2) for _ in range(asked.kills)]
        _import_killed(flask, file, times)
        sums.require_same(books, _books(server, killed), "killed and begun again")
        _audit(flask)
    _finish(imported, limit, again, books)


def _write(home: Path, asked: argparse.Namespace) -> Path:
    """The file. Its latest orders are of yesterday, so that some bring points."""
    file, first_day = home / "customers.jsonl", clock.now().date() - timedelta(days=customer_files.DAYS)
    customer_files.write_lines(file, Asked(asked.customers, asked.orders, asked.letters, first_day=first_day))
    return file


def _import(flask: Commands, file: Path, slug: str) -> Ran:
    return flask.must("import", "customer-info", str(file), "--store", slug)


def _import_killed(flask: Commands, file: Path, times: Sequence[float]) -> None:
    """Each run goes on where the last one was ended."""
    for seconds in times:
        ran = flask.run("import", "customer-info", str(file), "--store", "killed", kill_after=seconds)
        if not ran.was_killed:
            raise SystemExit(f"The import was to be killed after {seconds} s and ended before: {ran.said}")
        print(f"killed after {seconds} s", flush=True)
    if times:
        print(f"finished in {_import(flask, file, 'killed').seconds:.1f} s, with the same sums", flush=True)


def _audit(flask: Commands) -> None:
    ran = flask.must("audit")
    commands.show(ran, f"audit, {ran.said.splitlines()[-1]}")


def _books(server: postgres.Server, made: Shop) -> sums.Sums:
    with shop.superuser(server) as cursor:
        return sums.of(cursor, made.store_id)


def _show(ran: Ran, what: str, books: sums.Sums) -> None:
    commands.show(ran, what, customers=books["customers"], orders=books["orders"])


def _finish(imported: Ran, limit: Limit, again: Ran, books: sums.Sums) -> None:
    found: dict[str, Any] = {
        "import_wall_ratio": limit.seconds / imported.seconds,
        "import_cpu_ratio": limit.postgres_seconds / (imported.app_seconds + imported.postgres_seconds),
        "memory_growth": imported.peak_mib() / imported.peak_mib(0.1),
        "customers_per_second": books["customers"] / imported.seconds,
        "orders_per_second": books["orders"] / imported.seconds,
        "again_customers_per_second": books["customers"] / again.seconds,
        "peak_mib": imported.peak_mib(),
        "import_seconds": imported.seconds,
        "limit_seconds": limit.seconds,
    }
    report.judge(found, GOALS)
    print(json.dumps({"rows": limit.rows, "figures": found}))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.importing", description=__doc__)
    parser.add_argument("--customers", type=int, default=customer_files.CUSTOMERS)
    parser.add_argument("--orders", type=int, default=customer_files.ORDERS, help="of each customer")
    parser.add_argument("--letters", type=int, default=Asked.letters, help="of a description; 800 make 1 GB")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--naptime", type=int, help="seconds between two looks of autovacuum; PostgreSQL's own: 60")
    parser.add_argument("--seed", default="tappass", help="of the moments at which it is killed")
    parser.add_argument(
        "--statements", action="store_true", help="show what PostgreSQL was busy with, looked at 20 times a second"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
