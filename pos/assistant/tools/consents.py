"""What a customer has agreed to, and what is known of who they are."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from pos.assistant.tools.tool import Nothing, Tool
from pos.messaging.inbox import Asked
from pos.statements import Statement

_CONSENTS = Statement("""
    SELECT c.sms_consent, c.marketing_consent, s.timezone,
           (SELECT max(k.created_at) FROM consents k
             WHERE k.store_id = c.store_id AND k.customer_id = c.id AND k.purpose = 'marketing') AS answered_at
      FROM customers c JOIN stores s ON s.id = c.store_id
     WHERE c.store_id = :store AND c.id = :customer
""")


@dataclass(frozen=True)
class Consents:
    """The answers in force: None is an answer that was never given. `answered_on`: the day of the last one about marketing."""

    texts: bool | None
    marketing: bool | None
    answered_on: date | None


def _consents(asked: Asked, _: Nothing) -> Consents:
    [(texts, marketing, timezone, answered_at)] = _CONSENTS.rows(customer=asked.customer_id)
    return Consents(texts, marketing, answered_at.astimezone(ZoneInfo(timezone)).date() if answered_at else None)


CONSENTS = Tool(
    "consents",
    "Whether the asker may be texted, and whether they agreed to marketing.",
    "customer",
    Nothing,
    Consents,
    _consents,
)
