"""Twilio's list of what it received for us: it repeats a webhook once only, so a STOP may be lost while we are down.

Until the list was read, nothing is sent: whoever said STOP meanwhile gets no text.
"""

from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app

from pos import clock
from pos.config import Settings
from pos.db import transaction
from pos.messaging import flows, inbox, outbox
from pos.messaging.gateway import Told
from pos.phone import is_e164
from pos.statements import Statement

# The periodic poll comes every five minutes; older knowledge means that nobody was here. So does knowledge from before this process.
STALE_AFTER = timedelta(minutes=10)
_STARTED_AT = clock.now()
_OVERLAP, _FIRST_LOOK_BACK = timedelta(minutes=10), timedelta(days=3)

_STATE = Statement(f"""
    SELECT s.sms_polled_at, {outbox.SENDER} FROM stores s WHERE s.id = :store
""")
_POLLED = Statement("UPDATE stores SET sms_polled_at = :at WHERE id = :store")


def before_sending(store_id: UUID) -> bool:
    """Reads the list if that was not done lately, nor since this process began. Raises Declined, Down, Unclear; then nothing may be sent."""
    polled_at, _ = _state(store_id)
    if polled_at is None or polled_at < max(clock.now() - STALE_AFTER, _STARTED_AT):
        fetch(store_id)
    return True


def fetch(store_id: UUID) -> int:
    """Takes whatever Twilio received for a store since the last time and we have not; gives how many. May be repeated. Raises
    Declined, Down, Unclear."""
    began = clock.now()
    polled_at, sender = _state(store_id)
    if sender is None:
        return 0
    number = _number(sender)
    since = (polled_at or began - _FIRST_LOOK_BACK) - _OVERLAP
    missed = [told for told in flows.gateway().received_by(number, since) if is_e164(told.phone)]
    taken = sum(_take(store_id, told) for told in missed)
    _done(store_id, began)
    return taken


def _state(store_id: UUID) -> tuple[datetime | None, str | None]:
    with transaction(store_id):
        [(polled_at, sender)] = _STATE.rows(shared=outbox.shared_sender())
        return polled_at, sender


def _number(sender: str) -> str | None:
    """The number that customers text. A messaging service has several, of which the settings may name one; else whatever the account
    receives is the only store's."""
    settings: Settings = current_app.config["SETTINGS"]
    if sender.startswith("MG"):
        return settings.twilio.from_number if settings.twilio else None
    return sender


def _take(store_id: UUID, told: Told) -> bool:
    with transaction(store_id, actor="customer"):
        if inbox.is_known(told.sid):
            return False
        incoming = inbox.Incoming(told.sid, told.phone, told.number or "", told.body, told.created_at)
        inbox.receive(incoming, clock.now(), is_late=True)
        return True


def _done(store_id: UUID, at: datetime) -> None:
    with transaction(store_id):
        _POLLED.run(at=at)
