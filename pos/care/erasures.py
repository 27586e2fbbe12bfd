"""Who was erased, remembered outside the database: an older backup that is put back must not bring anybody back.

Beside the backups lies a file with one line for each row that was erased: store, id and instant, nothing else. A restore erases all
of them again before anybody is let in (pos/backup/commands.py); where a host puts its own copies back, `flask care erase-again` does.
"""

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select

from pos.care.erasing import erase
from pos.config import Settings
from pos.customers.models import Customer
from pos.db import db, rows_of, transaction
from pos.stores.queries import every_store_id

FILE = "erasures.jsonl"

log = structlog.get_logger()


class Erasure(NamedTuple):
    """A row that was erased, and of which store."""

    store_id: UUID
    customer_id: UUID


def folder_of(settings: Settings) -> Path:
    """Where backups lie if nobody says otherwise, and this file with them."""
    return settings.backup_dir or settings.data_dir / "backups"


def remember(store_id: UUID, rows: Sequence[UUID], now: datetime) -> None:
    """Adds what was just committed to the file of this installation. Where that cannot be, the next backup adds it; until then
    only the database knows."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        add(folder_of(settings), [Erasure(store_id, row) for row in rows], now)
    except OSError as error:
        log.warning("erasure_not_noted", rows=[str(row) for row in rows], reason=error.strerror)


def add(folder: Path, erasures: Iterable[Erasure], now: datetime) -> None:
    """Adds to a folder's file what it does not hold yet, through to the disk. Raises OSError."""
    new = set(erasures) - set(read(folder / FILE))
    if not new:
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = "".join(_line(each, now) for each in sorted(new))
    opened = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(opened, lines.encode())
        os.fsync(opened)
    finally:
        os.close(opened)


def read(path: Path) -> list[Erasure]:
    """What a file holds; a line that was not written to its end is none. No file: nothing."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(errors="replace").splitlines():
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            told = json.loads(line)
            found.append(Erasure(UUID(told["store_id"]), UUID(told["customer_id"])))
    return found


def known() -> list[Erasure]:
    """All that the database knows of, whatever their store."""
    found = []
    with transaction(None):
        stores = every_store_id()
    for store_id in stores:
        with transaction(store_id):
            erased = rows_of(Customer).with_only_columns(Customer.id).where(Customer.erased_at.is_not(None))
            found += [
                Erasure(store_id, customer_id) for customer_id in db.session.scalars(erased.order_by(Customer.id))
            ]
    return found


def repeat(erasures: Iterable[Erasure], now: datetime) -> int:
    """Erases again who is in the database and was erased before; says how many rows that were. What is there already as it should
    be is left alone, so it may be repeated."""
    return sum(_repeat(each, now) for each in sorted(set(erasures)))


def _repeat(erasure: Erasure, now: datetime) -> int:
    with transaction(erasure.store_id, actor="restore"):
        there = select(Customer.id).where(
            Customer.store_id == erasure.store_id, Customer.id == erasure.customer_id, Customer.erased_at.is_(None)
        )
        if db.session.scalar(there) is None:
            return 0
        return len(erase(erasure.customer_id, now, authorised_by="restore"))


def _line(erasure: Erasure, now: datetime) -> str:
    told = {"store_id": str(erasure.store_id), "customer_id": str(erasure.customer_id), "noted_at": now.isoformat()}
    return json.dumps(told) + "\n"
