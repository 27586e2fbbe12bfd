"""flask sync: reads the web shop of a store, at once and in this process."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask

from pos import clock
from pos.db import find, transaction
from pos.http.commands import CommandRefused, Group
from pos.stores.queries import active_store_by_slug, find_store, store_ids
from pos.woocommerce import actions, flows
from pos.woocommerce.flows import Progress
from pos.woocommerce.models import SYNC_TYPES, SyncLog

sync = Group("sync", help="Read from web shops (docs/web-shop.md).")


class WhichShop(CommandRefused):
    advice = (
        "There are {count} active stores; name one of them with --store (`flask --app wsgi stores list` shows them)."
    )


class SyncFailed(CommandRefused):
    advice = "{reason} What was read so far is in the books; the same command goes on from there."


@sync.command("woocommerce")
@click.option("--store", "slug", help="The store, by its slug. Default: the only one.")
@click.option("--type", "sync_type", type=click.Choice(SYNC_TYPES), help="full: all there is; incremental (the default): what has changed; drift: the orders of the last months compared; or one kind alone.")  # fmt: skip
@click.option("--no-repair", "is_looking", is_flag=True, help="Only say what differs, and write none of it.")
@click.option("--take-over", "takes_over", is_flag=True, help="Go on with a run that is said to be at work, e.g. since its process was killed; with another --type, begin that in its place.")  # fmt: skip
def woocommerce(slug: str | None, sync_type: str | None, *, is_looking: bool, takes_over: bool) -> None:
    """Read the web shop into the books: categories, products, coupons, customers and orders. Nothing is written to the shop.

    May be broken off and repeated at any time: a run that failed is gone on with where it was. Exits 1 if the run fails, 2 if with
    --no-repair something differs.
    """
    with transaction(None):
        stores = store_ids()
        if slug is None and len(stores) != 1:
            raise WhichShop(count=len(stores))
        store = active_store_by_slug(slug) if slug else find_store(stores[0])
    with transaction(store.id, actor="command"):
        log = _begun(sync_type, is_repairing=not is_looking, takes_over=takes_over)
    began = time.monotonic()
    try:
        with _told() as tell:
            flows.run(store.id, log.id, tell=tell)
    except KeyboardInterrupt:
        with transaction(store.id, actor="command"):
            actions.break_off(log.id, clock.now())
    with transaction(store.id):
        log = find(SyncLog, log.id)
    _say(log, time.monotonic() - began)
    if log.status == "failed":
        raise SyncFailed(reason=log.error_message)
    sides = log.report.get("totals", {})
    sys.exit(2 if is_looking and (log.records_changed or sides.get("shop") != sides.get("books")) else 0)


def _begun(asked: str | None, *, is_repairing: bool, takes_over: bool) -> SyncLog:
    """The run to do: one that is taken over or went wrong goes on where it was, if it is of the kind that is asked for."""
    now, at_work = clock.now(), actions.running(lock=True)
    sync_type = asked or "incremental"
    if at_work is not None and takes_over:
        if asked is None:
            return at_work
        if at_work.sync_type == sync_type and at_work.is_repairing == is_repairing:
            return at_work
        actions.end(at_work, now, error="Another run was begun in its place.")
    last = actions.latest(sync_type)
    goes_on = last is not None and actions.is_gone_on_with(last, actions.shop()) and last.is_repairing == is_repairing
    return actions.begin(sync_type, now, is_repairing=is_repairing, after=last if goes_on else None)


@contextmanager
def _told() -> Iterator[flows.Listener]:
    """Says after each page how far it is: on one line of a terminal, else now and then."""
    is_terminal, began, said_at = sys.stderr.isatty(), time.monotonic(), 0.0

    def tell(progress: Progress, synced: int, changed: int) -> None:
        nonlocal said_at
        now = time.monotonic()
        if not is_terminal and now - said_at < 5:
            return
        said_at = now
        of = f" of {progress.total:,}" if progress.total else ""
        read = min(progress.offset, progress.total or progress.offset)
        line = f"{progress.resource}: {read:,}{of} · {changed:,} differed · {synced / max(now - began, 0.001):,.0f}/s"
        click.echo(f"\r\033[K{line}" if is_terminal else line, nl=not is_terminal, err=True)

    yield tell
    if is_terminal:
        click.echo("", err=True)


def _say(log: SyncLog, seconds: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = log.records_synced / seconds if seconds else 0
    click.echo(f"{log.sync_type}: {log.status}, {log.records_synced:,} records read, {log.records_changed:,} differed")
    for kind, figures in sorted(log.report.get("figures", {}).items()):
        told = ", ".join(f"{count:,} {what}" for what, count in sorted(figures.items()))
        if told:
            click.echo(f"  {kind}: {told}")
    for side, figures in log.report.get("totals", {}).items():
        click.echo(f"  {side}: " + ", ".join(f"{name} {value:,}" for name, value in figures.items()))
    click.echo(f"{seconds:,.1f} s, {rate:,.0f} records/s, peak memory {peak:,.0f} MiB")


def init_app(app: Flask) -> None:
    app.cli.add_command(sync)
