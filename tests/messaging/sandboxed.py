"""Texts in a test's hand: the stand-in for Twilio with its faults, the worker's jobs one by one, and time that is let pass."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask

from pos import ids
from pos.customers.actions import record_consent
from pos.db import transaction
from pos.messaging import flows, outbox, outcomes, poll
from pos.messaging.gateway import Gateway
from pos.sandbox.transport import twilio_transport
from soak.product import rows, value
from tests.checkout.sandboxed import Sandbox
from tests.client import Shop
from tests.databases import SMS_NUMBERS
from tests.messaging.campaigning import ABROAD

CREATE = "POST /Messages.json"
LIST = "GET /Messages.json"
# Twilio lists what it took, so a minute after the call the list tells.
_AGE = (
    "UPDATE messages SET sending_at = sending_at - interval '1 minute' WHERE sending_at IS NOT NULL",
    "UPDATE consents SET created_at = created_at - interval '1 minute'",
)
_DUE = "UPDATE messages SET not_before = now() WHERE status IN ('queued', 'held') AND not_before < now() + interval '1 hour'"
_LATER = "UPDATE stores SET sms_paused_until = NULL"
_STATES = "SELECT status, attempts, resends, provider_sid IS NOT NULL, error_code FROM messages WHERE id = %s"


class Texts(Sandbox):
    """A shop of a `committed` database with Twilio beside it. Its webhooks come only when their jobs are run."""

    def __init__(self, app: Flask, books: Any, shop: Shop) -> None:
        super().__init__(app, books)
        self.shop, self.store_id = shop, UUID(shop.store_id)
        self.is_reachable = True
        self.rule(countries=ABROAD)
        app.extensions["sandbox_ask"] = self._ask

    def _ask(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        if not self.is_reachable:
            raise ConnectionError("nobody is there")
        path = url[url.index("/webhooks") :]
        answer = self.client.post(path, data=body, headers=headers)
        return answer.status_code, answer.text

    def strike(self, *faults: tuple[str, str, int]) -> None:
        """Each (match, fault, times); none clears them."""
        body = [
            {"provider": "twilio", "match": match, "fault": fault, "times": times} for match, fault, times in faults
        ]
        assert self.client.put("/_sandbox/faults", json=body).status_code == 200

    # --- customers and what they are sent

    def customer(self, phone: str, *, marketing: bool | None = None) -> str:
        """Makes a customer by a row, who was asked about marketing if `marketing` says so."""
        customer_id = str(ids.uuid7())
        named = (self.shop.store_id, customer_id)
        rows(
            self.books,
            "INSERT INTO customers (store_id, id, version, phone, origin, name) VALUES (%s, %s, 1, %s, 'counter', 'Ada')",
            *named,
            phone,
        )
        rows(self.books, "INSERT INTO profiles (store_id, customer_id) VALUES (%s, %s)", *named)
        if marketing is not None:
            self.answer(customer_id, "marketing", granted=marketing)
        return customer_id

    def answer(self, customer_id: str, purpose: str, *, granted: bool, is_pending: bool = False) -> None:
        asked = {
            "purpose": purpose,
            "granted": granted,
            "is_pending": is_pending,
            "source": "register",
            "store_name": "Hops",
        }
        with self.app.app_context(), transaction(self.store_id, actor="test"):
            record_consent(UUID(customer_id), **asked)

    def rule(self, **policy: Any) -> None:
        """What the shop decides about its texts; the rest stays."""
        changes = "jsonb_build_object('messaging', coalesce(settings -> 'messaging', '{}') || %s ::jsonb)"
        rows(
            self.books,
            f"UPDATE stores SET settings = settings || {changes} WHERE id = %s",
            json.dumps(policy),
            self.shop.store_id,
        )

    def write(self, customer_id: str, body: str = "Your jacket is here.", purpose: str = "transactional") -> str:
        """Has a text sent by hand; gives its id."""
        message_id = ids.uuid7()
        with self.app.app_context(), transaction(self.store_id, actor="test"):
            outbox.write(message_id, body, UUID(customer_id), purpose=purpose)
        return str(message_id)

    # --- time, and the worker

    def deliver(self) -> dict[str, int]:
        with self.app.app_context():
            return dict(flows.deliver(self.store_id))

    def settle(self) -> dict[str, int]:
        with self.app.app_context():
            return dict(flows.settle_lost(self.store_id))

    def fetch(self) -> int:
        with self.app.app_context():
            return poll.fetch(self.store_id)

    def words_of(self, message_id: str, *, attempt: int) -> list[Callable[[], None]]:
        """What may be said of an attempt when its call has come to nothing."""
        its = UUID(message_id), attempt

        def say(word: Callable[[], None]) -> None:
            with self.app.app_context(), transaction(self.store_id, actor="outbox"):
                word()

        return [
            partial(say, partial(outcomes.again, *its, in_seconds=0)),
            partial(say, partial(outcomes.unclear, *its)),
            partial(say, partial(outcomes.failed, *its, None, "Twilio said no.")),
        ]

    @contextmanager
    def wrong_credentials(self) -> Iterator[None]:
        """The account's token was changed at Twilio, and nobody has told us."""
        known, settings = self.app.extensions["twilio"], self.app.config["SETTINGS"].twilio
        changed = replace(settings, auth_token="0" * 32)
        self.app.extensions["twilio"] = Gateway(changed, twilio_transport(self.app))
        yield
        self.app.extensions["twilio"] = known

    def pass_time(self) -> None:
        """A minute passes for what is under way, and what waits for less than an hour has waited."""
        for statement in (*_AGE, _DUE, _LATER):
            rows(self.books, statement)

    def sweep(self) -> None:
        """What the worker does when some time has passed."""
        self.pass_time()
        self.settle()
        self.deliver()

    def tell(self) -> None:
        """The worker of the stand-in posts its webhooks."""
        self.run_all("sandbox.walk_message", "sandbox.tell_inbound")

    def receive(self, phone: str, body: str) -> None:
        """Somebody texts the shop from their phone; its webhook is told later."""
        sent = self.client.post(f"/_sandbox/phone/{phone}", data={"to": SMS_NUMBERS[self.shop.slug], "body": body})
        assert sent.status_code == 201, sent.text

    # --- what is known

    def state(self, message_id: str) -> tuple[Any, ...]:
        """Status, attempts, resends, whether Twilio's name is known, and the code."""
        return rows(self.books, _STATES, message_id)[0]

    def status(self, message_id: str) -> str:
        return str(self.state(message_id)[0])

    def bodies(self, phone: str | None = None) -> list[str]:
        """What Twilio was given for us to send, oldest first."""
        truth: Any = self.client.get("/_sandbox/twilio/truth.json").json
        return [
            each["body"] for each in truth["messages"] if each["direction"] != "inbound" and phone in (None, each["to"])
        ]

    def count(self, statement: str, *values: Any) -> int:
        return int(value(self.books, statement, *values))

    def items(self, kind: str) -> list[dict[str, Any]]:
        found = rows(self.books, "SELECT detail FROM attention_items WHERE kind = %s ORDER BY id", kind)
        return [detail for (detail,) in found]
