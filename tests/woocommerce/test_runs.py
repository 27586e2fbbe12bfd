"""How runs begin, fail, are gone on with and end, with a shop that stands in this process."""

from datetime import datetime, timedelta
from decimal import InvalidOperation
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from pos import clock
from pos.db import transaction
from pos.woocommerce import actions, flows, tasks
from pos.woocommerce.asking import Pace
from pos.woocommerce.course import Batch, Resource, house
from pos.woocommerce.found import Found
from pos.woocommerce.gateway import Answer, Declined, Down, WebShopFailure
from tests.running import race
from tests.woocommerce.shops import KEYS, WebShop, account, billing, connected, order, product
from tests.woocommerce.test_answers import Between, Params
from tests.woocommerce.web import QUICK, Web

pytestmark = pytest.mark.xdist_group("web_shop")
AWAY, REFUSED = Down("http-503", 503), Declined("woocommerce_rest_cannot_view", 403)


def ago(**time: int) -> str:
    """As the shop tells an instant."""
    return (clock.now() - timedelta(**time)).replace(tzinfo=None, microsecond=0).isoformat()


def raising(place: str, why: WebShopFailure) -> Any:
    """The shop but for one place."""

    def says(path: str, _: Params) -> None:
        if path == place:
            raise why

    return says


def due(web: Web, **later: int) -> list[UUID]:
    """The runs that the clock asks for when it comes by then."""
    web.rows("UPDATE procrastinate_jobs SET status = 'succeeded'")
    with transaction(web.store_id, actor="test"):
        tasks.begin_due(clock.now() + timedelta(**later))
    return [UUID(job["log_id"]) for job in web.jobs("woocommerce.run")]


def orders(web: Web) -> int:
    return int(web.value("SELECT count(*) FROM orders WHERE source = 'woocommerce'"))


# --- runs that only look ----------------------------------------------------------------------------------


def test_run_that_only_looks_leaves_all_as_it_is(bare: Web) -> None:
    shop = connected(bare.shop)
    shop.put("orders", order(1, currency="EUR", date_modified_gmt=ago(hours=2)))
    bare.sync("orders")
    kept = bare.rows("SELECT cursors, last_sync_at FROM web_shops")
    shop.put("orders", order(1, date_modified_gmt=ago(minutes=-1)), order(2, date_modified_gmt=ago(minutes=-1)))

    assert bare.sync(repair=False)["records_changed"] == 2

    assert bare.rows("SELECT cursors, last_sync_at FROM web_shops") == kept
    assert bare.problems() == {("orders", 1): {"foreign_currency"}}
    bare.sync("incremental")
    assert (orders(bare), bare.problems()) == (2, {})


# --- runs that fail ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["orders", "coupons"])
def test_refused_run_is_tried_again_at_once_when_the_keys_are_renewed(bare: Web, place: str) -> None:
    connected(bare.shop)
    bare.sync()
    bad = Between(bare, raising(place, REFUSED))
    failed = bare.run(bare.begin("incremental"))
    assert (failed["status"], due(bare, minutes=3)) == ("failed", [])
    bare.app.extensions["woocommerce"] = bad.inner

    bare.shop.request("PUT", "/sync/woocommerce", as_="owner", json={"url": bad.inner.of(bare.shop).url, **KEYS})
    (again,) = due(bare)

    assert bare.run(again)["status"] == "completed"


def test_one_kind_that_fails_holds_nothing_up(bare: Web) -> None:
    connected(bare.shop)
    bare.sync()
    Between(bare, raising("coupons", REFUSED))

    failed = bare.run(bare.begin("coupons"))
    (again,) = due(bare, minutes=11)

    assert (failed["status"], failed["next_retry_at"]) == ("failed", None)
    assert bare.log(again)["sync_type"] == "incremental"
    assert bare.value("SELECT count(*) FROM attention_items WHERE kind = 'web_shop'") == 1


def test_shop_that_is_away_is_no_item_until_the_sixth_try(bare: Web) -> None:
    connected(bare.shop)
    Between(bare, raising("orders", AWAY))
    log, waiting = bare.run(bare.begin()), []
    for _ in range(6):
        waiting.append(bare.value("SELECT count(*) FROM attention_items WHERE kind = 'web_shop'"))
        (again,) = due(bare, hours=7)
        log = bare.run(again)

    assert waiting == [0] * 6
    assert log["retry_count"] == 6
    assert bare.value("SELECT count(*) FROM attention_items WHERE kind = 'web_shop'") == 1


# --- another address --------------------------------------------------------------------------------------


def moved(web: Web) -> Any:
    """The store is connected to another address, at which a shop with one order answers; gives what came of it."""
    gateway = web.app.extensions["woocommerce"]
    while isinstance(gateway, Between):
        gateway = gateway.inner
    web.app.extensions["woocommerce"] = gateway
    other = gateway._shops["https://other.example"] = WebShop("https://other.example", "USD")
    other.put("orders", order(7, date_modified_gmt=ago(hours=2)))
    return web.shop.request("PUT", "/sync/woocommerce", as_="owner", json={"url": other.url, **KEYS})


def test_address_stays_while_a_run_is_at_work(bare: Web) -> None:
    connected(bare.shop)
    log_id = bare.begin()

    refused = moved(bare)

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/sync-is-running")
    bare.run(log_id)
    assert moved(bare).status_code == 200


def test_run_of_the_address_before_is_not_gone_on_with(bare: Web) -> None:
    connected(bare.shop)
    Between(bare, raising("orders", AWAY))
    assert bare.run(bare.begin())["progress"]["done"] != []

    assert moved(bare).status_code == 200

    assert due(bare, days=1) == []
    done = bare.app.test_cli_runner().invoke(args=["sync", "woocommerce", "--store", "hops", "--type", "full"])
    assert done.exit_code == 0, done.output
    assert bare.value("SELECT progress -> 'done' FROM sync_logs ORDER BY id DESC LIMIT 1")[0] == "categories"
    assert (bare.value("SELECT retry_count FROM sync_logs ORDER BY id DESC LIMIT 1"), orders(bare)) == (0, 1)


# --- the lease --------------------------------------------------------------------------------------------


def test_run_is_kept_while_one_page_takes_many_requests(bare: Web) -> None:
    """A page with a hundred products that have variations."""
    shop = connected(bare.shop)
    shop.put("products", *(product(number, f"Shirt {number}", "", type="variable") for number in range(1, 101)))
    leases = set()

    def says(path: str, _: Params) -> Any:
        if path.endswith("/variations"):
            leases.add(bare.value("SELECT lease_until FROM sync_logs"))
            return []
        return None

    Between(bare, says)
    bare.sync(pace=Pace(told_every=0.0))

    assert len(leases) == 100


def test_runner_that_lost_its_run_hears_of_it_between_two_requests(bare: Web) -> None:
    shop = connected(bare.shop)
    shop.put("products", *(product(number, f"Shirt {number}", "", type="variable") for number in range(1, 101)))
    log_id = bare.begin()

    def says(path: str, _: Params) -> Any:
        if path == "products/50/variations":
            bare.rows("UPDATE sync_logs SET runner = %(other)s", other=str(bare.store_id))
        return [] if path.endswith("/variations") else None

    between = Between(bare, says)
    bare.run(log_id, pace=Pace(told_every=0.0))

    assert between.asked[-1] == "products/50/variations"


# --- how far is read --------------------------------------------------------------------------------------


def accounts(web: Web) -> int:
    return int(web.value("SELECT count(*) FROM web_customers"))


def test_new_accounts_behind_a_page_that_was_read_before_are_found(bare: Web) -> None:
    shop = connected(bare.shop)
    bare.sync()
    shop.put("customers", *(account(number, first_name="Ann") for number in range(101, 161)))

    def breaks(path: str, params: Params) -> None:
        if path == "customers" and params.get("offset"):
            raise AWAY

    bad = Between(bare, breaks)
    bare.run(bare.begin("incremental"), pace=QUICK)
    assert accounts(bare) == 20
    bare.app.extensions["woocommerce"] = bad.inner

    answered = bare.shop.post("/sync/woocommerce", {"type": "incremental"}, as_="owner")
    bare.run(UUID(answered.json["id"]))

    assert (accounts(bare), bare.value("SELECT cursors ->> 'customers' FROM web_shops")) == (60, "160")


def test_accounts_are_read_down_to_the_last_that_is_known(bare: Web) -> None:
    shop = connected(bare.shop)
    shop.put("customers", *(account(number, first_name="Ann") for number in range(1, 101)))
    bare.sync()
    shop.put("customers", *(account(number, first_name="Ann") for number in range(101, 112)))
    between = Between(bare, lambda *_: None)

    bare.sync("incremental")

    assert (accounts(bare), between.asked.count("customers")) == (111, 1)


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_cursor_is_never_ahead_of_our_own_clock(bare: Web, hours: int) -> None:
    """The Date of an answer is that of a proxy, whose clock is ahead of the one that dates changes."""
    shop = connected(bare.shop)
    shop.put("orders", order(1))

    def ahead(path: str, params: Params) -> Any:
        rows, total = shop.told(path, params)
        return Answer(rows, total, None, clock.now() + timedelta(hours=hours))

    Between(bare, ahead)
    bare.sync()
    shop.touch(1, date_modified_gmt=ago(), status="cancelled")
    bare.sync("incremental")

    assert bare.order(1)["status"] == "canceled"


@pytest.mark.parametrize(("told", "most"), [(20, 100), (500, 100), (None, 100), (60, 10)])
def test_list_is_read_to_its_end_whatever_is_told_of_it(bare: Web, told: int | None, most: int) -> None:
    """A total that was kept from another time; and a plugin that gives pages of ten, whatever is asked for."""
    shop = connected(bare.shop)
    shop.put("orders", *(order(number) for number in range(1, 61)))

    def says(path: str, params: Params) -> Any:
        rows, _ = shop.told(path, {**params, "per_page": min(int(params.get("per_page", 10)), most)})
        return Answer(rows, told, None, clock.now()) if path == "orders" else None

    Between(bare, says)
    for _ in range(2):
        bare.sync(pace=QUICK)
        assert bare.value("SELECT count(*) FROM orders WHERE source = 'woocommerce' AND status = 'open'") == 60


def test_shop_that_tells_the_same_page_for_ever_is_left_alone(bare: Web) -> None:
    shop = connected(bare.shop)
    shop.put("orders", *(order(number) for number in range(1, 61)))

    def says(path: str, params: Params) -> Any:
        return shop.told(path, {**params, "offset": 0, "page": 1})[0] if path == "orders" else None

    between = Between(bare, says)
    bare.sync(pace=QUICK)

    assert (between.asked.count("orders"), orders(bare)) == (2, 20)


# --- connecting, hints, and what is odd -------------------------------------------------------------------


def test_keys_are_renewed_though_the_newest_orders_are_gone(bare: Web) -> None:
    shop = connected(bare.shop)
    shop.put("orders", *(order(number) for number in range(1, 31)))
    bare.sync()
    for number in range(11, 31):
        del shop.things["orders"][number]

    renewed = bare.shop.request("PUT", "/sync/woocommerce", as_="owner", json={"url": shop.url, **KEYS})

    assert renewed.status_code == 200, renewed.text
    assert moved(bare).json["type"] == "/problems/another-shop"


def test_hint_of_a_shop_that_was_parted_from_is_let_go(bare: Web) -> None:
    connected(bare.shop)
    between = Between(bare, lambda *_: None)
    bare.shop.request("DELETE", "/sync/woocommerce", as_="owner")

    bare.look("orders", 1)

    assert between.asked == []


@pytest.mark.parametrize("parent", [None, 0, "", "../orders"])
def test_hint_about_a_variation_of_nothing_is_let_go(bare: Web, parent: Any) -> None:
    shop = connected(bare.shop)
    shop.put("products", product(10, "Cap", "20.00", type="variation", parent_id=parent))

    bare.look("products", 10)

    assert bare.value("SELECT count(*) FROM products WHERE wc_product_id IS NOT NULL") == 0


def test_hints_in_the_moment_of_a_sale_are_tried_again(bare: Web) -> None:
    """All are of one new person, whom each would make."""
    shop = connected(bare.shop)
    whose = billing(phone="+14155550111", first_name="Ann", email="ann@example.com")
    shop.put("orders", *(order(number, billing=whose) for number in range(1, 7)))

    def look(number: int) -> None:
        with bare.app.app_context():
            flows.look(bare.store_id, "orders", number)

    race([partial(look, number) for number in (1, 1, 2, 3, 4, 5, 6)])

    assert bare.rows("SELECT count(*), count(DISTINCT customer_id) FROM orders WHERE source = 'woocommerce'") == [
        (6, 1)
    ]
    assert bare.broken() == []


@pytest.mark.parametrize("bug", [ZeroDivisionError, InvalidOperation, TypeError, ValueError, KeyError, AttributeError])
def test_record_at_which_its_reader_breaks_is_left_out(bare: Web, bug: type[Exception]) -> None:
    class Notes(Resource):
        name = "orders"

        def take(self, batch: Batch, now: datetime) -> Found:
            found = Found(self.name)
            told.extend(self._read(found, batch, read_note))
            return found

    def read_note(raw: Any) -> int:
        if raw["id"] == 2:
            raise bug
        return int(raw["id"])

    told: list[int] = []
    connected(bare.shop)
    with transaction(bare.store_id):
        at = house(bare.store_id, actions.shop(), is_repairing=True)
    found = Notes(at).take(Batch([{"id": 1}, {"id": 2}, {"id": 3}]), clock.now())

    assert told == [1, 3]
    assert [(each.wc_id, each.reason, each.is_left_out) for each in found.problems.values()] == [
        (2, "odd_record", True)
    ]
