"""Texts in the office: who waits, what was said and by what right, and who may answer."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos.db import db, transaction
from pos.messaging.models import MESSAGE_STATUSES, Message
from pos.stores.models import Store
from pos.web.office.messages import words
from pos.web.office.writing import Writing
from tests import texting
from tests.checkout.counter import done
from tests.client import Shop
from tests.messaging.campaigning import asked, begun, claimed, known, policy
from tests.office.desk import Desk, counted, desk
from tests.tables import tables

ADA, BO, STRANGER = "+14155559201", "+14155559202", "+14155559203"
SAY = Writing("USD", "America/Los_Angeles", "US")
SEEN = re.compile(r"seen=([0-9a-f]+)")
TEXT: dict[str, Any] = {
    "status": "queued",
    "template": "by_hand",
    "purpose": "transactional",
    "permit": None,
    "error_code": None,
    "not_before": "2026-11-22T16:00:00Z",
    "sending_at": None,
}


def talk_of(shop: Shop, phone: str) -> str:
    """The path of the conversation with a number."""
    [found] = [each for each in asked(shop, "/conversations", method="GET")["data"] if each["phone"] == phone]
    return f"/messages/{found['id']}"


def rows(at: Desk, **wanted: str) -> list[str]:
    """Whom the table of conversations names."""
    page = at.page("/messages?" + "&".join(f"{name}={value}" for name, value in wanted.items())).text
    return [
        who for who in ("Ada Lovelace", "Bo", STRANGER) if who in page.split("All conversations")[1].split("Today")[0]
    ]


def test_who_waits_comes_first_and_is_found(app: Flask, shop: Shop) -> None:
    # Given a customer and a stranger who wait, and a customer who was answered at once
    known(shop, 9201), known(shop, 9202, "Bo")
    for phone, said in ((STRANGER, "Is this the taproom?"), (ADA, "Is my jacket there?"), (BO, "points")):
        texting.text(shop, phone, said)
    manager = desk(app, shop, "manager")

    page = manager.page("/messages").text

    # Then whoever waits longest is the first, and each is found by what is known of them
    waiting = page.split("Waits for you")[1].split("All conversations")[0]
    assert waiting.index("Is this the taproom?") < waiting.index("Is my jacket there?")
    assert "Bo" not in waiting
    assert rows(manager) == ["Ada Lovelace", "Bo", STRANGER]
    assert rows(manager, q="love") == ["Ada Lovelace"]
    assert rows(manager, q="9202") == ["Bo"]
    assert rows(manager, q="(415) 555-9203") == [STRANGER]
    assert rows(manager, q="nobody") == []
    assert rows(manager, state="waits") == ["Ada Lovelace", STRANGER]
    assert rows(manager, state="settled", q="ada") == []
    odd = ["sort=phone", "state=later", "page=0", "q=" + "+".join("abcdefghi"), "before=%25"]
    assert [manager.get(f"/messages?{each}").status_code for each in odd] == [422, 422, 422, 422, 200]


def test_conversation_says_what_became_of_each_text(app: Flask, shop: Shop) -> None:
    # Given a customer without consent whom a campaign left out, whom the store answered, and whom somebody answers
    customer = known(shop, 9201, consent=None)
    begun(shop)
    claimed(shop)
    texting.text(shop, ADA, "Is my <b>jacket</b> there?")
    manager = desk(app, shop, "manager")
    path = talk_of(shop, ADA)
    conversation = path.removeprefix("/messages/")
    done(
        manager.api("POST", f"/conversations/{conversation}/messages", {"body": "It is."}, **{"Idempotency-Key": "a"}),
        201,
    )

    page = manager.page(path)

    said = page.text
    told = [
        "not sent: no consent to marketing",
        "Is my <b>jacket</b> there?",
        "Answered by itself",
        "It is.",
        "waits to leave",
    ]
    assert [said.index(each) for each in told] == sorted(said.index(each) for each in told)
    assert f"/office/customers/{customer}" in page.addresses
    assert "By hand, Manager" in said.replace(" ,", ",")
    assert "Settled without an answer" not in said


def test_texts_are_sent_again_only_when_they_changed(app: Flask, shop: Shop) -> None:
    known(shop, 9201)
    texting.text(shop, ADA, "Is my jacket there?")
    manager = desk(app, shop, "manager")
    path = talk_of(shop, ADA)
    seen = SEEN.search(manager.get(path).text)
    waiting = SEEN.search(manager.get("/messages").text)
    assert seen
    assert waiting
    again = [f"{path}/texts?seen={seen[1]}", f"/messages/waiting?seen={waiting[1]}"]

    assert [manager.get(each).status_code for each in again] == [204, 204]
    assert "Settled without an answer" in manager.get(path).text
    done(manager.api("POST", f"/conversations/{path[10:]}/settle"))

    assert [manager.get(each).status_code for each in again] == [200, 200]
    assert "Settled without an answer" not in manager.get(again[0]).text
    assert "Nobody waits" in manager.get(again[1]).text


def test_long_conversation_is_read_in_parts_with_as_many_statements(app: Flask, shop: Shop) -> None:
    customer = known(shop, 9201)
    texting.text(shop, ADA, "The very first")
    manager, path = desk(app, shop, "manager"), talk_of(shop, ADA)
    with counted() as few:
        manager.page(path)
    texts = {
        "customer_id": UUID(customer),
        "phone": ADA,
        "direction": "out",
        "purpose": "transactional",
        "status": "queued",
    }
    with transaction(UUID(shop.store_id), actor="test") as session:
        session.add_all(Message(body=f"Text {number}.", actor="test", **texts) for number in range(62))

    with counted() as many:
        page = manager.page(path)

    assert len(few) == len(many)
    assert "Text 61." in page.text
    assert "The very first" not in page.text
    [earlier] = [each for each in page.addresses if "before=" in each]
    before = manager.page(earlier.removeprefix("/office"))
    assert "The very first" in before.text
    assert "Text 61." not in before.text
    assert manager.get(f"{path}?before=%25").status_code == 422


def test_who_cannot_be_answered_has_no_box_but_a_reason(app: Flask, shop: Shop) -> None:
    known(shop, 9201), known(shop, 9202, "Bo")
    for phone, said in ((STRANGER, "Hello?"), (ADA, "Hello?"), (BO, "STOP")):
        texting.text(shop, phone, said)
    manager = desk(app, shop, "manager")

    def reads(phone: str) -> tuple[bool, str]:
        page = manager.page(talk_of(shop, phone))
        return any("data-foresee" in attributes for _, attributes in page.tags), page.text

    assert reads(ADA)[0]
    for phone, why in ((STRANGER, "is no customer's"), (BO, "They refused all texts")):
        has_box, text = reads(phone)
        assert not has_box
        assert why in text
    with transaction(UUID(shop.store_id), actor="test"):
        db.session.get_one(Store, UUID(shop.store_id)).sms_number = None
    has_box, text = reads(ADA)
    assert not has_box
    assert "stores change hops --sms-number" in text
    assert "This store cannot text yet" in manager.page("/messages").text


def test_who_was_erased_leaves_a_conversation_without_words(app: Flask, shop: Shop) -> None:
    customer = known(shop, 9201)
    texting.text(shop, ADA, "Is my jacket there?")
    path = talk_of(shop, ADA)
    assert shop.request("DELETE", f"/customers/{customer}", as_="owner").status_code == 204
    manager = desk(app, shop, "manager")

    page = manager.page(path)

    assert "Whoever this was is erased" in page.text
    assert "Its words were erased." in page.text
    assert "9201" not in page.text
    assert "an erased customer" in manager.page("/messages").text


def test_budget_of_the_day_and_what_waits_are_shown(app: Flask, shop: Shop) -> None:
    customer = known(shop, 9201)
    policy(shop, segments_day=0)
    asked(shop, "/messages", {"customer_id": customer, "body": "Your jacket is here."}, status=201)
    claimed(shop)

    page = desk(app, shop, "manager").page("/messages").text

    assert "Segments today, of 0" in page
    assert "the day's budget is used up" in page


def test_every_reason_of_the_permits_has_words() -> None:
    reasons = {row["reason"] for row in tables("messaging.md")["Why a text does not leave"]}

    assert set(words.REASONS) == reasons


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"status": "held", "permit": {"reason": "quiet_hours"}}, "held until Nov 22, 2026, 8:00 AM: quiet hours"),
        ({"status": "suppressed", "permit": {"reason": "no_consent"}}, "not sent: no consent to marketing"),
        ({"status": "failed", "permit": {"failure": "Twilio said no."}}, "failed: Twilio said no"),
        ({"status": "undelivered", "error_code": 30003}, "not delivered: The phone is off or out of reach"),
        ({"status": "delivered", "permit": {"reason": None}}, "delivered"),
    ],
)
def test_state_is_said_with_its_reason(facts: dict[str, Any], said: str) -> None:
    assert words.state(TEXT | facts, SAY).words.replace("\u202f", " ") == said


def test_every_status_has_words_and_a_right_is_named_by_its_answer() -> None:
    assert all(words.state(TEXT | {"status": status}, SAY).words for status in MESSAGE_STATUSES)
    left = {"status": "sent", "sending_at": "2026-11-22T16:00:00Z"}
    consent = {"granted": True, "at": "2026-11-03T16:00:00Z", "wording_version": "2026-11-en"}
    marketing = TEXT | left | {"purpose": "marketing", "permit": {"reason": None, "consent": consent}}
    assert (
        words.right(marketing, SAY).replace("\u202f", " ")
        == "their yes to marketing of Nov 3, 2026, 8:00 AM, wording 2026-11-en"
    )
    assert words.right(TEXT | left, SAY) == "they never refused texts"
    assert words.right(TEXT, SAY) == ""


def test_only_managers_see_and_answer(app: Flask, shop: Shop) -> None:
    known(shop, 9201)
    texting.text(shop, ADA, "Hello?")
    cashier, path = desk(app, shop, "cashier"), talk_of(shop, ADA)

    answers = [cashier.get(each).status_code for each in ("/messages", path, f"{path}/texts", "/messages/campaigns")]
    sent = cashier.api("POST", f"/conversations/{path[10:]}/messages", {"body": "Yes"}, **{"Idempotency-Key": "a"})

    assert set(answers) == {403}
    assert sent.status_code == 403
