"""flask legacy reader: logins for whoever still reads in the older back end's shape (docs/migrating.md)."""

from uuid import UUID

import click
from flask import current_app

from pos.db import glance, transaction
from pos.http.commands import Group
from pos.legacy.models import LegacyReader
from pos.legacy.readers import logins
from pos.stores import queries as stores

reader = Group("reader", help="Logins of the older system, which read and write customers_view for one store.")


@reader.command("add")
@click.option("--store", "slug", required=True)
@click.argument("name")
def add_reader(slug: str, name: str) -> None:
    """Make a login for readers of one store, or give it a new password; prints its address, once."""
    with transaction(None):
        store_id = stores.store_by_slug(slug).id
        others = set(stores.every_store_id()) - {store_id}
    if any(name in _names(other) for other in others):
        raise click.ClickException(f"{name} reads another store; each store has readers of its own.")
    made = _made(name, store_id)
    if name not in _names(store_id):
        with transaction(store_id, actor="command") as session:
            session.add(LegacyReader(role_name=name))
    click.echo(f"reader   {name} of {slug}\naddress  {made.address}")
    if made.password:
        click.echo("The password is shown this once; keep it safe.")
    if not made.knows_its_store:
        click.echo("This server keeps no app.store_id for a login: the address tells it, so use all of it.")


@reader.command("list")
@click.option("--store", "slug", required=True)
def list_readers(slug: str) -> None:
    """List the logins that read a store."""
    with transaction(None):
        store_id = stores.store_by_slug(slug).id
    with glance(store_id):
        listed = logins.LISTED.rows()
    for name, since, is_there in listed:
        click.echo(
            f"{name:30} since {since:%Y-%m-%d} {'' if is_there else 'no such login on this server: add it again'}"
        )


@reader.command("remove")
@click.option("--store", "slug", required=True)
@click.argument("name")
def remove_reader(slug: str, name: str) -> None:
    """End a login: it sees nothing from its next statement on."""
    with transaction(None):
        store_id = stores.store_by_slug(slug).id
    with transaction(store_id, actor="command") as session:
        found = session.scalar(logins.rows_named(name))
        if found is None:
            raise click.ClickException(f"{slug} has no reader {name}; `legacy reader list` shows them.")
        session.delete(found)
    try:
        logins.remove(current_app.config["SETTINGS"], name)
    except logins.NeedsAdministrator as error:
        raise click.ClickException(
            f"{name} sees nothing any more. To end the login, run as an administrator:\n{error.statements}"
        ) from error
    click.echo(f"reader {name} is removed")


def _names(store_id: UUID) -> set[str]:
    with glance(store_id):
        return {row[0] for row in logins.LISTED.rows()}


def _made(name: str, store_id: UUID) -> logins.Login:
    try:
        return logins.make(current_app.config["SETTINGS"], name, store_id)
    except logins.BadName as error:
        raise click.ClickException(str(error)) from error
    except logins.NeedsAdministrator as error:
        click.echo(f"{error.statements}\n-- the password is {error.password}; it is shown this once")
        raise click.ClickException(
            f"{error} Have an administrator run the statements above, then repeat this command."
        ) from error
