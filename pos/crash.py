"""Where tests kill a process: `CRASH_AT=<point>` ends it by SIGKILL at the first pass of that point, without a farewell.

A point stands between two steps that must not depend on each other's luck: before and after a commit, before and after
a call to a provider. Production refuses the setting (pos/config.py).
"""

import os
import signal
import sys

from flask import current_app

# Each is passed on the way of a link, an event, a refund or a text; a test kills at every one of them.
POINTS = (
    "link.calling", "link.called", "link.made",
    "expiry.expired", "close.calling", "close.deactivated", "close.called", "close.closed",
    "settle.told", "settle.applied", "settle.committed",
    "refund.calling", "refund.called", "refund.settled",
    "text.claimed", "text.calling", "text.called", "text.told",
    "unify.locked", "unify.matched", "unify.people", "unify.people_done", "unify.orders", "unify.carrying", "unify.carried",
    "unify.backed_up", "unify.repointed", "unify.committed",
    "sync.before_commit", "sync.page_taken",
    "rollback.restored", "rollback.carried_back", "rollback.committed", "rollback.booked",
)  # fmt: skip


def at(point: str) -> None:
    """Ends this process here, if the environment asks for it."""
    if current_app.config["SETTINGS"].crash_at == point:
        sys.stderr.write(f"CRASH_AT={point} reached\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
