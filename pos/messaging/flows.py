"""Texts on their way to Twilio and back: a row is committed before each call and says what may be happening, and another commit says
what came of it. No transaction is open while Twilio is called.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, current_app

from pos import clock, crash
from pos.attention.actions import raise_once, raise_until_settled
from pos.config import Settings
from pos.db import transaction
from pos.messaging import checks, codes, lifecycle, outbox, outcomes, talk
from pos.messaging.gateway import Down, Gateway, Told, TwilioFailure, Unclear
from pos.messaging.outbox import Claimed
from pos.statements import Statement
from pos.stores.checks import Check

# So many texts are claimed at once, and handed over at the same time: none waits in a queue after it was judged.
AT_ONCE = 8
# How long the answer to a call may take, with a margin; then whoever made it is dead.
LOST_AFTER = timedelta(seconds=20)
# Twilio lists what it took at once; so long we give it before what is not listed counts as not taken.
GIVEN_UP_AFTER = timedelta(seconds=45)
# What Twilio puts before the texts of a trial account.
_TRIAL = "Sent from your Twilio trial account - "
_CLOCKS_APART = timedelta(minutes=2)
MOST_RESENDS, MOST_ATTEMPTS = 1, 8
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5, 900

_LINE = Statement("SELECT sms_paused_until > now() FROM stores WHERE id = :store")
_LOST = Statement("""
    SELECT id, phone, body, purpose, status, sending_at, resends, attempts, not_after FROM messages
     WHERE store_id = :store AND status IN ('sending', 'unknown') AND sending_at < :before AND phone IS NOT NULL
     ORDER BY sending_at LIMIT 100
""")
_KNOWN = Statement("SELECT provider_sid FROM messages WHERE store_id = :store AND provider_sid = ANY(:sids)")
_IS_DUE = Statement("""
    SELECT EXISTS (SELECT FROM messages WHERE store_id = :store AND status IN ('queued', 'held') AND campaign_id IS NULL
                    AND not_before <= now())
        OR EXISTS (SELECT FROM campaigns k JOIN messages m ON m.store_id = k.store_id AND m.campaign_id = k.id
                    WHERE k.store_id = :store AND k.status = 'sending' AND m.status IN ('queued', 'held') AND m.not_before <= now())
""")
_FORGET = Statement("DELETE FROM message_counts WHERE store_id = :store AND starts_at < now() - interval '40 days'")

log = structlog.get_logger()


def gateway() -> Gateway:
    """Twilio, as create_app has set it up."""
    found: Gateway | None = current_app.extensions["twilio"]
    assert found is not None, "nothing is written into the outbox without a sender"
    return found


def check_twilio(store_id: UUID) -> list[Check]:
    """Whether the store can text, as Twilio sees it."""
    with transaction(store_id):
        sender = outbox.sender()
    settings: Settings = current_app.config["SETTINGS"]
    return checks.checks(current_app.extensions["twilio"], settings, sender=sender, inbound=talk.webhooks()["inbound"])


def deliver(
    store_id: UUID,
    told: Callable[[Counter[str]], None] = lambda _: None,
    *,
    for_at_most: timedelta | None = None,
) -> Counter[str]:
    """Sends what is due in a store until nothing is left, its time is over, or the account has to be mended first. May run anywhere
    any number of times at once: each text is claimed by one. `told` hears after each handful what was done so far."""
    done: Counter[str] = Counter()
    began = now = clock.now()
    while (for_at_most is None or now - began <= for_at_most) and not _is_paused(store_id):
        now = clock.now()
        with transaction(store_id, actor="outbox"):
            claimed, looked_at = outbox.claim(now, AT_ONCE)
        crash.at("text.claimed")
        if looked_at == 0:
            break
        done["judged"] += looked_at
        done.update(_hand_over_all(store_id, claimed))
        told(done)
    return done


def settle_lost(store_id: UUID) -> Counter[str]:
    """Finds out what became of texts whose call was never answered: Twilio's list of messages to that number tells. What is not there
    was not taken: a marketing text is dropped then, any other sent once more at most. Raises Down, Unclear."""
    done: Counter[str] = Counter()
    now = clock.now()
    with transaction(store_id):
        lost = _LOST.mappings(before=now - LOST_AFTER)
    for message in lost:
        found = _find_there(store_id, message)
        with transaction(store_id, actor="outbox"):
            done[_settle(message, found, now)] += 1
    return done


def is_anything_due() -> bool:
    """Whether a text waits to leave, in the open transaction's store."""
    return bool(_IS_DUE.rows()[0][0])


def forget_counts() -> None:
    """Drops the counts of windows that ended long ago."""
    _FORGET.run()


def _is_paused(store_id: UUID) -> bool:
    with transaction(store_id):
        [(is_paused,)] = _LINE.rows()
    return bool(is_paused)


def _hand_over_all(store_id: UUID, claimed: list[Claimed]) -> Iterable[str]:
    """All at the same time: each call takes Twilio a tenth of a second or more."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's way to hand it to threads
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda each: _hand_over(app, store_id, each), claimed))


def _hand_over(app: Flask, store_id: UUID, claimed: Claimed) -> str:
    """One text to Twilio, and what came of it into the books."""
    with app.app_context():
        crash.at("text.calling")
        if clock.now() > claimed.at + LOST_AFTER:
            # This process stood still; meanwhile others may have sent it. The sweep knows.
            return "too late"
        try:
            told = gateway().send(
                to=claimed.phone,
                sender=claimed.sender,
                body=claimed.body,
                callback=callback_url(store_id, claimed.id),
                valid_seconds=claimed.valid_seconds,
            )
        except TwilioFailure as failure:
            outcome = type(failure).__name__.lower()
            with transaction(store_id, actor="outbox"):
                _failed(claimed, failure)
        else:
            crash.at("text.called")
            outcome = "sent"
            with transaction(store_id, actor="outbox"):
                _accepted(claimed.id, told)
        crash.at("text.told")
        return outcome


def _accepted(message_id: UUID, told: Told) -> None:
    outcomes.told(
        message_id, lifecycle.TOLD.get(told.status, "sent"), sid=told.sid, code=told.error_code, segments=told.segments
    )


def _failed(claimed: Claimed, failure: TwilioFailure) -> None:
    meaning = codes.meaning(failure.code)
    if isinstance(failure, Unclear):
        outcomes.unclear(claimed.id, claimed.attempt)
    elif isinstance(failure, Down) or meaning == "busy":
        _later(claimed, failure)
    elif meaning == "alarm":
        # Nothing is wrong with this text: it waits until somebody has mended the account.
        outcomes.follow_code(failure.code, None)
        outcomes.again(claimed.id, claimed.attempt, in_seconds=outcomes.PAUSE_MINUTES * 60)
    else:
        reason = codes.advice(failure.code) if failure.code else failure.reason
        outcomes.failed(claimed.id, claimed.attempt, failure.code, reason)


def _later(claimed: Claimed, failure: TwilioFailure) -> None:
    """Again after a pause that grows, with jitter, so that not all come back at once: until its own time is over, or if it has none, a
    bounded number of times."""
    attempt = claimed.attempt
    if claimed.valid_seconds is None and attempt >= MOST_ATTEMPTS:
        outcomes.failed(claimed.id, attempt, failure.code, f"Twilio could not be reached in {attempt} tries.")
        raise_until_settled(
            "sms_unclear", "stores:sms", failure="Twilio could not be reached; what failed has status failed."
        )
        return
    longest = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(attempt, MOST_ATTEMPTS), _LONGEST_PAUSE_SECONDS)
    outcomes.again(claimed.id, claimed.attempt, in_seconds=longest * random.uniform(0.5, 1))  # noqa: S311 - spreads load, hides nothing


def callback_url(store_id: UUID, message_id: UUID) -> str:
    """Where Twilio tells a message's status: the address names it, whatever became of the answer to our call."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_base_url}/webhooks/twilio/status?store={store_id}&message={message_id}"


def _find_there(store_id: UUID, message: dict[str, Any]) -> Told | None:
    """The message in Twilio's list, if it took it: the same words at that time, and none that we know already."""
    listed = [
        told
        for told in gateway().sent_to(message["phone"])
        if told.body.removeprefix(_TRIAL) == message["body"] and told.created_at > message["sending_at"] - _CLOCKS_APART
    ]
    with transaction(store_id):
        known = {row[0] for row in _KNOWN.rows(sids=[told.sid for told in listed])} if listed else set()
    return next((told for told in reversed(listed) if told.sid not in known), None)


def _settle(message: dict[str, Any], found: Told | None, now: datetime) -> str:
    which = message["id"], message["attempts"]
    if found:
        _accepted(message["id"], found)
        return "found at Twilio"
    if now - message["sending_at"] < GIVEN_UP_AFTER:
        outcomes.unclear(*which)
        return "still unclear"
    is_late = message["not_after"] is not None and now >= message["not_after"]
    if message["purpose"] != "marketing" and message["resends"] < MOST_RESENDS and not is_late:
        outcomes.again(*which, in_seconds=0, is_resend=True)
        return "to be sent again"
    outcomes.failed(*which, None, "Twilio has no such message, and it is not sent again.")
    if message["purpose"] != "marketing":
        raise_once("sms_unclear", f"messages:{message['id']}")
    return "dropped"
