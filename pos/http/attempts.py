"""Exact limits on guessing: passwords, PINs, API keys, enrolment codes.

A try is counted before it is looked at, in a transaction of its own, so that many at once cannot slip through
and a refusal does not roll its own count back.
"""

from datetime import datetime, timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert

from pos.db import db, transaction
from pos.errors import TooManyTries
from pos.http.models import FailedAttempt

LATER = "Wait 15 minutes, then try again."
WINDOW = timedelta(minutes=15)
_FOREVER = timedelta(days=36500)


def take(key: str, *, limit: int, now: datetime, window: timedelta | None = WINDOW, then: str = LATER) -> None:
    """Counts one try; raises TooManyTries when there have been `limit` within the window (None: ever)."""
    horizon = now - (window or _FOREVER)
    is_over = FailedAttempt.window_started_at <= horizon
    counted = (
        insert(FailedAttempt)
        .values(key=key, attempt_count=1, window_started_at=now)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "attempt_count": case((is_over, 1), else_=FailedAttempt.attempt_count + 1),
                "window_started_at": case((is_over, now), else_=FailedAttempt.window_started_at),
            },
        )
        .returning(FailedAttempt.attempt_count)
    )
    with transaction(None):
        count = db.session.scalar(counted)
    if count is None or count > limit:
        raise TooManyTries(then=then)


def forgive(prefix: str) -> None:
    """Forgets the tries whose key begins so: after a right one, or when a manager unlocks somebody."""
    with transaction(None):
        db.session.execute(delete(FailedAttempt).where(FailedAttempt.key.startswith(prefix, autoescape=True)))
