"""POST /assistant/messages: who may ask about whom, what is kept of it, and what goes with whoever is erased."""

import uuid
from typing import Any

import pytest
import structlog
from flask import Flask

from pos.db import transaction
from pos.statements import Statement
from tests.checkout.counter import books, done, signed_in
from tests.client import Shop
from tests.loyalty.members import CARD, balance, joined, member
from tests.refusals import slug_of

ADA, BOB, NOBODY = "(415) 555-0132", "(415) 555-0133", "(415) 555-0199"
_TURNS = Statement("""
    SELECT t.text, t.reply, t.intent, t.role, t.actor, v.customer_id, v.channel, v.phone
      FROM assistant_turns t JOIN conversations v ON v.store_id = t.store_id AND v.id = t.conversation_id
     WHERE t.store_id = :store ORDER BY t.id
""")


def ask(shop: Shop, text: str, phone: str | None = None, *, as_: str = "owner", **more: Any) -> Any:
    body = {"text": text, **({"phone": phone} if phone else {}), **more}
    return shop.post("/assistant/messages", body, as_=as_)


def asks(shop: Shop, text: str, phone: str | None = None, **more: Any) -> dict[str, Any]:
    return done(ask(shop, text, phone, **more))


def turns(shop: Shop) -> list[dict[str, Any]]:
    with transaction(uuid.UUID(shop.store_id)):
        return _TURNS.mappings()


def test_customer_is_answered_by_their_number(shop: Shop) -> None:
    # given
    joined(shop, points=41)
    # when
    said = asks(shop, "how many points do I have?", ADA, as_="register")
    # then
    assert said["reply"].startswith("Hops: You have 41 points, level Bronze.")
    assert (said["intent"], said["language"]) == ("points", "en")
    [fact] = said["facts"]
    assert (fact["tool"], fact["arguments"], fact["rows"]["balance"]) == ("points", {}, 41)
    assert "41" in fact["figures"]
    [kept] = turns(shop)
    assert (kept["text"], kept["reply"], kept["role"]) == ("how many points do I have?", said["reply"], "cashier")
    assert (str(kept["customer_id"]), kept["channel"], kept["phone"]) == (member(shop)["customer_id"], "api", None)


def test_conversation_of_the_house_and_of_a_number_are_two(shop: Shop) -> None:
    # given
    of_the_house = asks(shop, "sales yesterday")["conversation_id"]
    of_nobody = asks(shop, "menu", NOBODY)["conversation_id"]
    # when
    refused = ask(shop, "and today?", NOBODY, as_="register", conversation_id=of_the_house)
    refused_too = ask(shop, "sales yesterday", conversation_id=of_nobody)
    # then
    assert (slug_of(refused), slug_of(refused_too)) == ((404, "not-found"), (404, "not-found"))
    assert asks(shop, "and today?", conversation_id=of_the_house)["intent"] == "sales"


@pytest.mark.parametrize("text", ["sales last ፩ days", "sales ፩፩፩፩", "sales ፩ may", "sales of the last 200 months"])
def test_days_that_nobody_can_count_are_not_known(shop: Shop, text: str) -> None:
    assert asks(shop, text)["intent"] == "unknown"
    assert asks(shop, text, NOBODY)["intent"] in ("unknown", "not_allowed")


def test_place_is_not_taken_for_the_product_that_bears_its_name(shop: Shop) -> None:
    # given
    can = {"sku": "CAN", "name": "Taproom IPA six cans", "kind": "food", "price": 1400, "tax_class": "standard"}
    done(shop.post("/products", can, as_="owner"), 201)
    # when
    of_the_place, of_the_product = (
        asks(shop, "sales of taproom yesterday"),
        asks(shop, "sales of taproom ipa yesterday"),
    )
    # then
    assert (of_the_place["intent"], of_the_product["intent"]) == ("unknown", "product_sales")
    assert "sales" in of_the_place["reply"], "the owner is told what owners ask"


def test_cashier_may_not_ask_about_the_business(shop: Shop) -> None:
    assert slug_of(ask(shop, "sales yesterday", as_="register")) == (403, "role-too-low")
    manager = shop.request(
        "POST", "/assistant/messages", json={"text": "sales today"}, headers=signed_in(shop, "manager")
    )
    assert done(manager)["intent"] == "sales"
    assert asks(shop, "sales today")["reply"].endswith("no sales.")


def test_figures_are_those_of_the_report_behind_the_link(shop: Shop) -> None:
    shop.sell(items=[{"sku": "IPA", "quantity": 2}], tip=100, **CARD)

    said = asks(shop, "sales today")

    [fact] = said["facts"]
    report = done(shop.get(fact["link"].replace("/office", "", 1), as_="owner"))
    names = ("orders", "net", "total", "tips", "tax", "taken")
    assert {name: fact["rows"][name] for name in names} == {name: report["totals"][name] for name in names}
    assert "16.00 USD net" in said["reply"]


def test_number_of_nobody_is_told_what_anybody_may_know(shop: Shop) -> None:
    shop.sell()

    assert asks(shop, "points", NOBODY)["reply"].startswith("Hops: This number is not known here.")
    assert asks(shop, "points", NOBODY)["facts"] == []
    assert "House IPA" in asks(shop, "menu", NOBODY)["reply"]
    assert slug_of(ask(shop, "points", "12"))[0] == 422


def test_another_store_knows_nothing_of_it(shop: Shop, other_shop: Shop) -> None:
    order = shop.sell(**CARD)
    begun = asks(shop, "orders", ADA)["conversation_id"]

    assert asks(other_shop, "orders", "+14155550132")["reply"].startswith("Cafe: This number is not known here.")
    assert order["reference"] not in asks(other_shop, f"order {order['reference']}")["reply"]
    assert slug_of(ask(other_shop, "sales today", conversation_id=begun)) == (404, "not-found")


def test_conversation_goes_on_with_its_customer_alone(shop: Shop) -> None:
    # given
    shop.sell(phone=ADA, placed_at="2026-03-01T20:00:00Z", **CARD)
    shop.sell(phone=BOB, **CARD)
    first = asks(shop, "how much did I spend today?", ADA)
    # when
    more = asks(shop, "and in march 2026?", ADA, conversation_id=first["conversation_id"])
    # then
    assert (first["intent"], more["intent"]) == ("spent", "spent")
    assert "You have no orders" in first["reply"]
    assert "You spent 8.66 USD" in more["reply"]
    assert more["conversation_id"] == first["conversation_id"]
    assert asks(shop, "and in march 2026?", ADA)["intent"] == "unknown", "without what was asked before"
    assert slug_of(ask(shop, "points", BOB, conversation_id=first["conversation_id"])) == (404, "not-found")


def test_joining_makes_a_member_once(shop: Shop) -> None:
    begun = asks(shop, "JOIN", NOBODY)
    again = asks(shop, "points", NOBODY, conversation_id=begun["conversation_id"])

    assert begun["intent"] == "join"
    assert again["reply"].startswith("Hops: You have 0 points")
    assert balance(shop, NOBODY) == 0
    assert books(shop) == []


@pytest.mark.parametrize(("text", "meaning"), [("STOP", "stop"), ("take me off your list", "stop_in_words"), ("START", "start"), ("yes", "yes")])  # fmt: skip
def test_consent_is_not_given_by_whoever_types_here(shop: Shop, text: str, meaning: str) -> None:
    shop.sell(marketing_consent=True)
    customer = done(shop.get("/customers", query_string={"phone": ADA}))

    said = asks(shop, text, ADA)

    assert said["intent"] == meaning
    assert "Nothing was changed here" in said["reply"]
    assert done(shop.get("/customers", query_string={"phone": ADA}))["marketing_consent"] is True
    assert len(done(shop.get(f"/customers/{customer['id']}/consents"))["data"]) == 1


def test_numbers_and_addresses_are_not_kept(shop: Shop) -> None:
    said = asks(shop, "points of 415 555 0177 or ada@example.com", BOB)

    assert said["intent"] == "not_allowed"
    assert turns(shop)[0]["text"] == "points of 000 000 0000 or x@x"


def test_words_and_numbers_reach_no_log(shop: Shop) -> None:
    joined(shop, points=5)

    with structlog.testing.capture_logs() as logged:
        asks(shop, "how many points zebra do I have", ADA)
        asks(shop, "points", ADA)

    assert not [line for line in map(str, logged) if "zebra" in line or "5550132" in line]


def test_erasing_takes_the_questions_too(shop: Shop) -> None:
    # given
    order = shop.sell(name="Hortensia Quillfeather", **CARD)
    asks(shop, "my orders", ADA)
    asks(shop, "how much did Hortensia Quillfeather spend")
    asks(shop, "sales today")
    # when
    erased = shop.request("DELETE", f"/customers/{order['customer']['id']}", as_="owner")
    # then
    assert erased.status_code == 204
    assert [turn["text"] for turn in turns(shop)] == ["sales today"]
    assert books(shop) == []


def test_erasing_takes_what_leads_to_the_person_too(shop: Shop) -> None:
    # given
    order = shop.sell(phone="+14155550132", name="José Núñez-Li", join=True, **CARD)
    card, reference = member(shop)["tappass_id"], order["reference"]
    of_them = (
        f"points of {card}", f"is {card.replace('-', ' ').lower()} a member", f"what was in order {reference}", f"was {reference} late",
        "how many points does Jose Nunez have", "how much did NUÑEZ, José spend", "how many points does josé have",
    )  # fmt: skip
    for text in (*of_them, "sales of li chi", "how many nunezes came"):
        asks(shop, text)
    # when
    erased = shop.request("DELETE", f"/customers/{order['customer']['id']}", as_="owner")
    # then
    assert erased.status_code == 204
    assert [turn["text"] for turn in turns(shop)] == ["sales of li chi", "how many nunezes came"]


def test_questions_are_no_texts(shop: Shop) -> None:
    joined(shop)
    conversation_id = asks(shop, "points", ADA)["conversation_id"]

    assert done(shop.get("/conversations", as_="owner"))["data"] == []
    assert slug_of(shop.post(f"/conversations/{conversation_id}/messages", {"body": "hi"}, as_="owner"))[0] == 404


def test_body_is_strict(app: Flask, shop: Shop) -> None:
    for body in ({}, {"text": ""}, {"text": "x" * 1001}, {"text": "points", "who": "Ada"}, {"text": 1}):
        assert slug_of(shop.post("/assistant/messages", body, as_="owner"))[0] == 422
