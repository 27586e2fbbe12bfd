"""Proving a backup elsewhere: what is off with it is found, and said with what to do."""

import gzip
import json
import shutil
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pos import create_app, postgres
from pos.backup import BackupFailed
from pos.backup.manifests import Backup, digest
from pos.backup.verify import verify
from tests import databases
from tests.backup.shelf import ask, backed_up
from tests.running import rows


@pytest.fixture(scope="module")
def made(server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Backup]:
    """One for all tests that damage it: each gets a copy. The database is gone when they look at it."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    databases.copy(server, name)
    app = create_app(databases.settings(server, name))
    backup = backed_up(app, tmp_path_factory.mktemp("shelf"))
    databases.drop(server, name)
    return app, backup


@pytest.fixture
def app(made: tuple[Flask, Backup]) -> Flask:
    return made[0]


@pytest.fixture
def backup(made: tuple[Flask, Backup], tmp_path: Path) -> Backup:
    shutil.copytree(made[1].path.parent, tmp_path, dirs_exist_ok=True)
    return replace(made[1], path=tmp_path / made[1].path.name)


def refused(app: Flask, backup: Backup) -> str:
    code, said = ask(app, "verify", str(backup.path))
    assert code == 1, said
    return said


def test_truncated_file_is_damaged(app: Flask, backup: Backup) -> None:
    with backup.path.open("r+b") as file:
        file.truncate(backup.manifest.size_bytes // 2)

    assert "is damaged: it has" in refused(app, backup)


@pytest.mark.parametrize("part", [0.01, 0.5, 0.99])
def test_flipped_byte_is_damaged(part: float, app: Flask, backup: Backup) -> None:
    content = bytearray(backup.path.read_bytes())
    content[int(len(content) * part)] ^= 1
    backup.path.write_bytes(content)

    said = refused(app, backup)

    assert "its SHA-256 is not the one it was made with" in said
    assert "Copy it again from where it was kept, or take another backup." in said


def test_dump_that_cannot_be_unpacked_is_said(app: Flask, backup: Backup) -> None:
    """Even where the manifest was made to fit."""
    backup.path.write_bytes(backup.path.read_bytes()[: backup.manifest.size_bytes // 2])
    change(backup, size_bytes=backup.path.stat().st_size, sha256=digest(backup.path))

    assert f"{backup.path.name} cannot be read: pg_restore: error:" in refused(app, backup)


def test_dump_with_other_rows_than_its_manifest_is_said(app: Flask, backup: Backup) -> None:
    tables = json.loads(backup.path.with_suffix(".json").read_text())["tables"]
    tables["products"]["rows"] += 1
    tables["users"]["digest"] = "0" * 32
    change(backup, tables=tables)

    said = refused(app, backup)

    assert "products has 10 of 11 rows; users has other rows than were backed up" in said


def test_dump_without_manifest_is_no_backup(app: Flask, backup: Backup) -> None:
    backup.path.with_suffix(".json").unlink()

    assert "is missing: both files belong together" in refused(app, backup)


@pytest.mark.parametrize(("text", "sentence"), [("{", "is damaged"), ('{"format": 2}', "newer version of TapPass")])
def test_manifest_that_cannot_be_read_is_said(text: str, sentence: str, app: Flask, backup: Backup) -> None:
    backup.path.with_suffix(".json").write_text(text)

    assert sentence in refused(app, backup)


def test_what_is_no_dump_is_refused(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(gzip.compress(b"hello"))

    code, said = ask(app, "verify", str(tmp_path / "notes.txt"))

    assert (code, "is no backup: name a file that ends in .dump" in said) == (1, True)


def test_broken_books_are_found_in_the_copy(committed: Flask, superuser: Any, tmp_path: Path) -> None:
    """A whole backup of a shop whose books are wrong is whole, and still nothing to rely on."""
    rows(
        superuser,
        "INSERT INTO customers (store_id, id, phone, origin, version, total_spent) "
        "SELECT id, gen_random_uuid(), '+14155550132', 'counter', 1, 7 FROM stores ORDER BY slug LIMIT 1",
    )
    left_before = set(Path(tempfile.gettempdir()).glob("tappass-verify-*"))

    proof = verify(backed_up(committed, tmp_path).path, committed.config["SETTINGS"])

    assert [fault for fault in proof.faults if "total_spent" in fault]
    assert "2 store(s): 2 violation(s)" in proof.audit
    assert set(Path(tempfile.gettempdir()).glob("tappass-verify-*")) == left_before


def test_verify_refuses_a_file_that_is_not_there(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="is no backup"):
        verify(tmp_path / "gone.dump", app.config["SETTINGS"])


def change(backup: Backup, **facts: Any) -> None:
    path = backup.path.with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))
