"""What a guest sees and does behind the link of an order: the order, the tip, and the way to Stripe's page.

Whoever has the link may use it; its token is 128 random bits. Nothing here counts money: Stripe tells of it
(checkout/events.py), and these pages show what the books say. No GET changes anything.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy import Row, text
from werkzeug.wrappers import Response as AnyResponse

from pos import clock
from pos.checkout import joining, links, locks, tab
from pos.db import db, glance, transaction
from pos.http import attempts
from pos.http.access import public
from pos.http.etag import etag
from pos.loyalty import tappass_ids
from pos.loyalty.actions import WalkInCannotJoin
from pos.loyalty.queries import OF_ORDER, current_rules
from pos.orders import actions as orders
from pos.orders.lifecycle import WrongState
from pos.orders.models import Order
from pos.payments import currencies
from pos.statements import Statement, standing_for
from pos.web import reading, tips
from pos.web.refusals import as_page
from pos.web.standing import Standing, standing
from pos.web.words import Words

blueprint = Blueprint("guest", __name__)
blueprint.after_request(as_page)

# Refreshes stop after a minute or so: whoever is still there is told what to do instead.
NEWS_SECONDS, MOST_NEWS = 3, 20
CARD_PAGE_SECONDS, MOST_CARD_PAGE = 2, 15
BANK_SECONDS = 5
QR_SECONDS = 24 * 3600
# Whoever has just joined sees the whole ID once, to note it; else the page shows how it ends, since the ID spends points.
JUST_JOINED = timedelta(minutes=10)
MOST_LINKS, MOST_JOINS, LATER = 30, 30, "Wait a quarter of an hour, or pay at the counter."

# The key's own account serves one store alone (checkout/links.py).
_STORE = text("""
    SELECT id, name, country, currency, timezone,
           stripe_account IS NOT NULL OR (SELECT count(*) FROM stores WHERE is_active) = 1 AS has_account
      FROM stores WHERE slug = :slug AND is_active
""")
_ORDER = Statement(f"""
    SELECT o.id, o.reference, o.source, o.status, o.fulfillment_status, o.currency, o.tax_included, o.subtotal, o.discount,
           o.tax, o.tip, o.shipping, o.fees, o.total, o.amount_paid, o.amount_refunded,
           o.placed_at AT TIME ZONE l.timezone AS placed_at, l.name AS location, l.address,
           (SELECT coalesce(json_agg(json_build_object('name', i.name, 'quantity', i.quantity, 'subtotal', i.subtotal,
                     'modifiers', i.modifiers, 'note', i.note) ORDER BY i.position), '[]')
              FROM order_lines i
             WHERE i.store_id = o.store_id AND i.order_id = o.id AND i.voided_at IS NULL) AS lines,
           (SELECT json_build_object('status', k.status, 'amount', k.amount, 'tip', k.tip, 'provider_url', k.provider_url)
              FROM payment_links k
             WHERE k.store_id = o.store_id AND k.order_id = o.id ORDER BY k.attempt DESC LIMIT 1) AS link,
           EXISTS (SELECT FROM payments p
                    WHERE p.store_id = o.store_id AND p.order_id = o.id AND p.status = 'pending') AS is_confirming,
           EXISTS (SELECT FROM payments f
                    WHERE f.store_id = o.store_id AND f.order_id = o.id AND f.status = 'failed') AS has_failed,
           (SELECT coalesce(sum(r.amount), 0)::bigint FROM refunds r
             WHERE r.store_id = o.store_id AND r.order_id = o.id AND r.status = 'pending') AS going_back,
           {OF_ORDER} AS points,
           h.tappass_id, coalesce(h.joined_at > :lately, false) AS is_new_member,
           (SELECT c.phone IS NOT NULL FROM customers c WHERE c.store_id = o.store_id AND c.id = o.customer_id) AS has_phone
      FROM orders o JOIN locations l ON l.store_id = o.store_id AND l.id = o.location_id
           LEFT JOIN members m ON m.store_id = o.store_id AND m.id = o.member_id
           LEFT JOIN members h ON h.store_id = m.store_id AND h.id = {standing_for("m")}
     WHERE o.store_id = :store AND o.public_token = :token
""")
_ORDER_ID = Statement("SELECT id FROM orders WHERE store_id = :store AND public_token = :token")
_HAS_PHONE = Statement("SELECT phone IS NOT NULL FROM customers WHERE store_id = :store AND id = :customer")
_IS_CONFIRMING = Statement("""
    SELECT id FROM payments WHERE store_id = :store AND order_id = :order AND status = 'pending' LIMIT 1
""")


@dataclass(frozen=True)
class Seen:
    """An order as its guest sees it. `offer` is what joining would bring now; None if that cannot be, or is done."""

    store: Row[Any]
    order: dict[str, Any]
    standing: Standing
    words: Words
    offer: int | None = None

    @property
    def tappass_id(self) -> str | None:
        """The member's ID, as far as it is shown."""
        known: str | None = self.order["tappass_id"]
        is_whole = self.order["is_new_member"] and request.args.get("joined") == "1"
        return known if is_whole or known is None else tappass_ids.ending(known)

    @property
    def version(self) -> str:
        """It changes with whatever the page shows; `from=stripe` makes another page of it for a while."""
        shown = (tuple(self.store), self.order, self.standing, self.words)
        besides = (self.offer, self.tappass_id, _awaits_news(self.standing))
        return hashlib.blake2b(repr((shown, besides)).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True)
class Refresh:
    """A page that looks again by itself, after so many seconds, at this address."""

    seconds: int
    address: str


@dataclass(frozen=True)
class Slip:
    """A tip that was not taken: what was typed, and what to write instead."""

    typed: str
    advice: str


@blueprint.url_defaults
def keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """A language that was chosen stays in the addresses of the page."""
    if reading.chosen():
        values.setdefault("lang", reading.chosen())


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """No cache on the way keeps an order; what it says is in the language that was asked for."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/<slug>/o/<token>")
@public
def order_page(slug: str, token: str) -> Response | tuple[str, int, dict[str, str]]:
    """The order behind a receipt's link: no name, no phone. Answers 304 to who has seen it as it is."""
    seen = _with_offer(_read(slug, token))
    if request.if_none_match.contains(seen.version):
        return Response(status=304, headers=etag(seen.version))
    return _order_page(seen, slug, token), 200, etag(seen.version)


@blueprint.post("/<slug>/p/<token>")
@public
def ask_for_card_page(slug: str, token: str) -> AnyResponse:
    """Asks for the order's payment link, and goes there.

    A page of ours comes between, also if the link is there already: browsers hold a form to our policy's form-action
    through all of its redirects, and Stripe's page is elsewhere.
    """
    _ask(slug, token)
    return redirect(url_for("guest.card_page", slug=slug, token=token, n=0), 303)


@blueprint.get("/<slug>/p/<token>")
@public
def card_page(slug: str, token: str) -> AnyResponse | str:
    """The way to Stripe's page; this address is what people get, whatever link is behind it."""
    seen, tries = _read(slug, token), _tries(MOST_CARD_PAGE)
    if seen.standing.asks != "card":
        return redirect(url_for("guest.order_page", slug=slug, token=token), 303)
    if not seen.standing.is_asked_for:
        return _page("pay.html", seen)
    if seen.standing.card_page and tries != 0:
        return redirect(seen.standing.card_page, 302)
    if tries == MOST_CARD_PAGE:
        return _page("waiting.html", seen)
    address = url_for("guest.card_page", slug=slug, token=token, n=(tries or 0) + 1)
    return _page("waiting.html", seen, refresh=Refresh(0 if seen.standing.card_page else CARD_PAGE_SECONDS, address))


@blueprint.post("/<slug>/o/<token>/tip")
@public
def set_tip(slug: str, token: str) -> AnyResponse | tuple[str, int]:
    """Changes the tip that the payment link adds, before it is paid."""
    try:
        _ask(slug, token, _wanted_tip)
    except (tips.UnreadableTip, tips.PercentNotOffered, links.TipTooLarge, links.NotInSteps) as error:
        seen = _with_offer(_read(slug, token))
        slip = Slip(request.form.get("tip", ""), _advice(error, seen))
        return _order_page(seen, slug, token, slip), 422
    return redirect(url_for("guest.order_page", slug=slug, token=token), 303)


@blueprint.post("/<slug>/o/<token>/join")
@public
def join(slug: str, token: str) -> AnyResponse:
    """Makes the order's customer a member. Whoever has the link may; no consent to anything else comes with it."""
    store_id, order_id = _found(slug, token)
    attempts.take(f"join:{order_id}:", limit=MOST_JOINS, now=clock.now(), then=LATER)
    with transaction(store_id, actor="guest"):
        order = locks.locked([order_id], by=orders.locked_of_any_source)[order_id]
        if order.status == "canceled":
            raise WrongState(what="order", state=order.status, event="a member's")
        if _HAS_PHONE.rows(customer=order.customer_id) != [(True,)]:
            raise WalkInCannotJoin
        joining.join_by(order.customer_id, "web", clock.now())
    return redirect(url_for("guest.order_page", slug=slug, token=token, joined=1), 303)


@blueprint.get("/<slug>/o/<token>/join")
@blueprint.get("/<slug>/o/<token>/tip")
@public
def form_page(slug: str, token: str) -> AnyResponse:
    """Where a form that was refused leaves the browser: a look at that address is a look at the order."""
    return redirect(url_for("guest.order_page", slug=slug, token=token), 303)


@blueprint.get("/<slug>/p/<token>.svg")
@public
def qr_code(slug: str, token: str) -> Response:
    """The pay address as a QR code: black on white with its margin, whatever it is shown on."""
    _read(slug, token)
    address = current_app.config["PUBLIC_BASE_URL"] + url_for("guest.card_page", slug=slug, token=token, lang=None)
    image = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        image, kind="svg", light="#fff", omitsize=True, xmldecl=False, svgclass=None, lineclass=None
    )
    # Only the browser keeps it: the address is a secret.
    kept = {"Cache-Control": f"private, max-age={QR_SECONDS}"}
    return Response(image.getvalue(), mimetype="image/svg+xml", headers=kept)


def _order_page(seen: Seen, slug: str, token: str, slip: Slip | None = None) -> str:
    stands, currency, words = seen.standing, seen.order["currency"], seen.words
    return _page(
        "order.html",
        seen,
        refresh=None if slip else _refresh(stands, slug, token),
        is_live=stands.is_live and not slip,
        awaits_news=_awaits_news(stands) and not slip,
        slip=slip,
        presets=tips.presets(stands.due, currency),
        tip_now=words.typed(tips.write(stands.tip, currency)),
        tip_example=words.typed(tips.example(currency)),
    )


def _with_offer(seen: Seen) -> Seen:
    """The same with the points that the order brings who joins now."""
    if seen.order["tappass_id"] or seen.order["status"] == "canceled" or not seen.order["has_phone"]:
        return seen
    with transaction(seen.store.id):
        rules = current_rules(seen.store.currency)
        return replace(seen, offer=joining.promised(seen.order["id"], rules, seen.store.timezone, clock.now()))


def _refresh(stands: Standing, slug: str, token: str) -> Refresh | None:
    """While the bank takes its time, and for a minute after Stripe has sent the guest back: it may tell us a little
    later than it tells the guest. Nothing is believed of the address but that somebody may be waiting."""
    if stands.asks == "bank":
        return Refresh(BANK_SECONDS, url_for("guest.order_page", slug=slug, token=token))
    if _awaits_news(stands):
        again: dict[str, Any] = {"from": "stripe", "n": (_tries(MOST_NEWS) or 0) + 1}
        return Refresh(NEWS_SECONDS, url_for("guest.order_page", slug=slug, token=token, **again))
    return None


def _awaits_news(stands: Standing) -> bool:
    is_early = (_tries(MOST_NEWS) or 0) < MOST_NEWS
    return stands.asks == "card" and stands.is_asked_for and _comes_from_stripe() and is_early


def _comes_from_stripe() -> bool:
    return request.args.get("from") == "stripe"


def _tries(most: int) -> int | None:
    """How often a page has looked again: `n` in its address; what is no number of ours counts as the last time."""
    n = request.args.get("n")
    if n is None:
        return None
    return min(int(n), most) if n.isascii() and n.isdigit() and len(n) <= 2 else most


def _page(template: str, seen: Seen, **shown: Any) -> str:
    shown = {
        "refresh": None,
        "is_from_stripe": _comes_from_stripe(),
        **vars(seen),
        "version": seen.version,
        "tappass_id": seen.tappass_id,
        **shown,
    }
    return render_template(template, **(request.view_args or {}), **shown)


def _read(slug: str, token: str) -> Seen:
    store = _store(slug)
    with glance(store.id):
        found = _ORDER.mappings(token=token, lately=clock.now() - JUST_JOINED)
    if not found:
        abort(404)
    takes_cards = store.has_account and current_app.extensions["stripe"] is not None
    return Seen(store, found[0], standing(found[0], takes_cards=takes_cards), reading.words(store.country))


def _store(slug: str) -> Row[Any]:
    with transaction(None):
        store = db.session.execute(_STORE, {"slug": slug}).first()
    if store is None:
        abort(404)
    return store


def _found(slug: str, token: str) -> tuple[UUID, UUID]:
    """The ids of store and order."""
    store_id = _store(slug).id
    with glance(store_id):
        found = _ORDER_ID.first(token=token)
    if found is None:
        abort(404)
    return store_id, found[0]


def _ask(slug: str, token: str, tip_of: Callable[[Order], int] | None = None) -> None:
    """Asks for the link under the order's lock; not while a payment is on its way, or there would be two. Each may cost some
    calls to Stripe, so one order has so many within a quarter of an hour."""
    store_id, order_id = _found(slug, token)
    attempts.take(f"link:{order_id}:", limit=MOST_LINKS, now=clock.now(), then=LATER)
    with transaction(store_id, actor="guest"):
        order = tab.locked(order_id)
        if _IS_CONFIRMING.first(order=order.id) is None:
            links.ask(order, clock.now(), tip=tip_of(order) if tip_of else None, by_guest=True)


def _wanted_tip(order: Order) -> int:
    if "percent" in request.form:
        return tips.of_percent(request.form["percent"], order.amount_due, order.currency)
    return tips.read(request.form.get("tip", ""), order.currency)


def _advice(error: Exception, seen: Seen) -> str:
    words, currency = seen.words, seen.order["currency"]
    if isinstance(error, links.TipTooLarge):
        return words.say("tip_at_most", amount=words.money(seen.standing.due, currency))
    if isinstance(error, links.NotInSteps):
        return words.say("tip_in_steps", amount=words.money(currencies.step(currency), currency))
    if isinstance(error, tips.PercentNotOffered):
        return words.say("tip_offered")
    return words.say("tip_like", example=words.typed(tips.example(currency)))
