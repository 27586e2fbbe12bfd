"""The manifest beside each dump: what it holds and how it is known again; and a folder's whole backups."""

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pos.backup import BackupFailed
from pos.backup.contents import Table

FORMAT = 1
DUMP, MANIFEST, UNFINISHED = ".dump", ".json", ".unfinished"
_CHUNK = 1 << 20
_INSTANT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Manifest:
    """What was backed up, when and by what. `encryption_key` tells keys apart and does not give them away."""

    database: str
    made_at: datetime
    product_version: str
    migration: str
    server_major: int
    program_major: int
    encryption_key: str
    size_bytes: int
    sha256: str
    tables: dict[str, Table]

    @property
    def row_count(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def as_json(self) -> str:
        facts = asdict(self) | {"format": FORMAT, "made_at": self.made_at.isoformat()}
        return json.dumps(facts, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True)
class Backup:
    """A dump and its manifest."""

    path: Path
    manifest: Manifest


def parse(text: str) -> Manifest:
    """The manifest again. Raises BackupFailed when it is none, or of a later version of TapPass."""
    try:
        facts: dict[str, Any] = json.loads(text)
        version = facts.pop("format")
        if version == FORMAT:
            tables = {name: Table(**table) for name, table in facts.pop("tables").items()}
            made_at = datetime.fromisoformat(facts.pop("made_at"))
            return Manifest(**facts, made_at=made_at, tables=tables)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupFailed("The manifest cannot be read: it is damaged, or no manifest of TapPass.") from error
    raise BackupFailed(f"The manifest has format {version}: it takes a newer version of TapPass to read it.")


def open_backup(path: Path) -> Backup:
    """The backup of this file, its manifest read and the file itself compared with it. Raises BackupFailed."""
    path = path.absolute()
    if path.suffix != DUMP or not path.is_file():
        raise BackupFailed(f"{path} is no backup: name a file that ends in {DUMP}; `flask --app wsgi backup list`.")
    manifest_path = path.with_suffix(MANIFEST)
    if not manifest_path.is_file():
        raise BackupFailed(f"{manifest_path} is missing: both files belong together, copy it beside the dump.")
    backup = Backup(path, parse(manifest_path.read_text(errors="replace")))
    _require_same_file(backup)
    return backup


def _require_same_file(backup: Backup) -> None:
    size, expected = backup.path.stat().st_size, backup.manifest.size_bytes
    if size != expected:
        raise BackupFailed(
            f"{backup.path.name} is damaged: it has {size} bytes and was made with {expected}. "
            "Copy it again from where it was kept, or take another backup."
        )
    if digest(backup.path) != backup.manifest.sha256:
        raise BackupFailed(
            f"{backup.path.name} is damaged: its SHA-256 is not the one it was made with. "
            "Copy it again from where it was kept, or take another backup."
        )


def digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def fingerprint(key: bytes) -> str:
    """Sixteen digits by which a key is known again; nothing about the key can be learnt from them."""
    return hmac.new(key, b"tappass backup", hashlib.sha256).hexdigest()[:16]


def stem(database: str, made_at: datetime) -> str:
    """The name of a backup, which sorts by its instant: shop-20261121T031700.482Z."""
    instant = made_at.astimezone(UTC)
    return f"{_safe(database)}-{instant:{_INSTANT}}.{instant.microsecond // 1000:03}Z"


def whole_backups(folder: Path, database: str | None = None) -> list[Backup]:
    """The backups of a folder, newest first: only where dump and manifest are both there, and can be read."""
    if not folder.is_dir():
        return []
    wanted = f"{re.escape(_safe(database))}-" if database else ".+-"
    name = re.compile(rf"{wanted}\d{{8}}T\d{{6}}\.\d{{3}}Z{re.escape(DUMP)}")
    found = [path for path in folder.iterdir() if name.fullmatch(path.name) and path.with_suffix(MANIFEST).is_file()]
    backups = [Backup(path, manifest) for path in found if (manifest := _readable(path.with_suffix(MANIFEST)))]
    return sorted(backups, key=lambda backup: backup.manifest.made_at, reverse=True)


def _readable(path: Path) -> Manifest | None:
    try:
        return parse(path.read_text())
    except (BackupFailed, OSError, UnicodeDecodeError):
        return None


def _safe(database: str) -> str:
    return re.sub(r"[^\w.-]", "_", database, flags=re.ASCII)
