"""For the twins of the race tests, which do the same without the guard: everybody looks, and only then does anybody act."""

import threading
from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from pos import clock
from pos.audit.actions import audit_store
from pos.db import transaction
from pos.http.access import Caller, StoreFacts
from tests.client import Shop
from tests.running import PATIENCE_SECONDS, race

# As many as one application has database connections for, at most (connections.init_app).
TIMES = 8

Looked = Callable[[], object]
Step = Callable[[Looked], object]


def all_look_then_act(app: Flask, shop: Shop, steps: Sequence[Step]) -> list[object]:
    """Runs each step in a transaction of its own. It calls `looked` between reading and writing.

    That is the moment which the guards are for; here it does not depend on luck. The results stand in the order of
    the steps; what the database refused stands there as its exception.
    """
    meeting = threading.Barrier(len(steps))

    def run(step: Step) -> object:
        try:
            with app.app_context(), transaction(UUID(shop.store_id), actor="twin"):
                return step(lambda: meeting.wait(PATIENCE_SECONDS))
        except (SQLAlchemyError, StaleDataError) as refused:
            return refused

    return race([lambda step=step: run(step) for step in steps])  # type: ignore[misc]


def caller_of(shop: Shop) -> Caller:
    """The first shop's register as the routes know it after they have looked at its token."""
    facts = StoreFacts(UUID(shop.store_id), shop.slug, shop.slug, "USD", "US", "America/Los_Angeles", False)
    register, location = UUID(shop.register_id), UUID(shop.location_id)
    return Caller(facts, "cashier", f"register:{register}", register, location)


def broken_rules(app: Flask, shop: Shop) -> set[str]:
    """The names of the proofs that the shop's books break; a race should leave none."""
    with app.app_context(), transaction(UUID(shop.store_id), actor="test"):
        return {violation.proof.name for violation in audit_store(clock.now())}
