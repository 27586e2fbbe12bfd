"""Texts of people with two numbers: what waits, what they say, and what may still be sent to them."""

from uuid import UUID

from pos import clock
from pos.db import transaction
from pos.messaging import outbox
from tests import texting
from tests.care.people import ADA, BOB, CARD, column, known, look_up, merged, undone
from tests.checkout.counter import books, done
from tests.client import Shop
from tests.loyalty.members import joined
from tests.messaging import campaigning

WAITING = (
    "SELECT customer_id FROM messages WHERE store_id = :store AND status IN ('queued', 'held') AND cause LIKE :cause"
)
REASON = "SELECT permit ->> 'reason' FROM messages WHERE store_id = :store AND campaign_id = :campaign AND customer_id = :customer"


def test_waiting_text_is_judged_by_the_answers_of_both(shop: Shop) -> None:
    # Given a receipt that waits, and another row of the person that wants no texts
    ada, bob = known(shop, ADA), known(shop, BOB, **CARD)
    texting.text(shop, ADA, "STOP")

    # When they become one before it leaves, and two again
    made = merged(shop, ada, bob)
    together = column(shop, WAITING, cause="receipt:%"), look_up(shop, BOB)["sms_consent"]
    stayed = undone(shop, made)["stayed"]

    # Then it is the kept one's, who said no, and afterwards the other's again, who did not
    assert together == ([UUID(ada)], False)
    assert column(shop, WAITING, cause="receipt:%") == [UUID(bob)]
    assert (look_up(shop, ADA)["sms_consent"], look_up(shop, BOB)["sms_consent"]) == (False, True)
    assert stayed["consents"] == []
    assert books(shop) == []


def test_word_from_the_second_number_is_the_persons(shop: Shop) -> None:
    # Given a member with two numbers
    ada, bob = known(shop, ADA), known(shop, BOB)
    joined(shop, ADA, 70)
    made = merged(shop, ada, bob)

    # When the second number asks for points, is answered by a person, and says STOP; and the merge is undone
    said = texting.said(texting.text(shop, BOB, "points"))
    texting.text(shop, BOB, "do you have oat milk")
    talk = next(each for each in done(shop.get("/conversations", as_="owner"))["data"] if each["phone"] == BOB)
    answer = done(shop.post(f"/conversations/{talk['id']}/messages", {"body": "We do."}, as_="owner"), 201)
    texting.text(shop, BOB, "STOP")
    together = look_up(shop, BOB)["sms_consent"]
    undone(shop, made)

    # Then it is told of the person's points, the answer goes to the number that asked, and neither row is texted any more
    assert said is not None
    assert "70" in said
    assert (talk["customer_id"], answer["customer_id"], answer["phone"]) == (ada, ada, BOB)
    assert together is False
    assert [look_up(shop, phone)["sms_consent"] for phone in (ADA, BOB)] == [False, False]
    assert {each["phone"] for each in texting.messages(shop, customer_id=ada)} >= {BOB}
    assert books(shop) == []


def test_campaign_writes_to_a_person_once(shop: Shop) -> None:
    # Given two customers to whom a campaign has written, and who become one before it is sent
    ada, bob = (campaigning.known(shop, number) for number in (151, 152))
    campaign = campaigning.begun(shop)
    merged(shop, ada, bob)

    # When its texts are due
    sent = campaigning.claimed(shop)

    # Then one leaves, and the other says why not
    assert [each.phone for each in sent] == ["+14155550151"]
    assert column(shop, REASON, campaign=campaign["id"], customer=bob) == ["merged"]


def test_text_that_is_being_taken_out_follows_its_customer(shop: Shop) -> None:
    # Given a text of a customer whose row leads to another one by now
    ada, bob = known(shop, ADA), known(shop, BOB, **CARD)
    merged(shop, ada, bob)
    back = "UPDATE messages SET customer_id = :customer WHERE store_id = :store AND cause LIKE 'receipt:%' RETURNING id"
    assert len(column(shop, back, customer=bob)) == 1

    # When the outbox hands it over
    with transaction(UUID(shop.store_id), actor="outbox"):
        claimed, _ = outbox.claim(clock.now(), 10)

    # Then it leaves as a text of who stands for them, to the number that it was written for
    assert [each.phone for each in claimed] == [BOB]
    assert {str(each["customer_id"]) for each in texting.messages(shop, direction="out")} == {ada}
    assert books(shop) == []


def test_refusal_while_they_were_one_outlives_the_undo(shop: Shop) -> None:
    # Given a person who had said STOP, START and STOP again, the last two while their rows were one
    ada, bob = known(shop, ADA), known(shop, BOB)
    texting.text(shop, ADA, "STOP")
    made = merged(shop, ada, bob)
    texting.text(shop, BOB, "START")
    texting.text(shop, ADA, "STOP")

    # When they are two again
    undone(shop, made)

    # Then neither number is texted, though the merge alone would give the second one's answer back
    assert [look_up(shop, phone)["sms_consent"] for phone in (ADA, BOB)] == [False, False]
    assert books(shop) == []
