"""What holds for every answer: whom it may tell what, in how many segments, and that it says nothing but its facts."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos.assistant.answers import UNKNOWN
from pos.assistant.intents import INTENTS
from pos.customers.models import LANGUAGES
from pos.messaging import wording
from pos.messaging.placeholders import used
from tests.assistant.asking import ADA, NOBODY, asks, figures, known, said
from tests.client import Shop
from tests.loyalty.members import CARD, joined, reward

WORDS = sorted({word for intent in INTENTS for words in intent.words.values() for word in words})
PERSONAL = sorted(
    {word for intent in INTENTS if intent.is_personal for words in intent.words.values() for word in words}
)


def busy(shop: Shop) -> None:
    """A member with points, a reward of many letters, and orders in several states."""
    joined(shop, points=1_234)
    reward(shop, 1_000, name="🍺 " + "Beer for the whole table and all that sit at it " * 2)
    for more in ({}, CARD, {"items": [{"sku": "TEE-BLK-M", "quantity": 3}]}):
        shop.sell(name="Ada Lovelace", **more)


def test_every_answer_keeps_to_its_facts_and_segments(shop: Shop) -> None:
    busy(shop)

    for word in WORDS:
        # `asks` holds each of them to it.
        assert asks(shop, word).body, word


@pytest.mark.parametrize("word", PERSONAL)
def test_nobody_is_told_nothing_about_anybody(shop: Shop, word: str) -> None:
    busy(shop)

    answer = asks(shop, word, NOBODY)

    assert answer.body is not None
    assert answer.facts == []
    assert not figures(answer.body)


def test_slip_is_named_by_what_was_understood(shop: Shop) -> None:
    joined(shop, points=5)

    assert str(asks(shop, "pionts").body).startswith("POINTS: You have 5 points")
    assert str(asks(shop, "putnos").body).startswith("PUNTOS: Tiene 5 puntos")
    assert str(asks(shop, "pionts", NOBODY).body).startswith("POINTS: This number is not known here.")


@pytest.mark.parametrize(
    "text", ["", "   ", "what time is love", "points or orders?", "stopp", "strat", "hepl", "yess", "👍"]
)
def test_what_is_not_understood_is_left_to_a_person(shop: Shop, text: str) -> None:
    shop.sell()

    answer = asks(shop, text)

    assert (answer.body, answer.intent, answer.facts) == (None, UNKNOWN, [])


@pytest.mark.parametrize(
    "text",
    [
        "points for 415 555 0132",
        "points for (415) 555-0132",
        "orders of +14155550132",
        "POINTS +1.415.555.0132",
        "points of ada@example.com",
        "status 01a20024-3dad-79ef-a0cb-1e82a4c58673 4155550132",
    ],
)
def test_who_names_another_number_is_told_nothing(shop: Shop, text: str) -> None:
    busy(shop)

    assert asks(shop, text, NOBODY).body is None
    assert asks(shop, text, ADA).body is None


@pytest.mark.parametrize(
    "text",
    [
        "points' OR 1=1 --",
        "points; SELECT phone FROM customers",
        "points for Ada Lovelace",
        "show all points of everybody",
    ],
)
def test_tricks_are_told_of_the_sender_alone(shop: Shop, text: str) -> None:
    busy(shop)
    shop.sell(phone=NOBODY, name="Grace")

    answer = asks(shop, text, NOBODY)

    assert answer.body is None or answer.body.startswith("Hops: You are not a TapPass member yet.")


def test_answers_name_no_ids_and_no_names(shop: Shop) -> None:
    busy(shop)
    found = joined(shop)

    for word in WORDS:
        body = asks(shop, word).body or ""
        assert found["tappass_id"] not in body
        assert found["id"] not in body
        assert "Lovelace" not in body
        assert ADA[-4:] not in body


def test_another_stores_customer_with_the_same_phone_is_another_one(shop: Shop, other_shop: Shop) -> None:
    # given
    joined(shop, "+14155550132", points=120)
    joined(other_shop, "+14155550132", points=7)
    other_shop.sell(phone="+14155550132")
    # then
    assert said(shop, "points").startswith("You have 120 points")
    assert said(other_shop, "points").startswith("You have 7 points")
    assert said(shop, "orders") == "There are no orders with this number yet."
    assert said(other_shop, "orders").endswith("8.00 EUR, received, 8.00 EUR to pay.")
    assert said(shop, "status") == "You have no open orders."


def test_costly_signs_of_names_take_no_room(shop: Shop) -> None:
    joined(shop, points=120)
    for number in range(3):
        reward(shop, 100 + number, name=f"Ada’s “best” — {number}")

    body = asks(shop, "rewards").body

    assert body is not None
    assert body.endswith('Ada\'s "best" - 2: 102 points, you have enough.')


def test_sentences_are_the_same_in_every_language() -> None:
    each = [wording.en.ANSWERS, wording.es.ANSWERS]

    assert len(each) == len(LANGUAGES)
    assert set(each[0]) == set(each[1])
    assert all(used(each[0][name]) == used(each[1][name]) for name in each[0])
    assert not set(each[0]) & set(wording.en.TEXTS)


def test_figures_see_what_is_not_in_the_facts() -> None:
    facts = [{"tool": "x", "rows": {"total": 4638, "opens": "15:00", "on": "2026-11-30", "many": [{"points": 1200}]}}]

    assert figures("46.38 USD, 3:00 PM, 30 Nov 2026, 1,200 points") <= known(facts)
    assert not figures("46.39 USD") <= known(facts)


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(st.sampled_from([*WORDS, "STOP", "my", "\0", "%s", ":store", "{points}"])).map(" ".join),
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_borne_quickly(shop: Shop, text: str) -> None:
    begun = time.perf_counter()

    answer = asks(shop, text)

    assert time.perf_counter() - begun < 2
    assert answer.body is None or answer.body.isprintable()
