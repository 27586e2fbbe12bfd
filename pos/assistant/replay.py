"""What was asked, asked again by the rules of today: read-only, each in the instant at which it was asked.

What is compared is how a question is understood: its intent, the tool, and the arguments. The figures may have changed since.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from pos.assistant import answers
from pos.messaging import keywords
from pos.messaging.inbox import Asked
from pos.messaging.policy import read
from pos.statements import Statement

_SAID = Statement("""
    SELECT * FROM (
      SELECT t.id, 'api' AS channel, t.conversation_id, t.text, t.reply, t.intent, t.facts, t.language, t.created_at AS at, v.customer_id,
             t.about, NULL AS phone,
             lag(t.text) OVER (PARTITION BY t.conversation_id ORDER BY t.id) AS previous
        FROM assistant_turns t JOIN conversations v ON v.store_id = t.store_id AND v.id = t.conversation_id
       WHERE t.store_id = :store
      UNION ALL
      SELECT m.id, 'sms', m.conversation_id, m.body, r.body, coalesce(m.intent, 'unknown'), coalesce(r.facts -> 'facts', '[]'),
             r.language, m.created_at, m.customer_id, 'customer', m.phone, NULL
        FROM messages m LEFT JOIN messages r ON r.store_id = m.store_id AND r.in_reply_to_id = m.id
       WHERE m.store_id = :store AND m.direction = 'in' AND m.body IS NOT NULL AND m.phone IS NOT NULL) s
     WHERE (:conversation ::uuid IS NULL OR s.conversation_id = :conversation ::uuid)
       AND (:since ::timestamptz IS NULL OR s.at >= :since ::timestamptz)
     ORDER BY s.at, s.id
""")
_A_NUMBER = "a number"
_STORE = Statement("SELECT name, timezone, settings FROM stores WHERE id = :store")


@dataclass(frozen=True)
class Difference:
    """A question that would be understood otherwise: then, and now."""

    channel: str
    at: datetime
    text: str
    then: str
    now: str


@dataclass(frozen=True)
class Replayed:
    questions: int
    differences: list[Difference]


def replay(conversation_id: UUID | None = None, since: datetime | None = None) -> Replayed:
    """Asks again all that was asked in the open transaction's store; whoever calls rolls back what acts would change."""
    rows = [
        row
        for row in _SAID.mappings(conversation=conversation_id, since=since)
        if keywords.meaning(row["text"]) is None
    ]
    return Replayed(len(rows), list(_differences(rows)))


def _differences(rows: list[dict[str, Any]]) -> Iterator[Difference]:
    [store] = _STORE.mappings()
    for row in rows:
        said = answers.answer(_asked(row, store)) if row["channel"] == "api" else answers.reply(_asked(row, store))
        then, now = _understood(row["intent"], row["facts"]), _understood(said.intent, said.facts)
        if _differ(then, now):
            yield Difference(row["channel"], row["at"], row["text"], " ".join(then), " ".join(now))


def _asked(row: dict[str, Any], store: dict[str, Any]) -> Asked:
    rules = read(store["settings"])
    return Asked(
        text=row["text"],
        # The number itself is kept of texts alone.
        phone=None if row["about"] == "store" else row["phone"] or _A_NUMBER,
        customer_id=row["customer_id"],
        name=None,
        language=row["language"] or rules.language,
        store=store["name"],
        policy=rules,
        now=row["at"],
        has_chosen_language=row["language"] is not None,
        timezone=store["timezone"],
        previous=row["previous"],
    )


def _understood(intent: str, facts: list[dict[str, Any]]) -> tuple[str, ...]:
    """The intent, and of each fact its tool and arguments; none of a fact that was kept before arguments were."""
    known = [each for each in facts if "arguments" in each]
    return intent, *(
        f"{each['tool']}{orjson.dumps(each['arguments'], str, orjson.OPT_SORT_KEYS).decode()}" for each in known
    )


def _differ(then: tuple[str, ...], now: tuple[str, ...]) -> bool:
    return then[0] != now[0] or (len(then) > 1 and len(now) > 1 and then != now)
