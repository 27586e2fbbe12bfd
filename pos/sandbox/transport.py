"""Takes the place of the network between the providers' SDKs and the sandbox, inside this process."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, has_app_context

from pos.db import db
from pos.messaging.gateway import Transport as TwilioTransport
from pos.payments.gateway import Transport
from pos.sandbox import stripe_api, twilio_api


def transport(app: Flask) -> Transport:
    """The function that answers for Stripe. It needs no context, and refuses to be called while a transaction is open: the
    real Stripe may take ten seconds, in which the rows would stay locked."""

    def send(method: str, url: str, headers: Mapping[str, str], form: str | None) -> tuple[int, Mapping[str, str], str]:
        _refuse_inside_a_transaction("Stripe")
        parts = urlsplit(url)
        with app.app_context():
            answered = stripe_api.answer(method.upper(), parts.path, form or parts.query, headers)
        _lose(answered.fault)
        return answered.status, answered.headers, answered.body

    return send


def twilio_transport(app: Flask) -> TwilioTransport:
    """The function that answers for Twilio, under the same rules."""

    def send(method: str, url: str, headers: Mapping[str, str], auth: tuple[str, str], form: str) -> tuple[int, str]:
        _refuse_inside_a_transaction("Twilio")
        parts = urlsplit(url)
        with app.app_context():
            answered = twilio_api.answer(method, parts.path, form or parts.query, auth)
        _lose(answered.fault)
        return answered.status, answered.body

    return send


def _refuse_inside_a_transaction(provider: str) -> None:
    if has_app_context() and db.session().info.get("in_transaction"):
        raise RuntimeError(f"{provider} is called inside a transaction: commit first")


def _lose(fault: str | None) -> None:
    if fault == "reset":
        raise ConnectionResetError("ordered fault")
    if fault:
        raise TimeoutError("ordered fault")
