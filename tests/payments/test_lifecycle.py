"""The life cycles of links, payments, refunds and disputes: pure."""

from itertools import permutations

import pytest

from pos.orders.lifecycle import WrongState
from pos.payments.lifecycle import (
    LINK,
    LINK_STATUSES,
    LIVE,
    PAYMENT_RANK,
    REFUND_AT_STRIPE,
    REFUND_RANK,
    STATUSES,
    later,
    move_link,
)

EVENTS = ("made", "fail", "cancel", "expire", "pay")
ALLOWED = {
    "creating": {"made": "active", "fail": "failed", "cancel": "canceled", "expire": "expired", "pay": "completed"},
    "active": {"fail": "failed", "cancel": "canceled", "expire": "expired", "pay": "completed"},
    "completed": {"pay": "completed"},
    "expired": {"pay": "completed"},
    "canceled": {"pay": "completed"},
    "failed": {"pay": "completed"},
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("status", LINK_STATUSES)
def test_link_moves_as_the_table_says(status: str, event: str) -> None:
    after = ALLOWED[status].get(event)

    if after:
        assert move_link(status, event) == after
    else:
        with pytest.raises(WrongState):
            move_link(status, event)


def test_tables_name_each_state_and_no_other() -> None:
    assert set(ALLOWED) == set(LINK_STATUSES) == {state for state, _ in LINK} | set(LINK.values())
    assert {event for _, event in LINK} == set(EVENTS)
    assert set(PAYMENT_RANK) == set(REFUND_RANK) == set(STATUSES)
    assert set(REFUND_AT_STRIPE.values()) == set(STATUSES)


def test_nothing_that_has_ended_lives_again() -> None:
    assert {after for (state, _), after in LINK.items() if state not in LIVE} == {"completed"}


@pytest.mark.parametrize(
    ("rank", "told", "holds"),
    [
        (PAYMENT_RANK, ("pending", "succeeded"), "succeeded"),
        (PAYMENT_RANK, ("pending", "failed"), "failed"),
        (PAYMENT_RANK, ("pending", "failed", "succeeded"), "succeeded"),
        (REFUND_RANK, ("pending", "succeeded"), "succeeded"),
        (REFUND_RANK, ("pending", "succeeded", "failed"), "failed"),
        (REFUND_RANK, ("pending", "canceled"), "canceled"),
    ],
)
def test_the_later_state_holds_whichever_came_first(rank: dict[str, int], told: tuple[str, ...], holds: str) -> None:
    for order in permutations([*told, *told]):
        known = order[0]
        for each in order[1:]:
            known = later(rank, known, each)
        assert known == holds
