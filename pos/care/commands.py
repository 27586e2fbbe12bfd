"""flask care: who was erased, and to erase them again after a host has put an older copy back."""

from pathlib import Path

import click
from flask import Flask, current_app

from pos import clock
from pos.care import erasures
from pos.http.commands import Group

care = Group("care", help="The care of customers: erasures that must outlive a restore (docs/backup.md).")
FILE = click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Default: {erasures.FILE} beside the backups (BACKUP_DIR, else <POS_DATA_DIR>/backups).",
)


@care.command("note-erasures")
@FILE
def note_command(path: Path | None) -> None:
    """Note all who were erased in the file that outlives a restore; it holds ids only. May be repeated."""
    path = _path(path)
    found = erasures.known()
    if path.name != erasures.FILE:
        raise click.ClickException(f"The file has to be called {erasures.FILE}; name another folder if you like.")
    erasures.add(path.parent, found, clock.now())
    click.echo(f"{path} holds all {len(found)} erasure(s).")


@care.command("erase-again")
@FILE
def again_command(path: Path | None) -> None:
    """Erase again all whom a file names, after an older copy of the database was put back. May be repeated."""
    path = _path(path)
    if not path.is_file():
        raise click.ClickException(
            f"There is no {path}. Without it nobody knows who was erased since the copy was made."
        )
    told = erasures.read(path)
    click.echo(f"{erasures.repeat(told, clock.now())} of {len(told)} row(s) were there again, and are erased.")


def _path(path: Path | None) -> Path:
    return path.absolute() if path else erasures.folder_of(current_app.config["SETTINGS"]) / erasures.FILE


def init_app(app: Flask) -> None:
    app.cli.add_command(care)
