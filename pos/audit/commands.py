"""flask audit: proves the books, exit code 1 and the rows if they do not hold."""

import sys

import click
from flask import Flask

from pos import clock
from pos.audit.actions import all_proofs, audit_store
from pos.db import transaction
from pos.http.commands import Command
from pos.stores.queries import store_by_slug, store_ids


@click.command("audit", cls=Command)
@click.option("--store", "slug", help="Only this store, by its slug. Default: all stores.")
def audit_command(slug: str | None) -> None:
    """Prove the books: every rule as one SQL statement; prints the rows that break one and exits 1."""
    with transaction(None):
        stores = [store_by_slug(slug).id] if slug else store_ids()
    count = 0
    for store_id in stores:
        with transaction(store_id, actor="command"):
            violations = audit_store(clock.now())
        count += len(violations)
        for violation in violations:
            shown = ", ".join(f"{name}={value}" for name, value in violation.row.items())
            click.echo(f"store {store_id}: {violation.proof.name}: {violation.proof.rule}; but {shown}")
    click.echo(f"{len(all_proofs())} rules, {len(stores)} store(s): {count} violation(s)")
    sys.exit(1 if count else 0)


def init_app(app: Flask) -> None:
    app.cli.add_command(audit_command)
