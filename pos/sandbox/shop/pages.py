"""The shop as its guests and its owner see it: one page of plain forms, without scripts."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from pos import clock
from pos.db import db, transaction
from pos.errors import Invalid
from pos.http.access import public
from pos.http.api import answer
from pos.sandbox.records import find
from pos.sandbox.shop import acts, bodies, goods, site, things, webhooks
from pos.sandbox.shop.acts import NotInShop, Wanted
from pos.sandbox.shop.bodies import Person
from pos.sandbox.shop.models import SandboxShopRequest

SHOWN, ORDERS_OF_A_SHOP = 25, 60
MOST_CENTS = 10_000_000

blueprint = Blueprint("sandbox_shop_pages", __name__, url_prefix="/_sandbox/shop", template_folder="../templates")


@blueprint.get("")
@public
def shop_page() -> str:
    """What the shop sells, who ordered what, what was asked of it, and the keys with which it is connected."""
    with transaction(None):
        products = things.those(things.PRODUCT)
        listed = {
            "orders": things.those(things.ORDER, newest=SHOWN),
            "products": products,
            "goods": _for_sale(products),
            "coupons": things.those(things.COUPON),
            "requests": _newest_requests(),
            "told": webhooks.told_where(find(site.KIND, site.NAME)),
        }
        seen = site.seen()
    return render_template("sandbox/shop.html", site=seen, keys=site.keys(), **listed)


@blueprint.post("/fill")
@public
def fill_shop() -> Response:
    """Stocks an empty shop, and has some orders placed."""
    now = clock.now()
    with transaction(None):
        if not things.count(things.PRODUCT):
            goods.fill(1, now=now, orders=ORDERS_OF_A_SHOP, days=60)
    return _back()


@blueprint.post("/orders")
@public
def place_order() -> Response:
    """Somebody orders `quantity` of `product`: a guest, with the name, phone and e-mail that they write."""
    form = request.form
    wanted = Wanted(
        lines=[(_whole("product"), _whole("quantity", 1))],
        phone=_text("phone"),
        email=_text("email"),
        first_name=_text("first_name"),
        last_name=_text("last_name"),
        coupons=[_text("coupon")] if _text("coupon") else [],
        shipping=_cents("shipping") if _text("shipping") else None,
        note=_text("note"),
    )
    number = _act(lambda now: acts.place(wanted, now=now, is_paid="is_paid" in form))
    return _back(f"order-{number}", {"id": number})


_ON_ORDERS: dict[str, Callable[[int, datetime], Any]] = {
    "pay": lambda number, now: acts.pay(number, now=now),
    "complete": lambda number, now: acts.complete(number, now=now),
    "cancel": lambda number, now: acts.cancel(number, now=now),
    "refund": lambda number, now: acts.refund(number, now=now, amount=_cents("amount") if _text("amount") else None),
    "trash": lambda number, now: acts.trash(number, now=now),
    "restore": lambda number, now: acts.restore(number, now=now),
    "delete": lambda number, now: acts.delete(number, now=now),
}


@blueprint.post("/orders/<int:number>/<act>")
@public
def act_on_order(number: int, act: str) -> Response:
    """The owner does what `act` says; a refund is of `amount`, or of all that is left."""
    if act not in _ON_ORDERS:
        abort(404, f"Nobody can {act[:20]} an order here; write one of {', '.join(_ON_ORDERS)}.")
    _act(lambda now: _ON_ORDERS[act](number, now))
    return _back("orders" if act == "delete" else f"order-{number}", {"id": number})


@blueprint.post("/products/<int:number>")
@public
def change_product(number: int) -> Response:
    """The owner sets `price`, `stock` or `name` of a product or a variation."""
    fields: dict[str, Any] = {"name": _text("name")} if _text("name") else {}
    price = _cents("price") if _text("price") else None
    stock = _whole("stock") if _text("stock") else None
    _act(lambda now: acts.change_product(number, now=now, price=price, stock=stock, **fields))
    return _back(f"product-{number}", {"id": number})


@blueprint.post("/products/<int:number>/delete")
@public
def delete_product(number: int) -> Response:
    _act(lambda now: acts.delete_product(number, now=now))
    return _back("products", {"id": number})


@blueprint.post("/customers")
@public
def add_customer() -> Response:
    """Somebody opens an account."""
    person = Person(0, _text("first_name"), _text("last_name"), _text("email"), _text("phone"))
    number = _act(lambda now: acts.add_customer(person, now=now))
    return _back("customers", {"id": number})


@blueprint.post("/webhook")
@public
def agree_by_form() -> Response:
    """As PUT does, from the page."""
    secret = _text("secret")
    if not secret:
        raise Invalid(reason="Write the secret that the connection shows once.", pointer="/secret")
    with transaction(None), site.opened(clock.now()) as shop:
        webhooks.agree(shop, f"{current_app.config['SETTINGS'].public_base_url}/webhooks/woocommerce/{_slug()}", secret)
    return _back("webhook")


def _slug() -> str:
    slug = _text("slug")
    if not re.fullmatch(r"[a-z0-9-]{1,80}", slug):
        raise Invalid(reason="Write the store's short name, as it stands in its addresses.", pointer="/slug")
    return slug


def _act(do: Callable[[datetime], Any]) -> Any:
    try:
        with transaction(None):
            return do(clock.now())
    except NotInShop as missing:
        abort(404, str(missing))


def _back(fragment: str = "", made: Any = None) -> Response:
    """To the page; a program gets what was made as JSON."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return redirect(url_for("sandbox_shop_pages.shop_page", _anchor=fragment or None), 303)
    return answer(made or {}, 200)


def _text(name: str) -> str:
    said = request.form.get(name, "").strip()
    if len(said) > 500 or "\0" in said:
        raise Invalid(reason=f"Write a shorter {name.replace('_', ' ')}.", pointer=f"/{name}")
    return said


def _whole(name: str, least: int = 0) -> int:
    said = _text(name)
    if not re.fullmatch(r"\d{1,9}", said, re.ASCII) or int(said) < least:
        raise Invalid(reason=f"Write the {name} as a number from {least}.", pointer=f"/{name}")
    return int(said)


def _cents(name: str) -> int:
    said = _text(name)
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", said, re.ASCII):
        raise Invalid(reason=f"Write the {name} as an amount, e.g. 12.50.", pointer=f"/{name}")
    return bodies.cents(said)


def _for_sale(products: list[Any]) -> list[tuple[int, str]]:
    """What can be ordered: simple products and variations, each with what it is called."""
    simple = [(each.number, each.body["name"]) for each in products if each.body["type"] == "simple"]
    names = {each.number: each.body["name"] for each in products}
    varied = [(each.number, f"{names[each.parent]} – {each.body['name']}") for each in things.those(things.VARIATION)]
    return [*simple, *varied]


def _newest_requests() -> list[SandboxShopRequest]:
    return list(db.session.scalars(select(SandboxShopRequest).order_by(SandboxShopRequest.at.desc()).limit(SHOWN)))
