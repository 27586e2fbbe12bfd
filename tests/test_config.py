"""Settings from the environment: what is taken, and the sentence for what is not."""

import base64
import stat
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from pos import config
from pos.config import Settings, SettingsError

ROOT = Path(__file__).parents[1]
KEY = base64.b64encode(b"k" * 32).decode()
SECRETS = {
    "DATABASE_URL": "postgresql://pos:secret@db.example/tappass",
    "PUBLIC_BASE_URL": "https://pos.example.com",
    "SECRET_KEY": "s" * 32,
    "DATA_ENCRYPTION_KEY": KEY,
}
URLS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "WORKER_DATABASE_URL", "BACKUP_DATABASE_URL")


@pytest.fixture
def data_dir(tmp_path: Path) -> str:
    return str(tmp_path / "var")


def read(data_dir: str, **environ: str) -> Settings:
    return config.read({"POS_DATA_DIR": data_dir, **environ})


def test_nothing_is_needed_in_development(data_dir: str) -> None:
    settings = read(data_dir)

    assert (settings.app_env, settings.is_production, settings.is_embedded) == ("development", False, True)
    assert (settings.host, settings.port, settings.public_base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.database_url, settings.migration_database_url, settings.worker_database_url) == (None, None, None)
    assert settings.sentry_dsn is None
    assert (settings.backup_database_url, settings.backup_dir, settings.backup_keep) == (None, None, 14)


def test_production_listens_on_all_addresses() -> None:
    settings = config.read({"APP_ENV": "production", **SECRETS})

    assert (settings.is_production, settings.is_embedded, settings.host) == (True, False, "0.0.0.0")  # noqa: S104
    assert (settings.secret_key, settings.data_encryption_key) == ("s" * 32, b"k" * 32)


@pytest.mark.parametrize("missing", SECRETS)
def test_production_refuses_to_start_without(missing: str, data_dir: str) -> None:
    environ = {name: value for name, value in SECRETS.items() if name != missing}

    with pytest.raises(SettingsError, match=missing) as refused:
        read(data_dir, APP_ENV="production", **environ)

    assert str(refused.value).startswith(f"APP_ENV=production needs {missing}")
    assert not Path(data_dir).exists()


@pytest.mark.parametrize(
    ("name", "value", "field", "read_as"),
    [
        ("APP_ENV", "development", "app_env", "development"),
        ("PORT", "1", "port", 1),
        ("PORT", "65535", "port", 65535),
        ("PORT", "9000", "public_base_url", "http://127.0.0.1:9000"),
        ("HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104 - a value to be read
        ("HOST", "::1", "host", "::1"),
        ("DATABASE_CONNECTIONS", "256", "database_connections", 256),
        ("PUBLIC_BASE_URL", "https://pos.example.com", "public_base_url", "https://pos.example.com"),
        ("PUBLIC_BASE_URL", "https://pos.example.com/", "public_base_url", "https://pos.example.com"),
        ("PUBLIC_BASE_URL", "http://192.168.0.7:8000", "public_base_url", "http://192.168.0.7:8000"),
        ("SECRET_KEY", "x" * 32, "secret_key", "x" * 32),
        ("DATA_ENCRYPTION_KEY", KEY, "data_encryption_key", b"k" * 32),
        ("SENTRY_DSN", "https://abc@sentry.example/1", "sentry_dsn", "https://abc@sentry.example/1"),
        ("BACKUP_DIR", "/backups/not/made/yet", "backup_dir", Path("/backups/not/made/yet")),
        ("BACKUP_DIR", "shelf", "backup_dir", Path("shelf").absolute()),
        ("BACKUP_KEEP", "1", "backup_keep", 1),
    ],
)
def test_variable_is_read(name: str, value: str, field: str, read_as: object, data_dir: str) -> None:
    assert getattr(read(data_dir, **{name: value}), field) == read_as


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_database_address_is_taken_in_every_form(name: str, scheme: str, data_dir: str) -> None:
    rest = "u:p%40ss@host:5433/tappass?sslmode=require"

    settings = read(data_dir, **{name: f"{scheme}://{rest}"})

    assert getattr(settings, name.lower()) == f"postgresql://{rest}"


def test_other_addresses_default_to_the_first(data_dir: str) -> None:
    first = read(data_dir, DATABASE_URL="postgres://app@host/tappass")
    each = read(
        data_dir,
        DATABASE_URL="postgres://app@pooler/tappass",
        MIGRATION_DATABASE_URL="postgres://owner@host/tappass",
        WORKER_DATABASE_URL="postgres://worker@host/tappass",
    )

    assert first.migration_database_url == first.worker_database_url == "postgresql://app@host/tappass"
    assert each.database_url == "postgresql://app@pooler/tappass"
    assert each.migration_database_url == "postgresql://owner@host/tappass"
    assert each.worker_database_url == "postgresql://worker@host/tappass"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in URLS for value in ("mysql://host/db", "host/db", "postgres:/host/db", "sqlite://")),
        ("APP_ENV", "prod"),
        ("APP_ENV", "Production"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "80a"),
        ("PORT", "8000.0"),
        ("PORT", "²"),
        ("PORT", "٨٠٠٠"),
        *(("DATABASE_CONNECTIONS", value) for value in ("0", "257", "-1", "eight", "8.0", "²")),
        ("PUBLIC_BASE_URL", "pos.example.com"),
        ("PUBLIC_BASE_URL", "ftp://pos.example.com"),
        ("PUBLIC_BASE_URL", "https://"),
        ("PUBLIC_BASE_URL", "https://pos.example.com/shop"),
        ("PUBLIC_BASE_URL", "https://pos.example.com?x=1"),
        ("PUBLIC_BASE_URL", "https://pos.example.com#top"),
        ("PUBLIC_BASE_URL", "https://pos.example.com:eighty"),
        ("PUBLIC_BASE_URL", "https://[::1"),
        ("SECRET_KEY", "x" * 31),
        ("DATA_ENCRYPTION_KEY", "not base64!"),
        ("DATA_ENCRYPTION_KEY", base64.b64encode(b"k" * 31).decode()),
        ("DATA_ENCRYPTION_KEY", base64.b64encode(b"k" * 33).decode()),
        ("DATA_ENCRYPTION_KEY", "ä" * 44),
        ("SENTRY_DSN", "nonsense"),
        ("BACKUP_DIR", "/dev/null"),
        ("BACKUP_KEEP", "0"),
        ("BACKUP_KEEP", "10001"),
        ("BACKUP_KEEP", "two"),
    ],
)
def test_odd_value_stops_the_start_with_a_sentence(name: str, value: str, data_dir: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(data_dir, **{name: value})

    sentence = str(refused.value)
    assert name in sentence
    assert " " in sentence
    assert value not in sentence or name not in {"SECRET_KEY", "DATA_ENCRYPTION_KEY"}


def test_blank_variable_counts_as_not_set(data_dir: str) -> None:
    settings = config.load({"POS_DATA_DIR": f" {data_dir} ", "PORT": "  ", "HOST": " 10.0.0.1 ", "DATABASE_URL": ""})

    assert (settings.port, settings.host, settings.database_url) == (8000, "10.0.0.1", None)
    assert settings.data_dir == Path(data_dir)


def test_environment_stands_above_the_env_file(data_dir: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"PORT=9001\nHOST=10.0.0.2\nPOS_DATA_DIR={data_dir}\nUNSET\n")
    monkeypatch.chdir(tmp_path)
    for name in (*SECRETS, *URLS, "APP_ENV", "HOST", "POS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", "9002")

    settings = config.load()

    assert (settings.port, settings.host, settings.data_dir) == (9002, "10.0.0.2", Path(data_dir))


def test_development_secrets_are_kept_for_their_owner_only(data_dir: str) -> None:
    first, second = read(data_dir), read(data_dir)

    files = [path for path in Path(data_dir).iterdir() if path.is_file()]
    assert (first.secret_key, first.data_encryption_key) == (second.secret_key, second.data_encryption_key)
    assert {path.name for path in files} == {"secret_key", "data_encryption_key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_development_secrets_differ_between_folders(tmp_path: Path) -> None:
    one, other = read(str(tmp_path / "one")), read(str(tmp_path / "other"))

    assert one.secret_key != other.secret_key
    assert one.data_encryption_key != other.data_encryption_key
    assert one.secret_key.encode() != one.data_encryption_key


def test_given_secrets_are_not_written_to_the_disk(data_dir: str) -> None:
    read(data_dir, **SECRETS)

    assert not Path(data_dir).exists()


def test_damaged_development_key_is_named(data_dir: str) -> None:
    read(data_dir)
    (Path(data_dir) / "data_encryption_key").write_text("not hex")

    with pytest.raises(SettingsError, match="DATA_ENCRYPTION_KEY"):
        read(data_dir)


def test_processes_that_start_together_agree_on_the_secrets(data_dir: str) -> None:
    """Web and worker start at the same moment; each must end with what the other one wrote."""
    program = (
        "import sys; from pos import config; print('ready', flush=True); sys.stdin.readline();"
        f"s = config.read({{'POS_DATA_DIR': {data_dir!r}}}); print(s.secret_key, s.data_encryption_key.hex())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT)
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0] for process in started]

    assert [process.returncode for process in started] == [0] * len(started)
    assert len(set(answers)) == 1
    assert {path.name for path in Path(data_dir).iterdir()} == {"secret_key", "data_encryption_key"}
