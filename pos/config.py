"""Settings: read once from the environment and .env; an odd value stops the start with a sentence."""

import base64
import binascii
import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from pos.crypto import KEY_BYTES

LIVE_KEYS = ("sk_live_", "rk_live_")
# The number from which Twilio's own test credentials send; nobody has it.
SANDBOX_NUMBER = "+15005550006"
_TWILIO_SID = re.compile("[A-Z]{2}[0-9a-f]{32}")
_STRIPE_KEYS = (*LIVE_KEYS, "sk_test_", "rk_test_")


class SettingsError(RuntimeError):
    """The environment cannot be used; the text says which variable and what to write there."""


@dataclass(frozen=True)
class StripeSettings:
    """How Stripe is reached. In the sandbox the built-in stand-in answers (pos/sandbox/), with keys of its own."""

    secret_key: str
    webhook_secrets: tuple[str, ...]
    api_base: str | None
    is_sandbox: bool

    @property
    def is_live(self) -> bool:
        return self.secret_key.startswith(LIVE_KEYS)


@dataclass(frozen=True)
class TwilioSettings:
    """How Twilio is reached, and what texts are sent from by a store that names no number of its own: a messaging service or
    a number. In the sandbox the built-in stand-in answers."""

    account_sid: str
    auth_token: str
    service_sid: str | None
    from_number: str | None
    api_base: str | None
    is_sandbox: bool


@dataclass(frozen=True)
class WebShopSettings:
    """Which web shops may be connected beside those at public addresses: whether any on this machine, and the built-in
    stand-in (pos/sandbox/shop/) with the keys that it takes. In production there is neither."""

    allows_loopback: bool
    own_url: str | None
    own_key: str | None
    own_secret: str | None


@dataclass(frozen=True)
class Settings:
    """What the environment decides. `database_url` is None when the embedded server is to be used."""

    app_env: str
    secret_key: str
    data_encryption_key: bytes
    database_url: str | None
    migration_database_url: str | None
    worker_database_url: str | None
    database_connections: int
    host: str
    port: int
    tls_certificate: Path | None
    tls_key: Path | None
    public_base_url: str
    proxy_hops: int
    data_dir: Path
    sentry_dsn: str | None
    stripe: StripeSettings | None
    twilio: TwilioSettings | None
    web_shop: WebShopSettings
    crash_at: str | None
    backup_database_url: str | None
    legacy_database_url: str | None
    analyst_database_url: str | None
    backup_dir: Path | None
    backup_keep: int

    @property
    def is_production(self) -> bool:
        return self.app_env == "production"

    @property
    def is_embedded(self) -> bool:
        return self.database_url is None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the process environment, over those of a .env file in the working folder."""
    if environ is None:
        environ = {k: v for k, v in dotenv_values(".env").items() if v is not None} | dict(os.environ)
    return read({name: value.strip() for name, value in environ.items() if value.strip()})


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from a mapping of non-empty values. Raises SettingsError."""
    app_env = _one_of(environ, "APP_ENV", ("development", "production"), "development")
    production = app_env == "production"
    data_dir = Path(environ.get("POS_DATA_DIR", "var")).absolute()
    database_url = _database_url(environ, "DATABASE_URL")
    if production and database_url is None:
        raise SettingsError("APP_ENV=production needs DATABASE_URL, e.g. postgresql://user:password@host/tappass.")
    port = _port(environ)
    host = environ.get("HOST", "0.0.0.0" if production else "127.0.0.1")  # noqa: S104 - a container listens on all
    public_base_url, secret_key = (
        _public_base_url(environ, port, production),
        _secret_key(environ, data_dir, production),
    )
    return Settings(
        app_env=app_env,
        secret_key=secret_key,
        data_encryption_key=_encryption_key(environ, data_dir, production),
        database_url=database_url,
        migration_database_url=_database_url(environ, "MIGRATION_DATABASE_URL") or database_url,
        worker_database_url=_database_url(environ, "WORKER_DATABASE_URL") or database_url,
        database_connections=_count(environ, "DATABASE_CONNECTIONS", 12),
        host=host,
        port=port,
        tls_certificate=_tls_file(environ, "TLS_CERTIFICATE", "TLS_KEY"),
        tls_key=_tls_file(environ, "TLS_KEY", "TLS_CERTIFICATE"),
        public_base_url=public_base_url,
        proxy_hops=_proxy_hops(environ, production),
        data_dir=data_dir,
        sentry_dsn=_sentry_dsn(environ),
        stripe=_stripe(environ, data_dir, production),
        twilio=_twilio(environ, data_dir, production),
        web_shop=_web_shop(environ, secret_key, public_base_url, production),
        crash_at=_crash_at(environ, production),
        backup_database_url=_database_url(environ, "BACKUP_DATABASE_URL"),
        legacy_database_url=_database_url(environ, "LEGACY_DATABASE_URL"),
        analyst_database_url=_database_url(environ, "ANALYST_DATABASE_URL"),
        backup_dir=_backup_dir(environ),
        backup_keep=_backup_keep(environ),
    )


def _one_of(environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    value = environ.get(name, default)
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; write one of: {', '.join(choices)}.")
    return value


def _port(environ: Mapping[str, str]) -> int:
    value = environ.get("PORT", "8000")
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise SettingsError(f"PORT is {value!r}; write a number from 1 to 65535.")
    return int(value)


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, str(default))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 256:
        raise SettingsError(f"{name} is {value!r}; write a number from 1 to 256.")
    return int(value)


def _proxy_hops(environ: Mapping[str, str], production: bool) -> int:
    """How many proxies in front may be believed about the client's address."""
    value = environ.get("PROXY_HOPS", "1" if production else "0")
    if not value.isascii() or not value.isdigit() or int(value) > 5:
        raise SettingsError(f"PROXY_HOPS is {value!r}; write how many proxies stand in front: 0 to 5.")
    return int(value)


def _database_url(environ: Mapping[str, str], name: str) -> str | None:
    """A libpq address; the SQLAlchemy forms postgresql+psycopg2:// and +psycopg:// are accepted too."""
    value = environ.get(name)
    if value is None:
        return None
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.split("+")[0] not in ("postgres", "postgresql"):
        raise SettingsError(
            f"{name} must begin with postgresql:// (or postgres://); another database is not supported."
        )
    return f"postgresql://{rest}"


def _tls_file(environ: Mapping[str, str], name: str, other: str) -> Path | None:
    """gunicorn.conf.py hands both to gunicorn, which then speaks https alone."""
    if name not in environ:
        return None
    if other not in environ:
        raise SettingsError(f"{name} needs {other}: the certificate and its key are two files in PEM form.")
    path = Path(environ[name])
    if not path.is_file():
        raise SettingsError(f"{name} is {str(path)!r}, which is no file; write the path of a file in PEM form.")
    return path


def _public_base_url(environ: Mapping[str, str], port: int, production: bool) -> str:
    value = environ.get("PUBLIC_BASE_URL")
    if value is None and production:
        raise SettingsError(
            "APP_ENV=production needs PUBLIC_BASE_URL, the address that customers see, e.g. https://pos.example.com."
        )
    value = (value or f"http://127.0.0.1:{port}").rstrip("/")
    if not _is_origin(value):
        raise SettingsError(f"PUBLIC_BASE_URL is {value!r}; write scheme and host only, e.g. https://pos.example.com.")
    return value


def _stripe(environ: Mapping[str, str], data_dir: Path, production: bool) -> StripeSettings | None:
    """The account's key and the secrets of its webhooks, or the sandbox's; None: no links, cash and terminals only."""
    key, api_base = environ.get("STRIPE_SECRET_KEY"), _api_base(environ, "STRIPE_API_BASE")
    secrets_given = tuple(filter(None, (part.strip() for part in environ.get("STRIPE_WEBHOOK_SECRET", "").split(","))))
    if key == "none":
        return None
    if key is None and production:
        raise SettingsError(
            "APP_ENV=production needs STRIPE_SECRET_KEY; write none if there are to be no payment links."
        )
    if key is None:
        key = f"sk_test_sbx{_kept(data_dir, 'stripe_secret_key')}"
        webhook_secrets = secrets_given or (f"whsec_sbx{_kept(data_dir, 'stripe_webhook_secret')}",)
        return StripeSettings(key, webhook_secrets, api_base, is_sandbox=api_base is None)
    if not key.startswith(_STRIPE_KEYS):
        raise SettingsError(
            "STRIPE_SECRET_KEY is not a key that Stripe gives: it begins with sk_ or rk_, then live_ or test_."
        )
    if key.startswith(LIVE_KEYS) and api_base:
        raise SettingsError(
            "STRIPE_API_BASE is for tests; with a live key leave it out, or money is promised that never comes."
        )
    if not 1 <= len(secrets_given) <= 4:
        raise SettingsError(
            "STRIPE_SECRET_KEY needs STRIPE_WEBHOOK_SECRET, the signing secret of the endpoint; during a roll, or with a second "
            "endpoint for connected accounts, several with commas between them, four at most."
        )
    return StripeSettings(key, secrets_given, api_base, is_sandbox=False)


def _twilio(environ: Mapping[str, str], data_dir: Path, production: bool) -> TwilioSettings | None:
    """The account, its token and who sends, or the sandbox's; None: nothing is texted."""
    sid, api_base = environ.get("TWILIO_ACCOUNT_SID"), _api_base(environ, "TWILIO_API_BASE")
    if sid == "none":
        return None
    if sid is None and production:
        raise SettingsError("APP_ENV=production needs TWILIO_ACCOUNT_SID; write none if nothing is to be texted.")
    if sid is None:
        sid, token = f"AC{_kept(data_dir, 'twilio_account')[:32]}", _kept(data_dir, "twilio_auth_token")[:32]
        return TwilioSettings(sid, token, None, SANDBOX_NUMBER, api_base, is_sandbox=api_base is None)
    if not _TWILIO_SID.fullmatch(sid) or not sid.startswith("AC"):
        raise SettingsError("TWILIO_ACCOUNT_SID is not an account of Twilio's: AC and 32 hexadecimal digits.")
    if production and api_base:
        raise SettingsError("TWILIO_API_BASE is for tests; in production leave it out, or texts are lost.")
    return TwilioSettings(sid, _twilio_token(environ), *_sender(environ), api_base, is_sandbox=False)


def _twilio_token(environ: Mapping[str, str]) -> str:
    token = environ.get("TWILIO_AUTH_TOKEN")
    if token is None:
        raise SettingsError("TWILIO_ACCOUNT_SID needs TWILIO_AUTH_TOKEN, the primary auth token of the account.")
    return token


def _sender(environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    service, number = environ.get("TWILIO_MESSAGING_SERVICE_SID"), environ.get("TWILIO_FROM_NUMBER")
    if service and not (_TWILIO_SID.fullmatch(service) and service.startswith("MG")):
        raise SettingsError("TWILIO_MESSAGING_SERVICE_SID is not a messaging service: MG and 32 hexadecimal digits.")
    if number and not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise SettingsError("TWILIO_FROM_NUMBER is not a number in international form, e.g. +14155550100.")
    return service, number


def _web_shop(environ: Mapping[str, str], secret_key: str, public_base_url: str, production: bool) -> WebShopSettings:
    """Whether shops on this machine are reached, and where the stand-in is."""
    allows_loopback = _one_of(environ, "WOOCOMMERCE_ALLOW_LOOPBACK", ("yes", "no"), "no") == "yes"
    if production and allows_loopback:
        raise SettingsError(
            "WOOCOMMERCE_ALLOW_LOOPBACK lets an owner reach what listens on this machine; in production leave it out."
        )
    if production:
        return WebShopSettings(False, None, None, None)
    # As long as WooCommerce's own: 40 hexadecimal digits. The stand-in is there as soon as it is looked for, so they lie nowhere.
    key, secret = (
        hashlib.sha256(f"web shop {name} {secret_key}".encode()).hexdigest()[:40] for name in ("key", "secret")
    )
    return WebShopSettings(allows_loopback, f"{public_base_url}/_sandbox/shop", f"ck_{key}", f"cs_{secret}")


def _api_base(environ: Mapping[str, str], name: str) -> str | None:
    value = environ.get(name)
    if value and urlsplit(value).scheme not in ("http", "https"):
        raise SettingsError(f"{name} is {value!r}; write an address that begins with http:// or https://.")
    return value.rstrip("/") if value else None


def _crash_at(environ: Mapping[str, str], production: bool) -> str | None:
    """The point at which a process of a test is to die (pos/crash.py)."""
    value = environ.get("CRASH_AT")
    if value and production:
        raise SettingsError("CRASH_AT kills processes in tests; take it out of production's environment.")
    return value


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    rest = (parts.path, parts.query, parts.fragment, parts.username)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and has_port and not any(rest)


def _sentry_dsn(environ: Mapping[str, str]) -> str | None:
    value = environ.get("SENTRY_DSN")
    if value and not (value.startswith("https://") and "@" in value):
        raise SettingsError(
            "SENTRY_DSN is not an address that Sentry gives, like https://key@host/1; leave it out to report nothing."
        )
    return value


def _backup_dir(environ: Mapping[str, str]) -> Path | None:
    """Where the nightly backup goes; None: there is none. The folder itself is made with the first backup."""
    value = environ.get("BACKUP_DIR")
    if value is None:
        return None
    folder = Path(value).absolute()
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"BACKUP_DIR is {value!r}, which is a file; write the path of a folder.")
    return folder


def _backup_keep(environ: Mapping[str, str]) -> int:
    value = environ.get("BACKUP_KEEP", "14")
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 10_000:
        raise SettingsError(f"BACKUP_KEEP is {value!r}; write how many backups are kept: 1 to 10000.")
    return int(value)


def _secret_key(environ: Mapping[str, str], data_dir: Path, production: bool) -> str:
    value = environ.get("SECRET_KEY")
    if value is None and production:
        raise SettingsError(
            "APP_ENV=production needs SECRET_KEY; make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    value = value or _kept(data_dir, "secret_key")
    if len(value) < 32:
        raise SettingsError("SECRET_KEY is too short to be safe; write at least 32 random characters.")
    return value


def _encryption_key(environ: Mapping[str, str], data_dir: Path, production: bool) -> bytes:
    value = environ.get("DATA_ENCRYPTION_KEY")
    advice = "make one with: python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"
    if value is None and production:
        raise SettingsError(f"APP_ENV=production needs DATA_ENCRYPTION_KEY; {advice}")
    try:
        key = base64.b64decode(value, validate=True) if value else bytes.fromhex(_kept(data_dir, "data_encryption_key"))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"DATA_ENCRYPTION_KEY must be {KEY_BYTES} bytes in base64; {advice}")
    return key


def _kept(data_dir: Path, name: str) -> str:
    """A development secret: random, made once per data folder, readable by its owner only."""
    path = data_dir / name
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process of the same start was faster
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
