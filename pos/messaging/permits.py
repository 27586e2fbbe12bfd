"""May this text leave now? Judged once more at the instant at which it would, from facts that were read under lock: pure.

The permit that comes out is kept with the message: by which answer of the customer and which wording, what the clock said where
the customer is, how much was sent already; or the reason why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pos import phone as phones
from pos.messaging import quiet
from pos.messaging.policy import Policy

# One text may confirm an opt-out, with nothing else in it, within five minutes (47 CFR 64.1200(a)(12)).
CONFIRMATION, CONFIRMED_WITHIN = "opted_out", timedelta(minutes=5)
# Whom it was for is nobody any more; neither number nor words are kept.
ERASED = "erased"
# A window of time to which a count belongs: its scope, whose it is, and when it began.
Window = tuple[str, str, datetime]


@dataclass(frozen=True)
class Answer:
    """A customer's latest answer to one question."""

    id: str
    granted: bool
    at: datetime
    wording_version: str

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "granted": self.granted,
            "at": self.at.isoformat(),
            "wording_version": self.wording_version,
        }


@dataclass(frozen=True)
class Facts:
    """What is known of a text and of whom it goes to. `sms` and `marketing` are the customer's latest answers; `counts` holds what was
    sent in the windows that `windows` names; `obsolete` says why the text is no longer true."""

    purpose: str
    template: str | None
    phone: str
    segments: int
    home: str
    zone: str
    state: str | None = None
    is_new_number: bool = False
    sms: Answer | None = None
    marketing: Answer | None = None
    is_unusable: bool = False
    obsolete: str | None = None
    has_sender: bool = True
    not_after: datetime | None = None
    counts: Mapping[Window, int] | None = None


@dataclass(frozen=True)
class Verdict:
    """`status` is the message's next one: sending, held (until `not_before`), suppressed or expired. `counted` is what its leaving adds
    to each window."""

    status: str
    permit: dict[str, Any]
    not_before: datetime | None = None
    counted: Mapping[Window, int] | None = None

    @property
    def reason(self) -> str | None:
        return self.permit["reason"]  # type: ignore[no-any-return]


def judge(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """The first rule that objects decides; one that only asks for time is asked after those that forbid."""
    permit = _basis(facts, now)
    forbidden = _forbidden(facts, policy, now)
    if forbidden:
        return Verdict("expired" if forbidden == "too_late" else "suppressed", permit | {"reason": forbidden})
    if facts.purpose == "marketing":
        hours = _decent_hours(facts, policy, now)
        permit["quiet_hours"] = {"zones": hours.zones, "regions": quiet.region_of(facts.phone, facts.state)}
        if hours.at > now:
            return _held(facts, permit, "quiet_hours", hours.at)
    full = _full(facts, policy, now)
    if full:
        (scope, _, starts_at), most = full
        return _held(
            facts,
            permit | {"limit": {"scope": scope, "most": most}},
            f"limit_{scope}",
            _end_of(scope, starts_at, facts.zone),
        )
    counted = windows(facts, now)
    shown = [[scope, starts_at.isoformat(), weight] for (scope, _, starts_at), weight in counted.items()]
    return Verdict("sending", permit | {"reason": None, "counted": shown}, counted=counted)


def windows(facts: Facts, now: datetime) -> dict[Window, int]:
    """The windows in which a text would count, and by how much."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    today = now.astimezone(ZoneInfo(facts.zone)).date()
    day, month = (_midnight(date, facts.zone) for date in (today, today.replace(day=1)))
    found = {("number_hour", hour): 1, ("number_day", day): 1, ("store_day", day): facts.segments}
    if facts.purpose == "marketing":
        found |= {("marketing_day", day): 1, ("marketing_month", month): 1}
    elif facts.is_new_number:
        # Whom an owner writes to has said yes, and often lives next door to others who did; fraud is not asked by anybody.
        found[("block_hour", hour)] = 1
    return {(scope, _subject(scope, facts.phone), starts_at): weight for (scope, starts_at), weight in found.items()}


def taken_back(permit: Mapping[str, Any], phone: str) -> dict[Window, int]:
    """What a text that did not leave after all, and will be judged again, no longer counts."""
    return {
        (scope, _subject(scope, phone), datetime.fromisoformat(starts_at)): -weight
        for scope, starts_at, weight in permit.get("counted", ())
    }


def _basis(facts: Facts, now: datetime) -> dict[str, Any]:
    """What every permit says, also one that is refused."""
    basis: dict[str, Any] = {
        "judged_at": now.isoformat(),
        "sms": facts.sms.shown() if facts.sms else None,
        "segments": facts.segments,
    }
    if facts.purpose == "marketing":
        basis["consent"] = facts.marketing.shown() if facts.marketing else None
    return basis


def _forbidden(facts: Facts, policy: Policy, now: datetime) -> str | None:
    """The first reason that forbids it for good."""
    has_refused = facts.sms is not None and not facts.sms.granted
    is_wanted = facts.purpose != "marketing" or (facts.marketing is not None and facts.marketing.granted)
    reasons = {
        "too_late": facts.not_after is not None and now >= facts.not_after,
        facts.obsolete: facts.obsolete is not None,
        "no_sender": not facts.has_sender,
        "opted_out": has_refused and not _confirms(facts, now),
        "no_consent": not is_wanted,
        "number_unusable": facts.is_unusable or not phones.is_textable(facts.phone),
        "country": not policy.may_text(phones.region(facts.phone), facts.home),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _confirms(facts: Facts, now: datetime) -> bool:
    return facts.template == CONFIRMATION and facts.sms is not None and now < facts.sms.at + CONFIRMED_WITHIN


def _decent_hours(facts: Facts, policy: Policy, now: datetime) -> quiet.Decided:
    """A store's own table may leave a number no hour at all: then it waits until that is mended, and holds up no other."""
    try:
        return quiet.next_allowed(
            now,
            facts.phone,
            state=facts.state,
            fallback_zone=facts.zone,
            hours=policy.hours,
            regions=policy.regional_hours,
        )
    except ValueError:
        return quiet.Decided(now + timedelta(days=1), ())


def _full(facts: Facts, policy: Policy, now: datetime) -> tuple[Window, int] | None:
    """The first window that has no room for this text."""
    counts = facts.counts or {}
    for window, weight in windows(facts, now).items():
        most = _most(window[0], facts, policy)
        if counts.get(window, 0) + weight > most:
            return window, most
    return None


def _most(scope: str, facts: Facts, policy: Policy) -> int:
    is_marketing = facts.purpose == "marketing"
    return {
        "number_hour": policy.per_number_hour,
        "number_day": policy.per_number_day,
        "store_day": policy.marketing_segments_day if is_marketing else policy.segments_day,
        "marketing_day": policy.marketing_per_number_day,
        "marketing_month": policy.marketing_per_number_month,
        "block_hour": policy.new_numbers_per_block_hour,
    }[scope]


def _held(facts: Facts, permit: dict[str, Any], reason: str, until: datetime) -> Verdict:
    """A text that would be too late by then is not kept waiting."""
    permit = permit | {"reason": reason, "until": until.isoformat()}
    if facts.not_after and until >= facts.not_after:
        return Verdict("expired", permit)
    return Verdict("held", permit, not_before=until)


def _end_of(scope: str, starts_at: datetime, zone: str) -> datetime:
    """When a window ends; days and months are the store's."""
    if scope.endswith("_hour"):
        return starts_at + timedelta(hours=1)
    day = starts_at.astimezone(ZoneInfo(zone)).date()
    if scope.endswith("_month"):
        return _midnight((day + timedelta(days=31)).replace(day=1), zone)
    return _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: str) -> datetime:
    """When a day begins, in UTC: where the clock is put forward or back at midnight, local times are ambiguous and equal nothing."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _subject(scope: str, phone: str) -> str:
    """Whose window it is: the store's, a block of 10,000 numbers', or a number's."""
    return {"store_day": "", "block_hour": phone[:-4]}.get(scope, phone)
