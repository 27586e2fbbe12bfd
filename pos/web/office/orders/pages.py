"""Orders: the list with filters and export, and one order with its bill, money and acts."""

from typing import Any
from uuid import UUID

from flask import Response, request

from pos.checkout import queries
from pos.db import transaction
from pos.http.access import allow, caller
from pos.web.office import tables
from pos.web.office.exports import as_file
from pos.web.office.frame import area, shown, writing
from pos.web.office.orders.lists import ORDERS
from pos.web.office.web_shop import queries as web_shop
from pos.web.office.web_shop.places import admin_page

blueprint = area("orders", __name__)


@blueprint.get("/orders")
@allow("cashier")
def index() -> str:
    """All orders, newest first."""
    asked = tables.Asked.of(ORDERS, request.args)
    with transaction(caller().store.id):
        found = tables.found(ORDERS, asked, writing())
    return shown("orders/index.html", found=found)


@blueprint.get("/orders.csv")
@allow("manager")
def export() -> Response:
    """The same as CSV, all of them."""
    return as_file(ORDERS)


@blueprint.get("/orders/<uuid:order_id>")
@allow("cashier")
def one(order_id: UUID) -> str:
    """One order, whole."""
    who = caller()
    with transaction(who.store.id):
        order = queries.order(who.store, order_id)
        web = _in_web_shop(order_id) if order["source"] == "woocommerce" else None
    return shown("orders/one.html", order=order, web=web)


def _in_web_shop(order_id: UUID) -> dict[str, Any]:
    """What the shop calls an order that came from there, and where it is there; nothing can be done to it here."""
    told = web_shop.web_order(order_id)
    return told | {"address": admin_page(told["url"], "orders", told["wc_order_id"])}
