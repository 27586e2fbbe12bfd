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
from pos.messaging.queries import store_of_number
from pos.phone import is_e164

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
    store_id = _store_of(form)
    number, sid = form.get("From", ""), form.get("MessageSid", "")
    if store_id is None or not is_e164(number) or not _SID.fullmatch(sid):
        log.warning("text_for_nobody", has_store=store_id is not None)
        return _xml(twiml())
    incoming = inbox.Incoming(
        sid=sid,
        phone=number,
        number=form.get("To", "").replace("\0", "")[:20],
        body=form.get("Body", ""),
        at=clock.now(),
        handled=form.get("OptOutType"),
    )
    with transaction(store_id, actor="customer"):
        answer = inbox.receive(incoming, clock.now())
    log.info("text_in", store_id=str(store_id), sid=incoming.sid, is_answered=answer.body is not None)
    if answer.body is None or answer.message_id is None:
        return _xml(twiml())
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


def _store_of(form: Any) -> UUID | None:
    """The number that was called names the store; the installation's own number or service names an only store."""
    settings: Settings = current_app.config["SETTINGS"]
    assert settings.twilio is not None, "without an account there is no gateway"
    ours = {settings.twilio.from_number, settings.twilio.service_sid} - {None}
    is_shared = bool(ours & {form.get("To"), form.get("MessagingServiceSid")})
    number = form.get("To", "")
    with glance(None):
        return store_of_number(number if is_e164(number) else "", is_shared=is_shared)


def _id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _xml(body: str) -> Response:
    return Response(body, mimetype="text/xml")
