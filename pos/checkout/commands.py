"""flask payments: what is open at Stripe against the books; flask loyalty rehearse: another programme on past orders."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask import Flask

from pos.checkout import comparison, flows, rehearsing, sweep
from pos.checkout.rehearsal import Rehearsal
from pos.db import transaction
from pos.http import strict_json
from pos.http.commands import Group
from pos.http.problems import UnknownId
from pos.loyalty import schemas as loyalty_schemas
from pos.loyalty.commands import loyalty
from pos.payments.gateway import Down, Unclear
from pos.stores import queries
from pos.stores.models import Store

# Members after which a rehearsal says how far it is.
_SAID_AFTER = 5000

payments = Group("payments", help="Payments by link.")


@payments.command("reconcile")
@click.option("--store", "slug", help="Only this store; else all of them.")
def reconcile(slug: str | None) -> None:
    """Compare open links and refunds with Stripe's lists, and settle what a lost event has left open."""
    if not flows.has_gateway():
        raise click.ClickException("STRIPE_SECRET_KEY is none: there is nothing at Stripe.")
    with transaction(None):
        stores = [queries.store_by_slug(slug).id] if slug else queries.store_ids()
    for number, store_id in enumerate(stores, start=1):
        click.echo(f"store {number}/{len(stores)} …", err=True)
        try:
            found = sweep.reconcile(store_id, lambda progress: click.echo(f"  {progress}", err=True))
        except (Down, Unclear) as error:
            raise click.ClickException(
                f"Stripe does not answer ({error.reason}). Nothing is lost; try again."
            ) from error
        for what, count in sorted(found.items()):
            click.echo(f"{count:6} {what}")
    click.echo("Done: the books say what Stripe says.")


@loyalty.command("rehearse")
@click.option(
    "--program", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
    help="The proposed rules as JSON: the `rules` of PUT /loyalty/program.",
)  # fmt: skip
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Orders from this day on.")
@click.option("--store", "slug", help="Only this store, by its slug. Default: all stores.")
@click.option("--json", "as_json", is_flag=True, help="A list with one object for each store.")
def rehearse(file: Path, since: datetime, slug: str | None, *, as_json: bool) -> None:
    """Try another programme on past orders beside the one in force: who wins, who loses, what is owed. Changes nothing."""
    rules = _proposed(file)
    with transaction(None):
        stores = [queries.store_by_slug(slug)] if slug else [queries.find_store(each) for each in queries.store_ids()]
    found = []
    for store in stores:
        found.append(_rehearsed(store, rules, since.date()))
        if not as_json:
            click.echo("\n".join(comparison.page(found[-1])))
    if as_json:
        click.echo(json.dumps(found, indent=2))


def _rehearsed(store: Store, kept: dict[str, Any], since: date) -> dict[str, Any]:
    """All members of a store, saying how far it is; products and categories that the store does not have are refused with where they
    stand in the file."""

    def goes_on(rehearsal: Rehearsal) -> bool:
        if rehearsal.members % _SAID_AFTER == 0:
            _say_how_far(store, rehearsal.members, rehearsal.orders)
        return True

    try:
        found = rehearsing.rehearsed(store, kept, since, goes_on=goes_on)
    except UnknownId as error:
        raise click.ClickException(f"{error.facts['pointer'].removeprefix('/rules')}: {error}") from error
    _say_how_far(store, found["members"], found["orders"])
    return {"store": store.slug, "currency": store.currency} | found


def _say_how_far(store: Store, members: int, orders: int) -> None:
    click.echo(f"{store.slug}: {members:,} members, {orders:,} orders …", err=True)


def _proposed(file: Path) -> dict[str, Any]:
    """The rules in a file, as they would be kept. Raises Unreadable, ValidationError."""
    body = strict_json.parse(file.read_bytes())
    return loyalty_schemas.as_kept(
        loyalty_schemas.RulesIn().load(body.get("rules", body) if isinstance(body, dict) else body)
    )


def init_app(app: Flask) -> None:
    app.cli.add_command(payments)
