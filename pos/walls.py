"""Who may see and do what in the database: row security and privileges, for each of the modes A, B, C.

`raise_walls` brings the database to what the models declare. It runs at the end of every `flask db upgrade`
in the same transaction, so that no table is ever without its wall, and may be repeated at any time. It
changes only what differs: the guards (pos/guards.py) refuse a table that has no policy even for a moment.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from pos.db import Base, StoreTable

TENANT_RULE = "store_id = nullif(current_setting('app.store_id', true), '')::uuid"
GLOBAL_PRIVILEGES = {
    "stores": ("INSERT", "UPDATE"),
    "users": ("INSERT", "UPDATE"),
    "memberships": ("INSERT", "UPDATE"),
    "failed_attempts": ("INSERT", "UPDATE", "DELETE"),
    "sandbox_objects": ("INSERT", "UPDATE"),
    "sandbox_keys": ("INSERT",),
    "sandbox_deliveries": ("INSERT",),
    "sandbox_faults": ("INSERT", "UPDATE", "DELETE"),
    "alembic_version": (),
}
JOB_TABLES = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers")


@dataclass(frozen=True)
class Roles:
    """Who owns the tables and who works with them."""

    mode: str
    owner: str
    app: str
    worker: str

    @property
    def runtime(self) -> list[str]:
        return sorted({self.app, self.worker})


def settle_roles(connection: Connection, app_login: str, worker_login: str) -> Roles:
    """The roles of this database; in mode B they are made if they are missing.

    The connection is the owner's. Another login for the runtime means mode A. With one login it is B if that
    login may make roles (or they are there), else C.
    """
    owner, database, may_create = connection.execute(
        text(
            "SELECT current_user, current_database(), rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    if app_login != owner:
        return Roles("A", owner, app_login, worker_login if worker_login != owner else app_login)
    roles = Roles("B", owner, f"{database}_app", f"{database}_worker")
    if all(_may_take_on(connection, role) for role in roles.runtime):
        return roles
    if not may_create:
        return Roles("C", owner, owner, owner)
    for role in roles.runtime:
        _make_role(connection, role)
    return roles


def raise_walls(connection: Connection, roles: Roles) -> None:
    """Row security on every table of a store, and for the runtime exactly the privileges that the models name."""
    present = set(connection.scalars(text("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {_listed(roles.runtime)}"))
    for table, privileges in _privileges().items():
        if table in present:
            _grant(connection, roles, table, privileges)
    for table in sorted(store_tables() & present):
        _secure(connection, roles, table)
    if set(JOB_TABLES) <= present:
        _open_jobs(connection, roles)


def lower_walls(connection: Connection) -> None:
    """Lets the single login of mode C see and change all rows while it migrates: it has no owner's policy, and has
    revoked from itself what the runtime must not do. `raise_walls` takes it back before the commit."""
    for table in connection.scalars(
        text("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    ).all():
        connection.execute(text(f'GRANT ALL ON "{table}" TO CURRENT_USER'))
    for table in sorted(store_tables() & _forced(connection)):
        connection.execute(text(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY'))


def store_models() -> list[type[StoreTable]]:
    return [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, StoreTable)]


def store_tables() -> set[str]:
    return {model.__tablename__ for model in store_models()}


def _privileges() -> dict[str, tuple[str, ...]]:
    return GLOBAL_PRIVILEGES | {model.__tablename__: model.privileges for model in store_models()}


def _grant(connection: Connection, roles: Roles, table: str, privileges: tuple[str, ...]) -> None:
    for role in roles.runtime:
        connection.execute(text(f'REVOKE ALL ON "{table}" FROM {_quoted(role)}'))
        connection.execute(text(f'GRANT {", ".join(("SELECT", *privileges))} ON "{table}" TO {_quoted(role)}'))


def _secure(connection: Connection, roles: Roles, table: str) -> None:
    enabled, forced = connection.execute(
        text("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:table)"),
        {"table": f'public."{table}"'},
    ).one()
    if not enabled:
        connection.execute(text(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'))
    _policy(connection, table, "tenant", roles.runtime, TENANT_RULE)
    if roles.mode != "C":
        # Without it the owner's migrations would validate foreign keys against no rows at all.
        _policy(connection, table, "owner_all", [roles.owner], "true")
    if not forced:
        connection.execute(text(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY'))


def _policy(connection: Connection, table: str, name: str, to: list[str], rule: str) -> None:
    found = connection.scalar(
        text("SELECT true FROM pg_policies WHERE schemaname = 'public' AND tablename = :table AND policyname = :name"),
        {"table": table, "name": name},
    )
    verb = "ALTER" if found else "CREATE"
    connection.execute(text(f'{verb} POLICY {name} ON "{table}" TO {_listed(to)} USING ({rule}) WITH CHECK ({rule})'))


def _open_jobs(connection: Connection, roles: Roles) -> None:
    """The web defers jobs; only the worker takes them (its tables hold ids only and have no store)."""
    app, worker = _quoted(roles.app), _quoted(roles.worker)
    connection.execute(text(f"GRANT INSERT ON procrastinate_jobs, procrastinate_events TO {app}"))
    connection.execute(text(f"GRANT SELECT (id, queueing_lock, status, task_name) ON procrastinate_jobs TO {app}"))
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(JOB_TABLES)} TO {worker}"))
    for role in {app, worker}:
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"))


def _forced(connection: Connection) -> set[str]:
    rows = connection.scalars(
        text("SELECT relname::text FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace")
    )
    return set(rows)


def _may_take_on(connection: Connection, role: str) -> bool:
    found = connection.scalar(
        text("SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = :role"), {"role": role}
    )
    return bool(found)


def _make_role(connection: Connection, role: str) -> None:
    if not connection.scalar(text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}):
        connection.execute(text(f"CREATE ROLE {_quoted(role)} NOLOGIN"))
    connection.execute(text(f"GRANT {_quoted(role)} TO CURRENT_USER"))


def _listed(roles: list[str]) -> str:
    return ", ".join(_quoted(role) for role in roles)


def _quoted(role: str) -> str:
    return '"' + role.replace('"', '""') + '"'


def missing_walls(connection: Any) -> list[str]:
    """Tables of a store whose wall is not up, in words, for `flask doctor`."""
    if not _forced(connection):
        return ["no table of a store is there yet"]
    rows = connection.execute(
        text("""
        SELECT c.relname::text, c.relrowsecurity, c.relforcerowsecurity,
               EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
          FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables)
         ORDER BY 1"""),
        {"tables": sorted(store_tables())},
    ).all()
    walls = ("row security", "FORCE", "a policy")
    return [f"{row[0]} lacks {wall}" for row in rows for wall, stands in zip(walls, row[1:], strict=True) if not stands]
