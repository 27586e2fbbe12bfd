"""What an order brings: tables of cases, and that less is brought when less remains."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.loyalty.accrual import Bought, Earned, Terms, earn, excluded, pieces, read_terms
from pos.loyalty.rules import Accrual, Spend, Visit

BEER, SHIRT, GIFT = UUID(int=1), UUID(int=2), UUID(int=3)
FOOD, MERCH = UUID(int=11), UUID(int=12)
PLAIN = Terms("bronze", Decimal(1), {}, frozenset())
BY_SPEND = Accrual(Spend(1, 100), None, {}, {})
HALF = Fraction(1, 2)


def bought(
    net: int, *, number: int = 1, product: UUID | None = BEER, quantity: int = 1, kept: Fraction = Fraction(1)
) -> Bought:
    return Bought(UUID(int=100 + number), product, quantity, net, kept)


def terms(multiplier: str = "1", *, more: str = "1", most: int | None = None, per_piece: int = 0) -> Terms:
    named = {bought(0).id: per_piece} if per_piece else {}
    return Terms(
        "some", Decimal(multiplier), named, frozenset(), "happy" if more != "1" else None, Decimal(more), None, most
    )


@pytest.mark.parametrize(
    ("accrual", "of", "lines", "expected"),
    [
        (BY_SPEND, PLAIN, [bought(799)], Earned(7, 7, 0)),
        (BY_SPEND, PLAIN, [bought(50), bought(50, number=2)], Earned(1, 1, 0)),
        (BY_SPEND, PLAIN, [bought(99)], Earned(0, 0, 0)),
        (BY_SPEND, PLAIN, [bought(800, kept=HALF)], Earned(4, 4, 0)),
        (BY_SPEND, PLAIN, [], Earned(0, 0, 0)),
        (Accrual(Spend(5, 300), None, {}, {}), PLAIN, [bought(899)], Earned(10, 10, 0)),
        # The level's factor is rounded down after the whole units.
        (BY_SPEND, terms("1.25"), [bought(799)], Earned(7, 8, 0)),
        (BY_SPEND, terms("1.5"), [bought(100)], Earned(1, 1, 0)),
        # The promotion comes on top of it, rounded down and no more than its limit.
        (BY_SPEND, terms("1.5", more="2.5"), [bought(300)], Earned(3, 4, 6)),
        (BY_SPEND, terms(more="3", most=5), [bought(900)], Earned(9, 9, 5)),
        (BY_SPEND, terms(more="3", most=0), [bought(900)], Earned(9, 9, 0)),
        # A visit counts as long as the goods that remain cost enough.
        (Accrual(None, Visit(5, 500), {}, {}), PLAIN, [bought(500)], Earned(5, 5, 0)),
        (Accrual(None, Visit(5, 500), {}, {}), PLAIN, [bought(999, kept=HALF)], Earned(0, 0, 0)),
        (Accrual(None, Visit(5, 0), {}, {}), PLAIN, [bought(0)], Earned(0, 0, 0)),
        (Accrual(None, Visit(5, 0), {}, {}), PLAIN, [bought(1)], Earned(5, 5, 0)),
        # Pieces count as far as they remain; what was free brings nothing.
        (Accrual(None, None, {BEER: 3}, {}), terms(per_piece=3), [bought(800, quantity=4)], Earned(12, 12, 0)),
        (Accrual(None, None, {BEER: 3}, {}), terms(per_piece=3), [bought(800, quantity=3, kept=HALF)], Earned(4, 4, 0)),
        (Accrual(None, None, {BEER: 3}, {}), terms(per_piece=3), [bought(0, quantity=4)], Earned(0, 0, 0)),
        # All that applies is added up.
        (Accrual(Spend(1, 100), Visit(2, 0), {BEER: 3}, {}), terms(per_piece=3), [bought(400)], Earned(9, 9, 0)),
    ],
)
def test_earn_follows_the_rules(accrual: Accrual, of: Terms, lines: list[Bought], expected: Earned) -> None:
    assert earn(accrual, of, lines) == expected


def test_excluded_lines_bring_nothing_by_their_price() -> None:
    accrual = Accrual(Spend(1, 100, frozenset({MERCH})), None, {}, {})
    lines = [bought(500), bought(900, number=2, product=SHIRT), bought(100, number=3, product=None)]
    barred = excluded(accrual, lines, {BEER: [FOOD], SHIRT: [FOOD, MERCH]})

    assert barred == {lines[1].id}
    assert earn(accrual, Terms("x", Decimal(1), {}, barred), lines).points == 6


def test_pieces_add_up_what_product_and_categories_bring() -> None:
    accrual = Accrual(None, None, {BEER: 2}, {FOOD: 3, MERCH: 10})
    lines = [
        bought(1),
        bought(1, number=2, product=SHIRT),
        bought(1, number=3, product=GIFT),
        bought(1, number=4, product=None),
    ]

    found = pieces(accrual, lines, {BEER: [FOOD], SHIRT: [FOOD, MERCH]})

    assert found == {lines[0].id: 5, lines[1].id: 13}


def test_terms_are_read_as_they_were_kept() -> None:
    of = Terms("gold", Decimal("1.25"), {BEER: 3}, frozenset({SHIRT}), "happy", Decimal("2.50"), "2026-02-28", 40)

    assert read_terms(of.kept(7)) == of
    assert of.kept(7)["bonus"] == 7


shares = st.fractions(0, 1, max_denominator=60)
factors = st.decimals("1", "9.99", places=2)
accruals = st.builds(
    Accrual,
    st.one_of(st.none(), st.builds(Spend, st.integers(1, 9), st.integers(1, 999))),
    st.one_of(st.none(), st.builds(Visit, st.integers(1, 99), st.integers(0, 3000))),
    st.just({}),
    st.just({}),
)


@given(
    accrual=accruals,
    nets=st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 9), shares, shares), max_size=5),
    level=factors,
    promotion=factors,
    most=st.one_of(st.none(), st.integers(0, 50)),
)
@settings(max_examples=60)
def test_less_is_brought_when_less_remains(
    accrual: Accrual,
    nets: list[tuple[int, int, Fraction, Fraction]],
    level: Decimal,
    promotion: Decimal,
    most: int | None,
) -> None:
    def remaining(which: int) -> list[Bought]:
        return [
            bought(net, number=number, quantity=quantity, kept=(first * second, first, Fraction(1), Fraction(0))[which])
            for number, (net, quantity, first, second) in enumerate(nets)
        ]

    of = Terms("some", level, {each.id: 3 for each in remaining(0)}, frozenset(), "happy", promotion, None, most)
    least, some, everything, nothing = (earn(accrual, of, remaining(which)) for which in range(4))

    for column in ("base", "leveled", "bonus", "points"):
        assert 0 <= getattr(least, column) <= getattr(some, column) <= getattr(everything, column)
    assert nothing == Earned(0, 0, 0)
