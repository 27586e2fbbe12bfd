"""What must hold of texts: each that left had the right to, at the instant at which it did."""

from pos.messaging.models import SENT, WAITING
from pos.messaging.permits import CONFIRMATION
from pos.proofs import Proof

# An answer of the customer `m` stood in force when message `m` began to be sent.
_AT_THAT_INSTANT = """(SELECT n.{column} FROM consents n
                        WHERE n.store_id = :store AND n.customer_id = m.customer_id AND n.purpose = '{purpose}' AND NOT n.is_pending
                          AND n.created_at <= m.sending_at
                        ORDER BY n.created_at DESC, n.id DESC LIMIT 1)"""
_MARKETING = _AT_THAT_INSTANT.format(column="granted", purpose="marketing")
_MARKETING_ID = _AT_THAT_INSTANT.format(column="id", purpose="marketing")
_SMS = _AT_THAT_INSTANT.format(column="granted", purpose="sms")
_LEFT = "m.store_id = :store AND m.direction = 'out' AND m.sending_at IS NOT NULL"

PROOFS = (
    Proof(
        "message.permit",
        "what left has a permit without an objection; what did not says why",
        f"""
        SELECT m.id AS subject, m.status, m.permit ->> 'reason' AS reason FROM messages m
         WHERE m.store_id = :store AND m.direction = 'out' AND m.status NOT IN {WAITING}
           AND (m.permit IS NULL OR (m.status IN {SENT}) <> (m.permit ->> 'reason' IS NULL) AND m.status <> 'failed')
        """,
    ),
    Proof(
        "message.marketing_consent",
        "no marketing text left without a yes that stood at that instant, and is the one that its permit names",
        f"""
        SELECT m.id AS subject, m.customer_id, m.sending_at FROM messages m
         WHERE {_LEFT} AND m.purpose = 'marketing'
           AND ({_MARKETING} IS NOT TRUE OR m.permit #>> '{{consent,id}}' IS DISTINCT FROM {_MARKETING_ID}::text)
        """,
    ),
    Proof(
        "message.opted_out",
        "nothing left for a number whose owner had refused texts at that instant, but the one confirmation of it within five minutes",
        f"""
        SELECT m.id AS subject, m.customer_id, m.template, m.sending_at FROM messages m
         WHERE {_LEFT} AND {_SMS} IS FALSE
           AND (m.template IS DISTINCT FROM '{CONFIRMATION}'
                OR NOT EXISTS (SELECT FROM consents n
                                WHERE n.store_id = :store AND n.customer_id = m.customer_id AND n.purpose = 'sms' AND NOT n.granted
                                  AND n.evidence ->> 'message_id' = m.in_reply_to_id::text
                                  AND m.sending_at <= n.created_at + interval '5 minutes'))
        """,
    ),
    Proof(
        "message.stop_recorded",
        "each text that said STOP is a refusal in the books",
        """
        SELECT m.id AS subject, m.created_at FROM messages m
         WHERE m.store_id = :store AND m.direction = 'in' AND m.intent = 'stop'
           AND NOT EXISTS (SELECT FROM consents n
                            WHERE n.store_id = :store AND n.customer_id = m.customer_id AND n.purpose = 'sms' AND NOT n.granted
                              AND n.evidence ->> 'message_id' = m.id::text)
        """,
    ),
    Proof(
        "message.night",
        "no marketing text left between nine in the evening and eight in the morning where the number is",
        f"""
        SELECT m.id AS subject, m.sending_at, zone.name FROM messages m
          CROSS JOIN LATERAL jsonb_array_elements_text(m.permit #> '{{quiet_hours,zones}}') AS zone (name)
         WHERE {_LEFT} AND m.purpose = 'marketing'
           AND (m.sending_at AT TIME ZONE zone.name)::time NOT BETWEEN '08:00' AND '21:00'
        """,
    ),
    Proof(
        "message.once",
        "a campaign wrote to each customer once",
        """
        SELECT min(m.id::text)::uuid AS subject, m.campaign_id, m.customer_id, count(*) AS messages FROM messages m
         WHERE m.store_id = :store AND m.campaign_id IS NOT NULL
         GROUP BY m.campaign_id, m.customer_id HAVING count(*) > 1
        """,
    ),
)
