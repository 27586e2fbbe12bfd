"""How a guest pays by link: the button, the tip, the way to Stripe's page, the QR code, and what each state says."""

import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import segno
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos.checkout.links import BelowMinimum, LinksSwitchedOff, NoStripeAccount, NotInSteps
from pos.db import db, transaction
from pos.errors import ShopError, TooManyTries
from pos.http import problems
from pos.http.problems import Busy
from pos.orders.lifecycle import WrongState
from pos.payments.tender import NothingDue
from pos.web.guest import LATER, MOST_LINKS
from pos.web.refusals import as_page
from tests.checkout.counter import books, cancel, paid
from tests.client import Shop
from tests.operations import answered_bugs
from tests.web import stripe_side as stripe
from tests.web.page import Page, policy_of
from tests.web.stripe_side import CARD_PAGE, Order, path_of

COUNTER = "ay at the counter; give them the reference {reference}."


@pytest.fixture
def order(shop: Shop) -> Order:
    """$8.66 are due."""
    return shop.sell()


@pytest.fixture
def without_stripe(app: Flask) -> Iterator[None]:
    """An application of an installation that has no key."""
    gateway, app.extensions["stripe"] = app.extensions["stripe"], None
    yield
    app.extensions["stripe"] = gateway


def page(shop: Shop, path: str, status: int = 200) -> Page:
    answer = shop.client.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "private, no-store"
    return Page(answer)


def pay_forms(seen: Page) -> list[str]:
    """All but the one that makes a member."""
    return [form for form in seen.forms if not form.endswith("/join")]


def set_tip(shop: Shop, order: Order, **form: str) -> TestResponse:
    return shop.client.post(path_of(order, rest="/tip"), data=form)


def ask(shop: Shop, order: Order) -> TestResponse:
    return shop.client.post(path_of(order, "p"))


def leads_to(answer: TestResponse, status: int = 303) -> str:
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.headers["Location"]


# --- the order's page ----------------------------------------------------------------------------------------


def test_page_offers_to_pay_what_is_due(shop: Shop, order: Order) -> None:
    seen = page(shop, path_of(order))

    assert "Pay $8.66 by card" in seen.text
    assert path_of(order, "p") in seen.forms
    assert path_of(order, rest="/tip") in seen.forms
    assert path_of(order, "p", ".svg") in seen.addresses
    assert "10% $0.87" in seen.text
    assert f"Or p{COUNTER.format(**order)}" in seen.text
    assert seen.refresh is None


def test_page_shows_the_amount_with_the_tip_of_the_link(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order, tip=200)

    seen = page(shop, path_of(order))

    assert "Pay $10.66 by card" in seen.text
    assert "Now it is $2.00" in seen.text
    assert ("input", "2.00") in [(tag, attributes.get("value")) for tag, attributes in seen.tags]


def test_page_of_an_order_paid_in_part_asks_for_the_rest(shop: Shop, order: Order) -> None:
    paid(shop, order, amount=366)

    assert "Pay $5.00 by card" in page(shop, path_of(order)).text


def test_page_waits_for_the_bank_and_asks_for_nothing(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)
    stripe.pay(shop, order, "pending")

    seen = page(shop, path_of(order) + "?from=stripe&n=3")

    assert "Your bank is still confirming your payment." in seen.text
    assert seen.refresh == f"5; url={path_of(order)}"
    assert pay_forms(seen) == []


def test_page_of_a_bank_that_said_no_offers_another_try(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order, tip=100)
    stripe.make_page(shop, order)
    stripe.pay(shop, order, "pending")
    stripe.pay(shop, order, "failed")

    seen = page(shop, path_of(order))

    assert "The card payment did not go through. Nothing was charged. Try it once more" in seen.text
    assert "Pay $9.66 by card" in seen.text
    assert seen.refresh is None


def test_page_of_a_link_that_stripe_refused_sends_to_the_counter(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.refuse_page(shop, order)

    seen = page(shop, path_of(order))

    assert "The card payment did not go through." in seen.text
    assert f"Please p{COUNTER.format(**order)}" in seen.text
    assert "Your account" not in seen.text
    assert pay_forms(seen) == []
    assert leads_to(shop.client.get(path_of(order, "p"))) == path_of(order)


def test_page_of_what_was_paid_by_link_says_thanks(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order, tip=134)
    stripe.make_page(shop, order)
    stripe.pay(shop, order)

    seen = page(shop, path_of(order) + "?from=stripe")

    assert "Paid. Thank you!" in seen.text
    assert "Tip $1.34 Total $10.00 Paid $10.00" in seen.text
    assert (pay_forms(seen), seen.refresh) == ([], None)
    assert books(shop) == []


def test_page_of_an_unpaid_order_does_not_say_thanks(shop: Shop, order: Order) -> None:
    assert "Thank you" not in page(shop, path_of(order)).text


def test_page_tells_what_goes_back_to_the_card(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)
    stripe.pay(shop, order)
    cancel(shop, order, as_="owner", refund=True)

    seen = page(shop, path_of(order))

    assert "This order was canceled." in seen.text
    assert "$8.66 goes back to your card." in seen.text
    assert "Thank you" not in seen.text
    assert pay_forms(seen) == []


def test_page_of_a_double_payment_tells_that_it_goes_back(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)
    paid(shop, order)
    stripe.pay(shop, order)

    seen = page(shop, path_of(order))

    assert "Paid. Thank you!" in seen.text
    assert "$8.66 goes back to your card." in seen.text
    assert "more than was due" not in seen.text


def test_page_without_stripe_sends_to_the_counter(shop: Shop, order: Order, without_stripe: None) -> None:
    seen = page(shop, path_of(order))

    assert f"Please p{COUNTER.format(**order)}" in seen.text
    assert pay_forms(seen) == []


def test_page_of_a_store_without_account_sends_to_the_counter(other_shop: Shop) -> None:
    stripe.close_account(other_shop)
    order = other_shop.sell(phone="030 901820")

    seen = page(other_shop, path_of(order))

    assert f"Please p{COUNTER.format(**order)}" in seen.text
    assert pay_forms(seen) == []


def test_page_of_too_little_for_a_card_sends_to_the_counter(shop: Shop) -> None:
    order = shop.sell()
    paid(shop, order, amount=866 - 49)

    assert pay_forms(page(shop, path_of(order))) == []


# --- back from Stripe ----------------------------------------------------------------------------------------


def test_page_looks_again_after_stripe_sent_the_guest_back(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)

    first = page(shop, path_of(order) + "?from=stripe")
    last = page(shop, path_of(order) + "?from=stripe&n=19")
    over = page(shop, path_of(order) + "?from=stripe&n=20")

    assert first.refresh == f"3; url={path_of(order)}?from=stripe&n=1"
    assert last.refresh == f"3; url={path_of(order)}?from=stripe&n=20"
    assert over.refresh is None
    assert ("Pay $8.66" in first.text, "Pay $8.66" in over.text) == (False, True)
    assert "Thank you" not in first.text


@pytest.mark.parametrize("n", ["", "-1", "1e1", "999999999999", "x", "²", "%F0%9F%8D%BA", "20&n=1"])
def test_count_that_is_not_ours_ends_the_looking(shop: Shop, order: Order, n: str) -> None:
    stripe.ask_for_link(shop, order)

    assert page(shop, f"{path_of(order)}?from=stripe&n={n}").refresh is None


@pytest.mark.parametrize("query", ["?from=stripe", "?from=paypal", "?paid=1", "?n=3"])
def test_address_alone_makes_nobody_wait_or_thanked(shop: Shop, order: Order, query: str) -> None:
    seen = page(shop, path_of(order) + query)

    assert seen.refresh is None
    assert "Thank you" not in seen.text
    assert "Pay $8.66 by card" in seen.text


# --- to Stripe -----------------------------------------------------------------------------------------------


def test_pay_button_asks_for_one_link_however_often(shop: Shop, order: Order) -> None:
    answers = [ask(shop, order) for _ in range(3)]

    assert {leads_to(answer) for answer in answers} == {path_of(order, "p", "?n=0")}
    assert stripe.links_of(shop, order) == [(1, "creating", 866, 0)]
    assert jobs() == ["checkout.make_link"]


def test_register_sees_the_link_that_a_guest_asked_for(shop: Shop, order: Order) -> None:
    ask(shop, order)

    assert shop.get(f"/orders/{order['id']}").json["payment_link"]["url"].endswith(path_of(order, "p"))


def test_pay_address_asks_again_until_the_page_is_there(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)

    waiting = page(shop, path_of(order, "p"))
    assert waiting.refresh == f"2; url={path_of(order, 'p')}?n=1"
    assert page(shop, path_of(order, "p", "?n=14")).refresh == f"2; url={path_of(order, 'p')}?n=15"

    stripe.make_page(shop, order)
    assert leads_to(shop.client.get(path_of(order, "p", "?n=1")), 302) == CARD_PAGE
    assert leads_to(shop.client.get(path_of(order, "p")), 302) == CARD_PAGE


def test_pay_address_gives_up_in_the_end_and_says_what_to_do(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)

    seen = page(shop, path_of(order, "p", "?n=15"))

    assert seen.refresh is None
    assert f"Or p{COUNTER.format(**order)}" in seen.text
    assert path_of(order, "p") in seen.addresses


def test_form_is_never_redirected_elsewhere(shop: Shop, order: Order) -> None:
    """The policy's form-action holds for all redirects of a form: Chromium would stop at Stripe's page."""
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)

    answer = ask(shop, order)
    between = shop.client.get(leads_to(answer))

    assert policy_of(shop.client.get(path_of(order)))["form-action"] == ["'self'"]
    assert between.status_code == 200
    assert Page(between).refresh == f"0; url={path_of(order, 'p')}?n=1"


def test_pay_address_without_a_link_offers_the_button(shop: Shop, order: Order) -> None:
    seen = page(shop, path_of(order, "p"))

    assert seen.forms == [path_of(order, "p")]
    assert "Pay $8.66 by card" in seen.text
    assert stripe.links_of(shop, order) == []


def test_link_that_was_withdrawn_is_asked_for_anew(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)
    stripe.withdraw(shop, order)

    assert page(shop, path_of(order, "p")).forms == [path_of(order, "p")]
    ask(shop, order)
    assert stripe.links_of(shop, order) == [(1, "canceled", 866, 0), (2, "creating", 866, 0)]


@pytest.mark.parametrize("status", ["pending", "succeeded"])
def test_pay_address_of_what_is_paid_or_about_to_be_leads_to_the_order(shop: Shop, order: Order, status: str) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)
    stripe.pay(shop, order, status)

    assert leads_to(shop.client.get(path_of(order, "p"))) == path_of(order)


def test_pay_address_of_a_canceled_order_leads_to_the_order(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)
    cancel(shop, order)

    assert leads_to(shop.client.get(path_of(order, "p"))) == path_of(order)


def test_no_link_beside_a_payment_on_its_way(shop: Shop, order: Order) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order)
    stripe.pay(shop, order, "pending")
    stripe.withdraw(shop, order)

    assert leads_to(ask(shop, order)) == path_of(order, "p", "?n=0")
    assert leads_to(set_tip(shop, order, tip="1")) == path_of(order)
    assert stripe.links_of(shop, order) == [(1, "canceled", 866, 0)]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//elsewhere.example", ""])
def test_guest_is_sent_to_pages_only(shop: Shop, order: Order, address: str) -> None:
    stripe.ask_for_link(shop, order)
    stripe.make_page(shop, order, address)

    answer = shop.client.get(path_of(order, "p"))

    assert answer.status_code == 200
    assert "Location" not in answer.headers


def test_redirects_are_not_built_from_the_host_of_the_request(shop: Shop, order: Order) -> None:
    hosted = {"headers": {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}}

    answers = [
        shop.client.post(path_of(order, "p"), **hosted),
        shop.client.get(path_of(order, "p"), **hosted),
        shop.client.get(path_of(order, "p", ".svg"), **hosted),
        shop.client.get(path_of(order), **hosted),
    ]

    assert [answer.status_code for answer in answers] == [303, 200, 200, 200]
    assert answers[0].headers["Location"].startswith("/hops/p/")
    assert not any("evil" in answer.get_data(as_text=True) for answer in answers)


# --- the tip -------------------------------------------------------------------------------------------------


def test_tip_makes_the_next_attempt(shop: Shop, order: Order) -> None:
    assert leads_to(set_tip(shop, order, percent="10")) == path_of(order)
    assert leads_to(set_tip(shop, order, tip="2,50")) == path_of(order)
    set_tip(shop, order, tip="2.5")
    set_tip(shop, order, tip="0")

    assert stripe.links_of(shop, order) == [
        (1, "canceled", 953, 87),
        (2, "canceled", 1116, 250),
        (3, "creating", 866, 0),
    ]
    assert books(shop) == []


def test_tip_stays_with_the_pay_button(shop: Shop, order: Order) -> None:
    set_tip(shop, order, tip="1.34")

    ask(shop, order)

    assert stripe.links_of(shop, order) == [(1, "creating", 1000, 134)]


@pytest.mark.parametrize(
    ("form", "advice"),
    [
        ({"tip": "two"}, "Write the tip like 2.50, or 0 for none."),
        ({"tip": ""}, "Write the tip like 2.50"),
        ({}, "Write the tip like 2.50"),
        ({"tip": "1\0"}, "Write the tip like 2.50"),
        ({"tip": "-1"}, "Write the tip like 2.50"),
        ({"tip": "1,000"}, "Write the tip like 2.50"),
        ({"tip": '"><script>'}, "Write the tip like 2.50"),
        ({"tip": "8.67"}, "By card a tip is $8.66 at most."),
        ({"tip": "999999999999"}, "By card a tip is $8.66 at most."),
        ({"percent": "100"}, "Choose one of the percentages"),
        ({"percent": "ten", "tip": "1"}, "Choose one of the percentages"),
    ],
)
def test_tip_that_is_not_taken_is_said_beside_the_field(
    shop: Shop, order: Order, form: dict[str, str], advice: str
) -> None:
    answer = set_tip(shop, order, **form)
    seen = Page(answer)
    [field] = [attributes for tag, attributes in seen.tags if tag == "input"]

    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert advice in seen.text
    assert (field["value"] or "") == form.get("tip", "")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] in [attributes.get("id") for _, attributes in seen.tags]
    assert (seen.refresh, stripe.links_of(shop, order)) == (None, [])


def test_all_of_what_is_due_may_be_the_tip(shop: Shop, order: Order) -> None:
    leads_to(set_tip(shop, order, tip="8.66"))

    assert stripe.links_of(shop, order) == [(1, "creating", 1732, 866)]


def test_look_at_the_tip_address_is_a_look_at_the_order(shop: Shop, order: Order) -> None:
    assert leads_to(shop.client.get(path_of(order, rest="/tip"))) == path_of(order)


# --- the QR code ---------------------------------------------------------------------------------------------


def test_qr_code_is_of_the_absolute_pay_address(app: Flask, shop: Shop, order: Order) -> None:
    answer = shop.client.get(path_of(order, "p", ".svg"))
    address = app.config["PUBLIC_BASE_URL"] + path_of(order, "p")

    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    assert drawn(address) in answer.get_data(as_text=True)
    assert drawn(address + "x") not in answer.get_data(as_text=True)
    assert 'fill="#fff"' in answer.get_data(as_text=True)


def test_qr_code_stays_when_the_order_is_paid(shop: Shop) -> None:
    assert shop.client.get(path_of(shop.sell(payment={"method": "card"}), "p", ".svg")).status_code == 200


def drawn(address: str) -> str:
    """The path that draws the dark modules of a code."""
    image = io.BytesIO()
    segno.make(address, error="m", micro=False).save(image, kind="svg", xmldecl=False, svgns=False, lineclass=None)
    return image.getvalue().decode().partition(' d="')[2].partition('"')[0]


# --- refusals ------------------------------------------------------------------------------------------------


def test_pay_button_of_a_paid_order_is_refused_in_words(shop: Shop) -> None:
    order = shop.sell(payment={"method": "card"})

    refused(ask(shop, order), 409, "Nothing is due", order)
    refused(set_tip(shop, order, tip="1"), 409, "Nothing is due", order)


def test_pay_button_of_a_canceled_order_is_refused_in_words(shop: Shop, order: Order) -> None:
    cancel(shop, order)

    refused(ask(shop, order), 409, "This order was canceled", order)


def test_pay_button_of_too_little_is_refused_in_words(shop: Shop, order: Order) -> None:
    paid(shop, order, amount=866 - 49)

    refused(ask(shop, order), 422, "Too little for a card", order)
    refused(set_tip(shop, order, tip="0"), 422, "Too little for a card", order)


def test_pay_button_without_stripe_is_refused_in_words(shop: Shop, order: Order, without_stripe: None) -> None:
    refused(ask(shop, order), 422, "No cards by link", order)


def test_pay_button_of_a_store_without_account_is_refused_in_words(other_shop: Shop) -> None:
    stripe.close_account(other_shop)
    order = other_shop.sell(phone="030 901820")

    refused(ask(other_shop, order), 422, "No cards by link", order)


def test_guest_who_asks_again_and_again_is_told_to_wait(shop: Shop, order: Order) -> None:
    for number in range(1, MOST_LINKS):
        leads_to(set_tip(shop, order, tip=f"0.{number:02}"))
    ask(shop, order)
    before, other = stripe.links_of(shop, order), shop.sell()

    for answer in (set_tip(shop, order, tip="1"), ask(shop, order)):
        refused(answer, 429, "Often enough", order)
        assert "Wait a quarter of an hour, or pay at the counter." in Page(answer).text

    assert stripe.links_of(shop, order) == before
    assert before[-1] == (MOST_LINKS - 1, "creating", 895, 29)
    assert pay_forms(page(shop, path_of(order))) != []
    assert leads_to(ask(shop, other)) == path_of(other, "p", "?n=0")
    assert stripe.ask_for_link(shop, order, tip=100)["tip"] == 100
    assert books(shop) == []


def test_guest_who_has_waited_may_ask_again(shop: Shop, order: Order) -> None:
    for _ in range(MOST_LINKS + 1):
        answer = ask(shop, order)
    assert answer.status_code == 429
    with transaction(None):
        db.session.execute(text("UPDATE failed_attempts SET window_started_at = window_started_at - interval '15 min'"))

    assert leads_to(ask(shop, order)) == path_of(order, "p", "?n=0")


def test_bug_is_a_page_with_the_request_id(app: Flask, shop: Shop, order: Order) -> None:
    gateway = app.extensions.pop("stripe")
    try:
        with answered_bugs(app):
            answer = ask(shop, order)
    finally:
        app.extensions["stripe"] = gateway

    refused(answer, 500, "That is our fault", order)
    assert answer.headers["X-Request-Id"] in Page(answer).text


@pytest.mark.parametrize(
    ("refusal", "status", "words"),
    [
        (NothingDue(), 409, "This order is paid."),
        (WrongState(what="order", state="canceled", event="paid by link"), 409, "There is nothing to pay."),
        (BelowMinimum(least=50, currency="USD", amount=49), 422, "Please pay at the counter."),
        (NotInSteps(step=10, currency="KWD", amount=1005), 422, "Please pay at the counter."),
        (NoStripeAccount(), 422, "Please pay at the counter."),
        (LinksSwitchedOff(), 422, "Please pay at the counter."),
        (Busy(), 503, "try again in a moment"),
        (TooManyTries(then=LATER), 429, "or pay at the counter."),
    ],
)
def test_each_refusal_has_words_for_guests(app: Flask, refusal: ShopError, status: int, words: str) -> None:
    with app.test_request_context("/hops/p/token", method="POST"):
        answer = as_page(problems.refuse(refusal))

    shown = Page(answer)  # type: ignore[arg-type]
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert words in shown.text
    assert str(refusal) not in shown.text
    assert "/hops/o/token" in shown.addresses
    assert ("Retry-After" in answer.headers) is (status in (429, 503))


def refused(answer: TestResponse, status: int, title: str, order: Order) -> None:
    seen = Page(answer)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert title in seen.text
    assert path_of(order) in seen.addresses
    assert policy_of(answer)["default-src"] == ["'none'"]
    assert answer.headers["Cache-Control"] == "private, no-store"


# --- what holds for all of it --------------------------------------------------------------------------------


def test_no_look_changes_anything(shop: Shop, order: Order) -> None:
    live = shop.sell()
    stripe.ask_for_link(shop, live)
    stripe.make_page(shop, live)
    before = everything(shop)

    for each in (order, live):
        for path in (
            path_of(each),
            path_of(each, rest="?from=stripe&n=1"),
            path_of(each, rest="/tip"),
            path_of(each, rest="/tip?tip=5&percent=10"),
            path_of(each, "p"),
            path_of(each, "p", "?n=0"),
            path_of(each, "p", "?n=15"),
            path_of(each, "p", ".svg"),
        ):
            assert shop.client.get(path).status_code < 400, path
            assert shop.client.head(path).status_code < 400, path

    assert everything(shop) == before
    ask(shop, order)
    assert everything(shop) != before


@pytest.mark.parametrize("kind", ["unknown", "theirs", "store"])
def test_wrong_links_change_nothing_and_are_not_found(shop: Shop, other_shop: Shop, order: Order, kind: str) -> None:
    token, slug = path_of(order).rpartition("/")[2], shop.slug
    if kind == "theirs":
        token = path_of(other_shop.sell(phone="030 901820")).rpartition("/")[2]
    elif kind == "unknown":
        token = stripe.unknown_token()
    else:
        slug = other_shop.slug
    before = everything(shop), everything(other_shop), tries()

    answers = [
        shop.client.post(f"/{slug}/p/{token}"),
        shop.client.post(f"/{slug}/o/{token}/tip", data={"tip": "1"}),
        shop.client.get(f"/{slug}/p/{token}"),
        shop.client.get(f"/{slug}/o/{token}"),
        shop.client.get(f"/{slug}/p/{token}.svg"),
    ]

    assert [(answer.status_code, answer.mimetype) for answer in answers] == [(404, "text/html")] * 5
    assert len({answer.get_data() for answer in answers}) == 1
    assert (everything(shop), everything(other_shop), tries()) == before


def test_pages_name_nobody(shop: Shop) -> None:
    order = shop.sell(phone="(415) 555-0187", name="Ada Lovelace", note="for Ada")
    stripe.ask_for_link(shop, order)

    for path in (path_of(order), path_of(order, "p"), path_of(order, "p", "?n=15"), path_of(order, "p", ".svg")):
        shown = shop.client.get(path).get_data(as_text=True)
        assert [part for part in ("Ada", "Lovelace", "0187", order["customer"]["id"]) if part in shown] == [], path


def test_fields_have_labels_and_buttons_have_words(shop: Shop, order: Order) -> None:
    seen = page(shop, path_of(order))
    labeled = {attributes.get("for") for tag, attributes in seen.tags if tag == "label"}
    fields = [attributes for tag, attributes in seen.tags if tag == "input"]
    images = [attributes for tag, attributes in seen.tags if tag == "img"]

    assert [field["id"] for field in fields if field["id"] not in labeled] == []
    assert (len(fields), len(images)) == (1, 1)
    assert all(image["alt"] for image in images)
    assert all(attributes.get("type") == "module" for tag, attributes in seen.tags if tag == "script")
    assert [tag for tag, _ in seen.tags if tag == "h1"] == ["h1"]


def everything(shop: Shop) -> list[Any]:
    """The rows that a payment by link could touch."""
    tables = ("orders", "payment_links", "payments", "refunds", "attention_items", "audit_log", "customers")
    with transaction(uuid.UUID(shop.store_id)):
        rows: list[Any] = [
            db.session.execute(text(f"SELECT * FROM {table} WHERE store_id = :store ORDER BY id"), {"store": shop.store_id}).all()
            for table in tables
        ]  # fmt: skip
        return [*rows, jobs_in_transaction()]


def tries() -> list[Any]:
    """What is counted against somebody."""
    with transaction(None):
        return list(db.session.execute(text("SELECT key, attempt_count FROM failed_attempts ORDER BY key")))


def jobs() -> list[str]:
    with transaction(None):
        return jobs_in_transaction()


def jobs_in_transaction() -> list[str]:
    return list(db.session.scalars(text("SELECT task_name FROM procrastinate_jobs ORDER BY id")))
