"""What is said is what was found: the guard lets no other figure, name or link out, and a twin that lies shows that it looks."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
import structlog

from pos.assistant import answers
from pos.assistant.figures import Clock, Money, figures, unproven
from pos.assistant.tools.points import BALANCE
from pos.messaging.inbox import Asked
from tests.assistant.test_questions import question, within
from tests.client import Shop
from tests.loyalty.members import joined

BASE = "https://pos.example.com"


@dataclass(frozen=True)
class Row:
    total: Money
    count: int
    on: date
    opens: Clock
    name: str
    currency: str = "USD"


ROW = Row(463_812, 1_200, date(2026, 11, 30), "18:00", "Ada’s “best”  IPA")
PROVEN = figures(ROW, "en")


def test_figures_are_written_by_their_kind() -> None:
    assert {"4,638.12 USD", "1,200", "Nov 30, 2026", "6:00 PM", 'Ada\'s "best" IPA'} <= set(PROVEN)
    assert "463,812" not in PROVEN
    assert "30 nov 2026" in figures(ROW, "es")
    assert "18:00" in figures(ROW, "es")


@pytest.mark.parametrize(
    "text",
    [
        "You have 1,200 points.",
        "Order of Nov 30, 2026: 4,638.12 USD.",
        'Enough for Ada\'s "best" IPA (1,200).',
    ],
)
def test_what_was_found_may_be_said(text: str) -> None:
    assert unproven(text, PROVEN) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("You have 1,201 points.", ["1", "201"]),
        ("You have 11,200 points.", ["11", "200"]),
        ("You have 1,200.50 points.", ["1", "200", "50"]),
        ("Order: 463,812 USD.", ["463", "812"]),
        ("Order: 638.12 USD.", ["638", "12"]),
        ("Order of Nov 29, 2026.", ["Nov", "29", "2026"]),
        ("Order of Lovelace.", ["Lovelace"]),
        ("Pay https://evil.example.com now", ["https://evil.example.com", "https", "evil", "example", "com", "now"]),
    ],
)
def test_what_was_not_found_is_seen(text: str, found: list[str]) -> None:
    seen = unproven(text, PROVEN, base_url=BASE)

    assert set(seen) >= set(found) - {"now"}


def test_link_of_a_name_is_never_ours() -> None:
    proven = ["https://evil.example.com/x", f"{BASE}/hops/o/abc"]

    assert unproven("Pay https://evil.example.com/x", proven, base_url=BASE) == ["https://evil.example.com/x"]
    assert unproven("Pay www.evil.example", ["www.evil.example"], base_url=BASE) == ["www.evil.example"]
    assert unproven(f"Pay {BASE}/hops/o/abc", proven, base_url=BASE) == []


def lying(asked: Asked, claim: str) -> Any:
    """The answer about points, in words that claim something else."""
    [intent] = [each for each in answers.INTENTS if each.name == "points"]
    liar = replace(intent, worded=lambda *_: [f"You have {claim} points."])
    return answers._told(liar, BALANCE.arguments(), asked)


def test_lie_is_not_sent_and_is_told_in_the_log(shop: Shop) -> None:
    # given
    joined(shop, points=41)

    with within(shop), structlog.testing.capture_logs() as logged:
        asked = question(shop, "ada", "points")
        # when
        true, false = lying(asked, "41"), lying(asked, "42")
    # then: the twin that tells the truth is sent
    assert true.body == "Hops: You have 41 points."
    assert (false.intent, false.facts) == (answers.UNKNOWN, [])
    assert "42" not in str(false.body)
    [line] = [each for each in logged if each["event"] == "assistant.unproven"]
    assert line["log_level"] == "error"
    assert "42" not in str(line)
