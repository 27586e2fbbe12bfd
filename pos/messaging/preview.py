"""What a campaign would do before it does it: each text in its words, judged as it will be when it leaves, and what all of it costs.

Nothing here is an estimate but the future: who answers STOP until then is not known yet.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from babel.numbers import get_currency_precision

from pos import money
from pos.db import current_store
from pos.messaging import campaigns, forecast, outbox, permits, placeholders, rendering, segments
from pos.messaging.audience import Audience
from pos.messaging.forecast import SHARED, Forecast, Waiting
from pos.messaging.permits import Facts, Verdict, Window
from pos.messaging.policy import Policy, read
from pos.messaging.rendering import Draft
from pos.messaging.wording import say
from pos.stores.models import Store
from pos.stores.queries import find_store

SAMPLES = 3
# So many texts are held at once.
CHUNK = 1_000
# What, if it is 0, lets no marketing leave.
_SWITCHES = ("segments_day", "marketing_share_percent", "marketing_per_number_day", "marketing_per_number_month")


@dataclass
class Preview:
    """What is found out, customer by customer."""

    everybody: int = 0
    leaves: int = 0
    segments: int = 0
    in_many_signs: int = 0
    last_leaves_at: datetime | None = None
    never_leave: int = 0
    waiting: list[Waiting] = field(default_factory=list)
    waits: Counter[str] = field(default_factory=Counter)
    suppressed: Counter[str] = field(default_factory=Counter)
    samples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, draft: Draft, facts: Facts, verdict: Verdict, now: datetime) -> None:
        self.everybody += 1
        if verdict.status not in ("sending", "held"):
            self.suppressed[str(verdict.reason)] += 1
            return
        counted = segments.count(draft.body)
        self.leaves += 1
        self.segments += counted.segments
        self.in_many_signs += counted.encoding == "UCS-2"
        if verdict.reason:
            self.waits[verdict.reason] += 1
            self.waiting.append(forecast.waiting(facts, draft.policy, verdict, now))
        else:
            self.last_leaves_at = now
        if len(self.samples) < SAMPLES:
            self.samples.append(_sample(draft, counted))

    def look_ahead(self, used: Mapping[Window, int]) -> None:
        """Finds out when those leave that wait, over as many days as it takes; `used` is what leaves of today."""
        ahead = Forecast(used)
        for each in sorted(self.waiting, key=lambda text: text.until):
            at = ahead.leaves_at(each)
            self.never_leave += at is None
            self.last_leaves_at = max(filter(None, (self.last_leaves_at, at)), default=None)


def preview(body: str, language: str, segment: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What this text to this segment would come to at an instant. Raises what campaigns.create raises."""
    # Held from here on, so that nobody below reads it again.
    store = find_store(current_store())
    campaigns.require_sendable(body, language, segment, now)
    seen, used = Preview(), dict[Window, int]()
    for draft, facts, verdict in _judged(body, language, campaigns.audience(segment, now), now, used):
        seen.add(draft, facts, verdict, now)
    seen.look_ahead(used)
    return _shown(seen, body, language, store)


def _judged(
    body: str, language: str, whom: Audience, now: datetime, used: dict[Window, int]
) -> Iterator[tuple[Draft, Facts, Verdict]]:
    """Each text with its verdict, as if those before it had left or waited; `used` becomes what they take of the day."""
    sender, last, has_more = outbox.shared_sender(), None, True
    while has_more and (found := whom.after(last, CHUNK)):
        last, has_more = found[-1][0], len(found) == CHUNK
        drafts = rendering.imagined([customer_id for customer_id, _ in found], body, language, sender)
        counts = _sent_so_far(drafts, now) | used
        for draft in drafts:
            facts = draft.facts(counts)
            verdict = permits.judge(facts, draft.policy, now)
            for window, weight in (verdict.counted or {}).items():
                counts[window] = counts.get(window, 0) + weight
            yield draft, facts, verdict
        used |= {window: count for window, count in counts.items() if window[0] == SHARED}


def _sent_so_far(drafts: list[Draft], now: datetime) -> dict[Window, int]:
    return outbox.sent_so_far({window: 0 for draft in drafts for window in permits.windows(draft.facts({}), now)})


def _sample(draft: Draft, counted: segments.Segments) -> dict[str, Any]:
    return {
        "customer_id": draft.id,
        "name": draft.known["name"],
        "body": draft.body,
        "segments": counted.segments,
        "encoding": counted.encoding,
    }


def _shown(seen: Preview, body: str, language: str, store: Store) -> dict[str, Any]:
    signs = _dear_signs(body, language, store.name)
    return {
        "customers": seen.everybody,
        "would_be_written_to": seen.leaves,
        "suppressed": dict(seen.suppressed),
        "leave_at_once": seen.leaves - seen.waits.total(),
        "wait": dict(seen.waits),
        "last_leaves_at": seen.last_leaves_at,
        "encoding": "UCS-2" if signs else "GSM-7",
        "segments": seen.segments,
        "cost": cost(seen.segments, store.currency, read(store.settings)),
        "warnings": [*_about_signs(seen, signs), *_about_leaving(seen, read(store.settings))],
        "samples": seen.samples,
    }


def cost(count: int, currency: str, rules: Policy) -> int:
    """What so many segments cost, in whole minor units."""
    return money.round_half_up(rules.cost(count, 10 ** get_currency_precision(currency)))


def _dear_signs(body: str, language: str, store: str) -> list[str]:
    """The signs of the text itself that take it out of the cheap alphabet."""
    text = say("campaign", language, {"store": store, "body": placeholders.fill(body, {"store": store})})
    return sorted(set(text) - segments.GSM_7)


def _about_signs(seen: Preview, signs: list[str]) -> list[str]:
    if signs:
        listed = " ".join(signs[:10])
        return [
            f"With {listed} a segment holds 70 characters in place of 160, so the text may cost more than twice as much."
        ]
    if seen.in_many_signs:
        return [
            f"The names of {seen.in_many_signs} customers have signs with which a segment holds 70 characters in place of 160."
        ]
    return []


def _about_leaving(seen: Preview, rules: Policy) -> list[str]:
    if not seen.leaves:
        return ["Nobody in this segment can be written to."]
    switched_off = ", ".join(name for name in _SWITCHES if not getattr(rules, name))
    if switched_off:
        return [f"No marketing leaves, since the policy has 0 for {switched_off}: the texts wait until that is more."]
    if seen.never_leave:
        return [
            (
                f"{seen.never_leave} of the texts never leave: they take more segments than marketing may use in a day, or the policy "
                "leaves their region no hour."
            )
        ]
    if seen.waits["limit_store_day"]:
        return ["It takes more segments than marketing may use in a day, so a part of it leaves on later days."]
    return []
