"""Texts in the sandbox: they are made in both directions, listed, and walk from one status to the next; who has said STOP is
blocked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert

from pos import clock, ids
from pos.config import SANDBOX_NUMBER, TwilioSettings
from pos.db import db
from pos.jobs import enqueue
from pos.messaging.segments import count
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, Object, alter, keep, remember
from pos.stores.models import Store

API_VERSION = "2010-04-01"
MAX_BODY = 1600
DELIVERED = (("sent", "delivered"), None)
# The numbers whose texts do not arrive: their last four digits are the error's without one zero.
FATES: dict[str, tuple[tuple[str, ...], int | None]] = {
    "+15005553003": (("sent", "undelivered"), 30003),
    "+15005553005": (("sent", "undelivered"), 30005),
    "+15005553006": (("sent", "undelivered"), 30006),
    "+15005553007": (("sent", "undelivered"), 30007),
    "+15005553034": (("failed",), 30034),
}
SENTENCES = {
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30034: "Message from an unregistered number",
}  # fmt: skip
# What can still be cancelled, and what a walk begins with.
FRESH = ("queued", "accepted")

_FROM_OURS = exists().where(Store.sms_number == bindparam("number"))
_PAIR_BLOCKED = exists().where(
    SandboxObject.id == bindparam("pair"), SandboxObject.hidden["is_blocked"].astext == "true"
)
_FORGET_TEXTS = text("""
    UPDATE sandbox_objects SET hidden = hidden - 'phone', body = body || jsonb_build_object('body', '',
             'from', CASE WHEN body ->> 'from' = hidden ->> 'phone' THEN '' ELSE body ->> 'from' END,
             'to', CASE WHEN body ->> 'to' = hidden ->> 'phone' THEN '' ELSE body ->> 'to' END)
     WHERE kind = 'message' AND hidden ->> 'phone' = ANY(:phones)
""")
_FORGET_BLOCKS = text("""
    UPDATE sandbox_objects SET id = 'gone ' || gen_random_uuid(), kind = 'gone', body = '{}', hidden = '{}'
     WHERE kind = 'block' AND body ->> 'phone' = ANY(:phones)
""")
_CHECKED = select(_FROM_OURS, _PAIR_BLOCKED)


@dataclass(frozen=True)
class Text:
    """What is to be sent: between which of our numbers and which phone, and where its status is told."""

    number: str
    phone: str
    body: str
    callback: str | None = None
    service: str | None = None
    direction: str = "outbound-api"


def settings() -> TwilioSettings:
    """Twilio's settings, which the sandbox is the Twilio of."""
    found: TwilioSettings | None = current_app.config["SETTINGS"].twilio
    assert found is not None, "the sandbox is not in use"
    return found


def own_number() -> str:
    """The number of the account itself: what a messaging service sends from, and who names no other."""
    return settings().from_number or SANDBOX_NUMBER


def numbers() -> list[str]:
    """Our numbers: of the stores, and of the account."""
    ours = db.session.scalars(select(Store.sms_number).where(Store.sms_number.is_not(None)).order_by(Store.id))
    return list(dict.fromkeys([*(number for number in ours if number), own_number()]))


def checked(number: str, phone: str) -> tuple[bool, bool]:
    """Whether the number is one of ours, and whether the phone has said STOP to it."""
    is_stores, is_blocked = db.session.execute(_CHECKED, {"number": number, "pair": _pair(number, phone)}).one()
    return is_stores or number == own_number(), is_blocked


def send(text: Text, *, refused: int | None = None) -> SandboxObject:
    """Takes a text over, and sends it off with the commit. `refused` is why it fails instead, as an answer can that was given
    without asking first."""
    path, code = (("failed",), refused) if refused else FATES.get(text.phone, DELIVERED)
    body = _shown(text, "accepted" if text.service else "queued")
    body["from"] = None if text.service else text.number
    made = _kept(body, text, path=list(path), code=code, callback=text.callback)
    enqueue("sandbox.walk_message", sid=made.id)
    return made


def receive(text: Text) -> SandboxObject:
    """A text that came from a phone: it is there at once."""
    body = _shown(text, "received") | {"from": text.phone, "to": text.number, "date_sent": rfc_2822(clock.now())}
    return _kept(body, text, path=[], sent_at=int(clock.now().timestamp()))


def advance(message: SandboxObject, telling: str | None) -> bool:
    """Takes a text to its next status, of which the webhook `telling` is to tell; whether there was one."""
    if not message.hidden["path"]:
        return False
    now, (status, *rest) = clock.now(), message.hidden["path"]
    code = message.hidden["code"] if status in ("undelivered", "failed") else None
    shown: Object = {"status": status, "date_updated": rfc_2822(now)}
    facts: Object = {"path": rest, "telling": telling}
    if code:
        shown |= {"error_code": code, "error_message": SENTENCES[code]}
    if status == "sent":
        shown |= {"date_sent": rfc_2822(now), "from": message.hidden["number"]}
        facts["sent_at"] = int(now.timestamp())
    alter(message, shown, facts)
    return True


def cancel(message: SandboxObject) -> None:
    """What has not left does not leave any more."""
    remember(message, path=["canceled"])


def block(number: str, phone: str, is_blocked: bool) -> None:
    """From now on the number may, or may not, text to the phone."""
    fields = {"kind": "block", "body": {"number": number, "phone": phone}, "hidden": {"is_blocked": is_blocked}}
    upsert = insert(SandboxObject).values(id=_pair(number, phone), account=settings().account_sid, **fields)
    db.session.execute(upsert.on_conflict_do_update(index_elements=["id"], set_={"hidden": fields["hidden"]}))


def of_phone(phone: str, limit: int | None = None) -> list[SandboxObject]:
    """The newest texts to and from a phone, oldest first."""
    found = select(SandboxObject).where(SandboxObject.kind == "message", SandboxObject.hidden["phone"].astext == phone)
    newest = found.order_by(SandboxObject.made_at.desc(), SandboxObject.id.desc()).limit(limit)
    return list(db.session.scalars(newest))[::-1]


def phones(limit: int) -> list[tuple[str, int, datetime]]:
    """The phones with texts, each with how many and the instant of the last, the latest first."""
    phone, last = SandboxObject.hidden["phone"].astext, func.max(SandboxObject.made_at)
    counted = select(phone, func.count(SandboxObject.id), last).where(SandboxObject.kind == "message")
    rows = db.session.execute(counted.group_by(phone).order_by(last.desc()).limit(limit))
    return [(phone, count, at) for phone, count, at in rows]


def truth(rows: Iterable[SandboxObject]) -> list[Object]:
    """What Twilio knows of these texts."""
    return [
        {name: row.body[name] for name in ("sid", "direction", "from", "to", "body", "status", "error_code")}
        | {"callback": row.hidden["callback"], "at": row.made_at}
        for row in rows
    ]


def forget(phones: list[str]) -> None:
    """Whoever is erased here leaves the stand-in as well: the texts stay without number and words, and the block goes, since it is
    known by the number."""
    for statement in (_FORGET_TEXTS, _FORGET_BLOCKS):
        db.session.execute(statement, {"phones": phones})


def rfc_2822(instant: datetime) -> str:
    return format_datetime(instant)


def _kept(body: Object, text: Text, **hidden: Any) -> SandboxObject:
    known = {
        "number": text.number,
        "phone": text.phone,
        "callback": None,
        "sent_at": None,
        "code": None,
        "telling": None,
    }
    return keep("message", body, Cause(settings().account_sid), known | hidden)


def _shown(text: Text, status: str) -> Object:
    """A message as Twilio shows it."""
    sid, account, now = f"SM{ids.uuid7().hex}", settings().account_sid, rfc_2822(clock.now())
    uri = f"/{API_VERSION}/Accounts/{account}/Messages/{sid}"
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "direction": text.direction,
        "error_code": None,
        "error_message": None,
        "from": text.number,
        "messaging_service_sid": text.service,
        "num_media": "0",
        "num_segments": str(count(text.body).segments),
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.phone,
        "uri": f"{uri}.json",
    }


def _pair(number: str, phone: str) -> str:
    return f"block {number} {phone}"
