"""An imagined account, moment by moment; that it is the ledger's own arithmetic is shown where it is compared with the books."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pos.checkout.imagined import Imagined, Place
from pos.checkout.remaining import Line, Sold
from pos.loyalty import rules as rulebook
from pos.loyalty.ledger import Lot
from pos.loyalty.rules import Rules

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
STEPS = [
    {"name": "bronze", "points": 0, "multiplier": "1"},
    {"name": "silver", "points": 100, "multiplier": "1.5"},
]


def test_levels_rise_with_what_is_bought_and_fall_after_a_year() -> None:
    account = imagined(levels=STEPS)

    gained = [bought(account, 10_000, day) for day in (0, 1, 300, 366, 800)]

    assert gained == [100, 150, 150, 150, 100]


def test_levels_of_a_lifetime_stay() -> None:
    account = imagined(levels=STEPS, levels_by="lifetime")

    assert [bought(account, 10_000, day) for day in (0, 1500)] == [100, 150]


def test_points_expire_at_the_end_of_their_month() -> None:
    account = imagined(expiry_months=1)
    bought(account, 5_000, 0)

    balances = []
    for at in (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)):
        account.go_to(at)
        balances.append(account.balance)

    assert (balances, account.totals["expire"]) == ([50, 0], -50)


def test_what_was_there_before_counts_and_expires_as_it_would_have() -> None:
    account = imagined(levels=STEPS)
    held = [Lot(uuid4(), 30, START + timedelta(days=2)), Lot(uuid4(), 20, None)]
    account.begin_with(held, 0, [(START - timedelta(days=1), 100), (START - timedelta(days=500), 999)])

    gained = bought(account, 10_000, 1)
    account.go_to(START + timedelta(days=3))

    assert (gained, account.balance) == (150, 170)


def test_debt_of_before_is_repaid_first() -> None:
    account = imagined()
    account.begin_with([], 40, [])

    bought(account, 5_000, 1)

    assert (account.balance, account.totals["accumulate"]) == (10, 50)


def test_redeem_takes_points_only_if_there_are_enough() -> None:
    account = imagined()
    bought(account, 5_000, 0)

    for points in (30, 30):
        account.redeem(points)

    assert (account.balance, account.totals["redeem"], account.totals["missed"]) == (20, -30, 30)


def test_adjusting_takes_no_more_than_there_is() -> None:
    account = imagined()

    for points in (-5, 50, -80):
        account.adjust(points)

    assert account.balance == 0


def test_orders_from_before_joining_count_for_the_days_that_the_programme_says() -> None:
    joined_at = START + timedelta(days=40)
    ordered = [sold(1_000, START), sold(2_000, START + timedelta(days=20)), sold(4_000, START + timedelta(days=41))]

    brought = []
    for days in (0, 30, 60):
        account = imagined(joining_days=days)
        account.go_to(START + timedelta(days=41))
        for order in ordered:
            account.buy(order, joined_at)
        brought.append(account.balance)

    assert brought == [40, 60, 70]


def imagined(**changed: Any) -> Imagined:
    """An empty account under the built-in rules without levels, with these changes."""
    plain = rulebook.built_in("USD") | {"levels": STEPS[:1]} | changed
    return Imagined(uuid4(), rules(plain), Place("UTC"), START)


def rules(kept: dict[str, Any]) -> Rules:
    return rulebook.read(1, kept)


def bought(account: Imagined, net: int, day: int) -> int:
    """What an order of that day brings."""
    before, at = account.totals["accumulate"], START + timedelta(days=day)
    account.go_to(at)
    account.buy(sold(net, at))
    return account.totals["accumulate"] - before


def sold(net: int, at: datetime) -> Sold:
    """An order of one line that was paid as it was placed."""
    line = Line(uuid4(), None, 1, net, 0, 0, 0)
    return Sold(
        id=uuid4(), customer_id=uuid4(), location_id=uuid4(), placed_at=at, paid_at=at, is_canceled=False, tax_included=False,
        total=net, paid=net, refunded=0, has_points=False, has_rewards=False, lines=(line,),
    )  # fmt: skip
