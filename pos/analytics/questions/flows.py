"""A question from the text to the answer: judged, given a slot, asked as that slot's login, and nothing of it kept open."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg
import structlog
from flask import current_app

from pos import connections
from pos.analytics.questions import grammar, sitting, slots
from pos.analytics.questions.answers import Answer, Column, read
from pos.analytics.questions.logins import SECONDS
from pos.analytics.questions.refusals import AnalystBusy, AnalystNotSetUp, QueryFailed, QueryTooSlow
from pos.analytics.questions.views import VIEWS
from pos.db import is_in_transaction
from pos.errors import Unavailable

__all__ = ["MOST_ROWS", "Answer", "Column", "ask", "schema_digest"]

MOST_ROWS = 10_000
log = structlog.get_logger()
# Classes of SQLSTATE whose message is about the question itself: data, names and types, and what it is not good for.
_ABOUT_THE_QUESTION = ("22", "42", "0A", "21", "54")
_NO_ROOM = ("53",)
_LOGIN_FAILED = ("28", "3D")


@dataclass(frozen=True)
class Asked:
    """An answer with what it took."""

    answer: Answer
    milliseconds: int
    views: frozenset[str]


def ask(store_id: UUID, sql: str, *, limit: int = 1_000) -> Answer:
    """The answer to a question about one store's books, with at most so many rows. Not within a transaction: it is asked by another
    login. Raises QueryRefused, QueryFailed, QueryTooSlow, AnalystBusy, AnalystNotSetUp."""
    return measured(store_id, sql, limit=limit).answer


def measured(store_id: UUID, sql: str, *, limit: int) -> Asked:
    """As `ask`, with the time that PostgreSQL needed."""
    if is_in_transaction():
        raise RuntimeError("a question is asked outside of transactions: it waits for another login's connection")
    judged = grammar.judge(sql, min(limit, MOST_ROWS))
    with seated(store_id) as connection:
        began = time.monotonic()
        raw = _answered(connection, judged.sql, min(limit, MOST_ROWS))
        took = round((time.monotonic() - began) * 1000)
    log.info("question_answered", views=sorted(judged.views), rows=len(raw.rows), ms=took)
    return Asked(read(raw), took, judged.views)


def schema_digest(sql: str) -> str:
    """A text that changes when the views that a question reads change their columns. Raises QueryRefused."""
    views = grammar.judge(sql, MOST_ROWS).views
    shapes = [f"{view.name}: {view.sql}" for view in VIEWS if view.name in views]
    return hashlib.sha256("\n".join(shapes).encode()).hexdigest()[:32]


@contextmanager
def seated(store_id: UUID) -> Iterator["psycopg.Connection[object]"]:
    """A connection that sees this store's views and nothing else, for as long as the lease lasts.

    What was read counts only if the lease still held at the end: after it, the views are empty. Raises AnalystBusy, AnalystNotSetUp,
    QueryTooSlow.
    """
    address = connections.analyst_address(current_app.config["SETTINGS"])
    if address is None:
        raise AnalystNotSetUp(reason="There is no login for them yet.")
    slot, opened = _sit_down(address, store_id)
    try:
        with opened as connection:
            if not slots.bind(slot, connection.info.backend_pid):
                raise QueryTooSlow(seconds=SECONDS)
            yield connection
    finally:
        held = slots.give_back(slot)
    if not held:
        raise QueryTooSlow(seconds=SECONDS)


def _sit_down(address: str, store_id: UUID) -> tuple[slots.Slot, "sitting.Opened"]:
    """A slot and its connection. A slot in which somebody was left behind is cleared and passed over."""
    passed: list[str] = []
    while slot := slots.take(store_id, passed):
        try:
            return slot, sitting.Opened.of(address, slot.role, slot.zone)
        except sitting.Taken:
            slots.end_whoever_is_in(slot)
            slots.give_back(slot, rest_seconds=1)
            passed.append(slot.role)
        except sitting.Unsafe as error:
            slots.give_back(slot)
            log.error("analyst_unsafe", role=slot.role)
            raise AnalystNotSetUp(reason="Their login may do more than ask, so it is not used.") from error
        except psycopg.OperationalError as error:
            slots.give_back(slot)
            raise _unreachable(error) from error
        except BaseException:
            slots.give_back(slot)
            raise
    if not slots.count():
        raise AnalystNotSetUp(reason="There are no places for them yet.")
    raise AnalystBusy(count=slots.MOST_OF_A_STORE)


def _unreachable(error: psycopg.OperationalError) -> Exception:
    """libpq names no SQLSTATE when it is turned away, so the words have to do."""
    said = str(error)
    is_turned_away = "authentication failed" in said or "does not exist" in said or "not permitted to log in" in said
    if is_turned_away or (error.sqlstate or "").startswith(_LOGIN_FAILED):
        return AnalystNotSetUp(reason="Their login is not let in.")
    return Unavailable()


def _answered(connection: "psycopg.Connection[object]", sql: str, limit: int) -> sitting.Raw:
    try:
        return sitting.run(connection, sql, most_rows=limit)
    except sitting.Overdue as error:
        raise QueryTooSlow(seconds=SECONDS) from error
    except psycopg.OperationalError as error:
        raise Unavailable from error
    except sitting.Failed as error:
        if error.state.startswith(_NO_ROOM):
            raise QueryFailed(reason="It needs more room than a question has. Ask for less at once.") from error
        if not error.state.startswith(_ABOUT_THE_QUESTION):
            log.error("question_failed", sqlstate=error.state)
            raise QueryFailed(reason="PostgreSQL could not work it out.") from error
        raise QueryFailed(reason=f"PostgreSQL says: {error.message[:200]}.") from error
