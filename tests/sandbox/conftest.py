"""The providers' own SDKs in front of the sandbox, with every answer and every event held against the providers' types."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from pos import sandbox
from pos.db import db, transaction
from pos.messaging import gateway as messaging
from pos.payments.gateway import Gateway, Object
from pos.sandbox import twilio_schema
from pos.sandbox.records import those
from pos.sandbox.stripe_schema import complaints
from pos.sandbox.tasks import tell_inbound, walk_message
from tests.sandbox.shopping import Shopping

ACCOUNT = "acct_1HopsTaproom"


def link_params(amount: int = 800, limit: int | None = 1, **more: Any) -> Object:
    """The parameters of a link as the product makes them: one line, paid once."""
    price = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Order K7QXR9"}}
    params: Object = {
        "line_items": [{"price_data": price, "quantity": 1}],
        "metadata": {"link_id": "L1", "order_id": "O1"},
        "payment_intent_data": {"metadata": {"link_id": "L1"}},
        "payment_method_types": ["card"],
        **more,
    }
    if limit:
        params["restrictions"] = {"completed_sessions": {"limit": limit}}
    return params


@dataclass
class Stand:
    """The sandbox as Stripe's SDK, a payer and a test see it."""

    app: Flask
    gateway: Gateway
    client: FlaskClient
    answers: list[tuple[str, int, Mapping[str, str], Object]] = field(default_factory=list)

    def link(self, key: str = "link-1", account: str | None = None, **changes: Any) -> Object:
        return self.gateway.create_link(link_params(**changes), account=account, key=key)

    def visit(self, link: Object) -> str:
        """Opens the link as a payer does; the id of the session that began."""
        assert self.client.get(f"/_sandbox/pay/{link['id']}").status_code == 200
        return str(self.truth()["sessions"]["open"][-1])

    def act(self, link: Object, outcome: str, session: str | None = None) -> Any:
        sent = {"outcome": outcome} | ({"session": session} if session else {})
        return self.client.post(f"/_sandbox/pay/{link['id']}", data=sent)

    def paid(self, **changes: Any) -> str:
        """The payment intent of a link that was made and paid."""
        link = self.link(**changes)
        assert self.act(link, "pay").status_code == 303
        return str(self.truth()["payments"]["list"][-1]["id"])

    def truth(self) -> Any:
        return self.client.get("/_sandbox/stripe/truth.json").json

    def events(self) -> list[Any]:
        """All events, oldest first."""
        return list(reversed(self.client.get("/_sandbox/events.json").json))

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def order(self, *faults: tuple[str, str]) -> None:
        """Orders faults, each (match, fault), to strike once."""
        body = [{"provider": "stripe", "match": match, "fault": fault, "times": 1} for match, fault in faults]
        assert self.client.put("/_sandbox/faults", json=body).status_code == 200

    def ask(self, method: str, path: str, form: str = "", **headers: str) -> tuple[int, Any, Mapping[str, str]]:
        """One request in Stripe's dialect over HTTP, as the account's owner unless `Authorization` says otherwise."""
        key = self.app.config["SETTINGS"].stripe.secret_key
        sent = {"Authorization": f"Bearer {key}"} | {name.replace("_", "-"): text for name, text in headers.items()}
        url = f"/_sandbox/stripe/v1/{path}"
        if method == "POST":
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            answered = self.client.post(url, data=form, headers=sent)
        else:
            answered = self.client.get(url, query_string=form, headers=sent)
        return answered.status_code, answered.json, answered.headers

    def jobs(self, name: str) -> int:
        """How many jobs of this name have been enqueued."""
        with transaction(None):
            count = text("SELECT count(id) FROM procrastinate_jobs WHERE task_name = :name")
            return int(db.session.scalar(count, {"name": name}) or 0)


@pytest.fixture
def stand(app: Flask) -> Iterator[Stand]:
    """The sandbox; whatever it answers and emits in a test is of Stripe's types, or the test fails."""
    answers: list[tuple[str, int, Mapping[str, str], Object]] = []
    made = Stand(
        app, Gateway(app.config["SETTINGS"].stripe, judged(sandbox.transport(app), answers)), app.test_client(), answers
    )
    yield made
    assert [complaint for *_, body in answers for complaint in complaints(body)] == []
    with transaction(None):
        assert [complaint for event in those("event") for complaint in complaints(event.body)] == []


def judged(send: Callable[..., Any], answers: list[Any]) -> Callable[..., Any]:
    """Writes down what passes between the SDK and the sandbox."""

    def through(method: str, url: str, headers: Mapping[str, str], form: str | None) -> Any:
        status, answered, body = send(method, url, headers, form)
        answers.append((method, status, answered, orjson.loads(body)))
        return status, answered, body

    return through


@pytest.fixture
def posted(app: Flask) -> Iterator[list[tuple[str, bytes, dict[str, str]]]]:
    """What would have left over the network; each post is answered with the next of `app.config["POST_ANSWERS"]`, then 200."""
    sent: list[tuple[str, bytes, dict[str, str]]] = []
    answers: list[Any] = []

    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        sent.append((url, body, headers))
        answer = answers.pop(0) if answers else 200
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    real = app.extensions["sandbox_post"]
    app.extensions["sandbox_post"], app.config["POST_ANSWERS"] = post, answers
    yield sent
    app.extensions["sandbox_post"] = real
    del app.config["POST_ANSWERS"]


# --- Twilio -----------------------------------------------------------------------------------------------

PHONE, NUMBER = "+14155550132", "+15005550006"
CALLBACK = "http://127.0.0.1:8000/webhooks/twilio/status?store=1&message=2"


@dataclass
class Texting:
    """The sandbox as Twilio's SDK, a phone and a test see it. `posted` is what would have left over the network; each post is
    answered with the next of `replies`, then with 200 and nothing."""

    app: Flask
    gateway: messaging.Gateway
    client: FlaskClient
    answers: list[tuple[int, Object]] = field(default_factory=list)
    posted: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    replies: list[Any] = field(default_factory=list)

    def send(self, body: str = "Your order is ready.", **changes: Any) -> messaging.Told:
        asked: Any = {"to": PHONE, "sender": NUMBER, "callback": CALLBACK, "valid_seconds": None} | changes
        return self.gateway.send(body=body, **asked)

    def walk(self, sid: str) -> messaging.Told:
        """The worker's job; the message as it is then."""
        walk_message(sid)
        return self.gateway.look(sid)

    def walked(self, **changes: Any) -> messaging.Told:
        return self.walk(self.send(**changes).sid)

    def text(self, body: str, phone: str = PHONE, **more: str) -> Any:
        """The phone texts us."""
        answered = self.client.post(f"/_sandbox/phone/{phone}", data={"body": body, **more})
        assert answered.status_code == 201, answered.text
        return answered.json

    def tell(self) -> None:
        """The worker tells what came in and was not told, and sends what is answered."""
        for event in self.events():
            if event["type"] == "inbound":
                tell_inbound(event["id"])

    def thread(self, phone: str = PHONE) -> list[tuple[str, str, str]]:
        """What the phone has, oldest first: direction, words, status."""
        listed = self.client.get(f"/_sandbox/phone/{phone}.json").json or ()
        return [(each["direction"], each["body"], each["status"]) for each in listed]

    def events(self) -> list[Any]:
        """All webhooks, oldest first."""
        return list(reversed(self.client.get("/_sandbox/events.json").json or ()))

    def states(self) -> dict[str, str]:
        return {event["type"]: event["state"] for event in self.events()}

    def statuses(self) -> list[str]:
        """The statuses that were posted."""
        return [form["MessageStatus"] for _, form, _ in self.posted if "MessageStatus" in form]

    def truth(self) -> list[Any]:
        return list((self.client.get("/_sandbox/twilio/truth.json").json or {})["messages"])

    def order(self, *faults: tuple[str, str]) -> None:
        """Orders faults, each (match, fault), to strike once."""
        body = [{"provider": "twilio", "match": match, "fault": fault, "times": 1} for match, fault in faults]
        assert self.client.put("/_sandbox/faults", json=body).status_code == 200

    def ask(self, method: str, path: str = "Messages.json", auth: Any = None, **form: str) -> tuple[int, Any]:
        """One request in Twilio's dialect over HTTP, by the account's owner unless `auth` says otherwise."""
        ours = self.gateway.settings
        url = f"/_sandbox/twilio/2010-04-01/Accounts/{ours.account_sid}/{path}"
        sent: Any = {"data": form} if method == "POST" else {"query_string": form} if form else {}
        answered = self.client.open(url, method=method, auth=auth or (ours.account_sid, ours.auth_token), **sent)
        assert answered.json is not None, answered.text
        self.answers.append((answered.status_code, answered.json))
        return answered.status_code, answered.json

    def create(self, **changes: str | None) -> tuple[int, Any]:
        """Asks for a message over HTTP; None takes a field out."""
        fields = {"To": PHONE, "From": NUMBER, "Body": "Hello"} | changes
        return self.ask("POST", **{name: text for name, text in fields.items() if text is not None})

    def of_store(self, number: str) -> None:
        """Gives a store a number of its own."""
        with transaction(None):
            db.session.execute(text("UPDATE stores SET sms_number = :number WHERE slug = 'hops'"), {"number": number})


@pytest.fixture
def texting(app: Flask) -> Iterator[Texting]:
    """The sandbox, in which no store has a number of its own; whatever it answers in a test is of Twilio's types, or the test fails."""
    with transaction(None):
        db.session.execute(text("UPDATE stores SET sms_number = NULL"))
    answers: list[tuple[int, Object]] = []
    send = sandbox.twilio_transport(app)

    def through(*asked: Any) -> tuple[int, str]:
        status, body = send(*asked)
        answers.append((status, orjson.loads(body)))
        return status, body

    made = Texting(app, messaging.Gateway(app.config["SETTINGS"].twilio, through), app.test_client(), answers)
    real = app.extensions["sandbox_ask"]
    app.extensions["sandbox_ask"] = lambda *sent: _answered(made, *sent)
    yield made
    app.extensions["sandbox_ask"] = real
    assert [complaint for _, body in answers for complaint in twilio_schema.complaints(body)] == []


def _answered(texting: Texting, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    texting.posted.append((url, dict(parse_qsl(body.decode(), keep_blank_values=True)), headers))
    reply = texting.replies.pop(0) if texting.replies else (200, "")
    if isinstance(reply, BaseException):
        raise reply
    return reply  # type: ignore[no-any-return]


# --- the web shop -----------------------------------------------------------------------------------------


@pytest.fixture
def shopping(app: Flask) -> Iterator[Shopping]:
    """The web shop; what it tells is written down instead of sent, each answered with the next of `replies`, then with 200."""
    made = Shopping(app)
    real = app.extensions["sandbox_tell"]
    app.extensions["sandbox_tell"] = made.take
    yield made
    app.extensions["sandbox_tell"] = real
