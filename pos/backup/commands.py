"""flask backup: make one, prove it, put it back, list what there is."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask_migrate import upgrade

from pos import clock
from pos.audit.actions import all_proofs
from pos.backup import BackupFailed, manifests, restore
from pos.backup import create as creating
from pos.backup import verify as verifying
from pos.backup.manifests import Backup
from pos.care import erasures
from pos.care.erasures import folder_of
from pos.config import Settings
from pos.db import db, transaction
from pos.http.commands import Group
from pos.http.health import head
from pos.proofs import run
from pos.stores.queries import store_ids

group = Group("backup", help="Backups of the database (docs/backup.md).")
FILE = click.argument("file", type=click.Path(path_type=Path))


def _as_sentence(command: Callable[..., None]) -> Callable[..., None]:
    """A failure is a sentence on the terminal; SIGTERM clears up like Ctrl-C does."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> None:
        try:
            with _ending_tidily():
                command(*args, **options)
        except BackupFailed as error:
            raise click.ClickException(str(error)) from error

    return wrapped


@contextmanager
def _ending_tidily() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@group.command("create")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), help="Default: BACKUP_DIR, else <POS_DATA_DIR>/backups."
)
@click.option("--keep", type=click.IntRange(min=1), help="Afterwards remove all but this many. Default: remove none.")
@_as_sentence
def create_command(folder: Path | None, keep: int | None) -> None:
    """Make a backup while TapPass runs: one moment of the database, counted, in a file that only its owner can read."""
    settings: Settings = current_app.config["SETTINGS"]
    folder = folder.absolute() if folder else folder_of(settings)
    backup = creating.create(settings, folder, clock.now())
    click.echo(f"{backup.path}\n{_described(backup)}")
    for gone in creating.prune(folder, keep, backup) if keep else []:
        click.echo(f"removed {gone.name}")
    click.echo(f"Prove it with `flask --app wsgi backup verify {backup.path}`, and copy both files off this machine.")


@group.command("verify")
@FILE
@_as_sentence
def verify_command(file: Path) -> None:
    """Prove a backup: restore it into a throw-away server, compare every row, audit the books there; exit 1 if not so."""
    settings: Settings = current_app.config["SETTINGS"]
    click.echo("Reading the file, restoring it into a server of its own, proving the books there …")
    proof = verifying.verify(file, settings)
    for fault in proof.faults:
        click.echo(f"WRONG {fault}")
    if proof.faults:
        raise BackupFailed(f"{file.name} cannot be relied on: make another one, and prove it.")
    click.echo(f"{_described(proof.backup)}\naudit: {proof.audit}")
    _warn_of_key(settings, proof.backup)
    if proof.backup.manifest.migration != head():
        click.echo(
            f"A restore takes it from migration {proof.backup.manifest.migration} to {head()}; that was tried, too."
        )
    click.echo("It can be relied on.")


@group.command("restore")
@FILE
@click.option("--replace", is_flag=True, help="Take the place of the stores that are there; they are backed up first.")
@click.option("--yes", is_flag=True, help="Do not ask for the database's name.")
@_as_sentence
def restore_command(file: Path, *, replace: bool, yes: bool) -> None:
    """Put a backup into the configured database, bring it to this version, raise row security and guards, audit it."""
    settings: Settings = current_app.config["SETTINGS"]
    db.engine.dispose()
    _, backup = restore.checked(file)
    target = restore.look_at(settings)
    restore.require_free(target, backup, replace=replace)
    click.echo(
        f"{_described(backup)}\nIt goes into the database {target.database}, which holds {target.stores} store(s)."
    )
    _warn_of_key(settings, backup)
    if not yes and click.prompt("Type the database's name to go on") != target.database:
        raise BackupFailed("That is not its name; nothing was done.")
    if target.stores:
        kept = restore.keep_present(settings, folder_of(settings), clock.now())
        click.echo(f"What was there is in {kept.path}")
    restore.put_back(settings, backup, target)
    click.echo(f"{backup.manifest.row_count} rows in {len(backup.manifest.tables) - 1} tables are in and counted.")
    _bring_to_this_version(settings, backup)
    _erase_again(settings, backup)
    _audit()


@group.command("list")
@click.option(
    "--from", "folder", type=click.Path(path_type=Path), help="Default: BACKUP_DIR, else <POS_DATA_DIR>/backups."
)
def list_command(folder: Path | None) -> None:
    """List the backups of a folder, newest first."""
    folder = folder.absolute() if folder else folder_of(current_app.config["SETTINGS"])
    backups = manifests.whole_backups(folder)
    for backup in backups:
        click.echo(f"{backup.path.name}  {_described(backup)}")
    if not backups:
        click.echo(f"There are no backups in {folder}; make one with `flask --app wsgi backup create`.")


def _described(backup: Backup) -> str:
    facts = backup.manifest
    orders = facts.tables["orders"].rows if "orders" in facts.tables else 0
    return (
        f"{facts.database} as of {facts.made_at:%Y-%m-%d %H:%M:%S} UTC: {orders} orders, {facts.row_count} rows, "
        f"{facts.size_bytes / 1e6:.1f} MB, migration {facts.migration}, TapPass {facts.product_version}"
    )


def _bring_to_this_version(settings: Settings, backup: Backup) -> None:
    try:
        upgrade()
    except (Exception, SystemExit) as error:
        raise BackupFailed(
            "The rows are in, but not all that belongs to them: migrations, row security and guards. Start nothing "
            f"before `flask --app wsgi db upgrade` has gone through. ({error})"
        ) from error
    restore.refresh_statistics(settings)
    before = backup.manifest.migration
    moved = "" if before == head() else f" (the backup was at {before})"
    click.echo(f"migration {head()}{moved}, row security and guards are up")


def _erase_again(settings: Settings, backup: Backup) -> None:
    """Whoever was erased since the backup was made: by the file beside it, and by that of this installation."""
    files = {folder / erasures.FILE for folder in (backup.path.parent, folder_of(settings))}
    told = {each for file in files for each in erasures.read(file)}
    count = erasures.repeat(told, clock.now())
    click.echo(f"erased again: {count} row(s) of customers who were erased since")
    if not any(file.is_file() for file in files):
        click.echo(
            f"CAUTION: there is no {erasures.FILE} beside the backup: whoever was erased since it was made is back."
        )


def _warn_of_key(settings: Settings, backup: Backup) -> None:
    if not restore.has_our_key(settings, backup):
        click.echo(
            "CAUTION: it was made with another DATA_ENCRYPTION_KEY than the one that is set here: customers' e-mail "
            "addresses cannot be read before the old key is back."
        )


def _audit() -> None:
    """Reads only."""
    with transaction(None):
        stores = store_ids()
    count = 0
    for store_id in stores:
        with transaction(store_id, actor="command"):
            violations = run(all_proofs())
        count += len(violations)
    click.echo(f"audit: {len(all_proofs())} rules, {len(stores)} store(s): {count} violation(s)")
    if count:
        raise BackupFailed("The books do not hold: `flask --app wsgi audit` shows each row that breaks a rule.")


def init_app(app: Flask) -> None:
    app.cli.add_command(group)
