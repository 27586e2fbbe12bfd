"""The counter's work for later: what Stripe is asked for. A call that fails is repeated by the next sweep, not by the job,
so that an outage does not leave failed jobs behind."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from pos.checkout import flows, sweep
from pos.db import transaction
from pos.jobs import job
from pos.payments.gateway import Down, Unclear
from pos.stores.queries import store_ids

log = structlog.get_logger()


@job("checkout.make_link")
def make_link(store_id: str, link_id: str) -> None:
    """Makes a link at Stripe."""
    _unless_stripe_is_away(lambda: flows.make_link(UUID(store_id), UUID(link_id)))


@job("checkout.close_link")
def close_link(store_id: str, link_id: str) -> None:
    """Closes a link at Stripe, with its open sessions."""
    _unless_stripe_is_away(lambda: flows.close_link(UUID(store_id), UUID(link_id)))


@job("checkout.send_refund")
def send_refund(store_id: str, refund_id: str) -> None:
    """Has Stripe give money back."""
    _unless_stripe_is_away(lambda: flows.send_refund(UUID(store_id), UUID(refund_id)))


# The seconds come last.
@job("checkout.sweep", cron="* * * * * */15", is_alone=True)
def sweep_every_store(timestamp: int) -> None:
    """Does in every store what was left undone; if Stripe is away for one, it is for all."""
    _in_every_store(sweep.sweep)


@job("checkout.reconcile", cron="*/5 * * * *", is_alone=True)
def reconcile_every_store(timestamp: int) -> None:
    """Asks Stripe about what is open in every store."""
    _in_every_store(sweep.reconcile)


def _in_every_store(step: Callable[[UUID], Any]) -> None:
    """Stripe may refuse one store's account; no answer at all is what the other stores would get, too."""
    with transaction(None):
        stores = store_ids() if flows.has_gateway() else []
    for store_id in stores:
        if isinstance(_unless_stripe_is_away(partial(step, store_id)), Unclear):
            return


def _unless_stripe_is_away(step: Callable[[], Any]) -> Down | Unclear | None:
    try:
        step()
    except (Down, Unclear) as error:
        log.warning("stripe_is_away", failure=type(error).__name__, code=error.code)
        return error
    return None
