"""Events leave signed, from the worker's jobs, again and again until they are taken; or as somebody orders."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
import requests
from flask import Flask
from werkzeug.datastructures import Headers

from pos import clock, postgres
from pos.payments.gateway import API_VERSION
from pos.sandbox import events
from pos.sandbox.tasks import deliver_by_hand, deliver_event
from tests.running import environment, process, until
from tests.sandbox.conftest import NUMBER, PHONE, Stand, link_params

Posted = list[tuple[str, bytes, dict[str, str]]]


def first(stand: Stand) -> Any:
    """The event of a new link."""
    stand.link()
    return stand.events()[0]


def statuses(stand: Stand) -> list[Any]:
    return [(each["status"], each["error"]) for each in stand.events()[0]["deliveries"]]


def test_event_is_posted_signed_and_whole(stand: Stand, posted: Posted) -> None:
    event = first(stand)

    deliver_event(event["id"])

    [(url, body, headers)] = posted
    read = stand.gateway.read_event(body, headers["Stripe-Signature"], clock.now().timestamp())
    assert url == "http://127.0.0.1:8000/webhooks/stripe"
    assert headers["Content-Type"].startswith("application/json")
    assert (read["id"], read["type"], read["livemode"]) == (event["id"], "payment_link.created", False)
    assert read["api_version"] == API_VERSION
    assert read["request"]["idempotency_key"] == "link-1"
    assert read["data"]["object"]["metadata"] == {"link_id": "L1", "order_id": "O1"}
    assert (stand.events()[0]["state"], statuses(stand)) == ("delivered", [(200, None)])


def test_event_keeps_what_was_when_it_was_made(stand: Stand, posted: Posted) -> None:
    link = stand.link()
    stand.gateway.deactivate_link(link["id"], account=None)

    for event in stand.events():
        deliver_event(event["id"])

    assert [orjson.loads(body)["data"]["object"]["active"] for _, body, _ in posted] == [True, False]


def test_event_is_enqueued_with_what_it_tells(stand: Stand) -> None:
    stand.link()

    assert stand.jobs("sandbox.deliver_event") == 1


def test_event_that_is_not_taken_is_tried_again(stand: Stand, posted: Posted) -> None:
    event = first(stand)
    stand.app.config["POST_ANSWERS"] += [500, requests.ConnectionError(), 302, 200]

    for _ in range(5):
        deliver_event(event["id"])

    assert statuses(stand) == [(500, None), (None, "ConnectionError"), (302, None), (200, None)]
    assert stand.events()[0]["state"] == "delivered"
    # The first job, and one for each try that failed; the last call above found it delivered.
    assert stand.jobs("sandbox.deliver_event") == 4
    assert len(posted) == 4


def test_event_is_given_up_after_ten_tries(stand: Stand, posted: Posted) -> None:
    event = first(stand)
    stand.app.config["POST_ANSWERS"] += [503] * 20

    for _ in range(12):
        deliver_event(event["id"])

    assert (stand.events()[0]["state"], len(posted), stand.jobs("sandbox.deliver_event")) == ("failed", 10, 10)


def test_pauses_between_tries_double(committed: Flask, superuser: Any) -> None:
    committed.extensions["sandbox_post"] = lambda *_: 500
    with committed.app_context():
        committed.extensions["stripe"].create_link(link_params(), account=None, key="k")
        event = committed.test_client().get("/_sandbox/events.json").json[0]
        for _ in range(4):
            deliver_event(event["id"])

    with superuser.cursor() as cursor:
        cursor.execute("SELECT round(extract(epoch FROM scheduled_at - now())) FROM procrastinate_jobs ORDER BY id")
        seconds = [None if row[0] is None else float(row[0]) for row in cursor.fetchall()]
    assert seconds[0] is None
    assert seconds[1:] == pytest.approx([1, 2, 4, 8], abs=1.5)


@pytest.mark.parametrize(("fault", "state"), [("drop_event", "dropped"), ("hold_event", "held")])
@pytest.mark.parametrize("match", ["payment_link.created", "payment_link", "*"])
def test_event_is_dropped_or_held_as_ordered(stand: Stand, posted: Posted, fault: str, state: str, match: str) -> None:
    stand.order((match, fault))

    event = first(stand)
    stand.link("another")
    deliver_event(event["id"])

    assert [each["state"] for each in stand.events()] == [state, "waiting"]
    assert posted == []
    assert stand.jobs("sandbox.deliver_event") == 1


def test_held_event_is_delivered_by_hand(stand: Stand, posted: Posted) -> None:
    stand.order(("*", "hold_event"))
    event = first(stand)

    answered = stand.client.post(f"/_sandbox/events/{event['id']}/deliver")
    assert (answered.status_code, stand.jobs("sandbox.deliver_by_hand")) == (202, 1)
    deliver_by_hand(event["id"], "1", "1")

    assert (stand.events()[0]["state"], len(posted)) == ("delivered", 1)


def test_event_is_delivered_many_times_at_once(stand: Stand, posted: Posted) -> None:
    event = first(stand)
    together = threading.Barrier(4)

    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        together.wait(10)
        posted.append((url, body, headers))
        return 200

    stand.app.extensions["sandbox_post"] = post
    asked = {"times": 8, "concurrency": 4, "in_seconds": 0}
    answered = stand.client.post(f"/_sandbox/events/{event['id']}/deliver", json=asked)
    deliver_by_hand(event["id"], "8", "4")

    assert answered.json == {"id": event["id"], **asked}
    assert {orjson.loads(body)["id"] for _, body, _ in posted} == {event["id"]}
    assert statuses(stand) == [(200, None)] * 8


def test_dropped_event_is_not_sent_by_itself(stand: Stand, posted: Posted) -> None:
    event = first(stand)

    dropped = stand.client.post(f"/_sandbox/events/{event['id']}/drop")
    deliver_event(event["id"])

    assert dropped.json == {"id": event["id"], "state": "dropped"}
    assert posted == []


def test_job_that_outlives_the_sandbox_sends_nothing(stand: Stand, posted: Posted) -> None:
    event = first(stand)
    sender = stand.app.extensions.pop("sandbox_post")

    deliver_event(event["id"])
    deliver_by_hand(event["id"], "1", "1")

    stand.app.extensions["sandbox_post"] = sender
    assert (posted, statuses(stand)) == ([], [])


# --- the network ------------------------------------------------------------------------------------------


@contextmanager
def listening(*answers: int) -> Iterator[tuple[str, Posted]]:
    """A web server on the loopback that answers posts with these statuses, then 200; its address and what it was sent."""
    received: Posted = []
    waiting = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, body, dict(self.headers)))
            self.send_response(waiting.pop(0) if waiting else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_post_goes_over_the_network() -> None:
    with listening(202) as (url, received):
        status = events.post(f"{url}/webhooks/stripe", b"{}", {"Stripe-Signature": "t=1"})

        assert status == 202
        [(path, body, headers)] = received
        assert (path, body, headers["Stripe-Signature"]) == ("/webhooks/stripe", b"{}", "t=1")


def test_post_to_nobody_is_an_error_that_the_task_knows() -> None:
    with listening() as (url, _):
        pass

    with pytest.raises(OSError, match="refused"):
        events.post(url, b"{}", {})


@pytest.mark.slow
def test_worker_sends_what_a_payer_did(
    committed: Flask, server: postgres.Server, database: str, tmp_path: Path
) -> None:
    """The whole way: a link, a payer, the worker's process, HTTP, and a second try after a 500; then a text and its statuses."""
    settings = committed.config["SETTINGS"]
    gateway, client = committed.extensions["stripe"], committed.test_client()
    link = gateway.create_link(link_params(), account=None, key="k")
    assert client.post(f"/_sandbox/pay/{link['id']}", data={"outcome": "pay"}).status_code == 303

    with listening(500) as (url, received):
        here = {"PUBLIC_BASE_URL": url, "POS_DATA_DIR": str(settings.data_dir)}
        with process("worker", tmp_path, environment(server, database, tmp_path, **here)):
            told = lambda: [event["state"] for event in client.get("/_sandbox/events.json").json]  # noqa: E731
            until(lambda: set(told()) == {"delivered"}, 60, what="all events delivered")
            events_told, texts = list(received), committed.extensions["twilio"]
            sid = texts.send(to=PHONE, sender=NUMBER, body="Hi", callback=f"{url}/status?a=1", valid_seconds=None).sid
            until(
                lambda: texts.look(sid).status == "delivered" and len(received) == len(events_told) + 2,
                60,
                what="a text",
            )

    read = [gateway.read_event(body, headers["Stripe-Signature"], time.time()) for _, body, headers in events_told]
    assert {event["type"] for event in read} >= {"checkout.session.completed", "payment_intent.succeeded"}
    assert len(read) == len({event["id"] for event in read}) + 1
    statuses = [(path, dict(parse_qsl(body.decode())), headers) for path, body, headers in received[len(events_told) :]]
    assert [form["MessageStatus"] for _, form, _ in statuses] == ["sent", "delivered"]
    assert all(texts.is_signed(f"{url}{path}", form, Headers(headers)) for path, form, headers in statuses)
