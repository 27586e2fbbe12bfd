"""flask analytics: what is built and set up for reports and questions."""

import sys
import time
from datetime import date

import click
from flask import Flask

from pos.analytics.questions.commands import grant, revoke, status
from pos.analytics.rollups import flows
from pos.db import transaction
from pos.http.commands import Group
from pos.stores.queries import active_store_by_slug, find_store, store_ids

analytics = Group("analytics", help="Reports and questions to the books (docs/reports.md).")


@analytics.command("rebuild")
@click.option("--store", "slug", help="One store, by its slug. Default: all.")
@click.option("--anew", is_flag=True, help="All days, not only those that have changed.")
def rebuild(slug: str | None, *, anew: bool) -> None:
    """Add up the books by day for the reports. The worker does so every ten minutes; reports are right without it, but slower.

    May be repeated and interrupted at any time.
    """
    with transaction(None):
        stores = [active_store_by_slug(slug).id] if slug else store_ids()
        slugs = {store_id: find_store(store_id).slug for store_id in stores}
    for store_id in stores:
        began = time.monotonic()
        written = flows.keep(store_id, _tell, anew=anew)
        if sys.stderr.isatty():
            click.echo("", err=True)
        click.echo(f"{slugs[store_id]}: {written:,} rows in {time.monotonic() - began:.1f} s")


def _tell(name: str, first_on: date, last_on: date) -> None:
    is_terminal = sys.stderr.isatty()
    line = f"{name}: {first_on} to {last_on}"
    click.echo(f"\r\033[K{line}" if is_terminal else line, nl=not is_terminal, err=True)


def init_app(app: Flask) -> None:
    for command in (grant, status, revoke):
        analytics.add_command(command)
    app.cli.add_command(analytics)
