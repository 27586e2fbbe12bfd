"""The customer's phone: what it shows, and what can be texted from it."""

from typing import Any

import pytest

from pos.messaging.gateway import twiml
from tests.sandbox.conftest import NUMBER, PHONE, Texting

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STORE = "+14155550100"
ODD = [
    '<script>alert(1)</script> & "quotes" \'',
    "{{ 7777 * 7 }}",
    "🍺👩‍👩‍👧‍👦",
    "שלום \u202eabc",
    "line\nbreak",
    "a" * 1600,
    "’",
]


def page(texting: Texting, query: str = "") -> str:
    answered = texting.client.get(f"/_sandbox/phone/{PHONE}{query}")
    assert answered.status_code == 200
    return answered.text


def test_page_shows_texts_of_both_directions_newest_last(texting: Texting) -> None:
    texting.walked(body="Your order is ready.", to=PHONE)
    texting.text("Thanks!")
    texting.send("Not this one", to="+14155550133")

    shown = page(texting)

    assert shown.index("Your order is ready.") < shown.index("Thanks!")
    assert f"{NUMBER} · delivered" in shown
    assert f"{NUMBER} · received" in shown
    assert "Not this one" not in shown
    assert "<script" not in shown
    assert "style=" not in shown


def test_page_says_why_a_text_did_not_arrive(texting: Texting) -> None:
    texting.walked(to="+15005553006")

    shown = texting.client.get("/_sandbox/phone/+15005553006").text

    assert "undelivered <strong>30006 Landline or unreachable carrier</strong>" in shown


def test_page_looks_again_unless_it_is_paused(texting: Texting) -> None:
    assert 'http-equiv="refresh"' in page(texting)
    assert 'http-equiv="refresh"' not in page(texting, "?paused=1")


@pytest.mark.parametrize("body", ODD)
def test_any_words_are_taken_and_shown_as_they_are(texting: Texting, body: str) -> None:
    texting.text(body)
    texting.replies.append((200, twiml(body)))
    texting.tell()

    shown = page(texting)

    assert [said for _, said, _ in texting.thread()] == [body, body]
    assert "<script" not in shown
    assert texting.posted[0][1]["Body"] == body
    assert "54439" not in shown or body != "{{ 7777 * 7 }}"


def test_text_from_a_form_has_plain_line_ends(texting: Texting) -> None:
    texting.text("one\r\ntwo")

    assert texting.thread()[0][1] == "one\ntwo"


def test_program_may_text_as_json(texting: Texting) -> None:
    answered = texting.client.post(f"/_sandbox/phone/{PHONE}", json={"body": "☕", "to": NUMBER})
    odd = [texting.client.post(f"/_sandbox/phone/{PHONE}", json=sent).status_code for sent in ([], {"body": 1}, None)]

    assert (answered.status_code, odd) == (201, [422] * 3)
    assert texting.thread() == [("inbound", "☕", "received")]


def test_button_leads_back_to_the_phone(texting: Texting) -> None:
    answered = texting.client.post(f"/_sandbox/phone/{PHONE}", data={"body": "Hi"}, headers=BROWSER)

    assert (answered.status_code, answered.location) == (303, f"/_sandbox/phone/{PHONE}")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({}, "Write something"),
        ({"body": " \n"}, "Write something"),
        ({"body": "a\0"}, "Write something"),
        ({"body": "<b>" + "a" * 1598}, "longer than 1600 characters"),
        ({"body": "Hi", "to": "+14155550199"}, "not a number of ours"),
    ],
)
def test_odd_text_is_refused_with_a_sentence(texting: Texting, sent: dict[str, str], reason: str) -> None:
    for_program = texting.client.post(f"/_sandbox/phone/{PHONE}", data=sent)
    for_person = texting.client.post(f"/_sandbox/phone/{PHONE}", data=sent, headers=BROWSER)

    assert (for_program.status_code, for_program.mimetype) == (422, "application/problem+json")
    assert (for_person.status_code, for_person.mimetype) == (422, "text/html")
    assert reason in for_program.text
    assert reason in for_person.text
    assert "<b>" not in for_person.text
    # What was written is not lost.
    assert "a" * 1598 in for_person.text or "1600" not in reason
    assert texting.thread() == []


@pytest.mark.parametrize("phone", ["555", "+1", "+1415555013a", "+1415555013²", "++14155550132", "+14155550132%0A"])
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_odd_number_is_no_phone(texting: Texting, phone: str, suffix: str) -> None:
    assert texting.client.get(f"/_sandbox/phone/{phone}{suffix}").status_code == 404
    assert texting.client.post(f"/_sandbox/phone/{phone}", data={"body": "Hi"}).status_code == 404


def test_text_goes_to_the_accounts_number_if_no_store_has_one(texting: Texting) -> None:
    assert texting.text("Hi")["to"] == NUMBER
    assert "<select" not in page(texting)


def test_text_goes_to_the_only_stores_number(texting: Texting) -> None:
    texting.of_store(STORE)

    assert texting.text("Hi")["to"] == STORE


def test_text_goes_to_the_number_that_texted_last(texting: Texting) -> None:
    texting.of_store(STORE)
    texting.send(sender=STORE)
    texting.send(sender=NUMBER)
    before = page(texting)

    assert f"<option selected>{NUMBER}</option>" in before
    assert f"<option>{STORE}</option>" in before
    assert texting.text("Hi")["to"] == NUMBER
    assert texting.text("Hi", to=STORE)["to"] == STORE


def test_phones_are_listed_and_another_one_opened(texting: Texting) -> None:
    texting.send()
    texting.text("Hi", phone="+14155550133")

    listed = texting.client.get("/_sandbox/phones").text
    opened = texting.client.get("/_sandbox/phones?number=%2B1%20(415)%20555-0134")

    assert listed.index("+14155550133") < listed.index(PHONE)
    assert (opened.status_code, opened.location) == (302, "/_sandbox/phone/+14155550134")


def test_list_of_texts_tells_all_of_each(texting: Texting) -> None:
    told = texting.walked(to="+15005553007")

    listed: Any = texting.client.get("/_sandbox/phone/+15005553007.json").json

    assert [listed[0][name] for name in ("sid", "from", "to", "status", "error_code")] == [
        told.sid, NUMBER, "+15005553007", "undelivered", 30007,
    ]  # fmt: skip
    assert {"direction", "body", "at"} < set(listed[0])
