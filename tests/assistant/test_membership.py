"""JOIN and the language: what a customer changes by text."""

import uuid

import pytest

from pos.db import transaction
from pos.statements import Statement
from tests.assistant.asking import ADA, NOBODY, asks, rows, said
from tests.checkout.counter import books, done
from tests.client import Shop
from tests.loyalty.members import CARD, joined, member

_KNOWN = Statement(
    "SELECT origin, marketing_consent, sms_consent FROM customers WHERE store_id = :store AND phone = :phone"
)
_LANGUAGE = Statement("""
    SELECT p.language FROM profiles p JOIN customers c ON c.store_id = p.store_id AND c.id = p.customer_id
     WHERE p.store_id = :store AND c.phone = :phone
""")


def test_join_makes_a_member_of_a_customer(shop: Shop) -> None:
    # given
    shop.sell(**CARD)
    # when
    answer = asks(shop, "JOIN")
    # then
    assert str(answer.body).startswith("Hops: Welcome to TapPass! You have 8 points, level Bronze.")
    assert rows(answer)["is_new"] is True
    assert rows(answer)["points"]["balance"] == member(shop)["balance"] == 8
    assert member(shop)["source"] == "sms"
    assert said(shop, "UNIRME").startswith("Ya es miembro de TapPass. Tiene 8 puntos")
    assert books(shop) == []


def test_join_makes_a_customer_of_a_number(shop: Shop) -> None:
    # when
    answer = asks(shop, "UNIRME", NOBODY)
    # then: nothing was asked, so nothing was answered about texts
    assert str(answer.body).startswith("Hops: ¡Le damos la bienvenida a TapPass! Tiene 0 puntos, nivel Bronze.")
    assert answer.customer_id is not None
    assert known(shop, NOBODY) == ("sms", None, None)
    assert member(shop, NOBODY)["customer_id"] == str(answer.customer_id)


@pytest.mark.parametrize("text", ["how do I join?", "can I join a friend at table 4", "where can my wife join"])
def test_join_in_passing_is_explained(shop: Shop, text: str) -> None:
    shop.sell()

    assert said(shop, text) == "To become a TapPass member and collect points with your orders, reply JOIN."
    assert shop.get("/members", query_string={"phone": ADA}).status_code == 404


@pytest.mark.parametrize("text", ["I want to join please", "Join TapPass", "quiero unirme por favor", "jion"])
def test_join_among_small_words_is_done(shop: Shop, text: str) -> None:
    said(shop, text)

    assert member(shop)["balance"] == 0


def test_language_is_remembered(shop: Shop) -> None:
    # given
    joined(shop, points=2)
    # when
    assert said(shop, "ESPAÑOL") == "Le escribiremos en español."
    # then
    assert said(shop, "POINTS").startswith("Tiene 2 puntos")
    assert said(shop, "HOURS").startswith("No tenemos el horario.")
    assert said(shop, "English") == "We will text you in English."
    assert said(shop, "PUNTOS").startswith("You have 2 points")
    with transaction(uuid.UUID(shop.store_id)):
        assert _LANGUAGE.rows(phone=ADA) == [("en",)]


def test_language_of_nobody_is_not_remembered(shop: Shop) -> None:
    assert said(shop, "español", NOBODY) == (
        "No conocemos este numero. Responda UNIRME para ser miembro de TapPass y juntar puntos con sus pedidos."
    )
    assert said(shop, "ENGLISH", NOBODY).startswith("This number is not known here.")


def test_language_in_passing_is_explained(shop: Shop) -> None:
    done(shop.post("/members", {"phone": ADA}), 201)

    assert said(shop, "do you have english muffins") == "To choose your language, reply ENGLISH or ESPAÑOL."


def known(shop: Shop, phone: str) -> tuple[str, bool | None, bool | None]:
    with transaction(uuid.UUID(shop.store_id)):
        [(origin, marketing, sms)] = _KNOWN.rows(phone=phone)
        return origin, marketing, sms
