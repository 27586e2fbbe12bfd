"""The demo store: what is in it, that a day's is always the same, and that what it hands out opens its doors.

Making it takes seconds, so it is made once for all processes of a run.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from click.testing import Result
from flask import Flask
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

from pos import config, create_app, ids, postgres
from pos.db import db, transaction
from pos.demo import history
from pos.http.access import Caller, StoreFacts
from pos.sandbox.shop import site, things
from tests import databases
from tests.client import API
from tests.hosting import ROOT, rows, value

pytestmark = pytest.mark.xdist_group("demo")

BASE_URL = "http://127.0.0.1:8123"
KEYS = {
    "base_url", "store_slug", "store_api_key", "register_token", "office_email", "office_password", "manager_pin", "cashier_pin"
}  # fmt: skip
# Numbers that no carrier gives out: 555-0100 to 555-0199 in each area of North America.
FICTION = re.compile(r"\+1[2-9]\d{2}55501\d{2}")
ORDERS = """
    SELECT o.placed_at::text, o.received_at::text, o.completed_at::text, o.canceled_at::text, l.name, r.name, o.kind, o.status,
           o.payment_status, o.fulfillment_status, o.subtotal, o.tax, o.tip, o.total, o.amount_paid, o.cancel_reason, c.phone, c.name,
           (SELECT json_agg(json_build_array(i.sku, i.quantity, i.unit_price, i.total, i.tax) ORDER BY i.position)
              FROM order_lines i WHERE i.store_id = o.store_id AND i.order_id = o.id)::text,
           (SELECT json_agg(json_build_array(p.method, p.amount)) FROM payments p WHERE p.store_id = o.store_id AND p.order_id = o.id)::text
      FROM orders o JOIN locations l ON l.id = o.location_id JOIN registers r ON r.id = o.register_id
      JOIN customers c ON c.id = o.customer_id
     ORDER BY 1, 4, 5, 6, 14, 17, 19
"""
FIGURES = """
    SELECT json_build_object(
      'products', (SELECT count(*) FROM products), 'categories', (SELECT count(*) FROM categories),
      'locations', (SELECT count(*) FROM locations), 'stores', (SELECT count(*) FROM stores),
      'roles', (SELECT json_agg(role ORDER BY role) FROM memberships),
      'phones', (SELECT json_agg(phone) FROM customers WHERE phone IS NOT NULL),
      'names', (SELECT json_agg(DISTINCT name) FROM customers WHERE phone IS NOT NULL),
      'made_at', (SELECT created_at FROM stores), 'timezone', (SELECT timezone FROM stores),
      'kinds', (SELECT json_agg(DISTINCT kind) FROM orders),
      'endings', (SELECT json_agg(DISTINCT concat(status, ' ', payment_status)) FROM orders))
"""


@pytest.fixture(scope="module")
def made(server: postgres.Server) -> dict[str, Any]:
    """What the first `flask demo seed` left: its figures and orders as they were then, and what the command said."""
    home = Path(os.environ["TAPPASS_TEST_HOME"])
    kept = home / "demo-made.json"
    with (home / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(make(server)))
    facts: dict[str, Any] = json.loads(kept.read_text())
    return facts


@pytest.fixture(scope="module")
def demo(server: postgres.Server, made: dict[str, Any]) -> Iterator[Flask]:
    """The application of that first demo store."""
    with running(server, "demo_first") as app:
        yield app


def make(server: postgres.Server) -> dict[str, Any]:
    make_empty(server, "demo_first")
    with running(server, "demo_first") as app:
        result = run(app, "demo", "seed")
        assert result.exit_code == 0, result.output or repr(result.exception)
    with looking(server, "demo_first") as cursor:
        return {
            "said": result.output,
            "figures": value(cursor, FIGURES),
            "orders": [list(row) for row in rows(cursor, ORDERS)],
        }


# --- what is in it -------------------------------------------------------------------------------------------


def test_seed_makes_a_taproom_with_its_people_and_shelves(made: dict[str, Any]) -> None:
    figures = made["figures"]

    assert (figures["stores"], figures["locations"], figures["categories"], figures["products"]) == (1, 2, 8, 60)
    assert figures["roles"] == ["cashier", "manager", "owner"]


def test_seed_writes_three_months_up_to_yesterday(made: dict[str, Any]) -> None:
    timezone = ZoneInfo(made["figures"]["timezone"])
    made_on = datetime.fromisoformat(made["figures"]["made_at"]).astimezone(timezone).date()
    days = [day_of(order, timezone) for order in made["orders"]]

    assert made_on - timedelta(days=1) <= max(days) <= made_on
    assert timedelta(days=88) <= max(days) - min(days) <= timedelta(days=95)
    assert len(set(days)) == (max(days) - min(days)).days + 1, "a day without orders would look like a broken chart"
    assert 1500 < len(made["orders"]) < 4000


def test_seed_makes_orders_of_every_kind_and_end(made: dict[str, Any]) -> None:
    assert set(made["figures"]["kinds"]) == {"food", "merch", "mixed"}
    assert {"completed paid", "canceled unpaid"} <= set(made["figures"]["endings"])


def test_seed_calls_nobody_who_could_exist(made: dict[str, Any]) -> None:
    phones = made["figures"]["phones"]

    assert 100 < len(phones) <= 200
    assert [phone for phone in phones if not FICTION.fullmatch(phone)] == []
    assert None not in made["figures"]["names"]


def test_web_shop_of_the_demo_knows_some_of_its_people(made: dict[str, Any], demo: Flask) -> None:
    with demo.app_context(), transaction(None):
        orders = [each.body for each in things.those(things.ORDER)]
        settings = site.seen()

    ours = {phone[-10:] for phone in made["figures"]["phones"]}
    phones = {re.sub(r"\D", "", order["billing"]["phone"])[-10:] for order in orders}
    assert len(orders) == 60
    assert (settings.currency, settings.timezone) == ("USD", made["figures"]["timezone"])
    assert {"completed", "processing"} <= {order["status"] for order in orders}
    assert len(phones & ours) > 3
    assert "" in phones


def test_books_of_the_demo_hold(demo: Flask) -> None:
    audit = run(demo, "audit")

    assert (audit.exit_code, "1 store(s): 0 violation(s)" in audit.output) == (0, True), audit.output


def test_seed_draws_the_same_orders_for_the_same_day(made: dict[str, Any]) -> None:
    timezone = ZoneInfo(made["figures"]["timezone"])
    last_day = max(day_of(order, timezone) for order in made["orders"])
    store = StoreFacts(ids.uuid7(), "again", "Again", "USD", "US", str(timezone), prices_include_tax=False)
    registers = (Caller(store, "cashier", "register:again"),) * len({order[5] for order in made["orders"]})

    again = [
        (ticket.at.astimezone(UTC), ticket.sale.phone, [(item["sku"], item["quantity"]) for item in ticket.sale.items])
        for ticket in history.Drawing(registers, last_day + timedelta(days=1)).tickets()
    ]

    first = [
        (
            datetime.fromisoformat(order[0]).astimezone(UTC),
            order[16],
            [(item[0], item[1]) for item in json.loads(order[18])],
        )
        for order in made["orders"]
    ]
    assert sorted(again, key=str) == sorted(first, key=str)


def day_of(order: list[Any], timezone: ZoneInfo) -> date:
    return datetime.fromisoformat(order[0]).astimezone(timezone).date()


# --- what it hands out ---------------------------------------------------------------------------------------


def test_seed_keeps_the_credentials_for_its_owner_alone(server: postgres.Server, made: dict[str, Any]) -> None:
    file = folder("demo_first") / "demo.json"

    assert str(file) in made["said"]
    assert set(credentials()) == KEYS
    assert all(isinstance(text, str) and text for text in credentials().values())
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if path.name.startswith("demo")] == ["demo.json"]


def test_tablets_and_kitchen_screens_of_the_demo_are_registers_of_their_own(demo: Flask) -> None:
    known, client = credentials(), demo.test_client()

    sent_to = [client.post(f"{screen}/try").location for screen in ("/tablet", "/tablet", "/kitchen")]

    found = [address.partition("#enrol=") for address in sent_to]
    slugs, codes = zip(*(carried.split(".") for _, _, carried in found), strict=True)
    assert [screen for screen, _, _ in found] == ["/tablet", "/tablet", "/kitchen"]
    enrolled = [client.post(f"{API}/register/enrol", json={"store": slugs[0], "code": code}).json for code in codes]
    assert set(slugs) == {known["store_slug"]}
    assert len({each["token"] for each in enrolled}) == len(enrolled) == 3


def test_credentials_open_the_doors_that_they_are_for(demo: Flask) -> None:
    known, client = credentials(), demo.test_client()
    users = ask(demo, "GET", "/users", known["store_api_key"])
    (cashier,) = (person["id"] for person in users["data"] if person["role"] == "cashier")

    owner, register = (ask(demo, "GET", "/me", known[name]) for name in ("store_api_key", "register_token"))
    office = client.post(
        f"{API}/session",
        json={"email": known["office_email"], "password": known["office_password"], "store": known["store_slug"]},
    )
    person = ask(
        demo, "POST", "/register/sign-in", known["register_token"], {"user_id": cashier, "pin": known["cashier_pin"]}
    )

    assert known["base_url"] == BASE_URL
    assert (owner["role"], owner["store"]["slug"]) == ("owner", known["store_slug"])
    assert (register["role"], register["store"]["slug"]) == ("cashier", known["store_slug"])
    assert (office.status_code, client.get(f"{API}/me").status_code) == (201, 200)
    assert person["role"] == "cashier"


@pytest.mark.parametrize("page", ["README.md", "/"])
def test_first_order_that_a_newcomer_is_shown_sells_once(demo: Flask, page: str) -> None:
    shown = (ROOT / page).read_text() if page.endswith(".md") else demo.test_client().get(page).get_data(as_text=True)
    headers = {"Authorization": f"Bearer {credentials()['register_token']}", "Idempotency-Key": f"newcomer {page}"}
    body = json.loads(re.findall(r"-d '\s*(\{.*?\})'", shown.replace("&#34;", '"'), re.DOTALL)[0])

    first, second = (demo.test_client().post(f"{API}/orders", json=body, headers=headers) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201), first.get_data(as_text=True)
    assert (first.json["payment_status"], first.json["change_due"] >= 0) == ("paid", True)  # type: ignore[index]
    assert second.json["id"] == first.json["id"]  # type: ignore[index]


def test_second_seed_is_refused_and_leaves_the_credentials(demo: Flask) -> None:
    before = credentials()

    again = run(demo, "demo", "seed")

    assert (again.exit_code, again.output) == (
        1,
        "Error: There is a store already; the demo is for an empty database.\n",
    )
    assert credentials() == before
    assert ask(demo, "GET", "/me", before["register_token"])["store"]["slug"] == before["store_slug"]


def credentials() -> dict[str, str]:
    known: dict[str, str] = json.loads((folder("demo_first") / "demo.json").read_text())
    return known


def ask(app: Flask, method: str, path: str, token: str, body: dict[str, str] | None = None) -> Any:
    answer = app.test_client().open(API + path, method=method, json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


# --- where it is made ----------------------------------------------------------------------------------------


def make_empty(server: postgres.Server, name: str) -> None:
    """A migrated database without any store."""
    databases.copy(server, name)
    with looking(server, name) as cursor:
        cursor.execute("SET app.allow_drop = on; TRUNCATE stores, users CASCADE")


@contextmanager
def running(server: postgres.Server, name: str) -> Iterator[Flask]:
    environ = {"POS_DATA_DIR": str(folder(name)), "PUBLIC_BASE_URL": BASE_URL}
    folder(name).mkdir(exist_ok=True)
    app = create_app(config.read(databases.environ(server, name) | environ))
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


def folder(name: str) -> Path:
    return Path(os.environ["TAPPASS_TEST_HOME"]) / name


@contextmanager
def looking(server: postgres.Server, name: str) -> Iterator[Cursor]:
    with closing(psycopg2.connect(server.url("postgres", name))) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        yield cursor


def run(app: Flask, *words: str) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=list(words))
