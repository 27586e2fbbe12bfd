"""Stripe's API as the tests play it: a transport that answers the gateway's calls from scripted answers and lists."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask

from pos.payments.gateway import Gateway

Object = dict[str, Any]
Answer = tuple[int, Object | str] | tuple[int, Object | str, Mapping[str, str]] | Exception


@dataclass(frozen=True)
class Call:
    """What the gateway asked: `form` holds each name once, since it asks for nothing twice."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def key(self) -> str | None:
        return self.headers.get("Idempotency-Key")


@dataclass
class Provider:
    """Answers by the rules of `answers`: (method, beginning of the path) to what is answered next, the last of it for ever.

    What has no rule is answered as Stripe does when all is well, from `sessions`, `refunds`, `disputes` and `intents`.
    """

    calls: list[Call] = field(default_factory=list)
    answers: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    sessions: list[Object] = field(default_factory=list)
    refunds: list[Object] = field(default_factory=list)
    disputes: list[Object] = field(default_factory=list)
    intents: dict[str, Object] = field(default_factory=dict)
    during: Callable[[Call], None] = lambda _: None

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[int, Mapping[str, str], str]:
        parts = urlsplit(url)
        form = {name: values[-1] for name, values in parse_qs(body or parts.query).items()}
        call = Call(method.upper(), parts.path, headers, form)
        self.calls.append(call)
        self.during(call)
        answer = self._answer(call)
        if isinstance(answer, Exception):
            raise answer
        status, said, told = (*answer, {})[:3]
        return status, told, said if isinstance(said, str) else json.dumps(said)

    def says(self, method: str, path: str, *answers: Answer) -> None:
        self.answers[method, path] = list(answers)

    def asked(self, method: str, path: str) -> list[Call]:
        return [call for call in self.calls if call.method == method and call.path.startswith(path)]

    def _answer(self, call: Call) -> Answer:
        for (method, path), answers in self.answers.items():
            if call.method == method and call.path.startswith(path):
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return self._well(call)

    def _well(self, call: Call) -> Answer:
        lists = {"/v1/checkout/sessions": self._sessions, "/v1/refunds": self._refunds, "/v1/disputes": self._disputes}
        if call.method == "GET" and call.path in lists:
            return 200, {"object": "list", "data": lists[call.path](call), "has_more": False, "url": call.path}
        if call.path == "/v1/payment_links":
            number = call.form["metadata[link_id]"]
            made = {"id": f"plink_{number}", "object": "payment_link", "url": f"https://buy.example/{number}"}
            return 200, made | {"active": True}
        if call.path == "/v1/refunds":
            return 200, self._made_refund(call)
        if call.path.endswith("/expire"):
            self.sessions = [each for each in self.sessions if each["id"] != call.path.split("/")[-2]]
        if call.path.startswith("/v1/payment_intents/"):
            return 200, self.intents[call.path.rsplit("/", 1)[1]]
        return 200, {"id": call.path.split("/")[-1], "object": "thing"}

    def _sessions(self, call: Call) -> list[Object]:
        wanted = {"payment_link", "status"} & set(call.form)
        return [each for each in self.sessions if all(each.get(name) == call.form[name] for name in wanted)]

    def _refunds(self, call: Call) -> list[Object]:
        intent, since = call.form.get("payment_intent"), int(call.form.get("created[gte]", 0))
        found = [each for each in self.refunds if intent in (None, each["payment_intent"])]
        return [each for each in found if each.get("created", since) >= since]

    def _disputes(self, _call: Call) -> list[Object]:
        return self.disputes

    def _made_refund(self, call: Call) -> Object:
        metadata = {name[9:-1]: value for name, value in call.form.items() if name.startswith("metadata[")}
        made = {"id": f"re_{call.key}", "object": "refund", "status": "succeeded", "metadata": metadata}
        return made | {
            "amount": int(call.form["amount"]),
            "payment_intent": call.form["payment_intent"],
            "currency": "usd",
        }


def error(kind: str, code: str | None = None, **facts: Any) -> Object:
    """The body of Stripe's refusals."""
    return {"error": {"type": kind, "code": code, "message": "As Stripe puts it.", **facts}}


@contextmanager
def playing(app: Flask, provider: Provider) -> Iterator[Provider]:
    """The application with this provider where Stripe would be."""
    before = app.extensions["stripe"]
    app.extensions["stripe"] = Gateway(app.config["SETTINGS"].stripe, transport=provider)
    try:
        yield provider
    finally:
        app.extensions["stripe"] = before


@contextmanager
def switched_off(app: Flask) -> Iterator[None]:
    """The application without a Stripe key."""
    before = app.extensions["stripe"]
    app.extensions["stripe"] = None
    try:
        yield
    finally:
        app.extensions["stripe"] = before
