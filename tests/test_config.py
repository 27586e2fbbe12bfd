"""Settings from the environment: what is taken, and the sentence for what is not."""

import base64
import re
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
    "STRIPE_SECRET_KEY": "none",
    "TWILIO_ACCOUNT_SID": "none",
}
STRIPE = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
# What development makes for itself, and keeps in its data folder.
KEPT = {
    "secret_key",
    "data_encryption_key",
    "stripe_secret_key",
    "stripe_webhook_secret",
    "twilio_account",
    "twilio_auth_token",
}
URLS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "WORKER_DATABASE_URL", "BACKUP_DATABASE_URL", "LEGACY_DATABASE_URL")


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


def test_certificate_and_key_are_files_and_come_together(data_dir: str, tmp_path: Path) -> None:
    certificate, key = tmp_path / "till.crt", tmp_path / "till.key"
    for file in (certificate, key):
        file.touch()
    both = {"TLS_CERTIFICATE": str(certificate), "TLS_KEY": str(key)}

    settings = read(data_dir, **both)

    assert (settings.tls_certificate, settings.tls_key) == (certificate, key)
    with pytest.raises(SettingsError, match="TLS_CERTIFICATE needs TLS_KEY"):
        read(data_dir, TLS_CERTIFICATE=str(certificate))
    with pytest.raises(SettingsError, match="TLS_KEY is '/nowhere', which is no file"):
        read(data_dir, **both | {"TLS_KEY": "/nowhere"})


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
        *(("STRIPE_SECRET_KEY", value) for value in ("pk_live_1", "sk_1", "whsec_1", "None", "SK_TEST_1")),
        *(("STRIPE_API_BASE", value) for value in ("ftp://stripe.example", "api.stripe.example", "nonsense")),
    ],
)
def test_odd_value_stops_the_start_with_a_sentence(name: str, value: str, data_dir: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(data_dir, **{"STRIPE_WEBHOOK_SECRET": "whsec_1", name: value})

    sentence = str(refused.value)
    assert name in sentence
    assert " " in sentence
    assert value not in sentence or name not in {"SECRET_KEY", "DATA_ENCRYPTION_KEY", "STRIPE_SECRET_KEY"}


# --- Stripe -------------------------------------------------------------------------------------------------


def test_none_is_a_key_that_switches_links_off(data_dir: str) -> None:
    production = config.read({"APP_ENV": "production", **SECRETS})

    assert production.stripe is None
    assert read(data_dir, STRIPE_SECRET_KEY="none").stripe is None


@pytest.mark.parametrize(
    ("key", "is_live"), [("sk_test_1", False), ("rk_test_1", False), ("sk_live_1", True), ("rk_live_1", True)]
)
def test_key_says_whether_money_moves(data_dir: str, key: str, is_live: bool) -> None:
    stripe = read(data_dir, **STRIPE | {"STRIPE_SECRET_KEY": key}).stripe

    assert stripe is not None
    assert (stripe.secret_key, stripe.webhook_secrets, stripe.is_live) == (key, ("whsec_1",), is_live)
    assert (stripe.is_sandbox, stripe.api_base) == (False, None)


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ("whsec_1", ("whsec_1",)),
        (" whsec_1 , whsec_2 ", ("whsec_1", "whsec_2")),
        ("whsec_1,", ("whsec_1",)),
        ("whsec_1,whsec_2,whsec_3,whsec_4", ("whsec_1", "whsec_2", "whsec_3", "whsec_4")),
    ],
)
def test_signing_secret_may_be_rolled(data_dir: str, given: str, read_as: tuple[str, ...]) -> None:
    stripe = read(data_dir, **STRIPE | {"STRIPE_WEBHOOK_SECRET": given}).stripe

    assert stripe is not None
    assert stripe.webhook_secrets == read_as


@pytest.mark.parametrize("given", ["", ",", "whsec_1,2,3,4,5"])
def test_key_needs_signing_secrets_and_four_at_most(data_dir: str, given: str) -> None:
    with pytest.raises(SettingsError, match="STRIPE_WEBHOOK_SECRET") as refused:
        read(data_dir, **STRIPE | {"STRIPE_WEBHOOK_SECRET": given})

    assert "whsec_1" not in str(refused.value)


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_live_key_is_only_for_stripe_itself(data_dir: str, key: str) -> None:
    elsewhere = {"STRIPE_API_BASE": "http://127.0.0.1:9/stripe/"}

    with pytest.raises(SettingsError, match="STRIPE_API_BASE"):
        read(data_dir, **STRIPE | elsewhere | {"STRIPE_SECRET_KEY": key})
    tested = read(data_dir, **STRIPE | elsewhere).stripe

    assert tested is not None
    assert (tested.api_base, tested.is_sandbox) == ("http://127.0.0.1:9/stripe", False)


def test_sandbox_has_keys_of_its_own_in_each_data_folder(tmp_path: Path) -> None:
    one, again, other = (read(str(tmp_path / folder)).stripe for folder in ("one", "one", "other"))

    assert one is not None
    assert other is not None
    assert one == again
    assert (one.is_sandbox, one.is_live, one.api_base) == (True, False, None)
    assert one.secret_key.startswith("sk_test_sbx")
    assert {one.secret_key, *one.webhook_secrets}.isdisjoint({other.secret_key, *other.webhook_secrets})


# --- web shops ---------------------------------------------------------------------------------------------


def test_stand_in_shop_has_keys_of_its_own_that_stay(data_dir: str) -> None:
    one, again = (read(data_dir, PORT="8001").web_shop for _ in range(2))
    other = read(data_dir, PORT="8001", SECRET_KEY="another " * 5).web_shop

    assert one == again
    assert (one.allows_loopback, one.own_url) == (False, "http://127.0.0.1:8001/_sandbox/shop")
    assert re.fullmatch("ck_[0-9a-f]{40}", str(one.own_key))
    assert re.fullmatch("cs_[0-9a-f]{40}", str(one.own_secret))
    assert {one.own_key, one.own_secret}.isdisjoint({other.own_key, other.own_secret})


def test_shops_on_this_machine_are_for_development_only(data_dir: str) -> None:
    assert read(data_dir, WOOCOMMERCE_ALLOW_LOOPBACK="yes").web_shop.allows_loopback
    with pytest.raises(SettingsError, match="WOOCOMMERCE_ALLOW_LOOPBACK"):
        read(data_dir, WOOCOMMERCE_ALLOW_LOOPBACK="on")
    with pytest.raises(SettingsError, match="WOOCOMMERCE_ALLOW_LOOPBACK lets an owner reach"):
        read(data_dir, APP_ENV="production", WOOCOMMERCE_ALLOW_LOOPBACK="yes", **SECRETS)

    in_production = read(data_dir, APP_ENV="production", **SECRETS).web_shop
    assert (in_production.own_url, in_production.own_key, in_production.own_secret) == (None, None, None)


# --- points at which tests kill ----------------------------------------------------------------------------


def test_point_to_die_at_is_for_tests_only(data_dir: str) -> None:
    assert read(data_dir, CRASH_AT="settle.told").crash_at == "settle.told"
    assert read(data_dir).crash_at is None

    with pytest.raises(SettingsError, match="CRASH_AT"):
        config.read({"APP_ENV": "production", "CRASH_AT": "settle.told", **SECRETS})


def test_blank_variable_counts_as_not_set(data_dir: str) -> None:
    settings = config.load({"POS_DATA_DIR": f" {data_dir} ", "PORT": "  ", "HOST": " 10.0.0.1 ", "DATABASE_URL": ""})

    assert (settings.port, settings.host, settings.database_url) == (8000, "10.0.0.1", None)
    assert settings.data_dir == Path(data_dir)


def test_environment_stands_above_the_env_file(data_dir: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"PORT=9001\nHOST=10.0.0.2\nPOS_DATA_DIR={data_dir}\nUNSET\n")
    monkeypatch.chdir(tmp_path)
    for name in (*SECRETS, *STRIPE, *URLS, "APP_ENV", "HOST", "POS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", "9002")

    settings = config.load()

    assert (settings.port, settings.host, settings.data_dir) == (9002, "10.0.0.2", Path(data_dir))


def test_development_secrets_are_kept_for_their_owner_only(data_dir: str) -> None:
    first, second = read(data_dir), read(data_dir)

    files = [path for path in Path(data_dir).iterdir() if path.is_file()]
    assert (first.secret_key, first.data_encryption_key) == (second.secret_key, second.data_encryption_key)
    assert {path.name for path in files} == KEPT
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
    assert {path.name for path in Path(data_dir).iterdir()} == KEPT
