"""May this text leave now: a table of cases, what must hold whatever the facts are, and a plain model that only counts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.messaging import permits
from pos.messaging.permits import CONFIRMATION, CONFIRMED_WITHIN, Answer, Facts, Verdict, Window, judge, windows
from pos.messaging.policy import Policy

plenty = settings(deadline=None, max_examples=150)
# A Saturday, 12:30 in Los Angeles.
NOON = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
CALIFORNIAN, FRENCH, IMPOSSIBLE, LANDLINE = "+14155550132", "+33612345678", "+14151110132", "+493012345678"
HOUR, DAY = NOON.replace(minute=0), datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MONTH = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
RULES = Policy()


def answer(granted: bool, at: datetime = NOON - timedelta(days=9)) -> Answer:
    return Answer("018f", granted, at, "2026-11-en")


YES, NO = answer(granted=True), answer(granted=False)
PLAIN = Facts("transactional", "receipt", CALIFORNIAN, 1, "US", "America/Los_Angeles")
OFFER = replace(PLAIN, purpose="marketing", template="campaign", marketing=YES)
JUST_NOW = answer(granted=False, at=NOON - timedelta(minutes=5) + timedelta(seconds=1))
CONFIRMS = replace(PLAIN, purpose="reply", template=CONFIRMATION, sms=JUST_NOW)


def full(scope: str, subject: str, starts_at: datetime, count: int) -> dict[Window, int]:
    return {(scope, subject, starts_at): count}


@pytest.mark.parametrize(
    ("facts", "at", "status", "reason"),
    [
        (PLAIN, NOON, "sending", None),
        (PLAIN, NIGHT, "sending", None),
        (OFFER, NOON, "sending", None),
        (OFFER, NIGHT, "held", "quiet_hours"),
        (replace(OFFER, marketing=None), NOON, "suppressed", "no_consent"),
        (replace(OFFER, marketing=NO), NOON, "suppressed", "no_consent"),
        (replace(OFFER, sms=NO), NOON, "suppressed", "opted_out"),
        (replace(OFFER, sms=YES), NOON, "sending", None),
        (replace(OFFER, sms=YES, marketing=None), NOON, "suppressed", "no_consent"),
        (replace(PLAIN, sms=NO), NOON, "suppressed", "opted_out"),
        (replace(PLAIN, purpose="reply", sms=NO), NOON, "suppressed", "opted_out"),
        (replace(PLAIN, marketing=NO), NOON, "sending", None),
        (CONFIRMS, NOON, "sending", None),
        (replace(CONFIRMS, sms=answer(granted=False, at=NOON - CONFIRMED_WITHIN)), NOON, "suppressed", "opted_out"),
        (replace(CONFIRMS, template="reply"), NOON, "suppressed", "opted_out"),
        (replace(PLAIN, is_unusable=True), NOON, "suppressed", "number_unusable"),
        (replace(PLAIN, phone=IMPOSSIBLE), NOON, "suppressed", "number_unusable"),
        (replace(PLAIN, phone=FRENCH), NOON, "suppressed", "country"),
        (replace(PLAIN, phone=FRENCH, home="FR"), NOON, "sending", None),
        (replace(PLAIN, obsolete="nothing_due"), NOON, "suppressed", "nothing_due"),
        (replace(PLAIN, has_sender=False), NOON, "suppressed", "no_sender"),
        (replace(PLAIN, not_after=NOON), NOON, "expired", "too_late"),
        (replace(PLAIN, not_after=NOON + timedelta(seconds=1)), NOON, "sending", None),
        (replace(OFFER, not_after=NIGHT + timedelta(hours=1)), NIGHT, "expired", "quiet_hours"),
    ],
)  # fmt: skip
def test_judge_decides_by_the_first_rule_that_objects(
    facts: Facts, at: datetime, status: str, reason: str | None
) -> None:
    verdict = judge(facts, RULES, at)

    assert (verdict.status, verdict.reason) == (status, reason)
    assert verdict.permit["judged_at"] == at.isoformat()


@pytest.mark.parametrize(
    ("facts", "window", "most", "until"),
    [
        (PLAIN, ("number_hour", CALIFORNIAN, HOUR), RULES.per_number_hour, HOUR + timedelta(hours=1)),
        (PLAIN, ("number_day", CALIFORNIAN, DAY), RULES.per_number_day, MIDNIGHT),
        (PLAIN, ("store_day", "", DAY), RULES.segments_day, MIDNIGHT),
        (OFFER, ("store_day", "", DAY), RULES.marketing_segments_day, MIDNIGHT),
        (OFFER, ("marketing_day", CALIFORNIAN, DAY), RULES.marketing_per_number_day, MIDNIGHT),
        (OFFER, ("marketing_month", CALIFORNIAN, MONTH), RULES.marketing_per_number_month, datetime(2026, 12, 1, 8, tzinfo=UTC)),
        (replace(PLAIN, is_new_number=True), ("block_hour", CALIFORNIAN[:-4], HOUR), RULES.new_numbers_per_block_hour,
         HOUR + timedelta(hours=1)),
    ],
)  # fmt: skip
def test_limit_holds_from_its_edge_until_its_window_ends(
    facts: Facts, window: Window, most: int, until: datetime
) -> None:
    under = judge(replace(facts, counts=full(*window, most - 1)), RULES, NOON)
    over = judge(replace(facts, counts=full(*window, most)), RULES, NOON)

    assert under.status == "sending"
    assert (over.status, over.reason, over.not_before) == ("held", f"limit_{window[0]}", until)
    assert over.permit["limit"] == {"scope": window[0], "most": most}
    # A window of somebody else, or of another hour, is none of this text's
    for other in ((window[0], "+14155550199", window[2]), (*window[:2], window[2] - timedelta(hours=1))):
        assert judge(replace(facts, counts=full(*other, most)), RULES, NOON).status == "sending"


@pytest.mark.parametrize(
    ("zone", "begins_at", "ends_at"),
    [
        ("America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC), datetime(2026, 9, 7, 3, tzinfo=UTC)),
        ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 29, 21, tzinfo=UTC)),
    ],
)
def test_day_that_begins_when_the_clock_is_changed_is_counted_like_any_other(
    zone: str, begins_at: datetime, ends_at: datetime
) -> None:
    counts = full("number_day", CALIFORNIAN, begins_at, RULES.per_number_day)
    for at in (begins_at, begins_at + timedelta(minutes=90), ends_at - timedelta(minutes=1)):
        verdict = judge(replace(PLAIN, zone=zone, counts=counts), RULES, at)
        assert (verdict.status, verdict.not_before) == ("held", ends_at)


def test_long_text_needs_room_for_all_of_it() -> None:
    long = replace(PLAIN, segments=3)

    for count, status in ((1_997, "sending"), (1_998, "held")):
        assert judge(replace(long, counts=full("store_day", "", DAY, count)), RULES, NOON).status == status


def test_share_of_marketing_leaves_room_for_receipts() -> None:
    counts = full("store_day", "", DAY, 1_600)

    assert judge(replace(OFFER, counts=counts), RULES, NOON).status == "held"
    assert judge(replace(PLAIN, counts=counts), RULES, NOON).status == "sending"


def test_numbers_that_no_hours_leave_open_wait_and_hold_up_no_other() -> None:
    never = Policy(regions={"US-CA": {"start": "05:00", "end": "05:01"}, "US": {"start": "20:00", "end": "20:01"}})

    verdict = judge(OFFER, never, NOON)

    assert (verdict.status, verdict.reason, verdict.not_before) == ("held", "quiet_hours", NOON + timedelta(days=1))


# --- properties

ZONES = st.sampled_from(["America/Los_Angeles", "Europe/Berlin", "America/Havana", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe"])  # fmt: skip
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
ANSWERS = st.none() | st.builds(Answer, st.just("018f"), st.booleans(), INSTANTS, st.just("2026-11-en"))
FACTS = st.builds(
    Facts,
    purpose=st.sampled_from(["transactional", "marketing", "reply"]),
    template=st.sampled_from(["receipt", "campaign", "reply", CONFIRMATION, None]),
    phone=st.sampled_from([CALIFORNIAN, FRENCH, IMPOSSIBLE, LANDLINE]),
    segments=st.integers(1, 10),
    home=st.sampled_from(["US", "FR", "DE"]),
    zone=ZONES,
    state=st.sampled_from([None, "CA", "TX"]),
    is_new_number=st.booleans(),
    sms=ANSWERS,
    marketing=ANSWERS,
    is_unusable=st.booleans(),
    obsolete=st.sampled_from([None, None, "nothing_due"]),
    has_sender=st.sampled_from([True, True, False]),
    not_after=st.none() | INSTANTS,
)
POLICIES = st.builds(
    Policy,
    countries=st.sampled_from([(), ("US", "FR", "DE")]),
    per_number_hour=st.integers(1, 4),
    per_number_day=st.integers(1, 6),
    marketing_per_number_day=st.integers(0, 2),
    marketing_per_number_month=st.integers(0, 3),
    new_numbers_per_block_hour=st.integers(1, 3),
    segments_day=st.integers(0, 30),
    marketing_share_percent=st.integers(0, 100),
)


@plenty
@given(FACTS, POLICIES, INSTANTS)
def test_nothing_leaves_without_the_right_to(facts: Facts, policy: Policy, now: datetime) -> None:
    verdict = judge(facts, policy, now)

    confirms = facts.template == CONFIRMATION and facts.sms is not None and now < facts.sms.at + CONFIRMED_WITHIN
    if facts.sms is not None and not facts.sms.granted and not confirms:
        assert verdict.status in ("suppressed", "expired")
    if facts.purpose == "marketing" and (facts.marketing is None or not facts.marketing.granted):
        assert verdict.status in ("suppressed", "expired")
    if facts.not_after is not None and now >= facts.not_after:
        assert (verdict.status, verdict.reason) == ("expired", "too_late")
    if facts.is_unusable or facts.obsolete or not facts.has_sender:
        assert verdict.status in ("suppressed", "expired")
    if verdict.reason == "quiet_hours":
        assert facts.purpose == "marketing"
        assert verdict.status == "held" or facts.not_after is not None


@plenty
@given(FACTS, POLICIES, INSTANTS)
def test_verdict_says_all_that_follows_from_it(facts: Facts, policy: Policy, now: datetime) -> None:
    verdict = judge(facts, policy, now)

    assert (verdict.status == "sending") == (verdict.reason is None) == (verdict.counted is not None)
    assert (verdict.status == "held") == (verdict.not_before is not None)
    if verdict.counted is not None:
        assert dict(verdict.counted) == windows(facts, now)
        back = permits.taken_back(verdict.permit, facts.phone)
        assert {window: -weight for window, weight in back.items()} == windows(facts, now)
    if verdict.not_before is not None:
        assert now < verdict.not_before
        assert facts.not_after is None or verdict.not_before < facts.not_after


@plenty
@given(FACTS, POLICIES, INSTANTS)
def test_held_text_may_leave_when_its_time_has_come(facts: Facts, policy: Policy, now: datetime) -> None:
    """If nothing has changed: so nothing waits for ever, and what waits for two things waits for the later one."""
    enough = replace(
        policy, segments_day=500, marketing_share_percent=100, marketing_per_number_day=1, marketing_per_number_month=1
    )
    crowded = dict.fromkeys(windows(facts, now), 499)

    verdict = judge(replace(facts, counts=crowded), enough, now)
    for _ in range(8):
        if verdict.not_before is None:
            break
        now = verdict.not_before
        verdict = judge(replace(facts, counts=crowded), enough, now)

    assert verdict.status != "held"


# --- the model


@dataclass(frozen=True)
class Wanted:
    """A text that is wanted so many minutes after the one before."""

    after: int
    phone: str
    is_marketing: bool
    is_new: bool
    segments: int


WANTED = st.builds(
    Wanted,
    after=st.sampled_from([0, 7, 61, 60 * 13]),
    phone=st.sampled_from([f"+1415555013{digit}" for digit in "123"]),
    is_marketing=st.booleans(),
    is_new=st.booleans(),
    segments=st.integers(1, 4),
)
# Where the clock is put forward or back at midnight, too.
BEGINNINGS = st.sampled_from([
    datetime(2026, 11, 1, 3, 30, tzinfo=UTC), datetime(2026, 3, 8, 3, 30, tzinfo=UTC), datetime(2026, 9, 6, 2, 30, tzinfo=UTC),
    datetime(2026, 4, 5, 2, 30, tzinfo=UTC), datetime(2026, 12, 31, 22, 30, tzinfo=UTC),
])  # fmt: skip


@plenty
@given(st.lists(WANTED, max_size=25), POLICIES, ZONES, BEGINNINGS)
def test_limits_are_what_a_plain_count_allows(
    wanted: list[Wanted], policy: Policy, zone: str, begins: datetime
) -> None:
    all_day = replace(
        policy, quiet_start="00:00", quiet_end="24:00", regions={"US-CA": {"start": "00:00", "end": "24:00"}}
    )
    counts, sent, now = dict[Window, int](), list[tuple[datetime, Wanted]](), begins
    for each in wanted:
        now += timedelta(minutes=each.after)
        verdict = _judged(each, all_day, zone, counts, now)
        for window, weight in (verdict.counted or {}).items():
            # As it comes back from the database, which keeps instants alone.
            kept = (*window[:2], datetime.fromtimestamp(window[2].timestamp(), UTC))
            counts[kept] = counts.get(kept, 0) + weight

        assert (verdict.status == "sending") == _has_room(each, all_day, zone, sent, now)
        if verdict.status == "sending":
            sent.append((now, each))


def _judged(each: Wanted, policy: Policy, zone: str, counts: Mapping[Window, int], now: datetime) -> Verdict:
    facts = replace(OFFER if each.is_marketing else PLAIN, phone=each.phone, zone=zone, segments=each.segments)
    return judge(replace(facts, is_new_number=each.is_new, counts=counts), policy, now)


def _has_room(each: Wanted, policy: Policy, zone: str, sent: list[tuple[datetime, Wanted]], now: datetime) -> bool:
    """By the list of all that was sent: what a clerk with a calendar and a clock would count."""

    def same(unit: str) -> list[Wanted]:
        shown: dict[str, Any] = {"hour": "%Y-%m-%d %H", "day": "%Y-%m-%d", "month": "%Y-%m"}
        where = UTC if unit == "hour" else ZoneInfo(zone)

        def on(instant: datetime) -> str:
            return instant.astimezone(where).strftime(shown[unit])

        return [other for at, other in sent if on(at) == on(now)]

    def to_number(unit: str, *, of_marketing: bool = False) -> int:
        return sum(o.phone == each.phone and (o.is_marketing or not of_marketing) for o in same(unit))

    def of_strangers() -> int:
        return sum(other.is_new and not other.is_marketing for other in same("hour"))

    budget = policy.marketing_segments_day if each.is_marketing else policy.segments_day
    return all(
        (
            to_number("hour") < policy.per_number_hour,
            to_number("day") < policy.per_number_day,
            sum(other.segments for other in same("day")) + each.segments <= budget,
            not each.is_marketing or to_number("day", of_marketing=True) < policy.marketing_per_number_day,
            not each.is_marketing or to_number("month", of_marketing=True) < policy.marketing_per_number_month,
            each.is_marketing or not each.is_new or of_strangers() < policy.new_numbers_per_block_hour,
        )
    )
