"""Takes the place of the network between Stripe's SDK and the sandbox, inside this process."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, has_app_context

from pos.db import db
from pos.payments.gateway import Transport
from pos.sandbox import stripe_api


def transport(app: Flask) -> Transport:
    """The function that answers. It needs no context, and refuses to be called while a transaction is open: the
    real Stripe may take ten seconds, in which the rows would stay locked."""

    def send(method: str, url: str, headers: Mapping[str, str], form: str | None) -> tuple[int, Mapping[str, str], str]:
        if has_app_context() and db.session().info.get("in_transaction"):
            raise RuntimeError("Stripe is called inside a transaction: commit first")
        parts = urlsplit(url)
        with app.app_context():
            answered = stripe_api.answer(method.upper(), parts.path, form or parts.query, headers)
        if answered.fault == "reset":
            raise ConnectionResetError("ordered fault")
        if answered.fault:
            raise TimeoutError("ordered fault")
        return answered.status, answered.headers, answered.body

    return send
