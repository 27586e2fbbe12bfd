"""Who did what: a row for each change of an audited model, written with the change itself.

Append-only by privilege. Personal fields are named but not shown; secrets do not appear at all. Acts that are
not a change of one row (a cancellation, an override) are recorded with `record`. What somebody typed by hand may name a
person, so it is kept beside what is never changed (`Remark`), where it can go with that person.
"""

from typing import Any, ClassVar

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Mapped, Session

from pos import ids
from pos.db import StoreRow, current_actor, db, index, unique

HIDDEN = "[hidden]"
_BOOKKEEPING = frozenset({"store_id", "created_at", "updated_at", "version"})


class AuditEntry(StoreRow):
    """One act: `subject` is table:id, `before` and `after` hold what changed."""

    __tablename__ = "audit_log"
    __table_args__ = (
        index("ix_audit_log_subject", "subject"),
        index("ix_audit_log_actor", "actor", "id"),
        index("ix_audit_log_action", "action", "id"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class Remark(StoreRow):
    """Words typed by hand beside a row that is never changed: `subject` names the row, `about` what it is about (orders:…). They
    are None when the person whom they were about was erased."""

    __tablename__ = "remarks"
    __table_args__ = (unique("subject"), index("ix_remarks_about", "about"))

    about: Mapped[str]
    subject: Mapped[str]
    words: Mapped[str | None]


def record(
    action: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Notes an act in the open transaction, e.g. record("order.cancel", "orders:…", after={…}, reason="spilt"). The reason stands
    beside it."""
    entry = AuditEntry(
        id=ids.uuid7(), actor=current_actor(), action=action, subject=subject, before=before, after=after
    )
    if reason is not None:
        entry.after = {"reason": HIDDEN, **(after or {})}
        remark(subject, f"audit_log:{entry.id}", reason)
    db.session.add(entry)


def remark(about: str, subject: str, words: str) -> Remark:
    """Keeps what was typed by hand beside the row that it belongs to."""
    kept = Remark(about=about, subject=subject, words=words)
    db.session.add(kept)
    return kept


def personal(**options: Any) -> dict[str, Any]:
    """Column info of what the log names but does not show."""
    return {"hidden": True, **options}


@event.listens_for(Session, "before_flush")
def _collect_changes(session: Session, _context: Any, _instances: Any) -> None:
    """Looks at the rows while both what they held and what they will hold is known."""
    if session.info.get("store_id") is None:
        return
    touched = [*session.new, *session.dirty, *session.deleted]
    acts = [_act(session, row) for row in touched if getattr(type(row), "audited", False)]
    session.info["acts"] = [act for act in acts if act]


@event.listens_for(Session, "after_flush")
def _write_changes(session: Session, _context: Any) -> None:
    """Writes them after the rows themselves: a new store's first act refers to the store."""
    acts = session.info.pop("acts", None)
    if acts:
        session.connection().execute(insert(AuditEntry), acts)


def _act(session: Session, row: Any) -> dict[str, Any] | None:
    verb = "create" if row in session.new else "delete" if row in session.deleted else "change"
    if verb == "create" and row.id is None:
        row.id = ids.uuid7()
    before, after = _difference(row)
    if verb == "change" and not after:
        return None
    table = type(row).__tablename__
    return {
        "store_id": session.info["store_id"],
        "id": ids.uuid7(),
        "actor": session.info["actor"],
        "action": f"{table}.{verb}",
        "subject": f"{table}:{row.id}",
        "before": before or None,
        "after": after or None,
    }


def _difference(row: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the row's columns held and will hold, for those that change."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(row)
    for column in state.mapper.columns:
        history = state.attrs[column.key].history
        if column.key in _BOOKKEEPING or not history.has_changes():
            continue
        hidden = column.info.get("hidden")
        if history.deleted and history.deleted[0] is not None:
            before[column.key] = HIDDEN if hidden else _shown(history.deleted[0])
        after[column.key] = HIDDEN if hidden else _shown(history.added[0] if history.added else None)
    return before, after


def _shown(value: Any) -> Any:
    return value if isinstance(value, int | bool | dict | list | None) else str(value)
