"""What the sandbox does by itself, in the worker: it sends events, lets texts arrive, and slow payments succeed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests
from flask import current_app

from pos import clock
from pos.config import Settings
from pos.db import transaction
from pos.jobs import enqueue, job
from pos.sandbox import events, payments, twilio_webhooks, twiml
from pos.sandbox.events import Tried
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, find, get, remember
from pos.sandbox.shop import webhooks as shop_webhooks

# What posts in each provider's name; a job may outlive the sandbox, and with keys of the provider's nothing may be sent that
# only looks like the provider's.
SENDERS = {"event": "sandbox_post", "webhook": "sandbox_ask", "delivery": "sandbox_tell"}
Poster = Callable[[], Tried]


@job("sandbox.deliver_event")
def deliver_event(event_id: str) -> None:
    """Posts a waiting event. If it is not taken it is tried again after 1, 2, 4, … seconds, ten times in all."""
    with transaction(None):
        event = get("event", event_id)
    if event.hidden["state"] != events.WAITING or not _is_open(event):
        return
    tries = [_poster(event)()]
    with transaction(None):
        event = get("event", event_id, lock=True)
        if events.record(event, tries, clock.now()):
            return
        attempts = event.hidden["attempts"]
        if attempts >= events.TRIES:
            remember(event, state=events.FAILED)
        elif event.hidden["state"] == events.WAITING:
            enqueue("sandbox.deliver_event", in_seconds=2 ** (attempts - 1), event_id=event_id)


@job("sandbox.deliver_by_hand")
def deliver_by_hand(event_id: str, times: str, concurrency: str) -> None:
    """Posts an event so many times, so many of them at once, whatever has become of it before."""
    with transaction(None):
        event = events.get_any(event_id)
    if not _is_open(event):
        return
    with ThreadPoolExecutor(int(concurrency)) as threads:
        post = _poster(event)
        tries = list(threads.map(lambda _: post(), range(int(times))))
    with transaction(None):
        _record(event, tries)


@job("sandbox.walk_message")
def walk_message(sid: str) -> None:
    """Lets a text walk to the end of its way, and tells each new status."""
    told, tries = None, list[Tried]()
    while True:
        with transaction(None):
            settled = _settle(told, tries) if told else None
            told = twilio_webhooks.next_to_tell(get("message", sid, lock=True), settled)
        if told is None or not _is_open(told):
            return
        tries = _posted(told)


@job("sandbox.tell_inbound")
def tell_inbound(event_id: str) -> None:
    """Tells that a text came in, and sends what is answered."""
    with transaction(None):
        told = get("webhook", event_id)
    if told.hidden["state"] != events.WAITING or not _is_open(told):
        return
    tries = _posted(told)
    with transaction(None):
        _settle(told, tries)


@job("sandbox.tell_of_shop")
def tell_of_shop(event_id: str) -> None:
    """Posts what the web shop tells, once: WooCommerce does not try again by itself."""
    with transaction(None):
        told = get("delivery", event_id)
    if told.hidden["state"] != events.WAITING or not _is_open(told):
        return
    tries = [_poster(told)()]
    with transaction(None):
        _settle(told, tries)


@job("sandbox.settle_session")
def settle_session(session_id: str) -> None:
    """A slow payment about which nobody has decided succeeds."""
    with transaction(None):
        session = find("checkout.session", session_id, lock=True)
        if session and payments.is_processing(session):
            payments.succeed_later(session, Cause(session.account))


def _is_open(event: SandboxObject) -> bool:
    return SENDERS[event.kind] in current_app.extensions


def _posted(told: SandboxObject) -> list[Tried]:
    """Posts as Twilio does: once more if nobody was reached, never again after an answer."""
    post = _poster(told)
    first = post()
    return [first] if first.is_heard else [first, post()]


def _settle(told: SandboxObject, tries: list[Tried]) -> SandboxObject:
    """Writes down what came of posting by itself: it is not posted again, taken or not."""
    told = _record(told, tries)
    if told.hidden["state"] == events.WAITING:
        remember(told, state=events.FAILED)
    return told


def _record(event: SandboxObject, tries: list[Tried]) -> SandboxObject:
    """An answer to an inbound text is sent each time it was given; if it makes no sense, that is written down instead."""
    event = get(event.kind, event.id, lock=True)
    if event.body["type"] == "inbound":
        tries = [_replied(event, each) for each in tries]
    events.record(event, tries, clock.now())
    return event


def _replied(told: SandboxObject, tried: Tried) -> Tried:
    if not tried.is_taken:
        return tried
    try:
        twilio_webhooks.reply(told, tried.words)
    except twiml.TwimlError as error:
        return Tried(tried.status, f"TwiML: {error}")
    return tried


def _poster(event: SandboxObject) -> Poster:
    """Posts the event once. It needs no database and no app."""
    send = current_app.extensions[SENDERS[event.kind]]
    if event.kind == "webhook":
        url, (body, headers) = event.body["url"], twilio_webhooks.signed(event)
        return lambda: _tried(lambda: _answered(*send(url, body, headers)))
    if event.kind == "delivery":
        where, letter = shop_webhooks.address(event), shop_webhooks.signed(event)
        return lambda: _tried(lambda: _answered(*send(where, *letter)))
    settings: Settings = current_app.config["SETTINGS"]
    url = f"{settings.public_base_url}/webhooks/stripe"
    assert settings.stripe is not None, "the sandbox is not in use"
    secret = settings.stripe.webhook_secrets[0]
    return lambda: _tried(lambda: Tried(send(url, *events.signed(event.body, secret))))


def _answered(status: int, words: str) -> Tried:
    return Tried(status, words=words)


def _tried(post: Poster) -> Tried:
    try:
        return post()
    except OSError as error:
        is_lost = isinstance(error, requests.ConnectionError | ConnectionError)
        return Tried(None, type(error).__name__, is_heard=not is_lost)
