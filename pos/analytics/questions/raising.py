"""The views and who may read them: the owner's to give. Taken down before a migration, put up after it, by grant at any time.

So no view stands in the way of a migration, and none is forgotten by one.
"""

from sqlalchemy import Connection, text

from pos.analytics.questions.logins import Names
from pos.analytics.questions.views import GLOBAL, SCHEMA, TABLES, VIEWS
from pos.db import wire_of
from pos.guards import ANALYST_POLICY, ANALYST_RULE

_LEASE_COLUMNS = "role_name, store_id, backend_pid, leased_until"
_IS_READY = """
    SELECT pg_has_role(current_user, oid, :right) FROM pg_roles WHERE rolname = :views
"""
_LEASES = """
    INSERT INTO analyst_leases (role_name) SELECT unnest(CAST(:slots AS text[])) ON CONFLICT DO NOTHING
"""
_POLICIES = "SELECT tablename::text FROM pg_policies WHERE schemaname = 'public' AND policyname = :policy"


def names_of(connection: Connection) -> Names:
    return Names(str(connection.scalar(text("SELECT current_database()"))))


def is_ready(connection: Connection) -> bool:
    """Whether the roles are there, and this login may make views for their owner."""
    version = wire_of(connection).server_version // 10_000
    right = "SET" if version >= 16 else "MEMBER"
    return bool(connection.scalar(text(_IS_READY), {"views": names_of(connection).views, "right": right}))


def take_down(connection: Connection) -> None:
    """Drops the views and their policies, if there are any."""
    for view in connection.scalars(
        text("SELECT viewname::text FROM pg_views WHERE schemaname = :schema"), {"schema": SCHEMA}
    ).all():
        connection.execute(text(f'DROP VIEW IF EXISTS {SCHEMA}."{view}" CASCADE'))
    for table in connection.scalars(text(_POLICIES), {"policy": ANALYST_POLICY}).all():
        connection.execute(text(f'DROP POLICY {ANALYST_POLICY} ON public."{table}"'))


def put_up(connection: Connection) -> None:
    """The schema, the owner's rights and policies, the views, and a lease for each slot. May be repeated."""
    names = names_of(connection)
    take_down(connection)
    if not connection.scalar(text("SELECT true FROM pg_namespace WHERE nspname = :schema"), {"schema": SCHEMA}):
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    connection.execute(text(f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC"))
    _let_the_owner_read(connection, _quoted(names.views))
    _make_views(connection, _quoted(names.views), ", ".join(map(_quoted, names.slots)))
    connection.execute(text("DELETE FROM analyst_leases WHERE role_name <> ALL(:slots)"), {"slots": names.slots})
    connection.execute(text(_LEASES), {"slots": names.slots})


def take_away(connection: Connection) -> None:
    """Views, schema, policies, rights and leases: afterwards nothing in this database is about the roles any more."""
    names = names_of(connection)
    take_down(connection)
    connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA}"))
    if is_ready(connection):
        for table in (*TABLES, "analyst_leases"):
            connection.execute(text(f"REVOKE ALL ON public.{table} FROM {_quoted(names.views)}"))
        connection.execute(text(f"REVOKE ALL ON SCHEMA public FROM {_quoted(names.views)}"))
    connection.execute(text("DELETE FROM analyst_leases"))


def _let_the_owner_read(connection: Connection, views: str) -> None:
    """The columns that are seen, and for each table of a store the policy that asks for the lease."""
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {views}"))
    for table, read in TABLES.items():
        connection.execute(text(f"REVOKE ALL ON public.{table} FROM {views}"))
        connection.execute(text(f"GRANT SELECT ({', '.join(read.columns)}) ON public.{table} TO {views}"))
        if table not in GLOBAL:
            connection.execute(
                text(f"CREATE POLICY {ANALYST_POLICY} ON public.{table} FOR SELECT TO {views} USING ({ANALYST_RULE})")
            )
    connection.execute(text(f"REVOKE ALL ON public.analyst_leases FROM {views}"))
    connection.execute(text(f"GRANT SELECT ({_LEASE_COLUMNS}) ON public.analyst_leases TO {views}"))


def _make_views(connection: Connection, views: str, slots: str) -> None:
    """Made by who migrates, then given away: so they need no right of its own in the schema for longer."""
    connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {views}"))
    for view in VIEWS:
        connection.execute(text(f"CREATE VIEW {SCHEMA}.{view.name} WITH (security_barrier) AS {view.sql}"))
        connection.execute(text(f"REVOKE ALL ON {SCHEMA}.{view.name} FROM PUBLIC"))
        connection.execute(text(f"GRANT SELECT ON {SCHEMA}.{view.name} TO {slots}"))
        connection.execute(text(f"ALTER VIEW {SCHEMA}.{view.name} OWNER TO {views}"))
    connection.execute(text(f"REVOKE CREATE ON SCHEMA {SCHEMA} FROM {views}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {slots}"))


def _quoted(role: str) -> str:
    return '"' + role.replace('"', '""') + '"'
