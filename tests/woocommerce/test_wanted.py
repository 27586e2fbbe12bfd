"""How an order ought to stand, and how that differs from how it stands."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.woocommerce.records import LeftOut, WebOrder, WebRefund
from pos.woocommerce.wanted import DOUBLED, Kept, KeptLine, LineKey, Wanted, differences, matched, wanted, what
from tests.woocommerce.test_bill import NOON, ORDERS, line, order

GLASSES = order(line("20.00", tax="1.65", quantity="2"), line("10.00", quantity="3", number=2), total="31.65")


def asked(told: WebOrder = GLASSES, **changes: Any) -> Wanted:
    return wanted(replace(told, **changes), "USD", 2)


def entered(as_wanted: Wanted) -> Kept:
    """The order as it stands once it was entered."""
    return Kept(
        uuid4(), uuid4(), False, as_wanted.order.modified_at, NOON, as_wanted.figures(), as_wanted.order.note, as_wanted.held,
        frozenset(as_wanted.refunds), tuple(KeptLine(uuid4(), LineKey.of(each)) for each in as_wanted.bill.lines),
    )  # fmt: skip


def back(number: int, cents: int) -> WebRefund:
    return WebRefund(number, order(total=str(cents / 100)).total, None)


@pytest.mark.parametrize(
    ("status", "refunds", "expected"),
    [
        # status here, held, gross, was paid
        ("pending", (), ("open", 0, 0, False)), ("on-hold", (), ("open", 0, 0, False)), ("processing", (), ("open", 3165, 3165, True)),
        ("completed", (), ("completed", 3165, 3165, True)), ("completed", (1000,), ("completed", 2165, 3165, True)),
        ("completed", (1000, 2165), ("completed", 0, 3165, True)), ("refunded", (3165,), ("completed", 0, 3165, True)),
        ("cancelled", (), ("canceled", 0, 0, False)), ("cancelled", (1000,), ("canceled", 0, 1000, True)), ("failed", (), ("canceled", 0, 0, False)),
        ("trash", (1000,), ("canceled", 0, 1000, True)),
    ],
)  # fmt: skip
def test_order_holds_what_the_shop_holds(status: str, refunds: tuple[int, ...], expected: Any) -> None:
    stands = asked(status=status, refunds=tuple(back(number, cents) for number, cents in enumerate(refunds, 80)))

    assert (stands.status, stands.held, stands.gross, stands.was_paid) == expected
    assert (stands.cancel_reason is not None) == (stands.status == "canceled")
    assert stands.paid_at is None or stands.was_paid


def test_more_given_back_than_it_comes_to_leaves_nothing() -> None:
    stands = asked(refunds=(back(80, 3000), back(81, 166)))

    assert (stands.held, stands.went_back, stands.gross, stands.bill.total) == (0, 3166, 3166, 3165)


def test_other_currency_is_left_out() -> None:
    with pytest.raises(LeftOut) as why:
        asked(currency="EUR")

    assert why.value.reason == "foreign_currency"


def test_order_paid_by_the_transaction_of_another_holds_nothing() -> None:
    stands = wanted(replace(GLASSES, refunds=(back(80, 100),)), "USD", 2, doubles=12)

    assert (stands.status, stands.held, stands.refunds, stands.cancel_reason) == ("canceled", 0, {}, DOUBLED)


REFUNDED = ORDERS.flatmap(
    lambda told: st.builds(
        replace,
        st.just(told),
        status=st.sampled_from(["pending", "processing", "completed", "cancelled", "failed", "on-hold", "packed"]),
        refunds=st.lists(st.integers(0, 200), max_size=3).map(
            lambda all_: tuple(back(n, cents) for n, cents in enumerate(all_, 80))
        ),
        note=st.none() | st.just("Ring twice"),
    )
)


@given(REFUNDED)
def test_what_was_entered_does_not_differ(told: WebOrder) -> None:
    try:
        stands = asked(told)
    except LeftOut:
        return

    kept = entered(stands)
    same, new, gone = matched(kept.lines, stands.bill.lines)

    assert differences(kept, stands) == {}
    assert (new, gone) == ([], [])
    assert sorted(line_id for line_id, _ in same) == sorted(each.id for each in kept.lines)
    assert 0 <= stands.held <= stands.bill.total
    assert stands.gross == stands.held + sum(stands.refunds.values())


@pytest.mark.parametrize(
    ("changes", "names", "word"),
    [
        ({"status": "cancelled"}, {"status", "held"}, "changed"),
        ({"status": "trash"}, {"status", "held"}, "gone"),
        ({"status": "on-hold"}, {"status", "held"}, "changed"),
        ({"refunds": (back(80, 500),)}, {"held", "refunds"}, "refunded"),
        ({"placed_at": NOON + timedelta(days=1)}, {"placed_at"}, "changed"),
        ({"note": "Ring twice"}, {"note"}, "changed"),
        ({"lines": GLASSES.lines[:1]}, {"subtotal", "fees", "lines"}, "changed"),
        ({"total": order(total="30.65").total}, {"discount", "total", "held", "lines"}, "changed"),
    ],
)  # fmt: skip
def test_difference_is_told_by_its_fields(changes: dict[str, Any], names: set[str], word: str) -> None:
    stands = asked(**changes)

    found = differences(entered(asked()), stands)

    assert (found.keys(), what(found, stands)) == (names, word)


def test_note_of_somebody_who_was_erased_is_not_compared() -> None:
    kept = replace(entered(asked()), is_erased=True)

    assert differences(kept, asked(note="Ring twice")) == {}


def test_words_of_a_note_are_not_told() -> None:
    assert "Ring" not in str(differences(entered(asked()), asked(note="Ring twice")))


def test_same_lines_stay_and_others_are_exchanged() -> None:
    lines = asked().bill.lines
    first, second, third = (KeptLine(UUID(int=number), LineKey.of(each)) for number, each in enumerate(lines, 1))
    changed = replace(lines[1], quantity=9)

    same, new, gone = matched((first, second, third), (lines[0], changed, lines[2], lines[2]))

    assert [line_id.int for line_id, _ in same] == [1, 3]
    assert (new, [each.int for each in gone]) == ([changed, lines[2]], [2])
