"""The customer's phone: what was texted to it, and a box to text back. Plain forms, without scripts."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from pos.db import transaction
from pos.errors import Invalid
from pos.http.access import public
from pos.http.api import answer
from pos.http.strict_json import parse
from pos.phone import E164_PATTERN
from pos.sandbox import twilio_messages, twilio_webhooks
from pos.sandbox.models import SandboxObject
from pos.sandbox.twilio_messages import MAX_BODY, Text

SHOWN, REFRESH_SECONDS = 200, 5

blueprint = Blueprint("sandbox_phone", __name__, url_prefix="/_sandbox", template_folder="templates")


@blueprint.get("/phones")
@public
def phones_page() -> str | Response:
    """The phones with texts; `number` opens one that may have none."""
    number = re.sub(r"[^0-9+]", "", request.args.get("number", ""))
    if number:
        return redirect(url_for("sandbox_phone.phone_page", phone=f"+{number.lstrip('+')}"))
    with transaction(None):
        phones = twilio_messages.phones(SHOWN)
    return render_template("sandbox/phones.html", phones=phones)


@blueprint.get("/phone/<phone>")
@public
def phone_page(phone: str) -> str:
    """What a phone shows; it looks again by itself, unless it is `paused`."""
    _check(phone)
    is_paused = "paused" in request.args
    with transaction(None):
        return _shown(phone, refresh=None if is_paused else REFRESH_SECONDS)


@blueprint.get("/phone/<phone>.json")
@public
def phone_texts(phone: str) -> Response:
    """The texts of a phone, oldest first."""
    _check(phone)
    with transaction(None):
        return answer(twilio_messages.truth(twilio_messages.of_phone(phone)))


@blueprint.post("/phone/<phone>")
@public
def text_back(phone: str) -> Response | tuple[str, int]:
    """The phone texts `body`, to the number that texted last or to `to`. A page is shown again with the words that are
    refused; a program is told why."""
    _check(phone)
    body, to = _sent()
    is_page = "text/html" in request.accept_mimetypes.values()
    with transaction(None):
        number = to or _last_number(phone)
        refusal = _refusal(number, body)
        if refusal and is_page:
            return _shown(phone, number=number, draft=body, refusal=refusal), 422
        if refusal:
            raise Invalid(reason=refusal, pointer="/body")
        made = twilio_webhooks.take_in(Text(number, phone, body, direction="inbound"))
    if is_page:
        return redirect(url_for("sandbox_phone.phone_page", phone=phone), 303)
    return answer(twilio_messages.truth([made])[0], 201)


def _check(phone: str) -> None:
    if not re.fullmatch(E164_PATTERN, phone):
        abort(404, "Write the phone's number in international form, e.g. /_sandbox/phone/+14155550132.")


def _sent() -> tuple[str, str]:
    """What is texted, and to which number if that is said, from a form or as JSON. Raises Invalid."""
    sent = parse(request.get_data()) if request.is_json else request.form
    if not isinstance(sent, Mapping) or not all(isinstance(text, str) for text in sent.values()):
        raise Invalid(reason='Send {"body": "…"}, and "to" if you like.', pointer="/body")
    # A form sends line feeds as two signs; a phone does not.
    return sent.get("body", "").replace("\r\n", "\n"), sent.get("to", "")


def _shown(phone: str, *, number: str | None = None, refresh: int | None = None, **more: Any) -> str:
    texts = twilio_messages.of_phone(phone, SHOWN)
    facts = {"texts": texts, "numbers": _numbers(texts), "number": number or _last_number(phone, texts)}
    return render_template("sandbox/phone.html", phone=phone, refresh=refresh, **facts, **more)


def _numbers(texts: list[SandboxObject]) -> list[str]:
    """Our numbers to which the phone can text: all of today's, and those it knows."""
    return list(dict.fromkeys([*twilio_messages.numbers(), *(text.hidden["number"] for text in texts)]))


def _last_number(phone: str, texts: list[SandboxObject] | None = None) -> str:
    """The number that texted last; else the only store's, else the account's."""
    known = texts if texts is not None else twilio_messages.of_phone(phone, SHOWN)
    last = next((text.hidden["number"] for text in reversed(known) if text.body["direction"] != "inbound"), None)
    stores = [number for number in twilio_messages.numbers() if number != twilio_messages.own_number()]
    return str(last or (stores[0] if len(stores) == 1 else twilio_messages.own_number()))


def _refusal(number: str, body: str) -> str | None:
    if number not in _numbers([]):
        return f"{number[:20]} is not a number of ours."
    if not body.strip() or "\0" in body:
        return "Write something."
    if len(body) > MAX_BODY:
        return f"This is longer than {MAX_BODY} characters, which no phone sends as one text. Shorten it."
    return None
