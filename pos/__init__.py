"""TapPass: a point of sale and loyalty backend in which a phone number is enough to be known."""

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from pos import config, connections, jobs, sandbox
from pos.analytics import commands as analytics_commands
from pos.analytics import tasks as _analytics_tasks  # noqa: F401
from pos.analytics.charts.routes import blueprint as charts
from pos.analytics.questions.routes import blueprint as questions
from pos.analytics.reports.routes import blueprint as reports
from pos.assistant import answers as assistant
from pos.assistant import commands as assistant_commands
from pos.assistant.routes import blueprint as questions_in_words
from pos.attention.routes import blueprint as attention
from pos.audit import commands as audit_commands
from pos.audit import tasks as _audit_tasks  # noqa: F401 - declares its jobs
from pos.audit.metrics import AuditCollector
from pos.backup import commands as backup_commands
from pos.backup import tasks as _backup_tasks  # noqa: F401
from pos.backup.metrics import BackupCollector
from pos.care import commands as care_commands
from pos.care.erase_routes import blueprint as personal_data
from pos.care.number_routes import blueprint as numbers
from pos.care.routes import blueprint as care
from pos.care.search_routes import blueprint as search
from pos.catalog.pages import blueprint as images
from pos.catalog.routes import blueprint as catalog
from pos.checkout import commands as checkout_commands
from pos.checkout import tasks as _checkout_tasks  # noqa: F401
from pos.checkout.check_routes import blueprint as checks
from pos.checkout.kitchen_routes import blueprint as kitchen_screens
from pos.checkout.member_routes import blueprint as members
from pos.checkout.register_routes import blueprint as register
from pos.checkout.routes import blueprint as checkout
from pos.checkout.webhooks import blueprint as webhooks
from pos.cli import init_app as init_commands
from pos.crypto import Vault
from pos.customers import commands as customers_commands
from pos.customers import queries as customer_queries
from pos.customers import tasks as _customers_tasks  # noqa: F401
from pos.customers.routes import blueprint as customers
from pos.db import db
from pos.demo import commands as demo_commands
from pos.http import api, health, observing, problems
from pos.kitchen.routes import blueprint as stations
from pos.legacy import commands as legacy_commands
from pos.loyalty import commands as loyalty_commands
from pos.loyalty import tasks as _loyalty_tasks  # noqa: F401
from pos.loyalty.queries import BRIEFLY as MEMBER
from pos.loyalty.routes import blueprint as loyalty
from pos.messaging import commands as messaging_commands
from pos.messaging import gateway as messaging
from pos.messaging import tasks as _messaging_tasks  # noqa: F401
from pos.messaging.campaign_routes import blueprint as campaigns
from pos.messaging.routes import blueprint as texts
from pos.messaging.silence import SILENT
from pos.messaging.webhooks import blueprint as twilio_webhooks
from pos.payments.gateway import Gateway
from pos.printing import commands as printing_commands
from pos.printing.routes import blueprint as papers
from pos.shifts import tasks as _shifts_tasks  # noqa: F401
from pos.shifts.routes import blueprint as shifts
from pos.staff import commands as staff_commands
from pos.staff import tasks as _staff_tasks  # noqa: F401
from pos.staff.account_routes import blueprint as account
from pos.staff.identity import authenticate, csrf
from pos.staff.routes import blueprint as staff
from pos.stores import commands as stores_commands
from pos.stores.routes import blueprint as stores
from pos.stores.tokens import KeyVerifier
from pos.upkeep.routes import blueprint as upkeep
from pos.web import blueprint as web
from pos.web import guest, look, office, tablet
from pos.web import kitchen as kitchen_screen
from pos.woocommerce import commands as woocommerce_commands
from pos.woocommerce import tasks as _woocommerce_tasks  # noqa: F401
from pos.woocommerce.gateway import Gateway as WebShopGateway
from pos.woocommerce.routes import blueprint as web_shop
from pos.woocommerce.webhooks import blueprint as woocommerce_webhooks

# What stands under /api/v1, and what beside it.
API = (
    stores, staff, account, catalog, search, customers, loyalty, members, checkout, register, stations,
    kitchen_screens, shifts, texts, campaigns, attention, checks, care, personal_data, numbers, upkeep,
    papers, web_shop, reports, questions, charts, questions_in_words,
)  # fmt: skip
PAGES = (
    health.blueprint, webhooks, twilio_webhooks, woocommerce_webhooks, images, web, guest, tablet, kitchen_screen, office, look,
)  # fmt: skip


def create_app(settings: config.Settings | None = None) -> Flask:
    """The application: a list of its parts."""
    settings = settings or config.load()
    observing.configure_logging(as_json=settings.is_production)
    observing.configure_sentry(settings.sentry_dsn)
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        PUBLIC_BASE_URL=settings.public_base_url,
        MAX_CONTENT_LENGTH=256 * 1024,
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=0)  # type: ignore[method-assign]
    connections.init_app(app, settings)
    Migrate(app, db, directory=str(health.MIGRATIONS))
    jobs.init_app(app)
    csrf.init_app(app)
    app.extensions["vault"] = Vault(settings.data_encryption_key)
    app.extensions["key_verifier"] = KeyVerifier()
    app.extensions["authenticate"] = authenticate
    app.extensions["stripe"], app.extensions["twilio"] = _stripe(app, settings), _twilio(app, settings)
    app.extensions["woocommerce"] = WebShopGateway(
        allows_loopback=settings.web_shop.allows_loopback, own=settings.web_shop.own_url
    )
    app.extensions["reply"] = assistant.reply
    app.extensions["collectors"] = [AuditCollector(), BackupCollector()]

    customer_queries.also_show(member=MEMBER, is_silent=SILENT)
    observing.init_app(app)
    rest = api.init_app(app)
    problems.init_app(app)
    for part in API:
        rest.register_blueprint(part)
    for page in PAGES:
        app.register_blueprint(page)
    sandbox.init_app(app, settings)
    for commands in (
        stores_commands.init_app,
        staff_commands.init_app,
        customers_commands.init_app,
        checkout_commands.init_app,
        loyalty_commands.init_app,
        messaging_commands.init_app,
        care_commands.init_app,
        printing_commands.init_app,
        legacy_commands.init_app,
        woocommerce_commands.init_app,
        analytics_commands.init_app,
        assistant_commands.init_app,
        audit_commands.init_app,
        backup_commands.init_app,
        demo_commands.init_app,
        init_commands,
    ):
        commands(app)
    return app


def _stripe(app: Flask, settings: config.Settings) -> Gateway | None:
    """The one that speaks to Stripe, or to the sandbox; None without payment links."""
    if settings.stripe is None:
        return None
    return Gateway(settings.stripe, sandbox.transport(app) if settings.stripe.is_sandbox else None)


def _twilio(app: Flask, settings: config.Settings) -> messaging.Gateway | None:
    """The one that speaks to Twilio, or to the sandbox; None if nothing is texted."""
    if settings.twilio is None:
        return None
    return messaging.Gateway(settings.twilio, sandbox.twilio_transport(app) if settings.twilio.is_sandbox else None)
