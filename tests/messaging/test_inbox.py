"""What a text that comes in does: consent by the letter, each text once, and a person for what nobody here understands."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos import clock
from pos.db import transaction
from pos.messaging import inbox
from pos.stores.queries import find_store
from tests import texting
from tests.client import Shop
from tests.messaging.playing import Twilio, deliver, playing

ADA, NOBODY = "+14155550132", "+14155550199"
# As people write it: case, blanks, signs, politeness, another language, letters that only look alike.
FORMS = (
    "STOP", "stop", "Stop", " stop ", "sToP", "stop.", "STOP!!!", "stop\n", "\tSTOP", "S T O P", "s.t.o.p", "«stop»", "stop 🙏",
    "🛑 STOP 🛑", "🙅‍♀️ stop", "ST0P", "ＳＴＯＰ", "ЅТОР", "𝐒𝐓𝐎𝐏", "ѕtор", "STOPALL", "Stop all", "unsubscribe", "END", "Quit", "cancel",
    "REVOKE", "opt out", "OPT-OUT", "optout", "pls stop", "please stop texting me", "stop it", "no more texts", "remove me",
    "unsubscribe me", "don't text me again", "no más", "NO MAS", "basta", "baja", "por favor no más mensajes", "leave me alone",
)  # fmt: skip


def customer(shop: Shop, phone: str = ADA) -> dict[str, Any]:
    answer = shop.get("/customers", query_string={"phone": phone})
    assert answer.status_code == 200, answer.text
    return answer.json  # type: ignore[return-value]


def consents(shop: Shop, phone: str = ADA) -> list[dict[str, Any]]:
    """Newest first."""
    answer = shop.get(f"/customers/{customer(shop, phone)['id']}/consents")
    return answer.json["data"]  # type: ignore[index, no-any-return]


def confirmed_opt_in(shop: Shop) -> None:
    seen = {"If-Match": "*"}
    answer = shop.request("PATCH", "/messaging/policy", as_="owner", headers=seen, json={"confirmed_opt_in": True})
    assert answer.status_code == 200, answer.text


def test_stop_in_any_form_is_a_refusal_at_once(shop: Shop) -> None:
    phones = {form: f"+1415555{2000 + number}" for number, form in enumerate(FORMS)}

    for form, phone in phones.items():
        assert texting.text(shop, phone, form).status_code == 200

    assert len(FORMS) >= 40
    assert {form for form, phone in phones.items() if customer(shop, phone)["sms_consent"] is not False} == set()


def test_stop_is_kept_with_its_proof(shop: Shop) -> None:
    shop.sell(phone=ADA, marketing_consent=True)

    said = texting.said(texting.text(shop, ADA, "STOP", MessageSid="SM" + "1" * 32))

    refusal = consents(shop)[0]
    assert said is None, "Twilio answers this word itself"
    assert (refusal["purpose"], refusal["granted"], refusal["source"], refusal["actor"]) == (
        "sms",
        False,
        "keyword",
        "customer",
    )
    assert refusal["evidence"]["message_sid"] == "SM" + "1" * 32
    assert customer(shop)["marketing_consent"] is True


def test_opt_out_in_other_words_is_confirmed_once(shop: Shop) -> None:
    shop.sell(phone=ADA)

    first, second = (texting.said(texting.text(shop, ADA, "pls stop")) for _ in range(2))

    assert first == "Hops: you will get no more texts from us. Reply START to undo."
    assert second is None
    assert customer(shop)["sms_consent"] is False


def test_nothing_is_answered_after_stop(shop: Shop) -> None:
    shop.sell(phone=ADA)
    texting.text(shop, ADA, "STOP")

    said = texting.said(texting.text(shop, ADA, "POINTS"))

    assert said is None
    silent = texting.messages(shop, direction="out", limit=1)[0]
    assert (silent["status"], silent["reason"]) == ("suppressed", "opted_out")


@pytest.mark.parametrize(("asked", "flag"), [(True, True), (None, None)])
def test_start_restores_the_earlier_answer_and_invents_none(shop: Shop, asked: bool | None, flag: bool | None) -> None:
    shop.sell(phone=ADA, marketing_consent=asked)
    texting.text(shop, ADA, "STOP")

    texting.text(shop, ADA, "START")

    assert (customer(shop)["sms_consent"], customer(shop)["marketing_consent"]) == (True, flag)


def test_start_of_somebody_who_never_refused_changes_nothing(shop: Shop) -> None:
    shop.sell(phone=ADA)

    texting.text(shop, ADA, "START")

    assert consents(shop) == []


def test_yes_confirms_what_was_asked(app: Flask, shop: Shop) -> None:
    confirmed_opt_in(shop)
    shop.sell(phone=ADA, marketing_consent=True)
    waiting = customer(shop)["marketing_consent"], consents(shop)[0]["is_pending"]
    with playing(app, Twilio()):
        deliver(shop)

    said = texting.said(texting.text(shop, ADA, "Yes!"))

    answer, question = consents(shop)
    assert waiting == (None, True)
    assert said is not None
    assert "news and offers" in said
    assert (answer["granted"], answer["is_pending"], answer["source"]) == (True, False, "keyword")
    assert answer["evidence"]["confirms"] == question["id"]
    assert answer["wording"] == question["wording"]
    assert customer(shop)["marketing_consent"] is True


@pytest.mark.parametrize("before", ["STOP", "nothing"])
def test_yes_that_was_not_asked_for_grants_nothing(shop: Shop, before: str) -> None:
    confirmed_opt_in(shop)
    shop.sell(phone=ADA, marketing_consent=True if before == "STOP" else None)
    if before == "STOP":
        texting.text(shop, ADA, "STOP")

    texting.text(shop, ADA, "YES")

    assert customer(shop)["marketing_consent"] is None


def test_yes_to_a_question_that_never_left_grants_nothing(app: Flask, shop: Shop) -> None:
    confirmed_opt_in(shop)
    texting.text(shop, ADA, "STOP")
    shop.sell(phone=ADA, marketing_consent=True)
    with playing(app, Twilio()):
        deliver(shop)

    texting.text(shop, ADA, "YES")

    assert customer(shop)["marketing_consent"] is None


def test_question_that_waits_is_not_asked_again(app: Flask, shop: Shop) -> None:
    confirmed_opt_in(shop)

    with playing(app, Twilio()):
        for _ in range(3):
            shop.sell(phone=ADA, marketing_consent=True)
            deliver(shop)

    assert [each["template"] for each in texting.messages(shop, direction="out")] == ["confirm_opt_in"]


@pytest.mark.parametrize("word", ["yes thanks", "y", "si gracias", "Yes please"])
def test_politeness_after_stop_lifts_nothing(shop: Shop, word: str) -> None:
    shop.sell(phone=ADA)
    texting.text(shop, ADA, "pls stop")

    texting.text(shop, ADA, word)

    assert customer(shop)["sms_consent"] is False


def test_start_that_was_said_before_the_stop_lifts_nothing(app: Flask, shop: Shop) -> None:
    shop.sell(phone=ADA)
    texting.text(shop, ADA, "no more texts")
    earlier = clock.now() - timedelta(minutes=3)

    with transaction(UUID(shop.store_id), actor="customer"):
        late = inbox.Incoming(texting.new_sid(), ADA, "+14155550100", "UNSTOP", earlier)
        inbox.receive(late, clock.now(), is_late=True)

    assert customer(shop)["sms_consent"] is False


def test_repeat_is_not_answered_once_twilio_has_told_of_the_answer(shop: Shop) -> None:
    sid = texting.new_sid()
    texting.text(shop, NOBODY, "help", MessageSid=sid)
    [answer] = texting.messages(shop, direction="out")
    texting.status(shop, answer, "sent", sid=texting.new_sid())

    assert texting.said(texting.text(shop, NOBODY, "help", MessageSid=sid)) is None


def test_repeat_after_stop_is_silent(shop: Shop) -> None:
    shop.sell(phone=ADA, join=True)
    sid = texting.new_sid()
    texting.text(shop, ADA, "POINTS", MessageSid=sid)
    texting.text(shop, ADA, "no more texts")

    assert texting.said(texting.text(shop, ADA, "POINTS", MessageSid=sid)) is None


def test_stop_of_a_stranger_holds_back_the_answers_that_still_wait(app: Flask, shop: Shop) -> None:
    with transaction(UUID(shop.store_id), actor="customer"):
        late = inbox.Incoming(texting.new_sid(), NOBODY, "+14155550100", "HOURS", clock.now())
        inbox.receive(late, clock.now(), is_late=True)
    texting.text(shop, NOBODY, "no more texts")

    with playing(app, Twilio()):
        deliver(shop)

    answers = {each["intent"]: each["status"] for each in texting.messages(shop, direction="out")}
    assert answers["hours"] == "suppressed"


def test_stop_to_a_number_that_the_store_had_before_counts(app: Flask, shop: Shop) -> None:
    shop.sell(phone=ADA, payment={"method": "card"})
    with playing(app, Twilio()):
        deliver(shop)
    with transaction(UUID(shop.store_id), actor="test"):
        find_store(UUID(shop.store_id), lock=True).sms_number = "+14155550101"

    texting.text(shop, ADA, "STOP", To="+14155550100")

    assert customer(shop)["sms_consent"] is False


def test_help_is_answered_to_everybody(shop: Shop) -> None:
    said = texting.said(texting.text(shop, NOBODY, "help"))

    assert said is not None
    assert said.startswith("Hops: ")
    assert "STOP" in said


def test_text_that_is_told_twice_is_taken_once(shop: Shop) -> None:
    sid = texting.new_sid()

    first, again = (texting.said(texting.text(shop, NOBODY, "help", MessageSid=sid)) for _ in range(2))

    assert first == again
    assert len(texting.messages(shop, direction="in")) == 1
    assert len(texting.messages(shop, direction="out")) == 1


def test_what_twilio_has_handled_is_recorded_and_not_answered(shop: Shop) -> None:
    shop.sell(phone=ADA)

    said = texting.said(texting.text(shop, ADA, "arrêt", OptOutType="STOP"))

    assert said is None
    assert customer(shop)["sms_consent"] is False


def test_what_nobody_understands_waits_for_a_person(shop: Shop) -> None:
    shop.sell(phone=ADA, name="Ada")
    question = "Did I leave my green hat at the bar last night?"

    first, second = (texting.said(texting.text(shop, ADA, body)) for body in (question, "It has a feather."))

    [talk] = shop.get("/conversations", as_="owner", query_string={"is_waiting": "true"}).json["data"]  # type: ignore[index]
    assert first is not None
    assert "a person" in first
    assert second is None
    assert (talk["name"], talk["last_body"]) == ("Ada", "It has a feather.")


def test_person_answers_and_nothing_waits_any_more(shop: Shop) -> None:
    shop.sell(phone=ADA)
    texting.text(shop, ADA, "Did I leave my green hat at the bar last night?")
    talk = texting.messages(shop, direction="in")[0]["conversation_id"]

    answer = shop.post(f"/conversations/{talk}/messages", {"body": "Yes, it is behind the bar."}, as_="owner")

    assert answer.status_code == 201, answer.text
    assert (answer.json["purpose"], answer.json["status"]) == ("reply", "queued")  # type: ignore[index]
    assert shop.get("/conversations", as_="owner", query_string={"is_waiting": "true"}).json["data"] == []  # type: ignore[index]


def test_text_to_another_stores_number_is_that_stores(shop: Shop, other_shop: Shop) -> None:
    shop.sell(phone=ADA)
    other_shop.sell(phone=ADA)

    texting.text(other_shop, ADA, "STOP")

    assert (customer(shop)["sms_consent"], customer(other_shop)["sms_consent"]) == (None, False)
