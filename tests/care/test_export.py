"""All that is held of one person, to hand over."""

from tests import texting
from tests.care.people import ADA, BOB, CARD, CLEO, change, known, look_up, merged
from tests.checkout.counter import books, done, log_of
from tests.client import Shop
from tests.loyalty.members import adjust
from tests.office.desk import counted
from tests.refusals import slug_of
from tests.woocommerce import shops as web


def test_export_holds_all_of_a_person_and_nothing_of_others(shop: Shop) -> None:
    person, other = (
        known(shop, ADA, name="Ada", join=True, **CARD),
        known(shop, BOB, name="Ada too", note="the window", **CARD),
    )
    stranger = shop.sell(phone="+14155550149", name="Zacharias", **CARD)
    change(shop, person, email="ada@engines.example", profile={"medical_conditions": "asthma"})
    member = done(shop.get("/customers", query_string={"phone": ADA}))["member"]
    adjust(shop, member, 30, reason="a long wait")
    done(shop.post(f"/customers/{person}/consents", {"purpose": "marketing", "granted": True, "note": "on paper"}), 201)
    texting.text(shop, ADA, "POINTS")
    merged(shop, person, other)

    answer = shop.get(f"/customers/{other}/export", as_="owner")

    told = done(answer)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="customer-{other}.json"'
    assert (told["customer"]["email"], told["customer"]["profile"]["medical_conditions"]) == (
        "ada@engines.example",
        "asthma",
    )
    assert [row["phone"] for row in told["merged"]] == [BOB]
    assert {order["note"] for order in told["orders"]} == {None, "the window"}
    assert all(order["lines"] and order["payments"] for order in told["orders"])
    assert "Adjusted: a long wait" in [line["text"] for line in told["memberships"][0]["ledger"]]
    assert {"on paper"} <= {consent["note"] for consent in told["consents"]}
    assert "POINTS" in {message["body"] for message in told["messages"]}
    assert [merge["duplicate_id"] for merge in told["merges"]] == [other]
    assert {"customers.change", "customer.merge", "member.adjust", "customer.export"} <= {
        act["action"] for act in told["acts"]
    }
    assert stranger["id"] not in answer.text
    assert "Zacharias" not in answer.text


def test_export_of_several_cards_asks_once_for_all_their_points(shop: Shop) -> None:
    cards = [known(shop, number, join=True, **CARD) for number in (ADA, BOB, CLEO)]
    member = look_up(shop, ADA)["member"]["id"]
    for card in cards[1:]:
        merged(shop, cards[0], card)

    with counted() as sent:
        told = done(shop.get(f"/customers/{cards[0]}/export", as_="owner"))

    assert len(told["memberships"]) == 3
    for membership in told["memberships"]:
        assert "Earned" in str(membership["ledger"])
    [kept] = [each for each in told["memberships"] if each["id"] == member]
    assert kept["ledger"] == done(shop.get(f"/members/{member}/ledger"))["data"]
    assert len([each for each in sent if "GROUP BY e.member_id" in each]) == 1


def test_export_is_a_managers_and_is_noted(shop: Shop, other_shop: Shop) -> None:
    person = known(shop, ADA)

    refused = shop.get(f"/customers/{person}/export")
    taken = shop.get(f"/customers/{person}/export", as_="owner")

    assert slug_of(refused) == (403, "role-too-low")
    assert taken.status_code == 200
    assert [(actor, subject) for actor, subject, _ in log_of(shop, "customer.export")] == [
        ("api-key", f"customers:{person}")
    ]
    assert other_shop.get(f"/customers/{person}/export", as_="owner").status_code == 404
    assert books(shop) == []


def test_export_tells_of_the_web_shop(shop: Shop) -> None:
    told = web.connected(shop)
    told.put("orders", web.order(41, account=31, billing=web.billing(phone=ADA), customer_note="the blue one"))
    told.put("orders", web.order(42, account=32, billing=web.billing(phone=BOB)))
    web.synced(shop)
    person = look_up(shop, ADA)["id"]

    handed_over = done(shop.get(f"/customers/{person}/export", as_="owner"))

    assert [each["number"] for each in handed_over["web_accounts"]] == [31]
    [order] = handed_over["orders"]
    assert (order["source"], order["wc_order_id"], order["note"]) == ("woocommerce", 41, "the blue one")
