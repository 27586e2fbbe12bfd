"""Whether a login sees every row, and how many there are: a dump that is silently empty is the worst of all."""

from typing import Any
from uuid import UUID

from psycopg2 import sql

from pos.backup import BackupFailed

# Tables of which this login would see only some rows. A policy counts if it is permissive, for reading, given to
# this login, and lets everything through; a restrictive one that is for this login spoils it.
_HIDDEN = """
    SELECT c.relname::text FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND row_security_active(c.oid)
       AND (EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive
                     AND EXISTS (SELECT FROM unnest(p.polroles) r WHERE r = 0 OR pg_has_role(r, 'USAGE')))
            OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('*', 'r')
                              AND pg_get_expr(p.polqual, c.oid) = 'true'
                              AND EXISTS (SELECT FROM unnest(p.polroles) r WHERE r = 0 OR pg_has_role(r, 'USAGE'))))
     ORDER BY 1
"""
_UNREADABLE = """
    SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S')
       AND NOT has_table_privilege(c.oid, 'SELECT') ORDER BY 1
"""
_KNOWS_ERASURE = """
    SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.customers') AND attname = 'erased_at' AND NOT attisdropped)
"""
_TABLES = """
    SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1
"""


def sees_past_row_security(cursor: Any) -> bool:
    cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    return bool(cursor.fetchone()[0])


def require_full_sight(cursor: Any) -> None:
    """Raises BackupFailed unless this login can read every row of every table."""
    cursor.execute(_UNREADABLE)
    unreadable = _names(cursor)
    cursor.execute(_HIDDEN)
    hidden = _names(cursor)
    if unreadable or hidden:
        shown = ", ".join((unreadable or hidden)[:3])
        raise BackupFailed(
            f"The login {cursor.connection.info.user} would not see every row (of {shown}, …), so the backup would not "
            "be whole. Set BACKUP_DATABASE_URL to a login that may read everything: a role with BYPASSRLS and "
            "pg_read_all_data (docs/backup.md says how to make it); where the host lends none, use the host's own backups."
        )


def count_rows(cursor: Any) -> dict[str, int]:
    """The rows of each table as this transaction sees them."""
    cursor.execute(_TABLES)
    counted = {}
    for table in _names(cursor):
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table)))
        counted[table] = int(cursor.fetchone()[0])
    return counted


def erased(cursor: Any) -> list[tuple[UUID, UUID]]:
    """Store and id of each row of a customer who was erased; of a database at an older migration none."""
    cursor.execute(_KNOWS_ERASURE)
    if not cursor.fetchone()[0]:
        return []
    cursor.execute("SELECT store_id::text, id::text FROM public.customers WHERE erased_at IS NOT NULL")
    return [(UUID(store_id), UUID(customer_id)) for store_id, customer_id in cursor.fetchall()]


def migration(cursor: Any) -> str | None:
    """The migration that the connected database is at; None: it holds nothing of ours."""
    cursor.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL")
    if not cursor.fetchone()[0]:
        return None
    cursor.execute("SELECT version_num FROM public.alembic_version")
    found = cursor.fetchone()
    return str(found[0]) if found else None


def _names(cursor: Any) -> list[str]:
    return [row[0] for row in cursor.fetchall()]
