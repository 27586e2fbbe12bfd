"""Tells of a statement whether it names the store for each store table that it touches: the first wall, read from
the SQL itself. Simple on purpose: what it cannot follow it calls unnamed, so the fault is in the open."""

import re
from collections import Counter
from collections.abc import Collection, Iterator

_NOISE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|\"", re.DOTALL)
_KEYWORDS = (
    "as|on|set|where|join|left|right|inner|full|cross|natural|group|order|values|select|using|limit|for|returning|"
    "default|union|having|lateral|and|offset"
)
_NOT_ALIASES = frozenset(_KEYWORDS.split("|"))
_ALIASED = r"(?:only\s+)?(?P<table>\w+)(?:\s+(?:as\s+)?(?P<alias>\w+))?"
_ENTRANCE = re.compile(rf"\b(?P<verb>join|update|into)\s+{_ALIASED}\s*(?P<columns>\([^()]*\))?")
_FROM = re.compile(
    r"\b(?:from|using)\s+(?P<list>[^()]*?)(?=\(|\)|;|$|\b(?:where|using|group|order|limit|returning|for|set|union|having|on|join|left|right|inner|full|cross|natural)\b)"
)
_SIDE = r"(?:cast\()?\s*([\w.]+|%\(\w+\)s|%s)(?:\s+as\s+uuid\))?(?:::\w+)?"
_EQUAL = re.compile(rf"\b(?:where|and|on)\s*\(*\s*{_SIDE}\s*=\s*{_SIDE}(?!\s+or\b)")


def unnamed(statement: str, tables: Collection[str]) -> list[str]:
    """The store tables that this statement touches without saying of which store, by the names it calls them."""
    sql = " ".join(_NOISE.sub("", statement).lower().split())
    if not sql.startswith(("select", "insert", "update", "delete", "with")):
        return []
    used = Counter(name for name, _ in _references(sql, tables))
    held = _held(sql)
    missing = [
        name for name, count in used.items() if held[name] < count and not _by_bare_name(name, used, held, tables)
    ]
    return [*missing, *_inserted(sql, tables)]


def touched(statement: str, tables: Collection[str]) -> set[str]:
    """The store tables that a statement reads or writes."""
    sql = " ".join(_NOISE.sub("", statement).lower().split())
    inserted = {match["table"] for match in _ENTRANCE.finditer(sql) if match["verb"] == "into"}
    return {table for _, table in _references(sql, tables)} | (inserted & set(tables))


def _references(sql: str, tables: Collection[str]) -> Iterator[tuple[str, str]]:
    """(name, table) of each store table after FROM, USING, JOIN or UPDATE; the name is its alias if it has one."""
    entries = [match["list"].split(",") for match in _FROM.finditer(sql)]
    sources = [re.match(_ALIASED, entry.strip()) for entries_of_one in entries for entry in entries_of_one]
    sources += [match for match in _ENTRANCE.finditer(sql) if match["verb"] != "into"]
    for match in sources:
        if match and match["table"] in tables:
            alias = match["alias"]
            yield (alias if alias and alias not in _NOT_ALIASES else match["table"]), match["table"]


def _inserted(sql: str, tables: Collection[str]) -> Iterator[str]:
    """The store tables into which is inserted without naming the store among the columns."""
    for match in _ENTRANCE.finditer(sql):
        if match["verb"] == "into" and match["table"] in tables:
            columns = re.split(r"[\s,()]+", match["columns"] or "")
            if "store_id" not in columns:
                yield match["table"]


def _held(sql: str) -> Counter[str]:
    """How often each name's store_id is held to a parameter, or to another one that is. A bare store_id counts as ""."""
    pairs = [(_name(left), _name(right)) for left, right in _EQUAL.findall(sql)]
    pairs = [pair for pair in pairs if pair != (None, None)]
    anchored = {"%"}
    for _ in pairs:
        anchored |= {name for pair in pairs for name in pair if name is not None and anchored & set(pair)}
    return Counter(name for pair in pairs if anchored & set(pair) for name in pair if name is not None)


def _name(side: str) -> str | None:
    """Whose store_id one side of an equality is; "%" for a parameter, None for anything else."""
    if side.startswith("%"):
        return "%"
    owner, dot, column = side.rpartition(".")
    return (owner if dot else "") if column == "store_id" else None


def _by_bare_name(name: str, used: Counter[str], held: Counter[str], tables: Collection[str]) -> bool:
    """A table without alias may be held by a bare store_id; there must be one for each such table."""
    bare = sum(count - held[other] for other, count in used.items() if other in tables)
    return name in tables and held[""] >= bare
