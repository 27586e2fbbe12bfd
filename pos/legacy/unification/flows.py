"""The move and the way back, step by step: what breaks off is begun again, and does the rest.

Two databases take part, so there are two commits, the books' first. Whatever breaks before it leaves no trace in either; what breaks
between them leaves a move that is `carrying`, and all that its next start has left to do is the old base's part.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app

from pos import clock, connections, crash, ids
from pos.care.rows import open_books
from pos.config import Settings
from pos.db import db, rows_of, transaction
from pos.http.commands import CommandRefused
from pos.legacy.flows import Course
from pos.legacy.models import TABLES, Unification
from pos.legacy.unification import balance, going_back, old_base, reading, upkeep
from pos.legacy.unification.balance import Line
from pos.legacy.unification.carrying import Carrier, Progress
from pos.legacy.unification.going_back import Returner, WentBack
from pos.legacy.unification.matching import Matches, match
from pos.legacy.unification.old_base import CARRIED_BACK, OldBase
from pos.statements import Statement

KEPT = timedelta(days=30)
_ALONE = Statement("SELECT pg_advisory_xact_lock(hashtextextended('unification:' || :store ::text, 0))")
# A move of hundreds of thousands takes longer than a request may, on a busy machine also between two statements.
_PATIENTLY = Statement("SET LOCAL statement_timeout = '2min'; SET LOCAL idle_in_transaction_session_timeout = 0")
# The row by which each person is known from now on, for each of their old customer rows.
_MAIN_OF = Statement(f"""
    SELECT s.number, main.number FROM source_ids s
      JOIN source_ids main ON main.store_id = s.store_id AND main.source = s.source AND main.customer_id = s.customer_id
                          AND main.kind = 'customer' AND main.is_main
     WHERE s.store_id = :store AND s.source = '{TABLES}' AND s.kind = 'customer' AND s.number IS NOT NULL
       AND s.unification_id = :run
""")


class AlreadyUnified(CommandRefused):
    advice = (
        "These tables were made one on {day}. `flask --app wsgi legacy verify` proves it; `rollback` takes it back."
    )


class NotUnified(CommandRefused):
    advice = "There is no move of this store {what}."


class OfAnotherStore(CommandRefused):
    advice = "The backups in {place} are of another store's move. Finish that one first."


class OtherBase(CommandRefused):
    advice = (
        "The last move of this store was of {place}; this is {this}. Old ids are only true of the base that they come from, so name "
        "that one with --source."
    )


class BackupsMissing(CommandRefused):
    advice = "In {place} are no backups of this store's move, so nothing can be proven or put back from them. Is it the right base (--source)?"


class ChangedSince(CommandRefused):
    advice = "A move broke off after its people were carried, and {tables} changed since: they would be lost. Run `rollback`, then `unify`."


class NotProven(CommandRefused):
    advice = "The balance sheet has differences that no rule explains: `flask --app wsgi legacy verify` shows them."


class TooEarly(CommandRefused):
    advice = "The backups are kept for 30 days, until {day}, so that the move can be taken back. --now drops them all the same."


@dataclass(frozen=True)
class Done:
    """What a move did: its figures, and how many orders were given to another old row of the same person."""

    figures: dict[str, Any]
    repointed: int
    was_resumed: bool


@contextmanager
def old_base_of(source: str | None) -> Iterator[OldBase]:
    """The old base: in the database that is named here or in the settings, else beside TapPass' own tables. Raises NoOldBase."""
    named = source or _settings().legacy_database_url
    with old_base.opened(named or connections.address(_settings(), connections.OWNER)) as base:
        yield base


def _settings() -> Settings:
    return current_app.config["SETTINGS"]  # type: ignore[no-any-return]


def matched(base: OldBase, course: Course) -> Matches:
    """The people of the old base."""
    return match(reading.nodes(base, course.country))


def unify(base: OldBase, course: Course, progress: Progress) -> Done:
    """Makes the old tables one, in one transaction of the books and one of the old base. May be repeated after it broke off."""
    base.lock()
    last, about = latest(course.store_id), base.about()
    _require_free(base, course, last)
    crash.at("unify.locked")
    if last and last.state == "carrying":
        if about and about.unification_id == str(last.id):
            # Only the last word was missing: the old base has done its part.
            set_state(course.store_id, last.id, "unified")
            return Done(last.figures, 0, was_resumed=True)
        _require_unchanged(base, last)
        return _finish_old_base(base, course, last.id, last.figures, was_resumed=True)
    reading.require_clear_orders(base)
    run, digests, matches = ids.uuid7(), base.digests(), matched(base, course)
    upkeep.clear_away(_settings())
    crash.at("unify.matched")
    with transaction(course.store_id, actor="legacy"):
        _PATIENTLY.run()
        _ALONE.run()
        _require_last(last)
        open_books()
        row = Unification(id=run, place=base.place, state="carrying")
        db.session.add(row)
        db.session.flush()
        carried = Carrier(base, course, run, clock.now()).carry(matches, progress)
        row.figures = carried.figures() | {"digests": digests, "nobody": len(matches.nobody)}
        crash.at("unify.carrying")
    crash.at("unify.carried")
    return _finish_old_base(base, course, run, row.figures, was_resumed=False)


def rollback(base: OldBase, course: Course) -> WentBack:
    """Puts the old tables back and carries there what came since: one transaction of the old base, then one of the books. May be
    repeated after it broke off. Raises NotUnified."""
    base.lock()
    move, about = latest(course.store_id), base.about()
    if move is None or move.state not in ("carrying", "unified"):
        raise NotUnified(what="to take back")
    _require_same_base(base, move)
    if about is None or about.unification_id != str(move.id):
        if move.state == "unified" or about is not None:
            raise BackupsMissing(place=base.place)
        # It broke off before the old base had its part; the way back is the same from here, with nothing to put back.
        base.back_up(course.store_id, move.id)
    went_back = _restore(base, course, move)
    with transaction(course.store_id, actor="legacy") as session:
        _PATIENTLY.run()
        _ALONE.run()
        went_back.points = going_back.book(base, move, clock.now())
        row = session.merge(move)
        row.state, row.rolled_back_at = "rolled_back", clock.now()
        row.figures = row.figures | {"rolled_back": went_back.figures()}
        crash.at("rollback.booked")
    return went_back


def _restore(base: OldBase, course: Course, move: Unification) -> WentBack:
    returner = Returner(base, course)
    # Where that was committed before the last run broke off, the older system may have gone on since: it is not put back twice.
    if not base.has(CARRIED_BACK):
        returner.went_back.restored = base.restore()
    crash.at("rollback.restored")
    with transaction(course.store_id):
        since = going_back.since(move)
    returner.carry_back(since)
    base.restore_trigger()
    crash.at("rollback.carried_back")
    base.commit()
    crash.at("rollback.committed")
    return returner.went_back


def verify(base: OldBase, course: Course) -> list[Line]:
    """The balance sheet of the last move. Raises NotUnified, OtherBase, BackupsMissing."""
    move = _with_backups(base, course, "to prove")
    with transaction(course.store_id):
        _PATIENTLY.run()
        return list(balance.sheet(base, course, move.id))


def finish(base: OldBase, course: Course, *, is_now: bool) -> None:
    """Drops the backups, after which nothing can be taken back. Raises NotUnified, OtherBase, BackupsMissing, NotProven, TooEarly."""
    move = latest(course.store_id)
    about = base.about()
    if move and move.state == "rolled_back" and about and about.unification_id == str(move.id):
        base.drop_backups()
        base.commit()
        return
    move = _with_backups(base, course, "to finish")
    due = (move.unified_at or move.created_at) + KEPT
    if not is_now and clock.now() < due:
        raise TooEarly(day=f"{due:%Y-%m-%d}")
    if not all(line.is_clean for line in verify(base, course)):
        raise NotProven
    base.drop_backups()
    base.commit()
    set_state(course.store_id, move.id, "finished")


def _with_backups(base: OldBase, course: Course, what: str) -> Unification:
    """Raises NotUnified, OtherBase, BackupsMissing."""
    move, about = latest(course.store_id), base.about()
    if move is None or move.state != "unified":
        raise NotUnified(what=what)
    _require_same_base(base, move)
    if about is None or about.unification_id != str(move.id):
        raise BackupsMissing(place=base.place)
    return move


def latest(store_id: UUID) -> Unification | None:
    """The store's last move."""
    with transaction(store_id):
        return db.session.scalar(rows_of(Unification).order_by(Unification.id.desc()).limit(1))


def set_state(store_id: UUID, run: UUID, state: str) -> None:
    with transaction(store_id, actor="legacy"):
        row = db.session.scalars(rows_of(Unification).where(Unification.id == run)).one()
        row.state = state
        setattr(row, f"{state}_at", clock.now())


def _finish_old_base(base: OldBase, course: Course, run: UUID, figures: dict[str, Any], *, was_resumed: bool) -> Done:
    """Backups, orders repointed, the trigger dropped: one transaction, the lock with it."""
    upkeep.look(_settings())
    base.back_up(course.store_id, run)
    crash.at("unify.backed_up")
    with transaction(course.store_id):
        main_of = dict(_MAIN_OF.rows(run=run))
    repointed = base.repoint(main_of)
    base.drop_trigger()
    crash.at("unify.repointed")
    base.commit()
    crash.at("unify.committed")
    set_state(course.store_id, run, "unified")
    return Done(figures, repointed, was_resumed)


def _require_free(base: OldBase, course: Course, last: Unification | None) -> None:
    """Raises AlreadyUnified, OfAnotherStore."""
    about = base.about()
    if about and about.store_id != str(course.store_id):
        raise OfAnotherStore(place=base.place)
    if last and last.state in ("unified", "finished"):
        raise AlreadyUnified(day=f"{last.unified_at:%Y-%m-%d}")
    if last:
        _require_same_base(base, last)


def _require_same_base(base: OldBase, move: Unification) -> None:
    """Raises OtherBase."""
    if base.place != move.place:
        raise OtherBase(place=move.place, this=base.place)


def _require_last(seen: Unification | None) -> None:
    """Raises AlreadyUnified, if somebody else has begun a move of this store in the meantime."""
    now = db.session.scalar(rows_of(Unification).order_by(Unification.id.desc()).limit(1))
    if now and (seen is None or now.id != seen.id):
        raise AlreadyUnified(day=f"{now.created_at:%Y-%m-%d}")


def _require_unchanged(base: OldBase, last: Unification) -> None:
    """Raises ChangedSince."""
    now, before = base.digests(), last.figures["digests"]
    changed = [table for table, digest in now.items() if digest != before[table]]
    if changed:
        raise ChangedSince(tables=", ".join(changed))
