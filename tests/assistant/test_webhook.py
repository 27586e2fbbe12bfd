"""The whole way: a text that Twilio signed comes in, and its answer goes out on the open connection."""

import uuid
from typing import Any

from flask import Flask

from pos.db import transaction
from pos.statements import Statement
from tests.assistant.asking import ADA, NOBODY
from tests.checkout.counter import books, done
from tests.client import Shop, new_key
from tests.databases import SMS_NUMBERS
from tests.loyalty.members import joined, member
from tests.texting import INBOUND, said, text

BERLIN = "+4915123456789"
_MESSAGES = Statement("""
    SELECT m.direction, m.intent, m.status, m.purpose, m.language, m.segments, m.facts, m.body, m.customer_id, v.customer_id AS talks_with,
           v.waiting_since IS NOT NULL AS waits
      FROM messages m JOIN conversations v ON v.store_id = m.store_id AND v.id = m.conversation_id
     WHERE m.store_id = :store AND m.phone = :phone ORDER BY m.id
""")


def kept(shop: Shop, phone: str = ADA) -> list[dict[str, Any]]:
    with transaction(uuid.UUID(shop.store_id)):
        return _MESSAGES.mappings(phone=phone)


def test_points_are_answered_at_once(app: Flask, shop: Shop) -> None:
    # given
    joined(shop, points=41)
    # when
    told = said(text(shop, ADA, "POINTS"))
    # then
    assert told is not None
    assert told.startswith("Hops: You have 41 points, level Bronze.")
    asked, answered = kept(shop)
    assert (asked["direction"], asked["intent"]) == ("in", "points")
    assert (answered["status"], answered["purpose"], answered["intent"]) == ("sending", "reply", "points")
    assert (answered["body"], answered["language"]) == (told, "en")
    assert answered["facts"]["facts"][0]["rows"]["balance"] == 41
    assert books(shop) == []


def test_digits_of_another_script_wait_for_a_person(app: Flask, shop: Shop) -> None:
    # when
    told = said(text(shop, ADA, "points of the last ፩ days"))
    # then
    assert told is not None
    assert "a person will read this" in told
    assert (kept(shop)[0]["intent"], kept(shop)[0]["waits"]) == ("unknown", True)


def test_repeated_webhook_gets_the_same_answer_once(app: Flask, shop: Shop) -> None:
    joined(shop, points=41)
    sid = f"SM{new_key()}"

    first, again = (said(text(shop, ADA, "JOIN", MessageSid=sid)) for _ in range(2))

    assert first == again
    assert len(kept(shop)) == 2


def test_stranger_joins_and_asks(app: Flask, shop: Shop) -> None:
    # when
    refused = said(text(shop, NOBODY, "puntos"))
    joining = said(text(shop, NOBODY, "UNIRME"))
    points = said(text(shop, NOBODY, "PUNTOS"))
    # then
    assert refused is not None
    assert refused.startswith("Hops: No conocemos este numero.")
    assert joining is not None
    assert joining.startswith("Hops: ¡Le damos la bienvenida a TapPass! Tiene 0 puntos")
    assert points is not None
    assert points.startswith("Hops: Tiene 0 puntos")
    first, _, asked, answered, *_ = kept(shop, NOBODY)
    customer = uuid.UUID(member(shop, NOBODY)["customer_id"])
    assert first["customer_id"] == customer
    assert asked["customer_id"] == answered["customer_id"] == asked["talks_with"] == customer
    assert answered["language"] == "es"
    assert books(shop) == []


def test_stranger_who_joins_has_agreed_to_nothing(app: Flask, shop: Shop) -> None:
    text(shop, NOBODY, "JOIN")

    customer = done(shop.get("/customers", query_string={"phone": NOBODY}))
    assert (customer["origin"], customer["marketing_consent"]) == ("sms", None)
    assert done(shop.get(f"/customers/{customer['id']}/consents"))["data"] == []


def test_language_holds_for_what_is_said_next(app: Flask, shop: Shop) -> None:
    joined(shop, points=3)

    said(text(shop, ADA, "español"))

    assert str(said(text(shop, ADA, "points"))).startswith("Hops: Tiene 3 puntos")
    assert str(said(text(shop, ADA, "what is love"))).startswith("Hops: lo lee una persona.")
    assert kept(shop)[-1]["waits"] is True


def test_slip_of_a_word_of_consent_reaches_a_person(app: Flask, shop: Shop) -> None:
    joined(shop)

    told = said(text(shop, ADA, "strat"))

    assert told is not None
    assert told.startswith("Hops: sorry, a person will read this.")
    assert kept(shop)[0]["intent"] == "unknown"
    assert said(text(shop, ADA, "hepl")) is None


def test_who_opted_out_is_answered_nothing(app: Flask, shop: Shop) -> None:
    joined(shop, points=41)
    text(shop, ADA, "STOP")

    assert said(text(shop, ADA, "POINTS")) is None
    assert kept(shop)[-1]["status"] == "suppressed"
    assert books(shop) == []


def test_another_stores_number_answers_of_that_store(app: Flask, shop: Shop, other_shop: Shop) -> None:
    joined(shop, BERLIN, points=41)

    assert str(said(text(other_shop, BERLIN, "POINTS"))).startswith("Cafe: This number is not known here.")


def test_unsigned_text_is_not_looked_at(app: Flask, shop: Shop) -> None:
    joined(shop, points=41)

    response = shop.client.post(
        INBOUND, data={"From": ADA, "To": SMS_NUMBERS["hops"], "Body": "POINTS", "MessageSid": "SM1"}
    )

    assert response.status_code == 403
    assert kept(shop) == []
