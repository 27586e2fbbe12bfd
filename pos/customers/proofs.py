"""What must hold of customers."""

from pos.proofs import Proof


def _flag(purpose: str) -> Proof:
    """A yes that waits to be confirmed is no answer yet."""
    return Proof(
        f"customer.{purpose}_consent",
        f"the flag is the latest answer about {purpose}",
        f"""
        SELECT c.id AS subject, c.{purpose}_consent, latest.granted
          FROM customers c
          LEFT JOIN LATERAL (SELECT granted FROM consents n
                              WHERE n.store_id = c.store_id AND n.customer_id = c.id AND n.purpose = '{purpose}'
                                AND NOT n.is_pending
                              ORDER BY n.created_at DESC, n.id DESC LIMIT 1) latest ON true
         WHERE c.store_id = :store AND c.{purpose}_consent IS DISTINCT FROM latest.granted
        """,
    )


# As words.py folds them, where all that is said is ASCII with a letter or digit in each name and tag: of anything else SQL cannot
# tell exactly what is left. What older services write is folded within minutes (tasks.py), so nobody is judged sooner.
_LETTER = "~ '[A-Za-z0-9]'"
_WORDS = f"""
    WITH plain AS (
      SELECT c.id, concat_ws(' ', c.name, p.first_name, p.last_name) COLLATE "C" AS names, p.tags, c.phone
        FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
       WHERE c.store_id = :store AND greatest(c.updated_at, p.updated_at) < now() - interval '1 hour'
         AND concat_ws(' ', c.name, p.first_name, p.last_name, array_to_string(p.tags, ' ')) ~ '^[ -~]*$'
         AND coalesce(nullif(c.name, ''), 'a') {_LETTER} AND coalesce(nullif(p.first_name, ''), 'a') {_LETTER}
         AND coalesce(nullif(p.last_name, ''), 'a') {_LETTER}
         AND NOT EXISTS (SELECT FROM unnest(p.tags) AS tag WHERE NOT tag {_LETTER})),
    said AS (
      SELECT id, left(word, 60) AS word FROM plain, regexp_split_to_table(lower(names), '[^a-z0-9]+') AS word WHERE word <> ''
       UNION
      SELECT id, left('#' || btrim(regexp_replace(lower(tag COLLATE "C"), '[^a-z0-9]+', ' ', 'g')), 60)
        FROM plain, unnest(tags) AS tag
       UNION
      SELECT id, '…' || right(phone COLLATE "C", 4) FROM plain WHERE phone IS NOT NULL),
    kept AS (
      SELECT w.customer_id AS id, w.word FROM customer_words w JOIN plain ON plain.id = w.customer_id
       WHERE w.store_id = :store)
    SELECT id AS subject FROM ((TABLE said EXCEPT TABLE kept) UNION (TABLE kept EXCEPT TABLE said)) AS wrong
     GROUP BY id
"""

PROOFS = (
    Proof("customer.words", "customers are found by what their names, tags and numbers say", _WORDS),
    Proof(
        "customer.profile",
        "each customer has exactly one profile",
        """
        SELECT c.id AS subject FROM customers c
         WHERE c.store_id = :store
           AND NOT EXISTS (SELECT FROM profiles p WHERE p.store_id = c.store_id AND p.customer_id = c.id)
        """,
    ),
    _flag("marketing"),
    _flag("sms"),
)
