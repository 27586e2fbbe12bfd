"""Guards of the protected tables: not even their owner can drop, empty or unguard them by accident.

Event triggers need a superuser: the embedded server has one; elsewhere `flask doctor` says that only
privileges guard. Tables are known by OID, since a guard that knows names is beaten by RENAME, then DROP. After
every DDL command the state is looked at, whatever the command was: name, row security, and that no policy lets
anybody but the owner see more than the tenant's rows (a restrictive one only takes away, so it may stand). What
PostgreSQL has no event trigger for, TRUNCATE, is refused by a trigger on each table. `SET app.allow_drop = on` opens
them for a deliberate act.
"""

from typing import Any

PROTECTED = (
    "customers", "profiles", "orders", "order_lines", "order_discounts", "payments", "refunds", "refund_lines", "disputes",
    "provider_events", "members", "point_entries", "consents", "messages", "audit_log",
)  # fmt: skip

# How the owner of the analyst's views (pos/analytics/questions) reads the tables of a store: by the lease of the slot whose login asks, for
# its own process, until it runs out. No setting has a say in it.
ANALYST_POLICY = "analyst"
LEASED_STORE = """(SELECT l.store_id FROM public.analyst_leases l
 WHERE l.role_name = CAST(session_user AS text) AND l.backend_pid = pg_backend_pid() AND l.leased_until > now())"""
ANALYST_RULE = f"store_id = {LEASED_STORE}"

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS guard;
GRANT USAGE ON SCHEMA guard TO PUBLIC;
CREATE TABLE IF NOT EXISTS guard.protected (table_oid oid PRIMARY KEY, table_name text NOT NULL, tenant_rule text NOT NULL);
CREATE TABLE IF NOT EXISTS guard.analyst (rule text PRIMARY KEY);

CREATE OR REPLACE FUNCTION guard.is_open() RETURNS boolean LANGUAGE sql STABLE
  SET search_path = pg_catalog AS $$ SELECT coalesce(current_setting('app.allow_drop', true), '') = 'on' $$;

CREATE OR REPLACE FUNCTION guard.written_down(regclass) RETURNS text LANGUAGE sql STABLE
  SET search_path = pg_catalog AS $$ SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = $1 $$;

CREATE OR REPLACE FUNCTION guard.refuse_drop() RETURNS event_trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE lost text;
BEGIN
  SELECT p.table_name INTO lost FROM pg_event_trigger_dropped_objects() d
    JOIN guard.protected p ON p.table_oid = d.objid WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 LIMIT 1;
  IF lost IS NULL THEN RETURN; END IF;
  IF NOT guard.is_open() THEN
    RAISE EXCEPTION 'the table % is protected: it holds the books', lost
      USING ERRCODE = 'insufficient_privilege', HINT = 'SET app.allow_drop = on, if you are sure and have a backup.';
  END IF;
  DELETE FROM guard.protected p USING pg_event_trigger_dropped_objects() d
   WHERE p.table_oid = d.objid AND d.classid = 'pg_class'::regclass AND d.objsubid = 0;
END $$;

CREATE OR REPLACE FUNCTION guard.refuse_unguard() RETURNS event_trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE broken text;
BEGIN
  IF guard.is_open() THEN RETURN; END IF;
  SELECT p.table_name INTO broken FROM guard.protected p LEFT JOIN pg_class c ON c.oid = p.table_oid
   WHERE c.relname IS DISTINCT FROM p.table_name OR c.relnamespace IS DISTINCT FROM to_regnamespace('public')
      OR NOT c.relrowsecurity OR NOT c.relforcerowsecurity
      OR NOT EXISTS (SELECT FROM pg_policy y WHERE y.polrelid = c.oid AND y.polname = 'tenant' AND y.polpermissive)
      OR EXISTS (SELECT FROM pg_policy y WHERE y.polrelid = c.oid AND y.polpermissive AND NOT coalesce(CASE y.polname
                   WHEN 'tenant' THEN pg_get_expr(y.polqual, c.oid) = p.tenant_rule
                                  AND pg_get_expr(y.polwithcheck, c.oid) = p.tenant_rule
                   WHEN 'owner_all' THEN y.polroles = ARRAY[c.relowner]
                   WHEN 'analyst' THEN y.polcmd = 'r' AND pg_get_expr(y.polqual, c.oid) IN (SELECT a.rule FROM guard.analyst a)
                                   AND EXISTS (SELECT FROM pg_roles r WHERE ARRAY[r.oid] = y.polroles AND NOT r.rolcanlogin
                                                AND r.rolname LIKE '%\\_analyst\\_views') END, false))
      OR NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'refuse_truncate'
                      AND t.tgenabled = 'A' AND t.tgfoid = 'guard.refuse_truncate'::regproc)
   LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'the table % is protected: this would rename it or take its guard away', broken
      USING ERRCODE = 'insufficient_privilege', HINT = 'SET app.allow_drop = on, if you are sure and have a backup.';
  END IF;
END $$;

CREATE OR REPLACE FUNCTION guard.refuse_truncate() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF guard.is_open() THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'the table % is protected: it is never emptied', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'SET app.allow_drop = on, if you are sure and have a backup.';
END $$;
"""

_EVENT_TRIGGERS = """
DROP EVENT TRIGGER IF EXISTS tappass_refuse_drop;
DROP EVENT TRIGGER IF EXISTS tappass_refuse_unguard;
CREATE EVENT TRIGGER tappass_refuse_drop ON sql_drop EXECUTE FUNCTION guard.refuse_drop();
CREATE EVENT TRIGGER tappass_refuse_unguard ON ddl_command_end EXECUTE FUNCTION guard.refuse_unguard();
ALTER EVENT TRIGGER tappass_refuse_drop ENABLE ALWAYS;
ALTER EVENT TRIGGER tappass_refuse_unguard ENABLE ALWAYS;
"""

_UNREGISTERED = """
SELECT c.oid, c.relname::text, pg_get_expr(y.polqual, c.oid) FROM pg_class c
  JOIN pg_policy y ON y.polrelid = c.oid AND y.polname = 'tenant'
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = ANY(%s)
   AND NOT EXISTS (SELECT FROM guard.protected p WHERE p.table_oid = c.oid)
"""

# The rule as this server writes it down: a policy is known by that.
_WRITTEN_DOWN = f"""
CREATE TEMPORARY TABLE how_it_is_written (store_id uuid) ON COMMIT DROP;
CREATE POLICY {ANALYST_POLICY} ON how_it_is_written FOR SELECT USING ({ANALYST_RULE});
DELETE FROM guard.analyst;
INSERT INTO guard.analyst SELECT guard.written_down('how_it_is_written');
DROP TABLE how_it_is_written;
"""

_STATE = """
SELECT coalesce((SELECT count(*) FROM pg_event_trigger WHERE evtname LIKE 'tappass\\_refuse\\_%%' AND evtenabled = 'A'), 0) = 2,
       ARRAY(SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
              AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'refuse_truncate') ORDER BY 1)
"""


def install(cursor: Any) -> None:
    """Puts the guards up for the protected tables that exist by now. A superuser's cursor; may be repeated."""
    cursor.execute(_SCHEMA)
    cursor.execute(_UNREGISTERED, (list(PROTECTED),))
    for oid, name, tenant_rule in cursor.fetchall():
        cursor.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.{name} EXECUTE FUNCTION guard.refuse_truncate();"
            f"ALTER TABLE public.{name} ENABLE ALWAYS TRIGGER refuse_truncate"
        )
        cursor.execute("INSERT INTO guard.protected VALUES (%s, %s, %s)", (oid, name, tenant_rule))
    cursor.execute("SELECT to_regclass('public.analyst_leases') IS NOT NULL")
    if cursor.fetchone()[0]:
        cursor.execute(_WRITTEN_DOWN)
    cursor.execute(_EVENT_TRIGGERS)


def state(cursor: Any) -> tuple[bool, list[str]]:
    """Whether the event triggers stand, and the protected tables without a guard against TRUNCATE."""
    cursor.execute(_STATE, (list(PROTECTED),))
    stands, unguarded = cursor.fetchone()
    return bool(stands), list(unguarded)
