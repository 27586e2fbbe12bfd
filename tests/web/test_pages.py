"""Pages for people: what they show, what they hide, and that nothing of them comes from elsewhere."""

import gzip
import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from pos import config, create_app, postgres
from tests import databases
from tests.client import Shop
from tests.web.page import Page, policy_of

VENDOR = Path(__file__).parents[2] / "pos" / "web" / "static" / "vendor"
CREDENTIALS = {
    "store_slug": "demo-slug",
    "store_api_key": "tps_demo_key",
    "register_token": "tpr_demo_token",
    "office_email": "demo@office.example",
    "office_password": "demo-password",
    "manager_pin": "4711",
    "cashier_pin": "0815",
    "base_url": "http://old.example",
}
SCREENS = ("/tablet", "/kitchen")
SECRETS = [value for name, value in CREDENTIALS.items() if name != "base_url"]


# --- the greeting --------------------------------------------------------------------------------------------


def test_greeting_shows_where_to_go_and_how_to_get_in(tmp_path: Path, server: postgres.Server) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(CREDENTIALS))

    with running(server, tmp_path, PUBLIC_BASE_URL="http://pos.example:8123") as app:
        page = Page(app.test_client().get("/"))

    assert {"/api/docs", "/readyz", "/metrics"} <= set(page.addresses)
    assert [secret for secret in SECRETS if secret not in page.text] == []
    assert "http://pos.example:8123/api/v1/orders" in page.text
    assert "old.example" not in page.text


def test_greeting_without_a_demo_says_how_to_get_a_token(tmp_path: Path, server: postgres.Server) -> None:
    with running(server, tmp_path) as app:
        page = Page(app.test_client().get("/"))

    assert "flask --app wsgi registers enrol" in page.text
    assert "The demo store" not in page.text


def test_greeting_survives_a_file_that_was_cut_off(tmp_path: Path, server: postgres.Server) -> None:
    (tmp_path / "demo.json").write_text('{"register_token": "tpr_')

    with running(server, tmp_path) as app:
        page = app.test_client().get("/")

    assert (page.status_code, "tpr_" in page.get_data(as_text=True)) == (200, False)


def test_greeting_shows_nothing_in_production_even_if_the_file_is_there(
    tmp_path: Path, server: postgres.Server
) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(CREDENTIALS))

    with running(
        server,
        tmp_path,
        APP_ENV="production",
        PUBLIC_BASE_URL="https://pos.example",
        STRIPE_SECRET_KEY="none",
        TWILIO_ACCOUNT_SID="none",
    ) as app:
        answer = app.test_client().get("/")

    assert answer.status_code == 200
    assert [secret for secret in SECRETS if secret in answer.get_data(as_text=True)] == []
    assert "demo" not in answer.get_data(as_text=True).lower()


@pytest.mark.parametrize("screen", SCREENS)
def test_nobody_becomes_a_screen_where_there_is_no_demo(screen: str, tmp_path: Path, server: postgres.Server) -> None:
    with running(server, tmp_path) as app:
        answer = app.test_client().post(f"{screen}/try")

    assert answer.status_code == 404


# --- the tablet, and the kitchen's screen ----------------------------------------------------------------------


@pytest.mark.parametrize("screen", SCREENS)
def test_screen_is_kept_on_the_device_whole(app: Flask, screen: str) -> None:
    client = app.test_client()
    page, worker = Page(client.get(screen)), client.get(f"{screen}/worker.js")

    kept = files_of(worker)

    loaded = {path for path in page.addresses if path.startswith("/_static/")}
    assert worker.headers["Service-Worker-Allowed"] == screen
    assert loaded - set(kept) == {path for path in loaded if "icon" in path} - set(kept)
    assert kept == {path: as_it_comes(app, path) for path in kept}
    assert {path for path in kept for path in imported(app, path)} <= set(kept)


def files_of(worker: TestResponse) -> dict[str, list[str]]:
    """What the worker keeps: the media type and the SHA-256 with which each file must come."""
    found = re.search(r"FILES = new Map\(Object.entries\((.*)\)\);", worker.get_data(as_text=True))
    return json.loads(found[1])  # type: ignore[index,no-any-return]


def as_it_comes(app: Flask, path: str) -> list[str]:
    with app.test_client().get(path) as answer:
        return [answer.mimetype, b64encode(hashlib.sha256(answer.data).digest()).decode()]


@pytest.mark.parametrize("screen", SCREENS)
def test_screen_can_be_installed(app: Flask, screen: str) -> None:
    manifest = json.loads(fetched(app, f"{screen}/manifest.webmanifest"))

    assert manifest["id"] == manifest["start_url"] == manifest["scope"] == screen
    assert {icon["sizes"] for icon in manifest["icons"]} == {"any", "192x192", "512x512"}
    assert [icon["src"] for icon in manifest["icons"] if not fetched(app, icon["src"])] == []


@pytest.mark.parametrize("screen", SCREENS)
def test_screen_is_small(app: Flask, screen: str) -> None:
    kept = files_of(app.test_client().get(f"{screen}/worker.js"))

    zipped = {path: len(gzip.compress(fetched(app, path))) for path in kept}

    assert sum(zipped.values()) <= 400 * 1024


# --- the documentation ---------------------------------------------------------------------------------------


def test_documentation_and_all_that_it_loads_are_ours(app: Flask) -> None:
    page = Page(app.test_client().get("/api/docs"))

    loaded = {address: fetched(app, address) for address in page.addresses}

    assert len(loaded) >= 5
    assert [address for address, body in loaded.items() if not body] == []
    assert [address for address in page.addresses if urlsplit(address).netloc] == []
    assert json.loads(loaded["/api/v1/openapi.json"])["openapi"].startswith("3.1")


def test_vendored_files_are_those_of_the_lock_and_no_others(app: Flask) -> None:
    entries = json.loads((VENDOR / "vendor.lock").read_text())
    locked = {name: digest for entry in entries for name, digest in entry["sha256"].items()}
    kept = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}

    served = {name: hashlib.sha256(fetched(app, f"/_static/vendor/{name}")).hexdigest() for name in locked}

    assert kept - {"vendor.lock"} == set(locked)
    assert served == locked


def test_styles_and_scripts_of_ours_ask_no_other_host(app: Flask) -> None:
    ours = [path for path in VENDOR.parent.glob("*") if path.suffix in (".css", ".js")]

    elsewhere = {path.name: re.findall(r"(?:https?:)?//[\w.-]+\.\w+|@import", path.read_text()) for path in ours}
    styles = (VENDOR / "swagger-ui" / "swagger-ui.css").read_text()

    assert len(ours) >= 2
    assert {name: found for name, found in elsewhere.items() if found} == {}
    # What the vendored style sheet refers to must lie within itself: the policy lets nothing else in.
    assert [
        found for found in re.findall(r"url\(([^)]{1,40})", styles) if not found.strip("\"'").startswith("data:")
    ] == []


# --- what all pages keep -------------------------------------------------------------------------------------


def test_pages_allow_no_inline_script_and_no_other_host(app: Flask, shop: Shop) -> None:
    address = urlsplit(shop.sell()["public_url"]).path

    for path in ("/", "/api/docs", address):
        answer = shop.client.get(path)
        policy = policy_of(answer)

        assert (policy["default-src"], policy["script-src"]) == (["'none'"], ["'self'"]), path
        assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == (
            ["'none'"],
            ["'none'"],
            ["'self'"],
        )
        assert {source for sources in policy.values() for source in sources} <= {
            "'self'",
            "'none'",
            "data:",
            "'unsafe-inline'",
        }
        assert ("'unsafe-inline'" in policy["style-src"]) is (path == "/api/docs")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_pages_need_nothing_that_their_policy_forbids(app: Flask, shop: Shop) -> None:
    address = urlsplit(shop.sell()["public_url"]).path

    for path in ("/", "/api/docs", address):
        page = Page(shop.client.get(path))

        assert [attributes for tag, attributes in page.tags if tag == "script" and "src" not in attributes] == [], path
        assert [
            name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"
        ] == []
        assert [tag for tag, _ in page.tags if tag in ("style", "base", "iframe", "object", "embed")] == []
        assert [found for found in page.addresses if urlsplit(found).netloc or found.startswith("javascript:")] == []


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (4638, "USD", "46.38 USD"),
        (5, "USD", "0.05 USD"),
        (0, "USD", "0.00 USD"),
        (123456789, "USD", "1,234,567.89 USD"),
        (-4638, "USD", "−46.38 USD"),
        (4638, "JPY", "4,638 JPY"),
        (0, "JPY", "0 JPY"),
        (4638, "KWD", "4.638 KWD"),
        (7, "KWD", "0.007 KWD"),
        (10**12, "KWD", "1,000,000,000.000 KWD"),
    ],
)
def test_money_is_written_with_the_digits_of_its_currency(app: Flask, amount: int, currency: str, shown: str) -> None:
    assert app.jinja_env.filters["money"](amount, currency) == shown


# --- how they are asked for ----------------------------------------------------------------------------------


@contextmanager
def running(server: postgres.Server, folder: Path, **environment: str) -> Iterator[Flask]:
    """An application with a data folder of its own; these pages need no database."""
    environ = {**databases.environ(server, "none"), "POS_DATA_DIR": str(folder), **environment}
    yield create_app(config.read(environ))


def fetched(app: Flask, address: str) -> bytes:
    """What is there; a file's answer holds it open until it is closed."""
    with app.test_client().get(address) as answer:
        assert answer.status_code == 200, address
        return answer.data


def imported(app: Flask, path: str) -> set[str]:
    """What a module imports, as absolute paths."""
    if not path.endswith(("js", "mjs")):
        return set()
    found = re.findall(r"""(?:from|import)\s*["'](\.[^"']+)["']""", fetched(app, path).decode())
    return {urljoin(path, each) for each in found}
