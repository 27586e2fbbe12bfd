"""When texts that wait will leave, one after the other."""

from datetime import UTC, datetime, timedelta

from pos.messaging.forecast import Forecast, Waiting, waiting
from pos.messaging.permits import Answer, Facts, Window, judge
from pos.messaging.policy import Policy

# Midday in Los Angeles, and the last day but one of a month.
NOON = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
DAY = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
YES = Answer("1", True, NOON - timedelta(days=1), "2026-11-en")
RULES = Policy(segments_day=3, marketing_share_percent=100, marketing_per_number_month=2)
FULL: dict[Window, int] = {("store_day", "", DAY): 2}


def held(number: int, segments: int, counts: dict[Window, int]) -> Waiting:
    """A text that may not leave at noon."""
    facts = Facts(
        purpose="marketing",
        template="campaign",
        phone=f"+1415555{number:04d}",
        segments=segments,
        home="US",
        zone="America/Los_Angeles",
        marketing=YES,
        counts=counts,
    )
    return waiting(facts, RULES, judge(facts, RULES, NOON), NOON)


def morning(days: int) -> datetime:
    """Nine in Los Angeles, so many days later."""
    return DAY + timedelta(days=days, hours=9)


def test_days_fill_up_with_texts_of_all_sizes() -> None:
    ahead = Forecast(FULL)

    days = [ahead.leaves_at(held(number, segments, FULL)) for number, segments in enumerate((3, 2, 3, 2))]

    assert days == [morning(1), morning(2), morning(3), morning(4)]
    assert ahead.leaves_at(held(9, 4, FULL)) is None


def test_number_that_had_its_share_waits_for_the_next_month() -> None:
    own: dict[Window, int] = {("marketing_month", "+14155550001", datetime(2026, 11, 1, 7, 0, tzinfo=UTC)): 2}

    assert Forecast({}).leaves_at(held(1, 1, own)) == morning(2)
