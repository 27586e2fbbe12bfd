"""What goes of a person, table by table: the rows stay, and with them what they count.

A table that comes to hold something of people, or words that somebody types about them, gets its statement here. A test looks for an
erased person in every column of every table.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from flask import current_app

from pos.attention.sealed import thinned
from pos.care.models import Merge
from pos.crypto import ERASED_MARK
from pos.customers.actions import vault
from pos.customers.models import Profile
from pos.db import table_of
from pos.messaging.models import WAITING
from pos.messaging.permits import ERASED
from pos.statements import Statement

# In place of words that a row cannot be without.
BLANK = "[erased]"
_DIGITS, _LEAST_OF_A_NAME = 10, 3

# The talk of the person: by whom it belongs to, and by the number.
CONVERSATIONS = """
    SELECT v.id FROM conversations v
     WHERE v.store_id = :store
       AND (v.customer_id = ANY(:customers ::uuid[])
            OR v.phone = ANY(ARRAY(SELECT c.phone FROM customers c
                                    WHERE c.store_id = :store AND c.id = ANY(:customers ::uuid[]) AND c.phone IS NOT NULL)))
"""
# Texts with the person's number from when they were taken for somebody else, with whom these stayed when the merge was undone.
WHILE_MERGED = """
    SELECT t.id FROM merges g JOIN messages t ON t.store_id = g.store_id AND t.customer_id = g.kept_id
     WHERE g.store_id = :store AND t.id > g.id AND t.created_at <= g.undone_at
       AND (g.duplicate_id = ANY(:customers ::uuid[]) OR g.moved -> 'led_on' ?| (:customers ::uuid[]) ::text[])
       AND t.phone IN (SELECT c.phone FROM customers c WHERE c.store_id = :store AND c.id = ANY(:customers ::uuid[])
                        UNION SELECT m.phone FROM messages m WHERE m.store_id = :store AND m.customer_id = ANY(:customers ::uuid[]))
       AND NOT EXISTS (SELECT FROM customers c
                        WHERE c.store_id = :store AND c.phone = t.phone AND NOT c.id = ANY(:customers ::uuid[]))
"""
_PHONES = Statement("""
    SELECT phone FROM customers WHERE store_id = :store AND id = ANY(:customers ::uuid[]) AND phone IS NOT NULL
     UNION
    SELECT phone FROM messages WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[]) AND phone IS NOT NULL
""")
_ORDERS = Statement("""
    SELECT id FROM orders WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[]) ORDER BY id FOR NO KEY UPDATE
""")
_UNDER_WAY = ("sending", "unknown")
_EMPTY_PROFILE = ", ".join(
    f"{column.name} = DEFAULT"
    for column in table_of(Profile).columns
    if column.name not in ("store_id", "customer_id", "created_at", "updated_at")
)

# The words of a text between blanks, without accents.
_BARE = "regexp_replace(normalize(lower({text}), NFKD), '[\\u0300-\\u036f]', '', 'g')"
_PLAIN = f"(' ' || trim(regexp_replace({_BARE}, '\\W+', ' ', 'g')) || ' ')"
_SIGNS = "regexp_replace(upper({text}), '[^A-Z0-9]+', '', 'g')"
_ALL_OF_A_TURN = "concat_ws(' ', t.text, t.reply, t.facts)"
_OF_PERSON = (
    # What waits does not leave any more; what is on its way cannot be held, and nobody asks what became of it.
    f"""
    UPDATE messages SET phone = NULL, body = NULL, facts = NULL, updated_at = now(),
           permit = CASE WHEN status IN {WAITING} THEN coalesce(permit, '{{}}') || '{{"reason": "{ERASED}"}}'
                         WHEN status IN {_UNDER_WAY} THEN permit || '{{"failure": "{ERASED}"}}' ELSE permit END,
           settled_at = CASE WHEN status IN {(*WAITING, *_UNDER_WAY)} THEN clock_timestamp() ELSE settled_at END,
           status = CASE WHEN status IN {WAITING} THEN 'suppressed' WHEN status IN {_UNDER_WAY} THEN 'failed' ELSE status END
     WHERE store_id = :store AND num_nonnulls(phone, body, facts) > 0
       AND (customer_id = ANY(:customers ::uuid[]) OR customer_id IS NULL AND conversation_id IN ({CONVERSATIONS})
            OR id IN ({WHILE_MERGED}))
    """,
    # Whoever had the number before has texts in the same talk: their words are theirs.
    f"""
    UPDATE messages SET phone = NULL, updated_at = now()
     WHERE store_id = :store AND phone IS NOT NULL AND conversation_id IN ({CONVERSATIONS})
       AND status NOT IN {(*WAITING, *_UNDER_WAY)}
    """,
    f"""
    UPDATE conversations SET phone = NULL, waiting_since = NULL, updated_at = now()
     WHERE store_id = :store AND phone IS NOT NULL AND id IN ({CONVERSATIONS})
    """,
    f"DELETE FROM assistant_turns WHERE store_id = :store AND conversation_id IN ({CONVERSATIONS})",
    # What others asked with the person's name in it, or a word of that; with their card, or an order of theirs.
    f"""
    WITH said AS MATERIALIZED (
      SELECT t.id, {_PLAIN.format(text="concat_ws(' ', t.text, t.reply)")} AS words,
             {_PLAIN.format(text=_ALL_OF_A_TURN)} AS all_words, {_SIGNS.format(text=_ALL_OF_A_TURN)} AS signs, {_ALL_OF_A_TURN} AS raw
        FROM assistant_turns t WHERE t.store_id = :store),
    named AS (
      SELECT {_PLAIN.format(text="n.name")} AS name
        FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
       CROSS JOIN LATERAL (VALUES (c.name), (p.first_name), (p.last_name)) n (name)
       WHERE c.store_id = :store AND c.id = ANY(:customers ::uuid[]) AND length(n.name) > 1),
    telling AS (
      SELECT name FROM named WHERE trim(name) <> ''
       UNION
      SELECT ' ' || word || ' ' FROM named CROSS JOIN regexp_split_to_table(trim(name), ' ') word WHERE length(word) >= {_LEAST_OF_A_NAME})
    DELETE FROM assistant_turns t USING said s
     WHERE t.store_id = :store AND t.id = s.id
       AND (EXISTS (SELECT FROM telling w WHERE strpos(s.words, w.name) > 0)
            OR EXISTS (SELECT FROM members m
                        WHERE m.store_id = :store AND m.customer_id = ANY(:customers ::uuid[])
                          AND strpos(s.signs, {_SIGNS.format(text="m.tappass_id")}) > 0)
            OR EXISTS (SELECT FROM orders o
                        WHERE o.store_id = :store AND o.id = ANY(:orders ::uuid[])
                          AND (strpos(s.all_words, ' ' || lower(o.reference) || ' ') > 0 OR strpos(s.raw, o.public_token) > 0)))
    """,
    "DELETE FROM message_counts WHERE store_id = :store AND subject = ANY(:phones ::text[])",
    f"""
    UPDATE orders SET note = NULL, tab_name = NULL, cancel_reason = CASE WHEN cancel_reason IS NOT NULL THEN '{BLANK}' END,
           version = version + 1, updated_at = now()
     WHERE store_id = :store AND id = ANY(:orders ::uuid[])
       AND (note IS NOT NULL OR tab_name IS NOT NULL OR cancel_reason <> '{BLANK}')
    """,
    f"""
    UPDATE order_lines SET note = NULL, void_reason = CASE WHEN void_reason IS NOT NULL THEN '{BLANK}' END, updated_at = now()
     WHERE store_id = :store AND order_id = ANY(:orders ::uuid[]) AND (note IS NOT NULL OR void_reason <> '{BLANK}')
    """,
    f"""
    UPDATE order_discounts SET reason = '{BLANK}', updated_at = now()
     WHERE store_id = :store AND order_id = ANY(:orders ::uuid[]) AND reason <> '{BLANK}'
    """,
    # The system's own reasons name nobody; those of the web shop's are typed there.
    f"""
    UPDATE refunds SET reason = '{BLANK}', updated_at = now()
     WHERE store_id = :store AND order_id = ANY(:orders ::uuid[]) AND source IN ('counter', 'cancellation', 'woocommerce') AND reason <> '{BLANK}'
    """,
    """
    UPDATE remarks SET words = NULL, updated_at = now()
     WHERE store_id = :store AND about = ANY(:subjects ::text[]) AND words IS NOT NULL
    """,
    # `legacy` rows go on to be known by their numbers, which tell nothing without the old tables.
    """
    UPDATE source_ids SET raw = NULL, digest = CASE WHEN kind = 'order' AND source = 'legacy' THEN digest END, updated_at = now()
     WHERE store_id = :store AND (customer_id = ANY(:customers ::uuid[]) OR order_id = ANY(:orders ::uuid[]))
    """,
    # By its hash a number would lead to whoever had it.
    "UPDATE released_numbers SET phone_hash = '', updated_at = now() WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[])",
    "DELETE FROM customer_words WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[])",
    f"""
    UPDATE {Merge.__tablename__} SET before_sealed = NULL, updated_at = now()
     WHERE store_id = :store AND (kept_id = ANY(:customers ::uuid[]) OR duplicate_id = ANY(:customers ::uuid[]))
       AND before_sealed IS NOT NULL
    """,
    # Who was told to have the same number by an older system.
    f"""
    UPDATE profiles SET phone_recorded = NULL, updated_at = now()
     WHERE store_id = :store AND phone_recorded IS NOT NULL
       AND right(regexp_replace(phone_recorded, '\\D', '', 'g'), {_DIGITS}) = ANY(:ends ::text[])
    """,
    f"UPDATE profiles SET {_EMPTY_PROFILE}, updated_at = now() WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[])",
    """
    UPDATE customers SET phone = NULL, name = NULL, email_encrypted = NULL, email_hash = NULL, sms_unusable_at = NULL,
           erased_at = now(), version = version + 1, updated_at = now()
     WHERE store_id = :store AND id = ANY(:customers ::uuid[]) AND erased_at IS NULL
    """,
)
_STATEMENTS = tuple(Statement(each) for each in _OF_PERSON)

_ITEMS = Statement("""
    SELECT i.id, i.kind, i.subject, i.detail, i.resolved_at IS NOT NULL, i.resolution FROM attention_items i
     WHERE i.store_id = :store
       AND (i.subject = ANY(:subjects ::text[])
            OR i.kind = 'refused_sale'
               AND (i.detail ->> 'customer_id' = ANY(:ids ::text[])
                    OR EXISTS (SELECT FROM jsonb_path_query(i.detail, '$.told_by_others[*].customer_id') told
                                WHERE told #>> '{}' = ANY(:ids ::text[]))))
     ORDER BY i.id FOR NO KEY UPDATE
""")
_THIN = Statement("""
    UPDATE attention_items SET detail = :detail ::jsonb, resolution = :resolution, updated_at = now() WHERE store_id = :store AND id = :id
""")
_OLD_IDS = Statement("""
    SELECT id, external_id FROM source_ids
     WHERE store_id = :store AND source = 'customer_info' AND NOT starts_with(external_id, :mark)
       AND (customer_id = ANY(:customers ::uuid[]) OR order_id = ANY(:orders ::uuid[]))
""")
_RENAME = Statement("""
    UPDATE source_ids SET external_id = r.external_id, updated_at = now()
      FROM json_to_recordset(:rows) AS r (id uuid, external_id text)
     WHERE source_ids.store_id = :store AND source_ids.id = r.id
""")
# A key is never changed, so it is written anew: whoever repeats the request learns that it was used.
_KEYS = Statement("""
    DELETE FROM idempotency_keys
     WHERE store_id = :store AND resource IN ('order', 'message') AND digest <> ''
       AND resource_id IN (SELECT unnest(:orders ::uuid[])
                            UNION ALL SELECT m.id FROM messages m
                                       WHERE m.store_id = :store AND m.customer_id = ANY(:customers ::uuid[]))
    RETURNING id, key, route, resource, resource_id, created_at
""")
_KEEP_KEYS = Statement("""
    INSERT INTO idempotency_keys (store_id, id, key, route, digest, resource, resource_id, created_at)
    SELECT :store, k.id, k.key, k.route, '', k.resource, k.resource_id, k.created_at
      FROM json_to_recordset(:rows) AS k (id uuid, key text, route text, resource text, resource_id uuid, created_at timestamptz)
""")


def efface(rows: Sequence[UUID], members: Sequence[UUID]) -> None:
    """Takes the person out of every table. Their customers' rows are locked, with their texts."""
    phones = [row[0] for row in _PHONES.rows(customers=list(rows))]
    orders = [row[0] for row in _ORDERS.rows(customers=list(rows))]
    whose: dict[str, Any] = {"customers": list(rows), "orders": orders, "phones": phones}
    whose["ends"] = [number[-_DIGITS:] for number in phones]
    whose["subjects"] = _subjects(customers=rows, members=members, orders=orders)
    _thin_items(whose)
    _rename_sources(whose)
    _forget_keys(whose)
    for statement in _STATEMENTS:
        statement.run(**whose)
    for forget in current_app.extensions.get("forget_phones", ()):
        forget(phones)


def _subjects(**ids: Sequence[UUID]) -> list[str]:
    return [f"{table}:{each}" for table, listed in ids.items() for each in listed]


def _thin_items(whose: Mapping[str, Any]) -> None:
    """What people were to look at: a sale that is still to be booked keeps its goods and its money, and no word that was typed."""
    ids = [str(each) for each in whose["customers"]]
    for item_id, kind, subject, detail, is_settled, resolution in _ITEMS.rows(ids=ids, **whose):
        if kind == "refused_sale":
            detail = thinned(detail, subject, _without_words if not is_settled else None)  # noqa: PLW2901
        kept = {"detail": orjson.dumps(detail).decode(), "resolution": BLANK if resolution else None}
        _THIN.run(id=item_id, **kept)


def _without_words(said: Mapping[str, Any]) -> dict[str, Any]:
    """Of a sealed sale what it is about: goods, amounts, the kind of problem."""
    sale = {name: value for name, value in said.get("sale", {}).items() if name not in ("note", "tab_name")}
    if "items" in sale:
        sale["items"] = [{name: value for name, value in item.items() if name != "note"} for item in sale["items"]]
    problem = {name: value for name, value in said.get("problem", {}).items() if name in ("type", "status", "title")}
    return {"sale": sale, "problem": problem}


def _rename_sources(whose: Mapping[str, Any]) -> None:
    """Old ids may be numbers or addresses; by a keyed hash of them the import knows whom it must not bring back."""
    found = _OLD_IDS.rows(mark=ERASED_MARK, **whose)
    rows = [{"id": row_id, "external_id": vault().hash_old_id(external_id)} for row_id, external_id in found]
    if rows:
        _RENAME.run(rows=orjson.dumps(rows, str).decode())


def _forget_keys(whose: Mapping[str, Any]) -> None:
    """The digest of a request could be tried against every number there is."""
    found = _KEYS.mappings(**whose)
    if found:
        _KEEP_KEYS.run(rows=orjson.dumps(found, str).decode())
