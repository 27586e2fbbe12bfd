"""docs/payments.md and docs/reliability.md against the code: what people read there is what happens."""

import re
from itertools import product

from pos import crash
from pos.checkout.events import TYPES
from pos.checkout.sweep import DISPUTES_LOOKED_BACK, REFUNDS_LOOKED_BACK
from pos.checkout.tasks import AWAY
from pos.payments.gateway import API_VERSION
from pos.payments.lifecycle import LINK, LINK_STATUSES, PAYMENT_RANK, REFUND_RANK
from pos.payments.models import DISPUTE_STATUSES
from pos.web.guest import MOST_LINKS
from tests.tables import DOCS, NOT_SAID, tables

PAGE = tables("payments.md")


def test_page_names_the_events_that_are_read() -> None:
    assert sorted(row["type"] for row in PAGE["Events"]) == sorted(TYPES)


def test_page_names_the_version_in_which_events_are_read() -> None:
    assert set(re.findall(r"\b20\d\d-\d\d-\d\d\.\w+", (DOCS / "payments.md").read_text())) == {API_VERSION}


def test_page_shows_the_life_of_a_link() -> None:
    rows = {row["state"]: row for row in PAGE["Of a link"]}
    events = sorted({event for _, event in LINK})

    assert (tuple(rows), sorted(rows["active"])) == (LINK_STATUSES, sorted(["state", *events]))
    for state, event in product(LINK_STATUSES, events):
        assert rows[state][event] == LINK.get((state, event), NOT_SAID), (state, event)


def test_page_shows_which_news_hold() -> None:
    for heading, rank in (("Of a payment", PAYMENT_RANK), ("Of a refund", REFUND_RANK)):
        assert {row["state"]: int(row["rank"]) for row in PAGE[heading]} == rank
    assert tuple(row["state"] for row in PAGE["Of a dispute"]) == DISPUTE_STATUSES


def test_page_says_how_often_how_long_and_how_far_back() -> None:
    page = " ".join((DOCS / "payments.md").read_text().split())

    assert f"change the tip {MOST_LINKS} times within a quarter of an hour" in page
    assert f"leave all to the sweep for {AWAY.seconds} s" in page
    assert f"the refunds of {REFUNDS_LOOKED_BACK.days} days, the disputes of {DISPUTES_LOOKED_BACK.days}" in page


def test_reliability_page_names_the_points_at_which_tests_kill() -> None:
    rows = tables("reliability.md")["Where a payment is cut off"]

    named = [point for row in rows for point in re.findall(r"[a-z]+\.[a-z]+", row["point"])]
    assert named == [point for point in crash.POINTS if not point.startswith(("text.", "unify.", "rollback.", "sync."))]
