"""Work for later: enqueued in the transaction that needs it, done by the worker at least once.

A job's arguments are ids only: the tables of procrastinate have no store and no row security. A handler opens
`transaction(store_id)` itself and must bear being called twice, since a killed worker's job is taken up again.
"""

import functools
import time
from collections.abc import Callable
from typing import Any

import procrastinate
import psycopg
import structlog
from flask import Flask
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector

from pos.db import db

HEARTBEAT_SECONDS = 5
STALLED_AFTER_SECONDS = 30
CONCURRENCY = 4
PAUSE_SECONDS = 2

Handler = Callable[..., Any]

queue = procrastinate.App(connector=SQLAlchemyPsycopg2Connector())
# The worker gives the queue a connector of its own; what a handler enqueues still goes through its transaction.
_sender = procrastinate.App(connector=SQLAlchemyPsycopg2Connector())
log = structlog.get_logger()
_flask_app: Flask | None = None


def init_app(app: Flask) -> None:
    """Gives the handlers their application context."""
    global _flask_app  # noqa: PLW0603 - procrastinate's tasks are module-level and have no other way to the app
    _flask_app = app


def job(name: str, *, cron: str | None = None, tries: int = 5, is_alone: bool = False) -> Callable[[Handler], Handler]:
    """Declares a handler. With `cron` it is run by the clock as well, and gets the time as `timestamp`; one that is to be
    alone runs once at a time, and waits once at most.

    It is tried again with growing pauses when it raises; what is still failing after `tries` stays in the
    table as failed, where `flask doctor` sees it.
    """

    def declare(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def run(*args: Any, **kwargs: Any) -> Any:
            assert _flask_app is not None, "jobs.init_app was not called"
            with _flask_app.app_context():
                log.info("job", job=name)
                return handler(*args, **kwargs)

        retry = procrastinate.RetryStrategy(max_attempts=tries, exponential_wait=2)
        alone: dict[str, Any] = {"lock": name, "queueing_lock": name} if is_alone else {}
        task = queue.task(name=name, retry=retry, pass_context=False, **alone)(run)
        if cron:
            queue.periodic(cron=cron, periodic_id=name)(task)
        return handler

    return declare


def enqueue(task: str, *, in_seconds: int = 0, **ids: Any) -> None:
    """Enqueues a job in the open transaction: a rollback leaves no job, a commit exactly one. By its name, since the handler
    often stands above what needs it.

    It is begun at once, or when `in_seconds` have passed. Raises procrastinate's TaskNotFound for a name that no
    handler has, so that no job lies there for ever.
    """
    if task not in queue.tasks:
        raise procrastinate.exceptions.TaskNotFound(task)
    arguments = {name: str(value) for name, value in ids.items()}
    delay: Any = {"schedule_in": {"seconds": in_seconds}} if in_seconds else {}
    try:
        _sender.configure_task(task, connection=db.session.connection(), **delay).defer(**arguments)
    except procrastinate.exceptions.ConnectorException as error:
        # Whoever asked is told what happened to the database as for any other statement: a lost connection is a 503.
        raise error.__cause__ or error from None


def work(dsn: str) -> None:
    """The worker process: runs jobs until SIGTERM or SIGINT, then finishes those in hand. A database that is away, or that
    cannot write since its disk is full, is tried again after a pause: a process that ended each time would be given up."""
    while True:
        try:
            _work_until_told(dsn)
        except (procrastinate.exceptions.ConnectorException, psycopg.Error) as error:
            log.warning("worker_lost_database", cause=type(error.__cause__ or error).__name__)
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _work_until_told(dsn: str) -> None:
    with queue.replace_connector(procrastinate.PsycopgConnector(conninfo=dsn)) as worker:
        worker.run_worker(
            concurrency=CONCURRENCY,
            delete_jobs="successful",
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_AFTER_SECONDS,
            shutdown_graceful_timeout=15,
        )


# croniter has the seconds last.
@queue.periodic(cron="* * * * * */15", periodic_id="take_up_stalled_jobs")
@queue.task(name="take_up_stalled_jobs", queueing_lock="take_up_stalled_jobs", pass_context=True)
async def take_up_stalled_jobs(context: procrastinate.JobContext, timestamp: int) -> None:
    """Gives the jobs of workers that died without a word to those that live."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        log.warning("stalled_job_taken_up", job=stalled.task_name, job_id=stalled.id)
        assert stalled.id is not None, "a listed job has an id"
        try:
            await manager.retry_job(stalled)
        except procrastinate.exceptions.UniqueViolation:
            # Of a job that is to be alone another one waits already, which does the same.
            await manager.finish_job_by_id_async(stalled.id, procrastinate.jobs.Status.FAILED, delete_job=True)
