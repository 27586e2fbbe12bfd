"""What a payer sees and does, and what comes of it at Stripe's."""

import re
from typing import Any

import pytest

from pos.db import transaction
from pos.sandbox.models import SandboxObject
from pos.sandbox.payments import SandboxRefused
from pos.sandbox.records import find
from pos.sandbox.tasks import settle_session
from tests.sandbox.conftest import ACCOUNT, Stand

BACK = {"type": "redirect", "redirect": {"url": "http://127.0.0.1:8000/hops/p/t/done?s={CHECKOUT_SESSION_ID}"}}
PAID = [
    "payment_intent.created", "checkout.session.completed", "payment_link.updated", "payment_intent.succeeded",
    "charge.succeeded",
]  # fmt: skip


def session_of(stand: Stand, session: str) -> Any:
    return stand.ask("GET", f"checkout/sessions/{session}")[1]


def intent_of(stand: Stand, session: str) -> Any:
    return stand.ask("GET", f"payment_intents/{session_of(stand, session)['payment_intent']}")[1]


def test_page_shows_what_is_to_be_paid_and_that_it_is_no_real_money(stand: Stand) -> None:
    link = stand.link(amount=4638)

    page = stand.client.get(f"/_sandbox/pay/{link['id']}")

    assert page.status_code == 200
    assert "Sandbox: no real money" in page.text
    assert "46.38 USD" in page.text
    assert "Order K7QXR9" in page.text
    assert re.findall(r'name="outcome" value="(\w+)"', page.text) == ["pay", "decline", "later", "twice"]
    assert re.findall(r'name="session" value="(\w+)"', page.text) == stand.truth()["sessions"]["open"]
    assert "<script" not in page.text
    assert "style=" not in page.text


def test_pay_completes_the_session_and_moves_the_money(stand: Stand) -> None:
    link = stand.link(after_completion=BACK)
    session = stand.visit(link)
    before = stand.types()

    answered = stand.act(link, "pay", session)

    assert (answered.status_code, answered.location) == (303, f"http://127.0.0.1:8000/hops/p/t/done?s={session}")
    paid, intent = session_of(stand, session), intent_of(stand, session)
    assert (paid["status"], paid["payment_status"], paid["payment_link"]) == ("complete", "paid", link["id"])
    assert (paid["amount_total"], paid["currency"]) == (800, "usd")
    assert paid["customer_details"]["email"].endswith("@sandbox.example")
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 800)
    assert stand.types()[len(before) :] == PAID


def test_metadata_goes_where_stripe_puts_it(stand: Stand) -> None:
    link = stand.link(payment_intent_data={"metadata": {"link_id": "of the intent"}, "description": "Order K7QXR9"})
    session = stand.visit(link)
    stand.act(link, "pay", session)

    intent = intent_of(stand, session)
    charge = stand.ask("GET", f"charges/{intent['latest_charge']}")[1]

    assert session_of(stand, session)["metadata"] == link["metadata"]
    assert intent["metadata"] == charge["metadata"] == {"link_id": "of the intent"}
    assert (charge["description"], charge["payment_intent"]) == ("Order K7QXR9", intent["id"])


def test_without_a_redirect_the_payer_is_thanked(stand: Stand) -> None:
    link = stand.link()

    answered = stand.act(link, "pay")

    assert answered.status_code == 303
    page = stand.client.get(answered.location)
    assert (page.status_code, "Thank you" in page.text) == (200, True)


def test_link_is_off_once_it_was_paid_as_often_as_it_may(stand: Stand) -> None:
    link = stand.link(limit=2)
    stand.act(link, "pay")
    between = stand.ask("GET", f"payment_links/{link['id']}")[1]
    stand.act(link, "pay")

    after = stand.ask("GET", f"payment_links/{link['id']}")[1]
    refused = stand.act(link, "pay")

    assert (between["active"], between["restrictions"]["completed_sessions"]["count"]) == (True, 1)
    assert (after["active"], after["restrictions"]["completed_sessions"]["count"]) == (False, 2)
    assert (refused.status_code, "no longer active" in refused.text) == (410, True)
    assert stand.truth()["payments"]["count"] == 2


def test_decline_leaves_the_session_open_for_another_try(stand: Stand) -> None:
    link = stand.link()
    session = stand.visit(link)

    answered = stand.act(link, "decline", session)

    assert (answered.status_code, "Your card was declined" in answered.text) == (200, True)
    first = intent_of(stand, session)
    assert (first["status"], first["last_payment_error"]["code"]) == ("requires_payment_method", "card_declined")
    assert session_of(stand, session)["status"] == "open"
    assert stand.types()[-1] == "payment_intent.payment_failed"
    assert stand.act(link, "pay", session).status_code == 303
    assert intent_of(stand, session)["id"] == first["id"]
    assert stand.truth()["payments"]["amount"] == 800


@pytest.mark.parametrize(
    ("outcome", "status", "payment_status", "told"),
    [
        ("later_succeeds", "succeeded", "paid", "checkout.session.async_payment_succeeded"),
        ("later_fails", "requires_payment_method", "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_slow_payment_is_decided_by_hand(
    stand: Stand, outcome: str, status: str, payment_status: str, told: str
) -> None:
    link = stand.link()
    session = stand.visit(link)
    answered = stand.act(link, "later", session)
    waiting, page = session_of(stand, session), stand.client.get(answered.location)

    stand.act(link, outcome, session)

    assert (waiting["status"], waiting["payment_status"]) == ("complete", "unpaid")
    assert re.findall(r'value="(later_\w+)"', page.text) == ["later_succeeds", "later_fails"]
    assert intent_of(stand, session)["status"] == status
    assert session_of(stand, session)["payment_status"] == payment_status
    assert told in stand.types()
    assert stand.act(link, "later_succeeds", session).status_code == 410
    assert stand.truth()["payments"]["count"] == (1 if payment_status == "paid" else 0)


def test_slow_payment_succeeds_by_itself_once(stand: Stand) -> None:
    link = stand.link()
    session = stand.visit(link)
    stand.act(link, "later", session)
    assert stand.jobs("sandbox.settle_session") == 1

    for _ in range(2):
        settle_session(session)

    assert session_of(stand, session)["payment_status"] == "paid"
    assert stand.types().count("checkout.session.async_payment_succeeded") == 1


def test_slow_payment_that_was_decided_stays_so(stand: Stand) -> None:
    link = stand.link()
    session = stand.visit(link)
    stand.act(link, "later", session)
    stand.act(link, "later_fails", session)

    settle_session(session)

    assert session_of(stand, session)["payment_status"] == "unpaid"


def test_twice_pays_past_the_limit(stand: Stand) -> None:
    link = stand.link(after_completion=BACK)

    answered = stand.act(link, "twice", stand.visit(link))

    assert answered.status_code == 303
    truth = stand.truth()
    assert (truth["payments"]["count"], truth["payments"]["amount"]) == (2, 1600)
    assert len(truth["sessions"]["complete"]) == 2
    assert stand.types().count("payment_link.updated") == 1


def test_session_that_was_opened_before_can_still_pay(stand: Stand) -> None:
    link = stand.link()
    session = stand.visit(link)
    stand.gateway.deactivate_link(link["id"], account=None)

    new, old = stand.act(link, "pay"), stand.act(link, "pay", session)

    assert (new.status_code, old.status_code) == (410, 303)
    assert stand.truth()["payments"]["count"] == 1


@pytest.mark.parametrize("outcome", ["pay", "decline", "later", "twice"])
def test_session_that_is_over_moves_no_money(stand: Stand, outcome: str) -> None:
    link = stand.link(limit=None)
    session = stand.visit(link)
    stand.gateway.expire_session(session, account=None)
    told = stand.types()

    answered = stand.act(link, outcome, session)

    assert answered.status_code == 410
    assert stand.truth()["payments"]["count"] == 0
    assert stand.types() == told
    assert stand.client.get(f"/_sandbox/pay/{link['id']}?session={session}").status_code == 410


def test_payer_of_an_accounts_link_pays_the_account(stand: Stand) -> None:
    link = stand.link(account=ACCOUNT)

    stand.act(link, "pay")

    assert {each["account"] for each in stand.truth()["payments"]["list"]} == {ACCOUNT}


def test_odd_addresses_and_forms_are_refused(stand: Stand) -> None:
    link, other = stand.link(), stand.link("link-2")
    session = stand.visit(other)

    assert stand.client.get("/_sandbox/pay/plink_sbx_none").status_code == 404
    assert stand.act({"id": "plink_sbx_none"}, "pay").status_code == 404
    assert stand.act(link, "steal").status_code == 422
    assert stand.act(link, "").status_code == 422
    for odd in (session, "cs_none", "cs\0", "\ud800", "x" * 10_000):
        assert stand.act(link, "pay", odd.encode("utf-8", "surrogatepass").decode("latin-1")).status_code == 404
    assert stand.client.get(f"/_sandbox/pay/{link['id']}?session=cs_none").status_code == 404
    assert stand.truth()["payments"]["count"] == 0


def test_events_page_shows_them_with_buttons(stand: Stand) -> None:
    empty = stand.client.get("/_sandbox/events").text
    stand.paid()

    page = stand.client.get("/_sandbox/events")

    assert "Nothing has happened yet" in empty
    assert page.status_code == 200
    for event in stand.events():
        assert event["type"] in page.text
        assert f"/_sandbox/events/{event['id']}/deliver" in page.text


def test_refusals_say_why() -> None:
    assert str(SandboxRefused(reason="This session is expired.")) == "This session is expired."


def test_find_locks_what_it_gives(stand: Stand) -> None:
    link = stand.link()

    with transaction(None):
        assert isinstance(find("payment_link", link["id"], lock=True), SandboxObject)
