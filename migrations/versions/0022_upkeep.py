"""What each audit found, the log by person and by act, refunds by time, and the jobs of one store."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# The queue's tables know no stores, and the web may not read what jobs are about. These show and change only what names the store
# of the transaction, which is read as row security reads it.
_MINE = "j.args ->> 'store_id' = nullif(current_setting('app.store_id', true), '')"
_GUARDED = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
JOBS_OF_STORE = f"""
CREATE FUNCTION public.jobs_of_store() RETURNS TABLE (id bigint, task text, status text, attempts integer,
       scheduled_at timestamptz, enqueued_at timestamptz, changed_at timestamptz)
LANGUAGE sql STABLE {_GUARDED} AS $$
    SELECT j.id, j.task_name::text, j.status::text, j.attempts, j.scheduled_at, min(e.at), max(e.at)
      FROM procrastinate_jobs j LEFT JOIN procrastinate_events e ON e.job_id = j.id
     WHERE j.status IN ('todo', 'doing', 'failed') AND {_MINE}
     GROUP BY j.id
$$
"""
RETRY_JOB_OF_STORE = f"""
CREATE FUNCTION public.retry_job_of_store(wanted bigint) RETURNS boolean
LANGUAGE plpgsql {_GUARDED} AS $$
BEGIN
    PERFORM FROM procrastinate_jobs j WHERE j.id = wanted AND j.status = 'failed' AND {_MINE} FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM procrastinate_retry_job_v2(wanted, now(), NULL, NULL, NULL);
    RETURN true;
END $$
"""
WORKER_SEEN_AT = f"""
CREATE FUNCTION public.worker_seen_at() RETURNS timestamptz LANGUAGE sql STABLE {_GUARDED} AS
$$ SELECT max(last_heartbeat) FROM procrastinate_workers $$
"""
FUNCTIONS = ("jobs_of_store()", "retry_job_of_store(bigint)", "worker_seen_at()")


def upgrade() -> None:
    op.create_table(
        "audit_runs",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_count", sa.BigInteger(), nullable=False),
        sa.Column("violation_count", sa.BigInteger(), nullable=False),
        sa.Column("violations", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("rule_count > 0 AND violation_count >= 0", name=op.f("ck_audit_runs_counts")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_audit_runs_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_audit_runs")),
    )
    op.create_index("ix_audit_log_actor", "audit_log", ["store_id", "actor", "id"])
    op.create_index("ix_audit_log_action", "audit_log", ["store_id", "action", "id"])
    op.create_index("ix_refunds_created_at", "refunds", ["store_id", "created_at"])
    for function in (JOBS_OF_STORE, RETRY_JOB_OF_STORE, WORKER_SEEN_AT):
        op.execute(function)
    # The readers of older systems may name any store; who may call them is said with the other privileges (pos/walls.py).
    for name in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION public.{name} FROM PUBLIC")


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION public.{name}")
    op.drop_index("ix_refunds_created_at", table_name="refunds")
    op.drop_index("ix_audit_log_action", table_name="audit_log")
    op.drop_index("ix_audit_log_actor", table_name="audit_log")
    op.drop_table("audit_runs")
