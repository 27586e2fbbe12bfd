"""What Twilio tells: statuses and texts that came in, signed, repeated as Twilio repeats, in the order that somebody chooses; and
what it does by itself with STOP."""

from typing import Any

import pytest
import requests
from flask import Flask
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers

from pos.messaging.gateway import Declined, twiml
from pos.sandbox.tasks import deliver_by_hand, tell_inbound, walk_message
from pos.sandbox.twilio_messages import FATES
from tests.sandbox.conftest import CALLBACK, NUMBER, PHONE, Texting

LOST = requests.ConnectionError()


# --- statuses ---------------------------------------------------------------------------------------------


def test_text_walks_to_delivered_and_each_status_is_told(texting: Texting) -> None:
    told = texting.send()
    walked = texting.walk(told.sid)

    assert walked.status == "delivered"
    assert [url for url, *_ in texting.posted] == [CALLBACK] * 2
    forms = [form for _, form, _ in texting.posted]
    assert [form.pop("MessageStatus") for form in forms] == ["sent", "delivered"]
    assert [form.pop("SmsStatus") for form in forms] == ["sent", "delivered"]
    account = texting.gateway.settings.account_sid
    assert forms == [
        {"AccountSid": account, "ApiVersion": "2010-04-01", "From": NUMBER, "To": PHONE, "MessageSid": told.sid, "SmsSid": told.sid}
    ] * 2  # fmt: skip
    assert texting.states() == {"status sent": "delivered", "status delivered": "delivered"}


def test_status_is_signed_over_the_whole_address(texting: Texting) -> None:
    texting.walked()

    [(url, form, headers), _] = texting.posted
    validator = RequestValidator(texting.gateway.settings.auth_token)
    assert validator.validate(url, form, headers["X-Twilio-Signature"])
    assert texting.gateway.is_signed(url, form, Headers(headers))
    assert not texting.gateway.is_signed(url.partition("?")[0], form, Headers(headers))
    assert not texting.gateway.is_signed(url, form | {"MessageStatus": "read"}, Headers(headers))


def test_text_that_nobody_asks_about_walks_in_silence(texting: Texting) -> None:
    _, made = texting.create()

    assert texting.walk(made["sid"]).status == "delivered"
    assert texting.posted == []


@pytest.mark.parametrize("phone", FATES)
def test_text_to_a_magic_number_does_not_arrive(texting: Texting, phone: str) -> None:
    walked = texting.walked(to=phone)

    code = int(phone.removeprefix("+1500555")) % 1000 + 30_000
    last = "failed" if code == 30034 else "undelivered"
    assert (walked.status, walked.error_code) == (last, code)
    assert texting.statuses() == (["failed"] if code == 30034 else ["sent", "undelivered"])
    assert [form.get("ErrorCode") for _, form, _ in texting.posted][-1] == str(code)
    assert "ErrorCode" not in texting.posted[0][1] or code == 30034


def test_walk_may_be_repeated(texting: Texting) -> None:
    told = texting.send()

    for _ in range(3):
        walk_message(told.sid)

    assert texting.statuses() == ["sent", "delivered"]


def test_status_that_a_dead_worker_left_is_told_by_the_next(texting: Texting) -> None:
    told = texting.send()
    texting.replies.append(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        walk_message(told.sid)
    walk_message(told.sid)

    assert texting.statuses() == ["sent", "sent", "delivered"]


@pytest.mark.parametrize(
    ("replies", "statuses", "state", "tries"),
    [
        ([(500, ""), (200, "")], ["sent", "delivered"], "failed", [(500, None)]),
        ([(404, "")], ["sent", "delivered"], "failed", [(404, None)]),
        ([requests.ReadTimeout()], ["sent", "delivered"], "failed", [(None, "ReadTimeout")]),
        ([LOST], ["sent", "sent", "delivered"], "delivered", [(None, "ConnectionError"), (200, None)]),
        ([LOST, LOST], ["sent", "sent", "delivered"], "failed", [(None, "ConnectionError")] * 2),
    ],
    ids=["500", "404", "no answer", "not reached once", "not reached"],
)
def test_status_is_repeated_once_and_only_if_nobody_was_reached(
    texting: Texting, replies: list[Any], statuses: list[str], state: str, tries: list[Any]
) -> None:
    texting.replies += replies

    walked = texting.walked()

    first = texting.events()[0]
    assert walked.status == "delivered"
    assert texting.statuses() == statuses
    assert (first["state"], [(each["status"], each["error"]) for each in first["deliveries"]]) == (state, tries)


@pytest.mark.parametrize("match", ["status delivered", "status", "*"])
@pytest.mark.parametrize(("fault", "state"), [("drop_event", "dropped"), ("hold_event", "held")])
def test_status_is_dropped_or_held_as_ordered(texting: Texting, match: str, fault: str, state: str) -> None:
    texting.order((match, fault))

    walked = texting.walked()

    which = "status delivered" if match == "status delivered" else "status sent"
    assert walked.status == "delivered"
    assert [each for each, known in texting.states().items() if known == state] == [which]
    assert len(texting.posted) == 1


def test_statuses_are_told_in_another_order_and_often(texting: Texting) -> None:
    texting.order(("status sent", "hold_event"))
    texting.walked()
    held = texting.events()[0]

    answered = texting.client.post(f"/_sandbox/events/{held['id']}/deliver", json={"times": 3, "concurrency": 3})
    deliver_by_hand(held["id"], "3", "3")

    assert answered.status_code == 202
    assert texting.statuses() == ["delivered", "sent", "sent", "sent"]
    assert texting.states()["status sent"] == "delivered"


def test_dropped_webhook_is_not_sent_by_itself(texting: Texting) -> None:
    texting.text("POINTS")
    [event] = texting.events()

    assert texting.client.post(f"/_sandbox/events/{event['id']}/drop").status_code == 200
    texting.tell()

    assert texting.posted == []


def test_webhooks_are_on_the_page_of_events(texting: Texting) -> None:
    texting.walked()

    page = texting.client.get("/_sandbox/events").text

    assert {event["provider"] for event in texting.events()} == {"twilio"}
    assert "status delivered" in page
    assert "Twilio · delivered" in page
    assert '<a href="/_sandbox/phones">' in page


def test_job_that_outlives_the_sandbox_sends_nothing(texting: Texting) -> None:
    told = texting.send()
    texting.text("POINTS")
    sender = texting.app.extensions.pop("sandbox_ask")

    walk_message(told.sid)
    texting.tell()

    texting.app.extensions["sandbox_ask"] = sender
    assert texting.posted == []


# --- texts that came in -----------------------------------------------------------------------------------


def test_text_is_told_signed(texting: Texting) -> None:
    made = texting.text("  POINTS ☕\nplease ")
    texting.tell()

    [(url, form, headers)] = texting.posted
    assert url == "http://127.0.0.1:8000/webhooks/twilio/inbound"
    assert texting.gateway.is_signed(url, form, Headers(headers))
    assert form == {
        "MessageSid": made["sid"], "SmsSid": made["sid"], "SmsMessageSid": made["sid"], "SmsStatus": "received",
        "AccountSid": texting.gateway.settings.account_sid, "ApiVersion": "2010-04-01", "From": PHONE, "To": NUMBER,
        "Body": "  POINTS ☕\nplease ", "NumMedia": "0", "NumSegments": "1",
    }  # fmt: skip


def test_answer_is_texted_back_and_its_status_told(texting: Texting) -> None:
    texting.replies.append((200, twiml("You have 12 points & 3 < 4.", CALLBACK)))
    texting.text("POINTS")
    texting.tell()
    [_, answer] = texting.truth()
    walked = texting.walk(answer["sid"])

    assert texting.thread() == [
        ("inbound", "POINTS", "received"),
        ("outbound-reply", "You have 12 points & 3 < 4.", "delivered"),
    ]
    assert (answer["callback"], walked.number, walked.phone) == (CALLBACK, NUMBER, PHONE)
    assert texting.statuses() == ["sent", "delivered"]


def test_relative_action_belongs_to_the_address_of_the_webhook(texting: Texting) -> None:
    texting.replies.append((200, twiml("Hello", "status?message=1")))
    texting.text("Hi")
    texting.tell()

    assert texting.truth()[1]["callback"] == "http://127.0.0.1:8000/webhooks/twilio/status?message=1"


@pytest.mark.parametrize("answer", [twiml(), "", "<Response/>"])
def test_silence_is_an_answer(texting: Texting, answer: str) -> None:
    texting.replies.append((200, answer))
    texting.text("thanks")
    texting.tell()

    assert len(texting.thread()) == 1
    assert texting.states() == {"inbound": "delivered"}


@pytest.mark.parametrize(
    "answer", ["hello", "<Response><Dial/></Response>", "<Response><Message> </Message></Response>"]
)
def test_answer_that_makes_no_sense_is_written_down(texting: Texting, answer: str) -> None:
    texting.replies.append((200, answer))
    texting.text("Hi")
    texting.tell()

    [event] = texting.events()
    assert (event["state"], event["deliveries"][0]["status"]) == ("failed", 200)
    assert event["deliveries"][0]["error"].startswith("TwiML: ")
    assert len(texting.thread()) == 1


@pytest.mark.parametrize(
    ("replies", "tries"), [([LOST], 2), ([LOST, LOST], 2), ([(503, twiml("no"))], 1), ([requests.ReadTimeout()], 1)]
)
def test_text_that_could_not_be_told_stays_in_the_list(texting: Texting, replies: list[Any], tries: int) -> None:
    texting.replies += replies
    made = texting.text("STOP")
    for _ in range(2):
        texting.tell()

    assert len(texting.posted) == tries
    assert texting.gateway.look(made["sid"]).body == "STOP"
    assert [body for _, body, _ in texting.thread() if body == "no"] == []


def test_text_told_twice_is_answered_twice_unless_we_see_to_it(texting: Texting) -> None:
    texting.replies += [(200, twiml("once")), (200, twiml("twice")), (200, twiml())]
    texting.text("POINTS")
    texting.tell()
    [event] = [each for each in texting.events() if each["type"] == "inbound"]

    deliver_by_hand(event["id"], "2", "1")
    tell_inbound(event["id"])

    assert [body for _, body, _ in texting.thread()] == ["POINTS", "once", "twice"]


# --- STOP and START ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["STOP", " stop\n", "Unsubscribe", "END", "quit", "STOPALL", "revoke", "OptOut", "CANCEL"]
)
def test_stop_blocks_and_is_answered_and_told(texting: Texting, word: str) -> None:
    texting.text(word)
    texting.tell()

    with pytest.raises(Declined) as refused:
        texting.send()

    assert refused.value.code == 21610
    assert texting.posted[0][1]["Body"] == word
    assert "unsubscribed" in texting.thread()[1][1]


@pytest.mark.parametrize("word", ["please stop", "STOP.", "HELP", "INFO", "no"])
def test_other_words_block_nothing(texting: Texting, word: str) -> None:
    texting.text(word)

    assert texting.send().status == "queued"
    assert len(texting.thread()) == 2


@pytest.mark.parametrize(("word", "texts"), [("START", 4), ("unstop", 4), ("Yes", 3)])
def test_start_lifts_the_block(texting: Texting, word: str, texts: int) -> None:
    texting.text("STOP")
    texting.text(word)

    assert len(texting.thread()) == texts
    assert texting.send().status == "queued"


def test_block_is_between_one_number_and_one_phone(texting: Texting) -> None:
    texting.of_store("+14155550100")
    texting.text("STOP", to=NUMBER)

    assert texting.send(to="+14155550133").status == "queued"
    assert texting.send(sender="+14155550100").status == "queued"
    assert texting.create(From=None, MessagingServiceSid=f"MG{'a' * 32}")[1]["code"] == 21610


def test_answer_to_who_said_stop_fails(texting: Texting) -> None:
    texting.replies.append((200, twiml("Sorry to see you go", CALLBACK)))
    texting.text("STOP")
    texting.tell()
    answer = texting.truth()[-1]
    walked = texting.walk(answer["sid"])

    assert (walked.body, walked.status, walked.error_code) == ("Sorry to see you go", "failed", 21610)
    assert (texting.statuses(), texting.posted[-1][1]["ErrorCode"]) == (["failed"], "21610")


def test_answer_that_is_too_long_fails(texting: Texting) -> None:
    texting.replies.append((200, twiml("a" * 1601)))
    texting.text("ORDERS")
    texting.tell()

    assert texting.walk(texting.truth()[-1]["sid"]).error_code == 21617


def test_jobs_are_enqueued_with_what_they_are_about(committed: Flask, superuser: Any) -> None:
    with committed.app_context():
        committed.extensions["twilio"].send(to=PHONE, sender=NUMBER, body="1", callback=CALLBACK, valid_seconds=None)
        committed.test_client().post(f"/_sandbox/phone/{PHONE}", data={"body": "Hi"})

    with superuser.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == ["sandbox.walk_message", "sandbox.tell_inbound"]
