"""What customers text us: each text is taken once, and answered in the words that its meaning asks for.

STOP, START, YES and HELP are understood here, by the letter (keywords.py). Anything else goes to the function that create_app hands in
(pos/assistant/), which answers from the database; what it cannot answer waits for a person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from flask import current_app

from pos import ids
from pos.customers import identity, refusals
from pos.messaging import consents, keywords, outbox, rendering, silence
from pos.messaging.permits import CONFIRMATION
from pos.messaging.policy import Policy, read
from pos.messaging.silence import QUIET
from pos.messaging.wording import say
from pos.statements import Statement

MOST_CHARACTERS = 10_000
# An answer that nobody waits for any more confuses.
ANSWER_WITHIN, LATE_ANSWER_WITHIN = timedelta(minutes=5), timedelta(hours=1)
# Who wrote a text down: the customer, by a webhook, or the poll that found it in Twilio's list.
CUSTOMER, POLL = "customer", "poll"
# Twilio repeats a webhook at once, or not at all; a repeat that comes later is not Twilio's.
REPEATED_WITHIN = timedelta(seconds=60)

# Who texts several times at once as nobody's number becomes a customer in between: one text after the other.
_ALONE = Statement("SELECT pg_advisory_xact_lock(hashtextextended(:store ::text || :phone, 0))")
_TAKE = Statement(f"""
    WITH known AS (
      SELECT c.id, c.name, c.sms_unusable_at, c.merged_into_id, {QUIET} AS is_quiet
        FROM customers c WHERE c.store_id = :store AND c.phone = :phone FOR NO KEY UPDATE),
    conversation AS (
      INSERT INTO conversations AS v (store_id, id, channel, customer_id, phone, started_at, last_message_at)
      VALUES (:store, :conversation, 'sms', (SELECT id FROM known), :phone, :now, :now)
      ON CONFLICT (store_id, channel, phone) DO UPDATE
        SET last_message_at = greatest(v.last_message_at, excluded.last_message_at),
            customer_id = coalesce(excluded.customer_id, v.customer_id), updated_at = now()
      RETURNING v.id, v.waiting_since),
    taken AS (
      INSERT INTO messages (store_id, id, direction, customer_id, conversation_id, phone, number, body, purpose, status,
                            provider_sid, not_before, actor)
      SELECT :store, :id, 'in', (SELECT id FROM known), conversation.id, :phone, :number, :body, 'reply', 'received', :sid, :at,
             :actor
        FROM conversation
      ON CONFLICT (store_id, provider_sid) DO NOTHING RETURNING id)
    SELECT taken.id AS message_id, conversation.id AS conversation_id, conversation.waiting_since,
           known.id AS customer_id, known.name, known.sms_unusable_at, known.merged_into_id, known.is_quiet, p.language,
           s.name AS store, s.settings, s.timezone
      FROM conversation CROSS JOIN stores s
      LEFT JOIN taken ON true LEFT JOIN known ON true
      LEFT JOIN profiles p ON p.store_id = :store AND p.customer_id = known.id
     WHERE s.id = :store
""")
# A number of somebody who has several: what is said from it is said by who stands for them. The talk stays with its number.
_FOLLOW = Statement(f"""
    WITH heir AS (
      SELECT c.id, c.name, {QUIET} AS is_quiet FROM customers c WHERE c.store_id = :store AND c.id = :heir FOR NO KEY UPDATE),
    taken AS (
      UPDATE messages SET customer_id = :heir, updated_at = now() WHERE store_id = :store AND id = :message ::uuid)
    SELECT heir.id AS customer_id, heir.name, heir.is_quiet, p.language
      FROM heir JOIN profiles p ON p.store_id = :store AND p.customer_id = heir.id
""")
# All of it, also answers that are still to leave: what the customer says from now on counts for them.
_BELONGS = Statement("""
    WITH talk AS (UPDATE conversations SET customer_id = :customer, updated_at = now() WHERE store_id = :store AND id = :conversation)
    UPDATE messages SET customer_id = :customer, updated_at = now()
     WHERE store_id = :store AND conversation_id = :conversation AND customer_id IS NULL
""")
_MEANT = Statement("""
    UPDATE messages SET intent = :intent, updated_at = now() WHERE store_id = :store AND id = :message
""")
_WAITS = Statement("""
    UPDATE conversations SET waiting_since = coalesce(waiting_since, :now), updated_at = now()
     WHERE store_id = :store AND id = :conversation
""")
_REACHED = Statement("""
    UPDATE customers SET sms_unusable_at = NULL, updated_at = now()
     WHERE store_id = :store AND id = :customer AND sms_unusable_at IS NOT NULL
""")
_ANSWER = Statement("""
    WITH meant AS (UPDATE messages SET intent = :intent, updated_at = now() WHERE store_id = :store AND id = :message)
    INSERT INTO messages (store_id, id, direction, customer_id, conversation_id, in_reply_to_id, phone, body, purpose, template,
                          intent, facts, status, language, not_before, not_after, actor, permit, segments, number, attempts, sending_at,
                          settled_at)
    VALUES (:store, :id, 'out', :customer, :conversation, :message, :phone, :body, 'reply', :template, :intent, :facts, :status,
            :language, coalesce(:not_before, now()), :not_after, 'inbox', :permit, :segments, :number, (:status = 'sending')::int,
            CASE WHEN :status = 'sending' THEN clock_timestamp() END,
            CASE WHEN :status IN ('suppressed', 'expired') THEN clock_timestamp() END)
""")
# What the outbox does later.
_NOT_JUDGED = {"status": "queued", **dict.fromkeys(("not_before", "permit", "segments", "number"))}
# An answer that was given on the connection, of which Twilio has told nothing yet, and that may still be given.
_ANSWERED = Statement(f"""
    SELECT r.id, r.body FROM messages i
      JOIN messages r ON r.store_id = i.store_id AND r.in_reply_to_id = i.id
      LEFT JOIN customers c ON c.store_id = r.store_id AND c.id = r.customer_id
     WHERE i.store_id = :store AND i.provider_sid = :sid AND i.created_at > :since AND i.actor = '{CUSTOMER}'
       AND r.status = 'sending' AND r.provider_sid IS NULL AND r.resends = 0
       AND (c.sms_consent IS NOT FALSE OR r.template = '{CONFIRMATION}')
""")
_IS_KNOWN = Statement("SELECT id FROM messages WHERE store_id = :store AND provider_sid = :sid")


@dataclass(frozen=True)
class Incoming:
    """A text as Twilio hands it over; `handled` is what Twilio's advanced opt-out did with it already, if that is in use."""

    sid: str
    phone: str
    number: str
    body: str
    at: datetime
    handled: str | None = None


@dataclass(frozen=True)
class Asked:
    """A question for the reply function, inside the open transaction. `customer_id` is whose number it came from; None: nobody's, and
    then nothing about anybody may be said. `is_silent`: for a year nothing was heard of that customer, so it may be
    somebody else who asks. Without `has_chosen_language`, the language is only the store's. Without `phone` it is the store's own
    people who ask about the business, whom the edge has let in. `previous` is what was asked right before; an answer takes
    `most_segments` at most."""

    text: str
    phone: str | None
    customer_id: UUID | None
    name: str | None
    language: str
    store: str
    policy: Policy
    now: datetime
    has_chosen_language: bool = False
    is_silent: bool = False
    timezone: str = "UTC"
    previous: str | None = None
    most_segments: int = 3


@dataclass(frozen=True)
class Reply:
    """An answer with the facts that it was made of; none (`body` None) leaves the text to a person. `customer_id` is who the sender
    has become by it, if the number was nobody's."""

    body: str | None
    intent: str
    facts: list[dict[str, Any]] = field(default_factory=list)
    language: str | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True)
class Answer:
    """What is said back, as a message of ours; `body` None: nothing, or nothing that may be said."""

    message_id: UUID | None = None
    body: str | None = None


Responder = Callable[[Asked], Reply]
_SILENCE = Answer()


def receive(incoming: Incoming, now: datetime, *, is_late: bool = False) -> Answer:
    """Takes a text in the open transaction and does what it says. The answer is for the open connection; a late text, which was found in
    Twilio's list, is answered by the outbox. May be told again: what was taken is not acted upon twice."""
    taken = _taken(incoming, now, POLL if is_late else CUSTOMER)
    if taken["message_id"] is None:
        return _said_before(incoming.sid, now)
    reply = _understood(incoming, taken, now)
    if reply.body is None:
        _MEANT.soon(message=taken["message_id"], intent=reply.intent)
        return _SILENCE
    taken |= {"customer_id": taken["customer_id"] or reply.customer_id}
    return _answer(reply, incoming, taken, now, is_late=is_late)


def is_known(sid: str) -> bool:
    """Whether this text was taken already."""
    return _IS_KNOWN.first(sid=sid) is not None


def _taken(incoming: Incoming, now: datetime, actor: str) -> dict[str, Any]:
    # PostgreSQL keeps no NUL in text.
    body = incoming.body.replace("\0", "")[:MOST_CHARACTERS]
    keys = {"id": ids.uuid7(), "conversation": ids.uuid7()}
    where = {"phone": incoming.phone, "number": incoming.number, "sid": incoming.sid, "at": incoming.at}
    _ALONE.soon(phone=incoming.phone)
    [row] = _TAKE.mappings(**keys, **where, body=body, now=now, actor=actor)
    if row["sms_unusable_at"] and row["message_id"]:
        _REACHED.soon(customer=row["customer_id"])
    if row["merged_into_id"]:
        row |= _FOLLOW.mappings(heir=row["merged_into_id"], message=row["message_id"])[0]
    return row


def _said_before(sid: str, now: datetime) -> Answer:
    """The same answer, if Twilio asks again because ours was lost, and nothing has changed since."""
    row = _ANSWERED.first(sid=sid, since=now - REPEATED_WITHIN)
    return Answer(*row) if row else _SILENCE


def _understood(incoming: Incoming, taken: Mapping[str, Any], now: datetime) -> Reply:
    meaning = {"STOP": "stop", "START": "start", "HELP": "help"}.get(incoming.handled or "") or keywords.meaning(
        incoming.body
    )
    handler = _BY_MEANING.get(meaning or "")
    reply = handler(incoming, taken) if handler else None
    if reply is None:
        reply = _asked_of_the_database(incoming, taken, now)
    # What Twilio has answered by itself is not answered twice.
    is_answered = incoming.handled or (handler and keywords.is_providers(incoming.body))
    return Reply(None, reply.intent) if is_answered else reply


def _stop(incoming: Incoming, taken: Mapping[str, Any]) -> Reply:
    """A refusal must be kept of whoever it is: later this number may be a customer's."""
    customer_id = taken["customer_id"] or _somebody(incoming, taken)
    is_news = consents.stop(customer_id, evidence=_evidence(incoming, taken))
    return _by_template(CONFIRMATION, taken, intent="stop") if is_news else Reply(None, "stop")


def _somebody(incoming: Incoming, taken: Mapping[str, Any]) -> UUID:
    """The customer that the sender is from now on."""
    customer_id = identity.known_by_phone(incoming.phone, origin="sms").id
    _BELONGS.run(customer=customer_id, conversation=taken["conversation_id"])
    return customer_id


def _start(incoming: Incoming, taken: Mapping[str, Any]) -> Reply:
    """From a number that is nobody's any more, it lifts the refusal that was kept of whoever had it."""
    customer_id = taken["customer_id"]
    if customer_id is None and refusals.stands(incoming.phone):
        customer_id = _somebody(incoming, taken)
    if customer_id:
        consents.start(customer_id, said_at=incoming.at, evidence=_evidence(incoming, taken))
    return _by_template("restarted", taken, intent="start")


def _yes(incoming: Incoming, taken: Mapping[str, Any]) -> Reply | None:
    """The answer to our question. The word alone is a START to Twilio, and so to us. Said without either, it is any other text."""
    if taken["customer_id"] is None:
        return None
    evidence = _evidence(incoming, taken)
    if consents.confirm(taken["customer_id"], evidence=evidence):
        return _by_template("confirmed", taken, intent="yes")
    is_start = keywords.is_twilios_yes(incoming.body)
    if is_start and consents.start(taken["customer_id"], said_at=incoming.at, evidence=evidence):
        return Reply(None, "start")
    return None


def _help(incoming: Incoming, taken: Mapping[str, Any]) -> Reply:
    return _by_template("help", taken, intent="help")


_BY_MEANING: dict[str, Callable[[Incoming, Mapping[str, Any]], Reply | None]] = {
    "stop": _stop,
    "stop_in_words": _stop,
    "start": _start,
    "yes": _yes,
    "help": _help,
}


def _asked_of_the_database(incoming: Incoming, taken: Mapping[str, Any], now: datetime) -> Reply:
    """What the reply function knows; what it does not is for a person, and is answered once until one has looked."""
    responder: Responder = current_app.extensions["reply"]
    rules = read(taken["settings"])
    asked = Asked(
        text=incoming.body.replace("\0", "")[:MOST_CHARACTERS],
        phone=incoming.phone,
        customer_id=taken["customer_id"],
        name=taken["name"],
        language=taken["language"] or rules.language,
        store=taken["store"],
        policy=rules,
        now=now,
        has_chosen_language=taken["language"] is not None,
        is_silent=bool(taken["is_quiet"]) and silence.is_silent(taken["customer_id"]),
        timezone=taken["timezone"],
    )
    reply = responder(asked)
    if reply.customer_id and taken["customer_id"] is None:
        _BELONGS.run(customer=reply.customer_id, conversation=taken["conversation_id"])
    if reply.body is not None:
        return reply
    _WAITS.soon(conversation=taken["conversation_id"], now=now)
    return (
        Reply(None, reply.intent)
        if taken["waiting_since"]
        else _by_template("what_to_text", taken, intent=reply.intent)
    )


def _by_template(name: str, taken: Mapping[str, Any], *, intent: str) -> Reply:
    rules = read(taken["settings"])
    facts = {"store": taken["store"], "contact": rules.contact or ""}
    return Reply(say(name, taken["language"] or rules.language, facts), intent)


def _answer(reply: Reply, incoming: Incoming, taken: Mapping[str, Any], now: datetime, *, is_late: bool) -> Answer:
    message = {
        "id": ids.uuid7(),
        "customer": taken["customer_id"],
        "phone": incoming.phone,
        "body": reply.body,
        "template": CONFIRMATION if reply.intent == "stop" else "reply",
        "language": reply.language or taken["language"],
        "not_after": incoming.at + LATE_ANSWER_WITHIN if is_late else now + ANSWER_WITHIN,
    }
    judged = _NOT_JUDGED if is_late else outbox.answer_at_once(rendering.reply(outbox.shared_sender(), **message), now)
    _ANSWER.soon(
        **message | judged,
        conversation=taken["conversation_id"],
        message=taken["message_id"],
        intent=reply.intent,
        facts=orjson.dumps({"facts": reply.facts}, str).decode(),
    )
    if is_late:
        outbox.deliver_soon()
        return Answer(message["id"])
    return Answer(message["id"], judged["body"]) if judged["status"] == "sending" else _SILENCE


def _evidence(incoming: Incoming, taken: Mapping[str, Any]) -> dict[str, Any]:
    return {"message_id": str(taken["message_id"]), "message_sid": incoming.sid}
