"""What the sandbox does by itself, in the worker: it sends events, and lets slow payments succeed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import current_app

from pos import clock
from pos.config import Settings
from pos.db import transaction
from pos.jobs import enqueue, job
from pos.sandbox import events, payments
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, find, get, remember


@job("sandbox.deliver_event")
def deliver_event(event_id: str) -> None:
    """Posts a waiting event. If it is not taken it is tried again after 1, 2, 4, … seconds, ten times in all."""
    with transaction(None):
        event = get("event", event_id)
    if event.hidden["state"] != events.WAITING or not _is_open():
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
        event = get("event", event_id)
    if not _is_open():
        return
    with ThreadPoolExecutor(int(concurrency)) as threads:
        post = _poster(event)
        tries = list(threads.map(lambda _: post(), range(int(times))))
    with transaction(None):
        events.record(get("event", event_id, lock=True), tries, clock.now())


@job("sandbox.settle_session")
def settle_session(session_id: str) -> None:
    """A slow payment about which nobody has decided succeeds."""
    with transaction(None):
        session = find("checkout.session", session_id, lock=True)
        if session and payments.is_processing(session):
            payments.succeed_later(session, Cause(session.account))


def _is_open() -> bool:
    """A job may outlive the sandbox: with keys of Stripe's, nothing may be sent that only looks like Stripe's."""
    return "sandbox_post" in current_app.extensions


def _poster(event: SandboxObject) -> Callable[[], tuple[int | None, str | None]]:
    """Posts the event once: the status that is answered, or why there is none. It needs no database and no app."""
    settings: Settings = current_app.config["SETTINGS"]
    send, url = current_app.extensions["sandbox_post"], f"{settings.public_base_url}/webhooks/stripe"
    assert settings.stripe is not None, "the sandbox is not in use"
    secret = settings.stripe.webhook_secrets[0]

    def post() -> tuple[int | None, str | None]:
        body, headers = events.signed(event.body, secret)
        try:
            return send(url, body, headers), None
        except OSError as error:
            return None, type(error).__name__

    return post
