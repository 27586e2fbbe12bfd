"""POST /webhooks/twilio/…: the doors for Twilio. What Twilio has not signed is not even looked at, and leaves no trace."""

import re
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, request

from pos import clock
from pos.attention.actions import raise_once
from pos.config import Settings
from pos.db import glance, transaction
from pos.errors import Forbidden, NotFound
from pos.http.access import public
from pos.messaging import flows, inbox, lifecycle, outcomes
from pos.messaging.gateway import Gateway, twiml
from pos.messaging.queries import has_texted, store_of_number
from pos.phone import is_e164
from pos.stores.queries import store_ids

blueprint = Blueprint("twilio", __name__)
log = structlog.get_logger()
_SID, _CODE = re.compile(r"(SM|MM)[0-9a-fA-F]{32}"), re.compile(r"[0-9]{1,6}")


class NotSigned(Forbidden):
    title = "Not signed by Twilio"
    advice = "The signature is missing or does not fit this address and body. Is PUBLIC_BASE_URL the address that Twilio calls?"


@blueprint.post("/webhooks/twilio/inbound")
@public
def receive_text() -> Response:
    """A customer's text; the answer is TwiML. Any failure is a 5xx: Twilio repeats once, and the poll finds what is lost."""
    form = _signed_form()
    number, sid = form.get("From", ""), form.get("MessageSid", "")
    stores = _stores_of(form, number) if is_e164(number) and _SID.fullmatch(sid) else []
    answers = [_receive(store_id, form) for store_id in stores]
    if not answers:
        log.warning("text_for_nobody", sid=sid[:40])
    said = next((each for each in zip(stores, answers, strict=True) if each[1].body is not None), None)
    if said is None:
        return _xml(twiml())
    store_id, answer = said
    assert answer.message_id is not None, "what is said is a message"
    return _xml(twiml(answer.body, flows.callback_url(store_id, answer.message_id)))


@blueprint.post("/webhooks/twilio/status")
@public
def receive_status() -> Response:
    """What became of a text of ours; the address carries its id. Late, doubled and reversed ones change nothing."""
    form = _signed_form()
    status = lifecycle.TOLD.get(form.get("MessageStatus", ""))
    store_id, message_id, sid = _id("store"), _id("message"), form.get("MessageSid", "")
    if status is None or store_id is None or not _SID.fullmatch(sid):
        return Response(status=204)
    code = int(form["ErrorCode"]) if _CODE.fullmatch(form.get("ErrorCode", "")) else None
    with transaction(store_id, actor="twilio"):
        found = outcomes.find(message_id, sid)
        if found and found[1] not in (None, sid):
            # The same text under two of Twilio's names: it was taken twice.
            raise_once("sms_unclear", f"messages:{found[0]}", other_sid=sid)
        elif found:
            outcomes.told(found[0], status, sid=sid, code=code)
    log.info("text_status", store_id=str(store_id), sid=sid, status=status, code=code, is_ours=found is not None)
    return Response(status=204)


def _signed_form() -> Any:
    """The form as it came. Raises NotSigned."""
    gateway: Gateway | None = current_app.extensions["twilio"]
    if gateway is None:
        raise NotFound(what="SMS provider")
    settings: Settings = current_app.config["SETTINGS"]
    query = request.query_string.decode("latin-1")
    url = f"{settings.public_base_url}{request.path}{'?' if query else ''}{query}"
    if not gateway.is_signed(url, request.form, request.headers):
        raise NotSigned
    return request.form


def _receive(store_id: UUID, form: Any) -> inbox.Answer:
    incoming = inbox.Incoming(
        sid=form["MessageSid"],
        phone=form["From"],
        number=form.get("To", "").replace("\0", "")[:20],
        body=form.get("Body", ""),
        at=clock.now(),
        handled=form.get("OptOutType"),
    )
    with transaction(store_id, actor="customer"):
        answer = inbox.receive(incoming, clock.now())
    log.info("text_in", store_id=str(store_id), sid=incoming.sid, is_answered=answer.body is not None)
    return answer


def _stores_of(form: Any, phone: str) -> list[UUID]:
    """The number that was called names the store; the installation's own number or service names an only store. A number that is
    nobody's any more is that of the stores that have texted this phone from it: their STOP must not be lost."""
    settings: Settings = current_app.config["SETTINGS"]
    assert settings.twilio is not None, "without an account there is no gateway"
    ours = {settings.twilio.from_number, settings.twilio.service_sid} - {None}
    is_shared = bool(ours & {form.get("To"), form.get("MessagingServiceSid")})
    number = form.get("To", "") if is_e164(form.get("To", "")) else ""
    with glance(None):
        found = store_of_number(number, is_shared=is_shared)
    if found:
        return [found]
    return _former_stores(phone, number) if number else []


def _former_stores(phone: str, number: str) -> list[UUID]:
    with transaction(None):
        stores = store_ids()
    found = []
    for store_id in stores:
        with glance(store_id):
            if has_texted(phone, number):
                found.append(store_id)
    return found


def _id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _xml(body: str) -> Response:
    return Response(body, mimetype="text/xml")
