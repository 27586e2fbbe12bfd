"""What is handed over at the counter: properties. The tables are in docs/pricing.md, run by tests/orders."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.payments.tender import AmountExceedsDue, NothingDue, TenderedNeedsCash, TenderedTooLittle, tender

amounts = st.integers(0, 10**9)
plenty = settings(deadline=None, max_examples=300)


@plenty
@given(due=st.integers(1, 10**9), tip=amounts, more=amounts)
def test_tender_takes_what_is_due_and_the_tip(due: int, tip: int, more: int) -> None:
    taken = tender("cash", due=due, amount=None, tip=tip, tendered=due + tip + more)

    assert (taken.amount, taken.tendered) == (due + tip, due + tip + more)


@plenty
@given(due=st.integers(2, 10**9), data=st.data())
def test_parts_of_any_size_pay_exactly_what_is_due(due: int, data: st.DataObject) -> None:
    """Each part is due in its turn; the last one takes the rest."""
    paid = 0
    for _ in range(3):
        if due - paid > 1:
            part = data.draw(st.integers(1, due - paid - 1))
            paid += tender("card", due=due - paid, amount=part).amount
    paid += tender("card", due=due - paid, amount=None).amount

    assert paid == due
    with pytest.raises(NothingDue):
        tender("card", due=due - paid, amount=None)


@plenty
@given(due=amounts, over=st.integers(1, 10**9), tip=st.integers(1, 10**9))
def test_tender_never_takes_more_than_is_due(due: int, over: int, tip: int) -> None:
    with pytest.raises(AmountExceedsDue) as refused:
        tender("card", due=due, amount=due + over, tip=tip)

    assert str(due) in str(refused.value)


@plenty
@given(due=st.integers(1, 10**9), tip=amounts, data=st.data())
def test_cash_must_cover_the_amount_and_the_tip(due: int, tip: int, data: st.DataObject) -> None:
    handed_over = data.draw(st.integers(0, due + tip - 1))

    with pytest.raises(TenderedTooLittle):
        tender("cash", due=due, amount=None, tip=tip, tendered=handed_over)


@pytest.mark.parametrize("tendered", [0, 800, 1000])
def test_card_gives_no_change(tendered: int) -> None:
    with pytest.raises(TenderedNeedsCash):
        tender("card", due=800, amount=None, tendered=tendered)


def test_exact_cash_needs_no_tendered() -> None:
    assert tender("cash", due=800, amount=None).tendered is None
