"""The counter's work for later: what Stripe is asked for.

A call that fails is repeated by the next sweep, not by its job, so that an outage leaves no failed jobs behind. And while Stripe
is away, the jobs leave it to the sweep at once: each would wait for half a minute, and nothing else would be done meanwhile.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog

from pos import clock
from pos.checkout import flows, sweep
from pos.db import transaction
from pos.jobs import job
from pos.payments.gateway import Declined, Down, Gateway, Unclear
from pos.stores.queries import every_store_id

AWAY = timedelta(seconds=30)

log = structlog.get_logger()
# Of this worker process: when a call was not answered last.
_unanswered: WeakKeyDictionary[Gateway, datetime] = WeakKeyDictionary()


@job("checkout.make_link")
def make_link(store_id: str, link_id: str) -> None:
    """Makes a link at Stripe."""
    _at_once(lambda: flows.make_link(UUID(store_id), UUID(link_id)))


@job("checkout.close_link")
def close_link(store_id: str, link_id: str) -> None:
    """Closes a link at Stripe, with its open sessions."""
    _at_once(lambda: flows.close_link(UUID(store_id), UUID(link_id)))


@job("checkout.send_refund")
def send_refund(store_id: str, refund_id: str) -> None:
    """Has Stripe give money back."""
    _at_once(lambda: flows.send_refund(UUID(store_id), UUID(refund_id)))


# The seconds come last.
@job("checkout.sweep", cron="* * * * * */15", is_alone=True)
def sweep_every_store(timestamp: int) -> None:
    """Does in every store what was left undone."""
    _in_every_store(sweep.sweep)


@job("checkout.reconcile", cron="*/5 * * * *", is_alone=True)
def reconcile_every_store(timestamp: int) -> None:
    """Asks Stripe about what is open in every store."""
    _in_every_store(sweep.reconcile)


@job("checkout.reconcile_one_store")
def reconcile_one_store(store_id: str) -> None:
    """The same for one store, which somebody has asked for: what was left undone, and what Stripe knows of what is open."""
    if flows.has_gateway():
        _unless_stripe_is_away(partial(sweep.reconcile, UUID(store_id)))


def _at_once(step: Callable[[], Any]) -> None:
    if not flows.has_gateway():
        return
    unanswered_at = _unanswered.get(flows.gateway())
    if unanswered_at is None or clock.now() - unanswered_at > AWAY:
        _unless_stripe_is_away(step)


def _in_every_store(step: Callable[[UUID], Any]) -> None:
    """In another order each time, and each for itself: a store that cannot be done must not keep the rest from their turn."""
    if not flows.has_gateway():
        return
    with transaction(None):
        stores = every_store_id()
    random.shuffle(stores)
    bugs = []
    for store_id in stores:
        try:
            _unless_stripe_is_away(partial(step, store_id))
        except Exception as error:
            # Raised again below, so that the job counts as failed.
            bugs.append(error)
    if bugs:
        raise bugs[0]


def _unless_stripe_is_away(step: Callable[[], Any]) -> None:
    """What has no answer from Stripe keeps the jobs from asking for a while; that an account is refused does not."""
    try:
        step()
        _unanswered.pop(flows.gateway(), None)
    except Unclear as error:
        _unanswered[flows.gateway()] = clock.now()
        log.warning("stripe_is_away", code=error.code)
    except (Down, Declined) as error:
        log.warning("stripe_refuses", code=error.code)
