"""What people say to customers by text, and what the store says by itself, to look at."""

from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from flask import current_app

from pos import audit_log, money
from pos.config import Settings
from pos.db import current_store
from pos.errors import Conflict
from pos.http.access import StoreFacts
from pos.jobs import enqueue
from pos.messaging import outbox, placeholders, queries, rendering, segments, sendable
from pos.messaging.gateway import MOST_CHARACTERS
from pos.messaging.policy import Policy
from pos.messaging.wording import TEXTS, say
from pos.statements import Statement

_SETTLE = Statement(
    "UPDATE conversations SET waiting_since = NULL, updated_at = now() WHERE store_id = :store AND id = :id"
)
_ANSWERED = Statement("""
    UPDATE conversations v SET waiting_since = NULL, last_message_at = now(), updated_at = now(), customer_id = coalesce(
           v.customer_id, (SELECT c.id FROM customers c WHERE c.store_id = v.store_id AND c.phone = v.phone))
     WHERE v.store_id = :store AND v.id = :id
""")
_HAND_OVER = Statement("""
    UPDATE conversations SET customer_id = :customer, waiting_since = NULL, updated_at = now()
     WHERE store_id = :store AND phone = :phone
""")
_AS_IT_LEAVES = "With plain signs in place of dear ones"
# A part of another text is none by itself.
_PARTS = ("receipt_points", "stop")
_REFERENCE, _TOTAL, _POINTS, _TOKEN = "K7QXR9", 4638, {"earned": 41, "balance": 141}, "x" * 22


_RESUME = Statement("UPDATE stores SET sms_paused_until = NULL WHERE id = :store")


class NobodyOnFile(Conflict):
    title = "Nobody on file has this number"
    advice = "This number belongs to no customer, so there is nobody who could be answered. An order or JOIN makes one."


def write(message_id: UUID, customer_id: UUID, body: str, *, purpose: str) -> None:
    """A text by hand. A marketing one gets the store's name and the way out. Raises NothingToRead, BodyTooLong, BeyondTheDay,
    TextsSwitchedOff, NotFound."""
    whom = queries.whom(customer_id)
    sendable.require_readable(body)
    is_marketing = purpose == "marketing"
    said = say("campaign", whom.language, {"store": whom.store, "body": body}) if is_marketing else segments.fold(body)
    sendable.require_short(said, counted="With the store's name and the way out" if is_marketing else _AS_IT_LEAVES)
    sendable.require_fitting(said, whom.rules, is_marketing=is_marketing)
    outbox.write(message_id, said, whom.customer_id, purpose=purpose)


def resume() -> None:
    """Ends the pause of an alarm: what waits leaves now. If the account is not mended, the next text pauses it again."""
    _RESUME.run()
    enqueue("messaging.deliver", store_id=current_store())
    audit_log.record("texts.resume", f"stores:{current_store()}")


def reply(message_id: UUID, conversation_id: UUID, body: str) -> None:
    """An answer to a customer, by a person. Raises NotFound, NobodyOnFile, NothingToRead, BodyTooLong, BeyondTheDay,
    TextsSwitchedOff."""
    conversation = queries.conversation(conversation_id)
    # Who was nobody when they texted may have ordered since.
    customer_id = conversation["customer_id"] or queries.customer_of(conversation["phone"])
    if customer_id is None:
        raise NobodyOnFile
    sendable.require_readable(body)
    said = segments.fold(body)
    sendable.require_short(said, counted=_AS_IT_LEAVES)
    sendable.require_fitting(said, queries.whom(customer_id).rules, is_marketing=False)
    outbox.write(message_id, said, customer_id, purpose="reply", conversation_id=conversation_id)
    _ANSWERED.run(id=conversation_id)


def foreseen(body: str, purpose: str, language: str | None, store: StoreFacts, rules: Policy) -> dict[str, Any]:
    """How a text would read and what it costs before anybody sends it; of a campaign's, with an example in place of each fact. Raises
    NothingToRead and UnknownPlaceholder."""
    sendable.require_readable(body)
    said = _with_example(body, store) if purpose == "campaign" else body
    if purpose in ("marketing", "campaign"):
        said = say("campaign", language or rules.language, {"store": store.name, "body": said})
    said = segments.fold(said)
    return _counted(said, store, rules) | {
        "dear_signs": sorted(set(said) - segments.GSM_7),
        "excess": max(0, len(said) - MOST_CHARACTERS),
    }


def _with_example(body: str, store: StoreFacts) -> str:
    placeholders.require_known(body)
    return placeholders.fill(body, placeholders.SAMPLE | {"store": store.name})


def settle(conversation_id: UUID) -> None:
    """Nothing in it waits for a person any more."""
    _SETTLE.run(id=conversation_id)


def hand_over(phone: str, customer_id: UUID | None) -> None:
    """The talk of a number that has come to somebody else, or to nobody known, goes on with them: nothing waits for an answer that would
    reach the wrong one."""
    _HAND_OVER.run(phone=phone, customer=customer_id)


def webhooks() -> dict[str, str]:
    """The addresses to enter at Twilio."""
    settings: Settings = current_app.config["SETTINGS"]
    base = f"{settings.public_base_url}/webhooks/twilio"
    return {"inbound": f"{base}/inbound", "status": f"{base}/status"}


def previews(store: StoreFacts, rules: Policy, language: str | None) -> list[dict[str, Any]]:
    """Each text of the store's own in each language, or in one, as an example reads."""
    return [
        _preview(name, spoken, store, rules)
        for spoken in ([language] if language else TEXTS)
        for name in TEXTS[spoken]
        if name not in _PARTS
    ]


def _preview(name: str, language: str, store: StoreFacts, rules: Policy) -> dict[str, Any]:
    body = say(name, language, _Example(name, store, rules, language))
    return {"name": name, "language": language, **_counted(body, store, rules)}


def _counted(body: str, store: StoreFacts, rules: Policy) -> dict[str, Any]:
    """A text with its length, as what it travels, and what that costs."""
    counted = segments.count(body)
    unit = 10 ** get_currency_precision(store.currency)
    return {
        "body": body,
        "encoding": counted.encoding,
        "characters": len(body),
        "segments": counted.segments,
        "cost": money.round_half_up(rules.cost(counted.segments, unit)),
    }


class _Example(dict[str, Any]):
    """Facts of an example order; what a text needs beyond them stands there by its name."""

    def __init__(self, name: str, store: StoreFacts, rules: Policy, language: str) -> None:
        settings: Settings = current_app.config["SETTINGS"]
        amount = money.written(_TOTAL, store.currency)
        super().__init__(
            store=store.name,
            contact=rules.contact or "",
            reference=_REFERENCE,
            paid=amount,
            due=amount,
            url=f"{settings.public_base_url}/{store.slug}/{rendering.page_of(name)}/{_TOKEN}",
            points=say("receipt_points", language, _POINTS),
            stop=say("stop", language, {}),
            body="{body}",
        )

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"
