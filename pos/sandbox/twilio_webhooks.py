"""What Twilio tells: each new status of a text, and each text that came in, to which it takes an answer."""

from typing import Any
from urllib.parse import urlencode, urljoin

from flask import current_app

from pos.jobs import enqueue
from pos.messaging.gateway import SIGNATURE_HEADER, signature
from pos.sandbox import events, faults, twilio_messages, twiml
from pos.sandbox.events import WAITING
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, Object, find, get, new_id, timestamp
from pos.sandbox.twilio_messages import API_VERSION, MAX_BODY, Text

# Twilio's own answer to a keyword, after which it blocks, or sends again. It does not answer YES.
STOP_WORDS = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
STOPPED = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to "
    "resubscribe."
)
STARTED = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to "
    "unsubscribe. Msg&Data Rates May Apply."
)


def next_to_tell(message: SandboxObject, told: SandboxObject | None = None) -> SandboxObject | None:
    """Lets a locked text walk on until its new status is to be told; None at the end of the way. `told` is what was told last. What
    was to be told and was not, since a worker died, comes first."""
    if told is None and message.hidden["telling"]:
        told = find("webhook", message.hidden["telling"])
    while told is None or told.hidden["state"] != WAITING:
        telling = new_id("wh") if message.hidden["callback"] else None
        if not twilio_messages.advance(message, telling):
            return None
        told = _status_webhook(message, telling) if telling else None
    return told


def take_in(text: Text) -> SandboxObject:
    """A text from a phone: Twilio heeds its keywords, and tells us with the commit."""
    message = twilio_messages.receive(text)
    word = text.body.strip().upper()
    if word in STOP_WORDS | START_WORDS:
        twilio_messages.block(text.number, text.phone, is_blocked=word in STOP_WORDS)
    said = STOPPED if word in STOP_WORDS else STARTED if word in START_WORDS - {"YES"} else None
    told = _webhook(message, new_id("wh"), "inbound", inbound_url(), _of_inbound(message))
    if told.hidden["state"] == WAITING:
        enqueue("sandbox.tell_inbound", event_id=told.id)
    if said:
        twilio_messages.send(Text(text.number, text.phone, said, direction="outbound-reply"))
    return message


def reply(told: SandboxObject, answered: str) -> None:
    """Sends what the answer to an inbound text asks for. Raises TwimlError."""
    inbound = get("message", told.body["object"])
    number, phone = inbound.hidden["number"], inbound.hidden["phone"]
    for body, action in twiml.texts(answered):
        callback = urljoin(told.body["url"], action) if action else None
        _, is_blocked = twilio_messages.checked(number, phone)
        refused = 21610 if is_blocked else 21617 if len(body) > MAX_BODY else None
        twilio_messages.send(Text(number, phone, body, callback, direction="outbound-reply"), refused=refused)


def signed(told: SandboxObject) -> tuple[bytes, dict[str, str]]:
    """The body and the headers under which it is posted."""
    token = twilio_messages.settings().auth_token
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": "TwilioProxy/1.1 (TapPass sandbox)",
        SIGNATURE_HEADER: signature(token, told.body["url"], told.body["form"]),
    }
    return urlencode(told.body["form"]).encode(), headers


def inbound_url() -> str:
    return f"{current_app.config['SETTINGS'].public_base_url}/webhooks/twilio/inbound"


def _status_webhook(message: SandboxObject, name: str) -> SandboxObject:
    kind = f"status {message.body['status']}"
    return _webhook(message, name, kind, message.hidden["callback"], _of_status(message))


def _webhook(message: SandboxObject, name: str, kind: str, url: str, form: Object) -> SandboxObject:
    fault = faults.strike("twilio", kind, *faults.OF_EVENTS)
    body = {"id": name, "created": timestamp(), "type": kind, "object": message.id, "url": url, "form": form}
    return events.put("webhook", body, Cause(message.account), fault)


def _of_status(message: SandboxObject) -> Object:
    shown = message.body
    form = {
        **_of_both(message),
        "From": shown["from"] or message.hidden["number"],
        "MessageStatus": shown["status"],
        "SmsStatus": shown["status"],
    }
    return form | ({"ErrorCode": str(shown["error_code"])} if shown["error_code"] else {})


def _of_inbound(message: SandboxObject) -> Object:
    shown = message.body
    return {
        **_of_both(message),
        "SmsMessageSid": message.id,
        "From": shown["from"],
        "Body": shown["body"],
        "NumMedia": "0",
        "NumSegments": shown["num_segments"],
        "SmsStatus": "received",
    }


def _of_both(message: SandboxObject) -> dict[str, Any]:
    service = message.body["messaging_service_sid"]
    form = {
        "AccountSid": message.account,
        "ApiVersion": API_VERSION,
        "MessageSid": message.id,
        "SmsSid": message.id,
        "To": message.body["to"],
    }
    return form | ({"MessagingServiceSid": service} if service else {})
