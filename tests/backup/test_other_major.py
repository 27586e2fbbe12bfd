"""Data of another major version of PostgreSQL: said at the start, never left aside for an empty database."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos import config, create_app, doctor, postgres
from pos.postgres import PostgresUnavailable
from pos.postgres_binaries import refuse_data_of_another_major
from tests import hosting


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def data_of(home: Path, folder: str, major: str) -> Path:
    data = home / folder / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text(f"{major}\n")
    return data


@pytest.mark.parametrize(("folder", "major"), [("pg17", "17"), ("pg19", "19"), ("pg18", "17")])
def test_start_beside_data_of_another_major_is_refused(folder: str, major: str, home: Path) -> None:
    data = data_of(home, folder, major)

    with (
        pytest.raises(PostgresUnavailable, match=f"is of PostgreSQL {major}, and .* brings 18") as refused,
        postgres.running(home),
    ):
        raise AssertionError("it started")

    for step in (str(data.parent), "backup create", "backup restore", "docs/backup.md"):
        assert step in str(refused.value)
    assert not (home / "pg18" / "passwords.json").exists()
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_doctor_says_so(home: Path) -> None:
    data_of(home, "pg17", "17")
    app = create_app(config.read({"POS_DATA_DIR": str(home)}))

    *_, last = doctor.examine(app)

    assert (last.subject, last.is_fine) == ("database", False)
    assert "is of PostgreSQL 17" in last.detail


def test_start_says_so_without_a_stack(home: Path) -> None:
    data_of(home, "pg17", "17")

    done = hosting.flask({"POS_DATA_DIR": str(home)}, "up")

    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "is of PostgreSQL 17, and this version of TapPass brings 18" in said
    assert "Traceback" not in said


def test_own_major_and_what_is_no_data_are_passed(home: Path) -> None:
    data_of(home, "pg18", "18")
    data_of(home, "pg17", "17")
    refuse_data_of_another_major(home)


def test_empty_folder_of_another_major_is_passed(home: Path) -> None:
    (home / "pg17" / "data").mkdir(parents=True)
    (home / "pgbackup" / "data").mkdir(parents=True)
    refuse_data_of_another_major(home)
