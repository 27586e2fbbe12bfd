"""A text in its words: what the books say of it now, one statement for all that are about to leave."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app

from pos import money
from pos.config import Settings
from pos.loyalty.queries import DUE, OF_ORDER
from pos.messaging import placeholders, policy, segments
from pos.messaging.models import SENT
from pos.messaging.permits import ERASED, Answer, Facts, Window
from pos.messaging.policy import Policy
from pos.messaging.wording import say
from pos.statements import Statement

# What these say is read when they leave; of others it is in the row.
FROM_THE_BOOKS = ("receipt", "payment_link", "order_ready", "confirm_opt_in")


def _latest(purpose: str) -> str:
    """The customer's latest answer to a question; a yes that waits to be confirmed is none."""
    return f"""(SELECT json_build_object('id', n.id, 'granted', n.granted, 'at', n.created_at, 'version', n.wording_version)
                  FROM consents n
                 WHERE n.store_id = c.store_id AND n.customer_id = c.id AND n.purpose = '{purpose}' AND NOT n.is_pending
                 ORDER BY n.created_at DESC, n.id DESC LIMIT 1)"""


# What a message `m` to a customer `c` of a store `s` must heed, whatever it says.
_HEEDED = f"""
    m.id, m.phone, m.purpose, m.template, m.body, m.not_after, m.campaign_id, m.status, m.attempts, m.language AS said_in,
    s.name AS store, s.slug, s.currency, s.country, s.timezone, s.settings,
    coalesce(s.sms_number, CASE WHEN (SELECT count(*) FROM stores x WHERE x.is_active) = 1 THEN :shared ::text END) AS sender,
    s.is_active,
    c.name, c.erased_at IS NOT NULL AS is_erased, c.merged_into_id IS NOT NULL AS is_merged,
    c.sms_unusable_at IS NOT NULL AS is_unusable, p.first_name, p.state, p.language,
    {_latest("sms")} AS sms,
    NOT EXISTS (SELECT FROM messages e WHERE e.store_id = c.store_id AND e.customer_id = c.id AND e.id <> m.id
                 AND e.status IN {SENT}) AS is_new_number
"""
# And what it may say.
_SHOWN = f"""{_HEEDED}, {_latest("marketing")} AS marketing,
    g.level, g.tappass_id, g.balance,
    o.reference, o.public_token, o.total, o.amount_paid, o.amount_refunded, o.payment_status, o.status AS order_status,
    c.phone IS DISTINCT FROM m.phone AND c.id IS NOT NULL AND NOT EXISTS (
      SELECT FROM customers n WHERE n.store_id = m.store_id AND n.phone = m.phone AND n.merged_into_id = c.id) AS is_lost,
    o.fulfillment_status, o.customer_id IS DISTINCT FROM m.customer_id AS is_moved, {OF_ORDER} AS points,
    k.body AS campaign_body, k.language AS campaign_language, k.status AS campaign_status
"""
_TO_WHOM = """
      JOIN stores s ON s.id = m.store_id
      LEFT JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id
      LEFT JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
"""
_JOINS = f"""{_TO_WHOM}
      LEFT JOIN LATERAL (SELECT m.level, m.tappass_id, m.balance - {DUE} AS balance FROM members m
                          WHERE m.store_id = c.store_id AND m.customer_id = c.id) g ON true
      LEFT JOIN orders o ON o.store_id = m.store_id AND o.id = m.order_id
      LEFT JOIN campaigns k ON k.store_id = m.store_id AND k.id = m.campaign_id
"""
# A message to each of these customers, as a campaign would write it.
_IMAGINED = Statement(f"""
    SELECT {_SHOWN} FROM (
      SELECT c.store_id, c.id, c.id AS customer_id, c.phone, 'marketing' AS purpose, 'campaign' AS template, NULL::text AS body,
             NULL::timestamptz AS not_after, NULL::uuid AS campaign_id, NULL::uuid AS order_id, 'queued' AS status, NULL::text AS language,
             0 AS attempts
        FROM customers c WHERE c.store_id = :store AND c.id = ANY(:customers ::uuid[])) m {_JOINS}
     WHERE m.store_id = :store ORDER BY m.id
""")
_DRAFTS = Statement(f"""
    SELECT {_SHOWN} FROM messages m {_JOINS} WHERE m.store_id = :store AND m.id = ANY(:ids ::uuid[])
     ORDER BY (m.purpose = 'marketing'), m.not_before, m.id
""")
# To plan the whole of it takes a millisecond; an answer has its words, and nothing to do with orders or campaigns.
_REPLY = Statement(f"""
    SELECT {_HEEDED} FROM (
      SELECT :store ::uuid AS store_id, :id ::uuid AS id, :customer ::uuid AS customer_id, :phone ::text AS phone, 'reply' AS purpose,
             :template ::text AS template, :body ::text AS body, :not_after ::timestamptz AS not_after, :language ::text AS language,
             NULL::uuid AS campaign_id, 'queued' AS status, 0 AS attempts) m {_TO_WHOM}
     WHERE m.store_id = :store
""")
_NO_CAMPAIGN = {"marketing": None, "campaign_language": None, "is_lost": False}


@dataclass(frozen=True)
class Draft:
    """A text as it would leave now, and what is to be heeded."""

    id: UUID
    phone: str
    body: str
    language: str
    sender: str | None
    policy: Policy
    not_after: datetime | None
    known: Mapping[str, Any] = field(repr=False)

    @property
    def segments(self) -> int:
        return segments.count(self.body).segments

    @property
    def is_marketing(self) -> bool:
        return self.known["purpose"] == "marketing"  # type: ignore[no-any-return]

    def facts(self, counts: Mapping[Window, int]) -> Facts:
        """What the judge has to know."""
        row = self.known
        return Facts(
            purpose=row["purpose"],
            template=row["template"],
            phone=self.phone,
            segments=self.segments,
            home=row["country"],
            zone=row["timezone"],
            state=row["state"],
            is_new_number=row["is_new_number"],
            sms=_answer(row["sms"]),
            marketing=_answer(row["marketing"]),
            is_unusable=row["is_unusable"],
            obsolete=_obsolete(row),
            has_sender=self.sender is not None and row["is_active"],
            not_after=self.not_after,
            counts=counts,
        )


def drafts(message_ids: Sequence[UUID], shared_sender: str | None) -> list[Draft]:
    """The messages as they would leave now, those of a campaign last."""
    return [draft(row) for row in _DRAFTS.mappings(ids=list(message_ids), shared=shared_sender)]


def reply(shared_sender: str | None, **message: Any) -> Draft:
    """An answer as it would leave now, before it is a row: a short statement, since somebody waits for it."""
    [row] = _REPLY.mappings(shared=shared_sender, **message)
    return draft(row | _NO_CAMPAIGN)


def imagined(customer_ids: Sequence[UUID], body: str, language: str, shared_sender: str | None) -> list[Draft]:
    """What a campaign with this text would send to customers, by their ids; `id` is the customer's."""
    found = _IMAGINED.mappings(customers=list(customer_ids), shared=shared_sender)
    return [draft(row | {"campaign_body": body, "campaign_language": language}) for row in found]


def draft(row: Mapping[str, Any]) -> Draft:
    """One message in its words."""
    rules = policy.read(row["settings"])
    # An answer is in the language in which it was asked for.
    said_in = row["said_in"] if row["purpose"] == "reply" else None
    language = row["campaign_language"] or said_in or row["language"] or rules.language
    return Draft(
        id=row["id"],
        phone=row["phone"],
        body=body_of(row, language),
        language=language,
        sender=row["sender"],
        policy=rules,
        not_after=row["not_after"],
        known=row,
    )


def body_of(row: Mapping[str, Any], language: str) -> str:
    """What a message says, by its template."""
    if row["template"] == "campaign":
        return marketing(row["campaign_body"], language, row)
    if row["template"] not in FROM_THE_BOOKS:
        return segments.fold(row["body"])
    facts = {"store": row["store"], "stop": say("stop", language, {}) if row["is_new_number"] else ""}
    return say(row["template"], language, facts | _order_facts(row, language))


def marketing(body: str, language: str, row: Mapping[str, Any]) -> str:
    """An owner's text with the customer's facts in it, the store's name before it and the way out behind it."""
    return say("campaign", language, {"store": row["store"], "body": placeholders.fill(body, _facts(row))})


def _facts(row: Mapping[str, Any]) -> dict[str, str | None]:
    """What an owner's text may say of a customer; who is no member has no points, not none of them."""
    is_member = row["tappass_id"] is not None
    return {
        "store": row["store"],
        "name": row["name"],
        "first_name": row["first_name"] or (row["name"] or "").partition(" ")[0],
        "points": f"{row['balance']:,}" if is_member else None,
        "level": row["level"].capitalize() if is_member else None,
        "tappass_id": row["tappass_id"],
    }


def _lacks_a_fact(row: Mapping[str, Any]) -> bool:
    facts = _facts(row)
    return any(not facts[name] for name in placeholders.without_fallback(row["campaign_body"]))


def page_of(template: str) -> str:
    """The guest's page that a text leads to: the way to pay, or the order."""
    return "p" if template == "payment_link" else "o"


def _order_facts(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    if row["reference"] is None:
        return {}
    settings: Settings = current_app.config["SETTINGS"]
    due = max(row["total"] - row["amount_paid"] + row["amount_refunded"], 0)
    earned = row["points"]["earned"] if row["points"] else 0
    return {
        "reference": row["reference"],
        "paid": money.written(row["amount_paid"] - row["amount_refunded"], row["currency"]),
        "due": money.written(due, row["currency"]),
        "url": f"{settings.public_base_url}/{row['slug']}/{page_of(row['template'])}/{row['public_token']}",
        "points": say("receipt_points", language, {"earned": earned, "balance": row["points"]["balance"]})
        if earned
        else "",
    }


def _obsolete(row: Mapping[str, Any]) -> str | None:
    """Why the text is not true any more, or not wanted, or not for this customer."""
    if row["is_erased"]:
        return ERASED
    if row["is_lost"]:
        return "number_lost"
    reasons = OBSOLETE.get(row["template"], {})
    return next((reason for reason, holds in reasons.items() if holds(row)), None)


def _answer(found: Mapping[str, Any] | None) -> Answer | None:
    if found is None:
        return None
    return Answer(str(found["id"]), found["granted"], datetime.fromisoformat(found["at"]), found["version"])


# By template, the first that holds.
OBSOLETE: Mapping[str | None, Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    "payment_link": {
        "moved": lambda row: row["is_moved"],
        "nothing_due": lambda row: row["payment_status"] in ("paid", "overpaid") or row["order_status"] == "canceled",
    },
    "order_ready": {
        "moved": lambda row: row["is_moved"],
        "not_ready": lambda row: row["fulfillment_status"] != "prepared",
    },
    "receipt": {
        "moved": lambda row: row["is_moved"],
        "canceled": lambda row: row["order_status"] == "canceled",
        "paid_back": lambda row: row["amount_paid"] <= row["amount_refunded"],
    },
    "campaign": {
        # Who stands for them is written to by themselves.
        "merged": lambda row: row["is_merged"],
        "campaign_canceled": lambda row: row["campaign_status"] == "canceled",
        "fact_missing": _lacks_a_fact,
    },
}
