"""Backups of a test's database, and a look into them."""

from pathlib import Path
from typing import Any

from flask import Flask

from pos import clock
from pos.backup import programs
from pos.backup.create import create
from pos.backup.manifests import Backup
from tests.client import Shop


def backed_up(app: Flask, folder: Path) -> Backup:
    return create(app.config["SETTINGS"], folder, clock.now())


def rows_in(backup: Backup, table: str) -> str:
    """The rows of one table in a dump, as text."""
    tools = programs.find(backup.manifest.program_major, over_tls=False)
    command = tools.command("pg_restore", "--data-only", f"--table={table}", "--file=-", str(backup.path))
    return programs.run(command, what="the look into a dump").decode()


def ask(app: Flask, *words: str) -> tuple[int, str]:
    """A command's exit code and all that it said."""
    with app.app_context():
        result = app.test_cli_runner().invoke(args=["backup", *words])
    return result.exit_code, result.output


def a_day(shop: Shop) -> list[dict[str, Any]]:
    """Some orders as a counter has them: unpaid, paid by each method, of one customer and of others, and canceled."""
    ways: list[dict[str, Any]] = [
        {},
        {"payment": {"method": "cash", "tendered": 5000}},
        {"payment": {"method": "card"}, "phone": "(415) 555-0199", "name": "Ada", "marketing_consent": True},
        {"payment": {"method": "card"}, "items": [{"sku": "TEE-BLK-M", "quantity": 2}]},
    ]
    orders = [shop.sell(**way) for way in ways]
    canceled = shop.post(f"/orders/{orders[0]['id']}/cancel", {"reason": "Ordered by mistake"}, as_="owner")
    assert canceled.status_code == 200, canceled.get_data(as_text=True)
    return orders
