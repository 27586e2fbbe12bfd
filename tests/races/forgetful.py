"""A web with a bug on purpose: it notes an event as applied and commits, and does what the event says in a second commit."""

from datetime import datetime

from pos import crash, ids
from pos.checkout import events
from pos.checkout.events import Arrived
from pos.checkout.settle import Result
from pos.db import db


def take_in_two_commits(arrived: Arrived, now: datetime) -> str:
    """As events.take, with the outcome too early."""
    event, kind = arrived.event, events._KINDS[arrived.event.type]
    subject = kind.find(arrived.fact, event.account)
    row_id = ids.uuid7()
    if events._WRITE.first(id=row_id, **events._columns(event)) is None:
        return "repeated"
    events._note(row_id, Result("applied"))
    db.session.commit()
    # The next statement begins a transaction of its own.
    db.session().info.pop("wire")
    crash.at("settle.told")
    return kind.apply(arrived.fact, subject, event.account, now).outcome


events.take = take_in_two_commits

from wsgi import app  # noqa: E402, F401 - what gunicorn serves
