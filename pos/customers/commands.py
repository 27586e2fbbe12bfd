"""flask customers: the words by which customers are found, made anew."""

import click
from flask import Flask

from pos.customers import indexing
from pos.db import transaction
from pos.http.commands import Group
from pos.stores.queries import every_store_id

customers = Group("customers", help="The customers of all stores.")


@customers.command("index")
def index() -> None:
    """Write the words by which customers are found anew, by their names, tags and numbers. May be run while the shop sells."""
    with transaction(None):
        store_ids = list(every_store_id())
    count = 0
    for store_id in store_ids:
        with transaction(store_id, actor="cli"):
            every = list(indexing.batches())
        for batch in every:
            with transaction(store_id, actor="cli"):
                indexing.index(batch)
            count += len(batch)
    click.echo(f"{count:,} customers are found by what their rows say.")


def init_app(app: Flask) -> None:
    app.cli.add_command(customers)
