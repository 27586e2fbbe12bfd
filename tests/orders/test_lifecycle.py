"""The life cycles: every pair of state and event either moves or is refused."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.orders import lifecycle
from pos.orders.lifecycle import FULFILLMENT, FULFILLMENT_STATUSES, ORDER, PAYMENT_STATUSES, STATUSES, WrongState

# Design §6, written out: what each state may become. Whatever is not here is a 409.
ORDER_MOVES = {"open": {"completed", "canceled"}, "completed": set(), "canceled": set()}
MAKING_MOVES = {
    "proposed": {"reserved", "prepared", "completed", "canceled"},
    "reserved": {"prepared", "completed", "canceled"},
    "prepared": {"completed", "canceled"},
    "completed": set(),
    "canceled": set(),
}
amounts = st.integers(0, 10**12)


@pytest.mark.parametrize(("state", "event"), list(product(STATUSES, STATUSES)))
def test_order_moves_or_is_refused(state: str, event: str) -> None:
    if event in ORDER_MOVES[state]:
        assert lifecycle.move(ORDER, state, event) == event
    else:
        with pytest.raises(WrongState, match=f"This order is {state}, so it cannot become {event}"):
            lifecycle.move(ORDER, state, event)


@pytest.mark.parametrize(("state", "event"), list(product(FULFILLMENT_STATUSES, FULFILLMENT_STATUSES)))
def test_making_moves_or_is_refused(state: str, event: str) -> None:
    if event in MAKING_MOVES[state]:
        assert lifecycle.move(FULFILLMENT, state, event, what="order's making") == event
    else:
        with pytest.raises(WrongState, match=f"This order's making is {state}"):
            lifecycle.move(FULFILLMENT, state, event, what="order's making")


@pytest.mark.parametrize(("table", "states"), [(ORDER, STATUSES), (FULFILLMENT, FULFILLMENT_STATUSES)])
def test_table_knows_no_other_states(table: dict[tuple[str, str], str], states: tuple[str, ...]) -> None:
    assert {state for state, _ in table} | {event for _, event in table} | set(table.values()) <= set(states)


@pytest.mark.parametrize(("state", "event"), [("open", "paid"), ("lost", "completed"), ("", "")])
def test_unknown_state_or_event_is_refused(state: str, event: str) -> None:
    with pytest.raises(WrongState):
        lifecycle.move(ORDER, state, event)


@pytest.mark.parametrize(("total", "paid", "is_paid"), [
    (866, 0, False), (866, 865, False), (866, 866, True), (866, 900, True), (0, 0, True), (0, 5, True),
])  # fmt: skip
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("handed_over", [False, True])
def test_order_is_finished_when_open_paid_and_handed_over(
    status: str, total: int, paid: int, is_paid: bool, handed_over: bool
) -> None:
    """What was given back since does not open it again, so refunds are no part of it."""
    finished = lifecycle.is_finished(status=status, total=total, paid=paid, handed_over=handed_over)

    assert finished == (status == "open" and is_paid and handed_over)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("proposed", "proposed", "proposed"),
        ("reserved", "proposed", "reserved"),
        ("prepared", "proposed", "reserved"),
        ("completed", "proposed", "reserved"),
        ("completed", "reserved", "reserved"),
        ("prepared", "reserved", "reserved"),
        ("completed", "prepared", "prepared"),
        ("prepared", "prepared", "prepared"),
        ("completed", "completed", "completed"),
    ],
)
def test_two_that_are_made_together_are_as_far_as_both(one: str, other: str, together: str) -> None:
    assert lifecycle.made_together(one, other) == lifecycle.made_together(other, one) == together


@settings(deadline=None, max_examples=300)
@given(amounts, amounts, st.integers(0, 100))
def test_payment_status_is_one_that_the_database_takes(total: int, paid: int, percent_refunded: int) -> None:
    """The cases with their figures are in docs/pricing.md; here only what holds for all amounts."""
    refunded = paid * percent_refunded // 100

    status = lifecycle.payment_status(total=total, paid=paid, refunded=refunded)

    assert status in PAYMENT_STATUSES
    assert (status == "paid") == (paid - refunded == total)
    assert (status == "overpaid") == (paid - refunded > total)
    assert (status in {"refunded", "partially_refunded"}) <= (refunded > 0)
    assert (status == "unpaid") == (paid == 0 and total > 0)
