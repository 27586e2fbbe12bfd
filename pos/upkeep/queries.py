"""What is asked of the work behind the counter, all of it of the open transaction's store."""

from typing import Any

from pos.statements import Statement

# By functions that look for the store themselves: the tables of the queue have no row security (migrations/).
_JOBS = Statement("""
    SELECT id, task, status, attempts, scheduled_at, enqueued_at, changed_at FROM jobs_of_store()
     ORDER BY (status = 'failed') DESC, id LIMIT :limit
""")
_WAITING = Statement("SELECT EXISTS (SELECT FROM jobs_of_store() WHERE task = :task AND status IN ('todo', 'doing'))")
_FAILED = Statement("SELECT task FROM jobs_of_store() WHERE id = :job AND status = 'failed'")
_RETRY = Statement("SELECT retry_job_of_store(:job)")
MOST_JOBS = 200


def jobs() -> list[dict[str, Any]]:
    """The store's jobs that have failed, wait or are in hand, the failed ones first; what is done is not kept."""
    return _JOBS.mappings(limit=MOST_JOBS)


def is_under_way(task: str) -> bool:
    """Whether a job of this name waits for the worker, or is in its hands."""
    [(found,)] = _WAITING.rows(task=task)
    return bool(found)


def failed_task(job_id: int) -> str | None:
    """What a job of the store that has failed does; None if there is none with this id. Also of those that `jobs` has no room for."""
    row = _FAILED.first(job=job_id)
    return row[0] if row else None


def retry(job_id: int) -> bool:
    """Gives a failed job to the worker once more; False if the store has no such job that has failed."""
    [(found,)] = _RETRY.rows(job=job_id)
    return bool(found)
