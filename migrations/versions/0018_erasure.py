"""Erasure: what names a person can go, what the books need stays; words typed by hand stand beside what is never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SOURCES = ("register", "office", "api", "keyword", "provider", "web", "import")
WAITING = "'queued', 'held'"
UNSENT = f"{WAITING}, 'suppressed', 'expired'"
# Acts whose reason was in the audit log itself.
WITH_REASON = """('order.cancel', 'order.refund', 'order.void_line', 'order.manual_discount', 'order.comp_discount', 'member.adjust')"""
BY_HAND = """type = 'adjust' AND cause IS NULL
       AND reason NOT IN ('Forgiven: the points of a refunded order were gone already', 'Handed back to the older system')"""
HIDDEN = """'"[hidden]"'::jsonb"""
# What the log showed of people until now.
OF_PROFILES = """('customer_type', 'preferred_payment_method', 'experience_level', 'price_range', 'preferred_categories',
               'preferred_effects', 'tags')"""
# Where the trigger of customers_view shows tags in the audit log, and hides all else: no column is named ''.
SHOWN, HIDES = "CASE c WHEN 'tags' THEN {} -> c ELSE", "CASE c WHEN '' THEN {} -> c ELSE"


def upgrade() -> None:
    _make_tables()
    op.add_column("members", sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.create_index(
        "ix_customers_erased_at",
        "customers",
        ["store_id", "erased_at"],
        postgresql_where=sa.text("erased_at IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("ck_customers_erased"),
        "customers",
        "erased_at IS NULL OR num_nonnulls(phone, name, email_encrypted, email_hash) = 0",
    )
    for table in ("messages", "conversations"):
        op.execute(f"-- squawk-ignore ban-drop-not-null\nALTER TABLE {table} ALTER COLUMN phone DROP NOT NULL")
    _replace("messages", "body", f"body IS NOT NULL OR phone IS NULL OR status IN ({UNSENT})")
    op.create_check_constraint(
        op.f("ck_messages_erased"), "messages", f"phone IS NOT NULL OR status NOT IN ({WAITING}, 'sending', 'unknown')"
    )
    _replace("consents", "source", _one_of("source", (*SOURCES, "kept")))
    _move_words()
    _hide_people()


def _make_tables() -> None:
    op.create_table(
        "remarks",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_remarks_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_remarks")),
        sa.UniqueConstraint("store_id", "subject", name=op.f("uq_remarks_store_id_subject")),
    )
    op.create_index("ix_remarks_about", "remarks", ["store_id", "about"])
    op.create_table(
        "opt_out_proofs",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("opted_out_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("is_lifted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("purpose IN ('sms', 'marketing')", name=op.f("ck_opt_out_proofs_purpose")),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_opt_out_proofs_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_opt_out_proofs")),
    )
    op.create_index(
        "ix_opt_out_proofs_phone_hash", "opt_out_proofs", ["store_id", "phone_hash", "purpose", "opted_out_at"]
    )


def _move_words() -> None:
    """Words typed by hand, out of rows that are never changed."""
    op.execute(f"""
        INSERT INTO remarks (store_id, id, about, subject, words)
        SELECT store_id, gen_random_uuid(), 'customers:' || customer_id, 'consents:' || id, evidence ->> 'note'
          FROM consents WHERE evidence ->> 'note' IS NOT NULL
         UNION ALL
        SELECT store_id, gen_random_uuid(), subject, 'audit_log:' || id, after ->> 'reason'
          FROM audit_log WHERE action IN {WITH_REASON} AND after ->> 'reason' IS NOT NULL
         UNION ALL
        SELECT store_id, gen_random_uuid(), 'members:' || min(member_id::text), 'point_entries:' || act_id, min(reason)
          FROM point_entries WHERE {BY_HAND} GROUP BY store_id, act_id
    """)
    op.execute("UPDATE consents SET evidence = evidence - 'note' WHERE evidence ->> 'note' IS NOT NULL")
    op.execute(f"""
        UPDATE audit_log SET after = jsonb_set(after, '{{reason}}', {HIDDEN})
         WHERE action IN {WITH_REASON} AND after ->> 'reason' IS NOT NULL
    """)
    op.execute(f"UPDATE point_entries SET reason = 'By hand' WHERE {BY_HAND}")


def _hide_people() -> None:
    """What the audit log showed of people it only names."""
    _rewrite_trigger(SHOWN, HIDES)
    for column in ("before", "after"):
        for which, keys in (
            ("subject LIKE 'profiles:%'", OF_PROFILES),
            ("action = 'customers_view.change'", "('tags')"),
            ("subject LIKE 'attention_items:%'", "('detail', 'resolution')"),
        ):
            op.execute(f"""
                UPDATE audit_log SET {column} = (
                         SELECT jsonb_object_agg(e.key, CASE WHEN e.key IN {keys} AND e.value <> 'null' THEN {HIDDEN} ELSE e.value END)
                           FROM jsonb_each({column}) e)
                 WHERE {which} AND EXISTS (SELECT FROM jsonb_each({column}) e WHERE e.key IN {keys} AND e.value <> 'null')
            """)


def _rewrite_trigger(old: str, new: str) -> None:
    body = "pg_get_functiondef('public.customers_view_write()'::regprocedure)"
    for values in ("was", "taken"):
        body = f"replace({body}, $old${old.format(values)}$old$, $new${new.format(values)}$new$)"
    op.execute(f"DO $$ BEGIN EXECUTE {body}; END $$")


def _replace(table: str, name: str, condition: str) -> None:
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def downgrade() -> None:
    _rewrite_trigger(HIDES, SHOWN)
    _put_words_back()
    # The older version knows nobody without a number, and no text without words.
    op.execute("UPDATE customers SET origin = 'import' WHERE erased_at IS NOT NULL AND phone IS NULL AND origin <> 'walk_in'")
    op.execute("UPDATE messages SET phone = '+1000000', body = coalesce(body, '') WHERE phone IS NULL")
    op.execute("""
        UPDATE conversations v SET phone = '+1' || lpad(n.place::text, 9, '0')
          FROM (SELECT store_id, id, row_number() OVER (ORDER BY id) AS place FROM conversations WHERE phone IS NULL) n
         WHERE v.store_id = n.store_id AND v.id = n.id
    """)
    op.execute("UPDATE consents SET source = 'import' WHERE source = 'kept'")
    _replace("consents", "source", _one_of("source", SOURCES))
    op.drop_constraint(op.f("ck_messages_erased"), "messages", type_="check")
    _replace("messages", "body", f"body IS NOT NULL OR status IN ({UNSENT})")
    for table in ("messages", "conversations"):
        op.alter_column(table, "phone", nullable=False)
    op.drop_constraint(op.f("ck_customers_erased"), "customers", type_="check")
    op.drop_index("ix_customers_erased_at", table_name="customers", postgresql_where=sa.text("erased_at IS NOT NULL"))
    op.drop_column("members", "ended_at")
    op.drop_table("opt_out_proofs")
    op.drop_table("remarks")


def _put_words_back() -> None:
    op.execute("""
        UPDATE consents n SET evidence = n.evidence || jsonb_build_object('note', r.words) FROM remarks r
         WHERE r.store_id = n.store_id AND r.subject = 'consents:' || n.id AND r.words IS NOT NULL
    """)
    op.execute("""
        UPDATE audit_log a SET after = jsonb_set(a.after, '{reason}', to_jsonb(r.words)) FROM remarks r
         WHERE r.store_id = a.store_id AND r.subject = 'audit_log:' || a.id AND r.words IS NOT NULL
    """)
    op.execute("""
        UPDATE point_entries e SET reason = r.words FROM remarks r
         WHERE r.store_id = e.store_id AND r.subject = 'point_entries:' || e.act_id AND e.reason = 'By hand' AND r.words IS NOT NULL
    """)
