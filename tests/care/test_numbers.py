"""A number that changes hands, and a customer who changes the number: whose points, texts and talk are whose."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from pos import clock
from pos.audit.actions import audit_store
from pos.care import numbers
from pos.customers import identity, releases
from pos.customers.models import ReleasedNumber
from pos.db import db, rows_of, transaction
from pos.messaging import outbox
from tests import texting
from tests.care.people import merged, undone
from tests.checkout.counter import approved, done
from tests.client import Shop
from tests.loyalty.members import reward
from tests.races.twins import all_look_then_act
from tests.refusals import slug_of
from tests.running import race

ALICE, OTHER = "+14155550132", "+14155550145"
LONG_AGO = timedelta(days=400)
CARD = {"method": "card"}


def ago(days: int) -> str:
    return (clock.now() - timedelta(days=days)).isoformat()


def member(shop: Shop, *, days: int = 400, phone: str = ALICE, name: str = "Alice King") -> dict[str, Any]:
    """Somebody who was here so many days ago, and has a hundred points more than that order brought."""
    customer = shop.sell(phone=phone, name=name, join=True, payment=CARD, placed_at=ago(days))["customer"]
    gift = {"points": 100, "reason": "a gift"}
    done(shop.post(f"/members/{customer['member']['id']}/adjustments", gift, as_="owner"), 201)
    return customer


def looked_up(shop: Shop, phone: str = ALICE, as_: str = "register") -> dict[str, Any]:
    return done(shop.get("/customers", as_=as_, query_string={"phone": phone}))


def read(shop: Shop, customer_id: str) -> dict[str, Any]:
    return done(shop.get(f"/customers/{customer_id}", as_="owner"))


def passed_on(shop: Shop, customer_id: str, **said: Any) -> TestResponse:
    return shop.post(f"/customers/{customer_id}/not-this-person", said)


def claim(shop: Shop, customer_id: str, **said: Any) -> TestResponse:
    return shop.post(f"/customers/{customer_id}/claim", said)


def moved(shop: Shop, customer_id: str, phone: str, **options: Any) -> TestResponse:
    return shop.post(f"/customers/{customer_id}/phone", {"phone": phone}, **{"as_": "owner", **options})


def sent_to(shop: Shop, customer_id: str) -> list[dict[str, Any]]:
    """What was written to a customer, after what waited was looked through."""
    with transaction(UUID(shop.store_id), actor="outbox"):
        outbox.claim(clock.now(), 50)
    return texting.messages(shop, customer_id=customer_id, direction="out")


def right(shop: Shop) -> None:
    """The books, as the audit sees them."""
    with transaction(UUID(shop.store_id), actor="test"):
        assert audit_store(clock.now()) == []


# --- not this person


def test_number_that_was_passed_on_is_somebody_elses_at_once(shop: Shop) -> None:
    alice = member(shop, days=1)

    bob = done(passed_on(shop, alice["id"], name="Bob"), 201)
    order = shop.sell(phone=ALICE)

    assert (bob["phone"], bob["name"], bob["member"], bob["order_count"]) == (ALICE, "Bob", None, 0)
    assert order["customer"]["id"] == bob["id"]
    kept = read(shop, alice["id"])
    assert (kept["phone"], kept["name"], kept["order_count"]) == (None, "Alice King", 1)
    assert kept["member"]["balance"] >= 100
    [found] = done(shop.get("/customers", as_="owner", query_string={"q": alice["member"]["tappass_id"]}))["data"]
    assert found["id"] == alice["id"]
    assert done(shop.get("/customers", query_string={"q": "0132"}))["data"][0]["id"] == bob["id"]
    right(shop)


def test_number_is_taken_from_nobody_twice(shop: Shop) -> None:
    alice = member(shop, days=1)
    done(passed_on(shop, alice["id"]), 201)

    for said in ({}, {"phone": ALICE}):
        again = passed_on(shop, alice["id"], **said)

        assert slug_of(again) == (409, "number-not-theirs")
    assert passed_on(shop, alice["id"], phone="12").status_code == 422


def test_talk_of_before_stays_with_whom_it_was(shop: Shop) -> None:
    alice = member(shop, days=1)
    texting.text(shop, ALICE, "is my hat there?")
    bob = done(passed_on(shop, alice["id"], name="Bob"), 201)

    [talk] = done(shop.get("/conversations", as_="owner"))["data"]
    texting.text(shop, ALICE, "hello, I am new here")
    [after] = done(shop.get("/conversations", as_="owner"))["data"]

    assert (talk["customer_id"], talk["last_body"], talk["waiting_since"]) == (bob["id"], None, None)
    assert (after["customer_id"], after["last_body"] is not None) == (bob["id"], True)
    assert {each["body"] for each in texting.messages(shop, customer_id=bob["id"], direction="in")} == {
        "hello, I am new here"
    }
    assert "is my hat there?" in {each["body"] for each in texting.messages(shop, customer_id=alice["id"])}


def test_text_that_waits_for_who_lost_the_number_is_not_sent(shop: Shop) -> None:
    alice = shop.sell(phone=ALICE, name="Alice", payment=CARD)["customer"]
    done(passed_on(shop, alice["id"], name="Bob"), 201)

    with transaction(UUID(shop.store_id), actor="outbox"):
        outbox.claim(clock.now(), 40)

    [receipt] = texting.messages(shop, customer_id=alice["id"])
    assert (receipt["status"], receipt["reason"]) == ("suppressed", "number_lost")


# --- silent


def test_another_name_after_a_year_is_another_person(shop: Shop) -> None:
    alice = member(shop)

    order = shop.sell(phone=ALICE, name="Bob", payment=CARD)

    bob = order["customer"]
    assert (bob["created"], bob["name"], bob["order_count"], bob["member"]) == (True, "Bob", 1, None)
    kept = read(shop, alice["id"])
    assert (kept["phone"], kept["order_count"], kept["total_spent"]) == (None, 1, alice_spent(shop, alice["id"]))
    assert kept["last_order_at"] < ago(300)
    right(shop)


def alice_spent(shop: Shop, customer_id: str) -> int:
    [order] = done(shop.get(f"/customers/{customer_id}/orders"))["data"]
    return int(order["amount_paid"])


def test_sale_without_network_tells_another_person_by_when_it_was_made(shop: Shop) -> None:
    alice = member(shop, days=380)
    water = [{"sku": "WATER", "quantity": 1, "unit_price": 199}]
    offline = {"phone": ALICE, "items": water, "offline": True, "payment": {"method": "cash"}}

    # Thirty days ago Alice had been away for less than a year; yesterday for more.
    early = shop.sell(**offline, name="Bob", placed_at=ago(29))
    with transaction(UUID(shop.store_id)) as session:
        session.execute(db.text("UPDATE orders SET placed_at = placed_at - interval '2 years' WHERE store_id = :s AND id = :o"),
                        {"s": shop.store_id, "o": early["id"]})  # fmt: skip
    late = shop.sell(**offline, name="Bob", placed_at=ago(1))

    assert early["customer"]["id"] == alice["id"]
    assert late["customer"]["id"] != alice["id"]
    assert (late["customer"]["created"], late["customer"]["order_count"]) == (True, 1)


@pytest.mark.parametrize(
    ("days", "name", "texts"),
    [(400, "Ali", False), (400, "king", False), (400, None, False), (300, "Bob", False), (400, "Bob", True)],
)
def test_same_person_stays_the_same(shop: Shop, days: int, name: str | None, texts: bool) -> None:
    alice = member(shop, days=days)
    if texts:
        say_that_she_texted(shop, alice["id"], days=200)

    assert shop.sell(phone=ALICE, name=name)["customer"]["id"] == alice["id"]


def say_that_she_texted(shop: Shop, customer_id: str, days: int) -> None:
    texting.text(shop, ALICE, "help")
    with transaction(UUID(shop.store_id)) as session:
        session.execute(
            db.text(
                "UPDATE messages SET created_at = now() - make_interval(days => :days)"
                " WHERE store_id = :store AND customer_id = :customer AND direction = 'in'"
            ),
            {"days": days, "store": shop.store_id, "customer": customer_id},
        )


def test_joining_under_another_name_makes_another_member(shop: Shop) -> None:
    alice = member(shop)

    joined = done(shop.post("/members", {"phone": ALICE, "name": "Bob"}), 201)

    assert (joined["name"], joined["balance"]) == ("Bob", 0)
    assert joined["customer_id"] != alice["id"]


def test_cashier_sees_points_of_the_silent_once_they_are_confirmed(shop: Shop) -> None:
    alice = member(shop)
    tab = {"phone": ALICE, "items": [{"sku": "IPA", "quantity": 1}]}

    hidden, shown = looked_up(shop), looked_up(shop, as_="owner")
    by_member = shop.get("/members", query_string={"phone": ALICE})
    quoted = done(shop.post("/loyalty/quote", tab))["member"]
    [found] = done(shop.get("/customers", query_string={"q": "alice"}))["data"]

    assert (hidden["is_silent"], hidden["has_hidden_balance"], hidden["member"]) == (True, True, None)
    assert (shown["is_silent"], shown["has_hidden_balance"], shown["member"]["balance"] >= 100) == (True, False, True)
    assert slug_of(by_member) == (409, "confirm-first")
    assert (quoted, found["member"], found["has_hidden_balance"]) == (None, None, True)

    seen = done(claim(shop, alice["id"], tappass_id=alice["member"]["tappass_id"].lower()))

    assert (seen["is_silent"], seen["has_hidden_balance"], seen["member"]["balance"] >= 100) == (False, False, True)
    assert looked_up(shop)["member"] == seen["member"]


def test_cashier_joins_and_spends_for_the_silent_once_they_are_confirmed(shop: Shop) -> None:
    alice = member(shop)
    free = reward(shop, 30)
    tab = shop.order(phone=ALICE, rewards=[free], payment=CARD)

    refused = [
        shop.post("/members", {"phone": ALICE}),
        shop.post("/members", {"customer_id": alice["id"]}),
        shop.post("/orders", tab),
    ]

    assert [slug_of(each) for each in refused] == [(409, "confirm-first")] * 3
    assert alice["member"]["tappass_id"] not in str([each.json for each in refused])
    assert done(shop.post("/members", {"phone": ALICE}, as_="owner"))["id"] == alice["member"]["id"]

    done(claim(shop, alice["id"], name="Alice King"))

    assert done(shop.post("/members", {"phone": ALICE}))["id"] == alice["member"]["id"]
    assert done(shop.post("/orders", tab), 201)["points"]["redeemed"] == 30


def test_points_by_text_are_told_to_nobody_after_a_year(shop: Shop) -> None:
    alice = member(shop)

    answers = [texting.said(texting.text(shop, ALICE, "points")) or "" for _ in range(2)]
    done(claim(shop, alice["id"], name="alice king"))
    told = texting.said(texting.text(shop, ALICE, "points")) or ""

    assert all("come to the counter" in answer for answer in answers)
    assert not any(sign.isdigit() for answer in answers for sign in answer)
    assert "come to the counter" not in told
    assert any(sign.isdigit() for sign in told)


# --- claim


@pytest.mark.parametrize("by", ["name", "tappass_id"])
def test_claim_brings_the_points_of_before(shop: Shop, by: str) -> None:
    alice = member(shop, days=1)
    bob = done(passed_on(shop, alice["id"], name="Alice K."), 201)
    said = {"name": "KING alice"} if by == "name" else {"tappass_id": alice["member"]["tappass_id"]}

    seen = done(claim(shop, bob["id"], **said))
    again = done(claim(shop, bob["id"], **said))

    assert (seen["id"], seen["phone"], seen["name"], seen["merged_ids"]) == (
        bob["id"],
        ALICE,
        "Alice K.",
        [alice["id"]],
    )
    assert seen["member"]["balance"] >= 100
    assert (again["member"], again["merged_ids"]) == (seen["member"], seen["merged_ids"])
    right(shop)


def test_claim_takes_whoever_had_the_number_last_and_fits(shop: Shop) -> None:
    first = member(shop, days=3, name="Alice King")
    second = done(passed_on(shop, first["id"], name="Bob Hill"), 201)
    third = done(passed_on(shop, second["id"], name="Zoe"), 201)

    seen = done(claim(shop, third["id"], name="Alice King"))

    assert seen["merged_ids"] == [first["id"]]
    assert slug_of(claim(shop, third["id"], name="Alice Kin")) == (422, "wrong-claim")
    assert done(claim(shop, third["id"], name="Bob Hill"))["merged_ids"] == sorted([first["id"], second["id"]])


def test_claim_does_not_reach_who_can_be_met(shop: Shop) -> None:
    """Alice has another number, and whoever has hers by a change of number was never taken for her."""
    alice = member(shop, days=1)
    done(moved(shop, alice["id"], OTHER))
    new = shop.sell(phone=ALICE, name="Bob")["customer"]

    assert slug_of(claim(shop, new["id"], name="Alice King")) == (422, "wrong-claim")
    back = done(passed_on(shop, alice["id"], name="Zoe"), 201)
    done(moved(shop, alice["id"], "+14155550177"))
    assert slug_of(claim(shop, back["id"], name="Alice King")) == (422, "wrong-claim")


def test_claim_is_tried_five_times_a_day_for_a_number_whoever_has_it(shop: Shop) -> None:
    alice = member(shop, days=1)
    bob = done(passed_on(shop, alice["id"], name="Bob"), 201)

    wrong = [claim(shop, bob["id"], name=name).status_code for name in ("A", "Al", "Ali", "King")]
    zoe = done(passed_on(shop, bob["id"], name="Zoe"), 201)
    last = [claim(shop, zoe["id"], name=name).status_code for name in ("Alice", "Alice King")]

    assert wrong + last == [422, 422, 422, 422, 422, 429]
    assert read(shop, zoe["id"])["merged_ids"] == []


def test_right_claim_forgives_no_guesses(shop: Shop) -> None:
    """Who is one of those who had the number could guess the others' names between."""
    alice = member(shop, days=1)
    bob = done(passed_on(shop, alice["id"], name="Bob Hill"), 201)
    zoe = done(passed_on(shop, bob["id"], name="Zoe"), 201)

    tried = [claim(shop, zoe["id"], name=name).status_code for name in ("Al K", "Bob Hill") * 3]

    assert tried == [422, 200, 422, 200, 422, 429]


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ({}, "name-or-tappass-id"),
        ({"name": "Alice King", "tappass_id": "TP-AAAAAAAA"}, "name-or-tappass-id"),
        ({"tappass_id": "TP-AAAAAAAB"}, "mistyped-tappass-id"),
        ({"name": "Bob"}, "wrong-claim"),
    ],
)
def test_claim_that_says_nothing_right_is_refused(shop: Shop, said: dict[str, str], slug: str) -> None:
    alice = member(shop, days=1)

    answer = claim(shop, alice["id"], **said)

    assert slug_of(answer) == (422, slug)


# --- another number


def test_change_of_number_frees_the_one_of_before(shop: Shop) -> None:
    alice = member(shop, days=1)

    changed = done(moved(shop, alice["id"], "(415) 555-0145"))
    stranger = shop.sell(phone=ALICE)["customer"]

    assert (changed["id"], changed["phone"], changed["order_count"]) == (alice["id"], OTHER, 1)
    assert (stranger["created"], stranger["order_count"]) == (True, 1)
    assert shop.sell(phone=OTHER)["customer"]["id"] == alice["id"]
    assert done(moved(shop, alice["id"], OTHER))["version"] == read(shop, alice["id"])["version"]
    [found] = done(shop.get("/customers", as_="owner", query_string={"q": "0145"}))["data"]
    assert found["id"] == alice["id"]
    right(shop)


def test_change_of_number_needs_a_manager_or_the_word_of_one(shop: Shop) -> None:
    alice = member(shop, days=1)

    alone = moved(shop, alice["id"], OTHER, as_="register")
    with_word = moved(shop, alice["id"], OTHER, as_="register", headers=approved(shop))

    assert slug_of(alone) == (403, "approval-required")
    assert done(with_word)["phone"] == OTHER


def test_number_of_another_is_not_taken(shop: Shop) -> None:
    alice = member(shop, days=1)
    bob = shop.sell(phone=OTHER, name="Bob")["customer"]
    walk_in = shop.sell(phone=None, walk_in=True)["customer"]

    refused = moved(shop, alice["id"], OTHER)

    assert slug_of(refused) == (409, "number-of-another")
    assert bob["id"] in refused.json["detail"]
    assert slug_of(moved(shop, walk_in["id"], "+14155550177")) == (422, "no-number-for-them")
    done(shop.post(f"/customers/{alice['id']}/merge", {"duplicate_id": bob["id"]}, as_="owner"), 201)
    assert done(moved(shop, alice["id"], OTHER))["phone"] == OTHER
    right(shop)


def test_waiting_text_follows_its_customer_to_the_new_number(shop: Shop) -> None:
    alice = shop.sell(phone=ALICE, name="Alice", payment=CARD)["customer"]
    texting.text(shop, ALICE, "is my hat there?")

    done(moved(shop, alice["id"], OTHER))
    texting.text(shop, ALICE, "who is this?")

    [receipt] = [each for each in texting.messages(shop, customer_id=alice["id"]) if each["template"] == "receipt"]
    assert receipt["phone"] == OTHER
    [talk] = done(shop.get("/conversations", as_="owner"))["data"]
    assert (talk["customer_id"], talk["name"]) == (None, None)
    assert "who is this?" not in {each["body"] for each in texting.messages(shop, customer_id=alice["id"])}


@pytest.mark.parametrize("by_change", [False, True])
def test_whoever_comes_with_the_number_of_a_refuser_has_refused_until_start(shop: Shop, by_change: bool) -> None:
    alice = shop.sell(phone=ALICE, name="Alice")["customer"]["id"]
    texting.text(shop, ALICE, "STOP")

    done(moved(shop, alice, OTHER)) if by_change else done(passed_on(shop, alice, name="Bob"), 201)

    bob = shop.sell(payment=CARD)["customer"]["id"]
    assert read(shop, bob)["sms_consent"] is False
    assert [each["reason"] for each in sent_to(shop, bob)] == ["opted_out"]
    texting.text(shop, ALICE, "START")
    assert read(shop, bob)["sms_consent"] is True
    cleo = done(passed_on(shop, bob, name="Cleo"), 201)["id"]
    assert read(shop, cleo)["sms_consent"] is None, "the yes has lifted it for whoever is next, too"
    right(shop)


def test_refusal_of_a_number_outlives_the_undo_of_a_merge(shop: Shop) -> None:
    """While they were one, the no of the other row had hidden it."""
    zed, bea, alice = (shop.sell(phone=number)["customer"]["id"] for number in ("+14155550177", OTHER, ALICE))
    for refused in ("+14155550177", OTHER):
        texting.text(shop, refused, "STOP")
    done(passed_on(shop, zed), 201)
    assert shop.request("DELETE", f"/customers/{looked_up(shop, '+14155550177')['id']}", as_="owner").status_code == 204
    merge = merged(shop, alice, bea)
    done(moved(shop, alice, "+14155550177"))

    undone(shop, merge)

    assert (read(shop, alice)["phone"], read(shop, alice)["sms_consent"]) == ("+14155550177", False)
    right(shop)


def test_own_refusal_that_was_lifted_does_not_come_back_with_the_number(shop: Shop) -> None:
    alice = shop.sell(phone=ALICE, name="Alice")["customer"]["id"]
    texting.text(shop, ALICE, "STOP")
    done(moved(shop, alice, OTHER))
    texting.text(shop, OTHER, "START")

    back = done(moved(shop, alice, ALICE))

    assert back["sms_consent"] is True
    right(shop)


@pytest.mark.parametrize("is_erased", [False, True])
def test_number_that_once_wanted_no_texts_is_not_texted(shop: Shop, is_erased: bool) -> None:
    """Whoever refused has lost the number since, or was erased."""
    stranger = shop.sell(phone=OTHER, name="Bob")["customer"]
    texting.text(shop, OTHER, "stop")
    if is_erased:
        assert shop.request("DELETE", f"/customers/{stranger['id']}", as_="owner").status_code == 204
    else:
        between = done(passed_on(shop, stranger["id"]), 201)
        done(moved(shop, between["id"], "+14155550177"))
    alice = shop.sell(phone=ALICE, name="Alice", marketing_consent=True)["customer"]

    changed = done(moved(shop, alice["id"], OTHER))

    assert (changed["sms_consent"], changed["marketing_consent"]) == (False, True)
    right(shop)


# --- at once


@pytest.mark.slow
def test_two_registers_say_not_this_person_while_a_third_sells(committed: Flask, shops: list[dict[str, Any]]) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    alice = member(shop, days=1)
    clients = [Shop(committed.test_client(), **shops[0]) for _ in range(5)]
    acts = [lambda each=each: passed_on(each, alice["id"], name="Bob") for each in clients[:2]]
    sales = [lambda each=each: each.post("/orders", each.order(phone=ALICE)) for each in clients[2:]]

    answers = race([*acts, *sales])  # type: ignore[list-item]

    assert sorted(answer.status_code for answer in answers[:2]) == [201, 409]
    assert {answer.status_code for answer in answers[2:]} == {201}
    bob = looked_up(shop)
    counts = [each["order_count"] for each in (read(shop, alice["id"]), bob)]
    assert (sum(counts), read(shop, alice["id"])["phone"], bob["phone"]) == (4, None, ALICE)
    with committed.app_context():
        right(shop)


@pytest.mark.slow
def test_twin_that_does_not_ask_whether_it_was_still_theirs_takes_it_twice(
    committed: Flask, shops: list[dict[str, Any]]
) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    alice = UUID(member(shop, days=1)["id"])

    def step(looked: Callable[[], object]) -> object:
        number = numbers.person(alice)["phone"]
        looked()
        lost = "UPDATE customers SET phone = NULL, phone_lost_at = now() WHERE store_id = :store AND phone = :phone"
        db.session.execute(db.text(lost), {"store": shop.store_id, "phone": number})
        releases.keep(number, alice, reason="not_this_person")
        return identity.known_by_phone(number, name="Bob").id

    all_look_then_act(committed, shop, [step, step])

    with committed.app_context(), transaction(UUID(shop.store_id)):
        assert len(db.session.scalars(rows_of(ReleasedNumber)).all()) == 2


@pytest.mark.slow
def test_claims_at_once_are_counted_exactly(committed: Flask, shops: list[dict[str, Any]]) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    alice = member(shop, days=1)
    bob = done(passed_on(shop, alice["id"], name="Bob"), 201)
    clients = [Shop(committed.test_client(), **shops[0]) for _ in range(8)]

    answers = race([lambda each=each: claim(each, bob["id"], name="Wrong") for each in clients])  # type: ignore[misc]

    assert sorted(answer.status_code for answer in answers) == [422] * 5 + [429] * 3
