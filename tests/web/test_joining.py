"""A guest who is no member joins from the page of an order."""

import uuid
from typing import Any

from sqlalchemy import text
from werkzeug.test import TestResponse

from pos.db import db, transaction
from pos.web.guest import MOST_JOINS
from tests.checkout.counter import books, cancel, done, paid
from tests.client import Shop
from tests.loyalty.members import CARD, balance, joined, member, program
from tests.web import stripe_side as stripe
from tests.web.page import Page, guest_page
from tests.web.stripe_side import Order, path_of


def join(shop: Shop, order: Order, query: str = "") -> TestResponse:
    return shop.client.post(path_of(order, rest="/join" + query))


def is_offered(page: Page) -> bool:
    return any(form.endswith("/join") for form in page.forms)


def audited(shop: Shop, action: str) -> list[Any]:
    with transaction(uuid.UUID(shop.store_id)):
        found = text("SELECT actor, after ->> 'source' FROM audit_log WHERE store_id = :store AND action = :action")
        return list(db.session.execute(found, {"store": shop.store_id, "action": action}))


def test_guest_joins_and_keeps_the_points_of_a_paid_order(shop: Shop) -> None:
    order = shop.sell(**CARD)
    before = guest_page(shop, order)

    answer = join(shop, order)

    known, after = member(shop), Page(shop.client.get(answer.headers["Location"]))
    assert "This order brings 8 points . Join, and keep them." in before.text
    assert (answer.status_code, answer.headers["Location"]) == (303, path_of(order, rest="?joined=1"))
    assert "8 points earned with this order. You have 8 points now." in after.text
    assert f"Your TapPass ID is {known['tappass_id']} ." in after.text
    assert not is_offered(after)
    assert (known["source"], audited(shop, "member.join")) == ("web", [("guest", "web")])
    assert books(shop) == []


def test_whole_tappass_id_is_shown_to_who_has_just_joined_alone(shop: Shop) -> None:
    """It spends points at the counter, and links of orders are passed on."""
    member_since_long, order = joined(shop, "(415) 555-0133"), shop.sell(**CARD)
    theirs = shop.sell(phone="(415) 555-0133", **CARD)
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(text("UPDATE members SET joined_at = joined_at - interval '11 minutes'"))
    join(shop, order)

    def shown(order: Order, query: str = "") -> str:
        return Page(shop.client.get(path_of(order, rest=query))).text.partition("Your TapPass ID is ")[2].split()[0]

    new, old = member(shop)["tappass_id"], member_since_long["tappass_id"]
    assert [shown(order, "?joined=1"), shown(order)] == [new, f"TP-…{new[-4:]}"]
    assert [shown(theirs, "?joined=1"), shown(theirs)] == [f"TP-…{old[-4:]}"] * 2


def test_guest_of_an_unpaid_order_is_told_what_it_will_bring(shop: Shop) -> None:
    order = shop.sell()

    before = guest_page(shop, order)
    join(shop, order)
    paid(shop, order)

    assert "Once it is paid, this order brings 8 points . Join, and keep them." in before.text
    assert "8 points earned with this order." in guest_page(shop, order).text


def test_order_that_brings_nothing_offers_the_next_ones(shop: Shop) -> None:
    program(shop, joining_days=0)
    order = shop.sell(**CARD)

    page = guest_page(shop, order)

    assert "Join, and your next orders collect points." in page.text
    assert "these points" not in page.text
    assert is_offered(page)


def test_joining_twice_makes_one_member(shop: Shop) -> None:
    order, other = shop.sell(**CARD), shop.sell(**CARD)

    answers = [join(shop, order), join(shop, order), join(shop, other)]

    assert [answer.status_code for answer in answers] == [303] * 3
    assert balance(shop) == 16
    assert audited(shop, "member.join") == [("guest", "web")]


def test_joining_is_no_consent_to_marketing(shop: Shop) -> None:
    order = shop.sell(**CARD)

    join(shop, order)

    known = done(shop.get(f"/customers/{order['customer']['id']}"))
    assert known["marketing_consent"] is None
    assert done(shop.get(f"/customers/{known['id']}/consents"))["data"] == []


def test_walk_in_is_told_how_the_next_order_collects_points(shop: Shop) -> None:
    order = shop.sell(phone=None, walk_in=True, **CARD)

    page, answer = guest_page(shop, order), join(shop, order)

    assert not is_offered(page)
    assert "Give a phone number with your next order, and it collects TapPass points." in page.text
    assert answer.status_code == 422
    assert "Points are kept by phone number." in Page(answer).text
    assert path_of(order) in Page(answer).addresses


def test_canceled_order_offers_nothing(shop: Shop) -> None:
    order = shop.sell()
    cancel(shop, order)

    page, answer = guest_page(shop, order), join(shop, order)

    assert not is_offered(page)
    assert "TapPass" not in page.text
    assert (answer.status_code, "This order was canceled" in Page(answer).text) == (409, True)
    assert audited(shop, "member.join") == []


def test_merged_order_offers_nothing(shop: Shop) -> None:
    order, other = shop.sell(), shop.sell()
    headers = {"If-Match": f'"{order["version"]}"'}
    done(shop.post(f"/orders/{order['id']}/merge", {"order_id": other["id"]}, headers=headers), 201)

    assert not is_offered(guest_page(shop, other))
    assert join(shop, other).status_code == 409
    assert is_offered(guest_page(shop, order))


def test_joining_shows_neither_phone_nor_name(shop: Shop) -> None:
    order = shop.sell(phone="(415) 555-0187", name="Ada Lovelace", **CARD)

    answers = [join(shop, order), shop.client.get(path_of(order))]

    shown = "".join(answer.get_data(as_text=True) for answer in answers)
    assert [part for part in ("Ada", "Lovelace", "555", "0187", order["customer"]["id"]) if part in shown] == []


def test_wrong_link_makes_nobody_a_member(shop: Shop, other_shop: Shop) -> None:
    order, theirs = shop.sell(), other_shop.sell(phone="030 901820")
    token = path_of(theirs).rpartition("/")[2]

    answers = [shop.client.post(f"/{shop.slug}/o/{wrong}/join") for wrong in (token, stripe.unknown_token())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data == shop.client.get(path_of(order) + "x").data
    assert (audited(shop, "member.join"), audited(other_shop, "member.join")) == ([], [])


def test_guest_who_joins_again_and_again_is_told_to_wait(shop: Shop) -> None:
    order = shop.sell()

    answers = [join(shop, order) for _ in range(MOST_JOINS + 1)]

    assert [answer.status_code for answer in answers] == [303] * MOST_JOINS + [429]
    assert "Often enough" in Page(answers[-1]).text


def test_look_at_the_address_of_joining_is_a_look_at_the_order(shop: Shop) -> None:
    order = shop.sell()

    answer = shop.client.get(path_of(order, rest="/join?lang=es"))

    assert (answer.status_code, answer.headers["Location"]) == (303, path_of(order, rest="?lang=es"))
    assert audited(shop, "member.join") == []
