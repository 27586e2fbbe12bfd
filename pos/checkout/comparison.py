"""What a rehearsal found, as figures and as a page to read: pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import format_currency, get_currency_precision

from pos.checkout.rehearsal import Change, Rehearsal, Side, Value

_LINES = {
    "earned": "points earned",
    "expired": "of all points, expired (breakage)",
    "redeemed": "spent on rewards",
    "missed": "rewards out of reach, in points",
    "liability": "held now (liability)",
}


def figures(rehearsal: Rehearsal, value: Value | None, of_members: int, since: date) -> dict[str, Any]:
    """All that a rehearsal found, of a store with so many members. Amounts are in minor units, and null if no reward says what a
    point is worth."""
    in_force, proposed = rehearsal.sides
    return {
        "since": since.isoformat(),
        "orders": rehearsal.orders,
        "members": rehearsal.members,
        "of_members": of_members,
        "in_force": {"version": in_force.rules.version} | _side(in_force, value),
        "proposed": _side(proposed, value),
        "helped": rehearsal.changes["helped"],
        "hurt": rehearsal.changes["hurt"],
        "same": rehearsal.changes["same"],
        "gains": [_change(each) for each in rehearsal.gains],
        "losses": [_change(each) for each in rehearsal.losses],
        "best_reward": {"name": value.reward, "amount_per_1000_points": int(1000 * value.of_a_point)}
        if value
        else None,
    }


def page(found: Mapping[str, Any]) -> Iterator[str]:
    """The same in words, line by line."""
    sides = found["in_force"], found["proposed"]
    yield f"{found['store']}: {found['orders']:,} orders since {found['since']}, {found['members']:,} members."
    yield f"{'':36}{'in force':>16}{'proposed':>16}"
    for name, words in _LINES.items():
        yield f"{words:36}" + "".join(f"{side[name]:>16,}" for side in sides)
    if found["best_reward"]:
        money = (_money(side["liability_amount"], found["currency"]) for side in sides)
        yield f"{'held now, in money':36}" + "".join(f"{each:>16}" for each in money)
    yield _worth(found)
    yield (
        "By the points that came and did not expire: "
        + ", ".join(
            f"{found[name]:,} members {words}"
            for name, words in (("helped", "have more"), ("hurt", "have fewer"), ("same", "the same"))
        )
        + "."
    )
    for words, changes in (("Largest gains", found["gains"]), ("Largest losses", found["losses"])):
        if changes:
            yield f"{words}: " + ", ".join(f"{each['tappass_id']} {each['points']:+,}" for each in changes)


def _side(side: Side, value: Value | None) -> dict[str, Any]:
    amount = int(side.liability * value.of_a_point) if value else None
    return {name: getattr(side, name) for name in _LINES} | {"liability_amount": amount}


def _change(change: Change) -> dict[str, Any]:
    return {"tappass_id": change.tappass_id, "points": change.points}


def _worth(found: Mapping[str, Any]) -> str:
    if found["best_reward"] is None:
        return "No reward is offered, so a point is worth nothing yet."
    name, amount = found["best_reward"]["name"], found["best_reward"]["amount_per_1000_points"]
    worth = _money(amount, found["currency"])
    return f"A point is worth what the best reward gives for it: {name}, {worth} for 1,000 points."


def _money(amount: int, currency: str) -> str:
    exact = Fraction(amount, 10 ** get_currency_precision(currency))
    return str(format_currency(Decimal(exact.numerator) / exact.denominator, currency, locale="en"))
