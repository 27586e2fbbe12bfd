"""Puts a dump's tables and rows into a database, in one transaction: all of it, counted, or nothing.

Who owns the tables, who may see what in them and what guards them is not taken from the dump: names of logins
differ from one database to the next. `flask db upgrade` raises all that afresh (pos/walls.py, pos/guards.py).
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from pos.backup import programs
from pos.backup.contents import SEQUENCES, Table
from pos.backup.manifests import Backup
from pos.backup.programs import Programs

_RAISED_AFRESH = re.compile(
    r"\d+; \d+ \d+ (SCHEMA|ACL|DEFAULT ACL|POLICY|ROW SECURITY|EVENT TRIGGER|EXTENSION|PUBLICATION|SECURITY LABEL"
    r"|COMMENT - (SCHEMA|EXTENSION)) |\d+; \d+ \d+ TRIGGER public \S+ refuse_truncate "
)
# What pg_dump 17 and newer write at the top, and servers before 17 refuse.
_TOO_NEW = b"SET transaction_timeout = 0;\n"
_HEAD_BYTES = 4096

# The guards (pos/guards.py) let a session drop that says it means it. What an extension put there stays: it is the host's.
_EMPTY = """
BEGIN;
SET LOCAL lock_timeout = '15s';
SET LOCAL client_min_messages = warning;
SET LOCAL app.allow_drop = 'on';
DO $$ DECLARE command text; BEGIN
  FOREACH command IN ARRAY ARRAY(
    SELECT format('DROP %s IF EXISTS %s CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                  WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('public.%I', c.relname))
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i', 'a'))
     UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
     UNION ALL
    SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', t.typname)
      FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
     WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('c', 'e', 'd') AND coalesce(c.relkind, 'c') = 'c'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
  ) LOOP EXECUTE command; END LOOP;
END $$;
"""


def pour(tools: Programs, backup: Backup, address: str) -> None:
    """Empties the schema `public` of the address' database and fills it from the dump. Raises BackupFailed.

    The address is the owner's. The transaction is committed only after pg_restore has read the dump to its end and
    each table has as many rows as the manifest says; a psql that is left without the COMMIT rolls back.
    """
    arguments = ("--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    with tempfile.TemporaryFile() as said, programs.environment(address) as env:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": said}
        with subprocess.Popen(tools.command("psql", *arguments), env=env, **pipes) as psql:
            assert psql.stdin is not None, "it was asked for"
            # A pipe that breaks is a psql that has refused something and says so itself.
            with suppress(BrokenPipeError):
                _feed(tools, backup, psql.stdin)
            with suppress(BrokenPipeError):
                psql.stdin.close()
        if psql.returncode:
            said.seek(0)
            raise programs.failure(f"{backup.path.name} was not put in, the database is as it was", said.read())


def _feed(tools: Programs, backup: Backup, psql: IO[bytes]) -> None:
    psql.write(_EMPTY.encode())
    _unpack(tools, backup.path, psql)
    psql.write(_count_and_commit(backup.manifest.tables).encode())


def _unpack(tools: Programs, dump: Path, target: IO[bytes]) -> None:
    """Writes what is to be restored as SQL. Raises BackupFailed when pg_restore does not come to the end."""
    what = f"{dump.name} cannot be read"
    listed = programs.run(tools.command("pg_restore", "--list", str(dump)), what=what).decode()
    with tempfile.NamedTemporaryFile("w") as wanted, tempfile.TemporaryFile() as said:
        wanted.writelines(line for line in listed.splitlines(keepends=True) if not _RAISED_AFRESH.match(line))
        wanted.flush()
        arguments = ("--no-owner", "--no-privileges", f"--use-list={wanted.name}", "--file=-", str(dump))
        command = tools.command("pg_restore", *arguments)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as unpacking:
            assert unpacking.stdout is not None, "it was asked for"
            target.write(unpacking.stdout.read(_HEAD_BYTES).replace(_TOO_NEW, b"", 1))
            shutil.copyfileobj(unpacking.stdout, target)
        if unpacking.returncode:
            said.seek(0)
            raise programs.failure(what, said.read())


def _count_and_commit(tables: Mapping[str, Table]) -> str:
    checks = [_check(name, table.rows) for name, table in tables.items() if name != SEQUENCES]
    return f"DO $counts$ BEGIN\n{chr(10).join(checks)}\nEND $counts$;\nCOMMIT;\n"


def _check(table: str, rows: int) -> str:
    quoted = '"' + table.replace('"', '""') + '"'
    literal = table.replace("'", "''")
    return (
        f"IF (SELECT count(*) FROM public.{quoted}) <> {rows} THEN "
        f"RAISE EXCEPTION 'the table % does not have the {rows} rows that were backed up', '{literal}'; END IF;"
    )
