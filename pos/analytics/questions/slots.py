"""Slots: how many questions are answered at once, and which store each is answered for.

A slot is taken by a row that is committed before its login connects. It counts only for the process that connected and until it runs
out: whoever was left behind with an old connection sees nothing of the next one's store.
"""

from dataclasses import dataclass
from uuid import UUID

from pos.analytics.questions import models as _models  # noqa: F401 - declares its table
from pos.analytics.questions.logins import SLOTS
from pos.db import transaction
from pos.statements import Statement

# Longer than a question may take with all that stands around it; a slot whose holder died is free after that.
LEASE_SECONDS = 12
# Of all slots one store has a half at most, so that slow questions of one do not keep the others from asking.
MOST_OF_A_STORE = SLOTS // 2
_TAKE = Statement("""
    UPDATE analyst_leases SET store_id = :store, backend_pid = NULL, fence = fence + 1, leased_until = now() + :seconds * interval '1 second'
     WHERE role_name = (SELECT role_name FROM analyst_leases WHERE leased_until <= now() AND role_name <> ALL(:but)
                           AND (SELECT count(*) FROM analyst_leases l WHERE l.store_id = :store AND l.leased_until > now()) < :most
                         ORDER BY leased_until, role_name LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING role_name, fence, (SELECT t.timezone FROM stores t WHERE t.id = :store)
""")
_BIND = Statement("""
    UPDATE analyst_leases SET backend_pid = :pid
     WHERE role_name = :role AND fence = :fence AND store_id = :store AND leased_until > now() RETURNING true
""")
_GIVE_BACK = Statement("""
    UPDATE analyst_leases SET store_id = NULL, backend_pid = NULL, leased_until = now() + :rest_seconds * interval '1 second'
     WHERE role_name = :role AND fence = :fence AND store_id = :store RETURNING (SELECT l.leased_until > now() FROM analyst_leases l
       WHERE l.role_name = :role AND l.fence = :fence)
""")
_COUNT = Statement("SELECT count(*) FROM analyst_leases")
# Of a slot that somebody left behind, so that it does not stay taken. Only what the slots' logins do can be ended by this.
_END = Statement("SELECT count(pg_terminate_backend(a.pid)) FROM pg_stat_activity a WHERE a.usename = :role")


@dataclass(frozen=True)
class Slot:
    """A slot that was taken for a store, with its clock; `fence` tells it from later leases of the same one."""

    role: str
    store_id: UUID
    fence: int
    zone: str


def take(store_id: UUID, but: list[str]) -> Slot | None:
    """A free slot other than these, leased to the store; None if there is none, or the store has its half. The one that has rested longest: PostgreSQL takes a moment
    to let go of the connection of the last one."""
    with transaction(store_id):
        row = _TAKE.first(seconds=LEASE_SECONDS, but=but, most=MOST_OF_A_STORE)
    return Slot(row[0], store_id, row[1], row[2]) if row else None


def bind(slot: Slot, backend_pid: int) -> bool:
    """From now on the process sees the store's rows. False if the lease ran out before."""
    with transaction(slot.store_id):
        return _BIND.first(pid=backend_pid, role=slot.role, fence=slot.fence) is not None


def give_back(slot: Slot, *, rest_seconds: int = 0) -> bool:
    """Ends the lease; whether it was still good, so that all that was read in it is the store's. Nobody takes the slot while it rests."""
    with transaction(slot.store_id):
        row = _GIVE_BACK.first(rest_seconds=rest_seconds, role=slot.role, fence=slot.fence)
    return bool(row and row[0])


def end_whoever_is_in(slot: Slot) -> None:
    """Ends connections that were left behind in a slot; PostgreSQL lets one in at a time."""
    with transaction(slot.store_id):
        _END.run(role=slot.role)


def count() -> int:
    """How many slots there are; none before `flask analytics grant`."""
    with transaction(None):
        return int(_COUNT.rows()[0][0])
