"""Erasing a person: nothing that names or reaches them is left, and every sum is."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog
from flask import Flask
from psycopg2 import sql

from pos import clock
from pos.attention.models import AttentionItem
from pos.attention.sealed import opened
from pos.db import db, rows_of, transaction
from pos.ids import uuid7 as new_id
from pos.messaging import outbox
from pos.statements import Statement
from tests import texting
from tests.care.people import ADA, BOB, CLEO, change, column, look_up, merged, undone
from tests.checkout import stripe
from tests.checkout.counter import approved, books, done, log_of
from tests.client import Shop, new_key
from tests.legacy import telling
from tests.legacy.importing import take
from tests.loyalty.members import adjust
from tests.messaging.campaigning import begun, claimed
from tests.messaging.sandboxed import Texts
from tests.operations import ANY_VERSION
from tests.refusals import slug_of
from tests.running import rows
from tests.woocommerce import shops as web

NAME, PHONE, OTHER, EMAIL = "Hortensia Quillfeather", "+14155550177", "+14155550178", "hortensia@quill.example"
# Any spelling in which somebody types a number has these digits in it, with signs between them.
TRACES = ("Hortensia", "Quillfeather", "4155550177", "4155550178", "quill.example")
SPELLED = "(415) 555-0177"
BODIES = "SELECT body FROM messages WHERE store_id = :store AND direction = 'in' AND body IS NOT NULL ORDER BY id"
SUMS = """
    SELECT count(*), sum(subtotal), sum(discount), sum(tax), sum(tip), sum(total), sum(amount_paid), sum(amount_refunded),
           (SELECT sum(amount) FROM payments WHERE status = 'succeeded'), (SELECT sum(amount) FROM refunds WHERE status = 'succeeded'),
           (SELECT sum(order_count) FROM customers), (SELECT sum(total_spent) FROM customers),
           (SELECT sum(tax) FROM order_lines WHERE voided_at IS NULL),
           (SELECT sum(points) FROM point_entries WHERE type IN ('accumulate', 'redeem', 'adjust')),
           (SELECT sum(balance) FROM members WHERE ended_at IS NULL AND customer_id NOT IN (
              SELECT id FROM customers WHERE phone = ANY(%(phones)s) OR erased_at IS NOT NULL))
      FROM orders
"""
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1
"""


@pytest.fixture
def texts(committed: Flask, superuser: Any, shops: list[dict[str, Any]]) -> Iterator[Texts]:
    with committed.app_context():
        yield Texts(committed, superuser, Shop(committed.test_client(), **shops[0]))


def erase(shop: Shop, customer_id: str, *, as_: str = "owner", **options: Any) -> Any:
    return shop.request("DELETE", f"/customers/{customer_id}", as_=as_, **options)


def traces(connection: Any) -> dict[str, list[str]]:
    """Where in all tables of the database the person is still found, in any column, with signs between the digits or without."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for schema, table in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, table)))
            held = [hit for (row,) in cursor.fetchall() for hit in _hits(row)]
            if held:
                found[table] = held
    return found


def _hits(text: str) -> list[str]:
    plain = text.casefold() + " " + re.sub(r"(?<=\d)[ ().+-]+(?=\d)", "", text)
    return [f"{each}: {text[:200]}" for each in TRACES if each.casefold() in plain]


def sealed(texts: Texts) -> str:
    """What can still be read of what is encrypted."""
    with texts.app.app_context(), transaction(texts.store_id):
        return str([opened(item) for item in db.session.scalars(rows_of(AttentionItem))])


def a_rich_life(texts: Texts) -> tuple[str, str]:
    """Everything that a shop comes to know of one person; the row that stands for them, and the one that was merged into it."""
    shop = texts.shop
    open_tab = shop.sell(phone=SPELLED, name=NAME, note=f"for {NAME}", tab_name="Hortensia", join=True,
                         items=[{"sku": "IPA", "quantity": 2, "note": "Quillfeather takes it"}, {"sku": "WATER", "quantity": 1}])  # fmt: skip
    person = open_tab["customer"]["id"]
    change(shop, person, email=EMAIL, profile={
        "first_name": "Hortensia", "last_name": "Quillfeather", "address": "1 Quillfeather Way", "notes": f"call {SPELLED}",
        "medical_conditions": "Hortensia's asthma", "preferences": {"called": "Hortensia"}, "tags": ["Quillfeather"],
        "customer_type": "a Quillfeather", "date_of_birth": "1985-12-10",
    })  # fmt: skip
    _money(texts, open_tab)
    member = open_tab["customer"]["member"]["id"]
    done(shop.post(f"/members/{member}/adjustments", {"points": 30, "reason": f"sorry, {NAME}"}, as_="owner"), 201)
    done(
        shop.post(
            f"/customers/{person}/consents", {"purpose": "marketing", "granted": True, "note": f"{EMAIL} by hand"}
        ),
        201,
    )
    _talk(texts, person)
    _items(texts, open_tab)
    take(shop, telling.customer(id=PHONE, phone=OTHER, firstName="Hortensia", lastName="Quillfeather", email=EMAIL))
    other = look_up(shop, OTHER)["id"]
    shop.sell(phone=OTHER, payment={"method": "card"}, note="Hortensia's other telephone")
    merged(shop, person, other)
    return person, other


def _money(texts: Texts, tab: dict[str, Any]) -> None:
    shop, manager = texts.shop, approved(texts.shop)
    line = tab["lines"][1]["id"]
    done(shop.request("DELETE", f"/orders/{tab['id']}/lines/{line}", as_="owner", headers={"If-Match": ANY_VERSION},
                      json={"reason": "Hortensia is not thirsty"}))  # fmt: skip
    paid = shop.sell(phone=PHONE, items=[{"sku": "TEE-BLK-M", "quantity": 1}], payment={"method": "card"}, tip=100,
                     discount={"percent": 10, "reason": "Quillfeather, a friend"}, as_="owner", location_id=shop.location_id)  # fmt: skip
    done(shop.post(f"/orders/{paid['id']}/refunds", {"amount": 500, "reason": f"{EMAIL} asked"}, as_="owner"), 201)
    gone = shop.sell(phone=PHONE)
    done(shop.post(f"/orders/{gone['id']}/cancel", {"reason": f"{NAME} left"}, headers=manager))
    linked, intent = stripe.paid_by_link(shop, shop.sell(phone=PHONE, note="Quillfeather"))
    lost = stripe.dispute(intent, linked["total"], "lost", currency=linked["currency"].lower())
    stripe.told(shop, stripe.event(shop, "charge.dispute.closed", lost))


def _talk(texts: Texts, person: str) -> None:
    """Texts in and out, to an end and on their way, and a campaign; then a STOP."""
    shop = texts.shop
    texting.text(shop, PHONE, "POINTS")
    done(
        shop.post(
            "/assistant/messages", {"text": f"how many points does {NAME} at {PHONE} have", "phone": PHONE}, as_="owner"
        )
    )
    done(shop.post("/assistant/messages", {"text": f"how much did {NAME} spend"}, as_="owner"))
    texting.text(shop, PHONE, f"This is {NAME}, is my jacket there?")
    begun(shop, body="{name|friend}, come in.")
    texts.deliver()
    texts.write(person, f"Dear {NAME}, we keep it.")
    with transaction(texts.store_id, actor="outbox"):
        assert outbox.claim(clock.now(), 8)[0], "it is on its way"
    texting.text(shop, PHONE, "STOP")
    texts.write(person, f"{NAME}, it waits for you.")


def _items(texts: Texts, tab: dict[str, Any]) -> None:
    """What people have to look at: a sale that was refused, still to be booked, and another that is settled."""
    shop = texts.shop
    told = {"type": "/problems/invalid", "status": 422, "detail": f"{NAME} is nobody"}
    for key in (new_key(), new_key()):
        sale = shop.order(phone=PHONE, name=NAME, note=f"{NAME} waits", offline=True)
        refused = done(shop.post("/register/refused-sales", {"key": key, "sale": sale, "problem": told}), 201)
    done(shop.post(f"/attention-items/{refused['id']}/resolution", {"resolution": f"{NAME} has paid"}, as_="owner"))


def test_erasure_leaves_no_trace_and_every_sum(
    texts: Texts, superuser: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = texts.shop
    shop.sell(phone="+14155550150", name="Bob", note="for Bob", payment={"method": "card"}, join=True)
    person, other = a_rich_life(texts)
    assert {"orders", "order_lines", "customers", "profiles", "messages", "conversations", "remarks", "customer_words",
            "message_counts", "assistant_turns", "source_ids", "refunds", "order_discounts", "sandbox_objects"} <= set(traces(superuser))  # fmt: skip
    before = _sums(superuser)
    capsys.readouterr()

    with structlog.testing.capture_logs() as logged:
        erased = erase(shop, other)
        again = erase(shop, person)

    assert (erased.status_code, again.status_code) == (204, 204)
    assert traces(superuser) == {}
    assert _hits(sealed(texts)) == []
    assert "IPA" in sealed(texts), "a sale that is still to be booked keeps its goods"
    assert [hit for text in (*map(str, logged), *capsys.readouterr()) for hit in _hits(text)] == []
    assert _sums(superuser) == before
    assert books(shop) == []
    _is_nobody(texts, person)


def _sums(connection: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"phones": [PHONE, OTHER]})
        return tuple(cursor.fetchone())


def _is_nobody(texts: Texts, person: str) -> None:
    shop = texts.shop
    seen = done(shop.get(f"/customers/{person}"))
    assert (seen["phone"], seen["name"], seen["email"], seen["member"]) == (None, None, None, None)
    assert seen["erased_at"]
    assert seen["order_count"] > 0
    states = {row[0] for row in rows(texts.books, "SELECT status FROM messages WHERE customer_id = %s", person)}
    assert states <= {"received", "suppressed", "failed", "sent", "delivered"}
    assert texts.deliver() == {}
    assert slug_of(shop.request("PATCH", f"/customers/{person}", as_="owner", headers={"If-Match": "*"}, json={"name": "X"})) == (
        409, "customer-erased")  # fmt: skip
    assert slug_of(shop.post("/members", {"customer_id": person}))[0] in (404, 409)
    assert slug_of(shop.get("/customers", query_string={"phone": PHONE}))[0] == 404
    assert rows(texts.books, "SELECT count(*) FROM merges WHERE before_sealed IS NOT NULL") == [(0,)]


# --- who may, and whom


def test_cashier_erases_only_with_a_manager(shop: Shop) -> None:
    person = shop.sell(name=NAME)["customer"]["id"]

    refused = erase(shop, person, as_="register")
    by_approval = erase(shop, person, as_="register", headers=approved(shop))

    assert slug_of(refused) == (403, "approval-required")
    assert by_approval.status_code == 204
    [(actor, subject, after)] = log_of(shop, "customer.erase")
    assert (actor, subject) == (f"register:{shop.register_id}", f"customers:{person}")
    assert after == {"rows": [person], "authorised_by": f"user:{shop.people['manager']}"}


def test_nobody_is_erased_who_is_not_one_person_of_this_store(shop: Shop, other_shop: Shop) -> None:
    person = shop.sell(name=NAME)["customer"]["id"]
    walk_in = shop.sell(phone=None, walk_in=True)["customer"]["id"]

    assert slug_of(erase(shop, walk_in)) == (409, "no-person")
    assert slug_of(shop.get(f"/customers/{walk_in}/export", as_="owner")) == (409, "no-person")
    assert erase(other_shop, person).status_code == 404
    assert erase(shop, new_id()).status_code == 404


def test_number_of_an_erased_person_is_somebody_new(shop: Shop) -> None:
    order = shop.sell(name=NAME, join=True)
    person, member = order["customer"]["id"], order["customer"]["member"]
    adjust(shop, member, 50)
    erase(shop, person)

    paid = shop.post(f"/orders/{order['id']}/payments", {"method": "cash"})
    newcomer = shop.sell(payment={"method": "card"}, join=True)

    assert paid.status_code == 201, "an order goes on under nobody"
    assert newcomer["customer"]["id"] != person
    assert (newcomer["customer"]["created"], newcomer["customer"]["order_count"]) == (True, 1)
    assert newcomer["customer"]["member"]["tappass_id"] != member["tappass_id"]
    for known_by in (member["id"], member["tappass_id"]):
        assert slug_of(shop.get(f"/members/{known_by}"))[0] == 404
        assert (
            slug_of(shop.post(f"/members/{known_by}/adjustments", {"points": 5, "reason": "x"}, as_="owner"))[0] == 404
        )
    assert books(shop) == []


# --- refusals outlive them


def test_refusal_of_an_erased_person_is_kept_for_their_number(shop: Shop) -> None:
    person = shop.sell(name=NAME)["customer"]["id"]
    texting.text(shop, "+14155550132", "STOP")
    erase(shop, person)

    newcomer = shop.sell(payment={"method": "card"})["customer"]["id"]

    [consent] = done(shop.get(f"/customers/{newcomer}/consents"))["data"]
    assert (consent["purpose"], consent["granted"], consent["source"]) == ("sms", False, "kept")
    assert claimed(shop, clock.now()) == []
    assert [message["reason"] for message in texting.messages(shop, customer_id=newcomer)] == ["opted_out"]
    assert done(shop.get(f"/customers/{newcomer}"))["sms_consent"] is False
    assert books(shop) == []


@pytest.mark.parametrize("comes_first", [True, False])
def test_start_lifts_a_refusal_that_was_kept(shop: Shop, comes_first: bool) -> None:
    erase(shop, _refuser(shop))
    bought = [shop.sell()] if comes_first else []

    texting.text(shop, "+14155550132", "START")

    newcomer = (bought or [shop.sell()])[0]["customer"]["id"]
    assert done(shop.get(f"/customers/{newcomer}"))["sms_consent"] is True
    erase(shop, newcomer)
    assert done(shop.get(f"/customers/{shop.sell()['customer']['id']}"))["sms_consent"] is None
    assert books(shop) == []


def _refuser(shop: Shop) -> str:
    person: str = shop.sell(name=NAME)["customer"]["id"]
    texting.text(shop, "+14155550132", "STOP")
    return person


# --- texts


def test_text_that_waits_or_is_on_its_way_ends(shop: Shop) -> None:
    person = shop.sell(payment={"method": "card"})["customer"]["id"]
    on_its_way = claimed(shop, clock.now())
    done(shop.post("/messages", {"customer_id": person, "body": "Your hat is here."}, as_="owner"), 201)

    erase(shop, person)

    assert [each.phone for each in on_its_way] == ["+14155550132"]
    waited, left = texting.messages(shop, customer_id=person)
    assert (waited["status"], waited["reason"], waited["body"], waited["phone"]) == ("suppressed", "erased", None, None)
    assert (left["status"], left["reason"], left["phone"]) == ("failed", "erased", None)
    assert texting.status(shop, left, "delivered", sid=texting.new_sid()).status_code == 204
    assert texting.messages(shop, customer_id=person)[1]["status"] == "delivered"
    assert books(shop) == []


def test_text_that_was_written_in_the_same_moment_does_not_leave(app: Flask, shop: Shop) -> None:
    """A campaign may have read the number just before."""
    person = shop.sell()["customer"]["id"]
    erase(shop, person)
    late = "INSERT INTO messages (store_id, id, direction, customer_id, phone, body, purpose, template, status, actor) VALUES (:store, :id, 'out', :customer, '+14155550132', 'Dear Hortensia', 'transactional', 'by_hand', 'queued', 'x')"
    with transaction(UUID(shop.store_id)):
        Statement(late).run(id=new_id(), customer=person)

    assert claimed(shop) == []

    [message] = texting.messages(shop, customer_id=person)
    assert (message["reason"], message["phone"], message["body"]) == ("erased", None, None)
    assert books(shop) == []


# --- what comes from elsewhere


def test_import_brings_nobody_back(shop: Shop) -> None:
    record = telling.customer(telling.order(), phone=PHONE, firstName="Hortensia", email=EMAIL)
    take(shop, record)
    person = look_up(shop, PHONE)["id"]
    erase(shop, person)

    again = take(shop, record | {"firstName": "Hortense"}, telling.customer(telling.order(), id="another", phone=OTHER))

    assert (again.erased, again.made, again.orders) == (1, 1, 1)
    seen = done(shop.get(f"/customers/{person}"))
    assert (seen["name"], seen["phone"], seen["order_count"]) == (None, None, 1)
    assert slug_of(shop.get("/customers", query_string={"phone": PHONE}))[0] == 404
    assert books(shop) == []


# --- what lies with somebody else's


def test_words_stay_nobodys_after_the_number_has_gone_on(shop: Shop) -> None:
    """Erasing whoever has the number since takes it from the texts of before; their words go with whose they are."""
    person = shop.sell(name=NAME)["customer"]["id"]
    texting.text(shop, "+14155550132", "I have the flu")
    newcomer = done(shop.post(f"/customers/{person}/not-this-person", {"name": "Bob"}), 201)["id"]
    erase(shop, newcomer)
    assert "I have the flu" in column(shop, BODIES)

    erase(shop, person)

    assert column(shop, BODIES) == []
    assert books(shop) == []


@pytest.mark.parametrize("led_on", [False, True])
def test_texts_of_while_they_were_taken_for_another_go_too(shop: Shop, led_on: bool) -> None:
    ann, bea, cleo = (shop.sell(phone=number)["customer"]["id"] for number in (ADA, BOB, CLEO))
    merges = [merged(shop, cleo, bea), merged(shop, ann, cleo)] if led_on else [merged(shop, ann, bea)]
    shop.sell(phone=BOB, payment={"method": "card"})
    texting.text(shop, BOB, "I have the flu")
    texting.text(shop, ADA, "Mine is a cold")
    for each in reversed(merges):
        undone(shop, each)

    erase(shop, bea)

    assert column(shop, BODIES) == ["Mine is a cold"]
    assert BOB not in column(shop, "SELECT phone FROM messages WHERE store_id = :store")
    assert BOB not in column(shop, "SELECT phone FROM conversations WHERE store_id = :store")
    sealed_since = "SELECT before_sealed IS NOT NULL FROM merges WHERE store_id = :store"
    assert not any(column(shop, sealed_since)), "nor what a merge kept of who had been merged before"
    assert BOB not in {each.phone for each in claimed(shop, clock.now())}
    assert books(shop) == []


def test_refusal_is_kept_also_for_a_number_that_was_given_up(shop: Shop) -> None:
    """Whoever refuses, refuses for every number by which they could be reached, as long as nobody who had it since has said yes."""
    person = shop.sell(name=NAME, phone=ADA)["customer"]["id"]
    done(shop.post(f"/customers/{person}/phone", {"phone": BOB}, as_="owner"))
    texting.text(shop, BOB, "STOP")
    erase(shop, person)
    other = shop.sell(phone=CLEO)["customer"]["id"]

    done(shop.post(f"/customers/{other}/phone", {"phone": ADA}, as_="owner"))

    assert done(shop.get(f"/customers/{other}"))["sms_consent"] is False
    assert done(shop.get(f"/customers/{shop.sell(phone=BOB)['customer']['id']}"))["sms_consent"] is False
    assert books(shop) == []


def test_web_shop_brings_nobody_back(texts: Texts, superuser: Any) -> None:
    """Its next orders are with the row that stays, by the account; neither they nor those of before tell who it was."""
    shop, told = texts.shop, web.connected(texts.shop)
    hortensia = {"phone": SPELLED, "first_name": "Hortensia", "last_name": "Quillfeather", "email": EMAIL}
    told.put("customers", web.account(31, **hortensia))
    told.put("orders", web.order(41, account=31, billing=web.billing(**hortensia), customer_note=f"for {NAME}"))
    told.put("orders", web.order(42, billing=web.billing(**hortensia)))
    told.give_back(41, 51, "3.00", reason="Hortensia asked")
    web.synced(shop)
    person = look_up(shop, PHONE)["id"]
    assert {"orders", "refunds", "customers", "profiles"} <= set(traces(superuser))

    assert erase(shop, person).status_code == 204
    for again in range(2):
        told.touch(41, status="completed", customer_note=f"{NAME}, once more", date_completed_gmt=web.PAID_AT)
        told.give_back(41, 52 + again, "2.00", reason=f"{NAME} asked again")
        told.put("orders", web.order(43 + again, account=31, billing=web.billing(**hortensia), customer_note=NAME))
        told.give_back(43 + again, 55 + again, "1.00", reason="Quillfeather")
        web.synced(shop)

    assert traces(superuser) == {}
    assert {web.web_order(shop, number)["customer"]["id"] for number in (41, 42, 43, 44)} == {person}
    assert rows(superuser, "SELECT wc_customer_id, customer_id::text FROM web_customers") == [(31, person)]
    assert rows(superuser, "SELECT sum(amount)::int FROM refunds WHERE source = 'woocommerce'") == [(900,)]
    with texts.app.app_context():
        assert books(shop) == []
