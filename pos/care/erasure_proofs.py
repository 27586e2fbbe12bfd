"""What must hold of who was erased: nothing that names or reaches them is left in the books, and their refusals are kept."""

from pos.care.effacing import BLANK
from pos.proofs import Proof

_ERASED = "c.store_id = :store AND c.erased_at IS NOT NULL"
_OF_ERASED = "SELECT c.id AS subject FROM customers c"
_SET = """num_nonnulls(p.first_name, p.last_name, p.date_of_birth, p.age_recorded, p.phone_recorded, p.address, p.city, p.state,
                       p.postal_code, p.country, p.language, p.customer_type, p.preferred_payment_method, p.experience_level, p.needs,
                       p.medical_conditions, p.price_range, p.notes)"""

PROOFS = (
    Proof(
        "customer.erased",
        "of whoever was erased nothing personal is in the books: no name, number or e-mail, no profile, no text, no word typed by hand",
        f"""
        {_OF_ERASED} WHERE {_ERASED} AND num_nonnulls(c.phone, c.name, c.email_encrypted, c.email_hash) > 0
         UNION
        {_OF_ERASED} JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
         WHERE {_ERASED}
           AND ({_SET} > 0 OR p.preferences <> '{{}}' OR cardinality(p.preferred_categories || p.preferred_effects || p.tags) > 0)
         UNION
        {_OF_ERASED} JOIN messages m ON m.store_id = c.store_id AND m.customer_id = c.id
         WHERE {_ERASED} AND num_nonnulls(m.phone, m.body, m.facts) > 0
         UNION
        {_OF_ERASED} JOIN conversations v ON v.store_id = c.store_id AND v.customer_id = c.id
         WHERE {_ERASED} AND (v.phone IS NOT NULL OR EXISTS (
                 SELECT FROM assistant_turns t WHERE t.store_id = v.store_id AND t.conversation_id = v.id))
         UNION
        {_OF_ERASED} JOIN source_ids s ON s.store_id = c.store_id AND s.customer_id = c.id WHERE {_ERASED} AND s.raw IS NOT NULL
         UNION
        {_OF_ERASED} JOIN customer_words w ON w.store_id = c.store_id AND w.customer_id = c.id WHERE {_ERASED}
         UNION
        {_OF_ERASED} JOIN released_numbers n ON n.store_id = c.store_id AND n.customer_id = c.id
         WHERE {_ERASED} AND n.phone_hash <> ''
         UNION
        {_OF_ERASED} JOIN merges g ON g.store_id = c.store_id AND c.id IN (g.kept_id, g.duplicate_id)
         WHERE {_ERASED} AND g.before_sealed IS NOT NULL
         UNION
        {_OF_ERASED} JOIN remarks r ON r.store_id = c.store_id AND r.about = 'customers:' || c.id
         WHERE {_ERASED} AND r.words IS NOT NULL
         UNION
        {_OF_ERASED} JOIN orders o ON o.store_id = c.store_id AND o.customer_id = c.id
         WHERE {_ERASED} AND o.updated_at <= c.erased_at
           AND (num_nonnulls(o.note, o.tab_name) > 0 OR o.cancel_reason <> '{BLANK}')
        """,
    ),
    Proof(
        "customer.erased_together",
        "rows that are one person are erased together",
        """
        SELECT c.id AS subject, c.merged_into_id FROM customers c
          JOIN customers k ON k.store_id = c.store_id AND k.id = c.merged_into_id
         WHERE c.store_id = :store AND (c.erased_at IS NULL) <> (k.erased_at IS NULL)
        """,
    ),
    Proof(
        "member.ended",
        "the cards of whoever was erased have ended, and a card that has ended holds no points and owes none",
        """
        SELECT m.id AS subject, m.balance, m.debt FROM members m
          JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id
         WHERE m.store_id = :store
           AND ((m.ended_at IS NULL) <> (c.erased_at IS NULL) OR m.ended_at IS NOT NULL AND (m.balance, m.debt) <> (0, 0))
        """,
    ),
    Proof(
        "consent.kept",
        "a refusal that came with a number has the proof that was kept of it, and is as old as that",
        """
        SELECT n.id AS subject, n.customer_id FROM consents n
         WHERE n.store_id = :store AND n.source = 'kept'
           AND (n.granted OR NOT EXISTS (
                  SELECT FROM opt_out_proofs k
                   WHERE k.store_id = :store AND k.id = CAST(n.evidence ->> 'opt_out_proof_id' AS uuid) AND k.purpose = n.purpose
                     AND NOT k.is_lifted AND k.opted_out_at <= n.created_at))
        """,
    ),
)
