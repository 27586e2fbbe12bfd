"""Pages: the greeting of a development start, the API's documentation, and what a guest sees of an order."""

from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from flask import Blueprint, Response, abort, current_app, render_template, request
from sqlalchemy import text

from pos.config import Settings
from pos.db import db, transaction
from pos.demo import commands as demo
from pos.http.access import public
from pos.orders.lifecycle import amount_due

# A store's slug cannot begin with _, so no store can be called like one of our own folders.
blueprint = Blueprint("web", __name__, template_folder="templates", static_folder="static", static_url_path="/_static")

_GUEST_ORDER = text("""
    SELECT o.reference, o.status, o.payment_status, o.fulfillment_status, o.currency, o.tax_included, o.subtotal, o.discount,
           o.tax, o.tip, o.shipping, o.fees, o.total, o.amount_paid, o.amount_refunded, o.placed_at AT TIME ZONE l.timezone AS placed_at,
           l.name AS location, l.address,
           (SELECT coalesce(json_agg(json_build_object('name', i.name, 'quantity', i.quantity, 'subtotal', i.subtotal,
                     'modifiers', i.modifiers, 'note', i.note) ORDER BY i.position), '[]')
              FROM order_lines i
             WHERE i.store_id = o.store_id AND i.order_id = o.id AND i.voided_at IS NULL) AS lines
      FROM orders o JOIN locations l ON l.store_id = o.store_id AND l.id = o.location_id
     WHERE o.store_id = :store AND o.public_token = :token
""")
_STORE = text("SELECT id, name FROM stores WHERE slug = :slug AND is_active")
_STATES = {
    "proposed": "We have your order.",
    "reserved": "Your order is being made.",
    "prepared": "Your order is ready.",
    "completed": "Your order is done. Thank you!",
    "canceled": "This order was canceled.",
}


@blueprint.get("/")
@public
def greeting() -> str:
    """What runs and how to get in; in production only that this is TapPass."""
    settings: Settings = current_app.config["SETTINGS"]
    credentials = None if settings.is_production else demo.credentials(settings)
    return render_template(
        "greeting.html", settings=settings, credentials=credentials, file=demo.credentials_file(settings)
    )


@blueprint.get("/api/docs")
@public
def api_docs() -> str:
    """The API's documentation, to read and to try; all assets are ours."""
    return render_template("docs.html")


@blueprint.get("/<slug>/o/<public_token>")
@public
def guest_order(slug: str, public_token: str) -> str:
    """The order behind a receipt's link, for whoever has the link: no name, no phone."""
    with transaction(None):
        store = db.session.execute(_STORE, {"slug": slug}).first()
    if store is None:
        abort(404, "This link is not one of ours. Check it against the receipt.")
    order = _order(store.id, public_token)
    amounts = {"total": order["total"], "paid": order["amount_paid"], "refunded": order["amount_refunded"]}
    due = amount_due(status=order["status"], **amounts)
    state = _STATES["canceled" if order["status"] == "canceled" else order["fulfillment_status"]]
    return render_template("order.html", store=store.name, order=order, due=due, state=state)


def _order(store_id: UUID, token: str) -> dict[str, Any]:
    with transaction(store_id):
        row = db.session.execute(_GUEST_ORDER, {"store": store_id, "token": token}).mappings().first()
    if row is None:
        abort(404, "This link is not one of ours. Check it against the receipt.")
    return dict(row)


@blueprint.app_template_filter("money")
def money(amount: int, currency: str) -> str:
    """Minor units as people write them: 4638 USD → 46.38 USD."""
    digits = get_currency_precision(currency)
    whole, part = divmod(abs(amount), 10**digits)
    sign = "−" if amount < 0 else ""
    return f"{sign}{whole:,}{f'.{part:0{digits}d}' if digits else ''} {currency}"


@blueprint.after_app_request
def secure(response: Response) -> Response:
    """Nothing from elsewhere, nothing inline, no framing. The documentation's styles are set by its own script."""
    if response.mimetype == "text/html":
        styles = "'self' 'unsafe-inline'" if request.endpoint == "web.api_docs" else "'self'"
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint == "web.static":
        response.headers["Cache-Control"] = "public, max-age=3600"
    return response
