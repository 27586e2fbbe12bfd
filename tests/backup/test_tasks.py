"""The nightly backup, how many are kept, and how its absence shows."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from croniter import croniter
from flask import Flask

from pos import clock, doctor
from pos.backup import BackupFailed
from pos.backup.create import create, prune
from pos.backup.manifests import Backup, whole_backups
from pos.backup.tasks import back_up_nightly
from pos.config import Settings
from pos.jobs import queue
from tests.backup.shelf import ask, backed_up


@pytest.fixture
def folder(committed: Flask, tmp_path: Path) -> Path:
    """The BACKUP_DIR of the application."""
    settings: Settings = committed.config["SETTINGS"]
    committed.config["SETTINGS"] = replace(settings, backup_dir=tmp_path / "nightly", backup_keep=2)
    return tmp_path / "nightly"


def nightly(app: Flask) -> None:
    with app.app_context():
        back_up_nightly(timestamp=0)


def finding(app: Flask) -> doctor.Finding:
    with app.app_context():
        (found,) = (found for found in doctor.examine(app) if found.subject == "backups")
    return found


def age_in_metrics(app: Flask) -> float | None:
    text = app.test_client().get("/metrics").get_data(as_text=True)
    found = re.search(r"^tappass_backup_age_seconds (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def test_backup_is_made_once_a_night() -> None:
    (periodic,) = (
        task for task in queue.periodic_registry.periodic_tasks.values() if task.periodic_id == "backup.nightly"
    )

    noon = clock.now().replace(hour=12)
    times = croniter(periodic.cron, noon).all_next(type(noon))
    first, second = next(times), next(times)

    assert (first.hour, second - first) == (2, timedelta(days=1))


def test_nightly_backup_keeps_the_newest(committed: Flask, folder: Path) -> None:
    for _ in range(3):
        nightly(committed)

    made = whole_backups(folder)
    assert len(made) == 2
    assert len(list(folder.glob("*.json"))) == 2


def test_backup_that_fails_removes_none_and_shows(committed: Flask, folder: Path) -> None:
    settings: Settings = committed.config["SETTINGS"]
    with committed.app_context():
        for days in (2, 3, 4):
            create(settings, folder, clock.now() - timedelta(days=days))
    committed.config["SETTINGS"] = replace(settings, backup_database_url=settings.database_url)

    with pytest.raises(BackupFailed):
        nightly(committed)

    assert len(whole_backups(folder)) == 3
    assert not finding(committed).is_fine
    assert age_in_metrics(committed) == pytest.approx(2 * 86400, abs=60)


def test_nothing_is_made_without_a_folder(committed: Flask) -> None:
    nightly(committed)

    assert finding(committed).is_fine
    assert "BACKUP_DIR is not set" in finding(committed).detail
    assert age_in_metrics(committed) is None


def test_doctor_and_metrics_see_the_age_of_the_last_backup(committed: Flask, folder: Path) -> None:
    none_yet = finding(committed), age_in_metrics(committed)
    settings = committed.config["SETTINGS"]
    create(settings, folder, clock.now() - timedelta(hours=27))
    old = finding(committed)
    create(settings, folder, clock.now() - timedelta(hours=25))
    fresh = finding(committed)

    assert (none_yet[0].is_fine, none_yet[1]) == (False, -1)
    assert "flask --app wsgi backup create" in none_yet[0].detail
    assert (old.is_fine, "is 27.0 hours old" in old.detail) == (False, True)
    assert (fresh.is_fine, age_in_metrics(committed)) == (True, pytest.approx(25 * 3600, abs=60))


def test_dump_that_lost_its_manifest_does_not_count(committed: Flask, folder: Path) -> None:
    backed_up(committed, folder).path.with_suffix(".json").unlink()

    assert not finding(committed).is_fine


def test_other_databases_backups_in_the_folder_stay(committed: Flask, folder: Path) -> None:
    newest = backed_up(committed, folder)
    other = copied(newest, "another-shop")

    gone = prune(folder, 1, backed_up(committed, folder))

    assert gone == [newest.path]
    assert other.exists()


def copied(backup: Backup, database: str) -> Path:
    named = backup.path.name.replace(backup.manifest.database, database)
    for suffix in (".dump", ".json"):
        (backup.path.parent / named).with_suffix(suffix).write_bytes(backup.path.with_suffix(suffix).read_bytes())
    return backup.path.parent / named


def test_list_shows_the_newest_first(committed: Flask, folder: Path) -> None:
    assert "There are no backups in" in ask(committed, "list")[1]
    names = [backed_up(committed, folder).path.name for _ in range(2)]

    code, said = ask(committed, "list")

    assert code == 0
    assert [line.split()[0] for line in said.splitlines()] == names[::-1]


def test_keep_of_the_command_removes_the_rest(committed: Flask, tmp_path: Path) -> None:
    first = backed_up(committed, tmp_path)

    code, said = ask(committed, "create", "--to", str(tmp_path), "--keep", "1")

    assert code == 0, said
    assert f"removed {first.path.name}" in said
    assert len(whole_backups(tmp_path)) == 1
