"""The job queue: procrastinate's own SQL, frozen at 3.10.0 (MIT); its upgrades are migrations of their own."""

from pathlib import Path

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FROZEN = Path(__file__).parents[1] / "procrastinate_3.10.0.sql"
GONE = """
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers CASCADE;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT oid::regprocedure::text FROM pg_proc
               WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate\\_%' LOOP
    EXECUTE 'DROP FUNCTION ' || name || ' CASCADE';
  END LOOP;
  FOR name IN SELECT typname FROM pg_type
               WHERE typnamespace = 'public'::regnamespace AND typname LIKE 'procrastinate\\_%' AND typtype IN ('c', 'e') LOOP
    EXECUTE 'DROP TYPE ' || quote_ident(name) || ' CASCADE';
  END LOOP;
END $$;
"""


def upgrade() -> None:
    run(FROZEN.read_text())


def downgrade() -> None:
    run(GONE)


def run(sql: str) -> None:
    """Through a plain cursor: the text holds % and :: that SQLAlchemy would read as parameters."""
    if context.is_offline_mode():
        context.get_context().impl.static_output(sql)
        return
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(sql)
