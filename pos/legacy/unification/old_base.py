"""The older back end's database: its tables read, copied aside, changed as little as can be, and put back.

One connection, one transaction at a time, begun with the lock and ended by `commit`; whatever ends without it leaves the old
base as it was. Readers go on all the while, writers wait. Nothing here knows of TapPass' own tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2 import extensions, sql
from psycopg2.extras import Json, RealDictCursor, execute_values

from pos.http.commands import CommandRefused
from pos.legacy.unification.matching import TABLES

Row = Mapping[str, Any]
ORDERS = "orders"
TRIGGER = "create_customer_on_user_insert"
BACKUPS = {table: f"backup_{table}" for table in (*TABLES.values(), ORDERS)}
ABOUT, CARRIED_BACK, OVERWRITTEN = "backup_about", "carried_back", "overwritten_rows"
# Who writes waits this long for us, or we for them; a statement on all rows takes at most this long.
LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = 0"
_AT_ONCE = 2000
_TRIGGER_FACTS = """
    SELECT pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' ELSE format('; ALTER TABLE %%s %%s TRIGGER %%I', t.tgrelid::regclass,
             CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, t.tgname) END,
           pg_get_functiondef(t.tgfoid) FROM pg_trigger t
     WHERE t.tgname = %s AND t.tgrelid = to_regclass(%s)
"""


class NoOldBase(CommandRefused):
    advice = (
        "In {place} the tables {missing} are missing. Load the older system's dump into a schema named legacy, or name its database "
        "with --source (docs/migrating.md)."
    )


class OldBaseInUse(CommandRefused):
    advice = "Somebody writes in them for longer than five seconds. Stop the older system first, then begin again."


class NoAddress(CommandRefused):
    advice = "What --source names is no address of a database. Write it as postgresql://login@host/name."


class OldBaseUnlike(CommandRefused):
    advice = (
        "The old base does not let this be done: {reason}. The login has to own the tables, and they need the columns of "
        "seed/legacy/schema.sql."
    )


class OldBaseUnreadable(CommandRefused):
    advice = "The old base says nothing of its encoding, and a text in it is not UTF-8 ({reason}). Convert its dump, and load it anew."


@dataclass(frozen=True)
class About:
    """Whose move the backups are of, and the trigger that was there."""

    store_id: str
    unification_id: str
    trigger_definition: str | None
    function_definition: str | None


class OldBase:
    """The tables of an open connection. `schema` is where they are."""

    def __init__(self, connection: Any, schema: str) -> None:
        self._connection = connection
        self.schema = schema
        parts = connection.get_dsn_parameters()
        # For people: without the login.
        self.place = f"{parts.get('dbname')} on {parts.get('host', 'this machine')}, schema {schema}"

    # --- reading ------------------------------------------------------------------------------------------

    def rows(self, statement: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def each(self, statement: str) -> Iterator[dict[str, Any]]:
        """Row after row, however many there are."""
        with self._connection.cursor(f"each_{id(statement)}", cursor_factory=RealDictCursor) as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(statement)
            yield from cursor

    def whole(self, table: str, ids: Sequence[int], key: str = "id") -> list[dict[str, Any]]:
        """Rows by their ids."""
        with self._connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(_named("SELECT * FROM {} WHERE {} = ANY(%s) ORDER BY id", table, key), [list(ids)])
            return list(cursor.fetchall())

    def has(self, table: str) -> bool:
        return self.rows("SELECT to_regclass(%s) IS NOT NULL", [f'"{self.schema}"."{table}"'])[0][0]

    def digests(self) -> dict[str, str]:
        """What tells whether any row of a table has changed: its rows, counted, and a digest of them."""
        found = {}
        for table in BACKUPS:
            [(count, digest)] = self.rows(
                f"SELECT count(*), md5(coalesce(string_agg(md5(t::text), '' ORDER BY id), '')) FROM {table} t"
            )
            found[table] = f"{count}:{digest}"
        return found

    # --- the way there ------------------------------------------------------------------------------------

    def lock(self) -> None:
        """Keeps writers out until the end of the transaction. Raises OldBaseInUse."""
        tables = ", ".join([*TABLES.values(), ORDERS])
        try:
            self._run(f"{LIMITS}; LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        except psycopg2.errors.LockNotAvailable as error:
            raise OldBaseInUse from error

    def back_up(self, store_id: object, unification_id: object) -> None:
        """Copies the tables aside, with whose move it is; of the orders only whose they were. What an earlier way back has kept aside stays."""
        self._run(f"DROP TABLE IF EXISTS {', '.join([*BACKUPS.values(), ABOUT, CARRIED_BACK])}")
        for table in TABLES.values():
            self._run(
                f"CREATE TABLE {BACKUPS[table]} AS TABLE {table}; ALTER TABLE {BACKUPS[table]} ADD PRIMARY KEY (id)"
            )
        self._run(
            f"CREATE TABLE {BACKUPS[ORDERS]} AS SELECT id, customer_id FROM {ORDERS}; ALTER TABLE {BACKUPS[ORDERS]} ADD PRIMARY KEY (id)"
        )
        facts = self.rows(_TRIGGER_FACTS, [TRIGGER, f'"{self.schema}".users']) or [(None, None)]
        self._run(f"""CREATE TABLE {ABOUT} (store_id text NOT NULL, unification_id text NOT NULL, trigger_definition text,
                       function_definition text, made_at timestamptz NOT NULL DEFAULT now())""")
        self._run(
            f"INSERT INTO {ABOUT} (store_id, unification_id, trigger_definition, function_definition) VALUES (%s, %s, %s, %s)",
            [str(store_id), str(unification_id), *facts[0]],
        )

    def about(self) -> About | None:
        """Whose move the backups are of; None without backups."""
        if not self.has(ABOUT):
            return None
        [row] = self.rows(f"SELECT store_id, unification_id, trigger_definition, function_definition FROM {ABOUT}")
        return About(*row)

    def repoint(self, main_of: Mapping[int, int]) -> int:
        """Orders of a duplicate go to the row by which their person is known from now on; gives how many."""
        moved = [(old, main) for old, main in main_of.items() if old != main]
        self._run("CREATE TEMPORARY TABLE repointed (old bigint PRIMARY KEY, main bigint) ON COMMIT DROP")
        self.fill("repointed", moved)
        return self._run(
            f"UPDATE {ORDERS} o SET customer_id = r.main FROM repointed r WHERE o.customer_id = r.old AND EXISTS (SELECT FROM customers c WHERE c.id = r.main)"
        )

    def drop_trigger(self) -> None:
        """From now on a user makes no customer there."""
        self._run(f"DROP TRIGGER IF EXISTS {TRIGGER} ON users")

    # --- the way back -------------------------------------------------------------------------------------

    def restore(self) -> dict[str, int]:
        """Puts back every row as it was copied, and the trigger. What somebody has written into such a row since is kept aside; rows that are new stay.
        Gives the rows put back, by table."""
        self._run(
            f"CREATE TABLE IF NOT EXISTS {OVERWRITTEN} (table_name text, content jsonb, at timestamptz DEFAULT now())"
        )
        found = {table: self._restore(table) for table in TABLES.values()}
        found[ORDERS] = self._run(f"""UPDATE {ORDERS} o SET customer_id = b.customer_id FROM {BACKUPS[ORDERS]} b
                                       WHERE o.id = b.id AND o.customer_id IS DISTINCT FROM b.customer_id""")
        return found

    def restore_trigger(self) -> None:
        about = self.about()
        assert about is not None, "there are backups"
        if about.trigger_definition and not self.rows(_TRIGGER_FACTS, [TRIGGER, f'"{self.schema}".users']):
            self._run(str(about.function_definition))
            self._run(about.trigger_definition)

    def insert(self, table: str, row: Row) -> int:
        """A new row; gives its id."""
        statement = _named("INSERT INTO {} ({}) VALUES ({}) RETURNING id", table, list(row), values=len(row))
        codec = extensions.encodings[self._connection.encoding]
        with self._connection.cursor() as cursor:
            cursor.execute(statement, [_adapted(_fitting(value, codec)) for value in row.values()])
            return int(cursor.fetchone()[0])

    def run(self, statement: str, values: Sequence[Any] | None = None) -> int:
        """A statement of the way back; gives the rows that it touched."""
        return self._run(statement, values)

    def drop_backups(self) -> None:
        """Drops what was copied aside, and what was noted on the way back."""
        self._run(f"DROP TABLE IF EXISTS {', '.join([*BACKUPS.values(), ABOUT, CARRIED_BACK, OVERWRITTEN])}")

    def commit(self) -> None:
        self._connection.commit()

    def _restore(self, table: str) -> int:
        backup, columns = BACKUPS[table], self._columns(table)
        listed = ", ".join(columns)
        changed = f"(SELECT t.* FROM {table} t JOIN {backup} b ON b.id = t.id WHERE t::text IS DISTINCT FROM b::text)"
        self._run(f"INSERT INTO {OVERWRITTEN} (table_name, content) SELECT '{table}', to_jsonb(c) FROM {changed} c")
        sets = ", ".join(f"{column} = excluded.{column}" for column in columns if column != "id")
        return self._run(f"""
            INSERT INTO {table} ({listed}) OVERRIDING SYSTEM VALUE
            SELECT {listed} FROM {backup} b
             WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.id = b.id AND t::text IS NOT DISTINCT FROM b::text)
            ON CONFLICT (id) DO UPDATE SET {sets}""")

    def _columns(self, table: str) -> list[str]:
        rows = self.rows(
            """SELECT column_name::text FROM information_schema.columns
                WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position""",
            [self.schema, table],
        )
        return [f'"{name}"' for (name,) in rows]

    def fill(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Many rows at once."""
        with self._connection.cursor() as cursor:
            execute_values(cursor, f"INSERT INTO {table} VALUES %s", list(rows), page_size=_AT_ONCE)

    def _run(self, statement: str, values: Sequence[Any] | None = None) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)


def _unless_out_of_range(known: Any) -> Any:
    """A type as psycopg2 reads it; a day that Python has no word for, of the year 20000 or before Christ, is none."""

    def cast(value: str | None, cursor: Any) -> Any:
        try:
            return known(value, cursor)
        except (ValueError, OverflowError):
            return None

    return extensions.new_type(known.values, known.name, cast)


_DAYS = tuple(map(_unless_out_of_range, (extensions.PYDATE, extensions.PYDATETIME, extensions.PYDATETIMETZ)))


@contextmanager
def opened(address: str) -> Iterator[OldBase]:
    """The old base at a libpq address, in its schema `legacy`, or where there is none, `public`. Raises NoAddress, NoOldBase, OldBaseUnlike,
    OldBaseUnreadable."""
    with closing(_connected(address)) as connection:
        if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
            connection.set_client_encoding("UTF8")
        for each in _DAYS:
            extensions.register_type(each, connection)
        with connection.cursor() as cursor:
            cursor.execute("SELECT CASE WHEN to_regnamespace('legacy') IS NULL THEN 'public' ELSE 'legacy' END")
            schema = cursor.fetchone()[0]
            cursor.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
            cursor.execute("SET timezone = 'UTC'")
        connection.commit()
        base = OldBase(connection, schema)
        missing = [table for table in (*TABLES.values(), ORDERS) if not base.has(table)]
        if missing:
            raise NoOldBase(place=base.place, missing=", ".join(missing))
        try:
            yield base
        except psycopg2.ProgrammingError as error:
            raise OldBaseUnlike(reason=error.diag.message_primary or "it is not clear why") from error
        except psycopg2.IntegrityError as error:
            # What it says beside this would tell whose e-mail it is.
            raise OldBaseUnlike(reason=error.diag.message_primary) from error
        except psycopg2.errors.CharacterNotInRepertoire as error:
            raise OldBaseUnreadable(reason=str(error).strip().splitlines()[0]) from error


def _connected(address: str) -> Any:
    try:
        return psycopg2.connect(address, connect_timeout=5, application_name="tappass legacy")
    except psycopg2.ProgrammingError as error:
        # What it says would repeat the address, with the password in it.
        raise NoAddress from error


def _named(template: str, table: str, names: Sequence[str] | str, values: int = 0) -> sql.Composed:
    """SQL with names quoted."""
    listed = [names] if isinstance(names, str) else names
    columns = sql.SQL(", ").join(map(sql.Identifier, listed))
    return sql.SQL(template).format(sql.Identifier(table), columns, sql.SQL(", ").join([sql.Placeholder()] * values))


def _fitting(value: Any, codec: str) -> Any:
    """What the old base's encoding has no sign for becomes a question mark: a name must not stand in the way back."""
    if isinstance(value, str):
        return value.encode(codec, "replace").decode(codec)
    if isinstance(value, dict):
        return {name: _fitting(each, codec) for name, each in value.items()}
    return [_fitting(each, codec) for each in value] if isinstance(value, list) else value


def _adapted(value: Any) -> Any:
    """Objects and lists of them go into columns of JSON, lists of texts into arrays."""
    is_json = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))
    return Json(value) if is_json else value
