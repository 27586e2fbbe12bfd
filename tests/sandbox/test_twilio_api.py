"""Twilio's dialect: each call of the SDK, lists, pages, and the refusals in Twilio's envelope."""

from datetime import timedelta
from typing import Any

import pytest

from pos import clock
from pos.messaging.gateway import Declined
from pos.sandbox.twilio_schema import complaints
from tests.sandbox.conftest import CALLBACK, NUMBER, PHONE, Texting

SERVICE = f"MG{'a' * 32}"


# --- each call --------------------------------------------------------------------------------------------


def test_create_takes_a_text_over(texting: Texting) -> None:
    told = texting.send("Café — 5 €")

    assert told.sid.startswith("SM")
    assert (told.status, told.phone, told.number, told.body) == ("queued", PHONE, NUMBER, "Café — 5 €")
    assert (told.segments, told.error_code) == (1, None)
    assert abs(told.created_at - clock.now()) < timedelta(minutes=1)
    [message] = texting.truth()
    assert message.pop("at")
    assert message == {
        "sid": told.sid, "direction": "outbound-api", "from": NUMBER, "to": PHONE, "body": "Café — 5 €",
        "status": "queued", "error_code": None, "callback": CALLBACK,
    }  # fmt: skip


def test_create_answers_as_twilio_does(texting: Texting) -> None:
    status, body = texting.create(StatusCallback=CALLBACK)

    account = texting.gateway.settings.account_sid
    path = f"/2010-04-01/Accounts/{account}/Messages/{body['sid']}"
    assert status == 201
    assert (body["uri"], body["subresource_uris"]) == (f"{path}.json", {"media": f"{path}/Media.json"})
    assert (body["date_sent"], body["price"], body["num_media"]) == (None, None, "0")
    assert (body["api_version"], body["account_sid"]) == ("2010-04-01", account)
    assert body["date_created"].endswith("+0000")


def test_text_of_a_service_has_its_number_once_it_is_sent(texting: Texting) -> None:
    told = texting.send(sender=SERVICE)
    sent = texting.walk(told.sid)

    assert (told.status, told.number) == ("accepted", None)
    assert (sent.status, sent.number) == ("delivered", NUMBER)
    assert texting.posted[0][1]["MessagingServiceSid"] == SERVICE


@pytest.mark.parametrize(
    ("body", "segments"), [("a" * 160, 1), ("a" * 161, 2), ("’" * 70, 1), ("’" * 71, 2), ("€" * 80, 1)]
)
def test_segments_are_counted(texting: Texting, body: str, segments: int) -> None:
    assert texting.send(body).segments == segments


def test_store_may_send_from_its_own_number(texting: Texting) -> None:
    with pytest.raises(Declined) as refused:
        texting.send(sender="+14155550100")
    texting.of_store("+14155550100")

    assert refused.value.code == 21606
    assert texting.send(sender="+14155550100").number == "+14155550100"


def test_fresh_text_can_be_cancelled_and_does_not_leave(texting: Texting) -> None:
    told = texting.send()

    status, body = texting.ask("POST", f"Messages/{told.sid}.json", Status="canceled")
    texting.walk(told.sid)
    again, refused = texting.ask("POST", f"Messages/{told.sid}.json", Status="canceled")

    assert (status, body["status"]) == (200, "canceled")
    assert texting.statuses() == ["canceled"]
    assert (again, refused["code"]) == (400, 30409)


# --- lists ------------------------------------------------------------------------------------------------


def test_list_gives_a_phones_texts_newest_first(texting: Texting) -> None:
    first, second = texting.send("1"), texting.send("2")
    texting.send("another", to="+14155550133")

    assert [told.sid for told in texting.gateway.sent_to(PHONE)] == [second.sid, first.sid]


def test_list_gives_what_was_received_since_then(texting: Texting) -> None:
    began = clock.now() - timedelta(seconds=5)
    texting.send()
    sids = [texting.text(body)["sid"] for body in ("one", "two")]

    since = texting.gateway.received_by(NUMBER, began)
    later = texting.gateway.received_by(NUMBER, clock.now() + timedelta(minutes=1))

    assert [(told.sid, told.body, told.phone) for told in since] == [(sids[0], "one", PHONE), (sids[1], "two", PHONE)]
    assert later == []


@pytest.mark.parametrize(
    ("name", "days", "is_found"),
    [
        ("DateSent", 0, True), ("DateSent", -1, False), ("DateSent", 1, False),
        ("DateSent>", 0, True), ("DateSent>", -1, True), ("DateSent>", 1, False),
        ("DateSent<", 0, True), ("DateSent<", 1, True), ("DateSent<", -1, False),
    ],
)  # fmt: skip
def test_list_goes_by_the_day_of_sending(texting: Texting, name: str, days: int, is_found: bool) -> None:
    texting.walked()
    texting.send("not sent yet")

    _, body = texting.ask("GET", **{name: (clock.now() + timedelta(days=days)).date().isoformat()})

    assert len(body["messages"]) == is_found


def test_pages_follow_one_another(texting: Texting) -> None:
    sids = [texting.send(str(number)).sid for number in range(5)]
    client = texting.gateway._client

    listed = [each.sid for each in client.messages.list(to=PHONE, page_size=2)]
    first = client.messages.page(to=PHONE, page_size=2)
    texting.send("newer than the page")
    second = first.next_page()

    assert listed == sids[::-1]
    assert [each.sid for each in second] == sids[2:0:-1]
    _, body = texting.ask("GET", PageSize="2", Page="1", PageToken=f"PA{sids[3]}")
    assert [(body["page"], body["page_size"], body["start"], body["end"])] == [(1, 2, 2, 3)]
    assert [each["sid"] for each in body["messages"]] == sids[2:0:-1]
    assert f"PageToken=PA{sids[1]}" in body["next_page_uri"]
    assert texting.ask("GET", PageSize="6")[1]["next_page_uri"] is None


def test_empty_list_is_a_list(texting: Texting) -> None:
    status, body = texting.ask("GET", To=PHONE)

    assert (status, body["messages"], body["page_size"]) == (200, [], 50)


# --- refusals ---------------------------------------------------------------------------------------------

BAD: list[tuple[dict[str, str | None], int]] = [
    ({"To": None}, 21604),
    ({"To": ""}, 21604),
    ({"To": "555"}, 21211),
    ({"To": "+1415555013²"}, 21211),
    ({"To": f"{PHONE}\n"}, 21211),
    ({"To": "+15005550001"}, 21211),
    ({"To": "+15005550009"}, 21614),
    ({"From": None}, 21603),
    ({"From": "TapPass"}, 21212),
    ({"From": "+14155550199"}, 21606),
    ({"Body": None}, 21602),
    ({"Body": " \n"}, 21602),
    ({"Body": "a" * 1601}, 21617),
    ({"StatusCallback": "status"}, 21609),
    ({"StatusCallback": "ftp://example.com/"}, 21609),
    ({"StatusCallback": "http://my_host.example/status"}, 21609),
    ({"StatusCallback": "http://[::1/status"}, 21609),
    ({"From": None, "MessagingServiceSid": "MG1"}, 20001),
    ({"ValidityPeriod": "0"}, 20001),
    ({"ValidityPeriod": "36001"}, 20001),
    ({"ValidityPeriod": "soon"}, 20001),
    ({"Body": "a\0"}, 20001),
    ({"Bdoy": "Hello"}, 20001),
    ({"MediaUrl": "http://example.com/1.png"}, 20001),
    ({"SendAt": "2026-11-21T12:00:00Z"}, 20001),
]


@pytest.mark.parametrize(("changes", "code"), BAD)
def test_odd_text_is_refused(texting: Texting, changes: dict[str, str | None], code: int) -> None:
    status, body = texting.create(**changes)

    assert (status, body["status"], body["code"]) == (400, 400, code)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert texting.truth() == []


def test_refusal_reaches_who_called_with_its_code(texting: Texting) -> None:
    with pytest.raises(Declined) as refused:
        texting.send(to="+15005550001")

    assert (refused.value.code, "+15005550001" in refused.value.reason) == (21211, True)


@pytest.mark.parametrize("auth", [("AC", "b"), ("", ""), (None, "token"), ("é", "ü")])
def test_stranger_is_refused(texting: Texting, auth: tuple[str | None, str]) -> None:
    ours = texting.gateway.settings

    status, body = texting.ask("GET", auth=(auth[0] if auth[0] is not None else ours.account_sid, auth[1]))

    assert (status, body["code"]) == (401, 20003)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"Messages/SM{'0' * 32}.json"),
        ("POST", f"Messages/SM{'0' * 32}.json"),
        ("GET", "Messages/odd.json"),
        ("GET", "Messages"),
        ("GET", "Calls.json"),
        ("DELETE", "Messages.json"),
        ("DELETE", f"Messages/SM{'0' * 32}.json"),
    ],
)
def test_what_is_not_there_is_said_so(texting: Texting, method: str, path: str) -> None:
    status, body = texting.ask(method, path)

    assert (status, body["code"]) == (404, 20404)


@pytest.mark.parametrize(
    "asked",
    [
        {"PageSize": "0"}, {"PageSize": "1001"}, {"PageSize": "all"}, {"PageToken": "PAgone"}, {"DateSent>": "yesterday"},
        {"Status": "sent"}, {"Page": "-1"},
    ],
)  # fmt: skip
def test_odd_list_is_refused(texting: Texting, asked: dict[str, str]) -> None:
    status, body = texting.ask("GET", **asked)

    assert (status, body["code"]) == (400, 20001)


@pytest.mark.parametrize("sent", [{}, {"Status": "sent"}, {"Body": ""}])
def test_nothing_else_about_a_text_is_changed(texting: Texting, sent: dict[str, str]) -> None:
    told = texting.send()

    status, body = texting.ask("POST", f"Messages/{told.sid}.json", **sent)

    assert (status, body["code"]) == (400, 20001)
    assert texting.gateway.look(told.sid).status == "queued"


def test_another_account_is_not_there(texting: Texting) -> None:
    ours = texting.gateway.settings
    url = f"/_sandbox/twilio/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"

    answered = texting.client.get(url, auth=(ours.account_sid, ours.auth_token))

    assert answered.status_code == 404


def test_judge_sees_what_is_wrong(texting: Texting) -> None:
    _, message = texting.create()
    _, listed = texting.ask("GET")

    bad: list[Any] = [
        message | {"status": "lost"}, message | {"sid": "SM1"}, message | {"num_segments": 1}, message | {"more": 1},
        {name: value for name, value in message.items() if name != "date_sent"}, listed | {"page": "0"},
        {"code": "20003", "message": "", "more_info": "", "status": 401},
    ]  # fmt: skip

    assert [bool(complaints(each)) for each in bad] == [True] * len(bad)
    assert complaints(message) == complaints(listed) == []
