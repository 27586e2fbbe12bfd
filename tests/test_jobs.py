"""Work for later: enqueued with the commit, done by the worker's process, and taken up again when that is killed."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from procrastinate.exceptions import TaskNotFound
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pos import postgres
from pos.db import db, transaction
from pos.jobs import STALLED_AFTER_SECONDS, enqueue, queue, take_up_stalled_jobs
from tests.running import END_SECONDS, environment, process, rows, superuser_of, until, value

pytestmark = pytest.mark.slow

JOB = "audit.one_store"
# Each unless the worker has it by itself: every five minutes it does.
ALONE_IN_HAND = """
    INSERT INTO procrastinate_jobs (id, queue_name, task_name, lock, queueing_lock, status, worker_id, args)
    SELECT -1, queue_name, 'checkout.reconcile', 'checkout.reconcile', 'checkout.reconcile', 'doing', worker_id, '{"timestamp": 0}'
      FROM procrastinate_jobs WHERE task_name = %s
    ON CONFLICT DO NOTHING RETURNING id
"""
ALONE_WAITING = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, scheduled_at, args)
    VALUES ('default', 'checkout.reconcile', 'checkout.reconcile', 'checkout.reconcile', now() + interval '1 hour', '{"timestamp": 0}')
    ON CONFLICT DO NOTHING RETURNING id
"""
# A start of Python with all of the product, on a machine that is busy with other tests.
WORK_SECONDS = 40
# Stalled jobs are looked for every 15 seconds.
TAKEN_UP_SECONDS = WORK_SECONDS + 15


@dataclass(frozen=True)
class Works:
    """Where the work is done: the database of `committed`, and the processes on it."""

    server: postgres.Server
    database: str
    folder: Path

    def worker(self) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        """A worker as the Procfile starts it, which nobody asks for texts: to read what came in it would write to the store's row, too."""
        alone = environment(self.server, self.database, self.folder, TWILIO_ACCOUNT_SID="none")
        return process("worker", self.folder, alone)

    @contextmanager
    def held(self, store: UUID) -> Iterator[None]:
        """Holds the store's row, so that an audit hangs in its transaction, where it writes what it found."""
        with superuser_of(self.server, self.database) as holder:
            rows(holder, "BEGIN")
            rows(holder, "SELECT 1 FROM stores WHERE id = %s FOR UPDATE", str(store))
            yield
            rows(holder, "ROLLBACK")


@pytest.fixture
def works(server: postgres.Server, database: str, tmp_path: Path) -> Works:
    return Works(server, database, tmp_path)


@pytest.fixture
def store(shops: list[dict[str, Any]]) -> UUID:
    return UUID(shops[0]["store_id"])


def enqueue_audit(app: Flask, store: UUID) -> None:
    with app.app_context(), transaction(store):
        enqueue(JOB, store_id=store)


def jobs(superuser: Any) -> list[tuple[str, dict[str, str]]]:
    """State and arguments of the audits that wait, are in hand or have failed; what is done is deleted."""
    asked = "SELECT status::text, args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id"
    return rows(superuser, asked, JOB)  # type: ignore[return-value]


def states(superuser: Any) -> list[str]:
    return [state for state, _ in jobs(superuser)]


def is_audited(superuser: Any, store: UUID) -> bool:
    return bool(value(superuser, "SELECT audited_at IS NOT NULL FROM stores WHERE id = %s", str(store)))


def is_hanging(superuser: Any) -> bool:
    """Whether the job is in hand and waits; what the clock brings meanwhile may wait beside it."""
    waiting = """SELECT count(*) FROM pg_stat_activity
                  WHERE datname = current_database() AND usename = 'tappass_worker' AND wait_event_type = 'Lock'"""
    mine = rows(superuser, "SELECT status::text FROM procrastinate_jobs WHERE task_name = %s", JOB)
    return mine == [("doing",)] and value(superuser, waiting) >= 1


def test_enqueue_leaves_a_job_with_the_commit(committed: Flask, superuser: Any, store: UUID) -> None:
    # Given a transaction that has enqueued a job and is not committed
    with committed.app_context(), transaction(store):
        enqueue(JOB, store_id=store)
        assert jobs(superuser) == []

    # When it is, then there is the job
    assert jobs(superuser) == [("todo", {"store_id": str(store)})]


def test_enqueue_leaves_none_with_a_rollback(committed: Flask, superuser: Any, store: UUID) -> None:
    # When the transaction that enqueued a job fails
    def fail_after_enqueuing() -> None:
        with committed.app_context(), transaction(store):
            enqueue(JOB, store_id=store)
            raise LookupError

    with pytest.raises(LookupError):
        fail_after_enqueuing()

    # Then there is none
    assert jobs(superuser) == []


def test_enqueue_refuses_a_name_that_no_handler_has(committed: Flask, superuser: Any, store: UUID) -> None:
    with committed.app_context(), pytest.raises(TaskNotFound), transaction(store):
        enqueue("audit.one_stor", store_id=store)

    assert value(superuser, "SELECT count(*) FROM procrastinate_jobs") == 0


def test_enqueue_in_seconds_leaves_a_job_for_later(committed: Flask, superuser: Any, store: UUID) -> None:
    with committed.app_context(), transaction(store):
        enqueue(JOB, in_seconds=60, store_id=store)

    waits = "SELECT extract(epoch FROM scheduled_at - now()) FROM procrastinate_jobs WHERE task_name = %s"
    assert 50 < float(value(superuser, waits, JOB)) <= 60
    assert jobs(superuser) == [("todo", {"store_id": str(store)})]


def test_work_does_what_is_there_and_what_comes(
    committed: Flask, superuser: Any, shops: list[dict[str, Any]], works: Works
) -> None:
    first, second = (UUID(shop["store_id"]) for shop in shops)

    # Given a job from before the worker's start
    enqueue_audit(committed, first)
    assert not is_audited(superuser, first)
    with works.worker() as running:
        # When it starts, then it does that job
        until(partial(is_audited, superuser, first), WORK_SECONDS, what="the audit")
        until(lambda: jobs(superuser) == [], what="the end of the job")
        assert not is_audited(superuser, second)

        # And also one that is enqueued while it runs
        enqueue_audit(committed, second)
        until(partial(is_audited, superuser, second), what="the second audit")

        # And it ends when it is told to
        running.send_signal(signal.SIGTERM)
        assert running.wait(END_SECONDS) == 0
    until(lambda: jobs(superuser) == [], what="the end of the second job")


def test_worker_lives_through_a_database_that_cannot_write(
    committed: Flask, superuser: Any, store: UUID, works: Works
) -> None:
    # Given a job that cannot even be taken, as with a full disk
    rows(superuser, "REVOKE UPDATE ON procrastinate_jobs FROM tappass_worker")
    enqueue_audit(committed, store)
    with works.worker() as running:
        until(
            lambda: "worker_lost_database" in (works.folder / "worker.log").read_text(),
            WORK_SECONDS,
            what="the failure",
        )

        # When it can again, then the same worker does it
        rows(superuser, "GRANT UPDATE ON procrastinate_jobs TO tappass_worker")
        until(partial(is_audited, superuser, store), WORK_SECONDS, what="the audit")
        assert running.poll() is None


def test_handler_enqueues_while_the_worker_works(
    committed: Flask, superuser: Any, shops: list[dict[str, Any]], works: Works
) -> None:
    # Given a job that enqueues one for each store
    with committed.app_context(), transaction(None):
        enqueue("audit.every_store", timestamp=0)

    # When the worker does it, then it does those as well
    with works.worker():
        for shop in shops:
            until(partial(is_audited, superuser, UUID(shop["store_id"])), WORK_SECONDS, what="the audit")
        until(lambda: jobs(superuser) == [], what="the end of the jobs")


def test_end_of_the_worker_waits_for_the_job_in_hand(
    committed: Flask, superuser: Any, store: UUID, works: Works
) -> None:
    enqueue_audit(committed, store)
    with works.worker() as running:
        # Given a job that hangs
        with works.held(store):
            until(partial(is_hanging, superuser), WORK_SECONDS, what="a job in hand")

            # When the worker is told to end
            running.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(1)

        # Then it ends after that job
        assert running.wait(END_SECONDS) == 0
    assert is_audited(superuser, store)
    assert jobs(superuser) == []


def test_work_takes_up_the_job_of_a_killed_worker(committed: Flask, superuser: Any, store: UUID, works: Works) -> None:
    enqueue_audit(committed, store)

    # Given a worker that was killed in the middle of a job
    with works.held(store), works.worker() as killed:
        until(partial(is_hanging, superuser), WORK_SECONDS, what="a job in hand")
        killed.kill()
        killed.wait(END_SECONDS)
    assert states(superuser) == ["doing"]
    assert not is_audited(superuser, store)

    # When its last sign of life is old, which to wait for would take too long here, and another worker runs
    old = "UPDATE procrastinate_workers SET last_heartbeat = now() - %s * interval '1 second' RETURNING id"
    assert len(rows(superuser, old, STALLED_AFTER_SECONDS + 1)) == 1
    # And it had begun a job that is to be alone, of which another one waits: that must not hold up the rest
    rows(superuser, ALONE_IN_HAND, JOB)
    rows(superuser, ALONE_WAITING)
    with works.worker():
        until(partial(is_audited, superuser, store), TAKEN_UP_SECONDS, what="the audit")

        # Then the job is done, and gone
        until(lambda: jobs(superuser) == [], what="the end of the job")


def test_work_leaves_the_job_of_a_living_worker_alone(
    committed: Flask, superuser: Any, store: UUID, works: Works
) -> None:
    enqueue_audit(committed, store)
    with works.worker(), works.held(store):
        # Given a worker with a job that takes long, and another one that has nothing to do
        until(partial(is_hanging, superuser), WORK_SECONDS, what="a job in hand")
        with works.worker():
            workers = "SELECT count(*) FROM procrastinate_workers"
            until(lambda: value(superuser, workers) == 2, WORK_SECONDS, what="a second worker")

            # When stalled jobs are looked for
            look = """INSERT INTO procrastinate_jobs (queue_name, task_name, args)
                      VALUES ('default', 'take_up_stalled_jobs', '{"timestamp": 0}') RETURNING id"""
            look_id = value(superuser, look)
            left = "SELECT count(*) FROM procrastinate_jobs WHERE id = %s"
            until(lambda: value(superuser, left, look_id) == 0, what="the end of the look")

            # Then the job is still in the hands of the first, and nobody does it a second time
            assert is_hanging(superuser)
            attempts = "SELECT attempts FROM procrastinate_jobs WHERE task_name = %s"
            assert rows(superuser, attempts, JOB) == [(0,)]


def test_look_for_stalled_jobs_comes_every_fifteen_seconds() -> None:
    # Given the times that the worker's clock makes of its cron line
    (look,) = [
        periodic
        for periodic in queue.periodic_registry.periodic_tasks.values()
        if periodic.task.name == take_up_stalled_jobs.name
    ]
    times = look.croniter
    times.set_current(start_time=datetime(2026, 11, 21, 18, 4, 5, tzinfo=UTC))

    # When the next ones are asked for
    seconds = [times.get_next(float) for _ in range(5)]

    # Then they lie fifteen seconds apart
    assert [after - before for before, after in pairwise(seconds)] == [15] * 4


def test_connection_that_is_lost_while_a_job_is_enqueued_is_the_databases_failure(
    committed: Flask, superuser: Any
) -> None:
    def enqueue_on_a_dead_connection() -> None:
        with committed.app_context(), transaction(None):
            backend = db.session.scalar(text("SELECT pg_backend_pid()"))
            rows(superuser, "SELECT pg_terminate_backend(%s)", backend)
            enqueue(JOB, store_id=UUID(int=1))

    with pytest.raises(DBAPIError):
        enqueue_on_a_dead_connection()
