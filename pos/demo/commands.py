"""flask demo: makes the demo store when the database is empty, and keeps its credentials in a file."""

import json
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask import Flask, current_app
from sqlalchemy import select

from pos import clock, ids
from pos.config import Settings
from pos.db import db, transaction
from pos.demo import charts, history, shop, web_shop
from pos.http.commands import Group
from pos.stores.models import Store

demo = Group("demo", help="The demo store (development only).")


@demo.command("seed")
def seed_command() -> None:
    """Make the demo store with three months of orders, unless there is a store already."""
    if current_app.config["SETTINGS"].is_production:
        raise click.ClickException("The demo is not for production: its credentials lie in a file.")
    if not seed_if_empty():
        raise click.ClickException("There is a store already; the demo is for an empty database.")
    click.echo(f"The credentials are in {credentials_file(current_app.config['SETTINGS'])}")


def seed_if_empty() -> bool:
    """Makes the demo in an empty database of a development installation, whole or not at all; says whether it did."""
    settings: Settings = current_app.config["SETTINGS"]
    with transaction(None):
        has_store = db.session.scalar(select(Store.id).limit(1)) is not None
    if has_store or settings.is_production:
        return False
    store_id = ids.uuid7()
    with transaction(store_id, actor="demo"):
        made = shop.make(store_id)
        timezone = ZoneInfo(made.registers[0].store.timezone)
        history.write(made.registers, clock.now().astimezone(timezone).date())
        web_shop.stock(made.registers[0].store)
        charts.hang()
        # Before the commit: a start that is killed here leaves an unused file, never a store without its keys.
        _keep(settings, {"base_url": settings.public_base_url, **made.credentials})
    return True


def credentials(settings: Settings) -> dict[str, Any] | None:
    """What was shown when the demo was made; None if this data folder does not hold it."""
    try:
        kept: dict[str, Any] = json.loads(credentials_file(settings).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return kept | {"base_url": settings.public_base_url}


def credentials_file(settings: Settings) -> Path:
    return settings.data_dir / "demo.json"


def refresh(settings: Settings) -> None:
    """Another PORT or PUBLIC_BASE_URL than last time goes into the file too."""
    kept = credentials(settings)
    if kept:
        _keep(settings, kept)


def _keep(settings: Settings, content: dict[str, Any]) -> None:
    """Readable by its owner only: these are passwords, if only of a demo."""
    path = credentials_file(settings)
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    draft.replace(path)


def init_app(app: Flask) -> None:
    app.cli.add_command(demo)
