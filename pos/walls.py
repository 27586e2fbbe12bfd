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
    "analyst_leases": ("INSERT", "UPDATE", "DELETE"),
    "sandbox_objects": ("INSERT", "UPDATE"),
    "sandbox_keys": ("INSERT",),
    "sandbox_deliveries": ("INSERT",),
    "sandbox_faults": ("INSERT", "UPDATE", "DELETE"),
    "sandbox_shop_things": ("INSERT", "UPDATE", "DELETE"),
    "sandbox_shop_requests": ("INSERT", "DELETE"),
    "alembic_version": (),
}
VIEW_PRIVILEGES = {"customers_view": ("INSERT", "UPDATE", "DELETE")}
# What the web may know and do of the jobs of its transaction's store; they name no other.
JOB_FUNCTIONS = ("jobs_of_store()", "retry_job_of_store(bigint)", "worker_seen_at()")
_JOB_FUNCTIONS = "SELECT f FROM unnest(CAST(:wanted AS text[])) f WHERE to_regprocedure('public.' || f) IS NOT NULL"
JOB_TABLES = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers")

# --- readers of the older back end (pos/legacy/readers/): what customers_view reads and writes, and nothing else -------
READERS = "legacy"
# A reader may SET another store, and so it has to stand in that store's list as well. Asked once for each statement.
READER_RULE = "store_id = ANY (ARRAY(SELECT r.store_id FROM public.legacy_readers r WHERE r.role_name = CAST(session_user AS text)))"
READER_RULES = {
    "legacy_readers": "role_name = CAST(session_user AS text)",
    "source_ids": f"{READER_RULE} AND source = 'legacy' AND kind IN ('customer', 'user', 'profile')",
    "audit_log": f"{READER_RULE} AND actor = 'legacy:' || CAST(session_user AS text)",
}
_WRITTEN = "first_name, last_name, address, city, state, postal_code, country, tags, notes"
_OF_CUSTOMERS = (
    "store_id, id, version, phone, origin, name, order_count, total_spent, last_order_at, marketing_consent, sms_consent, "
    "merged_into_id, erased_at, created_at, updated_at"
)
_OF_PROFILES = (
    f"store_id, customer_id, {_WRITTEN}, phone_recorded, date_of_birth, customer_type, preferred_payment_method, is_verified, "
    "preferences, needs, experience_level, preferred_categories, preferred_effects, price_range, updated_at"
)
READER_PRIVILEGES = {
    "customers": (f"SELECT ({_OF_CUSTOMERS})", "UPDATE (name, version, updated_at)"),
    "profiles": (f"SELECT ({_OF_PROFILES})", f"UPDATE ({_WRITTEN}, updated_at)"),
    "members": ("SELECT (store_id, id, customer_id, balance)",),
    "point_lots": ("SELECT (store_id, member_id, remaining, expires_at)",),
    "orders": ("SELECT (store_id, currency)",),
    "source_ids": ("SELECT (store_id, source, kind, number, customer_id, is_main, raw)",),
    "legacy_readers": ("SELECT (store_id, role_name)",),
    "audit_log": ("INSERT (store_id, id, actor, action, subject, before, after)",),
    "customers_view": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}


_PRESENT = """
    SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
"""


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
    present = set(connection.scalars(text(_PRESENT)))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {_listed(roles.runtime)}"))
    for table, privileges in _privileges().items():
        if table in present:
            _grant(connection, roles, table, privileges)
    for table in sorted(store_tables() & present):
        _secure(connection, roles, table)
    readers = _reader_group(connection)
    if readers and "customers_view" in present:
        for table in sorted(_privileges().keys() & present):
            connection.execute(text(f'REVOKE ALL ON "{table}" FROM {_quoted(readers)}'))
        let_readers_in(connection, roles)
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
    return GLOBAL_PRIVILEGES | VIEW_PRIVILEGES | {model.__tablename__: model.privileges for model in store_models()}


def _grant(connection: Connection, roles: Roles, table: str, privileges: tuple[str, ...]) -> None:
    for role in roles.runtime:
        connection.execute(text(f'REVOKE ALL ON "{table}" FROM {_quoted(role)}'))
        connection.execute(text(f'GRANT {", ".join(("SELECT", *privileges))} ON "{table}" TO {_quoted(role)}'))


def let_readers_in(connection: Connection, roles: Roles) -> None:
    """For the readers' group, which is there, exactly what is said above; a policy holds each to the store it is listed for.

    It touches no other table than these, so that a reader may be added while the shop sells.
    """
    readers = _reader_group(connection)
    assert readers, "whoever makes a reader makes the group first"
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {_quoted(readers)}"))
    for table, privileges in READER_PRIVILEGES.items():
        if table in store_tables():
            rule = READER_RULES.get(table, READER_RULE)
            _policy(connection, table, "reader", [readers], rule, kind="AS RESTRICTIVE")
            _policy(connection, table, "tenant", [*roles.runtime, readers], TENANT_RULE)
        connection.execute(text(f'GRANT {", ".join(privileges)} ON "{table}" TO {_quoted(readers)}'))


def _reader_group(connection: Connection) -> str | None:
    """The role that this database's readers are members of, once `flask legacy reader add` has made it."""
    return connection.scalar(
        text("SELECT rolname::text FROM pg_roles WHERE rolname = current_database() || '_' || :kind"), {"kind": READERS}
    )


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


def _policy(connection: Connection, table: str, name: str, to: list[str], rule: str, *, kind: str = "") -> None:
    found = connection.scalar(
        text("SELECT true FROM pg_policies WHERE schemaname = 'public' AND tablename = :table AND policyname = :name"),
        {"table": table, "name": name},
    )
    verb, kind = ("ALTER", "") if found else ("CREATE", kind)
    connection.execute(
        text(f'{verb} POLICY {name} ON "{table}" {kind} TO {_listed(to)} USING ({rule}) WITH CHECK ({rule})')
    )


def _open_jobs(connection: Connection, roles: Roles) -> None:
    """The web defers jobs; only the worker takes them (its tables hold ids only and have no store). What shows a store its jobs is
    nobody else's, also where a backup was put back, which brings functions with everybody's right to call them."""
    app, worker = _quoted(roles.app), _quoted(roles.worker)
    connection.execute(text(f"GRANT INSERT ON procrastinate_jobs, procrastinate_events TO {app}"))
    connection.execute(text(f"GRANT SELECT (id, queueing_lock, status, task_name) ON procrastinate_jobs TO {app}"))
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(JOB_TABLES)} TO {worker}"))
    functions = connection.scalars(text(_JOB_FUNCTIONS), {"wanted": list(JOB_FUNCTIONS)}).all()
    for function in functions:
        connection.execute(text(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"))
    for role in sorted({app, worker}):
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"))
        for function in functions:
            connection.execute(text(f"GRANT EXECUTE ON FUNCTION {function} TO {role}"))


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


# Tables that readers may touch and in which nothing holds them to their own store.
_OPEN_TO_READERS = """
    SELECT c.relname::text FROM pg_class c JOIN pg_roles g ON g.rolname = current_database() || '_' || :kind
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables)
       AND has_any_column_privilege(g.oid, c.oid, 'SELECT, INSERT, UPDATE')
       AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'reader' AND NOT p.polpermissive
                          AND g.oid = ANY(p.polroles) AND p.polcmd = '*')
     ORDER BY 1
"""


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
    missing = [
        f"{row[0]} lacks {wall}" for row in rows for wall, stands in zip(walls, row[1:], strict=True) if not stands
    ]
    opened = connection.scalars(text(_OPEN_TO_READERS), {"kind": READERS, "tables": sorted(store_tables())})
    return [*missing, *(f"{table} lacks the policy of its readers" for table in opened)]
