"""flask messages: what the worker does with texts, at once and with its progress; and how they stand."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC
from typing import TypeVar
from uuid import UUID

import click
from babel.numbers import get_currency_precision
from flask import Flask, current_app

from pos import clock, money
from pos.db import transaction
from pos.http.commands import Group
from pos.messaging import codes, flows, poll, standing
from pos.messaging.gateway import Declined, TwilioFailure
from pos.stores import queries
from pos.stores.models import Store

# What the figures of flows.deliver and flows.settle_lost are called here.
_WORDS = {
    "judged": "looked at",
    "sent": "taken by Twilio",
    "declined": "not taken by Twilio",
    "down": "to be tried again: Twilio did nothing",
    "unclear": "unclear: Twilio did not answer, so they are looked for there",
}

Done = TypeVar("Done")

messages = Group("messages", help="Texts: fetching, delivering, how they stand.")
_of_store = click.option("--store", "slug", help="Only this store, by its slug. Default: all stores.")


@messages.command("poll")
@_of_store
def poll_command(slug: str | None) -> None:
    """Fetch what Twilio received and could not tell us, such as a STOP while TapPass was down. May be repeated at any time."""
    taken = sum(_asked(store, poll.fetch) for store in _stores(slug))
    click.echo(f"{taken:6} text(s) that had not come by webhook")


@messages.command("deliver")
@_of_store
def deliver_command(slug: str | None) -> None:
    """Find out what became of unclear texts, then send what is due. May be repeated at any time, beside the worker too."""
    done: Counter[str] = Counter()
    paused = []
    for store in _stores(slug):
        done += _asked(store, _delivered)
        with transaction(store.id):
            stands = standing.of_store()
        if _is_paused(stands):
            paused.append(store.slug)
    for what, count in done.items():
        click.echo(f"{count:6} {_WORDS.get(what, what)}")
    if paused:
        raise click.ClickException(f"{', '.join(paused)}: paused by an alarm; `GET /attention-items` says why.")
    click.echo("Done: nothing else is due.")


@messages.command("status")
@_of_store
def status_command(slug: str | None) -> None:
    """Show what waits and why, what is unclear or failed, how much of the day's budget is used, and who waits for an answer."""
    for store in _stores(slug, must_reach_twilio=False):
        with transaction(store.id):
            stands = standing.of_store()
        click.echo("\n".join(_shown(store, stands)))


def _stores(slug: str | None, *, must_reach_twilio: bool = True) -> list[Store]:
    if must_reach_twilio and current_app.extensions["twilio"] is None:
        raise click.ClickException("TWILIO_ACCOUNT_SID is none: nothing is texted.")
    with transaction(None):
        if slug:
            return [queries.store_by_slug(slug)]
        return [queries.find_store(each) for each in queries.every_store_id()]


def _asked(store: Store, step: Callable[[UUID], Done]) -> Done:
    """What a step did that asks Twilio."""
    click.echo(f"{store.slug} …", err=True)
    try:
        return step(store.id)
    except Declined as failure:
        raise click.ClickException(
            f"{store.slug}: {_refusal(failure)} Nothing was sent; mend it and try again."
        ) from None
    except TwilioFailure as failure:
        raise click.ClickException(
            f"{store.slug}: Twilio does not answer ({failure.reason}). Nothing is lost; try again."
        ) from failure


def _refusal(failure: TwilioFailure) -> str:
    return codes.advice(failure.code) if failure.code else f"Twilio says no: {failure.reason}."


def _delivered(store_id: UUID) -> Counter[str]:
    """A STOP that came while nobody was here is fetched before the first text leaves."""
    poll.before_sending(store_id)
    settled = flows.settle_lost(store_id)
    return settled + flows.deliver(store_id, lambda done: click.echo(f"  {done['judged']:,} …", err=True))


def _is_paused(stands: standing.Standing) -> bool:
    return stands.paused_until is not None and stands.paused_until > clock.now()


def _shown(store: Store, stands: standing.Standing) -> list[str]:
    rules = stands.policy
    cost = money.round_half_up(rules.cost(stands.segments_today, 10 ** get_currency_precision(store.currency)))
    lines = [f"{store.slug}: {f'texts from {stands.sender}' if stands.sender else 'has no number to text from'}"]
    if stands.paused_until and _is_paused(stands):
        until = stands.paused_until.astimezone(UTC)
        lines.append(f"       paused by an alarm until {until:%H:%M} UTC; `GET /attention-items` says why")
    return [
        *lines,
        f"{stands.queued:6} waiting to leave",
        *(f"{count:6} held: {reason}" for reason, count in stands.held.items()),
        f"{stands.unclear:6} on the way or unclear: Twilio has not answered yet",
        f"{stands.failed_today:6} failed today",
        f"{stands.segments_today:6} of {rules.segments_day:,} segments of today's budget used, {money.written(cost, store.currency)}",
        f"{stands.conversations_waiting:6} conversation(s) wait for a person",
    ]


def init_app(app: Flask) -> None:
    app.cli.add_command(messages)
