"""The log of who did what, as a table."""

from collections.abc import Sequence
from datetime import timedelta

from pos import ids
from pos.web.office.actors import OTHERS
from pos.web.office.tables import Column, Filter, Table, day_begins
from pos.web.office.writing import Writing

_ID = "substring(a.subject from '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$')::uuid"
_KNOWN = " ".join(f"WHEN '{actor}' THEN '{name.replace(chr(39), chr(39) * 2)}'" for actor, name in OTHERS.items())
_WHO = f"coalesce(w.name, r.name, CASE a.actor {_KNOWN} ELSE a.actor END)"
_ABOUT = f"""CASE split_part(a.subject, ':', 1)
    WHEN 'orders' THEN 'Order ' || (SELECT o.reference FROM orders o WHERE o.store_id = a.store_id AND o.id = {_ID})
    WHEN 'customers' THEN (SELECT coalesce(c.name, 'a customer') FROM customers c WHERE c.store_id = a.store_id AND c.id = {_ID})
    WHEN 'products' THEN (SELECT p.name FROM products p WHERE p.store_id = a.store_id AND p.id = {_ID})
    WHEN 'registers' THEN (SELECT g.name FROM registers g WHERE g.store_id = a.store_id AND g.id = {_ID})
    WHEN 'memberships' THEN (SELECT m.name FROM memberships m WHERE m.store_id = a.store_id AND m.id = {_ID})
    END"""
_CHANGED = """(SELECT string_agg(replace(k.name, '_', ' ') || ': ' || CASE
      WHEN a.before ? k.name THEN coalesce(a.before ->> k.name, '–') || ' → ' ELSE '' END || CASE WHEN k.name = 'reason' AND a.after ->> 'reason' = '[hidden]'
          THEN coalesce((SELECT m.words FROM remarks m WHERE m.store_id = a.store_id AND m.subject = 'audit_log:' || a.id), '[forgotten]')
          ELSE coalesce(a.after ->> k.name, '–') END,
      E'\\n' ORDER BY k.name) FROM jsonb_object_keys(coalesce(a.before, '{}') || coalesce(a.after, '{}')) k (name)
     WHERE k.name <> 'id')"""


def _from(typed: str, writing: Writing) -> str:
    return str(ids.first_uuid7_of(day_begins(typed, writing)))


def _until(typed: str, writing: Writing) -> str:
    """The first key of the day after; rows are made in the order of their keys, which have an index."""
    return str(ids.first_uuid7_of(day_begins(typed, writing) + timedelta(days=1)))


def table(people: Sequence[tuple[str, str]], actions: Sequence[str]) -> Table:
    """The log with those to choose from who are in it."""
    others = [
        (actor, name if list(OTHERS.values()).count(name) == 1 else f"{name} ({actor})")
        for actor, name in OTHERS.items()
    ]
    acts = [(action, words_of(action)) for action in actions]
    return Table(
        name="log",
        columns=(
            Column("id", "", "a.id"),
            Column("subject", "", "a.subject"),
            Column("at", "When", "a.created_at", "moment"),
            Column("who", "Who", _WHO),
            Column("act", "What", "replace(replace(a.action, '.', ': '), '_', ' ')"),
            Column(
                "about",
                "About",
                f"coalesce({_ABOUT}, replace(split_part(a.subject, ':', 1), '_', ' '))",
                link=("office.health.log", {"subject": "subject"}),
            ),
            Column("changed", "What it was and is", _CHANGED, "lines"),
        ),
        source="""FROM audit_log a
            LEFT JOIN memberships w ON w.store_id = a.store_id AND w.user_id = substring(a.actor from '^user:(.{36})$')::uuid
            LEFT JOIN registers r ON r.store_id = a.store_id AND r.id = substring(a.actor from '^register:(.{36})$')::uuid
           WHERE a.store_id = :store""",
        key="a.id",
        order="-id",
        filters=(
            Filter("person", "Who", "a.actor = :person", [*people, *others]),
            Filter("action", "What", "a.action = :action", acts),
            Filter("subject", "About (like orders:…)", "a.subject = :subject"),
            Filter("since", "From", "a.id >= :since ::uuid", kind="date", read=_from),
            Filter("until", "To", "a.id < :until ::uuid", kind="date", read=_until),
        ),
    )


def words_of(action: str) -> str:
    """An act as people read it: customers.change → customers: change."""
    return action.replace(".", ": ").replace("_", " ")
