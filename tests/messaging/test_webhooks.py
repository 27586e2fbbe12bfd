"""The doors for Twilio: what it has not signed leaves no trace, and what it has signed is never a bug of ours."""

import uuid
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from pos.db import db, transaction
from pos.messaging.gateway import SETTINGS_HEADER, SIGNATURE_HEADER, signature
from pos.messaging.inbox import MOST_CHARACTERS
from pos.statements import Statement
from tests import texting
from tests.client import Shop
from tests.databases import SMS_NUMBERS
from tests.texting import INBOUND, STATUS, new_sid

PHONE = "+14155550132"
_ROWS = Statement("SELECT count(*) FROM messages WHERE store_id = :store")
_LAST = Statement("SELECT body FROM messages WHERE store_id = :store AND direction = 'in' ORDER BY id DESC LIMIT 1")
_OLDER = Statement("UPDATE messages SET created_at = created_at - interval '61 seconds' WHERE store_id = :store")


def form_of(**fields: str) -> dict[str, str]:
    return {"MessageSid": new_sid(), "From": PHONE, "To": SMS_NUMBERS["hops"], "Body": "HELP"} | fields


def count(shop: Shop) -> int:
    with transaction(uuid.UUID(shop.store_id)):
        return int(_ROWS.rows()[0][0])


def post(app: Flask, path: str, form: Any, headers: dict[str, str] | None = None) -> TestResponse:
    return app.test_client().post(path, data=form, headers=headers or {})


def signed(app: Flask, url: str, form: Any) -> dict[str, str]:
    return {SIGNATURE_HEADER: signature(app.config["SETTINGS"].twilio.auth_token, url, form)}


def public(app: Flask, path: str) -> str:
    return f"{app.config['SETTINGS'].public_base_url}{path}"


@pytest.mark.parametrize("path", [INBOUND, STATUS, f"{STATUS}?store={uuid.UUID(int=1)}&message={uuid.UUID(int=2)}"])
def test_what_twilio_has_not_signed_is_refused_without_a_trace(app: Flask, shop: Shop, path: str) -> None:
    form, url = form_of(MessageStatus="delivered"), public(app, path)
    ours = signed(app, url, form)[SIGNATURE_HEADER]
    forged = {
        "nothing": {},
        "empty": {SIGNATURE_HEADER: ""},
        "rubbish": {SIGNATURE_HEADER: "ÿ not base64"},
        "another token": {SIGNATURE_HEADER: signature("0" * 32, url, form)},
        "another address": signed(app, url.replace("http://", "https://"), form),
        "another path": signed(app, public(app, "/webhooks/twilio"), form),
        "another body": signed(app, url, form | {"Body": "STOP"}),
        "a field less": signed(app, url, {name: text for name, text in form.items() if name != "From"}),
        "another algorithm": {SIGNATURE_HEADER: ours, SETTINGS_HEADER: "algorithm=none"},
        "in lower case": {SIGNATURE_HEADER: ours.swapcase()},
    }

    answers = {name: post(app, path, form, headers) for name, headers in forged.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(forged, 403)
    assert {answer.json["type"] for answer in answers.values()} == {"/problems/not-signed"}
    assert count(shop) == 0


def test_signature_of_another_query_is_refused(app: Flask) -> None:
    form = {"MessageSid": new_sid(), "MessageStatus": "delivered"}
    headers = signed(app, public(app, f"{STATUS}?store={uuid.UUID(int=1)}"), form)

    assert post(app, f"{STATUS}?store={uuid.UUID(int=2)}", form, headers).status_code == 403


def test_text_that_is_told_twice_is_answered_alike_and_taken_once(app: Flask, shop: Shop) -> None:
    form = form_of()
    answers = [texting.said(texting.post(app, INBOUND, form)) for _ in range(3)]

    assert answers[0] is not None
    assert set(answers) == {answers[0]}
    assert count(shop) == 2


def test_replay_after_a_minute_is_met_with_silence(app: Flask, shop: Shop) -> None:
    form = form_of()
    assert texting.said(texting.post(app, INBOUND, form)) is not None
    with transaction(uuid.UUID(shop.store_id), actor="test"):
        _OLDER.run()

    assert texting.said(texting.post(app, INBOUND, form)) is None
    assert count(shop) == 2


ODD = {
    "emoji": "🍺" * 300 + " POINTS?",
    "NUL": "PO\0INTS",
    "long": "x" * 9_999 + "🍺",
    "too long": "STOP " * 3_000,
    "right to left": "\u202eSTNIOP\u202c נקודות",
    "template": "{{ 7*7 }} {name} {first_name|friend} %s %(store)s ${x} <Message>x</Message>",
    "controls": "\x01\x02\x1b[31m\r\n\x7f",
    "blank": "",
    "spaces": " \t\n ",
    "quotes": "'; DROP TABLE messages; --",
    "joined": "👩‍👩‍👧‍👦" * 50,
    "combining": "z" + "\u0301" * 500,
    "unpaired": "\ufffd",
    "figures": "１２３ ⅣⅣ ²",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_body_is_taken_as_it_is_and_answered(app: Flask, shop: Shop, name: str) -> None:
    answer = texting.post(app, INBOUND, form_of(Body=ODD[name]))

    said = texting.said(answer)
    assert answer.mimetype == "text/xml"
    assert said is None or "49" not in said
    with transaction(uuid.UUID(shop.store_id)):
        assert _LAST.rows() == [(ODD[name].replace("\0", "")[:MOST_CHARACTERS],)]


@pytest.mark.parametrize(
    "fields",
    [
        {"From": ""},
        {"From": "hops"},
        {"From": "+1415555013212345678"},
        {"From": PHONE + "\n"},
        {"From": PHONE + "\0"},
        {"From": "32665"},
        {"To": ""},
        {"To": "+14155550199"},
        {"To": "\0"},
        {"MessageSid": ""},
        {"MessageSid": "SM" + "\0" * 32},
        {"MessageSid": "SM" + "0" * 9_000},
        {"MessageSid": "../../etc"},
    ],
    ids=lambda fields: "-".join(f"{name}-{text[:9]!r}" for name, text in fields.items()),
)
def test_text_of_nobody_or_for_nobody_is_silence(app: Flask, shop: Shop, fields: dict[str, str]) -> None:
    assert texting.said(texting.post(app, INBOUND, form_of(**fields))) is None
    assert count(shop) == 0


def test_field_that_is_missing_is_silence(app: Flask, shop: Shop) -> None:
    for missing in ("MessageSid", "From", "To"):
        form = {name: text for name, text in form_of().items() if name != missing}
        assert texting.said(texting.post(app, INBOUND, form)) is None, missing
    assert count(shop) == 0


def test_field_that_is_repeated_counts_once(app: Flask, shop: Shop) -> None:
    form: MultiDict[str, str] = MultiDict([*form_of().items(), ("Body", "STOP"), ("From", "+14155550199")])

    answer = post(app, INBOUND, form, signed(app, public(app, INBOUND), form))

    assert texting.said(answer) is not None
    assert count(shop) == 2


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"Body": "STOP"}'),
        ("text/plain", b"Body=STOP"),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=Body\r\n\r\nSTOP"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"\xff\xfeB\x00"),
        ("", b"\x00\xff"),
    ],
)
def test_body_that_is_no_form_says_nothing(app: Flask, shop: Shop, content_type: str, body: bytes) -> None:
    """Even under a signature that is right for it."""
    for path in (INBOUND, STATUS):
        headers = signed(app, public(app, path), {}) | {"Content-Type": content_type}
        assert app.test_client().post(path, data=body, headers=headers).status_code in (200, 204, 403)
    assert count(shop) == 0


def test_huge_form_is_not_kept(app: Flask, shop: Shop) -> None:
    for form in (form_of(Body="x" * 1_000_000), {f"Field{number}": "x" for number in range(20_000)}):
        assert texting.post(app, INBOUND, form).status_code in (200, 403, 413)
    assert count(shop) == 0


@pytest.mark.parametrize("code", ["9" * 5_000, "99999999999", "-1", "٣٠٠٠٧", "3e4", "\0", " 30007 "])
def test_code_that_is_none_is_left_out(app: Flask, shop: Shop, code: str) -> None:
    texting.post(app, INBOUND, form_of())
    [answered, _] = texting.messages(shop)
    form = {"MessageSid": new_sid(), "MessageStatus": "undelivered", "ErrorCode": code}

    answer = texting.post(app, f"{STATUS}?store={shop.store_id}&message={answered['id']}", form)

    assert answer.status_code == 204
    [told, _] = texting.messages(shop)
    assert (told["status"], told["error_code"]) == ("undelivered", None)


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
FIELDS = st.dictionaries(
    st.sampled_from(["MessageSid", "From", "To", "Body", "OptOutType", "MessageStatus", "ErrorCode", "NumMedia", "x"]),
    TEXT | st.sampled_from([PHONE, SMS_NUMBERS["hops"], "STOP", "START", "delivered", "30005", new_sid()]),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FIELDS, st.sampled_from([INBOUND, STATUS]), TEXT)
def test_no_signed_form_is_a_bug(app: Flask, shop: Shop, fields: dict[str, str], path: str, query: str) -> None:
    whole = form_of() | {"MessageStatus": "sent"} | fields
    for form in (fields, whole):
        assert texting.post(app, path, form).status_code in (200, 204)
    query = f"?store={shop.store_id}&message={uuid.uuid5(uuid.NAMESPACE_OID, query)}"
    assert texting.post(app, STATUS + query, whole).status_code == 204
    db.session.expire_all()
