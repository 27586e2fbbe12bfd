"""What becomes of a text: Twilio's callbacks in any order, and what each of its codes means."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos.db import transaction
from pos.messaging import codes, flows, outcomes
from pos.messaging.codes import CODES
from pos.messaging.lifecycle import TOLD
from pos.statements import Statement
from tests import texting
from tests.checkout.counter import books, done
from tests.client import Shop
from tests.messaging.campaigning import BODY, asked, begun, known, seen
from tests.messaging.playing import Twilio, deliver, items, later, let_wait, playing, row, write
from tests.messaging.sandboxed import Texts

PHONE = "+14155550001"
_UNUSABLE = Statement("SELECT sms_unusable_at IS NOT NULL FROM customers WHERE store_id = :store AND id = :id")
DECLINED = [code for code, (meaning, _) in CODES.items() if meaning not in ("busy", "alarm")]
ALARMS = [code for code, (meaning, _) in CODES.items() if meaning == "alarm"]
BUSY = [code for code, (meaning, _) in CODES.items() if meaning == "busy"]


@pytest.fixture
def customer(shop: Shop) -> str:
    return known(shop, 1)


@pytest.fixture
def sent(app: Flask, shop: Shop, customer: str) -> UUID:
    """A text whose call nobody has answered yet."""
    message_id = write(shop, customer)
    with playing(app, Twilio(20500, 500)):
        deliver(shop)
    assert row(shop, message_id)["status"] == "unknown"
    return message_id


def told(shop: Shop, message_id: UUID, status: str, sid: str, code: int | None = None) -> None:
    assert texting.status(shop, {"id": message_id}, status, sid=sid, code=code).status_code == 204


def customer_of(shop: Shop, customer_id: str) -> dict[str, Any]:
    return done(shop.get(f"/customers/{customer_id}"))


def consents(shop: Shop, customer_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(shop.get(f"/customers/{customer_id}/consents", as_="owner"))["data"]
    return [each for each in found if each["purpose"] == "sms"]


def is_unusable(shop: Shop, customer_id: str) -> bool:
    with transaction(UUID(shop.store_id)):
        return bool(_UNUSABLE.rows(id=customer_id)[0][0])


# --- callbacks


@pytest.mark.parametrize("last", ["delivered", "undelivered", "failed"])
def test_callbacks_in_any_order_and_any_number_end_alike(shop: Shop, sent: UUID, last: str) -> None:
    sid = texting.new_sid()
    for order in list(permutations(["queued", "sending", "sent", last]))[:: 5 if last != "failed" else 7]:
        for status in (*order, *order[::-1]):
            told(shop, sent, status, sid)
        assert (row(shop, sent)["status"], row(shop, sent)["provider_sid"]) == (last, sid)
    assert books(shop) == []


def test_every_word_of_twilios_is_understood_from_the_start(shop: Shop, customer: str, app: Flask) -> None:
    for word, status in TOLD.items():
        message_id = write(shop, customer)
        with playing(app, Twilio()):
            deliver(shop)
        told(shop, message_id, word, row(shop, message_id)["provider_sid"])
        assert row(shop, message_id)["status"] == status, word


def test_callback_before_the_answer_names_the_text(shop: Shop, sent: UUID) -> None:
    sid = texting.new_sid()
    told(shop, sent, "delivered", sid)

    # The sweep finds nothing to do, and a later look at Twilio's list would change nothing
    assert dict(flows.settle_lost(UUID(shop.store_id))) == {}
    assert (row(shop, sent)["status"], row(shop, sent)["provider_sid"]) == ("delivered", sid)


def test_callback_for_nobodys_message_is_taken_and_forgotten(shop: Shop, sent: UUID) -> None:
    before = row(shop, sent)

    told(shop, UUID(int=7), "delivered", texting.new_sid())
    form = {"MessageSid": texting.new_sid(), "MessageStatus": "delivered"}
    for query in ("", "?store=x&message=y", f"?store={UUID(int=1)}&message={sent}"):
        answer = texting.post(shop.client.application, f"{texting.STATUS}{query}", form)
        assert answer.status_code == 204

    assert row(shop, sent) == before
    assert items(shop, "sms_unclear") == []


def test_callback_of_another_sid_is_a_text_that_went_out_twice(shop: Shop, sent: UUID) -> None:
    first, second = texting.new_sid(), texting.new_sid()
    told(shop, sent, "sent", first)

    for status in ("sent", "delivered", "delivered"):
        told(shop, sent, status, second)

    assert (row(shop, sent)["status"], row(shop, sent)["provider_sid"]) == ("sent", first)
    [item] = items(shop, "sms_unclear")
    assert (item["subject"], item["detail"]) == (f"messages:{sent}", {"other_sid": second})


def test_callback_wakes_what_was_given_up(shop: Shop, sent: UUID) -> None:
    with transaction(UUID(shop.store_id), actor="outbox"):
        outcomes.failed(sent, 1, None, "Twilio has no such message.")
    assert row(shop, sent)["permit"]["failure"] == "Twilio has no such message."

    told(shop, sent, "delivered", texting.new_sid())

    assert row(shop, sent)["status"] == "delivered"
    assert "failure" not in row(shop, sent)["permit"]


def test_callback_whose_sid_another_text_has_is_that_ones(shop: Shop, sent: UUID, customer: str, app: Flask) -> None:
    """Two texts with the same words: by Twilio's list, one was taken for the other."""
    other = write(shop, customer)
    with playing(app, Twilio()):
        deliver(shop)
    sid = row(shop, other)["provider_sid"]

    told(shop, sent, "delivered", sid)

    assert [row(shop, each)["status"] for each in (sent, other)] == ["unknown", "delivered"]
    with transaction(UUID(shop.store_id), actor="outbox"):
        assert outcomes.told(sent, "sent", sid=sid) is False


# --- codes


@pytest.mark.parametrize("code", DECLINED)
@pytest.mark.parametrize("way", ["create", "callback"])
def test_code_fails_this_text_and_means_what_the_table_says(
    app: Flask, shop: Shop, customer: str, *, code: int, way: str
) -> None:
    message_id = write(shop, customer)
    with playing(app, Twilio(code if way == "create" else None)):
        deliver(shop)
    if way == "callback":
        told(shop, message_id, "undelivered", row(shop, message_id)["provider_sid"], code)
    found = row(shop, message_id)

    assert (found["status"], found["error_code"]) == ("failed" if way == "create" else "undelivered", code)
    meaning = codes.meaning(code)
    assert is_unusable(shop, customer) == (meaning == "unusable")
    assert [(each["granted"], each["source"], each["evidence"]) for each in consents(shop, customer)] == (
        [(False, "provider", {"error_code": 21610})] if meaning == "stale_consent" else []
    )
    assert [item["detail"]["code"] for item in items(shop, "sms_alarm")] == ([code] if meaning == "filtered" else [])
    assert done(shop.get("/messaging/policy", as_="owner"))["paused_until"] is None
    if meaning in ("unusable", "stale_consent"):
        assert books(shop) == []


@pytest.mark.parametrize("code", ALARMS)
def test_alarm_pauses_the_store_and_the_text_waits(app: Flask, shop: Shop, customer: str, code: int) -> None:
    first = write(shop, customer)

    with playing(app, Twilio(code, 401 if code == 20003 else 400)) as twilio:
        deliver(shop)
        second = write(shop, customer, "Your hat is here.")
        deliver(shop)
        assert twilio.asked == 1
        assert [row(shop, each)["status"] for each in (first, second)] == ["queued"] * 2
        [item] = items(shop, "sms_alarm")
        assert (item["detail"]["code"], item["resolved_at"]) == (code, None)

        # Ten minutes later it is the same alarm; once it was settled, it is a new one
        for resolved in (False, True):
            if resolved:
                assert shop.post(f"/attention-items/{item['id']}/resolution", {}, as_="owner").status_code == 200
            let_wait(shop, first)
            later(shop, second)
            deliver(shop)
            assert len(items(shop, "sms_alarm")) == 1 + resolved

    # When the account is mended, both leave
    with playing(app, Twilio()):
        for each in (first, second):
            let_wait(shop, each)
            deliver(shop)
    assert [row(shop, each)["status"] for each in (first, second)] == ["sent"] * 2


@pytest.mark.parametrize("code", [*ALARMS, *BUSY])
def test_code_that_is_not_the_texts_fault_has_it_written_anew_once(
    app: Flask, shop: Shop, customer: str, code: int
) -> None:
    message_id = write(shop, customer)
    with playing(app, Twilio()) as twilio:
        deliver(shop)
        sid = row(shop, message_id)["provider_sid"]
        for _ in range(2):
            told(shop, message_id, "failed", sid, code)
        assert len(items(shop, "sms_alarm")) == (code in ALARMS)
        [anew] = [each for each in texting.messages(shop) if each["status"] == "queued"]
        let_wait(shop, UUID(anew["id"]))
        deliver(shop)

        # It fails again: then it is left alone
        told(shop, UUID(anew["id"]), "failed", row(shop, UUID(anew["id"]))["provider_sid"], code)

        assert twilio.asked == 2
    assert [each["status"] for each in texting.messages(shop)] == ["failed", "failed"]


@pytest.mark.parametrize("code", BUSY)
def test_busy_comes_again(app: Flask, shop: Shop, customer: str, code: int) -> None:
    message_id = write(shop, customer)
    with playing(app, Twilio(code, 429 if code == 20429 else 400)):
        deliver(shop)
    found = row(shop, message_id)
    assert (found["status"], found["not_before"] > found["updated_at"]) == ("queued", True)

    let_wait(shop, message_id)
    with playing(app, Twilio()):
        deliver(shop)
    assert (row(shop, message_id)["status"], row(shop, message_id)["attempts"]) == ("sent", 2)


def test_unknown_code_fails_only_this_text(app: Flask, shop: Shop, customer: str) -> None:
    message_id = write(shop, customer)
    with playing(app, Twilio(29_999)):
        deliver(shop)

    assert row(shop, message_id)["status"] == "failed"
    assert "29999" in row(shop, message_id)["permit"]["failure"]
    assert items(shop, "sms_alarm") == []


def test_filtered_pauses_the_campaigns_and_tells_once(app: Flask, shop: Shop, customer: str) -> None:
    campaign = begun(shop, body=BODY)
    with transaction(UUID(shop.store_id), actor="twilio"):
        outcomes.follow_code(30_007, None)
        outcomes.follow_code(30_007, None)

    assert seen(shop, campaign)["status"] == "paused"
    assert len(items(shop, "sms_alarm")) == 1
    # Nothing of it leaves, while all else does
    other = write(shop, customer)
    with playing(app, Twilio()) as twilio:
        deliver(shop)
    assert (row(shop, other)["status"], twilio.asked) == ("sent", 1)
    of_campaign = asked(shop, f"/messages?campaign_id={campaign['id']}", method="GET")["data"]
    assert [each["status"] for each in of_campaign] == ["queued"]


@pytest.mark.parametrize(("code", "statuses"), [(30_007, ["failed"]), (20_005, ["queued"])])
def test_code_of_eight_texts_at_once_is_told_once(texts: Texts, code: int, statuses: list[str]) -> None:
    sent = [texts.write(texts.customer(f"+1415555{number:04d}")) for number in range(flows.AT_ONCE)]

    with playing(texts.app, Twilio(code)) as twilio:
        texts.deliver()

    assert twilio.asked == flows.AT_ONCE
    assert [texts.status(each) for each in sent] == statuses * flows.AT_ONCE
    assert len(texts.items("sms_alarm")) == 1


def test_number_that_texts_us_can_be_texted_again(app: Flask, shop: Shop, customer: str) -> None:
    with playing(app, Twilio(30_006)):
        write(shop, customer)
        deliver(shop)
    assert is_unusable(shop, customer)
    refused = write(shop, customer)
    deliver(shop)
    assert row(shop, refused)["permit"]["reason"] == "number_unusable"

    texting.text(shop, PHONE, "HELP")

    assert not is_unusable(shop, customer)
    with playing(app, Twilio()):
        again = write(shop, customer)
        deliver(shop)
    assert row(shop, again)["status"] == "sent"
