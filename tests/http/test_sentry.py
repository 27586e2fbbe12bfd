"""Bug reports: sent for what a request stumbles over, without anything personal."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from flask import Flask
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from pos import postgres
from pos.http import observing
from pos.woocommerce.gateway import Access, Gateway
from tests import databases
from tests.hosting import running
from tests.woocommerce.hostile import answer, server

MESSAGE = "cannot greet ada@example.com at +14155550132\nDETAIL: Key (phone)=(+14155550132)"
PERSONAL = ("4155550132", "ada@example.com", "tpr_secret", "phone=")


class Recorder(Transport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        event = envelope.get_event()
        if event:
            self.sent.append(json.loads(json.dumps(event, default=str)))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    observing.configure_sentry("https://key@reports.example/1")
    sentry_sdk.get_client().transport = recorder
    yield recorder
    sentry_sdk.get_client().close(timeout=0)
    # Not by init(), which leaves a client that reports nothing and writes its headers into every call.
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def stumbling(server: postgres.Server, database: str) -> Iterator[Flask]:
    """An application of its own: to one that has served, no view can be added."""
    with running(databases.settings(server, database)) as app:
        app.config["ANSWER_BUGS"] = True
        app.add_url_rule("/stumble", view_func=stumble)
        yield app


def test_bug_of_a_request_is_reported_without_personal_data(stumbling: Flask, recorder: Recorder) -> None:
    headers = {"Authorization": "Bearer tpr_secret", "X-User-Token": "tpr_secret"}
    response = stumbling.test_client().get("/stumble?phone=4155550132", headers=headers)

    assert response.status_code == 500
    (report,) = recorder.sent
    assert report["exception"]["values"][0]["value"] == "cannot greet [redacted] at [redacted]"
    assert [word for word in PERSONAL if word in json.dumps(report)] == []


@pytest.mark.usefixtures("recorder")
def test_call_to_another_house_carries_no_trace() -> None:
    with server(answer(b"[]")) as house:
        Gateway(allows_loopback=True, own=None).get(Access(house.url, "key", "secret"), "orders", {})

    (request,) = house.requests
    assert [word for word in ("baggage", "sentry-trace", "traceparent") if word in request.lower()] == []


# A report quotes the lines around the one that failed, so nothing personal may stand near it here.


def stumble() -> None:
    """A view with a bug."""
    greeting = MESSAGE
    raise RuntimeError(greeting)
