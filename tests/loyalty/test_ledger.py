"""An account and its lots, without a database: each act by itself, and what holds after any acts in any order."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos import ids
from pos.loyalty.ledger import FORGIVEN, About, Account, Booked, Drawn, InsufficientPoints, Lot
from pos.loyalty.rules import built_in, read

NOW = datetime(2026, 1, 15, tzinfo=UTC)
ORDER, OTHER, REDEMPTION = UUID(int=1), UUID(int=2), UUID(int=3)
acts = st.lists(
    st.tuples(
        st.sampled_from(
            ["earn", "earn", "redeem", "redeem", "reverse", "unreverse", "give back", "take again", "adjust", "wait"]
        ),
        st.integers(1, 30),
        st.integers(0, 2),
    ),
    max_size=25,
)


@dataclass
class Memory:
    """A shelf of lots, which learns of new ones from the account itself."""

    account: Account | None = None
    lots: dict[UUID, Lot] = field(default_factory=dict)

    def learn(self) -> None:
        assert self.account
        self.lots |= self.account.touched

    def oldest(self, now: datetime) -> Iterator[Lot]:
        held = [lot for lot in self.lots.values() if lot.remaining and (lot.expires_at is None or lot.expires_at > now)]
        yield from sorted(held, key=lambda lot: (lot.expires_at is None, lot.expires_at, lot.id))

    def brought_by(self, order_id: UUID) -> list[Lot]:
        self.learn()
        return sorted((lot for lot in self.lots.values() if lot.order_id == order_id), key=lambda lot: lot.id)

    def redeemed(self, redemption_id: UUID) -> list[Drawn]:
        return drawn(self, ("redeem", "return"), redemption_id=redemption_id)


def drawn(shelf: Memory, types: tuple[str, ...], **about: Any) -> list[Drawn]:
    """By lot what these entries drew and did not put back, the last first."""
    assert shelf.account
    out: Counter[UUID | None] = Counter()
    for entry in shelf.account.entries:
        if entry["type"] in types and all(entry[name] == wanted for name, wanted in about.items()):
            out[entry["lot_id"]] -= entry["points"]
    beside = -sum(points for points in out.values() if points < 0)
    out[None] -= beside
    found = [Drawn(shelf.lots[lot] if lot else None, points) for lot, points in out.items() if points > 0]
    return found[::-1]


def opened(shortfall: str = "debt", months: int | None = 12) -> tuple[Account, Memory]:
    shelf = Memory()
    rules = read(1, built_in("USD") | {"shortfall": shortfall, "expiry_months": months})
    account = Account(
        member_id=ids.uuid7(), balance=0, debt=0, lifetime_points=0, level_points=0, level_from=NOW - timedelta(365),
        now=NOW, rules=rules, timezone="UTC", shelf=shelf,
    )  # fmt: skip
    shelf.account = account
    return account, shelf


def reopen(account: Account, shelf: Memory, order: UUID) -> None:
    """As another transaction finds it that asks for this order."""
    shelf.learn()
    own = [each for each in account.entries if each["order_id"] == order]
    counted = [each for each in own if each["type"] in ("accumulate", "reverse")]
    account.booked = Booked(
        points=sum(each["points"] for each in counted),
        reversed=drawn(shelf, ("reverse",), order_id=order),
        forgiven=sum(each["points"] for each in own if each["reason"] == FORGIVEN),
        parts=sum(each["type"] == "accumulate" for each in own),
        version=1,
        earned_at=NOW,
    )


def earn(account: Account, shelf: Memory, points: int, order: UUID = ORDER) -> None:
    reopen(account, shelf, order)
    account.accumulate(points, order, {}, 1, NOW)


def wait(account: Account, shelf: Memory, days: int) -> None:
    shelf.learn()
    account.now += timedelta(days)
    account.expire()


def held(account: Account, shelf: Memory) -> list[int]:
    shelf.learn()
    return [lot.remaining for lot in sorted(shelf.lots.values(), key=lambda lot: lot.id)]


def told(account: Account) -> list[tuple[str, int]]:
    return [(entry["type"], entry["points"]) for entry in account.entries]


def test_accumulate_makes_a_lot() -> None:
    account, shelf = opened()

    earn(account, shelf, 10)

    assert (account.balance, account.debt, account.level_points, account.lifetime_points) == (10, 0, 10, 10)
    [lot] = account.new_lots
    assert (lot["points"], lot["order_id"], lot["expires_at"]) == (10, ORDER, datetime(2027, 2, 1, tzinfo=UTC))
    assert account.entries[0]["cause"] == f"accumulate:{ORDER}:1"


def test_redeem_draws_from_the_oldest() -> None:
    account, shelf = opened(months=1)
    earn(account, shelf, 10)
    wait(account, shelf, 20)
    earn(account, shelf, 10, OTHER)

    account.redeem(12, About(redemption_id=REDEMPTION))

    assert held(account, shelf) == [0, 8]


def test_redeem_refuses_when_points_are_short() -> None:
    account, shelf = opened()
    earn(account, shelf, 10)

    with pytest.raises(InsufficientPoints) as refused:
        account.redeem(13, About(redemption_id=REDEMPTION))

    assert refused.value.facts if hasattr(refused.value, "facts") else vars(refused.value)
    assert "3 are missing" in str(refused.value)
    assert told(account) == [("accumulate", 10)]


def test_reverse_takes_from_the_orders_own_lot_first() -> None:
    account, shelf = opened()
    earn(account, shelf, 10, OTHER)
    earn(account, shelf, 10)

    reopen(account, shelf, ORDER)
    account.reverse(4, About(ORDER))

    assert held(account, shelf) == [10, 6]


def test_reverse_owes_what_was_spent_and_the_next_points_repay_it() -> None:
    account, shelf = opened()
    earn(account, shelf, 10)
    account.redeem(8, About(redemption_id=REDEMPTION))
    reopen(account, shelf, ORDER)
    account.reverse(10, About(ORDER))
    owed = (account.balance, account.debt)

    earn(account, shelf, 20, OTHER)

    assert owed == (-8, 8)
    assert (account.balance, account.debt) == (12, 0)
    assert told(account)[-3:] == [("accumulate", 20), ("transfer", -8), ("transfer", 8)]
    assert len({entry["act_id"] for entry in account.entries[-3:]}) == 1


def test_reverse_forgives_what_was_spent_if_the_store_does() -> None:
    account, shelf = opened("forgive")
    earn(account, shelf, 10)
    account.redeem(8, About(redemption_id=REDEMPTION))
    reopen(account, shelf, ORDER)

    account.reverse(10, About(ORDER))
    after = (account.balance, account.debt)
    reopen(account, shelf, ORDER)
    account.unreverse(10, About(ORDER))

    assert after == (0, 0)
    assert (account.balance, account.debt, held(account, shelf)) == (2, 0, [2])


def test_unreverse_puts_points_back_where_they_were() -> None:
    account, shelf = opened()
    earn(account, shelf, 5, OTHER)
    earn(account, shelf, 10)
    account.redeem(8, About(redemption_id=REDEMPTION))
    reopen(account, shelf, ORDER)
    account.reverse(10, About(ORDER))
    before = held(account, shelf), account.debt

    reopen(account, shelf, ORDER)
    account.unreverse(10, About(ORDER))

    assert before == ([0, 0], 3)
    assert (held(account, shelf), account.debt) == ([0, 7], 0)


def test_unreverse_of_what_was_repaid_since_goes_to_the_orders_lot() -> None:
    account, shelf = opened()
    earn(account, shelf, 10)
    account.redeem(10, About(redemption_id=REDEMPTION))
    reopen(account, shelf, ORDER)
    account.reverse(10, About(ORDER))
    earn(account, shelf, 10, OTHER)

    reopen(account, shelf, ORDER)
    account.unreverse(10, About(ORDER))

    assert (held(account, shelf), account.debt) == ([10, 0], 0)


def test_give_back_returns_points_with_their_own_expiry() -> None:
    account, shelf = opened(months=1)
    earn(account, shelf, 10)
    wait(account, shelf, 20)
    earn(account, shelf, 10, OTHER)
    account.redeem(15, About(redemption_id=REDEMPTION))
    wait(account, shelf, 30)

    account.give_back(15, About(redemption_id=REDEMPTION))

    assert held(account, shelf) == [0, 10]
    assert told(account)[-3:] == [("return", 5), ("return", 10), ("expire", -10)]


def test_expire_ends_what_is_due_once() -> None:
    account, shelf = opened(months=1)
    earn(account, shelf, 10)

    wait(account, shelf, 60)
    wait(account, shelf, 60)

    assert told(account) == [("accumulate", 10), ("expire", -10)]
    assert account.level_points == 10


def test_adjust_takes_no_more_than_there_is() -> None:
    account, shelf = opened()
    account.adjust(5, "thanks")
    shelf.learn()

    with pytest.raises(InsufficientPoints):
        account.adjust(-6, "a mistake")
    account.adjust(-5, "a mistake")

    assert (account.balance, account.lifetime_points) == (0, 0)
    assert [entry["reason"] for entry in account.entries] == ["thanks", "a mistake"]


def test_take_over_takes_lots_debt_and_level() -> None:
    mine, shelf = opened()
    earn(mine, shelf, 10)
    heir, hers = opened()
    earn(heir, hers, 5, OTHER)
    heir.redeem(5, About(redemption_id=REDEMPTION))
    reopen(heir, hers, OTHER)
    heir.reverse(5, About(OTHER))

    heir.take_over(mine.hand_over(mine.level_points))

    assert (mine.balance, mine.debt, mine.level_points, mine.lifetime_points) == (0, 0, 0, 0)
    assert (heir.balance, heir.debt, heir.level_points, heir.lifetime_points) == (5, 0, 10, 10)
    [_, taken] = heir.new_lots
    assert (taken["order_id"], taken["expires_at"]) == (ORDER, datetime(2027, 2, 1, tzinfo=UTC))


def test_entries_are_in_the_order_in_which_they_were_made() -> None:
    account, shelf = opened()
    for number in range(50):
        earn(account, shelf, 1, UUID(int=number + 10))

    keys = [entry["id"] for entry in account.entries]
    assert keys == sorted(keys)
    assert [lot["id"] for lot in account.new_lots] == sorted(lot["id"] for lot in account.new_lots)


@given(done=acts, shortfall=st.sampled_from(["debt", "forgive"]), months=st.sampled_from([None, 1, 3]))
@settings(max_examples=150)
def test_books_hold_after_any_acts(done: list[tuple[str, int, int]], shortfall: str, months: int | None) -> None:
    account, shelf = opened(shortfall, months)
    orders = [UUID(int=100 + number) for number in range(3)]
    for act, points, which in done:
        before = account.balance
        moved = do(account, shelf, act, points, orders[which])
        require_whole(account, shelf)
        if act != "wait":
            beside = [
                e["points"] for e in account.entries[moved[1] :] if e["type"] == "expire" or e["reason"] == FORGIVEN
            ]
            assert account.balance == before + moved[0] + sum(beside)


def do(account: Account, shelf: Memory, act: str, points: int, order: UUID) -> tuple[int, int]:
    """Does it as far as it makes sense; what the balance should move by, and since which entry."""
    reopen(account, shelf, order)
    since = len(account.entries)
    if act == "earn":
        account.accumulate(points, order, {}, 1, NOW)
        return points, since
    if act == "adjust":
        account.adjust(points, "by hand")
        return points, since
    if act == "redeem" and account.balance < points:
        with pytest.raises(InsufficientPoints):
            account.redeem(points, About(redemption_id=order))
        return 0, since
    if act == "redeem":
        account.redeem(points, About(redemption_id=order))
        return -points, since
    if act == "wait":
        wait(account, shelf, points)
        return 0, since
    moved = undo(account, shelf, act, points, order)
    return moved, since


def undo(account: Account, shelf: Memory, act: str, points: int, order: UUID) -> int:
    """Takes back or gives back, as far as there is something of it; what the balance should move by."""
    earned, taken = account.booked.points, sum(each.points for each in account.booked.reversed)
    out = sum(each.points for each in shelf.redeemed(order))
    if act == "reverse" and earned:
        account.reverse(min(points, earned), About(order))
        return -min(points, earned)
    if act == "unreverse" and taken:
        account.unreverse(min(points, taken), About(order))
        return min(points, taken)
    if act == "give back" and out:
        account.give_back(min(points, out), About(redemption_id=order))
        return min(points, out)
    if act == "take again" and out:
        account.take_again(points, About(redemption_id=order))
        return -points
    return 0


def require_whole(account: Account, shelf: Memory) -> None:
    shelf.learn()
    by_lot: Counter[UUID | None] = Counter()
    for entry in account.entries:
        by_lot[entry["lot_id"]] += entry["points"]
        assert entry["points"]
    assert {lot: by_lot[lot] for lot in shelf.lots} == {lot.id: lot.remaining for lot in shelf.lots.values()}
    assert min([lot.remaining for lot in shelf.lots.values()], default=0) >= 0
    assert (-by_lot[None], account.balance) == (account.debt, sum(by_lot.values()))
    assert account.debt >= 0
    assert not account.debt or not any(lot.remaining for lot in shelf.lots.values())
    counted = sum(entry["points"] for entry in account.entries if entry["type"] in ("accumulate", "reverse"))
    assert account.lifetime_points == account.level_points == counted
