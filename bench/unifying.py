"""`python -m bench.unifying`: the older back end's tables made one and put back, with what it takes; then the same, killed (−9) on the way.

Each killed move has a database of its own, a copy of the one that nobody disturbed, and is run again to its end: the books, the old
tables, the figures and the balance sheet have to be the same. Ends with 1 and a sentence where anything is not.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench import commands, empty_shops, legacy_base, old_tables, sales, shop, sums
from bench.commands import Commands, Ran
from bench.shop import Shop
from pos import crash, postgres

UNTOUCHED, FIRST, KILLED = "untouched", "first", "killed"
KILLS, SALES = 10, 200
UNIFY = tuple(point for point in crash.POINTS if point.startswith("unify."))
ROLLBACK = tuple(point for point in crash.POINTS if point.startswith("rollback."))
# A process that ended before its kill is begun anew and given less time.
_TRIES, _SHORTER = 4, 0.85
_MOVE = "SELECT state, figures - 'rolled_back' FROM unifications WHERE store_id = %s ORDER BY id DESC LIMIT 1"
_EARNED = """
    SELECT coalesce(sum(e.points), 0)::bigint FROM point_entries e JOIN orders o ON o.store_id = e.store_id AND o.id = e.order_id
     WHERE e.store_id = %s AND o.source <> 'import'
"""


@dataclass(frozen=True)
class Unified:
    """All that a move leaves behind: the books, the old tables, its figures and its balance sheet."""

    books: sums.Sums
    tables: old_tables.Held
    figures: Any
    sheet: str


@dataclass(frozen=True)
class Kill:
    """When a move is killed: after so many seconds, or at a point of pos/crash.py."""

    after: float | None = None
    point: str | None = None

    def __str__(self) -> str:
        return self.point or f"{self.after:.2f} s"


@dataclass(frozen=True)
class Bench:
    """The server, the store, and what the old tables held at first."""

    server: postgres.Server
    made: Shop
    before: old_tables.Held
    rows: int
    is_watched: bool

    def flask(self, database: str) -> Commands:
        return Commands(self.server, self.made_in(database).environ, database, self.is_watched)

    def made_in(self, database: str) -> Shop:
        return replace(self.made, environ=self.made.environ | shop.addresses(self.server, database))

    def copy(self, database: str) -> None:
        """The untouched database once more, with nothing left of an earlier one of that name."""
        with shop.superuser(self.server, "postgres") as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {database} TEMPLATE {UNTOUCHED} STRATEGY FILE_COPY OWNER tappass_owner")
        postgres.provision(self.server, database)

    def unified(self, database: str) -> Unified:
        sheet = self.flask(database).must("legacy", "verify").said
        with shop.superuser(self.server, database) as cursor:
            cursor.execute(_MOVE, [self.made.store_id])
            state, figures = cursor.fetchone()
            books = sums.of(cursor, self.made.store_id)
        _require(state == "unified", f"The move is {state}, not unified.")
        return Unified(books, old_tables.held(self.server, database), figures, sheet)


def main() -> None:
    """The move and the way back, twice, the second time with sales in between; then the moves that are killed."""
    asked = _asked()
    chance = random.Random(asked.seed)  # noqa: S311 - repeatable on purpose
    with shop.home() as home, postgres.running(home, options=shop.options(asked.naptime)) as server:
        bench = _prepared(server, asked)
        figures = _undisturbed(bench, asked.sales)
        expected, seconds = figures.pop("expected"), figures["unify_seconds"]
        # One in each part of its time, so that they are spread over it.
        spread = [Kill(after=seconds * (place + chance.random()) / asked.kills) for place in range(asked.kills)]
        back = iter(ROLLBACK)
        for kill in [*(Kill(point=point) for point in UNIFY[: asked.points]), *spread]:
            _killed(bench, kill, expected, next(back, None))
    print(json.dumps({"figures": figures | {"kills": asked.kills + len(UNIFY[: asked.points])}}))


def _prepared(server: postgres.Server, asked: argparse.Namespace) -> Bench:
    postgres.provision(server, UNTOUCHED)
    [made] = empty_shops.make(shop.environ_of(server, UNTOUCHED), ["bench"], with_product=True)
    rows = old_tables.make(server, UNTOUCHED, asked.people)
    print(", ".join(f"{table} {count:,}" for table, count in rows.items()), f"seed {asked.seed}", sep="; ", flush=True)
    return Bench(server, made, old_tables.held(server, UNTOUCHED), sum(rows.values()), asked.statements)


# --- the move that nobody disturbs ------------------------------------------------------------------------


def _undisturbed(bench: Bench, count: int) -> dict[str, Any]:
    bench.copy(FIRST)
    structure = old_tables.structure(bench.server, FIRST)
    flask = bench.flask(FIRST)
    found = {name: _step(bench, flask, name) for name in ("plan", "unify", "verify")}
    expected = bench.unified(FIRST)
    print(expected.sheet, end="", flush=True)
    found["rollback"] = _step(bench, flask, "rollback", "--yes")
    _require(
        old_tables.held(bench.server, FIRST) == bench.before, "After rollback the old tables are not what they were."
    )
    print("the old tables are what they were, row for row", flush=True)
    _audit(flask)
    _with_sales(bench, flask, count)
    flask.must("legacy", "finish")
    _require(
        old_tables.structure(bench.server, FIRST) == structure,
        "Tables, keys, function or trigger are not what they were.",
    )
    print("so are their keys, the function and the trigger", flush=True)
    rates = {f"{name}_seconds": round(ran.seconds, 2) for name, ran in found.items()}
    return rates | {
        "expected": expected,
        "rows_per_second": bench.rows / found["unify"].seconds,
        "peak_mib": {name: ran.peak_mib() for name, ran in found.items()},
    }


def _step(bench: Bench, flask: Commands, *words: str) -> Ran:
    ran = flask.must("legacy", *words)
    commands.show(ran, words[0], rows=bench.rows)
    return ran


def _audit(flask: Commands) -> None:
    ran = flask.must("audit")
    print(f"audit: {ran.said.splitlines()[-1]}, {ran.seconds:.1f} s", flush=True)


def _with_sales(bench: Bench, flask: Commands, count: int) -> None:
    """The move made again; what is sold since has to be in the old tables after the way back, and nothing else there may be another."""
    _step(bench, flask, "unify")
    sold = sales.placed(bench.server, bench.made_in(FIRST), FIRST, count)
    with shop.superuser(bench.server, FIRST) as cursor:
        cursor.execute(_EARNED, [bench.made.store_id])
        earned = cursor.fetchone()[0]
    _step(bench, flask, "verify")
    went_back = _step(bench, flask, "rollback", "--yes")
    print(went_back.said, end="", flush=True)
    with shop.superuser(bench.server, FIRST) as cursor:
        carried, changed, points = (
            old_tables.sales(cursor),
            old_tables.changed_rows(cursor),
            old_tables.more_points(cursor),
        )
    _require(carried == sold, f"Of {len(sold)} sales {len(carried)} are in the old tables, or their totals differ.")
    _require(not changed, f"Rows that nobody touched are not what they were: {changed}")
    _require(points == earned, f"{earned} points were earned in between, {points} were carried back.")
    print(
        f"{count} sales in between and {earned:,} points are in the old tables, every other row is what it was",
        flush=True,
    )
    _audit(flask)


# --- the moves that are killed ----------------------------------------------------------------------------


def _killed(bench: Bench, kill: Kill, expected: Unified, back: str | None) -> None:
    ran = _kill(bench, kill)
    flask = bench.flask(KILLED)
    finished = flask.must("legacy", "unify")
    for difference in _differences(expected, bench.unified(KILLED)):
        raise SystemExit(f"Killed at {kill} and run again, {difference}")
    _audit(flask)
    if back:
        _kill_rollback(bench, flask, back)
    print(f"killed at {kill} (after {ran.seconds:.1f} s), finished in {finished.seconds:.1f} s: the same", flush=True)


def _kill(bench: Bench, kill: Kill) -> Ran:
    after = kill.after
    for _ in range(_TRIES):
        bench.copy(KILLED)
        # Production refuses CRASH_AT.
        settings = {"CRASH_AT": kill.point, "APP_ENV": "development"} if kill.point else {}
        ran = bench.flask(KILLED).run("legacy", "unify", kill_after=after, **settings)
        if ran.was_killed:
            return ran
        after = after * _SHORTER if after else None
    raise SystemExit(f"unify was to be killed at {kill} and ended before: {ran.said}")


def _kill_rollback(bench: Bench, flask: Commands, point: str) -> None:
    """The way back of the same move, killed too, and gone to its end."""
    ran = flask.run("legacy", "rollback", "--yes", CRASH_AT=point, APP_ENV="development")
    _require(ran.was_killed, f"{point} was not reached: {ran.said}")
    flask.must("legacy", "rollback", "--yes")
    _require(
        old_tables.held(bench.server, KILLED) == bench.before, f"After {point} the old tables are not what they were."
    )
    _audit(flask)
    print(f"rollback killed at {point} and gone again: the old tables are what they were", flush=True)


def _differences(expected: Unified, found: Unified) -> Iterator[str]:
    for difference in sums.differences(expected.books, found.books):
        yield f"the books differ: {difference}"
    for what in ("tables", "figures", "sheet"):
        if getattr(expected, what) != getattr(found, what):
            yield f"the {what} differ: {getattr(expected, what)} and {getattr(found, what)}"


def _require(is_so: bool, sentence: str) -> None:
    if not is_so:
        sys.exit(sentence)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.unifying", description=__doc__)
    parser.add_argument("--people", type=int, default=legacy_base.PEOPLE)
    parser.add_argument("--sales", type=int, default=SALES, help="orders placed between the move and the way back")
    parser.add_argument("--kills", type=int, default=KILLS, help="at random, spread over the time of a move")
    parser.add_argument("--points", type=int, default=len(UNIFY), help="so many of the points of pos/crash.py, too")
    parser.add_argument("--naptime", type=int, help="seconds between two looks of autovacuum; PostgreSQL's own: 60")
    parser.add_argument("--seed", default="tappass", help="of the moments at which it is killed")
    parser.add_argument(
        "--statements", action="store_true", help="show what PostgreSQL was busy with, looked at 20 times a second"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
