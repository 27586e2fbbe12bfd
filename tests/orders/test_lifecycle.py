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


@pytest.mark.parametrize(("total", "paid", "refunded", "is_covered"), [
    (866, 0, 0, False), (866, 865, 0, False), (866, 866, 0, True), (866, 900, 0, True), (0, 0, 0, True), (0, 5, 0, True),
    (866, 866, 1, False), (866, 900, 34, True), (866, 900, 35, False), (2706, 2706, 1000, False), (0, 5, 5, True),
])  # fmt: skip
def test_order_is_covered_by_what_is_held(total: int, paid: int, refunded: int, is_covered: bool) -> None:
    assert lifecycle.is_covered(total=total, paid=paid, refunded=refunded) == is_covered


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("was_paid", [False, True])
@pytest.mark.parametrize("handed_over", [False, True])
def test_order_is_finished_when_open_paid_and_handed_over(status: str, was_paid: bool, handed_over: bool) -> None:
    """That it was paid once is enough: what was given back since does not open it again."""
    finished = lifecycle.is_finished(status=status, was_paid=was_paid, handed_over=handed_over)

    assert finished == (status == "open" and was_paid and handed_over)


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


@pytest.mark.parametrize(
    ("paid", "refunded", "expected"),
    [(0, 0, "unpaid"), (4638, 4638, "refunded"), (4638, 1000, "overpaid"), (4638, 0, "overpaid"), (1, 0, "overpaid")],
)
def test_money_in_a_canceled_order_is_too_much(paid: int, refunded: int, expected: str) -> None:
    assert lifecycle.payment_status(total=4638, paid=paid, refunded=refunded, is_canceled=True) == expected
