"""flask loyalty: what the worker does every hour, at once and with its progress."""

import click
from flask import Flask

from pos import clock
from pos.db import transaction
from pos.http.commands import Group
from pos.loyalty import sweep
from pos.stores.queries import every_store_id, store_by_slug

loyalty = Group("loyalty", help="Points: expiry, levels, rehearsing another programme.")


@loyalty.command("expire")
@click.option("--store", "slug", help="Only this store, by its slug. Default: all stores.")
def expire_command(slug: str | None) -> None:
    """Let expire what is due: points and codes; count levels anew; greet birthdays. May be repeated at any time."""
    with transaction(None):
        stores = [store_by_slug(slug).id] if slug else every_store_id()
    done: dict[str, int] = {}
    for store_id in stores:
        for name, count in sweep.run(store_id, clock.now()):
            done[name] = done.get(name, 0) + count
            if count == sweep.BATCH:
                click.echo(f"{name}: {done[name]} …")
    shown = ", ".join(f"{name} {count}" for name, count in done.items())
    click.echo(f"{len(stores)} store(s). Members: {shown}.")


def init_app(app: Flask) -> None:
    app.cli.add_command(loyalty)
