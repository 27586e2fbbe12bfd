"""The stand-in for providers without keys: the HTTP dialects of Stripe and Twilio, what a payer and a phone see, and their webhooks;
and a web shop to connect.

Each part is registered in development only, Stripe's and Twilio's while they have no keys, and keeps its state in the tables `sandbox_*`
(docs/sandbox.md).
"""

from flask import Flask

from pos.config import Settings
from pos.sandbox import events, pages, phone_pages, routes, stripe_routes, twilio_messages, twilio_routes
from pos.sandbox import tasks as _tasks  # noqa: F401 - declares its jobs
from pos.sandbox.shop import goods
from pos.sandbox.shop import pages as shop_pages
from pos.sandbox.shop import routes as shop_routes
from pos.sandbox.transport import transport, twilio_transport

__all__ = ["init_app", "transport", "twilio_transport"]


def init_app(app: Flask, settings: Settings) -> None:
    """Opens /_sandbox for each provider that is played. `sandbox_post` sends Stripe's webhooks, `sandbox_ask` Twilio's and
    `sandbox_tell` the web shop's; a test may put its own there before the first one."""
    parts = []
    if settings.stripe and settings.stripe.is_sandbox:
        app.extensions["sandbox_post"] = events.post
        parts += [pages.blueprint, stripe_routes.blueprint]
    if settings.twilio and settings.twilio.is_sandbox:
        app.extensions["sandbox_ask"] = events.ask
        app.extensions["forget_phones"] = [twilio_messages.forget]
        parts += [phone_pages.blueprint, twilio_routes.blueprint]
    if settings.web_shop.own_url:
        app.extensions["sandbox_tell"] = events.ask
        app.extensions["stock_web_shop"] = goods.fill
        parts += [shop_routes.blueprint, shop_pages.blueprint]
    for part in [*parts, routes.blueprint] if parts else []:
        app.register_blueprint(part)
