"""Texts in the worker: what is due is sent, what is unclear is looked for, and what came in while we were away is fetched first."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from flask import current_app

from pos import clock
from pos.db import transaction
from pos.jobs import enqueue, job
from pos.messaging import campaigns, flows, outcomes, poll
from pos.messaging.gateway import Declined, TwilioFailure
from pos.stores.queries import every_store_id

# A campaign may take an hour, and a worker has other jobs as well: after so long it is the next sweep's turn.
STINT = timedelta(seconds=15)

log = structlog.get_logger()


@job("messaging.deliver")
def deliver(store_id: str) -> None:
    """Sends what is due in a store. A STOP that came while nobody was here is fetched before the first text leaves."""
    _unless_away(
        lambda: poll.before_sending(UUID(store_id)) and flows.deliver(UUID(store_id), for_at_most=STINT), store_id
    )


# The seconds come last.
@job("messaging.sweep", cron="* * * * * */15", is_alone=True)
def sweep_every_store(timestamp: int) -> None:
    """What waited until now, what a job has lost, and what became of calls that nobody answered."""
    for store_id in _stores():
        _unless_away(lambda store_id=store_id: flows.settle_lost(store_id), str(store_id))  # type: ignore[misc]
        with transaction(store_id):
            if flows.is_anything_due():
                enqueue("messaging.deliver", store_id=store_id)


@job("messaging.settle_one_store")
def settle_one_store(store_id: str) -> None:
    """The same for one store, which somebody has asked for."""
    if current_app.extensions["twilio"] is None:
        return
    _unless_away(lambda: flows.settle_lost(UUID(store_id)), store_id)
    with transaction(UUID(store_id)):
        if flows.is_anything_due():
            enqueue("messaging.deliver", store_id=store_id)


@job("messaging.send_campaign")
def send_campaign(store_id: str, campaign_id: str) -> None:
    """Writes to whoever a campaign is for, or takes back what waits of one that was canceled: batch by batch, each committed with the
    place where it ended, so that a worker that dies takes nothing along."""
    has_more = True
    while has_more:
        with transaction(UUID(store_id), actor="outbox"):
            has_more = campaigns.step(UUID(campaign_id), clock.now())


@job("messaging.campaigns", cron="* * * * *", is_alone=True)
def move_campaigns(timestamp: int) -> None:
    """Starts the campaigns whose time has come, and ends those of which nothing is on its way any more."""
    for store_id in _stores():
        with transaction(store_id, actor="outbox"):
            now = clock.now()
            done = {
                "started": campaigns.start_due(now),
                "completed": campaigns.complete_settled(now),
                "taken_up": campaigns.take_up(),
            }
        if any(done.values()):
            log.info("campaigns", store_id=str(store_id), **done)


@job("messaging.poll", cron="*/5 * * * *", is_alone=True)
def poll_every_store(timestamp: int) -> None:
    """Fetches what Twilio has received for every store, and could not tell us."""
    for store_id in _stores():
        _unless_away(lambda store_id=store_id: poll.fetch(store_id), str(store_id))  # type: ignore[misc]


@job("messaging.forget_counts", cron="23 4 * * *", is_alone=True)
def forget_counts(timestamp: int) -> None:
    """Drops the counts of windows that have long ended."""
    for store_id in _stores():
        with transaction(store_id, actor="outbox"):
            flows.forget_counts()


def _stores() -> list[UUID]:
    if current_app.extensions["twilio"] is None:
        return []
    with transaction(None):
        return every_store_id()


def _unless_away(step: Callable[[], object], store_id: str) -> None:
    """A failure of Twilio's is no failed job: the next sweep tries again. If Twilio does not even let us look, people are told."""
    try:
        log.info("texts", store_id=store_id, done=step())
    except TwilioFailure as failure:
        if isinstance(failure, Declined):
            with transaction(UUID(store_id), actor="outbox"):
                outcomes.follow_code(failure.code, None)
        log.warning("twilio_away", store_id=store_id, outcome=type(failure).__name__.lower(), code=failure.code)
