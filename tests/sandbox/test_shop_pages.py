"""The web shop's page: plain forms with which a guest orders and the owner acts."""

import pytest
from flask.testing import FlaskClient

from pos.sandbox.shop import acts, site
from pos.sandbox.shop.acts import Wanted
from pos.sandbox.shop.shelf import Goods
from tests.sandbox.shopping import Shopping

PAGE = "/_sandbox/shop"
AS_PAGE = {"Accept": "text/html"}


@pytest.fixture
def client(shopping: Shopping) -> FlaskClient:
    return shopping.app.test_client()


@pytest.fixture
def glass(shopping: Shopping) -> int:
    return shopping.act(acts.add_product, Goods("Glass &amp; Co", "GLASS", 1000, stock=10))


def test_empty_shop_is_stocked_once(shopping: Shopping, client: FlaskClient) -> None:
    assert "Stock the shop" in client.get(PAGE).text

    for _ in range(2):
        assert client.post(f"{PAGE}/fill", headers=AS_PAGE).status_code == 303

    page = client.get(PAGE).text
    assert "Stock the shop" not in page
    assert len(shopping.every("products")) == 40


def test_page_shows_keys_and_requests(shopping: Shopping, client: FlaskClient) -> None:
    shopping.get("orders", per_page=3)
    shopping.ask("orders", consumer_key="ck_leaked", consumer_secret="cs_leaked")

    page = client.get(PAGE).text

    assert all(key in page for key in [*site.keys(), site.url()])
    assert "GET /orders" in page
    assert "per_page=3" in page
    assert "leaked" not in page


def test_guest_orders_by_the_form(shopping: Shopping, client: FlaskClient, glass: int) -> None:
    form = {
        "product": glass, "quantity": 2, "first_name": "Ines", "phone": "(415) 555-0132", "shipping": "5.90", "is_paid": "on",
    }  # fmt: skip

    answered = client.post(f"{PAGE}/orders", data=form, headers=AS_PAGE)
    [order] = shopping.get("orders")

    assert (answered.status_code, answered.location) == (303, f"{PAGE}#order-{order['id']}")
    assert (order["status"], order["billing"]["phone"], order["shipping_total"]) == (
        "processing",
        "(415) 555-0132",
        "5.90",
    )
    assert "Ines (415) 555-0132" in client.get(PAGE).text


def test_owner_acts_by_buttons(shopping: Shopping, client: FlaskClient, glass: int) -> None:
    number = shopping.act(acts.place, Wanted([(glass, 2)]))
    seen = []

    for act in ("pay", "complete", "refund", "trash", "restore", "cancel"):
        form = {"amount": "1.00"} if act == "refund" else {}
        assert client.post(f"{PAGE}/orders/{number}/{act}", data=form).json == {"id": number}
        seen.append(shopping.get(f"orders/{number}")["status"])
    assert client.post(f"{PAGE}/orders/{number}/delete", headers=AS_PAGE).location == f"{PAGE}#orders"

    assert seen == ["processing", "completed", "completed", "trash", "completed", "cancelled"]
    assert shopping.ask(f"orders/{number}").status_code == 404


def test_shelves_and_accounts_by_forms(shopping: Shopping, client: FlaskClient, glass: int) -> None:
    client.post(f"{PAGE}/products/{glass}", data={"price": "12.5", "stock": "3", "name": "Goblet"})
    made = client.post(f"{PAGE}/customers", data={"first_name": "Emre", "email": "e@example.com"}).json

    changed = shopping.get(f"products/{glass}")
    assert [changed[name] for name in ("name", "price", "stock_quantity")] == ["Goblet", "12.50", 3]
    assert shopping.get(f"customers/{made['id']}")["first_name"] == "Emre"
    client.post(f"{PAGE}/products/{glass}/delete")
    assert shopping.ask(f"products/{glass}").status_code == 404


def test_webhook_by_the_form_leads_to_this_installation(shopping: Shopping, client: FlaskClient) -> None:
    client.post(f"{PAGE}/webhook", data={"slug": "hops", "secret": "abc"})

    assert {url for url, _, _ in shopping.deliver()} == {"http://127.0.0.1:8000/webhooks/woocommerce/hops"}
    assert "/webhooks/woocommerce/hops" in client.get(PAGE).text


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("orders", {"product": "1", "quantity": "1"}, 404),
        ("orders", {"product": "x", "quantity": "1"}, 422),
        ("orders", {"product": "1", "quantity": "0"}, 422),
        ("orders", {"product": "1", "quantity": "1", "shipping": "much"}, 422),
        ("orders", {"product": "1", "quantity": "1", "first_name": "x" * 501}, 422),
        ("orders/1/pay", {}, 404),
        ("orders/1/eat", {}, 404),
        ("products/1", {"price": "1"}, 404),
        ("webhook", {"slug": "hops"}, 422),
        ("webhook", {"slug": "../x", "secret": "s"}, 422),
    ],
)
def test_odd_form_is_refused(client: FlaskClient, path: str, form: dict[str, str], status: int) -> None:
    assert client.post(f"{PAGE}/{path}", data=form).status_code == status
