"""Campaigns: one marketing text to a segment of the customers, written, started, paused and ended.

A campaign's row is locked by whoever moves it, and shared by whoever takes its texts out of the outbox (outbox.claim): once a pause
or an end is committed, nothing of it leaves but what was on its way already.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from pos import ids
from pos.catalog.models import Category, Product
from pos.db import current_actor, current_store, db, find, rows_of
from pos.errors import Invalid
from pos.http.problems import UnknownId
from pos.jobs import enqueue
from pos.messaging import outbox, placeholders, policy, sendable
from pos.messaging.audience import Audience
from pos.messaging.lifecycle import move_campaign, require_changeable
from pos.messaging.models import WAITING, Campaign
from pos.messaging.wording import say
from pos.statements import Statement, as_rows
from pos.stores.queries import find_store

# So many customers are written to in one transaction.
BATCH = 500
# Where a campaign's `reached_id` stands when everybody has been written to: no customer comes after it.
EVERYBODY = UUID(int=2**128 - 1)
# The most that each fact can take; a name is as long as the API lets it be.
_LONGEST = {"name": 200, "first_name": 200, "points": 14, "level": 30, "tappass_id": 20}
# What of the catalogue a segment may name.
_GOODS: Mapping[str, type[Product | Category]] = {"bought_product_ids": Product, "bought_category_ids": Category}

_STATE = Statement("""
    SELECT k.status, k.segment, k.reached_id, k.started_at, k.actor, s.settings FROM campaigns k JOIN stores s ON s.id = k.store_id
     WHERE k.store_id = :store AND k.id = :campaign FOR NO KEY UPDATE OF k
""")
_WRITE = Statement("""
    INSERT INTO messages (store_id, id, direction, customer_id, campaign_id, phone, purpose, template, status, cause, actor)
    SELECT w.store_id, w.id, 'out', w.customer_id, :campaign ::uuid, w.phone, 'marketing', 'campaign', 'queued',
           'campaign:' || :campaign ::uuid || ':' || w.customer_id, :actor
      FROM json_to_recordset(:rows) AS w (store_id uuid, id uuid, customer_id uuid, phone text)
     WHERE EXISTS (SELECT FROM customers c WHERE c.store_id = :store AND c.id = w.customer_id AND c.phone = w.phone)
     ORDER BY w.id
    ON CONFLICT (store_id, cause) DO NOTHING
""")
_REACHED = Statement("""
    UPDATE campaigns SET reached_id = :reached, updated_at = now() WHERE store_id = :store AND id = :campaign
""")
_SUPPRESS = Statement(f"""
    UPDATE messages SET status = 'suppressed', permit = :permit, settled_at = clock_timestamp(), updated_at = now()
     WHERE store_id = :store AND id IN (
           SELECT m.id FROM messages m WHERE m.store_id = :store AND m.campaign_id = :campaign AND m.status IN {WAITING}
            LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
""")
_WAITING_OF_CANCELED = Statement(f"""
    SELECT k.id FROM campaigns k WHERE k.store_id = :store AND k.status = 'canceled'
       AND EXISTS (SELECT FROM messages m WHERE m.store_id = k.store_id AND m.campaign_id = k.id AND m.status IN {WAITING})
""")
# Nothing has been written for a minute, so its job is gone.
_LEFT_ALONE = Statement("""
    SELECT id FROM campaigns WHERE store_id = :store AND status = 'sending' AND reached_id IS DISTINCT FROM :everybody
       AND updated_at < now() - interval '1 minute'
""")
_SETTLED = Statement(f"""
    SELECT k.id FROM campaigns k WHERE k.store_id = :store AND k.status = 'sending' AND k.reached_id = :everybody
       AND NOT EXISTS (SELECT FROM messages m WHERE m.store_id = k.store_id AND m.campaign_id = k.id
                        AND m.status IN {(*WAITING, "sending", "unknown")})
""")


class MissingFact(Invalid):
    title = "Not everybody has this"


class TimeHasPassed(Invalid):
    title = "This time has passed"


def create(campaign_id: UUID, fields: Mapping[str, Any], now: datetime) -> Campaign:
    """A draft. Raises what require_sendable raises."""
    campaign = Campaign(id=campaign_id, actor=current_actor(), **fields)
    require_sendable(campaign.body, campaign.language, campaign.segment, now)
    db.session.add(campaign)
    db.session.flush()
    return campaign


def change(campaign: Campaign, fields: Mapping[str, Any], now: datetime) -> None:
    """Changes a draft, or what is scheduled. Raises WrongCampaignState and what create raises."""
    require_changeable(campaign.status)
    for name, value in fields.items():
        setattr(campaign, name, value)
    require_sendable(campaign.body, campaign.language, campaign.segment, now)


def start(campaign: Campaign, now: datetime) -> None:
    """Begins to write to the segment as it is now. Raises WrongCampaignState, TextsSwitchedOff and what create raises."""
    _move(campaign, "start")
    outbox.require_sender()
    require_sendable(campaign.body, campaign.language, campaign.segment, now)
    _go(campaign, now)


def schedule(campaign: Campaign, at: datetime, now: datetime) -> None:
    """Has it started at an instant. Raises TimeHasPassed and what start raises."""
    _move(campaign, "schedule")
    if at <= now:
        raise TimeHasPassed(reason="Name an instant that is still to come, or null to start at once.", pointer="/at")
    outbox.require_sender()
    require_sendable(campaign.body, campaign.language, campaign.segment, now)
    campaign.scheduled_at = at


def pause(campaign: Campaign) -> None:
    """Nothing more of it leaves until it is resumed. Raises WrongCampaignState."""
    _move(campaign, "pause")


def resume(campaign: Campaign, now: datetime) -> None:
    """Goes on where it was; what had not begun waits for its time, if that is still to come. Raises WrongCampaignState."""
    if campaign.started_at is None and campaign.scheduled_at and campaign.scheduled_at > now:
        _move(campaign, "wait")
        return
    _move(campaign, "resume")
    _go(campaign, now)


def cancel(campaign: Campaign, now: datetime) -> None:
    """Nothing more of it leaves. Raises WrongCampaignState."""
    _move(campaign, "cancel")
    campaign.completed_at = now
    enqueue("messaging.send_campaign", store_id=current_store(), campaign_id=campaign.id)


def step(campaign_id: UUID, now: datetime) -> bool:
    """One batch of what a campaign's state asks for, in the open transaction: customers are written to, or texts that wait are
    taken back. Whether there is more of it. May be done again, or by several at once: what was written is not written again."""
    rows = _STATE.mappings(campaign=campaign_id)
    if not rows:
        return False
    if rows[0]["status"] == "sending":
        return _write(campaign_id, rows[0])
    return rows[0]["status"] == "canceled" and _take_back(campaign_id, now)


def start_due(now: datetime) -> int:
    """Starts what is scheduled until now; gives how many. What a text lacks by now is said by its messages' permits."""
    due = rows_of(Campaign).where(Campaign.status == "scheduled", Campaign.scheduled_at <= now).order_by(Campaign.id)
    started = list(db.session.scalars(due.with_for_update(key_share=True, skip_locked=True)))
    for campaign in started:
        _move(campaign, "start")
        _go(campaign, now)
    return len(started)


def complete_settled(now: datetime) -> int:
    """Ends the campaigns of which nothing is on its way any more; gives how many."""
    settled = [row[0] for row in _SETTLED.rows(everybody=EVERYBODY)]
    for campaign_id in settled:
        campaign = find(Campaign, campaign_id, lock=True)
        if campaign.status == "sending":
            _move(campaign, "complete")
            campaign.completed_at = now
    return len(settled)


def take_up() -> int:
    """Enqueues what no job is at work on although it should be; gives how many."""
    left = [*_LEFT_ALONE.rows(everybody=EVERYBODY), *_WAITING_OF_CANCELED.rows()]
    for (campaign_id,) in left:
        enqueue("messaging.send_campaign", store_id=current_store(), campaign_id=campaign_id)
    return len(left)


def require_sendable(body: str, language: str, segment: Mapping[str, Any], now: datetime) -> None:
    """Raises UnknownPlaceholder, NothingToRead, BodyTooLong, BeyondTheDay, UnknownId, MissingFact for what could not be sent to
    this segment."""
    placeholders.require_known(body)
    sendable.require_readable(body)
    _require_short(body, language)
    _require_goods(segment)
    _require_facts(body, audience(segment, now))


def audience(segment: Mapping[str, Any], now: datetime, known_until: datetime | None = None) -> Audience:
    """The customers whom a segment means, as of now."""
    rules = policy.read(find_store(current_store()).settings)
    return Audience(segment, now, rules.language, known_until)


def _move(campaign: Campaign, event: str) -> None:
    campaign.status = move_campaign(campaign.status, event)


def _go(campaign: Campaign, now: datetime) -> None:
    campaign.started_at = campaign.started_at or now
    enqueue("messaging.send_campaign", store_id=current_store(), campaign_id=campaign.id)
    outbox.deliver_soon()


def _write(campaign_id: UUID, state: Mapping[str, Any]) -> bool:
    """Writes to the next customers. Everybody gets a row: whoever may not be texted has the reason in it."""
    if state["reached_id"] == EVERYBODY:
        return False
    begun, language = state["started_at"], policy.read(state["settings"]).language
    found = Audience(state["segment"], begun, language, known_until=begun).after(state["reached_id"], BATCH)
    rows = [{"id": ids.uuid7(), "customer_id": customer_id, "phone": number} for customer_id, number in found]
    _WRITE.run(campaign=campaign_id, rows=as_rows(rows), actor=state["actor"])
    has_more = len(found) == BATCH
    _REACHED.run(campaign=campaign_id, reached=found[-1][0] if has_more else EVERYBODY)
    outbox.deliver_soon()
    return has_more


def _take_back(campaign_id: UUID, now: datetime) -> bool:
    permit = orjson.dumps({"judged_at": now.isoformat(), "reason": "campaign_canceled"}).decode()
    return _SUPPRESS.run(campaign=campaign_id, permit=permit, limit=BATCH) == BATCH


def _require_short(body: str, language: str) -> None:
    """With the longest names that there can be, the store's name and the way out, it must be a text that Twilio takes; with the
    shortest, one that a day has room for."""
    store = find_store(current_store())
    said = {most: _with(body, language, store.name, most) for most in (True, False)}
    sendable.require_short(said[True], counted="With long names, the store's name and the way out")
    sendable.require_fitting(said[False], policy.read(store.settings), is_marketing=True)


def _with(body: str, language: str, store: str, longest: bool) -> str:
    facts = {name: "x" * (most if longest else 1) for name, most in _LONGEST.items()}
    return say("campaign", language, {"store": store, "body": placeholders.fill(body, facts | {"store": store})})


def _require_goods(segment: Mapping[str, Any]) -> None:
    for name, model in _GOODS.items():
        asked = [UUID(each) for each in segment.get(name, ())]
        known = _known(model, asked) if asked else set()
        for index, each in enumerate(asked):
            if each not in known:
                reason = f"The catalogue of this store has no {model.__name__.lower()} with this id."
                raise UnknownId(reason=reason, pointer=f"/segment/{name}/{index}")


def _known(model: type[Product | Category], asked: list[UUID]) -> set[UUID]:
    found = select(model.id).where(model.store_id == current_store(), model.id.in_(asked))
    return set(db.session.scalars(found))


def _require_facts(body: str, whom: Audience) -> None:
    """What stands in the text without a word in its place must be known of everybody."""
    wanted = placeholders.without_fallback(body) - {"store"}
    if not wanted:
        return
    counted = whom.count()
    for fact in sorted(wanted):
        if lacking := counted.lacking(fact):
            or_else = "" if fact in ("name", "first_name") else ", or choose members only"
            raise MissingFact(
                reason=f"{lacking} of the {counted.everybody} in this segment have no {{{fact}}}. Write what to say instead after a "
                f"bar, e.g. {{{fact}|{placeholders.EXAMPLES[fact]}}}{or_else}.",
                pointer="/body",
            )
