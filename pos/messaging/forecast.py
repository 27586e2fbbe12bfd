"""When a text that waits will leave: judged again at each instant at which it would be looked at, after those before it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pos.messaging import permits
from pos.messaging.permits import Facts, Verdict, Window
from pos.messaging.policy import Policy

# What one customer's text leaves of room for the next one's; other windows belong to one number.
SHARED = "store_day"
# So often a text is looked at again: a full day, its morning and a Sunday come one after the other. What has not left by then never does.
_MOST_LOOKS = 12


@dataclass(frozen=True)
class Waiting:
    """A text that may not leave yet: what is known of it, `until` when it waits, and for what."""

    facts: Facts
    policy: Policy
    until: datetime
    reason: str | None


def waiting(facts: Facts, rules: Policy, verdict: Verdict, now: datetime) -> Waiting:
    """A text that was held now. Of what was sent so far it keeps what went to its own number."""
    counts = facts.counts or {}
    own = {window: counts.get(window, 0) for window in permits.windows(facts, now) if window[0] != SHARED}
    assert verdict.not_before is not None, "what is held waits for an instant"
    return Waiting(replace(facts, counts=own), rules, verdict.not_before, verdict.reason)


class Forecast:
    """The days to come, filled text by text; `counts` is what the store has used of today."""

    def __init__(self, counts: Mapping[Window, int]) -> None:
        self._counts = dict(counts)
        self._room_from: dict[int, datetime] = {}

    def leaves_at(self, text: Waiting) -> datetime | None:
        """When a text leaves, for which room is taken then; None: never."""
        at, reason = text.until, text.reason
        for _ in range(_MOST_LOOKS if _may_ever_leave(text) else 0):
            at = self._past_full_days(at, reason, text.facts.segments)
            counts = {**(text.facts.counts or {}), **self._counts}
            verdict = permits.judge(replace(text.facts, counts=counts), text.policy, at)
            if verdict.not_before is None:
                self._take(verdict)
                return at if verdict.counted else None
            at, reason = verdict.not_before, verdict.reason
        return None

    def _past_full_days(self, at: datetime, reason: str | None, segments: int) -> datetime:
        """Days that had no room for a text of this size need not be looked at once more for the next one."""
        if reason != f"limit_{SHARED}":
            return at
        self._room_from[segments] = max(at, self._room_from.get(segments, at))
        return self._room_from[segments]

    def _take(self, verdict: Verdict) -> None:
        for window, weight in (verdict.counted or {}).items():
            if window[0] == SHARED:
                self._counts[window] = self._counts.get(window, 0) + weight


def _may_ever_leave(text: Waiting) -> bool:
    rules = text.policy
    return (
        text.facts.segments <= rules.marketing_segments_day
        and rules.marketing_per_number_day > 0
        and rules.marketing_per_number_month > 0
    )
