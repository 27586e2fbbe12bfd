"""Each line of the ledger in words."""

from typing import Any

import pytest

from pos.loyalty.models import ENTRY_TYPES
from pos.loyalty.words import line


def entry(type_: str, points: int, **facts: Any) -> dict[str, Any]:
    return {"type": type_, "points": points, "reason": None, "terms": None, "lot_id": "lot", **facts}


def act(*entries: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {
        "act_id": "act", "entries": list(entries), "points": sum(each["points"] for each in entries), "order_id": "order",
        "reference": "ABC789", "order_status": "open", "reward": "Free pint", "by_refund": False, "actor": "register:1",
        "occurred_at": None, **facts,
    }  # fmt: skip


REPAID = (entry("transfer", -4), entry("transfer", 4, lot_id=None))
NO_ORDER: dict[str, Any] = {"order_id": None, "reference": None}
SAID = [
    (act(entry("accumulate", 10)), "Earned with order ABC789"),
    (
        act(entry("accumulate", 10, terms={"level": "gold", "multiplier": "1.5", "promotion": "Happy"})),
        "(gold × 1.5, Happy)",
    ),
    (
        act(entry("accumulate", 10, terms={"level": "gold", "multiplier": "1", "promotion": None})),
        "Earned with order ABC789",
    ),
    (act(entry("accumulate", 10), *REPAID), "4 of them repay points"),
    (act(entry("redeem", -5), entry("redeem", -3)), "Spent on Free pint in order ABC789"),
    (act(entry("redeem", -5), **NO_ORDER), "Spent on Free pint (code)"),
    (act(entry("return", 5), by_refund=True), "Given back for Free pint: order ABC789 was paid back"),
    (act(entry("return", 5), order_status="canceled"), "was canceled"),
    (act(entry("return", 5)), "was changed"),
    (act(entry("return", 5), **NO_ORDER), "the code for Free pint was not used"),
    (act(entry("return", -5)), "Taken again for Free pint"),
    (act(entry("reverse", -5), by_refund=True), "Taken back: order ABC789 was paid back"),
    (act(entry("reverse", -5), entry("reverse", -3, lot_id=None), by_refund=True), "; 3 of them were spent already"),
    (act(entry("reverse", 5)), "Given back: order ABC789 counts again"),
    (act(entry("expire", -5), **NO_ORDER), "Expired"),
    (act(entry("adjust", 5, reason="Sorry"), **NO_ORDER), "Adjusted: Sorry"),
    (act(entry("transfer", 5), **NO_ORDER), "Came over from another account"),
    (act(entry("transfer", -5), **NO_ORDER), "Went over to another account"),
    (act(*REPAID, **NO_ORDER), "Repaid what was owed"),
]


@pytest.mark.parametrize(("happened", "said"), SAID)
def test_line_says_what_happened(happened: dict[str, Any], said: str) -> None:
    assert said in line(happened)["text"]


def test_line_shows_its_order_and_points() -> None:
    shown = line(act(entry("redeem", -5), entry("redeem", -3)))

    assert (shown["type"], shown["points"], shown["order"]) == ("redeem", -8, {"id": "order", "reference": "ABC789"})
    assert line(act(entry("expire", -5), **NO_ORDER))["order"] is None


def test_every_type_of_entry_has_its_words() -> None:
    assert {happened["entries"][0]["type"] for happened, _ in SAID} == set(ENTRY_TYPES)
