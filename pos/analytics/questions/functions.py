"""What nobody may call any more unless it needs it: PostgreSQL gives everybody the right to call nearly every function.

Everything that has an effect or reaches out of the statement is volatile for PostgreSQL, so all volatile functions are taken from PUBLIC
but a few harmless ones, and by name those that run SQL of their own, read files, grow without bound or count all stores' rows.
"""

from collections.abc import Sequence
from typing import Any

HARMLESS = ("random", "random_normal", "setseed", "clock_timestamp", "timeofday", "gen_random_uuid", "uuidv4", "uuidv7")
NAMED = (
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml", "table_to_xmlschema", "table_to_xml_and_xmlschema",
    "schema_to_xml", "schema_to_xmlschema", "schema_to_xml_and_xmlschema", "database_to_xml", "database_to_xmlschema",
    "database_to_xml_and_xmlschema", "cursor_to_xml", "cursor_to_xmlschema", "ts_stat", "ts_rewrite",
    "generate_series", "generate_subscripts", "repeat", "lpad", "rpad", "array_fill", "string_agg", "array_agg", "json_agg",
    "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg", "regexp_split_to_table", "regexp_matches", "regexp_replace",
    "textregexeq", "textregexne", "texticregexeq", "texticregexne", "regexp_split_to_array", "regexp_count", "regexp_instr", "regexp_like",
    "regexp_match", "regexp_substr",
)  # fmt: skip
PATTERN = r"^(lo_|lo|pg_read_|pg_ls_|pg_stat_file|pg_stat_get_.*(tuples|blocks|scanned|scans|count)|dblink)"
LANGUAGES = ("plpgsql", "sql")
# Whoever watches the server goes on to.
_WATCHERS = "pg_monitor"
# Functions that SQL cannot call by itself are left alone.
_LIST = """
    SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = 'pg_catalog'::regnamespace
       AND (p.provolatile = 'v' AND p.proname <> ALL(%(harmless)s) OR p.proname = ANY(%(named)s) OR p.proname ~ %(pattern)s AND p.provolatile <> 'i')
       AND p.prorettype <> ALL(ARRAY['trigger', 'event_trigger', 'internal', 'language_handler', 'fdw_handler', 'index_am_handler',
                                     'table_am_handler', 'tsm_handler']::regtype[])
       AND NOT 'internal'::regtype = ANY(p.proargtypes::oid[])
       AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
     ORDER BY 1
"""


def open_to_all(cursor: Any) -> list[str]:
    """The dangerous functions that everybody may call in this database, with their arguments."""
    cursor.execute(_LIST, {"harmless": list(HARMLESS), "named": list(NAMED), "pattern": PATTERN})
    return [row[0] for row in cursor.fetchall()]


def statements(functions: Sequence[str], trusted: str) -> list[str]:
    """Gives them to whoever is trusted, then takes them from everybody."""
    if not functions:
        return []
    listed = ", ".join(functions)
    return [
        f"GRANT EXECUTE ON ROUTINE {listed} TO {trusted}, {_WATCHERS}",
        f"REVOKE EXECUTE ON ROUTINE {listed} FROM PUBLIC",
    ]
