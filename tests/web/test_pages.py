"""Pages for people: what they show, what they hide, and that nothing of them comes from elsewhere."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos import config, create_app, postgres
from pos.db import db, transaction
from pos.stores.models import Store
from tests import databases
from tests.client import Shop

VENDOR = Path(__file__).parents[2] / "pos" / "web" / "static" / "vendor"
CREDENTIALS = {
    "store_slug": "demo-slug",
    "store_api_key": "tps_demo_key",
    "register_token": "tpr_demo_token",
    "office_email": "demo@office.example",
    "office_password": "demo-password",
    "cashier_pin": "0815",
    "base_url": "http://old.example",
}
SECRETS = [value for name, value in CREDENTIALS.items() if name != "base_url"]
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload='alert(1)'>",
    "{{ 7*7 }} {% raw %}",
    "&lt;b&gt; & </td></table>",
]


class Page(HTMLParser):
    """The tags of a page with their attributes, and its visible text."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(answer.get_data(as_text=True))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def addresses(self) -> list[str]:
        names = ("href", "src", "action", "data-document", "formaction", "poster", "srcset")
        return [value for _, attributes in self.tags for name, value in attributes.items() if name in names and value]


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

    production = {"APP_ENV": "production", "PUBLIC_BASE_URL": "https://pos.example", "STRIPE_SECRET_KEY": "none"}
    with running(server, tmp_path, **production) as app:
        answer = app.test_client().get("/")

    assert answer.status_code == 200
    assert [secret for secret in SECRETS if secret in answer.get_data(as_text=True)] == []
    assert "demo" not in answer.get_data(as_text=True).lower()


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


def policy_of(answer: TestResponse) -> dict[str, list[str]]:
    directives = [directive.split() for directive in answer.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in directives}


# --- what a guest sees ---------------------------------------------------------------------------------------


def test_guest_sees_lines_taxes_total_and_what_is_still_to_pay(shop: Shop) -> None:
    order = shop.sell(
        items=[{"sku": "IPA", "quantity": 2, "note": "one later"}, {"sku": "TEE-BLK-M", "quantity": 1}],
        tip=200,
        payment={"method": "card", "amount": 4000},
    )

    page = guest_page(shop, order)

    assert f"Order {order['reference']}" in page.text
    assert "2 × House IPA one later 16.00 USD" in page.text
    assert "1 × Tee 25.00 USD" in page.text
    assert "Tax 3.38 USD Tip 2.00 USD Total 46.38 USD Paid 40.00 USD Still to pay 6.38 USD" in page.text
    assert f"give them the reference {order['reference']}" in page.text


def test_guest_sees_modifiers_and_discounts_but_nothing_voided(shop: Shop) -> None:
    sizes = [{"name": "Size", "choices": [{"name": "Large", "price": 100}]}]
    ale = {"name": "Ale", "sku": "ALE", "kind": "food", "price": 700, "tax_class": "none", "modifiers": sizes}
    assert shop.post("/products", ale, as_="owner").status_code == 201
    items = [{"sku": "ALE", "quantity": 2, "modifiers": ["Large"]}, {"sku": "WATER", "quantity": 1}]
    order = shop.sell(
        items=items, as_="owner", location_id=shop.location_id, discount={"amount": 300, "reason": "regular"}
    )
    water = f"/orders/{order['id']}/lines/{order['lines'][1]['id']}"
    headers = {"If-Match": f'"{order["version"]}"'}
    shop.request("DELETE", water, as_="owner", headers=headers, json={"reason": "never came"})

    page = guest_page(shop, order)

    assert "2 × Ale Large 16.00 USD" in page.text
    assert "Discount −3.00 USD Total 13.00 USD" in page.text
    assert "Water" not in page.text


def test_guest_of_a_merged_order_sees_that_it_was_canceled(shop: Shop) -> None:
    order, other = shop.sell(), shop.sell()
    headers = {"If-Match": f'"{order["version"]}"'}
    assert shop.post(f"/orders/{order['id']}/merge", {"order_id": other["id"]}, headers=headers).status_code == 201

    assert "This order was canceled." in guest_page(shop, other).text


def test_guest_of_a_paid_order_is_asked_for_nothing(shop: Shop) -> None:
    page = guest_page(shop, shop.sell(payment={"method": "card"}))

    assert "Paid 8.66 USD" in page.text
    assert "Still to pay" not in page.text
    assert "Please pay" not in page.text


def test_guest_of_a_canceled_order_sees_what_was_given_back_and_owes_nothing(shop: Shop) -> None:
    order = shop.sell(payment={"method": "card"})
    canceled = shop.post(f"/orders/{order['id']}/cancel", {"reason": "Spilled", "refund": True}, as_="owner")

    page = guest_page(shop, order)

    assert canceled.status_code == 200
    assert "This order was canceled." in page.text
    assert "Given back 8.66 USD" in page.text
    assert "Still to pay" not in page.text
    assert "Spilled" not in page.text


def test_guest_sees_tax_that_is_included_as_included(other_shop: Shop) -> None:
    page = guest_page(other_shop, other_shop.sell(phone="030 901820"))

    assert "Tax, included 0.61 EUR Total 8.00 EUR Still to pay 8.00 EUR" in page.text


def test_guest_sees_the_time_of_the_place(shop: Shop) -> None:
    page = guest_page(shop, shop.sell(placed_at="2026-07-04T05:04:05Z"))

    assert "2026-07-03 22:04 · Taproom" in page.text


@pytest.mark.parametrize(
    ("status", "words"),
    [(None, "We have your order."), ("reserved", "is being made"), ("prepared", "is ready"), ("completed", "is done")],
)
def test_guest_sees_how_far_the_order_is(shop: Shop, status: str | None, words: str) -> None:
    order = shop.sell(payment={"method": "card"})
    if status:
        assert shop.post(f"/orders/{order['id']}/fulfillment", {"status": status}).status_code == 200

    assert words in guest_page(shop, order).text


def test_guest_page_names_nobody(shop: Shop) -> None:
    order = shop.sell(phone="(415) 555-0187", name="Ada Lovelace", note="for Ada, call 415 555 0187")
    customer = f"/customers/{order['customer']['id']}"
    version: Any = shop.get(customer).json
    assert shop.patch(customer, {"email": "ada@example.com"}, version=version["version"]).status_code == 200

    shown = guest(shop, order["public_url"]).get_data(as_text=True)

    assert [part for part in ("Ada", "Lovelace", "555", "0187", "ada@", order["customer"]["id"]) if part in shown] == []
    assert "House IPA" in shown


def test_wrong_links_are_all_answered_alike(shop: Shop, other_shop: Shop) -> None:
    ours, theirs = shop.sell()["public_url"], other_shop.sell(phone="030 901820")["public_url"]
    ours, theirs = ours.rpartition("/")[2], theirs.rpartition("/")[2]
    wrong = [
        f"/{shop.slug}/o/{theirs}",
        f"/{other_shop.slug}/o/{ours}",
        f"/nowhere/o/{ours}",
        f"/{shop.slug}/o/{ours[:-1]}",
        f"/{shop.slug}/o/{ours}x",
        f"/{shop.slug}/o/{ours.swapcase()}",
        f"/{shop.slug.upper()}/o/{ours}",
        f"/{shop.slug}/o/%25",
        f"/{shop.slug}/o/' OR true --",
    ]

    answers = [shop.client.get(path) for path in wrong]

    assert [answer.status_code for answer in answers] == [404] * len(wrong)
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}
    assert len({answer.get_data() for answer in answers}) == 1, "a difference would tell which part is right"
    assert shop.client.get(f"/{shop.slug}/o/{ours}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/hops/o/%00", "/hops/o/a%00b", "/%00/o/abc", "/hops/o/%F0%9F%8D%BA", "/hops/o/%ED%A0%80"]
)
def test_link_of_odd_bytes_is_a_wrong_link(shop: Shop, path: str) -> None:
    assert shop.client.get(path).status_code == 404


def test_link_of_a_store_that_was_closed_is_a_wrong_link(shop: Shop) -> None:
    order = shop.sell()
    with transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.execute(db.update(Store).where(Store.slug == shop.slug).values(is_active=False))

    assert shop.client.get(urlsplit(order["public_url"]).path).status_code == 404


@pytest.mark.parametrize("slug", ["api", "static", "metrics", "healthz", "readyz", "problems"])
def test_guest_reaches_a_store_that_is_called_like_an_address_of_ours(shop: Shop, slug: str) -> None:
    with transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.execute(db.update(Store).where(Store.slug == shop.slug).values(slug=slug))

    order = shop.sell()

    assert urlsplit(order["public_url"]).path.startswith(f"/{slug}/o/")
    assert f"Order {order['reference']}" in guest_page(shop, order).text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_are_shown_as_text(shop: Shop, hostile: str) -> None:
    plain = Page(guest(shop, shop.sell(items=[{"sku": "IPA", "quantity": 1, "note": "cold"}])["public_url"]))
    rename(shop, hostile)
    product = {"name": hostile, "sku": "EVIL", "kind": "food", "price": 800, "tax_class": "standard"}
    assert shop.post("/products", product, as_="owner").status_code == 201
    order = shop.sell(items=[{"sku": "EVIL", "quantity": 1, "note": hostile}])

    page = guest_page(shop, order)

    # Store, place, address, product and note: each as it was typed, and not one tag more than on a harmless page.
    assert page.text.count(" ".join(hostile.split())) >= 5
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attributes) for _, attributes in page.tags] == [sorted(attributes) for _, attributes in plain.tags]


def rename(shop: Shop, name: str) -> None:
    with transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.execute(db.update(Store).where(Store.slug == shop.slug).values(name=name))
        db.session.execute(text("UPDATE locations SET name = :name, address = :name"), {"name": name})


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


def guest(shop: Shop, public_url: str) -> TestResponse:
    return shop.client.get(urlsplit(public_url).path)


def guest_page(shop: Shop, order: dict[str, Any]) -> Page:
    answer = guest(shop, order["public_url"])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return Page(answer)
