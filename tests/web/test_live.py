"""A page that is open asks whether there is news, and is answered shortly if there is none."""

import pytest
from werkzeug.test import TestResponse

from tests.checkout.counter import make, paid
from tests.client import Shop
from tests.loyalty.members import program
from tests.web import stripe_side as stripe
from tests.web.page import Page
from tests.web.stripe_side import Order, path_of


@pytest.fixture
def order(shop: Shop) -> Order:
    return shop.sell()


def look(shop: Shop, order: Order, version: str | None, query: str = "", **headers: str) -> TestResponse:
    known = {"If-None-Match": f'"{version}"'} if version else {}
    return shop.client.get(path_of(order) + query, headers={**known, **headers})


def version_of(answer: TestResponse) -> str | None:
    """What the page says of itself while it is live."""
    [main] = [attributes for tag, attributes in Page(answer).tags if tag == "main"]
    return main.get("data-version")


def test_page_that_is_as_it_was_is_not_sent_again(shop: Shop, order: Order) -> None:
    first = look(shop, order, None)
    version = version_of(first)
    again = look(shop, order, version)

    assert first.headers["ETag"] == f'"{version}"'
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", f'"{version}"')
    assert again.headers["Cache-Control"] == "private, no-store"


def test_page_changes_its_version_with_whatever_it_shows(shop: Shop, order: Order) -> None:
    version = version_of(look(shop, order, None))
    acts = [
        lambda: stripe.ask_for_link(shop, order, tip=100),
        lambda: stripe.make_page(shop, order),
        lambda: shop.post(f"/orders/{order['id']}/lines", {"items": [{"sku": "IPA", "quantity": 1}]}),
        lambda: make(shop, order, "reserved"),
        lambda: program(shop, accrual={"spend": {"points": 1, "per": 200}}),
        lambda: shop.client.post(path_of(order, rest="/join")),
        lambda: paid(shop, order),
    ]

    for number, act in enumerate(acts):
        act()
        answer = look(shop, order, version)
        assert answer.status_code == 200, number
        version = version_of(answer)
        assert look(shop, order, version).status_code == 304, number


def test_other_language_is_another_version(shop: Shop, order: Order) -> None:
    version = version_of(look(shop, order, None))

    spanish = [look(shop, order, version, "?lang=es"), look(shop, order, version, **{"Accept-Language": "es"})]

    assert [answer.status_code for answer in spanish] == [200, 200]
    assert "Accept-Language" in spanish[0].headers["Vary"]


def test_page_offers_to_pay_again_when_it_has_looked_long_enough(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    version = version_of(look(shop, order, None, "?from=stripe"))

    waiting, over = (look(shop, order, version, f"?from=stripe&n={n}") for n in (19, 20))

    assert waiting.status_code == 304
    assert over.status_code == 200
    assert "Pay $8.66 by card" in Page(over).text


def test_page_is_live_until_the_order_is_closed(shop: Shop, order: Order) -> None:
    paid(shop, order)
    made = look(shop, order, None)
    make(shop, order, "completed")
    closed = look(shop, order, None)

    assert version_of(made)
    assert "/_static/guest.js" in Page(made).addresses
    assert version_of(closed) is None
    assert "/_static/guest.js" not in Page(closed).addresses


def test_page_that_shows_a_refused_tip_stays_as_it_is(shop: Shop, order: Order) -> None:
    answer = shop.client.post(path_of(order, rest="/tip"), data={"tip": "two"})

    assert version_of(answer) is None
    assert "ETag" not in answer.headers


def test_refresh_is_for_browsers_without_scripts(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)
    stripe.pay(shop, order, "pending")

    shown = look(shop, order, None).get_data(as_text=True)

    assert '<noscript><meta http-equiv="refresh"' in shown
