"""The demo store on a throw-away server with its worker, on the same data each time: no history, and the people named here."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask_migrate import upgrade

from pos import clock, create_app, ids, postgres
from pos.db import db, transaction
from pos.demo import charts, commands, history
from pos.demo import shop as demo
from soak.product import UNSET, free_port, until
from tests import databases, running
from tests.analytics import granted
from tests.client import Shop

DATABASE = "tappass"
PATIENCE_SECONDS = 30
COUPON = "WELCOME10"
MEMBER, MEMBER_NAME = "4155550132", "Ada Example"


@contextmanager
def open_shop(folder: Path) -> Iterator["Demo"]:
    """Serves the store until the end of the block; `folder` is the data folder of its processes."""
    with postgres.running(folder) as server:
        postgres.provision(server, DATABASE)
        port = free_port()
        base_url = f"http://127.0.0.1:{port}"
        more = {"PUBLIC_BASE_URL": base_url, "POS_DATA_DIR": str(folder)}
        known, past = _make(server, **more)
        more["ANALYST_DATABASE_URL"] = granted.address_for(server, DATABASE)
        # Nothing of the caller's environment leads the processes to a real account.
        more |= {name: "" for name in UNSET if name not in databases.environ(server, DATABASE) | more | {"APP_ENV": ""}}
        with (
            running.web_server(server, DATABASE, folder, port=port, WEB_CONCURRENCY="1", **more) as at,
            running.process("worker", folder, running.environment(server, DATABASE, folder, **more)),
            running.superuser_of(server, DATABASE) as books,
        ):
            yield Demo(at, running.WebClient(at).shop(known), books, past)
        running.assert_no_bugs(folder)


class Demo:
    """The running store, and how its people act beside the pages that are looked at. `books` is a superuser's connection; `past` writes
    three months of orders."""

    def __init__(self, base_url: str, shop: Shop, books: Any, past: Callable[[], None]) -> None:
        self.base_url, self.shop, self.books, self.past = base_url, shop, books, past

    def days_ago(self, days: int) -> str:
        return (clock.now() - timedelta(days=days)).date().isoformat()

    def pin(self, role: str) -> str:
        return str(self.shop.extra[f"{role}_pin"])

    def stock(self) -> None:
        """What the walk needs besides the catalogue: a coupon, and a member with points who was here before."""
        self.owner("/coupons", code=COUPON, discount_type="percent", amount=10)
        member = {"phone": MEMBER, "name": MEMBER_NAME}
        cash = {"method": "cash"}
        self.shop.sell(**member, join=True, items=[{"sku": "GROWLER-SS", "quantity": 4}], payment=cash)
        self.shop.sell(
            **member, items=[{"sku": "PILS", "quantity": 2}, {"sku": "PRETZEL", "quantity": 1}], payment=cash
        )

    def tab(self) -> dict[str, Any]:
        """An open one that is paid in part."""
        items = [
            {"sku": "WINGS", "quantity": 2},
            {"sku": "AMBER", "quantity": 3, "note": "one in a tall glass"},
            {"sku": "RINGS", "quantity": 1},
        ]
        order = self.shop.sell(phone="4155550165", name="Grace Sample", tab_name="Table 7", items=items)
        self.owner(f"/orders/{order['id']}/payments", method="cash", amount=2000)
        return order

    def paid(self) -> dict[str, Any]:
        items = [{"sku": "BTL-SAISON", "quantity": 1}, {"sku": "CHIPS", "quantity": 2}]
        return self.shop.sell(phone=MEMBER, items=items, tip=300, payment={"method": "card"})

    def owner(self, path: str, **body: Any) -> dict[str, Any]:
        """Posts as the owner; fails if it is refused."""
        return self._post(path, body, as_="owner")

    def register(self, path: str, **body: Any) -> dict[str, Any]:
        """The same as the register."""
        return self._post(path, body)

    def _post(self, path: str, body: dict[str, Any], **options: Any) -> dict[str, Any]:
        answer = self.shop.post(path, body, **options)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json)

    def sell_out(self, sku: str) -> None:
        """Somebody else has taken the last one."""
        [product] = self.shop.get(f"/products?sku={sku}").json["data"]
        seen = f"{product['version']}.{product['stock_quantity']}"
        self.change(f"/products/{product['id']}", seen, stock_quantity=0)

    def revoke(self, register: str) -> None:
        [found] = [each for each in self.shop.get("/registers", as_="owner").json["data"] if each["name"] == register]
        self.change(f"/registers/{found['id']}", found["version"], revoked=True)

    def change(self, path: str, seen: int | str, **what: Any) -> None:
        answer = self.shop.patch(path, what, version=seen)
        assert answer.status_code == 200, answer.text

    def until_listed(self, path: str, **wanted: str) -> None:
        """Until the worker has made something of it."""
        until(
            lambda: self.shop.get(path, query_string=wanted, as_="owner").json["data"],
            PATIENCE_SECONDS,
            what=f"a row of {path}",
        )

    def until(self, order: dict[str, Any], is_so: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The order, once the worker has come so far."""
        found = order

        def look() -> Any:
            nonlocal found
            found = dict(self.shop.get(f"/orders/{order['id']}").json)
            return is_so(found)

        until(look, PATIENCE_SECONDS, what="what the worker does")
        return found


def _make(server: postgres.Server, **more: str) -> tuple[dict[str, Any], Callable[[], None]]:
    """The migrated store with its catalogue and people; what Shop needs to know of it, and what gives it a past."""
    settings = databases.settings(server, DATABASE, **more)
    app = create_app(settings)
    with app.app_context():
        upgrade()
        store_id = ids.uuid7()
        with transaction(store_id, actor="demo"):
            made = demo.make(store_id)
        db.engine.dispose()
    credentials = {"base_url": settings.public_base_url, **made.credentials}
    commands.credentials_file(settings).write_text(json.dumps(credentials))
    register = made.registers[0]

    def past() -> None:
        with app.app_context():
            with transaction(store_id, actor="demo"):
                history.write(made.registers, clock.business_day(clock.now(), register.store.timezone))
                charts.hang()
            db.engine.dispose()

    known = {
        "slug": credentials["store_slug"],
        "store_id": str(store_id),
        "api_key": credentials["store_api_key"],
        "register_token": credentials["register_token"],
        "register_id": str(register.register_id),
        "location_id": str(_id(register.location_id)),
        "category_id": "",
        "people": {},
        "products": {},
        "extra": credentials,
    }
    return known, past


def _id(known: UUID | None) -> UUID:
    assert known
    return known
