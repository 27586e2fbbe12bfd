"""Questions that come by the API: who asks and about whom is bound here, and each is kept with its answer."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from pos import ids
from pos.assistant import answers
from pos.assistant.models import AssistantTurn
from pos.db import db
from pos.errors import NotFound
from pos.http.access import Caller
from pos.messaging import keywords, silence
from pos.messaging.inbox import Asked, Reply
from pos.messaging.policy import read
from pos.messaging.silence import QUIET
from pos.messaging.wording import say
from pos.statements import Statement, standing_for

# Longer than a text: nobody pays for these by the segment.
_MOST_SEGMENTS = 12
# As for a text: the row is locked before anything is done for it.
_CUSTOMER = Statement(f"""
    SELECT c.id, c.name, p.language, {QUIET} AS is_quiet FROM customers x
      JOIN customers c ON c.store_id = x.store_id AND c.id = {standing_for("x")}
      JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE x.store_id = :store AND x.phone = :phone FOR NO KEY UPDATE OF c
""")
_STORE = Statement("SELECT name, timezone, settings FROM stores WHERE id = :store")
_CONVERSATION = Statement(f"""
    SELECT v.id, (SELECT t.text FROM assistant_turns t WHERE t.store_id = v.store_id AND t.conversation_id = v.id
                   ORDER BY t.id DESC LIMIT 1) AS previous
      FROM conversations v
      LEFT JOIN customers w ON w.store_id = v.store_id AND w.id = v.customer_id
     WHERE v.store_id = :store AND v.id = :id AND v.channel = 'api' AND {standing_for("w")} IS NOT DISTINCT FROM :customer ::uuid
       AND NOT EXISTS (SELECT FROM assistant_turns t
                        WHERE t.store_id = v.store_id AND t.conversation_id = v.id AND t.about <> :about)
""")
_BEGIN = Statement("""
    INSERT INTO conversations (store_id, id, channel, customer_id, started_at, last_message_at)
    VALUES (:store, :id, 'api', :customer, :now, :now)
""")
_GO_ON = Statement("""
    UPDATE conversations SET last_message_at = :now, customer_id = coalesce(customer_id, :customer ::uuid), updated_at = now()
     WHERE store_id = :store AND id = :id
""")
# Nobody's number or address is kept with a question; what it looks like is, so that it can be asked again.
_NUMBER = re.compile(r"(?:\d[\s().+-]*){7,}")
_ADDRESS = re.compile(r"\S+@\S+")


@dataclass(frozen=True)
class Question:
    """A text about the customer with an E.164 number, or about the business without one; it may go on with a conversation."""

    text: str
    phone: str | None
    conversation_id: UUID | None

    @property
    def about(self) -> str:
        return "customer" if self.phone else "store"


def ask(question: Question, who: Caller, now: datetime) -> dict[str, Any]:
    """The answer as the API shows it, kept. Raises NotFound for a conversation that is not of the same customer, or
    of the business."""
    asked, conversation_id = _asked(question, now)
    said = _consent(asked) or answers.answer(asked)
    body, language = said.body or "", said.language or asked.language
    is_new = conversation_id is None
    conversation_id = conversation_id or ids.uuid7()
    customer_id = asked.customer_id or said.customer_id
    (_BEGIN if is_new else _GO_ON).run(id=conversation_id, customer=customer_id, now=now)
    turn = AssistantTurn(
        conversation_id=conversation_id,
        text=blotted(question.text),
        reply=body,
        intent=said.intent,
        facts=orjson.loads(orjson.dumps(said.facts, str)),
        language=language,
        role=who.role,
        about=question.about,
        actor=who.actor,
    )
    db.session.add(turn)
    shown = {"reply": body, "intent": said.intent, "facts": said.facts, "language": language}
    return shown | {"conversation_id": conversation_id}


def blotted(text: str) -> str:
    """A text in which every figure of a phone number is a 0, and every e-mail address nobody's."""
    numbers = _NUMBER.sub(lambda found: re.sub(r"\d", "0", found.group()), text)
    return _ADDRESS.sub("x@x", numbers)


def _asked(question: Question, now: datetime) -> tuple[Asked, UUID | None]:
    """The question with all that it may be answered by; and the conversation that it goes on with, if any."""
    rows = _CUSTOMER.mappings(phone=question.phone) if question.phone else []
    row: dict[str, Any] = rows[0] if rows else {"id": None, "name": None, "language": None, "is_quiet": False}
    conversation_id, previous = _conversation(question, row["id"])
    [store] = _STORE.mappings()
    rules = read(store["settings"])
    asked = Asked(
        text=question.text,
        phone=question.phone,
        customer_id=row["id"],
        name=row["name"],
        language=row["language"] or rules.language,
        store=store["name"],
        policy=rules,
        now=now,
        has_chosen_language=row["language"] is not None,
        is_silent=bool(row["is_quiet"]) and silence.is_silent(row["id"]),
        timezone=store["timezone"],
        previous=previous,
        most_segments=_MOST_SEGMENTS,
    )
    return asked, conversation_id


def _conversation(question: Question, customer_id: UUID | None) -> tuple[UUID | None, str | None]:
    """The conversation that a question goes on with, and what was asked last in it. Raises NotFound."""
    if question.conversation_id is None:
        return None, None
    row = _CONVERSATION.first(id=question.conversation_id, customer=customer_id, about=question.about)
    if row is None:
        raise NotFound(what="conversation")
    return row[0], row[1]


def _consent(asked: Asked) -> Reply | None:
    """Whoever types STOP here is not the phone that it is about: nothing is recorded, and it is said how it is."""
    meaning = keywords.meaning(asked.text) if asked.phone else None
    if meaning is None:
        return None
    sentence = "askable" if meaning == "help" else "consent_by_text"
    return Reply(f"{asked.store}: {say(sentence, asked.language, {})}", meaning)
