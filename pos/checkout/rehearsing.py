"""A rehearsal carried out: all members of a store, or as many as a request can wait for."""

from collections.abc import Callable
from datetime import date
from typing import Any

from pos import clock
from pos.checkout import comparison
from pos.checkout.rehearsal import Rehearsal
from pos.db import transaction
from pos.http.access import StoreFacts
from pos.loyalty import actions, queries
from pos.loyalty import rules as rulebook
from pos.statements import Statement
from pos.stores.models import Store

# What is looked at in some seconds, both ways.
MOST_MEMBERS = 5_000
MOST_ORDERS = 6_000
_ALL = Statement("SELECT count(*) FROM members WHERE store_id = :store AND merged_into_id IS NULL")


def rehearsed(
    store: Store | StoreFacts, kept: dict[str, Any], since: date, *, goes_on: Callable[[Rehearsal], bool]
) -> dict[str, Any]:
    """What these rules would have done since a day, beside those in force, in figures (comparison.figures). Each step is a transaction of
    its own, so that nothing waits for it; `goes_on` is asked after each of them. Raises UnknownId."""
    with transaction(store.id):
        actions.require_known(kept["accrual"])
        in_force = queries.current_rules(store.currency)
        [(of_members,)] = _ALL.rows()
    proposed = rulebook.read(in_force.version + 1, kept)
    rehearsal = Rehearsal(in_force, proposed, store.timezone, rulebook.midnight(since, store.timezone), clock.now())
    is_going = True
    while is_going:
        with transaction(store.id):
            is_going = rehearsal.go_on()
        is_going = goes_on(rehearsal) and is_going
    with transaction(store.id):
        return comparison.figures(rehearsal, rehearsal.value(), of_members, since)


def is_soon_done(rehearsal: Rehearsal) -> bool:
    """Whether somebody who waits for the answer can wait for another step."""
    return rehearsal.members < MOST_MEMBERS and rehearsal.orders < MOST_ORDERS
