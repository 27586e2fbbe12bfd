"""How tests ask: as a customer would by text, past Twilio."""

import re
import uuid
from datetime import datetime
from typing import Any

from pos import clock
from pos.assistant.answers import reply
from pos.db import transaction
from pos.messaging.inbox import Asked, Reply
from pos.messaging.policy import Policy
from pos.statements import Statement
from tests.client import Shop

ADA, NOBODY = "+14155550132", "+14155550199"
_WHO = Statement("""
    SELECT c.id, c.name, p.language, s.name FROM stores s
      LEFT JOIN customers c ON c.store_id = s.id AND c.phone = :phone
      LEFT JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE s.id = :store
""")


def asks(shop: Shop, text: str, phone: str = ADA, now: datetime | None = None) -> Reply:
    """The reply to a text from a number, to this shop."""
    with transaction(uuid.UUID(shop.store_id), actor="customer"):
        [(customer_id, name, language, store)] = _WHO.rows(phone=phone)
        return reply(
            Asked(
                text=text,
                phone=phone,
                customer_id=customer_id,
                name=name,
                language=language or "en",
                store=store,
                policy=Policy(),
                now=now or clock.now(),
                has_chosen_language=language is not None,
            )
        )


def rows(answer: Reply) -> dict[str, Any]:
    """The rows of an answer's only tool."""
    [fact] = answer.facts
    return fact["rows"]  # type: ignore[no-any-return]


def figures(text: str) -> set[str]:
    """Every number in a text, by its digits: 1,200.50 is 120050."""
    return {re.sub(r"[.,]", "", each) for each in re.findall(r"\d+(?:[.,]\d+)*", text)}
