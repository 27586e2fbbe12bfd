"""A preview says what a campaign then does."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from pos.db import transaction
from pos.messaging import outbox
from tests import texting
from tests.client import Shop
from tests.messaging.campaigning import ABROAD, answered, asked, begun, claimed, draft, known, noon, policy, seen

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NAMED = "{name|friend}, the new beer is here."


def previewed(shop: Shop, **changes: Any) -> dict[str, Any]:
    body = {"body": NAMED, "at": noon().isoformat(), **changes}
    found: dict[str, Any] = asked(shop, "/campaigns/preview", body)
    return found


def _at_nine(day: datetime) -> datetime:
    return day.astimezone(LOS_ANGELES).replace(hour=9, minute=0)


def crowd(shop: Shop) -> None:
    """Names of all lengths, in both alphabets; and whoever may not be texted."""
    for number, name in enumerate((None, "Bo", "Ada Lovelace", "Ξένια Παππά", "x" * 130, "Zoë", "“Al”")):
        known(shop, 9000 + number, name)
    known(shop, 9010, consent=None)
    answered(shop, known(shop, 9011), "marketing", False)
    known(shop, 9012)
    texting.text(shop, "+14155559012", "STOP")
    # Nobody's number, but one that looks like one; and one of a country to which nothing is sent.
    shop.sell(phone="+14151234567", marketing_consent=True)
    shop.sell(phone="+4915112345678", marketing_consent=True)


def test_preview_is_what_is_then_sent(app: Flask, shop: Shop) -> None:
    # Given customers of all kinds, and what a campaign would do
    crowd(shop)
    preview = previewed(shop)

    # When it is sent
    campaign = begun(shop, body=NAMED)
    sent = claimed(shop)

    # Then that is what it did
    found = seen(shop, campaign)["results"]
    assert preview["customers"] == found["written"]
    assert preview["would_be_written_to"] == preview["leave_at_once"] == found["sent"] == len(sent)
    assert preview["suppressed"] == found["suppressed"]
    assert set(preview["suppressed"]) == {"no_consent", "opted_out", "number_unusable", "country"}
    assert (preview["segments"], preview["cost"]) == (found["segments"], found["cost"])
    bodies = {each.body for each in sent}
    assert len(preview["samples"]) == 3
    assert {sample["body"] for sample in preview["samples"]} <= bodies


def test_preview_counts_segments_by_each_name(app: Flask, shop: Shop) -> None:
    for number, name in enumerate(("Bo", "x" * 130, "Ξένια")):
        known(shop, 9000 + number, name)

    preview = previewed(shop)

    segments = [sample["segments"] for sample in preview["samples"]]
    assert segments == [1, 2, 1]
    assert [sample["encoding"] for sample in preview["samples"]] == ["GSM-7", "GSM-7", "UCS-2"]
    assert preview["segments"] == 4
    assert preview["encoding"] == "GSM-7"
    assert preview["warnings"] == [
        "The names of 1 customers have signs with which a segment holds 70 characters in place of 160."
    ]


def test_preview_warns_of_signs_that_double_the_cost(app: Flask, shop: Shop) -> None:
    known(shop, 9000)

    dear, folded = previewed(shop, body="Prost 🍺 á"), previewed(shop, body="“Prost” – cheap…")

    assert (dear["encoding"], folded["encoding"]) == ("UCS-2", "GSM-7")
    assert dear["warnings"][0].startswith("With á 🍺 a segment holds 70")
    assert folded["warnings"] == []


def test_preview_says_who_waits_for_the_morning(app: Flask, shop: Shop) -> None:
    # Given a number in Los Angeles and one in Tokyo, at noon in Los Angeles
    policy(shop, countries=ABROAD)
    known(shop, 9000)
    shop.sell(phone="+819012345678", marketing_consent=True)

    preview = previewed(shop)
    begun(shop, body=NAMED)
    sent = claimed(shop)

    # Then who is asleep gets it in the morning: four hours later it is nine in Tokyo
    assert (preview["leave_at_once"], preview["wait"]) == (1, {"quiet_hours": 1})
    assert datetime.fromisoformat(preview["last_leaves_at"]) == noon() + timedelta(hours=4)
    assert [each.phone for each in sent] == ["+14155559000"]
    assert Counter(each["reason"] for each in texting.messages(shop, purpose="marketing")) == {
        None: 1,
        "quiet_hours": 1,
    }


def test_preview_heeds_what_a_day_may_cost(app: Flask, shop: Shop) -> None:
    for number in range(5):
        known(shop, 9000 + number)
    policy(shop, segments_day=5, marketing_share_percent=60)

    preview = previewed(shop)
    begun(shop, body=NAMED)

    assert (preview["leave_at_once"], preview["wait"]) == (3, {"limit_store_day": 2})
    assert "leaves on later days" in preview["warnings"][0]
    assert len(claimed(shop)) == 3


def test_preview_counts_the_days_that_it_takes(app: Flask, shop: Shop) -> None:
    # given: a text a day, for six who are asleep at nine in the evening
    for number in range(6):
        known(shop, 9000 + number)
    policy(shop, segments_day=10, marketing_share_percent=10)
    evening = noon() + timedelta(hours=9)

    at_noon, at_night = previewed(shop), previewed(shop, at=evening.isoformat())

    assert (at_noon["leave_at_once"], at_noon["wait"]) == (1, {"limit_store_day": 5})
    assert (at_night["leave_at_once"], at_night["wait"]) == (0, {"quiet_hours": 6})
    mornings = [_at_nine(noon() + timedelta(days=days)) for days in (5, 6)]
    assert [datetime.fromisoformat(each["last_leaves_at"]) for each in (at_noon, at_night)] == mornings


def test_preview_says_what_never_leaves(app: Flask, shop: Shop) -> None:
    # given: room for one segment, and a name with which it takes two
    known(shop, 9000, "x" * 130)
    known(shop, 9001)
    policy(shop, segments_day=2, marketing_share_percent=50)

    preview = previewed(shop)

    assert preview["warnings"][0].startswith("1 of the texts never leave: they take more segments")
    assert datetime.fromisoformat(preview["last_leaves_at"]) == noon()


@pytest.mark.parametrize("switch", ["segments_day", "marketing_share_percent", "marketing_per_number_day"])
def test_preview_warns_that_the_policy_lets_nothing_leave(app: Flask, shop: Shop, switch: str) -> None:
    known(shop, 9000)
    policy(shop, **{switch: 0})

    preview = previewed(shop)

    assert (preview["leave_at_once"], preview["last_leaves_at"]) == (0, None)
    assert preview["warnings"] == [
        f"No marketing leaves, since the policy has 0 for {switch}: the texts wait until that is more."
    ]


def test_preview_of_nobody_warns(app: Flask, shop: Shop) -> None:
    known(shop, 9000, consent=False)

    preview = previewed(shop)

    assert (preview["would_be_written_to"], preview["samples"], preview["last_leaves_at"]) == (0, [], None)
    assert preview["warnings"] == ["Nobody in this segment can be written to."]


def test_preview_saves_and_counts_nothing(app: Flask, shop: Shop) -> None:
    known(shop, 9000)

    previewed(shop)

    assert asked(shop, "/campaigns", method="GET")["data"] == []
    assert texting.messages(shop) == []
    with transaction(UUID(shop.store_id)):
        assert outbox.sent_so_far({("store_day", "", noon()): 0}) == {}


def test_preview_of_a_campaign_is_for_its_time(app: Flask, shop: Shop) -> None:
    known(shop, 9000)
    campaign = draft(shop, body=NAMED)
    asked(shop, f"/campaigns/{campaign['id']}/start", {"at": noon().isoformat()})

    preview = asked(shop, f"/campaigns/{campaign['id']}/preview", method="GET")

    assert preview == previewed(shop)
    assert preview["last_leaves_at"] == noon().isoformat().replace("+00:00", "Z")
