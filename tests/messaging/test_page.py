"""docs/messaging.md against the code: what operators read there is what happens."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pos.assistant.intents import INTENTS
from pos.attention.models import KINDS
from pos.checkout import texts
from pos.customers import wording
from pos.customers.models import CONSENT_SOURCES, PURPOSES
from pos.messaging import consents, flows, inbox, keywords, outcomes, permits, rendering
from pos.messaging.codes import CODES
from pos.messaging.lifecycle import CAMPAIGN_MOVES, MESSAGE_BEFORE
from pos.messaging.models import CAMPAIGN_STATUSES, MESSAGE_STATUSES
from pos.messaging.permits import Answer, Facts, Window, judge, windows
from pos.messaging.policy import Policy, shown
from pos.messaging.quiet import REGIONS
from pos.messaging.states import STATES
from tests.tables import DOCS, NOT_SAID, tables

PAGE = tables("messaging.md")
TEXT = " ".join((DOCS / "messaging.md").read_text().split())
REASONS = {row["reason"]: row["status"] for row in PAGE["Why a text does not leave"]}
NOON = datetime(2026, 11, 20, 20, tzinfo=UTC)
YES, NO = (Answer("1", granted, NOON - timedelta(days=1), "2026-11-en") for granted in (True, False))
MARKETING = {"purpose": "marketing", "marketing": YES}
OBSOLETE = {reason for reasons in rendering.OBSOLETE.values() for reason in reasons} | {permits.ERASED, "number_lost"}
# What is so of a text that does not leave for this reason.
SO: dict[str, dict[str, Any]] = {
    "too_late": {"not_after": NOON},
    "no_sender": {"has_sender": False},
    "opted_out": {"sms": NO},
    "no_consent": {"purpose": "marketing", "marketing": NO},
    "number_unusable": {"is_unusable": True},
    "country": {"phone": "+4915112345678"},
    "quiet_hours": MARKETING,
    **{reason: {"obsolete": reason} for reason in OBSOLETE},
    **{f"limit_{scope}": {} for scope in ("number_hour", "number_day", "store_day")},
    **{f"limit_{scope}": MARKETING for scope in ("marketing_day", "marketing_month")},
    "limit_block_hour": {"is_new_number": True},
}


@pytest.mark.parametrize("reason", REASONS)
def test_page_says_what_becomes_of_a_text(reason: str) -> None:
    facts = replace(_receipt(), **SO[reason])
    at = NOON - timedelta(hours=12) if reason == "quiet_hours" else NOON

    verdict = judge(replace(facts, counts=_full(facts, reason.removeprefix("limit_"))), Policy(), at)

    assert (verdict.reason, verdict.status) == (reason, REASONS[reason])
    assert judge(_receipt(), Policy(), NOON).status == "sending"


def test_page_names_every_reason() -> None:
    forbidding = re.findall(r'^ +"(\w+)": ', inspect.getsource(permits._forbidden), re.MULTILINE)
    limits = re.findall(r'^ +"(\w+)": ', inspect.getsource(permits._most), re.MULTILINE)

    assert set(REASONS) == {*forbidding, "quiet_hours", *OBSOLETE, *(f"limit_{scope}" for scope in limits)}


def test_page_names_every_status_and_what_it_may_follow() -> None:
    rows = {row["status"]: row["comes after"] for row in PAGE["Statuses"]}

    assert rows == {status: ", ".join(MESSAGE_BEFORE.get(status, ())) or NOT_SAID for status in MESSAGE_STATUSES}
    assert set(REASONS.values()) == {"held", "suppressed", "expired"}


def test_page_names_every_code() -> None:
    told = {int(row["code"]): (row["meaning"], row["in words"]) for row in PAGE["By number"]}

    assert told == {code: (meaning or NOT_SAID, words) for code, (meaning, words) in CODES.items()}
    assert {row["meaning"] for row in PAGE["Twilio's codes"]} == {meaning for meaning, _ in told.values()}


def test_page_says_what_a_store_has_decided_that_decided_nothing() -> None:
    told = {row["setting"]: row["left out"] for row in PAGE["Limits and money"]}

    assert told == {name: str(value) for name, value in shown(Policy()).items()}


def test_page_shows_the_hours_of_every_region() -> None:
    told = {row.pop("region"): row for row in tables("messaging.md")["By region"]}

    assert list(told) == list(REGIONS)
    for region, hours in REGIONS.items():
        days = [_span(hours.on(weekday)) for weekday in (0, 5, 6)]
        assert list(told[region].values())[1:] == days, region
        assert told[region]["where"] == (STATES[region[3:]].name if region.startswith("US-") else "France")


def test_page_quotes_every_wording() -> None:
    told = {(row["version"], row["purpose"]): row["sentence"] for row in PAGE["Wordings"]}

    kept = {"marketing": wording.MARKETING, "sms": wording.SMS}
    assert told == {(version, of): text for of, texts_ in kept.items() for version, text in texts_.items()}
    assert tuple(row["purpose"] for row in PAGE["Consent"]) == PURPOSES
    assert [
        source for source in ("register", "office", "api", "keyword", "provider") if source not in CONSENT_SOURCES
    ] == []


@pytest.mark.parametrize(
    ("meaning", "word"), [(row["meaning"], word) for row in PAGE["The words"] for word in row["words"].split(", ")]
)
def test_page_says_what_a_word_means(meaning: str, word: str) -> None:
    assert keywords.meaning(word) == meaning


def test_page_names_every_question() -> None:
    told = {row["asks for"]: row for row in PAGE["Questions"]}

    words: dict[str, list[str]] = {}
    for intent in (each for each in INTENTS if each.words):
        words.setdefault(intent.name, []).extend(word for each in intent.words.values() for word in each)
    assert {name: row["words"] for name, row in told.items()} == {
        name: ", ".join(dict.fromkeys(each)).upper() for name, each in words.items()
    }
    refused = {name for name, row in told.items() if row["from a number that is nobody's"] == "is told to JOIN"}
    assert refused == {intent.name for intent in INTENTS if intent.words and intent.is_personal}


def test_page_shows_the_life_of_a_campaign() -> None:
    rows = {row.pop("state"): row for row in tables("messaging.md")["States of a campaign"]}

    assert sorted(rows) == sorted(CAMPAIGN_STATUSES)
    events = {event for _, event in CAMPAIGN_MOVES}
    for state, row in rows.items():
        assert row == {event: CAMPAIGN_MOVES.get((state, event), NOT_SAID) for event in events}, state


def test_page_tells_of_what_a_person_is_told() -> None:
    assert {row["attention"] for row in PAGE["What a person is told"]} == {
        kind for kind in KINDS if kind.startswith("sms_")
    }


def test_page_says_how_long_and_how_often() -> None:
    assert f"a receipt after {texts.RECEIPT_WITHIN.seconds // 3600} hours" in TEXT
    assert f'"it is ready" after {texts.READY_WITHIN.seconds // 60} minutes' in TEXT
    assert f"an answer after {inbox.ANSWER_WITHIN.seconds // 60} minutes" in TEXT
    assert f"leaves for {outcomes.PAUSE_MINUTES} minutes" in TEXT
    assert f"up to {flows.MOST_ATTEMPTS} times" in TEXT
    assert f"After {flows.LOST_AFTER.seconds} seconds the sweep" in TEXT
    assert f"not there after {flows.GIVEN_UP_AFTER.seconds} was" in TEXT
    assert f"within {consents.CONFIRM_WITHIN_DAYS} days" in TEXT


def _receipt() -> Facts:
    """A text that may leave."""
    return Facts(
        purpose="transactional",
        template="receipt",
        phone="+14155550132",
        segments=1,
        home="US",
        zone="America/Los_Angeles",
    )


def _full(facts: Facts, scope: str) -> Mapping[Window, int]:
    return {window: 10**6 for window in windows(facts, NOON) if window[0] == scope}


def _span(window: tuple[str, str] | None) -> str:
    return "–".join(window) if window else NOT_SAID
