"""flask payments: what is open at Stripe against the books."""

import click
from flask import Flask

from pos.checkout import flows, sweep
from pos.db import transaction
from pos.http.commands import Group
from pos.payments.gateway import Down, Unclear
from pos.stores import queries

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


def init_app(app: Flask) -> None:
    app.cli.add_command(payments)
