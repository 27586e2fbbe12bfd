"""What is asked of a guest, for every state of order, link, payment and refund."""

from typing import Any

import pytest

from pos.web.standing import Standing, standing

PAGE = "https://buy.stripe.com/c/1"
NO_MONEY = {"total": 1000, "amount_paid": 0, "amount_refunded": 0}
PAID = {"total": 1000, "amount_paid": 1000, "amount_refunded": 0}


def link(status: str, *, amount: int = 1000, tip: int = 0, url: str | None = PAGE) -> dict[str, Any]:
    return {"status": status, "amount": amount, "tip": tip, "provider_url": url}


def stands(*, takes_cards: bool = True, **facts: Any) -> Standing:
    order = {
        "status": "open", "source": "tablet", "fulfillment_status": "proposed", "currency": "USD", **NO_MONEY,
        "link": None, "is_confirming": False, "has_failed": False, "going_back": 0, **facts,
    }  # fmt: skip
    return standing(order, takes_cards=takes_cards)


@pytest.mark.parametrize(
    ("facts", "asks"),
    [
        ({}, "card"),
        ({"link": link("creating", url=None)}, "card"),
        ({"link": link("active")}, "card"),
        ({"link": link("canceled")}, "card"),
        ({"link": link("expired")}, "card"),
        ({"link": link("completed")}, "card"),
        ({"link": link("failed")}, "counter"),
        ({"takes_cards": False}, "counter"),
        ({"takes_cards": False, "link": link("active")}, "counter"),
        ({"total": 49}, "counter"),
        ({"total": 50}, "card"),
        ({"total": 1005, "currency": "KWD"}, "counter"),
        ({"total": 1010, "currency": "KWD"}, "card"),
        ({"is_confirming": True, "link": link("active")}, "bank"),
        ({"is_confirming": True, "takes_cards": False}, "bank"),
        ({"is_confirming": True, **PAID}, "nothing"),
        (PAID, "nothing"),
        ({"total": 0}, "nothing"),
        ({**PAID, "amount_refunded": 400}, "nothing"),
        ({**PAID, "amount_refunded": 400, "status": "completed"}, "nothing"),
        ({"status": "canceled"}, "nothing"),
        ({"status": "canceled", "link": link("active")}, "nothing"),
    ],
)
def test_guest_is_asked_for_what_can_be_done(facts: dict[str, Any], asks: str) -> None:
    assert stands(**facts).asks == asks


@pytest.mark.parametrize(
    ("last", "amount", "tip", "is_asked_for", "card_page"),
    [
        (None, 1000, 0, False, None),
        (link("creating", amount=1200, tip=200, url=None), 1200, 200, True, None),
        (link("active", amount=1200, tip=200), 1200, 200, True, PAGE),
        (link("active", url="http://127.0.0.1:8000/_sandbox/pay/1"), 1000, 0, True, "http://127.0.0.1:8000/_sandbox/pay/1"),
        (link("active", url="javascript:alert(1)"), 1000, 0, True, None),
        (link("active", url="//elsewhere.example"), 1000, 0, True, None),
        (link("canceled", amount=1200, tip=200), 1000, 0, False, None),
        (link("expired", amount=1200, tip=200), 1000, 0, False, None),
    ],
)  # fmt: skip
def test_only_a_live_link_counts(last: Any, amount: int, tip: int, is_asked_for: bool, card_page: str | None) -> None:
    found = stands(link=last)

    assert (found.amount, found.tip, found.is_asked_for, found.card_page) == (amount, tip, is_asked_for, card_page)


@pytest.mark.parametrize(
    ("facts", "is_paid", "going_back", "too_much"),
    [
        ({}, False, 0, 0),
        (PAID, True, 0, 0),
        ({"total": 0}, False, 0, 0),
        ({**PAID, "status": "completed", "fulfillment_status": "completed"}, True, 0, 0),
        ({**PAID, "amount_paid": 1500}, True, 0, 500),
        ({**PAID, "amount_paid": 1500, "going_back": 500}, True, 500, 0),
        ({**PAID, "amount_paid": 1500, "going_back": 200}, True, 200, 300),
        ({**PAID, "amount_refunded": 1000, "status": "completed"}, False, 0, 0),
        ({**PAID, "status": "canceled"}, False, 0, 1000),
        ({**PAID, "status": "canceled", "going_back": 1000}, False, 1000, 0),
        ({**PAID, "status": "canceled", "amount_refunded": 1000}, False, 0, 0),
        ({**PAID, "going_back": 300}, True, 300, 0),
    ],
)
def test_money_that_is_there_or_on_its_way_back(
    facts: dict[str, Any], is_paid: bool, going_back: int, too_much: int
) -> None:
    found = stands(**facts)

    assert (found.is_paid, found.going_back, found.too_much) == (is_paid, going_back, too_much)


@pytest.mark.parametrize(
    ("facts", "has_failed"),
    [
        ({}, False),
        ({"link": link("failed")}, True),
        ({"has_failed": True, "link": link("active")}, True),
        ({"has_failed": True, **PAID}, False),
        ({"has_failed": True, "status": "canceled"}, False),
    ],
)
def test_failure_is_told_while_something_is_due(facts: dict[str, Any], has_failed: bool) -> None:
    assert stands(**facts).has_failed is has_failed
